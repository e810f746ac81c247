"""LaTeX: the closed form by the rows' templates, or the list as a system of equations where that would be too long."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import pi
from string import Formatter
from types import MappingProxyType
from typing import Any, NamedTuple

from expression.formats.infix import Piece, assembled, index_parts, named_options, number_text
from expression.measures import tree_sizes
from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT
from expression.operations.operation import Array, Operation

MAX_TREE = 120  # nodes of a closed form that a reader still takes in
MAX_ENTRIES = 12  # of a constant array that is written entry by entry
GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
LOGIC, COMPARISON, NEGATION, SUM, PRODUCT, APPLICATION, POWER, ATOM = range(1, 9)  # how tightly a formula binds
NAME = re.compile(r"([^\W\d_]+)_?(\d+)")


class Binding(NamedTuple):
    """How tightly a row's formula binds, and how tightly each operand must bind to go without brackets."""

    level: int
    operands: tuple[int, ...]


BINDINGS: Mapping[str, Binding] = MappingProxyType(
    {
        "add": Binding(SUM, (NEGATION, SUM)),
        "sub": Binding(SUM, (NEGATION, PRODUCT)),
        "mul": Binding(PRODUCT, (PRODUCT, PRODUCT)),
        "div": Binding(PRODUCT, (0, 0)),
        "neg": Binding(NEGATION, (PRODUCT,)),
        "pow": Binding(POWER, (ATOM, 0)),
        "gate": Binding(PRODUCT, (APPLICATION, APPLICATION)),
        "matmul": Binding(PRODUCT, (PRODUCT, APPLICATION)),
        "solve": Binding(PRODUCT, (ATOM, APPLICATION)),
        "remainder": Binding(PRODUCT, (APPLICATION, APPLICATION)),
        "reciprocal": Binding(PRODUCT, (0,)),
        "where": Binding(LOGIC, (0, 0, 0)),
        "less": Binding(COMPARISON, (NEGATION, NEGATION)),
        "less_equal": Binding(COMPARISON, (NEGATION, NEGATION)),
        "greater": Binding(COMPARISON, (NEGATION, NEGATION)),
        "greater_equal": Binding(COMPARISON, (NEGATION, NEGATION)),
        "equal": Binding(COMPARISON, (NEGATION, NEGATION)),
        "not_equal": Binding(COMPARISON, (NEGATION, NEGATION)),
        "logical_and": Binding(LOGIC, (COMPARISON, COMPARISON)),
        "logical_or": Binding(LOGIC, (COMPARISON, COMPARISON)),
        "logical_xor": Binding(LOGIC, (COMPARISON, COMPARISON)),
        "logical_not": Binding(APPLICATION, (ATOM,)),
    }
)
OPENERS = ("{", "(", "|", "[", ",", r"\lfloor", r"\lceil", r"\lVert", "&", "cases}", r"\\")
CLOSERS = ("}", ")", "|", "]", ",", r"\right", "&", r"\\", r"\end")
ENCLOSED = (r"\left|", r"\left\l", r"\left(", r"\left[", r"\sqrt")


def to_latex(e: Expression) -> str:
    r"""LaTeX of the closed form, or of the list, where the closed form would be too long.

    Names of Greek letters become the letters, x1 an x with a subscript. Several outputs stand side by side.

    >>> from expression import parse
    >>> print(parse("log(x1) + x1*x2 - sin(x2)").to_latex())
    \ln x_{1} + x_{1} \cdot x_{2} - \sin x_{2}
    >>> print(parse("(alpha + 1)**2 / beta").to_latex())
    \frac{\left(\alpha + 1\right)^{2}}{\beta}
    """
    sizes = tree_sizes(e, e.outputs)
    if sum(sizes[j] for j in e.outputs) > MAX_TREE:
        return system(e)
    return r",\quad ".join(formula(e, j, leaf_names(e)) for j in e.outputs)


def leaf_names(e: Expression) -> dict[int, str]:
    """The names of the inputs, by position."""
    return {i.position: name_text(i.name) for i in e.inputs}


def system(e: Expression) -> str:
    """One equation a node; leaves stand in them by their names and values."""
    names = leaf_names(e)
    rows = []
    for position, node in enumerate(e.nodes):
        if node.is_leaf:
            continue
        rows.append(f"v_{{{position}}} &= {formula(e, position, names)}")
        names[position] = f"v_{{{position}}}"
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def formula(e: Expression, root: int, names: Mapping[int, str]) -> str:
    """The formula of one node down to the nodes that have names."""
    return assembled(root, names, lambda position: layout(e, position), (r"\left(", r"\right)"))


def layout(e: Expression, position: int) -> tuple[int, Sequence[Piece]]:
    """How tightly a node binds, and the pieces of its formula."""
    node = e.nodes[position]
    operation, operands = node.operation, node.operands
    if operation is CONSTANT:
        return constant_text(node.parameters[0][1].value, position)
    if operation.name == "getitem":
        index = index_parts(dict(node.parameters)["index"], e.nodes[operands[0]].shape)
        inside: list[Piece] = [escaped(p) if isinstance(p, str) else (operands[1 + p], 0) for p in index]
        return ATOM, ["{", (operands[0], ATOM), "}_{", *inside, "}"]
    level, parts = binding(operation, len(operands))
    pieces: list[Piece] = [part if isinstance(part, str) else (operands[part[0]], part[1]) for part in parts]
    note = options_text(e, node)
    if note:
        return ATOM, [r"\left(", *pieces, rf"\right)_{{{note}}}"]
    return level, pieces


@lru_cache(maxsize=1024)
def binding(operation: Operation, count: int) -> tuple[int, tuple[Piece, ...]]:
    """How tightly a row's formula binds, and its template in pieces; an operand is (number, least level)."""
    word = operation.name.replace("_", r"\_")
    template = operation.latex or rf"\operatorname{{{{{word}}}}}\left({{args}}\right)"
    texts, fields = [""], []  # texts[k] stands before fields[k]; a doubled brace ends a part of the template too
    for text, field, _, _ in Formatter().parse(template.replace("{args}", ", ".join(f"{{{k}}}" for k in range(count)))):
        texts[-1] += text
        if field is not None:
            fields.append(int(field))
            texts.append("")
    pieces: list[Piece] = [texts[0]]
    for k, number in enumerate(fields):
        pieces += [(number, 0 if inside(texts[k], texts[k + 1]) else ATOM), texts[k + 1]]
    pieces = [piece for piece in pieces if piece]
    if operation.name in BINDINGS:
        level, least = BINDINGS[operation.name]
        return level, tuple(p if isinstance(p, str) else (p[0], least[p[0]]) for p in pieces)
    text = "".join(p if isinstance(p, str) else "x" for p in pieces)
    if text == "x":
        return ATOM, tuple(pieces)
    level = ATOM if text.startswith(ENCLOSED) else POWER if "^" in text else APPLICATION
    return level, tuple(pieces)


def inside(before: str, after: str) -> bool:
    """Whether the template puts brackets around an operand by itself."""
    return before.rstrip().endswith(OPENERS) and after.lstrip().startswith(CLOSERS)


def options_text(e: Expression, node: Node) -> str:
    """Parameters that the template does not show, as a subscript."""
    if not node.parameters:
        return ""
    shape = e.nodes[node.operands[0]].shape
    options = named_options(node, shape)
    if node.operation.name == "transpose" and options["axes"] == tuple(range(len(shape)))[::-1]:
        return ""
    if node.operation.name == "concatenate" and options["axis"] == 0:
        return ""
    return r",\ ".join(rf"\mathrm{{{escaped(key)}}}={value_text(value)}" for key, value in options.items())


def value_text(value: Any) -> str:
    """The value of a parameter."""
    text = escaped(repr(value)).replace("'", "")
    return text if isinstance(value, int) and not isinstance(value, bool) else rf"\mathrm{{{text}}}"


def escaped(text: str) -> str:
    """A text of Python in LaTeX's mathematics."""
    return text.replace("_", r"\_").replace(">", r"{>}").replace(":", "{:}")


def name_text(name: str) -> str:
    r"""An input's name: x, x_{1}, \alpha, \alpha_{2}, \mathrm{rate}."""
    numbered = NAME.fullmatch(name)
    if numbered:
        return f"{word_text(numbered[1])}_{{{numbered[2]}}}"
    return word_text(name)


def word_text(word: str) -> str:
    """A letter, a Greek letter, or a word in upright type."""
    if word in GREEK:
        return f"\\{word}"
    return word if len(word) == 1 and word != "_" else rf"\mathrm{{{escaped(word)}}}"


def constant_text(value: Array, position: int) -> tuple[int, Sequence[str]]:
    """A number, a small vector or matrix, or a name with the shape."""
    if value.ndim == 0:
        return number_latex(value[()])
    if value.ndim > 2 or value.size > MAX_ENTRIES:
        return ATOM, [rf"c_{{{position}}}"]
    rows = value.reshape(-1, value.shape[-1])
    body = r" \\ ".join(" & ".join(number_latex(x)[1][0] for x in row) for row in rows)
    return ATOM, [rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"]


def number_latex(x: Any) -> tuple[int, Sequence[str]]:
    """A number; powers of ten as such."""
    if x == pi:
        return ATOM, [r"\pi"]
    text = number_text(x)
    level = NEGATION if text.startswith("-") else ATOM
    for word, symbol in (("nan", r"\mathrm{nan}"), ("inf", r"\infty"), ("True", r"\top"), ("False", r"\bot")):
        text = text.replace(word, symbol)
    mantissa, e, exponent = text.partition("e")
    if e and exponent.lstrip("+-").isdigit():
        power = f"10^{{{int(exponent)}}}"
        return (level if level == NEGATION else PRODUCT), [power if mantissa == "1" else rf"{mantissa} \cdot {power}"]
    return level, [text]

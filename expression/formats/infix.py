"""The closed form as one line of Python's arithmetic, with the fewest brackets that keep its meaning."""

from collections.abc import Callable, Mapping, Sequence
from math import log10
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from expression.errors import SizeLimitError
from expression.measures import tree_sizes
from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT
from expression.operations.operation import Array, Shape

MAX_TREE = 10_000  # nodes of a closed form
MAX_ENTRIES = 64  # of an array that is written entry by entry
COMPARISON, OR, AND, SUM, PRODUCT, UNARY, POWER, ATOM = range(1, 9)  # how tightly Python binds, loosest first


class Binding(NamedTuple):
    """An operator: how tightly it binds, and how tightly its operands must bind to go without brackets."""

    symbol: str
    level: int
    left: int
    right: int


BINDINGS: Mapping[str, Binding] = MappingProxyType(
    {
        "add": Binding("+", SUM, SUM, PRODUCT),
        "sub": Binding("-", SUM, SUM, PRODUCT),
        "mul": Binding("*", PRODUCT, PRODUCT, UNARY),
        "div": Binding("/", PRODUCT, PRODUCT, UNARY),
        "floor_divide": Binding("//", PRODUCT, PRODUCT, UNARY),
        "remainder": Binding("%", PRODUCT, PRODUCT, UNARY),
        "matmul": Binding("@", PRODUCT, PRODUCT, UNARY),
        "pow": Binding("**", POWER, ATOM, UNARY),
        "less": Binding("<", COMPARISON, OR, OR),
        "less_equal": Binding("<=", COMPARISON, OR, OR),
        "greater": Binding(">", COMPARISON, OR, OR),
        "greater_equal": Binding(">=", COMPARISON, OR, OR),
        "equal": Binding("==", COMPARISON, OR, OR),
        "not_equal": Binding("!=", COMPARISON, OR, OR),
        "logical_and": Binding("&", AND, AND, SUM),
        "logical_or": Binding("|", OR, OR, AND),
    }
)
PREFIXES = MappingProxyType({"neg": "-", "logical_not": "~"})
Piece = str | tuple[int, int]  # text, or an operand: its position in the list, and how tightly it must bind


def to_infix(e: Expression) -> str:
    """One line of Python's arithmetic; several outputs stand in a tuple.

    `parse` reads it back where every operation is one that a text can name; shapes, float32 and pytrees are lost.
    Raises SizeLimitError, with the size, where nothing shared makes the closed form too long.

    >>> from expression import parse
    >>> parse("(x + y) * -(x**2)").to_infix()
    '(x + y) * -x**2'
    """
    size = sum(tree_sizes(e, e.outputs)[j] for j in e.outputs)
    if size > MAX_TREE:
        raise SizeLimitError(
            f"the closed form has {size_text(size)} nodes, more than {MAX_TREE:,}; "
            f"print(e) shows the list, which has {len(e.nodes):,}"
        )
    texts = [closed_form(e, j) for j in e.outputs]
    if e.results.is_leaf():
        return texts[0]
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def size_text(size: int) -> str:
    """A size; one of thousands of digits by its magnitude."""
    return f"{size:,}" if size < 10**15 else f"about 10**{int(log10(size))}"


def closed_form(e: Expression, root: int) -> str:
    """The text of one output."""
    names = {i.position: i.name for i in e.inputs}
    return assembled(root, names, lambda position: layout(e, e.nodes[position]), ("(", ")"))


def assembled(
    root: int,
    names: Mapping[int, str],
    layout: Callable[[int], tuple[int, Sequence[Piece]]],
    brackets: tuple[str, str],
) -> str:
    """The text of one node down to the nodes that have names, piece by piece from a stack.

    `layout` says how tightly a node binds and what its text is made of; what binds less than its place asks for goes
    in brackets.
    """
    pending: list[Piece] = [(root, 0)]
    done: list[str] = []
    while pending:
        piece = pending.pop()
        if isinstance(piece, str):
            done.append(piece)
            continue
        position, least = piece
        if position in names:
            done.append(names[position])
            continue
        level, pieces = layout(position)
        pending.extend(reversed([brackets[0], *pieces, brackets[1]] if level < least else pieces))
    return "".join(done)


def layout(e: Expression, node: Node) -> tuple[int, Sequence[Piece]]:
    """How tightly a node binds, and the pieces of its text."""
    name, operands = node.operation.name, node.operands
    if node.operation is CONSTANT:
        return constant_text(node.parameters[0][1].value)
    conditions = all(e.nodes[j].dtype.kind == "b" for j in operands)
    if name in BINDINGS and (conditions or not name.startswith("logical")):
        binding = BINDINGS[name]
        space = "" if name == "pow" else " "
        left, right = operands
        return binding.level, [(left, binding.left), f"{space}{binding.symbol}{space}", (right, binding.right)]
    if name in PREFIXES and (conditions or name == "neg"):
        return UNARY, [PREFIXES[name], (operands[0], UNARY)]
    parameters = dict(node.parameters)
    if name == "getitem":
        index = index_parts(parameters["index"], e.nodes[operands[0]].shape)
        inside: list[Piece] = [part if isinstance(part, str) else (operands[1 + part], 0) for part in index]
        return ATOM, [(operands[0], ATOM), "[", *inside, "]"]
    if name == "concatenate":
        return ATOM, ["concatenate([", *separated(operands), f"], axis={parameters['axis']})"]
    options = [f"{key}={value!r}" for key, value in named_options(node, e.nodes[operands[0]].shape).items()]
    return ATOM, [f"{name}(", *separated(operands), "".join(f", {option}" for option in options), ")"]


def separated(operands: Sequence[int]) -> list[Piece]:
    """Operands with commas between them."""
    pieces: list[Piece] = [piece for j in operands for piece in ((j, 0), ", ")]
    return pieces[:-1]


def named_options(node: Node, shape: Shape) -> dict[str, Any]:
    """Parameters worth saying: no axis for all axes, one axis as an int, no keepdims that is False."""
    options = dict(node.parameters)
    if node.operation.programs:
        return shown_options(node)
    if "keepdims" in options:
        axis = options["axis"]
        if axis == tuple(range(len(shape))):
            del options["axis"]
        elif len(axis) == 1:
            options["axis"] = axis[0]
        if not options["keepdims"]:
            del options["keepdims"]
    return options


def shown_options(node: Node) -> dict[str, Any]:
    """What a reader wants to know of a loop: how often it runs, and whether from the last to the first."""
    options = dict(node.parameters)
    return {key: options[key] for key in ("length", "reverse") if options.get(key)}


def index_parts(index: Sequence[Any], shape: Shape) -> list[str | int]:
    """What stands between the brackets of a subscript: text, and the number of an array among the arrays."""
    parts: list[str | int] = []
    arrays = iter(range(len(index)))
    lengths = iter(shape)
    for item in index:
        n = 0 if item is None else next(lengths)
        if item == "array":
            parts.append(next(arrays))
        elif isinstance(item, tuple):
            parts.append(slice_text(item, n))
        else:
            parts.append(str(item))
        parts.append(", ")
    return parts[:-1] or ["()"]


def slice_text(item: Sequence[Any], n: int) -> str:
    """A slice, its ends left out where they are those of the axis."""
    start, stop, step = item
    forward = step is None or step > 0
    first = "" if start in (None, 0 if forward else n - 1) else str(start)
    last = "" if stop is None or (forward and stop == n) else str(stop)
    return f"{first}:{last}" + ("" if step in (None, 1) else f":{step}")


def constant_text(value: Array) -> tuple[int, Sequence[Piece]]:
    """A constant, and how tightly it binds; arrays as nested lists."""
    if value.ndim == 0:
        text = number_text(value[()])
        return (UNARY if text.startswith("-") else ATOM), [text]
    if value.size > MAX_ENTRIES:
        raise SizeLimitError(
            f"a constant of shape {value.shape} is too large for one line (more than {MAX_ENTRIES} entries); "
            "to_python and to_json keep it"
        )
    texts = np.array([number_text(x) for x in value.reshape(-1)], dtype=object).reshape(value.shape)
    return ATOM, [str(texts.tolist()).replace("'", "")]


def number_text(x: Any) -> str:
    """A number, exactly: 2 for 2.0, and otherwise the shortest text that reads back as the same float."""
    if x.dtype.kind != "f":
        return str(x.item())
    number = float(x)
    if number.is_integer() and abs(number) < 1e16 and (number or not np.signbit(number)):
        return str(int(number))
    return repr(number)

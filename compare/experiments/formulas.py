"""What a sweep computes at one node, written as formulas in the names of the nodes.

    v3       the value of node 3
    v3_dot   its tangent
    v3_bar   its adjoint

The formulas are what the sweeps themselves do: their rules are run on tracers that have these names, and what was
recorded is written out as infix.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autodiff.rules import complete, contributions, push
from expression import Expression
from expression.errors import TrigradError
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.literals import ZERO
from expression.operations.operation import Array
from expression.tracing import Trace, Tracer

NAME = re.compile(r"\bv(\d+)(_dot|_bar)?\b")
PARTIAL = re.compile(r"\bdv(\d+)/dv(\d+)\b")
INVERSE = re.compile(r" \* \(1 / (\w+)\)")
DOUBLED = re.compile(r"\((\(-[^()]*\))\)")  # brackets around a negative number that has its own
DIGITS = 6
SHOWN_ENTRIES = 4  # of an array
ACCENTS = {"": "", "_dot": "\u0307", "_bar": "\u0304"}
COMMANDS = {"": "", "_dot": r"\dot", "_bar": r"\bar"}
LETTER = re.compile(r"\b([A-Za-z])(\d*)(_dot|_bar|)\b")  # a name of one letter, and perhaps its number
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Local:
    """One node of a list, recorded on inputs with the names of what it reads."""

    def __init__(self, e: Expression, i: int) -> None:
        """Begin with the operands; a constant number stands for itself."""
        self.e, self.i, self.node = e, i, e.nodes[i]
        self.trace = Trace()
        self.trace.line = ""
        self.made: dict[str, Tracer] = {}
        self.x = [written(e, j) if is_number(e, j) else self.named(j) for j in self.node.operands]

    def named(self, position: int, suffix: str = "") -> Tracer:
        """The input that stands for a node's value, tangent or adjoint."""
        name = f"v{position}{suffix}"
        if name not in self.made:
            node = self.e.nodes[position]
            self.made[name] = self.trace.input(name, node.shape, node.dtype)
        return self.made[name]

    def text(self, y: Array) -> str:
        """What was recorded, in one line."""
        return tidied(self.trace.expression(tuple(self.made.values()), y).to_infix())

    def step(self, active: Sequence[int]) -> Any:
        """The node as a step of a sweep."""
        operands = tuple(j if active[j] else None for j in self.node.operands)
        return None, self.node.operation, operands, (self.named(self.i), *self.x), self.node.parameters


def is_number(e: Expression, j: int) -> bool:
    """Whether a node is a constant of shape (), which is written as it is and has no row of its own."""
    return e.nodes[j].operation is CONSTANT and e.nodes[j].shape == ()


def written(e: Expression, j: int) -> Array:
    """A constant number."""
    return e.nodes[j].constant


def tidied(text: str) -> str:
    """`a * (1 / b)` as `a / b`, and `a + -b` as `a - b`."""
    return INVERSE.sub(r" / \1", text).replace(" + -", " - ")


def primal_formula(e: Expression, i: int) -> str:
    """What a node computes: `v0 * v1`; of a leaf its name."""
    node = e.nodes[i]
    if node.operation is INPUT:
        return next(x.name for x in e.inputs if x.position == i)
    if node.operation is CONSTANT:
        return "constant"
    local = Local(e, i)
    return local.text(node.operation(*local.x, **dict(node.parameters)))


def tangent_formula(e: Expression, i: int, active: Sequence[int]) -> str:
    """The tangent of a node that is no leaf: `v0_dot * v1 + v1_dot * v0`; 0 where nothing moves it."""
    if not active[i]:
        return "0"
    local = Local(e, i)
    dots = [local.named(j, "_dot") if active[j] else ZERO for j in local.node.operands]
    try:
        return local.text(push(local.step(active), dots))
    except TrigradError:
        return f"pushforward of {local.node.operation.name}"


def contribution_formulas(e: Expression, i: int, active: Sequence[int]) -> list[tuple[int, str]]:
    """What a node sends back: to which node, and `v3_bar * v1`, in the order of the operands."""
    local = Local(e, i)
    y_bar = local.named(i, "_bar")
    sent = [(j, complete(x_bar)) for j, x_bar in contributions(local.step(active), y_bar)]
    return [(j, pulled(local, x_bar)) for j, x_bar in sent]


def pulled(local: Local, x_bar: Array) -> str:
    """A contribution as a product, also where the partial is 1 or -1."""
    bar = f"v{local.i}_bar"
    try:
        text = local.text(x_bar)
    except TrigradError:
        return f"pullback of {local.node.operation.name}"
    return {bar: f"{bar} * 1", f"-{bar}": f"{bar} * (-1)"}.get(text, text)


def number(x: Any) -> str:
    """A value in a trace: six digits; a long array by its shape.

    >>> number(11.652071455223084), number(np.array([1.0, 2.5])), number(np.ones((3, 4)))
    ('11.6521', '[1, 2.5]', 'array of shape (3, 4)')
    """
    x = np.asarray(x)
    if x.ndim == 0:
        return str(x.item()) if x.dtype.kind in "biu" else f"{x.item():.{DIGITS}g}"
    if x.ndim > 1 or x.size > SHOWN_ENTRIES:
        return f"array of shape {x.shape}"
    return f"[{', '.join(number(entry) for entry in x)}]"


def with_numbers(formula: str, values: Mapping[str, Any]) -> str:
    """A formula with numbers in place of the names; empty where one of them is no single number.

    >>> with_numbers("v3_bar * v1", {"v3_bar": 1.0, "v1": -5.0})
    '1 * (-5)'
    """
    names = [match.group() for match in NAME.finditer(formula)]
    if not names or any(np.ndim(values[name]) for name in names):
        return ""

    def replaced(match: re.Match[str]) -> str:
        text = number(values[match.group()])
        return f"({text})" if text.startswith("-") and match.group() != formula else text

    return DOUBLED.sub(r"\1", NAME.sub(replaced, formula))


def in_unicode(text: str) -> str:
    """A formula for a page: accents and indices as they are printed.

    >>> in_unicode("v2_bar = v3_bar / v1")
    'v̄₂ = v̄₃ / v₁'
    """
    text = PARTIAL.sub(r"∂v\1/∂v\2", text)
    return signs(LETTER.sub(lambda m: m.group(1) + ACCENTS[m.group(3)] + subscript(m.group(2)), text))


def in_mathtext(text: str) -> str:
    r"""A formula for a figure, as matplotlib sets it.

    >>> in_mathtext("v3_bar / v1")
    '$\\bar{v}_{3}$ / ${v}_{1}$'
    """
    text = LETTER.sub(set_name, PARTIAL.sub(r"$\\partial$v\1/$\\partial$v\2", text))
    return signs(text)


def set_name(match: re.Match[str]) -> str:
    """A name in mathtext."""
    letter, digits, accent = match.groups()
    below = f"_{{{digits}}}" if digits else ""
    return f"${COMMANDS[accent]}{{{letter}}}{below}$"


def subscript(digits: str) -> str:
    """Digits below the line."""
    return digits.translate(SUBSCRIPTS)


def signs(text: str) -> str:
    """Signs of multiplication and minus signs as they are printed."""
    return re.sub(r"(?<![\w)])-(?=[\w$(])|(?<= )-(?= )", "\u2212", text.replace(" * ", " \u00d7 "))

"""Constant factors: 2 (3 x) is 6 x, -(2 x) is -2 x, (-x) (2 y) is x (-2 y), and 2 stands with the smaller factor."""

from math import prod
from typing import Any

import numpy as np

from expression.backends.rewriting import ADD, MUL, NEG, RESHAPE, number, operand, rewritten
from expression.nodes import Expression, Node
from expression.tracing import Trace


def with_factors(e: Expression) -> Expression:
    """Products with one constant factor each; and no -0.0 is added."""
    return rewritten(e, write)


def write(recording: Trace, node: Node, x: list[Any]) -> Any:
    """One node."""
    found = None
    if node.dtype.kind == "f" and node.operation in (ADD, MUL):
        rule = product if node.operation is MUL else unchanged
        found = rule(recording, *x)
        if found is None:
            found = rule(recording, *x[::-1])
        if found is not None and (found.shape, found.dtype) != (node.shape, node.dtype):
            found = None
    elif node.dtype.kind == "f" and node.operation is NEG:
        c, rest = factor(recording, x[0])
        found = None if c is None else times(recording, -c, rest)
    return recording.record(node.operation, x, node.parameters) if found is None else found


def unchanged(recording: Trace, a: Any, b: Any) -> Any:
    """Give b, where a is -0.0: to add 0.0 would lose the sign of a zero, to add -0.0 does not."""
    c = number(recording, a)
    return b if c is not None and c == 0 and np.signbit(c) else None


def product(recording: Trace, a: Any, b: Any) -> Any:
    """The product a b, where b has a constant factor; None where it has none, or where nothing is won."""
    c, rest = factor(recording, b)
    if c is None:
        return None
    d = number(recording, a)
    if d is not None:
        return times(recording, c * d, rest) if merges(c, d) else None
    if prod(a.shape) < prod(b.shape):
        return times(recording, scaled(recording, c, a), rest)
    inside = recording.nodes[a.position]
    if inside.operation is NEG:
        return times(recording, operand(recording, inside, 0), times(recording, -c, rest))
    d, other = factor(recording, a)
    if d is not None and d < 0:  # the sign goes over to b: -d x may be there already
        return times(recording, times(recording, -d, other), times(recording, -c, rest))
    return None


def times(recording: Trace, a: Any, b: Any) -> Any:
    """The product of two values, or of a number and a value."""
    left = a if hasattr(a, "position") else recording.constant(a)
    return recording.record(MUL, (left, b), ())


def scaled(recording: Trace, c: Any, x: Any) -> Any:
    """The product c x, with the constant factor that x has already."""
    d, rest = factor(recording, x)
    if d is None or not merges(c, d):
        return times(recording, c, x)
    return rest if c * d == 1 else times(recording, c * d, rest)


def factor(recording: Trace, x: Any) -> tuple[Any, Any]:
    """Where x is c y, with a scalar constant c of its dtype: (c, y); elsewhere (None, x)."""
    node = recording.nodes[x.position]
    if node.operation is MUL and node.dtype.kind == "f":
        for k in (0, 1):
            c = number(recording, operand(recording, node, k))
            rest = operand(recording, node, 1 - k)
            if c is not None and c.dtype == node.dtype == rest.dtype and rest.shape == node.shape:
                return c, rest
    if node.operation is RESHAPE:
        c, rest = factor(recording, operand(recording, node, 0))
        return c, x if c is None else recording.record(RESHAPE, (rest,), node.parameters)
    return None, x


def merges(c: Any, d: Any) -> bool:
    """Whether c (d x) overflows, and vanishes, exactly where (c d) x does."""
    with np.errstate(all="ignore"):
        larger, smaller = max(abs(c), abs(d)), min(abs(c), abs(d))
        return bool(np.isfinite(c * d) and c * d != 0 and (smaller >= 1 or larger <= 1))

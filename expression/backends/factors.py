"""Constant factors: 2 (3 x) is 6 x, -(2 x) is -2 x, x (2 y) is 2 (x y), 2 x + 2 y is 2 (x + y).

Up to rounding; and except where a product comes within such a factor of the largest float, or 1 / y overflows.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from expression.backends.rewriting import ADD, DIV, MUL, NEG, RESHAPE, SUB, number, operand
from expression.nodes import Expression, Node
from expression.operations.operation import Operation
from expression.rewriting import rewritten
from expression.tracing import Trace

LEAST = 1e-9  # of a factor that is taken for harmless


def with_factors(e: Expression) -> Expression:
    """Products with one constant factor each, quotients for products with a reciprocal; and no -0.0 is added."""
    readers = Counter([j for node in e.nodes for j in node.operands] + list(e.outputs))

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        rule = RULES.get(node.operation)
        if rule is not None and node.dtype.kind == "f":
            y = rule(recording, *x, *[readers[j] == 1 for j in node.operands])
            if y is not None and (y.shape, y.dtype) == (node.shape, node.dtype):
                return y
        return recording.record(node.operation, x, node.parameters)

    return rewritten(e, write)


def negative(recording: Trace, x: Any, alone: bool) -> Any:
    """-(c x) is (-c) x, where nobody else reads c x."""
    c, rest = factor(recording, x)
    return None if c is None or not alone else times(recording, -c, rest)  # else -x may meet a product yet


def total(recording: Trace, a: Any, b: Any, a_alone: bool, b_alone: bool) -> Any:
    """-0.0 + b is b (0.0 + b would lose the sign of a zero); c x + c y is c (x + y)."""
    for x, y in ((a, b), (b, a)):
        c = number(recording, x)
        if c is not None and c == 0 and np.signbit(c):
            return y
    return in_common(recording, ADD, a, b) if a_alone or b_alone else None


def difference(recording: Trace, a: Any, b: Any, a_alone: bool, b_alone: bool) -> Any:
    """The difference c x - c y is c (x - y)."""
    return in_common(recording, SUB, a, b) if a_alone or b_alone else None


def in_common(recording: Trace, operation: Operation, a: Any, b: Any) -> Any:
    """A sum or difference of values with the same constant factor, or the opposite one."""
    (c, x), (d, y) = factor(recording, a), factor(recording, b)
    if c is None or d is None or abs(c) != abs(d) or abs(c) < 1 or x.shape != y.shape:
        return None
    other = SUB if operation is ADD else ADD
    return times(recording, c, recording.record(operation if c == d else other, (x, y), ()))


def product(recording: Trace, a: Any, b: Any, a_alone: bool, b_alone: bool) -> Any:
    """One constant factor, where it costs least; x (1 / y) is x / y."""
    found = product_with(recording, a, b, b_alone)
    return product_with(recording, b, a, a_alone) if found is None else found


def product_with(recording: Trace, a: Any, b: Any, alone: bool) -> Any:
    """The product a b, where b has a constant factor or is a reciprocal; None where nothing is won."""
    inside = recording.nodes[b.position]
    if inside.operation is DIV and alone and number(recording, operand(recording, inside, 0)) == 1:
        return recording.record(DIV, (a, operand(recording, inside, 1)), ())
    c, rest = factor(recording, b)
    if c is None:
        return None
    d = number(recording, a)
    if d is not None:
        return scaled(recording, d, b) if merges(c, d) else None
    if prod(a.shape) < prod(b.shape):
        return times(recording, scaled(recording, c, a), rest)
    of_a = recording.nodes[a.position]
    if of_a.operation is NEG:
        a, c = operand(recording, of_a, 0), -c
    if alone and abs(c) >= 1 and a.shape == rest.shape:  # outside, where it may meet its like
        return times(recording, c, times(recording, a, rest))
    return times(recording, a, times(recording, c, rest)) if of_a.operation is NEG else None


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
    """Whether c (d x) may be (c d) x: neither overflows nor vanishes, but near the ends of the floats."""
    a, b = abs(float(c)), abs(float(d))
    return all(LEAST <= v <= 1 / LEAST for v in (a, b, a * b))


RULES: Mapping[Operation, Callable[..., Any]] = MappingProxyType(
    {NEG: negative, ADD: total, SUB: difference, MUL: product}
)

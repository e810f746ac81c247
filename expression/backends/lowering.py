"""Lowering: the same function in fewer and plainer nodes, for a backend that has one instruction for each.

Every step keeps the value of the expression up to rounding, and nan and infinity where they are.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from expression.errors import TrigradError
from expression.nodes import Expression, Node, infer
from expression.operations import TABLE
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.linear_algebra import rows_of
from expression.operations.operation import Array
from expression.simplification import EXACT, Rule, simplify
from expression.structure import unflatten
from expression.tracing import Trace, Tracer

BROADCAST, ADD, SUB, MUL, NEG, SQUARE, SUM, MATMUL = (
    TABLE[name] for name in ("broadcast_to", "add", "sub", "mul", "neg", "square", "sum", "matmul")
)
# Where NumPy takes a truth value for a number, an indicator is no node of its own.
RULES = (
    *EXACT,
    Rule(("mul", "v", ("where", "c", 1.0, 0.0)), ("mul", "v", "c")),
    Rule(("mul", ("where", "c", 1.0, 0.0), "v"), ("mul", "c", "v")),
    Rule(("pow", "x", 2.0), ("square", "x")),
)


def logsumexp(x: Array, axis: tuple[int, ...], keepdims: bool) -> Array:
    """The row's function for real numbers, in operations of the table."""
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis=axis)


def plain_forward(name: str) -> Callable[..., Array]:
    """The row's function, which is written in operations of the table."""
    return TABLE[name].forward


# What NumPy has no function for, in operations that it has one for.
LOWERED: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {
        **{name: plain_forward(name) for name in ("sigmoid", "relu", "gate", "gate_both", "norm")},
        "logsumexp": logsumexp,
    }
)


def lowered(e: Expression) -> Expression:
    """An expression as a backend wants it: composed operations written out, identities applied, no broadcast left.

    >>> from expression import trace
    >>> from expression.functions import sigmoid
    >>> print(lowered(trace(lambda x: sigmoid(x) * 1.0, 2.0)))
    x -> v5
      v0 = input x
      v1 = neg(v0)
      v2 = exp(v1)
      v3 = constant 1.0
      v4 = add(v3, v2)
      v5 = div(v3, v4)
    """
    return with_dots(with_factors(with_wide_products(without_broadcasts(simplify(written_out(e), RULES)))))


def rewritten(e: Expression, write: Callable[[Trace, Node, list[Any]], Any]) -> Expression:
    """The expression that `write` makes, node by node: (trace, node, values of its operands) -> its value."""
    recording = Trace()
    values: list[Any] = [None] * len(e.nodes)
    for i in e.inputs:
        node = e.nodes[i.position]
        values[i.position] = recording.input(i.name, node.shape, node.dtype, i.role)
    inputs = [values[i.position] for i in e.inputs]
    for position, node in enumerate(e.nodes):
        recording.line = node.line
        if node.operation is CONSTANT:
            values[position] = recording.constant(node.constant)
        elif node.operation is not INPUT:
            values[position] = write(recording, node, [values[j] for j in node.operands])
    results = unflatten(e.results, [values[j] for j in e.outputs])
    return recording.expression(unflatten(e.arguments, inputs), results)


def written_out(e: Expression) -> Expression:
    """Every operation of LOWERED in operations that NumPy has a function for; complex numbers and empty arrays stay."""
    if not any(node.operation.name in LOWERED for node in e.nodes):
        return e

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        function = LOWERED.get(node.operation.name)
        if function is not None and node.dtype.kind == "f" and all(prod(v.shape) for v in x):
            try:
                y = function(*x, **dict(node.parameters))
            except TrigradError:  # a user's operation of the same name
                y = None
            if y is not None and (y.shape, y.dtype) == (node.shape, node.dtype):
                return y
        return recording.record(node.operation, x, node.parameters)

    return rewritten(e, write)


def without_broadcasts(e: Expression) -> Expression:
    """Elementwise operations read what was broadcast, and broadcast it themselves."""
    if not any(node.operation is BROADCAST for node in e.nodes):
        return e

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        if node.operation.elementwise:
            narrow = [source(recording, v) for v in x]
            shapes, dtypes = tuple(v.shape for v in narrow), tuple(v.dtype for v in narrow)
            if infer(node.operation, shapes, dtypes, node.parameters) == (node.shape, node.dtype):
                x = narrow
        return recording.record(node.operation, x, node.parameters)

    return rewritten(e, write)


def source(recording: Trace, x: Any) -> Any:
    """What was broadcast to x, or x itself."""
    node = recording.nodes[x.position]
    return operand(recording, node, 0) if node.operation is BROADCAST else x


def with_wide_products(e: Expression) -> Expression:
    """A stack of matrices times one matrix is one product of all rows."""

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        if node.operation is MATMUL and len(x[0].shape) > 2 and len(x[1].shape) == 2:
            return np.reshape(rows_of(x[0]) @ x[1], node.shape)
        return recording.record(node.operation, x, node.parameters)

    return rewritten(e, write)


# -- constant factors --------------------------------------------------------------------------------------------------


def with_factors(e: Expression) -> Expression:
    """Products with one constant factor: 2 (3 x) is 6 x, -(2 x) is -2 x, and (-x) (2 y) is x (-2 y)."""

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        if node.operation is NEG and node.dtype.kind == "f":
            c, rest = factor(recording, x[0])
            if c is not None:
                return recording.record(MUL, (recording.constant(-c), rest), ())
        if node.operation is MUL and node.dtype.kind == "f":
            for a, b in (x, x[::-1]):
                c, rest = factor(recording, b)
                inside = recording.nodes[a.position]
                if c is not None and inside.operation is NEG and inside.dtype == node.dtype:
                    scaled = recording.record(MUL, (recording.constant(-c), rest), ())
                    return recording.record(MUL, (operand(recording, inside, 0), scaled), ())
                d = number(recording, a)
                if c is not None and d is not None and merges(c, d):
                    return recording.record(MUL, (recording.constant(c * d), rest), ())
                e, other = factor(recording, a)
                if c is not None and e is not None and e < 0:  # the sign goes to one of them, c x may be there already
                    left = recording.record(MUL, (recording.constant(-e), other), ())
                    return recording.record(MUL, (left, recording.record(MUL, (recording.constant(-c), rest), ())), ())
        return recording.record(node.operation, x, node.parameters)

    return rewritten(e, write)


def number(recording: Trace, x: Any) -> Any:
    """The scalar constant that x is, or None."""
    node = recording.nodes[x.position]
    return node.constant if node.operation is CONSTANT and node.shape == () and node.dtype.kind == "f" else None


def factor(recording: Trace, x: Any) -> tuple[Any, Any]:
    """Where x is c y, with a scalar constant c of its dtype: (c, y); elsewhere (None, x)."""
    node = recording.nodes[x.position]
    if node.operation is MUL and node.dtype.kind == "f":
        for k in (0, 1):
            c = number(recording, operand(recording, node, k))
            rest = operand(recording, node, 1 - k)
            if c is not None and c.dtype == node.dtype == rest.dtype and rest.shape == node.shape:
                return c, rest
    return None, x


def merges(c: Any, d: Any) -> bool:
    """Whether c (d x) overflows, and vanishes, exactly where (c d) x does."""
    with np.errstate(all="ignore"):
        larger, smaller = max(abs(c), abs(d)), min(abs(c), abs(d))
        return bool(np.isfinite(c * d) and c * d != 0 and (smaller >= 1 or larger <= 1))


def operand(recording: Trace, node: Node, k: int) -> Any:
    """An operand of a node, as a value of the trace."""
    position = node.operands[k]
    of = recording.nodes[position]
    return Tracer(recording, position, of.shape, of.dtype)


# -- sums of products --------------------------------------------------------------------------------------------------


def with_dots(e: Expression) -> Expression:
    """The sum of all entries of c x y + d u v + ..., which nobody else reads, is c (x . y) + d (u . v) + ..."""
    readers = Counter([j for node in e.nodes for j in node.operands] + list(e.outputs))

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        if node.operation is SUM and node.shape == () and node.dtype.kind == "f" and x[0].shape:
            terms = products(recording, e, readers, node.operands[0], x[0])
            if terms:
                return summed(terms)
        return recording.record(node.operation, x, node.parameters)

    return rewritten(e, write)


def products(
    recording: Trace, e: Expression, readers: Counter[int], position: int, x: Any
) -> list[tuple[float, Any, Any]]:
    """Triples (c, x, y) of vectors whose products c x y add up to a value; none where it is anything else."""
    pending: list[tuple[float, int, Any]] = [(1.0, position, x)]
    found = []
    while pending:
        c, at, v = pending.pop()
        node, written = e.nodes[at], recording.nodes[v.position]
        if readers[at] > 1 or any(e.nodes[j].dtype != node.dtype for j in node.operands):
            return []
        below = [(j, operand(recording, written, k)) for k, j in enumerate(node.operands)]
        shapes = [y.shape for _, y in below]
        numbers = [number(recording, y) for _, y in below]
        if node.operation is MUL and numbers[0] is not None and shapes[1] == node.shape:
            pending.append((c * float(numbers[0]), *below[1]))
        elif node.operation is MUL and numbers[1] is not None and shapes[0] == node.shape:
            pending.append((c * float(numbers[1]), *below[0]))
        elif any(shape != node.shape for shape in shapes):
            return []
        elif node.operation in (ADD, SUB):
            pending += [(-c if node.operation is SUB else c, *below[1]), (c, *below[0])]
        elif node.operation in (MUL, SQUARE):
            found.append((c, below[0][1], below[-1][1]))
        else:
            return []
    return found


def summed(terms: list[tuple[float, Any, Any]]) -> Any:
    """The sum of c (x . y)."""
    total = None
    for c, x, y in terms:
        dot = np.reshape(x, (-1,)) @ np.reshape(y, (-1,))
        term = dot if c == 1.0 else c * dot
        total = term if total is None else total + term
    return total

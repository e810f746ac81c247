"""Lowering: the same function in fewer and plainer nodes, for a backend that has one instruction for each.

Every step keeps the value of the expression up to rounding, and nan and infinity where they are.
"""

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from expression.backends.factors import with_factors
from expression.backends.hoisting import with_hoisted_loops
from expression.backends.rewriting import BROADCAST, MATMUL, RESHAPE, SUB, operand
from expression.backends.sums import with_dots, with_sums
from expression.nodes import Expression, Node, infer
from expression.operations import TABLE
from expression.operations.indexing import SCATTER_ADD, pieces
from expression.operations.linear_algebra import rows_of
from expression.operations.operation import Array
from expression.operations.programs import with_programs
from expression.rewriting import rewritten
from expression.simplification import EXACT, Rule, simplify
from expression.tracing import Trace

# Where NumPy takes a truth value for a number, an indicator is no node of its own.
RULES = (
    *EXACT,
    Rule(("mul", "v", ("where", "c", 1.0, 0.0)), ("mul", "v", "c")),
    Rule(("mul", ("where", "c", 1.0, 0.0), "v"), ("mul", "c", "v")),
    Rule(("pow", "x", 2.0), ("square", "x")),
)


def pad(x: Array, widths: tuple[tuple[int, int], ...]) -> Array:
    """Zeros, and x added into the middle."""
    inside = tuple((before, before + n, 1) for (before, _), n in zip(widths, np.shape(x), strict=True))
    shape = tuple(n + before + after for n, (before, after) in zip(np.shape(x), widths, strict=True))
    return TABLE["scatter_add"](x, indices=(inside,), shape=shape)


def logaddexp(x: Array, y: Array) -> Array:
    """The larger plus log(1 + exp(smaller - larger)): NumPy's own takes no more than one entry at a time."""
    top = np.maximum(x, y)
    return top + np.log1p(np.exp(np.minimum(x, y) - np.where(np.isfinite(top), top, 0.0)))


def softplus(x: Array) -> Array:
    """The positive part plus log(1 + exp(-|x|))."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


# What NumPy has no fast function for, in operations that it has one for.
LOWERED: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {
        **{name: TABLE[name].forward for name in ("sigmoid", "relu", "gate", "gate_both", "norm")},
        "pad": pad,
        "logaddexp": logaddexp,
        "softplus": softplus,
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
    for step in STEPS:
        e = step(e)
    return identities(with_lowered_programs(e))


def with_lowered_programs(e: Expression) -> Expression:
    """The programs of loops and branches, lowered in turn."""
    if not any(node.operation.programs for node in e.nodes):
        return e

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        parameters = with_programs(node.parameters, lowered) if node.operation.programs else node.parameters
        return recording.record(node.operation, x, parameters)

    return rewritten(e, write)


def identities(e: Expression) -> Expression:
    """Simplification by what holds for nan and infinity too."""
    return simplify(e, RULES)


def written_out(e: Expression) -> Expression:
    """Every operation of LOWERED, and logsumexp, in operations that NumPy has a function for.

    Complex numbers and empty arrays stay.
    """
    if not any(node.operation.name in (*LOWERED, "logsumexp") for node in e.nodes):
        return e
    shares: dict[tuple[int, int], Any] = {}  # (x, logsumexp of x) -> exp(x - logsumexp of x)

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        name, parameters = node.operation.name, dict(node.parameters)
        if node.dtype.kind == "f" and node.operation.body is None and all(prod(v.shape) for v in x):
            if name in LOWERED:
                return LOWERED[name](*x, **parameters)
            if name == "logsumexp":
                y, share = with_share(x[0], parameters["axis"])
                shares[x[0].position, y.position] = share
                return y if parameters["keepdims"] else np.reshape(y, node.shape)
            known = shares.get(difference(recording, x[0])) if name == "exp" else None
            if known is not None:
                return known()
        return recording.record(node.operation, x, node.parameters)

    return rewritten(e, write)


def with_share(x: Any, axis: tuple[int, ...]) -> tuple[Any, Callable[[], Any]]:
    """Logsumexp of real numbers, axes kept; and how to compute exp(x - logsumexp), of which it has the parts."""
    largest = float(np.finfo(x.dtype).max)
    top = np.minimum(np.maximum(np.max(x, axis=axis, keepdims=True), -largest), largest)  # inf - inf would be nan
    each = np.exp(x - top)
    total = np.sum(each, axis=axis, keepdims=True)
    return np.log(total) + top, lambda: each / total


def difference(recording: Trace, x: Any) -> tuple[int, int]:
    """The positions of a and b, where x is a - b, b as it was before it was reshaped; elsewhere none that exist."""
    node = recording.nodes[x.position]
    if node.operation is not SUB:
        return -1, -1
    a, b = node.operands
    while recording.nodes[b].operation is RESHAPE:
        (b,) = recording.nodes[b].operands
    return a, b


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


def with_joined_pieces(e: Expression) -> Expression:
    """Pieces of a scatter that go to one place are added up before."""
    if not any(node.operation is SCATTER_ADD for node in e.nodes):
        return e

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        if node.operation is not SCATTER_ADD:
            return recording.record(node.operation, x, node.parameters)
        operands: list[Any] = []
        indices: list[Any] = []
        places: dict[Any, int] = {}  # (index, shape) -> where in operands the piece for it is
        for piece in pieces(dict(node.parameters)["indices"]):
            value = x[piece.operand]
            place = None if piece.arrays else (piece.items, value.shape, value.dtype)
            if place in places:
                operands[places[place]] = operands[places[place]] + value
                continue
            if place is not None:
                places[place] = len(operands)
            operands += [value, *(x[k] for k in piece.arrays)]
            indices.append(piece.items)
        parameters = tuple(sorted({**dict(node.parameters), "indices": tuple(indices)}.items()))
        return recording.record(SCATTER_ADD, operands, parameters)

    return rewritten(e, write)


def with_wide_products(e: Expression) -> Expression:
    """A stack of matrices times one matrix is one product of all rows."""

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        if node.operation is MATMUL and len(x[0].shape) > 2 and len(x[1].shape) == 2:
            return np.reshape(rows_of(x[0]) @ x[1], node.shape)
        return recording.record(node.operation, x, node.parameters)

    return rewritten(e, write)


STEPS = (
    with_hoisted_loops,
    written_out,
    identities,
    without_broadcasts,
    with_wide_products,
    with_joined_pieces,
    with_factors,
    with_dots,
    with_sums,
)

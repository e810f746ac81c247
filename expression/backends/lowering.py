"""Lowering: the same function in fewer and plainer nodes, for a backend that has one instruction for each.

Every step keeps the value of the expression up to rounding, and nan and infinity where they are.
"""

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from expression.backends.factors import with_factors
from expression.backends.rewriting import BROADCAST, MATMUL, operand, rewritten
from expression.backends.sums import with_dots, with_sums
from expression.errors import TrigradError
from expression.nodes import Expression, Node, infer
from expression.operations import TABLE
from expression.operations.linear_algebra import rows_of
from expression.operations.operation import Array
from expression.simplification import EXACT, Rule, simplify
from expression.tracing import Trace

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
    for step in (written_out, identities, without_broadcasts, with_wide_products, with_factors, with_dots, with_sums):
        e = step(e)
    return e


def identities(e: Expression) -> Expression:
    """Simplification by what holds for nan and infinity too."""
    return simplify(e, RULES)


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

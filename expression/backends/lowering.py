"""Lowering: the same function in fewer and plainer nodes, for a backend that has one instruction for each.

Every step gives the value of the expression to the last bit, for nan and infinity too.
"""

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from expression.errors import TrigradError
from expression.nodes import Expression, Node, infer
from expression.operations import TABLE
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Array
from expression.simplification import EXACT, Rule, simplify
from expression.structure import unflatten
from expression.tracing import Trace

BROADCAST = TABLE["broadcast_to"]
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
    return without_broadcasts(simplify(written_out(e), RULES))


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
    if node.operation is not BROADCAST:
        return x
    (position,) = node.operands
    of = recording.nodes[position]
    return type(x)(recording, position, of.shape, of.dtype)

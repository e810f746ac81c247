"""How one operation pulls a cotangent back and pushes a tangent forward: both from its one row.

Everything here is written in NumPy calls and never looks at a value, so it computes on arrays and records on tracers.
"""

from collections.abc import Sequence

import numpy as np

from expression.errors import UnsupportedOperation
from expression.nodes import Node
from expression.operations.broadcasting import unbroadcast
from expression.operations.elementwise import gate_operation
from expression.operations.literals import ONE, ZERO, is_literal, plus, times
from expression.operations.operation import Array, Operation


def scaled(operation: Operation, k: int, v: Array, y: Array, x: Sequence[Array], gated: bool = False) -> Array:
    """The product v dy/dx_k of an elementwise operation: the same product in both modes."""
    if operation.products is not None:
        return operation.products[k](v, y, *x)
    assert operation.partials is not None
    return product(v, operation.partials[k](y, *x), gated)


def product(v: Array, partial: Array, gated: bool) -> Array:
    """The product v * partial; `gated` lets an exact zero of v win over an infinite or nan partial."""
    return gate_operation(v, partial) if gated else times(v, partial)


def pull(node: Node, k: int, y_bar: Array, y: Array, x: Sequence[Array], gated: bool = False) -> Array:
    """The contribution of y = operation(*x) to the adjoint of operand k: y_bar dy/dx_k.

    An adjoint may have a smaller shape that broadcasts to its node's: a sum's adjoint stays one number until someone
    needs it spread out.
    """
    operation, shape = node.operation, np.shape(x[k])
    if operation.partials is not None:
        x_bar = scaled(operation, k, y_bar, y, x, gated)
        if is_literal(x_bar, ZERO) or shape == node.shape:
            return x_bar  # whole or smaller
        return unbroadcast(np.broadcast_to(x_bar, node.shape), shape)
    options = dict(node.parameters)
    if operation.partial is not None:
        axis = options["axis"]
        partial = operation.partial(with_axes(y, shape, axis), *x, axis=axis)
        whole = y_bar if np.ndim(y_bar) == 0 else np.broadcast_to(y_bar, node.shape)
        return product(with_axes(whole, shape, axis), partial, gated)
    whole = y_bar if np.shape(y_bar) == node.shape else np.broadcast_to(y_bar, node.shape)
    return operation.vjp(k)(whole, y, *x, **options)


def push(node: Node, x_dots: Sequence[Array], y: Array, x: Sequence[Array]) -> Array:
    """The tangent of y = operation(*x): the sum over k of dy/dx_k x_dot_k."""
    if node.operation.linear == "together":
        whole = [np.broadcast_to(x_dot, np.shape(v)) for x_dot, v in zip(x_dots, x, strict=True)]
        return node.operation(*whole, **dict(node.parameters))
    y_dot: Array = ZERO
    for k, x_dot in enumerate(x_dots):
        if not is_literal(x_dot, ZERO):
            y_dot = plus(y_dot, push_one(node, k, x_dot, y, x))
    return y_dot


def push_one(node: Node, k: int, x_dot: Array, y: Array, x: Sequence[Array]) -> Array:
    """The tangent that operand k alone brings. As an adjoint, a tangent may be smaller than its node and broadcast."""
    operation, options = node.operation, dict(node.parameters)
    if operation.partials is not None:
        return scaled(operation, k, x_dot, y, x)
    whole = np.broadcast_to(x_dot, np.shape(x[k]))
    if operation.partial is not None:
        axis = options["axis"]
        partial = operation.partial(with_axes(y, np.shape(x[k]), axis), *x, axis=axis)
        return np.sum(np.broadcast_to(times(whole, partial), np.shape(x[k])), axis=axis, keepdims=options["keepdims"])
    if operation.linear == "each":
        return operation(*x[:k], whole, *x[k + 1 :], **options)
    if operation.jvps is None:
        raise UnsupportedOperation(f"{operation.name} has no forward rule; give it jvps")
    return operation.jvps[k](whole, y, *x, **options)


def with_axes(y: Array, shape: tuple[int, ...], axis: tuple[int, ...]) -> Array:
    """A reduction's result with its axes back as axes of length 1."""
    if is_literal(y, ONE) or np.ndim(y) == 0:
        return y
    return np.reshape(y, tuple(1 if i in axis else n for i, n in enumerate(shape)))

"""How one operation pulls a cotangent back and pushes a tangent forward: both from its one row.

Everything here is written in NumPy calls and never looks at a value, so it computes on arrays and records on tracers.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from expression.nodes import Node
from expression.operations import TABLE
from expression.operations.broadcasting import unbroadcast
from expression.operations.operation import Array, Operation

ONE = 1.0  # the seed, and the partial of a sum: multiplying by it is left out
ZERO = 0.0  # the partial of a jump: contributing it is left out


def is_literal(x: Array, number: float) -> bool:
    """Whether a rule returned this Python number (arrays that happen to hold it are not looked into)."""
    return type(x) is float and x == number


def times(v_bar: Array, partial: Array, gated: bool = False) -> Array:
    """v_bar * partial, with no `* 1` and no `* 0` written down; `gated` lets a zero adjoint win over inf and nan."""
    if is_literal(partial, ZERO) or is_literal(v_bar, ZERO):
        return ZERO
    if is_literal(partial, ONE):
        return v_bar
    if is_literal(v_bar, ONE):
        return partial
    if is_literal(partial, -ONE):
        return -v_bar
    if is_literal(v_bar, -ONE):
        return -partial
    if gated and type(partial) is not float:
        return TABLE["gate"](v_bar, partial)
    return v_bar * partial


def scaled(operation: Operation, k: int, v: Array, y: Array, x: Sequence[Array], gated: bool = False) -> Array:
    """v dy/dx_k of an elementwise operation: the same product in both modes."""
    if operation.products is not None:
        return operation.products[k](v, y, *x)
    assert operation.partials is not None
    return times(v, operation.partials[k](y, *x), gated)


def pull(node: Node, k: int, y_bar: Array, y: Array, x: Sequence[Array], gated: bool = False) -> Array:
    """The contribution of y = operation(*x) to the adjoint of operand k: y_bar dy/dx_k.

    An adjoint may have a smaller shape that broadcasts to its node's: a sum's adjoint stays one number until someone
    needs it spread out.
    """
    operation, shape = node.operation, np.shape(x[k])
    if operation.partials is not None:
        x_bar = scaled(operation, k, y_bar, y, x, gated)
        if is_literal(x_bar, ZERO) or shape == node.shape:
            return x_bar
        return unbroadcast(np.broadcast_to(x_bar, node.shape), shape)
    options = dict(node.parameters)
    if operation.partial is not None:
        axis = options["axis"]
        partial = operation.partial(with_axes(y, shape, axis), *x, axis=axis)
        whole = y_bar if np.ndim(y_bar) == 0 else np.broadcast_to(y_bar, node.shape)
        return times(with_axes(whole, shape, axis), partial, gated)
    whole = np.broadcast_to(y_bar, node.shape)
    return operation.vjp(k)(whole, y, *x, **options)


def push(node: Node, x_dots: Sequence[Array | None], y: Array, x: Sequence[Array]) -> Array | None:
    """The tangent of y = operation(*x): the sum over k of dy/dx_k x_dot_k; None stands for a tangent of 0."""
    operation, options = node.operation, dict(node.parameters)
    if operation.linear == "together":
        zeros = [np.zeros(np.shape(v)) if v_dot is None else v_dot for v, v_dot in zip(x, x_dots, strict=True)]
        return operation(*zeros, **options)
    y_dot: Array | None = None
    for k, x_dot in enumerate(x_dots):
        if x_dot is None:
            continue
        term = push_one(node, k, x_dot, y, x, options)
        if not is_literal(term, ZERO):
            y_dot = term if y_dot is None else y_dot + term
    return y_dot


def push_one(
    node: Node, k: int, x_dot: Array, y: Array, x: Sequence[Array], options: dict[str, Any]
) -> Array:
    """The tangent that operand k alone brings."""
    operation = node.operation
    if operation.partials is not None:
        y_dot = scaled(operation, k, x_dot, y, x)
        return y_dot if is_literal(y_dot, ZERO) or np.shape(y_dot) == node.shape else np.broadcast_to(y_dot, node.shape)
    if operation.partial is not None:
        axis = options["axis"]
        partial = operation.partial(with_axes(y, np.shape(x[k]), axis), *x, axis=axis)
        return np.sum(times(x_dot, partial), axis=axis, keepdims=options["keepdims"])
    if operation.linear == "each":
        return operation(*x[:k], x_dot, *x[k + 1 :], **options)
    if operation.jvps is None:
        raise LookupError(f"{operation.name} has no forward rule")
    return operation.jvps[k](x_dot, y, *x, **options)


def with_axes(y: Array, shape: tuple[int, ...], axis: tuple[int, ...]) -> Array:
    """A reduction's result with its axes back as axes of length 1."""
    if is_literal(y, ONE) or np.ndim(y) == 0:
        return y
    return np.reshape(y, tuple(1 if i in axis else n for i, n in enumerate(shape)))

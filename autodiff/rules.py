"""How one operation pulls a cotangent back and pushes a tangent forward: both from its one row.

Everything here is written in NumPy calls and never looks at a value, so it computes on arrays and records on tracers.
"""

from collections.abc import Sequence

import numpy as np

from expression.nodes import Node
from expression.operations import TABLE
from expression.operations.broadcasting import unbroadcast
from expression.operations.elementwise import gate_operation
from expression.operations.literals import ONE, ZERO, as_number, is_literal, plus, times
from expression.operations.operation import Array, Operation, Shape
from expression.structure import shape_of


class Pieces:
    """The adjoint of an array that is read by pieces: what was contributed, and where, gathered until it is complete.

    One scatter at the end costs what the pieces cost; a whole array for each of n pieces would cost n^2.
    """

    __slots__ = ("indices", "operands", "shape")

    def __init__(self, operands: Sequence[Array], index: tuple[object, ...], shape: Shape) -> None:
        """Begin with one piece and the arrays of its index."""
        self.operands, self.indices, self.shape = list(operands), [index], shape

    def add(self, other: Array) -> "Pieces":
        """Take in more pieces; a whole array is the piece that goes everywhere."""
        if isinstance(other, Pieces):
            self.operands += other.operands
            self.indices += other.indices
        else:
            self.operands.append(other)
            self.indices.append(())
        return self

    def whole(self) -> Array:
        """The array: all pieces, each added in at its place."""
        return TABLE["scatter_add"](*self.operands, indices=tuple(self.indices), shape=self.shape)


def accumulate(v: Array, contribution: Array) -> Array:
    """One more contribution to an adjoint: v_bar += contribution."""
    if isinstance(v, Pieces) and not is_literal(contribution, ZERO):
        return v.add(contribution)
    if isinstance(contribution, Pieces) and not is_literal(v, ZERO):
        return contribution.add(v)
    return plus(v, contribution)


def complete(v: Array) -> Array:
    """An adjoint to which nothing more will be contributed."""
    return v.whole() if isinstance(v, Pieces) else v


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
    operation, shape = node.operation, shape_of(x[k])
    if operation.partials is not None:
        x_bar = scaled(operation, k, y_bar, y, x, gated)
        if is_literal(x_bar, ZERO) or shape == node.shape:
            return x_bar  # whole or smaller
        return unbroadcast(np.broadcast_to(as_number(x_bar, y), node.shape), shape)
    options = dict(node.parameters)
    if operation.partial is not None:
        axis = options["axis"]
        partial = operation.partial(with_axes(y, shape, axis), *x, axis=axis)
        whole = y_bar if np.ndim(y_bar) == 0 else np.broadcast_to(y_bar, node.shape)
        return product(with_axes(whole, shape, axis), partial, gated)
    whole = y_bar if shape_of(y_bar) == node.shape else np.broadcast_to(as_number(y_bar, y), node.shape)
    if operation.name == "getitem":
        return Pieces((whole, *x[1:]), options["index"], shape)
    x_bar = operation.vjp(k)(whole, y, *x, **options)
    if gated and multiplies(operation, x):
        x_bar = np.where(np.any(whole != 0), x_bar, 0.0)
    return x_bar


def multiplies(operation: Operation, x: Sequence[Array]) -> bool:
    """Whether the reverse rule of an operation multiplies the adjoint by values, which may be infinite or nan."""
    return operation.linear is None or (operation.linear == "each" and len(x) > 1)


def push(node: Node, x_dots: Sequence[Array], y: Array, x: Sequence[Array]) -> Array:
    """The tangent of y = operation(*x): the sum over k of dy/dx_k x_dot_k."""
    if node.operation.linear == "together":
        whole = [np.broadcast_to(as_number(x_dot, v), shape_of(v)) for x_dot, v in zip(x_dots, x, strict=True)]
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
    whole = np.broadcast_to(as_number(x_dot, x[k]), shape_of(x[k]))
    if operation.partial is not None:
        axis = options["axis"]
        partial = operation.partial(with_axes(y, shape_of(x[k]), axis), *x, axis=axis)
        return np.sum(np.broadcast_to(times(whole, partial), shape_of(x[k])), axis=axis, keepdims=options["keepdims"])
    if operation.linear == "each":
        return operation(*x[:k], whole, *x[k + 1 :], **options)
    return operation.jvp(k)(whole, y, *x, **options)


def with_axes(y: Array, shape: tuple[int, ...], axis: tuple[int, ...]) -> Array:
    """A reduction's result with its axes back as axes of length 1."""
    if is_literal(y, ONE) or np.ndim(y) == 0:
        return y
    return np.reshape(y, tuple(1 if i in axis else n for i, n in enumerate(shape)))

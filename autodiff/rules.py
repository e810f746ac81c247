"""How one operation pulls a cotangent back and pushes a tangent forward: both from its one row.

Everything here is written in NumPy calls and never looks at a value, so it computes on arrays and records on tracers.
"""

from collections.abc import Sequence

import numpy as np

from autodiff.steps import Parameters, Step, in_full
from expression.operations import TABLE
from expression.operations.broadcasting import unbroadcast
from expression.operations.elementwise import gate_operation
from expression.operations.literals import ZERO, as_number, is_literal, plus, times
from expression.operations.operation import Array, Operation, Shape
from expression.structure import dtype_of, shape_of


class Pieces:
    """The adjoint of an array that is read by pieces: what was contributed, and where, gathered until it is complete.

    One scatter at the end costs what the pieces cost; a whole array for each of n pieces would cost n^2.
    """

    __slots__ = ("indices", "operands", "shape")

    def __init__(self, operands: Sequence[Array], index: tuple[object, ...], shape: Shape) -> None:
        """Begin with one piece and the arrays of its index."""
        self.operands, self.indices, self.shape = list(operands), [index], shape

    def __add__(self, other: Array) -> "Pieces":
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


def accumulate(v: Array | None, contribution: Array) -> Array:
    """One more contribution to an adjoint: v_bar += contribution; None is an adjoint that has none yet."""
    if v is None:
        return contribution
    return contribution + v if isinstance(contribution, Pieces) else v + contribution


def complete(v: Array) -> Array:
    """An adjoint to which nothing more will be contributed."""
    return v.whole() if type(v) is Pieces else v


def scaled(operation: Operation, k: int, v: Array, values: Sequence[Array], gated: bool = False) -> Array:
    """The product v dy/dx_k of an elementwise operation: the same product in both modes."""
    if operation.products is not None:
        return operation.products[k](v, *values)
    return product(v, operation.dy_dx(k, *values), gated)


def product(v: Array, partial: Array, gated: bool) -> Array:
    """The product v * partial; `gated` lets an exact zero of v win over an infinite or nan partial."""
    return gate_operation(v, partial) if gated else times(v, partial)


def contributions(step: Step, y_bar: Array, gated: bool = False) -> list[tuple[int, Array]]:
    """What y = operation(*x) contributes to the adjoint of each operand: its node, and y_bar dy/dx_k."""
    operation, operands, values, parameters = in_full(step)
    found = []
    if operation.programs:
        from autodiff.structured import pull_program

        wanted = tuple([j is not None for j in operands])  # a loop takes y_bar in pieces, as it is
        bars = pull_program(operation, dict(parameters), y_bar, values, wanted, gated)
        return [(j, bar) for j, bar in zip(operands, bars, strict=True) if j is not None and bar is not None]
    y_bar = complete(y_bar)
    if operation.pullback is not None:
        pulled = operation.pullback(filled(y_bar, values[0]), *values, **dict(parameters))
        for j, x_bar in zip(operands, pulled, strict=True):
            if j is not None and x_bar is not None:
                found.append((j, unless_all_zero(y_bar, x_bar) if gated else x_bar))
        return found
    for k, j in enumerate(operands):
        if j is not None and dtype_of(values[k + 1]).kind == "f":  # nothing flows to an index or a condition
            x_bar = pull(operation, parameters, k, y_bar, values, gated)
            if type(x_bar) is not float or x_bar != ZERO:
                found.append((j, x_bar))
    return found


def pull(
    operation: Operation, parameters: Parameters, k: int, y_bar: Array, values: Sequence[Array], gated: bool = False
) -> Array:
    """The contribution of y = operation(*x) to the adjoint of operand k: y_bar dy/dx_k; `values` are (y, *x).

    An adjoint may have a smaller shape that broadcasts to its node's: a sum's adjoint stays one number until someone
    needs it spread out.
    """
    y, operand = values[0], values[k + 1]
    shape = shape_of(operand)
    if operation.partials is not None:
        x_bar = scaled(operation, k, y_bar, values, gated)
        if is_literal(x_bar, ZERO) or shape == shape_of(y):
            return x_bar  # whole or smaller
        return unbroadcast(filled(x_bar, y), shape)
    options = dict(parameters)
    if operation.partial is not None:
        axis = options["axis"]
        partial = operation.partial(with_axes(y, shape, axis), operand, axis=axis)
        whole = y_bar if shape_of(y_bar) == () else filled(y_bar, y)
        return product(with_axes(whole, shape, axis), partial, gated)
    y_bar = filled(y_bar, y)
    if operation.name == "getitem" and shape:
        return Pieces((y_bar, *values[2:]), options["index"], shape)
    x_bar = operation.vjp(k)(y_bar, *values, **options)
    return unless_all_zero(y_bar, x_bar) if gated and multiplies(operation, len(values) - 1) else x_bar


def unless_all_zero(y_bar: Array, x_bar: Array) -> Array:
    """The gate of an operation that is not elementwise: exactly 0 where the whole adjoint is."""
    return np.where(np.any(y_bar != 0), x_bar, 0.0)


def filled(v: Array, like: Array) -> Array:
    """An adjoint or a tangent in its node's own shape."""
    shape = shape_of(like)
    return v if shape_of(v) == shape else np.broadcast_to(as_number(v, like), shape)


def multiplies(operation: Operation, operands: int) -> bool:
    """Whether the reverse rule of an operation multiplies the adjoint by values, which may be infinite or nan."""
    return operation.linear is None or (operation.linear == "each" and operands > 1)


def push(step: Step, x_dots: Sequence[Array]) -> Array:
    """The tangent of y = operation(*x): the sum over k of dy/dx_k x_dot_k."""
    operation, _, values, parameters = in_full(step)
    if operation.programs:
        from autodiff.structured import push_program

        return push_program(operation, dict(parameters), x_dots, values)
    if operation.linear == "together":
        whole = [filled(x_dot, v) for x_dot, v in zip(x_dots, values[1:], strict=True)]
        return operation(*whole, **dict(parameters))
    y_dot: Array = ZERO
    for k, x_dot in enumerate(x_dots):
        if not is_literal(x_dot, ZERO):
            y_dot = plus(y_dot, push_one(operation, parameters, k, x_dot, values))
    return y_dot


def push_one(operation: Operation, parameters: Parameters, k: int, x_dot: Array, values: Sequence[Array]) -> Array:
    """The tangent that operand k alone brings. As an adjoint, a tangent may be smaller than its node and broadcast."""
    y, operand, options = values[0], values[k + 1], dict(parameters)
    if operation.partials is not None:
        return scaled(operation, k, x_dot, values)
    whole = np.broadcast_to(as_number(x_dot, operand), shape_of(operand))
    if operation.partial is not None:
        axis = options["axis"]
        partial = operation.partial(with_axes(y, shape_of(operand), axis), operand, axis=axis)
        moved = np.broadcast_to(times(whole, partial), shape_of(operand))
        return np.sum(moved, axis=axis, keepdims=options["keepdims"])
    if operation.linear == "each":
        return operation(*values[1 : k + 1], whole, *values[k + 2 :], **options)
    return operation.jvp(k)(whole, *values, **options)


def with_axes(y: Array, shape: tuple[int, ...], axis: tuple[int, ...]) -> Array:
    """A reduction's result with its axes back as axes of length 1."""
    found = shape_of(y)
    if found == () or len(found) == len(shape):
        return y
    return y.reshape(tuple([1 if i in axis else n for i, n in enumerate(shape)]))


__all__ = ["Pieces", "accumulate", "complete", "contributions", "pull", "push"]

"""Sums and products that leave out Python's 0.0 and 1.0, so that recorded derivatives hold no `* 1` and no `0 +`.

Only the plain number is recognised: an array that happens to hold it is not looked into.
"""

from expression.operations.operation import Array

ONE = 1.0  # the seed of a sweep, and the partial of a sum
ZERO = 0.0  # the partial of a jump, and an adjoint or tangent to which nothing was added yet


def is_literal(x: Array, number: float) -> bool:
    """Whether x is this Python number."""
    return type(x) is float and x == number


def as_number(v: Array, like: Array) -> Array:
    """A Python number in the dtype of an array, for where nothing else says the dtype; everything else as it is."""
    return like.dtype.type(v) if type(v) is float and hasattr(like, "dtype") else v


def plus(v: Array, contribution: Array) -> Array:
    """Accumulate: v += contribution."""
    if type(v) is not float and type(contribution) is not float:
        return v + contribution
    if is_literal(v, ZERO):
        return contribution
    return v if is_literal(contribution, ZERO) else v + contribution


def times(v: Array, partial: Array) -> Array:
    """The product v * partial."""
    if type(v) is not float and type(partial) is not float:
        return v * partial
    if is_literal(partial, ZERO) or is_literal(v, ZERO):
        return ZERO
    if is_literal(partial, ONE):
        return v
    if is_literal(v, ONE):
        return partial
    if is_literal(partial, -ONE):
        return -v
    return -partial if is_literal(v, -ONE) else v * partial

"""What every function of the surface does to its arguments: options, axes, dtypes, and the call of a row."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from expression.errors import UnsupportedOperation, user_line
from expression.operations import elementwise, linear_algebra, reductions, shape
from expression.operations.operation import Array, Traced, apply, shape_of

ROWS = {row.name: row for family in (elementwise, reductions, linear_algebra, shape) for row in family.ROWS}


def call(name: str, *operands: Array, **parameters: Any) -> Array:
    """Apply the operation of that name."""
    return apply(ROWS[name], operands, tuple(sorted(parameters.items())))


def refuse(function: str, **options: Any) -> None:
    """Refuse options that would be ignored."""
    for option, value in options.items():
        if value is not None and value is not np._NoValue:
            raise UnsupportedOperation(
                f"np.{function} with {option}= is not supported ({user_line()}); leave {option}= out"
            )


def given(option: Any, default: Any = None) -> Any:
    """An option, or the default where NumPy's own mark says that it was left out."""
    return default if option is np._NoValue else option


def normal_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes as a sorted tuple of non-negative ints; None is all of them."""
    if axis is None:
        return tuple(range(ndim))
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis % ndim,)
    axes = sorted(normal_axis(a, ndim) for a in listed(axis))
    if len(set(axes)) != len(axes):
        raise ValueError(f"axis {axis} names an axis twice")
    return tuple(axes)


def normal_axis(axis: Any, ndim: int) -> int:
    """One axis as a non-negative int."""
    a = operator.index(axis)
    if not -ndim <= a < ndim:
        raise np.exceptions.AxisError(a, ndim)
    return a % ndim


def listed(x: Any) -> Sequence[Any]:
    """A number as a tuple of one; tuples and lists as they are."""
    return (x,) if isinstance(x, int | np.integer) else tuple(x)


def rank_of(x: Array) -> int:
    """The number of axes."""
    return len(shape_of(x))


def is_int(x: Any) -> bool:
    """Whether x is one integer."""
    return isinstance(x, int | np.integer)


def dtype_of(x: Array) -> np.dtype[Any]:
    """The dtype of a tracer, an array or a number."""
    found: np.dtype[Any] = x.dtype if hasattr(x, "dtype") else np.asarray(x).dtype
    return found


def astype(x: Array, dtype: Any, copy: bool = True, device: Any = None) -> Array:
    """Any real number becomes a float64; everything else stays what it is, or is refused."""
    wanted = np.dtype(dtype)
    if wanted == x.dtype:
        return x
    if wanted == np.float64:
        return call("float", x)
    raise UnsupportedOperation(
        f"astype({wanted}) of {x.dtype} has no derivative rule here ({user_line()}); keep one dtype inside the function"
    )


def floated(x: Array) -> Array:
    """Integers and truth values as float64; floats stay."""
    return astype(x, np.float64) if isinstance(x, Traced) and dtype_of(x).kind in "biu" else x

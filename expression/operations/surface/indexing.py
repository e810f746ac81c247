"""Indexing: x[index] spelled out, picks along an axis, diagonals and triangles."""

from collections.abc import Callable
from typing import Any

import numpy as np

from expression.errors import UnsupportedOperation, user_line
from expression.operations.operation import Array, Traced, shape_of
from expression.operations.surface.arguments import call, dtype_of, is_int, normal_axis, rank_of, refuse
from expression.operations.surface.shapes import ravel, transpose


def getitem(x: Array, index: Any) -> Array:
    """x[index]: ellipsis, slices and masks are spelled out, integer arrays become operands."""
    given = list(index) if isinstance(index, tuple) else [index]
    given = [as_index(i) for i in given]
    shape = shape_of(x)
    used = sum(axes_used(i) for i in given)
    if used > len(shape):
        raise IndexError(f"too many indices: {used} for an array of {len(shape)} axes")
    dots = [k for k, i in enumerate(given) if i is Ellipsis]
    if len(dots) > 1:
        raise IndexError("an index has one ellipsis at most")
    if dots:
        given[dots[0] : dots[0] + 1] = [slice(None)] * (len(shape) - used)
    items: list[Any] = []
    arrays: list[Array] = []
    axis = 0
    for i in given:
        if i is None:
            items.append(None)
        elif isinstance(i, slice):
            start, stop, step = i.indices(shape[axis])
            if not range(start, stop, step):
                start, stop, step = 0, 0, 1  # from before the first entry there is no way back: -1 would be the last
            items.append((start, None if stop < 0 else stop, step))
        elif isinstance(i, int):
            if not -shape[axis] <= i < shape[axis]:
                raise IndexError(f"index {i} is out of bounds for axis {axis} of length {shape[axis]}")
            items.append(i % shape[axis])
        elif dtype_of(i) == np.bool_:
            items += ["array"] * i.ndim
            arrays += check_mask(i, shape[axis : axis + i.ndim]).nonzero()
        else:
            items.append("array")
            arrays.append(i if isinstance(i, Traced) else in_bounds(i, axis, shape[axis]))
        axis += axes_used(i)
    while axis and items[-1] == (0, shape[axis - 1], 1):
        items.pop()
        axis -= 1
    return call("getitem", x, *arrays, index=tuple(items)) if items else x


def as_index(i: Any) -> Any:
    """One item of an index: None, an ellipsis, a slice, an int, or an array of ints or truth values."""
    if i is None or i is Ellipsis or isinstance(i, slice):
        return i
    if is_int(i) and not isinstance(i, bool):
        return int(i)
    array: Array = i if isinstance(i, Traced) else np.asarray(i)
    kind = dtype_of(array).kind
    if isinstance(i, Traced) and kind == "b":
        raise UnsupportedOperation(
            f"x[mask] has a shape that depends on values ({user_line()}); use np.where(mask, x, 0.0)"
        )
    if kind == "b" and array.ndim == 0:
        raise UnsupportedOperation(f"x[True] is not supported ({user_line()}); use x[None]")
    if kind == "b" or kind in "iu":
        return array
    if np.size(array) == 0:
        return array.astype(np.int64)
    raise IndexError(f"an index is an int, a slice, None or an array of ints, not {type(i).__name__} ({user_line()})")


def axes_used(i: Any) -> int:
    """How many axes one item of an index takes."""
    if i is None or i is Ellipsis:
        return 0
    return i.ndim if isinstance(i, np.ndarray) and i.dtype == np.bool_ else 1


def check_mask(mask: Array, shape: tuple[int, ...]) -> Array:
    """A mask that has the shape of the axes that it stands for."""
    if mask.shape != shape:
        raise IndexError(f"a mask of shape {mask.shape} cannot index axes of shape {shape}")
    return mask


def in_bounds(i: Array, axis: int, n: int) -> Array:
    """An array of positions, counted from the front."""
    if np.any((i < -n) | (i >= n)):
        raise IndexError(f"an index is out of bounds for axis {axis} of length {n}")
    return (i % n if n else i).astype(np.int64)


def pick(x: Array, index: tuple[Any, ...]) -> Array:
    """x[index], also where x is an ndarray, which would ask a traced index for its values."""
    if not isinstance(x, Traced):
        return getitem(x, index)
    traced: Array = x
    return traced[index]


def take(a: Array, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Array:
    """Entries picked by position along an axis."""
    refuse("take", out=out)
    a, axis = (ravel(a), 0) if axis is None else (a, normal_axis(axis, rank_of(a)))
    picked: Array = indices if isinstance(indices, Traced) else np.asarray(indices)
    if mode != "raise":
        n = shape_of(a)[axis]
        picked = picked % n if mode == "wrap" else np.clip(picked, 0, n - 1)
    return pick(a, (slice(None),) * axis + (picked[()],))


def take_along_axis(arr: Array, indices: Array, axis: Any = -1) -> Array:
    """Entries picked along an axis, line by line."""
    arr, axis = (ravel(arr), 0) if axis is None else (arr, normal_axis(axis, rank_of(arr)))
    if rank_of(indices) != rank_of(arr):
        raise ValueError(f"take_along_axis: indices have {rank_of(indices)} axes, the array {rank_of(arr)}")
    grid: list[Any] = []
    for i, n in enumerate(shape_of(arr)):
        lead = [1] * rank_of(arr)
        lead[i] = n
        grid.append(indices if i == axis else np.arange(n).reshape(lead))
    return pick(arr, tuple(grid))


def repeat(a: Array, repeats: Any, axis: Any = None) -> Array:
    """Each entry, again and again."""
    a, axis = (ravel(a), 0) if axis is None else (a, normal_axis(axis, rank_of(a)))
    return take(a, np.repeat(np.arange(shape_of(a)[axis]), repeats), axis)


def diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The entries whose two indices differ by the offset, as the last axis."""
    i, j = normal_axis(axis1, rank_of(a)), normal_axis(axis2, rank_of(a))
    rest = [k for k in range(rank_of(a)) if k not in (i, j)]
    n = max(min(shape_of(a)[i] + min(offset, 0), shape_of(a)[j] - max(offset, 0)), 0)
    steps = np.arange(n)
    return transpose(a, (*rest, i, j))[(..., steps - min(offset, 0), steps + max(offset, 0))]


def diag(v: Array, k: int = 0) -> Array:
    """A vector as a diagonal matrix, or the diagonal of a matrix."""
    if rank_of(v) == 2:
        return diagonal(v, k)
    if rank_of(v) != 1:
        raise ValueError(f"np.diag takes a vector or a matrix, got shape {shape_of(v)}")
    n = len(v) + abs(k)
    steps = np.arange(len(v))
    rows, columns = steps - min(k, 0), steps + max(k, 0)
    return call("scatter_add", v, rows, columns, indices=(("array", "array"),), shape=(n, n))


def diagflat(v: Array, k: int = 0) -> Array:
    """All entries as a diagonal matrix."""
    return diag(ravel(v), k)


def triangle(keep: Callable[..., Any]) -> Callable[..., Array]:
    """Tril and triu."""

    def front(m: Array, k: int = 0) -> Array:
        rows, columns = shape_of(m)[-2:] if rank_of(m) > 1 else shape_of(m) * 2
        return np.where(keep(np.ones((rows, columns), dtype=bool), k), m, 0)

    return front

"""Shapes: reshape, axes in another order, and the joins and splits that are made of them."""

import operator
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from expression.operations.operation import Array, shape_of
from expression.operations.surface.arguments import (
    call,
    dtype_of,
    is_int,
    listed,
    normal_axes,
    normal_axis,
    rank_of,
    refuse,
)


def reshape(a: Array, /, shape: Any = None, order: str = "C", *, copy: Any = None) -> Array:
    """The same entries in another shape; one length may be -1."""
    if order == "F":
        return transpose(reshape(transpose(a), full_shape(a, shape)[::-1]))
    if order not in ("C", "A"):
        refuse("reshape", order=order)
    wanted = full_shape(a, shape)
    return a if wanted == shape_of(a) else call("reshape", a, shape=wanted)


def full_shape(a: Array, shape: Any) -> tuple[int, ...]:
    """The shape with its -1 worked out."""
    wanted = [operator.index(n) for n in listed(shape)]
    if wanted.count(-1) == 1:
        others = prod(n for n in wanted if n != -1)
        wanted[wanted.index(-1)] = np.size(a) // others if others else 0
    return tuple(wanted)


def ravel(a: Array, order: str = "C") -> Array:
    """One axis."""
    return reshape(a, (np.size(a),), order)


def transpose(a: Array, axes: Any = None) -> Array:
    """Axes in another order; reversed by default."""
    n = rank_of(a)
    order = tuple(range(n))[::-1] if axes is None else tuple(normal_axis(x, n) for x in axes)
    if sorted(order) != list(range(n)):
        raise ValueError(f"axes {axes} are not a permutation of {n} axes")
    return a if order == tuple(range(n)) else call("transpose", a, axes=order)


def swapaxes(a: Array, axis1: int, axis2: int) -> Array:
    """Two axes exchanged."""
    order = list(range(rank_of(a)))
    i, j = normal_axis(axis1, rank_of(a)), normal_axis(axis2, rank_of(a))
    order[i], order[j] = j, i
    return transpose(a, order)


def matrix_transpose(x: Array) -> Array:
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


def moveaxis(a: Array, source: Any, destination: Any) -> Array:
    """Axes moved to other places."""
    n = rank_of(a)
    sources = [normal_axis(x, n) for x in listed(source)]
    targets = [normal_axis(x, n) for x in listed(destination)]
    order = [i for i in range(n) if i not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    return transpose(a, order)


def rollaxis(a: Array, axis: int, start: int = 0) -> Array:
    """An axis moved to stand before another."""
    n = rank_of(a)
    axis, start = normal_axis(axis, n), start + n if start < 0 else start
    return moveaxis(a, axis, start - (axis < start))


def broadcast_to(array: Array, shape: Any, subok: bool = False) -> Array:
    """Repeated along new axes and axes of length 1."""
    wanted = tuple(operator.index(n) for n in listed(shape))
    return array if wanted == shape_of(array) else call("broadcast_to", array, shape=wanted)


def broadcast_arrays(*args: Array, subok: bool = False) -> tuple[Array, ...]:
    """All of one shape."""
    common = np.broadcast_shapes(*(shape_of(x) for x in args))
    return tuple(broadcast_to(x, common) for x in args)


def meshgrid(*xi: Array, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Array, ...]:
    """Coordinates of a grid, one array an axis."""
    rank = len(xi)
    lines = [reshape(x, tuple(np.size(x) if i == k else 1 for i in range(rank))) for k, x in enumerate(xi)]
    if indexing == "xy" and rank > 1:
        lines = [swapaxes(x, 0, 1) for x in lines]
    return tuple(lines) if sparse else broadcast_arrays(*lines)


def squeeze(a: Array, axis: Any = None) -> Array:
    """Without axes of length 1."""
    shape = shape_of(a)
    gone = [i for i, n in enumerate(shape) if n == 1] if axis is None else normal_axes(axis, len(shape))
    if any(shape[i] != 1 for i in gone):
        raise ValueError(f"cannot squeeze axes {tuple(gone)} of shape {shape}: not of length 1")
    return reshape(a, tuple(n for i, n in enumerate(shape) if i not in gone))


def expand_dims(a: Array, axis: Any) -> Array:
    """With new axes of length 1."""
    axes = listed(axis)
    n = rank_of(a) + len(axes)
    places = {normal_axis(x, n) for x in axes}
    left = iter(shape_of(a))
    return reshape(a, tuple(1 if i in places else next(left) for i in range(n)))


def at_least(rank: int) -> Callable[..., Any]:
    """atleast_1d and its kin; a vector stands in the middle of three axes, a matrix in front."""

    def lift(x: Array) -> Array:
        missing = rank - rank_of(x)
        behind = 1 if rank == 3 and rank_of(x) in (1, 2) else 0
        return x if missing <= 0 else reshape(x, (1,) * (missing - behind) + shape_of(x) + (1,) * behind)

    return lambda *arrays: lift(arrays[0]) if len(arrays) == 1 else tuple(lift(x) for x in arrays)


atleast_1d, atleast_2d, atleast_3d = at_least(1), at_least(2), at_least(3)


# -- joins and splits -------------------------------------------------------------------------------------------------


def concatenate(
    arrays: Sequence[Array], axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None
) -> Array:
    """Joined along an existing axis; axis None flattens."""
    refuse("concatenate", out=out, dtype=dtype)
    parts, axis = ([ravel(x) for x in arrays], 0) if axis is None else (list(arrays), axis)
    return call("concatenate", *parts, axis=normal_axis(axis, rank_of(parts[0])))


def stack(arrays: Sequence[Array], axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Array:
    """Joined along a new axis."""
    refuse("stack", out=out, dtype=dtype)
    parts = list(arrays)
    axis = normal_axis(axis, rank_of(parts[0]) + 1)
    return concatenate([expand_dims(x, axis) for x in parts], axis)


def vstack(tup: Sequence[Array], *, dtype: Any = None, casting: Any = None) -> Array:
    """Rows on top of each other."""
    refuse("vstack", dtype=dtype)
    return concatenate([atleast_2d(x) for x in tup], 0)


def hstack(tup: Sequence[Array], *, dtype: Any = None, casting: Any = None) -> Array:
    """Side by side."""
    refuse("hstack", dtype=dtype)
    parts = [atleast_1d(x) for x in tup]
    return concatenate(parts, 0 if rank_of(parts[0]) == 1 else 1)


def dstack(tup: Sequence[Array]) -> Array:
    """Behind each other."""
    return concatenate([atleast_3d(x) for x in tup], 2)


def column_stack(tup: Sequence[Array]) -> Array:
    """Vectors as columns."""
    return concatenate([expand_dims(x, 1) if rank_of(x) == 1 else x for x in tup], 1)


def append(arr: Array, values: Array, axis: Any = None) -> Array:
    """Values behind an array; axis None flattens both."""
    return concatenate([arr, values], axis)


def array_split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Pieces along an axis."""
    axis = normal_axis(axis, rank_of(ary))
    n = shape_of(ary)[axis]
    if is_int(indices_or_sections):
        sections = int(indices_or_sections)
        cuts = [0, *np.cumsum([n // sections + (i < n % sections) for i in range(sections)]).tolist()]
    else:
        cuts = [0, *indices_or_sections, n]
    lead = (slice(None),) * axis
    return [ary[(*lead, slice(a, b))] for a, b in pairwise(cuts)]


def split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Equal pieces along an axis."""
    n = shape_of(ary)[axis]
    if is_int(indices_or_sections) and n % indices_or_sections:
        raise ValueError(f"np.split: {n} entries do not divide into {indices_or_sections} equal parts")
    return array_split(ary, indices_or_sections, axis)


def hsplit(ary: Array, indices_or_sections: Any) -> list[Array]:
    """Pieces side by side."""
    return split(ary, indices_or_sections, 1 if rank_of(ary) > 1 else 0)


# -- repetition -------------------------------------------------------------------------------------------------------


def tile(A: Array, reps: Any) -> Array:
    """The whole array, again and again."""
    counts = tuple(listed(reps))
    rank = max(rank_of(A), len(counts))
    counts = (1,) * (rank - len(counts)) + counts
    shape = (1,) * (rank - rank_of(A)) + tuple(shape_of(A))
    spread = broadcast_to(
        reshape(A, [n for m in shape for n in (1, m)]), [n for c, m in zip(counts, shape, strict=True) for n in (c, m)]
    )
    return reshape(spread, tuple(c * m for c, m in zip(counts, shape, strict=True)))


def roll(a: Array, shift: Any, axis: Any = None) -> Array:
    """Entries pushed along; what falls off comes back at the other end."""
    if axis is None:
        return reshape(roll(ravel(a), shift, 0), shape_of(a))
    for s, along in np.broadcast(shift, axis):
        x = normal_axis(along, rank_of(a))
        n = shape_of(a)[x]
        lead = (slice(None),) * x
        if n and s % n:
            a = concatenate([a[(*lead, slice(n - s % n, n))], a[(*lead, slice(0, n - s % n))]], x)
    return a


def flip(m: Array, axis: Any = None) -> Array:
    """Entries in reverse."""
    axes = normal_axes(axis, rank_of(m))
    return m[tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(rank_of(m)))]


def rot90(m: Array, k: int = 1, axes: Any = (0, 1)) -> Array:
    """Turned by k quarters in the plane of two axes."""
    first, second = axes
    for _ in range(k % 4):
        m = flip(swapaxes(m, first, second), first)
    return m


def pad(array: Array, pad_width: Any, mode: str = "constant", **options: Any) -> Array:
    """Zeros, another constant, or entries of the array itself around the array."""
    value = options.pop("constant_values", 0)
    refuse("pad", **options)
    shape, n = shape_of(array), rank_of(array)
    widths = tuple((int(a), int(b)) for a, b in np.broadcast_to(pad_width, (n, 2)))
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        for axis, width in enumerate(widths):
            if any(width):
                array = array[(slice(None),) * axis + (np.pad(np.arange(shape[axis]), width, mode),)]  # type: ignore[call-overload]
        return array
    if mode != "constant":
        refuse("pad", mode=mode)
    padded = call("pad", array, widths=widths)
    if is_int(value) and value == 0:
        return padded
    border = np.pad(np.zeros(shape, dtype_of(array)), widths, constant_values=value)
    return np.where(np.pad(np.ones(shape, dtype=bool), widths), padded, border)

"""Reductions, scans and sorting, with NumPy's options."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from expression.operations.operation import Array, apply, shape_of
from expression.operations.surface.arguments import (
    ROWS,
    astype,
    call,
    given,
    normal_axes,
    normal_axis,
    rank_of,
    refuse,
)
from expression.operations.surface.indexing import take_along_axis
from expression.operations.surface.shapes import expand_dims, ravel, reshape


def reducing(name: str, neutral: Any = None, combine: str = "") -> Callable[..., Array]:
    """A reduction: `neutral` stands where a mask is False, `combine` brings an initial value in."""
    row = ROWS[name]

    def front(
        a: Array,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = True,
    ) -> Array:
        if not (dtype is out is initial is None and where is True):
            a, initial = prepared(a, dtype, out, initial, where)
        axes = normal_axes(given(axis), rank_of(a))
        y = apply(row, (a,), (("axis", axes), ("keepdims", bool(given(keepdims, False)))))
        return y if initial is None else call(combine, y, initial)

    def prepared(a: Array, dtype: Any, out: Any, initial: Any, where: Any) -> tuple[Array, Any]:
        """The operand with its dtype and mask, and the initial value."""
        initial, where = given(initial), given(where, True)
        refuse(name, out=out, initial=None if combine else initial)
        if given(dtype) is not None:
            a = astype(a, dtype)
        if where is not True:
            filler = initial if neutral is None else neutral
            if filler is None:
                refuse(name, where=where)
            a = np.where(where, a, filler)
        return a, initial

    return front


def short(full: Callable[..., Array]) -> Callable[..., Array]:
    """A reduction whose NumPy signature has no dtype."""

    def front(
        a: Array, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None, where: Any = True
    ) -> Array:
        return full(a, axis, None, out, keepdims, initial, where)

    return front


sum_ = reducing("sum", 0, "add")
prod_ = reducing("prod", 1, "mul")
max_ = short(reducing("max", None, "maximum"))
min_ = short(reducing("min", None, "minimum"))
all_ = short(reducing("all", True))
any_ = short(reducing("any", False))
logsumexp = reducing("logsumexp", -np.inf, "logaddexp")


def count(a: Array, axes: tuple[int, ...]) -> float:
    """How many entries one result is made of."""
    shape = shape_of(a)
    return float(prod(shape) if len(axes) == len(shape) else prod([shape[i] for i in axes]))


def mean(
    a: Array, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True
) -> Array:
    """The sum over the number of entries."""
    total = sum_(a, axis, dtype, out, keepdims, where=where)
    axes = normal_axes(given(axis), rank_of(a))
    if where is True or given(where, True) is True:
        return total / count(a, axes)
    return total / sum_(np.where(where, np.ones_like(a), 0), axes, keepdims=keepdims)


def var(
    a: Array,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: float = 0,
    keepdims: Any = False,
    *,
    correction: Any = None,
    **options: Any,
) -> Array:
    """The mean square of what is left after the mean is taken away."""
    refuse("var", dtype=dtype, out=out, **options)
    axes = normal_axes(given(axis), rank_of(a))
    rest = a - mean(a, axes, keepdims=True)
    lost = ddof if given(correction) is None else correction
    return sum_(rest * rest, axes, keepdims=keepdims) / (count(a, axes) - lost)


def std(a: Array, *args: Any, **options: Any) -> Array:
    """The square root of the variance."""
    return np.sqrt(var(a, *args, **options))


def average(a: Array, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Array:
    """The weighted mean; weights have the shape of a, or are one for each position along the axis."""
    refuse("average", returned=returned or None)
    if weights is None:
        return mean(a, axis, keepdims=keepdims)
    if shape_of(weights) != shape_of(a):
        along = normal_axis(axis, rank_of(a))
        weights = reshape(weights, tuple(-1 if i == along else 1 for i in range(rank_of(a))))
    weights = np.broadcast_to(weights, shape_of(a))
    return sum_(a * weights, axis, keepdims=keepdims) / sum_(weights, axis, keepdims=keepdims)


def ptp(a: Array, axis: Any = None, out: Any = None, keepdims: Any = False) -> Array:
    """The largest less the smallest."""
    refuse("ptp", out=out)
    return max_(a, axis, keepdims=keepdims) - min_(a, axis, keepdims=keepdims)


def median(a: Array, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Array:
    """The middle entry in order, or the mean of the two in the middle."""
    refuse("median", out=out)
    along, ranks = (0, rank_of(a)) if axis is None else (normal_axis(axis, rank_of(a)), 1)
    line = sort(a, axis)
    n = shape_of(line)[along]
    y = mean(line[(slice(None),) * along + (slice((n - 1) // 2, n // 2 + 1),)], along)
    return expand_dims(y, tuple(range(along, along + ranks))) if keepdims else y


def count_nonzero(a: Array, axis: Any = None, *, keepdims: bool = False) -> Array:
    """How many entries are not 0."""
    return sum_(np.not_equal(a, 0), axis, keepdims=keepdims)


def nansum(a: Array, axis: Any = None, *args: Any, **options: Any) -> Array:
    """The sum of what is not nan."""
    return sum_(np.where(np.isnan(a), 0, a), axis, *args, **options)


def along(name: str) -> Callable[..., Array]:
    """A scan with NumPy's options; axis None flattens."""

    def front(a: Array, axis: Any = None, dtype: Any = None, out: Any = None) -> Array:
        refuse(name, dtype=dtype, out=out)
        a, axis = (ravel(a), 0) if axis is None else (a, axis)
        return call(name, a, axis=normal_axis(axis, rank_of(a)))

    return front


cumsum = along("cumsum")
cumprod = along("cumprod")


def position(name: str) -> Callable[..., Array]:
    """Argmax and argmin."""

    def front(a: Array, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Array:
        refuse(name, out=out)
        line, along = (ravel(a), 0) if axis is None else (a, normal_axis(axis, rank_of(a)))
        found = call(name, line, axis=along)
        if not given(keepdims, False):
            return found
        return reshape(found, (1,) * rank_of(a)) if axis is None else expand_dims(found, along)

    return front


argmax, argmin = position("argmax"), position("argmin")


def argsort(a: Array, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Array:
    """The order that sorts; always stable."""
    refuse("argsort", order=order)
    a, axis = (ravel(a), 0) if axis is None else (a, axis)
    return call("argsort", a, axis=normal_axis(axis, rank_of(a)))


def sort(a: Array, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Array:
    """Entries taken in the order that sorts them."""
    a, axis = (ravel(a), 0) if axis is None else (a, axis)
    return take_along_axis(a, argsort(a, axis, order=order), axis)


def diff(a: Array, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Array:
    """Differences of neighbours."""
    axis = normal_axis(axis, rank_of(a))
    refuse("diff", prepend=prepend, append=append)
    lead = (slice(None),) * axis
    for _ in range(n):
        a = a[(*lead, slice(1, None))] - a[(*lead, slice(None, -1))]
    return a


def trapezoid(y: Array, x: Any = None, dx: float = 1.0, axis: int = -1) -> Array:
    """The integral by trapezoids."""
    axis = normal_axis(axis, rank_of(y))
    lead = (slice(None),) * axis
    widths = dx if x is None else np.diff(x) if rank_of(x) == 1 else np.diff(x, axis=axis)
    if x is not None and rank_of(x) == 1:
        widths = reshape(widths, tuple(-1 if i == axis else 1 for i in range(rank_of(y))))
    return sum_(widths * (y[(*lead, slice(1, None))] + y[(*lead, slice(None, -1))]) / 2.0, axis)

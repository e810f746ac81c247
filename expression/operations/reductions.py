"""Reductions and scans along axes. `axis` is a tuple of non-negative positions, `keepdims` a truth value."""

from math import prod
from typing import Any

import numpy as np

from expression.operations.broadcasting import batch_by
from expression.operations.operation import (
    POSITIVE,
    REAL,
    Array,
    Interval,
    Kink,
    Operation,
    Rule,
    Sample,
    Shape,
    check_axes,
    floating,
    index,
    indicator,
    no_work,
    size_of,
    truth,
)

AXES = (
    Sample(((3, 4),), {"axis": (0,), "keepdims": False}),
    Sample(((2, 3, 2),), {"axis": (0, 2), "keepdims": True}),
    Sample(((5,),), {"axis": (0,), "keepdims": False}),
    Sample(((2, 3),), {"axis": (), "keepdims": False}),
)
ALONG = (Sample(((4,),), {"axis": 0}), Sample(((3, 4),), {"axis": 1}), Sample(((3, 2, 2),), {"axis": 0}))


def reduced(shape: Shape, *, axis: tuple[int, ...], keepdims: bool) -> Shape:
    """The shape that is left."""
    check_axes(axis, len(shape))
    if keepdims:
        return tuple(1 if i in axis else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axis)


def same_shape(shape: Shape, *, axis: int) -> Shape:
    """The shape of the operand."""
    check_axes((axis,), len(shape))
    return shape


def kept(y: Array, x: Array, axis: tuple[int, ...]) -> Array:
    """Y with its reduced axes back as axes of length 1, so that it broadcasts against x."""
    return np.reshape(y, reduced(np.shape(x), axis=axis, keepdims=True))


def folds(shape: Shape, *, out: Shape, **parameters: Any) -> int:
    """Work: n - 1 operations for n entries, one result at a time."""
    return max(prod(shape) - prod(out), 0)


def deeper(x: Array, *, axis: Any, **rest: Any) -> dict[str, Any]:
    """The same reduction below a batch axis."""
    return {"axis": axis + 1 if isinstance(axis, int) else tuple(a + 1 for a in axis), **rest}


def fold(function: Rule, x: Array, axis: tuple[int, ...], keepdims: bool) -> Array:
    """Fold a scalar function of two arguments along axes, over an array of objects."""
    ufunc = np.frompyfunc(function, 2, 1)
    for a in sorted(axis, reverse=True):
        x = np.asarray(ufunc.reduce(x, axis=a, keepdims=keepdims), dtype=object)
    return x


def folding(name: str) -> Rule:
    """Reduction over objects by the scalar operation of that name."""
    return lambda scalar, x, axis, keepdims: fold(scalar(name), x, axis, keepdims)


def norm_of_objects(scalar: Rule, x: Array, axis: tuple[int, ...], keepdims: bool) -> Array:
    """Square root of the sum of squares, over objects."""
    squares = np.asarray(np.sum(x * x, axis=axis, keepdims=keepdims), dtype=object)
    return np.frompyfunc(scalar("sqrt"), 1, 1)(squares)


def logsumexp(x: Array, axis: tuple[int, ...], keepdims: bool) -> Array:
    """log(sum(exp(x))) without overflow: the largest entry is taken out first."""
    top = np.maximum.reduce(x.real, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, top.dtype.type(0))
    y = np.log(np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis=axis)[()]


def norm(x: Array, axis: tuple[int, ...], keepdims: bool) -> Array:
    """Euclidean norm along axes."""
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def share_of_ties(y: Array, x: Array, axis: tuple[int, ...]) -> Array:
    """1 at the entry that was taken; entries that tie share it equally."""
    taken = x == y
    one = indicator(taken, x)
    return np.where(taken, 1.0 / np.sum(one, axis=axis, keepdims=True), indicator(False, x))


def product_of_others(y: Array, x: Array, axis: tuple[int, ...]) -> Array:
    """The product of all other entries, without division: right also where entries are 0.

    Products of everything to the left times products of everything to the right, 3n multiplications in all.
    """
    shape = np.shape(x)
    rest = tuple(i for i in range(len(shape)) if i not in axis)
    order = rest + axis
    lines = np.reshape(np.transpose(x, order), (*(shape[i] for i in rest), prod(shape[i] for i in axis)))
    ones = np.ones((*lines.shape[:-1], 1), dtype=x.dtype)
    left = np.cumprod(np.concatenate([ones, lines[..., :-1]], axis=-1), axis=-1)
    right = np.cumprod(np.concatenate([ones, lines[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    others = np.reshape((left * right)[..., : lines.shape[-1]], tuple(shape[i] for i in order))
    return np.transpose(others, tuple(int(i) for i in np.argsort(order)))


def cumprod_jacobian(x: Array, axis: int) -> Array:
    """J[..., i, j] = dy_i/dx_j = product of x_k over k <= i, k != j, along an axis that is moved to the end."""
    lines = np.moveaxis(x, axis, -1)
    n = lines.shape[-1]
    others = np.where(np.eye(n, dtype=bool), 1.0, np.expand_dims(lines, -2))  # [..., j, k], with 1 at k = j
    products = np.cumprod(others, axis=-1)  # [..., j, i]
    return np.where(np.tril(np.ones((n, n), dtype=bool)), np.swapaxes(products, -1, -2), 0.0)


def cumprod_vjp(y_bar: Array, y: Array, x: Array, axis: int) -> Array:
    """x_bar_j = sum over i of y_bar_i J_ij."""
    pulled = np.einsum("...ij,...i->...j", cumprod_jacobian(x, axis), np.moveaxis(y_bar, axis, -1))
    return np.moveaxis(pulled, -1, axis)


def cumprod_jvp(x_dot: Array, y: Array, x: Array, axis: int) -> Array:
    """y_dot_i = sum over j of J_ij x_dot_j."""
    pushed = np.einsum("...ij,...j->...i", cumprod_jacobian(x, axis), np.moveaxis(x_dot, axis, -1))
    return np.moveaxis(pushed, -1, axis)


def cumsum_vjp(y_bar: Array, y: Array, x: Array, axis: int) -> Array:
    """The sum from the other end."""
    return np.flip(np.cumsum(np.flip(y_bar, axis), axis=axis), axis)


def summed(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of a sum or product: NumPy widens truth values and short integers."""
    found: np.dtype[Any] = np.sum(np.zeros(0, dtype)).dtype
    return found


def reduction(
    name: str,
    numpy: Any,
    partial: Rule | None,
    objects: Rule | None,
    latex: str,
    domain: tuple[Interval, ...] = (REAL,),
    **columns: Any,
) -> Operation:
    """Make a row of a reduction; `partial` is (y kept, x, axis) -> dy/dx in x's shape."""
    defaults: dict[str, Any] = {
        "forward": numpy,
        "shape": reduced,
        "samples": AXES,
        "work": folds,
        "batch": batch_by(deeper),
    }
    return Operation(
        name, numpy=(), partial=partial, objects=objects, latex=latex, domain=domain, **{**defaults, **columns}
    )


def along(name: str, forward: Rule, latex: str, **columns: Any) -> Operation:
    """Make a row of an operation along one axis that keeps the shape."""
    defaults: dict[str, Any] = {
        "shape": same_shape,
        "samples": ALONG,
        "work": size_of,
        "batch": batch_by(deeper),
    }
    return Operation(name, forward, latex=latex, **{**defaults, **columns})


def arg_shape(shape: Shape, *, axis: int) -> Shape:
    """The shape without that axis."""
    check_axes((axis,), len(shape))
    return shape[:axis] + shape[axis + 1 :]


def tied(x: Array, axis: tuple[int, ...], keepdims: bool, extreme: Any) -> Array:
    """Whether two entries share the extreme."""
    return np.sum(x == extreme(x, axis=axis, keepdims=True), axis=axis) > 1


TIED_MAX = Kink(
    "entries that tie share the derivative equally", lambda x, **p: tied(x, **p, extreme=np.max), (0.0, 1.0)
)
TIED_MIN = Kink(
    "entries that tie share the derivative equally", lambda x, **p: tied(x, **p, extreme=np.min), (0.0, 1.0)
)
NORM_ZERO = Kink(
    "at 0 the derivative is taken as 0", lambda x, axis, keepdims: norm(x, axis, keepdims) == 0, (-1.0, 1.0)
)
CONSTANT: Rule = lambda *arguments, **parameters: 0.0  # noqa: E731

# fmt: off
ROWS = (
    #         name         forward         partial (y kept, x, axis)                                        over objects            latex
    reduction("sum",       np.sum,         lambda y, x, axis: 1.0,                                         None,                   r"\sum {0}", dtype=summed),
    reduction("prod",      np.prod,        product_of_others,                                               None,                   r"\prod {0}", dtype=summed),
    reduction("max",       np.max,         share_of_ties,                                                   folding("maximum"),     r"\max {0}", kink=TIED_MAX, analytic=False, samples=AXES[:3]),
    reduction("min",       np.min,         share_of_ties,                                                   folding("minimum"),     r"\min {0}", kink=TIED_MIN, analytic=False, samples=AXES[:3]),
    reduction("logsumexp", logsumexp,      lambda y, x, axis: np.exp(x - y),                                folding("logaddexp"),   r"\operatorname{{logsumexp}} {0}", weight=18, dtype=floating),
    reduction("norm",      norm,           lambda y, x, axis: x / np.where(y == 0, 1.0, y),                 norm_of_objects,        r"\left\lVert {0} \right\rVert", dtype=floating, work=lambda shape, out, **p: 2 * prod(shape) + 3 * prod(out), kink=NORM_ZERO, samples=AXES[:3]),
    reduction("all",       np.all,         lambda y, x, axis: 0.0,                                          folding("logical_and"), r"\forall {0}", dtype=truth, domain=((0.0, 1.0),)),
    reduction("any",       np.any,         lambda y, x, axis: 0.0,                                          folding("logical_or"),  r"\exists {0}", dtype=truth, domain=((0.0, 1.0),)),
    along("cumsum",        np.cumsum,      r"\operatorname{{cumsum}} {0}",  linear="each", dtype=summed, vjps=(cumsum_vjp,)),
    along("cumprod",       np.cumprod,     r"\operatorname{{cumprod}} {0}", dtype=summed, vjps=(cumprod_vjp,), jvps=(cumprod_jvp,), domain=(POSITIVE,)),
    along("argsort",       lambda x, axis: np.argsort(x, axis=axis, kind="stable"), r"\operatorname{{argsort}} {0}", vjps=(CONSTANT,), jvps=(CONSTANT,), dtype=index, analytic=False, work=no_work),
    along("argmax",        np.argmax,      r"\operatorname{{argmax}} {0}",  vjps=(CONSTANT,), jvps=(CONSTANT,), dtype=index, analytic=False, shape=arg_shape, work=folds),
    along("argmin",        np.argmin,      r"\operatorname{{argmin}} {0}",  vjps=(CONSTANT,), jvps=(CONSTANT,), dtype=index, analytic=False, shape=arg_shape, work=folds),
)
# fmt: on

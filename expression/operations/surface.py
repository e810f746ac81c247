"""The rest of NumPy's surface: functions that put their options in order and call operations of the table.

Each is written once in terms of operations and other NumPy calls, and so runs on anything that follows NumPy's
protocols. `FUNCTIONS` says which NumPy function each one answers to.
"""

import builtins
import operator
from collections.abc import Callable, Sequence
from math import pi, prod
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.linalg._linalg import SlogdetResult

from expression.errors import UnsupportedOperation, user_line
from expression.operations import elementwise, linear_algebra, reductions, shape
from expression.operations.operation import Array, Traced, apply

ROWS = {row.name: row for family in (elementwise, reductions, linear_algebra, shape) for row in family.ROWS}


def call(name: str, *operands: Array, **parameters: Any) -> Array:
    """Apply the operation of that name."""
    return apply(ROWS[name], operands, tuple(sorted(parameters.items())))


def refuse(function: str, **options: Any) -> None:
    """Refuse options that would be ignored."""
    for option, value in options.items():
        if value is not None:
            raise UnsupportedOperation(
                f"np.{function} with {option}= is not supported ({user_line()}); leave {option}= out"
            )


def normal_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes as a tuple of non-negative ints; None is all of them."""
    if axis is None:
        return tuple(range(ndim))
    axes = (axis,) if isinstance(axis, int | np.integer) else tuple(axis)
    return tuple(sorted(normal_axis(a, ndim) for a in axes))


def normal_axis(axis: Any, ndim: int) -> int:
    """One axis as a non-negative int."""
    a = operator.index(axis)
    if not -ndim <= a < ndim:
        raise np.exceptions.AxisError(a, ndim)
    return a % ndim


# -- reductions -------------------------------------------------------------------------------------------------------


def reducing(name: str, neutral: float | None) -> Callable[..., Array]:
    """A reduction with NumPy's options; `neutral` stands where a mask is False."""

    def front(
        a: Array,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        keepdims: Any = False,
        initial: Any = None,
        where: Any = None,
    ) -> Array:
        keepdims = keepdims is not np._NoValue and bool(keepdims)
        initial = None if initial is np._NoValue else initial
        where = None if where is np._NoValue or where is True else where
        refuse(name, out=out, dtype=dtype, initial=initial)
        if where is not None:
            if neutral is None:
                refuse(name, where=where)
            a = np.where(where, a, neutral)
        return call(name, a, axis=normal_axes(axis, np.ndim(a)), keepdims=keepdims)

    front.__name__ = name
    return front


def short(name: str) -> Callable[..., Array]:
    """A reduction whose NumPy signature has no dtype."""
    full = reducing(name, None)

    def front(a: Array, axis: Any = None, out: Any = None, keepdims: Any = False, *, initial: Any = None, where: Any = None) -> Array:
        return full(a, axis, None, out, keepdims, initial, where)

    front.__name__ = name
    return front


sum_ = reducing("sum", 0.0)
prod_ = reducing("prod", 1.0)
max_ = short("max")
min_ = short("min")
all_ = short("all")
any_ = short("any")
logsumexp = reducing("logsumexp", None)


def norm_axes(x: Array, axis: Any, keepdims: bool) -> Array:
    """The Euclidean norm along axes."""
    return call("norm", x, axis=normal_axes(axis, np.ndim(x)), keepdims=bool(keepdims))


def mean(a: Array, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = None) -> Array:
    """The sum over the number of entries."""
    refuse("mean", dtype=dtype, out=out, where=None if where is np._NoValue else where)
    axes = normal_axes(axis, np.ndim(a))
    return sum_(a, axes, keepdims=keepdims) / float(prod(np.shape(a)[i] for i in axes))


def var(a: Array, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: Any = False, **options: Any) -> Array:
    """The mean square of what is left after the mean is taken away."""
    refuse("var", dtype=dtype, out=out, **{k: v for k, v in options.items() if v is not np._NoValue})
    axes = normal_axes(axis, np.ndim(a))
    rest = a - mean(a, axes, keepdims=True)
    return sum_(rest * rest, axes, keepdims=keepdims) / float(prod(np.shape(a)[i] for i in axes) - ddof)


def std(a: Array, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: Any = False, **options: Any) -> Array:
    """The square root of the variance."""
    return np.sqrt(var(a, axis, dtype, out, ddof, keepdims, **options))


def average(a: Array, axis: Any = None, weights: Any = None, **options: Any) -> Array:
    """The weighted mean."""
    if weights is None:
        return mean(a, axis)
    return sum_(a * weights, axis) / sum_(np.broadcast_to(weights, np.shape(a)), axis)


def ptp(a: Array, axis: Any = None, out: Any = None, keepdims: Any = False) -> Array:
    """The largest less the smallest."""
    refuse("ptp", out=out)
    return max_(a, axis, keepdims=keepdims) - min_(a, axis, keepdims=keepdims)


def along(name: str) -> Callable[..., Array]:
    """A scan with NumPy's options; axis None flattens."""

    def front(a: Array, axis: Any = None, dtype: Any = None, out: Any = None) -> Array:
        refuse(name, dtype=dtype, out=out)
        a, axis = (ravel(a), 0) if axis is None else (a, axis)
        return call(name, a, axis=normal_axis(axis, np.ndim(a)))

    front.__name__ = name
    return front


cumsum = along("cumsum")
cumprod = along("cumprod")


def position(name: str) -> Callable[..., Array]:
    """Argmax and argmin."""

    def front(a: Array, axis: Any = None, out: Any = None, *, keepdims: Any = False) -> Array:
        refuse(name, out=out)
        a, axis = (ravel(a), 0) if axis is None else (a, axis)
        found = call(name, a, axis=normal_axis(axis, np.ndim(a)))
        return np.expand_dims(found, axis) if keepdims and keepdims is not np._NoValue else found

    front.__name__ = name
    return front


def argsort(a: Array, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Array:
    """The order that sorts; always stable."""
    refuse("argsort", order=order)
    a, axis = (ravel(a), 0) if axis is None else (a, axis)
    return call("argsort", a, axis=normal_axis(axis, np.ndim(a)))


def sort(a: Array, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Array:
    """Entries taken in the order that sorts them."""
    a, axis = (ravel(a), 0) if axis is None else (a, axis)
    return take_along_axis(a, argsort(a, axis, order=order), axis)


def diff(a: Array, n: int = 1, axis: int = -1) -> Array:
    """Differences of neighbours."""
    axis = normal_axis(axis, np.ndim(a))
    lead = (slice(None),) * axis
    for _ in range(n):
        a = a[(*lead, slice(1, None))] - a[(*lead, slice(None, -1))]
    return a


# -- linear algebra ---------------------------------------------------------------------------------------------------


def dot(a: Array, b: Array, out: Any = None) -> Array:
    """The product: of numbers, of matrices, or over a's last and b's last but one axis."""
    refuse("dot", out=out)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return call("mul", a, b)
    if np.ndim(b) <= 2:
        return call("matmul", a, b)
    return tensordot(a, b, axes=((np.ndim(a) - 1,), (np.ndim(b) - 2,)))


def vdot(a: Array, b: Array) -> Array:
    """The inner product of the entries."""
    return call("matmul", np.reshape(a, (-1,)), np.reshape(b, (-1,)))


def inner(a: Array, b: Array) -> Array:
    """The product over the last axes."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return call("mul", a, b)
    return tensordot(a, b, axes=((np.ndim(a) - 1,), (np.ndim(b) - 1,)))


def outer(a: Array, b: Array, out: Any = None) -> Array:
    """Every product of an entry of a and an entry of b."""
    refuse("outer", out=out)
    return call("mul", np.reshape(a, (-1, 1)), np.reshape(b, (1, -1)))


def kron(a: Array, b: Array) -> Array:
    """Blocks of b, scaled by the entries of a."""
    rank = builtins.max(np.ndim(a), np.ndim(b))
    a = np.reshape(a, (1,) * (rank - np.ndim(a)) + np.shape(a))
    b = np.reshape(b, (1,) * (rank - np.ndim(b)) + np.shape(b))
    spread_a = np.reshape(a, [n for m in np.shape(a) for n in (m, 1)])
    spread_b = np.reshape(b, [n for m in np.shape(b) for n in (1, m)])
    return np.reshape(spread_a * spread_b, [m * n for m, n in zip(np.shape(a), np.shape(b), strict=True)])


def tensordot(a: Array, b: Array, axes: Any = 2) -> Array:
    """The product over pairs of axes."""
    if isinstance(axes, int | np.integer):
        axes = (range(np.ndim(a) - axes, np.ndim(a)), range(axes))
    over_a, over_b = ((x,) if isinstance(x, int) else tuple(x) for x in axes)
    alphabet = iter("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    names_a = [next(alphabet) for _ in range(np.ndim(a))]
    names_b = [next(alphabet) for _ in range(np.ndim(b))]
    for i, j in zip(over_a, over_b, strict=True):
        names_b[j] = names_a[i]
    summed = {names_a[i] for i in over_a}
    result = [s for s in names_a + names_b if s not in summed]
    return call("einsum", a, b, subscripts=f"{''.join(names_a)},{''.join(names_b)}->{''.join(result)}")


def einsum(*operands: Any, out: Any = None, optimize: Any = False, **options: Any) -> Array:
    """np.einsum: ellipses become letters, repeated letters in an operand become diagonals."""
    refuse("einsum", out=out, **options)
    subscripts, *arrays = operands
    if not isinstance(subscripts, str):
        raise UnsupportedOperation(f"np.einsum takes its subscripts as text here ({user_line()}), as in 'ij,jk->ik'")
    names, arrow, result = subscripts.replace(" ", "").partition("->")
    inputs = names.split(",")
    if len(inputs) != len(arrays):
        raise ValueError(f"einsum subscripts name {len(inputs)} operands, got {len(arrays)}")
    spare = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in subscripts]
    widest = builtins.max(
        [np.ndim(x) - len(s.replace("...", "")) for s, x in zip(inputs, arrays, strict=True) if "..." in s], default=0
    )
    dots = spare[:widest]
    for k, (s, x) in enumerate(zip(inputs, arrays, strict=True)):
        own = dots[widest - (np.ndim(x) - len(s.replace("...", ""))) :] if "..." in s else []
        inputs[k] = s.replace("...", "".join(own))
        for name in sorted({c for c in inputs[k] if inputs[k].count(c) > 1}):
            while inputs[k].count(name) > 1:
                i = inputs[k].index(name)
                j = inputs[k].index(name, i + 1)
                arrays[k] = diagonal(arrays[k], axis1=i, axis2=j)
                inputs[k] = inputs[k][:i] + inputs[k][i + 1 : j] + inputs[k][j + 1 :] + name
    if not arrow:
        flat = "".join(inputs)
        result = "".join(dots) + "".join(sorted(c for c in set(flat) if flat.count(c) == 1 and c not in dots))
    sized: dict[str, int] = {}
    for k, (s, x) in enumerate(zip(inputs, arrays, strict=True)):
        for name, n in zip(s, np.shape(x), strict=True):
            sized[name] = n if name not in dots or n != 1 else sized.get(name, 1)
    for k, (s, x) in enumerate(zip(inputs, arrays, strict=True)):
        wanted = tuple(sized[name] if name in dots else n for name, n in zip(s, np.shape(x), strict=True))
        arrays[k] = x if wanted == np.shape(x) else np.broadcast_to(x, wanted)
    return call("einsum", *arrays, subscripts=f"{','.join(inputs)}->{result.replace('...', ''.join(dots))}")


def diagonal(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """The entries whose two indices differ by the offset, as the last axis."""
    i, j = normal_axis(axis1, np.ndim(a)), normal_axis(axis2, np.ndim(a))
    rest = [k for k in range(np.ndim(a)) if k not in (i, j)]
    n = builtins.max(builtins.min(np.shape(a)[i] + builtins.min(offset, 0), np.shape(a)[j] - builtins.max(offset, 0)), 0)
    steps = np.arange(n)
    return transpose(a, (*rest, i, j))[(..., steps - builtins.min(offset, 0), steps + builtins.max(offset, 0))]


def trace(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Array:
    """The sum of the diagonal."""
    refuse("trace", dtype=dtype, out=out)
    return sum_(diagonal(a, offset, axis1, axis2), -1)


def diag(v: Array, k: int = 0) -> Array:
    """A vector as a diagonal matrix, or the diagonal of a matrix."""
    if np.ndim(v) == 2:
        return diagonal(v, k)
    n = len(v) + abs(k)
    steps = np.arange(len(v))
    rows, columns = steps - builtins.min(k, 0), steps + builtins.max(k, 0)
    return call("scatter_add", v, rows, columns, index=("array", "array"), shape=(n, n))


def triangle(keep: Callable[..., Any]) -> Callable[..., Array]:
    """Tril and triu."""

    def front(m: Array, k: int = 0) -> Array:
        return np.where(keep(np.ones(np.shape(m)[-2:], dtype=bool), k), m, 0.0)

    return front


def linalg_norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """Vector norms of any order; the Frobenius norm of matrices."""
    ndim = np.ndim(x)
    axes = normal_axes(axis, ndim)
    if ord in (None, "fro") or (ord == 2 and len(axes) == 1):
        return norm_axes(x, axes, keepdims)
    if len(axes) == 1:
        size = np.abs(x)
        if ord == np.inf:
            return max_(size, axes, keepdims=keepdims)
        if ord == -np.inf:
            return min_(size, axes, keepdims=keepdims)
        if ord == 1:
            return sum_(size, axes, keepdims=keepdims)
        if isinstance(ord, int | float) and ord != 0:
            return sum_(size**ord, axes, keepdims=keepdims) ** (1 / ord)
    raise UnsupportedOperation(
        f"np.linalg.norm with ord={ord!r} over {len(axes)} axes has no derivative rule here ({user_line()}); "
        "use ord=None, 'fro', or a vector norm"
    )


def slogdet(a: Array) -> SlogdetResult:
    """The sign and the logarithm of |det a|."""
    return SlogdetResult(call("slogdet_sign", a), call("logabsdet", a))


def matrix_power(a: Array, n: int) -> Array:
    """A product of n factors, by squaring."""
    if n < 0:
        a, n = call("inv", a), -n
    result = None
    while n:
        if n % 2:
            result = a if result is None else call("matmul", result, a)
        n //= 2
        a = call("matmul", a, a) if n else a
    return np.broadcast_to(np.eye(np.shape(a)[-1]), np.shape(a)) if result is None else result


# -- shapes -----------------------------------------------------------------------------------------------------------


def reshape(a: Array, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None) -> Array:
    """The same entries in another shape; one length may be -1."""
    if order != "C":
        refuse("reshape", order=order)
    given = shape if newshape is None else newshape
    wanted = [operator.index(n) for n in ((given,) if isinstance(given, int | np.integer) else given)]
    if wanted.count(-1) == 1:
        others = prod(n for n in wanted if n != -1)
        wanted[wanted.index(-1)] = np.size(a) // others if others else 0
    return a if tuple(wanted) == np.shape(a) else call("reshape", a, shape=tuple(wanted))


def ravel(a: Array, order: str = "C") -> Array:
    """One axis."""
    return reshape(a, (np.size(a),), order)


def transpose(a: Array, axes: Any = None) -> Array:
    """Axes in another order; reversed by default."""
    n = np.ndim(a)
    order = tuple(range(n))[::-1] if axes is None else tuple(normal_axis(x, n) for x in axes)
    if sorted(order) != list(range(n)):
        raise ValueError(f"axes {axes} are not a permutation of {n} axes")
    return a if order == tuple(range(n)) else call("transpose", a, axes=order)


def swapaxes(a: Array, axis1: int, axis2: int) -> Array:
    """Two axes exchanged."""
    order = list(range(np.ndim(a)))
    i, j = normal_axis(axis1, np.ndim(a)), normal_axis(axis2, np.ndim(a))
    order[i], order[j] = j, i
    return transpose(a, order)


def moveaxis(a: Array, source: Any, destination: Any) -> Array:
    """Axes moved to other places."""
    n = np.ndim(a)
    one = isinstance(source, int | np.integer)
    sources = [normal_axis(x, n) for x in ((source,) if one else source)]
    targets = [normal_axis(x, n) for x in ((destination,) if one else destination)]
    order = [i for i in range(n) if i not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    return transpose(a, order)


def broadcast_to(array: Array, shape: Any, subok: bool = False) -> Array:
    """Repeated along new axes and axes of length 1."""
    wanted = (shape,) if isinstance(shape, int) else tuple(operator.index(n) for n in shape)
    return array if wanted == np.shape(array) else call("broadcast_to", array, shape=wanted)


def broadcast_arrays(*args: Array, subok: bool = False) -> tuple[Array, ...]:
    """All of one shape."""
    common = np.broadcast_shapes(*(np.shape(x) for x in args))
    return tuple(broadcast_to(x, common) for x in args)


def squeeze(a: Array, axis: Any = None) -> Array:
    """Without axes of length 1."""
    shape = np.shape(a)
    gone = [i for i, n in enumerate(shape) if n == 1] if axis is None else normal_axes(axis, len(shape))
    if builtins.any(shape[i] != 1 for i in gone):
        raise ValueError(f"cannot squeeze axes {tuple(gone)} of shape {shape}: not of length 1")
    return reshape(a, tuple(n for i, n in enumerate(shape) if i not in gone))


def expand_dims(a: Array, axis: Any) -> Array:
    """With new axes of length 1."""
    axes = (axis,) if isinstance(axis, int | np.integer) else tuple(axis)
    n = np.ndim(a) + len(axes)
    places = {normal_axis(x, n) for x in axes}
    left = iter(np.shape(a))
    return reshape(a, tuple(1 if i in places else next(left) for i in range(n)))


def at_least(rank: int) -> Callable[..., Any]:
    """atleast_1d and its kin."""

    def front(*arrays: Array) -> Any:
        def lift(x: Array) -> Array:
            missing = rank - np.ndim(x)
            if missing <= 0:
                return x
            lead = 1 if rank > 1 and np.ndim(x) < 2 else missing
            return reshape(x, (1,) * builtins.min(lead, missing) + np.shape(x) + (1,) * builtins.max(missing - lead, 0))

        return lift(arrays[0]) if len(arrays) == 1 else tuple(lift(x) for x in arrays)

    return front


atleast_1d, atleast_2d, atleast_3d = at_least(1), at_least(2), at_least(3)


def concatenate(arrays: Sequence[Array], axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Array:
    """Joined along an existing axis; axis None flattens."""
    refuse("concatenate", out=out, dtype=dtype)
    parts = [ravel(x) for x in arrays] if axis is None else list(arrays)
    return call("concatenate", *parts, axis=normal_axis(axis or 0, np.ndim(parts[0])))


def stack(arrays: Sequence[Array], axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Array:
    """Joined along a new axis."""
    refuse("stack", out=out, dtype=dtype)
    axis = normal_axis(axis, np.ndim(arrays[0]) + 1)
    return concatenate([expand_dims(x, axis) for x in arrays], axis)


def vstack(tup: Sequence[Array], *, dtype: Any = None, casting: Any = None) -> Array:
    """Rows on top of each other."""
    return concatenate([atleast_2d(x) for x in tup], 0)


def hstack(tup: Sequence[Array], *, dtype: Any = None, casting: Any = None) -> Array:
    """Side by side."""
    parts = [atleast_1d(x) for x in tup]
    return concatenate(parts, 0 if np.ndim(parts[0]) == 1 else 1)


def column_stack(tup: Sequence[Array]) -> Array:
    """Vectors as columns."""
    return concatenate([expand_dims(x, 1) if np.ndim(x) == 1 else x for x in tup], 1)


def array_split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Pieces along an axis."""
    axis = normal_axis(axis, np.ndim(ary))
    n = np.shape(ary)[axis]
    if isinstance(indices_or_sections, int | np.integer):
        sections = int(indices_or_sections)
        sizes = [n // sections + (i < n % sections) for i in range(sections)]
        cuts = [0, *np.cumsum(sizes).tolist()]
    else:
        cuts = [0, *indices_or_sections, n]
    lead = (slice(None),) * axis
    return [ary[(*lead, slice(a, b))] for a, b in zip(cuts[:-1], cuts[1:], strict=True)]


def split(ary: Array, indices_or_sections: Any, axis: int = 0) -> list[Array]:
    """Equal pieces along an axis."""
    n = np.shape(ary)[axis]
    if isinstance(indices_or_sections, int | np.integer) and n % indices_or_sections:
        raise ValueError(f"np.split: {n} entries do not divide into {indices_or_sections} equal parts")
    return array_split(ary, indices_or_sections, axis)


def tile(A: Array, reps: Any) -> Array:
    """The whole array, again and again."""
    counts = (reps,) if isinstance(reps, int | np.integer) else tuple(reps)
    rank = builtins.max(np.ndim(A), len(counts))
    counts = (1,) * (rank - len(counts)) + counts
    shape = (1,) * (rank - np.ndim(A)) + tuple(np.shape(A))
    spread = broadcast_to(
        reshape(A, [n for m in shape for n in (1, m)]), [n for c, m in zip(counts, shape, strict=True) for n in (c, m)]
    )
    return reshape(spread, tuple(c * m for c, m in zip(counts, shape, strict=True)))


def repeat(a: Array, repeats: Any, axis: Any = None) -> Array:
    """Each entry, again and again."""
    a, axis = (ravel(a), 0) if axis is None else (a, normal_axis(axis, np.ndim(a)))
    return take(a, np.repeat(np.arange(np.shape(a)[axis]), repeats), axis)


def roll(a: Array, shift: Any, axis: Any = None) -> Array:
    """Entries pushed along; what falls off comes back at the other end."""
    if axis is None:
        return reshape(roll(ravel(a), shift, 0), np.shape(a))
    shifts = (shift,) if isinstance(shift, int | np.integer) else tuple(shift)
    axes = (axis,) if isinstance(axis, int | np.integer) else tuple(axis)
    for s, x in zip(shifts, axes, strict=True):
        x = normal_axis(x, np.ndim(a))
        n = np.shape(a)[x]
        lead = (slice(None),) * x
        if n and s % n:
            a = concatenate([a[(*lead, slice(n - s % n, n))], a[(*lead, slice(0, n - s % n))]], x)
    return a


def flip(m: Array, axis: Any = None) -> Array:
    """Entries in reverse."""
    axes = normal_axes(axis, np.ndim(m))
    return m[tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(np.ndim(m)))]


def pad(array: Array, pad_width: Any, mode: str = "constant", **options: Any) -> Array:
    """Zeros (or another constant) around the array."""
    if mode != "constant":
        refuse("pad", mode=mode)
    value = options.pop("constant_values", 0)
    refuse("pad", **options)
    widths = tuple((int(a), int(b)) for a, b in np.broadcast_to(pad_width, (np.ndim(array), 2)))
    padded = call("pad", array, widths=widths)
    if not isinstance(value, int | float) or value != 0:
        inside = np.pad(np.ones(np.shape(array), dtype=bool), widths)
        return np.where(inside, padded, value)
    return padded


def getitem(x: Array, index: Any) -> Array:
    """x[index]: ellipsis, slices and masks are spelled out, integer arrays become operands."""
    given = list(index) if isinstance(index, tuple) else [index]
    shape = np.shape(x)
    used = builtins.sum(
        np.ndim(i) if isinstance(i, np.ndarray) and i.dtype == bool else 0 if i is None or i is Ellipsis else 1 for i in given
    )
    if used > len(shape):
        raise IndexError(f"too many indices: {used} for an array of {len(shape)} axes")
    dots = [k for k, i in enumerate(given) if i is Ellipsis]
    if dots:
        given[dots[0] : dots[0] + 1] = [slice(None)] * (len(shape) - used)
    items: list[Any] = []
    arrays: list[Array] = []
    axis = 0
    for i in given:
        if i is None:
            items.append(None)
            continue
        if isinstance(i, slice):
            n = shape[axis]
            start, stop, step = i.indices(n)
            items.append((start, None if stop < 0 else stop, step))
            axis += 1
        elif isinstance(i, int | np.integer) and not isinstance(i, bool):
            if not -shape[axis] <= i < shape[axis]:
                raise IndexError(f"index {i} is out of bounds for axis {axis} of length {shape[axis]}")
            items.append(int(i) % shape[axis])
            axis += 1
        elif isinstance(i, Traced):
            if i.dtype.kind == "b":  # type: ignore[attr-defined]
                raise UnsupportedOperation(
                    f"x[mask] has a shape that depends on values ({user_line()}); use np.where(mask, x, 0.0)"
                )
            items.append("array")
            arrays.append(i)
            axis += 1
        else:
            array = np.asarray(i)
            if array.dtype == bool:
                found = array.nonzero()
                items += ["array"] * len(found)
                arrays += found
                axis += array.ndim
            elif array.dtype.kind in "iu" or array.size == 0:
                items.append("array")
                arrays.append(array.astype(np.int64))
                axis += 1
            else:
                raise IndexError(f"an index is an int, a slice, None or an array of ints, not {type(i).__name__}")
    while items and isinstance(items[-1], tuple) and items[-1] == (0, shape[axis - 1], 1):
        items.pop()
        axis -= 1
    return call("getitem", x, *arrays, index=tuple(items)) if items else x


def take(a: Array, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Array:
    """Entries picked by position along an axis."""
    refuse("take", out=out, mode=None if mode == "raise" else mode)
    a, axis = (ravel(a), 0) if axis is None else (a, normal_axis(axis, np.ndim(a)))
    picked = indices if isinstance(indices, Traced | int | np.integer) else np.asarray(indices)
    return a[(slice(None),) * axis + (picked,)]


def take_along_axis(arr: Array, indices: Array, axis: Any = -1) -> Array:
    """Entries picked along an axis, line by line."""
    arr, axis = (ravel(arr), 0) if axis is None else (arr, normal_axis(axis, np.ndim(arr)))
    grid: list[Any] = []
    for i, n in enumerate(np.shape(indices)):
        lead = [1] * np.ndim(indices)
        lead[i] = n
        grid.append(indices if i == axis else np.arange(n).reshape(lead))
    return arr[tuple(grid)]


# -- choices, and elementwise functions by composition ------------------------------------------------------------------


def where(condition: Array, x: Any = None, y: Any = None) -> Array:
    """X where the condition holds, y elsewhere."""
    if x is None or y is None:
        raise UnsupportedOperation(
            f"np.where(condition) alone has a shape that depends on values ({user_line()}); give it both branches"
        )
    return call("where", condition, x, y)


def clip(a: Array, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None) -> Array:
    """Entries held between two bounds."""
    refuse("clip", out=out)
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    a = a if low is None else call("maximum", a, low)
    return a if high is None else call("minimum", a, high)


def astype(x: Array, dtype: Any, copy: bool = True, device: Any = None) -> Array:
    """Integers and truth values become floats; a float stays what it is."""
    wanted = np.dtype(dtype)
    if wanted == x.dtype:
        return x
    if x.dtype.kind in "biu" and wanted == np.float64:
        return call("float", x)
    raise UnsupportedOperation(
        f"astype({wanted}) of {x.dtype} has no derivative rule here ({user_line()}); keep one dtype inside the function"
    )


def like(value: float) -> Callable[..., Array]:
    """zeros_like and its kin: constants, whatever is traced."""

    def front(a: Array, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None) -> Array:
        return np.full(np.shape(a) if shape is None else shape, value, dtype=dtype or a.dtype)

    return front


def full_like(a: Array, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None) -> Array:
    """One value in every entry."""
    return broadcast_to(fill_value, np.shape(a) if shape is None else shape)


def sinc(x: Array) -> Array:
    """sin(pi x) / (pi x), and 1 at 0."""
    angle = pi * np.where(x == 0, 1.0, x)
    return np.where(x == 0, 1.0, np.sin(angle) / angle)


def fmod(x: Array, y: Array) -> Array:
    """The remainder with the sign of x."""
    return x - y * np.trunc(x / y)


def logaddexp2(x: Array, y: Array) -> Array:
    """log2(2^x + 2^y)."""
    return np.logaddexp(x * elementwise.LN2, y * elementwise.LN2) / elementwise.LN2


def one_of(name: str) -> Callable[..., Array]:
    """Fmax and fmin: as maximum and minimum, but a nan loses."""

    def front(x1: Array, x2: Array) -> Array:
        return np.where(np.isnan(x1), x2, np.where(np.isnan(x2), x1, call(name, x1, x2)))

    return front


def floated(x: Array) -> Array:
    """An integer or truth value as a float64; floats stay."""
    return call("float", x) if isinstance(x, Traced) and x.dtype.kind in "biu" else x  # type: ignore[attr-defined]


def bitwise(name: str) -> Callable[..., Array]:
    """Bits are combined only of truth values, where it is the logical operation."""

    def front(*x: Array) -> Array:
        for v in x:
            dtype = v.dtype if isinstance(v, Traced) else np.asarray(v).dtype  # type: ignore[attr-defined]
            if dtype != bool:
                raise UnsupportedOperation(f"bits of {dtype} cannot be combined here ({user_line()}); compare first, as in (x > 0) & (x < 1)")
        return call(name, *x)

    return front


def round_(a: Array, decimals: int = 0, out: Any = None) -> Array:
    """Rounded to even: the derivative is 0."""
    refuse("round", out=out)
    return np.rint(a) if decimals == 0 else np.rint(a * 10.0**decimals) / 10.0**decimals


def metadata(function: Callable[..., Any]) -> Callable[..., Any]:
    """A question about shape alone."""
    return lambda a, *args, **options: function(np.broadcast_to(np.zeros((), dtype=a.dtype), a.shape), *args, **options)


argmax, argmin = position("argmax"), position("argmin")

FUNCTIONS: MappingProxyType[Any, Callable[..., Any]] = MappingProxyType(
    {
        np.sum: sum_, np.prod: prod_, np.max: max_, np.amax: max_, np.min: min_, np.amin: min_, np.all: all_, np.any: any_,
        np.mean: mean, np.var: var, np.std: std, np.average: average, np.ptp: ptp, np.cumsum: cumsum, np.cumprod: cumprod,
        np.argmax: argmax, np.argmin: argmin, np.argsort: argsort, np.sort: sort, np.diff: diff,
        np.dot: dot, np.vdot: vdot, np.inner: inner, np.outer: outer, np.kron: kron, np.tensordot: tensordot, np.einsum: einsum,
        np.diagonal: diagonal, np.trace: trace, np.diag: diag, np.tril: triangle(np.tril), np.triu: triangle(np.triu),
        np.linalg.norm: linalg_norm, np.linalg.slogdet: slogdet, np.linalg.matrix_power: matrix_power,
        np.linalg.solve: lambda a, b: call("solve", a, b), np.linalg.inv: lambda a: call("inv", a),
        np.linalg.det: lambda a: call("det", a), np.linalg.cholesky: lambda a, /, *, upper=False: np.swapaxes(call("cholesky", np.swapaxes(a, -1, -2)), -1, -2) if upper else call("cholesky", a),
        np.reshape: reshape, np.ravel: ravel, np.transpose: transpose, np.permute_dims: transpose, np.matrix_transpose: lambda x: swapaxes(x, -1, -2),
        np.swapaxes: swapaxes, np.moveaxis: moveaxis, np.broadcast_to: broadcast_to, np.broadcast_arrays: broadcast_arrays,
        np.squeeze: squeeze, np.expand_dims: expand_dims, np.atleast_1d: atleast_1d, np.atleast_2d: atleast_2d, np.atleast_3d: atleast_3d,
        np.concatenate: concatenate, np.stack: stack, np.vstack: vstack, np.hstack: hstack, np.column_stack: column_stack,
        np.split: split, np.array_split: array_split, np.tile: tile, np.repeat: repeat, np.roll: roll,
        np.flip: flip, np.fliplr: lambda m: flip(m, 1), np.flipud: lambda m: flip(m, 0), np.pad: pad,
        np.take: take, np.take_along_axis: take_along_axis, np.where: where, np.clip: clip, np.astype: astype,
        np.zeros_like: like(0.0), np.ones_like: like(1.0), np.empty_like: like(0.0), np.full_like: full_like,
        np.sinc: sinc, np.round: round_, np.around: round_, np.real: lambda val: val, np.copy: lambda a, order="K", subok=False: a,
        np.shape: lambda a: a.shape, np.ndim: lambda a: a.ndim, np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
        np.iscomplexobj: metadata(np.iscomplexobj), np.isrealobj: metadata(np.isrealobj), np.result_type: lambda *args: np.result_type(*(getattr(a, "dtype", a) for a in args)),
        np.fabs: lambda x: call("abs", floated(x)), np.fmax: one_of("maximum"), np.fmin: one_of("minimum"),
        np.float_power: lambda x1, x2: call("pow", call("float", x1), call("float", x2)),
        np.bitwise_and: bitwise("logical_and"), np.bitwise_or: bitwise("logical_or"), np.bitwise_xor: bitwise("logical_xor"), np.invert: bitwise("logical_not"),
        np.positive: lambda x: x, np.conjugate: lambda x: x, np.fmod: fmod, np.logaddexp2: logaddexp2,
        np.deg2rad: lambda x: x * (pi / 180), np.radians: lambda x: x * (pi / 180), np.rad2deg: lambda x: x * (180 / pi), np.degrees: lambda x: x * (180 / pi),
    }
)  # fmt: skip
METHODS: MappingProxyType[str, Callable[..., Any]] = MappingProxyType(
    {
        "sum": sum_, "prod": prod_, "max": max_, "min": min_, "all": all_, "any": any_, "mean": mean, "var": var, "std": std, "ptp": ptp,
        "cumsum": cumsum, "cumprod": cumprod, "argmax": argmax, "argmin": argmin, "argsort": argsort,
        "dot": dot, "trace": trace, "diagonal": diagonal, "ravel": ravel, "flatten": ravel, "swapaxes": swapaxes,
        "squeeze": squeeze, "repeat": repeat, "take": take, "round": round_, "conj": lambda x: x,
        "clip": lambda a, min=None, max=None, out=None: clip(a, min, max, out),
    }
)  # fmt: skip

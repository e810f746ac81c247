"""Products: dot, tensordot, einsum, convolution, norms, powers and determinants of matrices."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.linalg._linalg import SlogdetResult

from expression.errors import UnsupportedOperation, user_line
from expression.operations.operation import Array, Traced, shape_of
from expression.operations.surface.arguments import (
    call,
    dtype_of,
    floated,
    listed,
    normal_axes,
    normal_axis,
    rank_of,
    refuse,
)
from expression.operations.surface.indexing import diagonal
from expression.operations.surface.reductions import max_, min_, sum_

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def dot(a: Array, b: Array, out: Any = None) -> Array:
    """The product: of numbers, of matrices, or over a's last and b's last but one axis."""
    refuse("dot", out=out)
    if rank_of(a) == 0 or rank_of(b) == 0:
        return call("mul", a, b)
    if rank_of(b) <= 2:
        return call("matmul", a, b)
    return tensordot(a, b, axes=((rank_of(a) - 1,), (rank_of(b) - 2,)))


def vdot(a: Array, b: Array) -> Array:
    """The inner product of the entries, the first of them conjugated."""
    a = np.conjugate(a)
    return call("matmul", np.reshape(a, (-1,)), np.reshape(b, (-1,)))


def vecdot(x1: Array, x2: Array, axis: int = -1) -> Array:
    """The inner products along an axis, the first vectors conjugated."""
    product = call("mul", np.conjugate(x1), x2)
    return sum_(product, normal_axis(axis, rank_of(product)))


def inner(a: Array, b: Array) -> Array:
    """The product over the last axes."""
    if rank_of(a) == 0 or rank_of(b) == 0:
        return call("mul", a, b)
    return tensordot(a, b, axes=((rank_of(a) - 1,), (rank_of(b) - 1,)))


def outer(a: Array, b: Array, out: Any = None) -> Array:
    """Every product of an entry of a and an entry of b."""
    refuse("outer", out=out)
    return call("mul", np.reshape(a, (-1, 1)), np.reshape(b, (1, -1)))


def kron(a: Array, b: Array) -> Array:
    """Blocks of b, scaled by the entries of a."""
    rank = max(rank_of(a), rank_of(b))
    a = np.reshape(a, (1,) * (rank - rank_of(a)) + shape_of(a))
    b = np.reshape(b, (1,) * (rank - rank_of(b)) + shape_of(b))
    spread_a = np.reshape(a, [n for m in shape_of(a) for n in (m, 1)])
    spread_b = np.reshape(b, [n for m in shape_of(b) for n in (1, m)])
    return np.reshape(spread_a * spread_b, [m * n for m, n in zip(shape_of(a), shape_of(b), strict=True)])


def cross(a: Array, b: Array, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Array:
    """The vector product of vectors of length 3 along the last axes."""
    refuse("cross", **{k: v for k, v in {"axisa": axisa, "axisb": axisb, "axisc": axisc}.items() if v != -1})
    refuse("cross", axis=None if axis == -1 else axis)
    if shape_of(a)[-1] != 3 or shape_of(b)[-1] != 3:
        raise ValueError(f"np.cross takes vectors of length 3, got shapes {shape_of(a)} and {shape_of(b)}")
    (a0, a1, a2), (b0, b1, b2) = ([v[..., k] for k in range(3)] for v in (as_array(a), as_array(b)))
    return np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=-1)


def as_array(x: Array) -> Array:
    """A list as an array."""
    return x if isinstance(x, Traced) else np.asarray(x)


def tensordot(a: Array, b: Array, axes: Any = 2) -> Array:
    """The product over pairs of axes."""
    if isinstance(axes, int | np.integer):
        axes = (range(rank_of(a) - axes, rank_of(a)), range(axes))
    over_a, over_b = (listed(x) for x in axes)
    names_a, names_b = list(LETTERS[: rank_of(a)]), list(LETTERS[rank_of(a) : rank_of(a) + rank_of(b)])
    for i, j in zip(over_a, over_b, strict=True):
        names_b[j] = names_a[i]
    summed = {names_a[i] for i in over_a}
    result = [s for s in names_a + names_b if s not in summed]
    return call("einsum", a, b, subscripts=f"{''.join(names_a)},{''.join(names_b)}->{''.join(result)}")


# -- einsum -----------------------------------------------------------------------------------------------------------


def einsum(*operands: Any, out: Any = None, optimize: Any = False, **options: Any) -> Array:
    """np.einsum: ellipses become letters, repeated letters in an operand become diagonals."""
    refuse("einsum", out=out, **options)
    subscripts, arrays = as_text(operands)
    names, arrow, result = subscripts.replace(" ", "").partition("->")
    inputs = names.split(",")
    if len(inputs) != len(arrays):
        raise ValueError(f"einsum subscripts name {len(inputs)} operands, got {len(arrays)}")
    hidden = [rank_of(x) - len(s.replace("...", "")) if "..." in s else 0 for s, x in zip(inputs, arrays, strict=True)]
    dots = [c for c in LETTERS[::-1] if c not in subscripts][: max(hidden)]
    inputs = [s.replace("...", "".join(dots[len(dots) - n :])) for s, n in zip(inputs, hidden, strict=True)]
    if arrow:
        result = result.replace("...", "".join(dots))
    else:
        written = names.replace("...", "").replace(",", "")
        result = "".join([*dots, *sorted(c for c in set(written) if written.count(c) == 1)])
    for k, (s, x) in enumerate(zip(inputs, arrays, strict=True)):
        inputs[k], arrays[k] = without_repeats(s, x)
    lengths: dict[str, int] = {}
    for s, x in zip(inputs, arrays, strict=True):
        lengths.update({c: n for c, n in zip(s, shape_of(x), strict=True) if n != 1 or c not in lengths})
    for k, (s, x) in enumerate(zip(inputs, arrays, strict=True)):
        wanted = tuple(lengths[c] if c in dots else n for c, n in zip(s, shape_of(x), strict=True))
        arrays[k] = x if wanted == shape_of(x) else np.broadcast_to(x, wanted)
    return call("einsum", *arrays, subscripts=f"{','.join(inputs)}->{result}")


def as_text(operands: tuple[Any, ...]) -> tuple[str, list[Array]]:
    """Subscripts as text, and the arrays; NumPy also takes arrays followed by lists of numbers."""
    if isinstance(operands[0], str):
        return operands[0], list(operands[1:])
    pairs = len(operands) // 2
    texts = ["".join("..." if c is Ellipsis else LETTERS[c] for c in s) for s in operands[1::2]]
    inputs = ",".join(texts[:pairs])
    arrays = list(operands[: 2 * pairs : 2])
    if len(operands) % 2 == 0:
        return inputs, arrays
    return inputs + "->" + "".join("..." if c is Ellipsis else LETTERS[c] for c in operands[-1]), arrays


def without_repeats(names: str, x: Array) -> tuple[str, Array]:
    """Take the diagonal wherever a letter stands twice."""
    for c in sorted(set(names)):
        while names.count(c) > 1:
            i = names.index(c)
            j = names.index(c, i + 1)
            x = diagonal(x, axis1=i, axis2=j)
            names = names[:i] + names[i + 1 : j] + names[j + 1 :] + c
    return names, x


# -- polynomials and filters ------------------------------------------------------------------------------------------


def polyval(p: Any, x: Array) -> Array:
    """A polynomial, its highest power first, by Horner's rule."""
    y = 0 * x
    for c in as_array(p):
        y = y * x + c
    return y


def convolve(a: Array, v: Array, mode: str = "full") -> Array:
    """Sums of products of one sequence with the other reversed."""
    a, v = (v, a) if len(v) > len(a) else (a, v)
    n, m = len(a), len(v)
    whole = sum(np.pad(a, (k, m - 1 - k)) * v[k] for k in range(m))
    start, length = {"full": (0, n + m - 1), "same": ((m - 1) // 2, n), "valid": (m - 1, n - m + 1)}[mode]
    return whole[start : start + length]


def correlate(a: Array, v: Array, mode: str = "valid") -> Array:
    """Sums of products of one sequence with the other pushed along it."""
    if len(v) > len(a):
        raise UnsupportedOperation(
            f"np.correlate with a longer second sequence is not supported ({user_line()}); "
            "swap them and reverse the result"
        )
    n, m = len(a), len(v)
    whole = convolve(a, v[::-1])
    start, length = {
        "full": (0, n + m - 1),
        "same": (m // 2 if m % 2 == 0 else (m - 1) // 2, n),
        "valid": (m - 1, n - m + 1),
    }[mode]
    return whole[start : start + length]


# -- matrices ---------------------------------------------------------------------------------------------------------


def norm_over(x: Array, axes: tuple[int, ...], ord: Any, keepdims: bool) -> Array:
    """A vector norm over axes."""
    x = floated(x)
    size = np.abs(x)
    if ord == 2:
        return call("norm", x, axis=tuple(sorted(axes)), keepdims=bool(keepdims))
    if ord == np.inf:
        return max_(size, axes, keepdims=keepdims)
    if ord == -np.inf:
        return min_(size, axes, keepdims=keepdims)
    if ord == 1:
        return sum_(size, axes, keepdims=keepdims)
    if ord == 0:
        return sum_(np.where(x == 0, 0, np.ones_like(x)), axes, keepdims=keepdims)
    return sum_(size**ord, axes, keepdims=keepdims) ** (1 / ord)


def norm_of_matrix(x: Array, axes: tuple[int, int], ord: Any, keepdims: bool) -> Array:
    """The Frobenius norm, or the largest or smallest sum of a column (1, -1) or a row (inf, -inf)."""
    if ord == "fro":
        return norm_over(x, axes, 2, keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        inner_axis, outer_axis = axes if abs(ord) == 1 else axes[::-1]
        sums = sum_(np.abs(floated(x)), inner_axis, keepdims=True)
        y = (max_ if ord > 0 else min_)(sums, outer_axis, keepdims=True)
        return y if keepdims else np.squeeze(y, axis=axes)
    raise UnsupportedOperation(
        f"np.linalg.norm of a matrix with ord={ord!r} has no derivative rule here ({user_line()}); "
        "use ord='fro', 1 or np.inf"
    )


def linalg_norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """np.linalg.norm: of vectors over one axis, of matrices over two, of everything if ord is left out."""
    n = rank_of(x)
    if ord is None:
        return norm_over(x, normal_axes(axis, n), 2, keepdims)
    axes = tuple(range(n)) if axis is None else tuple(normal_axis(a, n) for a in listed(axis))
    if len(axes) == 1 and ord != "fro":
        return norm_over(x, axes, ord, keepdims)
    if len(axes) == 2:
        return norm_of_matrix(x, (axes[0], axes[1]), ord, keepdims)
    raise ValueError(f"np.linalg.norm: ord={ord!r} does not fit {len(axes)} axes")


def vector_norm(x: Array, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Array:
    """A vector norm over any axes."""
    return norm_over(x, normal_axes(axis, rank_of(x)), ord, keepdims)


def matrix_norm(x: Array, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """A norm of the last two axes."""
    return norm_of_matrix(x, (rank_of(x) - 2, rank_of(x) - 1), ord, keepdims)


def trace(a: Array, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Array:
    """The sum of the diagonal."""
    return sum_(diagonal(a, offset, axis1, axis2), -1, dtype, out)


def over_matrices(function: Callable[..., Array]) -> Callable[..., Array]:
    """np.linalg's form of a function of two axes: of the last two."""
    return lambda x, /, *, offset=0, dtype=None: function(x, offset, -2, -1)


def slogdet(a: Array) -> SlogdetResult:
    """The sign and the logarithm of |det a|."""
    return SlogdetResult(call("slogdet_sign", a), call("logabsdet", a))


def cholesky(a: Array, /, *, upper: bool = False) -> Array:
    """The triangle whose product with its transpose is a; the other triangle of a is not read."""
    return np.swapaxes(call("cholesky", np.swapaxes(a, -1, -2)), -1, -2) if upper else call("cholesky", a)


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
    return np.broadcast_to(np.eye(shape_of(a)[-1], dtype=dtype_of(a)), shape_of(a)) if result is None else result


def multi_dot(arrays: Sequence[Array], *, out: Any = None) -> Array:
    """A product of many matrices, from the left."""
    refuse("linalg.multi_dot", out=out)
    product, *rest = arrays
    for x in rest:
        product = call("matmul", product, x)
    return product

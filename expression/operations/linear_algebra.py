"""Linear algebra: matmul and einsum, linear in each argument; solve, inv, det, cholesky with rules of their own.

Rules after Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation"
(2008), sections 2.2 to 2.3; cholesky after Murray, "Differentiation of the Cholesky decomposition" (2016), eq. 8, 9.
Over arrays of objects (mpmath, intervals, SymPy, scalar tracers) the same functions run by elimination.
"""

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from expression.operations.broadcasting import aligned, batch_leading, unbroadcast
from expression.operations.literals import ONE, is_literal, times
from expression.operations.operation import (
    Array,
    Kink,
    Operation,
    Rule,
    Sample,
    Shape,
    apply,
    floating,
)

SPD = "spd"  # domain: symmetric positive definite matrices
REGULAR = "regular"  # domain: well-conditioned square matrices


def swap(x: Array) -> Array:
    """Transpose the last two axes."""
    return np.swapaxes(x, -1, -2)


# -- matmul ----------------------------------------------------------------------------------------------------------


def matmul_shape(a: Shape, b: Shape) -> Shape:
    """NumPy's: vectors are a row on the left, a column on the right; leading axes broadcast."""
    if not a or not b:
        raise ValueError("matmul needs arrays of at least one dimension; use * for scalars")
    if a[-1] != (b[-2] if len(b) > 1 else b[0]):
        raise ValueError(f"shapes {a} and {b} do not match: {a[-1]} columns meet {b[-2] if len(b) > 1 else b[0]} rows")
    rows = a[-2:-1] if len(a) > 1 else ()
    columns = b[-1:] if len(b) > 1 else ()
    return (*np.broadcast_shapes(a[:-2], b[:-2]), *rows, *columns)


def rows_of(x: Array) -> Array:
    """The rows of a stack of matrices as one matrix."""
    shape = np.shape(x)
    return np.reshape(x, (prod(shape[:-1]), shape[-1]))


def matmul_vjp(k: int, y_bar: Array, y: Array, a: Array, b: Array) -> Array:
    """a_bar = y_bar b^T and b_bar = a^T y_bar; stacks of matrices are summed over what was broadcast."""
    ranks = (a.ndim, b.ndim)
    if ranks == (2, 2):
        return y_bar @ b.T if k == 0 else a.T @ y_bar
    if ranks == (1, 1):
        return times(y_bar, (b, a)[k])
    if ranks == (2, 1):
        return np.outer(y_bar, b) if k == 0 else y_bar @ a
    if ranks == (1, 2):
        return b @ y_bar if k == 0 else np.outer(a, y_bar)
    if k == 1 and ranks[1] == 2 and ranks[0] > 2:  # one product of all rows, which are summed over by it
        return rows_of(a).T @ rows_of(y_bar)
    row, column = ranks[0] == 1, ranks[1] == 1
    a_matrix = np.expand_dims(a, 0) if row else a
    b_matrix = np.expand_dims(b, 1) if column else b
    matrix = np.expand_dims(y_bar, -1) if column else y_bar
    matrix = np.expand_dims(matrix, -2) if row else matrix
    pulled, target = (matrix @ swap(b_matrix), a_matrix) if k == 0 else (swap(a_matrix) @ matrix, b_matrix)
    return np.reshape(unbroadcast(pulled, np.shape(target)), np.shape((a, b)[k]))


def batch_matmul(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """One product of matrices where one operand is the same at every point; else matmul takes the leading axes."""
    a, b = operands
    ranks = (np.ndim(a) - batched[0], np.ndim(b) - batched[1])
    if not batched[1] and ranks[1] <= 2:
        if ranks[0] == 1:
            return apply(operation, (a, b))
        lead = np.shape(a)[:-1]
        return np.reshape(apply(operation, (np.reshape(a, (prod(lead), np.shape(a)[-1])), b)), lead + np.shape(b)[1:])
    if not batched[0] and ranks[1] == 1 and ranks[0] <= 2:
        return apply(operation, (b, np.transpose(a)))
    rank = max(*ranks, 2) + 1
    a_matrix = a if ranks[0] > 1 else np.expand_dims(a, -2)
    b_matrix = b if ranks[1] > 1 else np.expand_dims(b, -1)
    y = apply(operation, aligned((a_matrix, b_matrix), batched, rank))
    shape = np.shape(y)
    if min(ranks) > 1:
        return y
    return np.reshape(y, shape[:-2] + (shape[-2:-1] if ranks[0] > 1 else ()) + (shape[-1:] if ranks[1] > 1 else ()))


# -- einsum ----------------------------------------------------------------------------------------------------------


def einsum(*operands: Array, subscripts: str) -> Array:
    """np.einsum, its subscripts last."""
    return np.einsum(subscripts, *operands)


def letters(subscripts: str) -> tuple[list[str], str]:
    """The subscripts of the operands and of the result."""
    inputs, _, output = subscripts.partition("->")
    return inputs.split(","), output


def lengths(subscripts: str, shapes: Sequence[Shape]) -> dict[str, int]:
    """The length of each letter's axis."""
    found: dict[str, int] = {}
    for names, shape in zip(letters(subscripts)[0], shapes, strict=True):
        if len(names) != len(shape):
            raise ValueError(f"einsum subscripts {names!r} do not fit shape {shape}")
        for name, n in zip(names, shape, strict=True):
            if found.setdefault(name, n) != n:
                raise ValueError(f"einsum index {name!r} is {found[name]} and {n} long")
    return found


def einsum_shape(*shapes: Shape, subscripts: str) -> Shape:
    """The lengths of the output's letters."""
    inputs, output = letters(subscripts)
    used = "a".join([*inputs, output])
    if "->" not in subscripts or not (used.isascii() and used.isalpha()) or len(set(output)) != len(output):
        raise ValueError(f"einsum subscripts {subscripts!r} are not letters, as in 'ij,jk->ik'")
    found = lengths(subscripts, shapes)
    return tuple(found[name] for name in output)


def einsum_vjp(k: int, y_bar: Array, y: Array, *operands: Array, subscripts: str) -> Array:
    """Exchange operand k with the result; a letter that stands nowhere else was summed: broadcast it back."""
    inputs, output = letters(subscripts)
    others = [s for i, s in enumerate(inputs) if i != k]
    known = [name for name in inputs[k] if name in output or any(name in s for s in others)]
    pulled = np.einsum(
        f"{','.join([output, *others])}->{''.join(known)}", y_bar, *(x for i, x in enumerate(operands) if i != k)
    )
    shape = np.shape(operands[k])
    spread = tuple(n if name in known else 1 for name, n in zip(inputs[k], shape, strict=True))
    return np.broadcast_to(np.reshape(pulled, spread), shape)


def einsum_work(*shapes: Shape, out: Shape, subscripts: str) -> int:
    """A product per operand but one, and an addition, at each point of the index space."""
    points = prod(lengths(subscripts, shapes).values())
    return max(points * len(shapes) - prod(out), 0)


def batch_einsum(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """A letter of its own for the batch axis."""
    inputs, output = letters(parameters["subscripts"])
    used = set("".join(inputs))
    batch = next(c for c in "zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA" if c not in used)
    changed = ",".join(batch + s if b else s for s, b in zip(inputs, batched, strict=True))
    return apply(operation, operands, (("subscripts", f"{changed}->{batch}{output}"),))


# -- systems and factorisations ---------------------------------------------------------------------------------------


def square(shape: Shape) -> Shape:
    """A stack of square matrices."""
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ValueError(f"needs a square matrix, got shape {shape}")
    return shape


def solve_shape(a: Shape, b: Shape) -> Shape:
    """np.linalg.solve's: b is a vector only if it has one axis."""
    return matmul_shape(square(a), b)


def solve_vjp(k: int, y_bar: Array, y: Array, a: Array, b: Array) -> Array:
    """b_bar = a^-T y_bar and a_bar = -b_bar y^T (Giles, 2.3.1)."""
    pulled = solve_like(b, swap(a), y_bar)
    if k == 1:
        return unbroadcast(pulled, np.shape(b))
    if np.ndim(b) == 1:
        return unbroadcast(-np.expand_dims(pulled, -1) * np.expand_dims(y, -2), np.shape(a))
    return unbroadcast(-pulled @ swap(y), np.shape(a))


def solve_jvp(a_dot: Array, y: Array, a: Array, b: Array) -> Array:
    """y_dot = -a^-1 a_dot y (Giles, 2.3.1)."""
    product = np.sum(a_dot * np.expand_dims(y, -2), axis=-1) if np.ndim(b) == 1 and np.ndim(a) > 2 else a_dot @ y
    return -solve_like(b, a, product)


def solve_like(b: Array, a: Array, columns: Array) -> Array:
    """Solve for what has the shape of a^-1 b: a stack of vectors, where b is a vector, would pass for a matrix."""
    if np.ndim(b) == 1 and np.ndim(a) > 2:
        return np.linalg.solve(a, np.expand_dims(columns, -1))[..., 0]
    return np.linalg.solve(a, columns)


def times_each(scalars: Array, matrices: Array) -> Array:
    """Multiply each matrix of a stack by its scalar."""
    if is_literal(scalars, ONE):
        return matrices
    return np.reshape(scalars, (*np.shape(scalars), 1, 1)) * matrices


def trace_of_product(a: Array, b: Array) -> Array:
    """tr(a b), for each matrix of a stack."""
    return np.sum(a * swap(b), axis=(-2, -1))


def cofactors(a: Array) -> Array:
    """The matrix of cofactors, d det(a)/da: up to 3 by 3 by its minors, so that a may be singular; else det(a) a^-T."""
    n = np.shape(a)[-1]
    if n <= 1:
        return np.ones_like(a)
    if n > 3:
        return times_each(np.linalg.det(a), swap(np.linalg.inv(a)))
    others = np.array([[k for k in range(n) if k != i] for i in range(n)], dtype=np.int64)
    minors = a[..., others[:, None, :, None], others[None, :, None, :]]
    signs = np.array([[(-1) ** (i + j) for j in range(n)] for i in range(n)], dtype=a.dtype)
    return signs * np.linalg.det(minors)


def lower_half(x: Array) -> Array:
    """The lower triangle with its diagonal halved."""
    n = np.shape(x)[-1]
    return x * (np.tri(n, dtype=x.dtype) - 0.5 * np.eye(n, dtype=x.dtype))


def lower_triangle(x: Array) -> Array:
    """The lower triangle."""
    n = np.shape(x)[-1]
    return np.where(np.tri(n, dtype=bool), x, 0.0)


def cholesky_vjp(y_bar: Array, y: Array, a: Array) -> Array:
    """Pull back to the lower triangle, the only part of a that NumPy reads (Murray, eq. 9)."""
    inner = lower_half(swap(y) @ lower_triangle(y_bar))
    return lower_half(np.linalg.solve(swap(y), swap(np.linalg.solve(swap(y), swap(inner + swap(inner))))))


def cholesky_jvp(a_dot: Array, y: Array, a: Array) -> Array:
    """y_dot = y half(y^-1 a_dot y^-T), where a_dot is read from its lower triangle (Murray, eq. 8)."""
    below = lower_half(a_dot)
    whole = below + swap(below)
    return y @ lower_half(np.linalg.solve(y, swap(np.linalg.solve(y, swap(whole)))))


def logabsdet(a: Array) -> Array:
    """Log |det a|."""
    return np.linalg.slogdet(a)[1]


def slogdet_sign(a: Array) -> Array:
    """The sign of det a."""
    return np.linalg.slogdet(a)[0]


# -- over arrays of objects ---------------------------------------------------------------------------------------------


def each_matrix(*operands: Array) -> Iterator[tuple[tuple[int, ...], list[Array]]]:
    """Each position of a stack with its matrices."""
    lead = np.broadcast_shapes(*(np.shape(x)[:-2] for x in operands))
    spread = [np.broadcast_to(x, (*lead, *np.shape(x)[-2:])) for x in operands]
    for place in np.ndindex(*lead):
        yield place, [x[place].copy() for x in spread]


def pivot_row(column: Sequence[Any]) -> int:
    """The largest entry where entries can be ordered, else the first that is not plainly 0."""
    try:
        return max(range(len(column)), key=lambda i: abs(column[i]))
    except Exception:  # any arithmetic may refuse to order its objects in its own way
        return next((i for i, x in enumerate(column) if not (isinstance(x, int | float) and x == 0)), 0)


def eliminate(a: Array, b: Array) -> tuple[Array, Array, int]:
    """Gauss: an upper triangle, b brought along, and the sign of the row exchanges."""
    sign = 1
    for i in range(len(a)):
        p = i + pivot_row(list(a[i:, i]))
        if p != i:
            a[[i, p]], b[[i, p]], sign = a[[p, i]], b[[p, i]], -sign
        for r in range(i + 1, len(a)):
            factor = a[r, i] / a[i, i]
            a[r, i + 1 :] = a[r, i + 1 :] - factor * a[i, i + 1 :]
            b[r] = b[r] - factor * b[i]
    return a, b, sign


def solve_objects(scalar: Rule, a: Array, b: Array) -> Array:
    """Elimination and back substitution."""
    columns = np.expand_dims(b, -1) if np.ndim(b) == 1 else b
    y = np.empty((*np.broadcast_shapes(np.shape(a)[:-2], np.shape(columns)[:-2]), *np.shape(columns)[-2:]), object)
    for place, (left, right) in each_matrix(a, columns):
        left, right, _ = eliminate(left, right)
        for i in reversed(range(len(left))):
            right[i] = (right[i] - left[i, i + 1 :] @ right[i + 1 :] if i + 1 < len(left) else right[i]) / left[i, i]
        y[place] = right
    return y[..., 0] if np.ndim(b) == 1 else y


def inv_objects(scalar: Rule, a: Array) -> Array:
    """Solve for the identity."""
    return solve_objects(scalar, a, np.eye(np.shape(a)[-1], dtype=int).astype(object))


def det_objects(scalar: Rule, a: Array) -> Array:
    """The product of the pivots."""
    y = np.empty(np.shape(a)[:-2], object)
    for place, (matrix,) in each_matrix(a):
        triangle, _, sign = eliminate(matrix, np.zeros((len(matrix), 1), object))
        y[place] = sign * np.prod(np.diagonal(triangle))
    return y


def cholesky_objects(scalar: Rule, a: Array) -> Array:
    """Cholesky-Banachiewicz, row by row."""
    root = scalar("sqrt")
    y = np.zeros(np.shape(a), object)
    for place, (matrix,) in each_matrix(a):
        for i in range(len(matrix)):
            for j in range(i + 1):
                rest = matrix[i, j] - sum((y[(*place, i, k)] * y[(*place, j, k)] for k in range(j)), 0)
                y[(*place, i, j)] = root(rest) if i == j else rest / y[(*place, j, j)]
    return y


def of_determinant(name: str) -> Rule:
    """A scalar function of the determinant."""

    def over(scalar: Rule, a: Array) -> Array:
        return np.frompyfunc(scalar(name), 1, 1)(det_objects(scalar, a))

    return over


def logabsdet_objects(scalar: Rule, a: Array) -> Array:
    """Log |det a|."""
    return np.frompyfunc(lambda d: scalar("log")(scalar("abs")(d)), 1, 1)(det_objects(scalar, a))


def elimination(n: int) -> int:
    """Flops of LU: n(n-1)/2 divisions of weight 4, n(n-1)(2n-1)/3 products and differences (Golub and Van Loan, 3.2)."""
    return 2 * n * (n - 1) + n * (n - 1) * (2 * n - 1) // 3


def for_each_matrix(flops: Callable[[int], int]) -> Rule:
    """Work: that many flops for each matrix of the stack, none for an empty one."""
    return lambda shape, *rest, out, **p: prod(shape[:-2]) * max(flops(shape[-1]), 0)


def det_flops(n: int) -> int:
    """LU, and the product of the pivots."""
    return elimination(n) + n - 1


def inv_flops(n: int) -> int:
    """LU, then (4n^3 - 3n^2 + 5n)/3 products and differences and n divisions (LAPACK Working Note 41, getri)."""
    return elimination(n) + (4 * n**3 - 3 * n**2 + 5 * n) // 3 + 3 * n


def cholesky_flops(n: int) -> int:
    """n(n-1)(2n-1)/6 + n(n-1)/2 products and differences, n(n-1)/2 divisions and n roots of weight 4."""
    return n * (n - 1) * (2 * n - 1) // 6 + n * (n - 1) // 2 + 2 * n * (n - 1) + 4 * n


def solve_work(a: Shape, b: Shape, *, out: Shape) -> int:
    """Elimination once, two triangular solves a column."""
    return prod(a[:-2]) * elimination(a[-1]) + 2 * a[-1] * prod(out)


def batch_solve(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """One matrix for all points takes their right-hand sides as columns; else solve takes the leading axes."""
    a, b = operands
    ranks = (np.ndim(a) - batched[0], np.ndim(b) - batched[1])
    if ranks[1] == 1:  # NumPy takes a stack of vectors for a matrix
        y = batch_solve(operation, (a, np.expand_dims(b, -1)), batched, parameters)
        return np.reshape(y, np.shape(y)[:-1])
    if ranks == (2, 2) and not batched[0]:
        n, rows, columns = np.shape(b)
        y = apply(operation, (a, np.reshape(np.swapaxes(b, 0, 1), (rows, n * columns))))
        return np.swapaxes(np.reshape(y, (rows, n, columns)), 0, 1)
    return apply(operation, aligned(operands, batched, max(ranks) + 1))


SINGULAR = Kink("det a = 0: the logarithm has no derivative", lambda a: np.linalg.det(a) == 0)


def row(name: str, forward: Rule, shape: Rule, latex: str, objects: Rule | None, **columns: Any) -> Operation:
    """Make a row of linear algebra."""
    return Operation(name, forward, shape, latex=latex, objects=objects, **columns)


# fmt: off
ROWS = (
    row("matmul", np.matmul, matmul_shape, r"{0} \, {1}", None, numpy=(np.matmul,), symbol="@", linear="each", vjps=matmul_vjp, batch=batch_matmul,
        domain=((-2.0, 2.0), (-2.0, 2.0)), work=lambda a, b, out: max(prod(out) * (2 * a[-1] - 1), 0),
        samples=(Sample(((2, 3), (3, 4))), Sample(((3,), (3, 2))), Sample(((2, 3), (3,))), Sample(((3,), (3,))), Sample(((2, 1, 2, 3), (4, 3, 2))), Sample(((2, 2, 3), (3,))), Sample(((3,), (2, 3, 2))))),
    row("einsum", einsum, einsum_shape, r"\operatorname{{einsum}}\left({args}\right)", None, linear="each", vjps=einsum_vjp, batch=batch_einsum,
        domain=((-2.0, 2.0),) * 3, work=einsum_work,
        samples=(Sample(((2, 3), (3, 4)), {"subscripts": "ij,jk->ki"}), Sample(((2, 3),), {"subscripts": "ij->j"}), Sample(((2, 3), (3,), (4, 3)), {"subscripts": "ij,j,kj->ik"}), Sample(((2,), (3,)), {"subscripts": "i,j->ij"}))),
    row("solve", np.linalg.solve, solve_shape, r"{0}^{{-1}} {1}", solve_objects, vjps=solve_vjp, batch=batch_solve, dtype=floating,
        jvps=(solve_jvp, lambda b_dot, y, a, b: np.linalg.solve(a, b_dot)), domain=(REGULAR, (-2.0, 2.0)), work=solve_work,
        samples=(Sample(((3, 3), (3,))), Sample(((3, 3), (3, 2))), Sample(((2, 2, 2), (2, 2, 1))), Sample(((2, 2, 2), (2,))))),
    row("inv", np.linalg.inv, square, r"{0}^{{-1}}", inv_objects, dtype=floating, batch=batch_leading,
        vjps=(lambda y_bar, y, a: -swap(y) @ y_bar @ swap(y),), jvps=(lambda a_dot, y, a: -y @ a_dot @ y,), domain=(REGULAR,), work=for_each_matrix(inv_flops), samples=(Sample(((3, 3),)), Sample(((2, 2, 2),)))),
    row("det", np.linalg.det, lambda a: square(a)[:-2], r"\det {0}", det_objects, dtype=floating, batch=batch_leading,
        vjps=(lambda y_bar, y, a: times_each(y_bar, cofactors(a)),), jvps=(lambda a_dot, y, a: trace_of_product(swap(cofactors(a)), a_dot),), domain=(REGULAR,), work=for_each_matrix(det_flops), samples=(Sample(((3, 3),)), Sample(((2, 2, 2),)))),
    row("logabsdet", logabsdet, lambda a: square(a)[:-2], r"\ln \left|\det {0}\right|", logabsdet_objects, dtype=floating, batch=batch_leading, kink=SINGULAR, analytic=False,
        vjps=(lambda y_bar, y, a: times_each(y_bar, swap(np.linalg.inv(a))),), jvps=(lambda a_dot, y, a: trace_of_product(np.linalg.inv(a), a_dot),), domain=(REGULAR,), work=for_each_matrix(det_flops), samples=(Sample(((3, 3),)), Sample(((2, 2, 2),)))),
    row("slogdet_sign", slogdet_sign, lambda a: square(a)[:-2], r"\operatorname{{sign}} \det {0}", of_determinant("sign"), dtype=floating, batch=batch_leading, analytic=False,
        vjps=(lambda y_bar, y, a: 0.0,), jvps=(lambda a_dot, y, a: 0.0,), domain=(REGULAR,), work=for_each_matrix(det_flops), samples=(Sample(((3, 3),)),)),
    row("cholesky", np.linalg.cholesky, square, r"\operatorname{{chol}} {0}", cholesky_objects, dtype=floating, batch=batch_leading, analytic=False,
        vjps=(cholesky_vjp,), jvps=(cholesky_jvp,), domain=(SPD,), work=for_each_matrix(cholesky_flops), samples=(Sample(((3, 3),)), Sample(((2, 2, 2),)))),
)
# fmt: on

"""Plain NumPy code traces to an expression that gives NumPy's numbers, shapes and dtypes: the whole surface."""

import math
from inspect import signature
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autodiff
from expression import ArgumentError, ControlFlowError, ExpressionError, UnsupportedOperation, trace, trace_at
from expression.operations import BY_NUMPY, TABLE
from expression.operations.surface import FUNCTIONS, METHODS
from expression.structure import flatten
from tests.strategies import draw, random_programs

EPS = float(np.finfo(float).eps)
TOL = 64 * EPS  # the same sums in another order: a few dozen roundings

rng = np.random.default_rng(2026)
DATA: dict[str, Any] = {
    "x": 0.7,
    "v": rng.uniform(0.3, 2.0, 4),
    "w": rng.uniform(-1.0, 1.0, 4),
    "m": rng.uniform(-2.0, 2.0, (3, 4)),
    "n": rng.uniform(-2.0, 2.0, (4, 2)),
    "t": rng.uniform(-2.0, 2.0, (2, 3, 4)),
    "s": rng.uniform(-1.0, 1.0, (3, 3)) + 4 * np.eye(3),
    "p": np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.3], [0.5, -0.3, 5.0]]),
    "r": rng.uniform(-1.0, 1.0, (2, 3, 3)) + 4 * np.eye(3),
    "o": np.zeros((0, 3)),
    "one": np.array([[1.5]]),
    "tie": np.array([[1.0, 3.0, 3.0], [2.0, 2.0, -1.0]]),
    "holes": np.array([1.0, np.nan, np.inf, -np.inf]),
    "i": np.array([2, 0, 3]),
    "b": np.array([True, False, True, True]),
}
MASK = np.array([True, False, True, True])
MASK2 = rng.uniform(size=(3, 4)) > 0.5
ROWS = np.array([2, 0, 2, 1])
GRID = np.array([[0, 2], [1, 1]])


def agrees(f: Any, args: list[Any]) -> None:
    """Trace f, evaluate the expression, and compare with f itself: values, shapes, dtypes, structure."""
    expected, wanted = flatten(f(*args))
    e = trace(f, *args)
    found, structure = flatten(e(*args))
    assert structure == wanted
    for j, a, b in zip(e.outputs, found, expected, strict=True):
        node, a, b = e.nodes[j], np.asarray(a), np.asarray(b)
        assert (a.shape, a.dtype) == (b.shape, b.dtype) == (node.shape, node.dtype)
        if a.dtype.kind in "fc":
            eps = np.finfo(a.dtype).eps / EPS
            np.testing.assert_array_equal(np.isfinite(a), np.isfinite(b))
            a, b = a[np.isfinite(a)], b[np.isfinite(b)]
            with np.errstate(over="ignore"):
                assert np.all(np.abs(a - b) <= TOL * eps * np.maximum(1, np.abs(a) + np.abs(b)))
        else:
            np.testing.assert_array_equal(a, b)


def arguments(f: Any, dtype: Any = np.float64) -> list[Any]:
    """The arrays that a case names as its parameters."""
    found = [DATA[name] for name in signature(f).parameters]
    return [a if dtype is np.float64 or np.asarray(a).dtype != np.float64 else np.asarray(a, dtype)[()] for a in found]


# Each case is plain NumPy code; its parameters name its arguments in DATA.
FUNCTION_CASES: dict[Any, list[Any]] = {
    # -- reductions
    np.sum: [
        lambda m: np.sum(m),
        lambda m: np.sum(m, axis=-1),
        lambda t: np.sum(t, axis=(0, -1)),
        lambda t: np.sum(t, (2, 0), keepdims=True),
        lambda m: np.sum(m, axis=0, where=MASK),
        lambda m: np.sum(m, axis=()),
        lambda x: np.sum(x),
        lambda o: np.sum(o, axis=0),
        lambda i: np.sum(i),
        lambda b: np.sum(b),
        lambda x, v: sum(v) + x,
        lambda v: np.sum(v, initial=2.5),
        lambda m: np.sum(m, axis=0, dtype=m.dtype),
    ],
    np.prod: [
        lambda m: np.prod(m),
        lambda m: np.prod(m, axis=1, keepdims=True),
        lambda m: np.prod(m, axis=-1, where=MASK2),
        lambda o: np.prod(o),
        lambda t: np.prod(t, axis=(0, 1)),
        lambda i: np.prod(i),
    ],
    np.max: [lambda m: np.max(m), lambda tie: np.max(tie, axis=1), lambda t: np.max(t, axis=(0, 2), keepdims=True)],
    np.amax: [lambda m: np.amax(m, axis=0)],
    np.min: [lambda m: np.min(m), lambda tie: np.min(tie, axis=-1), lambda t: np.min(t, axis=(1,), keepdims=True)],
    np.amin: [lambda m: np.amin(m, axis=0)],
    np.all: [lambda m: np.all(m > -3), lambda b: np.all(b), lambda m: np.all(m > 0, axis=1), lambda m: np.all(m)],
    np.any: [lambda m: np.any(m > 1, axis=0), lambda b: np.any(b), lambda m: np.any(m > 0, keepdims=True)],
    np.mean: [
        lambda m: np.mean(m),
        lambda m: np.mean(m, axis=-1, keepdims=True),
        lambda t: np.mean(t, (0, 1)),
        lambda i: np.mean(i),
        lambda m: np.mean(m, axis=1, where=MASK),
        lambda x: np.mean(x),
        lambda b: np.mean(b),
    ],
    np.var: [
        lambda m: np.var(m),
        lambda m: np.var(m, axis=0, ddof=1),
        lambda t: np.var(t, axis=(-1, 0), keepdims=True),
        lambda i: np.var(i),
        lambda m: np.var(m, axis=1, correction=1),
    ],
    np.std: [lambda m: np.std(m), lambda m: np.std(m, axis=-1, ddof=1), lambda v: np.std(v, keepdims=True)],
    np.average: [
        lambda m: np.average(m),
        lambda m, v: np.average(m, axis=1, weights=v),
        lambda m, v: np.average(m, 0, np.array([1.0, 2.0, 3.0])) + v,
        lambda v, w: np.average(v, weights=w * w),
        lambda m: np.average(m, axis=1, keepdims=True),
    ],
    np.ptp: [lambda m: np.ptp(m), lambda m: np.ptp(m, axis=0), lambda m: np.ptp(m, -1, keepdims=True)],
    np.median: [lambda v: np.median(v), lambda t: np.median(t, axis=1), lambda m: np.median(m, -1, keepdims=True)],
    np.count_nonzero: [lambda m: np.count_nonzero(m > 0), lambda b: np.count_nonzero(b), lambda tie: np.count_nonzero(tie > 1, axis=1)],
    np.nansum: [lambda holes: np.nansum(holes[:2]), lambda m: np.nansum(np.where(m > 0, m, np.nan), axis=0)],
    np.cumsum: [lambda m: np.cumsum(m), lambda m: np.cumsum(m, axis=-1), lambda t: np.cumsum(t, 1), lambda i: np.cumsum(i)],
    np.cumprod: [lambda m: np.cumprod(m), lambda m: np.cumprod(m, axis=0), lambda v: np.cumprod(v)],
    np.argmax: [
        lambda m: np.argmax(m),
        lambda tie: np.argmax(tie, axis=1),
        lambda m: np.argmax(m, axis=-2, keepdims=True),
        lambda m: np.argmax(m, keepdims=True),
    ],
    np.argmin: [lambda m: np.argmin(m), lambda tie: np.argmin(tie, axis=1), lambda m: np.argmin(m, 0, keepdims=True)],
    np.argsort: [lambda m: np.argsort(m), lambda m: np.argsort(m, axis=0), lambda m: np.argsort(m, axis=None)],
    np.sort: [lambda m: np.sort(m), lambda m: np.sort(m, axis=0), lambda m: np.sort(m, axis=None), lambda t: np.sort(t, 1)],
    np.diff: [lambda v: np.diff(v), lambda m: np.diff(m, axis=0), lambda m: np.diff(m, 2), lambda v: np.diff(v, n=0)],
    np.trapezoid: [lambda v: np.trapezoid(v), lambda v, w: np.trapezoid(v, w), lambda m: np.trapezoid(m, dx=0.1, axis=0)],
    # -- linear algebra
    np.dot: [
        lambda v, w: np.dot(v, w),
        lambda m, v: np.dot(m, v),
        lambda m, n: np.dot(m, n),
        lambda x, v: np.dot(x, v),
        lambda m, t: np.dot(np.ones((2, 3)), t) + np.sum(m),
        lambda t, n: np.dot(t, n),
        lambda x: np.dot(2 * x, x),
    ],
    np.vdot: [lambda v, w: np.vdot(v, w), lambda m: np.vdot(m, m)],
    np.inner: [lambda v, w: np.inner(v, w), lambda m, v: np.inner(m, v), lambda t, m: np.inner(t, m), lambda x, v: np.inner(x, v)],
    np.outer: [lambda v, w: np.outer(v, w), lambda m, v: np.outer(m, v), lambda x, v: np.outer(x, v)],
    np.kron: [lambda v, w: np.kron(v, w), lambda m, n: np.kron(m, n), lambda v, m: np.kron(v, m)],
    np.cross: [
        lambda s: np.cross(s[0], s[1]),
        lambda s, p: np.cross(s, p),
        lambda s: np.cross(s[0], np.array([1.0, 0.0, 0.0])),
        lambda m, s: np.cross(m[:, 0], s),
    ],
    np.tensordot: [
        lambda m, n: np.tensordot(m, n, 1),
        lambda m: np.tensordot(m, m),
        lambda t, m: np.tensordot(t, m, axes=([1, 2], [0, 1])),
        lambda t, m: np.tensordot(t, m, axes=((-1,), (-1,))),
        lambda v, w: np.tensordot(v, w, axes=0),
        lambda t, n: np.tensordot(t, n, axes=(2, 0)),
    ],
    np.einsum: [
        lambda m, n: np.einsum("ij,jk->ik", m, n),
        lambda m, n: np.einsum("ij,jk", m, n),
        lambda m: np.einsum("ij->ji", m),
        lambda m: np.einsum("ji", m),
        lambda s: np.einsum("ii", s),
        lambda s: np.einsum("ii->i", s),
        lambda r: np.einsum("...ii->...i", r),
        lambda r: np.einsum("bii->b", r),
        lambda t, n: np.einsum("...j,jk->...k", t, n),
        lambda t, m: np.einsum("b...,...->b...", t, m),
        lambda t, m: np.einsum("...ij,...ij->...", t, m),
        lambda t: np.einsum("...j->j...", t),
        lambda t: np.einsum("ij...->...", t),
        lambda v, w: np.einsum("i,j->ji", v, w),
        lambda v, w: np.einsum("i,i", v, w),
        lambda v, m, w: np.einsum("i, ji, i -> j", v, m, w),
        lambda m: np.einsum("ij->", m),
        lambda m: np.einsum("...", m),
        lambda m, n: np.einsum("ij,jk->ik", m, n, optimize=True),
        lambda v: np.einsum("i,i,i->i", v, v, v),
        lambda x, v: np.einsum(",i->i", x, v),
        lambda m, v: np.einsum(m, [0, 1], v, [1], [0]),
        lambda m, v: np.einsum(m, [0, 1], v, [1]),
        lambda t, one: np.einsum("...i,...i->...", t[..., :1], one),
    ],
    np.diagonal: [lambda s: np.diagonal(s), lambda m: np.diagonal(m, 1), lambda t: np.diagonal(t, -1, 1, 2), lambda t: np.diagonal(t, axis1=2, axis2=0)],
    np.trace: [lambda s: np.trace(s), lambda m: np.trace(m, offset=1), lambda m: np.trace(m, -1), lambda t: np.trace(t, 0, 1, 2)],
    np.diag: [
        lambda v: np.diag(v),
        lambda v: np.diag(v, k=1),
        lambda v: np.diag(v, -1),
        lambda m: np.diag(m),
        lambda m: np.diag(m, 1),
        lambda m: np.diag(m, -2),
    ],
    np.diagflat: [lambda v: np.diagflat(v), lambda m: np.diagflat(m, 1)],
    np.tril: [lambda m: np.tril(m), lambda t: np.tril(t, k=1), lambda m: np.tril(m, -1), lambda v: np.tril(v)],
    np.triu: [lambda m: np.triu(m), lambda t: np.triu(t, k=-1), lambda m: np.triu(m, 1)],
    np.linalg.norm: [
        lambda v: np.linalg.norm(v),
        lambda m: np.linalg.norm(m),
        lambda m: np.linalg.norm(m, axis=1),
        lambda m: np.linalg.norm(m, ord=2, axis=-1, keepdims=True),
        lambda m: np.linalg.norm(m, "fro"),
        lambda w: np.linalg.norm(w, 1),
        lambda w: np.linalg.norm(w, np.inf),
        lambda w: np.linalg.norm(w, -np.inf),
        lambda w: np.linalg.norm(w, 3),
        lambda w: np.linalg.norm(w, 0),
        lambda m: np.linalg.norm(m, 1),
        lambda m: np.linalg.norm(m, np.inf),
        lambda m: np.linalg.norm(m, -np.inf),
        lambda t: np.linalg.norm(t, -1, axis=(0, 2)),
        lambda t: np.linalg.norm(t, axis=(0, 2)),
        lambda t: np.linalg.norm(t),
        lambda m: np.linalg.norm(m, keepdims=True),
        lambda m: np.linalg.norm(m, 1.5, 0),
    ],
    np.linalg.vector_norm: [lambda v: np.linalg.vector_norm(v), lambda m: np.linalg.vector_norm(m, axis=1, ord=3), lambda m: np.linalg.vector_norm(m, keepdims=True), lambda m: np.linalg.vector_norm(m, ord=1)],
    np.linalg.matrix_norm: [lambda m: np.linalg.matrix_norm(m), lambda t: np.linalg.matrix_norm(t, keepdims=True), lambda t: np.linalg.matrix_norm(t, ord=1)],
    np.linalg.slogdet: [lambda s: np.linalg.slogdet(s), lambda r: np.linalg.slogdet(r)[1], lambda s: np.linalg.slogdet(-s).logabsdet],
    np.linalg.matrix_power: [
        lambda s: np.linalg.matrix_power(s, 0),
        lambda s: np.linalg.matrix_power(s, 1),
        lambda s: np.linalg.matrix_power(s, 5),
        lambda r: np.linalg.matrix_power(r, -2),
    ],
    np.linalg.multi_dot: [lambda m, n: np.linalg.multi_dot([m, n]), lambda m, n, v: np.linalg.multi_dot((m, n, n.T, v))],
    np.linalg.solve: [lambda s, p: np.linalg.solve(s, p), lambda s: np.linalg.solve(s, s[0]), lambda r, s: np.linalg.solve(r, s)],
    np.linalg.inv: [lambda s: np.linalg.inv(s), lambda r: np.linalg.inv(r)],
    np.linalg.det: [lambda s: np.linalg.det(s), lambda r: np.linalg.det(r)],
    np.linalg.cholesky: [lambda p: np.linalg.cholesky(p), lambda p: np.linalg.cholesky(p, upper=True)],
    np.linalg.matmul: [lambda m, n: np.linalg.matmul(m, n)],
    np.linalg.outer: [lambda v, w: np.linalg.outer(v, w)],
    np.linalg.trace: [lambda t: np.linalg.trace(t), lambda t: np.linalg.trace(t, offset=1)],
    np.linalg.diagonal: [lambda t: np.linalg.diagonal(t), lambda t: np.linalg.diagonal(t, offset=-1)],
    np.linalg.tensordot: [lambda m, n: np.linalg.tensordot(m, n, axes=1)],
    np.linalg.matrix_transpose: [lambda t: np.linalg.matrix_transpose(t)],
    np.linalg.vecdot: [lambda m, v: np.linalg.vecdot(m, v)],
    np.linalg.cross: [lambda s, p: np.linalg.cross(s, p)],
    np.vecdot: [lambda v, w: np.vecdot(v, w), lambda t, m: np.vecdot(t, m)],
    np.convolve: [lambda v, w: np.convolve(v, w), lambda v, w: np.convolve(v, w[:2], "valid"), lambda v, w: np.convolve(v, w[:3], mode="same"), lambda v: np.convolve(v[:2], np.array([1.0, -1.0, 2.0]), "same")],
    np.correlate: [lambda v, w: np.correlate(v, w), lambda v, w: np.correlate(v, w[:2]), lambda v, w: np.correlate(v, w[:2], "full"), lambda v, w: np.correlate(v, w[:3], mode="same")],
    np.polyval: [lambda v, x: np.polyval(v, x), lambda v, m: np.polyval(v, m), lambda m: np.polyval([2.0, 0.0, 1.0], m)],
    # -- shapes
    np.reshape: [
        lambda m: np.reshape(m, (4, 3)),
        lambda m: np.reshape(m, -1),
        lambda m: np.reshape(m, (2, -1)),
        lambda m: np.reshape(m, shape=(6, 2)),
        lambda one: np.reshape(one, ()),
        lambda o: np.reshape(o, (3, 0)),
        lambda o: np.reshape(o, (-1, 3)),
        lambda m: np.reshape(m, (4, 3), order="F"),
        lambda m: np.reshape(m, np.array([4, 3])),
    ],
    np.ravel: [lambda m: np.ravel(m), lambda x: np.ravel(x), lambda m: np.ravel(m, order="F")],
    np.transpose: [lambda m: np.transpose(m), lambda t: np.transpose(t, (1, 0, -1)), lambda v: np.transpose(v), lambda t: np.transpose(t, axes=[2, 0, 1])],
    np.permute_dims: [lambda t: np.permute_dims(t, (2, 1, 0))],
    np.matrix_transpose: [lambda t: np.matrix_transpose(t)],
    np.swapaxes: [lambda t: np.swapaxes(t, 0, -1)],
    np.moveaxis: [lambda t: np.moveaxis(t, 0, -1), lambda t: np.moveaxis(t, (0, 1), (-1, 0)), lambda t: np.moveaxis(t, [2], [0])],
    np.rollaxis: [lambda t: np.rollaxis(t, 2), lambda t: np.rollaxis(t, 0, 3), lambda t: np.rollaxis(t, -1, 1)],
    np.rot90: [lambda m: np.rot90(m), lambda m: np.rot90(m, 2), lambda m: np.rot90(m, -1), lambda t: np.rot90(t, 1, axes=(1, 2)), lambda m: np.rot90(m, 0)],
    np.broadcast_to: [lambda v: np.broadcast_to(v, (3, 4)), lambda x: np.broadcast_to(x, 2), lambda one: np.broadcast_to(one, (2, 3))],
    np.broadcast_arrays: [lambda v, m: np.broadcast_arrays(v, m), lambda x, v: np.broadcast_arrays(x, v, np.ones((2, 1)))],
    np.squeeze: [lambda one: np.squeeze(one), lambda one: np.squeeze(one, axis=0), lambda m: np.squeeze(m[None, :, None], axis=(0, -2))],
    np.expand_dims: [lambda m: np.expand_dims(m, 0), lambda m: np.expand_dims(m, -1), lambda m: np.expand_dims(m, (0, 2)), lambda x: np.expand_dims(x, 0)],
    np.atleast_1d: [lambda x: np.atleast_1d(x), lambda m, x: np.atleast_1d(m, x)],
    np.atleast_2d: [lambda x: np.atleast_2d(x), lambda v, t: np.atleast_2d(v, t)],
    np.atleast_3d: [lambda x: np.atleast_3d(x), lambda v: np.atleast_3d(v), lambda m, t: np.atleast_3d(m, t)],
    np.concatenate: [
        lambda m: np.concatenate([m, m]),
        lambda m: np.concatenate((m, np.ones((3, 1))), axis=-1),
        lambda m, v: np.concatenate([m, v], axis=None),
        lambda v: np.concatenate([np.zeros(1), v, [2.0]]),
        lambda i, v: np.concatenate([i, v]),
        lambda m: np.concatenate(m),
    ],
    np.stack: [lambda v, w: np.stack([v, w]), lambda v, w: np.stack((v, w), axis=-1), lambda x: np.stack([x, 2 * x, 1.0]), lambda m: np.stack([m, m], 1), lambda m: np.stack(m, axis=1)],
    np.vstack: [lambda v, w: np.vstack([v, w]), lambda m, v: np.vstack((m, v)), lambda x: np.vstack([x, x])],
    np.hstack: [lambda v, w: np.hstack([v, w]), lambda m: np.hstack((m, m)), lambda x: np.hstack([x, x])],
    np.dstack: [lambda v, w: np.dstack([v, w]), lambda m: np.dstack((m, m))],
    np.column_stack: [lambda v, w: np.column_stack([v, w]), lambda m: np.column_stack((m, np.ones(3)))],
    np.append: [lambda v, w: np.append(v, w), lambda v: np.append(v, 1.0), lambda m: np.append(m, m, axis=0)],
    np.split: [lambda v: np.split(v, 2), lambda m: np.split(m, [1, 3], axis=1), lambda v: np.split(v, [1, 10]), lambda m: np.split(m, 2, axis=-1)],
    np.array_split: [lambda v: np.array_split(v, 3), lambda m: np.array_split(m, [1], axis=-1), lambda v: np.array_split(v, [-1])],
    np.hsplit: [lambda m: np.hsplit(m, 2), lambda v: np.hsplit(v, [1])],
    np.vsplit: [lambda m: np.vsplit(m, 3)],
    np.dsplit: [lambda t: np.dsplit(t, 2)],
    np.tile: [lambda v: np.tile(v, 2), lambda m: np.tile(m, (2, 1)), lambda v: np.tile(v, (3, 2)), lambda t: np.tile(t, 2), lambda x: np.tile(x, 3), lambda v: np.tile(v, ())],
    np.repeat: [lambda v: np.repeat(v, 2), lambda m: np.repeat(m, 3, axis=0), lambda v: np.repeat(v, [1, 0, 2, 3]), lambda m: np.repeat(m, 2, axis=-1), lambda m: np.repeat(m, 2)],
    np.roll: [lambda v: np.roll(v, 1), lambda m: np.roll(m, -1), lambda m: np.roll(m, 2, axis=1), lambda m: np.roll(m, (1, 2), axis=(0, 1)), lambda m: np.roll(m, 1, axis=(0, 1)), lambda o: np.roll(o, 1, axis=0), lambda v: np.roll(v, 9), lambda m: np.roll(m, (1, 1), axis=0)],
    np.flip: [lambda m: np.flip(m), lambda m: np.flip(m, 0), lambda t: np.flip(t, (0, -1))],
    np.fliplr: [lambda m: np.fliplr(m)],
    np.flipud: [lambda m: np.flipud(m), lambda v: np.flipud(v)],
    np.pad: [
        lambda v: np.pad(v, 1),
        lambda m: np.pad(m, (1, 2)),
        lambda m: np.pad(m, ((0, 1), (2, 0))),
        lambda m: np.pad(m, ((1,), (2,))),
        lambda v: np.pad(v, 2, mode="constant", constant_values=3.0),
        lambda m: np.pad(m, 1, constant_values=((1.0, 2.0), (3.0, 4.0))),
        lambda v: np.pad(v, (1, 1), constant_values=(5.0, 6.0)),
        lambda v: np.pad(v, 2, mode="edge"),
        lambda m: np.pad(m, ((1, 0), (2, 1)), "edge"),
        lambda m: np.pad(m, 2, mode="reflect"),
        lambda m: np.pad(m, ((1, 2), (0, 3)), mode="symmetric"),
        lambda v: np.pad(v, 3, mode="wrap"),
    ],
    np.meshgrid: [lambda v, w: np.meshgrid(v, w), lambda v, w: np.meshgrid(v, w[:2], indexing="ij"), lambda v, w: np.meshgrid(v, w, [1.0, 2.0])],
    np.take: [
        lambda m: np.take(m, [0, 5]),
        lambda m: np.take(m, [2, 0], axis=0),
        lambda m: np.take(m, -1, axis=1),
        lambda m: np.take(m, GRID, axis=1),
        lambda v, i: np.take(v, i),
        lambda v: np.take(v, [5, -7], mode="wrap"),
        lambda v: np.take(v, [5, -7], mode="clip"),
    ],
    np.take_along_axis: [lambda m: np.take_along_axis(m, np.argsort(m, axis=1), axis=1), lambda m: np.take_along_axis(m, np.array([[0, 2, 1, 0]]), 0), lambda m: np.take_along_axis(m, np.array([3, 1]), None), lambda m: np.take_along_axis(m, np.argmax(m, 1)[:, None], -1)],
    # -- choices and compositions
    np.where: [lambda m: np.where(m > 0, m, 0.0), lambda v: np.where(MASK, v, -v), lambda x, v: np.where(x > 0, v, 2), lambda m, v: np.where(m > v, 1.0, v), lambda m: np.where(m > 0, 1, 2), lambda b, v, w: np.where(b, v, w)],
    np.clip: [lambda m: np.clip(m, -1, 1), lambda m: np.clip(m, None, 0.5), lambda m: np.clip(m, 0, None), lambda m, v: np.clip(m, -v, v), lambda m: np.clip(m, min=0), lambda m: np.clip(m, max=1.0), lambda i: np.clip(i, 1, 2)],
    np.select: [lambda m: np.select([m > 1, m > 0], [m, m * m], default=-1.0), lambda m: np.select([m > 1], [2.0 * m])],
    np.piecewise: [lambda m: np.piecewise(m, [m < 0, m >= 0], [lambda u: -u, lambda u: u * u]), lambda m: np.piecewise(m, [m < 0], [0.5, lambda u: u]), lambda m: np.piecewise(m, [m < 0], [1.0])],
    np.nan_to_num: [lambda holes: np.nan_to_num(holes[:2]), lambda holes: np.nan_to_num(holes), lambda holes: np.nan_to_num(holes, nan=1.0, posinf=2.0, neginf=-2.0)],
    np.astype: [lambda i: np.astype(i, float), lambda b: np.astype(b, np.float64), lambda m: np.astype(m, m.dtype)],
    np.zeros_like: [lambda m: np.zeros_like(m) + m, lambda m: np.zeros_like(m), lambda i: np.zeros_like(i), lambda m: np.zeros_like(m, dtype=np.float64), lambda m: np.zeros_like(m, shape=(2,))],
    np.ones_like: [lambda m: np.ones_like(m) * m, lambda b: np.ones_like(b)],
    np.empty_like: [lambda m: np.empty_like(m) * 0.0 + m],
    np.full_like: [lambda m: np.full_like(m, 2.0), lambda m, x: np.full_like(m, x) * m, lambda i: np.full_like(i, 2), lambda m: np.full_like(m, 2)],
    np.sinc: [lambda m: np.sinc(m), lambda x: np.sinc(x) + np.sinc(0.0 * x)],
    np.round: [lambda m: np.round(m), lambda m: np.round(m, 2), lambda m: np.round(m, decimals=-1)],
    np.around: [lambda m: np.around(m, 1)],
    np.real: [lambda m: np.real(m)],
    np.imag: [lambda m: np.imag(m), lambda m: m + np.imag(m)],
    np.copy: [lambda m: np.copy(m)],
    np.shape: [lambda m: np.ones(np.shape(m)) * m],
    np.ndim: [lambda m: np.ndim(m) * m],
    np.size: [lambda m: m / np.size(m), lambda m: m / np.size(m, 0)],
    np.iscomplexobj: [lambda m: m * np.iscomplexobj(m)],
    np.isrealobj: [lambda m: m * np.isrealobj(m)],
    np.result_type: [lambda m: m + np.ones(4, np.result_type(m, np.float32))],
    np.fabs: [lambda m: np.fabs(m), lambda i: np.fabs(i)],
    np.fmax: [lambda holes, v: np.fmax(holes, v), lambda m: np.fmax(m, 0)],
    np.fmin: [lambda holes, v: np.fmin(v, holes), lambda m: np.fmin(m, 0.5)],
    np.float_power: [lambda v: np.float_power(v, 2), lambda i: np.float_power(i, 2), lambda x, i: np.float_power(x, i)],
    np.bitwise_and: [lambda m, b: np.bitwise_and(m > 0, b), lambda m: (m > 0) & (m < 1), lambda m: MASK & (m > 0)],
    np.bitwise_or: [lambda m, b: np.bitwise_or(m > 0, b), lambda m: (m > 1) | (m < 0), lambda m: MASK | (m > 0)],
    np.bitwise_xor: [lambda m, b: np.bitwise_xor(m > 0, b), lambda m: (m > 1) ^ (m < 0), lambda m: MASK ^ (m > 0)],
    np.invert: [lambda m: np.invert(m > 0), lambda b: ~b],
    np.positive: [lambda m: np.positive(m), lambda m: +m],
    np.conjugate: [lambda m: np.conjugate(m), lambda m: np.conj(m)],
    np.fmod: [lambda m, v: np.fmod(m, v), lambda m: np.fmod(m, -0.6)],
    np.divmod: [lambda m, v: np.divmod(m, v), lambda m: divmod(m, 0.5), lambda v: divmod(3.0, v)],
    np.logaddexp2: [lambda m, v: np.logaddexp2(m, v)],
    np.deg2rad: [lambda m: np.deg2rad(m)],
    np.radians: [lambda m: np.radians(m), lambda i: np.radians(i)],
    np.rad2deg: [lambda m: np.rad2deg(m)],
    np.degrees: [lambda m: np.degrees(m)],
}  # fmt: skip
METHOD_CASES: dict[str, list[Any]] = {
    "sum": [lambda m: m.sum(), lambda m: m.sum(axis=0), lambda m: m.sum(-1, keepdims=True), lambda t: t.sum((0, 1))],
    "prod": [lambda m: m.prod(axis=1)],
    "max": [lambda m: m.max(), lambda m: m.max(axis=0), lambda m: m.max(1, keepdims=True)],
    "min": [lambda m: m.min(), lambda m: m.min(axis=0)],
    "all": [lambda b: b.all(), lambda m: (m > 0).all(axis=0)],
    "any": [lambda b: b.any(), lambda m: (m > 0).any(1)],
    "mean": [lambda m: m.mean(), lambda m: m.mean(axis=0), lambda m: m.mean(1, keepdims=True)],
    "var": [lambda m: m.var(), lambda m: m.var(axis=0, ddof=1)],
    "std": [lambda m: m.std(), lambda m: m.std(axis=1)],
    "cumsum": [lambda m: m.cumsum(), lambda m: m.cumsum(axis=1)],
    "cumprod": [lambda m: m.cumprod(axis=0)],
    "argmax": [lambda m: m.argmax(), lambda m: m.argmax(axis=1)],
    "argmin": [lambda m: m.argmin(axis=0)],
    "argsort": [lambda m: m.argsort(), lambda m: m.argsort(axis=0)],
    "dot": [lambda m, v: m.dot(v), lambda m, n: m.dot(n)],
    "trace": [lambda s: s.trace(), lambda m: m.trace(1)],
    "diagonal": [lambda s: s.diagonal(), lambda m: m.diagonal(-1)],
    "ravel": [lambda m: m.ravel()],
    "flatten": [lambda m: m.flatten()],
    "swapaxes": [lambda t: t.swapaxes(0, 2)],
    "squeeze": [lambda one: one.squeeze(), lambda one: one.squeeze(axis=1)],
    "repeat": [lambda v: v.repeat(2), lambda m: m.repeat(2, axis=1)],
    "take": [lambda m: m.take([0, 2], axis=1)],
    "round": [lambda m: m.round(), lambda m: m.round(1)],
    "conj": [lambda m: m.conj()],
    "conjugate": [lambda m: m.conjugate()],
    "clip": [lambda m: m.clip(0), lambda m: m.clip(-1, 1), lambda m: m.clip(max=0.5)],
}
CODE_CASES = [
    # -- operators, with ndarrays, numbers and NumPy scalars on either side
    lambda m, v: m + v - 2 * m / v,
    lambda v: np.ones(4) + v,
    lambda v: np.ones((2, 4)) - v,
    lambda v: np.arange(4.0) * v,
    lambda v: np.ones(4) / v,
    lambda v: np.full(4, 2.0) ** v,
    lambda m: np.ones((2, 3)) @ m,
    lambda m, v: m @ v,
    lambda v: np.ones(4) @ v,
    lambda m: np.arange(3) @ m,
    lambda v: np.arange(4) // v,
    lambda v: np.arange(4) % v,
    lambda v: np.ones(4) < v,
    lambda v: np.ones(4) >= v,
    lambda v: np.ones(4) == v,
    lambda v: v != 1,
    lambda v: 2 - v,
    lambda v: 2 / v,
    lambda v: 2**v,
    lambda v: v**2,
    lambda v: v**0.5,
    lambda v: v**-1,
    lambda v: v // 0.3,
    lambda v: 3 // v,
    lambda v: v % 0.3,
    lambda v: 3.0 % v,
    lambda v: -v,
    lambda v: +v,
    lambda w: abs(w),
    lambda v: np.float64(2.0) * v,
    lambda v: v * np.float64(2.0),
    lambda v: np.float32(0.1) * v,
    lambda v: v + np.float32(0.1),
    lambda v: np.int64(3) * v,
    lambda v: v * np.arange(4),
    lambda v: v * True,
    lambda i: i * 2,
    lambda i: i + 1.5,
    lambda i: i / 2,
    lambda i: i // 2 + i % 2,
    lambda i: i**2,
    lambda i, v: v[:3] * i,
    lambda b: b * 2.0,
    lambda b, v: b * v,
    lambda x: x * 3 + 1,
    lambda x, v: x * v,
    lambda v: 1e-3 * v + 5,
    lambda v: [v, 2 * v],
    lambda v: {"b": v[0], "a": (v[1], [v[2]])},
    lambda v: (v, 1.0, np.ones(2), 3),
    # -- attributes and methods that are not functions of the same name
    lambda t: t.T,
    lambda t: t.mT,
    lambda m: m.real + m.imag,
    lambda m: m.copy() * m.size * m.ndim * m.shape[0],
    lambda m: m.reshape(-1),
    lambda m: m.reshape(4, 3),
    lambda m: m.reshape((2, 6)),
    lambda m: m.reshape(2, -1),
    lambda m: m.transpose(),
    lambda t: t.transpose(1, 0, 2),
    lambda t: t.transpose((2, 0, 1)),
    lambda t: t.transpose(None),
    lambda i: i.astype(float),
    lambda m: m.astype(m.dtype, copy=False),
    lambda m: sum(row.sum() for row in m),
    lambda v: [a * b for a, b in zip(v, v[::-1], strict=True)],
    lambda m: list(m)[-1],
    lambda m: m / len(m),
    lambda m: sum(m.flat),
    # -- ufunc methods
    lambda m: np.add.reduce(m),
    lambda m: np.add.reduce(m, axis=1, keepdims=True),
    lambda m: np.add.reduce(m, axis=None),
    lambda m: np.multiply.reduce(m, axis=-1),
    lambda m: np.maximum.reduce(m, axis=1),
    lambda m: np.minimum.reduce(m),
    lambda m: np.logaddexp.reduce(m, axis=1),
    lambda m: np.logical_and.reduce(m > 0),
    lambda m: np.logical_or.reduce(m > 0, axis=1),
    lambda m: np.add.accumulate(m),
    lambda m: np.multiply.accumulate(m, axis=1),
    lambda v, w: np.multiply.outer(v, w),
    lambda v, w: np.subtract.outer(v, w),
    lambda m, v: np.add.outer(m, v),
    lambda v, w: np.less.outer(v, w),
    lambda x, v: np.add.outer(x, v),
    lambda v: np.add(v, 1.0, where=True),
    # -- indexing
    lambda m: m[0],
    lambda m: m[-1, -2],
    lambda m: m[np.int64(1)],
    lambda m: m[1:],
    lambda m: m[:, ::-1],
    lambda m: m[::-2, 1:-1],
    lambda m: m[5:],
    lambda m: m[2:0:-1],
    lambda m: m[-100:100],
    lambda m: m[None],
    lambda m: m[:, None, 1],
    lambda m: m[..., 0],
    lambda t: t[0, ..., 1],
    lambda t: t[..., None],
    lambda t: t[...],
    lambda t: t[:, 1],
    lambda m: m[()],
    lambda x: x * np.ones(1)[0],
    lambda m: m[[2, 0]],
    lambda m: m[ROWS],
    lambda m: m[GRID],
    lambda m: m[ROWS, ROWS],
    lambda m: m[:, ROWS],
    lambda m: m[GRID, ROWS[:2]],
    lambda m: m[ROWS[:, None], [0, 3]],
    lambda m: m[np.ix_([0, 2], [1, 3])],
    lambda t: t[[0, 1], :, [2, 3]],
    lambda t: t[0, :, [2, 3]],
    lambda t: t[:, 0, [2, 3]],
    lambda t: t[[0, 1], 1:],
    lambda t: t[[1], ..., [0, 2]],
    lambda t: t[None, [0, 1], :, None, [1, 2]],
    lambda t: t[:, [[0], [2]], [1, 3]],
    lambda v: v[MASK],
    lambda m: m[MASK2],
    lambda m: m[:, MASK],
    lambda m: m[MASK2[:, 0]],
    lambda t: t[:, MASK2],
    lambda m, i: m[:, i],
    lambda v, i: v[i],
    lambda m: m[np.argmax(m, axis=0), np.arange(4)],
    lambda v: v[np.argsort(v)],
    lambda v: v[[]],
    lambda v: v[np.zeros((0, 2), dtype=int)],
    lambda v: v[[-1, -2]],
    lambda m: m[[True, False, True]],
    lambda s: s[np.triu_indices(3)],
    lambda s: s[np.tril_indices(3, -1)],
    lambda s: s[np.diag_indices(3)],
    lambda m: m[slice(None), slice(1, None)],
    # -- code as people write it
    lambda v: np.exp(v - v.max()) / np.exp(v - v.max()).sum(),
    lambda m, n, v: np.tanh(m @ n @ np.ones((2, 4)) + v).mean(axis=0),
    lambda m: (m - m.mean(axis=1, keepdims=True)) / np.sqrt(m.var(axis=1, keepdims=True) + 1e-5),
    lambda v: 100 * np.sum((v[1:] - v[:-1] ** 2) ** 2) + np.sum((1 - v[:-1]) ** 2),
    lambda m: -np.log(np.take_along_axis(np.exp(m), np.array([[0], [2], [1]]), axis=1)).mean(),
]  # fmt: skip


def in_place(v: Any) -> Any:
    """+= binds a local name anew."""
    y = v * 1.0
    y += v
    y *= 2.0
    y -= 1.0
    y /= 3.0
    y **= 2
    y @= np.eye(4, dtype=y.dtype)
    return y


def loops(v: Any, m: Any) -> Any:
    """Python's own control flow over shapes and numbers."""
    total = 0.0
    for k in range(len(v)):
        total = total + v[k] * k if k % 2 else total - v[k]
    for row in m:
        a, b, *rest = row
        total = total + a * b + sum(rest)
    return total


def cases(table: dict[Any, list[Any]]) -> list[Any]:
    """One test a case, with the line where it stands as its name."""
    return [
        pytest.param(f, id=f"{getattr(key, '__name__', key)}-{k}")
        for key, group in table.items()
        for k, f in enumerate(group)
    ]


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize(
    "f", [*cases(FUNCTION_CASES), *cases(METHOD_CASES), *cases({"code": [*CODE_CASES, in_place, loops]})]
)
def test_traced_code_gives_what_numpy_gives(f, dtype):
    agrees(f, arguments(f, dtype))


ROWS_BY_UFUNC = [(f, row) for f, row in BY_NUMPY.items() if row.elementwise]


@pytest.mark.parametrize(("ufunc", "row"), ROWS_BY_UFUNC, ids=lambda v: getattr(v, "__name__", ""))
@pytest.mark.parametrize("shapes", [((), (), ()), ((3,), (3,), (3,)), ((2, 3), (3,), (2, 1)), ((0,), (1,), ())])
def test_a_traced_ufunc_gives_what_numpy_gives(ufunc, row, shapes):
    args = [draw(d, s, np.random.default_rng(1)) for d, s in zip(row.domain, shapes, strict=False)]
    agrees(lambda *x: ufunc(*x), args)
    agrees(lambda *x: ufunc(*x), [a.astype(np.float32) if a.dtype == float else a for a in map(np.asarray, args)])


def test_every_function_method_and_row_has_a_case():
    assert set(FUNCTIONS) - set(FUNCTION_CASES) == set()
    assert set(METHODS) - set(METHOD_CASES) == set()
    assert set(BY_NUMPY) - {f for f, _ in ROWS_BY_UFUNC} - {np.matmul} == set()


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_traced_array_has_only_the_methods_of_an_ndarray(name):
    assert hasattr(np.ndarray, name)


# -- derivatives ------------------------------------------------------------------------------------------------------


STEP = EPS ** (1 / 3)  # central difference: truncation h**2 meets rounding eps / h ...
NUMERIC_TOL = 500 * EPS ** (2 / 3)  # ... at eps**(2/3), times a third derivative of some hundreds


def float_leaves(tree: Any) -> list[Any]:
    """The floating leaves of a result."""
    return [np.asarray(leaf) for leaf in flatten(tree)[0] if np.asarray(leaf).dtype.kind == "f"]


def is_smooth_case(f: Any) -> bool:
    """Whether a case has float arguments, none of them on a tie or outside the domain."""
    names = set(signature(f).parameters)
    return not names & {"tie", "holes"} and any(np.asarray(DATA[n]).dtype.kind == "f" for n in names)


@pytest.mark.parametrize(
    "f",
    [
        case
        for case in [*cases(FUNCTION_CASES), *cases(METHOD_CASES), *cases({"code": CODE_CASES})]
        if is_smooth_case(*case.values)
    ],
)
def test_traced_code_has_the_slopes_of_the_code_itself(f):
    args = arguments(f)
    e = trace(f, *args)
    local = np.random.default_rng(3)
    dots = [local.normal(size=np.shape(a)) if np.asarray(a).dtype.kind == "f" else None for a in args]

    def moved(step):
        return float_leaves(f(*[a if d is None else a + step * d for a, d in zip(args, dots, strict=True)]))

    slopes = [(ahead - behind) / (2 * STEP) for ahead, behind in zip(moved(STEP), moved(-STEP), strict=True)]
    free = [k for k, d in enumerate(dots) if d is not None]

    def g(*free_args):
        left = iter(free_args)
        y = e(*[next(left) if k in free else a for k, a in enumerate(args)])
        return [leaf for leaf in flatten(y)[0] if getattr(leaf, "dtype", np.dtype(float)).kind == "f"]

    primals, tangents = tuple(args[k] for k in free), tuple(dots[k] for k in free)
    _, pushed = autodiff.jvp(g, primals, tangents)
    for a, b in zip(pushed, slopes, strict=True):
        assert np.all(np.abs(a - b) <= NUMERIC_TOL * np.maximum(1, np.abs(a) + np.abs(b)))
    _, pullback = autodiff.vjp(g, *primals)
    y_bars = [local.normal(size=np.shape(a))[()] for a in pushed]
    x_bars = pullback(y_bars)
    forward = sum(np.sum(a * b) for a, b in zip(y_bars, pushed, strict=True))
    reverse = sum(np.sum(a * b) for a, b in zip(x_bars, tangents, strict=True))
    assert abs(forward - reverse) <= 1e-12 * max(1, abs(forward) + abs(reverse))


# -- laws -------------------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(case=random_programs())
def test_random_programs_trace_to_themselves(case):
    program, args = case
    agrees(program, list(args))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_basic_index_picks_what_numpy_picks(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    x = np.arange(float(np.prod(shape))).reshape(shape)
    e = trace(lambda x: x[index], x)
    np.testing.assert_array_equal(e(x), x[index])


@pytest.mark.parametrize("length", [0, 1, 3])
@pytest.mark.parametrize("start", [None, -9, -1, 0, 2, 9])
@pytest.mark.parametrize("stop", [None, -9, -1, 0, 2, 9])
@pytest.mark.parametrize("step", [-2, -1, 1, 2])
def test_slices_from_and_to_outside_pick_what_numpy_picks(length, start, stop, step):
    x = np.arange(float(length))
    e = trace(lambda x: x[start:stop:step], x)
    np.testing.assert_array_equal(e(x), x[start:stop:step])


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_mixed_index_picks_what_numpy_picks(data):
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=3))
    picked = data.draw(hnp.array_shapes(min_dims=1, max_dims=2, max_side=3))
    index = []
    for n in shape:
        positions = hnp.arrays(
            np.int64, data.draw(st.sampled_from([picked, (1,), ()])), elements=st.integers(-n, n - 1)
        )
        index.append(data.draw(st.one_of(positions, st.integers(-n, n - 1), st.slices(n), st.just(slice(None)))))
    for _ in range(data.draw(st.integers(0, 2))):
        index.insert(data.draw(st.integers(0, len(index))), None)
    x = np.arange(float(np.prod(shape))).reshape(shape)
    e = trace(lambda x: x[tuple(index)], x)
    np.testing.assert_array_equal(e(x), x[tuple(index)])


@settings(max_examples=100, deadline=None)
@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3), seed=st.integers(0, 2**32 - 1))
def test_any_shapes_that_broadcast_in_numpy_broadcast_here(shapes, seed):
    args = [np.random.default_rng(seed).normal(size=s)[()] for s in shapes.input_shapes]
    e = trace(lambda x, y, z: np.where(x > y, x * y, z) + np.maximum(z, x), *args)
    x, y, z = args
    np.testing.assert_array_equal(e(*args), np.where(x > y, x * y, z) + np.maximum(z, x))
    assert e.nodes[e.outputs[0]].shape == shapes.result_shape


@settings(max_examples=60, deadline=None)
@given(shape=hnp.array_shapes(max_dims=4, max_side=3), data=st.data())
def test_any_axes_reduce_as_in_numpy(shape, data):
    n = len(shape)
    axes = data.draw(st.one_of(st.none(), st.lists(st.integers(-n, n - 1), unique_by=lambda a: a % n).map(tuple)))
    keepdims = data.draw(st.booleans())
    x = np.random.default_rng(0).normal(size=shape)
    for f in (np.sum, np.prod, np.max, np.min, np.mean, np.var):
        agrees(lambda x, f=f: f(x, axis=axes, keepdims=keepdims), [x])


# -- refusals: by name, with the user's line ---------------------------------------------------------------------------


def assign(x: Any) -> Any:
    """Item assignment."""
    x[0] = 1.0
    return x


def chained(x: Any) -> Any:
    """A condition in Python's own chain."""
    return x if 0 < x < 1 else -x


HERE = r"\(test_surface.py, line \d+\)"
BRANCH = r"use np.where or expression.cond, or trace_at\(f, \*args\) to record the branch taken at one point"
REFUSALS = [
    (lambda v: np.fft.fft(v), UnsupportedOperation, rf"^np.fft.fft has no derivative rule here {HERE}; add one with @operation"),
    (lambda v: np.linalg.eigh(np.outer(v, v)), UnsupportedOperation, rf"^np.linalg.eigh has no derivative rule here {HERE}"),
    (lambda v: np.unique(v), UnsupportedOperation, rf"^np.unique has no derivative rule here {HERE}"),
    (lambda v: np.nonzero(v), UnsupportedOperation, rf"^np.nonzero has no derivative rule here {HERE}"),
    (lambda v: np.spacing(v), UnsupportedOperation, rf"^np.spacing has no derivative rule here {HERE}"),
    (lambda v: np.hypot.reduce(v), UnsupportedOperation, rf"^np.hypot.reduce has no derivative rule here {HERE}"),
    (lambda v: np.add.at(v, 0, 1.0), UnsupportedOperation, rf"^np.add.at has no derivative rule here {HERE}"),
    (lambda v: np.add(v, 1.0, out=np.zeros(4)), UnsupportedOperation, rf"^np.add with out= has no derivative rule here {HERE}"),
    (lambda v: np.add(v, 1.0, where=MASK), UnsupportedOperation, r"^np.add with where= .*; write it as a function of its inputs"),
    (lambda v: np.exp(v, dtype=np.float32), UnsupportedOperation, r"^np.exp with dtype= "),
    (lambda v: np.sum(v, out=np.zeros(())), UnsupportedOperation, rf"^np.sum with out= is not supported {HERE}; leave out= out$"),
    (lambda v: np.max(v, where=MASK), UnsupportedOperation, rf"^np.max with where= is not supported {HERE}"),
    (lambda v: np.stack([v, v], dtype=np.float32), UnsupportedOperation, r"^np.stack with dtype= is not supported"),
    (lambda v: np.sum(v, dtype=np.float32), UnsupportedOperation, rf"^astype\(float32\) of float64 has no derivative rule here {HERE}; keep one dtype"),
    (lambda v: np.pad(v, 1, mode="linear_ramp"), UnsupportedOperation, r"^np.pad with mode= is not supported"),
    (lambda v: np.linalg.norm(np.outer(v, v), 2), UnsupportedOperation, rf"^np.linalg.norm of a matrix with ord=2 has no derivative rule here {HERE}; use ord='fro', 1 or np.inf$"),
    (lambda v: np.correlate(v[:2], v), UnsupportedOperation, r"^np.correlate with a longer second sequence"),
    (lambda v: np.full(4, v[0]), ControlFlowError, r"^np.array\(\) or np.asarray\(\) asks"),
    (lambda v: v.astype(int), UnsupportedOperation, rf"^astype\(int64\) of float64 has no derivative rule here {HERE}"),
    (lambda v: v[v > 0], UnsupportedOperation, rf"^x\[mask\] has a shape that depends on values {HERE}; use np.where\(mask, x, 0.0\)$"),
    (lambda v: v[True], UnsupportedOperation, rf"^x\[True\] is not supported {HERE}; use x\[None\]$"),
    (lambda v: np.where(v > 0), UnsupportedOperation, rf"^np.where\(condition\) alone has a shape that depends on values {HERE}; give it both branches$"),
    (lambda i: i & 1, UnsupportedOperation, rf"^bits of int64 cannot be combined here {HERE}; compare first, as in \(x > 0\) & \(x < 1\)$"),
    (lambda v: "text", UnsupportedOperation, r"^the function returned str; return an array, or a pytree of them$"),
    (assign, UnsupportedOperation, rf"^item assignment changes an array in place {HERE}; build a new one with np.where, np.concatenate or np.stack$"),
    (lambda v: v.sort(), UnsupportedOperation, rf"^x.sort\(\) changes an array in place {HERE}; np.sort\(x\) gives a new one$"),
    (lambda v: v.fill(0.0), UnsupportedOperation, rf"^x.fill\(\) changes an array in place {HERE}; np.full_like"),
    (chained, ControlFlowError, rf"^`if`, `while`, `and`, `or` or bool\(\) asks for the value of an abstract array {HERE}; {BRANCH}$"),
    (lambda x: x if x > 0 else -x, ControlFlowError, BRANCH),
    (lambda x: x and 1.0, ControlFlowError, BRANCH),
    (lambda x: max(x, 0.0), ControlFlowError, BRANCH),
    (lambda x: [k for k in range(x)], ControlFlowError, r"^an index or range\(\) asks for the value"),
    (lambda x: float(x), ControlFlowError, rf"^float\(\) or math\.\* asks for the value of an abstract array {HERE}; use the np. function instead of math."),
    (lambda x: math.sin(x), ControlFlowError, r"use the np. function instead of math."),
    (lambda x: int(x), ControlFlowError, r"^int\(\) asks"),
    (lambda x: complex(x), ControlFlowError, r"^complex\(\) asks"),
    (lambda x: x.item(), ControlFlowError, r"^\.item\(\) asks"),
    (lambda v: v.tolist(), ControlFlowError, r"^\.tolist\(\) asks"),
    (lambda v: np.asarray(v), ControlFlowError, rf"^np.array\(\) or np.asarray\(\) asks for the value of an abstract array {HERE}; np.stack"),
    (lambda v: np.array([v[0], v[1]]), ControlFlowError, r"asks for the value of an abstract array"),
    (lambda v: 1.0 in v, ControlFlowError, r"^`in` asks"),
    (lambda v: v + np.ones(3), ExpressionError, rf"^add: shapes \(4,\) and \(3,\) do not broadcast; .* {HERE}$"),
    (lambda m: m @ m, ExpressionError, rf"^matmul: shapes \(3, 4\) and \(3, 4\) do not match: 4 columns meet 3 rows {HERE}$"),
    (lambda m: np.linalg.inv(m), ExpressionError, rf"^inv: needs a square matrix, got shape \(3, 4\) {HERE}$"),
    (lambda m: np.reshape(m, (5, 2)), ExpressionError, rf"^reshape: cannot reshape \(3, 4\) into \(5, 2\) {HERE}$"),
    (lambda m: np.sum(m, axis=2), ExpressionError, rf"^axis 2 is out of bounds for array of dimension 2 {HERE}$"),
    (lambda m: np.einsum("ij,j->i", m, np.ones(3)), ExpressionError, r"^einsum: einsum index 'j' is 4 and 3 long"),
    (lambda m: np.concatenate([m, np.ones((3, 2))]), ExpressionError, r"^concatenate: shapes \(3, 4\) and \(3, 2\) differ off axis 0"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "error", "text"), REFUSALS)
def test_what_cannot_be_traced_is_refused_by_name_and_line(f, error, text):
    with pytest.raises(error, match=text):
        trace(f, *arguments(f))


INDEX_ERRORS = [
    (lambda m: m[3], "index 3 is out of bounds for axis 0 of length 3"),
    (lambda m: m[0, 0, 0], "too many indices: 3 for an array of 2 axes"),
    (lambda m: m[[0, 5]], "an index is out of bounds for axis 0 of length 3"),
    (lambda m: m[MASK], r"a mask of shape \(4,\) cannot index axes of shape \(3,\)"),
    (lambda m: m[1.0], "an index is an int, a slice, None or an array of ints, not float"),
    (lambda m: m[..., ...], "an index has one ellipsis at most"),
]


@pytest.mark.parametrize(("f", "text"), INDEX_ERRORS)
def test_an_index_that_numpy_refuses_is_refused(f, text):
    m = DATA["m"]
    with pytest.raises(IndexError):
        f(m)
    with pytest.raises(IndexError, match=text):
        trace(f, m)


@pytest.mark.parametrize(
    "f",
    [
        lambda m: np.squeeze(m, axis=0),
        lambda m: np.transpose(m, (0, 0)),
        lambda m: np.split(m, 2),
        lambda m: np.sum(m, axis=(0, 0)),
        lambda m: np.diag(m[None]),
        lambda m: np.linalg.norm(m[None], 1),
        lambda m: np.take_along_axis(m, np.array([1]), 1),
        lambda m: np.cross(m, m),
    ],
)
def test_a_call_that_numpy_refuses_is_refused(f):
    for run in (f, lambda m: trace(f, m)):
        with pytest.raises(ValueError):
            run(DATA["m"])


def test_a_branch_on_a_value_is_recorded_at_a_point():
    def newton(a):
        x = a
        while abs(x * x - a) > 1e-12:
            x = (x + a / x) / 2
        return x if x > 1 else -x

    e = trace_at(newton, 2.0)
    assert e(2.0) == newton(2.0)
    assert e.nodes[e.outputs[0]].operation is TABLE["div"]


def test_a_scalar_array_counts_as_a_condition_only_at_a_point():
    with pytest.raises(ControlFlowError):
        trace(lambda v: v if np.all(v > 0) else -v, DATA["v"])
    e = trace_at(lambda v: v if np.all(v > 0) else -v, DATA["v"])
    np.testing.assert_array_equal(e(-DATA["v"]), -DATA["v"])


def test_object_arrays_may_hold_tracers():
    holder = np.empty(2, dtype=object)

    def f(x, y):
        holder[:] = [x, y]
        return holder.sum() * holder[0]

    assert trace(f, 2.0, 3.0)(2.0, 3.0) == 10.0


def test_an_argument_that_is_no_number_is_refused_by_name():
    with pytest.raises(ArgumentError, match=r"^x: holds str of dtype <U4; pass a float array$"):
        trace(lambda x: x, "text")

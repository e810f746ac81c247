"""Jacobians and Hessians by one batched reverse sweep, against a loop of pullbacks and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings

import autodiff.jacobians
from autodiff import detect_anomaly, grad, hessian, hvp, jacobian, jvp, vjp
from autodiff.api import run
from autodiff.jacobians import reach
from autodiff.tape import Tape
from expression import AnomalyError, trace
from expression.batched import Batched
from expression.corpus import case
from expression.structure import flatten, point
from expression.vectorization import vmap
from tests.strategies import random_programs

# The same derivative in another order of summation: a hundred roundings of values that are at most a few hundred.
TOL = 1e-11


def close(a, b, tolerance=TOL):
    """Compare two pytrees of floats, nan with nan."""
    (a, one), (b, other) = flatten(a), flatten(b)
    assert one == other
    for x, y in zip(a, b, strict=True):
        x, y = np.asarray(x), np.asarray(y)
        assert (x.shape, x.dtype) == (y.shape, y.dtype)
        assert np.array_equal(np.isnan(x), np.isnan(y))
        with np.errstate(all="ignore"):
            assert not np.any(np.abs(x - y) > tolerance * np.maximum(1, np.abs(x) + np.abs(y)))


def by_pullbacks(f, *args):
    """The oracle: a pullback for each entry of one output, for every argument."""
    y, pullback = vjp(f, *args)
    rows = []
    for place in np.ndindex(np.shape(y)):
        seed = np.zeros(np.shape(y))
        seed[place] = 1.0
        rows.append(pullback(seed if np.shape(y) else 1.0))
    return tuple(
        np.reshape(np.stack(r), np.shape(y) + np.shape(x)) for r, x in zip(zip(*rows, strict=True), args, strict=True)
    )


@pytest.fixture
def sweeps(monkeypatch):
    """How many rows each reverse sweep had, None for a sweep of one row alone."""
    seen = []
    plain = Tape.sweep

    def counted(self, seeds, *rest):
        seen.extend(len(seed.value) if isinstance(seed, Batched) else None for seed in seeds.values())
        return plain(self, seeds, *rest)

    monkeypatch.setattr(Tape, "sweep", counted)
    return seen


# -- against the loop --------------------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(random_programs())
def test_random_programs(drawn):
    f, args = drawn
    every = tuple(range(len(args)))
    found = jacobian(f, every)(*args)
    expected = by_pullbacks(f, *args)
    close(tuple(map(np.asarray, found)), expected)
    close(tuple(map(np.asarray, trace(jacobian(f, every), *args)(*args))), expected)


def test_a_matrix_of_300_by_300_is_one_sweep(sweeps):
    rng = np.random.default_rng(0)
    W, x = rng.normal(size=(300, 300)) / 17, rng.normal(size=300)
    found = jacobian(lambda x: np.tanh(W @ x))(x)
    close(found, (1 - np.tanh(W @ x) ** 2)[:, None] * W)
    assert sweeps == [300]


def test_the_rows_go_in_blocks_where_memory_is_short(sweeps, monkeypatch):
    x = np.linspace(0.1, 1.0, 10)
    whole = jacobian(lambda x: np.cumsum(np.sin(x)))(x)
    monkeypatch.setattr(autodiff.jacobians, "BLOCK", 8 * 20 * 4)  # an adjoint of 10 entries, and the one it goes to
    close(jacobian(lambda x: np.cumsum(np.sin(x)))(x), whole)
    close(whole, np.tri(10) * np.cos(x))
    monkeypatch.setattr(autodiff.jacobians, "BLOCK", 0)
    close(jacobian(lambda x: np.cumsum(np.sin(x)))(x), whole)
    assert sweeps == [10, 4, 4, 2, *[None] * 10]


def test_the_memory_of_all_points_counts(sweeps, monkeypatch):
    X = np.linspace(0.1, 1.0, 20).reshape(2, 10)
    monkeypatch.setattr(autodiff.jacobians, "BLOCK", 8 * 20 * 4)
    close(vmap(jacobian(lambda x: np.cumsum(np.sin(x))))(X), np.tri(10) * np.cos(X)[:, None])
    assert sweeps == [2] * 5  # half as many rows as at one point
    sweeps.clear()
    x = X[0]
    close(jacobian(jacobian(np.sin))(x)[0, 0], -np.sin(x) * np.eye(10)[0])
    assert sweeps == [4, 4, 2, *[None] * 100]


def test_the_hessian_of_softmax_regression_on_the_digits(sweeps):
    pytest.importorskip("sklearn", reason="the digits come with scikit-learn (extra `test` or `course`)")
    from expression.corpus import digits_data

    f, (params,) = case("digits").at()
    rng = np.random.default_rng(1)
    params = {"W": 0.1 * rng.normal(size=(64, 10)), "b": 0.1 * rng.normal(size=10)}
    H = hessian(f)(params)
    assert [rows for rows in sweeps if rows is not None and rows < 10] == [] and len(sweeps) < 100  # rows go together
    X, _ = digits_data()
    scores = X @ params["W"] + params["b"]
    p = np.exp(scores - scores.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    # d2/ds_a ds_b of the cross-entropy is p_a (a = b) - p_a p_b (Bishop, eq. 4.110), and s = x W + b
    S = (p[:, :, None] * np.eye(10) - p[:, :, None] * p[:, None, :]) / len(X)
    close(H["b"]["b"], S.sum(0))
    close(H["W"]["b"], np.einsum("ni,nab->iab", X, S))
    close(
        H["W"]["W"],
        np.reshape(X.T @ np.reshape(S[:, :, None, :] * X[:, None, :, None], (len(X), -1)), (64, 10, 64, 10)),
    )
    close(H["b"]["W"], np.moveaxis(H["W"]["b"], (0, 1, 2), (1, 2, 0)))


# -- structures and dtypes ---------------------------------------------------------------------------------------------


def test_pytrees_outside_and_inside(sweeps):
    def f(p, s):
        return {"outer": np.outer(p["a"], p["b"][0]) * s, "sum": np.sum(p["a"]) * s, "apart": np.arange(2.0)}

    a, b, s = np.array([1.0, 2.0]), np.array([3.0, 5.0, 7.0]), 2.0
    J = jacobian(f, (0, 1))({"a": a, "b": (b,)}, s)
    close(J["outer"][0]["a"], s * np.einsum("ik,j->ijk", np.eye(2), b))
    close(J["outer"][0]["b"][0], s * np.einsum("i,jk->ijk", a, np.eye(3)))
    close(J["outer"][1], np.outer(a, b))
    close(J["sum"], ({"a": np.array([2.0, 2.0]), "b": (np.zeros(3),)}, 3.0))
    close(J["apart"], ({"a": np.zeros((2, 2)), "b": (np.zeros((2, 3)),)}, np.zeros(2)))
    assert sweeps == [6, None]  # a sweep for each output that depends on the arguments
    assert type(J["sum"][1]) is float


def test_numbers_of_python():
    found = jacobian(lambda x: [x * x, x, 2.0, {"y": np.stack([x, 3.0 * x])}])(3.0)
    close(found, [6.0, 1.0, 0.0, {"y": np.array([1.0, 3.0])}])
    assert [type(y) for y in found[:3]] == [float] * 3
    close(jacobian(lambda x, y: x / y, (0, 1))(3.0, 2.0), (0.5, -0.75))
    close(jacobian(lambda x: np.stack([x**3, 1.0 / x, x - 1.0, -x]))(2.0), np.array([12.0, -0.25, 1.0, -1.0]))


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3)])
def test_empty_arrays(shape):
    x = np.zeros(shape)
    assert jacobian(lambda x: 2.0 * x)(x).shape == shape * 2
    assert jacobian(lambda x: np.append(x.reshape(-1), [1.0, 2.0]))(x).shape == (2, *shape)
    assert jacobian(lambda x: np.zeros(0) * np.sum(x))(np.ones(2)).shape == (0, 2)
    assert hessian(lambda x: np.sum(x**3))(x).shape == shape * 2


def test_float32_stays():
    x = np.array([0.5, 2.0], np.float32)
    for found in (
        jacobian(lambda x: np.sin(x) * 2.0)(x),
        jacobian(lambda x: x[::-1])(x),
        hessian(lambda x: np.sum(x**3))(x),
    ):
        assert found.dtype == np.float32
    mixed = jacobian(lambda x, y: x * y, (0, 1))(x, np.array([1.0, 2.0]))
    assert [J.dtype for J in mixed] == [np.float32, np.float64]
    close(mixed[1], np.diag(x.astype(float)))


def test_what_depends_on_nothing_or_on_all():
    x = np.array([1.0, 2.0])
    close(jacobian(lambda x: x)(x), np.eye(2))
    close(jacobian(lambda x: np.ones(3))(x), np.zeros((3, 2)))
    close(jacobian(lambda x: np.floor(x))(x), np.zeros((2, 2)))
    close(jacobian(lambda x: np.broadcast_to(x, (2, 2)))(x), np.stack([np.eye(2)] * 2))
    close(jacobian(lambda x: np.sum(x) + np.zeros((2, 3)))(x), np.ones((2, 3, 2)))
    close(jacobian(lambda x: np.stack([x[0], x[0] * x[1]]))(x), np.array([[1.0, 0.0], [2.0, 1.0]]))


def test_results_are_in_memory_of_their_own():
    x = np.ones(3)
    for f in (lambda x: x, lambda x: np.sum(x) + np.zeros(2), lambda x: np.ones(2)):
        first, second = jacobian(f)(x), jacobian(f)(x)
        assert first.flags.writeable and first.flags.c_contiguous and not np.shares_memory(first, second)
        first += 1.0
        assert not np.array_equal(first, second)


def test_a_branch_not_taken_is_0_in_every_row():
    x = np.array([-1.0, 0.0, 4.0])
    close(jacobian(lambda x: np.where(x > 0, np.sqrt(x), 0.0))(x), np.diag([0.0, 0.0, 0.25]))
    close(jacobian(lambda x: np.where(x > 0, np.log(x), x))(x), np.diag([1.0, 1.0, 0.25]))
    close(jacobian(lambda x: np.where(x > 0, x, np.cumsum(1 / x))[:1])(x), np.array([[-1.0, 0.0, 0.0]]))


def test_an_output_at_an_infinite_partial_does_not_touch_the_other():
    found = jacobian(lambda x: (np.sqrt(x), x * 2.0))(np.array([0.0, 4.0]))
    assert found[0][0, 0] == np.inf
    close(found[1], 2 * np.eye(2))


# -- nested ------------------------------------------------------------------------------------------------------------

x0 = np.array([0.4, -0.7, 1.1])


def cubic(x):
    return np.stack([x[0] ** 3, x[1] * x[2] ** 2, np.sum(x) ** 3])


def cubic_second(x):
    """d2 cubic_i / dx_j dx_k."""
    H = np.zeros((3, 3, 3))
    H[0, 0, 0] = 6 * x[0]
    H[1, 1, 2] = H[1, 2, 1] = 2 * x[2]
    H[1, 2, 2] = 2 * x[1]
    H[2] = 6 * x.sum()
    return H


def test_jacobians_of_jacobians(sweeps):
    close(jacobian(jacobian(cubic))(x0), cubic_second(x0))
    assert sweeps == [3, 9]  # the inner sweep, recorded, and the one over it
    third = jacobian(jacobian(jacobian(cubic)))(x0)
    assert third[0, 0, 0, 0] == 6.0 and third[1, 1, 2, 2] == 2.0
    close(third[2], np.full((3, 3, 3), 6.0))


def test_inside_of_every_other_derivative():
    def total(x):
        return np.sum(jacobian(cubic)(x) * np.arange(9.0).reshape(3, 3))

    expected = np.einsum("ij,ijk->k", np.arange(9.0).reshape(3, 3), cubic_second(x0))
    close(grad(total)(x0), expected)
    close(jvp(total, (x0,), (np.ones(3),))[1], float(expected.sum()))
    close(vjp(jacobian(cubic), x0)[1](np.arange(9.0).reshape(3, 3))[0], expected)
    close(trace(grad(total), x0)(x0), expected)
    close(vmap(jacobian(jacobian(cubic)))(np.stack([x0, 2 * x0])), np.stack([cubic_second(x0), cubic_second(2 * x0)]))
    close(jacobian(lambda s: jacobian(lambda x: s * cubic(x))(x0))(2.0), jacobian(cubic)(x0))


def test_a_closure_over_the_outer_variable():
    close(jacobian(lambda x: x * jacobian(lambda y: x * y)(x).sum(0))(x0), np.diag(2 * x0))


def test_hessian_products():
    def f(x):
        return np.exp(np.sum(np.sin(x))) + x[0] * x[1] ** 2

    H = hessian(f)(x0)
    for e in np.eye(3):
        close(hvp(f, (x0,), (e,)), H @ e)
    value = np.exp(np.sum(np.sin(x0)))
    by_hand = value * (np.outer(np.cos(x0), np.cos(x0)) - np.diag(np.sin(x0)))
    by_hand[:2, :2] += [[0.0, 2 * x0[1]], [2 * x0[1], 2 * x0[0]]]
    close(H, by_hand)


# -- what a sweep holds ------------------------------------------------------------------------------------------------


def test_the_adjoints_that_are_alive_at_once():
    def most(f, *args):
        ran = run(f, point(f, args, tuple(range(len(args)))))
        return reach(ran.tape, ran.outputs[0].position).held

    x = np.ones(5)
    assert most(lambda x: x + 0.0, x) == 10  # y's and x's
    assert most(lambda x: np.sin(np.sin(np.sin(np.sin(x)))), x) == 10  # of a chain never more than two
    assert most(lambda x: np.sum(np.sin(x)) * 2.0, x) == 10
    assert most(lambda x: np.sin(x) + np.cos(x), x) == 15  # the sum's and both, then x's in place of the sum's
    assert most(lambda x, y: x * y, x, 2.0) == 11
    assert most(lambda x: x * 2.0 * 3.0, 1.0) == 2


def test_a_program_of_python_floats_goes_row_by_row_while_these_are_few(sweeps):
    def f(x, y, rows):
        for _ in range(20):
            x, y = 0.9 * x + 0.1 * y, 0.8 * y - 0.1 * x * x
        return np.stack([x, y, *[k * x for k in range(2, rows)]])

    for rows, expected in ((2, [None] * 2), (100, [100])):
        sweeps.clear()
        found = jacobian(lambda x, y, rows=rows: f(x, y, rows), (0, 1))(0.5, 0.3)
        assert sweeps == expected
        close(found, by_pullbacks(lambda x, y, rows=rows: f(x, y, rows), 0.5, 0.3))
    sweeps.clear()
    trace(jacobian(lambda x: f(x, 0.3, 2)), 0.5)
    assert sweeps == [2]  # a program for each row is not written down


def test_an_anomaly_is_found_in_a_batched_sweep():
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"sqrt \(test_jacobians.py, line \d+\): its partial at"):
        jacobian(lambda x: np.sqrt(x) * 2.0)(np.array([0.0, 1.0]))

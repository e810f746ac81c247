"""vmap and derivatives, one inside of the other; users' rules, which stay their own in a batch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff import (
    checkpoint,
    checkpointed_loop,
    derive,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    stop_gradient,
    straight_through,
    tensor,
    value_and_grad,
    vjp,
)
from expression import ArgumentError, ControlFlowError, trace
from expression.corpus import CASES
from expression.operations.custom import operation
from expression.structure import flatten, tree_map
from expression.vectorization import vmap
from tests.strategies import random_programs, seeds

# The same derivative in another order of summation: a hundred roundings of values that are at most a few hundred.
TOL = 1e-11
SIZE = 3


def close(a, b, tolerance=TOL):
    """Compare two pytrees of floats, nan with nan."""
    (a, one), (b, other) = flatten(a), flatten(b)
    assert one == other
    for x, y in zip(a, b, strict=True):
        x, y = np.asarray(x), np.asarray(y)
        assert x.shape == y.shape
        assert np.array_equal(np.isnan(x), np.isnan(y))
        with np.errstate(all="ignore"):
            assert not np.any(np.abs(x - y) > tolerance * np.maximum(1, np.abs(x) + np.abs(y)))


def stacked(trees):
    """Pytrees, one a point, as one pytree with the batch axis in front."""
    return tree_map(lambda *leaves: np.stack([np.asarray(x) for x in leaves]), *trees)


def all_of(f):
    """The gradient with respect to every argument."""
    return lambda *args: grad(f, tuple(range(len(args))))(*args)


# -- one gradient for each sample --------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_per_sample_gradients_of_the_corpus(case):
    f = case.at()[0]
    rng = np.random.default_rng(9)
    points = [case.sample(rng) for _ in range(SIZE)]
    with np.errstate(all="ignore"):
        close(vmap(all_of(f))(*stacked(points)), stacked([all_of(f)(*p) for p in points]))


@settings(max_examples=60)
@given(random_programs(scalar=True, steps=6), st.data(), seeds)
def test_gradients_of_random_programs_either_way_round(drawn, data, seed):
    f, args = drawn
    rng = np.random.default_rng(seed)
    flags = data.draw(st.lists(st.booleans(), min_size=len(args), max_size=len(args)).filter(any))
    batch = [x * rng.uniform(0.9, 1.1, (SIZE, *np.shape(x))) if b else x for x, b in zip(args, flags, strict=True)]
    axes = tuple(0 if b else None for b in flags)
    points = [[x[k] if b else x for x, b in zip(batch, flags, strict=True)] for k in range(SIZE)]
    each = stacked([all_of(f)(*p) for p in points])
    close(vmap(all_of(f), axes)(*batch), each)
    total = all_of(lambda *args: np.sum(vmap(f, axes)(*args)))(*batch)
    close(total, tuple(x if b else x.sum(0) for x, b in zip(each, flags, strict=True)))
    close(trace(vmap(all_of(f), axes), *batch)(*batch), each)
    close(
        derive(trace(lambda *args: np.sum(vmap(f, axes)(*args)), *batch))(*batch), total if len(total) > 1 else total[0]
    )


@settings(max_examples=30)
@given(random_programs(scalar=True, steps=4, inputs=1), seeds)
def test_second_derivatives_of_random_programs_in_a_batch(drawn, seed):
    f, (x,) = drawn
    X = x * np.random.default_rng(seed).uniform(0.9, 1.1, (SIZE, *np.shape(x)))
    V = np.cos(X)
    close(vmap(hessian(f))(X), stacked([hessian(f)(x) for x in X]))
    close(vmap(lambda x, v: hvp(f, (x,), (v,)))(X, V), stacked([hvp(f, (x,), (v,)) for x, v in zip(X, V, strict=True)]))


# Every way to take one derivative of a function of one vector that gives one vector, as a matrix.
def by_jacobian(f):
    return jacobian(f)


def by_pullbacks(f):
    def rows(x):
        _, pullback = vjp(f, x)
        return vmap(lambda y_bar: pullback(y_bar)[0])(np.eye(3))

    return rows


def by_pushes(f):
    return lambda x: vmap(lambda x_dot: jvp(f, (x,), (x_dot,))[1], out_axes=1)(np.eye(3))


def by_gradients(f):
    return lambda x: np.stack([grad(lambda x, k=k: f(x)[k])(x) for k in range(3)])


WAYS = (by_jacobian, by_pullbacks, by_pushes, by_gradients)
W = np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 0.7], [1.1, 0.2, -0.4]])


def layer(x):
    return np.tanh(W @ x) * x[0]


def layer_jacobian(x):
    """d/dx_j of tanh(W x)_i x_0."""
    t = np.tanh(W @ x)
    return (1 - t * t)[:, None] * W * x[0] + np.outer(t, [1.0, 0.0, 0.0])


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_way_alone_in_a_batch_recorded_and_differentiated(way):
    X = np.random.default_rng(2).normal(size=(4, 3))
    close(way(layer)(X[0]), layer_jacobian(X[0]))
    close(vmap(way(layer))(X), stacked([layer_jacobian(x) for x in X]))
    close(trace(way(layer), X[0])(X[1]), layer_jacobian(X[1]))
    close(trace(vmap(way(layer)), X)(X), stacked([layer_jacobian(x) for x in X]))
    entry = grad(lambda x: way(layer)(x)[1, 2])(X[0])
    close(entry, grad(lambda x: (1 - np.tanh(W @ x)[1] ** 2) * W[1, 2] * x[0])(X[0]))


@pytest.mark.parametrize("inner", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("outer", WAYS, ids=lambda way: way.__name__)
def test_a_derivative_of_a_map_of_a_derivative(outer, inner):
    x = np.array([0.4, -0.3, 0.8])

    def sums(x):  # column sums of the Jacobians at x and at 2 x
        return np.sum(vmap(inner(layer))(np.stack([x, 2.0 * x])), axis=(0, 1))

    def by_hand(x):
        return (layer_jacobian(x) + layer_jacobian(2.0 * x)).sum(0)

    numeric = np.stack([(by_hand(x + 1e-20j * e) / 1e-20).imag for e in np.eye(3)], axis=1)  # the complex step
    close(outer(sums)(x), numeric)


def test_no_perturbation_is_taken_for_another():
    # d/dx [x d/dy (x + y)] = 1, at every point (Siskind and Pearlmutter, 2005)
    x = np.array([1.0, 2.0, 3.0])
    close(vmap(grad(lambda x: x * grad(lambda y: x + y)(1.0)))(x), np.ones(3))
    close(vmap(grad(lambda x: x * vmap(grad(lambda y: x * y))(np.ones(2))[0]))(x), 2 * x)
    close(grad(lambda x: np.sum(x * vmap(grad(lambda y: y * np.sum(x)))(x)))(x), np.full(3, 2 * 6.0))


def test_value_and_gradient_of_pytrees():
    params = {"W": W, "b": np.ones(3)}
    X, Y = np.random.default_rng(3).normal(size=(2, 5, 3))

    def loss(p, x, y):
        return np.sum((np.tanh(p["W"] @ x + p["b"]) - y) ** 2)

    values, gradients = vmap(value_and_grad(loss), (None, 0, 0))(params, X, Y)
    assert values.shape == (5,) and gradients["W"].shape == (5, 3, 3)
    close(gradients, stacked([grad(loss)(params, x, y) for x, y in zip(X, Y, strict=True)]))
    whole = grad(lambda p: np.mean(vmap(loss, (None, 0, 0))(p, X, Y)))(params)
    close(whole, tree_map(lambda g: g.mean(0), gradients))


def test_gradients_of_a_least_squares_loss_in_closed_form():
    rng = np.random.default_rng(4)
    X, y, w = rng.normal(size=(5, 3)), rng.normal(size=5), rng.normal(size=3)
    found = vmap(grad(lambda w, x, y: 0.5 * (x @ w - y) ** 2), (None, 0, 0))(w, X, y)
    close(found, (X @ w - y)[:, None] * X)
    close(vmap(hessian(lambda w, x: 0.5 * (x @ w) ** 2), (None, 0))(w, X), X[:, :, None] * X[:, None, :])


def test_a_kink_and_a_branch_not_taken_are_0_in_a_batch():
    x = np.array([-1.0, 0.0, 4.0])
    close(vmap(grad(lambda x: np.where(x > 0, np.sqrt(np.maximum(x, 0.0)), 0.0)))(x), np.array([0.0, 0.0, 0.25]))
    close(vmap(grad(lambda x: np.where(x > 0, np.log(x), x)))(x), np.array([1.0, 1.0, 0.25]))
    close(vmap(grad(np.abs))(x), np.sign(x))


def test_float32_stays():
    X = np.ones((3, 2), np.float32)
    for f in (grad(lambda x: np.sum(np.sin(x) * 2.0)), jacobian(np.sin), hessian(lambda x: np.sum(x**3))):
        assert vmap(f)(X).dtype == np.float32


# -- users' rules ------------------------------------------------------------------------------------------------------
# Each rule is wrong by a factor of 2.001, which no body knows: what comes out of a batch came from the rule.

WRONG = 2.001


@operation(partials=(lambda y, x: WRONG * 2 * x,))
def by_partials(x):
    return x * x


@operation(vjps=(lambda y_bar, y, x: WRONG * 2 * x * y_bar,), jvps=(lambda x_dot, y, x: WRONG * 2 * x * x_dot,))
def by_vjps(x):
    return x * x


@operation(pullback=lambda y_bar, y, x: (WRONG * 2 * x * y_bar,), jvps=(lambda x_dot, y, x: WRONG * 2 * x * x_dot,))
def by_pullback(x):
    return x * x


@operation(
    vjps=(lambda y_bar, y, x: WRONG * 2 * x * y_bar,),
    jvps=(lambda x_dot, y, x: WRONG * 2 * x * x_dot,),
    shape=lambda s: s,
)
def opaque(x):
    return np.array([float(v) ** 2 for v in np.asarray(x)])


@operation(
    outputs=2,
    pullback=lambda bars, y, x: (WRONG * (2 * x * bars[0] + bars[1]),),
    jvps=(lambda x_dot, y, x: (WRONG * 2 * x * x_dot, WRONG * x_dot),),
)
def two_results(x):
    return x * x, 1.0 * x


def first_of_two(x):
    return two_results(x)[0]


USERS = (by_partials, by_vjps, by_pullback, opaque, first_of_two)


@pytest.mark.parametrize("f", USERS, ids=lambda f: getattr(f, "name", None) or f.__name__)
def test_users_rules_are_their_own_in_a_batch(f):
    X = np.arange(1.0, 7.0).reshape(3, 2)
    wrong = WRONG * 2 * X
    close(vmap(grad(lambda x: np.sum(f(x))))(X), wrong)
    close(grad(lambda X: np.sum(vmap(f)(X)))(X), wrong)
    close(jvp(vmap(f), (X,), (np.ones_like(X),))[1], wrong)
    close(vmap(lambda x: jvp(f, (x,), (np.ones(2),))[1])(X), wrong)
    close(vmap(jacobian(f))(X), stacked([np.diag(row) for row in wrong]))
    close(jacobian(f)(X[0]), np.diag(wrong[0]))
    close(derive(trace(lambda X: np.sum(vmap(f)(X)), X))(X), wrong)
    table = vmap(vmap(grad(lambda x: np.sum(f(x)))))(np.stack([X, 2 * X]))
    close(table, np.stack([wrong, 2 * wrong]))
    if f is not opaque:  # whose rules and body would have to be differentiated again
        close(vmap(grad(lambda x: np.sum(grad(lambda x: np.sum(f(x)))(x) ** 2)))(X), 2 * (2 * WRONG) ** 2 * X)


def shared_pull(y_bar, y, x, w):
    return None, np.sum(y_bar * x)


@operation(vjps=(lambda y_bar, y, x, w: y_bar * w, lambda y_bar, y, x, w: np.sum(y_bar * x)), linear="each")
def times(x, w):
    return x * w


@operation(pullback=shared_pull, jvps=(lambda d, y, x, w: 0.0 * x, lambda d, y, x, w: d * x))
def times_detached(x, w):
    return x * w


@pytest.mark.parametrize("axes", [(0, 0), (0, None), (None, 0)])
def test_what_points_share_gets_the_sum_of_their_contributions(axes):
    X, w = np.arange(6.0).reshape(3, 2), np.array([2.0, 3.0, 5.0])
    args = (X if axes[0] == 0 else X[0], w if axes[1] == 0 else 2.0)
    for f, detached in ((times, False), (times_detached, True)):

        def total(x, w, f=f):
            return np.sum(np.sin(vmap(f, axes)(x, w)))

        points = [tuple(v[k] if a == 0 else v for v, a in zip(args, axes, strict=True)) for k in range(3)]
        each = stacked([grad(lambda x, w: np.sum(np.sin(x * w)), (0, 1))(*p) for p in points])
        expected = tuple(v if a == 0 else v.sum(0) for v, a in zip(each, axes, strict=True))
        expected = (np.zeros_like(expected[0]), expected[1]) if detached else expected
        close(grad(total, (0, 1))(*args), expected)


def test_rules_run_once_for_all_points():
    calls = []

    def rule(y_bar, y, x):
        calls.append(np.shape(x))
        return y_bar * 2 * x

    @operation(vjps=(rule,), jvps=(lambda d, y, x: 2 * x * d,))
    def counted(x):
        return x * x

    X = np.ones((4, 3))
    vmap(grad(lambda x: np.sum(counted(x))))(X)
    grad(lambda X: np.sum(vmap(counted)(X)))(X)
    jacobian(counted)(X[0])
    assert calls == [(3,)] * 3


def test_autodiffs_own_operations():
    X = np.array([[0.4, 2.6], [1.2, -0.7]])
    close(vmap(grad(lambda x: np.sum(x * stop_gradient(x))))(X), X)
    close(grad(lambda X: np.sum(vmap(lambda x: x * stop_gradient(x))(X)))(X), X)
    close(vmap(grad(lambda x: np.sum(straight_through(np.rint)(x) ** 2)))(X), 2 * np.rint(X))

    def f(x):
        return np.sum(np.tanh(x) ** 3)

    expected = 3 * np.tanh(X) ** 2 * (1 - np.tanh(X) ** 2)
    close(vmap(grad(checkpoint(f)))(X), expected)
    close(grad(lambda X: np.sum(vmap(checkpoint(f))(X)))(X), expected)
    close(grad(checkpoint(lambda X: np.sum(vmap(f)(X))))(X), expected)
    loop = checkpointed_loop(lambda i, x: np.sin(x) * (i + 1), 4, 2)
    plain = lambda x: np.sin(np.sin(np.sin(np.sin(x)) * 2) * 3) * 4  # noqa: E731
    close(vmap(grad(lambda x: np.sum(loop(x))))(X), grad(lambda X: np.sum(plain(X)))(X))
    close(grad(lambda X: np.sum(vmap(loop)(X)))(X), grad(lambda X: np.sum(plain(X)))(X))


# -- the tape beside it ------------------------------------------------------------------------------------------------


def test_leaves_of_the_tape_may_be_mapped_and_shared():
    w, X = tensor([1.0, 2.0]), tensor(np.arange(6.0).reshape(3, 2))
    loss = np.sum(vmap(lambda w, x: np.sin(w @ x), (None, 0))(w, X))
    loss.backward()
    slope = np.cos(X.value @ w.value)
    close(w.grad, slope @ X.value)
    close(X.grad, np.outer(slope, w.value))


def test_branching_on_a_batched_tensor_is_refused_with_advice():
    message = r"`if`.* one at each of 3 points .*np.where or expression.cond"
    with pytest.raises(ControlFlowError, match=message):
        vmap(grad(lambda x: x if x > 0 else -x))(np.ones(3))


def test_a_tensor_does_not_take_its_batch_along():
    with pytest.raises(ArgumentError, match=r"still on a tape; return its \.value"):
        vmap(lambda x: tensor(x) * 2.0)(np.ones(3))
    close(vmap(lambda x: (tensor(x) * 2.0).value)(np.ones(3)), np.full(3, 2.0))

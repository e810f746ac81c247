"""Derivatives of derivatives: no perturbation is taken for another, whatever stands inside of what."""

import mpmath
import numpy as np
import pytest

from autodiff import GradientTape, derive, grad, hessian, hvp, jacobian, jvp, tensor, value_and_grad, vjp
from expression import trace

EPS = np.finfo(float).eps
CLOSED = 1e-14  # closed forms of a handful of operations: some 10 roundings on either side, at most 40 eps
SIXTH = 1e-12  # the sixth derivative of tanh is a sum of some 100 products that cancel by two digits: 10^4 eps at most


def close(a, b, tolerance=CLOSED):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    assert a.shape == b.shape
    np.testing.assert_array_less(np.abs(a - b), tolerance * np.maximum(1, np.abs(a) + np.abs(b)))


# -- every way to take one derivative of a function of one number ----------------------------------------------------


def by_grad(f):
    return grad(f)


def by_value_and_grad(f):
    return lambda x: value_and_grad(f)(x)[1]


def by_jvp(f):
    return lambda x: jvp(f, (x,), (1.0,))[1]


def by_vjp(f):
    return lambda x: vjp(f, x)[1](1.0)[0]


def by_jacobian(f):
    return jacobian(f)


def by_tape(f):
    def derivative(x):
        with GradientTape() as tape:
            inside = tape.watch(x * 1.0)  # x itself, if it is a leaf, would be watched wherever it is used
            y = f(inside)
        return tape.gradient(y, inside)

    return derivative


WAYS = (by_grad, by_value_and_grad, by_jvp, by_vjp, by_jacobian, by_tape)

# The classic and its relatives: a function of D, and what it is by hand.
#   Siskind and Pearlmutter, "Perturbation confusion and referential transparency" (2005), section 2, is the first.
CONFUSIONS = {
    # d/dx [x d/dy (x + y)] = d/dx x = 1; confused: 2
    "the classic": (lambda D, E: D(lambda x: x * E(lambda y: x + y)(1.0))(1.0), 1.0),
    # d/dx [x d/dy (x y)|2] = d/dx x^2 = 2 x
    "a captured factor": (lambda D, E: D(lambda x: x * E(lambda y: x * y)(2.0))(3.0), 6.0),
    # d/dx [x d/dy (x y^2)|x] = d/dx 2 x^3 = 6 x^2: the outer variable is also where the inner derivative is taken
    "the outer variable is the point": (lambda D, E: D(lambda x: x * E(lambda y: x * y**2)(x))(2.0), 24.0),
    # d/dx d/dy [sin(x) y^2]|x = d/dx 2 x sin x = 2 sin x + 2 x cos x
    "captured and point": (
        lambda D, E: D(lambda x: E(lambda y: np.sin(x) * y * y)(x))(0.7),
        2 * np.sin(0.7) + 1.4 * np.cos(0.7),
    ),
    # d/dx [x d/dy (y d/dz (x y z))] = d/dx [x d/dy (x y^2)|x] = d/dx 2 x^3 = 6 x^2
    "three deep": (lambda D, E: D(lambda x: x * E(lambda y: y * D(lambda z: x * y * z)(1.0))(x))(2.0), 24.0),
    # d/dx [d/dy (x)|1 + x]: the inner function does not read its argument
    "the inner one reads only the outer": (lambda D, E: D(lambda x: E(lambda y: x * 1.0)(1.0) + x)(1.0), 1.0),
    # d/dx [d/dy y^3|2 x] = 12: the inner one knows nothing of the outer
    "the inner one reads nothing of the outer": (lambda D, E: D(lambda x: E(lambda y: y**3)(2.0) * x)(5.0), 12.0),
}


@pytest.mark.parametrize("inner", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("outer", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", CONFUSIONS)
def test_no_perturbation_is_taken_for_another(name, outer, inner):
    program, expected = CONFUSIONS[name]
    found = program(outer, inner)
    assert type(found) is float
    close(found, expected)


def test_a_leaf_that_is_watched_is_watched_wherever_it_is_used():
    with GradientTape() as outer:
        x = outer.watch(2.0)
        with GradientTape() as inner:
            y = inner.watch(x)
            z = x * y**2
        slope = inner.gradient(z, y)
    assert y is x  # so z is x^3
    assert slope.value == 12.0 and outer.gradient(slope, x) == 12.0


@pytest.mark.parametrize("inner", WAYS, ids=lambda way: way.__name__)
def test_backward_goes_through_a_derivative_inside(inner):
    w = tensor(3.0)
    y = w * inner(lambda x: w * x * x)(2.0)  # 4 w^2
    y.backward()
    assert w.grad == 24.0


@pytest.mark.parametrize("inner", WAYS, ids=lambda way: way.__name__)
def test_an_expression_of_a_derivative_is_traced_and_derived_again(inner):
    e = trace(lambda x: x * inner(lambda y: x * y**3)(x), 2.0)  # 3 x^4
    close(e(2.0), 48.0)
    close(derive(e)(2.0), 96.0)
    close(derive(derive(e))(2.0), 144.0)
    confused = trace(by_grad(lambda x: x * inner(lambda y: x + y)(1.0)), 1.0)
    assert confused(1.0) == 1.0


def test_a_tensor_captured_from_outside_is_a_constant_inside():
    w = tensor(3.0)
    g = grad(lambda x: x * w)(2.0)  # is w, and still differentiable
    assert g.value == 3.0
    (g * g).backward()
    assert w.grad == 6.0


def test_arrays_captured_at_two_levels_keep_their_shapes():
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-1, 1, (2, 3)), rng.uniform(-1, 1, 3)

    # d/da sum(s^2), s = d/db sum((a b)^2) = 2 a^T (a b)
    def f(a):
        s = grad(lambda b: np.sum((a @ b) ** 2))(b)
        return np.sum(s * s)

    s = 2 * a.T @ (a @ b)
    # f = 4 |A^T A b|^2; with u = A b, t = A^T u: df = 8 t . (dA^T u + A^T dA b)
    t = a.T @ (a @ b)
    expected = 8 * (np.outer(a @ b, t) + np.outer(a @ t, b))
    close(f(a), s @ s)
    close(grad(f)(a), expected)


# -- higher orders ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [-1.3, 0.0, 0.4, 2.1])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_six_derivatives_of_tanh_by_nesting_are_mpmaths(way, at):
    f = np.tanh
    for order in range(1, 7 if way is not by_jacobian else 5):
        f = way(f)
        with mpmath.workdps(40):
            expected = float(mpmath.diff(mpmath.tanh, mpmath.mpf(at), order))
        close(f(at), expected, SIXTH)


def test_the_ways_may_alternate():
    f, expected = np.sin, (np.cos(0.8), -np.sin(0.8), -np.cos(0.8), np.sin(0.8))
    for way, value in zip((by_jvp, by_grad, by_tape, by_vjp), expected, strict=True):
        f = way(f)
        close(f(0.8), value)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def test_the_hessian_of_rosenbrocks_function_is_the_published_one():
    close(hessian(rosenbrock)(np.array([-1.2, 1.0])), [[1330.0, 480.0], [480.0, 200.0]])


@pytest.mark.parametrize("seed", range(3))
def test_a_hessian_is_symmetric_and_its_products_are_those_of_hvp(seed):
    rng = np.random.default_rng(seed)
    x, v = rng.uniform(-1, 1, 5), rng.uniform(-1, 1, 5)
    a = rng.uniform(-1, 1, (5, 5))

    def f(x):
        return np.sum(np.tanh(a @ x) * x) + np.logaddexp.reduce(x * x)

    h = hessian(f)(x)
    tolerance = 200 * EPS  # two sums of 5 products of some 20 roundings each
    close(h, h.T, tolerance)
    assert np.linalg.matrix_rank(h) == 5
    close(hvp(f, (x,), (v,)), h @ v, tolerance)
    close(grad(lambda x: grad(f)(x) @ v)(x), h @ v, tolerance)  # reverse over reverse
    close(grad(lambda x: jvp(f, (x,), (v,))[1])(x), h @ v, tolerance)  # reverse over forward
    close(jvp(lambda x: jvp(f, (x,), (v,))[1], (x,), (v,))[1], v @ h @ v, tolerance)  # forward over forward


def test_a_persistent_tape_inside_another_gives_second_derivatives_of_several_sources():
    with GradientTape(persistent=True) as outer:
        x, y = outer.watch(2.0), outer.watch(3.0)
        with GradientTape() as inner:
            inner.watch((x, y))
            z = x**3 * y**2
        dx, dy = inner.gradient(z, (x, y))
    assert (dx.value, dy.value) == (3 * 4 * 9.0, 2 * 8 * 3.0)
    assert outer.gradient(dx, (x, y)) == (6 * 2 * 9.0, 3 * 4 * 2 * 3.0)
    assert outer.gradient(dy, (x, y)) == (3 * 4 * 2 * 3.0, 2 * 8.0)
    assert outer.gradient(z, x) == 3 * 4 * 9.0  # what the inner tape computed, the outer one has too


def test_gradient_descent_is_differentiated_through_its_steps():
    # x_{k+1} = x_k - r (x_k - c) from x_0 = 0: x_n = c (1 - (1 - r)^n); dx_n/dr = c n (1 - r)^(n - 1)
    def after(rate):
        x = 0.0
        for _ in range(5):
            x = x - rate * grad(lambda x: 0.5 * (x - 3.0) ** 2)(x)
        return x

    close(after(0.1), 3.0 * (1 - 0.9**5))
    close(grad(after)(0.1), 3.0 * 5 * 0.9**4)
    close(grad(grad(after))(0.1), -3.0 * 5 * 4 * 0.9**3)

"""grad and its family: against closed forms and SciPy, with every evaluation counted, and the common policy."""

import math

import numpy as np
import pytest
import scipy.differentiate
import scipy.optimize
from hypothesis import given, settings

import numeric
from expression import ArgumentError, ControlFlowError, UnsupportedOperation, trace
from numeric import SCHEMES
from tests.strategies import random_expressions

EPS = float(np.finfo(float).eps)
# What a scheme of order p reaches on functions of scale 1, eps^(p / (p + 1)), for values and third derivatives of
# some tens; complex steps and extrapolations are exact but for rounding.
TOL = {name: max(200 * EPS ** (row.order / (row.order + 1)), 1e-12) for name, row in SCHEMES.items()}
TOL["complex_step"] = 1e-12
SECOND_TOL = {name: 200 * EPS ** (row.base.order / (row.base.order + 2)) for name, row in SCHEMES.items()}
schemes = pytest.mark.parametrize("scheme", SCHEMES)


class Counted:
    """A black box that counts its calls."""

    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, *args):
        self.calls += 1
        return self.f(*args)


def close(a, b, tol):
    """Compare entry by entry as |a - b| / max(1, |a| + |b|)."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    assert np.all(np.abs(a - b) / np.maximum(1, np.abs(a) + np.abs(b)) < tol)


def smooth(x):
    return np.sum(np.sin(x) * np.exp(0.5 * x[::-1]))


def smooth_gradient(x):
    return np.cos(x) * np.exp(0.5 * x[::-1]) + 0.5 * np.exp(0.5 * x) * np.sin(x[::-1])


def smooth_hessian(x):
    n = len(x)
    matrix = np.zeros((n, n))
    for i in range(n):
        k = n - 1 - i
        matrix[i, i] += -np.sin(x[i]) * np.exp(0.5 * x[k]) + 0.25 * np.exp(0.5 * x[i]) * np.sin(x[k])
        matrix[i, k] += 0.5 * np.cos(x[i]) * np.exp(0.5 * x[k]) + 0.5 * np.exp(0.5 * x[i]) * np.cos(x[k])
    return matrix


X = np.array([0.3, -1.1, 0.8, 1.9])


# -- values ------------------------------------------------------------------------------------------------------------


@schemes
@pytest.mark.parametrize("make", [lambda f: f, lambda f: trace(f, X)], ids=["black box", "expression"])
def test_first_derivatives_agree_with_the_closed_form(scheme, make):
    f, expected = make(smooth), smooth_gradient(X)
    close(numeric.grad(f, scheme=scheme)(X), expected, TOL[scheme])
    value, gradient = numeric.value_and_grad(f, scheme=scheme)(X)
    assert value == smooth(X)
    close(gradient, expected, TOL[scheme])
    x_dot = np.array([1.0, -2.0, 0.5, 0.0])
    value, tangent = numeric.jvp(f, (X,), (x_dot,), scheme=scheme)
    assert value == smooth(X)
    close(tangent, expected @ x_dot, TOL[scheme])
    value, pullback = numeric.vjp(f, X, scheme=scheme)
    assert value == smooth(X)
    close(pullback(2.0)[0], 2 * expected, TOL[scheme])


@schemes
@pytest.mark.parametrize("make", [lambda f: f, lambda f: trace(f, X)], ids=["black box", "expression"])
def test_second_derivatives_agree_with_the_closed_form(scheme, make):
    f, expected = make(smooth), smooth_hessian(X)
    found = numeric.hessian(f, scheme=scheme)(X)
    close(found, expected, SECOND_TOL[scheme])
    np.testing.assert_array_equal(found, found.T)
    x_dot = np.array([1.0, -2.0, 0.5, 0.0])
    close(numeric.hvp(f, (X,), (x_dot,), scheme=scheme), expected @ x_dot, SECOND_TOL[scheme])


@schemes
def test_second_derivatives_find_the_scale_of_the_function(scheme):
    for a in (1e3, 1.0, 1e-3):
        found = numeric.hessian(lambda x, a=a: np.sin(a * x[0]) * np.cos(a * x[1]), scheme=scheme)(
            np.array([0.5, 0.3]) / a
        )
        s, c = np.sin([0.5, 0.3]), np.cos([0.5, 0.3])
        expected = np.array([[-s[0] * c[1], -c[0] * s[1]], [-c[0] * s[1], -s[0] * c[1]]])
        close(found / a**2, expected, SECOND_TOL[scheme])


def test_mixed_second_derivatives_of_a_bilinear_function_are_exact_enough():
    close(numeric.hessian(lambda x: x[0] * x[1])(np.array([3.0, 5.0])), [[0.0, 1.0], [1.0, 0.0]], SECOND_TOL["central"])


def test_a_function_that_is_linear_along_an_axis_may_be_cubic_beside_it():
    found = numeric.hessian(lambda x: x[0] * np.sin(x[1]) + x[0] ** 3 * (x[1] - 5.3))(np.array([3.1, 5.3]))
    mixed = np.cos(5.3) + 3 * 3.1**2
    close(found, [[0.0, mixed], [mixed, -3.1 * np.sin(5.3)]], SECOND_TOL["central"])


def test_the_jacobian_agrees_with_scipy():
    def f(x):
        return np.array([x[0] * np.sin(x[1]), np.exp(x[0] - x[1]), x[0] ** 3])

    x = np.array([1.2, 0.7])
    peer = scipy.differentiate.jacobian(lambda x: np.array([x[0] * np.sin(x[1]), np.exp(x[0] - x[1]), x[0] ** 3]), x)
    close(numeric.jacobian(f)(x), peer.df, TOL["central"])
    close(numeric.jacobian(f, scheme="richardson")(x), peer.df, 1e-10)  # SciPy's own goal, relative
    close(numeric.jacobian(f, scheme="forward", step=1e-7)(x), scipy.optimize.approx_fprime(x, f, 1e-7), 4 * EPS / 1e-7)


@settings(deadline=None, max_examples=40)
@given(random_expressions(scalar=True))
def test_random_expressions_agree_with_a_complex_step_or_richardson_with_central(drawn):
    e, args = drawn
    argnums = tuple(range(len(args)))
    central = numeric.grad(e, argnums)(*args)
    other = numeric.grad(e, argnums, scheme="richardson")(*args)
    for a, b in zip(central, other, strict=True):
        close(a, b, 100 * TOL["central"])  # third derivatives of nested functions grow to some thousands
    try:
        exact = numeric.grad(e, argnums, scheme="complex_step")(*args)
    except UnsupportedOperation:
        return
    for a, b in zip(other, exact, strict=True):
        close(a, b, 1e-9)  # rounding of values up to 20 over a step of 1/60 at the least, where the scale is small


# -- structure ---------------------------------------------------------------------------------------------------------


def test_results_mirror_pytrees_of_arguments_and_outputs():
    def f(p, y):
        return {"a": p["w"] @ y, "b": (np.sum(p["c"] * y), 2.0 * p["c"])}

    p, y = {"w": np.arange(6.0).reshape(2, 3), "c": np.float64(0.5)}, np.array([1.0, 2.0, 3.0])
    found = numeric.jacobian(f, (0, 1), step=0.25)(p, y)
    assert set(found) == {"a", "b"}
    np.testing.assert_array_equal(found["a"][0]["w"], np.einsum("ij,k->ijk", np.eye(2), y))
    np.testing.assert_array_equal(found["a"][0]["c"], [0.0, 0.0])
    np.testing.assert_array_equal(found["a"][1], p["w"])
    assert found["b"][0][0]["c"] == 6.0
    np.testing.assert_array_equal(found["b"][0][1], [0.5, 0.5, 0.5])
    assert found["b"][1][0]["c"] == 2.0
    np.testing.assert_array_equal(found["b"][1][0]["w"], np.zeros((2, 3)))


def test_the_hessian_nests_the_structure_of_the_arguments():
    def f(p, y):
        return np.sum(p["w"]) ** 2 * y + p["c"] * y**2

    found = numeric.hessian(f, (0, 1), step=0.5)({"w": np.array([1.0, 2.0]), "c": 3.0}, 4.0)
    np.testing.assert_array_equal(found[0]["w"][0]["w"], np.full((2, 2), 8.0))
    np.testing.assert_array_equal(found[0]["w"][1], [6.0, 6.0])
    np.testing.assert_array_equal(found[1][0]["w"], [6.0, 6.0])
    assert found[0]["c"][1] == found[1][0]["c"] == 8.0
    assert found[1][1] == 6.0


def test_python_floats_give_python_floats():
    for found in (
        numeric.grad(lambda x: x * x, step=0.5)(3.0),
        numeric.hessian(lambda x: x * x, step=0.5)(3.0),
        *numeric.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0), step=0.5),
        *numeric.value_and_grad(lambda x: x * x)(3.0),
        numeric.hvp(lambda x: x * x, (3.0,), (1.0,), step=0.5),
    ):
        assert type(found) is float


def test_a_python_function_is_called_as_it_is_with_branches_loops_and_math():
    def f(x):
        n = 0
        while x > 1.0:
            x, n = x / 2.0, n + 1
        return math.exp(x) if n % 2 else float(x) ** 3

    close(numeric.grad(f)(3.0), 3 * 0.75**2 / 4, TOL["central"])
    close(numeric.grad(f)(1.5), math.exp(0.75) / 2, TOL["central"])
    with pytest.raises(ControlFlowError, match="asks for the value of an abstract array"):
        numeric.grad(f, batched=True)(3.0)


def test_batched_traces_the_function_and_gives_the_same_answers():
    f = Counted(smooth)
    plain = numeric.jacobian(smooth, step=2.0**-17)(X)
    close(numeric.jacobian(f, step=2.0**-17, batched=True)(X), plain, 8 * EPS * 2**17)
    assert f.calls == 1  # the trace


def test_integer_arguments_that_are_not_differentiated_are_handed_on():
    assert numeric.grad(lambda x, n: x**n, step=0.5)(3.0, 2) == 6.0
    e = trace(lambda x, i: x[i] * 2.0, np.ones(3), np.array(1))
    np.testing.assert_array_equal(numeric.grad(e, step=0.5)(np.ones(3), np.array(1)), [0.0, 2.0, 0.0])


def test_float32_arguments_give_float32_results():
    x = np.ones(3, dtype=np.float32)
    assert numeric.grad(lambda x: np.sum(x * x))(x).dtype == np.float32
    assert numeric.grad(trace(lambda x: np.sum(x * x), x))(x).dtype == np.float32


def test_an_argument_without_entries_has_a_derivative_without_entries():
    x = np.zeros((0, 3))
    assert numeric.grad(np.sum)(x).shape == (0, 3)
    assert numeric.grad(trace(np.sum, x))(x).shape == (0, 3)


def test_a_function_that_writes_into_its_argument_does_not_spoil_the_point():
    def f(x):
        x *= 2.0
        return np.sum(x**2)

    x = np.array([1.0, 2.0])
    numeric.grad(f, step=0.5)(x)
    np.testing.assert_array_equal(x, [1.0, 2.0])


# -- counts ------------------------------------------------------------------------------------------------------------

N = 5
COUNTS = {
    # with a given step, for n = 5 entries:  grad   value_and_grad  jvp (with the value)
    "forward": (N + 1, N + 1, 2),
    "backward": (N + 1, N + 1, 2),
    "central": (2 * N, 2 * N + 1, 3),
    "five_point": (4 * N, 4 * N + 1, 5),
    "richardson": (12 * N, 12 * N + 1, 13),
}


@pytest.mark.parametrize("scheme", COUNTS)
def test_a_given_step_costs_what_the_table_says(scheme):
    x = np.linspace(0.1, 1.0, N)
    grad, both, along = COUNTS[scheme]
    for expected, call in (
        (grad, lambda f: numeric.grad(f, scheme=scheme, step=1e-3)(x)),
        (grad, lambda f: numeric.jacobian(f, scheme=scheme, step=1e-3)(x)),
        (both, lambda f: numeric.value_and_grad(f, scheme=scheme, step=1e-3)(x)),
        (both, lambda f: numeric.vjp(f, x, scheme=scheme, step=1e-3)[1](1.0)),
        (along, lambda f: numeric.jvp(f, (x,), (x,), scheme=scheme, step=1e-3)),
    ):
        f = Counted(smooth)
        call(f)
        assert f.calls == expected


@schemes
@pytest.mark.parametrize("step", [None, 1e-3])
def test_an_estimate_reports_every_evaluation(scheme, step):
    if scheme == "complex_step":  # f is recorded once, and the record evaluated
        f = trace(smooth, X)
        found = numeric.estimate(f, scheme=scheme, step=step)(X)
        assert found.evaluations == 1 + 8 + len(X) * (2 if step else 1)  # f(x), the noise of f, and n, or h and 2 h
        return
    f = Counted(smooth)
    found = numeric.estimate(f, scheme=scheme, step=step)(X)
    assert found.evaluations == f.calls
    recorded = numeric.estimate(trace(smooth, X), scheme=scheme, step=step)(X)
    assert recorded.evaluations == found.evaluations
    if step is not None:  # f(x), the noise of f, and the stencil at h and 2 h; Richardson's table needs no second one
        stencils = 1 if scheme == "richardson" else 2
        assert found.evaluations == 1 + 8 + stencils * SCHEMES[scheme].cost * len(X)


@pytest.mark.parametrize(("scheme", "expected"), [("central", 2 * N**2 + 1), ("forward", N * (N - 1) // 2 + 3 * N + 1)])
def test_a_hessian_costs_what_its_docstring_says(scheme, expected):
    f = Counted(smooth)
    numeric.hessian(f, scheme=scheme, step=1e-3)(np.linspace(0.1, 1.0, N))
    assert f.calls == expected


def test_a_hessian_vector_product_costs_four_evaluations_an_entry():
    f = Counted(smooth)
    x = np.linspace(0.1, 1.0, N)
    numeric.hvp(f, (x,), (x,), step=1e-3)
    assert f.calls == 4 * N


def test_a_directional_derivative_costs_the_same_for_any_number_of_entries():
    calls = []
    for n in (1, 10, 1000):
        f = Counted(lambda x: np.sum(np.sin(x)))
        numeric.jvp(f, (np.ones(n),), (np.ones(n),))
        calls.append(f.calls)
    assert calls[0] == calls[1] == calls[2] <= 12


def test_a_pullback_evaluates_nothing():
    f = Counted(smooth)
    _, pullback = numeric.vjp(f, X)
    before = f.calls
    pullback(1.0), pullback(2.0)
    assert f.calls == before


def test_the_automatic_step_of_a_well_behaved_function_costs_three_stencils_an_entry():
    f = Counted(smooth)
    numeric.grad(f)(X)
    assert f.calls == 1 + 3 * 2 * len(X)


# -- policy ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: numeric.grad(lambda x: x * x)(3), "x is an int: derivatives need floats; write 2.0 for 2"),
        (lambda: numeric.grad(np.sum)(np.arange(3)), r"is int64 of shape \(3,\): derivatives need floats"),
        (lambda: numeric.jvp(lambda x: x, (1,), (1.0,)), "x is an int: derivatives need floats"),
        (lambda: numeric.hessian(lambda x: x)(1), "x is an int: derivatives need floats"),
        (lambda: numeric.grad(lambda x: x)(float("nan")), "x holds nan: there is no derivative to compute"),
        (lambda: numeric.grad(lambda x: x, argnums=1)(1.0), "argnums=1: the call has 1 positional arguments"),
        (lambda: numeric.grad(lambda x: 2 * x)(np.ones(3)), r"grad needs a scalar output, got shape \(3,\); use jacob"),
        (lambda: numeric.grad(lambda x: (x, x))(1.0), "grad needs a scalar output, got 2 outputs; use jacobian"),
        (lambda: numeric.hessian(lambda x: 2 * x)(np.ones(3)), r"needs a scalar output, got shape \(3,\)"),
        (
            lambda: numeric.grad(trace(lambda x: 2 * x, np.ones(3)))(np.ones(3)),
            r"needs a scalar output, got shape \(3,\)",
        ),
        (lambda: numeric.jvp(np.sin, (np.ones(2),), (np.ones(3),)), r"tangent 0: expected shape \(2,\), got \(3,\)"),
        (lambda: numeric.vjp(np.sin, np.ones(2))[1](1.0), r"cotangent 0: expected shape \(2,\), got \(\)"),
        (lambda: numeric.jvp(np.sin, (1.0,), (1j,)), "tangent 0 is complex128: expected real floats"),
        (lambda: numeric.grad(lambda x: x)(1j), "x is complex128: derivatives need real floats"),
        (
            lambda: numeric.grad(lambda x: 1 if x > 0 else 0)(1.0),
            "f returned int64: derivatives need a floating result",
        ),
        (lambda: numeric.grad(lambda x: x > 0)(1.0), "f returned bool: derivatives need a floating result"),
        (lambda: numeric.grad(lambda x: "high")(1.0), "f returned str; return a float or an array of floats"),
        (lambda: numeric.jacobian(lambda x: None)(1.0), "f returned nothing that could be differentiated"),
        (lambda: numeric.jacobian(trace(lambda x: x > 0, 1.0))(1.0), "f returned bool: derivatives need a floating"),
        (lambda: numeric.jacobian(lambda x: np.ones(int(x)), step=1.0)(3.0), r"of shapes \[\(4,\)\] at one point and"),
        (lambda: numeric.grad(trace(np.sum, np.ones(3)))(np.ones(4)), r"expected shape \(3,\), got \(4,\)"),
    ],
)
def test_what_cannot_be_differentiated_is_refused_by_name(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_nan_and_inf_in_the_result_are_returned_without_a_warning():
    assert np.isnan(numeric.grad(lambda x: np.sqrt(x))(-2.0))
    found = numeric.jacobian(lambda x: np.stack([np.log(x), np.sin(x)]))(-1.0)
    assert np.isnan(found[0])
    close(found[1], np.cos(-1.0), TOL["central"])
    assert np.isnan(numeric.grad(lambda x: np.exp(1e4 * x))(1.0))  # inf - inf


def test_an_error_of_the_function_is_the_function_s_own():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        numeric.grad(f)(1.0)

"""The step: the user's, refused where it cannot work; and the automatic one beside the best of a grid."""

import mpmath
import numpy as np
import pytest

import numeric
from expression import ArgumentError, trace
from numeric import SCHEMES

EPS = float(np.finfo(float).eps)
REAL = [name for name, row in SCHEMES.items() if not row.stencil.imaginary]


def logistic(x):
    for _ in range(3):
        x = 4 * x * (1 - x)
    return x


# Smooth functions of very different scales, over NumPy and over mpmath, and a point. A number of mpmath is exact
# where a float constant would have been rounded.
FUNCTIONS = {
    "exp": (np.exp, mpmath.exp, 1.0),
    "sin": (np.sin, mpmath.sin, 1.0),
    "logistic map, scale 1/60": (logistic, logistic, 0.2),
    "sin(1e6 x)": (lambda x: np.sin(1e6 * x), lambda x: mpmath.sin(10**6 * x), 1.0),
    "sin(1e-6 x)": (lambda x: np.sin(x / 2**20), lambda x: mpmath.sin(x / 2**20), 1.0),
    "log at 1e-8": (np.log, mpmath.log, 1e-8),
    "sin at 1e-8": (np.sin, mpmath.sin, 1e-8),
    "log at 1e8": (np.log, mpmath.log, 1e8),
    "sin at 1e8": (np.sin, mpmath.sin, 1e8),
    "exp(100 x)": (lambda x: np.exp(100 * x), lambda x: mpmath.exp(100 * x), 0.7),
    "sqrt at 1e-3": (np.sqrt, mpmath.sqrt, 1e-3),
    "tan near its pole": (np.tan, mpmath.tan, 1.5),
    "1/x at 1e-4": (lambda x: 1 / x, lambda x: 1 / x, 1e-4),
    "wide gauss": (lambda x: np.exp(-((x / 256) ** 2)), lambda x: mpmath.exp(-((x / 256) ** 2)), 1.0),
    "1/(1 + (x/s)^2), narrower than the first steps": (
        lambda x: 1 / (1 + (x * 2**21) ** 2),
        lambda x: 1 / (1 + (x * 2**21) ** 2),
        -1.8e-7,
    ),
    "sqrt(1 + (x/s)^2) in tanh, narrower than the first steps": (
        lambda x: np.tanh(np.sqrt(1 + (x * 2**22) ** 2) - 1),
        lambda x: mpmath.tanh(mpmath.sqrt(1 + (x * 2**22) ** 2) - 1),
        -1.2e-7,
    ),
    "gauss as narrow as the last step": (
        lambda x: np.exp(-((64 * x) ** 2)),
        lambda x: mpmath.exp(-((64 * x) ** 2)),
        -0.0139,
    ),
    "exp that overflows at the first steps": (
        lambda x: np.exp(np.sqrt(1 + (x * 2**22) ** 2)),
        lambda x: mpmath.exp(mpmath.sqrt(1 + (x * 2**22) ** 2)),
        -5.36e-7,
    ),
    "polynomial": (lambda x: x**5 - 3 * x**2 + 1, lambda x: x**5 - 3 * x**2 + 1, 2.1),
    "arctan": (np.arctan, mpmath.atan, 0.3),
    "cancellation": (lambda x: (x + 2.0**17) ** 2 - 2.0**34, lambda x: (x + 2**17) ** 2 - 2**34, 1.3),
}
functions = pytest.mark.parametrize("name", FUNCTIONS)
real_schemes = pytest.mark.parametrize("scheme", REAL)


def truth(name):
    """The derivative, to 40 digits."""
    _, f, x = FUNCTIONS[name]
    with mpmath.workdps(60):
        return mpmath.diff(f, mpmath.mpf(x), h=mpmath.mpf(x) * mpmath.mpf(10) ** -25)


def error_of(derivative, name):
    """The relative error."""
    exact = truth(name)
    return float(abs((mpmath.mpf(derivative) - exact) / exact))


def best_of_grid(name, scheme):
    """The best error over steps of a quarter decade; three neighbours together, since a single one may be lucky."""
    f, _, x = FUNCTIONS[name]
    errors = []
    for k in np.arange(-26, 4, 0.25):
        h = 10.0**k
        if (x + h) - x > 0 and (scheme == "forward" or h < x or "log" not in name):
            found = numeric.grad(f, scheme=scheme, step=h)(x)
            errors.append(error_of(found, name) if np.isfinite(found) else np.inf)
    return min(np.median(errors[i : i + 3]) for i in range(len(errors) - 2))


# A factor of 30 is a factor of 5 in h, where rounding is luck; and no step is sought that beats what the scheme
# reaches on a function of scale 1, eps^(p / (p + 1)), because each new step costs evaluations.
NEAR_BEST = 30
BOUND = 10  # an error estimate may be that much too small


@real_schemes
@functions
def test_the_automatic_step_is_nearly_as_good_as_the_best_of_a_grid(name, scheme):
    f, _, x = FUNCTIONS[name]
    order = SCHEMES[scheme].order
    enough = max(EPS ** (order / (order + 1)), NEAR_BEST * best_of_grid(name, scheme))
    assert error_of(numeric.grad(f, scheme=scheme)(x), name) < enough


@pytest.mark.parametrize("scheme", SCHEMES)
@functions
def test_the_estimated_error_bounds_the_true_one(name, scheme):
    f, _, x = FUNCTIONS[name]
    found = numeric.estimate(f, scheme=scheme)(x)
    relative = found.error / abs(float(truth(name)))
    assert error_of(found.derivative, name) <= BOUND * relative + EPS
    assert relative < 1e-3  # and says something


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("h", [1e-2, 1e-5, 1e-8])
def test_the_estimated_error_of_a_given_step_bounds_the_true_one(scheme, h):
    found = numeric.estimate(np.exp, scheme=scheme, step=h)(1.0)
    assert abs(found.derivative - np.exp(1.0)) <= BOUND * found.error
    assert found.step == h


@real_schemes
def test_the_estimate_holds_on_random_functions_of_random_scales(scheme):
    rng = np.random.default_rng(11)
    for _ in range(40):
        a, b, c = 10.0 ** rng.uniform(-3, 3), rng.uniform(0, 6), rng.normal()
        x = rng.normal() * 10.0 ** rng.uniform(-3, 3)
        found = numeric.estimate(lambda x, a=a, b=b, c=c: np.sin(a * x + b) + c, scheme=scheme)(x)
        with mpmath.workdps(40):  # a x is rounded, which no scheme can see: a x eps / 2 in the argument
            exact = mpmath.mpf(a) * mpmath.cos(mpmath.mpf(a) * mpmath.mpf(x) + mpmath.mpf(b))
        unseen = a * abs(a * x) * EPS
        assert abs(found.derivative - float(exact)) <= BOUND * found.error + unseen


def test_richardson_reaches_the_last_digits():
    for f, derivative, x in (
        (np.exp, np.exp, 1.0),
        (np.sin, np.cos, 1.0),
        (np.tanh, lambda x: 1 - np.tanh(x) ** 2, 0.4),
    ):
        assert abs(numeric.grad(f, scheme="richardson")(x) - derivative(x)) < 1e-13


@pytest.mark.parametrize("scheme", REAL)
def test_float32_is_differentiated_with_the_steps_of_float32(scheme):
    x = np.float32(1.0)
    found = numeric.grad(np.sin, scheme=scheme)(x)
    eps = float(np.finfo(np.float32).eps)
    order = SCHEMES[scheme].order
    assert isinstance(found, np.float32)
    assert abs(found - np.cos(1.0)) < 20 * eps ** (order / (order + 1))
    assert numeric.estimate(np.sin, scheme=scheme)(x).step > 0.1 * eps ** (1 / (order + 1))


def test_each_entry_has_its_own_step():
    def f(x):
        return np.sin(1e5 * x[0]) + np.sin(x[1]) + 1e-3 * np.log(x[2])

    x = np.array([0.3, 1e4, 1e-7])
    found = numeric.estimate(f)(x)
    exact = [1e5 * np.cos(3e4), np.cos(1e4), 1e4]
    assert np.all(np.abs(found.derivative - exact) <= BOUND * found.error)
    np.testing.assert_array_less(found.error, 1e-5 * np.abs(exact))
    assert found.step[0] < 1e-8 < 1e-7 < found.step[1]
    assert found.step[2] < 1e-8


@real_schemes
def test_a_step_stays_inside_a_domain_that_is_very_near(scheme):
    order = SCHEMES[scheme].order
    tol = max(50 * EPS ** (order / (order + 1)), 1e-12)  # f is rounded at log 1e-20 = -46, and x f' is 1
    assert abs(numeric.grad(np.log, scheme=scheme)(1e-20) * 1e-20 - 1) < tol


def test_a_kink_nearby_is_not_stepped_over():
    assert numeric.grad(abs)(1e-6) == 1.0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_outside_the_domain_the_derivative_is_nan_and_nothing_is_warned(scheme):
    assert np.isnan(numeric.grad(np.log, scheme=scheme)(-1.0))


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (0.0, "step=0.0: a step is a positive number; leave it out to have it chosen"),
        (-1e-3, "step=-0.001: a step is a positive number"),
        (float("nan"), "step=nan: a step is a positive number"),
        (float("inf"), "step=inf: a step is a positive number"),
        ("big", "step='big': a step is a positive number"),
        (True, "step=True: a step is a positive number"),
        (1e-20, r"step=1e-20 is too small: x \+ h == x at x = 1.5; leave it out to have it chosen"),
        ((1e-3, 1e-3), r"step=\(0.001, 0.001\): expected one number, or one for each of 1 arguments"),
    ],
)
def test_a_step_that_cannot_work_is_refused(step, message):
    def f(x):
        return x * x

    for call in (numeric.grad(f, step=step), numeric.hessian(f, step=step), numeric.estimate(f, step=step)):
        with pytest.raises(ArgumentError, match=message):
            call(1.5)


def test_a_step_along_a_direction_that_cannot_work_is_refused():
    with pytest.raises(ArgumentError, match=r"step=1e-20 is too small: x \+ h == x at x = 1.5"):
        numeric.jvp(lambda x: x * x, (1.5,), (1.0,), step=1e-20)


def test_float32_swallows_a_step_that_float64_does_not():
    assert abs(numeric.grad(np.sin, step=1e-9)(1.0) - np.cos(1.0)) < 1e-6
    with pytest.raises(ArgumentError, match=r"too small: x \+ h == x at x = 1.0"):
        numeric.grad(lambda x: np.sin(x), step=1e-9)(np.float32(1.0))


def test_a_complex_step_may_be_far_smaller_than_x():
    assert numeric.grad(lambda x: x**3, scheme="complex_step", step=1e-200)(2.0) == 12.0


def test_a_tuple_of_steps_has_one_for_each_argument():
    seen = []

    def f(x, y):
        seen.append((float(x), float(y)))
        return x * y

    numeric.grad(f, (0, 1), step=(0.5, 0.25), scheme="forward")(2.0, 3.0)
    assert set(seen) == {(2.0, 3.0), (2.5, 3.0), (2.0, 3.25)}


@pytest.mark.parametrize("scheme", ["forward", "central"])
def test_the_quotient_is_divided_by_the_move_that_was_made(scheme):
    # 0.1 is no float: 1e4 + 0.1 moves by 0.1 and a few 1e-13, and a straight line shows the difference.
    found = numeric.grad(lambda x: x, scheme=scheme, step=0.1)(1e4)
    assert found == 1.0


def test_an_expression_and_its_function_get_the_same_steps():
    x = np.array([0.3, 2.0])
    f = lambda x: np.sum(np.exp(x) * x[::-1])  # noqa: E731
    np.testing.assert_array_equal(numeric.estimate(f)(x).step, numeric.estimate(trace(f, x))(x).step)


def test_the_mixed_partials_of_a_noisy_function_take_steps_that_fit_the_noise():
    noise = 1e-3
    rng = np.random.default_rng(1)

    def f(x):
        return np.sum(np.sin(x)) + noise * rng.standard_normal()

    found = numeric.hessian(f)(np.array([1.0, 2.0]))
    assert abs(found[0, 1]) < 100 * noise**0.5  # the step is noise^(1/4), and noise / h^2 is what is left

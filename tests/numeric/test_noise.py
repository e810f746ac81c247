"""Functions that jump: their noise is measured, and the claimed error covers what it does to a derivative."""

from itertools import product

import numpy as np
import pytest

import numeric
from numeric import SCHEMES
from numeric.noise import WIDEST, measured

EPS = float(np.finfo(float).eps)
REAL = [name for name, row in SCHEMES.items() if not row.stencil.imaginary]
POINTS = 8  # that look for treads
BOUND = 10  # as for smooth functions: an error estimate may be that much too small
SMOOTH = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "cubic": (lambda x: x**3 - x, lambda x: 3 * x**2 - 1),
    "arctan": (np.arctan, lambda x: 1 / (1 + x**2)),
}
TREADS = {  # a smooth function becomes a staircase, as values printed with some decimals or held in less precision do
    "rounded": lambda y, step: np.round(y / step) * step,
    "cut off": lambda y, step: np.floor(y / step) * step,
    "float32": lambda y, step: float(np.float32(y)),
}
real_schemes = pytest.mark.parametrize("scheme", REAL)


@pytest.mark.parametrize("decimals", [3, 4, 6, 8, 10])
@real_schemes
def test_the_claimed_error_covers_the_treads_of_rounded_values(scheme, decimals):
    found = numeric.estimate(lambda x: np.round(np.sin(x), decimals), scheme=scheme)(1.0)
    assert abs(found.derivative - np.cos(1.0)) <= BOUND * found.error
    assert found.error < 1  # and says something


@real_schemes
def test_the_claimed_error_covers_staircases_of_all_sizes(scheme):
    rng = np.random.default_rng(17)
    for kind, (f, derivative) in product(TREADS, SMOOTH.values()):
        for _ in range(8):
            x, step = rng.choice([-1, 1]) * rng.uniform(0.1, 3), 10.0 ** rng.uniform(-10, -4)
            if abs(derivative(x) * x) * WIDEST > POINTS * step:  # else the treads are what f is
                found = numeric.estimate(lambda x, f=f, s=step, kind=kind: TREADS[kind](f(x), s), scheme=scheme)(x)
                assert abs(found.derivative - derivative(x)) <= BOUND * found.error, (kind, f, x, step)


def test_a_central_difference_of_a_staircase_is_as_good_as_its_noise_allows():
    # At the best step N / h = h^2 / 3 twice over, 1.5 N^(2/3); a better step is taken where it is 4 times better.
    for decimals in (4, 6, 8):
        best = 1.5 * (10.0**-decimals) ** (2 / 3)
        for x in (0.3, 0.7, 1.0, 1.3, 2.0):
            found = numeric.grad(lambda x, d=decimals: np.round(np.sin(x), d))(x)
            assert abs(found - np.cos(x)) < 4 * best


@real_schemes
def test_what_is_constant_around_x_has_derivative_0(scheme):
    for f, x in ((lambda x: 3.0, 1.0), (np.floor, 2.7), (np.sign, 0.3), (np.sign, -1e-3), (lambda x: 0.0 * x, 1e5)):
        found = numeric.estimate(f, scheme=scheme)(x)
        assert found.derivative == 0.0 and found.error < 1e-9
    for kink in (0.02, 5e-4):  # flat here, and not there: no staircase
        found = numeric.estimate(lambda x, kink=kink: np.maximum(x - kink, 0.0), scheme=scheme)(0.0)
        assert found.derivative == found.error == 0.0


@real_schemes
def test_a_jump_that_is_near_makes_the_error_large(scheme):
    for x in (1.99, 1.99999):
        assert numeric.estimate(np.floor, scheme=scheme)(x).error >= 1.0 / (2 * WIDEST)


@real_schemes
def test_each_output_has_a_noise_of_its_own(scheme):
    def f(x):
        return np.stack([np.sin(x), np.round(np.sin(x), 6), 0.0 * x])

    found = numeric.estimate(f, scheme=scheme)(1.0)
    assert np.all(np.abs(found.derivative - [np.cos(1.0), np.cos(1.0), 0.0]) <= BOUND * found.error)


def test_a_given_step_that_is_shorter_than_a_tread_is_said_to_tell_nothing():
    found = numeric.estimate(lambda x: np.round(np.sin(x), 6), step=1e-8)(1.0)
    assert found.derivative == 0.0 and found.error > 1.0


# -- the measurement itself -------------------------------------------------------------------------------------------


class Counted:
    """A function of one number, at many, that counts them."""

    def __init__(self, f):
        self.f, self.points = f, 0

    def __call__(self, t):
        self.points += len(t)
        return self.f(t)[:, None]

    def noise(self):
        return measured(self, np.ravel(self.f(np.zeros(1))), EPS)


def test_noise_is_measured_within_a_small_factor():
    rng = np.random.default_rng(3)
    for level in (1e-3, 1e-8, 1e-13):
        found = Counted(lambda t, level=level: np.exp(t) + level * rng.standard_normal(len(t))).noise()
        assert level / 3 < found.level[0] / 3 < 3 * level  # five degrees of freedom: once in a thousand times beyond


@pytest.mark.parametrize(("step", "points"), [(1e-5, 24 + 8), (1e-8, 16 + 8)])
def test_the_treads_of_a_staircase_are_noise(step, points):
    f = Counted(lambda t: np.round(np.sin(t + 1) / step) * step)
    found = f.noise()
    assert step / 12**0.5 < found.level[0] < 6 * step / 12**0.5 and found.slope[0] == 0  # uniform: step / sqrt(12)
    assert f.points == points


@pytest.mark.parametrize(
    ("f", "points"),
    [
        (np.exp, 8),  # moves at once
        (np.cos, 16),  # flat at 0 as far as rounding goes, which is no news
        (lambda t: 1 + t**4, 32),
        (np.ones_like, 32),
        (lambda t: np.maximum(t - 5e-3, 0.0), 32 + 8),  # flat, and then not
        (np.log, 8),  # not defined at 0
    ],
)
def test_what_is_smooth_has_no_noise_beyond_rounding(f, points):
    counted = Counted(f)
    with np.errstate(all="ignore"):
        found = counted.noise()
    assert found.level[0] <= 4 * EPS and found.slope[0] == 0
    assert counted.points == points

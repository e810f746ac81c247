"""The table of schemes: its claims exactly, its measured orders, and the V-curve of truncation and rounding."""

from fractions import Fraction
from math import factorial

import mpmath
import numpy as np
import pytest

import numeric
from expression import ArgumentError
from numeric import SCHEMES, Scheme, Stencil
from numeric.differences import AGREES, neville
from numeric.schemes import CENTRAL, romberg

EPS = float(np.finfo(float).eps)
rows = pytest.mark.parametrize("row", SCHEMES.values(), ids=lambda row: row.name)
ORDER_TOL = 0.1  # the contract's own: the next term of the series bends the line by less than that over the range

# Where truncation is all there is: h is far below the scale of sin, which is 1, and the error far above rounding.
TRUNCATION = {
    "forward": (1e-5, 1e-2),
    "backward": (1e-5, 1e-2),
    "central": (1e-3, 1e-1),
    "five_point": (2e-2, 2e-1),
    "richardson": (2e-2, 2e-1),  # the error is down to 1e-35: the stencil itself is measured, with 60 digits
    "complex_step": (1e-3, 1e-1),
}


def logistic(x):
    """l_4 of the logistic map; its derivative at 1/5 is 9.0660864 exactly (Baydin et al. 2018, table 1)."""
    for _ in range(3):
        x = 4 * x * (1 - x)
    return x


TRUTH = 9.0660864


def slope(h, error):
    """The slope of a straight line through the points in a doubly logarithmic plot."""
    return np.polyfit(np.log(h), np.log(error), 1)[0]


@rows
def test_the_declared_order_is_what_the_moments_say(row):
    stencil = row.stencil
    for m in range(stencil.order + 2):
        total = sum(w * o**m for o, w in zip(stencil.offsets, stencil.weights, strict=True)) / factorial(m)
        real = Fraction((0, 1, 0, -1)[m % 4]) * total if stencil.imaginary else total
        assert (real == (m == 1)) == (m <= stencil.order)


@rows
def test_the_measured_order_is_the_declared_order(row):
    h = np.geomspace(*TRUNCATION[row.name], 12)
    error = [error_in_digits(row, step) if row.halvings > 1 else error_of_grad(row, step) for step in h]
    assert abs(slope(h, np.array(error, dtype=float)) - row.order) < ORDER_TOL


def error_of_grad(row, h):
    """Of the scheme as it is used."""
    return abs(numeric.grad(np.sin, scheme=row.name, step=h)(1.0) - np.cos(1.0))


def error_in_digits(row, h):
    """Of the row's stencil, without rounding."""
    with mpmath.workdps(60):
        values = [mpmath.sin(1 + mpmath.mpf(o.numerator) / o.denominator * h) for o in row.stencil.offsets]
        weights = [mpmath.mpf(w.numerator) / w.denominator for w in row.stencil.weights]
        return abs(mpmath.fdot(weights, values) / h - mpmath.cos(1))


@rows
def test_grad_is_the_stencil_of_the_row(row):
    stencil, h = row.stencil, 0.25
    offsets, weights = (np.array(column, dtype=float) for column in (stencil.offsets, stencil.weights))
    if stencil.imaginary:
        by_hand = np.imag(weights @ np.exp(0.5 + 1j * offsets * h)) / h
    else:
        by_hand = weights @ np.exp(0.5 + offsets * h) / h
    # Richardson takes the best entry of the whole table, which rounding may make another than the last one.
    assert abs(numeric.grad(np.exp, scheme=row.name, step=h)(0.5) - by_hand) < 8 * EPS * stencil.rounding * 2 / h


@pytest.mark.parametrize(
    ("name", "best", "at", "rounding_slope"),
    [
        ("forward", 1.4e-8, 2e-9, -0.97),
        ("central", 5.8e-11, 1e-7, -0.94),
        ("five_point", 2.5e-13, 4e-6, -0.95),
    ],
)
def test_the_v_curve_of_the_logistic_map_has_the_published_bottom_and_walls(name, best, at, rounding_slope):
    h = 10.0 ** np.arange(-14.0, 0.01, 0.1)
    error = np.abs([numeric.grad(logistic, scheme=name, step=step)(0.2) - TRUTH for step in h])
    # Rounding is luck at each single h: the lowest of 140 draws is known to a factor of a few, its place to a decade.
    assert best / 10 < error.min() < best * 5
    assert at / 20 < h[error.argmin()] < at * 20
    left = (h > 1e-13) & (h < at / 10)
    # Luck again: the scatter of one decade about the line, over the decades of the wall.
    assert abs(slope(h[left], np.maximum(error[left], EPS)) - rounding_slope) < 0.3
    right = (h > at * 20) & (h < at * 2e3)
    assert abs(slope(h[right], error[right]) - SCHEMES[name].order) < ORDER_TOL


def test_the_complex_step_has_only_one_wall():
    h = 10.0 ** np.arange(-100.0, -8.0, 4.0)
    error = np.abs([numeric.grad(logistic, scheme="complex_step", step=step)(0.2) - TRUTH for step in h])
    # Nine products of numbers below 10, each rounded by half a unit: no cancellation at any h.
    assert error.max() < 9 * EPS * TRUTH
    h = np.geomspace(1e-4, 1e-3, 9)
    error = np.abs([numeric.grad(logistic, scheme="complex_step", step=step)(0.2) - TRUTH for step in h])
    assert abs(slope(h, error) - 2) < ORDER_TOL


@pytest.mark.parametrize(
    ("offsets", "weights", "order", "message"),
    [
        ((0, 1), (-1, 2), 1, "moment 0 is 1"),
        ((0, 1), (-2, 2), 1, "moment 1 is 2"),
        ((0, 1), (-1, 1), 2, "moment 2 is 1/2, so derivative 1 has no such order"),
        ((-1, 1), (Fraction(-1, 2), Fraction(1, 2)), 1, "the order is higher than 1: moment 2 is 0 too"),
        ((0, 1), (-1,), 1, "one weight for each of its distinct offsets"),
        ((1, 1), (-1, 1), 1, "one weight for each of its distinct offsets"),
    ],
)
def test_a_stencil_that_claims_too_much_is_refused(offsets, weights, order, message):
    with pytest.raises(ValueError, match=message):
        Stencil(offsets, weights, order)


def test_a_scheme_that_declares_another_cost_is_refused():
    with pytest.raises(ValueError, match="central: costs 2 evaluations, 1 are declared"):
        Scheme("central", CENTRAL, 1)


def test_two_steps_of_romberg_are_the_five_point_stencil_of_half_the_step():
    two = romberg(CENTRAL, 2)
    scaled = {2 * o: w / 2 for o, w in zip(two.offsets, two.weights, strict=True)}
    five = SCHEMES["five_point"].stencil
    assert scaled == dict(zip(five.offsets, five.weights, strict=True))


def test_the_first_derivative_of_the_first_derivative_is_the_second():
    twice = CENTRAL.twice()
    assert (twice.offsets, twice.weights) == ((-2, 0, 2), (Fraction(1, 4), Fraction(-1, 2), Fraction(1, 4)))
    assert twice.order == 2


@pytest.mark.parametrize("caller", [numeric.grad, numeric.jacobian, numeric.hessian, numeric.estimate])
def test_an_unknown_scheme_is_refused_with_the_list(caller):
    with pytest.raises(
        ArgumentError, match=r"scheme='cubic' is not in the table; choose one of forward, backward, cen"
    ):
        caller(np.sin, scheme="cubic")


# -- extrapolation -----------------------------------------------------------------------------------------------------


def naive_neville(levels, noise):
    """One line and output at a time, entry by entry, as Ridders wrote it."""
    best, error, row = levels[-1], np.inf, []
    for k, first in enumerate(levels):
        above, row = row, [first]
        for j, parent in enumerate(above, start=1):
            entry = row[-1] + (row[-1] - parent) / (4.0**j - 1)
            distance = max(abs(entry - row[-1]), abs(entry - parent)) + noise[k]
            if distance < error:
                best, error = entry, distance
            row.append(entry)
    gap = abs(best - row[-1]) - AGREES * noise[-1]
    return best, error if np.isnan(gap) else max(error, gap)


@pytest.mark.parametrize("spoilt", [None, 0, 2, 5])
def test_the_extrapolation_is_that_of_a_naive_loop(spoilt):
    rng = np.random.default_rng(7)
    h = 0.5 ** np.arange(6)[:, None, None]
    levels = 1.0 + rng.normal(size=(1, 4, 2)) * h**2 + rng.normal(size=(1, 4, 2)) * h**4
    levels = levels + 1e-13 * rng.normal(size=(6, 4, 2))
    if spoilt is not None:
        levels[spoilt, 1] = np.nan
        levels[spoilt, 2] = np.inf
    noise = np.abs(1e-15 * rng.normal(size=(6, 4, 2))) + 1e-16
    best, error = neville(levels, noise)
    with np.errstate(all="ignore"):
        for line, output in np.ndindex(4, 2):
            expected = naive_neville(levels[:, line, output], noise[:, line, output])
            np.testing.assert_array_equal((best[line, output], error[line, output]), expected)

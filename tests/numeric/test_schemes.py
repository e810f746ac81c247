"""The table of schemes: its claims exactly, its measured orders, and the V-curve of truncation and rounding."""

from fractions import Fraction
from math import factorial

import numpy as np
import pytest

import numeric
from expression import ArgumentError
from numeric import SCHEMES, Scheme, Stencil
from numeric.schemes import CENTRAL, romberg

EPS = float(np.finfo(float).eps)
rows = pytest.mark.parametrize("row", SCHEMES.values(), ids=lambda row: row.name)
ORDER_TOL = 0.1  # the contract's own: the next term of the series bends the line by less than that over the range

# Where truncation is all there is: the error is far above rounding, and h far below the scale of sin(x + 1), which is 1.
# An order of 12 has sunk into rounding at h = 0.6; its series converges so fast that h may be larger than 1.
TRUNCATION = {
    "forward": (1e-5, 1e-2),
    "backward": (1e-5, 1e-2),
    "central": (1e-3, 1e-1),
    "five_point": (2e-2, 2e-1),
    "richardson": (1.5, 3.0),
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
    found = [row_derivative(row, np.sin, 1.0, step) for step in h]
    assert abs(slope(h, np.abs(np.array(found) - np.cos(1.0))) - row.order) < ORDER_TOL


def row_derivative(row, f, x, h):
    """The stencil of a row as it stands there, without the choice of an extrapolant that grad makes."""
    if row.stencil.imaginary:
        return numeric.grad(f, scheme=row.name, step=h)(x)
    offsets, weights = (np.array(column, dtype=float) for column in (row.stencil.offsets, row.stencil.weights))
    by_hand = weights @ f(x + offsets * h) / h
    if row.halvings == 1:
        assert abs(by_hand - numeric.grad(f, scheme=row.name, step=h)(x)) < 8 * EPS * row.stencil.rounding / h
    return by_hand


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
    assert best / 10 < error.min() < best * 3
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
    with pytest.raises(ArgumentError, match=r"scheme='cubic' is not in the table; choose one of forward, backward, cen"):
        caller(np.sin, scheme="cubic")

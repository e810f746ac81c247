"""V-curves: published slopes and optima, the formulas of the textbooks, the complex step, and what is refused."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure

from compare import v_curve
from compare.experiments.accuracy import signed
from compare.experiments.step_theory import quotient
from expression.errors import ArgumentError
from numeric import SCHEMES

EPS = np.finfo(float).eps
SLOPE_TOL = 0.02  # of a truncation slope: where it is read, the next term is a tenth of the first at most, mostly less
NOISE_TOL = 0.1  # of a rounding slope: the median over some 60 points, scattered by a factor of e or so, over 5 decades
AWAY = 100  # so far from h* one of the two errors has grown by that factor at least, and the other is below it


def l4(x):
    """The fourth iterate of the logistic map as Baydin et al. write it; no powers, so the same bits on any machine."""
    a, b = 1 - 2 * x, 1 - 8 * x + 8 * x * x
    return 64 * x * (1 - x) * (a * a) * (b * b)


@pytest.fixture(scope="module")
def published():
    """Figure 3 of Baydin et al. (2018)."""
    return v_curve(l4, 0.2)


# -- the published figure ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "order"), [("forward", 1), ("central", 2), ("five_point", 4), ("complex_step", 2)])
def test_truncation_has_the_slope_of_the_order(published, scheme, order):
    assert SCHEMES[scheme].order == order
    assert abs(published.curve(scheme).truncation_slope - order) < SLOPE_TOL


@pytest.mark.parametrize("scheme", ["forward", "central", "five_point"])
def test_rounding_has_the_slope_minus_one(published, scheme):
    assert abs(published.curve(scheme).rounding_slope + 1) < NOISE_TOL


def test_the_best_steps_are_the_published_ones(published):
    """Forward 1.4e-8 at 2e-9, central 5.8e-11 at 1e-7, five points 2.5e-13 at 4e-6 by another order of the same sum."""
    assert abs(published.exact - 9.0660864) < 1e-14
    forward, central, five = (published.curve(name).best for name in ("forward", "central", "five_point"))
    assert (f"{forward[0]:.0e}", f"{forward[1]:.1e}") == ("2e-09", "1.4e-08")
    assert f"{central[0]:.0e}" == "1e-07" and 5e-11 < central[1] < 6e-11
    assert f"{five[0]:.0e}" == "4e-06" and 1e-13 < five[1] < 1e-12


def test_the_complex_step_is_flat_down_to_1e_minus_100():
    curve = v_curve(l4, 0.2, ("complex_step",), steps=10.0 ** np.arange(-100, 1)).curve("complex_step")
    flat = [error for h, error in zip(curve.steps, curve.errors, strict=True) if h <= 1e-10]
    np.testing.assert_allclose(curve.steps[0], 1e-100)
    assert len(flat) > 90
    assert max(flat) < 3 * EPS * 9.07  # three roundings of the derivative
    assert curve.rounding_slope is None


# -- theory ------------------------------------------------------------------------------------------------------------


def test_h_star_is_that_of_the_textbooks(published):
    """The second and third derivative of l4 at 1/5, by SymPy."""
    import sympy

    x = sympy.Symbol("x")
    f, f2, f3 = (abs(float(sympy.diff(l4(x), x, k).subs(x, sympy.Rational(1, 5)))) for k in (0, 2, 3))
    forward, central = published.curve("forward").predicted[0], published.curve("central").predicted[0]
    np.testing.assert_allclose(forward, 2 * np.sqrt(EPS * f / f2), rtol=1e-10)
    np.testing.assert_allclose(central, np.cbrt(3 * EPS * f / f3), rtol=1e-10)


@pytest.mark.parametrize(
    ("f", "x", "steps"),
    [
        (l4, 0.2, None),
        (np.sin, 1.0, None),
        (lambda x: np.exp(np.sin(x)), 1.0, None),
        (np.log, 1e8, 10.0 ** np.arange(-8, 8.05, 0.1)),
        (lambda x: 1 / x, 1e-3, None),
    ],
)
@pytest.mark.parametrize("scheme", ["forward", "central", "five_point"])
def test_the_error_is_least_near_h_star_on_every_scale(f, x, steps, scheme):
    """Errors at single steps are random, so medians over a decade are compared."""
    curve = v_curve(f, x, (scheme,), steps=steps).curve(scheme)
    h, error = curve.predicted
    below, least, above = (typical(curve, at) for at in (h / AWAY, h, h * AWAY))
    assert error / 100 < least < 3 * error  # R is a bound, and its rounding often far below
    assert below > 5 * least
    assert above is None or above > 5 * least


def typical(curve, at):
    """The median error over a decade around a step; None beyond the steps that were taken."""
    near = [e for h, e in zip(curve.steps, curve.errors, strict=True) if at / 3 < h < at * 3]
    return float(np.median(near)) if len(near) > 5 else None


def test_rules_of_thumb_are_not_h_star(published):
    for scheme, root in (("forward", 2), ("central", 3), ("five_point", 5)):
        assert EPS ** (1 / root) > 5 * published.curve(scheme).predicted[0]


def test_float32_moves_the_optimum_to_a_thousandth_and_more():
    found = v_curve(np.sin, 1.0, ("central",), dtype=(np.float64, np.float32))
    double, single = found.curve("central"), found.curve("central", np.float32)
    assert double.predicted[0] < 1e-4 and double.best[1] < 1e-10
    assert 1e-3 <= single.predicted[0] <= 1e-2
    assert 1e-6 < typical(single, single.predicted[0]) < 1e-4
    assert abs(single.truncation_slope - 2) < SLOPE_TOL and abs(single.rounding_slope + 1) < NOISE_TOL


def test_a_polynomial_below_the_order_has_no_truncation():
    curve = v_curve(l4, 0.2, ("richardson",)).curve("richardson")
    assert curve.predicted is None and curve.truncation_slope is None
    assert curve.best[0] > 0.1 and curve.best[1] < 1e-13
    central = v_curve(lambda x: x * x, 3.0, ("central",)).curve("central")
    assert central.predicted is None and central.best[1] == 0


def test_a_wrong_derivative_is_seen_as_a_floor_under_the_v():
    right = v_curve(np.sin, 1.0, ("central",)).curve("central")
    wrong = v_curve(np.sin, 1.0, ("central",), exact=np.cos(1.0) + 1e-6).curve("central")
    assert abs(right.truncation_slope - 2) < SLOPE_TOL
    assert wrong.truncation_slope < 1.5
    assert wrong.errors[100] > 0.9e-6 > right.errors[100]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_quotient_costs_what_its_row_declares_and_is_the_textbooks_formula(scheme):
    calls = []

    def f(x):
        calls.append(x)
        return np.exp(x)

    stencil = SCHEMES[scheme].stencil
    found = quotient(f, np.float64(0.5), stencil, 0.25)
    assert len(calls) == SCHEMES[scheme].cost + (0.0 in [float(o) for o in stencil.offsets])
    h = 0.25j if stencil.imaginary else 0.25
    total = sum(float(w) * np.exp(0.5 + float(o) * h) for o, w in zip(stencil.offsets, stencil.weights, strict=True))
    wanted = (total.imag if stencil.imaginary else total) / 0.25
    assert abs(found - wanted) < 1e-13 * stencil.rounding


# -- what it takes -----------------------------------------------------------------------------------------------------


def test_a_scheme_that_cannot_be_used_says_why_and_the_others_answer():
    found = v_curve(lambda x: x * np.abs(x), -1.5)
    assert "cannot pass through abs" in found.curve("complex_step").reason
    assert "cannot pass through abs" in str(found)
    assert found.exact == 3.0
    assert abs(found.curve("forward").truncation_slope - 1) < SLOPE_TOL


def test_a_branch_is_followed_and_a_black_box_needs_the_derivative():
    def branching(x):
        return x**3 if x > 1 else x

    assert v_curve(branching, 2.0).exact == 12.0

    def black_box(x):
        return np.float64(float(x)) ** 3

    with pytest.raises(ArgumentError, match=r"f cannot be traced to certify f' \(.*\); give it as exact="):
        v_curve(black_box, 2.0)
    found = v_curve(black_box, 2.0, ("central",), exact=12.0).curve("central")
    assert found.best[1] < 1e-8 and found.predicted is None and found.truncation_slope is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: v_curve(np.sin, 1), "x is an int: derivatives need floats; write 2.0 for 2"),
        (lambda: v_curve(np.sin, np.ones(2)), r"x: expected one float, got shape \(2,\)"),
        (lambda: v_curve(lambda x: (x, x), 1.0), "v_curve needs a scalar output, got 2 outputs"),
        (lambda: v_curve(np.sin, 1.0, ("euler",)), "scheme='euler' is not in the table; choose one of forward"),
        (lambda: v_curve(np.sin, 1.0, steps=[0.1, 0.0]), "step=0.0: a step is a positive number"),
        (lambda: v_curve(np.abs, 0.0), "f' at x cannot be certified: the derivatives from left and right differ"),
        (lambda: v_curve(np.sin, 1.0).curve("richardson"), "there is no curve of richardson in float64; there are "),
    ],
)
def test_what_is_refused_says_what_would_be_right(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


# -- how it is shown ---------------------------------------------------------------------------------------------------


def test_the_table_shows_slopes_with_their_signs(published):
    line = next(line for line in str(published).splitlines() if line.startswith("five_point"))
    assert line.split()[1] == "+4.00"
    assert (signed(2.0), signed(-0.998), signed(None)) == ("+2.00", "-1.00", "-")
    assert "<table>" in published._repr_html_() and repr(published).startswith("<V-curve of l4 at x = 0.2")


def test_json_keeps_every_point_and_has_no_nan():
    found = v_curve(np.sin, 1.0, ("forward",), steps=[5e-324, 1e-3])
    read = json.loads(found.to_json())
    assert read["format"] == "trigrad.v_curve"
    assert read["curves"][0]["steps"] == [5e-324, 1e-3]


def test_a_scheme_has_one_colour_and_its_slopes_in_every_figure():
    colours = []
    for schemes in (("forward", "complex_step"), ("complex_step",)):
        figure = Figure()
        v_curve(l4, 0.2, schemes).plot(figure)
        lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
        colours.append(lines["complex_step: slope +2.00"].get_color())
    assert colours[0] == colours[1]


def test_the_picture_says_in_words_where_the_best_steps_are(published):
    assert "forward in float64 is best at h = 2e-09 with error 1e-08" in published.plot().alt

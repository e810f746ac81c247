"""Overlays: slopes along an interval, and errors that fit closed forms."""

import json
from math import cos, sin

import numpy as np
import pytest
from matplotlib.figure import Figure

from compare import overlay
from compare.certifying import Certificate
from compare.experiments.overlaying import ROOMS, error
from compare.figures.overlaying import FLOOR
from expression import parse
from expression.corpus import case
from expression.errors import ArgumentError, ControlFlowError

EXACT_TOL = 4 * np.finfo(float).eps  # a sum of two products, each a few roundings: relative to |a| + |b|
X = np.linspace(-6.0, 6.0, 13)


@pytest.fixture(scope="module")
def curve():
    """The slope of x^2 sin x."""
    return overlay(case("x2_sin").function, X)


def test_rules_are_exact_along_the_interval_and_differences_lose_digits(curve):
    assert tuple(curve.slopes) == ("symbolic", "numeric", "autodiff") == tuple(room for room, _ in ROOMS)
    assert curve.worst("symbolic")[0] < EXACT_TOL
    assert curve.worst("autodiff")[0] < EXACT_TOL
    assert EXACT_TOL < curve.worst("numeric")[0] < 1e-8  # half the digits and better, by the chosen step


def test_values_and_slopes_are_those_of_the_closed_form(curve):
    for k, x in enumerate(X):
        assert curve.values[k] == pytest.approx(x * x * sin(x), rel=EXACT_TOL)
        assert curve.slopes["autodiff"][k] == pytest.approx(2 * x * sin(x) + x * x * cos(x), rel=1e-13)


def test_an_error_is_the_distance_over_the_sum_of_both():
    """|a - b| / max(1, |a| + |b|), for f = x^3 at 2: the slope is 12, and 10 is off by 2 / 22."""
    found = overlay(parse("x**3"), (2.0,), {"off": lambda x: 10.0, "right": lambda x: 12.0})
    assert found.errors["off"] == pytest.approx((2 / 22,), rel=EXACT_TOL)
    assert found.errors["right"] == (0.0,)  # what is less than the certificate vouches for is no error


def test_a_slip_is_found_wherever_it_is_looked_for():
    slips = {"no chain rule": lambda x: cos(3 * x), "right": lambda x: 3 * cos(3 * x)}
    found = overlay(lambda x: np.sin(3 * x), np.linspace(0.1, 3.0, 7), slips)
    assert found.worst("no chain rule")[0] > 0.1 > EXACT_TOL > found.worst("right")[0]


def test_a_kink_is_not_certified_and_the_table_says_so():
    found = overlay(np.abs, (-1.0, 0.0, 1.0))
    assert found.errors["autodiff"] == (0.0, None, 0.0)
    assert "not certified at 1 point: a kink, or outside the domain" in str(found)
    alone = overlay(np.abs, (0.0,), {"zero": lambda x: 0.0})
    assert alone.worst("zero") is None
    assert "not certified" in str(alone).splitlines()[2]


def test_a_slope_that_is_no_number_has_no_error():
    found = overlay(parse("x**2"), (1.0, 2.0), {"broken": lambda x: float("nan") if x > 1 else 2 * x})
    assert found.errors["broken"] == (0.0, None)
    assert error(1.0, Certificate(reason="none")) is None


def test_a_row_for_each_way_and_strict_json(curve):
    lines = str(curve).splitlines()
    assert lines[0] == "slope of x2_sin at 13 points"
    assert [line.split()[0] for line in lines[2:5]] == ["symbolic", "numeric", "autodiff"]
    assert repr(curve) == "<Overlay of the slope of x2_sin by symbolic, numeric, autodiff>"
    assert curve._repr_html_().count("<tr>") == 4
    content = json.loads(curve.to_json())
    assert (content["format"], content["x"]) == ("trigrad.overlay", list(X))
    assert json.loads(overlay(np.abs, (0.0,)).to_json())["errors"]["numeric"] == [None]


def test_an_expression_is_named_by_its_formula():
    assert str(overlay(parse("x * x"), (1.0,))).startswith("slope of x * x at 1 point")
    assert str(overlay(parse("x * x"), (1.0,), name="area")).startswith("slope of area")


def test_what_is_no_interval_and_no_scalar_is_refused():
    for xs in ([], [[1.0]], [np.nan]):
        with pytest.raises(ArgumentError, match=r"overlay: xs must be a list of finite numbers, such as np\.linspace"):
            overlay(np.sin, xs)
    with pytest.raises(ArgumentError, match="give at least one way"):
        overlay(np.sin, (1.0,), {})
    with pytest.raises(ArgumentError, match="scalar"):
        overlay(lambda x: np.stack([x, x]), (1.0,))
    with pytest.raises(ControlFlowError):
        overlay(lambda x: x if x > 0 else -x, (1.0,))


def test_the_figure_shows_every_way_in_both_panels(curve):
    figure = Figure()
    curve.plot(figure)
    left, right = figure.axes
    assert [line.get_label() for line in left.get_lines()] == ["x2_sin", *(f"slope, {way}" for way in curve.slopes)]
    assert [line.get_label() for line in right.get_lines()][:3] == list(curve.slopes)
    assert right.get_yscale() == "log"
    for line in right.get_lines()[:3]:
        assert min(line.get_ydata()) >= FLOOR  # an error of exactly 0 is drawn, too
    picture = curve.plot()
    assert "x2_sin and its slope by symbolic, numeric, autodiff" in picture.alt
    assert 'style="max-width: 100%; height: auto"' in picture._repr_html_()

"""Figures: the same bytes every time, whole files or none, and no global state."""

import sys
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from compare import (
    bounds,
    compare,
    cost,
    count_paths,
    crossover,
    directions,
    drift,
    forward_trace,
    overlay,
    reverse_trace,
    rewritings,
    survey,
    swell,
    tree_and_dag,
    v_curve,
)
from compare.experiments.crossing import Measured
from compare.experiments.taping import Recording, Row
from compare.racing import Race, Runner
from compare.timing import Timing
from expression import parse
from expression.corpus import case
from expression.errors import ArgumentError

MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def refusing(x):
    """A function that only numeric can differentiate."""
    return x if x > 0 else -x


def timing(*rounds):
    """Rounds of one call each."""
    return Timing(rounds, 1)


RACE = Race(
    (
        Runner("reverse", timing(1.0, 1.1, 1.0), 15.9),
        Runner("a tie", timing(1.1, 1.0, 1.1), 15.9),
        Runner("numeric differentiation", timing(20.0, 21.0, 26.0), 8.0),
        Runner("f", timing(0.1, 0.11, 0.1), None),
    ),
    "reverse",
)
DRAWN = (Measured(4, 4, Race((RACE.runners[0], Runner("forward", timing(1.0, 1.1, 1.1), None)), "reverse")),)
TAPE = Recording(
    "logistic",
    tuple(Row(n, 3 * n, 16 * n, 540 * n, *(timing(t * n) for t in (1e-7, 9e-7, 2e-6))) for n in (10, 100, 1000)),
)
RESULTS = {
    "swell of a loop": lambda: swell("logistic", (1, 2, 4, 8)),
    "v-curve": lambda: v_curve(np.sin, 1.0, dtype=(np.float64, np.float32)),
    "rewritings": lambda: rewritings("logistic", (2, 3, 4)),
    "drift": lambda: drift("logistic", range(2, 70)),
    "swell of arrays": lambda: swell("helmholtz", (2, 4)),
    "cost": lambda: cost("helmholtz", (4, 8, 16)),
    "cost with times": lambda: cost("rosenbrock", (4, 8), time=True),
    "comparison": lambda: compare(parse("log(x) + x*y - sin(y)"), 2.0, 5.0, time=False),
    "refusals": lambda: compare(*case("logistic").at(40)[:1], 0.2, methods=("closed-form", "autodiff"), time=False),
    "a black box": lambda: compare(refusing, 2.0, time=False),
    "overlay": lambda: overlay(case("x2_sin").function, np.linspace(-6.0, 6.0, 13)),
    "overlay at a kink": lambda: overlay(np.abs, (-1.0, 0.0, 1.0), {"one": lambda x: 1.0}),
    "sharing": lambda: tree_and_dag("repeated_squaring", (1, 2, 10, 60)),
    "survey": lambda: survey(("baydin", "x2_sin", "logistic", "variance")),
    "forward trace": lambda: forward_trace(lambda x, y: np.log(x) + x * y - np.sin(y), 2.0, 5.0),
    "reverse trace": lambda: reverse_trace(lambda x, y: np.log(x) + x * y - np.sin(y), 2.0, 5.0),
    "paths": lambda: count_paths((1, 2, 4, 8, 20)),
    "directions": lambda: directions("rosenbrock", (4, 8, 16)),
    "race": lambda: RACE,
    "bounds": bounds,
    "bounds of two functions": lambda: bounds(("baydin", "planck")),
    "crossover": lambda: replace(crossover(sizes=(1, 4, 16, 64, 256)), measured=DRAWN),
    "recording": lambda: TAPE,
}


@pytest.fixture(scope="module", params=RESULTS, ids=str)
def result(request):
    return RESULTS[request.param]()


@pytest.mark.parametrize("suffix", MAGIC)
def test_the_same_result_gives_the_same_bytes(result, suffix, tmp_path):
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    result.plot(first)
    result.plot(str(second))
    assert first.read_bytes().startswith(MAGIC[suffix])
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [first.name, second.name]  # no temporary file is left


def test_figures_leave_no_trace_in_matplotlib(result, tmp_path):
    before = dict(matplotlib.rcParams)
    result.plot(tmp_path / "figure.png")
    assert dict(matplotlib.rcParams) == before
    if "matplotlib.pyplot" in sys.modules:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []


def texts(figure):
    """Every text of a figure's legends."""
    return [text.get_text() for part in figure.subfigs for legend in part.legends for text in legend.get_texts()]


def test_slopes_stand_in_the_legends():
    figure = Figure()
    cost("rosenbrock", (4, 8, 16)).plot(figure)
    assert "finite differences, slope 1.00" in texts(figure)
    assert "reverse mode, slope 0.00" in texts(figure)
    figure = Figure()
    swell("logistic", (6, 8, 10, 12)).plot(figure)
    assert "f, tree: \N{MULTIPLICATION SIGN}2.00 a step" in texts(figure)
    assert "autodiff, DAG: +8 a step" in texts(figure)


def test_labels_do_not_overlap_and_nothing_is_cut_off(result):
    """Of each panel: its ticks along an axis, the texts that stand in it, and all of it within the figure."""
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    result.plot(figure)
    figure.draw_without_rendering()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            assert_apart([tick.label1.get_window_extent() for tick in axis.get_major_ticks()])
        assert_apart([text.get_window_extent() for text in axes.texts])
        assert_within(axes.get_tightbbox(), figure.bbox)
        for legend in axes.figure.legends:
            assert_within(legend.get_window_extent(), figure.bbox)
            assert not legend.get_window_extent().overlaps(axes.get_tightbbox())


def assert_within(part, whole):
    """A box lies in another, but for a pixel."""
    assert whole.x0 - 1 <= part.x0 and part.x1 <= whole.x1 + 1
    assert whole.y0 - 1 <= part.y0 and part.y1 <= whole.y1 + 1


def assert_apart(boxes):
    """No two boxes overlap; what is not drawn has no extent."""
    drawn = [box for box in boxes if box.width > 1 and box.height > 1]
    for k, a in enumerate(drawn):
        assert not any(a.overlaps(b) for b in drawn[k + 1 :])


def test_numbers_far_beyond_a_float_are_drawn():
    figure = Figure()
    swell("logistic", (2, 3)).plot(figure)
    lines = figure.axes[1].get_lines()
    assert max(max(line.get_ydata()) for line in lines) > 1000  # by their logarithms


def test_a_plot_onto_axes_takes_the_first_panel():
    figure = Figure()
    axes = figure.subplots()
    cost("rosenbrock", (4, 8)).plot(axes)
    assert axes.get_title() == "rosenbrock: counted operations"


def test_a_figure_that_cannot_be_written_is_refused_in_one_line(result, tmp_path):
    with pytest.raises(
        ArgumentError, match=r"figure\.gif: \.gif is no format for figures; write \.png, \.svg or \.pdf"
    ):
        result.plot(tmp_path / "figure.gif")
    with pytest.raises(ArgumentError, match="no suffix is no format"):
        result.plot(tmp_path / "figure")
    with pytest.raises(ArgumentError, match=r"the directory .* does not exist; make it, or name another"):
        result.plot(tmp_path / "nowhere" / "figure.png")
    (tmp_path / "taken.png").mkdir()
    with pytest.raises(ArgumentError, match=r"taken\.png cannot be written"):
        result.plot(tmp_path / "taken.png")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.png"]


def test_every_panel_says_which_method_has_nothing_to_show():
    def branching(x):
        return x * x if x > 0 else -x

    figure = Figure()
    compare(branching, 2.0, time=False).plot(figure)
    for axes in figure.axes:
        words = [text.get_text().strip() for text in axes.texts]
        assert words.count("refused") == 2  # symbolic and autodiff: there is no expression
        assert {"not certified", "not counted"} & set(words)

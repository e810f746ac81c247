"""Traces: the published tables, formulas that compute what stands behind them, every function of the corpus."""

import json
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

import numeric
import symbolic
from compare import forward_trace, reverse_trace
from compare.experiments.formulas import NAME, in_mathtext, in_unicode, number, with_numbers
from expression import functions, operation, parse
from expression.corpus import CASES, CORPUS
from expression.errors import ArgumentError
from expression.structure import flatten

ROUNDING = 1e-12  # the same derivative, by the rules in another order
DIFFERENCES = 1e-6  # central differences: eps**(2/3) is 4e-11, times what the corpus has of scale
SMOOTH = [row for row in CASES if not row.kink and not row.requires]  # those on data have a thousand inputs and more
SCALAR = ("baydin", "x2_sin", "power_tower", "tanh_by_exp", "twenty_operations", "sigmoid")
PAGE = 108  # characters of a row on a page of 800 px


def baydin(x1, x2):
    """Baydin's example, one operation a line, in the order of the survey's tables."""
    v1 = np.log(x1)
    v2 = x1 * x2
    v3 = np.sin(x2)
    v4 = v1 + v2
    return v4 - v3


def rounded(lines):
    """Values with the digits that the survey prints."""
    return [round(float(line.value), 3) for line in lines]


def close(a, b, tolerance):
    """The house's way to compare floats."""
    return bool(np.all(np.abs(np.asarray(a) - b) <= tolerance * np.maximum(1, np.abs(a) + np.abs(b))))


# -- Baydin, Pearlmutter, Radul and Siskind (2018), tables 2 and 3 ----------------------------------------------------

PRIMAL = [2, 5, 0.693, 10, -0.959, 10.693, 11.652, 11.652]


def test_the_forward_trace_is_the_surveys_table_2():
    trace = forward_trace(baydin, 2.0, 5.0)
    assert rounded(trace.primal) == PRIMAL
    assert [line.value for line in trace.tangent] == [1, 0, 0.5, 5, 0, 5.5, 5.5, 5.5]
    assert [str(line) for line in trace.tangent] == [
        "v0_dot = x1_dot",
        "v1_dot = x2_dot",
        "v2_dot = v0_dot / v0 = 1 / 2",
        "v3_dot = v0_dot * v1 + v1_dot * v0 = 1 * 5 + 0 * 2",
        "v4_dot = v1_dot * cos(v1) = 0 * cos(5)",
        "v5_dot = v2_dot + v3_dot = 0.5 + 5",
        "v6_dot = v5_dot - v4_dot = 5.5 - 0",
        "y_dot = v6_dot",
    ]
    assert round(trace.value, 3) == 11.652 and trace.derivative == 5.5


def test_the_reverse_trace_is_the_surveys_table_3():
    trace = reverse_trace(baydin, 2.0, 5.0)
    assert rounded(trace.primal) == PRIMAL
    assert rounded(trace.adjoint) == [1, 1, -1, 1, 1, -0.284, 5, 1.716, 5.5, 1.716, 5.5]
    assert [line.formula for line in trace.adjoint] == [
        "v6_bar = y_bar",
        "v5_bar = v6_bar * dv6/dv5 = v6_bar * 1",
        "v4_bar = v6_bar * dv6/dv4 = v6_bar * (-1)",
        "v2_bar = v5_bar * dv5/dv2 = v5_bar * 1",
        "v3_bar = v5_bar * dv5/dv3 = v5_bar * 1",
        "v1_bar = v4_bar * dv4/dv1 = v4_bar * cos(v1)",
        "v0_bar = v3_bar * dv3/dv0 = v3_bar * v1",
        "v1_bar += v3_bar * dv3/dv1 = v3_bar * v0",
        "v0_bar += v2_bar * dv2/dv0 = v2_bar / v0",
        "x2_bar = v1_bar",
        "x1_bar = v0_bar",
    ]
    assert trace.gradient[0] == 5.5 and abs(trace.gradient[1] - (2 - np.cos(5))) < 1e-15


def test_a_contribution_stands_beside_the_node_that_sends_it():
    rows = reverse_trace(baydin, 2.0, 5.0).tables()[0].rows
    for left, _, right, _ in rows:
        if left.startswith("v") and " * dv" in right:
            assert f"d{left.split()[0]}/" in right
    assert rows[-1][2] == "v6_bar = y_bar" and rows[0][2] == "x1_bar = v0_bar"


# -- formulas compute what stands behind them -------------------------------------------------------------------------

NAMESPACE = {name: getattr(np, name) for name in ("log", "sin", "cos", "exp", "sqrt", "tanh", "sign", "where")}


def test_formulas_compute_the_values_behind_them():
    """Python evaluates every formula of both traces, in order, from the inputs alone."""
    x, y, z = 1.2, 0.7, 1.5

    def f(x, y, z):
        return np.exp(x / y) * np.sqrt(z) - np.tanh(x * x) + np.abs(y - z) * np.sin(x)

    forward, reverse = forward_trace(f, x, y, z, tangents=(0.3, -1.0, 2.0)), reverse_trace(f, x, y, z)
    names = NAMESPACE | {"abs": abs, "x": x, "y": y, "z": z, "x_dot": 0.3, "y_dot": -1.0, "z_dot": 2.0, "f_bar": 1.0}
    for line in (*forward.primal, *forward.tangent, *reverse.adjoint):
        target, sign, formula = re.fullmatch(r"(\w+) (\+?=) (.*)", line.formula).groups()
        formula = formula.rpartition(" = ")[2]
        found = eval(formula, names)
        names[target] = names[target] + found if sign == "+=" else found
        assert close(line.value, names[target], ROUNDING), line.formula


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
def test_the_last_lines_are_the_derivatives(row):
    """The oracle evaluates only."""
    f, args = row.at(row.family[0] if row.family else None)
    trace = reverse_trace(f, *args)
    expected = flatten(numeric.grad(f, tuple(range(len(args))))(*args))[0]
    for found, slope in zip(trace.gradient, expected, strict=True):
        assert np.shape(found) == np.shape(slope) and close(found, slope, DIFFERENCES)
    walked = forward_trace(f, *args, tangents=args)
    direction = sum(np.sum(a * b) for a, b in zip(trace.gradient, flatten(args)[0], strict=True))
    assert close(walked.derivative, direction, ROUNDING)
    for shown in (trace, walked):
        assert "pullback of" not in str(shown) and "pushforward of" not in str(shown)
        assert json.loads(shown.to_json())["title"] == shown.title
        assert shown._repr_html_().count("<tr>") == len(shown.tables()[0].rows) + 1


@pytest.mark.parametrize("name", SCALAR)
def test_a_trace_of_an_expression_has_its_numbers_and_sympys_gradient(name):
    e = CORPUS[name].trace(None)
    _, args = CORPUS[name].at(None)
    trace = reverse_trace(e, *args)
    assert {f"v{line.node}" for line in trace.primal} <= {f"v{i}" for i in range(len(e))}
    expected = symbolic.grad(e, tuple(range(len(args))))(*args)
    assert close(trace.gradient, flatten(expected)[0], ROUNDING)


def test_a_wrong_rule_is_seen_in_the_trace():
    @operation(partials=(lambda y, x: 2.001 * x,))
    def squared(x):
        return x * x

    trace = reverse_trace(lambda x: squared(x), 3.0)
    assert "v1_bar * (2.001 * v0)" in str(trace)
    assert not close(trace.gradient[0], numeric.grad(squared)(3.0), DIFFERENCES)


def test_contributions_add_up_where_a_node_is_read_often():
    lines = [line for line in reverse_trace(lambda x: x * x + x + np.sin(x), 2.0).adjoint if line.node == 0]
    assert [" += " in line.formula for line in lines] == [False, True, True, True, False]
    assert close(lines[-1].value, 2 * 2 + 1 + np.cos(2), ROUNDING)


def test_branches_are_taken_as_at_the_point():
    def f(x):
        return x * x if x > 1 else -x

    assert reverse_trace(f, 3.0).gradient == (6.0,)
    assert reverse_trace(f, 0.5).gradient == (-1.0,)


def test_an_input_that_nothing_is_sent_to_has_exactly_zero_and_a_note():
    trace = reverse_trace(lambda x, u: x * x, 3.0, 4.0)
    assert trace.gradient == (6.0, 0.0)
    assert trace.notes == ("nothing is sent back to u: its derivative is exactly 0",)
    assert forward_trace(lambda x, u: x * x, 3.0, 4.0, tangents=(0.0, 1.0)).derivative == 0


def test_the_saved_values_are_those_that_the_partials_read():
    saved = reverse_trace(lambda x, w, b: functions.sigmoid(w * x + b), 1.0, 2.0, 3.0).saved
    assert [row[1:] for row in saved.rows] == [
        ("mul", "v1, v0"),
        ("add", "nothing"),
        ("sigmoid", "v5, its result"),
    ]


@pytest.mark.parametrize("name", ["y", "f", "output"])
def test_the_result_has_a_name_that_no_input_has(name):
    e = parse(f"log(x) * {name}")
    assert f"{name} = " not in reverse_trace(e, 2.0, 5.0).title.split(" at ")[0]


# -- refusals ---------------------------------------------------------------------------------------------------------


def test_what_cannot_be_traced_is_refused_in_one_line():
    with pytest.raises(ArgumentError, match=r"reverse_trace needs a scalar output, got shape \(2,\)"):
        reverse_trace(lambda x: x * x, np.ones(2))
    with pytest.raises(ArgumentError, match=r"x has shape \(2,\); give tangents=, a direction"):
        forward_trace(lambda x: np.sum(x), np.ones(2))
    with pytest.raises(ArgumentError, match=r"tangents 1: expected shape \(\), got \(2,\)"):
        forward_trace(lambda x, y: x * y, 1.0, 2.0, tangents=(1.0, np.ones(2)))
    with pytest.raises(ArgumentError, match="x holds nan"):
        reverse_trace(lambda x: x * x, np.nan)
    with pytest.raises(ArgumentError, match="the list has 301 nodes; at most 200 are written out one by one"):
        reverse_trace(lambda x: chain(x, 300), 0.5)
    with pytest.raises(ArgumentError, match="adjoints of arrays do not fit into cells; print the trace instead"):
        reverse_trace(lambda x: np.sum(x * x), np.ones(2)).plot_steps()


def chain(x, n):
    """So many sines."""
    for _ in range(n):
        x = np.sin(x)
    return x


# -- how it looks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "page", "figure"),
    [
        ("v12_bar = v3_bar * v1", "v̄₁₂ = v̄₃ \u00d7 v₁", r"$\bar{v}_{12}$ = $\bar{v}_{3}$ \u00d7 ${v}_{1}$"),
        ("v2_dot = -v1_dot", "v̇₂ = \u2212v̇₁", r"$\dot{v}_{2}$ = \u2212$\dot{v}_{1}$"),
        ("x1_bar = dv2/dv0", "x̄₁ = ∂v₂/∂v₀", r"$\bar{x}_{1}$ = $\partial${v}_{2}/$\partial${v}_{0}"),
        ("weight_bar = 1e-05", "weight_bar = 1e-05", "weight_bar = 1e-05"),
        ("log10(v0) - 2", "log10(v₀) \u2212 2", r"log10(${v}_{0}$) \u2212 2"),
    ],
)
def test_formulas_are_set_as_they_are_printed(text, page, figure):
    assert in_unicode(text) == page
    plain = figure.replace(r"\u00d7", "\u00d7").replace(r"\u2212", "\u2212")
    assert in_mathtext(text).replace("$", "") == plain.replace("$", "")


def test_numbers_stand_in_brackets_where_they_are_negative():
    assert with_numbers("v1 - v2 * sin(v3)", {"v1": -1.0, "v2": -2.5, "v3": -3.0}) == "(-1) - (-2.5) * sin(-3)"
    assert with_numbers("v1 * v2", {"v1": np.ones(2), "v2": 1.0}) == ""
    assert NAME.findall("v1_bar * v20 / v3_dot") == [("1", "_bar"), ("20", ""), ("3", "_dot")]
    assert number(np.ones(9)) == "array of shape (9,)"


def test_a_table_fits_a_page():
    for shown in (forward_trace(baydin, 2.0, 5.0), reverse_trace(baydin, 2.0, 5.0)):
        table = shown.tables()[0]
        widths = [max(len(in_unicode(cell)) for cell in column) for column in zip(*table.rows, strict=True)]
        assert sum(widths) < PAGE


def texts(figure):
    """Every text that stands in the panels."""
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_figure_of_the_steps_shows_the_sums_as_they_grow():
    figure = Figure()
    reverse_trace(baydin, 2.0, 5.0).plot_steps(figure)
    found = texts(figure)
    assert found.count("5.5") == 2 and "= 5 + 0.5" in found and "= \u22120.284 + 2" in found
    assert found.count("1.72") == 3  # as it is completed, while it waits, at the end
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert ticks[0] == "seed" and ticks[-1] == "end" and len(ticks) == 7


def test_a_step_that_adds_twice_shows_both():
    figure = Figure()
    reverse_trace(lambda a: a + a, 1.0).plot_steps(figure)
    assert "= 1 + 1" in texts(figure)


@pytest.mark.parametrize("paint", ["plot", "plot_steps"])
def test_the_same_trace_gives_the_same_bytes(paint, tmp_path):
    for name in ("first.svg", "second.svg"):
        getattr(reverse_trace(baydin, 2.0, 5.0), paint)(tmp_path / name)
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()


def test_texts_in_the_figures_stay_apart_at_their_own_size():
    sizes = {"plot": (8.4, 3.4), "plot_steps": (7.5, 4.6)}
    for paint, size in sizes.items():
        figure = Figure(figsize=size)
        getattr(reverse_trace(baydin, 2.0, 5.0), paint)(figure)
        figure.draw_without_rendering()
        boxes = [t.get_window_extent() for axes in figure.axes for t in axes.texts if t.get_text()]
        for k, a in enumerate(boxes):
            assert not any(a.overlaps(b) for b in boxes[k + 1 :]), paint
            assert figure.bbox.x0 <= a.x0 and a.x1 <= figure.bbox.x1, paint

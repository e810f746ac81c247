"""Swell and cost along families: published numbers, closed forms and fitted slopes."""

import json
from inspect import signature

import numpy as np
import pytest

from compare import cost, swell
from compare.families import family_named, same, sizes_upto, slope, slope_text, stages
from expression import measure
from expression.corpus import CORPUS, case
from expression.errors import ArgumentError

SLOPE_TOL = 0.02  # of a count's slope: terms of lower order weigh less and less from 16 inputs on
LARGE = (16, 32, 64, 128)
LOOPS = tuple(name for name, row in CORPUS.items() if row.family and "n" in signature(row.function).parameters)


# -- swell -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def logistic():
    """The logistic map, as Baydin et al. have it."""
    return swell("logistic", range(1, 13))


def test_the_textbook_derivative_of_the_logistic_map_has_the_closed_form_sizes(logistic):
    """|l_n| = 6 2^(n-1) - 5 and |l_n'| = 9 (n-1) 2^(n-1) + 1, by T' = 2 T + 5 and D' = 2 D + 3 T + 14."""
    for row in logistic.rows:
        assert row.sizes["f"].tree == 6 * 2 ** (row.n - 1) - 5
        assert row.sizes["textbook"].tree == 9 * (row.n - 1) * 2 ** (row.n - 1) + 1


def test_trees_pass_powers_of_ten_where_the_closed_form_does(logistic):
    assert logistic.milestones == {6: 15, 9: 24, 12: 33, 100: 322, 1000: 3309}
    for i, (own, derivative) in enumerate(zip(logistic.function_trees, logistic.derivative_trees, strict=True)):
        assert (own, derivative) == (6 * 2**i - 5, 9 * i * 2**i + 1)


def test_the_long_list_measures_what_each_size_alone_does(logistic):
    for n, dag in logistic.derivative_dags[:2]:
        assert dag == 1 if n == 1 else dag > 9
    for row in logistic.rows:
        assert logistic.function_trees[row.n - 1] == row.sizes["f"].tree
        assert logistic.derivative_trees[row.n - 1] == row.sizes["textbook"].tree


def test_shared_derivatives_do_not_swell(logistic):
    """Laue (2019): with shared parts the derivative is a small multiple of the function."""
    for row in logistic.rows[3:]:
        for program in ("textbook", "symbolic", "autodiff"):
            assert row.sizes[program].dag <= 3.5 * row.sizes["f"].dag
    assert logistic.rows[-1].sizes["textbook"].tree > 1000 * logistic.rows[-1].sizes["textbook"].dag


def test_a_closed_form_beyond_its_limit_shows_the_predicted_size():
    row = swell("logistic", (40,)).rows[0]
    predicted = 9 * 39 * 2**39 + 1
    assert row.sizes["closed-form"].tree == predicted
    assert f"would write {predicted} nodes" in row.sizes["closed-form"].reason
    assert str(row.sizes["closed-form"]) == f"({predicted:,})"
    assert row.sizes["autodiff"].dag < 400


def test_the_table_has_a_row_for_each_size_and_says_where_milestones_are(logistic):
    lines = str(logistic).splitlines()
    assert lines[1].split() == ["n", "f", "textbook", "closed-form", "cse", "symbolic", "autodiff"]
    assert lines[5].split()[:7] == ["4", "43", "/", "12", "217", "/", "33"]
    assert "10^1000 at n = 3309" in " ".join(str(logistic).split())
    assert "<td" in logistic._repr_html_()


def test_swell_has_strict_json(logistic):
    content = json.loads(logistic.to_json())
    assert (content["format"], content["version"], content["family"]) == ("trigrad.swell", 1, "logistic")
    assert content["rows"][3]["sizes"]["textbook"] == {"tree": 217, "dag": 33, "reason": None}
    assert content["milestones"] == {"1e6": 15, "1e9": 24, "1e12": 33, "1e100": 322, "1e1000": 3309}


def test_a_family_of_arrays_swells_too_but_has_no_long_run():
    result = swell("helmholtz", (2, 4))
    assert result.milestones == {}
    small, large = result.rows
    assert large.sizes["textbook"].tree > 4 * small.sizes["textbook"].tree
    assert large.sizes["autodiff"].dag == small.sizes["autodiff"].dag  # arrays stay whole


# Constants of each step, a step that depends on n, or a loop that is one node of that length.
UNEQUAL = ("taylor_exp", "pendulum", "logistic_scan", "damped_pendulum")


@pytest.mark.parametrize("name", LOOPS)
def test_all_sizes_of_a_loop_stand_on_one_list_or_are_known_not_to(name):
    """Where they do, output k is the function of size k: the same nodes, the same sizes."""
    found = stages(case(name), 12)
    if found is None:
        assert name in UNEQUAL
        return
    for k, output in enumerate(found.expression.outputs):
        alone = case(name).trace(found.first + k)
        assert output == alone.outputs[0]
        assert all(same(a, b, 0, 0) for a, b in zip(alone.nodes, found.expression.nodes, strict=False))


# -- cost --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["helmholtz", "rosenbrock"])
def test_differences_and_forward_mode_cost_n_times_and_reverse_a_constant(family):
    result = cost(family, LARGE)
    for way, wanted in {"finite differences": 1.0, "forward mode": 1.0, "reverse mode": 0.0, "symbolic": 0.0}.items():
        assert result.slopes[way] == pytest.approx(wanted, abs=SLOPE_TOL), way


def test_the_gradient_of_helmholtz_costs_less_than_the_bound_of_baur_and_strassen():
    """Griewank and Walther (2008), section 4.6: value and gradient for at most 5 evaluations, here at most 3."""
    for row in cost("helmholtz", (4, 8, 16, 32, 64)).rows:
        assert row.relative("reverse mode") < 3
        assert row.relative("symbolic") < 3
        assert row.relative("finite differences") == 2 * row.n
        assert row.flops == measure(case("helmholtz").trace(row.n)).flops


def test_the_tree_of_the_textbook_derivative_climbs_with_n_or_more():
    """Each of n partials is a tree about as large as that of f; where it would fill the memory it is refused."""
    result = cost("rosenbrock", (16, 32, 64))
    assert result.slopes["symbolic tree"] == pytest.approx(1.0, abs=SLOPE_TOL)
    swelling = cost("helmholtz", (4, 8, 16, 32))
    assert swelling.slopes["symbolic tree"] > 1.2
    assert swelling.rows[-1].counts["symbolic tree"] is None
    assert str(swelling).splitlines()[-3].split()[-1] == "refused"


def test_a_tree_is_counted_and_not_run():
    result = cost("speelpenning", (2, 4), time=True)
    assert "symbolic tree" not in result.rows[0].times
    assert "symbolic tree" in result.tables()[0].headers
    assert "symbolic tree" not in result.tables()[1].headers


def test_slopes_may_begin_where_terms_of_lower_order_weigh_little():
    result = cost("helmholtz", (4, 8, 16, 32))
    assert [row.n for row in result.beyond(9).rows] == [16, 32]
    assert abs(result.beyond(16).slopes["forward mode"] - 1) < abs(result.slopes["forward mode"] - 1)
    with pytest.raises(ArgumentError, match="helmholtz: no size from 33 on was counted, the largest is 32"):
        result.beyond(33)


def test_slopes_of_the_sizes_of_the_readme():
    result = cost("helmholtz", (4, 8, 16, 32, 64))
    assert slope_text(result.slopes["finite differences"]) == "1.00"
    assert result.slopes["forward mode"] == pytest.approx(1.0, abs=0.05)  # at 4 inputs the logarithms still weigh
    assert result.slopes["reverse mode"] == pytest.approx(0.0, abs=SLOPE_TOL)
    assert str(result).splitlines()[-2].split()[:2] == ["slope", "1.00"]


def test_a_family_with_one_input_is_taken_against_its_size():
    result = cost("logistic", (2, 4, 8))
    assert result.axis == ("n", (2, 4, 8))
    assert result.slopes["finite differences"] == pytest.approx(0.0, abs=1e-9)


def test_time_is_measured_only_when_asked_and_stands_apart_from_the_counts():
    assert not cost("rosenbrock", (4,)).timed
    result = cost("rosenbrock", (4, 8), time=True)
    assert result.timed
    assert "seconds" in result.tables()[1].title
    assert all(row.times["reverse mode"] > 0 for row in result.rows)
    assert result.slopes == cost("rosenbrock", (4, 8)).slopes


def test_cost_has_strict_json():
    content = json.loads(cost("rosenbrock", (4, 8)).to_json())
    assert (content["format"], content["family"], content["axis"]) == ("trigrad.cost", "rosenbrock", "inputs")
    assert content["rows"][1]["relative"]["finite differences"] == 16.0
    assert content["slopes"]["finite differences"] == pytest.approx(1.0, abs=1e-12)
    assert content["time_slopes"] is None


# -- names and sizes ---------------------------------------------------------------------------------------------------


def test_what_is_no_family_or_size_is_refused():
    with pytest.raises(ArgumentError, match="baydin is one function, not a family"):
        swell("baydin")
    with pytest.raises(ArgumentError, match="did you mean 'logistic'"):
        cost("logistik")
    with pytest.raises(ArgumentError, match="logistic: size 0 is below the smallest, 1"):
        swell("logistic", (0,))
    with pytest.raises(ArgumentError, match="logistic: give at least one size, from 1 on"):
        swell("logistic", ())


def test_sizes_up_to_a_largest_one_hold_it():
    assert sizes_upto(family_named("logistic"), 12) == (1, 2, 3, 4, 5, 6, 8, 10, 12)
    assert sizes_upto(family_named("logistic"), 7) == (1, 2, 3, 4, 5, 6, 7)
    assert sizes_upto(family_named("helmholtz"), 300) == (2, 4, 8, 16, 32, 64, 128, 256, 300)


def test_slopes_are_those_of_powers():
    x = np.array([1.0, 2.0, 5.0])
    assert slope(x, list(3 * x**1.5)) == pytest.approx(1.5, abs=1e-12)
    assert slope((1, 2), (3, None)) is None
    assert slope_text(-0.001) == "0.00"

"""The cost bound of reverse mode: counted for functions, proven by the operations that they are made of."""

import json

import pytest

from compare import bounds
from compare.experiments.bounding import BOUND, BOUND_WITH_ADDITIONS
from expression.errors import ArgumentError

FLAT = 0.02  # of a slope from 16 to 128: terms of lower order
BY_HAND = {  # forward, reverse rule with its products, additions; with 1 for + - *, 4 for / and sqrt, 8 for sin
    "add": (1, 0, 2),  # y_bar itself
    "sub": (1, 1, 2),  # -y_bar
    "mul": (1, 2, 2),  # y_bar b, y_bar a
    "neg": (1, 1, 1),
    "square": (1, 2, 1),  # 2 a, times y_bar
    "div": (4, 8, 2),  # t = 1 / b; -t y; two products
    "sqrt": (4, 5, 1),  # 0.5 / y, times y_bar
    "exp": (8, 1, 1),  # y itself, times y_bar
    "log": (8, 5, 1),  # 1 / a, times y_bar
    "sin": (8, 9, 1),  # cos a, times y_bar
    "tanh": (8, 3, 1),  # 1 - y y, times y_bar
    "sigmoid": (8, 3, 1),  # y (1 - y), times y_bar
}


@pytest.fixture(scope="module")
def found():
    """Everything that is counted by default."""
    return bounds()


@pytest.mark.parametrize("name", BY_HAND)
def test_operations_cost_what_one_counts_by_hand(found, name):
    part = next(part for part in found.parts if part.name == name)
    assert (part.forward, part.reverse, part.additions) == BY_HAND[name]


def test_the_worst_smooth_operation_is_the_bound(found):
    """Griewank and Walther (2008), section 4.6: at most 4; 5 where every += counts."""
    assert found.proven <= BOUND
    assert found.proven_with_additions == BOUND_WITH_ADDITIONS
    worst = max((part for part in found.parts if part.smooth), key=lambda part: part.ratio_with_additions)
    assert worst.name == "mul"


@pytest.mark.parametrize("smooth", [True, False])
def test_a_short_table_has_the_largest_ratios_and_says_what_it_left_out(found, smooth):
    whole, short = found.operations_table(smooth), found.operations_table(smooth, first=3)
    assert short.rows == whole.rows[:3]
    assert f"and {len(whole.rows) - 3} more operations" in short.notes[-1]
    assert not any("more operation" in note for note in whole.notes)


def test_no_comparison_and_nothing_free_is_in_the_proof(found):
    names = {part.name for part in found.parts}
    assert not names & {"less", "equal", "logical_and", "isnan", "where", "reshape"}
    assert {part.name for part in found.parts if not part.smooth} >= {"abs", "relu", "maximum", "matmul", "prod"}


def test_functions_keep_to_the_bound_at_every_size(found):
    assert len(found.curves) >= 10
    for curve in found.curves:
        assert curve.worst <= BOUND, curve.name
    families = [curve for curve in found.curves if len(curve.points) > 1]
    assert len(families) >= 5
    for curve in families:
        assert curve.slope == pytest.approx(0.0, abs=FLAT), curve.name


def test_products_cost_what_the_closed_form_says():
    """Of n factors: n - 1 multiplications, and 3 n - 5 for the value and all partials."""
    for point in bounds(("speelpenning",), sizes=(2, 3, 10, 50)).curves[0].points:
        assert (point.flops, point.both) == (point.n - 1, max(3 * point.n - 5, 1))


def test_a_function_of_ties_may_cost_more_and_is_not_hidden():
    """maximum shares ties by comparisons, which are operations too."""
    maximum = next(part for part in bounds(("baydin",)).parts if part.name == "maximum")
    assert not maximum.smooth
    assert maximum.ratio_with_additions > BOUND_WITH_ADDITIONS


def test_the_tables_say_the_worst(found):
    functions, smooth, others = found.tables()
    assert functions.notes == (f"the largest ratio at any n is {found.worst:.2f}",)
    assert smooth.rows[0] == ("mul", "1", "2", "2", "3.00", "5.00")
    assert smooth.notes == (f"the largest ratio is {found.proven:.2f}, with += it is 5.00",)
    assert "maximum" in {row[0] for row in others.rows}
    assert "<td" in found._repr_html_()
    assert "recurrent" in str(found)


def test_bounds_have_strict_json(found):
    content = json.loads(found.to_json())
    assert (content["format"], content["proven_with_additions"]) == ("trigrad.bounds", 5.0)
    assert content["functions"][0]["points"][0]["n"] == 16


def test_an_unknown_function_is_refused():
    with pytest.raises(ArgumentError, match="did you mean 'helmholtz'"):
        bounds(("helmoltz",))

"""A survey: every method on many functions, and how many digits are right."""

import json

import pytest
from matplotlib.figure import Figure

from compare import survey
from compare.experiments.surveying import self_contained
from expression.corpus import CASES
from expression.errors import ArgumentError

RULES, DIFFERENCES = 12, 6  # digits that rules and differences have at least, on every function of the corpus


@pytest.fixture(scope="module")
def found():
    """All functions that need no data."""
    return survey()


def test_three_ways_agree_on_more_than_fifty_functions(found):
    assert len(found) >= 50
    for method, least in (("symbolic", RULES), ("numeric", DIFFERENCES), ("autodiff", RULES)):
        digits = found.digits(method)
        assert len(digits) == len(found)
        assert least < digits[0] <= digits[-1] <= 16
        assert digits == tuple(sorted(digits))


def test_what_has_a_kink_or_needs_data_is_left_out(found):
    names = {row.name for row in found.rows}
    assert names == {row.name for row in self_contained()}
    assert names.isdisjoint(row.name for row in CASES if row.kink or row.requires)


def test_a_refusal_counts_as_no_answer():
    """The closed form of a recurrent network would be a tree of millions of nodes."""
    small = survey(("repeated_squaring", "recurrent"), methods=("closed-form", "autodiff"))
    assert len(small.digits("autodiff")) == 2
    assert len(small.digits("closed-form")) == 1
    assert [row.digits["closed-form"] for row in small.rows][1] is None
    table = str(small).splitlines()
    assert table[0] == "the gradients of 2 functions"
    assert [line.split()[:2] for line in table[2:4]] == [["closed-form", "1"], ["autodiff", "2"]]
    assert str(survey(("recurrent",), methods=("closed-form",))).splitlines()[2].split() == ["closed-form", "0"]


def test_names_are_given_in_order_and_checked():
    said = []
    small = survey(("x2_sin", "baydin"), progress=said.append)
    assert said == ["x2_sin", "baydin"] == [row.name for row in small.rows]
    assert repr(small) == "<Survey of 2 functions by symbolic, numeric, autodiff>"
    with pytest.raises(ArgumentError, match="name at least one function"):
        survey(())
    with pytest.raises(ArgumentError, match="did you mean 'baydin'"):
        survey(("baydn",))


def test_survey_has_strict_json_and_a_table():
    small = survey(("baydin",))
    content = json.loads(small.to_json())
    assert content["rows"][0]["digits"]["autodiff"] == 16.0
    assert "<td" in small._repr_html_()


def test_the_figure_has_a_marker_for_each_function(found):
    figure = Figure()
    found.plot(figure)
    for line in figure.axes[0].get_lines()[:3]:
        assert len(line.get_xdata()) == len(found)

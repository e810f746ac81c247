"""Forward mode: one sweep for one direction, n for a gradient, by counts."""

import json

import pytest

from compare import cost, directions
from expression.errors import ArgumentError

NS = (8, 16, 32, 64)


@pytest.mark.parametrize("family", ["helmholtz", "rosenbrock", "speelpenning"])
def test_one_direction_does_not_depend_on_the_inputs_and_the_gradient_is_proportional(family):
    found = directions(family, NS)
    assert abs(found.slopes["one direction"]) < 0.02
    assert abs(found.slopes["gradient"] - 1) < 0.02
    assert all(1 < row.one <= 4 for row in found.rows)  # a product: three more operations for the tangent
    assert all(row.gradient == row.inputs * row.one for row in found.rows)


def test_a_product_of_numbers_costs_exactly_four_times():
    assert all(row.sweep == 4 * row.flops for row in directions("speelpenning", NS).rows)


def test_the_gradient_is_what_cost_counts():
    counted = [row.relative("forward mode") for row in cost("rosenbrock", (4, 8)).rows]
    assert counted == [row.gradient for row in directions("rosenbrock", (4, 8)).rows]


def test_one_size_has_no_slope():
    found = directions("rosenbrock", (8,))
    assert found.slopes == {"one direction": None, "gradient": None}
    assert len(found.tables()[0].rows) == 1


def test_the_answer_as_json_and_the_refusal():
    document = json.loads(directions("rosenbrock", (4, 8)).to_json())
    assert document["format"] == "trigrad.directions" and [row["n"] for row in document["rows"]] == [4, 8]
    with pytest.raises(ArgumentError, match="baydin is one function, not a family"):
        directions("baydin")

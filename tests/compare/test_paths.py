"""Paths: as many as dynamic programming says, and the derivative is their sum."""

import json

import numpy as np
import pytest

import symbolic
from compare import count_paths
from compare.experiments.paths import self_additions, walk
from expression import measure, parse, trace
from expression.corpus import CORPUS
from expression.errors import ArgumentError

SCALAR = ("baydin", "x2_sin", "tanh_by_exp", "twenty_operations")


def test_a_chain_of_self_additions_has_two_to_the_depth_paths_and_depth_steps():
    found = count_paths((1, 2, 3, 7, 12, 13, 100))
    for row in found.rows:
        assert row.paths == row.derivative == 2**row.depth
        assert row.steps == row.depth
        assert row.arrivals == (2**row.depth if row.depth <= 12 else None)
    assert abs(found.slope - 1) < 1e-12
    assert count_paths((5,)).slope is None


@pytest.mark.parametrize("name", SCALAR)
def test_the_walk_finds_the_derivative_and_as_many_paths_as_measure(name):
    e = CORPUS[name].trace(None)
    _, args = CORPUS[name].at(None)
    walked = walk(e, *args)
    expected = symbolic.grad(e, tuple(range(len(args))))(*args)
    assert walked.arrivals == measure(e).path_count
    for found, slope in zip(walked.gradient, expected, strict=True):
        assert abs(found - slope) <= 1e-12 * max(1, abs(found) + abs(slope))


def test_a_constant_is_no_end_of_a_path():
    assert walk(parse("3 * x + 2 * x"), 5.0).arrivals == 2


def test_refusals_say_what_would_be_right():
    for depths in ((), (0, 3), (151,)):
        with pytest.raises(ArgumentError, match="give whole numbers from 1 to 150"):
            count_paths(depths)


def test_arrays_are_walked_as_one_node():
    walked = walk(trace(lambda x: np.sum(x * x), np.ones(3)), np.array([1.0, 2.0, 3.0]))
    assert walked.arrivals == 2 and np.array_equal(walked.gradient[0], [2.0, 4.0, 6.0])


def test_the_shapes_of_the_answer():
    found = count_paths((2, 60))
    assert "1,152,921,504,606,846,976" not in str(found) and "1.15e18 (19 digits)" in str(found)
    document = json.loads(found.to_json())
    assert document["format"] == "trigrad.paths" and document["rows"][1]["paths"] == str(2**60)
    assert found._repr_html_().count("<tr>") == 3
    assert repr(found) == "<Paths at 2 depths>"
    assert len(self_additions(60)) == 61

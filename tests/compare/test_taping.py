"""What a tape takes: nodes and bytes by closed forms, and arithmetic on times that are made up."""

import json

import pytest

from compare import recording
from compare.experiments.taping import Recording, Row
from compare.timing import Timing
from expression.errors import ArgumentError
from tests.compare.test_timing import Clock


@pytest.fixture(scope="module")
def found():
    """The logistic map, l -> 4 l (1 - l)."""
    return recording("logistic", (2, 20, 200))


def test_a_step_of_the_logistic_map_takes_three_nodes_and_two_floats(found):
    for row in found.rows:
        assert row.nodes == 3 * (row.n - 1)
        assert row.saved == 16 * (row.n - 1)


def test_memory_is_proportional_to_the_nodes(found):
    assert found.slopes["saved"] == pytest.approx(1.0, abs=1e-12)
    assert all(row.tape > row.saved for row in found.rows)  # Python's objects are larger than their floats


def made_up(alone, recorded, whole):
    """One row of a program of 100 nodes."""
    return Row(100, 100, 800, 5000, Timing(alone, 1), Timing(recorded, 1), Timing(whole, 1))


def test_what_a_node_adds_is_taken_round_by_round():
    drift = (1.0, 2.0, 10.0)
    row = made_up(drift, tuple(t + 100.0 for t in drift), tuple(t + 150.0 for t in drift))
    assert (row.record, row.sweep) == pytest.approx((1.0, 0.5))


def test_what_drowns_in_noise_is_nothing():
    assert made_up((1.0, 1.0), (0.9, 0.8), (0.9, 0.8)).record == 0.0


def test_one_size_has_no_slope():
    one = Recording("logistic", (made_up((1e-6,), (2e-6,), (4e-6,)),))
    assert one.slopes == {"saved": None, "tape": None}
    assert str(one).splitlines()[2].split() == ["100", "100", "800", "5", "kB", "1", "µs", "10", "ns", "20", "ns", "4"]
    assert "slope" not in [line.split()[0] for line in str(one).splitlines()[:-1]]


def test_the_clock_is_the_one_that_is_given():
    clock = Clock()
    real = clock.__call__
    ticks = iter(range(10**6))
    found = recording("logistic", (3,), clock=lambda: real() + 0.01 * next(ticks))
    assert found.rows[0].alone.seconds > 0


def test_a_recording_has_strict_json_and_html(found):
    content = json.loads(found.to_json())
    assert (content["format"], content["family"]) == ("trigrad.recording", "logistic")
    assert content["rows"][1]["nodes"] == 57
    assert "<td" in found._repr_html_()
    assert "slope" in str(found)


def test_what_is_no_family_is_refused():
    with pytest.raises(ArgumentError, match="baydin is one function, not a family"):
        recording("baydin")

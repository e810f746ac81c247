"""One gradient in four phases: the counts, the gradient itself, and seconds from a clock that the test turns."""

import json

import numpy as np
import pytest

import autodiff
from compare import phases
from compare.experiments.four_phases import NAMES
from expression.corpus import CASES
from expression.errors import ArgumentError

SMOOTH = [case for case in CASES if not case.requires]


@pytest.mark.parametrize("case", SMOOTH, ids=lambda case: case.name)
def test_the_gradient_is_that_of_grad(case):
    f, args = case.at()
    found = phases(f, *args)
    value, gradient = autodiff.value_and_grad(f, tuple(range(len(args))))(*args)
    assert found.value == value
    assert repr(found.gradient) == repr(gradient)  # the same bits, in the same structure


@pytest.mark.parametrize(
    ("f", "args", "counts"),
    [
        (lambda x, y: x * y + x, (2.0, 3.0), (2, 4, 1, 2)),  # x has two readers: one addition
        (lambda x: x * x, (3.0,), (1, 2, 1, 1)),
        (lambda x: np.sin(np.cos(x)), (3.0,), (2, 2, 0, 1)),
        (lambda x, y: x * 1.0, (3.0, 4.0), (1, 1, 0, 2)),
        (lambda x: 3.0, (3.0,), (0, 0, 0, 1)),
    ],
)
def test_counts_are_those_of_the_graph(f, args, counts):
    assert tuple(phase.count for phase in phases(f, *args).phases) == counts


def test_seconds_are_those_of_the_clock():
    ticks = iter(range(10**6))
    found = phases(lambda x, y: x * y + x, 2.0, 3.0, clock=lambda: float(next(ticks)))
    # building and handing over are timed once, a step's rules once, and each contribution's addition once
    assert [phase.seconds for phase in found.phases] == [1.0, 2.0, 4.0, 1.0]
    assert [phase.name for phase in found.phases] == list(NAMES)
    assert found["accumulate"].seconds == 4.0


def test_a_branch_that_is_not_taken_contributes_nothing():
    def trap(x):
        return np.sum(np.where(x > 0, x, np.sqrt(-x)))

    with np.errstate(invalid="ignore"):
        found = phases(trap, np.array([1.0, -4.0]))
    assert list(found.gradient[0]) == [1.0, -0.25]


def test_the_table_says_what_was_done():
    found = phases(lambda x, y: x * y + x, 2.0, 3.0)
    lines = str(found).splitlines()
    assert [line.split()[0] for line in lines[2:6]] == ["build", "call", "accumulate", "hand"]
    assert "2 operations recorded" in lines[2] and "1 addition " in lines[4]
    assert "<td" in found._repr_html_()
    content = json.loads(found.to_json())
    assert (content["format"], content["gradient"]) == ("trigrad.phases", [4.0, 2.0])


def test_an_output_that_is_not_scalar_is_refused():
    with pytest.raises(ArgumentError, match=r"scalar output, got shape \(2,\)"):
        phases(lambda x: x * 2.0, np.ones(2))

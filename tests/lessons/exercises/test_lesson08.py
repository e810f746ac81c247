"""The numbers of lesson 8's exercises, against the machinery that the lesson counts with."""

import numpy as np
import pytest

import autodiff
import numeric
import symbolic
from expression import trace
from expression.measures import flops, tree_flops
from lessons.exercises.catalogue import exercise
from lessons.exercises.diagnosis import judge
from lessons.exercises.lesson08.counts import COUNTS, LEAVE
from lessons.exercises.lesson08.modes import JOBS, MODES
from lessons.exercises.verdict import Outcome

POINT = (0.7, 1.3, 2.1)


def f(x, y, z):
    """The function of 08.1."""
    return x * y + y * z + np.sin(x * y)


def gradient_flops(function, *args, value=False):
    """Of the reverse program."""
    return flops(autodiff.derive(trace(function, *args), value=value))


def test_the_counts_are_those_of_flops():
    e = trace(f, *POINT)
    counted = {
        "f": flops(e),
        "gradient": flops(autodiff.derive(e)),
        "tree": tree_flops(symbolic.derive(e, sharing=False)),
    }
    assert COUNTS.reference == counted
    assert COUNTS.reference["tree"] == tree_flops(autodiff.derive(e))


def test_the_wrong_counts_are_those_of_the_mistakes():
    e = trace(f, *POINT)
    wrong = {
        "f as a tree": ("f", tree_flops(e)),
        "value too": ("gradient", flops(autodiff.derive(e, value=True))),
        "sweep as a tree": ("gradient", tree_flops(autodiff.derive(e))),
        "tree of f": ("tree", tree_flops(e)),
        "tree shares": ("tree", flops(symbolic.derive(e, sharing=False))),
    }
    for fault, (part, count) in wrong.items():
        assert COUNTS.solve(frozenset({fault}))[part] == count, fault


@pytest.mark.parametrize(
    ("function", "args", "count"),
    [
        (lambda x, y: x + y, (1.0, 2.0), 0),
        (lambda x, y: x * y, (1.0, 2.0), 0),
        (np.sin, (1.0,), 8),
        (lambda x, y: np.sin(x * y), (1.0, 2.0), 11),
    ],
)
def test_the_smallest_examples_of_counts_are_true(function, args, count):
    assert gradient_flops(function, *args) == count


def test_the_smallest_examples_of_trees_are_true():
    product = trace(lambda x, y: np.sin(x * y), 1.0, 2.0)
    assert tree_flops(symbolic.derive(product, sharing=False)) == 20
    slope = trace(lambda x: x * np.sin(x), 1.0)
    assert (tree_flops(slope), tree_flops(symbolic.derive(slope, sharing=False))) == (9, 18)
    assert gradient_flops(np.sin, 1.0, value=True) == 16


@pytest.mark.parametrize("multiple", [3, 4, 5])
def test_a_multiple_of_f_is_taken_for_a_bound(multiple):
    assert judge(exercise("08.1"), (12, 12 * multiple, 23)).faults == {"bound for count"}


def test_the_modes_are_those_with_fewer_sweeps():
    for job, (inputs, outputs) in JOBS.items():
        mode, sweeps = MODES.reference[job], MODES.reference[f"{job} sweeps"]
        assert (mode, sweeps) == min(("forward", inputs), ("reverse", outputs), key=lambda pair: pair[1])


@pytest.mark.parametrize(("part", "ratio"), [("at 40", 40), ("at 3", 3)])
def test_differences_are_left_where_their_evaluations_pass_the_price_of_the_tape(part, ratio):
    calls = []

    def counted(x):
        calls.append(1)
        return x @ x

    def evaluations(n):
        calls.clear()
        numeric.grad(counted, scheme="central", step=1e-6)(np.ones(n))
        return len(calls)

    n = int(LEAVE.reference[part])
    assert evaluations(n) > ratio >= evaluations(n - 1 or 1)


def test_np_gradient_answers_another_question():
    assert np.gradient([0.0, 1.0, 4.0]).tolist() == [1.0, 2.0, 3.0]


def test_two_misconceptions_in_two_parts_are_both_named():
    answer = {**MODES.reference, "because": "constant", "hour": "differences"}
    assert judge(exercise("08.2"), answer).faults == {"constant is best", "only values"}


def test_a_choice_that_there_is_not_is_no_answer_yet():
    verdict = judge(exercise("08.4"), ("build", "samples", "run", "apart", "noise", "none", "quick"))
    assert verdict.outcome is Outcome.UNREADABLE
    assert "'quick' is none of the options; choose one of fair, repeat, all in, best of" in " ".join(verdict.told)

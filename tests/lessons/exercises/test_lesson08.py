"""The numbers of lesson 8's exercises and of their variants, against the machinery that the lesson counts with."""

import re

import numpy as np
import pytest

import autodiff
import numeric
import symbolic
from expression import trace
from expression.measures import flops, tree_flops
from lessons.exercises.catalogue import exercise
from lessons.exercises.diagnosis import judge
from lessons.exercises.exercise import RIGHT
from lessons.exercises.lesson08.jobs import BORDER, FEW_INPUTS, ONE_OUTPUT
from lessons.exercises.lesson08.leave import leave
from lessons.exercises.lesson08.modes import ARM, MODES, NETWORK, SIMULATION, chosen
from lessons.exercises.lesson08.posts import PLACES, RACE
from lessons.exercises.lesson08.posts_faults import FAULTS
from lessons.exercises.lesson08.predict import Sum, predict
from lessons.exercises.verdict import Outcome

POINT = (0.7, 1.3, 2.1)


SUMS = (
    Sum("xy", ("yz",)),
    Sum("xy", (), ("z",)),
    Sum("xz", ("yz", "xy")),
    Sum("yz", ("xz",), ("x",), "xy"),
    Sum("xz", ("xy",), (), "y"),
    Sum("xy", (), ("y",), "yz"),
)


def traced(f):
    """The function of 08.1 as an expression."""
    code = re.sub("([xyz])([xyz])", r"\1 * \2", f.text).replace("sin", "np.sin")
    return trace(eval(f"lambda x, y, z: {code}", {"np": np}), *POINT)


def gradient_flops(function, *args, value=False):
    """Of the reverse program."""
    return flops(autodiff.derive(trace(function, *args), value=value))


def test_the_published_function_is_the_one_of_the_lesson():
    assert predict(SUMS[0]).prompt == exercise("08.1").prompt
    assert "`f(x, y, z) = xy + yz + sin(xy)` " in exercise("08.1").prompt


@pytest.mark.parametrize("f", SUMS, ids=lambda f: f.text)
def test_the_counts_are_those_of_flops(f):
    e = traced(f)
    counted = {
        "f": flops(e),
        "gradient": flops(autodiff.derive(e)),
        "tree": tree_flops(symbolic.derive(e, sharing=False)),
    }
    assert predict(f).reference == counted
    assert counted["tree"] == tree_flops(autodiff.derive(e))


@pytest.mark.parametrize("f", SUMS, ids=lambda f: f.text)
def test_the_wrong_counts_are_those_of_the_mistakes(f):
    e = traced(f)
    wrong = {
        "f as a tree": ("f", tree_flops(e)),
        "value too": ("gradient", flops(autodiff.derive(e, value=True))),
        "sweep as a tree": ("gradient", tree_flops(autodiff.derive(e))),
        "tree of f": ("tree", tree_flops(e)),
        "tree shares": ("tree", flops(symbolic.derive(e, sharing=False))),
    }
    for fault, (part, count) in wrong.items():
        assert f.counts(frozenset({fault}))[part] == count, fault


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
    generator = np.random.default_rng(8)
    drawn = [make(generator) for pool in (FEW_INPUTS, ONE_OUTPUT, BORDER) for make in pool for _ in range(5)]
    for job in (SIMULATION, NETWORK, ARM, *drawn):
        assert chosen(job, RIGHT) == min(("forward", job.inputs), ("reverse", job.outputs), key=lambda pair: pair[1])
    assert (MODES.reference["simulation"], MODES.reference["arm sweeps"]) == ("forward", 6)


@pytest.mark.parametrize("ratios", [(40, 3), (12, 5), (58, 9)])
def test_differences_are_left_where_their_evaluations_pass_the_price_of_the_tape(ratios):
    calls = []

    def counted(x):
        calls.append(1)
        return x @ x

    def evaluations(n):
        calls.clear()
        numeric.grad(counted, scheme="central", step=1e-6)(np.ones(n))
        return len(calls)

    for ratio, n in zip(ratios, leave(*ratios).reference.values(), strict=True):
        assert evaluations(int(n)) > ratio >= evaluations(int(n) - 1)


def test_every_line_of_a_post_is_misread_in_a_way_that_is_known():
    lines = [RACE, *(line for pool in PLACES.values() for line in pool)]
    named = [fault.name for line in lines for fault in line.faults]
    assert set(named) == set(FAULTS)
    for line in lines:
        assert len({line.right[0], *(key for key, *_ in line.wrong)}) == 1 + len(line.wrong)
        assert not line.clash or len(RACE.without(line.clash).wrong) == len(RACE.wrong) - 1
    for pool in PLACES.values():
        assert len({line.right[0] for line in pool}) > 1 or pool is PLACES["conclusion"]


def test_np_gradient_answers_another_question():
    assert np.gradient([0.0, 1.0, 4.0]).tolist() == [1.0, 2.0, 3.0]


def test_two_misconceptions_in_two_parts_are_both_named():
    answer = {**MODES.reference, "because": "constant", "hour": "differences"}
    assert judge(exercise("08.2"), answer).faults == {"constant is best", "only values"}


def test_a_choice_that_there_is_not_is_no_answer_yet():
    verdict = judge(exercise("08.4"), ("build", "samples", "run", "apart", "noise", "none", "quick"))
    assert verdict.outcome is Outcome.UNREADABLE
    assert "'quick' is none of the options; choose one of fair, repeat, all in, best of" in " ".join(verdict.told)

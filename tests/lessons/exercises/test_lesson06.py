"""Lesson 6: whether the tables and charts of the exercises, and of their variants, are what other engines say."""

import numpy as np
import pytest

import autodiff
from lessons.exercises import check
from lessons.exercises.catalogue import exercise
from lessons.exercises.lesson06.clinic import BUGS, PROGRAMS, Ward, says
from lessons.exercises.lesson06.patients import CHOICES, FIRST_WARD, HIDDEN_ON, TAKEN_FOR, drawn
from lessons.exercises.lesson06.table import table
from lessons.exercises.lesson06.tied import tied

BY_HAND = {
    "x * x": lambda x: x * x,
    "b = x + x; b + b": lambda x: 4 * x,
    "x * y": lambda x, y: x * y,
    "e = exp(x); e + e * x": lambda x: np.exp(x) + np.exp(x) * x,
    "log(x) - exp(y)": lambda x, y: np.log(x) - np.exp(y),
    "exp(x)": np.exp,
    "x + y": lambda x, y: x + y,
    "x - y": lambda x, y: x - y,
    "x / y": lambda x, y: x / y,
    "log(x) * x": lambda x: np.log(x) * x,
    "p = x * y; p * p": lambda x, y: (x * y) ** 2,
    "d = x - y; d * d": lambda x, y: (x - y) ** 2,
    "q = x / y; q + log(q)": lambda x, y: x / y + np.log(x / y),
    "exp(x) / x": lambda x: np.exp(x) / x,
}


@pytest.mark.parametrize("point", [(1.0, 0.5), (0.3, 1.7)])
def test_the_sums_of_the_table_are_the_gradient(point):
    gradient = autodiff.grad(lambda x1, x2: (x1 + x2) * np.exp(x1 * x2), argnums=(0, 1))(*point)
    right = table(*point).reference
    assert np.allclose((right["x1_bar"], right["x2_bar"]), gradient, rtol=1e-14)


@pytest.mark.parametrize(("w", "x", "asked"), [(0.5, 2.0, "missing"), (1.1, 0.75, "left")])
def test_the_contributions_to_a_tied_weight_are_those_of_two_weights(w, x, asked):
    right = tied(w, x, asked).reference
    two = autodiff.grad(lambda outer, inner: np.tanh(outer * np.tanh(inner * x)), argnums=(0, 1))(w, w)
    assert np.allclose((right["outer"], right["inner"]), two, rtol=1e-14)
    assert right["w_bar"] == pytest.approx(sum(two), rel=1e-14)
    assert right[asked] == {"missing": "outer", "left": "inner"}[asked]


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_right_gradient_of_each_program_is_what_autodiff_says(name):
    inputs = (3.0, 0.5)[: PROGRAMS[name].count(("input", ()))]
    gradient = autodiff.grad(BY_HAND[name], argnums=tuple(range(len(inputs))))(*inputs)
    assert says("", (PROGRAMS[name], inputs)) == ", ".join(f"{g:.4g}" for g in np.atleast_1d(gradient))


def test_the_first_chart_answers_every_question():
    assert FIRST_WARD.answers([*BUGS][:CHOICES])


DOUBTS = {
    "nothing shows it": (("x * y", "x * x"), "recursion"),
    "two programs are the smallest": (("x * y", "x / y"), "seed"),
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_chart_that_leaves_a_doubt_is_no_chart(doubt):
    names, key = DOUBTS[doubt]
    inputs = {name: (3.0, 0.5)[: PROGRAMS[name].count(("input", ()))] for name in names}
    ward = Ward({name: (PROGRAMS[name], inputs[name]) for name in names}, {"A": key})
    assert not ward.answers([key, "order"])


def test_every_bug_is_a_patient_somewhere_and_is_told_from_what_it_is_taken_for():
    items = [drawn(np.random.default_rng(seed)) for seed in range(12)]
    seen = {key for item in items for part, key in item.reference.items() if part.startswith("bug")}
    assert seen == set(BUGS) == set(TAKEN_FOR)
    for item in items:
        assert (
            len(item.kind.parts["bug of A"].options) == CHOICES and len(item.kind.parts["program for A"].options) == 5
        )
        assert item.reference["bug of D"] in HIDDEN_ON


def test_a_patient_taken_for_another_is_named_in_a_variant():
    item = exercise("06.4/5")
    answer = {**item.reference, "bug of B": TAKEN_FOR[item.reference["bug of B"]][0]}
    assert check("06.4/5", answer).faults == {TAKEN_FOR[item.reference["bug of B"]][2]}

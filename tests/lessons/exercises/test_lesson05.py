"""Lesson 5: answers in odd forms, and whether the nested derivatives are those of the lesson."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import autodiff
from lessons.exercises import Outcome, check
from lessons.exercises.catalogue import exercise
from lessons.exercises.lesson05.cancelling import Derivative
from lessons.exercises.lesson05.column import Point, column
from lessons.exercises.lesson05.nesting import nesting

RULES = exercise("05.1").reference


def without(**changed: Any) -> dict[str, Any]:
    """The right operations but for these."""
    return {**RULES, **changed}


def log_power(a: tuple[float, float], p: float) -> tuple[float, float]:
    """A power that is right for positive bases only."""
    y = np.exp(p * np.log(a[0]))
    return y, p * y / a[0] * a[1]


PAIRS = {
    "componentwise product": without(dual_mul=lambda a, b: np.array(a) * np.array(b)),
    "tangent first": {name: lambda *x, f=f: f(*x)[::-1] for name, f in RULES.items()},
    "power without the inner tangent": without(dual_pow=lambda a, p: [a[0] ** p, p * a[0] ** (p - 1)]),
    "exp of its input": without(dual_exp=lambda a: (math.exp(a[0]), a[0] * a[1])),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_wrong_rule_in_a_student_s_words_is_named(name: str) -> None:
    assert check("05.1", PAIRS[name]).faults == {name}


def test_two_wrong_rules_are_both_named() -> None:
    answer = without(dual_mul=lambda a, b: (a[0] * b[0], a[1] * b[1]), dual_exp=lambda a: (math.exp(a[0]),) * 2)
    assert check("05.1", answer).faults == {"componentwise product", "exp without the inner tangent"}


def test_a_power_through_the_logarithm_is_a_nan_and_no_misconception() -> None:
    assert check("05.1", without(dual_pow=log_power)).outcome is Outcome.NAN


COLUMNS = (
    ([1, 0.8415, -0.25], Outcome.PASSED, set()),
    ("1, sin(1), -1/4", Outcome.PASSED, set()),
    (np.array([[1.0], [0.84147], [-0.25]]), Outcome.PASSED, set()),
    ([1, 0.84, -0.25], Outcome.FAULT, {"too few digits"}),
    ([1, 0.0175, -0.25], Outcome.FAULT, {"degrees"}),
    ([1, math.cos(1), 0.25], Outcome.FAULT, {"sine differentiated by x1", "plus in the quotient"}),
    ([1, 2 * math.sin(1), -0.25], Outcome.FAULT, {"value of the second output"}),
    ([[2, 1], [2 * math.cos(1), math.sin(1)], [0.5, -0.25]], Outcome.FAULT, {"whole Jacobian"}),
    ([1, math.sin(1)], Outcome.WRONG, set()),
    ([1, "sin(x)", -0.25], Outcome.UNREADABLE, set()),
    (lambda: 1, Outcome.UNREADABLE, set()),
)


@pytest.mark.parametrize(("answer", "outcome", "faults"), COLUMNS)
def test_a_column_may_be_written_in_many_ways(answer: Any, outcome: Outcome, faults: set[str]) -> None:
    verdict = check("05.2", answer)
    assert (verdict.outcome, verdict.faults) == (outcome, faults)


# -- 05.3 --------------------------------------------------------------------------------------------------------------


@dataclass
class Plain:
    """The untagged dual number of the lesson's text."""

    value: Any
    tangent: Any = 0.0

    def __add__(self, other: Any) -> "Plain":
        other = plain(other)
        return Plain(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other: Any) -> "Plain":
        other = plain(other)
        return Plain(self.value * other.value, self.tangent * other.value + other.tangent * self.value)

    __radd__, __rmul__ = __add__, __mul__


def plain(x: Any) -> Plain:
    return x if isinstance(x, Plain) else Plain(x)


def lesson(f: Any, x: Any) -> Any:
    """The lesson's D."""
    return plain(f(Plain(x, 1.0))).tangent


def trigrad(f: Any, x: Any) -> Any:
    """The right D."""
    return autodiff.jvp(f, (x,), (1.0,))[1]


NESTED = (
    lambda D: D(lambda x: x * D(lambda y: x + y, 1.0), 1.0),
    lambda D: D(lambda x: x * D(lambda y: x * y, 1.0), 3.0),
    lambda D: D(lambda x: D(lambda y: y * y * y, x), 3.0),
    lambda D: D(lambda x: x * D(lambda y: y * y * x + x, x), 1.5),
    lambda D: D(lambda x: D(lambda y: D(lambda z: x * y * z * z, y), x) * x, 0.5),
)


@pytest.mark.parametrize("nested", NESTED)
def test_the_two_derivatives_are_those_of_the_lesson(nested: Any) -> None:
    assert nested(Derivative(tagged=True)) == pytest.approx(nested(trigrad), rel=1e-14)
    assert nested(Derivative(tagged=False)) == pytest.approx(nested(lesson), rel=1e-14)


@pytest.mark.parametrize("name", ["sin", "cos", "exp", "log", "sqrt"])
def test_functions_and_operators_of_the_numbers_have_the_right_slopes(name: str) -> None:
    def f(x: Any) -> Any:
        return 2.0 / getattr(np, name)(x * 0.5 + 1.0) - (1.0 - x) ** 3 / x + 2.0**x - -(x**x)

    for tagged in (True, False):
        assert Derivative(tagged)(f, 0.75) == pytest.approx(trigrad(f, 0.75), rel=1e-13)


NESTINGS = (
    (lambda D: 5.0, {"nothing confused"}, Outcome.FAULT),
    (lambda D: D(lambda x: D(lambda y: y * y * y, x), 3.0), {"nothing confused"}, Outcome.FAULT),
    (lambda D: D(lambda x: D(lambda y: x * y, 2.0), 1.0), {"does not cancel"}, Outcome.FAULT),
    (lambda D: D(lambda x: x), set(), Outcome.ERROR),
    (lambda D: lambda x: x, set(), Outcome.WRONG),
    (lambda D: "1", set(), Outcome.WRONG),
    (3, set(), Outcome.UNREADABLE),
)


@pytest.mark.parametrize(("cancels", "faults", "outcome"), NESTINGS)
def test_what_does_not_cancel_is_told_from_what_is_not_confused(
    cancels: Any, faults: set[str], outcome: Outcome
) -> None:
    verdict = check("05.3", 1, 2, cancels)
    assert (verdict.outcome, verdict.faults) == (outcome, faults)


# -- variants ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["sin", "cos"])
@pytest.mark.parametrize("moves", ["x1", "x2"])
def test_a_column_is_the_one_of_the_jacobian(moves: str, function: str) -> None:
    def g(x1: Any, x2: Any) -> Any:
        r, m = (x1, x2) if moves == "x2" else (x2, x1)
        return np.stack([x1 * x2, m * getattr(np, function)(r), r / m])

    point = (2.5, 4.0) if moves == "x2" else (4.0, 2.5)
    at = Point("x1" if moves == "x2" else "x2", moves, 2.5, 4.0, function)
    columns = [autodiff.jacobian(g, argnums=k)(*point) for k in (0, 1)]
    wanted = 1 if moves == "x2" else 0
    item = column(at)
    assert at.at == f"({point[0]:g}, {point[1]:g})" and f"the {('first', 'second')[wanted]} column" in item.prompt
    assert np.allclose(item.reference, columns[wanted], rtol=1e-14)
    assert np.allclose(item.solve(frozenset({"first column"})), columns[1 - wanted], rtol=1e-14)
    whole = item.solve(frozenset({"whole Jacobian"}))
    assert np.allclose(whole, np.transpose(columns), rtol=1e-14)
    assert np.allclose(item.solve(frozenset({"row of the second output"})), whole[1], rtol=0)


@pytest.mark.parametrize(("k", "a", "b"), [(1, 1, 1), (2, 6, 3), (5, 1, 4)])
def test_the_numbers_of_a_nested_derivative_are_those_of_the_lesson(k: int, a: int, b: int) -> None:
    def nested(D: Any) -> Any:
        return D(lambda x: k * x * D(lambda y: a * x + b * y, 1.0), 1.0)

    item = nesting(k, a, b)
    assert (item.reference["right"], item.reference["untagged"]) == (nested(trigrad), nested(lesson))
    assert item.starter.count("D(lambda") == 2

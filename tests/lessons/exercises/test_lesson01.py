"""Lesson 1: formulas, slopes and traces as students write them."""

import math
import re
from typing import Any

import numpy as np
import pytest

import symbolic
from expression import parse
from lessons.exercises import Outcome, check
from lessons.exercises.catalogue import exercise
from lessons.exercises.diagnosis import judge
from lessons.exercises.lesson01.listing import Trace
from lessons.exercises.lesson01.waves import SINE


def by_parts(x: float) -> Any:
    """The quotient rule in steps."""
    u, u_dot = np.sin(x**2), np.cos(x**2) * 2 * x
    return (u_dot * x - u) / x**2


def by_branches(x: float) -> float:
    """A function that cannot be traced."""
    if abs(x) < 1e-3:
        return 1.0
    return 2 * math.cos(x * x) - math.sin(x * x) / x / x


def forgets_to_return(x: float) -> None:
    """No value."""
    by_parts(x)


FORMULAS: tuple[tuple[Any, Outcome, set[str]], ...] = (
    (by_parts, Outcome.PASSED, set()),
    (by_branches, Outcome.PASSED, set()),
    (symbolic.derive(parse("sin(x**2)/x")), Outcome.PASSED, set()),
    ("2*cos(x**2) - sin(x**2)/x**2*abs(x)/x", Outcome.PASSED, set()),
    ("cos(x**2)/x - sin(x**2)/x**2", Outcome.FAULT, {"inner slope left out"}),
    (lambda x: 2 * np.cos(x**2) + np.sin(x**2) / x**2, Outcome.FAULT, {"quotient with a plus"}),
    ("-2*cos(x**2) + sin(x**2)/x**2", Outcome.FAULT, {"quotient turned round"}),
    ("2*x*cos(x**2)", Outcome.FAULT, {"quotient part by part"}),
    ("4*cos(x**2) - 2*sin(x**2)/x**2", Outcome.WRONG, set()),
    ("2*cos(x**2) - sin(x**2)/x**2 + 1e-12", Outcome.WRONG, set()),
    ("2*cos(x^2)", Outcome.UNREADABLE, set()),
    ("2*cos(t**2)", Outcome.UNREADABLE, set()),
    (forgets_to_return, Outcome.WRONG, set()),
    (lambda x, h: x, Outcome.ERROR, set()),
    (lambda x: [x], Outcome.WRONG, set()),
    (None, Outcome.UNREADABLE, set()),
    (3 + 4j, Outcome.UNREADABLE, set()),
    (float("nan"), Outcome.WRONG, set()),
)


@pytest.mark.parametrize("given", FORMULAS)
def test_a_formula_is_judged_as_a_function(given: tuple[Any, Outcome, set[str]]) -> None:
    answer, outcome, faults = given
    verdict = check("01.1", answer)
    assert (verdict.outcome, set(verdict.faults)) == (outcome, faults)


def test_a_formula_that_never_ends_is_stopped() -> None:
    def forever(x: float) -> float:
        while True:
            x += 1

    assert check("01.1", forever, seconds=0.3).outcome is Outcome.LATE


def test_a_right_formula_that_is_wrong_for_negative_x_is_told_so() -> None:
    assert "for 0.4 < x < 3, as was asked" in str(check("01.1", "2*cos(x**2) - sin(x**2)/x**2*abs(x)/x"))


def formula_in(prompt: str) -> str:
    """The formula that a prompt names first."""
    found = re.search("`([^`]+)`", prompt)
    assert found
    return found[1]


@pytest.mark.parametrize("number", range(1, 9))
def test_what_sympy_derives_is_right_in_a_variant_and_the_formula_itself_is_not(number: int) -> None:
    item = exercise(f"01.1/{number}")
    f = parse(formula_in(item.prompt))
    assert judge(item, symbolic.derive(f)).passed
    assert judge(item, f).faults == {"nothing derived"}


@pytest.mark.parametrize("number", range(1, 9))
def test_the_last_line_of_a_variant_of_the_trace_is_what_sympy_says(number: int) -> None:
    item = exercise(f"01.3/{number}")
    point = [float(x) for x in re.findall(r"at \(([\d.]+), ([\d.]+)\)", item.prompt)[0]]
    value, gradient = symbolic.value_and_grad(parse(formula_in(item.prompt)), (0, 1))(*point)
    assert np.allclose(item.reference["v6"], (value, *gradient), rtol=1e-14, atol=0)


def central(f: Any, x: float, h: float) -> Any:
    """The right quotient."""
    return (f(x + h) - f(x - h)) / (2 * h)


def forward(f: Any, x: float, h: float) -> Any:
    """One step to the right."""
    return (f(x + h) - f(x)) / h


SLOPES: tuple[tuple[Any, Outcome, set[str]], ...] = (
    ((central, 9999.04), Outcome.PASSED, set()),
    ((central, "1e4"), Outcome.PASSED, set()),
    ((central, 100), Outcome.FAULT, {"the factor of h"}),
    ((central, 1e-4), Outcome.FAULT, {"the factor upside down"}),
    ((central, 4), Outcome.WRONG, set()),
    ((forward, 1e4), Outcome.FAULT, {"only a step forward"}),
    ((forward, 101.2), Outcome.FAULT, {"only a step forward"}),  # which is what it gives
    ((lambda f, x, h: (f(x + h) - f(x - h)) / h, 1.0), Outcome.FAULT, {"divided by h"}),
    ((lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h, 1), Outcome.FAULT, {"brackets of 2h"}),
    (
        (lambda f, x, h: f(x + h) - f(x - h) / 2 * h, 1e4),
        Outcome.FAULT,
        {"brackets of 2h", "brackets of the difference"},
    ),
    ((lambda f, x, h: None, 1e4), Outcome.WRONG, set()),
    ((lambda x: x, 1e4), Outcome.ERROR, set()),
    ((central, None), Outcome.UNREADABLE, set()),
    ((central, [1, 2]), Outcome.UNREADABLE, set()),
    ((central, math.inf), Outcome.UNREADABLE, set()),
    ((1e4, central), Outcome.UNREADABLE, set()),
    (central, Outcome.UNREADABLE, set()),
    ({"slope": central}, Outcome.UNREADABLE, set()),
)


@pytest.mark.parametrize("given", SLOPES)
def test_a_slope_and_its_factor_are_judged_together(given: tuple[Any, Outcome, set[str]]) -> None:
    answer, outcome, faults = given
    verdict = check("01.2", answer)
    assert (verdict.outcome, set(verdict.faults)) == (outcome, faults)


def test_the_factor_in_the_record_is_the_one_that_is_measured() -> None:
    x, errors = 1.3, []
    for h in (1e-2, 1e-4):
        errors.append(central(lambda t: t**2 * np.sin(t), x, h) - (2 * x * np.sin(x) + x**2 * np.cos(x)))
    assert abs(errors[0] / errors[1] / exercise("01.2").reference[1] - 1) < 1e-3  # the next power of h


def test_the_trace_is_that_of_the_lesson() -> None:
    assert Trace(2.0, 5.0, SINE).rounded(3)["v6"] == (11.652, 5.5, 1.716)


RIGHT = Trace(2.0, 5.0, SINE).rounded(4)
TRACES: tuple[tuple[Any, Outcome, set[str]], ...] = (
    (dict(RIGHT, v5=(-0.959, 0, -0.284), v6=(11.652, 5.5, 2.284)), Outcome.FAULT, {"sine to minus cosine"}),
    (
        dict(RIGHT, v2=(0.693, 2, 0), v4=(10.69, 7, 2), v5=(-0.959, 0, -0.284), v6=(11.65, 7, 2.284)),
        Outcome.FAULT,
        {"log turned round", "sine to minus cosine"},
    ),
    (dict(RIGHT, v6=(11.652, 5.5, 1.8)), Outcome.WRONG, set()),
    ({name: row[:2] for name, row in RIGHT.items()}, Outcome.WRONG, set()),
    ({name: row for name, row in RIGHT.items() if name != "v6"}, Outcome.UNREADABLE, set()),
    (dict(RIGHT, v2=("ln 2", 0.5, 0)), Outcome.UNREADABLE, set()),
    (dict(RIGHT, v2=(0.693, "1/2", 0)), Outcome.PASSED, set()),
    (11.652, Outcome.UNREADABLE, set()),
)


@pytest.mark.parametrize("given", TRACES)
def test_a_trace_is_judged_number_by_number(given: tuple[Any, Outcome, set[str]]) -> None:
    answer, outcome, faults = given
    verdict = check("01.3", answer)
    assert (verdict.outcome, set(verdict.faults)) == (outcome, faults)


def test_the_first_wrong_number_is_named_and_not_corrected() -> None:
    text = str(check("01.3", dict(RIGHT, v2=(0.693, 0.5, 0.2), v6=(11.652, 5.5, 1.8))))
    assert "The first that is not right, from the top, is the slope (x2) of v2; v0, which it reads, is right" in text
    assert "1.716" not in text

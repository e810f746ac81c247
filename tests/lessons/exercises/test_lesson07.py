"""Lesson 7: a tape as students write it, and whether `compare` says of a rule what the exercise says."""

from typing import Any

import numpy as np
import pytest

from autodiff import GradientTape, grad, tensor
from compare import compare
from expression import operation
from lessons.exercises import Outcome, check
from lessons.exercises.catalogue import exercise

SWEEP = """
        adjoint = [0.0] * len(self.steps)
        adjoint[y.place] = 1.0
        for i in range(y.place, -1, -1):
            name, value, operands = self.steps[i]
            for j, partial in zip(operands, PARTIALS[name](value, *[self.steps[j][1] for j in operands])):
                adjoint[j] += adjoint[i] * partial
        return [adjoint[x.place] for x in sources]
"""
RECURSION = """
        adjoint = [0.0] * len(self.steps)
        adjoint[y.place] = 1.0
        def visit(i):
            name, value, operands = self.steps[i]
            for j, partial in zip(operands, PARTIALS[name](value, *[self.steps[j][1] for j in operands])):
                adjoint[j] += adjoint[i] * partial
                visit(j)
        visit(y.place)
        return [adjoint[x.place] for x in sources]
"""
METHODS = """    def __truediv__(self, other): return self.tape.apply("div", self, other)
    def exp(self): return self.tape.apply("exp", self)
"""


def written(sweep: str = SWEEP, methods: str = METHODS, exp: Any = lambda y, a: (y,)) -> Any:
    """The class that a student has made of the starter."""
    names: dict[str, Any] = {}
    lines = exercise("07.1").starter.split("\n")
    lines = [methods if "..." in line and "__truediv__" in line else line for line in lines]
    lines = [sweep if "return ..." in line else line for line in lines]
    exec("\n".join(lines), names)
    names["COMPUTE"].update(div=lambda a, b: a / b, exp=np.exp)
    names["PARTIALS"].update(div=lambda y, a, b: (1 / b, -a / b**2), exp=exp)
    return names["MyTape"]


TAPES: dict[str, tuple[Any, set[str]]] = {
    "the lesson's sweep": (written(), set()),
    "a tape in place of its class": (written()(), set()),
    "adjoints by source": (written(SWEEP.replace("[adjoint[x.place]", "{x: adjoint[x.place]")[:-2] + "}\n"), set()),
    "=": (written(SWEEP.replace("+=", "=")), {"overwrites"}),
    "= and exp": (written(SWEEP.replace("+=", "="), exp=lambda y, a: (a,)), {"overwrites", "exp of its input"}),
    "recursion": (written(RECURSION), {"follows each edge at once"}),
    "the last step": (written(SWEEP.replace("adjoint[y.place] =", "adjoint[-1] =")), {"only the seed at the end"}),
    "a plain exp": (
        written(methods=METHODS.replace('self.tape.apply("exp", self)', "np.exp(self.value)")),
        {"exp as a plain number"},
    ),
}


@pytest.mark.parametrize("name", TAPES)
def test_a_tape_as_students_write_it_is_judged_rightly(name: str) -> None:
    answer, faults = TAPES[name]
    verdict = check("07.1", answer)
    assert verdict.faults == faults
    assert verdict.passed is (not faults)


@pytest.mark.parametrize("answer", [None, 3, ..., type("Empty", (), {})])
def test_what_is_no_tape_is_told_so(answer: Any) -> None:
    assert check("07.1", answer).outcome is Outcome.UNREADABLE


def test_the_ten_sums_are_those_of_trigrad() -> None:
    w, after = tensor(3.0), []
    for call in range(1, 11):
        if call % 2 == 0:
            w.grad = None
        (w * w).backward()
        after.append(w.grad)
    assert exercise("07.2").reference == after
    assert check("07.2", after).passed and check("07.2", " ".join(map(str, after))).passed


def test_the_three_slopes_are_those_of_trigrad() -> None:
    with GradientTape(persistent=True) as tape:
        x = tape.watch(2.0)
        y = x**2
        z = y**3
    right = exercise("07.3").reference
    assert tape.gradient(z, x) == right["dz_dx"]
    assert tape.gradient(y, x) == right["dy_dx"]
    assert grad(lambda y: y**3)(4.0) == tape.gradient(z, x) / tape.gradient(y, x) == right["dz_dy"]
    inner = [event.adjoint for event in tape.events(z) if event.sweep == "reverse" and event.value == 4.0]
    assert inner == [right["dz_dy"]]


SLOPES = (
    ((192, 12, 4), {"at x, not at y"}),
    ((48, 12, 4), {"at x, not at y"}),
    ((192, 48, 2), {"power without the exponent"}),
    ((48, 48, 4), {"inner factor missing"}),
)


@pytest.mark.parametrize(("slopes", "faults"), SLOPES)
def test_a_slip_is_named_whether_or_not_the_student_went_on_with_it(
    slopes: tuple[float, ...], faults: set[str]
) -> None:
    assert check("07.3", *slopes, "persistent", "3 and 3").faults == faults


# -- 07.4 --------------------------------------------------------------------------------------------------------------


def swish(x: Any) -> Any:
    return x / (1 + np.exp(-x))


POINTS = (0.0, 1e-6, 1e-3, 1.0, 1.5, 60.0)
WRONG = {
    "a term forgotten": lambda y, x: 1 / (1 + np.exp(-x)),
    "a factor too many": lambda y, x: x * (y + (1 - y) / (1 + np.exp(-x))),
    "a constant": lambda y, x: 0.5 + 0 * x,
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("at", POINTS)
def test_a_point_finds_out_a_wrong_rule_where_compare_does(name: str, at: float) -> None:
    right = exercise("07.4").reference["swish"]
    hasty = operation(partials=(WRONG[name],), name="hasty")(swish)
    silent = not compare(hasty, at, time=False).notes
    verdict = check("07.4", right, WRONG[name], at, "same value")
    assert verdict.passed is silent
    assert verdict.faults == (set() if silent else {"found out"})


def test_a_rule_that_divides_by_zero_at_the_point_is_told_so() -> None:
    verdict = check("07.4", exercise("07.4").reference["swish"], lambda y, x: y / x, 0, "same value")
    assert not verdict.passed and "nan for wrong(y, x) at 0" in str(verdict)


def test_a_function_that_is_not_registered_is_told_how() -> None:
    verdict = check("07.4", swish, WRONG["a constant"], 0, "same value")
    assert verdict.outcome is Outcome.UNREADABLE and "@operation(partials=" in str(verdict)

"""Lesson 7: a tape as students write it, and whether `compare` says of a rule what the exercise says."""

from typing import Any

import numpy as np
import pytest

from autodiff import GradientTape, grad, tensor
from compare import compare
from expression import operation
from lessons.exercises import Outcome, check
from lessons.exercises.catalogue import exercise
from lessons.exercises.diagnosis import judge
from lessons.exercises.lesson07.ask_twice import Chain, ask_twice
from lessons.exercises.lesson07.family import Swish
from lessons.exercises.lesson07.zero_it import Loop, zero_it

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


LOOPS = (Loop(w=3, power=2, every=2), Loop(w=4, power=3, every=3), Loop(w=11, power=2, every=4))


@pytest.mark.parametrize("loop", LOOPS, ids=str)
def test_the_ten_sums_are_those_of_trigrad(loop: Loop) -> None:
    w, after = tensor(float(loop.w)), []
    for call in range(1, 11):
        if call % loop.every == 0:
            w.grad = None
        (w**loop.power).backward()
        after.append(w.grad)
    item = zero_it(loop)
    assert item.reference == after
    assert judge(item, after).passed and judge(item, " ".join(map(str, after))).passed


def test_the_published_loop_and_chain_are_those_of_the_lesson() -> None:
    assert exercise("07.2").prompt == zero_it(LOOPS[0]).prompt
    assert exercise("07.3").prompt == ask_twice(CHAINS[0]).prompt
    assert "`swish(x) = x / (1 + exp(-x))`" in exercise("07.4").prompt


CHAINS = (Chain(a=2, b=3, x=2), Chain(a=3, b=2, x=5), Chain(a=4, b=2, x=2, c=3), Chain(a=2, b=4, x=1, c=2))


@pytest.mark.parametrize("chain", CHAINS, ids=str)
def test_the_three_slopes_are_those_of_trigrad(chain: Chain) -> None:
    with GradientTape(persistent=True) as tape:
        x = tape.watch(float(chain.x))
        y = chain.c * x**chain.a
        z = y**chain.b
    right = ask_twice(chain).reference
    assert tape.gradient(z, x) == right["dz_dx"]
    assert tape.gradient(y, x) == right["dy_dx"]
    assert grad(lambda y: y**chain.b)(float(chain.y)) == tape.gradient(z, y) == right["dz_dy"]
    assert y.value == chain.y


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


@pytest.mark.parametrize("f", [Swish(), Swish(3, 2.0), Swish(5, 0.5)], ids=str)
def test_values_slopes_and_the_rule_are_those_of_trigrad(f: Swish) -> None:
    for x in (-3.0, 0.4, 2.0):
        assert abs(f.body()(x) - f.value(x)) < CLOSE and abs(grad(f.body())(x) - f.slope(x)) < CLOSE
        assert abs(f.rule()(f.value(x), x) - f.slope(x)) < CLOSE


CLOSE = 1e-12  # numbers below 20: a few roundings
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

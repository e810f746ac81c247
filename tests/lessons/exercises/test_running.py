"""Bad answers never break the checker: errors, endless loops, odd values, printing, changed arguments."""

import math
import sys
import threading

import numpy as np
import pytest

from lessons.exercises.diagnosis import UNEXPECTED, judge
from lessons.exercises.exercise import Case
from lessons.exercises.kinds import Choice, Formula, Function, Graph, Order, Record, Value
from lessons.exercises.running import run
from lessons.exercises.verdict import Outcome
from tests.lessons.exercises.small import at, drawn, made, of_one_number

SQUARE = of_one_number(lambda x: x * x, double=lambda x: 2 * x)
SHORT = 0.3  # seconds


class Strange:
    """Nothing about it works."""

    def __getattr__(self, name):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    def __eq__(self, other):
        raise RuntimeError("no")

    def __float__(self):
        raise RuntimeError("no")

    __hash__ = None


class AlwaysEqual(float):
    """Equal to whatever it is compared with."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = float.__hash__


class SilentError(Exception):
    """Its text raises."""

    def __str__(self):
        raise ValueError("no text")


def looped():
    values = [1.0]
    values.append(values)
    return values


def raising(error):
    def answer(x):
        raise error

    return answer


ODD = [
    None, ..., 3, "text", b"bytes", [], {}, (), looped(), object(), Strange(), AlwaysEqual(4), math, type, print, iter,
    float("nan"), np.array([]), np.zeros((2, 0)), np.array("x"), np.datetime64("2020-01-01"), lambda: 1, range(3),
    {1: {2: {3: None}}}, np.ma.masked, threading.Lock(), 10**5000, {float("nan"): 1}, set(), Exception("x"),
]  # fmt: skip
KINDS = [
    (Function(), lambda faults: abs, at(1.0)),
    (Function(names=("f", "g")), lambda faults: {"f": abs, "g": abs}, (Case(("f", 1.0), "f(1)"),)),
    (Value(), lambda faults: 2.0, (Case(),)),
    (Value(parts=("a", "b")), lambda faults: {"a": 1.0, "b": 2.0}, (Case(),)),
    (Choice({"a": "one", "b": "two"}), lambda faults: "a", (Case(),)),
    (Record({"a": Value(), "b": Choice({"c": "d"})}), lambda faults: {"a": 1.0, "b": "c"}, (Case(),)),
    (Formula(), lambda faults: "x**2", (Case(),)),
    (Order({"a": (), "b": ("a",)}), lambda faults: ("a", "b"), (Case(),)),
    (Graph(("a",)), lambda faults: "v = a * a", (Case(),)),
]


@pytest.mark.parametrize("k", range(len(ODD)))
@pytest.mark.parametrize("kind", KINDS, ids=lambda row: type(row[0]).__name__)
def test_no_answer_breaks_the_checker(kind, k):
    item = made(*kind[:2], public=kind[2])
    verdict = judge(item, ODD[k], seconds=2)
    assert str(verdict) and verdict._repr_html_() and UNEXPECTED not in str(verdict)
    if k not in (18, 14):  # print and iter are functions, and say so on their own
        assert not verdict.passed


@pytest.mark.parametrize("k", range(len(ODD)))
def test_nothing_that_a_function_returns_breaks_the_checker(k):
    verdict = judge(SQUARE, lambda x: ODD[k])
    assert not verdict.passed and str(verdict) and UNEXPECTED not in str(verdict)


def test_an_object_that_equals_everything_is_read_as_its_number():
    assert not judge(SQUARE, lambda x: AlwaysEqual(7)).passed


ERRORS = [
    ValueError("oh"), ZeroDivisionError(), KeyError("k"), SilentError(), SystemExit(3), KeyboardInterrupt(),
    GeneratorExit(), StopIteration(), RecursionError("deep"), MemoryError(), BaseException("base"),
]  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_told_with_the_students_line(error):
    verdict = judge(SQUARE, raising(error))
    assert verdict.outcome is Outcome.ERROR
    assert type(error).__name__ in str(verdict) and "raise error" in str(verdict)


def test_endless_recursion_is_an_error_like_others():
    def answer(x):
        return answer(x)

    verdict = judge(SQUARE, answer)
    assert verdict.outcome is Outcome.ERROR and "RecursionError" in str(verdict)


def test_an_endless_loop_is_ended_and_named():
    def answer(x):
        while True:
            pass

    verdict = judge(SQUARE, answer, seconds=SHORT)
    assert verdict.outcome is Outcome.LATE
    assert "After 0.3 s there was no answer on x = 0.5" in str(verdict)
    assert "restart" not in str(verdict)


def test_a_loop_that_catches_every_error_is_left_behind_and_the_student_is_told():
    stop = threading.Event()

    def answer(x):
        while not stop.is_set():
            try:
                while not stop.is_set():
                    pass
            except BaseException:
                continue
        return x

    try:
        verdict = judge(SQUARE, answer, seconds=SHORT)
    finally:
        stop.set()
    assert verdict.outcome is Outcome.LATE and "restart the kernel" in str(verdict)


def test_cases_before_the_endless_one_keep_their_verdict():
    def answer(x):
        while x > 1:
            pass
        return x * x

    verdict = judge(SQUARE, answer, seconds=2)  # the first case does end, on a machine that is busy
    assert [row.passed for row in verdict.rows] == [True, False]


def test_what_is_printed_is_kept_up_to_a_limit_and_nothing_is_asked(capsys):
    def answer(x):
        print("x is", x)
        print("z" * 10**6, file=sys.stderr)
        return x * x

    verdict = judge(SQUARE, answer)
    assert verdict.passed and verdict.printed.startswith("x is 0.5\nzzz") and len(verdict.printed) < 5000
    assert capsys.readouterr() == ("", "")
    assert "EOFError" in str(judge(SQUARE, lambda x: float(input("x? "))))


def test_changed_arguments_are_named_and_do_not_spoil_the_next_case():
    def total(values, options):
        values.append(0.0)
        options["seen"] = True
        return sum(values)

    cases = tuple(Case(([1.0, 2.0], {}), f"case {k}") for k in range(2))
    verdict = judge(made(Function(), lambda faults: lambda values, options: 3.0, public=cases), total)
    assert verdict.passed and "It changes its argument options, values" in str(verdict)
    assert cases[0].args == ([1.0, 2.0], {})


def test_a_changed_array_is_named():
    def doubled(x):
        x *= 2
        return x

    item = made(Function(), lambda faults: lambda x: 2 * x, public=(Case((np.ones(3),), "ones"),))
    verdict = judge(item, doubled)
    assert verdict.passed and "its argument x" in str(verdict)


def test_functions_among_the_arguments_are_counted():
    session = run(Function(), lambda f, x: f(x) + f(x), [Case((math.sin, 1.0), "")])
    assert session.calls[0].evaluations == 2


def test_warnings_and_numpys_errors_do_not_come_through():
    verdict = judge(SQUARE, lambda x: np.log(-np.abs(x)))
    assert verdict.outcome is Outcome.NAN


def test_the_wrong_number_of_parameters_is_an_error_that_says_so():
    verdict = judge(SQUARE, lambda: 1.0)
    assert verdict.outcome is Outcome.ERROR and "takes 0 positional arguments" in verdict.told[0]
    assert drawn(np.random.default_rng(0))

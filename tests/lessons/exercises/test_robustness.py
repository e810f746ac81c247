"""Bad answers never break the checker: whatever an answer is or does, there is a verdict, and nothing has changed."""

import builtins
import copy
import gc
import io
import itertools
import math
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from expression.errors import LessonError
from lessons.exercises import check, task
from lessons.exercises.catalogue import catalogue
from lessons.exercises.catalogue import exercise as exercise_of
from lessons.exercises.diagnosis import UNEXPECTED, judge
from lessons.exercises.exercise import Exercise
from lessons.exercises.verdict import Outcome, Verdict
from tests.lessons.exercises import hostile

SHORT = 0.2  # seconds, for answers that may never end
LONG = 60.0  # seconds, for answers that do end, on a machine that is busy
MOST_TEXT = 40_000  # characters of a verdict that somebody is to read

EVERY = tuple(catalogue().values())
KINDS = tuple({type(exercise.kind): exercise for exercise in reversed(EVERY)}.values())  # one of each kind
FUNCTIONS = tuple(exercise for exercise in EVERY if exercise.kind.callable)
MODULES = (np, np.linalg, math, builtins)

quick = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def verdict_on(exercise: Exercise, answer: Any, seconds: float = LONG, *, copes: bool = True) -> Verdict:
    """The verdict, which can be shown in all its forms; the checker copes if it is not its last way out."""
    streams = (sys.stdout, sys.stderr, sys.stdin)
    verdict = judge(exercise, answer, seconds=seconds)
    assert all(a is b for a, b in zip(streams, (sys.stdout, sys.stderr, sys.stdin), strict=True))
    assert isinstance(verdict, Verdict)
    for text in (str(verdict), repr(verdict), verdict._repr_html_()):
        text.encode()
        assert len(text) < MOST_TEXT
    assert UNEXPECTED not in str(verdict) or not copes, str(verdict)
    return verdict


def surroundings() -> tuple[Any, ...]:
    """What an answer could change for those who come after it."""
    modules = tuple({name: id(thing) for name, thing in vars(module).items()} for module in MODULES)
    return *modules, sys.getrecursionlimit(), os.getcwd(), np.geterr(), sys.gettrace()


@pytest.fixture(autouse=True)
def nothing_changes(capsys: Any) -> Iterator[None]:
    """Whatever was handed in: numpy, builtins and streams are as before, and nothing was printed."""
    before = surroundings()
    yield
    for was, now in zip(before, surroundings(), strict=True):
        assert (now if not isinstance(was, dict) else {name: now[name] for name in was}) == was
    assert capsys.readouterr() == ("", "")


def first(exercises: tuple[Exercise, ...]) -> Any:
    """As a parameter of a test, by its id."""
    return pytest.mark.parametrize("exercise", exercises, ids=lambda exercise: exercise.id)


def ids(exercises: tuple[Exercise, ...]) -> Any:
    """One of these, by its id, which a failing example shows in a line."""
    return st.sampled_from([exercise.id for exercise in exercises])


# -- what is handed in -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", hostile.OBJECTS)
def test_anything_can_be_handed_in(name: str) -> None:
    for exercise in KINDS:
        assert not verdict_on(exercise, hostile.OBJECTS[name](), SHORT).passed, exercise.id


@pytest.mark.parametrize("name", hostile.OBJECTS)
def test_anything_can_be_a_part_of_what_is_handed_in(name: str) -> None:
    for exercise in KINDS:
        right = exercise.reference
        if isinstance(right, dict):
            part = next(iter(right))
            assert not verdict_on(exercise, {**right, part: hostile.OBJECTS[name]()}, SHORT).passed, exercise.id


@pytest.mark.parametrize(
    "name", sorted(hostile.OBJECTS.keys() - {"an array that holds itself"})
)  # arithmetic breaks numpy
def test_anything_can_be_returned(name: str) -> None:
    for exercise in FUNCTIONS:
        function = hostile.returning(hostile.OBJECTS[name])
        assert not verdict_on(exercise, hostile.handed_in(exercise, function), SHORT).passed, exercise.id
    gc.collect()  # what one of them has to say at its end is said here, not in the middle of another test


def test_nobody_waits_for_an_async_answer_and_nobody_hears_of_it_later() -> None:
    async def answer(*_: Any) -> float:
        return 1.0

    gc.collect()  # what other tests left behind is not heard here
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for exercise in FUNCTIONS:
            verdict = verdict_on(exercise, hostile.handed_in(exercise, answer), SHORT)
            assert "`async`" in str(verdict) or verdict.outcome is Outcome.ERROR, exercise.id
        gc.collect()
    assert not heard


numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.fractions(),
    st.floats(width=32).map(np.float32),
    st.integers(-128, 127).map(np.int8),
)
plain = st.one_of(st.none(), st.just(...), st.booleans(), numbers, st.text(), st.binary(), st.decimals(), st.dates())
shaped = arrays.arrays(
    st.one_of(
        arrays.floating_dtypes(), arrays.integer_dtypes(), arrays.boolean_dtypes(), arrays.unicode_string_dtypes()
    ),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
anything = st.recursive(
    st.one_of(plain, shaped),
    lambda inner: st.one_of(
        st.lists(inner, max_size=8),
        st.tuples(inner, inner),
        st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner, max_size=5),
        st.frozensets(st.integers(), max_size=3),
    ),
    max_leaves=12,
)


@given(id=ids(EVERY), answer=anything)
@settings(quick, max_examples=200)
def test_every_value_gets_a_verdict(id: str, answer: Any) -> None:
    assert not verdict_on(catalogue()[id], answer).passed


@given(id=ids(EVERY), data=st.data())
@settings(quick, max_examples=200)
def test_a_right_answer_with_one_part_replaced_gets_a_verdict(id: str, data: Any) -> None:
    exercise = catalogue()[id]
    right = exercise.reference
    if isinstance(right, dict):
        part = data.draw(st.sampled_from(sorted(right)))
        verdict_on(exercise, {**right, part: data.draw(anything)})
    elif isinstance(right, str):
        place = data.draw(st.integers(0, len(right)))
        verdict_on(exercise, right[:place] + data.draw(st.text(max_size=3)) + right[place + 1 :])


@given(id=ids(FUNCTIONS), value=anything)
@settings(quick, max_examples=150)
def test_every_value_can_be_returned(id: str, value: Any) -> None:
    exercise = catalogue()[id]
    answer = hostile.handed_in(exercise, lambda *_, **__: copy.deepcopy(value))
    assert not verdict_on(exercise, answer).passed


# -- what is raised ----------------------------------------------------------------------------------------------------


@first(FUNCTIONS)
def test_every_error_of_python_is_caught_and_named(exercise: Exercise) -> None:
    for error in hostile.builtin_errors():

        def answer(*_: Any, error: type[BaseException] = error, **__: Any) -> Any:
            raise error.__new__(error)

        verdict = verdict_on(exercise, hostile.handed_in(exercise, answer))
        assert verdict.outcome in (Outcome.ERROR, Outcome.FAULT), error
        assert error.__name__ in str(verdict) or verdict.outcome is Outcome.FAULT


@first(FUNCTIONS)
def test_recursion_and_memory_without_end_are_caught(exercise: Exercise) -> None:
    def deeper(*args: Any, **_: Any) -> Any:
        return deeper(*args)

    def larger(*_: Any, **__: Any) -> Any:
        return [0.0] * 2**60

    for answer, name in ((deeper, "RecursionError"), (larger, "MemoryError")):
        verdict = verdict_on(exercise, hostile.handed_in(exercise, answer))
        assert verdict.outcome in (Outcome.ERROR, Outcome.FAULT)
        assert name in str(verdict) or verdict.outcome is Outcome.FAULT


errors = st.sampled_from((*hostile.ERRORS, *hostile.ENDINGS))


@given(id=ids(EVERY), method=st.sampled_from(hostile.METHODS), error=errors)
@settings(quick, max_examples=200)
def test_objects_may_raise_in_any_method(id: str, method: str, error: type[BaseException]) -> None:
    raises_somewhere(catalogue()[id], hostile.raising_in(method, error), error)


@given(id=ids(EVERY), error=errors)
@quick
def test_objects_may_raise_in_all_methods(id: str, error: type[BaseException]) -> None:
    raises_somewhere(catalogue()[id], hostile.raising_everywhere(error), error)


def raises_somewhere(exercise: Exercise, answer: Any, error: type[BaseException]) -> None:
    """Hand an object in, as a whole, as a part, and as what a function returns."""
    copes = error not in hostile.ENDINGS
    verdict_on(exercise, answer, copes=copes)
    if isinstance(exercise.reference, dict):
        part = next(iter(exercise.reference))
        verdict_on(exercise, {**exercise.reference, part: answer}, copes=copes)
    if exercise.kind.callable:
        verdict_on(exercise, hostile.handed_in(exercise, hostile.returning(lambda: answer)), copes=copes)


class Unspeakable(Exception):
    """An error that cannot be told."""

    def __str__(self) -> str:
        """Another error."""
        raise KeyboardInterrupt

    __repr__ = __str__


@pytest.mark.parametrize(
    "error", [Unspeakable(), ValueError("x" * 10**6), ValueError("\ud800"), ValueError("a\n" * 10**4)]
)
def test_errors_may_say_anything(error: Exception) -> None:
    def answer(*_: Any, **__: Any) -> Any:
        raise error

    for exercise in FUNCTIONS:
        verdict = verdict_on(exercise, hostile.handed_in(exercise, answer))
        assert verdict.outcome in (Outcome.ERROR, Outcome.FAULT)


# -- what never ends ---------------------------------------------------------------------------------------------------


def spins(*_: Any, **__: Any) -> None:
    """The plainest loop."""
    while True:
        pass


def naps(*_: Any, **__: Any) -> None:
    """A loop that waits."""
    while True:
        time.sleep(0.001)


def catches_errors(*_: Any, **__: Any) -> None:
    """A loop that goes on after an error."""
    while True:
        try:
            math.sqrt(-1)
        except Exception:
            continue


def catches_once(*_: Any, **__: Any) -> float:
    """A loop that is left by the first thing that is raised, and then pretends to have an answer."""
    try:
        spins()
    except BaseException:
        return 1.0
    return 2.0


def prints(*_: Any, **__: Any) -> None:
    """A loop that prints."""
    for k in itertools.count():
        print(k, file=sys.stderr if k % 2 else sys.stdout)


def appends(*_: Any, **__: Any) -> None:
    """A loop with a list that grows, slowly."""
    found = []
    while True:
        found.append(0.0)
        time.sleep(0.0001)


@pytest.mark.parametrize("loop", [spins, naps, catches_errors, catches_once, prints, appends])
def test_a_loop_without_end_is_ended(loop: Callable[..., Any]) -> None:
    for exercise in FUNCTIONS:
        verdict = verdict_on(exercise, hostile.handed_in(exercise, loop), SHORT)
        assert verdict.outcome is Outcome.LATE, exercise.id
        assert "After 0.2 s there was no answer" in str(verdict)
        assert "restart the kernel" not in str(verdict)


def test_a_loop_that_cannot_be_ended_is_left_behind_and_told() -> None:
    over = threading.Event()

    def stubborn(*_: Any, **__: Any) -> None:
        while not over.is_set():
            try:
                while not over.is_set():
                    time.sleep(0.001)
            except BaseException:
                continue

    try:
        verdict = verdict_on(FUNCTIONS[-1], hostile.handed_in(FUNCTIONS[-1], stubborn), SHORT)
        assert verdict.outcome is Outcome.LATE
        assert "restart the kernel" in str(verdict)
    finally:
        over.set()
    assert verdict_on(FUNCTIONS[-1], FUNCTIONS[-1].reference).passed


@pytest.mark.parametrize("method", ["__float__", "__len__", "__array__", "__iter__", "__getattr__", "__str__"])
def test_an_object_without_end_is_ended(method: str) -> None:
    answer = type("Endless", (), {method: spins})()
    for exercise in KINDS:
        assert not verdict_on(exercise, answer, SHORT).passed


# -- what is changed ---------------------------------------------------------------------------------------------------

HARMS: dict[str, Callable[[Any], Any]] = {
    "clears": lambda x: x.clear(),
    "appends": lambda x: x.append(x[0]),
    "takes the last": lambda x: x.pop(),
    "None first": lambda x: x.__setitem__(0, None),
    "itself first": lambda x: x.__setitem__(0, x),
    "text first": lambda x: x.__setitem__(0, "harm"),
    "hostile first": lambda x: x.__setitem__(0, hostile.raising_everywhere(ValueError)),
    "always equal first": lambda x: x.__setitem__(0, hostile.AlwaysEqual()),
    "reverses": lambda x: x.reverse(),
}
MUTABLE = tuple(e for e in FUNCTIONS if not e.kind.call and any(isinstance(x, list) for x in e.public[0].args))


@given(id=ids(MUTABLE), harms=st.lists(st.sampled_from(sorted(HARMS)), min_size=1, max_size=3))
@quick
def test_arguments_are_copies_and_a_change_is_told(id: str, harms: list[str]) -> None:
    exercise = catalogue()[id]
    before = copy.deepcopy([case.args for case in exercise.public])

    def answer(*args: Any) -> Any:
        result = exercise.reference(*copy.deepcopy(args))
        for x in args:
            if isinstance(x, list):
                for harm in harms:
                    try:
                        HARMS[harm](x)
                    except (IndexError, TypeError):
                        continue
        return result

    verdict = verdict_on(exercise, answer)
    assert verdict.passed
    assert [case.args for case in exercise.public] == before
    if harms == ["clears"]:
        assert "It changes its argument" in str(verdict)


PATCHES: dict[str, Callable[[], Any]] = {
    "numpy's exp": lambda: setattr(np, "exp", lambda x: x),
    "numpy's comparisons": lambda: [
        setattr(np, name, hostile.raising_everywhere(ValueError)) for name in ("isfinite", "array_equal", "allclose")
    ],
    "numpy's arrays": lambda: setattr(np, "ndarray", float),
    "numpy's errstate": lambda: delattr(np, "errstate"),
    "numpy's solve": lambda: setattr(np.linalg, "solve", None),
    "math": lambda: setattr(math, "exp", lambda x: 0.0),
    "builtins": lambda: [setattr(builtins, name, None) for name in ("len", "abs", "float", "print")],
    "floating-point errors": lambda: np.seterr(all="raise"),
    "the recursion limit": lambda: sys.setrecursionlimit(10**6),
    "stdout": lambda: setattr(sys, "stdout", None),
    "a closed stdout": lambda: (sys.stdout.close(), sys.stderr.close()),
    "stdin": lambda: setattr(sys, "stdin", None),
    "warnings": lambda: warnings.simplefilter("error"),
    "the directory": lambda: os.chdir("/"),
    "tracing": lambda: sys.settrace(lambda *_: None),
}


@pytest.mark.parametrize("patch", PATCHES)
def test_what_an_answer_patches_is_mended(patch: str) -> None:
    for exercise in FUNCTIONS:

        def answer(*_: Any, **__: Any) -> float:
            PATCHES[patch]()
            return 0.125

        assert not verdict_on(exercise, hostile.handed_in(exercise, answer)).passed
        assert verdict_on(exercise, exercise.reference).passed


def test_an_answer_is_not_right_because_it_patches_what_is_compared() -> None:
    for exercise in FUNCTIONS:

        def answer(*_: Any, **__: Any) -> Any:
            for name in ("exp", "log", "sin", "cos", "tanh"):
                setattr(np, name, lambda *_: 1.0)
                if hasattr(math, name):
                    setattr(math, name, lambda *_: 1.0)
            return hostile.EqualNumber(1.0)

        assert not verdict_on(exercise, hostile.handed_in(exercise, answer)).passed


# -- what is printed ---------------------------------------------------------------------------------------------------


@given(text=st.text(st.characters(), max_size=200), often=st.integers(1, 100))
@example(text="\ud800", often=1)
@quick
def test_what_is_printed_is_kept_up_to_a_limit_and_changes_nothing(text: str, often: int) -> None:
    exercise = next(e for e in FUNCTIONS if e.id == "06.2")

    def answer(*args: Any) -> Any:
        for _ in range(often):
            print(text)
            print(text, file=sys.stderr)
            warnings.warn("a warning of the answer", stacklevel=1)
        return exercise.reference(*args)

    verdict = verdict_on(exercise, answer)
    assert verdict.passed
    assert len(verdict.printed) <= 4000
    if text.isascii() and text.isprintable():
        assert verdict.printed.startswith(f"{text}\n"[:4000])


@first(FUNCTIONS)
def test_nobody_is_asked_for_input(exercise: Exercise) -> None:
    verdict = verdict_on(exercise, hostile.handed_in(exercise, lambda *_: input("x? ")))
    assert verdict.outcome in (Outcome.ERROR, Outcome.FAULT)


# -- after all that ----------------------------------------------------------------------------------------------------


def test_after_many_bad_answers_right_ones_pass() -> None:
    for number in range(10):
        for exercise in FUNCTIONS:
            answer = hostile.handed_in(exercise, hostile.returning(lambda number=number: Fraction(number, 7)))
            assert not verdict_on(exercise, answer).passed
    for exercise in EVERY:
        assert verdict_on(exercise, exercise.reference).passed, exercise.id


@pytest.mark.parametrize("id", ["", "99.9", "06", "six", None, 6.2, [], "06.2 "])
def test_an_exercise_that_there_is_not_is_the_only_error(id: Any) -> None:
    if id == "06.2 ":
        assert check(id, None).outcome is Outcome.UNREADABLE
    else:
        with pytest.raises(LessonError, match=r"there is no exercise|did you mean"):
            check(id, None)


ENDS = ["/", "/0", "/1", "//1", "/1/1", "/-1", " /1", "/1.0", "/+1", "\ud800"]
texts = st.one_of(
    st.text(),
    st.from_regex(r"\s*\d{1,3}\.\d{1,3}(/\d{0,30})?\s*"),
    st.tuples(ids(EVERY), st.sampled_from(ENDS)).map("".join),
)


@given(id=texts)
@settings(quick, max_examples=150)
@example(id="\u0660\u0666.\u0661")
@example(id=f"06.1/{10**18}")
def test_every_text_is_an_exercise_or_a_lesson_error(id: str) -> None:
    for function in (exercise_of, task, lambda text: check(text, None)):
        try:
            assert str(function(id))
        except LessonError as error:
            assert "there is no exercise" in str(error)


def test_check_keeps_nothing_that_cannot_be_read_again() -> None:
    for answer in (hostile.EqualNumber(1.0), hostile.raising_everywhere(SystemExit), "\ud800", io):
        check("06.1", answer)
    assert check("06.1", catalogue()["06.1"].reference).passed

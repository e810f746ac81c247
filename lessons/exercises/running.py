"""Running a student's code: within a time limit, on copies of the arguments, with output kept and calls counted.

It runs in a thread of its own. When the time is over, the thread is interrupted where Python can do so; one that goes
on all the same is left behind, and the verdict says so. That is no sandbox: it protects from mistakes, not from malice.
"""

import builtins
import ctypes
import inspect
import io
import math
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from expression import Expression
from lessons.exercises.exercise import Case
from lessons.exercises.kind import Kind
from lessons.exercises.places import readable, student_line, told
from lessons.exercises.values import Unreadable

SECONDS = 5.0  # for all cases of a check together
PATIENCE = 0.1  # seconds between two interruptions of a thread that catches the first
INTERRUPTIONS = 10
MOST_PRINTED = 4000  # characters
SHARED = (builtins, math, np, np.linalg)  # modules that an answer must not change for others


class TimeIsUp(BaseException):
    """Raised in the student's thread; no `except Exception` catches it."""


@dataclass(slots=True)
class Call:
    """What became of one call of an answer."""

    case: Case
    value: Any = None
    error: BaseException | None = None
    place: str = ""  # the student's line that the error came through
    unreadable: str = ""  # why what it returned is no value
    late: bool = False  # the time was up, here or before
    evaluations: int = 0
    changed: tuple[str, ...] = ()  # arguments that the answer changed

    @property
    def answered(self) -> bool:
        """Whether there is a value."""
        return self.error is None and not self.late and not self.unreadable

    def shown(self, show: Callable[[Any], str]) -> str:
        """What it came to, in a few words."""
        if self.late:
            return "no answer in time"
        if self.error is not None:
            return told(self.error)
        return show(self.value) if self.answered else "no value"


@dataclass(slots=True)
class Session:
    """The calls of one answer, what it printed, and whether it could be stopped."""

    calls: list[Call]
    printed: str = ""
    stuck: bool = False
    used: tuple[str, ...] = ()  # what `watch` saw being called


class Limited(io.StringIO):
    """Text that is kept up to a limit."""

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        super().write(readable(text[: max(0, MOST_PRINTED - self.tell())]))
        return len(text)

    def close(self) -> None:
        """Stay open: what was printed is still to be read."""


class Counted:
    """A function among the arguments: it counts its calls."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Stand for a function."""
        self.function, self.calls = function, 0
        self.__name__ = getattr(function, "__name__", "f")
        self.__wrapped__ = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it, and count."""
        self.calls += 1
        return self.function(*args, **kwargs)


def run(
    kind: Kind, answer: Any, cases: Sequence[Case], seconds: float = SECONDS, watch: Callable[..., None] | None = None
) -> Session:
    """Every case in turn, in a thread that has so many seconds; `answer` is as `kind.read` gives it.

    `watch` is called at every call in the thread, as `sys.setprofile` does it.
    """
    calls: list[Call] = []
    over = threading.Event()

    def work() -> None:
        sys.setprofile(watch)
        try:
            with np.errstate(all="ignore"):
                for case in cases:
                    call = called(kind, answer, case)
                    if over.is_set():  # an answer that caught the interruption, and went on
                        break
                    calls.append(call)
        finally:
            sys.setprofile(None)

    with captured() as output, intact():
        thread = Interruptible(work, over)
        thread.finish(seconds)
    done = list(calls[: len(cases)])
    done += [Call(case, late=True) for case in cases[len(done) :]]
    return Session(done, output.getvalue(), thread.stuck, tuple(getattr(watch, "used", ())))


@dataclass(slots=True)
class Attempt:
    """What became of work on an answer that may raise anything, or never end."""

    value: Any = None
    error: BaseException | None = None
    late: bool = False


def attempt(work: Callable[[], Any], seconds: float) -> Attempt:
    """Do something with an answer in a thread that has so many seconds; what is printed meanwhile is dropped.

    In a thread a KeyboardInterrupt can only be the answer's; the student's own comes out of here.
    """
    found = Attempt()

    def kept() -> None:
        try:
            found.value = work()
        except TimeIsUp:
            raise
        except BaseException as error:
            found.error = error.with_traceback(None)

    with captured(), intact():
        found.late = not Interruptible(kept).finish(seconds)
    return found


def called(kind: Kind, answer: Any, case: Case) -> Call:
    """One call, with all that can go wrong."""
    given = tuple(copied(x) for x in case.args)
    call, counters = Call(case), [x for x in given if isinstance(x, Counted)]
    try:
        with intact():
            call.value = kind.value(answer, Case(given, case.text, case.kink))
    except TimeIsUp:
        raise
    except Unreadable as error:
        call.unreadable = str(error)
    except BaseException as error:
        call.place = student_line(error)
        call.error = error.with_traceback(None)  # no ring of frames, whose contents would end, and speak up, much later
    call.evaluations = sum(counter.calls for counter in counters)
    if kind.callable:
        names = parameter_names(answer, len(given))
        pairs = zip(names, given, case.args, strict=True)
        call.changed = tuple(name for name, now, before in pairs if not unchanged(now, before))
    return call


def copied(x: Any) -> Any:
    """An argument that the answer may do with as it likes."""
    if inspect.isclass(x) or inspect.ismodule(x) or isinstance(x, Expression):
        return x
    if callable(x):
        return Counted(x)
    return deepcopy(x) if isinstance(x, np.ndarray | list | dict | set | tuple) else x


def unchanged(now: Any, before: Any) -> bool:
    """Whether an argument is as it was."""
    if isinstance(now, Counted):
        return now.function is before
    if type(now) is not type(before):
        return False
    if isinstance(before, np.ndarray):
        return now.shape == before.shape and np.array_equal(now, before, equal_nan=before.dtype.kind in "fc")
    if isinstance(before, list | tuple):
        return len(now) == len(before) and all(map(unchanged, now, before))
    if isinstance(before, dict):
        return now.keys() == before.keys() and all(unchanged(now[key], before[key]) for key in before)
    if isinstance(before, int | float | complex | str | set):
        return bool(now == before) or before != before
    return True


def parameter_names(function: Any, count: int) -> list[str]:
    """What the student calls the arguments."""
    try:
        names = list(inspect.signature(function).parameters)
    except Exception:  # it has none, or does not tell
        names = []
    return [names[k] if k < len(names) else f"argument {k + 1}" for k in range(count)]


class Interruptible:
    """A thread whose work can be given up."""

    def __init__(self, work: Callable[[], None], over: threading.Event | None = None) -> None:
        """Begin; `over` is set when the time is."""
        self.failure: BaseException | None = None
        self.over = over or threading.Event()

        def guarded() -> None:
            with suppress(TimeIsUp):  # a second one, on its way out
                try:
                    work()
                except TimeIsUp:
                    pass
                except BaseException as error:  # of ours: the student's are caught where they are called
                    self.failure = error

        self.thread = threading.Thread(target=guarded, daemon=True, name="exercise")
        self.thread.start()

    def finish(self, seconds: float) -> bool:
        """Wait, then interrupt; whether the work has come to its end by itself."""
        ended = False
        try:
            self.thread.join(seconds)
            ended = not self.thread.is_alive()
        finally:  # also where the student presses "stop" meanwhile
            for _ in range(INTERRUPTIONS):
                if not self.thread.is_alive():
                    break
                self.over.set()
                interrupt(self.thread)
                self.thread.join(PATIENCE)
        if self.failure is not None:
            raise self.failure
        return ended

    @property
    def stuck(self) -> bool:
        """Whether it runs on, in spite of all."""
        return self.thread.is_alive()


def interrupt(thread: threading.Thread) -> None:
    """Raise TimeIsUp in a thread, where this Python can."""
    api = getattr(ctypes, "pythonapi", None)
    if api is not None and thread.ident is not None:
        api.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeIsUp))


@contextmanager
def intact() -> Iterator[None]:
    """Undo what an answer does to modules that everybody uses, to the recursion limit and to the directory."""
    known = [(vars(module), dict(vars(module))) for module in SHARED]
    limit, place = sys.getrecursionlimit(), os.getcwd()
    try:
        yield
    finally:
        for names, before in known:
            for name, thing in before.items():
                if names.get(name) is not thing:
                    names[name] = thing
        if sys.getrecursionlimit() != limit:
            sys.setrecursionlimit(limit)
        if os.getcwd() != place:
            os.chdir(place)


@contextmanager
def captured() -> Iterator[io.StringIO]:
    """Keep what is printed, ask nobody for input, and let no warning through."""
    output, before, hook = Limited(), sys.stdin, sys.unraisablehook

    def quiet(event: Any) -> None:
        if event.exc_type is not TimeIsUp:  # in a destructor it is lost, and comes again
            hook(event)

    with redirect_stdout(output), redirect_stderr(output), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.stdin, sys.unraisablehook = io.StringIO(), quiet
        try:
            yield output
        finally:
            sys.stdin, sys.unraisablehook = before, hook

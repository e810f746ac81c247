"""Answers that are no answers: objects that raise, lie, never end or are far too large, and functions that do harm."""

import builtins
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from unittest.mock import MagicMock

import numpy as np

from lessons.exercises.exercise import Exercise

ERRORS = (ValueError, TypeError, AttributeError, RecursionError, MemoryError, StopIteration)
ENDINGS = (SystemExit, KeyboardInterrupt, GeneratorExit)  # no `except Exception` catches these
METHODS = (
    *("__eq__", "__hash__", "__bool__", "__lt__", "__repr__", "__str__", "__format__"),
    *("__float__", "__int__", "__index__", "__complex__", "__abs__", "__round__"),
    *("__len__", "__iter__", "__getitem__", "__contains__", "__getattr__", "__call__"),
    *("__array__", "__array_ufunc__", "__array_function__", "__deepcopy__", "__reduce_ex__"),
)


def raising_in(method: str, error: type[BaseException]) -> Any:
    """An object with one method that raises."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error("from the answer")

    return type("Hostile", (), {method: fail})()


def raising_everywhere(error: type[BaseException]) -> Any:
    """An object that raises whatever is done with it."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error("from the answer")

    return type("Hostile", (), dict.fromkeys(METHODS, fail))()


def builtin_errors() -> Iterator[type[BaseException]]:
    """Every exception that Python has, warnings among them."""
    for thing in vars(builtins).values():
        if isinstance(thing, type) and issubclass(thing, BaseException):
            yield thing


class AlwaysEqual:
    """Equal to everything, and no number."""

    def __eq__(self, other: object) -> bool:
        """Yes."""
        return True

    __hash__ = object.__hash__


class EqualNumber(float):
    """A float that is equal to everything, near to everything, and shows itself as another."""

    def __eq__(self, other: object) -> bool:
        """Yes."""
        return True

    def __sub__(self, other: Any) -> float:
        """No distance at all."""
        return 0.0

    __rsub__ = __sub__
    __hash__ = float.__hash__


class Endless(Sequence[float]):
    """Says that it has three entries, and has no end."""

    def __len__(self) -> int:
        """A lie."""
        return 3

    def __getitem__(self, index: Any) -> Any:
        """Another one."""
        return 1.0


class EndlessMapping(Mapping[str, float]):
    """A dictionary with ever new keys."""

    def __len__(self) -> int:
        """A lie."""
        return 2

    def __getitem__(self, key: str) -> float:
        """Whatever is asked."""
        return 1.0

    def __iter__(self) -> Iterator[str]:
        """No end."""
        return (f"k{k}" for k in itertools.count())


class Unequal(np.ndarray):
    """An array whose `tolist` gives something else, without end."""

    def tolist(self) -> Any:
        """No list."""
        return Endless()


class Chameleon:
    """Claims to be of every class."""

    @property
    def __class__(self) -> Any:
        """Raises: it cannot even be asked."""
        raise RuntimeError("no class")


def itself() -> list[Any]:
    """A list that holds itself."""
    found: list[Any] = []
    found.append(found)
    return found


def itself_in_dict() -> dict[str, Any]:
    """A dictionary that holds itself."""
    found: dict[str, Any] = {}
    found["f"] = found
    return found


def object_array() -> Any:
    """An array that holds itself."""
    found = np.empty(2, dtype=object)
    found[:] = [found, found]
    return found


def deep(levels: int) -> list[Any]:
    """A list in a list in a list."""
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


def doubling(levels: int) -> list[Any]:
    """A small object with 2**levels entries."""
    found: list[Any] = [1.0]
    for _ in range(levels):
        found = [found, found]
    return found


def doubling_graph(lines: int) -> str:
    """A graph of some lines whose last node, written out, is 2**lines long."""
    return "v0 = a + b\n" + "\n".join(f"v{k + 1} = v{k} + v{k}" for k in range(lines))


async def coroutine(*_: Any) -> float:
    """Somebody wrote `async`."""
    return 1.0


def generator(*_: Any) -> Iterator[float]:
    """Somebody wrote `yield` for `return`."""
    yield 1.0


def wrapping_itself() -> Any:
    """A decorator gone wrong."""

    def answer(*_: Any) -> float:
        return 1.0

    answer.__dict__["__wrapped__"] = answer
    return answer


OBJECTS: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "Ellipsis": lambda: ...,
    "NotImplemented": lambda: NotImplemented,
    "True": lambda: True,
    "nan": lambda: float("nan"),
    "inf": lambda: float("-inf"),
    "complex nan": lambda: complex("nan+nanj"),
    "negative zero": lambda: -0.0,
    "an integer beyond the floats": lambda: 10**400,
    "an integer beyond the digits that are shown": lambda: 10**5000,
    "a fraction beyond the floats": lambda: Fraction(10**400, 3),
    "a decimal": lambda: Decimal("0.1"),
    "a signalling nan": lambda: Decimal("sNaN"),
    "text": lambda: "no idea",
    "empty text": lambda: "",
    "text of a huge power": lambda: "1e999999999",
    "text of a tiny power": lambda: "1e-999999999",
    "text of many digits": lambda: "9" * 100_000,
    "text of brackets": lambda: "(" * 100_000,
    "text of a long sum": lambda: "+".join(["x"] * 20_000),
    "text of a tower": lambda: "x**x**x**x**x**x**x",
    "text of a huge constant": lambda: "9**9**9**9",
    "text with half a character": lambda: "\ud800",
    "text with a null": lambda: "x\0y",
    "text of lines": lambda: "\n" * 1000,
    "a graph that doubles": lambda: doubling_graph(60),
    "bytes": lambda: b"1.0",
    "memory": lambda: memoryview(b"12"),
    "a date": lambda: datetime(2026, 1, 1),
    "a set": lambda: {1, 2.0, "x", None},
    "a dictionary of numbers": lambda: {1: 2, (3, 4): 5, None: ...},
    "nothing in a list": lambda: [],
    "nothing in a dictionary": lambda: {},
    "a range without end": lambda: range(10**12),
    "a count without end": itertools.count,
    "a cycle without end": lambda: itertools.cycle([1.0]),
    "a generator": lambda: (x for x in [1.0]),
    "a map": lambda: map(float, "12"),
    "a sequence that lies": Endless,
    "a mapping without end": EndlessMapping,
    "a list that holds itself": itself,
    "a dictionary that holds itself": itself_in_dict,
    "an array that holds itself": object_array,
    "a deep list": lambda: deep(5000),
    "a list that doubles": lambda: doubling(18),
    "a list that doubles without end": lambda: [doubling(18)] * 1000,
    "a huge list": lambda: [0.0] * 10**6,
    "a large array": lambda: np.zeros(10**7),
    "an array as large as nothing": lambda: np.broadcast_to(0.0, (10**6, 10**6)),
    "an empty array": lambda: np.zeros((0, 3)),
    "an array of dates": lambda: np.array(["2026-01-01"], dtype="datetime64[D]"),
    "an array of records": lambda: np.zeros(2, dtype=[("a", float), ("b", int)]),
    "a masked array": lambda: np.ma.masked_all(3),
    "an array that lies": lambda: np.zeros(3).view(Unequal),
    "a nan in an array": lambda: np.array([np.nan, 1.0]),
    "a class": lambda: int,
    "type": lambda: type,
    "a module": lambda: np,
    "print": lambda: print,
    "a ufunc": lambda: np.exp,
    "an exception": lambda: ValueError("never raised"),
    "a generator function": lambda: generator,
    "a coroutine function": lambda: coroutine,
    "a function that wraps itself": wrapping_itself,
    "a mock": MagicMock,
    "always equal": AlwaysEqual,
    "a number that is always equal": lambda: EqualNumber(0.123),
    "of no class": Chameleon,
    "no context": lambda: lambda: 1.0,
    "too many arguments": lambda: lambda a, b, c, d, e, f, g: 1.0,
}


def handed_in(exercise: Exercise, function: Callable[..., Any]) -> Any:
    """A function in the place of each function of an exercise's answer."""
    right = exercise.reference
    if isinstance(right, dict):
        return {name: function if callable(part) else part for name, part in right.items()}
    if isinstance(right, tuple | list):
        return tuple(function if callable(part) else part for part in right)
    return function


def returning(make: Callable[[], Any]) -> Callable[..., Any]:
    """A function that takes anything, and returns that."""
    return lambda *_, **__: make()

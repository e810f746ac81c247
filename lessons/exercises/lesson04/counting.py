"""A number that counts the operations on it, with operators, with NumPy and with the module math."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from types import BuiltinFunctionType, MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.rules import functions_of

ESCAPED = (
    "x becomes a plain number here, and is counted no longer; leave out float(), and call math.sin(x) or np.sin(x)"
)


@dataclass(slots=True)
class Counter:
    """How many operations there were, and whether they are still counted."""

    operations: int = 0
    running: bool = True


class Counting(np.lib.mixins.NDArrayOperatorsMixin):
    """A number that counts the operations on it and on what becomes of it, each time one is carried out."""

    def __init__(self, value: Any, counter: Counter) -> None:
        """A value, and the count that it shares with all that is computed from it."""
        self.value, self.counter = value, counter

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """What NumPy calls for every operator and every function."""
        if method != "__call__" or options:
            return NotImplemented
        return apply(ufunc, inputs)

    def __float__(self) -> float:
        """The value, when all is computed; before that, what came of it would escape the count."""
        if self.counter.running:
            raise TypeError(ESCAPED)
        return float(self.value)

    def __bool__(self) -> bool:
        """Whether it is not 0, as in `if x < 1`."""
        return bool(self.value)

    def __format__(self, form: str) -> str:
        """The value, as print shows it."""
        return format(self.value, form)

    def __repr__(self) -> str:
        """The value."""
        return repr(self.value)


def apply(function: Callable[..., Any], inputs: Sequence[Any]) -> Counting:
    """One operation, counted; a counting number is among its inputs."""
    counter: Counter = next(x.counter for x in inputs if isinstance(x, Counting))
    counter.operations += 1
    return Counting(function(*(x.value if isinstance(x, Counting) else x for x in inputs)), counter)


def watched(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the module math that counts where it is called with a counting number, and else is as it was."""

    @wraps(function)
    def counted(*inputs: Any, **options: Any) -> Any:
        if options or not any(isinstance(x, Counting) for x in inputs):
            return function(*inputs, **options)
        return apply(function, inputs)

    return counted


MATH: MappingProxyType[Any, Callable[..., Any]] = MappingProxyType(
    {function: watched(function) for function in vars(math).values() if isinstance(function, BuiltinFunctionType)}
)


@contextmanager
def exchanged(names: Sequence[dict[str, Any]], instead: Mapping[Any, Any]) -> Iterator[None]:
    """Other functions by the same names, for a while."""
    before = [
        (where, name, thing)
        for where in names
        for name, thing in where.items()
        if isinstance(thing, BuiltinFunctionType) and thing in instead
    ]
    for where, name, thing in before:
        where[name] = instead[thing]
    try:
        yield
    finally:
        for where, name, thing in before:
            where[name] = thing


def count(answer: Callable[[Any], Any], x: float) -> tuple[Any, int]:
    """What a function returns, with plain numbers in it only where it is read, and how many operations it took.

    >>> count(lambda x: math.sin(x) * x + 2 * 3, 0.0)[1]
    3
    """
    counter = Counter()
    try:
        with exchanged([vars(math), *(f.__globals__ for f in functions_of(answer))], MATH):
            return answer(Counting(x, counter)), counter.operations
    finally:
        counter.running = False

"""Kinds of answers: how each is read leniently, what it gives on a case, and when two of them say the same.

A kind says by itself what is structurally wrong with an answer, before anybody asks whether its numbers are right.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lessons.exercises.exercise import Case, Faults
from lessons.exercises.formulas import Formula
from lessons.exercises.graphs import Graph, Order
from lessons.exercises.kind import Kind
from lessons.exercises.values import (
    RTOL,
    Unreadable,
    described,
    is_number,
    normal,
    number_of,
    same,
    show,
    unfilled,
)

__all__ = ["Choice", "Formula", "Function", "Graph", "Kind", "Order", "Record", "Value", "chosen", "listed"]


def listed(options: Mapping[str, str]) -> str:
    """The options of a choice as a Markdown list, for a prompt.

    >>> print(listed({"a": "yes", "b": "no"}))
    - `a`: yes
    - `b`: no
    """
    return "\n".join(f"- `{key}`: {text}" for key, text in options.items())


def chosen(right: Mapping[str, str], instead: Mapping[str, tuple[str, str]], faults: Faults) -> dict[str, str]:
    """The right choice for each part, with those that faults make instead: fault -> part and key.

    >>> chosen({"mode": "reverse"}, {"M28": ("mode", "forward")}, frozenset({"M28"}))
    {'mode': 'forward'}
    """
    return {**right, **dict(instead[name] for name in instead if name in faults)}


@dataclass(frozen=True, slots=True)
class Function(Kind):
    """A Python function, or several: what it returns is compared, case by case.

    With `names`, the answer holds several functions and the first argument of a case is the name of the one that is
    called. `call(answer, *args)` runs an answer that is called otherwise, as a class.
    """

    names: tuple[str, ...] = ()
    call: Callable[..., Any] | None = None
    rtol: float = RTOL
    reveals = True
    callable = True

    def read(self, answer: Any) -> Any:
        """The function; or a dictionary of the functions."""
        if not self.names:
            if not callable(answer):
                found = "`...`: nothing is written there yet" if answer is Ellipsis else described(answer)
                hint = "; leave out the brackets behind its name" if is_number(answer) else ""
                raise Unreadable(f"a function is wanted, got {found}{hint}")
            return answer
        given: dict[str, Any]
        if isinstance(answer, Mapping):
            given = dict(answer)
        elif isinstance(answer, Sequence) and not isinstance(answer, str):
            given = {getattr(f, "__name__", f"number {k}"): f for k, f in enumerate(answer)}
            if set(given) != set(self.names) and len(answer) == len(self.names):
                given = dict(zip(self.names, answer, strict=True))
        else:
            given = {name: getattr(answer, name, None) for name in self.names}
        missing = [name for name in self.names if not callable(given.get(name))]
        if missing:
            raise Unreadable(f"{len(self.names)} functions are wanted, and {', '.join(missing)} is not there")
        return given

    def value(self, answer: Any, case: Case) -> Any:
        """What the function returns."""
        args = case.args
        if self.names:
            answer, args = answer[args[0]], args[1:]
        result = answer(*args) if self.call is None else self.call(answer, *args)
        return normal(result)

    def same(self, found: Any, expected: Any) -> bool:
        """Numbers up to rounding."""
        return same(found, expected, self.rtol)


@dataclass(frozen=True, slots=True)
class Value(Kind):
    """A number, or numbers with names or in an array; `parts` names them, so that a dictionary or a tuple will do.

    `rtol` is as coarse as the digits that are asked for; 0 compares exactly, with fractions as numbers.
    """

    parts: tuple[str, ...] = ()
    rtol: float = RTOL

    def read(self, answer: Any) -> Any:
        """The numbers; text such as "1/12" is one."""
        if callable(answer):
            raise Unreadable(f"numbers are wanted, got {described(answer)}; call it, or write down what it gives")
        value = named(normal(answer), self.parts)
        empty = unfilled(value)
        if empty:
            where = f" for {', '.join(place for place in empty if place)}" if any(empty) else ""
            raise Unreadable(f"nothing is written yet{where}")
        return numbers(value)

    def same(self, found: Any, expected: Any) -> bool:
        """Numbers up to the digits that are asked for."""
        return same(found, expected, self.rtol)


def numbers(value: Any) -> Any:
    """A value with the numbers that are written as text read."""
    if isinstance(value, dict):
        return {key: numbers(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(numbers(item) for item in value)
    return number_of(value)


def named(value: Any, parts: Sequence[str]) -> Any:
    """A sequence as a dictionary by the names of its parts, in the order of the parts.

    Raises Unreadable where one is missing or too many.
    """
    if not parts:
        return value
    if isinstance(value, tuple):
        if len(value) != len(parts):
            raise Unreadable(f"{len(parts)} parts are wanted ({', '.join(parts)}), got {len(value)}")
        return dict(zip(parts, value, strict=True))
    if not isinstance(value, dict):
        if len(parts) == 1:
            return {parts[0]: value}
        raise Unreadable(f"{len(parts)} parts are wanted ({', '.join(parts)}), got {described(value)}")
    missing = [part for part in parts if part not in value]
    extra = [str(key) for key in value if key not in parts]
    if missing or extra:
        told = [f"nothing is written for {', '.join(missing)}"] if missing else []
        told += [f"{', '.join(extra)} is asked by nobody"] if extra else []
        raise Unreadable("; ".join(told))
    return {part: value[part] for part in parts}


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """One of several options, given by its key or by its text."""

    options: Mapping[str, str]  # key -> text
    also: Mapping[str, str] = field(default_factory=dict)  # another spelling -> key

    def read(self, answer: Any) -> Any:
        """The key of the option."""
        answer = normal(answer)
        if answer is None or answer is Ellipsis:
            raise Unreadable(f"nothing is chosen yet; choose one of {', '.join(self.options)}")
        wanted = plain(str(answer))
        for key, text in self.options.items():
            if wanted in (plain(key), plain(text)):
                return key
        for spelling, key in self.also.items():
            if wanted == plain(spelling):
                return key
        raise Unreadable(f"{show(answer)!r} is none of the options; choose one of {', '.join(self.options)}")

    def misfit(self, found: Any, expected: Any) -> str:
        """Every option is well formed."""
        return ""

    def same(self, found: Any, expected: Any) -> bool:
        """The same key."""
        return bool(found == expected)


def plain(text: str) -> str:
    """Text without what people write differently: case, brackets, quotes, spaces, dashes, a full stop.

    >>> plain(" (B). "), plain("list order (M7)"), plain("x * x")
    ('b', 'listorderm7', 'x*x')
    """
    return re.sub(r"[\s()\[\]'\"`._\u2013-]+", "", text.strip().lower())


@dataclass(frozen=True, slots=True)
class Record(Kind):
    """Several parts with a kind each, given as a dictionary, or as a sequence in their order."""

    parts: Mapping[str, Kind]

    def read(self, answer: Any) -> Any:
        """The read parts by name."""
        if isinstance(answer, Mapping):
            given: Any = dict(answer)
        elif isinstance(answer, Sequence) and not isinstance(answer, str):
            given = tuple(answer)
        else:
            raise Unreadable(f"{len(self.parts)} parts are wanted ({', '.join(self.parts)}), got {described(answer)}")
        given = named(given, tuple(self.parts))
        empty = [part for part in self.parts if given[part] is None or given[part] is Ellipsis]
        if empty:
            raise Unreadable(f"nothing is written yet for {', '.join(empty)}")
        read, wrong = {}, []
        for part, kind in self.parts.items():
            try:
                read[part] = kind.read(given[part])
            except Unreadable as error:
                wrong.append(f"{part}: {error}")
        if wrong:
            raise Unreadable("; ".join(wrong))
        return read

    def value(self, answer: Any, case: Case) -> Any:
        """What each part gives."""
        return {part: kind.value(answer[part], case) for part, kind in self.parts.items()}

    def misfit(self, found: Any, expected: Any) -> str:
        """The first part whose structure is wrong."""
        told = ((part, kind.misfit(found[part], expected[part])) for part, kind in self.parts.items())
        return next((f"for {part} {text}" for part, text in told if text), "")

    def same(self, found: Any, expected: Any) -> bool:
        """Every part says the same."""
        return all(kind.same(found[part], expected[part]) for part, kind in self.parts.items())

    def explain(self, found: Any, expected: Any) -> str:
        """What the kinds of the wrong parts say."""
        told = []
        for part, kind in self.parts.items():
            said = "" if kind.same(found[part], expected[part]) else kind.explain(found[part], expected[part])
            told += [f"{part}: {said}"] if said else []
        return " ".join(told)

    def entries(self, value: Any) -> list[tuple[str, Any]]:
        """The parts."""
        return list(value.items())

    def show(self, value: Any) -> str:
        """The parts with their names."""
        return ", ".join(f"{part} = {kind.show(value[part])}" for part, kind in self.parts.items())

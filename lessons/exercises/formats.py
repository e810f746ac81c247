"""The same answer, handed in differently: NumPy's numbers, lists, text, capitals. None of it changes what it says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from inspect import isclass
from typing import Any

import numpy as np

from lessons.exercises.kinds import Choice, Formula, Function, Graph, Kind, Order, Record, Value
from lessons.exercises.values import is_number

AS_IT_IS = "as it is"


def formats(kind: Kind, answer: Any) -> Iterator[tuple[str, Any]]:
    """An answer in every format that its kind has, with the format's name; the first is the answer itself."""
    yield AS_IT_IS, answer
    for kinds, name, change in FORMATS:
        if type(kind) in kinds:  # a kind of an exercise's own may read in its own way
            changed = change(kind, answer)
            if changed is not None:
                yield name, changed


def every_function(change: Callable[[Any], Any]) -> Callable[[Kind, Any], Any]:
    """A format of functions: what they return, changed. A class has none."""

    def changed(f: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(f)
        def returning(*args: Any, **kwargs: Any) -> Any:
            return change(f(*args, **kwargs))

        return returning

    def of_answer(_: Kind, answer: Any) -> Any:
        if isclass(answer):
            return None
        if isinstance(answer, Mapping):
            return {name: changed(f) for name, f in answer.items()}
        if isinstance(answer, Sequence):
            return type(answer)(changed(f) for f in answer)  # type: ignore[call-arg]
        return changed(answer) if callable(answer) else None

    return of_answer


def numpy_numbers(x: Any) -> Any:
    """Python's floats as NumPy's."""
    if type(x) is float:
        return np.float64(x)
    if type(x) in (list, tuple):
        return type(x)(numpy_numbers(item) for item in x)
    return {key: numpy_numbers(item) for key, item in x.items()} if type(x) is dict else x


def as_array(x: Any) -> Any:
    """A flat sequence of floats as an array, a float as an array without dimensions."""
    if type(x) is float or (type(x) in (list, tuple) and x and all(type(item) is float for item in x)):
        return np.array(x)
    return x


def other_brackets(x: Any) -> Any:
    """Tuples as lists, and lists as tuples."""
    if type(x) is tuple:
        return [other_brackets(item) for item in x]
    return tuple(other_brackets(item) for item in x) if type(x) is list else x


def chatty(x: Any) -> Any:
    """With something printed."""
    print("returning", type(x).__name__)
    return x


def in_order(kind: Kind, answer: Any) -> Any:
    """A dictionary as a tuple in the order of the parts."""
    return tuple(answer[part] for part in parts_of(kind)) if isinstance(answer, Mapping) and parts_of(kind) else None


def parts_of(kind: Kind) -> tuple[str, ...]:
    """The names of the parts of an answer."""
    return tuple(kind.parts) if isinstance(kind, Record | Value) else ()


def backwards(_: Kind, answer: Any) -> Any:
    """A dictionary in another order."""
    return dict(reversed(answer.items())) if isinstance(answer, dict) else None


def numbers_as_text(_: Kind, answer: Any) -> Any:
    """Numbers as they are written."""
    if isinstance(answer, dict):
        return {part: repr(x) if is_number(x) and type(x) in (int, float) else x for part, x in answer.items()}
    return repr(answer) if type(answer) in (int, float) else None


def choice_as_text(kind: Choice, answer: Any) -> Any:
    """The text of the option."""
    return kind.options.get(answer)


def spaced(_: Kind, answer: Any) -> Any:
    """Text with more spaces."""
    return f"  ( {answer} )  " if isinstance(answer, str) else None


def as_expression(kind: Formula, answer: Any) -> Any:
    """A formula, parsed."""
    from expression import parse

    return parse(answer, kind.inputs) if isinstance(answer, str) else None


def as_function(kind: Formula, answer: Any) -> Any:
    """A formula as a Python function."""
    e = as_expression(kind, answer)
    return None if e is None else lambda *x: e(*x)


def as_list(_: Kind, answer: Any) -> Any:
    """Lines, or words, as a list."""
    if not isinstance(answer, str):
        return list(answer) if isinstance(answer, tuple) else None
    return [line for line in answer.splitlines() if line.strip()] if "=" in answer else answer.replace(",", " ").split()


def commas(_: Kind, answer: Any) -> Any:
    """A sequence of names as text."""
    return ", ".join(answer) if isinstance(answer, tuple | list) and all(isinstance(x, str) for x in answer) else None


FORMATS: tuple[tuple[tuple[type[Kind], ...], str, Callable[[Any, Any], Any]], ...] = (
    ((Function,), "NumPy numbers", every_function(numpy_numbers)),
    ((Function,), "arrays", every_function(as_array)),
    ((Function,), "other brackets", every_function(other_brackets)),
    ((Function,), "printing", every_function(chatty)),
    ((Value, Record), "in order", in_order),
    ((Value, Record), "backwards", backwards),
    ((Value, Record), "NumPy numbers", lambda _, answer: numpy_numbers(answer)),
    ((Value, Record), "numbers as text", numbers_as_text),
    ((Value,), "an array", lambda _, answer: as_array(answer)),
    ((Choice,), "as text", choice_as_text),
    ((Choice,), "spaced", spaced),
    ((Formula,), "spaced", spaced),
    ((Formula,), "an Expression", as_expression),
    ((Formula,), "a function", as_function),
    ((Order, Graph), "a list", as_list),
    ((Order,), "commas", commas),
)

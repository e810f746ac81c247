"""What function is meant, and where: a text with values for its names, or a name of the corpus."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from expression import Expression, parse, trace
from expression.corpus import CORPUS, case
from expression.errors import ArgumentError, ExpressionError, TrigradError
from expression.structure import argument_names

HOW = "write x=2, x=1,2,3 or x=[[1,2],[3,4]]"


class UsageError(TrigradError):
    """The command line says something that cannot be meant."""


@contextmanager
def usage() -> Iterator[None]:
    """Errors about arguments, as errors of the command line."""
    try:
        yield
    except ArgumentError as error:
        raise UsageError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Subject:
    """A function with its arguments and the name that it goes by."""

    name: str
    f: Any
    args: tuple[Any, ...]
    parameters: tuple[str, ...] = ()

    def expression(self) -> Expression:
        """The trace, or the expression that was parsed."""
        return self.f if isinstance(self.f, Expression) else trace(self.f, *self.args, parameters=self.parameters)


def subject_of(text: str, assignments: Sequence[str], size: int | None, *, values_needed: bool) -> Subject:
    """The function that is meant.

    Raises UsageError for assignments that are malformed, missing, unknown or doubled, and for a text that cannot be
    read; `values_needed=False` lets names without a value be scalars.
    """
    text = text.strip()
    values = read_assignments(assignments)
    if text in CORPUS:
        return from_corpus(text, values, size)
    if size is not None:
        raise UsageError("--size is for the families of the corpus; 'trigrad list' names them")
    return from_text(text, values, values_needed)


def read_assignments(assignments: Sequence[str]) -> dict[str, Any]:
    """Values by name: floats, or arrays of floats."""
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.strip().partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise UsageError(f"{assignment!r} gives no input a value; {HOW}")
        if name in values:
            raise UsageError(f"{name} is given twice; leave one out")
        values[name] = read_value(name, text.strip())
    return values


def read_value(name: str, text: str) -> Any:
    """A number, a list of numbers, or a formula of numbers such as pi/2."""
    if not text:
        raise UsageError(f"{name}= has no value; {HOW}")
    try:
        return float(text)
    except ValueError:
        pass
    try:
        e = parse(text, inputs=())
        value = np.asarray(e(), dtype=float)
    except (ExpressionError, ValueError):
        raise UsageError(f"{name}={text}: {text!r} is not a number; {HOW}") from None
    return value if value.ndim else float(value)


def from_text(text: str, values: Mapping[str, Any], values_needed: bool) -> Subject:
    """An expression, its inputs in order of appearance."""
    shapes = {name: np.shape(values[name]) for name in sorted(values, key=lambda name: place_in(text, name))}
    names = names_in(text)
    if names is not None:
        check_names(text, names, values, values_needed)
        shapes = {name: shapes.get(name, ()) for name in names}
    try:
        e = parse(text, inputs=shapes) if shapes else parse(text)
    except ExpressionError as error:
        hint = corpus_hint(text) if text.isidentifier() else ""
        raise UsageError(f"{error}{hint}") from error
    if len(e.outputs) != 1:
        raise UsageError(f"{text!r} has {len(e.outputs)} outputs; give one expression")
    if not e.inputs:
        raise UsageError(f"{text!r} has no inputs, so there is nothing to differentiate by; write one in, as x")
    used = {j for node in e.nodes for j in node.operands} | set(e.outputs)
    known = [i.name for i in e.inputs if i.position in used]
    check_names(text, known, values, values_needed)
    return Subject(text, e, tuple(values.get(i.name, 1.0) for i in e.inputs))


def place_in(text: str, name: str) -> int:
    """Where a name first stands in a text; behind all others if it does not."""
    found = re.search(rf"\b{re.escape(name)}\b", text)
    return found.start() if found else len(text)


def names_in(text: str) -> list[str] | None:
    """The names of the inputs in order of appearance; None where the text needs shapes to be read."""
    try:
        return [i.name for i in parse(text).inputs]
    except ExpressionError:
        return None


def check_names(text: str, names: Sequence[str], values: Mapping[str, Any], values_needed: bool) -> None:
    """Refuse values for names that there are not, and names without a value."""
    listed = ", ".join(names) if names else "none"
    for name in values:
        if name not in names:
            raise UsageError(f"{name} is not an input of {text!r}; its inputs are {listed}")
    missing = [name for name in names if name not in values]
    if missing and values_needed:
        hint = corpus_hint(text) if text.isidentifier() else ""
        wanted = " ".join(f"{name}=1.0" for name in missing)
        raise UsageError(f"no value for {', '.join(missing)}; add {wanted} (or other numbers){hint}")


def corpus_hint(name: str) -> str:
    """The nearest name of the corpus, for a word that may have been meant as one."""
    close = get_close_matches(name, CORPUS, n=1)
    return f"; or did you mean {close[0]}, of the corpus?" if close else ""


def from_corpus(name: str, values: Mapping[str, Any], size: int | None) -> Subject:
    """A case of the corpus, with values for some of its arguments."""
    found = case(name)
    with usage():
        f, args = found.at(size)
    names = argument_names(f, len(args))
    for given in values:
        if given not in names:
            raise UsageError(f"{given} is not an argument of {name}; its arguments are {', '.join(names)}")
        default = args[names.index(given)]
        if isinstance(default, dict | list | tuple):
            raise UsageError(f"{given} of {name} holds several arrays and cannot be given here; leave it out")
        if np.ndim(values[given]) != np.ndim(default):
            raise UsageError(f"{given} of {name} has shape {np.shape(default)}, {np.shape(values[given])} is given")
    chosen = tuple(values.get(key, default) for key, default in zip(names, args, strict=True))
    return Subject(name, f, chosen, found.parameters)

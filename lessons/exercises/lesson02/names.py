"""A set of names as an answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lessons.exercises.kind import Kind
from lessons.exercises.values import Unreadable, described, normal

WORDS = re.compile(r"(?:[,;\s{}()]|\band\b)+")


@dataclass(frozen=True, slots=True)
class Names(Kind):
    """A set of names, in any order and form; some may be left out or not, as one likes."""

    all: tuple[str, ...]
    other: Mapping[str, str] = field(default_factory=dict)  # another name -> the name
    free: tuple[str, ...] = ()

    def read(self, answer: Any) -> tuple[str, ...]:
        """The names, each once. Raises Unreadable for one that is not among them."""
        if isinstance(answer, str):
            answer = [word for word in WORDS.split(answer) if word]
        given = normal(answer)
        if isinstance(given, dict):
            given = tuple(name for name, marked in given.items() if marked)
        if given is None or given is ... or (isinstance(given, tuple) and ... in given) or given == ("...",):
            raise Unreadable("nothing is written yet")
        if not isinstance(given, tuple):
            given = (given,)
        if any(isinstance(name, tuple | dict) for name in given):
            raise Unreadable(f"names are wanted, got {described(given)} with parts")
        words = [f"{name:g}" if isinstance(name, int | float) else str(name).strip() for name in given]
        names = {self.other.get(word, word) for word in words}
        unknown = sorted(names - {*self.all, *self.free})
        if unknown:
            raise Unreadable(f"{', '.join(unknown)} is not among the names; they are {', '.join(self.all)}")
        return tuple(name for name in self.all if name in names and name not in self.free)

    def misfit(self, found: Any, expected: Any) -> str:
        """Every set of names is well formed."""
        return ""

    def same(self, found: Any, expected: Any) -> bool:
        """The same names."""
        return bool(found == expected)

    def explain(self, found: Any, expected: Any) -> str:
        """How many are missing, and how many too many."""
        counts = {"missing": set(expected) - set(found), "too many": set(found) - set(expected)}
        told = [f"{len(names)} {'is' if len(names) == 1 else 'are'} {what}" for what, names in counts.items() if names]
        return f"{' and '.join(told)}."

    def entries(self, value: Any) -> list[tuple[str, Any]]:
        """The set as a whole."""
        return [("", value)]

    def show(self, value: Any) -> str:
        """The names."""
        return ", ".join(value) or "none"

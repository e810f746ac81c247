"""What was found in public: an answer that somebody gave, in the form of one of our exercises."""

from dataclasses import dataclass
from typing import Any

NO_NAME, OTHER_NAME, TAKEN_FOR_RIGHT = "no name", "another name", "taken for right"


@dataclass(frozen=True, slots=True)
class Found:
    """One answer: to which exercise, what is in it, who gave it, and what the checker said of it at first sight."""

    id: str  # of the exercise
    answer: Any
    faults: frozenset[str]  # that it has; none for a right answer, and for a mistake that no fault describes
    source: str  # an address
    did: str  # what the person did, in one sentence
    right: bool = False
    missed: str = ""  # what came out when the checker saw it first, where that was not just these faults


def wrong(id: str, answer: Any, faults: str, source: str, did: str, missed: str = "") -> Found:
    """A wrong answer; `faults` are names with ` + ` between them, "" for a mistake that no fault describes."""
    return Found(id, answer, frozenset(filter(None, faults.split(" + "))), address(source), did, missed=missed)


def right(id: str, answer: Any, source: str, did: str, missed: str = "") -> Found:
    """A right answer."""
    return Found(id, answer, frozenset(), address(source), did, right=True, missed=missed)


def address(source: str) -> str:
    """An address in full.

    >>> address("karpathy/micrograd/issues/96"), address("http://example.org/a")
    ('https://github.com/karpathy/micrograd/issues/96', 'http://example.org/a')
    """
    return source if "://" in source else f"https://github.com/{source}"

"""The confusion matrix of the checker: wrong answers by the hundred, made from mutants, and whether each is named.

A wrong answer is a mutant or a pair of mutants, in one of the formats in which the same thing can be handed in, on the
public cases or on drawn ones. A pair that behaves as one mutant, or as another pair, is the same answer and counts
once. Right answers, written differently and in all formats, must pass.

All this measures whether mutants can be told apart. Whether the mistakes of people are recognised shows in the answers
that were found in public, which are counted beside them.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from compare.records import document
from compare.tables import Shown, Table
from lessons.exercises.catalogue import catalogue
from lessons.exercises.diagnosis import judge
from lessons.exercises.exercise import RIGHT, Case, Exercise, Faults
from lessons.exercises.formats import AS_IT_IS, formats
from lessons.exercises.found.judging import Public, judgement, public
from lessons.exercises.running import Call
from lessons.exercises.solutions import Solutions

ENOUGH = 300  # wrong answers
NAMED = 0.95  # of them by the right name
SEEDS = (1, 2, 3, 4)  # of the cases on which answers are compared; the checker has another
DRAWN = "drawn cases"


@dataclass(frozen=True, slots=True)
class Answer:
    """One synthetic answer: to which exercise, with which faults, in which format."""

    exercise: Exercise
    faults: Faults  # RIGHT for a right answer
    format: str
    answer: Any


@dataclass(frozen=True, slots=True)
class Miss:
    """An answer that was judged in another way than it should be."""

    id: str
    made: str
    format: str
    judged: str


@dataclass(frozen=True, slots=True)
class Row:
    """The answers to one exercise: how many, and how they were judged."""

    id: str
    wrong: int
    named: int  # of the wrong ones, by the right name
    passed: int  # of the wrong ones: taken for right
    alike: int  # combinations that are no answer of their own
    right: int
    rejected: int  # of the right ones
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Matrix(Shown):
    """How the checker judged all of them."""

    rows: tuple[Row, ...]
    found: Public | None = None  # in public

    @property
    def wrong(self) -> int:
        """Wrong answers."""
        return sum(row.wrong for row in self.rows)

    @property
    def rate(self) -> float:
        """The part of the wrong answers that was named right."""
        return sum(row.named for row in self.rows) / self.wrong if self.wrong else 0.0

    @property
    def rejected(self) -> int:
        """Right answers that were not passed."""
        return sum(row.rejected for row in self.rows)

    @property
    def good(self) -> bool:
        """Whether enough are named, nobody is rejected, and the same holds of what was found in public."""
        return self.rate >= NAMED and self.rejected == 0 and (self.found is None or self.found.good(NAMED))

    @property
    def misses(self) -> tuple[Miss, ...]:
        """Every answer that was not judged as it should be."""
        return tuple(miss for row in self.rows for miss in row.misses)

    def tables(self) -> tuple[Table, ...]:
        """A row an exercise; then what was missed; then what was found in public."""
        rows = []
        for row in self.rows:
            other = row.wrong - row.named - row.passed
            counts = (row.wrong, row.named, other, row.passed, row.right, row.rejected)
            rows.append((row.id, *map(str, counts)))
        right = sum(row.right for row in self.rows)
        title = f"{self.wrong} wrong answers, {100 * self.rate:.1f} % named right; {right} right ones, "
        title += f"{self.rejected} rejected"
        legend = (f"Left out: {sum(row.alike for row in self.rows)} combinations that behave as another one.",)
        headers = ("exercise", "wrong", "named right", "another name or none", "taken for right", "right", "rejected")
        tables = [Table(title, headers, tuple(rows), legend=legend)]
        if self.misses:
            missed = tuple((m.id, m.made, m.format, m.judged) for m in self.misses)
            tables.append(Table("missed", ("exercise", "made of", "format", "judged"), missed, left=(0, 1, 2, 3)))
        return (*tables, *(self.found.tables() if self.found else ()))

    def __repr__(self) -> str:
        """How many, and how well; print it for the table."""
        return f"<{self.wrong} wrong answers, {100 * self.rate:.1f} % named right, {self.rejected} rejected>"

    def to_json(self) -> str:
        """Strict JSON."""
        content = {
            "wrong": self.wrong,
            "named_right": self.rate,
            "rejected": self.rejected,
            "exercises": [
                {name: getattr(row, name) for name in Row.__slots__ if name != "misses"} for row in self.rows
            ],
            "misses": [{name: getattr(miss, name) for name in Miss.__slots__} for miss in self.misses],
            "found": self.found.content() if self.found else None,
        }
        return json.dumps(document("confusion matrix", content), allow_nan=False, indent=2)


def confusion(
    exercises: Sequence[Exercise] | None = None, *, progress: Callable[[str], None] = lambda text: None
) -> Matrix:
    """Make the answers to these exercises, all of the catalogue's by default, and judge each."""
    rows = []
    for exercise in catalogue().values() if exercises is None else exercises:
        progress(exercise.id)
        rows.append(judged(exercise))
    progress("found in public")
    return Matrix(tuple(rows), public({row.id for row in rows}))


def judged(exercise: Exercise, step: int = 1) -> Row:
    """The row of one exercise; of the pairs of faults only every so many-th, where there is little time."""
    kept, alike = distinct(exercise)
    singles, pairs = ([faults for faults in kept if len(faults) == size] for size in (1, 2))
    wrong = list(wrong_answers(exercise, [*singles, *pairs[::step]]))
    right = list(right_answers(exercise))
    named, passed, rejected, misses = 0, 0, 0, []
    for item in wrong:
        verdict = judge(item.exercise, item.answer)
        named += verdict.faults == item.faults
        passed += verdict.passed
        if verdict.faults != item.faults:
            misses.append(Miss(exercise.id, " + ".join(sorted(item.faults)), item.format, judgement(verdict)))
    for item in right:
        verdict = judge(item.exercise, item.answer)
        if not verdict.passed:
            rejected += 1
            misses.append(Miss(exercise.id, "right", item.format, judgement(verdict)))
    return Row(exercise.id, len(wrong), named, passed, alike, len(right), rejected, tuple(misses))


def compared_cases(exercise: Exercise) -> list[Case]:
    """The public cases and drawn ones: on these two answers are one or not."""
    drawn = (case for seed in SEEDS for case in exercise.hidden(np.random.default_rng(seed)))
    return [*exercise.public, *drawn]


def distinct(exercise: Exercise) -> tuple[list[Faults], int]:
    """The mutants and pairs that differ from the right answer and from one another, and how many do not."""
    solutions, cases = Solutions(exercise), compared_cases(exercise)
    singles = [frozenset({fault.name}) for fault in exercise.faults]
    kept: list[Faults] = []
    behaviours: list[list[Call]] = [[solutions.call(RIGHT, case) for case in cases]]
    alike = 0
    for faults in (*singles, *(a | b for a, b in combinations(singles, 2))):
        calls = [solutions.call(faults, case) for case in cases]
        if any(all(map(solutions.agree, calls, other)) for other in behaviours):
            alike += 1
            continue
        behaviours.append(calls)
        kept.append(faults)
    return kept, alike


def wrong_answers(exercise: Exercise, kept: Sequence[Faults]) -> Iterator[Answer]:
    """Each mutant in every format and on drawn cases; each pair as it is and in one other format, in turn."""
    for k, faults in enumerate(kept):
        made = list(formats(exercise.kind, exercise.solve(faults)))
        if len(faults) > 1:
            made = [made[0], *([made[1 + k % (len(made) - 1)]] if len(made) > 1 else [])]
        for name, answer in made:
            yield Answer(exercise, faults, name, answer)
        if len(faults) == 1:
            yield from on_drawn_cases(exercise, faults)


def on_drawn_cases(exercise: Exercise, faults: Faults) -> Iterator[Answer]:
    """A mutant, on other functions and points than the public ones, where these show it."""
    solutions = Solutions(exercise)
    for seed in SEEDS[:2]:
        cases = exercise.hidden(np.random.default_rng(seed))
        if any(solutions.differ(RIGHT, faults, case) for case in cases):
            yield Answer(replace(exercise, public=cases), faults, DRAWN, exercise.solve(faults))


def right_answers(exercise: Exercise) -> Iterator[Answer]:
    """The reference and every other right answer, in every format."""
    for answer in (exercise.reference, *exercise.also_right):
        for name, changed in formats(exercise.kind, answer):
            yield Answer(exercise, RIGHT, name, changed)


__all__ = ["AS_IT_IS", "ENOUGH", "NAMED", "Matrix", "confusion"]

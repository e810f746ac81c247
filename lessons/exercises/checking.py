"""check, task, hint and progress: what a student calls."""

from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from lessons.exercises.catalogue import exercise
from lessons.exercises.diagnosis import judge
from lessons.exercises.exercise import Exercise
from lessons.exercises.progress import Progress, change, progress_in
from lessons.exercises.running import SECONDS
from lessons.exercises.showing import as_text
from lessons.exercises.verdict import Verdict, wrapped

HERE = Path()  # the working directory, whatever it is when a file is read


def check(id: str, *answer: Any, seconds: float = SECONDS) -> Verdict:
    """The verdict on an answer: the public cases, and which misconception a wrong one has.

    An answer of several parts is given as one collection, or one part after the other. `seconds` are for all cases
    together. The outcome is kept in the working directory, for `progress`.
    Raises LessonError for an exercise that there is not.
    """
    wanted = exercise(id)
    verdict = judge(wanted, answer[0] if len(answer) == 1 else answer, seconds=seconds)
    _, note = change(HERE, wanted.id, lambda entry: entry.after(verdict))
    more = [f'To practise with other numbers: task("{following(wanted.id)}").'] if wanted.another else []
    notes = (*verdict.notes, *(more if verdict.passed else []), *([note] if note else []))
    return replace(verdict, notes=notes)


def following(id: str) -> str:
    """The variant behind an exercise, or behind a variant.

    >>> following("06.1"), following("06.1/7")
    ('06.1/1', '06.1/8')
    """
    base, _, number = id.partition("/")
    return f"{base}/{int(number or 0) + 1}"


@dataclass(frozen=True, slots=True, repr=False)
class Task:
    """An exercise as it is asked, with the cell to copy."""

    exercise: Exercise

    def __str__(self) -> str:
        """Plain text."""
        return as_text(self.exercise)

    def __repr__(self) -> str:
        """The text: at a prompt, `task` shows it."""
        return str(self)

    def _repr_markdown_(self) -> str:
        """What Jupyter shows."""
        item = self.exercise
        return f"{item.markdown}\n\n```python\n{item.cell}\n```"


def task(id: str) -> Task:
    """What an exercise asks, and its cell; "06.1/7" is variant 7 of 06.1, with other numbers.

    Raises LessonError for an exercise that there is not.
    """
    return Task(exercise(id))


@dataclass(frozen=True, slots=True, repr=False)
class Hint:
    """One hint, and how many there are."""

    exercise: Exercise
    number: int
    note: str = ""

    @property
    def text(self) -> str:
        """The hint alone."""
        return self.exercise.hints[self.number - 1]

    @property
    def title(self) -> str:
        """Which one it is."""
        return f"{self.exercise.id} {self.exercise.title}: hint {self.number} of {len(self.exercise.hints)}"

    def __str__(self) -> str:
        """Plain text."""
        texts = (self.text, self.note) if self.note else (self.text,)
        return "\n".join([self.title, *(line for text in texts for line in wrapped(text))])

    def __repr__(self) -> str:
        """The text: at a prompt, `hint` shows it."""
        return str(self)

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        note = f"<p>{escape(self.note)}</p>" if self.note else ""
        return f"<p><strong>{escape(self.title)}</strong></p><p>{escape(self.text)}</p>{note}"


def hint(id: str, number: int | None = None) -> Hint:
    """The next hint for an exercise, or the one with that number; after the last one, the last one again.

    Raises LessonError for an exercise that there is not.
    """
    wanted = exercise(id)
    last = len(wanted.hints)
    if number is not None:
        return Hint(wanted, min(max(number, 1), last))
    entry, note = change(HERE, wanted.id, lambda entry: replace(entry, hints=min(entry.hints + 1, last)))
    return Hint(wanted, min(max(entry.hints, 1), last), note)


def progress() -> Progress:
    """All exercises, which of them are passed, and the misconceptions that were met on the way."""
    return progress_in(HERE)

"""What a student has done so far: one small JSON file in the working directory, written all or nothing.

A file that cannot be read is never overwritten: it is kept under another name, and its owner is told. What it says of
exercises that there are not, as those of another version, is kept as it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from compare.records import document
from compare.tables import Shown, Table
from expression.files import written_whole
from lessons.exercises.catalogue import catalogue
from lessons.exercises.exercise import ID, Exercise
from lessons.exercises.verdict import Outcome, Verdict

FILE = ".trigrad-progress.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one exercise so far."""

    tries: int = 0
    passed: bool = False  # at some time
    outcome: str = ""  # of the last try
    faults: tuple[str, ...] = ()  # names of all misconceptions that were found, in their order
    hints: int = 0  # how many were read

    def after(self, verdict: Verdict) -> "Entry":
        """With one more try; what is no answer yet is none."""
        tried = verdict.outcome is not Outcome.UNREADABLE
        faults = (*self.faults, *sorted(verdict.faults - set(self.faults)))
        passed = self.passed or verdict.passed
        return replace(self, tries=self.tries + tried, passed=passed, outcome=verdict.outcome.value, faults=faults)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file holds, and what there is to say of the file."""

    entries: Mapping[str, Entry]
    note: str = ""
    foreign: Mapping[str, Any] = field(default_factory=dict)  # entries of exercises that there are not, as they are

    def variants(self, exercise: Exercise) -> int:
        """How many variants of an exercise were passed."""
        passed = (id for id, entry in self.entries.items() if entry.passed)
        return sum(id.startswith(f"{exercise.id}/") for id in passed) if exercise.another else 0


def read(place: Path) -> Kept:
    """What is kept in a directory; a file that is no progress is put aside under another name."""
    path = place / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Kept({})
    except (OSError, UnicodeDecodeError) as error:
        return set_aside(path, str(error))
    try:
        return understood(json.loads(text))
    except json.JSONDecodeError as error:
        return set_aside(path, f"it is no JSON: {error}")
    except (ValueError, TypeError, KeyError, AttributeError):
        return set_aside(path, "it is not as this version writes it")
    except RecursionError:
        return set_aside(path, "it is nested too deeply")


def understood(content: Any) -> Kept:
    """What a file holds. Raises ValueError and its like where it is no progress."""
    if content["format"] != FORMAT:
        raise ValueError(f"format {content['format']!r}, and this version reads {FORMAT}")
    entries: dict[str, Entry] = {}
    foreign: dict[str, Any] = {}
    for id, fields in content["exercises"].items():
        if not ID.fullmatch(id):
            foreign[id] = fields
            continue
        try:
            entries[id] = entry(fields)
        except (TypeError, KeyError):
            if id.partition("/")[0] in catalogue():
                raise
            foreign[id] = fields
    return Kept(entries, foreign=foreign)


def entry(fields: Any) -> Entry:
    """One entry; a field of another type is an error."""
    made = Entry(
        tries=fields["tries"],
        passed=fields["passed"],
        outcome=fields["outcome"],
        faults=tuple(fields["faults"]),
        hints=fields["hints"],
    )
    wanted = Entry()
    for name in Entry.__slots__:
        if type(getattr(made, name)) is not type(getattr(wanted, name)):
            raise TypeError(f"{name} is a {type(getattr(made, name)).__name__}")
    if not all(isinstance(name, str) for name in made.faults):
        raise TypeError("a fault has no name")
    return made


def set_aside(path: Path, why: str) -> Kept:
    """Keep a file that cannot be read, under the first name that is free, and begin anew."""
    number = 1
    while (aside := path.with_name(f"{FILE}.unreadable-{number}")).exists():
        number += 1
    try:
        path.replace(aside)
    except OSError as error:
        return Kept({}, f"{path.name} cannot be read ({why}) nor put aside ({error.strerror}); it is left as it is.")
    return Kept({}, f"{path.name} could not be read ({why}). It is kept as {aside.name}, and a new one is begun.")


def write(place: Path, kept: Kept) -> str:
    """Write the file beside its place, and rename it when it is whole; "" or why that was not possible."""
    path = place / FILE
    entries = {id: {name: getattr(entry, name) for name in Entry.__slots__} for id, entry in kept.entries.items()}
    exercises = dict(sorted({**kept.foreign, **entries}.items()))
    text = json.dumps({"format": FORMAT, "exercises": exercises}, indent=1) + "\n"
    try:
        with written_whole(path) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        return f"Your progress cannot be written to {path.resolve().parent}: {error.strerror}."
    return ""


def change(place: Path, id: str, changed: Any) -> tuple[Entry, str]:
    """Read, change the entry of one exercise, and write; the entry, and what there is to say of the file."""
    kept = read(place)
    made: Entry = changed(kept.entries.get(id, Entry()))
    return made, " ".join(filter(None, (kept.note, write(place, replace(kept, entries={**kept.entries, id: made})))))


@dataclass(frozen=True, slots=True, repr=False)
class Progress(Shown):
    """All exercises, and how far the student is."""

    rows: tuple[tuple[Exercise, Entry, int], ...]  # with how many variants were passed
    note: str = ""

    @property
    def points(self) -> tuple[int, int]:
        """Points of the exercises that are passed, and of all."""
        return (
            sum(exercise.points for exercise, entry, _ in self.rows if entry.passed),
            sum(exercise.points for exercise, *_ in self.rows),
        )

    def table(self) -> Table:
        """A row for each exercise."""
        rows = []
        for exercise, entry, variants in self.rows:
            outcome = entry.outcome if entry.outcome in tuple(Outcome) else "open"
            state = with_variants("passed" if entry.passed else outcome, entry.passed, variants)
            codes = [exercise.fault(name).code or name for name in entry.faults if name in known(exercise)]
            tries = str(entry.tries) if entry.tries else ""
            rows.append((exercise.id, exercise.title, state, tries, ", ".join(dict.fromkeys(codes))))
        done, all_points = self.points
        passed = sum(entry.passed for _, entry, _ in self.rows)
        title = f"{passed} of {len(self.rows)} exercises passed on their public cases, {done} of {all_points} points"
        headers = ("exercise", "", "", "tries", "met")
        notes = (self.note,) if self.note else ()
        return Table(title, headers, tuple(rows), notes, left=(0, 1, 2, 4))

    def __repr__(self) -> str:
        """The text: at a prompt, `progress()` shows it."""
        return str(self)

    def to_json(self) -> str:
        """Strict JSON."""
        content = {
            "points": list(self.points),
            "exercises": [
                {"id": exercise.id, "title": exercise.title, "points": exercise.points}
                | {name: getattr(entry, name) for name in Entry.__slots__}
                | {"variants": variants}
                for exercise, entry, variants in self.rows
            ],
            "note": self.note or None,
        }
        return json.dumps(document("progress", content), allow_nan=False, indent=2)


def with_variants(state: str, passed: bool, count: int) -> str:
    """The state of an exercise, and how many of its variants were passed.

    >>> with_variants("passed", True, 2), with_variants("open", False, 1), with_variants("wrong", False, 0)
    ('passed, and 2 variants', 'open, and 1 variant passed', 'wrong')
    """
    more = f", and {count} variant{'s' if count > 1 else ''}" if count else ""
    return f"{state}{more}{' passed' if more and not passed else ''}"


def known(exercise: Exercise) -> set[str]:
    """The names of the faults of an exercise, as it is now."""
    return {fault.name for fault in exercise.faults}


def progress_in(place: Path) -> Progress:
    """The progress that is kept in a directory."""
    kept = read(place)
    rows = tuple((item, kept.entries.get(id, Entry()), kept.variants(item)) for id, item in catalogue().items())
    return Progress(rows, kept.note)

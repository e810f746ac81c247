"""How exercises are shown outside of a notebook: a list of all, one as text, verdicts as JSON."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from compare.records import document
from compare.tables import Shown, Table
from lessons.exercises.exercise import Exercise
from lessons.exercises.kinds import Formula, Kind, Record
from lessons.exercises.verdict import Verdict, wrapped


@dataclass(frozen=True, slots=True, repr=False)
class Listing(Shown):
    """Exercises, a row each."""

    exercises: tuple[Exercise, ...]

    def table(self) -> Table:
        """A row an exercise."""
        points = sum(item.points for item in self.exercises)
        rows = tuple(
            (item.id, item.title, kind_name(item.kind), str(item.points), codes(item)) for item in self.exercises
        )
        headers = ("exercise", "", "answer", "points", "mistakes it knows")
        return Table(f"{len(rows)} exercises, {points} points", headers, rows, left=(0, 1, 2, 4), prose=True)

    def __repr__(self) -> str:
        """How many; print it for the table."""
        return f"<{len(self.exercises)} exercises>"

    def to_json(self) -> str:
        """Strict JSON."""
        content = {"exercises": [fields(item) for item in self.exercises]}
        return json.dumps(document("exercises", content), allow_nan=False, indent=2)


def listed(exercises: Sequence[Exercise]) -> Listing:
    """A listing of exercises."""
    return Listing(tuple(exercises))


def kind_name(kind: Kind) -> str:
    """What is handed in, in a word or two."""
    if isinstance(kind, Record):
        inner = dict.fromkeys(kind_name(part) for part in kind.parts.values())
        return " and ".join(inner)
    return " ".join(re.findall("[A-Z][a-z]*", type(kind).__name__)).lower()


def codes(item: Exercise) -> str:
    """The misconceptions, by their code where they have one."""
    return ", ".join(dict.fromkeys(fault.code or fault.name for fault in item.faults))


def fields(item: Exercise) -> dict[str, Any]:
    """An exercise as JSON has it; neither its answer nor its hidden cases."""
    return {
        "id": item.id,
        "title": item.title,
        "prompt": item.prompt,
        "starter": item.marked,
        "answer": item.answer,
        "kind": kind_name(item.kind),
        "points": item.points,
        "hints": len(item.hints),
        "public": [case.text for case in item.public if case.text],
        "misconceptions": [{"code": fault.code or None, "name": fault.name} for fault in item.faults],
    }


def as_json(item: Exercise) -> str:
    """One exercise."""
    return json.dumps(document("exercise", fields(item)), allow_nan=False, indent=2)


def as_text(item: Exercise) -> str:
    """One exercise: what is asked, the starter, the public cases, the rules."""
    lines = [f"{item.id} {item.title} ({item.points} point{'s' if item.points != 1 else ''})"]
    lines += [line for text in item.prompt.split("\n") for line in wrapped(text)]
    lines += ["", *(f"    {line}".rstrip() for line in item.marked.split("\n"))]
    cases = [case.text for case in item.public if case.text]
    if cases:
        lines += ["", "  public cases:", *(f"    {text}" for text in cases)]
    if isinstance(item.kind, Formula) and item.kind.domain:
        ranges = ", ".join(f"{low:g} < {name} < {high:g}" for name, (low, high) in item.kind.domain.items())
        lines += ["", f"  to be right for {ranges}"]
    for rule in item.rules:
        lines += ["", *wrapped(f"not allowed: {', '.join(rule.names)}. {rule.instead}")]
    return "\n".join(lines)


def verdicts_as_json(verdicts: Sequence[Verdict]) -> str:
    """Verdicts, as a program reads them."""
    content = {
        "passed": sum(verdict.passed for verdict in verdicts),
        "verdicts": [
            {
                "id": verdict.exercise.id,
                "outcome": verdict.outcome.name.lower(),
                "passed": verdict.passed,
                "headline": verdict.headline,
                "misconceptions": [
                    {"code": named.fault.code or None, "name": named.fault.name} for named in verdict.named
                ],
                "said": verdict.sentences(),
                "cases": [{"case": row.case, "yours": row.yours, "passed": row.passed} for row in verdict.rows],
            }
            for verdict in verdicts
        ],
    }
    return json.dumps(document("verdicts", content), allow_nan=False, indent=2)

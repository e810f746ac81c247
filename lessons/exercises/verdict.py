"""What a check says: the outcome, the values side by side, the misconception by name, and what the answer cost."""

from dataclasses import dataclass
from enum import StrEnum
from html import escape
from textwrap import wrap

from compare.tables import Table, to_html
from lessons.exercises.exercise import Exercise, Fault
from lessons.exercises.places import readable

WIDTH = 100  # columns
SHOWN = 3  # wrong cases in text; a page has them all in a table
PARTS_SHOWN = 6  # wrong parts of an answer
MOST_SAID = 2000  # characters of a paragraph
MOST_IN_ROW = 500  # of a value


class Outcome(StrEnum):
    """What became of an answer. Only some of these mean that it is wrong."""

    PASSED = "passed"
    UNREADABLE = "not an answer yet"
    ERROR = "stopped by an error"
    LATE = "out of time"
    FAULT = "a known mistake"
    WRONG = "wrong"
    ROUNDING = "rounding"
    KINK = "at a kink"
    NAN = "nan"
    COST = "costs too much"
    RULE = "against the rules"


@dataclass(frozen=True, slots=True)
class Row:
    """One public case, or one part of an answer."""

    case: str
    yours: str
    right: str  # "" where it is not told
    passed: bool

    def __post_init__(self) -> None:
        """Keep what can be shown."""
        for part in ("case", "yours"):
            object.__setattr__(self, part, readable(getattr(self, part), MOST_IN_ROW))


@dataclass(frozen=True, slots=True)
class Named:
    """A misconception that explains the answer, with the smallest example of it."""

    fault: Fault
    example: str


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """The answer to an answer; it shows itself in a notebook, and prints as text."""

    exercise: Exercise
    outcome: Outcome
    headline: str
    rows: tuple[Row, ...] = ()
    told: tuple[str, ...] = ()  # what is wrong, where no misconception explains it
    named: tuple[Named, ...] = ()
    notes: tuple[str, ...] = ()  # what the student may want to know besides
    printed: str = ""

    @property
    def passed(self) -> bool:
        """Whether the public cases are right, within the rules and the budget."""
        return self.outcome is Outcome.PASSED

    @property
    def faults(self) -> frozenset[str]:
        """The names of the misconceptions that were found."""
        return frozenset(named.fault.name for named in self.named)

    @property
    def title(self) -> str:
        """The exercise and the outcome in one line."""
        return f"{self.exercise.id} {self.exercise.title}: {self.headline}"

    def sentences(self) -> list[str]:
        """Everything but the cases, a sentence or two a piece."""
        said = list(self.told)
        for named in self.named:
            code = f"   [misconception {named.fault.code}]" if named.fault.code else ""
            said += [f"{named.fault.explanation}{code}", f"smallest example: {named.example}", named.fault.question]
        return [readable(text, MOST_SAID) for text in (*said, *self.notes)]

    def __str__(self) -> str:
        """Plain text."""
        wrong = [row for row in self.rows if not row.passed and row.right]
        lines = [self.title]
        for row in wrong[:SHOWN]:
            lines += wrapped(f"{row.case}: you have {row.yours}, the answer is {row.right}")
        if len(wrong) > SHOWN:
            lines.append(f"  and {len(wrong) - SHOWN} more")
        parts = [f"{row.case} = {row.yours}" for row in self.rows if not row.passed and not row.right]
        if parts and len(self.rows) > 1:
            more = f", and {len(parts) - PARTS_SHOWN} more" if len(parts) > PARTS_SHOWN else ""
            lines += wrapped(f"not right yet: {', '.join(parts[:PARTS_SHOWN])}{more}")
        for text in self.sentences():
            lines += wrapped(text)
        if self.printed:
            lines += ["  printed:", *(f"    {line}" for line in self.printed.rstrip("\n").split("\n"))]
        return "\n".join(lines)

    def __repr__(self) -> str:
        """The text: at a prompt, a check shows what it found."""
        return str(self)

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        parts = [f"<p><strong>{escape(self.title)}</strong></p>"]
        if self.rows:
            mark = {True: "✓\u00a0right", False: "✗\u00a0not\u00a0yet"}
            headers: tuple[str, ...] = ("", "case", "yours", "the answer")
            rows: list[tuple[str, ...]] = [(mark[row.passed], row.case, row.yours, row.right) for row in self.rows]
            if not any(row.right for row in self.rows):
                headers, rows = ("", "part", "yours"), [row[:3] for row in rows]
            parts.append(to_html(Table("", headers, tuple(rows), left=tuple(range(len(headers))))))
        parts += [f"<p>{escape(text)}</p>" for text in self.sentences()]
        if self.printed:
            parts.append(f"<p>printed:</p><pre>{escape(self.printed)}</pre>")
        return f'<div class="trigrad-check">{"".join(parts)}</div>'


def wrapped(text: str) -> list[str]:
    """A paragraph of running text, indented."""
    lines = [part for line in text.split("\n") for part in wrap(line, WIDTH - 2, break_on_hyphens=False) or [""]]
    return [f"  {line}" for line in lines]

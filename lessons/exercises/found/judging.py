"""What the checker says of the answers that were found in public, beside what it said at first sight."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from compare.tables import Table
from lessons.exercises.catalogue import exercise
from lessons.exercises.diagnosis import judge
from lessons.exercises.found import Found, first, held_out, last, right_ones
from lessons.exercises.found.record import NO_NAME, OTHER_NAME, TAKEN_FOR_RIGHT
from lessons.exercises.verdict import Verdict

ENOUGH = 100  # answers, for a share of them to say something: those to one lesson are fewer
NAMED, NAMELESS = "named", "nameless"
SETS = (("first", first), ("held out", held_out), ("last", last))
HEADERS = (
    "collected",
    "found",
    "named at first sight",
    "named right",
    "no name there is",
    *(NO_NAME, OTHER_NAME, TAKEN_FOR_RIGHT),
)
LEGEND = (
    "At first sight: as the checker was when it saw the answer first. It was improved on the first set, then in five "
    "places on the second; after the last one nothing was changed.",
    "No name there is: no fault describes the mistake, and the answer is rejected without a name, as it ought to be.",
)


@dataclass(frozen=True, slots=True)
class Missed:
    """An answer that was not judged as it should be, or that nobody can name."""

    id: str
    did: str
    source: str
    expected: str
    judged: str


@dataclass(frozen=True, slots=True)
class Collected:
    """The wrong answers of one set: how many, and how they were judged."""

    collected: str
    wrong: int
    at_first: int  # named right at first sight
    named: int  # right
    nameless: int  # no fault describes them, and they are rejected without a name
    unnamed: int  # rejected without the name that they have
    other: int  # by another name
    passed: int

    @property
    def row(self) -> tuple[str, ...]:
        """For the table."""
        return self.collected, *(str(value) for name, value in asdict(self).items() if name != "collected")


@dataclass(frozen=True, slots=True)
class Public:
    """All of them."""

    sets: tuple[Collected, ...]
    right: int
    rejected: int
    misses: tuple[Missed, ...]

    @property
    def wrong(self) -> int:
        """Wrong answers."""
        return sum(one.wrong for one in self.sets)

    @property
    def rate(self) -> float:
        """The part of the wrong answers that is named right; those without a name count as not named."""
        return sum(one.named for one in self.sets) / self.wrong if self.wrong else 1.0

    def good(self, share: float) -> bool:
        """Whether nobody is deceived, and this share of the mistakes with a name gets it; of a few none is asked."""
        deceived = self.rejected + sum(one.passed for one in self.sets)
        have_one = sum(one.wrong - one.nameless for one in self.sets)
        enough = have_one < ENOUGH or sum(one.named for one in self.sets) >= share * have_one
        return deceived == 0 and enough

    def tables(self) -> tuple[Table, ...]:
        """A row a set; then what was missed, and what nobody can name."""
        if not self.wrong + self.right:
            return ()
        title = f"{self.wrong} wrong answers found in public, {100 * self.rate:.1f} % named right; {self.right} right "
        title += f"ones, {self.rejected} rejected"
        tables = [Table(title, HEADERS, tuple(one.row for one in self.sets if one.wrong), legend=LEGEND)]
        if self.misses:
            rows = tuple((m.id, m.expected, m.judged, m.source) for m in self.misses)
            headers = ("exercise", "made of", "judged", "address")
            tables.append(Table("found in public, and not named", headers, rows, left=(0, 1, 2, 3)))
        return tuple(tables)

    def content(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "wrong": self.wrong, "named_right": self.rate}


def public(ids: Collection[str]) -> Public:
    """Judge all that was found for these exercises."""
    misses: list[Missed] = []
    sets = tuple(collected(name, [item for item in load() if item.id in ids], misses) for name, load in SETS)
    right = [item for item in right_ones() if item.id in ids]
    verdicts = [judge(exercise(item.id), item.answer) for item in right]
    for item, verdict in zip(right, verdicts, strict=True):
        if not verdict.passed:
            misses.append(Missed(item.id, item.did, item.source, "right", judgement(verdict)))
    return Public(sets, len(right), sum(not verdict.passed for verdict in verdicts), tuple(misses))


def collected(name: str, items: Sequence[Found], misses: list[Missed]) -> Collected:
    """Judge a set, and note what was missed."""
    count = Counter[str]()
    for item in items:
        verdict = judge(exercise(item.id), item.answer)
        kind = outcome(item, verdict)
        count[kind] += 1
        if kind != NAMED:
            expected = " + ".join(sorted(item.faults)) or "no fault describes it"
            misses.append(
                Missed(
                    item.id,
                    item.did,
                    item.source,
                    expected,
                    " + ".join(sorted(verdict.faults)) or verdict.outcome.value,
                )
            )
    at_first = sum(bool(item.faults) and not item.missed for item in items)
    return Collected(
        name, len(items), at_first, *(count[k] for k in (NAMED, NAMELESS, NO_NAME, OTHER_NAME, TAKEN_FOR_RIGHT))
    )


def outcome(item: Found, verdict: Verdict) -> str:
    """What became of a wrong answer."""
    if verdict.passed:
        return TAKEN_FOR_RIGHT
    if verdict.faults == item.faults:
        return NAMED if item.faults else NAMELESS
    return OTHER_NAME if verdict.faults else NO_NAME


def judgement(verdict: Verdict) -> str:
    """A verdict in a few words."""
    return " + ".join(sorted(verdict.faults)) or " ".join((verdict.outcome.value, *verdict.told[:1]))

"""What a run shows: a table, JSON, and two figures."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.exponents import Exponent, exponents
from benchmarks.figures import plot_duels, plot_exponents
from benchmarks.records import Job, Record, Settings, to_json
from benchmarks.workload import peer_of
from compare.tables import Table
from compare.wording import plural, seconds

HEADERS = (
    "workload",
    "size",
    "ours",
    "first",
    "time",
    "peer",
    "first",
    "time",
    "ratio",
    "quartiles",
    "errors",
    "goal",
    "verdict",
)
LEFT = (0, 2, 5, 12)
LEGEND = (
    "time: of one call that gives value and gradient, the median; ratio: the peer's time over ours, the median over "
    "rounds in which the two take turns, with its quartiles: above 1 we are faster, under 1.2 either way is a tie.",
    "first: building and the first call, compilation included. errors: of both answers, relative to the one by hand. "
    "f alone: the function without its gradient.",
    "Both have given the right answer before they are timed. One thread, float64, a process for each pair.",
)


@dataclass(frozen=True, slots=True)
class Report:
    """All records of a run, with the machine that they hold for."""

    records: tuple[Record, ...]
    settings: Settings
    machine: Mapping[str, str]

    @property
    def goals(self) -> str:
        """How many goals were reached, and which were not."""
        counted = [record for record in self.records if record.met is not None]
        missed = [f"{r.job.workload} ({r.job.size:,}) against {r.job.peer}" for r in counted if not r.met]
        text = f"{len(counted) - len(missed)} of {plural(len(counted), 'goal')} met"
        return f"{text}; missed: {', '.join(missed)}" if missed else text

    @property
    def exponents(self) -> tuple[Exponent, ...]:
        """How the cost of each gradient grows with n."""
        return exponents(self.records)

    @property
    def sound(self) -> bool:
        """Whether every duel that was tried was timed."""
        return all(record.ratio or record.skipped for record in self.records)

    @property
    def table(self) -> Table:
        """A row for each duel; a duel that was not timed says why."""
        rows = tuple(row_of(record) for record in self.records)
        notes = (self.goals, *(str(found) for found in self.exponents))
        return Table("trigrad beside its peers", HEADERS, rows, notes, LEGEND, LEFT)

    def __str__(self) -> str:
        """Plain text."""
        return str(self.table)

    def __rich__(self) -> Any:
        """What a rich console prints."""
        return self.table

    def to_json(self) -> str:
        """Everything, with verdicts."""
        records = [{**asdict(r), "verdict": r.verdict, "met": r.met, "cost": r.cost} for r in self.records]
        found = [asdict(exponent) for exponent in self.exponents]
        head = {"machine": dict(self.machine), "settings": asdict(self.settings)}
        return to_json({**head, "exponents": found, "records": records})

    def plot(self, target: Any) -> None:
        """Ratios, their quartiles and their goals."""
        plot_duels([record for record in self.records if record.ratio and not record.cost], target)

    def plot_exponents(self, target: Any) -> None:
        """What gradients cost beside f, over n."""
        plot_exponents(self.exponents, target)


def row_of(record: Record) -> tuple[str, ...]:
    """The cells of one record; a duel that was not timed has its reason as the last."""
    job = record.job
    if not record.ratio:
        start = (job.workload, f"{job.size:,}", job.ours, "", "", job.peer, "", "")
        return (*start, f"{record.status}: {record.reason}")
    ours, peer = (seconds(t) for t in record.seconds)
    first, peer_first = (seconds(t) for t in record.first)
    ratio, low, high = (three_digits(x) for x in record.ratio)
    verdict = record.verdict
    if record.cost is not None:
        verdict = f"{three_digits(record.cost)} times {peer_of(job.peer).yardstick}"
    errors = ", ".join(f"{x:.0e}" for x in record.errors)
    outcome = {None: "", True: ", goal met", False: ", goal missed"}[record.met]
    timing = (first, ours, job.peer, peer_first, peer, ratio, f"{low} to {high}", errors, goal_of(job))
    return (job.workload, f"{job.size:,}", job.ours, *timing, verdict + outcome)


def goal_of(job: Job) -> str:
    """The least ratio, the longest time, or nothing."""
    ratio = [] if job.goal is None else [three_digits(job.goal)]
    return ", ".join(ratio if job.limit is None else [*ratio, f"{seconds(job.limit)} at most"])


def three_digits(x: float) -> str:
    """A ratio with three digits.

    >>> three_digits(0.5555), three_digits(6.0), three_digits(12345.6)
    ('0.555', '6', '12,300')
    """
    return f"{float(f'{x:.3g}'):,.6g}"

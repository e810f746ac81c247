"""What a run shows: a table, JSON, and a figure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.figures import plot_duels
from benchmarks.records import Record, Settings, to_json
from compare.tables import Table
from compare.wording import plural, seconds

HEADERS = ("workload", "size", "ours", "time", "peer", "time", "ratio", "quartiles", "goal", "verdict")
LEFT = (0, 2, 4, 9)
LEGEND = (
    "time: of one call that gives value and gradient, the median; ratio: the peer's time over ours, the median over "
    "rounds in which the two take turns, with its quartiles: above 1 we are faster, under 1.2 either way is a tie.",
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
    def sound(self) -> bool:
        """Whether every duel whose peer is there was timed."""
        return all(record.ratio or record.absent for record in self.records)

    @property
    def table(self) -> Table:
        """A row for each duel; a duel that was not timed says why."""
        rows = tuple(row_of(record) for record in self.records)
        return Table("trigrad beside its peers", HEADERS, rows, (self.goals,), LEGEND, LEFT)

    def __str__(self) -> str:
        """Plain text."""
        return str(self.table)

    def __rich__(self) -> Any:
        """What a rich console prints."""
        return self.table

    def to_json(self) -> str:
        """Everything, with verdicts."""
        records = [{**asdict(r), "verdict": r.verdict, "met": r.met} for r in self.records]
        return to_json({"machine": dict(self.machine), "settings": asdict(self.settings), "records": records})

    def plot(self, target: Any) -> None:
        """Ratios, their quartiles and their goals."""
        plot_duels([record for record in self.records if record.ratio], target)


def row_of(record: Record) -> tuple[str, ...]:
    """The cells of one record; a duel that was not timed has its reason as the last."""
    job = record.job
    if not record.ratio:
        return job.workload, f"{job.size:,}", job.ours, "", job.peer, "", f"{record.status}: {record.reason}"
    ours, peer = (seconds(t) for t in record.seconds)
    ratio, low, high = (three_digits(x) for x in record.ratio)
    goal = "" if job.goal is None else three_digits(job.goal)
    outcome = {None: "", True: ", goal met", False: ", goal missed"}[record.met]
    quartiles = f"{low} to {high}"
    timing = (ours, job.peer, peer, ratio, quartiles, goal)
    return (job.workload, f"{job.size:,}", job.ours, *timing, record.verdict + outcome)


def three_digits(x: float) -> str:
    """A ratio with three digits.

    >>> three_digits(0.5555), three_digits(6.0), three_digits(12345.6)
    ('0.555', '6', '12,300')
    """
    return f"{float(f'{x:.3g}'):,.6g}"

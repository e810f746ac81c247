"""What a run shows: the table, the JSON, the figure, and the page that keeps the last results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.figures import plot_duels
from benchmarks.records import Record, Settings, to_json
from compare.tables import Table
from compare.wording import plural, seconds

HEADERS = ("workload", "size", "ours", "time", "peer", "time", "ratio", "quartiles", "goal", "verdict")
LEGEND = (
    "ratio: time of the peer over ours, for value and gradient in one call: the median over rounds in which the two "
    "take turns; quartiles: of these ratios. Above 1 we are faster; under 1.2 either way is a tie.",
    "Both have given the right answer before they are timed; one thread, float64, two to a process.",
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
    def table(self) -> Table:
        """A row for each duel; a duel that was not timed says why."""
        rows = tuple(row_of(record) for record in self.records)
        return Table("trigrad beside its peers", HEADERS, rows, (self.goals,) if rows else (), LEGEND, (0, 2, 4, 9))

    def __str__(self) -> str:
        """Plain text."""
        return str(self.table)

    def __rich__(self) -> Any:
        """What a rich console prints."""
        return self.table

    def to_json(self) -> str:
        """Everything, with verdicts."""
        records = [{**r.to_dict(), "verdict": r.verdict, "met": r.met} for r in self.records]
        settings = {name: getattr(self.settings, name) for name in Settings.__slots__}
        return to_json({"machine": dict(self.machine), "settings": settings, "records": records})

    def plot(self, target: Any) -> None:
        """Ratios, their quartiles and their goals."""
        plot_duels([record for record in self.records if record.ratio], target)


def row_of(record: Record) -> tuple[str, ...]:
    """The cells of one record."""
    job = record.job
    if not record.ratio:
        return job.workload, f"{job.size:,}", job.ours, "", job.peer, "", f"{record.status}: {record.reason}"
    ratio, low, high = (three_digits(x) for x in record.ratio)
    goal = "" if job.goal is None else f">= {three_digits(job.goal)}"
    word = {None: record.verdict, True: f"{record.verdict}, goal met", False: f"{record.verdict}, goal missed"}
    ours, peer = (seconds(t) for t in record.seconds)
    return (
        job.workload, f"{job.size:,}", job.ours, ours, job.peer, peer, ratio, f"{low} .. {high}", goal, word[record.met]
    )  # fmt: skip


def three_digits(x: float) -> str:
    """A ratio with three digits.

    >>> three_digits(0.5555), three_digits(6.0), three_digits(12345.6)
    ('0.556', '6', '12,300')
    """
    return f"{float(f'{x:.3g}'):,.6g}"


def page(report: Report, figure: str) -> str:
    """The page of last results, in Markdown."""
    cells = [row_of(record) for record in report.records]
    lines = [f"| {' | '.join(row[:-1] + ('',) * (len(HEADERS) - len(row)) + row[-1:])} |" for row in cells]
    machine = [f"- {name}: {value}" for name, value in report.machine.items()]
    peers = sorted(
        {
            f"{r.job.peer.split(' ')[0]} {r.versions[1]}"
            for r in report.records
            if r.versions and r.job.peer != "by hand"
        }
    )
    return "\n".join((PAGE.format(
        header=" | ".join(HEADERS), rule="|".join(["---"] * len(HEADERS)), rows="\n".join(lines),
        machine="\n".join((*machine, f"- peers: {', '.join(peers)}")), goals=report.goals, figure=figure,
        settings=f"{report.settings.rounds} rounds", legend="\n".join(LEGEND)),))  # fmt: skip


PAGE = ""

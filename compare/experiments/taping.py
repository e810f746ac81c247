"""recording(family, ns): what a tape takes: nodes and saved bytes counted, time and memory measured.

nodes      operations that are recorded while f runs
saved      bytes of the forward values that the reverse sweep reads (`measure(e).bytes_saved`), an exact number
tape       peak bytes that Python allocates for one gradient: steps are tuples, and each float is an object
record     seconds by which f runs longer on the tape than without, a node
sweep      seconds of the reverse sweep, a node
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import autodiff
from autodiff.api import run
from compare.families import family_named, sizes_wanted, slope, slope_text
from compare.methods import with_peak
from compare.records import document
from compare.tables import Shown, Table
from compare.timing import OWN, Clock, Timing, paired_ratio, time_together
from compare.wording import integer, memory, multiple, seconds
from expression import measure
from expression.structure import point

NS = (10, 100, 1000, 10_000)
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One size: what is counted, and the times of f alone, of f on the tape, and of value and gradient."""

    n: int
    nodes: int
    saved: int
    tape: int
    alone: Timing
    recorded: Timing
    whole: Timing

    @property
    def record(self) -> float:
        """Seconds that recording adds, a node."""
        return added(self.recorded, self.alone) / self.nodes

    @property
    def sweep(self) -> float:
        """Seconds that the reverse sweep takes, a node."""
        return added(self.whole, self.recorded) / self.nodes


@dataclass(frozen=True, slots=True, repr=False)
class Recording(Shown):
    """What a tape takes, against the size of a program."""

    family: str
    rows: tuple[Row, ...]

    @property
    def nodes(self) -> tuple[int, ...]:
        """What the slopes are taken against."""
        return tuple(row.nodes for row in self.rows)

    @property
    def slopes(self) -> dict[str, float | None]:
        """Log-log slopes of the bytes against the nodes."""
        saved, tape = zip(*[(row.saved, row.tape) for row in self.rows], strict=True)
        return {"saved": slope(self.nodes, saved), "tape": slope(self.nodes, tape)}

    def table(self) -> Table:
        """A row for each size."""
        rows: list[tuple[str, ...]] = [
            (
                *(integer(row.n), integer(row.nodes), integer(row.saved), memory(row.tape)),
                *(seconds(row.alone.seconds), seconds(row.record), seconds(row.sweep)),
                multiple(paired_ratio(row.whole, row.alone).value),
            )
            for row in self.rows
        ]
        if len(rows) > 1:
            rows.append(("slope", "", slope_text(self.slopes["saved"]), slope_text(self.slopes["tape"]), *[""] * 4))
        headers = ("n", "nodes", "bytes saved", "tape", "f alone", "record a node", "sweep a node", "gradient / f")
        legend = (
            "nodes and bytes saved are counted; tape is the peak that Python allocates; the rest is time",
            "slope: of the logarithms, against nodes",
        )
        return Table(f"what the tape takes on {self.family}", headers, tuple(rows), legend=legend)

    def __repr__(self) -> str:
        """What was measured; print it for the table."""
        return f"<Recording of {self.family} at {len(self.rows)} sizes>"

    def to_json(self) -> str:
        """Strict JSON."""
        rows = [
            {
                "n": row.n,
                "nodes": row.nodes,
                "bytes_saved": row.saved,
                "tape_bytes": row.tape,
                "seconds": {
                    "alone": row.alone.seconds,
                    "recorded": row.recorded.seconds,
                    "value_and_gradient": row.whole.seconds,
                },
            }
            for row in self.rows
        ]
        content = {"family": self.family, "rows": rows, "slopes": self.slopes}
        return json.dumps(document("recording", content), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw counts and times into a file, onto a matplotlib figure, or as a picture."""
        from compare.figures.taping import plot_recording

        return plot_recording(self, target)


def recording(family: str, ns: Sequence[int] = NS, *, clock: Clock = OWN) -> Recording:
    """What one gradient of a family of the corpus leaves on the tape, and how long that takes, at the sizes ns.

    Raises ArgumentError for a name that is no family and for sizes that it does not have.

    >>> found = recording("logistic", (11, 101))
    >>> [(row.nodes, row.saved) for row in found.rows]
    [(30, 160), (300, 1600)]
    """
    chosen = family_named(family)
    return Recording(family, tuple(recorded(chosen.name, n, clock) for n in sizes_wanted(chosen, ns)))


def added(longer: Timing, shorter: Timing) -> float:
    """By how many seconds one function takes longer than another, round by round; 0 where that drowns in noise."""
    return max(median([a - b for a, b in zip(longer.rounds, shorter.rounds, strict=True)]), 0.0)


def recorded(family: str, n: int, clock: Clock) -> Row:
    """One size."""
    chosen = family_named(family)
    f, args = chosen.at(n)
    every = tuple(range(len(args)))
    at = point(f, args, every)
    runs: dict[str, Callable[[], Any]] = {
        "alone": partial(f, *args),
        "recorded": partial(run, f, at),
        "whole": partial(autodiff.value_and_grad(f, every), *args),
    }
    steps = run(f, at).tape.steps
    saved = measure(chosen.trace(n)).bytes_saved
    _, peak = with_peak(runs["whole"])
    timings = time_together(runs, rounds=ROUNDS, clock=clock)
    return Row(n, sum(step is not None for step in steps), saved, peak, **timings)

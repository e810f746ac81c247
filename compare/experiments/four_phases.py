"""phases(f, *args): one gradient in the four phases that the usual explanation names, each with a count and its time.

    build        f runs once, and every operation is recorded on the tape
    call         from the output back, each operation's rule turns its adjoint into contributions
    accumulate   where an operand has several readers, contributions are added: +=
    hand over    the adjoints of the leaves, in the structure of the arguments: what an optimizer takes

A sweep does the second and the third step by step in turn. Here they are timed apart, one step at a time, so that the
clock itself weighs in; the counts are exact.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from autodiff.api import Run, run
from autodiff.facades import finished
from autodiff.rules import accumulate, complete, contributions
from compare.records import document
from compare.tables import Shown, Table
from compare.timing import WALL, Clock, timed
from compare.wording import integer, plural, seconds
from expression.operations.operation import Array
from expression.structure import flatten, point, scalar_output

ROUNDS = 5
NAMES = ("build", "call", "accumulate", "hand over")
WHAT = (
    ("{0} recorded", "operation"),
    ("{0} of rules", "call"),
    ("{0}", "addition"),
    ("{0}", "gradient"),
)


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase: how much there was to do, and the median of its seconds."""

    name: str
    count: int
    seconds: float


@dataclass(frozen=True, slots=True, repr=False)
class Phases(Shown):
    """The four phases of one gradient, the value, and the gradient that they gave, in the arguments' structure."""

    phases: tuple[Phase, ...]
    value: float
    gradient: Any

    def __getitem__(self, name: str) -> Phase:
        """The phase of that name."""
        return next(phase for phase in self.phases if phase.name == name)

    def table(self) -> Table:
        """A row for each phase."""
        total = sum(phase.seconds for phase in self.phases) or 1.0
        rows = tuple(
            (phase.name, text.format(plural(phase.count, noun)), seconds(phase.seconds), f"{phase.seconds / total:.0%}")
            for phase, (text, noun) in zip(self.phases, WHAT, strict=True)
        )
        legend = (f"median of {ROUNDS} runs, each step timed by itself",)
        return Table("one gradient in four phases", ("phase", "what", "time", "share"), rows, (), legend, (0, 1))

    def __repr__(self) -> str:
        """How much was recorded; print it for the table."""
        return f"<Phases of {integer(self.phases[0].count)} operations>"

    def to_json(self) -> str:
        """Strict JSON."""
        rows = [{"name": phase.name, "count": phase.count, "seconds": phase.seconds} for phase in self.phases]
        content = {"phases": rows, "value": self.value, "gradient": flatten(self.gradient)[0]}
        return json.dumps(document("phases", content), allow_nan=False, indent=2)


def phases(f: Callable[..., Any], *args: Any, clock: Clock = WALL) -> Phases:
    """Differentiate a scalar function by all its arguments, and watch the four phases.

    The gradient is a tuple, one entry for each argument. Raises ArgumentError for an output that is not scalar.

    >>> found = phases(lambda x, y: x * y + x, 2.0, 3.0)
    >>> [phase.count for phase in found.phases], found.gradient
    ([2, 4, 1, 2], (4.0, 2.0))
    """
    at = point(f, args, tuple(range(len(args))))
    rounds = []
    for _ in range(ROUNDS):
        ran, building = timed(partial(run, f, at), clock)
        scalar_output(ran.value)
        swept = sweep(ran, clock)
        gradient, handing = timed(partial(handed_over, ran, swept.adjoint), clock)
        rounds.append((building, swept.calling, swept.adding, handing))
    counts = (sum(step is not None for step in ran.tape.steps), swept.calls, swept.additions, len(at.leaves))
    times = [median(found) for found in zip(*rounds, strict=True)]
    found = tuple(Phase(*row) for row in zip(NAMES, counts, times, strict=True))
    return Phases(found, float(flatten(ran.value)[0][0]), gradient)


@dataclass(slots=True)
class Sweep:
    """The adjoints that one reverse sweep left, and what it did."""

    adjoint: list[Array | None]
    calls: int = 0
    additions: int = 0
    calling: float = 0.0
    adding: float = 0.0


def sweep(ran: Run, clock: Clock) -> Sweep:
    """One reverse sweep from the seed 1, with a look at the clock between its parts."""
    steps, y = ran.tape.steps, ran.outputs[0]
    found = Sweep([None] * len(steps))
    if not ran.recorded(y):
        return found
    found.adjoint[y.position] = 1.0
    masked = ran.tape.masked({y.position: 1.0})
    with np.errstate(all="ignore"):
        for i in range(y.position, -1, -1):
            v_bar = found.adjoint[i]
            if steps[i] is None or v_bar is None:
                continue
            gated = masked is not None and bool(masked[i])
            sent, seconds_taken = timed(partial(contributions, steps[i], v_bar, gated), clock)
            found.calls += len(sent)
            found.calling += seconds_taken
            for j, contribution in sent:
                before = found.adjoint[j]
                found.adjoint[j], seconds_taken = timed(partial(accumulate, before, contribution), clock)
                found.additions += before is not None
                found.adding += seconds_taken
    return found


def handed_over(ran: Run, adjoint: Sequence[Array | None]) -> Any:
    """The adjoints of the leaves, in the structure of the arguments and in memory of their own."""
    leaves = [None if v_bar is None else complete(v_bar) for v_bar in adjoint[: len(ran.at.leaves)]]
    return ran.at.mirror([finished(v_bar, x) for v_bar, x in zip(leaves, ran.at.leaves, strict=True)])

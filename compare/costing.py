"""cost(family, ns): what a gradient costs, in operations counted exactly, against the function itself.

    finite differences   2n evaluations of f
    forward mode         n sweeps, each value and tangent together
    reverse mode         the adjoint program: one forward and one reverse sweep, whatever n
    symbolic             SymPy's partials, accumulated along the list
    symbolic tree        the textbook derivative as one formula, nothing shared: each part counted wherever it stands

Counts are exact and never measured; `time=True` adds the clock, which says something about one machine.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import autodiff
import numeric
import symbolic
from compare.families import family_named, floating_entries, sizes_wanted, slope, slope_text
from compare.records import document
from compare.tables import Shown, Table
from compare.timing import OWN, paired_ratio, time_together
from compare.wording import integer, multiple
from expression import Expression, trace
from expression.case import Case
from expression.errors import ArgumentError, TrigradError
from expression.measures import flops, tree_flops
from expression.structure import unflatten
from numeric.schemes import SCHEMES

SCHEME = "central"
STEP = 1e-6  # any will do: only the time is looked at


@dataclass(frozen=True, slots=True)
class Row:
    """What each way to the gradient costs at one size, relative to f."""

    n: int
    inputs: int  # entries of the gradient
    flops: int  # of f
    counts: dict[str, int | None]  # flops of value and gradient; None where it was refused
    times: dict[str, float | None]  # seconds relative to those of f; empty without a clock

    def relative(self, way: str) -> float | None:
        """Flops of the gradient over flops of f."""
        count = self.counts[way]
        return None if count is None or not self.flops else count / self.flops


def by_differences(e: Expression) -> int:
    """2n evaluations of f by the central scheme."""
    return SCHEMES[SCHEME].cost * floating_entries(e) * flops(e)


def by_forward_sweeps(e: Expression) -> int:
    """As many sweeps of value and tangent as there are inputs."""
    arguments = arguments_like(e)
    sweep = trace(lambda primals, tangents: autodiff.jvp(e, primals, tangents), arguments, arguments)
    return floating_entries(e) * flops(sweep)


WAYS: tuple[tuple[str, Callable[[Expression], int]], ...] = (
    ("finite differences", by_differences),
    ("forward mode", by_forward_sweeps),
    ("reverse mode", lambda e: flops(autodiff.derive(e, value=True))),
    ("symbolic", lambda e: flops(symbolic.derive(e, value=True))),
    ("symbolic tree", lambda e: tree_flops(symbolic.textbook(e))),
)
RUN = WAYS[:-1]  # nobody runs the tree: it is only counted


def arguments_like(e: Expression) -> Any:
    """Arguments of the shapes that an expression takes."""
    return unflatten(e.arguments, [np.ones(e.nodes[i.position].shape, e.nodes[i.position].dtype) for i in e.inputs])


@dataclass(frozen=True, slots=True, repr=False)
class Cost(Shown):
    """Counted and, if asked for, measured costs of a gradient, relative to f, with fitted log-log slopes."""

    family: str
    rows: tuple[Row, ...]

    @property
    def timed(self) -> bool:
        """Whether a clock was read."""
        return any(row.times for row in self.rows)

    @property
    def axis(self) -> tuple[str, tuple[int, ...]]:
        """What the slopes are taken against: the number of inputs, or the size where that stays the same."""
        inputs = tuple(row.inputs for row in self.rows)
        if len(set(inputs)) > 1 or len(self.rows) == 1:
            return "inputs", inputs
        return "n", tuple(row.n for row in self.rows)

    @property
    def slopes(self) -> dict[str, float | None]:
        """The fitted slope of each relative count: 1 is proportional to the axis, 0 does not depend on it."""
        return {way: slope(self.axis[1], [row.relative(way) for row in self.rows]) for way, _ in WAYS}

    @property
    def time_slopes(self) -> dict[str, float | None]:
        """The fitted slope of each relative time."""
        return {way: slope(self.axis[1], [row.times.get(way) for row in self.rows]) for way, _ in RUN if self.timed}

    def beyond(self, n: int) -> "Cost":
        """The same from size n on, where terms of lower order weigh little in a slope.

        Raises ArgumentError where that leaves nothing.
        """
        rows = tuple(row for row in self.rows if row.n >= n)
        if not rows:
            raise ArgumentError(f"{self.family}: no size from {n} on was counted, the largest is {self.rows[-1].n}")
        return Cost(self.family, rows)

    def tables(self) -> tuple[Table, ...]:
        """Counts, and times where there are any."""
        title = f"cost of the gradient of {self.family}, in multiples of f"
        counted = self.panel(f"{title}: counted flops", lambda row, way: row.relative(way), self.slopes)
        if not self.timed:
            return (counted,)
        return counted, self.panel(f"{title}: seconds", lambda row, way: row.times.get(way), self.time_slopes)

    def panel(self, title: str, entry: Callable[[Row, str], float | None], slopes: dict[str, float | None]) -> Table:
        """A row for each size, a column for each way that has a slope, the slopes below."""
        rows = [
            (str(row.n), integer(row.inputs), integer(row.flops), *(cell(entry(row, way)) for way in slopes))
            for row in self.rows
        ]
        if any(found is not None for found in slopes.values()):
            rows.append(("slope", "", "", *(slope_text(found) for found in slopes.values())))
        headers = ("n", "inputs", "flops of f", *slopes)
        return Table(title, headers, tuple(rows), legend=(f"slope: of the logarithms, against {self.axis[0]}",))

    def __repr__(self) -> str:
        """What was measured; print it for the table."""
        return f"<Cost of {self.family} at {len(self.rows)} sizes>"

    def to_json(self) -> str:
        """Strict JSON; integers beyond 2**53 are strings of digits."""
        rows = [
            {
                "n": row.n,
                "inputs": row.inputs,
                "flops": row.flops,
                "counts": row.counts,
                "relative": {way: row.relative(way) for way, _ in WAYS},
                "relative_times": row.times or None,
            }
            for row in self.rows
        ]
        content = {
            "family": self.family,
            "rows": rows,
            "axis": self.axis[0],
            "slopes": self.slopes,
            "time_slopes": self.time_slopes or None,
        }
        return json.dumps(document("cost", content), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw the costs into a file (.png, .svg, .pdf), onto a matplotlib figure, or as a picture."""
        from compare.figures.costing import plot_cost

        return plot_cost(self, target)


def cell(found: float | None) -> str:
    """A relative cost, or that there is none."""
    return "refused" if found is None else multiple(found)


def cost(
    family: str,
    ns: Sequence[int] | None = None,
    *,
    time: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Cost:
    """The cost of value and gradient for a family of the corpus, relative to f, at the sizes ns.

    Raises ArgumentError for a name that is no family and for sizes that it does not have.

    >>> result = cost("rosenbrock", (4, 8, 16))
    >>> {way: slope_text(found) for way, found in result.slopes.items()}["finite differences"]
    '1.00'
    """
    say = progress or (lambda text: None)
    chosen = family_named(family)
    rows = []
    for n in sizes_wanted(chosen, ns):
        say(f"n = {n}")
        e = chosen.trace(n)
        counts = {way: counted(count, e) for way, count in WAYS}
        times = measured(chosen, n, e) if time else {}
        rows.append(Row(n, floating_entries(e), flops(e), counts, times))
    return Cost(family, tuple(rows))


def counted(count: Callable[[Expression], int], e: Expression) -> int | None:
    """The flops of one way; None where it is refused."""
    try:
        return count(e)
    except TrigradError:
        return None


def measured(family: Case, n: int, e: Expression) -> dict[str, float | None]:
    """Seconds of each way relative to those of f, both as expressions, by interleaved rounds."""
    args = family.arguments(n)
    runs: dict[str, Callable[[], Any]] = {"f": partial(e, *args)}
    black_box = partial(e)  # one call a point, as counted: given the expression, numeric would take them in batches
    gradient = numeric.grad(black_box, tuple(range(len(args))), step=STEP)
    runs["finite differences"] = lambda: gradient(*args)
    for way, derive in (
        ("forward mode", autodiff.derive_forward),
        ("reverse mode", autodiff.derive),
        ("symbolic", symbolic.derive),
    ):
        try:
            runs[way] = partial(derive(e, value=True), *args)
        except TrigradError:
            continue
    timings = time_together(runs, clock=OWN)
    return {way: paired_ratio(timings[way], timings["f"]).value if way in timings else None for way, _ in RUN}

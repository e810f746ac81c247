"""directions(family, ns): what forward mode takes for one direction, and for the whole gradient, in counted flops.

One sweep carries value and tangent together and answers for one direction, whatever the number n of inputs. The
gradient asks for n directions, one for each input, and so for n sweeps.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from compare.costing import by_forward_sweeps
from compare.families import family_named, floating_entries, sizes_wanted, slope, slope_text
from compare.records import document
from compare.tables import Shown, Table
from compare.wording import integer, multiple
from expression.measures import flops


@dataclass(frozen=True, slots=True)
class Row:
    """Flops at one size."""

    n: int
    inputs: int
    flops: int  # of f
    sweep: int  # of one sweep of value and tangent

    @property
    def one(self) -> float:
        """One direction, in multiples of f."""
        return self.sweep / self.flops

    @property
    def gradient(self) -> float:
        """All directions, in multiples of f."""
        return self.inputs * self.sweep / self.flops


@dataclass(frozen=True, slots=True, repr=False)
class Directions(Shown):
    """The cost of forward mode, relative to f, with fitted log-log slopes against the number of inputs."""

    family: str
    rows: tuple[Row, ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        """What the slopes are taken against."""
        return tuple(row.inputs for row in self.rows)

    @property
    def slopes(self) -> dict[str, float | None]:
        """0 does not depend on the number of inputs, 1 is proportional to it."""
        return {
            "one direction": slope(self.inputs, [row.one for row in self.rows]),
            "gradient": slope(self.inputs, [row.gradient for row in self.rows]),
        }

    def tables(self) -> tuple[Table, ...]:
        """A row for each size, the slopes below."""
        rows = [
            (integer(row.inputs), integer(row.flops), integer(row.sweep), multiple(row.one), multiple(row.gradient))
            for row in self.rows
        ]
        one, gradient = (slope_text(found) for found in self.slopes.values())
        if one:
            rows.append(("slope", "", "", one, gradient))
        headers = ("inputs", "flops of f", "flops of one sweep", "one direction / f", "gradient / f")
        title = f"forward mode on {self.family}: counted flops"
        return (Table(title, headers, tuple(rows), legend=("slope: of the logarithms, against inputs",)),)

    def __repr__(self) -> str:
        """What was counted; print it for the table."""
        return f"<Directions of {self.family} at {len(self.rows)} sizes>"

    def to_json(self) -> str:
        """Strict JSON."""
        rows = [{"n": row.n, "inputs": row.inputs, "flops": row.flops, "sweep": row.sweep} for row in self.rows]
        content = {"family": self.family, "rows": rows, "slopes": self.slopes}
        return json.dumps(document("directions", content), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw the costs into a file (.png, .svg, .pdf), onto a matplotlib figure, or as a picture."""
        from compare.figures.directional import plot_directions

        return plot_directions(self, target)


def directions(family: str, ns: Sequence[int] | None = None) -> Directions:
    """The cost of one direction and of the gradient by forward mode, relative to f, at the sizes ns.

    Raises ArgumentError for a name that is no family and for sizes that it does not have.

    >>> found = directions("rosenbrock", (4, 8, 16, 32))
    >>> {way: slope_text(s) for way, s in found.slopes.items()}["gradient"]
    '1.00'
    """
    chosen = family_named(family)
    rows = []
    for n in sizes_wanted(chosen, ns):
        e = chosen.trace(n)
        inputs = floating_entries(e)
        rows.append(Row(n, inputs, flops(e), by_forward_sweeps(e) // inputs))
    return Directions(family, tuple(rows))

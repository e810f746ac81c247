"""count_paths(depths): the chain rule along every path, beside the reverse sweep, on a chain of self-additions.

    v1 = v0 + v0, v2 = v1 + v1, ..., v_d = v_(d-1) + v_(d-1)

Each node reads the one before it twice, so 2^d paths lead from the result to the input. Who follows every path, as a
plain recursion does, arrives at the input 2^d times; the sweep stands at each node once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

import numpy as np

from autodiff.derivation import steps_of
from autodiff.rules import accumulate, complete, contributions
from autodiff.sweeps import spread
from compare.experiments.traces import reverse_trace
from compare.experiments.written import evaluation
from compare.records import document
from compare.tables import Shown, Table
from compare.wording import integer, number
from expression import Expression, measure, trace
from expression.errors import ArgumentError
from expression.operations.literals import ONE
from expression.operations.operation import Array
from expression.structure import deliver

DEPTHS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 30, 40)
WALKED = 12  # depth up to which every path is followed: 4096 of them
DEEPEST = 150  # that a trace can write out


@dataclass(frozen=True, slots=True)
class Walk:
    """The derivative by each input, found along every path, and how often the walk arrived at an input."""

    gradient: tuple[Any, ...]
    arrivals: int


@dataclass(frozen=True, slots=True)
class Row:
    """One depth of the chain."""

    depth: int
    paths: int  # by dynamic programming, exact
    arrivals: int | None  # counted; None where the walk would be too long
    steps: int  # of the reverse sweep, counted
    derivative: float


@dataclass(frozen=True, slots=True, repr=False)
class Paths(Shown):
    """Paths and steps against depth."""

    rows: tuple[Row, ...]

    @property
    def slope(self) -> float | None:
        """How fast the logarithm (base 2) of the number of paths grows with the depth: 1 is a doubling each level."""
        if len(self.rows) < 2:
            return None
        return float(np.polyfit([row.depth for row in self.rows], [log2(row.paths) for row in self.rows], 1)[0])

    def tables(self) -> tuple[Table, ...]:
        """A row for each depth."""
        rows = [
            (
                str(row.depth),
                number(row.derivative),
                integer(row.paths),
                "-" if row.arrivals is None else integer(row.arrivals),
                integer(row.steps),
            )
            for row in self.rows
        ]
        headers = ("depth", "derivative", "paths", "recursion arrives", "sweep steps")
        legend = (f"paths: by dynamic programming; arrivals and steps: counted, the former up to depth {WALKED}",)
        return (Table("a chain of self-additions", headers, tuple(rows), legend=legend),)

    def __repr__(self) -> str:
        """What was counted; print it for the table."""
        return f"<Paths at {len(self.rows)} depths>"

    def to_json(self) -> str:
        """Strict JSON; integers beyond 2**53 are strings of digits."""
        rows = [
            {
                "depth": row.depth,
                "paths": row.paths,
                "arrivals": row.arrivals,
                "steps": row.steps,
                "derivative": row.derivative,
            }
            for row in self.rows
        ]
        return json.dumps(document("paths", {"rows": rows, "slope": self.slope}), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw the counts into a file (.png, .svg, .pdf), onto a matplotlib figure, or as a picture."""
        from compare.figures.paths import plot_paths

        return plot_paths(self, target)


def count_paths(depths: Sequence[int] = DEPTHS) -> Paths:
    """How many paths the chain rule has through a chain of self-additions, and how many steps the sweep takes.

    Raises ArgumentError for a depth below 1 or beyond 150.

    >>> [(row.depth, row.paths, row.arrivals, row.steps) for row in count_paths((1, 2, 10, 40)).rows]
    [(1, 2, 2, 1), (2, 4, 4, 2), (10, 1024, 1024, 10), (40, 1099511627776, None, 40)]
    """
    wanted = sorted(set(depths))
    if not wanted or wanted[0] < 1 or wanted[-1] > DEEPEST:
        raise ArgumentError(f"depths={tuple(depths)}: give whole numbers from 1 to {DEEPEST}")
    rows = []
    for depth in wanted:
        e = self_additions(depth)
        arrivals = walk(e, 1.0).arrivals if depth <= WALKED else None
        swept = reverse_trace(e, 1.0)
        rows.append(Row(depth, measure(e).path_count, arrivals, len(swept.steps) - 1, swept.gradient[0]))
    return Paths(tuple(rows))


def self_additions(depth: int) -> Expression:
    """The chain: each node is the one before it, added to itself.

    >>> print(self_additions(2))
    x -> v2
      v0 = input x
      v1 = add(v0, v0)
      v2 = add(v1, v1)
    """

    def chain(x: Any) -> Any:
        for _ in range(depth):
            x = x + x
        return x

    return trace(chain, 1.0)


def walk(e: Expression, *args: Any) -> Walk:
    """The derivative of a scalar program as the sum over all paths of the product of the partials, path by path.

    Right, and as much work as there are paths. Bauer, "Computational graphs and rounding error" (1974).

    >>> walk(self_additions(3), 1.0)
    Walk(gradient=(8.0,), arrivals=8)
    """
    at = evaluation(e, args, "walk")
    steps = steps_of(e, at.values, at.wrt)
    sums: dict[int, Array] = dict.fromkeys(at.wrt)
    arrivals = 0
    waiting: list[tuple[int, Array]] = [(e.outputs[0], ONE)]
    while waiting:
        i, v_bar = waiting.pop()
        if i in sums:
            sums[i] = accumulate(sums[i], v_bar)
            arrivals += 1
        else:
            waiting += [(j, complete(x_bar)) for j, x_bar in contributions(steps[i], v_bar)]
    return Walk(tuple(deliver(spread(v_bar, at.values[i])) for i, v_bar in sums.items()), arrivals)

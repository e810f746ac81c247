"""How the time of a gradient, in units of the function's own, grows with the number n of inputs: as n to which power.

Reverse mode takes a few times as long as f, whatever n is: the exponent is 0. Finite differences call f for every
input: the exponent is 1. Source: Griewank and Walther, Evaluating Derivatives, 2nd ed. (2008), section 4.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.records import Record
from benchmarks.workload import peer_of
from expression.operations.operation import Array

FUNCTION = "f"  # the yardstick that counts here
FEWEST = 3  # sizes through which a line is laid: two would leave no spread


@dataclass(frozen=True, slots=True)
class Exponent:
    """One way to a gradient on one workload: its costs, and the line through them on logarithmic axes."""

    workload: str
    ours: str
    sizes: tuple[int, ...]
    costs: tuple[float, ...]  # seconds of the gradient / seconds of f
    slope: float
    spread: float  # the standard error of the slope: how well the costs lie on a line

    @property
    def name(self) -> str:
        """The workload and the contestant."""
        return f"{self.workload}, {self.ours}"

    @property
    def fitted(self) -> str:
        """The slope with its spread.

        >>> Exponent("V1", "trigrad", (1, 2, 4), (3.0, 3.0, 3.0), -0.001, 0.0).fitted
        '0.00 ± 0.00'
        """
        return f"{round(self.slope, 2) + 0.0:.2f} ± {self.spread:.2f}"

    def __str__(self) -> str:
        """A sentence."""
        low, high = (f"{x:.3g}" for x in (min(self.costs), max(self.costs)))
        sizes = f"n = {self.sizes[0]:,} to {self.sizes[-1]:,}"
        return f"{self.name}: the gradient takes {low} to {high} times as long as f, as n^({self.fitted}), {sizes}"


def exponents(records: Sequence[Record]) -> tuple[Exponent, ...]:
    """One for each contestant that was timed beside f alone at three sizes or more."""
    series: dict[tuple[str, str], dict[int, float]] = {}
    for record in records:
        if record.cost is not None and peer_of(record.job.peer).yardstick == FUNCTION:
            series.setdefault((record.job.workload, record.job.ours), {})[record.job.size] = record.cost
    return tuple(exponent(*key, points) for key, points in series.items() if len(points) >= FEWEST)


def exponent(workload: str, ours: str, points: dict[int, float]) -> Exponent:
    """The least-squares line through (log n, log cost), and the standard error of its slope."""
    sizes, costs = zip(*sorted(points.items()), strict=True)
    slope, spread = line(np.log(sizes), np.log(costs))
    return Exponent(workload, ours, sizes, costs, slope, spread)


def line(x: Array, y: Array) -> tuple[float, float]:
    """The slope of the least-squares line through three points or more, and its standard error.

    >>> slope, spread = line([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])
    >>> round(slope, 12), round(spread, 12)
    (2.0, 0.0)
    """
    u, v = np.subtract(x, np.mean(x)), np.subtract(y, np.mean(y))
    slope = u @ v / (u @ u)
    residual = v - slope * u
    return float(slope), float(np.sqrt(residual @ residual / (len(u) - 2) / (u @ u)))

"""overlay(f, xs): a function and its slope along an interval, by every way, and how far each is from the truth.

The truth is mpmath's, at two precisions that agree (`compare.certifying`): no derivative rule of any room is used
there.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import autodiff
import numeric
import symbolic
from compare.certifying import Certificate, certify
from compare.records import document
from compare.tables import Shown, Table
from compare.wording import plural
from expression import Expression, trace
from expression.derivatives import check_scalar
from expression.errors import ArgumentError

Slope = Callable[[float], float]
ROOMS: tuple[tuple[str, Any], ...] = (("symbolic", symbolic), ("numeric", numeric), ("autodiff", autodiff))
LEGEND = "error: |a - b| / max(1, |a| + |b|) against mpmath, the largest of all points"


@dataclass(frozen=True, slots=True, repr=False)
class Overlay(Shown):
    """Values and slopes at each point, and the error of each slope; None where mpmath certifies none (at a kink)."""

    name: str
    x: tuple[float, ...]
    values: tuple[float, ...]
    slopes: dict[str, tuple[float, ...]]
    errors: dict[str, tuple[float | None, ...]]

    def worst(self, way: str) -> tuple[float, float] | None:
        """The largest error of a way, and where; None where nothing is certified."""
        found = [(error, x) for error, x in zip(self.errors[way], self.x, strict=True) if error is not None]
        return max(found, default=None)

    def table(self) -> Table:
        """A row for each way: its largest error, and where."""
        rows = []
        for way in self.slopes:
            worst = self.worst(way)
            rows.append((way, "not certified") if worst is None else (way, f"{worst[0]:.1e}", f"{worst[1]:.6g}"))
        title = f"slope of {self.name} at {plural(len(self.x), 'point')}"
        missing = next(iter(self.errors.values())).count(None)
        notes = (f"not certified at {plural(missing, 'point')}: a kink, or outside the domain",) if missing else ()
        return Table(title, ("way", "largest error", "at x"), tuple(rows), notes, (LEGEND,))

    def __repr__(self) -> str:
        """What was laid over what; print it for the table."""
        return f"<Overlay of the slope of {self.name} by {', '.join(self.slopes)}>"

    def to_json(self) -> str:
        """Strict JSON."""
        content = {
            "function": self.name,
            "x": self.x,
            "values": self.values,
            "slopes": self.slopes,
            "errors": self.errors,
        }
        return json.dumps(document("overlay", content), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw f, its slopes and their errors into a file, onto a matplotlib figure, or as a picture."""
        from compare.figures.overlaying import plot_overlay

        return plot_overlay(self, target)


def overlay(
    f: Callable[[Any], Any] | Expression,
    xs: Sequence[float],
    slopes: Mapping[str, Slope] | None = None,
    *,
    name: str = "",
) -> Overlay:
    """A function and its slope at the points xs: by the three rooms, or by the functions that are given instead.

    Raises ArgumentError for points that are not a list of finite numbers, and for an f that is not scalar.

    >>> result = overlay(lambda x: x * x, (0.0, 2.0), {"the rule": lambda x: 2 * x, "a slip": lambda x: x + 2})
    >>> [result.worst(way) for way in result.slopes]  # the largest error, and where it is
    [(0.0, 2.0), (1.0, 0.0)]
    """
    points = np.asarray(xs, dtype=float)
    if points.ndim != 1 or not points.size or not np.isfinite(points).all():
        raise ArgumentError("overlay: xs must be a list of finite numbers, such as np.linspace(0, 1, 41)")
    x = tuple(points.tolist())
    e = f if isinstance(f, Expression) else trace(f, x[0])
    check_scalar(e, "overlay")
    ways = {room: module.grad(f) for room, module in ROOMS} if slopes is None else dict(slopes)
    if not ways:
        raise ArgumentError("overlay: give at least one way to the slope, such as {'by hand': lambda x: 2 * x}")
    with np.errstate(all="ignore"):
        found = {way: tuple(float(slope(a)) for a in x) for way, slope in ways.items()}
        values = tuple(float(f(a)) for a in x)
    truths = [certify(e, (a,), (0,)) for a in x]
    errors = {way: tuple(map(error, ys, truths)) for way, ys in found.items()}
    given = getattr(f, "__name__", "")
    label = name or (given if given.isidentifier() else e.to_infix())
    return Overlay(label, x, values, found, errors)


def error(slope: float, certificate: Certificate) -> float | None:
    """How far a float is from the truth, by |a - b| / max(1, |a| + |b|); 0 below what is certified.

    None where nothing is certified, and where the slope is no number.
    """
    if certificate.derivative is None or not np.isfinite(slope):
        return None
    truth = certificate.derivative[0][()]
    a = truth.context.mpf(slope)
    found = abs(a - truth) / max(1, abs(a) + abs(truth))
    return float(found) if found > 10**-certificate.agreed else 0.0

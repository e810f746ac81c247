"""Figures of costs: counted operations against n, and measured times beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

from compare.costing import RUN, WAYS, Cost
from compare.families import slope, slope_text
from compare.plots import Picture, draw, legend, plain_multiples, plain_ticks

# Ways often cost the same: one line is wide and pale, one narrow, and one is dashed, so that all are seen.
WIDE: dict[str, Any] = {"linewidth": 4.0, "markersize": 9.0, "alpha": 0.5}
NARROW: dict[str, Any] = {}
DASHED: dict[str, Any] = {"linestyle": "--", "markersize": 4.0, "zorder": 3}
STYLES = (WIDE, NARROW, WIDE, NARROW, DASHED)


def plot_cost(cost: Cost, target: Any) -> Picture | None:
    """Relative costs on logarithmic axes, with fitted slopes; measured times beside them where there are any."""
    name, x = cost.axis

    def paint(axes: Sequence[Any]) -> None:
        counted = {way: [row.relative(way) for row in cost.rows] for way, _ in WAYS}
        paint_costs(axes[0], name, x, counted)
        axes[0].set(title=f"{cost.family}: counted operations", ylabel="flops of the gradient / flops of f")
        if len(axes) > 1:
            times = {way: [row.times.get(way) for row in cost.rows] for way, _ in RUN}
            paint_costs(axes[1], name, x, times)
            axes[1].set(title=f"{cost.family}: measured here", ylabel="seconds of the gradient / seconds of f")

    return draw(target, paint, *((2, (9.0, 4.4)) if cost.timed else (1, (5.4, 4.2))))


def paint_costs(axes: Any, name: str, x: Sequence[int], costs: Mapping[str, Sequence[float | None]]) -> None:
    """Relative costs with their slopes."""
    for k, (way, y) in enumerate(costs.items()):
        points = [(a, b) for a, b in zip(x, y, strict=True) if b is not None]
        if points:
            fitted = slope_text(slope(x, y))
            label = f"{way}, slope {fitted}" if fitted else way
            axes.plot(*zip(*points, strict=True), label=label, color=f"C{k}", marker="os^Dv"[k], **STYLES[k])
    axes.set(xscale="log", yscale="log", xlabel=name)
    plain_ticks(axes, x)
    plain_multiples(axes.yaxis)
    legend(axes)

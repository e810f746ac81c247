"""Figures of costs: counted operations against n, and measured times beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

from compare.costing import RUN, WAYS, Cost
from compare.families import slope, slope_text
from compare.plots import Picture, draw, legend, plain_multiples, plain_ticks

# Two ways often cost the same: every other line is wide and pale, so that both are seen.
WIDE: dict[str, Any] = {"linewidth": 4.0, "markersize": 9.0, "alpha": 0.5}


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

    panels = 2 if cost.timed else 1
    return draw(target, paint, panels, (5.4 * panels, 4.2))


def paint_costs(axes: Any, name: str, x: Sequence[int], costs: Mapping[str, Sequence[float | None]]) -> None:
    """Relative costs with their slopes."""
    for k, (way, y) in enumerate(costs.items()):
        points = [(a, b) for a, b in zip(x, y, strict=True) if b is not None]
        if points:
            fitted = slope_text(slope(x, y))
            label = f"{way}, slope {fitted}" if fitted else way
            style = WIDE if k % 2 == 0 and k < 4 else {}
            axes.plot(*zip(*points, strict=True), label=label, color=f"C{k}", marker="os^Dv"[k], **style)
    axes.set(xscale="log", yscale="log", xlabel=name)
    plain_ticks(axes, x)
    plain_multiples(axes.yaxis)
    legend(axes)

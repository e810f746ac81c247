"""The figure of the bounds: what f and its gradient cost in multiples of f, for functions and along families."""

from collections.abc import Sequence
from typing import Any

from compare.experiments.bounding import BOUND, BOUND_WITH_ADDITIONS, Bounds
from compare.families import slope_text
from compare.plots import Picture, draw, legend, plain_ticks


def plot_bounds(bounds: Bounds, target: Any) -> Picture | None:
    """The largest ratio of each function beside the two bounds; and the ratio of each family against its size."""
    families = [curve for curve in bounds.curves if len(curve.points) > 1]

    def paint(axes: Sequence[Any]) -> None:
        paint_functions(axes[0], bounds)
        if len(axes) > 1:
            paint_families(axes[1], families)

    height = max(3.8, 1.2 + 0.22 * len(bounds.curves))
    return draw(target, paint, 2 if families else 1, (9.2 if families else 5.4, height))


def paint_functions(axes: Any, bounds: Bounds) -> None:
    """A point for each function, the smallest ratio on top."""
    ordered = sorted(bounds.curves, key=lambda curve: curve.worst)
    for limit, style, words in ((BOUND, "--", "without +="), (BOUND_WITH_ADDITIONS, "-", "with +=")):
        axes.axvline(limit, color="0.3", linestyle=style, marker="")
        axes.text(limit - 0.08, 0.0, f"bound {words}", rotation=90, ha="right", va="top", fontsize=8, color="0.3")
    for k, curve in enumerate(ordered):
        axes.plot([1.0, curve.worst], [k, k], color="0.8", marker="", zorder=1)
        axes.plot([curve.worst], [k], color="C0", marker="o", linestyle="")
    axes.set_yticks(range(len(ordered)), [curve.name for curve in ordered])
    axes.set_ylim(len(ordered) - 0.5, -0.5)
    right = max(BOUND_WITH_ADDITIONS, bounds.worst) + 0.4
    axes.set(xlim=(1.0, right), xlabel="ops(f and grad f) / ops(f)", title="counted, and the two bounds")
    axes.grid(axis="y", visible=False)


def paint_families(axes: Any, families: Sequence[Any]) -> None:
    """The ratio against the size, with its slope."""
    axes.axhline(BOUND, color="0.3", linestyle="--", marker="", label="bound without +=")
    axes.axhline(BOUND_WITH_ADDITIONS, color="0.3", linestyle="-", marker="", label="bound with +=")
    for k, curve in enumerate(families):
        n = [point.n for point in curve.points]
        ratios = [point.ratio for point in curve.points]
        style = {"color": f"C{k % 5}", "marker": "os^DvP*X"[k % 8], "linestyle": "-:"[k // 5 % 2]}
        axes.plot(n, ratios, label=f"{curve.name}, slope {slope_text(curve.slope)}", **style)
    axes.set_xscale("log")
    plain_ticks(axes, sorted({point.n for curve in families for point in curve.points}))
    top = max(BOUND_WITH_ADDITIONS, *[curve.worst for curve in families]) + 0.4
    axes.set(ylim=(0.0, top), xlabel="n", title="counted, against the size n")
    axes.set_ylabel("ops(f and grad f) / ops(f)")
    legend(axes)

"""The figure of paths: what following each of them takes, and what the sweep takes, against the depth."""

from collections.abc import Sequence
from typing import Any

from compare.plots import Picture, draw, legend


def plot_paths(paths: Any, target: Any) -> Picture | None:
    """Counts on a logarithmic axis; the recursion's own count as hollow circles on the line."""
    depths = [row.depth for row in paths.rows]
    counted = [(row.depth, row.arrivals) for row in paths.rows if row.arrivals is not None]

    def paint(axes: Sequence[Any]) -> None:
        panel = axes[0]
        fitted = "" if paths.slope is None else f": slope of log2 = {paths.slope:.2f}"
        panel.plot(depths, [row.paths for row in paths.rows], color="C1", marker="", label=f"paths{fitted}")
        if counted:
            style = {"color": "C1", "marker": "o", "markerfacecolor": "white", "linestyle": "", "markersize": 7}
            panel.plot(*zip(*counted, strict=True), label="arrivals of the recursion, counted", **style)
        panel.plot(
            depths, [row.steps for row in paths.rows], color="C0", marker="s", label="steps of the sweep, counted"
        )
        panel.set_yscale("log", base=2)
        panel.set(xlabel="depth of the chain", ylabel="how many (logarithmic)")
        panel.set_title("a chain of self-additions: paths and steps")
        legend(panel)

    return draw(target, paint, 1, (5.6, 4.2))

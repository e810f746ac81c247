"""The figure of an overlay: f and its slopes along an interval, and the errors of the slopes below a common scale."""

from collections.abc import Sequence
from typing import Any

from compare.experiments.overlaying import Overlay
from compare.plots import Picture, draw, legend

FLOOR = 1e-19  # where an error of exactly 0 is drawn
ROUNDING = 2.0**-53
# Slopes that are right coincide: the first line is broad and pale, the second dashed, of the third only markers show.
STYLES: tuple[dict[str, Any], ...] = (
    {"linewidth": 6.0, "alpha": 0.35, "marker": ""},
    {"linewidth": 1.8, "linestyle": (0, (4, 3)), "marker": ""},
    {"linestyle": "", "marker": "^", "markersize": 4.5},
    {"linewidth": 1.4, "linestyle": ":", "marker": ""},
)
MARKERS = (("o", 7.5, 0.45), ("s", 3.5, 1.0), ("^", 3.5, 1.0), ("D", 3.0, 1.0), ("v", 3.0, 1.0))  # size and opacity


def plot_overlay(overlay: Overlay, target: Any) -> Picture | None:
    """Two panels: what the slopes are, and how far each is from the truth."""

    def paint(axes: Sequence[Any]) -> None:
        paint_slopes(axes[0], overlay)
        if len(axes) > 1:
            paint_errors(axes[1], overlay)

    ways = ", ".join(overlay.slopes)
    alt = f"{overlay.name} and its slope by {ways}; beside it the error of each on a logarithmic axis"
    return draw(target, paint, 2, (8.8, 4.0), alt=alt)


def paint_slopes(axes: Any, overlay: Overlay) -> None:
    """The function as a thin grey line, and every slope in a style of its own."""
    axes.plot(overlay.x, overlay.values, color="0.45", linewidth=1.4, marker="", label=overlay.name)
    for k, (way, slopes) in enumerate(overlay.slopes.items()):
        style = {"markevery": max(1, len(overlay.x) // 20), **STYLES[k % len(STYLES)]}
        axes.plot(overlay.x, slopes, color=f"C{k % 5}", label=f"slope, {way}", **style)
    axes.set(title="the function and its slope", xlabel="x")
    legend(axes)


def paint_errors(axes: Any, overlay: Overlay) -> None:
    """Errors as points, those of exactly 0 at the bottom; the dotted line is one rounding."""
    for k, (way, errors) in enumerate(overlay.errors.items()):
        points = [(x, max(error, FLOOR)) for x, error in zip(overlay.x, errors, strict=True) if error is not None]
        if points:
            marker, size, alpha = MARKERS[k % 5]
            style = {"linestyle": "", "marker": marker, "markersize": size, "alpha": alpha, "markeredgewidth": 0.0}
            axes.plot(*zip(*points, strict=True), color=f"C{k % 5}", label=way, **style)
    axes.axhline(ROUNDING, color="0.3", linestyle=":", marker="", label="one rounding, 2$^{-53}$")
    axes.set(title="error of the slope, by mpmath", xlabel="x", yscale="log", ylim=(FLOOR / 5, 30.0))
    axes.set_yticks([10.0**k for k in range(-18, 1, 3)])
    legend(axes)

"""Figures of accuracy: the V-curve, with slopes in the legend and the optimum by theory beside the measured one."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from compare.experiments.accuracy import Curve, VCurve, signed
from compare.plots import Picture, draw, legend, powers_of_ten

MARKS = 12  # markers on a line, so that it can be told from the others without its colour
LOOKS = {  # a scheme has one colour and one marker in every figure
    "forward": ("C0", "o"),
    "central": ("C1", "s"),
    "five_point": ("C2", "^"),
    "richardson": ("C3", "D"),
    "complex_step": ("C4", "v"),
}
OTHERS = ("0.3", "P")


def plot_v_curve(found: VCurve, target: Any) -> Picture | None:
    """Error against step, both by their logarithms: a panel for each arithmetic."""
    dtypes = list(dict.fromkeys(c.dtype for c in found.curves))

    def paint(axes: Sequence[Any]) -> None:
        for panel, dtype in zip(axes, dtypes, strict=False):
            paint_curves(panel, [c for c in found.curves if c.dtype == dtype])
            panel.set_title(f"{found.name} at x = {found.x:g}, {dtype}")

    width = 4.4 * len(dtypes) if len(dtypes) > 1 else 5.4
    return draw(target, paint, len(dtypes), (width, 4.8), alt=alternative(found))


def alternative(found: VCurve) -> str:
    """The figure in words."""
    parts = []
    for c in found.curves:
        if not c.reason:
            h, error = c.best
            parts.append(f"{c.scheme} in {c.dtype} is best at h = {h:.0e} with error {error:.0e}")
    return f"error against step h of {found.name} at x = {found.x:g}: " + "; ".join(parts)


def paint_curves(axes: Any, curves: Sequence[Curve]) -> None:
    """One line for each scheme, the best point filled, h* of theory as a star."""
    drawn = [c for c in curves if not c.reason]
    lowest = min((error for c in drawn for error in c.errors if error > 0), default=1.0) / 3
    for k, c in enumerate(drawn):
        colour, marker = LOOKS.get(c.scheme, OTHERS)
        kept = [(h, max(error, lowest)) for h, error in zip(c.steps, c.errors, strict=True) if error == error]
        h, errors = np.log10(np.array(kept).T)
        every = max(len(h) // MARKS, 1)
        style = {"color": colour, "marker": marker, "markerfacecolor": "white", "linewidth": 1.1}
        axes.plot(h, errors, label=label(c), markevery=(k * every // 5, every), **style)
    for c in drawn:
        colour, marker = LOOKS.get(c.scheme, OTHERS)
        best, error = c.best
        dot = {"linestyle": "", "color": colour, "markeredgecolor": "black", "zorder": 4}
        axes.plot([np.log10(best)], [np.log10(max(error, lowest))], marker=marker, markersize=8, **dot)
        if c.predicted is not None:
            axes.plot(*np.log10([[c.predicted[0]], [c.predicted[1]]]), marker="*", markersize=13, **dot)
    grey = {"linestyle": "", "color": "0.6", "markeredgecolor": "black"}
    axes.plot([], [], marker="o", markersize=8, label="best of all steps", **grey)
    axes.plot([], [], marker="*", markersize=12, label="h* and its error, by theory", **grey)
    for axis in (axes.xaxis, axes.yaxis):
        powers_of_ten(axis)
    axes.set(xlabel="step h", ylabel="error of the derivative")
    legend(axes)


def label(c: Curve) -> str:
    """The scheme and its slopes."""
    slopes = [signed(s) for s in (c.truncation_slope, c.rounding_slope) if s is not None]
    return f"{c.scheme}: slope {' and '.join(slopes)}" if slopes else c.scheme

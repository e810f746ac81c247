"""The figure of drift: the error of an exact derivative in float64, and the line of one bit lost a step."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from compare.experiments.drifting import EPS, Drift
from compare.plots import Picture, draw, legend, powers_of_ten


def plot_drift(drift: Drift, target: Any) -> Picture | None:
    """Relative error against n."""

    def paint(axes: Sequence[Any]) -> None:
        panel = axes[0]
        rows = [row for row in drift.rows if row.error == row.error]
        n = np.array([row.n for row in rows])
        errors = np.log10([max(row.error, EPS / 4) for row in rows])
        lost = drift.bits_a_step
        fitted = "" if lost is None else f": {lost:.2f} bits lost a step"
        panel.plot(n, errors, label=f"autodiff in float64{fitted}", marker="o", markersize=3.5, linewidth=1.0)
        if lost is not None:
            line = np.minimum(np.log10(EPS) + (n - n[0]) * np.log10(2), 0.0)
            panel.plot(n, line, label="eps doubled at every step", color="C1", linestyle="--", marker="")
        wrong = [(row.n, at) for row, at in zip(rows, errors, strict=True) if not row.sign_is_right]
        if wrong:
            style = {"linestyle": "", "marker": "x", "markersize": 7, "color": "C1", "zorder": 3}
            panel.plot(*zip(*wrong, strict=True), label="the sign is wrong", **style)
        powers_of_ten(panel.yaxis)
        panel.set(title=f"{drift.family} at x = {drift.x:g}: error of the derivative", xlabel="n")
        panel.set_ylabel("relative error")
        legend(panel)

    return draw(target, paint, 1, (7.2, 4.2))

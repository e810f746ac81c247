"""The map of forward and reverse mode: which needs fewer operations for how many inputs and outputs."""

from collections.abc import Sequence
from math import log2
from typing import Any

import numpy as np

from compare.experiments.crossing import Crossover
from compare.plots import Picture, draw, legend

TICKS = (1, 4, 16, 64, 256)
MARKERS = {"forward": "^", "reverse": "v", "tie": "D"}


def plot_crossover(crossover: Crossover, target: Any) -> Picture | None:
    """The logarithm of reverse over forward as colours, the counted boundaries, the diagonal, and what was measured."""

    def paint(axes: Sequence[Any]) -> None:
        paint_map(axes[0], crossover)
        paint_lines(axes[0], crossover)
        for winner, marker in MARKERS.items():
            places = [(found.n, found.m) for found in crossover.measured if found.winner == winner]
            if places:
                label = "measured: a tie" if winner == "tie" else f"measured: {winner} takes less time"
                style = {"color": "white", "markeredgecolor": "black", "markersize": 9, "linestyle": ""}
                axes[0].plot(*zip(*places, strict=True), marker=marker, label=label, **style)
        legend(axes[0])

    title = f"{crossover.name}: counted cost of the Jacobian"
    return draw(target, paint, 1, (6.6, 6.2), title, alt=f"{title}; reverse mode below the diagonal, forward above it")


def paint_map(axes: Any, crossover: Crossover) -> None:
    """One square for each pair of sizes, with words on either side."""
    n, m = crossover.inputs, crossover.outputs
    ratio = {(cell.n, cell.m): log2(cell.reverse / cell.forward) for cell in crossover.cells}
    colors = np.array([[ratio[a, b] for a in n] for b in m])
    widest = float(np.abs(colors).max())
    mesh = axes.pcolormesh(edges(n), edges(m), colors, cmap="PuOr", vmin=-widest, vmax=widest, rasterized=False)
    mesh.set_edgecolor("face")
    bar = axes.figure.colorbar(mesh, ax=axes, shrink=0.85, label="operations of reverse / of forward mode")
    powers = [k for k in range(-10, 11, 2) if abs(k) <= widest]
    bar.set_ticks(powers, labels=[f"{2**k}" if k >= 0 else f"1/{2**-k}" for k in powers])
    axes.set(xscale="log", yscale="log", xlabel="inputs n", ylabel="outputs m")
    ticks = [k for k in TICKS if n[0] <= k <= n[-1]]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(ticks, [str(k) for k in ticks])
        axis.set_ticks([], minor=True)
    axes.grid(visible=False)
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    style = {"transform": axes.transAxes, "ha": "center", "va": "center", "bbox": box}
    axes.text(0.25, 0.86, "forward mode needs\nfewer operations", **style)
    axes.text(0.75, 0.14, "reverse mode needs\nfewer operations", **style)


def paint_lines(axes: Any, crossover: Crossover) -> None:
    """The diagonal and the boundaries, within the map."""
    ends = (crossover.inputs[0], crossover.inputs[-1])
    axes.plot(ends, ends, color="C2", linewidth=5.0, alpha=0.5, marker="", label="n = m")
    for kept, style, label in (
        (False, "-", "boundary, as called"),
        (True, "--", "boundary, values kept by both"),
    ):
        points = crossover.boundary(kept=kept)
        n, m = [n for n, _ in points], [m for _, m in points]
        axes.plot(n, m, color="black", linestyle=style, marker="", label=label)


def edges(sizes: Sequence[int]) -> Any:
    """The borders of squares around sizes, halfway between them by logarithms."""
    logs = np.log(np.array(sizes, dtype=float))
    middle = (logs[1:] + logs[:-1]) / 2
    return np.exp([logs[0] - (middle[0] - logs[0]), *middle, logs[-1] + (logs[-1] - middle[-1])])

"""Figures of expression swell: sizes as trees and as shared graphs, by their logarithms."""

from collections.abc import Sequence
from typing import Any

from compare.families import slope, slope_text
from compare.plots import Picture, draw, legend, plain_ticks, powers_of_ten
from compare.swelling import PROGRAMS, Swell
from compare.wording import log10_of

TREES = ("f", "textbook", "closed-form")  # programs whose trees are drawn; the others are never written as trees
COLOURS = ("C0", "C1", "C2", "0.3", "C3", "C4")
MARKERS = "os^PDv"
TIMES = "\N{MULTIPLICATION SIGN}"


def plot_swell(swell: Swell, target: Any) -> Picture | None:
    """Sizes against n; for loops also the tree of the derivative as far as 10^1000."""
    panels = 2 if swell.derivative_trees else 1

    def paint(axes: Sequence[Any]) -> None:
        paint_sizes(axes[0], swell)
        if len(axes) > 1:
            paint_long_run(axes[1], swell)

    return draw(target, paint, panels, (4.5 * panels if panels > 1 else 5.4, 4.6))


def paint_sizes(axes: Any, swell: Swell) -> None:
    """Trees as full lines, shared graphs as broken ones with hollow markers."""
    n = [row.n for row in swell.rows]
    loop = bool(swell.derivative_trees)
    for k, (program, _) in enumerate(PROGRAMS):
        trees = [row.sizes[program].tree if not row.sizes[program].reason else None for row in swell.rows]
        dags = [row.sizes[program].dag for row in swell.rows]
        if program in TREES:
            line(axes, n, trees, f"{program}, tree", k, full=True, loop=loop)
        line(axes, n, dags, f"{program}, DAG", k, full=False, loop=loop)
    if not loop:
        axes.set_xscale("log")
        plain_ticks(axes, n)
    powers_of_ten(axes.yaxis)
    axes.set(title=f"{swell.family}: function and derivatives", xlabel="n", ylabel="nodes")
    legend(axes)


def line(
    axes: Any, n: Sequence[int], sizes: Sequence[int | None], label: str, k: int, *, full: bool, loop: bool
) -> None:
    """One program's sizes, by their logarithms, with their growth in the label."""
    points = [(a, size) for a, size in zip(n, sizes, strict=True) if size]
    if not points:
        return
    x, y = zip(*points, strict=True)
    growth = step_text(x, y, full) if loop else f"slope {slope_text(slope(x, y)) or '-'}"
    style = {"linestyle": "-"} if full else {"linestyle": "--", "markerfacecolor": "white"}
    axes.plot(
        x, [log10_of(size) for size in y], label=f"{label}: {growth}", color=COLOURS[k], marker=MARKERS[k], **style
    )


def step_text(n: Sequence[int], sizes: Sequence[int], tree: bool) -> str:
    """What the last step added: a factor for a tree, a number of nodes for a shared graph."""
    if len(n) < 2:
        return "-"
    steps = n[-1] - n[-2]
    if tree:
        return f"{TIMES}{10 ** ((log10_of(sizes[-1]) - log10_of(sizes[-2])) / steps):.2f} a step"
    return f"+{round((sizes[-1] - sizes[-2]) / steps):,} a step"


def paint_long_run(axes: Any, swell: Swell) -> None:
    """The trees of f and of its derivative at every n, with the milestones; and the shared graph, far below."""
    n = range(swell.first, swell.first + len(swell.derivative_trees))
    for k, (label, trees) in enumerate((("f", swell.function_trees), ("textbook", swell.derivative_trees))):
        wide: dict[str, Any] = {"linewidth": 5.0, "alpha": 0.4} if k == 0 else {}  # the two lines nearly coincide
        text = f"{label}, tree: {step_text(n, trees, True)}"
        axes.plot(n, [log10_of(tree) for tree in trees], color=f"C{k}", marker="", label=text, **wide)
    x, dags = zip(*swell.derivative_dags, strict=True)
    style = {"linestyle": "--", "marker": "s", "markerfacecolor": "white"}
    text = f"textbook, DAG: {step_text(x, dags, False)}"
    axes.plot(x, [log10_of(dag) for dag in dags], color="C1", label=text, **style)
    top = log10_of(swell.derivative_trees[-1])
    for k, at in swell.milestones.items():
        axes.plot([at], [log10_of(swell.derivative_trees[at - swell.first])], color="C1", marker="s", linestyle="")
        if k >= 100:
            side = {"xytext": (8, 0), "ha": "left", "va": "top"} if k < top / 2 else {"xytext": (-8, 0), "ha": "right"}
            axes.annotate(f"10$^{{{k}}}$ at n = {at:,}", (at, k), textcoords="offset points", **side)
    powers_of_ten(axes.yaxis)
    axes.set(title=f"{swell.family}: the long run", xlabel="n", ylabel="nodes")
    legend(axes)

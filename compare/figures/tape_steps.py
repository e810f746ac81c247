"""The figure of a reverse sweep: a column for each step, a row for each node, the adjoints as they appear and grow."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from compare.experiments.formulas import in_mathtext, number, signs
from compare.plots import Picture, draw, legend
from expression.errors import ArgumentError

KINDS = {  # what a cell may be, with colours that are light enough for black numbers
    "added": ("#F6D29A", "added to in this step"),
    "waiting": ("#E8E8E8", "a sum that may still grow"),
    "complete": ("#BFDDF0", "complete"),
}
CELL = (0.84, 0.47)  # inches
MARGIN = (1.7, 1.5)


def plot_steps(trace: Any, target: Any) -> Picture | None:
    """What the sweep holds after each step: a frame where it stands, bold where something was added."""
    if any(np.ndim(v_bar) for step in trace.steps for _, v_bar in step.sums):
        raise ArgumentError(f"{trace.title}: adjoints of arrays do not fit into cells; print the trace instead")
    labels = {line.node: line.formula for line in reversed(trace.primal)}
    rows = sorted(labels)
    columns = ["seed", *(f"v{step.node}" for step in trace.steps[1:]), "end"]

    def paint(axes: Sequence[Any]) -> None:
        panel = axes[0]
        paint_cells(panel, trace.steps, rows)
        panel.set(xlim=(-0.55, len(columns) - 0.45), ylim=(len(rows) - 0.4, -0.6))
        panel.set_title(in_mathtext(trace.title), pad=12)
        panel.set_xticks(range(len(columns)), [in_mathtext(text) for text in columns])
        panel.set_yticks(range(len(rows)), [in_mathtext(labels[node]) for node in rows])
        panel.xaxis.tick_top()
        panel.tick_params(length=0)
        panel.xaxis.set_label_position("top")
        panel.set_xlabel("the adjoints after the sweep has stood at ...", labelpad=8)
        panel.spines[:].set_visible(False)
        panel.grid(False)
        for color, label in KINDS.values():
            panel.bar([np.nan], [0], color=color, edgecolor="0.6", label=label)
        panel.bar([np.nan], [0], color="white", edgecolor="black", linewidth=1.8, label="where the sweep stands")
        legend(panel)

    size = (CELL[0] * len(columns) + MARGIN[0], CELL[1] * len(rows) + MARGIN[1])
    return draw(target, paint, 1, size, alt=f"the reverse sweep, step by step: {trace.title}")


def paint_cells(panel: Any, steps: Sequence[Any], rows: Sequence[int]) -> None:
    """A column for each step, and one for the end, when every adjoint is complete."""
    sums: dict[int, Any] = {}
    passed: set[int] = set()
    for column, step in enumerate(steps):
        if column:
            passed.add(step.node)
        for k, node in enumerate(rows):
            totals = [sums[node]] if node in sums else []
            added = [total for j, total in step.sums if j == node]
            if totals or added:
                kind = "added" if added else "complete" if node in passed else "waiting"
                paint_cell(panel, column, k, (totals + added)[-1], kind, column > 0 and node == step.node)
                if added:
                    write_sum(panel, column, k, totals + added)
                    sums[node] = added[-1]
    for k, node in enumerate(rows):
        if node in sums:
            paint_cell(panel, len(steps), k, sums[node], "complete", False)


def paint_cell(panel: Any, column: int, row: int, v_bar: Any, kind: str, here: bool) -> None:
    """One adjoint as it is after a step."""
    frame = {"edgecolor": "black", "linewidth": 1.8, "zorder": 3} if here else {"edgecolor": "white", "linewidth": 2}
    panel.barh([row], [0.94], 0.88, left=column - 0.47, color=KINDS[kind][0], **frame)
    if kind != "added":
        panel.text(column, row, short(v_bar), ha="center", va="center", zorder=4)


def write_sum(panel: Any, column: int, row: int, totals: Sequence[Any]) -> None:
    """An adjoint that was added to, and below it, where there is more than one contribution, what to what."""
    parts = [totals[0], *(after - before for before, after in pairwise(totals))]
    up = 0.13 if len(parts) > 1 else 0.0
    panel.text(column, row - up, short(totals[-1]), ha="center", va="center", weight="bold", zorder=4)
    if len(parts) > 1:
        text = " + ".join(short(part) for part in parts).replace("+ \u2212", "\u2212 ")
        panel.text(column, row + 0.24, f"= {text}", ha="center", va="center", fontsize=7.5, zorder=4)


def short(x: Any) -> str:
    """A number in a cell: three digits."""
    return signs(f"{float(x):.3g}") if np.ndim(x) == 0 else number(x)

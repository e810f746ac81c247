"""The figure of a trace: the values downwards and, beside them, the tangents downwards or the adjoints upwards."""

import re
from collections.abc import Sequence
from typing import Any

from compare.experiments.formulas import in_mathtext, in_unicode
from compare.plots import Picture, draw

LINE = 0.23  # inches
CHARACTER = 0.073  # inches of the widest letters of a formula, on average
GAP = 2.5  # characters between columns
ACCENT = re.compile("[\u0304\u0307]")


def plot_trace(trace: Any, target: Any) -> Picture | None:
    """The table with its formulas set, and an arrow along each half for the way it is read."""
    table = trace.tables()[0]
    widths = [max(len(ACCENT.sub("", in_unicode(cell))) for cell in column) for column in zip(*table.rows, strict=True)]
    ends: list[float] = []
    for width in widths:
        ends.append((ends[-1] + GAP if ends else 2.0) + width)
    left = [end - width for end, width in zip(ends, widths, strict=True)]
    height = len(table.rows)

    def paint(axes: Sequence[Any]) -> None:
        panel = axes[0]
        panel.axis("off")
        panel.set(xlim=(0, ends[-1] + 1), ylim=(height - 0.4, -1.5), title=in_mathtext(table.title))
        for k, cells in enumerate(table.rows):
            if k % 2 == 0:
                panel.axhspan(k - 0.5, k + 0.5, color="0.95", linewidth=0)
            for column, cell in enumerate(cells):
                if cell:
                    side, x = ("left", left[column]) if column in table.left else ("right", ends[column])
                    panel.text(x, k, in_mathtext(cell), ha=side, va="center")
        for k, column in enumerate(table.left):
            words, arrow = table.headers[column].rsplit(" ", 1)
            panel.text(left[column], -1, words, va="center", weight="bold", color=f"C{k}")
            panel.text(ends[column + 1], -1, table.headers[column + 1], ha="right", va="center", color=f"C{k}")
            ends_at = (height - 0.6, -0.4) if arrow == "↑" else (-0.4, height - 0.6)
            x = left[column] - 1.0
            style = {"arrowstyle": "-|>", "color": f"C{k}", "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
            panel.annotate("", (x, ends_at[1]), (x, ends_at[0]), arrowprops=style)

    size = (CHARACTER * (ends[-1] + 1), LINE * (height + 1.1) + 0.3)
    return draw(target, paint, 1, size, alt=f"{type(trace).__name__}: {table.title}")

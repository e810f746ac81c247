"""The figure of a comparison: digits, flops and sizes of each method as bars."""

from collections.abc import Callable, Sequence
from typing import Any

from compare.plots import Picture, draw, legend, powers_of_ten
from compare.wording import integer, log10_of

BAR = 0.36


def plot_comparison(comparison: Any, target: Any) -> Picture | None:
    """Certified digits, flops and sizes of each method; nothing that a clock says, so the same bytes every time."""
    records = comparison.records

    def paint(axes: Sequence[Any]) -> None:
        digits = [r.digits for r in records]
        bars(axes[0], records, digits, lambda x: "exact" if x >= 15.9 else f"{x:.1f}", "not certified")
        axes[0].set(title="certified digits", xlim=(0, 19), xticks=(0, 4, 8, 12, 16))
        bars(axes[1], records, [r.flops and log10_of(r.flops) for r in records], None, "not counted")
        label_bars(axes[1], [r.flops for r in records], 0.0)
        axes[1].set_title("flops of value and derivative")
        bars(
            axes[2],
            records,
            [r.dag_size and log10_of(r.dag_size) for r in records],
            None,
            "not counted",
            -BAR / 2,
            "DAG",
        )
        bars(axes[2], records, [r.tree_size and log10_of(r.tree_size) for r in records], None, "", BAR / 2, "tree")
        label_bars(axes[2], [r.dag_size for r in records], -BAR / 2)
        label_bars(axes[2], [r.tree_size for r in records], BAR / 2)
        axes[2].set_title("nodes of the derivative")
        if any(r.dag_size for r in records):
            legend(axes[2])
        for panel in axes[1:]:
            powers_of_ten(panel.xaxis)
            panel.set_xlim(0, panel.get_xlim()[1] * 1.45)

    return draw(target, paint, 3, (11.0, 1.4 + 0.6 * len(records)), comparison.subject.name)


def bars(
    axes: Any,
    records: Sequence[Any],
    values: Sequence[float | None],
    text: Callable[[float], str] | None,
    nothing: str,
    offset: float = 0.0,
    label: str = "",
) -> None:
    """A bar for each method, the first on top; one without a value says why, if there is a word for `nothing`."""
    thick = BAR if label else 2 * BAR
    colors = ["C2" if label == "DAG" else "C4"] * len(records) if label else [f"C{k % 5}" for k in range(len(records))]
    for k, (record, value) in enumerate(zip(records, values, strict=True)):
        if value is None and nothing:
            axes.text(0, k, f" {nothing if record.answered else 'refused'}", va="center", style="italic")
        elif value is not None:
            axes.barh(k + offset, value, thick, color=colors[k], label=label if k == first_answer(values) else None)
            if text is not None:
                axes.text(value, k + offset, f" {text(value)}", va="center")
    axes.set_yticks(range(len(records)), [r.method for r in records])
    axes.set_ylim(len(records) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)


def first_answer(values: Sequence[float | None]) -> int:
    """The first method that has a value: its bar carries the label of them all."""
    return next(k for k, value in enumerate(values) if value is not None)


def label_bars(axes: Any, sizes: Sequence[int | None], offset: float) -> None:
    """The numbers themselves behind bars that are drawn by their logarithms."""
    for k, size in enumerate(sizes):
        if size:
            short = integer(size).partition(" ")[0]
            axes.text(log10_of(size), k + offset, f" {short}", va="center", fontsize=8)

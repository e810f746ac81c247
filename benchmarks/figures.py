"""The figures of this room, painted onto axes that `compare.plots` makes."""

from collections.abc import Sequence
from typing import Any

from benchmarks.records import Record
from compare.plots import draw, legend

COLORS = {"ahead": "C2", "tie": "C4", "behind": "C1"}


def plot_duels(records: Sequence[Record], target: Any) -> None:
    """The ratio of each duel with its quartiles, on a logarithmic axis, and a tick at its goal."""

    def paint(axes: Sequence[Any]) -> None:
        panel = axes[0]
        for verdict, color in COLORS.items():
            found = [(k, record.ratio) for k, record in enumerate(records) if record.verdict == verdict]
            if found:
                y = [k for k, _ in found]
                value, low, high = zip(*[ratio for _, ratio in found], strict=True)
                panel.hlines(y, low, high, color=color, linewidth=4, alpha=0.4)
                panel.plot(value, y, "o", color=color, label=verdict)
        goals = [(record.job.goal, k) for k, record in enumerate(records) if record.job.goal is not None]
        if goals:
            panel.plot(*zip(*goals, strict=True), "|", color="black", markersize=12, label="goal")
        panel.axvline(1.0, color="0.4", linewidth=0.8)
        panel.set(xscale="log", xlabel="time of the peer / ours: right of 1 we are faster")
        panel.set_yticks(range(len(records)), [name_of(record) for record in records])
        panel.set_ylim(len(records) - 0.4, -0.6)
        legend(panel)

    draw(target, paint, 1, (7.5, 1.6 + 0.26 * len(records)), "trigrad beside its peers")


def name_of(record: Record) -> str:
    """A duel in one line."""
    job = record.job
    return f"{job.workload} ({job.size:,})  {job.ours} : {job.peer}"


def plot_curves(curves: Sequence[Any], goal: float, target: Any) -> None:
    """Loss and test accuracy of every training, epoch by epoch, the goal as a line."""

    def paint(axes: Sequence[Any]) -> None:
        for panel, name in zip(axes, ("loss", "accuracy"), strict=False):
            for k, curve in enumerate(curves):
                y = getattr(curve, name)
                panel.plot(range(1, len(y) + 1), y, marker="", color=f"C{k}", label=f"seed {curve.seed}")
            panel.set(xlabel="epoch", title={"loss": "training loss", "accuracy": "test accuracy"}[name])
            legend(panel)
        axes[0].set_yscale("log")
        if len(axes) > 1:
            axes[1].axhline(goal, color="0.4", linewidth=0.8)

    draw(target, paint, 2, (9.0, 4.0), "Training on digits")

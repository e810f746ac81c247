"""The figures of this room, painted onto axes that `compare.plots` makes."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

from benchmarks.exponents import Exponent
from benchmarks.records import Record
from benchmarks.workload import peer_of
from compare.plots import draw, legend, plain_ticks

STYLES = {  # the colour and the marker of each peer
    "by hand": ("0.3", "o"),
    "micrograd": ("C4", "*"),
    "autograd": ("C0", "D"),
    "MyGrad": ("#56B4E9", "X"),
    "PyTorch": ("C1", "s"),
    "JAX": ("C2", "^"),
    "CasADi": ("C3", "v"),
    "CasADi C": ("C3", "P"),
    "SciPy": ("C0", "p"),
    "numdifftools": ("C4", "h"),
    "SymPy": ("C2", "<"),
    "symengine": ("C1", ">"),
}
MARGIN = 1.4  # how far an axis goes beyond the outermost dot
LINE = 0.19  # inches of height for one line of dots
FLAT = 100.0  # the least height of the axis of costs, so that noise does not look like growth


def plot_duels(records: Sequence[Record], target: Any) -> None:
    """A line for each of ours at each size, and on it a dot for each peer: its ratio, quartiles, a tick at the goal.

    What is compiled stands on the left, everything else on the right.
    """
    halves = {"compiled": [r for r in records if compiled(r)], "not compiled": [r for r in records if not compiled(r)]}
    shown = [(title, half) for title, half in halves.items() if half]
    panels = max(len(shown), 1)
    longest = max((len(lines_of(half)) for _, half in shown), default=1)

    def paint(axes: Sequence[Any]) -> None:
        for panel, (title, half) in zip(axes, shown, strict=False):
            paint_ratios(panel, half)
            panel.set_title(title)

    draw(target, paint, panels, (5.2 * panels, 2.2 + LINE * longest), "trigrad beside its peers")


def compiled(record: Record) -> bool:
    """Whether ours was compiled."""
    return "compiled" in record.job.ours.split()


def lines_of(records: Sequence[Record]) -> dict[str, list[Record]]:
    """The duels of each of ours at each size, which share a line."""
    lines: dict[str, list[Record]] = {}
    for record in records:
        job = record.job
        variant = [word for word in job.ours.split() if word not in ("trigrad", "compiled", "numeric")]
        lines.setdefault(" ".join((job.workload, f"({job.size:,})", *variant)), []).append(record)
    return lines


def paint_ratios(panel: Any, records: Sequence[Record]) -> None:
    """One panel: a logarithmic axis, right of 1 we are faster; workloads are set apart by bands."""
    lines = lines_of(records)
    ids = list(dict.fromkeys(name.split()[0] for name in lines))
    for k, (name, found) in enumerate(lines.items()):
        if ids.index(name.split()[0]) % 2:
            panel.axhspan(k - 0.5, k + 0.5, color="0.95", linewidth=0, zorder=0)
        for record in found:
            paint_ratio(panel, k, record)
    for peer, (color, marker) in STYLES.items():
        if any(peer_of(record.job.peer).name == peer for record in records):
            panel.plot([], [], marker, color=color, label=peer)
    panel.plot([], [], "o", color="0.3", markerfacecolor="white", label="hollow: in another way")
    panel.plot([], [], "|", color="0.3", markersize=9, label="goal")
    panel.axvline(1.0, color="0.3", linewidth=0.8, zorder=1)
    goals = [record.job.goal for record in records if record.job.goal is not None]
    shown = [0.1, 10.0, *goals, *(x for record in records for x in record.ratio)]
    panel.set(xscale="log", xlabel="time of the peer / ours: right of 1 we are faster")
    plain_ticks(panel, [10**k for k in range(floor(log10(min(shown))), ceil(log10(max(shown))) + 1)])
    panel.set_xlim(min(shown) / MARGIN, max(shown) * MARGIN)
    panel.set_yticks(range(len(lines)), list(lines), fontsize=8)
    panel.tick_params(axis="y", length=0)
    panel.grid(axis="y", visible=False)
    panel.set_ylim(len(lines) - 0.5, -0.5)
    legend(panel)


def paint_ratio(panel: Any, y: int, record: Record) -> None:
    """One duel: hollow if it is another way with a peer, such as "PyTorch op by op"."""
    peer = peer_of(record.job.peer).name
    color, marker = STYLES[peer]
    value, low, high = record.ratio
    panel.hlines(y, low, high, color=color, linewidth=3, alpha=0.5)
    face = color if record.job.peer == peer else "white"
    panel.plot(value, y, marker, color=color, markerfacecolor=face)
    if record.job.goal is not None:
        panel.plot(record.job.goal, y, "|", color=color, markersize=9)


def plot_exponents(found: Sequence[Exponent], target: Any) -> None:
    """The cost of each gradient in units of f, over n, on logarithmic axes, with the fitted slopes."""

    def paint(axes: Sequence[Any]) -> None:
        panel = axes[0]
        for k, one in enumerate(found):
            color, label = f"C{k % 5}", f"{one.name}: slope {one.fitted}"
            face = color if k < 5 else "white"
            panel.plot(one.sizes, one.costs, marker="os^Dv"[k % 5], color=color, markerfacecolor=face, label=label)
        panel.set(xscale="log", yscale="log", xlabel="n", ylabel="seconds of the gradient / seconds of f")
        plain_ticks(panel, [n for one in found for n in one.sizes])
        costs = [cost for one in found for cost in one.costs]
        panel.set_ylim(min([1.0, *costs]), MARGIN * max([FLAT, *costs]))
        legend(panel)

    draw(target, paint, 1, (7.0, 4.8), "What a gradient costs beside its function")


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

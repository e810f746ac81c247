"""The figure of a tape: what it keeps against the number of nodes, and the time that each node takes."""

from collections.abc import Sequence
from typing import Any

from compare.experiments.taping import Recording
from compare.families import slope, slope_text
from compare.plots import Picture, draw, legend, plain_ticks

NANO = 1e9


def plot_recording(recording: Recording, target: Any) -> Picture | None:
    """Bytes with their slopes; measured nanoseconds a node."""
    nodes = recording.nodes

    def paint(axes: Sequence[Any]) -> None:
        kept = {
            "bytes saved": [row.saved for row in recording.rows],
            "bytes of the tape in Python": [row.tape for row in recording.rows],
        }
        for k, (label, y) in enumerate(kept.items()):
            fitted = slope_text(slope(nodes, y))
            axes[0].plot(nodes, y, label=f"{label}, slope {fitted}" if fitted else label, color=f"C{k}", marker="os"[k])
        axes[0].set(
            xscale="log", yscale="log", xlabel="nodes", ylabel="bytes", title=f"{recording.family}: what is kept"
        )
        plain_ticks(axes[0], nodes)
        legend(axes[0])
        if len(axes) > 1:
            times = {"record": [row.record for row in recording.rows], "sweep": [row.sweep for row in recording.rows]}
            for k, (label, t) in enumerate(times.items()):
                axes[1].plot(nodes, [NANO * x for x in t], label=label, color=f"C{k + 2}", marker="^D"[k])
            axes[1].set(xscale="log", xlabel="nodes", ylabel="nanoseconds a node")
            axes[1].set_title(f"{recording.family}: measured here")
            axes[1].set_ylim(0.0, None)
            plain_ticks(axes[1], nodes)
            legend(axes[1])

    return draw(target, paint, 2, (9.0, 3.9))

"""The figure of forward mode: one direction, and the whole gradient, against the number of inputs."""

from collections.abc import Sequence
from typing import Any

from compare.families import slope_text
from compare.plots import Picture, draw, legend, plain_multiples, plain_ticks


def plot_directions(found: Any, target: Any) -> Picture | None:
    """Relative costs on logarithmic axes, with fitted slopes."""
    costs = {"one direction": [row.one for row in found.rows], "gradient": [row.gradient for row in found.rows]}

    def paint(axes: Sequence[Any]) -> None:
        panel = axes[0]
        for k, (way, y) in enumerate(costs.items()):
            fitted = slope_text(found.slopes[way])
            label = f"{way}, slope {fitted}" if fitted else way
            panel.plot(found.inputs, y, label=label, color=f"C{2 - k}", marker="^s"[k])
        panel.set(xscale="log", yscale="log", xlabel="inputs", ylabel="flops / flops of f (logarithmic)")
        panel.set_title(f"forward mode on {found.family}: counted operations")
        plain_ticks(panel, found.inputs)
        plain_multiples(panel.yaxis)
        legend(panel)

    return draw(target, paint, 1, (5.4, 4.0))

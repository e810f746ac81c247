"""The figure of a race: how many times as long each function takes, with its quartiles."""

from collections.abc import Sequence
from typing import Any

from compare.plots import Picture, draw, plain_multiples
from compare.racing import Race
from compare.timing import TIE


def plot_race(race: Race, target: Any) -> Picture | None:
    """A point and its quartiles for each function, the first on top; the grey band is what counts as a tie."""
    names = [runner.name for runner in race.runners]

    def paint(axes: Sequence[Any]) -> None:
        axes[0].axvspan(1 / TIE, TIE, color="0.88", zorder=0)
        for k, name in enumerate(names):
            ratio = race.ratio(name)
            low, high = ratio.value - ratio.low, ratio.high - ratio.value
            style = {"fmt": "os^Dv"[k % 5], "color": f"C{k % 5}", "capsize": 4, "markersize": 7}
            axes[0].errorbar(ratio.value, k, xerr=[[low], [high]], **style)
        axes[0].set(xscale="log", xlabel=f"times as long as {race.against} (grey: a tie)")
        axes[0].set_yticks(range(len(names)), names)
        axes[0].set_ylim(len(names) - 0.5, -0.5)
        axes[0].set_title(f"race against {race.against}")
        low, high = axes[0].get_xlim()
        axes[0].set_xlim(min(low, 0.5), max(high, 2.0))
        plain_multiples(axes[0].xaxis)

    return draw(target, paint, 1, (6.4, 1.3 + 0.35 * len(names)), alt="; ".join(race.sentences))

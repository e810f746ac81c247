"""The figure of a survey: the digits of each method, function by function, from the fewest to the most."""

from collections.abc import Sequence
from typing import Any

from compare.experiments.surveying import Survey
from compare.plots import Picture, draw, legend

# The first marker is large and pale: methods that are exact lie upon each other.
MARKERS = (("o", 8.0, 0.4), ("s", 3.5, 1.0), ("^", 3.5, 1.0), ("D", 3.0, 1.0))  # shape, size, opacity


def plot_survey(survey: Survey, target: Any) -> Picture | None:
    """A marker for each function; every method is sorted by itself."""

    def paint(axes: Sequence[Any]) -> None:
        for k, method in enumerate(survey.methods):
            found = survey.digits(method)
            marker, size, alpha = MARKERS[k % len(MARKERS)]
            style = {"linestyle": "", "marker": marker, "markersize": size, "alpha": alpha, "markeredgewidth": 0.0}
            axes[0].plot(range(1, len(found) + 1), found, color=f"C{k % 5}", label=method, **style)
        axes[0].axhline(16, color="0.3", linestyle=":", marker="", label="all that a float64 shows")
        axes[0].set(title=f"the gradients of {len(survey)} functions", ylim=(0, 17.5), yticks=range(0, 17, 4))
        axes[0].set(xlabel="functions, sorted for each method", ylabel="certified digits")
        legend(axes[0])

    return draw(target, paint, 1, (6.8, 3.8))

"""The figure of sharing: a family as trees and as DAGs, by the logarithms of their sizes."""

from collections.abc import Sequence
from typing import Any

from compare.experiments.sharing import Sharing
from compare.figures.swelling import line
from compare.plots import Picture, draw, legend, powers_of_ten


def plot_sharing(sharing: Sharing, target: Any) -> Picture | None:
    """Trees as a full line, DAGs as a broken one with hollow markers; what a step adds stands in the legend."""
    n = [row.n for row in sharing.rows]

    def paint(axes: Sequence[Any]) -> None:
        line(axes[0], n, [row.tree for row in sharing.rows], "tree", 0, full=True, loop=True)
        line(axes[0], n, [row.dag for row in sharing.rows], "DAG", 1, full=False, loop=True)
        powers_of_ten(axes[0].yaxis)
        axes[0].set(title=f"{sharing.family}, stored in two ways", xlabel="size n", ylabel="nodes")
        legend(axes[0])

    return draw(target, paint, 1, (6.0, 3.8))

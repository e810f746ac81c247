"""The figure of rewritings: sizes and errors of a derivative as SymPy rewrites it."""

from collections.abc import Sequence
from typing import Any

from compare.experiments.rewriting import NAMES, Rewritings
from compare.figures.swelling import step_text
from compare.plots import Picture, draw, legend, powers_of_ten
from compare.wording import log10_of

LINES = (  # form, whether its tree or its shared graph; the other forms lie close to these
    ("as it is", True),
    ("expand", True),
    ("horner", True),
    ("expand", False),
    ("cse", False),
)
COLOURS = ("C0", "C1", "C2", "C3", "C4", "0.3")
MARKERS = "os^DvP"
LEAST = 1e-17  # where an error of 0 is drawn


def plot_rewritings(forms: Rewritings, target: Any) -> Picture | None:
    """Sizes against n, and beside them the errors of the values."""

    def paint(axes: Sequence[Any]) -> None:
        paint_sizes(axes[0], forms)
        if len(axes) > 1:
            paint_errors(axes[1], forms)

    return draw(target, paint, 2, (8.8, 4.2))


def paint_sizes(axes: Any, forms: Rewritings) -> None:
    """Trees as full lines, shared graphs as broken ones with hollow markers."""
    n = [row.n for row in forms.rows]
    for name, full in LINES:
        k = NAMES.index(name)
        sizes = [row.shapes[name].tree if full else row.shapes[name].dag for row in forms.rows]
        style = {"linestyle": "-"} if full else {"linestyle": "--", "markerfacecolor": "white"}
        text = f"{name}, {'tree' if full else 'DAG'}: {step_text(n, sizes, full)}"
        axes.plot(n, [log10_of(s) for s in sizes], label=text, color=COLOURS[k], marker=MARKERS[k], **style)
    powers_of_ten(axes.yaxis)
    axes.set(title=f"{forms.family}: size of the derivative", xlabel="n", ylabel="nodes", xticks=n)
    legend(axes)


def paint_errors(axes: Any, forms: Rewritings) -> None:
    """One line for each form; the forms that agree lie on one another, so the markers are of different sizes."""
    n = [row.n for row in forms.rows]
    for k, name in enumerate(NAMES):
        errors = [max(row.shapes[name].error, LEAST) for row in forms.rows]
        style = {"markersize": 9 - k, "markerfacecolor": "white" if k < 2 else COLOURS[k]}
        axes.plot(n, errors, label=name, color=COLOURS[k], marker=MARKERS[k], **style)
    axes.set_yscale("log")
    axes.set(title=f"{forms.family}: value of the derivative", xlabel="n", ylabel="relative error", xticks=n)
    legend(axes)

"""The only module that imports matplotlib: figures of a comparison, a swell and a cost.

No global state: figures are made directly, within the style file beside this module, and written to a temporary file
that is then renamed. The same numbers give the same bytes. Big integers enter by their logarithms.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from compare.costing import WAYS, Cost
from compare.families import slope, slope_text
from compare.swelling import PROGRAMS, Swell
from compare.wording import integer, log10_of
from expression.errors import ArgumentError

STYLE = Path(__file__).with_name("trigrad.mplstyle")
METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
TREES = ("f", "textbook", "closed-form")  # programs whose trees are drawn; the others are never written as trees
BAR = 0.36


def plot_swell(swell: Swell, target: Any) -> None:
    """Sizes against n; for loops also the tree of the derivative as far as 10^1000."""
    panels = 2 if swell.derivative_trees else 1

    def paint(axes: Sequence[Any]) -> None:
        paint_sizes(axes[0], swell)
        if len(axes) > 1:
            paint_long_run(axes[1], swell)

    draw(target, paint, panels, (5.4 * panels, 4.4))


def plot_cost(cost: Cost, target: Any) -> None:
    """Relative costs on logarithmic axes, with fitted slopes; measured times beside them where there are any."""
    name, x = cost.axis

    def paint(axes: Sequence[Any]) -> None:
        counted = {way: [row.relative(way) for row in cost.rows] for way, _ in WAYS}
        paint_costs(axes[0], name, x, counted)
        axes[0].set(title=f"{cost.family}: counted operations", ylabel="flops of the gradient / flops of f")
        if len(axes) > 1:
            times = {way: [row.times.get(way) for row in cost.rows] for way, _ in WAYS}
            paint_costs(axes[1], name, x, times)
            axes[1].set(title=f"{cost.family}: measured here", ylabel="seconds of the gradient / seconds of f")

    panels = 2 if cost.timed else 1
    draw(target, paint, panels, (5.4 * panels, 4.2))


def plot_comparison(comparison: Any, target: Any) -> None:
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

    draw(target, paint, 3, (11.0, 1.4 + 0.6 * len(records)), comparison.subject.name)


# -- panels ----------------------------------------------------------------------------------------------------------


def paint_sizes(axes: Any, swell: Swell) -> None:
    """Trees as full lines, shared graphs as broken ones with hollow markers."""
    n = [row.n for row in swell.rows]
    loop = bool(swell.derivative_trees)
    for k, (program, _) in enumerate(PROGRAMS):
        trees = [row.sizes[program].tree if not row.sizes[program].reason else None for row in swell.rows]
        dags = [row.sizes[program].dag for row in swell.rows]
        if program in TREES:
            line(axes, n, trees, f"{program}, tree", k, full=True, loop=loop)
        line(axes, n, dags, f"{program}, DAG", k, full=False, loop=loop)
    if not loop:
        axes.set_xscale("log")
        plain_ticks(axes, n)
    powers_of_ten(axes.yaxis)
    axes.set(title=f"{swell.family}: function and derivatives", xlabel="n", ylabel="nodes")
    legend(axes)


def line(
    axes: Any, n: Sequence[int], sizes: Sequence[int | None], label: str, k: int, *, full: bool, loop: bool
) -> None:
    """One program's sizes, by their logarithms, with their growth in the label."""
    points = [(a, size) for a, size in zip(n, sizes, strict=True) if size]
    if not points:
        return
    x, y = zip(*points, strict=True)
    growth = step_text(x, y, full) if loop else f"slope {slope_text(slope(x, y)) or '-'}"
    style = {"linestyle": "-"} if full else {"linestyle": "--", "markerfacecolor": "white"}
    axes.plot(x, [log10_of(size) for size in y], label=f"{label}: {growth}", color=f"C{k}", marker="os^Dv"[k], **style)


def step_text(n: Sequence[int], sizes: Sequence[int], tree: bool) -> str:
    """What the last step added: a factor for a tree, a number of nodes for a shared graph."""
    if len(n) < 2:
        return "-"
    steps = n[-1] - n[-2]
    if tree:
        return f"times {10 ** ((log10_of(sizes[-1]) - log10_of(sizes[-2])) / steps):.2f} a step"
    return f"plus {round((sizes[-1] - sizes[-2]) / steps):,} a step"


def paint_long_run(axes: Any, swell: Swell) -> None:
    """The trees of f and of its derivative at every n, with the milestones; and the shared graph, far below."""
    n = range(swell.first, swell.first + len(swell.derivative_trees))
    for k, (label, trees) in enumerate((("f", swell.function_trees), ("textbook", swell.derivative_trees))):
        wide: dict[str, Any] = {"linewidth": 5.0, "alpha": 0.4} if k == 0 else {}  # the two lines nearly coincide
        text = f"{label}, tree: {step_text(n, trees, True)}"
        axes.plot(n, [log10_of(tree) for tree in trees], color=f"C{k}", marker="", label=text, **wide)
    x, dags = zip(*swell.derivative_dags, strict=True)
    style = {"linestyle": "--", "marker": "s", "markerfacecolor": "white"}
    text = f"textbook, DAG: {step_text(x, dags, False)}"
    axes.plot(x, [log10_of(dag) for dag in dags], color="C1", label=text, **style)
    top = log10_of(swell.derivative_trees[-1])
    for k, at in swell.milestones.items():
        axes.plot([at], [log10_of(swell.derivative_trees[at - swell.first])], color="C1", marker="s", linestyle="")
        if k >= 100:
            side = {"xytext": (8, 0), "ha": "left", "va": "top"} if k < top / 2 else {"xytext": (-8, 0), "ha": "right"}
            axes.annotate(f"10$^{{{k}}}$ at n = {at:,}", (at, k), textcoords="offset points", **side)
    powers_of_ten(axes.yaxis)
    axes.set(title=f"{swell.family}: the long run", xlabel="n", ylabel="nodes")
    legend(axes)


def paint_costs(axes: Any, name: str, x: Sequence[int], costs: Mapping[str, Sequence[float | None]]) -> None:
    """Relative costs with their slopes."""
    for k, (way, y) in enumerate(costs.items()):
        points = [(a, b) for a, b in zip(x, y, strict=True) if b is not None]
        if points:
            fitted = slope_text(slope(x, y))
            label = f"{way}, slope {fitted}" if fitted else way
            axes.plot(*zip(*points, strict=True), label=label, color=f"C{k}", marker="os^D"[k])
    axes.set(xscale="log", yscale="log", xlabel=name)
    plain_ticks(axes, x)
    legend(axes)


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


def legend(axes: Any) -> None:
    """What the lines are, below the panel; inside it where the panel is the caller's own."""
    from matplotlib.figure import SubFigure

    if isinstance(axes.figure, SubFigure):
        axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=8)
    else:
        axes.legend(fontsize=8)


def powers_of_ten(axis: Any) -> None:
    """Label an axis of logarithms by the powers themselves."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, place: f"10$^{{{value:.0f}}}$"))


def plain_ticks(axes: Any, x: Sequence[int]) -> None:
    """The sizes themselves on a logarithmic axis."""
    from matplotlib.ticker import NullFormatter

    axes.set_xticks(sorted(set(x)), [f"{value:,}" for value in sorted(set(x))])
    axes.xaxis.set_minor_formatter(NullFormatter())


# -- files -----------------------------------------------------------------------------------------------------------


def draw(
    target: Any, paint: Callable[[Sequence[Any]], None], panels: int, size: tuple[float, float], title: str = ""
) -> None:
    """Paint into a file, onto a figure, or onto one axes (the first panel).

    Raises ArgumentError for a suffix that is no format and for a file that cannot be written.
    """
    import matplotlib
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    path = figure_path(target) if isinstance(target, str | os.PathLike) else None
    with matplotlib.rc_context(fname=STYLE):
        if isinstance(target, Axes):
            paint([target])
            return
        figure = Figure(figsize=size) if path is not None else target
        figure.set_layout_engine("constrained")
        paint([part.subplots() for part in figure.subfigures(1, panels, squeeze=False)[0]])
        if title:
            figure.suptitle(title)
        if path is not None:
            save(figure, path)


def figure_path(target: Any) -> Path:
    """A path that a figure may be written to.

    Raises ArgumentError for a suffix that is no format, and for a directory that does not exist.
    """
    path = Path(target)
    if path.suffix.lower() not in METADATA:
        raise ArgumentError(f"{path}: {path.suffix or 'no suffix'} is no format for figures; write .png, .svg or .pdf")
    if not path.parent.is_dir():
        raise ArgumentError(f"{path}: the directory {path.parent} does not exist; make it, or name another")
    return path


def save(figure: Any, path: Path) -> None:
    """Write a figure beside its place, and rename it when it is whole."""
    part = path.with_name(f".{path.name}.part")
    suffix = path.suffix.lower()
    try:
        with part.open("wb") as file:
            figure.savefig(file, format=suffix[1:], metadata=METADATA[suffix])
        part.replace(path)
    except OSError as error:
        raise ArgumentError(
            f"{path} cannot be written: {error.strerror}; name a file in a directory that can"
        ) from error
    finally:
        part.unlink(missing_ok=True)

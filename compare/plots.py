"""The only module that imports matplotlib: where a figure is drawn, and how it is kept.

No global state: figures are made directly, within the style file beside this module, and written to a temporary file
that is then renamed. The same numbers give the same bytes. What the figures show is painted in `compare/figures/`.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

from expression.errors import ArgumentError
from expression.files import written_whole

STYLE = Path(__file__).with_name("trigrad.mplstyle")
METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
Paint = Callable[[Sequence[Any]], None]


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure that a notebook shows; `alt` says in words what is to be seen."""

    svg: str
    alt: str

    def __repr__(self) -> str:
        """What a terminal and a screen reader get."""
        return f"<figure: {self.alt}>"

    def _repr_html_(self) -> str:
        """What Jupyter shows: within the page, a screen reader finds the words, and the figure keeps to its place."""
        return self.svg

    def _repr_svg_(self) -> str:
        """What a page shows that takes no HTML."""
        return self.svg


def draw(
    target: Any, paint: Paint, panels: int, size: tuple[float, float], title: str = "", alt: str = ""
) -> Picture | None:
    """Paint into a file, onto a figure, or onto one axes (the first panel); with None, return a picture.

    Raises ArgumentError for a suffix that is no format and for a file that cannot be written.
    """
    import matplotlib
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    path = figure_path(target) if isinstance(target, str | os.PathLike) else None
    with matplotlib.rc_context(fname=STYLE):
        if isinstance(target, Axes):
            paint([target])
            return None
        figure = Figure(figsize=size) if target is None or path is not None else target
        figure.set_layout_engine("constrained")
        axes = [part.subplots() for part in figure.subfigures(1, panels, squeeze=False)[0]]
        paint(axes)
        if title:
            figure.suptitle(title)
        if path is not None:
            save(figure, path)
        elif target is None:
            return picture(figure, alt or "; ".join([title, *[part.get_title() for part in axes]]).strip("; "))
        return None


def picture(figure: Any, alt: str) -> Picture:
    """A figure as SVG that can stand inside a page, and is never wider than its place."""
    text = StringIO()
    figure.savefig(text, format="svg", metadata=METADATA[".svg"])
    svg = text.getvalue()
    head = f'<svg role="img" aria-label="{escape(alt)}" style="max-width: 100%; height: auto"'
    return Picture(head + svg[svg.index("<svg") + 4 :], alt)


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


def plain_multiples(axis: Any) -> None:
    """Ratios on a logarithmic axis as 2, 10 and 500."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:,.6g}"))
    axis.set_minor_formatter(NullFormatter())


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
    suffix = path.suffix.lower()
    try:
        with written_whole(path) as part, part.open("wb") as file:
            figure.savefig(file, format=suffix[1:], metadata=METADATA[suffix])
    except OSError as error:
        raise ArgumentError(
            f"{path} cannot be written: {error.strerror}; name a file in a directory that can"
        ) from error

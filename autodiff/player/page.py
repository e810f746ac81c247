"""The page of a recording, and `Player`: what a notebook shows and a file keeps."""

import json
import os
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from autodiff.player.values import Json, as_text
from expression.errors import ArgumentError
from expression.files import written_whole
from expression.formats.labels import MINUS

HERE = Path(__file__).parent
HEIGHT = 640  # pixels in a notebook
HEIGHTS = (320, 2000)
LINES = 60  # of the listing, where nobody has asked for all of it
TITLE = "The tape, step by step"
PLAIN = str.maketrans({"\N{MULTIPLICATION SIGN}": "*", "÷": "/", MINUS: "-"})  # text is copied into programs
THEMES = {"light": ("true", "vscode-light"), "dark": ("false", "vscode-dark")}  # as Jupyter and VS Code call them
STYLE = "".join(  # the frame takes the scheme of the page; theirs is not in its style
    f'[data-jp-theme-light="{jupyter}"] .tape-player, [data-vscode-theme-kind="{vscode}"] .tape-player '
    f"{{ color-scheme: {scheme} }} "
    for scheme, (jupyter, vscode) in THEMES.items()
)
STYLE += ".tape-player ~ .no-player { display: none }"  # a page that shows no frames takes no styles either
FORBIDDEN = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}  # inside a script; JSON has them in texts alone


@dataclass(frozen=True, slots=True, repr=False)
class Player:
    """A recorded computation to step through: shows itself in a notebook; `save` writes a page for a browser.

    >>> from expression import parse
    >>> print(parse("x * y + x").play(2.0, 5.0))
    v0 = x        value 2   adjoint 6
    v1 = y        value 5   adjoint 2
    v2 = v0 * v1  value 10  adjoint 1
    v3 = v2 + v0  value 12  adjoint 1
    """

    film: dict[str, Json]
    height: int = HEIGHT

    def __post_init__(self) -> None:
        """Check the height."""
        low, high = HEIGHTS
        if type(self.height) is not int or not low <= self.height <= high:
            raise ArgumentError(f"height={self.height!r}: the height is a number of pixels from {low} to {high}")

    @property
    def title(self) -> str:
        """What stands above the graph."""
        return self.film["title"] or TITLE

    def __str__(self) -> str:
        """The listing, with every value and adjoint."""
        return "\n".join(listing(self.film))

    def __repr__(self) -> str:
        """The listing; of a long one the beginning."""
        lines = listing(self.film)
        if len(lines) > LINES:
            lines[LINES:] = [f"... and {len(lines) - LINES:,} more; print it for all"]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """What Jupyter shows: a frame of its own, so that nothing on the page and nothing in it can clash.

        Below it stands the listing; and, where the page takes out frames, what to do to see the player.
        """
        page = escape(self.page(), quote=False).replace("'", "&#39;")  # JSON is full of the other quotes
        frame = (
            f'<style>{STYLE}</style><iframe class="tape-player" title="{escape(self.title)}" sandbox="allow-scripts" '
            f'style="display: block; width: 100%; height: {self.height}px; border: 0" '
            f"srcdoc='{page}'></iframe>"
        )
        help = '<p class="no-player">To see the player here, run the cell, or trust the notebook.</p>'
        return f"{frame}{help}<details><summary>The same as text</summary><pre>{escape(repr(self))}</pre></details>"

    def page(self) -> str:
        """The whole page: it asks for nothing from anywhere, and may not."""
        return Template(read("page.html")).substitute(
            title=escape(self.title),
            style=read("player.css"),
            film=json.dumps(self.film, allow_nan=False, ensure_ascii=False, separators=(",", ":")).translate(FORBIDDEN),
            script=read("player.js"),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file that any browser opens, without a network.

        It is written beside its place, and renamed when it is whole. Raises ArgumentError for a name that does not
        end in .html, and for a file that cannot be written.
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            raise ArgumentError(f"{target}: the player is a page; name a file that ends in .html")
        try:
            with written_whole(target) as part:
                part.write_text(self.page(), encoding="utf-8", newline="\n")
        except OSError as error:
            raise ArgumentError(
                f"{target} cannot be written: {error.strerror}; name a file in a directory that can"
            ) from error


def read(name: str) -> str:
    """A file of the page."""
    return (HERE / name).read_text(encoding="utf-8")


def listing(film: dict[str, Json]) -> list[str]:
    """One line a node: what it is, its value, and its adjoint when the reverse sweep is over."""
    adjoints: dict[int, Json] = {}
    for frame in film["frames"]:
        if "after" in frame:
            adjoints[frame.get("to", frame["node"])] = frame["after"]
    rows: list[tuple[str, str, str]] = []
    for i, node in enumerate(film["nodes"]):
        adjoint = f"adjoint {as_text(adjoints[i])}" if i in adjoints else ""
        rows.append((f"v{i}", definition(node), f"value {as_text(node['value'])}\n{adjoint}"))
    return aligned([(f"{name} = {what}", *rest.split("\n")) for name, what, rest in rows])


def definition(node: dict[str, Json]) -> str:
    """What stands behind the equals sign."""
    if "form" not in node:
        return node["name"] or f"constant {as_text(node['value'])}"
    operands = [as_text(j["constant"]) if isinstance(j, dict) else f"v{j}" for j in node["operands"]]
    text: str = node["form"].translate(PLAIN).format(*operands)
    return text


def aligned(rows: list[tuple[Any, ...]]) -> list[str]:
    """Columns as wide as their widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]

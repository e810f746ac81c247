"""Lessons as their tests read them: pieces of prose and code, and what the code shows when it is run in one process."""

import ast
import io
import linecache
import re
import tokenize
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import jupytext

SHOWN_AS = ("_repr_html_", "_repr_svg_", "_repr_latex_", "_repr_markdown_")


@dataclass(frozen=True)
class Piece:
    """One piece of a lesson."""

    kind: str  # "markdown" or "code"
    text: str
    tags: tuple[str, ...] = ()


def pieces(text: str) -> tuple[Piece, ...]:
    """Prose and code in their order."""
    cells = jupytext.reads(text, fmt="md:myst").cells
    return tuple(Piece(cell.cell_type, cell.source, tuple(cell.metadata.get("tags", ()))) for cell in cells)


def code(text: str) -> tuple[Piece, ...]:
    """The code cells."""
    return tuple(piece for piece in pieces(text) if piece.kind == "code")


def prose(text: str) -> str:
    """All that is not code."""
    return "\n\n".join(piece.text for piece in pieces(text) if piece.kind == "markdown")


def sections(text: str) -> dict[str, str]:
    """The prose below each heading of the second level; what stands before the first is below ''."""
    parts = re.split(r"^## (.*)$", prose(text), flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def run(text: str, name: str) -> Iterator[str]:
    """Run every cell, in one namespace as a kernel would; what each one shows, as text.

    An error is raised as it is, unless the cell is tagged as one that fails; then it is shown.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(code(text), 1):
        shown = io.StringIO()
        file = f"<ipython-{name}-{number}>"
        linecache.cache[file] = (len(cell.text), None, cell.text.splitlines(keepends=True), file)
        with redirect_stdout(shown):
            try:
                last = run_cell(cell.text, file, names)
            except Exception as error:
                if "raises-exception" not in cell.tags:
                    raise AssertionError(f"{name}: code cell {number} fails:\n{cell.text}") from error
                last = f"{type(error).__name__}: {error}"
            else:
                assert "raises-exception" not in cell.tags, f"{name}: code cell {number} is said to fail, and does not"
        yield shown.getvalue() + visible(last)


def run_cell(text: str, file: str, names: dict[str, Any]) -> Any:
    """The value of a cell's last line, if that is an expression."""
    body = ast.parse(text, file).body
    silent = text.rstrip().endswith(";")
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), file, "exec"), names)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), file, "eval"), names)
    return None if silent else value


def visible(value: Any) -> str:
    """What a reader can read of a value that a notebook shows: plain text, and the text of HTML, SVG and LaTeX."""
    if value is None:
        return ""
    forms = [str(getattr(value, form)() or "") for form in SHOWN_AS if hasattr(type(value), form)]
    return "\n".join([value if isinstance(value, str) else repr(value), *map(text_of, forms)])


def text_of(markup: str) -> str:
    """The words in markup: of a figure also its label, and the comments in which matplotlib repeats every text."""
    markup = re.sub(r"<(script|style|defs|metadata)\b.*?</\1>", " ", markup, flags=re.DOTALL)
    labels = re.findall(r'\b(?:aria-label|alt|title)="([^"]*)"', markup)
    comments = re.findall(r"<!--(.*?)-->", markup, flags=re.DOTALL)
    bare = re.sub(r"<!--.*?-->|<[^>]*>", " ", markup, flags=re.DOTALL)
    return unescape(" ".join([bare, *labels, *comments]))


def written(text: str) -> str:
    """The code of a lesson without its comments."""
    kept = []
    for cell in code(text):
        tokens = tokenize.generate_tokens(io.StringIO(cell.text).readline)
        kept += [token.string for token in tokens if token.type != tokenize.COMMENT]
    return " ".join(kept)


def lesson_files() -> tuple[Path, ...]:
    """The lessons of the course."""
    from lessons.course import HERE

    return tuple(sorted(HERE.glob("[0-9][0-9]_*.md")))

"""One table, shown as plain text, on a rich terminal, and as HTML.

A row with fewer cells than there are columns lets its last cell run on to the end: that is how a method says in its
own row why it cannot answer. Where the last column is prose, all its cells do so, and wrap. A table that is wider than
its place is written as one block a row.
"""

from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Any

GAP = "  "
RUNNING_TEXT = 100  # columns for notes and reasons, where nothing narrower is asked for
READABLE = 30  # columns that prose needs beside the others
Line = tuple[tuple[str, str], ...]  # pieces of text, each with its style


@dataclass(frozen=True, slots=True)
class Table:
    """A title, columns and rows, a legend that explains them, and notes on what was found in them."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    legend: tuple[str, ...] = ()
    left: tuple[int, ...] = (0,)  # columns that are aligned to the left
    prose: bool = False  # whether the last column holds sentences

    def __str__(self) -> str:
        """Plain text, as wide as it has to be."""
        return to_text(self)

    def __rich__(self) -> Any:
        """What a rich console prints, within its width."""
        return RichTable(self)

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        return to_html(self)


class Shown:
    """A result that shows itself as tables: override `table` for one, or `tables` for several."""

    __slots__ = ()

    def table(self) -> Table:
        """The table, where there is one."""
        raise NotImplementedError(f"{type(self).__name__} has neither table nor tables")

    def tables(self) -> tuple[Table, ...]:
        """The tables, one below the other."""
        return (self.table(),)

    def __str__(self) -> str:
        """Plain text."""
        return "\n\n".join(to_text(table) for table in self.tables())

    def __rich__(self) -> Any:
        """What a rich console prints, within its width."""
        from rich.console import Group

        blocks = [block for table in self.tables() for block in ("", RichTable(table))]
        return Group(*blocks[1:])

    def _repr_html_(self) -> str | None:
        """What Jupyter shows; None where there is something better, such as Markdown with mathematics."""
        return "".join(to_html(table) for table in self.tables())


class RichTable:
    """A table that asks the console for its width."""

    def __init__(self, table: Table) -> None:
        """Wait for a console."""
        self.table = table

    def __rich_console__(self, console: Any, options: Any) -> Any:
        """The lines, in the styles that the terminal has."""
        from rich.text import Text

        for line in lines(self.table, options.max_width):
            yield Text.assemble(*line, no_wrap=True, overflow="ignore")


def to_text(table: Table, width: int | None = None) -> str:
    """Plain text; with a width, no line is longer unless one word is.

    >>> print(to_text(Table("sizes", ("n", "tree", "DAG"), (("1", "5", "3"), ("2", "too large")))))
    sizes
    n  tree  DAG
    1     5    3
    2  too large
    """
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines(table, width))


def lines(table: Table, width: int | None) -> list[Line]:
    """The lines of a table in pieces with their styles."""
    room = RUNNING_TEXT if width is None else max(width, 20)
    written: list[Line] = [((part, "bold"),) for part in wrap(table.title, room)]
    widths = column_widths(table)
    least = max(widths[-1], READABLE) - widths[-1] if table.prose else 0
    if width is not None and sum(widths) + len(GAP) * (len(widths) - 1) + least > width:
        written += stacked(table, room)
    else:
        written += side_by_side(table, widths, room)
    for texts, style in ((table.notes, "yellow"), (table.legend, "dim")):
        for text in texts:
            written += [((part, style),) for part in wrap(text, room, subsequent_indent="  ")]
    return written


def column_widths(table: Table) -> list[int]:
    """The widest cell of each column; a last cell that runs on does not count."""
    widths = [len(header) for header in table.headers]
    for row in table.rows:
        cells = row if len(row) == len(table.headers) and not table.prose else row[:-1]
        for k, cell in enumerate(cells):
            widths[k] = max(widths[k], len(cell))
    return widths


def side_by_side(table: Table, widths: list[int], room: int) -> list[Line]:
    """A line for the headers and one for each row."""

    def aligned(cells: tuple[str, ...], styles: tuple[str, str]) -> Line:
        pieces = []
        for k, cell in enumerate(cells):
            text = cell.ljust(widths[k]) if k in table.left else cell.rjust(widths[k])
            pieces.append((text if k == 0 else GAP + text, styles[k > 0]))
        return tuple(pieces)

    written = [aligned(table.headers, ("dim", "dim"))]
    for row in table.rows:
        if len(row) == len(table.headers) and not table.prose:
            written.append(aligned(row, ("cyan", "")))
            continue
        head = aligned(row[:-1], ("cyan", ""))
        indent = sum(len(text) for text, _ in head) + len(GAP)
        for k, part in enumerate(wrap(row[-1], max(room - indent, 20))):
            start = head if k == 0 else ((" " * (indent - len(GAP)), ""),)
            written.append((*start, (GAP + part, "" if table.prose else "yellow")))
    return written


def stacked(table: Table, room: int) -> list[Line]:
    """A block for each row: its name, then a line for each column."""
    widest = max((len(header) for header in table.headers[1:]), default=0)
    written: list[Line] = []
    for row in table.rows:
        if row[0]:
            written.append(((row[0], "cyan"),))
        if len(row) < len(table.headers):
            written += [(("  " + part, "yellow"),) for part in wrap(row[-1], room - 2)]
            continue
        for header, cell in zip(table.headers[1:], row[1:], strict=True):
            if table.prose:  # it needs the whole width, and says itself what it is
                written += [(("  " + part, ""),) for part in wrap(cell, room - 2)]
            elif cell:
                written.append(((f"  {header.ljust(widest)}{GAP}", "dim"), (cell, "")))
    return written


def to_html(table: Table) -> str:
    """An HTML table without any style of its own but alignment.

    >>> to_html(Table("", ("n", "DAG"), (("1", "3"),))).count("<td")
    2
    """
    count = len(table.headers)

    def cell(tag: str, k: int, text: str, span: int = 1) -> str:
        side = "left" if k in table.left or span > 1 else "right"
        wide = f' colspan="{span}"' if span > 1 else ""
        return f'<{tag}{wide} style="text-align: {side}">{escape(text)}</{tag}>'

    head = "".join(cell("th", k, header) for k, header in enumerate(table.headers))
    body = []
    for row in table.rows:
        last = len(row) - 1
        cells = [cell("td", k, text, count - last if k == last else 1) for k, text in enumerate(row)]
        body.append(f"<tr>{''.join(cells)}</tr>")
    caption = f'<caption style="text-align: left">{escape(table.title)}</caption>' if table.title else ""
    notes = "".join(f"<p>{escape(text)}</p>" for text in (*table.notes, *table.legend))
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{notes}"

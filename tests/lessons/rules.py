"""What every lesson keeps to: each rule gives its complaints about a text."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

from tests.lessons.reading import code, prose, sections

LINES = 10  # in a cell, at most
WIDTH = 100  # characters of a line in a cell, at most: what a laptop shows of it
IMPORTS = {
    *("expression", "symbolic", "numeric", "autodiff", "compare"),
    *("numpy", "sympy", "math", "dataclasses", "fractions", "functools", "itertools", "operator", "inspect"),
}
HINT = f"lessons import {', '.join(sorted(IMPORTS))}"
LAST = ["What we saw", "Exercises", "Read on"]
TIMED = re.compile(r"\b(faster|slower|quicker|fastest|slowest|quickest)\b", re.IGNORECASE)
QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|`[^`]*`|\*[^*]*\?\*")
SENTENCE = re.compile(r"[^.?!]+[.?!]?")
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")


def short_cells(text: str) -> list[str]:
    """Cells of ten lines at most, which can be seen whole."""
    long = [cell.text for cell in code(text) if len(cell.text.splitlines()) > LINES]
    wide = [line for cell in code(text) for line in cell.text.splitlines() if len(line) > WIDTH]
    return [
        *(f"a cell of {len(cell.splitlines())} lines, not {LINES} at most, begins {first_line(cell)}" for cell in long),
        *(f"a line of {len(line)} characters, not {WIDTH} at most: {line.strip()[:60]}..." for line in wide),
    ]


def plain_cells(text: str) -> list[str]:
    """No magics, no installs, no plotting code, no network: imports of the course's own rooms and of mathematics."""
    complaints = []
    for cell in code(text):
        if re.search(r"^\s*[%!]", cell.text, flags=re.MULTILINE):
            complaints.append(f"a magic or a shell command in the cell that begins {first_line(cell.text)}")
            continue
        for node in ast.walk(ast.parse(cell.text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            complaints += [f"{name} is imported; {HINT}" for name in names if name.split(".")[0] not in IMPORTS]
    return complaints


def first_line(cell: str) -> str:
    """How a cell is named in a complaint."""
    return repr(cell.splitlines()[0])


def headings_in_order(text: str) -> list[str]:
    """One title, no level left out, and the three sections that end a lesson."""
    found = [(len(marks), title) for marks, title in re.findall(r"^(#+) (.*)$", prose(text), flags=re.MULTILINE)]
    levels = [level for level, _ in found]
    complaints = []
    if levels[:1] != [1] or levels.count(1) != 1:
        complaints.append("a lesson has one title, at its top")
    complaints += [
        f"'{found[k][1]}' is a heading of level {levels[k]} below one of level {levels[k - 1]}"
        for k in range(1, len(levels))
        if levels[k] > levels[k - 1] + 1
    ]
    if [title for level, title in found if level == 2][-3:] != LAST:
        complaints.append(f"a lesson ends with the sections {', '.join(LAST)}")
    return complaints


def no_empty_section(text: str) -> list[str]:
    """Every section begins with words."""
    return [f"'{title}' has no words" for title, content in sections(text).items() if not content.strip()]


def readable_anywhere(text: str) -> list[str]:
    """No directive or role that a repository page does not know."""
    words = re.sub(r"`[^`\n]*`", "", prose(text))
    fences = re.findall(r"^(?:```|:::)+\{.*$", prose(text), flags=re.MULTILINE)
    return [f"{found!r} is no plain Markdown" for found in [*fences, *re.findall(r"\{[a-z]+\}`", words)]]


def times_come_from_measurements(text: str) -> list[str]:
    """Faster and slower are printed by a measurement; in prose they stand in questions and quotations alone."""
    words = QUOTED.sub(" ", " ".join(prose(text).replace(">", " ").split()))
    said = [s.strip() for s in SENTENCE.findall(words) if TIMED.search(s) and not s.strip().endswith("?")]
    return [f"{TIMED.search(s)[0]!r} is said, not measured: {s[:80]!r}" for s in said]


def links_lead_somewhere(text: str, directory: Path) -> list[str]:
    """Links lead to lessons, to headings of the same lesson, or to addresses; pictures are drawn by code."""
    anchors = {slug(title) for title in re.findall(r"^#+ (.*)$", prose(text), flags=re.MULTILINE)}
    complaints = []
    for picture, target in LINK.findall(prose(text)):
        if picture:
            complaints.append(f"{target}: a picture in prose; draw it in a cell")
        elif target.startswith("#"):
            complaints += [] if target[1:] in anchors else [f"{target} is no heading of this lesson"]
        elif not target.startswith("https://"):
            path, _, anchor = target.partition("#")
            if not re.fullmatch(r"\d\d_\w+\.md", path) or not (directory / path).is_file() or anchor:
                complaints.append(f"{target} is no lesson; link to NN_name.md, to #a-heading, or to https://")
    return complaints


def slug(title: str) -> str:
    """The anchor of a heading, as repository pages and MyST make it."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def exercises_in_order(text: str) -> list[str]:
    """Exercises are numbered 03.1, 03.2 and so on, three or more of them."""
    number = re.search(r"^# Lesson (\d+):", prose(text), flags=re.MULTILINE)
    found = re.findall(r"^\*\*(\d\d\.\d)\*\*", sections(text).get("Exercises", ""), flags=re.MULTILINE)
    expected = [f"{int(number[1]) if number else 0:02}.{k}" for k in range(1, len(found) + 1)]
    if found != expected or len(found) < 3:
        return [f"exercises are numbered {', '.join(expected) or 'NN.1'} and on, three at least; found {found}"]
    return []


RULES: tuple[Callable[[str], list[str]], ...] = (
    short_cells,
    plain_cells,
    headings_in_order,
    no_empty_section,
    readable_anywhere,
    times_come_from_measurements,
    exercises_in_order,
)

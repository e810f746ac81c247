"""Answers in a file of the student's, a Python file or a notebook, and the pytest file for those who prefer it.

A piece between `# exercise: 05.2` and `# end of exercise: 05.2`, or the end of its cell, holds the answer to 05.2.
Without markers, an answer is found by its name. Of a notebook only the marked cells are run, and those that import.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from expression.errors import LessonError
from lessons.exercises.catalogue import catalogue, exercise
from lessons.exercises.diagnosis import judge
from lessons.exercises.exercise import Exercise
from lessons.exercises.places import student_line, told
from lessons.exercises.running import SECONDS, Interruptible, TimeIsUp, captured
from lessons.exercises.variants import variant
from lessons.exercises.verdict import Outcome, Verdict, wrapped

BEGIN = re.compile(r"^\s*#\s*exercise:\s*(?P<id>\S+)\s*$", re.IGNORECASE)
END = re.compile(r"^\s*#\s*end of exercise\b", re.IGNORECASE)
CALLS = ("check", "hint", "progress")  # in a file, the command checks; these are left out
MAGIC = re.compile(r"^\s*[%!]")


@dataclass(slots=True)
class Piece:
    """A part of a file: the answer to an exercise, or what stands between."""

    text: str
    filename: str
    first: int  # its first line in the file, or in its cell
    id: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a file holds: for each exercise the answer, or why there is none."""

    path: Path
    found: Mapping[str, Any] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)

    def verdicts(self) -> list[Verdict]:
        """A verdict on each, in the order of the exercises."""
        return [self.verdict(id) for id in sorted({*self.found, *self.failed}, key=position)]

    def verdict(self, id: str) -> Verdict:
        """The verdict on one, or on the variant of it that the file holds instead.

        Raises LessonError for an exercise that there is not.
        """
        held = (*self.found, *self.failed)
        id = id if id in held else next((other for other in held if other.startswith(f"{id}/")), id)
        wanted = exercise(id)
        if id in self.failed:
            return Verdict(wanted, Outcome.ERROR, "the cell stops", told=(self.failed[id],))
        if id not in self.found:
            text = f"{self.path.name} holds no answer to {id}: no '# exercise: {id}', and no {wanted.answer}."
            return Verdict(wanted, Outcome.UNREADABLE, "no answer", told=(text,))
        return judge(wanted, self.found[id], prove=True)


def read_answers(path: Path, *, seconds: float = SECONDS) -> Answers:
    """Run a file, and collect the answers in it.

    Raises LessonError for a file that is neither Python nor a notebook, or cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise LessonError(f"{path} cannot be read: {reason}; name a Python file or a notebook") from error
    if path.suffix == ".ipynb":
        pieces = [piece for piece in notebook_pieces(text, path) if piece.id or only_imports(piece.text)]
    elif path.suffix == ".py":
        pieces = list(cut(text, str(path)))
    else:
        raise LessonError(f"{path}: answers stand in a Python file (.py) or a notebook (.ipynb)")
    return collected(path, pieces, seconds)


def notebook_pieces(text: str, path: Path) -> Iterator[Piece]:
    """The pieces of the code cells. Raises LessonError for text that is no notebook."""
    try:
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        sources = ["".join(cell["source"]) for cell in cells]
    except (ValueError, KeyError, TypeError) as error:
        raise LessonError(f"{path} is no notebook: {error}") from error
    for number, source in enumerate(sources, 1):
        lines = ["" if MAGIC.match(line) else line for line in source.splitlines()]
        yield from cut("\n".join(lines), f"{path.name}, code cell {number}")


def cut(text: str, filename: str) -> Iterator[Piece]:
    """The pieces of a text, by their markers."""
    lines, first, id = text.splitlines(), 1, ""
    for number, line in enumerate([*lines, ""], 1):
        begins = BEGIN.match(line)
        if begins or (id and END.match(line)) or number > len(lines):
            yield Piece("\n".join(lines[first - 1 : number - 1]), filename, first, id)
            first, id = number, begins["id"] if begins else ""


def only_imports(text: str) -> bool:
    """Whether a cell imports, and does nothing else."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return False
    return bool(body) and all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in body)


def collected(path: Path, pieces: list[Piece], seconds: float) -> Answers:
    """Run the pieces in order, in one namespace; after each, its answer is what its names hold."""
    names: dict[str, Any] = {"__name__": "answers", "__file__": str(path)}
    found: dict[str, Any] = {}
    failed: dict[str, str] = {}
    asked = {piece.id: item for piece in pieces for item in there_is(piece.id)}
    for piece in pieces:
        problem = run_piece(piece, names, seconds)
        if piece.id not in asked:
            continue
        item = asked[piece.id]
        missing = [name for name in item.names if name not in names]
        if problem:
            failed[piece.id] = problem
        elif missing:
            failed[piece.id] = f"The cell does not define {', '.join(missing)}."
        else:
            failed.pop(piece.id, None)
            found[piece.id] = answer_in(item, names)
    if not asked:
        everything = catalogue().items()
        found = {id: answer_in(item, names) for id, item in everything if all(name in names for name in item.names)}
    return Answers(path, {id: answer for id, answer in found.items() if id not in failed}, failed)


def there_is(id: str) -> list[Exercise]:
    """The exercise with an id, if there is one."""
    try:
        return [exercise(id)]
    except LessonError:
        return []


def position(id: str) -> tuple[int, ...]:
    """Where an exercise stands among all; a variant stands behind the exercise."""
    return tuple(map(int, re.findall(r"\d+", id)))


def answer_in(item: Exercise, names: Mapping[str, Any]) -> Any:
    """What the names of an answer hold."""
    held = tuple(names[name] for name in item.names)
    return held[0] if len(held) == 1 else held


def run_piece(piece: Piece, names: dict[str, Any], seconds: float) -> str:
    """Run a piece; "" or why it stopped."""
    try:
        tree = ast.parse(piece.text, piece.filename)
        tree.body = [statement for statement in tree.body if not is_check(statement)]
        code = compile(ast.increment_lineno(tree, piece.first - 1), piece.filename, "exec")
    except (SyntaxError, ValueError) as error:
        line = (getattr(error, "lineno", None) or 1) + (piece.first - 1 if isinstance(error, SyntaxError) else 0)
        return f"It is no Python, at line {line}: {getattr(error, 'msg', error)}."
    stopped: list[BaseException] = []

    def work() -> None:
        try:
            exec(code, names)
        except TimeIsUp:
            raise
        except BaseException as error:  # SystemExit too
            stopped.append(error)

    with captured():
        finished = Interruptible(work).finish(seconds)
    if stopped:
        place = student_line(stopped[0])
        return f"It stopped with {told(stopped[0])}" + (f", at {place}" if place else ".")
    return "" if finished and not stopped else f"It did not end within {seconds:g} s."


def is_check(statement: ast.stmt) -> bool:
    """Whether a statement only calls check, hint or progress."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in CALLS


# -- pytest ------------------------------------------------------------------------------------------------------------

HEADER = '''"""Your answers, checked by pytest; one exercise alone: pytest -k ex05_2

Written by `trigrad exercises tests`. The answers are read from ANSWERS, beside this file.
"""

from pathlib import Path

from lessons.exercises.files import accept

ANSWERS = Path(__file__).with_name({name!r})
'''


def pytest_file(name: str) -> str:
    """The text of a pytest file with a test for each exercise; answers are read from a file of that name beside it."""
    tests = [
        f'def test_{function_name(item)}():\n    """{item.id} {item.title}."""\n    accept("{item.id}", ANSWERS)\n'
        for item in catalogue().values()
    ]
    return "\n\n".join([HEADER.format(name=name), *tests])


def function_name(item: Exercise) -> str:
    """The name of the test of an exercise, as ex05_2."""
    lesson, number = item.id.split(".")
    return f"ex{lesson}_{number}"


def starter_file(number: int = 0) -> str:
    """A Python file with the starter of every exercise between its markers; as a variant where it has variants."""
    parts = ['"""Your answers. Check one: trigrad exercises check answers.py --only 05.2"""\n\nimport numpy as np']
    for original in catalogue().values():
        item = variant(original, number) if number and original.another else original
        prompt = "\n".join(f"# {line}".rstrip() for text in item.prompt.split("\n") for line in wrapped(text))
        parts.append(f"# {item.id} {item.title}\n{prompt}\n{item.marked}")
    return "\n\n\n".join(parts) + "\n"


def accept(id: str, path: Path) -> None:
    """Fail, with the verdict as the message, unless the answer to an exercise in a file passes."""
    verdict = read_answers(path).verdict(id)
    if not verdict.passed:
        raise AssertionError(str(verdict))

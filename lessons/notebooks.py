"""The student's notebooks: lessons as .ipynb in a directory of the student's, whose work is never lost.

A list of what was written, with a hash of each file, stays in that directory. A notebook that is still as it was
written may be brought up to date; one that the student changed is left alone, or kept beside the new one as a backup.
"""

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from compare.records import document
from compare.tables import Shown, Table
from expression.errors import LessonError, MissingPackage
from expression.files import written_together
from lessons.course import Lesson, course
from lessons.exercises.catalogue import exercise
from lessons.translations import SOURCE, translated

RECORD = ".trigrad-lessons.json"
LINK_TO_LESSON = re.compile(r"(\]\(\d\d_[a-z0-9_]+)\.md(#[^)]*)?\)")
SECTION = re.compile(r"^(?=## )", re.MULTILINE)
EXERCISE = re.compile(r"^\*\*(\d\d\.\d+)\*\*.*?(?=^\*\*\d\d\.\d+\*\*|\Z)", re.MULTILINE | re.DOTALL)
HOW_TO_ANSWER = (
    "Write your answer in place of each `...` and run the cell. `check` says what is right and, where something is "
    'wrong, what may have led there. `hint("01.1")` gives the next hint for an exercise. '
    'To practise more, `task` asks some of them again with other numbers: variant 7 of 02.3 is `task("02.3/7")`.'
)
IMPORTS = "from lessons.exercises import check, hint, progress, task"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


class Outcome(StrEnum):
    """What became of one notebook."""

    WRITTEN = "written"  # it was not there
    CURRENT = "up to date"  # it is there, as it would be written now
    UPDATED = "updated"  # it was as an older version had written it
    KEPT = "kept"  # the student changed it: left alone
    REPLACED = "replaced"  # the student changed it: now a backup


@dataclass(frozen=True, slots=True)
class Written:
    """One notebook of the student's: where it is, what became of it, and where its backup is."""

    lesson: Lesson
    path: Path
    outcome: Outcome
    backup: Path | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Notebooks(Shown):
    """The student's notebooks in their directory."""

    directory: Path
    files: tuple[Written, ...]

    @property
    def first_time(self) -> bool:
        """Whether none of them was there before."""
        return all(item.outcome is Outcome.WRITTEN for item in self.files)

    def tables(self) -> tuple[Table, ...]:
        """A row for each lesson."""
        rows = [
            (item.path.name, item.lesson.title, f"{item.lesson.minutes} min", item.outcome.value) for item in self.files
        ]
        backups = [f"your {item.path.name} is now {item.backup.name}" for item in self.files if item.backup]
        kept = [item.path.name for item in self.files if item.outcome is Outcome.KEPT]
        if kept:
            backups.append(f"left alone, for you changed them: {', '.join(kept)}; --force replaces, and keeps yours")
        headers = ("notebook", "lesson", "time", "")
        return (Table(f"lessons in {self.directory}", headers, tuple(rows), notes=tuple(backups), left=(0, 1, 3)),)

    def __repr__(self) -> str:
        """How many there are, and where; print it for the table."""
        return f"<{len(self.files)} notebooks in {self.directory}>"

    def to_json(self) -> str:
        """Strict JSON."""
        content = {
            "directory": str(self.directory),
            "notebooks": [
                {
                    "file": item.path.name,
                    "lesson": item.lesson.number,
                    "title": item.lesson.title,
                    "outcome": item.outcome.value,
                    "backup": item.backup and item.backup.name,
                }
                for item in self.files
            ],
        }
        return json.dumps(document("lessons", content), allow_nan=False, indent=2)


def notebook(text: str, name: str) -> Any:
    """A Jupyter notebook from MyST Markdown: the same cells on each run, one a section or a piece of code.

    Raises MissingPackage without jupytext.
    """
    return assembled(sections(text), name)


def lesson_notebook(lesson: Lesson) -> Any:
    """A student's notebook of a lesson: its cells, and below each exercise a cell to answer it and have it checked.

    Raises MissingPackage without jupytext.
    """
    return assembled(with_answers(sections(lesson.text), lesson.language), lesson.name)


def sections(text: str) -> list[Any]:
    """The cells of MyST Markdown, one a section or a piece of code."""
    try:
        import jupytext
    except ImportError as error:
        raise MissingPackage(
            "notebooks are written by jupytext, which is not installed; run: pip install 'trigrad[course]'"
        ) from error
    from nbformat.v4 import new_markdown_cell

    cells: list[Any] = []
    for cell in jupytext.reads(text, fmt="md:myst").cells:
        if cell.cell_type == "markdown":
            linked = LINK_TO_LESSON.sub(r"\1.ipynb\2)", cell.source)
            cells += [new_markdown_cell(part.strip()) for part in SECTION.split(linked) if part.strip()]
        else:
            cells.append(cell)
    return cells


def with_answers(cells: Sequence[Any], language: str) -> list[Any]:
    """The cells, with each exercise as its record has it: the task, and the student's own cell.

    A record is written in the language of the source; in another the task is as the lesson words it.
    """
    from nbformat.v4 import new_code_cell, new_markdown_cell

    found: list[Any] = []
    for cell in cells:
        tasks = {task[1]: task[0].strip() for task in EXERCISE.finditer(cell.source)}
        if not tasks:
            found.append(cell)
            continue
        heading, how = cell.source.splitlines()[0], translated(HOW_TO_ANSWER, "pages", language)
        found += [new_markdown_cell(f"{heading}\n\n{how}"), new_code_cell(IMPORTS)]
        for id, task in tasks.items():
            item = exercise(id)
            text = item.markdown if language == SOURCE else task
            found += [new_markdown_cell(text), new_code_cell(item.cell)]
        found.append(new_code_cell("progress()"))
    return found


def assembled(cells: Sequence[Any], name: str) -> Any:
    """A notebook of cells, each with the id of its place."""
    from nbformat.v4 import new_notebook

    for place, cell in enumerate(cells):
        cell.id = f"{name}-{place:03}"[-64:]
    return new_notebook(cells=list(cells), metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})


def content(made: Any) -> bytes:
    """The bytes of a notebook's file."""
    import nbformat

    nbformat.validate(made)
    text: str = nbformat.writes(made)
    return (text.rstrip("\n") + "\n").encode()


def write_notebooks(
    directory: str | os.PathLike[str],
    *,
    force: bool = False,
    lessons: Sequence[Lesson] | None = None,
    language: str = SOURCE,
) -> Notebooks:
    """Write the notebooks of all lessons, or of those given, into a directory, all or none; what became of each.

    A notebook that the student changed is left alone; with `force` it is kept as a backup, and replaced.
    Raises LessonError where the directory cannot be written, MissingPackage without jupytext.
    """
    place = Path(directory)
    texts = {
        lesson: content(lesson_notebook(lesson))
        for lesson in (course(language=language) if lessons is None else lessons)
    }
    try:
        place.mkdir(parents=True, exist_ok=True)
        record = read_record(place)
        plan = tuple(planned(lesson, place, texts[lesson], record, force) for lesson in texts)
        carry_out(plan, {item.path: texts[item.lesson] for item in plan}, record)
    except OSError as error:
        where = error.filename or place
        raise LessonError(
            f"{where} cannot be written: {error.strerror}; name a directory that can, as: trigrad lessons my-lessons"
        ) from error
    return Notebooks(place, plan)


def planned(lesson: Lesson, place: Path, text: bytes, record: dict[str, str], force: bool) -> Written:
    """What is to become of one notebook."""
    path = place / f"{lesson.name}.ipynb"
    if not path.exists():
        return Written(lesson, path, Outcome.WRITTEN)
    there = path.read_bytes()
    if there == text:
        return Written(lesson, path, Outcome.CURRENT)
    if record.get(path.name) == digest(there):
        return Written(lesson, path, Outcome.UPDATED)
    if force:
        return Written(lesson, path, Outcome.REPLACED, unused(path))
    return Written(lesson, path, Outcome.KEPT)


def carry_out(plan: Sequence[Written], texts: dict[Path, bytes], record: dict[str, str]) -> None:
    """Write every file, backups too, all or none."""
    wanted = [item for item in plan if item.outcome not in (Outcome.CURRENT, Outcome.KEPT)]
    current = {item.path.name: digest(texts[item.path]) for item in plan if item.outcome is not Outcome.KEPT}
    if not plan or (not wanted and current.items() <= record.items()):
        return
    files = {item.path: texts[item.path] for item in wanted}
    files[plan[0].path.with_name(RECORD)] = (json.dumps(record | current, indent=1, sort_keys=True) + "\n").encode()
    with written_together() as part_of:
        for item in wanted:
            if item.backup is not None:
                shutil.copy2(item.path, part_of(item.backup))
        for path, text in files.items():
            part_of(path).write_bytes(text)


def read_record(place: Path) -> dict[str, str]:
    """The hash of each notebook as it was written; of none where the list is gone or unreadable."""
    try:
        found = json.loads((place / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def unused(path: Path) -> Path:
    """The first name for a backup that is free: 03_name.backup-1.ipynb."""
    number = 1
    while (backup := path.with_name(f"{path.stem}.backup-{number}{path.suffix}")).exists():
        number += 1
    return backup


def digest(content: bytes) -> str:
    """A hash that says whether a file is as it was."""
    return sha256(content).hexdigest()

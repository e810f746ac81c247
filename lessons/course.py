"""The lessons that there are: what each promises, read from the visible text at its top.

A lesson begins as a reader sees it, and nothing is said twice:

    # Lesson 3: Numerical differentiation and the V-curve

    **Time:** 60 minutes · **You need:** lesson 1, Taylor's theorem.

    **Goals.** After this lesson you can

    - say why ...
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from expression.errors import LessonError
from lessons.translations import FRONT_MATTER, SOURCE, translated

HERE = Path(__file__).resolve().parent
NAME = re.compile(r"\d\d_[a-z0-9_]+")
TITLE = re.compile(r"# (?:Lesson (?P<number>\d+):|第 (?P<zh>\d+) 课：) ?(?P<title>\S.*)")
TIME_AND_NEEDS = re.compile(
    r"\*\*(?:Time:|时间：)\*\* (?P<minutes>\d+) (?:minutes|分钟) · "
    r"\*\*(?:You need:|预备知识：)\*\* (?P<needs>\S.*?)[.。]?"
)
GOALS = re.compile(r"\*\*Goals\.\*\* After this lesson you can|\*\*目标。\*\* 学完本课，你能够：?")
GOAL = re.compile(r"[-*] (?P<goal>\S.*)")


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson: what it is about, how long it takes, what it builds on, and what it teaches."""

    number: int
    name: str  # of the file, without its suffix
    title: str
    minutes: int
    needs: str
    goals: tuple[str, ...]
    path: Path
    language: str = SOURCE

    @property
    def text(self) -> str:
        """The lesson in its language, as MyST Markdown."""
        return translated(self.path.read_text(encoding="utf-8"), self.name, self.language)


def course(
    directory: Path = HERE, numbers: Sequence[int] | None = None, *, language: str = SOURCE
) -> tuple[Lesson, ...]:
    """The lessons of a directory in their order, all or those with the numbers asked for, in a language.

    Raises LessonError for a malformed lesson, for two with one number, and for a number that no lesson has.
    """
    found: dict[int, Lesson] = {}
    for path in sorted(directory.glob("[0-9][0-9]_*.md")):
        lesson = read_lesson(path, language)
        if lesson.number in found:
            other = found[lesson.number].path.name
            raise LessonError(f"{path.name}: {other} is lesson {lesson.number} already; give it another number")
        found[lesson.number] = lesson
    for number in numbers or ():
        if number not in found:
            raise LessonError(f"there is no lesson {number}; there are {', '.join(map(str, found))}")
    return tuple(found[number] for number in sorted(found if numbers is None else set(numbers)))


def read_lesson(path: Path, language: str = SOURCE) -> Lesson:
    """What a lesson says about itself at its top.

    Raises LessonError, which names the file and the line that is missing or not as it should be.
    """
    if not NAME.fullmatch(path.stem):
        raise LessonError(f"{path.name}: a lesson's file is named as 03_numerical_differentiation.md")
    text = translated(path.read_text(encoding="utf-8"), path.stem, language)
    front = FRONT_MATTER.match(text)
    if front is None:
        raise LessonError(f"{path.name}: begins without the jupytext header between two lines of '---'")
    blocks = re.split(r"\n\s*\n", text[front.end() :].strip())
    title, about, promise, goals = [*blocks, "", "", "", ""][:4]
    head = required(TITLE, title, path, "'# Lesson 3: Title' as its first line")
    when = required(TIME_AND_NEEDS, about, path, "'**Time:** 60 minutes · **You need:** lesson 1.' below its title")
    required(GOALS, promise, path, "'**Goals.** After this lesson you can' below its time")
    number = int(head["number"] or head["zh"])
    if number != int(path.stem[:2]):
        raise LessonError(f"{path.name}: its title says lesson {number}, its file name {int(path.stem[:2])}")
    items = re.split(r"\n(?=[-*] )", goals)
    return Lesson(
        number=number,
        name=path.stem,
        title=head["title"],
        minutes=int(when["minutes"]),
        needs=when["needs"],
        goals=tuple(required(GOAL, item, path, "a list of goals, each '- say why ...'")["goal"] for item in items),
        path=path,
        language=language,
    )


def required(pattern: re.Pattern[str], text: str, path: Path, what: str) -> re.Match[str]:
    """A match of the whole text, or an error that says what the file lacks."""
    found = pattern.fullmatch(" ".join(text.split()))
    if found is None:
        seen = f"found {text[:40]!r}" if text else "the file ends before it"
        raise LessonError(f"{path.name}: a lesson has {what}; {seen}")
    return found

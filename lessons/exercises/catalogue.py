"""All exercises by their id: the modules lesson01 to lesson08, as far as they are there."""

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType

from expression.errors import LessonError
from lessons.exercises.exercise import ID, Exercise
from lessons.exercises.variants import variant

LESSONS = range(1, 9)


@cache
def lesson_exercises(lesson: int) -> tuple[Exercise, ...]:
    """The exercises of one lesson."""
    name = f"lessons.exercises.lesson{lesson:02}"
    return tuple(import_module(name).EXERCISES) if find_spec(name) else ()


@cache
def catalogue() -> MappingProxyType[str, Exercise]:
    """Every exercise by its id, in order.

    Raises LessonError where two have one id, or one stands in another lesson's module.
    """
    found: dict[str, Exercise] = {}
    for lesson in LESSONS:
        for item in lesson_exercises(lesson):
            if item.id in found or item.lesson != lesson:
                raise LessonError(f"exercise {item.id} of lesson{lesson:02} has an id that is not its own")
            found[item.id] = item
    return MappingProxyType(found)


def exercise(id: str) -> Exercise:
    """The exercise with an id, as "06.1"; "06.1/7" is variant 7 of it. Only its lesson's module is loaded.

    Raises LessonError, which names the nearest id.
    """
    text = id.strip() if isinstance(id, str) else repr(id)
    lesson = int(text[:2]) if text[:2].isdecimal() else 0
    base, _, number = text.partition("/")
    for item in lesson_exercises(lesson) if lesson in LESSONS else ():
        if item.id == text:
            return item
        if item.id == base and ID.fullmatch(text):
            return variant(item, int(number))
    there = list(catalogue())
    near = get_close_matches(base, there, 1) or there[:1]
    raise LessonError(f"there is no exercise {text}; did you mean {near[0]}? All of them: trigrad exercises list")

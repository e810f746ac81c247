"""Variants of an exercise whose answer is no function: the same task with other numbers, made from a seed.

An answer that is a function meets other arguments in its hidden cases; numbers, formulas and choices are asked anew.
"""

from dataclasses import replace
from itertools import combinations

import numpy as np

from expression.errors import LessonError
from lessons.exercises.exercise import ONE, RIGHT, Exercise
from lessons.exercises.solutions import Solutions
from lessons.exercises.values import Unreadable

TRIES = 1000


def variant(item: Exercise, number: int) -> Exercise:
    """The variant of an exercise with a number, from 1 on: the same one each time.

    It is drawn until the original's answer is wrong, and the answers of any two faults differ, so that each mistake
    keeps its name.
    Raises LessonError where the exercise has no variants.
    """
    id = f"{item.id}/{number}"
    if item.another is None:
        raise LessonError(f"there is no exercise {id}: {item.id} has no variants, its hidden cases are drawn instead")
    generator = np.random.default_rng([*map(int, item.id.split(".")), number])
    for _ in range(TRIES):
        found = item.another(generator)
        if found.prompt != item.prompt and is_another(found, item) and tells_apart(found):
            return replace(found, id=id)
    raise LessonError(f"exercise {id}: none of {TRIES} draws was another one whose mistakes all differ")


def is_another(item: Exercise, original: Exercise) -> bool:
    """Whether the right answer to the original is wrong here."""
    solutions = Solutions(item)
    try:
        copied = solutions.ours(item.kind.read(original.reference), ONE[0])
    except Unreadable:
        return True
    return not solutions.agree(copied, solutions.call(RIGHT, ONE[0]))


def tells_apart(item: Exercise) -> bool:
    """Whether the right answer and the mutants all differ; a fault that is recognised otherwise does not count."""
    solutions = Solutions(item)
    answers = [RIGHT, *(frozenset({fault.name}) for fault in item.faults if fault.recognise is None)]
    return all(solutions.differ(a, b, ONE[0]) for a, b in combinations(answers, 2))

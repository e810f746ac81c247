"""Exercises of lesson 5: dual numbers to the end, one column by one sweep, a derivative inside a derivative."""

from lessons.exercises.exercise import Exercise
from lessons.exercises.lesson05.column import COLUMN
from lessons.exercises.lesson05.nesting import NESTING
from lessons.exercises.lesson05.pairs import PAIRS

EXERCISES: tuple[Exercise, ...] = (PAIRS, COLUMN, NESTING)

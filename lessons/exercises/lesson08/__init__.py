"""Exercises of lesson 8: three counts, a mode for each Jacobian, where differences lose, a benchmark that lies."""

from lessons.exercises.exercise import Exercise
from lessons.exercises.lesson08.benchmark import LIES
from lessons.exercises.lesson08.leave import LEAVE
from lessons.exercises.lesson08.modes import MODES
from lessons.exercises.lesson08.predict import COUNTS

EXERCISES: tuple[Exercise, ...] = (COUNTS, MODES, LEAVE, LIES)

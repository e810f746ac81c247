"""Exercises of lesson 6: an adjoint table, a reverse sweep with six rules, tied weights, four engines with a bug."""

from lessons.exercises.exercise import Exercise
from lessons.exercises.lesson06.backward import BACKWARD
from lessons.exercises.lesson06.patients import PATIENTS_EXERCISE
from lessons.exercises.lesson06.table import TABLE
from lessons.exercises.lesson06.tied import TIED

EXERCISES: tuple[Exercise, ...] = (TABLE, BACKWARD, TIED, PATIENTS_EXERCISE)

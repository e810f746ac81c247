"""Exercises of lesson 3: the weights of a stencil, the best step, an error curve, a broken complex step."""

from lessons.exercises.exercise import Exercise
from lessons.exercises.lesson03.complex_step import BROKEN
from lessons.exercises.lesson03.curve import CURVE
from lessons.exercises.lesson03.stencil import STENCIL
from lessons.exercises.lesson03.step import STEP

EXERCISES: tuple[Exercise, ...] = (STENCIL, STEP, CURVE, BROKEN)

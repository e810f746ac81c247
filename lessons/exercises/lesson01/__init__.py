"""Exercises of lesson 1: a slope as a formula, a slope by a step, the slopes beside the lines of a trace."""

from lessons.exercises.exercise import Exercise
from lessons.exercises.lesson01.formula import FORMULA
from lessons.exercises.lesson01.listing import LISTING
from lessons.exercises.lesson01.step import SLOPE

EXERCISES: tuple[Exercise, ...] = (FORMULA, SLOPE, LISTING)

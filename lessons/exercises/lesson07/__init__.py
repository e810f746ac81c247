"""Exercises of lesson 7: the sweep of the tape, what .grad adds up, one recording for three answers, an operation."""

from lessons.exercises.exercise import Exercise
from lessons.exercises.lesson07.ask_twice import ASK_TWICE
from lessons.exercises.lesson07.swish import SWISH
from lessons.exercises.lesson07.tape import TAPE
from lessons.exercises.lesson07.zero_it import ZERO_IT

EXERCISES: tuple[Exercise, ...] = (TAPE, ZERO_IT, ASK_TWICE, SWISH)

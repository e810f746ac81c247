"""Exercises of lesson 2: a graph by hand, lines in order, two counts, the roles of the leaves."""

from lessons.exercises.exercise import Exercise
from lessons.exercises.lesson02.count import COUNT
from lessons.exercises.lesson02.graph import GRAPH
from lessons.exercises.lesson02.leaves import MARKS
from lessons.exercises.lesson02.order import ORDER

EXERCISES: tuple[Exercise, ...] = (GRAPH, ORDER, COUNT, MARKS)

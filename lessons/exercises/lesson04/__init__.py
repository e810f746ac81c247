"""Exercises of lesson 4: the product rule by hand, the size of a tree, a shared program, the best version."""

from lessons.exercises.exercise import Exercise
from lessons.exercises.lesson04.product_rule import PRODUCT_RULE
from lessons.exercises.lesson04.sharing import SHARING
from lessons.exercises.lesson04.tree_size import SIZES
from lessons.exercises.lesson04.versions import VERSION

EXERCISES: tuple[Exercise, ...] = (PRODUCT_RULE, SIZES, SHARING, VERSION)

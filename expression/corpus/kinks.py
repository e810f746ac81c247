"""Kinks and traps: points without a derivative, and branches that are not taken."""

import numpy as np

from expression import functions
from expression.case import Case
from expression.operations.operation import POSITIVE, REAL, Array

KAKADE = "Kakade and Lee, Provably correct automatic subdifferentiation for qualified programs, NeurIPS (2018)"


def absolute(x: Array) -> Array:
    """|x|."""
    return np.abs(x)


def maximum(x: Array, y: Array) -> Array:
    """The larger of two numbers."""
    return np.maximum(x, y)


def largest(x: Array) -> Array:
    """The largest entry."""
    return np.max(x)


def sqrt_square(x: Array) -> Array:
    """The square root of x^2, which is |x|."""
    return np.sqrt(x**2)


def where_trap(x: Array) -> Array:
    """The number x where x > 0, else sqrt(-x): the branch not taken is nan."""
    return np.where(x > 0.0, x, np.sqrt(-x))


# fmt: off
CASES = (
    Case("relu", "The positive part at its kink", functions.relu, (0.0,), (REAL,),
         KAKADE, kink="relu at 0: any slope from 0 to 1 is a subgradient"),
    Case("absolute", "The absolute value at its kink", absolute, (0.0,), (REAL,),
         KAKADE, kink="|x| at 0: any slope from -1 to 1 is a subgradient"),
    Case("maximum", "The larger of two equal numbers", maximum, (1.0, 1.0), (REAL, REAL),
         KAKADE, kink="max(x, y) at x = y: the subgradients are (t, 1 - t) for t from 0 to 1"),
    Case("largest", "The largest entry, twice there", largest, (np.array([1.0, 1.0, 0.0, -1.0, 0.5, -2.0]),), (REAL,),
         KAKADE, kink="two entries tie: the subgradients are (t, 1 - t, 0) for t from 0 to 1"),
    Case("sqrt_square", "|x|, written as the root of a square", sqrt_square, (0.0,), (POSITIVE,),
         KAKADE, kink="sqrt(x^2) at 0: the chain rule says inf times 0"),
    Case("where_trap", "The branch not taken is nan", where_trap, (1.0,), (POSITIVE,),
         "JAX documentation, frequently asked questions: gradients contain NaN where using where"),
)
# fmt: on

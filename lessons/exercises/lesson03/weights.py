"""Weights of a stencil as an answer, and as fractions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import factorial
from typing import Any

import numpy as np

from lessons.exercises.kinds import Value
from lessons.exercises.values import RTOL, show


@dataclass(frozen=True, slots=True)
class Weights(Value):
    """Weights in the order of the offsets: a sequence, an array, a column, or a dictionary with the offsets as keys."""

    offsets: tuple[int, ...] = ()

    def read(self, answer: Any) -> Any:
        """The weights as a tuple."""
        if isinstance(answer, Mapping) and {str(key) for key in answer} == {str(o) for o in self.offsets}:
            by_offset = {str(key): weight for key, weight in answer.items()}
            answer = [by_offset[str(o)] for o in self.offsets]
        elif hasattr(answer, "tolist"):
            answer = np.array(answer.tolist(), dtype=object).ravel().tolist()
        return Value.read(self, answer)

    def explain(self, found: Any, expected: Any) -> str:
        """The first moment that is not what it has to be."""
        for m in range(len(self.offsets)):
            moment = sum(w * Fraction(o**m, factorial(m)) for w, o in zip(found, self.offsets, strict=True))
            if abs(moment - (m == 1)) > RTOL:
                places = ", ".join(map(str, self.offsets))
                return f"Moment {m} of the weights at {places} is {show(moment)}, not {m == 1:d}."
        return ""


@lru_cache(maxsize=256)  # the mutants of an exercise are asked for again and again
def solved(offsets: tuple[int, ...], wanted: int) -> tuple[Fraction, ...]:
    """The weights whose moments are all 0, but for the wanted one, which is 1.

    >>> [str(w) for w in solved((-1, 0, 1), 1)]
    ['-1/2', '0', '1/2']
    """
    size = len(offsets)
    rows = [[*(Fraction(o**m, factorial(m)) for o in offsets), Fraction(m == wanted)] for m in range(size)]
    for k in range(size):
        pivot = next(i for i in range(k, size) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [entry / rows[k][k] for entry in rows[k]]
        for i in range(size):
            if i != k:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
    return tuple(row[-1] for row in rows)


def moment(weights: Sequence[Any], offsets: Sequence[int], m: int) -> Any:
    """The sum of w * o**m: what the weights make of x**m at 0, with h = 1."""
    return sum(w * o**m for w, o in zip(weights, offsets, strict=True))

"""Two stencils, their weights with the slips that people make, and the reasons that are offered for a zero."""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

from lessons.exercises.exercise import RIGHT, Faults
from lessons.exercises.lesson03.reasons import Reason
from lessons.exercises.lesson03.weights import solved
from lessons.exercises.values import RTOL

NEARLY = 5e-3  # what two decimals leave off a weight


@dataclass(frozen=True, slots=True)
class Stencils:
    """The offsets -q, -p, 0, p, q and 0, a, b, and what may be the reason for the zero in the middle."""

    p: int
    q: int
    a: int
    b: int
    reasons: tuple[Reason, ...]  # of which one is right

    @property
    def five(self) -> tuple[int, ...]:
        """The offsets on both sides."""
        return (-self.q, -self.p, 0, self.p, self.q)

    @property
    def one_sided(self) -> tuple[int, ...]:
        """The offsets on one side."""
        return (0, self.a, self.b)

    @property
    def moved(self) -> tuple[Fraction, ...]:
        """The weights of the same three points with the step one place too far to the left."""
        return solved(tuple(o - self.a for o in self.one_sided), 1)

    @property
    def why(self) -> dict[str, str]:
        """The reasons by their key."""
        return dict(zip("abcd", (reason.text for reason in self.reasons), strict=True))

    @property
    def right_reason(self) -> str:
        """The key of the right one."""
        return next(key for key, reason in zip("abcd", self.reasons, strict=True) if not reason.name)

    def solve(self, faults: Faults) -> dict[str, Any]:
        """All four parts."""
        wanted = 0 if "counts moments from 1" in faults else 2 if "second derivative" in faults else 1
        five, one = solved(self.five, wanted), solved(self.one_sided, wanted)
        order, why = 2, self.right_reason
        if "central difference" in faults:
            five = (Fraction(0), *solved((-self.p, 0, self.p), wanted), Fraction(0))
        if "forward difference" in faults:
            one = (*solved((0, self.a), wanted), Fraction(0))
        if "five points turned round" in faults:
            five = five[::-1]
        if "outer weights alike" in faults:
            five = (*five[:-1], -five[-1])
        if "one place to the left" in faults:
            one = solved(tuple(o - self.a for o in self.one_sided), wanted)
        if "three points turned round" in faults:
            one = one[::-1]
        if "offsets to the left" in faults:
            one = tuple(-w for w in one)
        if f"without the 1/{over(self.five)}" in faults:
            five = tuple(over(self.five) * w for w in five)
        if f"without the 1/{over(self.one_sided)}" in faults:
            one = tuple(over(self.one_sided) * w for w in one)
        if "rounded" in faults:
            five, one = (tuple(round(w, 3) for w in weights) for weights in (five, one))
        if "order is the number of points" in faults:
            order = 3
        if "one side, order 1" in faults:
            order = 1
        for key, reason in zip("abcd", self.reasons, strict=True):
            if reason.name in faults:
                why = key
        return {"five_point": five, "why": why, "one_sided": one, "order": order}

    def is_rounded(self, answer: Any) -> bool:
        """Whether the weights are right, but for the digits that were left off."""
        right = self.solve(RIGHT)
        if answer["why"] != right["why"] or answer["order"] != right["order"]:
            return False
        try:
            given = np.array([*answer["five_point"], *answer["one_sided"]], dtype=float)
            off = np.abs(given - np.array([*right["five_point"], *right["one_sided"]], dtype=float))
        except (TypeError, ValueError):
            return False
        return bool(RTOL < off.max() <= NEARLY)


def over(offsets: tuple[int, ...]) -> int:
    """The common denominator of the weights."""
    return lcm(*(w.denominator for w in solved(offsets, 1)))

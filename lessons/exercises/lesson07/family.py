"""The functions of 07.4, swish(x) = c x / (1 + exp(-b x)): values, slopes, and the right and the wrong rules."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons.exercises.exercise import RIGHT, Faults

Rule = Callable[[Any, Any], Any]
SMALLEST = -700.0  # exponent; below it exp underflows


def times(factor: float, text: str) -> str:
    """A product as code; a factor 1 is left out.

    >>> times(1, "x"), times(2, "x"), times(0.5, "x")
    ('x', '2 * x', '0.5 * x')
    """
    return text if factor == 1 else f"{factor:g} * {text}"


@dataclass(frozen=True, slots=True)
class Swish:
    """One of them."""

    c: int = 1
    b: float = 1

    @property
    def front(self) -> str:
        """What stands before the sigmoid."""
        return times(self.c, "x")

    def text(self, exp: str = "exp") -> str:
        """The function as code."""
        return f"{self.front} / (1 + {exp}(-{times(self.b, 'x')}))"

    def sigmoid(self, x: float) -> float:
        """1 / (1 + exp(-b x))."""
        return 1 / (1 + math.exp(-self.b * x)) if self.b * x > SMALLEST else 0.0

    def value(self, x: float) -> float:
        """The function."""
        return self.c * x * self.sigmoid(x)

    def slope(self, x: float) -> float:
        """Its derivative."""
        s = self.sigmoid(x)
        return self.c * (s + self.b * x * s * (1 - s))

    def body(self, faults: Faults = RIGHT) -> Callable[[Any], Any]:
        """The function as a student writes it."""
        b = self.b if "plus in the exponent" in faults else -self.b
        return lambda x: self.c * x / (1 + np.exp(b * x))

    def rule(self, faults: Faults = RIGHT) -> Rule:
        """The rule from the result, with these faults."""
        b, c = self.b, self.c
        k = 1.0 if "inner factor lost" in faults else b

        def rule(y: Any, x: Any) -> Any:
            s = 1 / (1 + np.exp(-b * x))
            if "sigmoid's rule" in faults:
                return k * y * (1 - y)
            if "product of slopes" in faults:
                return c * k * s * (1 - s)
            if "only the first factor" in faults:
                return c * s
            if "only the sigmoid moves" in faults:
                return k * y * (1 - s)
            if "sign of the exponent lost" in faults:
                return c * s - k * y * (1 - s)
            if "minus of the exponent lost" in faults:
                return c * s + c * k * x * s * s * np.exp(b * x)
            if "square of the divisor inside" in faults:
                return c * s + k * y / (np.exp(b * x) + np.exp(-b * x)) / s
            if "bare 1 - s" in faults:
                return k * y + c * (1 - s)
            if "arguments exchanged" in faults:
                return k * x + (c - k * x) / (1 + np.exp(-b * y))
            if "input for result" in faults:
                return k * x + s * (c - k * x)
            if "without the result" in faults:
                return c * s + c * k * x * s * (1 - s)
            return k * y + s * (c - k * y)

        return rule

    def example(self, fault: str, x: float = 2.0) -> str:
        """The right slope at a point, and what a fault gives there."""
        wrong = float(self.rule(frozenset({fault}))(self.value(x), x))
        return f"at x = {x:g} the slope of swish is {digits(self.slope(x))}, this gives {digits(wrong)}"


def digits(number: float) -> str:
    """A number with four digits behind the point, if it is not too large for that."""
    return f"{number:.4f}" if abs(number) < 100 else f"{number:.6g}"

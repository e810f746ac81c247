"""Right answers to 07.4, written differently."""

from types import MappingProxyType
from typing import Any

import numpy as np

from expression import operation
from lessons.exercises.lesson07.family import Swish

WHY = MappingProxyType(
    {
        "same value": "at this point the wrong partial has the value of the right one, and compare looks at one point",
        "tolerance": "compare lets small mistakes pass, and at this point the mistake is small",
        "same rule": "at this point the other two rooms use the wrong rule as well",
        "not called": "at this point the rule is not called at all",
    }
)


def by_the_lesson(c: float, b: float) -> tuple[Any, ...]:
    """Decorated, a wrong rule that meets the right one at a point found by calculation."""

    @operation(partials=(lambda y, x: b * y + (c - b * y) / (1 + np.exp(-b * x)),))
    def swish(x: Any) -> Any:
        return c * x / (1 + np.exp(-b * x))

    return swish, lambda y, x: c / 2, 0, "same value"


def by_quotient(c: float, b: float) -> dict[str, Any]:
    """The sigmoid as y / x, a wrong operation in place of a wrong rule."""

    @operation(partials=(lambda y, x: y / x * (1 + b * (x - y / c)),), name="my_swish")
    def swish(x: Any) -> Any:
        return c * x * (np.tanh(b * x / 2) + 1) / 2

    @operation(partials=(lambda y, x: y / x,))
    def hasty(x: Any) -> Any:
        return c * x / (1 + np.exp(-b * x))

    return {"swish": swish, "wrong": hasty, "at": 60, "why": WHY["same value"]}


def by_vjp(c: float, b: float) -> list[Any]:
    """A reverse and a forward rule."""

    def partial(y: Any, x: Any) -> Any:
        s = 1 / (1 + np.exp(-b * x))
        return b * y * (1 - s) + c * s

    @operation(vjps=(lambda y_bar, y, x: y_bar * partial(y, x),), jvps=(lambda x_dot, y, x: x_dot * partial(y, x),))
    def swish(x: Any) -> Any:
        return c * x / (1 + np.exp(-b * x))

    return [swish, lambda y, x: partial(y, x) + x, np.array(0.0), "Same value"]


def by_pullback(c: float, b: float) -> tuple[Any, ...]:
    """One joint rule, and a factor that happens to be 1 at the point."""

    def partial(y: Any, x: Any) -> Any:
        return b * y + (c - b * y) / (1 + np.exp(-b * x))

    @operation(pullback=lambda y_bar, y, x: (y_bar * partial(y, x),), jvps=(lambda x_dot, y, x: x_dot * partial(y, x),))
    def swish(x: Any) -> Any:
        return c * x / (1 + np.exp(-b * x))

    return swish, lambda y, x: x * partial(y, x), 1, "same value"


def by_exponential(c: float, b: float) -> tuple[Any, ...]:
    """The rule over exp(b x), a sign slip for the wrong one, the point as text."""

    @operation(partials=(lambda y, x: (c * np.exp(b * x) + b * y) / (1 + np.exp(b * x)),))
    def silu(x: Any) -> Any:
        return c * (x - x / (1 + np.exp(b * x)))

    return silu, lambda y, x: (c * np.exp(b * x) - b * y) / (1 + np.exp(b * x)), "0", "same value"


def also_right(f: Swish) -> tuple[Any, ...]:
    """All of them, for one of the functions."""
    ways = (by_the_lesson, by_quotient, by_vjp, by_pullback, by_exponential)
    return tuple(way(f.c, f.b) for way in ways)

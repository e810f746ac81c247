"""Right answers to 07.4, written differently."""

from typing import Any

import numpy as np

from expression import operation

WHY = {
    "same value": "at this point the wrong partial has the value of the right one, and compare looks at one point",
    "tolerance": "compare lets small mistakes pass, and at this point the mistake is small",
    "same rule": "at this point the other two rooms use the wrong rule as well",
    "not called": "at this point the rule is not called at all",
}


def by_the_lesson() -> tuple[Any, ...]:
    """Decorated, a wrong rule that meets the right one at a point found by calculation."""

    @operation(partials=(lambda y, x: y + (1 - y) / (1 + np.exp(-x)),))
    def swish(x: Any) -> Any:
        return x / (1 + np.exp(-x))

    return swish, lambda y, x: 0.5, 0, "same value"


def by_quotient() -> dict[str, Any]:
    """The sigmoid as y / x, a wrong operation in place of a wrong rule."""

    @operation(partials=(lambda y, x: y / x * (1 + x - y),), name="my_swish")
    def swish(x: Any) -> Any:
        return x * (np.tanh(x / 2) + 1) / 2

    @operation(partials=(lambda y, x: y / x,))
    def hasty(x: Any) -> Any:
        return x / (1 + np.exp(-x))

    return {"swish": swish, "wrong": hasty, "at": 60, "why": WHY["same value"]}


def by_vjp() -> list[Any]:
    """A reverse and a forward rule."""

    def partial(y: Any, x: Any) -> Any:
        s = 1 / (1 + np.exp(-x))
        return y * (1 - s) + s

    @operation(vjps=(lambda y_bar, y, x: y_bar * partial(y, x),), jvps=(lambda x_dot, y, x: x_dot * partial(y, x),))
    def swish(x: Any) -> Any:
        return x / (1 + np.exp(-x))

    return [swish, lambda y, x: partial(y, x) + x, np.array(0.0), "Same value"]


def by_pullback() -> tuple[Any, ...]:
    """One joint rule, and a factor that happens to be 1 at the point."""

    def partial(y: Any, x: Any) -> Any:
        return y + (1 - y) / (1 + np.exp(-x))

    @operation(pullback=lambda y_bar, y, x: (y_bar * partial(y, x),), jvps=(lambda x_dot, y, x: x_dot * partial(y, x),))
    def swish(x: Any) -> Any:
        return x / (1 + np.exp(-x))

    return swish, lambda y, x: x * partial(y, x), 1, "same value"


def by_exponential() -> tuple[Any, ...]:
    """The rule over exp(x), a sign slip for the wrong one, the point as text."""

    @operation(partials=(lambda y, x: (np.exp(x) + y) / (1 + np.exp(x)),))
    def silu(x: Any) -> Any:
        return x - x / (1 + np.exp(x))

    return silu, lambda y, x: (np.exp(x) - y) / (1 + np.exp(x)), "0", "same value"


ALSO_RIGHT = (by_the_lesson(), by_quotient(), by_vjp(), by_pullback(), by_exponential())

"""Learning rates that change with the step: functions of the number of updates made so far. Names are optax's."""

import math
from typing import Any

from autodiff.optimizers.optimizer import Schedule, number
from expression.errors import ArgumentError


def exponential_decay(init_value: float, transition_steps: float, decay_rate: float) -> Schedule:
    """A learning rate that is multiplied by decay_rate over every transition_steps updates, smoothly.

        learning_rate(step) = init_value decay_rate^(step / transition_steps)

    Raises ArgumentError for an option out of its range.

    >>> rate = exponential_decay(0.1, transition_steps=10, decay_rate=0.5)
    >>> rate(0), rate(10), rate(20)
    (0.1, 0.05, 0.025)
    """
    first: float = number("init_value", init_value)
    factor: float = number("decay_rate", decay_rate)
    if factor > 1:
        raise ArgumentError(f"decay_rate={decay_rate!r}: the learning rate would grow; expected a number in [0, 1]")
    length = positive("transition_steps", transition_steps)

    def learning_rate(step: int) -> float:
        rate: float = first * factor ** (step / length)
        return rate

    return learning_rate


def cosine_decay(init_value: float, decay_steps: float, alpha: float = 0.0) -> Schedule:
    """A learning rate that falls along half a period of the cosine to alpha init_value, and stays there.

        learning_rate(step) = init_value (alpha + (1 - alpha) (1 + cos(pi step / decay_steps)) / 2)

    Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, equation 5.

    Raises ArgumentError for an option out of its range.

    >>> rate = cosine_decay(0.1, decay_steps=100)
    >>> rate(0), rate(50), rate(100), rate(200)
    (0.1, 0.05, 0.0, 0.0)
    """
    first: float = number("init_value", init_value)
    rest: float = number("alpha", alpha)
    length = positive("decay_steps", decay_steps)

    def learning_rate(step: int) -> float:
        share = (1 + math.cos(math.pi * min(step / length, 1.0))) / 2
        return first * (rest + (1 - rest) * share)

    return learning_rate


def positive(name: str, value: Any) -> float:
    """A number of steps above 0."""
    found: float = number(name, value)
    if not found:
        raise ArgumentError(f"{name}={value!r}: expected a number above 0")
    return found

"""The user's step h: checked, and used as it is."""

from typing import Any, NoReturn

import numpy as np

from expression.errors import ArgumentError
from expression.operations.operation import Array
from numeric.differences import Found, Quotients, halves, neville
from numeric.lines import Axes, Ray
from numeric.sampling import Sampler
from numeric.schemes import Scheme

DOUBLE = np.array([[1.0], [2.0]])
LAST_DIGITS = 4.0  # the arithmetic around the quotient costs some units in the last place


def is_positive(step: Any) -> bool:
    """Whether something is a positive, finite number."""
    return not isinstance(step, bool) and isinstance(step, int | float | np.number) and bool(0 < step < np.inf)


def positive(step: Any) -> float:
    """One step as a float.

    Raises ArgumentError for anything that is not a positive, finite number.
    """
    if not is_positive(step):
        raise ArgumentError(f"step={step!r}: a step is a positive number; leave it out to have it chosen")
    return float(step)


def steps_of_axes(step: Any, sampler: Sampler, axes: Axes, imaginary: bool = False) -> Array:
    """The user's step for each entry: one number, or a tuple with one for each differentiated argument.

    Raises ArgumentError for a step that is not positive, and for one that x swallows.
    """
    if isinstance(step, tuple | list):
        wanted, sizes = list(step), sampler.entries
    else:
        wanted, sizes = [step], [len(sampler.x)]
    if len(wanted) != len(sizes):
        raise ArgumentError(f"step={step!r}: expected one number, or one for each of {len(sizes)} arguments")
    lengths = [positive(h) for h in wanted]
    steps = np.full(len(axes), lengths[0]) if len(lengths) == 1 else np.repeat(lengths, sizes)[: len(axes)]
    if not imaginary:
        moves = axes.representable(np.arange(len(axes)), steps)
        if np.count_nonzero(moves) < len(axes):
            swallowed(step, sampler, int(np.argmin(moves != 0)))
    return steps


def step_of_ray(step: Any, sampler: Sampler, ray: Ray, imaginary: bool = False) -> Array:
    """The user's step along a direction, in multiples of the tangent.

    Raises ArgumentError for a step that is not positive, and for one that does not move x.
    """
    h = positive(step)
    direction = ray.direction
    if not imaginary and direction.any() and not np.any(sampler.x + h * direction != sampler.x):
        swallowed(step, sampler, int(np.flatnonzero(direction)[0]))
    return np.array([h])


def swallowed(step: Any, sampler: Sampler, entry: int) -> NoReturn:
    """Refuse a step that rounding takes away."""
    leaf = int(np.searchsorted(sampler.bounds, entry, side="right")) - 1
    raise ArgumentError(
        f"step={step!r} is too small: x + h == x at {sampler.at.names[leaf]} = {float(sampler.x[entry])!r}; "
        "leave it out to have it chosen"
    )


def given(quotients: Quotients, scheme: Scheme, steps: Array, with_error: bool = False) -> Found:
    """Derivatives with the user's step; their error takes the noise of f and the stencil with the double step."""
    index = np.arange(len(steps))
    sure = np.full(len(steps), True)
    if with_error:
        quotients.sampler.measure_noise()
    if scheme.halvings > 1:
        levels = halves(scheme.halvings) * steps
        quotient, size, _ = quotients.at(index, levels)
        best, error = neville(quotient, quotients.noise(size, levels))
        return Found(best, error, steps, sure, sure)
    if not with_error:
        unknown = np.full((len(steps), 1), np.nan)
        return Found(quotients.alone(index, steps[None])[0], unknown, steps, sure, sure)
    quotient, size, _ = quotients.at(index, DOUBLE * steps)
    with np.errstate(all="ignore"):
        error = np.abs(quotient[-1] - quotient[0]) + LAST_DIGITS * quotients.eps * np.abs(quotient[0])
        if not quotients.stencil.imaginary:
            error += quotients.noise(size, DOUBLE * steps)[0]
    return Found(quotient[0], error, steps, sure, sure)

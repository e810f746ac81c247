"""Difference quotients along lines, and their extrapolation to h = 0."""

from dataclasses import dataclass
from functools import cached_property
from math import factorial

import numpy as np

from expression.operations.operation import Array
from numeric.lines import Axes, Lines, Move
from numeric.sampling import Sampler
from numeric.schemes import Precision, Stencil

AGREES = 30.0  # two quotients agree within so many rounding errors: f itself may round a few times


@dataclass
class Quotients:
    """Derivatives along lines of one kind through x, by one stencil.

    With `aside` the function is not f but its derivative along the same line, by an imaginary step of that length.
    """

    sampler: Sampler
    lines: Lines
    stencil: Stencil
    aside: float = 0.0

    @property
    def precision(self) -> Precision:
        """Of the arithmetic of f."""
        return self.sampler.precision

    @cached_property
    def eps(self) -> float:
        """The relative rounding of one value of f."""
        return float(self.precision.eps)

    def at(self, index: Array, steps: Array, here: bool = False) -> tuple[Array, Array, Array]:
        """The derivative on line index[i] with step steps[l, i], and the largest |f| and the mean f that entered.

        Shapes: steps (levels, lines); results (levels, lines, m). `index` increases: all lines, or some of them.
        `here` says that f(x) will be asked for as well: it is evaluated in the same batch.
        """
        shifts, values = self.evaluated(index, steps, here)
        with np.errstate(all="ignore"):
            size, mean = np.maximum.reduce(np.abs(values)), np.add.reduce(values) / len(values)
            return self.divided(index, steps, shifts, values), size, mean

    def alone(self, index: Array, steps: Array) -> Array:
        """The derivative alone, as in `at`."""
        with np.errstate(all="ignore"):
            return self.divided(index, steps, *self.evaluated(index, steps))

    def evaluated(self, index: Array, steps: Array, here: bool = False) -> tuple[Array, Array]:
        """The moves that are really made, and the function there: (offsets, levels, lines), and (..., m)."""
        stencil = self.stencil
        offsets = stencil.columns
        shifts = offsets * (steps * 1j if stencil.imaginary else steps)
        shifts = self.lines.representable(index, shifts)
        if stencil.evaluations == len(offsets):
            return shifts, self.values(index, shifts, here)
        away = stencil.floats[0] != 0
        moved = self.values(index, shifts[away], True)
        values = np.empty((len(offsets), *moved.shape[1:]), dtype=moved.dtype)
        values[away], values[~away] = moved, self.sampler.value()
        return shifts, values

    def divided(self, index: Array, steps: Array, shifts: Array, values: Array) -> Array:
        """The weighted sum of the values, over h^d for the moves that were really made."""
        stencil = self.stencil
        if stencil.imaginary:
            return imaginary_part(values[0], steps[..., None], self.lines.nearness[index, None], self.eps)
        weights = stencil.floats[1]
        powers = shifts if stencil.derivative == 1 else shifts**stencil.derivative / factorial(stencil.derivative)
        quotient: Array = combined(weights, values) / combined(weights, powers)[..., None]
        return quotient

    def values(self, index: Array, shifts: Array, here: bool) -> Array:
        """The function on line index[i] at shifts[..., i]: an array of (*shifts.shape, m)."""
        here = here and self.sampler.known is None and len(index) > 0
        if isinstance(self.lines, Axes) and not self.aside and 0 < len(index) == len(self.sampler.x):
            found = self.sampler.sample_axes(self.lines, shifts.reshape(-1, len(index)), here)
        else:
            amount = shifts.reshape(-1) + 1j * self.aside if self.aside else shifts.reshape(-1)
            which = np.concatenate([index] * (shifts.size // max(len(index), 1))) if len(index) else index
            if here:
                which, amount = np.append(which, 0), np.append(amount, 0.0)
            found = self.sampler.sample([Move(self.lines, which, amount)])
            if self.aside:
                found = imaginary_part(found, np.asarray(self.aside), self.lines.nearness[which, None], self.eps)
        if here:  # f(x) itself, in the same batch
            self.sampler.known, found = found[-1], found[:-1]
        return found.reshape((*shifts.shape, found.shape[-1]))

    def missed(self, mean: Array) -> Array:
        """How far the mean of the values around x is from f(x), which a symmetric stencil never looks at."""
        if self.aside or self.stencil.imaginary or self.stencil.evaluations < len(self.stencil.offsets):
            return np.zeros_like(mean)
        return np.abs(mean - self.sampler.value())

    def rounding(self, size: Array) -> Array:
        """The rounding error of values of that size; as it was measured, where it was."""
        noise = self.sampler.noise
        if noise is None or self.aside:
            return self.eps * size
        return np.maximum(np.maximum(self.eps, noise.relative) * size, noise.level)

    @property
    def is_noisy(self) -> bool:
        """Whether f was found to jump by far more than the rounding of its values."""
        noise = self.sampler.noise
        return noise is not None and bool(np.any(noise.level > AGREES * self.eps * np.abs(self.sampler.value())))

    def noise(self, size: Array, steps: Array) -> Array:
        """The rounding error of a quotient whose values are of that size."""
        return self.stencil.rounding * self.rounding(size) / steps[..., None] ** self.stencil.derivative


def combined(weights: Array, values: Array) -> Array:
    """The sum of w_k values[k]."""
    return weights.dot(values.reshape(len(weights), -1)).reshape(values.shape[1:])


def worst(x: Array) -> Array:
    """The largest |x| over the outputs, the last axis; nan wins."""
    size = np.abs(x)
    largest: Array = size[..., 0] if x.shape[-1] == 1 else np.maximum.reduce(size, axis=-1, initial=0.0)
    return largest


def imaginary_part(values: Array, h: Array, length: Array, eps: float) -> Array:
    """Im f(x + ih) / h; nan where f left the reals, as log(-1 + ih) = i pi + ... does where log(-1) is nan.

    There the imaginary part does not vanish with h. Only a step so small that (h / length)^2 is nothing tells the two
    apart.
    """
    part, small = np.imag(values), h / length
    left = (small < eps**2) & (np.abs(part) > np.sqrt(small) * (1 + np.abs(np.real(values))))
    return np.where(left, np.nan, part / h)


@dataclass(slots=True)
class Found:
    """For each line: the derivative (m outputs), a bound-like estimate of its error, the step, how it was chosen."""

    derivative: Array
    error: Array  # of each output
    step: Array
    settled: Array  # quotients with several steps agreed
    seen: Array  # and they showed truncation, so that the step is known to fit

    def offer(self, index: Array, other: "Found") -> None:
        """Take another candidate on the lines where it is settled and this one not, or else has the smaller error."""
        error, held = worst(other.error), worst(self.error[index])
        better = (error < held) | (np.isfinite(error) & ~np.isfinite(held))
        better &= other.settled == self.settled[index]
        better |= other.settled & ~self.settled[index]
        if better.any():
            at = index[better]
            self.derivative[at], self.error[at] = other.derivative[better], other.error[better]
            self.step[at], self.settled[at], self.seen[at] = (
                other.step[better],
                other.settled[better],
                other.seen[better],
            )

    def copy(self) -> "Found":
        """To be changed by offers."""
        return Found(self.derivative.copy(), self.error.copy(), self.step.copy(), self.settled.copy(), self.seen.copy())

    def on(self, lines: Array) -> "Found":
        """On some of the lines."""
        return Found(self.derivative[lines], self.error[lines], self.step[lines], self.settled[lines], self.seen[lines])


def for_outputs(error: Array, derivative: Array) -> Array:
    """The error of a line, for each of its outputs."""
    return np.repeat(error[:, None], derivative.shape[1], axis=1) if derivative.shape[1] > 1 else error[:, None]


def neville(levels: Array, noise: Array) -> tuple[Array, Array]:
    """Extrapolate derivatives with steps h, h/2, h/4 ... to h = 0; the best entry of the table, and its error.

    T[k, j] = T[k, j-1] + (T[k, j-1] - T[k-1, j-1]) / (4^j - 1). An entry's error is taken as its distance from its two
    parents (Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4, 1982), of
    which the one above is always the farther, and rounding on top; and at least as its distance from the last entry,
    where that is more than rounding.
    """
    entries, distances = [], []
    column = levels
    with np.errstate(all="ignore"):
        for j in range(1, len(levels)):
            above, left = column[:-1], column[1:]
            column = left + (left - above) / (4.0**j - 1)
            entries.append(column)
            distances.append(np.abs(column - above) + noise[j:])
        every, distance = np.concatenate(entries), np.concatenate(distances)
        distance[distance != distance] = np.inf
        nearest = distance.reshape(len(distance), -1).argmin(axis=0)
        columns = np.arange(len(nearest))
        error = distance.reshape(len(distance), -1)[nearest, columns].reshape(levels.shape[1:])
        best = every.reshape(len(every), -1)[nearest, columns].reshape(levels.shape[1:])
        best = np.where(error < np.inf, best, levels[-1])
        return best, np.fmax(error, np.abs(best - column[0]) - AGREES * noise[-1])


def halves(count: int) -> Array:
    """The factors 1, 1/2, 1/4 ... as a column."""
    return 0.5 ** np.arange(count)[:, None]

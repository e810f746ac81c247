"""Second derivatives by differences: a stencil along one line times a stencil along another."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from expression.operations.operation import Array
from numeric.differences import Quotients, halves, imaginary_part, neville
from numeric.lines import Axes, Lines, Move, Ray, nearest_power_of_two
from numeric.sampling import Sampler
from numeric.schemes import CENTRAL, Scheme, Stencil
from numeric.search import automatic
from numeric.steps import given, step_of_ray, steps_of_axes


@dataclass(frozen=True)
class Side:
    """One of the two stencils: along which lines, and with which step on each; steps (levels, lines)."""

    sampler: Sampler
    stencil: Stencil
    lines: Lines
    steps: Array

    @cached_property
    def shifts(self) -> Array:
        """The moves, of shape (offsets, levels, lines)."""
        shifts = self.stencil.floats[0][:, None, None] * (self.steps * 1j if self.stencil.imaginary else self.steps)
        return self.lines.representable(np.broadcast_to(np.arange(len(self.lines)), shifts.shape), shifts)

    @property
    def away(self) -> Array:
        """Which offsets are not 0."""
        return self.stencil.floats[0] != 0

    @property
    def span(self) -> Array:
        """The step, for the moves that were really made."""
        weights = self.stencil.floats[1]
        return np.tensordot(weights, np.imag(self.shifts) if self.stencil.imaginary else self.shifts, 1)

    @cached_property
    def alone(self) -> Array:
        """Values of f at the moves of this side alone, of shape (offsets away, levels, lines, m)."""
        amount = self.shifts[self.away]
        index = np.broadcast_to(np.arange(len(self.lines)), amount.shape)
        found = self.sampler.sample([Move(self.lines, index.reshape(-1), amount.reshape(-1))])
        return found.reshape(*amount.shape, found.shape[-1])


def mixed(sampler: Sampler, a: Side, b: Side, i: Array, j: Array) -> tuple[Array, Array]:
    """d^2 f / da_i db_j for each pair of lines, and the size of the values that entered.

    Shapes: i, j (pairs); results (levels, pairs, m).
    """
    shifts_a, shifts_b = a.shifts[a.away][:, None, :, i], b.shifts[b.away][None, :, :, j]
    shape = np.broadcast_shapes(shifts_a.shape, shifts_b.shape)

    def flat(x: Array) -> Array:
        return np.broadcast_to(x, shape).reshape(-1)

    both = sampler.sample([Move(a.lines, flat(i), flat(shifts_a)), Move(b.lines, flat(j), flat(shifts_b))])
    m = both.shape[-1]
    values = np.empty((len(a.away), len(b.away), *shape[2:], m), dtype=both.dtype)
    values[np.ix_(a.away, b.away)] = both.reshape(*shape, m)
    if not a.away.all():
        values[np.ix_(~a.away, b.away)] = b.alone[None, :, :, j]
    if not b.away.all():
        values[np.ix_(a.away, ~b.away)] = a.alone[:, None, :, i]
        values[np.ix_(~a.away, ~b.away)] = sampler.value()
    with np.errstate(all="ignore"):
        size = np.max(np.abs(values), axis=(0, 1))
        if b.stencil.imaginary:
            h = b.span[:, j, None]
            values = imaginary_part(values, h, b.lines.nearness[j, None], float(sampler.precision.eps)) * h
        weights_a, weights_b = a.stencil.floats[1], b.stencil.floats[1]
        total = np.tensordot(weights_a, np.tensordot(weights_b, values, (0, 1)), 1)
        return total / (a.span[:, i] * b.span[:, j])[..., None], size


def tiny_step(sampler: Sampler, scheme: Scheme) -> float:
    """The imaginary step of a complex step."""
    return float(nearest_power_of_two(np.asarray(scheme.stencil.relative_step(sampler.precision))))


def along(sampler: Sampler, scheme: Scheme, lines: Lines, steps: Array | None) -> tuple[Array, Array]:
    """The second derivative on every line, of shape (lines, m), and the step for mixed ones.

    Where truncation was not seen along a line (f may be linear along it, and not beside it) that is the usual step.
    """
    imaginary = scheme.base.imaginary
    aside = tiny_step(sampler, scheme) if imaginary else 0.0
    stencil = CENTRAL if imaginary else scheme.base.twice()
    quotients = Quotients(sampler, lines, stencil, aside)
    if steps is not None:
        return given(quotients, scheme, steps).derivative, steps
    found = automatic(quotients, scheme)
    relative = 0.5 if scheme.halvings > 1 else stencil.relative_step(sampler.precision, relative_noise(sampler))
    return found.derivative, np.where(found.seen, found.step, nearest_power_of_two(relative * lines.scale))


def relative_noise(sampler: Sampler) -> float:
    """The noise of f relative to f(x), where it was measured."""
    if sampler.noise is None or not sampler.noise.level.any():
        return 0.0
    noise = float(np.max(sampler.noise.level))
    return noise / max(noise, float(np.max(np.abs(sampler.value()))))


def sides(sampler: Sampler, scheme: Scheme, a: Lines, steps_a: Array, b: Lines, steps_b: Array) -> tuple[Side, Side]:
    """The two stencils; for complex_step a real one and an imaginary one."""
    if scheme.base.imaginary:
        tiny = np.full((1, len(b)), tiny_step(sampler, scheme))
        return Side(sampler, CENTRAL, a, steps_a[None]), Side(sampler, scheme.base, b, tiny)
    ladder = halves(scheme.halvings)
    first = Side(sampler, scheme.base, a, ladder * steps_a)
    return first, first if b is a else Side(sampler, scheme.base, b, ladder * steps_b)


def best(sampler: Sampler, scheme: Scheme, levels: Array, size: Array, a: Side, i: Array) -> Array:
    """The one level there is, or the extrapolation of all."""
    if scheme.halvings == 1:
        return levels[0]
    noise = float(sampler.precision.eps) * size / a.steps[:, i, None] ** 2
    return neville(levels, noise)[0]


def hessian_matrix(sampler: Sampler, scheme: Scheme, step: Any) -> Array:
    """All second partials of a scalar function: each pair once, so that the matrix is symmetric.

    Evaluations with a given step: 2 n^2 + 1 for central (4 a pair, 2 and f(x) for the diagonal), n (n + 1) for
    complex_step.
    """
    axes = Axes(sampler.space)
    steps = None if step is None else steps_of_axes(step, sampler, axes)
    diagonal, steps = along(sampler, scheme, axes, steps)
    i, j = np.triu_indices(len(axes), 1)
    matrix = np.diag(diagonal[:, 0])
    if len(i):
        a, b = sides(sampler, scheme, axes, steps, axes, steps)
        levels, size = mixed(sampler, a, b, i, j)
        matrix[i, j] = best(sampler, scheme, levels, size, a, i)[:, 0]
        matrix[j, i] = matrix[i, j]
    return matrix


def hessian_times(sampler: Sampler, scheme: Scheme, step: Any, ray: Ray, count: int) -> Array:
    """The derivative along a direction of the first `count` entries of the gradient."""
    axes = Axes(sampler.space, count)
    if step is None:
        _, steps = along(sampler, scheme, axes, None) if not scheme.base.imaginary else (None, axes.scale)
        _, steps_ray = along(sampler, scheme, ray, None)
    else:
        steps, steps_ray = steps_of_axes(step, sampler, axes), step_of_ray(step, sampler, ray)
    a, b = sides(sampler, scheme, ray, steps_ray, axes, steps)
    j = np.arange(count)
    levels, size = mixed(sampler, a, b, np.zeros(count, int), j)
    return best(sampler, scheme, levels, size, b, j)[:, 0]

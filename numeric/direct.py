"""The gradient of an expression of one array by a given step: all but x is known, and is prepared.

The steps of `Quotients` and `Sampler` with nothing left to choose between them, and the same answer bit for bit.
Whatever is out of the ordinary (an argument to be refused, a step that rounding takes away) is left to them.
"""

from math import prod
from typing import Any

import numpy as np

from expression.nodes import Expression
from expression.operations.operation import Array
from expression.structure import flatten, holds_nan
from numeric.differences import halves, neville
from numeric.recorded import Source
from numeric.sampling import CACHED, grid
from numeric.schemes import Scheme
from numeric.steps import is_positive

FLOAT64 = np.dtype(np.float64)
EPS = float(np.finfo(np.float64).eps)
ONE_ARGUMENT = flatten((0.0,))[1]


class Direct:
    """Difference quotients along every axis, from x to the gradient."""

    def __init__(self, e: Expression, source: Source, scheme: Scheme, step: float) -> None:
        """Prepare everything."""
        assert source.whole is not None
        stencil = scheme.base
        self.scheme, self.shape = scheme, e.nodes[e.inputs[0].position].shape
        self.steps = halves(scheme.halvings) * step  # a column
        self.levels = scheme.halvings
        self.away = stencil.floats[0] != 0
        offsets = stencil.floats[0][self.away]
        self.moves = len(offsets)
        self.amounts = (offsets[:, None] * self.steps[:, 0]).reshape(-1, 1)
        self.here = self.moves < len(self.away)
        size = prod(self.shape)
        self.count = len(self.amounts) * size + self.here
        self.program, self.alone = source.whole.program((0,)), source.whole.program(())
        self.along = self.program.entrywise and self.count >= size

    def __call__(self, args: tuple[Any, ...]) -> Array | None:
        """The gradient; None for a call that this is not prepared for."""
        if len(args) != 1 or type(args[0]) is not np.ndarray:
            return None
        (given,) = args
        if given.shape != self.shape or given.dtype != FLOAT64 or holds_nan(given):
            return None
        x = given.reshape(-1)
        with np.errstate(all="ignore"):
            moved = x + self.amounts
            shifts = moved - x
            if np.count_nonzero(shifts) < shifts.size:
                return None
            rows = grid(x, moved, self.here, self.along)
            if len(self.shape) > 1:
                rows = rows.reshape(self.count, *self.shape)
            (values,) = self.program([rows], self.count)
            derivative: Array = self.divided(values, shifts).reshape(self.shape)
            return derivative

    def value(self, x: Array) -> float:
        """f(x), as the expression itself gives it, for an argument that has passed."""
        with np.errstate(all="ignore"):
            (y,) = self.alone([x], 1)
        return float(y[0])

    def divided(self, values: Array, shifts: Array) -> Array:
        """The quotients, extrapolated where the scheme does."""
        stencil = self.scheme.base
        shifts = shifts.reshape(self.moves, -1)  # a row an offset
        if self.here:
            around, shifts = self.filled(values[:-1].reshape(shifts.shape), values[-1]), self.filled(shifts, 0.0)
        else:
            around = values.reshape(shifts.shape)
        weights = stencil.floats[1]
        quotient: Array = weights.dot(around) / weights.dot(shifts)
        if self.levels == 1:
            return quotient
        size = np.abs(around).max(axis=0).reshape(self.levels, -1)
        return neville(quotient.reshape(size.shape), stencil.rounding * (EPS * size) / self.steps)[0]

    def filled(self, away: Array, here: Any) -> Array:
        """With what belongs to the offset 0."""
        every = np.empty((len(self.away), *away.shape[1:]))
        every[self.away], every[~self.away] = away, here
        return every


def direct(source: Source, scheme: Scheme, step: Any, argnums: Any) -> Direct | None:
    """What a gradient needs, prepared; None where the function, the scheme, the step or the cache asks for more."""
    e = source.f
    if not isinstance(e, Expression) or type(argnums) is not int or argnums != 0 or scheme.base.imaginary:
        return None
    if not is_positive(step) or e.arguments != ONE_ARGUMENT or len(e.outputs) != 1:
        return None
    x, y = e.nodes[e.inputs[0].position], e.nodes[e.outputs[0]]
    if x.dtype != FLOAT64 or 0 in x.shape or x.shape == () or y.dtype != FLOAT64 or y.shape != ():
        return None
    found = Direct(e, source, scheme, float(step))
    return found if found.count * found.program.peak <= CACHED else None

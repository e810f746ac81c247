"""How much the values of f jump: by rounding, by noise of its own, or because f is a staircase.

After Moré and Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011): on points as near as some
100,000 units in the last place f is smooth with noise on it, and what a polynomial leaves is the noise; where half of
the values are equal, the points were too near, and are spread. A regular grid may beat with the grid of the floats or
with a staircase, and so may the multiples of one irrational number; the roots of several numbers cannot, all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from expression.operations.operation import Array

REACH = 8.0  # times eps^(2/3) is the relative length on which rounding shows: 3e-10
PLACES = np.sqrt([17.0, 5.0, 19.0, 30.0, 31.0, 7.0, 23.0, 35.0]) % 1.0  # of the points, in parts of that: 0.12 to 0.92
SPREAD = 2.0**9  # by which the points are spread ...
WIDEST = 2.0**-6  # ... up to this part of x: what hardly moves there, as the floor of 2.7, is taken for constant
BESIDE = 2.0**-7  # how far beside a point f is looked at again, as a part of a way on which it is flat
ROUNDING = 3.0  # times eps |f|: more than rounding leaves
TREADS = 0.75  # so many of the points must be found on a tread of the staircase
COARSER = (np.float16, np.float32)  # arithmetics that f may use inside


@dataclass(frozen=True, slots=True)
class Noise:
    """Of each output of f."""

    level: Array  # three standard deviations
    relative: Array  # the rounding of a coarser arithmetic inside f, which grows with f; 0 where there is none
    slope: Array  # what a staircase of which only a few steps are near leaves open; 0 where there is none


def measured(f: Callable[[Array], Array], here: Array, eps: float) -> Noise:
    """The noise of f(t), of shape (points, m), around f(0) = here, in an arithmetic with rounding eps.

    Eight evaluations for a function that moves; for one that is flat eight for each of three spreads, and eight where
    it moved at last, to tell a staircase, which is flat there too, from a function that is flat at 0 only.
    """
    units = np.rint(REACH * eps ** (-1 / 3) * PLACES)  # in the last place of x
    widest = WIDEST / (REACH * eps ** (2 / 3))
    basis, _ = np.linalg.qr(np.vander(np.append(0.0, units / units.max()), increasing=True))
    level, relative, slope = np.zeros((3, len(here)))
    flat = np.ones(len(here), bool)
    spread, before = 1.0, 0.0
    with np.errstate(all="ignore"):
        while flat.any() and before < widest:
            reach = eps * np.rint(spread * units)
            values = np.concatenate([here[None], f(reach)])
            noise, different = 3 * left_over(basis, values), distinct(values)
            moves = flat & (different > len(values) / 2)
            few = flat & ~moves & (different > 1) & (spread == widest)
            if before and np.any(few | (moves & (noise > ROUNDING * eps * np.abs(here)))):
                beside = f(eps * np.rint((spread + BESIDE * max(1.0, before / SPREAD)) * units))
                stairs = np.mean(beside == values[1:], axis=0) >= TREADS
                noise, few = np.where(stairs, noise, 0.0), few & stairs
                relative = np.where(moves & stairs, coarser(values), relative)
            level = np.where(moves, noise, level)
            slope = np.where(few, np.ptp(values, axis=0) / reach.max(), slope)
            flat &= ~moves
            spread, before = min(spread * SPREAD, widest), spread
    return Noise(level, relative, slope)


def left_over(basis: Array, values: Array) -> Array:
    """What a polynomial of degree 3 leaves, in the mean; of a higher degree, where one degree more leaves far less."""
    parts = np.abs(basis.T @ values) ** 2  # along polynomials of degree 0, 1, 2 ...
    left = np.sqrt([np.mean(parts[k:], axis=0) for k in (7, 6, 5, 4)])
    found = np.zeros_like(left[0])
    for further, this in pairwise(left):
        found = np.where(further > this / 4, this, found)
    return np.where(np.isfinite(found), found, 0.0)


def distinct(values: Array) -> Array:
    """How many different values each column has."""
    return 1 + np.count_nonzero(np.diff(np.sort(values, axis=0), axis=0), axis=0)


def coarser(values: Array) -> Array:
    """The rounding of the coarsest arithmetic that holds every value of a column; 0 where that is none of these."""
    eps = np.zeros(values.shape[1])
    for dtype in COARSER:
        held = np.all(values.astype(dtype) == values, axis=0)
        eps = np.where(held & (eps == 0), np.finfo(dtype).eps, eps)
    return eps

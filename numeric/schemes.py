"""The table of difference schemes: one row each, checked exactly on construction. To add a scheme, add a row.

A stencil says where to evaluate and what to add up: with offsets o_k and weights w_k

    f^(d)(x) = sum over k of w_k f(x + o_k h) / h^d + O(h^order),

which by Taylor's theorem is so if and only if the moments sum of w_k o_k^m / m! are 1 at m = d and 0 at every other
m below d + order. Coefficients: Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids",
Mathematics of Computation 51 (1988), table 1. Complex step: Squire and Trapp, "Using complex variables to estimate
derivatives of real functions", SIAM Review 40 (1998). Richardson: Romberg's table of the central difference.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import factorial, lcm, prod
from types import MappingProxyType
from typing import Any

import numpy as np

from expression.errors import ArgumentError
from expression.operations.operation import Array

Precision = np.finfo[Any]


@lru_cache(256)
def coarsest(dtypes: tuple[np.dtype[Any], ...]) -> Precision:
    """The coarsest arithmetic among floating dtypes."""
    return max([np.finfo(dtype) for dtype in dtypes], key=lambda p: float(p.eps))


@dataclass(frozen=True)
class Stencil:
    """Offsets, weights and what they claim; `imaginary` offsets are multiples of i h, and the imaginary part counts.

    Raises ValueError unless the moments vanish exactly up to the declared order, and not beyond it.
    """

    offsets: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]
    order: int
    derivative: int = 1
    imaginary: bool = False

    def __post_init__(self) -> None:
        """Check the claim in exact fractions."""
        object.__setattr__(self, "offsets", tuple(map(Fraction, self.offsets)))
        object.__setattr__(self, "weights", tuple(map(Fraction, self.weights)))
        if len(self.offsets) != len(self.weights) or len(set(self.offsets)) != len(self.offsets):
            raise ValueError(f"a stencil needs one weight for each of its distinct offsets, got {self.offsets}")
        for m in range(self.derivative + self.order):
            if self.moment(m) != (m == self.derivative):
                raise ValueError(f"moment {m} is {self.moment(m)}, so derivative {self.derivative} has no such order")
        if self.moment(self.derivative + self.order) == 0:
            raise ValueError(f"the order is higher than {self.order}: moment {self.derivative + self.order} is 0 too")

    def moment(self, m: int) -> Fraction:
        """The factor of h^m f^(m)(x) in the sum: of w_k o_k^m / m!, or of its imaginary part for offsets i h."""
        sign = (0, 1, 0, -1)[m % 4] if self.imaginary else 1
        return (
            sign * sum((w * o**m for o, w in zip(self.offsets, self.weights, strict=True)), Fraction(0)) / factorial(m)
        )

    @cached_property
    def gain(self) -> int:
        """By how many orders the second term of the truncation error is higher than the first."""
        m = self.derivative + self.order + 1
        while self.moment(m) == 0:
            m += 1
        return m - self.derivative - self.order

    @cached_property
    def evaluations(self) -> int:
        """Evaluations of f for one direction, beside f(x) itself."""
        return sum(o != 0 for o in self.offsets)

    @cached_property
    def rounding(self) -> float:
        """The sum of |w_k|: rounding of f by eps |f| is an error of up to this times eps |f| / h^d."""
        return float(sum(abs(w) for w in self.weights))

    @cached_property
    def floats(self) -> tuple[Array, Array]:
        """Offsets, and weights as integers: their denominator cancels in sum of w_k f_k / sum of w_k o_k h."""
        return np.array(self.offsets, dtype=float), np.array([w * self.over for w in self.weights], dtype=float)

    @cached_property
    def columns(self) -> Array:
        """The offsets along the first of three axes."""
        return self.floats[0][:, None, None]

    @cached_property
    def over(self) -> int:
        """The common denominator of the weights."""
        return lcm(*(w.denominator for w in self.weights))

    def twice(self) -> "Stencil":
        """The second derivative as the first one of the first one: offsets add, weights multiply."""
        sums: dict[Fraction, Fraction] = defaultdict(Fraction)
        for o1, w1 in zip(self.offsets, self.weights, strict=True):
            for o2, w2 in zip(self.offsets, self.weights, strict=True):
                sums[o1 + o2] += w1 * w2
        kept = {o: w for o, w in sorted(sums.items()) if w}
        return Stencil(tuple(kept), tuple(kept.values()), self.order, 2 * self.derivative)

    def relative_step(self, precision: Precision, noise: float = 0.0) -> float:
        """Where truncation h^order meets rounding eps / h^d, for a function that changes by itself over 1.

        A relative noise of f that is more than eps takes its place.

        With imaginary offsets nothing is subtracted: as small as can be without any underflow, 1e-103 in float64.
        """
        if self.imaginary:
            return math.cbrt(precision.tiny)
        return math.pow(max(precision.eps, noise), 1 / (self.order + self.derivative))


@dataclass(frozen=True)
class Scheme:
    """A named stencil, with what it costs, and with the stencil that it extrapolates, where it does."""

    name: str
    stencil: Stencil
    cost: int  # evaluations of f for one direction, beside f(x) itself
    extrapolates: Stencil | None = None

    def __post_init__(self) -> None:
        """Check the declared cost."""
        if self.cost != self.stencil.evaluations:
            raise ValueError(f"{self.name}: costs {self.stencil.evaluations} evaluations, {self.cost} are declared")

    @property
    def order(self) -> int:
        """The power of h in the truncation error."""
        return self.stencil.order

    @property
    def base(self) -> Stencil:
        """What is evaluated at each step."""
        return self.extrapolates or self.stencil

    @property
    def halvings(self) -> int:
        """How many steps there are, each half the one before."""
        return self.stencil.order // self.base.order


def romberg(base: Stencil, halvings: int) -> Stencil:
    """Neville's extrapolation to h = 0 of a stencil with steps h, h/2, h/4 ..., whose error has powers of h^2.

    The weight of step q^i h is the product over j != i of q^2j / (q^2j - q^2i), with q = 1/2 (Lagrange at h^2 = 0).
    """
    steps = [Fraction(1, 2**i) for i in range(halvings)]
    sums: dict[Fraction, Fraction] = defaultdict(Fraction)
    for i, s in enumerate(steps):
        share = prod((t**2 / (t**2 - s**2) for j, t in enumerate(steps) if j != i), start=Fraction(1))
        for o, w in zip(base.offsets, base.weights, strict=True):
            sums[o * s] += share * w / s
    return Stencil(tuple(sums), tuple(sums.values()), base.order * halvings)


def fractions(*numbers: int, over: int = 1) -> tuple[Fraction, ...]:
    """Integers over one denominator."""
    return tuple(Fraction(n, over) for n in numbers)


HALVINGS = 6
FORWARD = Stencil(fractions(0, 1), fractions(-1, 1), order=1)
CENTRAL = Stencil(fractions(-1, 1), fractions(-1, 1, over=2), order=2)

ROWS = (
    #      name            offsets and weights                                                               cost
    Scheme("forward", FORWARD, 1),
    Scheme("backward", Stencil(fractions(-1, 0), fractions(-1, 1), order=1), 1),
    Scheme("central", CENTRAL, 2),
    Scheme("five_point", Stencil(fractions(-2, -1, 1, 2), fractions(1, -8, 8, -1, over=12), order=4), 4),
    Scheme("richardson", romberg(CENTRAL, HALVINGS), 2 * HALVINGS, CENTRAL),
    Scheme("complex_step", Stencil(fractions(1), fractions(1), order=2, imaginary=True), 1),
)
SCHEMES = MappingProxyType({row.name: row for row in ROWS})


def scheme_named(name: str) -> Scheme:
    """The row of that name.

    Raises ArgumentError, which lists the schemes.
    """
    found = SCHEMES.get(name) if isinstance(name, str) else None
    if found is None:
        raise ArgumentError(f"scheme={name!r} is not in the table; choose one of {', '.join(SCHEMES)}")
    return found

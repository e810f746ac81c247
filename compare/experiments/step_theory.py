"""What theory says of a difference scheme before it is run, and what it is measured against.

    truncation = C h^p,   C = |m_(p+1) f^(p+1)(x)|     m_k: the moments of the stencil, p its order
    rounding   = R / h,   R = eps |f(x)| sum of |w_k|  (none where nothing is subtracted: the complex step)
    h* = (R / (p C))^(1 / (p + 1)), where the sum is least

For forward and central differences h* is 2 sqrt(eps |f| / |f''|) and (3 eps |f| / |f'''|)^(1/3) (Press et al.,
Numerical Recipes, section 5.7). The derivatives are mpmath's; no rule of any room is used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import Any

import numpy as np

from compare.certifying import certify
from expression import Expression, mpmath_arithmetic, trace_at
from expression.bodies import inline_bodies
from expression.errors import ArgumentError, TrigradError
from expression.evaluation import forward
from expression.operations.operation import Array
from expression.structure import Point
from numeric.schemes import Stencil

CERTIFIED = 1e-18  # relative: what mpmath's derivative is good for at the least
DIGITS = 60  # of mpmath, for the derivatives that C and R are made of
VANISHED = 1e-30  # relative, of a term of Taylor's series: what mpmath leaves of a derivative that is 0
CLEAR = 20.0  # so many times the other error must an error be, where its slope is read
NEXT = 0.1  # of the truncation error may its next term be there
UNITS = 8  # in the last place of x: below, x + h is one of a handful of numbers
FEWEST = 6  # points for a slope


@dataclass(frozen=True, slots=True)
class Scale:
    """What the errors of one scheme at one point are made of, by mpmath."""

    order: int
    gain: int
    truncation: float  # C
    after: float  # the next term of the truncation error, over h^(p + gain)
    rounding: float  # R
    noise: float  # R and what rounding x + h may add, eps |x f'| in place of eps |f|
    floor: float  # eps |f'|: what one rounding of the result is

    def error(self, h: float) -> float:
        """What theory says of the error at step h."""
        return self.truncation * h**self.order + self.rounding / h + (self.floor if self.rounding == 0 else 0.0)

    @property
    def step(self) -> float:
        """h*; infinite where nothing is truncated; where nothing is subtracted, the h under which all are as good."""
        if self.truncation == 0:
            return inf
        if self.rounding == 0:
            return float((self.floor / self.truncation) ** (1 / self.order))
        return float((self.rounding / (self.order * self.truncation)) ** (1 / (self.order + 1)))

    def truncates(self, h: Array) -> Array:
        """Where truncation stands clear of rounding, and its first term of the next."""
        first = self.truncation * h**self.order
        return (first > CLEAR * (self.noise / h + self.floor)) & (self.after * h**self.gain <= NEXT * self.truncation)

    def rounds(self, h: Array, unit: float) -> Array:
        """Where rounding stands clear of truncation, and h is more than a few units in the last place of x."""
        return (self.rounding / h > CLEAR * self.truncation * h**self.order) & (h > UNITS * unit)


@dataclass(frozen=True, slots=True)
class Reference:
    """The derivative that errors are taken against, and f itself over mpmath, where it can be traced."""

    derivative: Any  # an mpf, or the user's float
    expression: Expression | None

    @classmethod
    def of(cls, at: Point, exact: float | None) -> "Reference":
        """Certify f' at the point, or take the user's word.

        Raises ArgumentError where neither can be had.
        """
        try:
            e = trace_at(at.f, *at.args)
        except TrigradError as error:
            if exact is None:
                raise ArgumentError(f"f cannot be traced to certify f' ({error}); give it as exact=") from error
            return cls(exact, None)
        if exact is not None:
            return cls(exact, e)
        certificate = certify(e, at.leaves, (0,))
        if certificate.derivative is None:
            raise ArgumentError(f"f' at x cannot be certified: {certificate.reason}; give it as exact=")
        return cls(certificate.derivative[0][()], e)

    def error(self, quotient: float) -> float:
        """How far a quotient is from the derivative, exactly, and then rounded; 0 within the digits of the latter."""
        if not isfinite(quotient):
            return nan
        error = abs(float(quotient - self.derivative))
        return error if error > CERTIFIED * abs(self.derivative) else 0.0

    def derivatives(self, x: Any, order: int) -> list[float] | None:
        """f(x), |f'(x)| ... up to an order, by mpmath, in absolute value; None where it has none."""
        if self.expression is None:
            return None
        arithmetic = mpmath_arithmetic(DIGITS)
        e = inline_bodies(self.expression)
        start = arithmetic.convert(x)
        context = start.context

        def value(at: Any) -> Any:
            return context.mpf(forward(e, [np.array(at, dtype=object)], arithmetic, e.outputs)[e.outputs[0]][()])

        try:
            found = [abs(d) for d in context.diffs(value, start, order)]
        except (TrigradError, ValueError, TypeError, ArithmeticError):  # outside mpmath's domain nearby
            return None
        length = abs(start) or context.mpf(1)  # over which f is first taken to change
        terms = [d * length**k / context.factorial(k) for k, d in enumerate(found)]  # of Taylor's series
        return [0.0 if t < VANISHED * max(terms) else float(d) for d, t in zip(found, terms, strict=True)]


def quotient(f: Callable[..., Any], x: Any, stencil: Stencil, step: float) -> float:
    """The textbook formula, all of it in the arithmetic of x."""
    real = type(x)
    h, offsets, weights = real(step), *stencil.floats
    with np.errstate(all="ignore"):
        if stencil.imaginary:
            return float(np.imag(f(x + np.multiply(h, 1j, dtype=np.result_type(real, np.complex64)))) / h)
        total = real(0)
        for k in np.argsort(np.abs(offsets), kind="stable"):  # pair by pair, from the nearest on
            total += real(weights[k]) * real(f(real(x) + real(offsets[k]) * h))
        return float(total / (real(stencil.over) * h))


def scale_of(stencil: Stencil, x: Any, reference: Reference) -> Scale | None:
    """The constants of a scheme's errors at x."""
    first = stencil.derivative + stencil.order
    derivatives = reference.derivatives(x, first + stencil.gain)
    if derivatives is None:
        return None
    eps = float(np.finfo(type(x)).eps)
    relative = 0.0 if stencil.imaginary else eps * stencil.rounding
    value, slope = derivatives[:2]
    return Scale(
        order=stencil.order,
        gain=stencil.gain,
        truncation=abs(float(stencil.moment(first))) * derivatives[first],
        after=abs(float(stencil.moment(first + stencil.gain))) * derivatives[first + stencil.gain],
        rounding=relative * value,
        noise=relative * (value + abs(float(x)) * slope),
        floor=eps * slope,
    )


def slope_of(h: Array, errors: Array, where: Array) -> float | None:
    """The median slope of all pairs of points on logarithmic axes (Theil and Sen): a lucky point does not move it."""
    kept = where & (errors > 0)
    if np.count_nonzero(kept) < FEWEST:
        return None
    a, b = np.log(h[kept]), np.log(errors[kept])
    first, second = np.triu_indices(len(a), 1)
    apart = a[second] != a[first]
    return float(np.median((b[second] - b[first])[apart] / (a[second] - a[first])[apart]))

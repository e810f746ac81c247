"""v_curve(f, x): the error of each difference scheme against its step h, and where theory puts the optimum.

Every scheme is taken as the textbook writes it, with nothing done to help it (`numeric` itself divides by the step
that is really made, and chooses h from the function's own scale):

    D(h) = sum over k of w_k f(x + o_k h) / h          error = truncation + rounding
    truncation = C h^p,   C = |m_(p+1) f^(p+1)(x)|     m_k: the moments of the stencil, p its order
    rounding   = R / h,   R = eps |f(x)| sum of |w_k|  (none where nothing is subtracted: the complex step)
    h* = (R / (p C))^(1 / (p + 1)), where the sum is least

For forward and central differences h* is 2 sqrt(eps |f| / |f''|) and (3 eps |f| / |f'''|)^(1/3) (Press et al.,
Numerical Recipes, section 5.7). The figure and its numbers: Baydin, Pearlmutter, Radul and Siskind, "Automatic
differentiation in machine learning: a survey", JMLR 18 (2018), figure 3.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import inf, isfinite, nan
from typing import Any

import numpy as np

from compare.certify import certify
from compare.families import slope_text
from compare.records import document
from compare.tables import Table, to_html, to_text
from compare.wording import number
from expression import Expression, mpmath_arithmetic, trace_at
from expression.bodies import inline_bodies
from expression.errors import ArgumentError, TrigradError
from expression.evaluation import forward
from expression.operations.operation import Array
from expression.structure import Point, point, scalar_output
from numeric.analytic import analytic_expression, check_analytic
from numeric.schemes import Scheme, Stencil, scheme_named
from numeric.steps import positive

SCHEMES = ("forward", "central", "five_point", "complex_step")
DECADES = (-17, 0)  # powers of ten of the steps that are taken by default
PER_DECADE = 10
CERTIFIED = 1e-18  # relative: what mpmath's derivative is good for at the least
DIGITS = 60  # of mpmath, for the derivatives that C and R are made of
VANISHED = 1e-30  # relative, of a term of Taylor's series: what mpmath leaves of a derivative that is 0
CLEAR = 20.0  # so many times the other error must an error be, where its slope is read
NEXT = 0.1  # of the truncation error may its next term be there
UNITS = 8  # in the last place of x: below, x + h is one of a handful of numbers
FEWEST = 6  # points for a slope
LEGEND = "slopes: of log error against log h; h*: where theory has the least error, from f's own scale"


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
class Curve:
    """One scheme in one arithmetic: its error at every step, what was read off it, and what theory said before."""

    scheme: str
    dtype: str
    exact: float  # f'(x), at x as the arithmetic holds it, rounded
    steps: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()  # |D(h) - f'|; nan where D(h) is not a number
    truncation_slope: float | None = None
    rounding_slope: float | None = None
    theory: Scale | None = None
    reason: str = ""  # why there is none

    @property
    def best(self) -> tuple[float, float]:
        """The step with the least error, the largest of several, and that error."""
        error, h = min((e, -h) for h, e in zip(self.steps, self.errors, strict=True) if e == e)
        return -h, error

    @property
    def predicted(self) -> tuple[float, float] | None:
        """h* and the error there by theory; None where there is no optimum."""
        if self.theory is None or not 0 < self.theory.step < inf:
            return None
        return self.theory.step, self.theory.error(self.theory.step)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        h, error = (None, None) if self.reason else self.best
        return {
            "scheme": self.scheme,
            "dtype": self.dtype,
            "reason": self.reason or None,
            "truncation_slope": self.truncation_slope,
            "rounding_slope": self.rounding_slope,
            "best_step": h,
            "best_error": error,
            "theory_step": None if self.predicted is None else self.predicted[0],
            "theory_error": None if self.predicted is None else self.predicted[1],
            "steps": self.steps,
            "errors": self.errors,
        }


@dataclass(frozen=True, slots=True, repr=False)
class VCurve:
    """The error of difference schemes against the step, with fitted slopes and the optimum by theory."""

    name: str
    x: float
    curves: tuple[Curve, ...]

    @property
    def exact(self) -> float:
        """f'(x) of the first arithmetic, certified by mpmath, and then rounded."""
        return self.curves[0].exact

    def curve(self, scheme: str, dtype: Any = np.float64) -> Curve:
        """The curve of one scheme; in float64 unless another arithmetic is named.

        Raises ArgumentError where there is none.
        """
        wanted = np.dtype(dtype).name
        for found in self.curves:
            if (found.scheme, found.dtype) == (scheme, wanted):
                return found
        held = ", ".join(f"{c.scheme} in {c.dtype}" for c in self.curves)
        raise ArgumentError(f"there is no curve of {scheme} in {wanted}; there are {held}")

    def tables(self) -> tuple[Table, ...]:
        """One table for each arithmetic: a row for each scheme."""
        return tuple(self.table(dtype) for dtype in dict.fromkeys(c.dtype for c in self.curves))

    def table(self, dtype: str) -> Table:
        """Slopes, the best step and its error, and h* with the error that theory promises there."""
        headers = ("scheme", "truncation", "rounding", "best error", "at h", "h*", "error at h*")
        rows = [row_of(c) for c in self.curves if c.dtype == dtype]
        exact = next(c.exact for c in self.curves if c.dtype == dtype)
        title = f"{self.name} at x = {number(self.x)} in {dtype}: f' = {number(exact)}"
        return Table(title, headers, tuple(rows), (), (LEGEND,))

    def __repr__(self) -> str:
        """What was measured; print it for the table."""
        return f"<V-curve of {self.name} at x = {number(self.x)}: {len(self.curves)} schemes>"

    def __str__(self) -> str:
        """Plain text."""
        return "\n\n".join(to_text(table) for table in self.tables())

    def __rich__(self) -> Any:
        """What a rich console prints, within its width."""
        from rich.console import Group

        return Group(*(table.__rich__() for table in self.tables()))

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        return "".join(to_html(table) for table in self.tables())

    def to_json(self) -> str:
        """Strict JSON."""
        content = {"name": self.name, "x": self.x, "exact": self.exact, "curves": [c.to_dict() for c in self.curves]}
        return json.dumps(document("v_curve", content), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw the errors into a file (.png, .svg, .pdf), onto a matplotlib figure, or as a picture."""
        from compare.figures.accuracy import plot_v_curve

        return plot_v_curve(self, target)


def row_of(curve: Curve) -> tuple[str, ...]:
    """A curve as its table has it."""
    if curve.reason:
        return curve.scheme, curve.reason
    h, error = curve.best
    at, least = ("-", "-") if curve.predicted is None else [f"{value:.1e}" for value in curve.predicted]
    if curve.theory is not None and curve.theory.rounding == 0 and curve.predicted is not None:
        at = f"< {at}"
    slopes = (signed(curve.truncation_slope), signed(curve.rounding_slope))
    return (curve.scheme, *slopes, f"{error:.1e}" if error else "0", f"{h:.1e}", at, least)


def signed(slope: float | None) -> str:
    """A slope with its sign; a dash where there is none to read.

    >>> signed(1.0), signed(-0.953), signed(None)
    ('+1.00', '-0.95', '-')
    """
    text = slope_text(slope)
    return "-" if not text else text if text.startswith("-") else f"+{text}"


def v_curve(
    f: Callable[..., Any] | Expression,
    x: float,
    schemes: Sequence[str] = SCHEMES,
    *,
    steps: Sequence[float] | None = None,
    dtype: Any = np.float64,
    exact: float | None = None,
) -> VCurve:
    """The error of the schemes' textbook formulas for f'(x), at every step, against the derivative by mpmath.

    `dtype` is one arithmetic or a sequence of them; all of f and of the formula is computed in it, and its error is
    taken against f' at x as that arithmetic holds it. `exact` is f'(x), where you know it and f cannot be traced.

    Raises ArgumentError for an x that is not one float, for a step that is not positive, for an unknown scheme, and
    where f' cannot be certified. A scheme that cannot be used says why in its own row: complex_step does, by name of
    the operation, for a function that is not analytic.

    >>> found = v_curve(lambda x: x**3, 2.0, ("forward", "central"))
    >>> found.exact, round(found.curve("forward").truncation_slope, 2), round(found.curve("central").truncation_slope)
    (12.0, 1.0, 2)
    """
    rows = [scheme_named(name) for name in schemes]
    lengths = [positive(h) for h in (default_steps() if steps is None else steps)]
    dtypes = [np.dtype(d) for d in (dtype if isinstance(dtype, tuple | list) else (dtype,))]
    point(f, (x,))
    if np.shape(x) != ():
        raise ArgumentError(f"x: expected one float, got shape {np.shape(x)}; a V-curve is drawn at one number")
    scalar_output(f(x), "v_curve")
    curves: list[Curve] = []
    for kind in dtypes:
        at = point(f, (kind.type(x),))
        reference = Reference.of(at, exact)
        curves += [curve_of(at, row, lengths, reference) for row in rows]
    return VCurve(name_of(f), float(x), tuple(curves))


def default_steps() -> list[float]:
    """Ten steps a decade, from 10^-17 to 1; rounded correctly, so that they are the same on any machine."""
    low, high = DECADES
    return [float(Decimal(10) ** (Decimal(k) / PER_DECADE)) for k in range(low * PER_DECADE, high * PER_DECADE + 1)]


def name_of(f: Any) -> str:
    """How a table calls the function."""
    name = getattr(f, "__name__", "f")
    return name if name.isidentifier() else "f"


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


def curve_of(at: Point, scheme: Scheme, steps: Sequence[float], reference: Reference) -> Curve:
    """One scheme at every step, and what its curve says."""
    (x,) = at.leaves
    dtype = np.dtype(type(x))
    h, exact = np.array(steps), float(reference.derivative)
    if scheme.stencil.imaginary:
        try:
            check_analytic(analytic_expression(at.f, at), (0,))
        except TrigradError as error:
            return Curve(scheme.name, dtype.name, exact, reason=str(error))
    errors = np.array([reference.error(quotient(at.f, x, scheme.stencil, step)) for step in steps])
    theory = scale_of(scheme.stencil, x, reference)
    truncation = rounding = None
    if theory is not None:
        with np.errstate(over="ignore"):  # noise / h, for the smallest steps of all
            truncates, rounds = theory.truncates(h), theory.rounds(h, float(np.spacing(np.abs(x))))
        truncation, rounding = slope_of(h, errors, truncates), slope_of(h, errors, rounds)
    lists = tuple(h.tolist()), tuple(errors.tolist())
    return Curve(scheme.name, dtype.name, exact, *lists, truncation, rounding, theory)


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

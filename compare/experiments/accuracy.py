"""v_curve(f, x): the error of each difference scheme against its step h, and where theory puts the optimum.

Every scheme is taken as the textbook writes it, with nothing done to help it (`numeric` itself divides by the step
that is really made, and chooses h from the function's own scale):

    D(h) = sum over k of w_k f(x + o_k h) / h

What theory says of its error is in `step_theory.py`. The figure and its numbers: Baydin, Pearlmutter, Radul and
Siskind, "Automatic differentiation in machine learning: a survey", JMLR 18 (2018), figure 3.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from typing import Any

import numpy as np

from compare.experiments.step_theory import Reference, Scale, quotient, scale_of, slope_of
from compare.families import slope_text
from compare.records import document
from compare.tables import Shown, Table
from compare.wording import number
from expression import Expression
from expression.errors import ArgumentError, TrigradError
from expression.structure import Point, point, scalar_output
from numeric.analytic import analytic_expression, check_analytic
from numeric.schemes import Scheme, scheme_named
from numeric.steps import positive

SCHEMES = ("forward", "central", "five_point", "complex_step")
DECADES = (-17, 0)  # powers of ten of the steps that are taken by default
PER_DECADE = 10
LEGEND = "slopes: of log error against log h; h*: where theory has the least error, from f's own scale"


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
class VCurve(Shown):
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
        return tuple(self.panel(dtype) for dtype in dict.fromkeys(c.dtype for c in self.curves))

    def panel(self, dtype: str) -> Table:
        """Slopes, the best step and its error, and h* with the error that theory promises there."""
        headers = ("scheme", "truncation", "rounding", "best error", "at h", "h*", "error at h*")
        rows = [row_of(c) for c in self.curves if c.dtype == dtype]
        exact = next(c.exact for c in self.curves if c.dtype == dtype)
        title = f"{self.name} at x = {number(self.x)} in {dtype}: f' = {number(exact)}"
        return Table(title, headers, tuple(rows), (), (LEGEND,))

    def __repr__(self) -> str:
        """What was measured; print it for the table."""
        return f"<V-curve of {self.name} at x = {number(self.x)}: {len(self.curves)} schemes>"

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

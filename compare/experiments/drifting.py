"""drift(family, ns): how far the derivative in float64 is from the truth, as a loop gets longer.

Exact differentiation gives the exact derivative of the program; but the program rounds at every step, and where it is
sensitive, so is its derivative. The truth is the same adjoint program over mpmath, in twice as many digits until two
runs agree. For the logistic map there is a closed form besides,

    l_n(x) = sin^2(2^(n-1) t),   l_n'(x) = 2^(n-1) sin(2^n t) / sin(2 t),   t = arcsin(sqrt(x)),

of which each step doubles the angle, and with it an error in it: one bit is lost a step.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import isfinite
from typing import Any

import numpy as np

import autodiff
from compare.families import family_named, sizes_wanted
from compare.records import document
from compare.tables import Shown, Table
from compare.wording import number
from expression import Expression, evaluate, mpmath_arithmetic
from expression.errors import ArgumentError

START = 50  # digits of the first run over mpmath
LONGEST = 6400
ENOUGH = 20  # digits on which two runs must agree
EPS = float(np.finfo(float).eps)
LOST = 0.1  # relative error from which on the digits say nothing: no slope is read there
FEWEST = 10  # points for a slope
LEGEND = "error: relative to the true derivative; 1 or more: not a digit is right"


@dataclass(frozen=True, slots=True)
class Row:
    """The derivative at one size."""

    n: int
    found: float  # by the adjoint program in float64
    true: float  # by the same program over mpmath
    error: float  # relative

    @property
    def sign_is_right(self) -> bool:
        """Whether at least the direction can be trusted."""
        return (self.found > 0) == (self.true > 0)


@dataclass(frozen=True, slots=True, repr=False)
class Drift(Shown):
    """The derivative in float64 and the true one, size by size."""

    family: str
    x: float
    rows: tuple[Row, ...]

    @property
    def bits_a_step(self) -> float | None:
        """The fitted slope of log2(error) against n, from the first rounding to where nothing is left."""
        right = takewhile(lambda row: row.error < LOST, self.rows)
        points = [(row.n, row.error) for row in right if row.error > EPS]
        if len(points) < FEWEST:
            return None
        n, errors = np.array(points).T
        return float(np.polyfit(n, np.log2(errors), 1)[0])

    @property
    def first_wrong_sign(self) -> int | None:
        """The first size at which even the sign is wrong."""
        return next((row.n for row in self.rows if not row.sign_is_right), None)

    def table(self) -> Table:
        """A row for each size."""
        headers = ("n", "derivative in float64", "true derivative", "error", "sign")
        rows = tuple(
            (
                str(r.n),
                number(r.found),
                number(r.true),
                f"{r.error:.0e}" if r.error else "0",
                "" if r.sign_is_right else "wrong",
            )
            for r in self.rows
        )
        title = f"{self.family} at x = {number(self.x)}: the exact derivative of a program that rounds"
        lost = self.bits_a_step
        notes = () if lost is None else (f"bits lost a step: {lost:.2f}",)
        return Table(title, headers, rows, notes, (LEGEND,))

    def __repr__(self) -> str:
        """What was measured; print it for the table."""
        return f"<Drift of {self.family} at {len(self.rows)} sizes>"

    def to_json(self) -> str:
        """Strict JSON."""
        rows = [{"n": r.n, "found": r.found, "true": r.true, "error": r.error} for r in self.rows]
        content = {"family": self.family, "x": self.x, "rows": rows, "bits_a_step": self.bits_a_step}
        return json.dumps(document("drift", content), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw the errors into a file (.png, .svg, .pdf), onto a matplotlib figure, or as a picture."""
        from compare.figures.drifting import plot_drift

        return plot_drift(self, target)


def drift(family: str, ns: Sequence[int] | None = None, x: float | None = None) -> Drift:
    """The derivative of a family of functions of one number in float64, beside the truth, at the sizes ns.

    Raises ArgumentError for a name that is no such family, and for sizes that it does not have.

    >>> found = drift("logistic", (4, 30, 60))
    >>> [row.sign_is_right for row in found.rows], found.first_wrong_sign
    ([True, True, False], 60)
    """
    chosen = family_named(family)
    rows = []
    sizes = sizes_wanted(chosen, ns)
    for n in sizes:
        args = chosen.arguments(n) if x is None else (float(x),)
        if len(args) != 1 or np.shape(args[0]) != ():
            raise ArgumentError(f"{family} is not a function of one number; take a family such as logistic")
        rows.append(row_at(autodiff.derive(chosen.trace(n)), n, args[0]))
    return Drift(family, float(args[0]), tuple(rows))


def row_at(derivative: Expression, n: int, x: float) -> Row:
    """One size: the program in float64 and over mpmath."""
    found, true = float(derivative(x)), truth(derivative, x)
    error = abs(found - true) / abs(true) if true else abs(found - true)
    return Row(n, found, float(true), float(error) if isfinite(found) else float("nan"))


def truth(e: Expression, x: float) -> Any:
    """The value of an expression of one number over mpmath, in twice as many digits until two runs agree."""
    digits, before = START, None
    while digits <= LONGEST:
        value = evaluate(e, (x,), mpmath_arithmetic(digits))
        if before is not None and abs(value - before) * 10**ENOUGH <= abs(value):
            return value
        digits, before = 2 * digits, value
    raise ArgumentError(f"{LONGEST} digits are not enough for {len(e)} nodes; take a smaller size")


def logistic_derivative(n: int, x: float) -> float:
    """l_n'(x) of the logistic map by its closed form, over mpmath, rounded once.

    >>> logistic_derivative(4, 0.2)
    9.066086400000001
    """
    context = mpmath_arithmetic(START + n).convert(x).context
    t = context.asin(context.sqrt(context.mpf(x)))
    return float(context.ldexp(context.sin(context.ldexp(t, n)) / context.sin(2 * t), n - 1))

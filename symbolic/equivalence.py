"""Whether two formulas are one function: by random points in many digits, then by algebra; and if not, where they are.

Values at random points decide: two analytic functions that differ, differ at almost every point. Algebra then turns the
observation into a proof, with what the domain says of the signs: sqrt(x**2) is x for x > 0, and only there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np
import sympy

from expression.bodies import inline_bodies
from expression.errors import ArgumentError, TrigradError
from expression.evaluation import forward, mpmath_arithmetic
from expression.nodes import Expression
from symbolic.translation import LARGEST_FORMULA, formulas, symbols_of

POINTS = 12
DIGITS = 50
AGREED = 30  # digits on which the values of one function agree, so that cancellation may take some
ANYWHERE = (-3.0, 3.0)
LARGEST_PROOF = 300  # operations that SymPy is asked to simplify: beyond, it may take minutes


@dataclass(frozen=True, slots=True)
class Equivalence:
    """What was found out about two formulas."""

    equal: bool  # at every point of the domain that was tried
    proof: str = ""  # "algebra" where SymPy simplifies the difference to 0, else "" and the points alone say it
    only: str = ""  # where they are equal, if not on the whole domain, as "x > 0"
    at: Mapping[str, float] = field(default_factory=dict)  # a point where they differ
    tried: int = 0  # points at which both have a value

    def __str__(self) -> str:
        """In a sentence.

        >>> from expression import parse
        >>> print(equivalence(parse("sqrt(x**2)"), parse("x")))
        equal only for x > 0
        """
        if self.equal:
            how = "shown by algebra" if self.proof else f"at {self.tried} random points, to {AGREED} digits"
            return f"equal, {how}"
        if self.only:
            return f"equal only for {self.only}"
        return f"different at {', '.join(f'{name} = {x:.6g}' for name, x in self.at.items())}"


def equivalence(
    a: Expression, b: Expression, domain: Mapping[str, tuple[float, float]] | None = None, *, seed: int = 0
) -> Equivalence:
    """Whether two expressions of the same inputs, all numbers, are one function on a domain: an interval an input.

    Raises ArgumentError where the inputs differ, or no point of the domain has a value.

    >>> from expression import parse
    >>> equivalence(parse("sin(2*x)"), parse("2*sin(x)*cos(x)")).proof
    'algebra'
    >>> str(equivalence(parse("log(x**2)"), parse("2*log(x)"), {"x": (0.5, 4.0)}))
    'equal, shown by algebra'
    """
    a, b = inline_bodies(a), inline_bodies(b)
    names = tuple(i.name for i in a.inputs)
    if names != tuple(i.name for i in b.inputs):
        theirs = ", ".join(i.name for i in b.inputs)
        raise ArgumentError(f"formulas of the same inputs are compared, got ({', '.join(names)}) and ({theirs})")
    ranges = [(domain or {}).get(name, ANYWHERE) for name in names]
    low, high = np.reshape(ranges, (-1, 2)).T
    points = np.random.default_rng(seed).uniform(low, high, (POINTS, len(names)))
    found = [compared(a, b, point.tolist()) for point in points]
    decided = [k for k, same in enumerate(found) if same is not None]
    if not decided:
        raise ArgumentError("neither formula has a value anywhere on the domain; name one on which they have")
    different = [k for k in decided if not found[k]]
    if not different:
        signs = [sign_of(range_) for range_ in ranges]
        return Equivalence(True, "algebra" if proved(a, b, signs) else "", tried=len(decided))
    at = dict(zip(names, points[different[0]].tolist(), strict=True))
    return Equivalence(False, "", half(names, points, found), at, len(decided))


def compared(a: Expression, b: Expression, point: Sequence[float]) -> bool | None:
    """Whether two expressions agree at a point; None where b has no value; False where a alone has none."""
    x, y = (value(e, point) for e in (a, b))
    if y is None:
        return None
    if x is None:
        return False
    error = abs(x - y)
    return bool(error <= mpmath.mpf(10) ** -AGREED * max(1, abs(y)))


def value(e: Expression, point: Sequence[float]) -> Any:
    """The value with many digits; None where it is no finite real number."""
    try:
        arithmetic = mpmath_arithmetic(DIGITS)
        x = [arithmetic.constant(leaf) for leaf in point]
        found = forward(e, x, arithmetic, e.outputs)[e.outputs[0]][()]
        return found if mpmath.isfinite(found) else None
    except (TrigradError, ArithmeticError, ValueError, TypeError, AttributeError):
        return None


def half(names: Sequence[str], points: Any, found: Sequence[bool | None]) -> str:
    """The half of the domain in which all points agree while none does in the other, as "x > 0"; "" without one."""
    for k, name in enumerate(names):
        for sign in (">", "<"):
            inside = [same for same, x in zip(found, points[:, k], strict=True) if (x > 0) == (sign == ">")]
            beyond = [same for same, x in zip(found, points[:, k], strict=True) if (x > 0) != (sign == ">")]
            agreed = [same for same in inside if same is not None]
            if len(agreed) > 1 and all(agreed) and len(beyond) > 1 and not any(beyond):
                return f"{name} {sign} 0"
    return ""


def sign_of(interval: tuple[float, float]) -> str:
    """What SymPy may assume of an input: "positive", "negative", or "real" alone."""
    low, high = interval
    return "positive" if low >= 0 else "negative" if high <= 0 else "real"


def proved(a: Expression, b: Expression, signs: Sequence[str]) -> bool:
    """Whether SymPy simplifies a - b to 0; False means that it did not find it so."""
    try:
        u, v = (formula(e, signs) for e in (a, b))
        difference = u - v
        if sympy.count_ops(difference) > LARGEST_PROOF:
            return False
        return any(simpler(difference) == 0 for simpler in SIMPLER)
    except (TrigradError, ArithmeticError, ValueError, TypeError, AttributeError, NotImplementedError):
        return False


SIMPLER = (  # the quick ones first
    sympy.expand,
    sympy.expand_trig,
    sympy.together,
    sympy.simplify,
    lambda u: sympy.simplify(u.rewrite(sympy.exp)),
)


def formula(e: Expression, signs: Sequence[str]) -> Any:
    """The formula of the output, with what is known of the signs of its inputs."""
    symbols = symbols_of(e)
    (output,) = formulas(e, symbols, LARGEST_FORMULA)
    known = {
        array[()]: sympy.Symbol(i.name, real=True, **({sign: True} if sign != "real" else {}))
        for i, array, sign in zip(e.inputs, symbols, signs, strict=True)
    }
    return sympy.nsimplify(sympy.sympify(output.flat[0]).subs(known), rational=True)

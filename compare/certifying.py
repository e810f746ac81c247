"""Certified digits: the same expression over mpmath, at two precisions that agree, differentiated without any rule.

The reference derivative is a central difference with a tiny step, in so many digits that nothing is lost:

    (f(x + h) - f(x - h)) / 2h,   h = 10^-k in 3k digits: truncation h^2 and rounding 10^-3k / h both near 10^-2k

It is taken at two steps, and only the digits on which the two agree are called certified. No derivative rule of any
room is used, so a wrong rule cannot certify itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite
from typing import Any

import numpy as np

from compare.wording import integer, number
from expression import Expression, mpmath_arithmetic
from expression.bodies import inline_bodies
from expression.errors import TrigradError
from expression.evaluation import forward
from expression.measures import scalar_size
from expression.operations.operation import Array

STEPS = (20, 30, 60, 120, 240, 480)  # k of the steps; the first two that agree are enough
ENOUGH = 18  # digits of agreement: two more than a float64 holds
SMOOTH = 1 / 2  # of the k digits of the step must the one-sided differences share, or there is a kink within it
LIMIT = 2_000_000  # operations in mpmath: some seconds
ONE_SIDED = "the derivatives from left and right differ, or one does not exist"
MOST = 16.0  # digits: what a float64 can show
EXACT = 15.9  # digits: one rounding of the true number


@dataclass(frozen=True, slots=True)
class Certificate:
    """What mpmath says, and how far two precisions agree; or why there is nothing to say."""

    value: Any = None  # an mpf
    derivative: tuple[Array, ...] | None = None  # an array of mpf for each leaf
    agreed: float = 0.0  # digits, the fewest of all entries
    reason: str = ""  # why the derivative is not certified

    def floats(self) -> tuple[Array, ...]:
        """The derivative, rounded to floats."""
        return tuple(np.reshape([float(x) for x in leaf.flat], leaf.shape) for leaf in self.derivative or ())

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it, rounded to floats."""
        return {
            "value": None if self.value is None else float(self.value),
            "derivative": list(self.floats()) or None,
            "digits_agreed": None if self.derivative is None else round(min(self.agreed, 1000.0), 1),
            "reason": self.reason or None,
        }


def certify(e: Expression, leaves: Sequence[Array], positions: Sequence[int], *, limit: int = LIMIT) -> Certificate:
    """The value of e and its derivative by the leaves at these positions (among all leaves), over mpmath.

    >>> from expression import parse
    >>> certificate = certify(parse("x * x"), (3.0,), (0,))
    >>> float(certificate.derivative[0]), certificate.agreed > 16
    (6.0, True)
    """
    kind = e.nodes[e.outputs[0]].dtype
    if kind.kind != "f":
        return Certificate(reason=f"the output is {kind}, and only real floats are certified")
    try:
        plain = inline_bodies(e)
        size = scalar_size(plain)
        entries = sum(int(np.size(leaves[k])) for k in positions)
        once = 2 * entries + 1
        if 2 * once * size > limit:
            reason = f"{integer(2 * once * size)} operations in mpmath, limit {integer(limit)}"
            value = value_at(plain, leaves, 3 * STEPS[0]) if size <= limit else None
            return Certificate(value, reason=reason)
        return agree(plain, leaves, positions, limit // (once * size))
    except TrigradError as error:
        return Certificate(reason=str(error))
    except (ValueError, TypeError, ArithmeticError, AttributeError) as error:  # outside mpmath's domain
        return Certificate(reason=f"mpmath stops: {error}")


def agree(e: Expression, leaves: Sequence[Array], positions: Sequence[int], levels: int) -> Certificate:
    """Go to smaller steps and more digits until two of them agree."""
    best = Certificate(reason="two precisions do not agree on a digit")
    before: tuple[Array, ...] | None = None
    for k in STEPS[:levels]:
        value, derivative, smooth = differences(e, leaves, positions, k)
        if not is_finite(value):
            return Certificate(reason=f"the value is {number(value)}")
        if not smooth:
            best, before = Certificate(value, reason=ONE_SIDED), None
            continue
        if before is not None:
            agreed = digits(derivative, before)
            if agreed > best.agreed:
                best = Certificate(value, derivative, agreed)
            if agreed >= ENOUGH:
                break
        before = derivative
    return best


def differences(
    e: Expression, leaves: Sequence[Array], positions: Sequence[int], k: int
) -> tuple[Any, tuple[Array, ...], bool]:
    """Value, central differences entry by entry, and whether the one-sided differences meet."""
    arithmetic = mpmath_arithmetic(3 * k)
    x = [arithmetic.constant(leaf) for leaf in leaves]

    def value_of(point: list[Array]) -> Any:
        return forward(e, point, arithmetic, e.outputs)[e.outputs[0]][()]

    value, smooth, derivative = value_of(x), True, []
    for position in positions:
        slopes = np.empty(x[position].shape, dtype=object)
        for place in np.ndindex(slopes.shape):
            here = x[position][place]
            h = here.context.mpf(10) ** -k * max(1, abs(here))
            above, below = (value_of(moved(x, position, place, here + step)) for step in (h, -h))
            slopes[place] = (above - below) / (2 * h)
            one_sided = ((above - value) / h, (value - below) / h)
            smooth = smooth and digits_between(*one_sided) >= k * SMOOTH
        derivative.append(slopes)
    return value, tuple(derivative), smooth


def moved(x: Sequence[Array], position: int, place: tuple[int, ...], to: Any) -> list[Array]:
    """The leaves with one entry of one of them changed."""
    changed = list(x)
    changed[position] = x[position].copy()
    changed[position][place] = to
    return changed


def value_at(e: Expression, leaves: Sequence[Array], precision: int) -> Any:
    """The value alone."""
    arithmetic = mpmath_arithmetic(precision)
    x = [arithmetic.constant(leaf) for leaf in leaves]
    return forward(e, x, arithmetic, e.outputs)[e.outputs[0]][()]


def is_finite(x: Any) -> bool:
    """Whether an mpf is a number."""
    return bool(x.context.isfinite(x))


def digits(found: Sequence[Array], reference: Sequence[Array]) -> float:
    """On how many digits two derivatives agree: the fewest of all entries."""
    fewest = float("inf")
    for x, y in zip(found, reference, strict=True):
        for place in np.ndindex(np.shape(y)):
            fewest = min(fewest, digits_between(np.asarray(x)[place], y[place]))
    return fewest


def digits_between(x: Any, reference: Any) -> float:
    """-log10 of |x - y| / max(1, |x| + |y|); infinite for equal numbers, and 0 where x is not one."""
    context = reference.context
    x = context.mpf(x.item() if isinstance(x, np.generic) else x)
    if not (context.isfinite(x) and context.isfinite(reference)):
        return 0.0
    error = abs(x - reference) / max(1, abs(x) + abs(reference))
    return float("inf") if error == 0 else max(0.0, float(-context.log10(error)))


def certified_text(x: Any) -> str:
    """An mpf with the digits of a float, also where no float is so large."""
    rounded = float(x)
    return number(rounded) if isfinite(rounded) else str(x.context.nstr(x, 16))


def certified_digits(certificate: Certificate, derivative: Sequence[Array]) -> float | None:
    """How many digits of a derivative are certified, rounded down to one decimal; None without a certificate."""
    if certificate.derivative is None:
        return None
    found = min(digits(derivative, certificate.derivative), certificate.agreed, MOST)
    return floor(10 * found) / 10


def digits_text(found: float | None) -> str:
    """Digits as the tables show them.

    >>> digits_text(11.3), digits_text(16.0), digits_text(None)
    ('11.3', 'exact', '')
    """
    if found is None:
        return ""
    return "exact" if found >= EXACT else f"{found:.1f}"

"""What the tests of this room compare with: mpmath at 50 digits, and one tolerance."""

from typing import Any

import numpy as np
from mpmath.ctx_mp import MPContext

from expression import Expression, evaluate, mpmath_arithmetic
from expression.evaluation import over_mpmath
from expression.operations.operation import Operation
from expression.structure import flatten, unflatten

EXACT = 1e-12  # programs of up to a few hundred float64 operations on well-conditioned points: some 1000 eps
DIGITS = 50
STEP = 10.0**-15  # central difference at 50 digits: truncation STEP**2 and rounding 10**-35 are both far below EXACT

MP = MPContext()
MP.dps = DIGITS
ARITHMETIC = mpmath_arithmetic(DIGITS)


def near(found: Any, wanted: Any, tolerance: float = EXACT) -> None:
    """Assert |a - b| <= tolerance max(1, |a| + |b|), leaf by leaf."""
    (a, structure), (b, other) = flatten(found), flatten(wanted)
    assert structure == other
    for x, y in zip(a, b, strict=True):
        assert np.shape(x) == np.shape(y)
        np.testing.assert_array_less(error(x, y), tolerance)


def error(found: Any, wanted: Any) -> Any:
    """|a - b| / max(1, |a| + |b|)."""
    a, b = np.asarray(found, dtype=float), np.asarray(wanted, dtype=float)
    return np.abs(a - b) / np.maximum(1, np.abs(a) + np.abs(b))


def partial(row: Operation, x: tuple[Any, ...], orders: tuple[int, ...]) -> float:
    """A partial derivative of a row by mpmath's numerical differentiation of its mpmath column."""
    function = over_mpmath(MP, row)
    operands = [v if isinstance(v, bool | np.bool_) else MP.mpf(float(v)) for v in x]
    moving = [k for k, order in enumerate(orders) if order]

    def of_moving(*values: Any) -> Any:
        given = list(operands)
        for k, value in zip(moving, values, strict=True):
            given[k] = value
        return MP.mpf(function(*given))

    if len(moving) == 1:
        return float(MP.diff(of_moving, operands[moving[0]], orders[moving[0]]))
    return float(MP.diff(of_moving, tuple(operands[k] for k in moving), tuple(orders[k] for k in moving)))


def directional(e: Expression, leaves: Any, tangents: Any) -> float:
    """The directional derivative of a scalar expression, by a central difference at 50 digits."""
    ends = []
    for sign in (1, -1):
        moved = [shifted(x, x_dot, sign) for x, x_dot in zip(leaves, tangents, strict=True)]
        ends.append(np.asarray(evaluate(e, unflatten(e.arguments, moved), ARITHMETIC), dtype=object).item())
    return float((ends[0] - ends[1]) / (2 * ARITHMETIC.convert(STEP)))


def shifted(x: Any, x_dot: Any, sign: int) -> Any:
    """x + sign STEP x_dot, in mpmath numbers."""
    convert = ARITHMETIC.convert
    move = np.frompyfunc(lambda a, b: convert(a) + sign * convert(STEP) * convert(b), 2, 1)
    return np.asarray(move(np.asarray(x, dtype=object), np.asarray(x_dot, dtype=object)), dtype=object)

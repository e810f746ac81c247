"""Choices between values, constants in the likeness of an array, and elementwise functions by composition."""

from collections.abc import Callable, Sequence
from math import log
from typing import Any

import numpy as np

from expression.errors import UnsupportedOperation, user_line
from expression.operations.operation import Array, Traced, shape_of
from expression.operations.surface.arguments import call, dtype_of, given, refuse
from expression.operations.surface.shapes import broadcast_to

LN2 = log(2.0)


def where(condition: Array, x: Any = None, y: Any = None) -> Array:
    """One value where the condition holds, another elsewhere."""
    if x is None or y is None:
        raise UnsupportedOperation(
            f"np.where(condition) alone has a shape that depends on values ({user_line()}); give it both branches"
        )
    return call("where", condition, x, y)


def select(condlist: Sequence[Array], choicelist: Sequence[Array], default: Array = 0) -> Array:
    """The choice of the first condition that holds."""
    y = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        y = call("where", condition, choice, y)
    return y


def piecewise(x: Array, condlist: Sequence[Array], funclist: Sequence[Any], *args: Any, **options: Any) -> Array:
    """The function of the last condition that holds; one function more than conditions is for elsewhere."""
    pieces = [f(x, *args, **options) if callable(f) else f for f in funclist]
    y = pieces.pop() + np.zeros_like(x) if len(pieces) > len(condlist) else np.zeros_like(x)
    for condition, piece in zip(condlist, pieces, strict=True):
        y = call("where", condition, piece, y)
    return y


def clip(
    a: Array, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, **options: Any
) -> Array:
    """Entries held between two bounds."""
    refuse("clip", out=out, **options)
    low, high = (min if given(a_min) is None else a_min), (max if given(a_max) is None else a_max)
    a = a if given(low) is None else call("maximum", a, low)
    return a if given(high) is None else call("minimum", a, high)


def nan_to_num(x: Array, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Array:
    """Numbers in place of nan and the infinities; by default the largest that there are."""
    limits = np.finfo(dtype_of(x))
    x = np.where(np.isnan(x), nan, x)
    x = np.where(x == np.inf, float(limits.max) if posinf is None else posinf, x)
    return np.where(x == -np.inf, float(limits.min) if neginf is None else neginf, x)


def like(value: int) -> Callable[..., Array]:
    """zeros_like and its kin: constants, whatever is traced."""

    def front(
        a: Array, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
    ) -> Array:
        return np.full(shape_of(a) if shape is None else shape, value, dtype=dtype or dtype_of(a))

    return front


def real(val: Array) -> Array:
    """The real part of a real array: the array."""
    check_real("np.real", val)
    return val


def imag(val: Array) -> Array:
    """The imaginary part of a real array: zeros."""
    check_real("np.imag", val)
    return np.zeros_like(val)


def conjugate(x: Array) -> Array:
    """The conjugate of a real array: the array."""
    check_real("np.conjugate", x)
    return x


def check_real(function: str, x: Array) -> None:
    """Refuse a complex array, which these functions would not leave as it is."""
    if dtype_of(x).kind == "c":
        raise UnsupportedOperation(
            f"{function} of {dtype_of(x)} has no rule here ({user_line()}); compute with real and imaginary parts"
        )


def full_like(
    a: Array,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Array:
    """One value in every entry."""
    wanted = shape_of(a) if shape is None else shape
    if isinstance(fill_value, Traced):
        return broadcast_to(fill_value, wanted)
    return np.full(wanted, fill_value, dtype=dtype or dtype_of(a))


def sinc(x: Array) -> Array:
    """sin(pi x) / (pi x), and 1 at 0."""
    angle = np.pi * np.where(x == 0, 1.0, x)
    return np.where(x == 0, 1.0, np.sin(angle) / angle)


def fmod(x: Array, y: Array) -> Array:
    """The remainder with the sign of x."""
    return x - y * np.trunc(x / y)


def logaddexp2(x: Array, y: Array) -> Array:
    """log2(2^x + 2^y)."""
    return np.logaddexp(x * LN2, y * LN2) / LN2


def one_of(name: str) -> Callable[..., Array]:
    """Fmax and fmin: as maximum and minimum, but a nan loses."""

    def front(x1: Array, x2: Array) -> Array:
        return np.where(np.isnan(x1), x2, np.where(np.isnan(x2), x1, call(name, x1, x2)))

    return front


def bitwise(name: str) -> Callable[..., Array]:
    """Bits are combined only of truth values, where it is the logical operation."""

    def front(*x: Array) -> Array:
        for dtype in map(dtype_of, x):
            if dtype != np.bool_:
                raise UnsupportedOperation(
                    f"bits of {dtype} cannot be combined here ({user_line()}); compare first, as in (x > 0) & (x < 1)"
                )
        return call(name, *x)

    return front


def round_(a: Array, decimals: int = 0, out: Any = None) -> Array:
    """Rounded to even: the derivative is 0."""
    refuse("round", out=out)
    return np.rint(a) if decimals == 0 else np.rint(a * 10.0**decimals) / 10.0**decimals


def metadata(function: Callable[..., Any]) -> Callable[..., Any]:
    """A question about shape and dtype alone."""
    return lambda a, *args, **options: function(np.broadcast_to(np.zeros((), dtype=a.dtype), a.shape), *args, **options)


def result_type(*args: Any) -> np.dtype[Any]:
    """The dtype that the arguments promote to."""
    return np.result_type(*(a.dtype if isinstance(a, Traced) else a for a in args))

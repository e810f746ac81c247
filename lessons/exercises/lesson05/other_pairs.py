"""Right answers to 05.1, written differently."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Pair = tuple[float, float]


@dataclass
class Dual:
    """The dual number of the lesson."""

    value: float
    tangent: float = 0.0


def by_objects() -> list[Callable[..., Any]]:
    """Dual objects, and a quotient that uses its result."""

    def dual_div(a: Pair, b: Pair) -> Dual:
        y = a[0] / b[0]
        return Dual(y, (a[1] - y * b[1]) / b[0])

    return [
        lambda a, b: Dual(a[0] * b[0], b[0] * a[1] + a[0] * b[1]),
        dual_div,
        lambda a, p: Dual(a[0] ** p, a[1] * p * a[0] ** p / a[0]),
        lambda a: Dual(math.exp(a[0]), math.exp(a[0]) * a[1]),
    ]


def by_matrices() -> dict[str, Callable[..., Any]]:
    """A dual number is the matrix [[a, a_dot], [0, a]]."""

    def matrix(x: Pair) -> Any:
        return np.array([[x[0], x[1]], [0.0, x[0]]])

    def power(a: Pair, p: float) -> Any:
        d = np.array([[0.0, p * a[1] / a[0]], [0.0, 0.0]])
        return (a[0] ** p * (np.eye(2) + d))[0]

    return {
        "dual_mul": lambda a, b: (matrix(a) @ matrix(b))[0],
        "dual_div": lambda a, b: (matrix(a) @ np.linalg.inv(matrix(b)))[0],
        "dual_pow": power,
        "dual_exp": lambda a: (np.exp(a[0]) * (np.eye(2) + np.array([[0, a[1]], [0, 0]])))[0],
    }


def by_polynomials() -> tuple[Callable[..., Any], ...]:
    """Polynomials in eps, cut off behind the first power; the quotient as a product with the reciprocal."""

    def mul(a: Any, b: Any) -> list[float]:
        return list(np.polynomial.polynomial.polymul(a, b)[:2]) if any(a[1:]) or any(b[1:]) else [a[0] * b[0], 0.0]

    return (
        mul,
        lambda a, b: mul(a, (1 / b[0], -b[1] / b[0] ** 2)),
        lambda a, p: [a[0] ** p, p * a[0] ** (p - 1) * a[1]],
        lambda a: [np.exp(a[0]), np.exp(a[0]) * a[1]],
    )


def by_complex_numbers() -> dict[str, Callable[..., Any]]:
    """A step so small that its square is nothing, in the imaginary direction."""
    h = 1e-30

    def carried(f: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*x: Any) -> tuple[np.float64, np.float64]:
            y = np.complex128(f(*[complex(v[0], h * v[1]) if isinstance(v, tuple) else v for v in x]))
            return np.real(y), np.imag(y) / h

        return operation

    return {
        "dual_mul": carried(lambda a, b: a * b),
        "dual_div": carried(lambda a, b: a / b),
        "dual_pow": carried(lambda a, p: a**p),
        "dual_exp": carried(np.exp),
    }


def by_arrays() -> dict[str, Callable[..., Any]]:
    """NumPy arrays of two, 0-d arrays inside of tuples."""
    return {
        "dual_mul": lambda a, b: np.array([a[0], a[1]]) * b[0] + np.array([0.0, a[0] * b[1]]),
        "dual_div": lambda a, b: np.array([a[0] * b[0], a[1] * b[0] - a[0] * b[1]]) / b[0] ** 2,
        "dual_pow": lambda a, p: (np.array(a[0] ** p), np.array(p * a[1] * a[0] ** (p - 1))),
        "dual_exp": lambda a: np.exp(a[0]) * np.array([1.0, a[1]]),
    }


ALSO_RIGHT = (by_objects(), by_matrices(), by_polynomials(), by_complex_numbers(), by_arrays())

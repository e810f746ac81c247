"""Determinants without division: right also where a pivot is 0, which a formula for all points cannot know.

Elimination divides by pivots that are chosen by their values. Up to LARGEST rows the products are written out instead
(Laplace's expansion, minors shared); larger matrices are eliminated in the order in which they stand.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from expression.operations.linear_algebra import each_matrix
from expression.operations.operation import Array

LARGEST = 4
Scalar = Callable[[str], Callable[..., Any]]  # a row's name -> its function of scalars


def determinant(matrix: Array) -> Any:
    """The sum over columns of entry times minor, row by row; minors[S] has the first rows and the columns S."""
    n = len(matrix)
    minors: dict[tuple[int, ...], Any] = {(): 1}
    for row in matrix:
        larger: dict[tuple[int, ...], Any] = {}
        for columns, minor in minors.items():
            for j in sorted(set(range(n)) - set(columns)):
                chosen = tuple(sorted((*columns, j)))
                term = row[j] * minor
                if (len(columns) - chosen.index(j)) % 2:
                    term = -term
                larger[chosen] = larger[chosen] + term if chosen in larger else term
        minors = larger
    return minors[tuple(range(n))]


def cofactor(matrix: Array, i: int, j: int) -> Any:
    """(-1)^(i+j) times the determinant without row i and column j."""
    minor = determinant(np.delete(np.delete(matrix, i, axis=0), j, axis=1))
    return -minor if (i + j) % 2 else minor


def inverse(matrix: Array) -> Array:
    """The transposed cofactors over the determinant."""
    whole = np.empty((), dtype=object)
    whole[()] = determinant(matrix)
    y = np.empty(matrix.shape, dtype=object)
    for i, j in np.ndindex(y.shape):
        y[i, j] = cofactor(matrix, j, i)
    return y / whole


def det(scalar: Scalar, a: Array) -> Array:
    """The determinant of each matrix of a stack."""
    y = np.empty(np.shape(a)[:-2], dtype=object)
    for place, (matrix,) in each_matrix(a):
        y[place] = determinant(matrix)
    return y


def inv(scalar: Scalar, a: Array) -> Array:
    """The inverse of each matrix of a stack."""
    y = np.empty(np.shape(a), dtype=object)
    for place, (matrix,) in each_matrix(a):
        y[place] = inverse(matrix)
    return y


def solve(scalar: Scalar, a: Array, b: Array) -> Array:
    """The inverse times the right-hand side."""
    return np.matmul(inv(scalar, a), b)


def logabsdet(scalar: Scalar, a: Array) -> Array:
    """The logarithm of |det a|."""
    return each(lambda d: scalar("log")(scalar("abs")(d)), det(scalar, a))


def slogdet_sign(scalar: Scalar, a: Array) -> Array:
    """The sign of det a."""
    return each(scalar("sign"), det(scalar, a))


def each(function: Callable[..., Any], values: Array) -> Array:
    """A function of scalars on each entry; an array also of shape ()."""
    return np.asarray(np.frompyfunc(function, 1, 1)(values), dtype=object)


WITHOUT_DIVISION: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {"det": det, "inv": inv, "solve": solve, "logabsdet": logabsdet, "slogdet_sign": slogdet_sign}
)


def without_division(name: str, operands: Sequence[Array]) -> Callable[..., Array] | None:
    """The function that writes an operation on small matrices without choosing pivots."""
    found = WITHOUT_DIVISION.get(name)
    return found if found is not None and np.shape(operands[0])[-1] <= LARGEST else None

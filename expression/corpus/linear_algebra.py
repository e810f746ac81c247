"""Linear algebra: forms, determinants, inverses, norms."""

import numpy as np

from expression.case import Case, positive_definite
from expression.corpus.data import UNIT, fixed, uniform
from expression.operations.operation import POSITIVE, Array

MATRIX = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])

COOKBOOK = "Petersen and Pedersen, The Matrix Cookbook (2012)"


def quadratic_form(x: Array, A: Array) -> Array:
    """The form x^T A x."""
    return x @ A @ x


def least_squares(A: Array, x: Array, b: Array) -> Array:
    """||A x - b||^2."""
    return np.sum((A @ x - b) ** 2)


def log_determinant(X: Array) -> Array:
    """The logarithm ln |det X|."""
    return np.linalg.slogdet(X)[1]


def determinant(X: Array) -> Array:
    """The determinant det X."""
    return np.linalg.det(X)


def trace_inverse(X: Array) -> Array:
    """The trace of X^-1."""
    return np.trace(np.linalg.inv(X))


def inverse_form(a: Array, X: Array, b: Array) -> Array:
    """a^T X^-1 b, by solving a system."""
    return a @ np.linalg.solve(X, b)


def matrix_factorization(U: Array, V: Array) -> Array:
    """||U V^T - R||^2 for a fixed R: the loss of a recommender system."""
    return np.sum((U @ V.T - fixed(31, len(U), len(V))) ** 2)


def log_barrier(x: Array) -> Array:
    """-sum ln(1 - A x) - sum ln(1 - x^2): the barrier of a polyhedron within a box."""
    return -np.sum(np.log(1.0 - fixed(32, 6, 4) @ x)) - np.sum(np.log(1.0 - x**2))


def vector_norm(x: Array) -> Array:
    """The Euclidean norm."""
    return np.linalg.norm(x)


def cosine_similarity(x: Array, y: Array) -> Array:
    """The cosine x y / (|x| |y|)."""
    return x @ y / (np.linalg.norm(x) * np.linalg.norm(y))


# fmt: off
CASES = (
    Case("quadratic_form", "x^T A x, A not symmetric", quadratic_form, (uniform(51, 3), uniform(52, 3, 3)),
         (UNIT, UNIT), f"{COOKBOOK}, section 2.4"),
    Case("least_squares", "||A x - b||^2", least_squares, (uniform(53, 4, 3), uniform(54, 3), uniform(55, 4)),
         (UNIT, UNIT, UNIT), f"{COOKBOOK}, section 2.4"),
    Case("log_determinant", "ln |det X|", log_determinant, (MATRIX,), (positive_definite,), f"{COOKBOOK}, section 2.1"),
    Case("determinant", "det X", determinant, (MATRIX,), (positive_definite,), f"{COOKBOOK}, section 2.1"),
    Case("trace_inverse", "tr X^-1", trace_inverse, (MATRIX,), (positive_definite,), f"{COOKBOOK}, section 2.5"),
    Case("inverse_form", "a^T X^-1 b", inverse_form, (uniform(56, 3), MATRIX, uniform(57, 3)),
         (UNIT, positive_definite, UNIT), f"{COOKBOOK}, section 2.2"),
    Case("matrix_factorization", "A recommender's loss", matrix_factorization, (uniform(58, 5, 2), uniform(59, 4, 2)),
         (UNIT, UNIT), "Koren, Bell and Volinsky, Matrix factorization techniques, Computer 42 (2009)"),
    Case("log_barrier", "The barrier of a polyhedron", log_barrier, (0.2 * uniform(60, 4),), ((-0.2, 0.2),),
         "Boyd and Vandenberghe, Convex Optimization (2004), chapter 9"),
    Case("vector_norm", "The Euclidean norm", vector_norm, (np.array([3.0, 4.0, 12.0]),), (POSITIVE,),
         "Euclid, Elements I.47"),
    Case("cosine_similarity", "The cosine of an angle", cosine_similarity, (uniform(61, 4), uniform(62, 4)),
         (POSITIVE, POSITIVE), "Salton, Automatic Information Organization and Retrieval (1968)"),
)
# fmt: on

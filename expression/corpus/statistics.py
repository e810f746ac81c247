"""Statistics: moments, densities, likelihoods."""

import numpy as np

from expression.case import Case, positive_definite
from expression.corpus.data import ADBENCH, BISHOP, CURVED, UNIT, fixed, uniform
from expression.corpus.linear_algebra import MATRIX
from expression.functions import log_softmax, logsumexp, softmax
from expression.operations.operation import REAL, Array

NORMALS = {"weights": uniform(15, 3), "means": uniform(16, 3, 2), "log_deviations": uniform(17, 3, 2)}


def variance(x: Array) -> Array:
    """The mean of (x - mean x)^2."""
    return np.var(x)


def softmax_entropy(x: Array) -> Array:
    """The entropy -sum p ln p of p = softmax(x)."""
    return -np.sum(softmax(x) * log_softmax(x))


def normal_density(x: Array, mean: Array, deviation: Array) -> Array:
    """exp(-((x - mean) / deviation)^2 / 2) / (deviation sqrt(2 pi))."""
    return np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * np.sqrt(2.0 * np.pi))


def huber(x: Array) -> Array:
    """The sum of x^2 / 2 up to |x| = 1, of |x| - 1/2 beyond."""
    return np.sum(np.where(np.abs(x) <= 1.0, 0.5 * x**2, np.abs(x) - 0.5))


def gaussian_log_likelihood(mean: Array, covariance: Array) -> Array:
    """The log-likelihood of ten fixed points under a normal distribution, by Cholesky's factor of the covariance."""
    X = fixed(33, 10, 3)
    L = np.linalg.cholesky(covariance)
    whitened = np.linalg.solve(L, (X - mean).T)
    log_volume = len(X) * (2.0 * np.sum(np.log(np.diagonal(L))) + X.shape[1] * np.log(2.0 * np.pi))
    return -0.5 * (np.sum(whitened**2) + log_volume)


def gaussian_mixture(params: dict[str, Array]) -> Array:
    """The log-likelihood of twelve fixed points under three normal distributions of two independent coordinates."""
    X = fixed(34, 12, 2)
    scaled = (X[:, None, :] - params["means"]) * np.exp(-params["log_deviations"])
    normalization = np.sum(params["log_deviations"], axis=1) + np.log(2.0 * np.pi)
    return np.sum(logsumexp(log_softmax(params["weights"]) - 0.5 * np.sum(scaled**2, axis=2) - normalization, axis=1))


# fmt: off
CASES = (
    Case("variance", "The variance", variance, (uniform(63, 5),), (REAL,),
         "Fisher, The correlation between relatives (1918)"),
    Case("softmax_entropy", "The entropy of a softmax", softmax_entropy, (uniform(64, 4),), (REAL,),
         "Shannon, A mathematical theory of communication (1948)"),
    Case("normal_density", "The density of a normal variable", normal_density, (0.5, 0.1, 1.3), (REAL, REAL, CURVED),
         "Gauss, Theoria motus corporum coelestium (1809), book II, section 3"),
    Case("huber", "A robust loss", huber, (np.array([0.3, -2.0, 1.7, -0.4]),), (REAL,),
         "Huber, Robust estimation of a location parameter, Ann. Math. Stat. 35 (1964)"),
    Case("gaussian_log_likelihood", "A normal distribution by Cholesky's factor", gaussian_log_likelihood,
         (uniform(65, 3), MATRIX), (UNIT, positive_definite), f"{BISHOP}, eq. 2.118"),
    Case("gaussian_mixture", "A mixture of normal distributions", gaussian_mixture, (NORMALS,), (UNIT,),
         f"{BISHOP}, eq. 9.14; {ADBENCH}", parameters=("params",)),
)
# fmt: on

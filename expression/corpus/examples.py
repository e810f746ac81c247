"""First examples: formulas of one to three numbers, and the functions that neural networks add to NumPy."""

import numpy as np

from expression import functions
from expression.case import Case
from expression.corpus.data import BAYDIN, CURVED, SIZES, uniform
from expression.operations.operation import POSITIVE, REAL, Array


def baydin(x: Array, y: Array) -> Array:
    """The sum ln x + x y - sin y."""
    return np.log(x) + x * y - np.sin(y)


def x2_sin(x: Array) -> Array:
    """The product x^2 sin x."""
    return x**2 * np.sin(x)


def power_tower(x: Array) -> Array:
    """The power x^x."""
    return x**x


def tanh_by_exp(x: Array) -> Array:
    """The quotient (1 - e^-2x) / (1 + e^-2x)."""
    y = np.exp(-2.0 * x)
    return (1.0 - y) / (1.0 + y)


def twenty_operations(x: Array, y: Array, z: Array) -> Array:
    """Twenty operations on three numbers, none of them twice."""
    first = np.sin(x * y) * np.exp(-z / x)
    second = np.tanh(y - x * z) / np.sqrt(1.0 + y * y)
    return first + second + np.log(x + z * z) / (y + z)


# fmt: off
CASES = (
    Case("baydin", "Baydin's worked example", baydin, (2.0, 5.0), (POSITIVE, REAL),
         f"{BAYDIN}, Tables 2 and 3"),
    Case("x2_sin", "A power times a sine", x2_sin, (1.3,), (REAL,),
         "Leibniz, Nova methodus pro maximis et minimis (1684): the product rule"),
    Case("power_tower", "A power with a variable exponent", power_tower, (2.0,), (CURVED,),
         "Johann Bernoulli, Principia calculi exponentialium (1697)"),
    Case("tanh_by_exp", "tanh, written with exp", tanh_by_exp, (1.0,), (REAL,),
         "Maclaurin, Duvenaud and Adams, Autograd: effortless gradients in NumPy, ICML AutoML workshop (2015)"),
    Case("twenty_operations", "Twenty operations on three numbers", twenty_operations, (1.2, 0.7, 1.5), (CURVED,) * 3,
         "written for this corpus"),
    Case("sigmoid", "The logistic function", functions.sigmoid, (0.5,), (REAL,),
         "Verhulst, Notice sur la loi que la population suit dans son accroissement (1838)"),
    Case("softplus", "The smooth relu", functions.softplus, (0.5,), (REAL,),
         "Dugas et al., Incorporating second-order functional knowledge for better option pricing, NIPS (2000)"),
    Case("gelu", "The Gaussian error linear unit", functions.gelu, (0.5,), (REAL,),
         "Hendrycks and Gimpel, Gaussian error linear units, arXiv:1606.08415 (2016)"),
    Case("logsumexp", "The smooth maximum", functions.logsumexp, lambda n: (uniform(n, n),), (REAL,),
         "Blanchard, Higham and Higham, Accurately computing the log-sum-exp and softmax functions (2021)",
         family=SIZES, size=4),
)
# fmt: on

"""Test functions of optimization: valleys, many minima, and where the least value lies."""

import numpy as np

from expression.case import Case
from expression.corpus.data import CURVED, SIZES, uniform
from expression.operations.operation import REAL, Array


def rosenbrock(x: Array) -> Array:
    """The sum of 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2; 0 at (1, ..., 1)."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def beale(x: Array, y: Array) -> Array:
    """(1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2; 0 at (3, 0.5)."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def himmelblau(x: Array, y: Array) -> Array:
    """(x^2 + y - 11)^2 + (x + y^2 - 7)^2; 0 at (3, 2) and at three more points."""
    return (x**2 + y - 11.0) ** 2 + (x + y**2 - 7.0) ** 2


def branin(x: Array, y: Array) -> Array:
    """Branin's function; 10 / (8 pi) at (pi, 2.275) and at two more points."""
    valley = y - 5.1 / (4.0 * np.pi**2) * x**2 + 5.0 / np.pi * x - 6.0
    return valley**2 + 10.0 * (1.0 - 1.0 / (8.0 * np.pi)) * np.cos(x) + 10.0


def ackley(x: Array) -> Array:
    """20 + e - 20 exp(-0.2 rms x) - exp(mean cos(2 pi x)); 0 at 0, where it has a kink."""
    hill = 20.0 * np.exp(-0.2 * np.sqrt(np.mean(x**2)))
    return 20.0 + np.e - hill - np.exp(np.mean(np.cos(2.0 * np.pi * x)))


def rastrigin(x: Array) -> Array:
    """10 n + the sum of x_i^2 - 10 cos(2 pi x_i); 0 at 0."""
    return 10.0 * len(x) + np.sum(x**2 - 10.0 * np.cos(2.0 * np.pi * x))


def griewank(x: Array) -> Array:
    """1 + the sum of x_i^2 / 4000 - the product of cos(x_i / sqrt(i)); 0 at 0."""
    return 1.0 + np.sum(x**2) / 4000.0 - np.prod(np.cos(x / np.sqrt(np.arange(1.0, len(x) + 1.0))))


def styblinski_tang(x: Array) -> Array:
    """Half the sum of x_i^4 - 16 x_i^2 + 5 x_i; least at x_i = -2.903534."""
    return 0.5 * np.sum(x**4 - 16.0 * x**2 + 5.0 * x)


# fmt: off
CASES = (
    Case("rosenbrock", "Rosenbrock's valley", rosenbrock, lambda n: (np.resize([-1.2, 1.0], n),), (REAL,),
         "Rosenbrock, An automatic method for finding the greatest or least value of a function, Comput. J. 3 (1960)",
         family=SIZES, size=2),
    Case("beale", "Beale's function", beale, (1.0, 1.0), (REAL, REAL),
         "Beale, On an iterative method for finding a local minimum, Princeton report 25 (1958)"),
    Case("himmelblau", "Himmelblau's four minima", himmelblau, (1.0, 1.0), (REAL, REAL),
         "Himmelblau, Applied Nonlinear Programming (1972)"),
    Case("branin", "Branin's function", branin, (2.5, 7.5), ((-5.0, 10.0), (0.0, 15.0)),
         "Branin, Widely convergent method for finding multiple solutions, IBM J. Res. Dev. 16 (1972)"),
    Case("ackley", "Ackley's function", ackley, lambda n: (uniform(n, n),), (CURVED,),
         "Ackley, A Connectionist Machine for Genetic Hillclimbing (1987)", family=SIZES, size=2),
    Case("rastrigin", "Rastrigin's function", rastrigin, lambda n: (uniform(n, n),), (REAL,),
         "Rastrigin, Systems of Extremal Control (1974)", family=SIZES, size=2),
    Case("griewank", "Griewank's function", griewank, lambda n: (uniform(n, n, low=-5.0, high=5.0),), (REAL,),
         "Griewank, Generalized descent for global optimization, J. Optim. Theory Appl. 34 (1981)",
         family=SIZES, size=2),
    Case("styblinski_tang", "The function of Styblinski and Tang", styblinski_tang, lambda n: (uniform(n, n),), (REAL,),
         "Styblinski and Tang, Experiments in nonconvex optimization, Neural Networks 3 (1990)", family=SIZES, size=2),
)
# fmt: on

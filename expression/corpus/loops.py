"""Loops and products: the size is the number of steps or of factors. Some are written out, some are one node."""

import numpy as np

from expression.case import Case
from expression.corpus.data import BAYDIN, CURVED, SIZES, STEPS, UNIT, fixed, uniform
from expression.loops import cond, scan
from expression.operations.operation import REAL, Array


def logistic(x: Array, n: int = 4) -> Array:
    """l_n of the logistic map: l_1 = x, l_{k+1} = 4 l_k (1 - l_k)."""
    for _ in range(n - 1):
        x = 4.0 * x * (1.0 - x)
    return x


def repeated_squaring(x: Array, n: int = 5) -> Array:
    """x^(2^n), by n multiplications."""
    for _ in range(n):
        x = x * x
    return x


def newton_sqrt(x: Array, n: int = 5) -> Array:
    """The square root of x by n of Heron's steps y <- (y + x / y) / 2, from y = x."""
    y = x
    for _ in range(n):
        y = 0.5 * (y + x / y)
    return y


def kepler(anomaly: Array, eccentricity: Array, n: int = 5) -> Array:
    """E of Kepler's equation E - e sin E = M by n of Newton's steps, from E = M."""
    E = anomaly
    for _ in range(n):
        E = E - (E - eccentricity * np.sin(E) - anomaly) / (1.0 - eccentricity * np.cos(E))
    return E


def continued_fraction(x: Array, n: int = 8) -> Array:
    """The fraction x + 1 / (x + 1 / (x + ...)), n levels deep."""
    y = x
    for _ in range(n):
        y = x + 1.0 / y
    return y


def taylor_exp(x: Array, n: int = 10) -> Array:
    """1 + x + x^2 / 2! + ... + x^n / n!."""
    y = term = x
    for k in range(2, n + 1):
        term = term * x / float(k)
        y = y + term
    return 1.0 + y


def pendulum(angle: Array, speed: Array, n: int = 10) -> Array:
    """The angle of a pendulum, angle'' = -sin(angle), after the time 1: n steps of Stormer and Verlet."""
    h = 1.0 / n
    for _ in range(n):
        speed = speed - 0.5 * h * np.sin(angle)
        angle = angle + h * speed
        speed = speed - 0.5 * h * np.sin(angle)
    return angle


def horner(coefficients: Array, x: Array) -> Array:
    """The polynomial with these coefficients, the highest first, by Horner's rule."""
    y = coefficients[0]
    for c in coefficients[1:]:
        y = y * x + c
    return y


def speelpenning(x: Array) -> Array:
    """Speelpenning's product x_1 x_2 ... x_n, factor by factor."""
    y = x[0]
    for factor in x[1:]:
        y = y * factor
    return y


def logistic_scan(x: Array, n: int = 4) -> Array:
    """The logistic map as `logistic`, by a scan."""
    return scan(lambda x, _: (4.0 * x * (1.0 - x), None), x, length=n - 1)[0]


def damped_pendulum(angle: Array, speed: Array, damping: Array, n: int = 8) -> Array:
    """The energy, summed over n Euler steps h = 1/4, of a damped pendulum, angle'' = -sin(angle) - damping angle'."""
    h = 0.25

    def step(state: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], Array]:
        angle, speed = state
        speed = speed - h * (np.sin(angle) + damping * speed)
        angle = angle + h * speed
        return (angle, speed), 0.5 * speed * speed - np.cos(angle)

    return np.sum(scan(step, (angle, speed), length=n)[1])


def elman(W: Array, U: Array, x: Array) -> Array:
    """A recurrent network by a scan, h <- tanh(W h + U x_t): the squared distance of its states from a target."""
    targets = fixed(7, *np.shape(x)[:1], len(W))

    def step(h: Array, pair: tuple[Array, Array]) -> tuple[Array, Array]:
        x_t, target = pair
        h = np.tanh(W @ h + U @ x_t)
        return h, np.sum((h - target) ** 2)

    return np.sum(scan(step, np.zeros(len(W)), (x, targets))[1])


def log1p_ratio(x: Array) -> Array:
    """log(1 + x) / x, by its series near 0: only the branch that is taken is evaluated."""
    return cond(x * x < 1e-6, lambda x: 1.0 - x / 2.0 + x * x / 3.0, lambda x: np.log1p(x) / x, x)


# fmt: off
CASES = (
    Case("logistic", "The logistic map, n - 1 steps", logistic, (0.2,), ((0.05, 0.95),),
         f"{BAYDIN}, Table 1 and Figure 4; May, Simple mathematical models, Nature 261 (1976)", family=STEPS, size=4),
    Case("repeated_squaring", "x^(2^n), which a tree writes with 2^n leaves", repeated_squaring, (1.01,), ((0.8, 1.1),),
         "Laue, On the equivalence of automatic and symbolic differentiation, arXiv:1904.02990 (2019)",
         family=STEPS, size=5),
    Case("newton_sqrt", "Heron's square root", newton_sqrt, (2.0,), (CURVED,),
         "Heron, Metrica I.8 (about 60)", family=STEPS, size=5),
    Case("kepler", "Kepler's equation by Newton's method", kepler, (1.0, 0.3), ((0.3, 2.5), (0.05, 0.6)),
         "Kepler, Astronomia nova (1609), chapter 60", family=STEPS, size=5),
    Case("continued_fraction", "A continued fraction", continued_fraction, (1.0,), (CURVED,),
         "Khinchin, Continued Fractions (1935)", family=STEPS, size=8),
    Case("taylor_exp", "The Taylor series of exp", taylor_exp, (1.0,), (REAL,),
         "Taylor, Methodus incrementorum (1715)", family=STEPS, size=10),
    Case("pendulum", "A pendulum, n steps of a symplectic method", pendulum, (1.0, 0.0), (UNIT, UNIT),
         "Hairer, Lubich and Wanner, Geometric numerical integration, Acta Numer. 12 (2003)",
         family=STEPS, size=10),
    Case("horner", "A polynomial of degree n", horner, lambda n: (uniform(n, n + 1), 0.7), (UNIT, UNIT),
         "Horner, A new method of solving numerical equations, Phil. Trans. 109 (1819)", family=SIZES, size=4),
    Case("speelpenning", "A long product", speelpenning, lambda n: (uniform(n, n, low=0.5, high=1.5),), (CURVED,),
         "Speelpenning, Compiling fast partial derivatives of functions given by algorithms, thesis (1980)",
         family=SIZES, size=4),
    Case("logistic_scan", "The logistic map as one node", logistic_scan, (0.2,), ((0.05, 0.95),),
         "May, Simple mathematical models, Nature 261 (1976)", family=STEPS, size=4),
    Case("damped_pendulum", "A damped pendulum as one node", damped_pendulum, (1.0, 0.0, 0.3), (UNIT, UNIT, (0.1, 0.8)),
         "Hairer, Lubich and Wanner, Geometric numerical integration, Acta Numer. 12 (2003)",
         family=STEPS, size=8),
    Case("elman", "A recurrent network as one node, n steps",
         elman, lambda n: (uniform(1, 2, 2), uniform(2, 2, 2), uniform(n, n, 2)), (UNIT, UNIT, UNIT),
         "Elman, Finding structure in time, Cognitive Science 14 (1990)", family=STEPS, size=4, parameters=("W", "U")),
    Case("log1p_ratio", "A branch as one node: log(1 + x) / x", log1p_ratio, (0.5,), (CURVED,),
         "Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. (2002), section 1.14.1"),
)
# fmt: on

"""The corpus: named functions with their arguments, domains and sources, used by tests, comparisons and lessons.

To add a function: write it as plain NumPy code, and give it one row in CASES. Every function has one output, of
shape (). Where it takes `n`, that is the size of a family (steps, terms); the other families grow with their
arguments.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache, partial
from inspect import signature
from types import MappingProxyType
from typing import Any

import numpy as np

from expression import functions
from expression.errors import ArgumentError, MissingPackage
from expression.functions import conv2d, erf, gelu, layer_norm, log_softmax, logsumexp, one_hot, softmax, softplus
from expression.nodes import Expression
from expression.operations.operation import POSITIVE, REAL, Array, Interval
from expression.structure import tree_map
from expression.tracing import trace

Rng = np.random.Generator
Draw = Callable[[Rng, Array], Array]  # (rng, a leaf of the default arguments) -> a random leaf


@dataclass(frozen=True, slots=True)
class Case:
    """One function of the corpus.

    >>> case("logistic").at(2)[0](0.2)
    0.6400000000000001
    """

    name: str
    title: str
    function: Callable[..., Array]
    point: tuple[Any, ...] | Callable[[int], tuple[Any, ...]]  # the default arguments, or size -> arguments
    domain: tuple[Interval | Draw, ...]  # an argument: an interval for its entries, or how to draw a leaf
    source: str
    family: tuple[int, ...] = ()  # sizes that it is usually shown at
    size: int = 0  # the size that is meant when none is given
    parameters: tuple[str, ...] = ()  # arguments with the role of parameters
    requires: str = ""  # the package that holds its data
    kink: str = ""  # what is the matter at the default point, where there is no derivative

    def __post_init__(self) -> None:
        """Check what a row may get wrong."""
        names = [name for name in signature(self.function).parameters if name != "n"]
        if not self.name.isidentifier() or not self.title or not self.source:
            raise ArgumentError(f"case {self.name!r}: needs a name that is an identifier, a title and a source")
        if bool(self.family) != bool(self.size) or self.size not in (self.family or (0,)):
            raise ArgumentError(f"case {self.name}: size {self.size} is not one of its family {self.family}")
        if list(self.family) != sorted(set(self.family)):
            raise ArgumentError(f"case {self.name}: family {self.family} must increase")
        if not set(self.parameters) <= set(names):
            raise ArgumentError(f"case {self.name}: parameters {self.parameters} are not among {', '.join(names)}")

    @property
    def smooth(self) -> bool:
        """Whether the function has a derivative at its default arguments."""
        return not self.kink

    def arguments(self, n: int | None = None) -> tuple[Any, ...]:
        """The default arguments, of size n."""
        return self.point(self.sized(n)) if callable(self.point) else self.point

    def at(self, n: int | None = None) -> tuple[Callable[..., Array], tuple[Any, ...]]:
        """The function and its default arguments, of size n."""
        f = self.function
        if self.family and "n" in signature(f).parameters:
            f = partial(f, n=self.sized(n))
        return f, self.arguments(n)

    def sized(self, n: int | None) -> int:
        """The size that is meant.

        Raises ArgumentError for a size of a case that is no family, and for one below the smallest.
        """
        if n is None:
            return self.size
        if not self.family:
            raise ArgumentError(f"{self.name} is no family; leave the size {n} out")
        if n < self.family[0]:
            raise ArgumentError(f"{self.name}: size {n} is below the smallest, {self.family[0]}")
        return n

    def sample(self, rng: Rng, n: int | None = None) -> tuple[Any, ...]:
        """Random arguments from the interior of the domain; kinks are met with probability 0."""

        def drawn(domain: Interval | Draw, argument: Any) -> Any:
            draw = domain if callable(domain) else inside(*domain)
            return tree_map(lambda leaf: draw(rng, leaf), argument)

        return tuple(drawn(d, a) for d, a in zip(self.domain, self.arguments(n), strict=True))

    def trace(self, n: int | None = None) -> Expression:
        """The expression, of size n.

        >>> print(case("baydin").trace().to_infix())
        log(x) + x * y - sin(y)
        """
        f, args = self.at(n)
        return trace(f, *args, parameters=self.parameters)


def inside(low: float, high: float) -> Draw:
    """Entries drawn evenly between two bounds."""

    def draw(rng: Rng, leaf: Array) -> Array:
        return float(rng.uniform(low, high)) if np.ndim(leaf) == 0 else rng.uniform(low, high, np.shape(leaf))

    return draw


def near(width: float) -> Draw:
    """Entries at most that far from the default."""
    return lambda rng, leaf: leaf + inside(-width, width)(rng, leaf)


def positive_definite(rng: Rng, leaf: Array) -> Array:
    """A symmetric positive definite matrix with eigenvalues above 1."""
    n = len(leaf)
    root = rng.uniform(-1.0, 1.0, (n, n))
    return root @ root.T + np.eye(n)


# -- data -------------------------------------------------------------------------------------------------------------


def uniform(seed: int, *shape: int, low: float = -1.0, high: float = 1.0) -> Array:
    """Fixed random numbers."""
    return np.random.default_rng(seed).uniform(low, high, shape)


@lru_cache(maxsize=64)
def fixed(seed: int, *shape: int) -> Array:
    """Fixed random numbers that a function holds as its data."""
    values = uniform(seed, *shape)
    values.flags.writeable = False
    return values


@lru_cache(maxsize=64)
def mixture(n: int) -> tuple[Array, Array]:
    """The constants of a mixture of n components: interactions A and volumes b, uniform up to 0.1."""
    rng = np.random.default_rng(n)
    A, b = rng.uniform(0.0, 0.1, (n, n)), rng.uniform(0.0, 0.1, n)
    A.flags.writeable = b.flags.writeable = False
    return A, b


@lru_cache(maxsize=1)
def digits_data() -> tuple[Array, Array]:
    """1797 images of handwritten digits, 64 grey values from 0 to 1 each, and their labels as one-hot rows.

    Raises MissingPackage without scikit-learn, whose package holds them.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise MissingPackage("the digits come with scikit-learn; run: pip install 'trigrad[course]'") from error
    images, labels = load_digits(return_X_y=True)
    X, Y = images / 16.0, one_hot(labels, 10)
    X.flags.writeable = Y.flags.writeable = False
    return X, Y


MISRA1A_X = (77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0)
MISRA1A_Y = (10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78)


# -- first examples ---------------------------------------------------------------------------------------------------


def baydin(x: Array, y: Array) -> Array:
    """Return ln x + x y - sin y."""
    return np.log(x) + x * y - np.sin(y)


def x2_sin(x: Array) -> Array:
    """Return x^2 sin x."""
    return x**2 * np.sin(x)


def power_tower(x: Array) -> Array:
    """Return x^x."""
    return x**x


def tanh_by_exp(x: Array) -> Array:
    """Return (1 - e^-2x) / (1 + e^-2x)."""
    y = np.exp(-2.0 * x)
    return (1.0 - y) / (1.0 + y)


def twenty_operations(x: Array, y: Array, z: Array) -> Array:
    """Twenty operations on three numbers, none of them twice."""
    first = np.sin(x * y) * np.exp(-z / x)
    second = np.tanh(y - x * z) / np.sqrt(1.0 + y * y)
    return first + second + np.log(x + z * z) / (y + z)


# -- loops: the size is the number of steps ------------------------------------------------------------------------------


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
    """x + 1 / (x + 1 / (x + ...)), n levels deep."""
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


# -- test functions of optimization ------------------------------------------------------------------------------------


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


# -- physics, chemistry, finance ---------------------------------------------------------------------------------------


def helmholtz(x: Array) -> Array:
    """The Helmholtz energy of a mixed fluid by the Peng-Robinson equation of state, with R T = 1.

    f(x) = sum x_i ln(x_i / (1 - b x)) - x A x / (sqrt(8) b x) ln((1 + (1 + sqrt 2) b x) / (1 + (1 - sqrt 2) b x))
    """
    A, b = mixture(len(x))
    bx = b @ x
    ideal = np.sum(x * np.log(x / (1.0 - bx)))
    ratio = (1.0 + (1.0 + np.sqrt(2.0)) * bx) / (1.0 + (1.0 - np.sqrt(2.0)) * bx)
    return ideal - x @ A @ x / (np.sqrt(8.0) * bx) * np.log(ratio)


def black_scholes(spot: Array, strike: Array, years: Array, rate: Array, volatility: Array) -> Array:
    """The price of a European call, S Phi(d_1) - K e^(-r T) Phi(d_2)."""
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / spread
    d2 = d1 - spread
    return 0.5 * (
        spot * (1.0 + erf(d1 / np.sqrt(2.0))) - strike * np.exp(-rate * years) * (1.0 + erf(d2 / np.sqrt(2.0)))
    )


def planck(wavelength: Array, temperature: Array) -> Array:
    """Spectral radiance of a black body, in W / (m^2 sr um), at a wavelength in um and a temperature in K."""
    return 1.191042972e8 / (wavelength**5 * np.expm1(14387.768775 / (wavelength * temperature)))


def van_der_waals(volume: Array, temperature: Array) -> Array:
    """Reduced pressure 8 T / (3 V - 1) - 3 / V^2; 1 at the critical point (1, 1)."""
    return 8.0 * temperature / (3.0 * volume - 1.0) - 3.0 / volume**2


def lennard_jones(r: Array) -> Array:
    """The pair potential 4 (r^-12 - r^-6); -1 at 2^(1/6)."""
    return 4.0 * (r**-12.0 - r**-6.0)


def cluster(x: Array) -> Array:
    """The Lennard-Jones energy of n atoms, x of shape (n, 3)."""
    i, j = np.triu_indices(len(x), k=1)
    return np.sum(lennard_jones(np.sqrt(np.sum((x[i] - x[j]) ** 2, axis=1))))


def misra1a(b1: Array, b2: Array) -> Array:
    """The residual sum of squares of the model y = b1 (1 - exp(-b2 x)) on 14 measurements."""
    return np.sum((np.array(MISRA1A_Y) - b1 * (1.0 - np.exp(-b2 * np.array(MISRA1A_X)))) ** 2)


def reprojection(camera: Array, point: Array) -> Array:
    """The squared distance of a point's image from (0.1, -0.2), for a camera of nine numbers.

    They are a rotation vector (Rodrigues), a translation, the focal length and two coefficients of distortion.
    """
    r, translation, focal, k1, k2 = camera[:3], camera[3:6], camera[6], camera[7], camera[8]
    angle = np.linalg.norm(r)
    axis = r / angle
    across = axis[np.array([1, 2, 0])] * point[np.array([2, 0, 1])] - axis[np.array([2, 0, 1])] * point[np.array([1, 2, 0])]
    turned = np.cos(angle) * point + np.sin(angle) * across + (1.0 - np.cos(angle)) * (axis @ point) * axis
    seen = turned + translation
    p = -seen[:2] / seen[2]
    radius = p @ p
    image = focal * (1.0 + k1 * radius + k2 * radius**2) * p
    return np.sum((image - np.array([0.1, -0.2])) ** 2)


# -- linear algebra and statistics -------------------------------------------------------------------------------------


def quadratic_form(x: Array, A: Array) -> Array:  # as on paper
    """Return x^T A x."""
    return x @ A @ x


def least_squares(A: Array, x: Array, b: Array) -> Array:
    """||A x - b||^2."""
    return np.sum((A @ x - b) ** 2)


def log_determinant(X: Array) -> Array:
    """Return ln |det X|."""
    return np.linalg.slogdet(X)[1]


def determinant(X: Array) -> Array:
    """Return det X."""
    return np.linalg.det(X)


def trace_inverse(X: Array) -> Array:
    """tr X^-1."""
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
    """x y / (|x| |y|)."""
    return x @ y / (np.linalg.norm(x) * np.linalg.norm(y))


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


# -- learning ----------------------------------------------------------------------------------------------------------


def logistic_regression(w: Array, b: Array) -> Array:
    """The mean of ln(1 + exp(-y (w x + b))) over 20 fixed points x with labels y of -1 and 1."""
    X = fixed(41, 20, 3)
    y = np.where(X[:, 0] + 0.5 * X[:, 1] > 0.1, 1.0, -1.0)
    return np.mean(softplus(-y * (X @ w + b)))


def cross_entropy(scores: Array) -> Array:
    """The mean over rows of logsumexp(scores) - the score of the label; the labels are 0, 1, 2, 0, 1, ..."""
    rows, classes = scores.shape
    Y = one_hot(np.arange(rows) % classes, classes)
    return np.mean(logsumexp(scores, axis=1) - np.sum(Y * scores, axis=1))


def mlp(params: dict[str, Array]) -> Array:
    """The mean squared error of a network with one tanh layer on eight fixed points."""
    X, y = fixed(42, 8, 3), fixed(43, 8)
    hidden = np.tanh(X @ params["W1"] + params["b1"])
    return np.mean((hidden @ params["w2"] + params["b2"] - y) ** 2)


def residual_block(x: Array, params: dict[str, Array]) -> Array:
    """The mean square of y = x + W_2 gelu(W_1 layer_norm(x) + b_1)."""
    hidden = gelu(layer_norm(x, params["gain"], params["bias"]) @ params["W1"] + params["b1"])
    return np.mean((x + hidden @ params["W2"]) ** 2)


def attention_head(x: Array, params: dict[str, Array]) -> Array:
    """The mean square of softmax(Q K^T / sqrt(d)) V, with queries, keys and values linear in x."""
    queries, keys, values = x @ params["Q"], x @ params["K"], x @ params["V"]
    weights = softmax(queries @ keys.T / np.sqrt(float(keys.shape[1])))
    return np.mean((weights @ values) ** 2)


def recurrent(params: dict[str, Array], sequence: Array) -> Array:
    """Half the squared norm of h after h <- tanh(W h + U x + b) for each x of a sequence, from h = 0."""
    h = np.zeros(3)
    for x in sequence:
        h = np.tanh(params["W"] @ h + params["U"] @ x + params["b"])
    return 0.5 * np.sum(h**2)


def convolution(x: Array, w: Array, b: Array) -> Array:
    """The mean square of tanh(conv(x, w) + b), zero-padded so that the image keeps its size."""
    return np.mean(np.tanh(conv2d(x, w, padding=1) + b[:, None, None]) ** 2)


def digits(params: dict[str, Array]) -> Array:
    """The cross-entropy of softmax regression on 1797 handwritten digits: ln 10 at W = 0, b = 0."""
    X, Y = digits_data()
    return -np.mean(np.sum(Y * log_softmax(X @ params["W"] + params["b"]), axis=1))


def digits_mlp(params: dict[str, Array]) -> Array:
    """The cross-entropy of a network with one tanh layer on 1797 handwritten digits."""
    X, Y = digits_data()
    hidden = np.tanh(X @ params["W1"] + params["b1"])
    return -np.mean(np.sum(Y * log_softmax(hidden @ params["W2"] + params["b2"]), axis=1))


# -- kinks and traps ---------------------------------------------------------------------------------------------------


def absolute(x: Array) -> Array:
    """|x|."""
    return np.abs(x)


def maximum(x: Array, y: Array) -> Array:
    """The larger of two numbers."""
    return np.maximum(x, y)


def largest(x: Array) -> Array:
    """The largest entry."""
    return np.max(x)


def sqrt_square(x: Array) -> Array:
    """The square root of x^2, which is |x|."""
    return np.sqrt(x**2)


def where_trap(x: Array) -> Array:
    """Return x where x > 0, else sqrt(-x): the branch not taken is nan."""
    return np.where(x > 0.0, x, np.sqrt(-x))


# -- default arguments that take more than a line ------------------------------------------------------------------------


def lattice(n: int) -> tuple[Array]:
    """The first n points of a cubic lattice with spacing 1.2, nudged so that nothing is symmetric."""
    side = int(np.ceil(n ** (1.0 / 3.0)))
    corners = np.array([(i, j, k) for i in range(side) for j in range(side) for k in range(side)][:n], dtype=float)
    return (1.2 * corners + uniform(n, n, 3, low=-0.05, high=0.05),)


def mlp_parameters(n: int) -> tuple[dict[str, Array]]:
    """Weights for n hidden units."""
    return ({"W1": uniform(1, 3, n), "b1": uniform(2, n), "w2": uniform(3, n), "b2": 0.1},)


BLOCK = {"gain": uniform(4, 4), "bias": uniform(5, 4), "W1": uniform(6, 4, 8), "b1": uniform(7, 8), "W2": uniform(8, 8, 4)}
HEAD = {"Q": uniform(9, 4, 3), "K": uniform(10, 4, 3), "V": uniform(11, 4, 3)}
CELL = {"W": uniform(12, 3, 3), "U": uniform(13, 3, 2), "b": uniform(14, 3)}
NORMALS = {"weights": uniform(15, 3), "means": uniform(16, 3, 2), "log_deviations": uniform(17, 3, 2)}
DIGITS = {"W": np.zeros((64, 10)), "b": np.zeros(10)}
DIGITS_MLP = {"W1": 0.2 * uniform(18, 64, 32), "b1": np.zeros(32), "W2": 0.2 * uniform(19, 32, 10), "b2": np.zeros(10)}
MATRIX = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
CAMERA = np.array([0.1, -0.2, 0.3, 0.05, -0.1, -4.0, 1.2, 0.1, -0.05])

STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 12)
SIZES = (2, 4, 8, 16, 32, 64)
UNIT = (-1.0, 1.0)
CURVED = (0.5, 2.0)

BAYDIN = "Baydin, Pearlmutter, Radul and Siskind, Automatic differentiation in machine learning: a survey, JMLR 18 (2018)"
COOKBOOK = "Petersen and Pedersen, The Matrix Cookbook (2012)"
LAUE = "Laue, On the equivalence of forward mode automatic differentiation and symbolic differentiation, arXiv:1904.02990"
ADBENCH = "Srajer, Kukelova and Fitzgibbon, A benchmark of selected AD tools, Optim. Methods Softw. 33 (2018)"
BISHOP = "Bishop, Pattern Recognition and Machine Learning (2006)"
KAKADE = "Kakade and Lee, Provably correct automatic subdifferentiation for qualified programs, NeurIPS (2018)"
DIGITS_SOURCE = "Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI (1998); scikit-learn, load_digits"

CASES = (
    Case("baydin", "Baydin's worked example", baydin, (2.0, 5.0), (POSITIVE, REAL), f"{BAYDIN}, Tables 2 and 3"),
    Case("x2_sin", "A product of a power and a sine", x2_sin, (1.3,), (REAL,), "the first example of any calculus course"),
    Case("power_tower", "A power with a variable exponent", power_tower, (2.0,), (CURVED,), "Euler, De serie Lambertina (1783)"),
    Case("tanh_by_exp", "tanh written with exp", tanh_by_exp, (1.0,), (REAL,), "Maclaurin, Duvenaud and Johnson, Autograd, ICML workshop (2015), first example"),
    Case("twenty_operations", "Twenty operations on three numbers", twenty_operations, (1.2, 0.7, 1.5), (CURVED, CURVED, CURVED), "made for this corpus"),
    Case("sigmoid", "The logistic function", functions.sigmoid, (0.5,), (REAL,), "Verhulst, Notice sur la loi que la population suit dans son accroissement (1838)"),
    Case("softplus", "The smooth relu", functions.softplus, (0.5,), (REAL,), "Dugas et al., Incorporating second-order functional knowledge for better option pricing, NIPS (2000)"),
    Case("gelu", "The Gaussian error linear unit", functions.gelu, (0.5,), (REAL,), "Hendrycks and Gimpel, Gaussian error linear units, arXiv:1606.08415 (2016)"),
    Case("logsumexp", "The smooth maximum", functions.logsumexp, lambda n: (uniform(1, n),), (REAL,), "Blanchard, Higham and Higham, Accurately computing the log-sum-exp and softmax functions, IMA J. Numer. Anal. 41 (2021)", family=SIZES, size=4),
)

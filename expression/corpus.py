"""The corpus: named functions with their arguments, domains and sources, used by tests, comparisons and lessons.

To add a function: write it as plain NumPy code, and give it one row in CASES. Every function has one output, of
shape (). Where it takes `n`, that is the size of a family (steps, terms); the other families grow with their
arguments.
"""

from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from expression import functions
from expression.case import Case, near, positive_definite
from expression.errors import ArgumentError, MissingPackage
from expression.functions import conv2d, erf, gelu, layer_norm, log_softmax, logsumexp, one_hot, softmax, softplus
from expression.operations.operation import POSITIVE, REAL, Array

# -- data ------------------------------------------------------------------------------------------------------------


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


# -- first examples --------------------------------------------------------------------------------------------------


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


# -- loops: the size is the number of steps --------------------------------------------------------------------------


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


# -- test functions of optimization ----------------------------------------------------------------------------------


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


# -- physics, chemistry, finance -------------------------------------------------------------------------------------


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
    across = np.roll(axis, -1) * np.roll(point, 1) - np.roll(axis, 1) * np.roll(point, -1)
    turned = np.cos(angle) * point + np.sin(angle) * across + (1.0 - np.cos(angle)) * (axis @ point) * axis
    seen = turned + translation
    p = -seen[:2] / seen[2]
    radius = p @ p
    image = focal * (1.0 + k1 * radius + k2 * radius**2) * p
    return np.sum((image - np.array([0.1, -0.2])) ** 2)


# -- linear algebra and statistics -----------------------------------------------------------------------------------


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


# -- learning --------------------------------------------------------------------------------------------------------


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


# -- kinks and traps -------------------------------------------------------------------------------------------------


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
    """The number x where x > 0, else sqrt(-x): the branch not taken is nan."""
    return np.where(x > 0.0, x, np.sqrt(-x))


# -- default arguments that take more than a line --------------------------------------------------------------------


def lattice(n: int) -> tuple[Array]:
    """The first n points of a cubic lattice with spacing 1.2, nudged so that nothing is symmetric."""
    side = int(np.ceil(n ** (1.0 / 3.0)))
    corners = np.array([(i, j, k) for i in range(side) for j in range(side) for k in range(side)][:n], dtype=float)
    return (1.2 * corners + uniform(n, n, 3, low=-0.05, high=0.05),)


def mlp_parameters(n: int) -> tuple[dict[str, Array]]:
    """Weights for n hidden units."""
    return ({"W1": uniform(1, 3, n), "b1": uniform(2, n), "w2": uniform(3, n), "b2": 0.1},)


BLOCK = {
    "gain": uniform(4, 4),
    "bias": uniform(5, 4),
    "W1": uniform(6, 4, 8),
    "b1": uniform(7, 8),
    "W2": uniform(8, 8, 4),
}
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
MIXED = (0.02, 0.1)

# Sources that several rows name.
BAYDIN = "Baydin, Pearlmutter, Radul and Siskind, Automatic differentiation in machine learning, JMLR 18 (2018)"
COOKBOOK = "Petersen and Pedersen, The Matrix Cookbook (2012)"
ADBENCH = "Srajer, Kukelova and Fitzgibbon, A benchmark of selected AD tools, Optim. Methods Softw. 33 (2018)"
BISHOP = "Bishop, Pattern Recognition and Machine Learning (2006)"
KAKADE = "Kakade and Lee, Provably correct automatic subdifferentiation for qualified programs, NeurIPS (2018)"
DIGITS_SOURCE = "Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI (1998); scikit-learn"

# fmt: off
CASES = (
    # first examples
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
    # loops and products
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
    # test functions of optimization
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
    # physics, chemistry, finance
    Case("helmholtz", "The energy of a mixed fluid", helmholtz, lambda n: (uniform(n, n, low=0.02, high=0.1),),
         (MIXED,), f"Griewank, On automatic differentiation (1989); {BAYDIN}, section 4; constants as in DiffSharp",
         family=SIZES, size=4),
    Case("black_scholes", "The price of a European call", black_scholes, (42.0, 40.0, 0.5, 0.1, 0.2),
         ((35.0, 50.0), (35.0, 50.0), (0.3, 2.0), (0.01, 0.1), (0.15, 0.5)),
         "Black and Scholes, The pricing of options and corporate liabilities (1973); Hull, Options (2009), ex. 13.6"),
    Case("planck", "The radiance of a black body", planck, (0.5, 5778.0), ((0.3, 3.0), (3000.0, 8000.0)),
         "Planck, Ueber das Gesetz der Energieverteilung im Normalspectrum, Ann. Phys. 309 (1901); CODATA 2018"),
    Case("van_der_waals", "The pressure of a real gas", van_der_waals, (1.5, 1.1), ((0.8, 3.0), (0.8, 1.5)),
         "van der Waals, Over de continuiteit van den gas- en vloeistoftoestand, thesis (1873)"),
    Case("lennard_jones", "The energy of two atoms", lennard_jones, (1.2,), ((0.95, 2.0),),
         "Lennard-Jones, Cohesion, Proc. Phys. Soc. 43 (1931)"),
    Case("cluster", "The energy of n atoms", cluster, lattice, (near(0.05),),
         "Hoare and Pal, Physical cluster mechanics, Adv. Phys. 20 (1971)", family=(2, 3, 4, 8, 13), size=4),
    Case("misra1a", "A nonlinear regression", misra1a, (250.0, 0.0005), ((200.0, 300.0), (4e-4, 7e-4)),
         "NIST Statistical Reference Datasets, Misra1a (1978)"),
    Case("reprojection", "The error of a camera's image", reprojection, (CAMERA, np.array([0.3, -0.2, 0.5])),
         (near(0.05), near(0.05)), f"Agarwal et al., Bundle adjustment in the large, ECCV (2010); {ADBENCH}"),
    # linear algebra and statistics
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
    # learning
    Case("logistic_regression", "Logistic regression", logistic_regression, (uniform(66, 3), 0.1), (REAL, REAL),
         "Cox, The regression analysis of binary sequences, J. R. Stat. Soc. B 20 (1958)", parameters=("w", "b")),
    Case("cross_entropy", "The cross-entropy of a softmax", cross_entropy, (uniform(67, 4, 3),), (REAL,),
         f"{BISHOP}, eq. 4.108"),
    Case("mlp", "A network with n hidden units", mlp, mlp_parameters, (UNIT,),
         "Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, Nature 323 (1986)",
         family=SIZES, size=4, parameters=("params",)),
    Case("residual_block", "A residual block with layer norm", residual_block, (uniform(68, 2, 4), BLOCK), (UNIT, UNIT),
         "He et al., Deep residual learning, CVPR (2016); Ba, Kiros and Hinton, Layer normalization (2016)",
         parameters=("params",)),
    Case("attention_head", "A head of scaled dot-product attention", attention_head, (uniform(69, 3, 4), HEAD),
         (UNIT, UNIT), "Vaswani et al., Attention is all you need, NIPS (2017), eq. 1", parameters=("params",)),
    Case("recurrent", "A recurrent network over n steps", recurrent, lambda n: (CELL, uniform(n, n, 2)), (UNIT, UNIT),
         "Elman, Finding structure in time, Cognitive Science 14 (1990)", family=STEPS, size=4, parameters=("params",)),
    Case("convolution", "A convolution layer", convolution,
         (uniform(70, 1, 2, 4, 4), uniform(71, 3, 2, 3, 3), uniform(72, 3)), (UNIT, UNIT, UNIT),
         "LeCun et al., Backpropagation applied to handwritten zip code recognition, Neural Comput. 1 (1989)",
         parameters=("w", "b")),
    Case("digits", "Softmax regression on real digits", digits, (DIGITS,), ((-0.1, 0.1),), DIGITS_SOURCE,
         parameters=("params",), requires="scikit-learn"),
    Case("digits_mlp", "A network with 32 hidden units on real digits", digits_mlp, (DIGITS_MLP,), ((-0.2, 0.2),),
         DIGITS_SOURCE, parameters=("params",), requires="scikit-learn"),
    # kinks and traps
    Case("relu", "The positive part at its kink", functions.relu, (0.0,), (REAL,),
         KAKADE, kink="relu at 0: any slope from 0 to 1 is a subgradient"),
    Case("absolute", "The absolute value at its kink", absolute, (0.0,), (REAL,),
         KAKADE, kink="|x| at 0: any slope from -1 to 1 is a subgradient"),
    Case("maximum", "The larger of two equal numbers", maximum, (1.0, 1.0), (REAL, REAL),
         KAKADE, kink="max(x, y) at x = y: the subgradients are (t, 1 - t) for t from 0 to 1"),
    Case("largest", "The largest entry, twice there", largest, (np.array([1.0, 1.0, 0.0, -1.0, 0.5, -2.0]),), (REAL,),
         KAKADE, kink="two entries tie: the subgradients are (t, 1 - t, 0) for t from 0 to 1"),
    Case("sqrt_square", "|x|, written as the root of a square", sqrt_square, (0.0,), (POSITIVE,),
         KAKADE, kink="sqrt(x^2) at 0: the chain rule says inf times 0"),
    Case("where_trap", "The branch not taken is nan", where_trap, (1.0,), (POSITIVE,),
         "JAX documentation, frequently asked questions: gradients contain NaN where using where"),
)
# fmt: on

CORPUS = MappingProxyType({row.name: row for row in CASES})


def case(name: str) -> Case:
    """The case of that name.

    Raises ArgumentError for a name that there is not, with the nearest one that there is.

    >>> case("himmelblau").function(3.0, 2.0)
    0.0
    """
    if name not in CORPUS:
        close = get_close_matches(name, CORPUS, n=1)
        advice = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(CORPUS))}"
        raise ArgumentError(f"the corpus has no {name!r}; {advice}")
    return CORPUS[name]

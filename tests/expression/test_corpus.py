"""The corpus: every row traces and evaluates, and has the values that its source publishes."""

import math
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from inspect import signature
from itertools import combinations
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.optimize
import scipy.signal
import scipy.special
import scipy.stats
from scipy.spatial.transform import Rotation

from expression import ArgumentError, MissingPackage, corpus, measure
from expression.case import Case
from expression.corpus import CASES, CORPUS, case, digits_data, fixed, mixture
from expression.structure import flatten
from tests.expression import model_oracles
from tests.expression.model_oracles import mean_loss

EPS = float(np.finfo(float).eps)
TRACE_TOL = 4 * EPS  # the same NumPy calls, up to the two roundings in which np.linalg.norm and our row may differ
TOL = 200 * EPS  # two formulas for one well-conditioned value: some dozens of roundings each
SAMPLES = 3

SIZED = [(row, n) for row in CASES for n in (row.family or (None,))]

cases = pytest.mark.parametrize("row", CASES, ids=lambda row: row.name)
sizes = pytest.mark.parametrize("row, n", SIZED, ids=lambda x: x.name if isinstance(x, Case) else str(x or "only"))


def close(a: Any, b: Any, tol: float = TOL) -> None:
    a, b = float(a), float(b)
    assert abs(a - b) <= tol * max(1.0, abs(a) + abs(b)), (a, b)


def value(row: Case, args: Any, n: int | None = None) -> float:
    with np.errstate(all="ignore"):  # where_trap takes the root of a negative number, as it should
        return float(row.at(n)[0](*args))


# -- every row -------------------------------------------------------------------------------------------------------


def test_there_are_many_rows_and_no_name_twice() -> None:
    assert len(CASES) >= 40
    assert list(CORPUS.values()) == list(CASES)
    assert list(CORPUS) == [row.name for row in CASES]


@cases
def test_every_row_says_what_it_is_and_where_it_comes_from(row: Case) -> None:
    assert case(row.name) is row
    assert row.title and len(row.source) > 10
    assert row.function.__doc__
    assert len(row.domain) == len(row.arguments())


@sizes
def test_traced_and_untraced_values_agree_at_the_default_point(row: Case, n: int | None) -> None:
    args, e = row.arguments(n), row.trace(n)
    y = value(row, args, n)
    assert math.isfinite(y)
    assert [e.nodes[j].shape for j in e.outputs] == [()]
    close(e(*args), y, TRACE_TOL)


@cases
def test_traced_and_untraced_values_agree_at_random_points_of_the_domain(row: Case) -> None:
    rng = np.random.default_rng(len(row.name))
    e = row.trace()
    for _ in range(SAMPLES):
        args = row.sample(rng)
        y = value(row, args)
        assert math.isfinite(y)
        close(e(*args), y, TRACE_TOL)


@cases
def test_samples_have_the_structure_of_the_default_arguments_and_lie_in_the_domain(row: Case) -> None:
    default, structure = flatten(row.arguments())
    leaves, found = flatten(row.sample(np.random.default_rng(0)))
    assert found == structure
    assert [np.shape(x) for x in leaves] == [np.shape(x) for x in default]
    assert all(type(x) is type(y) for x, y in zip(leaves, default, strict=True))
    for domain, argument in zip(row.domain, row.sample(np.random.default_rng(1)), strict=True):
        if not callable(domain):
            assert all(np.all((domain[0] < x) & (x < domain[1])) for x in flatten(argument)[0])


@cases
def test_nobody_can_spoil_the_default_arguments(row: Case) -> None:
    before = [np.array(leaf) for leaf in flatten(row.arguments())[0]]
    for leaf in flatten(row.arguments())[0]:
        if isinstance(leaf, np.ndarray):
            leaf += 1.0
    assert all(np.array_equal(a, b) for a, b in zip(before, flatten(row.arguments())[0], strict=True))


@cases
def test_parameters_have_their_role(row: Case) -> None:
    roles = {i.name: i.role for i in row.trace().inputs}
    for name, role in roles.items():
        assert (role == "parameter") == (name.split("_")[0] in row.parameters)


@cases
def test_the_lines_of_a_case_are_those_of_the_corpus_or_of_its_caller(row: Case) -> None:
    files = {path.name for path in Path(corpus.__file__).parent.iterdir()} - {"__init__.py"}
    named = {node.line.split(",")[0] for node in row.trace().nodes}
    assert named and named <= files | {Path(__file__).name}
    if row.function.__module__.startswith("expression.corpus."):
        assert named & files


@pytest.mark.parametrize("row", [row for row in CASES if row.family], ids=lambda row: row.name)
def test_families_grow(row: Case) -> None:
    work = [measure(row.trace(n)).flops for n in row.family]
    assert work == sorted(set(work))


def slopes(f: Callable[..., Any], args: Any, k: int, h: float) -> tuple[float, float]:
    """The slopes to the left and to the right along the first entry of argument k."""
    moved = []
    for step in (-h, 0.0, h):
        other = [np.array(x, dtype=float) for x in args]
        other[k].flat[0] += step
        with np.errstate(all="ignore"):
            moved.append(float(f(*other)))
    return (moved[1] - moved[0]) / h, (moved[2] - moved[1]) / h


@pytest.mark.parametrize("row", [row for row in CASES if row.kink], ids=lambda row: row.name)
def test_a_kink_has_two_slopes(row: Case) -> None:
    f, args = row.at()
    left, right = slopes(f, args, 0, 2.0**-20)
    assert not row.smooth
    assert right - left in (1.0, 2.0)


def test_the_where_trap_has_one_slope() -> None:
    row = CORPUS["where_trap"]
    assert row.smooth
    assert slopes(*row.at(), 0, 2.0**-20) == (1.0, 1.0)


# -- published values ------------------------------------------------------------------------------------------------

HIMMELBLAU = [(3.0, 2.0), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)]
TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0.5, math.sqrt(3) / 2, 0]])
TETRAHEDRON = np.vstack([TRIANGLE, [0.5, math.sqrt(3) / 6, math.sqrt(2 / 3)]])
BOND = 2.0 ** (1 / 6)  # where a pair has its least energy, -1
SIX_DIGITS = 1e-9  # a minimum printed to six decimals: the error is squared, times a curvature of some hundreds

#        name, arguments, value, tolerance
PUBLISHED = [
    ("baydin", (2.0, 5.0), math.log(2) + 10 - math.sin(5), TOL),
    ("baydin", (2.0, 5.0), 11.652, 0.0005),  # as Table 2 prints it
    ("logistic", (0.2,), 0.28901376, TOL),
    ("rosenbrock", (np.ones(6),), 0.0, 0.0),
    ("rosenbrock", (np.array([-1.2, 1.0]),), 24.2, TOL),
    ("beale", (3.0, 0.5), 0.0, 0.0),
    ("beale", (1.0, 1.0), 14.203125, TOL),
    *(("himmelblau", point, 0.0, SIX_DIGITS) for point in HIMMELBLAU),
    ("himmelblau", (-0.270845, -0.923039), 181.617, 0.0005),  # the maximum between them, as it is printed
    *(("branin", p, 10 / (8 * math.pi), TOL) for p in [(math.pi, 2.275), (-math.pi, 12.275), (3 * math.pi, 2.475)]),
    ("ackley", (np.zeros(3),), 0.0, TOL),
    ("rastrigin", (np.zeros(5),), 0.0, 0.0),
    ("rastrigin", (np.full(2, 4.52299366),), 80.70658039, 1e-8),  # the highest peak in [-5.12, 5.12]^2
    ("griewank", (np.zeros(4),), 0.0, 0.0),
    ("styblinski_tang", (np.full(3, -2.903534),), 3 * -39.16616570377, 1e-9),
    ("black_scholes", (42.0, 40.0, 0.5, 0.1, 0.2), 4.76, 0.005),  # to the cent
    ("van_der_waals", (1.0, 1.0), 1.0, TOL),
    ("lennard_jones", (BOND,), -1.0, TOL),
    ("cluster", (BOND * TRIANGLE[:2],), -1.0, TOL),
    ("cluster", (BOND * TRIANGLE,), -3.0, TOL),
    ("cluster", (BOND * TETRAHEDRON,), -6.0, TOL),
    ("misra1a", (238.94212918, 5.5015643181e-04), 0.12455138894, 1e-10),  # certified to eleven digits
    ("vector_norm", (np.array([3.0, 4.0, 12.0]),), 13.0, TOL),
    ("variance", (np.array([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]),), 4.0, TOL),
    ("power_tower", (2.0,), 4.0, 0.0),
    ("digits", ({"W": np.zeros((64, 10)), "b": np.zeros(10)},), math.log(10), TOL),
]


@pytest.mark.parametrize(
    "name, args, published, tol", PUBLISHED, ids=[f"{k}-{row[0]}" for k, row in enumerate(PUBLISHED)]
)
def test_published_values_are_met(name: str, args: Any, published: float, tol: float) -> None:
    assert abs(value(CORPUS[name], args) - published) <= tol * max(1.0, abs(published))


def test_planck_peaks_where_wien_says() -> None:
    found = scipy.optimize.minimize_scalar(
        lambda w: -case("planck").function(w, 5778.0), bounds=(0.3, 1.0), method="bounded"
    )
    assert abs(found.x * 5778.0 - 2897.771955) < 0.1  # a maximum is found to the square root of eps times the peak


# -- closed forms and other people's code ----------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(1, 13))
def test_the_logistic_map_has_its_closed_form_and_its_tree_size(n: int) -> None:
    f, (x,) = case("logistic").at(n)
    truth = mpmath.sin(2 ** (n - 1) * mpmath.asin(mpmath.sqrt(mpmath.mpf(x)))) ** 2
    close(f(x), truth, 4 * EPS * 2**n)  # each step doubles the error and adds one
    assert measure(case("logistic").trace(n)).tree_size == 6 * 2 ** (n - 1) - 5


def test_one_step_of_the_logistic_map_is_four_nodes() -> None:
    listing = str(case("logistic").trace(2)).splitlines()
    assert [line.split(" = ")[1] for line in listing[1:]] == [
        "input x", "constant 4.0", "mul(v1, v0)", "constant 1.0", "sub(v3, v0)", "mul(v2, v4)",
    ]  # fmt: skip


def test_twenty_operations_are_twenty() -> None:
    assert sum(measure(case("twenty_operations").trace()).op_count.values()) == 20


@pytest.mark.parametrize("n", case("helmholtz").family)
def test_helmholtz_is_its_formula_entry_by_entry(n: int) -> None:
    (x,) = case("helmholtz").arguments(n)
    A, b = mixture(n)
    bx = math.fsum(b[i] * x[i] for i in range(n))
    energy = math.fsum(x[i] * math.log(x[i] / (1 - bx)) for i in range(n))
    form = math.fsum(x[i] * A[i, j] * x[j] for i in range(n) for j in range(n))
    root = math.sqrt(2)
    energy -= form / (math.sqrt(8) * bx) * math.log((1 + (1 + root) * bx) / (1 + (1 - root) * bx))
    close(value(case("helmholtz"), (x,)), energy)
    assert A.min() >= 0.0 and max(A.max(), b.max()) < 0.1
    assert len(case("helmholtz").trace(n)) == len(case("helmholtz").trace())


@pytest.mark.parametrize("n", case("newton_sqrt").family)
def test_newtons_iteration_squares_the_error(n: int) -> None:
    y = Fraction(2)
    for _ in range(n):
        y = (y + 2 / y) / 2
    close(value(case("newton_sqrt"), (2.0,), n), float(y))
    assert abs(y - Fraction(math.sqrt(2))) < Fraction(1, 2 ** (2**n - 1)) + Fraction(1, 2**50)


@pytest.mark.parametrize("n", case("continued_fraction").family)
def test_the_continued_fraction_of_ones_is_a_quotient_of_fibonacci_numbers(n: int) -> None:
    a, b = 1, 1
    for _ in range(n):
        a, b = a + b, a
    close(value(case("continued_fraction"), (1.0,), n), a / b)


@pytest.mark.parametrize("n", case("taylor_exp").family)
def test_the_taylor_series_leaves_its_remainder(n: int) -> None:
    series = math.fsum(0.5**k / math.factorial(k) for k in range(n + 1))
    y = value(case("taylor_exp"), (0.5,), n)
    close(y, series)
    assert math.exp(0.5) - y < 0.5 ** (n + 1) / math.factorial(n + 1) * math.exp(0.5) + TOL


@pytest.mark.parametrize("n", case("repeated_squaring").family)
def test_repeated_squaring_is_a_power_with_a_tree_of_two_to_the_n_leaves(n: int) -> None:
    close(value(case("repeated_squaring"), (1.001,), n), mpmath.mpf(1.001) ** (2**n), EPS * 2**n)
    assert measure(case("repeated_squaring").trace(n)).tree_size == 2 ** (n + 1) - 1


def test_keplers_equation_is_solved() -> None:
    E = mpmath.findroot(lambda E: E - mpmath.mpf(0.3) * mpmath.sin(E) - 1, 1)
    close(value(case("kepler"), (1.0, 0.3)), E)


def test_the_pendulum_converges_to_the_elliptic_function_with_order_two() -> None:
    k = math.sin(0.5)  # released at the angle 1, at rest
    _, cn, dn, _ = scipy.special.ellipj(1.0, k * k)
    errors = [abs(value(case("pendulum"), (1.0, 0.0), n) - 2 * math.asin(k * cn / dn)) for n in (10, 20)]
    order = math.log2(errors[0] / errors[1])
    assert abs(order - 2.0) < 0.05 and errors[0] < 1e-3


def by_hand_mlp(params: Any) -> float:
    X, y = fixed(42, 8, 3), fixed(43, 8)
    total = 0.0
    for x, target in zip(X, y, strict=True):
        out = params["b2"]
        for j in range(len(params["b1"])):
            inner = sum(x[i] * params["W1"][i, j] for i in range(3)) + params["b1"][j]
            out += math.tanh(inner) * params["w2"][j]
        total += (out - target) ** 2
    return total / 8


def by_hand_logistic_regression(w: Any, b: Any) -> float:
    X = fixed(41, 20, 3)
    labels = [1 if x[0] + 0.5 * x[1] > 0.1 else -1 for x in X]
    assert set(labels) == {1, -1}
    return sum(math.log1p(math.exp(-y * (float(np.dot(x, w)) + b))) for x, y in zip(X, labels, strict=True)) / 20


def by_hand_mixture(params: Any) -> float:
    weights = scipy.special.softmax(params["weights"])
    density = sum(
        w * scipy.stats.norm.pdf(fixed(34, 12, 2), m, np.exp(s)).prod(axis=1)
        for w, m, s in zip(weights, params["means"], params["log_deviations"], strict=True)
    )
    return float(np.log(density).sum())


def by_hand_attention(x: Any, params: Any) -> float:
    q, k, v = (x @ params[name] for name in "QKV")
    weights = np.array([scipy.special.softmax([np.dot(a, b) / math.sqrt(3) for b in k]) for a in q])
    return float(np.square(weights @ v).mean())


def by_hand_residual_block(x: Any, params: Any) -> float:
    z = np.array([(row - row.mean()) / math.sqrt(row.var() + 1e-5) for row in x]) * params["gain"] + params["bias"]
    hidden = z @ params["W1"] + params["b1"]
    return float(np.square(x + (hidden * scipy.stats.norm.cdf(hidden)) @ params["W2"]).mean())


def by_hand_damped_pendulum(angle: float, speed: float, damping: float) -> float:
    energies = []
    for _ in range(8):
        speed -= (math.sin(angle) + damping * speed) / 4
        angle += speed / 4
        energies.append(speed**2 / 2 - math.cos(angle))
    return math.fsum(energies)


def by_hand_elman(W: Any, U: Any, x: Any) -> float:
    h, total = [0.0, 0.0], 0.0
    for entry, target in zip(x, fixed(7, 4, 2), strict=True):
        h = [math.tanh(sum(W[i, j] * h[j] + U[i, j] * entry[j] for j in range(2))) for i in range(2)]
        total += sum((a - b) ** 2 for a, b in zip(h, target, strict=True))
    return total


def by_hand_recurrent(params: Any, sequence: Any) -> float:
    h = [0.0] * 3
    for x in sequence:
        h = [math.tanh(np.dot(params["W"][i], h) + np.dot(params["U"][i], x) + params["b"][i]) for i in range(3)]
    return sum(v * v for v in h) / 2


def by_hand_convolution(x: Any, w: Any, b: Any) -> float:
    padded = np.pad(x[0], ((0, 0), (1, 1), (1, 1)))
    maps = [scipy.signal.correlate(padded, w[k], mode="valid")[0] + b[k] for k in range(len(w))]
    return float(np.square(np.tanh(maps)).mean())


def by_hand_reprojection(camera: Any, point: Any) -> float:
    seen = Rotation.from_rotvec(camera[:3]).apply(point) + camera[3:6]
    p = -seen[:2] / seen[2]
    r2 = p[0] ** 2 + p[1] ** 2
    image = camera[6] * (1 + camera[7] * r2 + camera[8] * r2**2) * p
    return float((image[0] - 0.1) ** 2 + (image[1] + 0.2) ** 2)


def by_hand_black_scholes(spot: float, strike: float, years: float, rate: float, volatility: float) -> float:
    """The expected payoff, discounted, of a lognormal price."""
    mean = math.log(spot) + (rate - volatility**2 / 2) * years
    deviation = volatility * math.sqrt(years)
    expected = spot * math.exp(rate * years) * scipy.stats.norm.sf(math.log(strike), mean + deviation**2, deviation)
    return math.exp(-rate * years) * (expected - strike * scipy.stats.norm.sf(math.log(strike), mean, deviation))


def by_hand_digits_mlp(params: Any) -> float:
    X, Y = digits_data()
    scores = np.tanh(X @ params["W1"] + params["b1"]) @ params["W2"] + params["b2"]
    return -float(scipy.special.log_softmax(scores, axis=1)[np.arange(1797), Y.argmax(axis=1)].mean())


def by_hand_log_barrier(x: Any) -> float:
    slack = [1 - float(np.dot(row, x)) for row in fixed(32, 6, 4)]
    return -math.log(math.prod(slack) * math.prod(1 - v * v for v in x))


ORACLES: dict[str, Callable[..., Any]] = {
    "x2_sin": lambda x: x * x * math.sin(x),
    "power_tower": lambda x: math.pow(x, x),
    "tanh_by_exp": math.tanh,
    "twenty_operations": lambda x, y, z: (
        math.sin(x * y) * math.exp(-z / x)
        + math.tanh(y - x * z) / math.hypot(1, y)
        + math.log(x + z**2) / (y + z)
    ),
    "sigmoid": scipy.special.expit,
    "softplus": lambda x: math.log1p(math.exp(x)),
    "gelu": lambda x: x * scipy.stats.norm.cdf(x),
    "relu": lambda x: max(x, 0.0),
    "absolute": math.fabs,
    "sqrt_square": math.fabs,
    "maximum": max,
    "largest": lambda x: max(x.tolist()),
    "where_trap": lambda x: x if x > 0 else math.sqrt(-x),
    "logsumexp": scipy.special.logsumexp,
    "horner": np.polyval,
    "speelpenning": lambda x: math.prod(x.tolist()),
    "rosenbrock": scipy.optimize.rosen,
    "ackley": lambda x: (
        20 + math.e - 20 * math.exp(-0.2 * np.linalg.norm(x) / math.sqrt(len(x)))
        - math.exp(sum(math.cos(2 * math.pi * v) for v in x) / len(x))
    ),
    "rastrigin": lambda x: sum(v * v + 10 - 10 * math.cos(2 * math.pi * v) for v in x),
    "griewank": lambda x: (
        1 + sum(v * v for v in x) / 4000 - math.prod(math.cos(v / math.sqrt(i)) for i, v in enumerate(x, start=1))
    ),
    "styblinski_tang": lambda x: sum(v**4 - 16 * v**2 + 5 * v for v in x) / 2,
    "black_scholes": by_hand_black_scholes,
    "planck": lambda w, t: 1.191042972e8 / w**5 / math.expm1(14387.768775 / w / t),
    "van_der_waals": lambda v, t: 8 * t / (3 * v - 1) - 3 / (v * v),
    "lennard_jones": lambda r: 4 * ((1 / r) ** 12 - (1 / r) ** 6),
    "cluster": lambda x: sum(4 * (math.dist(a, b) ** -12 - math.dist(a, b) ** -6) for a, b in combinations(x, 2)),
    "reprojection": by_hand_reprojection,
    "quadratic_form": lambda x, A: sum(A[i, j] * x[i] * x[j] for i in range(3) for j in range(3)),
    "least_squares": lambda A, x, b: np.linalg.norm(A.dot(x) - b) ** 2,
    "log_determinant": lambda X: math.fsum(np.log(np.linalg.eigvalsh(X))),
    "determinant": lambda X: math.prod(np.linalg.eigvalsh(X)),
    "trace_inverse": lambda X: math.fsum(1 / np.linalg.eigvalsh(X)),
    "inverse_form": lambda a, X, b: float(a @ np.linalg.inv(X) @ b),
    "matrix_factorization": lambda U, V: np.linalg.norm(U @ V.T - fixed(31, 5, 4)) ** 2,
    "log_barrier": by_hand_log_barrier,
    "vector_norm": lambda x: math.hypot(*x),
    "cosine_similarity": lambda x, y: math.fsum(x * y) / math.hypot(*x) / math.hypot(*y),
    "variance": lambda x: scipy.stats.tvar(x) * (len(x) - 1) / len(x),
    "softmax_entropy": lambda x: scipy.stats.entropy(scipy.special.softmax(x)),
    "normal_density": scipy.stats.norm.pdf,
    "huber": lambda x: scipy.special.huber(1.0, x).sum(),
    "gaussian_log_likelihood": lambda m, C: scipy.stats.multivariate_normal.logpdf(fixed(33, 10, 3), m, C).sum(),
    "gaussian_mixture": by_hand_mixture,
    "logistic_regression": by_hand_logistic_regression,
    "cross_entropy": lambda s: -np.mean([scipy.special.log_softmax(row)[k % 3] for k, row in enumerate(s)]),
    "mlp": by_hand_mlp,
    "residual_block": by_hand_residual_block,
    "attention_head": by_hand_attention,
    "recurrent": by_hand_recurrent,
    "convolution": by_hand_convolution,
    "logistic_scan": lambda x: math.sin(2**3 * math.asin(math.sqrt(x))) ** 2,
    "damped_pendulum": by_hand_damped_pendulum,
    "elman": by_hand_elman,
    "log1p_ratio": lambda x: scipy.special.hyp2f1(1, 1, 2, -x),
    "digits_mlp": by_hand_digits_mlp,
    "digits_residual": lambda p: mean_loss(model_oracles.residual, p),
    "digits_rnn": lambda p: mean_loss(model_oracles.rnn, p),
    "digits_lstm": lambda p: mean_loss(model_oracles.lstm, p),
    "digits_transformer": lambda p: mean_loss(model_oracles.transformer, p),
}  # fmt: skip


@pytest.mark.parametrize("name", ORACLES)
def test_values_are_those_of_an_independent_formula(name: str) -> None:
    rng = np.random.default_rng(7)
    row = CORPUS[name]
    for args in (row.arguments(), row.sample(rng), row.sample(rng)):
        close(value(row, args), ORACLES[name](*args), 8 * TOL)


def test_no_row_is_without_a_published_value_a_closed_form_or_an_oracle() -> None:
    closed = {"newton_sqrt", "kepler", "continued_fraction", "taylor_exp", "repeated_squaring", "pendulum", "helmholtz"}
    assert set(CORPUS) == set(ORACLES) | {row[0] for row in PUBLISHED} | closed


# -- the digits ------------------------------------------------------------------------------------------------------


def test_the_digits_are_those_whose_first_gradient_is_published() -> None:
    pytest.importorskip("sklearn")
    X, Y = digits_data()
    assert X.shape == (1797, 64) and (X.min(), X.max()) == (0.0, 1.0)
    assert Y.shape == (1797, 10) and np.array_equal(Y.sum(axis=1), np.ones(1797))
    gradient = X.T @ (0.1 - Y) / 1797  # of the loss at W = 0, where every class has the probability 1/10
    close(np.linalg.norm(gradient), 0.4443795249089309)
    assert digits_data()[0] is X and not X.flags.writeable


def test_without_scikit_learn_the_digits_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    digits_data.cache_clear()
    row = case("digits")
    assert row.requires == "scikit-learn"
    with pytest.raises(MissingPackage, match=r"digits come with scikit-learn; run: pip install 'trigrad\[course\]'"):
        row.function(*row.arguments())


def test_the_corpus_is_cheap_to_import() -> None:
    heavy = ("sklearn", "scipy", "sympy", "mpmath", "matplotlib")
    code = f"import sys; from expression import corpus; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# -- what may go wrong -----------------------------------------------------------------------------------------------


def test_a_case_is_found_by_name_or_a_near_name_is_shown() -> None:
    with pytest.raises(ArgumentError, match=r"the corpus has no 'rosenbrok'; did you mean 'rosenbrock'\?"):
        case("rosenbrok")
    with pytest.raises(ArgumentError, match="the corpus has no 'qqq'; there are absolute, ackley, "):
        case("qqq")


def test_sizes_are_checked() -> None:
    with pytest.raises(ArgumentError, match="baydin is no family; leave the size 3 out"):
        case("baydin").at(3)
    with pytest.raises(ArgumentError, match="helmholtz: size 1 is below the smallest, 2"):
        case("helmholtz").arguments(1)


def test_a_family_by_its_steps_keeps_the_names_of_the_function() -> None:
    f, args = case("kepler").at(2)
    assert f(*args) == case("kepler").function(*args, n=2)
    assert list(signature(f).parameters)[:2] == ["anomaly", "eccentricity"]
    assert [i.name for i in case("kepler").trace(2).inputs] == ["anomaly", "eccentricity"]


def f(x: Any, n: int = 1) -> Any:
    return n * x


GOOD: dict[str, Any] = {
    "name": "f",
    "title": "f",
    "function": f,
    "point": (1.0,),
    "domain": ((0.0, 1.0),),
    "source": "me",
}
WRONG = {
    "name": ({"name": "a b"}, "case 'a b': needs a name that is an identifier, a title and a source"),
    "title": ({"title": ""}, "case 'f': needs a name that is an identifier, a title and a source"),
    "source": ({"source": ""}, "case 'f': needs a name that is an identifier, a title and a source"),
    "size": ({"family": (1, 2), "size": 3}, r"case f: size 3 is not one of its family \(1, 2\)"),
    "no size": ({"family": (1, 2)}, r"case f: size 0 is not one of its family \(1, 2\)"),
    "no family": ({"size": 2}, r"case f: size 2 is not one of its family \(\)"),
    "order": ({"family": (2, 1), "size": 1}, r"case f: family \(2, 1\) must increase"),
    "fixed": ({"family": (1, 2), "size": 1, "function": abs}, "case f: neither the function nor its arguments depend"),
    "domain": ({"domain": ()}, "case f: 1 arguments, but 0 domains"),
    "parameters": ({"parameters": ("w",)}, r"case f: parameters \('w',\) are not among x, n"),
}


@pytest.mark.parametrize("change, text", WRONG.values(), ids=WRONG)
def test_a_wrong_row_is_refused(change: dict[str, Any], text: str) -> None:
    Case(**GOOD)
    with pytest.raises(ArgumentError, match=text):
        Case(**{**GOOD, **change})

"""ADBench's objectives: values by other roads to the same formulas, derivatives by central differences."""

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.workload import difference, peer_of
from benchmarks.workloads import bundle, lstm, mixture

EPS = np.finfo(float).eps
STEP = EPS ** (1 / 3)
DIFFERENCE_TOL = 1000 * EPS ** (2 / 3)  # truncation f''' h^2 / 6, f''' up to thousands; rounding eps / h is less
SAME = 1e-12  # two formulas for the same number: some thousand roundings


# -- A1: Gaussian mixture ----------------------------------------------------------------------------------------------


def roots(icf, d):
    """The lower triangles Q, entry by entry, as ADBench's text has them."""
    found = np.zeros((len(icf), d, d))
    for Q, numbers in zip(found, icf, strict=True):
        left = iter(numbers)
        for i in range(d):
            Q[i, i] = math.exp(next(left))
        for column in range(d):
            for line in range(column + 1, d):
                Q[line, column] = next(left)
    return found


def posterior(points):
    """The objective with SciPy's normal densities and its multivariate gamma function."""
    stats = pytest.importorskip("scipy.stats", reason="densities come with SciPy (extra `test`)")
    special = pytest.importorskip("scipy.special")
    (n, d), p = points.X.shape, points.parameters
    K, freedom = len(p["alphas"]), d + mixture.DEGREES + 1
    density = np.zeros(n)
    for alpha, mean, Q in zip(p["alphas"], p["means"], roots(p["icf"], d), strict=True):
        covariance = np.linalg.inv(Q.T @ Q)
        density += np.exp(alpha) * stats.multivariate_normal(mean, covariance).pdf(points.X)
    likelihood = np.sum(np.log(density)) - n * np.log(np.sum(np.exp(p["alphas"])))
    norm = freedom * d * (np.log(mixture.GAMMA) - 0.5 * np.log(2)) - special.multigammaln(0.5 * freedom, d)
    squares = sum(np.sum(Q * Q) for Q in roots(p["icf"], d))
    log_dets = np.sum(p["icf"][:, :d])
    return likelihood + 0.5 * mixture.GAMMA**2 * squares - mixture.DEGREES * log_dets - K * norm


@pytest.mark.parametrize(("d", "K"), [(1, 1), (2, 5), (5, 3)])
def test_the_mixture_is_that_of_scipys_normal_densities(d, K):
    points = mixture.drawn(17, d, K)
    value, _ = mixture.by_hand(points)()
    assert value == pytest.approx(posterior(points), rel=SAME)
    assert mixture.loss(points.parameters, points.X) == pytest.approx(value, rel=SAME)


def test_every_partial_of_the_mixture_is_a_central_difference():
    points = mixture.drawn(9, 3, 2)
    _, gradient = mixture.by_hand(points)()
    for name, x in points.parameters.items():
        for place in np.ndindex(*x.shape):
            ends = []
            for h in (STEP, -STEP):
                moved = x.copy()
                moved[place] += h
                ends.append(posterior(replace(points, parameters={**points.parameters, name: moved})))
            quotient = (ends[0] - ends[1]) / (2 * STEP)
            assert gradient[name][place] == pytest.approx(quotient, rel=DIFFERENCE_TOL, abs=DIFFERENCE_TOL), (
                name,
                place,
            )


# -- A2: bundle adjustment ---------------------------------------------------------------------------------------------


def test_the_projection_turns_as_scipys_rotations_do():
    spatial = pytest.importorskip("scipy.spatial.transform", reason="rotations come with SciPy (extra `test`)")
    observations = bundle.data(11)
    P, seen = observations.parameters, observations.seen
    Z = spatial.Rotation.from_rotvec(P[:3].T).apply((P[11:14] - P[3:6]).T).T
    p = Z[:2] / Z[2]
    radius = np.hypot(*p)
    expected = P[14] * (P[6] * (1 + P[9] * radius**2 + P[10] * radius**4) * p + P[7:9] - seen)
    value, _ = bundle.by_hand(observations)()
    assert value == pytest.approx(expected, rel=SAME, abs=SAME)


def test_every_column_of_the_jacobians_is_a_central_difference():
    observations = bundle.data(7)
    _, J = bundle.by_hand(observations)()
    assert J.shape == (2, bundle.COUNT, 7)
    for k in range(bundle.COUNT):
        ends = []
        for h in (STEP, -STEP):
            moved = observations.parameters.copy()
            moved[k] += h
            ends.append(np.stack(bundle.errors(moved, observations.seen, np)))
        assert J[:, k] == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=DIFFERENCE_TOL, abs=DIFFERENCE_TOL), k


# -- A3: LSTM ----------------------------------------------------------------------------------------------------------


def spoken(text):
    """The objective number by number, in Python's own arithmetic, as ADBench's C++ text has it."""
    p, total, size = text.parameters, 0.0, lstm.BITS
    states = [[list(map(float, row)) for row in layer] for layer in text.states]

    def sigmoid(x):
        return 1 / (1 + math.exp(-x))

    for now, after in zip(text.characters[:-1], text.characters[1:], strict=True):
        x = [now[j] * p["ends"][0][j] for j in range(size)]
        for (hidden, cell), w, b in zip(states, p["weights"], p["biases"], strict=True):
            for j in range(size):
                keep = sigmoid(x[j] * w[j] + b[j])
                write = sigmoid(hidden[j] * w[size + j] + b[size + j])
                show = sigmoid(x[j] * w[2 * size + j] + b[2 * size + j])
                change = math.tanh(hidden[j] * w[3 * size + j] + b[3 * size + j])
                cell[j] = cell[j] * keep + write * change
                hidden[j] = show * math.tanh(cell[j])
            x = list(hidden)
        y = [x[j] * p["ends"][1][j] + p["ends"][2][j] for j in range(size)]
        below = math.log(2 + math.fsum(map(math.exp, y)))
        total += math.fsum(after[j] * (y[j] - below) for j in range(size))
    return -total / text.characters[1:].size


def test_the_lstm_is_that_of_a_loop_over_numbers():
    text = lstm.data(6)
    value, _ = lstm.by_hand(text)()
    assert value == pytest.approx(spoken(text), rel=SAME)
    assert lstm.loss(text.parameters, *text.others) == pytest.approx(value, rel=SAME)


def test_every_partial_of_the_lstm_is_a_central_difference():
    text = lstm.data(4)
    _, gradient = lstm.by_hand(text)()
    for name, x in text.parameters.items():
        for place in np.ndindex(*x.shape):
            ends = []
            for h in (STEP, -STEP):
                moved = x.copy()
                moved[place] += h
                ends.append(spoken(replace(text, parameters={**text.parameters, name: moved})))
            quotient = (ends[0] - ends[1]) / (2 * STEP)
            assert gradient[name][place] == pytest.approx(quotient, rel=DIFFERENCE_TOL, abs=DIFFERENCE_TOL), (
                name,
                place,
            )


# -- everybody ---------------------------------------------------------------------------------------------------------


SMALL = {
    "A1": (mixture, lambda: mixture.drawn(12, 4, 3)),
    "A2": (bundle, lambda: bundle.data(5)),
    "A3": (lstm, lambda: lstm.data(5)),
}
ENTRANTS = [
    pytest.param(key, name, id=f"{key}-{name}")
    for key, (module, _) in SMALL.items()
    for name in module.ROWS[0].contestants
]


@pytest.mark.parametrize(("key", "name"), ENTRANTS)
@pytest.mark.filterwarnings("ignore")  # what the peers say of themselves
def test_everybody_gives_the_answer_by_hand_at_a_small_size(key, name):
    peer = peer_of(name)
    if peer.missing:
        pytest.skip(peer.missing)
    peer.prepare()
    module, make = SMALL[key]
    row = module.ROWS[0]
    data = make()
    assert difference(row.contestants[name](data)(), row.contestants[row.reference](data)()) <= SAME

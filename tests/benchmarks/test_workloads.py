"""The workloads: every answer is the one by hand, which itself is held to central differences."""

import numpy as np
import pytest

from benchmarks.peers import PEERS
from benchmarks.workload import TOLERANCE, difference, package_of, plain
from benchmarks.workloads import WORKLOADS
from expression.structure import flatten, unflatten

ROWS = [pytest.param(row, id=name) for name, row in WORKLOADS.items()]
ENTRANTS = [pytest.param(row, name, id=f"{row.name}-{name}") for row in WORKLOADS.values() for name in row.contestants]
EPS = np.finfo(float).eps
DIFFERENCE_TOL = 100 * EPS ** (2 / 3)  # central difference: truncation h^2 meets rounding eps / h at h = eps^(1/3)


@pytest.mark.parametrize(("row", "name"), ENTRANTS)
@pytest.mark.filterwarnings("ignore")  # what the peers say of themselves
def test_everybody_gives_the_answer_by_hand(row, name):
    peer = PEERS[package_of(name)]
    if not peer.installed:
        pytest.skip(f"{peer.name} is not installed (extra `peers`)")
    data = row.make(min(row.sizes))
    answer, reference = row.contestants[name](data)(), row.contestants[row.reference](data)()
    assert difference(answer, reference) <= TOLERANCE
    assert {x.dtype for x in plain(answer)} == {np.dtype(float)}


@pytest.mark.parametrize("row", ROWS)
def test_a_second_call_gives_the_same_answer(row):
    """Nobody may keep what the first call computed, or add to it."""
    for name, build in row.contestants.items():
        if PEERS[package_of(name)].installed and package_of(name) in ("trigrad", "by hand"):
            run = build(row.make(min(row.sizes)))
            first = [x.copy() for x in plain(run())]
            assert all(np.array_equal(a, b) for a, b in zip(first, plain(run()), strict=True)), name


def moved_data(row, leaves, structure, data):
    """The same data with other numbers to be differentiated by."""
    if structure is None:
        return type(data)(*leaves)
    values = {name: getattr(data, name) for name in data.__slots__}
    return type(data)(**{**values, "parameters": unflatten(structure, leaves)})


@pytest.mark.parametrize("row", ROWS)
def test_the_answer_by_hand_is_that_of_central_differences(row):
    """The directional derivative along a random direction, by values alone."""
    data = row.make(min(row.sizes))
    by_hand = row.contestants[row.reference]
    if isinstance(data, tuple):
        leaves, structure = flatten(data)
    else:
        leaves, structure = flatten(data.parameters)
    rng = np.random.default_rng(5)
    direction = [rng.normal(size=np.shape(x)) for x in leaves]
    length = np.sqrt(sum(np.sum(d * d) for d in direction))
    direction = [d / length for d in direction]
    _, gradient = plain_answer(by_hand(data)())
    expected = sum(np.sum(g * d) for g, d in zip(gradient, direction, strict=True))
    h = EPS ** (1 / 3)
    ends = []
    for sign in (1, -1):
        there = [x + sign * h * d for x, d in zip(leaves, direction, strict=True)]
        moved = unflatten(flatten(data)[1], there) if isinstance(data, tuple) else moved_data(row, there, structure, data)
        ends.append(plain_answer(by_hand(moved)())[0])
    measured = (ends[0] - ends[1]) / (2 * h)
    assert abs(measured - expected) <= DIFFERENCE_TOL * max(1, abs(measured) + abs(expected)) * scale_of(ends)

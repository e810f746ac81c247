"""The workloads: every answer is the one by hand, which itself is held to central differences."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.measuring import error_of
from benchmarks.records import jobs_of
from benchmarks.workload import TOLERANCE, difference, peer_of, plain
from benchmarks.workloads import WORKLOADS, arrays, floats, formula, moons
from expression import measure, trace
from expression.structure import flatten, unflatten

ROWS = [pytest.param(row, id=name) for name, row in WORKLOADS.items()]
ENTRANTS = [
    pytest.param(row, name, id=f"{row.name}-{name}")
    for row in WORKLOADS.values()
    for name in row.contestants
    if row.id not in ("A1", "A2", "A3")  # their sizes are large: see test_adbench.py
]
EPS = np.finfo(float).eps
STEP = EPS ** (1 / 3)
DIFFERENCE_TOL = 1000 * EPS ** (2 / 3)  # truncation f''' h^2 / 6, f''' up to thousands; rounding eps / h is less


@pytest.mark.parametrize(("row", "name"), ENTRANTS)
@pytest.mark.filterwarnings("ignore")  # what the peers say of themselves
def test_everybody_gives_the_answer_by_hand(row, name):
    peer = peer_of(name)
    if peer.missing:
        pytest.skip(f"{peer.missing} (extra `peers`)")
    peer.prepare()
    data = row.make(min(row.sizes))
    answer, reference = row.contestants[name](data)(), row.contestants[row.reference](data)()
    assert error_of(name, answer, reference) <= row.tolerance
    assert {x.dtype for x in plain(answer)} == {np.dtype(float)}


@pytest.mark.parametrize("row", ROWS)
def test_a_second_call_gives_the_same_answer(row):
    """Nobody may keep what the first call computed, or add to it."""
    for name, build in row.contestants.items():
        if peer_of(name).name in ("trigrad", "f alone", "by hand"):
            run = build(row.make(min(row.sizes)))
            first = [x.copy() for x in plain(run())]
            assert all(np.array_equal(a, b) for a, b in zip(first, plain(run()), strict=True)), name


def parameters_of(data):
    """What is differentiated by, and the way from other numbers back to data."""
    if isinstance(data, tuple):
        return list(data), tuple
    leaves, structure = flatten(data.parameters)
    return leaves, lambda new: replace(data, parameters=unflatten(structure, new))


# A2 has Jacobians, see test_adbench.py; and measures are no gradient.
@pytest.mark.parametrize("row", [row for row in ROWS if row.id not in ("A2", "Y1 measures")])
def test_the_answer_by_hand_is_that_of_central_differences(row):
    """The derivative along one random direction, by values alone."""
    data = row.make(min(row.sizes))
    by_hand = row.contestants[row.reference]
    leaves, rebuild = parameters_of(data)
    rng = np.random.default_rng(5)
    direction = [rng.normal(size=np.shape(x)) for x in leaves]
    length = np.sqrt(sum(np.sum(d * d) for d in direction))
    ends = [rebuild([x + h / length * d for x, d in zip(leaves, direction, strict=True)]) for h in (STEP, -STEP)]
    plus, minus = (plain(by_hand(end)())[0] for end in ends)
    _, *gradient = plain(by_hand(data)())
    expected = sum(np.sum(g * d) for g, d in zip(gradient, direction, strict=True)) / length
    noise = max(DIFFERENCE_TOL, 10 * EPS / STEP * abs(plus))  # of a sum over thousands of points, some roundings
    assert expected == pytest.approx((plus - minus) / (2 * STEP), rel=DIFFERENCE_TOL, abs=noise)
    assert abs(expected) > 100 * noise  # or it would agree with nothing


def test_a_wrong_answer_is_seen():
    right = (1.0, (np.array([1.0, 2.0]), 3.0))
    assert difference(right, right) == 0.0
    assert difference((1.0, (np.array([1.0, 2.001]), 3.0)), right) > TOLERANCE
    assert difference((1.0, (np.array([1.0]), 3.0)), right) == np.inf
    assert difference((np.nan, (np.array([1.0, 2.0]), 3.0)), right) == np.inf
    assert difference((1.0, (np.float32([1.1, 2.0]), 3.0)), (1.0, (np.array([1.1, 2.0]), 3.0))) > TOLERANCE


def test_a_list_of_floats_and_an_array_are_the_same_gradient():
    assert difference((1.0, [2.0, 3.0]), (1.0, np.array([2.0, 3.0]))) == 0.0


def test_of_the_function_alone_the_value_is_asked_and_nothing_else():
    right = (1.0, np.array([1.0, 2.0]))
    assert error_of("f alone compiled", (1.0, ()), right) == 0.0
    assert error_of("f alone", (1.001, ()), right) > TOLERANCE
    assert error_of("f alone", right, right) == np.inf
    assert error_of("trigrad", (1.0, ()), right) == np.inf


@pytest.mark.parametrize("row", ROWS)
def test_every_duel_names_contestants_and_its_goals_name_sizes(row):
    assert row.reference in row.contestants
    assert set(row.quick) <= set(row.sizes)
    for duel in row.duels:
        assert {duel.ours, duel.peer} <= set(row.contestants)
        assert set(duel.sizes) <= set(row.sizes)
        assert set(duel.goals) | set(duel.limits) <= set(duel.sizes or row.sizes)
        assert peer_of(duel.ours).name == "trigrad" != peer_of(duel.peer).name
    assert len({(duel.ours, duel.peer) for duel in row.duels}) == len(row.duels)


@pytest.mark.parametrize("row", ROWS)
def test_nobody_is_in_a_row_for_nothing(row):
    """Every contestant is in a duel, but the reference, and MyGrad, which is there to be unguarded."""
    raced = {name for duel in row.duels for name in (duel.ours, duel.peer)}
    assert set(row.contestants) - raced <= {row.reference, "MyGrad"}


def test_a_quick_run_is_a_small_part_of_a_full_one():
    quick, full = (list(jobs_of(list(WORKLOADS.values()), quick)) for quick in (True, False))
    assert set(quick) < set(full)
    assert len(quick) <= 40  # a duel takes from one second to three


def test_the_formula_has_20_operations():
    assert sum(measure(trace(formula.formula(np), *formula.data(3).parameters)).op_count.values()) == 20


def test_the_chains_have_198_operations():
    """Counted by the shared format, on the programs that are timed."""
    on_floats = measure(trace(floats.chain, *floats.data(1))).op_count
    assert on_floats == dict.fromkeys(("add", "div", "mul", "neg", "pow", "sub"), 33)
    on_arrays = measure(trace(arrays.chain(np.sin), *arrays.data(10))).op_count
    assert on_arrays == {**dict.fromkeys(("add", "mul", "sin"), 66), "sum": 1}


def test_the_moons_are_those_of_scikit_learn():
    """Without noise and in order, the same half circles."""
    datasets = pytest.importorskip("sklearn.datasets", reason="make_moons comes with scikit-learn (extra `test`)")
    theirs, labels = datasets.make_moons(100, shuffle=False)
    ours, sides = moons.half_circles(100)
    assert ours == pytest.approx(theirs, abs=4 * EPS)
    assert np.array_equal(sides, 2 * labels - 1)

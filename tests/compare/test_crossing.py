"""The map of forward and reverse mode: counts by closed forms, the border, and what a clock may say about it."""

import json

import numpy as np
import pytest

from compare import crossover
from compare.experiments.crossing import HIDDEN, SIZES, Measured, crossing, cubics, layers, waves
from compare.racing import Race, Runner
from compare.timing import Timing
from expression.errors import ArgumentError

EXACT = 1e-9  # of a border that is interpolated between exact counts


@pytest.fixture(scope="module")
def found():
    """The whole map of the default function."""
    return crossover()


def test_layers_cost_what_their_matrix_products_do(found):
    """y = V tanh(W x): (2 n - 1) h + 8 h + (2 h - 1) m for the values, and the same products again on the way."""
    h = HIDDEN
    for cell in found.cells:
        n, m = cell.n, cell.m
        products = (2 * n - 1) * h + (2 * h - 1) * m
        assert cell.values == products + 8 * h
        partials = 3 * h  # 1 - y y, times the tangent or adjoint
        assert cell.tangent == products + partials
        transposed = (2 * m - 1) * h + (2 * h - 1) * n
        assert cell.adjoint == transposed + partials


def test_a_jacobian_takes_n_forward_sweeps_or_m_reverse_ones(found):
    for cell in found.cells:
        assert cell.forward == cell.n * (cell.values + cell.tangent)
        assert cell.forward_kept == cell.values + cell.n * cell.tangent
        assert cell.reverse == cell.values + cell.m * cell.adjoint


def test_with_the_values_kept_the_border_is_the_diagonal(found):
    assert [n for n, _ in found.boundary(kept=True)] == list(SIZES)
    for n, m in found.boundary(kept=True):
        assert m == pytest.approx(n, rel=EXACT)


@pytest.mark.parametrize("build", [layers, waves])
def test_as_called_an_input_is_worth_up_to_two_outputs(build):
    border = crossover(build, (1, 2, 4, 8, 16, 32, 64))
    assert 1.5 < border.shift() < 2.0
    assert border.shift(kept=True) == pytest.approx(1.0, abs=0.02)


def test_a_cheap_function_is_on_the_side_of_reverse_mode():
    assert 1.0 < crossover(cubics, (1, 4, 16, 64)).shift(kept=True) < crossover(cubics, (1, 4, 16, 64)).shift()


def test_a_border_beyond_the_map_is_no_point_of_it(found):
    called = dict(found.boundary())
    assert 256 not in called and 128 in called
    assert found.table().rows[-1] == ("256", "beyond", "256")


@pytest.mark.parametrize(
    ("m", "ratios", "expected"),
    [
        ((1, 4), (-1.0, 1.0), 2.0),
        ((1, 4, 16), (-1.0, 0.0, 1.0), 4.0),
        ((1, 4), (0.0, 1.0), 1.0),
        ((1, 4), (-1.0, 0.0), 4.0),
        ((1, 4), (-2.0, -1.0), None),
    ],
)
def test_where_a_sequence_crosses_zero(m, ratios, expected):
    assert crossing(m, ratios) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("forward", "winner"), [((3.0, 3.0, 3.0), "reverse"), ((0.2, 0.2, 0.2), "forward"), ((1.0, 1.1, 0.9), "tie")]
)
def test_the_winner_is_what_the_race_says(forward, winner):
    runners = (Runner("reverse", Timing((1.0, 1.0, 1.0), 1), None), Runner("forward", Timing(forward, 1), None))
    assert Measured(4, 4, Race(runners, "reverse")).winner == winner


def test_both_jacobians_that_are_timed_are_the_same():
    found = crossover(sizes=(2, 3), measured=[(2, 3)])
    assert found.measured[0].race.warnings == ()
    assert found.measured[0].race.runners[1].digits > 13
    assert "at n = 2, m = 3: " in str(found)


def test_a_map_without_a_border_says_so():
    found = crossover(sizes=(200, 201))  # the border as called is at 400 outputs
    assert (found.boundary(), found.shift(), found.boundary_slope()) == ((), None, None)
    assert "none as called, 1.00 with values kept" in str(found)
    assert found.plot() is not None


def test_a_crossover_has_strict_json_and_html(found):
    content = json.loads(found.to_json())
    assert (content["format"], content["name"], len(content["cells"])) == ("trigrad.crossover", "layers", 256)
    assert "<td" in found._repr_html_()
    assert repr(found) == "<Crossover of layers at 256 places>"


def test_what_makes_no_map_is_refused():
    with pytest.raises(ArgumentError, match=r"crossover needs at least two sizes from 1 on, got \(3,\)"):
        crossover(sizes=(3,))
    with pytest.raises(ArgumentError, match="at least two sizes from 1 on"):
        crossover(sizes=(0, 3))

    def flat(n, m):
        return np.sum, np.ones(n)

    with pytest.raises(ArgumentError, match=r"flat\(1, 1\) has outputs of shape \(\), not \(1,\)"):
        crossover(flat, (1, 2))

"""The networks: small ones, whose answers by hand are held to central differences in every direction."""

import numpy as np
import pytest

from benchmarks.peers import PEERS
from benchmarks.workload import difference, peer_of, plain
from benchmarks.workloads import convolution, lstm, recurrent, transformer
from expression.structure import flatten, unflatten

SMALL = {
    "recurrent": (recurrent, 2),
    "transformer": (transformer, 1),
    "convolution": (convolution, 1),
    "lstm": (lstm, 4),
}
EPS = np.finfo(float).eps
STEP = EPS ** (1 / 3)
DIFFERENCE_TOL = 100 * EPS ** (2 / 3)  # truncation f''' h^2 / 6, f''' up to hundreds; rounding eps / h is less
SAME = 1e-13  # two orders of the same sums: some hundred roundings of numbers near 1
DIRECTIONS = 12


@pytest.fixture(params=SMALL)
def small(request):
    """A row of the benchmark, its loss in NumPy, and data of a small size."""
    module, size = SMALL[request.param]
    (row,) = module.ROWS
    return row, module.loss, module.data(size)


def test_every_parameter_by_hand_has_its_central_differences(small):
    """A direction within each parameter, and some through all of them, by the program in NumPy alone."""
    row, loss, data = small
    _, *gradient = plain(row.contestants[row.reference](data)())
    leaves, structure = flatten(data.parameters)
    rng = np.random.default_rng(11)
    everything = range(len(leaves))
    for chosen in [[k] for k in everything] + [everything] * DIRECTIONS:
        direction = [rng.normal(size=x.shape) * (k in chosen) for k, x in enumerate(leaves)]
        length = np.sqrt(sum(np.sum(d * d) for d in direction))
        plus, minus = (
            loss(
                unflatten(structure, [x + h / length * d for x, d in zip(leaves, direction, strict=True)]), *data.others
            )
            for h in (STEP, -STEP)
        )
        expected = sum(np.sum(g * d) for g, d in zip(gradient, direction, strict=True)) / length
        assert expected == pytest.approx((plus - minus) / (2 * STEP), rel=DIFFERENCE_TOL, abs=DIFFERENCE_TOL)


@pytest.mark.parametrize("library", ["PyTorch", "JAX"])
@pytest.mark.filterwarnings("ignore")  # what the peers say of themselves
def test_the_answer_by_hand_is_that_of_a_library_with_layers_of_its_own(small, library):
    row, _, data = small
    peer = PEERS[library]
    if peer.missing:
        pytest.skip(peer.missing)
    peer.prepare()
    assert difference(row.contestants[library](data)(), row.contestants[row.reference](data)()) <= SAME


def test_ours_give_the_answer_by_hand_at_another_size(small):
    row, _, data = small
    reference = row.contestants[row.reference](data)()
    for name, build in row.contestants.items():
        if peer_of(name).name == "trigrad":
            assert difference(build(data)(), reference) <= SAME, name

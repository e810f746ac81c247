"""The short ways back against the general one: bit for bit, for every row, form of operands and form of adjoint."""

from typing import Any

import numpy as np
import pytest

from autodiff import pulls
from autodiff.pulls import BY_RULES, RULES, pull_full
from autodiff.recording import Dense, on_tape
from autodiff.rules import Pieces, complete
from autodiff.steps import FLAT, in_full
from autodiff.tape import Tape
from expression.operations import BY_NUMPY, TABLE
from expression.operations.operation import BOOLEAN, Operation

NUMBER = "number"
SHAPE = (3, 4)
OF_ONE = [row for row, rules in RULES.items() if len(rules) == 1]
OF_TWO = [row for row, rules in RULES.items() if len(rules) == 2]
FORMS = (  # the shapes of two operands, and which of them are tensors
    ((SHAPE, SHAPE), (True, True)),
    ((SHAPE, (4,)), (True, True)),
    (((3, 1), SHAPE), (True, True)),
    (((3, 1), (1, 4)), (True, True)),
    ((SHAPE, SHAPE), (True, False)),
    ((SHAPE, SHAPE), (False, True)),
    ((SHAPE, (4,)), (True, False)),
    (((4,), SHAPE), (True, False)),
    (((4,), SHAPE), (False, True)),
    ((SHAPE, NUMBER), (True, False)),
    ((NUMBER, SHAPE), (False, True)),
)


def drawn(row: Operation, k: int, shape: Any, dtype: Any = np.float64) -> Any:
    """An operand from the row's domain."""
    rng = np.random.default_rng(k)
    low, high = row.domain[k] if isinstance(row.domain[k], tuple) else BOOLEAN
    return float(rng.uniform(low, high)) if shape is NUMBER else rng.uniform(low, high, shape).astype(dtype)


def adjoints(y: Any) -> list[Any]:
    """An adjoint of the node's shape, one number for all entries, and one in pieces."""
    whole = np.random.default_rng(9).normal(size=y.shape).astype(y.dtype)
    return [whole, 0.75, Pieces((whole[0],), (0,), y.shape)]


def copied(y_bar: Any) -> Any:
    """The same once more: pieces are put together in place."""
    return Pieces(y_bar.operands, y_bar.indices[0], y_bar.shape) if isinstance(y_bar, Pieces) else y_bar


def assert_pulled_alike(tape: Tape, y: Any) -> None:
    """The newest step against its long form under the general pull."""
    step = tape.steps[-1]
    long = (pull_full, *in_full(step))
    for y_bar in adjoints(y):
        found: list[Any] = [None] * (len(tape.steps) - 1)
        expected = found.copy()
        step[0](step, copied(y_bar), found)
        pull_full(long, copied(y_bar), expected)
        for (position, (_, x)), a, b in zip(tape.leaves.items(), found, expected, strict=True):
            a, b = (np.broadcast_to(complete(v), x.shape) for v in (a, b))
            assert (a.dtype, a.tobytes()) == (b.dtype, b.tobytes()), (step[1].name, step[0].__name__, position)


@pytest.mark.parametrize("row", OF_ONE, ids=lambda row: row.name)
def test_functions_of_one_array(row):
    fronts = [row, *[f for f, other in BY_NUMPY.items() if other is row]]
    for front in fronts:
        tape = Tape()
        y = front(on_tape(tape, drawn(row, 0, SHAPE)))
        assert type(y) is Dense
        if row.name != "float":
            assert tape.steps[-1][0] is pulls.pull_one
        assert_pulled_alike(tape, y)


@pytest.mark.parametrize("row", [*OF_TWO, TABLE["pow"]], ids=lambda row: row.name)
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_functions_of_two_operands(row, form):
    fronts = [row, *[f for f, other in BY_NUMPY.items() if other is row]]
    for front in fronts:
        tape = Tape()
        x = [drawn(row, k, shape) for k, shape in enumerate(form[0])]
        y = front(*[on_tape(tape, v) if on else v for v, on in zip(x, form[1], strict=True)])
        assert_pulled_alike(tape, y)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 0.0, 1.0, 2.0, -1, 0.5])
def test_powers_with_a_constant_exponent(exponent):
    tape = Tape()
    y = on_tape(tape, drawn(TABLE["pow"], 0, SHAPE)) ** exponent
    assert_pulled_alike(tape, y)


@pytest.mark.parametrize("name", sorted(row.name for row in BY_RULES if row.samples))
def test_operations_with_a_rule_for_each_operand(name):
    row = TABLE[name]
    for sample in row.samples:
        tape = Tape()
        rng = np.random.default_rng(3)
        x = [np.asarray(sample.integers.get(k, rng.uniform(0.5, 1.5, s))) for k, s in enumerate(sample.shapes)]
        if any(len(s) > 1 and s[-1] == s[-2] for s in sample.shapes):
            x[0] = x[0] @ np.swapaxes(x[0], -1, -2) + 3 * np.eye(x[0].shape[-1])  # regular, and positive definite
        y = row(*[on_tape(tape, v) if v.dtype.kind == "f" else v for v in x], **sample.parameters)
        if type(y) is Dense and y.dtype.kind == "f":
            assert tape.steps[-1][0] is pulls.pull_by_rules
            assert_pulled_alike(tape, y)


@pytest.mark.parametrize("name", ("sum", "prod", "max", "logsumexp", "norm"))
@pytest.mark.parametrize("axis", ((0,), (1,)))
@pytest.mark.parametrize("keepdims", (True, False))
def test_reductions(name, axis, keepdims):
    tape = Tape()
    y = TABLE[name](on_tape(tape, drawn(TABLE["add"], 0, SHAPE)), axis=axis, keepdims=keepdims)
    assert tape.steps[-1][0] is pulls.pull_reduction
    assert_pulled_alike(tape, y)


def test_numbers_in_a_flat_step_have_the_dtype_of_its_result_in_the_long_form():
    tape = Tape()
    y = on_tape(tape, drawn(TABLE["mul"], 0, SHAPE, np.float32)) * 0.1
    assert y.dtype == np.float32
    assert len(tape.steps[-1]) == FLAT
    _, _, (_, _, b), _ = in_full(tape.steps[-1])
    assert type(b) is np.float32


def test_an_infinite_adjoint_meets_no_partial_that_is_exactly_zero():
    tape = Tape()
    y = on_tape(tape, np.array([1.0, 2.0])) ** 0
    adjoint: list[Any] = [None]
    tape.steps[-1][0](tape.steps[-1], np.array([np.inf, 1.0]), adjoint)
    assert y.shape == (2,)
    assert adjoint == [None]


def test_a_wrong_short_way_would_be_seen():
    def doubled(step, y_bar, adjoint):
        pulls.pull_one(step, 2 * y_bar if not isinstance(y_bar, Pieces) else y_bar, adjoint)

    tape = Tape()
    y = np.tanh(on_tape(tape, drawn(TABLE["tanh"], 0, SHAPE)))
    tape.steps[-1] = (doubled, *tape.steps[-1][1:])
    with pytest.raises(AssertionError, match="tanh"):
        assert_pulled_alike(tape, y)

"""A batched evaluation against a loop over the batch, for every row and for random expressions."""

from functools import partial
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expression import ArgumentError, trace
from expression.batched import apply_batch
from expression.batching import BatchProgram, evaluate_batch
from expression.evaluation import forward
from expression.operations import ROWS
from expression.operations.custom import operation
from expression.operations.leaves import CONSTANT
from expression.operations.operation import apply
from tests.strategies import operands, random_expressions, samples, seeds

# The same formula in another order of summation (a product of matrices, a sum along another stride): a few dozen
# roundings of values that are at most 20.
BATCH_TOL = 64 * np.finfo(float).eps
SIZE = 3
COMPUTED = tuple(row for row in ROWS if row.name not in ("input", "constant"))


def record(row, sample, x):
    """One operation as an expression; index arrays are inputs too, so that they may be batched."""
    return trace(lambda *x: row(*x, **sample.parameters), *x)


def loop(e, leaves, batched, size):
    """The oracle: one forward evaluation a point."""
    found = []
    for k in range(size):
        values = forward(e, [x[k] if b else x for x, b in zip(leaves, batched, strict=True)])
        found.append([values[j] for j in e.outputs])
    return [np.stack(column) for column in zip(*found, strict=True)]


def by_rules(e, leaves, batched, size):
    """The same bits without a look ahead: every node that a batch reaches asks its row's rule."""
    values, carries = [None] * len(e.nodes), [False] * len(e.nodes)
    for i, x, b in zip(e.inputs, leaves, batched, strict=True):
        values[i.position], carries[i.position] = x, b
    for position, node in enumerate(e.nodes):
        if node.operation is CONSTANT:
            values[position] = node.constant
        elif not node.is_leaf:
            x, flags = [values[j] for j in node.operands], tuple([carries[j] for j in node.operands])
            carries[position] = any(flags)
            run = partial(apply_batch, batched=flags) if any(flags) else apply
            values[position] = run(node.operation, x, parameters=node.parameters)
    return [values[j] if carries[j] else np.broadcast_to(values[j], (size, *e.nodes[j].shape)) for j in e.outputs]


def agree(e, leaves, batched, size=SIZE):
    """Compare entry by entry, nan with nan."""
    found = evaluate_batch(e, leaves, batched)
    with np.errstate(all="ignore"):
        for y, expected in zip(found, by_rules(e, leaves, batched, size), strict=True):
            np.testing.assert_array_equal(y, expected)
            assert y.dtype == expected.dtype
    for y, expected in zip(found, loop(e, leaves, batched, size), strict=True):
        assert y.shape == expected.shape
        assert y.dtype == expected.dtype
        if y.dtype.kind in "biu":
            np.testing.assert_array_equal(y, expected)
        else:
            bound = np.maximum(1, np.abs(y) + np.abs(expected))
            np.testing.assert_array_less(np.abs(y - expected) / bound, BATCH_TOL)


def combinations(count):
    """Which operands are batched: every choice with at least one."""
    return [flags for flags in product((False, True), repeat=count) if any(flags)]


@pytest.mark.parametrize("row", COMPUTED, ids=lambda row: row.name)
def test_every_row_gives_in_a_batch_what_it_gives_point_by_point(row):
    rng = np.random.default_rng(5)
    tried = 0
    for sample in samples(row):
        points = [operands(row, sample, rng) for _ in range(SIZE)]
        e = record(row, sample, points[0])
        for batched in combinations(len(e.inputs)):
            leaves = [np.stack(x) if b else x[0] for x, b in zip(zip(*points, strict=True), batched, strict=True)]
            agree(e, leaves, batched)
            tried += 1
    assert tried


@settings(deadline=None)
@given(random_expressions(), st.data(), seeds)
def test_random_expressions_give_in_a_batch_what_they_give_point_by_point(drawn, data, seed):
    e, args = drawn
    batched = data.draw(st.sampled_from(combinations(len(args))))
    rng = np.random.default_rng(seed)
    leaves = [x * rng.uniform(0.9, 1.1, (SIZE, *np.shape(x))) if b else x for x, b in zip(args, batched, strict=True)]
    agree(e, leaves, batched)


def test_a_program_without_batched_inputs_is_the_value_at_every_point():
    e = trace(lambda x: np.sin(x) * 2.0, 1.0)
    (y,) = BatchProgram(e, (False,))([0.5], 4)
    np.testing.assert_array_equal(y, np.full(4, np.sin(0.5) * 2.0))


def test_a_chain_needs_two_places_however_long_it_is():
    def chain(x):
        for _ in range(100):
            x = np.sin(x)
        return x

    program = BatchProgram(trace(chain, np.ones(5)), (True,))
    assert len(program.places) == 3  # x, and two that take turns
    assert program.peak == 2 * 5 * 8


def test_a_value_is_kept_until_its_last_reader():
    e = trace(lambda x: ((x + 1.0) * (x + 2.0)) / ((x + 1.0) - (x + 2.0) * x), np.ones(2))
    agree(e, [np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])], (True,))


@pytest.mark.parametrize(("f", "entrywise"), [(lambda x: np.sum(x[1:] * x[:-1]), True), (lambda x: x @ x, False)])
def test_the_layout_of_the_points_is_free_where_no_rule_is_asked(f, entrywise):
    assert BatchProgram(trace(f, np.ones(4)), (True,)).entrywise is entrywise


def test_a_node_that_no_batched_leaf_reaches_is_evaluated_once():
    calls = []

    @operation(vjps=(lambda y_bar, y, x: y_bar,), linear="each", shape=lambda s: s)
    def counted(x):
        calls.append(np.shape(x))
        return 1.0 * x

    e = trace(lambda x, y: counted(x) * counted(y), 2.0, 3.0)
    calls.clear()
    (y,) = evaluate_batch(e, (2.0, np.array([1.0, 2.0, 3.0])), (False, True))
    np.testing.assert_array_equal(y, [2.0, 4.0, 6.0])
    assert calls == [(), ()]  # x once; y once too, at all points


def test_an_output_that_no_batched_leaf_reaches_is_the_same_at_every_point():
    e = trace(lambda x, y: (x + 1, 2 * y), 2.0, 3.0)
    first, second = evaluate_batch(e, (2.0, np.array([1.0, 2.0])), (False, True))
    np.testing.assert_array_equal(first, [3.0, 3.0])
    np.testing.assert_array_equal(second, [2.0, 4.0])


def test_an_empty_batch_gives_empty_results():
    e = trace(lambda a, i: np.sum(np.sin(a)[i]), np.ones((4, 3)), np.array([0, 1]))
    (y,) = evaluate_batch(e, (np.ones((0, 4, 3)), np.ones((0, 2), dtype=int)), (True, True))
    assert y.shape == (0,)


@pytest.mark.parametrize("rows", [(True, False), (False, True), (True, True)])
def test_a_batched_evaluation_can_itself_be_recorded(rows):
    def f(a, b):
        return np.tanh(a @ b) + np.sum(a, axis=1)

    rng = np.random.default_rng(2)
    a, b = (rng.normal(size=((SIZE,) if r else ()) + s) for r, s in zip(rows, ((2, 4), (4,)), strict=True))
    e = trace(f, rng.normal(size=(2, 4)), rng.normal(size=4))
    program = trace(lambda a, b: evaluate_batch(e, (a, b), rows)[0], a, b)
    np.testing.assert_allclose(program(a, b), loop(e, (a, b), rows, SIZE)[0], rtol=BATCH_TOL)


def test_domain_errors_become_nan_without_a_warning():
    (y,) = evaluate_batch(trace(np.log, 1.0), (np.array([-1.0, 0.0, 1.0]),), (True,))
    np.testing.assert_array_equal(y, [np.nan, -np.inf, 0.0])


@pytest.mark.parametrize(
    ("leaves", "batched", "message"),
    [
        ((2.0, 3.0), (False, False), "a batch needs one length, got no batched leaf"),
        ((np.ones(2), np.ones(3)), (True, True), r"got batch axes of lengths \[2, 3\]; give all batched leaves"),
        ((np.ones(2), 1.0), (False, False), r"x: expected shape \(\), got \(2,\)"),
        ((np.ones((2, 2)), 1.0), (True, False), r"x: expected shape a batch axis and then \(\), got \(2, 2\)"),
        ((1.0, 1.0), (True, False), r"x: expected shape a batch axis and then \(\), got \(\)"),
    ],
)
def test_leaves_that_do_not_fit_are_refused_by_name(leaves, batched, message):
    with pytest.raises(ArgumentError, match=message):
        evaluate_batch(trace(lambda x, y: x * y, 1.0, 1.0), leaves, batched)

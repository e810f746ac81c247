"""vmap against a loop over the batch: every row in every combination, indices, random programs, the corpus; errors."""

import pickle
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expression import ArgumentError, ControlFlowError, ExpressionError, UnsupportedOperation, parse, trace, trace_at
from expression.batched import Batched, mapped
from expression.batching import evaluate_batch
from expression.corpus import CASES
from expression.operations import ROWS, TABLE
from expression.operations.custom import operation
from expression.structure import tree_map
from expression.vectorization import vmap
from tests.strategies import operands, random_programs, samples, seeds

# The same formula in another order of summation (one product of matrices for many, a sum along another stride): a few
# dozen roundings of values that are at most 20. Functions of the corpus are longer, and cancel a digit or two.
ROUNDINGS = 64
CORPUS_TOL = 1e4 * np.finfo(float).eps
SIZES = (0, 1, 3)
COMPUTED = tuple(row for row in ROWS if row.name not in ("input", "constant"))


def close(y, expected, roundings=ROUNDINGS):
    """Compare entry by entry, nan with nan, in the precision of what was expected."""
    y, expected = np.asarray(y), np.asarray(expected)
    assert y.shape == expected.shape
    assert y.dtype == expected.dtype
    if y.dtype.kind in "biu":
        np.testing.assert_array_equal(y, expected)
    else:
        bound = np.maximum(1, np.abs(y) + np.abs(expected))
        assert np.array_equal(np.isnan(y), np.isnan(expected))
        assert np.all(np.nan_to_num(np.abs(y - expected) / bound) < roundings * np.finfo(y.dtype).eps)


def combinations(count):
    """Which operands are batched: every choice with at least one."""
    return [flags for flags in product((False, True), repeat=count) if any(flags)]


def axes(flags):
    """in_axes for these flags."""
    return tuple(0 if flag else None for flag in flags)


def looped(f, args, flags, size):
    """The oracle: one call a point."""
    return np.stack([np.asarray(f(*(x[k] if b else x for x, b in zip(args, flags, strict=True)))) for k in range(size)])


def halved(x):
    """A float32 copy of floats."""
    return np.asarray(x, dtype=np.float32)[()] if np.asarray(x).dtype.kind == "f" else x


# -- every row ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("single", [False, True], ids=["float64", "float32"])
@pytest.mark.parametrize("row", COMPUTED, ids=lambda row: row.name)
def test_every_row_gives_in_a_batch_what_it_gives_point_by_point(row, single):
    rng = np.random.default_rng(6)
    tried = 0
    for sample in samples(row):
        points = [[halved(x) if single else x for x in operands(row, sample, rng)] for _ in range(max(SIZES))]
        assert points[0]

        def f(*x, sample=sample):
            return row(*x, **sample.parameters)

        for flags, size in product(combinations(len(points[0])), SIZES):
            args = [np.stack(x)[:size] if b else x[0] for x, b in zip(zip(*points, strict=True), flags, strict=True)]
            y = vmap(f, axes(flags))(*args)
            if size:
                close(y, looped(f, args, flags, size))
            else:
                assert (y.shape, y.dtype) == ((0, *np.shape(f(*points[0]))), np.asarray(f(*points[0])).dtype)
            tried += 1
    assert tried


def test_the_table_has_a_batch_rule_for_every_row():
    assert [row.name for row in COMPUTED if not row.elementwise and row.batch is None] == []


@st.composite
def indices(draw):
    """A shape, an index of the rows getitem and scatter_add into it, and its arrays: those may lie apart."""
    shape = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)))
    common = draw(st.sampled_from([(), (2,), (2, 3)]))
    items, arrays = [], []
    for n in shape[: draw(st.integers(1, len(shape)))]:
        kind = draw(st.sampled_from(["int", "slice", "array", "array", "new axis"]))
        if kind == "new axis":
            items.append(None)
        if kind == "int":
            items.append(draw(st.integers(0, n - 1)))
        elif kind == "array":
            lengths = tuple(draw(st.sampled_from([1, m])) for m in common[draw(st.integers(0, len(common))) :])
            entries = st.lists(st.integers(0, n - 1), min_size=prod(lengths), max_size=prod(lengths))
            items.append("array")
            arrays.append(np.array(draw(entries), dtype=np.int64).reshape(lengths))
        else:
            items.append((draw(st.integers(0, n - 1)), n, draw(st.integers(1, 2))))
    return shape, tuple(items), arrays


@settings(max_examples=300)
@given(indices(), st.data(), seeds)
def test_any_index_picks_and_adds_in_a_batch_as_point_by_point(drawn, data, seed):
    shape, items, arrays = drawn
    rng = np.random.default_rng(seed)
    flags = data.draw(st.sampled_from(combinations(1 + len(arrays))))
    # A permutation of an index array, and so another index at each point.
    given_arrays = [
        np.stack([rng.permutation(a.reshape(-1)).reshape(a.shape) for _ in range(3)]) if b else a
        for a, b in zip(arrays, flags[1:], strict=True)
    ]

    def picked(x, *arrays):
        return TABLE["getitem"](x, *arrays, index=items)

    def added(y, *arrays):
        return TABLE["scatter_add"](y, *arrays, indices=(items,), shape=shape)

    args = (rng.normal(size=(3, *shape) if flags[0] else shape), *given_arrays)
    expected = looped(picked, args, flags, 3)
    close(vmap(picked, axes(flags))(*args), expected)
    args = (rng.normal(size=expected.shape if flags[0] else expected.shape[1:]), *given_arrays)
    close(vmap(added, axes(flags))(*args), looped(added, args, flags, 3))


def test_several_pieces_are_added_in_each_with_its_own_index():
    def f(a, i, b, j):
        return TABLE["scatter_add"](a, i, b, j, indices=(("array",), ((0, 4, 1), "array")), shape=(4, 3))

    rng = np.random.default_rng(3)
    args = (
        rng.normal(size=(3, 2, 3)),
        rng.integers(0, 4, (3, 2)),
        rng.normal(size=(3, 4, 2)),
        rng.integers(0, 3, (3, 2)),
    )
    for flags in combinations(4):
        chosen = tuple(x if b else x[0] for x, b in zip(args, flags, strict=True))
        close(vmap(f, axes(flags))(*chosen), looped(f, chosen, flags, 3))


SYSTEMS = [
    ((3, 3), (3,)),
    ((3, 3), (3, 2)),
    ((2, 3, 3), (3,)),
    ((2, 3, 3), (3, 1)),
    ((3, 3), (2, 3, 1)),
    ((4, 1, 3, 3), (2, 3, 1)),
]


@pytest.mark.parametrize(("a", "b"), SYSTEMS)
def test_systems_and_products_of_any_ranks(a, b):
    rng = np.random.default_rng(4)
    for flags in combinations(2):
        args = [rng.normal(size=(3, *s) if batched else s) for s, batched in zip((a, b), flags, strict=True)]
        for f in (lambda a, b: np.linalg.solve(a + 6 * np.eye(3), b), lambda a, b: a @ b):
            close(vmap(f, axes(flags))(*args), looped(f, args, flags, 3))


# -- programs ----------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(random_programs(), st.data(), seeds)
def test_random_programs_with_the_batch_axis_anywhere(drawn, data, seed):
    f, args = drawn
    flags = data.draw(st.sampled_from(combinations(len(args))))
    rng = np.random.default_rng(seed)
    stacked = [x * rng.uniform(0.9, 1.1, (3, *np.shape(x))) if b else x for x, b in zip(args, flags, strict=True)]
    expected = looped(f, stacked, flags, 3)
    places = [
        data.draw(st.integers(-np.ndim(x), np.ndim(x) - 1)) if b else None for x, b in zip(stacked, flags, strict=True)
    ]
    out = data.draw(st.integers(-expected.ndim, expected.ndim - 1))
    moved = [np.moveaxis(x, 0, a) if a is not None else x for x, a in zip(stacked, places, strict=True)]
    close(vmap(f, places, out)(*moved), np.moveaxis(expected, 0, out), 4 * ROUNDINGS)


@settings(max_examples=30)
@given(random_programs(steps=5, inputs=2), seeds)
def test_recorded_or_given_as_an_expression_it_is_the_same(drawn, seed):
    f, args = drawn
    rng = np.random.default_rng(seed)
    args = [x * rng.uniform(0.9, 1.1, (3, *np.shape(x))) for x in args]
    expected = vmap(f)(*args)
    close(vmap(trace(f, *(x[0] for x in args)))(*args), expected)
    close(trace(vmap(f), *args)(*args), expected)
    close(trace_at(vmap(f), *args)(*args), expected)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_corpus(case):
    f = case.at()[0]
    rng = np.random.default_rng(8)
    points = [case.sample(rng) for _ in range(3)]
    stacked = tree_map(lambda *leaves: np.stack(leaves), *points)
    with np.errstate(all="ignore"):  # a branch that is not taken may be nan
        y, expected = vmap(f)(*stacked), np.stack([f(*p) for p in points])
    assert np.all(np.abs(y - expected) <= CORPUS_TOL * np.maximum(1, np.abs(y) + np.abs(expected)))


def test_maps_nest():
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))

    def f(x, y):
        return np.tanh(x) @ y + x[0] * y[1]

    table = vmap(vmap(f, (None, 0)), (0, None))(X, Y)
    close(table, [[f(x, y) for y in Y] for x in X])
    close(vmap(lambda x: vmap(lambda y: f(x, y))(Y))(X), table)  # the outer batch, brought in by a closure
    close(vmap(lambda x: vmap(lambda y: f(x, y))(Y), out_axes=1)(X), table.T)
    cube = vmap(vmap(vmap(lambda a, b, c: a * b - c, (0, None, None)), (None, 0, None)), (None, None, 0))
    close(cube(X[:, 0], Y[:, 0], X[:, 1]), X[:, 0] * Y[:, 0][:, None] - X[:, 1][:, None, None])


def test_an_inner_map_of_what_does_not_vary_along_it():
    X = np.arange(6.0).reshape(3, 2)
    close(vmap(lambda x: vmap(lambda y: x)(np.ones(4)))(X), np.repeat(X[:, None], 4, axis=1))
    close(vmap(lambda x: vmap(lambda y: y)(np.arange(4.0)))(X), np.tile(np.arange(4.0), (3, 1)))


def test_a_batched_evaluation_takes_batched_leaves():
    e = trace(lambda x, y: x @ y, np.ones(2), np.ones(2))
    X, Y = np.arange(8.0).reshape(4, 2), np.arange(6.0).reshape(3, 2)
    close(vmap(lambda y: evaluate_batch(e, (X, y), (True, False))[0])(Y), Y @ X.T)


# -- axes and structures -----------------------------------------------------------------------------------------------

A = np.arange(24.0).reshape(2, 3, 4)
AXES = {  # the call, and what it is without vmap
    "an int for all": (lambda: vmap(lambda x, y: x + y, 1)(A[0], A[1]), (A[0] + A[1]).T),
    "a negative one": (lambda: vmap(np.sum, -1)(A), A.sum((0, 1))),
    "another place in the result": (lambda: vmap(lambda x: x, 0, 2)(A), np.moveaxis(A, 0, 2)),
    "a negative place": (lambda: vmap(lambda x: x, 1, -2)(A), np.moveaxis(A, 1, -2)),
    "a list": (lambda: vmap(lambda x, y: x * y, [0, None])(A[0], 2.0), 2 * A[0]),
    "a part of an argument": (
        lambda: vmap(lambda p: p["a"] * p["b"][1], ({"a": 0, "b": None},))({"a": A[0], "b": (A[0], 3.0)}),
        3 * A[0],
    ),
    "an argument without leaves": (lambda: vmap(lambda x, nothing: x, (0, None))(A[0], None), A[0]),
    "None among the mapped": (lambda: vmap(lambda x, pair: x + pair[1])(A[0], (None, A[1])), A[0] + A[1]),
    "what is no array, shared": (lambda: vmap(lambda x, kind: x if kind == "up" else -x, (0, None))(A[0], "up"), A[0]),
    "a constant result": (lambda: vmap(lambda x: 2.0)(A), np.array([2.0, 2.0])),
    "a constant array, in place": (lambda: vmap(lambda x: np.ones(3), 0, 1)(A), np.ones((3, 2))),
    "integers": (lambda: vmap(lambda i: np.argmax(i))(np.array([[1, 5], [7, 2]])), np.array([1, 0])),
    "a nested list": (lambda: vmap(lambda x: x[0] + x[1])([A[0], A[1]]), A[0] + A[1]),
    "an empty batch": (lambda: vmap(lambda x: x @ x)(np.ones((0, 3))), np.ones(0)),
    "one point": (lambda: vmap(lambda x: x @ x)(np.ones((1, 3))), np.array([3.0])),
    "an expression": (lambda: vmap(parse("x * y + 1"), (0, None))(np.arange(3.0), 2.0), np.array([1.0, 3.0, 5.0])),
    "a NumPy function": (lambda: vmap(np.outer)(A[0], A[1]), A[0][:, :, None] * A[1][:, None, :]),
}


@pytest.mark.parametrize("name", AXES)
def test_axes(name):
    call, expected = AXES[name]
    close(call(), expected)


def test_results_have_the_structure_of_the_functions():
    y = vmap(lambda x: {"sum": np.sum(x), "pair": [x, (x[0], None)]}, out_axes={"sum": 0, "pair": -1})(A[0])
    assert sorted(y) == ["pair", "sum"] and y["pair"][1][1] is None
    close(y["sum"], A[0].sum(1))
    close(y["pair"][0], A[0].T)
    close(y["pair"][1][0], A[0][:, 0])


def test_a_result_that_all_points_share_may_be_had_once():
    y, shared, number = vmap(lambda x: (x, A[1], 2.0), out_axes=(0, None, None))(A[0])
    close(y, A[0])
    close(shared, A[1])
    assert type(number) is float


def test_results_are_in_memory_of_their_own():
    X = np.arange(6.0).reshape(3, 2)
    for f in (lambda x: x, lambda x: x[::-1], lambda x: X[0], lambda x: x.T):
        y = vmap(f)(X)
        assert y.flags.writeable and not np.shares_memory(X, y)
    first, second = vmap(lambda x: (2 * x,) * 2)(X)
    assert not np.shares_memory(first, second)


def test_the_function_runs_once_on_arrays_that_look_as_at_one_point():
    seen = []

    def f(x):
        seen.append((x.shape, x.ndim, x.size, len(x), x.dtype, np.shape(x), repr(x)))
        return x.sum()

    vmap(f, 1)(np.ones((2, 5), np.float32))
    assert seen == [((2,), 1, 2, 2, np.float32, (2,), "<batched float32[2] at 5 points>")]


def test_numbers_of_python_take_the_dtype_of_their_company():
    x = np.ones(3, np.float32)
    for f in (lambda x: 2.0 * x, lambda x: x + 1, lambda x: np.where(x > 0, x, 0.5), lambda x: np.maximum(1, x) ** 2):
        assert vmap(f)(x).dtype == np.float32


def test_names_and_docstrings_are_those_of_the_function():
    def f(x):
        """Say what it does."""

    assert (vmap(f).__name__, vmap(f).__doc__) == ("f", "Say what it does.")
    assert [i.name for i in trace(vmap(lambda p, x: p["w"] * x), {"w": np.ones(2)}, np.ones(2)).inputs] == ["p_w", "x"]
    assert [i.name for i in trace(vmap(scaled), np.ones((2, 3)), np.ones(2)).inputs] == ["x", "w"]


# -- users' own operations ---------------------------------------------------------------------------------------------


def test_an_elementwise_operation_acts_directly():
    calls = []

    @operation(partials=(lambda y, x: 3 * x * x,))
    def cube(x):
        calls.append(type(x))
        return x * x * x

    X = np.arange(6.0).reshape(3, 2)
    close(vmap(cube)(X), X**3)
    assert calls == [np.ndarray]
    assert [n.operation.name for n in trace(vmap(cube), X).nodes] == ["input", "cube"]


@operation(vjps=(lambda y_bar, y, x, w: y_bar * w, lambda y_bar, y, x, w: y_bar @ x), linear="each")
def scaled(x, w):
    return x * w


@operation(outputs=2, pullback=lambda bars, y, x: (bars[0] + bars[1] * x,), jvps=(lambda d, y, x: (np.sum(d), d * x),))
def total_and_half_square(x):
    return np.sum(x), 0.5 * x * x


def test_a_body_runs_once_for_all_points():
    calls = []

    @operation(vjps=(lambda y_bar, y, x: y_bar,), linear="each")
    def counted(x):
        calls.append(np.shape(x))
        return x[::-1]

    X = np.arange(6.0).reshape(3, 2)
    close(vmap(counted)(X), X[:, ::-1])
    assert calls == [(2,)]


def test_a_row_of_its_own_with_the_options_of_the_call():
    @operation(vjps=(lambda y_bar, y, x, *, k: k * y_bar,), linear="each", shape=lambda s, *, k: s)
    def times(x, *, k=2.0):
        return k * x

    X = np.arange(6.0).reshape(3, 2)
    close(vmap(lambda x: times(x, k=5.0) + times(x))(X), 7 * X)
    e = trace(vmap(lambda x: times(x, k=5.0) + times(x, k=5.0)), X)
    assert [n.operation.name for n in e.nodes] == ["input", "batched_times", "add"]  # equal nodes are stored once
    close(e(X), 10 * X)


def test_several_outputs():
    X = np.arange(6.0).reshape(3, 2)
    total, half = vmap(total_and_half_square)(X)
    close(total, X.sum(1))
    close(half, 0.5 * X * X)


@pytest.mark.parametrize("flags", combinations(2))
def test_every_combination_of_batched_operands_of_a_users_operation(flags):
    X, w = np.arange(6.0).reshape(3, 2), np.array([2.0, 3.0, 5.0])
    args = [x if b else x[0] for x, b in zip((X, w), flags, strict=True)]
    close(vmap(scaled, axes(flags))(*args), looped(scaled, args, flags, 3))
    e = trace(vmap(scaled, axes(flags)), *args)
    close(e(*args), looped(scaled, args, flags, 3))
    close(pickle.loads(pickle.dumps(e))(*args), e(*args))
    assert "batched_scaled" in str(e) and "batched" not in e.to_python()  # the source shows the body, batched


def test_an_inner_map_of_a_body_that_reads_only_the_outer_operand():
    @operation(vjps=(lambda y_bar, y, x, w: y_bar[::-1], lambda y_bar, y, x, w: 0.0), linear="each")
    def turned(x, w):
        return x[::-1]

    X = np.arange(6.0).reshape(3, 2)
    close(vmap(lambda x: vmap(lambda w: turned(x, w))(np.ones(4)))(X), np.repeat(X[:, None, ::-1], 4, axis=1))


def test_a_mapped_row_is_made_once():
    assert mapped(scaled, (True, False)) is mapped(scaled, (True, False))
    assert mapped(scaled, (True, False)) is not mapped(scaled, (False, True))
    assert mapped.cache_info().maxsize is not None


def test_a_body_that_knows_only_plain_arrays_runs_point_by_point():
    seen = []

    @operation(vjps=(lambda y_bar, y, x: 2 * y_bar * x,), jvps=(lambda d, y, x: 2 * d * x,), shape=lambda s: s)
    def opaque(x):
        y = np.empty(len(x))
        for k in range(len(x)):
            y[k] = float(x[k]) ** 2
        seen.append(type(x))
        return y

    X = np.arange(6.0).reshape(3, 2)
    close(vmap(opaque)(X), X * X)
    assert seen == [np.ndarray] * 3
    close(trace(vmap(opaque), X)(X), X * X)
    assert vmap(opaque)(X[:0]).shape == (0, 2)


def test_what_is_wrong_in_a_body_is_said_in_the_shapes_of_one_point():
    @operation(vjps=(lambda y_bar, y, x: y_bar,), linear="each")
    def misfit(x):
        return x @ np.ones(5)

    with pytest.raises(ValueError, match=r"mismatch in its core dimension 0.*size 5 is different from 2"):
        vmap(misfit)(np.ones((3, 2)))


def test_a_shape_that_depends_on_values_is_refused_by_name():
    @operation(vjps=(lambda y_bar, y, x: y_bar,), linear="each")
    def positive(x):
        return np.asarray(x)[np.asarray(x) > 0]

    close(vmap(positive)(np.array([[1.0, -1.0], [-2.0, 2.0]])), [[1.0], [2.0]])
    message = r"positive: its result has shape \(1,\) at one point and \(2,\) at another; a batch needs one shape"
    with pytest.raises(UnsupportedOperation, match=message):
        vmap(positive)(np.array([[1.0, -1.0], [2.0, 2.0]]))


# -- what is refused ---------------------------------------------------------------------------------------------------

X = np.arange(6.0).reshape(3, 2)
REFUSED = {
    "no mapped argument": (lambda: vmap(np.sum, None)(X), "no argument is mapped, so there is no batch; give one"),
    "no argument": (lambda: vmap(lambda: 1.0)(), "no argument is mapped"),
    "unequal lengths": (
        lambda: vmap(lambda x, y: x)(X, X.T),
        "the mapped axes have different lengths: x 3, y 2; make them equal, or None in in_axes",
    ),
    "unequal lengths inside": (
        lambda: vmap(lambda p: p["a"])({"a": X, "b": (X[0], X)}),
        "different lengths: p_a 3, p_b_0 2, p_b_1 3",
    ),
    "an axis out of range": (
        lambda: vmap(lambda x, y: x, (0, 2))(X, X),
        r"in_axes=2 for y of shape \(3, 2\), which has axes -2 to 1; None is for what all points share",
    ),
    "a number": (lambda: vmap(lambda x, y: x)(X, 2.0), r"in_axes=0 for y of shape \(\), which is no array; None is"),
    "too many axes": (
        lambda: vmap(lambda x: x, (0, None))(X),
        r"in_axes=\(0, None\) has 2 entries, but the call has 1 arguments; give one entry for each",
    ),
    "axes that are no axes": (lambda: vmap(lambda x: x, "rows")(X), "in_axes='rows' must be an int, None, or a tuple"),
    "a truth value": (
        lambda: vmap(lambda x: x, (True,))(X),
        r"in_axes=\(True,\) holds True; an axis is an int, or None",
    ),
    "another structure": (
        lambda: vmap(lambda x: x, ({"a": 0},))({"b": X}),
        r"in_axes=\(\{'a': 0\},\) does not have the structure of the arguments: ",
    ),
    "another structure of the results": (
        lambda: vmap(lambda x: (x, x), out_axes=(0, 0, 0))(X),
        r"out_axes=\(0, 0, 0\) does not have the structure of the results: ",
    ),
    "a place out of range": (
        lambda: vmap(np.sum, out_axes=1)(X),
        r"out_axes=1 for a result of shape \(\) at each point, where the batch axis has places -1 to 0",
    ),
    "a batched result without a place": (
        lambda: vmap(np.sum, out_axes=None)(X),
        r"out_axes=None is for a result that all points share, but one of shape \(\) depends on the batch",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_axes_that_do_not_fit_are_refused(name):
    call, message = REFUSED[name]
    with pytest.raises(ArgumentError, match=f"vmap: .*{message}"):
        call()


def written(x):
    y = np.zeros(2)
    y[0] = x[0]
    return y


CHOICE = "for a choice at each point use np.where or expression.cond"
ONE_VALUE = {
    "if": (lambda x: x if x[0] > 0 else -x, rf"`if`, .* one at each of 3 points \(test_vmap.py, line \d+\); {CHOICE}"),
    "while": (lambda x: [x for _ in iter(lambda: bool(x[0] > 0), False)], rf"`while`.*; {CHOICE}"),
    "in": (lambda x: 1.0 in x, f"`in` asks for one value.*{CHOICE}"),
    "float": (lambda x: float(x[0]), r"float\(\) or a function of math asks.*use the function of np"),
    "int": (lambda x: int(x[0]), r"int\(\) asks for one value"),
    "range": (lambda x: range(x[0]), r"an index or range\(\) asks.*np.take_along_axis picks by"),
    "complex": (lambda x: complex(x[0]), r"complex\(\) asks for one value"),
    "item": (lambda x: x[0].item(), r"\.item\(\) asks for one value"),
    "tolist": (lambda x: x.tolist(), r"\.tolist\(\) asks for one value"),
    "asarray": (lambda x: np.asarray(x), r"np.asarray\(\) or indexing an ndarray asks for one value.*np.stack"),
    "an ndarray's index": (lambda x: X[np.argsort(x)], "or indexing an ndarray asks.*np.take_along_axis picks by"),
    "writing": (written, r"writing into an ndarray asks for one value, .* \(test_vmap.py, line \d+\); build a new one"),
    "an if in an inner map": (lambda x: vmap(lambda y: y if y > 0 else -y)(x), r"`if`, .* at each of 2 points"),
    "an if on the outer of two": (
        lambda x: vmap(lambda y: y if x[0] > 0 else -y)(X[:2, 0]),
        r"`if`, .* at each of 3 points",
    ),
}


@pytest.mark.parametrize("name", ONE_VALUE)
def test_asking_for_one_value_is_refused_with_advice(name):
    f, message = ONE_VALUE[name]
    with pytest.raises(ControlFlowError, match=message):
        vmap(f)(X)


def test_take_along_axis_picks_by_a_batched_index():
    close(vmap(lambda i: np.take_along_axis(X, i.reshape(1, 1), 0)[0])(np.array([2, 0])), X[[2, 0]])
    close(vmap(lambda x, i: x[i])(X, np.array([1, 0, 1])), np.array([1.0, 2.0, 5.0]))


def test_what_does_not_fit_at_one_point_is_refused_in_its_shapes():
    with pytest.raises(ExpressionError, match=r"add: shapes \(2,\) and \(3,\) do not broadcast.*\(test_vmap.py, line"):
        vmap(lambda x: x + np.ones(3))(X)
    with pytest.raises(ExpressionError, match=r"reshape: cannot reshape \(2,\) into \(7,\)"):
        vmap(lambda x: x.reshape(7))(X[:0])
    with pytest.raises(ExpressionError, match=r"axis 1 is out of bounds .*\(test_vmap.py, line"):
        vmap(lambda x: np.sum(x, axis=1))(X)
    with pytest.raises(UnsupportedOperation, match=r"x\[mask\] has a shape that depends on values .*np.where"):
        vmap(lambda x: x[x > 0])(X)
    with pytest.raises(UnsupportedOperation, match="the function returned str; return an array"):
        vmap(lambda x: "x")(X)
    with pytest.raises(ArgumentError, match="holds str of dtype"):
        vmap(lambda x: x)("rows")


def test_a_batched_array_knows_its_batch():
    x = Batched(X, 7)
    assert (x.level, x.value is X, x.shape) == (7, True, (2,))
    assert isinstance(np.array(x, dtype=object)[()], Batched)  # an array of objects may hold it, as any tracer

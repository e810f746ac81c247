"""Plain NumPy code on tensors: every call, operator and index as on arrays, and never a derivative lost in silence."""

import math
import operator
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autodiff
import numeric
import symbolic
from autodiff import GradientTape, tensor
from autodiff.recording import Scalar
from autodiff.tensor import Tensor, leaf_of
from expression import (
    ArgumentError,
    ControlFlowError,
    ExpressionError,
    TrigradError,
    UnsupportedOperation,
    trace,
)
from expression.errors import TapeError
from expression.functions import at_set
from expression.structure import dtype_of, flatten, shape_of
from tests.expression.test_surface import (
    CODE_CASES,
    DATA,
    FUNCTION_CASES,
    INDEX_ERRORS,
    METHOD_CASES,
    REFUSALS,
    arguments,
    cases,
    in_place,
    loops,
)

EPS = {np.dtype(t): float(np.finfo(t).eps) for t in (np.float64, np.float32)}
TOL = 64  # units of eps: the same sums in another order, a few dozen roundings
EXACT = 1e-12  # well-conditioned code of some dozen operations
STEP = EPS[np.dtype(float)] ** (1 / 3)  # central difference: truncation h**2 meets rounding eps / h ...
NUMERIC_TOL = 500 * STEP**2  # ... at eps**(2/3), times a third derivative of some hundreds

LINE = r"\(test_tape_surface.py, line \d+\)"

TABLE_OF_CALLS = [*cases(FUNCTION_CASES), *cases(METHOD_CASES), *cases({"code": [*CODE_CASES, in_place, loops]})]
dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])


def plain(x: Any) -> Any:
    """A tensor's value; everything else as it is."""
    return x.value if isinstance(x, Tensor) else x


def is_float(x: Any) -> bool:
    """Whether a leaf can be differentiated."""
    return dtype_of(x).kind == "f"


def close(a: Any, b: Any, tolerance: float) -> None:
    """Compare entry by entry as |a - b| / max(1, |a| + |b|); what is not finite is the same on both sides."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    if a.dtype.kind != "f":
        np.testing.assert_array_equal(a, b)
        return
    both = np.isfinite(a) & np.isfinite(b)
    np.testing.assert_array_equal(a[~both], b[~both])
    a, b = a[both], b[both]
    with np.errstate(over="ignore"):
        assert np.all(np.abs(a - b) <= tolerance * np.maximum(1, np.abs(a) + np.abs(b))), f"{a} and {b} differ"


def as_leaves(args: Any) -> list[Any]:
    """The floats of a call as tensors, those with nan too."""
    return [leaf_of(a) if is_float(a) else a for a in args]


# -- the table of calls that tracers answer ----------------------------------------------------------------------------


@dtypes
@pytest.mark.parametrize("f", TABLE_OF_CALLS)
def test_code_on_tensors_gives_what_numpy_gives(f, dtype):
    args = arguments(f, dtype)
    expected, wanted = flatten(f(*args))
    found, structure = flatten(f(*as_leaves(args)))
    assert structure == wanted
    for y, b in zip(found, expected, strict=True):
        b = np.asarray(b)
        assert (shape_of(y), dtype_of(y)) == (b.shape, b.dtype)
        assert np.asarray(plain(y)).dtype == b.dtype
        close(plain(y), b, TOL * EPS.get(b.dtype, 0.0))


def weighted(f: Any) -> Any:
    """A scalar function from the floats that f returns, each entry with a weight of its own."""

    def loss(*args: Any) -> Any:
        weights = np.random.default_rng(1)
        total: Any = 0.0
        for y in flatten(f(*args))[0]:
            if is_float(y):
                w = np.asarray(weights.normal(size=shape_of(y)), dtype_of(y))[()]
                total = total + np.sum(y * w)
        return total

    return loss


def has_floats_to_differentiate(f: Any) -> bool:
    """Whether a case has float arguments, and none that holds nan."""
    floats = [a for a in arguments(f) if is_float(a)]
    return bool(floats) and not any(np.isnan(a).any() for a in floats)


@dtypes
@pytest.mark.parametrize("f", [case for case in TABLE_OF_CALLS if has_floats_to_differentiate(*case.values)])
def test_code_on_tensors_has_the_gradient_that_its_derived_program_has(f, dtype):
    args, loss = arguments(f, dtype), weighted(f)
    free = tuple(k for k, a in enumerate(args) if is_float(a))
    e = trace(loss, *args)
    derived = autodiff.derive(e, tuple(e.inputs[k].name for k in free))(*args)
    found = autodiff.grad(loss, free)(*args)
    leaves = [tensor(a) if k in free else a for k, a in enumerate(args)]
    y = loss(*leaves)
    if isinstance(y, Tensor):  # not the shape of an array, say, whose derivative is 0
        y.backward()
    tolerance = TOL * EPS[np.dtype(dtype)] * max(1, sum(np.size(args[k]) for k in free))  # of sums over all entries
    for k, a, b in zip(free, found, derived, strict=True):
        assert (np.shape(a), np.asarray(a).dtype) == (np.shape(args[k]), dtype_of(args[k]))
        close(a, np.asarray(b, np.asarray(a).dtype), tolerance)
        close(a, np.zeros_like(args[k]) if leaves[k].grad is None else leaves[k].grad, tolerance)


# -- operators, with all that may stand beside a tensor ----------------------------------------------------------------

OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "//": operator.floordiv,
    "%": operator.mod,
    "divmod": divmod,
    "@": operator.matmul,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
COMPANY = {
    "ndarray": np.array([0.5, 1.5, 2.5]),
    "larger ndarray": np.array([[0.5, 1.5, 2.5]] * 2),
    "ndarray of ints": np.array([1, 2, 3]),
    "ndarray of truth values": np.array([True, False, True]),
    "ndarray without axes": np.array(1.5),
    "empty ndarray": np.zeros((0, 3)),
    "list": [0.5, 1.5, 2.5],
    "list of ints": [1, 2, 3],
    "tuple": (0.5, 1.5, 2.5),
    "nested list": [[0.5, 1.5, 2.5]],
    "float": 1.5,
    "int": 2,
    "bool": True,
    "np.float64": np.float64(1.5),
    "np.float32": np.float32(1.5),
    "np.int64": np.int64(2),
    "np.bool": np.bool_(True),
}


@pytest.mark.parametrize("swap", [False, True], ids=["left", "right"])
@pytest.mark.parametrize("company", COMPANY)
@pytest.mark.parametrize("name", OPERATORS)
def test_whatever_stands_beside_a_tensor_gives_a_tensor(name, company, swap):
    other, op = COMPANY[company], OPERATORS[name]
    for v in (np.array([0.7, 1.3, 2.9]), np.float64(0.7)):

        def f(x, other=other):
            y = op(other, x) if swap else op(x, other)
            return y[1] if name == "divmod" else y

        def on_arrays(x, other=other):
            return f(x, np.asarray(other) if isinstance(other, list | tuple) else other)

        try:
            with np.errstate(all="ignore"):
                expected = on_arrays(v)
        except (TypeError, ValueError):
            assert name == "@"  # with numbers, or with shapes that do not match
            with pytest.raises(TrigradError):
                f(tensor(v))
            continue
        with np.errstate(all="ignore"):
            y = f(tensor(v))
        assert isinstance(y, Tensor)
        assert (y.shape, y.dtype) == (np.shape(expected), np.asarray(expected).dtype)
        close(y.value, expected, TOL * EPS.get(np.asarray(expected).dtype, 0.0))
        if is_float(y) and np.all(np.isfinite(expected)):  # not divided by 0
            x_dot = np.ones_like(v)
            close(autodiff.jvp(f, (v,), (x_dot,))[1], numeric.jvp(on_arrays, (v,), (x_dot,))[1], NUMERIC_TOL)


@pytest.mark.parametrize("company", COMPANY)
@pytest.mark.parametrize("name", ["+=", "-=", "*=", "/=", "**="])
def test_an_operator_in_place_binds_the_name_anew(name, company):
    op = {"+=": operator.iadd, "-=": operator.isub, "*=": operator.imul, "/=": operator.itruediv, "**=": operator.ipow}
    x = tensor([0.7, 1.3, 2.9])
    before = x
    with np.errstate(all="ignore"):
        y = op[name](x, COMPANY[company])
    assert isinstance(y, Tensor) and y is not before
    assert before.value.tolist() == [0.7, 1.3, 2.9]


READERS = {
    **{name: OPERATORS[name] for name in ("+", "-", "*", "/", "**", "//", "%", "@")},
    "maximum": np.maximum,
    "power": np.power,
    "hypot": np.hypot,
    "dot": np.dot,
    "outer": np.outer,
    "einsum": lambda x, a: np.einsum("i,i->i", x, a),
    "where": lambda x, a: np.where(x > 1, x, a),
    "stack": lambda x, a: np.stack([x, a]),
}


@pytest.mark.parametrize("swap", [False, True], ids=["left", "right"])
@pytest.mark.parametrize("name", READERS)
def test_an_array_beside_a_tensor_must_not_change_before_the_sweep(name, swap):
    a, op = np.array([0.5, 1.5, 2.5]), READERS[name]
    for x in (tensor([0.7, 1.3, 2.9]), tensor([0.7, 1.3, 2.9]) * 1.0):
        y = np.sum(op(a, x) if swap and name != "where" else op(x, a))
        a[1] += 1.0
        with pytest.raises(TapeError, match=rf"that \w+ {LINE} read was changed before the reverse sweep {LINE}"):
            y.backward()
        a[1] -= 1.0
        y.backward()  # it is again what was read


def test_a_number_that_is_added_to_becomes_a_tensor():
    total = 0
    for x in tensor([1.0, 2.0, 3.0]):
        total += x * x
    assert isinstance(total, Scalar)
    assert total.value == 14.0


# -- indexing ----------------------------------------------------------------------------------------------------------

GRID = np.arange(12.0).reshape(3, 4) ** 2
INDICES = {
    "an int of a tensor": lambda x: x[np.argmax(x[:, 0])],
    "an int of a tensor beside a slice": lambda x: x[1:, np.argmin(x[0])],
    "a slice that ends at a tensor": lambda x: x[: np.argmax(x[:, 0])],
    "ints of a tensor": lambda x: x[np.argsort(-x[:, 1])],
    "ints of a tensor for each row": lambda x: x[np.arange(3), np.argmax(x, axis=1)],
    "a list of ints of tensors": lambda x: x[[np.argmax(x[:, 0]), 0]],
    "a mask": lambda x: x[x > 5.0],
    "a mask of rows": lambda x: x[np.sum(x, axis=1) > 20],
    "a mask of columns": lambda x: x[:, x[0] < 3.0],
    "a mask of nothing": lambda x: x[x < -1],
    "a mask that two comparisons make": lambda x: x[(x > 5) & ~(x > 80)],
    "what nonzero found": lambda x: x[np.nonzero(x > 5)],
    "what argwhere found": lambda x: x[tuple(np.argwhere(x > 5)[2])],
    "where searchsorted puts it": lambda x: x[np.searchsorted(x[:, 0], 17.0)],
    "the sign of a count": lambda x: x[int(np.sum(x > 5)) % 3],
    "an int of a tensor that counts": lambda x: x[np.count_nonzero(x[0] > 2)],
    "an ndarray": lambda x: GRID[np.argmax(x[:, 0])] * x,
    "a mask of an ndarray": lambda x: GRID[x > 5] * x[x > 5],
    "a list": lambda x: [1.0, 2.0, 3.0][np.argmax(x[:, 0])] * x,
    "a range": lambda x: sum(x[i] for i in range(np.argmax(x[:, 0]))),
}


@pytest.mark.parametrize("name", INDICES)
def test_indices_may_be_tensors_of_integers_and_masks(name):
    f = INDICES[name]
    y = f(tensor(GRID))
    assert isinstance(y, Tensor)
    np.testing.assert_array_equal(y.value, f(GRID))
    x_dot = np.cos(GRID)
    close(autodiff.jvp(f, (GRID,), (x_dot,))[1], numeric.jvp(f, (GRID,), (x_dot,))[1], NUMERIC_TOL * 100)  # of x ~ 100


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_index_picks_and_sends_back_what_numpy_does(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=3))
    index = data.draw(any_index(shape))
    x = np.arange(float(np.prod(shape))).reshape(shape) + 0.5
    expected = x[index]
    value, pullback = autodiff.vjp(lambda x: x[index], x)
    np.testing.assert_array_equal(value, expected)
    y_bar = np.asarray(np.cos(expected))
    scattered = np.zeros(shape)
    np.add.at(scattered, index, y_bar)
    close(pullback(y_bar[()])[0], scattered, EXACT)


@st.composite
def any_index(draw_from: Any, shape: tuple[int, ...]) -> Any:
    """A basic index, a mask, or integer arrays that broadcast."""
    basic = hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)
    masks = hnp.arrays(bool, shape[: draw_from(st.integers(1, len(shape)))])
    kinds = [basic, masks]
    if all(shape):
        kinds.append(
            hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(min_dims=0, max_dims=2, max_side=3))
        )
    return draw_from(st.one_of(*kinds))


# -- at_set, the functional item assignment ----------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_at_set_is_numpys_item_assignment_and_its_derivative(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=3))
    index = data.draw(any_index(shape))
    dtype = data.draw(st.sampled_from([np.float64, np.float32]))
    x = (np.arange(float(np.prod(shape))).reshape(shape) + 0.5).astype(dtype)
    target = np.shape(x[index])
    small = data.draw(st.sampled_from([target, target[1:], ()]))
    value = -np.asarray(np.random.default_rng(0).uniform(1, 2, small), dtype)[()]
    if not small and data.draw(st.booleans()):
        expected = np.array(x)
        expected[index] = -1.7
        found = at_set(tensor(x), index, -1.7)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found.value, expected)
    expected = x.copy()
    expected[index] = value
    y, pullback = autodiff.vjp(lambda x, v: at_set(x, index, v), x, value)
    np.testing.assert_array_equal(y, expected)
    assert y.dtype == dtype
    y_bar = np.cos(np.arange(float(x.size))).reshape(shape).astype(dtype)
    x_bar, v_bar = pullback(y_bar)
    kept = np.ones(shape)
    kept[index] = 0.0
    np.testing.assert_array_equal(x_bar, y_bar * kept)
    slopes = np.zeros(small)
    for place in np.ndindex(small):  # the value moves by 1 in one entry: the assignment is linear in it
        moved, ahead = np.array(value, float), x.astype(float)
        moved[place] += 1.0
        ahead[index] = moved
        slopes[place] = np.sum((ahead - expected) * y_bar)
    assert (np.shape(v_bar), np.asarray(v_bar).dtype) == (small, dtype)
    close(v_bar, slopes.astype(dtype), 16 * TOL * EPS[np.dtype(dtype)])


SETTINGS = {
    "an int of a tensor": (lambda x: at_set(x, np.argmax(x[:, 0]), 7.0), lambda x: np.argmax(x[:, 0])),
    "a mask": (lambda x: at_set(x, x > 5, 0.0), lambda x: x > 5),
    "a mask of rows": (lambda x: at_set(x, x[:, 0] > 5, 1.0), lambda x: x[:, 0] > 5),
    "a mask and its values": (lambda x: at_set(x, x > 80, np.array([1.0, 2.0, 3.0])), lambda x: x > 80),
    "a pair": (lambda x: at_set(x, (np.argmax(x[:, 0]), slice(1, 3)), 1), lambda x: (np.argmax(x[:, 0]), slice(1, 3))),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_at_set_takes_tensors_as_an_index(name):
    f, index = SETTINGS[name]
    expected = GRID.copy()
    expected[index(GRID)] = np.array([1.0, 2.0, 3.0]) if "values" in name else f(GRID)[index(GRID)]
    np.testing.assert_array_equal(f(GRID), expected)
    np.testing.assert_array_equal(f(tensor(GRID)).value, expected)
    kept = np.ones_like(GRID)
    kept[index(GRID)] = 0.0
    np.testing.assert_array_equal(autodiff.grad(lambda x: np.sum(f(x)))(GRID), kept)


# -- what only asks: branches, truth, text, order ----------------------------------------------------------------------

V = np.array([0.7, 1.3, 2.9])
ASKED = [
    (V, lambda x: len(x)),
    (V, lambda x: bool(np.all(x > 0))),
    (V, lambda x: bool(np.any(x > 9))),
    (V, lambda x: all(x > 0) and not any(x > 9)),
    (V, lambda x: 1.3 in x),
    (V, lambda x: 5.0 in x),
    (V, lambda x: x[1] in [1.3, 2.0]),
    (V, lambda x: np.allclose(x, V)),
    (V, lambda x: np.allclose(a=V, b=x, rtol=1e-3)),
    (V, lambda x: np.allclose(x, x + 1e-3, atol=x[0])),
    (V, lambda x: np.array_equal(x, V)),
    (V, lambda x: np.array_equal(V, a2=x + 1)),
    (V, lambda x: np.isclose(x, 1.3).tolist()),
    (V, lambda x: np.isnan(x).any().item()),
    (V, lambda x: bool(np.isfinite(x).all())),
    (V, lambda x: (np.shape(x), np.ndim(x), np.size(x), x.shape, x.ndim, x.size, str(x.dtype))),
    (V, lambda x: np.size(x, axis=0)),
    (V, lambda x: int(np.argmax(x))),
    (V, lambda x: float(np.argmax(x))),
    (V, lambda x: complex(np.argmax(x))),
    (V, lambda x: operator.index(np.argmax(x))),
    (V, lambda x: np.argmax(x).item()),
    (V, lambda x: (x > 1).tolist()),
    (V, lambda x: np.asarray(x > 1).tolist()),
    (V, lambda x: np.array([np.argmax(x), np.argmin(x)]).tolist()),
    (V, lambda x: int(np.sum(x > 1))),
    (V, lambda x: [k.tolist() for k in np.nonzero(x > 1)]),
    (V, lambda x: np.flatnonzero(x > 1).tolist()),
    (V, lambda x: list(range(np.argmax(x)))),
    (V, lambda x: "abc"[np.argmax(x)]),
    (V, lambda x: f"{x}"),
    (V, lambda x: str(x)),
    (V, lambda x: np.array_str(x)),
    (V, lambda x: np.array2string(x, precision=2)),
    (V, lambda x: f"{x[0]:.3f} {x[1]:>8.2e}"),
    (V, lambda x: "{:.1f}".format(x[2])),  # noqa: UP032
    (V, lambda x: format(np.argmax(x), "d")),
    (0.7, lambda x: f"{x:.3f}"),
    (0.7, lambda x: f"{x}"),
    (0.7, lambda x: "positive" if x > 0 else "negative"),
    (0.7, lambda x: bool(x)),
    (0.0, lambda x: not x),
    (0.7, lambda x: bool(0 < x < 1)),
    (0.7, lambda x: bool(x == 0.7 and x != 0.8 and x <= 0.7 and x >= 0.7)),
    (np.float32(0.7), lambda x: f"{x:.3f}"),
    (np.zeros(0), lambda x: len(x)),
    (np.zeros(0), lambda x: list(x)),
]


@pytest.mark.parametrize(("x", "f"), ASKED, ids=range(len(ASKED)))
def test_what_only_asks_gets_the_answer_that_an_array_gives(x, f):
    expected = f(x)
    with GradientTape() as tape:
        answers = [f(tensor(x)), f(tape.watch(x))]
    found = []
    autodiff.grad(lambda x: (found.append(f(x)), np.sum(x))[1])(x)
    autodiff.hessian(lambda x: (found.append(f(x)), np.sum(x))[1])(x)
    for answer in (*answers, *found):
        answer = plain(answer)
        assert answer == expected
        assert type(answer) is type(expected)


COMPUTED = [
    (V, lambda x: sum(x)),
    (V, lambda x: max(x) * x),
    (V, lambda x: min(x) * x),
    (V, lambda x: max(x[0], x[1], 1.0)),
    (V, lambda x: sorted(x, reverse=True)[0] * x[1]),
    (V, lambda x: sorted(x, key=lambda e: -e)[1] ** 2),
    (V, lambda x: [a * b for a, b in zip(x, reversed(list(x)), strict=True)]),
    (V, lambda x: (lambda a, b, c: a * b / c)(*x)),
    (V, lambda x: {k: v * v for k, v in enumerate(x)}),
    (V, lambda x: list(map(np.sin, x))),
    (V, lambda x: math.prod(x)),
    (V, lambda x: abs(x - 1)),
    (V, lambda x: divmod(x, 0.4)),
    (V, lambda x: divmod(2.0, x)),
    (V, lambda x: pow(x, 2)),
    (V, lambda x: round(x[0], 1) * x[1]),
    (V, lambda x: np.round(x, 1) * x),
    (V, lambda x: x if x.sum() > 1 else -x),
    (V, lambda x: x[0] and x[1]),
    (V, lambda x: x[0] or x[1]),
    (V, lambda x: [e for e in x if e > 1]),
    (V, lambda x: x.T @ x + x.sum(axis=0) + np.add.reduce(x)),
    (V, lambda x: np.sum(x, where=x > 1, keepdims=True)),
    (V, lambda x: np.where(x > 1, x, 0.0).reshape(3, 1) * x),
]


def leaves_of(y: Any) -> list[Any]:
    """The values of a result."""
    return [np.asarray(plain(leaf)) for leaf in flatten(y)[0]]


@pytest.mark.parametrize(("x", "f"), COMPUTED, ids=range(len(COMPUTED)))
def test_pythons_own_functions_compute_on_tensors(x, f):
    y = f(tensor(x))
    assert all(isinstance(leaf, Tensor) for leaf in flatten(y)[0])
    for a, b in zip(leaves_of(y), leaves_of(f(x)), strict=True):
        close(a, b, TOL * EPS[np.dtype(float)])
    x_dot = np.array([0.3, -0.7, 0.2])
    pushed, slopes = autodiff.jvp(f, (x,), (x_dot,))[1], numeric.jvp(f, (x,), (x_dot,))[1]
    for a, b in zip(leaves_of(pushed), leaves_of(slopes), strict=True):
        close(a, b, NUMERIC_TOL)


def newton_root(a):
    """The square root by a loop that ends when it has converged."""
    x = a
    while abs(x * x - a) > 1e-14 * a:
        x = (x + a / x) / 2
    return x


def tree_sum(x):
    """A recursion that branches on the length."""
    return x[0] ** 2 if len(x) == 1 else tree_sum(x[: len(x) // 2]) + tree_sum(x[len(x) // 2 :])


def collatz_like(x):
    """A loop whose branch at each turn depends on the value; and its slope, counted along."""
    slope = 1.0
    while x < 10:
        if x - np.floor(x) < 0.5:
            x, slope = 3.0 * x, 3.0 * slope
        else:
            x = x + 1.0
    return x, slope


def test_loops_that_depend_on_data_have_the_derivative_of_the_path_taken():
    for a in (0.5, 2.0, 9.0):
        close(autodiff.grad(newton_root)(a), 0.5 / math.sqrt(a), EXACT)
        close(autodiff.hessian(newton_root)(a), -0.25 * a**-1.5, 100 * EXACT)
    np.testing.assert_array_equal(autodiff.grad(tree_sum)(V), 2 * V)
    for x in (0.3, 1.25, 2.4):
        assert 3.0 <= autodiff.grad(lambda x: collatz_like(x)[0])(x) == collatz_like(x)[1]


def test_truth_is_ambiguous_where_it_is_on_arrays():
    for x in (V, np.zeros(0)):
        for value in (x, tensor(x)):
            with pytest.raises(ValueError, match="truth value of an"):
                bool(value > 0)
    for x in (0.7, np.array(0.7)):
        with pytest.raises(TypeError, match=re.escape("len() of a 0-d array")):
            len(tensor(x))
        with pytest.raises(TypeError):
            list(tensor(x))
    with pytest.raises(TypeError, match="unhashable"):
        hash(tensor(0.7))


def test_a_tensor_shows_its_value():
    assert repr(tensor([1.0, 2.5])) == "tensor([1. , 2.5])"
    assert repr(tensor(0.5) * 2) == "tensor(1.0)"
    assert repr(tensor([1.0, 2.0]) > 1) == "tensor([False,  True])"
    assert repr(tensor(np.ones(2, np.float32))) == "tensor([1., 1.], dtype=float32)"
    assert str([tensor(0.5)]) == "[tensor(0.5)]"


# -- leaving the tape --------------------------------------------------------------------------------------------------


def into_an_array(x):
    """Writing a slice."""
    a = np.zeros(3)
    a[:] = x
    return a


def into_an_entry(x):
    """Writing an entry."""
    a = np.zeros(3)
    a[0] = x[0]
    return a


def added_into_an_array(x):
    """+= where the left side is an ndarray."""
    a = np.zeros(3)
    a += x
    return a


def assigned(x):
    """Item assignment."""
    x[0] = 1.0
    return x


OFF = rf"would take the value off the tape, and its derivative would be lost {LINE}; .*; x.value is the number alone"
LEAVING = {
    "float": (lambda x: float(x[0]), TapeError, rf"^float\(\) or a function of math {OFF}"),
    "int": (lambda x: int(x[0]), TapeError, rf"^int\(\) {OFF}"),
    "complex": (lambda x: complex(x[0]), TapeError, rf"^complex\(\) {OFF}"),
    "math.sin": (lambda x: math.sin(x[0]), TapeError, r"^float\(\) or a function of math .*; use the function of np;"),
    "math.floor": (lambda x: math.floor(x[0]), TapeError, OFF),
    "math.hypot": (lambda x: math.hypot(*x), TapeError, OFF),
    "math.fsum": (lambda x: math.fsum(x), TapeError, OFF),
    "percent": (lambda x: "%.2f" % x[0], TapeError, OFF),  # noqa: UP031
    "item": (lambda x: x[0].item(), TapeError, rf"^\.item\(\) {OFF}"),
    "item of an array": (lambda x: x.item(1), TapeError, rf"^\.item\(\) {OFF}"),
    "tolist": (lambda x: x.tolist(), TapeError, rf"^\.tolist\(\) {OFF}"),
    "asarray": (lambda x: np.asarray(x), TapeError, rf"^np.array\(\) or np.asarray\(\) {OFF}"),
    "asarray float32": (lambda x: np.asarray(x, dtype=np.float32), TapeError, OFF),
    "array": (lambda x: np.array(x), TapeError, OFF),
    "array of tensors": (lambda x: np.array([x[0], x[1]]), TapeError, OFF),
    "array of arrays": (lambda x: np.array([x, x]), TapeError, r"np.stack\(\[...\]\) makes one tensor of several"),
    "float64": (lambda x: np.float64(x[0]), TapeError, OFF),
    "full": (lambda x: np.full(4, x[0]), TapeError, OFF),
    "vectorize": (lambda x: np.vectorize(lambda e: e)(x), TapeError, OFF),
    "slice of an ndarray": (into_an_array, TapeError, OFF),
    "range": (lambda x: range(x[0]), TapeError, r"^an index or range\(\) would take"),
    "index of a list": (lambda x: [1, 2, 3][x[0]], TapeError, r"compute indices from integers"),
    "index": (lambda x: x[x[0]], IndexError, rf"^an index is made of integers or truth values, not of float64 {LINE}"),
    "copyto": (
        lambda x: np.copyto(np.zeros(3), x),
        UnsupportedOperation,
        rf"^np.copyto changes an array in place {LINE}",
    ),
    "put": (lambda x: np.put(x, 0, 1.0), UnsupportedOperation, rf"^np.put changes an array in place {LINE}"),
    "fill_diagonal": (
        lambda x: np.fill_diagonal(np.outer(x, x), 1.0),
        UnsupportedOperation,
        rf"^np.fill_diagonal changes an array in place {LINE}; build a new one with np.where",
    ),
    "assignment": (
        assigned,
        TapeError,
        rf"overwrite what the tape has recorded {LINE}; use expression\.functions\.at_set\(x, index, value\), np.where",
    ),
    "sort": (lambda x: x.sort(), UnsupportedOperation, rf"^x.sort\(\) changes an array in place {LINE}; np.sort\(x\)"),
    "fill": (lambda x: x.fill(0.0), UnsupportedOperation, r"^x.fill\(\) changes an array in place"),
    "out": (
        lambda x: np.add(x, 1.0, out=np.zeros(3)),
        UnsupportedOperation,
        rf"^np.add with out= has no derivative rule here {LINE}",
    ),
    "out of one": (
        lambda x: np.sin(x, out=np.zeros(3)),
        UnsupportedOperation,
        rf"^np.sin with out= has no derivative rule here {LINE}",
    ),
    "out of a reduction": (
        lambda x: np.sum(x, out=np.zeros(())),
        UnsupportedOperation,
        rf"^np.sum with out= is not supported {LINE}; leave out= out",
    ),
    "out of a method": (lambda x: x.sum(out=np.zeros(())), UnsupportedOperation, r"^np.sum with out= is not supported"),
    "out of a reduce": (lambda x: np.add.reduce(x, out=np.zeros(())), UnsupportedOperation, r"with out= "),
    "out into a tensor": (lambda x: np.add(1.0, 1.0, out=x), UnsupportedOperation, r"^np.add with out= "),
    "an ndarray in place": (
        added_into_an_array,
        UnsupportedOperation,
        r"^np.add with out= .*; write y = ..., and a = a \+ x for a \+= x",
    ),
    "fft": (
        lambda x: np.fft.fft(x),
        UnsupportedOperation,
        rf"^np.fft.fft has no derivative rule here {LINE}; add one with @operation",
    ),
    "unique": (lambda x: np.unique(x), UnsupportedOperation, rf"^np.unique has no derivative rule here {LINE}"),
    "bincount": (
        lambda x: np.bincount([0, 1, 1], weights=x),
        UnsupportedOperation,
        r"^np.bincount has no derivative rule",
    ),
    "spacing": (lambda x: np.spacing(x), UnsupportedOperation, rf"^np.spacing has no derivative rule here {LINE}"),
    "hypot.reduce": (
        lambda x: np.hypot.reduce(x),
        UnsupportedOperation,
        rf"^np.hypot.reduce has no derivative rule here {LINE}",
    ),
    "add.at": (
        lambda x: np.add.at(np.zeros(3), [0, 1, 2], x),
        UnsupportedOperation,
        rf"^np.add.at has no derivative rule here {LINE}",
    ),
    "complex numbers": (
        lambda x: 1j * x,
        UnsupportedOperation,
        rf"^mul is complex128 {LINE}: derivatives are of real numbers",
    ),
    "astype": (
        lambda x: x.astype(int),
        UnsupportedOperation,
        r"^astype\(int64\) of float64 has no derivative rule here",
    ),
}


@pytest.mark.parametrize("name", LEAVING)
def test_no_derivative_is_lost_in_silence(name):
    f, error, text = LEAVING[name]
    with GradientTape() as tape:
        watched = tape.watch(V)
    for run in (
        lambda: f(tensor(V)),
        lambda: f(tensor(V) * 1.0),
        lambda: f(watched),
        lambda: autodiff.grad(lambda x: np.sum(f(x)))(V),
        lambda: autodiff.jvp(f, (V,), (V,)),
        lambda: autodiff.hessian(lambda x: np.sum(f(x)))(V),
    ):
        with pytest.raises(error, match=text) as caught:
            run()
        assert "\n" not in str(caught.value)


def test_writing_a_number_into_an_ndarray_is_refused_with_our_words_or_as_numpys_cause():
    with pytest.raises(
        TapeError, match=rf"^writing a tensor into an ndarray would lose its derivative {LINE}; build a"
    ):
        autodiff.grad(lambda x: np.sum(into_an_entry(x)))(V)
    with pytest.raises(ValueError, match="setting an array element") as caught:
        into_an_entry(tensor(V))
    assert isinstance(caught.value.__cause__, TapeError)


def test_an_array_of_objects_may_hold_tensors():
    holder = np.empty(2, dtype=object)
    holder[:] = [tensor(2.0), tensor(3.0)]
    y = holder.sum() * holder[0]
    y.backward()
    assert (y.value, holder[0].grad, holder[1].grad) == (10.0, 7.0, 2.0)


# -- errors: the same class and wording as when traced -----------------------------------------------------------------


def outcome(run: Any) -> tuple[Any, str]:
    """The class and text of the error that a call raises, without the number of the line."""
    with pytest.raises(Exception) as caught:
        run()
    return caught.type, re.sub(r"line \d+", "line N", str(caught.value))


# what a tape can answer or says in its own words, and integers, which `vjp` refuses before
ANSWERED = ("mask", "alone", "np.nonzero", "item assignment", "the function returned", "bits of")
SAME = [
    (f, text)
    for f, error, text in REFUSALS
    if error in (UnsupportedOperation, ExpressionError) and not any(answered in text for answered in ANSWERED)
]


@pytest.mark.parametrize(("f", "text"), [*SAME, *[(f, text) for f, text in INDEX_ERRORS]])
def test_what_is_refused_when_traced_is_refused_in_the_same_words(f, text):
    args = arguments(f)
    traced = outcome(lambda: trace(f, *args))
    assert outcome(lambda: autodiff.vjp(f, *args)) == traced
    assert outcome(lambda: autodiff.jvp(f, tuple(args), tuple(args))) == traced
    if "is out of bounds for array" not in text:  # outside of grad, NumPy's own words reach the user
        assert outcome(lambda: f(*as_leaves(args))) == traced


ABSTRACT = [(f, error) for f, error, _ in REFUSALS if error is ControlFlowError]


@pytest.mark.parametrize(("f", "error"), ABSTRACT, ids=range(len(ABSTRACT)))
def test_what_needs_a_value_is_answered_or_is_an_error_of_the_tape(f, error):
    args = arguments(f)
    try:
        y = autodiff.vjp(f, *args)[0]
    except TapeError as refusal:
        assert re.search(r"\(test_surface.py, line \d+\); ", str(refusal))
    else:
        np.testing.assert_array_equal(y, f(*args))


def test_a_singular_matrix_is_numpys_own_error():
    for run in (np.linalg.inv, lambda a: autodiff.vjp(np.linalg.inv, a), lambda a: np.linalg.inv(tensor(a))):
        with pytest.raises(np.linalg.LinAlgError, match="Singular"):
            run(np.ones((2, 2)))


BAD = {
    "an int": (2, "x is an int: derivatives need floats; write 2.0 for 2, or x.astype(float)"),
    "ints": (np.arange(3), "x is int64 of shape (3,): derivatives need floats; write 2.0 for 2, or x.astype(float)"),
    "truth values": (np.array([True]), "x is bool of shape (1,): derivatives need floats"),
    "a complex number": (1j, "x is complex128: derivatives need real floats; give its real and imaginary parts"),
    "complex numbers": (np.ones(2) * 1j, "x is complex128: derivatives need real floats"),
    "nan": (float("nan"), "x holds nan: there is no derivative to compute; clean the data first"),
    "an array with nan": (np.array([1.0, np.nan]), "x holds nan: there is no derivative to compute"),
    "a masked array": (
        np.ma.array([1.0]),
        "x is a MaskedArray, which computes by rules of its own; pass x.filled(0.0)",
    ),
    "a text": ("2.0", "x: holds str of dtype <U3; pass a float array"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_differentiated_is_refused_in_the_same_words_everywhere(name):
    x, text = BAD[name]
    f = lambda x: np.sum(x)  # noqa: E731
    ways = [
        lambda: tensor(x),
        lambda: GradientTape().watch(x),
        lambda: autodiff.grad(f)(x),
        lambda: autodiff.value_and_grad(f)(x),
        lambda: autodiff.vjp(f, x),
        lambda: autodiff.jvp(f, (x,), (x,)),
        lambda: autodiff.jacobian(f)(x),
        lambda: autodiff.hessian(f)(x),
        lambda: autodiff.hvp(f, (x,), (x,)),
        lambda: numeric.grad(f)(x),
        lambda: symbolic.grad(f)(x),
    ]
    found = [outcome(way) for way in ways]
    assert {error for error, _ in found} == {ArgumentError}
    assert len({said for _, said in found}) == 1
    assert found[0][1].startswith(text)


def test_wrong_shapes_are_refused_in_the_words_of_the_trace():
    ways = {
        "add": lambda x: x + np.ones(4),
        "sub reflected": lambda x: np.ones((2, 2)) - x,
        "mul": lambda x: x * x[:2],
        "div": lambda x: x[:2] / x,
        "pow": lambda x: x ** np.ones(2),
        "matmul": lambda x: x @ np.ones(4),
        "where": lambda x: np.where(x > 0, x, np.ones(2)),
        "maximum": lambda x: np.maximum(x, np.ones(2)),
        "stack": lambda x: np.stack([x, x[:2]]),
        "reshape": lambda x: x.reshape(2, 2),
        "broadcast_to": lambda x: np.broadcast_to(x, (2, 2)),
        "solve": lambda x: np.linalg.solve(np.eye(2), x),
    }
    for f in ways.values():
        traced = outcome(lambda f=f: trace(f, V))
        assert outcome(lambda f=f: autodiff.vjp(f, V)) == traced
        assert outcome(lambda f=f: f(tensor(V))) == traced
        assert outcome(lambda f=f: f(tensor(V) * 1.0)) == traced
        assert issubclass(traced[0], ExpressionError | ValueError | IndexError)


def test_data_of_the_table_is_left_as_it_was():
    before = {name: np.copy(value) for name, value in DATA.items()}
    for case in TABLE_OF_CALLS:
        (f,) = case.values
        f(*as_leaves(arguments(f)))
    for name, value in DATA.items():
        np.testing.assert_array_equal(value, before[name])

"""Loops that are taken apart give what the expression gives, and hold only what has to wait for the step before."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff
from expression import Expression, compile, cond, operation, scan, trace, vmap
from expression.backends.distribution import FEW, Distribution
from expression.backends.hoisting import with_hoisted_loops
from expression.backends.splitting import prepared
from expression.evaluation import forward
from expression.functions import relu, sigmoid
from expression.operations.programs import every_node
from expression.operations.structured import Layout, layout_of
from expression.structure import flatten
from tests.expression.test_loops import LOOPS, scans_of

EPS = float(np.finfo(float).eps)
TOL = 1e4 * EPS  # sums and products in another order, through up to forty steps that neither grow nor shrink them much
RNG = np.random.default_rng(11)
N = 20  # steps: more than FEW, so that numbers are hoisted too


def weights(*shape: int) -> Any:
    """Entries of such a size that states stay about 1."""
    return RNG.normal(size=shape) / np.sqrt(shape[0])


def rnn(X: Any, U: Any, W: Any, b: Any) -> Any:
    """Elman's network on a batch."""
    return scan(lambda h, x: ((h := np.tanh(x @ U + b + h @ W)), h), np.zeros((2, 3)), X)


def joined_rnn(X: Any, V: Any) -> Any:
    """Input and state are put together before they are multiplied."""
    return scan(lambda h, x: (np.tanh(np.concatenate([x, h]) @ V), None), np.zeros(3), X)[0]


def stacked_rnn(X: Any, U: Any, W: Any) -> Any:
    """Two layers, each with a state."""

    def step(state: Any, x: Any) -> Any:
        h, k = state
        h = np.tanh(x @ U + h @ W)
        k = np.tanh(h @ W + k @ U)
        return (h, k), k

    return scan(step, (np.zeros(3), np.ones(3)), X)


def lstm(X: Any, w: Any, b: Any) -> Any:
    """Gates cut out of one vector, two layers."""

    def step(state: Any, x: Any) -> Any:
        hidden, cells = list(state[0]), list(state[1])
        for n in range(2):
            gates = np.concatenate([x, hidden[n], x, hidden[n]]) * w[n] + b[n]
            keep, write, show = np.split(sigmoid(gates[:9]), 3)
            cells[n] = keep * cells[n] + write * np.tanh(gates[9:])
            x = hidden[n] = show * np.tanh(cells[n])
        return (hidden, cells), x

    zeros = [np.zeros(3), np.zeros(3)]
    return scan(step, (zeros, zeros), X)[1]


def pendulum(angle: Any, speed: Any) -> Any:
    """Two carries that need each other, no xs."""

    def step(state: Any, _: Any) -> Any:
        angle, speed = state
        speed = speed - 0.1 * np.sin(angle)
        return (angle + 0.1 * speed, speed), np.cos(angle) * speed

    return scan(step, (angle, speed), None, N)


def backwards(X: Any, w: Any) -> Any:
    """From the last step to the first."""
    return scan(lambda c, x: (np.sin(c * w) + np.exp(x), c * x), w, X, reverse=True)


def delays(X: Any) -> Any:
    """Carries that are what x, or another carry, was one and two steps before."""

    def step(state: Any, x: Any) -> Any:
        one, two, h = state
        return (np.exp(x), one, np.tanh(h + two)), (one * two, h)

    return scan(step, (X[0], X[1], X[2]), X)


def delayed_state(X: Any) -> Any:
    """A carry that is what another carry was one step before."""
    return scan(lambda c, x: ((np.tanh(c[0] + x), c[0]), c[1] * x), (X[0], X[1]), X)


def accumulator(X: Any, w: Any) -> Any:
    """A sum of what depends on another carry, of which only the last value is read."""
    return scan(lambda c, x: ((np.tanh(c[0] * w + x), c[1] + np.sum(c[0] * x)), None), (w, 0.0), X)[0][1]


def unchanged(X: Any, w: Any) -> Any:
    """A carry that stays as it is, and two that change places."""
    return scan(lambda c, x: ((c[0], c[2] * x, c[1]), c[0] * c[1]), (w, w + 1.0, w - 1.0), X)


def mapped(X: Any, w: Any) -> Any:
    """No carry."""
    return scan(lambda c, x: (None, np.exp(-x * w)), None, X)[1]


def branches(X: Any, w: Any) -> Any:
    """Comparisons, selections and a branch."""

    def step(c: Any, x: Any) -> Any:
        y = cond(np.sum(x) > 0.0, lambda v: v * w, lambda v: np.sin(v), x)
        return np.where(x > 0.0, c * w, relu(c - y)), np.maximum(c, x)

    return scan(step, w, X)


def matrices(X: Any, A: Any) -> Any:
    """A state that is a matrix, with a factor that does not depend on it."""
    return scan(lambda P, x: (A @ P @ A.T * 0.5 + np.outer(x, np.sin(x)), np.diag(P)), np.eye(3), X)


def read_whole(X: Any, W: Any) -> Any:
    """Every value of a state, read at once."""
    h, hs = scan(lambda h, x: (np.tanh(h @ W + x), h), np.zeros(3), X)
    return h * np.sum(hs, axis=0), hs[::2]


def matrix_sums(X: Any, W: Any, U: Any) -> Any:
    """Derivatives by captured matrices are sums of products of each kind: of matrices, of vectors, outer ones."""
    return scan(lambda h, x: (np.tanh(W @ h + U @ x + (h @ x) * (W @ U @ x)), h @ W), np.ones(3), X)


VECTORS = RNG.normal(size=(N, 3)) / 2
CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "rnn": (rnn, (RNG.normal(size=(N, 2, 3)), weights(3, 3), weights(3, 3), weights(3))),
    "joined_rnn": (joined_rnn, (VECTORS, weights(6, 3))),
    "stacked_rnn": (stacked_rnn, (VECTORS, weights(3, 3), weights(3, 3))),
    "lstm": (lstm, (VECTORS, RNG.normal(size=(2, 12)), RNG.normal(size=(2, 12)))),
    "pendulum": (pendulum, (1.0, 0.2)),
    "backwards": (backwards, (VECTORS, weights(3))),
    "delays": (delays, (VECTORS,)),
    "delayed_state": (delayed_state, (VECTORS,)),
    "accumulator": (accumulator, (VECTORS, weights(3))),
    "unchanged": (unchanged, (1.0 + VECTORS / 9, weights(3))),
    "mapped": (mapped, (VECTORS, 0.7)),
    "branches": (branches, (VECTORS, weights(3))),
    "matrices": (matrices, (VECTORS, weights(3, 3))),
    "read_whole": (read_whole, (VECTORS, weights(3, 3))),
    "matrix_sums": (matrix_sums, (VECTORS, weights(3, 3) / 2, weights(3, 3) / 2)),
    **{name: case for name, case in LOOPS.items() if name not in ("pendulum", "backwards")},
}
cases = pytest.mark.parametrize("name", CASES)


def scalar(f: Callable[..., Any]) -> Callable[..., Any]:
    """A loss to which every result contributes, each entry otherwise."""

    def loss(*args: Any) -> Any:
        total = 0.0
        for y in flatten(f(*args))[0]:
            total = total + np.sum(np.sin(y + 0.3) * (1.0 + np.arange(np.size(y)).reshape(np.shape(y))))
        return total

    return loss


def agree(e: Expression, *args: Any) -> Expression:
    """A hoisted and a compiled expression give what the expression gives; nan and infinity where it has them."""
    wanted = flatten(e(*args))[0]
    short = with_hoisted_loops(e)
    for found in (short(*args), compile(e)(*args)):
        for a, b in zip(flatten(found)[0], wanted, strict=True):
            a, b = np.asarray(a), np.asarray(b)
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            assert np.array_equal(np.isnan(a), np.isnan(b))
            assert np.array_equal(a[np.isinf(a)], b[np.isinf(b)]) and np.array_equal(np.isinf(a), np.isinf(b))
            a, b = a[np.isfinite(a)], b[np.isfinite(b)]
            assert np.all(np.abs(a - b) <= TOL * np.maximum(1, np.abs(a) + np.abs(b)))
    return short


def bodies(e: Expression) -> list[Counter[str]]:
    """The operations of each loop's step, counted, as they are before lowering."""
    return [
        Counter(n.operation.name for n in dict(node.parameters)["step"].expression.nodes if n.operands)
        for node in scans_of(with_hoisted_loops(e))
    ]


# -- what it computes --------------------------------------------------------------------------------------------------


@cases
def test_the_value_and_the_gradient_are_those_of_the_expression(name: str) -> None:
    f, args = CASES[name]
    agree(trace(f, *args), *args)
    agree(autodiff.derive(trace(scalar(f), *args), value=True), *args)


@pytest.mark.parametrize("name", ["rnn", "joined_rnn", "lstm", "pendulum", "accumulator", "delays", "backwards"])
def test_second_derivatives_too(name: str) -> None:
    f, args = CASES[name]
    loss = scalar(f)
    tangents = tuple(np.cos(np.arange(np.size(x))).reshape(np.shape(x)) for x in args)
    e = trace(lambda *x: autodiff.hvp(lambda p: loss(*p), (x,), (tangents,)), *args)
    agree(e, *args)


@pytest.mark.parametrize("length", [0, 1, 2, FEW - 1, FEW])
@pytest.mark.parametrize(
    "name", ["rnn", "joined_rnn", "stacked_rnn", "lstm", "accumulator", "unchanged", "mapped", "branches"]
)
def test_every_length(name: str, length: int) -> None:
    f, (X, *others) = CASES[name]
    args = (X[:length], *others)
    agree(trace(f, *args), *args)
    agree(autodiff.derive(trace(scalar(f), *args), value=True), *args)


@pytest.mark.parametrize("name", ["rnn", "joined_rnn", "lstm", "backwards", "accumulator", "mapped", "matrix_sums"])
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", [0, 1])
def test_nan_and_infinity_stay_where_they_are(name: str, odd: float, which: int) -> None:
    f, args = CASES[name]
    changed = [np.array(x) for x in args]
    changed[which].reshape(-1)[changed[which].size // 2] = odd
    x = [v[()] for v in changed]
    agree(trace(f, *args), *x)
    agree(autodiff.derive(trace(scalar(f), *args), value=True), *x)


@cases
def test_a_batch_of_loops(name: str) -> None:
    f, args = CASES[name]
    batch = tuple(np.stack([np.asarray(x), np.asarray(x) * 0.9]) for x in args if np.asarray(x).dtype.kind == "f")
    if len(batch) == len(args):
        e = trace(vmap(f), *batch)
        agree(e, *batch)


def test_float32_stays_float32() -> None:
    X, U = np.ones((N, 2, 3), np.float32), np.float32(weights(3, 3))
    e = trace(lambda X, U: scan(lambda h, x: ((h := np.tanh(x @ U + h)), h), X[0], X), X, U)
    for a, b in zip(flatten(compile(e)(X, U))[0], flatten(e(X, U))[0], strict=True):
        assert a.dtype == b.dtype == np.float32
        assert np.all(np.abs(a - b) <= 1e4 * float(np.finfo(np.float32).eps))


READS: dict[str, Callable[[Any], Any]] = {
    "whole": lambda v: v,
    "twice": lambda v: (v * 2.0, v[3:7]),
    "across parts": lambda v: v[5:-5],
    "one entry in two": lambda v: v[::2],
    "entries": lambda v: v[0] + v[-1] * v[20],
    "rows": lambda v: (v[6:12], v[:6]),
    "parts of rows": lambda v: v[8:16],
}


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("of", ["rnn", "delays", "unchanged", "stacked_rnn", "branches"])
def test_whatever_is_read_of_the_vector(of: str, name: str) -> None:
    f, args = CASES[of]
    e = trace(f, *args)
    (node,) = scans_of(e)
    values = forward(e, args)
    operands = [values[j] for j in node.operands]
    agree(trace(lambda *x: READS[name](node.operation(*x, **dict(node.parameters))), *operands), *operands)


def test_a_wrong_history_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    f, args = CASES["backwards"]
    e = trace(f, *args)
    agree(e, *args)
    monkeypatch.setattr(Layout, "before", Layout.after)
    with pytest.raises(AssertionError):
        agree(e, *args)


# -- random steps ------------------------------------------------------------------------------------------------------


UNARY = (np.sin, np.tanh, sigmoid, lambda v: -v, lambda v: v[::-1], lambda v: v[:2].sum() * v, lambda v: v * v)
BINARY = (
    np.add,
    np.subtract,
    np.multiply,
    np.maximum,
    lambda a, b: np.concatenate([a[1:], b[:1]]),
    lambda a, b: np.sin(np.concatenate([a, b]) * 0.5)[2:5],
    lambda a, b: np.outer(a, b) @ a,
    lambda a, b: (a @ b) * a,
    lambda a, b: a / (1.0 + b * b),
)
Choice = tuple[int, int, int]


@st.composite
def steps(draw: Any) -> tuple[Callable[[Any, Any], Any], int]:
    """A step over vectors of three entries: of values it makes more, of these carries and an output."""
    carries = draw(st.integers(0, 3))
    rows: list[Choice] = draw(
        st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=14)
    )
    picks = draw(st.lists(st.integers(0, 40), min_size=carries + 1, max_size=carries + 1))

    def step(state: Any, xs: Any) -> Any:
        values = [*state, *xs, np.array([0.5, -1.0, 2.0])]
        for which, a, b in rows:
            x, y = values[a % len(values)], values[b % len(values)]
            operations = len(UNARY) + len(BINARY)
            k = which % operations
            v = UNARY[k](x) if k < len(UNARY) else BINARY[k - len(UNARY)](x, y)
            values.append(np.tanh(v))  # so that steps do not grow without bound
        *after, out = (values[-1 - pick % len(values)] for pick in picks)
        return tuple(after), out * 1.0

    return step, carries


@given(steps(), st.integers(2, 20), st.booleans())
@settings(max_examples=120, deadline=None)
def test_random_steps_and_their_gradients(drawn: Any, length: int, reverse: bool) -> None:
    step, carries = drawn
    rng = np.random.default_rng(length)
    initial = tuple(rng.normal(size=(carries, 3)))
    xs = tuple(rng.normal(size=(2, length, 3)))
    f = lambda c, x: scan(step, c, x, reverse=reverse)  # noqa: E731
    agree(trace(f, initial, xs), initial, xs)
    e = trace(scalar(f), initial, xs)
    agree(autodiff.derive(e, value=True), initial, xs)


# -- what stays in the loop --------------------------------------------------------------------------------------------


def test_the_loops_of_a_recurrent_network_hold_its_recurrence_alone() -> None:
    f, args = CASES["rnn"]
    assert bodies(trace(f, *args)) == [Counter(matmul=1, add=1, tanh=1)]
    gradient = autodiff.derive(trace(lambda *x: np.sum(f(*x)[0] ** 2), *args))
    forwards, back = bodies(gradient)
    assert forwards == Counter(matmul=1, add=1, tanh=1)
    assert back == Counter(mul=1, matmul=1)  # by the transpose of W, which is taken once


def test_a_product_with_what_was_put_together_is_taken_apart() -> None:
    f, args = CASES["joined_rnn"]
    assert bodies(trace(f, *args)) == [Counter(matmul=1, add=1, tanh=1)]


def test_layers_that_need_each_other_one_way_stand_in_loops_one_after_the_other() -> None:
    f, args = CASES["stacked_rnn"]
    assert bodies(trace(f, *args)) == [Counter(matmul=1, add=1, tanh=1)] * 2
    assert bodies(trace(CASES["pendulum"][0], *CASES["pendulum"][1])) == [Counter(sin=1, mul=2, sub=1, add=1)]


@pytest.mark.parametrize("name", ["mapped", "accumulator_of_x", "delays_alone"])
def test_no_loop_is_left_where_nothing_waits(name: str) -> None:
    more = {
        "mapped": mapped,
        "accumulator_of_x": lambda X, w: scan(lambda c, x: (c + np.exp(x), None), w + X[0], X)[0],
        "delays_alone": lambda X, w: scan(lambda c, x: ((x, c[0]), c[1] * x), (X[0], X[1]), X),
    }
    args = CASES["mapped"][1]
    assert bodies(trace(more[name], *args)) == []
    agree(trace(more[name], *args), *args)


def test_a_loop_in_which_everything_waits_stays_as_it_is() -> None:
    e = trace(lambda c, W: scan(lambda h, _: (np.tanh(h @ W), None), c, None, N)[0], np.ones(3), np.eye(3))
    assert str(with_hoisted_loops(e)) == str(e)


def test_what_the_adjoint_is_multiplied_by_is_one_factor_for_all_steps() -> None:
    f = lambda c, w: scan(lambda h, _: (np.tanh(np.sin(h) * w) * w, None), c, None, N)[0].sum()  # noqa: E731
    _, back = bodies(autodiff.derive(trace(f, np.ones(3), np.ones(3)), "c"))
    assert back == Counter(mul=1)


def test_sums_of_products_are_products() -> None:
    for name, count in (("rnn", 2), ("matrix_sums", 2)):
        f, args = CASES[name]
        e = with_hoisted_loops(autodiff.derive(trace(scalar(f), *args)))
        assert all(dict(node.parameters)["sums"] == 0 for node in scans_of(e)), name
        assert sum(n.operation.name == "matmul" for n in e.nodes) >= count, name


def test_a_loop_within_a_loop_is_shortened_by_itself() -> None:
    W = weights(3, 3)

    def step(c: Any, X: Any) -> Any:
        return scan(lambda h, x: (np.tanh(x @ W + h), None), c, X)[0], None

    args = np.zeros(3), RNG.normal(size=(4, N, 3))
    e = trace(lambda c, X: scan(step, c, X)[0], *args)
    agree(e, *args)
    source = compile(e).source
    assert source.count("for ") == 2
    agree(autodiff.derive(trace(lambda c, X: scan(step, c, X)[0].sum(), *args)), *args)


@operation(partials=(lambda y, x: np.cos(x),))
def my_sine(x: Any) -> Any:
    """A user's operation."""
    return np.sin(x)


def test_a_users_operation_stays_in_the_loop() -> None:
    e = trace(lambda X: scan(lambda c, x: (np.tanh(c + my_sine(x)), np.exp(x)), X[0], X), VECTORS)
    (body,) = bodies(e)
    assert body == Counter(my_sine=1, add=1, tanh=1)
    agree(e, VECTORS)


def test_large_values_are_summed_where_they_are_computed() -> None:
    X = RNG.normal(size=(12, 1000))

    def f(X: Any) -> Any:
        step = lambda c, x: (c + np.sin(np.outer(x, x)), None)  # noqa: E731
        return scan(step, np.zeros((1000, 1000)), X)[0]

    e = trace(f, X)
    (node,) = scans_of(with_hoisted_loops(e))
    assert dict(node.parameters)["sums"] == 1
    agree(e, X)


@given(steps(), st.integers(2, 20))
@settings(max_examples=60, deadline=None)
def test_every_node_outside_of_loops_lies_on_no_cycle(drawn: Any, length: int) -> None:
    """The oracle follows operands and carries from each node, and looks whether it comes back."""
    step, carries = drawn
    initial, xs = tuple(np.ones((carries, 3))), tuple(np.ones((2, length, 3)))
    e = trace(lambda c, x: scan(step, c, x), initial, xs)
    for node in scans_of(e):
        parameters = dict(node.parameters)
        layout = layout_of(**parameters)
        for program in prepared(parameters["step"].expression, layout):
            live = [True] * (2 * len(layout.carries) + len(layout.ys) + len(layout.sums))
            d = Distribution(program, layout, live)
            before = {v: list(n.operands) for v, n in enumerate(program.nodes)}
            for c, n in zip(d.carries, d.after, strict=True):
                before[c] += [n] if n != c else []
            for v in before:
                seen: set[int] = set()
                pending = list(before[v])
                while pending:
                    j = pending.pop()
                    pending += before[j] if j not in seen else []
                    seen.add(j)
                assert bool(d.cycle[v]) == (v in seen) or not d.alive[v]
                assert d.place[v] or not d.cycle[v] or not d.alive[v]
                for j in before[v]:  # what a loop reads was there before it
                    if d.place[v] and d.place[j]:
                        assert d.place[j] <= d.place[v]


def test_nothing_is_left_of_the_vector_that_nobody_reads() -> None:
    f, args = CASES["stacked_rnn"]
    e = with_hoisted_loops(trace(lambda *x: f(*x)[0][0], *args))
    assert len(scans_of(e)) == 1
    assert not any(node.operation.name == "concatenate" for node in every_node(e))

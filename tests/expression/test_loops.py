"""scan and cond in every room but the derivatives: against Python's own loops and branches."""

import json
import pickle
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expression import (
    ArgumentError,
    ControlFlowError,
    Expression,
    ExpressionError,
    SizeLimitError,
    compile,
    cond,
    evaluate,
    inline_bodies,
    interval_arithmetic,
    measure,
    mpmath_arithmetic,
    operation,
    scan,
    simplify,
    trace,
    trace_at,
    unroll,
)
from expression.batching import evaluate_batch
from expression.formats.json import MAX_PROGRAMS
from expression.functions import sigmoid
from expression.measures import scalar_size
from expression.operations import STRUCTURED
from expression.operations.programs import Program, every_node
from expression.structure import flatten, tree_map

EPS = float(np.finfo(float).eps)
TOL = 200 * EPS  # the same operations in the same order, up to sums of matrix products in another order
SIZE = 3


def python_scan(step, carry, xs=None, length=None, *, reverse=False):
    """The oracle: the loop as Python runs it."""
    leaves = flatten(xs)[0]
    n = len(leaves[0]) if leaves else length
    ys = [None] * n
    for t in reversed(range(n)) if reverse else range(n):
        carry, ys[t] = step(carry, tree_map(lambda x, t=t: x[t], xs))
    return carry, tree_map(lambda *y: np.stack(y), *ys)


def close(a, b, tol=TOL):
    """Compare leaf by leaf as |a - b| / max(1, |a| + |b|)."""
    a, a_structure = flatten(a)
    b, b_structure = flatten(b)
    assert a_structure == b_structure
    for x, y in zip(a, b, strict=True):
        x, y = np.asarray(x), np.asarray(y)
        assert (x.shape, x.dtype) == (y.shape, y.dtype)
        np.testing.assert_array_less(np.abs(x - y) / np.maximum(1, np.abs(x) + np.abs(y)), tol)


def scans_of(e):
    """The scan nodes of an expression, those within programs left out."""
    return [node for node in e.nodes if node.operation.name == "scan"]


# -- programs as data: loops with every kind of operand ---------------------------------------------------------------

RNG = np.random.default_rng(3)
W, U, XS = RNG.normal(size=(3, 3)) / 2, RNG.normal(size=(3, 2)), RNG.normal(size=(5, 2))
INDICES = np.array([2, 0, 1, 1, 2])


def total(x, scan=scan):
    """One carry, one output."""
    return scan(lambda c, v: (c + v, c * v), 0.0, x)


def network(w, u, xs, scan=scan):
    """Captured arrays, a vector as carry, a pytree as output."""
    return scan(lambda h, x: ((h := np.tanh(w @ h + u @ x)), {"h": h, "norm": np.sum(h * h)}), np.zeros(3), xs)


def pendulum(angle, speed, scan=scan):
    """Two carries, no xs."""

    def step(state, _):
        angle, speed = state["angle"], state["speed"]
        speed = speed - 0.1 * np.sin(angle)
        return {"angle": angle + 0.1 * speed, "speed": speed}, angle

    return scan(step, {"angle": angle, "speed": speed}, None, 6)


def picks(table, c, scan=scan):
    """Integers and truth values among xs, integers captured."""
    flags = np.arange(5) > 2

    def step(carry, x):
        (c, table), (k, flag) = carry, x
        return (np.where(flag, c * table[k], c + table[INDICES[0]]), table), None

    return scan(step, (c, table), (INDICES, flags))[0][0]


def backwards(x, scan=scan):
    """From the last to the first."""
    return scan(lambda c, v: (np.sin(c) + v, c), 0.5, x, reverse=True)


def nested(x, w, scan=scan):
    """A loop in the step of a loop, which reads the outer step's values."""

    def step(c, v):
        inner, ys = scan(lambda d, _: (np.tanh(d * v + w), d * c), c, None, 3)
        return inner, np.sum(ys)

    return scan(step, 0.3, x)


def no_carry(x, scan=scan):
    """A map."""
    return scan(lambda c, v: (None, np.exp(v) * v), None, x)


def swap(a, b, scan=scan):
    """Carries that change places: each must be read before it is written."""
    return scan(lambda c, v: ((c[1], c[0] * v), c[0]), (a, b), np.array([1.0, 2.0, 3.0]))


LOOPS = {
    "total": (total, (np.array([1.0, 2.0, 3.0]),)),
    "network": (network, (W, U, XS)),
    "pendulum": (pendulum, (1.0, 0.2)),
    "picks": (picks, (np.array([0.5, 1.5, -0.5]), 0.7)),
    "backwards": (backwards, (np.array([0.3, -0.2, 1.1, 0.4]),)),
    "nested": (nested, (np.array([0.3, -0.2, 0.4]), 0.6)),
    "no_carry": (no_carry, (XS,)),
    "swap": (swap, (0.3, 0.8)),
}
loops = pytest.mark.parametrize("name", LOOPS)


@loops
def test_a_scan_is_the_loop(name):
    f, args = LOOPS[name]
    close(f(*args), f(*args, scan=python_scan))


@loops
def test_a_traced_scan_is_one_node_and_the_same_function(name):
    f, args = LOOPS[name]
    e = trace(f, *args)
    assert len(scans_of(e)) == 1
    close(e(*args), f(*args, scan=python_scan))


@loops
def test_a_scan_unrolled_is_the_traced_loop_in_value_and_has_no_scan(name):
    f, args = LOOPS[name]
    flat = unroll(trace(f, *args))
    assert not any(node.operation.programs for node in every_node(flat))
    close(flat(*args), f(*args, scan=python_scan))


@loops
def test_json_pickle_and_python_source_give_the_same_loop_back(name):
    f, args = LOOPS[name]
    e = trace(f, *args)
    assert Expression.from_json(e.to_json()) == e
    assert pickle.loads(pickle.dumps(e)) == e
    namespace: dict = {}
    exec(e.to_python("g"), namespace)
    for a, b in zip(flatten(namespace["g"](*args))[0], flatten(e(*args))[0], strict=True):
        np.testing.assert_array_equal(a, b)


@loops
def test_a_compiled_loop_gives_the_same(name):
    f, args = LOOPS[name]
    e = trace(f, *args)
    close(compile(e)(*args), e(*args))


@loops
def test_simplification_goes_into_the_step_and_keeps_the_value(name):
    f, args = LOOPS[name]
    e = trace(f, *args)
    simple = simplify(e)
    close(simple(*args), e(*args))
    assert simplify(simple) == simple
    assert len(list(every_node(simple))) <= len(list(every_node(e)))


@loops
def test_fifty_digits_agree_with_floats(name):
    f, args = LOOPS[name]
    e = trace(f, *args)
    exact = tree_map(lambda y: np.asarray(y, dtype=float)[()], evaluate(e, args, mpmath_arithmetic(50)))
    close(tree_map(lambda y: np.asarray(y)[()], e(*args)), exact)


@loops
def test_a_batch_of_loops_is_the_loop_of_every_point(name):
    f, args = LOOPS[name]
    e = trace(f, *args)
    leaves = [np.asarray(x) for x in flatten(args)[0]]
    rng = np.random.default_rng(0)
    points = [x * rng.uniform(0.5, 1.0, (SIZE, *x.shape)) for x in leaves]
    for flags in np.ndindex(*(2,) * len(leaves)):
        if any(flags):
            batch = [p if b else x for p, x, b in zip(points, leaves, flags, strict=True)]
            found = evaluate_batch(e, batch, [bool(b) for b in flags])
            for k in range(SIZE):
                at = [p[k][()] if b else x[()] for p, x, b in zip(points, leaves, flags, strict=True)]
                close([np.asarray(y[k]) for y in found], [np.asarray(y) for y in flatten(e(*at))[0]])


@st.composite
def random_steps(draw):
    """A small step program of two carries and one x, as data."""
    moves = [np.sin, np.tanh, lambda v: 0.5 * v, lambda v: v * v, np.cos]
    pairs = [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b, np.maximum]
    chosen = [
        (draw(st.sampled_from(moves)), draw(st.sampled_from(pairs)), draw(st.integers(0, 99)), draw(st.integers(0, 99)))
        for _ in range(draw(st.integers(1, 5)))
    ]

    def step(carry, x):
        pool = [*carry, x, 0.3]
        for move, pair, i, j in chosen:
            pool.append(np.tanh(pair(move(pool[i % len(pool)]), pool[j % len(pool)])))
        return (pool[-1], pool[-2] * np.ones(2) if np.ndim(pool[-2]) == 0 else pool[-2]), pool[len(pool) // 2] + x

    return step


@settings(max_examples=60)
@given(random_steps(), st.integers(0, 6), st.booleans())
def test_scan_is_the_loop_for_random_steps(step, n, reverse):
    def shaped(carry, x):
        (a, b), y = step(carry, x)
        return (a * np.ones(2), b * np.ones(2)), y * np.ones(2)

    xs = np.linspace(-1.0, 1.0, 2 * n).reshape(n, 2)
    start = (np.array([0.1, 0.4]), np.array([0.5, -0.5]))
    if n == 0:
        (a, b), ys = scan(shaped, start, xs)
        assert ys.shape == (0, 2)
        close((a, b), start)
        return
    expected = python_scan(shaped, start, xs, reverse=reverse)
    close(scan(shaped, start, xs, reverse=reverse), expected)
    e = trace(lambda a, b, x: scan(shaped, (a, b), x, reverse=reverse), *start, xs)
    close(e(*start, xs), expected)
    close(unroll(e)(*start, xs), expected)


# -- sizes -------------------------------------------------------------------------------------------------------------


def logistic(n):
    """x -> 3.2 x (1 - x), n times."""
    return trace(lambda x: scan(lambda c, _: (3.2 * c * (1.0 - c), None), x, length=n)[0], 0.3)


def test_ten_thousand_steps_are_as_many_nodes_as_ten():
    few, many = logistic(10), logistic(10_000)
    assert len(few) == len(many) == 3
    expected = python_scan(lambda c, _: (3.2 * c * (1.0 - c), None), 0.3, length=10_000)[0]
    assert many(0.3) == expected


def test_measures_count_a_loop_with_its_length():
    e = logistic(10_000)
    m = measure(e)
    assert (m.dag_size, m.tree_size, m.depth, m.path_count) == (3, 3, 2, 1)
    assert m.op_count == {"getitem": 1, "scan": 1}
    assert m.flops == 3 * 10_000
    assert m.bytes_saved == 8 * 10_001  # every carry
    assert scalar_size(e) == 1 + 3 * 10_000
    flat = measure(unroll(logistic(100)))
    assert flat.flops == 300
    assert flat.dag_size == 3 + 3 * 100


def test_a_branch_counts_with_the_larger_of_two():
    e = trace(lambda x: cond(x > 0, lambda x: x * x * x, lambda x: x + 1.0, x), 1.0)
    assert measure(e).flops == 1 + 2
    assert scalar_size(e) == 2 + 1 + (2 + 1) + 1  # x and 0, the condition, both branches, the choice


def test_unroll_refuses_with_the_number():
    e = logistic(10_000)
    with pytest.raises(SizeLimitError, match=r"unroll would write 60,003 nodes, the limit is 1,000; shorten the loop"):
        unroll(e, limit=1000)
    plain = trace(np.sin, 1.0)
    assert unroll(plain) is plain


def test_an_unrolled_scalar_loop_is_the_chain_and_nothing_else():
    e = trace(lambda x: scan(lambda c, _: (c * c, None), x, length=4)[0], 1.1)
    assert [node.operation.name for node in unroll(e).nodes] == ["input", "mul", "mul", "mul", "mul"]


def test_equal_loops_are_stored_once():
    def f(x):
        return sum(scan(lambda c, v: (np.sin(c) + v, None), x, np.arange(3.0))[0] for _ in range(4))

    assert len(scans_of(trace(f, 1.0))) == 1


def test_a_program_does_not_depend_on_the_data_that_a_closure_holds():
    steps = set()
    for seed in (1, 2):
        data = np.random.default_rng(seed).normal(size=(2, 2))
        e = trace(lambda x, data=data: scan(lambda c, _: (np.tanh(data @ c), None), x, length=3)[0], np.ones(2))
        steps.add(dict(scans_of(e)[0].parameters)["step"])
    assert len(steps) == 1


@pytest.mark.parametrize("row", STRUCTURED, ids=lambda row: row.name)
def test_rows_of_loops_and_branches_say_what_rooms_ask_of_them(row):
    assert row.programs and row.infer is not None and row.batch is not None
    assert row.latex.format(args="x")
    assert (row.partials, row.partial, row.vjps, row.jvps, row.pullback, row.linear) == (None,) * 6
    assert pickle.loads(pickle.dumps(row)) is row


def test_programs_are_equal_by_what_they_run():
    a, b = (Program(trace(lambda x: x * 2.0, 1.0)) for _ in range(2))
    c = Program(trace(lambda x: x * 3.0, 1.0))
    assert a == b and hash(a) == hash(b) and a != c
    assert a.expression.nodes[1].line  # which is not compared
    assert repr(a) == "<program of 3 nodes>"


# -- formats -----------------------------------------------------------------------------------------------------------


def test_the_listing_shows_the_step():
    e = trace(lambda w, x: scan(lambda c, v: (np.tanh(w * c + v), None), 0.5, x, reverse=True)[0], 1.0, np.ones(3))
    assert str(e).splitlines() == [
        "w, x -> v4",
        "  v0 = input w",
        "  v1 = input x [3]",
        "  v2 = constant 0.5",
        "  v3 = scan(v0, v2, v1, step, length=3, reverse=True) [4]",
        "       step: w, c, v -> v5",
        "         v0 = input w",
        "         v1 = input c",
        "         v2 = input v",
        "         v3 = mul(v0, v1)",
        "         v4 = add(v3, v2)",
        "         v5 = tanh(v4)",
        "  v4 = getitem(v3, index=(0,))",
    ]


def test_one_line_and_latex_and_pictures_name_the_loop():
    e = logistic(5)
    assert e.to_infix() == "scan(x, length=5)[5]"
    assert r"\operatorname{scan}" in e.to_latex() and r"\mathrm{length}=5" in e.to_latex()
    assert ">scan<" in e.to_svg()
    branch = trace(lambda x: cond(x > 0, np.sin, np.cos, x), 1.0)
    assert branch.to_infix() == "cond(x > 0, x)"
    assert r"\operatorname{cond}" in branch.to_latex()


def test_python_source_is_a_for_and_an_if():
    e = logistic(5)
    assert e.to_python().splitlines()[3:] == [
        "def f(x):",
        '    """Arguments x: float64."""',
        "    x = np.float64(x)",
        "    v1 = np.empty(6)",
        "    v1_c = x",
        "    for v1_t in range(5):",
        "        v1_c = 3.2 * v1_c * (1.0 - v1_c)",
        "    v1[5] = v1_c",
        "    return v1[5]",
    ]
    branch = trace(lambda x: cond(x > 0, np.sin, lambda x: x * x * x, x), 1.0)
    assert branch.to_python().splitlines()[6:] == [
        "    v3 = x > 0.0",
        "    if v3:",
        "        v3 = np.sin(x)",
        "    else:",
        "        v3 = x * x * x",
        "    return v3",
    ]


def test_python_source_writes_what_is_read_and_nothing_else():
    def lines(f):
        return trace(f, np.ones(2)).to_python().splitlines()

    def step(c, x):
        return (c[1], np.sin(c[0]) * x), c[0] * np.cos(x)

    only_outputs = lines(lambda x: scan(step, (x, x), np.arange(3.0))[1])
    assert not any("_all" in line for line in only_outputs)
    only_carry = lines(lambda x: scan(step, (x, x), np.arange(3.0))[0][1])
    assert not any("cos" in line or "_all" in line for line in only_carry)
    assert "        v2_c_0, v2_c_1 = v2_c_1, np.sin(v2_c_0) * v2_x" in only_carry


def runs_alike(f, *args):
    """The written source gives what the expression gives, bit for bit."""
    e = trace(f, *args)
    namespace: dict = {}
    exec(e.to_python(), namespace)
    for a, b in zip(flatten(namespace["f"](*args))[0], flatten(e(*args))[0], strict=True):
        np.testing.assert_array_equal(a, b)


def test_python_source_survives_names_that_meet():
    def f(t, v3, y0):
        def step(c, x):
            t, v3 = c
            inner = scan(lambda t, v3: (np.sin(t) * v3 + y0, t), t, x)[0]
            return (v3 + inner, np.tanh(t)), t * v3

        return scan(step, (t, v3), np.arange(6.0).reshape(2, 3))

    runs_alike(f, 0.3, 0.4, 0.5)


def test_python_source_quotes_the_helpers_of_a_step_and_holds_large_constants():
    table = np.arange(200.0)
    runs_alike(lambda x: scan(lambda c, _: (sigmoid(c), None), x, length=3)[0], 0.3)
    runs_alike(lambda x: scan(lambda c, v: (np.sin(c) + np.sum(table) * v, None), x, table[:4])[0], 0.3)
    e = trace(lambda x: cond(x > 0, lambda x: x * np.arange(200.0), lambda x: x + np.arange(200.0), x), 0.5)
    namespace: dict = {}
    exec(e.to_python(), namespace)
    np.testing.assert_array_equal(namespace["f"](0.5), e(0.5))


def test_a_loop_in_a_branch_in_a_loop():
    def f(x, w, scan=scan, cond=cond):
        def long(c):
            return scan(lambda d, v: (np.sin(d + w * v), None), c, np.arange(4.0))[0]

        return scan(lambda c, v: (cond(c > v, long, lambda c: c * c + w, c), c), x, np.linspace(0.0, 1.0, 5))

    def python_cond(p, a, b, *x):
        return a(*x) if p else b(*x)

    e = trace(f, 0.7, 0.3)
    expected = f(0.7, 0.3, scan=python_scan, cond=python_cond)
    close(e(0.7, 0.3), expected)
    close(unroll(e)(0.7, 0.3), expected)
    assert Expression.from_json(e.to_json()) == e
    runs_alike(f, 0.7, 0.3)


def test_bodies_of_operations_are_inlined_within_steps():
    @operation(partials=(lambda y, x: 3 * x * x,))
    def cube(x):
        return x * x * x

    e = trace(lambda x: scan(lambda c, _: (0.5 * cube(c), None), x, length=3)[0], 0.9)
    flat = inline_bodies(e)
    assert any(node.operation is cube for node in every_node(e))
    assert not any(node.operation is cube for node in every_node(flat))
    assert flat(0.9) == e(0.9)
    assert measure(e).flops == 9


# -- JSON from outside -------------------------------------------------------------------------------------------------


def document(change):
    """A loop as JSON, with a change."""
    content = json.loads(trace(lambda x: scan(lambda c, v: (c * v, c), x, np.arange(3.0)), 1.0).to_json())
    row = next(row for row in content["nodes"] if row[0] == "scan")
    change(row[4])
    return json.dumps(content)


def deep(levels):
    """A loop within a loop, so many levels deep."""

    def step(k):
        if k == 0:
            return lambda c, _: (np.sin(c), None)
        return lambda c, _: (scan(step(k - 1), c, length=1)[0], None)

    return trace(lambda x: scan(step(levels), x, length=1)[0], 1.0)


WRONG = {
    "no program": (lambda p: p.update(step=3), r'v\d+: scan takes {"program": ...} as step, got 3'),
    "a bad one": (lambda p: p.update(step={"program": {}}), r'"nodes" should be a list'),
    "another length": (lambda p: p.update(length=4), r"scan takes float64\[4\] for v, got float64\[3\]"),
    "a negative length": (lambda p: p.update(length=-1), r"scan needs length to be an int from 0 on, got -1"),
    "too many carries": (lambda p: p.update(carries=7), r"scan has 2 operands with constants=0, carries=7"),
    "more sums": (lambda p: p.update(sums=2), r"but its step takes 2 and gives 2"),
    "no truth value": (lambda p: p.update(reverse=1), r"scan needs reverse to be a bool, got 1"),
    "an unknown option": (lambda p: p.update(speed=1), r"speed"),
    "a missing option": (lambda p: p.pop("carries"), r"carries"),
}


@pytest.mark.parametrize("name", WRONG)
def test_json_of_a_loop_is_checked_before_it_is_believed(name):
    change, message = WRONG[name]
    with pytest.raises(ExpressionError, match=message):
        Expression.from_json(document(change))


def test_json_is_read_to_a_bounded_depth():
    e = deep(MAX_PROGRAMS - 1)
    assert Expression.from_json(e.to_json()) == e
    with pytest.raises(ExpressionError, match="programs more than 20 deep within one another are not read"):
        Expression.from_json(deep(MAX_PROGRAMS).to_json())


# -- cond --------------------------------------------------------------------------------------------------------------


def test_cond_with_a_value_is_an_if():
    assert cond(True, lambda x: x + 1.0, lambda x: x - 1.0, 2.0) == 3.0
    assert cond(np.array(0), lambda x: x + 1.0, lambda x: x - 1.0, 2.0) == 1.0
    assert trace_at(lambda x: cond(x > 0, np.sin, np.cos, x), 1.0).to_infix() == "sin(x)"


def test_cond_holds_both_branches_and_runs_one():
    e = trace(lambda x, a: cond(x > 0, lambda a: np.linalg.inv(a), lambda a: a * 2.0, a), 1.0, np.eye(2))
    singular = np.ones((2, 2))
    np.testing.assert_array_equal(e(-1.0, singular), 2 * singular)  # the inverse would raise
    with pytest.raises(np.linalg.LinAlgError):
        e(1.0, singular)


def test_cond_takes_pytrees_closures_and_integers():
    k = np.array([1, 0])

    def f(flag, x):
        s = np.sin(x["a"])
        return cond(flag, lambda x: (x["a"] * s, s[k]), lambda x: (x["b"], x["b"] + s), x)

    args = {"a": np.array([1.0, 2.0]), "b": np.array([3.0, 4.0])}
    e = trace(f, np.bool_(True), args)
    for flag in (True, False):
        close(e(np.bool_(flag), args), f(flag, args))
    number = trace(lambda n, x: cond(n, np.sin, np.cos, x), 3, 1.0)
    assert number(3, 1.0) == np.sin(1.0) and number(0, 1.0) == np.cos(1.0)


def test_a_batch_of_predicates_selects_and_one_predicate_branches():
    f = trace(lambda p, x, w: cond(p > 0, lambda x: np.sqrt(x) * w, lambda x: x * x, x), 1.0, np.ones(2), 2.0)
    p, x = np.array([1.0, -1.0, 2.0]), RNG.normal(size=(3, 2)) ** 2
    with np.errstate(all="ignore"):
        for leaves, flags in (((p, x, 2.0), (True, True, False)), ((p, x[0], 2.0), (True, False, False))):
            (found,) = evaluate_batch(f, leaves, flags)
            for k in range(3):
                close(found[k], f(p[k], x[k] if flags[1] else x[0], 2.0))
        (found,) = evaluate_batch(f, (-1.0, x, 2.0), (False, True, False))
        close(found, x * x)


def test_intervals_go_through_loops_and_certain_branches():
    e = trace(lambda x: scan(lambda c, _: (c * c, None), x, length=2)[0], 1.0)
    y = evaluate(e, ((1.0, 1.1),), interval_arithmetic())
    assert float(y.a) <= 1.0 and 1.1**4 <= float(y.b) < 1.4642
    branch = trace(lambda x: cond(x > 0, lambda x: x * 2.0, lambda x: -x, x), 1.0)
    assert float(evaluate(branch, ((1.0, 2.0),), interval_arithmetic()).b) == 4.0
    with pytest.raises(ExpressionError, match="the interval holds both sides of the condition; split it"):
        evaluate(branch, ((-1.0, 2.0),), interval_arithmetic())


# -- dtypes, lengths, errors -------------------------------------------------------------------------------------------


def test_float32_stays_float32():
    x = np.arange(4, dtype=np.float32)
    carry, ys = scan(lambda c, v: (c + v, c * v), 0.0, x)  # a Python number takes the dtype of its company
    assert (carry.dtype, ys.dtype) == (np.float32, np.float32)
    e = trace(lambda c, x: scan(lambda c, v: (np.sin(c) + v, c), c, x), np.float32(0.5), x)
    carry, ys = e(np.float32(0.5), x)
    assert (carry.dtype, ys.dtype) == (np.float32, np.float32)
    namespace: dict = {}
    exec(e.to_python(), namespace)
    np.testing.assert_array_equal(namespace["f"](np.float32(0.5), x)[1], ys)


def test_complex_numbers_pass_through_an_evaluation():
    e = trace(lambda x: scan(lambda c, v: (c * v + x, None), x, np.arange(3.0))[0], 1.0)
    z = 1.0 + 2.0j
    assert e(z) == python_scan(lambda c, v: (c * v + z, None), z, np.arange(3.0))[0]


@pytest.mark.parametrize("reverse", [False, True])
def test_a_loop_of_no_steps_returns_the_carry_and_empty_outputs(reverse):
    carry, ys = scan(lambda c, x: (c * x, np.ones(2) * c), 2.0, np.zeros(0), reverse=reverse)
    assert carry == 2.0 and ys.shape == (0, 2)
    e = trace(lambda x: scan(lambda c, _: (c * x, c), x, length=0, reverse=reverse), 3.0)
    carry, ys = e(3.0)
    assert carry == 3.0 and ys.shape == (0,)


def test_results_are_fresh_and_may_be_written_into():
    start = np.zeros(2)
    carry, ys = scan(lambda c, _: (c, c), start, length=2)
    carry += 1.0
    ys += 1.0
    assert not start.any()


ERRORS = {
    "an integer carry": (
        lambda: scan(lambda n, _: (n + 1, None), 0, length=3),
        r"scan: n is an int: write 0.0 for 0; a carry holds floats; give counters through xs, for example np.arange",
    ),
    "an integer array": (
        lambda: scan(lambda s, _: (s, None), {"k": np.arange(3)}, length=3),
        r"scan: s_k is int64: write s_k.astype\(float\); a carry holds floats; give counters through xs",
    ),
    "another shape": (
        lambda: scan(lambda c, x: (np.stack([c, c]), None), 0.5, np.ones(2)),
        r"scan: step changes c of the carry from float64\[\] to float64\[2\]; a carry keeps its shape and dtype",
    ),
    "another dtype": (
        lambda: scan(lambda c, x: (c * x, None), np.float32(1), np.ones(2)),
        r"scan: step changes c of the carry from float32\[\] to float64\[\]",
    ),
    "another structure": (
        lambda: scan(lambda c, x: ((c[0],), None), (0.5, 1.0), np.ones(2)),
        r"scan: step changes the structure of the carry from PyTreeSpec\(\(\*, \*\)\) to PyTreeSpec\(\(\*,\)\)",
    ),
    "no pair": (
        lambda: scan(lambda c, x: c * x, 0.5, np.ones(2)),
        r"scan: step must return a pair \(carry, y\), got an array",
    ),
    "three": (
        lambda: scan(lambda c, x: (c, x, x), 0.5, np.ones(2)),
        r"scan: step must return a pair \(carry, y\), got PyTreeSpec\(\(\*, \*, \*\)\)",
    ),
    "integer outputs": (
        lambda: scan(lambda c, k: (c, (c, k + 1)), 0.5, np.arange(2)),
        r"scan: leaf 1 of y is int64; outputs are floats: write y.astype\(float\)",
    ),
    "two dtypes": (
        lambda: scan(lambda c, x: (c, x), np.float64(0.5), np.ones(2, np.float32)),
        "scan: carries and outputs have dtypes float32, float64; they must have one dtype",
    ),
    "lengths": (
        lambda: scan(lambda c, x: (c, None), 0.5, (np.ones(2), np.ones((3, 2)))),
        r"scan: xs must have one length, got 2 \(leaf 0\), 3 \(leaf 1\)",
    ),
    "a list of numbers": (
        lambda: scan(lambda c, x: (c, None), 0.5, [1.0, 2.0]),
        "scan: leaf 0 of xs is a scalar; the loop takes xs apart along their first axis",
    ),
    "no length": (
        lambda: scan(lambda c, x: (c, None), 0.5),
        "scan: there are no xs, so length= must say how often to run the step",
    ),
    "a wrong length": (
        lambda: scan(lambda c, x: (c, None), 0.5, np.ones(2), 3),
        "scan: length=3, but xs have length 2; leave length= out",
    ),
    "a negative length": (
        lambda: scan(lambda c, x: (c, None), 0.5, length=-1),
        "scan: length=-1 must be an int from 0 on",
    ),
    "entries as predicate": (
        lambda: cond(np.ones(3) > 0, np.sin, np.cos, 1.0),
        r"cond: the predicate is bool\[3\]; it must be a single truth value, or use np.where, which chooses entry by",
    ),
    "a float as predicate": (
        lambda: cond(1.0, np.sin, np.cos, 1.0),
        r"cond: the predicate is float64\[\]; it must be a single truth value, such as x > 0",
    ),
    "other structures": (
        lambda: trace(lambda x: cond(x > 0, lambda x: (x,), lambda x: x, x), 1.0),
        r"cond: true_function returns PyTreeSpec\(\(\*,\)\), and false_function PyTreeSpec\(\*\)",
    ),
    "other shapes": (
        lambda: trace(lambda x: cond(x > 0, lambda x: x, lambda x: x * np.ones(2), x), 1.0),
        r"cond: leaf 0 of the result is float64\[\] from true_function, and float64\[2\] from false_function",
    ),
    "integers among several": (
        lambda: trace(lambda x: cond(x > 0, lambda x: (x, 1), lambda x: (x, 2), x), 1.0),
        "cond: the results are float64, int64; several results must be floats of one dtype",
    ),
    "nothing": (
        lambda: trace(lambda x: cond(x > 0, lambda x: None, lambda x: None, x), 1.0),
        "cond: the functions return no array",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_is_wrong_and_what_would_be_right(name):
    call, message = ERRORS[name]
    with pytest.raises(ArgumentError, match=message):
        call()


def test_a_step_that_looks_at_values_is_refused_with_advice():
    with pytest.raises(ControlFlowError, match=r"`if`.*test_loops.py, line \d+"):
        scan(lambda c, x: (c if c > 0 else -c, None), 1.0, np.ones(3))


def test_sizes_that_do_not_fit_are_told_with_the_line():
    with pytest.raises(ExpressionError, match=r"matmul.*test_loops.py, line \d+"):
        scan(lambda c, x: (np.ones((3, 3)) @ c, None), np.ones(2), np.ones(3))


def test_the_vector_of_a_loop_holds_every_carry():
    e = trace(lambda x: scan(lambda c, v: (c + v, c), x, np.arange(4.0)), np.zeros(2))
    (node,) = scans_of(e)
    assert node.shape == (prod((5, 2)) + prod((4, 2)),)


# -- compiled ----------------------------------------------------------------------------------------------------------


def test_a_compiled_loop_of_numbers_is_python_and_nothing_else():
    e = trace(lambda x, v: scan(lambda c, v: (np.sin(c) * v + x, None), x, v)[0], 0.5, np.arange(4.0))
    assert compile(e).source.splitlines()[5:] == [
        "def compiled(x, v):",
        '    """Arguments x: float64, v: float64[4]."""',
        "    v2 = np.empty(5)",
        "    v2_v = v.tolist()",
        "    v2_c = x",
        "    for v2_v_ in v2_v:",
        "        v2_c = math.sin(v2_c) * v2_v_ + x",
        "    v2[4] = v2_c",
        "    return float(v2[4])",
    ]


@pytest.mark.parametrize("x", [0.0, -1.0, 1e308, np.inf, np.nan])
def test_a_compiled_loop_has_nan_and_infinity_where_numpy_has(x):
    e = trace(lambda x: scan(lambda c, _: (1.0 / np.log(c) + c * c, c - x), x, length=3), 0.5)
    for a, b in zip(compile(e)(x), e(x), strict=True):
        np.testing.assert_array_equal(a, b)


def test_compiled_programs_within_use_what_the_others_use():
    factor = 3.0

    @operation(partials=(lambda y, x: factor * x,), name="own")
    def own(x):
        return factor * x * x / 2.0

    table = np.arange(200.0)

    def f(x, w):
        def step(c, v):
            y = cond(c[0] > 0, lambda c: own(c) * 0.1 + np.sum(table) * 1e-6, lambda c: np.square(c) * sigmoid(c), c)
            return y * v, (np.sum(np.square(y)), own(v))

        return scan(step, w, x)

    args = np.linspace(0.5, 1.0, 4), np.array([0.3, -0.2])
    e = trace(f, *args)
    close(compile(e)(*args), e(*args))
    flipped = args[0], -args[1]
    close(compile(e)(*flipped), e(*flipped))
    single = trace(lambda x, w: f(x, w)[0].astype(np.float64).sum(), *args)
    close(compile(single)(*args), single(*args))


def test_a_compiled_float32_loop_stays_float32():
    x = np.arange(4, dtype=np.float32)
    e = trace(lambda c, x: scan(lambda c, v: (np.sin(c) * v, c), c, x), np.float32(0.5), x)
    for a, b in zip(compile(e)(np.float32(0.5), x), e(np.float32(0.5), x), strict=True):
        assert np.asarray(a).dtype == np.float32
        np.testing.assert_allclose(a, b, rtol=4 * float(np.finfo(np.float32).eps))

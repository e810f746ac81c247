"""Simplification: every identity is true and applied, values stay, and nothing grows."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from expression import measure, simplify, trace
from expression.corpus import CASES
from expression.operations import TABLE
from expression.simplification import FOLD_LIMIT, RULES, Rule
from expression.tracing import Trace
from tests.strategies import MOVES, Move, always, broadcasts, random_expressions, seeds, with_axes

FLOAT, BOOL = np.dtype(float), np.dtype(bool)
TRUTHS = {("where", 0), ("logical_not", 0)}  # operands that are truth values
EPS = np.finfo(float).eps
# Every rule is exact but log(exp x) and log1p(expm1 x), which give back a rounding of theirs; 50 operations carry it.
TOLERANCE = 50 * 50 * EPS

each_rule = pytest.mark.parametrize("rule", RULES, ids=str)


def assert_near(a, b):
    for x, y in zip(a if isinstance(a, tuple) else (a,), b if isinstance(b, tuple) else (b,), strict=True):
        assert np.shape(x) == np.shape(y)
        assert np.asarray(x).dtype == np.asarray(y).dtype
        x, y = np.asarray(x, float), np.asarray(y, float)
        assert np.all(np.abs(x - y) <= TOLERANCE * np.maximum(1, np.abs(x) + np.abs(y)))


# -- the rules, row by row ---------------------------------------------------------------------------------------------


def variables(pattern, is_truth=False):
    """The variables of a pattern in the order of the alphabet, and whether each is a truth value."""
    if isinstance(pattern, tuple):
        found = {}
        for k, operand in enumerate(pattern[1:]):
            found |= variables(operand, (pattern[0], k) in TRUTHS)
        return dict(sorted(found.items()))
    return {pattern: is_truth} if isinstance(pattern, str) else {}


def formula(pattern, values, is_truth=False):
    """A pattern as SymPy has it, by the formulas of the table."""
    if isinstance(pattern, tuple):
        operands = [formula(p, values, (pattern[0], k) in TRUTHS) for k, p in enumerate(pattern[1:])]
        return sympy.sympify(TABLE[pattern[0]].sympy, dict(zip("xyz", operands, strict=False)))
    if isinstance(pattern, str):
        return values[pattern]
    return sympy.true if is_truth and pattern else sympy.false if is_truth else sympy.Rational(pattern)


def holds(rule):
    """Whether SymPy finds both sides equal at every point of a grid of rationals where the left side is finite."""
    grid = [sympy.Rational(*q) for q in ((-7, 3), (-1, 1), (-1, 5), (0, 1), (2, 7), (1, 1), (9, 4))]
    kinds = variables(rule.left)
    points = [{}]
    for name, is_truth in kinds.items():
        points = [{**p, name: q} for p in points for q in ((sympy.true, sympy.false) if is_truth else grid)]
    compared = 0
    for values in points:
        left, right = formula(rule.left, values), formula(rule.right, values)
        if left in (sympy.true, sympy.false):
            equal = left == right
        elif left.is_finite and left.is_real:
            equal = sympy.simplify(left - right) == 0
        else:
            continue
        compared += 1
        if not equal:
            return False
    return compared > 0


@each_rule
def test_an_identity_is_true_by_sympy(rule):
    assert holds(rule)


@pytest.mark.parametrize(
    "wrong",
    [
        Rule(("sub", "x", "y"), ("sub", "y", "x")),
        Rule(("mul", "x", 0.0), "x"),
        Rule(("exp", ("log", "x")), 1.0),
        Rule(("where", 0.0, "x", "y"), "x"),
        Rule(("sqrt", ("square", "x")), "x"),
    ],
    ids=str,
)
def test_the_oracle_finds_a_wrong_identity(wrong):
    assert not holds(wrong)


def record(recording, pattern, leaves, spread, is_truth=False):
    """Write a pattern down; `spread` says which shape a number is given."""
    if isinstance(pattern, tuple):
        operands = [record(recording, p, leaves, spread, (pattern[0], k) in TRUTHS) for k, p in enumerate(pattern[1:])]
        return recording.record(TABLE[pattern[0]], operands, ())
    if isinstance(pattern, str):
        return leaves[pattern]
    number = recording.constant(np.asarray(pattern, BOOL if is_truth else FLOAT))
    return recording.record(TABLE["broadcast_to"], [number], (("shape", spread),)) if spread else number


def side(pattern, kinds, shape, spread=()):
    """One side of a rule as an expression of all the rule's variables."""
    recording = Trace()
    leaves = {name: recording.input(name, shape, BOOL if is_truth else FLOAT) for name, is_truth in kinds.items()}
    return recording.expression(tuple(leaves.values()), record(recording, pattern, leaves, spread))


def arguments(kinds, shape, rng):
    """A point for the variables of a rule."""
    return [
        rng.integers(0, 2, shape).astype(bool)[()] if t else rng.uniform(0.3, 2.0, shape)[()] for t in kinds.values()
    ]


@each_rule
@pytest.mark.parametrize("shape", [(), (2, 3)], ids=str)
def test_an_identity_is_applied(rule, shape):
    kinds = variables(rule.left)
    left = side(rule.left, kinds, shape)
    found = simplify(left)
    wanted = simplify(side(rule.right, kinds, shape, shape))
    assert len(found.nodes) < len(left.nodes) or left.nodes != found.nodes
    if isinstance(rule.right, float) and shape:  # the constant that is there, broadcast, or a new one
        assert not any(found.nodes[j].operation is left.nodes[-1].operation for j in found.outputs)
    else:
        assert str(found) == str(wanted)
    args = arguments(kinds, shape, np.random.default_rng(0))
    assert_near(found(*args), left(*args))


@each_rule
def test_an_identity_keeps_the_shape_that_a_number_brings_along(rule):
    kinds = variables(rule.left)
    left = side(rule.left, kinds, (3,), (2, 1))
    found = simplify(left)
    assert found.nodes[found.outputs[0]].shape == left.nodes[left.outputs[0]].shape
    assert len(found.nodes) <= len(left.nodes)
    args = arguments(kinds, (3,), np.random.default_rng(1))
    assert_near(found(*args), left(*args))


def test_rules_are_stated_once_and_read_like_a_listing():
    assert len({rule.left for rule in RULES}) == len(RULES)
    assert [str(rule) for rule in RULES[:3]] == ["add(x, 0) = x", "add(0, x) = x", "add(x, neg(y)) = sub(x, y)"]


# -- what is simplified, and what is not -------------------------------------------------------------------------------

V, M = np.array([0.5, 1.5, 2.5]), np.array([[0.5, 1.5, 2.5], [1.0, 2.0, 3.0]])
SIMPLIFIED = {
    "product rule of x y": (lambda x, y: 1.0 * y + x * 0.0, lambda x, y: y),
    "product rule of 3 x**2": (lambda x, y: 0.0 * x**2 + 3.0 * (2.0 * x * 1.0), lambda x, y: 3.0 * (2.0 * x)),
    "quotient rule of 1 / x": (lambda x, y: (0.0 * x - 1.0 * 1.0) / (x * x), lambda x, y: -1.0 / (x * x)),
    "a sum that began with 0": (lambda x, y: sum([x, y, x]), lambda x, y: x + y + x),
    "terms that cancel": (lambda x, y: x + -x + y, lambda x, y: y),
    "double signs": (lambda x, y: np.negative(-x) - -y, lambda x, y: x + y),
    "numbers": (lambda x, y: x * (np.cos(0.25 * (x - x)) + 2.0), lambda x, y: x * 3.0),
    "a product in both orders": (lambda x, y: x * y + y * x, lambda x, y: (x * y) + (x * y)),
    "what nobody reads": (lambda x, y: np.where(True, x, np.exp(y)), lambda x, y: x),
    "powers of 1 and 0": (lambda x, y: (x**0.0 * y) ** 1.0, lambda x, y: y),
    "log of exp": (lambda x, y: np.log(np.exp(x + 0.0)), lambda x, y: x),
}
THERE, BACK = (4, 2, 3), (1, 2, 3)
MOVED = {
    "reshape twice": (lambda x: np.reshape(np.reshape(x, (3, 2)), 6), lambda x: np.reshape(x, 6)),
    "reshape there and back": (lambda x: np.reshape(np.reshape(x, 6), (2, 3)), lambda x: x),
    "transpose twice": (lambda x: x.T.T, lambda x: x),
    "a cycle of three axes": (
        lambda x: x[None].transpose(1, 2, 0).transpose(1, 2, 0),
        lambda x: x[None].transpose(2, 0, 1),
    ),
    "broadcast to its shape": (lambda x: np.broadcast_to(x, (2, 3)), lambda x: x),
    "broadcast twice": (
        lambda x: np.broadcast_to(np.broadcast_to(x, BACK), THERE),
        lambda x: np.broadcast_to(x, THERE),
    ),
    "nothing padded": (lambda x: np.pad(x, 0), lambda x: x),
    "one part joined": (lambda x: np.concatenate([x]), lambda x: x),
    "sums over no axis": (lambda x: np.sum(x, axis=()) * np.prod(x, axis=()), lambda x: x * x),
    "zeros of its shape": (lambda x: x + np.zeros((2, 3)), lambda x: x),
    "ones of a larger shape": (lambda x: x * np.ones(THERE), lambda x: np.broadcast_to(x, THERE)),
    "ones on their side": (lambda x: x * np.broadcast_to(1.0, (3, 2)).T, lambda x: x),
}


@pytest.mark.parametrize(("before", "after"), SIMPLIFIED.values(), ids=SIMPLIFIED)
def test_litter_is_removed(before, after):
    found, wanted = measure(simplify(trace(before, 0.7, 1.3))), measure(trace(after, 0.7, 1.3))
    assert (found.op_count, found.dag_size, found.tree_size) == (wanted.op_count, wanted.dag_size, wanted.tree_size)
    assert_near(simplify(trace(before, 0.7, 1.3))(1.1, 0.4), after(1.1, 0.4))


@pytest.mark.parametrize(("before", "after"), MOVED.values(), ids=MOVED)
def test_data_is_not_moved_for_nothing(before, after):
    found, wanted = simplify(trace(before, M)), trace(after, M)
    assert str(found) == str(wanted)
    np.testing.assert_array_equal(found(M), trace(before, M)(M))


KEPT = {
    "exp of log: defined for x > 0 only": lambda x: np.exp(np.log(x)),
    "a root of a square is not x": lambda x: np.sqrt(x * x),
    "a difference that rounding does not undo": lambda x: (x + 1e8) - 1e8,
    "factors are not gathered": lambda x: x * 2.0 * 3.0,
    "the logarithm of 0": lambda x: x + np.log(trace_constant(0.0, x)),
    "a quotient by 0": lambda x: x + 1.0 / trace_constant(0.0, x),
    "the inverse of a singular matrix": lambda x: x + np.linalg.inv(trace_constant(np.zeros((2, 2)), x))[0, 0],
}


def trace_constant(value, x):
    """A constant that NumPy does not compute with at once."""
    return x.recorder.constant(value)


@pytest.mark.parametrize("f", KEPT.values(), ids=KEPT)
def test_what_would_change_values_or_hide_an_error_is_kept(f):
    e = trace(f, 0.7)
    assert simplify(e) == e


def test_a_rule_of_real_numbers_is_not_applied_to_complex_ones():
    e = trace(lambda x: np.log(np.exp(x)), 1.0 + 5.0j)
    assert simplify(e) == e


def test_a_dtype_is_never_changed():
    e = trace(lambda x: x + np.zeros(3), np.ones(3, np.float32))
    assert e.nodes[-1].dtype == np.float64
    assert simplify(e) == e
    single = simplify(trace(lambda x: x * 1.0 + 0.0, np.ones(3, np.float32)))
    assert [node.dtype for node in single.nodes] == [np.float32]


@pytest.mark.parametrize(("entries", "folded"), [(FOLD_LIMIT, True), (FOLD_LIMIT + 1, False)])
def test_only_small_constants_are_computed_beforehand(entries, folded):
    def f(x):
        return x + np.sin(trace_constant(np.linspace(0.0, 1.0, entries), x))

    e = trace(f, 1.0)
    assert ("sin" in str(simplify(e))) is not folded
    np.testing.assert_array_equal(simplify(e)(2.0), e(2.0))


def test_names_roles_structure_and_lines_stay():
    def f(params, x):
        return {"y": params["w"] * x * 1.0, "z": (x + 0.0, params["b"])}

    e = trace(f, {"w": 2.0, "b": 1.0, "unread": 5.0}, 3.0, parameters=("params",))
    s = simplify(e)
    assert [(i.name, i.role) for i in s.inputs] == [(i.name, i.role) for i in e.inputs]
    assert (s.arguments, s.results) == (e.arguments, e.results)
    assert s({"w": 2.0, "b": 1.0, "unread": 5.0}, 3.0) == {"y": 6.0, "z": (3.0, 1.0)}
    assert s.nodes[s.outputs[0]].line == e.nodes[e.outputs[0]].line != ""


def test_a_long_list_is_simplified_without_recursion():
    def f(x):
        for _ in range(20_000):
            x = np.negative(-np.sin(x * 1.0)) + 0.0
        return x

    assert measure(simplify(trace(f, 1.0))).op_count == {"sin": 20_000}


# -- laws --------------------------------------------------------------------------------------------------------------

LITTER = (
    Move("+ 0", 1, always, lambda x: x + 0.0),
    Move("0 +", 1, always, lambda x: 0.0 + x),
    Move("- 0", 1, always, lambda x: x - 0.0),
    Move("0 -", 1, always, lambda x: 0.0 - x),
    Move("* 1", 1, always, lambda x: x * 1.0),
    Move("* 0", 1, always, lambda x: x * 0.0),
    Move("* -1", 1, always, lambda x: -1.0 * x),
    Move("/ 1", 1, always, lambda x: x / 1.0),
    Move("** 1", 1, always, lambda x: x**1.0),
    Move("** 0", 1, always, lambda x: x**0.0),
    Move("x - x", 1, always, lambda x: x - x),
    Move("x - y + y - x", 2, broadcasts, lambda x, y: (x - y) + (y - x)),
    Move("- -", 1, always, lambda x: np.negative(-x)),
    Move("+ -", 2, broadcasts, lambda x, y: x + -y),
    Move("- * -", 2, broadcasts, lambda x, y: (-x) * (-y)),
    Move("cos -", 1, always, lambda x: np.cos(-x)),
    Move("log exp", 1, always, lambda x: np.log(np.exp(x))),
    Move("zeros", 1, always, lambda x: x + np.zeros((2, *np.shape(x))) if np.ndim(x) < 3 else x * np.ones(np.shape(x))),
    Move("T T", 1, with_axes(1), lambda x: x.T.T),
    Move("reshape twice", 1, with_axes(1), lambda x: x.reshape(-1).reshape(np.shape(x))),
    Move("both orders", 2, broadcasts, lambda x, y: x * y + y * x),
)


@st.composite
def littered(draw):
    """A random expression in which every other step is good for nothing."""
    e, args = draw(random_expressions(steps=4))
    pool = [*args]
    taken = []
    for _ in range(draw(st.integers(1, 10))):
        move = draw(st.sampled_from(LITTER if draw(st.booleans()) else LITTER + MOVES))
        places = tuple(draw(st.integers(0, len(pool) - 1)) for _ in range(move.arity))
        if not move.fits(*(np.shape(pool[i]) for i in places)):
            continue
        value = move.step(*(pool[i] for i in places))
        if np.size(value) <= 64 and np.all(np.isfinite(value)) and np.all(np.abs(value) < 20):
            pool.append(value)
            taken.append((move, places))

    def program(*x):
        values = list(x)
        for move, places in taken:
            values.append(move.step(*(values[i] for i in places)))
        return (e(*x), *values)

    return trace(program, *args), args


@given(littered(), seeds)
@settings(max_examples=150, deadline=None)
def test_values_stay_sizes_never_grow_and_twice_is_once(case, seed):
    e, args = case
    s = simplify(e)
    rng = np.random.default_rng(seed)
    for point in (args, tuple(np.asarray(x * rng.uniform(0.9, 1.1, np.shape(x)))[()] for x in args)):
        assert_near(s(*point), e(*point))
    before, after = measure(e), measure(s)
    assert len(s.nodes) <= len(e.nodes)
    assert after.dag_size <= before.dag_size
    assert after.tree_size <= before.tree_size
    assert after.flops <= before.flops
    assert simplify(s) == s


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_functions_of_the_corpus_keep_their_values(case):
    f, args = case.at()
    e = trace(f, *args)
    s = simplify(e)
    assert len(s.nodes) <= len(e.nodes)
    assert_near(s(*args), e(*args))

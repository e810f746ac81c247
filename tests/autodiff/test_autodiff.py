"""Automatic differentiation: the two sweeps, the programs that they write, and the family of grad."""

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autodiff
from expression import (
    ArgumentError,
    ControlFlowError,
    Expression,
    ExpressionError,
    UnsupportedOperation,
    measure,
    trace,
)
from expression.evaluation import evaluate, mpmath_arithmetic
from tests.strategies import random_expressions

EPS = np.finfo(float).eps
EXACT = 1e-12  # both sides round; a well-conditioned program of some 50 operations loses at most 50 * 50 * eps


def near(a, b, tolerance=EXACT):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    assert a.shape == b.shape
    np.testing.assert_array_less(np.abs(a - b), tolerance * np.maximum(1, np.abs(a) + np.abs(b)))


def leaves(tree):
    return [np.asarray(x, dtype=float) for x in (tree if isinstance(tree, tuple) else (tree,))]


# -- against SymPy ---------------------------------------------------------------------------------------------------

x, y = sympy.symbols("x y", real=True)
FORMULAS = {
    "baydin": (lambda x, y: np.log(x) + x * y - np.sin(y), sympy.log(x) + x * y - sympy.sin(y)),
    "quotient": (lambda x, y: np.sin(x * y) / (1 + y**2), sympy.sin(x * y) / (1 + y**2)),
    "power": (lambda x, y: x**y + y ** (-3), x**y + y ** (-3)),
    "nested": (lambda x, y: np.exp(np.tanh(x) * np.sqrt(y)), sympy.exp(sympy.tanh(x) * sympy.sqrt(y))),
    "fan-out": (lambda x, y: (x * y) * (x * y) * (x * y + x), (x * y) ** 2 * (x * y + x)),
    "inverse": (lambda x, y: np.arctan2(x, y) + np.arcsinh(x * y), sympy.atan2(x, y) + sympy.asinh(x * y)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_derivatives_to_third_order_are_sympys(name):
    f, formula = FORMULAS[name]
    at = {x: 0.7, y: 1.3}
    e = trace(f, 0.7, 1.3)
    first = autodiff.derive(e, "x")
    second = autodiff.derive(first, "y")
    third = autodiff.derive(second, "x")
    for program, order in ((first, (x,)), (second, (x, y)), (third, (x, y, x))):
        near(program(0.7, 1.3), float(formula.diff(*order).subs(at).evalf(30)))


def test_derivatives_of_tanh_to_sixth_order_are_sympys():
    program = trace(np.tanh, 0.4)
    for order in range(1, 7):
        program = autodiff.derive(program)
        near(program(0.4), float(sympy.diff(sympy.tanh(x), x, order).subs(x, 0.4).evalf(30)))


# -- the programs ----------------------------------------------------------------------------------------------------


def test_the_adjoint_program_is_the_one_that_a_person_would_write():
    e = trace(lambda x, y: np.log(x) + x * y - np.sin(y), 2.0, 5.0)
    assert str(autodiff.derive(e)).splitlines() == [
        "x, y -> v7, v4",
        "  v0 = input x",
        "  v1 = input y",
        "  v2 = cos(v1)",
        "  v3 = neg(v2)",
        "  v4 = add(v3, v0)",
        "  v5 = constant 1.0",
        "  v6 = div(v5, v0)",
        "  v7 = add(v1, v6)",
    ]


def test_there_is_no_times_one_and_no_plus_zero():
    e = trace(lambda x: np.sum(np.sin(x) + x - 3.0), np.ones(3))
    counted = measure(autodiff.derive(e)).op_count
    assert counted == {"add": 1, "cos": 1}


def test_a_fan_out_accumulates_where_naive_recursion_would_count_paths():
    def doubled(a):
        b = a + a
        return b + b

    assert autodiff.grad(doubled)(1.0) == 4.0

    def deep(a):
        for _ in range(60):
            a = a + a
        return a

    e = trace(deep, 1.0)
    assert measure(e).path_count == 2**60
    assert autodiff.grad(deep)(1.0) == 2.0**60
    assert len(autodiff.derive(e)) < 200


def test_an_inactive_argument_costs_nothing():
    e = trace(lambda x, n: (x * n) ** 2.0, -1.5, 2.0)
    assert "log" not in measure(autodiff.derive(e)).op_count
    assert autodiff.grad(lambda x: (x * 2.0) ** 2)(-1.5) == -12.0


def test_a_program_keeps_the_names_roles_and_structure_of_its_arguments():
    def loss(p, x):
        return np.sum((x @ p["W"] + p["b"]) ** 2)

    args = ({"W": np.ones((3, 2)), "b": np.zeros(2)}, np.arange(6.0).reshape(2, 3))
    e = trace(loss, *args, parameters=["p"])
    d = autodiff.derive(e, value=True)
    assert d.inputs == e.inputs
    value, (gradient, of_x) = d(*args)
    assert value == loss(*args)
    assert set(gradient) == {"W", "b"}
    assert of_x.shape == (2, 3)
    assert autodiff.derive(e, "p_b")(*args).tolist() == gradient["b"].tolist()
    assert [np.shape(g) for g in autodiff.derive(e, ("x", "p_W"))(*args)] == [(2, 3), (3, 2)]


def test_integer_inputs_are_carried_and_have_no_gradient():
    e = trace(lambda x, k: np.sum(x[k]), np.ones(4), np.array([0, 2, 2]))
    gradient, nothing = autodiff.derive(e)(np.ones(4), np.array([0, 2, 2]))
    assert gradient.tolist() == [1, 0, 2, 0]
    assert nothing is None


@settings(deadline=None, max_examples=60)
@given(random_expressions(scalar=True))
def test_reverse_and_forward_programs_and_the_sweep_on_arrays_agree(drawn):
    e, args = drawn
    reverse, forward = autodiff.derive(e)(*args), autodiff.derive_forward(e)(*args)
    swept = autodiff.grad(e, tuple(range(len(args))))(*args)
    for a, b, c in zip(leaves(reverse), leaves(forward), leaves(swept), strict=True):
        near(a, b)
        near(a, c)


@settings(deadline=None, max_examples=60)
@given(random_expressions(), st.integers(0, 2**32 - 1))
def test_a_pullback_is_the_transpose_of_the_pushforward(drawn, seed):
    e, args = drawn
    rng = np.random.default_rng(seed)
    x_dot = tuple(rng.normal(size=np.shape(a)) for a in args)
    value, y_dot = autodiff.jvp(e, args, x_dot)
    y_bar = rng.normal(size=np.shape(value))
    x_bar = autodiff.vjp(e, *args)[1](y_bar)
    left, right = np.sum(y_bar * y_dot), sum(np.sum(a * b) for a, b in zip(x_bar, x_dot, strict=True))
    scale = sum(np.sum(np.abs(a * b)) for a, b in zip(x_bar, x_dot, strict=True)) + np.sum(np.abs(y_bar * y_dot))
    assert abs(left - right) <= EXACT * max(1.0, float(scale))


@settings(deadline=None, max_examples=40)
@given(random_expressions(scalar=True))
def test_hessians_are_symmetric(drawn):
    e, args = drawn
    every = tuple(range(len(args)))
    blocks = autodiff.hessian(e, every)(*args)
    for i in every:
        for j in every:
            a, b = np.asarray(blocks[i][j]), np.asarray(blocks[j][i])
            rows, columns = np.size(args[i]), np.size(args[j])
            a, b = a.reshape(rows, columns), b.reshape(columns, rows).T
            scale = max(1.0, float(np.max(np.abs(a), initial=0)))
            assert np.all(np.abs(a - b) <= EXACT * scale)


@settings(deadline=None, max_examples=30)
@given(random_expressions(scalar=True, steps=5))
def test_gradients_are_the_slopes_of_the_value_in_fifty_digits(drawn):
    e, args = drawn
    arithmetic = mpmath_arithmetic(50)
    gradient = leaves(autodiff.grad(e, tuple(range(len(args))))(*args))
    rng = np.random.default_rng(0)
    direction = [rng.normal(size=np.shape(a)) for a in args]
    h = mpmath.mpf(10) ** -15

    def along(t):
        with mpmath.workdps(50):
            moved = []
            for a, d in zip(args, direction, strict=True):
                flat = [
                    mpmath.mpf(float(p)) + t * mpmath.mpf(float(q))
                    for p, q in zip(np.ravel(a), np.ravel(d), strict=True)
                ]
                holder = np.empty(len(flat), dtype=object)
                holder[:] = flat
                moved.append(holder.reshape(np.shape(a)))
            return evaluate(e, tuple(moved), arithmetic)

    with mpmath.workdps(50):
        slope = float((mpmath.mpf(along(h)) - mpmath.mpf(along(-h))) / (2 * h))
    expected = sum(float(np.sum(g * d)) for g, d in zip(gradient, direction, strict=True))
    near(slope, expected)  # truncation h**2 = 1e-30 counts for nothing: what is left is the rounding of the sweep


# -- kinks, branches, domains ----------------------------------------------------------------------------------------


def trap(x):
    return np.where(x > 0, x**3, np.sqrt(-x))


@pytest.mark.parametrize("mode", [autodiff.derive, autodiff.derive_forward])
def test_the_branch_not_taken_contributes_exactly_nothing_to_third_order(mode):
    program = trace(trap, 1.0)
    for expected in (3.0, 6.0, 6.0):
        program = mode(program)
        assert program(1.0) == expected


def test_the_branch_not_taken_contributes_nothing_to_gradients_of_arrays():
    assert autodiff.grad(lambda x: np.sum(trap(x)))(np.array([1.0, -4.0])).tolist() == [3.0, -0.25]
    assert autodiff.jvp(trap, (2.0,), (1.0,)) == (8.0, 12.0)


KINKS = {
    "relu": (lambda x: np.maximum(x, 0.0), 0.5),
    "abs": (np.abs, 0.0),
    "sign": (np.sign, 0.0),
    "floor": (np.floor, 0.0),
}


@pytest.mark.parametrize("name", KINKS)
def test_kinks_follow_the_stated_policy(name):
    f, expected = KINKS[name]
    assert autodiff.grad(f)(0.0) == expected


def test_entries_that_tie_for_the_maximum_share_the_derivative():
    assert autodiff.grad(np.max)(np.array([1.0, 1.0, 0.0])).tolist() == [0.5, 0.5, 0.0]


def test_speelpennings_product_is_right_where_dividing_by_x_would_fail():
    assert autodiff.grad(np.prod)(np.array([0.0, 1.0, 2.0, 3.0])).tolist() == [6.0, 0.0, 0.0, 0.0]
    assert autodiff.grad(np.prod)(np.array([0.0, 1.0, 0.0, 3.0])).tolist() == [0.0, 0.0, 0.0, 0.0]


# -- the family ------------------------------------------------------------------------------------------------------


def test_results_mirror_the_argument():
    tree = {"a": 2.0, "b": [np.ones(2), (3.0,)]}
    gradient = autodiff.grad(lambda t: t["a"] * np.sum(t["b"][0]) * t["b"][1][0])(tree)
    assert gradient["a"] == 6.0
    assert gradient["b"][0].tolist() == [6.0, 6.0]
    assert gradient["b"][1] == (4.0,)
    assert isinstance(gradient["a"], float)


def test_argnums_choose_and_may_be_negative_or_several():
    f = lambda x, y, z: x * y**2 * z**3  # noqa: E731
    assert autodiff.grad(f, -1)(1.0, 2.0, 3.0) == 108.0
    assert autodiff.grad(f, (2, 0))(1.0, 2.0, 3.0) == (108.0, 108.0)


def test_a_jacobian_has_the_shape_of_the_output_then_of_the_input():
    a = np.arange(6.0).reshape(2, 3)
    found = autodiff.jacobian(lambda w: {"y": w @ np.array([1.0, 2.0, 3.0]), "s": np.sum(w**2)})(a)
    assert found["y"].shape == (2, 2, 3)
    assert found["s"].tolist() == (2 * a).tolist()
    assert autodiff.jacobian(lambda w: w[:0])(np.ones(3)).shape == (0, 3)


def test_a_hessian_vector_product_is_the_hessian_times_the_vector():
    def rosenbrock(v):
        return np.sum(100.0 * (v[1:] - v[:-1] ** 2) ** 2 + (1.0 - v[:-1]) ** 2)

    at, v = np.array([-1.2, 1.0]), np.array([0.3, -2.0])
    assert autodiff.hessian(rosenbrock)(at) == pytest.approx(np.array([[1330.0, 480.0], [480.0, 200.0]]), rel=EXACT)
    near(autodiff.hvp(rosenbrock, (at,), (v,)), np.array([[1330.0, 480.0], [480.0, 200.0]]) @ v)


@example(1.0, 1.0)
@given(st.floats(-3, 3), st.floats(-3, 3))
@settings(deadline=None, max_examples=10)
def test_perturbations_are_not_confused(at, inner):
    d = autodiff.grad
    assert d(lambda x: x * d(lambda y: x + y)(inner))(at) == 1.0
    near(d(lambda x: x * d(lambda y: x * y)(inner))(at), 2 * at)
    near(d(lambda x: d(lambda y: x * y * y)(x))(at), 4 * at)
    near(autodiff.jvp(lambda x: x * autodiff.jvp(lambda y: x + y, (inner,), (1.0,))[1], (at,), (1.0,))[1], 1.0)


def test_gradients_are_fresh_and_may_be_written_into():
    gradient = autodiff.grad(np.sum)(np.ones(3))
    gradient += 1.0
    assert autodiff.grad(np.sum)(np.ones(3)).tolist() == [1.0, 1.0, 1.0]


def test_float32_stays_float32():
    f = lambda v: np.sum(np.maximum(v, 0.0) * np.where(v > 1, v, 2.0))  # noqa: E731
    v = np.array([0.5, 2.0], dtype=np.float32)
    assert autodiff.grad(f)(v).dtype == np.float32
    assert autodiff.derive(trace(f, v))(v).dtype == np.float32


def modulus(x):
    return abs(1j * x)


BAD = [
    (lambda: autodiff.grad(lambda v: v)(np.ones(3)), ArgumentError, "grad needs a scalar output, got shape (3,)"),
    (lambda: autodiff.grad(lambda v: (v, v))(1.0), ArgumentError, "grad needs a scalar output, got 2 outputs"),
    (lambda: autodiff.grad(lambda x: x)(2), ArgumentError, "x is an int: derivatives need floats; write 2.0 for 2"),
    (lambda: autodiff.grad(np.sum)(np.arange(3)), ArgumentError, "int64 of shape (3,): derivatives need floats"),
    (lambda: autodiff.grad(lambda x: x)(float("nan")), ArgumentError, "x holds nan"),
    (lambda: autodiff.grad(lambda x: x, 1)(2.0), ArgumentError, "argnums=1: the call has 1 positional arguments"),
    (lambda: autodiff.grad(lambda x: x, 0.5)(2.0), ArgumentError, "argnums=0.5: the call has 1 positional arguments"),
    (lambda: autodiff.grad(lambda: 1.0)(), ArgumentError, "0 positional arguments, so there is nothing"),
    (lambda: autodiff.grad(abs)(1j), ArgumentError, "x is complex128: derivatives need real floats"),
    (lambda: autodiff.grad(modulus)(2.0), UnsupportedOperation, "mul is complex128 (test_autodiff.py, "),
    (lambda: autodiff.jvp(modulus, (2.0,), (1.0,)), UnsupportedOperation, "mul is complex128 (test_autodiff.py, "),
    (lambda: autodiff.jvp(lambda x: x, (1.0,), (1j,)), ArgumentError, "tangent 0 is complex128: expected real floats"),
    (lambda: autodiff.grad(np.sum)(np.ma.array([1.0])), ArgumentError, "is a MaskedArray, which computes by rules of"),
    (lambda: autodiff.grad(np.sum)(np.eye(2).view(np.matrix)), ArgumentError, "is a matrix, which computes by"),
    (lambda: autodiff.jvp(lambda x: x, (1.0,), (np.ones(2),)), ArgumentError, "tangent 0: expected shape (), got (2,)"),
    (lambda: autodiff.vjp(np.sin, 1.0)[1]((1.0, 2.0)), ArgumentError, "cotangent must have the structure"),
    (lambda: autodiff.grad(np.fft.fft)(np.ones(2)), UnsupportedOperation, "np.fft.fft has no derivative rule here ("),
    (lambda: trace(autodiff.grad(lambda x: x if x > 0 else -x), 1.0), ControlFlowError, "np.where or expression.cond"),
    (lambda: autodiff.grad(lambda x: x + np.ones(4))(np.ones(3)), ExpressionError, "(3,) and (4,) do not broadcast"),
    (lambda: autodiff.derive(trace(np.sin, np.ones(2))), ArgumentError, "derive needs a scalar output, got shape (2,)"),
    (lambda: autodiff.derive(trace(lambda x: x, 1.0), "z"), ArgumentError, "wrt='z' is not an input; the inputs are x"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "text"), BAD, ids=[text[:40] for _, _, text in BAD])
def test_misuse_is_one_line_that_says_what_would_be_right(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


# -- depth -----------------------------------------------------------------------------------------------------------


def test_a_long_chain_needs_no_recursion():
    def chain(v):
        for _ in range(20_000):
            v = np.sin(v) * 1.01
        return v

    e = trace(chain, 0.2)
    d = autodiff.derive(e)
    assert isinstance(d, Expression)
    expected, v = 1.0, 0.2
    for _ in range(20_000):
        v, expected = np.sin(v) * 1.01, expected * np.cos(v) * 1.01
    near(d(0.2), expected, 40_000 * EPS)

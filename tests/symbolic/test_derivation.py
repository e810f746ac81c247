"""derive: published derivatives, closed forms over arrays, linear size, and what is refused."""

import sys

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from expression import ArgumentError, SizeLimitError, UnsupportedOperation, measure, operation, trace
from expression.corpus import CORPUS
from expression.functions import softmax
from expression.measures import tree_sizes
from expression.structure import flatten
from symbolic import derive, from_sympy, to_sympy
from tests.strategies import random_programs
from tests.symbolic.oracles import EXACT, MP, directional, near

x = sympy.Symbol("x", real=True)
BAYDIN = {  # Baydin et al., "Automatic differentiation in machine learning: a survey", JMLR (2018), table 1
    1: sympy.Integer(1),
    2: 4 - 8 * x,
    3: 16 * (1 - 10 * x + 24 * x**2 - 16 * x**3),
    4: 64 * (1 - 42 * x + 504 * x**2 - 2640 * x**3 + 7040 * x**4 - 9984 * x**5 + 7168 * x**6 - 2048 * x**7),
}


def logistic(n, at=0.2):
    def f(x):
        for _ in range(n - 1):
            x = 4.0 * x * (1.0 - x)
        return x

    return trace(f, at)


def speelpenning(n):
    return trace(np.prod, np.ones(n))


# -- published --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", BAYDIN)
@pytest.mark.parametrize("sharing", [True, False])
def test_the_logistic_map_has_the_published_derivatives(n, sharing):
    found = to_sympy(derive(logistic(n), sharing=sharing))
    assert sympy.expand(found - BAYDIN[n]) == 0


@pytest.mark.parametrize("n", [4, 20, 40])
def test_the_logistic_map_follows_its_closed_form(n):
    angle = MP.asin(MP.sqrt(MP.mpf(0.2)))  # l_n' = 2^(n-1) sin(2^n angle) / sin(2 angle)
    wanted = MP.mpf(2) ** (n - 1) * MP.sin(MP.mpf(2) ** n * angle) / MP.sin(2 * angle)
    found = derive(logistic(n))(0.2)
    assert abs(found / wanted - 1) < 2.0**n * sys.float_info.epsilon * n  # one bit is lost at each step


def test_the_derivative_of_the_logistic_map_at_one_fifth_is_exact():
    near(derive(logistic(4))(0.2), 9.0660864)


def test_baydins_trace_has_the_published_values():
    e = trace(lambda x, y: np.log(x) + x * y - np.sin(y), 2.0, 5.0)
    assert derive(e)(2.0, 5.0) == (5.5, 2.0 - np.cos(5.0))


@pytest.mark.parametrize("n", [3, 4, 5, 6, 8])
def test_speelpennings_closed_form_has_n_times_n_minus_2_products(n):
    closed, shared = derive(speelpenning(n), sharing=False), derive(speelpenning(n), value=True)
    gradient = to_sympy(closed)
    assert sum(sympy.count_ops(g) for g in gradient) == n * (n - 2)
    assert measure(shared).op_count["mul"] <= 3 * n
    wanted = np.array([np.prod(np.delete(np.arange(1.0, n + 1), k)) for k in range(n)])
    near(closed(np.arange(1.0, n + 1)), wanted)


def test_speelpennings_gradient_is_right_at_zeros():
    assert derive(speelpenning(4))(np.array([2.0, 0.0, 3.0, 5.0])).tolist() == [0.0, 30.0, 0.0, 0.0]
    assert derive(speelpenning(4))(np.array([2.0, 0.0, 3.0, 0.0])).tolist() == [0.0] * 4


@pytest.mark.parametrize("name", [case.name for case in CORPUS.values() if case.smooth and not case.requires])
def test_every_smooth_function_of_the_corpus_agrees_with_mpmath(name):
    case = CORPUS[name]
    args = case.arguments()
    e = trace(case.function, *args)
    leaves = flatten(args)[0]
    generator = np.random.default_rng(11)
    tangents = [generator.normal(size=np.shape(v)) * (1 + np.abs(v)) for v in leaves]
    gradient = flatten(derive(e, tuple(i.name for i in e.inputs))(*args))[0]
    found = sum(float(np.sum(g * v)) for g, v in zip(gradient, tangents, strict=True))
    near(found, directional(e, leaves, tangents))


# -- size -------------------------------------------------------------------------------------------------------------


def test_with_sharing_the_size_is_linear():
    sizes = [len(derive(logistic(n))) for n in (100, 200, 400)]
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0]) == 200 * 7  # 3 forward, 4 back, for each step


def test_without_sharing_the_formula_swells():
    trees = [sum(tree_sizes(d := derive(logistic(n), sharing=False), d.outputs).values()) for n in (6, 7, 8)]
    assert trees[1] > 2 * trees[0] and trees[2] > 2 * trees[1]


def test_there_is_no_litter():
    e = derive(trace(lambda x, y: (x + y) * 3.0 - y, 1.0, 2.0))
    assert e(1.0, 2.0) == (3.0, 2.0)
    assert not any(node.operands for node in e.nodes)


def test_a_long_chain_is_no_deep_recursion():
    def f(x):
        for _ in range(20000):
            x = x + 1e-3 * np.sin(x)
        return x

    value, wanted = 0.3, 1.0
    for _ in range(20000):
        value, wanted = value + 1e-3 * np.sin(value), wanted * (1 + 1e-3 * np.cos(value))
    near(derive(trace(f, 0.3))(0.3), wanted)


# -- higher order, and whose derivative --------------------------------------------------------------------------------


THIRD = {
    "polynomial": (lambda x: x**5 - 2 * x**3, lambda c, x: x**5 - 2 * x**3),
    "quotient": (lambda x: np.sin(x) / (1 + x * x), lambda c, x: c.sin(x) / (1 + x * x)),
    "composite": (lambda x: np.exp(np.tanh(x)) * np.log(x), lambda c, x: c.exp(c.tanh(x)) * c.log(x)),
    "power": (lambda x: x**x, lambda c, x: x**x),
}


@pytest.mark.parametrize("case", THIRD)
@pytest.mark.parametrize("sharing", [True, False])
def test_derivatives_of_derivatives_to_third_order(case, sharing):
    f, over = THIRD[case]
    e = trace(f, 0.7)
    for order in (1, 2, 3):
        e = derive(e, sharing=sharing)
        wanted = float(MP.diff(lambda v: over(MP, v), MP.mpf(0.7), order))
        near(e(0.7), wanted, 10**order * EXACT)  # cancellation grows with the order


def test_results_mirror_the_arguments_or_the_names():
    e = trace(lambda p, t: p["a"] * p["b"][0] * t, {"a": 2.0, "b": [3.0]}, 5.0)
    args = ({"a": 2.0, "b": [3.0]}, 5.0)
    assert derive(e)(*args) == ({"a": 15.0, "b": [10.0]}, 6.0)
    assert derive(e, "t")(*args) == 6.0
    assert derive(e, ("t", "p_a"), value=True)(*args) == (30.0, (6.0, 15.0))
    assert [i.name for i in derive(e, "t").inputs] == [i.name for i in e.inputs]


def test_an_input_that_the_output_does_not_read_has_derivative_0():
    e = derive(trace(lambda x, y: 2.0 * x[0], np.ones(2), np.ones(3)))
    found = e(np.ones(2), np.ones(3))
    assert [f.tolist() for f in found] == [[2.0, 0.0], [0.0, 0.0, 0.0]]


def test_a_single_precision_input_has_a_single_precision_gradient():
    e = derive(trace(lambda x: np.sum(np.sin(x) * np.where(x > 0, x, 0)), np.ones(2, np.float32)))
    assert e(np.ones(2, np.float32)).dtype == np.float32


def test_truth_values_and_numbers_are_different_constants():
    e = trace(lambda x: np.sum(np.where(np.array([True, False]), x * np.array([1.0, 2.0]), np.sin(x))), np.zeros(2))
    assert derive(e)(np.zeros(2)).tolist() == [1.0, 1.0]


def test_the_body_of_a_users_operation_is_differentiated_not_its_rule():
    @operation(partials=(lambda y, x: 99.0 * x,))
    def softsign_with_a_wrong_rule(x):
        return x / (1 + np.abs(x))

    for sharing in (True, False):
        e = trace(lambda x: softsign_with_a_wrong_rule(2 * x), 1.0)
        near(derive(e, sharing=sharing)(1.0), 2 / 9)


# -- arrays -----------------------------------------------------------------------------------------------------------

rng = np.random.default_rng(7)
A, B = rng.normal(size=(3, 2)), rng.normal(size=(2, 4))
M = rng.normal(size=(3, 3)) + 4 * np.eye(3)
V = rng.normal(size=3)
SPD = M @ M.T
IMAGES, LABELS = rng.normal(size=(5, 4)), np.eye(3)[[0, 2, 1, 1, 0]]
W = rng.normal(size=(4, 3))
CLOSED_FORMS = {
    "matmul": (lambda a: np.sum(a @ B), A, np.ones((3, 4)) @ B.T),
    "quadratic form": (lambda v: v @ M @ v, V, (M + M.T) @ V),
    "logsumexp": (lambda v: np.logaddexp.reduce(v), V, np.exp(V) / np.sum(np.exp(V))),
    "norm": (lambda v: np.linalg.norm(v), V, V / np.linalg.norm(V)),
    "variance": (lambda v: np.var(v), V, 2 * (V - V.mean()) / 3),
    "determinant": (lambda m: np.linalg.det(m), M, np.linalg.det(M) * np.linalg.inv(M).T),
    "determinant of a row exchange": (
        np.linalg.det,
        np.array([[0.0, 1.0], [1.0, 0.0]]),
        np.array([[0, -1.0], [-1, 0]]),
    ),
    "log determinant": (lambda m: np.linalg.slogdet(m)[1], M, np.linalg.inv(M).T),
    "solve": (
        lambda m: V @ np.linalg.solve(m, V),
        M,
        -np.outer(np.linalg.solve(M.T, V), np.linalg.solve(M, V)),
    ),
    "inverse": (lambda m: np.trace(np.linalg.inv(m)), M, -(np.linalg.inv(M) @ np.linalg.inv(M)).T),
    "cholesky": (  # NumPy reads the lower triangle alone
        lambda m: 2 * np.sum(np.log(np.diag(np.linalg.cholesky(m)))),
        SPD,
        np.tril(2 * np.linalg.inv(SPD)) - np.diag(np.diag(np.linalg.inv(SPD))),
    ),
    "gather": (lambda v: np.sum(v[np.array([0, 0, 2])] ** 2), V, np.array([4 * V[0], 0.0, 2 * V[2]])),
    "softmax regression": (
        lambda w: -np.sum(LABELS * np.log(softmax(IMAGES @ w, axis=-1))) / 5,
        W,
        IMAGES.T @ (np.exp(IMAGES @ W) / np.exp(IMAGES @ W).sum(axis=1, keepdims=True) - LABELS) / 5,
    ),
}


@pytest.mark.parametrize("case", CLOSED_FORMS)
def test_gradients_of_arrays_have_their_closed_forms(case):
    f, at, wanted = CLOSED_FORMS[case]
    near(derive(trace(f, at))(at), wanted)


@settings(deadline=None, max_examples=60)
@given(random_programs(scalar=True), st.integers(0, 2**32 - 1))
def test_the_gradient_of_any_program_agrees_with_mpmath(drawn, seed):
    program, args = drawn
    e = trace(program, *args)
    tangents = [np.random.default_rng(seed).normal(size=np.shape(v)) for v in args]
    gradient = derive(e, tuple(i.name for i in e.inputs))(*args)
    found = sum(float(np.sum(g * v)) for g, v in zip(gradient, tangents, strict=True))
    near(found, directional(e, args, tangents))


@settings(deadline=None, max_examples=30)
@given(random_programs(scalar=True, steps=3, inputs=2))
def test_the_closed_form_has_the_values_of_the_list(drawn):
    program, args = drawn
    e = trace(program, *args)
    try:
        closed = derive(e, sharing=False)
    except SizeLimitError:
        return
    near(closed(*args), derive(e)(*args))


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_a_request_beyond_the_limit_is_refused_with_its_size():
    with pytest.raises(SizeLimitError, match=r"derive would write \d+ nodes, the limit is 500000; use autodiff"):
        derive(trace(lambda a: np.sum(a @ a), np.ones((100, 100))))
    with pytest.raises(SizeLimitError, match=r"derive would write 1500 nodes, the limit is 1000"):
        derive(logistic(100), limit=1000)


def test_a_closed_form_beyond_the_limit_is_refused_before_sympy_begins():
    with pytest.raises(SizeLimitError, match=r"derive with sharing=False would write about 10\^32 nodes"):
        derive(logistic(100), sharing=False)
    with pytest.raises(SizeLimitError, match=r"would write 73 nodes, the limit is 60; use sharing=True"):
        derive(logistic(3), sharing=False, limit=60)


REFUSED = {
    "a vector": (
        lambda x: x * 1.0,
        np.ones(3),
        None,
        ArgumentError,
        r"needs a scalar output, got shape \(3,\); use jac",
    ),
    "two outputs": (lambda x: (x, x), 1.0, None, ArgumentError, "needs a scalar output, got 2 outputs"),
    "an unknown name": (lambda x: x, 1.0, "z", ArgumentError, "wrt='z' is not an input; the inputs are x"),
    "an order": (
        lambda x: np.sort(x)[0],
        np.ones(3),
        None,
        UnsupportedOperation,
        r"argsort .*chooses entries by their",
    ),
    "an arg max": (lambda x: x[np.argmax(x)], np.ones(3), None, UnsupportedOperation, r"argmax .*or use autodiff"),
    "a complex constant": (lambda x: np.real(x * 1j), 1.0, None, UnsupportedOperation, "complex|np.real"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_say_what_to_do(case):
    f, at, wrt, error, text = REFUSED[case]
    with pytest.raises(error, match=text):
        derive(trace(f, at), wrt)


def test_a_derivative_from_sympy_can_be_derived_again():
    e = from_sympy(sympy.sin(x) * x)
    assert derive(derive(e))(0.5) == pytest.approx(2 * np.cos(0.5) - 0.5 * np.sin(0.5), rel=EXACT)

"""grad and its family: closed forms, structures, nesting, and laws between them."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symbolic
from expression import ArgumentError, SizeLimitError, trace
from expression.structure import flatten
from tests.strategies import random_programs
from tests.symbolic.oracles import near

rng = np.random.default_rng(3)
M, V = rng.normal(size=(3, 3)), rng.normal(size=3)


def cubic(x):
    return np.sum(x**3) + x[0] * x[1] * x[2]


def cubic_hessian(x):
    return np.diag(6 * x) + np.array([[0, x[2], x[1]], [x[2], 0, x[0]], [x[1], x[0], 0]])


def test_grad_of_a_float_is_a_float():
    found = symbolic.grad(lambda x: x**3)(2.0)
    assert type(found) is float and found == 12.0


def test_value_and_grad_mirrors_a_pytree():
    params = {"w": np.array([1.0, 2.0]), "b": [3.0]}
    value, gradient = symbolic.value_and_grad(lambda p, t: p["w"] @ p["w"] * t + p["b"][0])(params, 2.0)
    assert value == 13.0
    assert gradient["w"].tolist() == [4.0, 8.0] and gradient["b"] == [1.0]


def test_arguments_that_are_not_differentiated_may_be_integers():
    found = symbolic.grad(lambda x, k: x[k] ** 2)(np.array([1.0, 2.0, 3.0]), np.array(1))
    assert found.tolist() == [0.0, 4.0, 0.0]


def test_argnums_choose_the_arguments():
    assert symbolic.grad(lambda x, y: x * y, 1)(2.0, 3.0) == 2.0
    assert symbolic.grad(lambda x, y: x * y, (1, 0))(2.0, 3.0) == (2.0, 3.0)
    assert symbolic.grad(lambda x, y: x * y, -1)(2.0, 3.0) == 2.0


def test_grad_takes_an_expression():
    e = trace(lambda x, y: x * y, 1.0, 1.0)
    assert symbolic.grad(e, (0, 1))(2.0, 3.0) == (3.0, 2.0)


def test_the_closed_form_gives_the_same_gradient():
    near(symbolic.grad(cubic, sharing=False)(V), symbolic.grad(cubic)(V))


def test_jacobian_has_output_shape_plus_input_shape():
    near(symbolic.jacobian(lambda x: M @ x)(V), M)
    found = symbolic.jacobian(lambda x, s: {"outer": np.outer(x, x), "sum": s * x[0]}, (0, 1))(V, 2.0)
    assert [np.shape(f) for f in flatten(found)[0]] == [(3, 3, 3), (3, 3), (3,), ()]
    near(found["outer"][0], np.eye(3)[:, None, :] * V[:, None] + V[:, None, None] * np.eye(3))
    near(found["sum"], (np.array([2.0, 0.0, 0.0]), V[0]))


def test_hessian_is_exact_and_symmetric():
    found = symbolic.hessian(cubic)(V)
    near(found, cubic_hessian(V))
    assert np.array_equal(found, found.T)


def test_a_hessian_finds_its_outputs_when_the_gradient_is_renumbered():
    assert symbolic.hessian(lambda x: 0 + np.sum(np.sin(x[0])))(V)[0, 0] == -np.sin(V[0])


def test_hessian_nests_the_structure_of_the_arguments():
    found = symbolic.hessian(lambda p, s: p["a"] ** 2 * s @ p["b"], (0, 1))({"a": 2.0, "b": V}, V)
    assert found[0]["a"][0]["a"] == pytest.approx(2 * V @ V, rel=1e-12)
    assert np.shape(found[0]["b"][1]) == (3, 3)
    near(found[0]["b"][1], 4 * np.eye(3))
    near(found[1][0]["b"], 4 * np.eye(3))


def test_hvp_is_the_hessian_times_a_vector():
    near(symbolic.hvp(cubic, (V,), (V,)), cubic_hessian(V) @ V)
    found = symbolic.hvp(lambda p, s: p["a"] ** 2 * s, ({"a": 3.0}, 2.0), ({"a": 1.0}, 10.0))
    assert found == {"a": 2 * 2.0 * 1.0 + 2 * 3.0 * 10.0}


def test_vjp_takes_a_cotangent_for_every_output():
    value, pullback = symbolic.vjp(lambda x: {"a": M @ x, "b": x[0]}, V)
    near(value["a"], M @ V)
    near(pullback({"a": V, "b": 2.0})[0], M.T @ V + np.array([2.0, 0.0, 0.0]))


def test_an_output_that_is_returned_twice_has_both_cotangents():
    _, pullback = symbolic.vjp(lambda x: (x * x, x * x), 3.0)
    assert pullback((1.0, 10.0)) == (66.0,)


@settings(deadline=None, max_examples=40)
@given(random_programs(), st.integers(0, 2**32 - 1))
def test_forward_and_reverse_are_transposes(drawn, seed):
    program, args = drawn
    generator = np.random.default_rng(seed)
    tangents = tuple(np.asarray(generator.normal(size=np.shape(a)))[()] for a in args)
    value, y_dot = symbolic.jvp(program, args, tangents)
    y_bar = np.asarray(generator.normal(size=np.shape(value)))[()]
    _, pullback = symbolic.vjp(program, *args)
    forward = np.sum(y_bar * y_dot)
    reverse = sum(np.sum(x_bar * x_dot) for x_bar, x_dot in zip(pullback(y_bar), tangents, strict=True))
    near(float(forward), float(reverse))


@settings(deadline=None, max_examples=15)
@given(random_programs(scalar=True, steps=3, inputs=1), st.integers(0, 2**32 - 1))
def test_hvp_agrees_with_the_hessian(drawn, seed):
    program, args = drawn
    v = np.random.default_rng(seed).normal(size=np.shape(args[0]))
    hessian = np.reshape(symbolic.hessian(program)(*args), (v.size, v.size))
    near(np.ravel(symbolic.hvp(program, args, (v,))), hessian @ np.ravel(v))


def test_perturbations_are_not_confused():
    assert symbolic.grad(lambda x: x * symbolic.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert symbolic.grad(lambda x: x * symbolic.grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert symbolic.jvp(lambda x: symbolic.jvp(lambda y: x * y * y, (x,), (1.0,))[1], (3.0,), (1.0,)) == (18.0, 12.0)
    nested = symbolic.grad(lambda x: np.sum(symbolic.jacobian(lambda y: x * y)(x)))(V)
    assert nested.tolist() == [1.0, 1.0, 1.0]


def test_grad_of_grad_to_third_order():
    assert symbolic.grad(symbolic.grad(symbolic.grad(lambda x: x**4)))(2.0) == 48.0


REFUSED = {
    "an integer": (lambda: symbolic.grad(lambda x: x * x)(2), "x is an int: derivatives need floats"),
    "nan": (lambda: symbolic.grad(lambda x: x * x)(np.nan), "x holds nan"),
    "argnums": (lambda: symbolic.grad(lambda x: x * x, 3)(2.0), "argnums=3: the call has 1 positional arguments"),
    "a vector": (lambda: symbolic.grad(lambda x: x)(V), r"grad needs a scalar output, got shape \(3,\)"),
    "hessian of a vector": (lambda: symbolic.hessian(lambda x: x)(V), r"grad needs a scalar output"),
    "a tangent's shape": (lambda: symbolic.jvp(cubic, (V,), (V[:2],)), r"tangent 0: expected shape \(3,\)"),
    "a cotangent": (lambda: symbolic.vjp(cubic, V)[1](V), r"cotangent 0: expected shape \(\), got \(3,\)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    call, text = REFUSED[case]
    with pytest.raises(ArgumentError, match=text):
        call()


LIMITED = {
    "grad": lambda: symbolic.grad(cubic, limit=10)(V),
    "jacobian": lambda: symbolic.jacobian(lambda x: M @ x, limit=10)(V),
    "hessian": lambda: symbolic.hessian(cubic, limit=10)(V),
    "jvp": lambda: symbolic.jvp(cubic, (V,), (V,), limit=10),
    "vjp": lambda: symbolic.vjp(cubic, V, limit=10),
    "hvp": lambda: symbolic.hvp(cubic, (V,), (V,), limit=10),
}


@pytest.mark.parametrize("case", LIMITED)
def test_every_function_refuses_what_is_too_large(case):
    with pytest.raises(SizeLimitError, match=r"would write \d+ nodes, the limit is 10; use autodiff"):
        LIMITED[case]()


def test_options_are_keyword_only():
    for name in ("grad", "value_and_grad", "jacobian", "hessian"):
        kinds = [p.kind for p in inspect.signature(getattr(symbolic, name)).parameters.values()]
        assert kinds[:2] == [inspect.Parameter.POSITIONAL_OR_KEYWORD] * 2
        assert set(kinds[2:]) == {inspect.Parameter.KEYWORD_ONLY}

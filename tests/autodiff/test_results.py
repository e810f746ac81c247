"""What autodiff hands over: memory, dtypes, empty arrays, and no word of NumPy's about poles."""

import numpy as np
import optree
import pytest

import autodiff
import symbolic
from expression import trace
from expression.operations.elementwise import GATE

V, W = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])

# -- memory ----------------------------------------------------------------------------------------------------------

CALLS = {
    "grad of a product": lambda x, y: autodiff.grad(lambda a, b: np.sum(a * b), (0, 1))(x, y),
    "grad of a sum": lambda x, y: autodiff.grad(lambda a, b: np.sum((a + b) * W), (0, 1))(x, y),
    "vjp of a sum": lambda x, y: autodiff.vjp(np.add, x, y)[1](x),
    "value of vjp": lambda x, y: autodiff.vjp(lambda a, b: (a, b.T, a, np.ones(3)), x, y)[0],
    "jvp of what is handed on": lambda x, y: autodiff.jvp(lambda a, b: (a, b[::-1], a), (x, y), (y, x)),
    "jacobian": lambda x, y: autodiff.jacobian(lambda a, b: (np.sum(a * b), a), (0, 1))(x, y),
    "hvp": lambda x, y: autodiff.hvp(lambda a: np.sum(a * a) / 2, (x,), (y,)),
    "adjoint program": lambda x, y: autodiff.derive(trace(lambda a, b: np.sum(a) + np.sum(a * b), x, y))(x, y),
}


@pytest.mark.parametrize("name", CALLS)
def test_results_are_writeable_and_share_no_memory(name):
    x, y = V.copy(), W.copy()
    arrays = [a for a in optree.tree_leaves(CALLS[name](x, y)) if isinstance(a, np.ndarray)]
    assert arrays
    for k, a in enumerate(arrays):
        assert a.flags.writeable
        assert not any(np.shares_memory(a, other) for other in (x, y, *arrays[:k]))


def test_a_pullback_stays_at_its_point_whatever_becomes_of_the_arrays():
    x = V.copy()
    value, pullback = autodiff.vjp(lambda a: np.exp(a) * a, x)
    expected = pullback(W)[0]
    x *= 2
    value *= 2
    np.testing.assert_array_equal(pullback(W)[0], expected)


# -- poles and branches: warnings are errors here --------------------------------------------------------------------

POLES = [
    (lambda x: 1 / x, 0.0, -np.inf),
    (lambda x: x**-1, 0.0, -np.inf),
    (lambda x: x**2.5, -2.0, np.nan),
    (lambda x: np.where(x > 0, np.sqrt(x), 0.0), 0.0, 0.0),
    (lambda x: np.where(x < 0, 1 / x, 0.0) + x, 0.0, 1.0),
]


@pytest.mark.parametrize(("f", "x", "slope"), POLES)
def test_poles_of_numbers_are_infinite_or_nan_and_never_raise(f, x, slope):
    np.testing.assert_equal(autodiff.grad(f)(x), slope)
    np.testing.assert_equal(autodiff.jvp(f, (x,), (1.0,))[1], slope)


POLE = 3.0  # the branch not taken has 1 / (x - POLE) at x = POLE
BRANCHES = {
    "matmul": lambda v: (1 / (v - POLE)) @ v,
    "einsum": lambda v: np.einsum("i,i->", 1 / (v - POLE), v),
    "cumprod": lambda v: np.sum(np.cumprod(1 / (v - POLE))),
    "prod": lambda v: np.prod(1 / (v - POLE)),
    "det": lambda v: np.linalg.det(np.outer(1 / (v - POLE), v)),
    "norm": lambda v: np.linalg.norm(1 / (v - POLE)),
}


@pytest.mark.parametrize("name", BRANCHES)
def test_the_branch_not_taken_contributes_nothing_through_sums_of_products(name):
    f = lambda v: np.where(v[0] > 9, BRANCHES[name](v), np.sum(v**2))  # noqa: E731
    v = np.array([POLE, 4.0])
    np.testing.assert_array_equal(autodiff.grad(f)(v), 2 * v)
    np.testing.assert_array_equal(autodiff.derive(trace(f, v))(v), 2 * v)
    np.testing.assert_array_equal(autodiff.jvp(f, (v,), (v,))[1], 2 * v @ v)
    np.testing.assert_array_equal(autodiff.hessian(f)(v), 2 * np.eye(2))


@pytest.mark.parametrize("derive", [autodiff.derive, symbolic.derive])
@pytest.mark.parametrize("inner", [lambda x: np.log(x) * x, lambda x: x**x, lambda x: np.tan(1 / x)])
def test_a_branch_not_taken_in_the_middle_contributes_nothing_to_third_order(derive, inner):
    e = trace(lambda x: np.where(x > 0.5, inner(x), x**3) ** 2, 0.0)  # x^6 at 0 and at -1
    for slopes in ((0.0, -6.0), (0.0, 30.0), (0.0, -120.0)):
        e = derive(e)
        assert (e(0.0), e(-1.0)) == slopes


def test_no_mask_is_written_where_a_rule_only_moves_numbers():
    e = trace(lambda v: np.where(v[0] > 9, np.sum(np.reshape(v, (2, 1))), 0.0), V[:2])
    program = autodiff.derive(e)
    assert not [node for node in program.nodes if node.operation is GATE or node.operation.name == "any"]


# -- dtypes and empty arrays -----------------------------------------------------------------------------------------

MOVES = {
    "where": lambda v: np.where(v > 1, v, 2.0),
    "cumprod": np.cumprod,
    "sort": np.sort,
    "diag": np.diag,
    "pad": lambda v: np.pad(v, 1),
    "take": lambda v: np.take(v, [0, 0, 2]),
    "broadcast": lambda v: v + np.sum(v, keepdims=True),
    "inv": lambda v: np.linalg.inv(np.outer(v, v) + np.eye(3, dtype=np.float32)),
}


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("derive", [autodiff.derive, autodiff.derive_forward])
def test_programs_of_float32_hold_no_float64(name, derive):
    v = V.astype(np.float32)
    program = derive(trace(lambda v: np.sum(MOVES[name](v)), v))
    assert {node.dtype for node in program.nodes} <= {np.dtype(np.float32), np.dtype(np.int64), np.dtype(bool)}
    assert program(v).dtype == np.float32


def test_derivatives_of_empty_arrays_are_empty_in_shape_and_dtype():
    empty = np.zeros(0, dtype=np.float32)
    for derive in (autodiff.derive, autodiff.derive_forward):
        gradient = derive(trace(lambda v: np.sum(v * v), empty))(empty)
        assert (gradient.shape, gradient.dtype) == ((0,), np.float32)
    rows = autodiff.jacobian(lambda v: v[:0])(V.astype(np.float32))
    assert (rows.shape, rows.dtype) == ((0, 3), np.float32)
    assert autodiff.hessian(lambda v: np.sum(v * v))(np.zeros(0)).shape == (0, 0)


# -- programs that once failed ---------------------------------------------------------------------------------------


def test_an_inner_function_may_return_what_it_took_from_the_outer_one():
    d = autodiff.grad
    assert d(lambda x: d(lambda y: x)(3.0) + x * x)(2.0) == 4.0
    assert d(lambda x: autodiff.value_and_grad(lambda y: x * x)(3.0)[0])(2.0) == 4.0


def test_numbers_with_a_new_axis_have_second_derivatives():
    f = lambda x: np.sum(x[None] * x[None, None]) + np.sum(np.pad(x, 0))  # noqa: E731
    assert autodiff.hessian(f)(np.array(3.0)) == 2.0


def test_a_determinant_of_one_entry_has_second_derivatives():
    np.testing.assert_array_equal(autodiff.hessian(lambda a: np.linalg.det(a) ** 2)(np.array([[3.0]])), [[[[2.0]]]])


@pytest.mark.parametrize("shape", [(2, 3, 3), (3, 3, 3)])
def test_one_vector_is_solved_for_with_a_stack_of_matrices(shape):
    a = np.arange(np.prod(shape)).reshape(shape) % 5 / 5 + 3 * np.eye(3)
    a_dot = np.cos(np.arange(np.prod(shape))).reshape(shape)
    y, y_dot = autodiff.jvp(np.linalg.solve, (a, V), (a_dot, W))
    for k in range(len(a)):
        x = np.linalg.solve(a[k], V)
        np.testing.assert_allclose(y[k], x, rtol=1e-13)
        np.testing.assert_allclose(y_dot[k], np.linalg.solve(a[k], W - a_dot[k] @ x), rtol=1e-12)
    a_bar, b_bar = autodiff.vjp(np.linalg.solve, a, V)[1](y_dot)
    np.testing.assert_allclose(np.sum(a_bar * a_dot) + b_bar @ W, np.sum(y_dot * y_dot), rtol=1e-12)

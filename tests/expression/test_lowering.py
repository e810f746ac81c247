"""Lowering keeps what an expression computes, and each of its steps does what it says."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import autodiff
from expression import Expression, compile, trace
from expression.backends.buffers import LARGE, allocated, plan
from expression.backends.lowering import lowered
from expression.backends.sums import LONG
from expression.functions import log_softmax, logsumexp, softplus
from tests.strategies import random_expressions

EPS = float(np.finfo(float).eps)
TOL = 1e4 * EPS  # sums in another order, then up to eight functions
ODD = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -800.0, 800.0)


def body(f: Any, *args: Any) -> list[str]:
    """The lines of the compiled function, without the docstring."""
    return [line.strip() for line in compile(trace(f, *args)).source.split('."""\n')[-1].strip().split("\n")]


def operations(e: Expression) -> list[str]:
    return [node.operation.name for node in e.nodes if node.operands]


@given(random_expressions(scalar=True))
@settings(max_examples=75, deadline=None)
def test_a_lowered_expression_has_the_same_value_and_the_same_gradient(drawn: Any) -> None:
    e, args = drawn
    wanted = e(*args)
    assert abs(lowered(e)(*args) - wanted) <= TOL * max(1.0, abs(wanted))
    found, exact = (autodiff.derive(x)(*args) for x in (lowered(e), e))
    for a, b in zip(*((x if isinstance(x, tuple) else (x,)) for x in (found, exact)), strict=True):
        assert np.all(np.abs(a - b) <= TOL * np.maximum(1, np.abs(b)))


@given(random_expressions())
@settings(max_examples=50, deadline=None)
def test_lowering_twice_changes_no_value(drawn: Any) -> None:
    e, args = drawn
    once = lowered(e)
    a, b = lowered(once)(*args), once(*args)
    assert np.all(np.abs(np.asarray(a) - np.asarray(b)) <= TOL * np.maximum(1, np.abs(np.asarray(b))))


X = np.array([0.5, 2.0, -3.0])

FACTORS = [
    (lambda x: 2.0 * (3.0 * x), "6.0 * x"),
    (lambda x: -(2.0 * x), "-2.0 * x"),
    (lambda x: 0.5 * (2.0 * np.sin(x)), "np.sin(x)"),
    (lambda x: 2.0 * x + 2.0 * np.sin(x), "2.0 * (x + np.sin(x))"),
    (lambda x: 2.0 * x - 2.0 * np.sin(x), "2.0 * (x - np.sin(x))"),
    (lambda x: 2.0 * x + -2.0 * np.sin(x), "2.0 * (x - np.sin(x))"),
    (lambda x: x * (2.0 * np.sin(x)), "2.0 * (x * np.sin(x))"),
    (lambda x: np.sin(x) * (1.0 / np.cos(x)), "np.sin(x) / np.cos(x)"),
    (lambda x: 1e200 * (1e200 * x), "1e+200 * (1e+200 * x)"),  # overflows where 1e400 cannot be written
    (lambda x: 1e-300 * (1e300 * x), "1e-300 * (1e+300 * x)"),  # and this one must not be x
    (lambda x: x + -0.0, "x.copy()"),
    (lambda x: x + 0.0, "x + 0.0"),  # -0.0 + 0.0 is 0.0
]


@pytest.mark.parametrize("f, text", FACTORS, ids=[text for _, text in FACTORS])
def test_constant_factors(f: Any, text: str) -> None:
    assert body(f, X) == [f"return {text}"]
    with np.errstate(over="ignore"):
        assert np.allclose(compile(trace(f, X))(X), f(X), rtol=4 * EPS, equal_nan=True)


def test_a_factor_that_others_read_is_not_computed_twice() -> None:
    assert body(lambda x: (2.0 * x, -(2.0 * x) * np.sin(x)), X) == ["v2 = 2.0 * x", "return (v2, -v2 * np.sin(x))"]


SUMS = [
    (lambda x: np.sum(x * np.sin(x)), (5,), "np.dot("),
    (lambda x: np.sum(3.0 * x**2 - x * np.sin(x)), (4, 5), "np.dot("),
    (lambda x: np.sum(x, axis=1), (4, 5), "@"),
    (lambda x: np.sum(x, axis=(0, 1), keepdims=True), (4, 5, 2), "@"),
    (lambda x: np.sum(-np.sin(x), axis=0), (4, 5), "@"),
    (lambda x: np.sum(x * x, axis=-1), (2000, 10), "np.einsum("),
]


@pytest.mark.parametrize("f, shape, how", SUMS)
def test_sums_are_products(f: Any, shape: tuple[int, ...], how: str) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    e = trace(f, x)
    assert how in compile(e).source
    assert np.allclose(compile(e)(x), e(x), rtol=1e-12, atol=1e-12)
    for odd in (np.nan, np.inf, -np.inf):
        x[(1, *(0,) * (len(shape) - 1))] = odd
        assert np.array_equal(np.isnan(compile(e)(x)), np.isnan(e(x)))


def test_a_long_line_is_summed_in_pairs() -> None:
    x = np.full((2, LONG + 1), 0.1)
    assert "np.add.reduce" in compile(trace(lambda x: np.sum(x, axis=1), x)).source
    assert "@" in compile(trace(lambda x: np.sum(x, axis=1), x[:, :LONG])).source


@pytest.mark.parametrize(
    "f", [logsumexp, softplus, lambda x: np.logaddexp(x, x[::-1]), lambda x: np.exp(log_softmax(x))]
)
def test_what_is_written_out_keeps_nan_and_infinity(f: Any) -> None:
    for a in ODD:
        for b in ODD:
            x = np.array([a, b, 1.0])
            e = trace(f, x)
            # the expression rounds x - logsumexp(x), which is up to 800
            assert np.allclose(compile(e)(x), e(x), rtol=16 * 800 * EPS, atol=0, equal_nan=True), (a, b)


def test_softmax_reads_the_parts_of_logsumexp() -> None:
    e = trace(lambda x: np.sum(np.arange(3.0) * log_softmax(x)), X)
    g = lowered(autodiff.derive(e, value=True))
    assert operations(g).count("exp") == 1
    assert np.allclose(g(X)[1], autodiff.derive(e)(X), rtol=8 * EPS)


def test_a_stack_times_a_matrix_is_one_product() -> None:
    a, w = np.random.default_rng(1).normal(size=(4, 3, 5)), np.ones((5, 2))
    e = lowered(trace(lambda a, w: a @ w, a, w))
    assert [n.shape for n in e.nodes if n.operation.name == "matmul"] == [(12, 2)]
    assert np.allclose(e(a, w), a @ w, rtol=8 * EPS)


def test_an_indicator_is_no_node_of_its_own() -> None:
    g = autodiff.derive(trace(lambda x: np.sum(np.maximum(x, 0.0) * np.where(x > 1, 1.0, 0.0)), X))
    assert operations(lowered(g)).count("where") < operations(g).count("where")
    assert np.array_equal(lowered(g)(X), g(X))


# -- memory ------------------------------------------------------------------------------------------------------------


def test_buffers_of_one_block_share_memory_and_no_other_do() -> None:
    n = LARGE // 8

    def f(x: Any) -> Any:
        a = np.sin(x)
        b = np.cos(a).reshape(2, -1) + 1.0
        c = np.exp(x)
        return np.sum(b) + np.sum(np.tanh(c) + a)

    found = plan(lowered(trace(f, np.ones(n))))
    arrays = allocated(found.buffers)
    for k, a in enumerate(found.buffers):
        for j, b in enumerate(found.buffers[:k]):
            assert np.shares_memory(arrays[k], arrays[j]) == (a.block == b.block)


def test_an_array_that_is_read_in_another_order_is_copied_once_into_a_buffer() -> None:
    x = np.random.default_rng(2).normal(size=(64, 8, 32))

    def f(x: Any) -> Any:
        rows = np.transpose(np.sin(x), (1, 0, 2)).reshape(512, 32)
        return np.sum(np.tanh(rows @ np.ones((32, 32)) + rows))

    c = compile(trace(f, x))
    assert c.source.count("np.positive(") == 1
    for _ in range(2):
        assert np.isclose(c(x), f(x), rtol=1e-13)


def test_a_concatenation_goes_into_a_buffer() -> None:
    x = np.random.default_rng(3).normal(size=LARGE // 8)
    f = lambda x: np.sum(np.tanh(np.concatenate([np.sin(x), x]) * 0.5))  # noqa: E731
    c = compile(trace(f, x))
    assert "np.concatenate([" in c.source and "axis=0, out=buffer[" in c.source
    for _ in range(2):
        assert np.isclose(c(x), f(x), rtol=1e-13)

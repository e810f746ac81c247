"""One list over several arithmetics: NumPy's dtypes, mpmath, intervals; and what a call's arguments must be."""

from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings

from expression import (
    ArgumentError,
    Expression,
    ExpressionError,
    UnsupportedOperation,
    evaluate,
    interval_arithmetic,
    mpmath_arithmetic,
    trace,
)
from expression.evaluation import forward
from expression.operations import ROWS, TABLE
from expression.operations.operation import BOOLEAN, Operation
from tests.strategies import draw, random_expressions, seeds

EPS = float(np.finfo(float).eps)
WELL_CONDITIONED_TOL = 1e-12  # float64 against fifty digits: some thousands of roundings
ELEMENTWISE = tuple(row for row in ROWS if row.elementwise)


def traced(row: Operation, x: list[Any]) -> Expression:
    """One row as an expression of floats; truth values are its constants."""
    free = [v for v in x if np.asarray(v).dtype != bool]

    def f(*args):
        left = iter(args)
        return row(*[v if np.asarray(v).dtype == bool else next(left) for v in x]) if args else row(*x) * 1.0

    return trace(f, *free)


# -- NumPy ------------------------------------------------------------------------------------------------------------


def test_results_have_the_types_that_numpy_code_would_give():
    e = trace(lambda x: (x * 2, x > 0, {"a": np.stack([x, x])}, 3), 1.5)
    y, positive, tree, three = e(1.5)
    assert (type(y), y) == (float, 3.0)
    assert positive == np.True_ and three == 3
    np.testing.assert_array_equal(tree["a"], [1.5, 1.5])


def test_every_value_of_the_list_is_kept_unless_told_otherwise():
    e = trace(lambda x: np.sin(x) * x + np.exp(x), 0.5)
    values = forward(e, [np.float64(0.5)])
    assert all(v is not None for v in values)
    kept = forward(e, [np.float64(0.5)], keep=e.outputs)
    assert kept[e.outputs[0]] == values[e.outputs[0]] == np.sin(0.5) * 0.5 + np.exp(0.5)
    assert sum(v is not None for v in kept) == 1


def test_an_output_that_is_read_again_is_kept():
    e = trace(lambda x: (np.sin(x), np.sin(x) + 1, x), 0.5)
    assert e(0.5) == (np.sin(0.5), np.sin(0.5) + 1, 0.5)


def test_results_are_in_memory_of_their_own():
    x = np.ones(3)
    e = trace(lambda x: (x, x, x.T, x[:2], np.ones(3), np.broadcast_to(x, (2, 3)), x * 2), x)
    results = e(x)
    for k, y in enumerate(results):
        assert y.flags.writeable
        assert not any(np.shares_memory(y, other) for other in (x, *results[:k]))


def test_complex_arguments_pass_through():
    e = trace(lambda x, v: np.sum(np.exp(x * v) / (1 + v)), 0.3, np.ones(3))
    z = np.array([1j, 0.5, 2 - 1j])
    assert e(0.3 + 1j, z) == np.sum(np.exp((0.3 + 1j) * z) / (1 + z))
    assert type(e(0.3 + 1j, z)) is complex


def test_float32_stays_float32_through_a_whole_expression():
    v = np.linspace(0.1, 1.0, 5, dtype=np.float32)
    e = trace(lambda v: np.sum(np.where(v > 0.5, 2 * np.sin(v), v**2 / 3)) + v.mean() - 1, v)
    assert {node.dtype for node in e.nodes} == {np.dtype(np.float32), np.dtype(bool)}
    assert e(v).dtype == np.float32


def test_domain_errors_are_values_and_no_warnings():
    e = trace(lambda x: (np.log(x), 1 / x, np.sqrt(x), np.exp(1e9 * np.abs(x))), 1.0)
    log, reciprocal, root, large = e(-0.0)
    assert (log, reciprocal, large) == (-np.inf, -np.inf, 1.0)
    assert root == 0.0
    assert np.isnan(e(-1.0)[0]) and np.isnan(e(-1.0)[2]) and e(-1.0)[3] == np.inf


def test_python_ints_and_numpy_scalars_are_floats_where_floats_were_traced():
    e = trace(lambda x: x / 2, 1.0)
    assert e(3) == e(np.float64(3)) == e(np.array(3.0)) == 1.5


def test_evaluating_on_tracers_records():
    e = trace(lambda x: np.sin(x) * 2, 1.0)
    twice = trace(lambda x: e(e(x)), 1.0)
    assert twice(0.5) == e(e(0.5))
    assert len(twice) == 6  # x, and the constant 2 once


# -- arguments that do not fit ----------------------------------------------------------------------------------------

VECTOR = trace(lambda v, x: v * x, np.ones(3), 1.0)
TREE = trace(lambda p: p["a"] + p["b"], {"a": 1.0, "b": np.ones(2)})
WHOLE = trace(lambda v, i: v[i], np.ones(3), np.array([0, 1]))
SINGLE = trace(lambda v: v * 2, np.ones(2, np.float32))
MISFITS = [
    (VECTOR, (np.ones(3),), r"^expected arguments v, x of structure .*, got "),
    (VECTOR, (np.ones(3), 1.0, 2.0), r"^expected arguments v, x of structure"),
    (VECTOR, ([1.0, 2.0, 3.0], 1.0), r"^expected arguments v, x of structure"),
    (VECTOR, (np.ones(4), 1.0), r"^v: expected shape \(3,\), got \(4,\)$"),
    (VECTOR, (np.ones(3), np.ones(1)), r"^x: expected shape \(\), got \(1,\)$"),
    (VECTOR, (np.arange(3), 1.0), r"^v: expected dtype float64, got int64; convert it with .astype\(float64\)$"),
    (VECTOR, (np.ones(3, np.float32), 1.0), r"^v: expected dtype float64, got float32; convert it with"),
    (VECTOR, (np.ones(3), True), r"^x: expected dtype float64, got bool"),
    (VECTOR, (np.ones(3), "2"), r"^x: holds str of dtype <U1; pass a float array$"),
    (TREE, ({"a": 1.0},), r"^expected arguments p_a, p_b of structure"),
    (TREE, ({"a": 1.0, "b": np.ones(3)},), r"^p_b: expected shape \(2,\), got \(3,\)$"),
    (
        WHOLE,
        (np.ones(3), np.array([0.0, 1.0])),
        r"^i: expected dtype int64, got float64; convert it with .astype\(int64\)$",
    ),
    (SINGLE, (np.ones(2),), r"^v: expected dtype float32, got float64; convert it with .astype\(float32\)$"),
]


@pytest.mark.parametrize(("e", "args", "text"), MISFITS)
def test_arguments_that_do_not_fit_are_refused_by_name(e, args, text):
    with pytest.raises(ArgumentError, match=text):
        e(*args)


def test_the_other_arithmetics_check_shapes_too():
    with pytest.raises(ArgumentError, match=r"^v: expected shape \(3,\), got \(2,\)$"):
        evaluate(VECTOR, (np.ones(2), 1.0), mpmath_arithmetic())


# -- mpmath -----------------------------------------------------------------------------------------------------------


def test_mpmath_has_the_digits_that_are_asked_for():
    e = trace(lambda x: np.exp(np.log(x) / 3) ** 3 - x, 2.0)
    assert abs(evaluate(e, (2.0,), mpmath_arithmetic(60))) < mpmath.mpf(10) ** -57
    one_third = evaluate(trace(lambda x: x / 3, 1.0), (1.0,), mpmath_arithmetic(40))
    assert str(one_third) == "0.3333333333333333333333333333333333333333"


def test_integer_constants_stay_exact_under_mpmath():
    def f(x, i):
        return x + i[0] / i[1] + np.sqrt(i[2]) + 3 ** (0 * x - i[0])

    e = trace(f, 1.0, np.array([1, 3, 2]))
    found = evaluate(e, (1.0, np.array([1, 3, 2])), mpmath_arithmetic(40))
    with mpmath.workdps(40):
        assert abs(found - (1 + mpmath.mpf(2) / 3 + mpmath.sqrt(2))) < mpmath.mpf(10) ** -38


@settings(max_examples=60, deadline=None)
@given(case=random_expressions())
def test_random_expressions_agree_with_fifty_digits(case):
    e, args = case
    found, exact = np.asarray(e(*args)), np.asarray(evaluate(e, args, mpmath_arithmetic(50))).astype(float)
    assert found.shape == exact.shape
    assert np.all(np.abs(found - exact) <= WELL_CONDITIONED_TOL * np.maximum(1, np.abs(found) + np.abs(exact)))


def test_out_of_the_domain_mpmath_says_what_numpy_says():
    e = trace(lambda x: (np.log(x), np.sqrt(x), np.arcsin(x - 2), np.arccosh(x), x**0.5, 1 / (x + 2)), 1.0)
    with np.errstate(all="ignore"):
        numpy = e(-2.0)
    exact = evaluate(e, (-2.0,), mpmath_arithmetic())
    for a, b in zip(numpy, exact, strict=True):
        np.testing.assert_equal(float(b), a)


# -- intervals --------------------------------------------------------------------------------------------------------

NO_INTERVALS = {"remainder", "floor_divide", "trunc", "isfinite"}


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_an_interval_holds_every_value_or_the_row_is_refused_by_name(row, seed):
    rng = np.random.default_rng(seed)
    x = [draw(domain, (), rng) for domain in row.domain]
    if all(domain == BOOLEAN for domain in row.domain):
        return  # nothing here is an interval
    pairs = [(v - 1e-3, v + 1e-3) for v in x if np.asarray(v).dtype != bool]
    e = traced(row, x)
    try:
        found = evaluate(e, pairs, interval_arithmetic())
    except UnsupportedOperation as error:
        assert row.name in NO_INTERVALS
        assert str(error).startswith(f"{row.name} has no interval form in mpmath")
        return
    except ExpressionError as error:
        assert row.dtype(*[np.dtype(float)] * len(x)).kind == "b" or row.name in ("heaviside", "copysign")
        assert "the interval holds both sides of the condition; split it" in str(error)
        return
    assert row.name not in NO_INTERVALS
    for _ in range(5):
        exact = evaluate(e, [rng.uniform(*pair) for pair in pairs], mpmath_arithmetic(50))
        if isinstance(found, bool):
            assert found == exact
        else:
            assert mpmath.mpf(found.a) <= exact <= mpmath.mpf(found.b)


WIDE = [
    (lambda x: np.maximum(x, 1.0), (0.0, 2.0), (1.0, 2.0)),
    (lambda x: np.minimum(x, 1.0), (0.0, 2.0), (0.0, 1.0)),
    (lambda x: np.abs(x), (-1.0, 2.0), (0.0, 2.0)),
    (lambda x: x * x, (-1.0, 2.0), (-2.0, 4.0)),  # the two factors are not known to be one number
    (lambda x: x**2, (-1.0, 2.0), (0.0, 4.0)),
    (lambda x: np.square(x), (-1.0, 2.0), (0.0, 4.0)),
    (lambda x: 1 / x, (2.0, 4.0), (0.25, 0.5)),
    (lambda x: np.sqrt(x), (0.0, 4.0), (0.0, 2.0)),
    (lambda x: np.sum(np.stack([x, -x])), (1.0, 2.0), (-1.0, 1.0)),
    (lambda x: np.max(np.stack([x, 1.5 + 0 * x])), (1.0, 2.0), (1.5, 2.0)),
    (lambda x: np.where(x > 0, x, -x), (1.0, 2.0), (1.0, 2.0)),
    (lambda x: TABLE["relu"](x), (-1.0, 2.0), (0.0, 2.0)),
    (lambda x: np.sign(x), (-1.0, 2.0), (-1.0, 1.0)),
]


@pytest.mark.parametrize(("f", "x", "expected"), WIDE)
def test_a_wide_interval_gives_the_range(f, x, expected):
    y = evaluate(trace(f, 1.0), (x,), interval_arithmetic())
    assert np.allclose([float(y.a), float(y.b)], expected, rtol=4 * EPS, atol=4 * EPS)


OUTSIDE = [
    (lambda x: np.where(x > 0, x, -x), "greater: the interval holds both sides of the condition; split it"),
    (lambda x: np.copysign(1.0, x), "copysign: the interval holds both sides of the condition; split it"),
    (lambda x: np.log(x), "log: the interval leaves the domain"),
    (lambda x: np.sqrt(x), "sqrt: the interval leaves the domain"),
    (lambda x: np.arcsin(2 * x), "arcsin: the interval leaves the domain"),
]


@pytest.mark.parametrize(("f", "text"), OUTSIDE)
def test_an_interval_that_cannot_be_answered_is_an_error(f, text):
    with pytest.raises(ExpressionError, match=text):
        evaluate(trace(f, 1.0), ((-1.0, 2.0),), interval_arithmetic())


def test_a_number_is_an_interval_of_its_own_and_rounding_is_caught():
    e = trace(lambda x: (x + 0.1) - x, 1.0)
    y = evaluate(e, (1e9,), interval_arithmetic())
    assert y.a <= 0.1 <= y.b and y.delta > 0
    assert not y.a <= e(1e9) <= y.b


def test_entries_of_an_array_are_intervals_too():
    e = trace(lambda v: np.sum(v * v), np.ones(2))
    v = np.empty(2, dtype=object)
    v[:] = [(1.0, 2.0), (3.0, 3.0)]
    y = evaluate(e, (v,), interval_arithmetic())
    assert (float(y.a), float(y.b)) == (10.0, 13.0)

"""The complex step: exact where f is analytic, refused by the operation's name where it is not."""

import math

import numpy as np
import pytest

import numeric
from expression import UnsupportedOperation, trace
from expression.operations import ROWS
from tests.strategies import operands, samples

EPS = float(np.finfo(float).eps)
NOT_ANALYTIC = tuple(
    row
    for row in ROWS
    if not row.analytic and row.dtype(*[np.dtype(float)] * (len(row.partials) if row.partials else 1)).kind == "f"
)
FEW_ROUNDINGS = 32 * EPS  # a few operations, nothing subtracted


@pytest.mark.parametrize(
    ("f", "derivative", "x"),
    [
        (np.exp, np.exp, 1.0),
        (lambda x: x**3, lambda x: 3 * x**2, -2.0),
        (lambda x: np.sin(x) / x, lambda x: (x * np.cos(x) - np.sin(x)) / x**2, 0.5),
        (np.log, lambda x: 1 / x, 1e-200),
        (np.log, lambda x: 1 / x, 1e200),
        (lambda x: np.sin(1e8 * x), lambda x: 1e8 * np.cos(1e8 * x), 1.0),
        (lambda z: z * np.conj(z), lambda z: 2 * z, 2.0),  # f itself would give 0 for a complex argument
        (lambda z: np.real(z) ** 2, lambda z: 2 * z, 3.0),
        (lambda x: x * x if x > 0 else -x, lambda x: 2 * x, 3.0),  # a branch is taken at the point
        (lambda x: np.where(x > 1, x * x, np.sin(x)), lambda x: 2 * x, 3.0),
    ],
)
def test_the_derivative_is_exact_to_rounding(f, derivative, x):
    assert abs(numeric.grad(f, scheme="complex_step")(x) / derivative(x) - 1) < FEW_ROUNDINGS


@pytest.mark.parametrize("row", NOT_ANALYTIC, ids=lambda row: row.name)
def test_every_row_that_is_not_analytic_is_refused_by_name_and_line(row):
    sample = samples(row)[1] if row.elementwise else samples(row)[0]
    x = operands(row, sample, np.random.default_rng(0))

    def f(*x):
        return np.sum(row(*x, **sample.parameters))

    line = f.__code__.co_firstlineno + 1
    message = (
        rf"complex_step cannot pass through {row.name} \(test_complex_step.py, line {line}\): it is not analytic; "
        "use scheme='central'"
    )
    for g in (f, trace(f, *x)):
        with pytest.raises(UnsupportedOperation, match=message):
            numeric.grad(g, scheme="complex_step")(*x)


def test_an_operation_beside_the_path_may_be_anything():
    found = numeric.grad(lambda x, y: x * np.abs(y), scheme="complex_step")(2.0, -3.0)
    assert found == 3.0
    with pytest.raises(UnsupportedOperation, match="cannot pass through abs"):
        numeric.grad(lambda x, y: x * np.abs(y), argnums=1, scheme="complex_step")(2.0, -3.0)


@pytest.mark.parametrize(
    ("f", "reason"),
    [(lambda x: math.sin(x), "float\\(\\) or math"), (lambda x: np.spacing(x), "np.spacing has no derivative rule")],
)
def test_a_function_that_cannot_be_recorded_is_refused_with_the_reason(f, reason):
    with pytest.raises(
        UnsupportedOperation, match=f"complex_step must see that f is analytic.*{reason}.*scheme='central'"
    ):
        numeric.grad(f, scheme="complex_step")(1.0)


@pytest.mark.parametrize(("f", "x"), [(np.log, -1.0), (np.sqrt, -2.0), (np.arcsin, 3.0), (lambda x: x**0.5, -1.0)])
def test_where_f_leaves_the_reals_the_derivative_is_nan_as_f_is(f, x):
    assert np.isnan(numeric.grad(f, scheme="complex_step")(x))
    assert np.isnan(numeric.hessian(f, scheme="complex_step")(x))


def test_float32_has_its_own_smallest_step():
    x = np.float32(0.5)
    found = numeric.estimate(np.exp, scheme="complex_step")(x)
    assert found.derivative.dtype == np.float32
    assert abs(found.derivative - np.exp(0.5)) < 4 * np.finfo(np.float32).eps
    assert 1e-20 < found.step < 1e-8


def test_a_second_derivative_takes_one_real_step():
    f = trace(lambda x: np.exp(x[0]) * np.sin(x[1]), np.ones(2))
    x = np.array([0.4, 1.3])
    e, s, c = np.exp(x[0]), np.sin(x[1]), np.cos(x[1])
    found = numeric.hessian(f, scheme="complex_step")(x)
    np.testing.assert_allclose(found, e * np.array([[s, c], [c, -s]]), atol=100 * EPS ** (2 / 3))

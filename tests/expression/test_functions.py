"""The functions that NumPy lacks, against SciPy, mpmath and finite sums, in value and in derivative."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.signal
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from expression import ArgumentError, evaluate, functions, mpmath_arithmetic, trace
from expression.operations import TABLE

EPS = float(np.finfo(float).eps)
TOL = 32 * EPS  # up to ten roundings of numbers near 1, on each side
SUM_TOL = 200 * EPS  # some dozens of products added in another order
FLOAT32_TOL = 32 * float(np.finfo(np.float32).eps)

WIDE = np.concatenate([np.linspace(-30.0, 30.0, 61), [-1e4, -800.0, -0.0, 1e-300, 800.0, 1e4]])
MATRIX = np.random.default_rng(1).normal(0.0, 3.0, (4, 5))
HUGE = np.array([[1e4, 1e4, -1e4], [-1e4, -1e4, -1e4], [0.0, 800.0, -800.0]])


def gelu_by_normal_distribution(x: Any) -> Any:
    return x * scipy.special.ndtr(x)


ELEMENTWISE = {
    "sigmoid": (scipy.special.expit, lambda x: 1 / (1 + mpmath.exp(-x))),
    "relu": (lambda x: x * (x > 0), lambda x: max(x, mpmath.mpf(0))),
    "softplus": (lambda x: np.logaddexp(0.0, x), lambda x: mpmath.log(1 + mpmath.exp(x))),
    "erf": (scipy.special.erf, mpmath.erf),
    "gelu": (gelu_by_normal_distribution, lambda x: x * mpmath.ncdf(x)),
}
SOFTMAXES = {
    "softmax": scipy.special.softmax,
    "log_softmax": scipy.special.log_softmax,
    "logsumexp": scipy.special.logsumexp,
}
DERIVATIVES = {
    "sigmoid": lambda x: 1 / (2 + mpmath.exp(x) + mpmath.exp(-x)),
    "softplus": lambda x: 1 / (1 + mpmath.exp(-x)),
    "erf": lambda x: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x),
}

elementwise = pytest.mark.parametrize("name", ELEMENTWISE)
softmaxes = pytest.mark.parametrize("name", SOFTMAXES)


def shifted_tol(x: Any) -> float:
    """The difference x - logsumexp(x) and logsumexp(x) are rounded at the size of x, half an ulp each."""
    return TOL + EPS * float(np.max(np.abs(x)))


def close(a: Any, b: Any, tol: float) -> None:
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    assert np.all(np.abs(a - b) <= tol * np.maximum(1.0, np.abs(a) + np.abs(b))), (a, b)


@elementwise
def test_values_are_those_of_scipy(name: str) -> None:
    close(getattr(functions, name)(WIDE), ELEMENTWISE[name][0](WIDE), TOL)


def test_erf_of_a_large_array_is_the_error_function_of_each_entry() -> None:
    """Large arrays go by blocks and a series: 2 ulp of Python's own, whatever the size, also about 0 and beyond 6."""
    rng = np.random.default_rng(2)
    tiny = 10.0 ** rng.uniform(-320, 0, 3000) * rng.choice([-1.0, 1.0], 3000)
    x = np.concatenate([np.linspace(-7, 7, 7001), tiny, rng.normal(size=3001)])
    exact = np.array([math.erf(v) for v in x.tolist()])
    assert np.all(np.abs(functions.erf(x) - exact) <= 2 * np.spacing(np.abs(exact)))
    assert np.array_equal(functions.erf(x.reshape(6501, 2).T), functions.erf(x).reshape(6501, 2).T)
    special = np.tile([np.nan, np.inf, -np.inf, -0.0, 0.0, 5e-324], 500)
    for dtype in (np.float64, np.float32):
        y = functions.erf(special.astype(dtype))
        assert y.dtype == dtype
        expected = functions.erf(special[:6].astype(dtype))
        np.testing.assert_array_equal(y[-6:], expected)
        np.testing.assert_array_equal(np.signbit(y[-6:][1:]), np.signbit(expected[1:]))


@elementwise
def test_values_are_those_of_mpmath_where_scipy_may_err_too(name: str) -> None:
    with mpmath.workdps(30):
        exact = [float(ELEMENTWISE[name][1](mpmath.mpf(x))) for x in WIDE]
    close(getattr(functions, name)(WIDE), exact, TOL)


@pytest.mark.parametrize("name", DERIVATIVES)
def test_partials_neither_overflow_nor_lose_digits(name: str) -> None:
    y = getattr(functions, name)(WIDE)
    with np.errstate(all="ignore"):
        partial = TABLE[name].partials[0](y, WIDE)
    with mpmath.workdps(30):
        exact = [float(DERIVATIVES[name](mpmath.mpf(x))) for x in WIDE]
    close(partial, exact, TOL)


def test_softplus_has_slope_1_far_to_the_right_where_the_naive_formula_has_nan() -> None:
    assert TABLE["softplus"].partials[0](functions.softplus(800.0), 800.0) == 1.0
    with np.errstate(all="ignore"):
        assert np.isnan(np.exp(800.0) / (1 + np.exp(800.0)))


@softmaxes
@pytest.mark.parametrize("axis", [0, 1, -1, (0, 1)])
@pytest.mark.parametrize("x", [MATRIX, HUGE], ids=["moderate", "huge"])
def test_softmaxes_are_those_of_scipy_along_every_axis(name: str, axis: Any, x: Any) -> None:
    close(getattr(functions, name)(x, axis=axis), SOFTMAXES[name](x, axis=axis), shifted_tol(x))


@pytest.mark.parametrize("axis", [None, 0, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_logsumexp_takes_the_options_of_a_reduction(axis: Any, keepdims: bool) -> None:
    found = functions.logsumexp(MATRIX, axis=axis, keepdims=keepdims)
    close(found, scipy.special.logsumexp(MATRIX, axis=axis, keepdims=keepdims), TOL)


def test_the_slope_of_logsumexp_is_a_softmax_also_of_huge_entries() -> None:
    y = functions.logsumexp(HUGE, axis=1, keepdims=True)
    close(TABLE["logsumexp"].partial(y, HUGE, axis=(1,)), scipy.special.softmax(HUGE, axis=1), shifted_tol(HUGE))


@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_softmax_does_not_see_a_shift(shift: float) -> None:
    x = np.arange(5.0)  # whole numbers, so that the shifted entries are exact
    close(functions.softmax(x + shift), functions.softmax(x), shifted_tol(x + shift))


@pytest.mark.parametrize("x", [0.5, 2, np.float64(0.5), np.float32(0.5), np.array([0.5, 1.5], np.float32)], ids=repr)
@pytest.mark.parametrize("name", [*ELEMENTWISE, "logsumexp"])
def test_numbers_stay_numbers_and_keep_their_precision(name: str, x: Any) -> None:
    y = getattr(functions, name)(x)
    reference = ELEMENTWISE[name][0] if name in ELEMENTWISE else scipy.special.logsumexp
    single = getattr(x, "dtype", None) == np.float32
    assert isinstance(y, np.generic) == (np.ndim(y) == 0)
    assert y.dtype == (np.float32 if single else np.int64 if isinstance(x, int) and name == "relu" else np.float64)
    close(y, reference(x), FLOAT32_TOL if single else TOL)


CALLS = {name: (MATRIX,) for name in (*ELEMENTWISE, *SOFTMAXES, "layer_norm")} | {
    "conv2d": (MATRIX.reshape(1, 2, 2, 5), MATRIX[:, :2].reshape(2, 2, 1, 2))
}


@pytest.mark.parametrize("name, args", CALLS.items(), ids=CALLS)
def test_a_trace_evaluates_to_the_same_bits(name: str, args: Any) -> None:
    f = getattr(functions, name)
    np.testing.assert_array_equal(trace(f, *args)(*args), f(*args))


@elementwise
def test_the_rows_are_the_one_source_of_truth(name: str) -> None:
    recorded = {node.operation.name for node in trace(getattr(functions, name), 1.0).nodes}
    assert (name if name != "gelu" else "erf") in recorded


@elementwise
def test_traces_evaluate_to_many_digits(name: str) -> None:
    e = trace(getattr(functions, name), 1.0)
    with mpmath.workdps(40):
        exact = ELEMENTWISE[name][1](mpmath.mpf("0.75"))
        found = evaluate(e, (0.75,), mpmath_arithmetic(40))
        # gelu holds sqrt(1/2) as a float64 constant, the others nothing but small integers
        assert abs(mpmath.mpf(str(found)) - exact) < (EPS if name == "gelu" else mpmath.mpf(10) ** -38)


# -- one_hot and layer_norm ------------------------------------------------------------------------------------------


def test_one_hot_rows_have_their_1_at_the_label() -> None:
    labels = np.array([[2, 0], [1, 1]])
    rows = functions.one_hot(labels, 3)
    np.testing.assert_array_equal(rows, np.eye(3)[labels])
    assert rows.dtype == np.float64
    np.testing.assert_array_equal(functions.one_hot(1, 3), [0.0, 1.0, 0.0])
    np.testing.assert_array_equal(trace(lambda k: functions.one_hot(k, 3), labels)(labels), rows)


@pytest.mark.parametrize(
    "labels, text",
    [
        (np.array([0.0, 1.0]), "one_hot: labels are float64; pass integers from 0 to 2"),
        (np.array([0, 3]), "one_hot: labels run from 0 to 3, but 3 classes are 0 to 2"),
        (np.array([-1, 2]), "one_hot: labels run from -1 to 2, but 3 classes are 0 to 2"),
    ],
)
def test_one_hot_refuses_what_is_no_label(labels: Any, text: str) -> None:
    with pytest.raises(ArgumentError) as error:
        functions.one_hot(labels, 3)
    assert str(error.value) == text


@given(st.floats(-100, 100), st.floats(0.1, 10))
def test_layer_norm_does_not_see_shift_and_scale(shift: float, scale: float) -> None:
    x = functions.layer_norm(scale * MATRIX + shift, eps=0.0)
    close(x, functions.layer_norm(MATRIX, eps=0.0), 1e4 * TOL)  # a shift of 100 over a scale of 0.1, squared
    close(np.mean(x, axis=-1), np.zeros(4), 1e4 * TOL)
    close(np.std(x, axis=-1), np.ones(4), 1e4 * TOL)


def test_layer_norm_scales_and_shifts_afterwards() -> None:
    gain, bias = np.arange(1.0, 6.0), np.arange(5.0)
    close(functions.layer_norm(MATRIX, gain, bias), gain * functions.layer_norm(MATRIX) + bias, TOL)


# -- conv2d ----------------------------------------------------------------------------------------------------------


def by_scipy(x: Any, w: Any, stride: tuple[int, int], padding: tuple[int, int]) -> Any:
    """Every pair of channels correlated in full, then thinned out."""
    x = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))

    def correlated(image: Any, kernel: Any) -> Any:
        return sum(
            scipy.signal.correlate(a, b, mode="valid", method="direct") for a, b in zip(image, kernel, strict=True)
        )

    y = np.array([[correlated(image, kernel) for kernel in w] for image in x])
    return y[:, :, :: stride[0], :: stride[1]]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_conv2d_is_the_cross_correlation_of_scipy(data: st.DataObject) -> None:
    images, channels, filters = (data.draw(st.integers(1, 3)) for _ in range(3))
    rows, columns = (data.draw(st.integers(1, 4)) for _ in range(2))
    padding = (data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2)))
    height = data.draw(st.integers(max(rows - 2 * padding[0], 1), 7))
    width = data.draw(st.integers(max(columns - 2 * padding[1], 1), 7))
    stride = (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    x, w = rng.normal(size=(images, channels, height, width)), rng.normal(size=(filters, channels, rows, columns))
    y = functions.conv2d(x, w, stride, padding)
    assert y.shape[2:] == (
        1 + (height + 2 * padding[0] - rows) // stride[0],
        1 + (width + 2 * padding[1] - columns) // stride[1],
    )
    close(y, by_scipy(x, w, stride, padding), SUM_TOL)


def test_conv2d_does_not_flip_the_kernel() -> None:
    x, w = np.array([[[[1.0, 2.0, 3.0]]]]), np.array([[[[10.0, 1.0]]]])
    np.testing.assert_array_equal(functions.conv2d(x, w), [[[[12.0, 23.0]]]])


@pytest.mark.parametrize(
    "x, w, options, text",
    [
        (
            (1, 1, 3, 3),
            (1, 2, 2, 2),
            {},
            "needs x (N, C, H, W) and w (O, C, K, L) with the same C, got (1, 1, 3, 3)",
        ),
        ((3, 3), (1, 1, 2, 2), {}, "needs x (N, C, H, W) and w (O, C, K, L) with the same C, got (3, 3) and"),
        ((1, 1, 3, 3), (1, 1, 4, 2), {}, "the kernel is 4 by 2, larger than the padded 3 by 3 image"),
        ((1, 1, 3, 3), (1, 1, 2, 2), {"stride": 0}, "stride=0 must be at least 1"),
        ((1, 1, 3, 3), (1, 1, 2, 2), {"padding": (0, -1)}, "padding=(0, -1) must be at least 0"),
    ],
)
def test_conv2d_says_which_shape_does_not_fit(x: Any, w: Any, options: Any, text: str) -> None:
    with pytest.raises(ArgumentError) as error:
        functions.conv2d(np.ones(x), np.ones(w), **options)
    assert f"conv2d: {text}" in str(error.value)

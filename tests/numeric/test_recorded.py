"""What is known of f before the points are: it is prepared once, and kept between calls."""

import numpy as np
import pytest

import numeric
from expression import trace
from expression.errors import ArgumentError, UnsupportedOperation
from numeric.recorded import KEPT, Recorded, Source
from numeric.sampling import grid


@pytest.mark.parametrize("along", [False, True])
@pytest.mark.parametrize("here", [False, True])
@pytest.mark.parametrize(("levels", "n"), [(1, 1), (2, 3), (3, 2), (1, 5)])
def test_a_grid_has_one_moved_entry_a_point(levels, n, here, along):
    x = np.arange(1.0, n + 1)
    moved = 100.0 + np.arange(levels * n).reshape(levels, n)
    expected = np.stack([x] * (levels * n + here))
    for point in range(levels * n):
        expected[point, point % n] = moved[point // n, point % n]
    found = grid(x, moved, here, along)
    np.testing.assert_array_equal(found, expected)
    assert found.flags.f_contiguous if along else found.flags.c_contiguous


# -- what is kept ------------------------------------------------------------------------------------------------------


class Counted:
    """A function that counts its calls."""

    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, *args):
        self.calls += 1
        return self.f(*args)


def test_a_black_box_is_called_anew_at_every_point_of_every_call():
    factor = [2.0]
    f = Counted(lambda x: factor[0] * x)
    gradient = numeric.grad(f, step=0.5)
    assert gradient(3.0) == 2.0
    factor[0] = 5.0
    assert gradient(3.0) == 5.0
    assert f.calls == 4


def test_a_batched_function_is_traced_once_for_each_kind_of_arguments():
    f = Counted(lambda x, y: np.sum(x * y))
    gradient = numeric.grad(f, step=0.5, batched=True)
    x = np.array([1.0, 2.0])
    for times in (1, 3):
        np.testing.assert_array_equal(gradient(times * x, 3.0), [3.0, 3.0])
    assert f.calls == 1
    np.testing.assert_array_equal(gradient(np.ones(3), 3.0), [3.0] * 3)  # another shape
    gradient(x.astype(np.float32), 3.0)  # another dtype
    np.testing.assert_array_equal(gradient(x, np.array([4.0, 5.0])), [4.0, 5.0])  # another shape of what is not moved
    assert f.calls == 4
    np.testing.assert_array_equal(gradient(x, 7.0), [7.0, 7.0])
    assert f.calls == 4


def test_no_more_records_are_kept_than_that():
    f = Counted(lambda x: np.sum(x))
    source = Source(f, imaginary=False, batched=True)
    gradient = numeric.grad(f, step=0.5, batched=True)
    for n in range(1, KEPT + 3):
        gradient(np.ones(n))
        source.traced(*key(np.ones(n)))
    assert source.traced.cache_info().currsize == KEPT
    calls = f.calls
    gradient(np.ones(KEPT + 2))
    assert f.calls == calls  # the last one is still there
    gradient(np.ones(1))
    assert f.calls == calls + 1  # and the first one is not


def key(x):
    """What a record of a function of one array is found by."""
    from expression.structure import flatten

    return flatten((x,))[1], ((x.shape, x.dtype),)


def test_an_expression_is_prepared_once_for_each_choice_of_arguments():
    e = trace(lambda x, y: np.sum(x * y), np.ones(2), np.ones(2))
    recorded = Recorded(e)
    assert recorded.program((0,)) is recorded.program((0,))
    assert recorded.program((0,)) is not recorded.program((0, 1))
    assert recorded.positions((1,)) == (1,)


def test_a_complex_step_looks_at_what_is_differentiated():
    e = trace(lambda x, y: x * np.floor(y), 1.0, 1.0)
    assert numeric.grad(e, scheme="complex_step")(3.0, 2.5) == 2.0
    with pytest.raises(UnsupportedOperation, match="cannot pass through floor"):
        numeric.grad(e, 1, scheme="complex_step")(3.0, 2.5)


# -- a given step, all prepared ----------------------------------------------------------------------------------------

A = np.random.default_rng(4).normal(size=(3, 3))
FUNCTIONS = {
    "slices": (lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2), np.linspace(-1.0, 1.5, 10)),
    "one entry": (lambda x: np.sum(np.exp(x)), np.array([0.7])),
    "matrix": (lambda x: np.sum(np.tanh(A @ x)), np.linspace(-1.0, 1.0, 12).reshape(3, 4)),
    "of higher rank": (lambda x: np.sum(x[0] * np.swapaxes(x[1], 0, 1)), np.linspace(0.0, 1.0, 18).reshape(2, 3, 3)),
    "constant": (lambda x: np.sum(x) * 0.0 + 3.0, np.ones(3)),
    "outside its domain": (lambda x: np.sum(np.log(x)), np.array([1.0, -1.0])),
    "infinite": (lambda x: np.sum(np.exp(x)), np.array([1.0, 800.0])),
}
REAL = [name for name, row in numeric.SCHEMES.items() if not row.stencil.imaginary]


@pytest.mark.parametrize("scheme", REAL)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_prepared_and_looked_up_gradients_have_the_same_bits(name, scheme):
    f, x = FUNCTIONS[name]
    e = trace(f, x)
    prepared, looked_up = (numeric.grad(e, argnums, scheme=scheme, step=2.0**-10) for argnums in (0, (0,)))
    (expected,) = looked_up(x)
    value, gradient = numeric.value_and_grad(e, scheme=scheme, step=2.0**-10)(x)
    np.testing.assert_array_equal(value, e(x))
    np.testing.assert_array_equal(gradient, expected)
    for _ in range(2):
        found = prepared(x)
        np.testing.assert_array_equal(found, expected)
    found[...] = 0.0
    np.testing.assert_array_equal(prepared(x), expected)  # results are fresh


def test_a_prepared_gradient_takes_every_layout_and_refuses_what_the_others_refuse():
    e = trace(lambda x: np.sum(x * x), np.ones(3))
    gradient = numeric.grad(e, step=0.5)
    wide = np.arange(6.0)
    np.testing.assert_array_equal(gradient(wide[::2]), 2 * wide[::2])
    wide.flags.writeable = False
    np.testing.assert_array_equal(gradient(wide[:3]), 2 * wide[:3])
    for x, message in (
        (np.array([1.0, np.nan, 1.0]), "x holds nan"),
        (np.ones(3, dtype=int), "derivatives need floats"),
        (np.ones(4), r"x: expected shape \(3,\), got \(4,\)"),
        (np.ones(3, dtype=np.float32), "expected dtype float64, got float32"),
        (np.full(3, 1e20), r"step=0.5 is too small: x \+ h == x at x = 1e\+20"),
    ):
        with pytest.raises(ArgumentError, match=message):
            gradient(x)
    with pytest.raises(ArgumentError, match="grad needs a scalar output"):
        numeric.grad(trace(lambda x: x * x, np.ones(3)), step=0.5)(np.ones(3))


def test_points_that_do_not_fit_the_cache_are_taken_in_blocks_with_the_same_answer():
    n = 400
    x = np.random.default_rng(2).uniform(0.5, 1.5, n)
    e = trace(FUNCTIONS["slices"][0], x)
    found = numeric.grad(e, step=2.0**-17)(x)
    expected = np.zeros(n)
    expected[:-1] = -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    expected[1:] += 200 * (x[1:] - x[:-1] ** 2)
    value = e(x)
    # a rounding of 2 eps f / 2 h, for a sum of n terms in blocks a few of them, and truncation f''' h^2 / 6
    tol = 8 * np.finfo(float).eps * value / 2.0**-17 + 2400 * 1.5 * 2.0**-34 / 6
    assert np.max(np.abs(found - expected)) < tol

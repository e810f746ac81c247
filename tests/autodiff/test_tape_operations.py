"""Every row of the operation table on the tape: against derived programs, forward mode, slopes, and brute force."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autodiff
import numeric
from autodiff import GradientTape, tensor
from autodiff.pulls import pull_float, pull_floats
from autodiff.recording import Scalar, on_tape
from autodiff.tape import Tape
from autodiff.tensor import Tensor
from expression import trace
from expression.operations import TABLE
from expression.operations.operation import BOOLEAN, Operation
from expression.structure import deliver
from tests.expression.test_operations import (
    DIFFERENTIABLE,
    EXACT_TOL,
    FLOAT32,
    FLOAT64,
    NUMERIC_TOL,
    SMOOTH,
    close,
    floats,
    smooth_cases,
    sum_to,
)
from tests.strategies import draw, operands, samples, seeds

EPS = {dtype: float(np.finfo(dtype).eps) for dtype in (FLOAT64, FLOAT32)}
TOL = {dtype: EXACT_TOL * eps / EPS[FLOAT64] for dtype, eps in EPS.items()}  # the same count of roundings
CURVED_TOL = 4 * NUMERIC_TOL  # the slope of a slope: one more derivative in the truncation
# pow is no IEEE operation: the C library and NumPy's vector code may each be off by one, and a^-0 has the partial -0,
# which is nothing to send back
ULPS = 2

dtypes = pytest.mark.parametrize("dtype", [FLOAT64, FLOAT32], ids=str)


class Call:
    """A row called on one sample: the floats that are differentiated, and a function of them alone."""

    def __init__(self, row: Operation, sample: Any, seed: int = 0, dtype: Any = FLOAT64) -> None:
        """Draw the operands, a cotangent and a tangent."""
        rng = np.random.default_rng(seed)
        x = operands(row, sample, rng)
        self.row, self.options = row, sample.parameters
        self.free = floats(row, x, sample)
        self.x = [np.asarray(v, dtype)[()] if k in self.free else v for k, v in enumerate(x)]
        self.primals = tuple(self.x[k] for k in self.free)
        self.tangents = tuple(np.asarray(rng.normal(size=np.shape(v)), dtype)[()] for v in self.primals)
        self.y = self(*self.primals)
        self.y_bar = np.asarray(rng.normal(size=np.shape(self.y)), self.y.dtype)[()]

    def __call__(self, *free: Any) -> Any:
        """The row on the differentiated operands, the others as they are."""
        left = iter(free)
        return self.row(*[next(left) if k in self.free else v for k, v in enumerate(self.x)], **self.options)

    def loss(self, *free: Any) -> Any:
        """A scalar whose gradient is the pullback of the cotangent."""
        return np.sum(self.y_bar * self(*free))

    def derived(self) -> Any:
        """The gradient as `derive` writes it down, evaluated."""
        e = trace(self.loss, *self.primals)
        return autodiff.derive(e, tuple(i.name for i in e.inputs))(*self.primals)


def same_bits(a: Any, b: Any) -> None:
    """The same type, shape, dtype and bits."""
    assert type(a) is type(b)
    a, b = np.asarray(a), np.asarray(b)
    assert (a.shape, a.dtype, a.tobytes()) == (b.shape, b.dtype, b.tobytes())


def gradients_of_three_faces(f: Any, x: tuple[Any, ...], y_bar: Any) -> tuple[tuple[Any, ...], ...]:
    """The same pullback by vjp, by .backward() and by a GradientTape."""
    leaves = [tensor(v) for v in x]
    y = f(*leaves)
    y.backward(y_bar)
    with GradientTape() as tape:
        watched = [tape.watch(v) for v in x]
        y = f(*watched)
    by_backward = tuple(nothing_for(v) if v.grad is None else v.grad for v in leaves)
    return autodiff.vjp(f, *x)[1](y_bar), by_backward, tape.gradient(y, tuple(watched), y_bar)


def nothing_for(leaf: Any) -> Any:
    """The gradient of a leaf to which nothing flowed back, as through a jump."""
    return deliver(np.zeros(leaf.shape, leaf.dtype)[()])


# -- the table ---------------------------------------------------------------------------------------------------------


@smooth_cases
@dtypes
def test_a_row_on_the_tape_pulls_back_what_its_derived_program_does(row, sample, dtype):
    call = Call(row, sample, dtype=dtype)
    assert len(call.primals)
    x_bars, by_backward, by_tape = gradients_of_three_faces(call, call.primals, call.y_bar)
    for x, x_bar, again, once_more, derived in zip(
        call.primals, x_bars, by_backward, by_tape, call.derived(), strict=True
    ):
        assert (np.shape(x_bar), np.asarray(x_bar).dtype) == (np.shape(x), dtype)
        same_bits(x_bar, again)
        same_bits(x_bar, once_more)
        close(x_bar, derived, TOL[dtype])


@smooth_cases
@dtypes
def test_a_row_on_the_tape_has_numpys_value_to_the_last_bit(row, sample, dtype):
    call = Call(row, sample, dtype=dtype)
    y = call(*[tensor(v) for v in call.primals])
    assert isinstance(y, Tensor)
    assert (y.shape, y.dtype) == (np.shape(call.y), call.y.dtype)
    same_bits(np.asarray(y.value), np.asarray(call.y))


def check_forward_mode(call: Call, tolerance: float) -> None:
    """Forward mode is the transpose of reverse mode: <y_bar, J x_dot> = <y_bar J, x_dot>."""
    value, y_dot = autodiff.jvp(call, call.primals, call.tangents)
    np.testing.assert_array_equal(value, call.y)
    assert (np.shape(y_dot), np.asarray(y_dot).dtype) == (np.shape(call.y), call.y.dtype)
    x_bars = autodiff.vjp(call, *call.primals)[1](call.y_bar)
    pushed = np.asarray(call.y_bar, float) * y_dot
    pulled = [np.asarray(a, float) * b for a, b in zip(x_bars, call.tangents, strict=True)]
    scale = np.sum(np.abs(pushed)) + sum(np.sum(np.abs(p)) for p in pulled)
    assert abs(np.sum(pushed) - sum(np.sum(p) for p in pulled)) <= tolerance * max(1.0, float(scale))


def check_slope(call: Call) -> None:
    """The tangent is the central difference along it."""
    _, y_dot = autodiff.jvp(call, call.primals, call.tangents)
    close(y_dot, numeric.jvp(call, call.primals, call.tangents)[1], NUMERIC_TOL)


@smooth_cases
@dtypes
def test_forward_mode_on_the_tape_is_the_transpose_of_reverse_mode(row, sample, dtype):
    check_forward_mode(Call(row, sample, dtype=dtype), TOL[dtype])


@smooth_cases
def test_forward_mode_on_the_tape_is_the_slope_by_central_differences(row, sample):
    check_slope(Call(row, sample))


@smooth_cases
def test_nested_tapes_give_the_second_derivative_that_derived_programs_give(row, sample):
    call = Call(row, sample)

    def slope(*free):
        gradient = autodiff.grad(curved, tuple(range(len(free))))(*free)
        return sum(np.sum(a * b) for a, b in zip(gradient, call.tangents, strict=True))

    def curved(*free):
        y = call(*free)
        return np.sum(call.y_bar * y * y)

    e = trace(curved, *call.primals)
    names = tuple(i.name for i in e.inputs)
    program = autodiff.derive(e, names)
    twice = trace(lambda *x: sum(np.sum(a * b) for a, b in zip(program(*x), call.tangents, strict=True)), *call.primals)
    found = autodiff.grad(slope, tuple(range(len(names))))(*call.primals)
    expected = autodiff.derive(twice, tuple(i.name for i in twice.inputs))(*call.primals)
    for a, b in zip(found, expected, strict=True):
        close(a, b, EXACT_TOL)
    along = autodiff.jvp(slope, call.primals, call.tangents)[1]
    close(along, numeric.jvp(slope, call.primals, call.tangents)[1], CURVED_TOL)


def with_wrong_rule(row: Operation) -> Operation:
    """The same row with every rule a tenth of a thousandth too large."""

    def scaled(rule: Any) -> Any:
        return 1.0001 * rule if type(rule) is float else lambda *x, **options: 1.0001 * rule(*x, **options)

    if row.partials is not None:
        return replace(row, partials=tuple(map(scaled, row.partials)), products=None)
    if row.partial is not None:
        return replace(row, partial=scaled(row.partial))
    return replace(row, vjps=lambda k, *x, **options: 1.0001 * row.vjp(k)(*x, **options))


FLAT = ("sign", "floor", "ceil", "trunc", "rint", "floor_divide", "heaviside", "slogdet_sign")  # 1.0001 * 0 is right
GATHERED = ("getitem",)  # pulled back by pieces, not by its rule


@pytest.mark.parametrize("row", [r for r in DIFFERENTIABLE if r.name not in FLAT + GATHERED], ids=lambda row: row.name)
def test_a_wrong_rule_on_the_tape_is_caught(row):
    call = Call(row, samples(row)[0], seed=1)
    right = call.derived()
    call.row = with_wrong_rule(row)
    wrong = autodiff.vjp(call, *call.primals)[1](call.y_bar)
    with pytest.raises(AssertionError, match="differ by"):
        for a, b in zip(wrong, right, strict=True):
            close(a, b, EXACT_TOL)


# -- broadcasting, memory layouts, and what a number may be ------------------------------------------------------------

LAYOUTS = ("C", "F", "strided", "reversed", "repeated")


def laid_out(x: Any, layout: str) -> Any:
    """The same numbers in another order of memory; `repeated` repeats the first entry, without memory for it."""
    x = np.asarray(x)
    if layout == "F":
        return np.array(x, order="F")
    if layout == "strided" and x.ndim:
        return np.repeat(x, 2, axis=-1)[..., ::2]
    if layout == "reversed" and x.ndim:
        return np.ascontiguousarray(x[::-1])[::-1]
    if layout == "repeated" and x.ndim and x.size:
        return np.broadcast_to(x.reshape(-1)[0], x.shape)
    return x


def as_number(x: Any, kind: str) -> Any:
    """A value without axes as Python's float, NumPy's, or an array of shape ()."""
    if np.ndim(x):
        return x
    return {"float": float(x), "scalar": np.asarray(x)[()], "array": np.asarray(x)}[kind]


def spread_out(v: Any, shape: tuple[int, ...]) -> Any:
    """An array as large as the result, whatever a rule returned."""
    return np.broadcast_to(np.asarray(v, float), shape)


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_broadcast_is_pulled_back_entry_by_entry(row, data):
    n = len(row.partials)
    shapes = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=n, max_dims=3, min_side=0, max_side=3))
    rng = np.random.default_rng(data.draw(seeds))
    dtype = data.draw(st.sampled_from([FLOAT64, FLOAT32]))
    x = []
    for domain, shape in zip(row.domain, shapes.input_shapes, strict=True):
        v = draw(domain, shape, rng)
        if domain != BOOLEAN:
            v = as_number(np.asarray(v, dtype), data.draw(st.sampled_from(["float", "scalar", "array"])))
        x.append(v if type(v) is float else laid_out(v, data.draw(st.sampled_from(LAYOUTS))))
    free = [k for k, domain in enumerate(row.domain) if domain != BOOLEAN]
    constant = data.draw(st.sets(st.sampled_from(free), max_size=len(free) - 1))
    free = [k for k in free if k not in constant]

    def f(*primals):
        left = iter(primals)
        return row(*[next(left) if k in free else v for k, v in enumerate(x)])

    primals = tuple(x[k] for k in free)
    value = autodiff.vjp(f, *primals)[0]
    assert np.shape(value) == shapes.result_shape
    out = np.asarray(value).dtype
    y_bar = np.asarray(rng.normal(size=shapes.result_shape), out)[()]
    x_bars, by_backward, by_tape = gradients_of_three_faces(f, primals, y_bar)
    full = [
        np.broadcast_to(np.asarray(v, bool if row.domain[k] == BOOLEAN else float), np.shape(y_bar))
        for k, v in enumerate(x)
    ]
    y = row.forward(*full)
    tolerance = max(TOL[np.asarray(v).dtype] for k, v in enumerate(x) if row.domain[k] != BOOLEAN)
    for k, x_bar, again, once_more in zip(free, x_bars, by_backward, by_tape, strict=True):
        same_bits(x_bar, again)
        same_bits(x_bar, once_more)
        assert (np.shape(x_bar), np.asarray(x_bar).dtype) == (np.shape(x[k]), np.asarray(x[k]).dtype)
        assert type(x_bar) is float if np.shape(x[k]) == () and np.asarray(x[k]).dtype == FLOAT64 else True
        entries = y_bar * spread_out(row.dy_dx(k, y, *full), np.shape(y_bar))
        expected = sum_to(entries, np.shape(x[k]))
        error = np.abs(x_bar - expected)
        scale = np.maximum(1.0, sum_to(np.abs(entries), np.shape(x[k])))  # of a sum that may cancel
        assert np.all(error <= tolerance * scale)


@smooth_cases
@pytest.mark.parametrize("layout", LAYOUTS[1:4])
def test_the_layout_of_memory_changes_nothing(row, sample, layout):
    call = Call(row, sample)
    turned = tuple(laid_out(v, layout) for v in call.primals)
    expected = autodiff.vjp(call, *call.primals)[1](call.y_bar)
    y_bar = laid_out(call.y_bar, layout)
    for x_bars in gradients_of_three_faces(call, turned, y_bar):
        for a, b in zip(x_bars, expected, strict=True):
            close(a, b, EXACT_TOL)
            assert np.ndim(a) == 0 or a.flags.c_contiguous


@smooth_cases
def test_constants_of_any_layout_stand_beside_tensors(row, sample):
    call = Call(row, sample)
    expected = autodiff.vjp(call, *call.primals)[1](call.y_bar)
    for k, layout in zip(range(len(call.primals)), ("F", "strided", "reversed", "F"), strict=False):
        beside = [laid_out(v, layout) for v in call.primals]

        def alone(x, beside=beside, k=k):
            return call(*beside[:k], x, *beside[k + 1 :])

        x_bar = autodiff.vjp(alone, call.primals[k])[1](call.y_bar)[0]
        close(x_bar, expected[k], EXACT_TOL)


TRAPS = {
    "sqrt": lambda x: np.where(x > 0, np.sqrt(x), 0.0 * x),
    "log": lambda x: np.where(x > 0, np.log(x), x),
    "quotient": lambda x: np.where(x > 0, 1 / x, x * x),
    "power": lambda x: np.where(x > 0, x**-1.5, x),
    "constant": lambda x: np.where(x > 0, 2.0 / x, 0.0) * x,
}


@pytest.mark.parametrize("name", TRAPS)
@pytest.mark.parametrize("x", [0.0, np.zeros(()), np.array([1.0, 0.0]), np.zeros((2, 1), np.float32)], ids=repr)
def test_a_branch_not_taken_sends_nothing_back(name, x):
    f = TRAPS[name]
    with np.errstate(all="ignore"):
        y_bar = np.ones(np.shape(x), np.asarray(x).dtype)[()]
        found = gradients_of_three_faces(f, (x,), y_bar)
    for (x_bar,) in found:
        assert np.all(np.isfinite(x_bar))
        same_bits(x_bar, found[0][0])


# -- Python floats: the arithmetic that is written out -----------------------------------------------------------------

numbers = st.floats(allow_nan=False, allow_infinity=False)
BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
}


@np.errstate(all="ignore")
def steps_of_two(name: str, a: float, b: float) -> list[tuple[Any, float, float | None, float | None]]:
    """An operator on two tensors, and on one and a constant: (value, dy/da, dy/db), None where nothing is asked."""
    found = []
    for first, second in ((True, True), (True, False), (False, True)):
        tape = Tape()
        x = on_tape(tape, a) if first else a
        y = on_tape(tape, b) if second else b
        z = BINARY[name](x, y)
        assert type(z) is Scalar
        step = tape.steps[-1]
        short = step[0] in (pull_float, pull_floats)
        p, q = step[7:] if short else autodiff.vjp(BINARY[name], a, b)[1](1.0)
        found.append((z.primal, p if first else None, q if second else None))
    return found


def same_number(a: float, b: float, ulps: int = 0) -> bool:
    """Equal to the last bit, the sign of zero and nan included, or that many units in the last place away."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if a == b:
        return ulps > 0 or math.copysign(1.0, a) == math.copysign(1.0, b)
    return math.isfinite(a) and math.isfinite(b) and abs(a - b) <= ulps * math.ulp(max(abs(a), abs(b)))


@pytest.mark.parametrize("name", BINARY)
@settings(max_examples=150, deadline=None)
@given(a=numbers, b=numbers)
@example(a=1.0, b=0.0)
@example(a=0.0, b=0.0)
@example(a=-0.0, b=1.0)
@example(a=0.0, b=-1.0)
@example(a=-8.0, b=1.0 / 3.0)
@example(a=1e200, b=2.0)
@example(a=1e308, b=1e-308)
@example(a=5e-324, b=3.0)
@example(a=0.1, b=2.0)
@example(a=-3.0, b=2.0)
@example(a=0.0, b=-0.0)
def test_the_arithmetic_of_floats_has_the_tables_values_and_partials(name, a, b):
    row, ulps = TABLE[name], ULPS if name == "pow" else 0
    x = (np.float64(a), np.float64(b))
    with np.errstate(all="ignore"):
        y = row.forward(*x)
        p, q = (float(row.dy_dx(k, y, *x)) for k in range(2))
    for value, found_p, found_q in steps_of_two(name, a, b):
        assert same_number(value, float(y), ulps)
        assert found_p is None or same_number(found_p, p, ulps)
        assert found_q is None or same_number(found_q, q, ulps)


@given(a=numbers)
@example(a=0.0)
@settings(max_examples=50, deadline=None)
def test_the_negative_of_a_float_has_the_tables_value_and_partial(a):
    tape = Tape()
    y = -on_tape(tape, a)
    assert same_number(y.primal, -a)
    assert tape.steps[-1][7] == TABLE["neg"].dy_dx(0, -a, a) == -1.0


SCALAR_MOVES = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / (1.5 + y * y),
    "rdiv": lambda x, y: 2.0 / (1.0 + x * x) - y,
    "constants": lambda x, y: 3 * x - y / 4 + 1,
    "reflected": lambda x, y: 1 - x + 0.5 * y,
    "negative": lambda x, y: -x * y,
    "functions": lambda x, y: np.sin(x) + np.exp(-y * y),
    "absolute": lambda x, y: abs(x) + y,
    "fan-out": lambda x, y: x * x * y + x,
}


@st.composite
def scalar_programs(draw_from: Any) -> Any:
    """Straight-line code over two numbers: moves with the positions that they read."""
    size = 2
    steps = []
    for _ in range(draw_from(st.integers(1, 10))):
        places = draw_from(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)))
        steps.append((draw_from(st.sampled_from(sorted(SCALAR_MOVES))), places))
        size += 1
    return steps


def run_program(steps: Any, x: Any, y: Any) -> Any:
    """The last value of a scalar program."""
    pool = [x, y]
    for name, (i, j) in steps:
        pool.append(SCALAR_MOVES[name](pool[i], pool[j]))
    return pool[-1]


@settings(max_examples=200, deadline=None)
@given(steps=scalar_programs(), x=st.floats(-2, 2), y=st.floats(-2, 2))
def test_floats_and_arrays_without_axes_give_the_same_bits(steps, x, y):
    with np.errstate(all="ignore"):
        by_hand = float(run_program(steps, np.float64(x), np.float64(y)))
    answers = []
    for primals in ((x, y), (np.float64(x), np.float64(y)), (np.array(x), np.array(y)), (np.array(x), y)):
        value, gradient = autodiff.value_and_grad(lambda *p: run_program(steps, *p), (0, 1))(*primals)
        assert [type(v) for v in (value, *gradient)] == [float] * 3
        answers.append((value, *gradient))
    for found in answers:
        assert same_number(found[0], by_hand)
        assert all(same_number(a, b) for a, b in zip(found, answers[0], strict=True))


@settings(max_examples=100, deadline=None)
@given(steps=scalar_programs(), x=st.floats(-2, 2), y=st.floats(-2, 2))
def test_floats_and_arrays_of_one_entry_give_the_same_numbers(steps, x, y):
    numbers = autodiff.grad(lambda *p: run_program(steps, *p), (0, 1))(x, y)
    arrays = autodiff.grad(lambda *p: np.sum(run_program(steps, *p)), (0, 1))(np.array([x]), np.array([[y]]))
    derived = autodiff.derive(trace(lambda x, y: run_program(steps, x, y), x, y), ("x", "y"))(x, y)
    for a, b, c in zip(numbers, arrays, derived, strict=True):
        if np.isfinite(a) and abs(a) < 1 / EXACT_TOL:
            close(a, np.reshape(b, ()), EXACT_TOL)
            close(a, np.reshape(c, ()), EXACT_TOL)


# -- dtypes ------------------------------------------------------------------------------------------------------------

COMPANY = {
    "a float": lambda x: 0.1 * x + 1,
    "an int": lambda x: 3 * x - 2,
    "a truth value": lambda x: True * x,
    "a scalar of the same dtype": lambda x: np.float32(0.1) * x,
    "an array of the same dtype": lambda x: x * np.full(3, 0.1, np.float32) / np.full((), 3, np.float32),
    "its own mask": lambda x: x * (x > 0.5),
    "its own indices": lambda x: x * np.float32(1) + x[np.argsort(x)],
    "its own power": lambda x: x**2 + x**0.5 + 2.0**x,
}


@pytest.mark.parametrize("company", COMPANY)
def test_float32_stays_float32_beside(company):
    x = np.array([0.5, 0.7, 1.1], np.float32)
    f = COMPANY[company]
    value, pullback = autodiff.vjp(f, x)
    assert value.dtype == f(x).dtype == FLOAT32
    np.testing.assert_array_equal(value, f(x))
    assert pullback(np.ones(3, np.float32))[0].dtype == FLOAT32


@pytest.mark.parametrize(
    "other", [np.float64(0.1), np.full(3, 0.1), np.array([1, 2, 3])], ids=["scalar", "array", "int"]
)
def test_float32_beside_float64_promotes_as_in_numpy_and_comes_back(other):
    x = np.array([0.5, 0.7, 1.1], np.float32)
    value, pullback = autodiff.vjp(lambda x: x * other, x)
    assert value.dtype == (x * other).dtype == FLOAT64
    np.testing.assert_array_equal(value, x * other)
    x_bar = pullback(np.ones(3))[0]
    assert x_bar.dtype == FLOAT32
    np.testing.assert_array_equal(x_bar, np.broadcast_to(other, 3).astype(np.float32))


def test_a_python_number_takes_the_widest_dtype_beside_it():
    x, y = np.array([0.5, 0.7], np.float32), np.array([1.0, 2.0])
    f = lambda x, y: np.einsum(",i,i->i", 0.1, x, y)  # noqa: E731
    value, _ = autodiff.vjp(f, x, y)
    np.testing.assert_array_equal(value, trace(f, x, y)(x, y))
    np.testing.assert_array_equal(value, 0.1 * x.astype(float) * y)


@pytest.mark.parametrize("name", ["+", "-", "*", "/", "**", "//", "%"])
@pytest.mark.parametrize("number", [0.5, 2.5, 2, True, np.float32(0.5)], ids=repr)
def test_masks_and_indices_of_a_tensor_meet_numbers_as_in_numpy(name, number):
    v = np.array([3.0, 1.0, 2.0])
    operator = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "**": lambda a, b: a**b,
        "//": lambda a, b: a // b,
        "%": lambda a, b: a % b,
    }[name]
    x = tensor(v)
    for found, plain in ((np.argsort(x) + 1, np.argsort(v) + 1), (x > 1.5, v > 1.5)):
        for swap in (False, True):
            try:
                with np.errstate(all="ignore"):
                    expected = operator(number, plain) if swap else operator(plain, number)
            except TypeError:
                continue  # NumPy does not subtract truth values
            with np.errstate(all="ignore"):
                y = operator(number, found) if swap else operator(found, number)
            assert y.dtype.kind == expected.dtype.kind
            np.testing.assert_array_equal(np.asarray(y.value), expected)

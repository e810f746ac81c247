"""Every row of the operation table, column by column, against mpmath, SymPy, finite differences and itself."""

from dataclasses import replace
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings

from expression import evaluate, mpmath_arithmetic, trace
from expression.operations import ROWS, STRUCTURED, TABLE
from expression.operations.broadcasting import batch_elementwise, unbroadcast
from expression.operations.operation import BOOLEAN, Operation, Sample
from tests.strategies import draw, operands, samples, seeds

EPS = float(np.finfo(float).eps)
FORWARD_TOL = 16 * EPS  # a few units in the last place, by NumPy's own claim, through two or three functions
EXACT_TOL = 1e-12  # two float64 evaluations of one well-conditioned formula: some thousands of roundings
STEP = EPS ** (1 / 3)  # central difference: truncation h**2 meets rounding eps / h ...
NUMERIC_TOL = 500 * EPS ** (2 / 3)  # ... at eps**(2/3), times a third derivative of some hundreds
ROUNDINGS = 32  # of y itself in a difference of two values, where y is large beside its derivative
COMPLEX_STEP = 1e-20  # nothing is subtracted, so the step may be so small that h**2 vanishes
DIGITS = 50

COMPUTED = tuple(row for row in ROWS if row.name not in ("input", "constant"))
ELEMENTWISE = tuple(row for row in COMPUTED if row.elementwise)
OTHERS = tuple(row for row in COMPUTED if not row.elementwise)
FLOAT64, FLOAT32 = np.dtype(np.float64), np.dtype(np.float32)


def count(row: Operation) -> int:
    """How many operands a row takes."""
    return len(row.partials) if row.partials is not None else len(row.samples[0].shapes)


def of_floats(row: Operation, dtype: Any = FLOAT64) -> np.dtype[Any]:
    """The dtype of the result where every operand is a float."""
    return row.dtype(*[np.dtype(dtype)] * count(row))


DIFFERENTIABLE = tuple(row for row in COMPUTED if of_floats(row).kind == "f")
SMOOTH = tuple(row for row in DIFFERENTIABLE if row.elementwise)
ANALYTIC = tuple(row for row in DIFFERENTIABLE if row.analytic)

BY_A_UFUNC = tuple(row for row in ELEMENTWISE if isinstance(row.forward, np.ufunc))

rows = pytest.mark.parametrize("row", COMPUTED, ids=lambda row: row.name)
elementwise_rows = pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
smooth_rows = pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
differentiable_rows = pytest.mark.parametrize("row", DIFFERENTIABLE, ids=lambda row: row.name)


def close(a: Any, b: Any, tol: Any) -> None:
    """Compare entry by entry as |a - b| / max(1, |a| + |b|)."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    if a.dtype.kind in "biu":
        np.testing.assert_array_equal(a, b)
    else:
        error = np.abs(a - b) / np.maximum(1, np.abs(a) + np.abs(b))
        assert np.all((error <= tol) | (np.isnan(a) & np.isnan(b))), f"{a} and {b} differ by {error}"


def over_mpmath(row: Operation, context: Any) -> Any:
    """The row's mpmath column as a scalar function."""
    return getattr(context, row.mpmath) if isinstance(row.mpmath, str) else lambda *x: row.mpmath(context, *x)


def context() -> Any:
    """Fifty decimal digits."""
    found = mpmath.mp.clone()
    found.dps = DIGITS
    return found


def floats(row: Operation, x: list[Any], sample: Sample) -> list[int]:
    """The operands that can be differentiated."""
    return [k for k, v in enumerate(x) if k not in sample.integers and np.asarray(v).dtype.kind == "f"]


# -- the columns themselves --------------------------------------------------------------------------------------------


def test_names_and_numpy_functions_belong_to_one_row_each():
    assert len({row.name for row in (*ROWS, *STRUCTURED)}) == len(ROWS) + len(STRUCTURED) == len(TABLE)
    answers = [function for row in ROWS for function in row.numpy]
    assert len(set(answers)) == len(answers)


@rows
def test_a_row_has_what_every_room_asks_of_it(row):
    sources = [row.partials is not None, row.partial is not None, row.vjps is not None]
    assert sum(sources) == 1
    assert row.partials is not None or row.partial is not None or row.linear or row.jvps is not None
    assert row.domain and samples(row)
    assert row.latex.format(*"abc", args="a")
    if row.elementwise:
        assert row.sympy and row.mpmath
        assert len(row.domain) == count(row)


# -- elementwise: partials ---------------------------------------------------------------------------------------------


def check_partials(row: Operation, x: list[Any]) -> None:
    """Each partial against numerical differentiation of the mpmath column, with 50 digits."""
    mp = context()
    function = over_mpmath(row, mp)
    exact = [v if isinstance(v, bool | np.bool_) else mp.mpf(float(v)) for v in x]
    y = row.forward(*x)
    for k in range(len(row.partials)):
        if isinstance(exact[k], bool | np.bool_):
            continue
        expected = mp.diff(lambda t, k=k: function(*exact[:k], t, *exact[k + 1 :]), exact[k])
        close(row.dy_dx(k, y, *x), float(expected), EXACT_TOL)


@smooth_rows
@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_partials_are_the_derivatives_of_the_mpmath_column(row, seed):
    rng = np.random.default_rng(seed)
    check_partials(row, [draw(domain, (), rng) for domain in row.domain])


BELOW_ZERO = ("cbrt", "reciprocal", "div", "hypot", "arctan2", "remainder", "copysign", "floor_divide")


@pytest.mark.parametrize("name", BELOW_ZERO)
@pytest.mark.parametrize("signs", [(1, -1), (-1, 1), (-1, -1)])
def test_partials_hold_left_of_zero_too(name, signs):
    row = TABLE[name]
    rng = np.random.default_rng(3)
    check_partials(row, [s * abs(draw(domain, (), rng)) for s, domain in zip(signs, row.domain, strict=False)])


@pytest.mark.parametrize("exponent", [-3.0, -1.0, 0.0, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("base", [-1.7, -0.3, 0.4])
def test_a_power_with_a_whole_exponent_differentiates_at_a_negative_base(base, exponent):
    partial = TABLE["pow"].partials[0]
    expected = exponent * base ** (exponent - 1)
    close(partial(base**exponent, base, exponent), expected, EXACT_TOL)
    close(partial(np.array([base**exponent]), np.array([base]), np.array([exponent])), [expected], EXACT_TOL)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, 3.0])
def test_a_power_at_base_zero_has_no_nan(exponent):
    expected = {1.0: 1.0}.get(exponent, 0.0)
    for b in (exponent, np.array([exponent])):
        with np.errstate(all="ignore"):
            close(np.sum(TABLE["pow"].partials[0](np.array([0.0**exponent]), np.array([0.0]), b)), expected, 0.0)
    if exponent:  # d/db 0^b = 0 for b > 0
        with np.errstate(all="ignore"):
            close(TABLE["pow"].partials[1](np.array([0.0]), np.array([0.0]), np.array([exponent])), [0.0], 0.0)


SYMBOLS = sympy.symbols("x y z", real=True)


def flat_floors(formula: Any) -> Any:
    """SymPy leaves floor' as it stands; between the jumps it is 0."""
    return formula.replace(lambda part: isinstance(part, sympy.Subs | sympy.Derivative), lambda part: sympy.Integer(0))


def at_point(formula: Any, x: list[Any]) -> Any:
    """A formula's value with 30 digits, rounded once."""
    exact = [sympy.sympify(bool(v)) if np.asarray(v).dtype == bool else sympy.Float(float(v), 40) for v in x]
    value = formula.subs(dict(zip(SYMBOLS, exact, strict=False)))
    return bool(value) if value in (sympy.true, sympy.false) else float(value.evalf(30))


@elementwise_rows
def test_the_sympy_column_is_the_same_function_and_has_the_same_partials(row):
    formula = sympy.sympify(row.sympy, locals=dict(zip("xyz", SYMBOLS, strict=True)))
    rng = np.random.default_rng(5)
    for _ in range(4):
        x = [draw(domain, (), rng) for domain in row.domain]
        y = row.forward(*x)
        close(y, at_point(formula, x), FORWARD_TOL)
        for k, domain in enumerate(row.domain):
            if row in SMOOTH and domain != BOOLEAN:
                expected = at_point(flat_floors(sympy.diff(formula, SYMBOLS[k])), x)
                close(row.dy_dx(k, y, *x), expected, EXACT_TOL)


def test_a_wrong_partial_is_caught():
    rng = np.random.default_rng(6)
    caught = 0
    for row in SMOOTH:
        for k in range(len(row.partials)):
            x = [draw(domain, (), rng) for domain in row.domain]
            if row.domain[k] == BOOLEAN or not np.any(row.dy_dx(k, row.forward(*x), *x)):
                continue
            wrong = list(row.partials)
            wrong[k] = lambda *arguments, row=row, k=k: 1.0001 * row.dy_dx(k, *arguments)
            check_partials(row, x)
            with pytest.raises(AssertionError, match="differ by"):
                check_partials(replace(row, partials=tuple(wrong)), x)
            caught += 1
    assert caught > len(SMOOTH)


# -- forward: values, shapes, dtypes, complex numbers ------------------------------------------------------------------


@elementwise_rows
@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_forward_is_the_mpmath_column(row, seed):
    rng = np.random.default_rng(seed)
    mp = context()
    x = [draw(domain, (), rng) for domain in row.domain]
    exact = over_mpmath(row, mp)(*[v if np.asarray(v).dtype == bool else mp.mpf(float(v)) for v in x])
    close(row.forward(*x), bool(exact) if of_floats(row).kind == "b" else float(exact), FORWARD_TOL)


EMPTY = {
    "sum": (Sample(((0, 3),), {"axis": (0,), "keepdims": False}), Sample(((0, 3),), {"axis": (1,), "keepdims": True})),
    "prod": (Sample(((0, 3),), {"axis": (0,), "keepdims": False}), Sample(((2, 0),), {"axis": (), "keepdims": False})),
    "norm": (Sample(((0, 3),), {"axis": (0,), "keepdims": False}), Sample(((1,),), {"axis": (0,), "keepdims": False})),
    "max": (Sample(((3, 0),), {"axis": (0,), "keepdims": False}), Sample(((1,),), {"axis": (0,), "keepdims": False})),
    "logsumexp": (Sample(((3, 0),), {"axis": (0,), "keepdims": True}), Sample(((),), {"axis": (), "keepdims": False})),
    "cumsum": (Sample(((0,),), {"axis": 0}), Sample(((1,),), {"axis": 0}), Sample(((2, 0),), {"axis": 0})),
    "cumprod": (Sample(((0,),), {"axis": 0}), Sample(((1,),), {"axis": 0}), Sample(((2, 0),), {"axis": 0})),
    "argsort": (Sample(((0,),), {"axis": 0}), Sample(((1,),), {"axis": 0})),
    "matmul": (Sample(((2, 0), (0, 3))), Sample(((0, 2), (2, 3))), Sample(((0,), (0,))), Sample(((1,), (1,)))),
    "einsum": (Sample(((2, 0), (0, 3)), {"subscripts": "ij,jk->ik"}), Sample(((),), {"subscripts": "->"})),
    "solve": (Sample(((1, 1), (1,))), Sample(((2, 2), (2, 0)))),
    "inv": (Sample(((1, 1),)), Sample(((0, 2, 2),))),
    "det": (Sample(((1, 1),)), Sample(((4, 4),)), Sample(((2, 5, 5),)), Sample(((0, 2, 2),))),
    "logabsdet": (Sample(((1, 1),)),),
    "cholesky": (Sample(((1, 1),)), Sample(((0, 2, 2),))),
    "reshape": (Sample(((0, 3),), {"shape": (3, 0)}), Sample(((),), {"shape": (1, 1)})),
    "transpose": (Sample(((0, 3),), {"axes": (1, 0)}), Sample(((),), {"axes": ()})),
    "broadcast_to": (Sample(((0,),), {"shape": (2, 0)}), Sample(((1,),), {"shape": (0,)})),
    "getitem": (
        Sample(((3,),), {"index": ((1, 1, 1),)}),
        Sample(((3, 2), (0,)), {"index": ("array",)}, {1: np.zeros(0, int)}),
    ),
    "scatter_add": (
        Sample(((0,),), {"indices": (((1, 1, 1),),), "shape": (3,)}),
        Sample(((),), {"indices": ((1,),), "shape": (3,)}),
    ),
    "concatenate": (Sample(((0, 2), (3, 2)), {"axis": 0}), Sample(((2,),), {"axis": 0})),
    "pad": (Sample(((0,),), {"widths": ((1, 2),)}), Sample(((),), {"widths": ()})),
}
cases = pytest.mark.parametrize(
    ("row", "sample"),
    [(row, s) for row in COMPUTED for s in (*samples(row), *EMPTY.get(row.name, ()))],
    ids=lambda v: v.name if isinstance(v, Operation) else f"{v.shapes}{v.parameters or ''}".replace(" ", ""),
)
smooth_cases = pytest.mark.parametrize(
    ("row", "sample"),
    [(row, s) for row in DIFFERENTIABLE for s in (*samples(row), *EMPTY.get(row.name, ()))],
    ids=lambda v: v.name if isinstance(v, Operation) else f"{v.shapes}{v.parameters or ''}".replace(" ", ""),
)


@cases
def test_shape_and_dtype_rules_say_what_forward_does(row, sample):
    for dtype in (FLOAT64, FLOAT32):
        x = [
            v.astype(dtype) if v.dtype.kind == "f" else v
            for v in map(np.asarray, operands(row, sample, np.random.default_rng(1)))
        ]
        y = row(*x, **sample.parameters)
        assert np.shape(y) == row.shape(*[np.shape(v) for v in x], **sample.parameters)
        assert np.asarray(y).dtype == row.dtype(*[v.dtype for v in x])


@rows
def test_float32_stays_float32(row):
    expected = {"float": FLOAT64}.get(row.name, of_floats(row) if of_floats(row).kind in "bi" else FLOAT32)
    assert of_floats(row, np.float32) == expected


@pytest.mark.parametrize("row", BY_A_UFUNC, ids=lambda row: row.name)
@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.bool_])
def test_integers_and_truth_values_give_the_dtype_that_numpy_gives(row, dtype):
    x = [np.ones(2, dtype=dtype)] * count(row)
    try:
        y = row(*x)
    except TypeError:
        with pytest.raises(TypeError, match=r"not supported|did not contain a loop"):
            row.dtype(*[v.dtype for v in x])
    else:
        assert row.dtype(*[v.dtype for v in x]) == y.dtype


@elementwise_rows
def test_mixed_dtypes_promote_as_numpy_promotes(row):
    for dtypes in product((np.int64, np.float32, np.float64), repeat=count(row)):
        x = [np.ones(2, dtype=dtype) for dtype in dtypes]
        y = row(*x)
        assert row.dtype(*[v.dtype for v in x]) == y.dtype, dtypes


@pytest.mark.parametrize("row", ANALYTIC, ids=lambda row: row.name)
@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_an_analytic_row_takes_complex_numbers_and_obeys_cauchy_and_riemann(row, seed):
    rng = np.random.default_rng(seed)
    for sample in samples(row):
        x = operands(row, sample, rng)
        free = floats(row, x, sample)
        z = [v + 0.1j * rng.uniform(-1, 1, np.shape(v)) if k in free else v for k, v in enumerate(x)]
        step = [STEP * rng.uniform(-1, 1, np.shape(v)) if k in free else 0 for k, v in enumerate(x)]

        def slope(turn, z=z, step=step, sample=sample):
            ahead = row(*[v + turn * h if np.any(h) else v for v, h in zip(z, step, strict=True)], **sample.parameters)
            behind = row(*[v - turn * h if np.any(h) else v for v, h in zip(z, step, strict=True)], **sample.parameters)
            return (ahead - behind) / (2 * STEP * turn)

        close(slope(1j), slope(1), NUMERIC_TOL)


# -- derivatives of every row, over its samples ------------------------------------------------------------------------


def sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    """The transpose of broadcasting, by brute force: one entry of the smaller shape at a time."""
    owner = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), np.shape(x)).ravel()
    return np.bincount(owner, np.ravel(x), minlength=int(np.prod(shape))).reshape(shape)


def pull(row: Operation, k: int, y_bar: Any, y: Any, x: list[Any], options: dict[str, Any]) -> Any:
    """x_bar_k of a row, from whichever column it has."""
    if row.partials is not None:
        return sum_to(np.broadcast_to(y_bar * row.dy_dx(k, y, *x), np.shape(y)), np.shape(x[k]))
    if row.partial is not None:
        axes = options["axis"]
        y, y_bar = (np.expand_dims(v, axes) if np.ndim(v) < np.ndim(x[0]) else v for v in (y, y_bar))
        return np.broadcast_to(y_bar * row.partial(y, *x, axis=axes), np.shape(x[0]))
    return np.broadcast_to(row.vjp(k)(y_bar, y, *x, **options), np.shape(x[k]))


def push(row: Operation, k: int, x_dot: Any, y: Any, x: list[Any], options: dict[str, Any]) -> Any:
    """y_dot that operand k alone brings, from whichever column the row has."""
    if row.partials is not None:
        return np.broadcast_to(x_dot * row.dy_dx(k, y, *x), np.shape(y))
    if row.partial is not None:
        axes = options["axis"]
        kept = np.expand_dims(y, axes) if np.ndim(y) < np.ndim(x[0]) else y
        return np.sum(row.partial(kept, *x, axis=axes) * x_dot, axis=axes, keepdims=options["keepdims"])
    if row.linear == "together":
        return row.forward(*[x_dot if i == k else np.zeros_like(v) for i, v in enumerate(x)], **options)
    if row.linear == "each":
        return row.forward(*x[:k], x_dot, *x[k + 1 :], **options)
    return row.jvp(k)(x_dot, y, *x, **options)


def check_transpose(row: Operation, sample: Sample, rng: np.random.Generator) -> None:
    """<y_bar, J x_dot> = <J^T y_bar, x_dot>, operand by operand."""
    x, options = operands(row, sample, rng), sample.parameters
    y = row.forward(*x, **options)
    for k in floats(row, x, sample):
        x_dot, y_bar = np.asarray(rng.normal(size=np.shape(x[k]))), np.asarray(rng.normal(size=np.shape(y)))
        x_bar, y_dot = pull(row, k, y_bar, y, x, options), push(row, k, x_dot, y, x, options)
        assert np.shape(x_bar) == np.shape(x_dot)
        close(np.sum(x_bar * x_dot), np.sum(y_bar * y_dot), EXACT_TOL)


def check_tangent(row: Operation, sample: Sample, rng: np.random.Generator) -> None:
    """J x_dot against central differences of forward, and against the complex step where the row is analytic."""
    x, options = operands(row, sample, rng), sample.parameters
    free = floats(row, x, sample)
    x_dot = [rng.normal(size=np.shape(v)) if k in free else None for k, v in enumerate(x)]
    y = row.forward(*x, **options)
    total = sum(np.broadcast_to(push(row, k, x_dot[k], y, x, options), np.shape(y)) for k in free)

    def moved(step: Any) -> Any:
        return row(*[v + step * x_dot[k] if k in free else v for k, v in enumerate(x)], **options)

    rounding = ROUNDINGS * EPS * np.abs(y) / STEP / np.maximum(1, np.abs(total))
    close(total, (moved(STEP) - moved(-STEP)) / (2 * STEP), NUMERIC_TOL + rounding)
    if row.analytic:
        close(total, np.imag(moved(1j * COMPLEX_STEP)) / COMPLEX_STEP, EXACT_TOL)


@smooth_cases
@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_reverse_rules_are_the_transposes_of_forward_rules(row, sample, seed):
    check_transpose(row, sample, np.random.default_rng(seed))


@smooth_cases
@settings(max_examples=5, deadline=None)
@given(seed=seeds)
def test_forward_rules_are_the_slopes_of_forward(row, sample, seed):
    check_tangent(row, sample, np.random.default_rng(seed))


def test_a_wrong_rule_is_caught():
    def scaled(rule):
        return lambda *arguments, **options: 1.0001 * rule(*arguments, **options)

    caught = {"transpose": 0, "tangent": 0}
    for row in OTHERS:
        sample, rng = row.samples[0], np.random.default_rng(7)
        if row not in DIFFERENTIABLE or row.name == "slogdet_sign":
            continue
        check_transpose(row, sample, rng)
        check_tangent(row, sample, rng)
        if row.partial is not None:
            with pytest.raises(AssertionError, match="differ by"):
                check_tangent(replace(row, partial=scaled(row.partial)), sample, rng)
            caught["tangent"] += 1
            continue
        wrong = replace(row, vjps=tuple(scaled(row.vjp(k)) for k in range(len(sample.shapes))))
        with pytest.raises(AssertionError, match="differ by"):
            check_transpose(wrong, sample, rng)
        caught["transpose"] += 1
        if isinstance(row.jvps, tuple):
            wrong = replace(row, jvps=tuple(scaled(rule) for rule in row.jvps))
            with pytest.raises(AssertionError, match="differ by"):
                check_tangent(wrong, sample, rng)
            caught["tangent"] += 1
    assert min(caught.values()) >= 6


def same(recorded: Any, computed: Any) -> None:
    """Numbers of a rule that ran on tracers, and on arrays."""
    close(np.broadcast_to(recorded, np.shape(computed)), computed, EXACT_TOL)


@smooth_cases
def test_rules_record_on_tracers_what_they_compute_on_arrays(row, sample):
    rng = np.random.default_rng(8)
    x, options = operands(row, sample, rng), sample.parameters
    y = row.forward(*x, **options)
    for k in floats(row, x, sample):
        x_dot, y_bar = np.asarray(rng.normal(size=np.shape(x[k])))[()], np.asarray(rng.normal(size=np.shape(y)))[()]
        for rule, direction in ((pull_traced, y_bar), (push_traced, x_dot)):
            with np.errstate(all="ignore"):
                computed = rule(row, k, direction, y, x, options)
            if isinstance(computed, float) and np.shape(computed) != np.shape(y):
                continue  # a constant partial: there is nothing to record
            held = {i: np.asarray(v) for i, v in sample.integers.items()}
            free = [v for i, v in enumerate(x) if i not in held]

            def run(direction, y, *free, rule=rule, k=k, held=held):
                left = iter(free)
                return rule(
                    row, k, direction, y, [held[i] if i in held else next(left) for i in range(len(x))], options
                )

            e = trace(run, direction, y, *free)
            same(e(direction, y, *free), computed)


def pull_traced(row: Operation, k: int, y_bar: Any, y: Any, x: list[Any], options: dict[str, Any]) -> Any:
    """As `pull`, in operations that record."""
    if row.partials is not None:
        return unbroadcast(np.broadcast_to(y_bar * row.dy_dx(k, y, *x), np.shape(y)), np.shape(x[k]))
    return pull(row, k, y_bar, y, x, options)


def push_traced(row: Operation, k: int, x_dot: Any, y: Any, x: list[Any], options: dict[str, Any]) -> Any:
    """As `push`, in operations that record."""
    if row.linear == "together":
        return row(*[x_dot if i == k else np.zeros(np.shape(v), v.dtype) for i, v in enumerate(x)], **options)
    if row.linear == "each":
        return row(*x[:k], x_dot, *x[k + 1 :], **options)
    return push(row, k, x_dot, y, x, options)


@smooth_cases
def test_rules_of_a_float32_row_stay_in_float32(row, sample):
    if of_floats(row, np.float32) != FLOAT32:
        assert row.name == "float"  # the row itself goes to float64
        return
    rng = np.random.default_rng(13)
    x = [v.astype(FLOAT32) if np.asarray(v).dtype.kind == "f" else v for v in operands(row, sample, rng)]
    x = [np.asarray(v)[()] for v in x]
    y, options = row.forward(*x, **sample.parameters), sample.parameters
    for k in floats(row, x, sample):
        y_bar, x_dot = np.ones(np.shape(y), FLOAT32), np.ones(np.shape(x[k]), FLOAT32)
        if row.vjps is not None and isinstance(row.vjp(k)(y_bar, y, *x, **options), float):
            continue  # the literal 0 of a jump
        assert pull_traced(row, k, y_bar, y, x, options).dtype == FLOAT32
        assert push_traced(row, k, x_dot, y, x, options).dtype == FLOAT32


PRODUCTS = tuple(row for row in COMPUTED if row.products is not None)


@pytest.mark.parametrize("row", PRODUCTS, ids=lambda row: row.name)
def test_a_product_column_is_the_partial_times_v_with_exact_zeros(row):
    rng = np.random.default_rng(14)
    x = [draw(domain, (4,), rng) for domain in row.domain]
    y, v = row.forward(*x), rng.normal(size=4)
    for k, rule in enumerate(row.products):
        close(np.broadcast_to(rule(v, y, *x), (4,)), np.broadcast_to(v * row.dy_dx(k, y, *x), (4,)), EXACT_TOL)


def test_products_keep_an_exact_zero_beside_infinity():
    where, gate = TABLE["where"].products, TABLE["gate"].products
    off, blown, zero = np.array([False]), np.array([np.inf]), np.array([0.0])
    assert where[1](blown, zero, off, zero, zero) == 0.0
    assert where[2](blown, zero, ~off, zero, zero) == 0.0
    assert gate[0](zero, zero, zero, blown) == 0.0
    assert gate[1](blown, zero, zero, zero) == 0.0


@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_unbroadcast_is_the_transpose_of_broadcasting(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 4, rng.integers(0, 4)))
    small = tuple(1 if rng.random() < 0.4 else n for n in shape)[rng.integers(0, len(shape) + 1) :]
    x, y_bar = rng.normal(size=small), rng.normal(size=shape)
    close(unbroadcast(y_bar, small), sum_to(y_bar, small), EXACT_TOL)
    close(np.sum(unbroadcast(y_bar, small) * x), np.sum(y_bar * np.broadcast_to(x, shape)), EXACT_TOL)


# -- kinks -------------------------------------------------------------------------------------------------------------

KINKS = (
    # row, point, the partials (or, for reductions, the derivative) that the policy names
    ("relu", (0.0,), (0.0,)),
    ("abs", (0.0,), (0.0,)),
    ("abs", (-0.0,), (0.0,)),
    ("sign", (0.0,), (0.0,)),
    ("maximum", (1.5, 1.5), (0.5, 0.5)),
    ("minimum", (1.5, 1.5), (0.5, 0.5)),
    ("floor", (2.0,), (0.0,)),
    ("ceil", (2.0,), (0.0,)),
    ("trunc", (2.0,), (0.0,)),
    ("rint", (2.5,), (0.0,)),
    ("floor_divide", (6.0, 3.0), (0.0, 0.0)),
    ("remainder", (6.0, 3.0), (1.0, -2.0)),
    ("heaviside", (0.0, 0.5), (0.0, 1.0)),
    ("copysign", (0.0, 2.0), (0.0, 0.0)),
    ("max", (np.array([1.0, 1.0, 0.0]),), (np.array([0.5, 0.5, 0.0]),)),
    ("max", (np.array([2.0, 2.0, 2.0]),), (np.full(3, 1 / 3),)),
    ("min", (np.array([1.0, 0.0, 0.0]),), (np.array([0.0, 0.5, 0.5]),)),
    ("norm", (np.zeros(3),), (np.zeros(3),)),
)


@pytest.mark.parametrize(("name", "x", "expected"), KINKS)
def test_at_a_kink_the_derivative_is_what_the_row_says(name, x, expected):
    row = TABLE[name]
    options = {"axis": (0,), "keepdims": False} if row.partial else {}
    assert np.all(row.kink.at(*x, **options))
    y = row.forward(*x, **options)
    for k, value in enumerate(expected):
        found = pull(row, k, np.float64(1.0), y, list(x), options)
        np.testing.assert_array_equal(found, value)
    if row.kink.subdifferential is not None:
        low, high = row.kink.subdifferential
        assert np.all(low <= np.asarray(expected[0])) and np.all(np.asarray(expected[0]) <= high)


def test_every_kink_is_tried():
    kinked = {row.name for row in COMPUTED if row.kink is not None}
    assert kinked - {name for name, *_ in KINKS} == {"logabsdet"}  # singular: there is no value either


@pytest.mark.parametrize("row", [row for row in COMPUTED if row.kink is not None], ids=lambda row: row.name)
def test_a_point_of_general_position_is_no_kink(row):
    for sample in samples(row):
        x = operands(row, sample, np.random.default_rng(9))
        assert not np.any(row.kink.at(*x, **sample.parameters))


def test_a_singular_matrix_is_the_kink_of_log_det():
    assert TABLE["logabsdet"].kink.at(np.array([[1.0, 2.0], [2.0, 4.0]]))


def test_the_gate_lets_a_zero_adjoint_win_over_infinity_and_nan():
    v_bar, partial = np.array([0.0, 2.0, -0.0, 0.0]), np.array([np.inf, 3.0, np.nan, 5.0])
    np.testing.assert_array_equal(TABLE["gate"](v_bar, partial), [0.0, 6.0, 0.0, 0.0])
    e = trace(TABLE["gate"], v_bar, partial)
    np.testing.assert_array_equal(e(v_bar, partial), [0.0, 6.0, 0.0, 0.0])


# -- entries that are zero, and other edges ----------------------------------------------------------------------------


@pytest.mark.parametrize("zeros", [(), (1,), (0,), (3,), (0, 2), (0, 1, 2, 3)])
@pytest.mark.parametrize("name", ["prod", "cumprod"])
def test_products_differentiate_where_entries_are_zero(name, zeros):
    x = np.array([1.5, -0.7, 2.0, 0.3])
    x[list(zeros)] = 0.0
    row = TABLE[name]
    options = {"axis": (0,), "keepdims": False} if name == "prod" else {"axis": 0}
    y = row.forward(x, **options)
    others = np.array(
        [[np.prod(x[: i + 1][np.arange(i + 1) != j]) if j <= i else 0.0 for j in range(4)] for i in range(4)]
    )
    expected = others[-1] if name == "prod" else others  # J[i, j] = product of x_k over k <= i, k != j
    if name == "prod":
        close(pull(row, 0, np.float64(1.0), y, [x], options), expected, EXACT_TOL)
    else:
        close(np.array([pull(row, 0, e, y, [x], options) for e in np.eye(4)]), expected, EXACT_TOL)
        close(np.array([push(row, 0, e, y, [x], options) for e in np.eye(4)]).T, expected, EXACT_TOL)


def test_prod_along_an_axis_of_length_one_and_over_no_entries():
    row = TABLE["prod"]
    for shape in ((1,), (0,), (2, 1), (3, 0)):
        x = np.full(shape, 2.0)
        options = {"axis": (len(shape) - 1,), "keepdims": False}
        y = row.forward(x, **options)
        np.testing.assert_array_equal(pull(row, 0, np.ones(np.shape(y)), y, [x], options), np.ones(shape))


def test_cholesky_reads_the_lower_triangle_and_so_does_its_derivative():
    row, rng = TABLE["cholesky"], np.random.default_rng(10)
    a = draw(row.domain[0], (3, 3), rng)
    y = row.forward(a)
    for out in np.argwhere(np.tril(np.ones((3, 3)))):
        seed = np.zeros((3, 3))
        seed[tuple(out)] = 1.0
        x_bar = row.vjp(0)(seed, y, a)
        for place in np.ndindex(3, 3):
            move = np.zeros((3, 3))
            move[place] = STEP
            slope = (np.linalg.cholesky(a + move) - np.linalg.cholesky(a - move))[tuple(out)] / (2 * STEP)
            close(x_bar[place], slope, NUMERIC_TOL)
    np.testing.assert_array_equal(np.triu(row.vjp(0)(np.ones((3, 3)), y, a), 1), 0.0)


@pytest.mark.parametrize("a", [[[1.0, 2.0], [2.0, 4.0]], np.ones((3, 3)), np.diag([1.0, 2.0, 0.0]), np.zeros((1, 1))])
def test_a_small_determinant_differentiates_at_a_singular_matrix(a):
    row, a = TABLE["det"], np.asarray(a)
    slopes = np.zeros_like(a)
    for place in np.ndindex(a.shape):
        move = np.zeros_like(a)
        move[place] = STEP
        slopes[place] = (np.linalg.det(a + move) - np.linalg.det(a - move)) / (2 * STEP)
    close(row.vjp(0)(np.float64(1.0), np.float64(0.0), a), slopes, NUMERIC_TOL)


@pytest.mark.parametrize("name", ["det", "inv", "logabsdet"])
def test_matrix_functions_agree_with_their_closed_forms_for_two_by_two(name):
    (a, b), (c, d) = m = np.array([[1.3, -0.4], [0.7, 2.1]])
    det = a * d - b * c
    gradient = np.array([[d, -c], [-b, a]])  # of det
    expected = {
        "det": gradient,
        "logabsdet": gradient / det,
        "inv": np.array([[-d * d, d * c], [b * d, -b * c]]) / det**2,
    }
    row = TABLE[name]
    y = row.forward(m)
    seed = np.array([[1.0, 0.0], [0.0, 0.0]]) if name == "inv" else np.float64(1.0)
    close(row.vjp(0)(seed, y, m), expected[name], EXACT_TOL)  # of inv: its first entry d / det


# -- over arrays of objects, and in batches ----------------------------------------------------------------------------


@cases
def test_mpmath_arithmetic_agrees_with_numpy(row, sample):
    x = operands(row, sample, np.random.default_rng(11))
    e = trace(lambda *x: row(*x, **sample.parameters), *x)
    found = evaluate(e, x, mpmath_arithmetic(30))
    found = np.asarray(found)
    y = row(*x, **sample.parameters)
    assert found.shape == np.shape(y)
    close(found.astype(np.asarray(y).dtype), y, EXACT_TOL)


@cases
def test_a_batch_is_the_stack_of_single_calls(row, sample):
    rng = np.random.default_rng(12)
    n = 3
    many = [operands(row, sample, rng) for _ in range(n)]
    free = [k for k in range(len(sample.shapes)) if k not in sample.integers]
    rule = row.batch or batch_elementwise
    for flags in product((False, True), repeat=len(free)):
        if not any(flags):
            continue
        batched = [k in free and flags[free.index(k)] for k in range(len(sample.shapes))]
        x = [np.stack([m[k] for m in many]) if b else many[0][k] for k, b in enumerate(batched)]
        found = rule(row, x, batched, dict(sample.parameters))
        if found is NotImplemented:
            assert row.name in ("getitem", "scatter_add", "solve")
            continue
        singles = [row(*[x[k][i] if b else x[k] for k, b in enumerate(batched)], **sample.parameters) for i in range(n)]
        close(found, np.stack(singles), EXACT_TOL)


def test_the_domain_of_remainder_holds_no_jump():
    (low, high), (least, most) = TABLE["remainder"].domain
    assert np.floor(low / most) == np.floor(high / least)
    assert low / most % 1 > 0.05 and high / least % 1 < 0.95  # with room for a step

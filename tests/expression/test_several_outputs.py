"""Operations with several outputs, and joint reverse rules: in every room and every format as any other operation."""

import inspect
import pickle
from functools import partial
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special

import autodiff
import numeric
import symbolic
from compare import compare
from expression import (
    ArgumentError,
    Expression,
    ExpressionError,
    UnsupportedOperation,
    evaluate,
    inline_bodies,
    measure,
    mpmath_arithmetic,
    operation,
    trace,
)
from expression.operations import TABLE
from expression.operations.operation import Operation
from expression.operations.several import SeveralOutputs
from expression.operations.vectors import joined, parts

EPS = float(np.finfo(float).eps)
EXACT = 1e-12  # well-conditioned sums of a few dozen terms
NUMERIC = 50 * EPS ** (2 / 3)  # central difference: truncation h**2 meets rounding eps / h
SECOND = 50 * EPS ** (1 / 2)  # second difference: truncation h**2 meets rounding eps / h**2


def polar_vjp(k: int, bars: Any, outputs: Any, x: Any, y: Any) -> Any:
    (r_bar, theta_bar), (r, _) = bars, outputs
    return (r_bar * x - theta_bar * y / r) / r if k == 0 else (r_bar * y + theta_bar * x / r) / r


def polar_pullback(bars: Any, outputs: Any, x: Any, y: Any) -> Any:
    return polar_vjp(0, bars, outputs, x, y), polar_vjp(1, bars, outputs, x, y)


POLAR_JVPS = (
    lambda x_dot, outputs, x, y: (x_dot * x / outputs[0], -x_dot * y / outputs[0] ** 2),
    lambda y_dot, outputs, x, y: (y_dot * y / outputs[0], y_dot * x / outputs[0] ** 2),
)


@operation(outputs=2, pullback=polar_pullback, jvps=POLAR_JVPS)
def polar(x: Any, y: Any) -> Any:
    """Polar coordinates."""
    return np.sqrt(x * x + y * y), np.arctan2(y, x)


@operation(
    outputs=2,
    vjps=(
        lambda bars, outputs, x, y: polar_vjp(0, bars, outputs, x, y),
        lambda bars, outputs, x, y: polar_vjp(1, bars, outputs, x, y),
    ),
    jvps=POLAR_JVPS,
)
def polar_by_vjps(x: Any, y: Any) -> Any:
    return np.sqrt(x * x + y * y), np.arctan2(y, x)


def moments_pullback(bars: Any, outputs: Any, x: Any, a: Any) -> Any:
    (mean_bar, centred_bar, products_bar), (_, centred, _) = bars, outputs
    total = centred_bar + (products_bar + products_bar.T) @ centred
    return mean_bar / len(x) + a * (total - np.mean(total)), np.sum(total * centred) / a


@operation(
    outputs=3,
    pullback=moments_pullback,
    jvps=(
        lambda x_dot, outputs, x, a: (
            np.mean(x_dot),
            a * (x_dot - np.mean(x_dot)),
            np.outer(a * (x_dot - np.mean(x_dot)), outputs[1]) + np.outer(outputs[1], a * (x_dot - np.mean(x_dot))),
        ),
        lambda a_dot, outputs, x, a: (None, a_dot * outputs[1] / a, 2.0 * a_dot * outputs[2] / a),
    ),
)
def moments(x: Any, a: Any) -> Any:
    centred = a * (x - np.mean(x))
    return np.mean(x), centred, np.outer(centred, centred)


@operation(
    outputs=2,
    vjps=(lambda bars, outputs, x, *, cut: np.concatenate([bars[0], 3.0 * bars[1].reshape(-1)]),),
    linear="each",
)
def halves(x: Any, *, cut: int = 1) -> Any:
    return x[:cut], 3.0 * np.reshape(x[cut:], (-1, 1))


@operation(pullback=lambda y_bar, y, a, b: (y_bar * b, y_bar * a), linear="each")
def product_sum(a: Any, b: Any) -> Any:
    return np.sum(a * b)


def from_polar(row: Any, x: Any, y: Any) -> Any:
    r, theta = row(x, y)
    return r * np.sin(theta) * theta + row(theta, r)[1]


def from_moments(x: Any, a: Any) -> Any:
    mean, centred, products = moments(x, a)
    return mean**2 + np.sum(np.sin(products) * centred)


def from_halves(x: Any) -> Any:
    front, back = halves(x, cut=2)
    return np.sum(front**3) * np.sum(np.cos(back))


POINT = np.array([0.3, -0.7, 1.1])
FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {  # name: a scalar function, a point
    "polar": (partial(from_polar, polar), (1.5, 0.8)),
    "polar_by_vjps": (partial(from_polar, polar_by_vjps), (1.5, 0.8)),
    "moments": (from_moments, (POINT, 0.9)),
    "halves": (from_halves, (POINT,)),
    "one output alone": (lambda x, y: polar(x, y)[0] ** 3, (1.5, 0.8)),
    "inside a scalar": (lambda x, y: polar(*polar(x, y))[1], (1.5, 0.8)),
    "joint rule, one output": (lambda a, b: product_sum(np.sin(a), a) * b, (POINT, 0.9)),
}
each_function = pytest.mark.parametrize("f, args", FUNCTIONS.values(), ids=FUNCTIONS)


def close(found: Any, expected: Any, tol: float = EXACT) -> None:
    if isinstance(expected, tuple):
        assert isinstance(found, tuple) and len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            close(a, b, tol)
        return
    a, b = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    assert a.shape == b.shape
    assert np.all(np.abs(a - b) <= tol * np.maximum(1.0, np.abs(a) + np.abs(b))), (a, b)


def argnums(args: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(range(len(args)))


# -- every room --------------------------------------------------------------------------------------------------------


@each_function
def test_the_rooms_agree_on_the_gradient(f: Any, args: Any) -> None:
    wrt, expected = argnums(args), symbolic.grad(f, argnums(args))(*args)
    close(autodiff.grad(f, wrt)(*args), expected)
    close(numeric.grad(f, wrt)(*args), expected, NUMERIC)
    derived = autodiff.derive(trace(f, *args))(*args)
    close(derived if len(args) > 1 else (derived,), expected)


@each_function
def test_the_rooms_agree_on_the_hessian(f: Any, args: Any) -> None:
    wrt, expected = argnums(args), symbolic.hessian(f, argnums(args))(*args)
    close(autodiff.hessian(f, wrt)(*args), expected)
    close(numeric.hessian(f, wrt)(*args), expected, SECOND)


@each_function
def test_the_rooms_agree_along_a_direction(f: Any, args: Any) -> None:
    directions = tuple(np.cos(np.arange(np.size(x)) + 1.0).reshape(np.shape(x)) for x in args)
    directions = tuple(float(d) if d.ndim == 0 else d for d in directions)
    expected = symbolic.jvp(f, args, directions)
    close(autodiff.jvp(f, args, directions), expected)
    close(numeric.jvp(f, args, directions), expected, NUMERIC)
    close(autodiff.hvp(f, args, directions), symbolic.hvp(f, args, directions))


@each_function
def test_the_derived_program_is_derived_again(f: Any, args: Any) -> None:
    name = trace(f, *args).inputs[-1].name
    shape = np.shape(args[-1])
    slope = autodiff.derive(trace(f, *args), name)
    total = trace(lambda *x: np.sum(slope(*x)), *args)
    expected = symbolic.hessian(f, len(args) - 1)(*args)
    close(autodiff.derive(total, total.inputs[-1].name)(*args), np.reshape(expected, (-1, *shape)).sum(axis=0))


def test_a_tape_of_its_own_face_has_it_too() -> None:
    x, y = autodiff.tensor(1.5), autodiff.tensor(0.8)
    from_polar(polar, x, y).backward()
    close((x.grad, y.grad), autodiff.grad(partial(from_polar, polar), (0, 1))(1.5, 0.8), 0.0)


def test_a_joint_rule_runs_once_for_all_its_operands() -> None:
    calls = []

    @operation(pullback=lambda y_bar, y, a, b: calls.append(1) or (y_bar * b, y_bar * a), linear="each")
    def counted(a: Any, b: Any) -> Any:
        return np.sum(a * b)

    autodiff.grad(counted, (0, 1))(POINT, POINT)
    assert len(calls) == 1


def test_none_is_no_contribution() -> None:
    @operation(pullback=lambda y_bar, y, x, k: (y_bar * k, None), linear="each")
    def scaled(x: Any, k: Any) -> Any:
        return np.sum(x) * k

    close(autodiff.grad(scaled, (0, 1))(2.0, 3.0), (3.0, 0.0), 0.0)
    close(scaled.vjp(0)(1.0, 6.0, 2.0, 3.0), 3.0, 0.0)
    assert scaled.vjp(1)(1.0, 6.0, 2.0, 3.0) == 0.0


def test_the_branch_not_taken_contributes_nothing_through_a_joint_rule() -> None:
    def f(x: Any) -> Any:
        return np.where(x > 0, polar(x, 0.0)[1], x)

    assert autodiff.grad(f)(0.0) == autodiff.derive(trace(f, 0.0))(0.0) == 1.0
    assert np.isnan(autodiff.grad(lambda x: polar(x, 0.0)[1])(0.0))


# -- one node, and what takes it apart ---------------------------------------------------------------------------------


def test_called_on_arrays_it_is_the_body() -> None:
    assert polar(3.0, 4.0) == (5.0, np.arctan2(4.0, 3.0))
    for found, expected in zip(moments(POINT, 0.9), moments.results.body(POINT, 0.9), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert np.shape(found) == np.shape(expected)


def test_it_keeps_the_name_the_signature_and_the_docstring_of_the_function() -> None:
    assert isinstance(polar, SeveralOutputs) and isinstance(polar.row, Operation)
    assert (polar.__name__, polar.__doc__, repr(polar)) == (
        "polar",
        "Polar coordinates.",
        "<operation polar with 2 outputs>",
    )
    assert list(inspect.signature(polar).parameters) == ["x", "y"]
    assert [i.name for i in trace(polar, 1.0, 2.0).inputs] == ["x", "y"]


def test_the_results_travel_as_one_vector() -> None:
    e = trace(moments, POINT, 0.9)
    names = [node.operation.name for node in e.nodes]
    assert names.count("moments") == 1 and set(names) == {"input", "moments", "getitem", "reshape"}
    assert [e.nodes[j].shape for j in e.outputs] == [(), (3,), (3, 3)]
    assert next(node for node in e.nodes if node.operation is moments.row).shape == (13,)
    close(e(POINT, 0.9), moments(POINT, 0.9), 0.0)


@pytest.mark.parametrize("shapes", [[()], [(), ()], [(2, 3), (), (0, 4), (5,)], [(0,), (1, 1, 1)]], ids=str)
def test_parts_takes_apart_what_joined_put_together(shapes: Any) -> None:
    rng = np.random.default_rng(7)
    arrays = [rng.normal(size=shape) for shape in shapes]
    for found, expected in zip(parts(joined(arrays), shapes), arrays, strict=True):
        assert np.shape(found) == expected.shape
        np.testing.assert_array_equal(found, expected)


def test_empty_outputs_have_their_place() -> None:
    front, back = halves(POINT, cut=3)
    assert front.shape == (3,) and back.shape == (0, 1)
    close(autodiff.grad(lambda x: np.sum(halves(x, cut=3)[0] ** 2))(POINT), 2 * POINT)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_that_of_the_operands(dtype: Any) -> None:
    x, y = np.ones(2, dtype), np.full(2, 2.0, dtype)
    assert all(out.dtype == dtype for out in polar(x, y))
    assert all(node.dtype == dtype for node in trace(polar, x, y).nodes)
    assert autodiff.grad(lambda x: np.sum(polar(x, y)[1]))(x).dtype == dtype


def test_many_digits_come_from_the_body() -> None:
    y = evaluate(trace(lambda x, y: polar(x, y)[1], 1.0, 1.0), (1.0, 2.0), mpmath_arithmetic(40))
    with mpmath.workdps(40):
        assert abs(mpmath.mpf(str(y)) - mpmath.atan2(2, 1)) < mpmath.mpf(10) ** -38


def test_measures_count_the_body() -> None:
    whole, body = measure(trace(polar, 1.0, 2.0)), measure(trace(polar.results.body, 1.0, 2.0))
    assert whole.flops == body.flops > 0
    assert whole.op_count == {"getitem": 2, "polar": 1}
    assert whole.bytes_saved >= 4 * 8  # x, y, r and theta


def test_inline_bodies_leaves_rows_of_the_table() -> None:
    e = trace(partial(from_polar, polar), 1.5, 0.8)
    flat = inline_bodies(e)
    assert all(node.operation.name in TABLE for node in flat.nodes)
    close(flat(1.5, 0.8), e(1.5, 0.8), EXACT)


# -- formats -----------------------------------------------------------------------------------------------------------


def test_json_round_trips_with_the_operation_given() -> None:
    e = trace(partial(from_polar, polar), 1.5, 0.8)
    again = Expression.from_json(e.to_json(), operations=(polar,))
    assert again == e and again(1.5, 0.8) == e(1.5, 0.8)
    with pytest.raises(ExpressionError, match="unknown operation 'polar'"):
        Expression.from_json(e.to_json())


def test_pickle_finds_it_in_its_module() -> None:
    e = trace(partial(from_polar, polar), 1.5, 0.8)
    again = pickle.loads(pickle.dumps(e))
    assert again == e and polar.row in [node.operation for node in again.nodes]
    assert pickle.loads(pickle.dumps(polar)) is polar


def test_pickle_refuses_what_it_could_not_find_again() -> None:
    @operation(outputs=2, vjps=(lambda bars, y, x: bars[0] + bars[1],), linear="each")
    def local(x: Any) -> Any:
        return x, x

    for thing in (local, trace(local, 1.0)):
        with pytest.raises(ExpressionError, match="local is defined inside a function, where pickle cannot find it"):
            pickle.dumps(thing)


def test_python_source_gives_the_same_value() -> None:
    e = trace(from_moments, POINT, 0.9)
    space: dict[str, Any] = {}
    exec(e.to_python(), space)
    close(space["f"](POINT, 0.9), e(POINT, 0.9), EXACT)


# -- bodies that cannot be traced --------------------------------------------------------------------------------------


@operation(
    outputs=2,
    pullback=lambda bars, y, x: (bars[0] * y[1] * y[0] + np.zeros_like(x),),
    jvps=(lambda x_dot, y, x: (x_dot * y[0] * y[1], 0.0),),
    shape=lambda s: (s, s),
)
def gamma_and_digamma(x: Any) -> Any:
    return scipy.special.gamma(x), scipy.special.digamma(x)


def test_the_author_may_give_the_shapes() -> None:
    e = trace(gamma_and_digamma, np.ones((2, 2)))
    assert [e.nodes[j].shape for j in e.outputs] == [(2, 2), (2, 2)]
    close(e(np.full((2, 2), 5.0))[0], np.full((2, 2), 24.0))
    slope = autodiff.grad(lambda x: gamma_and_digamma(x)[0])
    close(slope(2.5), float(scipy.special.gamma(2.5) * scipy.special.digamma(2.5)))
    assert autodiff.jvp(lambda x: gamma_and_digamma(x)[0], (2.5,), (2.0,))[1] == 2.0 * slope(2.5)


def test_a_body_that_cannot_be_traced_needs_them() -> None:
    @operation(outputs=2, vjps=(lambda bars, y, x: 0.0,), jvps=(lambda x_dot, y, x: (0.0, 0.0),))
    def shapeless(x: Any) -> Any:
        return scipy.special.gamma(x), scipy.special.digamma(x)

    assert shapeless(5.0)[0] == 24.0
    with pytest.raises(UnsupportedOperation, match=r"shapeless: its body cannot be traced: .*; or give shape="):
        trace(shapeless, 1.0)


# -- what may go wrong -------------------------------------------------------------------------------------------------


def with_body(body: Any, outputs: int = 2, **columns: Any) -> Any:
    columns = {"vjps": (lambda bars, y, x: bars[0],), "linear": "each", **columns}
    return operation(outputs=outputs, name="pair", **columns)(body)


WRONG_BODIES: dict[str, tuple[Any, str]] = {
    "too many": (with_body(lambda x: (x, x, x)), "pair: outputs=2, so return a tuple of 2; got a tuple of 3"),
    "too few": (with_body(lambda x: (x,)), "pair: outputs=2, so return a tuple of 2; got a tuple of 1"),
    "an array": (with_body(lambda x: np.stack([x, x])), "pair: outputs=2, so return a tuple of 2; got "),
    "a dict": (with_body(lambda x: {"a": x, "b": x}), "pair: outputs=2, so return a tuple of 2; got dict"),
    "nested": (with_body(lambda x: (x, (x, x))), "pair: output 1 is a tuple; return an array"),
    "integers": (
        with_body(lambda x: (x, np.argmax(x * np.ones(3)))),
        "pair: output 1 is int64: return floats, with .astype(float)",
    ),
    "truth values": (with_body(lambda x: (x > 0, x)), "pair: output 0 is bool: return floats, with .astype(float)"),
}


@pytest.mark.parametrize("pair, text", WRONG_BODIES.values(), ids=WRONG_BODIES)
@pytest.mark.parametrize("call", [lambda f: f(1.0), lambda f: trace(f, 1.0), lambda f: autodiff.vjp(f, 1.0)])
def test_wrong_outputs_are_refused_alike_with_values_and_without(pair: Any, text: str, call: Any) -> None:
    with pytest.raises(ArgumentError) as error:
        call(pair)
    assert str(error.value).startswith(text)


WRONG_SHAPES: dict[str, tuple[Any, str]] = {
    "one": (lambda s: s, "pair: shape= must give 2 shapes, one for each output; got (3,)"),
    "three": (lambda s: (s, s, s), "pair: shape= must give 2 shapes, one for each output; got ((3,), (3,), (3,))"),
    "others": (lambda s: (s, ()), "pair: shape= promises ((3,), ()), but the body returned ((3,), (3,))"),
}


@pytest.mark.parametrize("shape, text", WRONG_SHAPES.values(), ids=WRONG_SHAPES)
def test_a_wrong_shape_rule_is_refused(shape: Any, text: str) -> None:
    with pytest.raises(ArgumentError) as error:
        autodiff.vjp(with_body(lambda x: (x, x), shape=shape), np.ones(3))
    assert str(error.value) == text


WRONG_RULES: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({"pullback": lambda b, y, x: b[0]}, "pair: pullback must return a tuple, one for each of x; got ndarray"),
    "two": (
        {"pullback": lambda b, y, x: (b[0], b[1])},
        "pair: pullback must return a tuple, one for each of x; got 2",
    ),
    "shape": (
        {"pullback": lambda b, y, x: (np.ones(4),)},
        "pair: pullback returned shape (4,) for x, which has (3,)",
    ),
    "tangents": (
        {"pullback": lambda b, y, x: (b[0],), "linear": None, "jvps": (lambda x_dot, y, x: (x_dot,),)},
        "pair: jvps must return a tuple of 2, one tangent for each output; got 1",
    ),
}


@pytest.mark.parametrize("columns, text", WRONG_RULES.values(), ids=WRONG_RULES)
def test_a_rule_that_returns_something_else_is_refused_by_name(columns: Any, text: str) -> None:
    pair = with_body(lambda x: (x, 2.0 * x), vjps=None, **columns)
    with pytest.raises(ArgumentError) as error:
        if "jvps" in columns:
            autodiff.jvp(pair, (np.ones(3),), (np.ones(3),))
        else:
            autodiff.vjp(pair, np.ones(3))[1]((np.ones(3), np.ones(3)))
    assert str(error.value) == text


def test_an_option_that_cannot_be_hashed_is_refused_by_name() -> None:
    with pytest.raises(ArgumentError, match="halves: the option cut= is a list; pass a number, a text or a tuple"):
        halves(POINT, cut=[1])


@pytest.mark.parametrize("factor", [1.0, 1.001])
def test_a_wrong_joint_rule_is_exposed_by_name(factor: float) -> None:
    def pullback(bars: Any, outputs: Any, x: Any, y: Any) -> Any:
        x_bar, y_bar = polar_pullback(bars, outputs, x, y)
        return x_bar, factor * y_bar

    row = operation(outputs=2, pullback=pullback, jvps=POLAR_JVPS, name="bent")(polar.results.body)
    text = str(compare(partial(from_polar, row), 1.5, 0.8))
    said = "the derivative rule of the user's operation bent is wrong: for operand 1" in " ".join(text.split())
    assert said == (factor != 1.0)

"""The user's own operations: one definition that every arithmetic, measure and format understands."""

import pickle
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special

from expression import (
    ArgumentError,
    Expression,
    ExpressionError,
    UnsupportedOperation,
    evaluate,
    functions,
    inline_bodies,
    interval_arithmetic,
    measure,
    mpmath_arithmetic,
    operation,
    trace,
)
from expression.measures import flops
from expression.operations import TABLE
from expression.operations.operation import POSITIVE, Kink, Operation

EPS = float(np.finfo(float).eps)
TOL = 16 * EPS  # a handful of roundings of numbers near 1
POINTS = np.array([-2.5, -0.5, 0.25, 3.0])


@operation(partials=(lambda y, x: 1 / (1 + np.abs(x)) ** 2,), domain=((-3.0, 3.0),))
def softsign(x: Any) -> Any:
    return x / (1 + np.abs(x))


@operation(partials=(lambda y, x: 1.001 / (1 + np.abs(x)) ** 2,))
def wrong_softsign(x: Any) -> Any:
    return x / (1 + np.abs(x))


@operation(partials=(lambda y, a, b: 2 * a * b, lambda y, a, b: a * a))
def square_times(a: Any, b: Any) -> Any:
    return a * a * b


@operation(
    vjps=(lambda y_bar, y, x, *, eps: y_bar * x / y,),
    jvps=(lambda x_dot, y, x, *, eps: np.sum(x * x_dot) / y,),
)
def smooth_norm(x: Any, *, eps: float = 0.5) -> Any:
    return np.sqrt(np.sum(x * x) + eps * eps)


@operation(
    vjps=(lambda y_bar, y, a, b: y_bar * b, lambda y_bar, y, a, b: y_bar * a),
    linear="each",
)
def product_sum(a: Any, b: Any) -> Any:
    return np.sum(a * b)


@operation(partials=(lambda y, x: y * digamma(x),), domain=(POSITIVE,))
def gamma(x: Any) -> Any:
    return scipy.special.gamma(x)


@operation(partials=(lambda y, x: scipy.special.polygamma(1, x),), domain=(POSITIVE,))
def digamma(x: Any) -> Any:
    return scipy.special.digamma(x)


@operation(partials=(lambda y, x: 2 * softsign(x) / (1 + np.abs(x)) ** 2,))
def squared_softsign(x: Any) -> Any:
    return softsign(x) * softsign(x)


def close(a: Any, b: Any, tol: float = TOL) -> None:
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    assert a.shape == b.shape
    assert np.all(np.abs(a - b) <= tol * np.maximum(1.0, np.abs(a) + np.abs(b))), (a, b)


# -- one definition, every use ---------------------------------------------------------------------------------------


def test_a_decorated_function_is_an_operation_and_still_a_function() -> None:
    assert isinstance(softsign, Operation)
    assert (softsign.name, softsign.elementwise, softsign.domain) == ("softsign", True, ((-3.0, 3.0),))
    close(softsign(3.0), 0.75)
    close(softsign(POINTS), POINTS / (1 + np.abs(POINTS)))


def test_a_trace_holds_it_as_one_node_that_is_stored_once() -> None:
    e = trace(lambda x: softsign(2.0 * x) + softsign(2.0 * x), np.ones(3))
    assert [node.operation.name for node in e.nodes] == ["input", "constant", "mul", "softsign", "add"]
    close(e(np.ones(3)), np.full(3, 4 / 3))
    assert softsign not in TABLE.values()


def test_its_own_trace_has_the_names_of_its_operands() -> None:
    assert [i.name for i in trace(square_times, 1.0, 2.0).inputs] == ["a", "b"]


def test_elementwise_operations_broadcast() -> None:
    e = trace(square_times, np.ones((2, 1)), np.ones(3))
    assert e.nodes[-1].shape == (2, 3)
    close(e(np.full((2, 1), 3.0), np.arange(3.0)), 9.0 * np.broadcast_to(np.arange(3.0), (2, 3)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_that_of_the_operands(dtype: Any) -> None:
    e = trace(softsign, np.ones(3, dtype))
    assert e.nodes[-1].dtype == e(np.ones(3, dtype)).dtype == dtype


def test_the_shape_of_any_other_operation_is_that_of_its_body() -> None:
    assert trace(smooth_norm, np.ones(3)).nodes[-1].shape == ()
    assert trace(lambda x: smooth_norm(x, eps=2.0), np.ones(3)).nodes[-1].parameters == (("eps", 2.0),)


def test_an_operand_may_be_an_index() -> None:
    @operation(
        vjps=(
            lambda y_bar, y, table, rows: (functions.one_hot(rows, len(table)) * y_bar[:, None]).T @ np.ones((2, 3)),
            lambda y_bar, y, table, rows: 0.0,
        ),
        linear="each",
    )
    def row_sums(table: Any, rows: Any) -> Any:
        return np.sum(table[rows], axis=1)

    table, rows = np.arange(12.0).reshape(4, 3), np.array([2, 0])
    e = trace(row_sums, table, rows)
    assert (e.nodes[-1].shape, e.nodes[-1].dtype) == ((2,), np.float64)
    close(e(table, rows), [21.0, 3.0])
    assert measure(e).flops == 4  # two additions a row


def test_rules_know_the_defaults_of_the_options() -> None:
    x = np.array([3.0, 4.0])
    y = smooth_norm(x, eps=0.0)
    close(smooth_norm.vjp(0)(2.0, y, x, eps=0.0), 2.0 * x / 5.0)
    assert smooth_norm.jvps is not None
    close(smooth_norm.jvps[0](np.ones(2), y, x), 7.0 / 5.0)


@pytest.mark.parametrize(
    "row, body", [(softsign, lambda x: x / (1 + abs(x))), (gamma, mpmath.gamma)], ids=["softsign", "gamma"]
)
def test_partials_are_the_derivative_of_the_body(row: Operation, body: Any) -> None:
    x = np.array([0.25, 0.5, 3.0])
    assert row.partials is not None
    with mpmath.workdps(30):
        exact = [float(mpmath.diff(body, mpmath.mpf(t))) for t in x]
    close(row.partials[0](row(x), x), exact)


def test_a_wrong_partial_is_seen_beside_the_derivative_of_the_body() -> None:
    assert wrong_softsign.partials is not None
    exact = float(mpmath.diff(lambda t: t / (1 + abs(t)), 0.25))
    with pytest.raises(AssertionError):
        close(wrong_softsign.partials[0](0.2, 0.25), exact)


def test_rules_run_on_tracers_so_that_they_can_be_differentiated_again() -> None:
    def slope(x: Any) -> Any:
        assert softsign.partials is not None
        return softsign.partials[0](softsign(x), x)

    e = trace(slope, POINTS)
    np.testing.assert_array_equal(e(POINTS), slope(POINTS))
    assert {node.operation.name for node in e.nodes} >= {"abs", "add", "pow", "div"}


# -- the body --------------------------------------------------------------------------------------------------------


def test_inline_bodies_keeps_the_function_and_leaves_rows_of_the_table() -> None:
    def f(params: Any, x: Any) -> Any:
        return {"y": smooth_norm(squared_softsign(params["w"]) * x, eps=0.25), "z": softsign(x)}

    e = trace(f, {"w": POINTS}, POINTS + 1.0, parameters=["params"])
    flat = inline_bodies(e)
    assert all(node.operation.name in TABLE for node in flat.nodes)
    assert [(i.name, i.role) for i in flat.inputs] == [(i.name, i.role) for i in e.inputs]
    assert (flat.arguments, flat.results) == (e.arguments, e.results)
    for key, value in e({"w": POINTS}, POINTS + 1.0).items():
        close(flat({"w": POINTS}, POINTS + 1.0)[key], value)


def test_inline_bodies_leaves_other_expressions_alone() -> None:
    e = trace(lambda x: np.sin(x) + 1.0, 1.0)
    assert inline_bodies(e) is e


@pytest.mark.parametrize("f", [lambda x: softsign(x), lambda x: squared_softsign(x), lambda x: smooth_norm(x, eps=0.0)])
def test_many_digits_come_from_the_body(f: Any) -> None:
    x = mpmath.mpf(3)
    exact = {"softsign": x / 4, "squared_softsign": x * x / 16, "smooth_norm": x}
    e = trace(f, 1.0)
    y = evaluate(e, (3.0,), mpmath_arithmetic(40))
    assert abs(mpmath.mpf(str(y)) - exact[e.nodes[-1].operation.name]) < mpmath.mpf(10) ** -38


def test_many_digits_come_from_the_body_entry_by_entry_too() -> None:
    y = evaluate(
        trace(square_times, np.ones((2, 1)), np.ones(3)), (np.ones((2, 1)), np.arange(3.0)), mpmath_arithmetic(30)
    )
    assert y.shape == (2, 3) and y[1, 2] == 2


def test_intervals_hold_the_value_of_the_body() -> None:
    y = evaluate(trace(softsign, 1.0), ((1.0, 3.0),), interval_arithmetic())
    assert float(y.a) <= 0.5 and float(y.b) >= 0.75


def test_the_flops_are_those_of_the_body() -> None:
    body = measure(trace(lambda x: x / (1 + np.abs(x)), np.ones(3)))
    whole = measure(trace(softsign, np.ones(3)))
    assert whole.flops == body.flops > 3
    assert whole.op_count == {"softsign": 1}
    assert flops(trace(gamma, np.ones(3))) == 3  # a body that cannot be traced counts 1 an entry


def test_a_body_that_cannot_be_traced_still_evaluates_and_says_so_where_it_is_asked_for() -> None:
    e = trace(gamma, 1.0)
    close(e(5.0), 24.0)
    for ask in (lambda: inline_bodies(e), lambda: evaluate(e, (5.0,), mpmath_arithmetic())):
        with pytest.raises(
            UnsupportedOperation, match=r"gamma: its body cannot be traced: the ufunc gamma has no derivative rule"
        ):
            ask()


def test_a_shape_rule_replaces_the_trace_of_such_a_body() -> None:
    @operation(vjps=(lambda y_bar, y, x: y_bar / x,), jvps=(lambda x_dot, y, x: np.sum(x_dot / x),), shape=lambda s: ())
    def log_sum(x: Any) -> Any:
        return float(sum(np.log(v) for v in x))

    e = trace(log_sum, np.ones(3))
    assert e.nodes[-1].shape == ()
    close(e(np.array([1.0, 2.0, 3.0])), np.log(6.0))


def test_a_body_may_use_functions_and_parameters() -> None:
    @operation(vjps=(lambda y_bar, y, x, *, axis: y_bar,), linear="each")
    def smooth_max(x: Any, *, axis: int = 0) -> Any:
        return functions.logsumexp(x, axis=axis)

    assert trace(lambda x: smooth_max(x, axis=1), np.ones((2, 3))).nodes[-1].shape == (2,)
    assert trace(smooth_max, np.ones((2, 3))).nodes[-1].shape == (3,)


# -- pickle and JSON -------------------------------------------------------------------------------------------------


def test_pickle_finds_the_operation_in_its_module() -> None:
    e = trace(lambda x: smooth_norm(softsign(x)), np.ones(3))
    again = pickle.loads(pickle.dumps(e))
    assert again == e
    assert again.nodes[1].operation is softsign


def test_pickle_refuses_what_it_could_not_find_again() -> None:
    @operation(partials=(lambda y, x: 1.0,))
    def local(x: Any) -> Any:
        return x

    with pytest.raises(
        ExpressionError, match="local is defined inside a function, where pickle cannot find it; move it"
    ):
        pickle.dumps(trace(local, 1.0))


def plain(x: Any) -> Any:
    return 2.0 * x


renamed = operation(partials=(lambda y, x: 2.0,), name="doubled")(plain)


def test_unpickling_says_when_the_name_holds_something_else() -> None:
    stored = pickle.dumps(trace(renamed, 1.0))
    with pytest.raises(ExpressionError, match=r"doubled: plain in .* is a function, not the operation"):
        pickle.loads(stored)


def test_json_round_trips_with_the_operation_given() -> None:
    e = trace(lambda x: smooth_norm(softsign(x), eps=0.25), np.ones(3))
    text = e.to_json()
    assert Expression.from_json(text, operations=(softsign, smooth_norm)) == e
    with pytest.raises(ExpressionError, match="softsign"):
        Expression.from_json(text)


# -- what a definition may get wrong ---------------------------------------------------------------------------------


def one(x: Any) -> Any:
    return x


def two(a: Any, b: Any) -> Any:
    return a * b


def optional(x: Any, slope: float = 2.0) -> Any:
    return slope * x


def option(x: Any, *, slope: float = 2.0) -> Any:
    return slope * x


def many(*x: Any) -> Any:
    return x[0]


def sin(x: Any) -> Any:
    return np.sin(x)


def rule(y: Any, x: Any) -> Any:
    return 1.0


def vjp(y_bar: Any, y: Any, x: Any) -> Any:
    return y_bar


WRONG = {
    "shadows": (sin, {"partials": (rule,)}, "sin: the table has an operation of that name"),
    "lambda": (
        lambda x: x,
        {"partials": (rule,)},
        "an operation needs a name, got '<lambda>'; decorate a def, or give name=",
    ),
    "no rule": (one, {}, "one: give either partials= (elementwise), or vjps= or pullback= (every other operation)"),
    "both": (one, {"partials": (rule,), "vjps": (vjp,)}, "one: give either partials="),
    "too few": (two, {"partials": (rule,)}, "two: partials= is a tuple of 2, one for each of a, b; got 1"),
    "too many": (one, {"vjps": (vjp, vjp), "linear": "each"}, "one: vjps= is a tuple of 1, one for each of x; got 2"),
    "bare": (one, {"partials": rule}, "one: partials= is a tuple of 1, one for each of x; got a function"),
    "arity": (one, {"partials": (one,)}, "one: partials[0] is called with (y, x), but takes (x: Any) -> Any"),
    "options": (
        option,
        {"partials": (rule,)},
        "option: partials= know no options, but it takes slope; give vjps= and jvps=",
    ),
    "rule options": (
        option,
        {"vjps": (vjp,), "linear": "each"},
        "option: vjps[0] is called with (y_bar, y, x, slope=), but",
    ),
    "default": (
        optional,
        {"partials": (rule,)},
        "optional: slope: float = 2.0 is an operand with a default; put a * before",
    ),
    "variadic": (many, {"partials": (rule,)}, "many: *x: Any leaves the number of operands open; name each operand"),
    "no operand": (lambda: 1.0, {"name": "nothing", "partials": ()}, "nothing: takes no operand"),
    "no forward": (
        one,
        {"vjps": (vjp,)},
        "one: vjps= serve the reverse mode; for the forward mode give either jvps= or",
    ),
    "two reverses": (one, {"vjps": (vjp,), "pullback": vjp, "linear": "each"}, "one: give either partials="),
    "partials beside": (one, {"partials": (rule,), "pullback": vjp}, "one: give either partials="),
    "pullback alone": (
        one,
        {"pullback": vjp},
        "one: pullback= serves the reverse mode; for the forward mode give either jvps= or linear=",
    ),
    "pullbacks": (
        two,
        {"pullback": (vjp, vjp), "linear": "each"},
        "two: pullback= is one function for all of a, b; got a tuple, which vjps= would take",
    ),
    "pullback arity": (
        two,
        {"pullback": vjp, "linear": "each"},
        "two: pullback is called with (y_bar, y, a, b), but takes (y_bar: Any, y: Any, x: Any) -> Any",
    ),
    "one output": (
        one,
        {"outputs": 1, "vjps": (vjp,), "linear": "each"},
        "one: outputs=1 must be an int from 2 on; leave it out for a single output",
    ),
    "true outputs": (one, {"outputs": True, "vjps": (vjp,), "linear": "each"}, "one: outputs=True must be an int"),
    "partials of several": (
        one,
        {"outputs": 2, "partials": (rule,)},
        "one: partials= are for one output, but outputs=2; give vjps= or pullback=",
    ),
    "two forwards": (one, {"vjps": (vjp,), "jvps": (vjp,), "linear": "each"}, "one: vjps= serve the reverse mode;"),
    "jvps": (
        one,
        {"partials": (rule,), "jvps": (vjp,)},
        "one: partials= serve both modes; leave jvps= and linear= out",
    ),
    "linear": (one, {"vjps": (vjp,), "linear": "yes"}, "one: linear='yes' must be 'each' or 'together'"),
    "domain": (
        two,
        {"partials": (two, two), "domain": ((0, 1),)},
        "two: partials[0] is called with (y, a, b), but takes",
    ),
    "domains": (one, {"partials": (rule,), "domain": ((0, 1),) * 2}, "one: domain= has 2 intervals for 1 operands"),
}


@pytest.mark.parametrize("body, options, text", WRONG.values(), ids=WRONG)
def test_a_wrong_definition_is_refused_with_its_name(body: Any, options: dict[str, Any], text: str) -> None:
    with pytest.raises(ArgumentError) as error:
        operation(**options)(body)
    assert str(error.value).startswith(text)


def test_a_ufunc_may_be_a_rule() -> None:
    row = operation(partials=(np.add,))(one)
    assert row.partials == (np.add,)


def test_partials_of_a_function_that_is_not_elementwise_are_refused_at_the_first_call() -> None:
    @operation(partials=(lambda y, x: np.ones_like(x),))
    def total(x: Any) -> Any:
        return np.sum(x)

    with pytest.raises(ArgumentError, match=r"total: partials= are for elementwise functions, but \(3,\) became \(\)"):
        total(np.ones(3))


def test_a_body_returns_one_array_of_its_operands() -> None:
    @operation(vjps=(vjp,), linear="each")
    def pair(x: Any) -> Any:
        return x, x

    with pytest.raises(
        UnsupportedOperation, match="pair: its body cannot be traced: it must return one array, got tuple"
    ):
        trace(pair, 1.0)


def test_a_body_may_not_reach_for_a_traced_array_from_outside() -> None:
    def f(x: Any, y: Any) -> Any:
        @operation(vjps=(vjp,), linear="each")
        def scaled(x: Any) -> Any:
            return x * y

        return scaled(x)

    with pytest.raises(
        UnsupportedOperation, match=r"scaled: .* it uses a traced array from outside; make that an operand"
    ):
        trace(f, 1.0, 2.0)


@pytest.mark.parametrize("eps", [[0.5], np.ones(1)], ids=["list", "array"])
def test_an_option_that_cannot_be_hashed_is_refused_by_name(eps: Any) -> None:
    with pytest.raises(
        ArgumentError, match=r"smooth_norm: the option eps= is a (list|ndarray); pass a number, a text or"
    ):
        smooth_norm(np.ones(3), eps=eps)


def test_a_traced_option_is_refused_too() -> None:
    with pytest.raises(
        ArgumentError, match="smooth_norm: the option eps= is a Tracer; pass a number, a text or a tuple"
    ):
        trace(lambda x, eps: smooth_norm(x, eps=eps), np.ones(3), 0.5)


def test_kink_and_analytic_are_columns_of_the_row() -> None:
    kink = Kink("at 0 the derivative is taken as 0", lambda x: x == 0)
    row = operation(partials=(rule,), kink=kink, analytic=True)(one)
    assert row.kink is kink and row.analytic
    assert not softsign.analytic

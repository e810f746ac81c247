"""compile=True gives what the tape gives, and compiles once for each structure of the arguments."""

import threading
from typing import Any

import numpy as np
import pytest

from autodiff import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autodiff.compiled import KEPT, CompiledCall
from expression import ArgumentError, ControlFlowError, ExpressionError, parse, trace
from expression.case import Case
from expression.corpus import CASES
from expression.functions import relu, softmax
from expression.structure import flatten

EPS = float(np.finfo(float).eps)
TOL = 256 * EPS  # sums in another order, and math beside NumPy, over the dozens of operations of a gradient


def close(found: Any, wanted: Any, tol: float = TOL) -> None:
    a, structure = flatten(found)
    b, other = flatten(wanted)
    assert structure == other
    for x, y in zip(a, b, strict=True):
        assert type(x) is type(y) and np.shape(x) == np.shape(y)
        x, y = np.asarray(x), np.asarray(y)
        assert x.dtype == y.dtype
        assert np.array_equal(np.isfinite(x), np.isfinite(y))
        x, y = x[np.isfinite(x)], y[np.isfinite(y)]
        assert np.all(np.abs(x - y) <= tol * np.maximum(1, np.abs(x) + np.abs(y)))


def counted(f: Any) -> Any:
    def g(*args: Any) -> Any:
        g.calls += 1
        return f(*args)

    g.calls = 0
    return g


@pytest.mark.parametrize("row", CASES, ids=lambda row: row.name)
def test_the_gradient_of_every_case_of_the_corpus(row: Case) -> None:
    f, args = row.at()
    try:
        trace(f, *args)
    except ControlFlowError:
        pytest.skip("branches on values")
    wanted = value_and_grad(f)(*args)
    function = value_and_grad(f, compile=True)
    close(function(*args), wanted, 1e4 * EPS)
    close(function(*args), wanted, 1e4 * EPS)  # now by the short way


def cube(x: Any, y: Any) -> Any:
    return np.sum(x**3 * np.sin(y))


X, Y = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 2.0])


def test_every_function_of_the_family() -> None:
    for argnums in (0, 1, (0, 1), (1,), -1):
        close(grad(cube, argnums, compile=True)(X, Y), grad(cube, argnums)(X, Y))
        close(value_and_grad(cube, argnums, compile=True)(X, Y), value_and_grad(cube, argnums)(X, Y))
        close(hessian(cube, argnums, compile=True)(X, Y), hessian(cube, argnums)(X, Y))
        close(jacobian(np.multiply, argnums, compile=True)(X, Y), jacobian(np.multiply, argnums)(X, Y))
    for f in (cube, lambda x, y: {"a": x * y, "b": np.sum(x)}):
        close(jvp(f, (X, Y), (Y, X), compile=True), jvp(f, (X, Y), (Y, X)))
    close(hvp(cube, (X, Y), (Y, X), compile=True), hvp(cube, (X, Y), (Y, X)))
    value, pullback = vjp(np.multiply, X, Y, compile=True)
    wanted, pulled = vjp(np.multiply, X, Y)
    close(value, wanted)
    close(pullback(X), pulled(X))
    with pytest.raises(ArgumentError, match="cotangent 0: expected shape"):
        pullback(np.ones(2))


def test_an_expression_is_compiled_too() -> None:
    e = parse("log(x) + x*y - sin(y)")
    close(value_and_grad(e, (0, 1), compile=True)(2.0, 5.0), (e(2.0, 5.0), (5.5, 2.0 - np.cos(5.0).item())))


def test_f_is_called_once_for_each_structure_shape_and_dtype() -> None:
    f = counted(lambda x: np.sum(x * x) if isinstance(x, np.ndarray) or not isinstance(x, tuple) else x[0] * x[1])
    g = grad(f, compile=True)
    for arg, calls in (
        (np.ones(3), 1),
        (np.zeros(3), 1),
        (np.ones(4), 2),
        (np.ones(3, np.float32), 3),
        (np.ones(3), 3),
        ((2.0, 3.0), 4),
        ((4.0, 5.0), 4),
        (2.0, 5),
        (np.float64(3.0), 6),
        (5.0, 6),
    ):
        close(g(arg), grad(lambda x: f(x))(arg))
        f.calls -= 1
        assert f.calls == calls, arg
    assert len(g.sources) == 6


def test_no_more_programs_than_a_bound_are_kept() -> None:
    g = grad(lambda x: np.sum(x * x), compile=True)
    for n in range(1, KEPT + 9):
        close(g(np.ones(n)), 2.0 * np.ones(n))
    assert len(g.programs) == KEPT
    close(g(np.ones(1)), 2.0 * np.ones(1))


def test_methods_that_are_given_f_at_each_call_compile_it_once() -> None:
    f = counted(lambda x: np.sum(x**3))
    for _ in range(3):
        jvp(f, (X,), (Y,), compile=True)
    assert f.calls == 1
    for _ in range(3):
        hvp(f, (X,), (Y,), compile=True)
    assert f.calls == 2
    for _ in range(3):
        vjp(f, X, compile=True)[1](1.0)
    assert f.calls == 4  # the value, and the pullback


BAD = [
    ((np.array([1.0, np.nan, 2.0]), Y), "x holds nan"),
    ((np.array([np.inf, np.nan, -np.inf]), Y), "x holds nan"),
    ((np.ones(3, int), Y), "x is int64 of shape"),
    ((1, Y), "x is an int"),
    ((float("nan"), Y), "x holds nan"),
    ((np.float32("nan"), Y), "x holds nan"),
    (([1.0, float("nan")], Y), "holds nan"),
    ((1j, Y), "x is complex128"),
    (("a", Y), "x: holds str"),
    ((X, np.ones(2)), "do not broadcast"),
    ((), "argnums=0"),
]


@pytest.mark.parametrize("args, why", BAD, ids=[why for _, why in BAD])
def test_errors_are_those_of_the_tape(args: Any, why: str) -> None:
    plain, compiled = grad(cube), grad(cube, compile=True)
    compiled(X, Y)
    compiled(1.0, Y)
    compiled(np.float32(1.0), Y)
    for _ in range(2):
        with pytest.raises((ArgumentError, ExpressionError), match=why) as found:
            compiled(*args)
        with pytest.raises((ArgumentError, ExpressionError)) as wanted:
            plain(*args)
        assert type(found.value) is type(wanted.value) and str(found.value) == str(wanted.value)


def test_infinities_are_no_nan() -> None:
    x = np.array([np.inf, 1.0, -np.inf])
    close(grad(lambda x: np.sum(np.tanh(x)), compile=True)(x), grad(lambda x: np.sum(np.tanh(x)))(x))
    g = grad(lambda x, y: np.tanh(x) * np.tanh(y), compile=True)
    close(g(np.inf, -np.inf), grad(lambda x, y: np.tanh(x) * np.tanh(y))(np.inf, -np.inf))
    close(g(float("inf"), 1.0), 0.0)


def test_the_look_for_nan_does_not_warn_of_an_overflow() -> None:
    x = np.array([1e200, -1e200])
    g = grad(lambda x: np.sum(np.tanh(x)), compile=True)
    for _ in range(2):
        close(g(x), np.zeros(2))
    h = grad(lambda x, y: np.sum(np.tanh(x)) + y, (0, 1), compile=True)
    for _ in range(2):
        close(h(np.array([1e30, -1e30], np.float32), 1e200), (np.zeros(2, np.float32), 1.0))


def test_nan_beside_what_is_differentiated_is_data() -> None:
    f = lambda x, mask: np.sum(np.where(np.isnan(mask), x, 2.0 * x))  # noqa: E731
    data = np.array([1.0, np.nan, 3.0])
    g = grad(f, compile=True)
    for _ in range(2):
        close(g(X, data), np.array([2.0, 1.0, 2.0]))


def test_where_python_raises_numpy_answers() -> None:
    g = value_and_grad(lambda x: np.log(x) * x, compile=True)
    close(g(2.0), value_and_grad(lambda x: np.log(x) * x)(2.0))
    assert np.array_equal(g(0.0), value_and_grad(lambda x: np.log(x) * x)(0.0), equal_nan=True)
    assert np.isnan(g(0.0)[0])
    value, slope = value_and_grad(np.exp, compile=True)(1000.0)
    assert value == slope == np.inf
    value, slope = value_and_grad(lambda x: np.sum(np.array([1.0, 2.0]) / x), compile=True)(0.0)
    assert value == np.inf and slope == -np.inf


def test_a_branch_on_values_is_refused_with_advice() -> None:
    with pytest.raises(ControlFlowError, match=r"np\.where"):
        grad(lambda x: x if x > 0 else -x, compile=True)(1.0)


def test_it_can_be_differentiated_traced_and_nested() -> None:
    f = lambda x: x**4  # noqa: E731
    g = grad(f, compile=True)
    assert grad(g)(2.0) == grad(g, compile=True)(2.0) == grad(grad(f))(2.0) == 48.0
    assert str(trace(g, 2.0)) == str(trace(grad(f), 2.0))
    close(jacobian(grad(cube, compile=True))(X, Y), hessian(cube)(X, Y))


def test_pytrees_in_and_out() -> None:
    def loss(p: Any, x: Any) -> Any:
        return np.sum(softmax(relu(p["W"] @ x + p["b"][0]) * p["b"][1]) ** 2)

    p = {"W": np.arange(6.0).reshape(2, 3), "b": [np.ones(2), 0.5]}
    g = value_and_grad(loss, compile=True)
    for _ in range(2):
        close(g(p, X), value_and_grad(loss)(p, X))
    with pytest.raises((ArgumentError, KeyError)):
        g({"W": p["W"]}, X)


def test_results_are_the_callers_own() -> None:
    g = grad(lambda x: np.sum(x), compile=True)
    first = g(X)
    first[0] = 7.0
    close(g(X), np.ones(3))


def test_threads_may_call_at_once() -> None:
    g = grad(lambda x: np.sum(x**3), compile=True)
    wrong: list[Any] = []

    def work(n: int) -> None:
        x = np.arange(1.0, n + 1)
        for _ in range(200):
            if not np.allclose(g(x), 3 * x * x, rtol=1e-12):
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 9)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    assert len(g.programs) == 8


def test_names_of_arguments_are_those_of_f() -> None:
    def area(width: Any, height: Any) -> Any:
        return width * height

    g = grad(area, (0, 1), compile=True)
    assert isinstance(g, CompiledCall)
    assert g(2.0, 3.0) == (3.0, 2.0)
    assert "def compiled(width, height):" in g.sources[0]


def test_the_other_rooms_know_nothing_of_it() -> None:
    import numeric

    with pytest.raises(TypeError, match="compile"):
        numeric.grad(cube, compile=True)

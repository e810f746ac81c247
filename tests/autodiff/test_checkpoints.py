"""Checkpoints: the derivatives of the plain function, for less memory and for exactly so many runs more."""

import gc
import pickle
import threading
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autodiff import (
    GradientTape,
    derive,
    detect_anomaly,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    tensor,
    value_and_grad,
    vjp,
)
from autodiff.checkpoints import Counts, checkpoint, checkpointed_loop
from autodiff.modes import ANYWHERE, MODES
from autodiff.revolve import recomputations
from expression import (
    AnomalyError,
    ArgumentError,
    ExpressionError,
    TapeError,
    functions,
    inline_bodies,
    measure,
    operation,
    trace,
)
from expression.structure import flatten

EPS = float(np.finfo(float).eps)
SUMMED = 4 * EPS  # the same terms, summed in another order
SECOND = 64 * EPS  # second derivatives sum the same terms in another order
POINT = np.array([0.3, -0.7, 1.1])
MATRIX = np.array([[0.5, -0.2, 0.1], [0.3, 0.8, -0.4], [-0.6, 0.2, 0.9]])
PARAMETERS = {"w": MATRIX, "b": [POINT, 0.25]}


def same(found: Any, expected: Any, tol: float = 0.0) -> None:
    leaves, structure = flatten(found)
    others, wanted = flatten(expected)
    assert structure == wanted
    for a, b in zip(leaves, others, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype and np.shape(a) == np.shape(b)
        assert np.all(np.abs(a - b) <= tol * np.maximum(1.0, np.abs(a) + np.abs(b))), (a, b)


def scalar(y: Any) -> Any:
    """A scalar that depends on every floating entry of a pytree."""
    floats = [leaf for leaf in flatten(y)[0] if getattr(leaf, "dtype", np.dtype(type(leaf))).kind == "f"]
    return sum(np.sum(np.sin(leaf) * (k + 1.0)) for k, leaf in enumerate(floats))


def newton(x: Any) -> Any:
    """A square root; how many rounds it takes depends on the value."""
    y = x
    while abs(y * y - x) > 1e-12:
        y = 0.5 * (y + x / y)
    return y


FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {  # name: a function, a point; integers are not differentiated
    "scalar": (lambda x, y: np.exp(x) * np.sin(y) / x, (1.5, 0.8)),
    "array": (lambda x: np.tanh(MATRIX @ x) * x, (POINT,)),
    "pytrees": (lambda p, x: {"y": p["w"] @ x + p["b"][0], "z": (x * p["b"][1], p["w"].T)}, (PARAMETERS, POINT)),
    "branches": (lambda x: newton(x) if x > 1 else x**3, (7.0,)),
    "integers": (lambda x, k: (x[k] ** 2, k + 1), (POINT, np.array([2, 0, 0]))),
    "constants": (lambda x: (np.sum(x**2), 1.5, np.argmax(x)), (POINT,)),
    "unused": (lambda x, y: np.sin(x), (POINT, 2.0)),
    "the same twice": (lambda x: (x, x), (POINT,)),
    "a choice": (lambda x: np.where(x > 0, np.log(np.abs(x)), x), (POINT,)),
    "an index": (lambda x: sum(x[i] * x[i - 1] for i in range(3)), (POINT,)),
    "single precision": (lambda x: np.tanh(x) * x, (POINT.astype(np.float32),)),
    "a gradient inside": (lambda x: grad(lambda z: np.sum(z**3 * x))(x * x), (POINT,)),
    "itself": (lambda x: checkpoint(np.tanh)(checkpoint(lambda y: np.sin(y) * x)(x)), (POINT,)),
}
each_function = pytest.mark.parametrize("f, args", FUNCTIONS.values(), ids=FUNCTIONS)


def wrt(args: Any) -> tuple[int, ...]:
    """The arguments that are no integers."""
    return tuple(k for k, x in enumerate(args) if not (isinstance(x, np.ndarray) and x.dtype.kind == "i"))


# -- checkpoint: the same function -------------------------------------------------------------------------------------


@each_function
def test_value_and_gradient_are_those_of_the_function_to_the_last_bit(f: Any, args: Any) -> None:
    def plain(*x: Any) -> Any:
        return scalar(f(*x))

    def checked(*x: Any) -> Any:
        return scalar(checkpoint(f)(*x))

    same(value_and_grad(checked, wrt(args))(*args), value_and_grad(plain, wrt(args))(*args))
    if wrt(args) == tuple(range(len(args))):
        same(jvp(checked, args, args), jvp(plain, args, args), SECOND)


@each_function
def test_second_derivatives_too(f: Any, args: Any) -> None:
    def plain(*x: Any) -> Any:
        return scalar(f(*x))

    def checked(*x: Any) -> Any:
        return scalar(checkpoint(f)(*x))

    tol = SECOND if all(np.asarray(x).dtype != np.float32 for x in flatten(args)[0]) else 2.0**29 * SECOND
    same(hessian(checked, wrt(args))(*args), hessian(plain, wrt(args))(*args), tol)
    if wrt(args) == tuple(range(len(args))):
        same(hvp(checked, args, args), hvp(plain, args, args), tol)


def test_third_derivatives_too() -> None:
    def third(f: Any) -> Any:
        return grad(grad(grad(f)))(0.7)

    assert abs(third(checkpoint(np.tanh)) - third(np.tanh)) <= SECOND


@each_function
def test_called_on_numbers_it_gives_numbers(f: Any, args: Any) -> None:
    same(checkpoint(f)(*args), f(*args), 4 * EPS)  # a mean, say, is a sum on a tape and one function of NumPy without


def test_jacobian_and_vjp() -> None:
    f, (x,) = FUNCTIONS["array"]
    same(jacobian(checkpoint(f))(x), jacobian(f)(x))
    value, pullback = vjp(checkpoint(f), x)
    same(value, f(x))
    same(pullback(POINT), vjp(f, x)[1](POINT))
    same(pullback(2 * POINT), vjp(f, x)[1](2 * POINT))  # as often as one likes


def test_it_is_a_decorator_that_keeps_name_and_options() -> None:
    @checkpoint
    def scaled(x: Any, *, factor: float = 2.0) -> Any:
        """Scale."""
        return factor * x**2

    assert (scaled.__name__, scaled.__doc__) == ("scaled", "Scale.")
    assert grad(lambda x: scaled(x, factor=5.0))(3.0) == 30.0


def test_it_runs_once_more_for_each_reverse_sweep_and_not_otherwise() -> None:
    runs = []

    @checkpoint
    def counted(x: Any) -> Any:
        runs.append(1)
        return x * x

    counted(3.0)
    assert len(runs) == 1
    grad(lambda x: counted(counted(x)))(3.0)
    assert len(runs) == 1 + 2 + 2


@pytest.mark.parametrize("x", [1.0 + 2.0j, np.array([1j, 2.0])])
def test_complex_numbers_pass_through_evaluation(x: Any) -> None:
    np.testing.assert_array_equal(checkpoint(lambda x: x * x)(x), x * x)


def test_other_leaves_pass_through() -> None:
    def f(x: Any, how: str, nothing: None) -> Any:
        return (x * 2.0, how, nothing)

    assert checkpoint(f)(1.0, "way", None) == (2.0, "way", None)


# -- tensors from outside ----------------------------------------------------------------------------------------------


OUTSIDE: dict[
    str, Any
] = {  # name: a function of w, in which what is checkpointed reads w itself or something made of it
    "read": lambda c: lambda w: np.sum(c(lambda h: np.tanh(w * h))(POINT)),
    "made before": lambda c: lambda w: (lambda v: np.sum(c(lambda h: np.tanh(v * h) * v)(POINT)))(w * w),
    "made inside": lambda c: lambda w: np.sum(c(lambda h: (w * w - w) * h)(POINT)),
    "beside an argument": lambda c: lambda w: c(lambda h: np.exp(h) * w * h)(w * 2.0),
    "returned as it is": lambda c: lambda w: c(lambda h: (w, h))(2.0)[0] ** 2,
    "no argument": lambda c: lambda w: c(lambda: np.sin(w) * w)(),
    "an option": lambda c: lambda w: c(lambda h, *, k: np.sin(k) * h)(2.0, k=w),
    "twice inside": lambda c: lambda w: c(lambda h: c(lambda g: g * w)(h) * w)(2.0),
    "in a loop": lambda c: (
        lambda w: (
            (lambda x: checkpointed_loop(lambda i, x: np.sin(x) * w + i, 7, 2)(x))(w)
            if c is checkpoint
            else plain_loop(lambda i, x: np.sin(x) * w + i, 7)(w)
        )
    ),
}


def identity(f: Any) -> Any:
    return f


def plain_loop(step: Any, n: int) -> Any:
    def loop(state: Any, *parameters: Any) -> Any:
        for i in range(n):
            state = step(i, state, *parameters)
        return state

    return loop


@pytest.mark.parametrize("make", OUTSIDE.values(), ids=OUTSIDE)
def test_a_tensor_from_outside_is_differentiated_too(make: Any) -> None:
    checked, plain = make(checkpoint), make(identity)
    same(value_and_grad(checked)(1.3), value_and_grad(plain)(1.3))
    same(hessian(checked)(1.3), hessian(plain)(1.3), SECOND)
    same(jvp(checked, (1.3,), (2.0,)), jvp(plain, (1.3,), (2.0,)), SECOND)


@pytest.mark.parametrize("make", OUTSIDE.values(), ids=OUTSIDE)
def test_and_so_is_a_leaf(make: Any) -> None:
    leaves = []
    for c in (checkpoint, identity):
        w = tensor(1.3)
        make(c)(w).backward()
        leaves.append(w.grad)
    same(*leaves)


def test_parameters_of_an_object_are_tensors_from_outside() -> None:
    class Layer:
        def __init__(self) -> None:
            self.w = tensor(MATRIX)

        def __call__(self, h: Any) -> Any:
            return np.tanh(self.w @ h)

    found = []
    for c in (checkpoint, identity):
        first, second = Layer(), Layer()
        np.sum(c(second)(c(first)(POINT))).backward()
        found.append((first.w.grad, second.w.grad))
    same(*found)


PERTURBATIONS: dict[str, tuple[Any, float]] = {  # what nested derivatives confuse who mix their levels up
    "x y' of x + y": (
        lambda: grad(lambda x: x * grad(lambda y: checkpoint(lambda z: x + z)(y))(1.0))(1.0),
        1.0,
    ),
    "x (x y^2)'": (
        lambda: grad(lambda x: x * grad(lambda y: checkpoint(lambda z: x * z * y)(y))(1.0))(3.0),
        12.0,  # 2 x^2
    ),
    "inner alone": (
        lambda: grad(lambda x: grad(lambda y: checkpoint(lambda: x * y)())(2.0) * x)(5.0),
        10.0,  # x^2
    ),
    "outer argument": (
        lambda: grad(lambda x: grad(lambda y: y**2 * checkpoint(lambda z: z**3)(x))(2.0))(3.0),
        4.0 * 27.0,
    ),
    "deeper from outside": (
        lambda: grad(lambda x: grad(lambda w: checkpoint(lambda z: z**2 * w**2)(x))(2.0))(3.0),
        4.0 * 6.0,
    ),
}


@pytest.mark.parametrize("call, expected", PERTURBATIONS.values(), ids=PERTURBATIONS)
def test_levels_are_not_confused(call: Any, expected: float) -> None:
    assert call() == expected


def test_gradient_tapes_nest() -> None:
    f = checkpoint(lambda x: x**3)
    with GradientTape() as outer:
        x = outer.watch(2.0)
        with GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        slope = inner.gradient(y, x)
    assert (outer.gradient(slope, x), f(2.0)) == (12.0, 8.0)


# -- policies ----------------------------------------------------------------------------------------------------------


CHOICES: dict[str, Any] = {
    "outside": lambda x: np.where(x > 0, checkpoint(np.log)(x), x),
    "outside of a loop": lambda x: np.where(x > 0, checkpointed_loop(lambda i, x: np.log(x + 1e-300 * i), 1, 1)(x), x),
    "inside": lambda x: checkpoint(lambda x, y: np.where(x > 0, y, x))(x, np.log(x)),
    "inside a loop": lambda x: checkpointed_loop(lambda i, y, x: np.where(x > 0, y, x), 2, 1)(np.log(x), x),
    "of a result": lambda x: checkpoint(lambda x: (np.log(x), x))(x)[1] * 1.0,
}


@pytest.mark.parametrize("f", CHOICES.values(), ids=CHOICES)
def test_the_branch_not_taken_contributes_nothing(f: Any) -> None:
    slope = grad(lambda x: np.sum(f(x)))(np.array([0.0, 2.0, -1.0]))
    assert slope[0] == slope[2] == 1.0 and slope[1] in (0.5, 1.0)


IMPURE = "gave another value when it ran again for the reverse sweep; it must depend on nothing but its arguments"


def test_a_function_that_draws_random_numbers_is_refused() -> None:
    rng = np.random.default_rng(3)
    with pytest.raises(TapeError, match=f"checkpoint: the function {IMPURE}"):
        grad(checkpoint(lambda x: x * rng.normal()))(1.0)
    with pytest.raises(TapeError, match=f"checkpointed_loop: a step {IMPURE}"):
        grad(checkpointed_loop(lambda i, x: x * rng.normal(), 4, 2))(1.0)


def test_an_array_that_changed_meanwhile_is_seen() -> None:
    data = np.ones(3)

    def f(x: Any) -> Any:
        y = np.sum(checkpoint(lambda x: x * data)(x))
        data[1] = 5.0
        return y

    with pytest.raises(TapeError, match=f"checkpoint: the function {IMPURE}"):
        grad(f)(2.0)


def test_an_argument_that_changed_meanwhile_is_seen_as_by_every_operation() -> None:
    data = np.ones(3)

    def f(x: Any) -> Any:
        y = np.sum(checkpoint(lambda x, d: x * d)(x, data))
        data[1] = 5.0
        return y

    with pytest.raises(TapeError, match="an array of shape"):
        grad(f)(2.0)


def test_nan_goes_through_as_it_does_without() -> None:
    def f(x: Any) -> Any:
        return np.log(-x) * x

    with np.errstate(all="ignore"):
        assert np.isnan(checkpoint(f)(1.0)) and np.isnan(grad(checkpoint(f))(1.0))


def test_no_grad_computes_only() -> None:
    w = tensor(3.0)
    with no_grad():
        assert (type(y := checkpoint(lambda x: x * w)(w)), y) == (float, 9.0)


def test_anomalies_are_found_inside() -> None:
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"sqrt \(test_checkpoints.py, line"):
        grad(lambda x: checkpoint(lambda x: np.sqrt(x) * 2.0)(x))(0.0)
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"log\(-1.0\) gave nan \(test_checkpoints.py, line"):
        grad(checkpoint(np.log))(-1.0)


def test_modes_are_off_again_after_an_error() -> None:
    def broken(x: Any) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        grad(checkpoint(broken))(1.0)
    assert ANYWHERE == [] and MODES.stand_in is None


# -- in the shared format ----------------------------------------------------------------------------------------------


def test_in_a_trace_it_is_the_function_itself() -> None:
    e, plain = trace(lambda x: checkpoint(np.sin)(x) * x, 1.0), trace(lambda x: np.sin(x) * x, 1.0)
    assert [node[:5] for node in e.nodes] == [node[:5] for node in plain.nodes]
    loop = trace(checkpointed_loop(lambda i, x: np.sin(x), 3, 2), 1.0)
    assert [node.operation.name for node in loop.nodes] == ["input", "sin", "sin", "sin"]


def test_a_tracer_from_outside_too() -> None:
    e = trace(lambda x: checkpoint(lambda: np.sin(x))() + checkpoint(lambda y: x)(2.0), 1.0)
    assert [node.operation.name for node in e.nodes] == ["input", "sin", "add"]
    loop = trace(lambda x: checkpointed_loop(lambda i, y: y * x, 2, 2)(2.0), 1.0)
    assert loop(3.0) == 18.0


def test_an_expression_may_be_checkpointed() -> None:
    e = trace(lambda x: np.sin(x) * x, 1.0)
    assert grad(checkpoint(e))(0.5) == grad(e)(0.5)


@pytest.mark.parametrize(
    "make",
    [
        lambda t: checkpoint(lambda z: np.sin(z) * z * t)(2.0 * t),
        lambda t: checkpointed_loop(lambda i, z: z * t, 3, 2)(t),
    ],
)
def test_what_a_tape_recorded_is_an_expression_that_computes_anew(make: Any) -> None:
    t = tensor(3.0)
    y = make(t)
    e = y.tape.expression(y)
    assert [node.operation.name for node in e.nodes].count("checkpoint") == 1
    assert e(3.0) == y.value
    for x in (3.0, 0.5):
        assert abs(e(x) - make(x)) <= 4 * EPS and abs(derive(e)(x) - grad(make)(x)) <= 4 * EPS * (
            1 + abs(grad(make)(x))
        )
        assert abs(inline_bodies(e)(x) - make(x)) <= 4 * EPS
    assert measure(e).flops == measure(inline_bodies(e)).flops
    with pytest.raises(ExpressionError, match="checkpoint is defined inside a function, where pickle cannot find it"):
        pickle.dumps(e)


# -- loops -------------------------------------------------------------------------------------------------------------


def logistic(i: int, x: Any, r: Any) -> Any:
    return r * x * (1.0 - x)


def swing(i: int, state: Any, p: Any) -> Any:
    """One step of a driven pendulum; the state is a dict that also counts."""
    force = p["drive"] * np.cos(0.3 * i) - np.sin(state["angle"]) - p["friction"][0] * state["speed"]
    speed = state["speed"] + 0.1 * force
    return {"angle": state["angle"] + 0.1 * speed, "speed": speed, "count": state["count"] + 1}


def recur(i: int, h: Any, w: Any, x: Any) -> Any:
    return np.tanh(w @ h + x[i % 3])


LOOPS: dict[str, tuple[Any, tuple[Any, ...]]] = {  # name: a step, and the arguments of the loop
    "recurrent": (lambda i, h, w, x: np.tanh(w @ h + x * i), (POINT, MATRIX, POINT)),
    "logistic": (logistic, (0.3, 3.2)),
    "pendulum": (
        swing,
        ({"angle": POINT, "speed": np.zeros(3), "count": 0}, {"drive": 0.7, "friction": (np.array(0.2),)}),
    ),
    "by rows": (recur, (POINT, MATRIX, np.outer(POINT, POINT))),
    "tuple": (lambda i, s: (s[1], s[0] * 0.5 + np.sin(s[1])), ((0.3, 0.4),)),
    "partly constant": (lambda i, s: (s[0] * s[1], 0.9 + 0.01 * i), ((0.3, 0.4),)),
    "single precision": (lambda i, x: np.sin(x) + x * np.float32(0.5), (POINT.astype(np.float32),)),
    "branches": (lambda i, x: x * 0.5 if x > 1 else x * 3.1, (0.3,)),
    "ends where it began": (lambda i, x, r: x, (POINT, 0.3)),
}
each_loop = pytest.mark.parametrize("step, args", LOOPS.values(), ids=LOOPS)


def floating_arguments(args: Any) -> Any:
    """The arguments that have floats only, for they alone can be differentiated whole."""
    return tuple(k for k, x in enumerate(args) if all(np.asarray(leaf).dtype.kind == "f" for leaf in flatten(x)[0]))


@each_loop
@pytest.mark.parametrize("n, snapshots", [(0, 1), (1, 1), (2, 1), (7, 2), (12, 20), (23, 3)])
def test_a_loop_has_the_gradient_of_the_plain_loop_to_the_last_bit(
    step: Any, args: Any, n: int, snapshots: int
) -> None:
    sweeps: list[Counts] = []
    loop = checkpointed_loop(step, n, snapshots, report=sweeps.append)
    where = floating_arguments(args)
    found = value_and_grad(lambda *x: scalar(loop(*x)), where)(*args)
    tol = SUMMED if step is recur else 0.0  # what is read by rows is summed in another order
    same(found, value_and_grad(lambda *x: scalar(plain_loop(step, n)(*x)), where)(*args), tol)
    if sweeps:  # what does not depend on the arguments is not swept back
        [(recomputed, stored)] = sweeps
        assert recomputed == recomputations(n, snapshots)
        assert stored <= snapshots + 1


@each_loop
def test_forward_mode_and_second_derivatives_of_a_loop(step: Any, args: Any) -> None:
    n, where = 6, floating_arguments(args)
    loop, plain = checkpointed_loop(step, n, 2), plain_loop(step, n)
    tol = SECOND if step is not LOOPS["single precision"][0] else 2.0**29 * SECOND

    def of(run: Any) -> Any:
        return lambda *x: scalar(run(*[x[where.index(k)] if k in where else a for k, a in enumerate(args)]))

    point = tuple(args[k] for k in where)
    same(jvp(of(loop), point, point), jvp(of(plain), point, point), tol)
    same(hessian(of(loop))(*point), hessian(of(plain))(*point), tol)
    same(hvp(of(loop), point, point), hvp(of(plain), point, point), tol)


def test_a_loop_of_256_steps_with_8_snapshots() -> None:
    sweeps: list[Counts] = []
    calls = []

    def step(i: int, x: Any, r: Any) -> Any:
        calls.append(i)
        return logistic(i, x, r)

    loop = checkpointed_loop(step, 256, 8, report=sweeps.append)
    found = value_and_grad(loop, (0, 1))(0.3, 3.2)
    assert sweeps == [Counts(recomputed=804, stored=9)]
    assert len(calls) == 256 + 804 + 256  # forward; again; each once more on a tape
    same(found, value_and_grad(plain_loop(logistic, 256), (0, 1))(0.3, 3.2))


def test_every_reverse_sweep_is_reported() -> None:
    sweeps: list[Counts] = []
    jacobian(checkpointed_loop(recur, 20, 3, report=sweeps.append))(*LOOPS["by rows"][1])
    assert sweeps == [Counts(45, 4)]  # one for all rows
    value, pullback = vjp(checkpointed_loop(recur, 20, 3, report=sweeps.append), *LOOPS["by rows"][1])
    for _ in range(2):
        pullback(value)
    assert sweeps == [Counts(45, 4)] * 3
    with no_grad():
        checkpointed_loop(recur, 20, 3, report=sweeps.append)(*LOOPS["by rows"][1])
    assert len(sweeps) == 3


@settings(max_examples=40)
@given(st.integers(0, 60), st.integers(1, 9), st.floats(0.05, 0.95), st.floats(0.5, 3.9))
@example(20, 3, 0.5, 4.0)
def test_any_loop_with_any_room(n: int, snapshots: int, x: float, r: float) -> None:
    sweeps: list[Counts] = []
    found = grad(checkpointed_loop(logistic, n, snapshots, report=sweeps.append), (0, 1))(x, r)
    same(found, grad(plain_loop(logistic, n), (0, 1))(x, r))
    [(recomputed, stored)] = sweeps
    assert recomputed == recomputations(n, snapshots) and stored <= snapshots + 1


def test_a_loop_inside_a_checkpoint_inside_a_loop() -> None:
    def inner(c: Any, loop: Any) -> Any:
        return lambda i, x, r: c(lambda x: loop(logistic, 3)(x, r))(x)

    found = grad(checkpointed_loop(inner(checkpoint, lambda s, n: checkpointed_loop(s, n, 2)), 4, 2), (0, 1))(0.3, 3.1)
    same(found, grad(plain_loop(inner(identity, plain_loop), 4), (0, 1))(0.3, 3.1), SUMMED)


WRONG_STEPS: dict[str, tuple[Any, Any, str]] = {
    "structure": (
        lambda i, x: (x, x),
        1.0,
        "step 0 of the loop must return a state of structure PyTreeSpec(*), got PyTreeSpec((*, *))",
    ),
    "shape": (
        lambda i, x: x if i < 2 else x * np.ones(2),
        1.0,
        "step 2 of the loop made float64[2] of leaf 0 of the state, which was float64[]; a state keeps its shapes,",
    ),
    "integers": (
        lambda i, x: x * 0.5,
        1,
        "step 0 of the loop made float64[] of leaf 0 of the state, which was int64[]",
    ),
    "floats": (lambda i, x: i, 1.0, "step 0 of the loop made int64[] of leaf 0 of the state, which was float64[]"),
}


@pytest.mark.parametrize("step, state, text", WRONG_STEPS.values(), ids=WRONG_STEPS)
def test_a_step_that_changes_the_kind_of_the_state_is_refused(step: Any, state: Any, text: str) -> None:
    with pytest.raises(ArgumentError) as error:
        checkpointed_loop(step, 3, 1)(state)
    assert str(error.value).startswith(text)


@pytest.mark.parametrize(
    "n, snapshots, text", [(-1, 1, "n=-1 must"), (2.0, 1, "n=2.0 must"), (3, 0, "snapshots=0 must")]
)
def test_a_loop_of_no_length_is_refused(n: Any, snapshots: Any, text: str) -> None:
    with pytest.raises(ArgumentError, match=text):
        checkpointed_loop(logistic, n, snapshots)


# -- memory and threads ------------------------------------------------------------------------------------------------


SIZE = 50_000  # entries: large beside everything that is not an array
SMALL = 0.25  # of such an array: everything that is none
ROOM = 20  # one step on its tape, the tape outside, adjoints and contributions, however long the loop


def peak_in_arrays(run: Any) -> float:
    """The most memory that was held at once, in arrays of SIZE."""
    run()  # caches
    gc.collect()
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1] / (8 * SIZE)
    finally:
        tracemalloc.stop()


def wave(i: int, x: Any) -> Any:
    return np.sin(x) * 0.9 + x * x * 0.1


def test_a_loop_needs_memory_for_its_snapshots_alone() -> None:
    x = np.linspace(0.1, 0.9, SIZE)

    def peak(loop: Any) -> float:
        return peak_in_arrays(lambda: grad(lambda x: np.sum(loop(x)))(x))

    least = peak(checkpointed_loop(wave, 40, 1))
    assert least <= ROOM < 40 < peak(plain_loop(wave, 40))
    assert abs(peak(checkpointed_loop(wave, 80, 1)) - least) <= SMALL
    for snapshots in (4, 10):
        assert abs(peak(checkpointed_loop(wave, 40, snapshots)) - least - (snapshots - 1)) <= SMALL


def test_checkpoints_need_memory_for_their_arguments_and_one_run() -> None:
    x = np.linspace(0.1, 0.9, SIZE)
    layer = plain_loop(wave, 6)

    def chain(f: Any) -> Any:
        def total(x: Any) -> Any:
            for _ in range(10):
                x = f(x)
            return np.sum(x)

        return grad(total)

    kept = peak_in_arrays(lambda: chain(lambda x: layer(x))(x))
    spared = peak_in_arrays(lambda: chain(checkpoint(lambda x: layer(x)))(x))
    assert kept >= 10 * 6 * 2  # at least two values a step
    assert spared <= 10 + 6 * 5 + ROOM  # ten arguments, and the five values of six steps


def test_nothing_is_held_in_a_circle() -> None:
    f, loop = checkpoint(lambda x, w: np.tanh(x * w)), checkpointed_loop(logistic, 6, 2)
    w = tensor(0.5)

    def once() -> None:
        grad(lambda x: np.sum(f(f(x, 0.5), x)))(POINT)
        grad(loop, (0, 1))(0.3, 3.0)
        np.sum(checkpoint(lambda x: x * w)(POINT)).backward()

    once()
    gc.collect()
    gc.disable()
    try:
        once()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_threads_do_not_disturb_each_other() -> None:
    shared = tensor(0.9)  # read by both, as a parameter may be
    expected = {n: grad(plain_loop(lambda i, x: np.sin(x) * 0.9, n))(0.5) for n in (31, 47)}
    found: dict[int, list[Any]] = {31: [], 47: []}
    start = threading.Barrier(2)

    def work(n: int) -> None:
        start.wait()
        for _ in range(12):
            sweeps: list[Counts] = []
            slope = grad(checkpointed_loop(lambda i, x: np.sin(x) * shared, n, 3, report=sweeps.append))(0.5)
            found[n].append((slope, sweeps[0].recomputed))

    threads = [threading.Thread(target=work, args=(n,)) for n in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n, results in found.items():
        assert len(results) == 12
        for slope, recomputed in results:
            same(getattr(slope, "value", slope), expected[n], 4 * EPS)
            assert recomputed == recomputations(n, 3)


def test_an_operation_of_several_outputs_runs_inside() -> None:
    @operation(outputs=2, vjps=(lambda bars, y, x: bars[0] * y[1] - bars[1] * y[0],), jvps=(lambda d, y, x: (d, d),))
    def wheel(x: Any) -> Any:
        return np.sin(x), np.cos(x)

    def f(x: Any) -> Any:
        s, c = wheel(x)
        return np.sum(functions.sigmoid(s) * c)

    same(grad(checkpoint(f))(POINT), grad(f)(POINT))

"""The tape: ordinary Python on it, its depth, its memory, the program that it recorded, the order of its sweeps."""

import gc
import math
import re
import tracemalloc
import weakref

import numpy as np
import pytest

from autodiff import GradientTape, derive, detect_anomaly, grad, hessian, jacobian, jvp, tensor, value_and_grad, vjp
from expression import TapeError, UnsupportedOperation, measure, trace, trace_at
from expression.corpus import CORPUS
from expression.functions import at_set
from expression.structure import flatten

EPS = np.finfo(float).eps
CLOSED = 1e-13  # closed forms of at most 100 operations: 100 roundings on either side are 200 eps, doubled for the sum


def close(a, b, tolerance=CLOSED):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    assert a.shape == b.shape
    np.testing.assert_array_less(np.abs(a - b), tolerance * np.maximum(1, np.abs(a) + np.abs(b)))


def recorded(f, *args):
    """What a tape records of f at a point, as an expression."""
    with GradientTape() as tape:
        x = [tape.watch(a) for a in args]
        y = f(*x)
    return tape.expression(y)


# -- control flow ----------------------------------------------------------------------------------------------------


def piecewise(x):
    if x > 1.0:
        return x**3
    if x < -1.0 or x == 0.5:
        return -2.0 * x
    return x * x if not x > 0.0 else np.sin(x)


@pytest.mark.parametrize(
    "at, slope", [(2.0, 12.0), (-3.0, -2.0), (0.5, -2.0), (-0.25, -0.5), (0.75, math.cos(0.75)), (1.0, math.cos(1.0))]
)
def test_a_branch_is_taken_by_value_and_differentiated_as_taken(at, slope):
    close(grad(piecewise)(at), slope, 2 * EPS)
    close(jvp(piecewise, (at,), (1.0,))[1], slope, 2 * EPS)
    w = tensor(at)
    piecewise(w).backward()
    close(w.grad, slope, 2 * EPS)


def newton_sqrt(a):
    """The root of a, by Newton's iteration from 1 until it stands."""
    x = 1.0
    while abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


@pytest.mark.parametrize("at", [0.01, 1.5, 2.0, 1e4])
def test_a_loop_runs_until_its_value_says_so(at):
    # The last step converges quadratically, derivatives included: an error of d in x leaves some d^2 in dx/da.
    close(newton_sqrt(at), math.sqrt(at), 1e-12)
    close(grad(newton_sqrt)(at), 0.5 / math.sqrt(at), 1e-6)


def test_loops_that_ran_differently_are_recorded_differently():
    short, long = recorded(newton_sqrt, 1.5), recorded(newton_sqrt, 1e4)
    assert 0 < len(short.nodes) < len(long.nodes)
    close(short(1.5), math.sqrt(1.5), 1e-12)
    close(long(1e4), 100.0, 1e-12)
    assert abs(short(1e4) - 100.0) > 1.0  # the loop of another input: it stops too early


def doubled_beyond(x, bound=100.0):
    times = 0
    while np.sum(x) < bound:
        x, times = x * 2.0, times + 1
    return np.sum(x), times


@pytest.mark.parametrize("at, times", [(1.0, 7), (40.0, 2), (100.0, 0), (0.001, 17)])
def test_the_trip_count_is_a_power_in_the_derivative(at, times):
    assert doubled_beyond(at)[1] == times
    assert grad(lambda x: doubled_beyond(x)[0])(at) == 2.0**times
    assert grad(lambda x: doubled_beyond(x)[0])(np.array([at, at])).tolist() == [2.0 ** max(times - 1, 0)] * 2


def power(x, n):
    """x^n by repeated squaring, as a recursion."""
    if n == 0:
        return 1.0
    half = power(x, n // 2)
    return half * half * x if n % 2 else half * half


@pytest.mark.parametrize("n", [0, 1, 2, 7, 10, 31])
def test_recursion_is_differentiated(n):
    close(grad(lambda x: power(x, n))(1.1), n * 1.1 ** (n - 1))
    close(grad(grad(lambda x: power(x, n)))(1.1), n * (n - 1) * 1.1 ** (n - 2))


def tree_sum(tree):
    """A recursion over data: leaves times their depth."""
    return tree if not isinstance(tree, list) else sum(2.0 * tree_sum(branch) for branch in tree)


def test_recursion_over_nested_lists_of_tensors():
    found = grad(lambda tree: tree_sum(tree) ** 2)([1.0, [2.0, [3.0]], 4.0])
    total = 2 * 1 + 4 * 2 + 8 * 3 + 2 * 4
    assert found == [2 * total * 2.0, [2 * total * 4.0, [2 * total * 8.0]], 2 * total * 2.0]


def test_closures_keep_tensors():
    def f(x):
        seen = []

        def remember(v):
            seen.append(v * x)
            return len(seen)

        for k in range(1, 4):
            assert remember(float(k) * x) == k
        return sum(seen)  # (1 + 2 + 3) x^2

    assert grad(f)(2.0) == 24.0
    w = tensor(2.0)
    f(w).backward()
    assert w.grad == 24.0


def test_names_are_bound_again_by_in_place_operators():
    def f(x):
        y = x
        y += x * x
        y *= 3.0
        y -= x
        y /= 2.0
        y **= 2
        return y + 0.0 * x  # x itself is as it was

    # ((3 (x + x^2) - x) / 2)^2 = (x + 1.5 x^2)^2
    close(grad(f)(2.0), 2 * (2 + 6.0) * (1 + 6.0))
    x = np.array([1.0, 2.0])
    close(grad(lambda x: np.sum(f(x)))(x), 2 * (x + 1.5 * x**2) * (1 + 3 * x))
    w = tensor(x)
    before = w
    w += 1.0
    assert before.value.tolist() == [1.0, 2.0] and w.value.tolist() == [2.0, 3.0]
    a = tensor([[1.0, 2.0], [3.0, 4.0]])
    b = a
    b @= np.eye(2)
    assert a.value.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_an_array_from_outside_takes_no_tensor_in_place():
    w, a = tensor([1.0, 2.0]), np.ones(2)
    with pytest.raises(UnsupportedOperation, match=r"np\.add with out= has no derivative rule.*a = a \+ x for a \+= x"):
        a += w
    with pytest.raises(TapeError, match=r"writing a tensor into an ndarray would lose its derivative .*np\.stack"):
        grad(lambda x: np.sum(filled_entry(x)))(1.0)
    assert a.tolist() == [1.0, 1.0]


def filled_entry(x):
    a = np.zeros(2)
    a[0] = x
    return a


def test_item_assignment_is_refused_and_the_way_that_the_message_names_works():
    def f(x):
        x[0] = 5.0
        return np.sum(x)

    with pytest.raises(TapeError, match=r"\(test_tape\.py, line \d+\); use expression\.functions\.at_set\(x"):
        grad(f)(np.ones(2))
    # sum(x with x[0] = 5, times x) = 5 x0 + x1^2
    assert grad(lambda x: np.sum(at_set(x, 0, 5.0) * x))(np.array([1.0, 2.0])).tolist() == [5.0, 4.0]
    assert grad(lambda x: np.sum(at_set(x, 0, x[1] ** 2)))(np.array([1.0, 2.0])).tolist() == [0.0, 5.0]


def test_pythons_own_functions_work_on_tensors():
    x = np.array([3.0, -1.0, 2.0])
    table = {
        "sum": (lambda x: sum(v * v for v in x), 2 * x),
        "max": (lambda x: max(x), [1, 0, 0]),
        "min": (lambda x: min(x), [0, 1, 0]),
        "sorted": (lambda x: sorted(x)[1], [0, 0, 1]),
        "abs": (lambda x: sum(abs(v) for v in x), np.sign(x)),
        "reversed": (lambda x: sum(k * v for k, v in enumerate(reversed(list(x)))), [2, 1, 0]),
        "zip": (lambda x: sum(a * b for a, b in zip(x, x[::-1], strict=True)), 2 * x[::-1]),
        "unpack": (lambda x: (lambda a, b, c: a * b * c)(*x), [-2.0, 6.0, -3.0]),
        "len": (lambda x: np.sum(x) / len(x), [1 / 3] * 3),
        "divmod": (lambda x: divmod(x[0], 2.0)[1], [1, 0, 0]),
        "pow": (lambda x: pow(x[0], 2), [6, 0, 0]),
        "any": (lambda x: x[0] if any(v < 0 for v in x) else x[1], [1, 0, 0]),
        "index": (lambda x: x[np.argmin(x)] ** 2, [0, -2, 0]),
        "in": (lambda x: x[0] if -1.0 in x else x[1], [1, 0, 0]),
    }
    for name, (f, expected) in table.items():
        found = grad(f)(x)
        np.testing.assert_allclose(found, expected, rtol=4 * EPS, err_msg=name)


def test_what_leaves_the_tape_is_refused_with_the_line_and_the_way_out():
    leaving = (float, complex, math.sin, lambda x: x.item(), lambda x: np.asarray(x), lambda x: np.array([x, x]))
    for out in leaving:
        with pytest.raises(TapeError, match=r"its derivative would be lost \(test_tape\.py, line \d+\).*x\.value"):
            grad(lambda x, out=out: out(x) * x)(2.0)
    assert grad(lambda x: x.value * x)(2.0) == 2.0


def test_tensors_are_printed_and_formatted_as_their_values():
    w = tensor(1.23456)
    assert f"{w:.2f} {w} {w!r} {w * 2.0!r}" == "1.23 1.23456 tensor(1.23456) tensor(2.46912)"
    assert repr(tensor([1.0, 2.0])) == "tensor([1., 2.])"


# -- structure -------------------------------------------------------------------------------------------------------


def test_parameters_of_any_structure():
    rng = np.random.default_rng(0)
    params = {
        "layers": [{"W": rng.uniform(-1, 1, (3, 2)), "b": np.zeros(2)}, {"W": rng.uniform(-1, 1, (2, 1)), "b": 0.5}],
        "scale": (2.0, np.float32(3.0)),
    }
    x = rng.uniform(-1, 1, (4, 3))

    def loss(params):
        h = x
        for layer in params["layers"]:
            h = h @ layer["W"] + layer["b"]
        return np.mean(h) * params["scale"][0]

    value, found = value_and_grad(loss)(params)
    first, second = params["layers"]
    # loss = 2 mean(x A B + b B + c): everything is linear
    assert list(found) == ["layers", "scale"] and [list(layer) for layer in found["layers"]] == [["W", "b"]] * 2
    close(found["layers"][0]["W"], 2 * np.outer(x.mean(axis=0), second["W"][:, 0]))
    close(found["layers"][0]["b"], 2 * second["W"][:, 0])
    close(found["layers"][1]["W"], 2 * (x @ first["W"] + first["b"]).mean(axis=0)[:, None])
    assert found["layers"][1]["b"] == 2.0 and type(found["layers"][1]["b"]) is float
    close(found["scale"][0], value / 2)
    assert found["scale"][1] == 0 and found["scale"][1].dtype == np.float32


def test_tied_weights_receive_the_gradients_of_both_uses():
    rng = np.random.default_rng(0)
    w, x = rng.uniform(-1, 1, (3, 2)), rng.uniform(-1, 1, (4, 3))

    def autoencoder(w):
        return np.sum((x @ w @ w.T - x) ** 2)

    r = x @ w @ w.T - x
    expected = 2 * (x.T @ r + r.T @ x) @ w
    close(grad(autoencoder)(w), expected)
    tied = tensor(w)
    layers = [tied, tied]  # one tensor in two places
    np.sum((x @ layers[0] @ layers[1].T - x) ** 2).backward()
    close(tied.grad, expected)


def test_an_error_in_the_function_leaves_nothing_behind():
    w = tensor(2.0)

    def f(x):
        _ = w * x
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        grad(f)(1.0)
    (w * w).backward()
    assert w.grad == 4.0 and grad(lambda x: x * x)(3.0) == 6.0


# -- depth -----------------------------------------------------------------------------------------------------------

DEEP = 1_000_000
SHRINK, SHIFT = 1 - 1e-6, 1e-7


def deep_chain(x):
    for _ in range(DEEP // 2):
        x = x * SHRINK + SHIFT
    return x


# SHRINK^(5e5); each of the 5e5 products rounds once, and the errors add up as a random walk: its length is 710 eps
SLOPE, WALK = math.exp((DEEP // 2) * math.log1p(SHRINK - 1)), 10 * math.sqrt(DEEP // 2) * EPS


def test_a_chain_of_a_million_operations_is_differentiated_by_grad():
    close(grad(deep_chain)(1.0), SLOPE, WALK)


def test_a_chain_of_a_million_operations_goes_backward_and_away():
    w = tensor(1.0)
    y = deep_chain(w)
    y.backward()
    close(w.grad, SLOPE, WALK)
    del y
    kept = deep_chain(w)  # no sweep comes: a million steps are freed with the last tensor
    steps = weakref.ref(kept.tape)
    del kept
    assert steps() is None


def test_a_long_chain_of_tapes_goes_backward_and_away():
    def many(n):
        total = 0.0
        for _ in range(n):
            total = total + w * 0.5  # w * 0.5 begins a tape, which reads the last one
        return total

    w = tensor(1.0)
    n = 20_000
    many(n).backward()
    assert w.grad == 0.5 * n
    unused = weakref.ref(many(n).tape)
    assert unused() is None


def test_a_long_chain_of_arrays_is_differentiated():
    n = 50_000
    rotation = np.array([[math.cos(1e-3), -math.sin(1e-3)], [math.sin(1e-3), math.cos(1e-3)]])

    def f(x):
        for _ in range(n):
            x = rotation @ x
        return x[0]

    close(grad(f)(np.ones(2)), [math.cos(1e-3 * n), -math.sin(1e-3 * n)], 10 * math.sqrt(2 * n) * EPS)


# -- memory ----------------------------------------------------------------------------------------------------------

X = np.random.default_rng(0).uniform(-1, 1, (20, 5))
T = np.sin(X.sum(axis=1))
STATES = ("W", "b", "v")


def fresh_parameters():
    rng = np.random.default_rng(1)
    return {"W": rng.uniform(-1, 1, (5, 8)), "b": np.zeros(8), "v": rng.uniform(-1, 1, 8)}


def squared_error(p):
    return np.mean((np.tanh(X @ p["W"] + p["b"]) @ p["v"] - T) ** 2)


def step_by_grad(p):
    gradient = grad(squared_error)(p)
    return {k: p[k] - 0.1 * gradient[k] for k in STATES}


def step_by_backward(p):
    leaves = {k: tensor(p[k]) for k in STATES}
    squared_error(leaves).backward()
    return {k: leaves[k].value - 0.1 * leaves[k].grad for k in STATES}


def step_by_tape(p):
    with GradientTape() as tape:
        leaves = tape.watch(p)
        loss = squared_error(leaves)
    gradient = tape.gradient(loss, leaves)
    return {k: p[k] - 0.1 * gradient[k] for k in STATES}


def step_by_persistent_tape(p):
    with GradientTape(persistent=True) as tape:
        leaves = tape.watch(p)
        loss = squared_error(leaves)
    return {k: p[k] - 0.1 * tape.gradient(loss, leaves[k]) for k in STATES}


def step_with_a_second_derivative(p):
    def steepness(p):
        slope = grad(squared_error)(p)
        return sum(np.sum(slope[k] ** 2) for k in STATES)

    gradient = grad(steepness)(p)
    return {k: p[k] - 1e-3 * gradient[k] for k in STATES}


TRAININGS = (step_by_grad, step_by_backward, step_by_tape, step_by_persistent_tape, step_with_a_second_derivative)


@pytest.mark.parametrize("step", TRAININGS, ids=lambda step: step.__name__)
def test_memory_is_a_flat_line_and_no_circle_is_left(step):
    # Python keeps dead tuples and dicts for use again, until it has enough of them: that is over when it is `warm`.
    # From there on a step that kept the smallest object there is, of 16 bytes, would be seen: `leak` is all of them.
    steps, warm = 1500, 1100
    leak = 16 * (steps - warm)
    p = fresh_parameters()
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for k in range(steps):
            p = step(p)
            if k + 1 == warm:
                kept, early = tracemalloc.get_traced_memory()
                tracemalloc.reset_peak()
        end, late = tracemalloc.get_traced_memory()
        assert end - kept < leak
        assert late - early < leak
        assert gc.collect() == 0 and not gc.garbage
    finally:
        tracemalloc.stop()
        gc.enable()
    assert squared_error(p) < squared_error(fresh_parameters())


def base_of(x):
    """A weak reference to the array that an intermediate tensor holds."""
    return weakref.ref(x.value.base)


def test_intermediates_are_freed_after_the_sweep():
    seen = []

    def f(x):
        h = np.sin(x)
        seen.append(base_of(h))
        return np.sum(h * h)

    at = np.ones(3)
    grad(f)(at)
    assert seen.pop()() is None
    jvp(f, (at,), (at,))
    assert seen.pop()() is None

    y = f(tensor(at))
    assert seen[0]() is not None  # saved for the sweep
    y.backward()
    assert seen.pop()() is None and y.value > 0  # while the loss is held

    with GradientTape() as tape:
        x = tape.watch(at)
        y = f(x)
    assert seen[0]() is not None
    tape.gradient(y, x)
    assert seen.pop()() is None and y.value > 0

    with GradientTape(persistent=True) as tape:
        x = tape.watch(at)
        y = f(x)
    tape.gradient(y, x)
    assert seen[0]() is not None  # it may be asked again
    del tape, y
    assert seen.pop()() is None

    _, pullback = vjp(f, at)
    pullback(1.0)
    assert seen[0]() is not None
    del pullback
    assert seen.pop()() is None


# -- tape.expression -------------------------------------------------------------------------------------------------


def listing(e):
    """The nodes as they are printed, inputs without their names and roles."""
    return [re.sub(r"= (input|parameter) \w+.*", "= leaf", line) for line in str(e).splitlines()[1:]]


@pytest.mark.parametrize("name", CORPUS)
def test_the_recorded_program_is_the_traced_one_node_for_node(name):
    f, args = CORPUS[name].at()
    with np.errstate(all="ignore"):
        e = recorded(f, *args)
    traced = trace(f, *args)
    if any(node.operation.name == "cond" for node in traced.nodes):
        traced = trace_at(f, *args)  # a tape takes one branch
    assert listing(e) == listing(traced)
    assert measure(e) == measure(traced)
    leaves = [leaf for a in args for leaf in flatten(a)[0]]
    assert np.array_equal(e(*leaves), traced(*args))


def baydin(x0, x1):
    return np.log(x0) + x0 * x1 - np.sin(x1)


def test_the_recorded_program_evaluates_measures_derives_and_prints():
    e = recorded(baydin, 2.0, 5.0)
    with detect_anomaly():  # which notes the lines, as a trace does
        seen, traced = recorded(baydin, 2.0, 5.0), trace(baydin, 2.0, 5.0)
    assert seen.nodes[2:] == traced.nodes[2:] and (seen.inputs, seen.outputs) == (traced.inputs, traced.outputs)
    assert [node.line for node in e.nodes] == [""] * 7
    assert e(3.0, 4.0) == baydin(3.0, 4.0)
    close(derive(e)(2.0, 5.0), (5.5, 2.0 - math.cos(5.0)))
    close(derive(derive(e, "x0"), "x0")(2.0, 5.0), -0.25)
    assert (measure(e).dag_size, measure(e).tree_size) == (7, 9)
    assert e.to_infix() == trace(baydin, 2.0, 5.0).to_infix()
    assert r"\sin" in e.to_latex() and e.to_svg().startswith("<svg")
    names = {}
    exec(e.to_python(), names)
    close(next(g for g in names.values() if getattr(g, "__code__", None))(2.0, 5.0), baydin(2.0, 5.0), 4 * EPS)


def test_the_recorded_program_has_the_branches_that_were_taken():
    for at, text in ((2.0, "pow"), (-3.0, "mul")):
        assert text in str(recorded(piecewise, at))
        close(recorded(piecewise, at)(at), piecewise(at))


def test_a_recorded_derivative_is_a_program_too():
    e = recorded(lambda x: x * grad(np.sin)(x), 0.7)
    close(e(0.3), 0.3 * math.cos(0.3))
    close(derive(e)(0.3), math.cos(0.3) - 0.3 * math.sin(0.3))


def test_a_structure_of_results_is_kept():
    with GradientTape() as tape:
        x, y = tape.watch(2.0), tape.watch(np.array([1.0, 2.0]))
        results = {"product": x * y, "rest": [np.sum(y), x]}
    found = tape.expression(results)(3.0, np.array([4.0, 5.0]))
    assert found["product"].tolist() == [12.0, 15.0] and found["rest"] == [9.0, 3.0]


def test_a_tensor_of_another_tape_is_refused():
    with GradientTape() as tape:
        x = tape.watch(2.0)
        y = x * x
    for other in (tensor(3.0), tensor(3.0) * 2.0, 1.0):
        for ask in (tape.expression, tape.events):
            with pytest.raises(TapeError, match="is not on this tape: it depends on nothing that the tape watches"):
                ask(other)
    assert tape.gradient(y, x) == 4.0


# -- tape.events -----------------------------------------------------------------------------------------------------

# Baydin, Pearlmutter, Radul and Siskind, "Automatic differentiation in machine learning: a survey" (2018), tables 2
# and 3: y = ln x1 + x1 x2 - sin x2 at (2, 5), with the numbers that are printed there.
FORWARD = [
    # node, operation, operands, value as printed
    (0, "input", (), 2.0),
    (1, "input", (), 5.0),
    (2, "log", (0,), 0.693),
    (3, "mul", (0, 1), 10.0),
    (4, "add", (2, 3), 10.693),
    (5, "sin", (1,), -0.959),
    (6, "sub", (4, 5), 11.652),
]
REVERSE = [
    # node, adjoint, partials, contributions, adjoints of the operands afterwards
    (6, 1.0, (1.0, -1.0), {4: 1.0, 5: -1.0}, {4: 1.0, 5: -1.0}),
    (5, -1.0, (0.284,), {1: -0.284}, {1: -0.284}),
    (4, 1.0, (1.0, 1.0), {2: 1.0, 3: 1.0}, {2: 1.0, 3: 1.0}),
    (3, 1.0, (5.0, 2.0), {0: 5.0, 1: 2.0}, {0: 5.0, 1: 1.716}),
    (2, 1.0, (0.5,), {0: 0.5}, {0: 5.5}),
    (1, 1.716, (), {}, {}),
    (0, 5.5, (), {}, {}),
]
PRINTED = 5e-4  # three decimals


def printed(a, b):
    assert np.shape(a) == np.shape(b) and np.all(np.abs(np.subtract(a, b)) <= PRINTED), (a, b)


def test_the_events_are_the_published_traces():
    with GradientTape() as tape:
        x = tape.watch((2.0, 5.0))
        y = baydin(*x)
    events = tape.events(y)
    forward, reverse = [e for e in events if e.sweep == "forward"], [e for e in events if e.sweep == "reverse"]
    assert events == forward + reverse
    assert [(e.node, e.operation, e.operands) for e in forward] == [row[:3] for row in FORWARD]
    for event, (_, _, _, value) in zip(forward, FORWARD, strict=True):
        printed(event.value, value)
        assert event.adjoint is None and event.partials == event.contributions == event.sums == ()
    assert [e.node for e in reverse] == [row[0] for row in REVERSE]
    for event, (node, adjoint, partials, contributions, sums) in zip(reverse, REVERSE, strict=True):
        assert event.operation == FORWARD[node][1] and event.operands == FORWARD[node][2]
        printed(event.adjoint, adjoint)
        printed(event.partials, partials)
        assert [j for j, _ in event.contributions] == list(contributions)
        assert [j for j, _ in event.sums] == list(sums)
        printed([v for _, v in event.contributions], list(contributions.values()))
        printed([v for _, v in event.sums], list(sums.values()))
    assert tape.gradient(y, x) == (reverse[-1].adjoint, reverse[-2].adjoint)


def test_running_sums_at_a_fan_out_end_in_the_adjoint():
    with GradientTape(persistent=True) as tape:
        x = tape.watch(3.0)
        h = x * x  # read three times
        y = h * h + 2.0 * h
    found = [(e.node, e.contributions, e.sums) for e in tape.events(y) if e.sweep == "reverse"]
    # y' = 2 h + 2 by h: 2 from the last reader, then 9 and 9; x: 3 times 20 each way
    into_h = [(v, s) for _, c, sums in found for (j, v), (_, s) in zip(c, sums, strict=True) if j == 1]
    assert into_h == [(2.0, 2.0), (9.0, 11.0), (9.0, 20.0)]
    into_x = [(v, s) for _, c, sums in found for (j, v), (_, s) in zip(c, sums, strict=True) if j == 0]
    assert into_x == [(60.0, 60.0), (60.0, 120.0)]
    assert tape.gradient(y, x) == 120.0


def test_events_of_arrays_are_whole_and_say_what_the_sweep_does():
    with GradientTape(persistent=True) as tape:
        x = tape.watch(np.array([1.0, 2.0, 3.0]))
        y = np.sum(np.tanh(x) * x[0])
        _ = y * 2.0  # later than the target: not on the way
    events = tape.events(y)
    assert [e.node for e in events if e.sweep == "reverse"] == sorted(
        (e.node for e in events if e.sweep == "forward"), reverse=True
    )
    for event in events:
        for j, contribution in (*event.contributions, *event.sums):
            assert np.shape(contribution) in ((), np.shape(events[j].value))
    assert np.array_equal(np.broadcast_to(events[-1].adjoint, 3), tape.gradient(y, x))


def test_a_node_that_the_target_does_not_read_has_no_reverse_event():
    with GradientTape() as tape:
        x, z = tape.watch(2.0), tape.watch(3.0)
        unused = z * z
        y = x * 4.0
    reverse = [e.node for e in tape.events(y) if e.sweep == "reverse"]
    assert reverse == [3, 0] and unused.value == 9.0


# -- the family on the tape ------------------------------------------------------------------------------------------


def test_jacobian_and_hessian_run_python_too():
    def f(x):
        rows = [v * v if v > 0 else -v for v in x]
        return np.stack(rows) * np.sum(x)

    x = np.array([1.0, -2.0, 3.0])
    s = x.sum()
    rows, slopes = np.array([1.0, 2.0, 9.0]), np.array([2.0, -1.0, 6.0])
    close(jacobian(f)(x), np.diag(slopes * s) + rows[:, None])
    # sum(f) = s r(x), r = sum of the rows: H = slopes_i + slopes_j + s diag(2, 0, 2)
    expected = slopes[:, None] + slopes[None, :] + s * np.diag([2.0, 0.0, 2.0])
    close(hessian(lambda x: np.sum(f(x)))(x), expected)


def test_a_function_is_called_once_for_a_jacobian():
    calls = []

    def f(x):
        calls.append(1)
        return np.sin(x) * x[0]

    jacobian(f)(np.ones(10))
    assert len(calls) == 1

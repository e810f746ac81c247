"""Derivatives of scan and cond: against the loop that Python runs, unrolled on the tape, and against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import numeric
import symbolic
from autodiff import (
    GradientTape,
    checkpoint,
    derive,
    derive_forward,
    detect_anomaly,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    tensor,
    value_and_grad,
    vjp,
)
from expression import (
    AnomalyError,
    SizeLimitError,
    TapeError,
    UnsupportedOperation,
    compile,
    cond,
    measure,
    scan,
    simplify,
    trace,
    unroll,
    vmap,
)
from expression.batching import evaluate_batch
from expression.functions import at_set
from expression.operations.programs import every_node
from expression.structure import flatten, tree_map
from tests.expression.test_loops import LOOPS, python_scan, random_steps

EPS = float(np.finfo(float).eps)
TOL = 2000 * EPS  # the same chain rule, summed in another order, through some dozens of steps
NUMERIC_TOL = 500 * EPS ** (2 / 3)  # central differences: truncation h**2 meets rounding eps / h

loops = pytest.mark.parametrize("name", LOOPS)


def close(a, b, tol=TOL):
    """Compare leaf by leaf as |a - b| / max(1, |a| + |b|)."""
    a, a_structure = flatten(a)
    b, b_structure = flatten(b)
    assert a_structure == b_structure
    for x, y in zip(a, b, strict=True):
        x, y = np.asarray(x), np.asarray(y)
        assert (x.shape, x.dtype) == (y.shape, y.dtype)
        np.testing.assert_array_less(np.abs(x - y) / np.maximum(1, np.abs(x) + np.abs(y)), tol)


def losses(name):
    """A scalar of every result of a loop, by scan and by Python's loop, and arguments."""
    f, args = LOOPS[name]

    def loss(*args, **how):
        return sum(np.sum(np.sin(y)) for y in flatten(f(*args, **how))[0])

    return loss, lambda *args: loss(*args, scan=python_scan), args


def directions(args, seed=0):
    """A tangent for each argument."""
    rng = np.random.default_rng(seed)
    return tuple(
        tree_map(lambda x: rng.normal(size=np.shape(x)) if np.ndim(x) else float(rng.normal()), a) for a in args
    )


# -- against the loop unrolled -----------------------------------------------------------------------------------------


@loops
def test_gradients_are_those_of_the_unrolled_loop(name):
    loss, expected, args = losses(name)
    every = tuple(range(len(args)))
    close(value_and_grad(loss, every)(*args), value_and_grad(expected, every)(*args))
    for k in every:  # with one argument active, and the others not
        close(grad(loss, k)(*args), grad(expected, k)(*args))
        close(derive(trace(loss, *args), trace(loss, *args).inputs[k].name)(*args), grad(expected, k)(*args))


@loops
def test_tangents_are_those_of_the_unrolled_loop(name):
    loss, expected, args = losses(name)
    close(jvp(loss, args, directions(args)), jvp(expected, args, directions(args)))
    f, _ = LOOPS[name]
    found = jvp(f, args, directions(args))
    close(found, jvp(lambda *args: f(*args, scan=python_scan), args, directions(args)))
    close(jvp(trace(f, *args), args, directions(args)), found)


@loops
def test_second_derivatives_are_those_of_the_unrolled_loop(name):
    loss, expected, args = losses(name)
    close(hvp(loss, args, directions(args)), hvp(expected, args, directions(args)))
    close(hessian(loss)(*args), hessian(expected)(*args))
    close(hessian(trace(loss, *args))(*args), hessian(expected)(*args))


@loops
def test_a_derived_program_derives_again(name):
    loss, expected, args = losses(name)
    first = derive(trace(loss, *args))

    def norm(*args):
        return sum(np.sum(np.cos(x)) for x in flatten(first(*args))[0])

    def expected_norm(*args):
        return sum(np.sum(np.cos(x)) for x in flatten(grad(expected, tuple(range(len(args))))(*args))[0])

    second = derive(trace(norm, *args))
    every = tuple(range(len(args)))
    close(flatten(second(*args))[0], flatten(grad(expected_norm, every)(*args))[0], 10 * TOL)


@loops
def test_jacobians_and_pullbacks_are_those_of_the_unrolled_loop(name):
    f, args = LOOPS[name]

    def expected(*args):
        return f(*args, scan=python_scan)

    close(jacobian(f)(*args), jacobian(expected)(*args))
    value, pullback = vjp(f, *args)
    _, expected_pullback = vjp(expected, *args)
    y_bar = directions((value,))[0]
    close(pullback(y_bar), expected_pullback(y_bar))


@loops
def test_the_three_rooms_agree(name):
    loss, _, args = losses(name)
    e = trace(loss, *args)
    wanted = tuple(i.name for i in e.inputs)
    exact = derive(e, wanted)(*args)
    close(symbolic.derive(e, wanted)(*args), exact)
    found = numeric.grad(e, tuple(range(len(args))))(*args)
    close(found, exact, NUMERIC_TOL)
    close(derive_forward(e, wanted)(*args), exact)


def test_symbolic_writes_a_loop_as_the_loop_written_out():
    def f(x, scan=scan):
        return scan(lambda c, _: (4.0 * c * (1.0 - c), None), x, None, 5)[0]

    loop, plain = (symbolic.derive(trace(g, 0.3)) for g in (f, lambda x: f(x, python_scan)))
    assert str(loop) == str(plain)
    assert symbolic.to_sympy(trace(f, 0.3)) == symbolic.to_sympy(trace(lambda x: f(x, python_scan), 0.3))


def test_symbolic_refuses_a_long_loop_with_the_number():
    e = trace(lambda x: scan(lambda c, _: (4.0 * c * (1.0 - c), None), x, length=1_000_000)[0], 0.3)
    with pytest.raises(SizeLimitError, match=r"derive would write 15000005 nodes, the limit is 500000"):
        symbolic.derive(e)


@loops
def test_derived_programs_simplify_compile_to_source_and_batch(name):
    loss, _, args = losses(name)
    first = derive(trace(loss, *args))
    expected = first(*args)
    close(simplify(first)(*args), expected)
    close(unroll(first)(*args), expected)
    close(compile(first)(*args), expected)
    namespace: dict = {}
    exec(first.to_python(), namespace)
    close(namespace["f"](*args), expected)
    leaves = [np.asarray(x) for x in flatten(args)[0]]
    batch = [np.stack([x, 0.9 * x]) for x in leaves]
    found = evaluate_batch(first, batch, [True] * len(batch))
    for k in range(2):
        close([y[k] for y in found], [np.asarray(y) for y in flatten(first(*[b[k][()] for b in batch]))[0]])


@settings(max_examples=40)
@given(random_steps(), st.integers(1, 5), st.booleans())
def test_random_steps_have_the_derivatives_of_the_loop(step, n, reverse):
    def loss(a, b, xs, scan=scan):
        def shaped(carry, x):
            (a, b), y = step(carry, x)
            return (a * np.ones(2), b * np.ones(2)), y * np.ones(2)

        (a, b), ys = scan(shaped, (a, b), xs, reverse=reverse)
        return np.sum(a) + np.sum(b * a) + np.sum(np.sin(ys))

    def expected(*args):
        return loss(*args, scan=python_scan)

    args = (np.array([0.1, 0.4]), np.array([0.5, -0.5]), np.linspace(-1.0, 1.0, 2 * n).reshape(n, 2))
    every = (0, 1, 2)
    gradient = grad(expected, every)(*args)
    close(grad(loss, every)(*args), gradient)
    close(derive(trace(loss, *args))(*args), gradient)
    close(hvp(loss, args, directions(args)), hvp(expected, args, directions(args)), 10 * TOL)


# -- closed forms ------------------------------------------------------------------------------------------------------


def test_a_power_by_a_loop_has_the_derivatives_of_a_power():
    def power(x):
        return scan(lambda c, _: (c * x, None), 1.0, length=7)[0]

    assert grad(power)(2.0) == 7 * 2.0**6
    assert grad(grad(power))(2.0) == 42 * 2.0**5
    assert grad(grad(grad(power)))(2.0) == 210 * 2.0**4
    close(jvp(jvp_of(power), (2.0,), (1.0,))[1], 42 * 2.0**5)


def jvp_of(f):
    """The derivative in forward mode."""
    return lambda x: jvp(f, (x,), (1.0,))[1]


def test_a_linear_recurrence_has_the_closed_form():
    a = np.array([[0.5, 0.2], [-0.3, 0.9]])
    x = np.array([1.0, 2.0])
    J = jacobian(lambda x: scan(lambda c, _: (a @ c, None), x, length=9)[0])(x)
    close(J, np.linalg.matrix_power(a, 9))


def test_the_gradient_of_ten_thousand_steps_is_the_closed_form():
    n, x = 10_000, 1e-4

    def f(x):
        return scan(lambda c, _: (c / (1.0 + c), None), x, length=n)[0]

    close(f(x), x / (1 + n * x))
    close(grad(f)(x), 1 / (1 + n * x) ** 2)
    close(derive(trace(f, x))(x), 1 / (1 + n * x) ** 2)
    close(grad(grad(f))(x), -2 * n / (1 + n * x) ** 3, 10 * TOL)


def test_programs_of_derivatives_are_as_long_for_ten_thousand_steps_as_for_ten():
    sizes = set()
    for n in (10, 10_000):
        first = derive(trace(lambda x, n=n: scan(lambda c, _: (np.sin(c) * x, None), x, length=n)[0], 0.5))
        second = derive(first)
        third = derive(second)
        sizes.add(tuple(len(list_of(e)) for e in (first, second, third)))
        assert measure(first).dag_size == len(first)
    assert len(sizes) == 1


def list_of(e):
    """The nodes, those of programs within included."""
    return list(every_node(e))


def test_the_flops_of_a_gradient_grow_with_the_length_and_no_faster():
    flops = []
    for n in (100, 200, 400):
        flops.append(
            measure(derive(trace(lambda x, n=n: scan(lambda c, _: (np.sin(c) * x, None), x, length=n)[0], 0.5))).flops
        )
    assert flops[2] - flops[1] == 2 * (flops[1] - flops[0])


# -- what costs nothing ------------------------------------------------------------------------------------------------


def test_an_inactive_operand_has_no_part_in_the_reverse_loop():
    def f(w, data):
        return scan(lambda c, x: (np.tanh(w * c + np.exp(x)), None), 0.5, data)[0]

    e = trace(f, 1.0, np.ones(4))

    def backwards(wrt):
        return list_of(derive(e, wrt))

    assert [n.operation.name for n in backwards("w")].count("exp") == 1  # in the forward loop alone
    assert [n.operation.name for n in backwards(("w", "data"))].count("exp") == 2


def test_what_the_loop_holds_is_not_computed_again():
    e = trace(lambda w: scan(lambda c, x: (np.tanh(w * c + x), None), 0.5, np.ones(4))[0], 1.0)
    assert [n.operation.name for n in list_of(derive(e))].count("tanh") == 1


def test_a_loop_on_a_tape_is_one_step():
    w = tensor(0.7)
    y = scan(lambda c, x: (np.tanh(w * c + x), None), 0.5, np.ones(1000))[0]
    assert len(y.tape.steps) < 10
    y.backward()
    close(w.grad, grad(lambda w: python_scan(lambda c, x: (np.tanh(w * c + x), None), 0.5, np.ones(1000))[0])(0.7))


def test_results_that_nobody_reads_have_no_adjoint():
    def reverse_step(f):
        first = derive(trace(f, 0.5))
        return dict([n for n in first.nodes if n.operation.name == "scan"][-1].parameters)["step"].expression

    def loop(x):
        return scan(lambda c, v: (np.sin(c) * x, np.exp(c)), x, np.ones(3))

    names = [[i.name for i in reverse_step(f).inputs] for f in (lambda x: loop(x)[0], lambda x: np.sum(loop(x)[1]))]
    assert names == [["x", "c_bar", "c"], ["x", "c_bar", "c", "y_", "y_bar"]]


def test_the_events_of_a_tape_show_the_loop_as_one_step():
    with GradientTape() as tape:
        x = tape.watch(0.5)
        y = np.sin(scan(lambda c, v: (c * v, None), x, np.array([2.0, 3.0]))[0])
    events = tape.events(y)
    assert [event.operation for event in events if event.sweep == "forward"].count("scan") == 1
    (back,) = [event for event in events if event.sweep == "reverse" and event.operation == "scan"]
    (_, contribution), *_ = back.contributions
    close(contribution, np.cos(3.0) * 6.0)


def test_an_array_that_a_closure_holds_is_read_when_the_loop_runs():
    table = np.array([1.0, 2.0])
    e = trace(lambda x: scan(lambda c, _: (c * table, None), x, length=1)[0], table)
    table[0] = 7.0
    np.testing.assert_array_equal(e(np.ones(2)), [1.0, 2.0])  # a trace holds a copy

    def f(x):
        y = np.sum(scan(lambda c, _: (c * table, None), x, length=1)[0])
        table[1] = 8.0
        return y

    with pytest.raises(
        TapeError, match=r"an array of shape \(2,\) that scan \(test_loops.py, line \d+\) read was changed"
    ):
        grad(f)(np.ones(2))


def test_a_carry_that_nothing_moves_has_no_adjoint():
    def f(w):
        return scan(lambda c, _: ((c[0] * w, c[1] + 1.0), c[0] * c[1]), (1.0, 0.0), length=5)[1].sum()

    first = derive(trace(f, 1.1))
    backwards = [n for n in first.nodes if n.operation.name == "scan"][-1]
    assert dict(backwards.parameters)["carries"] == 1
    close(first(1.1), grad(lambda w: sum(k * w**k for k in range(5)))(1.1))


# -- branches ----------------------------------------------------------------------------------------------------------


def branches(x, w):
    """A loop whose step branches, with a loop in a branch."""

    def long(c):
        return scan(lambda d, v: (np.sin(d + w * v), None), c, np.arange(3.0))[0]

    return scan(lambda c, v: (cond(c > v, long, lambda c: c * c + w, c), c), x, np.linspace(0.0, 1.0, 5))


def python_branches(x, w):
    """The same by Python."""
    ys, c = [], x
    for v in np.linspace(0.0, 1.0, 5):
        ys.append(c)
        if c > v:
            for k in np.arange(3.0):
                c = np.sin(c + w * k)
        else:
            c = c * c + w
    return c, np.stack(ys)


@pytest.mark.parametrize("point", [(0.7, 0.3), (-0.2, 0.4), (0.1, -0.8)])
def test_loops_in_branches_in_loops(point):
    def loss(x, w, f=branches):
        c, ys = f(x, w)
        return np.sin(c) + np.sum(ys * ys)

    def expected(x, w):
        return loss(x, w, f=python_branches)

    e = trace(loss, *point)
    close(loss(*point), expected(*point))
    gradient = grad(expected, (0, 1))(*point)
    close(grad(loss, (0, 1))(*point), gradient)
    close(derive(e)(*point), gradient)
    close(symbolic.derive(e)(*point), gradient)
    close(hessian(e, (0, 1))(*point), hessian(expected, (0, 1))(*point))
    close(jvp(e, point, (1.0, -2.0)), jvp(expected, point, (1.0, -2.0)))


def test_the_derivative_of_a_branch_is_a_branch():
    e = trace(lambda x: cond(x > 0, lambda x: x * x * x, np.sin, x), 1.0)
    first, second = derive(e), derive(derive(e))
    assert [n.operation.name for n in first.nodes].count("cond") == 1
    for x in (2.0, -2.0):
        close(first(x), 3 * x * x if x > 0 else np.cos(x))
        close(second(x), 6 * x if x > 0 else -np.sin(x))


def two_results(x, y):
    """A branch with two results, one of them a vector."""
    a, b = cond(x > y, lambda x: (x * y, np.stack([x, y])), lambda x: (x + y, np.stack([y * y, x]) * x), x)
    return a * np.sum(np.sin(b))


@pytest.mark.parametrize("point", [(2.0, 1.0), (1.0, 2.0)])
def test_several_results_of_a_branch_have_derivatives(point):
    e = trace(two_results, 2.0, 1.0)
    taken = grad(two_results, (0, 1))(*point)  # on values it is Python's if
    close(grad(e, (0, 1))(*point), taken)
    close(derive(e)(*point), taken)
    close(hessian(e, (0, 1))(*point), hessian(two_results, (0, 1))(*point))


# -- the policy of branches: an exact zero wins ------------------------------------------------------------------------


def test_the_branch_not_taken_contributes_exactly_zero():
    e = trace(lambda x: cond(x > 0, np.sqrt, lambda x: 0.0 * x, x), 1.0)
    assert derive(e)(0.0) == 0.0  # the partial of sqrt is infinite there
    outside = trace(lambda x: outer_branch(x), 1.0)
    assert derive(outside)(0.0) == 0.0
    assert grad(outside)(0.0) == 0.0


def outer_branch(x):
    """An operand with an infinite partial, which only the other branch reads."""
    root = np.sqrt(x)
    return cond(x > 0, lambda r, x: r, lambda r, x: 2.0 * x * x, root, x)


def test_where_behind_a_loop_guards_what_is_in_it():
    def f(x):
        y = scan(lambda c, _: (np.sqrt(c), None), x, length=3)[0]
        return np.where(x > 0, y, 0.0)

    assert grad(f)(0.0) == 0.0
    assert derive(trace(f, 1.0))(0.0) == 0.0
    xs = np.array([0.0, 1.0])
    close(
        grad(lambda x: np.sum(np.where(x > 0, scan(lambda c, _: (np.sqrt(c), None), x, length=2)[0], 0.0)))(xs),
        np.array([0.0, 0.25]),
    )


def test_where_in_a_step_guards_the_steps_before_it():
    def f(x, scan=scan):
        def step(c, k):
            a, b = c
            return (np.sqrt(a), np.where(k < 0.5, b, np.where(a > 0, a, 0.0) * 0.0 + b)), None

        return scan(step, (x, x), np.arange(3.0))[0][1]

    assert grad(lambda x: f(x, python_scan))(0.0) == 1.0
    assert grad(f)(0.0) == 1.0
    assert derive(trace(f, 1.0))(0.0) == 1.0


# -- company -----------------------------------------------------------------------------------------------------------


def test_float32_keeps_its_dtype():
    x = np.array([0.5, 0.25], dtype=np.float32)
    g = grad(lambda x: np.sum(scan(lambda c, _: (np.sin(c) * x, None), x, length=4)[0]))(x)
    assert g.dtype == np.float32
    e = trace(lambda x: np.sum(scan(lambda c, _: (np.sin(c) * x, None), x, length=4)[0]), x)
    assert derive(e)(x).dtype == np.float32


def test_a_loop_of_no_steps_has_the_derivative_of_its_carry():
    def f(x, w):
        carry, ys = scan(lambda c, v: (c * w * v, c), x * x, np.zeros(0))
        return carry + np.sum(ys)

    assert grad(f, (0, 1))(3.0, 2.0) == (6.0, 0.0)
    assert derive(trace(f, 3.0, 2.0))(3.0, 2.0) == (6.0, 0.0)
    assert jvp(f, (3.0, 2.0), (1.0, 1.0)) == (9.0, 6.0)


def test_levels_of_tapes_meet_in_a_step():
    def f(x):
        return scan(lambda c, _: (c + grad(lambda z: z * z * c * x)(x), None), x, length=2)[0]

    def expected(x):
        c = x
        for _ in range(2):
            c = c + 2 * x * c * x
        return c

    close(f(1.5), expected(1.5))
    close(grad(f)(1.5), grad(expected)(1.5))


def test_checkpoints_and_loops_stand_each_other():
    def f(w):
        step = checkpoint(lambda w, c: np.tanh(w * scan(lambda d, _: (np.sin(d) * w, None), c, length=3)[0]))
        return step(w, step(w, 0.5))

    def expected(w):
        def step(c):
            for _ in range(3):
                c = np.sin(c) * w
            return np.tanh(w * c)

        return step(step(0.5))

    close(grad(f)(0.8), grad(expected)(0.8))


def test_slices_of_the_results_send_their_adjoints_back_alone():
    def f(x, scan=scan):
        carry, ys = scan(lambda c, v: (np.sin(c) * v, c * v), 0.4, x)
        return ys[1] * ys[-1] + np.sum(at_set(ys, 0, 2.0)[:2]) + carry

    x = np.array([0.3, 0.8, 1.2, 0.5])
    close(grad(f)(x), grad(lambda x: f(x, python_scan))(x))


def test_a_complex_step_passes_through_a_loop_and_is_refused_by_what_is_in_it():
    def loop(x, f):
        return scan(lambda c, v: (np.sin(c) * v + f(c), None), x, np.arange(1.0, 4.0))[0]

    found = numeric.grad(lambda x: loop(x, np.exp), scheme="complex_step")(-0.5)
    close(found, grad(lambda x: loop(x, np.exp))(-0.5))
    with pytest.raises(UnsupportedOperation, match=r"complex_step cannot pass through abs \(test_loops.py, line \d+\)"):
        numeric.grad(lambda x: loop(x, np.abs), scheme="complex_step")(-0.5)


def test_an_anomaly_names_the_loop():
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"scan.*test_loops.py, line \d+"):
        grad(lambda x: scan(lambda c, _: (np.log(c - c), None), x, length=3)[0])(0.0)


def test_a_wrong_step_would_be_seen():
    def f(x, scan):
        return scan(lambda c, v: (np.sin(c) * v, None), 0.4, x)[0]

    x = np.array([0.3, 0.8])
    with pytest.raises(AssertionError):
        close(grad(lambda x: f(x, scan))(x), 2.001 / 2 * grad(lambda x: f(x, python_scan))(x))


# -- vmap --------------------------------------------------------------------------------------------------------------


def looped(x):
    """A loop that reads its argument in every step."""
    return scan(lambda c, v: (np.sin(c) * v + x, c), x, np.arange(1.0, 4.0))[0]


def branched(x):
    """A loop on one side, a formula on the other."""
    return cond(x > 0.2, looped, lambda x: np.cos(x) * x, x)


@pytest.mark.parametrize("f", [looped, branched], ids=lambda f: f.__name__)
def test_vmap_and_derivatives_of_loops_and_branches_commute(f):
    x = np.array([0.1, 0.3, -0.4])
    close(vmap(f)(x), np.array([f(v) for v in x.tolist()]))
    slopes = np.array([grad(f)(v) for v in x.tolist()])
    close(vmap(grad(f))(x), slopes)
    close(grad(lambda x: np.sum(vmap(f)(x)))(x), slopes)
    close(vmap(grad(grad(f)))(x), np.array([grad(grad(f))(v) for v in x.tolist()]))
    close(trace(vmap(grad(f)), x)(x), slopes)
    close(jacobian(vmap(f))(x), np.diag(slopes))


def test_vmap_in_a_step():
    x = np.array([0.3, 0.5])

    def f(x, scan=scan, vmap=vmap):
        return np.sum(scan(lambda c, v: (vmap(lambda u: np.sin(u) * v)(c), None), x, np.arange(1.0, 4.0))[0])

    def by_hand(x):
        return f(x, python_scan, lambda g: g)

    close(grad(f)(x), grad(by_hand)(x))
    close(derive(trace(f, x))(x), grad(by_hand)(x))

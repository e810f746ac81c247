"""derive: the stencil as a program, its answers, its size and cost, and what it refuses."""

import numpy as np
import pytest

import numeric
from expression import ArgumentError, SizeLimitError, measure, trace
from numeric import SCHEMES

EPS = float(np.finfo(float).eps)
REAL = [name for name, row in SCHEMES.items() if not row.stencil.imaginary]
TOL = {name: max(200 * EPS ** (SCHEMES[name].order / (SCHEMES[name].order + 1)), 1e-12) for name in REAL}
schemes = pytest.mark.parametrize("scheme", REAL)


def f(x, y):
    return np.sum(np.sin(x) * y) + np.exp(y) * x[0]


X, Y = np.array([0.3, -1.2, 2.5]), 0.7
E = trace(f, X, Y)
BY_X = np.cos(X) * Y + np.array([np.exp(Y), 0.0, 0.0])
BY_Y = np.sum(np.sin(X)) + np.exp(Y) * X[0]


@schemes
def test_the_program_computes_the_gradient(scheme):
    by_x, by_y = numeric.derive(E, scheme=scheme)(X, Y)
    np.testing.assert_allclose(by_x, BY_X, atol=TOL[scheme])
    assert abs(by_y - BY_Y) < TOL[scheme]


@schemes
def test_the_program_and_grad_take_the_same_given_step(scheme):
    h = 2.0**-6
    by_x, by_y = numeric.derive(E, scheme=scheme, step=h)(X, Y)
    same = 64 * EPS * SCHEMES[scheme].stencil.rounding / h  # the same values, summed in another order
    expected = numeric.grad(E, (0, 1), scheme=scheme, step=h)(X, Y)
    np.testing.assert_allclose(by_x, expected[0], atol=same)
    assert abs(by_y - expected[1]) < same


def test_wrt_chooses_inputs_and_value_adds_the_value():
    assert abs(numeric.derive(E, "y")(X, Y) - BY_Y) < TOL["central"]
    by_y, by_x = numeric.derive(E, ("y", "x"))(X, Y)
    assert np.shape(by_y) == () and by_x.shape == (3,)
    value, (by_x, _) = numeric.derive(E, value=True)(X, Y)
    assert value == f(X, Y)
    program = numeric.derive(E)
    assert [i.name for i in program.inputs] == ["x", "y"]


def test_a_single_argument_is_mirrored_itself_and_integers_are_left_out():
    e = trace(lambda p: np.sum(p["w"]) * p["b"], {"w": np.ones(2), "b": 3.0})
    found = numeric.derive(e)({"w": np.ones(2), "b": 3.0})
    np.testing.assert_allclose(found["w"], [3.0, 3.0], atol=TOL["central"])
    e = trace(lambda x, i: x[i], np.ones(3), np.array(1))
    by_x, by_i = numeric.derive(e)(np.ones(3), np.array(1))
    np.testing.assert_allclose(by_x, [0.0, 1.0, 0.0], atol=TOL["central"])
    assert by_i is None


@schemes
def test_large_and_small_arguments_get_steps_that_move_them(scheme):
    e = trace(lambda x: np.log(x), 1.0)
    assert abs(numeric.derive(e, scheme=scheme)(1e8) * 1e8 - 1) < TOL[scheme] * 10


def test_the_program_divides_by_the_move_that_was_made():
    # 0.1 is no float: 1e4 + 0.1 moves by 0.1 and a few 1e-13, and a straight line shows the difference.
    assert numeric.derive(trace(lambda x: x, 1.0), scheme="forward", step=0.1)(1e4) == 1.0


def chain(n):
    """A chain of operations on n entries, with a sum at its end."""

    def g(x):
        for _ in range(20):
            x = np.sin(x) * x
        return np.sum(x)

    return trace(g, np.linspace(0.1, 1.0, n))


@pytest.mark.parametrize("n", [2, 5, 10])
def test_the_cost_is_counted_as_two_evaluations_an_entry(n):
    e = chain(n)
    cost, copies = measure(numeric.derive(e)).flops, 2 * n * measure(e).flops
    # beside the copies: n additions for each point, and some ten operations an entry for h and the quotient
    assert copies < cost <= copies + 2 * n * n + 15 * n
    forward = measure(numeric.derive(e, scheme="forward")).flops
    assert n * measure(e).flops < forward < 0.6 * cost + measure(e).flops


def test_what_does_not_depend_on_an_input_is_not_copied():
    e = trace(lambda x, y: x * np.exp(np.sin(np.cos(y))), 1.0, 2.0)
    assert measure(numeric.derive(e, "x")).op_count["exp"] == 1


def test_a_program_that_would_be_too_long_is_refused_with_its_size():
    e = trace(lambda x: np.sum(np.sin(x) ** 2), np.ones(200_000))
    with pytest.raises(
        SizeLimitError, match=r"would have [\d,]+ nodes \(400,000 copies of 5\), and the limit is 1,000,000"
    ):
        numeric.derive(e)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: numeric.derive(trace(np.sin, np.ones(3))),
            r"derive needs a scalar output, got shape \(3,\); use jacobian",
        ),
        (lambda: numeric.derive(E, "z"), "wrt='z' is not an input; the inputs are x, y"),
        (lambda: numeric.derive(E, scheme="cubic"), "scheme='cubic' is not in the table"),
        (
            lambda: numeric.derive(E, scheme="complex_step"),
            "leaves the reals.*choose one of forward, backward, central",
        ),
        (lambda: numeric.derive(E, step=-1.0), "step=-1.0: a step is a positive number"),
    ],
)
def test_what_has_no_stencil_is_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_the_program_of_float32_is_float32():
    x = np.float32(0.5)
    program = numeric.derive(trace(np.sin, x))
    assert program.nodes[program.outputs[0]].dtype == np.float32
    assert abs(program(x) - np.cos(0.5)) < 20 * np.finfo(np.float32).eps ** (2 / 3)

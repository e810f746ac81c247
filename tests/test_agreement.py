"""The three differentiators share a format and nothing else: that they agree on every function is evidence."""

import numpy as np
import pytest
from hypothesis import given, settings

import autodiff
import numeric
import symbolic
from expression import SizeLimitError, TrigradError, measure, operation, trace
from expression.corpus import CORPUS
from expression.structure import flatten, tree_map
from tests.strategies import random_expressions

EPS = np.finfo(float).eps
EXACT = 1e-10  # two exact methods on programs of up to some thousand operations, each rounding by eps
CENTRAL = 50 * EPS ** (2 / 3)  # central difference: truncation h**2 meets rounding eps / h
FACTOR = 10  # an error estimate of finite differences is an estimate: it must hold up to this factor
OMEGA = 4  # operations of (f and gradient) / operations of f: Baur and Strassen (1983), Griewank and Walther (2008)


def distance(a, b):
    """The largest |a - b| / max(1, |a| + |b|) over all leaves."""
    pairs = zip(flatten(a)[0], flatten(b)[0], strict=True)
    return max(float(np.max(np.abs(x - y) / np.maximum(1, np.abs(x) + np.abs(y)), initial=0)) for x, y in pairs)


def points(case):
    """The default arguments (unless they sit on a kink) and two random points of the domain."""
    if case.smooth:
        yield case.arguments()
    for seed in (1, 2):
        yield case.sample(np.random.default_rng(seed))


@pytest.mark.parametrize("case", CORPUS.values(), ids=lambda case: case.name)
def test_symbolic_and_automatic_gradients_agree_on_the_corpus(case):
    f, arguments = case.at()
    every = tuple(range(len(arguments)))
    for args in points(case):
        automatic = autodiff.value_and_grad(f, every)(*args)
        try:
            by_rules = symbolic.value_and_grad(f, every)(*args)
        except SizeLimitError as refusal:
            assert case.requires, refusal  # only real data are too large to be written entry by entry
            continue
        assert distance(automatic, by_rules) < EXACT


@pytest.mark.parametrize("case", [c for c in CORPUS.values() if not c.requires], ids=lambda case: case.name)
def test_finite_differences_agree_with_automatic_gradients_within_their_own_error_estimate(case):
    f, arguments = case.at()
    every = tuple(range(len(arguments)))
    for args in points(case):
        automatic = autodiff.grad(f, every)(*args)
        found = numeric.estimate(f, every)(*args)
        parts = zip(*(flatten(t)[0] for t in (automatic, found.derivative, found.error)), strict=True)
        for exact, slope, error in parts:
            allowed = FACTOR * np.asarray(error) + 50 * EPS * np.abs(exact)
            assert np.all(np.abs(exact - slope) <= allowed)


@pytest.mark.parametrize("case", [c for c in CORPUS.values() if c.requires], ids=lambda case: case.name)
def test_on_real_data_finite_differences_agree_with_automatic_gradients_along_directions(case):
    e, rng = case.trace(), np.random.default_rng(5)
    args = case.sample(rng)
    gradient = flatten(autodiff.grad(e, tuple(range(len(args))))(*args))[0]
    for _ in range(3):
        tangents = tree_map(lambda leaf: rng.normal(size=np.shape(leaf)), args)
        along = sum(float(np.sum(g * d)) for g, d in zip(gradient, flatten(tangents)[0], strict=True))
        slope = numeric.jvp(e, args, tangents)[1]
        assert abs(slope - along) / max(1, abs(slope) + abs(along)) < CENTRAL


@pytest.mark.parametrize("case", CORPUS.values(), ids=lambda case: case.name)
def test_a_gradient_costs_at_most_four_times_its_function(case):
    e = case.trace()
    assert measure(autodiff.derive(e, value=True)).flops <= OMEGA * measure(e).flops


@pytest.mark.parametrize("case", [c for c in CORPUS.values() if not c.requires], ids=lambda case: case.name)
def test_hessians_of_the_corpus_are_symmetric(case):
    f, arguments = case.at()
    args = case.sample(np.random.default_rng(3))
    sizes = [np.size(x) for x in flatten(args)[0]]
    blocks = iter(flatten(autodiff.hessian(f, tuple(range(len(arguments))))(*args))[0])
    whole = np.block([[np.reshape(next(blocks), (m, n)) for n in sizes] for m in sizes])
    assert np.max(np.abs(whole - whole.T)) <= EXACT * max(1.0, float(np.max(np.abs(whole))))


@pytest.mark.parametrize("room", [symbolic, autodiff], ids=lambda room: room.__name__)
def test_the_branch_not_taken_contributes_nothing_however_often_it_is_derived(room):
    program = trace(lambda x: np.where(x > 0, x**3, np.sqrt(-x)), 1.0)
    for expected in (3.0, 6.0, 6.0, 0.0):
        program = room.derive(program)
        assert program(1.0) == expected


@settings(deadline=None, max_examples=60)
@given(random_expressions(scalar=True))
def test_all_three_agree_on_random_expressions(drawn):
    e, args = drawn
    every = tuple(range(len(args)))
    automatic = autodiff.grad(e, every)(*args)
    assert distance(automatic, symbolic.grad(e, every)(*args)) < EXACT
    found = numeric.estimate(e, every)(*args)
    for exact, slope, error in zip(automatic, found.derivative, found.error, strict=True):
        assert np.all(np.abs(exact - slope) <= FACTOR * np.asarray(error) + 50 * EPS * np.abs(exact))


def test_a_wrong_rule_of_a_users_operation_is_exposed():
    @operation(partials=(lambda y, x: 2.001 * x,))
    def squared(x):
        return x * x

    f = lambda x: squared(np.sin(x))  # noqa: E731
    right, wrong = symbolic.grad(f)(0.7), autodiff.grad(f)(0.7)
    assert abs(right - np.sin(1.4)) < 4 * EPS
    assert abs(wrong / right - 1.0005) < 1e-12
    assert abs(numeric.grad(f)(0.7) - right) < 1e-8


MISTAKES = {
    "vector output": lambda room: room.grad(np.sin)(np.ones(2)),
    "constant of integers": lambda room: room.grad(lambda x: 1)(1.0),
    "truth value": lambda room: room.grad(lambda x: x > 1)(1.0),
    "integer": lambda room: room.grad(np.sin)(1),
    "integers": lambda room: room.grad(np.sum)(np.arange(3)),
    "nan": lambda room: room.grad(np.sin)(float("nan")),
    "argnums": lambda room: room.grad(np.sin, 3)(1.0),
    "text": lambda room: room.grad(np.sin)("1"),
    "primals that are no tuple": lambda room: room.jvp(np.sin, np.ones(2), np.ones(2)),
    "tangents that are no tuple": lambda room: room.hvp(np.sin, (1.0,), 1.0),
    "structure of a tangent": lambda room: room.jvp(np.sin, (1.0,), ((1.0,),)),
    "shape of a cotangent": lambda room: room.vjp(np.sin, 1.0)[1](np.ones(2)),
    "derive a vector": lambda room: room.derive(trace(np.sin, np.ones(2))),
    "derive by a stranger": lambda room: room.derive(trace(np.sin, 1.0), "w"),
}


@pytest.mark.parametrize("call", MISTAKES.values(), ids=MISTAKES)
def test_the_same_mistake_gets_the_same_answer_in_all_three_rooms(call):
    answers = set()
    for room in (symbolic, numeric, autodiff):
        with pytest.raises(TrigradError) as caught:
            call(room)
        answers.add((caught.type, str(caught.value)))
    assert len(answers) == 1

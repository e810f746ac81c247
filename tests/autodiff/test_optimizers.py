"""Optimizers: against written-out steps, closed forms and PyTorch; trees, dtypes, purity, saved states, error texts."""

import io
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff
import numeric
from autodiff.optimizers import Optimizer, State, adam, adamw, cosine_decay, exponential_decay, sgd
from expression import ArgumentError
from expression.structure import flatten, tree_map, unflatten

EPS = np.finfo(float).eps
STEPS = 10
ROUNDED = 8 * STEPS * EPS  # some 8 roundings a step, of terms up to 1 + |x|, in another order than the oracle's
TORCHED = 1e-14  # 45 eps, for ten steps that multiply and divide in another order
DIFFERENCES = 200 * EPS ** (2 / 3)  # central differences: truncation h^2 meets rounding eps / h


def near(a, b, tolerance):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    assert a.shape == b.shape
    return bool(np.all(np.abs(a - b) <= tolerance * np.maximum(1, np.abs(a) + np.abs(b))))


def path(optimizer, gradient, params, steps=STEPS):
    """The parameters after every update."""
    state, found = optimizer.init(params), []
    for _ in range(steps):
        params, state = optimizer.update(gradient(params), state, params)
        found.append(params)
    return found


# -- written-out steps, in Python's floats -----------------------------------------------------------------------------


def slope(x):
    """Of x^2 / 2 - cos(2 x): curved, of both signs."""
    return x + 2 * math.sin(2 * x)


def plain_steps(x, lr):
    for _ in range(STEPS):
        x = x - lr * slope(x)
        yield x


def decayed_steps(x, lr, decay):
    for _ in range(STEPS):
        x = x - lr * (slope(x) + decay * x)
        yield x


def momentum_steps(x, lr, mu, decay=0.0):
    v = None
    for _ in range(STEPS):
        g = slope(x) + decay * x
        v = g if v is None else mu * v + g
        x = x - lr * v
        yield x


def nesterov_steps(x, lr, mu):
    v = None
    for _ in range(STEPS):
        g = slope(x)
        v = g if v is None else mu * v + g
        x = x - lr * (g + mu * v)
        yield x


def adam_steps(x, lr, b1=0.9, b2=0.999, eps=1e-8, decay=0.0, corrected=True):
    m = v = 0.0
    for t in range(1, STEPS + 1):
        g = slope(x)
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * (g * g)
        m_hat = m / (1 - b1**t) if corrected else m
        v_hat = v / (1 - b2**t) if corrected else v
        x = x * (1 - lr * decay) - lr * m_hat / (math.sqrt(v_hat) + eps)
        yield x


WRITTEN = {  # an optimizer, and its steps as the papers have them
    "sgd": (sgd(0.1), lambda x: plain_steps(x, 0.1)),
    "sgd, L2": (sgd(0.1, weight_decay=0.3), lambda x: decayed_steps(x, 0.1, 0.3)),
    "momentum": (sgd(0.1, momentum=0.9), lambda x: momentum_steps(x, 0.1, 0.9)),
    "momentum, L2": (sgd(0.1, 0.5, weight_decay=0.3), lambda x: momentum_steps(x, 0.1, 0.5, 0.3)),
    "nesterov": (sgd(0.1, momentum=0.9, nesterov=True), lambda x: nesterov_steps(x, 0.1, 0.9)),
    "adam": (adam(0.1), lambda x: adam_steps(x, 0.1)),
    "adam, its options": (adam(0.1, 0.5, 0.9, 0.1), lambda x: adam_steps(x, 0.1, 0.5, 0.9, 0.1)),
    "adamw": (adamw(0.1, weight_decay=0.3), lambda x: adam_steps(x, 0.1, decay=0.3)),
}


@pytest.mark.parametrize("start", [1.0, -0.3, 5.0])
@pytest.mark.parametrize("name", WRITTEN)
def test_every_step_is_the_written_one_to_the_last_bit(name, start):
    optimizer, steps = WRITTEN[name]
    assert path(optimizer, slope, start) == list(steps(start))


def eps_inside_the_root(x, lr, b1=0.9, b2=0.999, eps=1e-2):
    m = v = 0.0
    for t in range(1, STEPS + 1):
        m, v = b1 * m + (1 - b1) * slope(x), b2 * v + (1 - b2) * slope(x) ** 2
        x = x - lr * m / (1 - b1**t) / math.sqrt(v / (1 - b2**t) + eps)
        yield x


def coupled_decay(x, lr, decay, b1=0.9, b2=0.999, eps=1e-8):
    m = v = 0.0
    for t in range(1, STEPS + 1):
        g = slope(x) + decay * x
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        x = x - lr * m / (1 - b1**t) / (math.sqrt(v / (1 - b2**t)) + eps)
        yield x


def damped_momentum(x, lr, mu):
    v = 0.0
    for _ in range(STEPS):
        v = mu * v + (1 - mu) * slope(x)
        x = x - lr * v
        yield x


WRONG = {  # the usual mistakes: each must be told from the right steps
    "adam without bias correction": (adam(0.1), lambda x: adam_steps(x, 0.1, corrected=False)),
    "adam with eps inside the root": (adam(0.1, eps=1e-2), lambda x: eps_inside_the_root(x, 0.1)),
    "adamw with the decay in the gradient": (adamw(0.1, weight_decay=0.3), lambda x: coupled_decay(x, 0.1, 0.3)),
    "momentum as a mean": (sgd(0.1, momentum=0.9), lambda x: damped_momentum(x, 0.1, 0.9)),
    "nesterov as plain momentum": (sgd(0.1, 0.9, nesterov=True), lambda x: momentum_steps(x, 0.1, 0.9)),
    "ascent": (sgd(0.1), lambda x: plain_steps(x, -0.1)),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_usual_mistakes_are_told_from_the_right_steps(name):
    optimizer, wrong = WRONG[name]
    apart = [not near(a, b, 1000 * ROUNDED) for a, b in zip(path(optimizer, slope, 1.0), wrong(1.0), strict=True)]
    assert any(apart[:2])  # at once, not by the growth of a rounding


# -- closed forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lr", [0.1, 0.5, 1.9])
def test_sgd_on_a_quadratic_is_a_geometric_sequence(lr):
    a, start = np.array([0.25, 0.5, 1.0]), np.array([1.0, -2.0, 3.0])
    for k, x in enumerate(path(sgd(lr), lambda x: a * x, start), start=1):
        assert near(x, (1 - lr * a) ** k * start, ROUNDED)


def test_momentum_on_a_quadratic_is_the_sum_of_two_geometric_sequences():
    a, lr, mu = 1.0, 0.1, 0.9  # x_(k+1) = (1 + mu - lr a) x_k - mu x_(k-1), from x_0 = 1 and x_1 = 1 - lr a
    p, q = np.roots([1, -(1 + mu - lr * a), mu])
    c = (1 - lr * a - q) / (p - q)
    for k, x in enumerate(path(sgd(lr, momentum=mu), lambda x: a * x, 1.0, steps=50), start=1):
        assert near(x, (c * p**k + (1 - c) * q**k).real, 5 * ROUNDED)


FRACTIONS = {  # ten steps of short binary fractions, without any rounding
    "momentum": (sgd(0.25, momentum=0.5), False),
    "nesterov": (sgd(0.25, momentum=0.5, nesterov=True), True),
}


@pytest.mark.parametrize("name", FRACTIONS)
def test_momentum_is_the_recurrence_of_its_paper_in_exact_fractions(name):
    optimizer, nesterov = FRACTIONS[name]
    lr, mu = Fraction(1, 4), Fraction(1, 2)
    x, before = Fraction(3), Fraction(3)  # before: x_(t-1) for Polyak, y_t for Nesterov
    for found in path(optimizer, lambda x: 0.5 * x, 3.0):
        if nesterov:
            y = x - lr * x / 2
            x, before = y + mu * (y - before), y
        else:
            x, before = x - lr * x / 2 + mu * (x - before), x
        assert found == x


@pytest.mark.parametrize("optimizer", [adam(0.01), adam(0.01, b1=0.5, b2=0.6), adam(0.01, b1=0.0, b2=0.0)])
@pytest.mark.parametrize("gradient", [3.0, -3.0, 1e-4, -1e8, 1e-8])
def test_the_first_step_of_adam_is_the_learning_rate_up_to_eps(optimizer, gradient):
    x = optimizer.update(gradient, optimizer.init(0.0), 0.0)[0]
    size = abs(gradient)
    assert math.isclose(x, -0.01 * math.copysign(size / (size + 1e-8), gradient), rel_tol=8 * EPS)


def test_adam_without_a_gradient_stays_where_it_is():
    assert path(adam(0.1), lambda x: 0.0 * x, 2.0) == [2.0] * STEPS


def test_adamw_without_a_gradient_shrinks_by_the_decay_alone():
    for k, x in enumerate(path(adamw(0.1, weight_decay=0.5), lambda x: 0.0 * x, 2.0), start=1):
        assert near(x, 2 * 0.95**k, ROUNDED)


MINIMISERS = {  # from the least eigenvalue of the Hessian, 0.54: what is left of the way after 1000 steps
    "sgd": (sgd(0.05), 1e-11),  # (1 - 0.05 * 0.54)^1000 = 2e-12
    "momentum": (sgd(0.02, 0.9), 1e-14),  # 0.9^500 = 1e-23, so roundings
    "nesterov": (sgd(0.02, 0.9, nesterov=True), 1e-14),
    "adam": (adam(cosine_decay(0.1, 1000)), 1e-12),  # no rate is known; 2e-15 was seen
}


@pytest.mark.parametrize("name", MINIMISERS)
def test_each_optimizer_finds_the_minimum(name):
    optimizer, tolerance = MINIMISERS[name]
    gradient = lambda p: {"a": 2 * (p["a"] - 1) - 2 * np.sum(p["b"] - p["a"]), "b": 2 * (p["b"] - p["a"])}  # noqa: E731
    params = path(optimizer, gradient, {"a": 3.0, "b": np.array([-1.0, 2.0])}, steps=1000)[-1]
    assert near(params["a"], 1.0, tolerance)
    assert near(params["b"], [1.0, 1.0], tolerance)


# -- schedules ---------------------------------------------------------------------------------------------------------


def test_a_schedule_is_called_with_the_number_of_updates_made():
    asked = []

    def schedule(step):
        asked.append(step)
        return 0.5**step

    assert path(sgd(schedule), lambda x: 1.0, 0.0, steps=4) == [-1.0, -1.5, -1.75, -1.875]
    assert asked == [0, 1, 2, 3]


@pytest.mark.parametrize("rate", [np.float32(0.5), np.array(0.5), 0.5])
@pytest.mark.parametrize("optimizer", [sgd, adam, adamw])
def test_a_learning_rate_may_be_any_number_and_a_schedule_may_return_it(optimizer, rate):
    given, scheduled = (path(optimizer(lr), slope, 1.0) for lr in (rate, lambda step: rate))
    assert given == scheduled == path(optimizer(0.5), slope, 1.0)
    assert type(given[-1]) is float


def test_schedules_have_their_closed_forms():
    cosine, exponential = cosine_decay(2.0, 90, alpha=0.25), exponential_decay(2.0, 30, 0.25)
    for step, expected in (
        (0, 2.0),
        (30, 2 * (0.25 + 0.75 * 0.75)),
        (45, 1.25),
        (60, 2 * (0.25 + 0.75 / 4)),
        (90, 0.5),
    ):
        assert near(cosine(step), expected, 8 * EPS)
    assert cosine(1000) == cosine(90)
    assert [exponential(step) for step in (0, 15, 30, 60)] == [2.0, 1.0, 0.5, 0.125]


# -- PyTorch -----------------------------------------------------------------------------------------------------------

TORCH = {
    "sgd": (sgd(0.1), "SGD", {"lr": 0.1}),
    "sgd, L2": (sgd(0.1, weight_decay=0.2), "SGD", {"lr": 0.1, "weight_decay": 0.2}),
    "momentum": (sgd(0.1, 0.9), "SGD", {"lr": 0.1, "momentum": 0.9}),
    "nesterov": (
        sgd(0.1, 0.9, True, 0.2),
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.2},
    ),
    "adam": (adam(), "Adam", {}),
    "adam, its options": (adam(0.1, 0.8, 0.9, 1e-3), "Adam", {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3}),
    "adamw": (adamw(), "AdamW", {}),
    "adamw, its options": (adamw(0.1, weight_decay=0.5), "AdamW", {"lr": 0.1, "weight_decay": 0.5}),
}


@pytest.mark.parametrize("name", TORCH)
def test_ten_steps_are_pytorchs(name):
    torch = pytest.importorskip("torch", reason="the comparison with PyTorch needs torch")
    optimizer, theirs, options = TORCH[name]
    rng = np.random.default_rng(7)
    params = {"W": rng.normal(size=(3, 4)), "layers": [(rng.normal(size=2), rng.normal(size=(2, 1, 2)))], "b": 0.5}
    state = optimizer.init(params)
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in flatten(params)[0]]
    other = getattr(torch.optim, theirs)(tensors, **options)
    for _ in range(STEPS):
        gradient = tree_map(lambda x: rng.normal(size=np.shape(x)) * 3, params)
        for tensor, x_bar in zip(tensors, flatten(gradient)[0], strict=True):
            tensor.grad = torch.tensor(x_bar, dtype=torch.float64)
        other.step()
        params, state = optimizer.update(gradient, state, params)
        for tensor, x in zip(tensors, flatten(params)[0], strict=True):
            assert near(x, tensor.detach().numpy(), TORCHED)


# -- trees, dtypes, memory ---------------------------------------------------------------------------------------------

OPTIMIZERS = {
    "sgd": sgd(0.1, weight_decay=0.1),
    "momentum": sgd(0.1, 0.9),
    "nesterov": sgd(0.1, 0.9, True),
    "adam": adam(0.1),
    "adamw": adamw(0.1),
}


def forest():
    """Every container, and every kind of leaf."""
    return {
        "W": np.arange(6.0).reshape(2, 3),
        "layers": [(np.ones(2, np.float32), 0.5), [np.float32(2.0)]],
        "transposed": np.arange(4.0).reshape(2, 2).T,
        "empty": np.zeros((0, 3)),
        "scalar": np.array(3.0, np.float32),
        "half": np.ones(2, np.float16),
        "none": None,
    }


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_structure_shapes_and_dtypes_are_kept(name):
    optimizer, params = OPTIMIZERS[name], forest()
    state = optimizer.init(params)
    gradients = [tree_map(lambda x: np.full(np.shape(x), 0.5), params), tree_map(lambda x: x * 1, params)]
    for gradient in gradients:  # of float64, and of the leaves' own dtypes
        new, state = optimizer.update(gradient, state, params)
        for tree in (new, *state.moments, *optimizer.init(params).moments):
            leaves, structure = flatten(tree)
            assert structure == flatten(params)[1]
            for x, like in zip(leaves, flatten(params)[0], strict=True):
                assert np.shape(x) == np.shape(like)
                assert np.asarray(x).dtype == np.asarray(like).dtype
        assert type(new["layers"][0][1]) is float
    assert state.step == 2


@pytest.mark.parametrize("params", [2.0, np.ones(3), (), {}, [np.ones(2), (1.0,)]])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_any_tree_will_do_a_bare_leaf_and_an_empty_one_too(name, params):
    new, _ = OPTIMIZERS[name].update(params, OPTIMIZERS[name].init(params), params)
    assert flatten(new)[1] == flatten(params)[1]
    for x, old in zip(flatten(new)[0], flatten(params)[0], strict=True):
        assert np.all(x < old)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float32_is_computed_in_float32(name):
    rng = np.random.default_rng(3)
    start, slopes = rng.normal(size=5).astype(np.float32), rng.normal(size=(STEPS, 5)).astype(np.float32)
    single, double = (iter(slopes.astype(t)) for t in (np.float32, np.float64))
    a = path(OPTIMIZERS[name], lambda x: next(single), start)[-1]
    b = path(OPTIMIZERS[name], lambda x: next(double), start.astype(float))[-1]
    assert a.dtype == np.float32
    assert 0 < np.max(np.abs(a - b)) <= 8 * STEPS * np.finfo(np.float32).eps * np.max(1 + np.abs(b))


def arrays(*trees):
    return [x for tree in trees for x in flatten(tree)[0] if isinstance(x, np.ndarray)]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_nothing_is_changed_and_results_are_in_memory_of_their_own(name):
    optimizer, params = OPTIMIZERS[name], forest()
    gradient = tree_map(lambda x: x * 1, params)
    state = optimizer.init(params)
    for _ in range(2):
        given = arrays(params, gradient, state)
        copies = [x.copy() for x in given]
        for x in given:
            x.flags.writeable = False
        new, new_state = optimizer.update(gradient, state, params)
        for x, copy in zip(given, copies, strict=True):
            np.testing.assert_array_equal(x, copy)
        made = arrays(new, new_state)
        for k, x in enumerate(made):
            assert x.flags.writeable
            assert not any(np.shares_memory(x, other) for other in (*given, *made[:k]))
        params, state = new, new_state


def test_an_update_can_be_repeated_from_any_state():
    optimizer = adam(0.1)
    x, state = optimizer.update(1.0, optimizer.init(2.0), 2.0)
    assert optimizer.update(3.0, state, x) == optimizer.update(3.0, state, x)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_nan_and_infinity_spoil_their_own_entries_and_no_others(name):
    optimizer, params = OPTIMIZERS[name], {"w": np.ones(3), "b": 1.0}
    new, _ = optimizer.update({"w": np.array([np.nan, np.inf, 1.0]), "b": 1.0}, optimizer.init(params), params)
    assert not np.isfinite(new["w"][:2]).any()
    assert np.isfinite(new["w"][2])
    assert np.isfinite(new["b"])


# -- saved states ------------------------------------------------------------------------------------------------------


def through_numpy(state):
    leaves, structure = flatten(state)
    file = io.BytesIO()
    np.savez(file, *leaves)
    file.seek(0)
    with np.load(file) as saved:
        return unflatten(structure, [saved[f"arr_{k}"] for k in range(len(leaves))])


WAYS = {"pickle": lambda state: pickle.loads(pickle.dumps(state)), "np.savez": through_numpy}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_saved_state_goes_on_to_the_same_bits(name, way):
    optimizer, gradient = OPTIMIZERS[name], lambda p: tree_map(np.sin, p)
    params = {"w": np.linspace(-1, 1, 5), "b": 0.5, "half": np.ones(2, np.float32)}
    state = optimizer.init(params)
    for _ in range(3):
        params, state = optimizer.update(gradient(params), state, params)
    new, after = optimizer.update(gradient(params), state, params)
    again, restored = optimizer.update(gradient(params), WAYS[way](state), params)
    for x, y in zip(flatten((new, after))[0], flatten((again, restored))[0], strict=True):
        np.testing.assert_array_equal(x, y)
        assert type(x) is type(y)


# -- differentiating the training --------------------------------------------------------------------------------------

BY_RATE = {
    "sgd": lambda lr: sgd(lr, weight_decay=0.1),
    "momentum": lambda lr: sgd(lr, 0.9),
    "nesterov": lambda lr: sgd(lr, 0.9, True),
    "adam": adam,
    "adamw": lambda lr: adamw(lr, weight_decay=0.3),
    "cosine": lambda lr: sgd(cosine_decay(lr, 4, alpha=0.1)),
    "exponential": lambda lr: adam(exponential_decay(lr, 2, 0.5)),
}


def test_training_is_differentiable_by_the_learning_rate_and_by_the_start():
    a = 0.5

    def trained(lr, x):
        return path(sgd(lr), lambda x: a * x, x, steps=5)[-1]

    by_rate, by_start = autodiff.grad(trained, (0, 1))(0.3, 2.0)
    assert near(by_rate, -5 * a * (1 - 0.3 * a) ** 4 * 2.0, ROUNDED)
    assert near(by_start, (1 - 0.3 * a) ** 5, ROUNDED)


@pytest.mark.parametrize("name", BY_RATE)
def test_the_loss_after_training_has_the_derivatives_that_differences_measure(name):
    loss = lambda x: np.sum(x**2 / 2 + np.sin(x))  # noqa: E731

    def trained(lr, x):
        return loss(path(BY_RATE[name](lr), autodiff.grad(loss), x, steps=3)[-1])

    at = 0.2, np.array([1.0, -0.7, 3.0])
    for found, expected in zip(*(room.grad(trained, (0, 1))(*at) for room in (autodiff, numeric)), strict=True):
        assert near(found, expected, DIFFERENCES)


# -- laws --------------------------------------------------------------------------------------------------------------

numbers = st.floats(-1e3, 1e3).map(lambda x: x if abs(x) > 1e-3 else 0.0)  # so that no square underflows
triples = st.tuples(numbers, numbers, numbers)
gradients = st.lists(triples, min_size=1, max_size=6)
optimizers = st.sampled_from([*OPTIMIZERS.values(), adam(0.1, eps=0.0)])


def after(optimizer, params, gradients):
    """The parameters after as many updates as there are gradients."""
    rows = iter(gradients)
    return path(optimizer, lambda x: next(rows), params, steps=len(gradients))[-1]


@settings(max_examples=60)
@given(optimizers, triples, gradients, st.permutations(range(3)))
def test_leaves_in_another_order_move_as_before(optimizer, start, rows, order):
    plain = after(optimizer, start, rows)
    moved = after(optimizer, [start[k] for k in order], [[row[k] for k in order] for row in rows])
    np.testing.assert_array_equal(moved, [plain[k] for k in order])  # which takes nan for equal: 0 / 0 without eps


@settings(max_examples=60)
@given(optimizers, triples, gradients)
def test_an_array_moves_as_its_entries_do(optimizer, start, rows):
    together = after(optimizer, np.array(start), [np.array(row) for row in rows])
    np.testing.assert_array_equal(together, after(optimizer, start, rows))


@settings(max_examples=60)
@given(triples, gradients, st.integers(-20, 20))
def test_adam_without_eps_does_not_see_the_scale_of_the_gradient(start, rows, k):
    scaled = [tuple(2.0**k * x for x in row) for row in rows]  # powers of two: every product and root is exact
    np.testing.assert_array_equal(after(adam(0.1, eps=0.0), start, scaled), after(adam(0.1, eps=0.0), start, rows))


@settings(max_examples=30)
@given(triples, st.floats(0, 1), st.sampled_from([(0.0, False), (0.9, False), (0.9, True)]))
def test_the_weight_decay_of_sgd_is_an_l2_term_of_the_loss(start, decay, momentum):
    x = np.array(start)
    loss = lambda x: np.sum(np.sin(x))  # noqa: E731
    penalised = lambda x: np.sum(np.sin(x)) + decay / 2 * np.sum(x**2)  # noqa: E731
    a = path(sgd(0.1, *momentum, decay), autodiff.grad(loss), x, steps=4)[-1]
    b = path(sgd(0.1, *momentum), autodiff.grad(penalised), x, steps=4)[-1]
    assert near(a, b, ROUNDED)


def test_the_decay_of_adamw_is_no_l2_term():
    scale = np.array([1.0, 100.0])  # of the gradient, that Adam takes out again: both entries decay alike
    new = path(adamw(0.1, weight_decay=0.5), lambda x: scale, np.array([2.0, 2.0]), steps=1)[0]
    coupled = path(adam(0.1), lambda x: scale + 0.5 * x, np.array([2.0, 2.0]), steps=1)[0]
    assert near(new, [1.8, 1.8], 1e-8)  # the eps of Adam
    assert near(coupled, [1.9, 1.9], 1e-8)


# -- errors ------------------------------------------------------------------------------------------------------------

OPTIONS = {
    "learning_rate=-0.1: expected a number in [0, inf)": lambda: sgd(-0.1),
    "learning_rate=nan: expected": lambda: adam(math.nan),
    "learning_rate=inf: expected": lambda: adamw(math.inf),
    "learning_rate='fast': expected": lambda: sgd("fast"),
    "learning_rate=None: expected": lambda: sgd(None),
    "learning_rate=True: expected": lambda: sgd(True),
    "learning_rate=1j: expected": lambda: sgd(1j),
    "learning_rate=array([0.1]): expected": lambda: sgd(np.array([0.1])),
    "learning_rate=-1: expected": lambda: Optimizer(-1, 0, None),
    "momentum=1.0: expected a number in [0, 1)": lambda: sgd(0.1, 1.0),
    "momentum=-0.5: expected": lambda: sgd(0.1, momentum=-0.5),
    "weight_decay=-1: expected a number in [0, inf)": lambda: sgd(0.1, weight_decay=-1),
    "weight_decay=-2: expected": lambda: adamw(weight_decay=-2),
    "b1=1: expected a number in [0, 1)": lambda: adam(b1=1),
    "b2=1.5: expected a number in [0, 1)": lambda: adamw(b2=1.5),
    "eps=-1e-08: expected": lambda: adam(eps=-1e-8),
    "nesterov=True looks ahead along the momentum, which is 0; give momentum=0.9": lambda: sgd(0.1, nesterov=True),
    "learning_rate(0)=-1.0: expected": lambda: path(sgd(lambda step: -1.0), slope, 1.0),
    "learning_rate(2)=None: expected": lambda: path(adam([0.1, 0.1, None].__getitem__), slope, 1.0),
    "init_value=-1: expected": lambda: cosine_decay(-1, 10),
    "decay_steps=0: expected a number above 0": lambda: cosine_decay(1.0, 0),
    "alpha=-0.5: expected": lambda: cosine_decay(1.0, 10, alpha=-0.5),
    "transition_steps=0: expected a number above 0": lambda: exponential_decay(1.0, 0, 0.5),
    "decay_rate=1.1: the learning rate would grow; expected a number in [0, 1]": lambda: exponential_decay(1, 1, 1.1),
}


@pytest.mark.parametrize("text", OPTIONS)
def test_an_option_out_of_range_is_refused_by_name(text):
    with pytest.raises(ArgumentError) as error:
        OPTIONS[text]()
    assert str(error.value).startswith(text)


PARAMS = {"W": [np.ones((2, 3)), 0.5], "b": np.ones(3)}
MOMENTUM = sgd(0.1, momentum=0.9)
READY = MOMENTUM.init(PARAMS)
W, B = np.ones((2, 3)), np.ones(3)


def updated(gradient, state=READY, params=PARAMS):
    return lambda: MOMENTUM.update(gradient, state, params)


TREES = {
    "gradient['W'][0]: expected shape (2, 3), got (3, 2)": updated({"W": [W.T, 0.5], "b": B}),
    "gradient['b']: expected shape (3,), got ()": updated({"W": [W, 0.5], "b": 1.0}),
    "gradient['b'] is complex128: expected real floats": updated({"W": [W, 0.5], "b": B * 1j}),
    "gradient['b'] is bool: expected real floats": updated({"W": [W, 0.5], "b": B > 0}),
    "gradient['W'][1]: holds str": updated({"W": [W, "steep"], "b": B}),
    "gradient must have the structure of params: gradient['b'] is missing": updated({"W": [W, 0.5]}),
    "gradient must have the structure of params: gradient['W'][1] is missing": updated({"W": [W], "b": B}),
    "gradient must have the structure of params: gradient['c'] has no parameter": updated({**PARAMS, "c": 1.0}),
    "gradient must have the structure of params: gradient['W'][0] is missing": updated(B),
    "gradient must have the structure of params: gradient[0] has no parameter": updated((B,), READY, B),
    "gradient must have the structure of params: PyTreeSpec(": updated({"W": (W, 0.5), "b": B}),
    "gradient must have the structure of params: PyTreeSpec(*), got": updated(None, READY, B),
    "update(gradient, state, params): state is a dict; give what init returned, or update as its second": updated(
        PARAMS, PARAMS, READY
    ),
    "update(gradient, state, params): state is a tuple; give what": updated(PARAMS, (PARAMS, READY), PARAMS),
    "state has 2 moments, this optimizer 1; give a state of its own init": updated(PARAMS, adam().init(PARAMS)),
    "state has 0 moments, this optimizer 1": updated(PARAMS, sgd(0.1).init(PARAMS)),
    "state.moments[0] must have the structure of params: ": updated(B, READY, B),
    "state.moments[0]: expected shape (3,), got (2,)": updated(B, MOMENTUM.init(np.ones(2)), B),
    "params['b'] is int64: an optimizer moves real floats; write 2.0 for 2": lambda: MOMENTUM.init({"b": 2}),
    "params[0] is complex128: an optimizer": lambda: adam().init([1j]),
    "params is int64: an optimizer": updated(2, MOMENTUM.init(2.0), 2),
    "params[1]: holds str": lambda: adam().init([1.0, "two"]),
    "params is a MaskedArray": lambda: adam().init(np.ma.masked_less(B, 2)),
}


@pytest.mark.parametrize("text", TREES)
def test_a_tree_that_does_not_fit_is_refused_by_leaf(text):
    with pytest.raises(ArgumentError) as error:
        TREES[text]()
    assert str(error.value).startswith(text)
    assert "\n" not in str(error.value)


def test_an_optimizer_is_frozen_and_a_state_is_a_tuple_of_its_parts():
    with pytest.raises(AttributeError):
        MOMENTUM.learning_rate = 0.2
    step, moments = READY
    assert (step, moments) == (READY.step, READY.moments)
    assert isinstance(READY, State)

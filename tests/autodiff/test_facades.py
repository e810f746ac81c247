"""The three faces of one engine: .backward() with .grad, GradientTape, and grad; and what each of them refuses."""

import gc
import tracemalloc

import numpy as np
import pytest

from autodiff import GradientTape, derive, grad, no_grad, tensor, value_and_grad
from expression import ArgumentError, trace
from expression.corpus import CORPUS
from expression.errors import TapeError
from expression.structure import flatten, tree_map

EPS = np.finfo(float).eps
# derive folds constants and shares equal nodes, so it rounds in another order: each of the 10^4 or fewer sums and
# products on the way to an entry rounds once on either side, and the errors add up as a random walk, not in step.
REORDERED = 2 * np.sqrt(1e4) * EPS
# Where operations on leaves alone begin several tapes that grow by turns, .backward() adds up the readers of a leaf
# tape by tape, not in the order of time: a sum of fewer than 100 terms in another order.
BY_TURNS = 100 * EPS
TAPES_BY_TURNS = ("reprojection",)


def close(a, b, tolerance):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    assert a.shape == b.shape
    both = np.isfinite(a) & np.isfinite(b)
    np.testing.assert_array_equal(a[~both], b[~both])
    a, b = a[both], b[both]
    np.testing.assert_array_less(np.abs(a - b), tolerance * np.maximum(1, np.abs(a) + np.abs(b)))


def identical(a, b):
    """The same type, shape, dtype and bits."""
    a, b = flatten(a)[0], flatten(b)[0]
    return len(a) == len(b) and all(
        type(u) is type(v)
        and np.shape(u) == np.shape(v)
        and np.asarray(u).dtype == np.asarray(v).dtype
        and np.asarray(u).tobytes() == np.asarray(v).tobytes()
        for u, v in zip(a, b, strict=True)
    )


def floating(x):
    return all(np.asarray(leaf).dtype.kind == "f" for leaf in flatten(x)[0])


def by_backward(f, args, chosen):
    given = [tree_map(tensor, x) if k in chosen else x for k, x in enumerate(args)]
    y = f(*given)
    y.backward()
    return y.value, tuple(
        tree_map(lambda w: w.value * 0.0 if w.grad is None else w.grad, given[k]) for k in sorted(chosen)
    )


def by_tape(f, args, chosen):
    with GradientTape() as tape:
        given = [tape.watch(x) if k in chosen else x for k, x in enumerate(args)]
        y = f(*given)
    return y.value, tape.gradient(y, tuple(given[k] for k in sorted(chosen)))


# -- equal answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CORPUS)
def test_the_three_faces_agree_to_the_last_bit_on_the_corpus_and_with_derive(name):
    case = CORPUS[name]
    f, args = case.at()
    chosen = tuple(k for k, x in enumerate(args) if floating(x))
    value, gradient = value_and_grad(f, chosen)(*args)
    with np.errstate(all="ignore"):
        tape_value, tape_gradient = by_tape(f, args, chosen)
        backward_value, backward_gradient = by_backward(f, args, chosen)
    assert identical(value, tape_value) and identical(value, backward_value)
    assert identical(gradient, tape_gradient)
    if name in TAPES_BY_TURNS:
        for u, v in zip(flatten(gradient)[0], flatten(backward_gradient)[0], strict=True):
            close(u, v, BY_TURNS)
    else:
        assert identical(gradient, backward_gradient)
    written = derive(trace(f, *args))(*args)
    written = written if len(args) > 1 else (written,)
    for u, v in zip(flatten(gradient)[0], flatten(tuple(written[k] for k in chosen))[0], strict=True):
        close(u, v, REORDERED)


def test_float32_stays_float32_in_all_faces():
    at = np.array([0.5, -1.5], dtype=np.float32)

    def f(x):
        return np.sum(np.tanh(x) * x)

    gradient = (grad(f)(at),)
    assert gradient[0].dtype == np.float32
    assert identical(gradient, by_tape(f, (at,), (0,))[1])
    assert identical(gradient, by_backward(f, (at,), (0,))[1])


# -- .backward() and .grad -------------------------------------------------------------------------------------------


def test_gradients_add_up_over_several_backward_calls_until_forgotten():
    w = tensor([1.0, 2.0])
    for k in (1, 2, 3):
        np.sum(w * w).backward()
        assert w.grad.tolist() == [2.0 * k, 4.0 * k]
    w.grad = None
    np.sum(w * w).backward()
    assert w.grad.tolist() == [2.0, 4.0]


def test_the_kept_gradient_is_in_memory_of_its_own():
    w, v = tensor([1.0, 2.0]), tensor([3.0, 4.0])
    np.sum(w + v).backward()
    w.grad[0] = 99.0
    assert v.grad.tolist() == [1.0, 1.0]
    before = w.grad
    np.sum(w + v).backward()
    assert before.tolist() == [99.0, 1.0] and w.grad.tolist() == [100.0, 2.0]


def test_a_leaf_that_the_loss_does_not_read_has_no_gradient():
    w, v = tensor(2.0), tensor(3.0)
    (w * w).backward()
    assert w.grad == 4.0 and v.grad is None


def test_a_used_up_tape_says_where_it_was_used_up():
    w = tensor(3.0)
    h = w * w
    y = h * 2.0
    y.backward()
    tape = y.tape
    for again in (
        y.backward,
        lambda: h + 1.0,
        lambda: np.sin(h),
        lambda: h * w,
        lambda: tape.events(y),
        lambda: tape.expression(y),
    ):
        with pytest.raises(
            TapeError, match=r"used up by \.backward\(\) \(test_facades\.py, line \d+\); x.value is still there"
        ):
            again()
    assert w.grad == 12.0


def test_losses_that_share_no_part_go_back_one_by_one():
    w = tensor(3.0)
    first, second = w * w, w * 5.0
    assert first.tape is not second.tape
    first.backward()
    second.backward()
    assert w.grad == 6.0 + 5.0


def test_losses_that_share_a_part_are_added_up_first():
    w = tensor(3.0)
    h = w * w
    first, second = h * 2.0, np.sin(h)
    first.backward()
    with pytest.raises(TapeError, match="or add the losses up first"):
        second.backward()
    assert w.grad == 12.0  # the refused sweep left nothing behind

    w.grad = None
    h = w * w
    (h * 2.0 + np.sin(h)).backward()
    close(w.grad, 12.0 + 6.0 * np.cos(9.0), 10 * EPS)


def test_a_sweep_that_meets_a_used_up_tape_far_back_changes_no_gradient():
    w, v = tensor(3.0), tensor(2.0)
    old = w * w
    mixed = (v * v) * old
    old.backward()
    with pytest.raises(TapeError, match="used up"):
        mixed.backward()
    assert w.grad == 6.0 and v.grad is None


def test_tensors_of_two_computations_mix():
    w, v = tensor(2.0), tensor(3.0)
    left, right = w * w, v * v * v
    for product in (left * right, right * left):
        assert product.value == 4.0 * 27.0
    (left * right).backward()
    assert (w.grad, v.grad) == (2 * 2.0 * 27.0, 4.0 * 27.0)


def test_an_older_tape_may_grow_after_a_newer_one_has_read_from_it():
    w = tensor(2.0)
    old = w * w
    new = w * 3.0
    mixed = new * old  # on the newer tape
    later = old * old  # on the older one, after that
    (mixed + later).backward()
    assert w.grad == 9.0 * 2.0**2 + 4.0 * 2.0**3


def test_backward_of_a_leaf_is_its_seed():
    w = tensor(2.0)
    w.backward()
    w.backward()
    assert w.grad == 2.0
    v = tensor([1.0, 2.0])
    v.backward(np.array([3.0, 4.0]))
    assert v.grad.tolist() == [3.0, 4.0]
    with pytest.raises(ArgumentError, match=r"backward needs a scalar output, got shape \(2,\); reduce it"):
        v.backward()


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (1,)])
def test_a_seed_is_the_cotangent_of_the_output(shape):
    rng = np.random.default_rng(0)
    x, seed = rng.uniform(0.5, 1.5, shape), rng.uniform(-1, 1, shape)
    w = tensor(x)
    np.exp(w).backward(seed)
    with GradientTape() as tape:
        v = tape.watch(x)
        y = np.exp(v)
    for found in (w.grad, tape.gradient(y, v, seed=seed)):
        assert np.shape(found) == shape
        close(found, seed * np.exp(x), 4 * EPS)


def test_a_seed_of_another_shape_is_refused():
    w = tensor([1.0, 2.0])
    with pytest.raises(ArgumentError, match=r"seed 0: expected shape \(2,\), got \(3,\)"):
        (w * w).backward(np.ones(3))
    with pytest.raises(ArgumentError, match="needs a scalar output"):
        (w * w).backward()


def test_only_a_leaf_keeps_its_gradient():
    w = tensor([1.0, 2.0])
    with pytest.raises(TapeError, match=r"only a leaf keeps \.grad"):
        _ = (w * w).grad


@pytest.mark.parametrize("x, says", [(3, "is an int"), (np.array([1, 2]), "int64"), (np.array([True]), "bool")])
def test_a_leaf_of_integers_is_refused_with_the_fix(x, says):
    with pytest.raises(ArgumentError, match=rf"{says}.*derivatives need floats; write 2\.0 for 2"):
        tensor(x)
    with pytest.raises(ArgumentError, match=says), GradientTape() as tape:
        tape.watch(x)


def test_backward_inside_of_the_other_faces_is_refused():
    def f(x):
        y = x * x
        y.backward()
        return y

    with pytest.raises(TapeError, match=r"backward inside of grad or of a GradientTape \(test_facades\.py, line \d+\)"):
        grad(f)(2.0)
    w = tensor(2.0)
    with pytest.raises(TapeError, match="backward inside of grad"), GradientTape() as tape:
        tape.watch(w)
        w.backward()
    assert w.grad is None and w.tape is None


def test_a_comparison_has_no_gradient_and_is_refused_as_a_loss():
    w = tensor(2.0)
    with pytest.raises(ArgumentError):
        (w > 1.0).backward()


def test_results_that_are_held_across_training_steps_stay_readable():
    w, history = tensor([3.0]), []
    for _ in range(20):
        loss = np.sum(w * w)
        loss.backward()
        history.append(loss)
        w = tensor(w.value - 0.25 * w.grad)
    expected = [9.0 * 0.25**k for k in range(20)]
    assert [loss.value for loss in history] == expected  # powers of two: exact
    assert f"{history[0]:.1f}" == "9.0" and repr(history[1]) == "tensor(2.25)"


def test_inference_without_backward_holds_one_computation_at_a_time():
    w = tensor(np.ones(1000))
    size = 1000 * 8

    def predict():
        return np.sum(np.tanh(np.sin(w * 2.0) + w))

    predict()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(200):
            y = predict()
        kept, peak = (m - before for m in tracemalloc.get_traced_memory())
    finally:
        tracemalloc.stop()
    # One computation holds 4 arrays and the outputs of 4 operations; while it runs, the last one is still held by y.
    assert kept < 2 * 8 * size and peak < 4 * 8 * size
    assert np.isfinite(y.value)


# -- GradientTape ----------------------------------------------------------------------------------------------------


def test_a_tape_answers_once():
    with GradientTape() as tape:
        x = tape.watch(3.0)
        y = x * x
    assert tape.gradient(y, x) == 6.0
    for again in (lambda: tape.gradient(y, x), lambda: tape.expression(y), lambda: tape.events(y), lambda: y * 2.0):
        with pytest.raises(TapeError, match=r"has answered one gradient\(\).*GradientTape\(persistent=True\)"):
            again()


def test_a_persistent_tape_answers_as_often_as_it_is_asked():
    with GradientTape(persistent=True) as tape:
        x, v = tape.watch(3.0), tape.watch(np.array([1.0, 2.0]))
        y = x * x
        z = y * np.sum(v)
    for _ in range(3):
        assert tape.gradient(y, x) == 6.0
        assert tape.gradient(z, x) == 18.0
        assert tape.gradient(z, v).tolist() == [9.0, 9.0]
        assert tape.gradient(y, v).tolist() == [0.0, 0.0]  # recorded, but not on the way


def test_sources_may_be_any_structure_and_come_twice():
    with GradientTape() as tape:
        params = tape.watch({"w": np.array([1.0, 2.0]), "b": (0.5, [np.float32(2.0)])})
        y = np.sum(params["w"] ** 2) * params["b"][0] + params["b"][1][0]
    found = tape.gradient(y, {"all": params, "again": params["w"]})
    assert found["all"]["w"].tolist() == found["again"].tolist() == [1.0, 2.0]
    assert found["all"]["b"][0] == 5.0
    assert found["all"]["b"][1] == [np.float32(1.0)] and found["all"]["b"][1][0].dtype == np.float32
    found["again"][0] = 7.0
    assert found["all"]["w"][0] == 1.0


def test_a_source_on_which_the_target_does_not_depend_has_the_gradient_0():
    with GradientTape() as tape:
        x, v = tape.watch(3.0), tape.watch(np.ones((2, 1)))
        y = x * x
    found = tape.gradient(y, {"x": x, "v": [v]})
    assert found["x"] == 6.0 and identical(found["v"][0], np.zeros((2, 1)))


def test_a_result_on_the_way_is_a_source_too():
    with GradientTape(persistent=True) as tape:
        x = tape.watch(2.0)
        y = x**2
        assert tape.watch(y) is y  # it is on this tape already, and nothing is cut
        z = y**3
        u = np.where(z > 0, y, 2.0 * z) * x
    assert tape.gradient(z, x) == 192.0
    assert tape.gradient(z, y) == 48.0
    assert tape.gradient(y, x) == 4.0
    assert tape.gradient(z, [x, y, z]) == [192.0, 48.0, 1.0]  # each as if the others were not asked for
    assert tape.gradient(y, z) == 0.0
    assert tape.gradient(u, (x, y, z)) == (12.0, 2.0, 0.0)  # u = x y, and behind the other branch exactly 0


def test_an_array_on_the_way_is_a_source_too():
    w = np.array([0.3, -1.0, 2.0])
    with GradientTape() as tape:
        leaf = tape.watch(w)
        h = np.tanh(leaf * 2.0)
        loss = np.sum(h * h) + np.sum(h)
    found = tape.gradient(loss, {"w": leaf, "h": h}, seed=0.5)
    t = np.tanh(2.0 * w)
    np.testing.assert_allclose(found["h"], 0.5 * (2 * t + 1), rtol=1e-15)
    np.testing.assert_allclose(found["w"], 0.5 * (2 * t + 1) * 2 * (1 - t * t), rtol=1e-14)


def test_a_source_that_is_not_watched_is_refused():
    other = tensor(2.0)
    with GradientTape(persistent=True) as tape:
        x = tape.watch(3.0)
        y = x * x * other
    for source in (other, 3.0):
        with pytest.raises(TapeError, match=r"is not watched by this tape \(test_facades\.py, line \d+\); inside"):
            tape.gradient(y, source)


def test_a_watched_tensor_is_where_it_was_before_when_the_block_ends():
    w = tensor(3.0)
    for _ in range(3):
        with GradientTape() as tape:
            assert tape.watch(w) is w
            y = w * w
        assert w.tape is None
        assert tape.gradient(y, w) == 6.0
    assert w.grad is None
    (w * w).backward()
    assert w.grad == 6.0
    with pytest.raises(KeyError), GradientTape() as tape:
        tape.watch(w)
        raise KeyError
    assert w.tape is None


def test_the_gradient_of_a_watched_tensor_itself_is_1():
    with GradientTape(persistent=True) as tape:
        x = tape.watch(3.0)
        assert tape.gradient(x, x) == 1.0
    assert tape.gradient(x, x) == 1.0


def test_watching_twice_changes_nothing():
    w = tensor(3.0)
    with GradientTape() as tape:
        tape.watch(w)
        tape.watch([w, w])
        y = w * w
    assert tape.gradient(y, w) == 6.0 and w.tape is None


def test_two_tapes_side_by_side_do_not_see_each_other():
    with GradientTape() as first:
        x = first.watch(3.0)
        y = x * x
    with GradientTape() as second:
        v = second.watch(5.0)
        z = v * y
    assert second.gradient(z, v).value == 9.0
    assert first.gradient(z, x) == 5.0 * 6.0  # z's value was recorded on the outer, older tape too


def every_facade():
    w = tensor([1.0, 2.0])
    np.sum(w * w).backward()
    with GradientTape() as tape:
        tape.watch(w)
        y = np.sum(w * w)
    tape.gradient(y, w)
    with no_grad():
        w * 2.0
    grad(lambda x: np.sum(x * x))(np.ones(3))


def test_no_tape_leaves_a_circle_behind():
    every_facade()  # what NumPy and Python set up at a first call is not ours
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            every_facade()
        assert gc.collect() == 0 and not gc.garbage
    finally:
        gc.enable()


def test_the_branch_not_taken_contributes_0_on_every_tape_that_it_began_on():
    # operations on a leaf alone begin a tape each, so the root, the other branch and the selection are on three
    w = tensor([4.0, 0.0])
    np.sum(np.where(w > 0.0, np.sqrt(np.abs(w)), 2.0 * w)).backward()
    assert w.grad.tolist() == [0.25, 2.0]

    w, v = tensor(0.0), tensor(1.0)
    root = np.sqrt(w)  # tape 1
    through = root * (v * 3.0)  # tape 2
    np.where(w > 0.0, through, v * v).backward()
    assert (w.grad, v.grad) == (0.0, 2.0)


def test_an_infinite_partial_that_is_behind_no_branch_stays_infinite():
    w = tensor([4.0, 0.0])
    (np.sum(np.where(w > 1.0, w, 2.0 * w)) + np.sum(np.sqrt(w))).backward()
    assert w.grad.tolist() == [1.25, np.inf]


def test_what_an_inner_tape_computed_is_of_use_to_the_outer_one_when_the_inner_is_used_up():
    w = tensor(3.0)
    with GradientTape() as outer:
        outer.watch(w)
        with GradientTape() as inner:
            inner.watch(w)
            y = w**3
        slope = inner.gradient(y, w)
        residual = y * y + slope * slope  # w^6 + 9 w^4
    assert outer.gradient(residual, w) == 6 * 3.0**5 + 36 * 3.0**3


def test_a_leaf_is_known_after_its_block_by_the_tape_that_watched_it():
    w = tensor(3.0)
    with GradientTape() as tape:
        tape.watch(w)
        y = w * w
    assert tape.gradient(y * w, w) == 27.0


def test_a_target_that_is_a_number_is_refused():
    with GradientTape(persistent=True) as tape:
        x = tape.watch(3.0)
        y = x * x
        slope = tape.gradient(y, x)
    with pytest.raises(TapeError, match=r"the target 6\.0 is no tensor, so no tape knows what it depends on"):
        tape.gradient(slope, x)

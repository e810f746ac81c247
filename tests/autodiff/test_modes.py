"""What holds for a while: no_grad, detect_anomaly, protected arrays, stop_gradient; and threads side by side."""

import gc
import inspect
import itertools
import pickle
import threading

import numpy as np
import pytest

from autodiff import (
    GradientTape,
    derive,
    detect_anomaly,
    grad,
    hessian,
    jacobian,
    jvp,
    no_grad,
    stop_gradient,
    straight_through,
    tensor,
    vjp,
)
from autodiff.tape import fingerprint
from expression import AnomalyError, Expression, TapeError, measure, trace


def here():
    """The caller's line, as messages name it."""
    return rf"test_modes\.py, line {inspect.currentframe().f_back.f_lineno}"


# -- no_grad ---------------------------------------------------------------------------------------------------------


def test_nothing_is_recorded_in_a_no_grad_block():
    w, v = tensor(3.0), tensor([1.0, 2.0])
    with no_grad():
        plain = (w * w, np.sin(w), v * 2.0, v @ v, v[0], np.sum(v))
    assert [type(y) for y in plain] == [float, float, np.ndarray, float, float, float]
    assert plain[0] == 9.0 and plain[2].tolist() == [2.0, 4.0]
    assert (w * w).tape is not None


def test_no_grad_decorates_a_function_that_is_called_often():
    w = tensor(3.0)

    @no_grad()
    def square(x):
        return x * x

    assert [square(w), square(w)] == [9.0, 9.0] and type(square(w)) is float
    assert type(w * w) is not float


def test_no_grad_blocks_nest_and_end_with_an_error_too():
    w = tensor(3.0)
    with no_grad():
        with pytest.raises(KeyError), no_grad():
            raise KeyError
        assert type(w * w) is float
    y = w * w
    y.backward()
    assert w.grad == 6.0


def test_what_no_grad_gives_is_in_memory_of_its_own():
    w = tensor([[1.0, 2.0], [3.0, 4.0]])
    with no_grad():
        views = (w[0], w.T, w.reshape(-1), w[:, :1], np.swapaxes(w, 0, 1), np.ravel(w))
    for view in views:
        view[...] = 99.0
    assert w.value.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_a_tape_that_begins_in_a_no_grad_block_records_as_ever():
    w = tensor(3.0)
    with no_grad():
        assert grad(lambda x: x * x * w)(2.0) == 12.0
        assert hessian(lambda x: np.sum(x**3 * w))(np.array([1.0])).tolist() == [[18.0]]
        assert jvp(lambda x: x * w, (2.0,), (1.0,))[0] == 6.0
        with GradientTape() as tape:
            x = tape.watch(2.0)
            y = x * x * w
        assert tape.gradient(y, x) == 12.0


def test_no_grad_in_a_differentiated_function_makes_a_constant():
    def f(x):
        with no_grad():
            c = x * x
        assert type(c) is float
        return c * x

    assert grad(f)(3.0) == 9.0
    assert grad(grad(f))(3.0) == 0.0
    assert jvp(f, (3.0,), (1.0,)) == (27.0, 9.0)

    w = tensor(3.0)
    f(w).backward()
    assert w.grad == 9.0


# -- detect_anomaly: born in the forward sweep -----------------------------------------------------------------------

BIG = 1e200
BIRTHS = {
    "log of a negative number": (lambda x: np.log(x) * 2.0, -1.0, r"log\(-1\.0\) gave nan"),
    "log of 0": (lambda x: np.log(x), 0.0, r"log\(0\.0\) gave -inf"),
    "a product of numbers": (lambda x: x * x, BIG, r"mul\(1e\+200, 1e\+200\) gave inf"),
    "a power": (lambda x: x**2, BIG, r"pow\(1e\+200, 2\.0\) gave inf"),
    "a quotient 0 / 0": (lambda x: x / x, 0.0, r"div\(0\.0, 0\.0\) gave nan"),
    "a quotient 1 / 0": (lambda x: 1.0 / x, 0.0, r"div\(1\.0, 0\.0\) gave inf"),
    "exp": (lambda x: np.exp(x), 1000.0, r"exp\(1000\.0\) gave inf"),
    "0 / 0 in an array": (lambda x: np.sum(x / x), np.array([1.0, 0.0]), r"div\(float64\[2\], float64\[2\]\) gave"),
    "a sum of an array": (lambda x: np.sum(x), np.array([1e308, 1e308]), r"sum\(float64\[2\]\) gave inf"),
    "a matrix product": (lambda x: x @ x, np.array([BIG, 1.0]), r"matmul\(float64\[2\], float64\[2\]\) gave inf"),
}


@pytest.mark.filterwarnings("ignore:.*encountered")  # NumPy's own word on it
@pytest.mark.parametrize("name", BIRTHS)
def test_the_operation_where_nan_or_infinity_is_born_is_named_with_its_line(name):
    f, at, says = BIRTHS[name]
    line = rf"test_modes\.py, line {inspect.getsourcelines(f)[1]}"  # of the row of the table above
    with detect_anomaly():
        for call in (
            lambda: grad(f)(at),
            lambda: jvp(f, (at,), (at,)),
            lambda: vjp(f, at),
            lambda: f(tensor(at)),
            lambda: f(GradientTape().watch(at)),
        ):
            with pytest.raises(AnomalyError, match=rf"^{says}.* \({line}\)$"):
                call()


def test_the_line_of_a_birth_is_that_of_the_operation_not_of_the_call():
    def f(x):
        y = x * 2.0
        lines.append(here())
        y = np.log(y)
        return np.sin(y) + y

    lines = []
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        grad(f)(-1.0)
    file, number = lines[0].replace("\\", "").split(", line ")
    assert str(caught.value) == f"log(-2.0) gave nan ({file}, line {int(number) + 1})"


def test_what_only_passes_on_is_not_reported():
    c = np.array([np.inf, 1.0])
    with detect_anomaly():
        assert jvp(lambda x: np.sum(np.minimum(x + c, 5.0)), (np.ones(2),), (np.ones(2),))[0] == 7.0
        w = tensor([1.0, 2.0])
        np.sum(w * w).backward()
        assert w.grad.tolist() == [2.0, 4.0]
        assert hessian(lambda x: np.sum(x**3))(np.array([2.0])).tolist() == [[12.0]]


@pytest.mark.filterwarnings("ignore:.*encountered")
def test_no_one_looks_after_the_block():
    with pytest.raises(AnomalyError), detect_anomaly():
        grad(np.log)(-1.0)
    assert np.isnan(grad(lambda x: np.log(x) * x)(-1.0))
    w = tensor(0.0)
    np.sqrt(w).backward()
    assert w.grad == np.inf


# -- detect_anomaly: born in the reverse sweep -----------------------------------------------------------------------

BACKWARD = {
    "sqrt": (lambda x: 2.0 * np.sqrt(x), 0.0, "sqrt", r"0\.0 is not finite, so the contribution 2\.0 \* dy/dx is inf"),
    "power": (lambda x: x**0.5, 0.0, "pow", r"0\.0 is not finite, so the contribution 1\.0 \* dy/dx is inf"),
    "array": (lambda x: np.sum(np.sqrt(x)), np.array([1.0, 0.0]), "sqrt", r"float64\[2\] is not finite"),
    "later": (lambda x: np.sin(np.sqrt(x * 3.0)) * 1.5, 0.0, "sqrt", r"0\.0 is not finite, so the contribution 1\.5"),
}


@pytest.mark.parametrize("name", BACKWARD)
def test_the_forward_operation_whose_partial_is_infinite_is_named(name):
    f, at, operation, says = BACKWARD[name]
    line = rf"test_modes\.py, line {inspect.getsourcelines(f)[1]}"

    def by_backward():
        f(tensor(at)).backward()

    def by_tape():
        with GradientTape() as tape:
            x = tape.watch(at)
            y = f(x)
        tape.gradient(y, x)

    with detect_anomaly():
        for call in (lambda: grad(f)(at), lambda: vjp(f, at)[1](1.0), lambda: jacobian(f)(at), by_backward, by_tape):
            with pytest.raises(AnomalyError, match=rf"^{operation} \({line}\): its partial at {says}"):
                call()


def test_a_block_around_the_reverse_sweep_alone_names_the_operation():
    w = tensor(0.0)
    y = np.sqrt(w)
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"^sqrt: its partial at 0\.0 is not finite"):
        y.backward()
    assert w.grad is None


def test_the_branch_not_taken_is_no_anomaly():
    def f(x):
        return np.sum(np.where(x > 0.0, np.sqrt(np.abs(x)), 2.0 * x))

    at = np.array([4.0, 0.0])
    with detect_anomaly():
        assert grad(f)(at).tolist() == [0.25, 2.0]
        w = tensor(at)
        f(w).backward()
        assert w.grad.tolist() == [0.25, 2.0]
        assert grad(lambda x: np.where(x > 0.0, np.sqrt(x), 3.0 * x))(0.0) == 3.0


# -- arrays that an operation has read -------------------------------------------------------------------------------

SMALL, LARGE = 6, 20_000  # entries; beyond 64 kB sums are kept, up to there a copy


def through_a_view(c):
    c[1:].reshape(-1)[0] += 1.0


def one_bit(c):
    c.view(np.uint8)[0] ^= 1


CHANGES = {
    "an entry": lambda c: c.__setitem__(0, -5.0),
    "the last entry": lambda c: c.__setitem__(-1, -5.0),
    "in place": lambda c: np.multiply(c, 2.0, out=c),
    "sort": lambda c: c.sort(),
    "shuffle": lambda c: np.random.default_rng(1).shuffle(c),
    "fill": lambda c: c.fill(0.0),
    "view": through_a_view,
    "one bit": one_bit,
}


def faces(c, change):
    """The three faces, and the other ways back: change runs between the forward and the reverse sweep."""
    at = np.linspace(0.5, 1.5, c.size)

    def f(x):
        return np.sum(x * c)

    def changing(x):
        y = f(x)
        change(c)
        return y

    def by_backward():
        y = f(tensor(at))
        change(c)
        y.backward()

    def by_tape():
        with GradientTape() as tape:
            x = tape.watch(at)
            y = f(x)
        change(c)
        tape.gradient(y, x)

    def by_vjp():
        pullback = vjp(f, at)[1]
        change(c)
        pullback(1.0)

    line = f"line {inspect.getsourcelines(f)[1] + 1}"
    return line, (by_backward, by_tape, by_vjp, lambda: grad(changing)(at), lambda: jvp(changing, (at,), (at,)))


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_before_the_reverse_sweep_is_refused_with_both_lines(name, size):
    for k in range(5):
        c = np.linspace(2.0, 1.0, size)
        line, calls = faces(c, CHANGES[name])
        with pytest.raises(
            TapeError,
            match=rf"an array of shape \({size},\) that mul \(test_modes\.py, {line}\) read was changed before the "
            r"reverse sweep \(test_modes\.py, line \d+\); change a copy of it, or after the sweep",
        ):
            calls[k]()


def test_the_second_line_is_that_of_the_reverse_sweep():
    w, c = tensor([1.0, 2.0]), np.array([3.0, 4.0])
    read = here()
    y = np.sum(w * c)
    c[0] = 0.0
    with pytest.raises(TapeError) as caught:
        y.backward()
    number = int(read.split()[-1])
    assert f"mul (test_modes.py, line {number + 1}) read" in str(caught.value)
    assert f"reverse sweep (test_modes.py, line {number + 4})" in str(caught.value)


def test_a_change_through_the_base_is_seen():
    base = np.arange(12.0)
    for part in (base[:3], base[::4], base.reshape(3, 4)[:, 0], base[[0, 1, 2]]):
        w = tensor(np.ones(3))
        y = np.sum(w * part)
        base[0] += 1.0
        if np.shares_memory(part, base):
            with pytest.raises(TapeError, match="was changed before the reverse sweep"):
                y.backward()
            assert w.grad is None
        else:
            y.backward()


READERS = {
    "mul": lambda w, c: np.sum(w * c),
    "reflected": lambda w, c: np.sum(c * w),
    "div": lambda w, c: np.sum(w / c),
    "ufunc": lambda w, c: np.sum(np.multiply(c, w)),
    "matmul": lambda w, c: w @ c,
    "rmatmul": lambda w, c: c @ w,
    "power": lambda w, c: np.sum(w**c),
    "maximum": lambda w, c: np.sum(np.maximum(w, c)),
    "where": lambda w, c: np.sum(np.where(c > 2.0, w, w * c)),
    "einsum": lambda w, c: np.einsum("i,i->", w, c),
    "outer": lambda w, c: np.sum(np.outer(w, c)),
    "deep": lambda w, c: np.sum(np.sin(w) * 2.0 * c),
}


@pytest.mark.parametrize("name", READERS)
def test_every_reader_of_an_array_protects_it(name):
    w, c = tensor([1.0, 2.0, 3.0]), np.array([1.5, 2.5, 3.5])
    y = READERS[name](w, c)
    c[0] = 7.0
    with pytest.raises(TapeError, match="was changed before the reverse sweep"):
        y.backward()
    assert w.grad is None


def test_an_array_that_was_changed_back_is_as_it_was():
    w, c = tensor([1.0, 2.0]), np.array([3.0, 4.0])
    y = np.sum(w * c)
    c[0] = 0.0
    c[0] = 3.0
    y.backward()
    assert w.grad.tolist() == [3.0, 4.0]


def test_an_array_may_be_changed_between_two_readings_of_different_tapes():
    w, c = tensor([1.0, 2.0]), np.array([3.0, 4.0])
    for k in range(3):
        w.grad = None
        np.sum(w * c).backward()
        assert w.grad.tolist() == [3.0 + k, 4.0 + k]
        c += 1.0  # after the sweep


def test_an_array_that_was_changed_between_two_readings_of_one_tape_is_refused():
    w, c = tensor([1.0, 2.0]), np.array([3.0, 4.0])
    y = w * c
    c[0] = 0.0
    z = y * c
    with pytest.raises(TapeError, match="was changed before the reverse sweep"):
        np.sum(z).backward()


def test_indices_may_be_changed_since_they_were_copied():
    w, i = tensor([1.0, 2.0, 3.0]), np.array([0, 1])
    y = np.sum(w[i])
    i[0] = 2
    y.backward()
    assert w.grad.tolist() == [1.0, 1.0, 0.0]


def test_what_was_passed_in_is_copied():
    a = np.array([1.0, 2.0])
    w = tensor(a)
    y = np.sum(w**2)
    a[0] = 99.0
    y.backward()
    assert w.value.tolist() == [1.0, 2.0] and w.grad.tolist() == [2.0, 4.0]

    def f(x):
        y = np.sum(x**2)
        b[0] = 99.0
        return y

    b = np.array([1.0, 2.0])
    assert grad(f)(b).tolist() == [2.0, 4.0]
    c = np.array([1.0, 2.0])
    value, pullback = vjp(lambda x: x**2, c)
    c[0] = value[1] = 99.0
    assert pullback(np.ones(2))[0].tolist() == [2.0, 4.0]
    d = np.array([1.0, 2.0])
    with GradientTape() as tape:
        x = tape.watch(d)
        y = np.sum(x**2)
    d[0] = 99.0
    assert tape.gradient(y, x).tolist() == [2.0, 4.0]


def test_a_tensors_value_is_read_only_and_its_entries_cannot_be_set():
    w = tensor([1.0, 2.0])
    for y in (w, w * 2.0, w.reshape(2, 1)):
        with pytest.raises(ValueError, match="read-only"):
            y.value[0] = 5.0
        with pytest.raises(TapeError, match=r"overwrite what the tape has recorded \(test_modes\.py, line \d+\)"):
            y[0] = 5.0
    assert w.value.tolist() == [1.0, 2.0]


# -- stop_gradient and straight_through ------------------------------------------------------------------------------


def by_faces(f, at):
    """The derivative by all faces, and by derive."""
    w = tensor(at)
    f(w).backward()
    with GradientTape() as tape:
        x = tape.watch(at)
        y = f(x)
    recorded = tape.expression(y)
    return (
        grad(f)(at),
        w.grad if w.grad is not None else 0.0,
        tape.gradient(y, x),
        jvp(f, (at,), (1.0,))[1],
        derive(trace(f, at))(at),
        derive(recorded)(at),
    )


def test_stop_gradient_is_a_constant_for_every_derivative():
    # d/dx x^2 stop(x) = 2 x stop(x); d^2/dx^2 = 2 stop(x)
    def f(x):
        return x * x * stop_gradient(x)

    assert by_faces(f, 3.0) == (18.0,) * 6
    assert grad(grad(f))(3.0) == 6.0 and grad(grad(grad(f)))(3.0) == 0.0
    assert derive(derive(trace(f, 3.0)))(3.0) == 6.0
    assert by_faces(lambda x: stop_gradient(x * x) + x, 3.0) == (1.0,) * 6
    assert by_faces(lambda x: stop_gradient(x), 3.0)[:4] == (0.0,) * 4


def test_stop_gradient_of_arrays_and_in_nested_derivatives():
    assert grad(lambda x: np.sum(stop_gradient(x) * x))(np.array([2.0, 5.0])).tolist() == [2.0, 5.0]
    assert stop_gradient(3.0) == 3.0
    # d/dx [x d/dy (stop(x) y)] = d/dx x stop(x) = x
    assert grad(lambda x: x * grad(lambda y: stop_gradient(x) * y)(1.0))(4.0) == 4.0


def test_stop_gradient_is_kept_by_json_and_pickle():
    e = trace(lambda x: x * stop_gradient(x), 3.0)
    assert "stop_gradient" in str(e) and measure(e).dag_size == 3
    for copy in (Expression.from_json(e.to_json(), operations=(stop_gradient,)), pickle.loads(pickle.dumps(e))):
        assert copy == e and copy(3.0) == 9.0 and derive(copy)(3.0) == 3.0


def test_straight_through_has_the_value_of_f_and_the_derivative_of_the_identity():
    rounded = straight_through(np.rint)

    def f(x):
        return rounded(x) ** 2

    # value 3^2; d/dx = 2 * 3; d^2/dx^2 = 2
    assert f(2.6) == 9.0 and by_faces(f, 2.6) == (6.0,) * 6
    assert grad(grad(f))(2.6) == 2.0 and derive(derive(trace(f, 2.6)))(2.6) == 2.0
    assert grad(np.rint)(2.6) == 0.0  # without it
    signs = straight_through(np.sign)
    assert jacobian(signs)(np.array([1.5, -2.0])).tolist() == [[1.0, 0.0], [0.0, 1.0]]


# -- threads ---------------------------------------------------------------------------------------------------------


def in_threads(*works):
    """Run them at once; an error in one of them is raised here."""
    errors, barrier = [], threading.Barrier(len(works))

    def guarded(work):
        try:
            barrier.wait(timeout=60)
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


TIMES = 300


def train(seed):
    def work():
        x = np.random.default_rng(seed).uniform(-1, 1, 4)
        expected = 2 * x + np.cos(x)
        for _ in range(TIMES):
            w = tensor(x)
            np.sum(w * w + np.sin(w)).backward()
            np.testing.assert_allclose(w.grad, expected, rtol=0, atol=1e-15)
            w = tensor(float(x[0]))
            (w * w + np.sin(w)).backward()
            assert abs(w.grad - expected[0]) <= 1e-15

    return work


def differentiate(seed):
    def work():
        x = np.random.default_rng(seed).uniform(-1, 1, 4)
        for _ in range(TIMES):
            assert grad(lambda a: a * grad(lambda b: a + b)(1.0))(1.0) == 1.0
            with GradientTape() as tape:
                v = tape.watch(x)
                y = np.sum(v**2)
            assert tape.gradient(y, v).tolist() == (2 * x).tolist()

    return work


def test_two_threads_with_tapes_of_their_own_do_not_disturb_each_other():
    in_threads(train(0), train(1), differentiate(2), differentiate(3))


def without_recording():
    w = tensor([1.0, 2.0])
    for _ in range(TIMES):
        with no_grad():
            assert type(w * 2.0) is np.ndarray
        assert (w * 2.0).tape is not None


def looking():
    for _ in range(TIMES):
        with detect_anomaly(), pytest.raises(AnomalyError, match="exp"):
            grad(lambda x: np.exp(x))(1e4)


@pytest.mark.parametrize("mode", [without_recording, looking])
def test_a_mode_of_one_thread_is_none_of_another(mode):
    in_threads(mode, train(0), differentiate(1))


@pytest.mark.parametrize("mode", [no_grad, detect_anomaly])
def test_a_mode_that_stays_on_in_another_thread_changes_nothing_here(mode):
    begun, done = threading.Event(), threading.Event()

    def other():
        with mode():
            begun.set()
            assert done.wait(timeout=60)

    thread = threading.Thread(target=other)
    thread.start()
    try:
        assert begun.wait(timeout=60)
        w = tensor(0.0)
        np.sqrt(w).backward()
        assert w.grad == np.inf
        assert grad(lambda x: x * x)(3.0) == 6.0
        v = tensor([1.0, 2.0])
        (v @ v).backward()
        assert v.grad.tolist() == [2.0, 4.0]
    finally:
        done.set()
        thread.join()


def test_the_garbage_collector_is_on_again_after_grad_and_after_an_error_in_it():
    assert gc.isenabled()
    in_threads(train(0), differentiate(1), differentiate(2))
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: x * (1 // 0))(1.0)
    assert gc.isenabled()
    gc.disable()
    try:
        grad(np.sin)(1.0)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_leaf_is_shared_by_threads_that_only_read_it():
    w = tensor([1.0, 2.0])

    def work():
        for _ in range(TIMES):
            assert grad(lambda x: np.sum(x * x) * 2.0)(w.value).tolist() == [4.0, 8.0]
            assert np.sum(w * w).value == 5.0

    in_threads(work, work)
    assert w.grad is None


def test_an_anomaly_outside_of_grad_comes_before_numpys_warning():
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"log\(0\.0\) gave -inf \(test_modes\.py, line \d+\)"):
        np.log(tensor(0.0))
    with pytest.raises(RuntimeWarning, match="divide by zero"):
        np.log(tensor(0.0))  # NumPy's own manners are back


@pytest.mark.parametrize("shape", [(LARGE,), (LARGE + 3,), (97, 211), (0,), (3, 0)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, np.bool_])
def test_a_fingerprint_tells_every_small_change(shape, dtype):
    rng = np.random.default_rng(1)
    x = rng.integers(0, 2, shape).astype(dtype) if dtype == np.bool_ else (100 * rng.normal(size=shape)).astype(dtype)
    kept = fingerprint(x)
    assert fingerprint(x.copy()) == kept
    flat = x.reshape(-1)
    places = [k for k in (0, 1, 511, 512, 4095, 8191, x.size - 1) if 0 <= k < x.size]
    for k in places:  # one entry, also by its last bit, or its sign alone
        for changed in (flat[k] == 0, np.nextafter(flat[k], np.inf) if flat.dtype.kind == "f" else ~flat[k], -0.0):
            y = flat.copy()
            y[k] = changed
            assert (fingerprint(y.reshape(shape)) == kept) == (y.tobytes() == flat.tobytes())
    for j, k in itertools.combinations(places, 2):  # two that change places: in a row, in a column, apart
        y = flat.copy()
        y[[j, k]] = y[[k, j]]
        assert (fingerprint(y.reshape(shape)) == kept) == (y.tobytes() == flat.tobytes())
    assert (fingerprint(x[::-1]) == kept) == (x[::-1].tobytes() == x.tobytes())

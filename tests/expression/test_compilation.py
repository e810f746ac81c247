"""Compiled functions give what the expression gives: on the corpus, on every row, on nan, in every layout."""

import gc
import pickle
import sys
import threading
import tracemalloc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autodiff
from expression import ArgumentError, Compiled, Expression, compile, operation, parse, trace
from expression.backends.buffers import LARGE, plan
from expression.backends.lowering import lowered
from expression.case import Case
from expression.corpus import CASES
from expression.functions import gelu, logsumexp, relu, sigmoid, softmax, softplus
from expression.operations import ROWS, TABLE
from expression.operations.operation import Operation, Sample
from expression.structure import flatten
from tests.strategies import operands, random_expressions, samples

EPS = float(np.finfo(float).eps)
TOL = 64 * EPS  # math and NumPy differ by an ulp or two a function, over the dozens of nodes of a program
OF_FLOAT32 = 64 * float(np.finfo(np.float32).eps)
ROW_CASES = [(row, sample) for row in ROWS for sample in samples(row)]


def same(found: Any, wanted: Any, tol: float = TOL) -> None:
    a, structure = flatten(found)
    b, other = flatten(wanted)
    assert structure == other
    for x, y in zip(a, b, strict=True):
        assert type(x) is type(y)
        assert np.shape(x) == np.shape(y) and np.asarray(x).dtype == np.asarray(y).dtype
        x, y = np.asarray(x), np.asarray(y)
        assert np.array_equal(np.isnan(x), np.isnan(y))
        finite = np.isfinite(y)
        assert np.array_equal(x[~finite], y[~finite], equal_nan=True)
        with np.errstate(over="ignore"):
            gap = np.abs(x[finite].astype(float) - y[finite].astype(float))
            scale = np.abs(x[finite].astype(float)) / 2 + np.abs(y[finite].astype(float)) / 2
        assert np.all(gap <= 2 * tol * np.maximum(0.5, scale)), gap.max()


# -- what it computes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", CASES, ids=lambda row: row.name)
def test_every_case_of_the_corpus_and_its_gradient(row: Case) -> None:
    e, args = row.trace(), row.arguments()
    same(compile(e)(*args), e(*args))
    g = autodiff.derive(e, value=True)
    same(compile(g)(*args), g(*args))
    rng = np.random.default_rng(7)
    args = row.sample(rng)
    same(compile(g)(*args), g(*args))


@pytest.mark.parametrize("row, sample", ROW_CASES, ids=lambda x: x.name if isinstance(x, Operation) else "")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_row_at_its_samples(row: Operation, sample: Sample, dtype: Any) -> None:
    x = operands(row, sample, np.random.default_rng(1))
    x = [v if np.asarray(v).dtype.kind in "biu" else np.asarray(v, dtype)[()] for v in x]
    e = trace(lambda *v: row(*v, **sample.parameters), *x)
    same(compile(e)(*x), e(*x), TOL if dtype is np.float64 else OF_FLOAT32)


SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1e308, -1e308, 5e-324, 710.0, -1.5, 2.0)


@pytest.mark.parametrize("row", [r for r in ROWS if r.elementwise], ids=lambda row: row.name)
@pytest.mark.parametrize("scalar", [True, False])
def test_nan_and_infinity_come_out_as_from_the_expression(row: Operation, scalar: bool) -> None:
    arity = len(row.partials or ())
    grid = np.meshgrid(*[np.array(SPECIAL)] * arity)
    points = [g.reshape(-1) for g in grid]
    e = trace(lambda *v: 1.0 * row(*v), *[1.0 if scalar else p for p in points])
    f = compile(e)
    if not scalar:
        same(f(*points), e(*points))
        return
    for point in zip(*points, strict=True):
        x = tuple(map(float, point))
        same(f(*x), e(*x))


@given(random_expressions())
@settings(max_examples=150, deadline=None)
def test_random_programs(drawn: tuple[Expression, Any]) -> None:
    e, args = drawn
    same(compile(e)(*args), e(*args), 1e4 * EPS)  # reductions in another order, then up to eight functions


@given(random_expressions(scalar=True), st.sampled_from([np.nan, np.inf, -np.inf, 0.0]), st.integers(0, 2**31))
@settings(max_examples=75, deadline=None)
def test_random_gradients_with_an_entry_that_is_no_number(drawn: Any, odd: float, seed: int) -> None:
    e, args = drawn
    g = autodiff.derive(e, value=True)
    rng = np.random.default_rng(seed)
    k = int(rng.integers(len(args)))
    x = [np.array(v) for v in args]
    x[k].reshape(-1)[rng.integers(x[k].size)] = odd
    x = [v[()] for v in x]
    same(compile(g)(*x), g(*x), 1e4 * EPS)


def test_many_large_arrays_share_few_buffers() -> None:
    n = LARGE // 8

    def f(x: Any, y: Any) -> Any:
        a = x * y
        b = np.sin(a) + a
        c = b.reshape(2, -1).T @ b.reshape(2, -1)[:, :3]
        return (b * b - a)[::-1] * y, np.sum(b), c, relu(b) * sigmoid(a), b[: n // 2] * a[n // 2 :]

    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, n))
    e = trace(f, x, y)
    found = plan(lowered(e))
    large = [i for i, node in enumerate(lowered(e).nodes) if node.shape == (n,)]
    assert len({b.block for b in found.buffers}) <= 4 < len(large)
    c = compile(e)
    same(c(x, y), e(x, y))
    same(c(y, x), e(y, x))


@given(random_expressions(steps=12), st.integers(0, 2**31))
@settings(max_examples=75, deadline=None)
def test_buffers_never_hold_what_is_still_read(drawn: Any, seed: int) -> None:
    import expression.backends.buffers as buffers

    e, args = drawn
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buffers, "LARGE", 8)  # every value counts as large
        c = compile(e)
        wanted = e(*args)
        same(c(*args), wanted, 1e4 * EPS)
        same(c(*args), wanted, 1e4 * EPS)  # in buffers that are used again


def test_sums_of_conditions_are_numpys() -> None:
    e = trace(lambda x: 1.0 * ((x > 0) + (x > 1)), 2.0)
    assert compile(e)(2.0) == e(2.0) == 1.0


def pieces_of(x: Any) -> Any:
    """Pieces that meet, that go to one place, that repeat an index, and that leave a gap."""
    y = np.sum(x[1:] ** 2) + np.sum(x[:-1] ** 3) + np.sum(np.sin(x[:-1])) + x[2] * x[3] + np.sum(np.exp(x[[0, 0, 4]]))
    return y + np.sum(x[[5, 1]] * x[[2, 3]]) + x[-1] * np.cos(x[0])


@pytest.mark.parametrize("n", [8, LARGE // 4])
def test_adjoints_of_pieces_are_put_together(n: int) -> None:
    x = np.random.default_rng(0).normal(size=n)
    for f in (
        pieces_of,
        lambda x: pieces_of(x) + np.sum(np.tanh(x)),
        lambda x: np.sum(x[2:] * x[:-2]),
        lambda x: np.sum(x[::2] ** 2) + np.sum(x[1::2] ** 3),
        lambda x: np.sum(x[:4].reshape(2, 2)[1] * x[0]),
    ):
        g = autodiff.derive(trace(f, x))
        same(compile(g)(x), g(x))


def test_a_vector_of_numbers_is_written_number_by_number() -> None:
    g = compile(autodiff.derive(trace(lambda x: x[0] * x[1] + x[2] ** 3, np.ones(3))))
    assert "np.array([float(x[1]), float(x[0]), " in g.source
    same(g(np.array([2.0, 3.0, 4.0])), np.array([3.0, 2.0, 48.0]))


@given(random_expressions(scalar=True, steps=12))
@settings(max_examples=150, deadline=None)
def test_gradients_in_buffers_and_in_place(drawn: Any) -> None:
    import expression.backends.buffers as buffers

    e, args = drawn
    g = autodiff.derive(e, value=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buffers, "LARGE", 8)
        c = compile(g)
        wanted = g(*args)
        for _ in range(2):
            same(c(*args), wanted, 1e4 * EPS)


def test_a_result_that_is_a_number_is_one_in_spite_of_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expression.backends.buffers.LARGE", 8)
    g = autodiff.derive(trace(lambda x: np.sum(np.sin(x[None])), 0.7), value=True)
    same(compile(g)(0.7), g(0.7))


IN_PLACE = [
    (lambda x: (sliced(x), np.sum(sliced(x)[1:-1] * x[1:-1])), True),  # read before the result changes
    (lambda x: (sliced(x), np.sin(x[1:]) * 2.0), False),  # the piece is a result too
    (lambda x: (at(x, x[1:]) + x, 1.0), False),  # a view
]


def at(x: Any, piece: Any) -> Any:
    return TABLE["scatter_add"](piece, np.cos(x[:-1]), indices=(((1, None, None),), ((None, -1, None),)), shape=x.shape)


def sliced(x: Any) -> Any:
    return at(x, np.sin(x[1:]) * 2.0)


@pytest.mark.parametrize("f, direct", IN_PLACE)
def test_a_piece_is_computed_where_it_goes_only_if_nobody_sees(f: Any, direct: bool) -> None:
    x = np.random.default_rng(0).normal(size=LARGE // 8 + 1)
    c, e = compile(trace(f, x)), trace(f, x)
    assert ("[1:])" in c.source and "out=v" in c.source) == direct
    for _ in range(2):
        same(c(x), e(x))


# -- its arguments -----------------------------------------------------------------------------------------------------


def layouts(x: Any) -> dict[str, Any]:
    """The same values in memory of every kind."""
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    frozen = x.copy()
    frozen.flags.writeable = False
    backward = np.ascontiguousarray(x[::-1])[::-1]
    return {
        "C": x,
        "Fortran": np.asfortranarray(x),
        "strided": wide[..., ::2],
        "read-only": frozen,
        "backward": backward,
        "broadcast": np.broadcast_to(x[:1], x.shape),
        "subclass": x.view(type("Mine", (np.ndarray,), {})),
    }


@pytest.mark.parametrize("layout", list(layouts(np.ones((2, 2)))))
@pytest.mark.parametrize("size", [3, 130])
def test_every_layout_of_memory(layout: str, size: int) -> None:
    x = layouts(np.random.default_rng(0).normal(size=(size, size)))[layout]
    e = trace(lambda x: (softmax(x @ x.T, axis=1) * x, x.T[1:] + 1.0, x), x)
    before = x.copy()
    same(compile(e)(x), e(np.ascontiguousarray(x)), 1e4 * EPS)
    assert np.array_equal(x, before)


def test_a_scalar_may_come_as_python_int_numpy_scalar_or_array() -> None:
    f = compile(parse("x * y + 1"))
    for x in (2, 2.0, np.float64(2), np.array(2.0)):
        assert f(x, 3.0) == 7.0 and type(f(x, 3.0)) is float


def test_complex_arguments_are_evaluated_as_by_the_expression() -> None:
    for f, x in ((parse("exp(x) * x"), 1 + 2j), (trace(lambda x: np.exp(x) * x, np.ones(3)), np.full(3, 1 + 2j))):
        assert np.array_equal(compile(f)(x), f(x))


BAD = [
    ((1.0,), "missing"),
    ((1.0, np.ones(3), 2.0), "one too many"),
    ((np.ones(3), 1.0), "exchanged"),
    ((1.0, np.ones(4)), "another shape"),
    ((1.0, np.ones(3, np.float32)), "another dtype"),
    ((1.0, np.ones(3, int)), "integers"),
    ((1.0, [1.0, 2.0, 3.0]), "a list"),
    (("a", np.ones(3)), "a text"),
    ((1.0, {"x": np.ones(3)}), "a dict"),
]


@pytest.mark.parametrize("args, why", BAD, ids=[why for _, why in BAD])
def test_wrong_arguments_are_refused_in_the_words_of_the_expression(args: Any, why: str) -> None:
    e = trace(lambda a, x: a * x, 1.0, np.ones(3))
    with pytest.raises(ArgumentError) as wanted:
        e(*args)
    with pytest.raises(ArgumentError) as found:
        compile(e)(*args)
    assert str(found.value) == str(wanted.value)


def test_pytrees_come_in_and_go_out() -> None:
    def f(p: Any, x: Any) -> Any:
        return {"y": [p["W"] @ x + p["b"][0], p["b"]], "none": None, "n": (x,)}

    p = {"W": np.ones((2, 3)), "b": (np.ones(2), 2.0)}
    e = trace(f, p, np.ones(3))
    same(compile(e)(p, np.ones(3)), e(p, np.ones(3)))
    with pytest.raises(ArgumentError, match="structure"):
        compile(e)({"W": np.ones((2, 3)), "b": (np.ones(2), 2.0), "extra": 1.0}, np.ones(3))
    nested = trace(lambda x: x[0] * 2.0, [3.0])
    assert compile(nested)([4.0]) == 8.0
    with pytest.raises(ArgumentError, match="structure"):
        compile(nested)(4.0)


def test_results_of_other_containers_keep_their_type() -> None:
    from collections import OrderedDict, namedtuple

    Pair = namedtuple("Pair", "a b")
    e = trace(lambda x: OrderedDict(p=Pair(x, x * 2.0)), np.ones(2))
    found = compile(e)(np.ones(2))
    assert isinstance(found, OrderedDict) and isinstance(found["p"], Pair)


# -- what it returns belongs to the caller -----------------------------------------------------------------------------


@pytest.mark.parametrize("n", [3, LARGE // 4])
def test_results_are_fresh_at_each_call_and_share_no_memory(n: int) -> None:
    c = np.arange(float(n))

    def f(x: Any) -> Any:
        y = x * 2.0
        return x, y, y, y[::-1], y.reshape(1, -1), c, x[1:], np.broadcast_to(y, (2, n)), y + 1.0, np.sin(y) * y

    e = trace(f, np.ones(n))
    compiled = compile(e)
    x = np.random.default_rng(0).normal(size=n)
    first = compiled(x)
    wanted = [np.array(r) for r in first]
    for k, r in enumerate(first):
        assert r.flags.writeable and not np.shares_memory(r, x)
        for other in first[:k]:
            assert not np.shares_memory(r, other)
    second = compiled(x)
    for r in second:
        r[...] = np.nan
    for r, w in zip(first, wanted, strict=True):
        assert np.array_equal(r, w)
    for r, w in zip(compiled(x), wanted, strict=True):
        assert np.array_equal(r, w)


def test_threads_may_call_at_once() -> None:
    n = LARGE // 8
    e = trace(lambda x: np.sum(np.sin(x * x) + np.cos(x * 2.0) * x), np.ones(n))
    f = compile(e)
    xs = [np.full(n, 0.1 * k) for k in range(8)]
    wanted = [e(x) for x in xs]
    wrong: list[Any] = []

    def work(k: int) -> None:
        for _ in range(30):
            if abs(f(xs[k]) - wanted[k]) > 1e-9 * n:
                wrong.append(k)

    held = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        sys.setswitchinterval(held)
    assert not wrong
    assert len(f.scratch) <= 4


def test_dropping_it_returns_its_memory() -> None:
    n = 50_000

    def made() -> Compiled:
        constant = np.random.default_rng(0).normal(size=n)
        f = compile(trace(lambda x: np.sin(x * constant) * np.cos(x), np.ones(n)))
        f(np.ones(n))
        return f

    made()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    f = made()
    assert tracemalloc.get_traced_memory()[0] - before > 8 * n
    gone = weakref.ref(f)
    del f
    gc.collect()
    left = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert gone() is None
    assert left < 8 * n / 4


def test_it_pickles() -> None:
    for e, args in (
        (parse("sin(x) * y"), (1.0, 2.0)),
        (trace(lambda p: p["a"] @ p["a"], {"a": np.ones(3)}), ({"a": np.arange(3.0)},)),
    ):
        f = compile(e)
        again = pickle.loads(pickle.dumps(f))
        assert again.source == f.source and again.backend == "numpy"
        same(again(*args), f(*args))


# -- its source --------------------------------------------------------------------------------------------------------


def test_the_source_of_floats_holds_no_array() -> None:
    f = compile(autodiff.derive(parse("log(x) + x*y - sin(y)"), value=True))
    assert f.source == (
        "import math\n\n\n"
        "def compiled(x, y):\n"
        '    """Arguments x: float64, y: float64."""\n'
        "    return (math.log(x) + x * y - math.sin(y), (y + 1.0 / x, x - math.cos(y)))\n"
    )


def test_the_source_of_large_arrays_writes_into_buffers() -> None:
    n = LARGE // 8
    f = compile(trace(lambda x: np.sum(np.sin(x) * x + 1.0), np.ones(n)))
    assert f.source == (
        "import numpy as np\n\n\n"
        "def compiled(x, buffer):\n"
        f'    """Arguments x: float64[{n}]."""\n'
        "    v1 = np.sin(x, out=buffer[0])\n"
        "    v2 = np.multiply(v1, x, out=buffer[0])\n"
        "    v4 = np.add(v2, 1.0, out=buffer[0])\n"
        "    v5 = float(np.add.reduce(v4, axis=None))\n"
        "    return v5\n"
    )


def test_what_the_source_shows_is_what_runs() -> None:
    e = trace(lambda x: np.sum(softplus(gelu(x)) + logsumexp(x)), np.ones(5))
    f = compile(e)
    namespace: dict[str, Any] = {}
    exec(f.source, namespace)
    x = np.linspace(-1, 1, 5)
    assert namespace["compiled"](x) == f(x)


def test_a_function_whose_source_does_not_stand_alone_is_named() -> None:
    factor = 3.0

    @operation(partials=(lambda y, x: 3.0,))
    def tripled(x: Any) -> Any:
        return factor * x

    f = compile(trace(lambda x: tripled(x) + 1.0, 1.0))
    assert f(2.0) == 7.0
    assert "a function whose source does not stand alone" in f.source


def test_names_of_arguments_cannot_break_the_source() -> None:
    e = parse("x * y", inputs=("x", "y"))
    for name in ("np", "math", "buffer", "lambda", "compiled", "v2", "a b; import os", "x\n"):
        renamed = Expression(e.nodes, (e.inputs[0]._replace(name=name), e.inputs[1]), e.outputs, e.arguments, e.results)
        assert compile(renamed)(2.0, 3.0) == 6.0


def test_deep_and_long_programs_compile() -> None:
    def f(x: Any) -> Any:
        for _ in range(5000):
            x = np.sin(x) * 0.5 + x
        return x

    e = trace(f, 0.1)
    same(compile(e)(0.1), e(0.1), 1e4 * EPS)


# -- the rest of the world ---------------------------------------------------------------------------------------------


def test_a_compiled_function_can_be_differentiated_and_traced() -> None:
    e = parse("sin(x) * x")
    f = compile(e)
    assert autodiff.grad(f)(1.3) == autodiff.grad(e)(1.3)
    assert str(trace(f, 1.0)) == str(e)
    assert autodiff.grad(autodiff.grad(f))(1.3) == autodiff.grad(autodiff.grad(e))(1.3)


def test_what_cannot_be_compiled_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"compile needs an Expression, got function; write compile\(trace"):
        compile(lambda x: x)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="backend='cuda' is unknown; choose from auto, numpy"):
        compile(parse("x"), backend="cuda")


def test_its_text() -> None:
    assert repr(compile(parse("x * y"))) == "<compiled <Expression of x, y: 3 nodes> by numpy>"

"""Hypothesis strategies that the rooms share: points of a row's domain, and random expressions with arguments."""

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from expression import Expression, trace
from expression.operations.linear_algebra import REGULAR, SPD
from expression.operations.operation import BOOLEAN, Operation, Sample

LARGEST = 20.0  # values beyond it would make the comparison a test of conditioning
SHAPES = ((), (3,), (1,), (2, 3), (3, 2), (2, 1), (3, 3), (2, 2, 3))

seeds = st.integers(0, 2**32 - 1)


# -- points of a row's domain ------------------------------------------------------------------------------------------


def draw(domain: Any, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """An array of that shape from a row's domain: an interval, truth values, or a family of matrices."""
    if domain == BOOLEAN:
        return rng.integers(0, 2, shape).astype(bool)[()]
    if domain == SPD:
        a = rng.uniform(-1, 1, shape)
        return a @ np.swapaxes(a, -1, -2) + shape[-1] * np.eye(shape[-1])
    if domain == REGULAR:
        return rng.uniform(-1, 1, shape) + (shape[-1] + 1) * np.eye(shape[-1])
    return rng.uniform(*domain, shape)[()]


def operands(row: Operation, sample: Sample, rng: np.random.Generator) -> list[Any]:
    """Arguments for one sample of a row; the last domain holds for all operands that follow."""
    return [
        np.asarray(sample.integers[k])
        if k in sample.integers
        else draw(row.domain[min(k, len(row.domain) - 1)], s, rng)
        for k, s in enumerate(sample.shapes)
    ]


def samples(row: Operation) -> tuple[Sample, ...]:
    """The shapes that a row is tested with: its own, or the broadcasts that every elementwise row must take."""
    if row.samples or not row.elementwise:
        return row.samples
    n = len(row.partials or ())
    single = tuple(Sample((s,) * n) for s in ((), (3,), (2, 3), (1,), (0,), (2, 0, 3)))
    if n == 1:
        return single
    spread: tuple[tuple[int, ...], ...] = ((2, 3), (3,), (2, 1))
    mixed = tuple(Sample(tuple(spread[(i + k) % 3] for k in range(n))) for i in range(3))
    return (*single, *mixed, Sample(((),) * (n - 1) + ((2, 3),)))


# -- random expressions ------------------------------------------------------------------------------------------------


class Move(NamedTuple):
    """One step of a random program: where it fits, and plain NumPy code that takes it."""

    name: str
    arity: int
    fits: Callable[..., bool]  # (*shapes)
    step: Callable[..., Any]


def always(*shapes: Any) -> bool:
    """Fit anything."""
    return True


def broadcasts(a: Any, b: Any) -> bool:
    """Whether two shapes broadcast."""
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        return False
    return True


def multiplies(a: Any, b: Any) -> bool:
    """Whether matmul takes two shapes."""
    if not a or not b or a[-1] != (b[-2] if len(b) > 1 else b[0]):
        return False
    return broadcasts(a[:-2], b[:-2])


def with_axes(rank: int) -> Callable[..., bool]:
    """Whether there are that many axes, none of them empty."""
    return lambda s: len(s) >= rank


def joins(a: Any, b: Any) -> bool:
    """Whether two arrays may stand one after the other along the last axis."""
    return len(a) == len(b) > 0 and a[:-1] == b[:-1]


# Smooth everywhere and well-conditioned, so that the three rooms and mpmath must agree to nearly every digit.
MOVES = (
    Move("add", 2, broadcasts, lambda x, y: x + y),
    Move("sub", 2, broadcasts, lambda x, y: x - y),
    Move("mul", 2, broadcasts, lambda x, y: x * y),
    Move("div", 2, broadcasts, lambda x, y: x / (1.5 + y * y)),
    Move("hypot", 2, broadcasts, lambda x, y: np.hypot(x, 1 + y * y)),
    Move("logaddexp", 2, broadcasts, lambda x, y: np.logaddexp(x, y)),
    Move("arctan2", 2, broadcasts, lambda x, y: np.arctan2(x, 1 + y * y)),
    Move("sin", 1, always, np.sin),
    Move("cos", 1, always, lambda x: np.cos(0.5 * x)),
    Move("tanh", 1, always, np.tanh),
    Move("arctan", 1, always, np.arctan),
    Move("exp", 1, always, lambda x: np.exp(-x * x)),
    Move("log1p", 1, always, lambda x: np.log1p(x * x)),
    Move("sqrt", 1, always, lambda x: np.sqrt(1 + x * x)),
    Move("neg", 1, always, lambda x: -x),
    Move("power", 1, always, lambda x: 0.1 * x**3),
    Move("reciprocal", 1, always, lambda x: 1 / (2 + np.sin(x))),
    Move("where", 1, lambda s: len(s) > 0, lambda x: np.where(np.arange(np.shape(x)[-1]) % 2 == 0, x, 0.5 * x * x)),
    Move("sum", 1, always, np.sum),
    Move("sum axis", 1, with_axes(1), lambda x: np.sum(x, axis=-1)),
    Move("sum keepdims", 1, with_axes(2), lambda x: np.sum(x, axis=0, keepdims=True)),
    Move("mean", 1, with_axes(1), lambda x: np.mean(x, axis=0)),
    Move("var", 1, with_axes(1), lambda x: np.var(x, axis=-1)),
    Move("prod", 1, with_axes(1), lambda x: np.prod(np.tanh(x), axis=-1)),
    Move("cumsum", 1, with_axes(1), lambda x: np.cumsum(x, axis=-1)),
    Move("cumprod", 1, with_axes(1), lambda x: np.cumprod(np.cos(x), axis=0)),
    Move("norm", 1, with_axes(1), lambda x: np.linalg.norm(2 + np.sin(x), axis=-1)),
    Move("logsumexp", 1, with_axes(1), lambda x: np.logaddexp.reduce(x, axis=-1)),
    Move("matmul", 2, multiplies, lambda x, y: x @ y),
    Move("outer", 2, lambda a, b: len(a) == len(b) == 1, np.outer),
    Move("einsum", 2, lambda a, b: len(a) == len(b) == 2 and a[1] == b[1], lambda x, y: np.einsum("ij,kj->ik", x, y)),
    Move("solve", 1, lambda s: s == (3, 3), lambda x: np.linalg.solve(4 * np.eye(3) + np.tanh(x), x)),
    Move("transpose", 1, with_axes(2), lambda x: x.T),
    Move("reshape", 1, with_axes(1), lambda x: x.reshape(-1)),
    Move("expand", 1, always, lambda x: x[..., None] if np.ndim(x) < 3 else x[..., 0]),
    Move("slice", 1, with_axes(1), lambda x: x[..., ::-1]),
    Move("row", 1, with_axes(1), lambda x: x[0]),
    Move("fancy", 1, with_axes(1), lambda x: x[..., [0, -1, 0]]),
    Move("stack", 2, lambda a, b: a == b and len(a) < 3, lambda x, y: np.stack([x, y])),
    Move("concatenate", 2, joins, lambda x, y: np.concatenate([x, y], axis=-1)),
    Move("broadcast", 1, lambda s: len(s) < 3, lambda x: np.broadcast_to(x, (2, *np.shape(x)))),
    Move("pad", 1, lambda s: len(s) == 1, lambda x: np.pad(x, (1, 0))),
    Move("roll", 1, with_axes(1), lambda x: np.roll(x, 1, axis=-1)),
)


class Program(NamedTuple):
    """Plain NumPy code as data: each step appends one value to a pool that starts with the arguments."""

    steps: tuple[tuple[Move, tuple[int, ...]], ...]
    scalar: bool

    def __call__(self, *args: Any) -> Any:
        """Run the steps; all values that nobody read are part of the result."""
        pool = list(args)
        for move, places in self.steps:
            pool.append(move.step(*(pool[i] for i in places)))
        read = {i for _, places in self.steps for i in places}
        total = pool[-1]
        if self.scalar:
            total = sum(np.sum(np.sin(pool[i])) for i in range(len(pool)) if i not in read)
        return total

    def __repr__(self) -> str:
        """What Hypothesis shows of a failure."""
        return "; ".join(f"{move.name}{places}" for move, places in self.steps)


def tame(y: Any) -> bool:
    """Whether a value may take part."""
    return np.size(y) <= 64 and bool(np.all(np.isfinite(y))) and bool(np.all(np.abs(y) < LARGEST))


@st.composite
def random_programs(draw_from: Any, *, scalar: bool = False, steps: int = 8, inputs: int = 3) -> Any:
    """A plain NumPy function of one to `inputs` float arrays, with arguments: (Program, args)."""
    shapes = draw_from(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=inputs))
    rng = np.random.default_rng(draw_from(seeds))
    args = tuple(np.asarray(rng.uniform(0.2, 1.4, s))[()] for s in shapes)
    pool, taken = list(args), []
    for _ in range(draw_from(st.integers(1, steps))):
        move = draw_from(st.sampled_from(MOVES))
        fitting = [
            p for p in product(range(len(pool)), repeat=move.arity) if move.fits(*(np.shape(pool[i]) for i in p))
        ]
        if not fitting:
            continue
        places = draw_from(st.sampled_from(fitting))
        value = move.step(*(pool[i] for i in places))
        if tame(value):
            pool.append(value)
            taken.append((move, places))
    return Program(tuple(taken), scalar), args


@st.composite
def random_expressions(draw_from: Any, *, scalar: bool = False, steps: int = 8, inputs: int = 3) -> Any:
    """(Expression, args) over elementwise, reductions, linear algebra and shapes; `scalar` ends in one number."""
    program, args = draw_from(random_programs(scalar=scalar, steps=steps, inputs=inputs))
    e: Expression = trace(program, *args)
    return e, args

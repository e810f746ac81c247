"""f at many points near one point: every evaluation is counted, and an expression takes them a block at a time."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise, repeat
from math import prod
from typing import Any

import numpy as np

from expression.batching import evaluate_batch
from expression.errors import ArgumentError
from expression.evaluation import arguments_of, forward
from expression.nodes import Expression
from expression.operations.operation import Array, Shape
from expression.structure import (
    Point,
    Structure,
    deliver,
    dtype_of,
    flatten,
    floating_results,
    one_scalar,
    shape_of,
    unflatten,
)
from numeric.lines import Leaves, Move, Ray, nearest_power_of_two
from numeric.schemes import Precision

Function = Callable[..., Any] | Expression

NUMBERS = (float, np.float64)
NUMBER = flatten(0.0)[1]  # the structure of a single leaf

NOISE_REACH = 8.0  # times eps^(2/3) is the relative length on which rounding shows: 3e-10
NOISE_POINTS = 8
GOLDEN = (5**0.5 - 1) / 2
CACHED = 2**19  # bytes of node values that a block of points may take: they shall stay in the cache


class Sampler:
    """One function at one point: what the schemes ask for, and nothing else.

    `expression` is what is evaluated where f is (or was traced as) an expression; otherwise f is a black box, called
    as it is, point by point. Outputs are joined to one vector; m is its length.
    """

    def __init__(self, f: Function, at: Point, expression: Expression | None = None, scalar: bool = False) -> None:
        """Of f at a checked point; `scalar` refuses other outputs."""
        self.f, self.at, self.scalar = f, at, scalar
        self.expression = expression
        self.evaluations = 0
        self.leaves = [np.asarray(x) for x in at.leaves]
        self.bounds = list(accumulate((x.size for x in self.leaves), initial=0))
        self.x = np.concatenate([np.zeros(0), *(x.reshape(-1) for x in self.leaves)])
        self.space = Leaves(self.x, self.bounds, tuple(x.dtype for x in self.leaves))
        self.structure: Structure | None = None  # of what f returns
        self.shapes: list[Shape] = []
        self.outputs: list[np.dtype[Any]] = []
        self.is_number = False  # f returns a plain number
        self.known: Array | None = None  # f(x)
        self.jitter: Array | None = None  # three standard deviations of the noise of f, where it was measured
        if expression is not None:
            self.arguments = arguments_of(expression, at.args)
            nodes = [expression.nodes[j] for j in expression.outputs]
            self.learn(expression.results, [n.shape for n in nodes], [n.dtype for n in nodes])

    def learn(self, structure: Structure, shapes: list[Shape], dtypes: list[np.dtype[Any]]) -> None:
        """Note what f returns, at the first point; later ones must return the same."""
        floating_results(dtypes)
        if self.structure is None:
            if self.scalar and shapes != [()]:
                one_scalar(shapes, dtypes, "grad")
            if not shapes:
                raise ArgumentError("f returned nothing that could be differentiated; return a float or an array")
            self.structure, self.shapes, self.outputs = structure, shapes, dtypes
            self.is_number = shapes == [()] and dtypes == [np.float64] and structure == NUMBER
        elif structure != self.structure or shapes != self.shapes:
            raise ArgumentError(
                f"f returned {structure} of shapes {shapes} at one point and {self.structure} of shapes {self.shapes} "
                "at another; return the same structure everywhere"
            )

    @property
    def precision(self) -> Precision:
        """The coarsest arithmetic among what is moved and what comes back."""
        if self.structure is None:
            self.value()
        real = [np.finfo(d) for d in (*self.space.dtypes, *self.outputs)]
        return max(real, key=lambda p: float(p.eps))

    def value(self) -> Array:
        """f(x) as a vector; it is evaluated once."""
        if self.known is None:
            self.known = self.sample([])[0]
        return self.known

    def measure_jitter(self) -> None:
        """Find how much the values of f jump by rounding, for each output; eight evaluations, once.

        On points as near as some 100,000 units in the last place f is smooth with noise on it: what a polynomial
        leaves. If one of degree 4 leaves far less than one of degree 3, that was not noise, and 0 is noted. The idea
        is that of Moré and Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011), on points that are
        spread as multiples of the golden ratio are, since a regular grid may beat with the grid of the floats.
        """
        if self.jitter is not None:
            return
        scale = nearest_power_of_two(np.where(self.x == 0, 1.0, np.abs(self.x)))
        ray = Ray(self.space, [scale[a:b] for a, b in pairwise(self.bounds)])
        eps = float(self.precision.eps)
        units = np.rint(NOISE_REACH * eps ** (-1 / 3) * (np.arange(1, NOISE_POINTS + 1) * GOLDEN % 1.0))
        steps = eps * units  # whole units in the last place
        values = np.concatenate([self.value()[None], self.sample([Move(ray, np.zeros(len(steps), int), steps)])])
        basis, _ = np.linalg.qr(np.vander(np.append(0.0, units / units.max()), increasing=True))
        with np.errstate(all="ignore"):
            parts = np.abs(basis.T @ values) ** 2  # along polynomials of degree 0, 1, 2 ...
            left = np.sqrt(np.mean(parts[4:], axis=0))
            further = np.sqrt(np.mean(parts[5:], axis=0))
            self.jitter = np.where(np.isfinite(left) & (further > left / 4), 3 * left, 0.0)

    def result(self) -> Any:
        """f(x) as f returned it."""
        return self.in_outputs(lambda part, shape, dtype: deliver(part.reshape(shape).astype(dtype)), self.value())

    def in_outputs(self, make: Callable[[Array, Shape, np.dtype[Any]], Any], vector: Array) -> Any:
        """Something for each output, made of its part of a vector (or of each row of a matrix)."""
        assert self.structure is not None
        ends = list(accumulate(map(prod, self.shapes), initial=0))
        parts = [vector[..., a:b] for a, b in pairwise(ends)]
        return unflatten(self.structure, list(map(make, parts, self.shapes, self.outputs)))

    # -- many points ---------------------------------------------------------------------------------------------------

    def sample(self, moves: Sequence[Move]) -> Array:
        """Values of f at x, moved along one or several lines at once: an array of (points, m)."""
        count = len(moves[0].index) if moves else 1
        found = []
        step = self.block()
        with np.errstate(all="ignore"):
            for start in range(0, count, step):
                part = [Move(m.lines, m.index[start : start + step], m.amount[start : start + step]) for m in moves]
                found.append(self.one_block(part, min(step, count - start)))
        self.evaluations += count
        if len(found) == 1:
            return found[0]
        return np.concatenate(found) if found else np.zeros((0, sum(prod(s) for s in self.shapes)))

    def block(self) -> int:
        """How many points at once: so many that their node values fit the cache."""
        if self.expression is None:
            return max(1, CACHED // (8 * max(len(self.x), 1)))
        size = sum([prod(n.shape) * n.dtype.itemsize for n in self.expression.nodes])
        return max(1, CACHED // max(size, 1))

    @property
    def entries(self) -> list[int]:
        """How many entries each differentiated argument has."""
        return [sum(np.size(x) for x in flatten(self.at.args[k])[0]) for k in self.at.argnums]

    def moved(self, moves: Sequence[Move], count: int) -> list[Array | None]:
        """For each differentiated leaf its value at every point, flattened; None where it does not move."""
        widen = np.complex64 if any(m.amount.dtype.kind == "c" for m in moves) else np.float16
        leaves: list[Array | None] = []
        for k, x in enumerate(self.leaves):
            moving = [m for m in moves if m.lines.touches(k, m.index)]
            if not moving:
                leaves.append(None)
                continue
            rows = np.empty((count, x.size), dtype=np.result_type(x.dtype, widen))
            rows[:] = x.reshape(-1)
            for m in moving:
                m.lines.move(k, rows, m.index, m.amount)
            leaves.append(rows)
        return leaves

    def one_block(self, moves: Sequence[Move], count: int) -> Array:
        """As `sample`, all points at once."""
        rows = self.moved(moves, count)
        if self.expression is not None:
            return self.by_expression(self.expression, rows, count)
        return np.array([self.by_call(leaves) for leaves in self.points(rows, count)]).reshape(count, -1)

    def by_expression(self, e: Expression, rows: Sequence[Array | None], count: int) -> Array:
        """A batched evaluation."""
        leaves, batched = list(self.arguments), [False] * len(self.arguments)
        for place, moved, x in zip(self.at.positions, rows, self.leaves, strict=True):
            if moved is not None:
                leaves[place], batched[place] = moved.reshape(count, *x.shape), True
        if not any(batched):
            values = forward(e, leaves, keep=e.outputs)
            same = np.concatenate([np.reshape(values[j], -1) for j in e.outputs])
            return np.broadcast_to(same, (count, len(same)))
        parts = [y.reshape(count, -1) for y in evaluate_batch(e, leaves, batched)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def points(self, rows: Sequence[Array | None], count: int) -> Iterator[Sequence[Array]]:
        """The differentiated leaves at one point after the other; a number stays a number."""
        columns = [
            repeat(x[()]) if moved is None else moved.reshape(count, *x.shape)
            for moved, x in zip(rows, self.leaves, strict=True)
        ]
        return (leaves for _, *leaves in zip(range(count), *columns, strict=False))

    def by_call(self, leaves: Sequence[Array]) -> Array:
        """One evaluation of the black box: a number where f returns one, else a vector."""
        result = self.f(*self.at.arguments(leaves))
        if self.is_number and type(result) in NUMBERS:  # as at the first point
            return result
        found, structure = flatten(result)
        shapes, dtypes = [], []
        for y in found:
            if not isinstance(y, float | complex | int | np.ndarray | np.generic):
                raise ArgumentError(f"f returned {type(y).__name__}; return a float or an array of floats")
            shapes.append(shape_of(y))
            dtypes.append(dtype_of(y))
        self.learn(structure, shapes, dtypes)
        return found[0] if self.is_number else np.concatenate([np.asarray(y).reshape(-1) for y in found])

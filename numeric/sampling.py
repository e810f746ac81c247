"""f at many points near one point: every evaluation is counted, and an expression takes them a block at a time."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, compress, pairwise, repeat
from math import prod
from typing import Any

import numpy as np

from expression.batching import BatchProgram
from expression.errors import ArgumentError
from expression.evaluation import arguments_of
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
from numeric.lines import Axes, Leaves, Move, Ray, nearest_power_of_two
from numeric.noise import Noise, measured
from numeric.recorded import Source
from numeric.schemes import Precision, coarsest

NUMBERS = (float, np.float64)
NUMBER = flatten(0.0)[1]  # the structure of a single leaf

CACHED = 2**19  # bytes of node values that a block of points may take: they shall stay in the cache


class Sampler:
    """One function at one point: what the schemes ask for, and nothing else.

    `expression` is what is evaluated where f is (or was traced as) an expression; otherwise f is a black box, called
    as it is, point by point. Outputs are joined to one vector; m is its length.
    """

    def __init__(self, source: Source, at: Point, scalar: bool = False) -> None:
        """Of f at a checked point; `scalar` refuses other outputs."""
        self.f, self.at, self.scalar = source.f, at, scalar
        self.recorded = source.at(at)
        self.positions: tuple[int, ...] = ()  # of the differentiated leaves among all, in an expression
        self.evaluations = 0
        self.leaves = [np.asarray(x) for x in at.leaves]
        self.bounds = list(accumulate([x.size for x in self.leaves], initial=0))
        self.x = as_vector(self.leaves)
        self.space = Leaves(self.x, self.bounds, tuple([x.dtype for x in self.leaves]))
        self.structure: Structure | None = None  # of what f returns
        self.shapes: list[Shape] = []
        self.outputs: list[np.dtype[Any]] = []
        self.is_number = False  # f returns a plain number
        self.known: Array | None = None  # f(x)
        self.noise: Noise | None = None  # of f, where it was measured
        if self.recorded is not None:
            self.arguments = arguments_of(self.recorded.e, at.args)
            self.positions = self.recorded.positions(at.argnums)
            if source.imaginary:
                self.recorded.check_analytic(self.positions)
            self.learn(self.recorded.e.results, self.recorded.shapes, self.recorded.dtypes)

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
        return coarsest((*self.space.dtypes, *self.outputs))

    def value(self) -> Array:
        """f(x) as a vector; it is evaluated once."""
        if self.known is None:
            self.known = self.sample([])[0]
        return self.known

    def measure_noise(self) -> Noise:
        """How much the values of f jump, all entries moved together; evaluated once."""
        if self.noise is None:
            ray = Ray(self.space, [self.lengths[a:b] for a, b in pairwise(self.bounds)])
            self.noise = measured(
                lambda t: self.sample([Move(ray, np.zeros(len(t), int), t)]), self.value(), float(self.precision.eps)
            )
        return self.noise

    @cached_property
    def lengths(self) -> Array:
        """The size of each entry, as a power of two; 1 for 0."""
        return nearest_power_of_two(np.where(self.x == 0, 1.0, np.abs(self.x)))

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
        step = self.block(moves, count)
        with np.errstate(all="ignore"):
            for start in range(0, count, step):
                part = [Move(m.lines, m.index[start : start + step], m.amount[start : start + step]) for m in moves]
                found.append(self.one_block(part, min(step, count - start)))
        self.evaluations += count
        if len(found) == 1:
            return found[0]
        return np.concatenate(found) if found else np.zeros((0, sum(prod(s) for s in self.shapes)))

    def sample_axes(self, axes: Axes, shifts: Array, here: bool) -> Array:
        """Values of f at x, moved by shifts[l, i] along axis i for every i, and if asked for at x itself, the last.

        As `sample`, by way of a grid where the points are few enough to be taken at once.
        """
        count = shifts.size + here
        program = self.recorded.program(self.positions) if self.recorded is not None and len(self.leaves) == 1 else None
        if program is None or count > self.room(program.peak) or not shifts.size:
            index = np.concatenate([np.arange(len(axes))] * len(shifts) + [np.zeros(int(here), int)])
            return self.sample([Move(axes, index, np.append(shifts, np.zeros(int(here))))])
        self.evaluations += count
        along = program.entrywise and count >= len(self.x)
        x = self.leaves[0].reshape(-1)
        moved = (x + shifts).astype(np.result_type(x.dtype, np.complex64) if shifts.dtype.kind == "c" else x.dtype)
        rows = grid(x, moved, here, along)
        with np.errstate(all="ignore"):
            return self.by_expression(program, [rows], count)

    def room(self, size: int) -> int:
        """How many points at once: so many that what is held of them, so many bytes for each, fits the cache."""
        return max(1, CACHED // max(size, 1))

    def block(self, moves: Sequence[Move], count: int) -> int:
        """How many of these points at once."""
        if count == 1:
            return 1
        if self.recorded is None:
            return self.room(8 * len(self.x))
        touched = [any([m.lines.touches(k, m.index) for m in moves]) for k in range(len(self.leaves))]
        return self.room(self.recorded.program(tuple(compress(self.positions, touched))).peak)

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
        if self.recorded is None:
            return np.array([self.by_call(leaves) for leaves in self.points(rows, count)]).reshape(count, -1)
        program = self.recorded.program(tuple(compress(self.positions, [x is not None for x in rows])))
        return self.by_expression(program, rows, count)

    def by_expression(self, program: BatchProgram, rows: Sequence[Array | None], count: int) -> Array:
        """A batched evaluation."""
        leaves = self.arguments.copy()
        for place, moved, x in zip(self.positions, rows, self.leaves, strict=True):
            if moved is not None:
                leaves[place] = moved.reshape(count, *x.shape)
        parts = [y.reshape(count, -1) for y in program(leaves, count)]
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


def as_vector(leaves: Sequence[Array]) -> Array:
    """The entries of all leaves in float64, in memory of their own."""
    if len(leaves) == 1:
        return np.array(leaves[0], dtype=np.float64).reshape(-1)
    return np.concatenate([np.zeros(0), *[x.reshape(-1) for x in leaves]])


def grid(x: Array, moved: Array, here: bool, along: bool) -> Array:
    """A point a row: x with entry i set to moved[l, i], for every l and i, and if asked for x itself, the last.

    Entry i of point l n + i is set, so what is set lies at equal distances in memory, and is one slice of it: with the
    points along the rows (of n), or `along` the columns (of as many as there are points), which is the faster for few
    entries and many points.
    """
    levels, n = moved.shape
    count = levels * n + here
    memory = np.empty(n * (count + 1), dtype=moved.dtype)
    if along:
        columns = memory[: n * count].reshape(n, count)
        columns[...] = x[:, None]
        memory.reshape(n, count + 1)[:, : levels * n : n] = moved.T
        return columns.T
    rows = memory[: n * count].reshape(count, n)
    rows[...] = x
    memory[: levels * n * n].reshape(levels, n * n)[:, :: n + 1] = moved
    return rows

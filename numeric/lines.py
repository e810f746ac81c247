"""The lines through x along which differences are taken."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from expression.operations.operation import Array


def nearest_power_of_two(h: Array) -> Array:
    """The nearest power of two: x + h is then exact, but where it crosses one."""
    with np.errstate(all="ignore"):
        return np.exp2(np.rint(np.log2(h)))


class Leaves(NamedTuple):
    """The differentiated leaves as one vector x; leaf k lies from bounds[k] to bounds[k + 1]."""

    x: Array
    bounds: Sequence[int]
    dtypes: tuple[np.dtype[Any], ...]


class Scaled:
    """Lines with lengths of their own."""

    @property
    def scale(self) -> Array:
        """The length over which a function is first taken to change."""
        raise NotImplementedError

    @property
    def size(self) -> Array:
        """The distance to 0, where many functions have their singularities."""
        raise NotImplementedError

    @property
    def nearness(self) -> Array:
        """The length over which an analytic function changes at the least: the distance to 0, at most 1."""
        size = self.size
        return np.where(size > 0, np.minimum(size, 1.0), 1.0)


class Axes(Scaled):
    """The coordinate directions: line i goes through x along entry i of the differentiated leaves."""

    def __init__(self, leaves: Leaves, count: int | None = None) -> None:
        """Of the first `count` entries, or of all."""
        self.x, self.bounds, self.dtypes = leaves.x[:count], leaves.bounds, leaves.dtypes

    def __len__(self) -> int:
        """One line for each entry."""
        return len(self.x)

    @property
    def scale(self) -> Array:
        """The length over which a function is first taken to change: |x|, and at least 1."""
        return np.maximum(np.abs(self.x), 1.0)

    @property
    def size(self) -> Array:
        """The distance to 0, where many functions have their singularities."""
        return np.abs(self.x)

    def representable(self, index: Array, amount: Array) -> Array:
        """The move that is really made: (x + h) - x in the leaf's own arithmetic."""
        if amount.dtype.kind == "c":  # beside x, not along it
            return amount
        x = self.x[index]
        moved = x + amount
        for k, dtype in enumerate(self.dtypes):
            if dtype != np.float64:
                inside = (index >= self.bounds[k]) & (index < self.bounds[k + 1])  # of the last axis
                moved = np.where(inside, moved.astype(dtype).astype(np.float64), moved)
        return moved - x

    def touches(self, k: int, index: Array) -> bool:
        """Whether any of these lines moves leaf k."""
        return len(self.dtypes) == 1 or bool(np.any((index >= self.bounds[k]) & (index < self.bounds[k + 1])))

    def move(self, k: int, rows: Array, index: Array, amount: Array) -> None:
        """Move leaf k, one point a row."""
        if len(self.dtypes) == 1:
            rows[np.arange(len(index)), index] += amount
            return
        at = np.flatnonzero((index >= self.bounds[k]) & (index < self.bounds[k + 1]))
        rows[at, index[at] - self.bounds[k]] += amount[at]


class Ray(Scaled):
    """One direction x_dot: its only line is x + t x_dot."""

    def __init__(self, leaves: Leaves, tangents: Sequence[Array]) -> None:
        """One tangent for each leaf."""
        self.x, self.bounds = leaves.x, leaves.bounds
        self.direction: Array = np.concatenate([np.zeros(0), *(np.reshape(v, -1) for v in tangents)])

    def __len__(self) -> int:
        """A single line."""
        return 1

    def reach(self, length: Array) -> Array:
        """How far t may go until an entry has moved by its length."""
        moving = self.direction != 0
        return np.array([np.min(length[moving] / np.abs(self.direction[moving]))]) if moving.any() else np.ones(1)

    def part(self, k: int) -> Array:
        """The tangent of leaf k, flattened."""
        return self.direction[self.bounds[k] : self.bounds[k + 1]]

    @property
    def scale(self) -> Array:
        """How far t may go until an entry has moved by |x|, and at least 1."""
        return self.reach(np.maximum(np.abs(self.x), 1.0))

    @property
    def size(self) -> Array:
        """How far t may go until an entry reaches 0."""
        return self.reach(np.abs(self.x))

    def representable(self, index: Array, amount: Array) -> Array:
        """The move itself: along a direction there is no common grid of floats."""
        return amount

    def touches(self, k: int, index: Array) -> bool:
        """Whether the direction moves leaf k."""
        return bool(np.any(self.part(k)))

    def move(self, k: int, rows: Array, index: Array, amount: Array) -> None:
        """Move leaf k, one point a row."""
        rows += (amount[:, None] * self.part(k)).astype(rows.dtype)


Lines = Axes | Ray


class Move(NamedTuple):
    """Point r of a sample goes by amount[r] along line index[r]."""

    lines: Lines
    index: Array
    amount: Array

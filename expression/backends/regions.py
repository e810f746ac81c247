"""The vector of a loop's results without the vector: who reads a part of it is given that part."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from expression.operations.operation import Array, Shape
from expression.operations.structured import Layout

Flat = Callable[[int, int], Array]  # entries from a start to a stop, as a vector


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the vector: where it begins and ends, and how to get at its entries."""

    start: int
    stop: int
    flat: Flat
    entry: Callable[[int], Array]


def of_array(start: int, x: Array, shape: Shape) -> Region:
    """A part that is an array: whole rows are a slice of it."""
    row, size = prod(shape[1:]), prod(shape)

    def flat(a: int, b: int) -> Array:
        if (a, b) == (0, size):
            return np.reshape(x, (size,))
        if row and len(shape) > 1 and a % row == 0 and b % row == 0:
            return np.reshape(x[a // row : b // row], (b - a,))
        return np.reshape(x, (size,))[a:b]

    return Region(start, start + size, flat, lambda k: flat(k, k + 1)[0])


def of_vector(start: int, size: int, vector: Array, at: int) -> Region:
    """A part that stands in another vector."""
    return Region(start, start + size, lambda a, b: vector[at + a : at + b], lambda k: vector[at + k])


@dataclass(frozen=True, slots=True)
class Regions:
    """All parts that anybody reads, in order; they may lie apart."""

    parts: tuple[Region, ...]

    def read(self, start: int, stop: int) -> Array:
        """Entries of the vector."""
        found = [
            part.flat(max(start, part.start) - part.start, min(stop, part.stop) - part.start)
            for part in self.parts
            if max(start, part.start) < min(stop, part.stop)
        ]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def entry(self, position: int) -> Array:
        """One entry of the vector."""
        part = next(part for part in self.parts if part.start <= position < part.stop)
        return part.entry(position - part.start)


def index_range(parameters: dict[str, Any]) -> tuple[int, int] | None:
    """The entries that an index takes out of a vector, where they follow one another; else None."""
    (item,) = parameters["index"] if len(parameters["index"]) == 1 else (None,)
    if isinstance(item, int):
        return item, item + 1
    if isinstance(item, tuple) and item[2] == 1 and item[0] < item[1]:
        return item[0], item[1]
    return None


def starts(layout: Layout) -> list[int]:
    """Where in the vector histories, outputs and sums begin."""
    found, start = [], 0
    for shape in layout.shapes:
        found.append(start)
        start += prod(shape)
    return found

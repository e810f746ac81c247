"""Undoing a broadcast, and carrying a batch axis: helpers that rules share, written in NumPy calls."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from expression.operations.operation import Array, Operation, Shape, apply, shape_of


def unbroadcast(x: Array, shape: Shape) -> Array:
    """Sum x down to the shape that was broadcast up to it: the transpose of broadcasting.

    >>> unbroadcast(np.ones((2, 3)), (3,))
    array([2., 2., 2.])
    """
    found = shape_of(x)
    if found == shape:
        return x
    summed = np.add.reduce(x, axis=stretched_axes(found, shape))
    return summed if shape_of(summed) == shape else summed.reshape(shape)


@lru_cache(maxsize=4096)
def stretched_axes(found: Shape, shape: Shape) -> tuple[int, ...]:
    """The axes that broadcasting put in front of a shape, and those that it stretched."""
    lead = len(found) - len(shape)
    return (*range(lead), *(i + lead for i, n in enumerate(shape) if n == 1 and found[i + lead] != 1))


def with_rank(x: Array, rank: int) -> Array:
    """Insert axes of length 1 behind the batch axis until x has that rank."""
    shape = np.shape(x)
    return x if len(shape) == rank else np.reshape(x, (shape[0], *(1,) * (rank - len(shape)), *shape[1:]))


def aligned(operands: Sequence[Array], batched: Sequence[bool], rank: int) -> list[Array]:
    """The operands, all batch axes in front where broadcasting to that rank keeps them."""
    return [with_rank(x, rank) if b else x for x, b in zip(operands, batched, strict=True)]


def batch_length(operands: Sequence[Array], batched: Sequence[bool]) -> int:
    """The length of the batch axis."""
    return int(next(np.shape(x)[0] for x, b in zip(operands, batched, strict=True) if b))


def batch_elementwise(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """Elementwise: line the batch axes up in front, and broadcast."""
    rank = max(np.ndim(x) + (not b) for x, b in zip(operands, batched, strict=True))
    return apply(operation, aligned(operands, batched, rank), tuple(parameters.items()))


def batch_by(change: Callable[..., dict[str, Any]]) -> Callable[..., Array]:
    """Batch an operation of one operand by changing its parameters: `change(x, **parameters)`."""

    def rule(
        operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
    ) -> Array:
        return apply(operation, operands, tuple(sorted(change(operands[0], **parameters).items())))

    return rule


def batch_leading(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """Batch an operation that takes leading axes as a batch by itself."""
    return apply(operation, operands, tuple(parameters.items()))

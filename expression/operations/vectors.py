"""Several arrays as one vector, and back: how the results of one node travel together."""

from collections.abc import Sequence
from math import prod

import numpy as np

from expression.operations.operation import Array, Shape


def joined(results: Sequence[Array]) -> Array:
    """One vector of all entries.

    >>> joined([1.0, np.array([[2.0, 3.0]])])
    array([1., 2., 3.])
    """
    return np.concatenate([np.reshape(y, (-1,)) for y in results])


def parts(vector: Array, shapes: Sequence[Shape]) -> tuple[Array, ...]:
    """The arrays of these shapes that a vector holds: the inverse of `joined`.

    >>> parts(np.array([1.0, 2.0, 3.0]), [(), (1, 2)])
    (np.float64(1.0), array([[2., 3.]]))
    """
    found, start = [], 0
    for shape in shapes:
        stop = start + prod(shape)
        piece = vector[start] if shape == () else vector[start:stop]
        found.append(piece if len(shape) <= 1 else np.reshape(piece, shape))
        start = stop
    return tuple(found)


def packed(results: Sequence[Array]) -> Array:
    """Several results as one vector; a single one as it is."""
    return results[0] if len(results) == 1 else joined(results)


def unpacked(y: Array, shapes: Sequence[Shape]) -> Sequence[Array]:
    """The results again."""
    return (y,) if len(shapes) == 1 else parts(y, shapes)

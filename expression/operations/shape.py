"""Moving data: reshape, transpose, broadcast, index, concatenate, pad. All linear, and free of flops."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from expression.operations.broadcasting import batch_by, batch_length, unbroadcast, with_rank
from expression.operations.indexing import GETITEM, SCATTER_ADD, inverse_permutation
from expression.operations.literals import as_number
from expression.operations.operation import Array, Operation, Rule, Sample, Shape, apply, check_axes, no_work


def pad(x: Array, *, widths: tuple[tuple[int, int], ...]) -> Array:
    """X with zeros around it."""
    y = np.zeros(pad_shape(np.shape(x), widths=widths), dtype=np.asarray(x).dtype)
    y[tuple(slice(before, before + n) for (before, _), n in zip(widths, np.shape(x), strict=True))] = x
    return y


def pad_shape(shape: Shape, *, widths: tuple[tuple[int, int], ...]) -> Shape:
    """The shape with its borders."""
    if any(n < 0 for width in widths for n in width):
        raise ValueError(f"widths {widths} must not be negative")
    return tuple(n + before + after for n, (before, after) in zip(shape, widths, strict=True))


def concatenate(*parts: Array, axis: int) -> Array:
    """Join along an existing axis."""
    return np.concatenate(parts, axis=axis)


def concatenate_shape(*shapes: Shape, axis: int) -> Shape:
    """The lengths along the axis add up."""
    head, *tail = shapes
    check_axes((axis,), len(head))
    for s in tail:
        if s[:axis] + s[axis + 1 :] != head[:axis] + head[axis + 1 :]:
            raise ValueError(f"shapes {head} and {s} differ off axis {axis}")
    return (*head[:axis], sum(s[axis] for s in shapes), *head[axis + 1 :])


def concatenate_vjp(k: int, y_bar: Array, y: Array, *parts: Array, axis: int) -> Array:
    """The piece of the cotangent that lies where part k was put."""
    start = sum(np.shape(p)[axis] for p in parts[:k])
    return y_bar[(slice(None),) * axis + (slice(start, start + np.shape(parts[k])[axis]),)]


def batch_concatenate(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """Give every part the batch axis."""
    n = batch_length(operands, batched)
    parts = [x if b else np.broadcast_to(x, (n, *np.shape(x))) for x, b in zip(operands, batched, strict=True)]
    return apply(operation, parts, (("axis", parameters["axis"] + 1),))


def batch_broadcast_to(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """Insert the missing axes behind the batch axis first."""
    (x,), shape = operands, parameters["shape"]
    return apply(operation, (with_rank(x, len(shape) + 1),), (("shape", (np.shape(x)[0], *shape)),))


def moving(name: str, forward: Rule, shape: Rule, vjps: Any, latex: str, **columns: Any) -> Operation:
    """Make a row of the family that moves data."""
    defaults: dict[str, Any] = {"linear": "each", "work": no_work}
    return Operation(name, forward, shape, vjps=vjps, latex=latex, **{**defaults, **columns})


def moved(shape: Shape, *, axes: tuple[int, ...]) -> Shape:
    """The shape after a transpose."""
    check_axes(axes, len(shape))
    if len(axes) != len(shape):
        raise ValueError(f"axes {axes} are not a permutation of {len(shape)} axes")
    return tuple(shape[a] for a in axes)


def reshaped(x: Shape, *, shape: Shape) -> Shape:
    """The new shape, which must hold as many entries."""
    if prod(x) != prod(shape) or any(n < 0 for n in shape):
        raise ValueError(f"cannot reshape {x} into {shape}")
    return shape


def stretched(x: Shape, *, shape: Shape) -> Shape:
    """The shape that x is broadcast to."""
    if np.broadcast_shapes(x, shape) != shape:
        raise ValueError(f"cannot broadcast {x} to {shape}")
    return shape


# fmt: off
ROWS = (
    moving("reshape", lambda x, shape: np.reshape(x, shape), reshaped, (lambda y_bar, y, x, shape: np.reshape(y_bar, np.shape(x)),),
           r"\operatorname{{reshape}} {0}", batch=batch_by(lambda x, shape: {"shape": (np.shape(x)[0], *shape)}),
           samples=(Sample(((2, 3),), {"shape": (3, 2)}), Sample(((4,),), {"shape": (2, 1, 2)}), Sample(((1,),), {"shape": ()}))),
    moving("transpose", np.transpose, moved, (lambda y_bar, y, x, axes: np.transpose(y_bar, inverse_permutation(axes)),),
           r"{0}^{{\mathsf T}}", batch=batch_by(lambda x, axes: {"axes": (0, *(a + 1 for a in axes))}),
           samples=(Sample(((2, 3),), {"axes": (1, 0)}), Sample(((2, 3, 4),), {"axes": (2, 0, 1)}))),
    moving("broadcast_to", np.broadcast_to, stretched, (lambda y_bar, y, x, shape: unbroadcast(y_bar, np.shape(x)),),
           r"\operatorname{{broadcast}} {0}", batch=batch_broadcast_to,
           samples=(Sample(((3, 1),), {"shape": (2, 3, 4)}), Sample(((),), {"shape": (2,)}))),
    GETITEM,
    SCATTER_ADD,
    moving("concatenate", concatenate, concatenate_shape, concatenate_vjp, r"\left[ {args} \right]", linear="together", batch=batch_concatenate,
           samples=(Sample(((2, 3), (1, 3), (2, 3)), {"axis": 0}), Sample(((2, 1), (2, 2)), {"axis": 1}))),
    moving("pad", pad, pad_shape, (lambda y_bar, y, x, widths: as_number(y_bar, y)[tuple(slice(before, before + n) for (before, _), n in zip(widths, np.shape(x), strict=True))],),
           r"\operatorname{{pad}} {0}", batch=batch_by(lambda x, widths: {"widths": ((0, 0), *widths)}),
           samples=(Sample(((2, 3),), {"widths": ((1, 0), (2, 1))}),)),
)
# fmt: on

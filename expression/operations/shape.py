"""Moving data: reshape, transpose, broadcast, concatenate, pad, index. All linear, and free of flops.

An `index` is a tuple of plain items, so that it can be hashed, printed and written as JSON: an int, None for a new
axis, (start, stop, step) for a slice, and "array" for an integer array, which is the next operand.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from expression.operations.broadcasting import batch_by, unbroadcast
from expression.operations.operation import Array, Operation, Rule, Sample, Shape, apply, first, no_work


def numpy_index(items: Sequence[Any], arrays: Sequence[Any]) -> tuple[Any, ...]:
    """The index that NumPy takes, its arrays put back."""
    left = iter(arrays)
    return tuple(
        next(left) if item == "array" else slice(*item) if isinstance(item, tuple) else item for item in items
    )


def getitem(x: Array, *arrays: Array, index: tuple[Any, ...]) -> Array:
    """x[index]."""
    return x[numpy_index(index, arrays)]


def getitem_shape(shape: Shape, *arrays: Shape, index: tuple[Any, ...]) -> Shape:
    """The shape of x[index], from a stand-in that owns a single byte."""
    stand_in = np.broadcast_to(np.zeros((), dtype=np.bool_), shape)
    result: Shape = stand_in[numpy_index(index, [np.zeros(s, dtype=np.intp) for s in arrays])].shape
    return result


def scatter_add(x: Array, *arrays: Array, index: tuple[Any, ...], shape: Shape) -> Array:
    """Zeros of that shape with x added in at the index: the transpose of getitem."""
    y = np.zeros(shape, dtype=np.asarray(x).dtype)
    if arrays:
        np.add.at(y, numpy_index(index, arrays), x)
    else:
        y[numpy_index(index, arrays)] += x
    return y


def pad(x: Array, *, widths: tuple[tuple[int, int], ...]) -> Array:
    """X with zeros around it."""
    y = np.zeros(pad_shape(np.shape(x), widths=widths), dtype=np.asarray(x).dtype)
    y[tuple(slice(before, before + n) for (before, _), n in zip(widths, np.shape(x), strict=True))] = x
    return y


def pad_shape(shape: Shape, *, widths: tuple[tuple[int, int], ...]) -> Shape:
    """The shape with its borders."""
    return tuple(n + before + after for n, (before, after) in zip(shape, widths, strict=True))


def concatenate(*parts: Array, axis: int) -> Array:
    """Join along an existing axis."""
    return np.concatenate(parts, axis=axis)


def concatenate_shape(*shapes: Shape, axis: int) -> Shape:
    """The lengths along the axis add up."""
    head, *tail = shapes
    for s in tail:
        if s[:axis] + s[axis + 1 :] != head[:axis] + head[axis + 1 :]:
            raise ValueError(f"shapes {head} and {s} differ off axis {axis}")
    return (*head[:axis], sum(s[axis] for s in shapes), *head[axis + 1 :])


def concatenate_vjp(k: int, y_bar: Array, y: Array, *parts: Array, axis: int) -> Array:
    """The piece of the cotangent that lies where part k was put."""
    start = sum(np.shape(p)[axis] for p in parts[:k])
    return y_bar[(slice(None),) * axis + (slice(start, start + np.shape(parts[k])[axis]),)]


def inverse_permutation(axes: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes axes."""
    return tuple(int(i) for i in np.argsort(axes))


def batch_getitem(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """Put a full slice in front; where arrays lie apart NumPy moves axes, so that goes entry by entry."""
    items = parameters["index"]
    places = [i for i, item in enumerate(items) if item == "array" or isinstance(item, int)]
    together = "array" not in items or places == list(range(places[0], places[-1] + 1))
    if any(batched[1:]) or not together:
        return NotImplemented
    n = np.shape(operands[0])[0]
    changed = {**parameters, "index": ((0, n, 1), *items)}
    if "shape" in parameters:
        changed["shape"] = (n, *parameters["shape"])
    return apply(operation, operands, tuple(sorted(changed.items())))


def batch_concatenate(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """Give every part the batch axis."""
    n = next(np.shape(x)[0] for x, b in zip(operands, batched, strict=True) if b)
    parts = [x if b else np.broadcast_to(x, (n, *np.shape(x))) for x, b in zip(operands, batched, strict=True)]
    return apply(operation, parts, (("axis", parameters["axis"] + 1),))


def batch_broadcast_to(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """Insert the missing axes behind the batch axis first."""
    n, *rest = np.shape(operands[0])
    shape = parameters["shape"]
    aligned = np.reshape(operands[0], (n, *(1,) * (len(shape) - len(rest)), *rest))
    return apply(operation, (aligned,), (("shape", (n, *shape)),))


def moving(name: str, forward: Rule, shape: Rule, vjps: Any, latex: str, **columns: Any) -> Operation:
    """Make a row of the family that moves data."""
    defaults: dict[str, Any] = {"linear": "each", "work": no_work}
    return Operation(name, forward, shape, vjps=vjps, latex=latex, **{**defaults, **columns})


def moved(shape: Shape, *, axes: tuple[int, ...]) -> Shape:
    """The shape after a transpose."""
    return tuple(shape[a] for a in axes)


def given(x: Shape, *arrays: Shape, **parameters: Any) -> Shape:
    """The shape that the parameters name."""
    result: Shape = parameters["shape"]
    return result


def reshaped(x: Shape, *, shape: Shape) -> Shape:
    """The new shape, which must hold as many entries."""
    if prod(x) != prod(shape):
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
    moving("getitem", getitem, getitem_shape, lambda k, y_bar, y, x, *arrays, index: apply(SCATTER_ADD, (y_bar, *arrays), (("index", index), ("shape", np.shape(x)))) if k == 0 else 0.0,
           r"{0}", dtype=first, batch=batch_getitem,
           samples=(Sample(((4, 3),), {"index": (1,)}), Sample(((4, 3),), {"index": ((0, 4, 2), None, 2)}), Sample(((5,),), {"index": ((4, None, -1),)}),
                    Sample(((4, 3), (5,)), {"index": ("array",)}, {1: [0, 3, 3, 1, 0]}), Sample(((4, 3, 2), (2,), (2,)), {"index": ("array", (0, 3, 1), "array")}, {1: [0, 3], 2: [1, 1]}))),
    moving("scatter_add", scatter_add, given, lambda k, y_bar, y, x, *arrays, index, shape: apply(GETITEM, (y_bar, *arrays), (("index", index),)) if k == 0 else 0.0,
           r"\operatorname{{scatter}} {0}", dtype=first, batch=batch_getitem, work=lambda shape, *rest, out, **p: prod(shape),
           samples=(Sample(((3,),), {"index": (1,), "shape": (4, 3)}), Sample(((5, 3), (5,)), {"index": ("array",), "shape": (4, 3)}, {1: [0, 3, 3, 1, 0]}))),
    moving("concatenate", concatenate, concatenate_shape, concatenate_vjp, r"\left[ {args} \right]", linear="together", batch=batch_concatenate,
           samples=(Sample(((2, 3), (1, 3), (2, 3)), {"axis": 0}), Sample(((2, 1), (2, 2)), {"axis": 1}))),
    moving("pad", pad, pad_shape, (lambda y_bar, y, x, widths: y_bar[tuple(slice(before, before + n) for (before, _), n in zip(widths, np.shape(x), strict=True))],),
           r"\operatorname{{pad}} {0}", batch=batch_by(lambda x, widths: {"widths": ((0, 0), *widths)}),
           samples=(Sample(((2, 3),), {"widths": ((1, 0), (2, 1))}),)),
)
# fmt: on
GETITEM = next(row for row in ROWS if row.name == "getitem")
SCATTER_ADD = next(row for row in ROWS if row.name == "scatter_add")

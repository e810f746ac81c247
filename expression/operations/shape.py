"""Moving data: reshape, transpose, broadcast, concatenate, pad, index. All linear, and free of flops.

An `index` is a tuple of plain items, so that it can be hashed, printed and written as JSON: an int, None for a new
axis, (start, stop, step) for a slice, and "array" for an integer array, which is the next operand.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from expression.operations.broadcasting import batch_by, unbroadcast, with_rank
from expression.operations.literals import as_number
from expression.operations.operation import Array, Operation, Rule, Sample, Shape, apply, check_axes, first, no_work


def numpy_index(items: Sequence[Any], arrays: Sequence[Any]) -> tuple[Any, ...]:
    """The index that NumPy takes, its arrays put back."""
    left = iter(arrays)
    return tuple(next(left) if item == "array" else slice(*item) if isinstance(item, tuple) else item for item in items)


def getitem(x: Array, *arrays: Array, index: tuple[Any, ...]) -> Array:
    """x[index]."""
    return x[numpy_index(index, arrays)]


def getitem_shape(shape: Shape, *arrays: Shape, index: tuple[Any, ...]) -> Shape:
    """The shape of x[index], by NumPy's rule: arrays that stand together leave their axes in their place, else in front."""
    if index.count("array") != len(arrays) or len(index) - index.count(None) > len(shape):
        raise ValueError(f"index {index} does not fit {len(arrays)} arrays and shape {shape}")
    lengths: list[tuple[int, int]] = []  # (place in the index, length) of each axis that a slice or None leaves
    left = iter(shape)
    for place, item in enumerate(index):
        n = 1 if item is None else next(left)
        if isinstance(item, tuple):
            lengths.append((place, len(range(*slice(*item).indices(n)))))
        elif item is None:
            lengths.append((place, n))
        elif item != "array" and not 0 <= item < n:
            raise IndexError(f"index {item} is out of bounds for an axis of length {n}")
    lengths += [(len(index), n) for n in left]
    places = [k for k, item in enumerate(index) if item == "array" or isinstance(item, int)] if arrays else [0]
    first_place = places[0] if places[-1] - places[0] + 1 == len(places) else 0
    before = tuple(n for place, n in lengths if place < first_place)
    after = tuple(n for place, n in lengths if place >= first_place)
    return (*before, *np.broadcast_shapes(*arrays), *after)


class Piece(NamedTuple):
    """One addend of a scatter: which operand it is, where it goes, and which operands are its index arrays."""

    operand: int
    items: tuple[Any, ...]
    arrays: tuple[int, ...]


def pieces(indices: Sequence[tuple[Any, ...]]) -> list[Piece]:
    """The operands of a scatter, sorted out: each piece is followed by the arrays of its index."""
    found: list[Piece] = []
    place = 0
    for items in indices:
        count = items.count("array")
        found.append(Piece(place, items, tuple(range(place + 1, place + 1 + count))))
        place += 1 + count
    return found


def scatter_add(*operands: Array, indices: tuple[tuple[Any, ...], ...], shape: Shape) -> Array:
    """Zeros of that shape with every piece added in at its index: the transpose of taking them out."""
    places = pieces(indices)
    y = np.zeros(shape, dtype=np.result_type(*(np.asarray(operands[p.operand]).dtype for p in places)))
    for p in places:
        where = numpy_index(p.items, [operands[a] for a in p.arrays])
        if p.arrays:
            np.add.at(y, where, operands[p.operand])
        else:
            y[where] += operands[p.operand]
    return y


def scatter_shape(*shapes: Shape, indices: tuple[tuple[Any, ...], ...], shape: Shape) -> Shape:
    """The shape that the parameters name, in which there is room for every piece at its index."""
    places = pieces(indices)
    if not places or len(shapes) != sum(1 + len(p.arrays) for p in places) or any(n < 0 for n in shape):
        raise ValueError(f"{len(shapes)} operands do not fit {len(indices)} indices into {shape}")
    for p in places:
        room = getitem_shape(shape, *(shapes[a] for a in p.arrays), index=p.items)
        if np.broadcast_shapes(shapes[p.operand], room) != room:
            raise ValueError(f"{shapes[p.operand]} does not fit into the {room} that {p.items} picks from {shape}")
    return shape


def of_pieces(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of the pieces: floats, or where there are none that of the first; index arrays do not count."""
    floats = [d for d in dtypes if d.kind in "fc"]
    return np.result_type(*floats) if floats else dtypes[0]


def scatter_work(*shapes: Shape, out: Shape, indices: tuple[tuple[Any, ...], ...], shape: Shape) -> int:
    """An addition wherever a piece meets an earlier one; into zeros it only moves. Index arrays count in full."""
    met = 0
    filled = np.zeros(shape, dtype=np.bool_)
    for p in pieces(indices):
        if p.arrays:
            met += prod(shapes[p.operand])
            continue
        where = numpy_index(p.items, ())
        met += int(np.count_nonzero(filled[where]))
        filled[where] = True
    return met


def scatter_vjp(k: int, y_bar: Array, y: Array, *operands: Array, indices: tuple[Any, ...], shape: Shape) -> Array:
    """The cotangent, taken out where piece k was added in."""
    for p in pieces(indices):
        if p.operand == k:
            taken = apply(GETITEM, (as_number(y_bar, y), *(operands[a] for a in p.arrays)), (("index", p.items),))
            return unbroadcast(taken, np.shape(operands[k]))
    return 0.0


def scatter_jvp(k: int, x_dot: Array, y: Array, *operands: Array, indices: tuple[Any, ...], shape: Shape) -> Array:
    """Piece k alone, with its tangent."""
    for p in pieces(indices):
        if p.operand == k:
            given = (x_dot, *(operands[a] for a in p.arrays))
            return apply(SCATTER_ADD, given, (("indices", (p.items,)), ("shape", shape)))
    return 0.0


def getitem_vjp(k: int, y_bar: Array, y: Array, x: Array, *arrays: Array, index: tuple[Any, ...]) -> Array:
    """The cotangent, added into zeros where it was taken out."""
    if k > 0:
        return 0.0
    return apply(SCATTER_ADD, (y_bar, *arrays), (("indices", (index,)), ("shape", np.shape(x))))


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


def inverse_permutation(axes: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes axes."""
    return tuple(int(i) for i in np.argsort(axes))


def stays_in_place(items: Sequence[Any]) -> bool:
    """Whether an axis may be put in front of an index: where its arrays lie apart, NumPy moves their axes there."""
    places = [i for i, item in enumerate(items) if item == "array" or isinstance(item, int)]
    return "array" not in items or places == list(range(places[0], places[-1] + 1))


def batch_getitem(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """Put a full slice in front."""
    items = parameters["index"]
    if any(batched[1:]) or not stays_in_place(items):
        return NotImplemented
    return apply(operation, operands, (("index", ((0, np.shape(operands[0])[0], 1), *items)),))


def batch_scatter_add(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """Put a full slice in front of every index; a piece without a batch axis goes to every point alike."""
    indices, shape = parameters["indices"], parameters["shape"]
    places = pieces(indices)
    if any(batched[a] for p in places for a in p.arrays) or not all(stays_in_place(p.items) for p in places):
        return NotImplemented
    n = next(np.shape(x)[0] for x, b in zip(operands, batched, strict=True) if b)
    moved_pieces = list(operands)
    for p in places:
        x, room = operands[p.operand], getitem_shape(shape, *(np.shape(operands[a]) for a in p.arrays), index=p.items)
        if batched[p.operand]:
            moved_pieces[p.operand] = with_rank(x, len(room) + 1)
        elif "array" in p.items:
            moved_pieces[p.operand] = np.broadcast_to(x, (n, *room))
    inside = tuple(((0, n, 1), *items) for items in indices)
    return apply(operation, moved_pieces, (("indices", inside), ("shape", (n, *shape))))


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
    moving("getitem", getitem, getitem_shape, getitem_vjp, r"{0}", dtype=first, batch=batch_getitem,
           samples=(Sample(((4, 3),), {"index": (1,)}), Sample(((4, 3),), {"index": ((0, 4, 2), None, 2)}), Sample(((5,),), {"index": ((4, None, -1),)}),
                    Sample(((4, 3), (5,)), {"index": ("array",)}, {1: [0, 3, 3, 1, 0]}), Sample(((4, 3, 2), (2,), (2,)), {"index": ("array", (0, 3, 1), "array")}, {1: [0, 3], 2: [1, 1]}))),
    moving("scatter_add", scatter_add, scatter_shape, scatter_vjp, r"\operatorname{{scatter}}\left({args}\right)", linear=None, jvps=scatter_jvp, dtype=of_pieces, batch=batch_scatter_add, work=scatter_work,
           samples=(Sample(((3,),), {"indices": ((1,),), "shape": (4, 3)}), Sample(((5, 3), (5,)), {"indices": (("array",),), "shape": (4, 3)}, {1: [0, 3, 3, 1, 0]}),
                    Sample(((), (2,), ()), {"indices": ((2,), ((0, 3, 2),), (2,)), "shape": (4,)}),
                    Sample(((2, 3), (2,), (3,)), {"indices": (("array",), (1,)), "shape": (4, 3)}, {1: [3, 3]}))),
    moving("concatenate", concatenate, concatenate_shape, concatenate_vjp, r"\left[ {args} \right]", linear="together", batch=batch_concatenate,
           samples=(Sample(((2, 3), (1, 3), (2, 3)), {"axis": 0}), Sample(((2, 1), (2, 2)), {"axis": 1}))),
    moving("pad", pad, pad_shape, (lambda y_bar, y, x, widths: as_number(y_bar, y)[tuple(slice(before, before + n) for (before, _), n in zip(widths, np.shape(x), strict=True))],),
           r"\operatorname{{pad}} {0}", batch=batch_by(lambda x, widths: {"widths": ((0, 0), *widths)}),
           samples=(Sample(((2, 3),), {"widths": ((1, 0), (2, 1))}),)),
)
# fmt: on
GETITEM = next(row for row in ROWS if row.name == "getitem")
SCATTER_ADD = next(row for row in ROWS if row.name == "scatter_add")

"""Taking entries out of an array by an index, and adding them into zeros at one: each is the other's transpose.

An `index` is a tuple of plain items, so that it can be hashed, printed and written as JSON: an int, None for a new
axis, (start, stop, step) for a slice, and "array" for an integer array, which is the next operand.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from expression.operations.broadcasting import batch_length, unbroadcast, with_rank
from expression.operations.literals import as_number
from expression.operations.operation import Array, Operation, Sample, Shape, apply, first, no_work


def numpy_index(items: Sequence[Any], arrays: Sequence[Any]) -> tuple[Any, ...]:
    """The index that NumPy takes, its arrays put back."""
    left = iter(arrays)
    return tuple(next(left) if item == "array" else slice(*item) if isinstance(item, tuple) else item for item in items)


def getitem(x: Array, *arrays: Array, index: tuple[Any, ...]) -> Array:
    """x[index]."""
    return x[numpy_index(index, arrays)]


def getitem_shape(shape: Shape, *arrays: Shape, index: tuple[Any, ...]) -> Shape:
    """The shape of x[index], by NumPy's rule: arrays that stand together leave their axes in place, else in front."""
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


def inverse_permutation(axes: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes axes."""
    return tuple(int(i) for i in np.argsort(axes))


# -- below a batch axis ------------------------------------------------------------------------------------------------


class Below(NamedTuple):
    """An index below a batch axis, and where the axes of what it picks belong: a transpose, or None where they do."""

    items: tuple[Any, ...]
    arrays: tuple[Array, ...]
    order: tuple[int, ...] | None


def below(
    items: tuple[Any, ...], arrays: Sequence[Array], batched: Sequence[bool], n: int, whole: bool, axes: int
) -> Below:
    """The index that picks at each of n points what `items` picks at one: `axes` axes.

    `whole` says whether there is a batch axis in front of the axes that are indexed; `batched`, which index arrays have
    one: these say an entry for each point, so the points are counted off beside them. With k axes before those of the
    arrays, NumPy leaves batch, arrays, k; or k, batch, arrays where only they have it; where they lie apart it puts
    theirs first, and the batch behind. The order wanted is always batch, k, arrays.
    """
    rank = max((np.ndim(a) - b for a, b in zip(arrays, batched, strict=True)), default=0)
    places = [k for k, item in enumerate(items) if item == "array" or isinstance(item, int)] if arrays else []
    apart = bool(places) and places[-1] - places[0] + 1 != len(places)
    k = places[0] if places and not apart else 0
    if True not in batched:
        behind = (rank, *range(rank), *range(rank + 1, axes + 1))
        return Below(((0, n, 1), *items), tuple(arrays), behind if apart else None)
    lined_up = tuple([with_rank(a, rank + 1) if b else a for a, b in zip(arrays, batched, strict=True)])
    if not whole:
        return Below(items, lined_up, (k, *range(k), *range(k + 1, axes + 1)) if k else None)
    points = np.reshape(np.arange(n), (n, *(1,) * rank))
    order = (0, *range(rank + 1, rank + 1 + k), *range(1, rank + 1), *range(rank + 1 + k, axes + 1))
    return Below(("array", *items), (points, *lined_up), order if k else None)


def batch_getitem(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """Pick below the batch axis of the operand, or with each point's own index."""
    x, *arrays = operands
    items = parameters["index"]
    n = batch_length(operands, batched)
    shapes = [np.shape(v)[b:] for v, b in zip(operands, batched, strict=True)]
    axes = len(getitem_shape(*shapes, index=items))
    inside = below(items, arrays, batched[1:], n, batched[0], axes)
    y = apply(operation, (x, *inside.arrays), (("index", inside.items),))
    return y if inside.order is None else np.transpose(y, inside.order)


def batch_scatter_add(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """Add every piece in below the batch axis; one without a batch axis goes to every point alike."""
    indices, shape = parameters["indices"], parameters["shape"]
    n = batch_length(operands, batched)
    given: list[Array] = []
    inner = []
    for p in pieces(indices):
        x, arrays, flags = operands[p.operand], [operands[a] for a in p.arrays], [batched[a] for a in p.arrays]
        shapes = [np.shape(a)[b:] for a, b in zip(arrays, flags, strict=True)]
        room = getitem_shape(shape, *shapes, index=p.items)
        inside = below(p.items, arrays, flags, n, True, len(room))
        if batched[p.operand]:
            x = with_rank(x, len(room) + 1)
        elif arrays:
            x = np.broadcast_to(x, (n, *room))
        if inside.order is not None:
            x = np.transpose(x, inverse_permutation(inside.order))
        given += [x, *inside.arrays]
        inner.append(inside.items)
    return apply(operation, given, (("indices", tuple(inner)), ("shape", (n, *shape))))


GETITEM = Operation(
    "getitem",
    getitem,
    getitem_shape,
    dtype=first,
    vjps=getitem_vjp,
    linear="each",
    latex=r"{0}",
    work=no_work,
    batch=batch_getitem,
    samples=(
        Sample(((4, 3),), {"index": (1,)}),
        Sample(((4, 3),), {"index": ((0, 4, 2), None, 2)}),
        Sample(((5,),), {"index": ((4, None, -1),)}),
        Sample(((4, 3), (5,)), {"index": ("array",)}, {1: [0, 3, 3, 1, 0]}),
        Sample(((4, 3, 2), (2,), (2,)), {"index": ("array", (0, 3, 1), "array")}, {1: [0, 3], 2: [1, 1]}),
    ),
)
SCATTER_ADD = Operation(
    "scatter_add",
    scatter_add,
    scatter_shape,
    dtype=of_pieces,
    vjps=scatter_vjp,
    jvps=scatter_jvp,
    latex=r"\operatorname{{scatter}}\left({args}\right)",
    work=scatter_work,
    batch=batch_scatter_add,
    samples=(
        Sample(((3,),), {"indices": ((1,),), "shape": (4, 3)}),
        Sample(((5, 3), (5,)), {"indices": (("array",),), "shape": (4, 3)}, {1: [0, 3, 3, 1, 0]}),
        Sample(((), (2,), ()), {"indices": ((2,), ((0, 3, 2),), (2,)), "shape": (4,)}),
        Sample(((2, 3), (2,), (3,)), {"indices": (("array",), (1,)), "shape": (4, 3)}, {1: [3, 3]}),
    ),
)

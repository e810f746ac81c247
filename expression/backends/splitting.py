"""The step of a loop in pieces that may stand apart: parts of what was put together, factors that depend on no carry.

    f(concatenate(x, h))[:n]    f(x), where f is elementwise: the gates of a layer that do not read its state
    concatenate(x, h) @ W       x @ W[:n] + h @ W[n:]
    (bar * a) * b               bar * (a * b): the derivative of a gate, for all steps at once

Regrouped products are equal up to rounding, except near the ends of the floats.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from expression.backends.rewriting import CONCATENATE, DIV, GETITEM, MATMUL, MUL, NEG, SCATTER_ADD
from expression.nodes import Expression, Node
from expression.operations.indexing import pieces
from expression.operations.operation import Array, Shape
from expression.operations.structured import Layout
from expression.rewriting import rewritten
from expression.tracing import Trace

Items = tuple[Any, ...]


def prepared(step: Expression, layout: Layout) -> list[Expression]:
    """The step with its products regrouped, and the same in pieces, where it is put together of some."""
    whole = regrouped(step, layout)
    return [whole, regrouped(split(step), layout)] if any(is_joined(step, node) for node in step.nodes) else [whole]


# -- pieces ------------------------------------------------------------------------------------------------------------


class Joined(NamedTuple):
    """What an array was put together of, along an axis counted from the last: -1 and so on."""

    axis: int
    parts: tuple[Any, ...]

    @property
    def edges(self) -> list[int]:
        """Where parts begin and end."""
        found = [0]
        for part in self.parts:
            found.append(found[-1] + part.shape[self.axis])
        return found


def is_joined(e: Expression, node: Node) -> bool:
    """Whether a node puts arrays together, end to end."""
    if node.operation is CONCATENATE:
        return True
    return node.operation is SCATTER_ADD and in_order(node, [e.nodes[j].shape for j in node.operands]) is not None


def split(e: Expression) -> Expression:
    """The same function; operations are done on the parts of what was put together, as long as that is possible."""
    found: dict[int, Joined] = {}  # position of an array -> its parts

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        joined = [found.get(v.position) for v in x]
        parts: Joined | None = None
        if node.operation is CONCATENATE:
            axis = dict(node.parameters)["axis"] - len(node.shape)
            parts = Joined(axis, tuple([part for v in x for part in parts_of(found, v, axis) if part.shape[axis]]))
        elif node.operation is SCATTER_ADD:
            order = in_order(node, [v.shape for v in x])
            if order is not None:
                axis, places = order
                parts = Joined(axis, tuple([part for k in places for part in parts_of(found, x[k], axis)]))
        elif any(joined) and node.operation.elementwise:
            parts = each(recording, node, x, joined)
        elif any(joined) and node.operation is MATMUL:
            y = product(x, joined)
            return recording.record(MATMUL, x, node.parameters) if y is None else y
        elif joined[:1] != [None] and node.operation is GETITEM and len(x) == 1:
            parts = None if joined[0] is None else taken(joined[0], dict(node.parameters)["index"])
        if parts is None or not parts.parts:
            return recording.record(node.operation, x, node.parameters)
        if len(parts.parts) == 1:
            return parts.parts[0]
        whole: Any = np.concatenate(parts.parts, axis=parts.axis)  # it falls away where nobody reads it as a whole
        found[whole.position] = parts
        return whole

    return rewritten(e, write)


def parts_of(found: dict[int, Joined], x: Any, axis: int) -> tuple[Any, ...]:
    """The parts of an array along an axis; itself, where it has none."""
    joined = found.get(x.position)
    return joined.parts if joined is not None and joined.axis == axis else (x,)


def in_order(node: Node, shapes: list[Shape]) -> tuple[int, list[int]] | None:
    """Along which axis the pieces of a scatter stand end to end, and in which order; None where they do not."""
    parameters = dict(node.parameters)
    found = []
    for piece in pieces(parameters["indices"]):
        full = [(0, n, 1) for n in node.shape]
        items = [*piece.items, *full[len(piece.items) :]]
        cut = [k for k, item in enumerate(items) if item != full[k]] if len(items) == len(full) else []
        if len(cut) != 1 or not isinstance(items[cut[0]], tuple) or items[cut[0]][2] != 1:
            return None
        start, stop, _ = items[cut[0]]
        room = (*node.shape[: cut[0]], stop - start, *node.shape[cut[0] + 1 :])
        if shapes[piece.operand] != room:
            return None
        found.append((start, stop, cut[0], piece.operand))
    found.sort()
    axes = {axis for _, _, axis, _ in found}
    ends = [0, *(stop for _, stop, _, _ in found)]
    if len(axes) != 1 or [start for start, _, _, _ in found] != ends[:-1] or ends[-1] != node.shape[found[0][2]]:
        return None
    return found[0][2] - len(node.shape), [operand for _, _, _, operand in found]


def cut(x: Any, axis: int, edges: list[int], joined: Joined | None) -> list[Any]:
    """An array in parts with these edges; where it has length 1 along the axis, itself for each."""
    if len(x.shape) < -axis or x.shape[axis] != edges[-1]:
        return [x] * (len(edges) - 1)
    own = Joined(axis, (x,)) if joined is None else joined
    return [between(own, a, b)[0] for a, b in pairwise(edges)]


def between(joined: Joined, start: int, stop: int) -> list[Any]:
    """The parts that lie between two edges."""
    found = []
    for part, (a, b) in zip(joined.parts, pairwise(joined.edges), strict=True):
        low, high = max(a, start), min(b, stop)
        if low < high:
            inside = (slice(None),) * (len(part.shape) + joined.axis) + (slice(low - a, high - a),)
            found.append(part if (low, high) == (a, b) else part[inside])
    return found


def each(recording: Trace, node: Node, x: list[Any], joined: list[Joined | None]) -> Joined | None:
    """An elementwise operation on each part."""
    known = [j for j in joined if j is not None]
    axis = known[0].axis
    if any(j.axis != axis or j.edges[-1] != node.shape[axis] for j in known):
        return None
    edges = sorted({edge for j in known for edge in j.edges})
    columns = [cut(v, axis, edges, j) for v, j in zip(x, joined, strict=True)]
    return Joined(
        axis, tuple([recording.record(node.operation, row, node.parameters) for row in zip(*columns, strict=True)])
    )


def product(x: list[Any], joined: list[Joined | None]) -> Array | None:
    """The sum of the products of parts, where rows or columns that are multiplied were put together."""
    a, b = x
    along = -1 if len(b.shape) == 1 else -2
    if len(a.shape) > 2 or len(b.shape) > 2:
        return None
    left = joined[0] if joined[0] is not None and joined[0].axis == -1 else None
    right = joined[1] if joined[1] is not None and joined[1].axis == along else None
    edges = sorted({edge for j in (left, right) if j is not None for edge in j.edges})
    if not edges:
        return None
    total: Any = None
    for part, other in zip(cut(a, -1, edges, left), cut(b, along, edges, right), strict=True):
        total = part @ other if total is None else total + part @ other
    return total


def taken(joined: Joined, index: Items) -> Joined | None:
    """The parts of what a slice takes out; None where the index is anything else."""
    rank = len(joined.parts[0].shape)
    place = rank + joined.axis
    if any(not isinstance(item, tuple) for item in index):
        return None
    others = [slice(*item) for item in index]
    if len(index) <= place:
        return Joined(joined.axis, tuple([part[tuple(others)] for part in joined.parts]))
    start, stop, step = index[place]
    if step != 1 or start >= stop:
        return None
    others[place] = slice(None)
    moved = any(
        item != (0, n, 1) for k, (item, n) in enumerate(zip(index, joined.parts[0].shape, strict=False)) if k != place
    )
    parts = between(joined, start, stop)
    return Joined(joined.axis, tuple([part[tuple(others)] for part in parts] if moved else parts))


# -- products ----------------------------------------------------------------------------------------------------------


def regrouped(e: Expression, layout: Layout) -> Expression:
    """The same function; what depends on a carry is multiplied last, by all factors that do not at once."""
    first = layout.constants
    moving: set[int] = set()  # positions of what depends on a carry
    factors: dict[int, tuple[Any, Any]] = {}  # position of c * f, where c alone depends on a carry -> c, f

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        moving.update(i.position for i in recording.inputs[first : first + len(layout.carries)])
        moves = [v.position in moving for v in x]
        y = None
        if any(moves) and node.dtype.kind == "f" and all(v.dtype == node.dtype for v in x):
            known = factors.get(x[moves.index(True)].position)
            if node.operation in (MUL, DIV) and moves != [True, True] and (node.operation is MUL or moves[0]):
                core, factor = known or (x[moves.index(True)], None)
                other = x[moves.index(False)]
                if factor is not None:
                    other = recording.record(node.operation, (factor, other), ())
                y = recording.record(MUL if factor is not None else node.operation, (core, other), ())
                if node.operation is MUL or factor is not None:
                    factors.setdefault(y.position, (core, other))
            elif node.operation is NEG and known is not None:
                core, factor = known[0], -known[1]
                y = core * factor
                factors.setdefault(y.position, (core, factor))
            if y is not None and y.shape != node.shape:
                y = None
        if y is None:
            y = recording.record(node.operation, x, node.parameters)
        if any(moves):
            moving.add(y.position)
        return y

    return rewritten(e, write)

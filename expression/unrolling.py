"""Loops and branches written out as plain nodes, for whoever wants to see or count every step."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from expression.errors import SizeLimitError
from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Array, Shape, shape_of
from expression.operations.programs import programs_of
from expression.operations.structured import COND, SCAN, layout_of
from expression.operations.vectors import joined
from expression.structure import unflatten
from expression.tracing import Trace

LIMIT = 1_000_000  # nodes


def unroll(e: Expression, limit: int | None = LIMIT) -> Expression:
    """The same function with every `scan` written out step by step, and every `cond` as both branches and a selection.

    Raises SizeLimitError, with the size, which is known beforehand, where that makes more than `limit` nodes; None is
    no limit.

    >>> from expression import scan, trace
    >>> print(unroll(trace(lambda x: scan(lambda c, t: (c * c, None), x, length=3)[0], 2.0)))
    x -> v3
      v0 = input x
      v1 = mul(v0, v0)
      v2 = mul(v1, v1)
      v3 = mul(v2, v2)
    """
    if not any(node.operation.programs for node in e.nodes):
        return e
    size = unrolled_size(e)
    if limit is not None and size > limit:
        raise SizeLimitError(
            f"unroll would write {size:,} nodes, the limit is {limit:,}; shorten the loop, or raise limit="
        )
    writer = Trace()
    inputs = [writer.input(i.name, e.nodes[i.position].shape, e.nodes[i.position].dtype, i.role) for i in e.inputs]
    outputs = [whole(y) for y in written(writer, e, inputs)]
    results = unflatten(e.results, [writer.own(y, None) for y in outputs])
    return writer.expression(unflatten(e.arguments, inputs), results)


def unrolled_size(e: Expression) -> int:
    """How many nodes a loop has that is written out: those of its step for every step."""
    total = 0
    for node in e.nodes:
        runs = dict(node.parameters)["length"] if node.operation is SCAN else 1
        total += 1 + runs * sum(unrolled_size(program) for program in programs_of(node.parameters))
    return total


class Pieced:
    """An array as the pieces that its entries come from, one after the other: taken apart again, it costs no node."""

    def __init__(self, pieces: Sequence[Array], shape: Shape) -> None:
        """The pieces, ravelled and joined, make an array of this shape."""
        self.pieces = list(pieces)
        self.shape = shape

    @property
    def joined(self) -> Array:
        """The array, as nodes."""
        return np.reshape(joined(self.pieces) if self.pieces else np.zeros(0), self.shape)

    def part(self, index: Any) -> Any:
        """The part at an integer or a slice of the first axis, where it is made of whole pieces; else None."""
        each = prod(self.shape[1:])
        sizes = {prod(shape_of(x)) for x in self.pieces}
        if sizes == {each} and len(self.pieces) == self.shape[0]:
            if isinstance(index, int):
                return np.reshape(self.pieces[index], self.shape[1:])
            found = self.pieces[slice(*index)]
            return Pieced(found, (len(found), *self.shape[1:]))
        if len(self.shape) > 1:
            return None
        start, stop, step = (index, index + 1, 1) if isinstance(index, int) else slice(*index).indices(self.shape[0])
        found, place = [], 0
        for piece in self.pieces:
            size = prod(shape_of(piece))
            if start <= place and place + size <= stop:
                found.append(piece)
            place += size
        if step != 1 or sum(prod(shape_of(x)) for x in found) != stop - start:
            return None
        return np.reshape(found[0], ()) if isinstance(index, int) else Pieced(found, (stop - start,))


def whole(x: Any) -> Array:
    """An array as a node."""
    return x.joined if isinstance(x, Pieced) else x


def entry(x: Any, t: int) -> Array:
    """x[t]."""
    found = x.part(t) if isinstance(x, Pieced) else None
    return whole(x)[t] if found is None else found


def written(writer: Trace, e: Expression, inputs: Sequence[Any]) -> list[Any]:
    """The outputs of an expression whose nodes are written down, loops and branches step by step."""
    values: list[Any] = [None] * len(e.nodes)
    for i, x in zip(e.inputs, inputs, strict=True):
        values[i.position] = x
    for position, node in enumerate(e.nodes):
        writer.line = node.line
        if node.operation is CONSTANT:
            values[position] = node.constant
        elif node.operation is not INPUT:
            values[position] = written_node(writer, node, [values[j] for j in node.operands])
    return [values[j] for j in e.outputs]


def written_node(writer: Trace, node: Node, x: Sequence[Any]) -> Any:
    """One node; what only takes a joined array apart again is no node."""
    parameters = dict(node.parameters)
    if node.operation is SCAN:
        return written_scan(writer, parameters, x)
    if node.operation is COND:
        outputs = [written(writer, parameters[key].expression, x[1:])[0] for key in ("true", "false")]
        return np.where(x[0], *map(whole, outputs))
    if isinstance(x[0], Pieced):
        if node.operation.name == "reshape":
            return Pieced(x[0].pieces, node.shape)
        if node.operation.name == "getitem" and len(parameters["index"]) == 1 and len(x) == 1:
            found = x[0].part(parameters["index"][0])
            if found is not None:
                return found
    return writer.record(node.operation, [whole(v) for v in x], node.parameters)


def written_scan(writer: Trace, parameters: dict[str, Any], x: Sequence[Any]) -> Pieced:
    """Every step of a loop."""
    layout = layout_of(**parameters)
    step = parameters["step"].expression
    constants, carries, xs = layout.operands(x)
    histories: list[list[Array]] = [[c] for c in map(whole, carries)]
    stacked: list[list[Array]] = [[] for _ in layout.ys]
    sums: list[Any] = [None for _ in layout.sums]
    steps = range(layout.length)
    for t in reversed(steps) if layout.reverse else steps:
        state = [history[-1] for history in histories]
        found = [whole(y) for y in written(writer, step, [*constants, *state, *[entry(v, t) for v in xs]])]
        after, outputs, terms = layout.split(found)
        for history, c in zip(histories, after, strict=True):
            history.append(c)
        for ys, y in zip(stacked, outputs, strict=True):
            ys.append(y)
        sums = [term if total is None else total + term for total, term in zip(sums, terms, strict=True)]
    pieces = [v for column in (*histories, *stacked) for v in (column[::-1] if layout.reverse else column)]
    zeros = [np.zeros(shape, layout.dtype) for shape in layout.sums]
    pieces += [zero if total is None else total for zero, total in zip(zeros, sums, strict=True)]
    return Pieced(pieces, (layout.size,))

"""Sums as products: of two vectors, or with a vector of ones, for which BLAS takes a fraction of the time."""

from collections import Counter
from math import prod
from typing import Any

import numpy as np

from expression.backends.rewriting import ADD, MUL, NEG, SQUARE, SUB, SUM, number, operand
from expression.nodes import Expression, Node
from expression.operations.linear_algebra import rows_of
from expression.rewriting import rewritten
from expression.tracing import Trace

LONG = 1024  # entries: a longer line is summed in pairs, which loses fewer digits than BLAS does
SHORT, MANY = 32, 2**13  # entries of lines, and of all lines, for which einsum beats a product and a sum


def with_dots(e: Expression) -> Expression:
    """The sum of all entries of c x y + d u v + ..., which nobody else reads, is c (x . y) + d (u . v) + ..."""
    readers = Counter([j for node in e.nodes for j in node.operands] + list(e.outputs))

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        if node.operation is SUM and node.shape == () and node.dtype.kind == "f" and x[0].shape:
            terms = products(recording, e, readers, node.operands[0], x[0])
            if terms:
                return summed(terms)
        return recording.record(node.operation, x, node.parameters)

    return rewritten(e, write)


def products(
    recording: Trace, e: Expression, readers: Counter[int], position: int, x: Any
) -> list[tuple[float, Any, Any]]:
    """Triples (c, x, y) of vectors whose products c x y add up to a value; none where it is anything else."""
    pending: list[tuple[float, int, Any]] = [(1.0, position, x)]
    found = []
    while pending:
        c, at, v = pending.pop()
        node, written = e.nodes[at], recording.nodes[v.position]
        if readers[at] > 1 or any(e.nodes[j].dtype != node.dtype for j in node.operands):
            return []
        below = [(j, operand(recording, written, k)) for k, j in enumerate(node.operands)]
        shapes = [y.shape for _, y in below]
        numbers = [number(recording, y) for _, y in below]
        if node.operation is MUL and numbers[0] is not None and shapes[1] == node.shape:
            pending.append((c * float(numbers[0]), *below[1]))
        elif node.operation is MUL and numbers[1] is not None and shapes[0] == node.shape:
            pending.append((c * float(numbers[1]), *below[0]))
        elif any(shape != node.shape for shape in shapes):
            return []
        elif node.operation in (ADD, SUB):
            pending += [(-c if node.operation is SUB else c, *below[1]), (c, *below[0])]
        elif node.operation in (MUL, SQUARE):
            found.append((c, below[0][1], below[-1][1]))
        else:
            return []
    return found


def summed(terms: list[tuple[float, Any, Any]]) -> Any:
    """The sum of c (x . y)."""
    total = None
    for c, x, y in terms:
        dot = np.reshape(x, (-1,)) @ np.reshape(y, (-1,))
        term = dot if c == 1.0 else c * dot
        total = term if total is None else total + term
    return total


def with_sums(e: Expression) -> Expression:
    """Sums over the last axis, or the first ones, are products with ones: BLAS takes less time for short lines."""
    readers = Counter([j for node in e.nodes for j in node.operands] + list(e.outputs))

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        if node.operation is SUM and node.shape and node.dtype.kind == "f" and x[0].dtype == node.dtype:
            y = line_sum(recording, x[0], dict(node.parameters)["axis"], readers[node.operands[0]] == 1)
            if y is not None:
                return y if y.shape == node.shape else np.reshape(y, node.shape)
        return recording.record(node.operation, x, node.parameters)

    return rewritten(e, write)


def line_sum(recording: Trace, x: Any, axis: tuple[int, ...], alone: bool) -> Any:
    """The sum over the last axis or the first ones; None where it is over others, or lines are long or empty."""
    rank, size = len(x.shape), prod(x.shape)
    inside = recording.nodes[x.position]
    if rank < 2 or size == 0:
        return None
    if inside.operation is NEG and alone:
        y = line_sum(recording, operand(recording, inside, 0), axis, alone)
        return None if y is None else -y
    if axis == (rank - 1,) and x.shape[-1] <= LONG:
        if inside.operation in (MUL, SQUARE) and alone and x.shape[-1] <= SHORT and size >= MANY:
            a, b = operand(recording, inside, 0), operand(recording, inside, -1)
            if a.shape == b.shape == x.shape and a.dtype == b.dtype == x.dtype:
                letters = "abcdefghijklmnopqrstuvwxyz"[:rank]
                return np.einsum(f"{letters},{letters}->{letters[:-1]}", a, b)
        return rows_of(x) @ recording.constant(np.ones(x.shape[-1], x.dtype))
    if axis == tuple(range(len(axis))) and len(axis) < rank:
        count = prod(x.shape[: len(axis)])
        rows = np.reshape(x, (count, size // count))
        return recording.constant(np.ones(count, x.dtype)) @ rows
    return None

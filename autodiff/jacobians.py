"""Jacobians: all rows of an output by one reverse sweep, whose adjoints are batched, one entry of a batch for a row."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from autodiff.facades import finished
from autodiff.steps import FLAT, operands_of
from autodiff.tape import Tape
from autodiff.tensor import Tensor
from expression.batched import Batched, at_all_points
from expression.operations.literals import ONE
from expression.operations.operation import Array, Shape, Traced, floating
from expression.structure import deliver, dtype_of, shape_of
from expression.tracing import LEVELS

BLOCK = 64 << 20  # bytes of adjoints that a sweep may hold at once; more rows than fit in it take several sweeps
FLOATS = 40  # steps of Python floats that a sweep goes in the time of one batched step


class Reach(NamedTuple):
    """What a reverse sweep from one node comes by: how many steps of Python floats and of others; what it holds."""

    floats: int
    others: int
    held: int  # the most entries that the adjoints of one row have at once


def jacobian_rows(tape: Tape, y: Array, leaves: Sequence[Array]) -> list[Array]:
    """The partials of one output with respect to the first leaves of a tape, each of shape output + input.

    The seeds are the rows of the identity, as a batch: row r starts as 1 at entry r of y, and each adjoint holds the
    rows side by side from there on. The values and partials, which they share, are read once for all of them.
    """
    shape = shape_of(y)
    if not isinstance(y, Tensor) or y.tape is not tape:  # it depends on none of them
        return [whole((), shape, x) for x in leaves]
    if shape == ():
        found = tape.sweep({y.position: ONE})
        return [finished(found.get(k), x) for k, x in enumerate(leaves)]
    size, dtype = prod(shape), floating(dtype_of(y))
    count = rows_at_once(reach(tape, y.position), size, any(isinstance(x, Traced) for x in leaves))
    blocks = []
    for start in range(0, size, count):
        rows = min(count, size - start)
        seeds = np.reshape(np.eye(rows, size, start, dtype), (rows, *shape))
        blocks.append(swept(tape, y.position, seeds, leaves))
    return [whole([block[k] for block in blocks], shape, x) for k, x in enumerate(leaves)]


def swept(tape: Tape, position: int, seeds: Array, leaves: Sequence[Array]) -> list[Array]:
    """One reverse sweep for some rows: the adjoints of the leaves, the rows in front."""
    if len(seeds) == 1:
        found = tape.sweep({position: seeds[0]})
        return [np.expand_dims(finished(found.get(k), x), 0) for k, x in enumerate(leaves)]
    level = next(LEVELS)
    found = tape.sweep({position: Batched(seeds, level)})
    return [at_all_points(finished(found.get(k), x), level, len(seeds)) for k, x in enumerate(leaves)]


def rows_at_once(reached: Reach, size: int, recorded: bool) -> int:
    """How many rows a sweep takes: all that fit, or one where a program of Python floats has only a few.

    A sweep that is recorded itself takes them together even then: a program for each row would be written down.
    """
    apart = size * (reached.floats + FLOATS * reached.others)
    if apart < FLOATS * (reached.floats + reached.others) and not recorded:
        return 1
    return max(1, BLOCK // (8 * reached.held))


def whole(blocks: Sequence[Array], shape: Shape, leaf: Array) -> Array:
    """The rows of one Jacobian, in output shape + input shape, and in memory of their own."""
    together = (*shape, *shape_of(leaf))
    if not blocks:
        return deliver(np.zeros(together, dtype_of(leaf)))
    rows = np.reshape(blocks[0] if len(blocks) == 1 else np.concatenate(blocks), together)
    return np.array(rows, dtype_of(leaf), order="C") if isinstance(rows, np.ndarray) else rows


def reach(tape: Tape, last: int) -> Reach:
    """What a reverse sweep from that node comes by.

    An adjoint lives from the node's last reader until the sweep reaches the node; those of leaves stay.
    """
    reached = bytearray(last + 1)
    reached[last] = 1
    alive = held = entries(tape, last)
    floats = others = 0
    for i in range(last, -1, -1):
        step = tape.steps[i]
        if not reached[i] or step is None:
            continue
        for j in operands_of(step):
            if j is not None and not reached[j]:
                reached[j] = 1
                alive += entries(tape, j)
        held = max(held, alive)
        alive -= entries(tape, i)
        if len(step) == FLAT and type(step[4]) is float:
            floats += 1
        else:
            others += 1
    return Reach(floats, others, max(held, 1))


def entries(tape: Tape, i: int) -> int:
    """How many entries a node of the tape has, at all points where it is batched."""
    step = tape.steps[i]
    if step is None:
        y = tape.leaves[i][1]
    else:
        y = step[4] if len(step) == FLAT else step[3][0]
    while isinstance(y, Tensor | Batched):
        y = y.primal if isinstance(y, Tensor) else y.value
    return 1 if type(y) is float else prod(shape_of(y))

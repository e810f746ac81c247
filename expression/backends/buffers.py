"""Which memory a value may be written into: liveness along the list.

Memory that the system has to hand out anew costs more than the arithmetic on it, from some 100 kB on. So values that
are large, and no results, are written into buffers, and a buffer serves again when nobody reads its value any more.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from expression.nodes import DType, Expression, Node
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Array, Shape

LARGE = 2**16  # bytes: below, memory is handed out as fast as it is found again
# Beside ufuncs, what returns memory of its own whatever it is given. All else may return a view.
FRESH = frozenset(
    (
        *("sum", "prod", "max", "min", "all", "any", "cumsum", "cumprod", "where", "concatenate", "scatter_add", "pad"),
        *("solve", "inv", "det", "logabsdet", "slogdet_sign", "cholesky", "argsort", "argmax", "argmin", "scan"),
    )
)
GATHERED = frozenset(("concatenate", "scatter_add"))  # what is written into memory piece by piece


@dataclass(frozen=True, slots=True)
class Buffer:
    """An array for values of one shape, in one of the blocks of memory."""

    block: int
    shape: Shape
    dtype: DType


@dataclass(slots=True)
class Plan:
    """What a writer has to know of memory."""

    roots: list[frozenset[int]]  # of every node: the nodes in whose memory its value may lie
    buffer: dict[int, int] = field(default_factory=dict)  # node -> the buffer that it is written into
    buffers: list[Buffer] = field(default_factory=list)


def allocated(buffers: Sequence[Buffer]) -> list[Array]:
    """The arrays; those of one block share its memory."""
    blocks: dict[int, Array] = {}
    for b in buffers:
        if b.block not in blocks:
            blocks[b.block] = np.empty(prod(b.shape), b.dtype)
    return [blocks[b.block].reshape(b.shape) for b in buffers]


def is_large(node: Node) -> bool:
    """Whether a value is worth a buffer."""
    return node.shape != () and prod(node.shape) * node.dtype.itemsize >= LARGE


def owns_memory(node: Node) -> bool:
    """Whether the value of a node lies in memory of its own."""
    return isinstance(node.operation.forward, np.ufunc) or node.operation.name in FRESH or is_contraction(node)


def is_contraction(node: Node) -> bool:
    """Whether it is an einsum of several operands; that of one may be a view."""
    return node.operation.name == "einsum" and len(node.operands) > 1


def is_copied(e: Expression, node: Node) -> bool:
    """Whether it takes the entries of an array in another order, so that NumPy has to copy them."""
    return node.operation.name == "reshape" and e.nodes[node.operands[0]].operation.name == "transpose"


def takes_a_buffer(e: Expression, node: Node) -> bool:
    """Whether there is a way to write the value of a node into memory that is given."""
    gathered = node.operation.name in GATHERED or is_contraction(node) or is_copied(e, node)
    return is_large(node) and (gathered or isinstance(node.operation.forward, np.ufunc))


def plan(e: Expression, elsewhere: Collection[int] = ()) -> Plan:
    """Give large values buffers: first the memory of an operand that is read for the last time.

    The nodes in `elsewhere` are given none.
    """
    found = Plan(roots_of(e, returned(e)))
    last: dict[int, int] = {}  # node with memory of its own -> its last reader
    for i, node in enumerate(e.nodes):
        last.update((r, i) for j in node.operands for r in found.roots[j])
    kept = {r for j in e.outputs for r in found.roots[j]}
    numbers: dict[Buffer, int] = {}
    free: defaultdict[tuple[int, DType], list[int]] = defaultdict(list)  # blocks that nobody reads any more
    ends: defaultdict[int, list[int]] = defaultdict(list)  # reader -> the nodes with a buffer that it reads last
    blocks = 0
    for i, node in enumerate(e.nodes):
        if takes_a_buffer(e, node) and i in last and i not in kept and i not in elsewhere:
            kind = prod(node.shape), node.dtype
            in_place = [r for r in ends[i] if entrywise(e, found.roots, i, r)]
            if in_place:
                ends[i].remove(in_place[0])
                block = found.buffers[found.buffer[in_place[0]]].block
            elif free[kind]:
                block = free[kind].pop()
            else:
                block, blocks = blocks, blocks + 1
            number = numbers.setdefault(Buffer(block, node.shape, node.dtype), len(numbers))
            if number == len(found.buffers):
                found.buffers.append(Buffer(block, node.shape, node.dtype))
            found.buffer[i] = number
            ends[last[i]].append(i)
        for r in ends[i]:
            free[prod(e.nodes[r].shape), e.nodes[r].dtype].append(found.buffers[found.buffer[r]].block)
    return found


def returned(e: Expression) -> set[int]:
    """The outputs, and what they may be views of."""
    found = set(e.outputs)
    for i in range(len(e.nodes) - 1, -1, -1):
        if i in found and not owns_memory(e.nodes[i]):
            found.update(e.nodes[i].operands)
    return found


def roots_of(e: Expression, kept: set[int]) -> list[frozenset[int]]:
    """The nodes in whose memory each value may lie; `kept` are given no buffer."""
    roots: list[frozenset[int]] = []
    for i, node in enumerate(e.nodes):
        own = node.operation is INPUT or node.operation is CONSTANT or owns_memory(node)
        own = own or (is_copied(e, node) and is_large(node) and i not in kept)
        roots.append(frozenset([i]) if own else frozenset().union(*(roots[j] for j in node.operands)))
    return roots


def entrywise(e: Expression, roots: Sequence[frozenset[int]], i: int, r: int) -> bool:
    """Whether node i may be written over node r: it reads each entry of r once, where its own will be."""
    node, of = e.nodes[i], e.nodes[r]
    if not node.operation.elementwise or node.dtype != of.dtype or prod(node.shape) != prod(of.shape):
        return False
    for j in node.operands:
        if r in roots[j]:
            shape = e.nodes[j].shape
            while e.nodes[j].operation.name == "reshape":
                (j,) = e.nodes[j].operands
            if j != r or shape != node.shape:
                return False
    return True

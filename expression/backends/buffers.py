"""Which memory a value may be written into: liveness along the list.

Memory that the system has to hand out anew costs more than the arithmetic on it, from some 100 kB on. So values that
are large, and no results, are written into buffers, and a buffer serves again when nobody reads its value any more.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from math import prod

import numpy as np

from expression.nodes import DType, Expression, Node
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Shape

LARGE = 2**16  # bytes: below, memory is handed out as fast as it is found again
# Beside ufuncs, what returns memory of its own whatever it is given. All else may return a view.
FRESH = frozenset(
    (
        *("sum", "prod", "max", "min", "all", "any", "cumsum", "cumprod", "where", "concatenate", "scatter_add", "pad"),
        *("solve", "inv", "det", "logabsdet", "slogdet_sign", "cholesky", "argsort", "argmax", "argmin"),
    )
)


@dataclass(slots=True)
class Plan:
    """What a writer has to know of memory."""

    roots: list[frozenset[int]]  # of every node: the nodes in whose memory its value may lie
    buffer: dict[int, int] = field(default_factory=dict)  # node -> the buffer that it is written into
    sizes: list[tuple[Shape, DType]] = field(default_factory=list)  # of the buffers
    dies: dict[int, int] = field(default_factory=dict)  # node with memory of its own -> its last reader


def is_large(node: Node) -> bool:
    """Whether a value is worth a buffer."""
    return prod(node.shape) * node.dtype.itemsize >= LARGE


def owns_memory(node: Node) -> bool:
    """Whether the value of a node lies in memory of its own."""
    return isinstance(node.operation.forward, np.ufunc) or node.operation.name in FRESH


def plan(e: Expression) -> Plan:
    """Give large values of ufuncs buffers: first the memory of an operand that is read for the last time."""
    roots: list[frozenset[int]] = []
    last: dict[int, int] = {}
    for i, node in enumerate(e.nodes):
        for j in node.operands:
            for r in roots[j]:
                last[r] = i
        leaf = node.operation is INPUT or node.operation is CONSTANT
        roots.append(
            frozenset([i]) if leaf or owns_memory(node) else frozenset().union(*(roots[j] for j in node.operands))
        )
    found = Plan(roots, dies=last)
    kept = {r for j in e.outputs for r in roots[j]}
    free: defaultdict[tuple[Shape, DType], list[int]] = defaultdict(list)
    ends: defaultdict[int, list[int]] = defaultdict(list)  # reader -> the nodes with a buffer that it reads last
    for i, node in enumerate(e.nodes):
        dying = ends[i]
        at_once = [r for r in dying if alike(e, i, r) and all(r not in roots[j] or j == r for j in node.operands)]
        if isinstance(node.operation.forward, np.ufunc) and is_large(node) and i not in kept and i in last:
            kind = node.shape, node.dtype
            elementwise = node.operation.elementwise
            if at_once and elementwise:
                found.buffer[i] = found.buffer[at_once[0]]
                dying.remove(at_once[0])
            elif free[kind]:
                found.buffer[i] = free[kind].pop()
            else:
                found.buffer[i] = len(found.sizes)
                found.sizes.append(kind)
            ends[last[i]].append(i)
        for r in dying:
            free[e.nodes[r].shape, e.nodes[r].dtype].append(found.buffer[r])
    return found


def alike(e: Expression, i: int, r: int) -> bool:
    """Whether node i reads node r itself, entry by entry."""
    return r in e.nodes[i].operands and e.nodes[i].shape == e.nodes[r].shape and e.nodes[i].dtype == e.nodes[r].dtype

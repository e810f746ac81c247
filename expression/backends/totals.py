"""Sums over the steps of a loop: below which nodes they may be taken, and of which products they are one product."""

from collections.abc import Callable, Sequence

import numpy as np

from expression.backends.rewriting import ADD, CONCATENATE, MATMUL, MUL, NEG, RESHAPE, SUB, SUM, TRANSPOSE
from expression.nodes import Expression
from expression.operations.linear_algebra import rows_of
from expression.operations.operation import Array

LINEAR = (ADD, SUB, NEG, SUM, RESHAPE, TRANSPOSE, CONCATENATE)  # the sum of them is that of what they read


def passes(e: Expression, varies: Sequence[int], v: int) -> bool:
    """Whether the sum of a node over all steps is the node of the sums of its operands."""
    node = e.nodes[v]
    stretched = node.operation in (ADD, SUB) and any(e.nodes[j].shape != node.shape for j in node.operands)
    return bool(varies[v]) and node.operation in LINEAR and not stretched and node.dtype.kind == "f"


def summands(e: Expression, varies: Sequence[int], v: int) -> list[int]:
    """The nodes below operations that sums pass through."""
    found, pending = [], [v]
    while pending:
        v = pending.pop()
        if passes(e, varies, v):
            pending += e.nodes[v].operands
        else:
            found.append(v)
    return found


def is_product(e: Expression, varies: Sequence[int], v: int) -> bool:
    """Whether a node is a product of matrices or vectors, or an outer product, of two values that vary."""
    node = e.nodes[v]
    if node.dtype.kind != "f" or node.operation not in (MATMUL, MUL):
        return False
    if any(not varies[j] or e.nodes[j].dtype != node.dtype for j in node.operands):
        return False
    a, b = (e.nodes[j].shape for j in node.operands)
    if node.operation is MATMUL:
        return len(a) <= 2 and len(b) <= 2
    return len(a) == 2 and a[1] == 1 and b in ((node.shape[1],), (1, node.shape[1]))


def sum_of_products(e: Expression, v: int, value: Callable[[int], Array]) -> Array:
    """The sum over the steps of such a product, as one product; `value` gives a node at all steps, these in front."""
    node = e.nodes[v]
    left, right = node.operands
    of_left, b = e.nodes[left], value(right)
    if node.operation is MUL:  # an outer product
        return np.transpose(lines(value(left))) @ lines(b)
    b = np.reshape(b, (-1,)) if len(e.nodes[right].shape) == 1 else rows_of(b)
    if len(of_left.shape) == 1:
        return np.reshape(value(left), (-1,)) @ b
    if of_left.operation is TRANSPOSE:  # no entries need be moved
        return np.transpose(rows_of(value(of_left.operands[0]))) @ b
    return np.reshape(np.transpose(value(left), (1, 0, 2)), (of_left.shape[0], -1)) @ b


def lines(x: Array) -> Array:
    """A matrix with a line for each step."""
    return np.reshape(x, (x.shape[0], -1))

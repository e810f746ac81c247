"""Evaluation of one list at many points at once: some of the leaves carry a leading batch axis.

Written in NumPy calls, so that it runs on tracers as well as on arrays.
"""

from collections.abc import Sequence

import numpy as np

from expression.batched import apply_batch
from expression.errors import ArgumentError
from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Array, Traced


def evaluate_batch(e: Expression, leaves: Sequence[Array], batched: Sequence[bool]) -> list[Array]:
    """The outputs of e at every point of a batch, each with a leading batch axis.

    Shapes: `leaves` holds one value an input, in the order of `e.inputs`; where `batched` says so it is
    (batch, *shape of the input), elsewhere the shape of the input, the same at every point. A node that depends on no
    batched leaf is evaluated once.

    Raises ArgumentError where no leaf is batched, and where leaves do not have these shapes.

    >>> from expression import trace
    >>> evaluate_batch(trace(lambda x, y: x * y, 1.0, 1.0), (np.array([1.0, 2.0, 3.0]), 10.0), (True, False))
    [array([10., 20., 30.])]
    """
    size = batch_size(e, leaves, batched)
    nodes = e.nodes
    values: list[Array] = [None] * len(nodes)
    carries = [False] * len(nodes)
    for i, x, is_batched in zip(e.inputs, leaves, batched, strict=True):
        values[i.position], carries[i.position] = x, is_batched
    plain = not any(isinstance(x, Traced) for x in leaves)
    with np.errstate(all="ignore"):
        for position, node in enumerate(nodes):
            operation = node.operation
            if operation is INPUT:
                continue
            if operation is CONSTANT:
                values[position] = node.constant
                continue
            operands = [values[j] for j in node.operands]
            flags = [carries[j] for j in node.operands]
            carries[position] = True in flags
            if takes_a_rule(node, operands, flags):
                values[position] = apply_batch(operation, operands, tuple(flags), node.parameters)
            elif plain:  # as operation(*operands), without its search for tracers
                values[position] = operation.forward(*operands, **dict(node.parameters))
            else:
                values[position] = operation(*operands, **dict(node.parameters))
    return [
        values[j] if carries[j] else np.broadcast_to(values[j], (size, *nodes[j].shape))  # the same at every point
        for j in e.outputs
    ]


def takes_a_rule(node: Node, operands: Sequence[Array], batched: Sequence[bool]) -> bool:
    """Whether a node has to be batched by its row's rule: not where broadcasting leaves every batch axis in front."""
    if not node.operation.elementwise:
        return True in batched
    rank = len(node.shape)
    return any([is_batched and x.ndim <= rank for x, is_batched in zip(operands, batched, strict=True)])


def batch_size(e: Expression, leaves: Sequence[Array], batched: Sequence[bool]) -> int:
    """The common length of the batch axes."""
    sizes = set()
    for i, x, is_batched in zip(e.inputs, leaves, batched, strict=True):
        found, wanted = np.shape(x), e.nodes[i.position].shape
        if found[is_batched:] != wanted or len(found) != len(wanted) + is_batched:
            axes = f"a batch axis and then {wanted}" if is_batched else f"{wanted}"
            raise ArgumentError(f"{i.name}: expected shape {axes}, got {found}")
        if is_batched:
            sizes.add(found[0])
    if len(sizes) != 1:
        found = f"batch axes of lengths {sorted(sizes)}" if sizes else "no batched leaf"
        raise ArgumentError(f"a batch needs one length, got {found}; give all batched leaves the same leading axis")
    return int(sizes.pop())

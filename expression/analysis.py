"""What can be known of a list without evaluating it: one pass each, forward or backward."""

from collections.abc import Iterable

from expression.nodes import Expression
from expression.operations.programs import takes_a_branch

Drops = dict[int, list[int]]


def needed(e: Expression) -> bytearray:
    """A flag for each node: whether an output needs it."""
    flags = bytearray(len(e.nodes))
    for j in e.outputs:
        flags[j] = 1
    for position in range(len(e.nodes) - 1, -1, -1):
        if flags[position]:
            for j in e.nodes[position].operands:
                flags[j] = 1
    return flags


def last_readers(e: Expression, keep: Iterable[int]) -> Drops:
    """For each node, the earlier nodes that nobody reads after it."""
    seen = bytearray(len(e.nodes))
    for j in keep:
        seen[j] = 1
    drops: Drops = {}
    for position in range(len(e.nodes) - 1, -1, -1):
        gone = None
        for j in e.nodes[position].operands:
            if not seen[j]:
                seen[j] = 1
                if gone is None:
                    gone = drops[position] = []
                gone.append(j)
    return drops


def active_nodes(e: Expression, wrt: tuple[int, ...] | None = None) -> bytearray:
    """Activity analysis: floating nodes that depend on the inputs `wrt` (default: all) and that an output needs."""
    flags = needed(e)
    active = bytearray(len(e.nodes))
    for position in [i.position for i in e.inputs] if wrt is None else wrt:
        active[position] = flags[position] and e.nodes[position].dtype.kind in "fc"
    for position, node in enumerate(e.nodes):
        if node.operands and flags[position] and node.dtype.kind in "fc":
            for j in node.operands:
                if active[j]:
                    active[position] = 1
                    break
    return active


def behind_a_branch(e: Expression) -> bytearray:
    """A flag for each node whose value reaches an output through a selection.

    The exact zeros in its adjoint may stand for a branch not taken, and must win over an infinite partial.
    """
    masked = bytearray(len(e.nodes))
    for i in range(len(e.nodes) - 1, -1, -1):
        node = e.nodes[i]
        if masked[i] or (node.operation.selects and takes_a_branch(node.operation, node.parameters)):
            for j in node.operands:
                masked[j] = 1
    return masked

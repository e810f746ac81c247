"""The two sweeps. On arrays they compute, on tracers they write the derivative down as a program."""

from collections.abc import Mapping, Sequence

import numpy as np

from autodiff.rules import accumulate, complete, pull, push
from expression.analysis import active_nodes, behind_a_branch
from expression.errors import UnsupportedOperation
from expression.nodes import Expression, Node
from expression.operations.literals import ZERO, as_number, is_literal
from expression.operations.operation import Array


@np.errstate(all="ignore")
def reverse_sweep(e: Expression, values: Sequence[Array], seeds: Sequence[Array], wrt: Sequence[int]) -> list[Array]:
    """The adjoints of the leaves `wrt`: from the seeds back along the list, the chain rule at every node.

    v_bar_j = sum over the readers i of v_j of v_bar_i dv_i/dv_j. When the loop reaches a node, all its readers have
    been passed, so its adjoint is complete. Griewank and Walther, "Evaluating Derivatives" (2008), table 3.5.
    """
    active, masked = active_nodes(e, tuple(wrt)), behind_a_branch(e)
    check_real(e, active)
    adjoint: list[Array] = [ZERO] * len(e.nodes)
    for j, seed in zip(e.outputs, seeds, strict=True):
        adjoint[j] = accumulate(adjoint[j], seed)
    for i in range(len(e.nodes) - 1, -1, -1):
        node, v_bar = e.nodes[i], adjoint[i]
        if node.is_leaf or is_literal(v_bar, ZERO):
            continue
        adjoint[i] = ZERO  # complete, and read here for the last time
        v_bar, x = complete(v_bar), [values[j] for j in node.operands]
        for k, j in enumerate(node.operands):
            if active[j]:
                adjoint[j] = accumulate(adjoint[j], pull(node, k, v_bar, values[i], x, bool(masked[i])))
    return [spread(complete(adjoint[j]), e.nodes[j]) for j in wrt]


@np.errstate(all="ignore")
def forward_sweep(e: Expression, values: Sequence[Array], tangents: Mapping[int, Array]) -> list[Array]:
    """The tangents of the outputs: along the list with the values, the chain rule at every node.

    v_dot_i = sum over the operands j of v_i of dv_i/dv_j v_dot_j. Griewank and Walther (2008), table 3.3.
    """
    check_real(e, active_nodes(e, tuple(tangents)))
    dot: list[Array] = [ZERO] * len(e.nodes)
    for i, node in enumerate(e.nodes):
        if i in tangents:
            dot[i] = tangents[i]
        elif not node.is_leaf and node.dtype.kind in "fc":
            dot[i] = push(node, [dot[j] for j in node.operands], values[i], [values[j] for j in node.operands])
    return [spread(dot[j], e.nodes[j]) for j in e.outputs]


def check_real(e: Expression, active: bytearray) -> None:
    """Refuse a derivative that would pass through complex numbers, for which the table's rules are not made."""
    for i, node in enumerate(e.nodes):
        if active[i] and node.dtype.kind == "c":
            where = f" ({node.line})" if node.line else ""
            raise UnsupportedOperation(
                f"v{i}: {node.operation.name} is {node.dtype}{where}: derivatives are of real numbers; "
                "compute with real and imaginary parts"
            )


def spread(v: Array, node: Node) -> Array:
    """A finished adjoint or tangent in its node's own shape; zeros where nothing depended on the node."""
    v = as_number(v, node)
    return v if np.shape(v) == node.shape else np.broadcast_to(v, node.shape)

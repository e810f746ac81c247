"""The two sweeps. On arrays they compute, on tracers they write the derivative down as a program."""

from collections.abc import Sequence

import numpy as np

from autodiff.rules import ZERO, is_literal, pull, push
from expression.measures import active_nodes
from expression.nodes import Expression
from expression.operations.operation import Array


def reverse_sweep(e: Expression, values: Sequence[Array], seeds: Sequence[Array], wrt: Sequence[int]) -> list[Array]:
    """The adjoints of the leaves `wrt`: from the seeds back along the list, the chain rule at every node.

    v_bar_j = sum over the readers i of v_j of v_bar_i dv_i/dv_j. When the loop reaches a node, all its readers have
    been passed, so its adjoint is complete. Griewank and Walther, "Evaluating Derivatives" (2008), table 3.5.
    """
    active = active_nodes(e, tuple(wrt))
    adjoint: list[Array | None] = [None] * len(e.nodes)
    gated = bytearray(len(e.nodes))  # the adjoint came through a branch: its exact zeros stay zero
    for output, seed in zip(e.outputs, seeds, strict=True):
        accumulate(adjoint, output, seed)
    for i in range(len(e.nodes) - 1, -1, -1):
        node, v_bar = e.nodes[i], adjoint[i]
        if v_bar is None or not active[i] or not node.operands:
            continue
        adjoint[i] = None
        operands = [values[j] for j in node.operands]
        through = gated[i] or node.operation.selects
        for k, j in enumerate(node.operands):
            if active[j]:
                accumulate(adjoint, j, pull(node, k, v_bar, values[i], operands, bool(gated[i])))
                gated[j] |= through
    return [spread(adjoint[j], e, j) for j in wrt]


def accumulate(adjoint: list[Array | None], j: int, contribution: Array) -> None:
    """v_bar_j += contribution; the first one is stored as it is."""
    if not is_literal(contribution, ZERO):
        held = adjoint[j]
        adjoint[j] = contribution if held is None else held + contribution


def spread(v_bar: Array | None, e: Expression, j: int) -> Array:
    """A finished adjoint in its node's own shape; exact zeros for a leaf that the output does not depend on."""
    node = e.nodes[j]
    if v_bar is None:
        return np.broadcast_to(node.dtype.type(0), node.shape) if node.shape else node.dtype.type(0)
    return v_bar if np.shape(v_bar) == node.shape else np.broadcast_to(v_bar, node.shape)


def forward_sweep(e: Expression, values: Sequence[Array], tangents: dict[int, Array]) -> list[Array]:
    """The tangents of the outputs: along the list with the values, the chain rule at every node.

    v_dot_i = sum over the operands j of v_i of dv_i/dv_j v_dot_j. Griewank and Walther (2008), table 3.3.
    """
    dots: list[Array | None] = [None] * len(e.nodes)
    for position, tangent in tangents.items():
        dots[position] = tangent
    for i, node in enumerate(e.nodes):
        x_dots = [dots[j] for j in node.operands]
        if node.dtype.kind in "fc" and any(x_dot is not None for x_dot in x_dots):
            dots[i] = push(node, x_dots, values[i], [values[j] for j in node.operands])
    return [spread(dots[j], e, j) for j in e.outputs]

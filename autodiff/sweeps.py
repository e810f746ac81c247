"""The two sweeps. On arrays they compute, on tracers they write the derivative down as a program."""

from collections.abc import Sequence

import numpy as np

from autodiff.pulls import pull_gated
from autodiff.rules import complete, push
from autodiff.steps import Step, operands_of
from expression.operations.literals import ZERO, as_number
from expression.operations.operation import Array
from expression.structure import shape_of


@np.errstate(all="ignore")
def reverse_sweep(
    steps: Sequence[Step | None], adjoint: list[Array | None], masked: bytearray | None = None
) -> dict[int, Array]:
    """The adjoints of the leaves: from the seeds in `adjoint` back along the list, the chain rule at every node.

    v_bar_j = sum over the readers i of v_j of v_bar_i dv_i/dv_j. When the loop reaches a node, all its readers have
    been passed, so its adjoint is complete: it is taken off the list, and given up once it is pulled back.
    Griewank and Walther, "Evaluating Derivatives" (2008), table 3.5.
    """
    found = {}
    for step in reversed(steps):
        v_bar = adjoint.pop()
        if v_bar is None:
            continue
        if step is None:
            found[len(adjoint)] = complete(v_bar)
        elif masked is not None and masked[len(adjoint)]:
            pull_gated(step, v_bar, adjoint)
        else:
            step[0](step, v_bar, adjoint)
    return found


@np.errstate(all="ignore")
def forward_sweep(steps: Sequence[Step | None], tangent: list[Array]) -> list[Array]:
    """The tangents of all nodes: along the list with the values, the chain rule at every node.

    v_dot_i = sum over the operands j of v_i of dv_i/dv_j v_dot_j. `tangent` holds those of the leaves, and ZERO.
    Griewank and Walther (2008), table 3.3.
    """
    for i, step in enumerate(steps):
        if step is not None:
            tangent[i] = push(step, [ZERO if j is None else tangent[j] for j in operands_of(step)])
    return tangent


def spread(v: Array | None, like: Array) -> Array:
    """A finished adjoint or tangent in its node's own shape and dtype; zeros where nothing depended on the node."""
    v = as_number(ZERO if v is None else complete(v), like)
    return v if shape_of(v) == shape_of(like) else np.broadcast_to(v, shape_of(like))

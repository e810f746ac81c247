"""The two sweeps. On arrays they compute, on tracers they write the derivative down as a program."""

from collections.abc import Sequence

import numpy as np

from autodiff.rules import accumulate, complete, contributions, push
from autodiff.steps import SCALAR, Step
from expression.operations.literals import ONE, ZERO, as_number, times
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
        gated = masked is not None and masked[len(adjoint)] != 0
        if step is None:
            found[len(adjoint)] = complete(v_bar)
        elif len(step) == SCALAR and not gated:  # Python floats: their partials are at hand
            _, i, j, _, _, p, q = step
            if i is not None:
                v = adjoint[i]
                adjoint[i] = v_bar * p if v is None else v + v_bar * p
            if j is not None:
                v = adjoint[j]
                adjoint[j] = v_bar * q if v is None else v + v_bar * q
        elif step[4] is not None and not gated:
            pull_alike(step, complete(v_bar), adjoint)
        else:
            for j, contribution in contributions(step, complete(v_bar), gated):
                adjoint[j] = accumulate(adjoint[j], contribution)
    return found


def pull_alike(step: Step, v_bar: Array, adjoint: list[Array | None]) -> None:
    """The contributions of an elementwise step that broadcast nothing: the general ones, with no shape to mind."""
    _, operands, values, _, partials = step
    for k, j in enumerate(operands):
        if j is None:
            continue
        partial = partials[k]
        if type(partial) is not float:
            partial = partial(*values)
        if partial is ONE:
            contribution = v_bar
        elif type(partial) is not float and type(v_bar) is not float:
            contribution = v_bar * partial
        else:
            contribution = times(v_bar, partial)
            if type(contribution) is float and contribution == ZERO:
                continue
        v = adjoint[j]
        adjoint[j] = contribution if v is None else v + contribution


@np.errstate(all="ignore")
def forward_sweep(steps: Sequence[Step | None], tangent: list[Array]) -> list[Array]:
    """The tangents of all nodes: along the list with the values, the chain rule at every node.

    v_dot_i = sum over the operands j of v_i of dv_i/dv_j v_dot_j. `tangent` holds those of the leaves, and ZERO.
    Griewank and Walther (2008), table 3.3.
    """
    for i, step in enumerate(steps):
        if step is not None:
            operands = step[1:3] if len(step) == SCALAR else step[1]
            tangent[i] = push(step, [ZERO if j is None else tangent[j] for j in operands])
    return tangent


def spread(v: Array | None, like: Array) -> Array:
    """A finished adjoint or tangent in its node's own shape and dtype; zeros where nothing depended on the node."""
    v = as_number(ZERO if v is None else complete(v), like)
    return v if shape_of(v) == shape_of(like) else np.broadcast_to(v, shape_of(like))

"""The adjoint program: the reverse sweep, run on tracers, is again an Expression.

So it prints as readable source, is measured by the same counters, and can be derived again.
"""

from collections.abc import Sequence

import numpy as np

from autodiff.pulls import pull_full
from autodiff.steps import Step, behind_a_branch, complex_refusal
from autodiff.sweeps import forward_sweep, reverse_sweep, spread
from expression.analysis import active_nodes
from expression.derivatives import derivative_program
from expression.errors import UnsupportedOperation
from expression.nodes import DType, Expression
from expression.operations.literals import ONE, ZERO
from expression.operations.operation import Array, Shape
from expression.tracing import Tracer


def derive(expression: Expression, wrt: str | Sequence[str] | None = None, *, value: bool = False) -> Expression:
    """The gradient of a scalar expression as a program: seed 1, then the reversed list, += at every fan-out.

    Results mirror the arguments (`wrt=None`), or the named inputs; with `value=True` they are (value, gradient).
    Raises ArgumentError for an output that is not scalar and for unknown names.

    >>> from expression import parse
    >>> print(derive(parse("x * sin(y)")))
    x, y -> v2, v4
      v0 = input x
      v1 = input y
      v2 = sin(v1)
      v3 = cos(v1)
      v4 = mul(v0, v3)
    """
    return derivative_program(expression, wrt, value, reverse_gradient)


def derive_forward(
    expression: Expression, wrt: str | Sequence[str] | None = None, *, value: bool = False
) -> Expression:
    """The same gradient by forward mode: one sweep for every entry of every input, and so n times the cost of one.

    >>> from expression import parse
    >>> derive_forward(parse("x * sin(y)"))(2.0, 0.0)
    (0.0, 2.0)
    """
    return derivative_program(expression, wrt, value, forward_gradient)


def steps_of(e: Expression, values: Sequence[Array], wrt: Sequence[int]) -> list[Step | None]:
    """The steps of an expression's nodes with these values, as far as they lie between `wrt` and the outputs."""
    active = active_nodes(e, tuple(wrt))
    steps: list[Step | None] = [None] * len(e.nodes)
    for i, node in enumerate(e.nodes):
        if active[i] and node.dtype.kind == "c":
            raise UnsupportedOperation(complex_refusal(f"v{i}: {node.operation.name}", node.dtype, node.line))
        if active[i] and not node.is_leaf:
            operands = tuple([j if active[j] else None for j in node.operands])
            found = (values[i], *[values[j] for j in node.operands])
            steps[i] = (pull_full, node.operation, operands, found, node.parameters)
    return steps


def reverse_gradient(e: Expression, values: Sequence[Array], wrt: Sequence[int]) -> list[Array]:
    """One reverse sweep from the seed 1."""
    steps = steps_of(e, values, wrt)
    adjoint: list[Array | None] = [None] * len(steps)
    adjoint[e.outputs[0]] = ONE
    found = reverse_sweep(steps, adjoint, behind_a_branch(steps))
    return [spread(found.get(j), values[j]) for j in wrt]


def forward_gradient(e: Expression, values: Sequence[Array], wrt: Sequence[int]) -> list[Array]:
    """One forward sweep for each entry."""
    gradient = []
    for j in wrt:
        shape = e.nodes[j].shape
        steps = steps_of(e, values, [j])
        entries = [tangent_along(e, steps, values, j, recorded_unit(values[j], place)) for place in np.ndindex(*shape)]
        if not entries:
            gradient.append(np.zeros(shape, e.nodes[j].dtype))
        else:
            gradient.append(np.reshape(np.stack(entries), shape) if shape else entries[0])
    return gradient


def tangent_along(e: Expression, steps: Sequence[Step], values: Sequence[Array], j: int, direction: Array) -> Array:
    """The output's tangent, when leaf j moves."""
    tangent: list[Array] = [ZERO] * len(steps)
    tangent[j] = direction
    output = e.outputs[0]
    return spread(forward_sweep(steps, tangent)[output], values[output])


def recorded_unit(x: Tracer, place: tuple[int, ...]) -> Array:
    """The unit tangent as a node of x's trace, so that what is done to it is recorded and counted."""
    direction = unit(x.shape, place, x.dtype)
    return x.recorder.constant(direction) if x.shape else direction


def unit(shape: Shape, place: tuple[int, ...], dtype: DType) -> Array:
    """1 at one entry, 0 elsewhere."""
    if not shape:
        return ONE
    x = np.zeros(shape, dtype)
    x[place] = 1.0
    return x

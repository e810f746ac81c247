"""What a sweep walks over: a list of steps, one for each node, recorded by a tape or taken from an expression.

    None                                                   a leaf, or a node that nothing differentiated depends on
    (operation, operands, (y, *x), parameters, partials)   y = operation(*x, **parameters)
    (operation, i, j, a, b, p, q)                          y = operation(a, b) of Python floats, dy/da = p, dy/db = q

`operands` are the nodes that x came from, None for a constant. `partials` are the row's own, where the operation is
elementwise and nothing was broadcast, so that no contribution has to be summed down; else None. The partials of
Python floats are numbers that cost nothing to keep, so they are computed at once.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from expression.analysis import active_nodes
from expression.errors import UnsupportedOperation
from expression.nodes import Expression
from expression.operations.operation import Array, Operation, Rule
from expression.structure import shape_of

Parameters = tuple[tuple[str, Any], ...]
Operands = tuple[int | None, ...]
FullStep = tuple[Operation, Operands, tuple[Array, ...], Parameters, tuple[Rule | float, ...] | None]
ScalarStep = tuple[Operation, int | None, int | None, Any, Any, float, float]
Step = Any  # FullStep | ScalarStep: told apart by their length
SCALAR = 7


def in_full(step: Step) -> FullStep:
    """A step in its long form, that of arrays."""
    if len(step) != SCALAR:
        full: FullStep = step
        return full
    operation, i, j, a, b, _, _ = step
    x = (np.float64(a),) if b is None else (np.float64(a), np.float64(b))
    return operation, (i, j)[: len(x)], (operation.forward(*x), *x), (), None


def same_shapes(
    operation: Operation, operands: Sequence[int | None], values: Sequence[Array]
) -> tuple[Rule | float, ...] | None:
    """The partials of an elementwise operation in which nothing that is differentiated was broadcast."""
    if operation.partials is None or operation.products is not None:
        return None
    shape = shape_of(values[0])
    for j, x in zip(operands, values[1:], strict=True):
        if j is not None and shape_of(x) != shape:
            return None
    return operation.partials


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
            steps[i] = (node.operation, operands, found, node.parameters, same_shapes(node.operation, operands, found))
    return steps


def complex_refusal(what: str, dtype: np.dtype[Any], line: str) -> str:
    """What is said of a derivative that would pass through complex numbers, for which the rules are not made."""
    where = f" ({line})" if line else ""
    return f"{what} is {dtype}{where}: derivatives are of real numbers; compute with real and imaginary parts"


def behind_a_branch(steps: Sequence[Step | None], known: Iterable[int] = ()) -> bytearray:
    """A flag for each step whose value reaches a later one through a selection; `known` are read so on another tape.

    The exact zeros in its adjoint may stand for a branch not taken, and must win over an infinite partial.
    """
    masked = bytearray(len(steps))
    for j in known:
        masked[j] = 1
    for i in range(len(steps) - 1, -1, -1):
        step = steps[i]
        if step is not None and (masked[i] or step[0].selects):
            for j in step[1:3] if len(step) == SCALAR else step[1]:
                if j is not None:
                    masked[j] = 1
    return masked

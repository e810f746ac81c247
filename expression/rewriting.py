"""Writing an expression anew, node by node."""

from collections.abc import Callable
from typing import Any

from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT, INPUT
from expression.structure import unflatten
from expression.tracing import Trace


def rewritten(e: Expression, write: Callable[[Trace, Node, list[Any]], Any]) -> Expression:
    """The expression that `write` makes, node by node: (trace, node, values of its operands) -> its value."""
    recording = Trace()
    values: list[Any] = [None] * len(e.nodes)
    for i in e.inputs:
        node = e.nodes[i.position]
        values[i.position] = recording.input(i.name, node.shape, node.dtype, i.role)
    inputs = [values[i.position] for i in e.inputs]
    for position, node in enumerate(e.nodes):
        recording.line = node.line
        if node.operation is CONSTANT:
            values[position] = recording.constant(node.constant)
        elif node.operation is not INPUT:
            values[position] = write(recording, node, [values[j] for j in node.operands])
    results = unflatten(e.results, [values[j] for j in e.outputs])
    return recording.expression(unflatten(e.arguments, inputs), results)

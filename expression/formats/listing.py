"""The Wengert listing: one line a node."""

import textwrap

from expression.formats.infix import shown_options
from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT, INPUT

INDENT = 7  # of a program within


def to_listing(e: Expression) -> str:
    """The list as text; constants show their value, arrays their shape, loops and branches what they run."""
    names = {i.position: f"{i.role} {i.name}" for i in e.inputs}
    width = len(str(len(e.nodes)))
    head = f"{', '.join(i.name for i in e.inputs)} -> {', '.join(f'v{j}' for j in e.outputs)}"
    lines = [head]
    for position, node in enumerate(e.nodes):
        label = f"v{position}"
        lines.append(f"  {label:<{width + 1}} = {right_side(node, names.get(position, ''))}")
        for key in node.operation.programs:
            inner = to_listing(dict(node.parameters)[key].expression)
            lines += textwrap.indent(f"{key}: {inner}", " " * INDENT).split("\n")
    return "\n".join(lines)


def right_side(node: Node, name: str) -> str:
    """What stands behind the equals sign."""
    if node.operation is INPUT:
        return name + shape_text(node)
    if node.operation is CONSTANT:
        return f"constant {node.parameters[0][1]!r}"
    operands = [f"v{j}" for j in node.operands]
    parameters = shown_options(node) if node.operation.programs else dict(node.parameters)
    options = [*node.operation.programs, *(f"{key}={value!r}" for key, value in parameters.items())]
    return f"{node.operation.name}({', '.join(operands + options)}){shape_text(node)}"


def shape_text(node: Node) -> str:
    """Shape and dtype, where they are not the scalar float64 of a course's first lessons."""
    dtype = "" if node.dtype == "float64" else f" {node.dtype}"
    return dtype + (f" {list(node.shape)}" if node.shape else "")

"""What the steps of lowering share: the operations that they look for, and a look at a trace as it grows."""

from typing import Any

from expression.nodes import Node
from expression.operations import TABLE
from expression.operations.leaves import CONSTANT
from expression.tracing import Trace, Tracer

ADD, SUB, MUL, DIV, NEG, SQUARE, SUM, MATMUL, RESHAPE, BROADCAST = (
    TABLE[name] for name in ("add", "sub", "mul", "div", "neg", "square", "sum", "matmul", "reshape", "broadcast_to")
)
GETITEM, SCATTER_ADD, CONCATENATE, TRANSPOSE = (
    TABLE[name] for name in ("getitem", "scatter_add", "concatenate", "transpose")
)


def operand(recording: Trace, node: Node, k: int) -> Any:
    """An operand of a node, as a value of the trace."""
    position = node.operands[k]
    of = recording.nodes[position]
    return Tracer(recording, position, of.shape, of.dtype)


def number(recording: Trace, x: Any) -> Any:
    """The scalar constant that x is, or None."""
    node = recording.nodes[x.position]
    return node.constant if node.operation is CONSTANT and node.shape == () and node.dtype.kind == "f" else None

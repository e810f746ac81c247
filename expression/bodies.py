"""The bodies of user's operations: recorded once, evaluated over any arithmetic, and put in the operation's place."""

from functools import lru_cache
from typing import Any

from expression.errors import TrigradError, UnsupportedOperation
from expression.nodes import DType, Expression, Node
from expression.operations.operation import Operation, Shape
from expression.operations.programs import every_node, with_programs
from expression.rewriting import rewritten
from expression.structure import flatten
from expression.tracing import Trace

Parameters = tuple[tuple[str, Any], ...]


@lru_cache(maxsize=4096)
def record_body(
    operation: Operation, shapes: tuple[Shape, ...], dtypes: tuple[DType, ...], parameters: Parameters
) -> Expression:
    """The nodes of a body for operands of these shapes and dtypes; recorded once.

    Raises UnsupportedOperation for a body that cannot be traced, or that does not return one array.
    """
    assert operation.body is not None
    recording = Trace()
    x = tuple(recording.input(f"x{k}", s, d) for k, (s, d) in enumerate(zip(shapes, dtypes, strict=True)))
    try:
        y = operation.body(*x, **dict(parameters))
        if recording.captured:
            raise UnsupportedOperation("it uses a traced array from outside; make that an operand")
        if len(flatten(y)[0]) != 1:
            raise UnsupportedOperation(f"it must return one array, got {type(y).__name__}")
        return recording.expression(x, y)
    except TrigradError as error:
        raise UnsupportedOperation(f"{operation.name}: its body cannot be traced: {error}") from error


def body_of(e: Expression, node: Node) -> Expression:
    """The nodes of the body of a user's operation that stands in e."""
    shapes = tuple([e.nodes[j].shape for j in node.operands])
    dtypes = tuple([e.nodes[j].dtype for j in node.operands])
    return record_body(node.operation, shapes, dtypes, node.parameters)


def inline_bodies(e: Expression) -> Expression:
    """The same function with every user's operation replaced by the nodes of its body.

    Raises UnsupportedOperation for a body that cannot be traced.

    >>> from expression import operation, trace
    >>> @operation(partials=(lambda y, x: 3 * x * x,))
    ... def cube(x):
    ...     return x * x * x
    >>> print(inline_bodies(trace(lambda x: cube(x) + 1.0, 2.0)))
    x -> v4
      v0 = input x
      v1 = mul(v0, v0)
      v2 = mul(v1, v0)
      v3 = constant 1.0
      v4 = add(v2, v3)
    """
    while any(node.operation.body is not None for node in every_node(e)):  # once for each level of bodies within bodies
        e = inline_one_level(e)
    return e


def inline_one_level(e: Expression) -> Expression:
    """Replace the user's operations that stand in e itself."""

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        if node.operation.body is not None:
            body = body_of(e, node)
            return recording.inline(body, x)[body.outputs[0]]
        parameters = with_programs(node.parameters, inline_bodies) if node.operation.programs else node.parameters
        return recording.record(node.operation, x, parameters)

    return rewritten(e, write)

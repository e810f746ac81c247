"""What a complex step may pass through: f must be analytic, and only its operations tell."""

from collections.abc import Callable
from typing import Any

from expression.analysis import active_nodes
from expression.errors import ArgumentError, TrigradError, UnsupportedOperation
from expression.nodes import Expression
from expression.operations.programs import every_node, programs_of
from expression.structure import Point
from expression.tracing import trace_at

ADVICE = "use scheme='central'"


def analytic_expression(f: Callable[..., Any], at: Point) -> Expression:
    """The function as an expression that a complex step may be taken through.

    A Python function is recorded at the point, along the branches that it takes there; the record is evaluated in its
    place, for real and complex arguments part where a function asks for `.real` or a conjugate.

    Raises UnsupportedOperation for a function that cannot be recorded.
    """
    try:
        return trace_at(f, *at.args)
    except TrigradError as error:
        raise UnsupportedOperation(
            f"complex_step must see that f is analytic, and f cannot be recorded ({error}); or {ADVICE}"
        ) from error


def check_analytic(e: Expression, leaves: tuple[int, ...]) -> None:
    """Raise UnsupportedOperation for an active operation that is not analytic, by name; ArgumentError for complex f."""
    active = active_nodes(e, tuple([e.inputs[i].position for i in leaves]))
    for node, is_active in zip(e.nodes, active, strict=True):
        if not is_active or node.is_leaf:
            continue
        for inner in (node, *(n for program in programs_of(node.parameters) for n in every_node(program))):
            if inner.dtype.kind == "f" and not inner.operation.analytic:
                where = f" ({inner.line})" if inner.line else ""
                raise UnsupportedOperation(
                    f"complex_step cannot pass through {inner.operation.name}{where}: it is not analytic; {ADVICE}"
                )
    for j in e.outputs:
        if e.nodes[j].dtype.kind == "c":
            raise ArgumentError(f"complex_step needs a real result, got {e.nodes[j].dtype}; {ADVICE}")

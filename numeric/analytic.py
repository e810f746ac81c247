"""What a complex step may pass through: f must be analytic, and only its operations tell."""

from expression.analysis import active_nodes
from expression.errors import ArgumentError, TrigradError, UnsupportedOperation
from expression.nodes import Expression
from expression.structure import Point
from expression.tracing import trace_at
from numeric.sampling import Function

ADVICE = "use scheme='central'"


def analytic_expression(f: Function, at: Point) -> Expression:
    """The function as an expression that a complex step may be taken through.

    A Python function is recorded at the point, along the branches that it takes there; the record is evaluated in its
    place, for real and complex arguments part where a function asks for `.real` or a conjugate.

    Raises UnsupportedOperation for a function that cannot be recorded, and for an active operation that is not
    analytic, by name.
    """
    if isinstance(f, Expression):
        e = f
    else:
        try:
            e = trace_at(f, *at.args)
        except TrigradError as error:
            raise UnsupportedOperation(
                f"complex_step must see that f is analytic, and f cannot be recorded ({error}); or {ADVICE}"
            ) from error
    active = active_nodes(e, tuple(e.inputs[i].position for i in at.positions if i < len(e.inputs)))
    for node, is_active in zip(e.nodes, active, strict=True):
        if is_active and not node.is_leaf and not node.operation.analytic:
            where = f" ({node.line})" if node.line else ""
            raise UnsupportedOperation(
                f"complex_step cannot pass through {node.operation.name}{where}: it is not analytic; {ADVICE}"
            )
    for j in e.outputs:
        if e.nodes[j].dtype.kind == "c":
            raise ArgumentError(f"complex_step needs a real result, got {e.nodes[j].dtype}; {ADVICE}")
    return e

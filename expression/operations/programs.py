"""Programs within programs: an expression as the parameter of a node that runs it, once or many times."""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Array, Operation

Evaluate = Callable[[Sequence[Array]], list[Array]]
# Python's operators do the same to arrays, and to NumPy's numbers in a tenth of the time.
OPERATORS: Mapping[Any, Callable[..., Array]] = MappingProxyType(
    {
        np.add: operator.add,
        np.subtract: operator.sub,
        np.multiply: operator.mul,
        np.divide: operator.truediv,
        np.negative: operator.neg,
    }
)


class Program:
    """An expression that is hashed once: equal to another when inputs, nodes and outputs are, whatever their lines.

    >>> from expression import parse
    >>> Program(parse("x * y")) == Program(parse("x * y")), Program(parse("x * y"))
    (True, <program of 3 nodes>)
    """

    __slots__ = ("expression", "key", "number", "plan")

    def __init__(self, expression: Any) -> None:
        """Hash it, once."""
        self.expression = expression
        nodes = tuple([tuple(node[:-1]) for node in expression.nodes])  # without the lines of the source
        self.key = (nodes, expression.inputs, expression.outputs, expression.arguments, expression.results)
        self.number = hash(self.key)
        self.plan: Evaluate | None = None

    def __eq__(self, other: object) -> bool:
        """Compare what runs."""
        if self is other:
            return True
        return isinstance(other, Program) and self.number == other.number and self.key == other.key

    def __hash__(self) -> int:
        """Tell the hash."""
        return self.number

    def __repr__(self) -> str:
        """Its size, not its contents."""
        return f"<program of {len(self.expression)} nodes>"

    def __reduce__(self) -> Any:
        """Pickle the expression."""
        return Program, (self.expression,)

    @property
    def evaluate(self) -> Evaluate:
        """The function from the inputs to the outputs, over NumPy: a loop over the nodes, prepared once."""
        if self.plan is None:
            self.plan = planned(self.expression)
        return self.plan

    @property
    def selects(self) -> bool:
        """Whether a node takes one branch, so that zeros in an adjoint may stand for the other."""
        return any(takes_a_branch(node.operation, node.parameters) for node in self.expression.nodes)


def function_of(row: Operation) -> Callable[..., Array]:
    """What an operation computes."""
    forward = row.forward
    return OPERATORS.get(forward, forward) if isinstance(forward, np.ufunc) else forward


def planned(e: Any) -> Evaluate:
    """What an expression computes, with everything looked up that does not change from call to call."""
    template = [node.constant for node in e.nodes]
    inputs = [i.position for i in e.inputs]
    lines = [
        (position, function_of(node.operation), node.operands, dict(node.parameters))
        for position, node in enumerate(e.nodes)
        if node.operation is not INPUT and node.operation is not CONSTANT
    ]
    outputs = e.outputs

    def evaluate(x: Sequence[Array]) -> list[Array]:
        values = template.copy()
        for position, v in zip(inputs, x, strict=True):
            values[position] = v
        for position, forward, operands, options in lines:
            if options:
                values[position] = forward(*[values[j] for j in operands], **options)
            elif len(operands) == 2:
                values[position] = forward(values[operands[0]], values[operands[1]])
            elif len(operands) == 1:
                values[position] = forward(values[operands[0]])
            else:
                values[position] = forward(*[values[j] for j in operands])
        return [values[j] for j in outputs]

    return evaluate


def takes_a_branch(operation: Operation, parameters: Sequence[tuple[str, Any]]) -> bool:
    """Whether an operation selects: a loop does if its step does."""
    if not operation.selects or operation.name != "scan":
        return operation.selects
    return any(value.selects for _, value in parameters if isinstance(value, Program))


def programs_of(parameters: Sequence[tuple[str, Any]]) -> list[Any]:
    """The expressions that a node runs."""
    return [value.expression for _, value in parameters if isinstance(value, Program)]


def every_node(e: Any) -> Iterator[Any]:
    """The nodes of an expression and of all programs within."""
    pending = [e]
    while pending:
        for node in pending.pop().nodes:
            yield node
            if node.operation.programs:
                pending += programs_of(node.parameters)


def with_programs(parameters: tuple[tuple[str, Any], ...], change: Callable[[Any], Any]) -> tuple[tuple[str, Any], ...]:
    """The same parameters with every expression within changed."""
    return tuple(
        [(key, Program(change(value.expression)) if isinstance(value, Program) else value) for key, value in parameters]
    )

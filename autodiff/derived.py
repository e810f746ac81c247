"""Derivatives of the programs that loops and branches run: traces in which this room's sweeps write them down."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np

from expression.nodes import DType, Expression, Input
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.literals import ZERO
from expression.operations.operation import Array
from expression.operations.programs import Program
from expression.structure import shape_of
from expression.tracing import Trace, Tracer

Flags = tuple[bool, ...]
Parameters = dict[str, Any]  # of a node, by name


@dataclass(frozen=True, slots=True)
class Derived:
    """A program that was made from another, which of the inputs it could have it reads, and what its results are."""

    program: Program
    reads: Flags
    results: tuple[int, ...]  # which operand of the node each result belongs to

    def operands(self, candidates: Sequence[Array]) -> list[Array]:
        """Those that it reads."""
        return list(compress(candidates, self.reads))


class Writing:
    """The trace of a derived program: the nodes of the other one, on inputs like its own."""

    def __init__(self, e: Expression) -> None:
        """Begin without inputs."""
        self.e = e
        self.trace = Trace()
        self.trace.line = ""
        self.inputs: list[Tracer] = []
        self.names: set[str] = set()

    def like(self, position: int, suffix: str = "", dtype: DType | None = None) -> Tracer:
        """A new input like a node of the other program; tangents and adjoints are of the dtype of the results."""
        node = self.e.nodes[position]
        name = next((i.name for i in self.e.inputs if i.position == position), "y") + suffix
        while name in self.names:
            name += "_"
        self.names.add(name)
        x = self.trace.input(name, node.shape, node.dtype if dtype is None else dtype)
        self.inputs.append(x)
        return x

    def inlined(self, arguments: Sequence[Tracer], known: dict[int, Tracer]) -> list[Array]:
        """A value for each node of the other program: what is known is not computed again."""
        values: list[Array] = [None] * len(self.e.nodes)
        for i, x in zip(self.e.inputs, arguments, strict=True):
            values[i.position] = x
        for position, node in enumerate(self.e.nodes):
            if position in known:
                values[position] = known[position]
            elif node.operation is CONSTANT:
                values[position] = node.constant
            elif node.operation is not INPUT:
                operands = [values[j] for j in node.operands]
                values[position] = self.trace.record(node.operation, operands, node.parameters)
        return values

    def program(self, results: Sequence[Array], optional: Sequence[Tracer]) -> tuple[Program, Flags]:
        """What was written, without those of the `optional` inputs that it does not read; a flag for each input."""
        outputs = [self.trace.own(y, None) for y in results]
        e = self.trace.expression(tuple(self.inputs), tuple(outputs))
        read = {j for node in e.nodes for j in node.operands} | set(e.outputs)
        may_go = {x.position for x in optional}
        reads = tuple(
            i.position in read or x.position not in may_go for i, x in zip(e.inputs, self.inputs, strict=True)
        )
        return Program(e if all(reads) else with_inputs(e, list(compress(e.inputs, reads)))), reads


def with_inputs(e: Expression, inputs: Sequence[Input]) -> Expression:
    """An expression with only some of its inputs; the others are not read."""
    writer = Trace()
    writer.line = ""
    own: dict[str, Any] = {
        i.name: writer.input(i.name, e.nodes[i.position].shape, e.nodes[i.position].dtype) for i in inputs
    }
    values = writer.inline(e, [own.get(i.name) for i in e.inputs])
    return writer.expression(tuple(own.values()), tuple(writer.own(values[j], None) for j in e.outputs))


def whole(v: Array | None, like: Any, dtype: DType) -> Array:
    """An adjoint or tangent as a result of a program: in its node's shape, zeros where there is none."""
    v = ZERO if v is None else v
    v = dtype.type(v) if type(v) is float else v
    return v if shape_of(v) == like.shape else np.broadcast_to(v, like.shape)

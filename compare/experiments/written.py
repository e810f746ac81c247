"""An expression at a point, written out: a line for each node, and what each keeps for the reverse sweep."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.experiments.formulas import is_number, number, primal_formula, with_numbers
from compare.tables import Table
from compare.wording import json_ready
from expression import Expression
from expression.analysis import active_nodes, needed
from expression.derivatives import check_scalar
from expression.errors import ArgumentError, TrigradError
from expression.evaluation import arguments_of, forward
from expression.measures import reads
from expression.operations.leaves import CONSTANT
from expression.operations.operation import Array
from expression.structure import point
from expression.tracing import trace_at

LONGEST = 60  # characters of a formula in a title
MOST = 200  # nodes of a list that is written out


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a trace: `v3 = v0 * v1`, with numbers `2 * 5`, and its value."""

    node: int  # whose value, tangent or adjoint it is
    formula: str
    numbers: str  # empty where there is nothing to fill in
    value: Any

    def __str__(self) -> str:
        """The formula, and the same with numbers."""
        return f"{self.formula} = {self.numbers}" if self.numbers else self.formula

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"node": self.node, "formula": self.formula, "numbers": self.numbers, "value": json_ready(self.value)}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An expression at a point: the values of all its nodes, and which rows a trace of it has."""

    e: Expression
    leaves: tuple[Array, ...]
    values: list[Array]
    rows: tuple[int, ...]
    active: Sequence[int]  # a flag for each node: whether it lies between the inputs and the outputs

    @property
    def names(self) -> dict[str, Any]:
        """The values by the names that formulas have for them."""
        return {f"v{i}": value for i, value in enumerate(self.values)}

    @property
    def wrt(self) -> list[int]:
        """The inputs that are differentiated."""
        return [i.position for i in self.e.inputs if self.e.nodes[i.position].dtype.kind == "f"]

    @property
    def title(self) -> str:
        """The function and the point."""
        try:
            formula = self.e.to_infix()
        except TrigradError:
            formula = "f"
        given = [f"{i.name} = {number(x)}" for i, x in zip(self.e.inputs, self.leaves, strict=True)]
        return f"{self.output} = {formula if len(formula) <= LONGEST else 'f'} at {', '.join(given)}"

    @property
    def output(self) -> str:
        """What the result is called: y, where no input is."""
        names = {i.name for i in self.e.inputs}
        return next(name for name in ("y", "f", "output", "result") if name not in names)

    def primal(self) -> tuple[Line, ...]:
        """A line for each node, and one for the output."""
        names = self.names
        lines = []
        for i in self.rows:
            formula = primal_formula(self.e, i)
            numbers = "" if self.e.nodes[i].is_leaf else with_numbers(formula, names)
            lines.append(Line(i, f"v{i} = {formula}", numbers, self.values[i]))
        output = self.e.outputs[0]
        return (*lines, Line(output, f"{self.output} = v{output}", "", self.values[output]))


def evaluation(f: Callable[..., Any] | Expression, args: tuple[Any, ...], caller: str) -> Evaluation:
    """Run f at the point, along the branches that it takes there."""
    point(f, args, tuple(range(len(args))))
    e = f if isinstance(f, Expression) else trace_at(f, *args)
    check_scalar(e, caller)
    if len(e) > MOST:
        raise ArgumentError(f"{caller}: the list has {len(e):,} nodes; at most {MOST} are written out one by one")
    leaves = tuple(np.asarray(x)[()] for x in arguments_of(e, args))
    flags = needed(e)
    inputs = {i.position for i in e.inputs}
    rows = tuple(i for i in range(len(e)) if (flags[i] or i in inputs) and not is_number(e, i))
    return Evaluation(e, leaves, forward(e, leaves), rows, active_nodes(e))


def saved_table(at: Evaluation) -> Table:
    """What the partials of each node read of the values, and so what has to be kept until the reverse sweep."""
    rows = []
    for i in at.rows:
        node = at.e.nodes[i]
        if not at.active[i] or node.is_leaf:
            continue
        shapes = tuple(at.e.nodes[j].shape for j in node.operands)
        dtypes = tuple(at.e.nodes[j].dtype for j in node.operands)
        wanted = tuple(bool(at.active[j]) for j in node.operands)
        result, operands = reads(node.operation, shapes, dtypes, node.parameters, wanted)
        kept = [f"v{j}" for j in dict.fromkeys(node.operands[k] for k in operands) if not constant(at.e, j)]
        kept += [f"v{i}, its result"] if result else []
        rows.append((f"v{i} = {primal_formula(at.e, i)}", node.operation.name, ", ".join(kept) or "nothing"))
    return Table("", ("node", "operation", "keeps for the reverse sweep"), tuple(rows), left=(0, 1, 2))


def constant(e: Expression, j: int) -> bool:
    """Whether a node is there anyway."""
    return e.nodes[j].operation is CONSTANT

"""rules_of(names): the derivative rules of elementwise operations, as the table of operations has them.

A rule is Python code in one row of the table. Here it is run on symbols, and what it does is written down: nobody has
typed these formulas a second time.
"""

import json
from dataclasses import dataclass

import numpy as np

from autodiff.rules import pull
from compare.records import document
from compare.tables import Shown, Table
from expression import Expression
from expression.errors import ArgumentError
from expression.operations import TABLE
from expression.operations.literals import ONE
from expression.operations.operation import Operation
from expression.tracing import Trace

OPERANDS = ("x", "y", "z")
RESULT = "v"
LEGEND = f"{RESULT}: the result of the operation, which a rule may use again"


@dataclass(frozen=True, slots=True)
class Rule:
    """One operation, and its partial by each operand."""

    name: str
    formula: str
    by_operand: tuple[str, ...]
    policy: str = ""  # at the kink, where there is one


@dataclass(frozen=True, slots=True, repr=False)
class Rules(Shown):
    """Rules side by side."""

    rows: tuple[Rule, ...]

    def table(self) -> Table:
        """A row for each operation, a column for each operand."""
        widest = max(len(row.by_operand) for row in self.rows)
        labels = [f"d{RESULT}/d{x}" for x in OPERANDS[:widest]]
        rows = [
            (row.name, row.formula, *row.by_operand, *[""] * (widest - len(row.by_operand)), row.policy)
            for row in self.rows
        ]
        headers = ("operation", RESULT, *labels, "at the kink")
        kept = len(headers) if any(row.policy for row in self.rows) else len(headers) - 1
        cells = tuple(row[:kept] for row in rows)
        return Table("the rules", headers[:kept], cells, legend=(LEGEND,), left=tuple(range(kept)))

    def __getitem__(self, name: str) -> Rule:
        """The rule of that name."""
        return next(row for row in self.rows if row.name == name)

    def __repr__(self) -> str:
        """Whose rules they are; print it for the table."""
        return f"<Rules of {', '.join(row.name for row in self.rows)}>"

    def to_json(self) -> str:
        """Strict JSON."""
        rows = [
            {"name": row.name, "formula": row.formula, "by_operand": row.by_operand, "policy": row.policy or None}
            for row in self.rows
        ]
        return json.dumps(document("rules", {"rules": rows}), allow_nan=False, indent=2)


def rules_of(*names: str) -> Rules:
    """The rules of the named operations, read from the table.

    Raises ArgumentError for a name that has no row, and for an operation that has no partials.

    >>> rules_of("mul")["mul"]
    Rule(name='mul', formula='x * y', by_operand=('y', 'x'), policy='')
    """
    return Rules(tuple(rule_of(name) for name in names))


def rule_of(name: str) -> Rule:
    """One row, written out."""
    operation = TABLE.get(name)
    if operation is None:
        raise ArgumentError(f"the table has no operation {name!r}; its rows are expression.operations.TABLE")
    if operation.partials is None:
        raise ArgumentError(f"{name} has no partials: it does not act entry by entry; its rules are vjps and jvps")
    count = len(operation.partials)
    by_operand = tuple(written(operation, count, k) for k in range(count))
    return Rule(name, written(operation, count), by_operand, operation.kink.policy if operation.kink else "")


def written(operation: Operation, count: int, k: int | None = None) -> str:
    """The partial by operand k, or the operation itself, as it is recorded on symbols: the pullback of an adjoint 1."""
    recording = Trace()
    recording.line = ""
    float64 = np.dtype(np.float64)
    x = [recording.input(name, (), float64) for name in OPERANDS[:count]]
    result = recording.input(RESULT, (), float64)
    y = operation(*x) if k is None else pull(operation, (), k, ONE, (result, *x))
    e: Expression = recording.expression((*x, result), y)
    return e.to_infix()

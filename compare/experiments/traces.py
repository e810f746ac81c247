"""forward_trace and reverse_trace: an evaluation with its derivatives, line by line, as one does it by hand.

Baydin, Pearlmutter, Radul and Siskind, "Automatic differentiation in machine learning: a survey" (2018), tables 2
and 3. The nodes have the numbers that they have in the list (`print(e)`), from 0 on; Baydin's begin at -1.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.derivation import steps_of
from autodiff.steps import behind_a_branch
from autodiff.sweeps import forward_sweep, spread
from autodiff.tape import Event, reverse_events
from compare.experiments.formulas import contribution_formulas, in_unicode, number, tangent_formula, with_numbers
from compare.experiments.written import Evaluation, Line, evaluation, saved_table
from compare.records import document
from compare.tables import Shown, Table, to_html
from compare.wording import json_ready
from expression import Expression
from expression.errors import ArgumentError
from expression.operations.literals import ZERO
from expression.operations.operation import Array
from expression.structure import deliver, matching


class Trace(Shown):
    """How a trace is shown: as text, on a terminal, on a page, as a figure."""

    __slots__ = ()
    title: str

    def __repr__(self) -> str:
        """What was traced; print it for the table."""
        return f"<{type(self).__name__} of {self.title}>"

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        return "".join(to_html(on_page(table)) for table in self.tables())

    def plot(self, target: Any = None) -> Any:
        """Draw the table into a file (.png, .svg, .pdf), onto a matplotlib figure, or as a picture."""
        from compare.figures.traces import plot_trace

        return plot_trace(self, target)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reverse sweep: the node it stands at, and the adjoints that it adds to, with their new sums."""

    node: int
    sums: tuple[tuple[int, Any], ...]


@dataclass(frozen=True, slots=True, repr=False)
class ForwardTrace(Trace):
    """The values of all nodes and, beside each, its tangent: one sweep, from the first line to the last."""

    title: str
    primal: tuple[Line, ...]
    tangent: tuple[Line, ...]

    @property
    def value(self) -> Any:
        """The value of the function: the last line on the left."""
        return self.primal[-1].value

    @property
    def derivative(self) -> Any:
        """The derivative along the direction: the last line on the right."""
        return self.tangent[-1].value

    def tables(self) -> tuple[Table, ...]:
        """Both traces, side by side."""
        rows = [
            (str(left), number(left.value), str(right), number(right.value))
            for left, right in zip(self.primal, self.tangent, strict=True)
        ]
        headers = ("forward primal trace ↓", "value", "forward tangent trace ↓", "value")
        return (Table(self.title, headers, tuple(rows), left=(0, 2)),)

    def to_json(self) -> str:
        """Strict JSON."""
        content = {
            "title": self.title,
            "primal": [line.to_dict() for line in self.primal],
            "tangent": [line.to_dict() for line in self.tangent],
        }
        return json.dumps(document("forward trace", content), allow_nan=False, indent=2)


@dataclass(frozen=True, slots=True, repr=False)
class ReverseTrace(Trace):
    """The values of all nodes downwards and, beside them, upwards, the adjoints: seed 1, then a line a contribution."""

    title: str
    primal: tuple[Line, ...]
    adjoint: tuple[Line, ...]  # in the order in which they are computed
    beside: tuple[int, ...]  # for each of them, the row of `primal` whose node sends it
    steps: tuple[Step, ...]
    gradient: tuple[Any, ...]  # the derivative by each input
    saved: Table  # what each node keeps for the reverse sweep
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> Any:
        """The value of the function."""
        return self.primal[-1].value

    def tables(self) -> tuple[Table, ...]:
        """Both traces, side by side: the right one is read upwards."""
        rows: list[tuple[str, ...]] = []
        for k, left in enumerate(self.primal):
            right = [line for line, row in zip(self.adjoint, self.beside, strict=True) if row == k]
            values = [(str(line), number(line.value)) for line in reversed(right)] or [("", "")]
            rows.append((str(left), number(left.value), *values[0]))
            rows.extend(("", "", *value) for value in values[1:])
        headers = ("forward primal trace ↓", "value", "reverse adjoint trace ↑", "sum")
        return (Table(self.title, headers, tuple(rows), self.notes, left=(0, 2)),)

    def to_json(self) -> str:
        """Strict JSON."""
        content = {
            "title": self.title,
            "primal": [line.to_dict() for line in self.primal],
            "adjoint": [line.to_dict() for line in self.adjoint],
            "steps": [
                {"node": step.node, "sums": [[j, json_ready(v_bar)] for j, v_bar in step.sums]} for step in self.steps
            ],
        }
        return json.dumps(document("reverse trace", content), allow_nan=False, indent=2)

    def plot_steps(self, target: Any = None) -> Any:
        """Draw the reverse sweep: a column for each step, a row for each node, the adjoints as far as they are summed.

        Raises ArgumentError for arrays, whose adjoints are no single numbers.
        """
        from compare.figures.tape_steps import plot_steps

        return plot_steps(self, target)


def on_page(table: Table) -> Table:
    """The table with its formulas as a page shows them."""
    rows = tuple(tuple(in_unicode(cell) for cell in row) for row in table.rows)
    return Table(in_unicode(table.title), table.headers, rows, table.notes, table.legend, table.left)


def forward_trace(
    f: Callable[..., Any] | Expression, *primals: Any, tangents: Sequence[Any] | None = None
) -> ForwardTrace:
    """The evaluation of a scalar function beside its tangents: Baydin's table 2.

    `tangents` has the structure of the arguments; without it the first input moves: 1, and 0 for every other. The last
    tangent is the sum of dy/dx_k x_dot_k. Raises ArgumentError for an output that is not scalar.

    >>> print(forward_trace(lambda a, b: a * b, 2.0, 5.0))
    y = a * b at a = 2, b = 5
    forward primal trace ↓  value  forward tangent trace ↓                             value
    v0 = a                      2  v0_dot = a_dot                                          1
    v1 = b                      5  v1_dot = b_dot                                          0
    v2 = v0 * v1 = 2 * 5       10  v2_dot = v0_dot * v1 + v1_dot * v0 = 1 * 5 + 0 * 2      5
    y = v2                     10  y_dot = v2_dot                                          5
    """
    at = evaluation(f, primals, "forward_trace")
    dots = first_unit(at) if tangents is None else matching(tuple(tangents), primals, "tangents")
    tangent: list[Array] = [ZERO] * len(at.e)
    for leaf, x_dot in zip(at.e.inputs, dots, strict=True):
        tangent[leaf.position] = x_dot
    tangent = forward_sweep(steps_of(at.e, at.values, at.wrt), tangent)
    tangent = [spread(v_dot, v) for v_dot, v in zip(tangent, at.values, strict=True)]
    names = at.names | {f"v{i}_dot": v_dot for i, v_dot in enumerate(tangent)}
    inputs = {leaf.position: leaf.name for leaf in at.e.inputs}
    lines = []
    for i in at.rows:
        if i in inputs:
            lines.append(Line(i, f"v{i}_dot = {inputs[i]}_dot", "", tangent[i]))
            continue
        formula = tangent_formula(at.e, i, at.active)
        lines.append(Line(i, f"v{i}_dot = {formula}", with_numbers(formula, names), tangent[i]))
    output = at.e.outputs[0]
    lines.append(Line(output, f"{at.output}_dot = v{output}_dot", "", tangent[output]))
    return ForwardTrace(at.title, at.primal(), tuple(lines))


def first_unit(at: Evaluation) -> list[Array]:
    """The direction in which the first input alone moves."""
    first = at.e.inputs[0]
    if at.e.nodes[first.position].shape:
        raise ArgumentError(f"{first.name} has shape {at.e.nodes[first.position].shape}; give tangents=, a direction")
    return [np.ones_like(x) if k == 0 else np.zeros_like(x) for k, x in enumerate(at.leaves)]


def reverse_trace(f: Callable[..., Any] | Expression, *args: Any) -> ReverseTrace:
    """The evaluation of a scalar function beside its adjoints: Baydin's table 3.

    The adjoints begin below with the seed 1 and go up: a line for each contribution, `+=` where a node has had one
    before. The number behind it is the sum so far. Raises ArgumentError for an output that is not scalar.

    >>> print(reverse_trace(lambda x: x * x, 3.0))
    y = x * x at x = 3
    forward primal trace ↓  value  reverse adjoint trace ↑                           sum
    v0 = x                      3  x_bar = v0_bar                                      6
    v1 = v0 * v0 = 3 * 3        9  v0_bar += v1_bar * dv1/dv0 = v1_bar * v0 = 1 * 3    6
                                   v0_bar = v1_bar * dv1/dv0 = v1_bar * v0 = 1 * 3     3
    y = v1                      9  v1_bar = y_bar                                      1
    """
    at = evaluation(f, args, "reverse_trace")
    output = at.e.outputs[0]
    events = sent_back(at)
    names = at.names | {f"v{event.node}_bar": event.adjoint for event in events}
    sums = {output: events[0].adjoint}
    lines = [(len(at.rows), Line(output, f"v{output}_bar = {at.output}_bar", "", events[0].adjoint))]
    for event in events:
        if event.operation != "input":
            row = at.rows.index(event.node)
            lines += [(row, line) for line in contribution_lines(at, event, names, sums)]
    inputs = [i for i in at.e.inputs if i.position in at.wrt]
    found = {i.position: spread(sums.get(i.position), at.values[i.position]) for i in inputs}
    lines += [(at.rows.index(j), Line(j, f"{name}_bar = v{j}_bar", "", found[j])) for name, j, _ in reversed(inputs)]
    missing = [i.name for i in inputs if i.position not in sums]
    return ReverseTrace(
        title=at.title,
        primal=at.primal(),
        adjoint=tuple(line for _, line in lines),
        beside=tuple(row for row, _ in lines),
        steps=(Step(output, ((output, events[0].adjoint),)), *steps_taken(at, events)),
        gradient=tuple(deliver(found[i.position]) for i in inputs),
        saved=saved_table(at),
        notes=tuple(f"nothing is sent back to {name}: its derivative is exactly 0" for name in missing),
    )


def sent_back(at: Evaluation) -> list[Event]:
    """The events of the reverse sweep from the seed 1."""
    output = at.e.outputs[0]
    steps = steps_of(at.e, at.values, at.wrt)
    seed = np.ones_like(at.values[output])[()]
    return list(reverse_events(steps[: output + 1], {output: seed}, {}, behind_a_branch(steps)))


def steps_taken(at: Evaluation, events: Sequence[Event]) -> list[Step]:
    """Where the sweep stood, and what it added to."""
    return [
        Step(event.node, tuple((j, spread(total, at.values[j])) for j, total in event.sums))
        for event in events
        if event.operation != "input"
    ]


def contribution_lines(at: Evaluation, event: Event, names: dict[str, Any], sums: dict[int, Array]) -> list[Line]:
    """A line for each contribution of one node; `sums` goes along."""
    lines = []
    i = event.node
    for (j, formula), (_, total) in zip(contribution_formulas(at.e, i, at.active), event.sums, strict=True):
        sign = "+=" if j in sums else "="
        sums[j] = total
        text = f"v{j}_bar {sign} v{i}_bar * dv{i}/dv{j} = {formula}"
        lines.append(Line(j, text, with_numbers(formula, names), spread(total, at.values[j])))
    return lines

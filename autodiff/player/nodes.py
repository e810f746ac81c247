"""What is played: the nodes of a tape or of an expression, in one form, and the events of the two sweeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.derivation import steps_of
from autodiff.modes import no_grad
from autodiff.player.names import names_of_leaves
from autodiff.steps import behind_a_branch, in_full
from autodiff.tape import Event, Tape, reverse_events
from expression.errors import ArgumentError, SizeLimitError
from expression.evaluation import arguments_of, forward
from expression.nodes import Expression, Node
from expression.operations.leaves import INPUT
from expression.operations.operation import Array
from expression.structure import dtype_of, floating_results, shape_of

MAX_NODES = 5_000  # beyond, neither the list nor the page is of use to anybody


@dataclass(frozen=True, slots=True)
class Shown:
    """One node: what it is, what it read, and its value."""

    node: Node
    role: str
    name: str  # of an input
    operands: tuple[int | None, ...]  # None is a constant that has no node of its own
    values: tuple[Array, ...]  # (y, *x)
    differentiated: bool  # whether an adjoint may come here


@dataclass(frozen=True, slots=True)
class Recording:
    """The nodes of a computation, and the events of its reverse sweep from one of them."""

    nodes: tuple[Shown, ...]
    output: int
    reverse: tuple[Event, ...]


def check_size(count: int, what: str) -> None:
    """Raise SizeLimitError for more nodes than a page can show."""
    if count > MAX_NODES:
        raise SizeLimitError(
            f"play: the {what} has {count:,} nodes, the player shows at most {MAX_NODES:,}; "
            "play a smaller size, or write the loop as expression.scan, which is one node"
        )


def from_tape(tape: Tape, y: Any, names: Sequence[str] | None) -> Recording:
    """What a tape recorded up to y. Raises TapeError for a tensor of another tape, and for a tape that is used up."""
    output = tape.place(y)
    floating_results([dtype_of(y)])
    check_size(output + 1, "tape")
    with no_grad():  # the values may be an outer tape's tensors, which would be recorded there
        events = tape.events(y)
    steps = tape.steps[: output + 1]
    given = names_of_leaves(tape, output, names)
    shown = []
    for i, step in enumerate(steps):
        if step is None:
            value = tape.leaves[i][1]
            leaf = Node(INPUT, (), (), shape_of(value), dtype_of(value))
            shown.append(Shown(leaf, "input", given[i], (), (value,), True))
            continue
        operation, operands, values, parameters = in_full(step)
        node = Node(operation, (), parameters, shape_of(values[0]), dtype_of(values[0]), tape.lines.get(i, ""))
        role = "output" if i == output else "intermediate"
        shown.append(Shown(node, role, "", operands, values, True))
    return Recording(tuple(shown), output, tuple(event for event in events if event.sweep == "reverse"))


def from_expression(e: Expression, args: Sequence[Any], output: int) -> Recording:
    """An expression at a point: every node with its value, then the sweep from one output.

    Raises ArgumentError for arguments that do not fit, and for an output that does not exist.
    """
    if type(output) is not int or not 0 <= output < len(e.outputs):
        raise ArgumentError(f"output={output!r}: the expression has {len(e.outputs)} outputs, from 0")
    check_size(len(e.nodes), "expression")
    last = e.outputs[output]
    floating_results([e.nodes[last].dtype])
    with no_grad():
        values = forward(e, arguments_of(e, args))
        sources = [i.position for i in e.inputs if e.nodes[i.position].dtype.kind == "f"]
        steps = steps_of(e, values, sources)[: last + 1]
        seeds = {last: np.ones(e.nodes[last].shape, e.nodes[last].dtype)[()]}
        lines = {i: node.line for i, node in enumerate(e.nodes)}
        events = tuple(reverse_events(steps, seeds, lines, behind_a_branch(steps)))
    names = {i.position: i.name for i in e.inputs}
    shown = []
    for i, node in enumerate(e.nodes):
        found = (values[i], *[values[j] for j in node.operands])
        active = i < len(steps) and (steps[i] is not None or i in sources)
        role = "output" if i == last else "intermediate" if e.role(i) == "output" else e.role(i)
        shown.append(Shown(node, role, names.get(i, ""), node.operands, found, active))
    return Recording(tuple(shown), last, events)

"""The chain rule along a scalar list, with SymPy's partials: from the outputs back, or from the inputs on."""

from collections.abc import Mapping, Sequence

from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT
from symbolic.rules import Rule, rules
from symbolic.writer import ADD, MUL, NEG, SUB, Value, Writer, real_number


def rule_values(e: Expression) -> list[Value]:
    """Every node as a rule sees it: its position, or the number that it holds."""
    return [value_of(node, position) for position, node in enumerate(e.nodes)]


def value_of(node: Node, position: int) -> Value:
    """A scalar constant as a plain number, every other node as its position."""
    if node.operation is not CONSTANT:
        return position
    number = real_number(node.parameters[0][1].value[()])
    return number if isinstance(number, bool) else float(number)


def depending(e: Expression, wanted: Sequence[int]) -> bytearray:
    """A flag for each node: floating, and dependent on the wanted leaves or entries."""
    flags = bytearray(len(e.nodes))
    for j in wanted:
        flags[j] = 1
    for position, node in enumerate(e.nodes):
        for j in node.operands:
            if flags[j] and node.dtype.kind in "fc":
                flags[position] = 1
                break
    return flags


class Sums:
    """A running sum for each node; a minus is kept aside, and becomes a subtraction when there is a partner."""

    __slots__ = ("minus", "totals", "writer")

    def __init__(self, writer: Writer, count: int, seeds: Mapping[int, Value]) -> None:
        """Begin with the seeds."""
        self.writer = writer
        self.totals: list[Value | None] = [None] * count
        self.minus = bytearray(count)
        for j, seed in seeds.items():
            self.totals[j] = seed

    def add(self, j: int, rule: Rule, given: Sequence[Value], gated: int = 0) -> None:
        """Add v dy/dx_k, where v is given first: nothing for a partial of 0, v itself for 1 and -1."""
        number = rule.number
        if number is None:
            term = (rule.gated if gated else rule.product).replay(self.writer, given)
            negative = 0
            if type(term) is int:
                node = self.writer.nodes[term]
                if node.operation is NEG:
                    term, negative = node.operands[0], 1
        elif number in (1, -1):
            term, negative = given[0], int(number < 0)
        elif number == 0:
            return
        else:
            term, negative = self.writer.fold(MUL, given[0], number), 0
        held = self.totals[j]
        if held is None:
            self.totals[j], self.minus[j] = term, negative
        elif self.minus[j] == negative:
            self.totals[j] = self.writer.fold(ADD, held, term)
        elif negative:
            self.totals[j] = self.writer.fold(SUB, held, term)
        else:
            self.totals[j], self.minus[j] = self.writer.fold(SUB, term, held), 0

    def value(self, j: int) -> Value | None:
        """The finished sum; None when nothing was added."""
        total = self.totals[j]
        if total is not None and self.minus[j]:
            return self.writer.fold(NEG, total)
        return total


def reverse_sweep(writer: Writer, e: Expression, seeds: Mapping[int, Value], wanted: Sequence[int]) -> list[Value]:
    """The adjoints of the wanted leaves or entries: v_bar_j = sum over the readers i of v_j of v_bar_i dv_i/dv_j.

    The writer begins with e's nodes. A node is passed once, when its adjoint is complete, so the result is linear in
    the list. What comes through a branch is multiplied by the gate: where the branch was not taken it stays 0.
    """
    active, values = depending(e, wanted), rule_values(e)
    adjoint = Sums(writer, len(e.nodes), seeds)
    gated = bytearray(len(e.nodes))
    for i in range(len(e.nodes) - 1, -1, -1):
        node = e.nodes[i]
        if not active[i] or not node.operands or node.parameters:
            continue  # leaves, and entries of an input: where the sweep ends
        v_bar = adjoint.value(i)
        if v_bar is None:
            continue
        given = [v_bar, i, *[values[j] for j in node.operands]]
        through = gated[i] or node.operation.selects
        for j, rule in zip(node.operands, rules(node.operation), strict=True):
            if active[j]:
                adjoint.add(j, rule, given, gated[i])
                gated[j] |= through
    return [0.0 if (v_bar := adjoint.value(j)) is None else v_bar for j in wanted]


def forward_sweep(writer: Writer, e: Expression, tangents: Mapping[int, Value]) -> list[Value]:
    """The tangents of the outputs: v_dot_i = sum over the operands j of v_i of dv_i/dv_j v_dot_j."""
    values = rule_values(e)
    dots = Sums(writer, len(e.nodes), tangents)
    for i, node in enumerate(e.nodes):
        if not node.operands or node.parameters or node.dtype.kind not in "fc":
            continue
        operands = [values[j] for j in node.operands]
        for j, rule in zip(node.operands, rules(node.operation), strict=True):
            x_dot = dots.value(j)
            if x_dot is not None:
                dots.add(i, rule, [x_dot, i, *operands])
    return [0.0 if (dot := dots.value(j)) is None else dot for j in e.outputs]

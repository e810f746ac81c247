"""The textbook derivative: the chain rule applied to every node and nothing tidied up, whose tree shows the swell."""

from collections.abc import Sequence
from math import prod

from expression.bodies import inline_bodies
from expression.derivatives import in_structure, wanted_positions
from expression.measures import scalar_size
from expression.nodes import Expression
from expression.operations import TABLE
from expression.operations.leaves import CONSTANT
from expression.structure import unflatten
from symbolic.entries import scalar_list
from symbolic.limits import NODES_A_NODE, SHARED_LIMIT, check_size
from symbolic.rules import rules
from symbolic.sweeps import value_of
from symbolic.writer import ADD, MUL, POW, Value, Writer

SUMS = (TABLE["add"], TABLE["sub"], TABLE["neg"])


def textbook(expression: Expression, wrt: str | Sequence[str] | None = None, *, limit: int | None = None) -> Expression:
    """The derivative of every output as the rules of a textbook write it, with no product or sum simplified.

    d(constant) = 0, d(input) = 1 or 0, d(u + v) = du + dv, and for every other operation the sum over its operands of
    partial times d(operand), the partial by SymPy. Several outputs are allowed: the results are each output's
    derivatives, so that one list holds a whole family. Raises SizeLimitError when the list would be too long.

    >>> from expression import parse
    >>> print(textbook(parse("x * x + 3")).to_infix())
    x * 1 + x * 1 + 0
    """
    expression = inline_bodies(expression)
    positions = wanted_positions(expression, wrt)
    size = textbook_size(expression, positions)
    check_size("textbook", size, SHARED_LIMIT if limit is None else limit, "differentiate by fewer inputs")
    scalars = scalar_list(expression)
    writer = Writer(scalars.e.nodes, scalars.e.inputs)
    dots = {}
    for i in expression.inputs:
        if i.position in positions:
            dots[i.position] = [textbook_sweep(writer, scalars.e, j) for j in scalars.entries[i.name]]
    results = []
    for output, entries in zip(expression.outputs, scalars.outputs, strict=True):
        shape = expression.nodes[output].shape
        blocks = {}
        for p, columns in dots.items():
            node = expression.nodes[p]
            block = [column[j] for j in entries for column in columns]
            blocks[p] = writer.assemble(block, (*shape, *node.shape), node.dtype)
        results.append(in_structure(expression, wrt, blocks))
    return writer.expression(expression.arguments, unflatten(expression.results, results))


def textbook_size(e: Expression, positions: Sequence[int]) -> int:
    """Nodes of the list, with one pass for each entry of the inputs at these positions."""
    passes = sum(prod(e.nodes[p].shape) for p in positions)
    return scalar_size(e) * NODES_A_NODE * max(passes, 1)


def textbook_sweep(writer: Writer, e: Expression, by: int | None) -> list[int]:
    """The derivative of every node by one leaf or entry (None: by an entry that nobody reads)."""
    zero, one = writer.number(0.0, writer.dtype), writer.number(1.0, writer.dtype)
    dots: list[int] = []
    for i, node in enumerate(e.nodes):
        operation, operands = node.operation, node.operands
        if not operands or node.parameters:
            dots.append(one if i == by else zero)
        elif operation in SUMS:
            dots.append(writer.write(operation, *[dots[j] for j in operands]))
        else:
            dots.append(sum_of_terms(writer, e, i, dots))
    return dots


def sum_of_terms(writer: Writer, e: Expression, i: int, dots: Sequence[int]) -> int:
    """The chain rule at one node, every term written out; a power with a constant exponent has the power rule's one."""
    node = e.nodes[i]
    given: list[Value] = [i, *node.operands]
    terms = list(zip(rules(node.operation), node.operands, strict=True))
    if node.operation is POW and e.nodes[node.operands[1]].operation is CONSTANT:
        given[2] = value_of(e.nodes[node.operands[1]], node.operands[1])
        del terms[1]
    total = None
    for rule, j in terms:
        term = writer.write(MUL, rule.partial.replay(writer, given), dots[j])
        total = term if total is None else writer.write(ADD, total, term)
    assert total is not None
    return total

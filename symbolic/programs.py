"""The programs behind jacobian, hessian, jvp, vjp and hvp: sweeps along one scalar list, put together as arrays.

Each takes an expression and how many of its leading inputs are differentiated, and gives an Expression. Tangents
and cotangents are further inputs, after those of the expression.
"""

from collections.abc import Sequence
from math import prod

import numpy as np

from expression.nodes import Expression, Node
from expression.operations import TABLE
from expression.structure import Structure, flatten, unflatten
from symbolic.derivation import WHOLE_ARRAYS, gradient_entries
from symbolic.entries import ScalarList, scalar_list
from symbolic.limits import SHARED_LIMIT, check_size, shared_size
from symbolic.sweeps import forward_sweep, reverse_sweep
from symbolic.writer import ADD, Value, Writer


def check_sweeps(caller: str, e: Expression, sweeps: int, limit: int | None) -> None:
    """Refuse a program that would be too long."""
    check_size(caller, shared_size(e, sweeps), SHARED_LIMIT if limit is None else limit, WHOLE_ARRAYS)


def begin(e: Expression) -> tuple[ScalarList, Writer]:
    """The scalar list of an expression, and a writer that begins with its nodes."""
    scalars = scalar_list(e)
    return scalars, Writer(scalars.e.nodes, scalars.e.inputs)


def leading(e: Expression, scalars: ScalarList, count: int) -> tuple[list[Node], list[list[int | None]]]:
    """The differentiated inputs, and where their entries stand."""
    inputs = e.inputs[:count]
    return [e.nodes[i.position] for i in inputs], [scalars.entries[i.name] for i in inputs]


def more_inputs(writer: Writer, e: Expression, nodes: Sequence[Node], what: str) -> list[list[int]]:
    """An input like each node, and the places of its entries."""
    taken = {i.name for i in e.inputs}
    entries = []
    for k, node in enumerate(nodes):
        name = f"{what}_{k}"
        while name in taken:
            name += "_"
        whole = writer.input(name, node.shape, node.dtype)
        entries.append(entries_of(writer, whole, node))
    return entries


def entries_of(writer: Writer, whole: int, node: Node) -> list[int]:
    """Every entry of an array, in C order."""
    if not node.shape:
        return [whole]
    return [writer.array(TABLE["getitem"], (whole,), index=place) for place in np.ndindex(node.shape)]


def values_of(writer: Writer, e: Expression, scalars: ScalarList) -> list[int]:
    """The outputs of the expression, put together from their entries."""
    shaped = zip(scalars.outputs, (e.nodes[j] for j in e.outputs), strict=True)
    return [writer.assemble(entries, node.shape, node.dtype) for entries, node in shaped]


def with_more(e: Expression, more: int) -> Structure:
    """The structure of e's arguments, flat, with so many more."""
    return flatten(tuple([0.0] * (len(e.inputs) + more)))[1]


def jacobian_program(e: Expression, count: int, limit: int | None) -> Expression:
    """One reverse sweep for each entry of each output; results: for each output a tuple of blocks, one an input."""
    check_sweeps("jacobian", e, sum(prod(e.nodes[j].shape) for j in e.outputs), limit)
    scalars, writer = begin(e)
    nodes, places = leading(e, scalars, count)
    results = []
    for output, entries in zip(e.outputs, scalars.outputs, strict=True):
        sweeps = [gradient_entries(writer, scalars.e, j, places) for j in entries]
        blocks = []
        for k, node in enumerate(nodes):
            block = [x for sweep in sweeps for x in sweep[k]]
            blocks.append(writer.assemble(block, (*e.nodes[output].shape, *node.shape), node.dtype))
        results.append(tuple(blocks))
    return writer.expression(with_more(e, 0), tuple(results))


def gradient_list(e: Expression, count: int) -> tuple[Expression, list[Node]]:
    """The scalar list whose outputs are all entries of the gradient, flat."""
    scalars, writer = begin(e)
    nodes, places = leading(e, scalars, count)
    found = gradient_entries(writer, scalars.e, scalars.outputs[0][0], places)
    return writer.expression(with_more(e, 0), tuple(x for column in found for x in column)), nodes


def hessian_program(e: Expression, count: int, limit: int | None) -> Expression:
    """One reverse sweep for each entry of the gradient, to the entries not before it: the other half is its mirror."""
    sizes = [prod(e.nodes[i.position].shape) for i in e.inputs[:count]]
    check_sweeps("hessian", e, 4 * sum(sizes), limit)
    gradient, nodes = gradient_list(e, count)
    scalars, writer = begin(gradient)
    wanted = [j for i in gradient.inputs[:count] for j in scalars.entries[i.name]]
    n = len(wanted)
    rows: list[list[Value]] = [[0.0] * n for _ in range(n)]
    for i, (output,) in enumerate(scalars.outputs):
        (found,) = gradient_entries(writer, scalars.e, output, [wanted[i:]])
        for j, x in enumerate(found, start=i):
            rows[i][j] = rows[j][i] = x
    starts = [sum(sizes[:k]) for k in range(count + 1)]
    results = []
    for a, row_node in enumerate(nodes):
        blocks = []
        for b, node in enumerate(nodes):
            block = [x for row in rows[starts[a] : starts[a + 1]] for x in row[starts[b] : starts[b + 1]]]
            blocks.append(writer.assemble(block, (*row_node.shape, *node.shape), node.dtype))
        results.append(tuple(blocks))
    return writer.expression(with_more(e, 0), tuple(results))


def jvp_program(e: Expression, count: int, limit: int | None) -> Expression:
    """One forward sweep; further inputs are the tangents, results (value, tangent) in f's structure."""
    check_sweeps("jvp", e, 1, limit)
    scalars, writer = begin(e)
    nodes, places = leading(e, scalars, count)
    tangents = more_inputs(writer, e, nodes, "x_dot")
    dots = pushed(writer, scalars, places, tangents)
    shaped = zip(dots, (e.nodes[j] for j in e.outputs), strict=True)
    tangent = [writer.assemble(entries, node.shape, node.dtype) for entries, node in shaped]
    value = values_of(writer, e, scalars)
    return writer.expression(with_more(e, count), (unflatten(e.results, value), unflatten(e.results, tangent)))


def pushed(
    writer: Writer, scalars: ScalarList, places: Sequence[Sequence[int | None]], tangents: Sequence[Sequence[Value]]
) -> list[list[Value]]:
    """The tangents of the outputs' entries."""
    seeds = {
        j: x_dot
        for column, x_dots in zip(places, tangents, strict=True)
        for j, x_dot in zip(column, x_dots, strict=True)
        if j is not None
    }
    left = iter(forward_sweep(writer, scalars.e, seeds))
    return [[next(left) for _ in entries] for entries in scalars.outputs]


def vjp_program(e: Expression, count: int, limit: int | None) -> Expression:
    """One reverse sweep; further inputs are the cotangents of the outputs, results those of the inputs."""
    check_sweeps("vjp", e, 1, limit)
    scalars, writer = begin(e)
    nodes, places = leading(e, scalars, count)
    cotangents = more_inputs(writer, e, [e.nodes[j] for j in e.outputs], "y_bar")
    seeds: dict[int, Value] = {}
    for entries, y_bars in zip(scalars.outputs, cotangents, strict=True):
        for j, y_bar in zip(entries, y_bars, strict=True):
            seeds[j] = writer.fold(ADD, seeds[j], y_bar) if j in seeds else y_bar
    wanted = [j for column in places for j in column if j is not None]
    adjoint = dict(zip(wanted, reverse_sweep(writer, scalars.e, seeds, wanted), strict=True))
    results = []
    for node, column in zip(nodes, places, strict=True):
        gathered = [0.0 if j is None else adjoint[j] for j in column]
        results.append(writer.assemble(gathered, node.shape, node.dtype))
    return writer.expression(with_more(e, len(e.outputs)), tuple(results))


def hvp_program(e: Expression, of: int, count: int, limit: int | None) -> Expression:
    """A forward sweep along the gradient by the first `of` inputs; further inputs are the tangents of `count`."""
    check_sweeps("hvp", e, 4, limit)
    gradient, nodes = gradient_list(e, of)
    scalars, writer = begin(gradient)
    primals, places = leading(gradient, scalars, count)
    tangents = more_inputs(writer, gradient, primals, "x_dot")
    dots = [x for entries in pushed(writer, scalars, places, tangents) for x in entries]
    results, start = [], 0
    for node in nodes:
        size = prod(node.shape)
        results.append(writer.assemble(dots[start : start + size], node.shape, node.dtype))
        start += size
    return writer.expression(with_more(e, count), tuple(results))

"""`derive`: the gradient as a program in the shared format, with sharing or as a closed form."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from expression.bodies import inline_bodies
from expression.derivatives import check_scalar, in_structure, uncollected, wanted_positions
from expression.errors import SizeLimitError
from expression.measures import tree_sizes
from expression.nodes import Expression
from expression.operations import TABLE
from expression.operations.operation import Shape
from symbolic.entries import scalar_list
from symbolic.limits import CLOSED_LIMIT, SHARED_LIMIT, check_size, shared_size
from symbolic.reading import write_formula
from symbolic.sweeps import reverse_sweep
from symbolic.textbook import textbook, textbook_size
from symbolic.translation import exact, formulas, symbols_of
from symbolic.writer import Value, Writer

WHOLE_ARRAYS = "use autodiff, which keeps arrays whole"
SHARE = "use sharing=True, which writes equal parts once"
Written = tuple[Writer, Value, dict[int, int]]  # the list, the output, and the gradient by each input position


@uncollected()
def derive(
    expression: Expression,
    wrt: str | Sequence[str] | None = None,
    *,
    value: bool = False,
    sharing: bool = True,
    limit: int | None = None,
) -> Expression:
    """The gradient of a scalar expression as a program, every derivative in it SymPy's own.

    sharing=True    SymPy's derivative of each operation, accumulated back along the list: linear in the list.
    sharing=False   the closed form: SymPy differentiates the whole formula, and equal parts are differentiated again
                    and again: the expression swells. What SymPy returns is written with equal parts stored once.

    Results mirror the arguments (`wrt=None`), or the named inputs; with `value=True` they are (value, gradient).
    Arrays are written entry by entry. Raises ArgumentError for an output that is not scalar and for unknown names,
    SizeLimitError when the size, known beforehand, is over `limit`.

    >>> from expression import parse
    >>> print(derive(parse("log(x) + x*y - sin(y)")).to_infix())
    (y + 1 / x, x - cos(y))
    >>> derive(parse("x**3"), sharing=False)(2.0)
    12.0
    """
    check_scalar(expression)
    positions = wanted_positions(expression, wrt)
    write = write_shared if sharing else write_closed
    writer, output, gradient = write(expression, positions, limit)
    mirrored = in_structure(expression, wrt, gradient)
    return writer.expression(expression.arguments, (output, mirrored) if value else mirrored)


def write_shared(e: Expression, positions: Sequence[int], limit: int | None) -> Written:
    """One reverse sweep along the scalar list."""
    check_size("derive", shared_size(e), SHARED_LIMIT if limit is None else limit, WHOLE_ARRAYS)
    scalars = scalar_list(e)
    writer = Writer(scalars.e.nodes, scalars.e.inputs)
    output = scalars.outputs[0][0]
    places = [scalars.entries[name_at(e, p)] for p in positions]
    found = gradient_entries(writer, scalars.e, output, places)
    gradient = {p: assembled(writer, column, e, p) for p, column in zip(positions, found, strict=True)}
    return writer, output, gradient


def gradient_entries(
    writer: Writer, e: Expression, output: int, places: Sequence[Sequence[int | None]]
) -> list[list[Value]]:
    """The adjoints of all entries at the given places of a scalar list."""
    wanted = [j for column in places for j in column if j is not None]
    adjoint = dict(zip(wanted, reverse_sweep(writer, e, {output: 1.0}, wanted), strict=True))
    return [[0.0 if j is None else adjoint[j] for j in column] for column in places]


def name_at(e: Expression, position: int) -> str:
    """The name of the input that stands there."""
    return next(i.name for i in e.inputs if i.position == position)


def assembled(writer: Writer, entries: Sequence[Value], e: Expression, position: int, outer: Shape = ()) -> int:
    """The derivative by one input, in shape outer + input shape."""
    node = e.nodes[position]
    return writer.assemble(entries, (*outer, *node.shape), node.dtype)


def write_closed(e: Expression, positions: Sequence[int], limit: int | None) -> Written:
    """SymPy's derivative of the whole formula, for every entry."""
    e = inline_bodies(e)
    names = [name_at(e, p) for p in positions]
    caller = "derive with sharing=False"
    size = textbook_size(e, positions)  # of the list; the formula is larger
    check_size(caller, size, SHARED_LIMIT if limit is None else limit, SHARE)
    swollen = textbook(e, names, limit=size)
    size = sum(tree_sizes(swollen, swollen.outputs).values())
    check_size(caller, size, CLOSED_LIMIT if limit is None else limit, SHARE)
    symbols = symbols_of(e)
    writer = Writer()
    known: dict[Any, Value] = {}
    for i, array in zip(e.inputs, symbols, strict=True):
        node = e.nodes[i.position]
        whole = writer.input(i.name, node.shape, node.dtype, i.role)
        for place in np.ndindex(node.shape):
            known[array[place]] = writer.array(TABLE["getitem"], (whole,), index=place) if place else whole
    try:
        formula = exact(formulas(e, symbols, size)[0][()])
        output = write_formula(writer, formula, known)
        gradient = {}
        for i, array in zip(e.inputs, symbols, strict=True):
            if i.position in positions:
                partials = [write_formula(writer, sympy.diff(formula, s), known) for s in array.flat]
                gradient[i.position] = assembled(writer, partials, e, i.position)
    except RecursionError as error:
        raise SizeLimitError(f"{caller}: SymPy recurses too deep on {len(e)} nodes; {SHARE}") from error
    return writer, output, gradient

"""Forms of one formula that SymPy knows: expanded, factored, Horner's, simplified, with common parts named.

A table of rows: to add a form, add a row. Each form comes back in the shared format, so that its size is counted as
every other size is. SymPy's own count of operations is version dependent, and stands beside it.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import sympy

from expression.bodies import inline_bodies
from expression.errors import ArgumentError
from expression.nodes import Expression
from expression.operations import TABLE
from expression.operations.operation import Array
from expression.structure import unflatten
from symbolic.reading import write_formula
from symbolic.translation import LARGEST_FORMULA, formulas, symbols_of
from symbolic.writer import Value, Writer


class SymPySizes(NamedTuple):
    """A formula and its derivative as SymPy itself counts them: numbers that go with its version."""

    version: str
    function_ops: int  # sympy.count_ops
    derivative_ops: int
    function_nodes: int  # of SymPy's own trees, in which a sum or a product takes any number of operands
    derivative_nodes: int
    shared_ops: int  # of both together, after sympy.cse


Formulas = Sequence[Any]
Replacements = Sequence[tuple[Any, Any]]  # a name, and the part that it stands for
Form = Callable[[Formulas], tuple[Replacements, Formulas]]


def one_by_one(function: Callable[[Any], Any]) -> Form:
    """A form of each formula alone, with no names for parts."""
    return lambda given: ((), [function(u) for u in given])


def horner(u: Any) -> Any:
    """Horner's form of a polynomial; as it is, what is none."""
    try:
        return sympy.horner(u)
    except sympy.PolynomialError:
        return u


FORMS: MappingProxyType[str, Form] = MappingProxyType(
    {
        "as it is": one_by_one(lambda u: u),
        "simplify": one_by_one(sympy.simplify),
        "factor": one_by_one(sympy.factor),
        "expand": one_by_one(sympy.expand),
        "horner": one_by_one(horner),
        "cse": lambda given: sympy.cse(list(given)),
    }
)


def form_named(name: str) -> Form:
    """The row of that name.

    Raises ArgumentError, which lists the forms.
    """
    found = FORMS.get(name) if isinstance(name, str) else None
    if found is None:
        raise ArgumentError(f"form={name!r} is not in the table; choose one of {', '.join(FORMS)}")
    return found


class Taken(NamedTuple):
    """An expression as SymPy has it: its symbols, and the formula of every entry of its outputs."""

    symbols: list[Array]
    entries: list[Any]
    sizes: list[int]  # entries of each output

    @classmethod
    def apart(cls, e: Expression, limit: int) -> "Taken":
        """From the shared format; e has no operations of a user's left."""
        symbols = symbols_of(e)
        outputs = formulas(e, symbols, limit)
        return cls(symbols, [sympy.sympify(u) for y in outputs for u in y.flat], [y.size for y in outputs])


def rewrite(e: Expression, form: str, *, limit: int = LARGEST_FORMULA) -> Expression:
    """The outputs of an expression in one of SymPy's forms, as an Expression; `FORMS` lists them.

    Several outputs are rewritten together, so that "cse" names what they have in common. Arrays are rewritten
    entry by entry. Raises ArgumentError for an unknown form, SizeLimitError for more than `limit` scalar nodes.

    >>> from expression import measure, parse
    >>> product = parse("x * (1 - 2*x) * (1 - 3*x) * (1 - 4*x)")
    >>> expanded, nested = rewrite(product, "expand"), rewrite(product, "horner")
    >>> [measure(e).tree_size for e in (product, expanded, nested)], product(2.0) == nested(2.0) == expanded(2.0)
    ([19, 18, 15], True)
    """
    change = form_named(form)
    e = inline_bodies(e)
    taken = Taken.apart(e, limit)
    replacements, results = change(taken.entries)
    writer = Writer()
    known: dict[Any, Value] = {}
    for i, symbols in zip(e.inputs, taken.symbols, strict=True):
        node = e.nodes[i.position]
        whole = writer.input(i.name, node.shape, node.dtype, i.role)
        for place in np.ndindex(node.shape):
            known[symbols[place]] = writer.array(TABLE["getitem"], (whole,), index=place) if place else whole
    for name, part in replacements:
        known[name] = write_formula(writer, part, known)
    left = iter([write_formula(writer, u, known) for u in results])
    values = [
        writer.assemble(list(islice(left, size)), e.nodes[j].shape, e.nodes[j].dtype)
        for j, size in zip(e.outputs, taken.sizes, strict=True)
    ]
    return writer.expression(e.arguments, unflatten(e.results, values))


def count_ops(e: Expression, form: str = "as it is", *, limit: int = LARGEST_FORMULA) -> int:
    """How many operations SymPy counts in the outputs, in one of its forms: named parts count once.

    SymPy's trees differ from version to version (x*y*z is one node of three operands, and counts two); the sizes of
    `expression.measure` do not.

    >>> from expression import parse
    >>> count_ops(parse("(x + y)*(x + y)*sin(x + y)")), count_ops(parse("(x + y)*(x + y)*sin(x + y)"), "cse")
    (5, 4)
    """
    replacements, results = form_named(form)(Taken.apart(inline_bodies(e), limit).entries)
    return int(sum(sympy.count_ops(u) for u in (*(part for _, part in replacements), *results)))


def sympy_sizes(e: Expression, *, limit: int = LARGEST_FORMULA) -> SymPySizes:
    """What SymPy counts in a function of one number, in its derivative, and in what is left of both when they share.

    >>> from expression import parse
    >>> sympy_sizes(parse("4*x*(1 - x)"))[1:]
    (3, 2, 8, 5, 5)
    """
    taken = Taken.apart(inline_bodies(e), limit)
    (function, *more), (x, *others) = taken.entries, taken.symbols
    if more or others or x.shape:
        raise ArgumentError("sympy_sizes is of a function of one number, with one number as its value")
    derivative = sympy.diff(function, x[()])
    replacements, shared = sympy.cse([function, derivative])
    return SymPySizes(
        sympy.__version__,
        int(sympy.count_ops(function)),
        int(sympy.count_ops(derivative)),
        sum(1 for _ in sympy.preorder_traversal(function)),
        sum(1 for _ in sympy.preorder_traversal(derivative)),
        int(sum(sympy.count_ops(u) for u in (*(part for _, part in replacements), *shared))),
    )


def equal(a: Expression, b: Expression, *, limit: int = LARGEST_FORMULA) -> bool:
    """Whether two expressions of the same inputs are one function, shown by algebra: SymPy simplifies a - b to 0.

    False means that SymPy did not find it so.

    >>> from expression import parse
    >>> equal(parse("(x + 1)**2"), parse("x**2 + 2*x + 1")), equal(parse("x**2"), parse("2*x"))
    (True, False)
    """
    found = [Taken.apart(inline_bodies(e), limit).entries for e in (a, b)]
    differences = [sympy.expand(u - v) for u, v in zip(*found, strict=True)]
    return all(d == 0 or sympy.simplify(d) == 0 for d in differences)

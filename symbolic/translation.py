"""From the shared format to SymPy: an expression evaluated over SymPy's objects."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import sympy
from sympy.logic.boolalg import Boolean

from expression.bodies import inline_bodies
from expression.errors import SizeLimitError, UnsupportedOperation
from expression.evaluation import ObjectArithmetic, forward
from expression.measures import scalar_size
from expression.nodes import Expression
from expression.operations import TABLE
from expression.operations.operation import BOOLEAN, Array, Operation
from expression.structure import unflatten
from symbolic.writer import real_number

X, Y, Z = OPERANDS = sympy.symbols("x y z", real=True)
LARGEST_FORMULA = 20_000  # nodes of a formula that SymPy builds in a few seconds
LARGEST_POWER = 20_000  # bits of a power of two numbers
SMALL_DENOMINATOR = 1024  # up to here 0.5 becomes 1/2; beyond, a float stays a Float


@lru_cache(maxsize=1024)
def formula(operation: Operation) -> Any:
    """The row's formula in the symbols x, y, z."""
    if operation.sympy is None:
        raise UnsupportedOperation(f"{operation.name} has no SymPy formula; give its row one in the column sympy")
    return sympy.sympify(operation.sympy, locals={"x": X, "y": Y, "z": Z})


def exact(x: Any) -> Any:
    """A number of the list as SymPy's: Integer or a short Rational where it is one, else the same binary Float.

    >>> exact(3.0), exact(0.5), float(exact(0.1)) == 0.1
    (3, 1/2, True)
    """
    if isinstance(x, sympy.Basic):
        return x
    if isinstance(x, bool | np.bool_):
        return sympy.true if x else sympy.false
    x = real_number(x)
    if isinstance(x, int):
        return sympy.Integer(x)
    if not np.isfinite(x):
        return sympy.nan if np.isnan(x) else sympy.oo if x > 0 else -sympy.oo
    p, q = x.as_integer_ratio()
    return sympy.Rational(p, q) if q <= SMALL_DENOMINATOR and abs(x) < 2**53 else sympy.Float(x)


def as_truth(x: Any) -> Any:
    """An operand of a condition: a number is true when it is not 0."""
    x = exact(x)
    return x if isinstance(x, Boolean) and not isinstance(x, sympy.Symbol) else sympy.Ne(x, 0)


def as_number(x: Any) -> Any:
    """An operand of arithmetic: a condition counts 1 or 0."""
    x = exact(x)
    if not isinstance(x, Boolean) or isinstance(x, sympy.Symbol):
        return x
    return sympy.Piecewise((1, x), (0, True))


def check_power(base: Any, exponent: Any) -> None:
    """Raise SizeLimitError for a power of two numbers that would fill the memory."""
    if base.is_Rational and exponent.is_Rational and abs(base) not in (0, 1):
        bits = abs(exponent) * max(base.p.bit_length(), base.q.bit_length())
        if bits > LARGEST_POWER:
            raise SizeLimitError(
                f"pow: {base}**{exponent} has about {int(bits)} bits, the limit is {LARGEST_POWER}; "
                "evaluate it with floats, where it rounds or overflows"
            )


@lru_cache(maxsize=1024)
def over_sympy(operation: Operation) -> Callable[..., Any]:
    """The scalar function of an elementwise row over SymPy's objects."""
    body = formula(operation)
    domain = operation.domain or ()
    readers = [as_truth if k < len(domain) and domain[k] is BOOLEAN else as_number for k in range(len(OPERANDS))]

    def over(*x: Any) -> Any:
        operands = [read(v) for read, v in zip(readers, x, strict=False)]
        if operation is TABLE["pow"]:
            check_power(*operands)
        return body.xreplace(dict(zip(OPERANDS, operands, strict=False)))

    return over


SYMPY = ObjectArithmetic(over_sympy, exact)


def symbols_of(e: Expression) -> list[Any]:
    """A real symbol for every entry of every input: x, or x_0, x_1, ... in x's shape."""
    taken = {i.name for i in e.inputs}
    arrays = []
    for i in e.inputs:
        shape = e.nodes[i.position].shape
        if e.nodes[i.position].dtype.kind == "b":
            raise UnsupportedOperation(f"{i.name} is boolean: a formula's symbols are real numbers; make it a constant")
        symbols = np.empty(shape, dtype=object)
        for place in np.ndindex(shape):
            name = "_".join([i.name, *map(str, place)])
            while shape and name in taken:
                name += "_"
            taken.add(name)
            symbols[place] = sympy.Symbol(name, real=True, integer=e.nodes[i.position].dtype.kind in "iu" or None)
        arrays.append(symbols)
    return arrays


def to_sympy(e: Expression, *, limit: int = LARGEST_FORMULA) -> Any:
    """The formula of an expression: SymPy's Expr, an object array of them, or the results' structure of these.

    Symbols are real and carry the names of the inputs; an array x becomes x_0, x_1, ... Whole numbers become
    Integer, 0.5 becomes 1/2, other floats the same binary Float. SymPy rewrites what it builds (x + x is 2*x).
    Raises SizeLimitError for more than `limit` scalar nodes, UnsupportedOperation for an operation without a formula.

    >>> from expression import parse
    >>> to_sympy(parse("log(x) + x*y - sin(y)"))
    x*y + log(x) - sin(y)
    """
    e = inline_bodies(e)
    return unflatten(e.results, [unboxed(y) for y in formulas(e, symbols_of(e), limit)])


def formulas(e: Expression, symbols: Sequence[Array], limit: int) -> list[Array]:
    """The outputs over SymPy's objects."""
    size = scalar_size(e)
    if size > limit:
        raise SizeLimitError(
            f"to_sympy: {size} scalar nodes, the limit is {limit}; "
            "keep the expression (it shares what a formula repeats), or raise limit="
        )
    try:
        values = forward(e, symbols, SYMPY, e.outputs)
    except RecursionError as error:
        raise SizeLimitError(f"to_sympy: SymPy recurses too deep on {size} nodes; keep the expression") from error
    return [values[j] for j in e.outputs]


def unboxed(y: Array) -> Any:
    """An object array of shape () as its object."""
    return exact(y[()]) if y.ndim == 0 else y

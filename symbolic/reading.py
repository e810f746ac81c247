"""From SymPy to the shared format: a formula written down as a list, operands first.

Most of SymPy's functions are found by the table itself: a row whose formula is `sin(x)` or `x < y` says which class
it answers to. Only sums, products, powers and what has no row are taken apart here.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from types import MappingProxyType
from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import BooleanAtom

from expression.errors import ArgumentError, ExpressionError, UnsupportedOperation
from expression.nodes import Expression
from expression.operations import TABLE
from expression.operations.operation import Operation
from expression.structure import flatten, unflatten
from symbolic.translation import OPERANDS, formula
from symbolic.writer import ADD, DIV, MUL, NEG, POW, SUB, Value, Writer, is_node


def direct() -> dict[type, Operation]:
    """SymPy's classes whose formula is one row: `sin(x)`, `x < y`, `And(x, y)`; read off the table."""
    found: dict[type, Operation] = {}
    for row in TABLE.values():
        if row.sympy is not None and not row.home:
            term = formula(row)
            if term.args and term.args == OPERANDS[: len(term.args)]:
                found.setdefault(type(term), row)
    return found


DIRECT = MappingProxyType({**direct(), sympy.Mod: TABLE["remainder"]})
RECIPROCALS = MappingProxyType(
    {
        sympy.sec: sympy.cos,
        sympy.csc: sympy.sin,
        sympy.cot: sympy.tan,
        sympy.sech: sympy.cosh,
        sympy.csch: sympy.sinh,
        sympy.coth: sympy.tanh,
    }
)
FLAT = (sympy.Max, sympy.Min, sympy.And, sympy.Or, sympy.Xor)  # of any number of arguments
STEPS = (sympy.floor, sympy.ceiling, sympy.frac, sympy.sign, sympy.Heaviside)  # derivative 0 between the jumps
Combine = Callable[[Writer, Sequence[Value]], Value]
Parts = tuple[Sequence[Any], Combine]


def apply_row(operation: Operation) -> Combine:
    """The row on the values of its operands."""
    return lambda writer, values: writer.fold(operation, *values)


def chain(operation: Operation) -> Combine:
    """The row between all values, from left to right."""
    return lambda writer, values: reduce(lambda a, b: writer.fold(operation, a, b), values)


def plain(x: Value) -> Parts:
    """A number."""
    return (), lambda writer, values: x


def negative(term: Any) -> bool:
    """Whether a term begins with a minus."""
    coefficient = term.as_coeff_Mul()[0]
    return bool(coefficient.is_extended_negative)


def sum_parts(u: Any) -> Parts:
    """The terms of a + b - c, beginning with a term that has no minus if there is one."""
    signs = [negative(term) for term in u.args]
    order = sorted(range(len(signs)), key=lambda k: signs[k]) if signs[0] else range(len(signs))
    terms = [-u.args[k] if signs[k] else u.args[k] for k in order]
    minus = [signs[k] for k in order]

    def combine(writer: Writer, values: Sequence[Value]) -> Value:
        total = writer.fold(NEG, values[0]) if minus[0] else values[0]
        for is_minus, x in zip(minus[1:], values[1:], strict=True):
            total = writer.fold(SUB if is_minus else ADD, total, x)
        return total

    return terms, combine


def product_parts(u: Any) -> Parts:
    """Coefficient times factors over divisors, with the sign in front."""
    coefficient, rest = u.as_coeff_Mul()
    factors, divisors = [], []
    for factor in sympy.Mul.make_args(rest):
        if factor.is_Pow and factor.exp.is_Rational and factor.exp.is_negative:
            divisors.append(factor.base**-factor.exp)
        else:
            factors.append(factor)
    minus = bool(coefficient.is_extended_negative)
    size = -coefficient if minus else coefficient
    over = size.q if size.is_Rational else 1
    size = size.p if size.is_Rational else size
    if size != 1:
        factors.insert(0, sympy.sympify(size))
    if over != 1:
        divisors.insert(0, sympy.Integer(over))
    count = len(factors)

    def combine(writer: Writer, values: Sequence[Value]) -> Value:
        y = writer.fold(DIV, product(writer, values[:count]), product(writer, values[count:]))
        return writer.fold(NEG, y) if minus else y

    return (*factors, *divisors), combine


def product(writer: Writer, values: Sequence[Value]) -> Value:
    """All values multiplied, numbers first, so that they become one."""
    total: Value = 1.0
    for x in sorted(values, key=is_node):
        total = writer.fold(MUL, total, x)
    return total


def power_parts(u: Any) -> Parts:
    """Square root, square, reciprocal, or a power."""
    base, exponent = u.base, u.exp
    if exponent.is_Rational and exponent.is_negative:
        return (base**-exponent,), lambda writer, values: writer.fold(DIV, 1.0, *values)
    if exponent == sympy.S.Half:
        return (base,), apply_row(TABLE["sqrt"])
    return (base, exponent), apply_row(POW)


def piecewise_parts(u: Any) -> Parts:
    """where(c1, e1, where(c2, e2, ...)); nan where no condition holds."""
    pairs = [(e, c) for e, c in u.args]
    count = len(pairs)

    def combine(writer: Writer, values: Sequence[Value]) -> Value:
        y: Value = float("nan")
        for value, condition in reversed(list(zip(values[:count], values[count:], strict=True))):
            y = writer.fold(TABLE["where"], condition, value, y)
        return y

    return (*[e for e, _ in pairs], *[c for _, c in pairs]), combine


def derivative_parts(u: Any) -> Parts:
    """A derivative that SymPy leaves standing: 0 for a step, u' for re(u) of a real u, refused otherwise."""
    inner = u.expr if isinstance(u, sympy.Subs) else u
    if isinstance(inner, sympy.Derivative):
        if isinstance(inner.expr, STEPS):
            return plain(0.0)
        if isinstance(inner.expr, sympy.re):
            return (sympy.diff(inner.expr.args[0], *inner.variables),), lambda writer, values: values[0]
        if isinstance(inner.expr, sympy.im):
            return plain(0.0)
    raise UnsupportedOperation(f"from_sympy: SymPy left the derivative {u} undone; write the function another way")


def number_parts(u: Any) -> Parts:
    """A number, pi, E, or an infinity, as the nearest float."""
    if u.is_extended_real or u is sympy.nan:
        return plain(float(u) if not u.is_Integer or abs(u) < 2**1023 else float("inf" if u > 0 else "-inf"))
    raise UnsupportedOperation(f"from_sympy: {u} is not a real number; formulas are real here")


def parts_of(u: Any) -> Parts:
    """The sub-formulas that a SymPy object is made of, and what combines their values."""
    kind = type(u)
    if isinstance(u, BooleanAtom):
        return plain(bool(u))
    if u.is_Atom and u.is_number:
        return number_parts(u)
    if u.is_Symbol:
        raise ArgumentError(f"from_sympy: the symbol {u} is not among the inputs; add it to inputs=")
    if u.is_Add:
        return sum_parts(u)
    if u.is_Mul:
        return product_parts(u)
    if u.is_Pow:
        return power_parts(u)
    if kind is sympy.Piecewise:
        return piecewise_parts(u)
    if kind in FLAT:
        return u.args, chain(DIRECT[kind])
    if kind in DIRECT:
        return u.args, apply_row(DIRECT[kind])
    if kind is sympy.Heaviside:
        return u.args, apply_row(TABLE["heaviside"])
    if kind is sympy.DiracDelta or kind is sympy.im:
        return plain(0.0)
    if kind in (sympy.re, sympy.conjugate):
        return u.args, lambda writer, values: values[0]
    if kind in RECIPROCALS:
        return (RECIPROCALS[kind](u.args[0]),), lambda writer, values: writer.fold(DIV, 1.0, *values)
    if kind is sympy.erfc:
        return (sympy.erf(u.args[0]),), lambda writer, values: writer.fold(SUB, 1.0, *values)
    if kind is sympy.ITE:
        return u.args, apply_row(TABLE["where"])
    if isinstance(u, sympy.Derivative | sympy.Subs):
        return derivative_parts(u)
    row = TABLE.get(u.func.__name__) if isinstance(u, AppliedUndef) else None
    if row is not None and row.elementwise:
        return u.args, apply_row(row)
    raise UnsupportedOperation(
        f"from_sympy: {u.func.__name__} is not in the table of operations; rewrite it with functions that are"
    )


def write_formula(writer: Writer, u: Any, known: dict[Any, Value]) -> Value:
    """Write a SymPy formula down, operands first; sub-formulas that are equal are written once.

    `known` holds the values of the symbols, and takes up those of the sub-formulas. The walk keeps its own stack.
    """
    waiting: list[tuple[Any, Parts | None]] = [(u, None)]
    while waiting:
        term, parts = waiting.pop()
        if term in known:
            continue
        if parts is None:
            parts = parts_of(term)
            missing = [p for p in parts[0] if p not in known]
            if missing:
                waiting.append((term, parts))
                waiting.extend((p, None) for p in reversed(missing))
                continue
        known[term] = parts[1](writer, [known[p] for p in parts[0]])
    return known[u]


def from_sympy(formulas: Any, inputs: Sequence[Any] | None = None) -> Expression:
    """An Expression of a SymPy formula, or of a pytree of them; every symbol is an input of shape ().

    `inputs` are the symbols (or their names) in the order of the arguments; by default all free symbols by name.
    Heaviside(0) is 1/2, DiracDelta and the derivatives of steps are 0, Piecewise becomes where.
    Raises UnsupportedOperation for a function that is not in the table, ArgumentError for a symbol that is missing.

    >>> x, y = sympy.symbols("x y")
    >>> print(from_sympy(x / y - sympy.sqrt(x)))
    x, y -> v4
      v0 = input x
      v1 = input y
      v2 = div(v0, v1)
      v3 = sqrt(v0)
      v4 = sub(v2, v3)
    """
    leaves, structure = flatten(formulas)
    terms = [sympy.sympify(leaf) for leaf in leaves]
    free = sorted(set().union(*(term.free_symbols for term in terms)), key=lambda s: s.name)
    by_name = {s.name: s for s in free}
    if len(by_name) < len(free):
        raise ArgumentError("from_sympy: two symbols have the same name and different assumptions; rename one")
    wanted = free if inputs is None else [by_name.get(str(s), sympy.Symbol(str(s))) for s in inputs]
    writer = Writer()
    known: dict[Any, Value] = {s: writer.input(s.name) for s in wanted}
    try:
        values = [write_formula(writer, term, known) for term in terms]
    except RecursionError as error:
        raise ExpressionError("from_sympy: the formula is nested too deep for SymPy to take apart") from error
    arguments = flatten(tuple(0.0 for _ in wanted))[1]
    return writer.expression(arguments, unflatten(structure, values))

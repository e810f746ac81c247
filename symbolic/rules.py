"""SymPy's derivative of each operation, asked for once and kept as a small program.

`sympy.diff` takes about a millisecond; replaying its answer takes a few microseconds. So the formula of a row (its
column `sympy`) is differentiated once for each argument, and every node of that operation replays the answer.
Nothing here reads the rows' own partials.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sympy

from expression.operations.leaves import CONSTANT
from expression.operations.operation import Operation
from symbolic.reading import STEPS, write_formula
from symbolic.translation import OPERANDS, formula
from symbolic.writer import DIV, GATE, GATE_BOTH, MUL, WHERE, Value, Writer

V, RESULT = sympy.symbols("v_bar y_result", real=True)
SIGMOID = sympy.Function("sigmoid", real=True)
SAFE_PRODUCT = sympy.Function("gate", real=True)


@dataclass(frozen=True, slots=True)
class Program:
    """Steps on a list of values: first what is given, then the constants, then one value a step."""

    constants: tuple[Value, ...]
    steps: tuple[tuple[Operation, tuple[int, ...]], ...]
    result: int
    binary: tuple[Operation, int, int] | None = None  # its only step, one of two operands, where that is all

    def replay(self, writer: Writer, given: Sequence[Value]) -> Value:
        """Write the steps down on other values; numbers among them are folded."""
        if self.binary is not None:
            operation, first, second = self.binary
            x, y = given[first], given[second]
            return writer.join(operation, (x, y)) if type(x) is type(y) is int else writer.fold(operation, x, y)
        values = [*given, *self.constants]
        for operation, places in self.steps:
            values.append(writer.fold(operation, *[values[k] for k in places]))
        return values[self.result]


@dataclass(frozen=True, slots=True)
class Rule:
    """dy/dx_k of one operation as SymPy gives it, and its products with an adjoint or a tangent v.

    The values given are (y, *x) for the partial and (v, y, *x) for the products.
    """

    formula: Any  # SymPy's answer, in the operands x, y, z and the result y_result
    number: float | None  # the partial, when it is a number
    partial: Program
    product: Program  # v dy/dx_k
    gated: Program  # the same, where v == 0 wins over an infinite or undefined partial


@lru_cache(maxsize=4096)
def rules(operation: Operation) -> tuple[Rule, ...]:
    """One rule for each operand of an elementwise operation.

    >>> from expression.operations import TABLE
    >>> [rule.formula for rule in rules(TABLE["mul"])], rules(TABLE["sin"])[0].formula
    ([y, x], cos(x))
    """
    whole = formula(operation)
    assert operation.partials is not None
    found = tuple(rule(whole, k, len(operation.partials)) for k in range(len(operation.partials)))
    if operation is GATE:
        return of_a_gate(found[0], 0, GATE), of_a_gate(found[1], 1, GATE_BOTH)
    return tuple(of_a_gate(r, k, GATE_BOTH) for k, r in enumerate(found)) if operation is GATE_BOTH else found


def of_a_gate(rule: Rule, k: int, gate: Operation) -> Rule:
    """A gate's own products are gates: where the other operand is an adjoint too, its zeros win over v as well."""
    first, second = ((V, OPERANDS[1]), (OPERANDS[0], V))[k]
    operands = (V, RESULT, *OPERANDS[:2])
    safe = program(operands, lambda writer, known: writer.fold(gate, known[first], known[second]))
    return replace(rule, product=safe, gated=safe)


def rule(whole: Any, k: int, arity: int) -> Rule:
    """Ask SymPy, and write its answer down three ways."""
    partial = derivative(whole, OPERANDS[k]) if isinstance(whole, sympy.Expr) else sympy.S.Zero
    operands = (RESULT, *OPERANDS[:arity])
    number = float(partial) if partial.is_number else None
    return Rule(
        partial,
        number,
        program(operands, lambda writer, known: write_formula(writer, partial, known)),
        program((V, *operands), lambda writer, known: times(writer, known, partial, MUL)),
        program((V, *operands), lambda writer, known: times(writer, known, partial, GATE)),
    )


def program(given: Sequence[Any], write: Callable[[Writer, dict[Any, Value]], Value]) -> Program:
    """Record what `write` writes about the given symbols."""
    writer = Writer()
    result = write(writer, {s: writer.input(s.name) for s in given})
    constants: list[Value] = []
    place = list(range(len(given)))
    inner = writer.nodes[len(given) :]
    count = len(given) + sum(node.operation is CONSTANT for node in inner)
    steps: list[tuple[Operation, tuple[int, ...]]] = []
    for node in inner:
        if node.operation is CONSTANT:
            place.append(len(given) + len(constants))
            constants.append(node.parameters[0][1].value.item())
        else:
            place.append(count + len(steps))
            steps.append((node.operation, tuple(place[j] for j in node.operands)))
    if type(result) is int:
        binary = None
        if len(steps) == 1 and not constants and len(steps[0][1]) == 2:
            operation, (first, second) = steps[0]
            binary = operation, first, second
        return Program(tuple(constants), tuple(steps), place[result], binary)
    return Program((result,), (), len(given))


def times(writer: Writer, known: dict[Any, Value], partial: Any, product: Operation) -> Value:
    """The product of v with a partial: pushed into the branches of a Piecewise, and v / d for 1 / d.

    With the gate, a v that is exactly 0 wins over whatever the partial is.
    """
    if isinstance(partial, sympy.Piecewise):
        y: Value = 0.0
        for branch, condition in reversed(partial.args):
            reached = times(writer, known, branch, product)
            y = writer.fold(WHERE, write_formula(writer, condition, known), reached, y)
        return y
    top, bottom = sympy.fraction(partial, exact=True)
    if product is MUL and top.is_number and bottom != 1:
        scaled = writer.fold(MUL, known[V], write_formula(writer, top, known))
        return writer.fold(DIV, scaled, write_formula(writer, bottom, known))
    return writer.fold(product, known[V], write_formula(writer, partial, known))


def derivative(whole: Any, x: Any) -> Any:
    """`sympy.diff`, then the same answer in a form that floats can evaluate everywhere.

    Where the answer holds the operation's own result (exp, tan, sqrt), that is named instead of computed again.
    """
    found = sympy.diff(whole, x)
    found = found.replace(sympy.DiracDelta, lambda *u: sympy.S.Zero)
    found = found.replace(sympy.Derivative, derivative_of_step)
    if found.has(sympy.Subs):
        found = found.doit()
    found = found.replace(lambda u: isinstance(u, sympy.Pow) and isinstance(u.base, sympy.sign), even_power_of_sign)
    if whole.is_Pow and whole.exp.is_Symbol:
        return safe_power(sympy.powsimp(found).xreplace({whole: RESULT}))
    return stable(found).subs(whole, RESULT) if not whole.is_Symbol else found


def derivative_of_step(u: Any, *x: Any) -> Any:
    """SymPy leaves the derivative of floor undone; it is 0 between the jumps, and taken as 0 at them."""
    return sympy.S.Zero if isinstance(u, STEPS) else sympy.Derivative(u, *x)


def even_power_of_sign(u: Any) -> Any:
    """sign(x)^2 is 1 on both sides of the kink."""
    return sympy.S.One if u.exp == 2 else u


def safe_power(u: Any) -> Any:
    """The products y x^(y-1) and x^y log(x), in which an exact 0 in front wins over inf: 0 * log(0) is 0."""
    front, back = u.args if u.args[1].is_Pow or isinstance(u.args[1], sympy.log) else reversed(u.args)
    return SAFE_PRODUCT(front, back)


def stable(u: Any) -> Any:
    """exp(a) / (exp(a) + exp(b)) is sigmoid(a - b): the same number, where the quotient would be inf / inf."""
    if not u.is_Mul and not u.is_Pow:
        return u
    factors = list(sympy.Mul.make_args(u))
    for divisor in [f for f in factors if f.is_Pow and f.exp.is_Integer and f.exp < 0 and two_exponentials(f.base)]:
        factors.remove(divisor)
        terms = divisor.base.args
        for _ in range(-divisor.exp):
            above = next((t for t in terms if t in factors), None)
            if above is None:
                above = sympy.S.One if sympy.S.One in terms else terms[0]
                factors.append(1 / above)
            else:
                factors.remove(above)
            below = terms[1] if above == terms[0] else terms[0]
            factors.append(SIGMOID(exponent_of(above) - exponent_of(below)))
    return sympy.Mul(*factors)


def two_exponentials(u: Any) -> bool:
    """Whether u is exp(a) + exp(b), or exp(a) + 1."""
    return bool(u.is_Add and len(u.args) == 2 and all(isinstance(t, sympy.exp) or t == 1 for t in u.args))


def exponent_of(term: Any) -> Any:
    """The a of exp(a); 0 of 1."""
    return term.args[0] if isinstance(term, sympy.exp) else sympy.S.Zero

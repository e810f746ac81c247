"""to_sympy and from_sympy: the same formula, the same numbers, and what has no formula."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from expression import ArgumentError, SizeLimitError, UnsupportedOperation, trace
from expression.functions import sigmoid, softplus
from expression.operations import TABLE
from symbolic import derive, from_sympy, to_sympy
from tests.strategies import draw, random_programs
from tests.symbolic.oracles import near

x, y = sympy.symbols("x y", real=True)
ROWS = [row for row in TABLE.values() if row.elementwise and row.name != "gate"]  # to SymPy a product


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_goes_to_sympy_and_back(row):
    rng = np.random.default_rng(sum(map(ord, row.name)))
    args = tuple(float(draw(domain, (), rng)) for domain in row.domain)
    e = trace(lambda *x: row(*x), *args)
    back = from_sympy(to_sympy(e), [i.name for i in e.inputs])
    near(float(back(*args)), float(e(*args)))


@settings(deadline=None, max_examples=40)
@given(random_programs(steps=4, inputs=2))
def test_the_round_trip_evaluates_the_same(drawn):
    program, args = drawn
    e = trace(program, *args)
    formulas = np.ravel(to_sympy(e))
    names = [
        f"{i.name}_{'_'.join(map(str, p))}" if p else i.name
        for i, a in zip(e.inputs, args, strict=True)
        for p in np.ndindex(np.shape(a))
    ]
    back = from_sympy(list(formulas), names)
    near(np.array(back(*np.concatenate([np.ravel(a) for a in args]).tolist())), np.ravel(e(*args)))


@settings(deadline=None, max_examples=100)
@given(st.floats(allow_nan=False))
def test_every_float_survives_the_round_trip(value):
    e = trace(lambda v: v + value, 1.0)
    assert float(to_sympy(e) - sympy.Symbol("v", real=True) if np.isfinite(value) else value) == value


CONSTANTS = {3.0: sympy.Integer(3), 0.5: sympy.Rational(1, 2), -0.25: sympy.Rational(-1, 4), 0.1: sympy.Float(0.1)}


@pytest.mark.parametrize("value", CONSTANTS)
def test_constants_are_exact_where_they_are_short(value):
    assert to_sympy(trace(lambda v: v * value, 1.0)) == CONSTANTS[value] * sympy.Symbol("v", real=True)


FORMULAS = {
    "sum": (lambda x, y: x + y - 2.0 * x, y - x),
    "softplus": (lambda x, y: softplus(x), sympy.log(1 + sympy.exp(x))),
    "sigmoid": (lambda x, y: sigmoid(x), 1 / (1 + sympy.exp(-x))),
    "where": (lambda x, y: np.where(x > y, x, 1.0), sympy.Piecewise((x, x > y), (1, True))),
    "truth as a number": (lambda x, y: (x > 0) * y, y * sympy.Piecewise((1, x > 0), (0, True))),
    "square root": (lambda x, y: x**0.5, sympy.sqrt(x)),
    "norm": (lambda x, y: np.linalg.norm(np.stack([x, y])), sympy.sqrt(x**2 + y**2)),
    "determinant": (lambda x, y: np.linalg.det(np.stack([np.stack([x, y]), np.stack([y, x])])), x**2 - y**2),
}


@pytest.mark.parametrize("case", FORMULAS)
def test_formulas_are_what_a_person_writes(case):
    f, wanted = FORMULAS[case]
    assert sympy.simplify(to_sympy(trace(f, 2.0, 3.0)) - wanted) == 0


def test_arrays_become_arrays_of_symbols():
    found = to_sympy(trace(lambda a: a @ np.array([1.0, 2.0]), np.ones((2, 2))))
    assert [str(f) for f in found] == ["a_0_0 + 2*a_0_1", "a_1_0 + 2*a_1_1"]
    names = to_sympy(trace(lambda x, x_0: x * x_0, np.ones(1), 1.0))[0].free_symbols
    assert {s.name for s in names} == {"x_0", "x_0_"}


def test_several_outputs_keep_their_structure():
    assert to_sympy(trace(lambda x: {"twice": 2 * x, "same": x}, 1.0)) == {"twice": 2 * x, "same": x}


WRITTEN = {  # formula -> operations of the list, in order
    x / y: ["div"],
    -x: ["neg"],
    2 * x / 3: ["mul", "div"],
    x - y: ["sub"],
    1 - x: ["sub"],
    x**2: ["square"],
    x**3: ["pow"],
    1 / x: ["div"],
    sympy.sqrt(x): ["sqrt"],
    sympy.Pow(x, sympy.Rational(-3, 2)): ["pow", "div"],
    sympy.Max(x, y, 3): ["maximum", "maximum"],
    sympy.Heaviside(x): ["heaviside"],
    sympy.Mod(x, y): ["remainder"],
    sympy.sec(x): ["cos", "div"],
    sympy.exp(-(x**2)): ["square", "neg", "exp"],
    sympy.Piecewise((x, x > 0), (y, True)): ["greater", "where"],
    sympy.And(x > 0, y > 0): ["greater", "greater", "logical_and"],
    sympy.pi * x: ["mul"],
    sympy.DiracDelta(x) * y: [],
}


@pytest.mark.parametrize("formula", WRITTEN, ids=str)
def test_formulas_are_written_in_few_operations(formula):
    e = from_sympy(formula, (x, y))
    assert [node.operation.name for node in e.nodes if node.operands] == WRITTEN[formula]
    wanted = formula.subs({x: 1.25, y: 0.75}).doit()
    near(float(e(1.25, 0.75)), float(bool(wanted)) if wanted in (sympy.true, sympy.false) else float(wanted))


def test_equal_parts_are_written_once():
    assert len(from_sympy(sympy.sin(x * y) ** 2 + sympy.cos(x * y))) == 7


def test_inputs_are_named_in_the_order_given():
    e = from_sympy({"a": x - y, "b": y}, ("y", "x"))
    assert [i.name for i in e.inputs] == ["y", "x"]
    assert e(1.0, 5.0) == {"a": 4.0, "b": 1.0}


def test_heaviside_at_0_is_one_half():
    assert from_sympy(sympy.diff(sympy.Max(x, y), x), (x, y))(1.0, 1.0) == 0.5


def test_the_closed_form_of_an_absolute_value_of_what_may_be_complex_is_real():
    near(derive(trace(lambda x: np.abs(np.log(x)), 0.5), sharing=False)(0.5), -2.0)


def test_a_deep_formula_is_written_without_recursion():
    term = x
    for _ in range(100):
        term = sympy.sin(term) + 1
    near(from_sympy(term)(0.3), float(trace(lambda x: nested(x, 100), 0.3)(0.3)))


def nested(value, depth):
    for _ in range(depth):
        value = np.sin(value) + 1
    return value


def test_powers_of_numbers_do_not_fill_the_memory():
    giant = trace(lambda x: x + (x * 0.0 + 9.0) ** 9.0, 1.0)
    assert to_sympy(giant) is not None
    with pytest.raises(SizeLimitError, match=r"pow: 9\*\*387420489 has about \d+ bits, the limit is 20000"):
        to_sympy(trace(lambda x: TABLE["pow"](TABLE["add"](x * 0.0, 9.0), 387420489.0), 1.0))


REFUSED = {
    "an unknown function": (sympy.Function("f")(x), UnsupportedOperation, "from_sympy: f is not in the table"),
    "a special function": (sympy.zeta(x), UnsupportedOperation, "from_sympy: zeta is not in the table"),
    "a derivative": (sympy.Derivative(sympy.Function("f")(x), x), UnsupportedOperation, "left the derivative"),
    "an imaginary number": (sympy.I * x, UnsupportedOperation, "I is not a real number"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_what_is_missing(case):
    formula, error, text = REFUSED[case]
    with pytest.raises(error, match=text):
        from_sympy(formula)


def test_a_symbol_that_is_no_input_is_named():
    with pytest.raises(ArgumentError, match="the symbol y is not among the inputs"):
        from_sympy(x + y, (x,))
    with pytest.raises(ArgumentError, match="two symbols have the same name"):
        from_sympy(sympy.Symbol("x") + x)


def test_a_long_list_is_refused_with_its_size():
    with pytest.raises(SizeLimitError, match=r"to_sympy: 30002 scalar nodes, the limit is 20000"):
        to_sympy(trace(lambda x: nested(x, 15000), 0.3))
    with pytest.raises(SizeLimitError, match="SymPy recurses too deep on"):
        to_sympy(trace(lambda x: nested(x, 5000), 0.3))

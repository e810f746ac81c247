"""The rules as they are written out: what stands in the table of operations, and what calculus says."""

import json

import pytest
import sympy

from compare import rules_of
from expression.errors import ArgumentError
from expression.operations import TABLE

ELEMENTWISE = [name for name, row in TABLE.items() if row.partials is not None]
ARITHMETIC = {"pow", "hypot", "square", "sqrt", "reciprocal", "exp", "log", "sin", "cos", "tan", "tanh", "div"}
X, Y, V = sympy.symbols("x y v", positive=True)


def test_the_four_rules_of_every_explanation():
    rules = rules_of("add", "mul", "sigmoid", "relu")
    assert rules["add"].by_operand == ("1", "1")
    assert rules["mul"].by_operand == ("y", "x")
    assert rules["sigmoid"].by_operand == ("v * (1 - v)",)
    assert rules["relu"].by_operand == ("where(x > 0, 1, 0)",)
    assert rules["relu"].policy == "at 0 the derivative is taken as 0"


@pytest.mark.parametrize("name", sorted(ARITHMETIC & set(ELEMENTWISE) - {"pow"}))
def test_a_written_rule_is_the_derivative_of_the_written_formula(name):
    """SymPy reads both texts, with v for the formula, and differentiates by its own rules."""
    rule = rules_of(name)[name]
    names = {"x": X, "y": Y, "v": V, "square": lambda a: a**2, "reciprocal": lambda a: 1 / a}
    names["hypot"] = lambda a, b: sympy.sqrt(a**2 + b**2)
    formula = sympy.sympify(rule.formula, locals=names)
    for partial, x in zip(rule.by_operand, (X, Y), strict=False):
        written = sympy.sympify(partial, locals=names).subs(V, formula)
        assert sympy.simplify(sympy.nsimplify(written) - sympy.diff(formula, x)) == 0


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_every_elementwise_operation_can_be_written_out(name):
    rule = rules_of(name)[name]
    assert len(rule.by_operand) == len(TABLE[name].partials)
    assert all(rule.by_operand) and rule.formula
    assert bool(rule.policy) == (TABLE[name].kink is not None)


def test_a_row_for_each_operation_and_a_column_for_each_operand():
    rules = rules_of("mul", "sin")
    lines = str(rules).splitlines()
    assert lines[1].split() == ["operation", "v", "dv/dx", "dv/dy"]  # no kink, no column for it
    assert lines[3].split() == ["sin", "sin(x)", "cos(x)"]
    assert repr(rules) == "<Rules of mul, sin>"
    assert "at the kink" in rules_of("relu")._repr_html_()
    content = json.loads(rules_of("relu").to_json())
    assert content["rules"][0]["by_operand"] == ["where(x > 0, 1, 0)"]


def test_what_has_no_partials_is_refused():
    with pytest.raises(ArgumentError, match="matmul has no partials: it does not act entry by entry"):
        rules_of("matmul")
    with pytest.raises(ArgumentError, match="the table has no operation 'sine'"):
        rules_of("sine")

"""SymPy's rule of every elementwise row, against mpmath's numerical differentiation of its mpmath column."""

from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np
import pytest

from expression import UnsupportedOperation, trace
from expression.functions import logsumexp, relu, sigmoid, softplus
from expression.operations import TABLE
from expression.operations.elementwise import CONDITIONS
from expression.operations.operation import BOOLEAN
from symbolic import derive, grad, hessian, jvp, rules
from tests.strategies import draw
from tests.symbolic.oracles import EXACT, error, near, partial

ROWS = [row for row in TABLE.values() if row.elementwise and (row not in CONDITIONS or row.name == "float")]
SMOOTH = [row for row in ROWS if row.kink is None and BOOLEAN not in row.domain and row.name != "gate"]


def points(row, count=4):
    rng = np.random.default_rng(sum(map(ord, row.name)))
    for _ in range(count):
        yield tuple(draw(domain, (), rng) for domain in row.domain)


def floating(row):
    return [k for k, domain in enumerate(row.domain) if domain is not BOOLEAN]


def derivatives(row, x):
    gradient = derive(trace(lambda *x: row(*x), *x))(*x)
    return gradient if len(x) > 1 else (gradient,)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_rule_of_every_row_agrees_with_mpmath(row):
    for x in points(row):
        found = derivatives(row, x)
        found = dict(zip(floating(row), [f for f in found if f is not None], strict=True))
        for k in floating(row):
            near(found[k], partial(row, x, tuple(int(i == k) for i in range(len(x)))))


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
def test_rules_can_be_differentiated_again(row):
    for x in points(row, 2):
        n = len(x)
        second = hessian(lambda *x, row=row: row(*x), tuple(range(n)))(*x)
        for i, j in combinations_with_replacement(range(n), 2):
            wanted = partial(row, x, tuple(int(k == i) + int(k == j) for k in range(n)))
            near(second[i][j], wanted, 100 * EXACT)  # a second derivative loses two digits more at the domain's edge
            assert second[i][j] == second[j][i]


@pytest.mark.parametrize("formula", ["cos(x)", "1.001*sin(x)", "sin(x) + x/1000"])
def test_a_wrong_formula_is_caught(formula):
    wrong = replace(TABLE["sin"], name="wrong_sin", sympy=formula)
    assert all(error(derivatives(wrong, x)[0], partial(TABLE["sin"], x, (1,))) > 1e6 * EXACT for x in points(wrong))


def test_rules_are_asked_of_sympy_once():
    assert rules(TABLE["tanh"]) is rules(TABLE["tanh"])


def test_rules_name_the_result_that_is_there_already():
    assert {name: str(rules(TABLE[name])[0].formula) for name in ("exp", "tanh", "sqrt", "hypot", "reciprocal")} == {
        "exp": "y_result",
        "tanh": "1 - y_result**2",
        "sqrt": "1/(2*y_result)",
        "hypot": "x/y_result",
        "reciprocal": "-y_result**2",
    }


def test_a_row_without_a_formula_is_refused_by_name():
    row = replace(TABLE["sin"], name="nameless", sympy=None)
    with pytest.raises(UnsupportedOperation, match="nameless has no SymPy formula"):
        derive(trace(lambda x: row(x), 1.0))


FAR_OUT = {  # where a quotient of exponentials would be inf / inf
    "softplus at 800": (softplus, 800.0, 1.0, 0.0),
    "softplus at -800": (softplus, -800.0, 0.0, 0.0),
    "softplus at 0": (softplus, 0.0, 0.5, 0.25),
    "sigmoid at 800": (sigmoid, 800.0, 0.0, 0.0),
    "sigmoid at -800": (sigmoid, -800.0, 0.0, 0.0),
    "sigmoid at 0": (sigmoid, 0.0, 0.25, 0.0),
    "tanh at 800": (np.tanh, 800.0, 0.0, 0.0),
    "logaddexp at 800": (lambda x: np.logaddexp(x, 0.0), 800.0, 1.0, 0.0),
    "logaddexp of equals": (lambda x: np.logaddexp(x, 1.0), 1.0, 0.5, 0.25),
    "hypot at 1e200": (lambda x: np.hypot(x, 1e200), 1e200, 0.5**0.5, 0.0),
}


@pytest.mark.parametrize("case", FAR_OUT)
def test_derivatives_are_stable_where_exponentials_overflow(case):
    f, x, first, second = FAR_OUT[case]
    near(grad(f)(x), first)
    near(grad(grad(f))(x), second)


def test_sigmoid_keeps_its_digits_in_both_tails():
    for x in (-40.0, 40.0):
        tail = np.exp(-40.0) / (1 + np.exp(-40.0)) ** 2
        assert abs(grad(sigmoid)(x) / tail - 1) < EXACT


KINKS = {
    "relu": (relu, 0.0, 0.0),
    "abs": (np.abs, 0.0, 0.0),
    "sign": (np.sign, 0.0, 0.0),
    "maximum tie": (lambda x: np.maximum(x, 1.0), 1.0, 0.5),
    "minimum tie": (lambda x: np.minimum(1.0, x), 1.0, 0.5),
    "floor at a jump": (np.floor, 2.0, 0.0),
    "trunc": (np.trunc, 1.5, 0.0),
    "rint": (np.rint, 0.5, 0.0),
    "0 ** 0": (lambda x: x**0.0, 0.0, 0.0),
    "power at 0": (lambda x: x**2.0, 0.0, 0.0),
    "power with exponent 1 at 0": (lambda x: x**1.0, 0.0, 1.0),
    "exponent at base 0": (lambda x: 0.0**x, 2.0, 0.0),
    "negative base": (lambda x: x**3.0, -2.0, 12.0),
}


@pytest.mark.parametrize("case", KINKS)
def test_kinks_follow_the_policy(case):
    f, x, wanted = KINKS[case]
    assert grad(f)(x) == wanted


def test_max_shares_a_tie_equally():
    assert grad(np.max)(np.array([3.0, 1.0, 3.0])).tolist() == [0.5, 0.0, 0.5]


TRAPS = {
    "the famous one": (lambda x: np.where(x > 0, x, np.sqrt(-x)), 1.0, 1.0),
    "log of a negative number": (lambda x: np.where(x > 0, np.log(x), 0.0), -1.0, 0.0),
    "infinite slope at the switch": (lambda x: np.where(x > 0, np.sqrt(x), 0.0), 0.0, 0.0),
    "two operations deep": (lambda x: np.where(x > 0, np.exp(1 / x) ** 2, x), 0.0, 1.0),
    "nan times a number": (lambda x: np.where(x > 0, 3 * np.sqrt(x - 1), 2 * x), -1.0, 2.0),
}


@pytest.mark.parametrize("case", TRAPS)
def test_a_branch_not_taken_contributes_exactly_0(case):
    f, x, wanted = TRAPS[case]
    assert grad(f)(x) == wanted
    assert jvp(f, (x,), (1.0,))[1] == wanted


def test_a_hessian_at_equal_logits_is_right():
    p = np.full(3, 1 / 3)
    near(hessian(logsumexp)(np.zeros(3)), np.diag(p) - np.outer(p, p))

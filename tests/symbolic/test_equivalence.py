"""Equivalence of formulas: shown by points and by algebra, refuted by a point, and told where it holds."""

import pytest

from expression import parse
from expression.errors import ArgumentError
from symbolic import equivalence

EQUAL = [
    ("(x + 1)**2", "x**2 + 2*x + 1", {}),
    ("sin(2*x)", "2*sin(x)*cos(x)", {}),
    ("exp(x + y)", "exp(x)*exp(y)", {}),
    ("sqrt(x**2)", "x", {"x": (0.1, 2.0)}),
    ("sqrt(x**2)", "-x", {"x": (-2.0, -0.1)}),
    ("log(x*y)", "log(x) + log(y)", {"x": (0.1, 2.0), "y": (0.1, 2.0)}),
    ("tanh(x)", "(exp(2*x) - 1)/(exp(2*x) + 1)", {}),
    ("1/(1 + exp(-x))", "exp(x)/(1 + exp(x))", {}),
]
DIFFERENT = [("x**2", "x**3"), ("sin(x)", "x"), ("x + y", "x - y"), ("x", "x + 1e-12"), ("exp(x)", "x**x")]
HALVES = [("sqrt(x**2)", "x", "x > 0"), ("abs(x)", "-x", "x < 0"), ("2*log(x)", "log(x**2)", "x > 0")]


def of(text):
    return parse(text, ("x", "y"))


@pytest.mark.parametrize(("a", "b", "domain"), EQUAL)
def test_equal_formulas_are_equal_by_algebra(a, b, domain):
    found = equivalence(of(a), of(b), domain)
    assert found.equal and found.proof == "algebra" and found.tried == 12
    assert str(found) == "equal, shown by algebra"


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different_formulas_are_refuted_by_a_point(a, b):
    found = equivalence(of(a), of(b), {"x": (0.1, 2.0)})
    assert not found.equal and not found.only and set(found.at) == {"x", "y"}
    assert str(found).startswith("different at x = ")


@pytest.mark.parametrize(("a", "b", "half"), HALVES)
def test_formulas_that_are_equal_on_one_side_only_say_so(a, b, half):
    found = equivalence(of(a), of(b))
    assert not found.equal and found.only == half and str(found) == f"equal only for {half}"


def test_what_algebra_does_not_find_is_said_to_rest_on_points():
    long = " + ".join(f"sin({k}*x)*cos({k}*y)" for k in range(1, 60))
    found = equivalence(of(long), of(" + ".join(reversed(long.split(" + ")))))
    assert found.equal
    folded = " + ".join(f"(sin({k}*x + y) - sin({k}*x - y))/2" for k in range(1, 40))
    other = " + ".join(f"cos({k}*x)*sin(y)" for k in range(1, 40))
    found = equivalence(of(folded), of(other))
    assert found.equal and not found.proof and "at 12 random points, to 30 digits" in str(found)


def test_formulas_of_other_inputs_and_empty_domains_are_refused():
    with pytest.raises(ArgumentError, match=r"formulas of the same inputs are compared, got \(x\) and \(y\)"):
        equivalence(parse("x"), parse("y"))
    with pytest.raises(ArgumentError, match="neither formula has a value anywhere on the domain"):
        equivalence(parse("log(x)"), parse("2*log(x)"), {"x": (-2.0, -1.0)})

"""Kinds of answers: what is read leniently, what is refused and how, and what counts as the same."""

from collections import namedtuple
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

from expression import parse
from lessons.exercises.diagnosis import judge
from lessons.exercises.kinds import Choice, Formula, Function, Graph, Order, Record, Value
from lessons.exercises.values import Unreadable, close, misfit, normal, same, show
from lessons.exercises.verdict import Outcome
from tests.lessons.exercises.small import made, of_one_number

Pair = namedtuple("Pair", "a b")
TWO = [
    2,
    2.0,
    np.float32(2),
    np.int8(2),
    np.array(2.0),
    Fraction(2),
    Decimal(2),
    mpmath.mpf(2),
    sympy.Integer(2),
    2 + 0j,
]
PAIRS = [
    (1, 2.5),
    [1, 2.5],
    np.array([1, 2.5]),
    Pair(1, 2.5),
    [np.float64(1), np.array(2.5)],
    np.array([1, 2.5], object),
]


@pytest.mark.parametrize("two", TWO, ids=lambda x: type(x).__name__)
def test_a_number_is_a_number_of_whatever_library(two):
    assert same(normal(two), 2.0)
    assert judge(made(Value(), lambda faults: 2.0), two).passed
    assert judge(of_one_number(lambda x: 2.0), lambda x: two).passed


@pytest.mark.parametrize("pair", PAIRS, ids=lambda x: type(x).__name__)
def test_a_sequence_is_a_sequence(pair):
    assert same(normal(pair), (1.0, 2.5))


@pytest.mark.parametrize("text", ["0.25", "1/4", " 1 / 4 ", "2.5e-1", "\u22120.25"])
def test_numbers_may_be_written_as_text(text):
    right = -0.25 if text.startswith("\u2212") else 0.25
    assert judge(made(Value(), lambda faults: right), text).passed


SUMS = np.random.default_rng(1).normal(size=(50, 40))


def test_sums_may_be_taken_in_any_order():
    for x in SUMS:
        assert same(float(np.sum(x)), float(sum(sorted(x))))


DIFFERENT = [(1.0, 1.0 + 1e-8), (0.0, 1e-9), (1.0, -1.0), (1.0, "1.0"), (True, 1.0), (1.0, float("nan"))]


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_what_differs_is_not_the_same(a, b):
    assert not close(a, b) and not close(b, a)


MISFITS = [
    (None, 1.0, "None: is there a `return`?"),
    ((1.0, 2.0), (1.0,), "2 numbers, where 1 is wanted"),
    ((1.0,), 1.0, "a sequence that holds one number, where a number is wanted"),
    (((1.0,), 2.0), (1.0, 2.0), "at [0] a sequence that holds one number, where a number is wanted"),
    ({"a": 1.0}, {"a": 1.0, "b": 2.0}, "no b"),
    ({"a": 1.0, "c": 2.0}, {"a": 1.0}, "c too many"),
    ("x", 1.0, "a str, where a number is wanted"),
    (True, 1.0, "True, where a number is wanted"),
    (1, 2.5, ""),
]


@pytest.mark.parametrize(("found", "expected", "text"), MISFITS)
def test_a_wrong_structure_is_told_before_any_number(found, expected, text):
    assert misfit(found, expected) == text


def test_long_values_are_shown_short():
    assert show(tuple(range(100))) == "0, 1, 2, 3, 4, 5, ... (100 in all)"
    assert show(10**400) == "a whole number of about 400 digits"


REFUSED = [
    (Function(), 3.0, "a function is wanted, got a float; leave out the brackets behind its name"),
    (Function(), ..., "a function is wanted, got `...`: nothing is written there yet"),
    (Function(names=("f", "g")), (abs,), "2 functions are wanted, and f, g is not there"),
    (Value(), abs, "numbers are wanted, got the function abs; call it, or write down what it gives"),
    (Value(), "one", "'one' is no number"),
    (Value(parts=("a", "b")), {"a": 1}, "nothing is written for b"),
    (Value(parts=("a", "b")), {"a": 1, "b": 2, "c": 3}, "c is asked by nobody"),
    (Value(parts=("a", "b")), (1, 2, 3), "2 parts are wanted (a, b), got 3"),
    (Value(parts=("a", "b")), {"a": 1, "b": ...}, "nothing is written yet for b"),
    (Choice({"a": "one", "b": "two"}), "c", "'c' is none of the options; choose one of a, b"),
    (Record({"a": Value(), "b": Value()}), {"a": 1, "b": None}, "nothing is written yet for b"),
    (Record({"a": Value(), "b": Value()}), 3, "2 parts are wanted (a, b), got an int"),
    (Formula(), "", "nothing is written yet; write a formula such as '2*x'"),
    (Formula(), "2x", "the number 2 runs into 'x'; put an operator between, as in 2*x"),
    (Formula(), "x + y", "unknown name y; the inputs are x"),
    (Formula(), "__import__('os')", "column"),
    (Order({"q": (), "r": ("q",)}), "q z", "z is not among the items; they are q, r"),
    (Graph(("a", "b")), "v1 = a * c", "reads c"),
    (Graph(("a", "b")), "v1 = a * b + a", "is not one operation; give each operation a line of its own"),
    (Graph(("a", "b")), "v1 = v2 * a\nv2 = a * b", "reads v2, which stands below it"),
]


@pytest.mark.parametrize(("kind", "answer", "text"), REFUSED)
def test_what_cannot_be_read_is_refused_with_what_would_be_right(kind, answer, text):
    with pytest.raises(Unreadable) as refusal:
        kind.read(answer)
    assert text in str(refusal.value)


@pytest.mark.parametrize("answer", ["b", "B", "(b)", " b. ", "two", "TWO", np.str_("b")])
def test_a_choice_is_its_key_or_its_text(answer):
    assert Choice({"a": "one", "b": "two"}).read(answer) == "b"


ORDER = Order({"q": (), "r": ("q",), "p": ("q", "r"), "s": ("p",), "t": ("s", "r")})
ORDERED = made(ORDER, lambda faults: ("q", "r", "p", "s", "t"))


ORDERS = ["q r p s t", "q, r, p, s, t", list("qrpst"), "q = x * x\nr = q + x\np = q * r\ns = a\nt = b"]


@pytest.mark.parametrize("answer", ORDERS)
def test_an_order_is_read_in_every_form(answer):
    assert judge(ORDERED, answer).passed


def test_any_order_that_holds_is_right_and_another_one_is_told_its_edge():
    loose = made(Order({"a": (), "b": (), "c": ("a", "b")}), lambda faults: ("a", "b", "c"))
    assert judge(loose, "a b c").passed and judge(loose, "b a c").passed
    assert "a above c" not in str(judge(loose, "b a c"))
    assert "c above b, which it reads" in str(judge(loose, "a c b"))
    assert "no c" in str(judge(loose, "a b")) and "a twice" in str(judge(loose, "a a b c"))


GRAPH = made(Graph(("a", "b", "c")), lambda faults: "p = a * b\nn = p + c\nd = p - c\nq = n / d")
SAME_GRAPH = [
    "v1 = b*a; v2 = v1 - c; v3 = c + v1; v4 = v3 / v2",
    ["x = mul(a, b)", "y = add(x, c)", "z = sub(x, c)", "w = div(y, z)"],
    [("p", "*", "a", "b"), ("n", "+", ("p", "c")), ("d", "-", "p", "c"), ("q", "/", "n", "d")],
    "v0 = input a\nv1 = a * b  # the product\nv2 = v1 + c\nv3 = v1 - c\nv4 = v2 / v3",
]


@pytest.mark.parametrize("answer", SAME_GRAPH)
def test_a_graph_may_be_numbered_and_ordered_in_any_way(answer):
    verdict = judge(GRAPH, answer)
    assert verdict.passed, verdict


OTHER_GRAPHS = [
    ("p = a * b\np2 = a * b\nn = p + c\nd = p2 - c\nq = n / d", "mul(a, b) is computed twice"),
    ("p = a * b\nn = p + c\nd = c - p\nq = n / d", "sub(c, mul(a, b))"),
    ("p = a * b\nn = p + c\nd = p - c", "A node is missing"),
]


@pytest.mark.parametrize(("answer", "text"), OTHER_GRAPHS)
def test_another_graph_is_told_its_difference(answer, text):
    verdict = judge(GRAPH, answer)
    assert verdict.outcome is Outcome.WRONG and text in str(verdict)


# -- formulas ----------------------------------------------------------------------------------------------------------

SINE = made(Formula(), lambda faults: "2*x*cos(x**2)")
ROOT = made(Formula(), lambda faults: "x")
POSITIVE = made(Formula(domain={"x": (0.2, 3.0)}), lambda faults: "x")
x = sympy.Symbol("x")
SAME_FORMULA = [
    "cos(x*x)*(x + x)",
    "2*x*cos(x**2) + sin(x)**2 + cos(x)**2 - 1",
    "x*(exp(0)+1)*sin(pi/2 - x**2)",
    parse("2*x*cos(x**2)"),
    lambda t: 2 * t * np.cos(t**2),
    lambda t: 2 * t * __import__("math").cos(t * t),
    2 * x * sympy.cos(x**2),
]


@pytest.mark.parametrize("answer", SAME_FORMULA)
def test_a_formula_may_be_written_in_any_form(answer):
    verdict = judge(SINE, answer)
    assert verdict.passed, verdict


WRONG_FORMULAS = [
    (SINE, "-2*x*cos(x**2)", "It is -1 times the answer."),
    (SINE, "x*cos(x**2)", "It is 0.5 times the answer."),
    (SINE, "2*x*cos(x**2) + 3", "It differs from the answer by 3 everywhere."),
    (SINE, "2*x*cos(x)", "its value is"),
    (SINE, "cos(x**2)", "its value is"),
    (ROOT, "sqrt(x**2)", "It equals the answer only for x > 0."),
    (ROOT, "-abs(x)", "It equals the answer only for x < 0."),
    (ROOT, "exp(log(x))", "It equals the answer only for x > 0."),
    (ROOT, "sqrt(-1-x**2)", "It has no value at"),
    (SINE, "2*x*cos(x**2)*(1 + 1e-12)", ""),
]


@pytest.mark.parametrize(("item", "answer", "text"), WRONG_FORMULAS)
def test_a_wrong_formula_is_told_what_it_is(item, answer, text):
    verdict = judge(item, answer)
    assert not verdict.passed and text in str(verdict)


def test_a_formula_is_right_on_the_domain_that_was_asked_for():
    verdict = judge(POSITIVE, "sqrt(x**2)")
    assert verdict.passed and "equals the answer for 0.2 < x < 3, as was asked; not everywhere" in str(verdict)
    assert "everywhere" not in str(judge(POSITIVE, "x + 0"))


def test_the_value_of_a_formula_is_not_told():
    assert "2*x*cos" not in str(judge(SINE, "x**3"))


def test_cancellation_does_not_make_a_right_formula_wrong():
    item = made(Formula(domain={"x": (1e-5, 2e-5)}), lambda faults: "2*sin(x/2)**2")
    assert judge(item, "1 - cos(x)").passed
    assert not judge(item, "x**2/2*(1 + x**2)").passed


def test_a_proof_is_given_where_it_is_asked_for():
    assert "As a formula it is equal, shown by algebra." in str(judge(SINE, "cos(x*x)*(x + x)", prove=True))
    assert "algebra" not in str(judge(SINE, "cos(x*x)*(x + x)"))

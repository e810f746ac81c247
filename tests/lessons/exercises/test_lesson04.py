"""Lesson 4: right answers in odd forms, wrong ones in a student's words, and whether what the exercises claim is so."""

import mpmath
import numpy as np
import pytest
import sympy

import autodiff
import symbolic
from expression import measure, parse
from expression.corpus import case
from lessons.exercises import Outcome, check
from lessons.exercises.catalogue import exercise
from lessons.exercises.lesson04.sharing import FEWEST, MOST, by_angle, by_squares, counted
from lessons.exercises.lesson04.versions import ALIKE, DAG, RIGHT, TREE, VERSIONS

X = sympy.symbols("x")
L3 = 16 * X * (1 - X) * (1 - 2 * X) ** 2

# -- 04.1 --------------------------------------------------------------------------------------------------------------


def test_the_terms_are_the_derivative_that_sympy_finds():
    assert sympy.expand(sympy.sympify(exercise("04.1").reference) - sympy.diff(L3, X)) == 0


FORMS = {
    "SymPy": sympy.diff(L3, X),
    "expanded by SymPy": sympy.expand(sympy.diff(L3, X)),
    "terms": ["16*(1-x)*(1-2*x)**2", "-16*x*(1-2*x)**2", " -64*x*(1-x)*(1-2*x) "],
    "terms with signs in front": ("-64*x*(1-x)*(1-2*x)", "+16*(1-x)*(1-2*x)**2", "- 16*x*(1-2*x)**2"),
    "terms by factor": {"x": "16*(1-x)*(1-2*x)**2", "1-x": "-16*x*(1-2*x)**2", "square": "-64*x*(1-x)*(1-2*x)"},
    "an equation": "dl3/dx = 16*(1-x)*(1-2*x)**2 - 16*x*(1-2*x)**2 - 64*x*(1-x)*(1-2*x)",
    "a program": autodiff.derive(parse("16*x*(1 - x)*(1 - 2*x)**2")),
    "a function": lambda x: 16 * np.polyval([-16, 24, -10, 1], x),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_derivative_may_be_written_in_many_ways(form):
    verdict = check("04.1", FORMS[form])
    assert verdict.passed, verdict


SLIPS = {
    "product of derivatives": "16*(-1)*2*(1 - 2*x)*(-2)",
    "inner factor": ["16*(1-x)*(1-2*x)**2", "-16*x*(1-2*x)**2", "32*x*(1-x)*(1-2*x)"],
    "inner sign": "16*(1-x)*(1-2*x)**2 - 16*x*(1-2*x)**2 + 64*x*(1-x)*(1-2*x)",
    "2 in front": "16*(1-x)*(1-2*x)**2 - 16*x*(1-2*x)**2 - 32*x*(1-x)*(1-2*x)",
    "16 is lost": "(1-x)*(1-2*x)**2 - x*(1-2*x)**2 - 4*x*(1-x)*(1-2*x)",
    "second term missing": "16*(1-x)*(1-2*x)**2 - 64*x*(1-x)*(1-2*x)",
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_a_student_s_words_is_named(name):
    assert check("04.1", SLIPS[name]).faults == {name}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("16(1-x)(1-2x)", "put an operator between"),
        (["16*(1-x", "2"], "is never closed"),
        (["16*(1-x)", "...", "..."], "nothing is written yet"),
        (["16*(1-x)", 5], "a formula as text is wanted"),
        ([], "a formula as text is wanted"),
        (None, "nothing is written yet"),
        ("__import__('os')", "unexpected character"),
    ],
)
def test_what_is_no_formula_is_told_so(answer, told):
    verdict = check("04.1", answer)
    assert verdict.outcome is Outcome.UNREADABLE and told in str(verdict).lower()


# -- 04.2 --------------------------------------------------------------------------------------------------------------

SIZES = exercise("04.2").reference


@pytest.mark.parametrize("text", ["x", "2", "x*x", "sin(x) + sin(x)**2", "(x + y)*(x - y)/(x + y)"])
def test_the_tree_size_is_the_one_that_the_project_measures(text):
    assert SIZES["size"](parse(text)) == measure(parse(text)).tree_size


@pytest.mark.parametrize("n", range(1, 9))
def test_the_predicted_size_is_that_of_the_formula_that_the_rules_write(n):
    e = case("logistic").trace(n)
    assert SIZES["size"](e) == measure(e).tree_size
    assert SIZES["derivative_size"](n) == measure(symbolic.textbook(e)).tree_size == 9 * (n - 1) * 2 ** (n - 1) + 1


def size(e):
    """The recurrence, as the hint has it."""
    sizes = []
    for node in e.nodes:
        sizes.append(1 + sum(sizes[j] for j in node.operands))
    return sizes[e.outputs[0]]


def derivative_size(n):
    """The closed form."""
    return 9 * (n - 1) * 2 ** (n - 1) + 1


WRONG_SIZES = {
    "counts the list": (len, derivative_size),
    "the function's size": (size, lambda n: 6 * 2 ** (n - 1) - 5),
    "one step too many": (size, lambda n: 9 * n * 2**n + 1),
}


@pytest.mark.parametrize("name", WRONG_SIZES)
def test_a_wrong_size_in_a_student_s_words_is_named(name):
    assert check("04.2", WRONG_SIZES[name]).faults == {name}


def test_a_size_that_is_off_by_one_is_wrong_however_large_it_is():
    verdict = check("04.2", size, lambda n: derivative_size(n) + (n == 20))
    assert [row.passed for row in verdict.rows] == [True] * 8 + [False]


def test_measuring_is_against_the_rules():
    verdict = check("04.2", lambda e: measure(e).tree_size, derivative_size)
    assert verdict.outcome is Outcome.RULE and "measure" in str(verdict)


def test_walking_through_the_tree_takes_too_long():
    def visits(e, k):
        return 1 + sum(visits(e, j) for j in e.nodes[k].operands)

    verdict = check("04.2", lambda e: visits(e, e.outputs[0]), derivative_size, seconds=0.3)
    assert verdict.outcome is Outcome.LATE and "l_30" in str(verdict)


# -- 04.3 --------------------------------------------------------------------------------------------------------------


def test_cse_finds_as_many_operations_as_the_exercise_says():
    assert symbolic.sympy_sizes(case("logistic").trace(4)).shared_ops == MOST


def test_operations_are_counted_as_they_are_written():
    assert counted(by_angle, 0.2)["operations"] == FEWEST
    assert counted(by_squares, 0.2)["operations"] == 12
    twice = counted(lambda x: (x * x + x * x, -(np.sin(2 * x) ** 2)), 0.2)
    assert twice["operations"] == 3 + 4


@pytest.mark.parametrize("x", [0.2, 0.7])
def test_the_slope_is_that_of_the_closed_form(x):
    value, slope = exercise("04.3").reference(x)
    with mpmath.workdps(30):
        angle = mpmath.asin(mpmath.sqrt(mpmath.mpf(x)))
        expected = mpmath.sin(8 * angle) ** 2, 8 * mpmath.sin(16 * angle) / mpmath.sin(2 * angle)
    assert np.allclose((value, slope), [float(number) for number in expected], rtol=1e-13, atol=0)


def loop(x, steps=3):
    """The loop with the slope carried along."""
    u, d = x, 1
    for _ in range(steps):
        d, u = 4 * (1 - 2 * u) * d, 4 * u * (1 - u)
    return u, d


def table(x):
    """The last line but one of the table, as it stands."""
    a, b = 1 - 2 * x, 1 - 8 * x + 8 * x**2
    value = 64 * x * (1 - x) * (1 - 2 * x) ** 2 * (1 - 8 * x + 8 * x**2) ** 2
    slope = 128 * x * (1 - x) * (-8 + 16 * x) * a**2 * b + 64 * (1 - x) * a**2 * b**2
    return value, slope - 64 * x * a**2 * b**2 - 256 * x * (1 - x) * a * b**2


WRONG_LISTS = {
    "nothing shared": table,
    "goes on to l5": lambda x: loop(x, 4),
    "stops at l3": lambda x: loop(x, 2),
    "swapped": lambda x: loop(x)[::-1],
    "last step alone": lambda x: (loop(x)[0], 4 - 8 * loop(x, 2)[0]),
}


@pytest.mark.parametrize("name", WRONG_LISTS)
def test_a_wrong_list_in_a_student_s_words_is_named(name):
    verdict = check("04.3", WRONG_LISTS[name])
    assert name in verdict.faults <= {name, "nothing shared"}, verdict


def test_a_right_list_is_told_how_long_it_is():
    verdict = check("04.3", loop)
    assert verdict.passed and f"It takes 21 operations. The shortest list that we know has {FEWEST}." in str(verdict)


def test_autodiff_is_against_the_rules():
    verdict = check("04.3", lambda x: autodiff.value_and_grad(lambda x: loop(x)[0])(float(x)))
    assert verdict.outcome is Outcome.RULE


@pytest.mark.parametrize("answer", [lambda x: x, lambda x: (x,), lambda x: None, lambda x: ("a", "b"), "4*x", None])
def test_an_answer_to_04_3_of_the_wrong_form_is_told_so(answer):
    verdict = check("04.3", answer)
    assert verdict.outcome in (Outcome.WRONG, Outcome.UNREADABLE)
    assert "wanted" in str(verdict) or "return" in str(verdict)


# -- 04.4 --------------------------------------------------------------------------------------------------------------

LOOP = case("logistic").trace(4)
WRITTEN = {
    "loop": LOOP,
    "product": parse("64*x*(1 - x)*(1 - 2*x)**2*(1 - 8*x + 8*x**2)**2"),
    "expanded": symbolic.rewrite(LOOP, "expand"),
    "horner": symbolic.rewrite(LOOP, "horner"),
    "sine": parse("sin(8*asin(sqrt(x)))**2"),
}


def test_the_versions_have_the_sizes_that_the_exercise_tells():
    sizes = {name: measure(symbolic.textbook(e)) for name, e in WRITTEN.items()}
    assert {name: found.tree_size for name, found in sizes.items()} == dict(TREE)
    assert {name: found.dag_size for name, found in sizes.items()} == dict(DAG)
    assert min(TREE, key=TREE.get) == RIGHT["tree"] and min(DAG, key=DAG.get) == RIGHT["dag"]


@pytest.mark.parametrize("derive", [symbolic.derive, autodiff.derive, lambda e: symbolic.derive(e, sharing=False)])
def test_whoever_differentiates_the_same_version_is_the_smallest(derive):
    sizes = {name: measure(derive(e)) for name, e in WRITTEN.items()}
    assert min(sizes, key=lambda name: sizes[name].tree_size) == RIGHT["tree"]
    assert min(sizes, key=lambda name: sizes[name].dag_size) == RIGHT["dag"]


@pytest.mark.parametrize("derive", [symbolic.textbook, symbolic.derive, autodiff.derive])
def test_two_versions_lose_digits_and_three_do_not(derive):
    with mpmath.workdps(30):
        angle = mpmath.asin(mpmath.sqrt(mpmath.mpf(0.2)))
        truth = float(8 * mpmath.sin(16 * angle) / mpmath.sin(2 * angle))
    errors = {name: abs(derive(e)(0.2) - truth) for name, e in WRITTEN.items()}
    assert {name for name, error in errors.items() if error < 1e-14} == ALIKE
    assert all(2e-14 < errors[name] < 1e-12 for name in VERSIONS if name not in ALIKE)


@pytest.mark.parametrize("accurate", ["loop", "Baydin's product", "sine", "the closed form"])
def test_any_version_that_keeps_its_digits_is_most_accurate(accurate):
    assert check("04.4", "sine", "SINE", accurate).passed


def test_each_wrong_choice_is_named():
    assert check("04.4", "horner", "the loop", "expanded").faults == {
        "tree: Horner",
        "DAG: the loop",
        "accurate: expanded",
    }

"""Lesson 4: right answers in odd forms, wrong ones in a student's words, and whether what the exercises claim is so."""

import math
import re
from fractions import Fraction
from math import asin, sin, sqrt

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
from lessons.exercises.lesson04.induction import LINES, at
from lessons.exercises.lesson04.rewritten import CLEAR, Loop
from lessons.exercises.lesson04.sharing import FEWEST, MOST, by_angle, by_mathematics, by_squares, counted
from lessons.exercises.lesson04.versions import BAYDIN

X = sympy.symbols("x")
L3 = 16 * X * (1 - X) * (1 - 2 * X) ** 2

# -- 04.1 --------------------------------------------------------------------------------------------------------------


def test_the_terms_are_the_derivative_that_sympy_finds():
    whole = sum(sympy.sympify(term) for term in exercise("04.1").reference.values())
    assert sympy.expand(whole - sympy.diff(L3, X)) == 0


@pytest.mark.parametrize("number", range(1, 6))
def test_the_terms_of_a_variant_are_too(number):
    item = exercise(f"04.1/{number}")
    product = sympy.sympify(re.search(r"`f = ([^`]+)`", item.prompt)[1])
    for factor, term in item.reference.items():
        factor = sympy.sympify(factor)
        assert sympy.expand(sympy.sympify(term) - sympy.diff(factor, X) * sympy.cancel(product / factor)) == 0


FIRST, SECOND, THIRD = "16*(1-x)*(1-2*x)**2", "-16*x*(1-2*x)**2", "-64*x*(1-x)*(1-2*x)"
FACTORS = ("x", "1 - x", "(1 - 2*x)**2")
FORMS = {
    "SymPy": sympy.diff(L3, X),
    "terms": [FIRST, SECOND, f" {THIRD} "],
    "terms with signs in front": (THIRD, f"+{FIRST}", "- 16*x*(1-2*x)**2"),
    "a set": {FIRST, SECOND, THIRD},
    "terms by factor": {"square": THIRD, "16*x": FIRST, "1-x": SECOND},
    "terms by number": {1: FIRST, 2: SECOND, 3: THIRD},
    "an equation": f"dl3/dx = {FIRST} - 16*x*(1-2*x)**2 - 64*x*(1-x)*(1-2*x)",
    "16 in front": "16*((1-x)*(1-2*x)**2 - x*(1-2*x)**2 - 4*x*(1-x)*(1-2*x))",
    "a program": autodiff.derive(parse("16*x*(1 - x)*(1 - 2*x)**2")),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_terms_may_be_written_in_many_ways(form):
    verdict = check("04.1", FORMS[form])
    assert verdict.passed, verdict


SIMPLIFIED = {
    "expanded by SymPy": sympy.expand(sympy.diff(L3, X)),
    "two terms": "16*(1 - 2*x)**3 - 64*x*(1 - x)*(1 - 2*x)",
    "a list of two": ["16*(1 - 2*x)**3", THIRD],
    "a product": "16*(1 - 2*x)*(1 - 8*x + 8*x**2)",
    "a function": lambda x: 16 * np.polyval([-16, 24, -10, 1], x),
    "a polynomial of NumPy": np.poly1d([-256, 384, -160, 16]),
    "four terms": ["16", "-160*x", "384*x**2", "-256*x**3"],
}


@pytest.mark.parametrize("form", SIMPLIFIED)
def test_a_derivative_without_its_terms_is_asked_for_them(form):
    assert check("04.1", SIMPLIFIED[form]).faults == {"simplified"}


@pytest.mark.parametrize("order", [(SECOND, FIRST, THIRD), (SECOND, THIRD, FIRST), (FIRST, THIRD, SECOND)])
def test_terms_beside_other_factors_are_named(order):
    assert check("04.1", dict(zip(FACTORS, order, strict=True))).faults == {"terms exchanged"}


SLIPS = {
    "product of derivatives": "16*(-1)*2*(1 - 2*x)*(-2)",
    "inner factor": [FIRST, SECOND, "32*x*(1-x)*(1-2*x)"],
    "inner sign": f"{FIRST} - 16*x*(1-2*x)**2 + 64*x*(1-x)*(1-2*x)",
    "2 in front": f"{FIRST} - 16*x*(1-2*x)**2 - 32*x*(1-x)*(1-2*x)",
    "16 is lost": "(1-x)*(1-2*x)**2 - x*(1-2*x)**2 - 4*x*(1-x)*(1-2*x)",
    "second term missing": {"x": FIRST, "square": THIRD},
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_a_student_s_words_is_named(name):
    assert check("04.1", SLIPS[name]).faults == {name}


def test_the_terms_that_are_wrong_are_shown_as_they_were_written():
    verdict = check("04.1", [FIRST, "-17*x*(1-2*x)**2", THIRD])
    assert verdict.headline == "2 of 3 parts right" and "1 - x = -17*x*(1-2*x)**2" in str(verdict)
    assert "1 - x: It is 1.0625 times the answer" in str(verdict)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("16(1-x)(1-2x)", "put an operator between"),
        (["16*(1-x", "2"], "is never closed"),
        (["16*(1-x)", "...", "..."], "nothing is written yet"),
        ({"x": FIRST, "1 - x": ["x"]}, "1 - x: a formula as text is wanted"),
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


PROOF = [(9, -9, 2), (0, 9, -15), (0, 0, 14), (9, 0, 1)]


def test_the_rows_of_the_proof_are_the_closed_forms_up_to_200():
    rows = dict(zip(LINES, PROOF, strict=True))
    assert SIZES["proof"] == rows
    t, d = 1, 1
    for n in range(1, 201):
        following = 2 * d + 3 * t + 14
        assert [at(row, n) for row in PROOF] == [2 * d, 3 * t, 14, following]
        t, d = 2 * t + 5, following


WRONG_PROOFS = {
    "n + 1 in the exponent alone": [*PROOF[:3], (9, -9, 1)],
    "D_n again": [*PROOF[:3], ("9/2", "-9/2", 1)],
    "5 not tripled": [PROOF[0], (0, 9, -5), *PROOF[2:]],
}


@pytest.mark.parametrize("name", WRONG_PROOFS)
def test_a_wrong_step_of_the_proof_is_named(name):
    verdict = check("04.2", size, derivative_size, WRONG_PROOFS[name])
    assert verdict.faults == {name} and "the answer is 146 + 57 + 14 = 217" in str(verdict)


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        (PROOF[:3], "4 parts are wanted"),
        ([(..., ..., ...)] * 4, "nothing is written yet for 2 D_n[0]"),
        ([9, 9, 14, 9], "three numbers a, b, c are wanted for 2 D_n"),
        ([("a", "b", "c")] * 4, "'a' is no number"),
        (None, "4 parts are wanted"),
    ],
)
def test_what_is_no_proof_is_told_so(proof, told):
    verdict = check("04.2", size, derivative_size, proof)
    assert verdict.outcome is Outcome.UNREADABLE and told in str(verdict)


def test_a_proof_is_asked_for():
    assert "proof" in str(check("04.2", size, derivative_size))


WRONG_SIZES = {
    "counts the list": (len, derivative_size),
    "the function's size": (size, lambda n: 6 * 2 ** (n - 1) - 5),
    "one step too many": (size, lambda n: 9 * n * 2**n + 1),
}


@pytest.mark.parametrize("name", WRONG_SIZES)
def test_a_wrong_size_in_a_student_s_words_is_named(name):
    assert check("04.2", *WRONG_SIZES[name], PROOF).faults == {name}


def test_a_size_that_is_off_by_one_is_wrong_however_large_it_is():
    verdict = check("04.2", size, lambda n: derivative_size(n) + (n == 20), PROOF)
    assert [row.passed for row in verdict.rows] == [True] * 8 + [False, True]


def test_measuring_is_against_the_rules():
    verdict = check("04.2", lambda e: measure(e).tree_size, derivative_size, PROOF)
    assert verdict.outcome is Outcome.RULE and "measure" in str(verdict)


def test_walking_through_the_tree_takes_too_long():
    def visits(e, k):
        return 1 + sum(visits(e, j) for j in e.nodes[k].operands)

    verdict = check("04.2", lambda e: visits(e, e.outputs[0]), derivative_size, PROOF, seconds=0.3)
    assert verdict.outcome is Outcome.LATE and "l_30" in str(verdict)


# -- 04.3 --------------------------------------------------------------------------------------------------------------


def test_cse_finds_as_many_operations_as_the_exercise_says():
    assert symbolic.sympy_sizes(case("logistic").trace(4)).shared_ops == MOST


def test_operations_are_counted_as_they_are_written():
    assert counted(by_angle, 0.2)["operations"] == FEWEST
    assert counted(by_squares, 0.2)["operations"] == 12
    twice = counted(lambda x: (x * x + x * x, -(np.sin(2 * x) ** 2)), 0.2)
    assert twice["operations"] == 3 + 4


def by_names(x):
    """The closed form with functions that were imported by name."""
    angle = asin(sqrt(x))
    return sin(8 * angle) ** 2, 8 * sin(16 * angle) / sin(2 * angle)


def by_an_import_inside(x):
    """The closed form with a module that is imported in the function."""
    import math as m
    from math import asin as arcsin

    angle = arcsin(m.sqrt(x))
    return m.pow(m.sin(8 * angle), 2), 8 * m.sin(16 * angle) / m.sin(2 * angle)


@pytest.mark.parametrize("answer", [by_mathematics, by_names, by_an_import_inside])
def test_functions_of_the_module_math_are_counted_however_they_were_imported(answer):
    assert counted(answer, 0.2)["operations"] == FEWEST
    assert f"It takes {FEWEST} operations" in str(check("04.3", answer))
    assert type(math.sin) is type(asin) is type(len)  # and nothing is left behind


def by_math_first(x):
    """Nothing shared, behind a function of the module math."""
    return table(math.fabs(x))


def by_math_alone(x):
    """The loop, with the same thing computed again and again."""
    value, slope = loop(x)
    for _ in range(MOST):
        value = math.copysign(value, 1.0)
    return value, slope


@pytest.mark.parametrize("answer", [by_math_first, by_math_alone])
def test_nobody_comes_under_the_limit_by_the_module_math(answer):
    assert check("04.3", answer).faults == {"nothing shared"}


@pytest.mark.parametrize("plain", [float, np.float64, lambda x: math.fsum([x]), lambda x: np.asarray(x, float)])
def test_a_number_that_would_be_counted_no_longer_is_told_so(plain):
    verdict = check("04.3", lambda x: table(plain(x)))
    assert verdict.outcome is Outcome.ERROR and "leave out float()" in str(verdict)


def watching(x):
    """The loop, with its number looked at on the way."""
    print(f"{x:.1f}", x)
    return loop(x) if x > 0 else None


def test_a_counting_number_can_be_compared_and_printed():
    verdict = check("04.3", watching)
    assert verdict.passed and verdict.printed == "0.2 0.2\n0.3 0.3\n0.9 0.9\n"


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
    assert {name: found.tree_size for name, found in sizes.items()} == BAYDIN.tree
    assert {name: found.dag_size for name, found in sizes.items()} == BAYDIN.dag


@pytest.mark.parametrize("derive", [symbolic.derive, autodiff.derive, lambda e: symbolic.derive(e, sharing=False)])
def test_whoever_differentiates_the_same_version_is_the_smallest(derive):
    sizes = {name: measure(derive(e)) for name, e in WRITTEN.items()}
    assert min(sizes, key=lambda name: sizes[name].tree_size) == BAYDIN.right["tree"]
    assert min(sizes, key=lambda name: sizes[name].dag_size) == BAYDIN.right["dag"]


@pytest.mark.parametrize("derive", [symbolic.textbook, symbolic.derive, autodiff.derive])
def test_two_versions_lose_digits_and_three_do_not(derive):
    with mpmath.workdps(30):
        angle = mpmath.asin(mpmath.sqrt(mpmath.mpf(0.2)))
        truth = float(8 * mpmath.sin(16 * angle) / mpmath.sin(2 * angle))
    errors = {name: abs(derive(e)(0.2) - truth) for name, e in WRITTEN.items()}
    assert {name for name, error in errors.items() if error < 1e-14} == set(BAYDIN.alike)
    assert all(2e-14 < errors[name] < 1e-12 for name in BAYDIN.texts if name not in BAYDIN.alike)


@pytest.mark.parametrize("accurate", ["loop", "Baydin's product", "sine", "the closed form"])
def test_any_version_that_keeps_its_digits_is_most_accurate(accurate):
    assert check("04.4", "sine", "SINE", accurate).passed


def test_each_wrong_choice_is_named():
    assert check("04.4", "horner", "the loop", "expanded").faults == {
        "tree: Horner",
        "DAG: the loop",
        "accurate: expanded",
    }


@pytest.mark.parametrize(("a", "b", "tenths", "alike"), CLEAR)
def test_of_the_variants_too_it_is_clear_which_versions_are_accurate(a, b, tenths, alike):
    for rises, x in ((False, Fraction(tenths, 10)), (True, Fraction(-tenths, 10))):
        loop = Loop(a, b, rises)
        truth = loop.slope(x)
        for key, e in loop.versions().items():
            slopes = [float(derive(e)(float(x))) for derive in (symbolic.textbook, symbolic.derive, autodiff.derive)]
            errors = [abs(float(Fraction(slope) / truth - 1)) for slope in slopes]
            assert max(errors) < 1e-14 if key in alike else max(errors) > 5e-14, (key, errors)


@pytest.mark.parametrize("rises", [False, True])
@pytest.mark.parametrize(("a", "b"), sorted({row[:2] for row in CLEAR}))
def test_the_versions_of_a_loop_are_one_polynomial(a, b, rises):
    loop = Loop(a, b, rises)
    u = X
    for _ in range(3):
        u = a * u * (b + u if rises else b - u)
    for key, text in loop.texts().items():
        assert key == "loop" or sympy.expand(sympy.sympify(text) - u) == 0
    assert loop.versions()["loop"](0.25) == pytest.approx(float(u.subs(X, 0.25)), rel=1e-12)
    assert float(loop.slope(Fraction(1, 4))) == pytest.approx(float(sympy.diff(u, X).subs(X, 0.25)), rel=1e-12)


def test_the_smallest_derivative_of_a_variant_is_smallest_by_more_than_a_slip():
    for a, b, _, alike in CLEAR:
        for keys in (("loop", "product", "expanded", "horner"), *LEFT[len(alike)]):
            for sizes in Loop(a, b, rises=False).sizes(keys):
                least, following, *_ = sorted(sizes.values())
                assert following - least >= 3, (a, b, sizes)


WITHOUT_EXPANDED, WITHOUT_LOOP = ("loop", "product", "horner"), ("product", "expanded", "horner")
LEFT = {1: (WITHOUT_EXPANDED,), 2: (WITHOUT_EXPANDED, WITHOUT_LOOP), 3: (WITHOUT_LOOP,)}

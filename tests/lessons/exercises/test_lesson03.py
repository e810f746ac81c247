"""Lesson 3: right answers in odd forms, wrong ones in a student's words, and whether what the exercises claim is so."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from scipy.optimize import minimize_scalar

from compare import v_curve
from lessons.exercises import Outcome, check
from lessons.exercises.catalogue import exercise
from lessons.exercises.diagnosis import judge
from lessons.exercises.lesson03.breaking import differentiable
from lessons.exercises.lesson03.curves import EPS, SCHEMES, Curve
from lessons.exercises.lesson03.stencil import BOTH_SIDES, ONE_SIDE
from lessons.exercises.lesson03.step import SINGLE, error_at
from lessons.exercises.lesson03.weights import solved

FIVE, ONE_SIDED = (-2, -1, 0, 1, 2), (0, 1, 2)
FIVE_POINT = [Fraction(1, 12), Fraction(-2, 3), 0, Fraction(2, 3), Fraction(-1, 12)]
THREE_POINT = [Fraction(-3, 2), 2, Fraction(-1, 2)]
OTHER_OFFSETS = [*((-q, -p, 0, p, q) for p, q in BOTH_SIDES), *((0, a, b) for a, b in ONE_SIDE)]

# -- 03.1 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offsets", [FIVE, ONE_SIDED, *OTHER_OFFSETS])
def test_the_weights_are_those_that_sympy_finds(offsets):
    x = sympy.symbols("x")
    found = sympy.finite_diff_weights(1, [sympy.Integer(o) for o in offsets], 0)[1][-1]
    assert [Fraction(int(w.p), int(w.q)) for w in found] == list(solved(offsets, 1))
    for degree in range(len(offsets)):  # exact on polynomials: no error at all
        f = sympy.lambdify(x, x**degree)
        assert sum(w * f(o) for w, o in zip(solved(offsets, 1), offsets, strict=True)) == (degree == 1)


FORMS = {
    "a column of SymPy": sympy.Matrix([sympy.Rational(w) for w in FIVE_POINT]),
    "floats": [1 / 12, -2 / 3, 0.0, 2 / 3, -1 / 12],
    "text": ["1/12", "-8/12", "0", "8/12", "-1/12"],
    "by offset": dict(zip(FIVE, FIVE_POINT, strict=True)),
    "by offset, as text": {str(o): w for o, w in zip(reversed(FIVE), reversed(FIVE_POINT), strict=True)},
}


@pytest.mark.parametrize("form", FORMS)
def test_weights_may_be_written_in_many_ways(form):
    assert check("03.1", FORMS[form], "a", THREE_POINT, 2).passed


WEIGHTS = {
    "rounded": ([0.0833, -0.6667, 0, 0.6667, -0.0833], "a", THREE_POINT, 2),
    "central difference": ([0, -0.5, 0, 0.5, 0], "a", THREE_POINT, 2),
    "without the 1/2": (FIVE_POINT, "a", [-3, 4, -1], 2),
    "order is the number of points": (FIVE_POINT, "a", THREE_POINT, 3),
    "in no moment": (FIVE_POINT, "b", THREE_POINT, 2),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_slip_in_one_part_is_named(name):
    assert check("03.1", WEIGHTS[name]).faults == {name}


def test_slips_in_several_parts_are_all_named():
    verdict = check("03.1", [-w for w in FIVE_POINT], "c", [-3, 4, -1], 1)
    assert verdict.faults == {"five points turned round", "rounding", "without the 1/2", "one side, order 1"}


def test_weights_that_no_fault_explains_are_answered_with_the_first_wrong_moment():
    verdict = check("03.1", [1, 2, 3, 4, 5], "a", THREE_POINT, 2)
    assert verdict.outcome is Outcome.WRONG
    assert "Moment 0 of the weights at -2, -1, 0, 1, 2 is 15, not 0." in str(verdict)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((FIVE_POINT[:4], "a", THREE_POINT, 2), "4 numbers, where 5 are wanted"),
        ((FIVE_POINT, "e", THREE_POINT, 2), "none of the options; choose one of a, b, c, d"),
        ((FIVE_POINT, "a", THREE_POINT, "two"), "'two' is no number"),
        ((FIVE_POINT, "a", THREE_POINT), "4 parts are wanted"),
    ],
)
def test_an_answer_to_03_1_of_the_wrong_form_is_told_so(answer, told):
    verdict = check("03.1", answer)
    assert not verdict.passed and told in str(verdict)


# -- 03.2 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", exercise("03.2").public, ids=lambda case: case.text)
def test_the_best_step_is_where_the_expected_error_is_least(case):
    h, error = exercise("03.2").reference(*case.args)
    found = minimize_scalar(
        lambda t: math.log(error_at(math.exp(t), *case.args)), bracket=(math.log(h) - 3, math.log(h) + 1)
    )
    assert abs(found.x - math.log(h)) < 1e-6  # the square root of eps is as near as a minimum can be found
    assert abs(math.exp(found.fun) / error - 1) < 1e-12


@pytest.mark.parametrize("x", [1e-3, 1e8])
def test_the_best_step_is_that_of_the_lesson(x):
    h, error = exercise("03.2").reference(np.finfo(float).eps, abs(math.log(x)), 1 / x**2)
    predicted = v_curve(np.log, x, ("forward",)).curve("forward").predicted
    assert np.allclose((h, error), predicted, rtol=1e-9, atol=0)


STEPS = {
    "rule of thumb": lambda eps, f, f2: (eps**0.5, f2 * eps**0.5 / 2 + 2 * eps * f / eps**0.5),
    "rule of thumb, with the least error": lambda eps, f, f2: (math.sqrt(eps), 2 * math.sqrt(eps * f * f2)),
    "one value rounds": lambda eps, f, f2: np.array([np.sqrt(2 * eps * f / f2), np.sqrt(2 * eps * f * f2)]),
    "truncation alone": lambda eps, f, f2: (2 * math.sqrt(eps * f / f2), math.sqrt(eps * f * f2)),
    "swapped": lambda eps, f, f2: (2 * math.sqrt(eps * f * f2), 2 * math.sqrt(eps * f / f2)),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_wrong_step_in_a_student_s_words_is_named(name):
    assert check("03.2", STEPS[name]).faults == {name}


def test_a_tiny_error_beside_a_large_step_is_compared_by_itself():
    h, _ = exercise("03.2").reference(*exercise("03.2").public[1].args)
    assert h > 1
    wrong = check("03.2", lambda eps, f, f2: (2 * (eps * f / f2) ** 0.5, 3 * (eps * f * f2) ** 0.5))
    assert wrong.outcome is Outcome.WRONG and not any(row.passed for row in wrong.rows)
    assert "the error" in str(wrong)


def test_a_dictionary_of_step_and_error_will_do():
    assert check("03.2", lambda eps, f, f2: {"h": 2 * (eps * f / f2) ** 0.5, "error": 2 * (eps * f * f2) ** 0.5}).passed


# -- 03.3 --------------------------------------------------------------------------------------------------------------


def test_the_curve_of_the_exercise_is_what_the_lesson_measures():
    steps = 10.0 ** np.arange(-12, 0.05, 0.1)
    both = v_curve(np.sin, 1.0, ("central", "forward"), steps=steps, dtype=(np.float64, np.float32))
    single, double = both.curve("central", np.float32), both.curve("central")
    assert abs(single.truncation_slope - 2) < 0.05 and abs(both.curve("forward").truncation_slope - 1) < 0.05
    assert [round(math.log10(x)) for x in single.predicted] == [-2, -5]
    assert [round(math.log10(x)) for x in double.predicted] == [-5, -11]
    assert 8 < math.log10(SINGLE / np.finfo(float).eps) < 9  # decades that the left arm moves down


def test_every_curve_turns_where_the_lesson_says():
    plot = v_curve(np.sin, 1.0, tuple(SCHEMES), steps=10.0 ** np.arange(-3, 0.05, 0.5), dtype=(np.float64, np.float32))
    for scheme in SCHEMES:
        for arithmetic in EPS:
            predicted = plot.curve(scheme, np.dtype(arithmetic)).predicted
            found = Curve(scheme, arithmetic).arms.bottom(EPS[arithmetic], math.sin(1), SCHEMES[scheme].size)
            assert np.allclose(found, predicted, rtol=1e-6, atol=0), (scheme, arithmetic)


@pytest.mark.parametrize("arithmetic", ["float32", "np.float32", np.float32, np.dtype("float32"), "single", "32 bit"])
def test_an_arithmetic_may_be_a_type(arithmetic):
    assert check("03.3", "central", arithmetic, "a").passed


def test_each_wrong_choice_is_named():
    verdict = check("03.3", "complex step", float, "b")
    assert verdict.faults == {"complex step", "float64", "both arms"}


# -- 03.4 --------------------------------------------------------------------------------------------------------------

BREAKERS = {
    "abs squared": (lambda x: abs(x) ** 2, 1.5, 0),
    "x abs": (lambda x: x * np.abs(x), -2.0, 2.0),
    "conjugate": (np.conj, 1, -1),
    "real part": (lambda x: np.real(x) ** 3, 2, 0),
    "wave": (lambda x: np.sin(100 * np.abs(x) ** 2), 0.5, 0),
    "steep": (lambda x: np.exp(50 * np.real(x)), 0.5, 0),
    "NumPy's maximum": (lambda x: np.real(x) ** 2 * np.maximum(x, 0), np.float64(1.0), 1.0),
    "a NumPy point": (lambda x: abs(x) ** 3, np.array(0.5), np.float64(0.0)),
}
MISTAKEN = {
    "a kink": (np.abs, -1.5, 0, {"kink"}),
    "a kink that no grid point meets": (lambda x: abs(x - 0.12345), -1.5, 0, {"kink"}),
    "a jump, and no error": (lambda x: np.floor(np.real(x)), 0.5, 0, {"kink", "analytic"}),
    "no value at 0": (lambda x: np.log(np.abs(x)), 2.0, 0, {"kink"}),
    "a polynomial": (lambda x: x**3 - x, 2.0, 0, {"analytic"}),
    "right at this point": (lambda x: x * np.abs(x), 0.0, 0, {"analytic"}),
    "math": (lambda x: math.sin(x), 1.0, 0, {"complex step stops"}),
    "Python's max": (lambda x: max(x, 0) ** 2, 1.0, 0, {"complex step stops"}),
    "the derivative": (lambda x: abs(x) ** 2, 1.5, 3.0, {"predicts f'"}),
}


@pytest.mark.parametrize("name", BREAKERS)
def test_whatever_breaks_the_complex_step_is_right(name):
    verdict = check("03.4", BREAKERS[name])
    assert verdict.passed, verdict


@pytest.mark.parametrize("name", MISTAKEN)
def test_what_does_not_break_it_is_named(name):
    *answer, faults = MISTAKEN[name]
    verdict = check("03.4", answer)
    assert verdict.faults == faults, verdict


@pytest.mark.parametrize(
    ("moved", "factor", "faults"),
    [
        (0.25, 1.0, {"another point"}),
        (0.0, 3.0, {"another derivative"}),
        (0.25, 3.0, {"another point", "another derivative"}),
    ],
)
def test_a_variant_asks_for_a_point_and_a_derivative(moved, factor, faults):
    item = exercise("03.4/1")
    f, x, predicted = item.reference
    assert judge(item, (lambda z: factor * f(z), x + moved, predicted)).faults == faults


def test_a_prediction_that_is_neither_is_told_with_the_number():
    assert "prediction: another number, 7 for 0." in str(check("03.4", lambda x: abs(x) ** 2, 1.5, 7))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((lambda x: None, 1, 1), "f(1) is None"),
        (("x**2", 1, 1), "has to be the function f"),
        ((np.conj, ..., 1), "nothing is written yet for x"),
        ((np.conj, 1j, 1), "x has to be a finite real number"),
        ((np.conj, float("nan"), 1), "x has to be a finite real number"),
        ((lambda x: 1 / (x - x), 1.0, 1), "ZeroDivisionError"),
    ],
)
def test_an_answer_to_03_4_of_the_wrong_form_is_told_so(answer, told):
    verdict = check("03.4", answer)
    assert not verdict.passed and told.lower() in " ".join(str(verdict).split()).lower()


@pytest.mark.parametrize(
    "f", [np.sin, lambda x: abs(x) ** 1.2, lambda x: x * abs(x), lambda x: np.exp(20 * x), np.tanh]
)
def test_a_smooth_function_is_not_taken_for_one_with_a_kink(f):
    assert differentiable(f, 1.5) == "yes"


@pytest.mark.parametrize("f", [abs, lambda x: max(x, 0.3), lambda x: round(x), lambda x: x**2 + 0.1 * abs(x - 0.7)])
def test_a_kink_is_found_between_the_points_of_the_grid(f):
    assert differentiable(f, 1.5).startswith("no, f has a kink or a jump at")

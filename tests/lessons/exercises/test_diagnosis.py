"""What is said of a wrong answer: its misconception, pairs of them, and what is no mistake in the idea."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

import autodiff
from lessons.exercises.catalogue import exercise
from lessons.exercises.diagnosis import judge
from lessons.exercises.exercise import Budget, Case, Forbidden
from lessons.exercises.kinds import Choice, Function, Record, Value
from lessons.exercises.verdict import Outcome
from tests.lessons.exercises.small import at, drawn, fault, made, of_one_number

BACKWARD = exercise("06.2")


# -- wrong answers as people write them, with no line of the mutants in them -----------------------------------------


def overwriting(program, values):
    bar = [0] * len(values)
    bar[-1] = 1
    for k in range(len(values) - 1, -1, -1):
        name, operands = program[k]
        if name == "add":
            for j in operands:
                bar[j] = bar[k]
        if name == "sub":
            bar[operands[0]], bar[operands[1]] = bar[k], -bar[k]
        if name == "mul":
            i, j = operands
            bar[i] = bar[k] * values[j]
            bar[j] = bar[k] * values[i]
        if name == "div":
            i, j = operands
            bar[i] = bar[k] / values[j]
            bar[j] = -bar[k] * values[i] / values[j] ** 2
        if name == "exp":
            bar[operands[0]] = bar[k] * math.exp(values[operands[0]])
        if name == "log":
            bar[operands[0]] = bar[k] / values[operands[0]]
    return bar


def by_recursion(program, values):
    bar = np.zeros(len(values))
    bar[-1] = 1.0

    def visit(k):
        name, operands = program[k]
        x = [values[j] for j in operands]
        slopes = {
            "add": (1, 1), "sub": (1, -1), "mul": x[::-1], "exp": (values[k],), "input": (),
            "div": (1 / x[-1], -x[0] / x[-1] ** 2) if name == "div" else (), "log": (1 / x[0],) if x else (),
        }[name]  # fmt: skip
        for j, slope in zip(operands, slopes, strict=True):
            bar[j] += bar[k] * slope
        for j in operands:
            visit(j)

    visit(len(values) - 1)
    return list(bar)


def seeded_with_the_value(program, values):
    return [values[-1] * x for x in BACKWARD.reference(program, values)]


def nothing_but_zeros(program, values):
    return [0.0 for _ in values]


WRITTEN = [
    (overwriting, {"overwrites"}),
    (by_recursion, {"visits twice"}),
    (seeded_with_the_value, {"seed y"}),
    (nothing_but_zeros, {"seed 0"}),
    (lambda program, values: [values[-1] * x for x in overwriting(program, values)], {"overwrites", "seed y"}),
]


@pytest.mark.parametrize(("answer", "names"), WRITTEN)
def test_a_mistake_is_named_however_it_is_written(answer, names):
    assert judge(BACKWARD, answer).faults == names


PAIRS = [
    pair for pair in combinations(["overwrites", "seed y", "exp of its input", "div without minus", "sub adds"], 2)
]


@pytest.mark.parametrize("pair", PAIRS, ids=" + ".join)
def test_two_mistakes_at_once_are_both_named(pair):
    assert judge(BACKWARD, BACKWARD.solve(frozenset(pair))).faults == set(pair)


def test_a_verdict_reads_as_a_teacher_would_say_it():
    text = str(judge(BACKWARD, overwriting))
    assert text.splitlines()[0] == "06.2 Six rules: 0 of 4 public cases right"
    assert "v1 = mul(v0, v0) at 3: you have 3, 1, the answer is 6, 1" in text
    assert "[misconception M18]" in text
    assert "smallest example: v1 = mul(v0, v0) at 3: 6, 1 is right, this gives 3, 1" in text
    assert text.splitlines()[-1].endswith("?")


def test_a_right_answer_is_not_promised_to_pass_the_hidden_cases():
    text = str(judge(BACKWARD, BACKWARD.reference))
    assert text == "06.2 Six rules: 4 of 4 public cases passed; hidden cases are run when it is graded"


def test_nobody_is_named_who_agrees_on_the_public_cases_by_coincidence():
    item = of_one_number(lambda x: x * x, public=(2.0, 3.0), double=lambda x: 2 * x + (x > 2) * 1.0)
    coincidence = {2.0: 4.0, 3.0: 7.0}
    assert judge(item, lambda x: coincidence.get(x, 5.0)).faults == frozenset()


def test_candidates_that_agree_on_the_public_cases_are_told_apart_by_drawn_ones():
    wrong = {"line": lambda x: 2 * x - 1, "parabola": lambda x: x * x + (x - 0.5) * (x - 1.5) - (x - 1) ** 2}
    item = of_one_number(lambda x: x * x, public=(0.5, 1.5), **wrong)
    for name, answer in wrong.items():
        assert judge(item, answer).faults == {name}


def test_an_error_can_be_the_sign_of_a_misconception():
    item = of_one_number(lambda x: x * x, divides=lambda x: x / 0)
    verdict = judge(item, lambda x: 1 / (x - x))
    assert verdict.faults == {"divides"} and "ZeroDivisionError" in str(verdict)


def test_without_a_name_the_first_wrong_node_in_the_order_of_the_sweep_is_told():
    def answer(program, values):
        found = BACKWARD.reference(program, values)
        return [x + 0.125 * (k < 2) for k, x in enumerate(found)]

    text = str(judge(BACKWARD, answer))
    assert "the first that is wrong is the adjoint of v1: 1.125, where 1 is right" in text


PARTS = made(
    Record({"a": Value(), "b": Choice({"x": "ex", "y": "why"}), "c": Value(), "d": Value()}),
    lambda faults: {
        "a": 2.0 if "a" in faults else 1.0,
        "b": "y" if "b" in faults else "x",
        "c": 4.0 if "c" in faults else 3.0,
        "d": 5.0,
    },
    tuple(fault(name, smallest=Case(text=name)) for name in "abc"),
)


def test_of_an_answer_in_parts_every_wrong_part_is_named():
    verdict = judge(PARTS, {"a": 2, "b": "why", "c": 4, "d": 5})
    assert verdict.faults == {"a", "b", "c"} and verdict.headline == "1 of 4 parts right"
    assert "5" not in verdict.headline and not any(row.right for row in verdict.rows)


def test_a_part_that_nothing_explains_leaves_the_answer_without_a_name():
    verdict = judge(PARTS, {"a": 2, "b": "x", "c": 7, "d": 5})
    assert verdict.outcome is Outcome.WRONG and not verdict.named
    assert [row.passed for row in verdict.rows] == [False, True, False, True]


def test_an_answer_may_be_recognised_by_itself():
    odd = replace(fault("odd", smallest=Case(text="odd")), recognise=lambda answer: answer % 2 == 1)
    item = made(Value(), lambda faults: 4.0 if not faults else 1.0, (odd,))
    assert judge(item, 7).faults == {"odd"} and not judge(item, 6).named


# -- outcomes of their own ---------------------------------------------------------------------------------------------

CANCELLING = of_one_number(lambda x: x - np.sin(x) if x > 0.1 else x**3 / 6 * (1 - x**2 / 20), public=(1e-4, 1.0))


def test_rounding_is_no_mistake():
    item = of_one_number(lambda x: -2 * np.sin(x / 2) ** 2, public=(1e-4, 1.0))
    verdict = judge(item, lambda x: np.cos(x) - 1)
    assert verdict.outcome is Outcome.ROUNDING and "Your formula is right: in 50 digits" in str(verdict)


def test_single_precision_is_no_mistake():
    verdict = judge(of_one_number(lambda x: x * x), lambda x: np.float32(x) * np.float32(x * 1.0000001))
    assert verdict.outcome is Outcome.ROUNDING and "digits, and no further" in str(verdict)


def test_a_wrong_formula_that_is_nearly_right_is_not_called_rounding():
    verdict = judge(of_one_number(lambda x: x * x), lambda x: x * x * 1.0001)
    assert verdict.outcome is Outcome.WRONG


def test_a_nan_is_traced_to_the_node_where_it_was_born():
    verdict = judge(of_one_number(lambda x: x), lambda x: x + np.log(-x))
    assert verdict.outcome is Outcome.NAN
    assert "A nan was born on x = 0.5: outside a domain: v2 = log of -0.5 is nan" in str(verdict)


def test_a_nan_of_a_function_that_cannot_be_traced_is_told_too():
    verdict = judge(of_one_number(lambda x: x), lambda x: float("nan"))
    assert verdict.outcome is Outcome.NAN and "returned nan" in str(verdict)


def test_a_case_on_a_kink_is_no_place_for_wrong():
    item = made(
        Function(),
        lambda faults: lambda f, x: 0.0,
        public=(Case((abs, 0.0), "slope(abs, 0)"),),
    )
    verdict = judge(item, lambda f, x: 1.0)
    assert verdict.outcome is Outcome.KINK and "at a kink: v1 = abs" in str(verdict)
    said = replace(item, public=(Case((abs, 0.0), "slope(abs, 0)", "every slope from -1 to 1 supports it."),))
    assert "every slope from -1 to 1" in str(judge(said, lambda f, x: 1.0))


CALLS = made(
    Function(),
    lambda faults: lambda f, x: f(x) * 2,
    public=(Case((math.sin, 1.0), "sin at 1"),),
    budget=Budget(evaluations=1, lines=3),
)


def test_an_answer_that_costs_too_much_is_told_how_much():
    verdict = judge(CALLS, lambda f, x: f(x) + f(x))
    assert verdict.outcome is Outcome.COST and not verdict.passed
    assert "It takes 2 evaluations of the function on sin at 1; the budget is 1." in str(verdict)
    assert "the budget is 1" in str(judge(CALLS, lambda f, x: 2 * f(x)))


def test_lines_are_counted_without_comments_and_docstrings():
    def long(f, x):
        """A docstring.

        Of several lines.
        """
        # a comment
        y = f(x)
        z = y

        return y + z

    verdict = judge(CALLS, long)
    assert verdict.outcome is Outcome.COST and "It has 4 lines; 3 are enough." in str(verdict)


def test_operations_are_counted_on_a_trace():
    item = replace(of_one_number(lambda x: x**4), budget=Budget(operations=1))
    assert judge(item, lambda x: (x * x) * (x * x)).outcome is Outcome.COST
    assert judge(item, lambda x: x**4).passed


SLOPE = replace(
    of_one_number(lambda x: 2 * x, public=(1.0, 2.0)),
    rules=(Forbidden("autodiff", "numpy.gradient", instead="By hand."),),
)
grad = autodiff.grad


def helper(x):
    return grad(lambda t: t * t)(x)


def imported(x):
    from autodiff import grad as g

    return g(lambda t: t * t)(x)


TOOLS = [grad]


def hidden_in_a_list(x):
    return TOOLS[0](lambda t: t * t)(x)


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: autodiff.grad(lambda t: t * t)(x),
        lambda x: helper(x),
        imported,
        hidden_in_a_list,
        grad(lambda t: t * t),
    ],
)
def test_a_broken_rule_is_named_however_the_library_is_reached(answer):
    verdict = judge(SLOPE, answer)
    assert verdict.outcome is Outcome.RULE
    assert "It uses autodiff" in str(verdict) and "By hand." in str(verdict)


def test_a_forbidden_function_of_an_allowed_module_is_named():
    verdict = judge(SLOPE, lambda x: np.gradient(np.array([0.0, 2 * x]))[0])
    assert verdict.outcome is Outcome.RULE and "numpy" in str(verdict)
    assert judge(SLOPE, lambda x: np.add(x, x)).passed


def test_the_drawn_cases_of_a_test_exercise_are_drawn():
    assert len({case.text for case in (*drawn(np.random.default_rng(0)), *at(9.0))}) == 4
    assert judge(CANCELLING, CANCELLING.reference).passed

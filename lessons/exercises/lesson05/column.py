"""05.2: one column of a Jacobian, by one sweep on paper."""

import math
from typing import Any

import numpy as np

from expression import parse
from expression.errors import TrigradError
from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Value
from lessons.exercises.values import is_number, normal

DIGITS = 2e-4  # relative: four digits on paper
COARSE = 1e-2  # relative: two digits


class Column(Value):
    """The numbers of a column, also as an array with one column or one row, or as text such as "sin(1)"."""

    def read(self, answer: Any) -> Any:
        """The numbers in a tuple."""
        value = answer if callable(answer) else normal(answer)
        if isinstance(value, str) and "," in value:
            value = tuple(value.strip("()[] ").split(","))
        if isinstance(value, tuple) and value and all(isinstance(row, tuple) and len(row) == 1 for row in value):
            value = tuple(row[0] for row in value)
        while isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], tuple):
            (value,) = value
        if isinstance(value, tuple):
            value = tuple(evaluated(x) if isinstance(x, str) else x for x in value)
        return super().read(value)


def evaluated(text: str) -> Any:
    """The number that a formula without inputs stands for; text that is none stays as it is.

    >>> evaluated("-1/4"), evaluated("who knows")
    (-0.25, 'who knows')
    """
    try:
        return float(parse(text, inputs=())())
    except (TrigradError, ArithmeticError, TypeError, ValueError):
        return text


def near(column: Any, wanted: tuple[Any, ...]) -> bool:
    """Whether the entries have the first two digits in common with others."""
    if not isinstance(column, tuple) or len(column) != len(wanted):
        return False
    return all(is_number(a) and abs(a - b) <= COARSE * abs(b) for a, b in zip(column, wanted, strict=True))


def solve_column(faults: Faults) -> tuple[Any, ...]:
    """The tangents of the three outputs at (1, 2), for the seed (0, 1)."""
    x1, x2 = 1.0, 2.0
    angle = math.radians(x1) if "degrees" in faults else x1
    x1_dot, x2_dot = (1.0, 0.0) if "first column" in faults else (0.0, 1.0)
    if "both move" in faults and "componentwise product" not in faults:
        x1_dot = 1.0
    if "values" in faults:
        return x1 * x2, x2 * math.sin(x1), x1 / x2
    if "row of the second output" in faults:
        return x2 * math.cos(x1), math.sin(x1)
    if "whole Jacobian" in faults:
        return (x2, x1), (x2 * math.cos(x1), math.sin(x1)), (1 / x2, -x1 / x2**2)
    sine, sine_dot = math.sin(angle), math.cos(angle) * x1_dot
    if "sine differentiated by x1" in faults:
        sine = math.cos(angle)
    sign = 1.0 if "plus in the quotient" in faults else -1.0
    scale = 1.0 if "quotient not scaled" in faults else x2 if "divided by x2 once" in faults else x2**2
    quotient = (x1_dot * x2 + sign * x1 * x2_dot) / scale
    if "too few digits" in faults:
        sine, quotient = round(sine, 2), round(quotient, 2)
    if "value of the second output" in faults:
        sine = x2 * sine
    if "componentwise product" in faults:
        return x1_dot * x2_dot, x2_dot * sine_dot, quotient
    return x1_dot * x2 + x1 * x2_dot, x2_dot * sine + x2 * sine_dot, quotient


AT = "g(x) = (x1 x2, x2 sin x1, x1 / x2) at (1, 2)"

COLUMN = Exercise(
    id="05.2",
    title="One column",
    prompt="For $g(x) = (x_1 x_2,\\ x_2 \\sin x_1,\\ x_1 / x_2)$ compute the second column of the Jacobian at $(1, "
    "2)$, by a single forward sweep on paper. Give its three entries; four digits are enough.",
    starter="column = [..., ..., ...]  # one tangent for each of the three outputs",
    answer="column",
    kind=Column(rtol=DIGITS),
    solve=solve_column,
    faults=(
        Fault(
            "M20",
            "first column",
            "This is the first column: the sweep was started with the tangents 1 and 0, so x1 moved and x2 stood "
            "still. Which column comes out is decided by the seed alone.",
            "Which of the two inputs has to move for the second column, and which tangents do you start with?",
            Case((), "for x1 * x2 at (1, 2) the first column says 2, the second 1"),
        ),
        Fault(
            "M33",
            "row of the second output",
            "These are the two derivatives of the second *output*, a row of the Jacobian. A column belongs to an "
            "input, and has one entry for each of the three outputs.",
            "How many outputs has g, and how many numbers does one forward sweep leave you with?",
            Case((), "the Jacobian of g has three rows (outputs) and two columns (inputs)"),
        ),
        Fault(
            "",
            "whole Jacobian",
            "This is the whole Jacobian. It is right, but it took two sweeps; one sweep gives one column.",
            "Which of the two sweeps would have been enough?",
            Case((), "the second column alone has three numbers"),
        ),
        Fault(
            "",
            "values",
            "These are the values of g. The sweep carries a second number along beside each value, its tangent, and "
            "the tangents of the outputs are the column.",
            "What stands beside x1 and x2 in the first two lines of your trace?",
            Case((), "x1 * x2 at (1, 2) has the value 2, and the tangent 1 if only x2 moves"),
        ),
        Fault(
            "M6",
            "sine differentiated by x1",
            "sin x1 was differentiated, although x1 stands still in this sweep: it is a constant factor. Its tangent "
            "is 0, and its value stays in the product.",
            "In the line of sin x1: what is its tangent if that of x1 is 0?",
            Case((), "5 x2 has the slope 5 whatever the 5 was made of: here it is sin 1 = 0.8415, not cos 1 = 0.5403"),
        ),
        Fault(
            "M4",
            "plus in the quotient",
            "The quotient has the wrong sign. x2 is the divisor: when it grows, x1 / x2 becomes smaller.",
            "Is 1 / 2.1 larger or smaller than 1 / 2?",
            Case((), "1 / x2 at x2 = 2 has the slope -1/4"),
        ),
        Fault(
            "M4",
            "quotient not scaled",
            "The numerator of the quotient rule is right, but the division by x2**2 is missing.",
            "1 / 2 is 0.5 and 1 / 2.1 is 0.476. How large can the slope be?",
            Case((), "1 / x2 at x2 = 2 has the slope -1/4, this gives -1"),
        ),
        Fault(
            "M4",
            "divided by x2 once",
            "The numerator of the quotient rule was divided by x2, where x2**2 is needed.",
            "1 / 2 is 0.5 and 1 / 2.1 is 0.476. How large can the slope be?",
            Case((), "1 / x2 at x2 = 2 has the slope -1/4, this gives -1/2"),
        ),
        Fault(
            "",
            "degrees",
            "The sine was taken of 1 degree. In mathematics, and in Python, angles are in radians; only then is the "
            "derivative of the sine the cosine.",
            "What does your calculator give for the sine of 3.14159?",
            Case((), "sin 1 is 0.8415 in radians and 0.01745 in degrees"),
            recognise=lambda column: near(column, (1.0, math.sin(math.radians(1.0)), -0.25)),
        ),
        Fault(
            "",
            "value of the second output",
            "x2 sin x1 is the value of the second output. Its tangent has the tangent of x2 in it where this has x2.",
            "If x2 grows by 0.1, by how much does x2 sin x1 grow?",
            Case((), "3 x2 at x2 = 2 has the value 6 and the slope 3"),
        ),
        Fault(
            "",
            "too few digits",
            "This is the right column, rounded too far. Four digits are asked for, so that it cannot be mistaken for "
            "another.",
            "Which digits does your calculator show behind these?",
            Case((), "sin 1 is 0.8415, not 0.84"),
            recognise=lambda column: near(column, solve_column(RIGHT)),
        ),
        Fault(
            "M20",
            "both move",
            "Both inputs were given the tangent 1. The sweep then answers for the direction (1, 1), and that is the "
            "sum of the two columns.",
            "With the tangents 1 and 1: which question about g has your sweep answered?",
            Case((), "for x1 * x2 at (1, 2) the seed (0, 1) gives 1, the seed (1, 1) gives 3"),
        ),
        Fault(
            "M16",
            "componentwise product",
            "In the products the tangents were multiplied with each other. Since x1 stands still, that gives 0 "
            "everywhere; the rule is x1_dot * x2 + x1 * x2_dot.",
            "If x1 stays 1 and x2 grows by 0.1, does x1 * x2 stay where it is?",
            Case((), "x1 * x2 at (1, 2) with the tangents 0 and 1: the right tangent is 1, this gives 0"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=2,
    hints=(
        "The second column answers: what happens to the three outputs if x2 moves and x1 stands still?",
        "Start with x1_dot = 0 and x2_dot = 1, and go through the list: x1 * x2, sin x1, x2 * sin x1, x1 / x2.",
        "The tangent of sin x1 is 0. So the second entry is sin x1 itself, times the tangent of x2.",
    ),
    also_right=(
        (1, np.sin(1), -1 / 4),
        np.array([1.0, 0.8415, -0.25]),
        np.array([[1.0], [0.841471], [-0.25]]),
        ("1", "sin(1)", "-1/4"),
        [np.float32(1), np.array(0.84147098), -0.25],
        [[1.0, 0.8414, -0.25]],
    ),
)

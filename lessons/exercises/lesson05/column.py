"""05.2: one column of a Jacobian, by one sweep on paper."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from expression import parse
from expression.errors import TrigradError
from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Value
from lessons.exercises.values import is_number, normal

DIGITS = 6e-4  # relative: four digits on paper
COARSE = 1e-2  # relative: two digits
POINTS = (1.5, 2.0, 2.5, 3.5, 4.0, 5.0)  # sines and cosines of these need more than two digits


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


@dataclass(frozen=True, slots=True)
class Point:
    """Where the column is wanted: the inputs that rests and that moves, by name, and the function in the middle."""

    rests: str
    moves: str
    resting: float
    moving: float
    function: str = "sin"

    @property
    def at(self) -> str:
        """Both inputs, x1 first."""
        inputs = (self.resting, self.moving) if self.rests == "x1" else (self.moving, self.resting)
        return f"({inputs[0]:g}, {inputs[1]:g})"

    def wave(self, x: float) -> float:
        """The function."""
        return float(getattr(math, self.function)(x))

    def slope(self, x: float) -> float:
        """Its derivative."""
        return math.cos(x) if self.function == "sin" else -math.sin(x)


def tangents(at: Point, faults: Faults) -> tuple[Any, ...]:
    """The tangents of r m, m sin r, r / m for the resting input r and the moving one m."""
    r, m = at.resting, at.moving
    angle = math.radians(r) if "degrees" in faults else r
    r_dot, m_dot = (1.0, 0.0) if "first column" in faults else (0.0, 1.0)
    if "both move" in faults and "componentwise product" not in faults:
        r_dot = 1.0
    if "values" in faults:
        return r * m, m * at.wave(r), r / m
    by_inputs = ((m, r), (m * at.slope(r), at.wave(r)), (1 / m, -r / m**2))  # by r, by m
    rows = tuple(row if at.rests == "x1" else row[::-1] for row in by_inputs)
    if "row of the second output" in faults:
        return rows[1]
    if "whole Jacobian" in faults:
        return rows
    wave, wave_dot = at.wave(angle), at.slope(angle) * r_dot
    if "sine differentiated by x1" in faults:
        wave = at.slope(angle)
    sign = 1.0 if "plus in the quotient" in faults else -1.0
    scale = 1.0 if "quotient not scaled" in faults else m if "divided by x2 once" in faults else m**2
    quotient = (r_dot * m + sign * r * m_dot) / scale
    if "too few digits" in faults:
        wave, quotient = round(wave, 2), round(quotient, 2)
    if "value of the second output" in faults:
        wave = m * wave
    if "componentwise product" in faults:
        return r_dot * m_dot, m_dot * wave_dot, quotient
    return r_dot * m + r * m_dot, m_dot * wave + m * wave_dot, quotient


FAULTS = (
    (
        "M20",
        "first column",
        "This is the {other} column: the sweep was started with the tangents {other_seed}, so {r} moved and {m} stood "
        "still. Which column comes out is decided by the seed alone.",
        "Which of the two inputs has to move for the {this} column, and which tangents do you start with?",
        "for x1 * x2 at {at} the {other} column says {r_m}, the {this} {r_r}",
    ),
    (
        "M33",
        "row of the second output",
        "These are the two derivatives of the second *output*, a row of the Jacobian. A column belongs to an "
        "input, and has one entry for each of the three outputs.",
        "How many outputs has g, and how many numbers does one forward sweep leave you with?",
        "the Jacobian of g has three rows (outputs) and two columns (inputs)",
    ),
    (
        "",
        "whole Jacobian",
        "This is the whole Jacobian. It is right, but it took two sweeps; one sweep gives one column.",
        "Which of the two sweeps would have been enough?",
        "the {this} column alone has three numbers",
    ),
    (
        "",
        "values",
        "These are the values of g. The sweep carries a second number along beside each value, its tangent, and "
        "the tangents of the outputs are the column.",
        "What stands beside x1 and x2 in the first two lines of your trace?",
        "x1 * x2 at {at} has the value {product}, and the tangent {r_r} if only {m} moves",
    ),
    (
        "M6",
        "sine differentiated by x1",
        "{f} {r} was differentiated, although {r} stands still in this sweep: it is a constant factor. Its tangent "
        "is 0, and its value stays in the product.",
        "In the line of {f} {r}: what is its tangent if that of {r} is 0?",
        "5 {m} has the slope 5 whatever the 5 was made of: here it is {f} {r_r} = {f_r}, not {slope} {r_r} = {slope_r}",
    ),
    (
        "M4",
        "plus in the quotient",
        "The quotient has the wrong sign. {m} is the divisor: when it grows, {r} / {m} becomes smaller.",
        "Is {r_r} / {more} larger or smaller than {r_r} / {r_m}?",
        "{r_r} / {m} at {m} = {r_m} has the slope {quotient}",
    ),
    (
        "M4",
        "quotient not scaled",
        "The numerator of the quotient rule is right, but the division by {m}**2 is missing.",
        "{r_r} / {r_m} is {before} and {r_r} / {more} is {after}. How large can the slope be?",
        "{r_r} / {m} at {m} = {r_m} has the slope {quotient}, this gives {unscaled}",
    ),
    (
        "M4",
        "divided by x2 once",
        "The numerator of the quotient rule was divided by {m}, where {m}**2 is needed.",
        "{r_r} / {r_m} is {before} and {r_r} / {more} is {after}. How large can the slope be?",
        "{r_r} / {m} at {m} = {r_m} has the slope {quotient}, this gives {once}",
    ),
    (
        "",
        "degrees",
        "The {long} was taken of {degrees}. In mathematics, and in Python, angles are in radians; only then is the "
        "derivative of the sine the cosine.",
        "What does your calculator give for the sine of 3.14159?",
        "{f} {r_r} is {f_r} in radians and {f_degrees} in degrees",
    ),
    (
        "",
        "value of the second output",
        "{m} {f} {r} is the value of the second output. Its tangent has the tangent of {m} in it where this has {m}.",
        "If {m} grows by 0.1, by how much does {m} {f} {r} grow?",
        "3 {m} at {m} = 2 has the value 6 and the slope 3",
    ),
    (
        "",
        "too few digits",
        "This is the right column, rounded too far. Four digits are asked for, so that it cannot be mistaken for "
        "another.",
        "Which digits does your calculator show behind these?",
        "{f} {r_r} is {f_r}, not {f_short}",
    ),
    (
        "M20",
        "both move",
        "Both inputs were given the tangent 1. The sweep then answers for the direction (1, 1), and that is the "
        "sum of the two columns.",
        "With the tangents 1 and 1: which question about g has your sweep answered?",
        "for x1 * x2 at {at} the seed {seed} gives {r_r}, the seed (1, 1) gives {both}",
    ),
    (
        "M16",
        "componentwise product",
        "In the products the tangents were multiplied with each other. Since {r} stands still, that gives 0 "
        "everywhere; the rule is x1_dot * x2 + x1 * x2_dot.",
        "If {r} stays {r_r} and {m} grows by 0.1, does x1 * x2 stay where it is?",
        "x1 * x2 at {at} with the tangents {seed_words}: the right tangent is {r_r}, this gives 0",
    ),
)  # code, name, explanation, question, smallest example; in braces what depends on the point


HINTS = (
    "The {this} column answers: what happens to the three outputs if {m} moves and {r} stands still?",
    "Start with {r}_dot = 0 and {m}_dot = 1, and go through the list: x1 * x2, {f} {r}, {m} * {f} {r}, {r} / {m}.",
    "The tangent of {f} {r} is 0. So the second entry is {f} {r} itself, times the tangent of {m}.",
)


def column(at: Point) -> Exercise:
    """The exercise at a point."""
    right = tangents(at, RIGHT)
    words, four = words_of(at), [f"{x:.4g}" for x in right]

    def solve(faults: Faults) -> tuple[Any, ...]:
        """The column."""
        return tangents(at, faults)

    alike = {
        "degrees": lambda found: near(found, solve(frozenset({"degrees"}))),
        "too few digits": lambda found: near(found, right),
    }
    entries = "x_1 x_2,\\ x_2 \\{} x_1,\\ x_1 / x_2" if at.moves == "x2" else "x_1 x_2,\\ x_1 \\{} x_2,\\ x_2 / x_1"
    return Exercise(
        id="05.2",
        title="One column",
        prompt="For $g(x) = ({})$ compute the {this} column of the Jacobian at ${at}$, by a single forward sweep on "
        "paper. Give its three entries; four digits are enough.".format(entries.format(at.function), **words),
        starter="column = [..., ..., ...]  # one tangent for each of the three outputs",
        answer="column",
        kind=Column(rtol=DIGITS),
        solve=solve,
        faults=tuple(
            Fault(code, name, told.format(**words), ask.format(**words), Case((), x.format(**words)), alike.get(name))
            for code, name, told, ask, x in FAULTS
        ),
        public=ONE,
        hidden=no_cases,
        points=2,
        hints=tuple(text.format(**words) for text in HINTS),
        also_right=(
            right,
            np.array([float(text) for text in four]),
            np.array([[round(x, 6)] for x in right]),
            tuple(text.format(**words) for text in ("{r_r}", "{f}({r_r})", "-{r_r}/{r_m}**2")),
            [np.float32(right[0]), np.array(right[1]), right[2]],
            [four],
        ),
        another=drawn,
    )


def words_of(at: Point) -> dict[str, str]:
    """What the texts say of a point."""
    r, m, second = at.resting, at.moving, at.moves == "x2"
    four = {"product": r * m, "both": r + m, "f_r": at.wave(r), "slope_r": at.slope(r)}
    four |= {"r_r": r, "r_m": m, "more": m + 0.1, "f_degrees": at.wave(math.radians(r))}
    exact = {"quotient": Fraction(-r) / Fraction(m) ** 2, "unscaled": Fraction(-r), "once": Fraction(-r) / Fraction(m)}
    return {
        "r": at.rests,
        "m": at.moves,
        "f": at.function,
        "slope": "cos" if at.function == "sin" else "-sin",
        "long": "sine" if at.function == "sin" else "cosine",
        "degrees": f"{r:g} degree{'' if r == 1 else 's'}",
        "f_short": f"{at.wave(r):.2f}",
        "before": f"{r / m:.3g}",
        "after": f"{r / (m + 0.1):.3g}",
        "at": at.at,
        "this": "second" if second else "first",
        "other": "first" if second else "second",
        "seed": "(0, 1)" if second else "(1, 0)",
        "seed_words": "0 and 1" if second else "1 and 0",
        "other_seed": "1 and 0" if second else "0 and 1",
        **{name: f"{x:.4g}" for name, x in four.items()},
        **{name: str(x) for name, x in exact.items()},
    }


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise at another point."""
    rests, moves = generator.permutation(["x1", "x2"]).tolist()
    resting, moving = generator.permutation(POINTS)[:2].tolist()
    return column(Point(rests, moves, resting, moving, str(generator.choice(["sin", "cos"]))))


COLUMN = column(Point("x1", "x2", 1.0, 2.0))

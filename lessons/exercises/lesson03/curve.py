"""03.3: which scheme and which arithmetic drew an error curve."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Record, chosen, listed

SCHEMES = MappingProxyType(
    {
        "forward": "the forward difference",
        "central": "the central difference",
        "five_point": "the five-point formula",
        "complex_step": "the complex step",
        "richardson": "Richardson's extrapolation with six steps",
    }
)
SCHEMES_TOO = MappingProxyType(
    {
        "forward difference": "forward",
        "forward differences": "forward",
        "central difference": "central",
        "central differences": "central",
        "centered": "central",
        "centred": "central",
        "centered difference": "central",
        "centred difference": "central",
        "symmetric difference": "central",
        "five points": "five_point",
        "five-point formula": "five_point",
        "5-point": "five_point",
        "complex": "complex_step",
        "Richardson's extrapolation": "richardson",
    }
)
ARITHMETIC = MappingProxyType({"float32": "single precision", "float64": "double precision"})
ARITHMETIC_TOO = MappingProxyType(
    {
        "np.float32": "float32",
        "numpy.float32": "float32",
        "single": "float32",
        "32": "float32",
        "32 bit": "float32",
        "f32": "float32",
        "np.float64": "float64",
        "numpy.float64": "float64",
        "double": "float64",
        "64": "float64",
        "64 bit": "float64",
        "f64": "float64",
        "float": "float64",
    }
)
CHANGE = MappingProxyType(
    {
        "a": "The left arm moves down by eight to nine decades; the bottom moves to about h = 1e-5, error 1e-11.",
        "b": "Both arms move down by eight to nine decades; the bottom stays at h = 1e-2.",
        "c": "The slope of the right arm doubles, from 2 to 4.",
        "d": "The bottom moves to a larger h: with more digits one may take larger steps.",
        "e": "Nothing: the curve depends on the scheme alone.",
    }
)
RIGHT = MappingProxyType({"scheme": "central", "arithmetic": "float32", "change": "a"})


@dataclass(frozen=True, slots=True)
class Arithmetic(Choice):
    """A choice of an arithmetic, which may also be given as a type."""

    def read(self, answer: Any) -> Any:
        """The key, also of np.float32 and np.dtype("float32")."""
        if isinstance(answer, np.dtype) or answer in (float, np.float32, np.float64):
            answer = np.dtype(answer).name
        return Choice.read(self, answer)


def solve_curve(faults: Faults) -> dict[str, str]:
    """The three answers."""
    return chosen(RIGHT, {name: (part, key) for part, key, name, *_ in WRONG}, faults)


WRONG = (
    (
        "scheme",
        "forward",
        "forward",
        "",
        "The truncation error of a forward difference grows as h, which is a right arm of slope 1. Slope 2 means that "
        "the error grows as h**2: a step ten times larger costs a factor of 100.",
        "If h grows ten times, by how much does the error of your scheme grow?",
        "forward difference of x**2: the error is h, slope 1",
    ),
    (
        "scheme",
        "five_point",
        "five points",
        "",
        "The five-point formula has order 4, so that its right arm has slope 4. The 2 of the slope is not the number "
        "of points on each side.",
        "Which is the first power of h that is left in the error of the five-point formula?",
        "five-point formula: the error is f''''' h**4 / 30, slope 4",
    ),
    (
        "scheme",
        "complex_step",
        "complex step",
        "",
        "The slope fits: the complex step has order 2 as well. But its curve does not turn, because nothing is "
        "subtracted; on the left it is flat.",
        "Where would rounding come from in Im f(x + ih) / h, if h becomes small?",
        "complex step with h = 1e-100: still all digits",
    ),
    (
        "scheme",
        "richardson",
        "Richardson",
        "",
        "Richardson's extrapolation with six steps has order 12: where its right arm is seen, it is much steeper than "
        "2. It is built of central differences, and those have slope 2.",
        "What is left of the h**2 term when Richardson has combined its steps?",
        "Richardson with six steps: slope 12",
    ),
    (
        "arithmetic",
        "float64",
        "float64",
        "",
        "In float64 the curve would go much further down. Rounding is about eps * |f| / h: with eps = 2e-16 and h = "
        "1e-2 that is 2e-14, and the curve turns where rounding is as large as 1e-5.",
        "With rounding eps * |f| / h = 1e-5 at h = 1e-2, how large is eps, if |f| is about 1?",
        "eps = 1e-5 * 1e-2 = 1e-7, which is that of float32",
    ),
    (
        "change",
        "b",
        "both arms",
        "",
        "Truncation is an error of the formula, and the formula is the same in any arithmetic: the right arm stays "
        "where it is. Only rounding becomes smaller.",
        "Where in f''' h**2 / 6 does eps stand?",
        "at h = 1 the error of the central difference is the same in float32 and float64",
    ),
    (
        "change",
        "c",
        "slope doubles",
        "",
        "The slope on the right is the order of the scheme, and that comes from Taylor's theorem. Twice as many bits "
        "do not change it.",
        "On which side of the V is the error one of arithmetic, and on which one of the formula?",
        "forward differences have slope 1 in both arithmetics",
    ),
    (
        "change",
        "d",
        "larger steps",
        "",
        "With smaller rounding one can afford a smaller step, and so less truncation: the bottom moves to the left. "
        "The best central step is (3 eps |f| / |f'''|)**(1/3), and it shrinks with eps.",
        "If the left arm moves down and the right one stays, to which side does their meeting point move?",
        "|f| = |f'''| = 1: h* is 7e-3 with eps = 1.2e-7, and 9e-6 with eps = 2.2e-16",
    ),
    (
        "change",
        "e",
        "nothing changes",
        "",
        "The scheme settles the right arm only. The left arm is rounding, 2 eps |f| / h or so, and eps is what the "
        "arithmetic is about.",
        "What makes the left arm of the V?",
        "forward difference of the sine at 1 with h = 1e-8: 0 in float32, eight digits in float64",
    ),
)

FAULTS = tuple(
    Fault(code, name, explanation, question, Case((), smallest))
    for _, _, name, code, explanation, question, smallest in WRONG
)


CURVE = Exercise(
    id="03.3",
    title="Diagnose a plot",
    prompt="You are shown an error curve, of a function whose values and derivatives are about 1, with right slope +2 "
    "that turns at h = 1e-2 with an error of 1e-5. Which scheme is it, which arithmetic, and what would change if the "
    f"other one were used?\n\n`scheme`:\n\n{listed(SCHEMES)}\n\n`arithmetic`:\n\n{listed(ARITHMETIC)}\n\n"
    f"`change`:\n\n{listed(CHANGE)}",
    starter="""
scheme = ...  # "forward", "central", "five_point", "complex_step" or "richardson"
arithmetic = ...  # "float32" or "float64"
change = ...  # "a" to "e"
""",
    answer="scheme, arithmetic, change",
    kind=Record(
        {
            "scheme": Choice(SCHEMES, SCHEMES_TOO),
            "arithmetic": Arithmetic(ARITHMETIC, ARITHMETIC_TOO),
            "change": Choice(CHANGE),
        }
    ),
    solve=solve_curve,
    faults=FAULTS,
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "The slope of the right arm is the order of the scheme. Two schemes of the lesson have order 2; only one of "
        "them turns.",
        "At the bottom, rounding is about as large as truncation. From eps / h = 1e-5 at h = 1e-2 you find eps.",
        "Only the left arm knows the arithmetic. Move it down, and see where it meets the right one.",
    ),
    also_right=(
        ("Central difference", "single precision", "A"),
        ["CENTRAL", "np.float32", "(a)"],
        {"change": "a.", "scheme": "central differences", "arithmetic": "single"},
        ("the central difference", "float32", CHANGE["a"]),
        ("centred", "32-bit", "a)"),
        ("central", np.float32, "a"),
    ),
)

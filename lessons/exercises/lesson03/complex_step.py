"""03.4: a differentiable function whose complex step is wrong without a word."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.lesson03.breaking import Broken

SLOPES = (2, 3, 4, 5, 6, 8, 9, 10, 12)  # that are asked for, with either sign
POINTS = (0.5, 1, 2, 2.5, 3, 4)  # likewise; not that of solve at first, so that its answer does not fit


def solved(x: float, slope: float, faults: Faults) -> tuple[Callable[[Any], Any], float, float]:
    """A multiple of the square of the length: its slope on the real line is that of x**2, its complex step gives 0."""
    sign, factor = np.sign(x), slope / (2 * x)
    if "another derivative" in faults:
        factor, slope = factor / 2, slope / 2
    if "another point" in faults:
        x = x + sign

    def f(z: Any) -> Any:
        if "complex step stops" in faults and isinstance(z, complex):
            raise TypeError("must be real number, not complex")
        smooth = factor * (z * z if "analytic" in faults else np.abs(z) ** 2)
        bend = slope * (z if "analytic" in faults else sign * np.abs(z))
        return np.where(sign * np.real(z) > 0, bend, bend / 2) if "kink" in faults else smooth

    truth = slope if "kink" in faults else 2 * factor * x
    return f, x, truth if {"predicts f'", "analytic"} & faults else 0.0


FAULTS = (
    Fault(
        "",
        "kink",
        "This function is no witness: somewhere on the real line it has no derivative, as |x| has none at 0, or no "
        "value. Wanted is one that is smooth for real x, and not analytic.",
        "Can you smooth the kink away, and keep what makes the complex step fail?",
        Case((), "|x| has the slopes -1 and 1 at 0; |x|**2 is x**2 for all real x"),
    ),
    Fault(
        "M13",
        "analytic",
        "The complex step is right for your function at this point. As long as complex arithmetic means the same as "
        "real arithmetic there, it cannot fail: polynomials, exp, sin and 1/x are all analytic.",
        "Which functions of NumPy treat the real and the imaginary part of a number differently?",
        Case((), "x**2 at x = 1.5: the complex step gives 3, and that is right; with abs(x)**2 it gives 0"),
    ),
    Fault(
        "M13",
        "complex step stops",
        "The function refuses complex numbers, so that the complex step ends in an error. That is the harmless way to "
        "fail; asked for is a wrong number without a word.",
        "Which function does the same on real numbers, but accepts a complex one?",
        Case((), "math.fabs(1.5 + 1e-20j) raises a TypeError; np.abs(1.5 + 1e-20j) is 1.5"),
    ),
    Fault(
        "",
        "predicts f'",
        "You predicted the true derivative. The complex step gives another number here: that was the task, and it is "
        "this other number that was to be predicted.",
        "What is the imaginary part of f(x + ih), if you insert x + ih by hand?",
        Case((), "abs(x)**2 at x = 1.5: f' is 3, but |1.5 + ih|**2 = 2.25 + h**2 has no imaginary part: 0"),
    ),
)

ASKED_FAULTS = (
    Fault(
        "",
        "another point",
        "Your function may well break the complex step, but at another point. The point is given in the task, and so "
        "is the derivative there.",
        "Which x does the task name?",
        Case((), "f(x) = abs(x)**2 has the derivative 2x: 2 at x = 1, and 4 at x = 2"),
    ),
    Fault(
        "",
        "another derivative",
        "The true derivative at the point is not the one that was asked for. A factor in front of the function changes "
        "it, and leaves wrong what is wrong.",
        "What is the derivative of your function at the point, on the real line?",
        Case((), "f(x) = abs(x)**2 has the derivative 2 at x = 1; 3 * abs(x)**2 has 6"),
    ),
)

ALSO_RIGHT: tuple[Any, ...] = (
    (lambda x: x * np.abs(x), -1.5, 1.5),
    {"f": lambda x: np.real(x) ** 3, "x": 2, "predicted": "0"},
    [lambda x: x * np.conj(x) + x, np.float64(0.5), np.array(1.0)],
    (lambda x: np.sin(np.conj(x)), 0.3, -np.cos(0.3)),
    (lambda x: np.exp(-(abs(x) ** 2)), 1, 0),
    (lambda x: x**3 + x.real**2, 1.0, 3.0),
    (lambda x: np.hypot(1.0, np.abs(x)), 0.75, 0.0),
)


def other_forms(x: float, slope: float) -> tuple[Any, ...]:
    """Right answers for a given point and derivative."""
    return (
        (lambda z: slope / (2 * x) * abs(z) ** 2, x, 0),
        {"f": lambda z: slope / (3 * x**2) * np.real(z) ** 3, "x": x, "predicted": "0"},
        [lambda z: slope / (2 * abs(x)) * z * np.abs(z), np.float64(x), np.array(slope / 2)],
        (lambda z: slope * np.conj(z), x, -slope),
        (lambda z: slope * np.sin(np.conj(z) - x), f"{x}", -slope),
        (lambda z: (slope + 1) * z - z.real, x, slope + 1),
    )


def breaking(asked: tuple[float, float] | None = None) -> Exercise:
    """The exercise; with a point and a derivative that are asked for, or with those that the student chooses."""
    x, slope = asked or (1.5, 3.0)
    on_line, at = ("", "the point x") if asked is None else (f" with f'({x:g}) = {slope:g}", f"x = {x:g}")
    asking = () if asked is None else ASKED_FAULTS
    return Exercise(
        id="03.4",
        title="Break the complex step",
        prompt=f"Write a function f that is differentiable on the real line{on_line}, but whose complex step at {at} "
        "gives a wrong number without an error in plain NumPy: np.imag(f(x + 1e-20j)) / 1e-20. Predict the number "
        "before you run it. The answer is all three: f, x, and the number that you predict.",
        starter=f"""
import numpy as np


def f(x):
    return ...


x = {"..." if asked is None else f"{x:g}"}
predicted = ...
""",
        answer="f, x, predicted",
        kind=Broken(asked),
        solve=lambda faults: solved(x, slope, faults),
        faults=(*FAULTS, *asking),
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=(
            "The complex step needs a function that is analytic. np.abs, np.real, np.conj and np.maximum are not.",
            "np.abs has a kink at 0. Multiply it by something that is 0 there."
            + ("" if asked is None else f" A factor in front then makes the derivative {slope:g}."),
            "For the prediction put x + ih into f by hand, and take the part that is a multiple of i. What does "
            "|x + ih| lose?",
        ),
        also_right=ALSO_RIGHT if asked is None else other_forms(x, slope),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise with a point and a derivative that are asked for."""
    x, slope = (float(generator.choice(numbers) * generator.choice((-1, 1))) for numbers in (POINTS, SLOPES))
    return breaking((x, slope))


BROKEN = breaking()

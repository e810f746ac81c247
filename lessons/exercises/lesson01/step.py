"""Exercise 01.2: the central difference, and how fast its error shrinks."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case, Exercise, Fault, Faults, Forbidden
from lessons.exercises.kinds import Function
from lessons.exercises.values import Unreadable, described, normal, number_of

LARGE, SMALL, AT = 1e-2, 1e-4, 1.3
RIGHT_FACTOR = (LARGE / SMALL) ** 2
FACTOR_TOL = 0.05  # the higher powers of h = 0.01 take a hundredth of a percent, and people round


def wave(x: Any) -> Any:
    """The lesson's function, x^2 sin x."""
    return x**2 * np.sin(x)


def shrinking(slope: Any) -> Any:
    """By which factor the error of a scheme shrinks when h goes from 1e-2 to 1e-4."""
    right = 2 * AT * np.sin(AT) + AT**2 * np.cos(AT)
    return (slope(wave, AT, LARGE) - right) / (slope(wave, AT, SMALL) - right)


@dataclass(frozen=True, slots=True)
class SlopeAndFactor(Function):
    """A function, and the factor found with it; one that a wrong function truly gives is no further mistake."""

    names: tuple[str, ...] = ("slope", "factor")

    def read(self, answer: Any) -> Any:
        """The function, and a function that returns the factor."""
        if callable(answer):
            raise Unreadable('the factor is wanted as well, as check("01.2", slope, factor)')
        if not isinstance(answer, dict | list | tuple) or len(answer) != 2:
            raise Unreadable(f"a function and a number are wanted, slope and factor, got {described(answer)}")
        slope, factor = (answer.get(name, ...) for name in self.names) if isinstance(answer, dict) else answer
        if not callable(slope):
            raise Unreadable(f"the first part, slope, is to be a function, got {described(slope)}")
        if factor is None or factor is ...:
            raise Unreadable("the factor is not written yet; run slope with both steps, and divide the two errors")
        try:
            number = number_of(normal(factor))
        except Unreadable as error:
            raise Unreadable(f"factor: {error}") from error
        if isinstance(number, complex) or not math.isfinite(number):
            raise Unreadable(f"the factor is a number such as 2.5, got {number}")
        return Function.read(self, {"slope": slope, "factor": lambda: rounded(float(number), slope)})


def rounded(factor: float, slope: Any) -> float:
    """A factor as the power of ten that it is near; the right one also if it is what the student's own slope gives."""
    try:
        if abs(factor / shrinking(slope) - 1) < FACTOR_TOL:
            return RIGHT_FACTOR
    except Exception:  # the slope's own cases tell what is wrong with it
        return factor
    near = float(10.0 ** round(math.log10(factor))) if factor > 0 else factor
    return near if abs(factor - near) < FACTOR_TOL * near else factor


def solve_slope(faults: Faults) -> tuple[Callable[[Any, float, float], Any], float]:
    """The central difference, and the factor."""

    def slope(f: Any, x: float, h: float) -> Any:
        if "always the same function" in faults:
            f = wave
        if "half the step" in faults:
            h = h / 2
        right, left, width = f(x + h), f(x - h), 2 * h
        if "only a step forward" in faults:
            left, width = f(x), h
        if "only a step back" in faults:
            right, width = f(x), h
        if "turned round" in faults:
            right, left = left, right
        if "divided by h" in faults:
            width = h
        if "brackets of 2h" in faults:
            width = 2 / h
        if "brackets of the difference" in faults:
            return right - left / width
        return (right - left) / width

    factor = 100.0 if "the factor of h" in faults else RIGHT_FACTOR
    return slope, 1 / factor if "the factor upside down" in faults else factor


def slope_at(f: Any, text: str, x: float, h: float) -> Case:
    """A case for slope."""
    return Case(("slope", f, x, h), f"slope of {text} at {x:.6g}, h = {h:.6g}")


OTHERS: tuple[tuple[Any, str], ...] = (
    (np.exp, "exp(x)"),
    (lambda x: x**3 - x, "x**3 - x"),
    (lambda x: 1 / x, "1/x"),
    (lambda x: np.log(x) * x, "x*log(x)"),
    (lambda x: np.tanh(2 * x), "tanh(2*x)"),
)


def drawn_slopes(generator: np.random.Generator) -> tuple[Case, ...]:
    """Other functions, at other points, with other steps."""
    chosen = generator.permutation(len(OTHERS))[:3]
    points = zip(chosen, generator.uniform(0.6, 1.9, 3), generator.uniform(0.002, 0.2, 3), strict=True)
    return tuple(slope_at(OTHERS[k][0], OTHERS[k][1], float(x), float(h)) for k, x, h in points)


def line(x: float) -> float:
    """A straight line of slope 1."""
    return x


def square(x: float) -> float:
    """A parabola."""
    return x * x


UPHILL, PARABOLA = slope_at(line, "x", 0.0, 0.5), slope_at(square, "x**2", 1.0, 0.5)
FACTOR = Case(("factor",), "factor")

SLOPE = Exercise(
    id="01.2",
    title="The slope by a step",
    prompt="Write `slope(f, x, h)` that returns the quotient of `f(x + h) - f(x - h)` by `2 h`. Use it on `x**2 * "
    "sin(x)` at 1.3 with h = 1e-2 and with h = 1e-4. `factor` is the error with the large step divided by the error "
    "with the small one: by how much does the error shrink?",
    starter="""
def slope(f, x, h):
    return ...


factor = ...  # the error with h = 1e-2, divided by the error with h = 1e-4
""",
    answer="slope, factor",
    kind=SlopeAndFactor(),
    solve=solve_slope,
    faults=(
        Fault(
            "M11",
            "divided by h",
            "You went a step h to the right and a step h to the left, and divided by one step. The two points are 2h "
            "apart, so every slope comes out twice as steep.",
            "How far is it from x - h to x + h?",
            UPHILL,
        ),
        Fault(
            "",
            "brackets of 2h",
            "Python reads `a / 2 * h` from the left: a is halved and then multiplied by h. The product 2h needs "
            "brackets below the line.",
            "What is 6 / 2 * 3 in Python, and what is 6 / (2 * 3)?",
            UPHILL,
        ),
        Fault(
            "",
            "brackets of the difference",
            "Division binds more strongly than minus, so only f(x - h) is divided here. The whole difference has to "
            "be.",
            "What is 10 - 4 / 2 in Python, and what is (10 - 4) / 2?",
            slope_at(square, "x**2", 3.0, 0.25),
        ),
        Fault(
            "",
            "only a step forward",
            "This is the quotient of the definition, with a step to the right alone. It tends to the same slope as h "
            "shrinks, but its error is of another size; the quotient asked for takes a step to either side.",
            "For x**2 at 1, which of the two chords is parallel to the tangent: from 1 to 1.5, or from 0.5 to 1.5?",
            PARABOLA,
        ),
        Fault(
            "",
            "only a step back",
            "This takes a step to the left alone. The quotient asked for takes a step to either side, so that what "
            "the curve's bend does on the one side is undone on the other.",
            "For x**2 at 1, which of the two chords is parallel to the tangent: from 0.5 to 1, or from 0.5 to 1.5?",
            PARABOLA,
        ),
        Fault(
            "",
            "turned round",
            "The left value minus the right one: every slope has the wrong sign. The step goes from x - h to x + h.",
            "The line f(x) = x goes uphill. What sign does your slope have there?",
            UPHILL,
        ),
        Fault(
            "",
            "half the step",
            "The points are x + h/2 and x - h/2. That is a good scheme too, but h is then the distance of the two "
            "points, and here it is the step to either side.",
            "With h = 0.5 at x = 1, at which two points do you ask f, and at which two should you?",
            slope_at(lambda x: x**3, "x**3", 0.0, 1.0),
        ),
        Fault(
            "",
            "always the same function",
            "The argument f is never used: whatever function is given, the slope of x**2 * sin(x) comes back.",
            "What does your slope return for the function that is 5 everywhere?",
            UPHILL,
        ),
        Fault(
            "",
            "the factor of h",
            "100 is the factor by which h has shrunk. The error of this quotient does not shrink like h: what is "
            "proportional to h in f(x + h) and in f(x - h) has cancelled, and h**2 is left.",
            "Print the two errors: how many zeros behind the point has each of them?",
            FACTOR,
        ),
        Fault(
            "",
            "the factor upside down",
            "The errors are divided the wrong way round. Asked is the large one by the small one, so the factor is "
            "more than 1.",
            "Which of the two steps has the larger error, and is it above the line?",
            FACTOR,
        ),
    ),
    public=(
        slope_at(wave, "x**2 * sin(x)", AT, LARGE),
        slope_at(wave, "x**2 * sin(x)", AT, SMALL),
        slope_at(np.exp, "exp(x)", 0.5, 0.1),
        FACTOR,
    ),
    hidden=drawn_slopes,
    points=2,
    hints=(
        "Two evaluations of f: one at x + h, one at x - h.",
        "Mind the brackets: around the difference, and around 2 * h.",
        "An error is slope(f, x, h) minus the true slope 2 x sin(x) + x**2 cos(x). Divide the two errors.",
    ),
    also_right=(
        (lambda f, x, h: 0.5 * (f(x + h) - f(x - h)) / h, 1e4),
        [lambda f, x, h: f(x + h) / (2 * h) - f(x - h) / (2 * h), 9999.042572652537],
        {"slope": lambda f, x, h: ((f(x + h) - f(x)) / h + (f(x) - f(x - h)) / h) / 2, "factor": "10000"},
        (lambda f, x, h: np.array((f(x + h) - f(x - h)) / (2 * h)), np.float64(10_000)),
        (lambda g, at, step: np.diff([g(at - step), g(at + step)])[0] / (2 * step), 100**2),
        (lambda f, x, h: sum(s * f(x + s * h) for s in (1, -1)) / 2 / h, np.array(9999.0)),
    ),
    rules=(Forbidden("autodiff", "symbolic", "numeric", "numpy.gradient", instead="Write the quotient yourself."),),
)

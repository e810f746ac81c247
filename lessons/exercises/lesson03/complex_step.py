"""03.4: a differentiable function whose complex step is wrong without a word."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Kind
from lessons.exercises.values import Unreadable, described, is_number, normal, number_of

PARTS = ("f", "x", "predicted")
TINY = 1e-20  # step into the complex plane: far below what rounding sees
HERE = 3.0  # the real line is searched from -HERE to HERE, and as far around x
GRID = 1201  # points of the search
ZOOMS = 24  # halvings of the step around a suspicious point
SUSPICIOUS = 4  # points that are looked at closely
NEAREST = 1e-8  # step at which zooming ends: far above what rounding of x sees
BENDS = 0.3  # share of the change of slope that is left after zooming in: at a kink all of it, elsewhere hardly any
CLOSE = 1e-6  # two derivatives that differ by less are the same here
PREDICTED = 1e-3  # relative, of a number that was predicted by hand


@dataclass(frozen=True, slots=True)
class Broken(Kind):
    """A function, a point and a predicted number: what is found out about them is the value, part by part.

    A text is right up to its first comma; what stands behind tells the details.
    """

    def read(self, answer: Any) -> tuple[Callable[[Any], Any], Any, float]:
        """The function and two real numbers; x stays a NumPy number if it is one."""
        if isinstance(answer, Mapping):
            answer = [answer.get(part, ...) for part in PARTS]
        if not isinstance(answer, Sequence) or isinstance(answer, str) or len(answer) != len(PARTS):
            got = described(answer)
            raise Unreadable(f"three parts are wanted: the function f, the point x, the number predicted; got {got}")
        f, *numbers = answer
        if not callable(f):
            raise Unreadable(f"the first part has to be the function f, got {described(f)}")
        empty = [part for part, x in zip(PARTS[1:], numbers, strict=True) if x is None or x is ...]
        if empty:
            raise Unreadable(f"nothing is written yet for {' and '.join(empty)}")
        x, predicted = (real(part, number) for part, number in zip(PARTS[1:], numbers, strict=True))
        return f, np.float64(x) if isinstance(numbers[0], np.generic | np.ndarray) else x, predicted

    def value(self, answer: Any, case: Case) -> Any:
        """What is true of the function."""
        f, x, predicted = answer
        y = normal(f(x))
        if not is_number(y):
            raise Unreadable(f"a function f for which f({x:g}) is {described(y)}, where a number is wanted")
        has_slope, found = differentiable(f, float(x)), stepped(f, x)
        if isinstance(found, str):
            return facts(has_slope, f"an error, {found}", "open")
        truth, doubt = slope(f, float(x))
        told = f"it gives {found:.6g} and f'({x:g}) is {truth:.6g}"
        if abs(found - truth) <= 10 * doubt + CLOSE * max(1.0, abs(truth)):
            return facts(has_slope, f"right, {told}", "open")
        if abs(predicted - found) <= PREDICTED * max(1.0, abs(found)) or predicted == found:
            return facts(has_slope, f"wrong, {told}", "right")
        is_truth = abs(predicted - truth) <= PREDICTED * max(1.0, abs(truth))
        prediction = "the true derivative" if is_truth else f"another number, {predicted:.6g} for {found:.6g}"
        return facts(has_slope, f"wrong, {told}", prediction)

    def explain(self, found: Any, expected: Any) -> str:
        """The parts that are not as they should be."""
        off = [f"{part}: {found[part]}" for part in expected if not self.same(found[part], expected[part])]
        return f"{'; '.join(off)}." if off else ""

    def same(self, found: Any, expected: Any) -> bool:
        """The same up to the details."""
        if isinstance(found, dict) and isinstance(expected, dict):
            return all(self.same(found[part], expected[part]) for part in expected)
        return str(found).split(",")[0] == str(expected).split(",")[0]


def real(part: str, number: Any) -> float:
    """A finite real number."""
    number = number_of(normal(number))
    if isinstance(number, complex) or not is_number(number) or not np.isfinite(float(number)):
        raise Unreadable(f"{part} has to be a finite real number, got {number}")
    return float(number)


def facts(has_slope: str, step: str, prediction: str) -> dict[str, str]:
    """The value of an answer."""
    return {"differentiable on the real line": has_slope, "complex step": step, "prediction": prediction}


def stepped(f: Callable[[Any], Any], x: Any) -> float | str:
    """The complex step at x as plain NumPy computes it; the error as text where there is one."""
    try:
        return float(np.imag(f(x + TINY * 1j))) / TINY
    except Exception as error:
        return f"{type(error).__name__}: {error}".replace(",", ";")


def at(f: Callable[[Any], Any], x: float) -> float:
    """A value on the real line; nan where there is none, or an imaginary part."""
    try:
        y = complex(f(x))
    except (ArithmeticError, ValueError):
        return float("nan")
    return y.real if y.imag == 0 else float("nan")


def slope(f: Callable[[Any], Any], x: float) -> tuple[float, float]:
    """The derivative at x by five points, and how much two steps disagree on it."""
    found = []
    for h in (1e-3 * max(1.0, abs(x)), 1e-4 * max(1.0, abs(x))):
        low, left, right, high = (at(f, x + o * h) for o in (-2, -1, 1, 2))
        found.append((low - high + 8 * (right - left)) / (12 * h))
    return found[1], abs(found[1] - found[0])


def differentiable(f: Callable[[Any], Any], x: float) -> str:
    """Whether f has a derivative around 0 and around x: "yes", or "no, ..." with the place.

    The change of slope over a step is followed into the places where it is largest: it stays at a kink, grows at a
    jump, and vanishes with the step where f is smooth.
    """
    for centre in {0.0, x}:
        points, h = np.linspace(centre - HERE, centre + HERE, GRID, retstep=True)
        y = np.array([at(f, float(p)) for p in points])
        if not np.isfinite(y).all():
            return f"no, f has no value at {points[~np.isfinite(y)][0]:.3g}"
        bends = np.abs(y[2:] - 2 * y[1:-1] + y[:-2]) / h
        for k in np.argsort(bends)[-SUSPICIOUS:]:
            place, left = zoomed(f, float(points[k + 1]), float(h))
            if left > BENDS * bends[k] and left > CLOSE * max(1.0, float(np.abs(y).max())):
                return f"no, f has a kink or a jump at {place:.3g}"
    return "yes"


def zoomed(f: Callable[[Any], Any], place: float, h: float) -> tuple[float, float]:
    """The place in a step's reach where the slope changes most over a far smaller step, and that change."""
    change = 0.0
    for _ in range(ZOOMS):
        h /= 2
        around = [place + o * h for o in (-1, 0, 1)]
        changes = [abs(at(f, p + h) - 2 * at(f, p) + at(f, p - h)) / h for p in around]
        if not np.isfinite(changes).all():
            return place, float("inf")
        best = int(np.argmax(changes))
        place, change = around[best], changes[best]
        if h < NEAREST:
            break
    return place, change


def solve_broken(faults: Faults) -> tuple[Callable[[Any], Any], float, float]:
    """The square of the length: x**2 on the real line, with the derivative 2x, and the complex step gives 0."""

    def f(z: Any) -> Any:
        if "complex step stops" in faults and isinstance(z, complex):
            raise TypeError("must be real number, not complex")
        smooth = z * z if "analytic" in faults else np.abs(z) ** 2
        bend = z if "analytic" in faults else np.abs(z)
        return np.where(np.real(z) > 0, 2 * bend, bend) if "kink" in faults else smooth

    if "kink" in faults:
        return f, 1.5, 2.0 if {"predicts f'", "analytic"} & faults else 0.0
    return f, 1.5, 3.0 if {"predicts f'", "analytic"} & faults else 0.0


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

ALSO_RIGHT: tuple[Any, ...] = (
    (lambda x: x * np.abs(x), -1.5, 1.5),
    {"f": lambda x: np.real(x) ** 3, "x": 2, "predicted": "0"},
    [lambda x: x * np.conj(x) + x, np.float64(0.5), np.array(1.0)],
    (lambda x: np.sin(np.conj(x)), 0.3, -np.cos(0.3)),
    (lambda x: np.exp(-(abs(x) ** 2)), 1, 0),
    (lambda x: x**3 + x.real**2, 1.0, 3.0),
    (lambda x: np.hypot(1.0, np.abs(x)), 0.75, 0.0),
)

BROKEN = Exercise(
    id="03.4",
    title="Break the complex step",
    prompt="Write a function f that is differentiable on the real line, but whose complex step at the point x gives a "
    "wrong number without an error in plain NumPy: np.imag(f(x + 1e-20j)) / 1e-20. Predict the number before you run "
    "it. The answer is all three: f, x, and the number that you predict.",
    starter="""
import numpy as np


def f(x):
    return ...


x = ...
predicted = ...
""",
    answer="f, x, predicted",
    kind=Broken(),
    solve=solve_broken,
    faults=FAULTS,
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "The complex step needs a function that is analytic. np.abs, np.real, np.conj and np.maximum are not.",
        "np.abs has a kink at 0. Multiply it by something that is 0 there.",
        "For the prediction put x + ih into f by hand, and take the part that is a multiple of i. What does |x + ih| "
        "lose?",
    ),
    also_right=ALSO_RIGHT,
)

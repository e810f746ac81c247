"""A function whose complex step is to be wrong, as an answer: what is true of it is found out by looking."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case
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

    A text is right up to its first comma; what stands behind tells the details. With `asked`, the point is given and
    so is the derivative there, and both are parts too.
    """

    asked: tuple[float, float] | None = None

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
        f, x, _ = answer
        y = normal(f(x))
        if not is_number(y):
            raise Unreadable(f"a function f for which f({x:g}) is {described(y)}, where a number is wanted")
        return self.found_out(*answer) | ({} if self.asked is None else as_asked(f, float(x), *self.asked))

    def found_out(self, f: Callable[[Any], Any], x: Any, predicted: float) -> dict[str, str]:
        """The three facts that are always asked for."""
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


def as_asked(f: Callable[[Any], Any], x: float, point: float, derivative: float) -> dict[str, str]:
    """Whether the point is the one that was asked for, and the derivative there."""
    truth, doubt = slope(f, point)
    right = abs(truth - derivative) <= 10 * doubt + PREDICTED * max(1.0, abs(derivative))
    return {
        "point": "as asked" if x == point else f"another, {x:g} for {point:g}",
        f"f'({point:g})": "as asked" if right else f"another, {truth:.6g} for {derivative:g}",
    }


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

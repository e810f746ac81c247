"""05.3: a derivative inside a derivative, with and without tags."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Kind, Record, Value
from lessons.exercises.values import Unreadable, close, described, is_number, normal, show

CANCELS, DIFFERS, UNCONFUSED = "the confusion cancels", "the two differ", "nothing is confused"
SLOPES: tuple[tuple[str, Callable[[Any], Any], Callable[[Any, Any], Any]], ...] = (  # name, value, partial (y, x)
    ("sin", np.sin, lambda y, x: np.cos(x)),
    ("cos", np.cos, lambda y, x: -np.sin(x)),
    ("exp", np.exp, lambda y, x: y),
    ("log", np.log, lambda y, x: 1.0 / x),
    ("sqrt", np.sqrt, lambda y, x: 0.5 / y),
)


@dataclass(frozen=True, slots=True)
class Dual:
    """A value, its tangent, and the tag of the derivative that the tangent belongs to; each may be a dual again."""

    value: Any
    tangent: Any
    tag: int

    def __add__(self, other: Any) -> Any:
        """The number a + b."""
        return lifted(lambda a, a_dot, b, b_dot: (a + b, a_dot + b_dot), self, other)

    def __mul__(self, other: Any) -> Any:
        """The number a * b."""
        return lifted(lambda a, a_dot, b, b_dot: (a * b, a_dot * b + b_dot * a), self, other)

    def __truediv__(self, other: Any) -> Any:
        """The number a / b."""
        return self * other**-1

    def __pow__(self, exponent: Any) -> Any:
        """The number a ** p."""
        if isinstance(exponent, Dual):
            return (self.log() * exponent).exp()
        value = self.value**exponent
        return Dual(value, self.tangent * (exponent * self.value ** (exponent - 1)), self.tag)

    def __neg__(self) -> Any:
        """The number -a."""
        return self * -1.0

    def __sub__(self, other: Any) -> Any:
        """The number a - b."""
        return self + -1.0 * other

    def __rsub__(self, other: Any) -> Any:
        """The number b - a."""
        return -self + other

    def __rtruediv__(self, other: Any) -> Any:
        """The number b / a."""
        return self**-1 * other

    def __rpow__(self, base: Any) -> Any:
        """The number b ** a."""
        return (self * np.log(base)).exp()

    __radd__ = __add__
    __rmul__ = __mul__

    def __getattr__(self, name: str) -> Any:
        """The functions of `SLOPES`, as methods: NumPy asks an object that it does not know for them."""
        for known, function, slope in SLOPES:
            if known == name:
                y = function(self.value)
                return lambda: Dual(y, self.tangent * slope(y, self.value), self.tag)
        raise AttributeError(f"these dual numbers have no {name}; there are {', '.join(row[0] for row in SLOPES)}")


def lifted(rule: Callable[..., tuple[Any, Any]], x: Any, y: Any) -> Dual:
    """An operation on the newest tag of its operands; what carries another one is a constant."""
    tag = max(v.tag for v in (x, y) if isinstance(v, Dual))
    return Dual(*rule(*split(x, tag), *split(y, tag)), tag)


def split(x: Any, tag: int) -> tuple[Any, Any]:
    """A number's value and tangent for a tag."""
    return (x.value, x.tangent) if isinstance(x, Dual) and x.tag == tag else (x, 0.0)


class Derivative:
    """D(f, x), by dual numbers; without tags every D has the same one. It remembers what it has answered."""

    def __init__(self, tagged: bool) -> None:
        """A derivative with nothing asked yet."""
        self.tags = count(1) if tagged else None
        self.answers: list[Any] = []

    def __call__(self, f: Callable[[Any], Any], x: Any) -> Any:
        """The derivative of f at x."""
        tag = next(self.tags) if self.tags else 0
        answer = split(f(Dual(x, 1.0, tag)), tag)[1]
        self.answers.append(answer)
        return answer


def alike(a: Any, b: Any) -> bool:
    """Whether two numbers, dual or not, have the same values and tangents."""
    waiting = [(a, b)]
    while waiting:
        a, b = waiting.pop()
        if isinstance(a, Dual) or isinstance(b, Dual):
            parts = [(x.value, x.tangent) if isinstance(x, Dual) else (x, 0.0) for x in (a, b)]
            waiting += zip(*parts, strict=True)
        elif not close(normal(a), normal(b)):
            return False
    return True


class Cancelling(Kind):
    """A nested expression `cancels(D)`: what it gives with tagged and untagged D, and whether they ever differ."""

    def read(self, answer: Any) -> Any:
        """The function of D."""
        if answer is Ellipsis or answer is None:
            raise Unreadable("nothing is written there yet")
        if not callable(answer):
            raise Unreadable(f"a function of D is wanted, got {described(answer)}")
        return answer

    def value(self, answer: Any, case: Case) -> Any:
        """Both results, and what is to be said of them."""
        tagged, untagged = Derivative(tagged=True), Derivative(tagged=False)
        found = []
        for d in (tagged, untagged):
            y = answer(d)
            if y is Ellipsis or y is None:
                raise Unreadable("nothing yet for cancels(D)")
            y = y if isinstance(y, Dual) or callable(y) else normal(y)
            if not is_number(y):
                raise Unreadable(f"{described(y)} for cancels(D), where a number is wanted; D(f, x) takes a number x")
            found.append(y)
        if not close(*found):
            told = DIFFERS
        else:
            same = len(tagged.answers) == len(untagged.answers) and all(map(alike, tagged.answers, untagged.answers))
            told = UNCONFUSED if same else CANCELS
        return f"{told}: with tags {show(found[0])}, without {show(found[1])}"

    def misfit(self, found: Any, expected: Any) -> str:
        """Every such expression is well formed."""
        return ""

    def same(self, found: Any, expected: Any) -> bool:
        """Whether the same is to be said of both."""
        return str(found).split(":")[0] == str(expected).split(":")[0]


def solve_nesting(faults: Faults) -> dict[str, Any]:
    """The two numbers, and an expression in which the confusion cancels."""
    right = 2.0 if "confused" in faults else 0.0 if "product of slopes" in faults else 1.0
    if "inner derivative skipped" in faults:
        right = 3.0
    untagged = 1.0 if "nests by itself" in faults else 2.0

    def cancels(D: Callable[..., Any]) -> Any:
        if "nothing confused" in faults:
            return D(lambda x: x * D(lambda y: y * y, 3.0), 2.0)
        if "does not cancel" in faults:
            return D(lambda x: x * D(lambda y: x * y, 1.0), 3.0)
        return D(lambda x: x * D(lambda y: x * y, 1.0), 1.0)

    return {"right": right, "untagged": untagged, "cancels": cancels}


def in_turn(right: Any, untagged: Any, cancels: Callable[..., Any]) -> tuple[Any, ...]:
    """An answer as a student hands it in."""
    return right, untagged, cancels


NESTING = Exercise(
    id="05.3",
    title="A derivative inside",
    prompt="What is the derivative of $x \\mapsto x \\cdot \\frac{d}{dy}\\big(x + y\\big)$ (`right`), and what do "
    "untagged dual numbers say (`untagged`)? Then find a nested expression in which the inner derivative is confused, "
    "and yet the wrong program gives the right number in the end: write it as a function `cancels(D)` that returns a "
    "number. `D(f, x)` is the derivative of `f` at `x`; it is called once with tags and once without.",
    starter="""
right = ...
untagged = ...

def cancels(D):
    return ...  # such as D(lambda x: x * D(lambda y: x + y, 1.0), 1.0); but there it does not cancel
""",
    answer="right, untagged, cancels",
    kind=Record({"right": Value(), "untagged": Value(), "cancels": Cancelling()}),
    solve=solve_nesting,
    faults=(
        Fault(
            "M17",
            "confused",
            "2 is what the confused program says. For the inner derivative x is a constant: only y moves there, "
            "and d/dy (x + y) is 1 for every x.",
            "In the inner derivative, who moves: x, y, or both?",
            Case((), "d/dy (x + y) is 1, so the outer function is x * 1"),
        ),
        Fault(
            "M3",
            "product of slopes",
            "The slope of x was multiplied by the slope of the inner derivative, which is 0. The product rule has two "
            "terms: the first factor moves as well.",
            "The inner derivative is 1. Which function of x is left, and what is its slope?",
            Case((), "x * 1 has the slope 1, not 1 * 0"),
        ),
        Fault(
            "",
            "inner derivative skipped",
            "This is the slope of x * (x + y) at x = y = 1. The inner derivative comes first: what it leaves is no "
            "longer x + y.",
            "Which number does d/dy (x + y) give, before anything is multiplied by x?",
            Case((), "x * d/dy (x + y) is x * 1; x * (x + y) is another function"),
        ),
        Fault(
            "M17",
            "nests by itself",
            "Untagged numbers do not nest by themselves. Both derivatives call their little bit eps, so the tangents "
            "of x and of y are added up in x + y, and the inner D takes the sum for its own.",
            "In the inner sum x + y, which tangents do the two numbers carry, if nobody keeps them apart?",
            Case((), "D(lambda x: x * D(lambda y: x + y, 1.0), 1.0) without tags: 1 + 1 = 2"),
        ),
        Fault(
            "M17",
            "nothing confused",
            "Here nothing cancels, because nothing was confused: there is no inner derivative, or it is right without "
            "tags too. "
            "A confusion needs the x of the outer derivative inside of the inner function, as x + y has it.",
            "Which tangent of yours could the inner D mistake for its own?",
            Case((), "D(lambda y: y * y, 3.0) never meets x, so there is nothing to mistake"),
        ),
        Fault(
            "M17",
            "does not cancel",
            "Tagged and untagged numbers give different results here: the confusion is still there in the end. "
            "Some expressions agree at a special point only, and some undo the mistake again.",
            "At which x do the right slope of your expression and the confused one meet?",
            Case((), "x * D(lambda y: x * y, 1.0) at x = 3 is 6 with tags and 4 without"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "On paper: differentiate x + y by y, with x a constant. Only then look at the outer function.",
        "Without tags the inner D sees the tangent of x as well. Follow x * D(lambda y: x + y, 1.0) with Dual(x, 1) "
        "and Dual(1, 1).",
        "In the lesson, x * D(lambda y: x * y, 1.0) gives 6 with tags and 4 without, at x = 3. Write both as formulas "
        "in x; where are they equal?",
    ),
    also_right=(
        in_turn(1, 2, lambda D: D(lambda x: x * D(lambda y: x * y, 1.0), 1.0)),
        in_turn(np.float64(1), "2", lambda D: D(lambda x: D(lambda y: x + y, 1.0) - D(lambda y: y + x, x), 2.0)),
        {
            "cancels": lambda D: D(lambda x: x * (D(lambda y: x + y, 3) - D(lambda y: x + y, 5)), 4),
            "untagged": 2,
            "right": 1,
        },
        [np.array(1.0), 2.0, lambda D: D(lambda x: D(lambda y: x + y, 1.0) * x - D(lambda y: x + y, 7.0) * x + x, 1.0)],
        in_turn("1", np.int64(2), lambda D: D(lambda x: np.exp(x) * 0.0 * D(lambda y: np.sin(x) * y, 1.0), 0.5)),
    ),
)

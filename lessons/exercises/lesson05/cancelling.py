"""A kind of answer for 05.3: a nested expression, evaluated with tagged and with untagged dual numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case
from lessons.exercises.kind import Kind
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

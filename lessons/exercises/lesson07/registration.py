"""How an operation of one's own is read: its values, its rule, and a wrong rule together with a point."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case
from lessons.exercises.kinds import Kind, Record
from lessons.exercises.lesson07.family import Rule, Swish
from lessons.exercises.values import Unreadable, close, described, is_number, normal, number_of, same, show

POINTS = (-1.3, 0.4, 2.1)  # where rules are tried
NOTICED = 1e-8  # relative: what `compare` does not let pass
FOUND, NOT_FOUND, RIGHT_RULE = "found out", "not found out", "not wrong"


def rule_of(answer: Any) -> Any:
    """The derivative rule, of (y, x), of an operation; a plain function of two is one."""
    if getattr(answer, "partials", None):
        return answer.partials[0]
    for column in ("vjps", "pullback"):
        rule = getattr(answer, column, None)
        if rule:
            rule = rule if callable(rule) else rule[0]
            return lambda y, x: np.ravel(rule(1.0, y, x))[0]
    if hasattr(answer, "partials"):
        raise Unreadable("an operation without partials: register it with @operation(partials=(lambda y, x: ...,))")
    return answer


def number(value: Any, what: str) -> float:
    """What a rule returned, as a number. Raises Unreadable, which names it."""
    value = normal(value)
    if value is Ellipsis or value is None:
        raise Unreadable(f"nothing yet for {what}")
    if not is_number(value):
        raise Unreadable(f"{described(value)} for {what}, where a number is wanted")
    return float(value)


def partial(rule: Rule, y: float, x: float, what: str) -> float:
    """What a rule gives, with NumPy's numbers, which divide by 0 without an error."""
    return number(rule(np.float64(y), np.float64(x)), what)


class Told(str):
    """What is said of an operation, with the numbers that are compared."""

    numbers: tuple[float, ...]

    def __new__(cls, text: str, numbers: tuple[float, ...]) -> "Told":
        """A text with its numbers."""
        told = super().__new__(cls, text)
        told.numbers = numbers
        return told


class WithRule(Kind):
    """A rule, or an operation that has one."""

    def __init__(self, what: str, function: Swish, operation: bool = False) -> None:
        """What it is called, of which function it is, and whether it has to be an operation."""
        self.what, self.function, self.operation = what, function, operation

    def read(self, answer: Any) -> Any:
        """The operation or the rule."""
        if answer is Ellipsis or answer is None:
            raise Unreadable("nothing is written there yet")
        if not callable(answer):
            raise Unreadable(f"{self.what} is wanted, got {described(answer)}")
        if self.operation and not hasattr(answer, "partials"):
            raise Unreadable(
                f"{self.what} is wanted, got {described(answer)}; put @operation(partials=(...,)) before its def"
            )
        return answer

    def value(self, answer: Any, case: Case) -> Any:
        """For an operation its values and partials, and whether the right ones come from the result y."""
        rule, f = rule_of(answer), self.function
        if not self.operation:
            return self.wrong(rule)
        values = tuple(number(answer(x), "swish(x)") for x in POINTS)
        partials = tuple(partial(rule, f.value(x), x, "the rule of swish") for x in POINTS)
        told = f"values {show(values)}, partials {show(partials)} at {show(POINTS)}"
        if not all(close(d, f.slope(x)) for d, x in zip(partials, POINTS, strict=True)):
            return Told(told, (*values, *partials))
        elsewhere = tuple(partial(rule, f.value(x) + 1, x, "the rule of swish") for x in POINTS)
        uses = elsewhere != partials
        return Told(f"{told}; the rule {'uses' if uses else 'does not use'} y", (*values, *partials, int(uses)))

    def wrong(self, rule: Rule) -> str:
        """Whether a rule is wrong somewhere."""
        f = self.function
        fits = all(close(partial(rule, f.value(x), x, "wrong(y, x)"), f.slope(x), NOTICED) for x in POINTS)
        return RIGHT_RULE if fits else "wrong"

    def misfit(self, found: Any, expected: Any) -> str:
        """Whatever it gives is well formed."""
        return ""

    def same(self, found: Any, expected: Any) -> bool:
        """Equal values and partials; or a wrong rule in both."""
        if not (isinstance(found, Told) and isinstance(expected, Told)):
            return bool(found == expected)
        return same(found.numbers, expected.numbers)


class Point(Kind):
    """A number; `Registration` says what becomes of it."""

    def read(self, answer: Any) -> Any:
        """A finite number."""
        value = normal(answer) if not callable(answer) else answer
        if value is Ellipsis or value is None:
            raise Unreadable("nothing is written there yet")
        found = number_of(value)
        if isinstance(found, complex) or not math.isfinite(found):
            raise Unreadable(f"a finite number is wanted, got {show(found)}")
        return float(found)

    def same(self, found: Any, expected: Any) -> bool:
        """Whether the rule is found out at both points, or at none."""
        return str(found).split(":")[0] == str(expected).split(":")[0]


@dataclass(frozen=True, slots=True)
class Registration(Record):
    """An operation, a wrong rule for it, a point and a reason; the point is judged together with the rule."""

    function: Swish

    def value(self, answer: Any, case: Case) -> Any:
        """What each part gives."""
        found = dict(Record.value(self, answer, case))
        at, rule = answer["at"], rule_of(answer["wrong"])
        right = self.function.slope(at)
        wrong = partial(rule, self.function.value(at), at, "wrong(y, x)")
        if math.isnan(wrong):
            raise Unreadable(f"nan for wrong(y, x) at {at:g}; is there a 0 / 0?")
        told = NOT_FOUND if close(wrong, right, NOTICED) else FOUND
        return {**found, "at": f"{told}: at {at:g} your rule gives {wrong:.9g}, differences give {right:.9g}"}

    def misfit(self, found: Any, expected: Any) -> str:
        """Every part is well formed once it is read."""
        return ""

    def entries(self, value: Any) -> list[tuple[str, Any]]:
        """The parts, the operation's in words."""
        return [(part, item) for part, item in value.items()]

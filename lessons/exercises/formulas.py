"""Formulas: read as text, never run, and compared as functions on their domain, not as strings.

Random points in float64 tell most formulas apart. Those that agree there are evaluated once more with 40 digits: two
analytic functions that agree on all of them at random points are one function. `symbolic.equivalence` adds a proof.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from expression import Expression, ExpressionError, TrigradError, parse, trace
from lessons.exercises.exercise import Case
from lessons.exercises.kind import Kind
from lessons.exercises.values import RTOL, Unreadable, described, is_number, normal

ANYWHERE = (-2.0, 2.0)  # where an input has no domain of its own
POINTS = 16  # in float64, and as many outside the domain
CERTAIN = 4  # of them with many digits
DIGITS = 40
DOUBT = 1e-3  # relative: closer values may be the same, after cancellation in float64
AGREED = 25  # of them, so that cancellation may take some
AGREED_IN_FLOATS = 13  # where a constant is a float64 that stands for pi or 1/3
SHORT = 6  # decimals of a constant that stands for itself
SEED = 3


class Written:
    """A formula as it was given, and its values."""

    def __init__(self, text: str, inputs: tuple[str, ...], run: Callable[..., Any], e: Expression | None) -> None:
        """Hold an Expression, or a Python function where it cannot be traced."""
        self.text, self.inputs, self.run, self.expression = text, inputs, run, e
        self.known: dict[bytes, Any] = {}

    def __str__(self) -> str:
        """As it was written."""
        return self.text if "\n" not in self.text else "your expression"

    def at(self, points: Any) -> Any:
        """The values at points, one a row; nan where there is none."""
        key = points.tobytes()
        if key not in self.known:
            with np.errstate(all="ignore"):
                self.known[key] = np.array([self.one(point) for point in points])
        return self.known[key]

    def one(self, point: Any) -> float:
        """The value at a point; nan where there is none. Raises Unreadable for what is no number."""
        try:
            value = normal(self.run(*point.tolist()))
        except (ArithmeticError, ValueError):
            return float("nan")
        if not is_number(value):
            what = "None; is there a `return`?" if value is None else described(value)
            raise Unreadable(f"no number at {', '.join(f'{x:.6g}' for x in point)}, but {what}")
        number = complex(value)
        return number.real if number.imag == 0 else float("nan")

    @property
    def exact(self) -> bool:
        """Whether every constant is a short decimal, and none a float64 that stands for pi or 1/3."""
        nodes = () if self.expression is None else self.expression.nodes
        constants = [node.constant for node in nodes if node.constant is not None]
        return all(np.all(x == np.round(x, SHORT)) for x in constants)

    def digits_at(self, point: Any) -> Any:
        """The value with many digits; None where it has none."""
        from compare.certifying import value_at
        from expression import inline_bodies

        assert self.expression is not None
        try:
            return value_at(inline_bodies(self.expression), point.tolist(), DIGITS)
        except (TrigradError, ArithmeticError, ValueError, TypeError, AttributeError):
            return None


@lru_cache(maxsize=1024)  # the mutants of an exercise are asked for again and again
def written(text: str, inputs: tuple[str, ...]) -> Written:
    """A text that is parsed. Raises Unreadable, which shows the place that cannot be read."""
    try:
        e = parse(text, inputs)
    except ExpressionError as error:
        raise Unreadable(str(error)) from error
    if len(e.outputs) != 1:
        raise Unreadable(f"one formula is wanted, got {len(e.outputs)}")
    return Written(text, inputs, e, e)


@dataclass(frozen=True)
class Formula(Kind):
    """A formula as text such as "2*cos(x**2)", as an Expression, or as a Python function of the inputs.

    `domain` gives the interval of each input in which it has to be right; where both formulas have values elsewhere,
    the verdict says whether they agree there too.
    """

    inputs: tuple[str, ...] = ("x",)
    domain: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def read(self, answer: Any) -> Written:
        """The formula; errors of the text with the place where they are."""
        if answer is None or answer is Ellipsis or (isinstance(answer, str) and answer.strip() in ("", "...")):
            raise Unreadable("nothing is written yet; write a formula such as " + repr(f"2*{self.inputs[0]}"))
        if isinstance(answer, Expression):
            if len(answer.inputs) != len(self.inputs):
                raise Unreadable(
                    f"a formula in {', '.join(self.inputs)} is wanted, got one in {len(answer.inputs)} inputs"
                )
            return Written(str(answer), self.inputs, answer, answer)
        if isinstance(answer, str) or hasattr(answer, "free_symbols"):
            return written(str(answer).strip(), self.inputs)
        if callable(answer):
            return Written(getattr(answer, "__name__", "the function"), self.inputs, answer, None)
        if isinstance(answer, int | float | np.generic):
            return self.read(repr(float(answer)))
        raise Unreadable(f"a formula as text is wanted, such as {f'2*{self.inputs[0]}'!r}, got {described(answer)}")

    def value(self, answer: Written, case: Case) -> Written:
        """The formula with its values; a Python function is run and traced here, where its time is limited."""
        if answer.expression is None:
            try:
                e = trace(answer.run, *self.points[0].tolist())
                if e.results.num_leaves == 1:
                    answer = Written(answer.text, self.inputs, answer.run, e)
            except Exception:  # math.sin, a branch, or a mistake: calling it will say so
                answer = Written(answer.text, self.inputs, answer.run, None)
        for points in (self.points, self.outside):
            answer.at(points)
        return answer

    def misfit(self, found: Any, expected: Any) -> str:
        """Every formula is well formed."""
        return ""

    @cached_property
    def points(self) -> Any:
        """Random points of the domain."""
        low, high = np.transpose([self.domain.get(name, ANYWHERE) for name in self.inputs])
        return np.random.default_rng(SEED).uniform(low, high, (POINTS, len(self.inputs)))

    @cached_property
    def outside(self) -> Any:
        """Random points on both sides of 0, within the domain or not."""
        reach = [max(abs(a) for a in self.domain.get(name, ANYWHERE)) for name in self.inputs]
        return np.random.default_rng(SEED).uniform(-1, 1, (POINTS, len(self.inputs))) * reach

    def same(self, found: Written, expected: Written) -> bool:
        """Whether they are one function on the domain; where float64 leaves a doubt, many digits decide."""
        a, b = found.at(self.points), expected.at(self.points)
        has = np.isfinite(b)
        apart = has & ~agreement(a, b, everywhere=True)
        if not has.any() or not (np.abs(a - b)[apart] <= DOUBT * np.maximum(1.0, np.abs(b[apart]))).all():
            return False
        if found.expression is None or expected.expression is None:
            return not apart.any()
        least = AGREED if found.exact and expected.exact else AGREED_IN_FLOATS
        pairs = [(found.digits_at(x), expected.digits_at(x)) for x in (*self.points[apart], *self.points[:CERTAIN])]
        known = [(x, y) for x, y in pairs if x is not None and y is not None]
        return (bool(known) or not apart.any()) and all(digits_between(x, y) >= least for x, y in known)

    def prove(self, found: Written, expected: Written) -> str:
        """What algebra says of a right formula; SymPy is loaded for it."""
        from symbolic import equivalence

        if found.expression is None or expected.expression is None:
            return ""
        try:
            told = equivalence(found.expression, expected.expression, dict(self.domain))
        except TrigradError:
            return ""
        return f"As a formula it is {told}." if told.equal else ""

    def explain(self, found: Written, expected: Written) -> str:
        """A sign, a factor or a summand that is all that is wrong; or the part of the domain where it is right."""
        a, b = found.at(self.points), expected.at(self.points)
        known = np.isfinite(a) & np.isfinite(b)
        only = self.only_where(found, expected)
        if only:
            return f"It equals the answer only for {only}."
        if known.all() and agreement(a, b).all():
            return "It agrees with the answer to many digits, but not to all."
        if known.sum() > 2 and np.all(b[known] != 0):
            ratio = a[known] / b[known]
            if np.ptp(ratio) <= RTOL * np.abs(ratio).max() and ratio[0] != 0:
                return f"It is {ratio[0]:.6g} times the answer."
        if known.sum() > 2:
            rest = a[known] - b[known]
            if np.ptp(rest) <= RTOL * max(1.0, np.abs(a[known]).max()):
                return f"It differs from the answer by {rest[0]:.6g} everywhere."
        if not known.all():
            x = self.points[~known][0]
            return f"It has no value at {self.where(x)}, where the answer has one."
        worst = np.argmax(~agreement(a, b, everywhere=True))
        return f"At {self.where(self.points[worst])} its value is {a[worst]:.15g}, and that is not the answer's."

    def only_where(self, found: Written, expected: Written) -> str:
        """The half of the domain in which the two agree, as "x > 0"; "" if there is none."""
        agree = agreement(found.at(self.points), expected.at(self.points), everywhere=True)
        for k, name in enumerate(self.inputs):
            positive = self.points[:, k] > 0
            for part, sign in ((positive, ">"), (~positive, "<")):
                if part.sum() > 2 and (~part).sum() > 2 and agree[part].all() and not agree[~part].any():
                    return f"{name} {sign} 0"
        return ""

    def remark(self, found: Written, expected: Written) -> str:
        """For a right formula: whether it is right outside the domain that was asked for, too."""
        agree = agreement(found.at(self.outside), expected.at(self.outside), everywhere=True)
        has = np.isfinite(expected.at(self.outside))
        if not self.domain or agree[has].all():
            return ""
        ranges = ", ".join(f"{a:g} < {name} < {b:g}" for name, (a, b) in self.domain.items())
        return f"It equals the answer for {ranges}, as was asked; not everywhere."

    def where(self, point: Any) -> str:
        """A point in words."""
        return ", ".join(f"{name} = {x:.6g}" for name, x in zip(self.inputs, point, strict=True))

    def entries(self, value: Any) -> list[tuple[str, Any]]:
        """The formula as a whole."""
        return [("", value)]

    def show(self, value: Written) -> str:
        """As it was written."""
        return str(value)


def agreement(found: Any, expected: Any, *, everywhere: bool = False) -> Any:
    """Where two columns of values agree up to rounding; points at which the expected one has none are left out."""
    near = np.abs(found - expected) <= RTOL * np.maximum(1.0, np.abs(expected))
    return near if everywhere else near[np.isfinite(expected)]


def digits_between(a: Any, b: Any) -> float:
    """On how many digits two numbers agree."""
    from compare.certifying import digits_between as digits

    return float(digits(a, b))

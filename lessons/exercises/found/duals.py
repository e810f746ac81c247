"""Answers to the exercises of lesson 5 that people gave in public: dual numbers, a column, a nested derivative."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lessons.exercises.found.record import NO_NAME, TAKEN_FOR_RIGHT, wrong

Pair = tuple[float, float]
Rule = Callable[..., Pair]


def times(a: Pair, b: Pair) -> Pair:
    """The product."""
    return a[0] * b[0], b[0] * a[1] + a[0] * b[1]


def over(a: Pair, b: Pair) -> Pair:
    """The quotient."""
    return a[0] / b[0], (a[1] * b[0] - a[0] * b[1]) / (b[0] * b[0])


def to_the(a: Pair, p: float) -> Pair:
    """A power."""
    return a[0] ** p, p * a[0] ** (p - 1) * a[1]


def e_to_the(a: Pair) -> Pair:
    """An exponential."""
    return math.exp(a[0]), math.exp(a[0]) * a[1]


def four(mul: Rule = times, div: Rule = over, power: Rule = to_the, exp: Rule = e_to_the) -> dict[str, Rule]:
    """An answer to 05.1: the rules that the person wrote, and right ones for the rest."""
    return {"dual_mul": mul, "dual_div": div, "dual_pow": power, "dual_exp": exp}


@dataclass
class InPlace:
    """A dual number of C++, with `*=` and `/=`."""

    value: float
    tangent: float

    def times(self, other: "InPlace") -> None:
        """The new value is there when the tangent is computed."""
        self.value *= other.value
        self.tangent = self.tangent * other.value + self.value * other.tangent

    def over(self, other: "InPlace") -> None:
        """The same."""
        self.value /= other.value
        self.tangent = (self.tangent * other.value - self.value * other.tangent) / (other.value * other.value)


def times_in_place(a: Pair, b: Pair) -> Pair:
    """`y = a; y *= b`."""
    y = InPlace(*a)
    y.times(InPlace(*b))
    return y.value, y.tangent


def over_in_place(a: Pair, b: Pair) -> Pair:
    """`y = a; y /= b`."""
    y = InPlace(*a)
    y.over(InPlace(*b))
    return y.value, y.tangent


def special_cases(a: Pair, b: Pair) -> Pair:
    """The quotient rule, with shorter formulas where something rests."""
    (u, u_dot), (v, v_dot) = a, b
    if u_dot == 0 and v_dot == 0:
        return u / v, 0.0
    if u_dot == 0:
        return u / v, -u * v_dot
    if v_dot == 0:
        return u / v, u_dot * v
    return u / v, (u_dot * v - u * v_dot) / v**2


WRONG: tuple[Any, ...] = (
    wrong(
        "05.1",
        four(div=lambda a, b: (a[0] * b[0], b[0] * a[1] - a[0] * b[1])),
        "quotient as a product",
        "MikeInnes/diff-zoo/issues/15",
        "A tutorial divides dual numbers as Dual(a.x * b.x, b.x * a.y - a.x * b.y).",
        NO_NAME,
    ),
    wrong(
        "05.1",
        four(div=lambda a, b: (a[0] / b[0], b[0] * a[1] - a[0] * b[1] / b[0] ** 2)),
        "brackets of the quotient",
        "https://github.com/MikeInnes/diff-zoo/blob/81d605dd0f6122481fe4420c7115a0f387fa24b6/src/utils.jl",
        "In the quotient rule only the second term is divided: brackets are missing around the difference.",
        NO_NAME,
    ),
    wrong(
        "05.1",
        four(times_in_place, over_in_place),
        "product reads its new value + quotient reads its new value",
        "LibRapid/librapid/issues/273",
        "The operators *= and /= replace the value first, and compute the tangent with the new one.",
        NO_NAME,
    ),
    wrong(
        "05.1",
        four(power=lambda a, n: (a[0] ** n, n * a[0] * (n - 1) * a[1])),
        "exponent as a factor",
        "attack68/book_irds3/issues/6",
        "A book prints the power of a dual number with n - 1 as a factor, where it is the exponent.",
        NO_NAME,
    ),
    wrong(
        "05.1",
        four(div=lambda a, b: (a[0] / b[0], a[1] / b[1])),
        "componentwise quotient",
        "tobegit3hub/miniflow/issues/3",
        "DivideOp gives the quotient of the two gradients.",
    ),
    wrong(
        "05.1",
        four(exp=lambda a: (math.exp(a[0]), a[0] * math.exp(a[0] - 1) * a[1])),
        "exp as a power",
        "https://vaia.com/en-us/textbooks/biology/calculus-for-life-sciences-1-edition/chapter-4/"
        "problem-101-a-student-made-the-following-error-on-a-test-fra",
        "A student derives e**x as x * e**(x - 1) on a test.",
    ),
    wrong(
        "05.1",
        four(exp=lambda a: (math.exp(a[0]), math.e * a[0] ** (math.e - 1) * a[1])),
        "exp as x to the e",
        "tenstorrent/tt-metal/pull/52144",
        "The backward rule of base**x is that of x**base.",
        NO_NAME,
    ),
    wrong(
        "05.1",
        four(div=special_cases),
        "quotient not scaled where one rests",
        "JuliaMath/Calculus.jl/pull/13",
        "The quotient rule forgets the division by the square where numerator or divisor does not move.",
        TAKEN_FOR_RIGHT,
    ),
    wrong(
        "05.2",
        (1.0, math.sin(1.0), -1.0),
        "quotient not scaled",
        "JuliaMath/Calculus.jl/pull/13",
        "The quotient rule forgets the division by the square where the numerator does not move.",
    ),
    wrong(
        "05.3",
        (2, 2, lambda D: D(lambda x: x * (D(lambda y: x + y, 3) - D(lambda y: x + y, 5)), 4)),
        "confused",
        "JuliaDiff/ForwardDiff.jl/issues/83",
        "D(x -> x * D(y -> x + y, 1), 1) comes to 2.",
    ),
)

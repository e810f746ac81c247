"""05.1: the product, the quotient, a power and exp of dual numbers."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case, Exercise, Faults, Forbidden
from lessons.exercises.kinds import Function
from lessons.exercises.lesson05.other_pairs import ALSO_RIGHT, Pair
from lessons.exercises.lesson05.wrong_pairs import FAULTS, TIMES, of

NAMES = ("dual_mul", "dual_div", "dual_pow", "dual_exp")
UNSCALED = frozenset({"quotient not scaled", TIMES})


def tangents(faults: Faults) -> dict[str, Callable[..., float]]:
    """The tangent of each operation by its name: of (a, a_dot, b, b_dot), of (a, a_dot, p), of (a, a_dot)."""

    def mul(a: float, a_dot: float, b: float, b_dot: float) -> float:
        if "product reads its new value" in faults:
            a = a * b
        if "componentwise product" in faults:
            return a_dot * b_dot
        if "product not scaled where one rests" in faults and b_dot == 0:
            return a_dot
        if "product at the wrong partners" in faults:
            return a_dot * a + b_dot * b
        if "second factor stands still" in faults:
            return a_dot * b
        return a_dot * b + b_dot * a

    def div(a: float, a_dot: float, b: float, b_dot: float) -> float:
        if "componentwise quotient" in faults:
            return float(np.divide(a_dot, b_dot))
        if "quotient reads its new value" in faults:
            a = a / b
        sign = 1.0 if "plus in the quotient" in faults else -1.0
        first, second = a_dot * b, sign * a * b_dot
        if "quotient turned round" in faults:
            first, second = -first, -second
        if "brackets of the quotient" in faults:
            return first + second / (b * b)
        scale = 1.0 if UNSCALED & faults else b if "divided by b once" in faults else b * b
        if "quotient not scaled where one rests" in faults and 0 in (a_dot, b_dot):
            scale = 1.0
        return (first + second) / scale

    def power(a: float, a_dot: float, p: float) -> float:
        if "power as an exponential" in faults:
            return float(np.power(a, p) * np.log(a) * a_dot)
        inner = 1.0 if "power without the inner tangent" in faults else a_dot
        if "componentwise power" in faults:
            return float(np.power(a_dot, p))
        if "exponent as a factor" in faults:
            return p * a * (p - 1) * inner
        return float(p * np.power(a, p if "exponent not lowered" in faults else p - 1) * inner)

    def exp(a: float, a_dot: float) -> float:
        if "componentwise exp" in faults:
            return math.exp(a_dot)
        if "exp as a power" in faults:
            return a * math.exp(a - 1) * a_dot
        if "exp as x to the e" in faults:
            return float(math.e * np.power(a, math.e - 1) * a_dot)
        slope = a if "exp of its input" in faults else math.exp(a)
        return slope if "exp without the inner tangent" in faults else slope * a_dot

    return {"mul": mul, "div": div, "pow": power, "exp": exp}


def solve_pairs(faults: Faults) -> dict[str, Callable[..., Pair]]:
    """The four operations."""
    dot = tangents(faults)
    operations: dict[str, Callable[..., Pair]] = {
        "dual_mul": lambda a, b: (a[0] * b[0], dot["mul"](*a, *b)),
        "dual_div": lambda a, b: (a[0] * b[0] if TIMES in faults else a[0] / b[0], dot["div"](*a, *b)),
        "dual_pow": lambda a, p: (float(np.power(float(a[0]), p)), dot["pow"](float(a[0]), a[1], p)),
        "dual_exp": lambda a: (math.exp(a[0]), dot["exp"](*a)),
    }
    if "tangent first" in faults:
        return {name: lambda *x, f=f: f(*x)[::-1] for name, f in operations.items()}
    return operations


def pair(answer: Callable[..., Any], *args: Any) -> Any:
    """What an operation returns; an object with a value and a tangent, as the Dual of the lesson, is a pair as well."""
    y = answer(*args)
    return (y.value, y.tangent) if hasattr(y, "value") and hasattr(y, "tangent") else y


def drawn_pairs(generator: np.random.Generator) -> tuple[Case, ...]:
    """Each operation at two random points; nothing is near 0, where wrong rules look right."""

    def number() -> float:
        return round(float(generator.uniform(0.4, 2.5)), 3)

    def moving() -> Pair:
        return number() * float(generator.choice([-1, 1])), number() * float(generator.choice([-1, 1]))

    cases = [of("dual_mul", moving(), (number(), 0.0)), of("dual_div", (number(), 0.0), moving())]
    for _ in range(2):
        cases += [of("dual_mul", moving(), moving()), of("dual_div", moving(), moving()), of("dual_exp", moving())]
        cases += [
            of("dual_pow", (number(), number()), number()),
            of("dual_pow", moving(), int(generator.integers(2, 6))),
        ]
    return tuple(cases)


PAIRS = Exercise(
    id="05.1",
    title="Complete the dual numbers",
    prompt="Write `dual_mul(a, b)`, `dual_div(a, b)`, `dual_pow(a, p)` and `dual_exp(a)` for pairs `(value, "
    "tangent)`; each returns such a pair. The exponent `p` is a constant, a plain number. Try them on functions whose "
    "slopes you know.",
    starter="""
import math

def dual_mul(a, b):
    (a, a_dot), (b, b_dot) = a, b
    return a * b, ...

def dual_div(a, b):
    (a, a_dot), (b, b_dot) = a, b
    return a / b, ...

def dual_pow(a, p):
    a, a_dot = a
    return a**p, ...

def dual_exp(a):
    a, a_dot = a
    return math.exp(a), ...
""",
    answer=", ".join(NAMES),
    kind=Function(NAMES, call=pair),
    solve=solve_pairs,
    faults=FAULTS,
    public=(
        of("dual_mul", (3.0, 1.0), (4.0, 2.0)),
        of("dual_mul", (3.0, 1.0), (4.0, 0.0)),
        of("dual_div", (3.0, 1.0), (4.0, 0.5)),
        of("dual_div", (3.0, 0.0), (4.0, 0.5)),
        of("dual_pow", (3.0, 2.0), 2),
        of("dual_pow", (-2.0, 0.5), 3),
        of("dual_exp", (0.5, 2.0)),
    ),
    hidden=drawn_pairs,
    points=4,
    hints=(
        "Multiply a + a_dot eps by b + b_dot eps, and strike out what carries eps**2.",
        "For the quotient: y = a / b means a = y * b. Write down the tangent of the product on the right, and solve "
        "for y_dot.",
        "For a function of one number the tangent is its slope at a, times a_dot.",
    ),
    also_right=ALSO_RIGHT,
    rules=(Forbidden("autodiff", "numeric", "symbolic", instead="Write the rules yourself: four short formulas."),),
)

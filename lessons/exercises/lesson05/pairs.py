"""05.1: the product, the quotient, a power and exp of dual numbers."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case, Exercise, Fault, Faults, Forbidden
from lessons.exercises.kinds import Function
from lessons.exercises.lesson05.other_pairs import ALSO_RIGHT, Pair

NAMES = ("dual_mul", "dual_div", "dual_pow", "dual_exp")


def tangents(faults: Faults) -> dict[str, Callable[..., float]]:
    """The tangent of each operation by its name: of (a, a_dot, b, b_dot), of (a, a_dot, p), of (a, a_dot)."""

    def mul(a: float, a_dot: float, b: float, b_dot: float) -> float:
        if "componentwise product" in faults:
            return a_dot * b_dot
        if "product at the wrong partners" in faults:
            return a_dot * a + b_dot * b
        if "second factor stands still" in faults:
            return a_dot * b
        return a_dot * b + b_dot * a

    def div(a: float, a_dot: float, b: float, b_dot: float) -> float:
        if "componentwise quotient" in faults:
            return float(np.divide(a_dot, b_dot))
        sign = 1.0 if "plus in the quotient" in faults else -1.0
        first, second = a_dot * b, sign * a * b_dot
        if "quotient turned round" in faults:
            first, second = -first, -second
        scale = 1.0 if "quotient not scaled" in faults else b if "divided by b once" in faults else b * b
        return (first + second) / scale

    def power(a: float, a_dot: float, p: float) -> float:
        if "power as an exponential" in faults:
            return float(np.power(a, p) * np.log(a) * a_dot)
        inner = 1.0 if "power without the inner tangent" in faults else a_dot
        if "componentwise power" in faults:
            return float(np.power(a_dot, p))
        return float(p * np.power(a, p if "exponent not lowered" in faults else p - 1) * inner)

    def exp(a: float, a_dot: float) -> float:
        if "componentwise exp" in faults:
            return math.exp(a_dot)
        if "exp as a power" in faults:
            return a * math.exp(a - 1) * a_dot
        slope = a if "exp of its input" in faults else math.exp(a)
        return slope if "exp without the inner tangent" in faults else slope * a_dot

    return {"mul": mul, "div": div, "pow": power, "exp": exp}


def solve_pairs(faults: Faults) -> dict[str, Callable[..., Pair]]:
    """The four operations."""
    dot = tangents(faults)
    operations: dict[str, Callable[..., Pair]] = {
        "dual_mul": lambda a, b: (a[0] * b[0], dot["mul"](*a, *b)),
        "dual_div": lambda a, b: (a[0] / b[0], dot["div"](*a, *b)),
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


def of(name: str, *args: Any) -> Case:
    """A case, as `dual_mul((3, 1), (4, 2))`."""
    shown = (f"({x[0]:g}, {x[1]:g})" if isinstance(x, tuple) else f"{x:g}" for x in args)
    return Case((name, *args), f"{name}({', '.join(shown)})")


def drawn_pairs(generator: np.random.Generator) -> tuple[Case, ...]:
    """Each operation at two random points; nothing is near 0, where wrong rules look right."""

    def number() -> float:
        return round(float(generator.uniform(0.4, 2.5)), 3)

    def moving() -> Pair:
        return number() * float(generator.choice([-1, 1])), number() * float(generator.choice([-1, 1]))

    cases = []
    for _ in range(2):
        cases += [of("dual_mul", moving(), moving()), of("dual_div", moving(), moving()), of("dual_exp", moving())]
        cases += [
            of("dual_pow", (number(), number()), number()),
            of("dual_pow", moving(), int(generator.integers(2, 6))),
        ]
    return tuple(cases)


FAULTS = (
    Fault(
        "M16",
        "componentwise product",
        "The values are multiplied, and the tangents too. The term with both tangents is the one that carries "
        "eps**2 = 0 and vanishes; what stays are the two mixed terms.",
        "With your rule, what is the slope of x * x at x = 3, and at x = 100?",
        of("dual_mul", (3.0, 1.0), (3.0, 1.0)),
    ),
    Fault(
        "M21",
        "product at the wrong partners",
        "Each tangent is multiplied by its own value. How much the product grows when a moves depends on the *other* "
        "factor.",
        "If a = 2 and b = 5, by how much does a * b grow when a grows by 1?",
        of("dual_mul", (2.0, 1.0), (5.0, 0.0)),
    ),
    Fault(
        "M6",
        "second factor stands still",
        "Only the tangent of the first factor arrives in the result, as if the second were a constant. "
        "Both may move, and their two contributions add up.",
        "What does your product say for 5 * x, and what for x * 5?",
        of("dual_mul", (5.0, 0.0), (3.0, 1.0)),
    ),
    Fault(
        "M16",
        "componentwise quotient",
        "The values are divided, and the tangents too. The quotient rule mixes them: (a_dot * b - a * b_dot) / b**2.",
        "What is the slope of x / x, and what does your rule give for it?",
        of("dual_div", (3.0, 1.0), (3.0, 1.0)),
    ),
    Fault(
        "M4",
        "plus in the quotient",
        "The divisor's part has the sign plus. When b grows, a / b shrinks, so a * b_dot has to be subtracted.",
        "Does 1 / x rise or fall at x = 2, and what does your rule say?",
        of("dual_div", (1.0, 0.0), (2.0, 1.0)),
    ),
    Fault(
        "M4",
        "quotient turned round",
        "The two terms of the numerator have exchanged their signs, so that every slope has the wrong one. "
        "It is the numerator's own motion that counts with plus.",
        "Does x / 4 rise or fall when x grows?",
        of("dual_div", (3.0, 1.0), (4.0, 0.0)),
    ),
    Fault(
        "M4",
        "quotient not scaled",
        "The numerator a_dot * b - a * b_dot is right, and then the division by b**2 is missing.",
        "What is the slope of x / 10, and what does your rule give?",
        of("dual_div", (3.0, 1.0), (10.0, 0.0)),
    ),
    Fault(
        "M4",
        "divided by b once",
        "The numerator a_dot * b - a * b_dot is right; it is divided by b, where b**2 is needed.",
        "What is the slope of x / 10, and how does your rule come to 1?",
        of("dual_div", (3.0, 1.0), (10.0, 0.0)),
    ),
    Fault(
        "M2",
        "power without the inner tangent",
        "p * a**(p - 1) is the partial. The tangent of the result is the partial times a_dot: "
        "if a moves twice as fast, so does its power.",
        "What does your rule say of a power of a constant, whose tangent is 0?",
        of("dual_pow", (3.0, 2.0), 2),
    ),
    Fault(
        "M1",
        "exponent not lowered",
        "The exponent comes down as a factor, and stands in the power undiminished. The power that stays has p - 1.",
        "With p = 1 the power is a itself. What does your rule give for its slope?",
        of("dual_pow", (3.0, 1.0), 1),
    ),
    Fault(
        "M14",
        "power as an exponential",
        "a**p * log(a) is how fast the power grows when the *exponent* moves. Here the base moves, and p is a "
        "constant. Besides, the logarithm of a negative base is nan.",
        "Which of the two moves in x**2, and which in 2**x?",
        of("dual_pow", (1.0, 1.0), 2),
    ),
    Fault(
        "M16",
        "componentwise power",
        "The value is raised to the power, and the tangent too. A tangent is only ever multiplied by the partial, "
        "here by p * a**(p - 1).",
        "What is the slope of x**2 at x = 3, and does your tangent know that x is 3?",
        of("dual_pow", (3.0, 1.0), 2),
    ),
    Fault(
        "M2",
        "exp without the inner tangent",
        "The slope exp(a) is right, but the tangent of the result is the slope times a_dot.",
        "What does your rule say of exp of a constant, whose tangent is 0?",
        of("dual_exp", (0.0, 2.0)),
    ),
    Fault(
        "M22",
        "exp of its input",
        "The tangent is multiplied by a, the input. The partial of exp is exp(a), the value that has just been "
        "computed.",
        "What is the slope of exp at 0, and what does your rule give there?",
        of("dual_exp", (0.0, 1.0)),
    ),
    Fault(
        "M1",
        "exp as a power",
        "a * exp(a - 1) is the power rule. It is for a base that moves under a constant exponent; in exp(a) it is the "
        "exponent that moves.",
        "What is the slope of exp at 0, and what does your rule give there?",
        of("dual_exp", (0.0, 1.0)),
    ),
    Fault(
        "M16",
        "componentwise exp",
        "exp is taken of the value, and of the tangent too. A tangent is only ever multiplied by the partial, here by "
        "exp(a).",
        "What does your rule say of exp of a constant, whose tangent is 0?",
        of("dual_exp", (2.0, 0.0)),
    ),
    Fault(
        "",
        "tangent first",
        "The two numbers stand in the wrong order: a pair is `(value, tangent)`.",
        "Which of the two numbers of (3, 1) is the value?",
        of("dual_mul", (3.0, 1.0), (4.0, 0.0)),
    ),
)


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
        of("dual_div", (3.0, 1.0), (4.0, 0.5)),
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

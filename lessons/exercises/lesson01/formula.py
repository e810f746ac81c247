"""Exercise 01.1: the derivative of sin(x^2) / x, by hand, as a formula."""

import math
from types import MappingProxyType

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, Forbidden, no_cases
from lessons.exercises.formulas import Formula

INNER_SLOPES = MappingProxyType({"inner slope left out": "1", "inner slope x": "x", "inner slope 2": "2"})
QUOTIENTS = MappingProxyType(  # of u / x; right is (u_dot * x - u) / x**2
    {
        "quotient part by part": "({u_dot})/1",
        "product part by part": "({u_dot})*(-1/x**2)",
        "quotient with a plus": "({u_dot}*x + {u})/x**2",
        "quotient turned round": "({u} - {u_dot}*x)/x**2",
        "divisor not squared": "({u_dot}*x - {u})/x",
        "divisor held fixed": "({u_dot})/x",
    }
)
SQUARE_INSIDE = Case(text="the derivative of sin(x**2) alone is 2*x*cos(x**2)")
LINE_OVER_X = Case(text="x**2 / x is x, and its derivative is 1")


def solve_formula(faults: Faults) -> str:
    """The derivative of sin(x^2) / x, put together by the rules: inner function, sine, quotient."""
    inner = "x**2*pi/180" if "degrees" in faults else "x**2"
    by_power = next((text for name, text in INNER_SLOPES.items() if name in faults), "2*x")
    sine = f"sin({inner})"
    cosine = f"cos({'x' if 'outer slope at x' in faults else inner})"
    if "sine to minus cosine" in faults:
        cosine = f"(-{cosine})"
    sine_dot = f"{cosine}*{by_power}"
    if "sine of x, squared" in faults:
        sine, sine_dot = "sin(x)**2", f"2*sin(x)*{cosine.replace(inner, 'x')}"
    if "nothing derived" in faults:
        return f"{sine}/x"
    for name, quotient in QUOTIENTS.items():
        if name in faults:
            return quotient.format(u=sine, u_dot=sine_dot)
    return f"({sine_dot}*x - {sine})/x**2"


FORMULA = Exercise(
    id="01.1",
    title="The slope as a formula",
    prompt="Derive `sin(x**2) / x` by hand, and write the derivative down as text, such as `'x * cos(x)'`, or as a "
    "Python function of `x`. Any equivalent form counts.",
    starter="""
slope_formula = "..."  # the derivative of sin(x**2) / x, for instance "x * cos(x)"
""",
    answer="slope_formula",
    kind=Formula(("x",), {"x": (0.4, 3.0)}),
    solve=solve_formula,
    faults=(
        Fault(
            "M1",
            "sine to minus cosine",
            "Your sine became minus cosine. It is the other way: sin' is cos, and only cos' has the minus, -sin.",
            "The sine climbs at 0. What sign must its slope have there?",
            Case(text="sin' at 0 is 1, and -cos(0) is -1"),
        ),
        Fault(
            "M2",
            "inner slope left out",
            "The sine is differentiated, and what stands inside it is not. When x moves, x**2 moves 2*x times as "
            "much, and the sine feels that.",
            "If x goes from 1 to 1.01, by how much does x**2 grow: by 0.01?",
            SQUARE_INSIDE,
        ),
        Fault(
            "M2",
            "outer slope at x",
            "The slope of the sine is taken at x. The sine stands at x**2, so its slope is cos(x**2), and this is "
            "then multiplied by the inner slope.",
            "At x = 2 the sine is computed of which number, and where must you ask for its slope?",
            SQUARE_INSIDE,
        ),
        Fault(
            "M2",
            "inner slope x",
            "The inner function x**2 got the slope x. The power rule brings the exponent down as a factor: 2*x.",
            "How steep is x**2 at x = 1, if you compute (1.01**2 - 1) / 0.01?",
            Case(text="the derivative of x**2 at 1 is 2, not 1"),
        ),
        Fault(
            "M2",
            "inner slope 2",
            "The inner function x**2 got the slope 2. Only one of the two factors x goes away: the slope of x**2 is "
            "2*x.",
            "Is the parabola x**2 equally steep at x = 1 and at x = 10?",
            Case(text="the derivative of x**2 at 3 is 6, not 2"),
        ),
        Fault(
            "M3",
            "quotient part by part",
            "Numerator and divisor are differentiated each by itself, and divided. A quotient has a rule of its own: "
            "(u/v)' = (u' v - u v') / v**2.",
            "What does your way give for x**2 / x, and what is that really?",
            LINE_OVER_X,
        ),
        Fault(
            "M3",
            "product part by part",
            "This is the slope of sin(x**2) times the slope of 1/x. The slope of a product is a sum of two: in each, "
            "one factor is differentiated and the other left as it is.",
            "What does your way give for x * x, and what is that really?",
            Case(text="x * x has the slope 2*x; the product of the two slopes is 1"),
        ),
        Fault(
            "M4",
            "quotient with a plus",
            "The two parts of the quotient rule are added. A larger divisor makes the quotient smaller, and so its "
            "part has a minus: (u' v - u v') / v**2.",
            "What does a plus give for x / x, which never changes?",
            Case(text="x / x is 1 everywhere, and its derivative is 0"),
        ),
        Fault(
            "M4",
            "quotient turned round",
            "The difference in the quotient rule is turned round, so that every slope has the wrong sign. The part in "
            "which the numerator is differentiated comes first: (u' v - u v') / v**2.",
            "Where x**2 / x climbs, what sign does your rule give?",
            LINE_OVER_X,
        ),
        Fault(
            "M4",
            "divisor not squared",
            "The quotient rule divides by the square of the divisor. Here it is divided by x only once.",
            "What does your rule give for 1 / x at x = 2, and what is (1/2.01 - 1/2) / 0.01?",
            Case(text="(1/x)' at 2 is -1/4; divided by x only once it is -1/2"),
        ),
        Fault(
            "M4",
            "divisor held fixed",
            "The divisor x is treated as if it were a number that never moves. It is x as well, and contributes the "
            "part -u v' / v**2.",
            "What is the slope of 1 / x, where nothing but the divisor moves?",
            LINE_OVER_X,
        ),
        Fault(
            "",
            "degrees",
            "The angle is turned from degrees into radians before the sine is taken. The sine of mathematics, and "
            "NumPy's, takes radians; only then is its derivative the cosine.",
            "What is the sine of 1.57 on your calculator: almost 1, or 0.0274?",
            Case(text="sin(pi/2) is 1; the sine of 1.57 degrees is 0.0274"),
        ),
        Fault(
            "",
            "sine of x, squared",
            "This is the derivative of (sin x)**2 / x. In sin(x**2) the square is inside: x is squared first, and the "
            "sine is taken of the result.",
            "Which of the two is computed first in sin(x**2), the square or the sine?",
            Case(text="at x = 2: sin(x**2) = sin(4) = -0.757, and sin(2)**2 = 0.827"),
        ),
        Fault(
            "",
            "nothing derived",
            "This is the function itself. Its slope is asked for.",
            "At its highest points a curve is flat. Is your formula 0 there?",
            Case(text="f(x) = x has the slope 1 everywhere, also where f is 0"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=2,
    hints=(
        "Two rules are needed: the quotient rule on the outside, the chain rule inside. Name the parts u = sin(x**2), "
        "v = x.",
        "The chain rule: the slope of sin at x**2, times the slope of x**2.",
        "The quotient rule: (u' v - u v') / v**2, and v' is 1.",
    ),
    also_right=(
        "2*cos(x**2) - sin(x**2)/x**2",
        "(2*x**2*cos(x*x) - sin(x*x)) / (x*x)",
        "-sin(x**2)*x**(-2) + 2*np.cos(x**2)",
        "2*(1 - 2*sin(x**2/2)**2) - (sin(x**2)/x)/x",
        "2 * sin(x**2 + pi/2) - sin(x**2) / x**2",
        lambda x: 2 * np.cos(x**2) - np.sin(x**2) / x**2,
        lambda x: (2 * x * x * math.cos(x * x) - math.sin(x * x)) / (x * x),
    ),
    rules=(Forbidden("symbolic", "autodiff", "numeric", "sympy.diff", instead="Derive it by hand, then compare."),),
)

"""Exercise 01.1: the derivative of sin(x^2) / x, by hand, as a formula."""

from types import MappingProxyType
from typing import Any

import numpy as np

from expression import parse
from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, Forbidden, no_cases
from lessons.exercises.formulas import Formula
from lessons.exercises.lesson01.waves import SINE, WAVES, Wave

DOMAIN = (0.4, 3.0)
POWERS = MappingProxyType(  # how x to a power is called, how x becomes it, and of how many factors it is made
    {
        2: ("square", "squared", "two"),
        3: ("cube", "cubed", "three"),
        4: ("power", "raised to the fourth", "four"),
    }
)
DIVISORS = MappingProxyType({"x": "1", "x**2": "2*x", "x**3": "3*x**2", "x + 1": "1", "x + 2": "1", "2*x + 1": "2"})
RIGHT_QUOTIENT = "(({u_dot})*({v}) - ({u})*({v_dot}))/({v})**2"
QUOTIENTS = MappingProxyType(
    {
        "quotient part by part": "({u_dot})/({v_dot})",
        "product part by part": "({u_dot})*(-({v_dot})/({v})**2)",
        "quotient with a plus": "(({u_dot})*({v}) + ({u})*({v_dot}))/({v})**2",
        "quotient turned round": "(({u})*({v_dot}) - ({u_dot})*({v}))/({v})**2",
        "divisor not squared": "(({u_dot})*({v}) - ({u})*({v_dot}))/({v})",
        "divisor held fixed": "({u_dot})/({v})",
        "reciprocal of the slope": "({u_dot})/({v}) + ({u})/({v_dot})",
        "power of the divisor upside down": "({u_dot})/({v}) - ({u})*({v_dot})*({v})**2",
    }
)
LINE_OVER_X = Case(text="x**2 / x is x, and its derivative is 1")


def derivative(wave: Wave, n: int, v: str, faults: Faults) -> str:
    """The derivative of a wave of x**n, over v, put together by the rules: inner function, wave, quotient."""
    lower = power(n - 1)
    wrong_inner = {"inner slope left out": "1", f"inner slope {lower}": lower, f"inner slope {n}": f"{n}"}
    inner = f"x**{n}*pi/180" if "degrees" in faults else f"x**{n}"
    inner_dot = next((text for name, text in wrong_inner.items() if name in faults), f"{n}*{lower}")
    at = "x" if {"outer slope at x", outside(wave, n)} & faults else inner
    slope = (wave.sign_slip_text if wave.sign_slip in faults else wave.slope_text).format(at)
    u, u_dot = f"{wave.name}({inner})", f"({slope})*{inner_dot}"
    if outside(wave, n) in faults:
        u, u_dot = f"{wave.name}(x)**{n}", f"{n}*{wave.name}(x)**{n - 1}*({slope})"
    if "nothing derived" in faults:
        return f"{u}/({v})"
    quotient = next((text for name, text in QUOTIENTS.items() if name in faults), RIGHT_QUOTIENT)
    return quotient.format(u=u, u_dot=u_dot, v=v, v_dot=DIVISORS[v])


def power(n: int) -> str:
    """A power of x as it is written."""
    return "x" if n == 1 else f"x**{n}"


def in_brackets(v: str) -> str:
    """A divisor as it stands below a line: a sum in brackets."""
    return f"({v})" if "+" in v else v


def times(factor: str, slope: str) -> str:
    """A factor before a slope, with the minus in front.

    >>> times("2*x", "cos(x)"), times("2*x", "-sin(x)")
    ('2*x*cos(x)', '-2*x*sin(x)')
    """
    return f"-{factor}*{slope[1:]}" if slope.startswith("-") else f"{factor}*{slope}"


def outside(wave: Wave, n: int) -> str:
    """The fault of taking the power of the wave, not of x."""
    return f"{wave.word} of x, {POWERS[n][1]}"


def mistakes(wave: Wave, n: int, v: str) -> tuple[Fault, ...]:
    """What goes wrong in a derivative of a wave of x^n, over v."""
    f, slope = f"{wave.name}(x**{n})", wave.slope_text.format(f"x**{n}")
    word, lower, (noun, raised, count) = wave.word, power(n - 1), POWERS[n]
    inside = Case(text=f"the derivative of {f} alone is {times(f'{n}*{lower}', slope)}")
    return (
        Fault("M1", wave.sign_slip, wave.sign_rule, wave.sign_question, wave.sign_case),
        Fault(
            "M2",
            "inner slope left out",
            f"The {word} is differentiated, and what stands inside it is not. When x moves, x**{n} moves {n}*{lower} "
            f"times as much, and the {word} feels that.",
            f"If x goes from 1 to 1.01, by how much does x**{n} grow: by 0.01?",
            inside,
        ),
        Fault(
            "M2",
            "outer slope at x",
            f"The slope of the {word} is taken at x. The {word} stands at x**{n}, so its slope is "
            f"{slope}, and this is then multiplied by the inner slope.",
            f"At x = 2 the {word} is computed of which number, and where must you ask for its slope?",
            inside,
        ),
        Fault(
            "M2",
            f"inner slope {lower}",
            f"The inner function x**{n} got the slope {lower}. The power rule brings the exponent down as a factor: "
            f"{n}*{lower}.",
            f"How steep is x**{n} at x = 1, if you compute (1.01**{n} - 1) / 0.01?",
            Case(text=f"the derivative of x**{n} at 1 is {n}, not 1"),
        ),
        Fault(
            "M2",
            f"inner slope {n}",
            f"The inner function x**{n} got the slope {n}. Only one of the {count} factors x "
            f"goes away: the slope of x**{n} is {n}*{lower}.",
            f"Is the {'parabola' if n == 2 else 'curve'} x**{n} equally steep at x = 1 and at x = 10?",
            Case(text=f"the derivative of x**{n} at 3 is {n * 3 ** (n - 1)}, not {n}"),
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
            f"This is the slope of {f} times the slope of 1/{in_brackets(v)}. The slope of a product is a "
            "sum of two: in each, one factor is differentiated and the other left as it is.",
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
            f"The quotient rule divides by the square of the divisor. Here it is divided by {v} only once.",
            "What does your rule give for 1 / x at x = 2, and what is (1/2.01 - 1/2) / 0.01?",
            Case(text="(1/x)' at 2 is -1/4; divided by x only once it is -1/2"),
        ),
        Fault(
            "M4",
            "divisor held fixed",
            f"The divisor {v} is treated as if it were a number that never moves. It "
            f"{'is x' if v == 'x' else 'moves with x'} as well, and contributes the part -u v' / v**2.",
            "What is the slope of 1 / x, where nothing but the divisor moves?",
            LINE_OVER_X,
        ),
        Fault(
            "M4",
            "reciprocal of the slope",
            f"The slope of 1 over {v} became 1 over the slope of {v}. A reciprocal falls where its divisor climbs: "
            "(1/v)' = -v' / v**2.",
            "Does 1 / x climb or fall at x = 2, and what does your rule say?",
            Case(text="1 / x at 2: the slope is -1/4; 1 over the slope of x is 1"),
        ),
        Fault(
            "M4",
            "power of the divisor upside down",
            "A power went below the line and kept its minus, as -1 / v**(-2), which is -v**2. The slope of v**(-1) is "
            "-v**(-2), and that is -1 / v**2: the minus of the exponent is what the line stands for.",
            "What is 2**(-2), and what is 1 / 2**(-2)?",
            Case(text="1 / x at 2: the slope is -1/4, and -1 / 2**(-2) is -4"),
        ),
        Fault(
            "",
            "degrees",
            f"The angle is turned from degrees into radians before the {word} is taken. The {word} of mathematics, and "
            f"NumPy's, takes radians; only then is its derivative {wave.slope_word}.",
            f"What is the {word} of 1.57 on your calculator: {wave.calculator}?",
            wave.degrees_case,
        ),
        Fault(
            "",
            outside(wave, n),
            f"This is the derivative of ({wave.name} x)**{n} / {in_brackets(v)}. In {f} the {noun} is "
            f"inside: x is {raised} first, and the {word} is taken of the result.",
            f"Which of the two is computed first in {f}, the {noun} or the {word}?",
            Case(
                text=f"at x = 2: {f} = {wave.name}({2**n}) = {wave.function(2**n):.3f}, and "
                f"{wave.name}(2)**{n} = {wave.function(2) ** n:.3f}"
            ),
        ),
        Fault(
            "",
            "nothing derived",
            "This is the function itself. Its slope is asked for.",
            "At its highest points a curve is flat. Is your formula 0 there?",
            Case(text="f(x) = x has the slope 1 everywhere, also where f is 0"),
        ),
    )


def other_forms(wave: Wave, n: int, v: str) -> tuple[Any, ...]:
    """The derivative, written differently."""
    u, slope, slope_too = (text.format(f"x**{n}") for text in (f"{wave.name}({{}})", wave.slope_text, wave.slope_too))
    v_dot, divisor, divisor_dot = DIVISORS[v], parse(v, ("x",)), parse(DIVISORS[v], ("x",))
    by_rule = f"({times(f'{n}*{power(n - 1)}', slope)}*({v}) - ({v_dot})*{u}) / (({v})*({v}))"

    def by_parts(x: Any) -> Any:
        u_dot = wave.slope(x**n) * n * x ** (n - 1)
        return u_dot / divisor(x) - wave.function(x**n) * divisor_dot(x) / divisor(x) ** 2

    return (
        by_rule,
        f"{times(f'{n}*x**{n}', slope)}/x/({v}) - ({u}/({v}))/({v}) * ({v_dot})",
        by_rule.replace("cos", "np.cos").replace("sin", "np.sin"),
        f"{n}*{power(n - 1)}*({v})**(-1) * {slope_too} - ({v})**(-2)*({v_dot})*{u}",
        parse(by_rule),
        by_parts,
        lambda x: float(by_parts(x)),
    )


def formula(wave: Wave, n: int, v: str) -> Exercise:
    """The exercise for a wave of x**n, over v."""
    f = f"{wave.name}(x**{n}) / {in_brackets(v)}"
    return Exercise(
        id="01.1",
        title="The slope as a formula",
        prompt=f"Derive `{f}` by hand, and write the derivative down as text, such as `'x * cos(x)'`, or as a "
        "Python function of `x`. Any equivalent form counts.",
        starter=f"""
slope_formula = "..."  # the derivative of {f}, for instance "x * cos(x)"
""",
        answer="slope_formula",
        kind=Formula(("x",), {"x": DOMAIN}),
        solve=lambda faults: derivative(wave, n, v, faults),
        faults=mistakes(wave, n, v),
        public=ONE,
        hidden=no_cases,
        points=2,
        hints=(
            f"Two rules are needed: the quotient rule on the outside, the chain rule inside. Name the parts u = "
            f"{wave.name}(x**{n}), v = {v}.",
            f"The chain rule: the slope of {wave.name} at x**{n}, times the slope of x**{n}.",
            f"The quotient rule: (u' v - u v') / v**2, and v' is {DIVISORS[v]}.",
        ),
        also_right=other_forms(wave, n, v),
        rules=(Forbidden("symbolic", "autodiff", "numeric", "sympy.diff", instead="Derive it by hand, then compare."),),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise for another wave, power and divisor."""
    n, v = int(generator.choice(list(POWERS))), str(generator.choice(list(DIVISORS)))
    return formula(WAVES[str(generator.choice(list(WAVES)))], n, v)


FORMULA = formula(SINE, 2, "x")

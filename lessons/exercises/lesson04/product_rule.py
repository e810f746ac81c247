"""04.1: the derivative of a product of three factors, one term for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from expression import parse
from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Formula


@dataclass(frozen=True)
class Terms(Formula):
    """A formula, or its terms one by one: they are added."""

    def read(self, answer: Any) -> Any:
        """The sum of the terms."""
        if isinstance(answer, Mapping):
            answer = list(answer.values())
        if isinstance(answer, Sequence | set | frozenset) and not isinstance(answer, str) and answer:
            terms = list(answer)
            if all(isinstance(term, str) and term.strip() not in ("", "...") for term in terms):
                for term in terms:
                    Formula.read(self, term)  # so that an error shows the term that it is in
                answer = " + ".join(f"({term.strip().lstrip('+')})" for term in terms)
            elif any(term is None or term is ... or term == "..." for term in terms):
                answer = ...
        if isinstance(answer, str):
            answer = right_side(answer)
        return Formula.read(self, answer)


def right_side(text: str) -> str:
    """A formula without the `dy/dx =` in front of it.

    >>> right_side("l3'(x) = 16*x"), right_side("2*x")
    ('16*x', '2*x')
    """
    parts = text.split("=")
    return parts[1].strip() if len(parts) == 2 and parts[1].strip() else text


def solve_product_rule(faults: Faults) -> str:
    """The three terms, as text."""
    linear = "1" if "1 - x has slope 1" in faults else "-1"
    inner = "1" if "inner factor" in faults else "2" if "inner sign" in faults else "(-2)"
    two = "1" if "2 in front" in faults else "2"
    power = "(1 - 2*x)**2" if "same power" in faults else "(1 - 2*x)"
    square = f"{two}*{power}*{inner}"
    constant = "1" if "16 is lost" in faults else "16"
    if "product of derivatives" in faults:
        return f"{constant}*{linear}*{square}"
    first = f"{constant}*(1 - x)*(1 - 2*x)**2"
    second = f"{constant}*x*({linear})*(1 - 2*x)**2"
    third = f"{constant}*x*(1 - x)*{square}"
    left_out = {"first term missing": 0, "second term missing": 1, "third term missing": 2}
    gone = {k for name, k in left_out.items() if name in faults}
    terms = [term for k, term in enumerate((first, second, third)) if k not in gone]
    return " + ".join(terms) or "0"


FAULTS = (
    Fault(
        "M3",
        "product of derivatives",
        "The derivatives of the factors are multiplied: (f g)' = f' g'. In every term of the product rule one factor "
        "is differentiated, and the others are left as they are.",
        "What does your rule give for x * x, and what is the derivative of x**2?",
        Case((), "x * x at x = 1: the derivative is 2, the product of the derivatives is 1"),
    ),
    Fault(
        "M2",
        "inner factor",
        "In the term of (1 - 2x)**2 the inner derivative is missing. The chain rule multiplies by the derivative of "
        "what stands in the brackets.",
        "How much does 1 - 2x change when x grows by 1?",
        Case((), "(1 - 2x)**2 at x = 0: the slope is -4, without the inner factor it would be 2"),
    ),
    Fault(
        "M4",
        "inner sign",
        "The inner derivative of (1 - 2x)**2 has the wrong sign: 1 - 2x falls when x grows, so it is -2.",
        "Is (1 - 2x)**2 larger or smaller when x moves from 0 to 0.1?",
        Case((), "(1 - 2x)**2 at x = 0: the slope is -4, with the other sign it would be 4"),
    ),
    Fault(
        "M4",
        "1 - x has slope 1",
        "The factor 1 - x falls when x grows: its derivative is -1. Your term has the other sign.",
        "Is 1 - x larger or smaller when x is a little larger?",
        Case((), "x * (1 - x) at x = 1: the slope is -1, with the other sign it would be 1"),
    ),
    Fault(
        "M1",
        "2 in front",
        "The exponent does not come down: the derivative of u**2 is 2 u, times u'. A factor 2 is missing in the last "
        "term.",
        "What is the slope of u**2 at u = 3?",
        Case((), "(1 - 2x)**2 at x = 0: the slope is -4, not -2"),
    ),
    Fault(
        "M1",
        "same power",
        "The exponent comes down in front, but it does not go down by one: the derivative of u**2 is 2 u, not 2 u**2.",
        "What is the derivative of x**2, and which power of x stands in it?",
        Case((), "(1 - 2x)**2 at x = 1: the slope is 4, with the power left as it was it is -4"),
    ),
    Fault(
        "M6",
        "16 is lost",
        "The constant 16 is gone. A constant factor stays where it is; only a constant *summand* vanishes.",
        "What is the derivative of 16 x?",
        Case((), "16 x: the slope is 16"),
    ),
    Fault(
        "M6",
        "first term missing",
        "The term in which x itself is differentiated is missing, as if 16 x were a constant. Three factors contain "
        "x, so there are three terms.",
        "Which factors of your product contain x, and which term belongs to each?",
        Case((), "x * (1 - x) at x = 0: the slope is 1, and all of it comes from the factor x"),
    ),
    Fault(
        "M6",
        "second term missing",
        "The term in which 1 - x is differentiated is missing. Three factors contain x, so there are three terms.",
        "Which factors of your product contain x, and which term belongs to each?",
        Case((), "x * (1 - x) at x = 1: the slope is -1, and all of it comes from the factor 1 - x"),
    ),
    Fault(
        "M6",
        "third term missing",
        "The term in which (1 - 2x)**2 is differentiated is missing. Three factors contain x, so there are three "
        "terms.",
        "Which factors of your product contain x, and which term belongs to each?",
        Case((), "x * (1 - 2x)**2 at x = 1: the slope is 5; 1 from the factor x, and 4 from the square"),
    ),
)


def by_a_function(x: Any) -> Any:
    """A Python function of x."""
    u = 1 - 2 * x
    return 16 * u * (u * u - 4 * x * (1 - x))


PRODUCT_RULE = Exercise(
    id="04.1",
    title="Product rule by hand",
    prompt="Differentiate l3 = 16*x*(1 - x)*(1 - 2*x)**2 with the product rule and the chain rule, one term for each "
    "factor. Do not simplify. Your terms must be those of the table. Write text, either one formula or a list of "
    "terms; what is checked is their sum.",
    starter="""
slope = [
    "...",  # x is differentiated
    "...",  # 1 - x is differentiated
    "...",  # (1 - 2*x)**2 is differentiated
]
""",
    answer="slope",
    kind=Terms(),
    solve=solve_product_rule,
    faults=FAULTS,
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "(f g h)' = f' g h + f g' h + f g h'. Take f = 16 x, g = 1 - x and h = (1 - 2x)**2.",
        "The chain rule for h: two times (1 - 2x), times the derivative of 1 - 2x.",
        "The terms are 16*(1-x)*(1-2*x)**2 from x, -16*x*(1-2*x)**2 from 1 - x, and for the last one 16*x*(1-x)*h'.",
    ),
    also_right=(
        "16*(1 - x)*(1 - 2*x)**2 - 16*x*(1 - 2*x)**2 - 64*x*(1 - x)*(1 - 2*x)",
        ["-64*x*(1 - x)*(1 - 2*x)", "-16*x*(1 - 2*x)**2", "16*(1 - x)*(1 - 2*x)**2"],
        "16*(1 - 10*x + 24*x**2 - 16*x**3)",
        "l3' = 16 - 160*x + 384*x**2 - 256*x**3",
        "16*(1 - 2*x)*(1 - 8*x + 8*x**2)",
        by_a_function,
        parse("16*(1 - 2*x)**3 - 64*x*(1 - x)*(1 - 2*x)"),
        np.poly1d([-256, 384, -160, 16]),
    ),
)

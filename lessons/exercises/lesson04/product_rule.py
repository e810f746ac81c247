"""04.1: the derivative of a product of three factors, one term for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from expression import parse
from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.lesson04.terms import FORMULA, SUM, Terms, added

POWERS = MappingProxyType({2: ("square", "two"), 3: ("cube", "three")})

FAULTS = (
    (
        "M3",
        "product of derivatives",
        "The derivatives of the factors are multiplied: (f g)' = f' g'. In every term of the product rule one factor "
        "is differentiated, and the others are left as they are.",
        "What does your rule give for x * x, and what is the derivative of x**2?",
        "x * x at x = 1: the derivative is 2, the product of the derivatives is 1",
    ),
    (
        "M3",
        "sum of derivatives",
        "The derivatives of the factors are added: (f g)' = f' + g'. That is the rule of a sum; in every term of the "
        "product rule one factor is differentiated, and the others stay beside it.",
        "What does your rule give for 3 * x, and what is the derivative of 3 x?",
        "x * x at x = 3: the derivative is 6, the sum of the derivatives is 2",
    ),
    (
        "M2",
        "inner factor",
        "In the term of {power} the inner derivative is missing. The chain rule multiplies by the derivative of "
        "what stands in the brackets.",
        "How much does {inner} change when x grows by 1?",
        "{power} at x = 0: the slope is {slope_at_0}, without the inner factor it would be {without_inner}",
    ),
    (
        "M4",
        "inner sign",
        "The inner derivative of {power} has the wrong sign: {inner} falls when x grows, so it is -{m}.",
        "Is {power} larger or smaller when x moves from 0 to 0.1?",
        "{power} at x = 0: the slope is {slope_at_0}, with the other sign it would be {other_sign}",
    ),
    (
        "M4",
        "1 - x has slope 1",
        "The factor {linear} falls when x grows: its derivative is -1. Your term has the other sign.",
        "Is {linear} larger or smaller when x is a little larger?",
        "x * ({linear}) at x = {a}: the slope is -{a}, with the other sign it would be {a}",
    ),
    (
        "M1",
        "2 in front",
        "The exponent does not come down: the derivative of u**{p} is {lowered}, times u'. A factor {p} is missing in "
        "the last term.",
        "What is the slope of u**{p} at u = 3?",
        "{power} at x = 0: the slope is {slope_at_0}, not {nothing_in_front}",
    ),
    (
        "M1",
        "same power",
        "The exponent comes down in front, but it does not go down by one: the derivative of u**{p} is {lowered}, not "
        "{p} u**{p}.",
        "What is the derivative of x**2, and which power of x stands in it?",
        "{power} at x = 1: the slope is {slope_at_1}, with the power left as it was it is {same_power}",
    ),
    (
        "M6",
        "16 is lost",
        "The constant {c} is gone. A constant factor stays where it is; only a constant *summand* vanishes.",
        "What is the derivative of {c} x?",
        "{c} x: the slope is {c}",
    ),
    (
        "M6",
        "first term missing",
        "The term in which x itself is differentiated is missing, as if {c} x were a constant. Three factors contain "
        "x, so there are three terms.",
        "Which factors of your product contain x, and which term belongs to each?",
        "x * ({linear}) at x = 0: the slope is {a}, and all of it comes from the factor x",
    ),
    (
        "M6",
        "second term missing",
        "The term in which {linear} is differentiated is missing. Three factors contain x, so there are three terms.",
        "Which factors of your product contain x, and which term belongs to each?",
        "x * ({linear}) at x = {a}: the slope is -{a}, and all of it comes from the factor {linear}",
    ),
    (
        "M6",
        "third term missing",
        "The term in which {power} is differentiated is missing. Three factors contain x, so there are three terms.",
        "Which factors of your product contain x, and which term belongs to each?",
        "x * {power} at x = 1: the slope is {whole_at_1}; {power_at_1} from the factor x, and {slope_at_1} from the "
        "{word}",
    ),
    (
        "",
        "terms exchanged",
        "The terms are right, and they stand beside the wrong factors. In the term of a factor that factor is "
        "differentiated, and the others are left as they are.",
        "Which of the three factors stands unchanged in the term that you wrote beside x?",
        "x * ({linear}): the term of x is {linear}, and the term of {linear} is -x",
    ),
    (
        "",
        "simplified",
        "The terms of the product rule are gathered up, so that nobody can tell which factor has given what. The task "
        "is to leave them as the rule writes them, one for each factor.",
        "Which part of your formula comes from the factor {linear}?",
        "x * ({linear}): the terms are {linear} and -x, and gathered up they are {a} - 2x",
    ),
)  # code, name, explanation, question, smallest example; in braces what depends on the numbers


@dataclass(frozen=True, slots=True)
class Product:
    """The product c x (a - x) (b - m x)**p."""

    c: int
    a: int
    b: int
    m: int
    p: int

    @property
    def factors(self) -> tuple[str, str, str]:
        """The factors that contain x."""
        return "x", f"{self.a} - x", f"({self.b} - {self.m}*x)**{self.p}"

    @property
    def text(self) -> str:
        """The formula."""
        x, linear, power = self.factors
        return f"{self.c}*{x}*({linear})*{power}"

    def solve(self, faults: Faults) -> Any:
        """The three terms by factor, as text."""
        x, linear, power = self.factors
        slope = "1" if "1 - x has slope 1" in faults else "(-1)"
        inner = "1" if "inner factor" in faults else f"{self.m}" if "inner sign" in faults else f"(-{self.m})"
        front = "1" if "2 in front" in faults else f"{self.p}"
        lowered = f"({self.b} - {self.m}*x)**{self.p if 'same power' in faults else self.p - 1}"
        outer = f"{front}*{lowered}*{inner}"
        c = "1" if "16 is lost" in faults else f"{self.c}"
        if "product of derivatives" in faults:
            return f"{c}*{slope}*{outer}"
        if "sum of derivatives" in faults:
            return f"{c} + {slope} + {outer}"
        terms = [f"{c}*({linear})*{power}", f"{c}*{x}*{slope}*{power}", f"{c}*{x}*({linear})*{outer}"]
        for k, name in enumerate(("first", "second", "third")):
            if f"{name} term missing" in faults:
                terms[k] = "0"
        if "terms exchanged" in faults:
            terms[:2] = reversed(terms[:2])
        if "simplified" in faults:
            whole = parse(" + ".join(terms), FORMULA.inputs)
            return lambda x: whole(x)
        return dict(zip(self.factors, terms, strict=True))

    def words(self) -> dict[str, Any]:
        """What the texts say of it."""
        c, a, b, m, p = self.c, self.a, self.b, self.m, self.p
        u = b - m  # what is raised to the power, at x = 1
        slope_at_0, slope_at_1 = -p * m * b ** (p - 1), -p * m * u ** (p - 1)
        word, times = POWERS[p]
        lower = "" if p == 2 else f"**{p - 1}"
        return {
            **{"c": c, "a": a, "m": m, "p": p, "word": word, "times": times, "lower": lower},
            "linear": f"{a} - x",
            "inner": f"{b} - {m}x",
            "power": f"({b} - {m}x)**{p}",
            "lowered": f"{p} u{lower}",
            "slope_at_0": slope_at_0,
            "slope_at_1": slope_at_1,
            "without_inner": p * b ** (p - 1),
            "other_sign": -slope_at_0,
            "nothing_in_front": -m * b ** (p - 1),
            "same_power": -p * m * u**p,
            "power_at_1": u**p,
            "whole_at_1": u**p + slope_at_1,
        }


def careful(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A test of terms that are no formulas, perhaps: those that have no values have no fault either."""

    def passes(found: Any) -> bool:
        try:
            return test(found)
        except Exception:  # a Python function among the terms; its verdict says what it raises
            return False

    return passes


def product_rule(product: Product, name: str, hint_of_the_table: str = "") -> Exercise:
    """The exercise for a product with a name."""
    x, linear, power = product.factors
    words = product.words()
    right = product.solve(RIGHT)
    terms = [FORMULA.read(term) for term in right.values()]

    @careful
    def exchanged(found: Any) -> bool:
        """Whether the terms are right, and stand in other places."""
        return SUM not in found and all(any(FORMULA.same(term, other) for other in terms) for term in found.values())

    @careful
    def simplified(found: Any) -> bool:
        """Whether the sum is right, and the terms are not."""
        return FORMULA.same(added(found.values()), added(terms))

    recognise = {"terms exchanged": exchanged, "simplified": simplified}
    c, a, b, m, p = product.c, product.a, product.b, product.m, product.p
    last = f"{c * m * p}*x*({linear})*({b} - {m}*x)**{p - 1}"
    return Exercise(
        id="04.1",
        title="Product rule by hand",
        prompt=f"Differentiate `{name} = {product.text}` with the product rule and the chain rule, one term for each "
        f"factor. Do not simplify. {hint_of_the_table}Write each term as text, beside the factor that is "
        "differentiated in it.",
        starter=f"""
slope = {{
    "{x}": "...",  # the term in which {x} is differentiated
    "{linear}": "...",
    "{power}": "...",
}}
""",
        answer="slope",
        kind=Terms(
            dict.fromkeys(product.factors, FORMULA),
            roots={x: 0.0, linear: float(a)},
            also={f"{c}*x": x, f"{b} - {m}*x": power, words["word"]: power},
        ),
        solve=product.solve,
        faults=tuple(
            Fault(
                code, name, told.format(**words), ask.format(**words), Case((), x.format(**words)), recognise.get(name)
            )
            for code, name, told, ask, x in FAULTS
        ),
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=(
            "(f g h)' = f' g h + f g' h + f g h'. Take f = {c} x, g = {linear} and h = {power}.".format(**words),
            "The chain rule for h: {times} times ({inner}){lower}, times the derivative of {inner}.".format(**words),
            f"The terms are {c}*({a}-x)*({b}-{m}*x)**{p} from x, -{c}*x*({b}-{m}*x)**{p} from {a} - x, and for the "
            f"last one {c}*x*({a}-x)*h'.",
        ),
        also_right=(
            f"{c}*({linear})*{power} - {c}*x*{power} - {last}",
            [f"-{last}", f"-{c}*x*{power}", f"{c}*({linear})*{power}"],
            {power: f"-{last}", f"{c}*{x}": f"{c}*({a}*{power} - x*{power})", f"({linear})": f"-{c}*x*{power}"},
            f"{name}' = {c}*(({linear})*{power} - x*{power} - {m * p}*x*({linear})*({b} - {m}*x)**{p - 1})",
            [parse(text) for text in right.values()],
            tuple(by_functions(product)),
            parse(f"{right[power]} + {right[x]} + {right[linear]}"),
        ),
        another=drawn,
    )


def by_functions(product: Product) -> Sequence[Any]:
    """The terms as Python functions."""
    c, a, b, m, p = product.c, product.a, product.b, product.m, product.p
    return (
        lambda x: c * (a - x) * (b - m * x) ** p,
        lambda x: -c * x * (b - m * x) ** p,
        lambda x: -c * m * p * x * (a - x) * (b - m * x) ** (p - 1),
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise for another product."""
    c, a, b, p = (int(generator.integers(low, high)) for low, high in ((2, 13), (1, 5), (1, 4), (2, 4)))
    return product_rule(Product(c, a, b, b + int(generator.integers(1, 4)), p), "f")


PRODUCT_RULE = product_rule(Product(16, 1, 1, 2, 2), "l3", "Your terms must be those of the table. ")

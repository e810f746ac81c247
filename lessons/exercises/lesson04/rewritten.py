"""A polynomial that a loop makes, written in four ways: for the variants of 04.4."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from types import MappingProxyType
from typing import Any

from expression import Expression, measure, parse, trace

Coefficients = tuple[int, ...]  # of 1, x, x**2, ...


STEPS = 3

CLEAR: tuple[tuple[int, int, int, tuple[str, ...]], ...] = (
    (1, 2, 7, ("loop",)),
    (1, 2, 13, ("loop",)),
    (1, 2, 14, ("loop",)),
    (1, 2, 19, ("loop", "product")),
    (2, 1, 7, ("loop",)),
    (2, 2, 11, ("loop", "product")),
    (2, 2, 12, ("loop", "product")),
    (2, 2, 17, ("loop",)),
    (2, 2, 18, ("loop", "product")),
    (3, 2, 9, ("loop", "product", "horner")),
    (3, 2, 13, ("loop", "product", "horner")),
    (3, 2, 14, ("loop", "product")),
    (3, 2, 19, ("loop", "product")),
    (4, 2, 14, ("loop", "product")),
    (4, 2, 16, ("loop", "product")),
)  # a, b of a loop, ten times x, and the versions that are accurate there; the others are off by more than 5e-14

NAMES = MappingProxyType(
    {"loop": "the loop", "product": "the product", "expanded": "the expanded polynomial", "horner": "Horner's form"}
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A version that is not the right answer to a part, and why."""

    part: str
    key: str
    name: str
    code: str
    explanation: str
    question: str


# Said of the published versions too.
HORNER_TREE = Mistake(
    "tree",
    "horner",
    "tree: Horner",
    "M15",
    "Horner's form is small as a *function*. It is a product in a product in a product, and differentiating that "
    "writes the inner parts again at every level.",
    "What does the product rule make of x*(a + x*(b + x*(c + ...)))?",
)
EXPANDED_DAG = Mistake(
    "dag",
    "expanded",
    "DAG: expanded",
    "M15",
    "Every power of x has a node of its own, and a coefficient, and hardly anything is shared. Expanding shortens "
    "the tree, not the list.",
    "Which two terms of the expanded polynomial share a node?",
)
HORNER_ACCURATE = Mistake(
    "accurate",
    "horner",
    "accurate: Horner",
    "M15",
    "Horner's form has the same large coefficients as the expanded polynomial. It rounds less often, and it "
    "cancels all the same.",
    "Which numbers are subtracted in the outermost brackets, compared with the result?",
)
MISTAKES = (
    Mistake(
        "tree",
        "loop",
        "tree: the loop",
        "M5",
        "The loop is the shortest *program*. As a tree every step writes the one before it twice, and the product rule "
        "writes it three times more, so that this tree is the largest of all.",
        "How often does x stand in the result of the loop, if it is written out?",
    ),
    Mistake(
        "tree",
        "product",
        "tree: the product",
        "M3",
        "By the product rule each factor is differentiated in a term of its own, and all the others are written again "
        "in every term. Four factors with x make a large tree.",
        "How often does the longest factor stand in the derivative?",
    ),
    HORNER_TREE,
    Mistake(
        "dag",
        "product",
        "DAG: the product",
        "M5",
        "The factors stand once in the list, but each term of the derivative needs products of its own, and the "
        "polynomials in the brackets share hardly anything.",
        "How many multiplications do the four terms need, when all factors are there already?",
    ),
    EXPANDED_DAG,
    Mistake(
        "dag",
        "horner",
        "DAG: Horner",
        "M15",
        "Nesting makes the function short. Its derivative has a node for every level, twice over, and a constant each; "
        "the loop has three steps in all.",
        "How many different constants stand in the nested polynomial of degree 8?",
    ),
    Mistake(
        "accurate",
        "product",
        "accurate: the product",
        "M15",
        "In the longest factor of the product the terms have both signs at this point, and they cancel. A product is "
        "as accurate as its worst factor.",
        "How large are the terms of the longest factor, and how large is their sum?",
    ),
    Mistake(
        "accurate",
        "expanded",
        "accurate: expanded",
        "M15",
        "The terms of the expanded polynomial are large, of both signs, and they cancel: with them go some digits. "
        "Equal by algebra is not equal in floating point.",
        "How large is the largest term at this x, and how large is their sum?",
    ),
    HORNER_ACCURATE,
)


@dataclass(frozen=True, slots=True)
class Loop:
    """The function that `u = a*u*(b - u)` makes of x in three steps; with `rises` it is `b + u`."""

    a: int
    b: int
    rises: bool

    @property
    def line(self) -> str:
        """The line of the loop."""
        factor = "" if self.a == 1 else f"{self.a}*"
        return f"u = {factor}u*({self.b} {self.sign} u)"

    @property
    def sign(self) -> str:
        """The sign in the brackets."""
        return "+" if self.rises else "-"

    @property
    def levels(self) -> list[Coefficients]:
        """The polynomials: x, after one step, after two."""
        found: list[Coefficients] = [(0, 1)]
        for _ in range(STEPS):
            u = found[-1]
            square = [0] * (2 * len(u) - 1)
            for i, p in enumerate(u):
                for j, q in enumerate(u):
                    square[i + j] += p * q
            sign = 1 if self.rises else -1
            found.append(tuple(self.a * (self.b * p + sign * q) for p, q in zip_longest(u, square, fillvalue=0)))
        return found

    def texts(self) -> dict[str, str]:
        """The versions, as they are told to a student; all but the loop are formulas."""
        *before, whole = self.levels
        factors = [f"({self.b} {self.sign} {enclosed(u)})" for u in before]
        scale = self.a**STEPS
        return {
            "loop": f"the loop: `u = x`, and then `{self.line}`, three times",
            "product": "*".join([*([] if scale == 1 else [str(scale)]), "x", *factors]),
            "expanded": expanded(whole),
            "horner": nested(whole),
        }

    def versions(self) -> dict[str, Expression]:
        """The versions as expressions."""

        def loop(x: Any) -> Any:
            u = x
            for _ in range(STEPS):
                u = self.a * u * (self.b + u if self.rises else self.b - u)
            return u

        texts = self.texts()
        return {key: trace(loop, 0.5) if key == "loop" else parse(text) for key, text in texts.items()}

    def sizes(self, keys: Iterable[str]) -> tuple[dict[str, int], dict[str, int]]:
        """The sizes of some versions' derivatives as the rules write them, as trees and as DAGs."""
        import symbolic

        versions = self.versions()
        found = {key: measure(symbolic.textbook(versions[key])) for key in keys}
        return {key: m.tree_size for key, m in found.items()}, {key: m.dag_size for key, m in found.items()}

    def slope(self, x: Fraction) -> Fraction:
        """The true derivative."""
        return sum((k * c * x ** (k - 1) for k, c in enumerate(self.levels[-1]) if k), Fraction(0))


def term(c: int, k: int) -> str:
    """A term of a polynomial, without its sign."""
    power = "" if k == 0 else "x" if k == 1 else f"x**{k}"
    return f"{abs(c)}*{power}" if power and abs(c) != 1 else power or str(abs(c))


def expanded(u: Coefficients) -> str:
    """A polynomial as a sum of powers.

    >>> expanded((0, 4, -4)), expanded((1, 0, 3))
    ('4*x - 4*x**2', '1 + 3*x**2')
    """
    terms = [(c, term(c, k)) for k, c in enumerate(u) if c]
    first = ("-" if terms[0][0] < 0 else "") + terms[0][1]
    return first + "".join(f" {'-' if c < 0 else '+'} {text}" for c, text in terms[1:])


def enclosed(u: Coefficients) -> str:
    """A polynomial with brackets, where it has more than one term."""
    return f"({expanded(u)})" if sum(map(bool, u)) > 1 else expanded(u)


def nested(u: Coefficients) -> str:
    """A polynomial without a constant, after Horner.

    >>> nested((0, 16, -80, 128)), nested((0, 4, -1))
    ('x*(16 + x*(-80 + 128*x))', 'x*(4 - x)')
    """
    text = enclosed(u[-2:])
    for c in reversed(u[1:-2]):
        text = f"({c} + x*{text})"
    return f"x*{text}"

"""04.4: of five ways to write one function, the smallest derivative as a tree, as a DAG, and the most accurate one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Record, chosen, listed

VERSIONS = MappingProxyType(
    {
        "loop": "the loop",
        "product": "Baydin's product",
        "expanded": "the expanded polynomial",
        "horner": "nested after Horner",
        "sine": "sin(8*asin(sqrt(x)))**2",
    }
)
ALSO = MappingProxyType(
    {
        "as it is": "loop",
        "l4 as a loop": "loop",
        "Baydin": "product",
        "the product": "product",
        "factored": "product",
        "expand": "expanded",
        "the polynomial": "expanded",
        "Horner's form": "horner",
        "nested": "horner",
        "sin": "sine",
        "closed form": "sine",
        "the closed form": "sine",
        "the sine": "sine",
        "sin^2(8 arcsin sqrt x)": "sine",
        "sin(8 arcsin(sqrt(x)))**2": "sine",
        "np.sin(8*np.arcsin(np.sqrt(x)))**2": "sine",
    }
)


@dataclass(frozen=True, slots=True)
class OneOf(Choice):
    """A choice of which several options are equally right."""

    alike: frozenset[str] = frozenset()

    def same(self, found: Any, expected: Any) -> bool:
        """The same key, or both among those that are alike."""
        return bool(found == expected) or {found, expected} <= self.alike


RIGHT = MappingProxyType({"tree": "sine", "dag": "sine", "accurate": "product"})
ALIKE = frozenset({"loop", "product", "sine"})  # all within two units of the last digit at 0.2
TREE: Mapping[str, int] = MappingProxyType({"loop": 217, "product": 121, "expanded": 115, "horner": 175, "sine": 41})
DAG: Mapping[str, int] = MappingProxyType({"loop": 33, "product": 47, "expanded": 70, "horner": 56, "sine": 24})


def solve_versions(faults: Faults) -> dict[str, str]:
    """The three choices."""
    return chosen(RIGHT, {name: (part, key) for part, key, name, *_ in WRONG}, faults)


WRONG = (
    (
        "tree",
        "loop",
        "tree: the loop",
        "M5",
        "The loop is the shortest *program*. As a tree every l_n stands twice in the next one, and three times in the "
        "derivative, so that this tree is the largest of all.",
        "How often does x stand in the loop's l4, if it is written out?",
    ),
    (
        "tree",
        "product",
        "tree: the product",
        "M3",
        "By the product rule each factor is differentiated in a term of its own, and all the others are written again "
        "in every term. Four factors with x make a large tree.",
        "How often does the factor (1 - 8x + 8x**2) stand in the derivative?",
    ),
    (
        "tree",
        "expanded",
        "tree: expanded",
        "M15",
        "A sum of powers has a small derivative, smaller than the products have. But it still has a term for each "
        "power, and one of the five versions has hardly any terms at all.",
        "How many factors has the derivative of sin(8 u)**2, and how often is u written in it?",
    ),
    (
        "tree",
        "horner",
        "tree: Horner",
        "M15",
        "Horner's form is small as a *function*. It is a product in a product in a product, and differentiating that "
        "writes the inner parts again at every level.",
        "What does the product rule make of x*(a + x*(b + x*(c + ...)))?",
    ),
    (
        "dag",
        "loop",
        "DAG: the loop",
        "M5",
        "The loop is a good list, three nodes a step, and its derivative follows it step by step. But there is a "
        "version that takes no steps at all.",
        "How many nodes has the list of sin(8*asin(sqrt(x)))**2?",
    ),
    (
        "dag",
        "product",
        "DAG: the product",
        "M5",
        "The factors stand once in the list, but each term of the derivative needs products of its own. Shared or "
        "not, there are four terms.",
        "How many multiplications do the four terms need, when all factors are there already?",
    ),
    (
        "dag",
        "expanded",
        "DAG: expanded",
        "M15",
        "Every power of x has a node of its own, and a coefficient, and hardly anything is shared. Expanding shortens "
        "the tree, not the list.",
        "Which two terms of the expanded polynomial share a node?",
    ),
    (
        "dag",
        "horner",
        "DAG: Horner",
        "M15",
        "Nesting makes the function short. Its derivative has a node for every level, twice over, and a constant each.",
        "How many different constants stand in the nested polynomial of degree 8?",
    ),
    (
        "accurate",
        "expanded",
        "accurate: expanded",
        "M15",
        "The expanded polynomial has large coefficients of both signs, and their terms cancel: with them go two "
        "digits. Equal by algebra is not equal in floating point.",
        "How large is the largest term at x = 0.2, and how large is their sum?",
    ),
    (
        "accurate",
        "horner",
        "accurate: Horner",
        "M15",
        "Horner's form has the same large coefficients as the expanded polynomial. It rounds less often, and it "
        "cancels all the same.",
        "Which numbers are subtracted in the outermost brackets, compared with the result?",
    ),
)


def example(part: str, key: str) -> str:
    """The measured sizes, or errors, of the two versions in question."""
    if part == "accurate":
        return "at x = 0.2 the slope from this version is off by about 1e-13, from the loop by less than 1e-14"
    sizes = TREE if part == "tree" else DAG
    few = min(sizes.values()) + 7
    return f"as the rules write it, this derivative has {sizes[key]} nodes; one version has fewer than {few}"


FAULTS = tuple(
    Fault(code, name, explanation, question, Case((), example(part, key)))
    for part, key, name, code, explanation, question in WRONG
)

VERSION = Exercise(
    id="04.4",
    title="The best version",
    prompt="l4 can be written as the loop, as Baydin's product, expanded, nested after Horner, or as "
    "sin(8*asin(sqrt(x)))**2. Which of them has the smallest derivative as a tree, which as a DAG, and which is the "
    "most accurate at x = 0.2? Count what the rules write, measure(symbolic.textbook(version)), and compare its value "
    "with logistic_derivative(4, 0.2). Where several versions are right to the last digits, any of them will do.\n\n"
    + listed(VERSIONS),
    starter="""
tree = ...  # "loop", "product", "expanded", "horner" or "sine"
dag = ...
accurate = ...
""",
    answer="tree, dag, accurate",
    kind=Record(
        {
            "tree": Choice(VERSIONS, ALSO),
            "dag": Choice(VERSIONS, ALSO),
            "accurate": OneOf(VERSIONS, ALSO, alike=ALIKE),
        }
    ),
    solve=solve_versions,
    faults=FAULTS,
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "case('logistic').trace(4) is the loop; parse reads the product and the sine; symbolic.rewrite makes the "
        "others.",
        "measure(...) has tree_size and dag_size. Five versions, ten numbers: put them into a table.",
        "For the last question look at the size of the error, not at its digits: two of the five cancel, three do not.",
    ),
    also_right=(
        ("sine", "sine", "loop"),
        ["Sine", "SINE", "Baydin's product"],
        {"accurate": "sine", "tree": "sin(8*asin(sqrt(x)))**2", "dag": "closed form"},
        ("sin^2(8 arcsin sqrt x)", "the closed form", "the loop"),
        ("(sine)", "sine.", "as it is"),
    ),
)

"""04.4: of five ways to write one function, the smallest derivative as a tree, as a DAG, and the most accurate one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Record, chosen, listed
from lessons.exercises.lesson04.rewritten import (
    CLEAR,
    EXPANDED_DAG,
    HORNER_ACCURATE,
    HORNER_TREE,
    MISTAKES,
    NAMES,
    Loop,
    Mistake,
)

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


PARTS = ("tree", "dag", "accurate")


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of a function, and what was measured of their derivatives as the rules write them."""

    texts: Mapping[str, str]
    tree: Mapping[str, int]
    dag: Mapping[str, int]
    alike: Sequence[str]  # those that are right to the last digits; the first of them is the reference
    mistakes: Sequence[Mistake]
    off: str  # by how much the slope of the others is off

    @property
    def right(self) -> dict[str, str]:
        """The three answers."""
        smallest = (min(sizes, key=lambda key: sizes[key]) for sizes in (self.tree, self.dag))
        return dict(zip(PARTS, (*smallest, self.alike[0]), strict=True))

    def solve(self, faults: Faults) -> dict[str, str]:
        """The three choices."""
        return chosen(self.right, {wrong.name: (wrong.part, wrong.key) for wrong in self.mistakes}, faults)

    def example(self, wrong: Mistake) -> str:
        """The measured sizes, or errors, of the two versions in question."""
        if wrong.part == "accurate":
            good = "loop" if "loop" in self.alike else self.alike[0]
            return f"{self.off}, from {NAMES[good]} by less than 1e-14"
        sizes = self.tree if wrong.part == "tree" else self.dag
        few = min(sizes.values()) + 7
        return f"as the rules write it, this derivative has {sizes[wrong.key]} nodes; one version has fewer than {few}"


PUBLISHED = (
    Mistake(
        "tree",
        "loop",
        "tree: the loop",
        "M5",
        "The loop is the shortest *program*. As a tree every l_n stands twice in the next one, and three times in the "
        "derivative, so that this tree is the largest of all.",
        "How often does x stand in the loop's l4, if it is written out?",
    ),
    Mistake(
        "tree",
        "product",
        "tree: the product",
        "M3",
        "By the product rule each factor is differentiated in a term of its own, and all the others are written again "
        "in every term. Four factors with x make a large tree.",
        "How often does the factor (1 - 8x + 8x**2) stand in the derivative?",
    ),
    Mistake(
        "tree",
        "expanded",
        "tree: expanded",
        "M15",
        "A sum of powers has a small derivative, smaller than the products have. But it still has a term for each "
        "power, and one of the five versions has hardly any terms at all.",
        "How many factors has the derivative of sin(8 u)**2, and how often is u written in it?",
    ),
    HORNER_TREE,
    Mistake(
        "dag",
        "loop",
        "DAG: the loop",
        "M5",
        "The loop is a good list, three nodes a step, and its derivative follows it step by step. But there is a "
        "version that takes no steps at all.",
        "How many nodes has the list of sin(8*asin(sqrt(x)))**2?",
    ),
    Mistake(
        "dag",
        "product",
        "DAG: the product",
        "M5",
        "The factors stand once in the list, but each term of the derivative needs products of its own. Shared or "
        "not, there are four terms.",
        "How many multiplications do the four terms need, when all factors are there already?",
    ),
    EXPANDED_DAG,
    Mistake(
        "dag",
        "horner",
        "DAG: Horner",
        "M15",
        "Nesting makes the function short. Its derivative has a node for every level, twice over, and a constant each.",
        "How many different constants stand in the nested polynomial of degree 8?",
    ),
    Mistake(
        "accurate",
        "expanded",
        "accurate: expanded",
        "M15",
        "The expanded polynomial has large coefficients of both signs, and their terms cancel: with them go two "
        "digits. Equal by algebra is not equal in floating point.",
        "How large is the largest term at x = 0.2, and how large is their sum?",
    ),
    HORNER_ACCURATE,
)

BAYDIN = Versions(
    texts=VERSIONS,
    tree={"loop": 217, "product": 121, "expanded": 115, "horner": 175, "sine": 41},
    dag={"loop": 33, "product": 47, "expanded": 70, "horner": 56, "sine": 24},
    alike=("product", "loop", "sine"),  # all within two units of the last digit at 0.2
    mistakes=PUBLISHED,
    off="at x = 0.2 the slope from this version is off by about 1e-13",
)


def best_version(versions: Versions, ways: str, x: str, truth: str, how: str, also_right: tuple[Any, ...]) -> Exercise:
    """The exercise: the ways in which a function is written, where its slope is asked, the true one, how to read it."""
    keys = [f'"{key}"' for key in versions.texts]
    one_of = Choice(versions.texts, {text: key for text, key in ALSO.items() if key in versions.texts})
    return Exercise(
        id="04.4",
        title="The best version",
        prompt=f"{ways}. Which of them has the smallest derivative as a tree, which as a DAG, and which is the "
        f"most accurate at x = {x}? Count what the rules write, `measure(symbolic.textbook(version))`, and compare its "
        f"value with {truth}. Where several versions are right to the last digits, any of them will do.\n\n"
        + listed(
            {key: f"`{text}`" if "*" in text and "`" not in text else text for key, text in versions.texts.items()}
        ),
        starter=f"""
tree = ...  # {", ".join(keys[:-1])} or {keys[-1]}
dag = ...
accurate = ...
""",
        answer="tree, dag, accurate",
        kind=Record(
            {
                "tree": one_of,
                "dag": one_of,
                "accurate": OneOf(one_of.options, one_of.also, alike=frozenset(versions.alike)),
            }
        ),
        solve=versions.solve,
        faults=tuple(
            Fault(wrong.code, wrong.name, wrong.explanation, wrong.question, Case((), versions.example(wrong)))
            for wrong in versions.mistakes
        ),
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=(
            how,
            f"measure(...) has tree_size and dag_size. {COUNT[len(keys)]}: put them into a table.",
            "For the last question look at the size of the error, not at its digits: "
            f"{cancelling(len(keys) - len(versions.alike), len(versions.alike))}.",
        ),
        also_right=also_right,
        another=drawn,
    )


COUNT = MappingProxyType(
    {3: "Three versions, six numbers", 4: "Four versions, eight numbers", 5: "Five versions, ten numbers"}
)
NUMBERS = ("none", "one", "two", "three", "four")


def cancelling(lost: int, kept: int) -> str:
    """How many versions lose digits.

    >>> cancelling(2, 3), cancelling(3, 1)
    ('two of the five cancel, three do not', 'three of the four cancel, one does not')
    """
    whole = ("three", "four", "five")[lost + kept - 3]
    lose, keep = "cancels" if lost == 1 else "cancel", "does not" if kept == 1 else "do not"
    return f"{NUMBERS[lost]} of the {whole} {lose}, {NUMBERS[kept]} {keep}"


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise for another loop, without its closed form, and perhaps without one more version."""
    a, b, tenths, alike = CLEAR[int(generator.integers(len(CLEAR)))]
    loop = Loop(a, b, rises=bool(generator.integers(2)))
    one_less = {1: ["expanded"], 2: ["expanded", "loop"], 3: ["loop"]}[len(alike)]
    left_out = str(generator.choice(["", *one_less]))
    texts = {key: text for key, text in loop.texts().items() if key != left_out}
    tree, dag = loop.sizes(texts)
    x = Fraction(-tenths if loop.rises else tenths, 10)
    versions = Versions(
        texts=texts,
        tree=tree,
        dag=dag,
        alike=[key for key in alike if key in texts],
        mistakes=(),
        off=f"at x = {float(x):g} the slope from this version is off by more than 5e-14",
    )
    right = versions.right
    mistakes = [
        wrong
        for wrong in MISTAKES
        if wrong.key in texts and wrong.key not in (versions.alike if wrong.part == "accurate" else right[wrong.part])
    ]
    names = [NAMES[key] for key in texts]
    another = versions.alike[-1]
    return best_version(
        replace(versions, mistakes=mistakes),
        f"f can be written as {', '.join(names[:-1])} or {names[-1]}",
        f"{float(x):g}",
        f"the true slope, {float(loop.slope(x))!r}",
        ("expression.trace(f, 0.5) reads the loop, as a Python function f; " if "loop" in texts else "")
        + "parse reads the formulas.",
        (
            tuple(right.values()),
            [key.upper() for key in right.values()],
            {"accurate": another, "tree": texts[right["tree"]], "dag": f"({right['dag']})"},
            [texts[key] for key in (right["tree"], right["dag"], another)],
            {part: f" {key}. " for part, key in reversed(right.items())},
        ),
    )


VERSION = best_version(
    BAYDIN,
    "l4 can be written as the loop, as Baydin's product, expanded, nested after Horner, or as "
    "`sin(8*asin(sqrt(x)))**2`",
    "0.2",
    "logistic_derivative(4, 0.2)",
    "case('logistic').trace(4) is the loop; parse reads the product and the sine; symbolic.rewrite makes the others.",
    (
        ("sine", "sine", "loop"),
        ["Sine", "SINE", "Baydin's product"],
        {"accurate": "sine", "tree": "sin(8*asin(sqrt(x)))**2", "dag": "closed form"},
        ("sin^2(8 arcsin sqrt x)", "the closed form", "the loop"),
        ("(sine)", "sine.", "as it is"),
    ),
)

"""A kind of answer for 04.1: the terms of a product rule, each beside the factor that is differentiated in it."""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case
from lessons.exercises.formulas import Formula, Written
from lessons.exercises.kinds import Record
from lessons.exercises.values import Unreadable

SUM = "sum"  # the one part of an answer whose terms belong to no factor
ZERO = 1e-9
PLAIN = Formula()


@dataclass(frozen=True)
class Term(Formula):
    """A formula that is compared again and again: the terms of many mutants are the same."""

    def same(self, found: Written, expected: Written) -> bool:
        """Whether two terms are one function."""
        return found is expected or alike(found, expected)


@lru_cache(maxsize=1024)
def alike(found: Written, expected: Written) -> bool:
    """Whether two formulas are one function."""
    return PLAIN.same(found, expected)


FORMULA = Term()


@dataclass(frozen=True, slots=True)
class Terms(Record):
    """A term for each factor: a dictionary by the factors, a list of terms, or one formula that is their sum.

    Where nobody says which term belongs to which factor, the zeros tell: where a factor is 0, all terms vanish but the
    one in which it is differentiated. A formula without such terms is kept as a whole.
    """

    roots: Mapping[str, float]  # factor -> where it is 0, of the factors that are 0 once
    also: Mapping[str, str]  # another spelling of a factor -> the factor

    def read(self, answer: Any) -> dict[str, Written]:
        """The terms by factor, or the whole by the name `sum`."""
        if isinstance(answer, Mapping):
            by_factor = self.named(answer)
            if by_factor is not None:
                found: dict[str, Written] = Record.read(self, by_factor)
                return found
            answer = list(answer.values())
        if isinstance(answer, Sequence | set | frozenset) and not isinstance(answer, str) and len(answer) > 1:
            terms = [FORMULA.read(right_side(term)) for term in answer]
            return self.by_zeros(terms)[0] if len(terms) <= len(self.parts) else {SUM: added(terms)}
        if isinstance(answer, list | tuple) and answer:
            (answer,) = answer
        whole = FORMULA.read(right_side(answer))
        terms = terms_of(whole)
        if len(terms) <= len(self.parts):
            by_zeros, fitting = self.by_zeros(terms)
            if fitting == len(terms):
                return by_zeros
        return {SUM: whole}

    def named(self, answer: Mapping[Any, Any]) -> dict[str, Any] | None:
        """The terms by factor, where the keys tell it, and 0 for a factor without one; None where they do not."""
        known = {plain(part): part for part in self.parts} | {plain(text): part for text, part in self.also.items()}
        found = {known[plain(key)]: term for key, term in answer.items() if plain(key) in known}
        unknown = [term for key, term in answer.items() if plain(key) not in known]
        left = [part for part in self.parts if part not in found]
        if len(found) + len(unknown) < len(answer) or len(unknown) > 1 or len(unknown) > len(left):
            return None
        found |= dict(zip(left, unknown, strict=False))
        return {part: right_side(found.get(part, "0")) for part in self.parts}

    def by_zeros(self, terms: Sequence[Written]) -> tuple[dict[str, Written], int]:
        """The terms by factor, each where its zeros fit if that can be, and how many do; a factor without one has 0."""
        at_roots = [{part: abs(term.one(np.array([x]))) > ZERO for part, x in self.roots.items()} for term in terms]

        def fitting(order: Sequence[str]) -> int:
            return sum(
                all(nonzero == (part == own) for part, nonzero in row.items())
                for row, own in zip(at_roots, order, strict=True)
            )

        best = max(permutations(self.parts, len(terms)), key=fitting)  # the first of several: as they were given
        by_factor = dict(zip(best, terms, strict=True))
        return {part: by_factor.get(part) or FORMULA.read("0") for part in self.parts}, fitting(best)

    def value(self, answer: dict[str, Written], case: Case) -> dict[str, Written]:
        """The terms, or the whole, with their values."""
        return {part: FORMULA.value(term, case) for part, term in answer.items()}

    def misfit(self, found: Any, expected: Any) -> str:
        """A whole where terms are wanted."""
        if found.keys() == expected.keys():
            return ""
        return "one formula, where a term for each factor is wanted; what belongs to which factor cannot be seen in it"

    def same(self, found: Any, expected: Any) -> bool:
        """Every term is the same function."""
        if found.keys() != expected.keys():
            return False
        return all(FORMULA.same(found[part], expected[part]) for part in expected)

    def show(self, value: Any) -> str:
        """The terms with their factors, or the whole."""
        return ", ".join(FORMULA.show(term) if part == SUM else f"{part}: {term}" for part, term in value.items())


def right_side(term: Any) -> Any:
    """A formula without the `dy/dx =` in front of it.

    >>> right_side("l3'(x) = 16*x"), right_side("2*x")
    ('16*x', '2*x')
    """
    parts = term.split("=") if isinstance(term, str) else []
    return parts[1].strip() if len(parts) == 2 and parts[1].strip() else term


def plain(key: Any) -> str:
    """A factor without what people write differently: spaces, brackets, the signs of product and power."""
    return re.sub(r"[\s()*^]+", "", str(key))


def added(terms: Iterable[Written]) -> Written:
    """The sum of some terms."""
    kept = list(terms)
    return Written(
        " + ".join(f"({term.text})" for term in kept), FORMULA.inputs, lambda x: sum(term.run(x) for term in kept), None
    )


def terms_of(whole: Written) -> list[Written]:
    """The terms of a formula that is a sum; itself where it is none, or its text is no formula in x."""
    text = whole.text if "\n" not in whole.text or whole.expression is None else whole.expression.to_infix()
    try:
        return [FORMULA.read(term) for term in summands(ast.parse(text, mode="eval").body)]
    except (SyntaxError, ValueError, Unreadable):
        return [whole]


def summands(formula: ast.expr) -> list[str]:
    """The terms of a sum, also of one with a constant in front.

    >>> summands(ast.parse("2*(x**2 - 3*x) - 1", mode="eval").body)
    ['2 * (x ** 2)', '-2 * (3 * x)', '-(1)']
    """
    found, waiting = [], [(formula, "")]
    while waiting:
        node, before = waiting.pop()
        minus = before[1:] if before.startswith("-") else f"-{before}"
        match node:
            case ast.BinOp(left, ast.Add(), right):
                waiting += [(right, before), (left, before)]
            case ast.BinOp(left, ast.Sub(), right):
                waiting += [(right, minus), (left, before)]
            case ast.UnaryOp(ast.USub(), operand):
                waiting.append((operand, minus))
            case ast.BinOp(left, ast.Mult(), ast.BinOp(op=ast.Add() | ast.Sub()) as right) if is_constant(left):
                waiting.append((right, f"{before}{ast.unparse(left)} * "))
            case _:
                found.append(f"{before}({ast.unparse(node)})")
    return found


def is_constant(node: ast.expr) -> bool:
    """Whether no input stands in it."""
    return not any(isinstance(part, ast.Name) for part in ast.walk(node))

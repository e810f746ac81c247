"""03.1: the weights of two stencils as exact fractions, why the middle one is zero, and an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Record, Value, listed
from lessons.exercises.values import RTOL, show

FIVE, ONE_SIDED = (-2, -1, 0, 1, 2), (0, 1, 2)
NEARLY = 5e-3  # what two decimals leave off a weight

WHY = MappingProxyType(
    {
        "a": "Both sides are alike: the weights at -o and o are opposite, so the middle one is its own opposite.",
        "b": "The offset in the middle is 0, and 0 to any power is 0: no moment contains that weight.",
        "c": "The value f(x) has a rounding error, and leaving it out makes the answer more precise.",
        "d": "The weights have to sum to 1, and the other four do so already.",
    }
)


@dataclass(frozen=True, slots=True)
class Weights(Value):
    """Weights in the order of the offsets: a sequence, an array, a column, or a dictionary with the offsets as keys."""

    offsets: tuple[int, ...] = ()

    def read(self, answer: Any) -> Any:
        """The weights as a tuple."""
        if isinstance(answer, Mapping) and {str(key) for key in answer} == {str(o) for o in self.offsets}:
            by_offset = {str(key): weight for key, weight in answer.items()}
            answer = [by_offset[str(o)] for o in self.offsets]
        elif hasattr(answer, "tolist"):
            answer = np.array(answer.tolist(), dtype=object).ravel().tolist()
        return Value.read(self, answer)

    def explain(self, found: Any, expected: Any) -> str:
        """The first moment that is not what it has to be."""
        for m in range(len(self.offsets)):
            moment = sum(w * Fraction(o**m, factorial(m)) for w, o in zip(found, self.offsets, strict=True))
            if abs(moment - (m == 1)) > RTOL:
                places = ", ".join(map(str, self.offsets))
                return f"Moment {m} of the weights at {places} is {show(moment)}, not {m == 1:d}."
        return ""


def solved(offsets: Sequence[int], wanted: int) -> tuple[Fraction, ...]:
    """The weights whose moments are all 0, but for the wanted one, which is 1.

    >>> [str(w) for w in solved((-1, 0, 1), 1)]
    ['-1/2', '0', '1/2']
    """
    size = len(offsets)
    rows = [[*(Fraction(o**m, factorial(m)) for o in offsets), Fraction(m == wanted)] for m in range(size)]
    for k in range(size):
        pivot = next(i for i in range(k, size) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [entry / rows[k][k] for entry in rows[k]]
        for i in range(size):
            if i != k:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
    return tuple(row[-1] for row in rows)


def solve_stencil(faults: Faults) -> dict[str, Any]:
    """All four parts."""
    wanted = 0 if "counts moments from 1" in faults else 2 if "second derivative" in faults else 1
    five, one = solved(FIVE, wanted), solved(ONE_SIDED, wanted)
    order, why = 2, "a"
    if "central difference" in faults:
        five = (Fraction(0), *solved((-1, 0, 1), wanted), Fraction(0))
    if "forward difference" in faults:
        one = (*solved((0, 1), wanted), Fraction(0))
    if "five points turned round" in faults:
        five = five[::-1]
    if "offsets to the left" in faults:
        one = tuple(-w for w in one)
    if "without the 1/12" in faults:
        five = tuple(12 * w for w in five)
    if "without the 1/2" in faults:
        one = tuple(2 * w for w in one)
    if "rounded" in faults:
        five, one = (tuple(round(w, 3) for w in weights) for weights in (five, one))
    if "order is the number of points" in faults:
        order = 3
    if "one side, order 1" in faults:
        order = 1
    for key, name in REASONS.items():
        if name in faults:
            why = key
    return {"five_point": five, "why": why, "one_sided": one, "order": order}


REASONS = MappingProxyType({"b": "in no moment", "c": "rounding", "d": "sum 1"})


def is_rounded(answer: Any) -> bool:
    """Whether the weights are right, but for the digits that were left off."""
    right = solve_stencil(frozenset())
    if answer["why"] != right["why"] or answer["order"] != right["order"]:
        return False
    try:
        given = np.array([*answer["five_point"], *answer["one_sided"]], dtype=float)
        off = np.abs(given - np.array([*right["five_point"], *right["one_sided"]], dtype=float))
    except (TypeError, ValueError):
        return False
    return bool(RTOL < off.max() <= NEARLY)


def case(text: str) -> Case:
    """The smallest case of a fault, in words."""
    return Case((), text)


FAULTS = (
    Fault(
        "",
        "counts moments from 1",
        "These weights give f(x) itself: moment 0 is 1, and moment 1 is 0. Moments are counted from 0, and a first "
        "derivative wants moment 1, the factor of f'.",
        "What is D(h) for f(x) = x with your weights, and what should it be?",
        case("f(x) = x: f' is 1, the sum of w * o is 0 here, and f(x) is what comes out"),
    ),
    Fault(
        "",
        "second derivative",
        "These weights make moment 2 equal to 1 and moment 1 equal to 0: they belong to f''. The 1 on the right side "
        "of your system stands one row too low.",
        "Try your weights on f(x) = x**2 at x = 0, and on f(x) = x: which derivative do you find?",
        case("f(x) = x: f' is 1, the sum of w * o is 0 here"),
    ),
    Fault(
        "",
        "central difference",
        "These are the weights of the central difference, which uses two of the five points. They make the moments 0 "
        "to 2 right, but moment 3 is left, and with five weights five moments can be prescribed.",
        "What is the sum of w * o**3 for your weights?",
        case("f(x) = x**3 at x = 0 with h = 1: f' is 0, the central difference gives 1"),
    ),
    Fault(
        "",
        "forward difference",
        "These are the weights of the forward difference, which leaves the third point out. Its moment 2 is 1/2; the "
        "third weight is there to make it 0.",
        "What does your formula give for f(x) = x**2 at x = 0 with h = 1?",
        case("f(x) = x**2 at x = 0 with h = 1: f' is 0, the forward difference gives 1"),
    ),
    Fault(
        "M4",
        "five points turned round",
        "The five weights stand in the opposite order, and so have the opposite signs. The first weight belongs to the "
        "offset -2.",
        "What does your formula give for f(x) = x?",
        case("f(x) = x: f' is 1, these weights give -1"),
    ),
    Fault(
        "M4",
        "offsets to the left",
        "The three weights have the opposite signs: they belong to the offsets 0, -1, -2, with the step to the left.",
        "If f grows, is f(x + h) larger or smaller than f(x), and which sign does its weight have?",
        case("f(x) = x: f' is 1, these weights give -1"),
    ),
    Fault(
        "",
        "without the 1/12",
        "The five weights are 12 times too large: the common denominator is missing. Moment 1 has to be 1, not just "
        "the other moments 0.",
        "What is the sum of w * o for your five weights?",
        case("f(x) = x: f' is 1, these weights give 12"),
    ),
    Fault(
        "",
        "without the 1/2",
        "The three weights are twice too large: the common denominator is missing. Moment 1 has to be 1, not just the "
        "other moments 0.",
        "What is the sum of w * o for your three weights?",
        case("f(x) = x: f' is 1, these weights give 2"),
    ),
    Fault(
        "",
        "rounded",
        "The weights are right to a few digits. A rounded weight makes an error that no step can mend: with 0.083 for "
        "1/12 the third digit of every derivative is wrong. Write fractions.",
        "What is moment 1 of your five weights, to five digits?",
        case("f(x) = x: f' is 1, the weights 0.083 and 0.667 give 1.002"),
        recognise=is_rounded,
    ),
    Fault(
        "",
        "order is the number of points",
        "Three points are no order 3. Three weights settle the moments 0, 1 and 2; the first that is left is moment "
        "3, and its factor is h**2, because one h is divided out.",
        "Which power of h stands beside f''' in D(h), after the division by h?",
        case("f(x) = x**3 at x = 0: the error is -2 * h**2, not a multiple of h**3"),
    ),
    Fault(
        "",
        "one side, order 1",
        "One-sided formulas can have any order. The forward difference has order 1 because of moment 2, and that is 0 "
        "here.",
        "What is the error of your formula for f(x) = x**2?",
        case("f(x) = x**2 at x = 0: the forward difference has the error h, this formula has none"),
    ),
    Fault(
        "",
        "in no moment",
        "That weight stands in moment 0, because 0**0 is 1 there. And the one-sided formula has the offset 0 too, "
        "with a weight that is not zero.",
        "What is the weight of the offset 0 in your one-sided formula?",
        case("the offsets 0, 1: the weight of offset 0 is -1"),
    ),
    Fault(
        "",
        "rounding",
        "The weights come from Taylor's series alone, and rounding does not stand in it. Every value of f that is used "
        "has a rounding error.",
        "Where in the equations for the moments does a rounding error occur?",
        case("the offsets 0, 1: f(x) has the weight -1, whatever its rounding error is"),
    ),
    Fault(
        "",
        "sum 1",
        "The weights of a derivative sum to 0, not to 1: moment 0 says so. The derivative of a constant is 0.",
        "What does a formula whose weights sum to 1 give for f(x) = 5?",
        case("f(x) = 5: f' is 0, weights with the sum 1 give 5 / h"),
    ),
)

STENCIL = Exercise(
    id="03.1",
    title="Coefficients of a stencil",
    prompt="Find the weights of the five-point formula with offsets -2, -1, 0, 1, 2 as exact fractions, by solving "
    "for the "
    'moments; Fraction(3, 7) and "3/7" will both do. Why is the weight in the middle zero? Then do the same for the '
    "one-sided offsets 0, 1, 2, and give its order.\n\n" + listed(WHY),
    starter="""
from fractions import Fraction

five_point = [..., ..., ..., ..., ...]  # of the offsets -2, -1, 0, 1, 2
why = ...  # "a", "b", "c" or "d"
one_sided = [..., ..., ...]  # of the offsets 0, 1, 2
order = ...
""",
    answer="five_point, why, one_sided, order",
    kind=Record(
        {
            "five_point": Weights(offsets=FIVE),
            "why": Choice(WHY),
            "one_sided": Weights(offsets=ONE_SIDED),
            "order": Value(),
        }
    ),
    solve=solve_stencil,
    faults=FAULTS,
    public=ONE,
    hidden=no_cases,
    points=4,
    hints=(
        "Moment m is the sum of w * o**m, divided by m!. Write one equation for each m from 0 to 4.",
        "All right sides are 0 but for m = 1. Try weights with w(-o) = -w(o): three of the five equations then hold "
        "alone.",
        "What is left is 2 * (w1 + 2 * w2) = 1 and w1 + 8 * w2 = 0. For the three points: the order is that of the "
        "first moment that is not 0, less one.",
    ),
    also_right=(
        (["1/12", "-2/3", "0", "2/3", "-1/12"], "A", ["-3/2", "2", "-1/2"], "2"),
        (np.array([1, -8, 0, 8, -1]) / 12, "(a)", np.array([-3, 4, -1]) / 2, np.int64(2)),
        {
            "order": 2.0,
            "one_sided": {0: -1.5, 1: 2, 2: -0.5},
            "five_point": {-2: Fraction(1, 12), -1: Fraction(-2, 3), 0: 0, 1: Fraction(2, 3), 2: Fraction(-1, 12)},
            "why": "a",
        },
        (np.array([[1 / 12], [-2 / 3], [0.0], [2 / 3], [-1 / 12]]), WHY["a"], (-1.5, 2.0, -0.5), np.array(2)),
        [
            (Fraction(1, 12), Fraction(-8, 12), Fraction(0), Fraction(8, 12), Fraction(-1, 12)),
            " a.",
            (Fraction(-3, 2), Fraction(4, 2), Fraction(-1, 2)),
            Fraction(2),
        ],
        (np.linalg.solve(np.vander(FIVE, increasing=True).T, np.eye(5)[1]), "a", [-1.5, 2, -0.5], 2),
    ),
)

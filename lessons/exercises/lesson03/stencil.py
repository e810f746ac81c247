"""03.1: the weights of two stencils as exact fractions, why the middle one is zero, and an order."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, no_cases
from lessons.exercises.kinds import Choice, Record, Value, listed
from lessons.exercises.lesson03.offsets import Stencils, over
from lessons.exercises.lesson03.reasons import RIGHT_REASONS, WRONG_REASONS
from lessons.exercises.lesson03.weights import Weights, moment, solved


def places(offsets: Sequence[int]) -> str:
    """Offsets in a row."""
    return ", ".join(map(str, offsets))


def mistakes(stencils: Stencils) -> tuple[Fault, ...]:
    """What goes wrong in weights, reason and order."""
    p, q, a, b, one_sided = stencils.p, stencils.q, stencils.a, stencils.b, stencils.one_sided
    five, three = solved(stencils.five, 1), solved(one_sided, 1)
    over_five, over_three = over(stencils.five), over(one_sided)
    inner, outer = (float(round(abs(five[k]), 3)) for k in (1, 0))
    return (
        Fault(
            "",
            "counts moments from 1",
            "These weights give f(x) itself: moment 0 is 1, and moment 1 is 0. Moments are counted from 0, and a first "
            "derivative wants moment 1, the factor of f'.",
            "What is D(h) for f(x) = x with your weights, and what should it be?",
            Case(text="f(x) = x: f' is 1, the sum of w * o is 0 here, and f(x) is what comes out"),
        ),
        Fault(
            "",
            "second derivative",
            "These weights make moment 2 equal to 1 and moment 1 equal to 0: they belong to f''. The 1 on the right "
            "side of your system stands one row too low.",
            "Try your weights on f(x) = x**2 at x = 0, and on f(x) = x: which derivative do you find?",
            Case(text="f(x) = x: f' is 1, the sum of w * o is 0 here"),
        ),
        Fault(
            "",
            "central difference",
            "These are the weights of the central difference, which uses two of the five points. They make the moments "
            "0 to 2 right, but moment 3 is left, and with five weights five moments can be prescribed.",
            "What is the sum of w * o**3 for your weights?",
            Case(text=f"f(x) = x**3 at x = 0 with h = 1: f' is 0, the central difference gives {p * p}"),
        ),
        Fault(
            "",
            "forward difference",
            "These are the weights of the forward difference, which leaves the third point out. Its moment 2 is "
            f"{Fraction(a, 2)}; the third weight is there to make it 0.",
            "What does your formula give for f(x) = x**2 at x = 0 with h = 1?",
            Case(text=f"f(x) = x**2 at x = 0 with h = 1: f' is 0, the forward difference gives {a}"),
        ),
        Fault(
            "M4",
            "five points turned round",
            "The five weights stand in the opposite order, and so have the opposite signs. The first weight belongs to "
            f"the offset {-q}.",
            "What does your formula give for f(x) = x?",
            Case(text="f(x) = x: f' is 1, these weights give -1"),
        ),
        Fault(
            "M4",
            "outer weights alike",
            "The two outer weights have the same sign. In a first derivative the weights at -o and o are opposite: "
            "where f is a constant, they have to cancel.",
            "What does your formula give for f(x) = 5?",
            Case(text="f(x) = 5: f' is 0, and so is the sum of the weights"),
        ),
        Fault(
            "",
            "one place to the left",
            f"The three weights belong to the offsets {-a}, 0 and {b - a}: they stand one place too far to the left. "
            "The offsets that are asked for begin at the point itself.",
            "At which three points does your formula ask f, and at which is it to ask?",
            Case(
                text=f"f(x) = x**2 at x = 0 with h = 1: f' is 0, from 0, {a * a} and {b * b} these weights make "
                f"{moment(stencils.moved, one_sided, 2)}"
            ),
        ),
        Fault(
            "M4",
            "three points turned round",
            "The three weights stand in the opposite order: the first one belongs to the offset 0, the point itself.",
            "What does your formula give for f(x) = x?",
            Case(text=f"f(x) = x: f' is 1, these weights give {moment(three[::-1], one_sided, 1)}"),
        ),
        Fault(
            "M4",
            "offsets to the left",
            f"The three weights have the opposite signs: they belong to the offsets 0, {-a}, {-b}, with the step to "
            "the left.",
            "If f grows, is f(x + h) larger or smaller than f(x), and which sign does its weight have?",
            Case(text="f(x) = x: f' is 1, these weights give -1"),
        ),
        Fault(
            "",
            f"without the 1/{over_five}",
            f"The five weights are {over_five} times too large: the common denominator is missing. Moment 1 has to be "
            "1, not just the other moments 0.",
            "What is the sum of w * o for your five weights?",
            Case(text=f"f(x) = x: f' is 1, these weights give {over_five}"),
        ),
        Fault(
            "",
            f"without the 1/{over_three}",
            f"The three weights are {'twice' if over_three == 2 else f'{over_three} times'} too large: the common "
            "denominator is missing. Moment 1 has to be 1, not just the other moments 0.",
            "What is the sum of w * o for your three weights?",
            Case(text=f"f(x) = x: f' is 1, these weights give {over_three}"),
        ),
        Fault(
            "",
            "rounded",
            "The weights are right to a few digits. A rounded weight makes an error that no step can mend: with "
            f"{outer:g} for {abs(five[0])} the third digit of every derivative is wrong. Write fractions.",
            "What is moment 1 of your five weights, to five digits?",
            Case(text=f"f(x) = x: f' is 1, the weights {outer:g} and {inner:g} give {2 * (p * inner - q * outer):g}"),
            recognise=stencils.is_rounded,
        ),
        Fault(
            "",
            "order is the number of points",
            "Three points are no order 3. Three weights settle the moments 0, 1 and 2; the first that is left is "
            "moment 3, and its factor is h**2, because one h is divided out.",
            "Which power of h stands beside f''' in D(h), after the division by h?",
            Case(
                text=f"f(x) = x**3 at x = 0: the error is {moment(three, one_sided, 3)} * h**2, not a multiple of h**3"
            ),
        ),
        Fault(
            "",
            "one side, order 1",
            "One-sided formulas can have any order. The forward difference has order 1 because of moment 2, and that "
            "is 0 here.",
            "What is the error of your formula for f(x) = x**2?",
            Case(text="f(x) = x**2 at x = 0: the forward difference has the error h, this formula has none"),
        ),
        *(
            Fault("", reason.name, reason.explanation, reason.question, Case(text=reason.smallest))
            for reason in stencils.reasons
            if reason.name
        ),
    )


def other_forms(stencils: Stencils) -> tuple[Any, ...]:
    """Right answers, written differently."""
    key, offsets = stencils.right_reason, stencils.five
    five, three = solved(offsets, 1), solved(stencils.one_sided, 1)
    numbers, others = np.array(five, dtype=float), np.array(three, dtype=float)
    return (
        ([str(w) for w in five], key.upper(), [str(w) for w in three], "2"),
        (numbers, f"({key})", others, np.int64(2)),
        {
            "order": 2.0,
            "one_sided": dict(zip(stencils.one_sided, others.tolist(), strict=True)),
            "five_point": dict(zip(offsets, five, strict=True)),
            "why": key,
        },
        (numbers[:, None], stencils.why[key], tuple(others.tolist()), np.array(2)),
        [five, f" {key}.", three, Fraction(2)],
        (np.linalg.solve(np.vander(offsets, increasing=True).T, np.eye(5)[1]), key, others.tolist(), 2),
    )


def term(k: int, name: str) -> str:
    """A multiple of an unknown."""
    return name if k == 1 else f"{k} * {name}"


def stencil(stencils: Stencils) -> Exercise:
    """The exercise for two stencils."""
    p, q = stencils.p, stencils.q
    first, third = (f"{term(p**m, f'w{p}')} + {term(q**m, f'w{q}')}" for m in (1, 3))
    return Exercise(
        id="03.1",
        title="Coefficients of a stencil",
        prompt=f"Find the weights of the five-point formula with offsets {places(stencils.five)} as exact fractions, "
        'by solving for the moments; Fraction(3, 7) and "3/7" will both do. Why is the weight in the middle zero? Then '
        f"do the same for the one-sided offsets {places(stencils.one_sided)}, and give its order.\n\n"
        + listed(stencils.why),
        starter=f"""
from fractions import Fraction

five_point = [..., ..., ..., ..., ...]  # of the offsets {places(stencils.five)}
why = ...  # "a", "b", "c" or "d"
one_sided = [..., ..., ...]  # of the offsets {places(stencils.one_sided)}
order = ...
""",
        answer="five_point, why, one_sided, order",
        kind=Record(
            {
                "five_point": Weights(offsets=stencils.five),
                "why": Choice(stencils.why),
                "one_sided": Weights(offsets=stencils.one_sided),
                "order": Value(),
            }
        ),
        solve=stencils.solve,
        faults=mistakes(stencils),
        public=ONE,
        hidden=no_cases,
        points=4,
        hints=(
            "Moment m is the sum of w * o**m, divided by m!. Write one equation for each m from 0 to 4.",
            "All right sides are 0 but for m = 1. Try weights with w(-o) = -w(o): three of the five equations then "
            "hold alone.",
            f"What is left is 2 * ({first}) = 1 and {third} = 0. For the three points: the order is that of the first "
            "moment that is not 0, less one.",
        ),
        also_right=other_forms(stencils),
        another=drawn,
    )


BOTH_SIDES = ((1, 3), (2, 3), (1, 4), (3, 4))  # p and q; not those of the first exercise, so that it does not fit
ONE_SIDE = ((1, 2), (1, 3), (2, 3), (2, 4), (1, 5))


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise for other offsets, with other reasons."""
    (p, q), (a, b) = (pairs[generator.integers(len(pairs))] for pairs in (BOTH_SIDES, ONE_SIDE))
    right = RIGHT_REASONS[generator.integers(len(RIGHT_REASONS))]
    wrong = [WRONG_REASONS[k] for k in generator.permutation(len(WRONG_REASONS))[:3]]
    reasons = [right, *wrong]
    return stencil(Stencils(p, q, a, b, tuple(reasons[k] for k in generator.permutation(4))))


STENCIL = stencil(Stencils(1, 2, 1, 2, (RIGHT_REASONS[0], *WRONG_REASONS[:3])))

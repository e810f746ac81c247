"""08.3: the number of inputs from which differences cost more than a sweep."""

from fractions import Fraction
from types import MappingProxyType

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Value

INPUTS = MappingProxyType(  # how one speaks of so many inputs, so many slopes, and the evaluations for them
    {
        1: ("one input", "a single number", "one variable", "two"),
        2: ("two inputs", "two numbers", "two variables", "four"),
        3: ("three inputs", "three numbers", "three variables", "six"),
        4: ("four inputs", "four numbers", "four variables", "eight"),
    }
)
WORDS = MappingProxyType({3: "three", 5: "five", 7: "seven", 9: "nine"})


def first_above(ratio: int, each: int, once: int) -> int:
    """The smallest N with each * N + once > ratio.

    >>> first_above(10, 2, 0), first_above(10, 1, 1)
    (6, 10)
    """
    return (ratio - once) // each + 1


def solve_leave(large: int, small: int, faults: Faults) -> dict[str, float]:
    """From which N on the differences take more than a gradient on the tape, at two ratios to f."""
    each, once = 2, 0
    if "N evaluations" in faults:
        each = 1
    if "one-sided" in faults:
        each, once = 1, 1
    at_large, at_small = (float(first_above(ratio, each, once)) for ratio in (large, small))
    if "doubled" in faults:
        at_large, at_small = (float(2 * ratio + 1) for ratio in (large, small))
    if "at the tie" in faults:
        at_large -= 1
    if "no whole number" in faults:
        at_small = (small - once) / each
    if "too early" in faults:
        at_small = float(small // 2)
    return {f"at {large}": at_large, f"at {small}": at_small}


def faults_of(large: int, small: int) -> tuple[Fault, ...]:
    """What people think, with these ratios."""
    below = small // 2  # inputs, the most that differences can afford
    few, slopes, variables, evaluations = INPUTS[below]
    odd = 7 if small == 5 else 5
    return (
        Fault(
            "M29",
            "N evaluations",
            "One evaluation is counted for each input. Central differences take two: one step forwards, and one "
            "backwards.",
            "At which points does a central difference evaluate f, for one input?",
            Case(text="N = 1, central: f(x + h) and f(x - h), 2 evaluations and not 1"),
        ),
        Fault(
            "M29",
            "one-sided",
            "N + 1 evaluations are what one-sided differences take: they share the value in the middle. Central "
            "differences have nothing to share, and take 2N.",
            "Does a central difference use f(x)?",
            Case(text="N = 2: one-sided differences take 3 evaluations, central ones 4"),
        ),
        Fault(
            "",
            "doubled",
            "The ratio was multiplied by two, where it has to be divided. Two evaluations for each input means that "
            "the differences reach the price of the tape at half as many inputs.",
            "How many evaluations do the differences take at the N that you wrote down, and how many can the tape "
            "afford?",
            Case(text="a tape that takes 2 times f: at N = 1 there is a tie, from N = 2 on it takes less"),
        ),
        Fault(
            "",
            "at the tie",
            "With this N both take equally long. Asked is the first N at which the differences take longer.",
            f"What do 2N evaluations come to at your N, and is that more than {large}?",
            Case(text="a tape that takes 2 times f: at N = 1 there is a tie, the differences lose from N = 2 on"),
        ),
        Fault(
            "",
            "no whole number",
            "Here the two lines cross, but a function has a whole number of inputs. The first one above the crossing "
            "is the answer.",
            "Which functions have that many inputs?",
            Case(
                text=f"a tape that takes {odd} times f: the lines cross at {odd / 2}, the differences lose from "
                f"N = {odd // 2 + 1} on"
            ),
        ),
        Fault(
            "",
            "too early",
            f"With {few}, central differences take {evaluations} evaluations, and that is less than {WORDS[small]}. "
            f"Even a gradient that is near the bound does not pay for {slopes}, if digits do not matter.",
            f"What do both methods take for a function of {variables}?",
            Case(
                text=f"a tape that takes {small} times f: at N = {below} the differences take {2 * below}, "
                f"at N = {below + 1} they take {2 * below + 2}"
            ),
        ),
    )


def leave(large: int, small: int) -> Exercise:
    """The exercise with two ratios of the gradient's time to that of f, the large one even and the small one odd."""
    at_large, at_small = large // 2 + 1, small // 2 + 1
    parts = (f"at {large}", f"at {small}")
    return Exercise(
        id="08.3",
        title="Where do differences lose?",
        prompt=f"A gradient on the tape takes {large} times as long as f, whatever N; central differences take 2N "
        "evaluations of f. What is the smallest N for which the differences take longer than the tape, so that you "
        f"leave them? And if the gradient takes {small} times as long as f? At a tie you may stay.",
        starter=f"""
leave = {{"{parts[0]}": ..., "{parts[1]}": ...}}
""",
        answer="leave",
        kind=Value(parts=parts, rtol=0),
        solve=lambda faults: solve_leave(large, small, faults),
        faults=faults_of(large, small),
        public=ONE,
        hidden=no_cases,
        points=2,
        hints=(
            f"Write both prices in evaluations of f: the one is {large}, the other 2N.",
            "Where are they equal? Then look at one input more.",
            f"At {small} try N = {at_small - 1} and N = {at_small}.",
        ),
        also_right=(
            (at_large, at_small),
            [str(at_large), str(at_small)],
            np.array([at_large, at_small], float),
            {parts[1]: np.int32(at_small), parts[0]: Fraction(large + 2, 2)},
            {parts[0]: np.float64(at_large), parts[1]: f"{at_small}.0"},
        ),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise with other ratios."""
    return leave(2 * int(generator.integers(6, 50)), int(generator.choice(list(WORDS))))


LEAVE = leave(40, 3)

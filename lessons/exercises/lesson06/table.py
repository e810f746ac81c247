"""06.1: an adjoint table, an answer of several numbers."""

import math

import numpy as np

from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Value

TABLE_PARTS = ("s", "p", "e", "y", "y_bar", "s_bar", "e_bar", "p_bar", "p to x1", "x1_bar", "p to x2", "x2_bar")
FOUR_DIGITS = 1e-3  # relative: numbers that are written down with four digits

STARTER = """
table = {
    "s": ..., "p": ..., "e": ..., "y": ...,  # forwards
    "y_bar": ..., "s_bar": ..., "e_bar": ..., "p_bar": ...,  # backwards
    "p to x1": ..., "x1_bar": ..., "p to x2": ..., "x2_bar": ...,  # what p sends, and the sums
}
"""

FAULTS = (
    Fault(
        "M18",
        "overwrites",
        "At the inputs the second contribution has replaced the first. An input that is read by s and by p gets "
        "something from both, and its adjoint is the sum.",
        "x1 moves s, and x1 moves p. Why should y hear of only one of them?",
        Case(text="x * x at 3: the sum of both contributions is 6, the last of them alone is 3"),
    ),
    Fault(
        "M20",
        "seed y",
        "The sweep begins with the value of y, so that every adjoint is too large by the factor y. It begins with "
        "dy/dy.",
        "By how much does y move if y moves by 1?",
        Case(text="x * x at 3: with the seed 1 the slope is 6, with the seed y = 9 it is 54"),
    ),
    Fault(
        "M21",
        "mul swapped",
        "The partials of the product are exchanged. In y = s e, what s gets is multiplied by e, the other factor.",
        "If s grows by 1, by how much does s e grow?",
        Case(text="a * b at (2, 5): a gets 5 and b gets 2; exchanged, a gets 2 and b gets 5"),
    ),
    Fault(
        "M22",
        "exp of its input",
        "The rule of exp multiplies by its input p. The derivative of exp(p) is exp(p), which stands in the "
        "forward trace already: it is e.",
        "What is the slope of exp at 0? What would your rule say there?",
        Case(text="exp(x) at 0: the slope is 1, its input is 0"),
    ),
)


def traces(x1: float, x2: float, faults: Faults) -> dict[str, float]:
    """Forward trace and reverse trace of y = (x1 + x2) exp(x1 x2); p sends to the inputs before s does."""
    s, p = x1 + x2, x1 * x2
    e = math.exp(p)
    y = s * e
    y_bar = y if "seed y" in faults else 1.0
    s_bar, e_bar = (y_bar * s, y_bar * e) if "mul swapped" in faults else (y_bar * e, y_bar * s)
    p_bar = e_bar * (p if "exp of its input" in faults else e)
    to_x1, to_x2 = (p_bar * x1, p_bar * x2) if "mul swapped" in faults else (p_bar * x2, p_bar * x1)
    x1_bar, x2_bar = (s_bar + (0.0 if "overwrites" in faults else sent) for sent in (to_x1, to_x2))
    return dict(zip(TABLE_PARTS, (s, p, e, y, y_bar, s_bar, e_bar, p_bar, to_x1, x1_bar, to_x2, x2_bar), strict=True))


def table(x1: float, x2: float) -> Exercise:
    """The exercise at a point."""
    right = traces(x1, x2, RIGHT)
    return Exercise(
        id="06.1",
        title="An adjoint table",
        prompt=f"For y = (x1 + x2) exp(x1 x2) at ({x1:g}, {x2:g}) write down the forward trace s = x1 + x2, p = x1 x2, "
        "e = exp(p), y = s e. Then the reverse trace: the adjoints of y, s, e and p, what p sends to each input, and "
        "the sum at each input when s has sent too. Four digits are enough.",
        starter=STARTER,
        answer="table",
        kind=Value(parts=TABLE_PARTS, rtol=FOUR_DIGITS),
        solve=lambda faults: traces(x1, x2, faults),
        faults=FAULTS,
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=(
            "Begin at the end: y_bar = 1. Then ask each factor of y = s e what it is multiplied by.",
            f"e_bar = s = {x1 + x2:g} and s_bar = e. What does exp do with e_bar?",
            "p sends p_bar x2 to x1. Then s sends s_bar to x1 as well: add.",
        ),
        also_right=(
            tuple(right.values()),
            {part: f"{x:.4g}" for part, x in right.items()},
            {part: np.float64(x) for part, x in reversed(right.items())},
            np.array(list(right.values())),
            [float(f"{x:.4g}") for x in right.values()],
        ),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise at another point."""
    return table(*(float(x) / 10 for x in generator.integers(2, 20, 2)))


TABLE = table(1.0, 0.5)

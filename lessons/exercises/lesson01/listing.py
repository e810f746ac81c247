"""Exercise 01.3: the values and slopes beside the lines of a trace."""

import math
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Value

LINES = ("v0", "v1", "v2", "v3", "v4", "v5", "v6")
SEEDS = ((1.0, 0.0), (0.0, 1.0))


READS = {"v2": ("v0",), "v3": ("v0", "v1"), "v4": ("v2", "v3"), "v5": ("v1",), "v6": ("v4", "v5")}
COLUMNS = ("value", "slope (x1)", "slope (x2)")


class Lines(Value):
    """Numbers beside the lines of a list: the first that is wrong, from the top, is told."""

    def entries(self, value: Any) -> list[tuple[str, Any]]:
        """The numbers, column by column, in the order of the work."""
        return [(f"{column} of {name}", value[name][k]) for k, column in enumerate(COLUMNS) for name in LINES]

    def explain(self, found: Any, expected: Any) -> str:
        """The first line whose number is wrong, although what it reads is right."""
        pairs = zip(self.entries(found), self.entries(expected), strict=True)
        label = next((label for (label, a), (_, b) in pairs if not self.same(a, b)), "")
        reads = READS.get(label[-2:])
        return f"The first that is not right, from the top, is the {label}" + (
            f"; {' and '.join(reads)}, which it reads, {'is' if len(reads) == 1 else 'are'} right there."
            if reads
            else "."
        )


def solve_trace(faults: Faults) -> dict[str, tuple[float, float, float]]:
    """Value and both slopes of each line of log(v0) + v0*v1 - sin(v1) at (2, 5)."""
    seeds = ((1.0, 1.0),) * 2 if "both at once" in faults else SEEDS
    if "columns exchanged" in faults:
        seeds = seeds[::-1]
    values, *slopes = (swept(seed, faults)[k] for seed, k in ((seeds[0], 0), (seeds[0], 1), (seeds[1], 1)))
    return dict(zip(LINES, zip(values, *slopes, strict=True), strict=True))


def swept(seed: tuple[float, float], faults: Faults) -> tuple[list[float], list[float]]:
    """The values and the slopes of all lines, from the slopes of the two inputs."""
    v0, v1 = 2.0, 5.0
    angle = math.radians(v1) if "degrees" in faults else v1
    v2 = math.log10(v0) if "log to base 10" in faults else math.log(v0)
    v3, v5 = v0 * v1, math.sin(angle)
    v4 = v2 + v3
    v6 = v4 + v5 if "value with a plus" in faults else v4 - v5
    v0_dot, v1_dot = seed
    by_log = v0 if "log turned round" in faults else v2 if "slope of log is log" in faults else 1 / v0
    by_sin = -math.cos(angle) if "sine to minus cosine" in faults else math.cos(angle)
    left_out = "inner slope left out" in faults
    v2_dot = by_log * (1.0 if left_out else v0_dot)
    v5_dot = by_sin * (1.0 if left_out else v1_dot)
    v3_dot = v0_dot * v1 + v0 * v1_dot
    if "product of slopes" in faults:
        v3_dot = v0_dot * v1_dot
    if "factors exchanged" in faults:
        v3_dot = v0_dot * v0 + v1 * v1_dot
    v4_dot = v2_dot * v3_dot if "slopes of a sum multiplied" in faults else v2_dot + v3_dot
    v6_dot = v4_dot + v5_dot if "slope with a plus" in faults else v4_dot - v5_dot
    return [v0, v1, v2, v3, v4, v5, v6], [v0_dot, v1_dot, v2_dot, v3_dot, v4_dot, v5_dot, v6_dot]


def by_numbers(digits: int) -> dict[str, tuple[float, ...]]:
    """The table, rounded."""
    return {name: tuple(round(x, digits) for x in row) for name, row in solve_trace(RIGHT).items()}


LISTING = Exercise(
    id="01.3",
    title="Read a trace",
    prompt="Fill in the listing of `log(x1) + x1*x2 - sin(x2)` at (2, 5). Beside each line stand its value, its slope "
    "if x1 moves (the slopes of x1 and x2 are 1 and 0), and its slope if x2 moves (0 and 1). Four digits will do.",
    starter="""
lines = {
    #     value  slope (x1)  slope (x2)
    "v0": (2.0, 1.0, 0.0),  # input x1
    "v1": (..., ..., ...),  # input x2
    "v2": (..., ..., ...),  # log(v0)
    "v3": (..., ..., ...),  # v0 * v1
    "v4": (..., ..., ...),  # v2 + v3
    "v5": (..., ..., ...),  # sin(v1)
    "v6": (..., ..., ...),  # v4 - v5
}
""",
    answer="lines",
    kind=Lines(LINES, rtol=2e-3),
    solve=solve_trace,
    faults=(
        Fault(
            "M1",
            "log turned round",
            "The slope of log(v) became v. It is 1 / v: the logarithm gets flatter, the further you go.",
            "Is log steeper at 2 or at 1000, and what does your rule say?",
            Case(text="at v = 2 the slope of log is 1/2, not 2"),
        ),
        Fault(
            "M1",
            "slope of log is log",
            "The slope of log was taken to be log itself. Only exp is its own slope; that of log(v) is 1 / v.",
            "At v = 1 the logarithm is 0. Is its curve flat there?",
            Case(text="at v = 1: log(1) is 0, and its slope is 1"),
        ),
        Fault(
            "M1",
            "sine to minus cosine",
            "The slope of sin(v) became -cos(v). It is cos(v); the minus belongs to the derivative of the cosine.",
            "The sine climbs at 0. What sign must its slope have there?",
            Case(text="sin' at 0 is 1, and -cos(0) is -1"),
        ),
        Fault(
            "M2",
            "inner slope left out",
            "In the lines of log and sin stands the slope of the operation alone. It is to be multiplied by the slope "
            "of the line that it reads, which may well be 0.",
            "When only x1 moves, does sin(x2) move?",
            Case(text="v5 = sin(v1), with v1_dot = 0: the slope is cos(5) * 0 = 0"),
        ),
        Fault(
            "M3",
            "product of slopes",
            "The slope of the product is the product of the slopes here. A product moves when either of its factors "
            "moves: it is v0_dot * v1 + v0 * v1_dot.",
            "If only one side of a rectangle grows, does its area stand still?",
            Case(text="v3 = 2 * 5 with slopes 1 and 0: 1 * 5 + 2 * 0 = 5, not 1 * 0"),
        ),
        Fault(
            "M21",
            "factors exchanged",
            "In the product each slope is multiplied by its own factor. It has to be the other one: if v0 moves by a "
            "little, v0 * v1 moves by v1 times that.",
            "A field is 2 wide and 5 long. By how much does its area grow when it gets 1 wider?",
            Case(text="v3 = 2 * 5 with slopes 1 and 0: 1 * 5 = 5, not 1 * 2"),
        ),
        Fault(
            "",
            "slopes of a sum multiplied",
            "In the sum v4 the two slopes are multiplied. What is added moves by the sum of what its parts move.",
            "If one part of a sum moves and the other rests, does the sum rest?",
            Case(text="v4 = v2 + v3 with slopes 0.5 and 5: 5.5, not 2.5"),
        ),
        Fault(
            "M4",
            "slope with a plus",
            "The last line subtracts v5, and its slope has to subtract as well. Here it is added.",
            "If v5 grows by 1, what happens to v4 - v5?",
            Case(text="v6 = v4 - v5 with slopes 2 and 0.2837: 1.716, not 2.284"),
        ),
        Fault(
            "",
            "value with a plus",
            "In the last value v5 is added; the line says v4 - v5. Note that v5 is negative here.",
            "What is 10.693 - (-0.959)?",
            Case(text="v6 = 10.693 - (-0.959) = 11.652"),
        ),
        Fault(
            "M20",
            "both at once",
            "Both inputs were set moving in one run, so each slope is the sum of two. One run answers one question: "
            "one input has the slope 1, the other one 0.",
            "If two people pull at a rope, how do you tell what each of them contributes?",
            Case(text="v3 = v0 * v1 with slopes 1 and 1: 7; by x1 alone it is 5, by x2 alone 2"),
        ),
        Fault(
            "M20",
            "columns exchanged",
            "The two columns of slopes are exchanged: in the first one x1 moves, so v0 has the slope 1 there and v1 "
            "the slope 0.",
            "Which of the two inputs has the slope 1 in the first column?",
            Case(text="the last line is 5.5 in the column of x1, and 1.716 in that of x2"),
        ),
        Fault(
            "",
            "degrees",
            "The sine was taken of 5 degrees. Mathematics, and NumPy, measure angles in radians: 5 is most of a full "
            "turn, and its sine is negative.",
            "What does your calculator say for the sine of 3.1416: 0, or 0.0548?",
            Case(text="sin(5) is -0.9589; the sine of 5 degrees is 0.0872"),
        ),
        Fault(
            "",
            "log to base 10",
            "This is the logarithm to the base 10. `log` is the natural one, here and in NumPy; only for it the slope "
            "is just 1 / v.",
            "What does your calculator's log give for 2.718?",
            Case(text="log(2) is 0.6931; to the base 10 it is 0.3010"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "First all values, from the top down. Then a column of slopes, from the top down: each line needs only lines "
        "above.",
        "log: v0_dot / v0. Product: v0_dot * v1 + v0 * v1_dot. sin: cos(v1) * v1_dot. Sum and difference: as the "
        "values.",
        "The last line must be 11.652, 5.5 and 1.716.",
    ),
    also_right=(
        by_numbers(3),
        by_numbers(4),
        tuple(by_numbers(5).values()),
        [list(row) for row in by_numbers(6).values()],
        np.array(list(by_numbers(12).values())),
        {name: np.array(row) for name, row in by_numbers(8).items()},
        {name: tuple(f"{x:.4f}" for x in row) for name, row in by_numbers(8).items()},
        dict(reversed(by_numbers(9).items())),
    ),
)

"""Exercise 01.3: the values and slopes beside the lines of a trace."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Value
from lessons.exercises.lesson01.waves import SINE, WAVES, Wave

LINES = ("v0", "v1", "v2", "v3", "v4", "v5", "v6")
SEEDS = ((1.0, 0.0), (0.0, 1.0))
READS = {"v2": ("v0",), "v3": ("v0", "v1"), "v4": ("v2", "v3"), "v5": ("v1",), "v6": ("v4", "v5")}
COLUMNS = ("value", "slope (x1)", "slope (x2)")
X1, X2 = (0.5, 1.5, 2, 2.5, 3, 4, 5, 8), (0.5, 1, 1.5, 2, 2.5, 3.5, 4, 4.5, 5, 6)  # to draw from
FOUR_DIGITS = 2e-3  # relative: numbers that are written down with four digits, or three
TURNS = (  # below how many turns an angle is what of a turn
    (0.25, "less than a quarter of a turn"),
    (0.5, "less than half a turn"),
    (0.75, "more than half a turn"),
    (1.0, "most of a full turn"),
)


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


@dataclass(frozen=True, slots=True)
class Trace:
    """The list of log(x1) + x1*x2 - wave(x2) at a point, with values and slopes."""

    x1: float
    x2: float
    wave: Wave

    def table(self, faults: Faults) -> dict[str, tuple[float, float, float]]:
        """Value and both slopes of each line."""
        seeds = ((1.0, 1.0),) * 2 if "both at once" in faults else SEEDS
        if "columns exchanged" in faults:
            seeds = seeds[::-1]
        values, *slopes = (self.swept(seed, faults)[k] for seed, k in ((seeds[0], 0), (seeds[0], 1), (seeds[1], 1)))
        return dict(zip(LINES, zip(values, *slopes, strict=True), strict=True))

    def swept(self, seed: tuple[float, float], faults: Faults) -> tuple[list[float], list[float]]:
        """The values and the slopes of all lines, from the slopes of the two inputs."""
        v0, v1 = self.x1, self.x2
        angle = math.radians(v1) if "degrees" in faults else v1
        v2 = math.log10(v0) if "log to base 10" in faults else math.log(v0)
        v3, v5 = v0 * v1, float(self.wave.function(angle))
        v4 = v2 + v3
        v6 = v4 + v5 if "value with a plus" in faults else v4 - v5
        v0_dot, v1_dot = seed
        by_log = v0 if "log turned round" in faults else v2 if "slope of log is log" in faults else 1 / v0
        by_wave = float(self.wave.slope(angle)) * (-1 if self.wave.sign_slip in faults else 1)
        left_out = "inner slope left out" in faults
        v2_dot = by_log * (1.0 if left_out else v0_dot)
        v5_dot = by_wave * (1.0 if left_out else v1_dot)
        v3_dot = v0_dot * v1 + v0 * v1_dot
        if "product of slopes" in faults:
            v3_dot = v0_dot * v1_dot
        if "factors exchanged" in faults:
            v3_dot = v0_dot * v0 + v1 * v1_dot
        v4_dot = v2_dot * v3_dot if "slopes of a sum multiplied" in faults else v2_dot + v3_dot
        v6_dot = v4_dot + v5_dot if "slope with a plus" in faults else v4_dot - v5_dot
        return [v0, v1, v2, v3, v4, v5, v6], [v0_dot, v1_dot, v2_dot, v3_dot, v4_dot, v5_dot, v6_dot]

    def rounded(self, digits: int) -> dict[str, tuple[float, ...]]:
        """The table with so many digits behind the point."""
        return {name: tuple(round(x, digits) for x in row) for name, row in self.table(RIGHT).items()}


def mistakes(trace: Trace) -> tuple[Fault, ...]:
    """What goes wrong in the table."""
    wave, right, x1, x2 = trace.wave, trace.table(RIGHT), f"{trace.x1:g}", f"{trace.x2:g}"
    f, word, digits = wave.name, wave.word, trace.rounded(3)
    product, (v5, _, v5_dot), by_x2 = f"v3 = {x1} * {x2}", right["v5"], right["v6"][2]
    v4, v5_shown, v6 = (digits[name][0] for name in ("v4", "v5", "v6"))
    last = f"{v4:g} - {f'({v5_shown:g})' if v5 < 0 else f'{v5_shown:g}'}"
    turn = next((text for most, text in TURNS if trace.x2 < most * 2 * math.pi), "more than a full turn")
    return (
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
            wave.sign_slip,
            wave.sign_rule_at,
            wave.sign_question,
            wave.sign_case,
        ),
        Fault(
            "M2",
            "inner slope left out",
            f"In the lines of log and {f} stands the slope of the operation alone. It is to be multiplied by the slope "
            "of the line that it reads, which may well be 0.",
            f"When only x1 moves, does {f}(x2) move?",
            Case(text=f"v5 = {f}(v1), with v1_dot = 0: the slope is {wave.slope_text.format(x2)} * 0 = 0"),
        ),
        Fault(
            "M3",
            "product of slopes",
            "The slope of the product is the product of the slopes here. A product moves when either of its factors "
            "moves: it is v0_dot * v1 + v0 * v1_dot.",
            "If only one side of a rectangle grows, does its area stand still?",
            Case(text=f"{product} with slopes 1 and 0: 1 * {x2} + {x1} * 0 = {x2}, not 1 * 0"),
        ),
        Fault(
            "M21",
            "factors exchanged",
            "In the product each slope is multiplied by its own factor. It has to be the other one: if v0 moves by a "
            "little, v0 * v1 moves by v1 times that.",
            f"A field is {x1} wide and {x2} long. By how much does its area grow when it gets 1 wider?",
            Case(text=f"{product} with slopes 1 and 0: 1 * {x2} = {x2}, not 1 * {x1}"),
        ),
        Fault(
            "",
            "slopes of a sum multiplied",
            "In the sum v4 the two slopes are multiplied. What is added moves by the sum of what its parts move.",
            "If one part of a sum moves and the other rests, does the sum rest?",
            Case(
                text=f"v4 = v2 + v3 with slopes {1 / trace.x1:.4g} and {x2}: {1 / trace.x1 + trace.x2:.4g}, "
                f"not {trace.x2 / trace.x1:.4g}"
            ),
        ),
        Fault(
            "M4",
            "slope with a plus",
            "The last line subtracts v5, and its slope has to subtract as well. Here it is added.",
            "If v5 grows by 1, what happens to v4 - v5?",
            Case(text=f"v6 = v4 - v5 with slopes {x1} and {v5_dot:.4g}: {by_x2:.4g}, not {trace.x1 + v5_dot:.4g}"),
        ),
        Fault(
            "",
            "value with a plus",
            "In the last value v5 is added; the line says v4 - v5."
            + (" Note that v5 is negative here." if v5 < 0 else ""),
            f"What is {last}?",
            Case(text=f"v6 = {last} = {v6:g}"),
        ),
        Fault(
            "M20",
            "both at once",
            "Both inputs were set moving in one run, so each slope is the sum of two. One run answers one question: "
            "one input has the slope 1, the other one 0.",
            "If two people pull at a rope, how do you tell what each of them contributes?",
            Case(
                text=f"v3 = v0 * v1 with slopes 1 and 1: {trace.x1 + trace.x2:g}; by x1 alone it is {x2}, "
                f"by x2 alone {x1}"
            ),
        ),
        Fault(
            "M20",
            "columns exchanged",
            "The two columns of slopes are exchanged: in the first one x1 moves, so v0 has the slope 1 there and v1 "
            "the slope 0.",
            "Which of the two inputs has the slope 1 in the first column?",
            Case(
                text=f"the last line is {digits['v6'][1]:g} in the column of x1, and {digits['v6'][2]:g} in that of x2"
            ),
        ),
        Fault(
            "",
            "degrees",
            f"The {word} was taken of {x2} degrees. Mathematics, and NumPy, measure angles in radians: {x2} is {turn}, "
            f"and its {word} is {'negative' if v5 < 0 else 'positive'}.",
            f"What does your calculator say for the {word} of 3.1416: {wave.calculator_at_pi}?",
            Case(
                text=f"{f}({x2}) is {v5:.4f}; the {word} of {x2} degrees is {wave.function(math.radians(trace.x2)):.4f}"
            ),
        ),
        Fault(
            "",
            "log to base 10",
            "This is the logarithm to the base 10. `log` is the natural one, here and in NumPy; only for it the slope "
            "is just 1 / v.",
            "What does your calculator's log give for 2.718?",
            Case(text=f"log({x1}) is {math.log(trace.x1):.4f}; to the base 10 it is {math.log10(trace.x1):.4f}"),
        ),
    )


def listing(trace: Trace) -> Exercise:
    """The exercise for a trace."""
    f, digits = trace.wave.name, trace.rounded(3)
    return Exercise(
        id="01.3",
        title="Read a trace",
        prompt=f"Fill in the listing of `log(x1) + x1*x2 - {f}(x2)` at ({trace.x1:g}, {trace.x2:g}). Beside each line "
        "stand its value, its slope if x1 moves (the slopes of x1 and x2 are 1 and 0), and its slope if x2 moves "
        "(0 and 1). Four digits will do.",
        starter=f"""
lines = {{
    #     value  slope (x1)  slope (x2)
    "v0": ({trace.x1}, 1.0, 0.0),  # input x1
    "v1": (..., ..., ...),  # input x2
    "v2": (..., ..., ...),  # log(v0)
    "v3": (..., ..., ...),  # v0 * v1
    "v4": (..., ..., ...),  # v2 + v3
    "v5": (..., ..., ...),  # {f}(v1)
    "v6": (..., ..., ...),  # v4 - v5
}}
""",
        answer="lines",
        kind=Lines(LINES, rtol=FOUR_DIGITS),
        solve=trace.table,
        faults=mistakes(trace),
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=(
            "First all values, from the top down. Then a column of slopes, from the top down: each line needs only "
            "lines above.",
            f"log: v0_dot / v0. Product: v0_dot * v1 + v0 * v1_dot. {f}: {trace.wave.slope_text.format('v1')} * "
            "v1_dot. Sum and difference: as the values.",
            "The last line must be {:g}, {:g} and {:g}.".format(*digits["v6"]),
        ),
        also_right=(
            trace.rounded(4),
            tuple(trace.rounded(5).values()),
            [list(row) for row in trace.rounded(6).values()],
            np.array(list(trace.rounded(12).values())),
            {name: np.array(row) for name, row in trace.rounded(8).items()},
            {name: tuple(f"{x:.4f}" for x in row) for name, row in trace.rounded(8).items()},
            dict(reversed(trace.rounded(9).items())),
        ),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise at another point, with the sine or the cosine."""
    x1, x2 = (float(generator.choice(numbers)) for numbers in (X1, X2))
    return listing(Trace(x1, x2, WAVES[str(generator.choice(list(WAVES)))]))


LISTING = listing(Trace(2.0, 5.0, SINE))

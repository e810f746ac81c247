"""06.3: a weight that is used twice, numbers and a choice."""

import math
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Kind, Record, Value
from lessons.exercises.lesson06.table import FOUR_DIGITS


def solve_tied(faults: Faults) -> dict[str, Any]:
    """The contributions to w_bar in y = tanh(w tanh(w x)) at w = 0.5, x = 2; the outer product sends first."""
    w, x = 0.5, 2.0
    a = w * x
    h = math.tanh(a)
    b = w * h
    y = math.tanh(b)
    slope_y, slope_h = (1 - b * b, 1 - a * a) if "tanh of its input" in faults else (1 - y * y, 1 - h * h)
    outer = slope_y * h
    inner = slope_y * (1.0 if "inner factor" in faults else w) * slope_h * x
    total = inner if "overwrites" in faults else outer if "outer alone" in faults else outer + inner
    missing = "inner" if "last is lost" in faults else "outer"
    return {"outer": outer, "inner": inner, "w_bar": total, "missing": missing}


TIED_PARTS: MappingProxyType[str, Kind] = MappingProxyType(
    {
        "outer": Value(rtol=FOUR_DIGITS),
        "inner": Value(rtol=FOUR_DIGITS),
        "w_bar": Value(rtol=FOUR_DIGITS),
        "missing": Choice({"outer": "the contribution of the outer product", "inner": "that of the inner product"}),
    }
)

TIED = Exercise(
    id="06.3",
    title="Tied weights",
    prompt="In y = tanh(w tanh(w x)) the weight is used twice. Give the contribution of the outer product and of the "
    "inner product to w_bar, and their sum, at w = 0.5, x = 2, with four digits. Which of the two (`outer` or `inner`) "
    "is missing if an engine overwrites?",
    starter="""
tied = {"outer": ..., "inner": ..., "w_bar": ..., "missing": ...}
""",
    answer="tied",
    kind=Record(TIED_PARTS),
    solve=solve_tied,
    faults=(
        Fault(
            "M18",
            "overwrites",
            "w_bar is the inner contribution alone, as an engine that overwrites would have it. A weight that is used "
            "twice gets the sum of both.",
            "If w moves, both products move. What has y to do with the outer one?",
            Case(text="w * w at 3: both contributions are 3, and the slope is 6"),
        ),
        Fault(
            "M2",
            "outer alone",
            "w_bar is the outer contribution alone: the inner tanh(w x) was taken for a constant. It moves with w too.",
            "If only the first w were a variable, and the second one a number: would y be the same function of w?",
            Case(text="w * (w x) at w = 3, x = 1: the slope is 6, with the bracket held fixed it is 3"),
        ),
        Fault(
            "M23",
            "tanh of its input",
            "The slope of tanh was computed from its input, as 1 - a**2. The rule is 1 - h**2, and h = tanh(a) is the "
            "result.",
            "What is the slope of tanh far from 0, and what is 1 - a**2 there?",
            Case(text="tanh at a = 1: the slope is 0.42, 1 - a**2 is 0"),
        ),
        Fault(
            "M2",
            "inner factor",
            "On its way to the inner product the sweep passes the outer one, and is multiplied by w there. That factor "
            "is missing from the inner contribution.",
            "By how much does w h move if h moves by 1?",
            Case(text="w * (w x) at w = 3, x = 1: the inner contribution is w x = 3, without the factor it is 1"),
        ),
        Fault(
            "M7",
            "last is lost",
            "An engine that overwrites keeps what comes last. The sweep goes backwards, so the inner product is last.",
            "Which of the two products does the reverse sweep meet first?",
            Case(text="w * (w x): the outer product stands below the inner one in the list, and sends first"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "Give the nodes names: a = w x, h = tanh(a), b = w h, y = tanh(b). b_bar is 1 - y**2.",
        "The outer product sends b_bar h to w, and b_bar w to h.",
        "The inner one sends b_bar w (1 - h**2) x to w. In which order do they come?",
    ),
    also_right=(
        (0.6610, 0.3645, 1.026, "outer"),
        {"missing": "OUTER", "w_bar": 1.0255, "inner": 0.36451, "outer": 0.66102},
        {"outer": "0.6610", "inner": "0.3645", "w_bar": "1.026", "missing": "the contribution of the outer product"},
        [np.float64(0.66102), np.array(0.36451), np.float32(1.02553), np.str_("outer")],
        {"outer": 0.66102, "inner": 0.364513, "w_bar": 0.66102 + 0.364513, "missing": " outer."},
    ),
)

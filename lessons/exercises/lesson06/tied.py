"""06.3: a weight that is used twice, numbers and a choice."""

import math
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Record, Value
from lessons.exercises.lesson06.table import FOUR_DIGITS

NUMBERS = ("outer", "inner", "w_bar")
PRODUCTS = MappingProxyType({"outer": "the contribution of the outer product", "inner": "that of the inner product"})
LAST = MappingProxyType({"missing": "outer", "left": "inner"})  # if what comes last replaces the other

FAULTS = (
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
        "M23",
        "tanh of its result",
        "tanh was taken twice: the slope of tanh at a is 1 - tanh(a)**2, and with h = tanh(a) that is 1 - h**2. "
        "1 - tanh(h)**2 is the slope at another place, at h.",
        "Your formula takes the tanh of a number. Which one is that here, the input a or the result h?",
        Case(text="tanh at a = 2: the slope is 0.0707, and 1 - tanh(tanh(2))**2 is 0.4438"),
    ),
    Fault(
        "M1",
        "tan for tanh",
        "1 + h**2 is the slope of tan. That of tanh is 1 - h**2: the hyperbolic tangent is at most 1, and gets flat.",
        "Is tanh steeper at 0 or far away, and what does 1 + h**2 say?",
        Case(text="tanh far from 0: h is almost 1, the slope almost 0; 1 + h**2 would be 2"),
    ),
    Fault(
        "M1",
        "tanh without the 1",
        "The slope of tanh became -h**2. It is 1 - h**2: the 1 is missing, and with it the sign is wrong everywhere.",
        "Does tanh rise or fall?",
        Case(text="tanh at 0: the slope is 1, and -h**2 is 0"),
    ),
    Fault(
        "M2",
        "tanh divides",
        "On the way back through tanh you divide by its slope. By the chain rule what arrives is multiplied by it, "
        "in both directions.",
        "Where tanh is nearly flat, does its input have much influence on y, or little?",
        Case(text="y = tanh(a) far from 0: the slope is almost 0, one divided by it is huge"),
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
        "M2",
        "outer slope lost",
        "On its way to the inner product the sweep passes the outer tanh, and is multiplied by its slope there. What "
        "you send back has only gone through the weight.",
        "If y hardly moves because the outer tanh is flat, can the inner w still move it?",
        Case(text="y = tanh(b) far from 0: nothing behind b can move y, whatever the weight is"),
    ),
    Fault(
        "M7",
        "last is lost",
        "An engine that overwrites keeps what comes last. The sweep goes backwards, so the inner product is last.",
        "Which of the two products does the reverse sweep meet first?",
        Case(text="w * (w x): the outer product stands below the inner one in the list, and sends first"),
    ),
)


def slope(a: float, h: float, faults: Faults) -> float:
    """The slope of h = tanh(a)."""
    if "tanh of its input" in faults:
        return 1 - a * a
    if "tanh of its result" in faults:
        return 1 - math.tanh(h) ** 2
    if "tan for tanh" in faults:
        return 1 + h * h
    if "tanh without the 1" in faults:
        return -h * h
    return 1 / (1 - h * h) if "tanh divides" in faults else 1 - h * h


def contributions(w: float, x: float, asked: str, faults: Faults) -> dict[str, Any]:
    """The contributions to w_bar in y = tanh(w tanh(w x)), and which is missing, or left; the outer one comes first."""
    a = w * x
    h = math.tanh(a)
    b = w * h
    y = math.tanh(b)
    slope_y, slope_h = slope(b, y, faults), slope(a, h, faults)
    outer = slope_y * h
    h_bar = (1.0 if "outer slope lost" in faults else slope_y) * (1.0 if "inner factor" in faults else w)
    inner = h_bar * slope_h * x
    total = inner if "overwrites" in faults else outer if "outer alone" in faults else outer + inner
    which = LAST[asked]
    if "last is lost" in faults:
        (which,) = PRODUCTS.keys() - {which}
    return {"outer": outer, "inner": inner, "w_bar": total, asked: which}


def tied(w: float, x: float, asked: str) -> Exercise:
    """The exercise at a weight and an input; what is asked of an engine that overwrites is what is missing, or left."""
    right = contributions(w, x, asked, RIGHT)
    which = right[asked]
    four = {part: f"{right[part]:.4g}" for part in NUMBERS}
    return Exercise(
        id="06.3",
        title="Tied weights",
        prompt="In y = tanh(w tanh(w x)) the weight is used twice. Give the contribution of the outer product and of "
        f"the inner product to w_bar, and their sum, at w = {w:g}, x = {x:g}, with four digits. Which of the two "
        f"(`outer` or `inner`) is {asked} if an engine overwrites?",
        starter=f"""
tied = {{"outer": ..., "inner": ..., "w_bar": ..., "{asked}": ...}}
""",
        answer="tied",
        kind=Record({**{part: Value(rtol=FOUR_DIGITS) for part in NUMBERS}, asked: Choice(PRODUCTS)}),
        solve=lambda faults: contributions(w, x, asked, faults),
        faults=FAULTS,
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=(
            "Give the nodes names: a = w x, h = tanh(a), b = w h, y = tanh(b). b_bar is 1 - y**2.",
            "The outer product sends b_bar h to w, and b_bar w to h.",
            "The inner one sends b_bar w (1 - h**2) x to w. In which order do they come?",
        ),
        also_right=(
            (*(float(text) for text in four.values()), which),
            {asked: which.upper(), **{part: float(f"{right[part]:.5g}") for part in reversed(NUMBERS)}},
            {**four, asked: PRODUCTS[which]},
            [np.float64(right["outer"]), np.array(right["inner"]), np.float32(right["w_bar"]), np.str_(which)],
            {"outer": right["outer"], "inner": right["inner"], "w_bar": right["w_bar"], asked: f" {which}."},
        ),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise at another point, or asked the other way round."""
    w, x = float(generator.integers(2, 13)) / 10, float(generator.integers(2, 9)) / 4
    return tied(w, x, str(generator.choice([*LAST])))


TIED = tied(0.5, 2.0, "missing")

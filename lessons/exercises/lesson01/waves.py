"""The sine and the cosine: what an exercise says about each, so that a variant may ask for the other one."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case


@dataclass(frozen=True, slots=True)
class Wave:
    """A function of an angle, its slope, and how people get the slope wrong."""

    name: str  # as it is called
    word: str
    function: Callable[[Any], Any]
    slope: Callable[[Any], Any]
    slope_text: str  # a formula with {} for the angle
    slope_word: str
    slope_too: str  # the same, by another function
    sign_slip: str  # the name of the fault in which the slope has the other sign
    sign_slip_text: str
    sign_rule: str  # what is said of that to somebody who has formulas
    sign_rule_at: str  # and to somebody who has numbers
    sign_question: str
    sign_case: Case
    calculator: str  # what it gives for 1.57, in radians and in degrees
    calculator_at_pi: str
    degrees_case: Case


SINE = Wave(
    name="sin",
    word="sine",
    function=np.sin,
    slope=np.cos,
    slope_text="cos({})",
    slope_word="the cosine",
    slope_too="sin({} + pi/2)",
    sign_slip="sine to minus cosine",
    sign_slip_text="-cos({})",
    sign_rule="Your sine became minus cosine. It is the other way: sin' is cos, and only cos' has the minus, -sin.",
    sign_rule_at="The slope of sin(v) became -cos(v). It is cos(v); the minus belongs to the derivative of the cosine.",
    sign_question="The sine climbs at 0. What sign must its slope have there?",
    sign_case=Case(text="sin' at 0 is 1, and -cos(0) is -1"),
    calculator="almost 1, or 0.0274",
    calculator_at_pi="0, or 0.0548",
    degrees_case=Case(text="sin(pi/2) is 1; the sine of 1.57 degrees is 0.0274"),
)
COSINE = Wave(
    name="cos",
    word="cosine",
    function=np.cos,
    slope=lambda x: -np.sin(x),
    slope_text="-sin({})",
    slope_word="minus the sine",
    slope_too="cos({} + pi/2)",
    sign_slip="cosine to sine",
    sign_slip_text="sin({})",
    sign_rule="Your cosine became sine, without a minus. It is sin' that has none: cos' is -sin.",
    sign_rule_at="The slope of cos(v) became sin(v). It is -sin(v); only the derivative of the sine has no minus.",
    sign_question="Just to the right of 0 the cosine falls. What sign must its slope have there?",
    sign_case=Case(text="cos' at pi/2 is -1, and sin(pi/2) is 1"),
    calculator="almost 0, or 0.9996",
    calculator_at_pi="-1, or 0.9985",
    degrees_case=Case(text="cos(pi/2) is 0; the cosine of 1.57 degrees is 0.9996"),
)
WAVES = MappingProxyType({wave.name: wave for wave in (SINE, COSINE)})

"""What is not a mistake in the idea of an answer: a kink nearby, rounding, a nan that was born somewhere.

Each looks at one wrong call beside the right one, and has a sentence or nothing to say.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from expression import Expression, TrigradError, trace
from expression.evaluation import forward
from lessons.exercises.exercise import Case
from lessons.exercises.kind import Kind
from lessons.exercises.running import Call, Counted
from lessons.exercises.values import entries, is_number, largest, shape, size_of

SINGLE = 1e-6  # relative: 8 units in the last place of a float32
NOISE = 1e-3  # relative: beyond it nobody takes a number for the right one, badly rounded
DIGITS = 50
CERTAIN = 20  # digits on which two formulas agree that are one


def nan_origin(answer: Any, call: Call, expected: Call) -> str:
    """Where the first nan was born that the right answer has not."""
    if not has_nan(call.value) or has_nan(expected.value):
        return ""
    from compare.diagnosis import departures

    e = traced(answer, call.case)
    if e is not None:
        with np.errstate(all="ignore"):
            found = departures(e, forward(e, leaves(call.case)))
        if found:
            return f"A nan was born on {call.case.text}: {found[0]}."
    return f"On {call.case.text} it returned nan, and the answer is a number. Is there a 0 / 0, or a log of 0?"


def has_nan(value: Any) -> bool:
    """Whether an entry is nan."""
    return any(isinstance(x, float | complex) and x != x for _, x in entries(value))


def kink_near(answer: Any, call: Call, expected: Call) -> str:
    """Whether the case lies on a kink, so that there is more than one slope, or none."""
    case = call.case
    if case.kink:
        return f"{case.text} lies on a kink: {case.kink}"
    from compare.diagnosis import kinks

    for function in case.args:
        if not callable(function):
            continue
        for x in (x for x in case.args if isinstance(x, float)):
            e = traced(function, Case((x,)))
            with np.errstate(all="ignore"):
                found = kinks(e, forward(e, [x]), [0]) if e is not None else []
            if found:
                return f"{case.text} lies {found[0]}. There the slope is a convention, and yours is another one."
    return ""


def rounding(answer: Any, reference: Any, wrong: Sequence[tuple[Call, Call]]) -> str:
    """Whether the answer is right but for its last digits."""
    errors = [relative_error(call.value, expected.value) for call, expected in wrong]
    worst = max(errors)
    if not 0 < worst <= NOISE:
        return ""
    case = wrong[errors.index(worst)][0].case
    digits = math.floor(-math.log10(worst))
    where = f" on {case.text}" if case.text else ""
    if one_formula(answer, reference, case):
        return (
            f"Your formula is right: in {DIGITS} digits it equals the answer. In float64 it agrees{where} to {digits} "
            "digits only, because it subtracts numbers that are nearly equal."
        )
    if worst <= SINGLE:
        return (
            f"It agrees{where} to {digits} digits, and no further: this is rounding, not a wrong rule. Do you compute "
            "with float32 somewhere, round, or take a difference with a step?"
        )
    return ""


def relative_error(found: Any, expected: Any) -> float:
    """The largest error of an entry, relative to the largest entry; infinite where the values cannot be compared."""
    if shape(found) != shape(expected):
        return math.inf
    given, scale = dict(entries(found)), largest(expected) or 1.0
    worst = 0.0
    for place, right in entries(expected):
        if is_number(right):
            found_size, right_size = size_of(given[place]), size_of(right)
            if not (math.isfinite(found_size) and math.isfinite(right_size)):
                return math.inf
            worst = max(worst, abs(complex(given[place]) - complex(right)) / scale)
        elif given[place] != right:
            return math.inf
    return worst


def one_formula(answer: Any, reference: Any, case: Case) -> bool:
    """Whether two functions are one with many digits; False where they cannot be traced."""
    pair = [traced(f, case) for f in (answer, reference)]
    if None in pair:
        return False
    from compare.certifying import digits_between, value_at

    try:
        a, b = (value_at(e, leaves(case), DIGITS) for e in pair if e is not None)
        return digits_between(a, b) >= CERTAIN
    except (TrigradError, ArithmeticError, ValueError, TypeError, AttributeError):
        return False


def leaves(case: Case) -> list[float]:
    """The arguments of a case, where all are floats."""
    return list(case.args)


def traced(function: Any, case: Case) -> Expression | None:
    """A function of floats as an Expression with one number as its value; None where it is no such thing."""
    if not case.args or not all(type(x) is float for x in case.args):
        return None
    function = function.function if isinstance(function, Counted) else function
    try:
        e = trace(function, *case.args)
    except Exception:  # whatever a student's code does with a tracer
        return None
    fits = len(e.inputs) == len(case.args) and len(e.outputs) == 1 and e.nodes[e.outputs[0]].shape == ()
    return e if fits else None


def first_wrong(kind: Kind, parts: Any, call: Call, expected: Call) -> str:
    """The first entry, in the order in which the work is done, that is not right."""
    pairs = [kind.entries(x.value) if parts is None else parts(call.case, x.value) for x in (call, expected)]
    for (label, found), (_, right) in zip(*pairs, strict=True):
        if label and not kind.same(found, right):
            where = f"On {call.case.text}, the" if call.case.text else "The"
            return f"{where} first that is wrong is {label}: {kind.show(found)}, where {kind.show(right)} is right."
    return ""

"""03.3: which scheme and which arithmetic drew an error curve."""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, no_cases
from lessons.exercises.kinds import Choice, Record, chosen, listed
from lessons.exercises.lesson03.changes import WRONG_CHANGES, Change, right_change, way
from lessons.exercises.lesson03.curves import EPS, OTHER, SCHEMES, Curve, digit, ten_to

KEYS = "abcde"
OPTIONS = MappingProxyType(
    {
        "forward": "the forward difference",
        "central": "the central difference",
        "five_point": "the five-point formula",
        "complex_step": "the complex step",
        "richardson": "Richardson's extrapolation with six steps",
    }
)
SCHEMES_TOO = MappingProxyType(
    {
        "forward difference": "forward",
        "forward differences": "forward",
        "central difference": "central",
        "central differences": "central",
        "centered": "central",
        "centred": "central",
        "centered difference": "central",
        "centred difference": "central",
        "symmetric difference": "central",
        "five points": "five_point",
        "five-point formula": "five_point",
        "5-point": "five_point",
        "complex": "complex_step",
        "Richardson's extrapolation": "richardson",
    }
)
ARITHMETIC = MappingProxyType({"float32": "single precision", "float64": "double precision"})
ARITHMETIC_TOO = MappingProxyType(
    {
        "np.float32": "float32",
        "numpy.float32": "float32",
        "single": "float32",
        "32": "float32",
        "32 bit": "float32",
        "f32": "float32",
        "np.float64": "float64",
        "numpy.float64": "float64",
        "double": "float64",
        "64": "float64",
        "64 bit": "float64",
        "f64": "float64",
        "float": "float64",
    }
)
FAULT_NAMES = MappingProxyType(
    {
        "forward": "forward",
        "central": "central",
        "five_point": "five points",
        "complex_step": "complex step",
        "richardson": "Richardson",
    }
)


@dataclass(frozen=True, slots=True)
class Arithmetic(Choice):
    """A choice of an arithmetic, which may also be given as a type."""

    def read(self, answer: Any) -> Any:
        """The key, also of np.float32 and np.dtype("float32")."""
        if isinstance(answer, np.dtype) or answer in (float, np.float32, np.float64):
            answer = np.dtype(answer).name
        return Choice.read(self, answer)


def scheme_faults(curve: Curve) -> dict[str, Fault]:
    """What is to be said of each scheme, where the curve is that of another."""
    order = curve.arms.order
    power = "h" if order == 1 else f"h**{order}"
    means = (
        f"Slope {order} means that the error grows as {power}: a step ten times larger costs a factor of {10**order}."
    )
    of_five = (
        f"The {order} of the slope is not the number of points on each side."
        if order == 2
        else f"With slope {order} a step ten times larger costs a factor of {10**order}, not of 10000."
    )
    of_complex = (
        "The slope fits: the complex step has order 2 as well. But"
        if order == 2
        else ("The slope does not fit, since the complex step has order 2. And")
    )
    texts = {
        "forward": (
            f"The truncation error of a forward difference grows as h, which is a right arm of slope 1. {means}",
            "If h grows ten times, by how much does the error of your scheme grow?",
            "forward difference of x**2: the error is h, slope 1",
        ),
        "central": (
            f"The truncation error of a central difference grows as h**2, which is a right arm of slope 2. {means}",
            "If h grows ten times, by how much does the error of your scheme grow?",
            "central difference of x**3: the error is h**2, slope 2",
        ),
        "five_point": (
            f"The five-point formula has order 4, so that its right arm has slope 4. {of_five}",
            "Which is the first power of h that is left in the error of the five-point formula?",
            "five-point formula: the error is f''''' h**4 / 30, slope 4",
        ),
        "complex_step": (
            f"{of_complex} its curve does not turn, because nothing is subtracted; on the left it is flat.",
            "Where would rounding come from in Im f(x + ih) / h, if h becomes small?",
            "complex step with h = 1e-100: still all digits",
        ),
        "richardson": (
            "Richardson's extrapolation with six steps has order 12: where its right arm is seen, it is much steeper "
            f"than {order}. It is built of central differences, and those have slope 2.",
            "What is left of the h**2 term when Richardson has combined its steps?",
            "Richardson with six steps: slope 12",
        ),
    }
    return {
        key: Fault("", FAULT_NAMES[key], explanation, question, Case(text=smallest))
        for key, (explanation, question, smallest) in texts.items()
        if key != curve.scheme
    }


def arithmetic_fault(curve: Curve) -> Fault:
    """What is to be said of the other arithmetic."""
    eps, wrong = EPS[curve.arithmetic], OTHER[curve.arithmetic]
    size = "" if curve.size == 0 else f" / {ten_to(curve.size)}"
    found = curve.turn[0] + curve.turn[1] - curve.size
    rounding = digit(10.0 ** (curve.size - curve.turn[0]) * EPS[wrong])
    is_that = "which is that of" if found == round(math.log10(eps)) else "which is near that of"
    return Fault(
        "",
        wrong,
        (
            "In float64 the curve would go much further down. "
            if curve.gains
            else "In float32 the curve would not come down so far. "
        )
        + f"Rounding is about eps * |f| / h: with eps = {digit(EPS[wrong])} and h = {curve.h} that is {rounding}, and "
        f"the curve turns where rounding is as {'large' if curve.gains else 'small'} as {curve.error}.",
        f"With rounding eps * |f| / h = {curve.error} at h = {curve.h}, how large is eps, if |f| is about "
        f"{ten_to(curve.size)}?",
        Case(text=f"eps = {curve.error} * {curve.h}{size} = {ten_to(found)}, {is_that} {curve.arithmetic}"),
    )


def diagnosis(curve: Curve, changes: tuple[Change, ...]) -> Exercise:
    """The exercise for a curve, with changes of which one is right."""
    options = {key: change.text for key, change in zip(KEYS, changes, strict=True)}
    right = {
        "scheme": curve.scheme,
        "arithmetic": curve.arithmetic,
        "change": next(key for key, change in zip(KEYS, changes, strict=True) if not change.name),
    }
    schemes, arithmetic = scheme_faults(curve), arithmetic_fault(curve)
    instead = {fault.name: ("scheme", key) for key, fault in schemes.items()}
    instead[arithmetic.name] = ("arithmetic", OTHER[curve.arithmetic])
    instead |= {change.name: ("change", key) for key, change in zip(KEYS, changes, strict=True) if change.name}
    order = curve.arms.order
    return Exercise(
        id="03.3",
        title="Diagnose a plot",
        prompt=f"You are shown an error curve, of a function whose values and derivatives are about "
        f"{ten_to(curve.size)}, with right slope +{order} that turns at h = {curve.h} with an error of {curve.error}. "
        "Which scheme is it, which arithmetic, and what would change if the other one were used?\n\n"
        f"`scheme`:\n\n{listed(OPTIONS)}\n\n`arithmetic`:\n\n{listed(ARITHMETIC)}\n\n`change`:\n\n{listed(options)}",
        starter="""
scheme = ...  # "forward", "central", "five_point", "complex_step" or "richardson"
arithmetic = ...  # "float32" or "float64"
change = ...  # "a" to "e"
""",
        answer="scheme, arithmetic, change",
        kind=Record(
            {
                "scheme": Choice(OPTIONS, SCHEMES_TOO),
                "arithmetic": Arithmetic(ARITHMETIC, ARITHMETIC_TOO),
                "change": Choice(options),
            }
        ),
        solve=lambda faults: chosen(right, instead, faults),
        faults=(
            *schemes.values(),
            arithmetic,
            *(
                Fault("", change.name, change.explanation, change.question, Case(text=change.smallest))
                for change in changes
                if change.name
            ),
        ),
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=(
            "The slope of the right arm is the order of the scheme. "
            + (
                "Two schemes of the lesson have order 2; only one of them turns."
                if order == 2
                else f"Which scheme of the lesson has order {order}?"
            ),
            "At the bottom, rounding is about as large as truncation. From eps "
            f"{'' if curve.size == 0 else '* |f| '}/ h = {curve.error} at h = {curve.h} you find eps.",
            f"Only the left arm knows the arithmetic. Move it {way(curve)}, and see where it meets the right one.",
        ),
        also_right=other_forms(right, options[right["change"]]),
        another=drawn,
    )


def other_forms(right: dict[str, str], change: str) -> tuple[Any, ...]:
    """The right choices, written differently."""
    scheme, arithmetic, key = right["scheme"], right["arithmetic"], right["change"]
    schemes = [spelling for spelling, means in SCHEMES_TOO.items() if means == scheme]
    words = [spelling for spelling, means in ARITHMETIC_TOO.items() if means == arithmetic]
    return (
        (schemes[0].capitalize(), ARITHMETIC[arithmetic], key.upper()),
        [scheme.upper(), words[0], f"({key})"],
        {"change": f"{key}.", "scheme": schemes[1], "arithmetic": words[2]},
        (OPTIONS[scheme], arithmetic, change),
        (schemes[-1], words[4].replace(" ", "-"), f"{key})"),
        (scheme, np.dtype(arithmetic).type, key),
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise for another curve, with other changes."""
    curves = [(scheme, name) for scheme in SCHEMES for name in EPS if (scheme, name) != ("central", "float32")]
    scheme, arithmetic = curves[generator.integers(len(curves))]
    curve = Curve(scheme, arithmetic, int(generator.integers(-2, 3)))
    wrong = [WRONG_CHANGES[k](curve) for k in generator.permutation(len(WRONG_CHANGES))[:4]]
    changes = [right_change(curve), *wrong]
    return diagnosis(curve, tuple(changes[k] for k in generator.permutation(len(changes))))


PLOT = Curve("central", "float32")
CURVE = diagnosis(PLOT, (right_change(PLOT), *(change(PLOT) for change in WRONG_CHANGES[:4])))

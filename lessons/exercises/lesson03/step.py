"""03.2: the best forward step from the function's own scale, and the error that is left there."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case, Exercise, Fault, Faults
from lessons.exercises.kinds import Function
from lessons.exercises.running import Call
from lessons.exercises.values import close, is_number, same, size_of

DOUBLE, SINGLE = (float(np.finfo(dtype).eps) for dtype in (np.float64, np.float32))
Step = Callable[[float, float, float], float]


def paired(answer: Callable[..., Any], *args: Any) -> Any:
    """What the answer returns; a dictionary of two results in its order."""
    result = answer(*args)
    return tuple(result.values()) if isinstance(result, Mapping) else result


@dataclass(frozen=True, slots=True)
class Pair(Function):
    """A function with two results in units of their own: each is compared by itself, however small beside the other."""

    call: Callable[..., Any] | None = paired

    def same(self, found: Any, expected: Any) -> bool:
        """Both, each up to rounding."""
        if isinstance(expected, tuple) and not self.misfit(found, expected):
            return all(same(a, b) for a, b in zip(found, expected, strict=True))
        return same(found, expected)


@dataclass(frozen=True, slots=True)
class WrongStep:
    """A wrong formula for the step, and what to say of it."""

    code: str
    name: str
    h: Step
    explanation: str
    question: str
    error: Step | None = None  # where the formula has an error of its own
    scaled: Step | None = None  # every constant multiple of this step is the same mistake
    alone: bool = False  # whether another formula has the same step, so that only the error tells them apart


def error_at(h: float, eps: float, f: float, f2: float) -> float:
    """Truncation and rounding together."""
    return f2 * h / 2 + 2 * eps * f / h


WRONG_STEPS = (
    WrongStep(
        "M9",
        "h is eps",
        lambda eps, f, f2: eps,
        "The step is machine epsilon itself. That is the relative distance of two floats: a step of that size leaves "
        "hardly a digit in the difference, and rounding, 2 * eps * |f| / h, is as large as 2 * |f|.",
        "What is the rounding error 2 * eps * |f| / h, if h is eps?",
        scaled=lambda eps, f, f2: eps,
    ),
    WrongStep(
        "M10",
        "rule of thumb",
        lambda eps, f, f2: math.sqrt(eps),
        "This is sqrt(eps), the rule of thumb, and it is the same for every function. It is the best step only where "
        "|f| and |f''| are of one size; the step has to be compared with the scale on which f changes.",
        "What is the scale of ln x at x = 1e8: how far must x move before ln x changes in its first digits?",
        scaled=lambda eps, f, f2: math.sqrt(eps),
    ),
    WrongStep(
        "M10",
        "always 1e-6",
        lambda eps, f, f2: 1e-6,
        "The step is one number, such as 1e-6, whatever the function is. At x = 1e8 that is lost beside x, and at x = "
        "1e-3 it may be far too large; the arguments eps, |f| and |f''| say how large it should be.",
        "Which of the three arguments does your step depend on?",
        scaled=lambda eps, f, f2: 1.0,
    ),
    WrongStep(
        "M10",
        "without |f|",
        lambda eps, f, f2: 2 * math.sqrt(eps / f2),
        "|f| does not occur in the step. A value of f is wrong by eps times |f|, not by eps: where f is large, "
        "rounding is large too, and h has to grow.",
        "If all values of f are 100 times larger, and f'' is the same, how much larger is the rounding error?",
    ),
    WrongStep(
        "M10",
        "without |f''|",
        lambda eps, f, f2: 2 * math.sqrt(eps * f),
        "|f''| does not occur in the step. It says how curved f is, and so how much truncation costs: where f hardly "
        "bends, a large step is good.",
        "Which step would you take for a straight line?",
    ),
    WrongStep(
        "",
        "upside down",
        lambda eps, f, f2: 2 * math.sqrt(eps * f2 / f),
        "|f| and |f''| have changed places. Much curvature wants a small step, and large values of f, which round "
        "coarsely, want a large one.",
        "Does your step grow or shrink if f bends more?",
    ),
    WrongStep(
        "",
        "without the 2",
        lambda eps, f, f2: math.sqrt(eps * f / f2),
        "The step is half of the best one: the factor in front of the root is missing. Truncation is |f''| * h / 2, "
        "and rounding 2 * eps * |f| / h; both twos go into it.",
        "At your step, are truncation and rounding equally large?",
    ),
    WrongStep(
        "",
        "one value rounds",
        lambda eps, f, f2: math.sqrt(2 * eps * f / f2),
        "Here rounding counts as eps * |f| / h, as if only one value of f were rounded. There are two in the "
        "difference, and each may be wrong by eps * |f|.",
        "How many values of f are subtracted, and by how much may each be wrong?",
        lambda eps, f, f2: math.sqrt(2 * eps * f * f2),
    ),
    WrongStep(
        "",
        "truncation without the half",
        lambda eps, f, f2: math.sqrt(2 * eps * f / f2),
        "Truncation counts as |f''| * h here. Taylor's series has f'' * h**2 / 2, and h is divided out: half is left.",
        "What is the error of a forward difference of x**2, whose second derivative is 2?",
        lambda eps, f, f2: 2 * math.sqrt(2 * eps * f * f2),
        alone=True,
    ),
    WrongStep(
        "",
        "without the root",
        lambda eps, f, f2: 4 * eps * f / f2,
        "The root is missing: this is the square of the best step. The derivative of the sum, |f''| / 2 - 2 * eps * "
        "|f| / h**2, is zero for h**2 = 4 * eps * |f| / |f''|.",
        "Solve |f''| / 2 = 2 * eps * |f| / h**2: what is h?",
    ),
    WrongStep(
        "",
        "central step",
        lambda eps, f, f2: (3 * eps * f / f2) ** (1 / 3),
        "The cube root belongs to the central difference, whose truncation grows as h**2. A forward difference has "
        "|f''| * h / 2, and that leads to a square root.",
        "With which power of h does the truncation error of a forward difference grow?",
    ),
)
OTHER_ERROR = ", with the least error"


def always_a_multiple(step: Step) -> Callable[[Sequence[Call]], bool]:
    """Whether the steps that a function gives are this step times one constant, in all its calls."""

    def recognise(calls: Sequence[Call]) -> bool:
        steps: list[Any] = [call.value[0] if isinstance(call.value, tuple) and call.value else None for call in calls]
        if not all(is_number(h) and 0 < size_of(h) < math.inf for h in steps):
            return False
        ratios = [h / step(*call.case.args) for h, call in zip(steps, calls, strict=True)]
        return all(close(ratio, ratios[0]) for ratio in ratios)

    return recognise


def solve_step(faults: Faults) -> Callable[[float, float, float], tuple[float, float]]:
    """The step and the error."""
    wrong = next((w for w in WRONG_STEPS if {w.name, w.name + OTHER_ERROR} & faults), None)

    def best_step(eps: float, f: float, f2: float) -> tuple[float, float]:
        h = 2 * math.sqrt(eps * f / f2) if wrong is None else wrong.h(eps, f, f2)
        if wrong is not None and wrong.name in faults:
            error = error_at(h, eps, f, f2) if wrong.error is None else wrong.error(eps, f, f2)
        else:
            error = 2 * math.sqrt(eps * f * f2)
        if "truncation alone" in faults:
            error = error / 2 if wrong is None or wrong.name not in faults else f2 * h / 2
        return (error, h) if "swapped" in faults else (h, error)

    return best_step


def given(eps: float, f: float, f2: float, what: str = "") -> Case:
    """A case."""
    return Case((eps, f, f2), f"best_step({eps:.3g}, {f:.6g}, {f2:.6g}){what}")


def log_at(x: float, eps: float = DOUBLE) -> Case:
    """The logarithm at a point."""
    return given(eps, abs(math.log(x)), 1 / x**2, f" of ln x at {x:g}")


def drawn_scales(generator: np.random.Generator) -> tuple[Case, ...]:
    """Other functions at other points, in both arithmetics."""
    cases = []
    for eps, _ in product((DOUBLE, SINGLE), range(2)):
        x, k = generator.uniform(0.3, 1.2), generator.uniform(2.0, 30.0)
        wave = (abs(math.sin(k * x)) + 0.01, k * k * abs(math.sin(k * x)) + 0.01)
        power = (1 / x**3, 12 / x**5)
        growth = (math.exp(k * x), k * k * math.exp(k * x))
        cases += [given(eps, *scales) for scales in (wave, power, growth)]
    return tuple(cases[i] for i in generator.permutation(len(cases))[:3])


def step_and_error(_: Case, value: Any) -> list[tuple[str, Any]]:
    """The two results with their names."""
    return [("the step", value[0]), ("the error", value[1])]


SMALL = given(0.01, 9.0, 4.0)

FAULTS = (
    *(
        Fault(w.code, w.name, w.explanation, w.question, SMALL, w.scaled and always_a_multiple(w.scaled))
        for w in WRONG_STEPS
    ),
    *(
        Fault(
            w.code,
            w.name + OTHER_ERROR,
            f"{w.explanation} The error is that of the best step.",
            w.question,
            SMALL,
        )
        for w in WRONG_STEPS
        if not w.alone
    ),
    Fault(
        "M8",
        "truncation alone",
        "The error is half of what is to be expected: one of the two parts is left out. At the best step truncation "
        "and rounding are equally large, and both are there.",
        "If truncation were all, which step would be the best?",
        SMALL,
    ),
    Fault(
        "",
        "swapped",
        "Both numbers are right, and they have changed places. First the step, then the error.",
        "Which of your two numbers has the unit of x?",
        SMALL,
    ),
)


def by_names(eps: float, f: float, f2: float) -> list[float]:
    """Two parts at the best step, added."""
    h = math.sqrt(4 * eps * abs(f) / abs(f2))
    truncation, rounding = abs(f2) * h / 2, 2 * eps * abs(f) / h
    return [h, truncation + rounding]


def by_arrays(eps: Any, f: Any, f2: Any) -> Any:
    """A NumPy array."""
    return np.array([np.sqrt(f / f2), np.sqrt(f * f2)]) * 2 * np.sqrt(eps)


def by_logarithms(eps: float, f: float, f2: float) -> tuple[Any, Any]:
    """Through exponent and logarithm, with 0-d arrays."""
    h = math.exp(math.log(2) + (math.log(eps) + math.log(f) - math.log(f2)) / 2)
    return np.array(h), np.float64(h * f2)


def by_powers(eps: float, f: float, f2: float) -> tuple[float, float]:
    """The error as rounding, twice."""
    h = 2 * (eps * f) ** 0.5 * f2**-0.5
    return h, 4 * eps * f / h


def by_scale(eps: float, f: float, f2: float) -> tuple[float, float]:
    """The scale of the function, as Press writes it."""
    scale = (f / f2) ** 0.5
    return 2 * eps**0.5 * scale, 2 * eps**0.5 * f / scale


STEP = Exercise(
    id="03.2",
    title="Choose h",
    prompt="Given eps, |f| and |f''|, write a function `best_step(eps, f, f2)` that returns the best forward step and "
    "the error to expect there, in this order; f and f2 are the sizes |f| and |f''|, both larger than 0. Count "
    "truncation as |f''| h / 2 and rounding as 2 eps |f| / h, as the lesson does. Test it on ln x at x = 1e-3, 1 and "
    "1e8. (At x = 1 the formula says 0: what has it forgotten? That point is not checked.)",
    starter="""
def best_step(eps, f, f2):
    h = ...
    error = ...
    return h, error
""",
    answer="best_step",
    kind=Pair(),
    solve=solve_step,
    faults=FAULTS,
    public=(log_at(1e-3), log_at(1e8), given(SINGLE, math.sin(1), math.sin(1), " of sin x at 1 in float32"), SMALL),
    hidden=drawn_scales,
    points=3,
    hints=(
        "The error as a function of h is |f''| h / 2 + 2 eps |f| / h. Where is its derivative with respect to h zero?",
        "h = 2 sqrt(eps |f| / |f''|). Put it into both parts of the error: they are equally large there.",
    ),
    also_right=(by_names, by_arrays, by_logarithms, by_powers, by_scale),
    entries=step_and_error,
)

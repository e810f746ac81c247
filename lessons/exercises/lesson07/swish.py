"""07.4: an operation of one's own, a wrong rule for it, and a point that does not find it out."""

from typing import Any

import numpy as np

from expression import operation
from lessons.exercises.exercise import ONE, Exercise, Faults, no_cases
from lessons.exercises.kinds import Choice
from lessons.exercises.lesson07.family import Swish
from lessons.exercises.lesson07.registration import Point, Registration, WithRule
from lessons.exercises.lesson07.swish_faults import faults_of
from lessons.exercises.lesson07.swishes import WHY, also_right

RATES = (0.5, 1.5, 2, 2.5, 3, 4)
LARGEST = 6  # factor


def solve_swish(f: Swish, faults: Faults) -> dict[str, Any]:
    """The operation, a rule that forgets a term, the point where that term is 0, and why."""
    why = "tolerance" if "tolerance" in faults else "same rule" if "same rule" in faults else "same value"
    return {
        "swish": operation(partials=(f.rule(faults),), name="swish")(f.body(faults)),
        "wrong": f.rule() if "wrong rule is right" in faults else f.rule(frozenset({"only the first factor"})),
        "at": 1.5 if "found out" in faults else 0.0,
        "why": "not called" if "rule not called" in faults else why,
    }


def swish(f: Swish) -> Exercise:
    """The exercise with a function."""
    spoken = {factor: "" if factor == 1 else f"{factor:g} " for factor in (f.c, f.b)}
    front, slope = spoken[f.c], spoken[f.b]
    return Exercise(
        id="07.4",
        title="Your own operation",
        prompt=f"Register `swish(x) = {f.text()}` with a rule that uses its result `y`. Give it a wrong rule on "
        "purpose (`wrong(y, x)`) and read what `compare` says; then find a point where your wrong rule is *not* found "
        "out (`at`: `compare(swish, at)` has nothing to say), and explain why: `why` is one of "
        + ", ".join(f'`"{key}"` ({text})' for key, text in WHY.items())
        + ".",
        starter=f"""
import numpy as np
from expression import operation

@operation(partials=(lambda y, x: ...,))
def swish(x):
    return {f.text("np.exp")}

def wrong(y, x):
    return ...

at = ...
why = ...  # one of {", ".join(f'"{key}"' for key in WHY)}
""",
        answer="swish, wrong, at, why",
        kind=Registration(
            {
                "swish": WithRule("an operation", f, operation=True),
                "wrong": WithRule("a rule wrong(y, x)", f),
                "at": Point(),
                "why": Choice(WHY),
            },
            f,
        ),
        solve=lambda faults: solve_swish(f, faults),
        faults=faults_of(f),
        public=ONE,
        hidden=no_cases,
        points=4,
        hints=(
            f"swish is {front}x times the sigmoid s. Use the product rule, and s' = {slope}s (1 - s); then look for "
            f"{front}x s in what you have.",
            f"With y = {front}x s the partial is {front}s + {slope}y (1 - s): it needs s and y, and x only for s.",
            "Take a wrong rule that forgets a term. Where is that term 0?",
        ),
        also_right=also_right(f),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise with another function, whose exponent has a factor."""
    return swish(Swish(int(generator.integers(1, LARGEST + 1)), float(generator.choice(RATES))))


SWISH = swish(Swish())

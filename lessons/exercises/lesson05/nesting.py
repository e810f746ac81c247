"""05.3: a derivative inside a derivative, with and without tags."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Record, Value
from lessons.exercises.lesson05.cancelling import Cancelling

FAULTS = (
    (
        "M17",
        "confused",
        "{confused} is what the confused program says. For the inner derivative x is a constant: only y moves there, "
        "and d/dy ({sum}) is {b} for every x.",
        "In the inner derivative, who moves: x, y, or both?",
        "d/dy ({sum}) is {b}, so the outer function is {reduced}",
    ),
    (
        "M3",
        "product of slopes",
        "The slope of {kx} was multiplied by the slope of the inner derivative, which is 0. The product rule has two "
        "terms: the first factor moves as well.",
        "The inner derivative is {b}. Which function of x is left, and what is its slope?",
        "{reduced} has the slope {right}, not {k} * 0",
    ),
    (
        "",
        "inner derivative skipped",
        "This is the slope of {kx} * ({sum}) at x = y = 1. The inner derivative comes first: what it leaves is no "
        "longer {sum}.",
        "Which number does d/dy ({sum}) give, before anything is multiplied by {kx}?",
        "{kx} * d/dy ({sum}) is {reduced}; {kx} * ({sum}) is another function",
    ),
    (
        "M17",
        "nests by itself",
        "Untagged numbers do not nest by themselves. Both derivatives call their little bit eps, so the tangents "
        "of x and of y are added up in {sum}, and the inner D takes the sum for its own.",
        "In the inner sum {sum}, which tangents do the two numbers carry, if nobody keeps them apart?",
        "{example} without tags: {tangents} = {confused}",
    ),
    (
        "M17",
        "nothing confused",
        "Here nothing cancels, because nothing was confused: there is no inner derivative, or it is right without "
        "tags too. "
        "A confusion needs the x of the outer derivative inside of the inner function, as {sum} has it.",
        "Which tangent of yours could the inner D mistake for its own?",
        "D(lambda y: y * y, 3.0) never meets x, so there is nothing to mistake",
    ),
    (
        "M17",
        "does not cancel",
        "Tagged and untagged numbers give different results here: the confusion is still there in the end. "
        "Some expressions agree at a special point only, and some undo the mistake again.",
        "At which x do the right slope of your expression and the confused one meet?",
        "x * D(lambda y: x * y, 1.0) at x = 3 is 6 with tags and 4 without",
    ),
)  # code, name, explanation, question, smallest example; in braces what depends on the function


def cancels(D: Callable[..., Any]) -> Any:
    """A nested expression in which the confusion cancels: 2 x and x + 1 are equal at 1."""
    return D(lambda x: x * D(lambda y: x * y, 1.0), 1.0)


def unconfused(D: Callable[..., Any]) -> Any:
    """One in which nothing is confused."""
    return D(lambda x: x * D(lambda y: y * y, 3.0), 2.0)


def differs(D: Callable[..., Any]) -> Any:
    """One in which the confusion stays."""
    return D(lambda x: x * D(lambda y: x * y, 1.0), 3.0)


OTHERS: tuple[Callable[[Callable[..., Any]], Any], ...] = (
    lambda D: D(lambda x: D(lambda y: x + y, 1.0) - D(lambda y: y + x, x), 2.0),
    lambda D: D(lambda x: x * (D(lambda y: x + y, 3) - D(lambda y: x + y, 5)), 4),
    lambda D: D(lambda x: D(lambda y: x + y, 1.0) * x - D(lambda y: x + y, 7.0) * x + x, 1.0),
    lambda D: D(lambda x: np.exp(x) * 0.0 * D(lambda y: np.sin(x) * y, 1.0), 0.5),
)  # more in which it cancels


def nesting(k: int, a: int, b: int) -> Exercise:
    """The exercise for the function k x d/dy (a x + b y)."""
    right, confused = float(k * b), float(k * (a + b))
    kx, ax, by = times(k, "x"), times(a, "x"), times(b, "y")
    words = {
        "sum": f"{ax} + {by}",
        "kx": kx,
        "reduced": f"{kx} * {b}",
        "example": f"D(lambda x: {kx} * D(lambda y: {ax} + {by}, 1.0), 1.0)",
        "tangents": f"{a} + {b}" if k == 1 else f"{k} * ({a} + {b})",
        **{name: f"{number:g}" for name, number in {"k": k, "b": b, "right": right, "confused": confused}.items()},
    }

    def solve(faults: Faults) -> dict[str, Any]:
        """The two numbers, and an expression in which the confusion cancels."""
        slope = confused if "confused" in faults else 0.0 if "product of slopes" in faults else right
        if "inner derivative skipped" in faults:
            slope = float(k * (2 * a + b))
        nested = differs if "does not cancel" in faults else cancels
        return {
            "right": slope,
            "untagged": right if "nests by itself" in faults else confused,
            "cancels": unconfused if "nothing confused" in faults else nested,
        }

    k_tex, a_tex, b_tex = ("" if number == 1 else str(number) for number in (k, a, b))
    formula = rf"x \mapsto {k_tex}x \cdot \frac{{d}}{{dy}}\big({a_tex}x + {b_tex}y\big)"
    return Exercise(
        id="05.3",
        title="A derivative inside",
        prompt=f"What is the derivative of ${formula}$ (`right`), and what do untagged dual numbers say (`untagged`)? "
        "Then find a nested expression in which the inner derivative is confused, and yet the wrong program gives the "
        "right number in the end: write it as a function `cancels(D)` that returns a number. `D(f, x)` is the "
        "derivative of `f` at `x`; it is called once with tags and once without.",
        starter=f"""
right = ...
untagged = ...

def cancels(D):
    return ...  # such as {words["example"]}; but there it does not cancel
""",
        answer="right, untagged, cancels",
        kind=Record({"right": Value(), "untagged": Value(), "cancels": Cancelling()}),
        solve=solve,
        faults=tuple(
            Fault(code, name, told.format(**words), ask.format(**words), Case((), x.format(**words)))
            for code, name, told, ask, x in FAULTS
        ),
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=(
            f"On paper: differentiate {ax} + {by} by y, with x a constant. Only then look at the outer function.",
            "Without tags the inner D sees the tangent of x as well. Follow "
            f"{kx} * D(lambda y: {ax} + {by}, 1.0) with Dual(x, 1) and Dual(1, 1).",
            "In the lesson, x * D(lambda y: x * y, 1.0) gives 6 with tags and 4 without, at x = 3. Write both as "
            "formulas in x; where are they equal?",
        ),
        also_right=(
            (right, confused, cancels),
            (np.float64(right), f"{confused:g}", OTHERS[0]),
            {"cancels": OTHERS[1], "untagged": int(confused), "right": int(right)},
            [np.array(right), confused, OTHERS[2]],
            (f"{right:g}", np.int64(confused), OTHERS[3]),
        ),
        another=drawn,
    )


def times(factor: int, name: str) -> str:
    """A multiple of a variable, as Python writes it.

    >>> times(1, "x"), times(3, "x")
    ('x', '3 * x')
    """
    return name if factor == 1 else f"{factor} * {name}"


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise for another function."""
    return nesting(*generator.integers(1, 7, 3).tolist())


NESTING = nesting(1, 1, 1)

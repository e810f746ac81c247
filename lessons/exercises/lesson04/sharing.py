"""04.3: a function and its derivative in one short list of assignments; operations are counted as they are written."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case, Exercise, Fault, Faults, Forbidden
from lessons.exercises.kinds import Function
from lessons.exercises.lesson04.counting import count
from lessons.exercises.values import normal, show

MOST = 28  # operations; SymPy's cse comes to as many from the loop and its derivative
FEWEST = 11  # by_angle, with functions; 12 with + - * alone


def counted(answer: Callable[[Any], Any], x: float) -> Any:
    """The two results, and how many operations they took."""
    found, operations = count(answer, x)
    result = normal(found)
    if isinstance(result, dict) and len(result) == 2:
        result = tuple(result.values())
    if not isinstance(result, tuple) or len(result) != 2:
        return result
    return {"value": result[0], "slope": result[1], "operations": operations}


def is_counted(value: Any) -> bool:
    """Whether a value is two results with their count, and not a dictionary that the answer returned."""
    return isinstance(value, dict) and value.keys() == {"value", "slope", "operations"}


@dataclass(frozen=True, slots=True)
class Program(Function):
    """A function of one number that is run on a counting one."""

    call: Callable[..., Any] | None = counted

    def misfit(self, found: Any, expected: Any) -> str:
        """Two results are wanted; the count is ours."""
        if is_counted(found):
            found, expected = ((x["value"], x["slope"]) for x in (found, expected))
        else:
            expected = (0.0, 0.0)
        return Function.misfit(self, found, expected)

    def same(self, found: Any, expected: Any) -> bool:
        """Numbers up to rounding, and as many operations as are allowed in both."""
        if not isinstance(expected, dict):
            return Function.same(self, found, expected)
        if self.misfit(found, expected) or (found["operations"] > MOST) != (expected["operations"] > MOST):
            return False
        return all(Function.same(self, found[part], expected[part]) for part in ("value", "slope"))

    def remark(self, found: Any, expected: Any) -> str:
        """How many operations a right program takes."""
        return f"It takes {found['operations']} operations. The shortest list that we know has {FEWEST}."

    def show(self, value: Any) -> str:
        """The two results and the count."""
        if not is_counted(value):
            return Function.show(self, value)
        return f"{show(value['value'])} and {show(value['slope'])} with {value['operations']} operations"


def solve_sharing(faults: Faults) -> Callable[[Any], tuple[Any, Any]]:
    """The loop, with the slope carried along."""
    steps = 2 if "stops at l3" in faults else 4 if "goes on to l5" in faults else 3

    def slope_of_step(u: Any, d: Any) -> Any:
        if "product of slopes" in faults:
            return 4 * d * -d
        if "1 - l has slope 1" in faults:
            return 4 * d * (1 - u) + 4 * u * d
        if "1 - l is constant" in faults:
            return 4 * d * (1 - u)
        return (4 - 8 * u) if "last step alone" in faults else (4 - 8 * u) * d

    def l4_and_slope(x: Any) -> tuple[Any, Any]:
        u, d = x, 0.0 if "seed 0" in faults else 1.0
        for _ in range(steps):
            if "reads the new l" in faults:
                u = 4 * u * (1 - u)
                d = slope_of_step(u, d)
            else:
                d, u = slope_of_step(u, d), 4 * u * (1 - u)
        if "nothing shared" in faults:
            for _ in range(MOST):
                u = u + 0.0
        return (d, u) if "swapped" in faults else (u, d)

    return l4_and_slope


def at(x: float) -> Case:
    """A case."""
    return Case((x,), f"x = {x:.6g}")


def drawn_points(generator: np.random.Generator) -> tuple[Case, ...]:
    """Other points."""
    return tuple(map(at, generator.uniform(0.05, 0.95, 3).tolist()))


def value_and_slope(_: Case, value: Any) -> list[tuple[str, Any]]:
    """The two results with their names."""
    return [("l4", value["value"]), ("its slope", value["slope"])]


SMALL = at(0.25)

FAULTS = (
    Fault(
        "M5",
        "nothing shared",
        f"Both results are right, but the list is too long: it computes the same thing more than once. {MOST} "
        "operations are enough; as a tree the two together have hundreds of nodes, as a list a few dozen.",
        "Which products or differences stand in your list twice, perhaps in two disguises?",
        SMALL,
    ),
    Fault(
        "M3",
        "product of slopes",
        "The slope of 4 l (1 - l) is taken as the product of the factors' slopes. Each factor is differentiated in a "
        "term of its own, with the other left as it is.",
        "What does your rule say for l = x, that is for 4 x (1 - x), at x = 0?",
        SMALL,
    ),
    Fault(
        "M2",
        "last step alone",
        "That is the slope of the last step with respect to l3, not to x. By the chain rule the slopes of all three "
        "steps are multiplied.",
        "If x grows by a little, by how much does l3 grow before the last step even begins?",
        SMALL,
    ),
    Fault(
        "M4",
        "1 - l has slope 1",
        "The factor 1 - l falls when l grows, so that its slope is -l'. With the plus everything but 4 l' cancels, "
        "and every step multiplies by 4, wherever it is.",
        "What is the slope of 4 x (1 - x) at the top of the parabola?",
        SMALL,
    ),
    Fault(
        "M6",
        "1 - l is constant",
        "Only the first factor is differentiated, as if 1 - l were a constant. It contains x as well.",
        "What is the slope of 4 x (1 - x) at the top of the parabola, x = 1/2?",
        SMALL,
    ),
    Fault(
        "M7",
        "reads the new l",
        "The slope of a step is computed after l has been replaced, so that it reads the new l. It needs the l that "
        "the step began with.",
        "When your list computes the slope of the first step, does it read x, or l2?",
        SMALL,
    ),
    Fault(
        "M20",
        "seed 0",
        "The slope begins with 0, and all that follows is multiplied by it. It begins with the slope of x itself.",
        "What is dx/dx?",
        SMALL,
    ),
    Fault(
        "",
        "stops at l3",
        "These are l3 and its slope: one step is missing. l1 is x, so that three steps lead to l4.",
        "How often do you have to apply 4 l (1 - l) to come from l1 to l4?",
        SMALL,
    ),
    Fault(
        "",
        "goes on to l5",
        "These are l5 and its slope: one step is too many. l1 is x, so that three steps lead to l4.",
        "How often do you have to apply 4 l (1 - l) to come from l1 to l4?",
        SMALL,
    ),
    Fault(
        "",
        "swapped",
        "Both numbers are right, and they have changed places. First l4, then its slope.",
        "Which of your two numbers always lies between 0 and 1?",
        SMALL,
    ),
)


def by_lines(x: Any) -> tuple[Any, Any]:
    """Line by line; equal parts have names."""
    t2 = 4 * x
    l2 = t2 * (1 - x)
    d2 = 4 - 2 * t2
    t3 = 4 * l2
    l3 = t3 * (1 - l2)
    d3 = (4 - 2 * t3) * d2
    t4 = 4 * l3
    return t4 * (1 - l3), (4 - 2 * t4) * d3


def by_squares(x: Any) -> list[Any]:
    """With z = 2 - 4 l a step is z * z - 2: twelve operations."""
    z1 = 2 - 4 * x
    z2 = z1 * z1 - 2
    z3 = z2 * z2 - 2
    return [1 - 0.25 * (z3 * z3), 8 * z1 * z2 * z3]


def by_product(x: Any) -> Any:
    """Baydin's product, with its factors named."""
    a = 1 - 2 * x
    u = x * (1 - x)
    b = 1 - 8 * u
    aa, ab = a * a, a * b
    return np.array([64 * u * ab * ab, 64 * ab * (aa * b - 4 * u * b - 16 * u * aa)])


def by_angle(x: Any) -> dict[str, Any]:
    """The closed form with the angle."""
    angle = np.arcsin(np.sqrt(x))
    return {"value": np.sin(8 * angle) ** 2, "slope": 8 * np.sin(16 * angle) / np.sin(2 * angle)}


def by_polynomial(x: Any) -> tuple[Any, Any]:
    """Horner's form of the function, and the three slopes as a product."""
    y = 1 - 2 * x
    y2 = 2 * y**2 - 1
    y3 = 2 * y2**2 - 1
    return (1 - (2 * y3**2 - 1)) / 2, 64 * (y * y2 * y3)


def by_mathematics(x: Any) -> tuple[float, float]:
    """The closed form with the module math."""
    angle = math.asin(math.sqrt(x))
    return math.sin(8 * angle) ** 2, 8 * math.sin(16 * angle) / math.sin(2 * angle)


SHARING = Exercise(
    id="04.3",
    title="Share by hand",
    prompt="Write l4 and its derivative together as a list of assignments with as few operations as you can: a "
    "function `l4_and_slope(x)` that returns both, l4 first. How close do you come to the number that `cse` finds? It "
    f"finds {MOST}, and more are too many. Each operator and each function counts whenever it is carried out on x or "
    "on what was computed from x.",
    starter="""
def l4_and_slope(x):
    ...  # one assignment a line; l1 is x
    return ..., ...
""",
    answer="l4_and_slope",
    kind=Program(),
    solve=solve_sharing,
    faults=FAULTS,
    public=(at(0.2), at(0.3), at(0.9)),
    hidden=drawn_points,
    points=4,
    hints=(
        "Follow the loop, l2 = 4 x (1 - x) and so on, and write the slope of each step below it.",
        "The slope of 4 l (1 - l) is (4 - 8 l) l': three operations more for each step.",
        "Fewer still: with y = 1 - 2 l a step of the loop becomes y -> 2 y**2 - 1. What is its slope?",
    ),
    also_right=(by_lines, by_squares, by_product, by_angle, by_polynomial, by_mathematics),
    rules=(
        Forbidden(
            "autodiff", "symbolic", "numeric", instead="The task is to write the list by hand: one assignment a line."
        ),
    ),
    entries=value_and_slope,
)

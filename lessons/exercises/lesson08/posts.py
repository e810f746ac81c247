"""What blog posts about benchmarks do, for 08.4: lines by the question that they raise, and what people think of each.

Every line names one right option and the wrong ones, each with the fault of somebody who chooses it. The first line of
a place is that of the published exercise.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType

from lessons.exercises.exercise import Fault
from lessons.exercises.lesson08.posts_faults import FAULTS


@dataclass(frozen=True, slots=True)
class Line:
    """Something that a post does: what is asked about it, and the options."""

    part: str  # of the answer
    told: str  # as the post has it; {dtype} and {calls} stand for what its other lines say
    right: tuple[str, str]  # key and text
    wrong: tuple[tuple[str, str, str], ...]  # key, text, and the fault of who chooses it
    sums_up: str = ""  # what its time holds, as the end of "one ..."
    fair: bool = False  # whether the line measures a whole method
    once: bool = False  # whether it makes sense for one call alone
    dtypes: tuple[str, str] = ("float64", "float64")  # of the first line and of the second
    calls: str = ""  # what a bracket says of them
    sentence: str = ""  # what the post says besides
    asked: str = ""  # how the question goes
    clash: str = ""  # the option of the race that does what this line did

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What people think of it."""
        return tuple(FAULTS[name] for *_, name in self.wrong)

    def without(self, key: str) -> "Line":
        """The line without one of its wrong options."""
        return replace(self, wrong=tuple(option for option in self.wrong if option[0] != key))


THEORY = ("theory", "the time of f times a constant, because it is reverse mode", "theorem for clock")
AUTOMATIC = (
    Line(
        "jax.grad",
        "`jax.grad` (first call, {dtype})",
        ("build", "tracing and compiling together with one evaluation, because it was the first call"),
        (
            (
                "run",
                "one evaluation of the gradient, because grad(f)(x) is a function call like any other",
                "first call is a call",
            ),
            THEORY,
        ),
        sums_up="holds a compiler",
        once=True,
    ),
    Line(
        "jax.grad",
        "`jax.grad` (called before the clock starts, {dtype})",
        ("run", "evaluations of the gradient alone, because the call before has traced and compiled"),
        (
            ("build", "tracing, compiling and evaluating, because JAX compiles what it runs", "every call builds"),
            THEORY,
        ),
        sums_up="has built before",
        fair=True,
    ),
    Line(
        "backward",
        "`loss.backward()` of PyTorch (the loss is there before the clock starts, {dtype})",
        ("sweep", "only the way back, because the recording was over when the clock started"),
        (
            ("run", "an evaluation of the gradient, because `backward` computes it", "recording is free"),
            THEORY,
        ),
        sums_up="has left its recording out",
    ),
)
NUMERIC = (
    Line(
        "np.gradient",
        "`np.gradient` ({dtype}{calls})",
        ("samples", "something else: slopes between neighbours in an array of values, because it never calls f"),
        (("gradient", "the gradient of f at a point by differences, because that is its name", "gradient by name"),),
        sums_up="computes something else",
    ),
    Line(
        "differences",
        "`(f(x + h * v) - f(x - h * v)) / (2 * h)` for f of 64 inputs ({dtype}{calls})",
        ("direction", "something else: one slope along v, because f is evaluated twice and there is one quotient"),
        (
            (
                "gradient",
                "the gradient of f at a point by differences, because x, h and v are arrays",
                "one direction for all",
            ),
        ),
        sums_up="computes one slope of 64",
    ),
    Line(
        "differences",
        "central differences in 64 directions for f of 64 inputs ({dtype}{calls})",
        ("gradient", "the gradient of f at a point, because f is evaluated twice for each input"),
        (
            (
                "direction",
                "something else: slopes along a few directions, because no difference is a partial",
                "no partials at all",
            ),
        ),
        sums_up="has nothing to build",
        fair=True,
    ),
)
SYMBOLIC = (
    Line(
        "SymPy",
        "a formula that SymPy has simplified for a minute (not timed)",
        ("run", "only the finished formula, because building and simplifying were left out"),
        (("all", "the whole of the method, because a formula is simplified only once", "building is free"),),
        sums_up="has left its building out",
    ),
    Line(
        "SymPy",
        "`sympy.diff` (the formula is printed, no number is put in)",
        ("build", "only the building, because a formula is not yet a slope at a point"),
        (("all", "the whole of the method, because the derivative is there", "formula for slope"),),
        sums_up="has done nothing but build",
    ),
    Line(
        "SymPy",
        "`sympy.diff` and one evaluation of what it gives (all of it timed)",
        ("all", "building and evaluating together, because both lie between the two looks at the clock"),
        (("run", "only the finished formula, because building is no work for a computer", "building is no work"),),
        sums_up="builds and evaluates",
        fair=True,
    ),
)
PRECISION = (
    Line(
        "precision",
        "",
        (
            "apart",
            "float32 and float64 are two computations, because one of them moves half of the bytes and keeps half of "
            "the digits",
        ),
        (("same", "that does not matter, because the formula is the same", "digits for nothing"),),
        dtypes=("float32", "float64"),
        asked="the two precisions",
    ),
    Line(
        "answers",
        "",
        ("first", "they come first, because a time says nothing as long as nobody knows what was computed in it"),
        (("later", "they are another subject, because a race is about times", "times without answers"),),
        sentence="The answers are not compared.",
        asked="the answers",
    ),
    Line(
        "points",
        "",
        ("apart", "these are different computations, because f may loop and branch otherwise at another point"),
        (("same", "that does not matter, because the time of a formula does not depend on x", "any point will do"),),
        sentence="Each line has a random point of its own.",
        asked="the points",
    ),
)
REPETITION = (
    Line(
        "one call",
        "",
        ("noise", "says little, because a single shot can be off by more than the difference it is to show"),
        (("exact", "is enough, because a computer does the same each time", "one shot"),),
        calls=", one call",
        asked="one call",
    ),
    Line(
        "means",
        "",
        ("turns", "they say little, because the machine may have changed between one contestant and the next"),
        (("exact", "they are enough, because the mean of a thousand calls is precise", "precise is right"),),
        sentence="Each time is the mean of a thousand calls, one contestant after the other.",
        asked="the means",
        clash="repeat",
    ),
    Line(
        "best of five",
        "",
        ("hides", "it says little, because the shortest shot hides how far the shots lie apart"),
        (("exact", "it is enough, because the shortest shot is the one without noise", "shortest is exact"),),
        sentence="Each time is the shortest of five shots.",
        asked="the best of five",
        clash="best of",
    ),
)
NOTHING = ("none", "nothing follows about the three methods, because three different things were timed")
SMALLEST = "takes the least time, because its number is the smallest"
CONCLUSION = (
    Line(
        "conclusion",
        "numerical differentiation takes the least time",
        NOTHING,
        (
            ("numeric", f"numerical differentiation {SMALLEST}", "smallest number"),
            (
                "reverse",
                "reverse mode takes the least time after all, because its cost is proven to be at most 5 times that "
                "of f",
                "theorem for result",
            ),
        ),
    ),
    Line(
        "conclusion",
        "automatic differentiation takes the least time",
        NOTHING,
        (
            ("automatic", f"automatic differentiation {SMALLEST}", "smallest number"),
            (
                "numeric",
                "numerical differentiation takes the least time after all, because it only evaluates f",
                "only values",
            ),
        ),
    ),
    Line(
        "conclusion",
        "the formula takes the least time",
        NOTHING,
        (
            ("formula", f"the formula {SMALLEST}", "smallest number"),
            (
                "reverse",
                "reverse mode takes the least time after all, because its cost is proven to be at most 5 times that "
                "of f",
                "theorem for result",
            ),
        ),
    ),
)
RACE = Line(
    "race",
    "",
    (
        "fair",
        "one function, one point, one dtype; all is built before, and its time told apart; the answers are compared; "
        "then interleaved rounds, and a tie where the noise covers the difference",
    ),
    (
        (
            "repeat",
            "the same three lines, each a thousand times on its own, and the means are compared",
            "repeats the mistake",
        ),
        (
            "all in",
            "the same three lines, once, with building and simplifying included everywhere",
            "building with all",
        ),
        ("best of", "the same three lines in one dtype, and the shortest of five shots of each", "best of five"),
    ),
)
PLACES = MappingProxyType(
    {
        "automatic": AUTOMATIC,
        "numeric": NUMERIC,
        "symbolic": SYMBOLIC,
        "precision": PRECISION,
        "repetition": REPETITION,
        "conclusion": CONCLUSION,
    }
)

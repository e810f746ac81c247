"""08.1, flops predicted, and 08.3, the number of inputs from which differences cost more than a sweep."""

from fractions import Fraction
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Value

# -- 08.1 --------------------------------------------------------------------------------------------------------------


def solve_counts(faults: Faults) -> dict[str, int]:
    """The flops of f = xy + yz + sin(xy), of its gradient by reverse mode, and of the gradient written out."""
    mul = 1
    add = 0 if "additions are free" in faults else 1
    sin = cos = 1 if "sine is one" in faults else 8
    f = 2 * mul + sin + 2 * add  # p = xy, yz, sin(p), and two sums
    gradient = mul + cos + add + 2 * mul + add  # p, cos(p), 1 + cos(p), that times y and times x, + z
    by_x = add + mul + cos + mul  # y + y cos(xy)
    by_y = 2 * add + mul + cos + mul  # x + z + x cos(xy); by z it is y, and costs nothing
    tree = by_x + by_y
    written = {"f": f, "gradient": gradient, "tree": tree}
    if "value too" in faults:
        written["gradient"] = gradient + f - mul  # p serves both
    if "products with 1" in faults:
        written["gradient"] += 3 * mul  # the seed on its way through sin and through both factors of yz
    if "sweep as a tree" in faults:
        written["gradient"] = tree
    if "bound for count" in faults:
        written["gradient"] = 5 * f
    if "f as a tree" in faults:
        written["f"] = f + mul
    if "tree of f" in faults:
        written["tree"] = f + mul
    if "tree shares" in faults:
        written["tree"] = tree - mul - cos
    return written


def takes_a_bound(answer: Any) -> bool:
    """Whether the gradient is a whole multiple of f, as of a bound or a rule of thumb."""
    return bool(answer["f"] == 12 and answer["tree"] == 23 and answer["gradient"] in (36, 48))


COUNTS = Exercise(
    id="08.1",
    title="Predict",
    prompt="For f(x, y, z) = xy + yz + sin(xy) count the flops of f, of its gradient by reverse mode (the three slopes "
    "alone, without the value of f), and of the textbook formula of the gradient as a tree. A flop is 1 for +, - and "
    "*, and 8 for sin and cos. A program computes nothing twice and leaves out what nobody needs, a tree shares "
    "nothing. Write the three integers down before you ask `flops`.",
    starter="""
counts = {
    "f": ...,
    "gradient": ...,  # by reverse mode, without the value of f
    "tree": ...,  # all three partials, written out
}
""",
    answer="counts",
    kind=Value(parts=("f", "gradient", "tree"), rtol=0),
    solve=solve_counts,
    faults=(
        Fault(
            "M5",
            "f as a tree",
            "The product xy is counted twice in f. It is one node of the list, and two others read it.",
            "How many lines with `mul` has the listing of f?",
            Case(text="(x + y) * (x + y): 2 flops as a program, 3 as a tree"),
        ),
        Fault(
            "",
            "sine is one",
            "sin and cos are counted as 1 flop. In this course a flop is what an addition costs, and a sine costs 8 "
            "of these.",
            "Which operation of f is the most expensive one, and what does the beginning of the lesson say of it?",
            Case(text="sin(x): 8 flops, counted as one operation it would be 1"),
        ),
        Fault(
            "",
            "additions are free",
            "The additions are left out. The bound of 4 is proven for such a count, but `flops` counts each addition "
            "as 1; the bound for that is 5.",
            "What does `flops` say of x + y?",
            Case(text="x + y: 1 flop, and not 0"),
        ),
        Fault(
            "",
            "value too",
            "This is f and its gradient together. The three slopes alone need less: the sine, yz and both sums of f "
            "are read by no partial.",
            "Which values of the forward sweep does some partial multiply with?",
            Case(text="sin(x): the slope cos(x) takes 8 flops, with the value of sin(x) beside it 16"),
        ),
        Fault(
            "",
            "products with 1",
            "The seed is 1, and + passes it on as 1. Products with it are counted here, and a program leaves them out: "
            "cos(xy) times 1 is cos(xy), y times 1 is y.",
            "Which adjoints of this sweep are 1, and what does it take to multiply by them?",
            Case(text="x * y: both slopes take 0 flops; with 1 * y and 1 * x they would take 2"),
        ),
        Fault(
            "M5",
            "sweep as a tree",
            "The gradient by reverse mode is counted as if nothing were shared, which is the third number. The sweep "
            "computes xy and cos(xy) once, for both partials that need them.",
            "How often does a reverse sweep come to the node of the sine?",
            Case(text="sin(x * y): both slopes take 11 flops as a program, 20 written out"),
        ),
        Fault(
            "",
            "bound for count",
            "A multiple of f is written down for its gradient. The theorem gives a bound, at most 4 or 5 times f, and "
            "most functions stay far below: the count has to be counted.",
            "Which operations does the reverse sweep really do for a sum?",
            Case(text="x + y: 1 flop, the bound for its gradient is 5 flops, the count is 0"),
            recognise=takes_a_bound,
        ),
        Fault(
            "",
            "tree of f",
            "This is f itself as a tree. Asked is the textbook formula of the gradient: three partials, each written "
            "out in full.",
            "What is written in the textbook for the partial with respect to x?",
            Case(text="x * sin(x): f as a tree takes 9 flops, its slope sin(x) + x cos(x) 18"),
        ),
        Fault(
            "M5",
            "tree shares",
            "cos(xy) is counted once, but it stands in the partial with respect to x and in the one with respect to "
            "y. A tree shares nothing, not even between the partials.",
            "How often do you write cos(xy) when you write all three partials down?",
            Case(text="sin(x * y): y cos(xy) and x cos(xy) take 20 flops written out, 11 if they share cos(xy)"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "Write the listing of f: p = xy, q = yz, p + q, sin(p), and the last sum. Then add the flops of its lines.",
        "The sweep: p gets 1 from the sum and cos(p) from the sine. What p has got goes to x times y, and to y times "
        "x; from q, z gets y and y gets z.",
        "The tree: the partials are y + y cos(xy), x + z + x cos(xy) and y. Count every sign that you see.",
    ),
    also_right=(
        (12, 13, 23),
        ["12", "13", "23"],
        np.array([12, 13, 23]),
        {"tree": 23.0, "gradient": np.int64(13), "f": np.array(12)},
        {"f": 1 + 1 + 1 + 8 + 1, "gradient": 1 + 8 + 1 + 2 + 1, "tree": Fraction(11 + 12)},
    ),
)

# -- 08.3 --------------------------------------------------------------------------------------------------------------

LEAVE_PARTS = ("at 40", "at 3")


def first_above(ratio: int, each: int, once: int) -> int:
    """The smallest N with each * N + once > ratio.

    >>> first_above(10, 2, 0), first_above(10, 1, 1)
    (6, 10)
    """
    return (ratio - once) // each + 1


def solve_leave(faults: Faults) -> dict[str, float]:
    """From which N on the differences take more than a gradient on the tape, at 40 and at 3 times f."""
    each, once = 2, 0
    if "N evaluations" in faults:
        each = 1
    if "one-sided" in faults:
        each, once = 1, 1
    if "doubled" in faults:
        written = {part: float(2 * ratio + 1) for part, ratio in zip(LEAVE_PARTS, (40, 3), strict=True)}
    else:
        written = {
            part: float(first_above(ratio, each, once)) for part, ratio in zip(LEAVE_PARTS, (40, 3), strict=True)
        }
    if "at the tie" in faults:
        written["at 40"] -= 1
    if "no whole number" in faults:
        written["at 3"] = (3 - once) / each
    if "too early" in faults:
        written["at 3"] = 1.0
    return written


LEAVE = Exercise(
    id="08.3",
    title="Where do differences lose?",
    prompt="A gradient on the tape takes 40 times as long as f, whatever N; central differences take 2N evaluations of "
    "f. What is the smallest N for which the differences take longer than the tape, so that you leave them? And if the "
    "gradient takes 3 times as long as f? At a tie you may stay.",
    starter="""
leave = {"at 40": ..., "at 3": ...}
""",
    answer="leave",
    kind=Value(parts=LEAVE_PARTS, rtol=0),
    solve=solve_leave,
    faults=(
        Fault(
            "M29",
            "N evaluations",
            "One evaluation is counted for each input. Central differences take two: one step forwards, and one "
            "backwards.",
            "At which points does a central difference evaluate f, for one input?",
            Case(text="N = 1, central: f(x + h) and f(x - h), 2 evaluations and not 1"),
        ),
        Fault(
            "M29",
            "one-sided",
            "N + 1 evaluations are what one-sided differences take: they share the value in the middle. Central "
            "differences have nothing to share, and take 2N.",
            "Does a central difference use f(x)?",
            Case(text="N = 2: one-sided differences take 3 evaluations, central ones 4"),
        ),
        Fault(
            "",
            "doubled",
            "The ratio was multiplied by two, where it has to be divided. Two evaluations for each input means that "
            "the differences reach the price of the tape at half as many inputs.",
            "How many evaluations do the differences take at the N that you wrote down, and how many can the tape "
            "afford?",
            Case(text="a tape that takes 2 times f: at N = 1 there is a tie, from N = 2 on it takes less"),
        ),
        Fault(
            "",
            "at the tie",
            "With this N both take equally long. Asked is the first N at which the differences take longer.",
            "What do 2N evaluations come to at your N, and is that more than 40?",
            Case(text="a tape that takes 2 times f: at N = 1 there is a tie, the differences lose from N = 2 on"),
        ),
        Fault(
            "",
            "no whole number",
            "Here the two lines cross, but a function has a whole number of inputs. The first one above the crossing "
            "is the answer.",
            "Which functions have that many inputs?",
            Case(text="a tape that takes 5 times f: the lines cross at 2.5, the differences lose from N = 3 on"),
        ),
        Fault(
            "",
            "too early",
            "With one input, central differences take two evaluations, and that is less than three. Even a gradient "
            "that is near the bound does not pay for a single number, if digits do not matter.",
            "What do both methods take for a function of one variable?",
            Case(text="a tape that takes 3 times f: at N = 1 the differences take 2, at N = 2 they take 4"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=2,
    hints=(
        "Write both prices in evaluations of f: the one is 40, the other 2N.",
        "Where are they equal? Then look at one input more.",
        "At 3 try N = 1 and N = 2.",
    ),
    also_right=(
        (21, 2),
        ["21", "2"],
        np.array([21.0, 2.0]),
        {"at 3": np.int32(2), "at 40": Fraction(42, 2)},
        {"at 40": 40 // 2 + 1, "at 3": 3 // 2 + 1},
    ),
)

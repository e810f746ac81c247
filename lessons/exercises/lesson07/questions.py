"""07.2 and 07.3: what `.grad` adds up, and how often a recording may be asked."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Record, Value
from lessons.exercises.values import normal

CALLS = 10


class Calls(Value):
    """One number for each call, also by the number of the call, or as a row or a column."""

    def read(self, answer: Any) -> Any:
        """The numbers in the order of the calls."""
        value = answer if callable(answer) else normal(answer)
        if isinstance(value, str):
            value = tuple(value.replace(",", " ").strip("()[] ").split())
        if isinstance(value, Mapping) and value:
            value = tuple(value.values())
        if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], tuple):
            (value,) = value
        if isinstance(value, tuple) and value and all(isinstance(x, tuple) and len(x) == 1 for x in value):
            value = tuple(x[0] for x in value)
        return super().read(value)


def solve_calls(faults: Faults) -> list[float]:
    """`w.grad` after each of ten calls."""
    if "looks before the call" in faults:  # then nobody sees what is forgotten after one
        faults -= {"forgets after the call"}
    w, grad, after = 3.0, 0.0, []
    slope = 9.0 if "adds the loss" in faults else w if "one factor only" in faults else 2 * w
    for call in range(1, CALLS + 1):
        if call % 2 == ("forgets before odd calls" in faults) and "never forgets" not in faults:
            grad = grad if "forgets after the call" in faults else 0.0
        before = grad
        grad = slope if "never adds" in faults else grad + slope
        if "forgets after the call" in faults and call % 2 == 0:
            grad = 0.0
        after.append(before if "looks before the call" in faults else grad)
    return after


ZERO_IT = Exercise(
    id="07.2",
    title="Zero it",
    prompt="A training loop calls `backward()` ten times on the loss $w^2$ at $w = 3$ and forgets the old gradient "
    "only before every second call: before the calls 2, 4, 6, 8 and 10. (`w` itself stays 3.) Predict `w.grad` after "
    "each call, on paper first, then with code.",
    starter="after = [..., ..., ..., ..., ..., ..., ..., ..., ..., ...]  # w.grad after call 1, 2, ... 10",
    answer="after",
    kind=Calls(),
    solve=solve_calls,
    faults=(
        Fault(
            "M25",
            "never forgets",
            "Every call adds 6, and nothing is ever forgotten. But before each second call somebody sets the gradient "
            "back to nothing.",
            "What is in w.grad immediately before call 2, and what after it?",
            Case((), "after call 2 the sum is 6 if it was forgotten before, 12 if it was not"),
        ),
        Fault(
            "M25",
            "never adds",
            "Each call gives 6, as if `backward()` wrote into `.grad`. It adds to what is there, and before call 3 "
            "nobody has cleared anything away.",
            "What is in w.grad immediately before call 3, and what does backward do with it?",
            Case((), "after call 3: the 6 of call 2 and 6 more"),
        ),
        Fault(
            "",
            "forgets before odd calls",
            "Here the gradient is forgotten before the calls 1, 3, 5, 7 and 9. That is every second call too, "
            "but in this loop it happens before the calls with even numbers.",
            "What happens between call 1 and call 2 of the exercise?",
            Case((), "after call 2: 6 if the gradient was forgotten before it, 12 if not"),
        ),
        Fault(
            "",
            "forgets after the call",
            "The gradient was forgotten right after every second call, so nothing is left where the exercise looks. "
            "It is forgotten *before* the call, and then the call adds its 6.",
            "In which order do these three come in round 2: forget, backward, look?",
            Case((), "after call 2: forgotten before, then 6 is added"),
        ),
        Fault(
            "",
            "looks before the call",
            "These are the sums before each call, when the old gradient has been forgotten or not. "
            "The question is what stands there after it.",
            "What is in w.grad when call 1 is over?",
            Case((), "before call 1 there is nothing; after it, 6"),
        ),
        Fault(
            "M20",
            "adds the loss",
            "9 is the loss, w**2. What backward adds is its derivative at w = 3.",
            "What is the derivative of w**2, and what is it at 3?",
            Case((), "after call 1: the slope of w**2 at 3 is 6, its value is 9"),
        ),
        Fault(
            "M18",
            "one factor only",
            "Each call brings 3 here. In w * w both factors are w, and both send something back to it.",
            "What does the first factor of w * w send to w, and what the second?",
            Case((), "after call 1: 3 + 3"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=2,
    hints=(
        "How large is the derivative of w**2 at 3? Every call adds that number to w.grad.",
        "Make a table with three columns: w.grad before the call, forgotten or not, w.grad after it.",
        "With code: w = tensor(3.0), and in the loop w.grad = None before the even calls, then (w * w).backward().",
    ),
    also_right=(
        (6, 6, 12, 6, 12, 6, 12, 6, 12, 6),
        np.array([6.0, 6, 12, 6, 12, 6, 12, 6, 12, 6]),
        [np.float32(6), *[np.array(6.0), 12] * 4, "6"],
        {call: 12.0 if call % 2 and call > 1 else 6.0 for call in range(1, 11)},
        np.array([[6], [6], [12], [6], [12], [6], [12], [6], [12], [6]]),
    ),
)


# -- 07.3 --------------------------------------------------------------------------------------------------------------

TAPES = {
    "plain": "GradientTape()",
    "persistent": "GradientTape(persistent=True)",
    "impossible": "no tape can: y and z need a recording each",
}
COSTS = {
    "1 and 1": "one recording and one sweep",
    "1 and 3": "one recording and three sweeps",
    "3 and 3": "three recordings and three sweeps",
}


def solve_ask_twice(faults: Faults) -> dict[str, Any]:
    """Three slopes at x = 2, the tape and the price."""
    x = 2.0
    y = x**2
    dy_dx, dz_dy = 2 * x, 3 * y**2
    if "power without the exponent" in faults:
        dy_dx = x
    if "at x, not at y" in faults and "nothing for an inner node" not in faults:
        dz_dy = 3 * x**2
    dz_dx = dz_dy * dy_dx
    if "inner factor missing" in faults:
        dz_dx = dz_dy
    if "exponents added" in faults:
        dz_dx = 5 * x**4
    if "chain with a plus" in faults:
        dz_dx = dz_dy + dy_dx
    if "nothing for an inner node" in faults:
        dz_dy = 0.0
    if "new leaf in the middle" in faults:
        dz_dx = dy_dx = 0.0
    return {
        "dz_dx": dz_dx,
        "dz_dy": dz_dy,
        "dy_dx": dy_dx,
        "tape": "GradientTape()"
        if "one question is enough" in faults
        else list(TAPES)[2 if "no tape can" in faults else 1],
        "with_grad": "1 and 1"
        if "one sweep" in faults
        else "1 and 3"
        if "grad shares a recording" in faults
        else "3 and 3",
    }


def slopes_are(answer: Any, dz_dx: float, dz_dy: float, dy_dx: float) -> bool:
    """Whether an answer is right but for these slopes."""
    right = solve_ask_twice(RIGHT)
    return bool(answer == {**right, "dz_dx": dz_dx, "dz_dy": dz_dy, "dy_dx": dy_dx})


ASK_TWICE = Exercise(
    id="07.3",
    title="Ask twice",
    prompt="With one recording of $y = x^2$ and $z = y^3$, find $dz/dx$, $dz/dy$ and $dy/dx$ at $x = 2$. Which kind "
    "of tape do you need (`tape`: "
    + ", ".join(f'`"{key}"` ({text})' for key, text in TAPES.items())
    + "), and what would the same three answers cost you with three calls of `grad` (`with_grad`, recordings and "
    "sweeps: " + ", ".join(f'`"{key}"`' for key in COSTS) + ")?",
    starter=f"""
dz_dx = ...
dz_dy = ...
dy_dx = ...
tape = ...  # one of {", ".join(f'"{key}"' for key in TAPES)}
with_grad = ...  # recordings and sweeps: one of {", ".join(f'"{key}"' for key in COSTS)}
""",
    answer="dz_dx, dz_dy, dy_dx, tape, with_grad",
    kind=Record(
        {"dz_dx": Value(), "dz_dy": Value(), "dy_dx": Value(), "tape": Choice(TAPES), "with_grad": Choice(COSTS)}
    ),
    solve=solve_ask_twice,
    faults=(
        Fault(
            "M2",
            "inner factor missing",
            "dz/dx is given as dz/dy: how fast z grows with y. But y moves too, dy/dx times as fast as x.",
            "If x grows by 0.001, by how much does y grow, and by how much does then z?",
            Case((), "(x**2)**3 is x**6, and its slope at 1 is 6, not 3"),
        ),
        Fault(
            "M2",
            "at x, not at y",
            "The partial of z = y**3 was taken at x = 2. It is 3 * y**2, and y is 4 there: the partial of an "
            "operation is evaluated at its own operand.",
            "Which value stands in front of the cube when x is 2?",
            Case((), "the slope of y**3 at y = 4 is 48; at 2 it would be 12"),
            recognise=lambda answer: slopes_are(answer, 192, 12, 4),
        ),
        Fault(
            "M1",
            "exponents added",
            "80 is the slope of x**5. A power of a power multiplies the exponents: (x**2)**3 is x**6.",
            "How many factors x has x**2 * x**2 * x**2?",
            Case((), "at x = 2, z is 64 = 2**6"),
        ),
        Fault(
            "M2",
            "chain with a plus",
            "dz/dy and dy/dx were added. Along one path the slopes are multiplied; sums belong to several paths.",
            "If y moves 4 times as fast as x, and z 48 times as fast as y, how fast does z move?",
            Case((), "if y = 2 x and z = 3 y, then z = 6 x, not 5 x"),
        ),
        Fault(
            "M1",
            "power without the exponent",
            "The derivative of x**2 was taken for x; the exponent comes down as a factor.",
            "By how much does x**2 grow between 2 and 2.001?",
            Case((), "the slope of x**2 at 2 is 4"),
            recognise=lambda answer: slopes_are(answer, 192, 48, 2),
        ),
        Fault(
            "M24",
            "nothing for an inner node",
            "y was computed, so nothing is kept for it, and 0 was taken for the answer. Its adjoint does exist while "
            "the sweep runs: dz/dy is what arrives at y from the cube.",
            "Which number does the sweep carry from z back to y, before it goes on to x?",
            Case((), "z = y**3 depends on y, so dz/dy at y = 4 is 48, not 0"),
        ),
        Fault(
            "M24",
            "new leaf in the middle",
            "You have made a new leaf of y in the middle, and gone on with that. A leaf depends on nothing: the way "
            "from it back to x is cut, so z and y no longer depend on x. A GradientTape may be asked for y as it is: "
            "`tape.gradient(z, y)`.",
            "What stands before a leaf on the tape?",
            Case((), "y = tensor((x**2).value): the gradient of y with respect to x is 0 from then on"),
        ),
        Fault(
            "",
            "one question is enough",
            "A GradientTape() is used up by its first gradient: the second question raises a TapeError. "
            "Three questions to one recording need a tape that stays.",
            "What did the lesson's tape say when it was asked a second time?",
            Case((), "with GradientTape() as once: the second once.gradient(v, u) is an error"),
        ),
        Fault(
            "",
            "no tape can",
            "One recording holds y and z both, since z is computed from y. A tape may be asked from any of its "
            "numbers back, as often as you like, if it is told to stay.",
            "Which steps are on the tape when z is computed, and is y one of them?",
            Case((), "x, x**2 and (x**2)**3 are three places on one list"),
        ),
        Fault(
            "",
            "grad shares a recording",
            "That is the price of the persistent tape. `grad` records inside the call, and nothing of it is left when "
            "the call is over: the next one records again.",
            "How long does the recording of grad(f)(2.0) live?",
            Case((), "two calls of grad(f) run f twice"),
        ),
        Fault(
            "",
            "one sweep",
            "A sweep starts from one output, and dz/dy and dy/dx do not start from the same. Besides, each call of "
            "`grad` makes a recording and a sweep of its own.",
            "With which seed would a single sweep give the slopes of y and of z?",
            Case((), "grad(f)(2.0) is one recording and one sweep; here there are three such calls"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "On paper: y is 4. First dy/dx and dz/dy, each at its own operand; dz/dx is their product.",
        "y is no leaf, but it is on the tape: `tape.gradient(z, y)` begins at z and ends at y.",
        "The table of the lesson says how long a recording lives, and what a second question needs, for each of the "
        "three faces.",
    ),
    also_right=(
        (192.0, 48.0, 4.0, "GradientTape(persistent=True)", "three recordings and three sweeps"),
        {"dz_dx": 192, "dz_dy": np.array(48), "dy_dx": 4, "tape": "Persistent", "with_grad": "3 and 3"},
        [np.float64(192), 48, "4", "gradienttape(persistent = true)", "3 AND 3"],
        (6 * 2**5, 3 * 4**2, 2 * 2, "GradientTape(persistent=True).", " 3 and 3 "),
        {
            "with_grad": "3 and 3",
            "tape": "GradientTape(persistent=True)",
            "dy_dx": "4.0",
            "dz_dy": "48",
            "dz_dx": "192",
        },
    ),
)

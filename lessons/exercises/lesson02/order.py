"""Exercise 02.2: shuffled lines, and the order in which they can be computed."""

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.graphs import Order
from lessons.exercises.kinds import Record, Value

NEEDS = {"p": ("q", "r"), "s": ("p",), "r": ("q",), "q": (), "t": ("s", "r")}
WRONG_ORDERS = {"as it stood": "psrqt", "by the alphabet": "pqrst", "upside down": "tsprq", "one operand": "qprst"}
WRONG_COUNTS = {"s and r exchanged": 2, "any order": 120}


def solve(faults: Faults) -> dict[str, object]:
    """The one order, and that it is the only one."""
    order = next((text for name, text in WRONG_ORDERS.items() if name in faults), "qrpst")
    return {"order": list(order), "how_many": next((n for name, n in WRONG_COUNTS.items() if name in faults), 1)}


ORDER = Exercise(
    id="02.2",
    title="Put it in order",
    prompt="The lines of a list have been shuffled: `p = q * r`, `s = sin(p)`, `r = q + x`, `q = x * x`, `t = s - r`; "
    "x is the input. Put them in an order in which every line reads only lines above it. How many such orders are "
    "there?",
    starter="""
order = ["p", "s", "r", "q", "t"]  # as they stand now
how_many = ...  # orders in which every line reads only lines above it
""",
    answer="order, how_many",
    kind=Record({"order": Order(NEEDS, ("x",)), "how_many": Value(rtol=0)}),
    solve=solve,
    faults=(
        Fault(
            "M7",
            "as it stood",
            "This is the order in which they were given. Its first line, p = q * r, reads q and r, and these stand "
            "below it: when p is computed, they have no value yet.",
            "Which line reads nothing but the input x?",
            Case(text="p above q: p = q * r is computed when q is not there"),
        ),
        Fault(
            "M7",
            "by the alphabet",
            "The lines are sorted by their names. Names say nothing about what needs what; p reads q and r, and both "
            "stand below it here.",
            "If somebody gave the lines other names, would the order have to change?",
            Case(text="p above q: p = q * r is computed when q is not there"),
        ),
        Fault(
            "M7",
            "upside down",
            "Every line stands above the lines that it reads. That is the order of the reverse sweep, in which slopes "
            "travel from the output to the inputs; values travel the other way.",
            "Your first line is t = s - r. What are s and r when it is computed?",
            Case(text="t above s: t = s - r is computed when s is not there"),
        ),
        Fault(
            "M7",
            "one operand",
            "The first operand of every line stands above it, but p = q * r has a second one: r stands below p here.",
            "Which lines have two operands, and does each of the two stand above?",
            Case(text="p above r: p = q * r is computed when r is not there"),
        ),
        Fault(
            "M7",
            "s and r exchanged",
            "It looks as if r and s could change places, since neither reads the other. But between them stands p: "
            "s reads p, and p reads r.",
            "Which lines have to wait for r, if you also ask who waits for these?",
            Case(text="q, then r = q + x, then p = q * r, then s = sin(p), then t: each waits for the one before"),
        ),
        Fault(
            "M7",
            "any order",
            "120 is the number of all orders of five lines. Most of them have a line that reads one below it.",
            "May t stand first?",
            Case(text="p = q * r needs q and r; that alone leaves 40 of 120"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=2,
    hints=(
        "Begin with the line that reads only x.",
        "After each line ask: which of the others have all that they read?",
        "In every step there was one line, and no more, that could come next. So how many orders are there?",
    ),
    also_right=(
        ("q, r, p, s, t", 1),
        ("q r p s t", "1"),
        {"order": ("q", "r", "p", "s", "t"), "how_many": 1.0},
        ["q = x * x\nr = q + x\np = q * r\ns = sin(p)\nt = s - r", 1],
        (["q = x * x", "r = q + x", "p = q * r", "s = sin(p)", "t = s - r"], 1),
        ("x -> q -> r -> p -> s -> t", 1),
        (np.array(["q", "r", "p", "s", "t"]), np.int64(1)),
        ("qrpst", np.array(1)),
    ),
)

"""07.1: the reverse sweep of the lesson's own tape, and two operations more."""

from lessons.exercises.exercise import Exercise, Fault, Forbidden
from lessons.exercises.lesson07.other_tapes import TAPES
from lessons.exercises.lesson07.taping import (
    DOUBLED,
    EXP_AT_0,
    QUOTIENT,
    SQUARE,
    STRANGER,
    TWICE,
    TWO_READERS,
    Program,
    TapeClass,
    asked,
    at,
    drawn_programs,
    solve_tape,
)

FAULTS = (
    Fault(
        "M18",
        "overwrites",
        "A number that is used twice gets two contributions, and here the second replaces the first. "
        "Its adjoint is the sum of all that its readers send: `+=`.",
        "In x * x, what does each of the two factors send to x, and what is left of it?",
        SQUARE,
    ),
    Fault(
        "M7",
        "list order",
        "The steps are walked from the first to the last, so that each sends before anything has arrived at it. "
        "The readers of a step stand behind it on the list, and have to be done before it.",
        "When your loop stands at the first step, who can have told it anything about y?",
        DOUBLED,
    ),
    Fault(
        "M19",
        "visits twice",
        "A step is worked off once for each of its readers, and every time it sends its whole sum so far, the part "
        "that it has sent before too. One walk back along the list visits each step once, when its sum is complete.",
        "In b = a + a, y = b + b: how often does your sweep come to b, and what does b send on the second visit?",
        DOUBLED,
    ),
    Fault(
        "M19",
        "visits twice, a set of operands",
        "A step is worked off once for each other step that reads it, and every time it sends its whole sum so far. "
        "A set of operands hides that where one reader reads a step twice; where it has two readers, it sends twice.",
        "In s = sin(x), y = s + s * x: from which two steps does your sweep come to s, and what does s send then?",
        TWO_READERS,
    ),
    Fault(
        "M7",
        "sends too early",
        "Each step sends once, and that is right; but some send before all their readers have. What arrives later is "
        "added to the step's own adjoint, and never handed on.",
        "In s = sin(x), y = s + s * x: which two steps send to s, and has the second one sent when s does?",
        TWO_READERS,
    ),
    Fault(
        "M18",
        "one path alone",
        "What has been seen once gets nothing more: of several readers only the first one that comes counts. An "
        "adjoint is the sum over all paths; a step that was seen may get more, it just must not be worked off again.",
        "In x * x, two contributions go to x. What does your sweep do with the second one?",
        SQUARE,
    ),
    Fault(
        "M19",
        "follows each edge at once",
        "As soon as one contribution has arrived at a step, everything behind it is worked off, and once more for the "
        "next contribution, with the whole sum so far. A step may go on only when all its readers have sent.",
        "In b = a + a, y = b + b: when your sweep goes from b to a for the first time, is b's adjoint complete?",
        DOUBLED,
    ),
    Fault(
        "M20",
        "seed 0",
        "All adjoints begin at 0, that of y too, and everything is multiplied by it. The sweep begins with dy/dy.",
        "What is the derivative of y with respect to y itself?",
        SQUARE,
    ),
    Fault(
        "M20",
        "seed y",
        "The sweep begins with the value of y, so that every adjoint is too large by that factor. "
        "It begins with dy/dy, whatever y is.",
        "What is the derivative of y with respect to y itself, if y is 9?",
        SQUARE,
    ),
    Fault(
        "M20",
        "seed at the end",
        "The sweep begins at the last step of the tape. That need not be y: what your program computed after it is on "
        "the tape too. y knows its place.",
        "If somebody computes y, then z, and asks for the gradient of y: which adjoint is 1?",
        at(Program((("mul", (0, 0)), ("sin", (1,))), 1, (0,)), 3.0),
    ),
    Fault(
        "M20",
        "only the seed at the end",
        "The 1 is put at the last step of the tape, and the walk begins at y. Where y is not the last step, "
        "the two do not meet, and everything stays 0. y knows its place.",
        "If somebody computes y, then z, and asks for the gradient of y: which adjoint is 1?",
        at(Program((("mul", (0, 0)), ("sin", (1,))), 1, (0,)), 3.0),
    ),
    Fault(
        "M25",
        "keeps old sums",
        "The adjoints of one call are still there in the next, and the new contributions are added to them. "
        "Each sweep needs a list of zeros of its own.",
        "What does your method answer if it is asked the same question twice?",
        TWICE,
    ),
    Fault(
        "",
        "all adjoints",
        "The adjoints of all steps are returned. The question was about the sources: one adjoint for each, in their "
        "order.",
        "Where on the tape does a source stand, and who knows it?",
        SQUARE,
    ),
    Fault(
        "",
        "None for a stranger",
        "A source that y does not depend on gets None. The derivative exists, and it is a number: "
        "y does not change when that source moves.",
        "What is the slope of a constant?",
        at(Program((("mul", (0, 0)),), 2, (0, 1)), 3.0, 5.0),
    ),
    Fault(
        "M4",
        "plus in the quotient",
        "The divisor gets +a / b**2. If b grows, a / b shrinks: the sign of its partial is minus.",
        "Is 1 / b larger or smaller when b is a little larger?",
        QUOTIENT,
    ),
    Fault(
        "M4",
        "divided by b once",
        "The partial for the divisor is -a / b**2; here it is divided by b only once.",
        "1 / 10 is 0.1 and 1 / 11 is about 0.091. How large can the slope be?",
        QUOTIENT,
    ),
    Fault(
        "M21",
        "quotient swapped",
        "The two partials of the quotient are exchanged: the numerator gets -a / b**2, and the divisor 1 / b.",
        "In a / 4, what happens to the result if a grows by 1?",
        QUOTIENT,
    ),
    Fault(
        "M22",
        "exp of its input",
        "The rule of exp gives its input. The derivative of exp(a) is exp(a), which is the value of the step itself; "
        "the tape has kept it.",
        "What is the slope of exp at 0, and what does your rule give there?",
        EXP_AT_0,
    ),
    Fault(
        "M1",
        "exp as a power",
        "a * exp(a - 1) is the power rule. It is for a base that moves under a constant exponent; here the exponent "
        "moves.",
        "What is the slope of exp at 0, and what does your rule give there?",
        EXP_AT_0,
    ),
    Fault(
        "M27",
        "exp as a plain number",
        "exp hands out a plain number, which no tape knows: whatever is computed with it next fails, or loses its "
        "derivative. It has to go through `apply`, as log and sin do.",
        "What does your exp return: a number of NumPy's, or one of the tape's?",
        EXP_AT_0,
    ),
    Fault(
        "M27",
        "exp off the tape",
        "exp hands out a number that the tape takes for a new leaf: its value is right, and the way back ends there. "
        "It has to be recorded with its operand, by `apply`.",
        "Which operands has the step that your exp writes on the tape?",
        EXP_AT_0,
    ),
)

TAPE = Exercise(
    id="07.1",
    title="The sweep",
    prompt="Write the method `gradient(self, y, sources)` of `MyTape` so that it returns one adjoint for each source, "
    "and 0.0 for a source that `y` does not depend on. Then add `/` and `exp` to the tape.",
    starter="""
import numpy as np

COMPUTE = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "log": np.log, "sin": np.sin,
}
PARTIALS = {
    "add": lambda y, a, b: (1.0, 1.0), "sub": lambda y, a, b: (1.0, -1.0), "mul": lambda y, a, b: (b, a),
    "log": lambda y, a: (1 / a,), "sin": lambda y, a: (np.cos(a),), "leaf": lambda y: (),
}

class MyNumber:
    def __init__(self, tape, place):
        self.tape, self.place, self.value = tape, place, tape.steps[place][1]

    def __add__(self, other): return self.tape.apply("add", self, other)
    def __sub__(self, other): return self.tape.apply("sub", self, other)
    def __mul__(self, other): return self.tape.apply("mul", self, other)
    def log(self): return self.tape.apply("log", self)
    def sin(self): return self.tape.apply("sin", self)
    ...  # a / b asks for __truediv__, np.exp(a) for exp

class MyTape:
    def __init__(self):
        self.steps = []  # (name, value, places of the operands)

    def write(self, name, value, operands=()):
        self.steps.append((name, value, operands))
        return MyNumber(self, len(self.steps) - 1)

    def apply(self, name, *x):
        return self.write(name, COMPUTE[name](*[v.value for v in x]), [v.place for v in x])

    def gradient(self, y, sources):
        return ...  # one adjoint for each source
""",
    answer="MyTape",
    kind=TapeClass(call=asked),
    solve=solve_tape,
    faults=FAULTS,
    public=(
        SQUARE,
        DOUBLED,
        at(
            Program((("log", (0,)), ("mul", (0, 1)), ("add", (2, 3)), ("sin", (1,)), ("sub", (4, 5))), 6, (0, 1)),
            2.0,
            5.0,
        ),
        STRANGER,
        TWO_READERS,
        QUOTIENT,
        at(Program((("exp", (0,)),), 1, (0,)), 0.5),
        at(Program((("mul", (0, 1)), ("exp", (2,)), ("div", (3, 0))), 4, (1, 0)), 0.5, 3.0),
        TWICE,
    ),
    hidden=drawn_programs,
    points=5,
    hints=(
        "`sweep_back` of the lesson does nearly all of it: which adjoints of its list are asked for here?",
        "Begin a new list of zeros in each call, put 1.0 at y.place, and walk from there back to 0. Then pick x.place "
        "for each source x.",
        "An operation needs three entries: in COMPUTE, in PARTIALS, and a method of MyNumber (`__truediv__`, `exp`). "
        "PARTIALS gets the value y as well, and that is all that exp needs.",
    ),
    also_right=TAPES,
    rules=(Forbidden("autodiff", "numeric", "symbolic", instead="Write the sweep yourself: seed, back, add."),),
)

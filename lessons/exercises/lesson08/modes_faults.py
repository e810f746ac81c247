"""What people think in 08.2, about the jobs that they are asked for."""

from lessons.exercises.exercise import Case, Fault
from lessons.exercises.lesson08.jobs import Job, in_words

TIMES = dict(enumerate(("three", "four", "five", "six", "seven", "eight", "nine"), start=3))


def faults_of(few: Job, one: Job, border: Job) -> tuple[Fault, ...]:
    """The faults, with a job of few inputs, one of a single output, and one near the border."""
    many, times = in_words(one.inputs), TIMES[few.inputs]
    return (
        Fault(
            "M28",
            "always reverse",
            f"Reverse mode is taken for the {few.name} too, and has to sweep once for each of the {few.results}. Its "
            "constant times f is the price of one output.",
            f"What does a reverse sweep start from, and how many of these has the {few.name}?",
            Case(text="f(t) = (cos t, sin t): one forward sweep, or two reverse sweeps"),
        ),
        Fault(
            "M28",
            "constant is best",
            "A constant times f, whatever the number of inputs: that is true for each output, and it is half of the "
            "story. Forward mode takes a constant times f for each input.",
            "A function of one parameter has a thousand outputs. How many sweeps does each mode take?",
            Case(text="f(t) = (cos t, sin t): one forward sweep, or two reverse sweeps"),
        ),
        Fault(
            "",
            "always forward",
            "Forward mode is taken for every Jacobian. It pushes one tangent through f for each input, and the "
            f"{one.name} has {many} of them.",
            f"How many directions do you have to push through the {one.name} before you have all slopes?",
            Case(text="f(x, y) = xy: two forward sweeps, or one reverse sweep"),
        ),
        Fault(
            "",
            "sweeps exchanged",
            "The two modes are exchanged. A forward sweep starts from a tangent, one of the inputs; a reverse sweep "
            "starts from an adjoint, one of the outputs.",
            "What is the seed of a forward sweep: which input moves, or which output is asked for?",
            Case(text="f(x, y) = xy: two forward sweeps, one for x and one for y, or one reverse sweep"),
        ),
        Fault(
            "M28",
            "one sweep for all",
            "One reverse sweep is counted where there are several outputs. It pulls one row of the Jacobian back; each "
            f"{border.output} of the {border.name} needs its own.",
            "If you seed two outputs with 1 in one sweep, what comes out at the inputs?",
            Case(text="f(x, y) = (xy, x + y): seeded with (1, 1), a sweep gives the sum of both rows"),
        ),
        Fault(
            "",
            "a sweep for each input",
            "The sweeps are counted by inputs also where the mode is reverse. It takes one for each output: that is "
            "the whole advantage.",
            "How many sweeps did the gradient of lesson 6 take for its two inputs?",
            Case(text="f(x, y) = xy: one reverse sweep gives both slopes"),
        ),
        Fault(
            "",
            "wrong side of the border",
            f"{border.inputs} {border.what} and {border.results} lie close to the border, and on the side of reverse "
            f"mode: {border.outputs} sweeps and not {border.inputs}. As the modes are usually called, the border moves "
            "further in its favour.",
            "Which of the two numbers is smaller, and what does it count, rows or columns of the Jacobian?",
            Case(text="f(x, y) = xy: two forward sweeps, or one reverse sweep"),
        ),
        Fault(
            "",
            "size decides",
            "The size of the program is the same for both modes, and for each of their sweeps. It is the shape of the "
            "Jacobian that decides: how many inputs, how many outputs.",
            f"If the {few.name} had twice as many lines, what would change for the one mode and not for the other?",
            Case(text="exp(sin(x)), with any number of functions around it: one sweep in either mode"),
        ),
        Fault(
            "",
            "no tape decides",
            f"It is true that forward mode keeps no tape. But that saves memory, not sweeps, and {many} sweeps are "
            "too many for any memory that they save.",
            f"What would the {one.name}'s gradient take without a tape?",
            Case(text="f(x, y) = xy: two forward sweeps without a tape, one reverse sweep with one"),
        ),
        Fault(
            "",
            "values again",
            f"Calling `jvp` {times} times computes the same values {times} times. Nothing asks for that: the partials "
            "of a node do not depend on the direction, and all tangents can travel through it together.",
            f"What differs between the {times} sweeps, and what is the same in all of them?",
            Case(text="f(x, y) = exp(xy): both tangents are multiplied by one and the same exp(xy)"),
        ),
        Fault(
            "M28",
            "tape for the values",
            f"The tape does keep the values, and then {few.outputs} sweeps go back over it. Forward mode can keep the "
            f"values as well, and is left with {few.inputs}: the border is the diagonal for both.",
            f"When the values are there, what do {few.outputs} adjoints take beside {few.inputs} tangents?",
            Case(text="f(t) = (cos t, sin t), values kept: one tangent or two adjoints"),
        ),
        Fault(
            "M29",
            "only values",
            f"Differences need nothing but values, and many of them: {few.inputs + 1} runs one-sided, {2 * few.inputs} "
            "central ones, each of an hour. A sweep that carries all tangents computes the values once, and loses no "
            "digits.",
            f"How many times does the {few.name} run for one Jacobian by central differences?",
            Case(text="N = 1: a central difference runs f twice, a forward sweep once"),
        ),
    )

"""Why the weight in the middle of a symmetric stencil is zero: right reasons, and wrong ones."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason that is offered; a wrong one has a name, what is to be said of it, a question and a smallest case."""

    text: str
    name: str = ""
    explanation: str = ""
    question: str = ""
    smallest: str = ""


RIGHT_REASONS = (
    Reason("Both sides are alike: the weights at -o and o are opposite, so the middle one is its own opposite."),
    Reason("Seen in a mirror, f' has the other sign: every weight is minus the one on the other side, also this one."),
)
WRONG_REASONS = (
    Reason(
        "The offset in the middle is 0, and 0 to any power is 0: no moment contains that weight.",
        "in no moment",
        "That weight stands in moment 0, because 0**0 is 1 there. And the one-sided formula has the offset 0 too, "
        "with a weight that is not zero.",
        "What is the weight of the offset 0 in your one-sided formula?",
        "the offsets 0, 1: the weight of offset 0 is -1",
    ),
    Reason(
        "The value f(x) has a rounding error, and leaving it out makes the answer more precise.",
        "rounding",
        "The weights come from Taylor's series alone, and rounding does not stand in it. Every value of f that is used "
        "has a rounding error.",
        "Where in the equations for the moments does a rounding error occur?",
        "the offsets 0, 1: f(x) has the weight -1, whatever its rounding error is",
    ),
    Reason(
        "The weights have to sum to 1, and the other four do so already.",
        "sum 1",
        "The weights of a derivative sum to 0, not to 1: moment 0 says so. The derivative of a constant is 0.",
        "What does a formula whose weights sum to 1 give for f(x) = 5?",
        "f(x) = 5: f' is 0, weights with the sum 1 give 5 / h",
    ),
    Reason(
        "A derivative is made of differences, and for these the number of points has to be even.",
        "an even number",
        "Any number of points from two on will do: with n weights, n moments can be prescribed. The one-sided formula "
        "has three points, and none of its weights is zero.",
        "How many points has your one-sided formula, and which of them has the weight zero?",
        "the offsets 0, 1, 2: the weights are -3/2, 2 and -1/2",
    ),
    Reason(
        "The offset 0 means h = 0, and by that one must not divide.",
        "division by zero",
        "The offset 0 means the value at x itself. What divides is h, the same for all five values, and h is not 0.",
        "What does the forward difference (f(x + h) - f(x)) / h do with the value at x?",
        "the offsets 0, 1: f(x) has the weight -1 / h, and h is not 0",
    ),
    Reason(
        "A slope tells how f changes, and the value at x itself does not change.",
        "it does not change",
        "No value changes by itself: a change is the difference of two values, and f(x) may well be one of them. In "
        "the one-sided formula it is.",
        "Which two values does the forward difference subtract?",
        "the offsets 0, 1: f(x + h) - f(x) is a change, and f(x) is part of it",
    ),
    Reason(
        "The weight is not quite zero, only so small that it is left out.",
        "nearly zero",
        "It is exactly zero, as the fractions show: the equations for the moments have one solution, and it has a 0 in "
        "the middle.",
        "With fractions, where in your equations could something be left out?",
        "the offsets -1, 0, 1: the weights are -1/2, 0 and 1/2, without rounding",
    ),
)

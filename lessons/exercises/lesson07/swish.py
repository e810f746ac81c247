"""07.4: an operation of one's own, a wrong rule for it, and a point that does not find it out."""

from typing import Any

import numpy as np

from expression import operation
from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice
from lessons.exercises.lesson07.registration import Point, Registration, Rule, WithRule
from lessons.exercises.lesson07.swishes import ALSO_RIGHT, WHY


def partial_rule(faults: Faults) -> Rule:
    """The rule of swish from its result, with these faults."""

    def rule(y: Any, x: Any) -> Any:
        s = 1 / (1 + np.exp(-x))
        if "sigmoid's rule" in faults:
            return y * (1 - y)
        if "product of slopes" in faults:
            return s * (1 - s)
        if "only the first factor" in faults:
            return s
        if "only the sigmoid moves" in faults:
            return y * (1 - s)
        if "sign of the exponent lost" in faults:
            return s - y * (1 - s)
        if "bare 1 - s" in faults:
            return y + (1 - s)
        if "arguments exchanged" in faults:
            return x + (1 - x) / (1 + np.exp(-y))
        if "input for result" in faults:
            return x + s * (1 - x)
        if "without the result" in faults:
            return s + x * s * (1 - s)
        return y + s * (1 - y)

    return rule


def solve_swish(faults: Faults) -> dict[str, Any]:
    """The operation, a rule that forgets a term, the point where that term is 0, and why."""

    def body(x: Any) -> Any:
        return x / (1 + np.exp(x if "plus in the exponent" in faults else -x))

    wrong = partial_rule(frozenset() if "wrong rule is right" in faults else frozenset({"only the first factor"}))
    why = "tolerance" if "tolerance" in faults else "same rule" if "same rule" in faults else "same value"
    return {
        "swish": operation(partials=(partial_rule(faults),), name="swish")(body),
        "wrong": wrong,
        "at": 1.5 if "found out" in faults else 0.0,
        "why": "not called" if "rule not called" in faults else why,
    }


SWISH = Exercise(
    id="07.4",
    title="Your own operation",
    prompt="Register `swish(x) = x / (1 + exp(-x))` with a rule that uses its result `y`. Give it a wrong rule on "
    "purpose (`wrong(y, x)`) and read what `compare` says; then find a point where your wrong rule is *not* found out "
    "(`at`: `compare(swish, at)` has nothing to say), and explain why: `why` is one of "
    + ", ".join(f'`"{key}"` ({text})' for key, text in WHY.items())
    + ".",
    starter=f"""
import numpy as np
from expression import operation

@operation(partials=(lambda y, x: ...,))
def swish(x):
    return x / (1 + np.exp(-x))

def wrong(y, x):
    return ...

at = ...
why = ...  # one of {", ".join(f'"{key}"' for key in WHY)}
""",
    answer="swish, wrong, at, why",
    kind=Registration(
        {
            "swish": WithRule("an operation", operation=True),
            "wrong": WithRule("a rule wrong(y, x)"),
            "at": Point(),
            "why": Choice(WHY),
        }
    ),
    solve=solve_swish,
    faults=(
        Fault(
            "M23",
            "sigmoid's rule",
            "y * (1 - y) is the rule of the sigmoid, whose result y is between 0 and 1. The result of swish is x "
            "times a sigmoid.",
            "What is y for swish at x = 2, and which slope does y * (1 - y) give there?",
            Case((), "at x = 2, y is 1.76 and y * (1 - y) is negative, but swish rises there"),
        ),
        Fault(
            "M3",
            "product of slopes",
            "The slope of x, 1, was multiplied by the slope of the sigmoid. The product rule has two terms, "
            "in each of which one factor stays as it is.",
            "For large x, swish is nearly x. Which slope has it there, and what does your rule say?",
            Case((), "at x = 0 the slope of swish is 1/2, this gives 1/4"),
        ),
        Fault(
            "M6",
            "only the first factor",
            "The factor x was differentiated, and the sigmoid taken for a constant. It depends on x as well.",
            "What is left of your rule's answer if the sigmoid grows while x does?",
            Case((), "at x = 2 the slope of swish is 1.0908, this gives 0.8808"),
        ),
        Fault(
            "M6",
            "only the sigmoid moves",
            "The sigmoid was differentiated, and the factor x in front of it taken for a constant. It moves as well.",
            "What does your rule say at x = 0, and does swish stand still there?",
            Case((), "at x = 0 the slope of swish is 1/2, this gives 0"),
        ),
        Fault(
            "M2",
            "sign of the exponent lost",
            "The inner derivative of exp(-x) is missing: it brings a minus, and together with that of the quotient it "
            "makes a plus.",
            "Does 1 / (1 + exp(-x)) rise or fall?",
            Case((), "at x = 2 the slope of swish is 1.0908, this gives 0.6709"),
        ),
        Fault(
            "M2",
            "bare 1 - s",
            "The result y stands alone in the sum where a factor is missing: the second term is (1 - y) times the "
            "sigmoid.",
            "For large x, y is nearly x. Can the slope of swish grow with x?",
            Case((), "at x = 2 the slope of swish is 1.0908, this gives 1.8808"),
        ),
        Fault(
            "M23",
            "input for result",
            "The formula is the right one for the result, but x stands in it where y belongs. "
            "A rule gets both, `(y, x)`, in this order.",
            "What does your rule give at x = 5, where swish is nearly a straight line of slope 1?",
            Case((), "at x = 2 the slope of swish is 1.0908, this gives 1.1192"),
        ),
        Fault(
            "",
            "arguments exchanged",
            "The rule takes y for x and x for y. A rule is called with the result first: `(y, x)`.",
            "In partials=(lambda a, b: ...,): which of a and b is swish(x)?",
            Case((), "at x = 2, y is 1.76; the exchanged rule gives 1.1466 in place of 1.0908"),
        ),
        Fault(
            "",
            "without the result",
            "The partials are right, but the rule does not use y. The tape has kept the result anyway: with it, "
            "x * sigmoid(x) need not be computed again.",
            "Where in your formula does x * sigmoid(x) stand?",
            Case((), "s + x * s * (1 - s) with y for x * s"),
        ),
        Fault(
            "M4",
            "plus in the exponent",
            "The function itself has exp(x) where exp(-x) belongs: this one goes to 0 for large x.",
            "What is your swish(5), and what should it be?",
            Case((), "swish(2) is 1.7616, this gives 0.2384"),
        ),
        Fault(
            "",
            "wrong rule is right",
            "This wrong rule is right wherever it was tried, so there is nothing to be found out.",
            "Which slip would you make on a Friday?",
            Case((), "s + y * (1 - s) and y + s * (1 - y) are the same numbers"),
        ),
        Fault(
            "",
            "found out",
            "At this point the wrong rule does differ from the differences of swish, and compare says so.",
            "For which x do your wrong formula and the right one give the same number?",
            Case((), "a rule that gives the sigmoid s alone is wrong by 0.21 at x = 2"),
        ),
        Fault(
            "M31",
            "tolerance",
            "compare knows how exact its numbers are, and complains of the ninth digit. At your point there is no "
            "small mistake: the two numbers are the same.",
            "How large is the difference of the two partials at your point?",
            Case((), "a mistake of 0.000001 in the partial is still found out"),
        ),
        Fault(
            "",
            "same rule",
            "The other two rooms never see the rule: numeric runs the body of the function, and symbolic "
            "differentiates it. That is why a wrong rule is found out at all.",
            "Which of the three rooms has read what you gave as `partials`?",
            Case((), "only the tape uses partials=; the three agree by the values"),
        ),
        Fault(
            "",
            "rule not called",
            "The tape calls the rule at every point, and multiplies the adjoint by what it gives.",
            "What would the tape's answer be if the rule had not been called?",
            Case((), "a rule that returns 7 makes the tape say 7"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=4,
    hints=(
        "swish is x times the sigmoid s. Use the product rule, and s' = s (1 - s); then look for x s in what you have.",
        "With y = x s the partial is s + y (1 - s): it needs s and y, and x only for s.",
        "Take a wrong rule that forgets a term. Where is that term 0?",
    ),
    also_right=ALSO_RIGHT,
)

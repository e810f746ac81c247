"""What people think in 07.4, about the function that they are asked for."""

from fractions import Fraction

from lessons.exercises.exercise import Case, Fault
from lessons.exercises.lesson07.family import Swish, digits, times


def faults_of(f: Swish) -> tuple[Fault, ...]:
    """The faults: of the rule, of the function, and of the wrong rule with its point."""
    return (*of_the_rule(f), *of_the_point(f))


def of_the_rule(f: Swish) -> tuple[Fault, ...]:
    """What goes wrong in a rule that uses its result, or in the function."""
    b, c = f.b, f.c
    exponent, by = times(b, "x"), times(b, "y")
    half, left = Fraction(c) / 2, -5 if b >= 1 else -10
    at_0 = f"at x = 0 the slope of swish is {half}, this gives"
    quarter = Fraction(c) * Fraction(b) / 4
    flatter = f"{at_0} {quarter}" if quarter != half else f.example("product of slopes")
    exchanged = float(f.rule(frozenset({"arguments exchanged"}))(f.value(2), 2.0))
    inner = Fault(
        "M2",
        "inner factor lost",
        f"This is the rule for exp(-x). Here the exponent is -{exponent}, an inner function, and its derivative comes "
        "along as a factor.",
        f"By how much does -{exponent} change if x grows by 0.001?",
        Case((), f.example("inner factor lost")),
    )
    return (
        Fault(
            "M23",
            "sigmoid's rule",
            f"{by} * (1 - y) is the rule of the sigmoid, whose result y is between 0 and 1. The result of swish is "
            f"{f.front} times a sigmoid.",
            f"What is y for swish at x = 2, and which slope does {by} * (1 - y) give there?",
            Case((), f"at x = 2, y is {f.value(2):.2f} and {by} * (1 - y) is negative, but swish rises there"),
        ),
        Fault(
            "M3",
            "product of slopes",
            f"The slope of {f.front}, {c}, was multiplied by the slope of the sigmoid. The product rule has two terms, "
            "in each of which one factor stays as it is.",
            f"For large x, swish is nearly {f.front}. Which slope has it there, and what does your rule say?",
            Case((), flatter),
        ),
        Fault(
            "M6",
            "only the first factor",
            f"The factor {f.front} was differentiated, and the sigmoid taken for a constant. It depends on x as well.",
            "What is left of your rule's answer if the sigmoid grows while x does?",
            Case((), f.example("only the first factor")),
        ),
        Fault(
            "M6",
            "only the sigmoid moves",
            f"The sigmoid was differentiated, and the factor {f.front} in front of it taken for a constant. It moves "
            "as well.",
            "What does your rule say at x = 0, and does swish stand still there?",
            Case((), f"{at_0} 0"),
        ),
        Fault(
            "M2",
            "sign of the exponent lost",
            f"The inner derivative of exp(-{exponent}) is missing: it brings a minus, and together with that of the "
            "quotient it makes a plus.",
            f"Does 1 / (1 + exp(-{exponent})) rise or fall?",
            Case((), f.example("sign of the exponent lost")),
        ),
        *((inner,) if b != 1 else ()),
        Fault(
            "M2",
            "minus of the exponent lost",
            f"exp(-{exponent}) was derived as -{times(b, f'exp({exponent})')}. The minus comes down as a factor, and "
            f"it stays in the exponent too: -{times(b, f'exp(-{exponent})')}.",
            f"Where is exp(-{exponent}) steep: far to the left, or far to the right?",
            Case((), f.example("minus of the exponent lost")),
        ),
        Fault(
            "M4",
            "square of the divisor inside",
            f"In the derivative of 1 / (1 + exp(-{exponent})) the whole divisor is squared, (1 + exp(-{exponent}))**2. "
            f"Here the square reaches exp(-{exponent}) alone.",
            "What is (1 + 3)**2, and what is 1 + 3**2?",
            Case(
                (),
                f"at x = 0 the slope of 1 / (1 + exp(-{exponent})) is {Fraction(b) / 4}, with 1 + exp(-{exponent})**2 "
                f"it would be {Fraction(b) / 2}",
            ),
        ),
        Fault(
            "M2",
            "bare 1 - s",
            "The result y stands alone in the sum where a factor is missing: the second term is "
            f"({c} - {by}) times the sigmoid.",
            f"For large x, y is nearly {f.front}. Can the slope of swish grow with x?",
            Case((), f.example("bare 1 - s")),
        ),
        Fault(
            "M23",
            "input for result",
            "The formula is the right one for the result, but x stands in it where y belongs. "
            "A rule gets both, `(y, x)`, in this order.",
            f"What does your rule give at x = {left}, where swish is nearly flat?",
            Case((), f.example("input for result")),
        ),
        Fault(
            "",
            "arguments exchanged",
            "The rule takes y for x and x for y. A rule is called with the result first: `(y, x)`.",
            "In partials=(lambda a, b: ...,): which of a and b is swish(x)?",
            Case(
                (),
                f"at x = 2, y is {f.value(2):.2f}; the exchanged rule gives {digits(exchanged)} in place of "
                f"{digits(f.slope(2))}",
            ),
        ),
        Fault(
            "",
            "without the result",
            "The partials are right, but the rule does not use y. The tape has kept the result anyway: with it, "
            f"{f.front} * sigmoid({exponent}) need not be computed again.",
            f"Where in your formula does {f.front} * sigmoid({exponent}) stand?",
            Case((), f"{times(c, 's')} + {times(b, f.front)} * s * (1 - s) with y for {f.front} * s"),
        ),
        Fault(
            "M4",
            "plus in the exponent",
            f"The function itself has exp({exponent}) where exp(-{exponent}) belongs: this one goes to 0 for large x.",
            "What is your swish(5), and what should it be?",
            Case((), f"swish(2) is {f.value(2):.4f}, this gives {2 * c - f.value(2):.4f}"),
        ),
    )


def of_the_point(f: Swish) -> tuple[Fault, ...]:
    """What goes wrong with the wrong rule, its point and the reason."""
    cs, by = times(f.c, "s"), times(f.b, "y")
    wrong_by = f.slope(2) - f.c * f.sigmoid(2)
    return (
        Fault(
            "",
            "wrong rule is right",
            "This wrong rule is right wherever it was tried, so there is nothing to be found out.",
            "Which slip would you make on a Friday?",
            Case((), f"{cs} + {by} * (1 - s) and {by} + s * ({f.c} - {by}) are the same numbers"),
        ),
        Fault(
            "",
            "found out",
            "At this point the wrong rule does differ from the differences of swish, and compare says so.",
            "For which x do your wrong formula and the right one give the same number?",
            Case((), f"a rule that gives the sigmoid {cs} alone is wrong by {wrong_by:.2g} at x = 2"),
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
    )

"""The mistakes that people make in the rules of dual numbers."""

from typing import Any

from lessons.exercises.exercise import Case, Fault

TIMES = "quotient as a product"


def of(name: str, *args: Any) -> Case:
    """A case, as `dual_mul((3, 1), (4, 2))`."""
    shown = (f"({x[0]:g}, {x[1]:g})" if isinstance(x, tuple) else f"{x:g}" for x in args)
    return Case((name, *args), f"{name}({', '.join(shown)})")


FAULTS = (
    Fault(
        "M16",
        "componentwise product",
        "The values are multiplied, and the tangents too. The term with both tangents is the one that carries "
        "eps**2 = 0 and vanishes; what stays are the two mixed terms.",
        "With your rule, what is the slope of x * x at x = 3, and at x = 100?",
        of("dual_mul", (3.0, 1.0), (3.0, 1.0)),
    ),
    Fault(
        "M21",
        "product at the wrong partners",
        "Each tangent is multiplied by its own value. How much the product grows when a moves depends on the *other* "
        "factor.",
        "If a = 2 and b = 5, by how much does a * b grow when a grows by 1?",
        of("dual_mul", (2.0, 1.0), (5.0, 0.0)),
    ),
    Fault(
        "M6",
        "second factor stands still",
        "Only the tangent of the first factor arrives in the result, as if the second were a constant. "
        "Both may move, and their two contributions add up.",
        "What does your product say for 5 * x, and what for x * 5?",
        of("dual_mul", (5.0, 0.0), (3.0, 1.0)),
    ),
    Fault(
        "M6",
        "product not scaled where one rests",
        "Where the second factor rests, the tangent of the first is left as it is. A resting factor is no 1: it makes "
        "the other one's motion larger or smaller.",
        "If a moves by 1, by how much does a * 10 move?",
        of("dual_mul", (3.0, 1.0), (4.0, 0.0)),
    ),
    Fault(
        "M7",
        "product reads its new value",
        "The value is replaced first, and the tangent is computed with the new one. The rule a_dot * b + b_dot * a "
        "reads the a from before, so keep it, or compute the tangent first.",
        "When your rule multiplies by a, is that still the a that was handed in?",
        of("dual_mul", (3.0, 0.0), (2.0, 1.0)),
    ),
    Fault(
        "M16",
        "componentwise quotient",
        "The values are divided, and the tangents too. The quotient rule mixes them: (a_dot * b - a * b_dot) / b**2.",
        "What is the slope of x / x, and what does your rule give for it?",
        of("dual_div", (3.0, 1.0), (3.0, 1.0)),
    ),
    Fault(
        "M4",
        "plus in the quotient",
        "The divisor's part has the sign plus. When b grows, a / b shrinks, so a * b_dot has to be subtracted.",
        "Does 1 / x rise or fall at x = 2, and what does your rule say?",
        of("dual_div", (1.0, 0.0), (2.0, 1.0)),
    ),
    Fault(
        "M4",
        "quotient turned round",
        "The two terms of the numerator have exchanged their signs, so that every slope has the wrong one. "
        "It is the numerator's own motion that counts with plus.",
        "Does x / 4 rise or fall when x grows?",
        of("dual_div", (3.0, 1.0), (4.0, 0.0)),
    ),
    Fault(
        "M4",
        "quotient not scaled",
        "The numerator a_dot * b - a * b_dot is right, and then the division by b**2 is missing.",
        "What is the slope of x / 10, and what does your rule give?",
        of("dual_div", (3.0, 1.0), (10.0, 0.0)),
    ),
    Fault(
        "M4",
        "divided by b once",
        "The numerator a_dot * b - a * b_dot is right; it is divided by b, where b**2 is needed.",
        "What is the slope of x / 10, and how does your rule come to 1?",
        of("dual_div", (3.0, 1.0), (10.0, 0.0)),
    ),
    Fault(
        "M4",
        "brackets of the quotient",
        "Division binds more strongly than minus, so only a * b_dot is divided by b**2. The difference should be.",
        "What is 10 - 4 / 2 in Python, and what is (10 - 4) / 2?",
        of("dual_div", (3.0, 1.0), (10.0, 0.0)),
    ),
    Fault(
        "M4",
        TIMES,
        "The values are multiplied, and the tangent is not divided by b**2: the division is missing in both numbers.",
        "What is 6 / 2, and which value does your quotient give for it?",
        of("dual_div", (6.0, 0.0), (2.0, 0.0)),
    ),
    Fault(
        "M7",
        "quotient reads its new value",
        "The value is replaced first, and the tangent is computed with the new one. The rule "
        "(a_dot * b - a * b_dot) / b**2 reads the a from before, so keep it, or compute the tangent first.",
        "When your rule multiplies by a, is that still the a that was handed in?",
        of("dual_div", (1.0, 0.0), (2.0, 1.0)),
    ),
    Fault(
        "M4",
        "quotient not scaled where one rests",
        "Where numerator or divisor rests, one term of the rule vanishes; in your shorter formula for that case the "
        "division by b**2 has vanished as well.",
        "What does your rule give for 1 / x at x = 10, and what for x / 10?",
        of("dual_div", (1.0, 0.0), (10.0, 1.0)),
    ),
    Fault(
        "M2",
        "power without the inner tangent",
        "p * a**(p - 1) is the partial. The tangent of the result is the partial times a_dot: "
        "if a moves twice as fast, so does its power.",
        "What does your rule say of a power of a constant, whose tangent is 0?",
        of("dual_pow", (3.0, 2.0), 2),
    ),
    Fault(
        "M1",
        "exponent not lowered",
        "The exponent comes down as a factor, and stands in the power undiminished. The power that stays has p - 1.",
        "With p = 1 the power is a itself. What does your rule give for its slope?",
        of("dual_pow", (3.0, 1.0), 1),
    ),
    Fault(
        "M1",
        "exponent as a factor",
        "p - 1 stands in the rule as a factor: p * a * (p - 1). It is the exponent that is left: p * a**(p - 1).",
        "What is the slope of x**3 at x = 10, and what does your rule give?",
        of("dual_pow", (10.0, 1.0), 3),
    ),
    Fault(
        "M14",
        "power as an exponential",
        "a**p * log(a) is how fast the power grows when the *exponent* moves. Here the base moves, and p is a "
        "constant. Besides, the logarithm of a negative base is nan.",
        "Which of the two moves in x**2, and which in 2**x?",
        of("dual_pow", (1.0, 1.0), 2),
    ),
    Fault(
        "M16",
        "componentwise power",
        "The value is raised to the power, and the tangent too. A tangent is only ever multiplied by the partial, "
        "here by p * a**(p - 1).",
        "What is the slope of x**2 at x = 3, and does your tangent know that x is 3?",
        of("dual_pow", (3.0, 1.0), 2),
    ),
    Fault(
        "M2",
        "exp without the inner tangent",
        "The slope exp(a) is right, but the tangent of the result is the slope times a_dot.",
        "What does your rule say of exp of a constant, whose tangent is 0?",
        of("dual_exp", (0.0, 2.0)),
    ),
    Fault(
        "M22",
        "exp of its input",
        "The tangent is multiplied by a, the input. The partial of exp is exp(a), the value that has just been "
        "computed.",
        "What is the slope of exp at 0, and what does your rule give there?",
        of("dual_exp", (0.0, 1.0)),
    ),
    Fault(
        "M1",
        "exp as a power",
        "a * exp(a - 1) is the power rule. It is for a base that moves under a constant exponent; in exp(a) it is the "
        "exponent that moves.",
        "What is the slope of exp at 0, and what does your rule give there?",
        of("dual_exp", (0.0, 1.0)),
    ),
    Fault(
        "M14",
        "exp as x to the e",
        "e * a**(e - 1) is the slope of x**e, where the base moves. In exp(a), which is e**a, the exponent moves.",
        "Which of the two moves in e**x, and which in x**e?",
        of("dual_exp", (2.0, 1.0)),
    ),
    Fault(
        "M16",
        "componentwise exp",
        "exp is taken of the value, and of the tangent too. A tangent is only ever multiplied by the partial, here by "
        "exp(a).",
        "What does your rule say of exp of a constant, whose tangent is 0?",
        of("dual_exp", (2.0, 0.0)),
    ),
    Fault(
        "",
        "tangent first",
        "The two numbers stand in the wrong order: a pair is `(value, tangent)`.",
        "Which of the two numbers of (3, 1) is the value?",
        of("dual_mul", (3.0, 1.0), (4.0, 0.0)),
    ),
)

"""What would change in an error curve if the other arithmetic were used: the right answer, and wrong ones."""

from collections.abc import Callable
from dataclasses import dataclass

from lessons.exercises.lesson03.curves import EPS, Curve, digit


@dataclass(frozen=True, slots=True)
class Change:
    """An answer that is offered; a wrong one has a name, what is to be said of it, a question and a smallest case."""

    text: str
    name: str = ""
    explanation: str = ""
    question: str = ""
    smallest: str = ""


def right_change(curve: Curve) -> Change:
    """What does change."""
    return Change(
        f"The left arm moves {way(curve)} by eight to nine decades; the bottom moves to about h = {curve.other.h}, "
        f"error {curve.other.error}."
    )


def way(curve: Curve) -> str:
    """Where rounding moves."""
    return "down" if curve.gains else "up"


def both_arms(curve: Curve) -> Change:
    """Truncation is taken to depend on the arithmetic, too."""
    return Change(
        f"Both arms move {way(curve)} by eight to nine decades; the bottom stays at h = {curve.h}.",
        "both arms",
        "Truncation is an error of the formula, and the formula is the same in any arithmetic: the right arm stays "
        f"where it is. Only rounding becomes {'smaller' if curve.gains else 'larger'}.",
        f"Where in {curve.arms.truncation} does eps stand?",
        f"at h = 1 the error of the {curve.arms.name} is the same in float32 and float64",
    )


def other_slope(curve: Curve) -> Change:
    """The order is taken to depend on the arithmetic."""
    order = curve.arms.order
    return Change(
        f"The slope of the right arm doubles, from {order} to {2 * order}."
        if curve.gains
        else f"The slope of the right arm is halved, from {order} to {order / 2:g}.",
        "slope doubles" if curve.gains else "slope is halved",
        "The slope on the right is the order of the scheme, and that comes from Taylor's theorem. "
        f"{'Twice' if curve.gains else 'Half'} as many bits do not change it.",
        "On which side of the V is the error one of arithmetic, and on which one of the formula?",
        "forward differences have slope 1 in both arithmetics",
    )


def other_way(curve: Curve) -> Change:
    """The bottom is taken to move to the other side."""
    arms = curve.arms
    single, double = (arms.bottom(EPS[name], 1.0, 1.0)[0] for name in ("float32", "float64"))
    return Change(
        "The bottom moves to a larger h: with more digits one may take larger steps."
        if curve.gains
        else "The bottom moves to a smaller h: with fewer digits one has to take smaller steps.",
        "larger steps" if curve.gains else "smaller steps",
        (
            "With smaller rounding one can afford a smaller step, and so less truncation: the bottom moves to the "
            "left. "
            if curve.gains
            else "With larger rounding one has to take a larger step, and so more truncation: the bottom moves to the "
            "right. "
        )
        + f"The best {arms.name.split()[0]} step is {arms.best_step}, and it {'shrinks' if curve.gains else 'grows'} "
        "with eps.",
        f"If the left arm moves {way(curve)} and the right one stays, to which side does their meeting point move?",
        f"|f| = |{arms.derivative}| = 1: h* is {digit(single)} with eps = 1.2e-7, and {digit(double)} with eps = "
        "2.2e-16",
    )


def nothing(curve: Curve) -> Change:
    """The arithmetic is taken not to matter."""
    return Change(
        "Nothing: the curve depends on the scheme alone.",
        "nothing changes",
        "The scheme settles the right arm only. The left arm is rounding, 2 eps |f| / h or so, and eps is what the "
        "arithmetic is about.",
        "What makes the left arm of the V?",
        "forward difference of the sine at 1 with h = 1e-8: 0 in float32, eight digits in float64",
    )


def right_arm(curve: Curve) -> Change:
    """The arms are exchanged."""
    return Change(
        f"The right arm moves {way(curve)} by eight to nine decades, and the left one stays.",
        "right arm",
        f"The arms are exchanged. On the right stands truncation, {curve.arms.truncation}, and that knows nothing of "
        "the arithmetic. Rounding is what is seen on the left, where h is small.",
        "At a large h, what makes most of the error: the formula or its digits?",
        f"at h = 1 the error of the {curve.arms.name} is the same in float32 and float64",
    )


def left_slope(curve: Curve) -> Change:
    """Rounding is taken to grow with another power of h."""
    return Change(
        f"The slope of the left arm changes from -1 to {-2 if curve.gains else -0.5:g}.",
        "left slope",
        "Rounding is eps |f| / h in either arithmetic, and that has slope -1. Another eps moves the arm, and does not "
        "turn it.",
        "If h is ten times smaller, how many times larger is eps |f| / h, and does that depend on eps?",
        "eps / h with h = 1e-3 and 1e-4: a factor of 10, whatever eps is",
    )


def no_bottom(curve: Curve) -> Change:
    """One arm is taken to vanish."""
    return Change(
        "There is no left arm any more: with that many digits, the smaller h is, the smaller is the error."
        if curve.gains
        else "There is no right arm any more: with so few digits, rounding is all that is seen.",
        "no left arm" if curve.gains else "no right arm",
        "Rounding becomes smaller, and does not vanish: eps |f| / h grows without limit when h becomes small, and the "
        "curve turns where it meets the right arm."
        if curve.gains
        else "Rounding becomes larger, and still shrinks when h grows, while truncation grows with h: the two arms "
        "meet further up.",
        "What is the difference of two values, if h is so small that x + h is x?"
        if curve.gains
        else "At h = 1, which is larger: eps, or the error of the formula?",
        "forward difference of the sine at 1 with h = 1e-17: 0 in float64"
        if curve.gains
        else "at h = 1 the error of a forward difference of x**2 is 1 in float32, and eps is 1.2e-7",
    )


def same_error(curve: Curve) -> Change:
    """The bottom is taken to move sideways."""
    (h, _), (other, _) = curve.turn, curve.other.turn
    return Change(
        f"The bottom moves to h = {curve.other.h}, and the error there is {curve.error} as before.",
        "same error",
        "The bottom lies on the right arm, and that stays. Where it stands at another h it has another height: with "
        f"slope {curve.arms.order}, {abs(h - other)} decades of h are about {abs(h - other) * curve.arms.order} "
        "decades of the error.",
        f"How large is truncation, {curve.arms.truncation}, at h = {curve.other.h}?",
        "forward difference of x**2: the error h is 1e-3 at h = 1e-3, and 1e-8 at h = 1e-8",
    )


WRONG_CHANGES: tuple[Callable[[Curve], Change], ...] = (
    both_arms,
    other_slope,
    other_way,
    nothing,
    right_arm,
    left_slope,
    no_bottom,
    same_error,
)

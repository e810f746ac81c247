"""Answers that people gave in public, to see whether the checker names mistakes that are not our own.

They were found in issues, pull requests, questions, blogs, textbooks and toy engines, each under an address that was
read, and transferred to the form of one of our exercises: what the person did wrong is done wrong here, in code of its
own, the rest is right. One pair of hands that knew the list of faults did both, which no number below can make up for.

`first()` holds those that were collected before the checker had seen any. At first sight it named 51 of these 87 right;
then it was improved *on them*. `held_out()` holds those that were collected after that: of 33 it named 25 at first
sight, and would have named 19 before; five of them have made it better since. `last()` holds what was collected then,
at most two of a mistake: 31, of which it named 19, and nothing was changed for them. That is the honest number: three
of five, and 19 of 22 where some fault describes the mistake. None of the 31 was taken for right.

What was said at first sight stays with each, in `missed`. Mistakes that no fault describes are kept among them: they
have no name, and are to be rejected without one. `right_ones()` are right answers, which have to pass.
"""

from lessons.exercises.found.record import Found


def first() -> tuple[Found, ...]:
    """Wrong answers on which the checker was improved."""
    from lessons.exercises.found import beliefs, duals, formulas, sweeps, tapes

    return tuple(found for module in (formulas, duals, sweeps, tapes, beliefs) for found in module.WRONG)


def held_out() -> tuple[Found, ...]:
    """Wrong answers that were collected afterwards."""
    from lessons.exercises.found.later_answers import WRONG

    return WRONG


def last() -> tuple[Found, ...]:
    """Wrong answers after which nothing was changed."""
    from lessons.exercises.found.last_answers import WRONG

    return WRONG


def right_ones() -> tuple[Found, ...]:
    """Right answers."""
    from lessons.exercises.found.right_answers import RIGHT

    return RIGHT


__all__ = ["Found", "first", "held_out", "last", "right_ones"]

"""Small exercises for tests, and wrong functions as students write them."""

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, no_cases
from lessons.exercises.kinds import Function


def fault(name, code="M1", smallest=None):
    return Fault(code, name, f"This is {name}. It is wrong.", "Why?", smallest or Case((1.0,), "x = 1"))


def made(kind, solve, faults=(), public=ONE, hidden=no_cases, starter="answer = ...", **more):
    return Exercise(
        "99.1", "A test", "Do it.", starter, "answer", kind, solve, faults, public, hidden, 1, ("Try.",), (), **more
    )


def at(*points):
    return tuple(Case((x,), f"x = {x:g}") for x in points)


def drawn(generator):
    return at(*generator.uniform(0.5, 2.0, 3).tolist())


def of_one_number(right, public=(0.5, 1.5), **wrong):
    """An exercise whose answer is a function of one number, with wrong ones by name."""

    def solve(faults):
        return next((wrong[name] for name in wrong if name in faults), right)

    return made(Function(), solve, tuple(fault(name) for name in wrong), at(*public), drawn)

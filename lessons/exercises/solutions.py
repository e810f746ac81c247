"""The right answer and its mutants, evaluated on cases, and compared with what a student's answer came to."""

from typing import Any

import numpy as np

from lessons.exercises.exercise import Case, Exercise, Faults
from lessons.exercises.kind import Kind
from lessons.exercises.running import Call, copied
from lessons.exercises.values import Unreadable


class Solutions:
    """All that `exercise.solve` gives, each read once."""

    def __init__(self, exercise: Exercise) -> None:
        """Begin with none."""
        self.exercise = exercise
        self.kind: Kind = exercise.kind
        self.read: dict[Faults, Any] = {}
        self.known: dict[tuple[Faults, int], Call] = {}  # by the identity of a case, which its call keeps alive

    def call(self, faults: Faults, case: Case) -> Call:
        """What the solution with these faults gives on a case; it ends, so it needs no thread."""
        key = (faults, id(case))
        if key not in self.known:
            if faults not in self.read:
                self.read[faults] = self.kind.read(self.exercise.solve(faults))
            self.known[key] = self.ours(self.read[faults], case)
        return self.known[key]

    def ours(self, read: Any, case: Case) -> Call:
        """A call of our own solution, which needs no watching; an error of it is what it came to."""
        call = Call(case)
        given = Case(tuple(map(copied, case.args)), case.text, case.kink)
        try:
            with np.errstate(all="ignore"):
                call.value = self.kind.value(read, given)
        except Unreadable as error:
            call.unreadable = str(error)
        except Exception as error:
            call.error = error
        return call

    def agree(self, found: Call, expected: Call) -> bool:
        """Whether two calls came to the same: equal values, or errors of one type."""
        if found.late or expected.late:
            return False
        if found.error is not None or expected.error is not None:
            return type(found.error) is type(expected.error)
        if found.unreadable or expected.unreadable:
            return found.unreadable == expected.unreadable
        return self.kind.same(found.value, expected.value)

    def differ(self, a: Faults, b: Faults, case: Case) -> bool:
        """Whether a case tells two solutions apart."""
        return not self.agree(self.call(a, case), self.call(b, case))

"""What all kinds of answers can do."""

from typing import Any

from lessons.exercises.exercise import Case
from lessons.exercises.values import entries, misfit, same, show


class Kind:
    """What all kinds can do; each changes what is its own."""

    reveals = False  # whether the right values may be shown beside the student's
    callable = False  # whether the answer is called with the arguments of a case

    def read(self, answer: Any) -> Any:
        """An answer in the form that `value` takes. Raises Unreadable, which says what would be right."""
        return answer

    def value(self, answer: Any, case: Case) -> Any:
        """What a read answer gives on a case, in normal form."""
        return answer

    def misfit(self, found: Any, expected: Any) -> str:
        """What is structurally wrong, as the end of "your answer has ..."; "" where nothing is."""
        return misfit(found, expected)

    def same(self, found: Any, expected: Any) -> bool:
        """Whether two values say the same."""
        return same(found, expected)

    def explain(self, found: Any, expected: Any) -> str:
        """What more can be said of a value that is not right, in a sentence; "" for nothing."""
        return ""

    def remark(self, found: Any, expected: Any) -> str:
        """What is worth saying of a value that is right, in a sentence; "" for nothing."""
        return ""

    def prove(self, found: Any, expected: Any) -> str:
        """What a proof says of a value that is right, in a sentence; it may take seconds, and "" is no proof."""
        return ""

    def entries(self, value: Any) -> list[tuple[str, Any]]:
        """The parts of a value that are right or wrong by themselves."""
        return entries(value)

    def show(self, value: Any) -> str:
        """A value as a line shows it."""
        return show(value)

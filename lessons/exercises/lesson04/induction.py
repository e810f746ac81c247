"""The induction step of 04.2, and the kind of answer that holds two functions and this proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lessons.exercises.exercise import Case, Fault, Faults
from lessons.exercises.kinds import Function, Value, named
from lessons.exercises.values import Unreadable

PROOF = "proof"
LINES = ("2 D_n", "3 T_n", "14", "D_(n+1)")
TABLE = Value(parts=LINES, rtol=0)
SHOWN = 3  # the n at which a proof is shown, so that its numbers are not
STEP = Case((PROOF,), f"the induction step at n = {SHOWN}")

Row = tuple[float, float, float]  # a, b, c of a n 2^n + b 2^n + c


def solve_proof(faults: Faults) -> dict[str, Row]:
    """The summands of 2 D_n + 3 T_n + 14 and their sum, for D_n = 9 (n-1) 2^(n-1) + 1 and T_n = 6 * 2^(n-1) - 5."""
    doubled: Row = (9, -9, 1 if "1 not doubled" in faults else 2)
    tripled: Row = (0, 9, -5 if "5 not tripled" in faults else -15)
    if "T_n once in the proof" in faults:
        tripled = (0, 3, -5)
    following: Row = (9, -9, 1) if "n + 1 in the exponent alone" in faults else (9, 0, 1)
    if "D_n again" in faults:
        following = (4.5, -4.5, 1)
    return dict(zip(LINES, (doubled, tripled, (0, 0, 14), following), strict=True))


def at(row: Sequence[Any], n: int) -> Any:
    """The value of a row."""
    a, b, c = row
    return a * n * 2**n + b * 2**n + c


def is_proof(value: Any) -> bool:
    """Whether a value is the table of a proof, and not something that an answer returned."""
    return isinstance(value, dict) and tuple(value) == LINES and all(isinstance(row, tuple) for row in value.values())


@dataclass(frozen=True, slots=True)
class Sizes(Function):
    """The functions by their names, and the rows of the proof; each case asks for one of them."""

    def read(self, answer: Any) -> dict[str, Any]:
        """The functions, and the table."""
        if not isinstance(answer, Mapping | Sequence) or isinstance(answer, str):
            answer = (answer,)
        given = named(dict(answer) if isinstance(answer, Mapping) else tuple(answer), (*self.names, PROOF))
        table = given.pop(PROOF)
        functions: dict[str, Any] = Function.read(self, given)
        try:
            rows = TABLE.read(table)
        except Unreadable as error:
            raise Unreadable(f"{PROOF}: {error}") from error
        for line, row in rows.items():
            if not isinstance(row, tuple) or len(row) != 3:
                raise Unreadable(f"{PROOF}: three numbers a, b, c are wanted for {line}")
        return {**functions, PROOF: rows}

    def value(self, answer: Any, case: Case) -> Any:
        """What a function returns, or the proof."""
        return answer[PROOF] if case.args == STEP.args else Function.value(self, answer, case)

    def entries(self, value: Any) -> list[tuple[str, Any]]:
        """Of a proof, the values of its rows."""
        if not is_proof(value):
            return Function.entries(self, value)
        return [(line, at(row, SHOWN)) for line, row in value.items()]

    def show(self, value: Any) -> str:
        """A proof as an equation between numbers."""
        if not is_proof(value):
            return Function.show(self, value)
        first, second, third, total = (TABLE.show(at(row, SHOWN)) for row in value.values())
        return f"{first} + {second} + {third} = {total}"


PROOF_FAULTS = (
    Fault(
        "",
        "1 not doubled",
        "In 2 D_n the bracket is doubled as a whole: 2 (9(n-1)2^(n-1) + 1) ends with + 2.",
        "What is 2 D_1, if D_1 is 1?",
        STEP,
    ),
    Fault(
        "",
        "T_n once in the proof",
        "The product rule writes l_n three times, so that the sum has 3 T_n in it. This row is T_n.",
        "What is 3 T_1, if T_1 is 1, and what does your row give for n = 1?",
        STEP,
    ),
    Fault(
        "",
        "5 not tripled",
        "In 3 T_n the bracket is multiplied as a whole: 3 (6 * 2^(n-1) - 5) ends with - 15.",
        "What is 3 T_1, if T_1 is 1, and what does your row give for n = 1?",
        STEP,
    ),
    Fault(
        "",
        "n + 1 in the exponent alone",
        "In D_(n+1) every n of the closed form becomes n + 1, in the factor n - 1 too: what is left there is n.",
        "What does your last row give for n = 1, and what is D_2?",
        STEP,
    ),
    Fault(
        "",
        "D_n again",
        "The last row is the closed form for n, where the one for n + 1 is to come out. The step leads from n to the "
        "next number.",
        "What does your last row give for n = 1, and what is D_2?",
        STEP,
    ),
)

"""From an answer to a verdict: right, or which misconception gives just these values, or where it goes wrong first.

The reference and its mutants are one parametrised solution, `exercise.solve(faults)`. An answer that has the values of
one mutant has its misconception (naming.py). What is not a mistake in the answer's idea has an outcome of its own: a
kink, rounding, a nan (causes.py); so have a broken rule of the game and a cost above the budget (rules.py).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from lessons.exercises import causes
from lessons.exercises.exercise import RIGHT, Case, Exercise
from lessons.exercises.kind import Kind
from lessons.exercises.naming import name, part_is_right, with_example
from lessons.exercises.places import told
from lessons.exercises.rules import Watch, broken_rule, costs
from lessons.exercises.running import SECONDS, Call, attempt, run
from lessons.exercises.solutions import Solutions
from lessons.exercises.values import Unreadable, show
from lessons.exercises.verdict import Named, Outcome, Row, Verdict

UNEXPECTED = "The checker could not cope with this answer"
LONGEST = 30.0  # seconds for a verdict, at least
LONGER = 6  # times the seconds of the public cases, for those that tell mistakes apart


def judge(exercise: Exercise, answer: Any, *, seconds: float = SECONDS, prove: bool = False) -> Verdict:
    """The verdict on an answer. Never raises because of what the answer is or does.

    With `prove`, what is said of a right formula by random points is shown by algebra too, which takes longer.
    """
    reading = attempt(lambda: exercise.kind.read(answer), seconds)
    if reading.late:
        text = f"After {seconds:g} s the answer was not read. Is there something in it that never ends?"
        return Verdict(exercise, Outcome.LATE, "not an answer yet", told=(text,))
    if reading.error is not None:
        unreadable = isinstance(reading.error, Unreadable)
        text = sentence(str(reading.error)) if unreadable else f"The answer cannot be read: {told(reading.error)}"
        return Verdict(exercise, Outcome.UNREADABLE, "not an answer yet", told=(text,))
    judging = attempt(lambda: Judge(exercise, reading.value, seconds, prove).verdict(), max(LONGEST, LONGER * seconds))
    if judging.value is not None:
        verdict: Verdict = judging.value
        return verdict
    why = "it took too long" if judging.error is None else told(judging.error)
    text = f"{UNEXPECTED}: {why}. Is there something unusual about it?"
    return Verdict(exercise, Outcome.UNREADABLE, "not judged", told=(text,))


def sentence(text: str) -> str:
    """Text with a capital letter and a full stop; names such as how_many and `q =` stay as they are.

    >>> sentence("it is None"), sentence("how_many: nothing is written yet")
    ('It is None.', 'how_many: nothing is written yet.')
    """
    if text.split(" ")[0].isalpha():
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) or "\n" in text else f"{text}."


class Judge:
    """One answer on its way to a verdict."""

    def __init__(self, exercise: Exercise, answer: Any, seconds: float, prove: bool = False) -> None:
        """Run the public cases."""
        self.prove = prove
        self.exercise, self.answer, self.seconds = exercise, answer, seconds
        self.kind: Kind = exercise.kind
        self.solutions = Solutions(exercise)
        watch = Watch([word for rule in exercise.rules for word in rule.names]) if exercise.rules else None
        self.session = run(self.kind, answer, exercise.public, seconds, watch)
        self.calls = self.session.calls
        self.expected = [self.solutions.call(RIGHT, case) for case in exercise.public]
        self.passed = [self.solutions.agree(*pair) for pair in zip(self.calls, self.expected, strict=True)]

    def verdict(self) -> Verdict:
        """The first of these that has something to say."""
        if any(call.late for call in self.calls):
            return self.late()
        broken = broken_rule(self.exercise, self.answer, self.session)
        if broken:
            return self.result(Outcome.RULE, (broken,))
        if all(self.passed):
            return self.right()
        named = name(self.solutions, self.answer, self.calls, self.ask)
        if named:
            return self.result(Outcome.FAULT, named=[with_example(self.solutions, fault) for fault in named])
        return self.result(*self.unnamed())

    def ask(self, cases: Sequence[Case]) -> list[Call]:
        """The answer on more cases."""
        return run(self.kind, self.answer, cases, self.seconds).calls

    # -- outcomes ------------------------------------------------------------------------------------------------------

    def right(self) -> Verdict:
        """All public cases are right; what remains is the cost."""
        over, within = costs(self.exercise.budget, self.answer, self.calls)
        if over:
            return self.result(Outcome.COST, ["The values are right, and it costs too much.", *over], notes=within)
        headline = "right"
        if self.kind.callable:
            count = len(self.calls)
            headline = f"{count} of {count} public cases passed; hidden cases are run when it is graded"
        pair = self.calls[0].value, self.expected[0].value
        remarks = [self.kind.remark(*pair), self.kind.prove(*pair) if self.prove else ""]
        return self.result(Outcome.PASSED, notes=[*within, *filter(None, remarks)], headline=headline)

    def late(self) -> Verdict:
        """The time was up."""
        case = next(call.case for call in self.calls if call.late)
        where = f" on {case.text}" if case.text else ""
        text = [f"After {self.seconds:g} s there was no answer{where}. Is there a loop that never ends?"]
        if self.session.stuck:
            text.append("It could not be stopped, and still runs: restart the kernel before you go on.")
        return self.result(Outcome.LATE, text)

    def unnamed(self) -> tuple[Outcome, list[str]]:
        """What there is to say of a wrong answer that no misconception explains."""
        triples = zip(self.calls, self.expected, self.passed, strict=True)
        wrong = [(call, expected) for call, expected, ok in triples if not ok]
        for call, _ in wrong:
            if call.error is not None:
                return Outcome.ERROR, [f"{on(call.case)} it stopped with {told(call.error)}{at_line(call)}"]
        for call, expected in wrong:
            problem = call.unreadable or self.kind.misfit(call.value, expected.value)
            if problem:
                text = f"{on(call.case)} it returned {problem}" if self.kind.callable else f"Your answer has {problem}"
                return Outcome.WRONG, [sentence(text)]
        if self.kind.callable:
            return self.numbers_apart(wrong)
        explained = self.kind.explain(wrong[0][0].value, wrong[0][1].value)
        return Outcome.WRONG, [explained] if explained else []

    def numbers_apart(self, wrong: Sequence[tuple[Call, Call]]) -> tuple[Outcome, list[str]]:
        """For values of the right structure: a kink, a nan, rounding, or the first entry that is wrong."""
        at_kinks = [causes.kink_near(self.answer, *pair) for pair in wrong]
        if all(at_kinks):
            return Outcome.KINK, at_kinks[:1]
        for pair in wrong:
            text = causes.nan_origin(self.answer, *pair)
            if text:
                return Outcome.NAN, [text]
        text = causes.rounding(self.answer, self.exercise.reference, wrong)
        if text:
            return Outcome.ROUNDING, [text]
        text = causes.first_wrong(self.kind, self.exercise.entries, *wrong[0])
        return Outcome.WRONG, [text] if text else []

    # -- how it is shown -----------------------------------------------------------------------------------------------

    def result(
        self,
        outcome: Outcome,
        text: Iterable[str] = (),
        *,
        named: Iterable[Named] = (),
        notes: Iterable[str] = (),
        headline: str = "",
    ) -> Verdict:
        """A verdict with the cases, or the parts, side by side."""
        rows = self.rows()
        done, what = sum(row.passed for row in rows), "public case" if self.kind.callable else "part"
        if len(rows) == 1 and not self.kind.callable:
            counted = "right" if done else "not right yet"
        else:
            counted = f"{done} of {len(rows)} {what}{'s' if len(rows) > 1 else ''} right"
        changed = sorted({changed for call in self.calls for changed in call.changed})
        more = (
            [f"It changes its argument {', '.join(changed)}; whoever calls it will not expect that. Work on a copy."]
            if changed
            else []
        )
        return Verdict(
            self.exercise,
            outcome,
            headline or counted,
            rows,
            tuple(text),
            tuple(named),
            (*notes, *more),
            self.session.printed,
        )

    def rows(self) -> tuple[Row, ...]:
        """One row a case; for an answer that is no function, one a part, and the right values are not told."""
        if self.kind.callable:
            calls = zip(self.calls, self.expected, self.passed, strict=True)
            return tuple(Row(a.case.text, a.shown(self.kind.show), b.shown(self.kind.show), ok) for a, b, ok in calls)
        (call,), (expected,) = self.calls, self.expected
        if not call.answered or self.kind.misfit(call.value, expected.value):
            return (Row("answer", call.shown(self.kind.show), "", False),)
        right = dict(self.kind.entries(expected.value))
        parts = []
        for part, value in self.kind.entries(call.value):
            alone = self.passed[0] or part_is_right(self.exercise, part, value, right[part])
            parts.append(Row(part or "answer", show(value) if part else self.kind.show(value), "", alone))
        return tuple(parts)


def on(case: Case) -> str:
    """Where something happened, at the beginning of a sentence."""
    return f"On {case.text}," if case.text else "Here"


def at_line(call: Call) -> str:
    """The student's line that an error came through."""
    return f", at {call.place}" if call.place else "."

"""What an exercise is: one record that the notebook, the checker, the pytest file and the grader all read."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from expression.errors import LessonError

if TYPE_CHECKING:
    from lessons.exercises.kinds import Kind

ID = re.compile(r"[0-9]{2}\.[0-9]+(/[1-9][0-9]{0,17})?")
CODE = re.compile(r"M\d+|")
Faults = frozenset[str]
RIGHT: Faults = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """What an answer is called with, and how that is shown; `()` for an answer that is no function."""

    args: tuple[Any, ...] = ()
    text: str = ""
    kink: str = ""  # where the case lies on a kink or a jump on purpose: what is true there


ONE = (Case(),)  # the cases of an answer that is no function


def no_cases(_: np.random.Generator) -> tuple[Case, ...]:
    """The hidden cases of an answer that is no function: there are none, and its exercise is drawn again instead."""
    return ()


@dataclass(frozen=True, slots=True)
class Fault:
    """A misconception: what it is called, why it is wrong, and what to ask somebody who has it."""

    code: str  # of the catalogue, as "M18"; "" where it has none
    name: str  # unique within the exercise: what `solve` is given
    explanation: str  # two or three sentences, to the student
    question: str  # leads to the mistake, does not tell it
    smallest: Case  # on which right and wrong differ; the text alone says it where the answer is no function
    recognise: Callable[[Any], bool] | None = None  # an answer, or the calls of a function, that is not just the mutant


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A rule of the game: modules that must not do the work, as "autodiff" or "numpy.gradient"."""

    names: tuple[str, ...]
    instead: str  # what is to be done, as a sentence

    def __init__(self, *names: str, instead: str = "The task is to write it yourself.") -> None:
        """Forbid these."""
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "instead", instead)


@dataclass(frozen=True, slots=True)
class Budget:
    """What an answer may cost; each limit is a number, or depends on the case. None: not counted."""

    evaluations: int | Callable[[Case], int] | None = None  # calls of the functions among the arguments, together
    lines: int | None = None  # of source, without comments, docstrings and blank ones
    operations: int | Callable[[Case], int] | None = None  # nodes that are recorded when the answer is traced


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise: the task, the right answer, the wrong ones that people give, and the cases that tell them apart."""

    id: str  # "05.2"; "05.2/7" is variant 7 of it
    title: str
    prompt: str
    starter: str  # Python source; it defines the names of `answer`
    answer: str  # the name that holds the answer; several with commas between them
    kind: "Kind"
    solve: Callable[[Faults], Any]  # the answer with these faults put in; none: the reference
    faults: tuple[Fault, ...]
    public: tuple[Case, ...]
    hidden: Callable[[np.random.Generator], tuple[Case, ...]]
    points: int
    hints: tuple[str, ...]
    also_right: tuple[Any, ...]  # at least five right answers, written differently
    rules: tuple[Forbidden, ...] = ()
    budget: Budget | None = None
    entries: Callable[[Case, Any], list[tuple[str, Any]]] | None = None  # parts of a result, in the order of the work
    another: Callable[[np.random.Generator], "Exercise"] | None = None  # this task with other numbers or functions

    def __post_init__(self) -> None:
        """Refuse a record that is not whole.

        Raises LessonError, which names the exercise and what it lacks.
        """
        for problem in problems(self):
            raise LessonError(f"exercise {self.id}: {problem}")

    @property
    def lesson(self) -> int:
        """The number of its lesson."""
        return int(self.id[:2])

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the student's cell that hold the answer."""
        return tuple(name.strip() for name in self.answer.split(","))

    @property
    def reference(self) -> Any:
        """The right answer."""
        return self.solve(RIGHT)

    @property
    def markdown(self) -> str:
        """What is asked, with its number and title, as a notebook shows it."""
        title = self.title if self.title.endswith(("?", "!")) else f"{self.title}."
        return f"**{self.id}** *{title}* {self.prompt}"

    @property
    def marked(self) -> str:
        """The starter between its markers."""
        return f"# exercise: {self.id}\n{self.starter.strip()}\n# end of exercise: {self.id}"

    @property
    def cell(self) -> str:
        """The student's cell: the starter between markers, and the call that checks it."""
        return f'{self.marked}\n\ncheck("{self.id}", {self.answer})'

    def fault(self, name: str) -> Fault:
        """The fault of that name."""
        return next(fault for fault in self.faults if fault.name == name)


def problems(exercise: Exercise) -> Iterator[str]:
    """What a record lacks."""
    if not ID.fullmatch(exercise.id):
        yield "an id is two digits, a dot and a number, as 05.2, and of a variant 05.2/7"
    names = [fault.name for fault in exercise.faults]
    if len(set(names)) < len(names):
        yield f"two faults have one name: {', '.join(sorted({name for name in names if names.count(name) > 1}))}"
    if not exercise.public:
        yield "there is no public case; an answer that is no function has ONE"
    if not exercise.hints:
        yield "there is no hint"
    for fault in exercise.faults:
        if not CODE.fullmatch(fault.code):
            yield f"{fault.code!r} is no code of the catalogue, as M18"
        if not fault.question.rstrip().endswith("?"):
            yield f"what {fault.name!r} asks is no question"
        if not fault.smallest.text:
            yield f"the smallest case of {fault.name!r} has no text"
    for name in exercise.names:
        if not re.search(rf"^(def |class )?{re.escape(name)}\b", exercise.starter, re.MULTILINE):
            yield f"the starter does not define {name}"

"""The lesson's own tape, right or with faults, and programs that run on it."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import isclass
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case, Faults
from lessons.exercises.kinds import Function
from lessons.exercises.lesson06.engine import walk
from lessons.exercises.values import Unreadable, described

SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
PYTHON: MappingProxyType[str, Callable[..., Any]] = MappingProxyType(
    {
        "add": operator.add,
        "sub": operator.sub,
        "mul": operator.mul,
        "div": operator.truediv,
        "log": np.log,
        "sin": np.sin,
        "exp": np.exp,
    }
)


def rules(faults: Faults) -> dict[str, Callable[..., tuple[float, ...]]]:
    """The partials of each operation by its name: of its value and its operands."""
    sign = 1.0 if "plus in the quotient" in faults else -1.0

    def div(y: float, a: float, b: float) -> tuple[float, ...]:
        first, second = 1 / b, sign * a / (b if "divided by b once" in faults else b * b)
        return (second, first) if "quotient swapped" in faults else (first, second)

    def exp(y: float, a: float) -> tuple[float, ...]:
        if "exp as a power" in faults:
            return (a * np.exp(a - 1),)
        return (a if "exp of its input" in faults else y,)

    return {
        "add": lambda y, a, b: (1.0, 1.0),
        "sub": lambda y, a, b: (1.0, -1.0),
        "mul": lambda y, a, b: (b, a),
        "div": div,
        "log": lambda y, a: (1 / a,),
        "sin": lambda y, a: (np.cos(a),),
        "exp": exp,
        "leaf": lambda y: (),
    }


class Recorded:
    """The lesson's number: it knows its tape, and its place there."""

    def __init__(self, tape: Any, place: int) -> None:
        """The number at a place."""
        self.tape, self.place, self.value = tape, place, tape.steps[place][1]

    def __add__(self, other: Any) -> Any:
        """The number a + b."""
        return self.tape.apply("add", self, other)

    def __sub__(self, other: Any) -> Any:
        """The number a - b."""
        return self.tape.apply("sub", self, other)

    def __mul__(self, other: Any) -> Any:
        """The number a * b."""
        return self.tape.apply("mul", self, other)

    def __truediv__(self, other: Any) -> Any:
        """The number a / b."""
        return self.tape.apply("div", self, other)

    def log(self) -> Any:
        """Recorded by the tape, as all of them."""
        return self.tape.apply("log", self)

    def sin(self) -> Any:
        """Recorded by the tape."""
        return self.tape.apply("sin", self)

    def exp(self) -> Any:
        """Recorded by the tape."""
        return self.tape.apply("exp", self)


class Tape:
    """The lesson's tape, its sweep with faults put in."""

    faults: Faults = frozenset()

    def __init__(self) -> None:
        """An empty list."""
        self.steps: list[tuple[str, float, list[int]]] = []
        self.rules = rules(self.faults)
        self.left: list[float] = []  # adjoints that a sweep has left behind, where it leaves any

    def write(self, name: str, value: float, operands: Sequence[int] = ()) -> Recorded:
        """A step more."""
        self.steps.append((name, value, list(operands)))
        return Recorded(self, len(self.steps) - 1)

    def apply(self, name: str, *x: Recorded) -> Any:
        """Compute, and write it down."""
        value = PYTHON[name](*[v.value for v in x])
        if name == "exp" and "exp off the tape" in self.faults:
            return self.write("leaf", value)
        if name == "exp" and "exp as a plain number" in self.faults:
            return value
        return self.write(name, value, [v.place for v in x])

    def partials(self, i: int) -> list[tuple[int, float]]:
        """The operands of a step, each with its partial."""
        name, value, operands = self.steps[i]
        return list(zip(operands, self.rules[name](value, *[self.steps[j][1] for j in operands]), strict=True))

    def gradient(self, y: Recorded, sources: Sequence[Recorded]) -> Any:
        """One adjoint for each source."""
        adjoint = self.sweep(y.place)
        if "all adjoints" in self.faults:
            return adjoint
        if "None for a stranger" in self.faults:
            return [adjoint[x.place] if self.reaches(y.place, x.place) else None for x in sources]
        return [adjoint[x.place] for x in sources]

    def sweep(self, last: int) -> list[float]:
        """The adjoint of every step."""
        faults = self.faults
        start = len(self.steps) - 1 if "seed at the end" in faults else last
        adjoint = [0.0] * len(self.steps)
        if "keeps old sums" in faults:
            adjoint = [*self.left, *adjoint[len(self.left) :]]
            self.left = adjoint
            adjoint[start] = 0.0
        seeded = len(self.steps) - 1 if "only the seed at the end" in faults else start
        adjoint[seeded] += 0.0 if "seed 0" in faults else self.steps[seeded][1] if "seed y" in faults else 1.0

        closed: set[int] = set()  # steps that get nothing more

        def send(i: int) -> None:
            for j, partial in self.partials(i):
                if j in closed:
                    continue
                adjoint[j] = adjoint[i] * partial + (0.0 if "overwrites" in faults else adjoint[j])
                if "one path alone" in faults:
                    closed.add(j)

        if "follows each edge at once" in faults:
            edges = [(start, iter(self.partials(start)))]
            while edges:
                i, left = edges[-1]
                for j, partial in left:
                    adjoint[j] += adjoint[i] * partial
                    edges.append((j, iter(self.partials(j))))
                    break
                else:
                    edges.pop()
            return adjoint
        for i in walk([operands for _, _, operands in self.steps], start, faults):
            send(i)
        return adjoint

    def reaches(self, last: int, place: int) -> bool:
        """Whether a step depends on another."""
        needed = {last}
        for i in range(last, place, -1):
            if i in needed:
                needed.update(self.steps[i][2])
        return place in needed


def solve_tape(faults: Faults) -> type[Tape]:
    """The class."""
    return type("MyTape", (Tape,), {"faults": faults})


# -- cases -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Program:
    """A function of leaves that runs on numbers of any kind: the result, and the sources that are asked for."""

    steps: tuple[tuple[str, tuple[int, ...]], ...]
    result: int
    sources: tuple[int, ...]
    often: int = 1  # how many times the gradient is asked for

    def __call__(self, *leaves: Any) -> tuple[Any, list[Any]]:
        """Run it."""
        v = list(leaves)
        for name, operands in self.steps:
            v.append(PYTHON[name](*[v[j] for j in operands]))
        return v[self.result], [v[j] for j in self.sources]

    def text(self, leaves: int) -> str:
        """As `v1 = v0 * v0; gradient(v1, [v0])`."""
        lines = []
        for k, (name, operands) in enumerate(self.steps):
            shown = f" {SIGNS[name]} ".join(f"v{j}" for j in operands) if name in SIGNS else f"{name}(v{operands[0]})"
            lines.append(f"v{leaves + k} = {shown}")
        asked = f"gradient(v{self.result}, [{', '.join(f'v{j}' for j in self.sources)}])"
        return "; ".join([*lines, *[asked] * self.often])


def at(program: Program, *leaves: float) -> Case:
    """A case: a program and the values of its leaves."""
    where = ", ".join(f"v{k} = {x:.6g}" for k, x in enumerate(leaves))
    return Case((program, leaves), f"{where}; {program.text(len(leaves))}")


def asked(tape_class: Callable[[], Any], program: Any, values: Sequence[float]) -> Any:
    """The adjoints that a new tape gives for a program; all answers where it is asked more than once."""
    tape = tape_class()
    y, sources = program(*[tape.write("leaf", value) for value in values])
    often = getattr(program, "__wrapped__", program).often
    answers = [in_order(tape.gradient(y, sources), sources) for _ in range(often)]
    return answers[0] if often == 1 else answers


def in_order(answer: Any, sources: Sequence[Any]) -> Any:
    """Adjoints by their sources, in the order of these; others as they are."""
    return [answer[x] for x in sources] if isinstance(answer, dict) and all(x in answer for x in sources) else answer


class TapeClass(Function):
    """A class of tapes; a tape will do as well, since it knows its class."""

    def read(self, answer: Any) -> Any:
        """The class."""
        if hasattr(answer, "gradient") and not callable(answer):
            answer = type(answer)
        if answer is Ellipsis or not callable(answer):
            raise Unreadable(f"the class MyTape is wanted, got {described(answer)}")
        missing = [name for name in ("write", "gradient") if not hasattr(answer, name)]
        if isclass(answer) and missing:
            raise Unreadable(f"the class {answer.__name__} has no method {' and no '.join(missing)}")
        return answer


SQUARE = at(Program((("mul", (0, 0)),), 1, (0,)), 3.0)
DOUBLED = at(Program((("add", (0, 0)), ("add", (1, 1))), 2, (0,)), 0.25)
QUOTIENT = at(Program((("div", (0, 1)),), 2, (0, 1)), 3.0, 2.0)
EXP_AT_0 = at(Program((("exp", (0,)),), 1, (0,)), 0.0)
TWICE = at(Program((("mul", (0, 0)),), 1, (0,), often=2), 3.0)
TWO_READERS = at(Program((("sin", (0,)), ("mul", (1, 0)), ("add", (1, 2)), ("log", (3,))), 4, (0,)), 0.5)
STRANGER = at(Program((("mul", (0, 0)), ("sin", (1,)), ("log", (2,))), 3, (0, 1)), 2.0, 5.0)


def drawn_programs(generator: np.random.Generator) -> tuple[Case, ...]:
    """Random programs with every operation in them; the result is not the last step, and one is asked twice."""
    return tuple(drawn_program(generator, often) for often in (1, 1, 2))


def drawn_program(generator: np.random.Generator, often: int) -> Case:
    """One program of three leaves, the last of them a stranger; the values stay positive and small for log and exp."""
    steps: list[tuple[str, tuple[int, ...]]] = [("add", (0, 1)), ("mul", (0, 3))]
    for name in generator.permutation(["div", "exp", "log", "sin", "mul", "sub"]).tolist():
        newest = len(steps) + 2
        other = int(generator.choice([0, 1, *range(3, newest)]))
        if name in ("exp", "sin"):
            steps.append(("sin", (newest,)))
            steps += [("exp", (newest + 1,))] if name == "exp" else []
        elif name == "log":
            steps += [("mul", (newest, newest)), ("add", (newest + 1, 3)), ("log", (newest + 2,))]
        elif name == "div":
            steps += [("exp", (0,)), ("div", (newest, newest + 1))]
        else:
            steps.append((name, (newest, other)))
    result = len(steps) + 2
    steps += [("mul", (result, result)), ("add", (2, result + 1))]
    sources = (0, 1, 2, int(generator.integers(3, result)))
    return at(Program(tuple(steps), result, sources, often), *generator.uniform(0.5, 1.5, 3).round(3).tolist())

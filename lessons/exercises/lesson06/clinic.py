"""The engines of 06.4: bugs, programs on which they show, what each engine says, and whom each is taken for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from lessons.exercises.exercise import Faults
from lessons.exercises.lesson06.engine import INPUT, Program, evaluate, sweep

Clinic = Mapping[str, tuple[Program, tuple[float, ...]]]

BUGS = MappingProxyType(
    {
        "=": ("overwrites", "it overwrites: = for +="),
        "order": ("list order", "it goes through the list in the wrong direction"),
        "recursion": ("visits twice", "it works off a node once for each reader"),
        "seed": ("seed y", "it begins with a wrong seed"),
        "mul": ("mul swapped", "the partials of mul are exchanged"),
        "exp": ("exp of its input", "the rule of exp uses its input"),
        "log": ("log of its output", "the rule of log uses its result"),
        "div": ("div without minus", "in the rule of div a minus is missing"),
        "sub": ("sub adds", "the rule of sub is that of add"),
    }
)  # key -> fault of the engine, what it does

PROGRAMS: MappingProxyType[str, Program] = MappingProxyType(
    {
        "x * x": [INPUT, ("mul", (0, 0))],
        "b = x + x; b + b": [INPUT, ("add", (0, 0)), ("add", (1, 1))],
        "x * y": [INPUT, INPUT, ("mul", (0, 1))],
        "e = exp(x); e + e * x": [INPUT, ("exp", (0,)), ("mul", (1, 0)), ("add", (1, 2))],
        "log(x) - exp(y)": [INPUT, INPUT, ("log", (0,)), ("exp", (1,)), ("sub", (2, 3))],
        "exp(x)": [INPUT, ("exp", (0,))],
        "x + y": [INPUT, INPUT, ("add", (0, 1))],
        "x - y": [INPUT, INPUT, ("sub", (0, 1))],
        "x / y": [INPUT, INPUT, ("div", (0, 1))],
        "log(x) * x": [INPUT, ("log", (0,)), ("mul", (1, 0))],
        "p = x * y; p * p": [INPUT, INPUT, ("mul", (0, 1)), ("mul", (2, 2))],
        "d = x - y; d * d": [INPUT, INPUT, ("sub", (0, 1)), ("mul", (2, 2))],
        "q = x / y; q + log(q)": [INPUT, INPUT, ("div", (0, 1)), ("log", (2,)), ("add", (2, 3))],
        "exp(x) / x": [INPUT, ("exp", (0,)), ("div", (1, 0))],
    }
)


def says(fault: str, case: tuple[Program, tuple[float, ...]]) -> str:
    """What an engine with a bug says of the inputs of a program, as the chart has it; "" is the right engine."""
    program, inputs = case
    faults: Faults = frozenset({fault}) if fault else frozenset()
    gradient = sweep(program, evaluate(program, *inputs), faults)[: len(inputs)]
    return ", ".join(f"{x + 0.0:.4g}" for x in gradient)


@dataclass(frozen=True, slots=True)
class Ward:
    """Programs with their inputs, and the bug of each patient by its key."""

    clinic: Clinic
    patients: Mapping[str, str]

    def wrong_on(self, key: str) -> list[str]:
        """The programs on which an engine with this bug is wrong, those with the fewest nodes first."""
        fault = BUGS[key][0]
        wrong = [name for name, case in self.clinic.items() if says(fault, case) != says("", case)]
        return sorted(wrong, key=lambda name: len(self.clinic[name][0]))

    def shows_on(self, key: str) -> str:
        """The smallest program on which an engine with this bug is wrong."""
        return self.wrong_on(key)[0]

    def chart(self) -> str:
        """What each engine says on each program."""
        lines = []
        for name, case in self.clinic.items():
            engines = {"right": "", **{patient: BUGS[key][0] for patient, key in self.patients.items()}}
            told = (f"{engine}: {says(fault, case)}" for engine, fault in engines.items())
            lines.append(f"- `{name}` at {', '.join(f'{x:g}' for x in case[1])}: {'; '.join(told)}")
        return "\n".join(lines)

    def answers(self, options: Sequence[str]) -> bool:
        """Whether the chart says of each patient which of these bugs it has, and one program is the smallest."""
        charts = {key: tuple(says(BUGS[key][0], case) for case in self.clinic.values()) for key in options}
        for key in self.patients.values():
            sizes = [len(self.clinic[name][0]) for name in self.wrong_on(key)]
            if not sizes or sizes.count(min(sizes)) > 1 or list(charts.values()).count(charts[key]) > 1:
                return False
        return True

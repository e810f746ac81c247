"""06.4: four engines with a bug each, choices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Record
from lessons.exercises.lesson06.clinic import BUGS, PROGRAMS, Ward

NUMBERS = (0.25, 0.5, 2.0, 3.0, 4.0)  # inputs; not 1, where log is 0
CHOICES = 6
LONG = MappingProxyType({"b = x + x; b + b": "the chain of additions"})
STARTER = """
patients = {
    "bug of A": ..., "program for A": ...,
    "bug of B": ..., "program for B": ...,
    "bug of C": ..., "program for C": ...,
    "bug of D": ..., "program for D": ...,
}
"""


@dataclass(frozen=True, slots=True)
class Sign:
    """What a bug does, where it shows, and which programs show it first, or do not."""

    code: str
    does: str
    where: str  # it is wrong where ..., and only there
    smallest: str = "{small}: it has {nodes} nodes, and {p} is wrong there"


SIGNS = MappingProxyType(
    {
        "=": Sign("M18", "overwrites", "a node is read twice", "x * x at 3: one product, two contributions"),
        "order": Sign("M7", "goes in the wrong direction", "a node lies between input and output"),
        "recursion": Sign("M19", "works off a node once for each reader", "a node with operands is read twice"),
        "seed": Sign("M20", "begins with the value", "the value is not 1"),
        "mul": Sign("M21", "exchanges the partials of mul", "two different factors stand"),
        "exp": Sign("M22", "uses the input of exp", "exp stands"),
        "log": Sign("M1", "uses the result of log", "log stands"),
        "div": Sign("M4", "forgets the minus of div", "a divisor moves"),
        "sub": Sign("M4", "takes sub for add", "something that moves is subtracted"),
    }
)

TAKEN_FOR = MappingProxyType(
    {
        "=": (
            "recursion",
            "M19",
            "recursion for overwriting",
            "{p} was taken for an engine that recurses. Such an engine gives too much where a node is read twice; {p} "
            "gives too little, for one contribution has replaced the other.",
            "Is {p}'s answer for {small} too large or too small?",
            "x * x at 3: right is 6; one of the two contributions alone is 3",
        ),
        "recursion": (
            "seed",
            "M20",
            "seed for recursion",
            "{p} was taken for an engine with a wrong seed. A wrong seed multiplies every answer by one factor, and "
            "would show on every program whose value is not 1.",
            "On which of the five programs is {p} right, and could it be right there with a wrong seed?",
            "x * x at 3: {p} says 6, and with the seed y = 9 it would say 54",
        ),
        "exp": (
            "order",
            "M7",
            "order for exp",
            "{p} was taken for an engine that walks the list in the wrong direction. That one would give 0 wherever a "
            "node lies between input and output; {p} is wrong only where exp stands.",
            "What do the programs on which {p} is wrong have in common?",
            "b = x + x; b + b: from the wrong end the gradient would be 0, and {p} says 4",
        ),
        "mul": (
            "=",
            "M18",
            "overwriting for mul",
            "{p} was taken for an engine that overwrites. That one loses a contribution where a node is read twice; "
            "{p} loses none, and gives each factor what belongs to the other.",
            "Where two different factors stand, what does the first of them get from {p}, and what should it get?",
            "x * y at 2, 5: right is 5, 2, and with the partials exchanged it is 2, 5",
        ),
        "order": (
            "=",
            "M18",
            "overwriting for order",
            "{p} was taken for an engine that overwrites. That one keeps the last contribution; {p} says 0 where a "
            "node lies between input and output, because it sends before anything has arrived.",
            "How can a 0 come about, if a contribution is only replaced by another one?",
            "b = x + x; b + b: right is 4, overwriting leaves 1, and from the wrong end the gradient is 0",
        ),
        "seed": (
            "recursion",
            "M19",
            "recursion for seed",
            "{p} was taken for an engine that recurses. That one is right where no node with operands is read twice; "
            "{p} is wrong there too, by the same factor at every input.",
            "By which factor is {p} wrong on {small}, and what is the value there?",
            "x * x at 3: an engine that recurses says 6, and with the seed y = 9 it is 54",
        ),
        "log": (
            "seed",
            "M20",
            "seed for log",
            "{p} was taken for an engine with a wrong seed. A wrong seed multiplies every answer by one factor, and "
            "would show wherever the value is not 1; {p} is wrong only where log stands.",
            "What do the programs on which {p} is wrong have in common?",
            "log(x) at 2: the slope is 1/2; divided by the result it would be 1 / 0.6931 = 1.443",
        ),
        "div": (
            "sub",
            "M4",
            "sub for div",
            "{p} was taken for an engine whose rule of sub is wrong. A difference alone does no harm to {p}: it is "
            "wrong only where a divisor moves.",
            "What do the programs on which {p} is wrong have in common?",
            "x / y at 1, 2: the divisor gets -1/4, and without the minus 1/4",
        ),
        "sub": (
            "div",
            "M4",
            "div for sub",
            "{p} was taken for an engine whose rule of div is wrong. A quotient alone does no harm to {p}: it is wrong "
            "only where something that moves is subtracted.",
            "What do the programs on which {p} is wrong have in common?",
            "x - y at 3, 1: y gets -1, and an engine that takes it for a sum says 1",
        ),
    }
)  # bug -> what it is taken for; code, name, explanation, question and smallest example of that mistake

HIDDEN_ON = MappingProxyType(
    {
        "=": (
            "x * y",
            "x * y does not show that contributions are replaced, because no node is read twice there.",
            "x * y at 2, 5: each factor gets one contribution, and nothing is there to replace",
        ),
        "recursion": (
            "x * x",
            "x * x does not show that a node is worked off twice, because x has no operands to send to.",
            "x * x at 3: 3 + 3 is 6, and nothing is sent on from x",
        ),
        "mul": (
            "x * x",
            "x * x does not show that the partials of a product are exchanged, because both of them are x.",
            "x * x at 3: 3 + 3 is 6, exchanged or not",
        ),
    }
)  # bug -> a program on which it does not show, though one might think so, and why


def mistakes(ward: Ward) -> Iterator[tuple[str, str, Fault]]:
    """What people answer instead: a part, what they say, and the fault."""
    for p, key in list(ward.patients.items())[:3]:
        instead, code, name, told, asked, smallest = TAKEN_FOR[key]
        words = {"p": p, "small": ward.shows_on(key)}
        case = Case(text=smallest.format(**words))
        yield f"bug of {p}", instead, Fault(code, name, told.format(**words), asked.format(**words), case)
    p, key = list(ward.patients.items())[-1]
    program, told, smallest = HIDDEN_ON[key]
    asked = f"What does {p} say on {program}, and what is right?"
    yield (
        f"program for {p}",
        program,
        Fault(SIGNS[key].code, f"{program} shows it", told, asked, Case(text=smallest)),
    )
    p, key = next(iter(ward.patients.items()))
    small, larger = ward.wrong_on(key)[:2]
    sign = SIGNS[key]
    where = "one node is read twice by one reader" if key == "=" else sign.where
    told = (
        f"An engine that {sign.does} is wrong as soon as {where}. There is a smaller program for that than "
        f"{LONG.get(larger, larger)}."
    )
    asked = f"What is the shortest program in which {sign.where}?"
    smallest = sign.smallest.format(small=small, nodes=len(ward.clinic[small][0]), p=p)
    yield f"program for {p}", larger, Fault(sign.code, "first star", told, asked, Case(text=smallest))


def solve_patients(ward: Ward, faults: Faults) -> dict[str, str]:
    """The bug of each patient, and the smallest program on which it shows."""
    answer = {}
    for patient, key in ward.patients.items():
        answer[f"bug of {patient}"] = key
        answer[f"program for {patient}"] = ward.shows_on(key)
    return answer | {part: said for part, said, fault in mistakes(ward) if fault.name in faults}


def patients(ward: Ward, options: Sequence[str]) -> Exercise:
    """The exercise with these engines, and these bugs to choose from."""
    right = solve_patients(ward, RIGHT)
    bugs = {key: text for key, (_, text) in BUGS.items() if key in options}
    programs = {name: name for name in ward.clinic}
    third, last = list(ward.patients)[2:]
    signs = {patient: SIGNS[key].where for patient, key in ward.patients.items()}
    return Exercise(
        id="06.4",
        title="Four patients",
        prompt="Four engines have a bug each. These are the gradients that they give on five programs, beside the "
        f"right one:\n\n{ward.chart()}\n\nName the bug of each, one of "
        + ", ".join(f"`{key}` ({text})" for key, text in bugs.items())
        + ", and the program with the fewest nodes on which it shows.",
        starter=STARTER,
        answer="patients",
        kind=Record({part: Choice(bugs) if part.startswith("bug") else Choice(programs) for part in right}),
        solve=lambda faults: solve_patients(ward, faults),
        faults=tuple(fault for _, _, fault in mistakes(ward)),
        public=ONE,
        hidden=no_cases,
        points=4,
        hints=(
            "Look at where each engine is right: that excludes most bugs.",
            "Too little where a node is read twice: a contribution was lost. Too much: it was sent twice.",
            f"{third} is wrong only where {signs[third]}, {last} only where {signs[last]}.",
        ),
        also_right=(
            tuple(right.values()),
            list(right.values()),
            {part: bugs.get(key, key) for part, key in right.items()},
            {part: key.upper() for part, key in reversed(right.items())},
            {part: f" {key.replace(' ', '')} " for part, key in right.items()},
        ),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise with other engines and programs, such that the chart tells which engine has which bug."""
    while True:
        keys = generator.permutation([*BUGS])[:4].tolist()
        names = generator.permutation([*PROGRAMS])[:5].tolist()
        inputs = [generator.permutation(NUMBERS)[: PROGRAMS[name].count(("input", ()))].tolist() for name in names]
        clinic = {name: (PROGRAMS[name], tuple(x)) for name, x in zip(names, inputs, strict=True)}
        ward = Ward(clinic, dict(zip("ABCD", keys, strict=True)))
        options = dict.fromkeys([*keys, *(TAKEN_FOR[key][0] for key in keys[:3])])
        others = [key for key in generator.permutation([*BUGS]).tolist() if key not in options]
        chosen = [*options, *others[: max(0, CHOICES - len(options))]]
        if is_fair(ward, chosen):
            return patients(ward, chosen)


def is_fair(ward: Ward, options: Sequence[str]) -> bool:
    """Whether the chart answers every question, and the mistakes of this exercise are mistakes there."""
    first, *_, last = ward.patients.values()
    hidden = HIDDEN_ON[last][0] if last in HIDDEN_ON else ""
    if len(options) > CHOICES or hidden not in ward.clinic or hidden in ward.wrong_on(last):
        return False
    if len(ward.wrong_on("seed")) < len(ward.clinic):  # somewhere the value is 1, and a wrong seed does no harm
        return False
    return len(ward.wrong_on(first)) > 1 and ward.answers(options)


POINTS = ((3.0,), (0.25,), (2.0, 5.0), (0.5,), (2.0, 1.0))
FIRST_WARD = Ward(
    {name: (PROGRAMS[name], point) for name, point in zip(PROGRAMS, POINTS, strict=False)},
    {"A": "=", "B": "recursion", "C": "exp", "D": "mul"},
)
PATIENTS_EXERCISE = patients(FIRST_WARD, [*BUGS][:CHOICES])

"""06.4: four engines with a bug each, choices."""

from types import MappingProxyType

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Kind, Record
from lessons.exercises.lesson06.engine import INPUT, Program, evaluate, sweep

CLINIC: MappingProxyType[str, tuple[Program, tuple[float, ...]]] = MappingProxyType(
    {
        "x * x": ([INPUT, ("mul", (0, 0))], (3.0,)),
        "b = x + x; b + b": ([INPUT, ("add", (0, 0)), ("add", (1, 1))], (0.25,)),
        "x * y": ([INPUT, INPUT, ("mul", (0, 1))], (2.0, 5.0)),
        "e = exp(x); e + e * x": ([INPUT, ("exp", (0,)), ("mul", (1, 0)), ("add", (1, 2))], (0.5,)),
        "log(x) - exp(y)": ([INPUT, INPUT, ("log", (0,)), ("exp", (1,)), ("sub", (2, 3))], (2.0, 1.0)),
    }
)
PATIENTS = MappingProxyType({"A": "overwrites", "B": "visits twice", "C": "exp of its input", "D": "mul swapped"})
BUGS = MappingProxyType(
    {
        "=": "it overwrites: = for +=",
        "order": "it goes through the list in the wrong direction",
        "recursion": "it works off a node once for each reader",
        "seed": "it begins with a wrong seed",
        "mul": "the partials of mul are exchanged",
        "exp": "the rule of exp uses its input",
    }
)
BUG_OF = MappingProxyType(dict(zip(PATIENTS.values(), ("=", "recursion", "exp", "mul"), strict=True)))


def gradient_by(faults: Faults, program: Program, inputs: tuple[float, ...]) -> tuple[float, ...]:
    """What an engine with these faults says of the inputs of a program."""
    return tuple(sweep(program, evaluate(program, *inputs), faults)[: len(inputs)])


def shows_on(fault: str) -> str:
    """The smallest program on which an engine with this fault is wrong."""
    right, broken = frozenset[str](), frozenset({fault})
    wrong = [name for name, case in CLINIC.items() if gradient_by(right, *case) != gradient_by(broken, *case)]
    return min(wrong, key=lambda name: len(CLINIC[name][0]))


def chart() -> str:
    """What each engine says on each program."""
    lines = []
    for name, (program, inputs) in CLINIC.items():
        engines = {"right": frozenset[str](), **{p: frozenset({fault}) for p, fault in PATIENTS.items()}}
        told = (
            f"{engine}: {', '.join(f'{x:.4g}' for x in gradient_by(faults, program, inputs))}"
            for engine, faults in engines.items()
        )
        lines.append(f"- `{name}` at {', '.join(f'{x:g}' for x in inputs)}: {'; '.join(told)}")
    return "\n".join(lines)


def solve_patients(faults: Faults) -> dict[str, str]:
    """The bug of each patient, and the smallest program on which it shows."""
    answer = {}
    for patient, fault in PATIENTS.items():
        answer[f"bug of {patient}"] = BUG_OF[fault]
        answer[f"program for {patient}"] = shows_on(fault)
    if "recursion for overwriting" in faults:
        answer["bug of A"] = "recursion"
    if "seed for recursion" in faults:
        answer["bug of B"] = "seed"
    if "order for exp" in faults:
        answer["bug of C"] = "order"
    if "x * x shows it" in faults:
        answer["program for D"] = "x * x"
    if "first star" in faults:
        answer["program for A"] = "b = x + x; b + b"
    return answer


PATIENT_PARTS: MappingProxyType[str, Kind] = MappingProxyType(
    {
        part: Choice(BUGS) if part.startswith("bug") else Choice({name: name for name in CLINIC})
        for part in solve_patients(frozenset())
    }
)

PATIENTS_EXERCISE = Exercise(
    id="06.4",
    title="Four patients",
    prompt="Four engines have a bug each. These are the gradients that they give on five programs, beside the right "
    f"one:\n\n{chart()}\n\nName the bug of each, one of "
    + ", ".join(f"`{key}` ({text})" for key, text in BUGS.items())
    + ", and the program with the fewest nodes on which it shows.",
    starter="""
patients = {
    "bug of A": ..., "program for A": ...,
    "bug of B": ..., "program for B": ...,
    "bug of C": ..., "program for C": ...,
    "bug of D": ..., "program for D": ...,
}
""",
    answer="patients",
    kind=Record(PATIENT_PARTS),
    solve=solve_patients,
    faults=(
        Fault(
            "M19",
            "recursion for overwriting",
            "A was taken for an engine that recurses. Such an engine gives too much where a node is read twice; A "
            "gives too little, for one contribution has replaced the other.",
            "Is A's answer for x * x too large or too small?",
            Case(text="x * x at 3: right is 6; one of the two contributions alone is 3"),
        ),
        Fault(
            "M20",
            "seed for recursion",
            "B was taken for an engine with a wrong seed. A wrong seed multiplies every answer by one factor, and "
            "would show on every program.",
            "On which of the five programs is B right, and could it be right there with a wrong seed?",
            Case(text="x * x at 3: B says 6, and with the seed y = 9 it would say 54"),
        ),
        Fault(
            "M7",
            "order for exp",
            "C was taken for an engine that walks the list in the wrong direction. That one would give 0 wherever a "
            "node lies between input and output; C is wrong only where exp stands.",
            "What do the programs on which C is wrong have in common?",
            Case(text="b = x + x; b + b: from the wrong end the gradient would be 0, and C says 4"),
        ),
        Fault(
            "M21",
            "x * x shows it",
            "x * x does not show that the partials of a product are exchanged, because both of them are x.",
            "What does D say on x * x, and what is right?",
            Case(text="x * x at 3: 3 + 3 is 6, exchanged or not"),
        ),
        Fault(
            "M18",
            "first star",
            "An engine that overwrites is wrong as soon as one node is read twice by one reader. There is a smaller "
            "program for that than the chain of additions.",
            "What is the shortest program in which a node is read twice?",
            Case(text="x * x at 3: one product, two contributions"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=4,
    hints=(
        "Look at where each engine is right: that excludes most bugs.",
        "Too little where a node is read twice: a contribution was lost. Too much: it was sent twice.",
        "C is wrong only where exp stands, D only where two different factors stand.",
    ),
    also_right=(
        tuple(solve_patients(frozenset()).values()),
        list(solve_patients(frozenset()).values()),
        {part: BUGS.get(key, key) for part, key in solve_patients(frozenset()).items()},
        {part: key.upper() for part, key in reversed(solve_patients(frozenset()).items())},
        {part: f" {key.replace(' ', '')} " for part, key in solve_patients(frozenset()).items()},
    ),
)

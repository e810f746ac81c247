"""08.4: a benchmark that lies. What each of its lines measured, and the race that answers the question."""

from types import MappingProxyType

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Kind, Record, chosen

OPTIONS: MappingProxyType[str, MappingProxyType[str, str]] = MappingProxyType(
    {
        "jax.grad": MappingProxyType(
            {
                "build": "tracing and compiling together with one evaluation, because it was the first call",
                "run": "one evaluation of the gradient, because grad(f)(x) is a function call like any other",
                "theory": "the time of f times a constant, because it is reverse mode",
            }
        ),
        "np.gradient": MappingProxyType(
            {
                "samples": "something else: slopes between neighbours in an array of values, because it never calls f",
                "gradient": "the gradient of f at a point by differences, because that is its name",
            }
        ),
        "SymPy": MappingProxyType(
            {
                "run": "only the finished formula, because building and simplifying were left out",
                "all": "the whole of the method, because a formula is simplified only once",
            }
        ),
        "precision": MappingProxyType(
            {
                "apart": "float32 and float64 are two computations, because one of them moves half of the bytes and "
                "keeps half of the digits",
                "same": "that does not matter, because the formula is the same",
            }
        ),
        "one call": MappingProxyType(
            {
                "noise": "says little, because a single shot can be off by more than the difference it is to show",
                "exact": "is enough, because a computer does the same each time",
            }
        ),
        "conclusion": MappingProxyType(
            {
                "none": "nothing follows about the three methods, because three different things were timed",
                "numeric": "numerical differentiation takes the least time, because its number is the smallest",
                "reverse": "reverse mode takes the least time after all, because its cost is proven to be at most 5 "
                "times that of f",
            }
        ),
        "race": MappingProxyType(
            {
                "fair": "one function, one point, one dtype; all is built before, and its time told apart; the answers "
                "are compared; then interleaved rounds, and a tie where the noise covers the difference",
                "repeat": "the same three lines, each a thousand times on its own, and the means are compared",
                "all in": "the same three lines, once, with building and simplifying included everywhere",
                "best of": "the same three lines in one dtype, and the shortest of five shots of each",
            }
        ),
    }
)
TRUTH = MappingProxyType(
    {
        "jax.grad": "build",
        "np.gradient": "samples",
        "SymPy": "run",
        "precision": "apart",
        "one call": "noise",
        "conclusion": "none",
        "race": "fair",
    }
)
INSTEAD = MappingProxyType(  # what somebody chooses who has the fault
    {
        "first call is a call": ("jax.grad", "run"),
        "theorem for clock": ("jax.grad", "theory"),
        "gradient by name": ("np.gradient", "gradient"),
        "building is free": ("SymPy", "all"),
        "digits for nothing": ("precision", "same"),
        "one shot": ("one call", "exact"),
        "smallest number": ("conclusion", "numeric"),
        "theorem for result": ("conclusion", "reverse"),
        "repeats the mistake": ("race", "repeat"),
        "building with all": ("race", "all in"),
        "best of five": ("race", "best of"),
    }
)
PARTS: MappingProxyType[str, Kind] = MappingProxyType({part: Choice(options) for part, options in OPTIONS.items()})


def solve_lies(faults: Faults) -> dict[str, str]:
    """What each line of the post measured, what follows from it, and what to do instead."""
    return chosen(TRUTH, INSTEAD, faults)


def listed() -> str:
    """All parts with their options."""
    lines = []
    for part, options in OPTIONS.items():
        lines += [f"- `{part}`", *(f"    - `{key}`: {text}" for key, text in options.items())]
    return "\n".join(lines)


LIES = Exercise(
    id="08.4",
    title="Find the lies",
    prompt="A blog post times `jax.grad` (first call, float32), `np.gradient` (float64, one call) and a formula that "
    "SymPy has simplified for a minute (not timed). It concludes that numerical differentiation takes the least time. "
    "What has each of its lines measured, and why? What is to be said of the two precisions, of one call and of the "
    f"conclusion? And which race answers the question?\n\n{listed()}",
    starter="""
lies = {
    "jax.grad": ..., "np.gradient": ..., "SymPy": ...,  # what was measured
    "precision": ..., "one call": ..., "conclusion": ...,
    "race": ...,
}
""",
    answer="lies",
    kind=Record(PARTS),
    solve=solve_lies,
    faults=(
        Fault(
            "M30",
            "first call is a call",
            "The first call of a program that is traced and compiled does the tracing and compiling too. The second "
            "one only runs.",
            "What does the second call of `automatic` in the lesson take beside the first?",
            Case(text="grad(f, compile=True)(x), twice: the first call builds, the second does not"),
        ),
        Fault(
            "",
            "theorem for clock",
            "The constant bounds counted operations. The clock saw an interpreter, a compiler and a cache, and none of "
            "them is in the theorem.",
            "Which term of the bill, nodes times overhead or flops times rate, does the theorem speak of?",
            Case(text="x + y on two numbers: 1 flop, and a step of the interpreter that takes far longer"),
        ),
        Fault(
            "",
            "gradient by name",
            "`np.gradient` gets an array of values, and gives the slopes between its neighbours. It never sees f, so "
            "it cannot have the partials of a function of many inputs; it answers another question.",
            "What do you hand to `np.gradient`, and where in it could it evaluate f?",
            Case(text="np.gradient([0, 1, 4]) is [1, 2, 3]: slopes along a list, without any f"),
        ),
        Fault(
            "M30",
            "building is free",
            "A minute of simplifying was spent before the clock began. It may be left out if the formula serves a "
            "million times, but then building has to be left out for everybody.",
            "Whose building was timed in this post, and whose was not?",
            Case(text="one slope, once: SymPy's minute is the whole time; a million slopes: it is hardly seen"),
        ),
        Fault(
            "",
            "digits for nothing",
            "Half of the bytes and half of the digits: that is another computation, with another answer. A race has to "
            "compare the answers before it compares the times.",
            "How many digits do the two answers have in common?",
            Case(text="0.1 in float32 and in float64: they agree to 8 digits"),
        ),
        Fault(
            "M31",
            "one shot",
            "The same call takes another time each time: other processes, the caches and the clock of the processor "
            "see to that. One shot does not tell how much.",
            "In the lesson, how far apart were two single shots of one and the same function?",
            Case(text="mine against mine: single shots differ, and there is nothing to differ"),
        ),
        Fault(
            "M31",
            "smallest number",
            "The smallest of three numbers was read off, but they do not measure the same. One holds a compiler, "
            "one computes something else, one has left its building out.",
            "If all three lines were about one and the same program, could this table look as it does?",
            Case(text="mine against mine: one of two shots is always the shorter one"),
        ),
        Fault(
            "",
            "theorem for result",
            "The bound says that reverse mode needs few operations, not that it takes the least time here. Nothing in "
            "this post was measured that could say so.",
            "For one input, what does the theorem promise, and what do two evaluations take?",
            Case(text="N = 1: a central difference takes 2 evaluations, the bound of reverse mode is 5"),
        ),
        Fault(
            "M31",
            "repeats the mistake",
            "A thousand repetitions make the mean precise, and it is the mean of the wrong thing. And contestants who "
            "run one after the other each meet another state of the machine.",
            "If the machine becomes busy while the second one runs, who pays for it?",
            Case(text="mine, a thousand times, then mine again: two precise means that differ"),
        ),
        Fault(
            "M30",
            "building with all",
            "Now building is counted for everybody, once. That answers how long one single slope takes, and it mixes "
            "two prices that depend on different things.",
            "What would the table say to somebody who needs a million slopes?",
            Case(text="building takes 1 s, a run 1 ms: for one slope 1.001 s, for a million 1,001 s"),
        ),
        Fault(
            "M31",
            "best of five",
            "The shortest shot hides the noise, it does not measure it, so nobody can tell a tie. And the lines still "
            "compute three different things.",
            "How would this race show that two contestants are equally good?",
            Case(text="mine against mine, best of five: one of them wins each time"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=4,
    hints=(
        "Ask of each line: what ran between the two looks at the clock?",
        "Which of the three does not even know f? Whose building stands in the table, and whose does not?",
        "For the race read the section on benchmarks again: build, compare the answers, take turns, know the word tie.",
    ),
    also_right=(
        tuple(TRUTH.values()),
        list(TRUTH.values()),
        {part: OPTIONS[part][key] for part, key in TRUTH.items()},
        {part: f" {key.upper()}." for part, key in reversed(list(TRUTH.items()))},
        {part: np.str_(f"`{key}`") for part, key in TRUTH.items()},
        [OPTIONS[part][key].capitalize() for part, key in TRUTH.items()],
    ),
)

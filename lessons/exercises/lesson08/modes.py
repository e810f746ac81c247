"""08.2: a mode for each Jacobian, with its sweeps, and with the reason."""

from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Kind, Record, Value, listed

JOBS: MappingProxyType[str, tuple[int, int]] = MappingProxyType(  # inputs, outputs
    {"simulation": (6, 40), "network": (1_000_000, 1), "arm": (7, 6)}
)
BECAUSE = MappingProxyType(
    {
        "sweeps": "forward mode takes a sweep for each input, reverse mode one for each output; the fewer, the better",
        "constant": "reverse mode costs a constant times f, whatever the number of inputs, so it is best",
        "size": "a large program is for reverse mode, a small one for forward mode",
        "tape": "forward mode keeps no tape, so it is best as long as f is smooth",
    }
)
HOUR = MappingProxyType(
    {
        "together": "the same mode, with all its tangents in one sweep, so that the values are computed once",
        "again": "the same mode, called once for each input: the values are computed again each time, there is no way "
        "around it",
        "other": "the other mode: its tape keeps the values, so it takes an hour for any number of outputs",
        "differences": "differences, for they need nothing but values",
    }
)
SPELLINGS = MappingProxyType(
    {
        "forward mode": "forward",
        "jvp": "forward",
        "pushforward": "forward",
        "reverse mode": "reverse",
        "vjp": "reverse",
        "pullback": "reverse",
        "backward": "reverse",
    }
)


def chosen(inputs: int, outputs: int, faults: Faults) -> tuple[str, int]:
    """The mode that takes fewer sweeps, and how many."""
    forward, reverse = (outputs, inputs) if "sweeps exchanged" in faults else (inputs, outputs)
    mode = "forward" if forward < reverse else "reverse"
    if "always reverse" in faults:
        mode = "reverse"
    if "always forward" in faults:
        mode = "forward"
    sweeps = forward if mode == "forward" else reverse
    if "one sweep for all" in faults and mode == "reverse":
        sweeps = 1
    if "a sweep for each input" in faults:
        sweeps = inputs
    return mode, sweeps


def solve_modes(faults: Faults) -> dict[str, Any]:
    """Mode and sweeps for each job, the reason, and what to do about values that take an hour."""
    written: dict[str, Any] = {}
    for job, (inputs, outputs) in JOBS.items():
        written[job], written[f"{job} sweeps"] = chosen(inputs, outputs, faults)
    if "arm forward" in faults:
        written["arm"], written["arm sweeps"] = "forward", JOBS["arm"][0]
    reasons = {"constant is best": "constant", "size decides": "size", "no tape decides": "tape"}
    hours = {"values again": "again", "tape for the values": "other", "only values": "differences"}
    written["because"] = next((key for fault, key in reasons.items() if fault in faults), "sweeps")
    written["hour"] = next((key for fault, key in hours.items() if fault in faults), "together")
    return written


def parts() -> dict[str, Kind]:
    """The kind of each part of the answer."""
    found: dict[str, Kind] = {}
    for job in JOBS:
        mode = {"forward": f"forward mode for the {job}", "reverse": f"reverse mode for the {job}"}
        found[job], found[f"{job} sweeps"] = Choice(mode, SPELLINGS), Value(rtol=0)
    return {**found, "because": Choice(BECAUSE), "hour": Choice(HOUR)}


MODES = Exercise(
    id="08.2",
    title="Choose a mode",
    prompt="A simulation has 6 parameters and 40 sensors; a network has a million weights and one loss; a robot arm "
    "has 7 joints and 6 coordinates. Which mode (`forward` or `reverse`) takes fewer sweeps for each Jacobian, and how "
    f"many? `because` is the reason, one of\n\n{listed(BECAUSE)}\n\nAnd `hour` is what you do if the values of the "
    f"simulation take an hour, one of\n\n{listed(HOUR)}",
    starter="""
modes = {
    "simulation": ..., "simulation sweeps": ...,
    "network": ..., "network sweeps": ...,
    "arm": ..., "arm sweeps": ...,
    "because": ...,
    "hour": ...,
}
""",
    answer="modes",
    kind=Record(MappingProxyType(parts())),
    solve=solve_modes,
    faults=(
        Fault(
            "M28",
            "always reverse",
            "Reverse mode is taken for the simulation too, and has to sweep once for each of the 40 sensors. Its "
            "constant times f is the price of one output.",
            "What does a reverse sweep start from, and how many of these has the simulation?",
            Case(text="f(t) = (cos t, sin t): one forward sweep, or two reverse sweeps"),
        ),
        Fault(
            "M28",
            "constant is best",
            "A constant times f, whatever the number of inputs: that is true for each output, and it is half of the "
            "story. Forward mode takes a constant times f for each input.",
            "A function of one parameter has a thousand outputs. How many sweeps does each mode take?",
            Case(text="f(t) = (cos t, sin t): one forward sweep, or two reverse sweeps"),
        ),
        Fault(
            "",
            "always forward",
            "Forward mode is taken for every Jacobian. It pushes one tangent through f for each input, and the network "
            "has a million of them.",
            "How many directions do you have to push through the network before you have all slopes?",
            Case(text="f(x, y) = xy: two forward sweeps, or one reverse sweep"),
        ),
        Fault(
            "",
            "sweeps exchanged",
            "The two modes are exchanged. A forward sweep starts from a tangent, one of the inputs; a reverse sweep "
            "starts from an adjoint, one of the outputs.",
            "What is the seed of a forward sweep: which input moves, or which output is asked for?",
            Case(text="f(x, y) = xy: two forward sweeps, one for x and one for y, or one reverse sweep"),
        ),
        Fault(
            "M28",
            "one sweep for all",
            "One reverse sweep is counted where there are several outputs. It pulls one row of the Jacobian back; each "
            "coordinate of the arm needs its own.",
            "If you seed two outputs with 1 in one sweep, what comes out at the inputs?",
            Case(text="f(x, y) = (xy, x + y): seeded with (1, 1), a sweep gives the sum of both rows"),
        ),
        Fault(
            "",
            "a sweep for each input",
            "The sweeps are counted by inputs also where the mode is reverse. It takes one for each output: that is "
            "the whole advantage.",
            "How many sweeps did the gradient of lesson 6 take for its two inputs?",
            Case(text="f(x, y) = xy: one reverse sweep gives both slopes"),
        ),
        Fault(
            "",
            "arm forward",
            "7 joints and 6 coordinates lie close to the border, and on the side of reverse mode: 6 sweeps and not 7. "
            "As the modes are usually called, the border moves further in its favour.",
            "Which of the two numbers is smaller, and what does it count, rows or columns of the Jacobian?",
            Case(text="f(x, y) = xy: two forward sweeps, or one reverse sweep"),
        ),
        Fault(
            "",
            "size decides",
            "The size of the program is the same for both modes, and for each of their sweeps. It is the shape of the "
            "Jacobian that decides: how many inputs, how many outputs.",
            "If the simulation had twice as many lines, what would change for the one mode and not for the other?",
            Case(text="exp(sin(x)), with any number of functions around it: one sweep in either mode"),
        ),
        Fault(
            "",
            "no tape decides",
            "It is true that forward mode keeps no tape. But that saves memory, not sweeps, and a million sweeps are "
            "too many for any memory that they save.",
            "What would the network's gradient take without a tape?",
            Case(text="f(x, y) = xy: two forward sweeps without a tape, one reverse sweep with one"),
        ),
        Fault(
            "",
            "values again",
            "Calling `jvp` six times computes the same values six times. Nothing asks for that: the partials of a node "
            "do not depend on the direction, and all tangents can travel through it together.",
            "What differs between the six sweeps, and what is the same in all of them?",
            Case(text="f(x, y) = exp(xy): both tangents are multiplied by one and the same exp(xy)"),
        ),
        Fault(
            "M28",
            "tape for the values",
            "The tape does keep the values, and then 40 sweeps go back over it. Forward mode can keep the values as "
            "well, and is left with 6: the border is the diagonal for both.",
            "When the values are there, what do 40 adjoints take beside 6 tangents?",
            Case(text="f(t) = (cos t, sin t), values kept: one tangent or two adjoints"),
        ),
        Fault(
            "M29",
            "only values",
            "Differences need nothing but values, and many of them: 7 runs one-sided, 12 central ones, each of an "
            "hour. A sweep that carries all tangents computes the values once, and loses no digits.",
            "How many times does the simulation run for one Jacobian by central differences?",
            Case(text="N = 1: a central difference runs f twice, a forward sweep once"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "A Jacobian has a row for each output and a column for each input. Which of the two does a forward sweep give?",
        "Compare 6 with 40, a million with 1, and 7 with 6.",
        "For the hour: the values do not depend on the direction. Which mode is it, and can its sweeps share them?",
    ),
    also_right=(
        ("forward", 6, "reverse", 1, "reverse", 6, "sweeps", "together"),
        ["Forward mode", "6", "VJP", "1", "backward", "6", BECAUSE["sweeps"], HOUR["together"]],
        {
            "hour": "Together.",
            "because": "'sweeps'",
            "arm sweeps": np.int64(6),
            "arm": "reverse mode",
            "network sweeps": 1.0,
            "network": "Reverse",
            "simulation sweeps": np.array(6),
            "simulation": "jvp",
        },
        {**solve_modes(frozenset()), "simulation": "forward mode for the simulation", "network": "pullback"},
        np.array(["forward", "6", "reverse", "1", "reverse", "6", "sweeps", "together"]).tolist(),
        {**solve_modes(frozenset()), "simulation sweeps": min(6, 40), "arm sweeps": min(7, 6)},
    ),
)

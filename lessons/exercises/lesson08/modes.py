"""08.2: a mode for each Jacobian, with its sweeps, and with the reason."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, RIGHT, Exercise, Faults, no_cases
from lessons.exercises.kinds import Choice, Kind, Record, Value, listed
from lessons.exercises.lesson08.jobs import BORDER, FEW_INPUTS, ONE_OUTPUT, Job, in_words
from lessons.exercises.lesson08.modes_faults import faults_of

Texts = tuple[str, str]  # a key and what it stands for
REASONS: tuple[Texts, ...] = (  # right ones
    (
        "sweeps",
        "forward mode takes a sweep for each input, reverse mode one for each output; the fewer, the better",
    ),
    ("shape", "a forward sweep gives a column of the Jacobian, a reverse sweep a row; there are fewer of one kind"),
    ("seeds", "a sweep starts from one seed, a tangent at an input or an adjoint at an output; one counts the seeds"),
)
NO_REASONS: tuple[Texts, ...] = (
    ("constant", "reverse mode costs a constant times f, whatever the number of inputs, so it is best"),
    ("size", "a large program is for reverse mode, a small one for forward mode"),
    ("tape", "forward mode keeps no tape, so it is best as long as f is smooth"),
)
IDEAS: tuple[Texts, ...] = (  # right ones
    ("together", "the same mode, with all its tangents in one sweep, so that the values are computed once"),
    ("keep", "the same mode, with the values of one run kept and multiplied by the partials of every direction"),
    ("stacked", "the same mode on a stack of tangents: each operation has one value, and a tangent for each input"),
)
NO_IDEAS: tuple[Texts, ...] = (
    (
        "again",
        "the same mode, called once for each input: the values are computed again each time, there is no way around it",
    ),
    ("other", "the other mode: its tape keeps the values, so it takes an hour for any number of outputs"),
    ("differences", "differences, for they need nothing but values"),
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
REASON_OF = MappingProxyType({"constant is best": "constant", "size decides": "size", "no tape decides": "tape"})
IDEA_OF = MappingProxyType({"values again": "again", "tape for the values": "other", "only values": "differences"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Three jobs in the order in which they are told, and the options for the reason and for the hour."""

    few_inputs: Job
    one_output: Job
    border: Job
    order: tuple[Job, ...]
    because: tuple[Texts, ...]
    hour: tuple[Texts, ...]

    def solve(self, faults: Faults) -> dict[str, Any]:
        """Mode and sweeps for each job, the reason, and what to do about values that take an hour."""
        written: dict[str, Any] = {}
        for job in self.order:
            written[job.name], written[f"{job.name} sweeps"] = chosen(job, faults)
        if "wrong side of the border" in faults:
            written[self.border.name], written[f"{self.border.name} sweeps"] = "forward", self.border.inputs
        for part, wrong, options, among in (
            ("because", REASON_OF, self.because, REASONS),
            ("hour", IDEA_OF, self.hour, IDEAS),
        ):
            mistaken = (key for fault, key in wrong.items() if fault in faults)
            written[part] = next(mistaken, None) or next(key for key, text in options if (key, text) in among)
        return written


def chosen(job: Job, faults: Faults) -> tuple[str, int]:
    """The mode that takes fewer sweeps, and how many."""
    inputs, outputs = job.inputs, job.outputs
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


def parts_of(asked: Asked) -> dict[str, Kind]:
    """The kind of each part of the answer."""
    found: dict[str, Kind] = {}
    for job in asked.order:
        mode = {"forward": f"forward mode for the {job.name}", "reverse": f"reverse mode for the {job.name}"}
        found[job.name], found[f"{job.name} sweeps"] = Choice(mode, SPELLINGS), Value(rtol=0)
    return {**found, "because": Choice(dict(asked.because)), "hour": Choice(dict(asked.hour))}


def modes(asked: Asked) -> Exercise:
    """The exercise with three jobs."""
    because, hour = dict(asked.because), dict(asked.hour)
    right = asked.solve(RIGHT)
    told = "; ".join(job.told for job in asked.order)
    jobs = [f'    "{job.name}": ..., "{job.name} sweeps": ...,' for job in asked.order]
    sides = [f"{in_words(job.inputs)} with {in_words(job.outputs)}" for job in asked.order]
    shouted = {part: x.capitalize() if isinstance(x, str) else str(x) for part, x in right.items()}
    return Exercise(
        id="08.2",
        title="Choose a mode",
        prompt=f"{told[0].upper()}{told[1:]}. Which mode (`forward` or `reverse`) takes "
        "fewer sweeps for each Jacobian, and how many? `because` is the reason, one of"
        f"\n\n{listed(because)}\n\nAnd `hour` is what you do if the values of the {asked.few_inputs.name} take an "
        f"hour, one of\n\n{listed(hour)}",
        starter="\n".join(["modes = {", *jobs, '    "because": ...,', '    "hour": ...,', "}"]),
        answer="modes",
        kind=Record(MappingProxyType(parts_of(asked))),
        solve=asked.solve,
        faults=faults_of(asked.few_inputs, asked.one_output, asked.border),
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=(
            "A Jacobian has a row for each output and a column for each input. Which of the two does a forward sweep "
            "give?",
            f"Compare {', '.join(sides[:-1])}, and {sides[-1]}.",
            "For the hour: the values do not depend on the direction. Which mode is it, and can its sweeps share them?",
        ),
        also_right=(
            tuple(right.values()),
            [*list(shouted.values())[:-2], because[right["because"]], hour[right["hour"]]],
            {part: x if part.endswith("sweeps") else f"'{x}'." for part, x in reversed(shouted.items())},
            {**right, **{job.name: f"{right[job.name]} mode for the {job.name}" for job in asked.order}},
            {**right, **{job.name: "jvp" if right[job.name] == "forward" else "pullback" for job in asked.order}},
            {part: x if isinstance(x, str) else np.array(float(x)) for part, x in right.items()},
        ),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise with three other jobs, the right options among the wrong ones in any order."""
    few, one, border = (pool[generator.integers(len(pool))](generator) for pool in (FEW_INPUTS, ONE_OUTPUT, BORDER))
    jobs = (few, one, border)
    options = []
    for right, wrong in ((REASONS, NO_REASONS), (IDEAS, NO_IDEAS)):
        among = (right[generator.integers(len(right))], *wrong)
        options.append(tuple(among[k] for k in generator.permutation(len(among))))
    order = tuple(jobs[k] for k in generator.permutation(3))
    return modes(Asked(few, one, border, order, *options))


SIMULATION = Job("simulation", "parameters", 6, "sensor", 40)
NETWORK = Job("network", "weights", 1_000_000, "loss", 1)
ARM = Job("arm", "joints", 7, "coordinate", 6, called="robot arm")
MODES = modes(
    Asked(
        SIMULATION,
        NETWORK,
        ARM,
        (SIMULATION, NETWORK, ARM),
        (REASONS[0], *NO_REASONS),
        (IDEAS[0], *NO_IDEAS),
    )
)

"""Jobs for 08.2: functions by the numbers of their inputs and outputs, in three groups from which one each is asked."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LARGE = {1_000_000: "a million"}


def in_words(number: int) -> str:
    """A number as it stands in a sentence.

    >>> in_words(40), in_words(65_536), in_words(1_000_000)
    ('40', '65,536', 'a million')
    """
    return LARGE.get(number, f"{number:,}")


@dataclass(frozen=True, slots=True)
class Job:
    """A function of so many inputs, with so many outputs."""

    name: str
    what: str  # the inputs are
    inputs: int
    output: str  # one of the outputs
    outputs: int
    called: str = ""  # its name in full

    @property
    def results(self) -> str:
        """The outputs with their number."""
        return f"one {self.output}" if self.outputs == 1 else f"{in_words(self.outputs)} {self.output}s"

    @property
    def told(self) -> str:
        """The job as a sentence."""
        return f"a {self.called or self.name} has {in_words(self.inputs)} {self.what} and {self.results}"


Drawn = Callable[[np.random.Generator], Job]


def few_inputs(name: str, what: str, output: str) -> Drawn:
    """A job for forward mode."""
    return lambda generator: Job(name, what, int(generator.integers(3, 10)), output, 5 * int(generator.integers(4, 25)))


def one_output(name: str, what: str, output: str, *inputs: int) -> Drawn:
    """A job for reverse mode, with one of these numbers of inputs."""
    return lambda generator: Job(name, what, int(generator.choice(inputs)), output, 1)


def border(name: str, what: str, output: str, called: str = "") -> Drawn:
    """A job with one or two outputs less than inputs."""

    def job(generator: np.random.Generator) -> Job:
        outputs = int(generator.integers(4, 13))
        return Job(name, what, outputs + int(generator.integers(1, 3)), output, outputs, called)

    return job


FEW_INPUTS: tuple[Drawn, ...] = (
    few_inputs("simulation", "parameters", "sensor"),
    few_inputs("climate model", "coefficients", "temperature"),
    few_inputs("renderer", "lamps", "pixel"),
    few_inputs("forecast", "weather stations", "temperature"),
    few_inputs("solver", "coefficients", "unknown"),
)
ONE_OUTPUT: tuple[Drawn, ...] = (
    one_output("network", "weights", "loss", 1_000_000, 50_000),
    one_output("portfolio", "shares", "risk", 500, 2_000),
    one_output("photograph", "pixels", "sharpness", 65_536, 1_000_000),
    one_output("molecule", "coordinates", "energy", 300, 9_000),
    one_output("bridge", "beams", "deflection", 800, 1_200),
)
BORDER: tuple[Drawn, ...] = (
    border("arm", "joints", "coordinate", called="robot arm"),
    border("crane", "motors", "coordinate"),
    border("reactor", "valves", "temperature"),
    border("telescope", "motors", "angle"),
    border("greenhouse", "windows", "humidity sensor"),
)

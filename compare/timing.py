"""The only module that reads a clock: interleaved rounds, medians, ratios paired round by round, and ties.

Absolute times drift by tens of percent from one minute to the next. So functions are timed in turn, round after
round, and compared by the median of their ratios within a round; what the noise covers is called a tie.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Any

Clock = Callable[[], float]
WALL: Clock = perf_counter  # what a user waits
OWN: Clock = process_time  # what this process alone computed: no pauses in which others had the processor

ROUNDS = 7
MINIMUM = 0.002  # seconds: far above the resolution of the clock, and below the turn of the scheduler
BUDGET = 1.0  # seconds for all rounds together; slow functions get fewer rounds, or only the one that sets the repeats
TIE = 1.2  # a ratio under it is within the drift of a machine


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one call, as several rounds measured it."""

    rounds: tuple[float, ...]  # seconds of one call, round by round
    repeats: int  # calls in a round

    @property
    def seconds(self) -> float:
        """The median of the rounds."""
        return median(self.rounds)

    @property
    def spread(self) -> float:
        """Half the distance of the quartiles, relative to the median."""
        low, high = quartiles(self.rounds)
        return (high - low) / 2 / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much longer one function takes than another: the median of paired ratios, with its quartiles."""

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """slower, faster, or tie: the ratio is under 1.2 either way, or the quartiles hold 1."""
        if max(self.value, 1 / self.value) < TIE or self.low <= 1 <= self.high:
            return "tie"
        return "slower" if self.value > 1 else "faster"


def time_together(
    functions: Mapping[str, Callable[[], Any]],
    *,
    rounds: int = ROUNDS,
    minimum: float = MINIMUM,
    budget: float = BUDGET,
    clock: Clock = WALL,
    before: Callable[[], Any] = lambda: None,
    turning: bool = False,
) -> dict[str, Timing]:
    """Time functions in interleaved rounds: each runs its own power of two of repeats, one after the other.

    `before` is called before each turn, and not timed: it may clear away what the last one left behind. With `turning`,
    every other round runs in reverse order, so that nobody always has the same neighbour before it.

    >>> timings = time_together({"nothing": lambda: None}, rounds=3)
    >>> len(timings["nothing"].rounds)
    3
    """
    first = {name: calibrate(function, minimum, clock) for name, function in functions.items()}
    repeats = {name: count for name, (count, _) in first.items()}
    if sum(taken for _, taken in first.values()) > budget:
        return {name: Timing((taken / count,), count) for name, (count, taken) in first.items()}
    found: dict[str, list[float]] = {name: [] for name in functions}
    start = clock()
    for k in range(rounds):
        order = list(functions.items())
        for name, function in order[::-1] if turning and k % 2 else order:
            before()
            found[name].append(elapsed(function, repeats[name], clock) / repeats[name])
        if clock() - start > budget:
            break
    return {name: Timing(tuple(found[name]), repeats[name]) for name in functions}


def calibrate(function: Callable[[], Any], minimum: float, clock: Clock) -> tuple[int, float]:
    """The power of two of calls that takes a measurable time, and that time; the calls warm up what will be timed."""
    repeats = 1
    while (taken := elapsed(function, repeats, clock)) < minimum:
        repeats *= 2
    return repeats, taken


def elapsed(function: Callable[[], Any], repeats: int, clock: Clock) -> float:
    """Seconds of that many calls."""
    start = clock()
    for _ in range(repeats):
        function()
    return clock() - start


def timed(function: Callable[[], Any], clock: Clock = WALL) -> tuple[Any, float]:
    """The result of one call and its seconds: for building, which happens once."""
    start = clock()
    result = function()
    return result, clock() - start


def paired_ratio(a: Timing, b: Timing) -> Ratio:
    """How many times as long as b a takes, round by round; both must come from one `time_together`.

    >>> paired_ratio(Timing((2.0, 4.0, 6.0), 1), Timing((1.0, 2.0, 3.0), 1)).verdict
    'slower'
    """
    ratios = [x / y for x, y in zip(a.rounds, b.rounds, strict=True)]
    return Ratio(median(ratios), *quartiles(ratios))


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """The lower and the upper quartile: medians of the halves, the middle one in both."""
    ordered = sorted(values)
    half = (len(ordered) + 1) // 2
    return median(ordered[:half]), median(ordered[-half:])

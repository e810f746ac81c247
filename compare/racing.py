"""race({"name": callable, ...}): which takes longer, how many times as long, and whether that can be told at all.

Every sentence is made of the quartiles that were measured, so that no word can contradict a number: what the noise
covers is a tie. The answers are compared too, since a race between two different computations says nothing.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

import numpy as np

from compare.records import document
from compare.tables import Shown, Table
from compare.timing import OWN, Clock, Ratio, Timing, paired_ratio, time_together
from compare.wording import plural, seconds
from expression.errors import ArgumentError, TrigradError
from expression.structure import flatten

DIGITS = 15.9  # decimal digits of a float64
FEWEST = 3  # rounds from which quartiles are taken seriously
HALF = 8.0  # fewer digits in common, and rounding alone does not explain it


@dataclass(frozen=True, slots=True)
class Runner:
    """One function of a race."""

    name: str
    timing: Timing
    digits: float | None  # that its answer has in common with the one it runs against; None where it has no numbers


@dataclass(frozen=True, slots=True, repr=False)
class Race(Shown):
    """Times of functions that ran in turn, and each one's ratio to one of them."""

    runners: tuple[Runner, ...]
    against: str

    def __getitem__(self, name: str) -> Timing:
        """The times of one function."""
        return next(runner.timing for runner in self.runners if runner.name == name)

    def ratio(self, name: str) -> Ratio:
        """How many times as long as the one that it runs against: the median, and the quartiles."""
        return paired_ratio(self[name], self[self.against])

    @property
    def told(self) -> bool:
        """Whether there were rounds enough to tell a difference from noise."""
        return len(self[self.against].rounds) >= FEWEST

    def verdict(self, name: str) -> str:
        """slower, faster or tie; always tie where too few rounds ran to tell."""
        return self.ratio(name).verdict if self.told else "tie"

    @property
    def others(self) -> tuple[str, ...]:
        """All but the one that they run against."""
        return tuple(runner.name for runner in self.runners if runner.name != self.against)

    @property
    def sentences(self) -> tuple[str, ...]:
        """A sentence for each pair."""
        rounds = plural(len(self[self.against].rounds), "round")
        return tuple(
            sentence(name, self.against, self.ratio(name))
            if self.told
            else f"{name} and {self.against}: cannot be told after {rounds}; give a larger budget"
            for name in self.others
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Whose answer is another one."""
        return tuple(
            f"{runner.name} has another answer than {self.against}: {digits_text(runner.digits)} of 16 digits agree"
            for runner in self.runners
            if runner.digits is not None and runner.digits < HALF
        )

    def table(self) -> Table:
        """A row for each function, and the sentences."""
        headers: tuple[str, ...]
        rows: list[tuple[str, ...]] = []
        for runner in self.runners:
            own = runner.name == self.against
            ratio = self.ratio(runner.name)
            rows.append(
                (
                    runner.name,
                    seconds(runner.timing.seconds),
                    "1" if own else f"{ratio.value:.3g}",
                    "" if own else f"{ratio.low:.3g} to {ratio.high:.3g}",
                    digits_text(runner.digits),
                )
            )
        headers = ("function", "one call", "times as long", "quartiles", "same digits")
        if all(runner.digits is None for runner in self.runners):
            headers, rows = headers[:-1], [row[:-1] for row in rows]
        rounds = plural(len(self[self.against].rounds), "round")
        notes = (*self.sentences, *self.warnings)
        return Table(f"race against {self.against}: {rounds}, in turn", headers, tuple(rows), notes)

    def __repr__(self) -> str:
        """What ran; print it for the table."""
        return f"<Race of {len(self.runners)} functions against {self.against}>"

    def to_json(self) -> str:
        """Strict JSON."""
        runners = [
            {
                "name": runner.name,
                "seconds": runner.timing.seconds,
                "rounds": runner.timing.rounds,
                "repeats": runner.timing.repeats,
                "ratio": self.ratio(runner.name).value,
                "quartiles": (self.ratio(runner.name).low, self.ratio(runner.name).high),
                "verdict": self.verdict(runner.name),
                "digits": runner.digits,
            }
            for runner in self.runners
        ]
        content = {"against": self.against, "runners": runners, "sentences": self.sentences, "warnings": self.warnings}
        return json.dumps(document("race", content), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw the ratios with their quartiles into a file, onto a matplotlib figure, or as a picture."""
        from compare.figures.racing import plot_race

        return plot_race(self, target)


def race(
    functions: Mapping[str, Callable[[], Any]],
    *,
    against: str | None = None,
    answers: bool = True,
    clock: Clock = OWN,
    **options: Any,
) -> Race:
    """Time functions without arguments in interleaved rounds, and say of each how it stands to one of them, the first.

    Their answers are compared by the digits that they share; `answers=False` is for functions that are not meant to
    give the same. The clock is that of this process: what others compute meanwhile does not count. `options` are those
    of `compare.timing.time_together`: rounds, minimum, budget, before. Raises ArgumentError for fewer than two
    functions and for an `against` that is not one of them.

    >>> result = race({"sum": lambda: sum(range(1000)), "again": lambda: sum(range(1000))}, rounds=3)
    >>> [runner.digits for runner in result.runners]
    [15.9, 15.9]
    """
    if len(functions) < 2:
        raise ArgumentError(f"race needs at least two functions, got {len(functions)}; give {{'name': callable, ...}}")
    first = next(iter(functions)) if against is None else against
    if first not in functions:
        raise ArgumentError(f"against={first!r} does not run; there are {', '.join(functions)}")
    digits: dict[str, float | None] = dict.fromkeys(functions)
    if answers:
        given = {name: function() for name, function in functions.items()}
        digits = {name: shared_digits(answer, given[first]) for name, answer in given.items()}
    timings = time_together(functions, clock=clock, turning=True, **options)
    return Race(tuple(Runner(name, timings[name], digits[name]) for name in functions), first)


def sentence(name: str, against: str, ratio: Ratio) -> str:
    """How two functions stand to each other, in words that follow from the quartiles.

    >>> sentence("numeric", "reverse mode", Ratio(20.4, 19.6, 21.2))
    'numeric takes 19 to 22 times as long as reverse mode'
    >>> sentence("a", "b", Ratio(0.5, 0.4, 0.52))
    'b takes 1.9 to 2.5 times as long as a'
    >>> sentence("a", "b", Ratio(1.1, 0.9, 1.3))
    'a and b: a tie'
    """
    if ratio.verdict == "tie":
        return f"{name} and {against}: a tie"
    if ratio.verdict == "slower":
        return f"{name} takes {span(ratio.low, ratio.high)} times as long as {against}"
    return f"{against} takes {span(1 / ratio.high, 1 / ratio.low)} times as long as {name}"


def span(low: float, high: float) -> str:
    """Two numbers with two digits, rounded outwards so that what was measured lies between them.

    >>> span(19.6, 21.2), span(2.0, 2.0), span(1234.0, 1301.0)
    ('19 to 22', '2', '1,200 to 1,400')
    """
    below, above = rounded(low, floor), rounded(high, ceil)
    return below if below == above else f"{below} to {above}"


def rounded(x: float, towards: Callable[[float], int]) -> str:
    """A positive number with two digits, rounded up or down."""
    place = floor(log10(x)) - 1
    unit = 10.0**place
    digits = towards(round(x / unit, 9))  # 2 / 0.1 may come out a bit above 20
    return f"{digits * unit:,.0f}" if place >= 0 else f"{digits * unit:.{-place}f}".rstrip("0").rstrip(".")


def shared_digits(a: Any, b: Any) -> float | None:
    """Decimal digits that two answers have in common where they differ most, by |a - b| / max(1, |a| + |b|).

    None where they do not hold the same number of floats.
    """
    first, second = numbers(a), numbers(b)
    if first is None or second is None or len(first) != len(second) or not len(first):
        return None
    with np.errstate(all="ignore"):
        same = (first == second) | (np.isnan(first) & np.isnan(second))
        distance = np.abs(first - second) / np.maximum(1.0, np.abs(first) + np.abs(second))
    widest = float(np.max(np.where(same, 0.0, np.nan_to_num(distance, nan=np.inf))))
    if widest == 0.0:
        return DIGITS
    return float(np.clip(-np.log10(widest), 0.0, DIGITS)) + 0.0  # never -0.0


def numbers(answer: Any) -> Any:
    """All numbers of an answer in a row; None where there is anything else in it."""
    try:
        leaves = [np.ravel(np.asarray(leaf, dtype=float)) for leaf in flatten(answer)[0]]
    except (TypeError, ValueError, TrigradError):
        return None
    return np.concatenate(leaves) if leaves else None


def digits_text(digits: float | None) -> str:
    """Digits in common, as a table has them."""
    if digits is None:
        return ""
    return "all" if digits >= DIGITS - 0.5 else f"{digits:.1f}"

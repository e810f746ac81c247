"""What a run has found out: one record for each duel, as it is kept in a file, and what it says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.workload import Duel, Workload
from compare.timing import Ratio

TIMED, ABSENT, WRONG, FAILED = "timed", "absent", "wrong", "failed"
VERDICTS = {"slower": "ahead", "tie": "tie", "faster": "behind"}  # what the peer is, and what that makes us


@dataclass(frozen=True, slots=True)
class Settings:
    """How long a duel is measured."""

    rounds: int
    minimum: float  # seconds of a round, at least
    budget: float  # seconds for all rounds of a duel


@dataclass(frozen=True, slots=True)
class Job:
    """One duel at one size."""

    workload: str
    size: int
    ours: str
    peer: str
    goal: float | None  # the least ratio that is aimed at

    def __str__(self) -> str:
        """As progress shows it."""
        return f"{self.workload}, size {self.size:,}: {self.ours} and {self.peer}"


@dataclass(frozen=True, slots=True)
class Record:
    """One duel, timed or not. Ratios are peer time over ours, so more is better."""

    job: Job
    status: str
    reason: str = ""  # why it was not timed
    versions: tuple[str, ...] = ()  # of ours, of the peer
    seconds: tuple[float, ...] = ()  # of one call: ours, the peer
    first: tuple[float, ...] = ()  # of building and the first call: ours, the peer
    ratio: tuple[float, ...] = ()  # median, lower and upper quartile
    rounds: int = 0

    @property
    def verdict(self) -> str:
        """ahead, tie, or behind; the status of a duel that was not timed."""
        return VERDICTS[Ratio(*self.ratio).verdict] if self.ratio else self.status

    @property
    def met(self) -> bool | None:
        """Whether the goal was reached; None where there is none, or where nobody was there to race with."""
        if self.job.goal is None or self.absent:
            return None
        return bool(self.ratio) and self.ratio[0] >= self.job.goal

    @property
    def absent(self) -> bool:
        """Whether it could not be timed because the peer is not installed."""
        return self.status == ABSENT

    @staticmethod
    def from_dict(kept: Mapping[str, Any]) -> "Record":
        """What a file kept."""
        listed: dict[str, Any] = {key: tuple(x) if isinstance(x, list) else x for key, x in kept.items()}
        listed["job"] = Job(**kept["job"])
        return Record(**listed)


def jobs_of(workloads: Sequence[Workload], quick: bool) -> Iterator[Job]:
    """Every duel at every size."""
    for row in workloads:
        for size in row.quick if quick else row.sizes:
            yield from (job_of(row, size, duel) for duel in row.duels)


def job_of(row: Workload, size: int, duel: Duel) -> Job:
    """One duel at one size."""
    return Job(row.name, size, duel.ours, duel.peer, duel.goals.get(size))


def to_json(document: Mapping[str, Any]) -> str:
    """JSON that people can read and compare by lines."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

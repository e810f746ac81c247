"""What a run has found out: one record for each duel, as it is kept in a file, and what it says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.workload import Duel, Workload, peer_of
from compare.timing import Ratio

TIMED, ABSENT, WRONG, FAILED, LEFT_OUT = "timed", "absent", "wrong", "failed", "left out"
COST = "cost"  # the verdict beside a yardstick, which is no peer
VERDICTS = {"slower": "ahead", "tie": "tie", "faster": "behind"}  # what the peer is, and what that makes us


@dataclass(frozen=True, slots=True)
class Settings:
    """How long a duel is measured."""

    rounds: int
    minimum: float  # seconds of a round, at least
    budget: float  # seconds for all rounds of a duel
    patience: float  # seconds after which its process is ended
    limit: float | None = None  # seconds of a run, after which duels are left out


@dataclass(frozen=True, slots=True)
class Job:
    """One duel at one size."""

    workload: str
    size: int
    ours: str
    peer: str
    goal: float | None  # the least ratio that is aimed at
    limit: float | None = None  # the most seconds that ours may take

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
    first: tuple[float, ...] = ()  # of building and the first call, which may compile: ours, the peer
    ratio: tuple[float, ...] = ()  # median, lower and upper quartile
    rounds: int = 0
    errors: tuple[float, ...] = ()  # of the answers, relative to the one by hand: ours, the peer

    @property
    def verdict(self) -> str:
        """ahead, tie, or behind; cost beside a yardstick; the status of a duel that was not timed."""
        if not self.ratio:
            return self.status
        return COST if self.cost else VERDICTS[Ratio(*self.ratio).verdict]

    @property
    def cost(self) -> float | None:
        """How many times as long as a yardstick, such as f alone, ours takes; None beside a peer."""
        return 1 / self.ratio[0] if self.ratio and peer_of(self.job.peer).yardstick else None

    @property
    def met(self) -> bool | None:
        """Whether the goals were reached; None where there is none, or where nobody was there to race with."""
        goal, limit = self.job.goal, self.job.limit
        if self.skipped or goal is limit is None:
            return None
        if not self.ratio:
            return False
        return (goal is None or self.ratio[0] >= goal) and (limit is None or self.seconds[0] <= limit)

    @property
    def skipped(self) -> bool:
        """Whether nobody tried: the peer is not installed, or the time was up."""
        return self.status in (ABSENT, LEFT_OUT)

    @staticmethod
    def from_dict(kept: Mapping[str, Any]) -> "Record":
        """What a file kept."""
        listed: dict[str, Any] = {key: tuple(x) if isinstance(x, list) else x for key, x in kept.items()}
        listed["job"] = Job(**kept["job"])
        return Record(**listed)


def jobs_of(workloads: Sequence[Workload], quick: bool) -> Iterator[Job]:
    """Every duel at every size of its own; for a quick run those that are marked for it, at small sizes."""
    for row in workloads:
        for size in row.quick if quick else row.sizes:
            duels = [duel for duel in row.duels if size in (duel.sizes or row.sizes) and (duel.quick or not quick)]
            yield from (job_of(row, size, duel) for duel in duels)


def job_of(row: Workload, size: int, duel: Duel) -> Job:
    """One duel at one size."""
    return Job(row.name, size, duel.ours, duel.peer, duel.goals.get(size), duel.limits.get(size))


def to_json(document: Mapping[str, Any]) -> str:
    """JSON that people can read and compare by lines."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

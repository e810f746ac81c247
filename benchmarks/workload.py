"""What a workload is: data, several ways to compute a value and its gradient from them, and who is timed with whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.peers import PEERS, Peer
from compare.timing import TIE
from expression.operations.operation import Array
from expression.structure import flatten

Answer = tuple[Any, Any]  # a value, and the gradient in the same order for everybody; (value, ()) of the function alone
Contestant = Callable[[], Answer]  # what is timed
Build = Callable[[Any], Contestant]  # from the data to what is timed; the library is imported here

TOLERANCE = 1e-10  # float64 all along: sums of up to 1e5 terms, in any order, eps each, and some room
AHEAD, NOT_BEHIND = TIE, 1 / TIE  # goals that a verdict alone sets


@dataclass(frozen=True, slots=True)
class Duel:
    """Two contestants whose times are compared, and the ratio of peer to ours that is aimed at, size by size."""

    ours: str
    peer: str
    goals: Mapping[int, float] = field(default_factory=dict)  # size -> least ratio
    limits: Mapping[int, float] = field(default_factory=dict)  # size -> the most seconds that ours may take
    sizes: tuple[int, ...] = ()  # where not all of the workload's
    quick: bool = False  # whether a quick run has it


@dataclass(frozen=True, slots=True)
class Workload:
    """One row of the benchmark. The answer of `reference` is the one that all others must give."""

    name: str  # an id, and what tells two rows of one id apart: "E1 floats"
    title: str
    sizes: tuple[int, ...]
    quick: tuple[int, ...]  # the sizes of a quick run
    make: Callable[[int], Any]
    contestants: Mapping[str, Build]
    reference: str
    duels: tuple[Duel, ...]
    tolerance: float = TOLERANCE

    @property
    def id(self) -> str:
        """The part of the name that `--only` takes."""
        return self.name.split()[0]


def unguarded(build: Build) -> Build:
    """A contestant of MyGrad without its guard against changed arrays, as its documentation advises for speed."""

    def built(data: Any) -> Contestant:
        import mygrad as mg

        guarded = build(data)

        def run() -> Answer:
            with mg.mem_guard_off:
                return guarded()

        return run

    return built


def peer_of(contestant: str) -> Peer:
    """The peer that a contestant belongs to: "trigrad arrays" and "trigrad floats" are both trigrad.

    >>> peer_of("CasADi").name, peer_of("CasADi C").name, peer_of("trigrad compiled").name
    ('CasADi', 'CasADi C', 'trigrad')
    """
    named = [name for name in PEERS if f"{contestant} ".startswith(f"{name} ")]
    return PEERS[max(named, key=len)]


def plain(answer: Answer) -> list[Array]:
    """Value and gradient as ndarrays."""
    leaves, _ = flatten(answer)
    return [np.asarray(x.detach() if hasattr(x, "detach") else x) for x in leaves]


def numbers(answer: Answer) -> Array:
    """Value and gradient as one row of numbers: a list of floats and an array are the same gradient."""
    return np.concatenate([x.ravel() for x in plain(answer)])


def difference(answer: Answer, reference: Answer) -> float:
    """The largest |a - b| / max(1, |a| + |b|) over value and gradient; infinite where one has fewer entries, or nan.

    >>> difference((1.0, [0.0, 0.0]), (1.0, np.array([0.0, 0.5])))
    0.5
    >>> difference((1.0, [0.0]), (1.0, np.zeros(2)))
    inf
    """
    a, b = numbers(answer), numbers(reference)
    if a.shape != b.shape:
        return float("inf")
    worst = np.max(np.abs(a - b) / np.maximum(1, np.abs(a) + np.abs(b)))
    return float(np.nan_to_num(worst, nan=np.inf))

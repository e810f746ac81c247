"""What a comparison holds: the function itself, and one record for each method."""

from dataclasses import dataclass
from typing import Any

from compare.timing import Timing
from compare.wording import json_ready


@dataclass(frozen=True, slots=True)
class Subject:
    """The function that is differentiated, and the point."""

    name: str
    inputs: tuple[tuple[str, Any], ...]  # every leaf of the arguments, with its value
    differentiated: tuple[str, ...]  # the names of those leaves that are
    value: Any = None
    tree_size: int | None = None
    dag_size: int | None = None
    flops: int | None = None
    run: Timing | None = None
    reason: str = ""  # why it has no sizes: it cannot be traced

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "name": self.name,
            "inputs": dict(self.inputs),
            "differentiated": list(self.differentiated),
            "value": self.value,
            "tree_size": self.tree_size,
            "dag_size": self.dag_size,
            "flops": self.flops,
            **timing_dict(self.run),
            "reason": self.reason or None,
        }


@dataclass(frozen=True, slots=True)
class Record:
    """What one method answers, how right that is, and what it costs; or the reason why it cannot answer.

    tree_size, dag_size   nodes of the derivative (without the value), unshared and shared
    flops                 weighted scalar operations for value and derivative together
    memory                peak bytes that one run allocates
    evaluations           of f for one answer; a program for value and derivative holds f once
    """

    method: str
    reason: str = ""
    value: Any = None
    derivative: Any = None  # in the structure of the differentiated arguments
    error: float | None = None  # the method's own estimate, the largest of all entries
    digits: float | None = None  # certified, the fewest of all entries; None where nothing could be certified
    evaluations: int | None = None
    tree_size: int | None = None
    dag_size: int | None = None
    flops: int | None = None
    build_seconds: float | None = None
    run: Timing | None = None
    memory: int | None = None
    note: str = ""  # what could not be measured, and why

    @property
    def answered(self) -> bool:
        """Whether there is an answer."""
        return not self.reason

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "method": self.method,
            "reason": self.reason or None,
            "value": self.value,
            "derivative": self.derivative,
            "error": self.error,
            "digits": self.digits,
            "evaluations": self.evaluations,
            "tree_size": self.tree_size,
            "dag_size": self.dag_size,
            "flops": self.flops,
            "build_seconds": self.build_seconds,
            **timing_dict(self.run),
            "memory_bytes": self.memory,
            "note": self.note or None,
        }


def timing_dict(timing: Timing | None) -> dict[str, Any]:
    """Seconds of one call, their spread, and how they were taken."""
    if timing is None:
        return {"run_seconds": None, "run_spread": None, "run_rounds": None, "run_repeats": None}
    return {
        "run_seconds": timing.seconds,
        "run_spread": timing.spread,
        "run_rounds": len(timing.rounds),
        "run_repeats": timing.repeats,
    }


def document(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """A versioned JSON document."""
    ready: dict[str, Any] = json_ready({"format": f"trigrad.{kind}", "version": 1, **content})
    return ready

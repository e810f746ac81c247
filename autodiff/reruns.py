"""A function that runs again, on a tape of its own, with the values that it had: what checkpoints are made of.

A function may read tensors that are not among its arguments: a closure's, or those of an object. Where it runs again,
leaves of its own tape stand in for them, so that their derivatives are found too.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.modes import MODES, standing_in
from autodiff.recording import result
from autodiff.rules import accumulate
from autodiff.steps import Step, behind_a_branch
from autodiff.sweeps import forward_sweep, reverse_sweep, spread
from autodiff.tape import Tape
from autodiff.tensor import Tensor, plain
from expression.errors import TapeError
from expression.operations.literals import ZERO
from expression.operations.operation import Array, Traced
from expression.structure import Structure, dtype_of, flatten, shape_of
from expression.tracing import LEVELS

Outside = dict[int, tuple[Tensor, Array]]  # id of a tensor from outside -> itself, and the value that it stands for


class Forgetting:
    """In the place of a tape's steps, where no sweep will follow: counts them, and keeps none."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        """Begin with none."""
        self.count = 0

    def __len__(self) -> int:
        """How many there were."""
        return self.count

    def append(self, step: Step) -> None:
        """One more."""
        self.count += 1


class StandIns:
    """The leaves of a tape that stand in for tensors from outside, made when these are first read."""

    def __init__(self, tape: Tape, outside: Outside, collect: bool) -> None:
        """Stand in for what is in `outside`; `collect` takes up every tensor of an outer tape that is met, too."""
        self.tape = tape
        self.outside = outside
        self.collect = collect
        self.leaves: dict[int, Tensor] = {}

    def __call__(self, x: Array) -> Array:
        """What an operation gets in the place of x."""
        if not isinstance(x, Tensor):
            return x
        key = id(x)
        if key not in self.leaves:
            if self.collect and key not in self.outside and x.level < self.tape.level:
                self.outside[key] = (x, plain(x))
            if key not in self.outside:
                return x
            self.leaves[key] = leaf(self.tape, self.outside[key][1])
        return self.leaves[key]


@dataclass(slots=True)
class Rerun:
    """One run of a function on a tape of its own."""

    tape: Tape
    x: list[Tensor]  # its operands, the first leaves of the tape
    outside: dict[int, Tensor]  # id of a tensor from outside -> its stand-in, another leaf
    y: list[Any]  # the leaves of what it returned
    structure: Structure

    def recorded(self, k: int) -> bool:
        """Whether result k is a tensor of this tape."""
        y = self.y[k]
        return isinstance(y, Tensor) and y.tape is self.tape

    def values(self) -> list[Any]:
        """The results without this tape."""
        return [y.primal if self.recorded(k) else y for k, y in enumerate(self.y)]

    def pull(self, seeds: dict[int, Array]) -> dict[int, Array]:
        """One reverse sweep: from a cotangent for each of some nodes to those of the leaves."""
        if MODES.looking:
            self.tape.look(self.tape.steps, seeds)
        steps: list[Step | None] = self.tape.steps
        adjoint: list[Array | None] = [None] * len(steps)
        for j, seed in seeds.items():
            adjoint[j] = seed
        masked = behind_a_branch(steps) if self.tape.selects else None
        if any(has_zero(seed) for seed in seeds.values()):  # it may be that of a branch not taken, outside
            masked = bytearray(b"\1") * len(steps)
        return reverse_sweep(steps, adjoint, masked)

    def push(self, tangents: dict[int, Array]) -> list[Array]:
        """One forward sweep: from the tangents of some leaves to those of the results, None for a constant."""
        tangent: list[Array] = [ZERO] * len(self.tape.steps)
        for j, x_dot in tangents.items():
            tangent[j] = x_dot
        tangent = forward_sweep(self.tape.steps, tangent)
        return [
            spread(tangent[y.position], y.primal) if self.recorded(k) else np.zeros(shape_of(y))
            for k, y in enumerate(self.y)
        ]


def rerun(
    function: Callable[..., Any],
    x: Sequence[Array],
    outside: Outside,
    *,
    collect: bool = False,
    forget: bool = False,
) -> Rerun:
    """Run a function on a tape of its own, at these values of its operands and of the tensors from outside.

    `collect` adds the tensors that it reads to `outside`; `forget` keeps no step, for a run that no sweep follows.
    """
    tape = Tape(next(LEVELS))
    if forget:
        tape.steps = Forgetting()
    leaves = [leaf(tape, v) for v in x]
    stand_ins = StandIns(tape, outside, collect)
    with standing_in(stand_ins) if collect or outside else nullcontext():
        y, structure = flatten(function(*leaves))
    return Rerun(tape, leaves, stand_ins.leaves, [stand_ins(v) for v in y], structure)


def leaf(tape: Tape, value: Array) -> Tensor:
    """A leaf with a value that is held elsewhere and does not change: no copy of it."""
    return result(tape, value, tape.leaf(value))


def seed(seeds: dict[int, Array], run: Rerun, y: Any, y_bar: Array | None) -> None:
    """One more cotangent for a run's sweep; what does not depend on its operands takes none."""
    if y_bar is not None and isinstance(y, Tensor) and y.tape is run.tape:
        seeds[y.position] = accumulate(seeds.get(y.position), y_bar)


def has_zero(v: Array) -> bool:
    """Whether an adjoint has an entry that is exactly 0, or may have."""
    v = plain(v)
    return isinstance(v, Traced) or not np.all(v)


def check_again(found: Sequence[Array], before: Sequence[Array], what: str) -> None:
    """Raise TapeError unless a function gave the same values again; what threads reorder is rounding, and allowed."""
    for y, y_before in zip(found, before, strict=True):
        a, b = plain(y), plain(y_before)
        if isinstance(a, Traced) or isinstance(b, Traced):
            continue  # a tracer has no value to compare
        same = np.array_equal(a, b) or (
            shape_of(a) == shape_of(b) and np.allclose(a, b, rtol=tolerance(b), atol=tolerance(b), equal_nan=True)
        )
        if not same:
            raise TapeError(
                f"{what} gave another value when it ran again for the reverse sweep; it must depend on nothing but its "
                "arguments and what stays as it is: draw random numbers outside, and change no array that it reads"
            )


def tolerance(x: Array) -> float:
    """Half the digits of its dtype."""
    return float(np.sqrt(np.finfo(dtype_of(x)).eps))

"""Two faces of the tape for people who know other frameworks: `loss.backward()` with `w.grad`, and `GradientTape`.

The third, `grad(f)`, is in `autodiff.api`. All three run the same steps back by the same sweep.
"""

import heapq
from types import TracebackType
from typing import Any

import numpy as np

from autodiff.rules import accumulate
from autodiff.sweeps import spread
from autodiff.tape import Tape
from autodiff.tensor import Leaf, Tensor, leaf_of, plain
from expression.errors import ArgumentError, TapeError, user_line
from expression.operations.literals import ONE
from expression.operations.operation import Array
from expression.structure import (
    deliver,
    differentiable,
    dtype_of,
    flatten,
    floating_results,
    matching,
    tree_map,
    unflatten,
)
from expression.tracing import LEVELS

USED_UP = (
    "its tape was used up by .backward() ({line}); x.value is still there; to differentiate again, compute the tensor "
    "again, or add the losses up first"
)
SINGLE = (
    "this tape has answered one gradient() and is used up; x.value is still there; "
    "make it GradientTape(persistent=True) to ask again"
)


def seed_of(y: Tensor, seed: Any, caller: str) -> Array:
    """What a sweep starts from: 1, or a cotangent of the tensor's shape."""
    floating_results([y.dtype])
    if seed is not None:
        return matching(seed, plain(y), "seed")[0]
    if y.shape:
        raise ArgumentError(
            f"{caller} needs a scalar output, got shape {y.shape}; reduce it with np.sum, or give a seed of that shape"
        )
    return ONE


def backward(y: Tensor, seed: Any = None) -> None:
    """One reverse sweep from y over every tape that it was computed on, the newest first: nobody reads a newer one."""
    seed = seed_of(y, seed, "backward")
    if y.tape is None:
        assert isinstance(y, Leaf)
        add_to(y, seed)
        return
    if y.level:
        raise TapeError(
            f"backward inside of grad or of a GradientTape ({user_line()}); ask that one for the gradient, or return y"
        )
    waiting: dict[int, tuple[Tape, dict[int, Array]]] = {y.tape.age: (y.tape, {y.position: seed})}
    behind: dict[int, set[int]] = {}  # age of a tape -> its seeds that a newer one reads behind a branch
    newest = [-y.tape.age]
    used = []
    gradients: dict[int, tuple[Leaf, Array]] = {}
    while newest:
        tape, seeds = waiting.pop(-heapq.heappop(newest))
        for key, (position, _) in tape.brought.items():
            if key in gradients:  # an older tape goes on with the sum, in the order that one tape would have
                seeds[position] = gradients[key][1]
        len(tape.steps)  # or it is used up, and says so
        masked = tape.masked(seeds, behind.get(tape.age, ()))
        found = tape.sweep(seeds, masked)
        used.append(tape)
        for key, (position, source) in tape.brought.items():
            if position not in found:
                continue
            if isinstance(source, Leaf):
                gradients[key] = (source, found[position])
                continue
            older = source.tape
            if older.age not in waiting:
                waiting[older.age] = (older, {})
                heapq.heappush(newest, -older.age)
            if masked is not None and masked[position]:
                behind.setdefault(older.age, set()).add(source.position)
            sums = waiting[older.age][1]
            sums[source.position] = accumulate(sums.get(source.position), spread(found[position], source))
    for leaf, v_bar in gradients.values():
        add_to(leaf, v_bar)
    for tape in used:
        tape.close(USED_UP.format(line=user_line()))


def add_to(leaf: Leaf, v_bar: Array) -> None:
    """Accumulate into `.grad`, in memory of its own."""
    gradient = finished(v_bar, leaf.primal)
    leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient


def finished(v: Array | None, like: Array) -> Array:
    """A derivative in its leaf's shape and dtype, and in memory of its own; an outer tape's tensor as it is."""
    if type(like) is float and (v is None or type(v) is float):
        return 0.0 if v is None else v
    if type(v) is type(like) is np.ndarray and v.ndim and v.shape == like.shape:
        return np.array(v, like.dtype, order="C")
    whole = spread(v, like)
    if isinstance(whole, np.ndarray | np.generic | float):
        return deliver(np.array(whole, dtype=dtype_of(like), order="C"))
    return whole


class GradientTape(Tape):
    """Records what happens to the tensors that it watches, in the manner of TensorFlow.

    `watch` takes numbers, arrays and leaves, and gives leaves that are on this tape until the block ends.
    `gradient(target, sources)` may be asked once, or any number of times if the tape is persistent. A source may also
    be a result on the way; one that the target does not depend on has the gradient 0.

    >>> with GradientTape() as tape:
    ...     x = tape.watch(3.0)
    ...     y = x * x
    >>> tape.gradient(y, x)
    6.0

    Tapes nest; the inner gradient is recorded by the outer one:

    >>> with GradientTape() as outer:
    ...     x = outer.watch(2.0)
    ...     with GradientTape() as inner:
    ...         _ = inner.watch(x)
    ...         y = x**3
    ...     slope = inner.gradient(y, x)
    >>> slope, outer.gradient(slope, x)
    (tensor(12.0), 12.0)
    """

    __slots__ = ("elsewhere", "persistent")

    def __init__(self, persistent: bool = False) -> None:
        """Begin a tape further inside than every one that is there."""
        super().__init__(next(LEVELS))
        self.persistent = persistent
        self.elsewhere: list[tuple[Leaf, Any, int, Array]] = []  # where watched tensors were before

    def __enter__(self) -> "GradientTape":
        """Begin to record."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Put every tensor back where it was before `watch`."""
        for leaf, tape, position, primal in reversed(self.elsewhere):
            leaf.tape, leaf.position, leaf.primal = tape, position, primal
        self.elsewhere.clear()

    def watch(self, x: Any) -> Any:
        """The tensors to compute with, in the structure of x: leaves themselves, and new leaves for numbers and arrays.

        What is on this tape already is watched already. The result of an operation on another tape cannot be moved to
        this one; for it too there is a new leaf, to be used instead.
        """
        return tree_map(self.watch_one, x)

    def watch_one(self, x: Any) -> Tensor:
        """A tensor that is on this tape; what a leaf was before stands behind it, as its value."""
        if isinstance(x, Tensor) and x.tape is self:
            return x
        leaf = x if isinstance(x, Leaf) else leaf_of(differentiable(x, lambda: "x"))
        self.elsewhere.append((leaf, leaf.tape, leaf.position, leaf.primal))
        if leaf.tape is not None:
            outer = leaf_of(leaf.primal)
            outer.tape, outer.position = leaf.tape, leaf.position
            leaf.primal = outer
        leaf.tape, leaf.position = self, self.leaf(leaf.primal)
        self.brought[id(leaf)] = (leaf.position, leaf)
        return leaf

    def gradient(self, target: Any, sources: Any, seed: Any = None) -> Any:
        """The derivatives of a scalar target by watched tensors, or by what came of them, structured as `sources`.

        A target that is not scalar needs a seed, its cotangent. Raises TapeError for a source that is not watched, for
        a target that is a plain number, and for the second question to a tape that is not persistent.
        """
        leaves, structure = flatten(sources)
        positions = [self.position_of(x) for x in leaves]
        while isinstance(target, Tensor) and target.level > self.level:
            target = target.primal
        if not isinstance(target, Tensor):
            raise TapeError(f"the target {target!r} is no tensor, so no tape knows what it depends on ({user_line()})")
        first = seed_of(target, seed, "gradient")
        found: dict[int, Array] = {}
        if target.tape is self or self.watches(target) is not None:
            seeds = {self.place(target): first}
            found = self.sweep(seeds)
            for j in set(positions) - self.leaves.keys():
                found |= self.sweep(seeds, end=j)
        values = [self.leaves[j][1] if j in self.leaves else x.primal for j, x in zip(positions, leaves, strict=True)]
        result = unflatten(structure, [finished(found.get(j), v) for j, v in zip(positions, values, strict=True)])
        if not self.persistent:
            self.close(SINGLE)
        return result

    def position_of(self, source: Any) -> int:
        """Where on this tape a source is."""
        len(self.steps)  # or it is used up, and says so
        position = self.watches(source)
        if position is not None:
            return position
        if isinstance(source, Tensor) and source.tape is self:
            return source.position
        raise TapeError(
            f"the source {source!r} is not watched by this tape ({user_line()}); inside the with block, before it is "
            "used, write x = tape.watch(x)"
        )

    def place(self, y: Any) -> int:
        """The position of a tensor of this tape; a watched leaf is somewhere else again, once the block has ended."""
        position = self.watches(y)
        return super().place(y) if position is None else position

    def watches(self, x: Any) -> int | None:
        """Where on this tape a watched leaf is, or None."""
        return self.brought[id(x)][0] if id(x) in self.brought else None

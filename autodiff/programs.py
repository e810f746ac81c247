"""What checkpoints run again: one call of a function, or a loop of steps; and how a tape holds it, as one operation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from autodiff.reruns import Outside, Rerun, check_again, rerun, seed
from autodiff.revolve import ADVANCE, RESTORE, STORE, schedule
from autodiff.tensor import Tensor, plain
from expression.errors import ArgumentError
from expression.operations.operation import Array, Operation, Traced, apply
from expression.operations.vectors import packed, unpacked
from expression.structure import Structure, deliver, dtype_of, flatten, shape_of, unflatten

Bars = tuple[list[Array | None], dict[int, Array | None]]  # of the operands; of the tensors from outside, by id


class Counts(NamedTuple):
    """What one reverse sweep over a checkpointed loop took."""

    recomputed: int  # steps computed again, beside the one run of each step on a tape
    stored: int  # the most states that were held at once


# -- pytrees of floats and of other things -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Template:
    """A pytree without its floating leaves."""

    structure: Structure
    leaves: tuple[Any, ...]  # None where a floating leaf was
    places: tuple[int, ...]  # of these

    def filled(self, x: Sequence[Array]) -> Any:
        """The pytree with these leaves."""
        return unflatten(self.structure, fill(self.leaves, self.places, x))


def fill(leaves: Sequence[Any], places: Sequence[int], x: Sequence[Array]) -> list[Any]:
    """The leaves, with others at some places."""
    filled = list(leaves)
    for k, v in zip(places, x, strict=True):
        filled[k] = v
    return filled


def taken_apart(tree: Any) -> tuple[list[Array] | None, Template]:
    """The floating leaves of a pytree, and the rest of it; None where a tracer or a complex number is among them."""
    leaves, structure = flatten(tree)
    kinds = [kind_of(x) for x in leaves]
    places = tuple(k for k, kind in enumerate(kinds) if kind == "f")
    rest = tuple(None if kind == "f" else plain(x) for x, kind in zip(leaves, kinds, strict=True))
    floats = None if "traced" in kinds or "c" in kinds else [leaves[k] for k in places]
    return floats, Template(structure, rest, places)


def kind_of(x: Any) -> str:
    """The kind of a leaf's dtype; "traced" for a tracer, and nothing for what is no array."""
    if isinstance(plain(x), Traced):
        return "traced"
    return dtype_of(x).kind if isinstance(x, Tensor | np.ndarray | np.generic | float | complex) else ""


# -- what runs again ---------------------------------------------------------------------------------------------------


class Program(Protocol):
    """Something that runs again: from its floating operands to its floating results."""

    def run(self, x: Sequence[Array], outside: Outside) -> list[Array]:
        """The results, for arrays, tracers or tensors."""

    def pull(self, y_bars: Sequence[Array], y: Sequence[Array], x: Sequence[Array], outside: Outside) -> Bars:
        """The reverse sweep: the adjoints of the operands, and of the tensors from outside."""

    def push(self, k: int, key: int, x_dot: Array, x: Sequence[Array], outside: Outside) -> list[Array]:
        """The forward sweep from the tangent of operand k, or of the tensor from outside with that key if k < 0."""


@dataclass(frozen=True, slots=True)
class Once:
    """One call of a function."""

    function: Callable[..., Any]  # of its floating leaves
    outputs: Sequence[int]  # which leaves of what it returns depend on them

    def run(self, x: Sequence[Array], outside: Outside) -> list[Array]:
        """The results."""
        values = rerun(self.function, x, outside, forget=True).values()
        return [values[k] for k in self.outputs]

    def pull(self, y_bars: Sequence[Array], y: Sequence[Array], x: Sequence[Array], outside: Outside) -> Bars:
        """Run on a tape, and sweep it back."""
        again = rerun(self.function, x, outside)
        values = again.values()
        check_again([values[k] for k in self.outputs], y, "checkpoint: the function")
        seeds: dict[int, Array] = {}
        for k, y_bar in zip(self.outputs, y_bars, strict=True):
            seed(seeds, again, again.y[k], y_bar)
        found = again.pull(seeds)
        bars = [found.get(t.position) for t in again.x]
        return bars, {key: found.get(t.position) for key, t in again.outside.items()}

    def push(self, k: int, key: int, x_dot: Array, x: Sequence[Array], outside: Outside) -> list[Array]:
        """Run on a tape, and sweep it forward."""
        again = rerun(self.function, x, outside)
        moved = again.x[k] if k >= 0 else again.outside.get(key)
        dots = again.push({} if moved is None else {moved.position: x_dot})
        return [dots[k] for k in self.outputs]


def plainly(step: Callable[..., Any], n: int, state: Any, parameters: Sequence[Any]) -> Any:
    """The loop as it stands."""
    for i in range(n):
        state = step(i, state, *parameters)
    return state


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop of equal steps. Its state, between the steps, is the list of its leaves."""

    step: Callable[..., Any]
    n: int
    snapshots: int
    report: Callable[[Counts], Any] | None
    initial: Template
    parameters: Template

    def filled(self, x: Sequence[Array]) -> list[Any]:
        """The initial state."""
        return fill(self.initial.leaves, self.initial.places, x)

    def one(self, i: int, state: Sequence[Any], weights: Sequence[Array], outside: Outside, **how: bool) -> Rerun:
        """Step i, on a tape of its own."""
        places = self.initial.places

        def function(*x: Array) -> Any:
            start = unflatten(self.initial.structure, fill(state, places, x[: len(places)]))
            return self.step(i, start, *self.parameters.filled(x[len(places) :]))

        again = rerun(function, [*(state[k] for k in places), *weights], outside, **how)
        self.check(i, state, again)
        return again

    def check(self, i: int, state: Sequence[Any], after: Rerun) -> None:
        """Refuse a step that makes another kind of state."""
        if after.structure != self.initial.structure:
            raise ArgumentError(
                f"step {i} of the loop must return a state of structure {self.initial.structure}, got {after.structure}"
            )
        for k, (x, y) in enumerate(zip(state, after.y, strict=True)):
            kinds = {kind_of(x) == "f", kind_of(y) == "f"} if kind_of(y) != "traced" else set()
            if len(kinds) > 1 or shape_of(x) != shape_of(y):
                before, found = (f"{dtype_of(v)}{list(shape_of(v))}" for v in (x, y))
                raise ArgumentError(
                    f"step {i} of the loop made {found} of leaf {k} of the state, which was {before}; "
                    "a state keeps its shapes, floats stay floats and integers integers"
                )

    def run(self, x: Sequence[Array], outside: Outside) -> list[Array]:
        """The final state."""
        places = self.initial.places
        state = self.filled(x[: len(places)])
        for i in range(self.n):
            state = self.one(i, state, x[len(places) :], outside, forget=True).values()
        return [state[k] for k in places]

    def pull(self, y_bars: Sequence[Array], y: Sequence[Array], x: Sequence[Array], outside: Outside) -> Bars:
        """Follow the schedule from the last step to the first."""
        places = self.initial.places
        weights = x[len(places) :]
        state = self.filled(x[: len(places)])
        bars: list[Array | None] = list(y_bars)
        sums: list[Array | None] = [None] * len(weights)
        outside_sums: dict[int, Array | None] = {}
        held: dict[int, list[Any]] = {}
        recomputed = stored = 0
        for action in schedule(self.n, self.snapshots):
            i = action.state
            if action.kind == STORE:
                held[i] = state
            elif action.kind == RESTORE:
                state = held[i]
            elif action.kind == ADVANCE:
                assert action.until is not None
                for j in range(i, action.until):
                    state = self.one(j, state, weights, outside, forget=True).values()
                    recomputed += 1
            else:
                again = self.one(i, state, weights, outside)
                if i == self.n - 1:
                    values = again.values()
                    check_again([values[k] for k in places], y, "checkpointed_loop: a step")
                seeds: dict[int, Array] = {}
                for k, y_bar in zip(places, bars, strict=True):
                    seed(seeds, again, again.y[k], y_bar)
                for t, total in zip(again.x[len(places) :], sums, strict=True):
                    seed(seeds, again, t, total)
                for key, t in again.outside.items():
                    seed(seeds, again, t, outside_sums.get(key))
                found = again.pull(seeds)
                bars = [found.get(t.position) for t in again.x[: len(places)]]
                sums = [found.get(t.position) for t in again.x[len(places) :]]
                outside_sums |= {key: found.get(t.position) for key, t in again.outside.items()}
                held.pop(i, None)
            stored = max(stored, len(held) + all(state is not snapshot for snapshot in held.values()))
        if self.report is not None:
            self.report(Counts(recomputed, stored))
        return [*bars, *sums], outside_sums

    def push(self, k: int, key: int, x_dot: Array, x: Sequence[Array], outside: Outside) -> list[Array]:
        """Sweep forward through one step after the other."""
        places = self.initial.places
        state, weights = self.filled(x[: len(places)]), x[len(places) :]
        dots: list[Array] = [np.zeros(shape_of(v), dtype_of(v)) for v in x[: len(places)]]
        if 0 <= k < len(places):
            dots[k] = x_dot
        for i in range(self.n):
            again = self.one(i, state, weights, outside)
            moved = again.x[k] if k >= len(places) else again.outside.get(key)
            tangents = {t.position: dot for t, dot in zip(again.x, dots, strict=False)}
            if moved is not None:
                tangents[moved.position] = x_dot
            after = again.push(tangents)
            dots, state = [after[j] for j in places], again.values()
        return dots


# -- one operation of it -----------------------------------------------------------------------------------------------


def written_down(
    program: Program, operands: Sequence[Array], outside: Outside, y: Sequence[Array], selects: bool
) -> Sequence[Array]:
    """The results y of a program that ran already, written down on the tapes of its operands as one operation."""
    read = [w for w, _ in outside.values()]
    if not y or not any(isinstance(x, Tensor) for x in (*operands, *read)):
        return [deliver(v) for v in y]
    row = one_operation(program, len(operands), read, y, selects)
    return unpacked(apply(row, (*operands, *read)), [shape_of(v) for v in y])


def one_operation(
    program: Program, own: int, read: Sequence[Tensor], results: Sequence[Array], selects: bool
) -> Operation:
    """A row for this one call: `own` operands, then the tensors from outside.

    It knows neither its operands nor a tensor that came from it: a tape that held them would hold itself.
    """
    shapes = [shape_of(v) for v in results]
    first = [packed(results)]
    shape, dtype = shape_of(first[0]), dtype_of(first[0])

    def outside_of(x: Sequence[Array]) -> Outside:
        """What the tensors from outside stand for; one of an outer tape is a constant here, and stands for itself."""
        return {id(w): (w, v) for w, v in zip(read, x[own:], strict=True) if v is not w}

    def forward(*x: Array) -> Array:
        return first.pop() if first else body(*x)  # what the run found that is being written down

    def body(*x: Array) -> Array:
        return packed(program.run(x[:own], outside_of(x)))

    def pullback(y_bar: Array, y: Array, *x: Array) -> tuple[Array | None, ...]:
        bars, of_read = program.pull(unpacked(y_bar, shapes), unpacked(y, shapes), x[:own], outside_of(x))
        return (*bars, *(of_read.get(id(w)) for w in read))

    def jvp(k: int, x_dot: Array, y: Array, *x: Array) -> Array:
        key = -1 if k < own else id(read[k - own])
        return packed(program.push(k if k < own else -1, key, x_dot, x[:own], outside_of(x)))

    return Operation(
        "checkpoint",
        forward,
        shape=lambda *shapes: shape,
        dtype=lambda *dtypes: dtype,
        pullback=pullback,
        jvps=jvp,
        latex=r"\operatorname{{checkpoint}}\left({args}\right)",
        selects=selects,
        analytic=False,
        body=body,
        home="checkpoints:<checkpoint>",
    )

"""The tape: a list of steps that grows while ordinary Python code runs, and is walked back for the derivative."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from autodiff.modes import MODES
from autodiff.rules import accumulate, complete, contributions
from autodiff.steps import Step, behind_a_branch, in_full
from autodiff.sweeps import reverse_sweep
from expression.batched import Batched
from expression.errors import AnomalyError, TapeError, user_line
from expression.nodes import Expression
from expression.operations.operation import Array, Operation, Traced
from expression.structure import dtype_of, flatten, shape_of, unflatten, unique
from expression.tracing import Trace

AGES = count()  # the later a tape begins, the older are those whose tensors it may read
SMALL = 1 << 16  # bytes: up to here a copy is kept, beyond it sums
WIDTH = 512  # words in a row of what is added up
Seeds = Mapping[int, Array]


class Saved(NamedTuple):
    """An array from outside, as it was when an operation first read it."""

    array: np.ndarray[Any, Any]
    print: Any
    reader: Operation
    line: str


class Event(NamedTuple):
    """One step of a sweep, as a picture or a lesson shows it."""

    sweep: str  # "forward" or "reverse"
    node: int
    operation: str  # its name; "input" for a leaf
    operands: tuple[int | None, ...]
    value: Array
    line: str = ""
    adjoint: Array | None = None  # of the node, complete
    partials: tuple[Array | None, ...] = ()  # dy/dx_k, where the operation is elementwise
    contributions: tuple[tuple[int, Array], ...] = ()  # to which node, and what
    sums: tuple[tuple[int, Array], ...] = ()  # that node's adjoint after it was added


class UsedUp:
    """What stands in the place of a tape's steps when they are gone."""

    def __init__(self, reason: str) -> None:
        """Remember why."""
        self.reason = reason

    def __len__(self) -> int:
        """Refuse: whoever wants to record or sweep asks for the length first."""
        raise TapeError(self.reason)


class Tape:
    """The steps that were recorded, with the values that the reverse sweep needs.

    A tensor knows its tape and its position there; the tape knows no tensor that came from it, so that nothing is
    held in a circle, and everything is freed with the last tensor. `level` says how far inside it is, 0 for the tapes
    of `loss.backward()`, which begin by themselves.
    """

    __slots__ = ("__weakref__", "age", "brought", "leaves", "level", "lines", "saved", "selects", "steps")

    def __init__(self, level: int = 0) -> None:
        """Begin an empty tape."""
        self.level = level
        self.age = next(AGES)
        self.steps: Any = []
        self.leaves: dict[int, tuple[str, Array]] = {}  # position -> name and value
        self.brought: dict[int, tuple[int, Any]] = {}  # id of a leaf, or an older tape's tensor -> position, itself
        self.saved: dict[int, Saved] = {}  # id of an array -> how it was
        self.lines: dict[int, str] = {}  # position -> the user's line, where anomalies are looked for
        self.selects = False  # whether a branch was taken entry by entry

    def leaf(self, value: Array, name: str = "") -> int:
        """A new leaf with that value; its position."""
        position = len(self.steps)
        self.steps.append(None)
        self.leaves[position] = (name, value)
        return position

    def bring(self, x: Any) -> int:
        """The position, as a leaf, of a tensor that belongs to no tape or to an older one of the same level."""
        if id(x) not in self.brought:
            self.brought[id(x)] = (self.leaf(x.primal), x)
        return self.brought[id(x)][0]

    def guard(self, x: np.ndarray[Any, Any], operation: Operation) -> None:
        """Remember how an array from outside is now, so that a change before the reverse sweep is seen."""
        if id(x) not in self.saved:
            self.saved[id(x)] = Saved(x, fingerprint(x), operation, user_line())

    def verify(self) -> None:
        """Raise TapeError if an array that an operation read was changed since."""
        for array, before, reader, line in self.saved.values():
            if fingerprint(array) != before:
                raise TapeError(
                    f"an array of shape {array.shape} that {reader.name} ({line}) read was changed before the reverse "
                    f"sweep ({user_line()}); change a copy of it, or after the sweep"
                )

    def close(self, reason: str) -> None:
        """Free everything; whoever asks again is told why."""
        self.steps = UsedUp(reason)
        for held in (self.leaves, self.brought, self.saved, self.lines):
            held.clear()

    def masked(self, seeds: Seeds, behind: Collection[int] = ()) -> bytearray | None:
        """The flags of `behind_a_branch` for a sweep; `behind` are the seeds that a newer tape reads so."""
        if not (self.selects or behind):
            return None
        return behind_a_branch(self.steps[: max(seeds, default=-1) + 1], behind)

    def sweep(self, seeds: Seeds, masked: bytearray | None = None, end: int | None = None) -> dict[int, Array]:
        """One reverse sweep from the seeds: leaf -> adjoint, for each leaf that they depend on.

        At the node `end` it stops as at a leaf, so that the adjoint of that node is found, too.
        """
        last = max(seeds, default=-1)
        steps = self.steps if len(self.steps) == last + 1 else self.steps[: last + 1]
        if end is not None:
            steps = [None if i == end else step for i, step in enumerate(steps)]
        self.verify()
        adjoint: list[Array | None] = [None] * len(steps)
        for position, seed in seeds.items():
            adjoint[position] = seed
        masked = self.masked(seeds) if masked is None else masked
        if MODES.looking:
            self.look(steps, seeds, masked)
        return reverse_sweep(steps, adjoint, masked)

    def look(self, steps: Sequence[Step | None], seeds: Seeds, masked: bytearray | None = None) -> None:
        """Raise AnomalyError at the first contribution that is not finite, though what it is made of is."""
        for event in reverse_events(steps, seeds, self.lines, behind_a_branch(steps) if masked is None else masked):
            for j, contribution in event.contributions:
                if finite(event.adjoint) and not finite(contribution):
                    k = event.operands.index(j)
                    x = in_full(steps[event.node])[2][k + 1]
                    where = f" ({event.line})" if event.line else ""
                    raise AnomalyError(
                        f"{event.operation}{where}: its partial at {shown(x)} is not finite, "
                        f"so the contribution {shown(event.adjoint)} * dy/dx is {shown(contribution)}"
                    )

    def expression(self, results: Any) -> Expression:
        """What was recorded for these tensors, in the shared format: every measure, picture and room applies to it.

        Branches and loops stand as they were taken. Raises TapeError for a tensor of another tape.
        """
        outputs, structure = flatten(results)
        writer = Trace()
        writer.line = ""
        tracers: list[Any] = [None] * len(self.steps)
        names = unique([name or f"x{k}" for k, (name, _) in enumerate(self.leaves.values())])
        for name, (position, (_, value)) in zip(names, self.leaves.items(), strict=True):
            tracers[position] = writer.input(name, shape_of(value), dtype_of(value))
        for i, step in enumerate(self.steps):
            if step is not None:
                operation, operands, values, parameters = in_full(step)
                writer.line = self.lines.get(i, "")
                x = [v if j is None else tracers[j] for j, v in zip(operands, values[1:], strict=True)]
                tracers[i] = writer.record(operation, x, parameters)
        arguments = [tracers[position] for position in self.leaves]
        found = unflatten(structure, [tracers[self.place(y)] for y in outputs])
        return writer.expression(tuple(arguments), found)

    def place(self, y: Any) -> int:
        """The position of a tensor of this tape."""
        if getattr(y, "tape", None) is not self:
            raise TapeError(
                f"{y!r} is not on this tape: it depends on nothing that the tape watches, or was computed elsewhere"
            )
        position: int = y.position
        return position

    def events(self, y: Any) -> list[Event]:
        """The ordered record of both sweeps for one tensor: what each node computed, and what it was sent back.

        The seed of the reverse sweep is 1 at every entry.
        """
        last = self.place(y)
        len(self.steps)  # or it is used up, and says so
        steps = self.steps[: last + 1]
        forward = [
            Event("forward", i, "input", (), self.leaves[i][1])
            if step is None
            else Event("forward", i, step[1].name, in_full(step)[1], in_full(step)[2][0], self.lines.get(i, ""))
            for i, step in enumerate(steps)
        ]
        seeds = {last: np.ones(shape_of(y), dtype_of(y))[()]}
        return forward + list(reverse_events(steps, seeds, self.lines, behind_a_branch(steps)))

    def play(self, y: Any, **options: Any) -> Any:
        """The tape player: both sweeps for one tensor, step by step, in a notebook or a browser.

        Options: `names` for the leaves, in the order in which the tape met them, if they shall not be those of the
        caller's variables; `title`; and `height` in pixels. `.save("player.html")` writes a page that needs no network.
        Raises TapeError for a tensor of another tape.

        >>> from autodiff import GradientTape
        >>> with GradientTape() as tape:
        ...     x, y = tape.watch((2.0, 5.0))
        ...     z = x * y + x
        >>> print(tape.play(z))
        v0 = x        value 2   adjoint 6
        v1 = y        value 5   adjoint 2
        v2 = v0 * v1  value 10  adjoint 1
        v3 = v2 + v0  value 12  adjoint 1
        """
        from autodiff.player import play_tape

        return play_tape(self, y, **options)


@np.errstate(all="ignore")
def sent_back(step: Step, v_bar: Array, masked: bool) -> tuple[tuple[int, Array], ...]:
    """The contributions of one step, whole."""
    return tuple([(j, complete(contribution)) for j, contribution in contributions(step, v_bar, masked)])


def reverse_events(
    steps: Sequence[Step | None], seeds: Seeds, lines: Mapping[int, str], masked: bytearray
) -> Iterator[Event]:
    """The reverse sweep, step by step, with everything that it computes."""
    adjoint: dict[int, Array] = dict(seeds)
    for i in range(len(steps) - 1, -1, -1):
        if i not in adjoint:
            continue
        v_bar, step = adjoint[i], steps[i]
        if step is None:
            yield Event("reverse", i, "input", (), None, adjoint=v_bar)
            continue
        operation, operands, values, _ = in_full(step)
        found = sent_back(step, v_bar, bool(masked[i]))
        sums = []
        for j, contribution in found:
            adjoint[j] = accumulate(adjoint.get(j), contribution)
            sums.append((j, adjoint[j]))
        with np.errstate(all="ignore"):
            known = operation.partials is not None
            partials = tuple(
                [operation.dy_dx(k, *values) if known and j is not None else None for k, j in enumerate(operands)]
            )
        line = lines.get(i, "")
        yield Event("reverse", i, operation.name, operands, values[0], line, v_bar, partials, found, tuple(sums))


def fingerprint(x: np.ndarray[Any, Any]) -> Any:
    """What changes when the array does: its bytes, or, where there are many, the sums of their rows and columns.

    As 64-bit words in rows of WIDTH, added modulo 2^64: an eighth of the time of a CRC. A change is missed only if
    it cancels in every row and in every column, for which it takes four words at least.
    """
    if x.nbytes <= SMALL:
        return x.tobytes()
    data = np.ascontiguousarray(x).reshape(-1).view(np.uint8)
    whole = data.size // (8 * WIDTH) * (8 * WIDTH)
    table = data[:whole].view(np.uint64).reshape(-1, WIDTH)
    sums = np.add.reduce(table, axis=0), np.add.reduce(table, axis=1)
    return sums[0].tobytes(), sums[1].tobytes(), data[whole:].tobytes()


def finite(x: Array) -> bool:
    """Whether every entry is a number."""
    return bool(np.isfinite(innermost(x)).all())


def innermost(x: Array) -> Array:
    """The value behind all tapes and batches; 0 for an abstract tracer, which has none that could be wrong."""
    while isinstance(x, Traced):
        x = x.value if isinstance(x, Batched) else getattr(x, "primal", 0.0)
    return x


def shown(x: Array) -> str:
    """A scalar as it is, an array by its shape."""
    x = innermost(x)
    return repr(np.asarray(x).item()) if np.ndim(x) == 0 else f"{np.asarray(x).dtype}{list(np.shape(x))}"

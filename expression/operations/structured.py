"""Loops and branches as operations: their parameters hold the programs that they run.

    scan(constants..., carries..., xs..., step=...)    carry, y = step(carry, x) along the first axis of xs
    cond(predicate, operands..., true=..., false=...)  one of two programs, which take the same operands

A node has one result, so those of a loop travel as one vector: for each carry all its values, length + 1 of them, where
a reverse sweep finds them; then the stacked outputs; then the sums over the steps, of which no history is kept. Step t
reads entry t of xs, and makes entry t + 1 of a carry's history from entry t; with reverse=True it makes entry t from
entry t + 1.

Derivative rules stand in no column here: a room makes them from the programs within.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from expression.operations.operation import Array, Operation, Shape, no_work
from expression.operations.programs import Evaluate, Program
from expression.operations.vectors import parts

DType = np.dtype[Any]


# -- scan --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layout:
    """What the operands of a scan are, and where its results stand in the vector."""

    constants: int
    carries: tuple[Shape, ...]
    ys: tuple[Shape, ...]
    sums: tuple[Shape, ...]
    length: int
    reverse: bool
    dtype: DType

    @property
    def shapes(self) -> list[Shape]:
        """The shapes of the histories, the stacked outputs and the sums, in this order."""
        n = self.length
        return [*((n + 1, *s) for s in self.carries), *((n, *s) for s in self.ys), *self.sums]

    @property
    def size(self) -> int:
        """The length of the vector."""
        return sum(map(prod, self.shapes))

    @property
    def first(self) -> int:
        """Where in a history the initial carry stands."""
        return self.length if self.reverse else 0

    @property
    def last(self) -> int:
        """Where in a history the final carry stands."""
        return 0 if self.reverse else self.length

    def split(self, found: Sequence[Array]) -> tuple[Sequence[Array], Sequence[Array], Sequence[Array]]:
        """What belongs to the carries, the outputs and the sums: of the results of a step, or of the parts."""
        middle, end = len(self.carries), len(self.carries) + len(self.ys)
        return found[:middle], found[middle:end], found[end:]

    def operands(self, x: Sequence[Array]) -> tuple[Sequence[Array], Sequence[Array], Sequence[Array]]:
        """The constants, the initial carries and the xs."""
        middle = self.constants + len(self.carries)
        return x[: self.constants], x[self.constants : middle], x[middle:]

    def apart(self, vector: Array) -> tuple[Sequence[Array], Sequence[Array], Sequence[Array]]:
        """Histories, stacked outputs and sums."""
        return self.split(parts(vector, self.shapes))

    def finals(self, vector: Array) -> list[Array]:
        """The final carries."""
        found, start = [], 0
        for shape in self.carries:
            size = prod(shape)
            at = start + self.last * size
            found.append(vector[at] if shape == () else np.reshape(vector[at : at + size], shape))
            start += (self.length + 1) * size
        return found

    @property
    def regions(self) -> list[tuple[int, Shape]]:
        """Where in the vector what stands, and in which shape: final carries, those before, outputs, sums."""
        ends, histories, others, start = [], [], [], 0
        for shape in self.carries:
            size = prod(shape)
            ends.append((start + self.last * size, shape))
            histories.append((start + size if self.reverse else start, (self.length, *shape)))
            start += (self.length + 1) * size
        for shape in self.shapes[len(self.carries) :]:
            others.append((start, shape))
            start += prod(shape)
        return [*ends, *histories, *others]

    def before(self, history: Array) -> Array:
        """The carries that the steps begin from, step by step."""
        return history[1:] if self.reverse else history[:-1]

    def after(self, history: Array) -> Array:
        """The carries that the steps end with, step by step."""
        return history[:-1] if self.reverse else history[1:]


@lru_cache(maxsize=1024)
def layout_of(step: Program, constants: int, carries: int, sums: int, length: int, reverse: bool) -> Layout:
    """The layout of a scan with these parameters."""
    nodes, outputs = step.expression.nodes, step.expression.outputs
    shapes = [nodes[j].shape for j in outputs]
    end = len(shapes) - sums
    dtype = nodes[outputs[0]].dtype if outputs else np.dtype(np.float64)
    return Layout(
        constants,
        tuple(shapes[:carries]),
        tuple(shapes[carries:end]),
        tuple(shapes[end:]),
        length,
        reverse,
        dtype,
    )


def scan_forward(*operands: Array, step: Program, length: int, **parameters: Any) -> Array:
    """The loop, over NumPy."""
    layout = layout_of(step, length=length, **parameters)
    dtype = layout.dtype
    if any([np.iscomplexobj(x) for x in operands]):  # a complex step passes through
        dtype = np.result_type(dtype, np.complex64)
    return run_scan(step.evaluate, layout, operands, np.empty(layout.size, dtype))


def run_scan(evaluate: Evaluate, layout: Layout, operands: Sequence[Array], vector: Array) -> Array:
    """Fill the vector of results: `evaluate` is the step, in any arithmetic."""
    constants, carries, xs = layout.operands(operands)
    histories, ys, sums = layout.split(views(vector, layout.shapes))
    for history, carry in zip(histories, carries, strict=True):
        history[layout.first] = carry
    for total in sums:
        total[...] = 0
    after = 0 if layout.reverse else 1
    middle, end = len(histories), len(histories) + len(ys)
    stacked, summed = list(enumerate(ys, middle)), list(enumerate(sums, end))
    steps = range(layout.length)
    for t in reversed(steps) if layout.reverse else steps:
        found = evaluate([*constants, *carries, *[x[t] for x in xs]])
        carries = found[:middle]
        for history, carry in zip(histories, carries, strict=True):
            history[t + after] = carry
        for k, y in stacked:
            y[t] = found[k]
        for k, total in summed:
            total += found[k]
    return vector


def views(vector: Array, shapes: Sequence[Shape]) -> list[Array]:
    """Arrays of these shapes in the memory of a vector."""
    found, start = [], 0
    for shape in shapes:
        stop = start + prod(shape)
        found.append(vector[start:stop].reshape(shape))
        start = stop
    return found


def scan_infer(
    shapes: Sequence[Shape], dtypes: Sequence[DType], step: Program, length: int, **parameters: Any
) -> tuple[Shape, DType]:
    """Shape and dtype of the vector; every claim that the loop relies on is checked."""
    carries, constants, sums = parameters["carries"], parameters["constants"], parameters["sums"]
    check_counts(step, length=length, carries=carries, constants=constants, sums=sums)
    if type(parameters["reverse"]) is not bool:
        raise TypeError(f"needs reverse to be a bool, got {parameters['reverse']!r}")
    e = step.expression
    if constants + carries > len(e.inputs) or carries + sums > len(e.outputs) or len(shapes) != len(e.inputs):
        raise ValueError(
            f"has {len(shapes)} operands with constants={constants}, carries={carries}, sums={sums}, "
            f"but its step takes {len(e.inputs)} and gives {len(e.outputs)}"
        )
    for k, i in enumerate(e.inputs):
        node = e.nodes[i.position]
        wanted = node.shape if k < constants + carries else (length, *node.shape)
        check_operand(i.name, wanted, node.dtype, shapes[k], dtypes[k])
    for k, j in enumerate(e.outputs):
        node, first = e.nodes[j], e.nodes[e.outputs[0]]
        if node.dtype.kind != "f" or node.dtype != first.dtype:
            raise TypeError(f"gives {node.dtype} and {first.dtype}; carries and outputs are floats of one dtype")
        if k < carries:
            before = e.inputs[constants + k]
            carry = e.nodes[before.position]
            check_operand(f"the carry {before.name}", carry.shape, carry.dtype, node.shape, node.dtype)
    layout = layout_of(step, length=length, **parameters)
    return (layout.size,), layout.dtype


def check_counts(step: Any, **counts: Any) -> None:
    """Refuse parameters of other types, as a document may hold them."""
    if not isinstance(step, Program):
        raise TypeError(f"runs a program, got {type(step).__name__}")
    for name, count in counts.items():
        if type(count) is not int or count < 0:
            raise ValueError(f"needs {name} to be an int from 0 on, got {count!r}")


def check_operand(name: str, shape: Shape, dtype: DType, found_shape: Shape, found_dtype: DType) -> None:
    """Refuse an operand that is not what the program takes."""
    if (shape, dtype) != (found_shape, found_dtype):
        raise ValueError(f"takes {dtype}{list(shape)} for {name}, got {found_dtype}{list(found_shape)}")


# -- cond --------------------------------------------------------------------------------------------------------------


def cond_forward(predicate: Array, *operands: Array, true: Program, false: Program) -> Array:
    """The branch that is taken; the other is not computed."""
    return (true if predicate else false).evaluate(operands)[0]


def cond_infer(shapes: Sequence[Shape], dtypes: Sequence[DType], true: Program, false: Program) -> tuple[Shape, DType]:
    """Shape and dtype that both branches have."""
    results = []
    for program in (true, false):
        if not isinstance(program, Program):
            raise TypeError(f"runs programs, got {type(program).__name__}")
        e = program.expression
        if len(e.outputs) != 1 or len(e.inputs) != len(shapes) - 1:
            raise ValueError(
                f"has {len(shapes) - 1} operands, but a branch takes {len(e.inputs)} and gives {len(e.outputs)} results"
            )
        for i, shape, dtype in zip(e.inputs, shapes[1:], dtypes[1:], strict=True):
            node = e.nodes[i.position]
            check_operand(i.name, node.shape, node.dtype, shape, dtype)
        y = e.nodes[e.outputs[0]]
        results.append((y.shape, y.dtype))
    check_operand("the predicate", (), np.dtype(np.bool_), shapes[0], dtypes[0])
    if results[0] != results[1]:
        (shape, dtype), (other_shape, other_dtype) = results
        raise ValueError(f"gives {dtype}{list(shape)} on one branch and {other_dtype}{list(other_shape)} on the other")
    return results[0]


# -- batches -----------------------------------------------------------------------------------------------------------


def batch_scan(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """A scan at many points: the scan of the batched step; carries that no batched operand reaches stay as they are."""
    from expression.nested_batching import batched_scan

    return batched_scan(operation, operands, batched, parameters)


def batch_cond(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """A cond at many points: both branches and a selection where the predicate differs from point to point."""
    from expression.nested_batching import batched_cond

    return batched_cond(operation, operands, batched, parameters)


SCAN = Operation(
    "scan",
    scan_forward,
    shape=None,
    infer=scan_infer,
    programs=("step",),
    selects=True,
    analytic=True,
    batch=batch_scan,
    work=no_work,  # that of the programs within, which measures count
    latex=r"\operatorname{{scan}}\left({args}\right)",
)
COND = Operation(
    "cond",
    cond_forward,
    shape=None,
    infer=cond_infer,
    programs=("true", "false"),
    selects=True,
    analytic=True,
    batch=batch_cond,
    work=no_work,
    latex=r"\operatorname{{cond}}\left({args}\right)",
)
ROWS = (SCAN, COND)

__all__ = ["COND", "ROWS", "SCAN", "Layout", "layout_of", "run_scan"]

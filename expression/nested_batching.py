"""Loops and branches at every point of a batch: the programs within are batched, and the loop stays one loop."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from expression.batching import evaluate_batch
from expression.nodes import Expression
from expression.operations.broadcasting import batch_length
from expression.operations.operation import Array, Operation, apply
from expression.operations.programs import Program
from expression.operations.structured import layout_of
from expression.structure import shape_of
from expression.tracing import Trace

Flags = tuple[bool, ...]


def reached(e: Expression, batched: Sequence[bool]) -> Flags:
    """Which outputs depend on an input that is batched."""
    flags = bytearray(len(e.nodes))
    for i, is_batched in zip(e.inputs, batched, strict=True):
        flags[i.position] = is_batched
    for position, node in enumerate(e.nodes):
        if node.operands:
            flags[position] = any([flags[j] for j in node.operands])
    return tuple([bool(flags[j]) for j in e.outputs])


@lru_cache(maxsize=256)
def batched_program(program: Program, size: int, batched: Flags, spread: Flags) -> Program:
    """A program at every point: its inputs have a batch axis where `batched` says so, and outputs where `spread`."""
    e = program.expression
    writer = Trace()
    writer.line = ""
    inputs = []
    for i, is_batched in zip(e.inputs, batched, strict=True):
        node = e.nodes[i.position]
        inputs.append(writer.input(i.name, (size, *node.shape) if is_batched else node.shape, node.dtype))
    values = writer.inline(e, inputs) if not all(spread) else []
    outputs = evaluate_batch(e, inputs, batched) if any(batched) else [values[j] for j in e.outputs]
    kept = [y if s else values[j] for y, s, j in zip(outputs, spread, e.outputs, strict=True)] if values else outputs
    return Program(writer.expression(tuple(inputs), tuple([writer.own(y, None) for y in kept])))


def moving_carries(e: Expression, constants: Sequence[bool], carries: Sequence[bool], xs: Sequence[bool]) -> Flags:
    """Which carries of a loop are batched, at the beginning or after some steps."""
    moving = tuple(carries)
    while True:
        found = reached(e, (*constants, *moving, *xs))
        after = tuple([a or b for a, b in zip(found, moving, strict=False)])
        if after == moving:
            return moving
        moving = after


def batched_scan(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """A scan at every point: the scan of the batched step.

    A carry is batched when its operand is, or when a batched operand reaches it in some step; outputs always are.
    """
    step, size = parameters["step"], batch_length(operands, batched)
    layout = layout_of(**parameters)
    of_constants, of_carries, of_xs = layout.operands(batched)
    moving = moving_carries(step.expression, of_constants, of_carries, of_xs)
    fixed, initial, xs = layout.operands(operands)
    starts = [
        np.broadcast_to(c, (size, *shape_of(c))) if m and not b else c
        for c, b, m in zip(initial, of_carries, moving, strict=True)
    ]
    slices = [np.swapaxes(x, 0, 1) if b else x for x, b in zip(xs, of_xs, strict=True)]
    outputs = len(step.expression.outputs) - len(moving)
    program = batched_program(step, size, (*of_constants, *moving, *of_xs), (*moving, *(True,) * outputs))
    options = {**parameters, "step": program}
    vector = apply(operation, [*fixed, *starts, *slices], tuple(sorted(options.items())))
    histories, ys, sums = layout_of(**options).apart(vector)
    rows = [
        np.swapaxes(h, 0, 1) if m else np.broadcast_to(h, (size, *shape_of(h)))
        for h, m in zip(histories, moving, strict=True)
    ]
    rows += [np.swapaxes(y, 0, 1) for y in ys]
    rows += sums
    if not rows:
        return np.zeros((size, 0), layout.dtype)
    return np.concatenate([np.reshape(row, (size, -1)) for row in rows], axis=1)


def batched_cond(
    operation: Operation, operands: Sequence[Array], batched: Sequence[bool], parameters: dict[str, Any]
) -> Array:
    """A cond at every point: both branches and a selection, or the batched branches where one predicate serves all."""
    size = batch_length(operands, batched)
    predicate, *x = operands
    flags = tuple(batched[1:])
    programs = {key: parameters[key] for key in ("true", "false")}
    if not batched[0]:
        branches = {key: batched_program(p, size, flags, (True,)) for key, p in programs.items()}
        return apply(operation, operands, tuple(sorted(branches.items())))
    found = {
        key: evaluate_batch(p.expression, x, flags)[0] if any(flags) else once(p.expression, x, size)
        for key, p in programs.items()
    }
    rank = len(shape_of(found["true"]))
    chosen = np.reshape(predicate, (size, *(1,) * (rank - 1)))
    return np.where(chosen, found["true"], found["false"])


def once(e: Expression, x: Sequence[Array], size: int) -> Array:
    """The result of a branch that is the same at every point."""
    from expression.evaluation import forward

    y = forward(e, x)[e.outputs[0]]
    return np.broadcast_to(y, (size, *shape_of(y)))

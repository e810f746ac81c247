"""Derivatives of loops: the reverse rule of a scan is a scan from the last step to the first, the forward rule another.

The step is differentiated once, and written down as a program again. The rules apply the same operation to whatever
their operands are, so they compute on arrays, record on tracers and tensors, and can be differentiated in turn, in a
program that is as long for ten thousand steps as for ten.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import compress
from math import prod
from typing import Any

import numpy as np

from autodiff.derivation import steps_of
from autodiff.derived import Derived, Flags, Parameters, Writing, whole
from autodiff.rules import Pieces, accumulate, complete, filled
from autodiff.steps import Step, behind_a_branch
from autodiff.sweeps import forward_sweep, reverse_sweep
from expression.analysis import active_nodes
from expression.nodes import Expression
from expression.operations.literals import ZERO
from expression.operations.operation import Array, Shape, apply
from expression.operations.programs import Program
from expression.operations.structured import SCAN, Layout, layout_of
from expression.structure import shape_of


def computed(e: Expression, sums: int) -> list[int]:
    """Which results of a step the loop's vector holds, so that they need not be computed again: not those of a leaf."""
    kept = e.outputs[: len(e.outputs) - sums]
    return [k for k, j in enumerate(kept) if not e.nodes[j].is_leaf and j not in kept[:k]]


def known_results(layout: Layout, vector: Array) -> list[Array]:
    """The results of the steps, step by step: carries and outputs."""
    histories, ys, _ = layout.apart(vector)
    return [*(layout.after(history) for history in histories), *ys]


def moving_carries(e: Expression, constants: int, carries: int, moved: Flags) -> Flags:
    """Which carries depend on the operands that are flagged, now or after some steps."""
    flags = list(moved)
    while True:
        active = active_nodes(e, tuple([i.position for i, flag in zip(e.inputs, flags, strict=True) if flag]))
        after = [flags[constants + k] or bool(active[e.outputs[k]]) for k in range(carries)]
        if after == flags[constants : constants + carries]:
            return tuple(after)
        flags[constants : constants + carries] = after


def behind_later_branches(e: Expression, steps: Sequence[Step | None], constants: int, carries: int) -> bytearray:
    """`behind_a_branch` for a step of a loop: a carry may reach a selection in a later step."""
    known: set[int] = set()
    while True:
        masked = behind_a_branch(steps, known)
        found = {e.outputs[k] for k in range(carries) if masked[e.inputs[constants + k].position]}
        if found <= known:
            return masked
        known |= found


@lru_cache(maxsize=256)
def step_pullback(
    step: Program, constants: int, carries: int, sums: int, wanted: Flags, given: Flags, gated: bool
) -> tuple[Derived, Flags]:
    """The step of the reverse loop, and which carries have an adjoint there.

    `given` says which results have adjoints from outside: the carries on the way, the outputs, the sums.

    constants    those of the loop, the adjoints of its sums
    carry        the adjoint of the carry after step t, then of the one before
    xs           the carries before step t, x_t, the results of step t, what else reads the carries, the adjoints of y_t
    outputs      the adjoints of x_t
    sums         those of the constants
    """
    e = step.expression
    writing = Writing(e)
    layout = layout_of(step, constants, carries, sums, 0, False)
    of_histories, of_ys, of_sums = layout.split(given)
    places = [i.position for i in e.inputs]
    fixed, state, slices = layout.operands(places)
    after, ys, totals = layout.split(e.outputs)
    moving = moving_carries(e, constants, carries, wanted)
    dtype = layout.dtype
    C = [writing.like(j) for j in fixed]
    sum_bars = [(j, writing.like(j, "_bar")) for j in compress(totals, of_sums)]
    c_bars = [(j, writing.like(i, "_bar", dtype)) for i, j, m in zip(state, after, moving, strict=True) if m]
    c = [writing.like(j) for j in state]
    x = [writing.like(j) for j in slices]
    known = {e.outputs[k]: writing.like(e.outputs[k]) for k in computed(e, sums)}
    more_bars = {
        j: writing.like(j, "_bar", dtype) for j, m, g in zip(state, moving, of_histories, strict=True) if m and g
    }
    y_bars = [(j, writing.like(j, "_bar")) for j in compress(ys, of_ys)]

    values = writing.inlined([*C, *c, *x], known)
    flags = (*wanted[:constants], *moving, *wanted[constants + carries :])
    steps = steps_of(e, values, list(compress(places, flags)))
    adjoint: list[Array | None] = [None] * len(steps)
    for j, bar in (*c_bars, *y_bars, *sum_bars):
        adjoint[j] = accumulate(adjoint[j], bar)
    masked = bytearray(b"\1") * len(steps) if gated else behind_later_branches(e, steps, constants, carries)
    found = reverse_sweep(steps, adjoint, masked)

    before = []
    for j in compress(state, moving):
        c_bar = whole(found.get(j), e.nodes[j], dtype)
        before.append(c_bar + more_bars[j] if j in more_bars else c_bar)
    pulled = [k for k, j in enumerate(places) if wanted[k] and found.get(j) is not None]
    pulled = [k for k in pulled if k >= constants + carries] + [k for k in pulled if k < constants]
    results = [*before, *(whole(found[places[k]], e.nodes[places[k]], dtype) for k in pulled)]
    bars = [*(bar for _, bar in sum_bars), *more_bars.values(), *(bar for _, bar in y_bars)]
    program, reads = writing.program(results, [*C, *c, *x, *known.values(), *bars])
    return Derived(program, reads, tuple(pulled)), moving


def bars_by_region(layout: Layout, y_bar: Array) -> list[Array | None]:
    """The adjoint of a loop's vector, region by region: final carries, carries on the way, outputs, sums.

    Where it is known by its pieces, a region that none of them touches has none.
    """
    indices: Sequence[Any] = y_bar.indices if isinstance(y_bar, Pieces) else [()]
    if not all(len(index) == 1 and in_order(index[0]) for index in indices):
        y_bar = filled(complete(y_bar), np.broadcast_to(layout.dtype.type(0), (layout.size,)))
        pieces = [(0, layout.size, y_bar)]
    else:
        pieces = []
        for (item,), v in zip(indices, y_bar.operands, strict=True):
            start, stop = (item, item + 1) if isinstance(item, int) else item[:2]
            pieces.append((start, stop, np.reshape(v, (1,)) if isinstance(item, int) else v))
    return [region_bar(start, shape, pieces) for start, shape in layout.regions]


def in_order(item: Any) -> bool:
    """Whether an index is a number, or a slice without gaps."""
    return isinstance(item, int) or (isinstance(item, tuple) and item[2] == 1)


def region_bar(start: int, shape: Shape, pieces: Sequence[tuple[int, int, Array]]) -> Array | None:
    """The sum of what the pieces (start, stop, values) bring to one region of a vector."""
    stop = start + prod(shape)
    total: Any = None
    for a, b, v in pieces:
        low, high = max(a, start), min(b, stop)
        if low < high:
            part = v if (low, high) == (a, b) else v[low - a : high - a]
            if (low, high) == (start, stop):
                total = accumulate(total, part)
            else:
                total = accumulate(total, Pieces((part,), ((low - start, high - start, 1),), (stop - start,)))
    return None if total is None else np.reshape(complete(total), shape)


def pull_scan(
    parameters: Parameters, y_bar: Array, values: Sequence[Array], wanted: Flags, gated: bool
) -> list[Array | None]:
    """The loop backwards: its carry is the adjoint of the carry."""
    layout = layout_of(**parameters)
    constants, carries = layout.constants, len(layout.carries)
    found = bars_by_region(layout, y_bar)
    end_bars, given_bars = found[:carries], found[carries:]
    given = tuple([bar is not None for bar in given_bars])
    derived, moving = step_pullback(parameters["step"], constants, carries, parameters["sums"], wanted, given, gated)
    bars: list[Array | None] = [None] * (len(values) - 1)
    if not derived.program.expression.outputs:
        return bars
    histories, _, _ = layout.apart(values[0])
    history_bars, y_bars, sum_bars = layout.split(given_bars)
    starts = [
        np.broadcast_to(layout.dtype.type(0), shape) if bar is None else bar
        for bar, shape, moves in zip(end_bars, layout.carries, moving, strict=True)
        if moves
    ]
    totals = [bar for bar in sum_bars if bar is not None]
    fixed, _, xs = layout.operands(values[1:])
    results = known_results(layout, values[0])
    candidates = [
        *fixed,
        *totals,
        *starts,
        *(layout.before(history) for history in histories),
        *xs,
        *(results[k] for k in computed(parameters["step"].expression, parameters["sums"])),
        *(bar for bar in compress(history_bars, moving) if bar is not None),
        *(bar for bar in y_bars if bar is not None),
    ]
    options = {
        "carries": len(starts),
        "constants": sum(derived.reads[: constants + len(totals)]),
        "length": layout.length,
        "reverse": not layout.reverse,
        "step": derived.program,
        "sums": sum(k < constants for k in derived.results),
    }
    vector = apply(SCAN, derived.operands(candidates), tuple(options.items()))
    backwards = layout_of(**options)
    _, x_bars, of_constants = backwards.apart(vector)
    for k, bar in zip(derived.results, (*x_bars, *of_constants), strict=True):
        bars[k] = bar
    for k, bar in zip(compress(range(carries), moving), backwards.finals(vector), strict=True):
        if wanted[constants + k]:
            bars[constants + k] = bar
    return bars


@lru_cache(maxsize=256)
def step_pushforward(step: Program, constants: int, carries: int, sums: int, moved: Flags) -> Derived:
    """The step of the tangent loop.

    constants    those of the loop, the tangents of those that move
    carry        the tangent of the carry
    xs           the carries before step t, x_t, the results of step t, the tangents of x_t
    results      the tangents of all results of the step, in their order
    """
    e = step.expression
    writing = Writing(e)
    layout = layout_of(step, constants, carries, sums, 0, False)
    fixed, state, slices = layout.operands([i.position for i in e.inputs])
    C = [writing.like(j) for j in fixed]
    C_dots = {j: writing.like(j, "_dot") for j in compress(fixed, moved)}
    c_dots = {j: writing.like(j, "_dot") for j in state}
    c = [writing.like(j) for j in state]
    x = [writing.like(j) for j in slices]
    known = {e.outputs[k]: writing.like(e.outputs[k]) for k in computed(e, sums)}
    x_dots = {j: writing.like(j, "_dot") for j in compress(slices, moved[constants + carries :])}

    values = writing.inlined([*C, *c, *x], known)
    dots = {**C_dots, **c_dots, **x_dots}
    steps = steps_of(e, values, list(dots))
    tangent: list[Array] = [dots.get(j, ZERO) for j in range(len(steps))]
    tangent = forward_sweep(steps, tangent)
    results = [whole(tangent[j], e.nodes[j], layout.dtype) for j in e.outputs]
    program, reads = writing.program(results, [*C, *C_dots.values(), *c, *x, *known.values(), *x_dots.values()])
    return Derived(program, reads, ())


def push_scan(parameters: Parameters, dots: Sequence[Array], values: Sequence[Array], moved: Flags) -> Array:
    """The loop of the tangents beside the carries that are known: its vector is the tangent of the loop's."""
    layout = layout_of(**parameters)
    constants, carries = layout.constants, len(layout.carries)
    derived = step_pushforward(parameters["step"], constants, carries, parameters["sums"], moved)
    histories, _, _ = layout.apart(values[0])
    fixed, initial, xs = layout.operands(values[1:])
    given = iter(dots)
    all_dots = [next(given) if flag else None for flag in moved]
    C_dots, c_dots, x_dots = layout.operands(all_dots)
    starts = [
        np.broadcast_to(layout.dtype.type(0), shape_of(c)) if dot is None else dot
        for c, dot in zip(initial, c_dots, strict=True)
    ]
    results = known_results(layout, values[0])
    moving = [dot for dot in C_dots if dot is not None]
    candidates = [
        *fixed,
        *moving,
        *starts,
        *(layout.before(history) for history in histories),
        *xs,
        *(results[k] for k in computed(parameters["step"].expression, parameters["sums"])),
        *(dot for dot in x_dots if dot is not None),
    ]
    options = {**parameters, "constants": sum(derived.reads[: constants + len(moving)]), "step": derived.program}
    return apply(SCAN, derived.operands(candidates), tuple(sorted(options.items())))

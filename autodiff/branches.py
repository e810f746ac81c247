"""Derivatives of branches: the reverse rule of a cond is the cond of the branches' reverse sweeps.

So only the branch that was taken is differentiated, and what the other would have contributed, infinite or nan, does
not matter.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import compress

from autodiff.derivation import steps_of
from autodiff.derived import Flags, Parameters, Writing, whole
from autodiff.rules import complete, filled
from autodiff.steps import behind_a_branch
from autodiff.sweeps import forward_sweep, reverse_sweep
from expression.operations.literals import ZERO
from expression.operations.operation import Array, apply
from expression.operations.programs import Program
from expression.operations.structured import COND
from expression.operations.vectors import packed, unpacked
from expression.structure import shape_of


@lru_cache(maxsize=256)
def branch_pullback(branch: Program, wanted: Flags, gated: bool) -> Program:
    """From the operands and the adjoint of the result to the adjoints of the wanted operands, as one vector."""
    e = branch.expression
    writing = Writing(e)
    places = [i.position for i in e.inputs]
    output = e.outputs[0]
    x = [writing.like(j) for j in places]
    y_bar = writing.like(output, "_bar")
    values = writing.trace.inline(e, x)
    steps = steps_of(e, values, list(compress(places, wanted)))
    adjoint: list[Array | None] = [None] * len(steps)
    adjoint[output] = y_bar
    found = reverse_sweep(steps, adjoint, bytearray(b"\1") * len(steps) if gated else behind_a_branch(steps))
    bars = [whole(found.get(j), e.nodes[j], y_bar.dtype) for j in compress(places, wanted)]
    program, _ = writing.program([packed([writing.trace.own(bar, None) for bar in bars])], [])
    return program


def pull_cond(
    parameters: Parameters, y_bar: Array, values: Sequence[Array], wanted: Flags, gated: bool
) -> list[Array | None]:
    """The reverse sweep of the branch that was taken."""
    y, predicate, *x = values
    y_bar = filled(complete(y_bar), y)
    flags = wanted[1:]
    programs = {key: branch_pullback(program, flags, gated) for key, program in parameters.items()}
    vector = apply(COND, [predicate, *x, y_bar], tuple(sorted(programs.items())))
    left = iter(unpacked(vector, [shape_of(v) for v in compress(x, flags)]))
    return [None, *(next(left) if flag else None for flag in flags)]


@lru_cache(maxsize=256)
def branch_pushforward(branch: Program, moved: Flags) -> Program:
    """From the operands and the tangents of those that move to the tangent of the result."""
    e = branch.expression
    writing = Writing(e)
    places = [i.position for i in e.inputs]
    output = e.outputs[0]
    x = [writing.like(j) for j in places]
    dots = {j: writing.like(j, "_dot") for j in compress(places, moved)}
    values = writing.trace.inline(e, x)
    steps = steps_of(e, values, list(dots))
    tangent: list[Array] = [dots.get(j, ZERO) for j in range(len(steps))]
    tangent = forward_sweep(steps, tangent)
    program, _ = writing.program([whole(tangent[output], e.nodes[output], e.nodes[output].dtype)], [])
    return program


def push_cond(parameters: Parameters, dots: Sequence[Array], values: Sequence[Array], moved: Flags) -> Array:
    """The tangent of the branch that was taken."""
    programs = {key: branch_pushforward(program, moved[1:]) for key, program in parameters.items()}
    return apply(COND, [*values[1:], *dots], tuple(sorted(programs.items())))

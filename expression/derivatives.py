"""What every room's `derive` has in common: whose derivative, in which structure. How is each room's own."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from expression.errors import ArgumentError
from expression.nodes import Expression
from expression.operations.operation import Array
from expression.structure import one_scalar, unflatten
from expression.tracing import Trace

Gradient = Callable[[Expression, Sequence[Array], Sequence[int]], Sequence[Array]]


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from walking a list that only grows, again and again: it holds no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@uncollected()
def derivative_program(e: Expression, wrt: str | Sequence[str] | None, value: bool, gradient: Gradient) -> Expression:
    """The expression that `gradient` writes down: `(e, the values of its nodes, positions of wrt) -> adjoints`.

    Raises ArgumentError for an output that is not one scalar and for names that are not inputs.
    """
    check_scalar(e)
    recording = Trace()
    recording.line = ""
    leaves = []
    for i in e.inputs:
        node = e.nodes[i.position]
        leaves.append(recording.input(i.name, node.shape, node.dtype, i.role))
    values = recording.inline(e, leaves)
    positions = wanted_positions(e, wrt)
    found = gradient(e, values, positions)
    mirrored = in_structure(e, wrt, dict(zip(positions, found, strict=True)))
    arguments = unflatten(e.arguments, leaves)
    return recording.expression(arguments, (values[e.outputs[0]], mirrored) if value else mirrored)


def check_scalar(e: Expression, caller: str = "derive") -> None:
    """Raise ArgumentError unless the expression has one output, floating and of shape ()."""
    outputs = [e.nodes[j] for j in e.outputs]
    one_scalar([node.shape for node in outputs], [node.dtype for node in outputs], caller)


def wanted_positions(e: Expression, wrt: str | Sequence[str] | None) -> list[int]:
    """The positions of the inputs that are differentiated: the named ones, or every floating one."""
    place = {i.name: i.position for i in e.inputs}
    if wrt is None:
        return [p for p in place.values() if e.nodes[p].dtype.kind in "fc"]
    names = [wrt] if isinstance(wrt, str) else list(wrt)
    for name in names:
        if name not in place:
            raise ArgumentError(f"wrt={name!r} is not an input; the inputs are {', '.join(place)}")
        node = e.nodes[place[name]]
        if node.dtype.kind not in "fc":
            raise ArgumentError(f"{name} is {node.dtype}: derivatives need floats; trace it with x.astype(float)")
    return [place[name] for name in names]


def in_structure(e: Expression, wrt: str | Sequence[str] | None, found: dict[int, Any]) -> Any:
    """Gradients as users get them: one alone, a tuple of the named, or a mirror of the arguments."""
    if isinstance(wrt, str):
        return next(iter(found.values()))
    if wrt is not None:
        return tuple(found[p] for p in wanted_positions(e, wrt))
    mirror = unflatten(e.arguments, [found.get(i.position) for i in e.inputs])
    return mirror[0] if len(mirror) == 1 else mirror

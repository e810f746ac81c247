"""Python functions as programs that read nothing from outside: what they captured becomes operands."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from expression.nodes import DType, Expression
from expression.operations.operation import Array
from expression.structure import Structure, dtype_of, shape_of, unique
from expression.tracing import Trace, Tracer, record_call


class OpenTrace(Trace):
    """A trace in which arrays from outside are no constants: the program is the same whatever data it reads."""

    __slots__ = ()

    def own(self, x: Any, dtype: DType | None) -> Tracer:
        """X as a tracer of this trace: an array as a hidden input."""
        return self.capture(x) if type(x) is np.ndarray and x.ndim else super().own(x, dtype)


class Recorded(NamedTuple):
    """A function on abstract arguments: its nodes, and the arrays from outside that are its last inputs."""

    e: Expression
    captured: list[Array]
    names: dict[int, str]  # how the function calls what it captured, by id

    @property
    def result(self) -> Structure:
        """The structure of what it returned."""
        return self.e.results


def recorded(f: Callable[..., Any], args: Sequence[Any]) -> Recorded:
    """Run a function on tracers in the place of its arguments' leaves."""
    e, captured = record_call(OpenTrace(), f, args)
    return Recorded(e, captured, closure_names(f))


def closure_names(f: Callable[..., Any]) -> dict[int, str]:
    """The variables of a closure, by the id of what they hold."""
    cells = getattr(f, "__closure__", None) or ()
    names = f.__code__.co_freevars if cells else ()
    found = {}
    for name, cell in zip(names, cells, strict=True):
        try:
            found[id(cell.cell_contents)] = name
        except ValueError:  # not bound yet
            continue
    return found


def closed(functions: Sequence[Recorded]) -> tuple[list[Expression], list[Array]]:
    """The functions as expressions of inputs (outside..., own...) and flat results, and the arrays from outside."""
    arrays: dict[int, Array] = {}
    names: dict[int, str] = {}
    for _, captured, known in functions:
        for x in captured:
            arrays[id(x)] = x
            names[id(x)] = known.get(id(x)) or names.get(id(x)) or f"outside_{len(names)}"
    return [written_with(arrays, list(names.values()), *function[:2]) for function in functions], list(arrays.values())


def written_with(
    arrays: dict[int, Array], names: Sequence[str], e: Expression, captured: Sequence[Array]
) -> Expression:
    """An expression whose first inputs are the arrays from outside."""
    own = e.inputs[: len(e.inputs) - len(captured)]
    labels = iter(unique([*names, *(i.name for i in own)]))
    writer = Trace()
    first = {key: writer.input(next(labels), shape_of(x), dtype_of(x)) for key, x in arrays.items()}
    rest = [writer.input(next(labels), e.nodes[i.position].shape, e.nodes[i.position].dtype) for i in own]
    values = writer.inline(e, [*rest, *(first[id(x)] for x in captured)])
    return writer.expression((*first.values(), *rest), tuple(writer.own(values[j], None) for j in e.outputs))

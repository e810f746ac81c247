"""What is known of f before the points are: prepared at the first call of a returned function, and kept with it."""

from collections.abc import Callable
from functools import lru_cache, partial
from itertools import accumulate
from typing import Any

import numpy as np

from expression.batching import BatchProgram
from expression.nodes import DType, Expression
from expression.operations.operation import Shape
from expression.structure import Point, Structure, dtype_of, flatten, shape_of, unflatten
from expression.tracing import trace
from numeric.analytic import analytic_expression, check_analytic

Function = Callable[..., Any] | Expression

KEPT = 16  # records of one function, and programs of one record: the last used


class Recorded:
    """An expression, its outputs, and its programs: one for each choice of the inputs that are moved."""

    def __init__(self, e: Expression) -> None:
        """Nothing is prepared before it is asked for."""
        self.e = e
        self.shapes = [e.nodes[j].shape for j in e.outputs]
        self.dtypes = [e.nodes[j].dtype for j in e.outputs]
        self.program = lru_cache(KEPT)(partial(new_program, e))  # (places of the inputs that are moved) -> BatchProgram
        self.positions = lru_cache(KEPT)(partial(positions_of, e))  # (argnums) -> places of their leaves
        self.check_analytic = lru_cache(KEPT)(partial(check_analytic, e))


def new_program(e: Expression, moved: tuple[int, ...]) -> BatchProgram:
    """The program in which the inputs at these places are batched."""
    return BatchProgram(e, [k in moved for k in range(len(e.inputs))])


def positions_of(e: Expression, argnums: tuple[int, ...]) -> tuple[int, ...]:
    """Where the leaves of these arguments stand among all leaves."""
    ends = [0, *accumulate([argument.num_leaves for argument in e.arguments.children()])]
    return tuple([i for k in argnums for i in range(ends[k], ends[k + 1])])


class Source:
    """f, as a black box, or as what is evaluated in its place.

    An Expression is prepared once. A Python function is called as it is; with `batched` it is traced, once for each
    structure of the arguments with its shapes and dtypes.
    """

    def __init__(self, f: Function, imaginary: bool, batched: bool) -> None:
        """Of a function; `imaginary` for the schemes that must see that it is analytic."""
        self.f, self.imaginary, self.batched = f, imaginary, batched
        self.whole = Recorded(f) if isinstance(f, Expression) else None
        self.traced = lru_cache(KEPT)(partial(record, f))

    def at(self, at: Point) -> Recorded | None:
        """What is evaluated at that point; None for a black box."""
        if self.whole is not None:
            return self.whole
        if self.imaginary:
            return Recorded(analytic_expression(self.f, at))  # along the branches that it takes there
        if self.batched:
            leaves, structure = flatten(at.args)
            return self.traced(structure, tuple([(shape_of(x), dtype_of(x)) for x in leaves]))
        return None


def record(f: Function, structure: Structure, leaves: tuple[tuple[Shape, DType], ...]) -> Recorded:
    """The record of a function for arguments of that kind: no trace looks at their values."""
    return Recorded(trace(f, *unflatten(structure, [np.zeros(shape, dtype) for shape, dtype in leaves])))

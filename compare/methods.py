"""How each method is asked: build a program where it has one, run it at the point, measure what it wrote down."""

import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

import autodiff
import numeric
import symbolic
from expression import Expression
from expression.analysis import needed
from expression.errors import ArgumentError, SizeLimitError, TrigradError
from expression.measures import flops, tree_sizes
from expression.operations.operation import Array
from expression.structure import Point, flatten
from numeric import SCHEMES

COUNTED = 20_000  # nodes of a stencil: two seconds


@dataclass(frozen=True, slots=True)
class Task:
    """One function at one point."""

    f: Any  # the Python function or Expression, as it was given
    expression: Expression | None  # its trace; None where it cannot be traced
    at: Point
    refusal: str = ""  # why there is no trace


@dataclass(frozen=True, slots=True)
class Answer:
    """What one run of a method gives."""

    value: Any
    derivative: tuple[Array, ...]  # a leaf for each differentiated leaf
    error: tuple[Array, ...] | None = None  # the method's own estimate, leaf by leaf
    evaluations: int = 1  # of f


@dataclass(frozen=True, slots=True)
class Built:
    """A method that is ready to run."""

    run: Callable[[], Answer]
    program: Expression | None = None  # (value, derivative by each leaf), where that is what runs


@dataclass(frozen=True, slots=True)
class Method:
    """One row of the table of methods."""

    name: str
    how: str  # in a line
    build: Callable[[Task], Built]
    emit: Callable[[Task], Expression] | None = None  # the program to measure, where running needs none


def names_of(task: Task) -> tuple[str, ...]:
    """The names of the differentiated inputs."""
    e = traced(task)
    return tuple(e.inputs[k].name for k in task.at.positions)


def traced(task: Task) -> Expression:
    """The trace, or the error that says why there is none."""
    if task.expression is None:
        raise TrigradError(task.refusal)
    return task.expression


def program_of(derive: Callable[..., Expression], **options: Any) -> Callable[[Task], Built]:
    """Build the gradient as a program and run it."""

    def build(task: Task) -> Built:
        program = derive(traced(task), names_of(task), value=True, **options)

        def run() -> Answer:
            value, derivative = program(*task.at.args)
            return Answer(value, tuple(derivative))

        return Built(run, program)

    return build


def differences(task: Task) -> Built:
    """Finite differences call f as it is; there is nothing to build."""
    estimator = numeric.estimate(task.f, task.at.argnums)

    def run() -> Answer:
        found = estimator(*task.at.args)
        leaves, errors = flatten(found.derivative)[0], flatten(found.error)[0]
        return Answer(found.value, tuple(leaves), tuple(errors), found.evaluations)

    return Built(run)


def stencil(task: Task) -> Expression:
    """The stencil as a program: 2n copies of f.

    Raises SizeLimitError for one that would take longer to write down than to run.
    """
    e = traced(task)
    nodes = SCHEMES["central"].cost * sum(int(np.size(x)) for x in task.at.leaves) * len(e)
    if nodes > COUNTED:
        raise SizeLimitError(f"the stencil would have {nodes} nodes, and up to {COUNTED} are counted")
    return numeric.derive(e, names_of(task), value=True)


METHODS = MappingProxyType(
    {
        row.name: row
        for row in (
            Method(
                "symbolic", "SymPy's partial of each operation, accumulated along the list", program_of(symbolic.derive)
            ),
            Method(
                "closed-form", "SymPy's derivative of the whole formula", program_of(symbolic.derive, sharing=False)
            ),
            Method("numeric", "central differences, the step chosen from f", differences, stencil),
            Method("autodiff", "the adjoint program: one forward and one reverse sweep", program_of(autodiff.derive)),
        )
    }
)
MAIN = ("symbolic", "numeric", "autodiff")


def method_named(name: str) -> Method:
    """The row of that name.

    Raises ArgumentError, which lists the methods.
    """
    if name not in METHODS:
        raise ArgumentError(f"method {name!r} does not exist; choose among {', '.join(METHODS)}")
    return METHODS[name]


def derivative_part(program: Expression) -> Expression:
    """A program of (value, derivative) without the value: what a method had to write down."""
    gradient = program.results.child(1)
    return Expression.recorded(program.nodes, program.inputs, program.outputs[1:], program.arguments, gradient)


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a program takes."""

    tree: int  # of the derivative alone
    dag: int  # of the derivative alone
    flops: int  # of value and derivative together


def sizes(program: Expression) -> Sizes:
    """The sizes of a program of (value, derivative)."""
    part = derivative_part(program)
    trees = tree_sizes(part, part.outputs)
    return Sizes(sum(trees[j] for j in part.outputs), sum(needed(part)), flops(program))


def with_peak(run: Callable[[], Any]) -> tuple[Any, int]:
    """What one run returns, and the peak of what it allocates, by Python's own bookkeeping (tracemalloc)."""
    foreign = tracemalloc.is_tracing()
    if not foreign:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        result = run()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        if not foreign:
            tracemalloc.stop()
    return result, max(peak - before, 0)


def largest(leaves: Sequence[Array]) -> float:
    """The largest entry of all leaves."""
    return max((float(np.max(x, initial=0.0)) for x in leaves), default=0.0)

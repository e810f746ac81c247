"""What a sweep walks over: a list of steps, one for each node, recorded by a tape or taken from an expression.

    None                                                   a leaf, or a node that nothing differentiated depends on
    (pull, operation, operands, (y, *x), parameters)       y = operation(*x, **parameters)
    (pull, operation, i, j, y, a, b, p, q)                 y = operation(a, b), elementwise

`pull` is the function that carries the adjoint of y back to the operands, `pull(step, y_bar, adjoint)`: it is chosen
when the step is made, so that the sweep has nothing to ask. `operands`, i and j are the nodes that x, a and b came
from, None for a constant. p and q are dy/da and dy/db: rules `(y, a, b) -> partial`, or numbers. Those of Python floats
cost nothing to keep, so they are computed at once. An operation of one operand has None for j, b and q.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from expression.operations.operation import Array, Operation
from expression.operations.programs import takes_a_branch

Parameters = tuple[tuple[str, Any], ...]
Operands = tuple[int | None, ...]
Step = Any  # of one of the two forms, told apart by their length
Pull = Callable[[Step, Array, list[Array | None]], None]
LongForm = tuple[Operation, Operands, tuple[Array, ...], Parameters]
FLAT = 9
NUMBERS = frozenset((float, int))


def in_full(step: Step) -> LongForm:
    """A step in its long form: operation, operands, (y, *x), parameters; with numbers in the dtype of the result."""
    if len(step) != FLAT:
        full: LongForm = step[1:]
        return full
    _, operation, i, j, y, a, b, _, _ = step
    number = np.float64 if type(y) is float else y.dtype.type
    values = (y, a) if b is None else (y, a, b)
    return operation, (i, j)[: len(values) - 1], tuple([number(v) if type(v) in NUMBERS else v for v in values]), ()


def operands_of(step: Step) -> Operands:
    """The nodes that a step reads, None for a constant."""
    operands: Operands = step[2:4] if len(step) == FLAT else step[2]
    return operands


def complex_refusal(what: str, dtype: np.dtype[Any], line: str) -> str:
    """What is said of a derivative that would pass through complex numbers, for which the rules are not made."""
    where = f" ({line})" if line else ""
    return f"{what} is {dtype}{where}: derivatives are of real numbers; compute with real and imaginary parts"


def behind_a_branch(steps: Sequence[Step | None], known: Iterable[int] = ()) -> bytearray:
    """A flag for each step whose value reaches a later one through a selection; `known` are read so on another tape.

    The exact zeros in its adjoint may stand for a branch not taken, and must win over an infinite partial.
    """
    masked = bytearray(len(steps))
    for j in known:
        masked[j] = 1
    for i in range(len(steps) - 1, -1, -1):
        step = steps[i]
        if step is not None and (masked[i] or (step[1].selects and takes_a_branch(step[1], in_full(step)[3]))):
            for operand in operands_of(step):
                if operand is not None:
                    masked[operand] = 1
    return masked

"""The rules of operations that run programs: a loop's and a branch's, in both modes."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from autodiff.branches import pull_cond, push_cond
from autodiff.derived import Flags, Parameters
from autodiff.loops import pull_scan, push_scan
from autodiff.rules import filled
from expression.operations.literals import ZERO, is_literal
from expression.operations.operation import Array, Operation
from expression.operations.structured import COND, SCAN

PULL: Mapping[Operation, Callable[..., list[Array | None]]] = MappingProxyType({SCAN: pull_scan, COND: pull_cond})
PUSH: Mapping[Operation, Callable[..., Array]] = MappingProxyType({SCAN: push_scan, COND: push_cond})


def pull_program(
    operation: Operation, parameters: Parameters, y_bar: Array, values: Sequence[Array], wanted: Flags, gated: bool
) -> list[Array | None]:
    """The contributions to the adjoints of the operands; None where none is wanted or made.

    `gated` says that exact zeros of y_bar may be those of a branch not taken, which no infinite partial may touch.
    """
    return PULL[operation](parameters, y_bar, values, wanted, gated)


def push_program(
    operation: Operation, parameters: Parameters, x_dots: Sequence[Array], values: Sequence[Array]
) -> Array:
    """The tangent of the result; the literal 0.0 stands for an operand that does not move."""
    moved = tuple([not is_literal(x_dot, ZERO) for x_dot in x_dots])
    if not any(moved):
        return ZERO
    dots = [filled(x_dot, x) for x_dot, x, moves in zip(x_dots, values[1:], moved, strict=True) if moves]
    return PUSH[operation](parameters, dots, values, moved)

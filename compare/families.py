"""Families of the corpus: one function for every size n, and, for loops, all sizes on one list."""

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np

from expression import Expression
from expression.case import Case
from expression.corpus import case
from expression.errors import ArgumentError
from expression.nodes import Node
from expression.structure import flatten


@dataclass(frozen=True, slots=True)
class Stages:
    """All functions of a family from a first size on, as the outputs of one list."""

    first: int
    expression: Expression


def family_named(name: str) -> Case:
    """The case of that name, which must be a family.

    Raises ArgumentError otherwise.
    """
    found = case(name)
    if not found.family:
        raise ArgumentError(f"{name} is one function, not a family; families are in the list of the corpus")
    return found


def sizes_wanted(family: Case, ns: Sequence[int] | None) -> tuple[int, ...]:
    """The sizes to look at: those that are given, in order, or the family's own.

    Raises ArgumentError where there are none, and for one that the family does not have.
    """
    wanted = tuple(sorted(set(family.family if ns is None else ns)))
    if not wanted:
        raise ArgumentError(f"{family.name}: give at least one size, from {family.family[0]} on")
    for n in wanted:
        family.sized(n)
    return wanted


def stages(family: Case, upto: int) -> Stages | None:
    """All sizes up to one on a single list, where each step of the family's loop adds the same nodes; else None.

    A loop records the list of size n at the start of the list of size n + 1. That is checked on the first four
    sizes, and then node by node: every later step must repeat the fourth, shifted.
    """
    first = family.family[0]
    if "n" not in signature(family.function).parameters or upto < first + 4:
        return None
    small = [family.trace(n) for n in range(first, first + 4)]
    e = family.trace(upto)
    ends = [x.outputs[0] for x in small]
    stride = ends[3] - ends[2]
    last = ends[3] + stride * (upto - first - 3)
    if stride <= 0 or e.outputs != (last,) or len(e) != last + 1:
        return None
    if any(not same(x.nodes[i], e.nodes[i], 0, 0) for x in small for i in range(len(x))):
        return None
    for i in range(ends[3] + 1, len(e)):
        shift = stride * ((i - ends[2] - 1) // stride)
        if not same(e.nodes[i - shift], e.nodes[i], shift, ends[1]):
            return None
    outputs = (*ends[:3], *range(ends[3], last + 1, stride))
    results = flatten([0] * len(outputs))[1]
    return Stages(first, Expression.recorded(e.nodes, e.inputs, outputs, e.arguments, results))


def same(a: Node, b: Node, shift: int, fixed: int) -> bool:
    """Whether node b is node a, its operands from `fixed` on shifted; lines do not matter."""
    operands = tuple([j + shift if j >= fixed else j for j in a.operands])
    return a.operation is b.operation and operands == b.operands and a.parameters == b.parameters and a.shape == b.shape


def slope(x: Sequence[float], y: Sequence[float | None]) -> float | None:
    """The slope of the least-squares line through (log x, log y); None without two different points.

    >>> round(slope((1, 2, 4), (3, 12, 48)), 6)
    2.0
    """
    points = [(a, b) for a, b in zip(x, y, strict=True) if b is not None and b > 0]
    if len({a for a, _ in points}) < 2:
        return None
    logs = np.log(np.array(points, dtype=float))
    return float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])


def slope_text(found: float | None) -> str:
    """A slope with two decimals, and never a negative zero.

    >>> slope_text(-0.001), slope_text(None)
    ('0.00', '')
    """
    return "" if found is None else f"{round(found, 2) + 0.0:.2f}"


def floating_entries(e: Expression) -> int:
    """How many numbers the gradient of an expression has."""
    inputs: list[Any] = [e.nodes[i.position] for i in e.inputs]
    return sum(int(np.prod(node.shape)) for node in inputs if node.dtype.kind in "fc")


def sizes_upto(family: Case, largest: int) -> tuple[int, ...]:
    """The family's own sizes up to a largest one, doubled beyond the last, and that one itself.

    >>> sizes_upto(family_named("logistic"), 30)
    (1, 2, 3, 4, 5, 6, 8, 10, 12, 24, 30)
    """
    sizes = list(family.family)
    while sizes[-1] < largest:
        sizes.append(2 * sizes[-1])
    return (*(n for n in sizes if n < largest), family.sized(largest))

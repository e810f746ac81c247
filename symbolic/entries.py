"""An array expression entry by entry: a scalar Wengert list whose inputs stay arrays.

SymPy's rules are for scalars, so arrays are taken apart: the list is evaluated over arrays whose entries are scalars
of a new list. An input array is read by getitem, one node an entry.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from expression.bodies import inline_bodies
from expression.errors import UnsupportedOperation
from expression.evaluation import ObjectArithmetic, boxed, forward
from expression.nodes import Expression, Node
from expression.operations import TABLE
from expression.operations.operation import Array, Operation
from expression.unrolling import unroll
from symbolic.determinants import without_division
from symbolic.writer import ADD, DIV, MUL, NEG, POW, SUB, Value, Writer, real_number


class Entry:
    """One scalar of an array that is taken apart: arithmetic with it is written down.

    Numbers stay numbers. The zeros and ones that NumPy's own algorithms bring in (they are ints) are folded away.
    """

    __slots__ = ("position", "writer")

    def __init__(self, writer: Writer, position: int) -> None:
        """Stand for the node at that position."""
        self.writer = writer
        self.position = position

    def __add__(self, other: Any) -> Any:
        """Write x + y."""
        return between(ADD, self, other)

    def __radd__(self, other: Any) -> Any:
        """Write y + x."""
        return between(ADD, other, self)

    def __sub__(self, other: Any) -> Any:
        """Write x - y."""
        return between(SUB, self, other)

    def __rsub__(self, other: Any) -> Any:
        """Write y - x."""
        return between(SUB, other, self)

    def __mul__(self, other: Any) -> Any:
        """Write x * y."""
        return between(MUL, self, other)

    def __rmul__(self, other: Any) -> Any:
        """Write y * x."""
        return between(MUL, other, self)

    def __truediv__(self, other: Any) -> Any:
        """Write x / y."""
        return between(DIV, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        """Write y / x."""
        return between(DIV, other, self)

    def __pow__(self, other: Any) -> Any:
        """Write x ** y."""
        return between(POW, self, other)

    def __neg__(self) -> Any:
        """Write -x."""
        return over_entries(NEG)(self)


def between(operation: Operation, x: Any, y: Any) -> Any:
    """An operator between two scalars; arrays take it entry by entry themselves."""
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return NotImplemented
    return over_entries(operation)(x, y)


def value_of(x: Any) -> Value:
    """A scalar as the writer takes it."""
    if isinstance(x, Entry):
        return x.position
    return bool(x) if isinstance(x, bool | np.bool_) else float(x)


def over_entries(operation: Operation) -> Callable[..., Any]:
    """A row on scalars: written down when one of them is an entry, computed when all are numbers."""

    def over(*x: Any) -> Any:
        writer = next((v.writer for v in x if isinstance(v, Entry)), None)
        if writer is None:
            with np.errstate(all="ignore"):
                return np.asarray(operation.forward(*x)).item()
        structural = any(type(v) is int for v in x)
        y = (writer.fold if structural else writer.write)(operation, *map(value_of, x))
        return Entry(writer, y) if type(y) is int else y

    return over


class Entries:
    """The arithmetic of arrays of entries."""

    def __init__(self, writer: Writer) -> None:
        """Write on that list."""
        self.writer = writer
        self.objects = ObjectArithmetic(over_entries, real_number)

    def constant(self, value: Array) -> Array:
        """Numbers, entry by entry."""
        return self.objects.constant(value)

    def apply(self, node: Node, operands: Sequence[Array]) -> Array:
        """Every entry of the result."""
        self.writer.line = node.line
        small = without_division(node.operation.name, operands)
        try:
            if small is not None:
                return small(lambda name: over_entries(TABLE[name]), *operands)
            return self.objects.apply(node, operands)
        except (TypeError, IndexError) as error:
            where = f" ({node.line})" if node.line else ""
            raise UnsupportedOperation(
                f"{node.operation.name}{where} chooses entries by their values, so no one formula holds everywhere; "
                "make the indices constants, or use autodiff"
            ) from error


def is_scalar_list(e: Expression) -> bool:
    """Whether every node is a scalar, made by an elementwise operation."""
    return all(node.shape == () and (not node.operands or node.operation.elementwise) for node in e.nodes)


def entry_by_entry(e: Expression) -> Expression:
    """The scalar list of an expression: the same arguments, and all entries of all outputs as a flat tuple.

    >>> from expression import trace
    >>> print(entry_by_entry(trace(lambda x: x @ x, np.ones(2))))
    x -> v5
      v0 = input x [2]
      v1 = getitem(v0, index=(0,))
      v2 = getitem(v0, index=(1,))
      v3 = mul(v1, v1)
      v4 = mul(v2, v2)
      v5 = add(v3, v4)
    """
    e = unroll(inline_bodies(e), limit=None)  # whoever asks has checked the size
    if is_scalar_list(e):
        return e
    writer = Writer()
    arrays = []
    for i in e.inputs:
        node = e.nodes[i.position]
        arrays.append(taken_apart(writer, writer.input(i.name, node.shape, node.dtype, i.role)))
    values = forward(e, arrays, Entries(writer), e.outputs)
    return writer.expression(e.arguments, tuple(value_of(x) for j in e.outputs for x in values[j].flat))


def taken_apart(writer: Writer, whole: int) -> Array:
    """An array of the entries of an input."""
    shape = writer.nodes[whole].shape
    if shape == ():
        return boxed(Entry(writer, whole))
    entries = np.empty(shape, dtype=object)
    for place in np.ndindex(shape):
        entries[place] = Entry(writer, writer.array(TABLE["getitem"], (whole,), index=place))
    return entries


@dataclass(frozen=True, slots=True)
class ScalarList:
    """An expression as scalars, with the places of the entries of its inputs and outputs."""

    e: Expression
    entries: dict[str, list[int | None]]  # of each input, in C order; None for an entry that nobody reads
    outputs: list[list[int]]  # of each output of the expression


def scalar_list(expression: Expression) -> ScalarList:
    """Take an expression apart, and note where the entries went."""
    e = entry_by_entry(expression)
    read: dict[int, dict[Any, int]] = {i.position: {} for i in e.inputs}
    for j, node in enumerate(e.nodes):
        if node.parameters and node.operands:
            read[node.operands[0]][node.parameters[0][1]] = j
    entries: dict[str, list[int | None]] = {}
    for i in e.inputs:
        shape = e.nodes[i.position].shape
        places = read[i.position]
        entries[i.name] = [places.get(place) for place in np.ndindex(shape)] if shape else [i.position]
    left = iter(e.outputs)
    outputs = [[next(left) for _ in range(prod(expression.nodes[j].shape))] for j in expression.outputs]
    return ScalarList(e, entries, outputs)

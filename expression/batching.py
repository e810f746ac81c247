"""Evaluation of one list at many points at once: some of the leaves carry a leading batch axis.

It is prepared before the points are known. What a node does to operands with a batch axis in front is the same for
every number of points, so it is looked up once: the row's own function where broadcasting leaves the batch axis in
front, a slice, a sum; for all else the row's rule is asked each time. On tracers all of it is recorded.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from operator import itemgetter
from typing import Any

import numpy as np

from expression.analysis import last_readers
from expression.batched import apply_batch
from expression.errors import ArgumentError
from expression.nodes import Expression, Node
from expression.operations import TABLE
from expression.operations.leaves import CONSTANT
from expression.operations.operation import Array, Traced

GETITEM, SUM = TABLE["getitem"], TABLE["sum"]
ONE, SEVERAL = -1, -2  # in place of the second operand: there is none, or the first is a tuple of all

Function = Callable[..., Array]
Step = tuple[Function, Any, int, int]  # function, places of the operands, place of the result


def evaluate_batch(e: Expression, leaves: Sequence[Array], batched: Sequence[bool]) -> list[Array]:
    """The outputs of e at every point of a batch, each with a leading batch axis.

    Shapes: `leaves` holds one value an input, in the order of `e.inputs`; where `batched` says so it is
    (batch, *shape of the input), elsewhere the shape of the input, the same at every point. A node that depends on no
    batched leaf is evaluated once.

    Raises ArgumentError where no leaf is batched, and where leaves do not have these shapes.

    >>> from expression import trace
    >>> evaluate_batch(trace(lambda x, y: x * y, 1.0, 1.0), (np.array([1.0, 2.0, 3.0]), 10.0), (True, False))
    [array([10., 20., 30.])]
    """
    size = batch_size(e, leaves, batched)
    program = BatchProgram(e, batched, recorded=any([isinstance(x, Traced) for x in leaves]))
    with np.errstate(all="ignore"):
        return program(leaves, size)


def batch_size(e: Expression, leaves: Sequence[Array], batched: Sequence[bool]) -> int:
    """The common length of the batch axes."""
    sizes = set()
    for i, x, is_batched in zip(e.inputs, leaves, batched, strict=True):
        found, wanted = np.shape(x), e.nodes[i.position].shape
        if found[is_batched:] != wanted or len(found) != len(wanted) + is_batched:
            axes = f"a batch axis and then {wanted}" if is_batched else f"{wanted}"
            raise ArgumentError(f"{i.name}: expected shape {axes}, got {found}")
        if is_batched:
            sizes.add(found[0])
    if len(sizes) != 1:
        found = f"batch axes of lengths {sorted(sizes)}" if sizes else "no batched leaf"
        raise ArgumentError(f"a batch needs one length, got {found}; give all batched leaves the same leading axis")
    return int(sizes.pop())


def takes_a_rule(nodes: Sequence[Node], node: Node, batched: Sequence[int]) -> bool:
    """Whether a node is batched by its row's rule: not where broadcasting leaves every batch axis in front.

    `batched` says which of the nodes before it carry a batch axis; one of its operands does.
    """
    if not node.operation.elementwise:
        return True
    rank = len(node.shape)
    for j in node.operands:
        if batched[j] and len(nodes[j].shape) < rank:
            return True
    return False


def bound(node: Node, recorded: bool = False) -> Function:
    """The function of a node, its parameters filled in: without a search for tracers, but where they are recorded."""
    function: Function = node.operation if recorded else node.operation.forward
    return partial(function, **dict(node.parameters)) if node.parameters else function


def sliced(node: Node) -> Function | None:
    """A slice or a sum of an operand with a batch axis in front; None for what is neither."""
    if node.operation is GETITEM and len(node.operands) == 1:
        items = node.parameters[0][1]
        return itemgetter((slice(None), *[slice(*i) if isinstance(i, tuple) else i for i in items]))
    if node.operation is SUM:
        options = dict(node.parameters)
        return partial(np.add.reduce, axis=tuple([a + 1 for a in options["axis"]]), keepdims=options["keepdims"])
    return None


def asked(node: Node, flags: tuple[bool, ...], *operands: Array) -> Array:
    """One node at every point, by its row's rule."""
    return apply_batch(node.operation, operands, flags, node.parameters)


class BatchProgram:
    """The steps of an expression for one choice of batched inputs.

    A place in the list of values is used again when nobody reads any more what stands there: the memory of one node
    then serves the next while it is still in the cache. A node that no batched input reaches is evaluated once.
    """

    __slots__ = ("entrywise", "inputs", "outputs", "peak", "places", "steps")

    def __init__(self, e: Expression, batched: Sequence[bool], recorded: bool = False) -> None:
        """Look up what each node does, and where its result goes; `recorded` for values that are recorded."""
        nodes = e.nodes
        carries = bytearray(len(nodes))
        for i, is_batched in zip(e.inputs, batched, strict=True):
            carries[i.position] = is_batched
        drops = last_readers(e, e.outputs)
        self.places: list[Array] = []  # before the first step: constants, and room
        self.steps: list[Step] = []
        self.entrywise = True  # no rule is asked: any layout of the points is as good as another
        self.peak = 0  # bytes a point that are held at the same time, at the most
        held, sizes = 0, [0] * len(nodes)
        place = [0] * len(nodes)
        free: list[int] = []
        for position, node in enumerate(nodes):
            operands = node.operands
            if not free or node.is_leaf:
                place[position] = len(self.places)
                self.places.append(node.constant if node.operation is CONSTANT else None)
            else:
                place[position] = free.pop()
            if not node.is_leaf:
                carries[position] = 1 in [carries[j] for j in operands]
                if carries[position] and takes_a_rule(nodes, node, carries):
                    known = None if recorded else sliced(node)
                    self.entrywise &= known is not None
                    function = known or partial(asked, node, tuple([bool(carries[j]) for j in operands]))
                else:
                    function = bound(node, recorded)
                if len(operands) == 2:
                    first, second = operands
                    self.steps.append((function, place[first], place[second], place[position]))
                elif len(operands) == 1:
                    self.steps.append((function, place[operands[0]], ONE, place[position]))
                else:
                    self.steps.append((function, tuple([place[j] for j in operands]), SEVERAL, place[position]))
            if carries[position]:
                sizes[position] = prod(node.shape) * node.dtype.itemsize
                held += sizes[position]
                if held > self.peak:
                    self.peak = held
            for j in drops.get(position, ()):
                held -= sizes[j]
                if not nodes[j].is_leaf:
                    free.append(place[j])
        self.inputs = [place[i.position] for i in e.inputs]
        self.outputs = [(place[j], None if carries[j] else nodes[j].shape) for j in e.outputs]

    def __call__(self, leaves: Sequence[Array], count: int) -> list[Array]:
        """The outputs at every point, each with a leading batch axis, from leaves that are known to fit."""
        values = self.places.copy()
        for place, x in zip(self.inputs, leaves, strict=True):
            values[place] = x
        for function, first, second, place in self.steps:
            if second >= 0:
                values[place] = function(values[first], values[second])
            elif second == ONE:
                values[place] = function(values[first])
            else:
                values[place] = function(*[values[j] for j in first])
        return [
            values[place] if shape is None else np.broadcast_to(values[place], (count, *shape))
            for place, shape in self.outputs
        ]

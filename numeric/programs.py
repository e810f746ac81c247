"""An expression at many points at once: prepared before the points are known, and then only executed.

What a node does to operands with a batch axis in front is the same for every number of points, so it is looked up
once: the row's own function where broadcasting leaves the batch axis in front, a slice, a sum; for all else the row's
rule is asked each time. The results are those of `expression.batching.evaluate_batch`, bit for bit.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from operator import itemgetter
from typing import Any

import numpy as np

from expression.analysis import last_readers
from expression.batched import apply_batch
from expression.nodes import Expression, Node
from expression.operations import TABLE
from expression.operations.leaves import CONSTANT
from expression.operations.operation import Array

GETITEM, SUM = TABLE["getitem"], TABLE["sum"]
ONE, SEVERAL = -1, -2  # in place of the second operand: there is none, or the first is a tuple of all

Function = Callable[..., Array]
Step = tuple[Function, Any, int, int]  # function, places of the operands, place of the result


def bound(node: Node) -> Function:
    """The function of a node, its parameters filled in."""
    return partial(node.operation.forward, **dict(node.parameters)) if node.parameters else node.operation.forward


def prepared(e: Expression, node: Node, carries: Sequence[int]) -> Function | None:
    """What a node does to operands of which some carry a batch axis; None where the row's rule has to be asked."""
    operation, operands = node.operation, node.operands
    if operation.elementwise:
        rank = len(node.shape)
        for j in operands:
            if carries[j] and len(e.nodes[j].shape) != rank:
                return None  # the batch axis would not stay in front
        return bound(node)
    if operation is GETITEM and len(operands) == 1:
        items = node.parameters[0][1]
        return itemgetter((slice(None), *[slice(*i) if isinstance(i, tuple) else i for i in items]))
    if operation is SUM:
        options = dict(node.parameters)
        return partial(np.add.reduce, axis=tuple([a + 1 for a in options["axis"]]), keepdims=options["keepdims"])
    return None


def asked(node: Node, flags: tuple[bool, ...], *operands: Array) -> Array:
    """One node at every point, by its row's rule."""
    return apply_batch(node.operation, operands, flags, node.parameters)


class Program:
    """The steps of an expression for one choice of batched inputs.

    A place in the list of values is used again when nobody reads any more what stands there: the memory of one node
    then serves the next while it is still in the cache. A node that no batched input reaches is evaluated once.
    """

    __slots__ = ("entrywise", "inputs", "outputs", "peak", "places", "steps")

    def __init__(self, e: Expression, batched: Sequence[bool]) -> None:
        """Look up what each node does, and where its result goes."""
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
                self.places.append(node.parameters[0][1].value if node.operation is CONSTANT else None)
            else:
                place[position] = free.pop()
            if not node.is_leaf:
                carries[position] = 1 in [carries[j] for j in operands]
                function = prepared(e, node, carries) if carries[position] else bound(node)
                if function is None:
                    self.entrywise = False
                    function = partial(asked, node, tuple([bool(carries[j]) for j in operands]))
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
        """The outputs at every point, each with a leading batch axis; leaves are known to fit."""
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

"""Loops that do step by step only what has to wait for the step before; all else is done for all steps at once.

    before   what depends on no carry: X @ W of a recurrent network is one product of matrices
    after    what no next carry needs; sums over the steps of products are one product: the gradient of W
    apart    carries that need each other stand in one loop; other loops follow, and read its values

What the loop left to the vector of its results is handed to those who read it.
"""

from math import prod
from typing import Any

import numpy as np

from expression.backends.distribution import Distribution
from expression.backends.regions import Region, Regions, index_range, of_array, of_vector, starts
from expression.backends.rewriting import GETITEM
from expression.backends.splitting import prepared
from expression.backends.totals import passes, sum_of_products
from expression.batched import apply_batch
from expression.batching import takes_a_rule
from expression.formats.python_loops import live_regions
from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT
from expression.operations.operation import apply
from expression.operations.programs import Program
from expression.operations.structured import SCAN, layout_of
from expression.rewriting import rewritten
from expression.tracing import Trace


def with_hoisted_loops(e: Expression) -> Expression:
    """The same function, its loops as short as they can be."""
    if not any(node.operation is SCAN for node in e.nodes):
        return e
    positions = {id(node): position for position, node in enumerate(e.nodes)}
    found: dict[int, Regions] = {}  # position in the trace of what stands for a vector -> its parts

    def write(recording: Trace, node: Node, x: list[Any]) -> Any:
        if node.operation is SCAN:
            regions = hoisted(e, node, x)
            if regions is None:
                return recording.record(SCAN, x, node.parameters)
            if read_as_a_whole(e, positions[id(node)]):
                vector = regions.read(0, node.shape[0])
            else:  # nobody reads it, so it falls away
                vector = recording.record(SCAN, x, node.parameters)
            found[vector.position] = regions
            return vector
        taken = index_range(dict(node.parameters)) if node.operation is GETITEM and len(x) == 1 else None
        if taken is not None and x[0].position in found:
            regions = found[x[0].position]
            return regions.read(*taken) if node.shape else regions.entry(taken[0])
        return recording.record(node.operation, x, node.parameters)

    return rewritten(e, write)


def read_as_a_whole(e: Expression, position: int) -> bool:
    """Whether a vector is an output, or read by anything but an index that takes a part out."""
    readers = [node for node in e.nodes if position in node.operands]
    return position in e.outputs or not all(
        node.operation is GETITEM and len(node.operands) == 1 and index_range(dict(node.parameters)) for node in readers
    )


def hoisted(e: Expression, node: Node, operands: list[Any]) -> Regions | None:
    """The parts of a loop's vector, computed in shorter loops and for all steps at once; None where nothing is won."""
    parameters = dict(node.parameters)
    layout = layout_of(**parameters)
    if layout.length < 2 or not all(prod(shape) for shape in layout.shapes):
        return None
    live = live_regions(e, node, layout)
    step = parameters["step"].expression
    choices = [Distribution(program, layout, live) for program in prepared(step, layout)]
    chosen = min((d for d in choices if d.is_possible), key=lambda d: d.cost, default=None)
    if chosen is None or chosen.cost >= choices[0].cost_before:
        return None
    return Hoisting(chosen, operands).regions()


class Hoisting:
    """The values of a step's nodes at all steps, in the trace in which the loop stood."""

    def __init__(self, distribution: Distribution, operands: list[Any]) -> None:
        """Begin with the operands of the loop."""
        self.d, self.layout = distribution, distribution.layout
        self.values: dict[int, Any] = {}  # of a node: of all steps, with the axis of the steps in front, or once
        self.histories: dict[int, tuple[Any, int]] = {}  # carry -> the vector of its loop, and where it stands there
        self.totals: dict[int, Any] = {}  # node -> its sum over the steps, where a loop has computed it
        fixed, initial, xs = self.layout.operands(operands)
        places = [i.position for i in self.d.e.inputs]
        self.initial = dict(zip(self.d.carries, initial, strict=True))
        self.values.update(zip(places, (*fixed, *initial, *xs), strict=True))
        for c in self.d.next:
            del self.values[c]
        for stage in range(1, self.d.stages + 1):
            self.write_loop(stage)

    # -- values --------------------------------------------------------------------------------------------------------

    def value(self, v: int) -> Any:
        """A node at all steps; of a node that does not vary, its one value."""
        pending = [v]
        while pending:
            v = pending[-1]
            if v in self.values:
                pending.pop()
                continue
            before = [self.d.next[v]] if v in self.d.next else self.d.e.nodes[v].operands
            missing = [j for j in before if j not in self.values]
            if missing:
                pending += missing
            else:
                self.values[v] = self.shifted(v) if v in self.d.next else self.computed(v)
        return self.values[v]

    def computed(self, v: int) -> Any:
        """A node from the values of its operands."""
        node = self.d.e.nodes[v]
        if node.operation is CONSTANT:
            return node.constant
        x, flags = [self.values[j] for j in node.operands], [bool(self.d.varies[j]) for j in node.operands]
        if True in flags and takes_a_rule(self.d.e.nodes, node, self.d.varies):
            return apply_batch(node.operation, x, tuple(flags), node.parameters)
        return apply(node.operation, x, node.parameters)

    def everywhere(self, v: int) -> Any:
        """A node at all steps, also where it does not vary."""
        shape = self.d.e.nodes[v].shape
        return self.value(v) if self.d.varies[v] else np.broadcast_to(self.value(v), (self.layout.length, *shape))

    def history(self, c: int) -> Any:
        """All values of a carry that no loop computes: the initial one, and those after the steps."""
        if c not in self.d.next:
            shape = self.d.e.nodes[c].shape
            return np.broadcast_to(self.initial[c], (self.layout.length + 1, *shape))
        first, others = np.expand_dims(self.initial[c], 0), self.everywhere(self.d.next[c])
        return np.concatenate([others, first] if self.layout.reverse else [first, others])

    def shifted(self, c: int) -> Any:
        """A carry before each step, that no loop computes."""
        self.everywhere(self.d.next[c])
        return self.layout.before(self.history(c))

    # -- loops ---------------------------------------------------------------------------------------------------------

    def write_loop(self, stage: int) -> None:
        """Record a loop, and take its results apart."""
        d, nodes = self.d, self.d.e.nodes
        names = {i.position: i.name for i in d.e.inputs}
        carries = [c for c in d.carries if d.place[c] == stage]
        fixed = [v for v in d.imports[stage] if not d.varies[v]]
        slices = [v for v in d.imports[stage] if d.varies[v]]
        sums = [v for v in d.summands if d.place[v] == stage and d.stays(v)]
        writer = Trace()
        writer.line = ""
        values: dict[int, Any] = {}
        for v in (*fixed, *carries, *slices):
            name = names.get(v, f"{nodes[v].operation.name}_{v}")
            values[v] = writer.input(name, nodes[v].shape, nodes[v].dtype)
        inputs = tuple(values.values())
        for v in d.members[stage]:
            node = nodes[v]
            if v not in values:
                x = [values[j] if j in values else nodes[j].constant for j in node.operands]
                values[v] = writer.record(node.operation, x, node.parameters)
        results = [*(d.next[c] for c in carries), *d.exports[stage], *sums]
        program = Program(writer.expression(inputs, tuple([writer.own(values[v], None) for v in results])))
        options = {
            "carries": len(carries),
            "constants": len(fixed),
            "length": self.layout.length,
            "reverse": self.layout.reverse,
            "step": program,
            "sums": len(sums),
        }
        operands = [*map(self.value, fixed), *(self.initial[c] for c in carries), *map(self.value, slices)]
        vector = apply(SCAN, operands, tuple(options.items()))
        layout = layout_of(**options)
        found = [
            np.reshape(vector[start : start + prod(shape)], shape)
            for start, shape in zip(starts(layout), layout.shapes, strict=True)
        ]
        histories, ys, totals = layout.split(found)
        for c, history, start in zip(carries, histories, starts(layout), strict=False):
            self.histories[c] = vector, start
            self.values[c] = layout.before(history)
            self.values[d.next[c]] = layout.after(history)
        self.values.update(zip(d.exports[stage], ys, strict=True))
        self.totals.update(zip(sums, totals, strict=True))

    # -- sums ----------------------------------------------------------------------------------------------------------

    def total(self, v: int) -> Any:
        """The sum of a node over the steps, through operations that sums pass through."""
        pending = [v]
        while pending:
            v = pending[-1]
            node = self.d.e.nodes[v]
            if v in self.totals:
                pending.pop()
            elif not passes(self.d.e, self.d.varies, v):
                self.totals[v] = self.added_up(v)
            else:
                missing = [j for j in node.operands if j not in self.totals]
                pending += missing
                if not missing:
                    self.totals[v] = apply(node.operation, [self.totals[j] for j in node.operands], node.parameters)
        return self.totals[v]

    def added_up(self, v: int) -> Any:
        """The sum of a node over the steps: one product, where the node is a product."""
        node = self.d.e.nodes[v]
        if not self.d.varies[v]:
            return np.multiply(self.value(v), node.dtype.type(self.layout.length))
        if not self.d.contracts(v):
            return np.sum(self.value(v), axis=0)
        return sum_of_products(self.d.e, v, self.value)

    # -- results -------------------------------------------------------------------------------------------------------

    def regions(self) -> Regions:
        """The parts of the vector that anybody reads."""
        d, layout = self.d, self.layout
        at = starts(layout)
        found: list[Region] = []
        for k, (c, final, history) in enumerate(zip(d.carries, d.final, d.history, strict=True)):
            shape = d.e.nodes[c].shape
            size = prod(shape)
            if c in self.histories:
                found.append(of_vector(at[k], (layout.length + 1) * size, *self.histories[c]))
            elif history:
                found.append(of_array(at[k], self.history(c), (layout.length + 1, *shape)))
            elif final:
                found.append(of_array(at[k] + layout.last * size, self.last(c), (1, *shape)))
        count, stacked = len(d.carries), len(d.ys)
        for start, v, live in zip(at[count:], d.ys, d.live_ys, strict=False):
            if live:
                found.append(of_array(start, self.everywhere(v), (layout.length, *d.e.nodes[v].shape)))
        for start, v, live in zip(at[count + stacked :], d.sums, d.live_sums, strict=True):
            if live:
                found.append(of_array(start, np.expand_dims(self.total(v), 0), (1, *d.e.nodes[v].shape)))
        return Regions(tuple(found))

    def last(self, c: int) -> Any:
        """The final value of a carry that no loop computes."""
        if c in self.d.accumulators:
            return np.expand_dims(self.initial[c] + self.total(self.d.accumulators[c]), 0)
        if c not in self.d.next:
            return np.expand_dims(self.initial[c], 0)
        others = self.everywhere(self.d.next[c])
        return others[:1] if self.layout.reverse else others[-1:]

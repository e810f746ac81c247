"""elimination(f, *args): the Jacobian of a small function by eliminating the inner vertices of its graph, one by one.

Every edge j -> i carries the partial dv_i/dv_j. Eliminating a vertex j joins each of its predecessors to each of its
successors: c_ki += c_ji c_kj, one multiplication a pair. When no inner vertex is left, the edges are the Jacobian.
Forward mode eliminates from the inputs on, reverse mode from the outputs back; any other order gives the same
numbers, and some need fewer multiplications. To find the best is NP-complete (Naumann, Math. Program. 112, 2008).
Griewank and Walther, "Evaluating Derivatives" (2008), chapter 9.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import autodiff
from compare.records import document
from compare.tables import Shown, Table
from expression import Expression, trace
from expression.analysis import active_nodes, needed
from expression.errors import ArgumentError
from expression.evaluation import forward
from expression.structure import flatten

MOST = 12  # inner vertices of which all orders are tried: 2^12 sets of eliminated ones

Edges = dict[tuple[int, int], float]  # (j, i) -> dv_i/dv_j


@dataclass(frozen=True, slots=True)
class Order:
    """One order of elimination: the vertices, what it cost, and the Jacobian that it left."""

    name: str
    vertices: tuple[int, ...]
    multiplications: int
    jacobian: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Elimination(Shown):
    """The orders that were tried on one graph."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    edges: int
    orders: tuple[Order, ...]

    def __getitem__(self, name: str) -> Order:
        """The order of that name."""
        return next(order for order in self.orders if order.name == name)

    def table(self) -> Table:
        """A row for each order."""
        rows = tuple(
            (order.name, ", ".join(f"v{j}" for j in order.vertices), str(order.multiplications))
            for order in self.orders
        )
        title = f"Jacobian of {len(self.outputs)} outputs by {len(self.inputs)} inputs, over {self.edges} edges"
        return Table(title, ("order", "vertices", "multiplications"), rows, left=(0, 1))

    def __repr__(self) -> str:
        """What was tried; print it for the table."""
        return f"<Elimination in {len(self.orders)} orders>"

    def to_json(self) -> str:
        """Strict JSON."""
        orders = [
            {
                "name": order.name,
                "vertices": order.vertices,
                "multiplications": order.multiplications,
                "jacobian": order.jacobian,
            }
            for order in self.orders
        ]
        content = {"inputs": self.inputs, "outputs": self.outputs, "edges": self.edges, "orders": orders}
        return json.dumps(document("elimination", content), allow_nan=False, indent=2)


def elimination(f: Callable[..., Any] | Expression, *args: float) -> Elimination:
    """The Jacobian of a function of numbers by forward, reverse, greedy and, of a small graph, the best elimination.

    Raises ArgumentError for arrays, and for an output that is an input, or that another node reads.

    >>> import numpy as np
    >>> def hourglass(x, y):
    ...     u = np.exp(np.sin(np.sqrt(x * y)))
    ...     return np.log(u), np.tanh(u)
    >>> result = elimination(hourglass, 1.0, 2.0)
    >>> [(order.name, order.multiplications) for order in result.orders]
    [('forward', 10), ('reverse', 10), ('greedy', 8), ('best', 8)]
    """
    e = f if isinstance(f, Expression) else trace(f, *args)
    inputs, inner, outputs = vertices(e)
    edges = partials(e, args)
    tried = [("forward", inner), ("reverse", inner[::-1]), ("greedy", greedy(edges, inner))]
    if len(inner) <= MOST:
        tried.append(("best", best(edges, inner)))
    orders = []
    for name, order in tried:
        left, count = eliminate(edges, order)
        jacobian = tuple(tuple(left.get((j, i), 0.0) for j in inputs) for i in outputs)
        orders.append(Order(name, tuple(order), count, jacobian))
    return Elimination(tuple(inputs), tuple(outputs), len(edges), tuple(orders))


def vertices(e: Expression) -> tuple[list[int], list[int], list[int]]:
    """The inputs, the inner vertices in the order of the list, and the outputs."""
    inputs, outputs = [i.position for i in e.inputs], list(e.outputs)
    read = {j for node in e.nodes for j in node.operands}
    if any(node.shape for node in e.nodes):
        raise ArgumentError("elimination takes functions of numbers, not of arrays: every edge carries one partial")
    if any(j in read or j in inputs for j in outputs):
        raise ArgumentError("elimination needs outputs that nothing else reads; multiply such an output by 1.0")
    used = [a and b for a, b in zip(active_nodes(e), needed(e), strict=True)]
    inner = [j for j, flag in enumerate(used) if flag and j not in inputs and j not in outputs]
    return inputs, inner, outputs


def partials(e: Expression, args: Sequence[float]) -> Edges:
    """The partial on each edge, by one reverse sweep over each node alone."""
    values = forward(e, [float(x) for x in flatten(tuple(args))[0]])
    active, wanted = active_nodes(e), needed(e)
    edges: Edges = {}
    for i, node in enumerate(e.nodes):
        if not (active[i] and wanted[i] and node.operands):
            continue
        found = autodiff.vjp(
            partial(node.operation, **dict(node.parameters)), *[float(values[j]) for j in node.operands]
        )
        for j, dv_dj in zip(node.operands, found[1](1.0), strict=True):
            if active[j]:
                edges[j, i] = edges.get((j, i), 0.0) + dv_dj  # x * x has one edge
    return edges


def eliminate(edges: Edges, order: Iterable[int]) -> tuple[Edges, int]:
    """The edges that are left, and the multiplications that it took."""
    left, count = dict(edges), 0
    for v in order:
        before = [j for j, i in left if i == v]
        after = [i for j, i in left if j == v]
        for j, i in product(before, after):
            left[j, i] = left.get((j, i), 0.0) + left[v, i] * left[j, v]
            count += 1
        left = {edge: c for edge, c in left.items() if v not in edge}
    return left, count


def greedy(edges: Edges, inner: Sequence[int]) -> list[int]:
    """Always the vertex that takes the fewest multiplications now (Markowitz's rule); the first of several."""
    left, waiting, order = dict(edges), list(inner), []
    while waiting:
        v = min(waiting, key=lambda v: sum(i == v for _, i in left) * sum(j == v for j, _ in left))
        left, _ = eliminate(left, [v])
        waiting.remove(v)
        order.append(v)
    return order


def best(edges: Edges, inner: Sequence[int]) -> list[int]:
    """An order with the fewest multiplications: over all sets of eliminated vertices, the smaller ones first.

    What a set leaves does not depend on the order within it, so each set needs to know its best last vertex alone.
    """
    found: dict[frozenset[int], tuple[int, list[int]]] = {frozenset(): (0, [])}
    for _ in inner:
        larger: dict[frozenset[int], tuple[int, list[int]]] = {}
        for gone, (count, order) in found.items():
            left, _ = eliminate(edges, order)
            for v in inner:
                if v in gone:
                    continue
                cost = count + sum(i == v for _, i in left) * sum(j == v for j, _ in left)
                key = gone | {v}
                if key not in larger or cost < larger[key][0]:
                    larger[key] = (cost, [*order, v])
        found = larger
    return next(iter(found.values()))[1]

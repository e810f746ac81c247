"""Which layer each node stands in, and the lanes of the edges that pass layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(slots=True)
class Lanes:
    """The graph with a vertex for every layer that an edge passes; the first vertices are the nodes."""

    nodes: int
    layer: list[int]
    above: list[list[int]]  # neighbours one layer up
    below: list[list[int]]
    ports: list[list[float]]  # of each neighbour below, in step with `below`: where the edge enters it, -1/2 to 1/2
    chains: list[list[int]]  # of each edge: the vertices from its source to its target

    def passing(self, v: int) -> bool:
        """Whether a vertex is only a place where an edge passes."""
        return v >= self.nodes


def assign_layers(count: int, edges: Sequence[tuple[int, int]], top: Sequence[int], bottom: Sequence[int]) -> list[int]:
    """Longest path from the top; then down wherever that makes the edges shorter in sum."""
    operands: list[list[int]] = [[] for _ in range(count)]
    readers: list[list[int]] = [[] for _ in range(count)]
    for j, i in edges:
        operands[i].append(j)
        readers[j].append(i)
    layer = [0] * count
    for i in range(count):
        layer[i] = 1 + max([layer[j] for j in operands[i]], default=-1)
    last = max(layer, default=0)
    for i in bottom:
        if operands[i] and not readers[i]:
            layer[i] = last
    held = set(top)
    for i in range(count - 1, -1, -1):
        if i not in held and len(readers[i]) > len(operands[i]):
            layer[i] = min([layer[k] for k in readers[i]]) - 1
    return layer


def open_lanes(node_layers: Sequence[int], edges: Sequence[tuple[int, int]], ordered: Sequence[bool]) -> Lanes:
    """Cut every edge into segments from one layer to the next."""
    count = len(node_layers)
    graph = Lanes(count, list(node_layers), [[] for _ in range(count)], [[] for _ in range(count)], [], [])
    graph.ports = [[] for _ in range(count)]
    for (j, i), port in zip(edges, entry_ports(edges, ordered), strict=True):
        chain = [j]
        for k in range(node_layers[j] + 1, node_layers[i]):
            chain.append(len(graph.layer))
            graph.layer.append(k)
            graph.above.append([])
            graph.below.append([])
            graph.ports.append([])
        chain.append(i)
        for u, v in pairwise(chain):
            graph.below[u].append(v)
            graph.ports[u].append(port if v == i else 0.0)
            graph.above[v].append(u)
        graph.chains.append(chain)
    return graph


def entry_ports(edges: Sequence[tuple[int, int]], ordered: Sequence[bool]) -> list[float]:
    """Where each edge enters its target, from -1/2 to 1/2; 0 where the order of operands does not matter."""
    arity = [0] * len(ordered)
    for _, i in edges:
        arity[i] += 1
    seen = [0] * len(ordered)
    ports = []
    for _, i in edges:
        seen[i] += 1
        ports.append((seen[i] - 0.5) / arity[i] - 0.5 if ordered[i] else 0.0)
    return ports


def places(rows: Sequence[Sequence[int]], count: int) -> list[int]:
    """The place of each vertex within its layer."""
    place = [0] * count
    for row in rows:
        for p, v in enumerate(row):
            place[v] = p
    return place

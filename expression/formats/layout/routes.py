"""The heights of the layers, and the points that each edge leads through."""

from collections.abc import Sequence

from expression.formats.layout.layers import Lanes

Point = tuple[float, float]

LAYER_GAP = 44.0  # between layers, and more where edges run far to the side
SLOPE = 0.1  # of an edge's sideways way is added to the gap that it crosses
PORT_GAP = 18.0  # between the places where operands come in
APPROACH = 7.0  # the last bit of an edge is straight, for its arrow head
LEAVING_GAP = 11.0  # between the places where edges leave


def stack(
    graph: Lanes, rows: Sequence[Sequence[int]], x: Sequence[float], sizes: Sequence[tuple[float, float]]
) -> tuple[list[float], list[float]]:
    """The top and the height of each layer; gaps grow where edges run far to the side."""
    tops: list[float] = []
    heights: list[float] = []
    y = 0.0
    for row in rows:
        tops.append(y)
        heights.append(max([sizes[v][1] for v in row if not graph.passing(v)], default=0.0))
        farthest = max([abs(x[u] - x[w]) for u in row for w in graph.below[u]], default=0.0)
        y += heights[-1] + LAYER_GAP + SLOPE * min(farthest, 400.0)
    return tops, heights


def route(
    graph: Lanes,
    edges: Sequence[tuple[int, int]],
    ordered: Sequence[bool],
    x: Sequence[float],
    centres: Sequence[Point],
    sizes: Sequence[tuple[float, float]],
    bands: Sequence[Point],
) -> tuple[tuple[Point, ...], ...]:
    """The points of each edge, from the bottom of its source to the top of its target."""
    leaving: list[list[int]] = [[] for _ in sizes]
    entering: list[list[int]] = [[] for _ in sizes]
    for k, (j, i) in enumerate(edges):
        leaving[j].append(k)
        entering[i].append(k)
    starts, ends = [0.0] * len(edges), [0.0] * len(edges)
    for v in range(len(sizes)):
        leaving[v].sort(key=lambda k: x[graph.chains[k][1]])
        if not ordered[v]:
            entering[v].sort(key=lambda k: x[graph.chains[k][-2]])
        for group, where, gap in ((leaving[v], starts, LEAVING_GAP), (entering[v], ends, PORT_GAP)):
            gap = min(gap, (sizes[v][0] - 16) / max(len(group) - 1, 1))
            for p, k in enumerate(group):
                where[k] = x[v] + (p - (len(group) - 1) / 2) * gap
    routes = []
    for k, (j, i) in enumerate(edges):
        points = [(starts[k], centres[j][1] + sizes[j][1] / 2), (starts[k], bands[graph.layer[j]][1])]
        for v in graph.chains[k][1:-1]:
            points += [(x[v], y) for y in bands[graph.layer[v]]]
        points += [(ends[k], bands[graph.layer[i]][0] - APPROACH), (ends[k], centres[i][1] - sizes[i][1] / 2)]
        routes.append(tuple(points))
    return tuple(routes)

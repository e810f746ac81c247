"""Horizontal coordinates after Brandes and Koepf, "Fast and simple horizontal coordinate assignment" (2002).

Four times, every vertex is hung on the median of its neighbours in the next layer, and the blocks that arise are
pushed together: upwards and downwards, from the left and from the right. The mean of the middle two is symmetric
where the graph is, and long edges run straight.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from expression.formats.layout.layers import Lanes, places

NODE_GAP = 26.0  # between boxes of a layer
LANE_GAP = 14.0  # beside a passing edge


def coordinates(graph: Lanes, rows: Sequence[Sequence[int]], widths: Sequence[float]) -> list[float]:
    """Brandes and Koepf: align blocks upwards and downwards, from the left and from the right, and take the mean."""
    crossed = conflicts(graph, rows)
    candidates: list[list[float]] = []
    for upwards in (True, False):
        for mirrored in (False, True):
            table = [list(reversed(row)) if mirrored else list(row) for row in rows]
            if not upwards:
                table.reverse()
            root = align(graph, table, graph.above if upwards else graph.below, crossed)
            x = compact(graph, table, root, widths)
            candidates.append([-a for a in x] if mirrored else x)
    ends = [
        (min([a - w / 2 for a, w in zip(x, widths, strict=True)], default=0.0),
         max([a + w / 2 for a, w in zip(x, widths, strict=True)], default=0.0))
        for x in candidates
    ]  # fmt: skip
    low, high = min(ends, key=lambda end: end[1] - end[0])
    for k, (x, (first, last)) in enumerate(zip(candidates, ends, strict=True)):
        shift = high - last if k % 2 else low - first
        candidates[k] = [a + shift for a in x]
    return [sum(sorted(four)[1:3]) / 2 for four in zip(*candidates, strict=True)]


def conflicts(graph: Lanes, rows: Sequence[Sequence[int]]) -> set[tuple[int, int]]:
    """Segments that cross the inside of a long edge, and must give way to it (type 1 conflicts)."""
    place = places(rows, len(graph.layer))
    found = set()
    for upper, row in pairwise(rows):
        start, low = 0, 0
        for p, v in enumerate(row):
            inner = next((u for u in graph.above[v] if graph.passing(v) and graph.passing(u)), None)
            if inner is None and p + 1 < len(row):
                continue
            high = len(upper) - 1 if inner is None else place[inner]
            for w in row[start : p + 1]:
                for u in graph.above[w]:
                    crosses = not low <= place[u] <= high
                    if crosses and not (graph.passing(u) and graph.passing(w)):
                        found.add((u, w))
            start, low = p + 1, high
    return found


def align(
    graph: Lanes, table: Sequence[Sequence[int]], neighbours: Sequence[Sequence[int]], crossed: set[tuple[int, int]]
) -> list[int]:
    """Hang each vertex on its median neighbour, without crossings; the root of each vertex's block."""
    place = places(table, len(graph.layer))
    root = list(range(len(graph.layer)))
    taken = [False] * len(graph.layer)
    for row in table:
        reached = -1
        for v in row:
            around = sorted(neighbours[v], key=lambda u: place[u])
            for m in sorted({(len(around) - 1) // 2, len(around) // 2}) if around else ():
                u = around[m]
                free = root[v] == v and not taken[u] and reached < place[u]
                if free and (u, v) not in crossed and (v, u) not in crossed:
                    root[v], taken[u], reached = root[u], True, place[u]
    return root


def compact(graph: Lanes, table: Sequence[Sequence[int]], root: Sequence[int], widths: Sequence[float]) -> list[float]:
    """Push all blocks as far to the left as their distances allow, then back to the right where that is free."""
    gaps: dict[int, dict[int, float]] = {}  # block -> block to its right -> distance
    behind: dict[int, int] = {}
    for row in table:
        for u, v in pairwise(row):
            gap = LANE_GAP if graph.passing(u) or graph.passing(v) else NODE_GAP
            distance = widths[u] / 2 + gap + widths[v] / 2
            right = gaps.setdefault(root[u], {})
            if root[v] not in right:
                behind[root[v]] = behind.get(root[v], 0) + 1
            right[root[v]] = max(right.get(root[v], 0.0), distance)
    blocks = list(dict.fromkeys(root))
    x = dict.fromkeys(blocks, 0.0)
    sequence = [b for b in blocks if not behind.get(b)]
    for b in sequence:  # grows while it is read: topological order
        for c, distance in gaps.get(b, {}).items():
            x[c] = max(x[c], x[b] + distance)
            behind[c] -= 1
            if not behind[c]:
                sequence.append(c)
    for b in reversed(sequence):
        room = min([x[c] - distance for c, distance in gaps.get(b, {}).items()], default=inf)
        x[b] = max(x[b], room) if room < inf else x[b]
    return [x[b] for b in root]

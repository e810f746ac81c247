"""The order within the layers: barycentre sweeps and exchanges of neighbours, until few edges cross."""

from bisect import bisect_right, insort
from collections.abc import Sequence

from expression.formats.layout.layers import Lanes, places

SWEEPS = 24
PATIENCE = 6  # sweeps without a better order


def order_rows(graph: Lanes) -> list[list[int]]:
    """The vertices of each layer from left to right, with few crossings."""
    rows: list[list[int]] = [[] for _ in range(max(graph.layer, default=-1) + 1)]
    for v, k in enumerate(graph.layer):
        rows[k].append(v)
    best, fewest = [list(row) for row in rows], count_crossings(graph, rows)
    stale = 0
    for sweep in range(SWEEPS):
        if fewest == 0 or stale == PATIENCE:
            break
        sort_by_barycentre(graph, rows, downwards=sweep % 2 == 0, mirrored=sweep % 4 > 1)
        exchange_neighbours(graph, rows)
        found = count_crossings(graph, rows)
        stale += 1
        if found < fewest:
            best, fewest, stale = [list(row) for row in rows], found, 0
    return best


def count_crossings(graph: Lanes, rows: Sequence[Sequence[int]]) -> int:
    """Pairs of segments that cross."""
    place = places(rows, len(graph.layer))
    crossings = 0
    for row in rows[:-1]:
        ends: list[float] = []
        for u in row:
            for end in sorted([place[w] + port for w, port in zip(graph.below[u], graph.ports[u], strict=True)]):
                crossings += len(ends) - bisect_right(ends, end)
                insort(ends, end)
    return crossings


def sort_by_barycentre(graph: Lanes, rows: list[list[int]], downwards: bool, mirrored: bool) -> None:
    """Bring every layer into the order of its neighbours' mean places; what has no neighbours keeps its place."""
    place = places(rows, len(graph.layer))
    for row in rows if downwards else reversed(rows):
        means: dict[int, float] = {}
        for v in row:
            if downwards:
                ends = [float(place[u]) for u in graph.above[v]]
            else:
                ends = [place[w] + port for w, port in zip(graph.below[v], graph.ports[v], strict=True)]
            if ends:
                means[v] = sum(ends) / len(ends)
        sign = -1 if mirrored else 1  # ties are broken to the left in one sweep, to the right in another
        moving = iter(sorted(means, key=lambda v: (means[v], sign * place[v])))
        row[:] = [next(moving) if v in means else v for v in row]
        for p, v in enumerate(row):
            place[v] = p


def exchange_neighbours(graph: Lanes, rows: list[list[int]]) -> None:
    """Swap neighbours as long as that removes crossings, one pass over each layer."""
    place = places(rows, len(graph.layer))
    for row in rows:
        for p in range(len(row) - 1):
            u, v = row[p], row[p + 1]
            as_it_is = pair_crossings(graph, place, u, v)
            if as_it_is and pair_crossings(graph, place, v, u) < as_it_is:
                row[p], row[p + 1] = v, u
                place[u], place[v] = p + 1, p


def pair_crossings(graph: Lanes, place: Sequence[int], u: int, v: int) -> int:
    """Crossings of the segments of two neighbours in a layer when u stands left of v."""
    over = [(place[a], place[b]) for a in graph.above[u] for b in graph.above[v]]
    under = [
        (place[a] + s, place[b] + t)
        for a, s in zip(graph.below[u], graph.ports[u], strict=True)
        for b, t in zip(graph.below[v], graph.ports[v], strict=True)
    ]
    return sum(a > b for a, b in over) + sum(a > b for a, b in under)

"""The layered layout of a graph after Sugiyama, Tagawa and Toda (1981): leaves on top, outputs at the bottom.

    layers        longest path; what has more readers than operands then moves down to its first reader
    lanes         an edge that passes layers gets a place in each of them, so that it never runs through a box
    order         barycentre sweeps and exchanges of neighbours; the order with the fewest crossings is kept
    coordinates   Brandes and Koepf (2002): the mean of four alignments, in which long edges run straight
    routes        curves between the layers, straight vertical lines through them

Everything is plain Python over lists: the same graph gives the same coordinates on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from expression.formats.layout.coordinates import coordinates
from expression.formats.layout.layers import assign_layers, open_lanes
from expression.formats.layout.order import order_rows
from expression.formats.layout.routes import PORT_GAP, Point, route, stack


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands: a centre for each node, a polyline for each edge, and the size of it all.

    A route has an even number of points: straight vertical lines lead from the 1st to the 2nd, the 3rd to the 4th and
    so on, through the layers, and curves from the 2nd to the 3rd, the 4th to the 5th and so on, between them.
    """

    layers: tuple[int, ...]
    centres: tuple[Point, ...]
    routes: tuple[tuple[Point, ...], ...]
    width: float
    height: float


def layered(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[tuple[int, int]],
    ordered: Sequence[bool],
    top: Sequence[int] = (),
    bottom: Sequence[int] = (),
) -> Layout:
    """Lay out a graph whose nodes have sizes (width, height) and whose edges lead from lower to higher numbers.

    `ordered` says of each node whether its operands must enter in their order; nodes in `top` stay in the first
    layer, nodes in `bottom` that nobody reads go to the last.

    >>> layout = layered([(40, 20)] * 3, [(0, 2), (1, 2)], [True] * 3)
    >>> layout.layers
    (0, 0, 1)
    >>> [x for x, y in layout.centres]
    [20.0, 86.0, 53.0]
    """
    layer = assign_layers(len(sizes), edges, top, bottom)
    graph = open_lanes(layer, edges, ordered)
    rows = order_rows(graph)
    widths = [sizes[v][0] if v < len(sizes) else 0.0 for v in range(len(graph.layer))]
    x = coordinates(graph, rows, widths)
    left = min((x[v] - widths[v] / 2 for v in range(len(x))), default=0.0)
    right = max((x[v] + widths[v] / 2 for v in range(len(x))), default=0.0)
    x = [a - left for a in x]
    tops, heights = stack(graph, rows, x, sizes)
    centres = tuple((x[v], tops[k] + heights[k] / 2) for v, k in enumerate(layer))
    bands = [(t, t + h) for t, h in zip(tops, heights, strict=True)]
    routes = route(graph, edges, ordered, x, centres, sizes, bands)
    return Layout(tuple(layer), centres, routes, right - left, bands[-1][1] if bands else 0.0)


__all__ = ["PORT_GAP", "Layout", "Point", "layered"]

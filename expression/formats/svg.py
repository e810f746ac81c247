"""A picture of the graph as SVG, laid out here: no program and no library is asked.

A role is told by shape and border as well as by colour (Okabe and Ito's palette, safe for the colour-blind):

    input         pill                 blue
    parameter     hexagon              orange, thick border
    constant      sharp rectangle      grey, dashed border
    intermediate  rounded rectangle    black, thin border
    output        double border        vermilion

Every group of a node carries `data-node` and `data-role`, every edge `data-from`, `data-to` and `data-operand`.
Styles are attributes, not CSS, so that pictures on one page leave each other alone.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from expression.errors import SizeLimitError
from expression.formats.labels import label_of, legal, result_labels, shortened, text_width
from expression.formats.layout import PORT_GAP, Layout, Point, layered
from expression.formats.listing import right_side, shape_text
from expression.measures import tree_sizes
from expression.nodes import Expression

MAX_NODES = 200  # more than that is no picture that anybody reads

INK, PAPER, MUTED, LINE = "#1a1a1a", "#ffffff", "#595959", "#4d4d4d"
FONT = "DejaVu Sans, Verdana, Arial, sans-serif"
LARGE, SMALL, TINY = 15.0, 10.0, 9.0
TEXT_TOP, LINE_HEIGHT = 28.0, 14.0  # height of the large text, and of every line below it
MARGIN = 18.0
LEGEND_GAP = 26.0
HEAD = 8.0  # length of an arrow head
SLANT = 10.0  # of a hexagon's sides
INSIDE = 15.0  # an edge begins behind its box, whose border may be round
RING = 4.0  # from an output's border to its second border


class Style(NamedTuple):
    """How the nodes of a role look."""

    corner: str  # "pill", "hexagon", "sharp" or "round"
    fill: str
    border: str
    thickness: float
    dashes: str = ""
    ring: bool = False


STYLES = {
    "input": Style("pill", "#dcebf7", "#0072b2", 2.0),
    "parameter": Style("hexagon", "#fcefd2", "#e69f00", 3.0),
    "constant": Style("sharp", "#f0f0f0", "#6e6e6e", 1.5, "5 3"),
    "intermediate": Style("round", "#ffffff", "#1a1a1a", 1.2),
    "output": Style("round", "#fbe3d4", "#d55e00", 2.0, ring=True),
}


class Box(NamedTuple):
    """One node as it is drawn."""

    role: str
    texts: tuple[str, ...]  # the first is large, the others stand below it in small type
    tooltip: str
    style: Style
    width: float
    height: float


class Drawn(NamedTuple):
    """What is drawn: the node of the list that each box shows, and the boxes that each box reads."""

    positions: Sequence[int]
    operands: Sequence[Sequence[int]]
    top: Sequence[int] = ()  # boxes that stay in the first layer
    bottom: Sequence[int] = ()  # boxes that go to the last


def as_graph(e: Expression) -> Drawn:
    """A box for each node of the list.

    Raises SizeLimitError beyond MAX_NODES.
    """
    if len(e.nodes) > MAX_NODES:
        raise SizeLimitError(
            f"to_svg: the expression has {len(e.nodes)} nodes, a picture at most {MAX_NODES}; print(e) lists them all"
        )
    top = [i.position for i in e.inputs if i.role == "input"]
    return Drawn(range(len(e.nodes)), [node.operands for node in e.nodes], top, e.outputs)


def as_tree(e: Expression) -> Drawn:
    """A box for each reading of a node: nothing is shared, so a node that is read twice stands there twice.

    Raises SizeLimitError beyond MAX_NODES.
    """
    size = sum(tree_sizes(e, e.outputs)[j] for j in e.outputs)
    if size > MAX_NODES:
        raise SizeLimitError(f"to_svg: the tree has more than {MAX_NODES} nodes, too many for a picture; draw the DAG")
    shown, reads = list(e.outputs), []
    for position in shown:  # grows while it is read: readers first, and from right to left
        operands = e.nodes[position].operands[::-1]
        reads.append(range(len(shown) + len(operands) - 1, len(shown) - 1, -1))
        shown += operands
    last = len(shown) - 1
    return Drawn(shown[::-1], [[last - k for k in operands] for operands in reversed(reads)])


def to_svg(e: Expression, *, tree: bool = False) -> str:
    """The graph as an SVG document: data flows from the leaves on top down to the outputs.

    With `tree`, nothing is shared: a node stands there as often as it is read. Where the order of operands matters,
    small numbers at the arrow heads tell it. Pointing at a node shows its line of the listing and the line of the
    source that it comes from.

    Raises SizeLimitError beyond MAX_NODES.

    >>> from expression import trace
    >>> e = trace(lambda x, y: x * y + x, 2.0, 5.0)
    >>> picture, tree = to_svg(e), to_svg(e, tree=True)
    >>> picture[:5], picture.count("data-role="), picture.count("data-operand="), tree.count("data-role=")
    ('<svg ', 4, 4, 5)
    """
    drawn = as_tree(e) if tree else as_graph(e)
    results = result_labels(e)
    boxes = [make_box(e, position, results.get(position, "")) for position in drawn.positions]
    edges = [(j, i) for i, operands in enumerate(drawn.operands) for j in operands]
    ordered = [len(e.nodes[k].operands) > 1 and not e.nodes[k].operation.commutative for k in drawn.positions]
    layout = layered([(box.width, box.height) for box in boxes], edges, ordered, drawn.top, drawn.bottom)
    shown = {box.role for box in boxes} | ({"output"} if e.outputs else set())
    legend, legend_width, legend_height = draw_legend([role for role in STYLES if role in shown], layout.width)
    width = max(layout.width, legend_width) + 2 * MARGIN
    height = layout.height + LEGEND_GAP + legend_height + 2 * MARGIN
    title, summary = describe(e, boxes, "Tree" if tree else "Graph")

    picture = Element(
        "svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {number(width)} {number(height)}"}
    )
    picture.attrib |= attributes(width=width, height=height, role="img", aria_label=title, font_family=FONT)
    picture.attrib |= attributes(style="max-width: 100%; height: auto")
    draw(picture, "title", title)
    draw(picture, "desc", summary)
    draw(picture, "rect", width=width, height=height, rx=8.0, fill=PAPER, stroke="#d0d0d0")
    graph = draw(picture, "g", transform=shift((width - layout.width) / 2, MARGIN))
    draw_edges(graph, drawn, edges, layout)
    draw_heads(graph, drawn, ordered, layout)
    for position, box, centre in zip(drawn.positions, boxes, layout.centres, strict=True):
        draw_node(graph, position, box, centre)
    legend.attrib |= attributes(transform=shift(MARGIN, MARGIN + layout.height + LEGEND_GAP))
    picture.append(legend)
    ElementTree.indent(picture, "")
    return ElementTree.tostring(picture, encoding="unicode") + "\n"


def make_box(e: Expression, position: int, result: str) -> Box:
    """Role, texts and size of a node."""
    node = e.nodes[position]
    role = e.role(position)
    named = next((f"{i.role} {i.name}" for i in e.inputs if i.position == position), "")
    style = STYLES[role]._replace(ring=position in e.outputs)
    label, detail = shortened(label_of(node, named.partition(" ")[2])), shortened(f"v{position}{shape_text(node)}")
    texts = (label, detail, result) if result else (label, detail)
    tooltip = f"v{position} = {right_side(node, named)}" + (f"\n{node.line}" if node.line else "")
    border = 2 * RING if style.ring else 0.0
    height = TEXT_TOP + LINE_HEIGHT * (len(texts) - 1) + border
    inside = max(text_width(label, LARGE), *[text_width(t, SMALL) for t in texts[1:]]) + 14
    beside = {"pill": 14, "hexagon": 20}.get(style.corner, 0) + border
    ports = PORT_GAP * len(node.operands) + 8
    return Box(role, texts, tooltip, style, max(inside + beside, ports, height), height)


def describe(e: Expression, boxes: Sequence[Box], form: str) -> tuple[str, str]:
    """The accessible name, and the listing for those who cannot see the picture."""
    arguments = ", ".join(shortened(i.name) for i in e.inputs[:8]) + (", ..." if len(e.inputs) > 8 else "")
    roles = [box.role for box in boxes]
    counts = ", ".join(f"{roles.count(r)} {r}{'s' if roles.count(r) > 1 else ''}" for r in STYLES if r in roles)
    outputs = ", ".join(f"v{j}" for j in e.outputs)
    title = f"{form} of an expression of {arguments or 'nothing'}: {counts}"
    return title, "\n".join([*(box.tooltip.partition("\n")[0] for box in boxes), f"outputs: {outputs}"])


# -- what is drawn -----------------------------------------------------------------------------------------------------


def number(x: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{round(x, 1) + 0.0:.1f}".removesuffix(".0")


def attributes(**values: str | float) -> dict[str, str]:
    """Attributes as XML has them: hyphens for underscores, short numbers, no forbidden characters."""
    return {name.replace("_", "-"): legal(x) if isinstance(x, str) else number(x) for name, x in values.items()}


def draw(parent: Element, tag: str, text: str = "", **values: str | float) -> Element:
    """Add an element."""
    element = SubElement(parent, tag, attributes(**values))
    if text:
        element.text = legal(text)
    return element


def shift(x: float, y: float) -> str:
    """Move a group."""
    return f"translate({number(x)} {number(y)})"


def polygon(points: Sequence[Point]) -> str:
    """The points of a polygon."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def draw_edges(graph: Element, drawn: Drawn, edges: Sequence[tuple[int, int]], layout: Layout) -> None:
    """One path an operand."""
    group = draw(graph, "g", fill="none", stroke=LINE, stroke_width=1.4)
    seen = [0] * len(drawn.positions)
    for (j, i), points in zip(edges, layout.routes, strict=True):
        seen[i] += 1
        ends = {"data_from": f"{drawn.positions[j]}", "data_to": f"{drawn.positions[i]}"}
        draw(group, "path", **ends, data_operand=f"{seen[i]}", d=curve(points))


def curve(points: Sequence[Point]) -> str:
    """Straight through the layers, smooth between them; it ends inside the arrow head."""
    stops = [*points[:-1], (points[-1][0], points[-1][1] - HEAD / 2)]
    x, y = stops[0]
    parts = [f"M{number(x)} {number(y - INSIDE)}"]
    for k, ((x, y), (u, v)) in enumerate(pairwise(stops)):
        middle = number((y + v) / 2)
        if k % 2 == 1 and number(x) != number(u):
            parts.append(f"C{number(x)} {middle} {number(u)} {middle} {number(u)} {number(v)}")
            continue
        if parts[-1][0] == "V":  # straight on: one line instead of two
            parts.pop()
        parts.append(f"V{number(v)}")
    return "".join(parts)


def draw_heads(graph: Element, drawn: Drawn, ordered: Sequence[bool], layout: Layout) -> None:
    """Arrow heads, and the numbers of operands where their order matters."""
    heads = draw(graph, "g", fill=LINE)
    numbers = draw(graph, "g", fill=MUTED, font_size=TINY, text_anchor="end")
    ends = iter(layout.routes)
    for i, operands in enumerate(drawn.operands):
        for operand in range(1, len(operands) + 1):
            x, y = next(ends)[-1]
            draw(heads, "polygon", points=polygon([(x, y), (x - 3.5, y - HEAD), (x + 3.5, y - HEAD)]))
            if ordered[i]:
                draw(numbers, "text", f"{operand}", x=x - 5, y=y - 4)


def draw_node(graph: Element, position: int, box: Box, centre: Point) -> None:
    """A group of a tooltip, the shape, a second border for an output, and the texts."""
    x, y = centre
    group = draw(graph, "g", data_node=f"{position}", data_role=box.role, text_anchor="middle")
    draw(group, "title", box.tooltip)
    draw_shape(group, box.style, x, y, box.width, box.height)
    baseline = y - LINE_HEIGHT * (len(box.texts) - 1) / 2 + 8
    draw(group, "text", box.texts[0], x=x, y=baseline, font_size=LARGE, fill=INK)
    for k, text in enumerate(box.texts[1:], 1):
        draw(group, "text", text, x=x, y=baseline + k * LINE_HEIGHT, font_size=SMALL, fill=MUTED)


def draw_shape(group: Element, style: Style, x: float, y: float, width: float, height: float) -> None:
    """The border of a node, and inside it a second one where the style has a ring."""
    shape = draw_outline(group, style.corner, x, y, width, height)
    shape.attrib |= attributes(fill=style.fill, stroke=style.border, stroke_width=style.thickness)
    if style.dashes:
        shape.attrib |= attributes(stroke_dasharray=style.dashes)
    if style.ring:
        ring = draw_outline(group, style.corner, x, y, width - 2 * RING, height - 2 * RING)
        ring.attrib |= attributes(data_ring="", fill="none", stroke=STYLES["output"].border, stroke_width=1.2)


def draw_outline(group: Element, corner: str, x: float, y: float, width: float, height: float) -> Element:
    """A shape without its paint, centred at (x, y)."""
    left, top, right, low = x - width / 2, y - height / 2, x + width / 2, y + height / 2
    if corner == "hexagon":
        upper, lower = (right - SLANT, top), (right - SLANT, low)
        corners = [(left, y), (left + SLANT, top), upper, (right, y), lower, (left + SLANT, low)]
        return draw(group, "polygon", points=polygon(corners))
    radius = {"pill": height / 2, "sharp": 0.0, "round": 8.0}[corner]
    return draw(group, "rect", x=left, y=top, width=width, height=height, rx=radius)


def draw_legend(roles: Sequence[str], room: float) -> tuple[Element, float, float]:
    """What the shapes mean, in as many columns as the width allows; with the width and height that it takes."""
    legend = Element("g", attributes(data_legend=""))
    column = 56 + max([text_width(role, SMALL) for role in roles], default=0.0)
    columns = max(2, int(room / column))
    for k, role in enumerate(roles):
        x, y = column * (k % columns), 10.0 + 26 * (k // columns)
        draw_shape(legend, STYLES[role], x + 17, y, 34, 18)
        draw(legend, "text", role, x=x + 42, y=y + 3.5, font_size=SMALL, fill=INK)
    return legend, column * min(columns, len(roles)) - 14, 26.0 * -(-len(roles) // columns)

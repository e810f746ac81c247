"""The picture: well-formed, complete, honest about roles and operands, and nothing overlaps."""

import pickle
import re
import subprocess
import sys
from collections import Counter
from itertools import combinations, pairwise
from string import printable
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expression import SizeLimitError, measure, parse, trace
from expression.formats.labels import text_width
from expression.formats.layout import layered
from expression.formats.layout.layers import assign_layers, open_lanes, places
from expression.formats.layout.order import count_crossings, order_rows
from expression.formats.svg import MAX_NODES, STYLES, to_svg
from expression.tracing import Trace

FLOAT = np.dtype(float)
ROUNDING = 0.11  # coordinates are written with one decimal: 0.05 at each of two ends
ROLES = ("input", "parameter", "constant", "intermediate", "output")


def logistic(x, n=4):
    for _ in range(n - 1):
        x = 4 * x * (1 - x)
    return x


def chain(x):
    for _ in range(59):
        x = np.sin(x)
    return x


def perceptron(params, x, y):
    hidden = np.tanh(x @ params["W1"] + params["b1"])
    return np.mean((hidden @ params["W2"] - y) ** 2)


def diamond(x):
    return np.sin(x) * np.cos(x)


def several(x, y):
    choice = np.where(x > y, x**y, y - x)
    return choice, {"scaled": x * 2.5, "larger": np.maximum(choice, x)}


def everything(x):
    parts = [x[0], x[1:3], x[::2][:1]]
    return np.concatenate([np.reshape(parts[0], (1,)), *parts[1:], x, x]).sum() + np.ones(5) @ x


PARAMETERS = {"W1": np.ones((3, 8)), "b1": np.ones(8), "W2": np.ones((8, 1))}
EXAMPLES = {
    "log(x) + x*y - sin(y)": trace(lambda x, y: np.log(x) + x * y - np.sin(y), 2.0, 5.0),
    "logistic map": trace(logistic, 0.3),
    "perceptron": trace(perceptron, PARAMETERS, np.ones((16, 3)), np.ones((16, 1)), parameters=("params",)),
    "diamond": trace(diamond, 1.0),
    "square": trace(lambda x: x * x, 1.0),
    "chain of 60 nodes": trace(chain, 1.0),
    "several outputs": trace(several, 1.0, 2.0),
    "input as output": trace(lambda x: x, 1.0),
    "constant as output": trace(lambda x: 3.0, 1.0),
    "unread input": trace(lambda x, y: np.exp(x), 1.0, 1.0),
    "slices and a vector": trace(everything, np.ones(5)),
}
EACH = pytest.mark.parametrize("e", EXAMPLES.values(), ids=EXAMPLES)


def build(names, result=lambda leaves: leaves[0]):
    """An expression with inputs of any names."""
    recording = Trace()
    leaves = [recording.input(name, (), FLOAT) for name in names]
    return recording.expression(tuple(leaves), result(leaves))


def parsed(e):
    """The picture as an XML tree without namespaces."""
    root = ElementTree.fromstring(to_svg(e))
    for element in root.iter():
        element.tag = element.tag.removeprefix("{http://www.w3.org/2000/svg}")
    return root


def node_groups(root):
    """The groups of the nodes, in the order of the list."""
    groups = {int(g.get("data-node")): g for g in root.iter("g") if g.get("data-node") is not None}
    return [groups[k] for k in sorted(groups)]


def shapes(group):
    """The outlines in a group, rings left out."""
    return [s for s in group if s.tag in ("rect", "polygon") and s.get("data-ring") is None]


def box(group):
    """Left, top, right and bottom of a node."""
    (shape,) = shapes(group)
    if shape.tag == "polygon":
        points = [tuple(map(float, p.split(","))) for p in shape.get("points").split()]
        return (*map(min, zip(*points, strict=True)), *map(max, zip(*points, strict=True)))
    x, y, width, height = (float(shape.get(k)) for k in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def sampled(path):
    """Points along a path of M, V and C commands."""
    x = y = 0.0
    points = []
    for command, arguments in re.findall(r"([MVC])([^MVC]*)", path.get("d")):
        numbers = [float(a) for a in arguments.split()]
        if command == "M":
            x, y = numbers
            points.append((x, y))
        elif command == "V":
            points += [(x, y + t * (numbers[0] - y)) for t in np.linspace(0, 1, 21)]
            y = numbers[0]
        else:
            a, b, c, d = np.array([(x, y), numbers[:2], numbers[2:4], numbers[4:]])
            t = np.linspace(0, 1, 41)[:, None]
            curve = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            points += [tuple(p) for p in curve]
            x, y = numbers[4:]
    return points


@EACH
def test_a_picture_is_well_formed_and_says_what_it_shows(e):
    root = parsed(e)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert all(i.name in root.get("aria-label") for i in e.inputs)
    assert root.find("title").text == root.get("aria-label")
    described = root.find("desc").text.splitlines()
    listed = [" ".join(line.split()) for line in str(e).splitlines()[1:]]
    assert described == [*listed, "outputs: " + ", ".join(f"v{j}" for j in e.outputs)]


@EACH
def test_every_node_has_one_shape_its_role_its_name_and_its_line(e):
    groups = node_groups(parsed(e))
    assert len(groups) == len(e.nodes)
    names = {i.position: i.name for i in e.inputs}
    for position, (group, node) in enumerate(zip(groups, e.nodes, strict=True)):
        assert len(shapes(group)) == 1
        assert group.get("data-role") == e.role(position)
        texts = [t.text for t in group.findall("text")]
        assert texts[1].split()[0] == f"v{position}"
        if node.shape:
            assert str(list(node.shape)) in texts[1]
        if position in names:
            assert texts[0] == names[position]
        tooltip = group.find("title").text.splitlines()
        assert tooltip[0].startswith(f"v{position} = ")
        assert tooltip[1:] == ([node.line] if node.line else [])


@EACH
def test_every_operand_is_one_edge(e):
    drawn = [
        tuple(int(p.get(k)) for k in ("data-from", "data-to", "data-operand"))
        for p in parsed(e).iter("path")
    ]  # fmt: skip
    wanted = [(j, i, k) for i, node in enumerate(e.nodes) for k, j in enumerate(node.operands, 1)]
    assert Counter(drawn) == Counter(wanted)
    paths = [p.get("d") for p in parsed(e).iter("path")]
    assert len(set(paths)) == len(paths), "two edges lie on top of each other"


@EACH
def test_no_box_overlaps_another_and_all_is_inside_the_page(e):
    root = parsed(e)
    boxes = [box(g) for g in node_groups(root)]
    for a, b in combinations(boxes, 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
    width, height = float(root.get("width")), float(root.get("height"))
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    for left, top, right, bottom in boxes:
        assert left >= -ROUNDING
        assert top >= -ROUNDING
        assert right < width
        assert bottom < height


@EACH
def test_edges_flow_down_from_box_to_box_and_through_no_other(e):
    root = parsed(e)
    boxes = [box(g) for g in node_groups(root)]
    for path in root.iter("path"):
        j, i = int(path.get("data-from")), int(path.get("data-to"))
        assert boxes[j][3] < boxes[i][1]
        points = sampled(path)
        assert all(a[1] <= b[1] + ROUNDING for a, b in pairwise(points))
        (x, y), (u, v) = points[0], points[-1]
        assert boxes[j][0] < x < boxes[j][2]
        assert boxes[j][1] < y < boxes[j][3]
        assert boxes[i][0] < u < boxes[i][2]
        assert 0 < boxes[i][1] - v < 8  # where the arrow head is
        for k, (left, top, right, bottom) in enumerate(boxes):
            if k != j:
                assert not any(left < x < right and top < y < bottom for x, y in points)


def width_by_font(text, size):
    """The width of a text in DejaVu Sans, by the font that matplotlib brings along."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return (
        TextPath((0, 0), text.replace("$", r"\$"), size=size, prop=FontProperties(family="DejaVu Sans"))
        .get_extents()
        .width
    )


@EACH
def test_texts_fit_into_their_boxes(e):
    for group in node_groups(parsed(e)):
        left, _, right, _ = box(group)
        for text in group.findall("text"):
            assert width_by_font(text.text, float(text.get("font-size"))) < right - left - 4


@pytest.mark.parametrize("c", [c for c in printable if c.strip()] + list("éßΩλ∂√Σ÷≤→…"))
def test_the_estimated_width_of_a_character_is_not_below_the_fonts(c):
    assert text_width(c * 10, 15.0) >= width_by_font(c * 10, 15.0)


def appearance(style):
    """What is left of a style without its colours."""
    return style._replace(fill="", border="")


def test_roles_differ_in_shape_or_border_and_not_only_in_colour():
    assert tuple(STYLES) == ROLES
    assert len({appearance(style) for style in STYLES.values()}) == len(ROLES)
    assert len({style.border for style in STYLES.values()}) == len(ROLES)


def test_the_drawn_roles_differ_without_their_colours():
    x, w = np.ones(3), np.ones(3)
    root = parsed(trace(lambda x, w: np.sin(x * w + 2.0), x, w, parameters=("w",)))
    found = {}
    for group in node_groups(root):
        (shape,) = shapes(group)
        rounding = float(shape.get("rx", "nan")) / float(shape.get("height", "nan"))
        corner = "none" if rounding != rounding else "sharp" if rounding == 0 else "half" if rounding == 0.5 else "some"
        found[group.get("data-role")] = (shape.tag, corner, shape.get("stroke-dasharray"), len(group.findall("rect")))
    assert set(found) == set(ROLES)
    assert len(set(found.values())) == len(ROLES)


@EACH
def test_the_legend_explains_the_roles_that_occur(e):
    root = parsed(e)
    (legend,) = [g for g in root.iter("g") if g.get("data-legend") is not None]
    explained = [t.text for t in legend.findall("text")]
    occurring = {e.role(k) for k in range(len(e.nodes))} | {"output"}
    assert explained == [role for role in ROLES if role in occurring]
    assert len(shapes(legend)) == len(explained)


def test_an_output_that_is_a_leaf_has_its_second_border():
    (group,) = node_groups(parsed(EXAMPLES["input as output"]))
    assert group.get("data-role") == "input"
    assert [s.get("data-ring") for s in group.findall("rect")] == [None, ""]


@pytest.mark.parametrize(
    ("f", "numbers"),
    [
        (lambda x, y: x - y, ["1", "2"]),
        (lambda x, y: x / y, ["1", "2"]),
        (lambda x, y: x**y, ["1", "2"]),
        (lambda x, y: np.where(x > 0, x, y), ["1", "2", "1", "2", "3"]),
        (lambda x, y: x + y, []),
        (lambda x, y: x * y, []),
        (lambda x, y: np.exp(x), []),
    ],
)
def test_operands_are_numbered_where_their_order_matters(f, numbers):
    root = parsed(trace(f, 1.0, 2.0))
    graph = [g for g in root.iter("g") if g.get("text-anchor") == "end"]
    assert [t.text for g in graph for t in g.findall("text")] == numbers


def test_operands_of_a_difference_enter_from_left_to_right():
    for f in (lambda x, y: x - y, lambda x, y: y - x):
        paths = {p.get("data-operand"): sampled(p)[-1][0] for p in parsed(trace(f, 1.0, 2.0)).iter("path")}
        assert paths["1"] < paths["2"]


def test_several_outputs_say_where_the_caller_finds_them():
    texts = [t.text for g in node_groups(parsed(EXAMPLES["several outputs"])) for t in g.findall("text")[2:]]
    assert sorted(texts) == ["result[0]", "result[1]['larger']", "result[1]['scaled']"]


def test_labels_use_the_signs_of_mathematics():
    e = trace(lambda x, y: np.sqrt(x * y) - np.sum(x / y) + np.sin(x[0]), np.ones(3), np.ones(3))
    labels = Counter(g.findall("text")[0].text for g in node_groups(parsed(e)))
    minus, times = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
    assert labels == Counter(["x", "y", times, "÷", "√", "Σ", minus, "+", "sin", "[0]"])


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (0.1, "0.1"),
        (1 / 3, "0.333333"),
        (-2.5e-300, "\N{MINUS SIGN}2.5e\N{MINUS SIGN}300"),
        (np.array([1.0, 2.0]), "[1, 2]"),
        (np.arange(12.0).reshape(3, 4), "12 numbers"),
        (np.array([True, False]), "[True, False]"),
    ],
)
def test_constants_show_their_value_if_it_is_short(value, label):
    recording = Trace()
    e = recording.expression((), recording.constant(value))
    assert node_groups(parsed(e))[0].findall("text")[0].text == label


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</scrip…"),
        ("a&b", "a&b"),
        ("\"quoted' name", "\"quoted' name"),
        ("]]> -->", "]]> -->"),
        ("nul\x00 esc\x1b", "nul\ufffd esc\ufffd"),
        ("turned\u202eround", "turned\ufffdround"),
        ("half \ud800", "half \ufffd"),
        ("重み", "重み"),
        ("two\nlines", "two lines"),
        ("n" * 100, "n" * 23 + "…"),
    ],
)
def test_hostile_names_are_shown_and_never_become_markup(name, shown):
    e = build([name], lambda leaves: np.sin(leaves[0]))
    to_svg(e).encode("utf-8")
    root = parsed(e)
    assert node_groups(root)[0].findall("text")[0].text == shown
    assert shown in root.get("aria-label")
    assert root.find(".//script") is None
    assert {element.tag for element in root.iter()} <= {"svg", "g", "title", "desc", "rect", "path", "polygon", "text"}


def test_a_picture_has_the_same_bytes_each_time_and_in_each_process():
    e = EXAMPLES["perceptron"]
    assert to_svg(e) == to_svg(e) == to_svg(pickle.loads(pickle.dumps(e)))
    program = (
        "import sys, expression; sys.stdout.buffer.write("
        "expression.trace(lambda x, y: x * (y - 2.0) / (x + y * 3.0 - x * y), 1.0, 2.0).to_svg().encode())"
    )
    outputs = [
        subprocess.run([sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True)
        for seed in ("1", "2")
    ]
    assert outputs[0].stdout.startswith(b"<svg ")
    assert outputs[0].stdout == outputs[1].stdout


def test_too_large_a_graph_is_refused_with_size_limit_and_the_way_out():
    def long_chain(x, n):
        for _ in range(n - 1):
            x = np.sin(x)
        return x

    largest = trace(lambda x: long_chain(x, MAX_NODES), 1.0)
    assert len(node_groups(parsed(largest))) == MAX_NODES
    assert largest._repr_svg_() is not None
    too_large = trace(lambda x: long_chain(x, MAX_NODES + 1), 1.0)
    message = (
        f"to_svg: the expression has {MAX_NODES + 1} nodes, a picture at most {MAX_NODES}; print(e) lists them all"
    )
    with pytest.raises(SizeLimitError, match=re.escape(message)):
        too_large.to_svg()
    assert too_large._repr_svg_() is None


def test_an_empty_expression_is_an_empty_picture():
    recording = Trace()
    assert node_groups(parsed(recording.expression((), ()))) == []


# -- the layout --------------------------------------------------------------------------------------------------------


@st.composite
def graphs(draw):
    """A random expression graph: leaves, then nodes of one to three earlier operands, repetitions allowed."""
    count = draw(st.integers(1, 25))
    leaves = draw(st.integers(1, count))
    edges = []
    for i in range(leaves, count):
        operands = draw(st.lists(st.integers(0, i - 1), min_size=1, max_size=3))
        edges += [(j, i) for j in operands]
    sizes = [(draw(st.sampled_from([20.0, 60.0, 110.0])), draw(st.sampled_from([30.0, 50.0]))) for _ in range(count)]
    ordered = [draw(st.booleans()) for _ in range(count)]
    unread = sorted(set(range(count)) - {j for j, _ in edges})
    return sizes, edges, ordered, list(range(draw(st.integers(0, leaves)))), unread


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_any_graph_is_laid_out_downwards_without_overlaps(graph):
    sizes, edges, _, top, bottom = graph
    layout = layered(*graph)
    assert all(layout.layers[j] < layout.layers[i] for j, i in edges)
    assert all(layout.layers[k] == 0 for k in top)
    last = max(layout.layers)
    assert all(layout.layers[k] == last for k in bottom if any(i == k for _, i in edges))
    boxes = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for (x, y), (w, h) in zip(layout.centres, sizes, strict=True)]
    for a, b in combinations(boxes, 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]
    for left, top_side, right, low in boxes:
        assert -1e-9 <= left < right <= layout.width + 1e-9
        assert -1e-9 <= top_side < low <= layout.height + 1e-9
    for (j, i), points in zip(edges, layout.routes, strict=True):
        assert len(points) == 2 * (layout.layers[i] - layout.layers[j]) + 2
        assert points[0][1] == boxes[j][3]
        assert points[-1][1] == boxes[i][1]
        assert boxes[j][0] < points[0][0] < boxes[j][2]
        assert boxes[i][0] < points[-1][0] < boxes[i][2]
        assert all(a[1] <= b[1] for a, b in pairwise(points))
        for (x, start), (u, end) in list(pairwise(points))[2:-2:2]:  # the lanes through layers
            assert x == u
            assert not any(b[0] <= x <= b[2] and b[1] < end and start < b[3] for b in boxes)


def naive_crossings(graph, rows):
    """Crossings by comparing all pairs of segments."""
    place = places(rows, len(graph.layer))
    segments = [
        (graph.layer[u], place[u], place[w] + port)
        for u in range(len(graph.layer))
        for w, port in zip(graph.below[u], graph.ports[u], strict=True)
    ]
    return sum(a[0] == b[0] and (a[1] - b[1]) * (a[2] - b[2]) < 0 for a, b in combinations(segments, 2))


@given(graphs())
@settings(max_examples=100, deadline=None)
def test_crossings_are_counted_right_and_the_order_never_adds_any(graph):
    sizes, edges, ordered, top, bottom = graph
    lanes = open_lanes(assign_layers(len(sizes), edges, top, bottom), edges, ordered)
    listed = [[v for v, k in enumerate(lanes.layer) if k == row] for row in range(max(lanes.layer) + 1)]
    assert count_crossings(lanes, listed) == naive_crossings(lanes, listed)
    rows = order_rows(lanes)
    assert [sorted(row) for row in rows] == listed
    assert naive_crossings(lanes, rows) <= naive_crossings(lanes, listed)


@given(st.permutations(range(16)))
@settings(max_examples=30, deadline=None)
def test_a_tree_is_drawn_without_crossings(leaves):
    edges, row, count = [], list(leaves), 16
    while len(row) > 1:
        pairs = [(row[k], row[k + 1]) for k in range(0, len(row), 2)]
        row = list(range(count, count + len(pairs)))
        edges += [(j, i) for i, pair in zip(row, pairs, strict=True) for j in pair]
        count += len(pairs)
    lanes = open_lanes(assign_layers(count, edges, (), ()), edges, [False] * count)
    assert naive_crossings(lanes, order_rows(lanes)) == 0


def test_a_chain_is_a_straight_line_and_a_diamond_is_symmetric():
    chained = layered([(40, 30)] * 9, [(k, k + 1) for k in range(8)], [False] * 9)
    assert len({x for x, _ in chained.centres}) == 1
    (x, _), (left, _), (right, _), (out, _) = layered(
        [(40, 30)] * 4, [(0, 1), (0, 2), (1, 3), (2, 3)], [False] * 4
    ).centres
    assert x == out == (left + right) / 2


def test_a_long_edge_runs_straight_through_the_layers():
    layout = layered([(40, 30)] * 7, [*((k, k + 1) for k in range(6)), (0, 6)], [False] * 7)
    assert len({x for x, _ in layout.routes[-1][2:-2]}) == 1


def test_a_leaf_stands_right_above_its_first_reader_unless_it_is_held_at_the_top():
    edges = [(0, 2), (2, 3), (3, 4), (1, 4)]
    assert assign_layers(5, edges, (), ()) == [0, 2, 0 + 1, 2, 3]
    assert assign_layers(5, edges, (1,), ()) == [0, 0, 1, 2, 3]


# -- trees -------------------------------------------------------------------------------------------------------------


TREES = [name for name, e in EXAMPLES.items() if e.outputs and measure(e).tree_size <= MAX_NODES]


@pytest.mark.parametrize("name", TREES)
def test_a_tree_shows_a_node_as_often_as_it_is_read(name):
    """As many boxes as the tree has nodes, each but the outputs with exactly one reader."""
    e = EXAMPLES[name]
    root = ElementTree.fromstring(to_svg(e, tree=True))
    drawn = Counter(int(g.get("data-node")) for g in root.iter() if g.get("data-node") is not None)
    edges = Counter(
        (int(p.get("data-from")), int(p.get("data-to"))) for p in root.iter() if p.get("data-from") is not None
    )
    assert drawn.total() == measure(e).tree_size
    assert edges.total() == measure(e).tree_size - len(e.outputs)
    for (j, i), times in edges.items():
        assert times == drawn[i] * e.nodes[i].operands.count(j)


def test_operands_enter_a_tree_from_left_to_right():
    root = ElementTree.fromstring(to_svg(parse("(x - y) - (y - x)"), tree=True))
    ends = {(p.get("data-to"), p.get("data-operand")): sampled(p)[-1][0] for p in root.iter() if p.get("data-operand")}
    assert sorted({to for to, _ in ends}) == ["2", "3", "4"]
    assert all(ends[to, "1"] < ends[to, "2"] for to, _ in ends)


def test_a_tree_says_that_it_is_one_and_a_large_one_is_refused():
    assert 'aria-label="Tree of an expression of x' in to_svg(parse("x * x"), tree=True)
    assert 'aria-label="Graph of an expression of x' in to_svg(parse("x * x"))
    e = trace(logistic, 0.3)
    assert to_svg(e, tree=True) == e.to_svg(tree=True)
    with pytest.raises(SizeLimitError, match="the tree has more than 200 nodes, too many for a picture; draw the DAG"):
        to_svg(trace(lambda x: logistic(x, 8), 0.3), tree=True)


def test_a_page_shows_the_picture_itself_so_that_pointing_at_a_node_works():
    e = parse("x * y + x")
    assert e._repr_html_() == e._repr_svg_() == to_svg(e)
    assert EXAMPLES["chain of 60 nodes"]._repr_html_().count("<title>") == 61

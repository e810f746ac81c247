"""The tape player: its frames against closed forms, its page, its names, its limits and what it says when it cannot."""

import json
import math
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import autodiff.player
from autodiff import GradientTape, detect_anomaly, grad, tensor
from autodiff.player import Player
from autodiff.player.film import IN_WORDS, rule_text
from autodiff.player.nodes import MAX_NODES
from autodiff.player.page import HEIGHTS
from autodiff.player.values import ENTRIES, as_json, as_text
from expression import ArgumentError, SizeLimitError, TapeError, cond, parse, scan, trace
from expression.corpus import CORPUS
from expression.formats.svg import STYLES
from expression.operations import TABLE
from expression.structure import flatten

EPS = np.finfo(float).eps
CLOSED = 20 * EPS  # closed forms of at most ten operations, a rounding each on either side
ORDER = 1e-10  # the same sweep over a list in which equal nodes are one: thousands of sums in another order
HERE = Path(autodiff.player.__file__).parent
HOSTILE = "</script><img src=x onerror=alert(1)>&\"'${title}\u2028{0}"
BAYDIN = "log(x) + x*y - sin(y)"


def close(a, b, tolerance=CLOSED):
    assert abs(a - b) <= tolerance * max(1, abs(a) + abs(b))


def frames(player, kind):
    return [frame for frame in player.film["frames"] if frame["kind"] == kind]


def adjoints(player):
    """Node -> its adjoint when the film ends."""
    return {f.get("to", f["node"]): f["after"] for f in player.film["frames"] if "after" in f}


def as_array(value):
    return (
        np.array([float(x) for x in value["entries"]]).reshape(value["shape"])
        if isinstance(value, dict)
        else float(value)
    )


def recorded(f, *args):
    with GradientTape() as tape:
        x = tape.watch(args)
        y = f(*x)
    return tape, y


# -- frames ----------------------------------------------------------------------------------------------------------


def test_baydins_example_step_by_step():
    film = parse(BAYDIN).play(2.0, 5.0).film
    values = [2.0, 5.0, math.log(2), 10.0, math.log(2) + 10, math.sin(5), math.log(2) + 10 - math.sin(5)]
    for node, value in zip(film["nodes"], values, strict=True):
        close(node["value"], value)
    assert [f["node"] for f in film["frames"] if f["kind"] == "forward"] == list(range(7))
    # Baydin et al. (2018), table 3, read downwards: from, to, partial, contribution, sum.
    expected = [
        (6, 4, 1.0, 1.0, 1.0),
        (6, 5, -1.0, -1.0, -1.0),
        (5, 1, math.cos(5), -math.cos(5), -math.cos(5)),
        (4, 2, 1.0, 1.0, 1.0),
        (4, 3, 1.0, 1.0, 1.0),
        (3, 0, 5.0, 5.0, 5.0),
        (3, 1, 2.0, 2.0, 2.0 - math.cos(5)),
        (2, 0, 0.5, 0.5, 5.5),
    ]
    sends = [f for f in film["frames"] if f["kind"] == "send"]
    for frame, (node, to, partial, contribution, after) in zip(sends, expected, strict=True):
        assert (frame["node"], frame["to"]) == (node, to)
        close(frame["partial"], partial)
        close(frame["contribution"], contribution)
        close(frame["after"], after)
    kinds = [f["kind"] for f in film["frames"]]
    assert kinds[:8] == ["forward"] * 7 + ["seed"] and kinds[-3:] == ["arrive", "arrive", "end"]


def test_partials_are_written_in_the_names_of_the_nodes():
    film = parse("x * y / exp(x) - sqrt(y) ** 3").play(2.0, 5.0).film
    found = {(f["node"], f["operand"]): f["formula"] for f in film["frames"] if f["kind"] == "send"}
    by_name = {n["operation"]: i for i, n in enumerate(film["nodes"])}
    assert found[by_name["mul"], 0] == "v1" and found[by_name["mul"], 1] == "v0"
    assert found[by_name["exp"], 0] == f"v{by_name['exp']}"
    assert found[by_name["sqrt"], 0] == f"0.5 / v{by_name['sqrt']}"
    assert found[by_name["pow"], 0] == f"3 * v{by_name['sqrt']}**2"
    assert found[by_name["div"], 0] == f"1 / v{by_name['exp']}"


@pytest.mark.parametrize("operation", [o for o in TABLE.values() if o.partials], ids=lambda o: o.name)
def test_every_partial_of_the_table_can_be_written(operation):
    for k in range(len(operation.partials)):
        text = rule_text(operation, k, (None,) * len(operation.partials))
        assert set(re.findall(r"<(\d+)>", text)) <= set(map(str, range(len(operation.partials) + 1)))


def test_words_are_for_operations_that_exist_and_have_no_partial():
    assert all(TABLE[name].partials is None for name in IN_WORDS)


def test_what_is_kept_is_what_the_rules_read():
    film = parse("exp(x * y) + sin(x)").play(0.5, 2.0).film
    saved = {n["operation"]: n.get("saved") for n in film["nodes"]}
    places = {n["operation"]: i for i, n in enumerate(film["nodes"])}
    assert sorted(saved["mul"]) == [0, 1] and saved["add"] == [] and saved["sin"] == [0]
    assert saved["exp"] == [places["exp"]]


def test_a_fan_out_adds_up_one_contribution_after_the_other():
    tape, y = recorded(lambda x: x * x + 3.0 * x, 4.0)
    sends = [f for f in frames(tape.play(y), "send") if f["to"] == 0]
    assert [(f["contribution"], f["after"]) for f in sends] == [(3.0, 3.0), (4.0, 7.0), (4.0, 11.0)]
    assert [f["operand"] for f in sends[1:]] == [0, 1]


@pytest.mark.parametrize("case", [c for c in CORPUS.values() if not c.requires], ids=lambda case: case.name)
def test_every_frame_of_the_corpus_adds_up_and_the_last_one_shows_the_gradient(case):
    f, args = case.at()
    every = tuple(range(len(args)))
    e = trace(f, *args)
    player = e.play(*args)
    known = {}
    for frame in player.film["frames"]:
        if frame["kind"] == "seed":
            known[frame["node"]] = as_array(frame["after"])
        if frame["kind"] != "send" or not written_out(frame["after"]):
            continue
        contribution, after, to = as_array(frame["contribution"]), as_array(frame["after"]), frame["to"]
        np.testing.assert_allclose(known.get(to, 0.0) + contribution, after, rtol=CLOSED)  # one addition
        known[to] = after
        node = frame["node"]
        if node in known and written_out(frame.get("partial", {})) and not frame["summed"] and case.smooth:
            partial = as_array(frame["partial"])
            sent = known[node] * np.where((known[node] == 0) & ~np.isfinite(partial), 0.0, partial)  # no branch taken
            np.testing.assert_allclose(sent, contribution, rtol=CLOSED, atol=1e-300)  # one product, in another order
    gradient, _ = flatten(grad(f, every)(*args))
    shown = adjoints(player)
    for i, expected in zip(e.inputs, gradient, strict=True):
        if written_out(player.film["nodes"][i.position]["value"]):
            np.testing.assert_allclose(as_array(shown.get(i.position, 0.0)), expected, rtol=ORDER, atol=ORDER)


def written_out(value):
    return not isinstance(value, dict) or "entries" in value


def test_an_expression_is_shown_with_the_numbers_of_its_listing():
    e = trace(lambda x: (2.0 * x + 1.0) * np.sin(x), 0.5)
    text = str(e.play(0.5)).splitlines()
    assert [line.split()[0] for line in text] == [f"v{i}" for i in range(len(e))]
    assert [n["role"] for n in e.play(0.5).film["nodes"]] == [e.role(i) for i in range(len(e))]


def test_constants_of_a_tape_are_shown_where_they_are_read():
    tape, y = recorded(lambda x: 2.5 * x, 2.0)
    player = tape.play(y)
    assert player.film["nodes"][1]["operands"] == [{"constant": 2.5}, 0]
    assert str(player).splitlines()[1] == "v1 = 2.5 * v0  value 5  adjoint 1"


def test_a_constant_node_has_no_frame_and_no_adjoint():
    player = parse("2 * x").play(3.0)
    constant = next(i for i, n in enumerate(player.film["nodes"]) if n["role"] == "constant")
    assert constant not in {f["node"] for f in player.film["frames"]} and constant not in adjoints(player)


def test_one_output_of_several_is_played():
    e = trace(lambda x, y: (x * y, x - y), 2.0, 5.0)
    first, second = adjoints(e.play(2.0, 5.0)), adjoints(e.play(2.0, 5.0, output=1))
    assert (first[0], first[1]) == (5.0, 2.0) and (second[0], second[1]) == (1.0, -1.0)


def test_an_input_that_nothing_depends_on_has_no_adjoint():
    tape, y = recorded(lambda x, unused: np.sin(x), 1.0, 2.0)
    assert set(adjoints(tape.play(y, names=("x", "unused")))) == {0, 2}


def test_arrays_small_and_large():
    w, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((2, 50))
    tape, y = recorded(lambda w: np.sum(np.tanh(w @ x) * 2.0), w)
    film = tape.play(y).film
    assert film["nodes"][0]["value"] == {"shape": [2, 2], "entries": [1.0, 2.0, 3.0, 4.0]}
    product = film["nodes"][1]["value"]
    assert product == {"shape": [2, 50], "low": 3.0, "high": 7.0, "strange": 0}
    expected = 2 * (1 - np.tanh(w @ x) ** 2) @ x.T
    np.testing.assert_allclose(as_array(adjoints(tape.play(y))[0]), expected, rtol=1e-13)  # 50 sums of three roundings
    last = [f for f in film["frames"] if f["kind"] == "send"][-1]
    assert last["words"].startswith("the adjoint times the right factor") and "partial" not in last


def test_what_was_broadcast_is_added_up_and_says_so():
    tape, y = recorded(lambda b: np.sum(np.array([[1.0, 2.0], [3.0, 4.0]]) * b), np.array([1.0, 1.0]))
    send = frames(tape.play(y), "send")[-1]
    assert send["summed"] is True and send["contribution"] == {"shape": [2], "entries": [4.0, 6.0]}


def test_an_output_that_is_an_array_starts_from_ones():
    tape, y = recorded(lambda x: x**2, np.array([1.0, 2.0]))
    assert frames(tape.play(y), "seed")[0]["after"] == {"shape": [2], "entries": [1.0, 1.0]}


def test_loops_and_branches_are_one_node():
    def f(x):
        final, _ = scan(lambda c, _: (c * x, c), 1.0, None, length=3)
        return cond(x > 0.0, lambda v: v * 2.0, lambda v: -v, final)

    e = trace(f, 2.0)
    player = e.play(2.0)
    assert {"scan", "cond"} <= {n["operation"] for n in player.film["nodes"]}
    close(adjoints(player)[0], 24.0)


def test_nothing_is_left_on_an_outer_tape():
    with GradientTape(persistent=True) as outer:
        x = outer.watch(2.0)
        with GradientTape() as inner:
            inner.watch(x)
            y = np.sin(x) * x
        count = len(outer.steps)
        player = inner.play(y)
        assert len(outer.steps) == count
    close(adjoints(player)[0], math.sin(2) + 2 * math.cos(2))


# -- nan, infinity -----------------------------------------------------------------------------------------------------


def test_values_that_are_not_finite_are_marked_and_the_page_is_strict_json():
    player = parse("sqrt(x) * log(x)").play(0.0)
    values = [n["value"] for n in player.film["nodes"]]
    assert values == [0.0, 0.0, "-inf", "nan"]
    sends = {f["to"]: f for f in frames(player, "send")}
    assert sends[1]["after"] == "-inf" and sends[0]["after"] in ("nan", "inf", "-inf")
    json.loads(film_of(player.page()), parse_constant=lambda name: pytest.fail(name))


def test_of_a_large_array_it_is_told_how_many_entries_are_not_finite():
    x = np.arange(ENTRIES + 4.0)
    x[3], x[5] = np.nan, np.inf
    assert as_json(x) == {"shape": [ENTRIES + 4], "low": 0.0, "high": ENTRIES + 3.0, "strange": 2}
    assert as_json(np.full((7, 7), np.nan)) == {"shape": [7, 7], "strange": 49}


def test_the_branch_not_taken_contributes_zero():
    with np.errstate(divide="ignore"):
        tape, y = recorded(lambda x: np.where(x > 0.0, np.log(x), 0.0), 0.0)
    log = next(f for f in frames(tape.play(y), "send") if f["to"] == 0)
    assert (log["partial"], log["contribution"]) == ("inf", 0.0)


# -- names and lines ---------------------------------------------------------------------------------------------------


def names(player):
    return [n["name"] for n in player.film["nodes"] if n["role"] in ("input", "parameter")]


def test_leaves_have_the_names_of_the_callers_variables():
    with GradientTape() as tape:
        speed, params = tape.watch((2.0, {"W": 3.0, "b": 1.0}))
        y = params["W"] * speed + params["b"]
    assert names(tape.play(y)) == ["speed", "params['W']", "params['b']"]
    assert names(tape.play(y, names=("s", "W", "b"))) == ["s", "W", "b"]


def test_leaves_that_no_variable_holds_are_numbered():
    tape, y = recorded(lambda a, b: a * b, 2.0, 3.0)
    assert names(tape.play(y)) == ["x0", "x1"]


def test_a_tensor_plays_its_own_tape():
    w = tensor([1.0, 2.0])
    loss = np.sum(w**2)
    player = loss.play()
    assert names(player) == ["w"] and adjoints(player)[0] == {"shape": [2], "entries": [2.0, 4.0]}
    loss.backward()
    with pytest.raises(TapeError, match=r"used up by \.backward"):
        loss.play()
    assert "v1 = v0 ** 2" in str(player)  # what was played stays


def test_lines_and_their_text_are_shown_where_they_are_known():
    with detect_anomaly():
        tape, y = recorded(lambda x: np.exp(x), 1.0)
        node = tape.play(y).film["nodes"][1]
    assert re.fullmatch(r"test_player\.py, line \d+", node["line"]) and "np.exp(x)" in node["code"]
    assert parse("x * y").play(2.0, 3.0).film["nodes"][2]["line"] == "column 3 of the text"
    assert trace(lambda x: np.sin(x), 1.0).play(1.0).film["nodes"][1]["code"].startswith("assert trace")


# -- the page ----------------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Every tag with its attributes, and what stands in scripts."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.scripts, self.inside = [], [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts[-1] += data


def film_of(page):
    return Tags(page).scripts[0]


def test_a_notebook_gets_one_sandboxed_frame_that_holds_the_whole_page():
    player = parse(BAYDIN).play(2.0, 5.0, height=500, title="A & \"B\" 'C' <D>")
    frame = [attributes for tag, attributes in Tags(player._repr_html_()).tags if tag == "iframe"]
    assert len(frame) == 1
    assert frame[0]["srcdoc"] == player.page() and frame[0]["sandbox"] == "allow-scripts"
    assert frame[0]["title"] == player.title == "A & \"B\" 'C' <D>" and "height: 500px" in frame[0]["style"]
    assert "<pre>v0 = x" in player._repr_html_()


def test_the_page_asks_for_nothing():
    page = parse(BAYDIN).play(2.0, 5.0).page()
    tags = Tags(page).tags
    assert not [attributes for _, attributes in tags if {"src", "href"} & set(attributes)]
    assert set(re.findall(r"https?://[^\s\"'`]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\b(fetch|XMLHttpRequest|import)\s*\(|url\((?!#)|@import", page)
    policy = next(a["content"] for tag, a in tags if tag == "meta" and a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")


def test_hostile_names_stay_text():
    e = trace(lambda x: x * 2.0, 1.0)
    e = type(e)(e.nodes, (e.inputs[0]._replace(name=HOSTILE),), e.outputs, e.arguments, e.results)
    player = e.play(1.0, title=HOSTILE)
    for page in (player.page(), Tags(player._repr_html_()).tags[1][1]["srcdoc"]):
        found = Tags(page)
        assert [tag for tag, _ in found.tags].count("img") == 0 and len(found.scripts) == 2
        film = json.loads(found.scripts[0])
        assert film["nodes"][0]["name"] == HOSTILE == film["title"]
    outside = Tags(player._repr_html_())
    assert [tag for tag, _ in outside.tags] == ["style", "iframe", "p", "details", "summary", "pre"]


def test_the_same_play_gives_the_same_bytes():
    code = f"from expression import parse; print(parse({BAYDIN!r}).play(2.0, 5.0)._repr_html_())"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            cwd=HERE.parent.parent,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_the_page_is_small():
    # Half of the script is dagre, without the parts for other graphs; the page of a lesson's function adds 20 kB.
    assert (HERE / "player.js").stat().st_size < 55_000 and (HERE / "player.css").stat().st_size < 12_000
    assert len(parse(BAYDIN).play(2.0, 5.0)._repr_html_()) < 80_000


def test_licences_travel_with_the_script():
    script = (HERE / "player.js").read_text(encoding="utf-8")
    assert script.count("Permission is hereby granted") == 1 and "@dagrejs/dagre and @dagrejs/graphlib" in script
    assert "</script" not in script.lower() and "<!--" not in script


def test_the_lock_names_no_registry():
    lock = json.loads((HERE / "source" / "package-lock.json").read_text(encoding="utf-8"))
    assert all(
        "resolved" not in package and "integrity" in package for name, package in lock["packages"].items() if name
    )


def test_colours_are_those_of_the_picture():
    style = (HERE / "source" / "style.css").read_text(encoding="utf-8")
    light = dict(re.findall(r"--([\w-]+): (#\w{6});", style.partition("@media")[0]))
    for role, look in STYLES.items():
        assert (light[role], light[f"{role}-fill"]) == (look.border, look.fill)


def luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


TEXT_ON = [  # WCAG 2.2, 1.4.3: text needs a contrast of 4.5
    *(("ink", ground) for ground in ("paper", "sheet", *(f"{role}-fill" for role in STYLES))),
    *(("muted", ground) for ground in ("paper", "sheet", *(f"{role}-fill" for role in STYLES))),
    *(("reverse", ground) for ground in ("paper", "reverse-fill", *(f"{role}-fill" for role in STYLES))),
    ("forward", "forward-fill"),
    ("warning", "paper"),
    ("paper", "input"),
    ("muted", "reverse-fill"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_its_ground(theme):
    style = (HERE / "source" / "style.css").read_text(encoding="utf-8")
    block = style.partition("@media")[0] if theme == "light" else style.split("prefers-color-scheme: dark")[1]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    for text, ground in TEXT_ON:
        high, low = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)


# -- limits, text, files, errors -------------------------------------------------------------------------------------


def chain(x, count):
    for _ in range(count):
        x = np.sin(x)
    return x


def test_a_tape_of_thousands_of_nodes_is_played():
    tape, y = recorded(lambda x: chain(x, MAX_NODES - 1), 1.0)
    player = tape.play(y)
    assert len(player.film["frames"]) == 2 * MAX_NODES + 2 and len(player.page()) < 3_000_000
    assert repr(player).splitlines()[-1] == f"... and {MAX_NODES - 60:,} more; print it for all"
    assert len(str(player).splitlines()) == MAX_NODES
    assert len(player._repr_html_()) < 3_000_000


def test_beyond_the_limit_the_number_is_said_and_what_to_do():
    tape, y = recorded(lambda x: chain(x, MAX_NODES), 1.0)
    with pytest.raises(SizeLimitError, match=rf"the tape has {MAX_NODES + 1:,} nodes.*expression\.scan"):
        tape.play(y)
    with pytest.raises(SizeLimitError, match="the expression has"):
        tape.expression(y).play(1.0)


@pytest.mark.parametrize(
    "value, text",
    [
        (2.0, "2"),
        (1 / 3, "0.333333"),
        ("nan", "nan"),
        (True, "True"),
        ({"shape": [2], "entries": [1.0, -2.0]}, "[1, -2]"),
        ({"shape": [9], "entries": [0.0] * 9}, "(9,) array"),
        ({"shape": [2, 3], "strange": 0}, "(2, 3) array"),
    ],
)
def test_values_in_a_line(value, text):
    assert as_text(value) == text


def test_a_page_is_saved_whole_or_not_at_all(tmp_path):
    player = parse(BAYDIN).play(2.0, 5.0)
    target = tmp_path / "player.html"
    player.save(target)
    player.save(str(target))
    assert target.read_text(encoding="utf-8") == player.page()
    assert [p.name for p in tmp_path.iterdir()] == ["player.html"]
    (tmp_path / "taken.html").mkdir()
    for name, message in [
        ("player.txt", "ends in .html"),
        ("no/player.html", "cannot be written"),
        ("taken.html", "cannot"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            player.save(tmp_path / name)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["player.html", "taken.html"]


def test_errors_say_what_is_wrong():
    tape, y = recorded(lambda x: x * x, 2.0)
    _, stranger = recorded(lambda x: x * x, 2.0)
    e = parse("x * y")
    cases = [
        (lambda: tape.play(stranger), TapeError, "not on this tape"),
        (lambda: tape.play(3.0), TapeError, "not on this tape"),
        (lambda: tensor(2.0).play(), TapeError, "on no tape"),
        (lambda: tape.play(y, names="x"), ArgumentError, "sequence of texts"),
        (lambda: tape.play(y, names=("x", "y")), ArgumentError, "has 1 leaves, got 2 names"),
        (lambda: tape.play(y, height=10), ArgumentError, f"from {HEIGHTS[0]} to {HEIGHTS[1]}"),
        (lambda: tape.play(y, height="tall"), ArgumentError, "number of pixels"),
        (lambda: e.play(2.0), ArgumentError, "expected arguments x, y"),
        (lambda: e.play(2.0, np.ones(3)), ArgumentError, "y: expected shape"),
        (lambda: e.play(2.0, 3.0, output=1), ArgumentError, "has 1 outputs"),
        (lambda: parse("x > 0").play(2.0), ArgumentError, "derivatives need a floating result"),
    ]
    for call, error, message in cases:
        with pytest.raises(error, match=re.escape(message)):
            call()
    assert tape.gradient(y, [leaf for _, leaf in tape.brought.values()]) == [4.0]
    with pytest.raises(TapeError, match="used up"):
        tape.play(y)


def test_a_player_agrees_with_the_gradient():
    def f(x):
        return np.sum(np.exp(-(x**2)) * np.sin(3.0 * x)) + x[0] * x[1]

    at = np.array([0.3, -1.2, 2.0])
    tape, y = recorded(f, at)
    expected = np.exp(-(at**2)) * (3 * np.cos(3 * at) - 2 * at * np.sin(3 * at)) + np.array([at[1], at[0], 0.0])
    np.testing.assert_allclose(as_array(adjoints(tape.play(y))[0]), expected, rtol=CLOSED, atol=CLOSED)
    assert isinstance(tape.play(y), Player)

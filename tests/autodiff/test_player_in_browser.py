"""The tape player in Chromium: stepped by keys and buttons, without a network, alone and inside of another page."""

import re
import shutil

import numpy as np
import pytest

from autodiff import GradientTape
from expression import parse, trace

BAYDIN = "log(x) + x*y - sin(y)"
TIMES = "\N{MULTIPLICATION SIGN}"
LAST = 18  # frames of Baydin's example after the first: 7 values, the seed, 8 contributions, 2 leaves, the end


@pytest.fixture
def visit(browser, tmp_path):
    """Open a player or a page as a file, with the network off; at the end nothing was complained of or asked for."""
    context = browser.new_context(viewport={"width": 860, "height": 640}, offline=True, reduced_motion="reduce")
    complaints, requests = [], []

    def visit(content):
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        target = tmp_path / "player.html"
        if isinstance(content, str):
            target.write_text(content, encoding="utf-8")
        else:
            content.save(target)
        page.goto(target.as_uri())
        return page

    yield visit
    context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "about:srcdoc"))] == []


def count(page):
    """The number of the frame that is shown, from 1."""
    return int(page.locator(".count").inner_text().split("/")[0])


def row(page, k):
    """Value and adjoint of a node in the list."""
    return [cell.inner_text() for cell in page.locator(".list tbody tr").nth(k).locator("td.number").all()]


def spoken(page):
    return page.locator("[aria-live]").text_content()


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_keys_step_forward_and_back(visit):
    page = visit(parse(BAYDIN).play(2.0, 5.0))
    assert count(page) == 1 and row(page, 0) == ["2", ""] and row(page, 6) == ["", ""]
    press(page, *["ArrowRight"] * 3)
    assert count(page) == 4 and row(page, 3) == ["10", ""] and spoken(page) == f"Forward: v3 = v0 {TIMES} v1 = 10."
    press(page, "ArrowLeft")
    assert row(page, 3) == ["", ""] and page.locator("tr[aria-current=step] th").inner_text() == "v2"
    press(page, "End")
    assert count(page) == LAST + 1
    assert [row(page, k)[1] for k in (0, 1, 6)] == ["5.5", "1.71634", "1"]
    assert "∂v6/∂x is 5.5; ∂v6/∂y is 1.71634" in spoken(page)
    press(page, "ArrowRight")
    assert count(page) == LAST + 1
    press(page, "Home", "ArrowLeft")
    assert count(page) == 1 and row(page, 0) == ["2", ""]


def test_a_running_sum_is_seen_at_a_fan_out(visit):
    page = visit(parse(BAYDIN).play(2.0, 5.0))
    press(page, "End", *["ArrowLeft"] * 3)
    assert (
        page.locator(".sum").inner_text().replace("\n", " ")
        == "+= v\u03040: 5 + 0.5 → 5.5 contribution 2 of 2: complete"
    )
    assert page.locator(".label text").text_content() == f"1 {TIMES} 0.5 = 0.5"
    assert page.locator(".facts tr").nth(1).inner_text().split() == ["partial", "∂v2/∂v0", "=", "1", "/", "v0", "0.5"]
    press(page, "ArrowLeft", "ArrowLeft")
    assert "contribution 1 of 2: v0 was read 2 times" in page.locator(".sum").inner_text()


@pytest.mark.parametrize(("address", "frame"), [("#5", 5), ("#1", 1), ("#999", 19), ("#0", 1), ("#end", 1)])
def test_an_address_may_name_a_frame(visit, address, frame):
    page = visit(parse("log(x) + x*y - sin(y)").play(2.0, 5.0))
    page.goto(page.url + address)
    page.reload()
    assert count(page) == frame


def test_buttons_slider_rows_and_nodes_lead_to_the_same_frames(visit):
    page = visit(parse(BAYDIN).play(2.0, 5.0))
    for name, expected in [("Step forward", 2), ("Last step", LAST + 1), ("Step back", LAST), ("First step", 1)]:
        page.get_by_role("button", name=name).click()
        assert count(page) == expected
    slider = page.get_by_role("slider")
    slider.fill("9")
    assert count(page) == 10 and slider.get_attribute("aria-valuetext").startswith("Step 10 of 19. Reverse: v6 sends")
    page.get_by_role("button", name="First step").click()
    page.locator(".list tbody tr").nth(4).click()
    assert spoken(page).startswith("Forward: v4 =")
    page.locator("svg .node").nth(5).click()
    assert spoken(page).startswith("Forward: v5 =")


def test_playing_runs_to_the_end_and_a_key_pauses_it(visit):
    page = visit(parse(BAYDIN).play(2.0, 5.0))
    page.get_by_label("speed").select_option("very fast")
    page.locator("h1").click()
    press(page, "Space")
    page.get_by_role("button", name="Pause").wait_for()
    page.locator(".count", has_text="19 / 19").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    page.get_by_label("speed").select_option("slow")
    page.locator("h1").click()
    press(page, "Space", "ArrowRight")
    assert page.get_by_role("button", name="Play").is_visible() and count(page) == 2


def test_playing_stops_where_a_value_is_not_finite(visit):
    page = visit(parse("sqrt(x) * log(x)").play(0.0))
    page.get_by_label("speed").select_option("very fast")
    page.get_by_role("button", name="Play").click()
    page.locator(".message", has_text="Stop").wait_for()
    assert page.locator(".message").inner_text() == "Stop: a value that is not finite"
    assert count(page) == 3 and row(page, 2) == ["\u2212inf", ""]
    press(page, "b")
    assert row(page, 3) == ["nan", ""]


def grows(x):
    for _ in range(12):
        x = x * 10.0
    return x


def test_stops_at_the_size_of_an_adjoint(visit):
    with GradientTape() as tape:
        x = tape.watch(1.0)
        y = grows(x)
    page = visit(tape.play(y))
    page.get_by_label("Stop when the size of an adjoint is above").fill("1e6")
    page.get_by_role("button", name="Next stop").click()
    assert page.locator(".message").inner_text() == "Stop: |adjoint of v5| = 1e+07, above 1e+06"
    page.get_by_label("Stop when the size of an adjoint is above").fill("1e20")
    page.locator("h1").click()
    press(page, "b")
    assert page.locator(".message").inner_text() == "No stop after this step."
    page.get_by_label("Stop when the size of an adjoint is below").fill("5")
    press(page, "Enter")
    assert page.locator(".message").inner_text() == "No stop after this step. The first one is step 14."
    press(page, "Home", "b")
    assert count(page) == 21  # a field keeps its keys
    page.locator("h1").click()
    press(page, "Home", "b")
    assert page.locator(".message").inner_text() == "Stop: |adjoint of v12| = 1, below 5" and count(page) == 14


def test_typing_a_number_does_not_step(visit):
    page = visit(parse(BAYDIN).play(2.0, 5.0))
    field = page.get_by_label("Stop when the size of an adjoint is above")
    field.click()
    press(page, "1", "ArrowLeft", "Home", "End", "b")
    assert count(page) == 1


def test_hostile_names_do_nothing(visit):
    name = "</script><img src=x onerror=alert(1)>"
    e = trace(lambda x: np.sin(x) * x, 1.0)
    e = type(e)(e.nodes, (e.inputs[0]._replace(name=name),), e.outputs, e.arguments, e.results)
    page = visit(e.play(1.0, title=name))
    assert name in spoken(page) and page.locator("h1").inner_text() == name
    press(page, *["ArrowRight"] * 8, "End")
    assert page.locator("img").count() == 0 and name in page.locator(".facts").inner_text()


def test_players_on_one_page_leave_it_and_each_other_alone(visit):
    first, second = parse(BAYDIN).play(2.0, 5.0), parse("x * x").play(3.0)
    style = "<style>* { font-size: 40px !important; color: red !important }</style>"
    page = visit(f"<!DOCTYPE html>{style}<p id=film>{first._repr_html_()}{second._repr_html_()}")
    one, two = page.frames[1:]
    two.locator("h1").click()
    press(two.page, "End")
    assert [frame.locator(".count").inner_text() for frame in (one, two)] == ["1 / 19", "7 / 7"]
    assert two.evaluate("getComputedStyle(document.querySelector('h1')).fontSize") == "14px"
    assert (
        two.evaluate("(() => { try { return parent.document.title } catch (e) { return e.name } })()")
        == "SecurityError"
    )


@pytest.fixture(scope="module")
def machines(browser):
    """Chromium on a machine that prefers light pages, and on one that prefers dark ones."""
    flags = ["--no-sandbox", "--disable-gpu", "--blink-settings=preferredColorScheme=0"]
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    dark = browser.browser_type.launch(executable_path=chromium, args=flags)
    yield {"light": browser, "dark": dark}
    dark.close()


PAGES = [  # what a page says of itself, what the machine prefers, and what the player is
    ('<html><body data-jp-theme-light="true">', "dark", "light"),
    ('<html><body data-jp-theme-light="false">', "light", "dark"),
    ('<html><body data-vscode-theme-kind="vscode-light">', "dark", "light"),
    ('<html><body data-vscode-theme-kind="vscode-dark">', "light", "dark"),
    ('<html style="color-scheme: dark"><body>', "light", "dark"),
    ('<html style="color-scheme: light"><body>', "dark", "light"),
    ("<html><body>", "light", "light"),
    ("<html><body>", "dark", "dark"),
]


@pytest.mark.parametrize("opening, preferred, shown", PAGES)
def test_it_is_dark_where_the_page_around_it_is(machines, opening, preferred, shown):
    context = machines[preferred].new_context(color_scheme="null")  # nothing emulated
    page = context.new_page()
    page.set_content(f"<!DOCTYPE html>{opening}{parse(BAYDIN).play(2.0, 5.0)._repr_html_()}")
    page.frames[1].locator(".count").wait_for()
    paper = page.frames[1].evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (shown == "light")
    assert page.locator(".no-player").is_hidden() and page.get_by_text("The same as text").is_visible()
    context.close()


def test_a_large_graph_is_drawn_in_windows_and_listed_whole(visit):
    with GradientTape() as tape:
        x = tape.watch(0.5)
        y = x
        for _ in range(150):
            y = np.sin(y) * 1.1
    page = visit(tape.play(y))
    assert page.locator(".list tbody tr").count() == 301
    page.locator("h1").click()
    press(page, *["ArrowRight"] * 50)
    assert page.locator(".note").inner_text().startswith("v40 to v79 of 301 nodes")
    assert page.locator("svg .node.now").is_visible() and page.locator("tr[aria-current]").is_visible()
    assert page.locator("svg .node").count() < 80


def test_everything_can_be_reached_and_has_a_name(visit):
    page = visit(parse(BAYDIN).play(2.0, 5.0))
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, section, [role]:not([role=status])')]
        .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.closest('label'))).length"""
    )
    assert nameless == 0
    order = []
    for _ in range(20):
        press(page, "Tab")
        order.append(page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent"))
    for name in ("Graph", "This step", "All nodes", "First step", "Play", "Last step", "Step", "Next stop"):
        assert name in order
    page.get_by_role("button", name="Step forward").focus()
    press(page, "ArrowRight", "Enter")
    assert count(page) == 3
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("[aria-live=polite]").count() == 1


@pytest.mark.parametrize("width, height", [(1100, 640), (760, 640), (420, 640), (320, 900)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_at_any_width(visit, width, height, scheme):
    page = visit(parse(BAYDIN).play(2.0, 5.0))
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    press(page, "End", *["ArrowLeft"] * 3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in (".controls", "header", ".panel"):
        box = page.locator(selector).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert (
            page.evaluate(
                "(s) => { const e = document.querySelector(s); return e.scrollWidth - e.clientWidth }", selector
            )
            <= 1
        )
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")


def test_no_label_hides_a_node_and_no_two_nodes_overlap(visit):
    def network(w, x):
        hidden = [np.tanh(w[3 * k] * x[0] + w[3 * k + 1] * x[1] + w[3 * k + 2]) for k in range(3)]
        return (w[9] * hidden[0] + w[10] * hidden[1] + w[11] * hidden[2] - 1.0) ** 2

    args = ([0.1 * k - 0.5 for k in range(12)], [0.5, -1.0])
    e = trace(network, *args, parameters=(0,))
    page = visit(e.play(*args))
    boxes = page.locator("svg .node .shape").evaluate_all(
        "(all) => all.map((e) => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom] })"
    )
    assert len(boxes) == len(e) > 30 and not [1 for i, a in enumerate(boxes) for b in boxes[:i] if overlap(a, b)]
    seen = 0
    while not re.match("Both sweeps", spoken(page)):
        press(page, "ArrowRight")
        if page.locator(".label").get_attribute("visibility") == "visible":
            seen += 1
            label, *nodes = page.evaluate(
                """() => [document.querySelector('.label rect'), ...document.querySelectorAll('.node .shape')]
                .map((e) => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom] })"""
            )
            assert not [node for node in nodes if overlap(label, node)], spoken(page)
    assert seen > 30


def overlap(a, b):
    """Whether two boxes (left, top, right, bottom) share more than a border."""
    return min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1

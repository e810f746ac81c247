"""Chromium through the built site, and through JupyterLab in a directory that `trigrad lessons` wrote."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

from lessons.course import course
from lessons.execution import own_environment

PAGES = ("index", "claims", "search", "genindex", *(lesson.name for lesson in course()))
PLAYER = 'iframe[sandbox="allow-scripts"]'
WIDTH = 1000  # pixels of a small laptop's window
UNSET_MATH = """() => [...document.querySelectorAll(".math")].filter(e => !e.querySelector("mjx-container")).length"""
FAILED_MATH = """() => document.querySelectorAll("mjx-merror, [data-mjx-error]").length"""
BROKEN_IMAGES = """() => [...document.images].filter(i => !i.complete || i.naturalWidth === 0).map(i => i.src)"""
OVERFLOW = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""
STICKING_OUT = """() => {
  const shown = [...document.querySelectorAll("article.bd-article :is(.cell_output img, iframe, mjx-container)")];
  const right = e => e.getBoundingClientRect().right;
  return shown.filter(e => right(e) > right(e.closest("article")) + 1).map(e => e.outerHTML.slice(0, 200));
}"""
MARKUP_LEFT = """() => {
  const text = document.querySelector("main").cloneNode(true);
  text.querySelectorAll("pre, code, script, style, mjx-container").forEach(e => e.remove());
  return text.textContent.match(/.{0,30}(\\\\begin|\\\\frac|\\\\left|\\|:?--+:?\\||\\$[^$\\n]+\\$).{0,30}/g) || [];
}"""


class Visit:
    """A page that is open, and everything that was wrong with it so far."""

    def __init__(self, browser, own, **options):
        self.context = browser.new_context(viewport={"width": WIDTH, "height": 1400}, **options)
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.page.on("request", lambda request: self.asked(request.url, own))

    def asked(self, url, own):
        if not url.startswith((own, "data:", "blob:", "about:")):
            self.complaints.append(f"asked elsewhere: {url}")

    def open(self, address):
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")


@pytest.fixture
def visit(browser, site):
    """The built site, as files."""
    found = Visit(browser, site.as_uri())
    yield found
    found.context.close()


# -- the site ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(visit, site, name):
    visit.open((site / f"{name}.html").as_uri())
    if visit.page.locator(".math").count():
        visit.page.wait_for_function(f"({UNSET_MATH})() === 0")
    assert visit.page.evaluate(FAILED_MATH) == 0
    assert visit.page.evaluate(BROKEN_IMAGES) == []
    assert visit.page.evaluate(OVERFLOW) == 0
    assert visit.page.evaluate(STICKING_OUT) == []
    assert visit.page.evaluate(MARKUP_LEFT) == []
    assert visit.complaints == []


def test_mathematics_is_set_where_there_is_some(visit, site):
    visit.open((site / "03_numerical_differentiation.html").as_uri())
    visit.page.wait_for_selector("mjx-container mjx-mfrac")
    assert visit.page.locator("mjx-assistive-mml").count() > 10  # what a screen reader reads


def test_a_card_leads_to_its_lesson_and_on_to_the_next(visit, site):
    visit.open((site / "index.html").as_uri())
    first, second = course()[:2]
    visit.page.locator(".trigrad-card a").first.click()
    visit.page.wait_for_url(f"**/{first.name}.html")
    visit.page.locator("a.right-next").click()
    visit.page.wait_for_url(f"**/{second.name}.html")
    assert f"Lesson {second.number}" in visit.page.title() and visit.complaints == []


def test_the_player_steps_on_a_page_of_the_site(visit, site):
    visit.open((site / "06_reverse_mode_by_hand.html").as_uri())
    step_to_the_end(visit.page)
    assert visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_modes(browser, site, scheme):
    visit = Visit(browser, site.as_uri(), color_scheme=scheme)
    visit.open((site / "01_three_ways_to_a_slope.html").as_uri())
    for selector in (
        ".cell_output .text_html td",
        ".cell_output .text_html caption",
        "blockquote p",
        ".cell_input pre",
    ):
        assert contrast(visit.page, selector) >= 4.5, selector  # WCAG 2.1, level AA
    visit.context.close()


def test_search_finds_a_lesson(browser, site):
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda self, *a: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        own = f"http://127.0.0.1:{server.server_port}"
        visit = Visit(browser, own)
        visit.open(f"{own}/search.html?q=adjoint")
        visit.page.wait_for_selector("#search-results li a")
        found = visit.page.locator("#search-results li a").all_inner_texts()
        assert any("Lesson 6" in text for text in found)
        assert visit.complaints == []
        visit.context.close()
        server.shutdown()


def contrast(page, selector):
    """The contrast of the first such element's text with what is painted behind it."""
    text, behind = page.locator(selector).first.evaluate(
        """e => {
          let behind = e;
          const painted = x => !/rgba\\(.*, 0\\)|transparent/.test(getComputedStyle(x).backgroundColor);
          while (behind.parentElement && !painted(behind)) behind = behind.parentElement;
          return [getComputedStyle(e).color, getComputedStyle(behind).backgroundColor];
        }"""
    )
    light, dark = sorted((luminance(text), luminance(behind)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    """The relative luminance of a colour (WCAG 2.1)."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def step_to_the_end(page):
    """Step the first player with the keyboard alone; the adjoint of x is what Baydin's table says."""
    frame = page.locator(PLAYER).first
    frame.scroll_into_view_if_needed()
    inside = page.frame_locator(PLAYER).first
    inside.locator(".count").wait_for()
    inside.locator("h1, h2, .title, header").first.click()
    page.keyboard.press("Home")
    value_and_adjoint = inside.locator(".list tbody tr").first.locator("td.number")
    assert value_and_adjoint.all_inner_texts() == ["2", ""]
    steps = int(inside.locator(".count").inner_text().split("/")[1])
    for _ in range(steps - 1):
        page.keyboard.press("ArrowRight")
    assert inside.locator(".count").inner_text() == f"{steps} / {steps}"
    assert value_and_adjoint.all_inner_texts() == ["2", "5.5"]
    page.keyboard.press("ArrowLeft")
    assert inside.locator(".count").inner_text() == f"{steps - 1} / {steps}"


# -- JupyterLab -------------------------------------------------------------------------------------------------------


@pytest.fixture
def lab(tmp_path):
    """`trigrad lessons` in a fresh directory, with a configuration of its own; its address and the directory."""
    if find_spec("jupyterlab") is None:
        pytest.skip("jupyterlab not installed (extra `course`)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = own_environment(tmp_path)
    settings = {
        "ServerApp": {"ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False, "allow_root": True},
        "IdentityProvider": {"token": "known"},
        "LabApp": {"news_url": None, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"},
    }
    place = Path(environment["JUPYTER_CONFIG_DIR"])
    place.mkdir()
    (place / "jupyter_server_config.json").write_text(json.dumps(settings), encoding="utf-8")
    mine = tmp_path / "mine"
    command = [sys.executable, "-m", "trigrad", "lessons", str(mine)]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_for_port(port, process, tmp_path / "log")
            yield f"http://127.0.0.1:{port}", mine, process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for_port(port, process, log):
    """Wait until somebody listens."""
    pause = threading.Event()
    while process.poll() is None:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text('utf-8')}")


def test_a_student_opens_lesson_6_runs_it_and_steps_the_player(browser, lab):
    address, mine, process = lab
    notebook = mine / "06_reverse_mode_by_hand.ipynb"
    visit = Visit(browser, address)
    page = visit.page
    page.set_default_timeout(120_000)
    page.goto(f"{address}/lab/tree/{notebook.name}?token=known")
    page.get_by_text("| Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(PLAYER).first.wait_for(state="attached")
    page.get_by_text("| Idle").wait_for()
    step_to_the_end(page)

    page.get_by_role("menuitem", name="File", exact=True).click()
    page.get_by_role("menuitem", name=re.compile(r"^Save Notebook(?! As)")).click()
    page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')")
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    assert cells and all(cell.execution_count for cell in cells)
    assert [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"] == []
    assert [complaint for complaint in visit.complaints if complaint.startswith("asked")] == []
    visit.context.close()

    for _ in range(2):  # Ctrl-C in the terminal, and once more where the lab asks
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(3)
            break
    assert process.wait(30) == 0
    again = subprocess.run(
        [sys.executable, "-m", "trigrad", "lessons", str(mine), "--json"], capture_output=True, text=True, check=True
    )
    became = {item["file"]: item["outcome"] for item in json.loads(again.stdout)["notebooks"]}
    assert became.pop(notebook.name) == "kept" and set(became.values()) == {"up to date"}

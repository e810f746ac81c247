"""Chromium through the built site, a notebook exported to HTML, and JupyterLab and Notebook 7 as a student opens them.

Nobody but the page itself answers: everything that is asked for elsewhere is refused, and is a complaint.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
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

TEXT = {  # page -> what is text there
    "index": (".trigrad-card a span", ".trigrad-card li", ".trigrad-card > p:last-child"),
    "claims": ("td em", "td a"),
    "01_three_ways_to_a_slope": (
        ".cell_output .text_html td",
        ".cell_output .text_html caption",
        "blockquote p",
        ".cell_input pre",
    ),
}


class Visit:
    """A page that is open, and everything that was wrong with it so far."""

    def __init__(self, browser, own, **options):
        self.context = browser.new_context(viewport={"width": WIDTH, "height": 1400}, **options)
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.own = (own, "data:", "blob:", "about:")
        self.context.route(lambda url: not url.startswith(self.own), self.refuse)

    def refuse(self, route):
        self.complaints.append(f"asked elsewhere: {route.request.url}")
        route.abort()

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
    for name, selectors in TEXT.items():
        visit.open((site / f"{name}.html").as_uri())
        for selector in selectors:
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
    count = inside.locator(".count")
    count.wait_for()
    steps = int(count.inner_text().split("/")[1])
    value_and_adjoint = inside.locator(".list tbody tr").first.locator("td.number")

    def press(key, step):
        for _ in range(3):  # where a run ends, Jupyter takes the focus: the student clicks again
            page.keyboard.press(key)
            if eventually(page, lambda: count.inner_text() == f"{step} / {steps}"):
                return
            inside.locator("h1").click()
        raise AssertionError(f"{key}: {count.inner_text()}, not {step} / {steps}")

    inside.locator("h1").click()
    press("Home", 1)
    assert value_and_adjoint.all_inner_texts() == ["2", ""]
    for step in range(2, steps + 1):
        press("ArrowRight", step)
    assert value_and_adjoint.all_inner_texts() == ["2", "5.5"]
    press("ArrowLeft", steps - 1)


def eventually(page, holds, seconds=5):
    """Whether something holds soon."""
    for _ in range(20 * seconds):
        if holds():
            return True
        page.wait_for_timeout(50)
    return False


# -- a notebook exported to HTML --------------------------------------------------------------------------------------


@pytest.fixture
def executed_lesson(site):
    """Lesson 6 with its outputs, as the site gives it for downloading."""
    return site / "_sources" / "06_reverse_mode_by_hand.ipynb"


def test_the_player_steps_in_an_exported_page_without_a_network(browser, executed_lesson, tmp_path):
    if find_spec("nbconvert") is None:
        pytest.skip("nbconvert not installed (extra `course`)")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--output-dir", str(tmp_path), str(executed_lesson)]
    subprocess.run(command, env=own_environment(tmp_path), capture_output=True, check=True)
    exported = tmp_path / f"{executed_lesson.stem}.html"
    visit = Visit(browser, exported.as_uri())
    visit.open(exported.as_uri())
    step_to_the_end(visit.page)
    asked = {c.split("/")[2] for c in visit.complaints if c.startswith("asked elsewhere")}
    assert asked <= {"cdnjs.cloudflare.com"}  # nbconvert's own page, for MathJax and RequireJS; the player for nothing
    visit.context.close()


# -- JupyterLab and Notebook 7 ----------------------------------------------------------------------------------------

FRONT_ENDS = {"jupyterlab": "lab/tree", "notebook": "notebooks"}  # package -> where it shows a notebook
TOKEN = "known"
ALL_DONE = """() => ![...document.querySelectorAll(".jp-InputPrompt")].some(e => e.textContent.includes("*"))"""


@contextmanager
def jupyter(place):
    """`trigrad lessons` in a fresh directory, with a configuration of its own: address, directory and process."""
    if find_spec("jupyterlab") is None:
        pytest.skip("jupyterlab not installed (extra `course`)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = own_environment(place)
    settings = {
        "ServerApp": {"ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False, "allow_root": True},
        "IdentityProvider": {"token": TOKEN},
        "LabApp": {"news_url": None, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"},
    }
    configuration = Path(environment["JUPYTER_CONFIG_DIR"])
    configuration.mkdir()
    (configuration / "jupyter_server_config.json").write_text(json.dumps(settings), encoding="utf-8")
    mine = place / "mine"
    command = [sys.executable, "-m", "trigrad", "lessons", str(mine)]
    with (place / "log").open("w") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_for_port(port, process, place / "log")
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
    raise AssertionError(f"Jupyter did not start:\n{log.read_text('utf-8')}")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One for all front ends."""
    with jupyter(tmp_path_factory.mktemp("jupyter")) as started:
        yield started


@pytest.fixture
def opened(browser, server):
    """Open a notebook in a front end."""
    address, _, _ = server
    visit = Visit(browser, address)
    visit.page.set_default_timeout(120_000)

    def opened(package, notebook):
        if find_spec(package) is None:
            pytest.skip(f"{package} not installed (extra `course`)")
        visit.page.goto(f"{address}/{FRONT_ENDS[package]}/{notebook.name}?reset&token={TOKEN}")  # no other tabs
        return visit.page

    yield opened
    visit.context.close()
    assert [complaint for complaint in visit.complaints if complaint.startswith("asked")] == []


def has_kernel(page, address, notebook):
    """Whether the notebook's kernel has nothing to do, and the page hears it."""
    sessions = page.request.get(f"{address}/api/sessions?token={TOKEN}").json()
    kernels = [session["kernel"] for session in sessions if session["path"] == notebook.name]
    return any(kernel["execution_state"] == "idle" and kernel["connections"] for kernel in kernels)


def choose(page, menu, item):
    """Choose from a menu; while a page is still being laid out it may shut again."""
    wanted = page.get_by_role("menuitem", name=item)
    for _ in range(3):
        page.get_by_role("menuitem", name=menu, exact=True).click()
        if eventually(page, wanted.is_visible):
            return wanted.click()
    raise AssertionError(f"the menu {menu} has no {item}")


@pytest.mark.parametrize("package", FRONT_ENDS)
def test_a_student_opens_lesson_6_runs_it_and_steps_the_player(opened, server, package):
    address, mine, _ = server
    notebook = mine / "06_reverse_mode_by_hand.ipynb"
    page = opened(package, notebook)
    assert eventually(page, lambda: has_kernel(page, address, notebook), seconds=100)
    choose(page, "Run", re.compile("^Run All Cells$"))
    page.locator(PLAYER).first.wait_for(state="attached")
    page.wait_for_function(ALL_DONE)
    step_to_the_end(page)
    with page.expect_response(lambda r: r.request.method == "PUT" and "/api/contents/" in r.url):
        choose(page, "File", re.compile(r"^Save Notebook(?! As)"))
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    assert cells and all(cell.execution_count for cell in cells)
    assert [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"] == []


def test_a_notebook_that_is_not_trusted_shows_the_text_and_says_what_to_do(opened, server, executed_lesson):
    made = nbformat.read(executed_lesson, as_version=4)
    made.cells = [cell for cell in made.cells if ".play(2.0, 5.0)" in cell.source][:1]
    notebook = server[1] / "from_a_friend.ipynb"
    nbformat.write(made, notebook)
    page = opened("jupyterlab", notebook)
    page.get_by_text("To see the player here, run the cell, or trust the notebook.").wait_for()
    assert page.locator(PLAYER).count() == 0
    page.get_by_text("The same as text").click()
    assert "v6 = v4 - v5  value 11.6521    adjoint 1" in page.locator("details pre").inner_text()


def test_ctrl_c_ends_the_lab_and_what_a_student_changed_is_kept(tmp_path):
    with jupyter(tmp_path) as (_, mine, process):
        changed = mine / "06_reverse_mode_by_hand.ipynb"
        made = nbformat.read(changed, as_version=4)
        made.cells[0].source += "\n\nMine."
        nbformat.write(made, changed)
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C; without a terminal the lab does not ask
        assert process.wait(60) == 0
    again = subprocess.run(
        [sys.executable, "-m", "trigrad", "lessons", str(mine), "--json"], capture_output=True, text=True, check=True
    )
    became = {item["file"]: item["outcome"] for item in json.loads(again.stdout)["notebooks"]}
    assert became.pop(changed.name) == "kept" and set(became.values()) == {"up to date"}

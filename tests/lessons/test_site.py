"""The site: whole pages, and nothing that is loaded from elsewhere."""

import re
import sys
from html import unescape
from html.parser import HTMLParser
from importlib.util import find_spec

import pytest

from expression.errors import LessonError, MissingPackage
from lessons.course import course
from lessons.site import build
from lessons.site.build import MARK, NEEDED, build_site
from lessons.site.pages import front_page
from tests.lessons.conftest import SAMPLE
from trigrad.__main__ import main

MISSING = [name for name in NEEDED if find_spec(name) is None]
needs_sphinx = pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} not installed (extra `site`)")
CDNS = (
    "jsdelivr",
    "cdnjs",
    "unpkg.com",
    "googleapis",
    "gstatic",
    "bootstrapcdn",
    "esm.sh",
    "skypack.dev",
    "cloudflare.com",
)
LOADS = {  # attributes whose address a browser fetches of its own accord
    "link": ("href",),
    "a": (),
    "base": ("href",),
    "form": (),
}
OTHERS = ("src", "srcset", "data", "poster", "xlink:href", "background", "action")
TEXT = (".html", ".js", ".css", ".svg", ".json", ".txt", ".mjs")
IN_STYLE = re.compile(r"""(?:url\(\s*['"]?|@import\s+['"])((?:https?:)?//[^'")\s]+)""")
IN_SCRIPT = re.compile(r"""(?:import\(\s*|from\s+|fetch\(\s*|importScripts\(\s*)['"`]((?:https?:)?//[^'"`]+)""")


class Loaded(HTMLParser):
    """The addresses that a page makes a browser fetch, those of pages inside it too."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in LOADS.get(tag, OTHERS) and value:
                self.addresses.append(value)
            if name == "srcdoc":
                self.addresses += loaded_by(unescape(value))
            if name == "style":
                self.addresses += IN_STYLE.findall(value)


def loaded_by(page):
    """What a page loads."""
    parser = Loaded()
    parser.feed(page)
    return parser.addresses + IN_STYLE.findall(page) + IN_SCRIPT.findall(page)


def external(addresses):
    return [address for address in addresses if re.match(r"(?:[a-z]+:)?//", address)]


def pages(place):
    return sorted(place.glob("*.html"))


# -- the whole course -------------------------------------------------------------------------------------------------


def test_every_lesson_has_a_page_and_a_card(site):
    index = (site / "index.html").read_text("utf-8")
    for lesson in course():
        page = (site / f"{lesson.name}.html").read_text("utf-8")
        assert f"<h1>Lesson {lesson.number}: " in page
        assert f'href="{lesson.name}.html"' in index
        assert f"Lesson {lesson.number} · {lesson.minutes} minutes" in index
    assert index.count('class="trigrad-card"') == len(course())


def test_the_claims_lead_to_the_lessons_that_show_them(site):
    cells = re.findall(r"<td>(.*?)</td>", (site / "claims.html").read_text("utf-8"), re.DOTALL)
    verdicts = [cell for cell in cells if "<strong>holds" in cell]
    for lesson in course():
        assert any(f'href="{lesson.name}.html"' in verdict for verdict in verdicts)


def test_nothing_is_loaded_from_elsewhere(site):
    for path in site.rglob("*.html"):
        assert external(loaded_by(path.read_text("utf-8"))) == [], path.name
    for path in (p for p in site.rglob("*") if p.suffix in (".css", ".svg")):
        assert external(IN_STYLE.findall(path.read_text("utf-8"))) == [], path.name


def test_no_file_names_a_content_delivery_network(site):
    for path in (p for p in site.rglob("*") if p.suffix in TEXT):
        text = path.read_text("utf-8")
        assert [name for name in CDNS if name in text] == [], path.relative_to(site)


def test_whatever_a_page_loads_is_there(site):
    for path in pages(site):
        for address in loaded_by(path.read_text("utf-8")):
            if not address.startswith(("data:", "#", "blob:", "about:")):
                assert (path.parent / re.split(r"[?#]", address)[0]).exists(), (path.name, address)


def test_links_between_pages_lead_somewhere(site):
    for path in pages(site):
        text = path.read_text("utf-8")
        for target in re.findall(r'<a [^>]*\bhref="([^"#?]+)', text):
            if not re.match(r"(?:https|mailto):", target):
                assert (path.parent / target).exists(), (path.name, target)


def test_every_figure_says_what_it_shows(site):
    for path in pages(site):
        for tag in re.findall(r'<img [^>]*src="_images/[^>]*>', path.read_text("utf-8")):
            alt = re.search(r'alt="([^"]*)"', tag)
            assert alt is not None and len(alt[1]) > 10 and "_images/" not in alt[1], (path.name, tag[:200])


def test_search_knows_the_lessons(site):
    index = (site / "searchindex.js").read_text("utf-8")
    assert index.startswith("Search.setIndex(")
    for lesson in course():
        assert f'"{lesson.name}"' in index


def test_the_notebooks_can_be_downloaded(site):
    for lesson in course():
        assert f"_sources/{lesson.name}.ipynb" in (site / f"{lesson.name}.html").read_text("utf-8")
        assert (site / "_sources" / f"{lesson.name}.ipynb").is_file()


def test_no_trace_of_the_machine_is_left(site):
    for path in (p for p in site.rglob("*") if p.suffix in (*TEXT, ".ipynb")):
        text = path.read_text("utf-8")
        assert not re.search(r"trigrad-(?:site|kernel)-\w|ipykernel_\d", text), path.relative_to(site)


# -- what a page loads, seen ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/x.css">',
        '<img src="http://example.org/x.png">',
        '<div style="background: url(https://example.org/x.png)">',
        "<style>@import 'https://example.org/x.css'</style>",
        "<script>import('https://example.org/x.js')</script>",
        "<iframe srcdoc=\"<script src='https://example.org/x.js'></script>\"></iframe>",
        '<iframe srcdoc="&lt;img src=&quot;https://example.org/x.png&quot;&gt;"></iframe>',
    ],
)
def test_a_resource_from_elsewhere_is_seen(page):
    assert len(external(loaded_by(page))) >= 1


def test_a_link_to_elsewhere_is_no_resource():
    assert external(loaded_by('<a href="https://example.org">x</a><img src="data:image/png;base64,x">')) == []


# -- building it ------------------------------------------------------------------------------------------------------


def test_the_front_page_is_made_of_what_the_lessons_say(sample):
    page = front_page([sample])
    for part in ("1 lesson, 5 minutes of work", "[A sample](01_a_sample.ipynb)", "- read a table, and a figure."):
        assert part in page
    assert "You need: nothing." in page


@needs_sphinx
def test_a_site_takes_its_place_when_it_is_whole(sample, tmp_path):
    target = tmp_path / "deep" / "site"
    said = []
    built = build_site(target, [sample], progress=said.append)
    assert (built.directory, built.warnings) == (target, ())
    assert said == ["the front page", "lesson 1, A sample"]
    assert {"index.html", "01_a_sample.html", MARK} <= {path.name for path in target.iterdir()}
    page = (target / "01_a_sample.html").read_text("utf-8")
    assert "25.0" in page and r"\(x^2\)" in page

    before = {path: path.stat().st_mtime_ns for path in target.rglob("*")}
    sample.path.write_text(SAMPLE.replace("slope\n```", "1 / 0\n```"), encoding="utf-8")
    with pytest.raises(LessonError, match=r"fails with ZeroDivisionError: division by zero"):
        build_site(target, [sample])
    assert {path: path.stat().st_mtime_ns for path in target.rglob("*")} == before
    assert [path.name for path in target.parent.iterdir()] == ["site"]

    sample.path.write_text(SAMPLE.replace("- A slope.", "- A slope, again."), encoding="utf-8")
    build_site(target, [sample])
    assert "A slope, again." in (target / "01_a_sample.html").read_text("utf-8")
    assert [path.name for path in target.parent.iterdir()] == ["site"]


@needs_sphinx
def test_what_is_no_site_is_left_alone(sample, tmp_path):
    (tmp_path / "mine").write_text("mine", "utf-8")
    for target in (tmp_path, tmp_path / "mine"):
        with pytest.raises(LessonError, match=r"holds something that is not a site; name a new directory, or an empty"):
            build_site(target, [sample])
    with pytest.raises(LessonError, match=r"cannot be written: File exists; name a directory that can$"):
        build_site(tmp_path / "mine" / "site", [sample])


def test_what_is_not_installed_is_named_with_the_fix(sample, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "find_spec", lambda name: None if name == "myst_nb" else sys)
    with pytest.raises(
        MissingPackage, match=r"^a site needs myst_nb, not installed here; run: pip install 'trigrad\[s"
    ):
        build_site(tmp_path / "site", [sample])


def test_the_command_says_where_the_site_is(sample, tmp_path, monkeypatch, capsys):
    asked = []

    def built(directory, lessons, language, progress):
        asked.append(([lesson.number for lesson in lessons], language, {lesson.language for lesson in lessons}))
        return build.Site(tmp_path / "site", tuple(lessons), ("a warning",))

    monkeypatch.setattr(build, "build_site", built)
    assert main(["site", str(tmp_path / "site"), "--lessons", "1", "--language", "zh"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"1 lesson executed; open {tmp_path / 'site' / 'index.html'}\n"
    assert captured.err == "trigrad: a warning\n" and asked == [([1], "zh", {"zh"})]


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (["--lessons", "x"], 2, "'x' is no list of lessons; write 1,3"),
        (["--lessons", "1,99"], 1, "there is no lesson 99; there are 1, "),
        ([], 2, "the following arguments are required: DIR"),
    ],
)
def test_wrong_arguments_are_refused_in_one_line(tmp_path, capsys, given, code, message):
    assert main(["site", *([str(tmp_path / "site")] if given else []), *given]) == code
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1

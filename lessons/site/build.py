"""Build the site: the lessons' notebooks, an index and the claims go through Sphinx in a directory of their own.

Sphinx runs as a process of its own, with a kernel that does not read the user's configuration; the result takes its
place only when it is whole.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from expression.errors import LessonError, MissingPackage
from expression.files import written_whole
from lessons.course import Lesson, course
from lessons.execution import executed, own_environment
from lessons.notebooks import content, notebook
from lessons.site.pages import claims_page, front_page
from lessons.translations import SOURCE

PROJECT = Path(__file__).resolve().parent
MARK = ".trigrad-site"  # a directory with this file in it is one that may be replaced
NEEDED = ("sphinx", "myst_nb", "sphinx_book_theme", "sphinx-mathjax-offline", "ipykernel", "nbclient", "jupytext")
SPHINX = {SOURCE: "en", "zh": "zh_CN"}  # what Sphinx calls the languages
MATHJAX_PARTS = (  # of the 24 MB of MathJax, what conf.py loads, and what that can ask for
    "startup.js",
    "core.js",
    "loader.js",
    "input/tex.js",
    "input/tex/extensions",
    "output/chtml.js",
    "output/chtml/fonts",
    "a11y/assistive-mml.js",
)


@dataclass(frozen=True, slots=True)
class Site:
    """A site that was built: where, from which lessons, and what Sphinx complained of."""

    directory: Path
    lessons: tuple[Lesson, ...]
    warnings: tuple[str, ...]


def build_site(
    directory: str | os.PathLike[str],
    lessons: Sequence[Lesson] | None = None,
    *,
    language: str = SOURCE,
    progress: Callable[[str], None] | None = None,
) -> Site:
    """Execute the lessons, all or those that are given, and write them as a site, all or nothing.

    With all of them, in the language, comes the page of the claims, measured.

    Raises MissingPackage without the extra `site`, LessonError for a directory that holds something else, and for a
    lesson that fails, with the failing cell.
    """
    chosen = course(language=language) if lessons is None else tuple(lessons)
    target = Path(directory).resolve()
    check_packages()
    check_target(target)
    with TemporaryDirectory(prefix="trigrad-site-") as scratch:
        work = Path(scratch)
        source = work / "source"
        lay_out(source)
        write_pages(source, chosen, lessons is None, language, progress or (lambda text: None))
        warnings = run_sphinx(source, work, language)
        built = work / "built"
        (built / MARK).write_text("written by 'trigrad site', and replaced by it\n", encoding="utf-8")
        try:
            with written_whole(target) as part:
                shutil.copytree(built, part)
        except OSError as error:
            raise unwritable(target, error) from error
    return Site(target, chosen, warnings)


def check_packages() -> None:
    """Name what is not installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MissingPackage(f"a site needs {', '.join(missing)}, not installed here; run: pip install 'trigrad[site]'")


def check_target(target: Path) -> None:
    """Refuse a directory that holds something else than a site, and one that cannot be, before anything is run."""
    if target.exists() and not (target.is_dir() and ((target / MARK).exists() or not any(target.iterdir()))):
        raise LessonError(f"{target} holds something that is not a site; name a new directory, or an empty one")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(target, error) from error


def unwritable(target: Path, error: OSError) -> LessonError:
    """That a site cannot be where it was asked for."""
    return LessonError(f"{target} cannot be written: {error.strerror}; name a directory that can")


def lay_out(source: Path) -> None:
    """What Sphinx reads beside the pages: its configuration, the style, and MathJax."""
    shutil.copytree(PROJECT / "static", source / "static")
    shutil.copy(PROJECT / "conf.py", source)
    spec = find_spec("sphinx-mathjax-offline")
    assert spec is not None and spec.origin is not None  # check_packages has looked
    mathjax = Path(spec.origin).with_name("static") / "mathjax"
    for part in MATHJAX_PARTS:
        goal = source / "static" / "mathjax" / part
        goal.parent.mkdir(parents=True, exist_ok=True)
        if (mathjax / part).is_dir():
            shutil.copytree(mathjax / part, goal)
        else:
            shutil.copy(mathjax / part, goal)


def write_pages(
    source: Path, lessons: Sequence[Lesson], claims: bool, language: str, progress: Callable[[str], None]
) -> None:
    """The pages, as executed notebooks; first the front page, so that a broken installation shows at once."""
    others = ("claims",) if claims else ()
    texts = {"index": ("the front page", front_page(lessons, others, language))}
    texts |= {x.name: (f"lesson {x.number}, {x.title}", x.text) for x in lessons}
    for name, (title, text) in texts.items():
        progress(title)
        (source / f"{name}.ipynb").write_bytes(content(executed(notebook(text, name), name)))
    if claims:
        (source / "claims.md").write_text(claims_page(lessons, progress, language), encoding="utf-8")


def run_sphinx(source: Path, work: Path, language: str) -> tuple[str, ...]:
    """Run Sphinx, and return its warnings."""
    complaints = work / "warnings.txt"
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "--no-color", "-D", f"language={SPHINX[language]}"]
    command += ["-d", str(work / "doctrees"), "-w", str(complaints), str(source), str(work / "built")]
    done = subprocess.run(
        command, env=own_environment(work) | {"TMPDIR": str(work)}, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode != 0:
        raise LessonError(f"Sphinx failed with code {done.returncode}: {' '.join(done.stderr.split())[:600]}")
    return tuple(line for line in complaints.read_text(encoding="utf-8").splitlines() if line.strip())

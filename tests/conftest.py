"""For all tests: one Hypothesis profile, no clock; what is not installed is skipped by name, data and browser alike."""

import os
import shutil

import pytest
from hypothesis import settings

from expression.case import Case
from expression.corpus import CORPUS

# Where a change is admitted or not (CI is set) the same tree draws the same examples; elsewhere each run searches anew.
settings.register_profile("trigrad", deadline=None, print_blob=True, derandomize="CI" in os.environ)
settings.load_profile("trigrad")


@pytest.fixture(autouse=True)
def data_of_the_corpus(request):
    """Skip a test over a row of the corpus, given itself or by name, that needs scikit-learn where there is none."""
    given = request.node.callspec.params.values() if hasattr(request.node, "callspec") else ()
    rows = [CORPUS.get(x) if isinstance(x, str) else x for x in given]
    if any(isinstance(row, Case) and row.requires for row in rows):
        pytest.importorskip("sklearn", reason="the digits come with scikit-learn (extra `test` or `course`)")


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, without a window; one for all tests, because Playwright starts only once in a process."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium (Debian: apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright (extra `browser`)")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=flags)
        yield opened
        opened.close()

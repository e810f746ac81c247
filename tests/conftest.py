"""For all tests: one Hypothesis profile, no clock; and rows of the corpus whose data are not installed are skipped."""

import pytest
from hypothesis import settings

from expression.case import Case
from expression.corpus import CORPUS

settings.register_profile("trigrad", deadline=None, print_blob=True)
settings.load_profile("trigrad")


@pytest.fixture(autouse=True)
def data_of_the_corpus(request):
    """Skip a test over a row of the corpus, given itself or by name, that needs scikit-learn where there is none."""
    given = request.node.callspec.params.values() if hasattr(request.node, "callspec") else ()
    rows = [CORPUS.get(x) if isinstance(x, str) else x for x in given]
    if any(isinstance(row, Case) and row.requires for row in rows):
        pytest.importorskip("sklearn", reason="the digits come with scikit-learn (extra `test` or `course`)")

"""Every lesson through a real kernel, in the time that it may take, with no error and nothing on stderr."""

import sys
from importlib.util import find_spec

import nbformat
import pytest

from expression.errors import LessonError, MissingPackage
from lessons.course import course
from lessons.execution import LIMIT, executed
from lessons.notebooks import assembled, lesson_notebook
from tests.lessons.conftest import SAMPLE
from tests.lessons.reading import code

MISSING = [name for name in ("ipykernel", "nbclient", "sklearn") if find_spec(name) is None]
needs_kernel = pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} not installed (extra `course`)")


def outputs(made):
    return [output for cell in made.cells if cell.cell_type == "code" for output in cell.outputs]


@pytest.mark.parametrize("lesson", course(), ids=lambda lesson: lesson.name)
def test_a_lesson_runs_in_its_time(site, lesson):
    made = nbformat.read(site / "_sources" / f"{lesson.name}.ipynb", as_version=4)  # building raises beyond a minute
    cells = [cell for cell in made.cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells] == [piece.text for piece in code(lesson.text)]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    meant = sum("raises-exception" in cell.metadata.get("tags", ()) for cell in cells)
    assert sum(output.output_type == "error" for output in outputs(made)) == meant
    assert [output.text for output in outputs(made) if output.get("name") == "stderr"] == []


@needs_kernel
def test_the_students_own_cells_run_before_anything_is_answered():
    cells = []
    for lesson in course():
        shown = [piece.text for piece in code(lesson.text)]
        own = [c for c in lesson_notebook(lesson).cells if c.cell_type == "code" and c.source not in shown]
        assert len(own) > 2  # the import, an answer at least, and the progress
        cells += own
    made = executed(assembled(cells, "answers"), "answers")
    assert [output for output in outputs(made) if output.output_type == "error" or output.get("name") == "stderr"] == []


def test_a_lesson_has_a_minute():
    assert LIMIT == 60


def with_cell(sample, cell):
    sample.path.write_text(SAMPLE.replace("slope\n```", f"{cell}\n```"), encoding="utf-8")
    return lesson_notebook(sample)


@needs_kernel
def test_a_cell_that_fails_is_named(sample):
    message = (
        r"^01_a_sample: code cell 1, which begins 'import autodiff', fails with ZeroDivisionError: division by zero$"
    )
    with pytest.raises(LessonError, match=message):
        executed(with_cell(sample, "1 / 0"), sample.name)


@needs_kernel
def test_a_lesson_that_takes_too_long_is_stopped(sample):
    with pytest.raises(LessonError, match=r"^01_a_sample: not done after 2 seconds$"):
        executed(with_cell(sample, "import time; time.sleep(60)"), sample.name, limit=2)


@needs_kernel
def test_a_kernel_that_dies_is_reported(sample):
    with pytest.raises(
        LessonError, match=r"^01_a_sample: the kernel died; nbclient.exceptions.DeadKernelError: Kernel died$"
    ):
        executed(with_cell(sample, "import os; os._exit(1)"), sample.name)


@needs_kernel
def test_the_kernel_is_this_python_and_reads_nobody_elses_configuration(sample, tmp_path, monkeypatch):
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "mine.py").write_text("mine = 1", encoding="utf-8")
    kernels = tmp_path / "data" / "kernels" / "python3"
    kernels.mkdir(parents=True)
    (kernels / "kernel.json").write_text('{"argv": ["false"], "display_name": "x", "language": "python"}', "utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    made = executed(with_cell(sample, "import sys; print(sys.executable, 'mine' in globals())"), sample.name)
    assert outputs(made)[0].text == f"{sys.executable} False\n"


def test_without_nbclient_the_fix_is_named(sample, monkeypatch):
    monkeypatch.setattr("lessons.execution.find_spec", lambda name: None)
    with pytest.raises(MissingPackage, match=r"needs nbclient, ipykernel; run: pip install 'trigrad\[course\]'"):
        executed(lesson_notebook(sample), sample.name)

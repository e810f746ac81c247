"""The student's notebooks: the same bytes each time, all or none, and never over the student's work."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec

import nbformat
import pytest

from expression.errors import LessonError, MissingPackage
from lessons import notebooks
from lessons.course import course, read_lesson
from lessons.exercises.catalogue import catalogue, lesson_exercises
from lessons.jupyter import lab_command, open_lab
from lessons.notebooks import IMPORTS, RECORD, Outcome, content, lesson_notebook, write_notebooks
from tests.lessons.conftest import SAMPLE
from trigrad.__main__ import main


@pytest.fixture
def two(sample):
    """A course of two lessons."""
    path = sample.path.with_name("02_another.md")
    path.write_text(SAMPLE.replace("# Lesson 1: A sample", "# Lesson 2: Another").replace("**01.", "**02."), "utf-8")
    return (sample, read_lesson(path))


def outcomes(result):
    return [item.outcome for item in result.files]


def names(place):
    return sorted(path.name for path in place.iterdir())


# -- what a notebook holds --------------------------------------------------------------------------------------------


def test_a_notebook_holds_the_lesson_and_nothing_of_the_machine(sample):
    made = lesson_notebook(sample)
    nbformat.validate(made)
    kinds = ["markdown"] * 2 + ["code"] + ["markdown"] * 3 + ["code"] + ["markdown", "code"] * 3 + ["code", "markdown"]
    assert [cell.cell_type for cell in made.cells] == kinds
    assert [cell.source.splitlines()[0] for cell in made.cells][1:6:2] == [
        "## What is the slope?",
        "> **Wrong turn (M1).** Not $x$ itself.",
        "## Exercises",
    ]
    assert made.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert made.cells[2].outputs == [] and made.cells[2].execution_count is None


def test_the_same_lesson_gives_the_same_bytes(sample):
    assert content(lesson_notebook(sample)) == content(lesson_notebook(sample))
    ids = [cell.id for cell in lesson_notebook(sample).cells]
    assert ids == [f"01_a_sample-{k:03}" for k in range(15)]


def test_each_exercise_of_a_lesson_has_a_cell_to_answer_it():
    seen = []
    for lesson in course():
        cells = lesson_notebook(lesson).cells
        sources = [cell.source for cell in cells if cell.cell_type == "code"]
        for item in lesson_exercises(lesson.number):
            (place,) = [k for k, cell in enumerate(cells) if cell.source == item.cell]
            assert cells[place - 1].source == item.markdown and "?." not in item.markdown
            assert sources.index(IMPORTS) < sources.index(item.cell) < sources.index("progress()")
            seen.append(item.id)
    assert seen == list(catalogue()) and len(seen) == 30


def test_an_exercise_without_a_record_is_named(sample):
    sample.path.write_text(SAMPLE.replace("**01.3**", "**01.9**"), encoding="utf-8")
    with pytest.raises(LessonError, match=r"there is no exercise 01\.9; did you mean"):
        lesson_notebook(sample)


def test_links_between_lessons_lead_to_notebooks(sample):
    text = SAMPLE.replace(
        "[Later](#what-we-saw)", "[Later](02_another.md), [there](02_another.md#goals), [web](https://a.md)"
    )
    sample.path.write_text(text, encoding="utf-8")
    source = lesson_notebook(sample).cells[1].source
    assert "[Later](02_another.ipynb), [there](02_another.ipynb#goals), [web](https://a.md)" in source


# -- writing them -----------------------------------------------------------------------------------------------------


def test_they_are_written_and_then_left_as_they_are(two, tmp_path):
    place = tmp_path / "new" / "mine"
    first = write_notebooks(place, lessons=two)
    assert outcomes(first) == [Outcome.WRITTEN] * 2 and first.first_time
    assert names(place) == [RECORD, "01_a_sample.ipynb", "02_another.ipynb"]
    before = {path: path.stat().st_mtime_ns for path in place.iterdir()}
    again = write_notebooks(place, lessons=two)
    assert outcomes(again) == [Outcome.CURRENT] * 2 and not again.first_time
    assert {path: path.stat().st_mtime_ns for path in place.iterdir()} == before


def test_a_notebook_that_nobody_changed_follows_its_lesson(two, tmp_path):
    write_notebooks(tmp_path / "mine", lessons=two)
    two[1].path.write_text(two[1].path.read_text("utf-8").replace("- A slope.", "- A slope, corrected."), "utf-8")
    result = write_notebooks(tmp_path / "mine", lessons=two)
    assert outcomes(result) == [Outcome.CURRENT, Outcome.UPDATED]
    assert "corrected" in (tmp_path / "mine" / "02_another.ipynb").read_text("utf-8")


def test_a_notebook_that_the_student_changed_is_never_lost(two, tmp_path):
    place = tmp_path / "mine"
    write_notebooks(place, lessons=two)
    changed = place / "01_a_sample.ipynb"
    fresh = changed.read_bytes()
    work = fresh.replace(b'slope"', b'2 * slope"')
    assert work != fresh
    changed.write_bytes(work)
    kept = write_notebooks(place, lessons=two)
    assert outcomes(kept) == [Outcome.KEPT, Outcome.CURRENT] and changed.read_bytes() == work
    assert "left alone, for you changed them: 01_a_sample.ipynb; --force replaces, and keeps yours" in str(kept)

    replaced = write_notebooks(place, lessons=two, force=True)
    assert outcomes(replaced) == [Outcome.REPLACED, Outcome.CURRENT] and changed.read_bytes() == fresh
    assert (place / "01_a_sample.backup-1.ipynb").read_bytes() == work
    assert "your 01_a_sample.ipynb is now 01_a_sample.backup-1.ipynb" in str(replaced)

    changed.write_bytes(work + b" ")
    write_notebooks(place, lessons=two, force=True)
    assert (place / "01_a_sample.backup-1.ipynb").read_bytes() == work
    assert (place / "01_a_sample.backup-2.ipynb").read_bytes() == work + b" "


@pytest.mark.parametrize("record", [None, "no JSON", "[]"])
def test_without_the_record_whatever_differs_counts_as_changed(two, tmp_path, record):
    place = tmp_path / "mine"
    write_notebooks(place, lessons=two)
    (place / RECORD).unlink()
    if record is not None:
        (place / RECORD).write_text(record, "utf-8")
    two[1].path.write_text(two[1].path.read_text("utf-8").replace("- A slope.", "- A slope, corrected."), "utf-8")
    assert outcomes(write_notebooks(place, lessons=two)) == [Outcome.CURRENT, Outcome.KEPT]


def test_a_run_that_fails_half_way_leaves_everything_as_it_was(two, tmp_path, monkeypatch):
    place = tmp_path / "mine"
    write_notebooks(place, lessons=two)
    (place / "01_a_sample.ipynb").write_text("mine", "utf-8")
    before = {path.name: path.read_bytes() for path in place.iterdir()}

    def full(*paths):
        raise OSError(28, "No space left on device", str(paths[0]))

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(LessonError, match=r"cannot be written: No space left on device; name a directory that can"):
        write_notebooks(place, lessons=two, force=True)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


def test_a_place_that_cannot_be_written_is_named(two, tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(
        LessonError, match=r"file cannot be written: File exists; name a directory that can, as: trigrad"
    ):
        write_notebooks(tmp_path / "file", lessons=two)


def test_without_jupytext_the_fix_is_named(sample, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupytext", None)
    with pytest.raises(MissingPackage, match=r"jupytext, which is not installed; run: pip install 'trigrad\[course\]'"):
        lesson_notebook(sample)


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def short_course(two, monkeypatch):
    monkeypatch.setattr(notebooks, "course", lambda language: two)


def test_the_command_writes_and_says_what_it_did(short_course, tmp_path, capsys):
    place = tmp_path / "mine"
    assert main(["lessons", str(place), "--no-open"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"lessons in {place}"
    assert lines[2].split() == ["01_a_sample.ipynb", "A", "sample", "5", "min", "written"]
    (place / "02_another.ipynb").write_text("mine", "utf-8")
    assert main(["lessons", str(place), "--force", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["format"] == "trigrad.lessons" and found["directory"] == str(place)
    assert [(item["outcome"], item["backup"]) for item in found["notebooks"]] == [
        ("up to date", None),
        ("replaced", "02_another.backup-1.ipynb"),
    ]


def test_without_jupyterlab_nothing_is_written_and_the_fix_is_named(short_course, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("lessons.jupyter.find_spec", lambda name: None)
    assert main(["lessons", str(tmp_path / "mine")]) == 1
    assert capsys.readouterr().err == (
        "trigrad: error: JupyterLab is not installed; run: pip install 'trigrad[course]',"
        " or only write the notebooks: --no-open\n"
    )
    assert not (tmp_path / "mine").exists()


def test_jupyterlab_is_the_one_of_this_python():
    if find_spec("jupyterlab") is None:
        pytest.skip("jupyterlab not installed (extra `course`)")
    assert lab_command() == (sys.executable, "-m", "jupyterlab")


def test_a_lab_that_ends_badly_says_how_to_go_on(tmp_path):
    with pytest.raises(
        LessonError, match=r"ended with code 3, its reason stands above; .* open them with 'jupyter lab"
    ):
        open_lab((sys.executable, "-c", "raise SystemExit(3)"), tmp_path)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_lab_runs_in_the_directory_with_the_first_notebook_open(tmp_path):
    script = "import os, sys; open('seen', 'w').write(' '.join([os.getcwd(), *sys.argv[1:]]))"
    open_lab((sys.executable, "-c", script), tmp_path, "01_a_sample.ipynb")
    assert (tmp_path / "seen").read_text("utf-8") == f"{tmp_path} 01_a_sample.ipynb"


LAB = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
open("ready", "w").close()
time.sleep(60)
"""


def test_ctrl_c_is_the_labs_and_the_end_is_clean(tmp_path):
    lab = f"(sys.executable, '-c', {LAB!r})"
    code = f"import sys; from lessons.jupyter import open_lab; open_lab({lab}, {str(tmp_path)!r})"
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "ready").exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)  # to the command alone, as if the lab had not seen it: it goes on
    time.sleep(0.2)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 0


def test_what_a_notebook_became_is_written_in_words(two, tmp_path):
    result = write_notebooks(tmp_path, lessons=two)
    assert repr(result) == f"<2 notebooks in {tmp_path}>"
    assert replace(result, files=()).first_time

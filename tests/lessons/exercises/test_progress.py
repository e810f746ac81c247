"""Progress and hints: kept in the working directory, never lost, and shown."""

import json
import os

import pytest

from lessons.exercises import check, hint, progress
from lessons.exercises.catalogue import catalogue, exercise
from lessons.exercises.progress import FILE

ID = "06.2"
ITEM = exercise(ID)
WRONG = ITEM.solve(frozenset({"overwrites"}))


def kept(place):
    return json.loads((place / FILE).read_text(encoding="utf-8"))["exercises"]


def test_tries_hints_and_misconceptions_are_kept(working_directory):
    check(ID, None)
    check(ID, WRONG)
    hint(ID)
    hint(ID)
    check(ID, ITEM.reference)
    check(ID, ITEM.solve(frozenset({"seed 0"})))
    wanted = {"tries": 3, "passed": True, "outcome": "a known mistake", "faults": ["overwrites", "seed 0"], "hints": 2}
    assert kept(working_directory) == {ID: wanted}
    assert [path.name for path in working_directory.iterdir()] == [FILE]


def test_progress_lists_all_exercises():
    check(ID, ITEM.reference)
    check("06.1", exercise("06.1").solve(frozenset({"seed y"})))
    shown = progress()
    assert [item.id for item, _ in shown.rows] == list(catalogue())
    assert shown.points == (ITEM.points, sum(item.points for item in catalogue().values()))
    lines = str(shown).splitlines()
    assert lines[0].startswith(f"1 of {len(catalogue())} exercises passed on their public cases")
    (line,) = (line for line in lines if line.startswith("06.1"))
    assert "a known mistake" in line and line.endswith("M20")
    assert repr(shown) == str(shown) and "<table>" in shown._repr_html_()
    assert json.loads(shown.to_json())["points"] == list(shown.points)


DAMAGED = [
    "",
    "{",
    "[]",
    "null",
    "\x00\xff",
    "[" * 100_000,
    '{"format": 1}',
    '{"format": 9, "exercises": {}}',
    '{"format": 1, "exercises": []}',
    '{"format": 1, "exercises": {"06.2": {"tries": "x"}}}',
]


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:40])
def test_a_damaged_file_is_put_aside_and_its_owner_is_told(working_directory, text):
    (working_directory / FILE).write_text(text, encoding="utf-8")
    verdict = check(ID, ITEM.reference)
    assert verdict.passed
    assert verdict.notes[-1].endswith(f"It is kept as {FILE}.unreadable-1, and a new one is begun.")
    assert (working_directory / f"{FILE}.unreadable-1").read_text(encoding="utf-8") == text
    assert kept(working_directory)[ID]["passed"] is True
    (working_directory / FILE).write_bytes(b"\xff\xfe")
    assert "unreadable-2" in str(progress())


def test_a_directory_that_cannot_be_written_does_not_stop_a_check(working_directory, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.write_text", refused)
    verdict = check(ID, ITEM.reference)
    assert verdict.passed and "cannot be written" in str(verdict) and "Permission denied" in str(verdict)


def test_a_write_that_is_interrupted_leaves_the_old_file(working_directory, monkeypatch):
    check(ID, WRONG)
    before = (working_directory / FILE).read_bytes()

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            check(ID, ITEM.reference)
    assert (working_directory / FILE).read_bytes() == before
    assert [path.name for path in working_directory.iterdir()] == [FILE]
    assert os.listdir(working_directory) == [FILE]


def test_hints_come_in_steps_and_the_last_one_stays():
    count = len(ITEM.hints)
    texts = [hint(ID).text for _ in range(count + 2)]
    assert texts == [*ITEM.hints, ITEM.hints[-1], ITEM.hints[-1]]
    assert str(hint(ID, 1)).startswith(f"06.2 Six rules: hint 1 of {count}\n  ")
    assert hint(ID, 99).text == ITEM.hints[-1] and ITEM.hints[0][:20] in hint(ID, 1)._repr_html_()


def test_parts_may_be_given_one_after_the_other():
    item = exercise("06.1")
    assert check("06.1", *item.reference.values()).passed
    assert check("06.1", item.reference).passed

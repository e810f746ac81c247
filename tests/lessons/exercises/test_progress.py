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


def line_of(id):
    (line,) = (line for line in str(progress()).splitlines() if line.startswith(id))
    return line


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
    assert [item.id for item, *_ in shown.rows] == list(catalogue())
    assert shown.points == (ITEM.points, sum(item.points for item in catalogue().values()))
    lines = str(shown).splitlines()
    assert lines[0].startswith(f"1 of {len(catalogue())} exercises passed on their public cases")
    (line,) = (line for line in lines if line.startswith("06.1"))
    assert "a known mistake" in line and line.endswith("M20")
    assert repr(shown) == str(shown) and "<table>" in shown._repr_html_()
    assert json.loads(shown.to_json())["points"] == list(shown.points)


def test_variants_that_were_passed_are_counted(working_directory):
    for number in (3, 7):
        check(f"06.1/{number}", exercise(f"06.1/{number}").reference)
    check("06.1/8", exercise("06.1").reference)
    check("08.3/1", exercise("08.3/1").reference)
    assert "open, and 2 variants passed" in line_of("06.1")
    check("06.1", exercise("06.1").reference)
    assert "passed, and 2 variants" in line_of("06.1") and "open, and 1 variant passed" in line_of("08.3")
    shown = progress()
    counts = {item["id"]: item["variants"] for item in json.loads(shown.to_json())["exercises"]}
    assert (counts.pop("06.1"), counts.pop("08.3"), set(counts.values())) == (2, 1, {0})
    assert shown.points[0] == exercise("06.1").points
    assert sorted(kept(working_directory)) == ["06.1", "06.1/3", "06.1/7", "06.1/8", "08.3/1"]


FOREIGN = {
    "99.9": {"tries": 3},
    "06.77": None,
    "06.77/1": [1, 2],
    "06.1/x": "a note",
    "06.1/0": {"passed": True},
    "": 5,
    "notes": {"me": ["here"]},
    "06.2/1": {"tries": 1, "passed": True, "outcome": "\ud800", "faults": ["x", "overwrites"], "hints": 99},
}


def test_what_is_said_of_other_exercises_is_kept_and_does_no_harm(working_directory):
    text = json.dumps({"format": 1, "exercises": FOREIGN})
    (working_directory / FILE).write_text(text, encoding="utf-8")
    assert check(ID, ITEM.reference).passed
    now = kept(working_directory)
    assert now.pop(ID)["passed"] and now == FOREIGN
    shown = progress()
    assert str(shown).encode() and not shown.note and shown.points[0] == ITEM.points
    assert "variant" not in str(shown)
    assert {item["variants"] for item in json.loads(shown.to_json())["exercises"]} == {0}
    assert [path.name for path in working_directory.iterdir()] == [FILE]


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
    '{"format": 1, "exercises": {"06.1/7": null}}',
    '{"format": 1, "exercises": {"06.2": {"tries": 1, "passed": true, "outcome": "", "faults": [{}], "hints": 0}}}',
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

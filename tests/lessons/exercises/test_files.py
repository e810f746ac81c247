"""Answers in files: found by marker or by name, run piece by piece, and checked by the command and by pytest."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from expression.errors import LessonError
from lessons.exercises.catalogue import catalogue
from lessons.exercises.files import accept, cut, pytest_file, read_answers, starter_file
from lessons.exercises.verdict import Outcome
from trigrad.__main__ import main

ROOT = Path(__file__).resolve().parents[3]
RIGHT = """
from lessons.exercises.lesson06.backward import solve_backward
from lessons.exercises.lesson06.table import TABLE

# exercise: 06.2
backward = solve_backward(frozenset())
# end of exercise: 06.2
check("06.2", backward)

# exercise: 06.1
table = TABLE.solve(frozenset({"seed y"}))
"""


def written(name, text):
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def notebook(*cells):
    made = [{"cell_type": "code", "source": source.splitlines(keepends=True)} for source in cells]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "# hi"}, *made], "metadata": {}, "nbformat": 4})


def test_answers_are_found_by_their_markers():
    answers = read_answers(written("mine.py", RIGHT))
    verdicts = {verdict.exercise.id: verdict for verdict in answers.verdicts()}
    assert list(verdicts) == ["06.1", "06.2"]
    assert verdicts["06.2"].passed and verdicts["06.1"].faults == {"seed y"}


def test_answers_without_markers_are_found_by_name():
    text = "\n".join(line for line in RIGHT.splitlines() if not line.startswith("#"))
    answers = read_answers(written("mine.py", text))
    assert set(answers.found) >= {"06.1", "06.2"}


def test_of_a_notebook_the_marked_cells_are_run_and_those_that_import():
    cells = [
        "%matplotlib inline\nfrom lessons.exercises.lesson06.table import TABLE",
        "raise SystemExit",
        "# exercise: 06.1\n!ls\ntable = TABLE.solve(frozenset())\n# end of exercise: 06.1\ncheck('06.1', table)",
    ]
    answers = read_answers(written("mine.ipynb", notebook(*cells)))
    assert answers.verdict("06.1").passed


BROKEN = [
    ("table = 1 / 0", "It stopped with ZeroDivisionError: division by zero, at line 3: table = 1 / 0"),
    ("table = (", "It is no Python, at line 3"),
    ("other = 1", "The cell does not define table."),
    ("exit(3)", "It stopped with"),
    ("while True: pass", "It did not end within 2 s."),
    ("raise KeyboardInterrupt", "It stopped with KeyboardInterrupt"),
]


@pytest.mark.parametrize(("line", "text"), BROKEN)
def test_a_cell_that_stops_has_a_verdict_with_its_line(line, text):
    right = RIGHT.rpartition("# exercise")[0]
    path = written("mine.py", f"\n# exercise: 06.1\n{line}\n# end of exercise: 06.1\n{right}")
    answers = read_answers(path, seconds=2)  # enough for the pieces that do end, on a machine that is busy
    verdict = answers.verdict("06.1")
    assert verdict.outcome is Outcome.ERROR and text in str(verdict)
    assert answers.verdict("06.2").passed


def test_pieces_know_their_lines():
    pieces = list(cut(RIGHT, "mine.py"))
    assert [(piece.id, piece.first) for piece in pieces] == [("", 1), ("06.2", 5), ("", 7), ("06.1", 10)]


def test_files_that_hold_nothing_are_refused_in_words():
    with pytest.raises(LessonError, match=r"missing\.py cannot be read: No such file or directory"):
        read_answers(Path("missing.py"))
    with pytest.raises(LessonError, match="Python file"):
        read_answers(written("mine.txt", ""))
    with pytest.raises(LessonError, match=r"mine\.ipynb is no notebook"):
        read_answers(written("mine.ipynb", "{}"))
    assert "holds no answer to 06.1" in str(read_answers(written("empty.py", "")).verdict("06.1"))


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.fixture
def call(capsys):
    def run(*argv):
        code = main(["exercises", *argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_the_command_lists_and_shows(call):
    code, out, _ = call("list")
    assert code == 0 and all(item.id in out and item.title.split()[0] in out for item in catalogue().values())
    code, out, _ = call("list", "--lesson", "6", "--json")
    assert code == 0 and [row["id"] for row in json.loads(out)["exercises"]] == ["06.1", "06.2", "06.3", "06.4"]
    code, out, _ = call("show", "06.2")
    assert code == 0 and "# exercise: 06.2" in out and "not allowed: autodiff" in out
    code, out, err = call("show", "06.7")
    assert (code, out) == (1, "") and "there is no exercise 06.7" in err
    assert call("list", "--lesson", "77")[0] == 2


def test_the_command_checks_a_file(call):
    written("mine.py", RIGHT)
    code, out, _ = call("check", "mine.py")
    assert code == 1 and "[misconception M20]" in out and out.endswith("1 of 2 passed\n")
    code, out, _ = call("check", "mine.py", "--only", "06.2", "--json")
    content = json.loads(out)
    assert code == 0 and content["passed"] == 1 and content["verdicts"][0]["outcome"] == "passed"
    written("empty.py", "")
    assert "holds no answer" in call("check", "empty.py")[2]


def test_starters_and_pytest_file_are_written_once_and_go_together(call):
    code, out, _ = call("start")
    assert code == 0 and "answers.py written" in out
    assert call("tests")[0] == 0
    assert "is there already, and is left alone" in call("start")[2]
    answers = read_answers(Path("answers.py"))
    assert set(answers.found) | set(answers.failed) == set(catalogue())
    assert not any(verdict.passed for verdict in answers.verdicts())
    assert Path("answers.py").read_text(encoding="utf-8") == starter_file()


def test_the_pytest_file_runs_one_exercise_by_its_name():
    written("answers.py", RIGHT)
    written("test_answers.py", pytest_file("answers.py"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_answers.py", "-k"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run([*command, "ex06_2"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0 and "1 passed" in done.stdout
    done = subprocess.run([*command, "ex06_1"], capture_output=True, text=True, env=environment)
    assert (done.returncode == 1 and "the output" in done.stdout.lower()) or "[misconception M20]" in done.stdout


def test_accepting_fails_with_the_verdict():
    path = written("answers.py", RIGHT)
    accept("06.2", path)
    with pytest.raises(AssertionError, match="misconception M20"):
        accept("06.1", path)


def test_a_file_may_hold_a_variant_beside_the_exercise():
    text = '# exercise: 06.1/7\ntable = exercise("06.1/7").reference\n# end of exercise: 06.1/7\n'
    text += '# exercise: 06.1\ntable = exercise("06.1").reference\n# end of exercise: 06.1\n'
    path = written("answers.py", f"from lessons.exercises.catalogue import exercise\n{text}")
    assert [(verdict.exercise.id, verdict.passed) for verdict in read_answers(path).verdicts()] == [
        ("06.1", True),
        ("06.1/7", True),
    ]
    assert "# exercise: 06.1/7\n" in starter_file(7) and "# exercise: 06.2\n" in starter_file(7)


def test_the_tests_of_a_file_take_the_variants_that_it_holds():
    text = '# exercise: 06.1/7\ntable = exercise("06.1/7").reference\n# end of exercise: 06.1/7\n'
    path = written("answers.py", f"from lessons.exercises.catalogue import exercise\n{text}")
    accept("06.1", path)
    assert read_answers(path).verdict("06.1").exercise.id == "06.1/7"
    with pytest.raises(AssertionError, match=r"holds no answer to 06\.1/8"):
        accept("06.1/8", path)

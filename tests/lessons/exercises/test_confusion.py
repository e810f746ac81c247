"""The confusion matrix: hundreds of synthetic wrong answers, nearly all named right, and no right one rejected."""

import json

import pytest

from lessons.exercises.catalogue import catalogue
from lessons.exercises.confusion import ENOUGH, NAMED, Matrix, confusion, distinct, judged, wrong_answers
from lessons.exercises.formats import formats
from tests.lessons.exercises.small import of_one_number
from trigrad.__main__ import main

THIRD = 3  # of the pairs every third; `trigrad exercises matrix` takes them all


@pytest.mark.parametrize("id", catalogue())
def test_wrong_answers_are_named_and_right_ones_pass(id):
    row = judged(catalogue()[id], step=THIRD)
    assert row.rejected == 0 and row.passed == 0, row.misses
    assert row.named >= NAMED * row.wrong > 0, row.misses


def test_there_are_enough_wrong_answers():
    total = 0
    for item in catalogue().values():
        kept, _ = distinct(item)
        total += sum(1 for _ in wrong_answers(item, kept))
    assert total >= ENOUGH


def test_answers_that_behave_alike_count_once():
    wrong = {"double": lambda x: 2 * x, "twice": lambda x: x + x, "right too": lambda x: x * x}
    kept, alike = distinct(of_one_number(lambda x: x * x, **wrong))
    assert kept == [frozenset({"double"})] and alike == 5


def test_a_checker_that_errs_is_found_out():
    item = of_one_number(lambda x: x * x, public=(0.0, 1.0), cube=lambda x: x**3)
    row = judged(item)
    assert row.passed > 0 and row.misses and not Matrix((row,)).good


def test_a_format_changes_no_answer():
    item = catalogue()["06.1"]
    names = [name for name, _ in formats(item.kind, item.reference)]
    assert names == ["as it is", "in order", "backwards", "NumPy numbers", "numbers as text", "an array"]


def test_the_command_prints_the_matrix(capsys):
    assert main(["exercises", "matrix", "--lesson", "1"]) == 0
    out = capsys.readouterr().out
    assert "named right" in out and "01.2" in out
    result = confusion([catalogue()["06.1"]])
    content = json.loads(result.to_json())
    assert (
        content["rejected"] == 0
        and content["exercises"][0]["wrong"] == result.wrong
        and "<table>" in result._repr_html_()
    )

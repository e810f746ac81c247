"""Answers that people gave in public: each has an address and a sentence, and is judged as it should be."""

import json
import re

import pytest

from lessons.exercises.catalogue import catalogue, exercise
from lessons.exercises.confusion import NAMED, Matrix, confusion
from lessons.exercises.diagnosis import judge
from lessons.exercises.found import first, held_out, last, right_ones
from lessons.exercises.found.judging import Collected, Public, public
from lessons.exercises.found.record import NO_NAME, OTHER_NAME, TAKEN_FOR_RIGHT
from trigrad.__main__ import main

IMPROVED_ON = (*first(), *held_out())
WRONG = (*IMPROVED_ON, *last())
EVERYTHING = (*WRONG, *right_ones())
ADDRESS = re.compile(r"https?://[\w.-]+\.[a-z]{2,}/\S+")
ON_GITHUB = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+(/(issues|pull)/\d+|/blob/[0-9a-f]{40}/\S+)?")
FEWEST = {"first": 40, "held out": 15, "last": 15, "right": 15}


def named(items):
    return [pytest.param(item, id=f"{item.id}-{k}") for k, item in enumerate(items)]


@pytest.mark.parametrize("found", named(EVERYTHING))
def test_an_answer_says_where_it_is_from_and_what_was_done(found):
    assert ADDRESS.fullmatch(found.source)
    assert "github.com" not in found.source or ON_GITHUB.fullmatch(found.source)
    assert len(found.did) > 20 and found.did.endswith((".", "?"))
    assert found.missed in ("", NO_NAME, OTHER_NAME, TAKEN_FOR_RIGHT)
    assert found.faults <= {fault.name for fault in exercise(found.id).faults}


@pytest.mark.parametrize("found", named([item for item in WRONG if item in IMPROVED_ON or not item.missed]))
def test_a_mistake_is_named_and_one_without_a_name_rejected(found):
    verdict = judge(exercise(found.id), found.answer)
    assert (verdict.faults, verdict.passed) == (found.faults, False)


@pytest.mark.parametrize("found", named([item for item in last() if item.missed]))
def test_what_was_missed_is_not_taken_for_right(found):
    assert not judge(exercise(found.id), found.answer).passed


@pytest.mark.parametrize("found", named(right_ones()))
def test_a_right_answer_passes(found):
    assert judge(exercise(found.id), found.answer).passed


def test_there_are_enough():
    counts = {"first": len(first()), "held out": len(held_out()), "last": len(last()), "right": len(right_ones())}
    assert all(counts[name] >= FEWEST[name] for name in FEWEST)
    assert len({found.source for found in WRONG}) >= 100
    assert {found.id[:2] for found in WRONG} == {item.id[:2] for item in catalogue().values()}


def test_the_numbers_of_the_description_are_those_of_the_records():
    rows = public(set(catalogue())).sets
    assert [(row.wrong, row.at_first) for row in rows] == [(87, 51), (33, 25), (31, 19)]


def test_the_command_shows_them_in_a_table_of_their_own(capsys):
    assert main(["exercises", "matrix", "--lesson", "1"]) == 0
    out = capsys.readouterr().out
    assert "found in public" in out and "at first sight" in out


def test_json_has_them_with_what_was_missed():
    result = confusion([exercise("07.2")])
    content = json.loads(result.to_json())["found"]
    assert content["wrong"] == sum(found.id == "07.2" for found in WRONG)
    assert [(miss["expected"], miss["judged"]) for miss in content["misses"]] == [("no fault describes it", "wrong")]


@pytest.mark.parametrize(
    "changed, good",
    [
        ({}, True),
        ({"named": 180, "nameless": 20}, True),
        ({"named": 180, "unnamed": 20}, False),
        ({"named": 199, "passed": 1}, False),
        ({"wrong": 20, "named": 18, "unnamed": 2}, True),  # too few to ask for a share
        ({"wrong": 20, "named": 19, "passed": 1}, False),
    ],
)
def test_a_matrix_is_good_when_mistakes_of_people_are_named_too(changed, good):
    row = {
        "collected": "",
        "wrong": 200,
        "at_first": 0,
        "named": 200,
        "nameless": 0,
        "unnamed": 0,
        "other": 0,
        "passed": 0,
    }
    found = Public((Collected(**row | changed),), right=1, rejected=0, misses=())
    assert found.good(NAMED) is good


def test_a_right_answer_that_is_rejected_is_no_good():
    assert not Public((), right=1, rejected=1, misses=()).good(NAMED) and not Matrix(()).good

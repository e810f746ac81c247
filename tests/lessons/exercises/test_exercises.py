"""Every exercise: reference and other right answers pass, the starter is refused kindly, each mutant is named."""

import re
from itertools import combinations

import numpy as np
import pytest

from expression.errors import LessonError
from lessons.course import course
from lessons.exercises.catalogue import catalogue, exercise
from lessons.exercises.diagnosis import judge
from lessons.exercises.exercise import RIGHT
from lessons.exercises.places import told
from lessons.exercises.solutions import Solutions
from lessons.exercises.verdict import Outcome

EXERCISES = tuple(catalogue().values())
FAULTS = [(item, fault) for item in EXERCISES for fault in item.faults]
OTHERS = [(item, k) for item in EXERCISES for k in range(len(item.also_right))]
AT_LEAST = 5  # right answers, written differently
FUNCTIONS = [item for item in EXERCISES if item.kind.callable and item.hidden(np.random.default_rng(0))]


VARIED = [item for item in EXERCISES if item.another]
VARIANTS = (1, 2, 2026)


def by_id(item):
    return item.id


def starter_of(item):
    names = {"np": np}
    exec(item.starter, names)
    answer = tuple(names[name] for name in item.names)
    return answer[0] if len(answer) == 1 else answer


def test_the_lessons_ask_these_exercises_and_no_others():
    asked = {}
    for lesson in course():
        text = lesson.path.read_text(encoding="utf-8").partition("\n## Exercises\n")[2]
        asked |= dict.fromkeys(re.findall(r"^\*\*(\d\d\.\d+)\*\*", text, re.MULTILINE))
    assert list(catalogue()) == list(asked)


@pytest.mark.parametrize("item", EXERCISES, ids=by_id)
def test_the_reference_passes(item):
    verdict = judge(item, item.reference)
    assert verdict.passed, verdict
    assert not verdict.named and all(row.passed for row in verdict.rows)


@pytest.mark.parametrize("item", EXERCISES, ids=by_id)
def test_the_starter_fails_with_a_helpful_message(item):
    verdict = judge(item, starter_of(item))
    assert not verdict.passed
    assert verdict.sentences() and len(str(verdict).splitlines()) > 1
    assert verdict.outcome in (Outcome.UNREADABLE, Outcome.WRONG, Outcome.FAULT, Outcome.ERROR)


@pytest.mark.parametrize("item", EXERCISES, ids=by_id)
def test_the_reference_solves_the_starter_cell(item):
    assert f"# exercise: {item.id}\n" in item.cell and f"# end of exercise: {item.id}\n" in item.cell
    assert f'check("{item.id}", {item.answer})' in item.cell
    compile(item.cell, item.id, "exec")


@pytest.mark.parametrize(("item", "fault"), FAULTS, ids=[f"{item.id}-{fault.name}" for item, fault in FAULTS])
def test_every_mutant_is_named(item, fault):
    verdict = judge(item, item.solve(frozenset({fault.name})))
    assert verdict.outcome is Outcome.FAULT
    assert verdict.faults == {fault.name}, verdict
    assert verdict.named[0].fault.explanation in " ".join(verdict.sentences())
    assert fault.question in verdict.sentences()


@pytest.mark.parametrize(("item", "k"), OTHERS, ids=[f"{item.id}-{k}" for item, k in OTHERS])
def test_right_answers_that_are_written_differently_pass(item, k):
    verdict = judge(item, item.also_right[k])
    assert verdict.passed, verdict


@pytest.mark.parametrize("item", EXERCISES, ids=by_id)
def test_there_are_enough_of_them_and_they_are_no_copies(item):
    assert len(item.also_right) >= AT_LEAST
    assert len({id(answer) for answer in item.also_right}) == len(item.also_right)


@pytest.mark.parametrize("item", EXERCISES, ids=by_id)
def test_an_exercise_is_told_in_whole_sentences(item):
    assert len(item.prompt) > 40 and item.points > 0 and len(item.hints) >= 2
    for fault in item.faults:
        assert 1 <= len(re.findall(r"[.?!:](?:\s|$)", fault.explanation)) <= 5, fault.explanation
        assert fault.explanation.endswith((".", ".)", "!", "?")), fault.explanation


@pytest.mark.parametrize(("item", "fault"), FAULTS, ids=[f"{item.id}-{fault.name}" for item, fault in FAULTS])
def test_the_smallest_case_of_a_function_shows_the_fault(item, fault):
    if item.kind.callable:
        assert Solutions(item).differ(RIGHT, frozenset({fault.name}), fault.smallest)


@pytest.mark.parametrize("item", FUNCTIONS, ids=by_id)
def test_hidden_cases_are_drawn_from_a_seed_and_are_not_the_public_ones(item):
    texts = [[case.text for case in item.hidden(np.random.default_rng(seed))] for seed in (5, 5, 6)]
    assert texts[0] == texts[1] != texts[2]
    assert not set(texts[0]) & {case.text for case in item.public}
    for case in item.hidden(np.random.default_rng(7)):
        call = Solutions(item).call(RIGHT, case)
        assert call.answered or call.error is not None, told(call.error)


@pytest.mark.parametrize("item", FUNCTIONS, ids=by_id)
def test_public_or_drawn_cases_tell_any_two_faults_apart(item):
    solutions = Solutions(item)
    cases = [*item.public, *(fault.smallest for fault in item.faults)]
    for seed in range(6):
        cases += item.hidden(np.random.default_rng(seed))
    for a, b in combinations([fault.name for fault in item.faults], 2):
        assert any(solutions.differ(frozenset({a}), frozenset({b}), case) for case in cases), (a, b)


@pytest.mark.parametrize("number", VARIANTS)
@pytest.mark.parametrize("item", VARIED, ids=by_id)
def test_a_variant_is_an_exercise_of_its_own(item, number):
    varied = exercise(f"{item.id}/{number}")
    again = exercise(f"{item.id}/{number}")
    assert (varied.id, varied.prompt, varied.starter) == (again.id, again.prompt, again.starter)
    assert varied.prompt != item.prompt and varied.names == item.names and varied.points == item.points
    assert not judge(varied, starter_of(varied)).passed
    for answer in (varied.reference, *varied.also_right):
        assert judge(varied, answer).passed
    assert not judge(varied, item.reference).passed
    for fault in varied.faults:
        verdict = judge(varied, varied.solve(frozenset({fault.name})))
        assert verdict.faults == {fault.name}, (fault.name, verdict)


@pytest.mark.parametrize("item", VARIED, ids=by_id)
def test_variants_differ(item):
    prompts = {exercise(f"{item.id}/{number}").prompt for number in range(1, 9)}
    assert len(prompts) >= 4


def test_what_has_hidden_cases_has_no_variants():
    with pytest.raises(LessonError, match=r"06\.2 has no variants, its hidden cases are drawn instead"):
        exercise("06.2/1")
    for id in ("06.1/0", "06.1/x", "06.1/", "06.1/1/1", "06.1/\u0663", "06.1/" + "9" * 30):
        with pytest.raises(LessonError, match=r"there is no exercise .*; did you mean 06\.1\?"):
            exercise(id)


def test_an_exercise_that_there_is_not_names_the_nearest():
    with pytest.raises(LessonError, match=r"there is no exercise 06\.22; did you mean 06\.2\?"):
        exercise("06.22")
    with pytest.raises(LessonError, match="there is no exercise"):
        exercise(6.2)


@pytest.mark.parametrize("item", EXERCISES, ids=by_id)
def test_no_asterisk_of_a_prompt_is_lost_to_italics(item):
    for asked in (item, *([exercise(f"{item.id}/{number}") for number in VARIANTS] if item.another else [])):
        outside_code = re.sub(r"`[^`]*`|\$[^$]*\$", "", asked.prompt)
        assert "*" not in re.sub(r"\*[a-z ]+\*", "", outside_code), asked.prompt

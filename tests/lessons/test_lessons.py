"""Every lesson runs in one process, keeps to the rules, and says nothing that it does not show."""

import re
from importlib.util import find_spec

import pytest

from lessons.course import read_lesson
from tests.lessons.conftest import SAMPLE
from tests.lessons.numbers import is_known, known_numbers, made_up_numbers, significant
from tests.lessons.reading import code, lesson_files, prose, run, sections, text_of, written
from tests.lessons.rules import RULES, links_lead_somewhere

FILES = lesson_files()
MISTAKES = {  # the usual mistakes, each in every lesson whose subject it is
    1: (1, 2, 3, 4),
    2: (5, 6, 7),
    3: (8, 9, 10, 11, 12, 13),
    4: (3, 5, 14, 15),
    5: (4, 16, 17),
    6: (7, 18, 19, 20, 21, 22, 23),
    7: (24, 25, 26, 27),
    8: (28, 29, 30, 31),
}
LOOSE = range(1, 9)  # P1 to P8: where the usual explanation of backpropagation is corrected by a measurement


def name(path):
    return path.stem


def text(path):
    return path.read_text(encoding="utf-8")


# -- the lessons ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_lesson_runs_in_one_process_and_shows_every_number_that_it_says(path):
    if 'case("digits")' in text(path) and find_spec("sklearn") is None:
        pytest.skip("the digits come with scikit-learn (extra `test` or `course`)")
    outputs = list(run(text(path), path.stem))
    assert len(outputs) == len(code(text(path))) > 0
    found = made_up_numbers(text(path), "\n".join([written(text(path)), *outputs]))
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_lesson_keeps_to_the_rules(path, rule):
    found = rule(text(path))
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize("path", FILES, ids=name)
def test_links_lead_somewhere(path):
    assert links_lead_somewhere(text(path), path.parent) == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_lesson_says_what_it_is_about(path):
    lesson = read_lesson(path)
    assert 20 <= lesson.minutes <= 120
    assert len(lesson.goals) >= 3
    numbers = [int(n) for n in re.findall(r"lessons? (\d+)", lesson.needs)]
    assert all(n < lesson.number for n in numbers), "a lesson builds on earlier ones"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_lesson_names_the_usual_mistakes_of_its_subject(path):
    named = {int(n) for n in re.findall(r"\bM(\d+)\b", prose(text(path)))}
    assert named >= set(MISTAKES.get(read_lesson(path).number, ()))


def test_each_loose_sentence_is_looked_at_somewhere():
    boxes = [
        m for path in FILES for m in re.findall(r"^> \*\*Look closer \(([^)]*)\)", prose(text(path)), re.MULTILINE)
    ]
    assert {int(n) for box in boxes for n in re.findall(r"P(\d)", box)} == set(LOOSE)


def test_the_lessons_are_numbered_without_a_gap():
    assert [read_lesson(path).number for path in FILES] == list(range(1, len(MISTAKES) + 1))


# -- the rules themselves ---------------------------------------------------------------------------------------------


def changed(old, new):
    assert SAMPLE.count(old) == 1
    return SAMPLE.replace(old, new)


BAD = {
    "short_cells": (changed("slope\n```", "1\n" * 8 + "```"), "a cell of 11 lines"),
    "plain_cells": (changed("import autodiff", "import matplotlib.pyplot as plt"), "matplotlib.pyplot is imported"),
    "headings_in_order": (changed("## Read on", "## More"), "ends with the sections"),
    "no_empty_section": (changed("- A slope.", ""), "'What we saw' has no words"),
    "readable_anywhere": (changed("- A slope.", ":::{note}\nA slope.\n:::"), "is no plain Markdown"),
    "times_come_from_measurements": (changed("- A slope.", "- Reverse mode is faster."), "'faster' is said"),
    "exercises_in_order": (changed("**01.2**", "**01.4**"), "exercises are numbered"),
}


def test_every_rule_has_a_lesson_that_breaks_it():
    assert set(BAD) == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_passes_a_good_lesson_and_sees_a_bad_one(rule):
    assert rule(SAMPLE) == []
    bad, complaint = BAD[rule.__name__]
    assert complaint in " ".join(rule(bad))


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ("%matplotlib inline\nimport autodiff", "a magic"),
        ("!pip install trigrad\nimport autodiff", "a magic"),
        ("import time", "time is imported"),
        ("from urllib.request import urlopen", "urllib.request is imported"),
    ],
)
def test_cells_are_plain(bad, complaint):
    plain_cells = next(rule for rule in RULES if rule.__name__ == "plain_cells")
    assert complaint in " ".join(plain_cells(changed("import autodiff", bad)))


def test_lines_are_short():
    short_cells = next(rule for rule in RULES if rule.__name__ == "short_cells")
    assert short_cells(changed("slope\n```", f"slope  # {'a' * 91}\n```")) == []
    assert "a line of 101 characters" in short_cells(changed("slope\n```", f"slope  # {'a' * 92}\n```"))[0]


@pytest.mark.parametrize(
    "words", ["Is it faster?", 'It printed "2 times slower".', "`faster()` is a name.", "A fast one."]
)
def test_questions_and_quotations_may_speak_of_time(words):
    rule = next(rule for rule in RULES if rule.__name__ == "times_come_from_measurements")
    assert rule(changed("- A slope.", f"- {words}")) == []


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        ("[x](02_other.md)", "02_other.md is no lesson"),
        ("[x](../README.md)", "is no lesson"),
        ("[x](#nowhere)", "#nowhere is no heading"),
        ("[x](http://example.org)", "is no lesson"),
        ("![x](picture.png)", "a picture in prose"),
        ("[x](01_a_sample.md)", ""),
        ("[x](https://example.org/a)", ""),
    ],
)
def test_links_are_followed(sample, link, complaint):
    assert links_lead_somewhere(SAMPLE, sample.path.parent) == []
    found = links_lead_somewhere(changed("- A slope.", f"- {link}"), sample.path.parent)
    assert complaint in " ".join(found) and bool(found) == bool(complaint)


# -- the numbers ------------------------------------------------------------------------------------------------------


def evidence(lesson_text):
    return "\n".join([written(lesson_text), *run(lesson_text, "sample")])


def test_numbers_that_the_sample_shows_are_known():
    assert made_up_numbers(SAMPLE, evidence(SAMPLE)) == []


@pytest.mark.parametrize(
    "words",
    ["It is 26.", "It is 12.6.", "It is $1{,}250$.", "Now 1.7e-16.", "Some 37 %.", "$x^{17}$", "`17` of them", "1/14"],
)
def test_a_number_that_is_made_up_is_seen(words):
    found = made_up_numbers(changed("- A slope.", f"- {words}"), evidence(SAMPLE))
    assert len(found) == 1 and "'What we saw'" in found[0]


@pytest.mark.parametrize(
    "words",
    [
        "100 of 1,000, and 0.5.",
        "lessons 11 and 12",
        "(Baydin 2018)",
        "In 1964 and Table 12",
        "Exercise 03.2, exercises 04.1 and 04.2",
        "$v_{17}$, float64 and x17",
    ],
)
def test_numbers_that_claim_nothing_are_free(words):
    assert made_up_numbers(changed("- A slope.", f"- {words}"), "") == made_up_numbers(SAMPLE, "")


@pytest.mark.parametrize(
    ("number", "shown", "expected"),
    [
        ("11.652", "11.65207145522308", True),
        ("1.716", "1.716337", True),
        ("1.717", "1.716337", False),
        ("5.8", "5.83e-11", True),
        ("11", "5.83e-11", True),
        ("97", "0.97", False),
        ("64", "64.0", True),
        ("12", "11.652", False),
        ("1000000", "1,000,000", True),
        ("2096", "2096", True),
        ("2096", "12096", False),
    ],
)
def test_a_number_is_known_if_it_is_shown_or_rounds_what_is_shown(number, shown, expected):
    assert is_known(number, known_numbers(shown)) is expected


def test_a_percentage_may_be_shown_as_a_fraction():
    assert is_known("97", known_numbers("0.9712"), percent=True)
    assert not is_known("97", known_numbers("0.9612"), percent=True)


def test_significant_digits():
    assert [len(significant(n)) for n in ("10", "0.50", "1000", "12", "0.012", "1.0", "3e10")] == [1, 1, 1, 2, 2, 1, 1]


def test_what_a_figure_says_is_read_and_where_its_lines_run_is_not():
    svg = '<svg aria-label="a slope of 21"><defs>13</defs><!-- slope 17 --><path d="M 15 16"/><text>18</text></svg>'
    assert known_numbers(text_of(svg)) == {"21", "17", "18"}


# -- reading and running ----------------------------------------------------------------------------------------------


def test_sections_and_code_of_the_sample():
    assert list(sections(SAMPLE)) == ["", "What is the slope?", "What we saw", "Exercises", "Read on"]
    assert [cell.text.splitlines()[0] for cell in code(SAMPLE)] == ["import autodiff"]
    assert list(run(SAMPLE, "sample")) == ["25.0"]


def test_a_cell_that_fails_is_named():
    with pytest.raises(AssertionError, match=r"sample: code cell 1 fails:\nimport autodiff"):
        list(run(changed("(12.5)", "()"), "sample"))


def test_a_cell_that_is_to_fail_has_to():
    tag = "```{code-cell} ipython3\n:tags: [raises-exception]\n\n"
    good = changed("```{code-cell} ipython3\n", tag).replace("slope\n```", "1 / 0\n```")
    assert list(run(good, "sample")) == ["ZeroDivisionError: division by zero"]
    with pytest.raises(AssertionError, match="is said to fail, and does not"):
        list(run(changed("```{code-cell} ipython3\n", tag), "sample"))


def test_a_warning_in_a_lesson_is_an_error():
    with pytest.raises(AssertionError) as caught:
        list(run(changed("slope\n```", "import numpy as np\nnp.log(np.zeros(1))\n```"), "sample"))
    assert isinstance(caught.value.__cause__, RuntimeWarning)

"""What a lesson says about itself at its top, and what is said where that is malformed."""

import pytest

from expression.errors import LessonError
from lessons.course import HERE, course, read_lesson
from tests.lessons.conftest import SAMPLE


def test_the_sample_is_read(sample):
    assert (sample.number, sample.name, sample.title) == (1, "01_a_sample", "A sample")
    assert (sample.minutes, sample.needs) == (5, "nothing")
    assert sample.goals == ("say what the slope of $x^2$ is,", "read a table, and a figure.")
    assert course(sample.path.parent) == (sample,)


def test_the_course_is_in_its_order():
    lessons = course()
    assert [lesson.number for lesson in lessons] == sorted(int(path.name[:2]) for path in HERE.glob("[0-9]*.md"))
    assert course(numbers=(lessons[1].number, 1)) == lessons[:2]


BROKEN = {
    "no header": (SAMPLE[SAMPLE.index("# Lesson") :], "begins without the jupytext header"),
    "no title": (
        SAMPLE.replace("# Lesson 1: A sample\n", ""),
        "has '# Lesson 3: Title' as its first line; found '**Time",
    ),
    "no number": (
        SAMPLE.replace("# Lesson 1: A", "# A"),
        "has '# Lesson 3: Title' as its first line; found '# A sample'",
    ),
    "no time": (
        SAMPLE.replace("**Time:** 5 minutes · ", ""),
        r"'**Time:** 60 minutes · **You need:** lesson 1.' below",
    ),
    "no needs": (
        SAMPLE.replace(" · **You need:** nothing.", ""),
        "'**Time:** 60 minutes · **You need:** lesson 1.' below",
    ),
    "no goals": (
        SAMPLE.replace("**Goals.** After this lesson you can", "Hello."),
        "'**Goals.** After this lesson you can'",
    ),
    "no list": (SAMPLE.replace("- say what", "Say what"), "a list of goals"),
    "number": (SAMPLE.replace("# Lesson 1", "# Lesson 2"), "its title says lesson 2, its file name 1"),
    "empty": ("---\na: 1\n---\n", "the file ends before it"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_malformed_lesson_is_refused_by_its_file_and_line(sample, what):
    text, message = BROKEN[what]
    assert text != SAMPLE
    sample.path.write_text(text, encoding="utf-8")
    with pytest.raises(LessonError) as caught:
        read_lesson(sample.path)
    assert message in str(caught.value) and str(caught.value).startswith("01_a_sample.md: ")
    assert "\n" not in str(caught.value)


def test_a_file_name_says_number_and_name(sample):
    path = sample.path.with_name("01-A sample.md")
    sample.path.rename(path)
    with pytest.raises(
        LessonError, match=r"^01-A sample.md: a lesson's file is named as 03_numerical_differentiation.md"
    ):
        read_lesson(path)


def test_two_lessons_with_one_number_are_refused(sample):
    sample.path.with_name("01_b.md").write_text(SAMPLE, encoding="utf-8")
    with pytest.raises(LessonError, match=r"^01_b.md: 01_a_sample.md is lesson 1 already; give it another number$"):
        course(sample.path.parent)


def test_a_lesson_that_does_not_exist_is_named_with_those_that_do(sample):
    with pytest.raises(LessonError, match=r"^there is no lesson 7; there are 1$"):
        course(sample.path.parent, (1, 7))

"""Lessons in other languages: nothing but words may change, and catalogues follow the English text."""

import re
from collections import Counter

import pytest
from markdown_it import MarkdownIt

from expression.errors import LessonError
from lessons.course import course, read_lesson
from lessons.translations import LANGUAGES, SOURCE, catalogue, key, missing, pieces, translated
from lessons.translations.__main__ import sources
from tests.lessons.reading import code

TRANSLATED = tuple(language for language in LANGUAGES if language != SOURCE)
SOURCES = sources()
EACH = [(name, language) for language in TRANSLATED for name in SOURCES]
UNTRANSLATED = 0.1  # of a text's paragraphs, at most: who mends a sentence need not know every language
MATH = re.compile(r"\$\$.+?\$\$|(?<!\\)\$[^$\n]+\$", re.DOTALL)
WORDS_IN_MATH = re.compile(r"(?<=\\text\{)[^{}$]*")
CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:e-?\d+)?")
PLACEHOLDER = re.compile(r"\{\w+\}")
FORMS = MarkdownIt("commonmark").enable("table")


def forms(paragraph):
    """What a reader sees of its form: headings, lists, boxes, tables, links, and what is strong or emphasised."""
    tokens = [inner for token in FORMS.parse(paragraph) for inner in (token, *(token.children or ()))]
    opened = Counter(token.tag for token in tokens if token.nesting == 1)
    return opened | Counter(token.attrs["href"] for token in tokens if token.type == "link_open")


def kept(paragraph):
    """What is the same in every language: mathematics, code, numbers, placeholders."""
    without_math = MATH.sub(" ", paragraph)
    words = CODE.sub(" ", without_math)
    return (
        Counter(WORDS_IN_MATH.sub("", key(found)) for found in MATH.findall(paragraph)),
        Counter(key(found[1]) for found in CODE.findall(without_math)),
        Counter(NUMBER.findall(words)),
        Counter(PLACEHOLDER.findall(words)),
    )


@pytest.mark.parametrize(("name", "language"), EACH)
def test_only_words_change(name, language):
    for english, other in catalogue(name, language).items():
        original = next(piece for piece, _ in pieces(SOURCES[name]) if key(piece) == english)
        assert kept(other) == kept(original), other
        assert forms(other) == forms(original), other


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_catalogue_follows_its_text(name, language):
    """After a change of the English `python -m lessons.translations` drops what is gone, and counts what is new."""
    paragraphs = {key(piece) for piece, words in pieces(SOURCES[name]) if words}
    assert catalogue(name, language).keys() <= paragraphs
    assert len(missing(SOURCES[name], name, language)) <= UNTRANSLATED * len(paragraphs)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_lesson_has_the_same_code_time_and_number_in_every_language(language):
    for original, lesson in zip(course(), course(language=language), strict=True):
        assert code(lesson.text) == code(original.text)
        assert (lesson.number, lesson.name, lesson.minutes) == (original.number, original.name, original.minutes)
        assert len(lesson.goals) == len(original.goals) and lesson.title != original.title
        assert "".join(piece for piece, _ in pieces(lesson.text)) == lesson.text


def test_what_has_no_translation_stays_as_it_is(tmp_path):
    text = "# A heading that nobody has translated\n\n$$x + y$$\n"
    assert translated(text, "no_such_lesson", "zh") == text == translated(text, "01_anything", SOURCE)
    assert missing(text, "no_such_lesson", "zh") == ["# A heading that nobody has translated\n"]


def test_a_language_that_there_is_not():
    with pytest.raises(LessonError, match=r"there are no lessons in 'fr'; there are in en, zh"):
        course(language="fr")
    with pytest.raises(LessonError, match="there are no lessons in"):
        read_lesson(course()[0].path, "../zh")

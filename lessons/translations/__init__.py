"""Lessons in other languages: one source, and for each language a catalogue of its paragraphs in gettext's PO format.

A paragraph is what stands between two blank lines outside of code; its English text is its key. What has no translation
yet stays English, so that a lesson can always be read; code cells are the same in every language.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from expression.errors import LessonError, MissingPackage
from expression.files import written_whole

SOURCE = "en"
LANGUAGES = {SOURCE: "English", "zh": "中文"}
CATALOGUES = Path(__file__).resolve().parent
FENCE = re.compile(r"\s*(`{3,}|~{3,})")
FRONT_MATTER = re.compile(r"---\n.*?\n---\n", re.DOTALL)
# What is the same in every language: mathematics that has no words in it, placeholders, HTML.
WORDLESS = re.compile(r"\$\$(?:(?!\\text\{).)*\$\$|\{\w+\}|<[^>]*>|[^A-Za-z]", re.DOTALL)
HEADER = 'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    r"""A Markdown text cut into pieces, and for each whether it is a paragraph of words; together they are the text.

    >>> [piece for piece, words in pieces("# A\n\n```\nx = 1\n\n```\n\nB and\nC.\n") if words]
    ['# A\n', 'B and\nC.\n']
    """
    front = FRONT_MATTER.match(text)
    if front is not None:
        yield front[0], False
        text = text[front.end() :]
    fence, piece = "", ""
    for line in text.splitlines(keepends=True):
        opened = FENCE.match(line)
        if fence or opened or not line.strip():
            if not fence and piece:
                yield piece, bool(WORDLESS.sub("", piece))
                piece = ""
            if fence and line.strip() == fence:
                fence = ""
            elif opened and not fence:
                fence = opened[1]
            yield line, False
        else:
            piece += line
    if piece:
        yield piece, bool(WORDLESS.sub("", piece))


def key(paragraph: str) -> str:
    """A paragraph however its lines are broken."""
    return " ".join(paragraph.split())


@cache
def catalogue(name: str, language: str) -> Mapping[str, str]:
    """The translated paragraphs of a text by their keys; {} where there are none.

    Raises MissingPackage without babel.
    """
    path = catalogue_path(name, language)
    if not path.exists():
        return {}
    try:
        from babel.messages.pofile import read_po
    except ImportError as error:
        raise MissingPackage(
            "translations are read by babel, not installed; run: pip install 'trigrad[course]'"
        ) from error
    with path.open("rb") as file:
        return {key(str(m.id)): str(m.string) for m in read_po(file, locale=language) if m.id and m.string}


def catalogue_path(name: str, language: str) -> Path:
    """Where the catalogue of a text lies. Raises LessonError for a language that there is not."""
    if language not in LANGUAGES:
        raise LessonError(f"there are no lessons in {language!r}; there are in {', '.join(LANGUAGES)}")
    return CATALOGUES / language / f"{name}.po"


def translated(text: str, name: str, language: str) -> str:
    """A text with every paragraph that its catalogue has in another language; the source itself as it is."""
    if language == SOURCE:
        return text
    known = catalogue(name, language)
    return "".join(ending(known.get(key(piece), piece), piece) if words else piece for piece, words in pieces(text))


def ending(paragraph: str, original: str) -> str:
    """A paragraph that ends its line as another does."""
    return paragraph.rstrip("\n") + ("\n" if original.endswith("\n") else "")


def missing(text: str, name: str, language: str) -> list[str]:
    """The paragraphs that have no translation yet."""
    if language == SOURCE:
        return []
    known = catalogue(name, language)
    return [piece for piece, words in pieces(text) if words and key(piece) not in known]


def update(text: str, name: str, language: str) -> tuple[int, int]:
    """Bring a catalogue up to date with its text; how many paragraphs there are, and how many without a translation."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    known, made = catalogue(name, language), Catalog(locale=language)
    for piece, words in pieces(text):
        if words:
            made.add(piece.rstrip("\n"), known.get(key(piece), ""))
    path = catalogue_path(name, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as part, part.open("wb") as file:
        file.write(HEADER.format(language=language).encode())
        write_po(file, made, width=0, omit_header=True)
    catalogue.cache_clear()
    return len(made), len(missing(text, name, language))

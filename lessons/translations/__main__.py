"""`python -m lessons.translations`: bring every catalogue up to date with the English text.

Paragraphs that are new are added without a translation, those that are gone are dropped; both are counted.
"""

from lessons.course import course
from lessons.notebooks import HOW_TO_ANSWER
from lessons.site.pages import TEXTS
from lessons.translations import LANGUAGES, SOURCE, update


def sources() -> dict[str, str]:
    """Every text that is translated, by the name of its catalogue."""
    return {lesson.name: lesson.text for lesson in course()} | {"pages": f"{TEXTS}\n{HOW_TO_ANSWER}\n"}


def main() -> None:
    """Update every catalogue of every language, and say what is left to translate."""
    for language in LANGUAGES:
        for name, text in sources().items() if language != SOURCE else ():
            paragraphs, left = update(text, name, language)
            print(f"{language}/{name}.po: {paragraphs - left} of {paragraphs} paragraphs translated")


if __name__ == "__main__":
    main()

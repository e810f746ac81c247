"""Whose code it is, and which line of the student's an error came through."""

import inspect
import linecache
import sysconfig
from functools import lru_cache
from pathlib import Path

from expression.errors import USER_CODE_IN_A_ROOM, is_internal, raising_place

HERE = Path(__file__).resolve().parent
LIBRARIES = (Path(inspect.__file__).resolve().parent, *(Path(sysconfig.get_path(k)) for k in ("purelib", "platlib")))

MOST_TOLD = 400  # characters of an error's text


@lru_cache(maxsize=4096)
def is_foreign(filename: str) -> bool:
    """Whether a source file is not the student's own, but of this project or of a library."""
    parents = () if filename.startswith("<") else Path(filename).resolve().parents
    return is_internal(filename) or any(place in parents for place in (HERE, USER_CODE_IN_A_ROOM, *LIBRARIES))


def student_line(error: BaseException) -> str:
    """The innermost line of the student's that an error came through, with its text."""
    place = raising_place(error, is_foreign)
    if place is None:
        return ""
    code, number = place
    text = linecache.getline(code.co_filename, number).strip()
    name = "" if code.co_name.startswith("<") else f" of {code.co_name}"
    return f"line {number}{name}" + (f": {text}" if text else "")


def readable(text: str, most: int | None = None) -> str:
    r"""Text that can be printed anywhere, with half characters replaced; and not too much of it.

    >>> readable("a\ud800"), readable("abcdef", 3)
    ('a?', 'abc ...')
    """
    if most is not None and len(text) > most:
        text = f"{text[:most]} ..."
    return text.encode("utf-8", "replace").decode("utf-8")


def told(error: BaseException) -> str:
    """An error in a few words, whatever its own text does."""
    try:
        text = readable(str(error), MOST_TOLD)
    except BaseException:
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

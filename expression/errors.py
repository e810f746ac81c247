"""Every error of the project, and the line of the user's code that it speaks of.

One root, `TrigradError`; a message says where, what, and what would be right.
"""

import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType

import numpy

HERE = Path(__file__).resolve().parent
NUMPY = Path(numpy.__file__).parent
ROOMS = ("expression", "symbolic", "numeric", "autodiff", "compare", "trigrad")
USER_CODE_IN_A_ROOM = HERE / "corpus"  # written as a user would write it
NO_FILES = ("<frozen ", "<__array_function__", "<compiled ")  # Python's, NumPy's and our own code that is in no file


class TrigradError(Exception):
    """The root of every error that this project raises on purpose."""


class ExpressionError(TrigradError):
    """A text, a JSON document or a list of nodes is not a valid expression."""


class ArgumentError(TrigradError):
    """A call's arguments do not fit: structure, shape, dtype, argnums or option."""


class ControlFlowError(TrigradError):
    """Python asked for the value of an abstract tracer (`if x > 0:`, `float(x)`, `range(x)`)."""


class UnsupportedOperation(TrigradError):
    """An operation has no rule for what was asked of it."""


class TapeError(TrigradError):
    """A tape cannot answer: it was used up, an array that it holds was changed, or a tensor is not on it."""


class AnomalyError(TrigradError):
    """The first nan or infinity of a computation; the message names the operation and the line where it was born."""


class SizeLimitError(TrigradError):
    """A result would be larger than its limit; the message holds the size, known beforehand."""


class LessonError(TrigradError):
    """A lesson is malformed, fails when it is run, or cannot be written where it was asked for."""


class MissingPackage(TrigradError):
    """A package of an optional extra is not installed; the message holds the command that installs it."""


@lru_cache(maxsize=4096)
def is_internal(filename: str) -> bool:
    """Whether a source file belongs to the machinery, not to the user."""
    path = Path(filename)
    if NUMPY in path.parents:
        return True
    for room in ROOMS:
        if (HERE.parent / room) in path.parents:
            return path.parent != USER_CODE_IN_A_ROOM
    return filename.startswith(NO_FILES)


@lru_cache(maxsize=65536)
def line_text(filename: str, number: int) -> str:
    """As `lesson.py, line 12`; one string for all nodes of a line."""
    return f"{Path(filename).name}, line {number}"


def user_frame() -> FrameType | None:
    """The innermost frame of the user's code on the stack."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_internal(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def user_line() -> str:
    """The innermost line of the user's code on the stack, as `lesson.py, line 12`."""
    frame = user_frame()
    return "" if frame is None else line_text(frame.f_code.co_filename, frame.f_lineno)


def raising_place(error: BaseException, skipped: Callable[[str], bool] = is_internal) -> tuple[CodeType, int] | None:
    """The innermost line that an error came through of code whose file is not skipped: the code, and the line's number.

    >>> try:
    ...     {}["x"]
    ... except KeyError as error:
    ...     raising_place(error)[1], raising_place(error, lambda filename: True)
    (2, None)
    """
    found, traceback = None, error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not skipped(code.co_filename):
            found = code, traceback.tb_lineno
        traceback = traceback.tb_next
    return found


def raising_line(error: BaseException) -> str:
    """The innermost line of the user's code that an error came through, as `user_line`."""
    place = raising_place(error)
    return "" if place is None else line_text(place[0].co_filename, place[1])

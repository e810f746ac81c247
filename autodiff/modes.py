"""What holds for a while in a thread: nothing is recorded (`no_grad`), every value is looked at (`detect_anomaly`)."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from expression.tracing import LEVELS


class Modes(threading.local):
    """The modes of one thread."""

    paused = -1  # tapes up to this level do not record; the outermost have level 0
    looking = 0  # how many detect_anomaly blocks are open
    stand_in: Callable[[Any], Any] | None = None  # what is put in the place of an operand, while a function runs again


MODES = Modes()
ANYWHERE: list[str] = []  # the modes that are on in any thread: while it is empty, operators need not ask for theirs


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: operations on tensors give plain numbers and arrays.

    A block, or a decorator. What begins inside (another `grad`, another tape) records as ever.

    >>> from autodiff import no_grad, tensor
    >>> w = tensor(3.0)
    >>> with no_grad():
    ...     print(type(w * w), w * w)
    <class 'float'> 9.0
    """
    before = MODES.paused
    MODES.paused = next(LEVELS)
    ANYWHERE.append("no_grad")
    try:
        yield
    finally:
        MODES.paused = before
        ANYWHERE.remove("no_grad")


@contextmanager
def standing_in(stand_in: Callable[[Any], Any]) -> Iterator[None]:
    """Put something else in the place of every operand, for a function that runs on another tape than it reads from."""
    before = MODES.stand_in
    MODES.stand_in = stand_in
    ANYWHERE.append("standing_in")
    try:
        yield
    finally:
        MODES.stand_in = before
        ANYWHERE.remove("standing_in")


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise AnomalyError where the first nan or infinity is born, naming the operation and the user's line.

    In the forward sweep it is the operation whose operands were still finite. In the reverse sweep it is the *forward*
    operation whose partial made a contribution infinite or nan. Recording is slower meanwhile: every line is noted.

    >>> import numpy as np
    >>> from autodiff import detect_anomaly, grad
    >>> with detect_anomaly():
    ...     grad(lambda x: np.sqrt(x) * 2.0)(0.0)
    Traceback (most recent call last):
        ...
    expression.errors.AnomalyError: sqrt (<doctest autodiff.modes.detect_anomaly[2]>, line 2): \
its partial at 0.0 is not finite, so the contribution 2.0 * dy/dx is inf
    """
    MODES.looking += 1
    ANYWHERE.append("detect_anomaly")
    try:
        with np.errstate(all="ignore"):  # NumPy's warning would come first, and say less
            yield
    finally:
        MODES.looking -= 1
        ANYWHERE.remove("detect_anomaly")

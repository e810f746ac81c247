"""Running a user's function on arrays that record: NumPy's words for what went wrong, put into ours."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from expression.errors import ExpressionError, TrigradError, raising_line


def called(f: Callable[..., Any], args: Sequence[Any], kind: type[TrigradError], why: str, instead: str) -> Any:
    """f(*args); an error of that kind, behind which NumPy says "setting an array element with a sequence", said again.

    Raises ExpressionError for an axis that does not exist, and `kind` with the reason, the user's line and the advice.
    """
    try:
        return f(*args)
    except np.exceptions.AxisError as error:
        raise ExpressionError(f"{error} ({raising_line(error)})") from error
    except ValueError as error:
        if not isinstance(error.__cause__, kind):
            raise
        raise kind(f"{why} ({raising_line(error)}); {instead}") from error

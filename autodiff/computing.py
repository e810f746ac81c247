"""Computing an operation on plain values: in our words where they do not fit, and with an eye on nan and infinity."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff.steps import Parameters
from autodiff.tape import finite, shown
from expression.errors import AnomalyError, ExpressionError, user_line
from expression.nodes import infer
from expression.operations import TABLE
from expression.operations.operation import Array, Operation
from expression.structure import as_leaf, dtype_of, shape_of

REDUCE = {  # what NumPy's own functions call, after looking at their options
    TABLE["sum"]: np.add.reduce,
    TABLE["prod"]: np.multiply.reduce,
    TABLE["max"]: np.maximum.reduce,
    TABLE["min"]: np.minimum.reduce,
}


def compute(operation: Operation, values: Sequence[Array], parameters: Parameters) -> Array:
    """The forward function on values."""
    try:
        forward = REDUCE.get(operation, operation.forward)
        y = forward(*values, **dict(parameters)) if parameters else forward(*values)
    except (ValueError, IndexError) as error:
        found = misfit(operation, values, parameters)
        if found is None and isinstance(error, np.linalg.LinAlgError):
            raise  # of the values: a singular matrix
        raise ExpressionError(f"{operation.name}: {found or error} ({user_line()})") from error
    if (type(y) is np.ndarray and y.ndim) or isinstance(y, np.generic):
        return y
    return np.asarray(y)[()]


def misfit(operation: Operation, values: Sequence[Array], parameters: Parameters) -> Exception | None:
    """What the operation's row says of operands that do not fit, as it does when tracing."""
    try:
        infer(operation, tuple(map(shape_of, values)), tuple(map(dtype_of, values)), parameters)
    except (ValueError, IndexError) as found:
        return found
    return None


def outside(x: Any) -> Array:
    """A constant that is no ndarray and no number: checked, and in memory of its own."""
    x = as_leaf(x, "a constant")
    return x if isinstance(x, np.generic) else np.array(x)[()]


def look(operation: Operation, values: Sequence[Array], y: Array) -> None:
    """Raise AnomalyError if a result is the first to be nan or infinite."""
    if not finite(y) and all(finite(x) for x in values):
        given = ", ".join(shown(x) for x in values)
        raise AnomalyError(f"{operation.name}({given}) gave {shown(y)} ({user_line()})")

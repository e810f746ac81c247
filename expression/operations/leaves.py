"""The two operations without operands: an input (or parameter) of the function, and a constant."""

from typing import Any

from expression.operations.operation import Operation, no_work


def no_forward(**parameters: Any) -> Any:
    """Leaves are given, not computed."""
    raise LookupError("a leaf has no forward function")


INPUT = Operation("input", no_forward, no_forward, work=no_work, latex="{name}", samples=())
CONSTANT = Operation("constant", no_forward, no_forward, work=no_work, latex="{value}", samples=())
ROWS = (INPUT, CONSTANT)

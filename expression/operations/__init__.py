"""The table of operations: one row each, a file per family. To add an operation, add a row."""

from types import MappingProxyType

from expression.operations import elementwise, leaves, linear_algebra, reductions, shape, structured
from expression.operations.operation import Operation

ROWS: tuple[Operation, ...] = (
    *leaves.ROWS,
    *elementwise.ROWS,
    *reductions.ROWS,
    *linear_algebra.ROWS,
    *shape.ROWS,
)
STRUCTURED: tuple[Operation, ...] = structured.ROWS  # their derivatives are made from the programs that they run
TABLE = MappingProxyType({row.name: row for row in (*ROWS, *STRUCTURED)})
BY_NUMPY = MappingProxyType({function: row for row in ROWS for function in row.numpy})

__all__ = ["BY_NUMPY", "ROWS", "STRUCTURED", "TABLE", "Operation"]

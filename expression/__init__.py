"""The shared format: a function as one Wengert list that everything else differentiates, measures and shows."""

from expression.errors import (
    ArgumentError,
    ControlFlowError,
    ExpressionError,
    SizeLimitError,
    TrigradError,
    UnsupportedOperation,
)
from expression.evaluation import evaluate, interval_arithmetic, mpmath_arithmetic
from expression.measures import Measures, measure
from expression.nodes import Expression, Input, Node
from expression.tracing import trace, trace_at

__all__ = [
    "ArgumentError",
    "ControlFlowError",
    "Expression",
    "ExpressionError",
    "Input",
    "Measures",
    "Node",
    "SizeLimitError",
    "TrigradError",
    "UnsupportedOperation",
    "evaluate",
    "interval_arithmetic",
    "measure",
    "mpmath_arithmetic",
    "trace",
    "trace_at",
]

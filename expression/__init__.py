"""The shared format: a function as one Wengert list that everything else differentiates, measures and shows."""

from expression import functions
from expression.bodies import inline_bodies
from expression.compilation import Compiled, compile
from expression.errors import (
    AnomalyError,
    ArgumentError,
    ControlFlowError,
    ExpressionError,
    MissingPackage,
    SizeLimitError,
    TapeError,
    TrigradError,
    UnsupportedOperation,
)
from expression.evaluation import evaluate, interval_arithmetic, mpmath_arithmetic
from expression.loops import cond, scan
from expression.measures import Measures, measure
from expression.nodes import Expression, Input, Node
from expression.operations.custom import operation
from expression.parsing import parse
from expression.simplification import simplify
from expression.tracing import trace, trace_at
from expression.unrolling import unroll
from expression.vectorization import vmap

__all__ = [
    "AnomalyError",
    "ArgumentError",
    "Compiled",
    "ControlFlowError",
    "Expression",
    "ExpressionError",
    "Input",
    "Measures",
    "MissingPackage",
    "Node",
    "SizeLimitError",
    "TapeError",
    "TrigradError",
    "UnsupportedOperation",
    "compile",
    "cond",
    "evaluate",
    "functions",
    "inline_bodies",
    "interval_arithmetic",
    "measure",
    "mpmath_arithmetic",
    "operation",
    "parse",
    "scan",
    "simplify",
    "trace",
    "trace_at",
    "unroll",
    "vmap",
]

"""Numbers as Python has them: a float takes a fraction of the time of NumPy's float64."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from expression.nodes import Expression, Node

# An operand that stands twice in a text is given a name first.
TEXTS: Mapping[str, str] = MappingProxyType(
    {
        **{
            name: f"math.{name}({{0}})"
            for name in (
                *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "erf"),
                *("sin", "cos", "tan", "sinh", "cosh", "tanh"),
            )
        },
        **{f"arc{name}": f"math.a{name}({{0}})" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
        "arctan2": "math.atan2({0}, {1})",
        "hypot": "math.hypot({0}, {1})",
        "pow": "math.pow({0}, {1})",
        "copysign": "math.copysign({0}, {1})",
        "reciprocal": "(1.0 / {0})",
        "abs": "abs({0})",
        "floor": "float(math.floor({0}))",
        "ceil": "float(math.ceil({0}))",
        "trunc": "float(math.trunc({0}))",
        "rint": "float(round({0}))",
        "sign": "(0.0 if {0} == 0.0 else {0} if {0} != {0} else math.copysign(1.0, {0}))",
        "relu": "({0} if {0} > 0.0 or {0} != {0} else 0.0)",
        "sigmoid": "(1.0 / (1.0 + math.exp(-({0}))))",
        "maximum": "({0} if {0} >= {1} or {0} != {0} else {1})",
        "minimum": "({0} if {0} <= {1} or {0} != {0} else {1})",
        "where": "({1} if {0} else {2})",
        "gate": "(0.0 * {0} if {0} == 0.0 else {0} * {1})",
        "gate_both": "(0.0 if {0} == 0.0 or {1} == 0.0 else {0} * {1})",
        "logical_and": "(bool({0}) and bool({1}))",
        "logical_or": "(bool({0}) or bool({1}))",
        "logical_xor": "(bool({0}) != bool({1}))",
        "logical_not": "(not {0})",
        "isnan": "({0} != {0})",
        "isinf": "math.isinf({0})",
        "isfinite": "math.isfinite({0})",
        "float": "float({0})",
    }
)
ARITHMETIC = frozenset(("add", "sub", "mul", "div", "neg", "square", "remainder", "floor_divide"))  # of floats
COMPARISONS = frozenset(("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"))
NATIVE: Mapping[str, str] = MappingProxyType({"float64": "float", "bool": "bool"})  # dtypes with a type of Python's own
FLOAT, BOOL = np.dtype(np.float64), np.dtype(np.bool_)
ALONGSIDE = frozenset((FLOAT, BOOL, np.dtype(np.int64)))  # dtypes of arrays beside which a Python float is a float64


def is_native(node: Node) -> bool:
    """Whether Python or `math` has the operation, on numbers alone."""
    name = node.operation.name
    if node.shape != () or (node.dtype != FLOAT and node.dtype != BOOL) or node.operation.body is not None:
        return False
    return name in TEXTS or name in COMPARISONS or (name in ARITHMETIC and node.dtype == FLOAT)


def are_native(e: Expression) -> list[bool]:
    """For each node, whether its value is a Python float or bool: none, where other floats are about."""
    if any(node.dtype not in ALONGSIDE for node in e.nodes):
        return [False] * len(e.nodes)
    return [node.shape == () and (node.dtype == FLOAT or node.dtype == BOOL) for node in e.nodes]

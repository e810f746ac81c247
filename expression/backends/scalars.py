"""Programs of Python floats: the functions of `math`, and no array anywhere.

Where `math` raises (log of 0, exp of 1000, a division by 0), NumPy has an answer: nan or an infinity. The caller then
evaluates the expression as arrays.
"""

from collections.abc import Mapping
from types import MappingProxyType

from expression.nodes import Expression
from expression.operations.leaves import CONSTANT, INPUT

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
DTYPES = ("float64", "bool")


def is_scalar_program(e: Expression) -> bool:
    """Whether every node is one float64, or a condition on the way, and Python or `math` has its operation."""
    for node in e.nodes:
        if node.shape != () or node.dtype.name not in DTYPES:
            return False
        if node.operation is INPUT or node.operation is CONSTANT:
            continue
        if node.operation.body is not None:
            return False
        name = node.operation.name
        if name not in TEXTS and name not in COMPARISONS and not (name in ARITHMETIC and node.dtype.name == "float64"):
            return False
    ends = [*(i.position for i in e.inputs), *e.outputs]
    return all(e.nodes[j].dtype.name == "float64" for j in ends)

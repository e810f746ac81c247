"""The words that a text may use: functions by name, constants, and the operators of Python's arithmetic."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache, reduce
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from expression.errors import ExpressionError
from expression.operations import ROWS, TABLE
from expression.operations.operation import Array


class Function(NamedTuple):
    """A function that a text may call: with how many arrays, and with which options."""

    call: Callable[..., Array]
    least: int
    most: int
    options: tuple[str, ...] = ()
    joins: bool = False  # takes a list of arrays, as np.concatenate does


CONSTANTS: Mapping[str, float] = MappingProxyType({"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan})
PREFIXES = ("np.linalg.", "numpy.linalg.", "np.", "numpy.", "math.")
ALIASES = MappingProxyType(
    {
        "ln": "log", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh",
        "acosh": "arccosh", "atanh": "arctanh", "sgn": "sign", "mod": "remainder", "ceiling": "ceil", "round": "rint",
        "logistic": "sigmoid", "step": "heaviside",
    }
)  # fmt: skip
OPERATORS: Mapping[type[ast.AST], Callable[..., Array]] = MappingProxyType(
    {
        ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.MatMult: operator.matmul,
        ast.USub: operator.neg, ast.UAdd: operator.pos,
        ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
        ast.Eq: operator.eq, ast.NotEq: operator.ne,
    }
)  # fmt: skip
JUNCTIONS: Mapping[type[ast.AST], Callable[..., Array]] = MappingProxyType(
    {
        ast.BitAnd: TABLE["logical_and"], ast.And: TABLE["logical_and"],
        ast.BitOr: TABLE["logical_or"], ast.Or: TABLE["logical_or"],
        ast.Invert: TABLE["logical_not"], ast.Not: TABLE["logical_not"],
    }
)  # fmt: skip


def extreme(name: str) -> Callable[..., Array]:
    """Python's max and min: of one array along axes, or of several numbers."""
    whole, pairwise = getattr(np, name), TABLE[f"{name}imum"]

    def call(*x: Array, **options: Any) -> Array:
        if len(x) == 1:
            result: Array = whole(*x, **options)
            return result
        if options:
            raise ExpressionError(f"{name} of several arguments takes no {', '.join(options)}; it goes entry by entry")
        return reduce(pairwise, x)

    return call


@lru_cache(maxsize=1)
def functions() -> Mapping[str, Function]:
    """Every function by name: elementwise rows and aliases, NumPy's on arrays, those of `expression.functions`."""
    from expression import functions as ours

    reduction, scan = ("axis", "keepdims"), ("axis",)
    table = {
        "sum": Function(np.sum, 1, 1, reduction), "prod": Function(np.prod, 1, 1, reduction),
        "mean": Function(np.mean, 1, 1, reduction), "var": Function(np.var, 1, 1, reduction),
        "std": Function(np.std, 1, 1, reduction), "norm": Function(np.linalg.norm, 1, 1, reduction),
        "max": Function(extreme("max"), 1, 64, reduction), "min": Function(extreme("min"), 1, 64, reduction),
        "all": Function(np.all, 1, 1, reduction), "any": Function(np.any, 1, 1, reduction),
        "cumsum": Function(np.cumsum, 1, 1, scan), "cumprod": Function(np.cumprod, 1, 1, scan),
        "argmax": Function(np.argmax, 1, 1, scan), "argmin": Function(np.argmin, 1, 1, scan),
        "argsort": Function(np.argsort, 1, 1, scan), "sort": Function(np.sort, 1, 1, scan),
        "dot": Function(np.dot, 2, 2), "vdot": Function(np.vdot, 2, 2), "inner": Function(np.inner, 2, 2),
        "outer": Function(np.outer, 2, 2), "matmul": Function(np.matmul, 2, 2), "trace": Function(np.trace, 1, 1),
        "solve": Function(np.linalg.solve, 2, 2), "inv": Function(np.linalg.inv, 1, 1),
        "det": Function(np.linalg.det, 1, 1), "cholesky": Function(np.linalg.cholesky, 1, 1),
        "logabsdet": Function(TABLE["logabsdet"], 1, 1), "slogdet_sign": Function(TABLE["slogdet_sign"], 1, 1),
        "clip": Function(np.clip, 3, 3), "transpose": Function(np.transpose, 1, 1, ("axes",)),
        "reshape": Function(np.reshape, 1, 1, ("shape",)), "broadcast_to": Function(np.broadcast_to, 1, 1, ("shape",)),
        "expand_dims": Function(np.expand_dims, 1, 1, scan), "squeeze": Function(np.squeeze, 1, 1, scan),
        "pad": Function(TABLE["pad"], 1, 1, ("widths",)),
        "concatenate": Function(lambda *x, **options: np.concatenate(x, **options), 1, 1024, scan, joins=True),
        "stack": Function(lambda *x, **options: np.stack(x, **options), 1, 1024, scan, joins=True),
        "softmax": Function(ours.softmax, 1, 1, scan), "log_softmax": Function(ours.log_softmax, 1, 1, scan),
        "logsumexp": Function(ours.logsumexp, 1, 1, reduction), "gelu": Function(ours.gelu, 1, 1),
    }  # fmt: skip
    for row in ROWS:
        if row.elementwise:
            count = len(row.partials or ())
            names = [row.name, *(f.__name__ for f in row.numpy), *(a for a, of in ALIASES.items() if of == row.name)]
            table.update(dict.fromkeys(names, Function(row, count, count)))
    return MappingProxyType(table)

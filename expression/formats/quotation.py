"""The source of a Python function, quoted so that it stands alone: with what it calls, and without annotations."""

import ast
import builtins
import inspect
import math
import textwrap
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

BUILTINS = frozenset(dir(builtins))


class WithoutAnnotations(ast.NodeTransformer):
    """Takes the annotations off arguments and local names."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """x: Array becomes x."""
        return ast.copy_location(ast.arg(node.arg), node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """y: Array = x becomes y = x."""
        return None if node.value is None else ast.copy_location(ast.Assign([node.target], node.value), node)


class NotSelfContained(Exception):
    """A function reads something that its source does not show."""


def quoted(function: Callable[..., Any]) -> dict[str, str]:
    """Everything that a function needs to run, as sources by name, what is read first in front.

    Beside `np` these are `import math`, numbers, and functions that are self-contained in turn.
    Raises NotSelfContained for lambdas, closures, and functions that read anything else.

    >>> from expression.operations.elementwise import sigmoid
    >>> print(quoted(sigmoid)["sigmoid"])
    def sigmoid(x):
        \"\"\"1 / (1 + exp(-x)); exp may overflow to inf, and the quotient is then an exact 0.\"\"\"
        return 1 / (1 + np.exp(-x))
    """
    found: dict[str, str] = {}
    pending: list[tuple[str, Any]] = [(function.__name__, function)]
    while pending:
        name, value = pending.pop()
        if value is np and name == "np":
            continue
        if value is math and name == "math":
            source = "import math"
        elif type(value) in (int, float) and math.isfinite(value):
            source = f"{name} = {value!r}"
        elif isinstance(value, FunctionType) and value.__name__ == name:
            definition = parsed(value)
            source = ast.unparse(definition)
            reads = sorted(free_names(definition))
            missing = [read for read in reads if read not in value.__globals__]
            if missing:
                raise NotSelfContained(f"{name} reads {missing[0]}, which is no global name")
            pending += [(read, value.__globals__[read]) for read in reads if read not in found and read != name]
        else:
            raise NotSelfContained(f"{function.__name__} reads {name}, which cannot be quoted")
        found.pop(name, None)
        found[name] = source
    return dict(reversed(found.items()))


def parsed(function: FunctionType) -> ast.FunctionDef:
    """The definition of a function, without decorators and annotations."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError) as error:
        raise NotSelfContained(f"the source of {function.__name__} is not at hand") from error
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef) or function.__closure__ or definition.name != function.__name__:
        raise NotSelfContained(f"{function.__name__} is a lambda or a closure")
    definition.decorator_list = []
    definition.returns = None
    plain = WithoutAnnotations().visit(definition)
    assert isinstance(plain, ast.FunctionDef)
    return plain


def free_names(definition: ast.FunctionDef) -> set[str]:
    """The names that a definition reads and does not bind."""
    names = [node for node in ast.walk(definition) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(definition) if isinstance(node, ast.arg)}
    return {node.id for node in names} - bound - BUILTINS - {definition.name}

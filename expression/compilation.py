"""Compilation: an expression as a function that runs at the speed of code written by hand."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from types import MappingProxyType
from typing import Any

import numpy as np

from expression.backends.buffers import allocated
from expression.backends.numpy_source import Program, build
from expression.errors import ArgumentError
from expression.evaluation import arguments_of, evaluate
from expression.nodes import Expression, Input
from expression.operations.operation import Array, Traced
from expression.structure import Structure, dtype_of, flatten, unflatten

BACKENDS: Mapping[str, Callable[[Expression], Program]] = MappingProxyType({"numpy": build})
BEST = "numpy"  # what "auto" chooses
SILENT = copy_context()  # where NumPy does not warn; entering a copy takes a tenth of the time of np.errstate
SILENT.run(np.seterr, all="ignore")
MAY_HOLD_NAN = object()  # instead of a result
KEPT = 4  # sets of buffers that wait for the next calls
NUMBERS = {"float64": float}  # dtypes whose scalars are Python's


def compile(e: Expression, backend: str = "auto") -> "Compiled":
    """A function that computes what an expression computes, and faster: straight code, made once.

    It takes and returns the same structures, checks its arguments as the expression does, and raises the same errors.
    Values are those of the expression up to rounding, and nan and infinity where they are (but within a small factor
    of the largest float). Results are fresh at each call; threads may call it at once. With tensors or tracers it is
    evaluated as the expression, and so can be differentiated.
    Raises ArgumentError for an unknown backend.

    >>> from expression import parse
    >>> f = compile(parse("sin(x) * y + sin(x)"))
    >>> f(0.0, 2.0)
    0.0
    >>> print(f.source)
    import math
    <BLANKLINE>
    <BLANKLINE>
    def compiled(x, y):
        \"\"\"Arguments x: float64, y: float64.\"\"\"
        v2 = math.sin(x)
        return v2 * y + v2
    <BLANKLINE>
    """
    if not isinstance(e, Expression):
        raise ArgumentError(f"compile needs an Expression, got {type(e).__name__}; write compile(trace(f, *args))")
    if backend not in ("auto", *BACKENDS):
        raise ArgumentError(f"backend={backend!r} is unknown; choose from auto, {', '.join(BACKENDS)}")
    return Compiled(e, BEST if backend == "auto" else backend)


class Compiled:
    """A compiled expression, to be called like it."""

    def __init__(self, e: Expression, backend: str) -> None:
        """Build the program."""
        self.expression, self.backend = e, backend
        self.program = BACKENDS[backend](e)
        self.function = self.program.function
        self.flat = all(argument.is_leaf() for argument in e.arguments.children())
        nodes = [e.nodes[i.position] for i in e.inputs]
        self.wanted: list[tuple[type[Any], Any, Any]] = [
            (np.ndarray if n.shape else NUMBERS.get(n.dtype.name, n.dtype.type), n.dtype, n.shape) for n in nodes
        ]
        self.containers = shallow(e.arguments)
        self.scratch: list[list[Array]] = []  # buffers of calls that have ended

    @property
    def source(self) -> str:
        """The text of what runs."""
        return self.program.source

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The leaves of the arguments, by name."""
        return self.expression.inputs

    def __call__(self, *args: Any) -> Any:
        """The value at these arguments."""
        leaves = self.leaves_of(args)
        return self.of_leaves(leaves) if leaves is not None and self.takes(leaves) else self.carefully(args)

    def leaves_of(self, args: tuple[Any, ...]) -> Sequence[Any] | None:
        """The leaves of a call's arguments; None where these are not structured as they were traced.

        Arguments that are lists, tuples or dicts of leaves are taken apart here: a fraction of the time of optree.
        """
        if self.flat:
            return args
        if self.containers is None or len(args) != len(self.containers):
            leaves, structure = flatten(args)
            return leaves if structure == self.expression.arguments else None
        found: list[Any] = []
        for argument, (kind, size, keys) in zip(args, self.containers, strict=True):
            if kind is None:
                found.append(argument)
            elif type(argument) is not kind or len(argument) != size:
                return None
            elif kind is dict:
                try:
                    found += [argument[key] for key in keys]
                except KeyError:
                    return None
            else:
                found += argument
        return found

    def takes(self, leaves: Sequence[Any]) -> bool:
        """Whether the leaves of a call are just as they were traced."""
        if len(leaves) != len(self.wanted):
            return False
        if self.program.numbers:
            for x in leaves:
                if type(x) is not float:
                    return False
            return True
        for x, (kind, dtype, shape) in zip(leaves, self.wanted, strict=True):
            if type(x) is not kind or (shape and (x.dtype is not dtype or x.shape != shape)):
                return False
        return True

    def of_leaves(self, leaves: Sequence[Any], guarded: Sequence[int] = ()) -> Any:
        """The value at leaves that it takes; MAY_HOLD_NAN where one of the guarded leaves may."""
        results: Any
        try:
            if self.program.numbers:
                total = sum(leaves) if guarded else 0.0
                results = self.function(*leaves) if total == total else MAY_HOLD_NAN
            elif not self.program.buffers:
                results = SILENT.copy().run(guarded_call, self.function, leaves, guarded)
            else:
                buffers = self.scratch.pop() if self.scratch else allocated(self.program.buffers)
                results = SILENT.copy().run(guarded_call, self.function, leaves, guarded, buffers)
                if len(self.scratch) < KEPT:
                    self.scratch.append(buffers)
        except (ArithmeticError, ValueError):  # where Python has no number, NumPy has nan or an infinity
            return evaluate(self.expression, unflatten(self.expression.arguments, leaves))
        if self.program.structured or results is MAY_HOLD_NAN:
            return results
        return unflatten(self.expression.results, results)

    def carefully(self, args: Any) -> Any:
        """A call with arguments that are not just as they were traced: refused as everywhere, or made so."""
        if any(isinstance(x, Traced) for x in flatten(args)[0]):
            return evaluate(self.expression, args)
        leaves = arguments_of(self.expression, args)
        for x, (_, dtype, _) in zip(leaves, self.wanted, strict=True):
            if dtype_of(x) != dtype:  # complex: the expression's own arithmetic
                return evaluate(self.expression, args)
        return self.of_leaves(
            [float(x) if kind is float else x for x, (kind, _, _) in zip(leaves, self.wanted, strict=True)]
        )

    def __repr__(self) -> str:
        """What it takes, and by which backend."""
        return f"<compiled {self.expression!r} by {self.backend}>"

    def __reduce__(self) -> Any:
        """Pickle the expression, and compile it again."""
        return compile, (self.expression, self.backend)


def guarded_call(function: Callable[..., Any], leaves: Sequence[Any], guarded: Sequence[int], *buffers: Any) -> Any:
    """The program on its leaves, unless the sum of the squares of a guarded one is nan, as where an entry is nan.

    That is the shortest look at all entries. A sum of infinities may be nan too, so that a caller has to look again.
    """
    total: Any = 0.0
    for k in guarded:
        x = leaves[k]
        if type(x) is np.ndarray:
            x = x if x.ndim == 1 else x.reshape(-1)
            total += x.dot(x)
        else:
            total += x * x
    return function(*leaves, *buffers) if total == total else MAY_HOLD_NAN


def shallow(arguments: Structure) -> list[tuple[Any, int, Any]] | None:
    """Each argument's type, size and keys, where all of them are leaves, or lists, tuples and dicts of leaves."""
    found = []
    for argument in arguments.children():
        if not argument.is_leaf() and (argument.type not in (list, tuple, dict) or not all_leaves(argument)):
            return None
        found.append((argument.type, argument.num_children, argument.entries()))
    return found


def all_leaves(argument: Structure) -> bool:
    """Whether there are no containers inside of a container."""
    return all(child.is_leaf() for child in argument.children())

"""`compile=True`: a derivative, recorded once for each structure of the arguments, and then run as straight code."""

from collections.abc import Callable, Sequence
from functools import lru_cache, update_wrapper
from math import isnan
from threading import Lock
from typing import Any

import numpy as np

from expression.compilation import Compiled, compile
from expression.nodes import Expression
from expression.operations.operation import Traced
from expression.structure import flatten, point
from expression.tracing import trace

KEPT = 64  # programs of one function, for as many structures of its arguments
FUNCTIONS = 256  # functions whose jvp, vjp or hvp stay compiled
Function = Callable[..., Any] | Expression


class Named:
    """A call with the argument names of f, which errors and sources shall show."""

    def __init__(self, call: Callable[..., Any], f: Function) -> None:
        """Behave as `call`, look as f."""
        update_wrapper(self, f)
        self.call = call
        self.inputs = getattr(f, "inputs", ())

    def __call__(self, *args: Any) -> Any:
        """The call."""
        return self.call(*args)


class CompiledCall:
    """A function that is recorded and compiled at its first call with arguments of a structure, and kept.

    `call` runs it uncompiled: so it is recorded, and so it runs where an argument is recorded itself.
    """

    def __init__(self, call: Callable[..., Any], f: Function, argnums: int | Sequence[int]) -> None:
        """Nothing is compiled yet."""
        self.call, self.f, self.argnums = Named(call, f), f, argnums
        self.programs: dict[Any, tuple[Compiled, bool]] = {}  # and whether such leaves are just what it takes
        self.latest: Compiled | None = None  # whose arguments are numbers and arrays, no pytrees
        self.lock = Lock()

    def __call__(self, *args: Any) -> Any:
        """The value, by the program for arguments of this structure."""
        program = self.latest
        if program is not None and program.takes(args) and not any(map(holds_nan, args)):
            return program.of_leaves(args)
        leaves, structure = flatten(args)
        key = (structure, *[(x.shape, x.dtype) if type(x) is np.ndarray else type(x) for x in leaves])
        program, exact = self.programs.get(key, (None, False))
        if program is None or any(map(holds_nan, leaves)):
            return self.carefully(args, leaves, key)
        return program.of_leaves(leaves) if exact else program(*args)

    def carefully(self, args: tuple[Any, ...], leaves: Sequence[Any], key: Any) -> Any:
        """Check the arguments; compile, where it is the first call of its kind."""
        if any(isinstance(x, Traced) for x in leaves):
            return self.call(*args)
        point(self.f, args, self.argnums)
        found = self.programs.get(key)
        program = self.compiled(args, leaves, key) if found is None else found[0]
        return program(*args)

    def compiled(self, args: tuple[Any, ...], leaves: Sequence[Any], key: Any) -> Compiled:
        """A new program, kept in place of the oldest."""
        program = compile(trace(self.call, *args))
        with self.lock:
            self.programs[key] = program, program.takes(leaves)
            while len(self.programs) > KEPT:
                del self.programs[next(iter(self.programs))]
            if program.flat and program.takes(leaves):
                self.latest = program
        return program

    @property
    def sources(self) -> tuple[str, ...]:
        """The texts of what has been compiled so far."""
        return tuple(program.source for program, _ in self.programs.values())


def holds_nan(x: Any) -> bool:
    """Whether an argument may hold nan: its sum of squares does then, which is the shortest look at all entries."""
    if type(x) is np.ndarray:
        return x.dtype.kind == "f" and isnan(np.vdot(x, x))
    return isinstance(x, float | np.floating) and isnan(x)


class Same:
    """A function as a key: equal only to itself, and never compared node by node."""

    __slots__ = ("f",)

    def __init__(self, f: Function) -> None:
        """Hold it, so that its id stays its own."""
        self.f = f

    def __eq__(self, other: object) -> bool:
        """The same object."""
        return isinstance(other, Same) and self.f is other.f

    def __hash__(self) -> int:
        """By identity."""
        return id(self.f)


@lru_cache(maxsize=FUNCTIONS)
def compiled_method(method: Callable[..., Any], f: Same) -> CompiledCall:
    """`method(f, *args)`, compiled: for methods that are given their function at each call, as jvp, vjp and hvp are."""
    return CompiledCall(lambda *args: method(f.f, *args), f.f, ())

"""`compile=True`: a derivative, recorded once for each structure of the arguments, and then run as straight code."""

from collections.abc import Callable, Sequence
from functools import lru_cache, update_wrapper
from threading import Lock
from typing import Any

import numpy as np

from expression.compilation import MAY_HOLD_NAN, Compiled, compile
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
        self.programs: dict[Any, Compiled] = {}
        self.latest: tuple[Compiled, tuple[int, ...]] | None = None  # with the leaves that are differentiated
        self.of_numbers: Callable[..., Any] | None = None
        self.count = 0
        self.lock = Lock()

    def __call__(self, *args: Any) -> Any:
        """The value, by the program for arguments of this structure: most often the latest."""
        if self.of_numbers is not None and len(args) == self.count:  # as below, for numbers by the shortest way
            for x in args:
                if type(x) is not float or x != x:
                    break
            else:
                try:
                    return self.of_numbers(*args)
                except (ArithmeticError, ValueError):
                    pass
        if self.latest is not None:
            program, differentiated = self.latest
            leaves = args if program.flat else program.leaves_of(args)
            if leaves is not None and program.takes(leaves):
                result = program.of_leaves(leaves, differentiated)
                if result is not MAY_HOLD_NAN:
                    return result
        return self.carefully(args)

    def carefully(self, args: tuple[Any, ...]) -> Any:
        """Check the arguments; find the program for them, or compile it, where it is the first call of its kind."""
        leaves, structure = flatten(args)
        if any(isinstance(x, Traced) for x in leaves):
            return self.call(*args)
        at = point(self.f, args, self.argnums)
        key = (structure, *[(x.shape, x.dtype) if type(x) is np.ndarray else type(x) for x in leaves])
        program = self.programs.get(key)
        if program is None:
            program = compile(trace(self.call, *args))
            with self.lock:
                self.programs[key] = program
                while len(self.programs) > KEPT:
                    del self.programs[next(iter(self.programs))]
        self.latest = program, at.positions
        plain = program.flat and program.program.numbers and program.program.structured
        self.of_numbers, self.count = program.function if plain else None, len(leaves)
        return program(*args)

    @property
    def sources(self) -> tuple[str, ...]:
        """The texts of what has been compiled so far."""
        return tuple(program.source for program in self.programs.values())


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

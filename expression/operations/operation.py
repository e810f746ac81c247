"""What an operation is: one row with everything that any room asks of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib import import_module
from math import prod
from operator import attrgetter
from typing import Any

import numpy as np

from expression.errors import ArgumentError, ExpressionError, UnsupportedOperation

Array = Any  # an ndarray, a scalar, a tracer, a tensor, an array of mpmath or SymPy objects
Shape = tuple[int, ...]
Rule = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Kink:
    """Where an operation has no derivative, and what is returned there."""

    policy: str
    at: Rule  # (*x) -> where the point sits on the kink
    subdifferential: tuple[float, float] | None = None  # of the first operand


@dataclass(frozen=True, slots=True)
class Sample:
    """Shapes and parameters that a test may call an operation with."""

    shapes: tuple[Shape, ...]
    parameters: dict[str, Any] = field(default_factory=dict)
    integers: dict[int, Any] = field(default_factory=dict)  # operands that are index arrays


Interval = tuple[float, float]
REAL: Interval = (-2.0, 2.0)
POSITIVE: Interval = (0.2, 3.0)
UNIT: Interval = (-0.9, 0.9)
ABOVE_ONE: Interval = (1.2, 3.0)
BOOLEAN: Interval = (0.0, 1.0)  # drawn as a truth value


def promoted(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """NumPy's promotion."""
    return np.result_type(*dtypes)


def as_ufunc(ufunc: np.ufunc) -> Callable[..., np.dtype[Any]]:
    """The dtype that a ufunc itself gives: it knows what it does to integers and truth values."""
    return lambda *dtypes: ufunc.resolve_dtypes((*dtypes, None))[-1]


def floating(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """As `promoted`, and float64 for integers and booleans."""
    dtype = promoted(*dtypes)
    return dtype if dtype.kind in "fc" else np.dtype(np.float64)


def truth(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of a comparison."""
    return np.dtype(np.bool_)


def index(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of a position."""
    return np.dtype(np.int64)


def first(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of the first operand; the others are indices."""
    for dtype in dtypes[1:]:
        if dtype.kind not in "iu":
            raise TypeError(f"needs integers as an index, got {dtype}")
    return dtypes[0]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Operation:
    """An elementary function: one row of the table.

    Both modes of differentiation come from one column: `partials` for elementwise operations, `partial`
    for reductions, `vjps` for what is linear in an argument (there the JVP is the operation itself), `vjps`
    and `jvps` for the few others. Every rule is written in NumPy calls, so that running it on tracers
    records the derivative as an expression.
    """

    name: str
    forward: Rule  # (*x, **parameters) -> y, plain NumPy
    shape: Callable[..., Shape] | None  # (*shapes, **parameters) -> shape; None: what the body makes of them
    numpy: tuple[Any, ...] = ()  # the NumPy functions that it answers to
    dtype: Callable[..., np.dtype[Any]] = promoted
    partials: tuple[Rule | float, ...] | None = None  # elementwise: (y, *x) -> dy/dx_k, or that number, per argument
    products: tuple[Rule, ...] | None = None  # (v, y, *x) -> v dy/dx_k, where a plain product would let 0 * inf be nan
    partial: Rule | None = None  # reduction: (y kept, x) -> dy/dx, in x's shape
    vjps: tuple[Rule, ...] | Rule | None = None  # (y_bar, y, *x, **parameters) -> x_bar, per argument
    jvps: tuple[Rule, ...] | Rule | None = None  # (x_dot, y, *x, **parameters) -> y_dot, per argument
    pullback: Rule | None = None  # (y_bar, y, *x, **parameters) -> (x_bar, ...), where all operands share the work
    linear: str | None = None  # "each": in every argument by itself; "together": in all of them at once
    sympy: str | None = None  # elementwise: SymPy's formula in x, y, z
    mpmath: str | Rule | None = None  # elementwise: a function of mpmath, or (context, *x) -> y
    objects: Rule | None = None  # others: (scalar, *x, **parameters) -> y over arrays of objects
    latex: str = ""
    commutative: bool = False  # its two operands may be exchanged
    symbol: str = ""  # the Python operator, where there is one
    domain: tuple[Interval | str, ...] = (REAL,)
    samples: tuple[Sample, ...] = ()
    work: Callable[..., int] | None = None  # (*shapes, out=shape, **parameters) -> scalar operations
    weight: int = 1  # flops of one of them
    programs: tuple[str, ...] = ()  # parameters that hold programs, which the node runs: a loop or a branch
    infer: Rule | None = None  # (shapes, dtypes, **parameters) -> (shape, dtype), where they depend on each other
    kink: Kink | None = None
    selects: bool = False  # takes one branch: the others contribute exactly 0
    analytic: bool = True  # a complex step may pass through it
    increasing: bool | None = None  # monotone: intervals go end by end
    batch: Rule | None = None  # (operation, operands, batched, parameters) -> y; a batch axis is in front
    body: Rule | None = None  # a user's operation: the function as it was written
    home: str = ""  # a user's operation: where pickle finds it
    origin: tuple[Any, ...] | None = None  # a row that was made of another: the function that made it, its arguments

    @property
    def elementwise(self) -> bool:
        """Whether it acts entry by entry, with broadcasting."""
        return self.partials is not None and self.objects is None

    def scalar_operations(self, shapes: Sequence[Shape], out: Shape, parameters: dict[str, Any]) -> int:
        """How many scalar operations one evaluation takes."""
        return prod(out) if self.work is None else self.work(*shapes, out=out, **parameters)

    def dy_dx(self, k: int, *values: Array) -> Array:
        """The partial of an elementwise operation for operand k, at values (y, *x)."""
        assert self.partials is not None
        rule = self.partials[k]
        return rule if isinstance(rule, float) else rule(*values)

    def vjp(self, k: int) -> Rule:
        """The rule that pulls a cotangent back to argument k."""
        if self.pullback is not None:
            return partial(one_of, self.pullback, k)
        return rule_of(self.vjps, k, f"{self.name} has no reverse rule for argument {k}; give it vjps")

    def jvp(self, k: int) -> Rule:
        """The rule that pushes a tangent of argument k forward."""
        return rule_of(self.jvps, k, f"{self.name} has no forward rule for argument {k}; give it jvps")

    def __call__(self, *operands: Array, **parameters: Any) -> Array:
        """Apply to arrays, tracers or tensors."""
        check_options(self.name, parameters)
        return apply(self, operands, tuple(sorted(parameters.items())))

    def __repr__(self) -> str:
        """Name it."""
        return f"<operation {self.name}>"

    def __reduce__(self) -> Any:
        """Pickle by name, or by origin: rules are code, not data."""
        if self.origin is not None:
            return self.origin
        if "<" in self.home:
            raise ExpressionError(f"{self.name} is defined inside a function, where pickle cannot find it; move it out")
        return find, (self.name, self.home)


def check_options(label: str, parameters: dict[str, Any]) -> None:
    """Refuse options that no node could hold: they must be hashable."""
    for name, value in parameters.items():
        try:
            hash(value)
        except TypeError:
            raise ArgumentError(
                f"{label}: the option {name}= is a {type(value).__name__}; pass a number, a text or a tuple"
            ) from None


def rule_of(rules: tuple[Rule, ...] | Rule | None, k: int, missing: str) -> Rule:
    """Argument k's rule: from a tuple, or from one rule that takes k first (operations of any number of operands)."""
    if rules is None:
        raise UnsupportedOperation(missing)
    return rules[k] if isinstance(rules, tuple) else partial(rules, k)


def one_of(pullback: Rule, k: int, *args: Array, **parameters: Any) -> Array:
    """What a joint reverse rule contributes to operand k alone."""
    x_bar = pullback(*args, **parameters)[k]
    return 0.0 if x_bar is None else x_bar


def find(name: str, home: str) -> Operation:
    """The operation of that name: a row of the table, or a user's operation in its module."""
    if home:
        module, _, path = home.partition(":")
        found = attrgetter(path)(import_module(module))
        found = getattr(found, "row", found)  # of a function with several results
        if not isinstance(found, Operation):
            raise ExpressionError(f"{name}: {path} in {module} is a {type(found).__name__}, not the operation")
        return found
    from expression.operations import TABLE

    return TABLE[name]


class Traced:
    """Whatever records what is done to it: tracers, and the tensors of a tape.

    `level` orders nested traces: an operation belongs to the innermost one.
    """

    __slots__ = ()
    level: int
    dtype: np.dtype[Any]

    def record(self, operation: Operation, operands: Sequence[Array], parameters: tuple[Any, ...]) -> Array:
        """Write the operation down, and return its result."""
        raise NotImplementedError


def apply(operation: Operation, operands: Sequence[Array], parameters: tuple[Any, ...] = ()) -> Array:
    """Compute an operation, or have the innermost traced operand record it."""
    owner = None
    for x in operands:
        if isinstance(x, Traced) and (owner is None or x.level > owner.level):
            owner = x
    if owner is not None:
        return owner.record(operation, operands, parameters)
    with np.errstate(all="ignore"):
        return operation.forward(*operands, **dict(parameters))


def shape_of(x: Array) -> Shape:
    """The shape of an array, a tracer, a tensor or a number, without asking NumPy, which would ask a tensor in turn."""
    if type(x) is float:
        return ()
    try:
        shape: Shape = x.shape
    except AttributeError:
        return np.shape(x)
    return shape


@lru_cache(maxsize=65536)
def broadcast_shape(*shapes: Shape) -> Shape:
    """NumPy's broadcasting."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(
            f"shapes {' and '.join(map(str, shapes))} do not broadcast; lengths must agree or be 1"
        ) from None


def check_axes(axes: Sequence[int], rank: int) -> None:
    """Raise ValueError unless axes are different positions below the rank."""
    if not all(0 <= a < rank for a in axes) or len(set(axes)) != len(axes):
        raise ValueError(f"axes {axes} are not different positions of {rank} axes")


def indicator(condition: Array, like: Array) -> Array:
    """1 where the condition holds and 0 elsewhere, in the dtype of `like`."""
    number = floating(getattr(like, "dtype", np.dtype(np.float64))).type
    return np.where(condition, number(1), number(0))


def zero(y: Array, *x: Array) -> float:
    """Partial of an operation that is constant between its jumps."""
    return 0.0


def size_of(*shapes: Shape, out: Shape, **parameters: Any) -> int:
    """Work: one operation per entry of the result."""
    return prod(out)


def no_work(*shapes: Shape, out: Shape, **parameters: Any) -> int:
    """Work: data only moves."""
    return 0

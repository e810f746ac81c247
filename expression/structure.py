"""Pytrees: nested tuples, lists and dicts of arrays, through optree; and one policy for every call's arguments."""

from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any, NamedTuple

import numpy as np
import optree

from expression.errors import ArgumentError
from expression.operations.operation import Array, Operation, Shape, Traced
from expression.operations.operation import shape_of as shape_of

Structure = optree.PyTreeSpec
NUMBERS_AND_RECORDS = (Traced, float, complex, int, np.number, np.bool_)


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves of a pytree and what is left of it."""
    leaves, structure = optree.tree_flatten(tree)
    return leaves, structure


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Any:
    """Put leaves back into their structure."""
    return optree.tree_unflatten(structure, leaves)


def tree_map(function: Callable[..., Any], *trees: Any) -> Any:
    """Apply a function to corresponding leaves."""
    return optree.tree_map(function, *trees)


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """The names of f's first positional parameters, as its source has them."""
    names: list[str] = []
    try:
        for p in signature(f.body if isinstance(f, Operation) and f.body else f).parameters.values():
            if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD):
                names.append(p.name)
            elif p.kind is Parameter.VAR_POSITIONAL:
                names += [f"{p.name}{i}" for i in range(count - len(names))]
    except (TypeError, ValueError):
        pass
    return (names + [f"x{i}" for i in range(len(names), count)])[:count]


def leaf_names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """A name for every leaf of the arguments: `x`, or `params_W` for params["W"]; an expression's own names."""
    inputs = getattr(f, "inputs", ())
    if len(inputs) == sum(len(flatten(a)[0]) for a in args) > 0:
        return [i.name for i in inputs]
    names: list[str] = []
    for name, argument in zip(argument_names(f, len(args)), args, strict=True):
        for path in optree.tree_paths(argument):
            full = "_".join([name, *(str(step) for step in path)])
            full = "".join(c if c.isidentifier() or (c.isdigit() and k) else "_" for k, c in enumerate(full))
            names.append(full)
    return unique(names)


def unique(names: Sequence[str]) -> list[str]:
    """The same names, with underscores where one comes again."""
    found: dict[str, None] = {}
    for name in names:
        while name in found:
            name += "_"
        found[name] = None
    return list(found)


def as_leaf(x: Any, name: str) -> Array:
    """A number, array or tracer, as it is; anything else is refused by name."""
    if isinstance(x, NUMBERS_AND_RECORDS):
        return x
    if isinstance(x, np.ma.MaskedArray | np.matrix):
        advice = "x.filled(0.0)" if isinstance(x, np.ma.MaskedArray) else "np.asarray(x)"
        raise ArgumentError(f"{name} is a {type(x).__name__}, which computes by rules of its own; pass {advice}")
    try:
        array = np.asarray(x)
    except Exception as error:
        raise ArgumentError(f"{name}: cannot be read as an array ({error}); pass a number or an ndarray") from error
    if array.dtype.kind not in "fciub":
        raise ArgumentError(f"{name}: holds {type(x).__name__} of dtype {array.dtype}; pass a float array")
    return array


def dtype_of(x: Array) -> np.dtype[Any]:
    """The dtype of a leaf; Python's float is float64 and its int int64."""
    try:
        found: np.dtype[Any] = x.dtype
    except AttributeError:
        return np.asarray(x).dtype
    return found


def deliver(x: Array) -> Any:
    """A result as users get it: a float64 or complex128 of shape () as Python's own number, arrays as they are."""
    if isinstance(x, np.float64 | np.complex128):
        return x.item()
    if isinstance(x, np.ndarray) and x.ndim == 0:
        return x.item() if x.dtype in (np.float64, np.complex128) else x[()]
    return x


def fresh(x: Array) -> Any:
    """A result in memory of its own, to be kept and written into: no view of an argument, a constant or a result."""
    return deliver(x.copy() if isinstance(x, np.ndarray) else x)


ONE_THREAD = 10_000  # entries: BLAS spreads a longer product over threads, which wait for one another on a busy machine


def holds_nan(x: Array) -> bool:
    """Whether real floats hold nan: their sum of squares is nan then, and only then; so is the least of them."""
    total = np.vdot(x, x) if x.size <= ONE_THREAD else np.min(x)
    return bool(total != total)


def differentiable(x: Any, called: Callable[[], str]) -> Array:
    """A leaf that may be differentiated: real floats, and not nan. The same error in all three rooms.

    `called` says the leaf's name, where it has to be told: finding it takes longer than the check.
    """
    if isinstance(x, Traced):
        if x.dtype.kind == "f":
            return x
    elif (type(x) is np.ndarray or isinstance(x, np.floating)) and x.dtype.kind == "f" and not holds_nan(x):
        return x
    name = called()
    x = as_leaf(x, name)
    dtype = dtype_of(x)
    if dtype.kind == "c":
        raise ArgumentError(f"{name} is {dtype}: derivatives need real floats; give its real and imaginary parts")
    if dtype.kind in "iub":
        kind = "an int" if isinstance(x, int) and not isinstance(x, bool) else f"{dtype} of shape {shape_of(x)}"
        raise ArgumentError(f"{name} is {kind}: derivatives need floats; write 2.0 for 2, or x.astype(float)")
    if not isinstance(x, Traced) and np.isnan(x).any():
        raise ArgumentError(f"{name} holds nan: there is no derivative to compute; clean the data first")
    return x


class Point(NamedTuple):
    """The arguments of one call, checked, with those that are differentiated picked out."""

    f: Callable[..., Any]
    args: tuple[Any, ...]
    argnums: tuple[int, ...]
    leaves: tuple[Array, ...]  # the differentiated leaves
    structure: Structure  # of the tuple of differentiated arguments
    single: bool  # argnums was an int: results mirror that argument, not a tuple

    @property
    def positions(self) -> tuple[int, ...]:
        """Where the differentiated leaves stand among all leaves of the arguments."""
        ends = [0]
        for argument in self.args:
            ends.append(ends[-1] + optree.tree_structure(argument).num_leaves)
        return tuple(i for k in self.argnums for i in range(ends[k], ends[k + 1]))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the differentiated leaves."""
        every = leaf_names(self.f, self.args)
        return tuple(every[i] for i in self.positions)

    def arguments(self, leaves: Sequence[Array]) -> tuple[Any, ...]:
        """The arguments of the call, with other leaves in place of the differentiated ones."""
        args = list(self.args)
        for k, argument in zip(self.argnums, unflatten(self.structure, leaves), strict=True):
            args[k] = argument
        return tuple(args)

    def mirror(self, leaves: Sequence[Any]) -> Any:
        """Results, one a leaf, in the structure of the differentiated arguments."""
        tree = unflatten(self.structure, leaves)
        return tree[0] if self.single else tree


def point(f: Callable[..., Any], args: tuple[Any, ...], argnums: int | Sequence[int] = 0) -> Point:
    """Check a call's arguments against the policy, and pick out the differentiated ones.

    Raises ArgumentError for argnums that do not exist, and for integers or nan among what is differentiated.
    """
    single = not isinstance(argnums, tuple | list)
    wanted: tuple[Any, ...] = tuple(argnums) if isinstance(argnums, tuple | list) else (argnums,)
    for k in wanted:
        if type(k) is int and 0 <= k < len(args):
            continue
        if not isinstance(k, (int, np.integer)) or isinstance(k, bool) or not -len(args) <= k < len(args):
            valid = f"argnums are ints from 0 to {len(args) - 1}" if args else "there is nothing to differentiate"
            raise ArgumentError(f"argnums={argnums!r}: the call has {len(args)} positional arguments, so {valid}")
    chosen = tuple([int(k) % len(args) for k in wanted])
    leaves, structure = flatten(tuple([args[k] for k in chosen]))

    def named(k: int) -> Callable[[], str]:
        return lambda: Point(f, args, chosen, (), structure, single).names[k]

    for k, x in enumerate(leaves):
        if type(x) is not float or x != x:
            leaves[k] = differentiable(x, named(k))
    return Point(f, args, chosen, tuple(leaves), structure, single)


def floating_results(dtypes: Sequence[np.dtype[Any]]) -> None:
    """Raise ArgumentError for a function that returns integers or truth values."""
    for dtype in dtypes:
        if dtype.kind not in "fc":
            raise ArgumentError(f"f returned {dtype}: derivatives need a floating result; return a float, 0.0 for 0")


def one_scalar(shapes: Sequence[Shape], dtypes: Sequence[np.dtype[Any]], caller: str) -> None:
    """Raise ArgumentError unless a function has one output, floating and of shape ()."""
    if list(shapes) != [()]:
        found = f"shape {shapes[0]}" if len(shapes) == 1 else f"{len(shapes)} outputs"
        raise ArgumentError(f"{caller} needs a scalar output, got {found}; use jacobian, or reduce it with np.sum")
    floating_results(dtypes)


def scalar_output(y: Any, caller: str = "grad") -> Array:
    """The one output of shape () that a gradient needs."""
    if type(y) is float:
        return y
    leaves, _ = flatten(y)
    one_scalar([shape_of(x) for x in leaves], [dtype_of(x) for x in leaves], caller)
    return leaves[0]


def matching(tangents: Any, primals: Any, what: str) -> list[Array]:
    """The leaves of tangents (or cotangents), checked to have the structure and shapes of the primals."""
    leaves, structure = flatten(primals)
    found, other = flatten(tangents)
    if structure != other:
        raise ArgumentError(f"{what} must have the structure of what they belong to: {structure}, got {other}")
    for k, (x, x_dot) in enumerate(zip(leaves, found, strict=True)):
        if shape_of(x) != shape_of(x_dot):
            raise ArgumentError(f"{what} {k}: expected shape {shape_of(x)}, got {shape_of(x_dot)}")
    checked = [as_leaf(x, f"{what} {k}") for k, x in enumerate(found)]
    for k, x in enumerate(checked):
        if dtype_of(x).kind == "c":
            raise ArgumentError(f"{what} {k} is {dtype_of(x)}: expected real floats")
    return checked


def direction(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Point, list[Array]]:
    """Where a directional derivative is taken, and along which leaves: one tangent for each argument of the call.

    Raises ArgumentError for primals or tangents that are no tuple (an array would be taken apart), and as `point` and
    `matching` do.
    """
    for given, name in ((primals, "primals"), (tangents, "tangents")):
        if not isinstance(given, tuple | list):
            kind = type(given).__name__
            raise ArgumentError(f"{name} must be a tuple with one entry for each argument, got {kind}; write (x,)")
    at = point(f, tuple(primals), tuple(range(len(primals))))
    return at, matching(tuple(tangents), tuple(primals), "tangent")

"""vmap: a function of one point becomes a function of a batch of them, in one run on batched arrays."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np
import optree

from expression.batched import Batched
from expression.calls import called
from expression.errors import ArgumentError, ControlFlowError, UnsupportedOperation
from expression.nodes import Expression
from expression.operations.operation import Array, Operation, Traced
from expression.structure import as_leaf, flatten, fresh, leaf_names, shape_of, unflatten
from expression.tracing import LEVELS

Axes = Any  # int, None, or a pytree of them that is a prefix of what they belong to
RESULTS = (Traced, int, float, complex, np.ndarray, np.generic)


def vmap(f: Callable[..., Any] | Expression, in_axes: Axes = 0, out_axes: Axes = 0) -> Callable[..., Any]:
    """The function f at every point of a batch, in one run: result[k] = f(args[k]), as `jax.vmap`.

    `in_axes` says which axis of the arguments counts the points: an int (negative ones count from the end), None for
    what all points share, a tuple with an entry for each argument, or a pytree whose leaves stand for whole parts of
    an argument. `out_axes` says where that axis stands in the results; None is for a result that does not depend on
    the batch. Every operation acts on all points at once by its row's rule, users' own operations with the derivatives
    that they were given, so that it nests: `vmap(grad(f))` gives the gradient of each sample, `grad` of a sum over
    `vmap(f)` that of all, `vmap(vmap(f))` a table, `trace(vmap(f), ...)` an expression.
    Shapes: an argument of shape s has (n, *s) where its axis is 0; so has a result.

    Raises ArgumentError for axes that do not fit, different lengths, and where no argument is mapped; ControlFlowError
    where f asks for a value that differs from point to point, as `if` does.

    >>> rows = np.arange(6.0).reshape(3, 2)
    >>> vmap(lambda x: np.sum(x * x))(rows)
    array([ 1., 13., 41.])

    All pairs, by two maps, one inside of the other:

    >>> vmap(vmap(lambda x, y: x @ y, in_axes=(None, 0)), in_axes=(0, None))(rows, rows)
    array([[ 1.,  3.,  5.],
           [ 3., 13., 23.],
           [ 5., 23., 41.]])

    A matrix that all points share, a number of each point's own, and points in the columns of the last argument:

    >>> affine = vmap(lambda p, x: p["A"] @ x + p["b"], in_axes=({"A": None, "b": 0}, -1), out_axes=1)
    >>> affine({"A": rows, "b": np.array([0.0, 1.0, 2.0])}, rows.T)
    array([[ 1.,  4.,  7.],
           [ 3., 14., 25.],
           [ 5., 24., 43.]])
    """

    @wraps(f.body if isinstance(f, Operation) and f.body is not None else f)
    def at_every_point(*args: Any) -> Any:
        leaves, structure = flatten(args)
        axes = axes_of_arguments(in_axes, args)
        level = next(LEVELS)
        n = batch_length(f, args, leaves, axes)
        mapped = [x if a is None else with_batch(x, a, level) for x, a in zip(leaves, axes, strict=True)]
        result = called(
            f,
            unflatten(structure, mapped),
            ControlFlowError,
            "writing into an ndarray asks for one value, but a batched array has one at each point",
            "build a new one with np.stack, np.concatenate or np.where",
        )
        found, results = flatten(result)
        places = leaf_axes("out_axes", out_axes, result)
        return unflatten(results, [delivered(y, a, level, n) for y, a in zip(found, places, strict=True)])

    return at_every_point


# -- axes --------------------------------------------------------------------------------------------------------------


def axes_of_arguments(in_axes: Axes, args: tuple[Any, ...]) -> list[int | None]:
    """The mapped axis of each leaf of the arguments, or None."""
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)
    if not (in_axes is None or is_axis(in_axes) or isinstance(in_axes, tuple)):
        raise ArgumentError(
            f"vmap: in_axes={in_axes!r} must be an int, None, or a tuple with an entry for each argument"
        )
    if isinstance(in_axes, tuple) and len(in_axes) != len(args):
        raise ArgumentError(
            f"vmap: in_axes={in_axes!r} has {len(in_axes)} entries, but the call has {len(args)} arguments; "
            "give one entry for each, None for what all points share"
        )
    return leaf_axes("in_axes", in_axes, args)


def leaf_axes(name: str, axes: Axes, tree: Any) -> list[int | None]:
    """An axis for each leaf of a tree: the prefix is spread over it. None is an axis here, and no leaf of the tree."""
    try:
        spread = optree.broadcast_prefix(axes, tree, none_is_leaf=True)
    except ValueError as error:
        whose, reason = "arguments" if name == "in_axes" else "results", str(error).splitlines()[0]
        raise ArgumentError(f"vmap: {name}={axes!r} does not have the structure of the {whose}: {reason}") from error
    for axis in spread:
        if not (axis is None or is_axis(axis)):
            raise ArgumentError(f"vmap: {name}={axes!r} holds {axis!r}; an axis is an int, or None")
    present = optree.tree_leaves(tree, none_is_leaf=True)
    return [axis for axis, x in zip(spread, present, strict=True) if x is not None]


def is_axis(axis: Any) -> bool:
    """Whether it is one int, and no truth value."""
    return isinstance(axis, int | np.integer) and not isinstance(axis, bool)


def batch_length(
    f: Callable[..., Any], args: tuple[Any, ...], leaves: Sequence[Any], axes: Sequence[int | None]
) -> int:
    """The common length of the mapped axes.

    Raises ArgumentError for an axis that a leaf does not have, for different lengths, and where nothing is mapped.
    """
    lengths = {}
    for k, (x, axis) in enumerate(zip(leaves, axes, strict=True)):
        if axis is None:
            continue
        shape = shape_of(as_leaf(x, "an argument of vmap"))
        if not -len(shape) <= axis < len(shape):
            name = leaf_names(f, args)[k]
            why = f"has axes {-len(shape)} to {len(shape) - 1}" if shape else "is no array"
            raise ArgumentError(
                f"vmap: in_axes={axis} for {name} of shape {shape}, which {why}; None is for what all points share"
            )
        lengths[k] = shape[axis]
    if not lengths:
        raise ArgumentError("vmap: no argument is mapped, so there is no batch; give one of them an axis in in_axes")
    if len(set(lengths.values())) > 1:
        names = leaf_names(f, args)
        found = ", ".join(f"{names[k]} {n}" for k, n in lengths.items())
        raise ArgumentError(
            f"vmap: the mapped axes have different lengths: {found}; make them equal, "
            "or None in in_axes for what all points share"
        )
    return next(iter(lengths.values()))


def with_batch(x: Any, axis: int, level: int) -> Batched:
    """A leaf with one of its axes taken for the batch."""
    x = as_leaf(x, "an argument of vmap")
    return Batched(x if axis == 0 else np.moveaxis(x, axis, 0), level)


# -- the call ----------------------------------------------------------------------------------------------------------


def check_result(y: Any, level: int) -> None:
    """Refuse what is no array, and a tensor of an inner tape, which would take the batch with it."""
    if not isinstance(y, RESULTS):
        raise UnsupportedOperation(f"the function returned {type(y).__name__}; return an array, or a pytree of them")
    inside: Any = y
    while hasattr(inside, "primal"):
        inside = inside.primal
        if type(inside) is Batched and inside.level == level:
            raise ArgumentError("vmap: the function returned a tensor that is still on a tape; return its .value")


def delivered(y: Any, axis: int | None, level: int, n: int) -> Any:
    """A result with its batch axis in place, and in memory of its own."""
    check_result(y, level)
    batched = type(y) is Batched and y.level == level
    if axis is None:
        if batched:
            raise ArgumentError(
                f"vmap: out_axes=None is for a result that all points share, but one of shape {y.shape} depends on the "
                "batch; give its batch axis a place"
            )
        return fresh(y)
    shape = shape_of(y)
    if not -len(shape) - 1 <= axis <= len(shape):
        raise ArgumentError(
            f"vmap: out_axes={axis} for a result of shape {shape} at each point, where the batch axis has places "
            f"{-len(shape) - 1} to {len(shape)}"
        )
    value: Array = y.value if batched else np.broadcast_to(y, (n, *shape))
    return fresh(value if axis in (0, -len(shape) - 1) else np.moveaxis(value, 0, axis))

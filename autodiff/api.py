"""grad and its family, in JAX's conventions: one trace of f, one forward evaluation, then a sweep."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff.derivation import unit
from autodiff.sweeps import forward_sweep, reverse_sweep
from expression.evaluation import arguments_of, forward
from expression.nodes import Expression
from expression.operations.literals import ONE, ZERO
from expression.operations.operation import Array, Shape, Traced, floating
from expression.structure import (
    Point,
    deliver,
    direction,
    dtype_of,
    flatten,
    fresh,
    matching,
    point,
    scalar_output,
    shape_of,
    tree_map,
    unflatten,
)
from expression.tracing import Trace, record_call

Function = Callable[..., Any] | Expression


def linearize(f: Function, args: Sequence[Any]) -> tuple[Expression, list[Array]]:
    """Trace f at args: an expression, and the value of each of its nodes there."""
    if isinstance(f, Expression):
        return f, forward(f, arguments_of(f, args))
    e, captured = record_call(Trace(), f, args)
    leaves, _ = flatten((*args, *captured))
    return e, forward(e, [x if isinstance(x, Traced) else np.asarray(x)[()] for x in leaves])


def pulled(e: Expression, values: Sequence[Array], seeds: Sequence[Array], at: Point) -> list[Array]:
    """One reverse sweep to the differentiated leaves of a call."""
    positions = [e.inputs[i].position for i in at.positions]
    return [finished(x, leaf) for x, leaf in zip(reverse_sweep(e, values, seeds, positions), at.leaves, strict=True)]


@np.errstate(all="ignore")
def finished(x: Array, like: Array) -> Array:
    """A derivative in its leaf's dtype, and in memory of its own."""
    return x if isinstance(x, Traced) else deliver(np.array(x, dtype=dtype_of(like), order="C"))


def results(e: Expression, values: Sequence[Array]) -> Any:
    """What f returned, in its own structure."""
    return unflatten(e.results, [fresh(values[j]) for j in e.outputs])


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Callable[..., tuple[Any, Any]]:
    """The value of a scalar function with its gradient, at the cost of one forward and one reverse sweep.

    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)
    (6.0, (3.0, 2.0))
    """

    def value_and_gradient(*args: Any) -> tuple[Any, Any]:
        at = point(f, args, argnums)
        e, values = linearize(f, args)
        value = scalar_output(results(e, values))
        return value, at.mirror(pulled(e, values, [ONE], at))

    return value_and_gradient


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The gradient of a scalar function, in the structure of the argument (a tuple for tuple argnums).

    Raises ArgumentError for an output that is not scalar, for integers and for nan.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    """
    both = value_and_grad(f, argnums)
    return lambda *args: both(*args)[1]


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f and its pullback: y_bar -> y_bar J, one cotangent for each primal, in one reverse sweep.

    >>> value, pullback = vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> value, pullback(1.0)
    (6.0, (3.0, 2.0))
    """
    at = point(f, primals, tuple(range(len(primals))))
    held = tree_map(lambda x: x.copy() if isinstance(x, np.ndarray) else x, primals)  # the caller may change his own
    e, values = linearize(f, held)
    value = results(e, values)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        seeds = matching(cotangent, value, "cotangent")
        mirrored: tuple[Any, ...] = at.mirror(pulled(e, values, seeds, at))
        return mirrored

    return value, pullback


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Value of f and its directional derivative J(x) x_dot, in one forward sweep.

    Shapes: each tangent has the shape of its primal; the result tangent that of f(x).

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    at, leaves = direction(f, primals, tangents)
    e, values = linearize(f, at.args)
    seeds = {e.inputs[i].position: x_dot for i, x_dot in zip(at.positions, leaves, strict=True)}
    dots = forward_sweep(e, values, seeds)
    tangent = unflatten(e.results, [finished(y_dot, values[j]) for y_dot, j in zip(dots, e.outputs, strict=True)])
    return results(e, values), tangent


def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """All partials: J[i, j] = df_i/dx_j, of shape output shape + input shape, a reverse sweep for each output entry.

    >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def rows(*args: Any) -> Any:
        at = point(f, args, argnums)
        e, values = linearize(f, args)
        blocks = []
        for k, j in enumerate(e.outputs):
            shape, dtype = e.nodes[j].shape, floating(e.nodes[j].dtype)
            seeds: list[Array] = [ZERO] * len(e.outputs)
            sweeps = []
            for place in np.ndindex(*shape):
                seeds[k] = unit(shape, place, dtype)
                sweeps.append(pulled(e, values, seeds, at))
            blocks.append(at.mirror([block([row[n] for row in sweeps], shape, x) for n, x in enumerate(at.leaves)]))
        return unflatten(e.results, blocks)

    return rows


def block(rows: Sequence[Array], shape: Shape, leaf: Array) -> Array:
    """The rows of one Jacobian block, in output shape + input shape."""
    if not shape:
        return rows[0]
    whole = (*shape, *shape_of(leaf))
    return np.reshape(np.stack(rows), whole) if rows else np.zeros(whole, dtype_of(leaf))


def hessian(f: Function, argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """All second partials of a scalar function: the Jacobian of its gradient.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian times a vector, forward over reverse: one JVP of the gradient, for a small multiple of f's cost.

    Tangents are those of all primals; the product is that of argument 0, as in `jvp(grad(f), primals, tangents)`.

    >>> hvp(lambda x: x[0] ** 2 * x[1], (np.array([3.0, 5.0]),), (np.array([1.0, 0.0]),))
    array([10.,  6.])
    """
    return jvp(grad(f), primals, tangents)[1]

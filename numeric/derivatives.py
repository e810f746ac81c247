"""grad and its family by finite differences, in JAX's conventions: nothing but evaluations of f.

Options of all: `scheme` names a row of the table; `step` is h itself, one number or a tuple with one for each
differentiated argument (left out, it is chosen from the function's own scale, which takes a few evaluations more);
`batched=True` traces a Python function, once for each structure of the arguments with its shapes and dtypes, so that
many points are evaluated at once, as an Expression always is. The fast way for many calls is to record f once, and to
keep what `grad` returns: `g = grad(trace(f, x))`, and then `g(x)`; with a given step almost nothing is left to do but
the evaluations. A Python function without `batched` may do anything, and is called as it is at every point.
The costs below are evaluations of f with a given step, for n entries to differentiate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from expression.operations.operation import Array, Shape
from expression.structure import deliver, direction, flatten, matching, point
from numeric.differences import Found, Quotients
from numeric.direct import direct
from numeric.lines import Axes, Ray
from numeric.recorded import Function, Source
from numeric.sampling import Sampler
from numeric.schemes import Scheme, scheme_named
from numeric.search import automatic
from numeric.second_order import hessian_matrix, hessian_times
from numeric.steps import given, step_of_ray, steps_of_axes


def first_order(sampler: Sampler, scheme: Scheme, step: Any, with_error: bool = False) -> Found:
    """The derivatives along every axis."""
    axes = Axes(sampler.space)
    quotients = Quotients(sampler, axes, scheme.base)
    if step is None:
        found = automatic(quotients, scheme, with_error)
    else:
        found = given(quotients, scheme, steps_of_axes(step, sampler, axes, scheme.base.imaginary), with_error)
    if with_error:  # steps of a staircase that are so far apart are not seen as noise
        found.error = found.error + sampler.measure_noise().slope / sampler.lengths[:, None]
    return found


def in_leaves(sampler: Sampler, table: Array, shape: Shape = ()) -> list[Array]:
    """A table with one row for each entry, as one array of shape `shape` + its own for each leaf."""
    leaves = []
    for x, a, b in zip(sampler.leaves, sampler.bounds[:-1], sampler.bounds[1:], strict=True):
        part = table[a:b]
        part = (part if part.ndim == 1 else np.moveaxis(part, 0, -1)).reshape((*shape, *x.shape))
        leaves.append(deliver(part.astype(np.result_type(x.dtype, np.complex64) if np.iscomplexobj(part) else x.dtype)))
    return leaves


def jacobian_of(sampler: Sampler, table: Array) -> Any:
    """Blocks of output shape + input shape: the tree of outputs outside, that of arguments inside."""
    return sampler.in_outputs(
        lambda part, shape, dtype: sampler.at.mirror(in_leaves(sampler, part.reshape((len(sampler.x), *shape)), shape)),
        table,
    )


def value_and_grad(
    f: Function, argnums: int | Sequence[int] = 0, *, scheme: str = "central", step: Any = None, batched: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """The value of a scalar function with its gradient: 2n + 1 evaluations for central, n + 1 for forward.

    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1), step=0.25)(2.0, 3.0)
    (6.0, (3.0, 2.0))
    """
    row = scheme_named(scheme)
    source = Source(f, row.base.imaginary, batched)
    prepare = cache(partial(direct, source, row, step, argnums))

    def value_and_gradient(*args: Any) -> tuple[Any, Any]:
        prepared = prepare()
        found = prepared(args) if prepared is not None else None
        if prepared is not None and found is not None:
            return prepared.value(args[0]), found
        at = point(f, args, argnums)
        sampler = Sampler(source, at, scalar=True)
        value = sampler.result()
        return flatten(value)[0][0], at.mirror(in_leaves(sampler, first_order(sampler, row, step).derivative[:, 0]))

    return value_and_gradient


def grad(
    f: Function, argnums: int | Sequence[int] = 0, *, scheme: str = "central", step: Any = None, batched: bool = False
) -> Callable[..., Any]:
    """The gradient of a scalar function, in the structure of the argument (a tuple for tuple argnums).

    Costs n + 1 evaluations for forward and backward, 2n for central, 4n for five_point, 12n for richardson, n for
    complex_step. What is returned keeps what was prepared for an Expression: make it once, and call it often.

    Raises ArgumentError for an output that is not scalar, for integers, for nan, for an unknown scheme and for a step
    that is not a positive number; UnsupportedOperation where complex_step meets an operation that is not analytic.

    >>> grad(lambda x: x**3, scheme="complex_step")(2.0)
    12.0
    >>> print(f"{grad(lambda x: x**3)(2.0):.9f}")
    12.000000000
    """
    row = scheme_named(scheme)
    source = Source(f, row.base.imaginary, batched)
    prepare = cache(partial(direct, source, row, step, argnums))

    def gradient(*args: Any) -> Any:
        prepared = prepare()
        found = prepared(args) if prepared is not None else None
        if found is not None:
            return found
        at = point(f, args, argnums)
        sampler = Sampler(source, at, scalar=True)
        return at.mirror(in_leaves(sampler, first_order(sampler, row, step).derivative[:, 0]))

    return gradient


def jacobian(
    f: Function, argnums: int | Sequence[int] = 0, *, scheme: str = "central", step: Any = None, batched: bool = False
) -> Callable[..., Any]:
    """All partials: J[i, j] = df_i/dx_j, of shape output shape + input shape, at the cost of a gradient.

    >>> jacobian(lambda x: x**2, step=0.25)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    row = scheme_named(scheme)
    source = Source(f, row.base.imaginary, batched)

    def rows(*args: Any) -> Any:
        sampler = Sampler(source, point(f, args, argnums))
        return jacobian_of(sampler, first_order(sampler, row, step).derivative)

    return rows


@dataclass(frozen=True, slots=True)
class Estimate:
    """What finite differences know: value, derivative, and how they came by it."""

    value: Any  # f(x)
    derivative: Any  # the Jacobian, which is the gradient of a scalar function
    error: Any  # a bound-like estimate of its error, in the same structure
    evaluations: int  # points at which f was evaluated
    step: Any  # h for every entry, in the structure of the argument


def estimate(
    f: Function, argnums: int | Sequence[int] = 0, *, scheme: str = "central", step: Any = None, batched: bool = False
) -> Callable[..., Estimate]:
    """The derivative with an estimate of its error, truncation and rounding together, and its cost.

    The noise of f is measured for it, with eight evaluations; with up to forty where f is flat on so short a way, which
    may be a staircase: values that were rounded to six decimals, or to float32, are a smooth function with noise on it.
    With a given step the stencil is taken with the double step as well, to see truncation, and so the evaluations of
    the gradient are doubled.

    >>> found = estimate(np.exp)(1.0)
    >>> abs(found.derivative - np.exp(1.0)) < found.error < 1e-9
    True
    """
    row = scheme_named(scheme)
    source = Source(f, row.base.imaginary, batched)

    def estimated(*args: Any) -> Estimate:
        at = point(f, args, argnums)
        sampler = Sampler(source, at)
        value = sampler.result()
        found = first_order(sampler, row, step, with_error=True)
        return Estimate(
            value,
            jacobian_of(sampler, found.derivative),
            jacobian_of(sampler, found.error),
            sampler.evaluations,
            at.mirror(in_leaves(sampler, found.step)),
        )

    return estimated


def jvp(
    f: Function,
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    scheme: str = "central",
    step: Any = None,
    batched: bool = False,
) -> tuple[Any, Any]:
    """Value of f and its directional derivative J(x) x_dot, by steps along x_dot: 2 evaluations for central, for any n.

    Shapes: each tangent has the shape of its primal; the result tangent that of f(x). A given step is in multiples of
    the tangent; the value is one evaluation more.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0), step=0.25)
    (6.0, 3.0)
    """
    row = scheme_named(scheme)
    source = Source(f, row.base.imaginary, batched)
    at, leaves = direction(f, primals, tangents)
    sampler = Sampler(source, at)
    ray = Ray(sampler.space, leaves)
    value = sampler.result()
    quotients = Quotients(sampler, ray, row.base)
    if step is None:
        found = automatic(quotients, row)
    else:
        found = given(quotients, row, step_of_ray(step, sampler, ray, row.base.imaginary))
    tangent = sampler.in_outputs(
        lambda part, shape, dtype: deliver(part.reshape(shape).astype(dtype)), found.derivative[0]
    )
    return value, tangent


def vjp(
    f: Function, *primals: Any, scheme: str = "central", step: Any = None, batched: bool = False
) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f and its pullback: y_bar -> y_bar J, one cotangent for each primal.

    Differences know no reverse mode: the whole Jacobian is computed here, once, at the cost of a gradient and one
    evaluation; a pullback is then a product, and evaluates nothing.

    >>> value, pullback = vjp(lambda x, y: x * y, 2.0, 3.0, step=0.25)
    >>> value, pullback(1.0)
    (6.0, (3.0, 2.0))
    """
    row = scheme_named(scheme)
    source = Source(f, row.base.imaginary, batched)
    at = point(f, primals, tuple(range(len(primals))))
    sampler = Sampler(source, at)
    value = sampler.result()
    table = first_order(sampler, row, step).derivative

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        y_bar = np.concatenate([np.reshape(y, -1) for y in matching(cotangent, value, "cotangent")])
        with np.errstate(all="ignore"):
            mirrored: tuple[Any, ...] = at.mirror(in_leaves(sampler, table @ y_bar))
        return mirrored

    return value, pullback


def hessian(
    f: Function, argnums: int | Sequence[int] = 0, *, scheme: str = "central", step: Any = None, batched: bool = False
) -> Callable[..., Any]:
    """All second partials of a scalar function, symmetric: 2 n^2 + 1 evaluations for central.

    The scheme is taken along one axis, and then along the other; complex_step takes a central step along one, and an
    imaginary one along the other, n (n + 1) evaluations in all (a given step is the central one).

    >>> hessian(lambda x: x[0] ** 2 * x[1], step=0.25)(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    row = scheme_named(scheme)
    source = Source(f, row.base.imaginary, batched)

    def second_partials(*args: Any) -> Any:
        at = point(f, args, argnums)
        sampler = Sampler(source, at, scalar=True)
        matrix = hessian_matrix(sampler, row, step)
        blocks = [
            at.mirror(in_leaves(sampler, matrix[:, a:b].reshape((len(matrix), *x.shape)), x.shape))
            for x, a, b in zip(sampler.leaves, sampler.bounds[:-1], sampler.bounds[1:], strict=True)
        ]
        return at.mirror(blocks)

    return second_partials


def hvp(
    f: Function,
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    scheme: str = "central",
    step: Any = None,
    batched: bool = False,
) -> Any:
    """The Hessian times a vector: differences along the tangent of differences along each axis, 4n for central.

    Tangents are those of all primals; the product is that of argument 0, as in `jvp(grad(f), primals, tangents)`.

    >>> hvp(lambda x: x[0] ** 2 * x[1], (np.array([3.0, 5.0]),), (np.array([1.0, 0.0]),), step=0.25)
    array([10.,  6.])
    """
    row = scheme_named(scheme)
    source = Source(f, row.base.imaginary, batched)
    at, leaves = direction(f, primals, tangents)
    sampler = Sampler(source, at, scalar=True)
    product = hessian_times(sampler, row, step, Ray(sampler.space, leaves), sampler.entries[0])
    whole = np.concatenate([product, np.zeros(len(sampler.x) - len(product))])
    return at.mirror(in_leaves(sampler, whole))[0]

"""grad and its family: f is traced, SymPy's rules write the derivative as a program, and NumPy evaluates it."""

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from typing import Any, cast

from expression.derivatives import check_scalar
from expression.nodes import Expression
from expression.structure import Point, direction, flatten, matching, point, unflatten
from expression.tracing import Trace, record_call
from symbolic.derivation import derive
from symbolic.programs import hessian_program, hvp_program, jacobian_program, jvp_program, vjp_program

Function = Callable[..., Any]


def recorded(f: Function, at: Point) -> tuple[Expression, list[Any]]:
    """The expression of f as a function of its differentiated leaves, and what its closure captured."""

    def of_leaves(*leaves: Any) -> Any:
        return f(*at.arguments(leaves))

    parameters = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in at.names]
    cast(Any, of_leaves).__signature__ = Signature(parameters)
    return record_call(Trace(), of_leaves, at.leaves)


def value_and_grad(
    f: Function, argnums: int | Sequence[int] = 0, *, sharing: bool = True, limit: int | None = None
) -> Callable[..., tuple[Any, Any]]:
    """The value of a scalar function with its gradient.

    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)
    (6.0, (3.0, 2.0))
    """

    def value_and_gradient(*args: Any) -> tuple[Any, Any]:
        at = point(f, args, argnums)
        e, captured = recorded(f, at)
        check_scalar(e, "grad")
        names = [i.name for i in e.inputs[: len(at.leaves)]]
        program = derive(e, names, value=True, sharing=sharing, limit=limit)
        value, gradient = program(*at.leaves, *captured)
        return flatten(value)[0][0], at.mirror(gradient)

    return value_and_gradient


def grad(
    f: Function, argnums: int | Sequence[int] = 0, *, sharing: bool = True, limit: int | None = None
) -> Callable[..., Any]:
    """The gradient of a scalar function, in the structure of the argument (a tuple for tuple argnums).

    `sharing=False` evaluates the closed form. Raises ArgumentError for an output that is not scalar, for integers and
    for nan; SizeLimitError when the program would be longer than `limit`.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    """
    both = value_and_grad(f, argnums, sharing=sharing, limit=limit)
    return lambda *args: both(*args)[1]


def jacobian(f: Function, argnums: int | Sequence[int] = 0, *, limit: int | None = None) -> Callable[..., Any]:
    """All partials: J[i, j] = df_i/dx_j, of shape output shape + input shape.

    >>> import numpy as np
    >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def rows(*args: Any) -> Any:
        at = point(f, args, argnums)
        e, captured = recorded(f, at)
        blocks = jacobian_program(e, len(at.leaves), limit)(*at.leaves, *captured)
        return unflatten(e.results, [at.mirror(row) for row in blocks])

    return rows


def hessian(f: Function, argnums: int | Sequence[int] = 0, *, limit: int | None = None) -> Callable[..., Any]:
    """All second partials of a scalar function, exactly symmetric: the argument's structure inside itself.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """

    def blocks(*args: Any) -> Any:
        at = point(f, args, argnums)
        e, captured = recorded(f, at)
        check_scalar(e, "grad")
        found = hessian_program(e, len(at.leaves), limit)(*at.leaves, *captured)
        return at.mirror([at.mirror(row) for row in found])

    return blocks


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], *, limit: int | None = None) -> tuple[Any, Any]:
    """Value of f and its directional derivative J(x) x_dot.

    Shapes: each tangent has the shape of its primal; the result tangent that of f(x).

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    at, x_dots = direction(f, primals, tangents)
    e, captured = recorded(f, at)
    value, tangent = jvp_program(e, len(at.leaves), limit)(*at.leaves, *captured, *x_dots)
    return value, tangent


def vjp(f: Function, *primals: Any, limit: int | None = None) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f and its pullback: y_bar -> y_bar J, one cotangent for each primal.

    >>> value, pullback = vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> value, pullback(1.0)
    (6.0, (3.0, 2.0))
    """
    at = point(f, primals, tuple(range(len(primals))))
    e, captured = recorded(f, at)
    program = vjp_program(e, len(at.leaves), limit)
    value = e(*at.leaves, *captured)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        y_bars = matching(cotangent, value, "cotangent")
        mirrored: tuple[Any, ...] = at.mirror(program(*at.leaves, *captured, *y_bars))
        return mirrored

    return value, pullback


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], *, limit: int | None = None) -> Any:
    """The Hessian times a vector: the tangent of grad(f), in the structure of argument 0.

    Tangents are those of all primals, as in `jvp(grad(f), primals, tangents)`.

    >>> import numpy as np
    >>> hvp(lambda x: x[0] ** 2 * x[1], (np.array([3.0, 5.0]),), (np.array([1.0, 0.0]),))
    array([10.,  6.])
    """
    at, x_dots = direction(f, primals, tangents)
    e, captured = recorded(f, at)
    check_scalar(e, "grad")
    first, structure = flatten(primals[0])
    product = hvp_program(e, len(first), len(at.leaves), limit)(*at.leaves, *captured, *x_dots)
    return unflatten(structure, product)

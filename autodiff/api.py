"""grad and its family, in JAX's conventions: f runs once on a tape of its own, then a sweep."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.compiled import CompiledCall, Same, compiled_method
from autodiff.facades import finished
from autodiff.jacobians import jacobian_rows
from autodiff.recording import on_tape
from autodiff.rules import accumulate
from autodiff.sweeps import forward_sweep
from autodiff.tape import Tape
from autodiff.tensor import Tensor
from expression.calls import called
from expression.derivatives import uncollected
from expression.errors import TapeError
from expression.nodes import Expression
from expression.operations.literals import ONE, ZERO, is_literal
from expression.operations.operation import Array, Traced
from expression.structure import (
    Point,
    as_leaf,
    direction,
    flatten,
    fresh,
    matching,
    point,
    scalar_output,
    unflatten,
)
from expression.tracing import LEVELS

RETURNED = "its tape belonged to a call of grad that has returned; return the tensor, or keep its .value"
Function = Callable[..., Any] | Expression


@dataclass(slots=True)
class Run:
    """One call of a function on a tape: what it returned, and the way back."""

    at: Point
    tape: Tape
    value: Any  # in the function's own structure
    outputs: tuple[Array, ...]  # its leaves, as the tape knows them

    def pulled(self, cotangents: Sequence[Array]) -> Any:
        """One reverse sweep, from a cotangent for each output to the differentiated leaves, mirrored."""
        seeds: dict[int, Array] = {}
        for y, y_bar in zip(self.outputs, cotangents, strict=True):
            if self.recorded(y) and not is_literal(y_bar, ZERO):
                seeds[y.position] = accumulate(seeds.get(y.position), y_bar)
        found = self.tape.sweep(seeds)
        return self.at.mirror([finished(found.get(k), x) for k, x in enumerate(self.at.leaves)])

    def recorded(self, y: Array) -> bool:
        """Whether an output depends on what is differentiated, as far as the tape knows."""
        return isinstance(y, Tensor) and y.tape is self.tape


@np.errstate(all="ignore")
def run(f: Function, at: Point) -> Run:
    """Call f once, with tensors in place of the differentiated leaves.

    These stand first on the tape: leaf k of `at` is its node k. The garbage collector, which would walk the growing
    tape again and again and find nothing, is off meanwhile: a third of the time of a long scalar program.
    """
    tape = Tape(next(LEVELS))
    with uncollected():
        y = called(
            f,
            at.arguments([on_tape(tape, x) for x in at.leaves]),
            TapeError,
            "writing a tensor into an ndarray would lose its derivative",
            "build a new array with np.stack, np.concatenate or np.where",
        )
    if isinstance(y, Tensor):  # the most frequent structure
        return Run(at, tape, value_of(y, tape), (y,))
    leaves, structure = flatten(y)
    outputs = [x if isinstance(x, Traced) else as_leaf(x, "what f returned") for x in leaves]
    value = unflatten(structure, [value_of(x, tape) for x in outputs])
    return Run(at, tape, value, tuple(outputs))


def value_of(y: Array, tape: Tape) -> Any:
    """An output without this tape, in memory of its own."""
    return fresh(y.primal if isinstance(y, Tensor) and y.tape is tape else y)


def value_and_grad(
    f: Function, argnums: int | Sequence[int] = 0, *, compile: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """The value of a scalar function with its gradient, at the cost of one forward and one reverse sweep.

    With `compile=True` the derivative is recorded at the first call with arguments of some structure, shapes and
    dtypes, and runs as straight code from then on: f is not called again, and what it closes over stays as it was. A
    branch on values is refused then; `np.where` and `expression.cond` are not. So in all functions here.

    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 3.0)
    (6.0, (3.0, 2.0))
    """

    def value_and_gradient(*args: Any) -> tuple[Any, Any]:
        ran = run(f, point(f, args, argnums))
        scalar_output(ran.value)
        gradient = ran.pulled([ONE])
        ran.tape.close(RETURNED)
        return ran.value, gradient

    return CompiledCall(value_and_gradient, f, argnums) if compile else value_and_gradient


def grad(f: Function, argnums: int | Sequence[int] = 0, *, compile: bool = False) -> Callable[..., Any]:
    """The gradient of a scalar function, in the structure of the argument (a tuple for tuple argnums).

    Raises ArgumentError for an output that is not scalar, for integers and for nan.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: Any) -> Any:
        return both(*args)[1]

    return CompiledCall(gradient, f, argnums) if compile else gradient


def vjp(f: Function, *primals: Any, compile: bool = False) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f and its pullback: y_bar -> y_bar J, one cotangent for each primal, in one reverse sweep.

    >>> value, pullback = vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> value, pullback(1.0)
    (6.0, (3.0, 2.0))
    """
    at = point(f, primals, tuple(range(len(primals))))
    if compile:
        value = compiled_method(called_at, Same(f))(*primals)
        return value, lambda y_bar: compiled_method(pulled_back, Same(f))(
            *primals, unflatten(flatten(value)[1], matching(y_bar, value, "cotangent"))
        )
    ran = run(f, at)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        mirrored: tuple[Any, ...] = ran.pulled(matching(cotangent, ran.value, "cotangent"))
        return mirrored

    return ran.value, pullback


def called_at(f: Function, *primals: Any) -> Any:
    """The value alone."""
    return f(*primals)


def pulled_back(f: Function, *args: Any) -> Any:
    """The pullback of f at the first arguments, of the cotangent that is the last."""
    return vjp(f, *args[:-1])[1](args[-1])


def pushed_forward(f: Function, *args: Any) -> Any:
    """The value of f at the first half of the arguments, and its derivative along the other half."""
    half = len(args) // 2
    return jvp(f, args[:half], args[half:])


def second_along(f: Function, *args: Any) -> Any:
    """The Hessian of f at the first half of the arguments, times the other half."""
    half = len(args) // 2
    return hvp(f, args[:half], args[half:])


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], *, compile: bool = False) -> tuple[Any, Any]:
    """Value of f and its directional derivative J(x) x_dot, in one forward sweep.

    Shapes: each tangent has the shape of its primal; the result tangent that of f(x).

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    at, leaves = direction(f, primals, tangents)
    if compile:
        both: tuple[Any, Any] = compiled_method(pushed_forward, Same(f))(*primals, *tangents)
        return both
    ran = run(f, at)
    tangent: list[Array] = [ZERO] * len(ran.tape.steps)
    tangent[: len(leaves)] = leaves
    ran.tape.verify()
    tangent = forward_sweep(ran.tape.steps, tangent)
    values, structure = flatten(ran.value)
    dots = [tangent[y.position] if ran.recorded(y) else None for y in ran.outputs]
    return ran.value, unflatten(structure, [finished(y_dot, y) for y_dot, y in zip(dots, values, strict=True)])


def jacobian(f: Function, argnums: int | Sequence[int] = 0, *, compile: bool = False) -> Callable[..., Any]:
    """All partials: J[i, j] = df_i/dx_j, of shape output shape + input shape.

    One reverse sweep gives all rows of an output: its adjoints are batched, a row for each entry of the output. Where
    64 MB do not hold them, the rows are swept in blocks that do; a few rows of a program of Python floats, one by one.

    >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def rows(*args: Any) -> Any:
        ran = run(f, point(f, args, argnums))
        _, structure = flatten(ran.value)
        blocks = [ran.at.mirror(jacobian_rows(ran.tape, y, ran.at.leaves)) for y in ran.outputs]
        return unflatten(structure, blocks)

    return CompiledCall(rows, f, argnums) if compile else rows


def hessian(f: Function, argnums: int | Sequence[int] = 0, *, compile: bool = False) -> Callable[..., Any]:
    """All second partials of a scalar function: the Jacobian of its gradient, one batched sweep back over its tape.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """

    def second_partials(*args: Any) -> Any:
        point(f, args, argnums)  # refuses by the names that f gives its arguments; grad(f) has none
        return jacobian(grad(f, argnums), argnums)(*args)

    return CompiledCall(second_partials, f, argnums) if compile else second_partials


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], *, compile: bool = False) -> Any:
    """The Hessian times a vector, forward over reverse: one JVP of the gradient, for a small multiple of f's cost.

    Tangents are those of all primals; the product is that of argument 0, as in `jvp(grad(f), primals, tangents)`.

    >>> hvp(lambda x: x[0] ** 2 * x[1], (np.array([3.0, 5.0]),), (np.array([1.0, 0.0]),))
    array([10.,  6.])
    """
    direction(f, primals, tangents)  # refuses by the names that f gives its arguments; grad(f) has none
    if compile:
        return compiled_method(second_along, Same(f))(*primals, *tangents)
    return jvp(grad(f), primals, tangents)[1]

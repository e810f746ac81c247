"""Arrays with a value at every point of a batch, and what every operation does to them, by its row's own rule.

The rule of a row is `batch(operation, operands, batched, parameters)`, where the operands that `batched` marks have the
batch axis in front, and so has the result. Elementwise rows need none. A user's own operation is mapped: what it
computes, and every derivative rule that it has, is run once on batched arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NoReturn

import numpy as np

from expression.arrays import TracedArray
from expression.errors import ControlFlowError, ExpressionError, UnsupportedOperation, user_line
from expression.nodes import infer
from expression.operations.broadcasting import batch_elementwise, batch_length
from expression.operations.literals import ZERO, as_number, is_literal
from expression.operations.operation import Array, Operation, Rule, Shape, Traced, apply
from expression.structure import as_leaf, dtype_of, shape_of, tree_map
from expression.tracing import LEVELS, SHAPED_BY_VALUES

Parameters = tuple[tuple[str, Any], ...]
Flags = tuple[bool, ...]
CHOOSE = "for a choice at each point use np.where or expression.cond"
ASARRAY = "np.array(), np.asarray() or indexing an ndarray"
VALUE_ASKED = {
    "__bool__": ("`if`, `while`, `and`, `or` or bool()", CHOOSE),
    "__contains__": ("`in`", CHOOSE),
    "__float__": ("float() or a function of math", "use the function of np, and keep the array as it is"),
    "__int__": ("int()", "keep the array as it is"),
    "__index__": ("an index or range()", "np.take_along_axis picks by each point's own index"),
    "__complex__": ("complex()", "keep the array as it is"),
    "item": (".item()", "keep the array as it is"),
    "tolist": (".tolist()", "keep the array as it is"),
}


class Batched(TracedArray):
    """An array at every point of a batch: it looks as it does at one point, and `value` has the batch axis in front.

    What is done to it is done at all points at once, on whatever the value is: an array, a tracer, a tensor. `level`
    tells nested batches apart.
    """

    __slots__ = ("dtype", "level", "shape", "value")

    def __init__(self, value: Array, level: int) -> None:
        """Take the first axis for the batch."""
        self.value = value
        self.level = level
        self.shape = shape_of(value)[1:]
        self.dtype = dtype_of(value)

    def record(self, operation: Operation, operands: Sequence[Array], parameters: Parameters) -> Array:
        """Apply an operation of which this is the innermost operand, at every point."""
        values = self.alike(operands) if operation.elementwise else None
        if values is not None:
            return Batched(apply(operation, values, parameters), self.level)
        values, batched = [], []
        for x in operands:
            inside = type(x) is Batched and x.level == self.level
            batched.append(inside)
            values.append(x.value if inside else x if isinstance(x, Traced) else as_leaf(x, "a constant"))
        flags = tuple(batched)
        check_shapes(operation, values, flags, parameters)
        return Batched(apply_batch(operation, values, flags, parameters), self.level)

    def alike(self, operands: Sequence[Array]) -> list[Array] | None:
        """The values of operands of one shape, among them Python's floats; None where there are others."""
        values = []
        for x in operands:
            if type(x) is Batched and x.level == self.level and x.shape == self.shape:
                values.append(x.value)
            elif type(x) is float:
                values.append(x)
            else:
                return None
        return values

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        """Refuse to become an ndarray; an array of objects may hold it."""
        if dtype is not None and np.dtype(dtype) == np.dtype(object):
            return super().__array__(dtype, copy)
        several_values(self, ASARRAY, "np.stack makes one of several, np.take_along_axis picks by a batched index")

    def __repr__(self) -> str:
        """Dtype, shape and points."""
        return f"<batched {self.dtype}{list(self.shape)} at {shape_of(self.value)[0]} points>"


def several_values(x: Batched, what: str, advice: str) -> NoReturn:
    """Refuse to be one value."""
    points = shape_of(x.value)[0]
    raise ControlFlowError(
        f"{what} asks for one value, but a batched array has one at each of {points} points ({user_line()}); {advice}"
    )


def refusal(name: str, what: str, advice: str) -> Any:
    """A method of an array that asks for its value."""

    def method(self: Batched, *args: Any) -> Any:
        several_values(self, what, advice)

    method.__name__ = name
    method.__doc__ = "Refuse: there is a value for each point."
    return method


for _name, (_what, _advice) in VALUE_ASKED.items():
    setattr(Batched, _name, refusal(_name, _what, _advice))


def check_shapes(operation: Operation, operands: Sequence[Array], batched: Flags, parameters: Parameters) -> None:
    """Raise ExpressionError where the operands do not fit at one point, as in a trace."""
    if operation.batch is None and not operation.elementwise:
        return  # a user's operation: its body says what fits
    try:
        infer(operation, *at_one_point(operands, batched), parameters)
    except SHAPED_BY_VALUES as error:
        raise ExpressionError(f"{operation.name}: {error} ({user_line()})") from error


def at_one_point(operands: Sequence[Array], batched: Flags) -> tuple[tuple[Shape, ...], tuple[np.dtype[Any], ...]]:
    """Shapes and dtypes of operands as they are at one point."""
    shapes = tuple([shape_of(x)[b:] for x, b in zip(operands, batched, strict=True)])
    return shapes, tuple([dtype_of(x) for x in operands])


# -- one operation at every point --------------------------------------------------------------------------------------


def apply_batch(operation: Operation, operands: Sequence[Array], batched: Flags, parameters: Parameters) -> Array:
    """One operation at every point, on operands that have a batch axis in front where `batched` says so."""
    if operation.elementwise:
        return batch_elementwise(operation, operands, batched, dict(parameters))
    if operation.batch is not None:
        return operation.batch(operation, operands, batched, dict(parameters))
    return apply(mapped(operation, batched), operands, parameters)


# -- a user's operation ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mapping:
    """A user's operation at every point: the columns of the row that does it, each made of the operation's own."""

    operation: Operation
    batched: Flags

    def forward(self, *x: Array, **parameters: Any) -> Array:
        """The results, also those of a body that cannot run on batched arrays."""
        if batch_length(x, self.batched) == 0:
            shape, dtype = infer(self.operation, *at_one_point(x, self.batched), tuple(sorted(parameters.items())))
            return np.zeros((0, *shape), dtype)
        return self.at_points(partial(self.operation.forward, **parameters), x)

    def body(self, *x: Array, **parameters: Any) -> Array:
        """The same of the function as it was written."""
        assert self.operation.body is not None
        return self.at_points(partial(self.operation.body, **parameters), x)

    def shape(self, *shapes: Shape, **parameters: Any) -> Shape:
        """The batch axis, and the shape at one point."""
        assert self.operation.shape is not None
        n = next(s[0] for s, b in zip(shapes, self.batched, strict=True) if b)
        return (n, *self.operation.shape(*[s[b:] for s, b in zip(shapes, self.batched, strict=True)], **parameters))

    def vjp(self, k: int, y_bar: Array, y: Array, *x: Array, **parameters: Any) -> Array:
        """The contribution to operand k: of each point to its own, or the sum of all to one that they share."""
        rule = partial(self.operation.vjp(k), **parameters)

        def pulled(y_bar: Array, y: Array, *x: Array) -> Array:
            return contributed(rule(y_bar, y, *x), x[k])

        return gathered(self.at_points(pulled, (y_bar, y, *x), (True, True)), self.batched[k])

    def pullback(self, y_bar: Array, y: Array, *x: Array, **parameters: Any) -> tuple[Array | None, ...]:
        """The contributions to all operands."""
        assert self.operation.pullback is not None
        rule = partial(self.operation.pullback, **parameters)

        def pulled(y_bar: Array, y: Array, *x: Array) -> tuple[Array | None, ...]:
            return tuple([contributed(x_bar, v) for x_bar, v in zip(rule(y_bar, y, *x), x, strict=True)])

        found = self.at_points(pulled, (y_bar, y, *x), (True, True))
        return tuple([gathered(x_bar, b) for x_bar, b in zip(found, self.batched, strict=True)])

    def jvp(self, k: int, x_dot: Array, y: Array, *x: Array, **parameters: Any) -> Array:
        """The tangent that operand k brings."""
        rule = partial(self.operation.jvp(k), **parameters)

        def pushed(x_dot: Array, y: Array, *x: Array) -> Array:
            return contributed(rule(x_dot, y, *x), y)

        return gathered(self.at_points(pushed, (x_dot, y, *x), (self.batched[k], True)), True)

    def at_points(self, function: Rule, values: Sequence[Array], first: Flags = ()) -> Any:
        """A function of `values` at every point, in one run on batched arrays; what it returns has the batch in front.

        A function that needs plain arrays, as it calls what knows no others, runs point by point. What is really wrong
        with it goes wrong there again, in the shapes that its author knows.
        """
        batched = (*first, *self.batched)
        n, level = batch_length(values, batched), next(LEVELS)
        try:
            y = function(*[Batched(v, level) if b else v for v, b in zip(values, batched, strict=True)])
        except Exception:
            if n == 0 or any(isinstance(v, Traced) for v in values):
                raise
            points = [[v[k] if b else v for v, b in zip(values, batched, strict=True)] for k in range(n)]
            return tree_map(self.stacked, *[function(*x) for x in points])
        return tree_map(lambda v: at_all_points(v, level, n), y)

    def stacked(self, *results: Array) -> Array:
        """The results at all points as one array."""
        shapes = sorted(set(map(np.shape, results)))
        if len(shapes) > 1:
            raise UnsupportedOperation(
                f"{self.operation.name}: its result has shape {shapes[0]} at one point and {shapes[1]} at another; "
                "a batch needs one shape, so pad the result to a fixed one"
            )
        return np.stack(results)


@lru_cache(maxsize=256)
def mapped(operation: Operation, batched: Flags) -> Operation:
    """A user's operation at every point, as one operation: value and derivatives are the operation's own.

    It is one row for each choice of batched operands, so that equal nodes stay equal.
    """
    mapping = Mapping(operation, batched)
    return Operation(
        f"batched_{operation.name}",
        mapping.forward,
        shape=None if operation.shape is None else mapping.shape,
        dtype=operation.dtype,
        vjps=None if operation.vjps is None else mapping.vjp,
        pullback=None if operation.pullback is None else mapping.pullback,
        jvps=None if operation.jvps is None else mapping.jvp,
        linear=operation.linear,
        latex=operation.latex,
        domain=operation.domain,
        selects=operation.selects,
        analytic=operation.analytic,
        body=None if operation.body is None else mapping.body,
        origin=(mapped, (operation, batched)),
    )


def contributed(v: Array | None, like: Array) -> Array | None:
    """An adjoint or tangent in the shape of what it belongs to; None for no contribution."""
    if v is None or is_literal(v, ZERO):
        return None
    return v if shape_of(v) == shape_of(like) else np.broadcast_to(as_number(v, like), shape_of(like))


def gathered(v: Array | None, batched: bool) -> Array:
    """The contributions of all points: of each to its own, or their sum."""
    if v is None:
        return ZERO
    return v if batched else np.sum(v, axis=0)


def at_all_points(y: Array, level: int, n: int) -> Array:
    """The value of a result at all points, the batch axis in front; one that does not depend on them is repeated."""
    if type(y) is Batched and y.level == level:
        return y.value
    return np.broadcast_to(y, (n, *shape_of(y)))

"""Evaluation of one list over several arithmetics: NumPy, mpmath at any precision, intervals.

An arithmetic says what a constant and an operation are; SymPy's lives in `symbolic`, and scalar tracers are one
more. Over objects an operation of the elementwise family is a scalar function, and the others are NumPy's own
functions on arrays of objects.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from expression.analysis import last_readers
from expression.bodies import record_body
from expression.errors import ArgumentError, ExpressionError, UnsupportedOperation
from expression.nodes import Expression, Node
from expression.operations import TABLE
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Array, Operation, Traced
from expression.operations.programs import Program
from expression.operations.structured import SCAN, layout_of, run_scan
from expression.structure import as_leaf, dtype_of, flatten, fresh, shape_of, unflatten


class Arithmetic(Protocol):
    """What the nodes of a list mean."""

    def constant(self, value: Array) -> Array:
        """A constant of the list, or an argument of the call."""

    def apply(self, node: Node, operands: Sequence[Array]) -> Array:
        """The result of one node."""


class NumPyArithmetic:
    """float64, float32 and complex128, by NumPy; and tracers or tensors, which record."""

    def constant(self, value: Array) -> Array:
        """The value itself."""
        return value

    def apply(self, node: Node, operands: Sequence[Array]) -> Array:
        """NumPy's function, or the trace's record of it."""
        return node.operation(*operands, **dict(node.parameters))


@dataclass(frozen=True, slots=True)
class ObjectArithmetic:
    """Arrays of objects: `scalar(operation)` is a function of scalars, `convert` makes one of a float."""

    scalar: Callable[[Operation], Callable[..., Any]]
    convert: Callable[[Any], Any]

    def constant(self, value: Array) -> Array:
        """Convert every float; integers and truth values (indices, conditions) stay."""
        if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biu":
            return np.asarray(value)
        return as_objects(np.asarray(value, dtype=object), self.convert)

    def apply(self, node: Node, operands: Sequence[Array]) -> Array:
        """Entry by entry, or NumPy's function on arrays of objects."""
        operation = node.operation
        if operation.body is not None:
            return over_body(self, node, operands)
        if operation.programs:
            return over_programs(self, node, operands)
        if operation.elementwise:
            y = np.frompyfunc(self.scalar(operation), len(operands), 1)(*operands)
        elif operation.objects is not None:
            y = operation.objects(lambda name: self.scalar(TABLE[name]), *operands, **dict(node.parameters))
        else:
            y = operation.forward(*operands, **dict(node.parameters))
        return boxed(y)


def over_body(arithmetic: Arithmetic, node: Node, operands: Sequence[Array]) -> Array:
    """A user's operation: its body, recorded once for these shapes, over the same arithmetic."""
    dtypes = tuple(np.dtype(node.dtype) if x.dtype == object else x.dtype for x in operands)
    shapes = tuple(shape_of(x) for x in operands)
    body = record_body(node.operation, shapes, dtypes, node.parameters)
    return forward(body, operands, arithmetic, body.outputs)[body.outputs[0]]


def over_programs(arithmetic: ObjectArithmetic, node: Node, operands: Sequence[Array]) -> Array:
    """A loop or a branch: the programs within, over the same arithmetic."""
    parameters = dict(node.parameters)

    def evaluate(program: Program, x: Sequence[Array]) -> list[Array]:
        e = program.expression
        arrays = [np.asarray(v) if isinstance(v, np.generic) else boxed(v) for v in x]
        values = forward(e, arrays, arithmetic, e.outputs)
        return [values[j][()] for j in e.outputs]  # an array of shape () would be stored as an object

    if node.operation is SCAN:
        layout = layout_of(**parameters)
        step = partial(evaluate, parameters["step"])
        return run_scan(step, layout, [x[()] for x in operands], np.empty(layout.size, dtype=object))
    condition, *x = operands
    predicate = np.asarray(condition).item()
    if isinstance(predicate, bool | np.bool_):
        return boxed(evaluate(parameters["true" if predicate else "false"], x)[0])
    select = np.frompyfunc(arithmetic.scalar(TABLE["where"]), 3, 1)
    return boxed(select(condition, *(evaluate(parameters[key], x)[0] for key in ("true", "false"))))


def boxed(y: Any) -> Array:
    """An array of objects, also of shape ()."""
    if isinstance(y, np.ndarray):
        return y
    holder = np.empty((), dtype=object)
    holder[()] = y
    return holder


def as_objects(values: Array, convert: Callable[[Any], Any]) -> Array:
    """Convert each entry of an array of objects."""
    result = np.empty(values.shape, dtype=object)
    for place in np.ndindex(values.shape):
        result[place] = convert(values[place])
    return result


NUMPY = NumPyArithmetic()


def mpmath_arithmetic(digits: int = 50) -> ObjectArithmetic:
    """Mpmath's real numbers with that many decimal digits.

    >>> from expression import evaluate, parse
    >>> y = evaluate(parse("sqrt(x)"), (2.0,), mpmath_arithmetic(30))
    >>> print(y)
    1.41421356237309504880168872421
    """
    from mpmath.ctx_mp import MPContext

    context = MPContext()
    context.dps = digits
    return ObjectArithmetic(lambda operation: over_mpmath(context, operation), lambda x: convert_real(context, x))


def convert_real(context: Any, x: Any) -> Any:
    """A float, or a number that mpmath has already, in this context."""
    return context.mpf(x.item() if isinstance(x, np.generic) else x)


def is_integer(x: Any) -> bool:
    """Whether a scalar is an integer, and not a truth value."""
    return isinstance(x, int | np.integer) and not isinstance(x, bool)


def over_mpmath(context: Any, operation: Operation) -> Callable[..., Any]:
    """The scalar function of an elementwise row over mpmath."""
    column = operation.mpmath
    if column is None:
        raise UnsupportedOperation(f"{operation.name} has no formula over mpmath; give its row one")
    function = getattr(context, column) if isinstance(column, str) else partial(column, context)

    def over(*x: Any) -> Any:  # integer constants too, or 1 / 3 would be Python's float
        return function(*[context.mpf(int(v)) if is_integer(v) else v for v in x])

    return over


def interval_arithmetic(digits: int = 20) -> ObjectArithmetic:
    """Intervals that are sure to hold the value (mpmath.iv); arguments are numbers or pairs (low, high).

    Raises UnsupportedOperation for an operation without an interval form, ExpressionError where an interval holds
    both sides of a condition.

    >>> from expression import evaluate, parse
    >>> y = evaluate(parse("x * x"), ((1.0, 2.0),), interval_arithmetic())
    >>> print(float(y.a), float(y.b))
    1.0 4.0
    """
    from mpmath.ctx_iv import MPIntervalContext
    from mpmath.ctx_mp import MPContext

    context, ends = MPIntervalContext(), MPContext()
    context.dps = digits
    ends.dps = digits

    def scalar(operation: Operation) -> Callable[..., Any]:
        function = monotone(context, ends, operation) if operation.increasing is not None else None
        function = function or over_intervals(context, operation)

        def guarded(*x: Any) -> Any:
            try:
                y = function(*x)
            except ValueError as error:
                raise ExpressionError(f"{operation.name}: the interval leaves the domain ({error})") from error
            if y is None:
                raise ExpressionError(f"{operation.name}: the interval holds both sides of the condition; split it")
            return y

        return guarded

    def convert(x: Any) -> Any:
        return context.mpf([x[0], x[1]] if isinstance(x, tuple) else x.item() if isinstance(x, np.generic) else x)

    return ObjectArithmetic(scalar, convert)


def over_intervals(context: Any, operation: Operation) -> Callable[..., Any]:
    """The row's mpmath column over mpmath's interval context, where it has one."""
    try:
        function = over_mpmath(context, operation)
    except AttributeError:
        raise UnsupportedOperation(f"{operation.name} has no interval form in mpmath") from None

    def over(*x: Any) -> Any:
        try:
            return function(*x)
        except (AttributeError, TypeError, NotImplementedError) as error:
            raise UnsupportedOperation(f"{operation.name} has no interval form in mpmath ({error})") from error

    return over


def monotone(context: Any, ends: Any, operation: Operation) -> Callable[..., Any]:
    """A monotone function, end by end, each end widened by two units in the last place."""
    function = over_mpmath(ends, operation)

    def over(x: Any) -> Any:
        values = sorted(function(ends.mpf(end.a)) for end in (x.a, x.b))
        if any(map(ends.isnan, values)):
            raise ValueError("no real value at one of its ends")
        slack = [abs(v) * ends.eps * 2 for v in values]
        return context.mpf([values[0] - slack[0], values[1] + slack[1]])

    return over


def evaluate(e: Expression, args: Sequence[Any], arithmetic: Arithmetic = NUMPY) -> Any:
    """The value of an expression: one loop over the list.

    Raises ArgumentError when the arguments do not have the structure, shapes or dtypes that were traced.

    >>> from expression import parse
    >>> evaluate(parse("x * y + x"), (2.0, 5.0))
    12.0
    """
    values = forward(e, arguments_of(e, args, arithmetic), arithmetic, e.outputs)
    return unflatten(e.results, [fresh(values[j]) for j in e.outputs])


def arguments_of(e: Expression, args: Sequence[Any], arithmetic: Arithmetic = NUMPY) -> list[Array]:
    """The leaves of a call's arguments, checked against the expression's inputs."""
    if not isinstance(arithmetic, NumPyArithmetic):
        args = [x if not isinstance(x, tuple) or len(args) != len(e.inputs) else interval(x) for x in args]
    leaves, structure = flatten(tuple(args))
    if structure != e.arguments:
        names = ", ".join(i.name for i in e.inputs)
        raise ArgumentError(f"expected arguments {names} of structure {e.arguments}, got {structure}")
    checked = []
    for i, leaf in zip(e.inputs, leaves, strict=True):
        node = e.nodes[i.position]
        if isinstance(leaf, Interval):
            leaf = leaf.ends
        elif isinstance(arithmetic, NumPyArithmetic):
            leaf = fitting(leaf, i.name, node)
        elif shape_of(leaf) != node.shape:
            raise ArgumentError(f"{i.name}: expected shape {node.shape}, got {shape_of(leaf)}")
        checked.append(arithmetic.constant(leaf))
    return checked


@dataclass(frozen=True, slots=True)
class Interval:
    """A pair that optree shall not take apart."""

    ends: Array


def interval(pair: tuple[Any, Any]) -> Interval:
    """A pair (low, high) as one argument of shape ()."""
    holder = np.empty((), dtype=object)
    holder[()] = pair
    return Interval(holder)


def fitting(leaf: Any, name: str, node: Node) -> Array:
    """An argument as an array of the input's shape and dtype; complex passes, integers become floats, nothing else."""
    x = as_leaf(leaf, name)
    if shape_of(x) != node.shape:
        raise ArgumentError(f"{name}: expected shape {node.shape}, got {shape_of(x)}")
    if isinstance(x, Traced):
        return x
    dtype = dtype_of(x)
    if dtype == node.dtype or dtype.kind == "c":
        return np.asarray(x)[()] if not isinstance(x, np.ndarray) or x.ndim == 0 else x
    if isinstance(x, float | int) and not isinstance(x, bool) and node.dtype.kind in "fc":
        return node.dtype.type(x)
    raise ArgumentError(f"{name}: expected dtype {node.dtype}, got {dtype}; convert it with .astype({node.dtype})")


def forward(
    e: Expression, arguments: Sequence[Array], arithmetic: Arithmetic = NUMPY, keep: Sequence[int] | None = None
) -> list[Array]:
    """The value of every node, in list order; with `keep`, values that no one will read again are dropped."""
    values: list[Array] = [None] * len(e.nodes)
    for i, x in zip(e.inputs, arguments, strict=True):
        values[i.position] = x
    drops = last_readers(e, keep) if keep is not None else None
    plain = isinstance(arithmetic, NumPyArithmetic) and not any(isinstance(x, Traced) for x in arguments)
    with np.errstate(all="ignore"):
        for position, node in enumerate(e.nodes):
            operation, operands, parameters = node.operation, node.operands, node.parameters
            if operation is INPUT:
                continue
            if operation is CONSTANT:
                values[position] = arithmetic.constant(node.constant)
            elif not plain:
                values[position] = arithmetic.apply(node, [values[j] for j in operands])
            elif parameters:
                values[position] = operation.forward(*[values[j] for j in operands], **dict(parameters))
            else:
                values[position] = operation.forward(*[values[j] for j in operands])
            if drops is not None:
                for j in drops.get(position, ()):
                    values[j] = None
    return values

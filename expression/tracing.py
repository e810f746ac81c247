"""Tracing: run a Python function on tracers, and keep what they record as an Expression."""

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

import numpy as np

from expression.arrays import BRANCH_ADVICE, TracedArray, needs_value
from expression.calls import called
from expression.errors import (
    ArgumentError,
    ControlFlowError,
    ExpressionError,
    UnsupportedOperation,
    user_line,
)
from expression.nodes import DType, Expression, Frozen, Input, Node, infer
from expression.operations import TABLE
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Array, Operation, Shape, Traced, apply, promoted
from expression.structure import argument_names, as_leaf, dtype_of, flatten, leaf_names, shape_of, tree_map, unflatten

LEVELS = count(1)  # the later a trace begins, the further inside it is
NUMBERS = (float, int, np.float64)
SHAPED_BY_VALUES = (ValueError, IndexError, np.linalg.LinAlgError)


class Trace:
    """A list of nodes that grows; equal nodes are stored once."""

    __slots__ = ("captured", "index", "inputs", "level", "line", "nodes", "numbers", "values")

    def __init__(self) -> None:
        """Begin an empty list, further inside than every trace before it."""
        self.nodes: list[Node] = []
        self.index: dict[Any, int] = {}  # (operation, operands, parameters, dtype) -> position
        self.numbers: dict[Any, int] = {}  # Python numbers met before -> position of their constant
        self.inputs: list[Input] = []
        self.captured: dict[int, tuple[Any, Tracer]] = {}  # what a closure brought in: tracers of outer traces
        self.level = next(LEVELS)
        self.line: str | None = None  # the line to note, where the stack does not tell it
        self.values: list[Any] | None = None  # of every node, when tracing at a point

    def add(
        self,
        operation: Operation,
        operands: tuple[int, ...],
        parameters: tuple[tuple[str, Any], ...],
        shape: Shape,
        dtype: DType,
    ) -> "Tracer":
        """Store a node, or find the equal one that is there."""
        key = (operation, operands, parameters)
        position = self.index.get(key)
        if position is None:
            position = len(self.nodes)
            self.index[key] = position
            line = user_line() if self.line is None else self.line
            self.nodes.append(Node(operation, operands, parameters, shape, dtype, line))
        return Tracer(self, position, shape, dtype)

    def input(self, name: str, shape: Shape, dtype: DType, role: str = "input") -> "Tracer":
        """A new named leaf."""
        tracer = self.add(INPUT, (), (("index", len(self.inputs)),), shape, dtype)
        self.inputs.append(Input(name, tracer.position, role))
        return tracer

    def constant(self, value: Any, dtype: DType | None = None) -> "Tracer":
        """A leaf that holds a value; a broadcast view is stored as the number that it repeats."""
        if type(value) in NUMBERS and value == value and value:  # 0.0 and -0.0 are equal, and nan is not: not here
            key = (value, type(value), dtype)
            position = self.numbers.get(key)
            if position is None:
                position = self.numbers[key] = self.new_constant(value, dtype).position
            node = self.nodes[position]
            return Tracer(self, position, node.shape, node.dtype)
        return self.new_constant(value, dtype)

    def new_constant(self, value: Any, dtype: DType | None) -> "Tracer":
        """A constant that is not a number met before."""
        array = np.asarray(value, dtype=dtype)
        if array.dtype.kind not in "fciub":
            raise ArgumentError(f"a constant of dtype {array.dtype} cannot be part of an expression")
        if array.size > 1 and not any(array.strides):
            one = self.new_constant(array.flat[0], None)
            return self.record(TABLE["broadcast_to"], (one,), (("shape", array.shape),))
        frozen = Frozen(array)
        tracer = self.add(CONSTANT, (), (("value", frozen),), array.shape, array.dtype)
        if self.values is not None and len(self.values) < len(self.nodes):
            self.values.append(frozen.value[()])
        return tracer

    def own(self, x: Any, dtype: DType | None) -> "Tracer":
        """X as a tracer of this trace: a constant, or an outer trace's tracer as a hidden input."""
        if isinstance(x, Tracer) and x.recorder is self:
            return x
        if isinstance(x, Traced):
            return self.capture(x)
        if type(x) is float or type(x) is int:
            return self.constant(x, dtype)
        return self.constant(x if type(x) is np.float64 else as_leaf(x, "a constant"))

    def capture(self, x: Array) -> "Tracer":
        """A hidden input that stands for an array from outside."""
        if id(x) not in self.captured:
            hidden = self.input(f"captured_{len(self.captured)}", shape_of(x), dtype_of(x))
            self.captured[id(x)] = (x, hidden)
            if self.values is not None:
                self.values.append(x)
        return self.captured[id(x)][1]

    def record(
        self, operation: Operation, operands: Sequence[Array], parameters: tuple[tuple[str, Any], ...]
    ) -> "Tracer":
        """Write one operation down."""
        for x in operands:
            if type(x) is not Tracer or x.recorder is not self:
                operands = self.own_all(operands)
                break
        positions = tuple([x.position for x in operands])
        nodes = self.nodes
        try:
            shape, dtype = infer(
                operation,
                tuple([nodes[j].shape for j in positions]),
                tuple([nodes[j].dtype for j in positions]),
                parameters,
            )
        except SHAPED_BY_VALUES as error:
            where = user_line() if self.line is None else self.line
            raise ExpressionError(f"{operation.name}: {error} ({where})") from error
        tracer = self.add(operation, positions, parameters, shape, dtype)
        if self.values is not None and len(self.values) < len(self.nodes):
            self.values.append(apply(operation, [self.values[j] for j in positions], parameters))
        return tracer

    def own_all(self, operands: Sequence[Array]) -> list["Tracer"]:
        """Every operand as a tracer of this trace; Python numbers take the dtype of their company, as in NumPy."""
        company: DType | None = None
        for x in operands:
            dtype = getattr(x, "dtype", None)
            if dtype is not None and dtype is not company and dtype.kind in "fc":
                company = dtype if company is None else promoted(company, dtype)
        return [self.own(x, company) for x in operands]

    def inline(self, e: Expression, arguments: Sequence["Tracer | Any"]) -> list[Any]:
        """Copy an expression's nodes to the end of this trace; constants come back as plain values.

        Returns one value for each node of e, so that rules see constants as numbers.
        """
        values: list[Any] = [None] * len(e.nodes)
        for i, x in zip(e.inputs, arguments, strict=True):
            values[i.position] = x
        held = self.line
        for position, node in enumerate(e.nodes):
            if node.operation is INPUT:
                continue
            if node.operation is CONSTANT:
                values[position] = node.constant
                continue
            self.line = node.line
            values[position] = self.record(node.operation, [values[j] for j in node.operands], node.parameters)
        self.line = held
        return values

    def expression(self, args: Any, result: Any) -> Expression:
        """What was recorded, as a frozen Expression from args to result (pytrees of tracers)."""
        leaves, results = flatten(result)
        outputs = tuple(self.own(x, None).position for x in leaves)
        leaves, arguments = flatten(args)
        return prune(self.nodes, self.inputs, outputs, arguments, results)


def prune(
    nodes: Sequence[Node], inputs: Sequence[Input], outputs: Sequence[int], arguments: Any, results: Any
) -> Expression:
    """Leave out nodes that no output reads (inputs stay), and number the rest anew."""
    needed = bytearray(len(nodes))
    for j in outputs:
        needed[j] = 1
    for i in inputs:
        needed[i.position] = 1
    for position in range(len(nodes) - 1, -1, -1):
        if needed[position]:
            for j in nodes[position].operands:
                needed[j] = 1
    if all(needed):
        return Expression.recorded(tuple(nodes), tuple(inputs), tuple(outputs), arguments, results)
    first = needed.index(0)  # nodes before the first gap keep their numbers
    place = list(range(len(nodes)))
    kept = list(nodes[:first])
    new = tuple.__new__  # what Node(...) comes down to, and a third of its time
    for position in range(first, len(nodes)):
        if needed[position]:
            operation, operands, parameters, shape, dtype, line = nodes[position]
            place[position] = len(kept)
            fields = operation, tuple([place[j] for j in operands]), parameters, shape, dtype, line
            kept.append(new(Node, fields))
    return Expression.recorded(
        tuple(kept),
        tuple(i._replace(position=place[i.position]) for i in inputs),
        tuple(place[j] for j in outputs),
        arguments,
        results,
    )


class Tracer(TracedArray):
    """An abstract array: a position in a trace, with shape and dtype, and no value."""

    __slots__ = ("dtype", "position", "recorder", "shape")

    def __init__(self, recorder: Trace, position: int, shape: Shape, dtype: DType) -> None:
        """Stand for the node at that position."""
        self.recorder = recorder
        self.position = position
        self.shape = shape
        self.dtype = dtype

    @property
    def level(self) -> int:  # type: ignore[override]
        """How far inside its trace is."""
        return self.recorder.level

    def record(self, operation: Operation, operands: Sequence[Array], parameters: tuple[Any, ...]) -> Array:
        """Record in the own trace."""
        return self.recorder.record(operation, operands, parameters)

    def __bool__(self) -> bool:
        """The branch to take, known only when tracing at a point."""
        if self.recorder.values is None:
            needs_value("`if`, `while`, `and`, `or` or bool()", BRANCH_ADVICE)
        return bool(self.recorder.values[self.position])

    def __repr__(self) -> str:
        """Position, shape and dtype."""
        return f"<tracer v{self.position}: {self.dtype}{list(self.shape)}>"


def trace(f: Callable[..., Any], *args: Any, parameters: Iterable[int | str] = ()) -> Expression:
    """Record a Python function as an Expression; arguments give structure, shapes and dtypes, as in jax.make_jaxpr.

    `parameters` names the arguments (by position or by name) whose leaves have the role "parameter".
    Raises ControlFlowError where the function asks for a value, UnsupportedOperation for a NumPy function without
    a row, ExpressionError where shapes do not fit.

    >>> print(trace(lambda x, y: x * y + np.sin(x), 2.0, 5.0))
    x, y -> v4
      v0 = input x
      v1 = input y
      v2 = mul(v0, v1)
      v3 = sin(v0)
      v4 = add(v2, v3)
    """
    return record_call(Trace(), f, args, parameters)[0]


def trace_at(f: Callable[..., Any], *args: Any, parameters: Iterable[int | str] = ()) -> Expression:
    """Record a Python function along the branches that it takes at one point.

    As `trace`, but `if` and `while` look at the values at args, so that the expression is right where the same
    branches are taken.

    >>> print(trace_at(lambda x: x * x if x > 0 else -x, 3.0).to_infix())
    x * x
    """
    recording = Trace()
    recording.values = []
    return record_call(recording, f, args, parameters)[0]


def record_call(
    recording: Trace, f: Callable[..., Any], args: Sequence[Any], parameters: Iterable[int | str] = ()
) -> tuple[Expression, list[Any]]:
    """Run f on tracers; returns the expression and the outer tracers that it captured, as its last arguments."""
    names = leaf_names(f, args)
    wanted = parameter_leaves(f, args, parameters)
    leaves, structure = flatten(tuple(args))
    tracers = []
    for name, leaf, is_parameter in zip(names, leaves, wanted, strict=True):
        x = as_leaf(leaf, name)
        tracers.append(recording.input(name, shape_of(x), dtype_of(x), "parameter" if is_parameter else "input"))
        if recording.values is not None:
            recording.values.append(x if isinstance(x, Traced) else np.asarray(x)[()])
    arguments = unflatten(structure, tracers)
    result = called(
        f,
        arguments,
        ControlFlowError,
        "writing into an ndarray asks for the value of an abstract array",
        "build a new one with np.stack, np.concatenate or np.where",
    )
    leaves, _ = flatten(result)
    for leaf in leaves:
        if not isinstance(leaf, Traced | int | float | complex | np.ndarray | np.generic):
            raise UnsupportedOperation(
                f"the function returned {type(leaf).__name__}; return an array, or a pytree of them"
            )
    outputs = tree_map(lambda x: recording.own(x, None), result)  # an outer tracer that is returned is captured here
    captured = [x for x, _ in recording.captured.values()]
    hidden = [tracer for _, tracer in recording.captured.values()]
    return recording.expression((*arguments, *hidden), outputs), captured


def parameter_leaves(f: Callable[..., Any], args: Sequence[Any], parameters: Iterable[int | str]) -> list[bool]:
    """For each leaf of the arguments, whether its argument was declared a parameter."""
    names = argument_names(f, len(args))
    wanted = set()
    for p in [parameters] if isinstance(parameters, int | str) else parameters:
        if p in names:
            wanted.add(names.index(p))
        elif isinstance(p, int) and 0 <= p < len(args):
            wanted.add(p)
        else:
            raise ArgumentError(f"parameters={p!r}: the arguments are {', '.join(names)}")
    return [k in wanted for k, argument in enumerate(args) for _ in flatten(argument)[0]]

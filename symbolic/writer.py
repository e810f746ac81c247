"""A scalar Wengert list that grows: what the rules of this room write their nodes on.

A value on the list is an int (the position of a node) or a plain number (a float or a truth value, which becomes a
node only when an operation reads it). Every node that is written here has shape (), so writing one is two look-ups.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from expression.errors import UnsupportedOperation
from expression.nodes import DType, Expression, Frozen, Input, Node, infer
from expression.operations import TABLE
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Operation, Shape, promoted
from expression.structure import Structure, flatten
from expression.tracing import prune

Value = int | float | bool | np.bool_  # an int is a position, everything else a number
ONLY_NODES = {int}
TRUTH_VALUES = (bool, np.bool_)
FLOAT64 = np.dtype(np.float64)
BOOL = np.dtype(np.bool_)

ADD, SUB, MUL, DIV, NEG = (TABLE[name] for name in ("add", "sub", "mul", "div", "neg"))
POW, SQUARE, WHERE = (TABLE[name] for name in ("pow", "square", "where"))
GATE, GATE_BOTH = (TABLE[name] for name in ("gate", "gate_both"))


def is_node(x: Value) -> bool:
    """Whether a value is the position of a node."""
    return type(x) is int


def real_number(x: Any) -> Any:
    """A constant as a plain number. Raises UnsupportedOperation for a complex one."""
    if isinstance(x, complex | np.complexfloating):
        raise UnsupportedOperation("a complex constant has no place in a real formula; pass real numbers")
    return x.item() if isinstance(x, np.generic) else x


class Writer:
    """Nodes, their index (equal nodes are stored once), and the inputs."""

    __slots__ = ("constants", "dtype", "dtypes", "index", "inputs", "line", "nodes", "odd")

    def __init__(self, nodes: Sequence[Node] = (), inputs: Sequence[Input] = ()) -> None:
        """Begin with the nodes of an expression, or with nothing."""
        self.nodes = list(nodes)
        self.inputs = list(inputs)
        self.index: dict[Any, int] = {(n.operation, n.operands, n.parameters): i for i, n in enumerate(nodes)}
        self.constants: dict[tuple[float, DType], int] = {}
        floats = {node.dtype for node in self.nodes if node.operation is INPUT and node.dtype.kind in "fc"}
        self.dtype = promoted(*floats) if floats else FLOAT64  # of numbers that stand alone
        self.odd = {j for j, node in enumerate(self.nodes) if node.dtype is not self.dtype}  # nodes of other dtypes
        self.dtypes: dict[Operation, DType] = {}  # of an operation's result, when no operand is odd
        self.line = ""

    def input(self, name: str, shape: Shape = (), dtype: DType = FLOAT64, role: str = "input") -> int:
        """A new named leaf."""
        if dtype.kind in "fc" and dtype != self.dtype:
            others = [self.nodes[i.position].dtype for i in self.inputs]
            self.dtype = promoted(dtype, *[d for d in others if d.kind in "fc"])
            self.odd = {j for j, node in enumerate(self.nodes) if node.dtype is not self.dtype}
            self.dtypes.clear()
        position = self.append(Node(INPUT, (), (("index", len(self.inputs)),), shape, dtype))
        self.inputs.append(Input(name, position, role))
        return position

    def append(self, node: Node) -> int:
        """Store a node that is not there."""
        position = len(self.nodes)
        self.nodes.append(node)
        if node.dtype is not self.dtype:
            self.odd.add(position)
        return position

    def number(self, x: Value, dtype: DType) -> int:
        """The position of a constant."""
        dtype = BOOL if isinstance(x, TRUTH_VALUES) else dtype
        key = (float(x), dtype)
        position = self.constants.get(key) if x else None  # 0.0 and -0.0 are equal keys
        if position is None:
            position = self.node(CONSTANT, (), (("value", Frozen(np.asarray(x, dtype=dtype))),), (), dtype)
            self.constants[key] = position
        return position

    def node(self, operation: Operation, operands: tuple[int, ...], parameters: Any, shape: Shape, dtype: DType) -> int:
        """Store a node, or find the equal one that is there."""
        key = (operation, operands, parameters)
        position = self.index.get(key)
        if position is None:
            position = self.index[key] = self.append(Node(operation, operands, parameters, shape, dtype, self.line))
        return position

    def own(self, operands: Sequence[Value]) -> tuple[int, ...]:
        """Positions for all operands; numbers take the dtype of their company."""
        if set(map(type, operands)) == ONLY_NODES:
            return cast(tuple[int, ...], tuple(operands))
        if self.odd.isdisjoint([x for x in operands if type(x) is int]):
            return tuple([x if type(x) is int else self.number(x, self.dtype) for x in operands])
        floats = [self.nodes[x].dtype for x in operands if type(x) is int and self.nodes[x].dtype.kind in "fc"]
        dtype = promoted(*floats) if floats else self.dtype
        return tuple([x if type(x) is int else self.number(x, dtype) for x in operands])

    def write(self, operation: Operation, *operands: Value) -> int:
        """One scalar node, exactly as asked."""
        return self.join(operation, self.own(operands))

    def join(self, operation: Operation, positions: tuple[int, ...]) -> int:
        """One scalar node of nodes."""
        key = (operation, positions, ())
        position = self.index.get(key)
        if position is not None:
            return position
        usual = not self.odd or self.odd.isdisjoint(positions)
        dtype = self.dtypes.get(operation) if usual else None
        if dtype is None:
            dtypes = tuple([self.nodes[j].dtype for j in positions])
            dtype = infer(operation, ((),) * len(positions), dtypes, ())[1]
            if usual:
                self.dtypes[operation] = dtype
        position = self.index[key] = len(self.nodes)
        self.nodes.append(Node(operation, positions, (), (), dtype, self.line))
        if dtype is not self.dtype:
            self.odd.add(position)
        return position

    def fold(self, operation: Operation, *operands: Value) -> Value:
        """One scalar node, unless numbers make it superfluous: no `* 1`, no `+ 0`, no arithmetic of numbers alone."""
        kinds = set(map(type, operands))
        if kinds == ONLY_NODES:
            return self.join(operation, cast(tuple[int, ...], operands))
        if int not in kinds:
            return evaluated(operation, operands)
        shorter = FOLDS.get(operation)
        found = shorter(self, *operands) if shorter is not None else None
        return self.write(operation, *operands) if found is None else found

    def array(self, operation: Operation, operands: tuple[int, ...], **parameters: Any) -> int:
        """One node of any shape."""
        options = tuple(sorted(parameters.items()))
        shapes = tuple([self.nodes[j].shape for j in operands])
        dtypes = tuple([self.nodes[j].dtype for j in operands])
        shape, dtype = infer(operation, shapes, dtypes, options)
        return self.node(operation, operands, options, shape, dtype)

    def assemble(self, entries: Sequence[Value], shape: Shape, dtype: DType) -> int:
        """An array of its entries, in C order; equal numbers throughout are broadcast."""
        positions = tuple([x if type(x) is int else self.number(x, dtype) for x in entries])
        if shape == ():
            return positions[0]
        if not positions:
            return self.node(CONSTANT, (), (("value", Frozen(np.zeros(shape, dtype))),), shape, dtype)
        if len(set(positions)) == 1:
            return self.array(TABLE["broadcast_to"], positions[:1], shape=shape)
        rows = tuple([self.array(TABLE["reshape"], (j,), shape=(1,)) for j in positions])
        flat = self.array(TABLE["concatenate"], rows, axis=0)
        return flat if len(shape) == 1 else self.array(TABLE["reshape"], (flat,), shape=shape)

    def expression(self, arguments: Structure, results: Any) -> Expression:
        """What was written, from arguments to results (a pytree of values)."""
        values, structure = flatten(results)
        outputs = self.own(values)
        return prune(self.nodes, self.inputs, outputs, arguments, structure)


def evaluated(operation: Operation, numbers: Sequence[Value]) -> Value:
    """Arithmetic of numbers alone."""
    with np.errstate(all="ignore"):
        y = np.asarray(operation.forward(*[np.float64(x) if type(x) is float else x for x in numbers])).item()
    return y if isinstance(y, bool) else float(y)


def fold_add(writer: Writer, a: Value, b: Value) -> Value | None:
    """0 + b and a + 0."""
    return b if is_zero(a) else a if is_zero(b) else None


def fold_sub(writer: Writer, a: Value, b: Value) -> Value | None:
    """0 - b and a - 0."""
    return writer.fold(NEG, b) if is_zero(a) else a if is_zero(b) else None


def fold_mul(writer: Writer, a: Value, b: Value) -> Value | None:
    """0, 1 and -1 on either side."""
    number, other = (b, a) if type(a) is int else (a, b)
    return 0.0 if number == 0 else other if number == 1 else writer.fold(NEG, other) if number == -1 else None


def fold_div(writer: Writer, a: Value, b: Value) -> Value | None:
    """0 / b, a / 1 and a / -1."""
    if type(a) is int:
        return a if b == 1 else writer.fold(NEG, a) if b == -1 else None
    return 0.0 if a == 0 else None


def fold_pow(writer: Writer, a: Value, b: Value) -> Value | None:
    """The exponents 0, 1 and 2."""
    if type(b) is int:
        return None
    return 1.0 if b == 0 else a if b == 1 else writer.fold(SQUARE, a) if b == 2 else None


def fold_gate(writer: Writer, v_bar: Value, partial: Value) -> Value | None:
    """A partial that is a finite number needs no gate: a product."""
    return writer.fold(MUL, v_bar, partial) if type(v_bar) is not int or np.isfinite(partial) else None


def fold_where(writer: Writer, condition: Value, a: Value, b: Value) -> Value | None:
    """A condition that is known."""
    if type(condition) is int:
        return a if type(a) is type(b) and a == b else None
    return a if condition else b


def is_zero(x: Value) -> bool:
    """Whether a value is the number 0."""
    return type(x) is float and x == 0


FOLDS: dict[Operation, Callable[..., Value | None]] = {
    ADD: fold_add,
    SUB: fold_sub,
    MUL: fold_mul,
    DIV: fold_div,
    POW: fold_pow,
    GATE: fold_gate,
    GATE_BOTH: fold_gate,
    WHERE: fold_where,
}

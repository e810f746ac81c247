"""The shared format: a frozen, validated Wengert list.

    Node        operation, operands (positions), parameters, shape, dtype, source line
    Expression  nodes, inputs, outputs, and the structure (pytree) of arguments and results

Node i reads only nodes before it, so list order is topological order: forward is one loop over the list, reverse
the same loop backwards, and nothing recurses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from expression.errors import ExpressionError
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Array, Operation, Shape
from expression.structure import Structure

DType = np.dtype[Any]
ROLES = ("input", "parameter")


class Frozen:
    """A constant array that can be hashed: equal when dtype, shape and every bit are equal."""

    __slots__ = ("key", "value")

    def __init__(self, value: Array) -> None:
        """Copy the value, and make the copy read-only."""
        array = np.array(value, order="C")  # one layout, so that equal constants sum to equal bits
        array.flags.writeable = False
        self.value = array
        self.key = (array.dtype.str, array.shape, array.tobytes())

    def __eq__(self, other: object) -> bool:
        """Compare bit by bit, so that 0.0 and -0.0 differ and nan equals itself."""
        return isinstance(other, Frozen) and self.key == other.key

    def __hash__(self) -> int:
        """Hash the bits."""
        return hash(self.key)

    def __repr__(self) -> str:
        """Show a scalar as it is, an array by its shape."""
        return repr(self.value.item()) if self.value.ndim == 0 else f"{self.value.dtype}{list(self.value.shape)}"

    def __reduce__(self) -> Any:
        """Pickle the array."""
        return Frozen, (self.value,)


class Node(NamedTuple):
    """One line of the list: v_i = operation(v_j, ...), every j < i."""

    operation: Operation
    operands: tuple[int, ...]
    parameters: tuple[tuple[str, Any], ...]
    shape: Shape
    dtype: DType
    line: str = ""

    @property
    def is_leaf(self) -> bool:
        """Whether it is an input, a parameter or a constant."""
        return self.operation is INPUT or self.operation is CONSTANT

    @property
    def constant(self) -> Array | None:
        """The value of a constant; None for every other node."""
        if self.operation is not CONSTANT:
            return None
        value = self.parameters[0][1].value
        return value[()] if value.ndim == 0 else value


class Input(NamedTuple):
    """A named leaf that is given at each call."""

    name: str
    position: int
    role: str = "input"


@lru_cache(maxsize=65536)
def infer(
    operation: Operation, shapes: tuple[Shape, ...], dtypes: tuple[DType, ...], parameters: tuple[tuple[str, Any], ...]
) -> tuple[Shape, DType]:
    """Shape and dtype of an operation's result, by its row."""
    if operation.partials is not None and len(operation.partials) != len(shapes):
        raise ValueError(f"takes {len(operation.partials)} operands, got {len(shapes)}")
    if operation.infer is not None:
        shape, dtype = operation.infer(shapes, dtypes, **dict(parameters))
        return shape, dtype
    if operation.shape is None:
        from expression.bodies import record_body

        body = record_body(operation, shapes, dtypes, parameters)
        result = body.nodes[body.outputs[0]]
        return result.shape, result.dtype
    return operation.shape(*shapes, **dict(parameters)), operation.dtype(*dtypes)


@dataclass(frozen=True, slots=True, repr=False)
class Expression:
    """A function written as a Wengert list of nodes.

    Raises ExpressionError when a node reads a later one, when an operand is missing, or when a shape or dtype is
    not what the operation's row says.

    >>> from expression import parse
    >>> print(parse("x * y + x"))
    x, y -> v3
      v0 = input x
      v1 = input y
      v2 = mul(v0, v1)
      v3 = add(v2, v0)
    """

    nodes: tuple[Node, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[int, ...]
    arguments: Structure
    results: Structure

    def __post_init__(self) -> None:
        """Check every claim that the rooms rely on."""
        check_nodes(self.nodes)
        check_ends(self)

    @classmethod
    def recorded(cls, *fields: Any) -> "Expression":
        """An expression of nodes that a trace has inferred one by one; only its ends are left to check."""
        e = object.__new__(cls)
        for name, value in zip(cls.__slots__, fields, strict=True):
            object.__setattr__(e, name, value)
        check_ends(e)
        return e

    def __call__(self, *args: Any) -> Any:
        """Evaluate over NumPy; arguments and result have the structure that was traced.

        >>> from expression import parse
        >>> parse("x * y + x")(2.0, 5.0)
        12.0
        """
        from expression.evaluation import evaluate

        return evaluate(self, args)

    def __len__(self) -> int:
        """The number of nodes."""
        return len(self.nodes)

    def __str__(self) -> str:
        """The Wengert listing."""
        from expression.formats.listing import to_listing

        return to_listing(self)

    def __repr__(self) -> str:
        """Sizes, not contents: an expression may have a million nodes."""
        names = ", ".join(i.name for i in self.inputs[:8]) + (", ..." if len(self.inputs) > 8 else "")
        return f"<Expression of {names}: {len(self.nodes)} nodes>"

    def _repr_svg_(self) -> str | None:
        """The picture that Jupyter shows, for graphs that fit on a page."""
        from expression.formats.svg import MAX_NODES

        return self.to_svg() if len(self.nodes) <= MAX_NODES else None

    def _repr_html_(self) -> str | None:
        """The same picture within a page, where pointing at a node shows its line."""
        return self._repr_svg_()

    def role(self, position: int) -> str:
        """input, parameter or constant (leaves), intermediate or output."""
        node = self.nodes[position]
        if node.operation is INPUT:
            return next(i.role for i in self.inputs if i.position == position)
        if node.operation is CONSTANT:
            return "constant"
        return "output" if position in self.outputs else "intermediate"

    @property
    def edges(self) -> Iterator[tuple[int, int]]:
        """Every (from, to): node `to` reads node `from`, once for each operand."""
        return ((j, i) for i, node in enumerate(self.nodes) for j in node.operands)

    def leaves_of(self, position: int) -> tuple[int, ...]:
        """The leaves that a node depends on."""
        needed = {position}
        for i in range(position, -1, -1):
            if i in needed:
                needed.update(self.nodes[i].operands)
        return tuple(sorted(i for i in needed if self.nodes[i].is_leaf))

    def to_json(self) -> str:
        """Versioned JSON; `from_json` gives the same expression back, bit for bit."""
        from expression.formats.json import to_json

        return to_json(self)

    @staticmethod
    def from_json(text: str, operations: Sequence[Any] = ()) -> "Expression":
        """Read an expression; `operations` are the user's own that it holds.

        Raises ExpressionError for anything that is not a valid expression.
        """
        from expression.formats.json import from_json

        return from_json(text, operations)

    def to_infix(self) -> str:
        """One line of Python's arithmetic; refused when nothing shared makes it too long."""
        from expression.formats.infix import to_infix

        return to_infix(self)

    def to_latex(self) -> str:
        """LaTeX of the closed form, or of the list, where the closed form would be too long."""
        from expression.formats.latex import to_latex

        return to_latex(self)

    def to_python(self, name: str = "f") -> str:
        """Runnable, readable NumPy source of a function of that name."""
        from expression.formats.python_source import to_python

        return to_python(self, name)

    def to_svg(self, *, tree: bool = False) -> str:
        """A picture of the graph, or of the tree: leaves, intermediates and output told apart by shape and colour."""
        from expression.formats.svg import to_svg

        return to_svg(self, tree=tree)

    def play(self, *args: Any, **options: Any) -> Any:
        """The tape player: every node's value, then every adjoint, step by step, in a notebook or a browser.

        Options: `output`, the position of the one that is differentiated, `title`, and `height` in pixels.
        `.save("player.html")` writes a page that needs no network.

        >>> from expression import parse
        >>> print(parse("x * sin(y)").play(2.0, 0.0))
        v0 = x        value 2  adjoint 0
        v1 = y        value 0  adjoint 2
        v2 = sin(v1)  value 0  adjoint 2
        v3 = v0 * v2  value 0  adjoint 1
        """
        from autodiff.player import play_expression  # the one door upwards: a picture of a sweep needs the sweep

        return play_expression(self, args, **options)

    def __reduce__(self) -> Any:
        """Pickle columns, not a million objects."""
        columns = tuple(zip(*self.nodes, strict=True)) or ((),) * len(Node._fields)
        return rebuild, (columns, self.inputs, self.outputs, self.arguments, self.results)


def rebuild(columns: Any, inputs: Any, outputs: Any, arguments: Structure, results: Structure) -> Expression:
    """Undo the pickling of columns."""
    return Expression.recorded(tuple(map(Node, *columns)), inputs, outputs, arguments, results)


def check_nodes(nodes: Sequence[Node]) -> None:
    """Raise ExpressionError unless nodes are a Wengert list whose shapes and dtypes are right."""
    for i, node in enumerate(nodes):
        for j in node.operands:
            if not 0 <= j < i:
                raise ExpressionError(f"v{i}: reads v{j}, but a node reads only nodes before it")
        if not node.is_leaf:
            try:
                shapes = tuple([nodes[j].shape for j in node.operands])
                dtypes = tuple([nodes[j].dtype for j in node.operands])
                expected = infer(node.operation, shapes, dtypes, node.parameters)
            except (ValueError, TypeError, LookupError, KeyError, IndexError) as error:
                raise ExpressionError(f"v{i}: {node.operation.name} {error}") from error
            if expected != (node.shape, node.dtype):
                raise ExpressionError(
                    f"v{i}: {node.operation.name} gives shape {expected[0]} and dtype {expected[1]}, "
                    f"the node says {node.shape} and {node.dtype}"
                )


def check_ends(e: Expression) -> None:
    """Raise ExpressionError unless inputs, outputs and structures belong to the nodes."""
    nodes = e.nodes
    positions = [i.position for i in e.inputs]
    declared = [i for i, node in enumerate(nodes) if node.operation is INPUT]
    if sorted(positions) != declared:
        raise ExpressionError(f"inputs stand at {declared}, but {positions} are declared")
    names = [i.name for i in e.inputs]
    if len(set(names)) != len(names):
        raise ExpressionError(f"input names must differ, got {', '.join(names)}")
    for i in e.inputs:
        if i.role not in ROLES:
            raise ExpressionError(f"input {i.name}: role {i.role!r} is not one of {', '.join(ROLES)}")
    for j in e.outputs:
        if not 0 <= j < len(nodes):
            raise ExpressionError(f"output v{j} does not exist; the last node is v{len(nodes) - 1}")
    if e.arguments.num_leaves != len(e.inputs) or e.results.num_leaves != len(e.outputs):
        raise ExpressionError(
            f"the structures hold {e.arguments.num_leaves} arguments and {e.results.num_leaves} results, "
            f"the list {len(e.inputs)} and {len(e.outputs)}"
        )

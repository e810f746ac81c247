"""Python out: runnable, readable NumPy source of one function, which gives what the expression gives, bit for bit."""

import base64
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

import numpy as np

from expression.bodies import inline_bodies
from expression.errors import ArgumentError, ExpressionError
from expression.formats.infix import ATOM, BINDINGS, PREFIXES, UNARY, index_parts, named_options
from expression.formats.quotation import NotSelfContained, quoted
from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Array, Rule, Shape
from expression.operations.shape import pieces
from expression.structure import Structure, unflatten

MAX_INLINE = 40  # characters of a part that stands inside another
MAX_ENTRIES = 64  # of an array that is written entry by entry
PLAIN_BESIDE: Mapping[str, frozenset[str]] = (
    MappingProxyType(  # a number of that dtype may be Python's float beside these
        {"float64": frozenset({"float64", "int64", "bool"}), "float32": frozenset({"float32"})}
    )
)
PLAIN = ("float64", "int64", "bool")  # np.array of Python's own numbers has that dtype
Text = tuple[int, str]  # how tightly it binds, and the text


def to_python(e: Expression, name: str = "f") -> str:
    """Runnable, readable NumPy source of a function of that name.

    Arguments and results have the structure that was traced. A node that is read once, and short, stands inside its
    reader; the others are lines `v3 = ...`, numbered as in the listing. Functions that NumPy lacks, and the user's own
    operations, are quoted above. Powers are np.power, which is not always `**` to the last bit.
    Raises ArgumentError for a name that cannot be a function's, ExpressionError for results that are no tuples,
    lists or dicts.

    >>> from expression import parse
    >>> print(parse("sin(x) * y + sin(x)").to_python())
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def f(x, y):
        \"\"\"Arguments x: float64, y: float64.\"\"\"
        x, y = np.float64(x), np.float64(y)
        v2 = np.sin(x)
        return v2 * y + v2
    <BLANKLINE>
    """
    try:
        helpers = helper_sources(e)
    except NotSelfContained:
        e = inline_bodies(e)
        helpers = helper_sources(e)
    if not name.isidentifier() or iskeyword(name) or name in ("np", "math", "base64") or name in helpers:
        raise ArgumentError(f"to_python: {name!r} cannot name the function; choose another name")
    return Writer(e, name, helpers).source()


def helper_sources(e: Expression) -> dict[str, str]:
    """The quoted sources of all operations that are no NumPy function."""
    found: dict[str, str] = {}
    for operation in dict.fromkeys(node.operation for node in e.nodes):
        if operation is INPUT or operation is CONSTANT or operation.name in WRITTEN or operation.name in BINDINGS:
            continue
        function = operation.body or operation.forward
        if not numpy_name(function):
            for name, source in quoted(function).items():
                if found.setdefault(name, source) != source:
                    raise NotSelfContained(f"two functions are called {name}")
    return found


def numpy_name(function: Rule) -> str:
    """How a NumPy function is called, as np.sin or np.linalg.solve; the empty text for any other."""
    name = getattr(function, "__name__", "")
    for prefix, module in (("np", np), ("np.linalg", np.linalg)):
        if getattr(module, name, None) is function:
            return f"{prefix}.{name}"
    return ""


class Writer:
    """The source of one expression as it grows."""

    def __init__(self, e: Expression, name: str, helpers: Mapping[str, str]) -> None:
        """Choose names that do not meet."""
        self.e = e
        self.name = name
        self.helpers = helpers
        self.taken = {"np", "math", "base64", name, *helpers}
        self.constants: list[str] = []  # lines above the function: arrays too large to be read
        self.lines: list[str] = []
        self.texts: dict[int, Text] = {}
        self.inputs = [self.free(i.name) for i in e.inputs]
        letters = ("v", "w", "node_")
        self.letter = next(c for c in letters if not any(n.startswith(c) and n[len(c) :].isdigit() for n in self.taken))
        self.readers = Counter([j for node in e.nodes for j in node.operands] + list(e.outputs))

    def free(self, name: str) -> str:
        """A name that is not taken, as near as possible to the one wished for."""
        name = "".join(c if f"a{c}".isidentifier() else "_" for c in name)
        while not name.isidentifier() or iskeyword(name) or name in self.taken:
            name = f"x{name}" if name[:1].isdigit() or not name else f"{name}_"
        self.taken.add(name)
        return name

    def source(self) -> str:
        """The whole module."""
        parameters = self.arguments()
        for position in range(len(self.e.nodes)):
            self.write(position)
        answer = tree_text(unflatten(self.e.results, [self.texts[j][1] for j in self.e.outputs]))
        head = ["import math\n"] if "math" in self.helpers else []
        head += ["import base64\n"] if self.constants else []
        quotes = [source for name, source in self.helpers.items() if name != "math"]
        leaves = [
            f"{name}: {type_text(self.e.nodes[i.position])}" for name, i in zip(self.inputs, self.e.inputs, strict=True)
        ]
        body = [
            f'"""{"Arguments " + ", ".join(leaves) if leaves else "A constant"}."""',
            *self.lines,
            f"return {answer}",
        ]
        function = f"def {self.name}({', '.join(parameters)}):\n" + "\n".join(f"    {line}" for line in body)
        module = [*quotes, *(["\n".join(self.constants)] if self.constants else []), function]
        return (
            "".join(sorted(head)) + ("\n" if head else "") + "import numpy as np\n\n\n" + "\n\n\n".join(module) + "\n"
        )

    # -- arguments ------------------------------------------------------------------------------------------------

    def arguments(self) -> list[str]:
        """The function's parameters; pytrees are taken apart, and numbers made NumPy's."""
        parameters: list[str] = []
        numbers: list[tuple[str, str]] = []
        first = 0
        for k, argument in enumerate(self.e.arguments.children()):
            names = self.inputs[first : first + argument.num_leaves]
            inputs = self.e.inputs[first : first + argument.num_leaves]
            first += argument.num_leaves
            parameters.append(names[0] if argument.is_leaf() else self.free(tree_name(argument, inputs[:1], k)))
            for name, i, accessor in zip(names, inputs, argument.accessors(), strict=True):
                node = self.e.nodes[i.position]
                value = accessor.codify(parameters[-1])
                if node.shape == ():
                    numbers.append((name, f"np.{scalar_type(node)}({value})"))
                elif value != name:
                    self.lines.append(f"{name} = {value}")
                self.texts[i.position] = (ATOM, name)
        for k in range(0, len(numbers), 4):
            left, right = zip(*numbers[k : k + 4], strict=True)
            self.lines.append(f"{', '.join(left)} = {', '.join(right)}")
        return parameters

    # -- nodes ----------------------------------------------------------------------------------------------------

    def write(self, position: int) -> None:
        """Write one node: inside its only reader if it is short, else on a line of its own."""
        node = self.e.nodes[position]
        if node.operation is INPUT:
            return
        if node.operation is CONSTANT:
            self.write_constant(position, node)
            return
        level, text = self.text(node, [self.operand(node, k) for k in range(len(node.operands))])
        statements = text.split("\n")
        if len(statements) == 1 and self.readers[position] == 1 and len(text) <= MAX_INLINE:
            self.texts[position] = level, text
            return
        label = f"{self.letter}{position}"
        self.lines += [f"{label} = {statements[0]}", *(s.replace("{label}", label) for s in statements[1:])]
        self.texts[position] = ATOM, label

    def write_constant(self, position: int, node: Node) -> None:
        """A number stands where it is read, a small array entry by entry, a large one as bytes above the function."""
        value = node.parameters[0][1].value
        label = f"{self.letter}{position}"
        if value.ndim == 0:
            self.texts[position] = ATOM, typed_number(value[()])
            return
        self.texts[position] = ATOM, label
        if value.size <= MAX_ENTRIES:
            self.lines.append(f"{label} = {array_text(value)}")
            return
        dtype = value.dtype.newbyteorder("<")
        data = base64.b64encode(value.astype(dtype).tobytes()).decode("ascii")
        self.constants.append(
            f'{label} = np.frombuffer(base64.b64decode("{data}"), "{dtype.str}").reshape({value.shape})'
        )

    def operand(self, node: Node, k: int) -> Text:
        """The text of an operand; a number stands plainly where NumPy gives it the dtype that it has here."""
        source = self.e.nodes[node.operands[k]]
        if source.operation is not CONSTANT or source.shape or not node.operation.elementwise:
            return self.texts[node.operands[k]]
        beside = {
            other.dtype.name
            for other in map(self.e.nodes.__getitem__, node.operands)
            if other.operation is not CONSTANT
        }
        if not beside or not beside <= PLAIN_BESIDE.get(source.dtype.name, frozenset()):
            return self.texts[node.operands[k]]
        text = number_text(source.parameters[0][1].value[()])
        return (UNARY if text.startswith("-") else ATOM), text

    def text(self, node: Node, operands: list[Text]) -> Text:
        """The text of a node: an operator, something written in its own way, or a call."""
        name = node.operation.name
        conditions = all(self.e.nodes[j].dtype.kind == "b" for j in node.operands)
        if name in BINDINGS and name != "pow" and (conditions or not name.startswith("logical")):
            binding = BINDINGS[name]
            left, right = bracketed(operands[0], binding.left), bracketed(operands[1], binding.right)
            return binding.level, f"{left} {binding.symbol} {right}"
        if name in PREFIXES and (conditions or name == "neg"):
            return UNARY, PREFIXES[name] + bracketed(operands[0], UNARY)
        if name in WRITTEN:
            return ATOM, WRITTEN[name](self.e, node, operands)
        function = node.operation.body or node.operation.forward
        shape = self.e.nodes[node.operands[0]].shape
        called = numpy_name(function)
        options = named_options(node, shape) if called else dict(node.parameters)
        arguments = [text for _, text in operands] + [f"{key}={value!r}" for key, value in options.items()]
        return ATOM, f"{called or function.__name__}({', '.join(arguments)})"


# -- operations that are written in their own way --------------------------------------------------------------------


def bracketed(operand: Text, least: int) -> str:
    """An operand, in brackets if it binds too loosely."""
    level, text = operand
    return f"({text})" if level < least else text


def subscript(index: Sequence[Any], shape: Shape, arrays: Sequence[Text]) -> str:
    """What stands in the brackets of a subscript."""
    parts = index_parts(index, shape)
    return "".join(part if isinstance(part, str) else arrays[part][1] for part in parts)


def getitem_text(e: Expression, node: Node, operands: list[Text]) -> str:
    """x[index]."""
    index = dict(node.parameters)["index"]
    return f"{bracketed(operands[0], ATOM)}[{subscript(index, e.nodes[node.operands[0]].shape, operands[1:])}]"


def scatter_add_text(e: Expression, node: Node, operands: list[Text]) -> str:
    """Zeros, and an addition in place for each piece; np.add.at, where an index may stand there twice."""
    lines = [f"np.zeros({node.shape}{'' if node.dtype == np.float64 else f', np.{scalar_type(node)}'})"]
    for piece in pieces(dict(node.parameters)["indices"]):
        index, value = (
            subscript(piece.items, node.shape, [operands[a] for a in piece.arrays]),
            operands[piece.operand][1],
        )
        if not piece.arrays:
            lines.append(f"{{label}}[{index}] += {value}")
        elif any(isinstance(item, tuple) for item in piece.items):
            lines.append(f"np.add.at({{label}}, np.s_[{index}], {value})")
        else:
            lines.append(f"np.add.at({{label}}, ({index}{',' * (len(piece.items) == 1)}), {value})")
    return "\n".join(lines)


def concatenate_text(e: Expression, node: Node, operands: list[Text]) -> str:
    """np.concatenate of a list."""
    return f"np.concatenate([{', '.join(text for _, text in operands)}], axis={dict(node.parameters)['axis']})"


def einsum_text(e: Expression, node: Node, operands: list[Text]) -> str:
    """np.einsum with its subscripts first."""
    return f'np.einsum("{dict(node.parameters)["subscripts"]}", {", ".join(text for _, text in operands)})'


def transpose_text(e: Expression, node: Node, operands: list[Text]) -> str:
    """x.T where all axes are reversed."""
    axes = dict(node.parameters)["axes"]
    if axes == tuple(range(len(axes)))[::-1]:
        return f"{bracketed(operands[0], ATOM)}.T"
    return f"np.transpose({operands[0][1]}, {axes})"


def shaped(function: str) -> Callable[[Expression, Node, list[Text]], str]:
    """A NumPy function of an array and a shape."""
    return lambda e, node, operands: f"{function}({operands[0][1]}, {node.shape})"


WRITTEN: Mapping[str, Callable[[Expression, Node, list[Text]], str]] = MappingProxyType(
    {
        "getitem": getitem_text,
        "scatter_add": scatter_add_text,
        "concatenate": concatenate_text,
        "einsum": einsum_text,
        "transpose": transpose_text,
        "reshape": shaped("np.reshape"),
        "broadcast_to": shaped("np.broadcast_to"),
        "argsort": lambda e, node, x: f'np.argsort({x[0][1]}, axis={dict(node.parameters)["axis"]}, kind="stable")',
        "logabsdet": lambda e, node, x: f"np.linalg.slogdet({x[0][1]})[1]",
        "slogdet_sign": lambda e, node, x: f"np.linalg.slogdet({x[0][1]})[0]",
    }
)


# -- texts of values and structures ------------------------------------------------------------------------------------


def scalar_type(node: Node) -> str:
    """The name of NumPy's scalar type of a node's dtype."""
    return "bool_" if node.dtype == np.bool_ else node.dtype.name


def type_text(node: Node) -> str:
    """The dtype and shape of an argument."""
    return f"{node.dtype}{list(node.shape) if node.shape else ''}"


def number_text(x: Any) -> str:
    """A real number as Python writes it, short and exact."""
    if x.dtype.kind != "f":
        return str(x.item())
    if not np.isfinite(x):
        return "np.nan" if np.isnan(x) else "np.inf" if x > 0 else "-np.inf"
    short = str(x)
    return short if x.dtype.type(float(short)) == x else repr(float(x))


def typed_number(x: Any) -> str:
    """A number with its dtype."""
    if x.dtype.kind == "b":
        return f"np.{bool(x)}_"
    text = f"complex({number_text(x.real)}, {number_text(x.imag)})" if x.dtype.kind == "c" else number_text(x)
    return f"np.{x.dtype.name}({text})"


def array_text(value: Array) -> str:
    """A small array, entry by entry."""
    texts = np.array([typed_number(x) if x.dtype.kind == "c" else number_text(x) for x in value.reshape(-1)], object)
    entries = str(texts.reshape(value.shape).tolist()).replace("'", "")
    if value.size == 0:
        return f"np.zeros({value.shape}, np.{'bool_' if value.dtype == bool else value.dtype.name})"
    return f"np.array({entries})" if value.dtype.name in PLAIN else f"np.array({entries}, np.{value.dtype.name})"


def tree_name(argument: Structure, inputs: Sequence[Any], k: int) -> str:
    """The name of an argument that is a pytree, from the name of its first leaf: params for params_W."""
    for i in inputs:
        path = "".join(f"_{step}" for step in argument.paths()[0])
        name: str = i.name.removesuffix("".join(c if f"a{c}".isidentifier() else "_" for c in path))
        if name and name != i.name:
            return name
    return f"argument{k}"


def tree_text(tree: Any) -> str:
    """A pytree of texts as Python writes it."""
    if tree is None or type(tree) is str:
        return str(tree)
    if type(tree) is tuple:
        return f"({', '.join(map(tree_text, tree))}{',' * (len(tree) == 1)})"
    if type(tree) is list:
        return f"[{', '.join(map(tree_text, tree))}]"
    if type(tree) is dict:
        return "{" + ", ".join(f"{key!r}: {tree_text(part)}" for key, part in tree.items()) + "}"
    raise ExpressionError(f"to_python: results of type {type(tree).__name__} have no source; return a tuple or a dict")

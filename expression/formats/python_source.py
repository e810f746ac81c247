"""Python out: runnable, readable NumPy source of one function, which gives what the expression gives, bit for bit."""

import base64
from collections import Counter
from collections.abc import Mapping
from keyword import iskeyword
from types import MappingProxyType

import numpy as np

from expression.bodies import inline_bodies
from expression.errors import ArgumentError
from expression.formats.infix import ATOM, BINDINGS, MAX_ENTRIES, PREFIXES, UNARY, named_options
from expression.formats.python_texts import (
    WRITTEN,
    Text,
    array_text,
    bracketed,
    number_text,
    scalar_type,
    tree_name,
    tree_text,
    type_text,
    typed_number,
)
from expression.formats.quotation import NotSelfContained, quoted
from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Rule
from expression.operations.programs import every_node
from expression.structure import unflatten

MAX_INLINE = 40  # characters of a part that stands inside another
# A number of the dtype may be Python's float beside operands of these dtypes: NumPy then gives the same result.
PLAIN_BESIDE: Mapping[str, frozenset[str]] = MappingProxyType(
    {"float64": frozenset({"float64", "int64", "bool"}), "float32": frozenset({"float32"})}
)


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
    for operation in dict.fromkeys(node.operation for node in every_node(e)):
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

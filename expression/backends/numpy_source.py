"""The NumPy backend: the readable source of `to_python`, made to be executed.

    numbers   one float64 is a Python float, with the operators of Python and the functions of `math`
    arrays    NumPy; a line each for large values, which are written into buffers (`out=`)

Where Python or `math` raises ArithmeticError or ValueError (a division by 0, the log of 0, exp of 1000), NumPy has nan
or an infinity: the caller then evaluates the expression. The function takes the leaves of the arguments, one after the
other, and returns the results in their structure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from expression.backends.buffers import Buffer, Plan, is_large, plan, returned, roots_of
from expression.backends.loops import operand_text, structured_text
from expression.backends.lowering import lowered
from expression.backends.scalars import NATIVE, TEXTS, are_native, is_native
from expression.backends.scattering import Scatter
from expression.derivatives import uncollected
from expression.errors import ExpressionError
from expression.formats.infix import ATOM, MAX_ENTRIES, PRODUCT, UNARY
from expression.formats.python_loops import NAME
from expression.formats.python_source import Writer, numpy_name
from expression.formats.python_texts import (
    WRITTEN,
    Text,
    array_text,
    bracketed,
    number_text,
    scalar_type,
    tree_text,
    type_text,
)
from expression.formats.quotation import NotSelfContained, quoted
from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.programs import every_node
from expression.structure import unflatten

LIBRARY = {"erf": "scipy.special"}  # where it is installed, what NumPy lacks comes from there
INSTALLED = frozenset(name for name in ("scipy",) if find_spec(name) is not None)
REDUCE = {"sum": "np.add", "prod": "np.multiply", "max": "np.maximum", "min": "np.minimum"}


@dataclass(frozen=True, slots=True)
class Program:
    """A function of the leaves of the arguments, its source, and what it asks for."""

    function: Callable[..., Any]
    source: str
    numbers: bool  # takes Python floats alone, and returns them
    structured: bool  # returns results in their structure, not as a tuple of leaves
    buffers: tuple[Buffer, ...]  # that it takes as a last argument, if there are any


@uncollected()
def build(e: Expression) -> Program:
    """Write the source of an expression, and execute it."""
    e = lowered(e)
    writer = Compiler(e)
    source = writer.source()
    namespace: dict[str, Any] = dict(writer.given)
    exec(compile(source, f"<compiled {writer.name}>", "exec"), namespace)
    ends = [*(i.position for i in e.inputs), *e.outputs]
    numbers = all(map(writer.in_python, e.nodes)) and all(e.nodes[j].dtype == np.float64 for j in ends)
    return Program(namespace[writer.name], source, numbers, writer.structured, tuple(writer.plan.buffers))


def helpers_of(e: Expression) -> tuple[dict[str, str], dict[str, Any]]:
    """Sources of the functions that NumPy lacks, by name, and those functions whose source does not stand alone."""
    sources: dict[str, str] = {}
    given: dict[str, Any] = {}
    for operation in dict.fromkeys(node.operation for node in every_node(e)):
        if operation is INPUT or operation is CONSTANT or operation.name in WRITTEN or numpy_name(operation.forward):
            continue
        if operation.body is None and LIBRARY.get(operation.name, "").split(".")[0] in INSTALLED:
            sources[operation.name] = f"from {LIBRARY[operation.name]} import {operation.name}"
            continue
        try:
            found = quoted(operation.forward)
        except NotSelfContained:
            found = {}
        clash = any(sources.get(name, source) != source for name, source in found.items())
        if found and not clash:
            sources.update(found)
        else:
            given[f"{operation.name}_{len(given)}"] = operation.forward
    return sources, given


class Compiler(Writer):
    """The source of one expression: numbers are Python floats, everything else is NumPy's."""

    def __init__(self, e: Expression) -> None:
        """Plan the memory; the leaves of the arguments are the parameters."""
        sources, given = helpers_of(e)
        super().__init__(e, "compiled", sources)
        self.calls = {function: self.free(name) for name, function in given.items()}
        self.given: dict[str, Any] = {name: function for function, name in self.calls.items()}  # named, not shown
        self.direct = written_in_place(e)
        self.begun: set[int] = set()  # arrays whose memory is there
        self.plan: Plan = plan(e, self.direct)
        self.large = {*self.direct, *(r for i in self.plan.buffer for r in self.plan.roots[i])}
        self.buffer = self.free("buffer")
        self.native = are_native(e)
        self.pure = any(self.native)  # numbers are Python's
        self.structured = True

    def source(self) -> str:
        """The whole module."""
        for i, name in zip(self.e.inputs, self.inputs, strict=True):
            self.texts[i.position] = ATOM, name
        for position in range(len(self.e.nodes)):
            self.write(position)
        texts = [self.result(j) for j in self.e.outputs]
        try:
            answer = tree_text(unflatten(self.e.results, texts))
        except ExpressionError:
            answer, self.structured = tree_text(tuple(texts)), False
        leaves = ", ".join(
            f"{name}: {type_text(self.e.nodes[i.position])}" for name, i in zip(self.inputs, self.e.inputs, strict=True)
        )
        parameters = [*self.inputs, self.buffer] if self.plan.buffers else self.inputs
        lines = [f'"""Arguments {leaves}."""' if leaves else '"""A constant."""', *self.opening(), *self.lines]
        function = f"def {self.name}({', '.join(parameters)}):\n" + "".join(
            f"    {line}\n" for line in [*lines, f"return {answer}"]
        )
        quotes = [source for source in self.helpers.values() if not source.startswith(("import ", "from "))]
        constants = ["\n".join(self.constants)] if self.constants else []
        text = "\n\n\n".join([*quotes, *constants, function])
        return "\n\n\n".join(["\n".join(self.head(text)), text])

    def head(self, text: str) -> list[str]:
        """The imports that a text needs, and what is not shown in it."""
        imports = [source for source in self.helpers.values() if source.startswith("from ")]
        standard = ["import math"] if "math." in text else []
        if "np." in text or imports or not standard:
            standard += ["", "import numpy as np"] if standard else ["import numpy as np"]
        return [
            *standard,
            *imports,
            *(f"# {name} is a function whose source does not stand alone" for name in self.calls.values()),
        ]

    def opening(self) -> list[str]:
        """Numbers become NumPy's where some are not Python's own, so that each has the dtype that it should have."""
        numbers = [
            (name, f"np.{scalar_type(self.e.nodes[i.position])}({name})")
            for name, i in zip(self.inputs, self.e.inputs, strict=True)
            if self.e.nodes[i.position].shape == () and not self.native[i.position]
        ]
        return [
            f"{', '.join(name for name, _ in numbers[k : k + 4])} = {', '.join(text for _, text in numbers[k : k + 4])}"
            for k in range(0, len(numbers), 4)
        ]

    def write_constant(self, position: int, node: Node) -> None:
        """A number stands where it is read, an array above the function; a large one is named there and not shown."""
        value = node.parameters[0][1].value
        if self.native[position]:
            text = number_text(value[()]).replace("np.", "math.")
            self.texts[position] = (UNARY if text.startswith("-") else ATOM), text
            return
        if value.ndim == 0:
            super().write_constant(position, node)
            return
        label = self.free(f"{self.letter}{position}")
        self.texts[position] = ATOM, label
        if value.size and value.dtype == np.float64 and (value == value.flat[0]).all() and value.flat[0]:
            shape = value.shape[0] if value.ndim == 1 else value.shape
            text = f"np.ones({shape})" if value.flat[0] == 1 else f"np.full({shape}, {number_text(value.flat[0])})"
            self.constants.append(f"{label} = {text}")
        elif value.size <= MAX_ENTRIES:
            self.constants.append(f"{label} = {array_text(value)}")
        else:
            self.constants.append(f"# {label} is a constant: {type_text(node)}")
            self.given[label] = value

    def operand(self, node: Node, k: int) -> Text:
        """The text of an operand; where Python's number would behave in another way, as NumPy's."""
        j = node.operands[k]
        if node.operation.programs:
            return operand_text(self.e, node, k, self.texts[j], self.native[j])
        if not self.native[j]:
            return super().operand(node, k)
        spread = node.operation.elementwise and node.operation.body is None and node.shape != ()
        if spread or self.in_python(node) or node.operation.name == "scatter_add":
            return self.texts[j]
        return ATOM, f"np.{scalar_type(self.e.nodes[j])}({self.texts[j][1]})"

    def write(self, position: int) -> None:
        """One node; who reads a buffer has a line of its own, so that lines run in the order of the plan."""
        node = self.e.nodes[position]
        if node.operation is INPUT or node.operation is CONSTANT:
            super().write(position)
            return
        buffer = self.plan.buffer.get(position)
        reads = any(not self.large.isdisjoint(self.plan.roots[j]) for j in node.operands)
        alone = buffer is not None or position in self.direct
        if not alone and not (reads and self.plan.roots[position] == {position}):
            super().write(position)
            return
        operands = [self.operand(node, k) for k in range(len(node.operands))]
        label = f"{self.letter}{position}"
        written = frozenset(j for j, (of, _) in self.direct.items() if of == position)
        if position in self.direct:
            text = self.into(self.place(*self.direct[position]), node, operands)
        elif buffer is not None:
            text = self.into(f"{self.buffer}[{buffer}]", node, operands)
        elif written:
            text = "\n".join([label, *Scatter(self.e, node).lines(operands, written=written)])
        else:
            text = self.text(node, operands)[1]
        first, *rest = text.split("\n")
        self.lines += [f"{label} = {first}"] if first != label else []
        self.lines += [line.replace("{label}", label) for line in rest]
        self.texts[position] = ATOM, label

    def place(self, scatter: int, index: str) -> str:
        """Where in an array to come a piece of it is computed; its memory is there from the first piece on."""
        label = f"{self.letter}{scatter}"
        if scatter not in self.begun:
            self.begun.add(scatter)
            first, *rest = Scatter(self.e, self.e.nodes[scatter]).memory()
            self.lines += [f"{label} = {first}", *(line.replace("{label}", label) for line in rest)]
        return f"{label}[{index}]"

    def into(self, buffer: str, node: Node, operands: list[Text]) -> str:
        """The text of a value that is written into a buffer."""
        name = node.operation.name
        if name == "scatter_add":
            return "\n".join(Scatter(self.e, node).lines(operands, buffer))
        if name == "reshape":  # of an array in another order
            copied = f"np.positive({operands[0][1]}, out={buffer}.reshape({self.e.nodes[node.operands[0]].shape}))"
            return f"{copied}.reshape({node.shape})"
        if name in ("concatenate", "einsum"):
            return f"{self.text(node, operands)[1].removesuffix(')')}, out={buffer})"
        return f"np.{node.operation.forward.__name__}({', '.join(text for _, text in operands)}, out={buffer})"

    def text(self, node: Node, operands: list[Text]) -> Text:
        """The text of a node: of Python's numbers, or of arrays, of which Python's number may come."""
        if self.in_python(node):
            return self.number_text(node, operands)
        level, text = self.array_text(node, operands)
        if node.shape == () and node.dtype.name in NATIVE and self.pure:
            kind = NATIVE[node.dtype.name]
            return ATOM, f"{text}\n{{label}} = {kind}({{label}})" if "\n" in text else f"{kind}({text})"
        return level, text

    def in_python(self, node: Node) -> bool:
        """Whether a node is computed without NumPy."""
        return (node.is_leaf and node.shape == ()) or (is_native(node) and all(self.native[j] for j in node.operands))

    def number_text(self, node: Node, operands: list[Text]) -> Text:
        """An operator, or a text of the table."""
        if node.operation.name == "square":
            x = self.named(node, 0, operands[0])
            return PRODUCT, f"{x} * {x}"
        template = TEXTS.get(node.operation.name)
        if template is None:
            return super().text(node, operands)
        texts = []
        for k, operand in enumerate(operands):
            twice = template.count(f"{{{k}}}") > 1
            texts.append(self.named(node, k, operand) if twice else bracketed(operand, UNARY))
        return ATOM, template.format(*texts)

    def named(self, node: Node, k: int, operand: Text) -> str:
        """An operand that stands twice in a text: by its name, which it is given now if it has none."""
        text = operand[1]
        if not text.isidentifier():
            position = node.operands[k]
            self.lines.append(f"{self.letter}{position} = {text}")
            text = f"{self.letter}{position}"
            self.texts[position] = ATOM, text
        return text

    def array_text(self, node: Node, operands: list[Text]) -> Text:
        """In the way that NumPy does it fastest."""
        name, shape = node.operation.name, node.shape
        x = operands[0]
        ranks = [len(self.e.nodes[j].shape) for j in node.operands]
        if node.operation.programs:
            return ATOM, structured_text(self.e, node, operands, lambda program: Within(program, self))
        if name in REDUCE:
            return ATOM, self.reduction(node, x[1])
        if name == "scatter_add":
            return ATOM, "\n".join(Scatter(self.e, node).lines(operands))
        if name == "square" and x[1].isidentifier():
            return PRODUCT, f"{x[1]} * {x[1]}"
        if name == "matmul" and ranks == [1, 1]:
            return ATOM, f"np.dot({x[1]}, {operands[1][1]})"
        if name == "reshape":
            return ATOM, f"{bracketed(x, ATOM)}.reshape({shape})"
        if name == "transpose" and shape:
            axes = dict(node.parameters)["axes"]
            call = "T" if axes == tuple(range(len(axes)))[::-1] else f"transpose({axes})"
            return ATOM, f"{bracketed(x, ATOM)}.{call}"
        if node.operation.forward in self.calls:
            arguments = [text for _, text in operands] + [f"{key}={value!r}" for key, value in node.parameters]
            return ATOM, f"{self.calls[node.operation.forward]}({', '.join(arguments)})"
        return super().text(node, operands)

    def reduction(self, node: Node, x: str) -> str:
        """Straight to the ufunc."""
        options = dict(node.parameters)
        axis = options["axis"]
        rank = len(self.e.nodes[node.operands[0]].shape)
        chosen: Any = None if axis == tuple(range(rank)) else axis[0] if len(axis) == 1 else axis
        keep = ", keepdims=True" if options["keepdims"] else ""
        return f"{REDUCE[node.operation.name]}.reduce({x}, axis={chosen}{keep})"

    def result(self, position: int) -> str:
        """One output: a number, or an array in memory of its own."""
        node, text = self.e.nodes[position], self.texts[position]
        if node.shape == ():
            if self.native[position] and node.dtype == np.float64:
                return text[1]
            kind = {"float64": "float", "complex128": "complex"}.get(node.dtype.name, f"np.{scalar_type(node)}")
            return f"{kind}({text[1]})"
        return text[1] if self.is_own(position) else f"{bracketed(text, ATOM)}.copy()"

    def is_own(self, position: int) -> bool:
        """Whether an output lies in fresh memory that no other output shares."""
        roots = self.plan.roots
        (root, *others) = roots[position]
        of = self.e.nodes[root]
        shared = sum(root in roots[j] for j in self.e.outputs) > 1
        return not (
            others or shared or of.is_leaf or root in self.plan.buffer or of.shape != self.e.nodes[position].shape
        )


def written_in_place(e: Expression) -> dict[int, tuple[int, str]]:
    """Large values that may be computed in a result of which they are a piece: the scatter, and the index.

    What is added to a result changes its pieces, so whoever else reads a piece must have done so before.
    """
    candidates = {}
    for s in e.outputs:
        if e.nodes[s].operation.name == "scatter_add" and e.nodes[s].shape:
            for j, index in Scatter(e, e.nodes[s]).direct().items():
                if is_large(e.nodes[j]) and isinstance(e.nodes[j].operation.forward, np.ufunc) and j not in e.outputs:
                    candidates[j] = s, index
    last = dict.fromkeys(candidates, -1)
    roots = roots_of(e, returned(e)) if candidates else []
    for i, node in enumerate(e.nodes) if candidates else ():
        for k in node.operands:
            for j in roots[k]:
                if j in last and candidates[j][0] != i:
                    last[j] = i
    return {j: (s, index) for j, (s, index) in candidates.items() if last[j] < s}


class Within(Compiler):
    """The source of a program within another, of a loop or a branch: it has no memory of its own to plan."""

    def __init__(self, e: Expression, outer: Compiler) -> None:
        """Share with the program around it what is named above the function."""
        Writer.__init__(self, e, outer.name, outer.helpers)
        self.taken, self.calls, self.given, self.constants = outer.taken, outer.calls, outer.given, outer.constants
        self.plan = Plan([frozenset()] * len(e.nodes))
        self.large = set()
        self.direct = {}
        self.native = are_native(e)
        self.pure = any(self.native)  # numbers are Python's

    def write_constant(self, position: int, node: Node) -> None:
        """Arrays stand above the function, and so by names that do not begin as those of the loop do."""
        letter, self.letter = self.letter, "constant_"
        super().write_constant(position, node)
        self.letter = letter

    def named(self, node: Node, k: int, operand: Text) -> str:
        """An operand that stands twice in a text, by its name."""
        return operand[1] if NAME.fullmatch(operand[1]) else super().named(node, k, operand)

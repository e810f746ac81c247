"""Loops and branches as Python source: `scan` is a for, `cond` an if, and the programs within stand there inlined.

    v3 = np.empty(7)                                  the vector of the results
    v3_y0 = v3[4:7]
    v3_c = x
    for v3_t in range(3):
        v3_y0[v3_t] = v3_c
        v3_c = 4.0 * v3_c * (1.0 - v3_c)
    v3[3] = v3_c

What nobody reads of the vector is not written: a history of carries only where a derivative reads it. Several xs are
gone through by `zip`, which takes less time than an index for each.
A text is the value of the node, and further lines in which `{label}` stands for its name. All names within begin with
it, so that they meet no others.
"""

import re
from collections.abc import Callable, Sequence
from itertools import compress
from math import prod
from typing import Any

import numpy as np

from expression.formats.infix import ATOM, MAX_ENTRIES
from expression.nodes import Expression, Node
from expression.operations.operation import Array, Shape
from expression.operations.structured import Layout, layout_of
from expression.structure import flatten
from expression.tracing import prune

Text = tuple[int, str]
NAME = re.compile(r"(\{body\d+\})?\w+")  # an operand that may be read again and again
MARK = re.compile(r"\{body(\d+)\}")


class Body:
    """The lines of a program that stands inside another: its inputs are texts, its names begin with a mark.

    The mark is none of those that stand in the texts already, which are the marks of the programs around it.
    """

    def __init__(self, operands: Sequence[Text], writer_of: Callable[[Expression], Any] | None) -> None:
        """Choose a mark."""
        self.writer_of = writer_of or plain_writer
        depths = [int(depth) for _, text in operands for depth in MARK.findall(text)]
        self.mark = f"{{body{1 + max(depths, default=0)}}}"
        self.taken: set[str] = set()

    def free(self, name: str) -> str:
        """A name that begins with the mark, and that neither another one nor a node has."""
        while name in self.taken or (name[:1] == "v" and name[1:].isdigit()):
            name += "_"
        self.taken.add(name)
        return self.mark + name

    def lines(self, e: Expression, inputs: Sequence[str]) -> tuple[list[str], list[str]]:
        """The lines that compute it, and the texts of its results."""
        writer = self.writer_of(e)
        writer.letter = f"{self.mark}v"
        for i, text in zip(e.inputs, inputs, strict=True):
            writer.texts[i.position] = ATOM, text
        for position in range(len(e.nodes)):
            writer.write(position)
        return writer.lines, [writer.texts[j][1] for j in e.outputs]

    def named(self, name: str, text: str, lines: list[str]) -> str:
        """An operand by a name: it may be read in every step."""
        if NAME.fullmatch(text):
            return text
        found = self.free(name)
        lines.append(f"{found} = {text}")
        return found

    def finished(self, lines: Sequence[str]) -> str:
        """The lines as one text, all own names beginning with the label."""
        return "\n".join(lines).replace(self.mark, "{label}_")


def plain_writer(e: Expression) -> Any:
    """A writer of NumPy's source, whose large constants stand in their place."""
    from expression.formats.python_source import Writer

    class BodyWriter(Writer):
        """The lines of a program within."""

        def write_constant(self, position: int, node: Node) -> None:
            """A large array by its bytes."""
            value = node.parameters[0][1].value
            if value.size <= MAX_ENTRIES:
                super().write_constant(position, node)
                return
            self.texts[position] = ATOM, f"{self.letter}{position}"
            self.lines.append(f"{self.letter}{position} = {bytes_text(value)}")

    return BodyWriter(e, "body", {})


def bytes_text(value: Array) -> str:
    """A large constant."""
    dtype = value.dtype.newbyteorder("<")
    data = value.astype(dtype).tobytes().hex()
    return f'np.frombuffer(bytes.fromhex("{data}"), "{dtype.str}").reshape({value.shape})'


def indented(lines: Sequence[str]) -> list[str]:
    """Lines inside a for or an if."""
    return [f"    {line}" for line in lines]


class Loop:
    """The lines of one scan: only what somebody reads of its vector is written."""

    def __init__(self, e: Expression, node: Node, body: Body) -> None:
        """Name everything."""
        parameters = dict(node.parameters)
        self.layout: Layout = layout_of(**parameters)
        self.body = body
        count, stacked = len(self.layout.carries), len(self.layout.ys)
        regions, live = self.layout.regions, live_regions(e, node, self.layout)
        others = live[2 * count :]
        self.step = narrowed(parameters["step"].expression, [True] * count + others)
        _, self.carries, self.xs = self.layout.operands([i.name for i in self.step.inputs])
        self.finals = [region if is_live else None for region, is_live in zip(regions[:count], live, strict=False)]
        self.histories = [
            body.free(f"{name}_all") if is_live else ""
            for name, is_live in zip(self.carries, live[count : 2 * count], strict=True)
        ]
        results = [
            (body.free(f"y{k}" if k < stacked else f"sum{k - stacked}"), region)
            for k, region in enumerate(regions[2 * count :])
            if others[k]
        ]
        self.ys, self.sums = results[: sum(others[:stacked])], results[sum(others[:stacked]) :]
        self.t = body.free("t")

    def views(self) -> list[str]:
        """The parts of the vector by name."""
        lines, start = [], 0
        for history, shape in zip(self.histories, self.layout.carries, strict=True):
            whole = (self.layout.length + 1, *shape)
            lines += [f"{history} = {view_text(start, whole)}"] if history else []
            start += prod(whole)
        lines += [f"{name} = {view_text(*region)}" for name, region in (*self.ys, *self.sums)]
        return lines + [f"{name}[...] = 0.0" for name, _ in self.sums]

    def lines(self, operands: Sequence[str]) -> list[str]:
        """Everything behind the vector: what stands before the loop, the loop, and the final carries."""
        layout, t, count = self.layout, self.t, len(self.carries)
        constants, initial, columns = layout.operands(operands)
        carries, slices = ([self.body.free(name) for name in names] for names in (self.carries, self.xs))
        inner, found = self.body.lines(self.step, [*constants, *carries, *slices])
        outputs, terms = found[count : count + len(self.ys)], found[count + len(self.ys) :]
        before = self.views()
        loop = list(inner)
        loop += [f"{y}[{t}] = {text}" for (y, _), text in zip(self.ys, outputs, strict=True)]
        loop += [f"{total} += {text}" for (total, _), text in zip(self.sums, terms, strict=True)]
        moved = [(carry, new) for carry, new in zip(carries, found, strict=False) if new != carry]
        if moved:  # at once: one may read another
            loop.append(" = ".join(", ".join(side) for side in zip(*moved, strict=True)))
        after = t if layout.reverse else f"{t} + 1"
        for carry, history, first in zip(carries, self.histories, initial, strict=True):
            before.append(f"{carry} = {first}")
            if history:
                before.append(f"{history}[{layout.first}] = {carry}")
                loop.append(f"{history}[{after}] = {carry}")
        counted = bool(self.ys or any(self.histories))
        last = [
            assigned(*final, carry)
            for carry, history, final in zip(carries, self.histories, self.finals, strict=True)
            if final is not None and not history
        ]
        return [*before, self.head(slices, columns, counted), *indented(loop or ["pass"]), *last]

    def head(self, names: Sequence[str], columns: Sequence[str], counted: bool) -> str:
        """The line that begins the loop: it goes through all columns at once, and counts where entries are written."""
        steps, backwards = f"range({self.layout.length})", ""
        if self.layout.reverse:
            steps, backwards = f"range({self.layout.length - 1}, -1, -1)", "[::-1]"
        over = [f"{column}{backwards}" for column in columns]
        if counted or not columns:
            names, over = [self.t, *names], [steps, *over]
        text = over[0] if len(over) == 1 else f"zip({', '.join(over)})"
        return f"for {', '.join(names)} in {text}:"


def scan_text(
    e: Expression, node: Node, operands: list[Text], writer_of: Callable[[Expression], Any] | None = None
) -> str:
    """np.empty, its parts by name, and the loop that fills those that are read.

    `writer_of` makes the writer of a program within, if it is not to be plain NumPy.
    """
    body = Body(operands, writer_of)
    loop = Loop(e, node, body)
    named: list[str] = []
    texts = [body.named(i.name, text, named) for i, (_, text) in zip(loop.step.inputs, operands, strict=True)]
    dtype = "" if node.dtype == np.float64 else f", np.{node.dtype.name}"
    return body.finished([f"np.empty({loop.layout.size}{dtype})", *named, *loop.lines(texts)])


def view_text(start: int, shape: Shape) -> str:
    """A part of the vector."""
    stop = start + prod(shape)
    return f"{{label}}[{start}:{stop}]" + ("" if len(shape) == 1 else f".reshape({shape})")


def assigned(start: int, shape: Shape, name: str) -> str:
    """An array as a part of the vector."""
    if shape == ():
        return f"{{label}}[{start}] = {name}"
    return f"{{label}}[{start}:{start + prod(shape)}] = " + (name if len(shape) == 1 else f"np.reshape({name}, -1)")


def live_regions(e: Expression, node: Node, layout: Layout) -> list[bool]:
    """Which regions of a loop's vector anybody reads."""
    position = next(i for i, other in enumerate(e.nodes) if other is node)
    ranges = [(0, layout.size)] if position in e.outputs else []
    for reader in e.nodes:
        if position in reader.operands:
            item = dict(reader.parameters).get("index", (None,))[0] if reader.operation.name == "getitem" else None
            if isinstance(item, int) and len(reader.operands) == 1:
                ranges.append((item, item + 1))
            elif isinstance(item, tuple) and item[2] == 1:
                ranges.append((item[0], item[1]))
            else:
                ranges.append((0, layout.size))
    return [any(a < start + prod(shape) and start < b for a, b in ranges) for start, shape in layout.regions]


def narrowed(e: Expression, live: Sequence[bool]) -> Expression:
    """A program with only the results that are read, and the nodes that they need."""
    outputs = tuple(compress(e.outputs, live))
    return prune(e.nodes, e.inputs, outputs, e.arguments, flatten(outputs)[1])


def cond_text(
    e: Expression, node: Node, operands: list[Text], writer_of: Callable[[Expression], Any] | None = None
) -> str:
    """The predicate by the name of the result, and then the result."""
    parameters: dict[str, Any] = dict(node.parameters)
    body = Body(operands, writer_of)
    (_, predicate), *x = operands
    lines: list[str] = []
    names = parameters["true"].expression.inputs
    texts = [body.named(i.name, text, lines) for i, (_, text) in zip(names, x, strict=True)]
    found = [predicate, *lines]
    for key, head in (("true", "if {label}:"), ("false", "else:")):
        inner, (result,) = body.lines(parameters[key].expression, texts)
        found += [head, *indented([*inner, f"{{label}} = {result}"])]
    return body.finished(found)

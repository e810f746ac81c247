"""The texts that Python source is made of: operations written in their own way, values, types and structures."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from expression.errors import ExpressionError
from expression.formats.infix import ATOM, index_parts
from expression.formats.python_loops import cond_text, scan_text
from expression.nodes import Expression, Node
from expression.operations.indexing import pieces
from expression.operations.operation import Array, Shape
from expression.structure import Structure

Text = tuple[int, str]  # how tightly it binds, and the text
PLAIN = ("float64", "int64", "bool")  # np.array of Python's own numbers has that dtype


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
        "scan": scan_text,
        "cond": cond_text,
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

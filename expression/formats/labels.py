"""What stands in the nodes of a picture, and how wide it is: no browser is asked, so widths are estimated upwards."""

import unicodedata
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from expression.nodes import Expression, Node
from expression.operations.leaves import CONSTANT, INPUT

MAX_TEXT = 24  # characters of a name; the whole of it is in the tooltip
MINUS = "\N{MINUS SIGN}"  # as wide as a plus, which the hyphen is not
SYMBOLS = {
    "add": "+", "sub": MINUS, "mul": "\N{MULTIPLICATION SIGN}", "div": "÷", "remainder": "%", "floor_divide": "//",
    "matmul": "@", "sqrt": "√", "cbrt": "∛", "sum": "Σ", "prod": "Π",
    "less": "<", "less_equal": "≤", "greater": ">", "greater_equal": "≥", "equal": "=", "not_equal": "≠",
    "logical_and": "∧", "logical_or": "\N{LOGICAL OR}", "logical_xor": "⊕", "logical_not": "¬",
}  # fmt: skip
WIDTHS = {c: width for group, width in (("ijl.,:;|'! It()[]/frJ", 0.42), ("mwMW@%…", 1.05)) for c in group}


def legal(text: str) -> str:
    """What XML cannot hold, or would turn the direction of the text, becomes a replacement character."""
    return "".join([c if c in "\n\t" or is_printable(c) else "\N{REPLACEMENT CHARACTER}" for c in text])


def is_printable(c: str) -> bool:
    """Whether it is no control, format, surrogate, unassigned or separating character."""
    return unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")


def text_width(text: str, size: float) -> float:
    """An upper estimate of a text's width, from the widths of DejaVu Sans, the widest font of the list."""
    return sum([character_width(c) for c in text]) * size


def character_width(c: str) -> float:
    """In units of the font size."""
    if unicodedata.combining(c):
        return 0.0
    if unicodedata.east_asian_width(c) in "WF":
        return 1.3
    return WIDTHS.get(c, 0.67 if c.islower() or c.isdigit() else 0.9)


def shortened(text: str) -> str:
    """A text that fits into a box."""
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_TEXT else flat[: MAX_TEXT - 1] + "…"


def label_of(node: Node, name: str) -> str:
    """The name of an input, the value of a constant, the symbol of an operation."""
    if node.operation is INPUT:
        return name
    if node.operation is CONSTANT:
        return constant_text(node)
    if node.operation.name == "getitem":
        return index_text(dict(node.parameters)["index"])
    return SYMBOLS.get(node.operation.name, node.operation.name)


def index_text(index: Sequence[Any]) -> str:
    """An index as it is written; an integer array is the next operand."""
    texts = []
    for item in index:
        if isinstance(item, tuple):
            start, stop, step = item
            texts.append(f"{start or ''}:{'' if stop is None else stop}" + (f":{step}" if step != 1 else ""))
        else:
            texts.append("·" if item == "array" else str(item))
    return f"[{', '.join(texts)}]"


def constant_text(node: Node) -> str:
    """A number in at most six digits; the first entries of a short vector; an array by its size."""
    value = np.asarray(node.constant)
    if value.ndim == 0:
        return scalar_text(value.item())
    if value.ndim == 1 and value.size <= 3:
        return "[" + ", ".join(scalar_text(x) for x in value.tolist()) + "]"
    return f"{prod(value.shape)} numbers"


def scalar_text(x: float | complex | bool) -> str:
    """Short, with a true minus sign."""
    text = str(x) if isinstance(x, bool) else f"{x:.6g}"
    return text.replace("-", MINUS)


def result_labels(e: Expression) -> dict[int, str]:
    """For several outputs, what the caller finds there: `[0]`, `['W']`."""
    if len(e.outputs) < 2:
        return {}
    labels: dict[int, list[str]] = {}
    for position, path in zip(e.outputs, e.results.paths(), strict=True):
        labels.setdefault(position, []).append("result" + "".join(f"[{step!r}]" for step in path))
    return {position: shortened(", ".join(texts)) for position, texts in labels.items()}

"""Numbers and arrays as the page reads them: JSON, which has no nan and no infinity; and as text."""

from math import isfinite
from typing import Any

import numpy as np

from autodiff.tape import innermost
from expression.operations.operation import Array

ENTRIES = 36  # an array of so many is written entry by entry, a larger one by its shape and range
IN_A_LINE = 4  # entries of a vector that a line of text shows

Json = Any


def number(x: Any) -> Json:
    """One entry; nan and the infinities as text."""
    if isinstance(x, bool | int):
        return x
    if isinstance(x, complex):
        return str(x)
    return float(x) if isfinite(x) else str(float(x))


def as_json(x: Array) -> Json:
    """A value: a number, or an array as its shape with all entries, or with its range and how many are not finite."""
    array = np.asarray(innermost(x))
    if array.ndim == 0:
        return number(array.item())
    found: dict[str, Json] = {"shape": list(array.shape)}
    if array.size <= ENTRIES:
        return found | {"entries": [number(v) for v in array.ravel().tolist()]}
    finite = array[np.isfinite(array)]
    if finite.size:
        found |= {"low": number(finite.min().item()), "high": number(finite.max().item())}
    return found | {"strange": int(array.size - finite.size)}


def as_text(value: Json) -> str:
    """A value in a line: six digits of a number, the entries of a short vector, the shape of any other array."""
    if not isinstance(value, dict):
        return str(value) if isinstance(value, str | bool) else f"{value:.6g}"
    shape, entries = value["shape"], value.get("entries")
    if entries is not None and len(shape) == 1 and len(entries) <= IN_A_LINE:
        return "[" + ", ".join(as_text(v) for v in entries) + "]"
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''}) array"

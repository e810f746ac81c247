"""The text of a scatter: an array that is put together from pieces, each written to its place.

What is written where nothing was before is assigned; what meets earlier pieces is added in place; pieces that go to
one place are added up first.
"""

from math import prod

import numpy as np

from expression.backends.buffers import is_large
from expression.formats.infix import ATOM, SUM
from expression.formats.python_texts import Text, bracketed, scalar_type, subscript
from expression.nodes import Expression, Node
from expression.operations.indexing import numpy_index, pieces
from expression.operations.leaves import CONSTANT

FEW = 2  # entries that are set to 0 one by one, where all others are assigned


def scatter_text(e: Expression, node: Node, operands: list[Text], buffer: str = "") -> str:
    """Lines of which the first is a value, and the others change it under the name {label}.

    With a buffer, the value is written into it.
    """
    whole: list[int] = []
    places: dict[str, list[int]] = {}  # subscript -> the operands that go there
    wheres = {}
    added = []
    for piece in pieces(dict(node.parameters)["indices"]):
        index = subscript(piece.items, node.shape, [operands[a] for a in piece.arrays])
        if piece.arrays and not are_different(e, node, piece.arrays, piece.items):
            inside = f"np.s_[{index}]" if ":" in index else f"({index}{',' * (len(piece.items) == 1)})"
            added.append(f"np.add.at({{label}}, {inside}, {operands[piece.operand][1]})")
        elif piece.items == () and e.nodes[node.operands[piece.operand]].shape == node.shape:
            whole.append(piece.operand)
        else:
            constants = [e.nodes[node.operands[a]].constant for a in piece.arrays]
            wheres[index] = numpy_index(piece.items, constants)
            places.setdefault(index, []).append(piece.operand)
    numbers = entries(e, node, places, wheres)
    if numbers and not whole and not added:
        return f"np.array([{', '.join(total(operands, numbers[k]) for k in range(node.shape[0]))}])"
    filled = np.full(node.shape, bool(whole))
    assigned = filled.copy()
    later = []
    for index, given in places.items():
        meets = bool(filled[wheres[index]].any())
        filled[wheres[index]] = True
        if not meets:
            assigned[wheres[index]] = True
        large = is_large(e.nodes[node.operands[given[0]]])
        if not meets and large and len(given) > 1 and ":" in index:  # without memory for the sum
            first, second, *given = given
            later.append(f"np.add({operands[first][1]}, {operands[second][1]}, out={{label}}[{index}])")
            meets = True
        if given:
            later.append(f"{{label}}[{index}] {'+=' if meets else '='} {total(operands, given)}")
    if len(whole) == 1 and buffer:
        first_line = f"np.positive({operands[whole[0]][1]}, out={buffer})"
    elif len(whole) == 1:
        first_line = f"{bracketed(operands[whole[0]], ATOM)}.copy()"
    elif whole and buffer:
        first, second, *rest = whole
        first_line = f"np.add({operands[first][1]}, {operands[second][1]}, out={buffer})"
        later = [f"{{label}} += {operands[k][1]}" for k in rest] + later
    elif whole:
        first_line = total(operands, whole)
    else:
        gaps = [] if added or len(node.shape) != 1 else np.flatnonzero(~assigned).tolist()
        covered = not added and len(gaps) <= FEW and (assigned.all() or len(node.shape) == 1)
        later = [f"{{label}}[{k}] = 0.0" for k in gaps] + later if covered else later
        if buffer:
            first_line = buffer
            later = later if covered else ["{label}[...] = 0.0", *later]
        else:
            kind = "" if node.dtype == np.float64 else f", np.{scalar_type(node)}"
            first_line = f"np.{'empty' if covered else 'zeros'}({node.shape}{kind})"
    return "\n".join([first_line, *later, *added])


def total(operands: list[Text], given: list[int]) -> str:
    """The sum of some operands."""
    return " + ".join(bracketed(operands[k], SUM) for k in given)


def are_different(e: Expression, node: Node, arrays: tuple[int, ...], items: tuple[object, ...]) -> bool:
    """Whether an index is known beforehand, and names no place twice: then it can be assigned to."""
    of = [e.nodes[node.operands[a]] for a in arrays]
    if any(n.operation is not CONSTANT for n in of) or prod(node.shape) == 0:
        return False
    where = numpy_index(items, [n.constant for n in of])
    taken = np.arange(prod(node.shape)).reshape(node.shape)[where]
    return bool(np.unique(taken).size == taken.size)


def entries(
    e: Expression, node: Node, places: dict[str, list[int]], wheres: dict[str, tuple[object, ...]]
) -> dict[int, list[int]]:
    """Entry -> operands, where a vector is given number by number; nothing elsewhere."""
    if len(node.shape) != 1 or len(places) != node.shape[0] or node.dtype != np.float64:
        return {}
    found: dict[int, list[int]] = {}
    for index, given in places.items():
        where = wheres[index]
        if len(where) != 1 or not isinstance(where[0], int) or any(e.nodes[node.operands[k]].shape for k in given):
            return {}
        found[where[0]] = given
    return found if len(found) == node.shape[0] else {}

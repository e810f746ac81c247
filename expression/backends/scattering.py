"""A scatter as source: an array that is put together from pieces, each written to its place.

What is written where nothing was before is assigned, or computed right there; what meets earlier pieces is added in
place.
"""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from expression.formats.infix import ATOM, SUM
from expression.formats.python_texts import Text, bracketed, scalar_type, subscript
from expression.nodes import Expression, Node
from expression.operations.indexing import Piece, numpy_index, pieces
from expression.operations.leaves import CONSTANT

FEW = 2  # entries that are set to 0 one by one, where all others are assigned


@dataclass(frozen=True, slots=True)
class Place:
    """One index, and the operands whose sum goes there."""

    piece: Piece  # the first of them
    where: Any  # the index as NumPy takes it
    operands: list[int]
    meets: bool  # earlier pieces


class Scatter:
    """The pieces of one scatter, sorted out."""

    def __init__(self, e: Expression, node: Node) -> None:
        """Find out which pieces are everything, which are assigned, and which may repeat an index."""
        self.e, self.node = e, node
        self.whole: list[int] = []
        self.added: list[Piece] = []
        known: dict[Any, tuple[Piece, Any, list[int]]] = {}
        for piece in pieces(dict(node.parameters)["indices"]):
            of = [e.nodes[node.operands[a]] for a in piece.arrays]
            if piece.items == () and e.nodes[node.operands[piece.operand]].shape == node.shape:
                self.whole.append(piece.operand)
            elif all(n.operation is CONSTANT for n in of) and self.once(piece, [n.constant for n in of]):
                where = numpy_index(piece.items, [n.constant for n in of])
                key = (piece.items, *(node.operands[a] for a in piece.arrays))
                known.setdefault(key, (piece, where, []))[2].append(piece.operand)
            else:
                self.added.append(piece)
        filled = np.full(node.shape, bool(self.whole))
        assigned = filled.copy()
        self.places: list[Place] = []
        for piece, where, given in known.values():
            meets = bool(filled[where].any())
            filled[where] = True
            if not meets:
                assigned[where] = True
            self.places.append(Place(piece, where, given, meets))
        line = len(node.shape) == 1 and not self.added
        self.gaps = np.flatnonzero(~assigned).tolist() if line else []
        self.covered = not self.added and (bool(assigned.all()) or (line and len(self.gaps) <= FEW))

    def once(self, piece: Piece, arrays: list[Any]) -> bool:
        """Whether an index names no place twice, so that it can be assigned to."""
        if not arrays:
            return True
        taken = np.arange(prod(self.node.shape)).reshape(self.node.shape)[numpy_index(piece.items, arrays)]
        return bool(np.unique(taken).size == taken.size)

    def index(self, piece: Piece, operands: list[Text]) -> str:
        """What stands between the brackets."""
        return subscript(piece.items, self.node.shape, [operands[a] for a in piece.arrays])

    def direct(self) -> dict[int, str]:
        """Nodes that may be computed where they go, with the index: nothing is there before, and it is a view."""
        found = {}
        for place in self.places if not self.whole else ():
            j = self.node.operands[place.operands[0]]
            room = np.empty(self.node.shape, bool)[place.where] if not place.piece.arrays else None
            alone = len(place.operands) == 1 and self.node.operands.count(j) == 1 and not place.meets
            if alone and isinstance(room, np.ndarray) and room.shape == self.e.nodes[j].shape:
                found[j] = self.index(place.piece, [])
        return found

    def memory(self, buffer: str = "") -> list[str]:
        """The lines that make it, before anything is written; {label} is its name from the second on."""
        zeros = [f"{{label}}[{k}] = 0.0" for k in self.gaps] if self.covered else ["{label}[...] = 0.0"]
        if buffer:
            return [buffer, *zeros]
        kind = "" if self.node.dtype == np.float64 else f", np.{scalar_type(self.node)}"
        shape = self.node.shape
        return [f"np.empty({shape}{kind})", *zeros] if self.covered else [f"np.zeros({shape}{kind})"]

    def lines(self, operands: list[Text], buffer: str = "", written: frozenset[int] = frozenset()) -> list[str]:
        """All lines; those of `written` nodes, and the memory for them, stand there already."""
        later = []
        for place in self.places:
            if self.node.operands[place.operands[0]] not in written:
                index, sign = self.index(place.piece, operands), "+=" if place.meets else "="
                later.append(f"{{label}}[{index}] {sign} {total(operands, place.operands)}")
        for piece in self.added:
            index = self.index(piece, operands)
            inside = f"np.s_[{index}]" if ":" in index else f"({index}{',' * (len(piece.items) == 1)})"
            later.append(f"np.add.at({{label}}, {inside}, {operands[piece.operand][1]})")
        if written:
            return later
        if self.whole:
            return [*self.begun(operands, buffer), *later]
        numbers = self.entries()
        if numbers:
            return [f"np.array([{', '.join(total(operands, given) for given in numbers)}])"]
        return [*self.memory(buffer), *later]

    def begun(self, operands: list[Text], buffer: str) -> list[str]:
        """The lines that begin with what goes everywhere."""
        first, *rest = self.whole
        if buffer:
            begin = [f"np.positive({operands[first][1]}, out={buffer})"]
        elif rest:
            second, *rest = rest
            begin = [total(operands, [first, second])]
        else:
            begin = [f"{bracketed(operands[first], ATOM)}.copy()"]
        return begin + [f"{{label}} += {operands[k][1]}" for k in rest]

    def entries(self) -> list[list[int]]:
        """The operands of each entry, where a vector is given number by number; nothing elsewhere."""
        node = self.node
        if len(node.shape) != 1 or len(self.places) != node.shape[0] or node.dtype != np.float64 or self.added:
            return []
        found: dict[int, list[int]] = {}
        for place in self.places:
            single = len(place.where) == 1 and isinstance(place.where[0], int)
            if not single or any(self.e.nodes[node.operands[k]].shape for k in place.operands):
                return []
            found[place.where[0]] = place.operands
        return [found[k] for k in range(node.shape[0])] if len(found) == node.shape[0] else []


def total(operands: list[Text], given: list[int]) -> str:
    """The sum of some operands."""
    return " + ".join(bracketed(operands[k], SUM) for k in given)

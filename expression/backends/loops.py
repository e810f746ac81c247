"""Loops and branches in compiled source: their programs are written as the rest is, numbers as Python floats."""

from typing import Any

from expression.backends.scalars import NATIVE, are_native
from expression.formats.infix import ATOM
from expression.formats.python_loops import cond_text, scan_text
from expression.formats.python_texts import Text, bracketed, scalar_type
from expression.nodes import Expression, Node
from expression.operations.programs import programs_of

TEXTS = {"scan": scan_text, "cond": cond_text}


def structured_text(e: Expression, node: Node, operands: list[Text], writer_of: Any) -> str:
    """The lines of a loop or a branch, those within by the writers that `writer_of` makes."""
    return TEXTS[node.operation.name](e, node, operands, writer_of)


def operand_text(e: Expression, node: Node, k: int, text: Text, is_number: bool) -> Text:
    """An operand as the programs within take it: Python's numbers where they compute with these."""
    source = e.nodes[node.operands[k]]
    programs = programs_of(node.parameters)
    inner = k - 1 if node.operation.name == "cond" else k
    if inner < 0:
        return text
    native = all([are_native(program)[program.inputs[inner].position] for program in programs])
    if not native:
        return (ATOM, f"np.{scalar_type(source)}({text[1]})") if is_number else text
    if source.shape:  # one of xs, entry by entry
        return ATOM, f"{bracketed(text, ATOM)}.tolist()"
    return text if is_number else (ATOM, f"{NATIVE[source.dtype.name]}({text[1]})")

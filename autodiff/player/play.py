"""From a tape or an expression to its player."""

from collections.abc import Sequence
from typing import Any

from autodiff.player.film import film
from autodiff.player.nodes import from_expression, from_tape
from autodiff.player.page import HEIGHT, Player
from autodiff.tape import Tape
from expression.nodes import Expression

LONGEST_TITLE = 48  # characters


def play_tape(tape: Tape, y: Any, names: Sequence[str] | None = None, title: str = "", height: int = HEIGHT) -> Player:
    """The player of what a tape recorded up to y, with the reverse sweep from y, whose seed is 1 at every entry."""
    return Player(film(from_tape(tape, y, names), title), height)


def play_expression(
    e: Expression, args: Sequence[Any], output: int = 0, title: str = "", height: int = HEIGHT
) -> Player:
    """The player of an expression at a point, with the reverse sweep from one of its outputs."""
    return Player(film(from_expression(e, args, output), title or formula_of(e)), height)


def formula_of(e: Expression) -> str:
    """The closed form where it is short enough for a title."""
    if len(e.nodes) > LONGEST_TITLE or len(e.outputs) > 1:
        return ""
    text = e.to_infix()
    return text if len(text) <= LONGEST_TITLE else ""

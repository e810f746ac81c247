"""The tape player: a recorded computation, stepped through forward and backward in a page that needs no network.

values.py   numbers and arrays as the page reads them, and as text
nodes.py    the nodes of a tape or of an expression, in the same form
film.py     the frames: what each step of the two sweeps computes
page.py     the page, and `Player`, which a notebook shows
source/     the page's JavaScript and style; `npm run build` makes player.js and player.css of them

A player is a snapshot: what happens to the tape afterwards does not change it.
"""

from autodiff.player.page import Player
from autodiff.player.play import play_expression, play_tape

__all__ = ["Player", "play_expression", "play_tape"]

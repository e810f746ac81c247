"""Names for the leaves of a tape, which has none: those of the caller's variables, as a debugger shows them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autodiff.tape import Tape
from autodiff.tensor import Leaf
from expression.errors import ArgumentError, user_frame
from expression.structure import unique


def names_of_leaves(tape: Tape, output: int, names: Sequence[str] | None) -> dict[int, str]:
    """A name for every leaf: those given, in the order in which the tape met them, or the caller's, or x0, x1, ..."""
    positions = [i for i in tape.leaves if i <= output]
    if names is None:
        known = names_in_use(tape)
        found = [tape.leaves[i][0] or known.get(i) or f"x{k}" for k, i in enumerate(positions)]
    elif isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise ArgumentError(f"names={names!r}: names is a sequence of texts, one for each leaf; write ('x', 'y')")
    elif len(names) != len(positions):
        raise ArgumentError(f"names: the tape has {len(positions)} leaves, got {len(names)} names")
    else:
        found = list(names)
    return dict(zip(positions, unique(found), strict=True))


def names_in_use(tape: Tape) -> dict[int, str]:
    """Position of a leaf -> the first variable of the user's innermost frame that holds it."""
    frame = user_frame()
    found: dict[int, str] = {}
    if frame is not None:
        for name, value in [*held_by(frame.f_locals), *held_by(frame.f_globals)]:
            if id(value) in tape.brought:
                found.setdefault(tape.brought[id(value)][0], name)
    return found


def held_by(variables: Mapping[str, Any]) -> Iterator[tuple[str, Leaf]]:
    """The leaves in variables, then those in their lists, tuples and dicts: `x`, `w[0]`, `params['W']`."""
    own = [(name, value) for name, value in variables.items() if name[:1] != "_"]  # not a notebook's earlier results
    yield from [(name, value) for name, value in own if isinstance(value, Leaf)]
    for name, value in own:
        entries = value.items() if type(value) is dict else enumerate(value) if type(value) in (list, tuple) else ()
        yield from [(f"{name}[{key!r}]", entry) for key, entry in list(entries) if isinstance(entry, Leaf)]

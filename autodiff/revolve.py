"""Which states of a long computation to keep and which to compute again: the binomial schedule, revolve.

A reverse sweep over a chain of `steps` steps asks for the states from the last to the first. With room for `snapshots`
of them the others are computed again, from the nearest snapshot before. The schedule does so as seldom as possible.
Griewank and Walther, "Algorithm 799: revolve", ACM TOMS 26(1) (2000), 19-45.
"""

from collections.abc import Iterator
from math import comb
from typing import NamedTuple

from expression.errors import ArgumentError

STORE, ADVANCE, RESTORE, REVERSE = "store", "advance", "restore", "reverse"


class Action(NamedTuple):
    """One action of a schedule; state i is what step i starts from.

    store i            keep the state at hand, i, as a snapshot
    advance i to j     compute the steps i, ..., j - 1, and keep nothing of them
    restore i          take the snapshot of i
    reverse i          compute step i once more, on a tape, and pull back through it; a snapshot of i is given up
    """

    kind: str
    state: int
    until: int | None = None

    def __str__(self) -> str:
        """As a line of the schedule."""
        return f"{self.kind} {self.state}" + ("" if self.until is None else f" to {self.until}")


def binomial(snapshots: int, repeats: int) -> int:
    """The longest chain that so many snapshots reverse, with no step computed more than `repeats` times over.

    beta(s, r) = C(s + r, s), in which the initial state is one of the s snapshots.

    >>> binomial(3, 3), binomial(10, 10)
    (20, 184756)
    """
    check(0, snapshots)
    whole(repeats, "repeats", 0)
    return beta(snapshots, repeats)


def recomputations(steps: int, snapshots: int) -> int:
    """How many steps the reverse sweep of a chain computes again, at the least.

    t(l, s) = r l - C(s + r, s + 1), with the smallest r for which C(s + r, s) >= l. Every step is computed once more
    on a tape when its turn comes: those l are not counted. Source: Griewank and Walther (2000).

    >>> recomputations(10, 3), recomputations(100, 5), recomputations(256, 8)
    (15, 316, 804)
    """
    check(steps, snapshots)
    r = repeats_needed(steps, snapshots)
    return r * steps - beta(snapshots + 1, r - 1)


def schedule(steps: int, snapshots: int) -> Iterator[Action]:
    """The actions that reverse a chain with the fewest recomputed steps, never holding more snapshots than allowed.

    In the beginning state 0 is at hand.

    >>> for action in schedule(4, 2):
    ...     print(action)
    store 0
    advance 0 to 1
    store 1
    advance 1 to 3
    reverse 3
    restore 1
    advance 1 to 2
    reverse 2
    restore 1
    reverse 1
    restore 0
    reverse 0
    """
    check(steps, snapshots)
    return actions(steps, snapshots)


def actions(steps: int, snapshots: int) -> Iterator[Action]:
    """The schedule itself; `waiting` are the parts of the chain that come later, with the snapshots for each."""
    if steps == 0:
        return
    yield Action(STORE, 0)
    waiting = [(0, steps, snapshots)]
    at_hand = True
    while waiting:
        start, stop, room = waiting.pop()
        if not at_hand:
            yield Action(RESTORE, start)
        while stop - start > 1:
            middle = start + advance_length(stop - start, room)
            waiting.append((start, middle, room))
            yield Action(ADVANCE, start, middle)
            start, room = middle, room - 1
            if stop - start > 1:
                yield Action(STORE, start)
        yield Action(REVERSE, start)
        at_hand = False


def advance_length(length: int, room: int) -> int:
    """How far to go before the next snapshot: the smallest of the best lengths.

    With r repeats for the whole, the part before it has r - 1 and all the room, the part behind it r and one place
    less. Every m with beta(s, r - 2) <= m <= beta(s, r - 1) and beta(s - 1, r - 1) <= l - m <= beta(s - 1, r) is best.
    """
    r = repeats_needed(length, room)
    return max(1, beta(room, r - 2), length - beta(room - 1, r))


def repeats_needed(length: int, room: int) -> int:
    """The smallest r with beta(room, r) >= length."""
    r, reach = 0, 1
    while reach < length:
        r += 1
        reach = reach * (room + r) // r
    return r


def beta(room: int, repeats: int) -> int:
    """C(room + repeats, room), and 0 where repeats are negative."""
    return comb(room + repeats, room) if repeats >= 0 else 0


def check(steps: int, snapshots: int) -> None:
    """Refuse a chain of no length, and snapshots that leave no room for the initial state."""
    whole(steps, "steps", 0)
    whole(snapshots, "snapshots", 1)


def whole(x: int, what: str, least: int) -> None:
    """Refuse what is not an int of at least that size."""
    if not isinstance(x, int) or isinstance(x, bool) or x < least:
        raise ArgumentError(f"{what}={x!r} must be an int from {least} on")

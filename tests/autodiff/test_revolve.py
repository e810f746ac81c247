"""The binomial schedule: as cheap as dynamic programming finds it, executable, and within its memory."""

from collections import Counter
from math import comb

import pytest

from autodiff.revolve import ADVANCE, RESTORE, REVERSE, STORE, Action, binomial, recomputations, schedule
from expression import ArgumentError

LONGEST, MOST = 60, 8
CHAINS = [(steps, snapshots) for steps in range(LONGEST + 1) for snapshots in range(1, MOST + 1)]
PINNED = {  # t(l, s) of Griewank and Walther (2000)
    (10, 3): 15,
    (20, 3): 45,
    (56, 5): 140,
    (100, 5): 316,
    (100, 10): 222,
    (256, 8): 804,
}
REACHES = {(3, 3): 20, (10, 3): 286, (10, 10): 184_756, (1, 7): 8, (5, 0): 1}
BIG = [*PINNED, (1000, 4), (3000, 2), (5000, 30), (400, 1)]


def by_dynamic_programming() -> dict[tuple[int, int], int]:
    """The least number of recomputed steps, straight from its definition.

    The first snapshot after the initial one goes behind m steps: m steps to get there, then the part behind it with one
    place less, then the part before it with all places.
    """
    t = {(0, s): 0 for s in range(1, MOST + 1)}
    for steps in range(1, LONGEST + 1):
        t[steps, 1] = steps * (steps - 1) // 2
        for s in range(2, MOST + 1):
            choices = (m + t[steps - m, s - 1] + t[m, s] for m in range(1, steps))
            t[steps, s] = min(choices, default=0)
    return t


LEAST = by_dynamic_programming()


def execute(actions: list[Action], steps: int, snapshots: int) -> Counter[int]:
    """Carry a schedule out on states that are their own numbers; how often each step was computed again.

    Asserts that every action finds its state, that steps are reversed from the last to the first, each once, and that
    there are never more snapshots than places.
    """
    again: Counter[int] = Counter()
    held: set[int] = set()
    at_hand: int | None = 0
    left = steps
    for action in actions:
        if action.kind == STORE:
            assert at_hand == action.state and action.state not in held
            held.add(action.state)
        elif action.kind == RESTORE:
            assert action.state in held
            at_hand = action.state
        elif action.kind == ADVANCE:
            assert at_hand == action.state and action.until is not None and action.until > action.state
            again.update(range(action.state, action.until))
            at_hand = action.until
        else:
            assert action.kind == REVERSE
            left -= 1
            assert at_hand == action.state == left
            held.discard(left)
            at_hand = None  # its tape has used it up
        assert len(held) <= snapshots
    assert left == 0 and not held
    return again


@pytest.mark.parametrize("steps, snapshots", PINNED)
def test_the_published_numbers(steps: int, snapshots: int) -> None:
    assert recomputations(steps, snapshots) == PINNED[steps, snapshots]


def test_the_formula_is_the_minimum_that_dynamic_programming_finds() -> None:
    assert {chain: recomputations(*chain) for chain in CHAINS} == LEAST


def test_the_schedule_is_executable_within_its_memory_and_takes_the_minimum() -> None:
    for chain in CHAINS:
        again = execute(list(schedule(*chain)), *chain)
        assert again.total() == LEAST[chain], chain


@pytest.mark.parametrize("steps, snapshots", BIG)
def test_long_chains_too(steps: int, snapshots: int) -> None:
    again = execute(list(schedule(steps, snapshots)), steps, snapshots)
    assert again.total() == recomputations(steps, snapshots)


def test_no_step_is_repeated_more_often_than_the_reach_demands() -> None:
    for steps, snapshots in CHAINS:
        r = next(r for r in range(steps + 1) if comb(snapshots + r, snapshots) >= steps)
        again = execute(list(schedule(steps, snapshots)), steps, snapshots)
        assert max(again.values(), default=0) <= r


@pytest.mark.parametrize("snapshots, repeats", REACHES)
def test_the_reach_of_so_many_snapshots(snapshots: int, repeats: int) -> None:
    reach = REACHES[snapshots, repeats]
    assert binomial(snapshots, repeats) == reach
    assert recomputations(reach, snapshots) <= repeats * reach
    assert recomputations(reach + 1, snapshots) - recomputations(reach, snapshots) == repeats + 1  # one more repeat


@pytest.mark.parametrize("steps, snapshots", [(5, 5), (5, 9), (1, 1), (2, 1)])
def test_with_room_for_every_state_each_step_but_the_last_is_computed_once(steps: int, snapshots: int) -> None:
    again = execute(list(schedule(steps, snapshots)), steps, snapshots)
    assert again == Counter(range(steps - 1))


def test_a_chain_of_a_million_steps_has_a_first_action_at_once() -> None:
    actions = schedule(1_000_000, 12)
    assert next(actions) == Action(STORE, 0)
    assert next(actions).kind == ADVANCE


def test_a_schedule_prints_as_one_reads_it() -> None:
    assert [str(action) for action in schedule(3, 1)] == [
        "store 0",
        "advance 0 to 2",
        "reverse 2",
        "restore 0",
        "advance 0 to 1",
        "reverse 1",
        "restore 0",
        "reverse 0",
    ]


def test_a_wrong_schedule_would_be_seen() -> None:
    actions = list(schedule(10, 3))
    for wrong in (actions[:-1], [a for a in actions if a.kind != RESTORE], [actions[0], *actions[2:]]):
        with pytest.raises(AssertionError):
            execute(wrong, 10, 3)
    with pytest.raises(AssertionError):
        execute(actions, 10, 2)


WRONG = {
    "no snapshot": (lambda: schedule(3, 0), "snapshots=0 must be an int from 1 on"),
    "a float": (lambda: recomputations(3.0, 2), "steps=3.0 must be an int from 0 on"),
    "negative": (lambda: recomputations(-1, 2), "steps=-1 must be an int from 0 on"),
    "truth": (lambda: schedule(3, True), "snapshots=True must be an int from 1 on"),
    "repeats": (lambda: binomial(3, -1), "repeats=-1 must be an int from 0 on"),
}


@pytest.mark.parametrize("call, text", WRONG.values(), ids=WRONG)
def test_what_makes_no_chain_is_refused(call, text) -> None:
    with pytest.raises(ArgumentError) as error:
        call()
    assert str(error.value) == text

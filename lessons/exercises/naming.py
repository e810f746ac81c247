"""Which misconception gives just these values: one mutant, a pair, or, for an answer of parts, one for each part.

Candidates that agree with the answer on the public cases are put to drawn cases that tell them apart, until one is
left; a single candidate has to stand a drawn case too, so that nobody is named by coincidence.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from lessons.exercises.exercise import RIGHT, Case, Exercise, Fault, Faults
from lessons.exercises.kinds import Record
from lessons.exercises.running import Call
from lessons.exercises.solutions import Solutions
from lessons.exercises.verdict import Named

ROUNDS = 3  # of drawn cases
ASKED_AT_MOST = 6  # cases of a round that are put to the answer
MOST_TOGETHER = 3  # mistakes in one function
DIAGNOSING = 20_26  # seed of the drawn cases; the grader has others

Ask = Callable[[Sequence[Case]], list[Call]]


def name(solutions: Solutions, answer: Any, observed: Sequence[Call], ask: Ask) -> tuple[Fault, ...]:
    """The faults that explain what was observed; none if nothing does. `ask` runs the answer on more cases."""
    exercise = solutions.exercise
    singles = [frozenset({fault.name}) for fault in exercise.faults]
    left = [faults for faults in singles if explains(solutions, faults, observed)]
    if exercise.kind.callable:  # a second fault may hide behind the first, on the cases so far
        left += [a | b for a in left for b in singles if a < a | b and explains(solutions, a | b, observed)]
        found = narrowed(solutions, list(dict.fromkeys(left)), ask)
    else:
        found = first(left)
    for together in range(2, (MOST_TOGETHER if exercise.kind.callable else 2) + 1):
        if not found:
            left = [RIGHT.union(*some) for some in combinations(singles, together)]
            left = [faults for faults in left if explains(solutions, faults, observed)]
            found = narrowed(solutions, left, ask) if exercise.kind.callable else first(left)
    if found:
        return tuple(fault for fault in exercise.faults if fault.name in found)
    if exercise.kind.callable:
        return by_its_calls(exercise, observed, ask)
    return recognised(exercise, answer) or by_parts(solutions, observed[0])


def first(left: Sequence[Faults]) -> Faults:
    """The first candidate."""
    return left[0] if left else RIGHT


def explains(solutions: Solutions, faults: Faults, observed: Sequence[Call]) -> bool:
    """Whether the solution with these faults comes to what was observed, on every case."""
    return all(solutions.agree(call, solutions.call(faults, call.case)) for call in observed)


def narrowed(solutions: Solutions, left: list[Faults], ask: Ask) -> Faults:
    """The candidate that goes on to agree on more cases; of several that nothing tells apart, the first."""
    confirmed = False
    for cases in more_cases(solutions.exercise, left):
        if not left or (len(left) == 1 and confirmed):
            break
        if len(left) > 1:
            cases = [case for case in cases if any(solutions.differ(left[0], other, case) for other in left[1:])]
        if cases:
            calls = ask(cases[:ASKED_AT_MOST])
            left = [faults for faults in left if explains(solutions, faults, calls)]
            confirmed = True
    return first(left)


def more_cases(exercise: Exercise, candidates: Sequence[Faults]) -> Iterator[Sequence[Case]]:
    """Rounds of cases that may tell candidates apart, always the same ones: drawn, then their smallest cases, drawn."""
    generator = np.random.default_rng(DIAGNOSING)
    names = set[str]().union(*candidates)
    yield exercise.hidden(generator)
    yield [fault.smallest for fault in exercise.faults if fault.name in names]
    for _ in range(ROUNDS):
        yield exercise.hidden(generator)


def recognised(exercise: Exercise, answer: Any) -> tuple[Fault, ...]:
    """The first fault that recognises an answer by itself, a function by its calls."""
    for fault in exercise.faults:
        if fault.recognise is not None and fault.recognise(answer):
            return (fault,)
    return ()


def by_its_calls(exercise: Exercise, observed: Sequence[Call], ask: Ask) -> tuple[Fault, ...]:
    """The first fault that recognises a function by what it gives on the public cases and on drawn ones."""
    if not any(fault.recognise for fault in exercise.faults):
        return ()
    calls = [*observed, *ask(exercise.hidden(np.random.default_rng(DIAGNOSING)))]
    return recognised(exercise, calls) if all(call.answered for call in calls) else ()


def by_parts(solutions: Solutions, call: Call) -> tuple[Fault, ...]:
    """For an answer of several parts: as few faults as explain each part that is wrong; none where one is left over."""
    exercise, kind = solutions.exercise, solutions.kind
    expected = solutions.call(RIGHT, call.case)
    if not call.answered or kind.misfit(call.value, expected.value):
        return ()
    right, found = (dict(kind.entries(x.value)) for x in (expected, call))
    open_parts = {part for part in right if not part_is_right(exercise, part, found[part], right[part])}
    offers: dict[str, set[str]] = {}
    for fault in exercise.faults:
        value = dict(kind.entries(solutions.call(frozenset({fault.name}), call.case).value))
        if value.keys() != right.keys():
            continue
        changed = {part for part in right if not part_is_right(exercise, part, value[part], right[part])}
        if changed and all(part_is_right(exercise, part, found[part], value[part]) for part in changed):
            offers[fault.name] = changed
    chosen: set[str] = set()
    while open_parts and offers:
        best = max(offers, key=lambda name: len(offers[name] & open_parts))
        if not offers[best] & open_parts:
            break
        chosen.add(best)
        open_parts -= offers.pop(best)
    return () if open_parts else tuple(fault for fault in exercise.faults if fault.name in chosen)


def part_is_right(exercise: Exercise, part: str, value: Any, expected: Any) -> bool:
    """Whether one part of an answer is right."""
    kind = exercise.kind
    return (kind.parts[part] if isinstance(kind, Record) else kind).same(value, expected)


def with_example(solutions: Solutions, fault: Fault) -> Named:
    """A fault with its smallest example: what is right there, and what the mistake gives."""
    if not solutions.kind.callable:
        return Named(fault, fault.smallest.text)
    right, wrong = (solutions.call(faults, fault.smallest) for faults in (RIGHT, frozenset({fault.name})))
    shown = [call.shown(solutions.kind.show) for call in (right, wrong)]
    return Named(fault, f"{fault.smallest.text}: {shown[0]} is right, this gives {shown[1]}")

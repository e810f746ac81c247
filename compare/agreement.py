"""Do the methods agree? Entry by entry, within rounding and the error that a method claims for itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from compare.certifying import Certificate
from compare.methods import Answer
from compare.wording import number
from expression.operations.operation import Array

ROUNDING = 1e-9  # half of float64's digits may go to the conditioning of f before two exact methods disagree
SAFETY = 10.0  # an error estimate is right within a factor


@dataclass(frozen=True, slots=True)
class Gap:
    """The entry where two answers differ most, by |a - b| / max(1, |a| + |b|)."""

    distance: float
    label: str
    leaf: int | None  # of the derivative; None is the value
    place: tuple[int, ...]
    first: float
    second: float


def disagreements(
    answers: Mapping[str, Answer], certificate: Certificate, names: Sequence[str], excuse: str = ""
) -> list[str]:
    """Notes in words on answers that differ by more than rounding and their own error estimates.

    Where the derivative is certified, the notes say which method is off; otherwise, what each says. An excuse, as "at
    a kink", says why they need not agree.
    """
    gaps = [widest_gap(answers[a], answers[b], names) for a, b in combinations(answers, 2)]
    differing = [gap for gap in gaps if gap is not None]
    if not differing:
        return []
    if certificate.derivative is not None and not excuse:
        truth = Answer(certificate.value, certificate.floats())
        off = {name: widest_gap(answer, truth, names) for name, answer in answers.items()}
        notes = [
            f"the methods disagree: {name} gives {gap.label} = {number(gap.first)}, certified is {number(gap.second)}"
            for name, gap in off.items()
            if gap is not None
        ]
        if notes:
            return notes
    widest = max(differing, key=lambda gap: gap.distance)
    each = ", ".join(f"{number(entry(answer, widest))} by {name}" for name, answer in answers.items())
    start = f"{excuse} the methods need not agree" if excuse else "the methods disagree"
    return [f"{start}: {widest.label} is {each}"]


def entry(answer: Answer, gap: Gap) -> float:
    """What an answer says where others differ."""
    whole = answer.value if gap.leaf is None else answer.derivative[gap.leaf]
    return float(np.asarray(whole, dtype=float)[gap.place])


def widest_gap(a: Answer, b: Answer, names: Sequence[str]) -> Gap | None:
    """Where two answers differ most beyond what is allowed; None where they agree."""
    gaps = [gap_between("the value", None, a.value, b.value, 0.0)]
    for k, name in enumerate(names):
        errors = sum((answer.error[k] for answer in (a, b) if answer.error is not None), 0.0)
        gaps.append(gap_between(f"d/d{name}", k, a.derivative[k], b.derivative[k], errors))
    return max((gap for gap in gaps if gap is not None), key=lambda gap: gap.distance, default=None)


def gap_between(what: str, leaf: int | None, first: Array, second: Array, error: Array) -> Gap | None:
    """The entry of two arrays that differs most beyond rounding and the estimated error."""
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    with np.errstate(all="ignore"):
        scale = np.maximum(1.0, np.abs(x) + np.abs(y))
        same = (x == y) | (np.isnan(x) & np.isnan(y))
        distance = np.where(same, 0.0, np.nan_to_num(np.abs(x - y) / scale, nan=np.inf))
        allowed = ROUNDING + SAFETY * np.nan_to_num(error) / scale
    beyond = np.where((distance > allowed) | np.isinf(distance), distance, 0.0)
    if not beyond.any():
        return None
    place = tuple(int(i) for i in np.unravel_index(int(np.argmax(beyond)), beyond.shape))
    label = f"{what}[{', '.join(map(str, place))}]" if place else what
    return Gap(float(beyond[place]), label, leaf, place, float(x[place]), float(y[place]))

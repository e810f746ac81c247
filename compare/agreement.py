"""Do the methods agree? Entry by entry, within rounding and the error that a method claims for itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from compare.certify import Certificate
from compare.methods import Answer
from compare.wording import number
from expression.operations.operation import Array

ROUNDING = 1e-9  # half of float64's digits may go to the conditioning of f before two exact methods disagree
SAFETY = 10.0  # an error estimate is right within a factor


@dataclass(frozen=True, slots=True)
class Gap:
    """The entry where two answers differ most, by |a - b| / max(1, |a| + |b|)."""

    distance: float
    where: str
    first: float
    second: float


def disagreements(
    answers: Mapping[str, Answer], certificate: Certificate, names: Sequence[str], *, kinked: bool = False
) -> list[str]:
    """Notes in words on answers that differ by more than rounding and their own error estimates.

    Where the derivative is certified, the notes say which method is off; otherwise, which two differ.
    """
    pairs = [(a, b, widest_gap(answers[a], answers[b], names)) for a, b in combinations(answers, 2)]
    differing = [(a, b, gap) for a, b, gap in pairs if gap is not None]
    if not differing:
        return []
    start = "at a kink the methods need not agree" if kinked else "the methods disagree"
    if certificate.derivative is not None:
        truth = Answer(certificate.value, certificate.floats())
        off = [(name, widest_gap(answer, truth, names)) for name, answer in answers.items()]
        notes = [
            f"{start}: {name} gives {gap.where} = {number(gap.first)}, certified is {number(gap.second)}"
            for name, gap in off
            if gap is not None
        ]
        if notes:
            return notes
    return [
        f"{start}: {gap.where} is {number(gap.first)} by {a}, {number(gap.second)} by {b}" for a, b, gap in differing
    ]


def widest_gap(a: Answer, b: Answer, names: Sequence[str]) -> Gap | None:
    """Where two answers differ most beyond what is allowed; None where they agree."""
    columns = [("the value", a.value, b.value, 0.0, 0.0)]
    for k, name in enumerate(names):
        errors = [0.0 if answer.error is None else answer.error[k] for answer in (a, b)]
        columns.append((f"d/d{name}", a.derivative[k], b.derivative[k], errors[0], errors[1]))
    widest: Gap | None = None
    for where, x, y, x_error, y_error in columns:
        gap = gap_between(where, np.asarray(x, dtype=float), np.asarray(y, dtype=float), x_error, y_error)
        if gap is not None and (widest is None or gap.distance > widest.distance):
            widest = gap
    return widest


def gap_between(where: str, x: Array, y: Array, x_error: Any, y_error: Any) -> Gap | None:
    """The entry of two arrays that differs most beyond what is allowed."""
    with np.errstate(all="ignore"):
        scale = np.maximum(1.0, np.abs(x) + np.abs(y))
        same = (x == y) | (np.isnan(x) & np.isnan(y))
        distance = np.where(same, 0.0, np.nan_to_num(np.abs(x - y) / scale, nan=np.inf))
        allowed = ROUNDING + SAFETY * (np.nan_to_num(x_error) + np.nan_to_num(y_error)) / scale
    beyond = np.where(distance > allowed, distance, 0.0)
    if not beyond.any():
        return None
    place = np.unravel_index(int(np.argmax(beyond)), beyond.shape)
    label = f"{where}[{', '.join(str(int(i)) for i in place)}]" if place else where
    return Gap(float(beyond[place]), label, float(x[place]), float(y[place]))

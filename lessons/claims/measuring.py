"""What several measurements need: how far two derivatives are apart, and the samples of the operation table."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import autodiff
import numeric
from autodiff.tape import Event
from compare.agreement import ROUNDING, SAFETY
from expression import Expression
from expression.case import Case
from expression.corpus import CASES
from expression.operations import ROWS
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import BOOLEAN, Array, Operation
from expression.structure import flatten

EXACT = 1e-12  # what two methods without truncation may differ by, relative to max(1, |a| + |b|)
Call = tuple[Operation, tuple[Array, ...], dict[str, Any]]


def gap(a: Any, b: Any) -> float:
    """The largest |x - y| / max(1, |x| + |y|) over the entries of two trees; infinite where nan meets a number.

    >>> gap((1.0, 2.0), (1.0, 3.0))
    0.2
    """
    widest = 0.0
    for x, y in zip(flatten(a)[0], flatten(b)[0], strict=True):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        apart = np.abs(x - y) / np.maximum(1.0, np.abs(x) + np.abs(y))
        widest = max(widest, float(np.max(np.nan_to_num(apart, nan=np.inf), initial=0.0)))
    return widest


def rounded(x: float) -> str:
    """A difference with one digit, and no more than 0 for none at all.

    >>> rounded(0.0), rounded(2.3e-14)
    ('0', '2e-14')
    """
    return f"{x:.0e}" if x else "0"


def beyond_estimate(derivative: Any, f: Any, argnums: Sequence[int], args: Sequence[Any]) -> tuple[float, bool]:
    """How far a derivative is from the finite differences of f, and whether that is within their own error."""
    found = numeric.estimate(f, argnums)(*args)
    within = True
    for x, y, error in zip(*[flatten(tree)[0] for tree in (derivative, found.derivative, found.error)], strict=True):
        allowed = ROUNDING * np.maximum(1.0, np.abs(x) + np.abs(y)) + SAFETY * np.asarray(error)
        within = within and bool(np.all(np.abs(np.asarray(x) - y) <= allowed))
    return gap(derivative, found.derivative), within


def smooth_cases() -> tuple[Case, ...]:
    """The functions of the corpus that have a derivative at their default point and need no data from outside."""
    return tuple(case for case in CASES if case.smooth and not case.requires)


def direction_like(tree: Any, seed: int) -> list[Array]:
    """Fixed random tangents, one for each leaf."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.5, 1.5, np.shape(x))[()] for x in flatten(tree)[0]]


def inner(a: Sequence[Array], b: Sequence[Array]) -> float:
    """The inner product of two lists of arrays."""
    return float(sum(np.sum(np.asarray(x) * y) for x, y in zip(a, b, strict=True)))


def recorded_events(f: Any, args: Sequence[Any]) -> tuple[Expression, list[Event]]:
    """What a tape recorded of a call, and the steps of both its sweeps."""
    with np.errstate(all="ignore"), autodiff.GradientTape() as tape:  # a branch not taken may be nan
        y = f(*tape.watch(tuple(args)))
    return tape.expression(y), tape.events(y)


def reverse_events(f: Any, args: Sequence[Any]) -> list[Event]:
    """The steps of the reverse sweep alone."""
    return [event for event in recorded_events(f, args)[1] if event.sweep == "reverse"]


def sampled_calls() -> Iterator[Call]:
    """A call of every operation whose result is a floating number, inside its domain: (operation, x, parameters)."""
    rng = np.random.default_rng(0)
    for row in ROWS:
        if row is INPUT or row is CONSTANT:
            continue
        for shapes, parameters, integers in shapes_of(row):
            x = tuple([sampled(row, k, shape, integers.get(k), rng) for k, shape in enumerate(shapes)])
            if np.asarray(row(*x, **parameters)).dtype.kind == "f":
                yield row, x, parameters


def shapes_of(row: Operation) -> list[tuple[tuple[Any, ...], dict[str, Any], dict[int, Any]]]:
    """Shapes, parameters and index operands to call an operation with."""
    if row.samples:
        return [(sample.shapes, sample.parameters, sample.integers) for sample in row.samples]
    return [(((),) * len(row.domain), {}, {})]


def sampled(row: Operation, k: int, shape: tuple[int, ...], integers: Any, rng: np.random.Generator) -> Array:
    """An operand drawn from the domain that the row declares; kinks are met with probability 0."""
    domain = row.domain[min(k, len(row.domain) - 1)]
    if integers is not None:
        return np.asarray(integers)
    if isinstance(domain, str):
        root = rng.uniform(-1.0, 1.0, shape)
        eye = np.eye(shape[-1])
        return root @ np.swapaxes(root, -1, -2) + eye if domain == "spd" else root + 3 * eye
    if domain == BOOLEAN:
        return rng.integers(0, 2, shape).astype(bool)[()] if shape else bool(rng.integers(2))
    return rng.uniform(*domain, shape) if shape else float(rng.uniform(*domain))

"""crossover(): from how many outputs on does forward mode need fewer operations than reverse mode?

The Jacobian of f: R^n -> R^m takes n forward sweeps, one for each input, or m reverse sweeps, one for each output.
With F flops for the values, T more for a tangent sweep and R more for an adjoint sweep, all counted:

    as they are called     n (F + T)  against  F + m R     a jvp computes the values each time; a tape keeps them
    values kept by both    F + n T    against  F + m R     forward sweeps side by side, over values computed once

Griewank and Walther, "Evaluating Derivatives" (2008), sections 3.2 and 8.1.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np

import autodiff
from compare.families import slope, slope_text
from compare.racing import Race, race
from compare.records import document
from compare.tables import Shown, Table
from compare.wording import integer
from expression import trace
from expression.errors import ArgumentError
from expression.measures import flops
from expression.operations.operation import Array

SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
BUDGET = 0.4  # seconds for each measured place
HIDDEN = 16  # units between inputs and outputs
Function = Callable[[Array], Array]
Build = Callable[[int, int], tuple[Function, Array]]


def layers(n: int, m: int) -> tuple[Function, Array]:
    """Two layers, y = V tanh(W x), with 16 units between n inputs and m outputs."""
    W, V = weights(HIDDEN, n), weights(m, HIDDEN)
    return lambda x: V @ np.tanh(W @ x), np.linspace(0.1, 1.0, n)


def waves(n: int, m: int) -> tuple[Function, Array]:
    """A wave for each output, y_j = sum over i of sin(w_ji x_i)."""
    W = weights(m, n)
    return lambda x: np.sum(np.sin(W * x), axis=1), np.linspace(0.1, 1.0, n)


def cubics(n: int, m: int) -> tuple[Function, Array]:
    """A cubic for each output, y_j = sum over i of (w_ji x_i)^2 x_i."""
    W = weights(m, n)
    return lambda x: np.sum((W * x) * (W * x) * x, axis=1), np.linspace(0.1, 1.0, n)


def weights(rows: int, columns: int) -> Array:
    """Fixed weights between -1 and 1 that repeat nothing."""
    return np.sin(np.arange(1.0, rows * columns + 1.0)).reshape(rows, columns)


@dataclass(frozen=True, slots=True)
class Cell:
    """The counted flops for one number of inputs and of outputs."""

    n: int
    m: int
    values: int  # F
    tangent: int  # T, beyond the values
    adjoint: int  # R, beyond the values

    @property
    def forward(self) -> int:
        """The Jacobian by n calls of jvp."""
        return self.n * (self.values + self.tangent)

    @property
    def forward_kept(self) -> int:
        """The Jacobian by n tangent sweeps over values computed once."""
        return self.values + self.n * self.tangent

    @property
    def reverse(self) -> int:
        """The Jacobian by one tape and m sweeps back."""
        return self.values + self.m * self.adjoint


@dataclass(frozen=True, slots=True)
class Measured:
    """What a clock said at one place of the map."""

    n: int
    m: int
    race: Race

    @property
    def winner(self) -> str:
        """The mode that takes less time there, or tie."""
        return {"tie": "tie", "slower": "reverse", "faster": "forward"}[self.race.verdict("forward")]


@dataclass(frozen=True, slots=True, repr=False)
class Crossover(Shown):
    """The map of counted costs over inputs and outputs, and a few measured places on it."""

    name: str
    cells: tuple[Cell, ...]
    measured: tuple[Measured, ...] = ()

    @property
    def inputs(self) -> tuple[int, ...]:
        """The numbers of inputs."""
        return tuple(sorted({cell.n for cell in self.cells}))

    @property
    def outputs(self) -> tuple[int, ...]:
        """The numbers of outputs."""
        return tuple(sorted({cell.m for cell in self.cells}))

    def boundary(self, *, kept: bool = False) -> tuple[tuple[int, float], ...]:
        """For each n the m at which both modes cost the same, between the counted ones by logarithms.

        Where the map ends before, there is no entry.
        """
        found = []
        for n in self.inputs:
            column = sorted((cell for cell in self.cells if cell.n == n), key=lambda cell: cell.m)
            ratios = [log(cell.reverse / (cell.forward_kept if kept else cell.forward)) for cell in column]
            m = crossing([cell.m for cell in column], ratios)
            if m is not None:
                found.append((n, m))
        return tuple(found)

    def shift(self, *, kept: bool = False) -> float | None:
        """How many outputs an input is worth: m / n where the boundary leaves the map; None where it is not on it."""
        ratios = [m / n for n, m in self.boundary(kept=kept)]
        return ratios[-1] if ratios else None

    def boundary_slope(self, *, kept: bool = False) -> float | None:
        """The fitted log-log slope of the boundary."""
        points = self.boundary(kept=kept)
        return slope([n for n, _ in points], [m for _, m in points])

    def table(self) -> Table:
        """Where the boundary is."""
        called, kept = dict(self.boundary()), dict(self.boundary(kept=True))
        rows = tuple((str(n), edge(called.get(n)), edge(kept.get(n))) for n in self.inputs)
        headers = ("inputs n", "outputs m, as called", "outputs m, values kept")
        notes = [f"at n = {found.n}, m = {found.m}: {found.race.sentences[0]}" for found in self.measured]
        slopes = [slope_text(self.boundary_slope(kept=k)) or "none" for k in (False, True)]
        legend = (
            f"slope of the boundary, in logarithms: {slopes[0]} as called, {slopes[1]} with values kept",
            "above that m, forward mode needs fewer operations; below it, reverse mode",
        )
        title = f"{self.name}: outputs at which both modes cost the same"
        return Table(title, headers, rows, tuple(notes), legend)

    def __repr__(self) -> str:
        """What was counted; print it for the table."""
        return f"<Crossover of {self.name} at {len(self.cells)} places>"

    def to_json(self) -> str:
        """Strict JSON."""
        cells = [
            {
                "n": cell.n,
                "m": cell.m,
                "values": cell.values,
                "forward": cell.forward,
                "forward_kept": cell.forward_kept,
                "reverse": cell.reverse,
            }
            for cell in self.cells
        ]
        measured = [
            {"n": found.n, "m": found.m, "winner": found.winner, "sentence": found.race.sentences[0]}
            for found in self.measured
        ]
        content = {
            "name": self.name,
            "cells": cells,
            "boundary": self.boundary(),
            "boundary_kept": self.boundary(kept=True),
            "measured": measured,
        }
        return json.dumps(document("crossover", content), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw the map into a file, onto a matplotlib figure, or as a picture."""
        from compare.figures.crossing import plot_crossover

        return plot_crossover(self, target)


def crossover(
    build: Build = layers, sizes: Sequence[int] = SIZES, *, measured: Sequence[tuple[int, int]] = ()
) -> Crossover:
    """Count the Jacobian of build(n, m) = (f, x) by either mode, for all pairs of sizes; time it where `measured` says.

    Raises ArgumentError for fewer than two sizes, and for an f with another number of outputs.

    >>> found = crossover(sizes=(1, 4, 16, 64))
    >>> [(n, round(m, 6)) for n, m in found.boundary(kept=True)]
    [(1, 1.0), (4, 4.0), (16, 16.0), (64, 64.0)]
    """
    wanted = sorted(set(sizes))
    if len(wanted) < 2 or wanted[0] < 1:
        raise ArgumentError(f"crossover needs at least two sizes from 1 on, got {tuple(sizes)}")
    cells = tuple(counted(build, n, m) for n in wanted for m in wanted)
    return Crossover(build.__name__, cells, tuple(timed_at(build, n, m) for n, m in measured))


def counted(build: Build, n: int, m: int) -> Cell:
    """The flops of the values, of a jvp and of a vjp."""
    f, x = build(n, m)
    e = trace(f, x)
    if e.nodes[e.outputs[0]].shape != (m,):
        raise ArgumentError(
            f"{build.__name__}({n}, {m}) has outputs of shape {e.nodes[e.outputs[0]].shape}, not ({m},)"
        )

    def pulled(x: Array, y_bar: Array) -> Any:
        y, pullback = autodiff.vjp(f, x)
        return y, pullback(y_bar)

    values = flops(e)
    tangent = flops(trace(lambda x, x_dot: autodiff.jvp(f, (x,), (x_dot,)), x, x)) - values
    adjoint = flops(trace(pulled, x, np.ones(m))) - values
    return Cell(n, m, values, tangent, adjoint)


def timed_at(build: Build, n: int, m: int) -> Measured:
    """Both Jacobians, sweep by sweep as they are counted, in one race."""
    f, x = build(n, m)

    def by_forward() -> Array:
        return np.stack([autodiff.jvp(f, (x,), (direction,))[1] for direction in np.eye(n)], axis=1)

    def by_reverse() -> Array:
        _, pullback = autodiff.vjp(f, x)
        return np.stack([pullback(y_bar)[0] for y_bar in np.eye(m)])

    return Measured(n, m, race({"reverse": by_reverse, "forward": by_forward}, budget=BUDGET))


def crossing(m: Sequence[int], ratios: Sequence[float]) -> float | None:
    """Where a growing sequence passes 0, with m between its points by logarithms; None where it does not.

    >>> crossing((1, 4), (-1.0, 1.0))
    2.0
    """
    for (a, low), (b, high) in zip(zip(m, ratios, strict=True), list(zip(m, ratios, strict=True))[1:], strict=False):
        if low == 0.0 or low < 0.0 < high:
            part = 0.0 if low == high else -low / (high - low)
            return exp(log(a) + part * (log(b) - log(a)))
    return float(m[-1]) if ratios[-1] == 0.0 else None


def edge(m: float | None) -> str:
    """A place on the boundary, or that the map ends before."""
    return "beyond" if m is None else integer(round(m)) if abs(m - round(m)) < 1e-9 else f"{m:.1f}"

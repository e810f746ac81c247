"""V1: Rosenbrock's function of n inputs, written with slices, and its gradient.

f(x) = sum of 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2, i = 1 .. n - 1
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.calling import (
    alone,
    alone_compiled,
    compiled,
    taped,
    with_autograd,
    with_casadi,
    with_casadi_c,
    with_jax,
    with_mygrad,
    with_pytorch,
)
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Contestant, Duel, Workload, unguarded
from expression.operations.operation import Array

SIZES = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
RACED = (10, 1_000, 1_000_000)  # against peers: small, in the cache, beyond it


@dataclass(frozen=True, slots=True)
class Start:
    """A point."""

    parameters: Array  # (n,)
    others: tuple[()] = ()


def data(size: int) -> Start:
    """A point where no term is large."""
    return Start(np.random.default_rng(8).uniform(0.5, 1.5, size))


def by_hand(start: Start) -> Contestant:
    """The gradient in NumPy, with few temporary arrays."""

    def run() -> Answer:
        x = start.parameters
        head = x[:-1]
        rest = 1.0 - head
        valley = head * head
        np.subtract(x[1:], valley, out=valley)
        value = 100.0 * (valley @ valley) + rest @ rest
        x_bar = np.empty_like(x)
        x_bar[0] = 0.0
        valley *= 200.0
        x_bar[1:] = valley
        valley *= head
        valley += rest
        valley *= 2.0
        x_bar[:-1] -= valley
        return value, x_bar

    return run


def rosenbrock(x: Any) -> Any:
    """The program, for whatever has slices and a sum of its own."""
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def casadi_words() -> Any:
    """CasADi, whose sums are functions."""
    import casadi as ca

    return lambda x: 100.0 * ca.sumsqr(x[1:] - x[:-1] ** 2) + ca.sumsqr(1.0 - x[:-1])


ROWS = (
    Workload(
        name="V1",
        title="Rosenbrock's function of n inputs, by slices",
        sizes=SIZES,
        quick=(10, 1_000, 100_000),
        make=data,
        contestants={
            "by hand": by_hand,
            "f alone": alone(rosenbrock),
            "f alone compiled": alone_compiled(rosenbrock),
            "trigrad": taped(rosenbrock),
            "trigrad compiled": compiled(rosenbrock),
            "autograd": with_autograd(lambda: rosenbrock),
            "MyGrad": with_mygrad(lambda: rosenbrock),
            "MyGrad unguarded": unguarded(with_mygrad(lambda: rosenbrock)),
            "PyTorch": with_pytorch(lambda: rosenbrock),
            "JAX": with_jax(lambda: rosenbrock),
            "CasADi": with_casadi(casadi_words),
            "CasADi C": with_casadi_c(casadi_words),
        },
        reference="by hand",
        duels=(
            Duel("trigrad compiled", "f alone compiled", quick=True),
            Duel("trigrad", "f alone", quick=True),
            Duel("trigrad compiled", "by hand", dict.fromkeys(RACED, NOT_BEHIND), sizes=RACED),
            Duel("trigrad compiled", "autograd", dict.fromkeys(RACED, AHEAD), sizes=RACED),
            Duel("trigrad compiled", "PyTorch", dict.fromkeys(RACED, AHEAD), sizes=RACED),
            Duel("trigrad compiled", "JAX", sizes=RACED),
            Duel("trigrad compiled", "CasADi", sizes=(10, 1_000)),
            Duel("trigrad compiled", "CasADi C", sizes=(10,)),
            Duel("trigrad", "by hand", sizes=RACED),
            Duel("trigrad", "autograd", sizes=RACED),
            Duel("trigrad", "MyGrad unguarded", sizes=RACED),
            Duel("trigrad", "PyTorch", sizes=RACED),
        ),
    ),
)

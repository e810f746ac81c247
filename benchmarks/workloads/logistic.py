"""S1: the logistic map x <- 4 x (1 - x), n times, and its derivative by the start.

The whole program is a few numbers, so what a call costs beside them shows.
"""

from dataclasses import dataclass
from typing import Any

from benchmarks.calling import (
    Loss,
    alone,
    alone_compiled,
    compiled,
    taped,
    with_autograd,
    with_casadi,
    with_casadi_c,
    with_jax,
    with_micrograd,
    with_pytorch,
)
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Build, Contestant, Duel, Workload

SIZES = (1, 10, 30)


@dataclass(frozen=True, slots=True)
class Orbit:
    """How often the map is applied, and to what."""

    n: int
    parameters: float
    others: tuple[()] = ()


def data(size: int) -> Orbit:
    """A start like any other."""
    return Orbit(size, 0.3)


def logistic(n: int) -> Loss:
    """The program, for whatever has these operators."""

    def orbit(x: Any) -> Any:
        for _ in range(n):
            x = 4.0 * x * (1.0 - x)
        return x

    return orbit


def by_hand(start: Orbit) -> Contestant:
    """One number in, one out: the derivative goes along with the value, by 4 - 8 x a step."""
    n = start.n

    def run() -> Answer:
        x, x_dot = start.parameters, 1.0
        for _ in range(n):
            x_dot *= 4.0 - 8.0 * x
            x = 4.0 * x * (1.0 - x)
        return x, x_dot

    return run


def program(way: Any) -> Build:
    """A way to call a library, which is given the program of the size at hand."""
    return lambda start: way(logistic(start.n))(start)


def words(way: Any) -> Build:
    """The same for a library that is imported first."""
    return lambda start: way(lambda: logistic(start.n))(start)


ROWS = (
    Workload(
        name="S1",
        title="logistic map, n steps, one Python float",
        sizes=SIZES,
        quick=(30,),
        make=data,
        contestants={
            "by hand": by_hand,
            "f alone": program(alone),
            "f alone compiled": program(alone_compiled),
            "trigrad": program(taped),
            "trigrad compiled": program(compiled),
            "micrograd": program(with_micrograd),
            "autograd": words(with_autograd),
            "PyTorch": words(with_pytorch),
            "JAX": words(with_jax),
            "CasADi": words(with_casadi),
            "CasADi C": words(with_casadi_c),
        },
        reference="by hand",
        duels=(
            Duel("trigrad compiled", "by hand", dict.fromkeys(SIZES, NOT_BEHIND), quick=True),
            Duel("trigrad compiled", "f alone compiled", sizes=(30,)),
            Duel("trigrad compiled", "autograd", {30: AHEAD}, sizes=(30,)),
            Duel("trigrad compiled", "PyTorch", {30: AHEAD}, sizes=(30,)),
            Duel("trigrad compiled", "JAX", dict.fromkeys(SIZES, AHEAD), quick=True),
            Duel("trigrad compiled", "CasADi"),
            Duel("trigrad compiled", "CasADi C"),
            Duel("trigrad", "f alone", sizes=(30,)),
            Duel("trigrad", "micrograd", sizes=(30,)),
            Duel("trigrad", "PyTorch", sizes=(30,)),
        ),
    ),
)

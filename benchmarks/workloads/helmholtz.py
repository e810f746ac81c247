"""S4: the Helmholtz energy of a mixed fluid by the Peng-Robinson equation of state, Griewank's example, with R T = 1.

f(x) = sum x_i ln(x_i / (1 - b x)) - x A x / (sqrt(8) b x) ln((1 + (1 + sqrt 2) b x) / (1 + (1 - sqrt 2) b x))

Source: Griewank, On automatic differentiation, in: Mathematical Programming (1989), section 5.
"""

from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np

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
    with_mygrad,
    with_pytorch,
)
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Contestant, Duel, Workload, unguarded
from expression.operations.operation import Array

SIZES = (10, 100)
PLUS, MINUS, ROOT8 = 1.0 + sqrt(2.0), 1.0 - sqrt(2.0), sqrt(8.0)


@dataclass(frozen=True, slots=True)
class Mixture:
    """The amounts of n components, their interactions and volumes."""

    parameters: Array  # x (n,)
    others: tuple[Array, Array]  # A (n, n), symmetric; b (n,)


def data(size: int) -> Mixture:
    """A mixture that fills about a third of the volume: b x must stay below 1."""
    rng = np.random.default_rng(7)
    A, b = rng.uniform(0.0, 0.1, (size, size)), rng.uniform(0.0, 0.1, size)
    x = rng.uniform(0.5, 1.0, size)
    return Mixture(x / (3.0 * (b @ x)), ((A + A.T) / 2, b))


def by_hand(mixture: Mixture) -> Contestant:
    """The gradient as one derives it on paper, where A is symmetric: one product with A, one logarithm of a vector."""
    A, b = mixture.others

    def run() -> Answer:
        x = mixture.parameters
        bx, Ax = float(b @ x), A @ x
        xAx, free = float(x @ Ax), 1.0 - bx
        logs = np.log(x / free)
        above, below = 1.0 + PLUS * bx, 1.0 + MINUS * bx
        c = log(above / below) / (ROOT8 * bx)
        bx_bar = x.sum() / free + xAx * (c - (PLUS / above - MINUS / below) / ROOT8) / bx
        x_bar = logs - 2.0 * c * Ax
        value = x @ logs - xAx * c
        x_bar += 1.0 + bx_bar * b
        return value, x_bar

    return run


def energy(library: Any) -> Loss:
    """The program as one writes it with arrays, with the functions of a library."""

    def f(x: Any, A: Any, b: Any) -> Any:
        bx = b @ x
        ideal = library.sum(x * library.log(x / (1.0 - bx)))
        return ideal - x @ (A @ x) / (ROOT8 * bx) * library.log((1.0 + PLUS * bx) / (1.0 + MINUS * bx))

    return f


def autograd_words() -> Loss:
    """Autograd's own NumPy."""
    import autograd.numpy as anp

    return energy(anp)


def mygrad_words() -> Loss:
    """MyGrad, whose products are written as functions where the array is on the left."""
    import mygrad as mg

    def f(x: Any, A: Array, b: Array) -> Any:
        bx = mg.matmul(b, x)
        ideal = mg.sum(x * mg.log(x / (1.0 - bx)))
        xAx = mg.matmul(x, mg.matmul(A, x))
        return ideal - xAx / (ROOT8 * bx) * mg.log((1.0 + PLUS * bx) / (1.0 + MINUS * bx))

    return f


def pytorch_words() -> Loss:
    """PyTorch."""
    import torch

    return energy(torch)


def jax_words() -> Loss:
    """JAX."""
    import jax.numpy as jnp

    return energy(jnp)


def casadi_words() -> Loss:
    """CasADi, which has matrices alone."""
    import casadi as ca

    def f(x: Any, A: Array, b: Array) -> Any:
        bx = ca.dot(b, x)
        ideal = ca.dot(x, ca.log(x / (1.0 - bx)))
        return ideal - ca.bilin(A, x, x) / (ROOT8 * bx) * ca.log((1.0 + PLUS * bx) / (1.0 + MINUS * bx))

    return f


ROWS = (
    Workload(
        name="S4",
        title="Helmholtz energy of n components",
        sizes=SIZES,
        quick=(10,),
        make=data,
        contestants={
            "by hand": by_hand,
            "f alone": alone(energy(np)),
            "f alone compiled": alone_compiled(energy(np)),
            "trigrad": taped(energy(np)),
            "trigrad compiled": compiled(energy(np)),
            "autograd": with_autograd(autograd_words),
            "MyGrad": with_mygrad(mygrad_words),
            "MyGrad unguarded": unguarded(with_mygrad(mygrad_words)),
            "PyTorch": with_pytorch(pytorch_words),
            "JAX": with_jax(jax_words),
            "CasADi": with_casadi(casadi_words),
            "CasADi C": with_casadi_c(casadi_words),
        },
        reference="by hand",
        duels=(
            Duel("trigrad compiled", "by hand", dict.fromkeys(SIZES, NOT_BEHIND), quick=True),
            Duel("trigrad compiled", "f alone compiled", sizes=(100,)),
            Duel("trigrad compiled", "autograd", dict.fromkeys(SIZES, AHEAD)),
            Duel("trigrad compiled", "PyTorch", dict.fromkeys(SIZES, AHEAD)),
            Duel("trigrad compiled", "JAX", quick=True),
            Duel("trigrad compiled", "CasADi"),
            Duel("trigrad compiled", "CasADi C", sizes=(10,)),
            Duel("trigrad", "by hand"),
            Duel("trigrad", "f alone", sizes=(100,)),
            Duel("trigrad", "autograd"),
            Duel("trigrad", "MyGrad unguarded", sizes=(10,)),
            Duel("trigrad", "PyTorch"),
        ),
    ),
)

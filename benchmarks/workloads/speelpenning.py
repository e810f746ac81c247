"""S2: Speelpenning's product x_1 x_2 ... x_n, whose n partials one reverse sweep gives.

Once as a loop over Python floats, once as the one operation that arrays have for it.
Source: Speelpenning, Compiling Fast Partial Derivatives of Functions Given by Algorithms (1980).
"""

from dataclasses import dataclass, replace
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
    with_micrograd,
    with_pytorch,
)
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Build, Contestant, Duel, Workload
from expression.operations.operation import Array

SIZES = (10, 100, 1_000, 10_000)
SHALLOW = (10, 100)  # as deep as micrograd recurses, and as much as XLA compiles within a minute


@dataclass(frozen=True, slots=True)
class Factors:
    """The numbers that are multiplied: a list of Python floats, or an array."""

    parameters: Any
    others: tuple[()] = ()


def floats(size: int) -> Factors:
    """Factors so near 1 that their product is, too."""
    return Factors(np.exp(np.random.default_rng(6).normal(size=size) / np.sqrt(size)).tolist())


def arrays(size: int) -> Factors:
    """The same factors in an array."""
    return Factors(np.array(floats(size).parameters))


def product(x: Any) -> Any:
    """The program on numbers, for whatever multiplies."""
    y = 1.0
    for factor in x:
        y = y * factor
    return y


def by_hand(factors: Factors) -> Contestant:
    """All products from the left are kept; those from the right grow on the way back. Zeros do no harm."""

    def run() -> Answer:
        x = factors.parameters
        y, left = 1.0, []
        for factor in x:
            left.append(y)
            y *= factor
        right, x_bar = 1.0, []
        for factor, before in zip(reversed(x), reversed(left), strict=True):
            x_bar.append(before * right)
            right *= factor
        x_bar.reverse()
        return y, x_bar

    return run


def by_hand_on_arrays(factors: Factors) -> Contestant:
    """Cumulative products from both sides."""

    def run() -> Answer:
        x = factors.parameters
        left = np.cumprod(x)
        x_bar = np.empty_like(x)
        x_bar[-1] = 1.0
        np.cumprod(x[:0:-1], out=x_bar[-2::-1])
        x_bar[1:] *= left[:-1]
        return left[-1], x_bar

    return run


def product_of_array(x: Array) -> Array:
    """The program on an array."""
    return np.prod(x)


def on_array(build: Build) -> Build:
    """For libraries that have no use for a list of a thousand numbers."""
    return lambda factors: build(replace(factors, parameters=np.array(factors.parameters)))


def autograd_words() -> Any:
    """Autograd's own NumPy."""
    import autograd.numpy as anp

    return anp.prod


def pytorch_words() -> Any:
    """PyTorch's product."""
    import torch

    return torch.prod


def jax_words() -> Any:
    """JAX's product."""
    import jax.numpy as jnp

    return jnp.prod


ROWS = (
    Workload(
        name="S2 floats",
        title="Speelpenning's product of n Python floats, in a loop",
        sizes=SIZES,
        quick=(100,),
        make=floats,
        contestants={
            "by hand": by_hand,
            "f alone": alone(product),
            "f alone compiled": alone_compiled(product),
            "trigrad": taped(product),
            "trigrad compiled": compiled(product),
            "micrograd": with_micrograd(product),
            "autograd": on_array(with_autograd(lambda: product)),
            "PyTorch": on_array(with_pytorch(lambda: product)),
            "JAX": on_array(with_jax(lambda: product)),
            "CasADi": with_casadi(lambda: product),
            "CasADi C": with_casadi_c(lambda: product),
        },
        reference="by hand",
        duels=(
            Duel("trigrad compiled", "by hand", dict.fromkeys(SIZES, NOT_BEHIND)),
            Duel("trigrad compiled", "f alone compiled"),
            Duel("trigrad compiled", "autograd", {100: AHEAD}, sizes=(100,)),
            Duel("trigrad compiled", "PyTorch", {100: AHEAD, 10_000: AHEAD}, sizes=(100, 10_000)),
            Duel("trigrad compiled", "JAX", dict.fromkeys(SHALLOW, AHEAD), sizes=SHALLOW),
            Duel("trigrad compiled", "CasADi"),
            Duel("trigrad compiled", "CasADi C", sizes=SHALLOW),
            Duel("trigrad", "f alone"),
            Duel("trigrad", "micrograd", sizes=(100,), quick=True),
            Duel("trigrad", "PyTorch", sizes=(100,)),
        ),
    ),
    Workload(
        name="S2 arrays",
        title="Speelpenning's product of an array, in one operation",
        sizes=(10, 1_000),
        quick=(1_000,),
        make=arrays,
        contestants={
            "by hand": by_hand_on_arrays,
            "trigrad": taped(product_of_array),
            "trigrad compiled": compiled(product_of_array),
            "autograd": with_autograd(autograd_words),
            "PyTorch": with_pytorch(pytorch_words),
            "JAX": with_jax(jax_words),
        },
        reference="by hand",
        duels=(
            Duel("trigrad compiled", "by hand", {10: NOT_BEHIND, 1_000: NOT_BEHIND}),
            Duel("trigrad compiled", "autograd", {10: AHEAD, 1_000: AHEAD}),
            Duel("trigrad compiled", "PyTorch", {10: AHEAD, 1_000: AHEAD}),
            Duel("trigrad compiled", "JAX"),
            Duel("trigrad", "autograd"),
            Duel("trigrad", "PyTorch"),
        ),
    ),
)

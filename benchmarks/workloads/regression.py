"""V2: logistic regression, and the gradient by its weights: two products with a matrix that no cache holds.

loss(w) = mean of log(1 + exp(-y x w)) over rows + 1e-3 |w|^2
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.calling import Loss, compiled, taped, with_autograd, with_jax, with_mygrad, with_pytorch
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Contestant, Duel, Workload, unguarded
from expression.operations.operation import Array

COLUMNS = 100
DECAY = 1e-3


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with their sides, and weights."""

    parameters: Array  # w (100,)
    others: tuple[Array, Array]  # X (N, 100); y (N,): -1 or 1


def data(size: int) -> Table:
    """Rows whose sides are not quite those of a plane."""
    rng = np.random.default_rng(9)
    X, w = rng.normal(size=(size, COLUMNS)), rng.normal(size=COLUMNS) / np.sqrt(COLUMNS)
    y = np.where(X @ w + 0.5 * rng.normal(size=size) > 0, 1.0, -1.0)
    return Table(rng.normal(size=COLUMNS) / np.sqrt(COLUMNS), (X, y))


def by_hand(table: Table) -> Contestant:
    """The gradient in NumPy; one exponential of |margin| serves the logarithm and its derivative."""
    X, y = table.others

    def run() -> Answer:
        w = table.parameters
        margin = y * (X @ w)
        e = np.exp(-np.abs(margin))
        loss = (np.maximum(-margin, 0.0) + np.log1p(e)).mean() + DECAY * (w @ w)
        margin_bar = np.where(margin > 0, e, 1.0) / (1.0 + e)
        margin_bar *= y
        return loss, (2 * DECAY) * w - (margin_bar @ X) / len(y)

    return run


def loss(w: Array, X: Array, y: Array) -> Array:
    """The program in NumPy."""
    return np.mean(np.logaddexp(0.0, -y * (X @ w))) + DECAY * np.sum(w * w)


def autograd_words() -> Loss:
    """Autograd's own NumPy."""
    import autograd.numpy as anp

    def loss(w: Array, X: Array, y: Array) -> Array:
        return anp.mean(anp.logaddexp(0.0, -y * anp.dot(X, w))) + DECAY * anp.sum(w * w)

    return loss


def mygrad_words() -> Loss:
    """MyGrad's tensors."""
    import mygrad as mg

    def loss(w: Array, X: Array, y: Array) -> Array:
        return mg.mean(mg.logaddexp(0.0, -y * mg.matmul(X, w))) + DECAY * mg.sum(w * w)

    return loss


def pytorch_words() -> Loss:
    """PyTorch's own loss, which is one operation."""
    import torch

    def loss(w: Array, X: Array, y: Array) -> Array:
        return torch.nn.functional.soft_margin_loss(X @ w, y) + DECAY * torch.sum(w * w)

    return loss


def jax_words() -> Loss:
    """JAX."""
    import jax
    import jax.numpy as jnp

    def loss(w: Array, X: Array, y: Array) -> Array:
        return jnp.mean(jax.nn.softplus(-y * (X @ w))) + DECAY * jnp.sum(w * w)

    return loss


ROWS = (
    Workload(
        name="V2",
        title="logistic regression, 10,000 x 100",
        sizes=(10_000,),
        quick=(10_000,),
        make=data,
        contestants={
            "by hand": by_hand,
            "trigrad": taped(loss),
            "trigrad compiled": compiled(loss),
            "autograd": with_autograd(autograd_words),
            "MyGrad": with_mygrad(mygrad_words),
            "MyGrad unguarded": unguarded(with_mygrad(mygrad_words)),
            "PyTorch": with_pytorch(pytorch_words),
            "JAX": with_jax(jax_words),
        },
        reference="by hand",
        duels=(
            Duel("trigrad compiled", "by hand", {10_000: NOT_BEHIND}, quick=True),
            Duel("trigrad compiled", "autograd", {10_000: AHEAD}),
            Duel("trigrad compiled", "PyTorch", {10_000: AHEAD}),
            Duel("trigrad compiled", "JAX"),
            Duel("trigrad", "by hand"),
            Duel("trigrad", "autograd"),
            Duel("trigrad", "MyGrad unguarded"),
            Duel("trigrad", "PyTorch"),
        ),
    ),
)

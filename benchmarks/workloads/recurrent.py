"""N2: a recurrent network of 50 steps, and the gradients of its three parameters.

h <- tanh(x U + b + h W), from h = 0; loss = mean of (h - y)^2 over the entries of the last h

Everybody computes x U + b for all steps at once. Source: Elman, Finding structure in time, Cognitive Science 14 (1990).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.calling import Loss, compiled, taped, with_autograd, with_jax, with_mygrad, with_pytorch
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Contestant, Duel, Workload, unguarded
from expression import scan
from expression.operations.operation import Array

STEPS, WIDTH = 50, 64
Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sequences:
    """Random sequences, what the last state should be, and parameters."""

    X: Array  # (50, N, 64)
    Y: Array  # (N, 64)
    parameters: Parameters  # U, W (64, 64), b (64,)

    @property
    def others(self) -> tuple[Array, Array]:
        """What the loss takes besides its parameters."""
        return self.X, self.Y


def data(size: int) -> Sequences:
    """As many sequences, and a network whose states neither die out nor saturate."""
    rng = np.random.default_rng(3)
    parameters = {
        "U": rng.normal(size=(WIDTH, WIDTH)) / np.sqrt(WIDTH),
        "W": rng.normal(size=(WIDTH, WIDTH)) / np.sqrt(WIDTH),
        "b": 0.1 * rng.normal(size=WIDTH),
    }
    return Sequences(rng.normal(size=(STEPS, size, WIDTH)), rng.uniform(-1.0, 1.0, (size, WIDTH)), parameters)


def by_hand(sequences: Sequences) -> Contestant:
    """Backpropagation through time in NumPy: the gradients of all steps are one product each."""
    X, Y = sequences.others
    rows = X.reshape(-1, WIDTH)

    def run() -> Answer:
        U, W, b = (sequences.parameters[name] for name in "UWb")
        a = (rows @ U + b).reshape(X.shape)
        h = np.zeros((STEPS + 1, *Y.shape))
        for k in range(STEPS):
            np.tanh(a[k] + h[k] @ W, out=h[k + 1])
        error = h[STEPS] - Y
        h_bar = error * (2 / error.size)
        a_bar = 1 - h[1:] ** 2
        for k in reversed(range(STEPS)):
            a_bar[k] *= h_bar
            h_bar = a_bar[k] @ W.T
        rows_bar = a_bar.reshape(-1, WIDTH)
        W_bar = h[:STEPS].reshape(-1, WIDTH).T @ rows_bar
        return (error * error).mean(), {"U": rows.T @ rows_bar, "W": W_bar, "b": rows_bar.sum(axis=0)}

    return run


def loss(parameters: Parameters, X: Array, Y: Array) -> Array:
    """The program as a loop in NumPy, whose steps are all recorded."""
    a = X @ parameters["U"] + parameters["b"]
    h = np.zeros_like(Y)
    for k in range(STEPS):
        h = np.tanh(a[k] + h @ parameters["W"])
    return np.mean((h - Y) ** 2)


def loss_by_scan(parameters: Parameters, X: Array, Y: Array) -> Array:
    """The program with its loop as one operation."""

    def step(h: Array, a: Array) -> tuple[Array, Any]:
        return np.tanh(a + h @ parameters["W"]), ()

    h, _ = scan(step, np.zeros_like(Y), X @ parameters["U"] + parameters["b"])
    return np.mean((h - Y) ** 2)


def autograd_words() -> Loss:
    """Autograd's own NumPy."""
    import autograd.numpy as anp

    def loss(parameters: Parameters, X: Array, Y: Array) -> Array:
        a = anp.dot(X, parameters["U"]) + parameters["b"]
        h = np.zeros_like(Y)
        for k in range(STEPS):
            h = anp.tanh(a[k] + anp.dot(h, parameters["W"]))
        return anp.mean((h - Y) ** 2)

    return loss


def mygrad_words() -> Loss:
    """MyGrad's tensors."""
    import mygrad as mg

    def loss(parameters: Parameters, X: Array, Y: Array) -> Array:
        a = mg.matmul(X, parameters["U"]) + parameters["b"]
        h = np.zeros_like(Y)
        for k in range(STEPS):
            h = mg.tanh(a[k] + mg.matmul(h, parameters["W"]))
        return mg.mean((h - Y) ** 2)

    return loss


def pytorch_words() -> Loss:
    """PyTorch's own recurrent layer, which takes the transposes and a second bias."""
    import torch

    def loss(parameters: dict[str, Any], X: Any, Y: Any) -> Any:
        start, second = torch.zeros_like(Y)[None], torch.zeros_like(parameters["b"])
        weights = (parameters["U"].T, parameters["W"].T, parameters["b"], second)
        _, h = torch.rnn_tanh(X, start, weights, True, 1, 0.0, True, False, False)
        return torch.nn.functional.mse_loss(h[0], Y)

    return loss


def jax_words() -> Loss:
    """JAX's scan."""
    import jax
    import jax.numpy as jnp

    def loss(parameters: Parameters, X: Array, Y: Array) -> Array:
        def step(h: Array, a: Array) -> tuple[Array, None]:
            return jnp.tanh(a + h @ parameters["W"]), None

        h, _ = jax.lax.scan(step, jnp.zeros_like(Y), X @ parameters["U"] + parameters["b"])
        return jnp.mean((h - Y) ** 2)

    return loss


ROWS = (
    Workload(
        name="N2",
        title="recurrent network, 50 steps, width 64, tanh, batch 32",
        sizes=(32,),
        quick=(32,),
        make=data,
        contestants={
            "by hand": by_hand,
            "trigrad": taped(loss),
            "trigrad compiled": compiled(loss),
            "trigrad compiled scan": compiled(loss_by_scan),
            "autograd": with_autograd(autograd_words),
            "MyGrad": with_mygrad(mygrad_words),
            "MyGrad unguarded": unguarded(with_mygrad(mygrad_words)),
            "PyTorch": with_pytorch(pytorch_words),
            "JAX": with_jax(jax_words),
        },
        reference="by hand",
        duels=(
            Duel("trigrad", "by hand"),
            Duel("trigrad", "autograd"),
            Duel("trigrad", "MyGrad unguarded"),
            Duel("trigrad", "PyTorch"),
            Duel("trigrad compiled", "by hand", {32: NOT_BEHIND}, quick=True),
            Duel("trigrad compiled", "autograd", {32: AHEAD}),
            Duel("trigrad compiled", "PyTorch", {32: AHEAD}, quick=True),
            Duel("trigrad compiled", "JAX"),
            Duel("trigrad compiled scan", "by hand", {32: NOT_BEHIND}),
            Duel("trigrad compiled scan", "PyTorch", {32: AHEAD}),
            Duel("trigrad compiled scan", "JAX"),
        ),
    ),
)

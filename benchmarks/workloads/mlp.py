"""N1: the teaching network on digits: 64 inputs, one tanh layer, 10 classes, and the gradients of all parameters.

loss = mean over images of -log softmax(tanh(X W1 + b1) W2 + b2) at the label
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Contestant, Duel, Workload, unguarded
from expression.operations.operation import Array

PIXELS, HIDDEN, CLASSES = 64, 128, 10


@dataclass(frozen=True, slots=True)
class Batch:
    """Images like digits, their labels, and parameters."""

    X: Array  # (N, 64): grey values in sixteenths
    labels: Array  # (N,): integers
    Y: Array  # (N, 10): one-hot rows
    parameters: tuple[Array, Array, Array, Array]  # W1, b1, W2, b2


def data(size: int) -> Batch:
    """A batch and a fresh network."""
    rng = np.random.default_rng(2)
    X = rng.integers(0, 17, (size, PIXELS)) / 16
    labels = rng.integers(0, CLASSES, size)
    W1 = rng.normal(size=(PIXELS, HIDDEN)) / np.sqrt(PIXELS)
    W2 = rng.normal(size=(HIDDEN, CLASSES)) / np.sqrt(HIDDEN)
    b1, b2 = 0.1 * rng.normal(size=HIDDEN), 0.1 * rng.normal(size=CLASSES)
    return Batch(X, labels, np.eye(CLASSES)[labels], (W1, b1, W2, b2))


def by_hand(batch: Batch) -> Contestant:
    """The reverse sweep as one would write it in NumPy; the cotangent of the logits is (softmax - Y) / N."""
    X, Y = batch.X, batch.Y

    def run() -> Answer:
        W1, b1, W2, b2 = batch.parameters
        h = np.tanh(X @ W1 + b1)
        z = h @ W2 + b2
        z = z - z.max(axis=1, keepdims=True)
        e = np.exp(z)
        total = e.sum(axis=1, keepdims=True)
        loss = -((z - np.log(total)) * Y).sum() / len(X)
        z_bar = (e / total - Y) / len(X)
        a_bar = (z_bar @ W2.T) * (1 - h * h)
        return loss, (X.T @ a_bar, a_bar.sum(axis=0), h.T @ z_bar, z_bar.sum(axis=0))

    return run


def ours(batch: Batch) -> Contestant:
    """The tape of trigrad under plain NumPy code."""
    from autodiff import value_and_grad
    from expression.functions import log_softmax

    def loss(W1: Array, b1: Array, W2: Array, b2: Array) -> Array:
        h = np.tanh(batch.X @ W1 + b1)
        return -np.mean(np.sum(batch.Y * log_softmax(h @ W2 + b2), axis=1))

    function = value_and_grad(loss, argnums=(0, 1, 2, 3))
    return lambda: function(*batch.parameters)


def ours_compiled(batch: Batch) -> Contestant:
    """The same program, recorded once and compiled; images and labels are arguments, as each step brings new ones."""
    from autodiff import value_and_grad
    from expression.functions import log_softmax

    def loss(W1: Array, b1: Array, W2: Array, b2: Array, X: Array, Y: Array) -> Array:
        h = np.tanh(X @ W1 + b1)
        return -np.mean(np.sum(Y * log_softmax(h @ W2 + b2), axis=1))

    function = value_and_grad(loss, argnums=(0, 1, 2, 3), compile=True)
    return lambda: function(*batch.parameters, batch.X, batch.Y)


def autograd(batch: Batch) -> Contestant:
    """Autograd's own NumPy and SciPy."""
    import autograd
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    def loss(W1: Array, b1: Array, W2: Array, b2: Array) -> Array:
        h = anp.tanh(batch.X @ W1 + b1)
        z = h @ W2 + b2
        return -anp.mean(anp.sum(batch.Y * (z - logsumexp(z, axis=1, keepdims=True)), axis=1))

    function = autograd.value_and_grad(loss, argnum=(0, 1, 2, 3))
    return lambda: function(*batch.parameters)


def mygrad(batch: Batch) -> Contestant:
    """MyGrad with its own loss, which is one operation."""
    import mygrad as mg
    from mygrad.nnet.losses import softmax_crossentropy

    def run() -> Answer:
        leaves = [mg.tensor(x, copy=False) for x in batch.parameters]
        W1, b1, W2, b2 = leaves
        h = mg.tanh(mg.matmul(batch.X, W1) + b1)
        loss = softmax_crossentropy(mg.matmul(h, W2) + b2, batch.labels)
        loss.backward()
        return loss.data, tuple([leaf.grad for leaf in leaves])

    return run


def pytorch(batch: Batch) -> Contestant:
    """PyTorch eager, as its own Linear layers and loss compute: each is one operation."""
    import torch

    leaves = [torch.from_numpy(x).requires_grad_() for x in batch.parameters]
    X, labels = torch.from_numpy(batch.X), torch.from_numpy(batch.labels)
    W1, b1, W2, b2 = leaves

    def run() -> Answer:
        h = torch.tanh(torch.addmm(b1, X, W1))
        loss = torch.nn.functional.cross_entropy(torch.addmm(b2, h, W2), labels)
        return loss, torch.autograd.grad(loss, leaves)

    return run


def pytorch_op_by_op(batch: Batch) -> Contestant:
    """PyTorch eager with the operations that the others have."""
    import torch

    leaves = [torch.from_numpy(x).requires_grad_() for x in batch.parameters]
    X, Y = torch.from_numpy(batch.X), torch.from_numpy(batch.Y)
    W1, b1, W2, b2 = leaves

    def run() -> Answer:
        h = torch.tanh(X @ W1 + b1)
        loss = -torch.mean(torch.sum(Y * torch.log_softmax(h @ W2 + b2, 1), 1))
        return loss, torch.autograd.grad(loss, leaves)

    return run


def jax(batch: Batch) -> Contestant:
    """JAX with its own log_softmax, compiled."""
    import jax
    import jax.numpy as jnp

    def loss(parameters: tuple[Array, ...], X: Array, labels: Array) -> Array:
        W1, b1, W2, b2 = parameters
        h = jnp.tanh(X @ W1 + b1)
        scores = jax.nn.log_softmax(h @ W2 + b2)
        return -jnp.mean(jnp.take_along_axis(scores, labels[:, None], axis=1))

    function = jax.jit(jax.value_and_grad(loss))
    parameters = tuple(jnp.asarray(x) for x in batch.parameters)
    X, labels = jnp.asarray(batch.X), jnp.asarray(batch.labels)
    return lambda: jax.block_until_ready(function(parameters, X, labels))


ROWS = (
    Workload(
        name="N1",
        title="MLP 64-128-10, tanh, cross-entropy, batch 64",
        sizes=(64,),
        quick=(64,),
        make=data,
        contestants={
            "by hand": by_hand,
            "trigrad": ours,
            "trigrad compiled": ours_compiled,
            "autograd": autograd,
            "MyGrad": mygrad,
            "MyGrad unguarded": unguarded(mygrad),
            "PyTorch": pytorch,
            "PyTorch op by op": pytorch_op_by_op,
            "JAX": jax,
        },
        reference="by hand",
        duels=(
            Duel("trigrad", "by hand", {}),
            Duel("trigrad", "autograd", {64: 3.0}),
            Duel("trigrad", "MyGrad", {}),
            Duel("trigrad", "MyGrad unguarded", {}),
            Duel("trigrad", "PyTorch", {64: 2.4}, quick=True),
            Duel("trigrad", "PyTorch op by op", {64: 2.4}),
            Duel("trigrad compiled", "by hand", {64: NOT_BEHIND}, quick=True),
            Duel("trigrad compiled", "autograd", {64: AHEAD}),
            Duel("trigrad compiled", "PyTorch", {64: AHEAD}, quick=True),
            Duel("trigrad compiled", "JAX", {64: AHEAD}, quick=True),
        ),
    ),
)

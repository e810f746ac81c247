"""S5: micrograd's own example: two moons, a network 2-16-16-1 with relu, the hinge loss and an L2 term, all points.

    loss = mean of max(0, 1 - y score(x)) + 1e-4 * sum of squares of the 337 parameters

Source: the demo of micrograd. The scalar contestants run the same program on numbers, entry by entry.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.calling import Loss, compiled, taped, with_autograd, with_jax, with_pytorch
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Contestant, Duel, Workload
from expression.functions import relu
from expression.operations.operation import Array

WIDTHS = (2, 16, 16, 1)
DECAY = 1e-4
NOISE = 0.1


@dataclass(frozen=True, slots=True)
class Moons:
    """Points, their sides, and parameters: all weights and the bias of a neuron, neuron by neuron, layer by layer."""

    X: Array  # (N, 2)
    y: Array  # (N,): -1 or 1
    parameters: Array  # (337,)

    @property
    def others(self) -> tuple[Array, Array]:
        """What the loss takes besides its parameters."""
        return self.X, self.y


def half_circles(size: int) -> tuple[Array, Array]:
    """Two interleaving half circles of points, and their sides, as scikit-learn's make_moons has them."""
    outer = size // 2
    s, t = np.linspace(0, np.pi, outer), np.linspace(0, np.pi, size - outer)
    X = np.concatenate([np.stack([np.cos(s), np.sin(s)], 1), np.stack([1 - np.cos(t), 0.5 - np.sin(t)], 1)])
    return X, np.repeat([-1.0, 1.0], [outer, size - outer])


def data(size: int) -> Moons:
    """The points with noise, in a fixed random order, and a fresh network."""
    rng = np.random.default_rng(1337)
    X, y = half_circles(size)
    order = rng.permutation(size)
    count = sum((n + 1) * m for n, m in pairwise(WIDTHS))
    return Moons((X + NOISE * rng.normal(size=X.shape))[order], y[order], rng.uniform(-1.0, 1.0, count))


def layers(parameters: Any) -> list[tuple[Any, Any]]:
    """Weights (outputs, inputs) and biases (outputs,) of each layer: views of the parameters."""
    found, start = [], 0
    for n, m in pairwise(WIDTHS):
        block = parameters[start : start + m * (n + 1)].reshape(m, n + 1)
        found.append((block[:, :n], block[:, n]))
        start += m * (n + 1)
    return found


def by_hand(moons: Moons) -> Contestant:
    """The reverse sweep as one would write it in NumPy."""
    X, y = moons.X, moons.y

    def run() -> Answer:
        w = moons.parameters
        (W1, b1), (W2, b2), (W3, b3) = layers(w)
        a1 = X @ W1.T + b1
        h1 = np.maximum(a1, 0)
        a2 = h1 @ W2.T + b2
        h2 = np.maximum(a2, 0)
        margin = 1 - y * (h2 @ W3.T + b3)[:, 0]
        loss = np.maximum(margin, 0).sum() / len(y) + DECAY * (w * w).sum()
        w_bar = 2 * DECAY * w
        (W1_bar, b1_bar), (W2_bar, b2_bar), (W3_bar, b3_bar) = layers(w_bar)
        score_bar = (-y * (margin > 0) / len(y))[:, None]
        W3_bar += score_bar.T @ h2
        b3_bar += score_bar.sum(axis=0)
        a2_bar = (score_bar @ W3) * (a2 > 0)
        W2_bar += a2_bar.T @ h1
        b2_bar += a2_bar.sum(axis=0)
        a1_bar = (a2_bar @ W2) * (a1 > 0)
        W1_bar += a1_bar.T @ X
        b1_bar += a1_bar.sum(axis=0)
        return loss, w_bar

    return run


def ours_on_floats(moons: Moons) -> Contestant:
    """Micrograd's program on the tape of trigrad: Python floats, neuron by neuron."""
    from autodiff import value_and_grad

    points, sides = moons.X.tolist(), moons.y.tolist()
    last = len(WIDTHS) - 2

    def loss(parameters: list[Any]) -> Any:
        network, rest = [], iter(parameters)
        for n, m in pairwise(WIDTHS):
            network.append([([next(rest) for _ in range(n)], next(rest)) for _ in range(m)])
        total = 0.0
        for x, y in zip(points, sides, strict=True):
            for k, layer in enumerate(network):
                x = [sum([w * v for w, v in zip(weights, x, strict=True)], bias) for weights, bias in layer]
                x = x if k == last else [relu(v) for v in x]
            total = total + relu(1.0 + -y * x[0])
        return total * (1.0 / len(sides)) + DECAY * sum([w * w for w in parameters])

    function = value_and_grad(loss)
    numbers = moons.parameters.tolist()

    def run() -> Answer:
        value, gradient = function(numbers)
        return value, np.array(gradient)

    return run


def loss(w: Array, X: Array, y: Array) -> Array:
    """The network as a student writes it in NumPy."""
    (W1, b1), (W2, b2), (W3, b3) = layers(w)
    h = relu(relu(X @ W1.T + b1) @ W2.T + b2)
    score = (h @ W3.T + b3)[:, 0]
    return np.mean(relu(1 - y * score)) + DECAY * np.sum(w * w)


def autograd_words() -> Loss:
    """Autograd's own NumPy."""
    import autograd.numpy as anp

    def loss(w: Array, X: Array, y: Array) -> Array:
        (W1, b1), (W2, b2), (W3, b3) = layers(w)
        h = anp.maximum(anp.dot(anp.maximum(anp.dot(X, W1.T) + b1, 0.0), W2.T) + b2, 0.0)
        score = (anp.dot(h, W3.T) + b3)[:, 0]
        return anp.mean(anp.maximum(1 - y * score, 0.0)) + DECAY * anp.sum(w * w)

    return loss


def pytorch_words() -> Loss:
    """PyTorch's own Linear layers."""
    from torch.nn import functional

    def loss(w: Any, X: Any, y: Any) -> Any:
        (W1, b1), (W2, b2), (W3, b3) = layers(w)
        h = functional.relu(functional.linear(functional.relu(functional.linear(X, W1, b1)), W2, b2))
        score = functional.linear(h, W3, b3)[:, 0]
        return functional.relu(1 - y * score).mean() + DECAY * (w * w).sum()

    return loss


def jax_words() -> Loss:
    """JAX's own relu."""
    import jax
    import jax.numpy as jnp

    def loss(w: Array, X: Array, y: Array) -> Array:
        (W1, b1), (W2, b2), (W3, b3) = layers(w)
        h = jax.nn.relu(jax.nn.relu(X @ W1.T + b1) @ W2.T + b2)
        score = (h @ W3.T + b3)[:, 0]
        return jnp.mean(jax.nn.relu(1 - y * score)) + DECAY * jnp.sum(w * w)

    return loss


def micrograd(moons: Moons) -> Contestant:
    """The demo's loss with micrograd's own network."""
    from micrograd.engine import Value
    from micrograd.nn import MLP

    model = MLP(WIDTHS[0], list(WIDTHS[1:]))
    parameters = model.parameters()
    for p, x in zip(parameters, moons.parameters.tolist(), strict=True):
        p.data = x
    points, sides = moons.X.tolist(), moons.y.tolist()

    def run() -> Answer:
        inputs = [list(map(Value, x)) for x in points]
        scores = list(map(model, inputs))
        losses = [(1 + -y * score).relu() for y, score in zip(sides, scores, strict=True)]
        total = sum(losses) * (1.0 / len(losses)) + DECAY * sum(p * p for p in parameters)
        model.zero_grad()
        total.backward()
        return total.data, np.array([p.grad for p in parameters])

    return run


ROWS = (
    Workload(
        name="S5",
        title="micrograd's moons: 2-16-16-1, hinge and L2, 100 points, 337 parameters",
        sizes=(100,),
        quick=(100,),
        make=data,
        contestants={
            "by hand": by_hand,
            "trigrad floats": ours_on_floats,
            "trigrad arrays": taped(loss),
            "trigrad compiled": compiled(loss),
            "micrograd": micrograd,
            "autograd": with_autograd(autograd_words),
            "PyTorch": with_pytorch(pytorch_words),
            "JAX": with_jax(jax_words),
        },
        reference="by hand",
        duels=(
            Duel("trigrad floats", "micrograd", {100: 6.0}, quick=True),
            Duel("trigrad arrays", "micrograd", {}),
            Duel("trigrad arrays", "by hand", {}),
            Duel("trigrad compiled", "by hand", {100: NOT_BEHIND}, quick=True),
            Duel("trigrad compiled", "micrograd", {100: 5000.0}),
            Duel("trigrad compiled", "autograd", {100: AHEAD}),
            Duel("trigrad compiled", "PyTorch", {100: AHEAD}, quick=True),
            Duel("trigrad compiled", "JAX", {}),
        ),
    ),
)

"""N4: a residual block of two 3 x 3 convolutions on pictures of 16 channels, 16 x 16, and its four gradients.

loss = mean of (relu(x + conv(relu(conv(x)))) - y)^2; the pictures are padded with zeros, so that they keep their size

Source: He, Zhang, Ren and Sun, Deep residual learning for image recognition, CVPR (2016), figure 2.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.calling import Loss, compiled, taped, with_autograd, with_jax, with_mygrad, with_pytorch
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Contestant, Duel, Workload, unguarded
from expression.functions import conv2d, relu
from expression.operations.operation import Array

CHANNELS, SIDE, KERNEL = 16, 16, 3
Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Random pictures, what the block should make of them, and parameters."""

    X: Array  # (N, 16, 16, 16): picture, channel, row, column
    Y: Array  # (N, 16, 16, 16)
    parameters: Parameters  # w1, w2 (16, 16, 3, 3), b1, b2 (16,)

    @property
    def others(self) -> tuple[Array, Array]:
        """What the loss takes besides its parameters."""
        return self.X, self.Y


def data(size: int) -> Pictures:
    """As many pictures, and a block with weights that keep the scale."""
    rng = np.random.default_rng(5)
    shape = (CHANNELS, CHANNELS, KERNEL, KERNEL)
    scale = np.sqrt(2 / (CHANNELS * KERNEL * KERNEL))
    parameters = {
        "w1": scale * rng.normal(size=shape),
        "b1": 0.1 * rng.normal(size=CHANNELS),
        "w2": scale * rng.normal(size=shape),
        "b2": 0.1 * rng.normal(size=CHANNELS),
    }
    X, Y = rng.normal(size=(2, size, CHANNELS, SIDE, SIDE))
    return Pictures(X, Y, parameters)


def by_hand(pictures: Pictures) -> Contestant:
    """The reverse sweep as one would write it in NumPy: channels first, so that a convolution is one matrix product.

    The matrix has a row for each channel and entry of the kernel: the picture, shifted.
    """
    count = len(pictures.X)
    X, Y = (x.transpose(1, 0, 2, 3) for x in pictures.others)
    entries = [(k, j) for k in range(KERNEL) for j in range(KERNEL)]

    def shifted(x: Array) -> Array:
        padded = np.zeros((CHANNELS, count, SIDE + 2, SIDE + 2))
        padded[:, :, 1:-1, 1:-1] = x
        rows = np.empty((CHANNELS, KERNEL, KERNEL, count, SIDE, SIDE))
        for k, j in entries:
            rows[:, k, j] = padded[:, :, k : k + SIDE, j : j + SIDE]
        return rows.reshape(CHANNELS * KERNEL * KERNEL, -1)

    def shifted_back(rows_bar: Array) -> Array:
        rows_bar = rows_bar.reshape(CHANNELS, KERNEL, KERNEL, count, SIDE, SIDE)
        padded_bar = np.zeros((CHANNELS, count, SIDE + 2, SIDE + 2))
        for k, j in entries:
            padded_bar[:, :, k : k + SIDE, j : j + SIDE] += rows_bar[:, k, j]
        return padded_bar[:, :, 1:-1, 1:-1]

    def run() -> Answer:
        w1, b1, w2, b2 = (pictures.parameters[name] for name in ("w1", "b1", "w2", "b2"))
        first, second = w1.reshape(CHANNELS, -1), w2.reshape(CHANNELS, -1)
        rows1 = shifted(X)
        h = first @ rows1 + b1[:, None]
        np.maximum(h, 0, out=h)
        rows2 = shifted(h.reshape(CHANNELS, count, SIDE, SIDE))
        z = (second @ rows2 + b2[:, None]).reshape(CHANNELS, count, SIDE, SIDE) + X
        np.maximum(z, 0, out=z)
        error = z - Y
        z_bar = error * (2 / error.size)
        z_bar *= z > 0
        z_bar = z_bar.reshape(CHANNELS, -1)
        h_bar = shifted_back(second.T @ z_bar).reshape(CHANNELS, -1)
        h_bar *= h > 0
        return (error * error).mean(), {
            "w1": (h_bar @ rows1.T).reshape(w1.shape),
            "b1": h_bar.sum(axis=1),
            "w2": (z_bar @ rows2.T).reshape(w2.shape),
            "b2": z_bar.sum(axis=1),
        }

    return run


def loss(p: Parameters, X: Array, Y: Array) -> Array:
    """The program in NumPy and our functions."""
    h = relu(conv2d(X, p["w1"], padding=1) + p["b1"][:, None, None])
    z = relu(X + conv2d(h, p["w2"], padding=1) + p["b2"][:, None, None])
    return np.mean((z - Y) ** 2)


def autograd_words() -> Loss:
    """Autograd's own NumPy, with the convolution as a product with the shifted pictures; its own is far slower."""
    import autograd.numpy as anp

    def convolved(x: Array, w: Array) -> Array:
        padded = anp.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), "constant")
        shifts = [padded[:, :, k : k + SIDE, j : j + SIDE] for k in range(KERNEL) for j in range(KERNEL)]
        rows = anp.reshape(anp.stack(shifts, axis=2), (len(x), -1, SIDE * SIDE))
        return anp.reshape(anp.matmul(anp.reshape(w, (CHANNELS, -1)), rows), x.shape)

    def loss(p: Parameters, X: Array, Y: Array) -> Array:
        h = anp.maximum(convolved(X, p["w1"]) + p["b1"][:, None, None], 0.0)
        z = anp.maximum(X + convolved(h, p["w2"]) + p["b2"][:, None, None], 0.0)
        return anp.mean((z - Y) ** 2)

    return loss


def mygrad_words() -> Loss:
    """MyGrad's own convolution."""
    import mygrad as mg
    from mygrad.nnet.activations import relu
    from mygrad.nnet.layers import conv_nd

    def loss(p: Parameters, X: Array, Y: Array) -> Array:
        h = relu(conv_nd(X, p["w1"], stride=1, padding=1) + p["b1"][:, None, None])
        z = relu(X + conv_nd(h, p["w2"], stride=1, padding=1) + p["b2"][:, None, None])
        return mg.mean((z - Y) ** 2)

    return loss


def pytorch_words() -> Loss:
    """PyTorch's own convolution."""
    from torch.nn import functional

    def loss(p: dict[str, Any], X: Any, Y: Any) -> Any:
        h = functional.relu(functional.conv2d(X, p["w1"], p["b1"], padding=1))
        z = functional.relu(X + functional.conv2d(h, p["w2"], p["b2"], padding=1))
        return functional.mse_loss(z, Y)

    return loss


def jax_words() -> Loss:
    """JAX's own convolution."""
    import jax
    import jax.numpy as jnp

    def convolved(x: Array, w: Array) -> Array:
        return jax.lax.conv(x, w, (1, 1), "SAME")

    def loss(p: Parameters, X: Array, Y: Array) -> Array:
        h = jax.nn.relu(convolved(X, p["w1"]) + p["b1"][:, None, None])
        z = jax.nn.relu(X + convolved(h, p["w2"]) + p["b2"][:, None, None])
        return jnp.mean((z - Y) ** 2)

    return loss


ROWS = (
    Workload(
        name="N4",
        title="residual block, two 3 x 3 convolutions, 16 channels, 16 x 16, batch 4",
        sizes=(4,),
        quick=(4,),
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
            Duel("trigrad", "by hand"),
            Duel("trigrad", "autograd"),
            Duel("trigrad", "MyGrad unguarded"),
            Duel("trigrad", "PyTorch"),
            Duel("trigrad compiled", "by hand", {4: NOT_BEHIND}, quick=True),
            Duel("trigrad compiled", "autograd", {4: AHEAD}),
            Duel("trigrad compiled", "PyTorch", {4: AHEAD}, quick=True),
            Duel("trigrad compiled", "JAX", {4: AHEAD}, quick=True),
        ),
    ),
)

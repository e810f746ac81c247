"""N3: a transformer block on 32 tokens of width 64, 4 heads, and the gradients of its nine parameters.

x <- x + attention(norm(x)), then x <- x + gelu(norm(x) W1 + b1) W2 + b2; loss = mean of (x - y)^2

Queries, keys and values come from one matrix QKV, side by side. Source: Vaswani et al., Attention is all you need,
NIPS (2017); the norm before, not after: Xiong et al., On layer normalization in the transformer architecture (2020).
"""

from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import numpy as np

from benchmarks.calling import Loss, compiled, taped, with_autograd, with_jax, with_pytorch
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Contestant, Duel, Workload
from expression.functions import gelu, layer_norm, softmax
from expression.operations.operation import Array

TOKENS, WIDTH, HEADS, HIDDEN = 32, 64, 4, 256
SHARE = WIDTH // HEADS
EPS = 1e-5  # added to the variance by a norm
Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Texts:
    """Random tokens, what the block should make of them, and parameters."""

    X: Array  # (N, 32, 64)
    Y: Array  # (N, 32, 64)
    parameters: Parameters

    @property
    def others(self) -> tuple[Array, Array]:
        """What the loss takes besides its parameters."""
        return self.X, self.Y


def data(size: int) -> Texts:
    """As many texts, and a block with weights that keep the scale."""
    rng = np.random.default_rng(4)

    def weights(*shape: int) -> Array:
        return rng.normal(size=shape) / np.sqrt(shape[0])

    parameters = {
        "gain1": 1 + 0.1 * rng.normal(size=WIDTH),
        "bias1": 0.1 * rng.normal(size=WIDTH),
        "QKV": weights(WIDTH, 3 * WIDTH),
        "O": weights(WIDTH, WIDTH),
        "gain2": 1 + 0.1 * rng.normal(size=WIDTH),
        "bias2": 0.1 * rng.normal(size=WIDTH),
        "W1": weights(WIDTH, HIDDEN),
        "b1": 0.1 * rng.normal(size=HIDDEN),
        "W2": weights(HIDDEN, WIDTH),
        "b2": 0.1 * rng.normal(size=WIDTH),
    }
    return Texts(rng.normal(size=(size, TOKENS, WIDTH)), rng.normal(size=(size, TOKENS, WIDTH)), parameters)


def by_hand(texts: Texts) -> Contestant:
    """The reverse sweep as one would write it in NumPy, with SciPy's erf: a token is a row, wherever it stands."""
    from scipy.special import erf

    X, Y = texts.X.reshape(-1, WIDTH), texts.Y.reshape(-1, WIDTH)
    heads = (len(texts.X), TOKENS, 3, HEADS, SHARE)

    def norm(x: Array, gain: Array, bias: Array) -> tuple[Array, Array, Array]:
        centred = x - x.mean(axis=1, keepdims=True)
        scale = 1 / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + EPS)
        centred *= scale
        return gain * centred + bias, centred, scale

    def norm_back(y_bar: Array, gain: Array, x: Array, scale: Array) -> tuple[Array, Array, Array]:
        moved = y_bar * x
        inner = gain * y_bar
        x_bar = inner - inner.mean(axis=1, keepdims=True) - x * (moved @ gain / WIDTH)[:, None]
        x_bar *= scale
        return x_bar, moved.sum(axis=0), y_bar.sum(axis=0)

    def run() -> Answer:
        p = texts.parameters
        n1, x1, scale1 = norm(X, p["gain1"], p["bias1"])
        q, k, v = (n1 @ p["QKV"]).reshape(heads).transpose(2, 0, 3, 1, 4)
        weights = q @ k.swapaxes(2, 3)
        weights *= 1 / sqrt(SHARE)
        weights -= weights.max(axis=3, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=3, keepdims=True)
        mixed = (weights @ v).transpose(0, 2, 1, 3).reshape(-1, WIDTH)
        middle = X + mixed @ p["O"]
        n2, x2, scale2 = norm(middle, p["gain2"], p["bias2"])
        a = n2 @ p["W1"] + p["b1"]
        below = erf(a * sqrt(0.5))
        below += 1
        below *= 0.5
        u = a * below
        error = middle + u @ p["W2"] + p["b2"] - Y

        y_bar = error * (2 / error.size)
        slope = np.exp(-0.5 * a * a)
        slope *= a
        slope *= 1 / sqrt(2 * pi)
        slope += below
        a_bar = y_bar @ p["W2"].T
        a_bar *= slope
        middle_bar, gain2_bar, bias2_bar = norm_back(a_bar @ p["W1"].T, p["gain2"], x2, scale2)
        middle_bar += y_bar
        mixed_bar = (middle_bar @ p["O"].T).reshape(-1, TOKENS, HEADS, SHARE).transpose(0, 2, 1, 3)
        weights_bar = mixed_bar @ v.swapaxes(2, 3)
        weights_bar -= (weights_bar * weights).sum(axis=3, keepdims=True)
        weights_bar *= weights
        weights_bar *= 1 / sqrt(SHARE)
        heads_bar = np.empty(heads)
        q_bar, k_bar, v_bar = heads_bar.transpose(2, 0, 3, 1, 4)
        np.matmul(weights_bar, k, out=q_bar)
        np.matmul(weights_bar.swapaxes(2, 3), q, out=k_bar)
        np.matmul(weights.swapaxes(2, 3), mixed_bar, out=v_bar)
        rows_bar = heads_bar.reshape(-1, 3 * WIDTH)
        _, gain1_bar, bias1_bar = norm_back(rows_bar @ p["QKV"].T, p["gain1"], x1, scale1)
        return (error * error).mean(), {
            "gain1": gain1_bar,
            "bias1": bias1_bar,
            "QKV": n1.T @ rows_bar,
            "O": mixed.T @ middle_bar,
            "gain2": gain2_bar,
            "bias2": bias2_bar,
            "W1": n2.T @ a_bar,
            "b1": a_bar.sum(axis=0),
            "W2": u.T @ y_bar,
            "b2": y_bar.sum(axis=0),
        }

    return run


def loss(p: Parameters, X: Array, Y: Array) -> Array:
    """The program as one writes it in NumPy."""
    rows = layer_norm(X, p["gain1"], p["bias1"]) @ p["QKV"]
    q, k, v = np.transpose(np.reshape(rows, (-1, TOKENS, 3, HEADS, SHARE)), (2, 0, 3, 1, 4))
    mixed = softmax(q @ np.swapaxes(k, 2, 3) / sqrt(SHARE)) @ v
    x = X + np.reshape(np.transpose(mixed, (0, 2, 1, 3)), X.shape) @ p["O"]
    hidden = gelu(layer_norm(x, p["gain2"], p["bias2"]) @ p["W1"] + p["b1"])
    return np.mean((x + hidden @ p["W2"] + p["b2"] - Y) ** 2)


def autograd_words() -> Loss:
    """Autograd's own NumPy and SciPy."""
    import autograd.numpy as anp
    from autograd.scipy.special import erf

    def norm(x: Array, gain: Array, bias: Array) -> Array:
        centred = x - anp.mean(x, axis=-1, keepdims=True)
        return gain * centred / anp.sqrt(anp.mean(centred * centred, axis=-1, keepdims=True) + EPS) + bias

    def softmax(x: Array) -> Array:
        e = anp.exp(x - anp.max(x, axis=-1, keepdims=True))
        return e / anp.sum(e, axis=-1, keepdims=True)

    def loss(p: Parameters, X: Array, Y: Array) -> Array:
        rows = anp.dot(norm(X, p["gain1"], p["bias1"]), p["QKV"])
        joined = anp.transpose(anp.reshape(rows, (-1, TOKENS, 3, HEADS, SHARE)), (2, 0, 3, 1, 4))
        q, k, v = joined[0], joined[1], joined[2]
        mixed = anp.matmul(softmax(anp.matmul(q, anp.swapaxes(k, 2, 3)) / sqrt(SHARE)), v)
        x = X + anp.dot(anp.reshape(anp.transpose(mixed, (0, 2, 1, 3)), X.shape), p["O"])
        a = anp.dot(norm(x, p["gain2"], p["bias2"]), p["W1"]) + p["b1"]
        hidden = 0.5 * a * (1 + erf(a * sqrt(0.5)))
        return anp.mean((x + anp.dot(hidden, p["W2"]) + p["b2"] - Y) ** 2)

    return loss


def pytorch_words() -> Loss:
    """PyTorch's own norm, attention and gelu."""
    import torch
    from torch.nn import functional

    def loss(p: dict[str, Any], X: Any, Y: Any) -> Any:
        rows = functional.layer_norm(X, (WIDTH,), p["gain1"], p["bias1"], EPS) @ p["QKV"]
        q, k, v = rows.view(-1, TOKENS, 3, HEADS, SHARE).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v)
        x = X + mixed.transpose(1, 2).reshape(X.shape) @ p["O"]
        n = functional.layer_norm(x, (WIDTH,), p["gain2"], p["bias2"], EPS).view(-1, WIDTH)
        hidden = functional.gelu(torch.addmm(p["b1"], n, p["W1"]))
        return functional.mse_loss(x + torch.addmm(p["b2"], hidden, p["W2"]).view(X.shape), Y)

    return loss


def jax_words() -> Loss:
    """JAX's own softmax and gelu."""
    import jax
    import jax.numpy as jnp

    def norm(x: Array, gain: Array, bias: Array) -> Array:
        mean, variance = jnp.mean(x, axis=-1, keepdims=True), jnp.var(x, axis=-1, keepdims=True)
        return gain * (x - mean) * jax.lax.rsqrt(variance + EPS) + bias

    def loss(p: Parameters, X: Array, Y: Array) -> Array:
        rows = norm(X, p["gain1"], p["bias1"]) @ p["QKV"]
        q, k, v = rows.reshape(-1, TOKENS, 3, HEADS, SHARE).transpose(2, 0, 3, 1, 4)
        mixed = jax.nn.softmax(q @ k.swapaxes(2, 3) / sqrt(SHARE)) @ v
        x = X + mixed.transpose(0, 2, 1, 3).reshape(X.shape) @ p["O"]
        hidden = jax.nn.gelu(norm(x, p["gain2"], p["bias2"]) @ p["W1"] + p["b1"], approximate=False)
        return jnp.mean((x + hidden @ p["W2"] + p["b2"] - Y) ** 2)

    return loss


ROWS = (
    Workload(
        name="N3",
        title="transformer block, 32 tokens, width 64, 4 heads, 256 hidden, batch 8",
        sizes=(8,),
        quick=(8,),
        make=data,
        contestants={
            "by hand": by_hand,
            "trigrad": taped(loss),
            "trigrad compiled": compiled(loss),
            "autograd": with_autograd(autograd_words),
            "PyTorch": with_pytorch(pytorch_words),
            "JAX": with_jax(jax_words),
        },
        reference="by hand",
        duels=(
            Duel("trigrad", "by hand"),
            Duel("trigrad", "autograd"),
            Duel("trigrad", "PyTorch"),
            Duel("trigrad compiled", "by hand", {8: NOT_BEHIND}, quick=True),
            Duel("trigrad compiled", "autograd", {8: AHEAD}),
            Duel("trigrad compiled", "PyTorch", {8: AHEAD}, quick=True),
            Duel("trigrad compiled", "JAX"),
        ),
    ),
)

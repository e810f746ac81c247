"""A3: the likelihood of a text under two layers of LSTM, ADBench's fourth objective, and its gradients.

The text has a character each step, 14 numbers. A layer has a hidden state h and a cell c; of its input x, entry by
entry,  f, i, o = sigmoid and g = tanh of (x, h, x, h) w + b;  c <- f c + i g;  h <- o tanh(c)
The first layer reads the character times e_0, the second the first one's h; the prediction is y = e_1 h + e_2.
loss = - mean over steps and entries of next character * (y - log(2 + sum of exp(y)))

Source: Srajer, Kukelova and Fitzgibbon, A benchmark of selected algorithmic differentiation tools on some problems in
computer vision and machine learning, Optim. Methods Softw. 33 (2018), and the code of ADBench, which added it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.calling import Loss, compiled, taped, with_autograd, with_jax, with_mygrad, with_pytorch
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Contestant, Duel, Workload, unguarded
from expression import scan
from expression.functions import sigmoid
from expression.operations.operation import Array

LAYERS, BITS = 2, 14
Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Text:
    """Random characters, the states before the first, and parameters."""

    characters: Array  # (T, 14): zeros and ones
    states: Array  # (2, 2, 14): layer, h or c
    parameters: Parameters  # weights, biases (2, 56), ends (3, 14)

    @property
    def others(self) -> tuple[Array, Array]:
        """What the loss takes besides its parameters."""
        return self.states, self.characters


def data(size: int) -> Text:
    """A text of that length."""
    rng = np.random.default_rng(7)
    parameters = {
        "weights": rng.normal(size=(LAYERS, 4 * BITS)),
        "biases": rng.normal(size=(LAYERS, 4 * BITS)),
        "ends": rng.normal(size=(3, BITS)),
    }
    characters = rng.integers(0, 2, (size, BITS)).astype(float)
    return Text(characters, rng.normal(size=(LAYERS, 2, BITS)), parameters)


def by_hand(text: Text) -> Contestant:
    """Backpropagation through time in NumPy: the loops hold what hangs on the step before, all else is done at once.

    The second layer needs nothing of the first but its h, so the layers are run one after the other.
    """
    states, characters = text.others
    count = len(characters) - 1
    now, after = characters[:-1], characters[1:]

    def forward(x: Array, w: Array, b: Array, h: Array, c: Array) -> tuple[Array, ...]:
        """The states of a layer before and after each step, and what its sigmoids and its tanh gave."""
        w_f, w_i, w_o, w_g = w.reshape(4, BITS)
        b_f, b_i, b_o, b_g = b.reshape(4, BITS)
        f = 1 / (1 + np.exp(-(x * w_f + b_f)))
        o = 1 / (1 + np.exp(-(x * w_o + b_o)))
        hs, cs, tanhs = (np.empty((count + 1, BITS)) for _ in range(3))
        i, g = np.empty((count, BITS)), np.empty((count, BITS))
        hs[0], cs[0] = h, c
        down, shift = -w_i, -b_i
        for k in range(count):
            i[k] = i_k = 1 / (1 + np.exp(h * down + shift))
            g[k] = g_k = np.tanh(h * w_g + b_g)
            cs[k + 1] = c = f[k] * c + i_k * g_k
            tanhs[k + 1] = t = np.tanh(c)
            hs[k + 1] = h = o[k] * t
        return hs, cs, tanhs[1:], f, i, o, g

    def backward(h_bars: Array, x: Array, w: Array, kept: tuple[Array, ...]) -> tuple[Array, Array, Array]:
        """The cotangents of the inputs, the weights and the biases."""
        hs, cs, tanhs, f, i, o, g = kept
        w_f, w_i, w_o, w_g = w.reshape(4, BITS)
        through = o * (1 - tanhs * tanhs)  # of the cotangent of h, what c gets
        to_h = i * (1 - g * g) * w_g + g * i * (1 - i) * w_i  # of the cotangent of c, what the h before gets
        c_bars, all_h_bars = np.empty_like(h_bars), np.empty_like(h_bars)
        h_bar, c_bar = np.zeros(BITS), np.zeros(BITS)
        for k in reversed(range(count)):
            all_h_bars[k] = h_bar = h_bar + h_bars[k]
            c_bars[k] = c_bar = c_bar + h_bar * through[k]
            h_bar = c_bar * to_h[k]
            c_bar = c_bar * f[k]
        f_bar = c_bars * cs[:-1] * f * (1 - f)
        i_bar = c_bars * g * i * (1 - i)
        o_bar = all_h_bars * tanhs * o * (1 - o)
        g_bar = c_bars * i * (1 - g * g)
        gates_bar, reads = (f_bar, i_bar, o_bar, g_bar), (x, hs[:-1], x, hs[:-1])
        w_bar = np.concatenate([(a * b).sum(axis=0) for a, b in zip(gates_bar, reads, strict=True)])
        return f_bar * w_f + o_bar * w_o, w_bar, np.concatenate([a.sum(axis=0) for a in gates_bar])

    def run() -> Answer:
        weights, biases, ends = (text.parameters[name] for name in ("weights", "biases", "ends"))
        x1 = now * ends[0]
        kept1 = forward(x1, weights[0], biases[0], *states[0])
        x2 = kept1[0][1:]
        kept2 = forward(x2, weights[1], biases[1], *states[1])
        h = kept2[0][1:]
        y = h * ends[1] + ends[2]
        e = np.exp(y)
        totals = 2 + e.sum(axis=1, keepdims=True)
        said = after.sum(axis=1, keepdims=True)
        value = -((after * y).sum() - (said * np.log(totals)).sum()) / after.size
        y_bar = (said * e / totals - after) / after.size
        x2_bar, w2_bar, b2_bar = backward(y_bar * ends[1], x2, weights[1], kept2)
        x1_bar, w1_bar, b1_bar = backward(x2_bar, x1, weights[0], kept1)
        ends_bar = np.stack([(x1_bar * now).sum(axis=0), (y_bar * h).sum(axis=0), y_bar.sum(axis=0)])
        return value, {"weights": np.stack([w1_bar, w2_bar]), "biases": np.stack([b1_bar, b2_bar]), "ends": ends_bar}

    return run


def loss(p: Parameters, states: Array, characters: Array) -> Array:
    """ADBench's program in NumPy: a loop over characters, in it one over layers."""
    hidden, cells, total = list(states[:, 0]), list(states[:, 1]), 0.0
    for k in range(len(characters) - 1):
        x = characters[k] * p["ends"][0]
        for n in range(LAYERS):
            gates = np.concatenate([x, hidden[n], x, hidden[n]]) * p["weights"][n] + p["biases"][n]
            keep, write, show = np.split(sigmoid(gates[: 3 * BITS]), 3)
            cells[n] = keep * cells[n] + write * np.tanh(gates[3 * BITS :])
            x = hidden[n] = show * np.tanh(cells[n])
        y = x * p["ends"][1] + p["ends"][2]
        total = total + np.sum(characters[k + 1] * (y - np.log(2.0 + np.sum(np.exp(y)))))
    return -total / characters[1:].size


def loss_by_scan(p: Parameters, states: Array, characters: Array) -> Array:
    """The program with its loop over characters as one operation; the predictions are compared at the end."""

    def step(state: tuple[list[Any], list[Any]], x: Array) -> tuple[tuple[list[Any], list[Any]], Array]:
        hidden, cells = list(state[0]), list(state[1])
        for n in range(LAYERS):
            gates = np.concatenate([x, hidden[n], x, hidden[n]]) * p["weights"][n] + p["biases"][n]
            keep, write, show = np.split(sigmoid(gates[: 3 * BITS]), 3)
            cells[n] = keep * cells[n] + write * np.tanh(gates[3 * BITS :])
            x = hidden[n] = show * np.tanh(cells[n])
        return (hidden, cells), x

    _, hidden = scan(step, (list(states[:, 0]), list(states[:, 1])), characters[:-1] * p["ends"][0])
    y = hidden * p["ends"][1] + p["ends"][2]
    return -np.mean(characters[1:] * (y - np.log(2.0 + np.sum(np.exp(y), axis=1, keepdims=True))))


def autograd_words() -> Loss:
    """Autograd's own NumPy and SciPy."""
    import autograd.numpy as anp
    from autograd.scipy.special import expit

    def loss(p: Parameters, states: Array, characters: Array) -> Array:
        hidden, cells, total = list(states[:, 0]), list(states[:, 1]), 0.0
        for k in range(len(characters) - 1):
            x = characters[k] * p["ends"][0]
            for n in range(LAYERS):
                gates = anp.concatenate([x, hidden[n], x, hidden[n]]) * p["weights"][n] + p["biases"][n]
                opened, change = expit(gates[: 3 * BITS]), anp.tanh(gates[3 * BITS :])
                cells[n] = opened[:BITS] * cells[n] + opened[BITS : 2 * BITS] * change
                x = hidden[n] = opened[2 * BITS :] * anp.tanh(cells[n])
            y = x * p["ends"][1] + p["ends"][2]
            total = total + anp.sum(characters[k + 1] * (y - anp.log(2.0 + anp.sum(anp.exp(y)))))
        return -total / characters[1:].size

    return loss


def mygrad_words() -> Loss:
    """MyGrad's tensors."""
    import mygrad as mg
    from mygrad.nnet.activations import sigmoid

    def loss(p: Parameters, states: Array, characters: Array) -> Array:
        hidden, cells, total = list(states[:, 0]), list(states[:, 1]), 0.0
        for k in range(len(characters) - 1):
            x = characters[k] * p["ends"][0]
            for n in range(LAYERS):
                gates = mg.concatenate([x, hidden[n], x, hidden[n]]) * p["weights"][n] + p["biases"][n]
                opened, change = sigmoid(gates[: 3 * BITS]), mg.tanh(gates[3 * BITS :])
                cells[n] = opened[:BITS] * cells[n] + opened[BITS : 2 * BITS] * change
                x = hidden[n] = opened[2 * BITS :] * mg.tanh(cells[n])
            y = x * p["ends"][1] + p["ends"][2]
            total = total + mg.sum(characters[k + 1] * (y - mg.log(2.0 + mg.sum(mg.exp(y)))))
        return -total / characters[1:].size

    return loss


def pytorch_words() -> Loss:
    """PyTorch eager; its own LSTM layer has full matrices, so the loop is written out, as in ADBench."""
    import torch

    def loss(p: dict[str, Any], states: Any, characters: Any) -> Any:
        hidden, cells, predicted = list(states[:, 0]), list(states[:, 1]), []
        for x in characters[:-1] * p["ends"][0]:
            for n in range(LAYERS):
                gates = torch.addcmul(p["biases"][n], torch.cat([x, hidden[n], x, hidden[n]]), p["weights"][n])
                keep, write, show = torch.sigmoid(gates[: 3 * BITS]).split(BITS)
                cells[n] = keep * cells[n] + write * torch.tanh(gates[3 * BITS :])
                x = hidden[n] = show * torch.tanh(cells[n])
            predicted.append(x)
        y = torch.stack(predicted) * p["ends"][1] + p["ends"][2]
        return -(characters[1:] * (y - torch.log(2 + y.exp().sum(1, keepdim=True)))).mean()

    return loss


def jax_words() -> Loss:
    """JAX's scan."""
    import jax
    import jax.numpy as jnp

    def loss(p: Parameters, states: Array, characters: Array) -> Array:
        def step(state: tuple[list[Any], list[Any]], x: Array) -> tuple[tuple[list[Any], list[Any]], Array]:
            hidden, cells = list(state[0]), list(state[1])
            for n in range(LAYERS):
                gates = jnp.concatenate([x, hidden[n], x, hidden[n]]) * p["weights"][n] + p["biases"][n]
                keep, write, show = jnp.split(jax.nn.sigmoid(gates[: 3 * BITS]), 3)
                cells[n] = keep * cells[n] + write * jnp.tanh(gates[3 * BITS :])
                x = hidden[n] = show * jnp.tanh(cells[n])
            return (hidden, cells), x

        _, hidden = jax.lax.scan(step, (list(states[:, 0]), list(states[:, 1])), characters[:-1] * p["ends"][0])
        y = hidden * p["ends"][1] + p["ends"][2]
        return -jnp.mean(characters[1:] * (y - jnp.log(2 + jnp.sum(jnp.exp(y), axis=1, keepdims=True))))

    return loss


ROWS = (
    Workload(
        name="A3",
        title="ADBench's LSTM, 2 layers of 14: size is the number of steps",
        sizes=(1024,),
        quick=(),
        make=data,
        contestants={
            "by hand": by_hand,
            "trigrad": taped(loss),
            "trigrad scan": taped(loss_by_scan),
            "trigrad compiled": compiled(loss_by_scan),
            "autograd": with_autograd(autograd_words),
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
            Duel("trigrad scan", "PyTorch"),
            Duel("trigrad compiled", "by hand", {1024: NOT_BEHIND}),
            Duel("trigrad compiled", "autograd", {1024: AHEAD}),
            Duel("trigrad compiled", "PyTorch", {1024: AHEAD}),
            Duel("trigrad compiled", "JAX"),
        ),
    ),
)

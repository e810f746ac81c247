"""Learning: losses and the parts of neural networks, small enough to be written out by every method."""

import numpy as np

from expression.case import Case
from expression.corpus.data import BISHOP, SIZES, STEPS, UNIT, fixed, uniform
from expression.functions import conv2d, gelu, layer_norm, logsumexp, one_hot, softmax, softplus
from expression.operations.operation import REAL, Array

BLOCK = {
    "gain": uniform(4, 4),
    "bias": uniform(5, 4),
    "W1": uniform(6, 4, 8),
    "b1": uniform(7, 8),
    "W2": uniform(8, 8, 4),
}
HEAD = {"Q": uniform(9, 4, 3), "K": uniform(10, 4, 3), "V": uniform(11, 4, 3)}
CELL = {"W": uniform(12, 3, 3), "U": uniform(13, 3, 2), "b": uniform(14, 3)}


def hidden_units(n: int) -> tuple[dict[str, Array]]:
    """Weights for n hidden units."""
    return ({"W1": uniform(1, 3, n), "b1": uniform(2, n), "w2": uniform(3, n), "b2": 0.1},)


def logistic_regression(w: Array, b: Array) -> Array:
    """The mean of ln(1 + exp(-y (w x + b))) over 20 fixed points x with labels y of -1 and 1."""
    X = fixed(41, 20, 3)
    y = np.where(X[:, 0] + 0.5 * X[:, 1] > 0.1, 1.0, -1.0)
    return np.mean(softplus(-y * (X @ w + b)))


def cross_entropy(scores: Array) -> Array:
    """The mean over rows of logsumexp(scores) - the score of the label; the labels are 0, 1, 2, 0, 1, ..."""
    rows, classes = scores.shape
    Y = one_hot(np.arange(rows) % classes, classes)
    return np.mean(logsumexp(scores, axis=1) - np.sum(Y * scores, axis=1))


def mlp(params: dict[str, Array]) -> Array:
    """The mean squared error of a network with one tanh layer on eight fixed points."""
    X, y = fixed(42, 8, 3), fixed(43, 8)
    hidden = np.tanh(X @ params["W1"] + params["b1"])
    return np.mean((hidden @ params["w2"] + params["b2"] - y) ** 2)


def residual_block(x: Array, params: dict[str, Array]) -> Array:
    """The mean square of y = x + W_2 gelu(W_1 layer_norm(x) + b_1)."""
    hidden = gelu(layer_norm(x, params["gain"], params["bias"]) @ params["W1"] + params["b1"])
    return np.mean((x + hidden @ params["W2"]) ** 2)


def attention_head(x: Array, params: dict[str, Array]) -> Array:
    """The mean square of softmax(Q K^T / sqrt(d)) V, with queries, keys and values linear in x."""
    queries, keys, values = x @ params["Q"], x @ params["K"], x @ params["V"]
    weights = softmax(queries @ keys.T / np.sqrt(float(keys.shape[1])))
    return np.mean((weights @ values) ** 2)


def recurrent(params: dict[str, Array], sequence: Array) -> Array:
    """Half the squared norm of h after h <- tanh(W h + U x + b) for each x of a sequence, from h = 0."""
    h = np.zeros(3)
    for x in sequence:
        h = np.tanh(params["W"] @ h + params["U"] @ x + params["b"])
    return 0.5 * np.sum(h**2)


def convolution(x: Array, w: Array, b: Array) -> Array:
    """The mean square of tanh(conv(x, w) + b), zero-padded so that the image keeps its size."""
    return np.mean(np.tanh(conv2d(x, w, padding=1) + b[:, None, None]) ** 2)


# fmt: off
CASES = (
    Case("logistic_regression", "Logistic regression", logistic_regression, (uniform(66, 3), 0.1), (REAL, REAL),
         "Cox, The regression analysis of binary sequences, J. R. Stat. Soc. B 20 (1958)", parameters=("w", "b")),
    Case("cross_entropy", "The cross-entropy of a softmax", cross_entropy, (uniform(67, 4, 3),), (REAL,),
         f"{BISHOP}, eq. 4.108"),
    Case("mlp", "A network with n hidden units", mlp, hidden_units, (UNIT,),
         "Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, Nature 323 (1986)",
         family=SIZES, size=4, parameters=("params",)),
    Case("residual_block", "A residual block with layer norm", residual_block, (uniform(68, 2, 4), BLOCK), (UNIT, UNIT),
         "He et al., Deep residual learning, CVPR (2016); Ba, Kiros and Hinton, Layer normalization (2016)",
         parameters=("params",)),
    Case("attention_head", "A head of scaled dot-product attention", attention_head, (uniform(69, 3, 4), HEAD),
         (UNIT, UNIT), "Vaswani et al., Attention is all you need, NIPS (2017), eq. 1", parameters=("params",)),
    Case("recurrent", "A recurrent network over n steps", recurrent, lambda n: (CELL, uniform(n, n, 2)), (UNIT, UNIT),
         "Elman, Finding structure in time, Cognitive Science 14 (1990)", family=STEPS, size=4, parameters=("params",)),
    Case("convolution", "A convolution layer", convolution,
         (uniform(70, 1, 2, 4, 4), uniform(71, 3, 2, 3, 3), uniform(72, 3)), (UNIT, UNIT, UNIT),
         "LeCun et al., Backpropagation applied to handwritten zip code recognition, Neural Comput. 1 (1989)",
         parameters=("w", "b")),
)
# fmt: on

"""The models of the corpus by hand: one image at a time, in NumPy and SciPy."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.signal
import scipy.special
import scipy.stats

from expression.corpus import digits_data

FEW = 10  # images that the networks of the corpus read


def mean_loss(scores: Callable[[Any, Any], Any], params: Any) -> float:
    """The mean over the first images of ln(sum of exp(scores)) minus the score of the label."""
    X, Y = digits_data()
    losses = []
    for image, label in zip(X[:FEW], Y[:FEW].argmax(axis=1), strict=True):
        z = scores(params, image.reshape(8, 8))
        losses.append(math.log(math.fsum(np.exp(z))) - z[label])
    return math.fsum(losses) / FEW


def dense(p: Any, x: Any) -> Any:
    return p["W"].T.dot(x) + p["b"]


def correlated(p: Any, x: Any) -> Any:
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    return np.array(
        [scipy.signal.correlate(padded, w, mode="valid")[0] + b for w, b in zip(p["w"], p["b"], strict=True)]
    )


def residual(p: Any, image: Any) -> Any:
    x = np.maximum(correlated(p["stem"], image[None]), 0)
    for block in p["blocks"]:
        x = np.maximum(x + correlated(block["second"], np.maximum(correlated(block["first"], x), 0)), 0)
    return dense(p["head"], [picture.mean() for picture in x])


def rnn(p: Any, image: Any) -> Any:
    cell = p["cell"]
    h = [0.0] * len(cell["b"])
    for row in image:
        h = [math.tanh(cell["U"][:, k].dot(row) + cell["W"][:, k].dot(h) + cell["b"][k]) for k in range(len(h))]
    return dense(p["head"], h)


def lstm(p: Any, image: Any) -> Any:
    cell = p["cell"]
    n = len(cell["b"]) // 4
    h, c = np.zeros(n), np.zeros(n)
    for row in image:
        for_input, forget, output, candidate = np.reshape(cell["U"].T.dot(row) + cell["W"].T.dot(h) + cell["b"], (4, n))
        c = c / (1 + np.exp(-forget)) + np.tanh(candidate) / (1 + np.exp(-for_input))
        h = np.tanh(c) / (1 + np.exp(-output))
    return dense(p["head"], h)


def normed(p: Any, x: Any) -> Any:
    return np.array([(row - row.mean()) / math.sqrt(row.var() + 1e-5) for row in x]) * p["gain"] + p["bias"]


def attended(p: Any, x: Any) -> Any:
    """The heads side by side, then one matrix for all of them."""
    heads = []
    for Q, K, V in zip(p["Q"], p["K"], p["V"], strict=True):
        weights = [scipy.special.softmax([(a @ Q).dot(b @ K) / math.sqrt(Q.shape[1]) for b in x]) for a in x]
        heads.append(np.array(weights) @ (x @ V))
    return np.hstack(heads) @ np.vstack(p["O"])


def transformer(p: Any, image: Any) -> Any:
    tokens = [image[i : i + 2, j : j + 2].ravel() for i in range(0, 8, 2) for j in range(0, 8, 2)]
    x = np.array([dense(p["embedding"], token) for token in tokens]) + p["position"]
    for block in p["blocks"]:
        x = x + attended(block["attention"], normed(block["norm1"], x))
        hidden = np.array([dense(block["expand"], token) for token in normed(block["norm2"], x)])
        x = x + np.array([dense(block["contract"], token) for token in hidden * scipy.stats.norm.cdf(hidden)])
    return dense(p["head"], normed(p["norm"], x).mean(axis=0))

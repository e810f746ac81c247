"""Models of images: a multilayer perceptron, a residual, a recurrent, an LSTM network and a transformer.

Each is a pair of functions. `..._parameters(rng, ...)` draws fresh parameters, nested dicts of arrays, at any size;
`..._logits(params, images)` gives a row of ten scores for each image, and reads all sizes from the parameters.
Images are rows of 64 grey values, as `digits_data` gives them, and become what the network reads: a picture, eight
rows, or sixteen patches. `cross_entropy_loss` makes a number of logits and labels.
"""

import numpy as np

from expression.corpus.layers import (
    Parameters,
    Rng,
    convolution,
    convolution_parameters,
    convolutional_block,
    convolutional_block_parameters,
    glorot,
    linear,
    linear_parameters,
    norm,
    norm_parameters,
    transformer_block,
    transformer_block_parameters,
)
from expression.functions import log_softmax, relu, sigmoid
from expression.operations.operation import Array

SIDE, PATCH, CLASSES = 8, 2, 10
PIXELS = SIDE * SIDE
PATCHES = (SIDE // PATCH) ** 2


def cross_entropy_loss(logits: Array, labels: Array) -> Array:
    """The mean over images of -log softmax(logits) at the label; ln K where all K logits are equal.

    Shapes: logits and labels (N, K), a label being a row of zeros with a 1 at its class, as `one_hot` makes it.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.108.

    >>> round(float(cross_entropy_loss(np.zeros((1, 10)), np.eye(10)[[3]])), 12)
    2.302585092994
    """
    return -np.mean(np.sum(labels * log_softmax(logits), axis=1))


# -- multilayer perceptron -------------------------------------------------------------------------------------------


def mlp_parameters(rng: Rng, hidden: int = 32) -> Parameters:
    """Parameters of a network with 64 inputs, some hidden units and 10 outputs.

    >>> mlp_parameters(np.random.default_rng(0))["W1"].shape
    (64, 32)
    """
    first, second = linear_parameters(rng, PIXELS, hidden), linear_parameters(rng, hidden, CLASSES)
    return {"W1": first["W"], "b1": first["b"], "W2": second["W"], "b2": second["b"]}


def mlp_logits(params: Parameters, images: Array) -> Array:
    """The scores tanh(x W1 + b1) W2 + b2: one tanh layer, one linear layer.

    Shapes: images (N, 64), result (N, 10). Source: Rumelhart, Hinton and Williams, Learning representations by
    back-propagating errors, Nature 323 (1986).

    >>> mlp_logits(mlp_parameters(np.random.default_rng(0)), np.zeros((2, 64))).shape
    (2, 10)
    """
    hidden = np.tanh(images @ params["W1"] + params["b1"])
    return hidden @ params["W2"] + params["b2"]


# -- residual network ------------------------------------------------------------------------------------------------


def residual_parameters(rng: Rng, channels: int = 8, blocks: int = 1) -> Parameters:
    """Parameters of a residual network with some blocks of two convolutions.

    >>> len(residual_parameters(np.random.default_rng(0), blocks=3)["blocks"])
    3
    """
    return {
        "stem": convolution_parameters(rng, 1, channels),
        "blocks": [convolutional_block_parameters(rng, channels) for _ in range(blocks)],
        "head": linear_parameters(rng, channels, CLASSES),
    }


def residual_logits(params: Parameters, images: Array) -> Array:
    """The scores of a residual network: convolution, blocks, the mean over each channel's picture, a linear layer.

    Shapes: images (N, 64), result (N, 10). Source: He, Zhang, Ren and Sun, Deep residual learning for image
    recognition, CVPR (2016).

    >>> residual_logits(residual_parameters(np.random.default_rng(0)), np.zeros((2, 64))).shape
    (2, 10)
    """
    x = relu(convolution(params["stem"], np.reshape(images, (-1, 1, SIDE, SIDE))))
    for block in params["blocks"]:
        x = convolutional_block(block, x)
    return linear(params["head"], np.mean(x, axis=(2, 3)))


# -- recurrent networks over the rows of an image --------------------------------------------------------------------


def rnn_parameters(rng: Rng, hidden: int = 32) -> Parameters:
    """Parameters of a recurrent network: U reads a row of the image, W the hidden units of the step before.

    >>> {name: value.shape for name, value in rnn_parameters(np.random.default_rng(0))["cell"].items()}
    {'U': (8, 32), 'W': (32, 32), 'b': (32,)}
    """
    return {
        "cell": {
            "U": glorot(rng, (SIDE, hidden), SIDE, hidden),
            "W": glorot(rng, (hidden, hidden), hidden, hidden),
            "b": np.zeros(hidden),
        },
        "head": linear_parameters(rng, hidden, CLASSES),
    }


def rnn_logits(params: Parameters, images: Array) -> Array:
    """The scores after eight steps h <- tanh(x U + h W + b), one for each row x of the image, from h = 0.

    Shapes: images (N, 64), result (N, 10). Source: Elman, Finding structure in time, Cognitive Science 14 (1990);
    its gradient: Werbos, Backpropagation through time, Proc. IEEE 78 (1990).

    >>> rnn_logits(rnn_parameters(np.random.default_rng(0)), np.zeros((2, 64))).shape
    (2, 10)
    """
    cell, rows = params["cell"], np.reshape(images, (-1, SIDE, SIDE))
    h = np.zeros((len(rows), len(cell["b"])))
    for k in range(SIDE):
        h = np.tanh(rows[:, k] @ cell["U"] + h @ cell["W"] + cell["b"])
    return linear(params["head"], h)


def lstm_parameters(rng: Rng, hidden: int = 32) -> Parameters:
    """Parameters of an LSTM network, the four gates side by side: input, forget, output, candidate.

    The bias of the forget gate begins at 1, so that the cell remembers: Jozefowicz, Zaremba and Sutskever, An
    empirical exploration of recurrent network architectures, ICML (2015).

    >>> lstm_parameters(np.random.default_rng(0), hidden=2)["cell"]["b"]
    array([0., 0., 1., 1., 0., 0., 0., 0.])
    """
    return {
        "cell": {
            "U": glorot(rng, (SIDE, 4 * hidden), SIDE, hidden),
            "W": glorot(rng, (hidden, 4 * hidden), hidden, hidden),
            "b": np.repeat([0.0, 1.0, 0.0, 0.0], hidden),
        },
        "head": linear_parameters(rng, hidden, CLASSES),
    }


def lstm_logits(params: Parameters, images: Array) -> Array:
    """The scores after eight steps of an LSTM cell, one for each row x of the image, from h = c = 0.

    i, f, o = sigmoid and g = tanh of the quarters of x U + h W + b;  c <- f c + i g;  h <- o tanh(c)
    Shapes: images (N, 64), result (N, 10). Source: Hochreiter and Schmidhuber, Long short-term memory, Neural Comput.
    9 (1997); the forget gate f: Gers, Schmidhuber and Cummins, Learning to forget, Neural Comput. 12 (2000).

    >>> lstm_logits(lstm_parameters(np.random.default_rng(0)), np.zeros((2, 64))).shape
    (2, 10)
    """
    cell, rows = params["cell"], np.reshape(images, (-1, SIDE, SIDE))
    h = c = np.zeros((len(rows), len(cell["b"]) // 4))
    for k in range(SIDE):
        i, f, o, g = np.split(rows[:, k] @ cell["U"] + h @ cell["W"] + cell["b"], 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return linear(params["head"], h)


# -- transformer over the patches of an image ------------------------------------------------------------------------


def patches(images: Array) -> Array:
    """The 16 patches of 2 x 2 pixels of each image, row by row: (N, 64) to (N, 16, 4).

    >>> patches(np.arange(64.0))[0, 1]
    array([ 2.,  3., 10., 11.])
    """
    count = SIDE // PATCH
    squares = np.reshape(images, (-1, count, PATCH, count, PATCH))
    return np.reshape(np.transpose(squares, (0, 1, 3, 2, 4)), (-1, PATCHES, PATCH * PATCH))


def transformer_parameters(rng: Rng, width: int = 16, heads: int = 2, hidden: int = 64, blocks: int = 1) -> Parameters:
    """Parameters of a transformer with tokens of some width, which is shared evenly by the heads.

    >>> params = transformer_parameters(np.random.default_rng(0), width=12, heads=3, blocks=2)
    >>> params["position"].shape, params["blocks"][1]["attention"]["Q"].shape
    ((16, 12), (3, 12, 4))
    """
    return {
        "embedding": linear_parameters(rng, PATCH * PATCH, width),
        "position": rng.normal(size=(PATCHES, width)),
        "blocks": [transformer_block_parameters(rng, width, heads, hidden) for _ in range(blocks)],
        "norm": norm_parameters(width),
        "head": linear_parameters(rng, width, CLASSES),
    }


def transformer_logits(params: Parameters, images: Array) -> Array:
    """The scores of a transformer: embedded patches and their positions, blocks, the mean over tokens, a linear layer.

    Shapes: images (N, 64), result (N, 10). Source: Vaswani et al., Attention is all you need, NIPS (2017); patches as
    tokens: Dosovitskiy et al., An image is worth 16x16 words, ICLR (2021), eqs. 1 to 4.

    >>> transformer_logits(transformer_parameters(np.random.default_rng(0)), np.zeros((2, 64))).shape
    (2, 10)
    """
    x = linear(params["embedding"], patches(images)) + params["position"]
    for block in params["blocks"]:
        x = transformer_block(block, x)
    return linear(params["head"], np.mean(norm(params["norm"], x), axis=1))

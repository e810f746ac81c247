"""The layers that models are made of: `..._parameters(rng, ...)` draws fresh ones, the map of that name reads them."""

from typing import Any

import numpy as np

from expression.errors import ArgumentError
from expression.functions import conv2d, gelu, layer_norm, relu, softmax
from expression.operations.operation import Array

Rng = np.random.Generator
Parameters = dict[str, Any]  # names to arrays, to further dicts, or to lists of dicts


def glorot(rng: Rng, shape: tuple[int, ...], inputs: int, outputs: int) -> Array:
    """Weights uniform within sqrt(6 / (inputs + outputs)), so that layers neither damp nor amplify.

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward networks (2010), eq. 16.

    >>> weights = glorot(np.random.default_rng(0), (64, 32), 64, 32)
    >>> bool(np.max(np.abs(weights)) <= 0.25)
    True
    """
    bound = np.sqrt(6.0 / (inputs + outputs))
    return rng.uniform(-bound, bound, shape)


def linear_parameters(rng: Rng, inputs: int, outputs: int) -> Parameters:
    """Parameters of a linear layer: W (inputs, outputs) by `glorot`, b zero.

    >>> {name: value.shape for name, value in linear_parameters(np.random.default_rng(0), 3, 2).items()}
    {'W': (3, 2), 'b': (2,)}
    """
    return {"W": glorot(rng, (inputs, outputs), inputs, outputs), "b": np.zeros(outputs)}


def linear(params: Parameters, x: Array) -> Array:
    """The map x W + b of the last axis.

    >>> linear({"W": np.eye(2), "b": np.ones(2)}, np.array([1.0, 5.0]))
    array([2., 6.])
    """
    return x @ params["W"] + params["b"]


def norm_parameters(width: int) -> Parameters:
    """Parameters of a layer norm: gain 1, bias 0.

    >>> norm_parameters(2)
    {'gain': array([1., 1.]), 'bias': array([0., 0.])}
    """
    return {"gain": np.ones(width), "bias": np.zeros(width)}


def norm(params: Parameters, x: Array) -> Array:
    """The layer norm of the last axis.

    >>> norm(norm_parameters(2), np.array([-500.0, 500.0])).round(6)
    array([-1.,  1.])
    """
    return layer_norm(x, params["gain"], params["bias"])


def convolution_parameters(rng: Rng, inputs: int, outputs: int) -> Parameters:
    """Parameters of a 3 x 3 convolution: w (outputs, inputs, 3, 3) by `glorot`, b 0.1.

    A positive bias keeps relu away from its kink where an image is black: Goodfellow, Bengio and Courville, Deep
    Learning (2016), section 6.3.1.

    >>> convolution_parameters(np.random.default_rng(0), 1, 4)["w"].shape
    (4, 1, 3, 3)
    """
    return {"w": glorot(rng, (outputs, inputs, 3, 3), 9 * inputs, 9 * outputs), "b": np.full(outputs, 0.1)}


def convolution(params: Parameters, x: Array) -> Array:
    """The convolution conv(x, w) + b, zero-padded so that a 3 x 3 kernel keeps the size of x (N, C, H, W).

    >>> convolution({"w": np.ones((1, 1, 3, 3)), "b": np.ones(1)}, np.ones((1, 1, 2, 2)))
    array([[[[5., 5.],
             [5., 5.]]]])
    """
    return conv2d(x, params["w"], padding=1) + params["b"][:, None, None]


def convolutional_block_parameters(rng: Rng, channels: int) -> Parameters:
    """Parameters of a residual block: two convolutions that keep the channels.

    >>> sorted(convolutional_block_parameters(np.random.default_rng(0), 4))
    ['first', 'second']
    """
    return {name: convolution_parameters(rng, channels, channels) for name in ("first", "second")}


def convolutional_block(params: Parameters, x: Array) -> Array:
    """The residual block relu(x + conv(relu(conv(x)))), without the batch normalization of its source.

    Shapes: x and result (N, C, H, W). Source: He, Zhang, Ren and Sun, Deep residual learning for image recognition,
    CVPR (2016), figure 2 and eq. 1.

    >>> zero = {"w": np.zeros((1, 1, 3, 3)), "b": np.zeros(1)}
    >>> convolutional_block({"first": zero, "second": zero}, np.ones((1, 1, 1, 2)))
    array([[[[1., 1.]]]])
    """
    return relu(x + convolution(params["second"], relu(convolution(params["first"], x))))


def attention_parameters(rng: Rng, width: int, heads: int) -> Parameters:
    """Parameters of an attention layer: Q, K, V (heads, width, width / heads) and O (heads, width / heads, width).

    Raises ArgumentError where the heads do not share the width evenly.

    >>> attention_parameters(np.random.default_rng(0), 8, 2)["Q"].shape
    (2, 8, 4)
    """
    if width % heads:
        raise ArgumentError(f"attention: {heads} heads cannot share width={width}; take a multiple of {heads}")
    share = width // heads
    return {
        **{name: glorot(rng, (heads, width, share), width, width) for name in "QKV"},
        "O": glorot(rng, (heads, share, width), width, width),
    }


def attention(params: Parameters, x: Array) -> Array:
    """Multi-head attention: the sum over heads of softmax(x Q (x K)^T / sqrt(d)) x V O.

    The sum of products with each O is the product of the joined heads with all of them, stacked.
    Shapes: x and result (N, tokens, width), Q, K, V (heads, width, d), O (heads, d, width).
    Source: Vaswani et al., Attention is all you need, NIPS (2017), eq. 1 and section 3.2.2.

    >>> one = np.ones((1, 1, 1))
    >>> attention({"Q": one, "K": one, "V": one, "O": one}, np.array([[[3.0], [3.0]]])).round(6).tolist()
    [[[3.0], [3.0]]]
    """
    x = x[:, None]  # an axis for the heads
    queries, keys, values = x @ params["Q"], x @ params["K"], x @ params["V"]
    weights = softmax(queries @ np.swapaxes(keys, -1, -2) / np.sqrt(float(keys.shape[-1])))
    return np.sum(weights @ values @ params["O"], axis=1)


def transformer_block_parameters(rng: Rng, width: int, heads: int, hidden: int) -> Parameters:
    """Parameters of a transformer block: an attention and two linear layers, each pair after a norm.

    >>> list(transformer_block_parameters(np.random.default_rng(0), 8, 2, 32))
    ['norm1', 'attention', 'norm2', 'expand', 'contract']
    """
    return {
        "norm1": norm_parameters(width),
        "attention": attention_parameters(rng, width, heads),
        "norm2": norm_parameters(width),
        "expand": linear_parameters(rng, width, hidden),
        "contract": linear_parameters(rng, hidden, width),
    }


def transformer_block(params: Parameters, x: Array) -> Array:
    """The pre-norm block x <- x + attention(norm(x)), then x <- x + contract(gelu(expand(norm(x)))).

    Shapes: x and result (N, tokens, width). Source: Vaswani et al., Attention is all you need, NIPS (2017); the norm
    before, not after: Xiong et al., On layer normalization in the transformer architecture, ICML (2020), figure 1.

    >>> params = transformer_block_parameters(np.random.default_rng(0), 8, 2, 32)
    >>> transformer_block(params, np.zeros((2, 5, 8))).shape
    (2, 5, 8)
    """
    x = x + attention(params["attention"], norm(params["norm1"], x))
    hidden = gelu(linear(params["expand"], norm(params["norm2"], x)))
    return x + linear(params["contract"], hidden)

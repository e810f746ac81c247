"""What NumPy lacks: the functions of neural networks and statistics, on arrays, numbers, tracers and tensors.

Each one calls rows of the table, so its formula and its derivative stand there, once, and neither overflows where
the mathematics does not.
"""

from math import sqrt
from typing import Any

import numpy as np

from expression.errors import ArgumentError
from expression.operations import TABLE, surface
from expression.operations.operation import Array, Traced
from expression.structure import dtype_of, shape_of

ROOT_HALF = sqrt(0.5)


def as_floats(x: Any) -> Array:
    """What records stays what it is, everything else becomes an ndarray; integers become floats."""
    x = x if isinstance(x, Traced) else np.asarray(x)
    return x.astype(float) if x.dtype.kind in "biu" else x


def sigmoid(x: Array) -> Array:
    """The logistic function, 1 / (1 + exp(-x)); derivative y (1 - y).

    Source: Verhulst, "Notice sur la loi que la population suit dans son accroissement" (1838).

    >>> float(sigmoid(0.0)), float(sigmoid(-800.0))
    (0.5, 0.0)
    """
    return TABLE["sigmoid"](x)


def relu(x: Array) -> Array:
    """The positive part, max(x, 0); derivative 1 for x > 0, else 0, also at the kink 0.

    Source: Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML (2010).

    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    return TABLE["relu"](x)


def softplus(x: Array) -> Array:
    """The smooth relu, log(1 + exp(x)); derivative sigmoid(x), which is 1 at 800 and not inf / inf.

    Source: Dugas et al., "Incorporating second-order functional knowledge for better option pricing", NIPS (2000).

    >>> float(softplus(0.0)), float(softplus(800.0))
    (0.6931471805599453, 800.0)
    """
    return TABLE["softplus"](x)


def erf(x: Array) -> Array:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x; derivative its integrand at x.

    Source: NIST Digital Library of Mathematical Functions, 7.2.1.

    >>> round(float(erf(1.0)), 12)
    0.84270079295
    """
    return TABLE["erf"](x)


def gelu(x: Array) -> Array:
    """The Gaussian error linear unit x Phi(x), exact, not the tanh approximation; derivative Phi(x) + x phi(x).

    Phi is the distribution function of the standard normal, (1 + erf(x / sqrt(2))) / 2, and phi its density.
    Source: Hendrycks and Gimpel, "Gaussian error linear units", arXiv:1606.08415 (2016).

    >>> round(float(gelu(1.0)), 12)
    0.841344746069
    """
    return 0.5 * x * (1.0 + erf(ROOT_HALF * x))


def logsumexp(x: Array, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Array:
    """log(sum(exp(x))) along axes, the largest entry taken out first; derivative softmax(x).

    Source: Blanchard, Higham and Higham, "Accurately computing the log-sum-exp and softmax functions", IMA J. Numer.
    Anal. 41 (2021).

    >>> round(float(logsumexp(np.array([1e4, 1e4]))), 9)
    10000.693147181
    """
    return surface.logsumexp(as_floats(x), axis, keepdims=keepdims)


def log_softmax(x: Array, axis: int | tuple[int, ...] = -1) -> Array:
    """The difference x - logsumexp(x) along an axis: the logarithm of softmax, finite where softmax underflows to 0.

    Jacobian: dy_i/dx_j = (1 if i == j else 0) - softmax(x)_j. Source: as `logsumexp`.

    >>> log_softmax(np.array([0.0, 1000.0]))
    array([-1000.,     0.])
    """
    x = as_floats(x)
    return x - logsumexp(x, axis, keepdims=True)


def softmax(x: Array, axis: int | tuple[int, ...] = -1) -> Array:
    """exp(x) / sum(exp(x)) along an axis, as exp(x - logsumexp(x)).

    Jacobian: dy_i/dx_j = y_i ((1 if i == j else 0) - y_j), not diagonal. Source: as `logsumexp`.

    >>> softmax(np.array([0.0, 0.0, 1000.0, 1000.0]))
    array([0. , 0. , 0.5, 0.5])
    """
    return np.exp(log_softmax(x, axis))


def one_hot(labels: Array, classes: int) -> Array:
    """Each label as a row of `classes` zeros with a 1 at the label; shape of labels + (classes,).

    Labels are data: the derivative with respect to them is nothing. Raises ArgumentError for labels that are no
    integers from 0 to classes - 1.

    >>> one_hot(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    labels = labels if isinstance(labels, Traced) else np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise ArgumentError(f"one_hot: labels are {labels.dtype}; pass integers from 0 to {classes - 1}")
    if not isinstance(labels, Traced) and labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise ArgumentError(
            f"one_hot: labels run from {labels.min()} to {labels.max()}, but {classes} classes are 0 to {classes - 1}"
        )
    return (np.expand_dims(labels, -1) == np.arange(classes)).astype(float)


def at_set(x: Array, index: Any, value: Array) -> Array:
    """A copy of x in which x[index] is value: what `x[index] = value` would do, as a function.

    The index is anything that NumPy takes; where an array of integers names an entry twice, the last value stays.
    Derivatives: 0 for the entries of x that were replaced, 1 for the others and for the values.

    >>> at_set(np.zeros(4), slice(1, 3), 7.0)
    array([0., 7., 7., 0.])
    """
    shape, size = np.shape(x), int(np.prod(np.shape(x)))
    if isinstance(index, Traced) and (index.dtype.kind, shape_of(index), shape_of(value)) == ("b", shape, ()):
        mask: Array = index  # its values need not be known
        return np.where(mask, value, x)
    if isinstance(value, int | float) and dtype_of(x).kind == "f":
        value = dtype_of(x).type(value)
    places = np.arange(size).reshape(shape)[index]
    source = np.arange(size)
    source[places.reshape(-1)] = size + np.arange(places.size)
    values = np.reshape(np.broadcast_to(value, np.shape(places)), (-1,))
    return np.reshape(np.concatenate([np.reshape(x, (-1,)), values])[source], shape)


def layer_norm(x: Array, gain: Array = 1.0, bias: Array = 0.0, axis: int = -1, eps: float = 1e-5) -> Array:
    """Gain times (x - mean) / sqrt(variance + eps) plus bias; mean and variance along the axis depend on x too.

    Source: Ba, Kiros and Hinton, "Layer normalization", arXiv:1607.06450 (2016), section 3.

    >>> layer_norm(np.array([1.0, 3.0]), eps=0.0)
    array([-1.,  1.])
    """
    x = as_floats(x)
    centred = x - np.mean(x, axis=axis, keepdims=True)
    return gain * centred / np.sqrt(np.mean(centred * centred, axis=axis, keepdims=True) + eps) + bias


def pair(option: int | tuple[int, int], name: str, least: int) -> tuple[int, int]:
    """An option for rows and columns, given as one number or as two."""
    rows, columns = (option, option) if isinstance(option, int) else option
    if min(rows, columns) < least:
        raise ArgumentError(f"conv2d: {name}={option} must be at least {least}")
    return rows, columns


def conv2d(x: Array, w: Array, stride: int | tuple[int, int] = 1, padding: int | tuple[int, int] = 0) -> Array:
    """The convolution of neural networks, which is the cross-correlation (the kernel is not flipped).

    y[n, o, i, j] = sum over c, k, l of padded x[n, c, i stride + k, j stride + l] w[o, c, k, l]
    Shapes: x (N, C, H, W), w (O, C, K, L), y (N, O, 1 + (H + 2 padding - K) // stride, the same for the columns);
    zeros are padded, as in PyTorch and in JAX's lax.conv. Raises ArgumentError where these shapes do not fit.
    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285 (2016).

    >>> conv2d(np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2)))
    array([[[[ 8., 12.],
             [20., 24.]]]])
    """
    (down, right), (above, beside) = pair(stride, "stride", 1), pair(padding, "padding", 0)
    if np.ndim(x) != 4 or np.ndim(w) != 4 or np.shape(x)[1] != np.shape(w)[1]:
        raise ArgumentError(
            f"conv2d: needs x (N, C, H, W) and w (O, C, K, L) with the same C, got {np.shape(x)} and {np.shape(w)}"
        )
    if above or beside:
        x = np.pad(x, ((0, 0), (0, 0), (above, above), (beside, beside)))
    height, width, rows, columns = *np.shape(x)[2:], *np.shape(w)[2:]
    if rows > height or columns > width:
        raise ArgumentError(
            f"conv2d: the kernel is {rows} by {columns}, larger than the padded {height} by {width} image"
        )
    tall, wide = 1 + (height - rows) // down, 1 + (width - columns) // right
    # One matrix product: a row of its matrix is a channel of the picture, shifted for an entry of the kernel.
    count, channels, outputs = *np.shape(x)[:2], np.shape(w)[0]
    shifted = [
        x[:, :, None, k : height - rows + k + 1 : down, j : width - columns + j + 1 : right]
        for k in range(rows)
        for j in range(columns)
    ]
    matrix = np.reshape(np.concatenate(shifted, axis=2), (count, channels * rows * columns, tall * wide))
    kernel = np.reshape(w, (outputs, channels * rows * columns))
    return np.reshape(kernel @ matrix, (count, outputs, tall, wide))

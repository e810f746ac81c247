"""Real models on real digits: softmax regression and the networks of `models`.

The two first read all 1797 images; the others the first ten, one of each digit, so that a value takes milliseconds.
"""

import numpy as np

from expression.case import Case, near
from expression.corpus.data import digits_data, uniform
from expression.corpus.layers import Parameters
from expression.corpus.models import (
    cross_entropy_loss,
    lstm_logits,
    lstm_parameters,
    mlp_logits,
    residual_logits,
    residual_parameters,
    rnn_logits,
    rnn_parameters,
    transformer_logits,
    transformer_parameters,
)
from expression.operations.operation import Array

FEW = 10
DIGITS = {"W": np.zeros((64, 10)), "b": np.zeros(10)}
DIGITS_MLP = {"W1": 0.2 * uniform(18, 64, 32), "b1": np.zeros(32), "W2": 0.2 * uniform(19, 32, 10), "b2": np.zeros(10)}

RESIDUAL = residual_parameters(np.random.default_rng(20), channels=4)
RNN = rnn_parameters(np.random.default_rng(21), hidden=8)
LSTM = lstm_parameters(np.random.default_rng(22), hidden=4)
TRANSFORMER = transformer_parameters(np.random.default_rng(23), width=8, heads=2, hidden=16)

DIGITS_SOURCE = "Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI (1998); scikit-learn"


def digits(params: Parameters) -> Array:
    """The cross-entropy of softmax regression on 1797 handwritten digits: ln 10 at W = 0, b = 0."""
    X, Y = digits_data()
    return cross_entropy_loss(X @ params["W"] + params["b"], Y)


def digits_mlp(params: Parameters) -> Array:
    """The cross-entropy of a network with one tanh layer on 1797 handwritten digits."""
    X, Y = digits_data()
    return cross_entropy_loss(mlp_logits(params, X), Y)


def digits_residual(params: Parameters) -> Array:
    """The cross-entropy of a convolutional residual network on ten handwritten digits."""
    X, Y = digits_data()
    return cross_entropy_loss(residual_logits(params, X[:FEW]), Y[:FEW])


def digits_rnn(params: Parameters) -> Array:
    """The cross-entropy of a recurrent network that reads ten handwritten digits row by row."""
    X, Y = digits_data()
    return cross_entropy_loss(rnn_logits(params, X[:FEW]), Y[:FEW])


def digits_lstm(params: Parameters) -> Array:
    """The cross-entropy of an LSTM network that reads ten handwritten digits row by row."""
    X, Y = digits_data()
    return cross_entropy_loss(lstm_logits(params, X[:FEW]), Y[:FEW])


def digits_transformer(params: Parameters) -> Array:
    """The cross-entropy of a transformer that reads ten handwritten digits patch by patch."""
    X, Y = digits_data()
    return cross_entropy_loss(transformer_logits(params, X[:FEW]), Y[:FEW])


# fmt: off
CASES = (
    Case("digits", "Softmax regression on real digits", digits, (DIGITS,), ((-0.1, 0.1),), DIGITS_SOURCE,
         parameters=("params",), requires="scikit-learn"),
    Case("digits_mlp", "A network with 32 hidden units on real digits", digits_mlp, (DIGITS_MLP,), ((-0.2, 0.2),),
         DIGITS_SOURCE, parameters=("params",), requires="scikit-learn"),
    Case("digits_residual", "A residual network on real digits", digits_residual, (RESIDUAL,), (near(0.1),),
         "He, Zhang, Ren and Sun, Deep residual learning for image recognition, CVPR (2016), eq. 1",
         parameters=("params",), requires="scikit-learn"),
    Case("digits_rnn", "A recurrent network on the rows of real digits", digits_rnn, (RNN,), (near(0.1),),
         "Elman, Finding structure in time (1990); Werbos, Backpropagation through time, Proc. IEEE 78 (1990)",
         parameters=("params",), requires="scikit-learn"),
    Case("digits_lstm", "An LSTM network on the rows of real digits", digits_lstm, (LSTM,), (near(0.1),),
         "Hochreiter and Schmidhuber, Long short-term memory, Neural Comput. 9 (1997)",
         parameters=("params",), requires="scikit-learn"),
    Case("digits_transformer", "A transformer on patches of real digits", digits_transformer, (TRANSFORMER,),
         (near(0.1),), "Vaswani et al., Attention is all you need, NIPS (2017); Dosovitskiy et al., ICLR (2021)",
         parameters=("params",), requires="scikit-learn"),
)
# fmt: on

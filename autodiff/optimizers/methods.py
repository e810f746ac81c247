"""The methods, each a rule for one leaf: gradient descent with and without momentum, Adam, and AdamW.

Names follow JAX's optax, every update PyTorch's documented algorithm, so that the three compare step by step. In the
formulas x are the parameters, x_bar their gradient, and t = 1, 2, ... counts the updates.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from autodiff.optimizers.optimizer import LearningRate, Optimizer, number
from expression.errors import ArgumentError
from expression.operations.operation import Array


def sgd(
    learning_rate: LearningRate, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0
) -> Optimizer:
    """Gradient descent, plain or with momentum; stochastic where the gradient is that of a sample.

        v_t = momentum v_(t-1) + x_bar_t,  v_0 = 0
        x_t = x_(t-1) - learning_rate v_t                            or, with nesterov,
        x_t = x_(t-1) - learning_rate (x_bar_t + momentum v_t)

    `weight_decay` is the factor of an L2 term weight_decay |x|^2 / 2: it adds weight_decay x_(t-1) to x_bar_t, before
    all else. The state has the one moment v, and none without momentum. As torch.optim.SGD with dampening 0.

    Sources: Robbins and Monro, "A stochastic approximation method", Annals of Mathematical Statistics 22 (1951).
    Momentum: Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Computational
    Mathematics and Mathematical Physics 4 (1964): x_(t+1) = x_t - learning_rate x_bar_t + momentum (x_t - x_(t-1)).
    Nesterov, "A method of solving a convex programming problem with convergence rate O(1/k^2)", Soviet Mathematics
    Doklady 27 (1983): y_(t+1) = x_t - learning_rate x_bar_t, x_(t+1) = y_(t+1) + momentum (y_(t+1) - y_t).

    Raises ArgumentError for an option out of its range, and for nesterov without momentum.

    >>> from autodiff import value_and_grad
    >>> optimizer, x = sgd(0.1, momentum=0.5), 1.0
    >>> state = optimizer.init(x)
    >>> for _ in range(3):
    ...     loss, gradient = value_and_grad(lambda x: 3 * (x - 2) ** 2)(x)
    ...     x, state = optimizer.update(gradient, state, x)
    ...     print(f"{loss:.4f} {x:.4f}")
    3.0000 1.6000
    0.4800 2.1400
    0.0588 2.3260
    """
    momentum = number("momentum", momentum, below=1)
    if nesterov and not momentum:
        raise ArgumentError("nesterov=True looks ahead along the momentum, which is 0; give momentum=0.9, for example")
    rule = partial(descend, momentum=momentum, nesterov=nesterov, decay=number("weight_decay", weight_decay))
    return Optimizer(learning_rate, moments=1 if momentum else 0, rule=rule)


def adam(learning_rate: LearningRate = 1e-3, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> Optimizer:
    """Steps of about the learning rate in every entry: the mean gradient over the root of its mean square.

        m_t = b1 m_(t-1) + (1 - b1) x_bar_t,     m_hat = m_t / (1 - b1^t),  m_0 = 0
        v_t = b2 v_(t-1) + (1 - b2) x_bar_t^2,   v_hat = v_t / (1 - b2^t),  v_0 = 0
        x_t = x_(t-1) - learning_rate m_hat / (sqrt(v_hat) + eps)

    The hats correct the bias towards the zeros at the start: without them, the first step would be
    (1 - b1) / sqrt(1 - b2) = 3.2 times as long. The state has the moments m and v. As torch.optim.Adam.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.

    Raises ArgumentError for an option out of its range.

    >>> optimizer = adam(0.1)
    >>> x, state = optimizer.update([300.0, -0.02], optimizer.init([1.0, 1.0]), [1.0, 1.0])
    >>> [round(entry, 6) for entry in x]
    [0.9, 1.1]
    """
    return adamw(learning_rate, b1, b2, eps, weight_decay=0.0)


def adamw(
    learning_rate: LearningRate = 1e-3,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
) -> Optimizer:
    """Adam with decoupled weight decay: the parameters shrink by themselves, not by way of the moments.

        x_t = x_(t-1) (1 - learning_rate weight_decay) - learning_rate m_hat / (sqrt(v_hat) + eps)

    with m_hat and v_hat of `adam`. An L2 term in the loss would be divided by sqrt(v_hat) as the gradient is, and so
    shrink least those entries whose gradients are large. As torch.optim.AdamW.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2, whose decay is
    learning_rate weight_decay here.

    Raises ArgumentError for an option out of its range.

    >>> optimizer = adamw(0.1, weight_decay=0.5)
    >>> optimizer.update(0.0, optimizer.init(2.0), 2.0)[0]  # no gradient: only decay
    1.9
    """
    b1, b2 = number("b1", b1, below=1), number("b2", b2, below=1)
    rule = partial(adapt, b1=b1, b2=b2, eps=number("eps", eps), decay=number("weight_decay", weight_decay))
    return Optimizer(learning_rate, moments=2, rule=rule)


def descend(
    x: Array,
    x_bar: Array,
    moments: Sequence[Array],
    rate: Array,
    t: int,
    *,
    momentum: float,
    nesterov: bool,
    decay: float,
) -> tuple[Array, ...]:
    """The rule of `sgd`."""
    if decay:
        x_bar = x_bar + decay * x
    if not momentum:
        return (x - rate * x_bar,)
    v = momentum * moments[0] + x_bar
    return x - rate * (x_bar + momentum * v if nesterov else v), v


def adapt(
    x: Array,
    x_bar: Array,
    moments: Sequence[Array],
    rate: Array,
    t: int,
    *,
    b1: float,
    b2: float,
    eps: float,
    decay: float,
) -> tuple[Array, ...]:
    """The rule of `adamw`, and of `adam`, which has no decay."""
    m = b1 * moments[0] + (1 - b1) * x_bar
    v = b2 * moments[1] + (1 - b2) * (x_bar * x_bar)
    m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
    return x * (1 - rate * decay) - rate * m_hat / (np.sqrt(v_hat) + eps), m, v

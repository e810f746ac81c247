"""E1 on arrays: 198 operations, the sum of the last as loss, and the gradients by three arrays.

66 times  x = sin(x) * a + b
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.workload import Answer, Contestant, Duel, Workload, unguarded
from expression.operations.operation import Array

ROUNDS = 66
Arrays = tuple[Array, Array, Array]  # x, a, b


def data(size: int) -> Arrays:
    """Numbers for which the rounds neither grow nor die out: |dx/dx| = |a cos x| is below 1, and often near it."""
    rng = np.random.default_rng(1)
    return rng.uniform(-1.0, 1.0, size), rng.uniform(0.8, 1.0, size), rng.uniform(-0.1, 0.1, size)


def chain(sin: Callable[[Any], Any]) -> Callable[[Any, Any, Any], Any]:
    """The program, with the sine of a library."""

    def rounds(x: Any, a: Any, b: Any) -> Any:
        for _ in range(ROUNDS):
            x = sin(x) * a + b
        return x.sum()

    return rounds


def by_hand(arrays: Arrays) -> Contestant:
    """The reverse sweep as one would write it in NumPy."""

    def run() -> Answer:
        x, a, b = arrays
        kept = []
        for _ in range(ROUNDS):
            s = np.sin(x)
            kept.append((x, s))
            x = s * a + b
        x_bar, a_bar, b_bar = np.ones_like(x), np.zeros_like(a), np.zeros_like(b)
        for before, s in reversed(kept):
            b_bar += x_bar
            a_bar += x_bar * s
            x_bar = x_bar * a * np.cos(before)
        return x.sum(), (x_bar, a_bar, b_bar)

    return run


def ours(arrays: Arrays) -> Contestant:
    """The tape of trigrad under plain NumPy code."""
    from autodiff import value_and_grad

    function = value_and_grad(chain(np.sin), argnums=(0, 1, 2))
    return lambda: function(*arrays)


def autograd(arrays: Arrays) -> Contestant:
    """Autograd's own NumPy."""
    import autograd
    import autograd.numpy as anp

    function = autograd.value_and_grad(chain(anp.sin), argnum=(0, 1, 2))
    return lambda: function(*arrays)


def mygrad(arrays: Arrays) -> Contestant:
    """Tensors over the arrays themselves, and backward from the loss."""
    import mygrad as mg

    function = chain(mg.sin)

    def run() -> Answer:
        leaves = [mg.tensor(x, copy=False) for x in arrays]
        loss = function(*leaves)
        loss.backward()
        return loss.data, tuple([leaf.grad for leaf in leaves])

    return run


def pytorch(arrays: Arrays) -> Contestant:
    """PyTorch eager, on tensors that share the arrays' memory."""
    import torch

    leaves = [torch.from_numpy(x).requires_grad_() for x in arrays]
    function = chain(torch.sin)

    def run() -> Answer:
        loss = function(*leaves)
        return loss, torch.autograd.grad(loss, leaves)

    return run


ROWS = (
    Workload(
        name="E1 arrays",
        title="198 operations on arrays, 3 inputs",
        sizes=(10, 1_000, 100_000),
        quick=(10,),
        make=data,
        contestants={
            "by hand": by_hand,
            "trigrad": ours,
            "autograd": autograd,
            "MyGrad": mygrad,
            "MyGrad unguarded": unguarded(mygrad),
            "PyTorch": pytorch,
        },
        reference="by hand",
        duels=(
            Duel("trigrad", "by hand", {10: 1 / 1.8}, quick=True),
            Duel("trigrad", "autograd", {10: 6.0}, quick=True),
            Duel("trigrad", "MyGrad", {10: 6.0}),
            Duel("trigrad", "MyGrad unguarded"),
            Duel("trigrad", "PyTorch", {10: 3.0}, quick=True),
        ),
    ),
)

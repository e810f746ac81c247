"""Optimizers: pure functions from a gradient to new parameters, over pytrees of arrays and numbers.

A training loop keeps parameters and state by itself; nothing is stored here, and nothing is changed in place:

>>> from autodiff import value_and_grad
>>> optimizer, params = adam(0.1), {"w": 0.0, "b": 0.0}
>>> state = optimizer.init(params)
>>> for _ in range(200):
...     loss, gradient = value_and_grad(lambda p: (p["w"] + p["b"] - 3) ** 2 + (p["w"] - 1) ** 2)(params)
...     params, state = optimizer.update(gradient, state, params)
>>> print(f"w = {params['w']:.3f}, b = {params['b']:.3f}")
w = 1.000, b = 2.000
"""

from autodiff.optimizers.methods import adam, adamw, sgd
from autodiff.optimizers.optimizer import Optimizer, State
from autodiff.optimizers.schedules import cosine_decay, exponential_decay

__all__ = ["Optimizer", "State", "adam", "adamw", "cosine_decay", "exponential_decay", "sgd"]

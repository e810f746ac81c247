"""Differentiator 3: automatic differentiation by the rules of the operation table, reverse and forward.

`grad` and its family run Python functions on a tape; `derive` writes the gradient of an expression down as a program.
"""

from autodiff.api import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autodiff.control import stop_gradient, straight_through
from autodiff.derivation import derive, derive_forward
from autodiff.facades import GradientTape
from autodiff.modes import detect_anomaly, no_grad
from autodiff.tensor import Tensor, tensor

__all__ = [
    "GradientTape",
    "Tensor",
    "derive",
    "derive_forward",
    "detect_anomaly",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "no_grad",
    "stop_gradient",
    "straight_through",
    "tensor",
    "value_and_grad",
    "vjp",
]

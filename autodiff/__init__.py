"""Differentiator 3: automatic differentiation by the rules of the operation table, reverse and forward."""

from autodiff.api import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autodiff.derivation import derive, derive_forward

__all__ = [
    "derive",
    "derive_forward",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "value_and_grad",
    "vjp",
]

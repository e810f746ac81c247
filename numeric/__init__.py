"""Differentiator 2: finite differences. It only evaluates, so f may be a black box."""

from numeric.derivatives import Estimate, estimate, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from numeric.schemes import SCHEMES, Scheme, Stencil
from numeric.stencils import derive

__all__ = [
    "SCHEMES",
    "Estimate",
    "Scheme",
    "Stencil",
    "derive",
    "estimate",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "value_and_grad",
    "vjp",
]

"""Differentiator 1: SymPy's own rules. The only room that imports sympy."""

from symbolic.api import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from symbolic.derivation import derive
from symbolic.reading import from_sympy
from symbolic.rules import rules
from symbolic.textbook import textbook
from symbolic.translation import to_sympy

__all__ = [
    "derive",
    "from_sympy",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "rules",
    "textbook",
    "to_sympy",
    "value_and_grad",
    "vjp",
]

"""Differentiator 1: SymPy's own rules. The only room that imports sympy."""

from symbolic.api import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from symbolic.derivation import derive
from symbolic.equivalence import Equivalence, equivalence
from symbolic.forms import FORMS, SymPySizes, count_ops, equal, rewrite, sympy_sizes
from symbolic.reading import from_sympy
from symbolic.rules import rules
from symbolic.textbook import textbook
from symbolic.translation import to_sympy

__all__ = [
    "FORMS",
    "Equivalence",
    "SymPySizes",
    "count_ops",
    "derive",
    "equal",
    "equivalence",
    "from_sympy",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "rewrite",
    "rules",
    "sympy_sizes",
    "textbook",
    "to_sympy",
    "value_and_grad",
    "vjp",
]

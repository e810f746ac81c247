"""Differentiator 3: automatic differentiation by the rules of the operation table, reverse and forward.

`grad` and its family run Python functions on a tape; `derive` writes the gradient of an expression down as a program.
`tensor(x)` with `loss.backward()` and `GradientTape` are two other faces of the same tape.
"""

from autodiff import optimizers
from autodiff.api import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autodiff.checkpoints import Counts, checkpoint, checkpointed_loop
from autodiff.control import stop_gradient, straight_through
from autodiff.derivation import derive, derive_forward
from autodiff.facades import GradientTape
from autodiff.modes import detect_anomaly, no_grad
from autodiff.tensor import Tensor, tensor

__all__ = [
    "Counts",
    "GradientTape",
    "Tensor",
    "checkpoint",
    "checkpointed_loop",
    "derive",
    "derive_forward",
    "detect_anomaly",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "no_grad",
    "optimizers",
    "stop_gradient",
    "straight_through",
    "tensor",
    "value_and_grad",
    "vjp",
]

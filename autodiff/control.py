"""What a derivative shall not see: `stop_gradient`, and with it the straight-through estimator."""

from collections.abc import Callable

from expression.operations.custom import operation
from expression.operations.operation import Array


@operation(partials=(lambda y, x: 0.0,), name="stop_gradient")
def stop_gradient(x: Array) -> Array:
    """The value of x, with the derivative 0: a constant for every derivative, of any order, on any tape.

    It is an operation with a row like every other, so that `derive` and the measures see it too. Numeric and symbolic
    differentiation know nothing of it: they see the identity.

    >>> from autodiff import grad
    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    return x


def straight_through(f: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The function f, with the derivative of the identity: x + stop_gradient(f(x) - x).

    For steps and roundings, whose own derivative is 0 almost everywhere. The value is that of f up to rounding.
    Source: Bengio, Leonard and Courville, "Estimating or propagating gradients through stochastic neurons",
    arXiv:1308.3432 (2013), section 4.

    >>> import numpy as np
    >>> from autodiff import grad
    >>> grad(lambda x: straight_through(np.rint)(x) ** 2)(2.6)
    6.0
    """

    def passed_through(x: Array) -> Array:
        return x + stop_gradient(f(x) - x)

    return passed_through

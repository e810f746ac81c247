"""D1: the gradient of Rosenbrock's function of n inputs by finite differences.

Nobody is right to the last digit, so each row has a tolerance of its own, and the error that each contestant reached
stands in its record. The function of ours is an expression that was recorded once, which is the fast way: all points
are then evaluated in a few batches.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.calling import alone
from benchmarks.workload import Build, Contestant, Duel, Workload
from benchmarks.workloads import rosenbrock
from benchmarks.workloads.rosenbrock import Start, data
from benchmarks.workloads.symbolics import Later
from expression.operations.operation import Array

EPS = float(np.finfo(float).eps)
CENTRAL_STEP = 2.0**-17  # near eps^(1/3)
FORWARD_STEP = 2.0**-26  # near eps^(1/2), as SciPy has it
LONGEST_STEP = 1.0  # Richardson's table halves it five times

# f is up to 1e5 (n = 1000) and f'' up to 3e3 at these points: a forward difference with step h = eps^(1/2) has a
# truncation of f'' h / 2 and a rounding of 2 eps f / h, 3e-3 together at the worst; errors are relative beyond 1.
FORWARD_TOL = 3e-3
EXTRAPOLATED_TOL = 1e-12  # rounding alone: eps f / h with the longest steps, f up to 1e3 (n = 10)


def f(x: Array) -> Any:
    """The program; x may be a matrix with a point a column."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2, axis=0)


def ours(**options: Any) -> Build:
    """Differences of trigrad on an expression."""

    def build(start: Start) -> Contestant:
        from expression import trace
        from numeric import grad

        gradient = grad(trace(f, start.parameters), **options)
        return lambda: (Later(lambda: f(start.parameters)), gradient(start.parameters))

    return build


def black_box(start: Start) -> Contestant:
    """Differences of trigrad on the Python function, called point by point."""
    from numeric import grad

    gradient = grad(f, step=CENTRAL_STEP)
    return lambda: (Later(lambda: f(start.parameters)), gradient(start.parameters))


def peer(make: Callable[[], Callable[[Array], Array]]) -> Build:
    """A library's gradient: `make` imports it, and returns a function of x."""

    def build(start: Start) -> Contestant:
        gradient = make()

        return lambda: (Later(lambda: f(start.parameters)), gradient(start.parameters))

    return build


def approx_fprime() -> Callable[[Array], Array]:
    """SciPy's forward difference with a fixed step."""
    from scipy.optimize import approx_fprime

    return lambda x: approx_fprime(x, f)


def scipy_jacobian() -> Callable[[Array], Array]:
    """SciPy's adaptive differences of order 8, all points at once."""
    from scipy.differentiate import jacobian

    return lambda x: jacobian(f, x).df


def numdifftools() -> Callable[[Array], Array]:
    """Central differences, extrapolated, the best of the table chosen."""
    from numdifftools import Gradient

    gradient: Callable[[Array], Array] = Gradient(f)
    return gradient


OURS = {
    "trigrad numeric": ours(step=CENTRAL_STEP),
    "trigrad forward": ours(scheme="forward", step=FORWARD_STEP),
    "trigrad own step": ours(),
    "trigrad black box": black_box,
}
ROWS = (
    Workload(
        name="D1",
        title="numeric gradient of Rosenbrock's function of n inputs; what error was reached is in the record",
        sizes=(10, 100, 1_000),
        quick=(10,),
        make=data,
        contestants={
            "by hand": rosenbrock.by_hand,
            "f alone": alone(f),
            **OURS,
            "SciPy approx_fprime": peer(approx_fprime),
        },
        reference="by hand",
        duels=(
            Duel("trigrad numeric", "SciPy approx_fprime", {10: 9.0}, quick=True),
            Duel("trigrad forward", "SciPy approx_fprime"),
            Duel("trigrad own step", "SciPy approx_fprime"),
            Duel("trigrad black box", "SciPy approx_fprime"),
            Duel("trigrad numeric", "f alone"),
            Duel("trigrad black box", "f alone"),
        ),
        tolerance=FORWARD_TOL,
    ),
    Workload(
        name="D1 extrapolated",
        title="the same by extrapolation, to 12 digits and more",
        sizes=(10,),
        quick=(10,),
        make=data,
        contestants={
            "by hand": rosenbrock.by_hand,
            "trigrad numeric": ours(scheme="richardson", step=LONGEST_STEP),
            "trigrad own step": ours(scheme="richardson"),
            "SciPy differentiate": peer(scipy_jacobian),
            "numdifftools": peer(numdifftools),
        },
        reference="by hand",
        duels=(
            Duel("trigrad numeric", "numdifftools", {10: 30.0}, quick=True),
            Duel("trigrad own step", "numdifftools"),
            Duel("trigrad numeric", "SciPy differentiate"),
        ),
        tolerance=EXTRAPOLATED_TOL,
    ),
)

"""S3: a formula of 20 operations on three Python floats, most of what a scalar library has: sin exp tanh log sqrt /.

a = sin(x) exp(-y),  b = tanh(x y + z),  c = sqrt(x x + y y + 1)
f = z (a + b) / (c + log(c + z)) - a b
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.calling import Words, with_casadi, with_casadi_c, with_jax, with_pytorch
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Build, Contestant, Duel, Workload

INPUTS = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Point:
    """The three inputs."""

    parameters: tuple[float, float, float]  # x, y, z
    others: tuple[()] = ()


def data(size: int) -> Point:
    """The point."""
    return Point((0.7, 0.4, 1.3))


def formula(library: Any) -> Callable[[Any, Any, Any], Any]:
    """The program, with the functions of a library."""
    sin, exp, tanh, log, sqrt = library.sin, library.exp, library.tanh, library.log, library.sqrt

    def f(x: Any, y: Any, z: Any) -> Any:
        a = sin(x) * exp(-y)
        b = tanh(x * y + z)
        c = sqrt(x * x + y * y + 1.0)
        return z * (a + b) / (c + log(c + z)) - a * b

    return f


def by_hand(point: Point) -> Contestant:
    """The reverse sweep as one would write it with the math module."""
    sin, cos, exp, tanh, log, sqrt = math.sin, math.cos, math.exp, math.tanh, math.log, math.sqrt

    def run() -> Answer:
        x, y, z = point.parameters
        e, s = exp(-y), sin(x)
        a = s * e
        b = tanh(x * y + z)
        c = sqrt(x * x + y * y + 1.0)
        sum_cz = c + z
        above, below = a + b, c + log(sum_cz)
        quotient = above / below
        above_bar = z / below
        below_bar = -above_bar * quotient
        a_bar, b_bar = above_bar - b, above_bar - a
        log_bar = below_bar / sum_cz
        c_bar = (below_bar + log_bar) / c
        inner_bar = b_bar * (1.0 - b * b)
        x_bar = a_bar * cos(x) * e + inner_bar * y + c_bar * x
        y_bar = inner_bar * x + c_bar * y - a_bar * a
        return z * quotient - a * b, (x_bar, y_bar, quotient + inner_bar + log_bar)

    return run


def words(library: str) -> Words:
    """The program in the words of a library, for ways of calling that take all parameters as one."""
    return lambda: lambda parameters: formula(import_module(library))(*parameters)


def alone(point: Point) -> Contestant:
    """The formula with the math module."""
    f = formula(math)
    return lambda: (f(*point.parameters), ())


def alone_compiled(point: Point) -> Contestant:
    """The formula, recorded and compiled."""
    from expression import compile, trace

    f = compile(trace(formula(np), *point.parameters))
    return lambda: (f(*point.parameters), ())


def ours(compiled: bool) -> Build:
    """The formula in NumPy's words, on the tape of trigrad or compiled."""

    def build(point: Point) -> Contestant:
        from autodiff import value_and_grad

        function = value_and_grad(formula(np), argnums=INPUTS, compile=compiled)
        return lambda: function(*point.parameters)

    return build


def autograd(point: Point) -> Contestant:
    """Autograd's own NumPy."""
    import autograd
    import autograd.numpy as anp

    function = autograd.value_and_grad(formula(anp), argnum=INPUTS)
    return lambda: function(*point.parameters)


ROWS = (
    Workload(
        name="S3",
        title="formula of 20 operations on 3 Python floats: sin exp tanh log sqrt /",
        sizes=(3,),
        quick=(3,),
        make=data,
        contestants={
            "by hand": by_hand,
            "f alone": alone,
            "f alone compiled": alone_compiled,
            "trigrad": ours(compiled=False),
            "trigrad compiled": ours(compiled=True),
            "autograd": autograd,
            "PyTorch": with_pytorch(words("torch")),
            "JAX": with_jax(words("jax.numpy")),
            "CasADi": with_casadi(words("casadi")),
            "CasADi C": with_casadi_c(words("casadi")),
        },
        reference="by hand",
        duels=(
            Duel("trigrad compiled", "by hand", {3: NOT_BEHIND}, quick=True),
            Duel("trigrad compiled", "f alone compiled"),
            Duel("trigrad compiled", "autograd", {3: AHEAD}),
            Duel("trigrad compiled", "PyTorch", {3: AHEAD}),
            Duel("trigrad compiled", "JAX", {3: AHEAD}, quick=True),
            Duel("trigrad compiled", "CasADi"),
            Duel("trigrad compiled", "CasADi C"),
            Duel("trigrad", "f alone"),
            Duel("trigrad", "autograd"),
            Duel("trigrad", "PyTorch"),
        ),
    ),
)

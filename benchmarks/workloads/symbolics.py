"""Y1: the derivative as a program or a formula, by SymPy's rules; and what it takes to measure an expression.

A contestant is timed while it makes its derivative, from a function that it has read beforehand. The number that the
derivative gives at the point is asked for afterwards, when the answer is checked.

Sizes: the derivative of the logistic map has 7 n nodes for the 3 n of the function, Speelpenning's gradient 3 n - 5
products for n - 1, and the formula's 58 nodes for 20.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.workload import AHEAD, Answer, Build, Contestant, Duel, Workload
from benchmarks.workloads import formula, logistic, speelpenning
from benchmarks.workloads.logistic import Orbit
from benchmarks.workloads.speelpenning import Factors
from expression.operations.operation import Array

FIXED_POINT = 0.75  # 4 x (1 - x) = x without rounding, and each step multiplies the derivative by -2
START = 0.3


@dataclass(frozen=True, slots=True)
class Later:
    """A number or an array that is evaluated when it is looked at."""

    evaluate: Callable[[], Any]

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        """Evaluate it."""
        return np.asarray(self.evaluate(), dtype=float)


Program = Callable[..., Any]  # of several numbers
Reading = Callable[[Any, Any], tuple[Program, Sequence[float]]]  # (data, a library's functions) -> program and point


def orbit(size: int) -> Orbit:
    """The logistic map at a fixed point, where floats are exact however many steps there are."""
    return Orbit(size, FIXED_POINT)


def read_orbit(start: Orbit, library: Any) -> tuple[Program, Sequence[float]]:
    """The logistic map."""
    return logistic.logistic(start.n), (start.parameters,)


def read_product(factors: Factors, library: Any) -> tuple[Program, Sequence[float]]:
    """Speelpenning's product."""
    return lambda *x: speelpenning.product(x), factors.parameters


def read_formula(point: formula.Point, library: Any) -> tuple[Program, Sequence[float]]:
    """The formula of 20 operations."""
    return formula.formula(library), point.parameters


def derived(read: Reading, data: Any) -> Contestant:
    """The shared program of trigrad, from an expression."""
    from expression import trace
    from symbolic import derive

    f, point = read(data, np)
    e = trace(f, *point)
    names = [i.name for i in e.inputs]

    def run() -> Answer:
        gradient = derive(e, names)
        return Later(lambda: e(*point)), Later(lambda: gradient(*point))

    return run


def recorded(read: Reading, data: Any) -> Contestant:
    """A yardstick: recording the function itself."""
    from expression import trace

    f, point = read(data, np)

    def run() -> Answer:
        e = trace(f, *point)
        return Later(lambda: e(*point)), ()

    return run


def with_sympy(lambdified: bool, read: Reading, data: Any) -> Contestant:
    """SymPy's own diff, nothing remembered from the call before; and NumPy code with common subexpressions."""
    import sympy
    from sympy.core.cache import clear_cache

    f, point = read(data, sympy)
    symbols = sympy.symbols(f"x:{len(point)}")
    y = f(*symbols)

    def run() -> Answer:
        clear_cache()
        gradient = [sympy.diff(y, x) for x in symbols]
        program = sympy.lambdify(symbols, gradient, cse=True) if lambdified else None
        value = Later(lambda: sympy.lambdify(symbols, y, cse=True)(*point))
        return value, Later(lambda: (program or sympy.lambdify(symbols, gradient, cse=True))(*point))

    return run


def with_symengine(lambdified: bool, read: Reading, data: Any) -> Contestant:
    """The diff of symengine, and its program with common subexpressions."""
    import symengine

    f, point = read(data, symengine)
    symbols = symengine.symbols([f"x{k}" for k in range(len(point))])
    y = f(*symbols)
    values = dict(zip(symbols, point, strict=True))

    def run() -> Answer:
        gradient = [symengine.diff(y, x) for x in symbols]
        value = Later(lambda: float(y.subs(values)))
        if lambdified:
            program = symengine.Lambdify(symbols, gradient, cse=True)
            return value, Later(lambda: program(point))
        return value, Later(lambda: [float(g.subs(values)) for g in gradient])

    return run


def contestants(by_hand: Build, read: Reading) -> dict[str, Build]:
    """Everybody who makes a derivative."""
    return {
        "by hand": by_hand,
        "f alone recorded": partial(recorded, read),
        "trigrad": partial(derived, read),
        "SymPy": partial(with_sympy, False, read),
        "SymPy lambdified": partial(with_sympy, True, read),
        "symengine": partial(with_symengine, False, read),
        "symengine lambdified": partial(with_symengine, True, read),
    }


def measured(size: int) -> Contestant:
    """All measures of the logistic map."""
    from expression import measure, trace

    e = trace(logistic.logistic(size), START)

    def run() -> Answer:
        m = measure(e)
        return float(m.dag_size), np.array([m.tree_size, m.flops, m.depth, m.path_count], dtype=float)

    return run


def counted(size: int) -> Contestant:
    """The same by the recurrences of that map: a step reads x twice, and adds 5 nodes to the tree."""

    def run() -> Answer:
        tree = 1
        for _ in range(size):
            tree = 2 * tree + 5
        return 3.0 * size + 3, np.array([tree, 3 * size, 2 * size, 2**size], dtype=float)

    return run


def recorded_map(size: int) -> Contestant:
    """A yardstick: recording the map itself."""
    from expression import trace

    def run() -> Answer:
        e = trace(logistic.logistic(size), START)
        return Later(lambda: len(e)), ()

    return run


ROWS = (
    Workload(
        name="Y1 logistic",
        title="the derivative of n logistic steps as a program",
        sizes=(5, 15, 30, 60, 100, 1_000),
        quick=(5, 15),
        make=orbit,
        contestants=contestants(logistic.by_hand, read_orbit),
        reference="by hand",
        duels=(
            Duel("trigrad", "f alone recorded", limits={1_000: 0.020}, sizes=(15, 100, 1_000)),
            Duel("trigrad", "SymPy", sizes=(5,), quick=True),
            Duel("trigrad", "SymPy lambdified", sizes=(5,)),
            Duel("trigrad", "symengine", {15: AHEAD, 30: AHEAD, 60: AHEAD}, sizes=(5, 15, 30, 60)),
            Duel("trigrad", "symengine lambdified", {15: AHEAD, 30: AHEAD}, sizes=(5, 15, 30), quick=True),
        ),
    ),
    Workload(
        name="Y1 product",
        title="the gradient of Speelpenning's product of n numbers as a program",
        sizes=(10, 100, 1_000),
        quick=(10,),
        make=speelpenning.floats,
        contestants=contestants(speelpenning.by_hand, read_product),
        reference="by hand",
        duels=(
            Duel("trigrad", "f alone recorded"),
            Duel("trigrad", "SymPy", sizes=(10,)),
            Duel("trigrad", "SymPy lambdified", sizes=(10,)),
            Duel("trigrad", "symengine", sizes=(10, 100)),
            Duel("trigrad", "symengine lambdified", sizes=(10, 100)),
        ),
    ),
    Workload(
        name="Y1 formula",
        title="the gradient of the formula of 20 operations (S3) as a program",
        sizes=(3,),
        quick=(3,),
        make=formula.data,
        contestants=contestants(formula.by_hand, read_formula),
        reference="by hand",
        duels=(
            Duel("trigrad", "f alone recorded"),
            Duel("trigrad", "SymPy"),
            Duel("trigrad", "SymPy lambdified"),
            Duel("trigrad", "symengine"),
            Duel("trigrad", "symengine lambdified"),
        ),
    ),
    Workload(
        name="Y1 measures",
        title="all sizes and costs of n logistic steps; the tree has 6 2^n - 5 nodes",
        sizes=(100, 1_000),
        quick=(1_000,),
        make=lambda size: size,
        contestants={"by hand": counted, "trigrad": measured, "f alone recorded": recorded_map},
        reference="by hand",
        duels=(Duel("trigrad", "f alone recorded", limits={1_000: 0.015}, quick=True),),
    ),
)

"""bounds(): what a gradient costs beside its function, and why: counted for each function and for each operation.

A reverse sweep visits each operation once, so the whole cannot cost more than the worst of its parts:

    ops(f and grad f) / ops(f)  <=  max over the operations of  (forward + reverse) / forward

That maximum is counted here from the operations' own rules: 4, or 5 with the additions of `+=`, whatever the number of
inputs. Baur and Strassen, "The complexity of partial derivatives", Theor. Comput. Sci. 22 (1983); Griewank and Walther,
"Evaluating Derivatives" (2008), section 4.6. Flops have the weights of the operation table.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import autodiff
from compare.families import floating_entries, slope, slope_text
from compare.records import document
from compare.tables import Shown, Table
from compare.wording import integer, plural
from expression import trace
from expression.corpus import case
from expression.measures import flops
from expression.operations import TABLE

BOUND = 4  # of multiplications and function calls, for smooth elementwise operations
BOUND_WITH_ADDITIONS = 5
FUNCTIONS = (
    *("baydin", "twenty_operations", "power_tower", "black_scholes", "planck", "lennard_jones", "reprojection"),
    *("convolution", "residual_block", "attention_head"),
)
FAMILIES = ("helmholtz", "rosenbrock", "mlp", "speelpenning", "logistic", "recurrent")
SIZES = (16, 32, 64, 128)  # of a family
FLOAT = np.dtype(np.float64)
SIDE = 32  # of the arrays that the operations on whole arrays are counted on
ARRAYS: tuple[tuple[str, Callable[..., Any], tuple[tuple[int, ...], ...]], ...] = (
    ("sum", np.sum, ((SIDE,),)),
    ("prod", np.prod, ((SIDE,),)),
    ("matmul", np.matmul, ((SIDE, SIDE), (SIDE, SIDE))),
    ("inv", np.linalg.inv, ((SIDE, SIDE),)),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One function at one size."""

    n: int | None  # the size of a family
    inputs: int
    flops: int  # of f
    both: int  # of f and its gradient together

    @property
    def ratio(self) -> float:
        """What the pair costs, in multiples of f."""
        return self.both / self.flops


@dataclass(frozen=True, slots=True)
class Curve:
    """One function, or a family at several sizes."""

    name: str
    points: tuple[Point, ...]

    @property
    def worst(self) -> float:
        """The largest ratio."""
        return max(point.ratio for point in self.points)

    @property
    def slope(self) -> float | None:
        """The fitted log-log slope of the ratio against the size: 0 where it does not depend on it."""
        return slope([point.n or 0 for point in self.points], [point.ratio for point in self.points])


@dataclass(frozen=True, slots=True)
class Part:
    """One operation: its flops, those of its reverse rule, and the additions into the adjoints of its operands."""

    name: str
    forward: int
    reverse: int
    additions: int
    smooth: bool  # elementwise, without a kink

    @property
    def ratio(self) -> float:
        """Forward and reverse together, in multiples of forward, without the additions."""
        return (self.forward + self.reverse) / self.forward

    @property
    def ratio_with_additions(self) -> float:
        """The same with the additions."""
        return (self.forward + self.reverse + self.additions) / self.forward


@dataclass(frozen=True, slots=True, repr=False)
class Bounds(Shown):
    """Counted ratios of functions, and of the operations that they are made of."""

    curves: tuple[Curve, ...]
    parts: tuple[Part, ...]

    @property
    def worst(self) -> float:
        """The largest ratio of all functions."""
        return max(curve.worst for curve in self.curves)

    @property
    def proven(self) -> float:
        """The largest ratio of all smooth operations, without additions."""
        return max(part.ratio for part in self.parts if part.smooth)

    @property
    def proven_with_additions(self) -> float:
        """The largest ratio of all smooth operations, with additions."""
        return max(part.ratio_with_additions for part in self.parts if part.smooth)

    def tables(self) -> tuple[Table, ...]:
        """The functions, the operations, and those operations that choose between their operands."""
        return self.functions_table(), self.operations_table(True), self.operations_table(False)

    def functions_table(self) -> Table:
        """A row for each function, at its largest size."""
        rows = []
        for curve in self.curves:
            last = curve.points[-1]
            sizes = "" if last.n is None else f"{curve.points[0].n} to {last.n}"
            counts = (integer(last.inputs), integer(last.flops), integer(last.both), f"{last.ratio:.2f}")
            rows.append((curve.name, sizes, *counts, slope_text(curve.slope)))
        headers = ("function", "n", "inputs", "flops of f", "f and gradient", "ratio", "slope")
        legend = ("counts at the largest n; slope: of the ratio against n, in logarithms",)
        title = "ops(f and grad f) / ops(f), by reverse mode"
        notes = (f"the largest ratio at any n is {self.worst:.2f}",)
        return Table(title, headers, tuple(rows), notes, legend)

    def operations_table(self, smooth: bool, first: int | None = None) -> Table:
        """A row for each operation, the largest ratio first; with `first`, so many rows only."""
        chosen = [part for part in self.parts if part.smooth is smooth]
        chosen.sort(key=lambda part: (-part.ratio_with_additions, part.name))
        rows = tuple(
            (
                *(part.name, integer(part.forward), integer(part.reverse), integer(part.additions)),
                *(f"{part.ratio:.2f}", f"{part.ratio_with_additions:.2f}"),
            )
            for part in chosen[:first]
        )
        left_out = len(chosen) - len(rows)
        notes: tuple[str, ...] = ()
        if left_out:
            rest = plural(left_out, "more operation")
            notes = (f"and {rest}, none with a larger ratio: operations_table({smooth}) shows all",)
        headers = ("operation", "forward", "reverse", "+=", "ratio", "with +=")
        if smooth:
            notes = (f"the largest ratio is {self.proven:.2f}, with += it is {self.proven_with_additions:.2f}", *notes)
            return Table("flops of each smooth operation and of its reverse rule", headers, rows, notes)
        legend = (f"arrays of side {SIDE}",)
        return Table("the same for operations with kinks or on whole arrays", headers, rows, notes, legend)

    def __repr__(self) -> str:
        """What was counted; print it for the tables."""
        return f"<Bounds of {len(self.curves)} functions and {len(self.parts)} operations>"

    def to_json(self) -> str:
        """Strict JSON."""
        curves = [
            {
                "name": curve.name,
                "slope": curve.slope,
                "points": [
                    {"n": p.n, "inputs": p.inputs, "flops": p.flops, "both": p.both, "ratio": p.ratio}
                    for p in curve.points
                ],
            }
            for curve in self.curves
        ]
        parts = [
            {
                "name": part.name,
                "forward": part.forward,
                "reverse": part.reverse,
                "additions": part.additions,
                "smooth": part.smooth,
                "ratio": part.ratio,
                "ratio_with_additions": part.ratio_with_additions,
            }
            for part in self.parts
        ]
        content = {
            "worst": self.worst,
            "proven": self.proven,
            "proven_with_additions": self.proven_with_additions,
            "functions": curves,
            "operations": parts,
        }
        return json.dumps(document("bounds", content), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw the ratios and the bounds into a file, onto a matplotlib figure, or as a picture."""
        from compare.figures.bounding import plot_bounds

        return plot_bounds(self, target)


def bounds(functions: Sequence[str] = (*FAMILIES, *FUNCTIONS), *, sizes: Sequence[int] = SIZES) -> Bounds:
    """Count f and its gradient for functions of the corpus, and, for the proof, for every elementwise operation.

    A family is counted at each of the sizes. Raises ArgumentError for a name that the corpus does not have.

    >>> found = bounds(("helmholtz", "baydin"))
    >>> found.worst < found.proven <= BOUND, found.proven_with_additions == BOUND_WITH_ADDITIONS
    (True, True)
    """
    return Bounds(tuple(curve(name, sizes) for name in functions), counted_parts())


def curve(name: str, sizes: Sequence[int]) -> Curve:
    """The counts of one function of the corpus, a family at these sizes."""
    found = case(name)
    points = []
    for n in sizes if found.family else (None,):
        e = found.trace(n)
        both = flops(autodiff.derive(e, value=True))
        points.append(Point(n, floating_entries(e), flops(e), both))
    return Curve(name, tuple(points))


def counted_parts() -> tuple[Part, ...]:
    """Every elementwise operation that has a derivative and costs anything, and a few on arrays."""
    parts = []
    for name, row in TABLE.items():
        if row.partials is None or row.selects or not row.weight:
            continue
        if row.dtype(*[FLOAT] * len(row.domain)) == FLOAT:  # no comparison
            parts.append(part_of(name, row, [()] * len(row.domain), smooth=row.kink is None))
    parts += [part_of(*row, smooth=False) for row in ARRAYS]
    return tuple(part for part in parts if part.reverse or part.additions)


def part_of(name: str, f: Callable[..., Any], shapes: Sequence[tuple[int, ...]], *, smooth: bool) -> Part:
    """Count an operation alone: y; then y with its cotangents; then these added to adjoints that were there."""
    x = [np.eye(*shape) if len(shape) == 2 else np.ones(shape)[()] for shape in shapes]
    y_bar = np.ones(np.shape(f(*x)))[()]

    def pulled(y_bar: Any, x: Any) -> Any:
        y, pullback = autodiff.vjp(f, *x)
        return y, pullback(y_bar)

    def added(y_bar: Any, x_bars: Any, x: Any) -> Any:
        y, found = pulled(y_bar, x)
        return y, [x_bar + more for x_bar, more in zip(x_bars, found, strict=True)]

    own = flops(trace(f, *x))
    with_reverse = flops(trace(pulled, y_bar, x))
    whole = flops(trace(added, y_bar, x, x))
    return Part(name, own, with_reverse - own, whole - with_reverse, smooth)

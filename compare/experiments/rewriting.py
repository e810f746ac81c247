"""rewritings(family, ns): what SymPy's rewriting makes of a derivative: its size, its time, and the error of its value.

The derivative is SymPy's own, of the whole formula; each form of it comes back as an Expression and is measured as
everything else is. Its value is compared with the derivative at the same point in 60 digits: two forms that are equal
by algebra are two programs, and round differently.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import symbolic
from compare.families import family_named, sizes_wanted
from compare.records import document
from compare.tables import Shown, Table
from compare.timing import timed
from compare.wording import integer, seconds
from expression import Expression, evaluate, measure, mpmath_arithmetic
from expression.case import Case
from expression.errors import ArgumentError

DIGITS = 60
NAMES = tuple(symbolic.FORMS)


@dataclass(frozen=True, slots=True)
class Shape:
    """One form of one derivative."""

    tree: int
    dag: int
    seconds: float  # that SymPy took to find it
    error: float  # of the value, relative to the derivative


@dataclass(frozen=True, slots=True)
class Row:
    """All forms of the derivative at one size of the family."""

    n: int
    shapes: dict[str, Shape]


@dataclass(frozen=True, slots=True, repr=False)
class Rewritings(Shown):
    """Sizes, seconds and errors of each form of a family's derivatives."""

    family: str
    rows: tuple[Row, ...]

    def tables(self) -> tuple[Table, ...]:
        """One for the sizes, one for the seconds, one for the errors."""
        what = f"derivative of {self.family}"
        sizes = self.panel(f"{what}: nodes, tree / DAG", lambda s: f"{integer(s.tree)} / {integer(s.dag)}")
        errors = self.panel(f"{what}: relative error in float64", lambda s: f"{s.error:.0e}" if s.error else "0")
        return sizes, self.panel(f"{what}: time that SymPy took", lambda s: seconds(s.seconds)), errors

    def panel(self, title: str, cell: Callable[[Shape], str]) -> Table:
        """A row for each size, a column for each form."""
        rows = tuple((str(row.n), *(cell(row.shapes[name]) for name in NAMES)) for row in self.rows)
        return Table(title, ("n", *NAMES), rows)

    def __repr__(self) -> str:
        """What was measured; print it for the tables."""
        return f"<Rewritings of the derivative of {self.family} at {len(self.rows)} sizes>"

    def to_json(self) -> str:
        """Strict JSON."""
        rows = [
            {
                "n": row.n,
                "forms": {
                    name: {"tree": s.tree, "dag": s.dag, "seconds": s.seconds, "error": s.error}
                    for name, s in row.shapes.items()
                },
            }
            for row in self.rows
        ]
        return json.dumps(document("rewritings", {"family": self.family, "rows": rows}), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw sizes and errors into a file (.png, .svg, .pdf), onto a matplotlib figure, or as a picture."""
        from compare.figures.rewriting import plot_rewritings

        return plot_rewritings(self, target)


def rewritings(family: str, ns: Sequence[int] | None = None) -> Rewritings:
    """What each of SymPy's forms makes of a family's derivative, at the sizes ns; SymPy takes seconds for large ones.

    Raises ArgumentError for a name that is no family of functions of one number, and for sizes that it does not have.

    >>> found = rewritings("logistic", (3, 4))
    >>> [row.shapes["as it is"].tree > row.shapes["expand"].tree for row in found.rows]
    [True, True]
    """
    chosen = family_named(family)
    return Rewritings(family, tuple(row_at(chosen, n) for n in sizes_wanted(chosen, ns)))


def row_at(family: Case, n: int) -> Row:
    """Every form at one size."""
    args = family.arguments(n)
    if len(args) != 1 or np.shape(args[0]) != ():
        raise ArgumentError(f"{family.name} is not a function of one number; take a family such as logistic")
    derivative = symbolic.derive(family.trace(n), sharing=False)
    return Row(n, {name: shape_of(derivative, name, args[0]) for name in NAMES})


def shape_of(derivative: Expression, name: str, x: float) -> Shape:
    """One form, measured."""
    rewritten, taken = timed(partial(symbolic.rewrite, derivative, name))
    found = measure(rewritten)
    true = evaluate(derivative, (x,), mpmath_arithmetic(DIGITS))
    error = abs((rewritten(x) - true) / true)
    return Shape(found.tree_size, found.dag_size, taken, float(error))

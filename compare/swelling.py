"""swell(family, ns): how large a function and its derivatives are, as trees and as shared graphs.

Six programs for each size n: f itself; the textbook derivative (every rule applied, nothing tidied up); the closed
form (SymPy's derivative of the whole formula); the same after SymPy's cse, which names common parts; SymPy's partials
accumulated along the list; the adjoint program.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import autodiff
import symbolic
from compare.families import Stages, family_named, sizes_wanted, stages
from compare.records import document
from compare.tables import Shown, Table
from compare.wording import integer, log10_of
from expression import Expression, measure
from expression.analysis import needed
from expression.case import Case
from expression.errors import TrigradError
from expression.measures import tree_sizes
from expression.structure import flatten

MILESTONES = (6, 9, 12, 100, 1000)  # powers of ten that the derivative's tree passes
LONGEST = 4096  # steps of a loop that are looked at for milestones
PROBE = 64
SAMPLES = 9  # of the size of the shared derivative, along a loop
NODES = 90_000  # of a list with all sizes on it, times the inputs: the textbook derivative has five times as many
LEGEND = (
    "textbook: every rule applied, nothing tidied up; cse: the closed form, common parts named; "
    "(n): refused, because n nodes were predicted"
)


@dataclass(frozen=True, slots=True)
class Size:
    """Nodes of one program: the pair, or what was predicted of its tree before it was refused."""

    tree: int | None
    dag: int | None
    reason: str = ""

    def __str__(self) -> str:
        """Both sizes, the tree first."""
        if self.reason:
            return "-" if self.tree is None else f"({integer(self.tree)})"
        return f"{integer(self.tree or 0)} / {integer(self.dag or 0)}"


@dataclass(frozen=True, slots=True)
class Row:
    """All programs at one size of the family."""

    n: int
    sizes: dict[str, Size]


def size_by(derive: Callable[[Expression], Expression]) -> Callable[[Expression], Size]:
    """The size of a derived program, or why there is none."""

    def size(e: Expression) -> Size:
        try:
            found = measure(derive(e))
        except TrigradError as error:
            return Size(None, None, str(error))
        return Size(found.tree_size, found.dag_size)

    return size


@lru_cache(maxsize=1)  # one size at a time
def closed_form(e: Expression) -> Expression:
    """SymPy's derivative of the whole formula."""
    return symbolic.derive(e, sharing=False)


PROGRAMS: tuple[tuple[str, Callable[[Expression], Size]], ...] = (
    ("f", size_by(lambda e: e)),
    ("textbook", size_by(symbolic.textbook)),
    ("closed-form", size_by(closed_form)),
    ("cse", size_by(lambda e: symbolic.rewrite(closed_form(e), "cse"))),
    ("symbolic", size_by(symbolic.derive)),
    ("autodiff", size_by(autodiff.derive)),
)


@dataclass(frozen=True, slots=True, repr=False)
class Swell(Shown):
    """Sizes for each n; and, for loops, the tree of the textbook derivative at every n, and where it passes 10^k."""

    family: str
    rows: tuple[Row, ...]
    first: int = 0  # the size at which the curves begin
    function_trees: tuple[int, ...] = ()
    derivative_trees: tuple[int, ...] = ()
    derivative_dags: tuple[tuple[int, int], ...] = ()  # (n, nodes of the shared derivative), at some n

    @property
    def milestones(self) -> dict[int, int]:
        """For each power k of ten that is passed, the first n whose derivative's tree is above 10^k."""
        found = {}
        for k in MILESTONES:
            limit = 10**k
            n = next((self.first + i for i, tree in enumerate(self.derivative_trees) if tree > limit), None)
            if n is not None:
                found[k] = n
        return found

    def table(self) -> Table:
        """A row for each n, a column for each program."""
        headers = ("n", *(name for name, _ in PROGRAMS))
        rows = tuple((str(row.n), *(str(row.sizes[name]) for name, _ in PROGRAMS)) for row in self.rows)
        notes = []
        if self.milestones:
            passed = ", ".join(f"10^{k} at n = {n}" for k, n in self.milestones.items())
            notes.append(f"the tree of the textbook derivative is first above {passed}")
        title = f"swell of {self.family}: nodes of f and of its derivatives, tree / DAG"
        return Table(title, headers, rows, tuple(notes), (LEGEND,))

    def __repr__(self) -> str:
        """What was measured; print it for the table."""
        return f"<Swell of {self.family} at {len(self.rows)} sizes>"

    def to_json(self) -> str:
        """Strict JSON; integers beyond 2**53 are strings of digits."""
        rows = [
            {
                "n": row.n,
                "sizes": {k: {"tree": s.tree, "dag": s.dag, "reason": s.reason or None} for k, s in row.sizes.items()},
            }
            for row in self.rows
        ]
        content = {"family": self.family, "rows": rows, "milestones": {f"1e{k}": n for k, n in self.milestones.items()}}
        return json.dumps(document("swell", content), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw the sizes into a file (.png, .svg, .pdf), onto a matplotlib figure, or as a picture."""
        from compare.figures.swelling import plot_swell

        return plot_swell(self, target)


def swell(family: str, ns: Sequence[int] | None = None, *, progress: Callable[[str], None] | None = None) -> Swell:
    """Sizes of a family's functions and of their derivatives, at the sizes ns.

    Raises ArgumentError for a name that is no family and for sizes that it does not have.

    >>> result = swell("logistic", (2, 3, 4))
    >>> [row.sizes["textbook"].tree for row in result.rows]
    [19, 73, 217]
    >>> result.milestones
    {6: 15, 9: 24, 12: 33, 100: 322, 1000: 3309}
    """
    say = progress or (lambda text: None)
    chosen = family_named(family)
    rows = []
    for n in sizes_wanted(chosen, ns):
        say(f"n = {n}")
        rows.append(row_at(chosen, n))
    say("milestones")
    found = long_run(chosen)
    return Swell(family, tuple(rows)) if found is None else replace(found, family=family, rows=tuple(rows))


def row_at(family: Case, n: int) -> Row:
    """Every program at one size."""
    e = family.trace(n)
    sizes = {name: size(e) for name, size in PROGRAMS}
    closed = sizes["closed-form"]
    if closed.reason and sizes["textbook"].tree is not None:
        sizes["closed-form"] = Size(sizes["textbook"].tree, None, closed.reason)
    return Row(n, sizes)


def long_run(family: Case) -> Swell | None:
    """All sizes on one list, as far as the last milestone where that is within reach; None for what is no loop."""
    probe = stages(family, family.family[0] + PROBE)
    if probe is None:
        return None
    e = probe.expression
    sizes = tree_sizes(e, e.outputs)
    trees = [sizes[j] for j in e.outputs]
    half = len(trees) // 2
    growth = (log10_of(trees[-1]) - log10_of(trees[half])) / (len(trees) - 1 - half)  # of f's own tree: f' grows faster
    longest = min(LONGEST, NODES // (len(e) * len(e.inputs) // len(trees) + 1))
    steps = int(MILESTONES[-1] / growth) if growth > 0 else longest
    return curves(stages(family, family.family[0] + min(steps, longest)) or probe)


def curves(found: Stages) -> Swell:
    """The tree of each function on the list and of its textbook derivative (by all inputs together)."""
    e = found.expression
    derivative = symbolic.textbook(e)
    inputs = len(derivative.outputs) // len(e.outputs)
    own, sizes = tree_sizes(e, e.outputs), tree_sizes(derivative, derivative.outputs)
    groups = [derivative.outputs[k : k + inputs] for k in range(0, len(derivative.outputs), inputs)]
    at = sorted({round(k * (len(groups) - 1) / (SAMPLES - 1)) for k in range(SAMPLES)})
    return Swell(
        "",
        (),
        found.first,
        tuple(own[j] for j in e.outputs),
        tuple(sum(sizes[j] for j in group) for group in groups),
        tuple((found.first + k, dag_size(derivative, groups[k])) for k in at),
    )


def dag_size(e: Expression, outputs: tuple[int, ...]) -> int:
    """Nodes that these positions need, each counted once."""
    results = flatten([0] * len(outputs))[1]
    return sum(needed(Expression.recorded(e.nodes, e.inputs, outputs, e.arguments, results)))

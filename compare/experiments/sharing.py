"""tree_and_dag(family, ns): how large functions are if nothing is shared, and with every part stored once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from compare.families import family_named, sizes_wanted
from compare.records import document
from compare.tables import Shown, Table
from compare.wording import integer
from expression import measure

LEGEND = "tree: nodes if nothing is shared; DAG: every part stored once"


@dataclass(frozen=True, slots=True)
class Row:
    """Both sizes of one function."""

    n: int
    tree: int
    dag: int


@dataclass(frozen=True, slots=True, repr=False)
class Sharing(Shown):
    """Sizes of a family as trees and as DAGs; a derivative has not been taken."""

    family: str
    rows: tuple[Row, ...]

    def table(self) -> Table:
        """A row for each size."""
        rows = tuple((str(row.n), integer(row.tree), integer(row.dag)) for row in self.rows)
        return Table(f"{self.family}: nodes of the function", ("n", "tree", "DAG"), rows, legend=(LEGEND,))

    def __repr__(self) -> str:
        """What was counted; print it for the table."""
        return f"<Sharing in {self.family} at {len(self.rows)} sizes>"

    def to_json(self) -> str:
        """Strict JSON; integers beyond 2**53 are strings of digits."""
        rows = [{"n": row.n, "tree": row.tree, "dag": row.dag} for row in self.rows]
        return json.dumps(document("sharing", {"family": self.family, "rows": rows}), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw both sizes into a file (.png, .svg, .pdf), onto a matplotlib figure, or as a picture."""
        from compare.figures.sharing import plot_sharing

        return plot_sharing(self, target)


def tree_and_dag(family: str, ns: Sequence[int] | None = None) -> Sharing:
    """The sizes of a family's functions, exact integers of any length.

    Raises ArgumentError for a name that is no family and for sizes that it does not have.

    >>> [(row.n, row.tree, row.dag) for row in tree_and_dag("repeated_squaring", (1, 2, 3)).rows]
    [(1, 3, 2), (2, 7, 3), (3, 15, 4)]
    """
    chosen = family_named(family)
    measured = [(n, measure(chosen.trace(n))) for n in sizes_wanted(chosen, ns)]
    return Sharing(family, tuple(Row(n, m.tree_size, m.dag_size) for n, m in measured))

"""survey(names): how many digits each method has right, over many functions of the corpus."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from compare.certifying import digits_text
from compare.comparison import compare
from compare.methods import MAIN
from compare.records import document
from compare.tables import Shown, Table
from compare.wording import plural
from expression.case import Case
from expression.corpus import CASES, case
from expression.errors import ArgumentError

LEGEND = "digits: certified by mpmath, of the entry of the gradient that has the fewest; 16 is all that a float64 shows"


@dataclass(frozen=True, slots=True)
class Row:
    """One function: the certified digits of each method, None where it refuses or nothing is certified."""

    name: str
    digits: dict[str, float | None]


@dataclass(frozen=True, slots=True, repr=False)
class Survey(Shown):
    """Digits of each method at the default point of many functions."""

    rows: tuple[Row, ...]
    methods: tuple[str, ...]

    def digits(self, method: str) -> tuple[float, ...]:
        """What a method reaches, from the fewest to the most."""
        return tuple(sorted(d for row in self.rows if (d := row.digits[method]) is not None))

    def table(self) -> Table:
        """A row for each method."""
        rows = []
        for method in self.methods:
            found = self.digits(method)
            cells = (digits_text(found[0]), digits_text(median(found)), digits_text(found[-1])) if found else ("",) * 3
            rows.append((method, str(len(found)), *cells))
        headers = ("method", "answers", "fewest digits", "median", "most")
        return Table(f"the gradients of {plural(len(self.rows), 'function')}", headers, tuple(rows), legend=(LEGEND,))

    def __len__(self) -> int:
        """How many functions."""
        return len(self.rows)

    def __repr__(self) -> str:
        """What was asked; print it for the table."""
        return f"<Survey of {plural(len(self.rows), 'function')} by {', '.join(self.methods)}>"

    def to_json(self) -> str:
        """Strict JSON."""
        rows = [{"name": row.name, "digits": row.digits} for row in self.rows]
        return json.dumps(document("survey", {"methods": self.methods, "rows": rows}), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw the digits into a file (.png, .svg, .pdf), onto a matplotlib figure, or as a picture."""
        from compare.figures.surveying import plot_survey

        return plot_survey(self, target)


def survey(
    names: Sequence[str] | None = None,
    *,
    methods: Sequence[str] = MAIN,
    progress: Callable[[str], None] | None = None,
) -> Survey:
    """Differentiate functions of the corpus by every method, and count the digits that are right.

    By default all that are smooth at their point and need no data of another package.

    Raises ArgumentError for a name that there is not, and where no name is given.

    >>> found = survey(("baydin", "x2_sin"))
    >>> found.digits("autodiff"), max(found.digits("numeric")) < 16
    ((16.0, 16.0), True)
    """
    cases = self_contained() if names is None else tuple(case(name) for name in names)
    if not cases:
        raise ArgumentError("survey: name at least one function of the corpus, or leave the names out")
    say = progress or (lambda text: None)
    rows = []
    for chosen in cases:
        say(chosen.name)
        f, args = chosen.at()
        found = compare(f, *args, methods=methods, time=False)
        rows.append(Row(chosen.name, {record.method: record.digits for record in found.records}))
    return Survey(tuple(rows), tuple(methods))


def self_contained() -> tuple[Case, ...]:
    """The functions that have a derivative at their point and need nothing but this package."""
    return tuple(row for row in CASES if row.smooth and not row.requires)

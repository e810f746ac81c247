"""The corpus: named functions with their arguments, domains and sources, used by tests, comparisons and lessons.

To add a function: write it as plain NumPy code in the file of its family, and give it one row in CASES there. Every
function has one output, of shape (). Where it takes `n`, that is the size of a family (steps, terms); the other
families grow with their arguments.
"""

from difflib import get_close_matches
from types import MappingProxyType

from expression.case import Case
from expression.corpus import (
    digits,
    examples,
    kinks,
    learning,
    linear_algebra,
    loops,
    optimization,
    physics,
    statistics,
)
from expression.corpus.data import digits_data, fixed
from expression.corpus.physics import mixture
from expression.errors import ArgumentError

__all__ = ["CASES", "CORPUS", "case", "digits_data", "fixed", "mixture"]

FAMILIES = (examples, loops, optimization, physics, linear_algebra, statistics, learning, digits, kinks)
CASES: tuple[Case, ...] = tuple(row for family in FAMILIES for row in family.CASES)
CORPUS = MappingProxyType({row.name: row for row in CASES})


def case(name: str) -> Case:
    """The case of that name.

    Raises ArgumentError for a name that there is not, with the nearest one that there is.

    >>> case("himmelblau").function(3.0, 2.0)
    0.0
    """
    if name not in CORPUS:
        close = get_close_matches(name, CORPUS, n=1)
        advice = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(CORPUS))}"
        raise ArgumentError(f"the corpus has no {name!r}; {advice}")
    return CORPUS[name]

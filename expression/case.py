"""What a case of the corpus is: a function, its default arguments, the domain to draw others from, and its source."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any

import numpy as np

from expression.errors import ArgumentError
from expression.nodes import Expression
from expression.operations.operation import Array, Interval
from expression.structure import tree_map
from expression.tracing import trace

Rng = np.random.Generator
Draw = Callable[[Rng, Array], Array]  # (rng, a leaf of the default arguments) -> a random leaf


@dataclass(frozen=True, slots=True)
class Case:
    """One function of the corpus.

    >>> from expression.corpus import case
    >>> case("logistic").at(2)[0](0.2)
    0.6400000000000001
    """

    name: str
    title: str
    function: Callable[..., Array]
    point: tuple[Any, ...] | Callable[[int], tuple[Any, ...]]  # the default arguments, or size -> arguments
    domain: tuple[Interval | Draw, ...]  # an argument: an interval for its entries, or how to draw a leaf
    source: str
    family: tuple[int, ...] = ()  # sizes that it is usually shown at
    size: int = 0  # the size that is meant when none is given
    parameters: tuple[str, ...] = ()  # arguments with the role of parameters
    requires: str = ""  # the package that holds its data
    kink: str = ""  # what is the matter at the default point, where there is no derivative

    def __post_init__(self) -> None:
        """Check what a row may get wrong."""
        names = list(signature(self.function).parameters)
        if not self.name.isidentifier() or not self.title or not self.source:
            raise ArgumentError(f"case {self.name!r}: needs a name that is an identifier, a title and a source")
        if bool(self.family) != bool(self.size) or self.size not in (self.family or (0,)):
            raise ArgumentError(f"case {self.name}: size {self.size} is not one of its family {self.family}")
        if list(self.family) != sorted(set(self.family)):
            raise ArgumentError(f"case {self.name}: family {self.family} must increase")
        if self.family and not callable(self.point) and "n" not in names:
            raise ArgumentError(f"case {self.name}: neither the function nor its arguments depend on the size")
        if not callable(self.point) and len(self.point) != len(self.domain):
            raise ArgumentError(f"case {self.name}: {len(self.point)} arguments, but {len(self.domain)} domains")
        if not set(self.parameters) <= set(names):
            raise ArgumentError(f"case {self.name}: parameters {self.parameters} are not among {', '.join(names)}")

    @property
    def smooth(self) -> bool:
        """Whether the function has a derivative at its default arguments."""
        return not self.kink

    def arguments(self, n: int | None = None) -> tuple[Any, ...]:
        """The default arguments, of size n; the arrays are the caller's own."""
        n = self.sized(n)
        point = self.point(n) if callable(self.point) else self.point
        return tuple(tree_map(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, a) for a in point)

    def at(self, n: int | None = None) -> tuple[Callable[..., Array], tuple[Any, ...]]:
        """The function and its default arguments, of size n."""
        f = self.function
        if self.family and "n" in signature(f).parameters:
            f = partial(f, n=self.sized(n))
        return f, self.arguments(n)

    def sized(self, n: int | None) -> int:
        """The size that is meant.

        Raises ArgumentError for a size of a case that is no family, and for one below the smallest.
        """
        if n is None:
            return self.size
        if not self.family:
            raise ArgumentError(f"{self.name} is no family; leave the size {n} out")
        if n < self.family[0]:
            raise ArgumentError(f"{self.name}: size {n} is below the smallest, {self.family[0]}")
        return n

    def sample(self, rng: Rng, n: int | None = None) -> tuple[Any, ...]:
        """Random arguments from the interior of the domain; kinks are met with probability 0."""

        def drawn(domain: Interval | Draw, argument: Any) -> Any:
            draw = domain if callable(domain) else inside(*domain)
            return tree_map(lambda leaf: draw(rng, leaf), argument)

        return tuple(drawn(d, a) for d, a in zip(self.domain, self.arguments(n), strict=True))

    def trace(self, n: int | None = None) -> Expression:
        """The expression, of size n.

        >>> from expression.corpus import case
        >>> print(case("repeated_squaring").trace(2))
        x -> v2
          v0 = input x
          v1 = mul(v0, v0)
          v2 = mul(v1, v1)
        """
        f, args = self.at(n)
        return trace(f, *args, parameters=self.parameters)


def inside(low: float, high: float) -> Draw:
    """Entries drawn evenly between two bounds."""

    def draw(rng: Rng, leaf: Array) -> Array:
        return float(rng.uniform(low, high)) if np.ndim(leaf) == 0 else rng.uniform(low, high, np.shape(leaf))

    return draw


def near(width: float) -> Draw:
    """Entries at most that far from the default."""
    return lambda rng, leaf: leaf + inside(-width, width)(rng, leaf)


def positive_definite(rng: Rng, leaf: Array) -> Array:
    """A symmetric positive definite matrix with eigenvalues above 1."""
    n = len(leaf)
    root = rng.uniform(-1.0, 1.0, (n, n))
    return root @ root.T + np.eye(n)

"""Operations with several results. In the shared format a node has one, so they travel together, as one vector.

The vector holds the ravelled results, one after the other. Slices and reshapes, operations like any other, take it
apart again, so that no arithmetic, measure, format or sweep knows a special case.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, update_wrapper
from math import prod
from typing import Any

import numpy as np

from expression.errors import ArgumentError, TrigradError, UnsupportedOperation
from expression.operations.literals import ZERO, as_number
from expression.operations.operation import Array, Operation, Rule, Shape, Traced, check_options
from expression.operations.vectors import joined, parts
from expression.structure import dtype_of, shape_of

Shapes = tuple[Shape, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What a body returns that has several results, and the columns of the row that carries them as one vector."""

    label: str
    body: Rule
    count: int
    given: Callable[..., Any] | None  # shape=, where the author gives it: (*shapes, **parameters) -> a shape a result

    def each(self, *x: Array, **parameters: Any) -> list[Array]:
        """The results of the body, checked.

        Raises ArgumentError unless they are a tuple of as many floating arrays as were promised.
        """
        results = self.body(*x, **parameters)
        self.check(results)
        if self.given is not None:
            found, promised = tuple(shape_of(y) for y in results), self.shapes(x, parameters)
            if found != promised:
                raise ArgumentError(f"{self.label}: shape= promises {promised}, but the body returned {found}")
        return list(results)

    def check(self, results: Any) -> None:
        """Refuse what is not a tuple of as many floating arrays as were promised."""
        if not isinstance(results, tuple | list) or len(results) != self.count:
            kind = type(results).__name__
            found = f"a {kind} of {len(results)}" if isinstance(results, tuple | list) else kind
            raise ArgumentError(f"{self.label}: outputs={self.count}, so return a tuple of {self.count}; got {found}")
        for k, y in enumerate(results):
            if isinstance(y, tuple | list | dict):
                raise ArgumentError(f"{self.label}: output {k} is a {type(y).__name__}; return an array")
            if dtype_of(y).kind not in "fc":
                raise ArgumentError(f"{self.label}: output {k} is {dtype_of(y)}: return floats, with .astype(float)")

    def vector(self, *x: Array, **parameters: Any) -> Array:
        """All results as one vector: the body of the row."""
        return joined(self.each(*x, **parameters))

    def shapes(self, x: Sequence[Array], parameters: dict[str, Any]) -> Shapes:
        """The shapes of the results for these operands: as the author says, or else what the body makes of them."""
        shapes = tuple([shape_of(v) for v in x])
        if self.given is not None:
            return self.promised(*shapes, **parameters)
        return recorded_shapes(self, shapes, tuple([dtype_of(v) for v in x]), tuple(sorted(parameters.items())))

    def promised(self, *shapes: Shape, **parameters: Any) -> Shapes:
        """What the author's rule says, checked."""
        assert self.given is not None
        found = self.given(*shapes, **parameters)
        if not isinstance(found, tuple | list) or [type(s) for s in found] != [tuple] * self.count:
            raise ArgumentError(f"{self.label}: shape= must give {self.count} shapes, one for each output; got {found}")
        return tuple(found)

    def length(self, *shapes: Shape, **parameters: Any) -> Shape:
        """The shape of the vector, where the author gives those of the results."""
        return (sum(prod(s) for s in self.promised(*shapes, **parameters)),)

    def reverse(self, rule: Rule) -> Rule:
        """A reverse rule of the author, to whom y_bar and y are tuples, as a rule of the vector."""

        def unpacked(v_bar: Array, v: Array, *x: Array, **parameters: Any) -> Any:
            shapes = self.shapes(x, parameters)
            return rule(parts(v_bar, shapes), parts(v, shapes), *x, **parameters)

        return unpacked

    def forward(self, rule: Rule) -> Rule:
        """A forward rule of the author, who returns a tangent for each result, as a rule of the vector."""

        def packed(x_dot: Array, v: Array, *x: Array, **parameters: Any) -> Array:
            shapes = self.shapes(x, parameters)
            y_dots = rule(x_dot, parts(v, shapes), *x, **parameters)
            if not isinstance(y_dots, tuple | list) or len(y_dots) != self.count:
                found = f"{len(y_dots)}" if isinstance(y_dots, tuple | list) else type(y_dots).__name__
                raise ArgumentError(
                    f"{self.label}: jvps must return a tuple of {self.count}, one tangent for each output; got {found}"
                )
            return joined([in_shape(y_dot, shape, v) for y_dot, shape in zip(y_dots, shapes, strict=True)])

        return packed


def in_shape(y_dot: Array | None, shape: Shape, like: Array) -> Array:
    """A tangent in its result's own shape; None and numbers stand for arrays of them."""
    y_dot = as_number(ZERO if y_dot is None else y_dot, like)
    return y_dot if shape_of(y_dot) == shape else np.broadcast_to(y_dot, shape)


@lru_cache(maxsize=4096)
def recorded_shapes(
    results: Results,
    shapes: Shapes,
    dtypes: tuple[np.dtype[Any], ...],
    parameters: tuple[tuple[str, Any], ...],
) -> Shapes:
    """The shapes of a body's results for operands of these shapes and dtypes; recorded once."""
    from expression.tracing import Trace

    recording = Trace()
    x = [recording.input(f"x{k}", s, d) for k, (s, d) in enumerate(zip(shapes, dtypes, strict=True))]
    try:
        y = results.body(*x, **dict(parameters))
    except TrigradError as error:
        raise UnsupportedOperation(
            f"{results.label}: its body cannot be traced: {error}; or give shape=, for the shapes of its outputs"
        ) from error
    results.check(y)
    return tuple([shape_of(v) for v in y])


class SeveralOutputs:
    """A function with several results, as `@operation(outputs=n)` makes it: called, it returns a tuple.

    `row` is the operation of one result, a vector, that stands in expressions and on tapes.
    """

    __name__: str
    __qualname__: str

    def __init__(self, row: Operation, results: Results) -> None:
        """Name, signature and docstring are those of the function."""
        self.row = row
        self.results = results
        update_wrapper(self, results.body)

    @property
    def name(self) -> str:
        """How it is listed."""
        return self.row.name

    def __call__(self, *operands: Array, **parameters: Any) -> tuple[Array, ...]:
        """Apply to arrays, tracers or tensors."""
        check_options(self.name, parameters)
        if any(isinstance(x, Traced) for x in operands):
            shapes = self.results.shapes(operands, parameters)
            return parts(self.row(*operands, **parameters), shapes)
        with np.errstate(all="ignore"):
            results = self.results.each(*operands, **parameters)
        return parts(joined(results), [shape_of(y) for y in results])

    def __repr__(self) -> str:
        """Name it."""
        return f"<operation {self.name} with {self.results.count} outputs>"

    def __reduce__(self) -> str:
        """Pickle by name, as its row does."""
        self.row.__reduce__()  # refuses what pickle could not find again
        return self.__qualname__

"""Tensors: arrays with a value and a place on a tape. What plain NumPy code does to them is computed and recorded.

    Tensor    an array, or anything else that has a shape
    Dense     an ndarray       (these two, in autodiff/recording.py, are what programs mostly consist of,
    Scalar    a Python float    and have short ways of their own)
    Leaf      a tensor of its own, made by `tensor(x)`, that keeps its gradient

A tensor of an inner tape holds one of the outer tape as its value, so nested derivatives cannot be confused.
"""

import operator
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from autodiff.steps import Parameters
from expression.arrays import TracedArray
from expression.errors import TapeError, user_line
from expression.operations.operation import Array, Operation, Traced
from expression.structure import deliver, differentiable, dtype_of, shape_of

LOOK = "x.value is the number alone, without its derivative"


class Tensor(TracedArray):
    """An array on a tape."""

    __slots__ = ("position", "primal", "shape", "tape")
    tape: Any
    position: int
    primal: Array

    @property
    def level(self) -> int:  # type: ignore[override]
        """How far inside its tape is."""
        level: int = self.tape.level
        return level

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]
        """The dtype of its value."""
        return dtype_of(self.primal)

    @property
    def value(self) -> Any:
        """The value alone, without its derivative: a number, a read-only view, or an outer tape's tensor."""
        if not isinstance(self.primal, np.ndarray):
            return deliver(self.primal)
        view = self.primal.view()
        view.flags.writeable = False
        return view

    @property
    def grad(self) -> Any:
        """Refuse: only a leaf keeps its gradient."""
        raise TapeError(
            "only a leaf keeps .grad, and this tensor is the result of an operation; a leaf is made by tensor(x), "
            "and a parameter is updated by w = tensor(w.value - rate * w.grad)"
        )

    def backward(self, seed: Any = None) -> None:
        """One reverse sweep from this tensor: every leaf that it depends on adds its gradient to `.grad`.

        The tape is used up. A tensor that is not scalar needs a seed of its shape.

        >>> from autodiff import tensor
        >>> w = tensor(3.0)
        >>> (w * w).backward()
        >>> w.grad
        6.0
        """
        from autodiff.facades import backward

        backward(self, seed)

    def play(self, **options: Any) -> Any:
        """The tape player of what this tensor was computed from; options as those of `GradientTape.play`.

        Raises TapeError for a leaf that no tape has met, and for a tape that is used up.
        """
        if self.tape is None:
            raise TapeError(f"{self!r} is on no tape: nothing was computed yet that could be played; play a result")
        return self.tape.play(self, **options)

    def record(self, operation: Operation, operands: Sequence[Array], parameters: Parameters) -> Array:
        """Compute an operation whose innermost operand this is, and write it down."""
        from autodiff.recording import record

        return record(operation, operands, parameters)

    def __array_function__(self, function: Any, types: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Catch np.sum(x) and its kin; what asks only for truth values, places or text gets the values."""
        if function in ASKING:
            return function(*map(plain, args), **{name: plain(x) for name, x in options.items()})
        return super().__array_function__(function, types, args, options)

    def __getitem__(self, index: Any) -> Array:
        """x[index]; an index may be a tensor of integers or truth values."""
        items = index if isinstance(index, tuple) else (index,)
        return super().__getitem__(tuple([index_value(i) if isinstance(i, Tensor) else i for i in items]))

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        """Refuse: the tape may need the value that would be lost."""
        raise TapeError(
            f"x[...] = value would overwrite what the tape has recorded ({user_line()}); "
            "use expression.functions.at_set(x, index, value), np.where(mask, value, x), or np.stack for a new one"
        )

    def __contains__(self, item: Any) -> bool:
        """Whether an entry equals the item."""
        return bool(np.any(plain(self) == plain(item)))

    def __bool__(self) -> bool:
        """The truth of the value: a branch is taken, and the operations on it are recorded."""
        return bool(plain(self))

    def __float__(self) -> float:
        """Refuse: the derivative would be lost without a word."""
        return float(self.leave("float() or a function of math", "use the function of np"))

    def __complex__(self) -> complex:
        """Refuse: the derivative would be lost without a word."""
        return complex(self.leave("complex()", "keep the tensor as it is"))

    def __int__(self) -> int:
        """An integer's value; floats are refused, as by float()."""
        return int(self.leave("int()", "use np.floor or np.rint"))

    def __index__(self) -> int:
        """An integer's value, to index with."""
        return operator.index(self.leave("an index or range()", "compute indices from integers"))

    def item(self, *index: Any) -> Array:
        """Refuse for floats: the derivative would be lost without a word."""
        return np.asarray(self.leave(".item()", "keep the tensor as it is")).item(*index)

    def tolist(self) -> Any:
        """Refuse for floats: the derivative would be lost without a word."""
        return np.asarray(self.leave(".tolist()", "iterate over the tensor, or index it")).tolist()

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        """Refuse for floats: an ndarray has no derivative; an array of objects may hold the tensor."""
        if dtype is not None and np.dtype(dtype) == np.dtype(object):
            return super().__array__(dtype, copy)
        return np.array(self.leave("np.array() or np.asarray()", "np.stack([...]) makes one tensor of several"), dtype)

    def leave(self, what: str, instead: str) -> Array:
        """The value, where no derivative is lost with it: TapeError for floats."""
        if self.dtype.kind in "fc":
            raise TapeError(
                f"{what} would take the value off the tape, and its derivative would be lost ({user_line()}); "
                f"{instead}; {LOOK}"
            )
        return plain(self)

    def __repr__(self) -> str:
        """The value, as NumPy shows it."""
        shown_value = plain(self)
        if isinstance(shown_value, Traced):
            return f"tensor({shown_value!r})"
        text = repr(np.asarray(shown_value)) if np.ndim(shown_value) else repr(np.asarray(shown_value).item())
        return f"tensor({text.removeprefix('array(').removesuffix(')') if text.startswith('array(') else text})"

    def __format__(self, spec: str) -> str:
        """The value, formatted: f"{loss:.3f}"."""
        return format(deliver(plain(self)), spec) if spec else str(self)

    def __str__(self) -> str:
        """The value, as NumPy prints it."""
        return str(deliver(plain(self)))


class Leaf(Tensor):
    """A tensor of its own, on no tape until one watches it, which keeps the gradient of what was computed from it.

    `.grad` adds up over several `.backward()`; `w.grad = None` forgets it.
    """

    __slots__ = ("grad",)
    grad: Any

    @property
    def level(self) -> int:  # type: ignore[override]
        """How far inside the tape is that watches it; 0, outside of every other, where none does."""
        level: int = 0 if self.tape is None else self.tape.level
        return level


def tensor(x: Any) -> Leaf:
    """A leaf with a copy of x as its value: what `loss.backward()` differentiates with respect to.

    Raises ArgumentError for integers and for nan, as every room does.

    >>> w = tensor([1.0, 2.0])
    >>> loss = np.sum(w**2)
    >>> loss.backward()
    >>> loss, w.grad
    (tensor(5.0), array([2., 4.]))
    """
    return leaf_of(differentiable(x, lambda: "x"))


def leaf_of(x: Array) -> Leaf:
    """A leaf with a copy of x, or with an outer tape's tensor, as its value."""
    leaf = Leaf()
    leaf.tape, leaf.position, leaf.grad = None, -1, None
    leaf.primal = held(x)
    leaf.shape = shape_of(leaf.primal)
    return leaf


def held(x: Array) -> Array:
    """A value for a tape to keep: a copy of an array, which the caller may go on to change."""
    if isinstance(x, Traced) or type(x) is float:
        return x
    copy = np.array(x)
    return copy if copy.ndim else copy[()]


def plain(x: Any) -> Any:
    """The value at the bottom of all tapes."""
    while isinstance(x, Tensor):
        x = x.primal
    return x


def index_value(i: Tensor) -> Any:
    """An index that is a tensor of integers or truth values, as NumPy has it."""
    if i.dtype.kind in "fc":
        raise IndexError(f"an index is made of integers or truth values, not of {i.dtype} ({user_line()})")
    return plain(i)


ASKING = frozenset(
    (
        *(np.allclose, np.array_equal, np.isclose, np.shape, np.ndim, np.size),
        *(np.array_repr, np.array_str, np.array2string, np.nonzero, np.flatnonzero, np.argwhere, np.searchsorted),
    )
)

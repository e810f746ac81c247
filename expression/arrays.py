"""NumPy's protocols: what lets plain NumPy code run on tracers, and on the tensors of a tape.

`__array_ufunc__` and `__array_function__` catch the calls, operators and methods the rest. Everything ends in
`apply`, which hands an operation of the table to the innermost trace.
"""

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any, NoReturn

import numpy as np

from expression.errors import ControlFlowError, UnsupportedOperation, user_line
from expression.operations import BY_NUMPY, TABLE, surface
from expression.operations.operation import Array, Operation, Shape, Traced, apply


def binary(name: str) -> tuple[Any, Any]:
    """An operator and its reflection."""
    operation = TABLE[name]

    def forward(self: Array, other: Array) -> Array:
        return apply(operation, (self, other))

    def reflected(self: Array, other: Array) -> Array:
        return apply(operation, (other, self))

    return forward, reflected


def bitwise(ufunc: np.ufunc) -> tuple[Any, Any]:
    """An operator of conditions and its reflection."""
    front = surface.FUNCTIONS[ufunc]

    def forward(self: Array, other: Array) -> Array:
        return front(self, other)

    def reflected(self: Array, other: Array) -> Array:
        return front(other, self)

    return forward, reflected


def unsupported(name: str, advice: str = "add one with @operation, or compute it outside the function") -> NoReturn:
    """Refuse a NumPy function by name, with the user's line."""
    raise UnsupportedOperation(f"{name} has no derivative rule here ({user_line()}); {advice}")


def needs_value(what: str, advice: str) -> NoReturn:
    """Refuse to leave the trace."""
    raise ControlFlowError(f"{what} asks for the value of an abstract array ({user_line()}); {advice}")


def in_place(what: str, advice: str) -> NoReturn:
    """Refuse to change an array."""
    raise UnsupportedOperation(f"{what} changes an array in place ({user_line()}); {advice}")


BRANCH_ADVICE = "use np.where or expression.cond, or trace_at(f, *args) to record the branch taken at one point"
REDUCE = {
    np.add: surface.sum_,
    np.multiply: surface.prod_,
    np.maximum: surface.max_,
    np.minimum: surface.min_,
    np.logaddexp: surface.logsumexp,
    np.logical_and: surface.all_,
    np.logical_or: surface.any_,
}
ACCUMULATE = {np.add: surface.cumsum, np.multiply: surface.cumprod}
WRITING = frozenset((np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal))


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Array:
    """Answer a call of a ufunc, or of its reduce, accumulate or outer."""
    if method == "__call__" and not options and ufunc in BY_NUMPY:
        return apply(BY_NUMPY[ufunc], inputs)
    name = f"np.{ufunc.__name__}" if getattr(np, ufunc.__name__, None) is ufunc else f"the ufunc {ufunc.__name__}"
    if method == "__call__":
        if options.get("out") is not None:  # also what a += x is, where a is an ndarray
            unsupported(f"{name} with out=", "an ndarray holds no derivative; write y = ..., and a = a + x for a += x")
        for option, value in options.items():
            if not (option == "casting" or value is None or (option == "where" and value is True)):
                unsupported(f"{name} with {option}=", "write it as a function of its inputs, with np.where for a mask")
        if ufunc in BY_NUMPY:
            return apply(BY_NUMPY[ufunc], inputs)
        if ufunc in surface.FUNCTIONS:
            return surface.FUNCTIONS[ufunc](*inputs)
    elif method == "reduce" and ufunc in REDUCE:
        return REDUCE[ufunc](inputs[0], **{"axis": 0, **options})
    elif method == "accumulate" and ufunc in ACCUMULATE:
        return ACCUMULATE[ufunc](inputs[0], **{"axis": 0, **options})
    elif method == "outer" and ufunc in BY_NUMPY:
        a, b = inputs
        return apply(BY_NUMPY[ufunc], (np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b))
    unsupported(name if method == "__call__" else f"{name}.{method}")


class TracedArray(Traced):
    """Whatever behaves as an ndarray and records: it has a shape and a dtype, and may have no value."""

    __slots__ = ()
    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment]
    shape: Shape
    dtype: np.dtype[Any]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Array:
        """Catch np.sin(x) and its kin."""
        return call_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Catch np.sum(x) and its kin."""
        front = surface.FUNCTIONS.get(function)
        if front is None:
            name = f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"
            if function in WRITING:
                in_place(name, "build a new one with np.where, np.concatenate or np.stack")
            unsupported(name)
        try:
            return front(*args, **options)
        except TypeError as error:
            if "unexpected keyword" not in str(error) and "positional argument" not in str(error):
                raise
            unsupported(f"np.{function.__name__} called this way ({error})", "leave that option out")

    __add__, __radd__ = binary("add")
    __sub__, __rsub__ = binary("sub")
    __mul__, __rmul__ = binary("mul")
    __truediv__, __rtruediv__ = binary("div")
    __floordiv__, __rfloordiv__ = binary("floor_divide")
    __mod__, __rmod__ = binary("remainder")
    __pow__, __rpow__ = binary("pow")
    __matmul__, __rmatmul__ = binary("matmul")
    __lt__, __gt__ = binary("less")[0], binary("greater")[0]
    __le__, __ge__ = binary("less_equal")[0], binary("greater_equal")[0]
    __eq__, __ne__ = binary("equal")[0], binary("not_equal")[0]
    __and__, __rand__ = bitwise(np.bitwise_and)
    __or__, __ror__ = bitwise(np.bitwise_or)
    __xor__, __rxor__ = bitwise(np.bitwise_xor)

    def __neg__(self) -> Array:
        """-x."""
        return apply(TABLE["neg"], (self,))

    def __pos__(self) -> Array:
        """+x."""
        return self

    def __abs__(self) -> Array:
        """abs(x)."""
        return apply(TABLE["abs"], (self,))

    def __round__(self, digits: int | None = None) -> Array:
        """round(x, digits); a float stays a float."""
        return np.round(self, digits or 0)

    def __invert__(self) -> Array:
        """~x of a condition."""
        return np.invert(self)

    def __divmod__(self, other: Array) -> tuple[Array, Array]:
        """The quotient rounded down, and the remainder."""
        return self // other, self % other

    def __rdivmod__(self, other: Array) -> tuple[Array, Array]:
        """The quotient rounded down, and the remainder."""
        return other // self, other % self

    def __getitem__(self, index: Any) -> Array:
        """x[index]."""
        return surface.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        """Refuse: an expression has no memory to write into."""
        in_place("item assignment", "build a new one with np.where, np.concatenate or np.stack")

    def sort(self, *args: Any, **options: Any) -> NoReturn:
        """Refuse: an expression has no memory to write into."""
        in_place("x.sort()", "np.sort(x) gives a new one")

    def fill(self, value: Any) -> NoReturn:
        """Refuse: an expression has no memory to write into."""
        in_place("x.fill()", "np.full_like(x, value) gives a new one")

    def __len__(self) -> int:
        """The length of the first axis."""
        if not self.shape:
            raise TypeError("len() of a 0-d array")
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        """Entry by entry along the first axis."""
        return (self[i] for i in range(len(self)))

    def __contains__(self, item: Any) -> bool:
        """Refuse: the answer depends on values."""
        needs_value("`in`", BRANCH_ADVICE)

    def __bool__(self) -> bool:
        """Refuse: the branch depends on the value."""
        needs_value("`if`, `while`, `and`, `or` or bool()", BRANCH_ADVICE)

    def __float__(self) -> float:
        """Refuse: a number would leave the trace."""
        needs_value("float() or math.*", "use the np. function instead of math., and keep the array as it is")

    def __int__(self) -> int:
        """Refuse: a number would leave the trace."""
        needs_value("int()", BRANCH_ADVICE)

    def __index__(self) -> int:
        """Refuse: a number would leave the trace."""
        needs_value("an index or range()", BRANCH_ADVICE)

    def __complex__(self) -> complex:
        """Refuse: a number would leave the trace."""
        needs_value("complex()", "keep the array as it is")

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        """Refuse to become an ndarray, which would silently detach; an array of objects may hold it."""
        if dtype is object or dtype == np.dtype(object):
            holder = np.empty((), dtype=object)
            holder[()] = self
            return holder
        needs_value("np.array() or np.asarray()", "np.stack([...]) makes one array of several")

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return prod(self.shape)

    @property
    def T(self) -> Array:
        """The transpose."""
        return surface.transpose(self)

    @property
    def mT(self) -> Array:
        """The transpose of the last two axes."""
        return surface.swapaxes(self, -1, -2)

    @property
    def real(self) -> Array:
        """The real part."""
        return np.real(self)

    @property
    def imag(self) -> Array:
        """The imaginary part."""
        return np.imag(self)

    @property
    def flat(self) -> Iterator[Array]:
        """Entry by entry."""
        return iter(self.reshape(-1))

    def item(self, *index: Any) -> Array:
        """Refuse: a number would leave the trace."""
        needs_value(".item()", "keep the array as it is")

    def tolist(self) -> NoReturn:
        """Refuse: numbers would leave the trace."""
        needs_value(".tolist()", "keep the array as it is")

    def astype(self, dtype: Any, **options: Any) -> Array:
        """Integers and truth values become floats; floats stay what they are."""
        return surface.astype(self, dtype)

    def copy(self, order: str = "K") -> Array:
        """The array: tracers are never written into."""
        return self

    def reshape(self, *shape: Any, order: str = "C") -> Array:
        """np.reshape."""
        return surface.reshape(self, shape[0] if len(shape) == 1 else shape, order)

    def transpose(self, *axes: Any) -> Array:
        """np.transpose."""
        return surface.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)


def method(name: str) -> Any:
    """A method of ndarray that is a function of the same name."""
    front = surface.METHODS[name]

    def call(self: Array, *args: Any, **options: Any) -> Array:
        return front(self, *args, **options)

    call.__name__ = name
    call.__doc__ = f"np.{name}."
    return call


for _name in surface.METHODS:
    setattr(TracedArray, _name, method(_name))


def is_traced(tree: Sequence[Any]) -> bool:
    """Whether any leaf is a tracer or tensor."""
    return any(isinstance(x, Traced) for x in tree)


__all__ = ["Operation", "TracedArray", "is_traced"]

"""Tensors: arrays with a value and a place on a tape. What plain NumPy code does to them is computed and recorded.

    Tensor    an array, or anything else that has a shape
    Scalar    a Python float
    Leaf      a tensor of its own, made by `tensor(x)`, that keeps its gradient

A tensor of an inner tape holds one of the outer tape as its value, so nested derivatives cannot be confused.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from autodiff.modes import ANYWHERE, MODES
from autodiff.steps import Parameters, Step, complex_refusal, same_shapes
from autodiff.tape import Tape, finite, shown
from expression.arrays import TracedArray
from expression.errors import AnomalyError, ExpressionError, TapeError, UnsupportedOperation, user_line
from expression.nodes import infer
from expression.operations import BY_NUMPY, TABLE
from expression.operations.operation import Array, Operation, Shape, Traced, apply
from expression.structure import as_leaf, deliver, differentiable, dtype_of, shape_of

ADD, SUB, MUL, DIV, NEG, POW = (TABLE[name] for name in ("add", "sub", "mul", "div", "neg", "pow"))
FLOAT64 = np.dtype(np.float64)
NUMBERS = frozenset((float, int))
LOOK = "x.value is the number alone, without its derivative"
Peek = Callable[[Array], Any]


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

    def record(self, operation: Operation, operands: Sequence[Array], parameters: Parameters) -> Array:
        """Compute an operation whose innermost operand this is, and write it down."""
        return record(operation, operands, parameters)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Array:
        """Catch np.sin(x) and its kin; those of one operand, by far the most frequent, by the short way."""
        if method == "__call__" and not options and len(inputs) == 1 and ufunc in BY_NUMPY:
            return unary(BY_NUMPY[ufunc], self)
        return super().__array_ufunc__(ufunc, method, *inputs, **options)

    def __array_function__(self, function: Any, types: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Catch np.sum(x) and its kin; what asks only for truth values or text gets the values."""
        if function in ASKING:
            return function(*[plain(x) for x in args], **options)
        return super().__array_function__(function, types, args, options)

    def __neg__(self) -> Array:
        """-x."""
        return unary(NEG, self)

    def __getitem__(self, index: Any) -> Array:
        """x[index]; an index may be a tensor of integers or truth values."""
        items = index if isinstance(index, tuple) else (index,)
        return super().__getitem__(tuple([index_value(i) if isinstance(i, Tensor) else i for i in items]))

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        """Refuse: the tape may need the value that would be lost."""
        raise TapeError(
            f"x[...] = value would overwrite what the tape has recorded ({user_line()}); "
            "use at_set(x, index, value), np.where(mask, value, x), or build a new array with np.stack"
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


class Scalar(Tensor):
    """A Python float on a tape.

    Its arithmetic is written out, partials included (a test holds them to the table's, bit by bit): a float's product
    takes less time than to look up a rule.
    """

    __slots__ = ()
    shape: Shape = ()

    def __add__(self, other: Array) -> Array:
        """A sum; partials 1 and 1."""
        tape = self.tape
        if type(other) is Scalar and other.tape is tape and not ANYWHERE:
            steps, a, b = tape.steps, self.primal, other.primal
            y = Scalar()
            y.tape, y.position, y.primal = tape, len(steps), a + b
            steps.append((ADD, self.position, other.position, a, b, 1.0, 1.0))
            return y
        if type(other) in NUMBERS and not ANYWHERE:
            return number(tape, self.primal + other, (ADD, self.position, None, self.primal, other, 1.0, 1.0))
        return record(ADD, (self, other))

    def __radd__(self, other: Array) -> Array:
        """A sum; partials 1 and 1."""
        if type(other) in NUMBERS and not ANYWHERE:
            return number(self.tape, other + self.primal, (ADD, None, self.position, other, self.primal, 1.0, 1.0))
        return record(ADD, (other, self))

    def __sub__(self, other: Array) -> Array:
        """A difference; partials 1 and -1."""
        tape = self.tape
        if type(other) is Scalar and other.tape is tape and not ANYWHERE:
            steps, a, b = tape.steps, self.primal, other.primal
            y = Scalar()
            y.tape, y.position, y.primal = tape, len(steps), a - b
            steps.append((SUB, self.position, other.position, a, b, 1.0, -1.0))
            return y
        if type(other) in NUMBERS and not ANYWHERE:
            return number(tape, self.primal - other, (SUB, self.position, None, self.primal, other, 1.0, -1.0))
        return record(SUB, (self, other))

    def __rsub__(self, other: Array) -> Array:
        """A difference; partials 1 and -1."""
        if type(other) in NUMBERS and not ANYWHERE:
            return number(self.tape, other - self.primal, (SUB, None, self.position, other, self.primal, 1.0, -1.0))
        return record(SUB, (other, self))

    def __mul__(self, other: Array) -> Array:
        """A product; partials b and a."""
        tape = self.tape
        if type(other) is Scalar and other.tape is tape and not ANYWHERE:
            steps, a, b = tape.steps, self.primal, other.primal
            y = Scalar()
            y.tape, y.position, y.primal = tape, len(steps), a * b
            steps.append((MUL, self.position, other.position, a, b, b, a))
            return y
        if type(other) in NUMBERS and not ANYWHERE:
            return number(tape, self.primal * other, (MUL, self.position, None, self.primal, other, other, 0.0))
        return record(MUL, (self, other))

    def __rmul__(self, other: Array) -> Array:
        """A product; partials b and a."""
        if type(other) in NUMBERS and not ANYWHERE:
            return number(self.tape, other * self.primal, (MUL, None, self.position, other, self.primal, 0.0, other))
        return record(MUL, (other, self))

    def __truediv__(self, other: Array) -> Array:
        """A quotient; partials 1 / b and -(1 / b) y. NumPy divides by 0."""
        tape = self.tape
        if type(other) is Scalar and other.tape is tape and other.primal and not ANYWHERE:
            steps, a, b = tape.steps, self.primal, other.primal
            y = Scalar()
            y.tape, y.position, y.primal = tape, len(steps), a / b
            steps.append((DIV, self.position, other.position, a, b, (inverse := 1 / b), -inverse * y.primal))
            return y
        if type(other) in NUMBERS and other and not ANYWHERE:
            return number(tape, self.primal / other, (DIV, self.position, None, self.primal, other, 1 / other, 0.0))
        return record(DIV, (self, other))

    def __neg__(self) -> Array:
        """The negative; partial -1."""
        if ANYWHERE:
            return record(NEG, (self,))
        return number(self.tape, -self.primal, (NEG, self.position, None, self.primal, None, -1.0, 0.0))

    def __pow__(self, other: Array) -> Array:
        """A power with a constant exponent; partial b a^(b - 1). NumPy takes what has no real or finite value."""
        a = self.primal
        if type(other) in NUMBERS and a > 0 and other >= 1 and not ANYWHERE:
            try:
                y, partial = a**other, 2.0 * a if other == 2 else other * a ** (other - 1.0)
            except OverflowError:
                return record(POW, (self, other))
            return number(self.tape, y, (POW, self.position, None, a, other, partial, 0.0))
        return record(POW, (self, other))


def number(tape: Any, value: float, step: Step) -> Scalar:
    """A Python float as the tape's newest node."""
    y = Scalar()
    y.tape, y.position, y.primal = tape, len(tape.steps), value
    tape.steps.append(step)
    return y


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
    return np.array(x)[()] if np.ndim(x) else np.asarray(x)[()]


def on_tape(tape: Tape, x: Array, name: str = "") -> Tensor:
    """A new leaf of a tape, as the tensor to compute with."""
    value = held(x)
    return result(tape, value, tape.leaf(value, name))


def result(tape: Any, value: Array, position: int) -> Tensor:
    """A value with its place on a tape; a float64 of shape () is a Python float from here on."""
    if isinstance(value, float):
        y: Tensor = Scalar()
        y.primal = float(value)
    else:
        y = Tensor()
        y.primal = value
        y.shape = value.shape
    y.tape = tape
    y.position = position
    return y


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


# -- recording ---------------------------------------------------------------------------------------------------------


def home(operands: Sequence[Array]) -> Any:
    """The tape that an operation belongs to: the innermost of its operands', the newest of several, or a new one."""
    tape: Any = None
    for x in operands:
        if isinstance(x, Tensor) and x.tape is not None:
            other = x.tape
            if tape is None or (other.level, other.age) > (tape.level, tape.age):
                tape = other
    return Tape() if tape is None else tape


def record(operation: Operation, operands: Sequence[Array], parameters: Parameters = ()) -> Array:
    """Compute an operation on the values of its operands, and write it down on the innermost tape.

    Operands of outer tapes are constants here; what is computed with their values is recorded there.
    """
    tape = home(operands)
    level = tape.level
    positions: list[int | None] = []
    values: list[Array] = []
    nested = False
    company: Any = None  # the dtype that Python's numbers take
    for x in operands:
        position = None
        if isinstance(x, Traced):
            if x.level > level:
                return x.record(operation, operands, parameters)
            if isinstance(x, Tensor):
                if x.tape is tape:
                    position, x = x.position, x.primal
                elif x.level == level:
                    position, x = tape.bring(x), x.primal
            if type(x) is float:
                x = np.float64(x)
            elif isinstance(x, Traced):
                nested = True
        elif type(x) is np.ndarray:
            tape.guard(x, operation)
        elif type(x) not in NUMBERS:
            x = outside(x)
        positions.append(position)
        values.append(x)
        if company is None and type(x) not in NUMBERS and x.dtype.kind in "fc":
            company = x.dtype
    if company is not None:
        for k, x in enumerate(values):
            if type(x) in NUMBERS:
                values[k] = company.type(x)
    y = compute(operation, values, parameters, nested)
    if ANYWHERE:
        if level <= MODES.paused:
            return deliver(y)
        if MODES.looking:
            tape.lines[len(tape.steps)] = user_line()
            look(operation, values, y)
    if y.dtype is not FLOAT64 and y.dtype.kind == "c":
        raise_complex(operation, y)
    tape.selects = tape.selects or operation.selects
    steps = tape.steps
    position = len(steps)
    full = (y, *values)
    steps.append((operation, tuple(positions), full, parameters, same_shapes(operation, full)))
    return result(tape, y, position)


def unary(operation: Operation, x: Tensor) -> Array:
    """An elementwise operation of one operand: nothing broadcasts, nobody else may be further inside."""
    tape, a = x.tape, x.primal
    if tape is None or ANYWHERE or type(a) is not np.ndarray or operation.partials is None:
        return record(operation, (x,))
    steps = tape.steps
    y = Tensor()
    y.tape, y.position, y.shape = tape, len(steps), x.shape
    y.primal = value = operation.forward(a)
    if value.dtype is not FLOAT64 and value.dtype.kind == "c":
        raise_complex(operation, value)
    steps.append((operation, (x.position,), (value, a), (), operation.partials))
    return y


def binary(operation: Operation, compute_arrays: Callable[[Array, Array], Array]) -> tuple[Any, Any]:
    """An arithmetic operator and its reflection; two arrays of one shape on one tape by the short way."""
    partials = operation.partials

    def forward(self: Tensor, other: Array) -> Array:
        tape = self.tape
        if type(other) is Tensor and other.tape is tape and self.shape == other.shape and not ANYWHERE:
            steps, a, b = tape.steps, self.primal, other.primal
            y = Tensor()
            y.tape, y.position, y.shape = tape, len(steps), self.shape
            y.primal = value = compute_arrays(a, b)
            steps.append((operation, (self.position, other.position), (value, a, b), (), partials))
            return y
        return record(operation, (self, other))

    def reflected(self: Tensor, other: Array) -> Array:
        return record(operation, (other, self))

    return forward, reflected


Tensor.__add__, Tensor.__radd__ = binary(ADD, operator.add)
Tensor.__sub__, Tensor.__rsub__ = binary(SUB, operator.sub)
Tensor.__mul__, Tensor.__rmul__ = binary(MUL, operator.mul)
Tensor.__truediv__, Tensor.__rtruediv__ = binary(DIV, operator.truediv)


def compute(operation: Operation, values: Sequence[Array], parameters: Parameters, nested: bool) -> Array:
    """The forward function on values, or its record on an outer tape."""
    try:
        if nested:
            return apply(operation, values, parameters)
        y = operation.forward(*values, **dict(parameters)) if parameters else operation.forward(*values)
    except np.linalg.LinAlgError:
        raise
    except (ValueError, IndexError) as error:
        raise ExpressionError(f"{operation.name}: {shape_error(operation, values, parameters, error)}") from error
    return y if isinstance(y, np.ndarray | np.generic) else np.asarray(y)[()]


def shape_error(operation: Operation, values: Sequence[Array], parameters: Parameters, error: Exception) -> str:
    """What the operation's row says of operands that do not fit, as it does when tracing; else NumPy's own words."""
    try:
        infer(operation, tuple(map(shape_of, values)), tuple(map(dtype_of, values)), parameters)
    except (ValueError, IndexError) as found:
        error = found
    return f"{error} ({user_line()})"


def outside(x: Any) -> Array:
    """A constant that is no ndarray and no number: checked, and in memory of its own."""
    x = as_leaf(x, "a constant")
    return x if isinstance(x, np.generic) else np.array(x)[()]


def look(operation: Operation, values: Sequence[Array], y: Array) -> None:
    """Raise AnomalyError if a result is the first to be nan or infinite."""
    if not finite(y) and all(finite(x) for x in values):
        given = ", ".join(shown(x) for x in values)
        raise AnomalyError(f"{operation.name}({given}) gave {shown(y)} ({user_line()})")


def raise_complex(operation: Operation, y: Array) -> None:
    """Refuse complex numbers on the tape."""
    raise UnsupportedOperation(complex_refusal(operation.name, y.dtype, user_line()))


ASKING = frozenset(
    (np.allclose, np.array_equal, np.isclose, np.shape, np.ndim, np.size, np.array_repr, np.array_str, np.array2string)
)

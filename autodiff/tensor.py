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
from autodiff.steps import Operands, Parameters, Step, complex_refusal, same_shapes
from autodiff.tape import Tape, UsedUp, finite, shown
from expression.arrays import TracedArray
from expression.errors import AnomalyError, ExpressionError, TapeError, UnsupportedOperation, user_line
from expression.nodes import infer
from expression.operations import BY_NUMPY, TABLE
from expression.operations.operation import Array, Operation, Rule, Shape, Traced, apply, promoted
from expression.structure import as_leaf, deliver, differentiable, dtype_of, fresh, shape_of

ADD, SUB, MUL, DIV, NEG, POW = (TABLE[name] for name in ("add", "sub", "mul", "div", "neg", "pow"))
FLOAT64 = np.dtype(np.float64)
NUMBERS = frozenset((float, int))
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

    def record(self, operation: Operation, operands: Sequence[Array], parameters: Parameters) -> Array:
        """Compute an operation whose innermost operand this is, and write it down."""
        return unary(operation, self, parameters) if len(operands) == 1 else record(operation, operands, parameters)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Array:
        """Catch np.sin(x) and its kin; the most frequent ones by the short way."""
        if method == "__call__" and not options:
            if ufunc in ELEMENTARY:
                return unary(ELEMENTARY[ufunc], self)
            if ufunc in OPERATORS:
                a, b = inputs
                forward, reflected = OPERATORS[ufunc]
                return forward(self, b) if self is a else reflected(self, a)
        return super().__array_ufunc__(ufunc, method, *inputs, **options)

    def __array_function__(self, function: Any, types: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Catch np.sum(x) and its kin; what asks only for truth values, places or text gets the values."""
        if function in ASKING:
            return function(*map(plain, args), **{name: plain(x) for name, x in options.items()})
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
        if type(other) in NUMBERS and other >= 1 and (a > 0 or other % 1 == 0) and not ANYWHERE:
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
    if ANYWHERE and MODES.stand_in is not None:
        operands = [MODES.stand_in(x) for x in operands]
    tape = home(operands)
    if type(tape.steps) is UsedUp:  # what an inner tape has left behind are tensors of the outer one
        gone = [isinstance(x, Tensor) and x.tape is tape for x in operands]
        left = [x.primal if is_gone else x for x, is_gone in zip(operands, gone, strict=True)]
        if all(isinstance(x, Traced) for x, is_gone in zip(left, gone, strict=True) if is_gone):
            return apply(operation, left, parameters)
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
                elif id(x) in tape.brought:  # a leaf that the tape watched until its block ended
                    position = tape.brought[id(x)][0]
                    x = tape.leaves[position][1]
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
        if type(x) not in NUMBERS and x.dtype is not company and x.dtype.kind in "fc":
            company = x.dtype if company is None else promoted(company, x.dtype)
    if company is not None:
        for k, x in enumerate(values):
            if type(x) in NUMBERS:
                values[k] = company.type(x)
    if nested:
        y = apply(operation, values, parameters)
        y = np.float64(y) if type(y) is float else y  # from an outer tape that does not record now
    else:
        y = compute(operation, values, parameters)
    if ANYWHERE:
        if level <= MODES.paused:
            return fresh(y)
        if MODES.looking:
            tape.lines[len(tape.steps)] = user_line()
            look(operation, values, y)
    full = (y, *values)
    return written(tape, operation, tuple(positions), full, parameters, same_shapes(operation, positions, full))


def unary(operation: Operation, x: Tensor, parameters: Parameters = ()) -> Array:
    """An operation of one array, by the short way: nothing is mixed, and nobody else may be further inside."""
    tape, a = x.tape, x.primal
    kind = type(a)
    if tape is None or ANYWHERE or not (kind is np.ndarray or kind is float):
        return record(operation, (x,), parameters)
    if kind is np.ndarray and operation.partials is not None:
        value = operation.forward(a)  # an array of the same shape: nothing to mind
    else:
        a = np.float64(a) if kind is float else a
        value = compute(operation, (a,), parameters)
    partials = operation.partials if operation.products is None else None
    if type(value) is not np.ndarray or value.dtype is not FLOAT64:
        return written(tape, operation, (x.position,), (value, a), parameters, partials)
    steps = tape.steps
    y = Tensor()
    y.tape, y.position, y.primal, y.shape = tape, len(steps), value, value.shape
    steps.append((operation, (x.position,), (value, a), parameters, partials))
    return y


def written(
    tape: Any,
    operation: Operation,
    operands: Operands,
    values: tuple[Array, ...],
    parameters: Parameters,
    partials: tuple[Rule | float, ...] | None,
) -> Tensor:
    """The newest step of a tape, and its result as a tensor."""
    steps, value = tape.steps, values[0]
    if value.dtype is not FLOAT64 and value.dtype.kind == "c":
        raise UnsupportedOperation(complex_refusal(operation.name, value.dtype, user_line()))
    y = result(tape, value, len(steps))
    if operation.selects:
        tape.selects = True
    steps.append((operation, operands, values, parameters, partials))
    return y


def operator_of(operation: Operation, compute_arrays: Callable[[Array, Array], Array]) -> tuple[Any, Any]:
    """An operator of two arrays and its reflection; two arrays of one shape on one tape by the shortest way."""
    rules = operation.partials

    def forward(self: Tensor, other: Array) -> Array:
        tape, a = self.tape, self.primal
        if type(other) is Tensor and other.tape is tape and type(a) is np.ndarray and not ANYWHERE and rules:
            b, shape = other.primal, self.shape
            if shape == other.shape and type(b) is np.ndarray:
                steps = tape.steps
                y = Tensor()
                y.tape, y.position, y.shape = tape, len(steps), shape
                y.primal = value = compute_arrays(a, b)
                steps.append((operation, (self.position, other.position), (value, a, b), (), rules))
                return y
        return mixed(operation, compute_arrays, self, other)

    def reflected(self: Tensor, other: Array) -> Array:
        return mixed(operation, compute_arrays, other, self)

    return forward, reflected


def mixed(operation: Operation, compute_arrays: Callable[[Array, Array], Array], a: Array, b: Array) -> Array:
    """An operator of two operands of which one is a tensor: arrays and numbers by a short way, all else by `record`."""
    operands: list[int | None] = []
    values: list[Array] = []
    tape = None
    for x in (a, b):
        position = None
        if type(x) is Tensor and type(x.primal) is np.ndarray and (tape is None or x.tape is tape):
            tape, position, x = x.tape, x.position, x.primal
        elif type(x) is not np.ndarray and type(x) is not float:
            return record(operation, (a, b))
        operands.append(position)
        values.append(x)
    if tape is None or ANYWHERE:
        return record(operation, (a, b))
    for k, x in enumerate(values):
        if operands[k] is None:
            if type(x) is float:
                if values[1 - k].dtype.kind != "f":
                    return record(operation, (a, b))  # beside integers and truth values it stays a float64
                values[k] = values[1 - k].dtype.type(x)
            else:
                tape.guard(x, operation)
    try:
        y = compute_arrays(*values)
    except ValueError:
        return record(operation, (a, b))  # which says in our words what does not fit
    full = (y, *values)
    return written(tape, operation, tuple(operands), full, (), same_shapes(operation, operands, full))


ELEMENTARY = {ufunc: row for ufunc, row in BY_NUMPY.items() if getattr(ufunc, "nin", 0) == 1}
OPERATORS = {
    ufunc: operator_of(TABLE[name], compute_arrays)
    for ufunc, name, compute_arrays in (
        (np.add, "add", operator.add),
        (np.subtract, "sub", operator.sub),
        (np.multiply, "mul", operator.mul),
        (np.divide, "div", operator.truediv),
        (np.power, "pow", operator.pow),
        (np.matmul, "matmul", operator.matmul),
    )
}
Tensor.__add__, Tensor.__radd__ = OPERATORS[np.add]
Tensor.__sub__, Tensor.__rsub__ = OPERATORS[np.subtract]
Tensor.__mul__, Tensor.__rmul__ = OPERATORS[np.multiply]
Tensor.__truediv__, Tensor.__rtruediv__ = OPERATORS[np.divide]
Tensor.__pow__, Tensor.__rpow__ = OPERATORS[np.power]
Tensor.__matmul__, Tensor.__rmatmul__ = OPERATORS[np.matmul]


def compute(operation: Operation, values: Sequence[Array], parameters: Parameters) -> Array:
    """The forward function on values."""
    try:
        y = operation.forward(*values, **dict(parameters)) if parameters else operation.forward(*values)
    except (ValueError, IndexError) as error:
        found = misfit(operation, values, parameters)
        if found is None and isinstance(error, np.linalg.LinAlgError):
            raise  # of the values: a singular matrix
        raise ExpressionError(f"{operation.name}: {found or error} ({user_line()})") from error
    whole = isinstance(y, np.generic) or (isinstance(y, np.ndarray) and y.ndim > 0)
    return y if whole else np.asarray(y)[()]


def misfit(operation: Operation, values: Sequence[Array], parameters: Parameters) -> Exception | None:
    """What the operation's row says of operands that do not fit, as it does when tracing."""
    try:
        infer(operation, tuple(map(shape_of, values)), tuple(map(dtype_of, values)), parameters)
    except (ValueError, IndexError) as found:
        return found
    return None


def outside(x: Any) -> Array:
    """A constant that is no ndarray and no number: checked, and in memory of its own."""
    x = as_leaf(x, "a constant")
    return x if isinstance(x, np.generic) else np.array(x)[()]


def look(operation: Operation, values: Sequence[Array], y: Array) -> None:
    """Raise AnomalyError if a result is the first to be nan or infinite."""
    if not finite(y) and all(finite(x) for x in values):
        given = ", ".join(shown(x) for x in values)
        raise AnomalyError(f"{operation.name}({given}) gave {shown(y)} ({user_line()})")


ASKING = frozenset(
    (
        *(np.allclose, np.array_equal, np.isclose, np.shape, np.ndim, np.size),
        *(np.array_repr, np.array_str, np.array2string, np.nonzero, np.flatnonzero, np.argwhere, np.searchsorted),
    )
)

"""Recording: an operation on tensors is computed on their values and written down on the innermost tape.

`record` can do it for whatever there is. Dense tensors (ndarrays) and Scalars (Python floats) have shorter ways for the
operations that programs mostly consist of: each is `record` with the questions left out whose answers are known.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff.computing import compute, look, outside
from autodiff.modes import ANYWHERE, MODES
from autodiff.pulls import PULL_ALIKE, RULES, pull_float, pull_floats, pull_one, pull_stretched, pull_two, step_of
from autodiff.steps import NUMBERS, Operands, Parameters, Step, complex_refusal
from autodiff.tape import Tape, UsedUp
from autodiff.tensor import Leaf, Tensor, held
from expression.errors import UnsupportedOperation, user_line
from expression.operations import BY_NUMPY, TABLE
from expression.operations.operation import Array, Operation, Shape, Traced, apply, promoted
from expression.structure import fresh

FLOAT64 = np.dtype(np.float64)
ADD, SUB, MUL, DIV, NEG, POW = (TABLE[name] for name in ("add", "sub", "mul", "div", "neg", "pow"))
FOLDING = {POW: (0, 1), DIV: (0,)}  # numbers at which a partial is 0 or 1, or is none: the general rules know them


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

    The short way, for tensors of one tape, leaves and arrays from outside; `record_any` has everything to think of.
    """
    tape: Any = None
    positions: list[int | None] = []
    values: list[Array] = []
    free = False  # whether there is a leaf that no tape watches
    for x in operands:
        kind = type(x)
        if kind is np.ndarray:
            positions.append(None)
            values.append(x)
        elif kind is Dense and (tape is None or tape is x.tape):
            tape = x.tape
            positions.append(x.position)
            values.append(x.primal)
        elif kind is Scalar and (tape is None or tape is x.tape):
            tape = x.tape
            positions.append(x.position)
            values.append(np.float64(x.primal))
        elif kind is Leaf and x.tape is None and (type(x.primal) is np.ndarray or type(x.primal) is float):
            free = True
            positions.append(None)
            values.append(np.float64(x.primal) if type(x.primal) is float else x.primal)
        else:
            return record_any(operation, operands, parameters)
    if tape is None or ANYWHERE or (free and tape.level):
        return record_any(operation, operands, parameters)
    if None in positions:
        for k, x in enumerate(operands):
            if type(x) is Leaf:
                positions[k] = tape.bring(x)
            elif positions[k] is None:
                tape.guard(x, operation)
    return written(tape, operation, tuple(positions), (compute(operation, values, parameters), *values), parameters)


def record_any(operation: Operation, operands: Sequence[Array], parameters: Parameters) -> Array:
    """Compute and write down an operation of whatever there is.

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
    return written(tape, operation, tuple(positions), (y, *values), parameters)


def written(
    tape: Any, operation: Operation, operands: Operands, values: tuple[Array, ...], parameters: Parameters
) -> Tensor:
    """The newest step of a tape, and its result as a tensor."""
    steps, value = tape.steps, values[0]
    if value.dtype is not FLOAT64 and value.dtype.kind == "c":
        raise UnsupportedOperation(complex_refusal(operation.name, value.dtype, user_line()))
    y = result(tape, value, len(steps))
    if operation.selects:
        tape.selects = True
    steps.append(step_of(operation, operands, values, parameters))
    return y


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
        y = Dense() if type(value) is np.ndarray else Tensor()
        y.primal = value
        y.shape = value.shape
    y.tape = tape
    y.position = position
    return y


# -- Python floats ---------------------------------------------------------------------------------------------------


class Scalar(Tensor):
    """A Python float on a tape.

    Its arithmetic is written out, partials included (a test holds them to the table's, bit by bit): a float's product
    takes less time than to look up a rule, or to call a function that would.
    """

    __slots__ = ()
    shape: Shape = ()
    primal: float

    def record(self, operation: Operation, operands: Sequence[Array], parameters: Parameters) -> Array:
        """Compute an operation whose innermost operand this is, and write it down."""
        return record(operation, operands, parameters)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Array:
        """Catch np.sin(x) and its kin."""
        if method == "__call__" and not options and ufunc in BY_NUMPY:
            return record(BY_NUMPY[ufunc], inputs)
        return super().__array_ufunc__(ufunc, method, *inputs, **options)

    def __add__(self, other: Array) -> Array:
        """A sum; partials 1 and 1."""
        tape = self.tape
        if type(other) is Scalar and other.tape is tape and not ANYWHERE:
            steps, a, b = tape.steps, self.primal, other.primal
            y = Scalar()
            y.tape, y.position, y.primal = tape, len(steps), a + b
            steps.append((pull_floats, ADD, self.position, other.position, y.primal, a, b, 1.0, 1.0))
            return y
        if type(other) in NUMBERS and not ANYWHERE:
            return number(ADD, self, self.primal + other, other, 1.0)
        return record(ADD, (self, other))

    def __radd__(self, other: Array) -> Array:
        """A sum; partials 1 and 1."""
        if type(other) in NUMBERS and not ANYWHERE:
            return reflected_number(ADD, self, other + self.primal, other, 1.0)
        return record(ADD, (other, self))

    def __sub__(self, other: Array) -> Array:
        """A difference; partials 1 and -1."""
        tape = self.tape
        if type(other) is Scalar and other.tape is tape and not ANYWHERE:
            steps, a, b = tape.steps, self.primal, other.primal
            y = Scalar()
            y.tape, y.position, y.primal = tape, len(steps), a - b
            steps.append((pull_floats, SUB, self.position, other.position, y.primal, a, b, 1.0, -1.0))
            return y
        if type(other) in NUMBERS and not ANYWHERE:
            return number(SUB, self, self.primal - other, other, 1.0)
        return record(SUB, (self, other))

    def __rsub__(self, other: Array) -> Array:
        """A difference; partials 1 and -1."""
        if type(other) in NUMBERS and not ANYWHERE:
            return reflected_number(SUB, self, other - self.primal, other, -1.0)
        return record(SUB, (other, self))

    def __mul__(self, other: Array) -> Array:
        """A product; partials b and a."""
        tape = self.tape
        if type(other) is Scalar and other.tape is tape and not ANYWHERE:
            steps, a, b = tape.steps, self.primal, other.primal
            y = Scalar()
            y.tape, y.position, y.primal = tape, len(steps), a * b
            steps.append((pull_floats, MUL, self.position, other.position, y.primal, a, b, b, a))
            return y
        if type(other) in NUMBERS and not ANYWHERE:
            return number(MUL, self, self.primal * other, other, other)
        return record(MUL, (self, other))

    def __rmul__(self, other: Array) -> Array:
        """A product; partials b and a."""
        if type(other) in NUMBERS and not ANYWHERE:
            return reflected_number(MUL, self, other * self.primal, other, other)
        return record(MUL, (other, self))

    def __truediv__(self, other: Array) -> Array:
        """A quotient; partials 1 / b and -(1 / b) y. NumPy divides by 0."""
        tape = self.tape
        if type(other) is Scalar and other.tape is tape and other.primal and not ANYWHERE:
            steps, a, b = tape.steps, self.primal, other.primal
            inverse = 1 / b
            y = Scalar()
            y.tape, y.position, y.primal = tape, len(steps), a / b
            steps.append(
                (pull_floats, DIV, self.position, other.position, y.primal, a, b, inverse, -inverse * y.primal)
            )
            return y
        if type(other) in NUMBERS and other and not ANYWHERE:
            return number(DIV, self, self.primal / other, other, 1 / other)
        return record(DIV, (self, other))

    def __neg__(self) -> Array:
        """The negative; partial -1."""
        if ANYWHERE:
            return record(NEG, (self,))
        tape, a = self.tape, self.primal
        steps = tape.steps
        y = Scalar()
        y.tape, y.position, y.primal = tape, len(steps), -a
        steps.append((pull_float, NEG, self.position, None, y.primal, a, None, -1.0, None))
        return y

    def __pow__(self, other: Array) -> Array:
        """A power with a constant exponent; partial b a^(b - 1). NumPy takes what has no real or finite value."""
        a = self.primal
        if type(other) is int and other == 2 and not ANYWHERE:
            tape = self.tape
            steps = tape.steps
            y = Scalar()
            y.tape, y.position, y.primal = tape, len(steps), a * a
            steps.append((pull_float, POW, self.position, None, y.primal, a, 2, 2.0 * a, None))
            return y
        if type(other) in NUMBERS and other >= 1 and (a > 0 or other % 1 == 0) and not ANYWHERE:
            try:
                value, partial = a**other, 2.0 * a if other == 2 else other * a ** (other - 1.0)
            except OverflowError:
                return record(POW, (self, other))
            return number(POW, self, value, other, partial)
        return record(POW, (self, other))


def number(operation: Operation, x: Scalar, value: float, other: float | None, partial: float) -> Scalar:
    """The newest node of x's tape: an operation of x and a constant, or of x alone."""
    steps = x.tape.steps
    y = Scalar()
    y.tape, y.position, y.primal = x.tape, len(steps), value
    steps.append((pull_float, operation, x.position, None, value, x.primal, other, partial, None))
    return y


def reflected_number(operation: Operation, x: Scalar, value: float, other: float, partial: float) -> Scalar:
    """The newest node of x's tape: an operation of a constant and x."""
    steps = x.tape.steps
    y = Scalar()
    y.tape, y.position, y.primal = x.tape, len(steps), value
    steps.append((pull_float, operation, None, x.position, value, other, x.primal, None, partial))
    return y


# -- arrays -----------------------------------------------------------------------------------------------------------


class Dense(Tensor):
    """An ndarray on a tape."""

    __slots__ = ()
    primal: np.ndarray[Any, Any]

    def record(self, operation: Operation, operands: Sequence[Array], parameters: Parameters) -> Array:
        """Compute an operation whose innermost operand this is, and write it down."""
        return record(operation, operands, parameters)

    def __neg__(self) -> Array:
        """-x."""
        return FRONTS[np.negative](self)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Array:
        """Catch np.sin(x) and its kin."""
        if ufunc in FRONTS and method == "__call__" and not options:
            return FRONTS[ufunc](*inputs)
        return super().__array_ufunc__(ufunc, method, *inputs, **options)


def function_of(operation: Operation) -> Callable[[Array], Array]:
    """An elementwise function of one array."""
    if operation not in RULES:
        return lambda x: record(operation, (x,))
    forward, (p,) = operation.forward, RULES[operation]

    def function(x: Array) -> Array:
        if ANYWHERE:
            return record(operation, (x,))
        tape, a = x.tape, x.primal
        steps = tape.steps
        y = Dense()
        y.tape, y.position, y.shape = tape, len(steps), x.shape
        y.primal = value = forward(a)
        steps.append((pull_one, operation, x.position, None, value, a, None, p, None))
        return y

    return function


def operators_of(operation: Operation, compute_arrays: Callable[[Array, Array], Array]) -> tuple[Any, Any]:
    """An elementwise function of two operands, the first of which is Dense, and the same with the second Dense."""
    if operation is not POW and operation not in RULES:
        return lambda x, z: record(operation, (x, z)), lambda x, z: record(operation, (z, x))
    assert operation.partials is not None
    p, q = operation.partials
    folding = FOLDING.get(operation, ())
    pull_alike = PULL_ALIKE.get(operation, pull_two)

    def forward(x: Array, z: Array) -> Array:
        tape = x.tape
        if type(z) is Dense and z.tape is tape and x.shape == z.shape and not ANYWHERE:
            steps, a, b = tape.steps, x.primal, z.primal
            y = Dense()
            y.tape, y.position, y.shape = tape, len(steps), x.shape
            y.primal = value = compute_arrays(a, b)
            steps.append((pull_alike, operation, x.position, z.position, value, a, b, p, q))
            return y
        return other_forward(x, z)

    def other_forward(x: Array, z: Array) -> Array:
        tape, a = x.tape, x.primal
        j, b = (z.position, z.primal) if type(z) is Dense and z.tape is tape else (None, z)
        if ANYWHERE or not (b is not z or constant(operation, z, tape, a, folding)):
            return record(operation, (x, z))
        try:
            value = compute_arrays(a, b)
        except ValueError:
            return record(operation, (x, z))  # which says in our words what does not fit
        pull = pull_two if value.shape == x.shape and (j is None or value.shape == z.shape) else pull_stretched
        return dense(tape, value, (pull, operation, x.position, j, value, a, b, p, q))

    def reflected(x: Array, z: Array) -> Array:
        tape, b = x.tape, x.primal
        if ANYWHERE or not constant(operation, z, tape, b, ()):
            return record(operation, (z, x))
        try:
            value = compute_arrays(z, b)
        except ValueError:
            return record(operation, (z, x))
        pull = pull_two if value.shape == x.shape else pull_stretched
        return dense(tape, value, (pull, operation, None, x.position, value, z, b, p, q))

    return forward, reflected


def dense(tape: Any, value: np.ndarray[Any, Any], step: Step) -> Dense:
    """An ndarray as the newest node of a tape."""
    steps = tape.steps
    y = Dense()
    y.tape, y.position, y.primal, y.shape = tape, len(steps), value, value.shape
    steps.append(step)
    return y


def constant(operation: Operation, z: Array, tape: Tape, like: np.ndarray[Any, Any], folding: tuple[int, ...]) -> bool:
    """Whether z may stand beside floats as it is: it is a number, or an array of floats, which is guarded from here."""
    kind = type(z)
    if kind is float or kind is int or kind is np.float64:
        return z not in folding and like.dtype.kind == "f"
    if kind is np.ndarray and z.dtype.kind == "f" and z.ndim:
        tape.guard(z, operation)
        return True
    return False


def either_side(forward: Callable[..., Array], reflected: Callable[..., Array]) -> Callable[[Array, Array], Array]:
    """A ufunc of two operands, of which one is Dense."""
    return lambda x, z: forward(x, z) if type(x) is Dense else reflected(z, x)


BY_OPERATOR: dict[Any, Callable[..., Array]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.power: operator.pow,
}
BINARY = {
    ufunc: operators_of(row, BY_OPERATOR.get(ufunc, row.forward))
    for ufunc, row in BY_NUMPY.items()
    if isinstance(ufunc, np.ufunc) and ufunc.nin == 2
}
FRONTS: dict[Any, Callable[..., Array]] = {
    **{ufunc: function_of(row) for ufunc, row in BY_NUMPY.items() if isinstance(ufunc, np.ufunc) and ufunc.nin == 1},
    **{ufunc: either_side(*pair) for ufunc, pair in BINARY.items()},
}
Dense.__add__, Dense.__radd__ = BINARY[np.add]
Dense.__sub__, Dense.__rsub__ = BINARY[np.subtract]
Dense.__mul__, Dense.__rmul__ = BINARY[np.multiply]
Dense.__truediv__, Dense.__rtruediv__ = BINARY[np.divide]
Dense.__pow__, Dense.__rpow__ = BINARY[np.power]
Dense.__matmul__, Dense.__rmatmul__ = BINARY[np.matmul]

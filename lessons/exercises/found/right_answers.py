"""Right answers: what code, books and threads in public say that is so. The checker has to pass each."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from lessons.exercises.found.beliefs import MODES
from lessons.exercises.found.duals import four
from lessons.exercises.found.engines import with_rules
from lessons.exercises.found.record import right
from lessons.exercises.found.sweeps import tied
from lessons.exercises.found.tapes import Number, Tape, sigmoid, swish_with


class Scalar:
    """A number whose operations leave a closure behind, made of sums, products and powers alone."""

    def __init__(self, data: float, *before: "Scalar") -> None:
        """A number, with what it was made of in a set."""
        self.data, self.grad, self.before = data, 0.0, set(before)
        self.send: Callable[[], None] = lambda: None

    def made(self, data: float, *slopes: tuple["Scalar", float]) -> "Scalar":
        """A result that adds to the gradient of each operand."""
        result = Scalar(data, *(operand for operand, _ in slopes))

        def send() -> None:
            for operand, slope in slopes:
                operand.grad += slope * result.grad

        result.send = send
        return result

    def __add__(self, other: "Scalar") -> "Scalar":
        """A sum."""
        return self.made(self.data + other.data, (self, 1.0), (other, 1.0))

    def __mul__(self, other: "Scalar") -> "Scalar":
        """A product."""
        return self.made(self.data * other.data, (self, other.data), (other, self.data))

    def __pow__(self, n: float) -> "Scalar":
        """A power."""
        return self.made(self.data**n, (self, n * self.data ** (n - 1)))

    def __sub__(self, other: "Scalar") -> "Scalar":
        """A sum with minus once the other."""
        return self + other * Scalar(-1.0)

    def __truediv__(self, other: "Scalar") -> "Scalar":
        """A product with the power -1."""
        return self * other**-1

    def exp(self) -> "Scalar":
        """An exponential, whose slope is its value."""
        y = math.exp(self.data)
        return self.made(y, (self, y))

    def log(self) -> "Scalar":
        """A logarithm."""
        return self.made(math.log(self.data), (self, 1 / self.data))

    def backward(self) -> None:
        """In topological order, from the last to the first."""
        order: list[Scalar] = []
        visited: set[Scalar] = set()

        def sort(v: Scalar) -> None:
            if v not in visited:
                visited.add(v)
                for operand in v.before:
                    sort(operand)
                order.append(v)

        sort(self)
        self.grad = 1.0
        for v in reversed(order):
            v.send()


OPERATIONS: dict[str, Callable[..., Scalar]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "exp": lambda a: a.exp(),
    "log": lambda a: a.log(),
}


def with_closures(program: Any, values: Sequence[float]) -> list[float]:
    """An answer to 06.2: rebuild the graph of closures, and go back over it."""
    made: list[Scalar] = []
    for (name, places), value in zip(program, values, strict=True):
        operands = [made[j] for j in places]
        made.append(OPERATIONS[name](*operands) if operands else Scalar(value))
    made[-1].backward()
    return [v.grad for v in made]


class Sorting(Tape):
    """A tape that sorts anew what the target was made of."""

    def gradient(self, y: Number, sources: Sequence[Number]) -> list[float]:
        """Zero, seed, and from the last to the first."""
        order: list[Number] = []
        visited: set[Number] = set()

        def sort(v: Number) -> None:
            if v not in visited:
                visited.add(v)
                for x, _ in v.sends:
                    sort(x)
                order.append(v)

        sort(y)
        for v in self.numbers:
            v.grad = 0.0
        y.grad = 1.0
        for v in reversed(order):
            for x, slope in v.sends:
                x.grad += v.grad * slope
        return [x.grad for x in sources]


class Along(Tape):
    """A tape that is walked along backwards."""

    def gradient(self, y: Number, sources: Sequence[Number]) -> list[float]:
        """All of it."""
        self.back(y)
        return [x.grad for x in sources]


def derive(f: Callable[[float], float], x: float, h: float) -> float:
    """Both sides."""
    return (f(x + h) - f(x - h)) / (2 * h)


def quadratic(t: Any) -> Any:
    """A quadratic form, with the transpose that conjugates."""
    x = np.array([1.0, t, t * t])
    return np.conj(x) @ np.array([[1, 2, 3], [2, 3, 4], [3, 4, 5]]) @ x


STENCIL = (Fraction(1, 12), Fraction(-2, 3), Fraction(0), Fraction(2, 3), Fraction(-1, 12))
MICROGRAD = "https://github.com/karpathy/micrograd/blob/028a09ca7eee149c8fd958400ce2386e579f45c8/micrograd/engine.py"

RIGHT: tuple[Any, ...] = (
    right(
        "01.1",
        "2*x*cos(x**2)*x**(-1) - sin(x**2)*x**(-2)",
        "https://www.derivativecalculus.com/troubleshooting.html",
        "The page's own answers: 2x cos(x**2) for the sine, and the bottom squared in a quotient.",
    ),
    right(
        "01.2",
        (derive, 1e4),
        "https://github.com/juliosocher/Deep-Learning-Applied-Math-02/blob/4b3ae2d67068e1efb993bf57526290dd437e84cf/src/"
        "numeric_derivation.py",
        "Divides by (2 * h), in brackets; the error is of order h**2.",
    ),
    right(
        "01.2",
        (lambda f, x, h: 0.5 * (f(x + h) - f(x - h)) / h, 1e4),
        "https://www.knowprogram.com/python/central-difference-method-python/",
        "A tutorial on the central difference: the error is proportional to h**2.",
    ),
    right(
        "03.1",
        (STENCIL, "a", [Fraction(-3, 2), Fraction(4, 2), Fraction(-1, 2)], 2),
        "http://mathhelpforum.com/advanced-math-topics/206364-finding-second-order-first-derivative.html",
        "Asks how [-f(x+2h) + 4f(x+h) - 3f(x)] / 2h comes about, of second order.",
    ),
    right(
        "03.1",
        (["1/12", "-8/12", "0", "8/12", "-1/12"], "a", [-1.5, 2, -0.5], 2),
        "mandli/numerical-methods-pdes/issues/14",
        "Corrects a one-sided stencil to (-3, 4, -1) over 2.",
    ),
    right(
        "03.1",
        (["1/12", "-2/3", "0", "2/3", "-1/12"], "a", ["-3/2", "4/2", "-1/2"], 2),
        "AMReX-Fluids/IAMR/issues/38",
        "Expects (-3 U(j) + 4 U(j+1) - U(j+2)) / (2 dy) of a one-sided stencil.",
    ),
    right(
        "03.4",
        (quadratic, 1.5, 0),
        "https://www.alecjacobson.com/weblog/4921.html",
        "The complex step of x(t)' A x(t) at 1.5 gives 0, for ' conjugates.",
    ),
    right(
        "05.1",
        four(
            div=lambda a, b: (a[0] / b[0], (a[1] * b[0] - a[0] * b[1]) / b[0] ** 2),
            power=lambda a, n: (a[0] ** n, n * a[0] ** (n - 1) * a[1]),
        ),
        "https://github.com/zetacaveman/Personal-Math-miscellaneous/blob/872543e780a21b0cd440a761cd3d99af0aca1fe0/"
        "autodiff_toy_example/forward.py",
        "A class of dual numbers with quotients and powers.",
    ),
    right(
        "05.1",
        four(div=lambda a, b: (a[0] / b[0], (b[0] * a[1] - a[0] * b[1]) / b[0] ** 2)),
        "MikeInnes/diff-zoo/issues/15",
        "Reports a wrong division, and gives the right one.",
    ),
    right(
        "05.1",
        four(mul=lambda a, b: (a[0] * b[0], a[0] * b[1] + a[1] * b[0])),
        "ranocha/Julia_User_Group_Mainz/pull/4",
        "A talk's MyDual, with product and quotient.",
    ),
    right(
        "05.3",
        (1, 2, lambda D: D(lambda x: x * (D(lambda y: x + y, 3) - D(lambda y: x + y, 5)), 4)),
        "JuliaDiff/ForwardDiff.jl/issues/83",
        "Says what D(x -> x * D(y -> x + y, 1), 1) should be, 1, and what it is, 2.",
    ),
    right("06.2", with_closures, MICROGRAD, "Sums, products and powers; a / b is a * b**-1; a topological order."),
    right(
        "06.2",
        with_rules(div=lambda y, x: (1 / x[1], -y / x[1])),
        "roastduck/FreeTensor/pull/515",
        "The rule of a divisor takes the quotient: -y / b.",
    ),
    right(
        "06.2",
        with_rules(div=lambda y, x: (1 / x[1], -(1.0 * y / x[1])), mul=lambda y, x: (1.0 * x[1], 1.0 * x[0])),
        "apache/tvm/pull/2633",
        "A reviewer misses a division in the rule of a quotient; the result has it already.",
    ),
    right(
        "06.2",
        with_rules(exp=lambda y, x: (y,), sub=lambda y, x: (1.0, 1.0 * -1)),
        "https://github.com/cukhoaimon/micrograd/blob/00bf9152cbc953c5916873e8105f66bdf11ad48c/micrograd/engine.py",
        "The rule of exp is out.data * out.grad, and a difference adds minus once the other.",
    ),
    right(
        "06.3",
        tied(lambda a, h: 1 - h**2),
        "https://github.com/srkds/Micrograd-Autograd-Engine-implementation/blob/"
        "2cae146c582a94fb1769397851aac343ed350b89/micrograd.py",
        "The rule of tanh is 1 - out.data**2.",
    ),
    right("07.1", Sorting, MICROGRAD, "Sorts what the output was made of, each number once."),
    right(
        "07.1",
        Along,
        "SethHWeidman/DLFS_code/pull/13",
        "A book's number is corrected: 24 comes out, as it must.",
    ),
    right(
        "07.3",
        (192, 48, 4, "persistent", "3 and 3"),
        "sql-machine-learning/elasticdl/issues/1144",
        "To ask a tape more than once, it has to be persistent.",
    ),
    right(
        "07.4",
        swish_with(lambda y, x: y + sigmoid(x) * (1 - y)),
        "pytorch/pytorch/issues/110815",
        "Quotes the rule y + sigmoid(x) * (1 - y) of Caffe2.",
    ),
    right(
        "08.2",
        MODES,
        "jax-ml/jax/issues/215",
        "A maintainer answers that forward mode is for tall Jacobians, reverse mode for wide ones.",
    ),
)

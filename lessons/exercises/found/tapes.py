"""Answers to the exercises of lesson 7 that people gave in public: tapes, `.grad`, and a rule for swish."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from expression import operation
from lessons.exercises.found.record import NO_NAME, wrong


class Number:
    """A number that knows what it was made of, and with which slopes."""

    def __init__(self, tape: "Tape", value: float, sends: Sequence[tuple["Number", float]] = ()) -> None:
        """A number on a tape."""
        self.tape, self.value, self.sends, self.grad = tape, value, sends, 0.0
        tape.numbers.append(self)

    def made(self, value: float, *sends: tuple["Number", float]) -> "Number":
        """A number made of others."""
        return Number(self.tape, float(value), sends)

    def __add__(self, other: "Number") -> "Number":
        """The number a + b."""
        return self.made(self.value + other.value, (self, 1.0), (other, 1.0))

    def __sub__(self, other: "Number") -> "Number":
        """The number a - b."""
        return self.made(self.value - other.value, (self, 1.0), (other, -1.0))

    def __mul__(self, other: "Number") -> "Number":
        """The number a * b."""
        return self.made(self.value * other.value, (self, other.value), (other, self.value))

    def __truediv__(self, other: "Number") -> "Number":
        """The number a / b."""
        y = self.value / other.value
        return self.made(y, (self, 1 / other.value), (other, -y / other.value))

    def log(self) -> "Number":
        """A logarithm."""
        return self.made(math.log(self.value), (self, 1 / self.value))

    def sin(self) -> "Number":
        """A sine."""
        return self.made(math.sin(self.value), (self, math.cos(self.value)))

    def exp(self) -> "Number":
        """An exponential."""
        y = math.exp(self.value)
        return self.made(y, (self, y))


class Tape:
    """A list of numbers; what people differ in is how they go back."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.numbers: list[Number] = []

    def write(self, name: str, value: float) -> Number:
        """A leaf."""
        return Number(self, value)

    def back(self, y: Number, seed: float = 1.0, forget: bool = True) -> None:
        """From the end to the beginning."""
        if forget:
            for v in self.numbers:
                v.grad = 0.0
        y.grad = seed
        for v in reversed(self.numbers[: self.numbers.index(y) + 1]):
            for x, slope in v.sends:
                x.grad += slope * v.grad


class Accumulating(Tape):
    """Nothing is forgotten between two calls."""

    def gradient(self, y: Number, sources: Sequence[Number]) -> list[float]:
        """`self.grad = 1`, then back."""
        self.back(y, forget=False)
        return [x.grad for x in sources]


class Unconnected(Tape):
    """None for a source that the target does not depend on."""

    def gradient(self, y: Number, sources: Sequence[Number]) -> list[float | None]:
        """Only what was reached has a gradient."""
        self.back(y)
        reached, waiting = set[Number](), [y]
        while waiting:
            v = waiting.pop()
            if v not in reached:
                reached.add(v)
                waiting += [x for x, _ in v.sends]
        return [x.grad if x in reached else None for x in sources]


class SeededWithItself(Tape):
    """`y.backward(y)`."""

    def gradient(self, y: Number, sources: Sequence[Number]) -> list[float]:
        """The value is the seed."""
        self.back(y, seed=y.value)
        return [x.grad for x in sources]


class Reversing(Tape):
    """A tape that is not walked along, but from each number to its operands."""

    def gradient(self, y: Number, sources: Sequence[Number]) -> list[float]:
        """Depth first, without a memory of what was done."""
        for v in self.numbers:
            v.grad = 0.0
        y.grad = 1.0
        self.reverse(y)
        return [x.grad for x in sources]

    def reverse(self, v: Number) -> None:
        """Send, then go on."""
        for x, slope in v.sends:
            x.grad += slope * v.grad
        for x, _ in v.sends:
            self.reverse(x)


class EdgeByEdge(Tape):
    """`backward` of a number is called by each number that was made of it, as soon as that has something to send."""

    def gradient(self, y: Number, sources: Sequence[Number]) -> list[float]:
        """Receive, and send all that has been received so far."""
        for v in self.numbers:
            v.grad = 0.0
        self.receive(y, 1.0)
        return [x.grad for x in sources]

    def receive(self, v: Number, grad: float) -> None:
        """Add, then go on."""
        v.grad += grad
        for x, slope in v.sends:
            self.receive(x, v.grad * slope)


class Replacing(Tape):
    """A contribution takes the place of the one before."""

    def gradient(self, y: Number, sources: Sequence[Number]) -> list[float]:
        """Back along the tape."""
        for v in self.numbers:
            v.grad = 0.0
        y.grad = 1.0
        for v in reversed(self.numbers):
            for x, slope in v.sends if v.grad else ():
                x.grad = slope * v.grad
        return [x.grad for x in sources]


def swish_with(partial: Callable[[Any, Any], Any]) -> tuple[Any, ...]:
    """An answer to 07.4 with this rule; the rest is right."""

    @operation(partials=(partial,), name="swish")
    def swish(x: Any) -> Any:
        return x / (1 + np.exp(-x))

    return swish, lambda y, x: 0.5 + x * 0, 0.0, "same value"


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-x))


WRONG: tuple[Any, ...] = (
    wrong(
        "07.1",
        Accumulating,
        "keeps old sums",
        "karpathy/micrograd/issues/53",
        "Reports that a second backward() gives 3 for 1: gradients of numbers in between are still there.",
    ),
    wrong(
        "07.1",
        Unconnected,
        "None for a stranger",
        "tensorflow/tensorflow/issues/24849",
        "The tape gives None for a variable that does not occur, where one expects 0.",
    ),
    wrong(
        "07.1",
        SeededWithItself,
        "seed y",
        "https://kiwix.lema.org/stackoverflow.com_en_all_2023-11/questions/55613439/"
        "why-is-the-derivative-of-f-x-with-respect-to-x-x-and-not-1-in-pytorch",
        "Passes the values as the gradient that arrives, and asks why the derivative of f(x) = x is x.",
    ),
    wrong(
        "07.1",
        SeededWithItself,
        "seed y",
        "https://github.com/baihuaxie/dl-initial",
        "A notebook on autograd calls y.backward(y) and out.backward(out).",
    ),
    wrong(
        "07.1",
        Reversing,
        "visits twice",
        "Janko-dev/autodiff/pull/3",
        "The graph is traversed recursively, so that a number that is used again is reversed too many times.",
    ),
    wrong(
        "07.2",
        [6.0] * 10,
        "never adds",
        "ZiqiaoPeng/DualTalk/issues/9",
        "A loop that is to accumulate gradients calls zero_grad() before every backward().",
    ),
    wrong(
        "07.2",
        [6.0 * k for k in range(1, 11)],
        "never forgets",
        "PINA-org/PINA/issues/718",
        "Gradients of several conditions are read from .grad one after the other, and nothing is cleared between them.",
    ),
    wrong(
        "07.3",
        (192, 48, 4, "plain", "3 and 3"),
        "one question is enough",
        "manicman1999/StyleGAN2-Tensorflow-2.0/issues/14",
        "Asks why not one GradientTape() for two calls of gradient.",
    ),
    wrong(
        "07.3",
        (192, 48, 4, "plain", "3 and 3"),
        "one question is enough",
        "tensorflow/tensorflow/issues/47785",
        "Asks a tape several times without persistent=True.",
    ),
    wrong(
        "07.3",
        (192, 48, 4, "impossible", "3 and 3"),
        "no tape can",
        "https://squarezhong.notion.site/TORCH-AUTOGRAD-5c5a2929ea224f2b8f031f5c73a19a84",
        "Notes that for nodes that are no leaves gradients will not be available.",
    ),
    wrong(
        "07.4",
        swish_with(lambda y, x: sigmoid(x) + x * np.exp(x) / (1 + np.exp(-x)) ** 2),
        "minus of the exponent lost",
        "nndl-solutions/NNDL-solutions/pull/3",
        "Derives exp(-x) as -exp(x).",
        NO_NAME,
    ),
    wrong(
        "07.4",
        swish_with(lambda y, x: sigmoid(x) + x * np.exp(-x) / (1 + np.exp(-x) ** 2)),
        "square of the divisor inside",
        "admb-project/admb/issues/113",
        "Derives a quotient with 1 + b*b below the line, where (1 + b)*(1 + b) belongs.",
        NO_NAME,
    ),
)

"""Train a network on handwritten digits, with the tape and Adam: `python -m benchmarks.train_digits`.

64 inputs, 128 tanh units, 10 classes. A fifth of the 1797 images is kept for the test, another one for each seed. Each
image is seen a little moved in every epoch: blended with itself, moved by one pixel up, down, left or right. No test
image has a part in the training, which ends after a fixed number of epochs.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from autodiff import value_and_grad
from autodiff.optimizers import adam, cosine_decay
from benchmarks.figures import plot_curves
from benchmarks.records import to_json
from compare.plots import figure_path
from compare.tables import Table
from compare.timing import timed
from compare.wording import seconds
from expression.corpus.data import digits_data
from expression.corpus.layers import Parameters, Rng
from expression.corpus.models import SIDE, cross_entropy_loss, mlp_logits, mlp_parameters
from expression.errors import TrigradError
from expression.operations.operation import Array
from trigrad.output import show

HIDDEN, BATCH, EPOCHS, SEEDS = 128, 64, 100, 5
RATE = 0.01  # of Adam; it falls to 0 along half a cosine
GOAL = 0.97  # test accuracy of every seed
Say = Callable[[str], None]  # called after each epoch, with what is being done


@dataclass(frozen=True, slots=True)
class Curve:
    """One training: after each epoch the mean loss over its batches and the accuracy on the test images."""

    seed: int
    loss: tuple[float, ...]
    accuracy: tuple[float, ...]
    seconds: float = 0.0


def loss(params: Parameters, images: Array, labels: Array) -> Array:
    """What is made small: the cross-entropy of a batch."""
    return cross_entropy_loss(mlp_logits(params, images), labels)


def accuracy(params: Parameters, images: Array, labels: Array) -> float:
    """The share of images whose largest score is that of the label."""
    return float(np.mean(np.argmax(mlp_logits(params, images), axis=1) == np.argmax(labels, axis=1)))


def moved(images: Array) -> Array:
    """The images moved by one pixel in each of four directions, zeros coming in: (N, 64) to (4, N, 64).

    >>> moved(np.eye(64)[[0]]).argmax(axis=2).ravel()  # a corner leaves the picture, or goes to a neighbour
    array([0, 8, 0, 1])
    """
    padded = np.pad(np.reshape(images, (-1, SIDE, SIDE)), ((0, 0), (1, 1), (1, 1)))
    places = ((2, 1), (0, 1), (1, 2), (1, 0))  # where the picture begins in the padded one: up, down, left, right
    return np.stack([padded[:, i : i + SIDE, j : j + SIDE].reshape(-1, SIDE * SIDE) for i, j in places])


def train(seed: int, epochs: int, say: Say = lambda text: None) -> Curve:
    """Split, draw parameters and train, all by the numbers of one seed.

    Raises MissingPackage without scikit-learn, whose package holds the digits.
    """
    X, Y = digits_data()
    rng = np.random.default_rng(seed)
    test, training = np.split(rng.permutation(len(X)), [len(X) // 5])
    neighbours = moved(X)
    step = value_and_grad(loss)
    params = mlp_parameters(rng, hidden=HIDDEN)
    optimizer = adam(cosine_decay(RATE, epochs * (len(training) // BATCH)))
    state = optimizer.init(params)
    losses, accuracies = [], []
    for epoch in range(epochs):
        total, batches = 0.0, list(batches_of(training, rng))
        for chosen in batches:
            images = blended(X[chosen], neighbours[:, chosen], rng)
            value, gradient = step(params, images, Y[chosen])
            params, state = optimizer.update(gradient, state, params)
            total += value
        losses.append(total / len(batches))
        accuracies.append(accuracy(params, X[test], Y[test]))
        say(f"seed {seed}, epoch {epoch + 1}: loss {losses[-1]:.3f}, test accuracy {accuracies[-1]:.1%}")
    return Curve(seed, tuple(losses), tuple(accuracies))


def batches_of(indices: Array, rng: Rng) -> Iterator[Array]:
    """The indices in a new order, a batch at a time; what does not fill a batch waits for another epoch."""
    order = rng.permutation(indices)
    for start, stop in pairwise(range(0, len(order) + 1, BATCH)):
        yield order[start:stop]


def blended(images: Array, neighbours: Array, rng: Rng) -> Array:
    """Each image, moved by a part of a pixel in some direction."""
    count = len(images)
    part = rng.uniform(size=(count, 1))
    return (1 - part) * images + part * neighbours[rng.integers(0, len(neighbours), count), np.arange(count)]


# -- the command -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trainings:
    """All seeds."""

    curves: tuple[Curve, ...]

    @property
    def reached(self) -> bool:
        """Whether every seed reached the goal."""
        return all(curve.accuracy[-1] >= GOAL for curve in self.curves)

    @property
    def table(self) -> Table:
        """A row for each seed."""
        rows = tuple(
            (str(c.seed), str(len(c.loss)), f"{c.loss[-1]:.4f}", f"{c.accuracy[-1]:.2%}", seconds(c.seconds))
            for c in self.curves
        )
        worst = min(curve.accuracy[-1] for curve in self.curves)
        note = f"lowest test accuracy {worst:.2%}; {GOAL:.0%} is the goal: {'reached' if self.reached else 'missed'}"
        return Table("digits: MLP 64-128-10, Adam", ("seed", "epochs", "loss", "test accuracy", "time"), rows, (note,))

    def __str__(self) -> str:
        """Plain text."""
        return str(self.table)

    def __rich__(self) -> Any:
        """What a rich console prints."""
        return self.table

    def to_json(self) -> str:
        """All curves."""
        return to_json({"goal": GOAL, "reached": self.reached, "curves": [asdict(curve) for curve in self.curves]})


def main(argv: Sequence[str] | None = None) -> int:
    """Train, print and draw. Exit codes: 0 the goal is reached; 1 missed or refused; 2 called in the wrong way."""
    parser = argparse.ArgumentParser("python -m benchmarks.train_digits", description="Train a network on digits.")
    parser.add_argument("--seeds", type=positive, default=SEEDS, help=f"how many trainings (default {SEEDS})")
    parser.add_argument("--epochs", type=positive, default=EPOCHS, help=f"of each training (default {EPOCHS})")
    parser.add_argument("--plot", metavar="FILE", type=Path, help="draw the curves: .png, .svg or .pdf")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args(argv)
    try:
        if arguments.plot is not None:
            figure_path(arguments.plot)  # refused before anything is computed
        with progress(arguments.seeds * arguments.epochs) as say:
            result = Trainings(tuple(train_timed(seed, arguments.epochs, say) for seed in range(arguments.seeds)))
        if arguments.plot is not None:
            plot_curves(result.curves, GOAL, arguments.plot)
    except TrigradError as error:
        print(f"train_digits: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("train_digits: interrupted", file=sys.stderr)
        return 130
    if arguments.json:
        print(result.to_json(), end="")
    else:
        show(result)
    return 0 if result.reached else 1


def positive(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no count; write a whole number from 1")
    return int(text)


def train_timed(seed: int, epochs: int, say: Say) -> Curve:
    """One training with its seconds."""
    curve, taken = timed(lambda: train(seed, epochs, say))
    return Curve(curve.seed, curve.loss, curve.accuracy, taken)


@contextmanager
def progress(total: int) -> Iterator[Say]:
    """A bar on stderr; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        yield lambda text: bar.update(task, advance=1, description=text)


if __name__ == "__main__":
    sys.exit(main())

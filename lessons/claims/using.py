"""C18 and C19: what the gradients are for."""

from functools import lru_cache
from itertools import pairwise

import numpy as np

import autodiff
import numeric
from autodiff.optimizers import Optimizer, adam, sgd
from expression.corpus.data import digits_data
from expression.corpus.layers import Parameters
from expression.corpus.models import cross_entropy_loss, mlp_logits, mlp_parameters
from expression.operations.operation import Array
from lessons.claims.claim import Claim, Group, Measurement
from lessons.claims.measuring import EXACT, gap

LN10 = 2.302585092994046  # the loss of ten equal scores
SLOPE_AT_0 = 0.4443795249089309  # the Frobenius norm of dL/dW at W = 0, by X^T (1/10 - Y) / n in NumPy
SEEDS, EPOCHS, BATCH, TEST = (0, 1, 2), 8, 64, 360
BAND = (0.92, 0.99)  # test accuracy
STEPS = 3  # of an optimizer, compared with its formula
RATE, B1, B2, EPS = 0.01, 0.9, 0.999, 1e-8
STRENGTHS = (0.0, 0.05, 0.1, 0.2)  # of an attack, as a part of the brightest grey


def softmax_loss(W: Array, images: Array, labels: Array) -> Array:
    """The cross-entropy of softmax regression."""
    return cross_entropy_loss(images @ W, labels)


def mlp_loss(params: Parameters, images: Array, labels: Array) -> Array:
    """The cross-entropy of a network with one hidden layer."""
    return cross_entropy_loss(mlp_logits(params, images), labels)


def accuracy(params: Parameters, images: Array, labels: Array) -> float:
    """The share of images whose largest score is that of the label."""
    return float(np.mean(np.argmax(mlp_logits(params, images), axis=1) == np.argmax(labels, axis=1)))


@lru_cache(maxsize=len(SEEDS))
def trained(seed: int) -> tuple[Parameters, tuple[float, ...], tuple[Array, Array]]:
    """A network trained by Adam on real digits: its parameters, the mean loss of each epoch, and the test images."""
    X, Y = digits_data()
    rng = np.random.default_rng(seed)
    test, training = np.split(rng.permutation(len(X)), [TEST])
    params, step, optimizer = mlp_parameters(rng), autodiff.value_and_grad(mlp_loss), adam(RATE)
    state, losses = optimizer.init(params), []
    for _ in range(EPOCHS):
        total = 0.0
        batches = np.array_split(rng.permutation(training), len(training) // BATCH)
        for batch in batches:
            value, gradient = step(params, X[batch], Y[batch])
            params, state = optimizer.update(gradient, state, params)
            total += value / len(batches)
        losses.append(total)
    return params, tuple(losses), (X[test], Y[test])


def by_formula(W: Array, W_bar: Array, m: Array, v: Array, t: int, method: str) -> tuple[Array, Array, Array]:
    """One step of SGD or Adam, written out from the papers."""
    if method == "sgd":
        return W - RATE * W_bar, m, v
    m, v = B1 * m + (1 - B1) * W_bar, B2 * v + (1 - B2) * (W_bar * W_bar)
    return W - RATE * (m / (1 - B1**t)) / (np.sqrt(v / (1 - B2**t)) + EPS), m, v


def same_bits(method: str, optimizer: Optimizer, X: Array, Y: Array) -> int:
    """In how many of three steps the optimizer gives the bits of the formula."""
    W, state, same = np.zeros((64, 10)), optimizer.init(np.zeros((64, 10))), 0
    V, m, v = W, np.zeros_like(W), np.zeros_like(W)
    for t in range(1, STEPS + 1):
        V, m, v = by_formula(V, autodiff.grad(softmax_loss)(V, X, Y), m, v, t, method)
        W, state = optimizer.update(autodiff.grad(softmax_loss)(W, X, Y), state, W)
        same += np.array_equal(W, V)
    return same


def training() -> Measurement:
    """C18: SGD and Adam, bit by bit against their formulas; and a network that learns real digits."""
    X, Y = digits_data()
    loss, slope = autodiff.value_and_grad(softmax_loss)(np.zeros((64, 10)), X, Y)
    same = same_bits("sgd", sgd(RATE), X, Y) + same_bits("adam", adam(RATE, B1, B2, EPS), X, Y)
    runs = [trained(seed) for seed in SEEDS]
    accuracies = [accuracy(params, *test) for params, _, test in runs]
    falling = all(later < earlier for _, losses, _ in runs for earlier, later in pairwise(losses))
    norm = float(np.linalg.norm(slope))
    known = gap((loss, norm), (LN10, SLOPE_AT_0)) < EXACT
    inside = BAND[0] <= min(accuracies) <= max(accuracies) <= BAND[1]
    return Measurement(
        f"softmax regression starts at loss {loss:.6f} = ln 10 with a gradient of norm {norm:.6f}; {same} of "
        f"{2 * STEPS} steps of SGD and Adam have the bits of the formulas; an MLP's loss falls from "
        f"{runs[0][1][0]:.2f} to {runs[0][1][-1]:.2f} in {EPOCHS} epochs, test accuracy {min(accuracies):.1%} to "
        f"{max(accuracies):.1%} over {len(SEEDS)} seeds",
        known and same == 2 * STEPS and falling and inside,
        {"loss_at_0": loss, "slope_at_0": norm, "losses": [losses for _, losses, _ in runs], "accuracy": accuracies},
    )


def attacks() -> Measurement:
    """C19: one backward pass gives the gradients by parameters and by the image; the latter fools the network."""
    params, _, (images, labels) = trained(SEEDS[0])
    calls: list[int] = []

    def loss(params: Parameters, images: Array, labels: Array) -> Array:
        calls.append(1)
        return mlp_loss(params, images, labels)

    by_params, by_images = autodiff.grad(loss, (0, 1))(params, images, labels)
    sweeps = len(calls)
    together = gap(by_params, autodiff.grad(loss)(params, images, labels)) == 0.0
    direction = np.sign(by_images)
    along = numeric.jvp(lambda x: mlp_loss(params, x, labels), (images,), (direction,))[1]
    apart = gap(along, float(np.sum(by_images * direction)))
    scores = [accuracy(params, np.clip(images + e * direction, 0.0, 1.0), labels) for e in STRENGTHS]
    fallen = all(later < earlier for earlier, later in pairwise(scores))
    listed = ", ".join(f"{score:.1%} at {e:g}" for e, score in zip(STRENGTHS, scores, strict=True))
    return Measurement(
        f"one sweep ({sweeps} call of the loss) gives the gradients by parameters and image; a step along the sign of "
        f"the latter takes the accuracy to {listed}",
        sweeps == 1 and together and apart < 1e-6 and fallen and scores[-1] < scores[0] / 2,
        {"calls": sweeps, "numeric_gap": apart, "strengths": STRENGTHS, "accuracy": scores},
    )


GROUP = Group(
    "What the gradients are for",
    (
        Claim(
            "C18",
            "The gradients of the parameters go straight to an optimiser, such as SGD or Adam.",
            "updates as the papers' formulas have them, and a network that learns real digits from every seed",
            training,
            11,
            "training curves on real digits",
        ),
        Claim(
            "C19",
            "The gradients of the inputs serve adversarial examples and interpretation.",
            "parameter and input gradients of one sweep, and an accuracy that falls with the strength of an attack",
            attacks,
            12,
            "accuracy against the strength of the attack",
        ),
    ),
)

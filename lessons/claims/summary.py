"""C33 to C35: all of it together."""

from collections.abc import Callable
from difflib import unified_diff
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np

import autodiff
import numeric
from expression import trace
from expression.corpus import case
from expression.corpus.data import fixed
from expression.corpus.layers import Parameters
from expression.corpus.models import cross_entropy_loss, transformer_logits
from expression.errors import TapeError
from expression.functions import layer_norm, relu
from expression.operations import TABLE
from expression.operations.operation import Array
from expression.structure import flatten, unflatten
from lessons.claims.claim import Claim, Group, Measurement
from lessons.claims.measuring import direction_like, gap, inner, rounded
from lessons.claims.sizes import NUMERIC_TOL, images, labels, transformer

LONG, START = 100, 0.2  # steps of the logistic map, and where they begin
LOST = 1e-3  # an error of the derivative that nobody would call rounding
W1, W2, B = fixed(31, 3, 4), fixed(32, 4, 4), fixed(33, 4)

ARCHITECTURES: tuple[tuple[str, Callable[[Parameters, Array], Array]], ...] = (
    ("one layer", lambda p, x: np.tanh(x @ p["W1"] + p["b"])),
    ("two layers", lambda p, x: np.tanh(np.tanh(x @ p["W1"] + p["b"]) @ p["W2"])),
    ("relu", lambda p, x: relu(relu(x @ p["W1"] + p["b"]) @ p["W2"])),
    ("skip connection", lambda p, x: relu(x @ p["W1"] + p["b"]) + relu(relu(x @ p["W1"] + p["b"]) @ p["W2"])),
    ("layer norm", lambda p, x: np.tanh(layer_norm(x @ p["W1"] + p["b"], p["b"], p["b"]) @ p["W2"])),
    ("tied weights", lambda p, x: np.tanh(np.tanh(np.tanh(x @ p["W1"] + p["b"]) @ p["W2"]) @ p["W2"])),
)


def whole_chain() -> Measurement:
    """C33: a transformer from record to gradients, one sweep; and what its exactness means."""
    _, params = transformer(1)

    def loss(params: Parameters, pictures: Array) -> Array:
        return cross_entropy_loss(transformer_logits(params, pictures), labels())

    args = (params, images())
    e = trace(loss, *args)
    kinds = {node.operation for node in e.nodes if not node.is_leaf}
    predefined = sum(TABLE.get(kind.name) is kind for kind in kinds)
    gradient = autodiff.grad(loss, (0, 1))(*args)
    leaves = flatten(gradient)[0]
    x_dots = direction_like(args, 5)
    along = numeric.jvp(loss, args, unflatten(flatten(args)[1], x_dots))[1]
    apart = gap(along, inner(leaves, x_dots))
    logistic = case("logistic").at(LONG)[0]
    found, truth = autodiff.grad(logistic)(START), closed_form(LONG, START)
    off = gap(found, truth)
    return Measurement(
        f"a transformer: {len(e)} nodes recorded, {len(kinds)} operations, {predefined} with a predefined rule, one "
        f"sweep to {len(leaves)} leaves, inputs and parameters; differences along a random direction agree to "
        f"{rounded(apart)}",
        predefined == len(kinds) and len(leaves) == len(e.inputs) and apart < NUMERIC_TOL and off > LOST,
        {
            "nodes": len(e),
            "operations": len(kinds),
            "leaves": len(leaves),
            "numeric_gap": apart,
            "logistic": [found, truth],
        },
        f"exact is the derivative of the program as floats compute it: l_{LONG}' of the logistic map at {START} is "
        f"{found:.4e} by the tape, and {truth:.4e} in truth",
    )


def closed_form(n: int, x: float) -> float:
    """l_n' = 2^(n-1) sin(2^n theta) / sin(2 theta), theta = arcsin sqrt x, of the very float x, in n digits."""
    with mpmath.workdps(n):
        theta = mpmath.asin(mpmath.sqrt(mpmath.mpf(x)))
        return float(2 ** (n - 1) * mpmath.sin(2**n * theta) / mpmath.sin(2 * theta))


def new_architectures() -> Measurement:
    """C34: five changes of a network, the derivative code that they would take by hand, and that they take here."""
    params, x = {"W1": W1, "W2": W2, "b": B}, fixed(34, 2, 3)
    programs, widest = [], 0.0
    for _, architecture in ARCHITECTURES:

        def loss(params: Parameters, architecture: Any = architecture) -> Array:
            return np.sum(architecture(params, x) ** 2)

        programs.append(autodiff.derive(trace(loss, params)).to_python().splitlines())
        x_dots = direction_like(params, 6)
        along = numeric.jvp(loss, (params,), (unflatten(flatten(params)[1], x_dots),))[1]
        widest = max(widest, gap(along, inner(flatten(autodiff.grad(loss)(params))[0], x_dots)))
    edits = [changed_lines(a, b) for a, b in pairwise(programs)]
    changes = len(ARCHITECTURES) - 1
    return Measurement(
        f"{changes} changes of a network: its gradient, as a program, changes by {', '.join(map(str, edits))} lines; "
        f"the user writes none of them, and differences agree to {rounded(widest)}",
        min(edits) > 0 and len(edits) == changes and widest < NUMERIC_TOL,
        {"architectures": [name for name, _ in ARCHITECTURES], "edits": edits, "numeric_gap": widest},
    )


def changed_lines(before: list[str], after: list[str]) -> int:
    """How many lines go or come."""
    marks = [line for line in unified_diff(before, after, n=0) if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return len(marks)


def three_faces() -> Measurement:
    """C35: loss.backward(), GradientTape and grad on one network."""
    f, (params,) = case("mlp").at()
    by_grad = autodiff.grad(f)(params)
    tensors = {name: autodiff.tensor(x) for name, x in params.items()}
    f(tensors).backward()
    by_backward = {name: x.grad for name, x in tensors.items()}
    with autodiff.GradientTape() as tape:
        watched = tape.watch(params)
        y = f(watched)
    by_tape = tape.gradient(y, watched)
    same = sum(same_bits(by_grad, other) for other in (by_backward, by_tape))
    f(tensors).backward()
    doubled = all(np.array_equal(tensors[name].grad, 2 * np.asarray(by_grad[name])) for name in params)
    single = ""
    try:
        tape.gradient(y, watched)
    except TapeError as error:
        single = str(error)
    with autodiff.GradientTape(persistent=True) as again:
        watched = again.watch(params)
        y = f(watched)
    persistent = same_bits(again.gradient(y, watched), again.gradient(y, watched))
    return Measurement(
        f"the faces backward() and GradientTape give the bits of grad(f), {same} of 2; a second backward() "
        f"{'doubles' if doubled else 'does not double'} .grad; a tape answers once, a persistent one as often as it is "
        "asked",
        same == 2 and doubled and bool(single) and persistent,
        {"same_bits": same, "doubled": doubled, "second_question": single},
    )


def same_bits(a: Any, b: Any) -> bool:
    """Whether two trees hold the same floats."""
    return all(np.array_equal(x, y) for x, y in zip(flatten(a)[0], flatten(b)[0], strict=True))


GROUP = Group(
    "All of it together",
    (
        Claim(
            "C33",
            "In short: record the forward pass, predefine the rules, apply the chain rule from the loss to inputs and "
            "parameters.",
            "all of it on a transformer, one sweep to every leaf, checked by differences",
            whole_chain,
            16,
            "compare.drift('logistic')",
        ),
        Claim(
            "C34",
            "It is fully automatic: research becomes more efficient, and more of it feasible.",
            "five changes of the architecture: derivative code that changes, and who writes it",
            new_architectures,
            14,
            "lines of gradient code that change",
        ),
        Claim(
            "C35",
            "This is the secret behind loss.backward() and GradientTape.",
            "three faces of one engine with the same bits, and where their manners differ",
            three_faces,
            7,
            "tape.play(y)",
        ),
    ),
)

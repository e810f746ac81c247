"""C20 to C23: how much nobody has to write."""

from collections.abc import Callable
from itertools import compress, pairwise
from typing import Any

import numpy as np

import autodiff
import numeric
from compare import swell
from compare.wording import digit_count, integer
from expression import Measures, measure, operation, trace
from expression.analysis import needed
from expression.corpus import case
from expression.corpus.data import fixed
from expression.corpus.layers import Parameters
from expression.corpus.models import (
    cross_entropy_loss,
    residual_logits,
    residual_parameters,
    transformer_logits,
    transformer_parameters,
)
from expression.nodes import Node
from expression.operations.operation import Array
from expression.structure import flatten, unflatten
from lessons.claims.claim import Claim, Group, Measurement
from lessons.claims.measuring import EXACT, gap

BLOCKS = range(1, 9)
STEEP = 2.0  # by how much a written-out derivative must grow with each block, at least
LONG = 10_000  # steps of a loop
TIMES = (4, 16, 64)  # that a recurrent network reads its weight
FIRST = 3309  # the first n whose derivative, written out, is above 10^1000 nodes
TRUTH = 9.0660864  # l_4'(1/5), exactly
HUGE = 1000  # the power of ten that is meant by huge
NUMERIC_TOL = 1e-6  # a central difference along one direction of a float64 program


def residual_network(blocks: int) -> tuple[Callable[[Parameters], Array], Parameters]:
    """The loss of a residual network on two fixed images, and parameters."""
    params = residual_parameters(np.random.default_rng(0), channels=2, blocks=blocks)
    return lambda p: cross_entropy_loss(residual_logits(p, images()), labels()), params


def transformer(blocks: int) -> tuple[Callable[[Parameters], Array], Parameters]:
    """The loss of a transformer on two fixed images, and parameters."""
    params = transformer_parameters(np.random.default_rng(0), width=4, heads=2, hidden=8, blocks=blocks)
    return lambda p: cross_entropy_loss(transformer_logits(p, images()), labels()), params


def images() -> Array:
    """Two pictures of noise."""
    return np.abs(fixed(1, 2, 64))


def labels() -> Array:
    """What is on them: nothing, but something has to be said."""
    return np.eye(10)[[3, 8]]


NETWORKS: tuple[tuple[str, Callable[[int], tuple[Callable[[Parameters], Array], Parameters]]], ...] = (
    ("residual", residual_network),
    ("attention", transformer),
)


def adjoint_sizes(network: Callable[[int], Any]) -> list[Measures]:
    """The sizes of the gradient program for each number of blocks."""
    found = []
    for blocks in BLOCKS:
        loss, params = network(blocks)
        found.append(measure(autodiff.derive(trace(loss, params))))
    return found


def by_hand() -> Measurement:
    """C20: the derivative of residual and attention blocks, written out, against the lines of its adjoint program."""
    parts, holds = [], True
    data: dict[str, Any] = {}
    for name, network in NETWORKS:
        sizes = adjoint_sizes(network)
        trees, lines = [s.tree_size for s in sizes], [s.dag_size for s in sizes]
        paths = [s.path_count for s in sizes]
        factors, steps = [b / a for a, b in pairwise(trees)], {b - a for a, b in pairwise(lines)}
        loss, params = network(1)
        apart = directional_gap(loss, params)
        holds = holds and min(factors) > STEEP and len(steps) == 1 and apart < NUMERIC_TOL
        data[name] = {"written_out": trees, "lines": lines, "paths": paths, "numeric_gap": apart}
        parts.append(
            f"{BLOCKS[-1]} {name} blocks: {integer(trees[-1])} nodes written out, at least {int(min(factors)):,} times "
            f"as many with each block, against {lines[-1]:,} lines of adjoint program, {max(steps)} more with each "
            "block"
        )
    return Measurement("; ".join(parts), holds, data)


def directional_gap(loss: Callable[[Any], Array], params: Any) -> float:
    """How far the tape is from a central difference along one random direction of all parameters."""
    leaves, structure = flatten(params)
    rng = np.random.default_rng(1)
    x_dots = [rng.normal(size=np.shape(x)) for x in leaves]
    gradient = flatten(autodiff.grad(loss)(params))[0]
    along = numeric.jvp(loss, (params,), (unflatten(structure, x_dots),))[1]
    return gap(along, float(sum(np.sum(g * d) for g, d in zip(gradient, x_dots, strict=True))))


def few_atoms() -> Measurement:
    """C21: however large the model, the number of different operations stays."""
    parts, holds = [], True
    data: dict[str, Any] = {}
    for name, network in NETWORKS:
        found = [measure(trace(*network(blocks))) for blocks in BLOCKS]
        kinds, nodes = [len(m.op_count) for m in found], [m.dag_size for m in found]
        holds = holds and len(set(kinds)) == 1 and nodes == sorted(set(nodes))
        data[name] = {"operations": kinds, "nodes": nodes}
        parts.append(f"{name} network: {nodes[0]} to {nodes[-1]} nodes, always {kinds[-1]} operations")
    e = case("logistic").trace(LONG)
    kinds_of_loop = sorted({node.operation.name for node in e.nodes if not node.is_leaf})
    data["logistic"] = {"operations": kinds_of_loop, "nodes": len(e)}
    parts.append(f"a loop of {LONG:,} steps: {len(e):,} nodes, {len(kinds_of_loop)} operations")
    return Measurement("; ".join(parts), holds and len(kinds_of_loop) == 2 and len(e) > LONG, data)


def reuse() -> Measurement:
    """C22: one rule, asked as often as the operation occurs; one trace, the gradient by any choice of leaves."""
    counts = []
    for n in TIMES:
        asked: list[int] = []

        def rule(y: Array, x: Array, asked: list[int] = asked) -> Array:
            asked.append(1)
            return 1 - y * y

        squash = operation(partials=(rule,), name="squash")(lambda x: np.tanh(x))
        autodiff.grad(rnn_with(squash, n))(np.array([[0.8]]))
        counts.append(len(asked))
    f, args = case("mlp").at()
    e = trace(f, *args)
    names = [place.name for place in e.inputs]
    whole = autodiff.derive(e, tuple(names))(*args)
    subsets = sum(gap(autodiff.derive(e, name)(*args), part) == 0.0 for name, part in zip(names, whole, strict=True))
    pairs = autodiff.derive(e, tuple(names[:2]))(*args)
    return Measurement(
        f"the one rule of tanh is asked {', '.join(map(str, counts))} times in recurrent networks of that many steps; "
        f"from one trace of an MLP the gradient by each of {len(names)} parameters alone is that of all, {subsets} of "
        f"{len(names)} times",
        tuple(counts) == TIMES and subsets == len(names) and gap(pairs, whole[:2]) == 0.0,
        {"steps": TIMES, "asked": counts, "leaves": names, "subsets": subsets},
    )


def rnn_with(squash: Any, n: int) -> Callable[[Array], Array]:
    """The recurrence h <- squash(h W + 1), n times."""

    def run(W: Array) -> Array:
        h = np.zeros((1, 1))
        for _ in range(n):
            h = squash(h @ W + 1.0)
        return np.sum(h)

    return run


def unwritten() -> Measurement:
    """C23: the size of the derivative that is not written, beside the lines of the program that is."""
    result = swell("logistic", (4,))
    n = result.milestones.get(HUGE, 0)
    tree = result.derivative_trees[n - result.first] if n else 0
    lines = len(gradient_program(n)) if n else 0
    slope = autodiff.grad(case("logistic").at(4)[0])(0.2)
    return Measurement(
        f"the derivative of the logistic map after {n:,} steps has {integer(tree)} nodes when it is written out; the "
        f"adjoint program has {lines:,} lines, and l_4'(0.2) = {slope:.7f} comes from {len(gradient_program(4))}",
        n == FIRST and digit_count(tree) == HUGE + 1 and n < lines < 10 * n and gap(slope, TRUTH) < EXACT,
        {"n": n, "tree": tree, "lines": lines, "slope": slope},
    )


def gradient_program(n: int) -> list[Node]:
    """The lines of the logistic map's adjoint program that its result needs."""
    e = autodiff.derive(case("logistic").trace(n))
    return list(compress(e.nodes, needed(e)))


GROUP = Group(
    "Why nobody writes it by hand",
    (
        Claim(
            "C20",
            "Deriving by hand through a ResNet or a Transformer is tedious and error-prone, all the more with loops "
            "and branches.",
            "written out, the derivative grows by a factor with each block; the adjoint program by a constant",
            by_hand,
            14,
            "nodes written out against lines of the adjoint program",
        ),
        Claim(
            "C21",
            "The graph breaks complexity down into simple atoms.",
            "the number of different operations stays the same while the model grows",
            few_atoms,
            14,
            "operations against nodes",
        ),
        Claim(
            "C22",
            "Local gradients are reused: the algorithm combines them for any input or parameter.",
            "one rule asked as often as its operation occurs; the gradient by any choice of leaves from one trace",
            reuse,
            14,
            "trace(f, x).to_svg()",
        ),
        Claim(
            "C23",
            "No one has to write down a huge derivative.",
            "a derivative of more than 10^1000 nodes beside a program whose lines grow as n does",
            unwritten,
            4,
            "swell('logistic').plot()",
        ),
    ),
)

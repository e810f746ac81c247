"""C10 to C12: when the backward pass begins, from what, and in which order it goes."""

from itertools import pairwise
from math import log2
from typing import Any

import numpy as np

import autodiff
from expression import Expression, measure, operation, trace
from expression.corpus import case
from expression.errors import ArgumentError
from expression.operations.operation import Array
from lessons.claims.claim import Claim, Group, Measurement
from lessons.claims.measuring import EXACT, gap, reverse_events, smooth_cases

STEPS, SNAPSHOTS = 100, 5  # of a loop, and states of it that are kept
RECOMPUTED = 316  # the fewest steps to compute again: Griewank and Walther (2000)
DEPTHS = range(1, 13)


def order_of_sweeps() -> Measurement:
    """C10: an operation that keeps a log sees the whole forward sweep before the first rule is asked."""
    log: list[str] = []

    def rule(y: Array, x: Array) -> Array:
        log.append("reverse")
        return np.cos(x)

    @operation(partials=(rule,))
    def logged(x: Array) -> Array:
        log.append("forward")
        return np.sin(x)

    autodiff.grad(lambda x: np.sum(logged(x * logged(logged(x)))))(np.ones(3))
    turn = log.index("reverse")
    ordered = set(log[:turn]) == {"forward"} and set(log[turn:]) == {"reverse"} and len(log) == 2 * turn
    kept = measure(trace(lambda x: loop(STEPS)(x), np.ones(1))).bytes_saved // 8
    swept: list[autodiff.Counts] = []
    thrifty = autodiff.checkpointed_loop(lambda i, x: np.sin(x), STEPS, SNAPSHOTS, report=swept.append)
    same = gap(autodiff.grad(thrifty)(0.5), autodiff.grad(loop(STEPS))(0.5)) <= EXACT
    counts = swept[0]
    return Measurement(
        f"{turn} forward steps in the log, then {len(log) - turn} reverse ones, never mixed",
        ordered and same and counts == (RECOMPUTED, SNAPSHOTS + 1) and kept == STEPS,
        {"log": log, "kept": kept, "stored": counts.stored, "recomputed": counts.recomputed},
        f"what waits for the backward pass takes memory: a loop of {STEPS} steps keeps {kept} values; with "
        f"checkpoints {counts.stored} are enough, and {counts.recomputed} steps are computed again",
    )


def loop(n: int) -> Any:
    """The loop x <- sin x, n times."""

    def run(x: Array) -> Array:
        for _ in range(n):
            x = np.sin(x)
        return x

    return run


def seed() -> Measurement:
    """C11: the sweep starts from 1, or from what is given; a vector has to be given one."""
    f, args = case("baydin").at()
    first = reverse_events(f, args)[0].adjoint
    gradients = []
    for given in (1.0, 2.0):
        x = autodiff.tensor(2.0)
        f(x, 5.0).backward(given)
        gradients.append(x.grad)
    refusal = ""
    try:
        (autodiff.tensor(np.ones(3)) * 2.0).backward()
    except ArgumentError as error:
        refusal = str(error)
    return Measurement(
        f"the first adjoint is {first}; seed 1 gives {gradients[0]:g}, seed 2 gives {gradients[1]:g}; a vector is "
        f"refused: {refusal.partition(';')[0]}",
        first == 1.0 and gradients[0] == 5.5 and gradients[1] == 11.0 and "give a seed" in refusal,
        {"first_adjoint": first, "gradients": gradients, "refusal": refusal},
    )


def doublings(depth: int) -> Expression:
    """The loop x <- x + x, so many times: a list of depth + 1 nodes, and 2^depth paths through it."""

    def doubled(x: Array) -> Array:
        for _ in range(depth):
            x = x + x
        return x

    return trace(doubled, 1.0)


def by_recursion(e: Expression) -> tuple[float, int]:
    """The derivative of such a list as plain recursion finds it, and how often it arrives at the leaf.

    Every node passes on its adjoint as it is so far, as soon as one of its readers has arrived: what "the chain rule,
    recursively" says at first sight.
    """
    adjoint = [0.0] * len(e)
    adjoint[e.outputs[0]] = 1.0
    arrivals = 0

    def visit(i: int) -> None:
        nonlocal arrivals
        operands = e.nodes[i].operands
        arrivals += not operands
        for j in operands:
            adjoint[j] += adjoint[i]  # the partials of a sum are 1
        for j in operands:
            visit(j)

    visit(e.outputs[0])
    return adjoint[0], arrivals


def traversal() -> Measurement:
    """C12: reverse topological order against plain recursion."""
    ordered = True
    for subject in smooth_cases():
        f, args = subject.at()
        nodes = [event.node for event in reverse_events(f, args)]
        ordered = ordered and all(a > b for a, b in pairwise(nodes))
    twice = doublings(2)
    wrong, truth = by_recursion(twice)[0], autodiff.grad(twice)(1.0)
    visits = [by_recursion(doublings(d))[1] for d in DEPTHS]
    steps = [len(reverse_events(doublings(d), (1.0,))) for d in DEPTHS]
    growth = [log2(b / a) for a, b in pairwise(visits)]
    d = DEPTHS[-1]
    return Measurement(
        f"the sweep visits every node once, in reverse order, on {len(smooth_cases())} functions; c = b + b, b = a + a "
        f"gives {truth:g}",
        ordered and truth == 4.0 and wrong == 8.0 and set(growth) == {1.0} and steps == [d + 1 for d in DEPTHS],
        {"truth": truth, "by_recursion": wrong, "depths": list(DEPTHS), "visits": visits, "steps": steps},
        f"plain recursion gives {wrong:g}, and arrives at the leaf {visits[-1]:,} = 2^{d} times where {d} sums are "
        f"chained (log2 slope {growth[-1]:.2f}); the sweep in reverse order takes {steps[-1]} steps",
    )


GROUP = Group(
    "The backward pass begins, and goes backwards",
    (
        Claim(
            "C10",
            "When the forward pass has produced the loss, the backward pass starts.",
            "a log in which every forward step stands before every reverse step; what was kept for it is counted",
            order_of_sweeps,
            7,
            "tape.play(y)",
        ),
        Claim(
            "C11",
            "It starts with the gradient of the output by itself, 1, or as the loss defines it.",
            "the first adjoint is 1, the gradient is linear in the seed, and a vector needs a seed of its own",
            seed,
            6,
            "compare.reverse_trace(f, x)",
        ),
        Claim(
            "C12",
            "The graph is traversed in reverse, the chain rule applied recursively.",
            "reverse topological order, each node once; plain recursion is wrong, and takes 2^d visits",
            traversal,
            6,
            "compare.count_paths()",
        ),
    ),
)

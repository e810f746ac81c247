"""C1 to C5: while only the forward pass is written, a graph is recorded."""

from collections import Counter
from functools import partial

import numpy as np

import autodiff
import symbolic
from compare.racing import race
from compare.timing import OWN
from compare.wording import plural
from expression import Expression, trace
from expression.corpus import case
from expression.corpus.data import digits_data
from expression.corpus.models import cross_entropy_loss, mlp_logits, mlp_parameters
from expression.errors import ExpressionError, MissingPackage
from expression.nodes import Node
from expression.operations import TABLE
from expression.operations.operation import Array
from lessons.claims.claim import Claim, Group, Measurement
from lessons.claims.measuring import EXACT, beyond_estimate, gap, rounded, smooth_cases

ENOUGH = 50  # expressions on which the methods must agree
EVALUATIONS = 100
LEAVES = {"input", "parameter", "constant"}


def agreement() -> Measurement:
    """C1: the tape against SymPy and finite differences, on every smooth function of the corpus."""
    count, by_rules, by_differences, within = 0, 0.0, 0.0, True
    for subject in smooth_cases():
        f, args = subject.at()
        argnums = tuple(range(len(args)))
        gradient = autodiff.grad(f, argnums)(*args)
        by_rules = max(by_rules, gap(gradient, symbolic.grad(f, argnums)(*args)))
        apart, believed = beyond_estimate(gradient, f, argnums, args)
        by_differences, within, count = max(by_differences, apart), within and believed, count + 1
    network = network_on_digits()
    digits = "an MLP on digits needs scikit-learn" if network is None else f"on an MLP and digits by {rounded(network)}"
    holds = count >= ENOUGH and within and max(by_rules, network or 0.0) <= EXACT
    return Measurement(
        f"{count} functions: the tape differs from SymPy by {rounded(by_rules)} at most, {digits}; from finite "
        f"differences by {rounded(by_differences)}, always within their own error estimate",
        holds,
        {"functions": count, "symbolic": by_rules, "numeric": by_differences, "digits": network},
    )


def network_on_digits() -> float | None:
    """How far tape and SymPy are apart on an MLP and two handwritten digits; None without the data."""
    try:
        X, Y = digits_data()
    except MissingPackage:
        return None
    params = mlp_parameters(np.random.default_rng(0), hidden=4)

    def loss(params: dict[str, Array]) -> Array:
        return cross_entropy_loss(mlp_logits(params, X[:2]), Y[:2])

    return gap(autodiff.grad(loss)(params), symbolic.grad(loss)(params))


def branching(x: Array) -> Array:
    """A function whose graph depends on its input."""
    return x * x if x > 0 else np.exp(x) + 1.0


def two_graphs() -> Measurement:
    """C2: a graph for each call on the tape; one graph for all calls in a trace."""
    recorded = []
    for x in (2.0, -2.0):
        with autodiff.GradientTape() as tape:
            y = branching(tape.watch(x))
        recorded.append([node.operation.name for node in tape.expression(y).nodes])
    f, args = case("twenty_operations").at()
    builds: list[int] = []

    def counted(*x: Array) -> Array:
        builds.append(1)
        return f(*x)

    static = trace(counted, *args)
    points = np.random.default_rng(0).uniform(0.5, 2.0, (EVALUATIONS, len(args))).tolist()
    right = all(static(*point) == f(*point) for point in points)
    run = race(
        {
            "the compiled static graph": partial(autodiff.value_and_grad(f, (0, 1, 2), compile=True), *args),
            "recording a tape anew": partial(autodiff.value_and_grad(f, (0, 1, 2)), *args),
        },
        budget=0.3,
        clock=OWN,
    )
    return Measurement(
        f"dynamic: {len(recorded[0])} nodes are recorded at x = 2, {len(recorded[1])} others at x = -2; static: f ran "
        f"{plural(len(builds), 'time')} for {EVALUATIONS} right values; {run.sentences[0]}",
        recorded[0] != recorded[1] and len(builds) == 1 and right,
        {"lists": recorded, "builds": len(builds), "evaluations": EVALUATIONS, "race": run.sentences[0]},
    )


def decomposition() -> Measurement:
    """C3: lists of operations of the table alone; running a list again gives the same bits."""
    counted: Counter[str] = Counter()
    same = known = total = 0
    for subject in smooth_cases():
        f, args = subject.at()
        value = autodiff.value_and_grad(f, tuple(range(len(args))))(*args)[0]
        e = trace(f, *args)
        counted.update(node.operation.name for node in e.nodes if not node.is_leaf)
        known += all(TABLE.get(node.operation.name) is node.operation for node in e.nodes)
        same += np.float64(value).tobytes() == np.float64(e(*args)).tobytes()
        total += 1
    return Measurement(
        f"{total} functions are {sum(counted.values()):,} nodes of {len(counted)} operations, every one a row of "
        f"the table; run again, {same} of the {total} lists give the same bits",
        same == known == total,
        {"functions": total, "nodes": sum(counted.values()), "operations": dict(counted), "same_bits": same},
    )


def roles() -> Measurement:
    """C4: inputs, parameters and constants are leaves, the others inner nodes, one is the root."""
    counted: Counter[str] = Counter()
    wrong = 0
    for subject in smooth_cases():
        e = subject.trace()
        found = [e.role(i) for i in range(len(e))]
        counted.update(found)
        wrong += sum((role in LEAVES) != (not node.operands) for role, node in zip(found, e.nodes, strict=True))
        wrong += found.count("output") != 1
        gradients = len(autodiff.derive(e).outputs)
        wrong += gradients != found.count("input") + found.count("parameter")  # none for constants
    drawn = subject.trace().to_svg().startswith("<svg")
    listed = ", ".join(f"{counted[role]} {role}s" for role in ("input", "parameter", "constant", "intermediate"))
    return Measurement(
        f"{counted['output']} functions: {listed}, {counted['output']} outputs, {wrong} nodes out of place; "
        "constants are leaves without a gradient",
        wrong == 0 and drawn and all(counted[role] for role in LEAVES),
        {"roles": dict(counted), "wrong": wrong},
    )


def edges() -> Measurement:
    """C5: every edge goes forward, says what depends on what, and none can be missed."""
    count = nodes = backward = wrong = 0
    for subject in smooth_cases():
        e = subject.trace()
        pairs = list(e.edges)
        count += len(pairs)
        nodes += len(e)
        backward += sum(j >= i for j, i in pairs)
        reached: list[set[int]] = [{i} if node.is_leaf else set() for i, node in enumerate(e.nodes)]
        for j, i in sorted(pairs, key=lambda pair: pair[1]):
            reached[i] |= reached[j]
        wrong += sum(e.leaves_of(i) != tuple(sorted(leaves)) for i, leaves in enumerate(reached))
    e = case("mlp").trace()
    places = [(i, k) for i, node in enumerate(e.nodes) for k in range(len(node.operands))]
    refused = sum(fails_without(e, i, k) for i, k in places)
    return Measurement(
        f"{count:,} edges, {backward} of them backward; the leaves that each of {nodes:,} nodes depends on are found, "
        f"{wrong} wrong; without any one of its {len(places)} edges the list of an MLP is refused, {refused} times",
        backward == wrong == 0 and refused == len(places),
        {"edges": count, "backward": backward, "wrong": wrong, "removed": len(places), "refused": refused},
    )


def fails_without(e: Expression, position: int, k: int) -> bool:
    """Whether a list is refused once the k-th edge into a node is gone."""
    nodes: list[Node] = list(e.nodes)
    operands = nodes[position].operands
    nodes[position] = nodes[position]._replace(operands=operands[:k] + operands[k + 1 :])
    try:
        Expression(tuple(nodes), e.inputs, e.outputs, e.arguments, e.results)(*case("mlp").arguments())
    except ExpressionError:
        return True
    return False


GROUP = Group(
    "While you write the forward pass, a graph is recorded",
    (
        Claim(
            "C1",
            "Frameworks compute gradients by automatic differentiation; nobody derives the partials by hand.",
            "one forward definition, and the tape's gradient is SymPy's and the differences' on at least 50 functions",
            agreement,
            1,
            "compare.survey()",
        ),
        Claim(
            "C2",
            "While you write the forward pass alone, the framework builds a computation graph, dynamically or "
            "statically.",
            "a tape whose list depends on the branch taken, and a graph built once for 100 evaluations",
            two_graphs,
            7,
            "tape.play(y)",
        ),
        Claim(
            "C3",
            "The graph splits the computation into atomic operations: add, multiply, matmul, ReLU, sigmoid.",
            "lists of operations of the public table alone, which give the same bits when they are run again",
            decomposition,
            2,
            "compare.three_forms(f, x)",
        ),
        Claim(
            "C4",
            "Inputs and parameters are leaves, intermediate results inner nodes, the final output is the root.",
            "leaves and only leaves have no operands, one root, and constants are leaves without a gradient",
            roles,
            2,
            "compare.three_forms(f, x)",
        ),
        Claim(
            "C5",
            "The edges say how data flows and what depends on what.",
            "edges in topological order, right leaves for every node, and no list that runs without one of its edges",
            edges,
            2,
            "compare.three_forms(f, x)",
        ),
    ),
)

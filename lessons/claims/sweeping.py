"""C10 to C17: the backward pass."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import log2
from typing import Any, NamedTuple

import numpy as np

import autodiff
import symbolic
from autodiff.tape import Event
from expression import Expression, measure, operation, trace
from expression.corpus import case
from expression.errors import ArgumentError
from expression.evaluation import forward
from expression.measures import reads
from expression.operations import TABLE
from expression.operations.operation import Array
from expression.structure import flatten, unflatten
from lessons.claims.claim import Claim, Group, Measurement
from lessons.claims.measuring import EXACT, direction_like, gap, inner, rounded, sampled_calls, smooth_cases

STEPS, SNAPSHOTS = 100, 5  # of a loop, and states of it that are kept
RECOMPUTED = 316  # the fewest steps to compute again: Griewank and Walther (2000)
DEPTHS = range(1, 13)
FLOAT = np.dtype(np.float64)
SAVED = (  # operation, operands; whether the reverse rule reads its result, and which operands
    ("sigmoid", 1, (True, ())),
    ("exp", 1, (True, ())),
    ("mul", 2, (False, (0, 1))),
    ("add", 2, (False, ())),
)
Combine = Callable[[float, float], float]


class Fan(NamedTuple):
    """A function that reads one value several times, a point, and its derivatives by hand."""

    name: str
    function: Callable[..., Array]
    args: tuple[float, ...]


def rnn(w: Array, x: Array, n: int = 4) -> Array:
    """The recurrence h <- tanh(w h + x), n times: one weight, read at every step."""
    h = 0.2
    for _ in range(n):
        h = np.tanh(w * h + x)
    return h


FANS = (
    Fan("x*x", lambda x: x * x, (3.0,)),
    Fan("x+x+x", lambda x: x + x + x, (3.0,)),
    Fan("diamond", lambda x: np.sin(x) * np.exp(x), (0.7,)),
    Fan("tied weights", lambda w, x: w * np.tanh(w * x), (1.3, 0.4)),
    Fan("RNN weight", rnn, (0.8, 0.5)),
)


def recorded_events(f: Any, args: Sequence[Any]) -> tuple[Expression, list[Event]]:
    """What a tape recorded of a call, and the steps of both its sweeps."""
    with np.errstate(all="ignore"), autodiff.GradientTape() as tape:  # a branch not taken may be nan
        y = f(*tape.watch(tuple(args)))
    return tape.expression(y), tape.events(y)


def reverse_events(f: Any, args: Sequence[Any]) -> list[Event]:
    """The steps of the reverse sweep alone."""
    return [event for event in recorded_events(f, args)[1] if event.sweep == "reverse"]


# -- C10, C11: when it starts, and from what ---------------------------------------------------------------------------


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


# -- C12: in which order -----------------------------------------------------------------------------------------------


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


# -- C13 to C15: what happens at a node --------------------------------------------------------------------------------


def received() -> Measurement:
    """C13: the adjoint of a node is what its readers sent, all of them, before it is visited."""
    nodes = wrong = 0
    for subject in smooth_cases():
        f, args = subject.at()
        arrived: dict[int, Array] = {}
        visited: set[int] = set()
        for event in reverse_events(f, args):
            expected = np.broadcast_to(arrived.get(event.node, 1.0), np.asarray(event.adjoint).shape)
            late = any(j in visited for j, _ in event.contributions)
            wrong += late or gap(event.adjoint, expected) > EXACT
            for j, sent in event.contributions:
                arrived[j] = arrived[j] + sent if j in arrived else sent
            visited.add(event.node)
            nodes += 1
    return Measurement(
        f"{nodes:,} nodes of {len(smooth_cases())} functions: at {nodes - wrong:,} the adjoint is the sum of what the "
        "readers sent, and none of them sends later",
        wrong == 0 and nodes > 0,
        {"nodes": nodes, "wrong": wrong},
    )


def elementwise_steps(f: Any, args: Sequence[Any]) -> Iterator[tuple[Event, list[float]]]:
    """The steps of a reverse sweep that are elementwise on numbers, with the values of their operands."""
    events = recorded_events(f, args)[1]
    values = {event.node: event.value for event in events if event.sweep == "forward"}
    for event in events:
        x = [values.get(j) if j is not None else None for j in event.operands]
        if event.partials and all(v is not None and np.shape(v) == () and np.isfinite(v) for v in x):
            if all(p is not None and np.isfinite(p) for p in event.partials):
                yield event, [float(v) for v in x if v is not None]


def local_step() -> Measurement:
    """C14: what a node sends to an operand is its adjoint times its own partial."""
    checked, widest = 0, 0.0
    for subject in smooth_cases():
        for event, x in elementwise_steps(*subject.at()):
            row = TABLE[event.operation]
            by_sympy = symbolic.grad(lambda *x, row=row: row(*x), tuple(range(len(x))))(*x)
            widest = max(widest, gap(event.partials, by_sympy))
            sent: dict[int, float] = {}
            for j, partial in zip(event.operands, by_sympy, strict=True):
                sent[j or 0] = sent.get(j or 0, 0.0) + float(event.adjoint or 0.0) * partial
            found: dict[int, float] = {}
            for j, contribution in event.contributions:
                found[j] = found.get(j, 0.0) + float(contribution)
            widest = max(widest, *[gap(found.get(j, 0.0), sent[j]) for j in sent])
            checked += 1
    saved = {name: reads(TABLE[name], ((),) * k, (FLOAT,) * k, (), (True,) * k) for name, k, _ in SAVED}
    return Measurement(
        f"{checked} steps: what is sent is adjoint times SymPy's partial to {rounded(widest)}; of the forward pass "
        "sigmoid and exp keep their result, mul both operands, add nothing",
        checked > 0 and widest <= EXACT and all(saved[name] == expected for name, _, expected in SAVED),
        {"steps": checked, "gap": widest, "saved": saved},
    )


def products() -> Measurement:
    """C15: pulling back is multiplying by the Jacobian from the left, for operations and whole programs."""
    calls, widest, dots = 0, 0.0, 0.0
    for row, x, parameters in sampled_calls():

        def f(*x: Array, row: Any = row, parameters: Any = parameters) -> Array:
            return row(*x, **parameters)

        floats = tuple([k for k, v in enumerate(x) if np.asarray(v).dtype.kind == "f"])
        given = [x[k] for k in floats]

        def of_floats(*v: Array, x: Any = x, floats: Any = floats, f: Any = f) -> Array:
            return f(*[v[floats.index(k)] if k in floats else u for k, u in enumerate(x)])

        y, pullback = autodiff.vjp(of_floats, *given)
        y_bar = direction_like(y, 1)[0]
        bars, x_dots = pullback(y_bar), direction_like(given, 2)
        blocks = symbolic.jacobian(of_floats, tuple(range(len(given))))(*given)
        explicit = [np.tensordot(y_bar, block, np.ndim(y)) for block in blocks]
        widest = max(widest, gap(bars, explicit))
        dots = max(dots, gap(inner([y_bar], [autodiff.jvp(of_floats, given, x_dots)[1]]), inner(bars, x_dots)))
        calls += 1
    programs = 0
    for subject in smooth_cases():
        f, args = subject.at()
        directions = direction_like(args, 3)
        tangent = autodiff.jvp(f, args, rebuilt(args, directions))[1]
        leaves = flatten(autodiff.vjp(f, *args)[1](1.0))[0]
        dots = max(dots, gap(tangent, inner(leaves, directions)))
        programs += 1
    return Measurement(
        f"{calls} calls of all operations: the VJP is y_bar J to {rounded(widest)}; with {programs} programs, "
        f"<y_bar, J x_dot> and <y_bar J, x_dot> differ by {rounded(dots)} at most",
        calls > 0 and widest <= EXACT and dots <= EXACT,
        {"calls": calls, "programs": programs, "vjp_gap": widest, "dot_gap": dots},
    )


def rebuilt(args: Sequence[Any], leaves: Sequence[Array]) -> tuple[Any, ...]:
    """Leaves in the structure of the arguments."""
    whole: tuple[Any, ...] = unflatten(flatten(tuple(args))[1], leaves)
    return whole


# -- C16, C17: sums, and the end ---------------------------------------------------------------------------------------


def sum_up(old: float, new: float) -> float:
    """+=, as the chain rule has it."""
    return old + new


def overwrite(old: float, new: float) -> float:
    """=, the famous mistake."""
    return new


def small_engine(e: Expression, args: Sequence[float], combine: Combine) -> tuple[float, ...]:
    """A reverse sweep over scalars in ten lines, in which contributions to one node meet by `combine`."""
    values = forward(e, list(args))
    adjoint = {e.outputs[0]: 1.0}
    for i in range(len(e) - 1, -1, -1):
        node = e.nodes[i]
        if i not in adjoint or node.is_leaf:
            continue
        for k, j in enumerate(node.operands):
            sent = adjoint[i] * float(node.operation.dy_dx(k, values[i], *[values[j] for j in node.operands]))
            adjoint[j] = combine(adjoint[j], sent) if j in adjoint else sent
    return tuple(adjoint.get(place.position, 0.0) for place in e.inputs)


def accumulation(combine: Combine = sum_up, mutant: Combine = overwrite) -> Measurement:
    """C16: the same engine with += and with =, on functions that read a value several times."""
    found: dict[str, dict[str, Any]] = {}
    for fan in FANS:
        argnums = tuple(range(len(fan.args)))
        truth = symbolic.grad(fan.function, argnums)(*fan.args)
        e = trace(fan.function, *fan.args)
        found[fan.name] = {
            "truth": truth,
            "tape": autodiff.grad(fan.function, argnums)(*fan.args),
            "+=": small_engine(e, fan.args, combine),
            "=": small_engine(e, fan.args, mutant),
        }
    right = sum(max(gap(v["truth"], v["tape"]), gap(v["truth"], v["+="])) <= EXACT for v in found.values())
    caught = sum(gap(v["truth"], v["="]) > EXACT for v in found.values())
    square, weight = found["x*x"], found["RNN weight"]
    return Measurement(
        f"with += right on {right} of {len(FANS)} ({', '.join(found)}), with = wrong on {caught}: for x*x at 3 it "
        f"gives {square['='][0]:g} instead of {square['+='][0]:g}, for the RNN's weight {weight['='][0]:.3f} instead "
        f"of {weight['+='][0]:.3f}",
        right == caught == len(FANS),
        found,
    )


def leaves_reached() -> Measurement:
    """C17: every leaf that the root depends on gets its gradient, every other one an exact 0."""
    leaves = reached = 0
    for subject in smooth_cases():
        f, args = subject.at()
        e, events = recorded_events(f, args)
        visited = {event.node for event in events if event.sweep == "reverse" and event.operation == "input"}
        needed = {j for j in e.leaves_of(e.outputs[0]) if e.role(j) == "input"}
        leaves += len(needed)
        reached += len(visited)
    params = {"w": np.ones((2, 2)), "spare": np.ones(3)}
    apart = autodiff.grad(lambda p: np.sum(np.tanh(p["w"])))(params)["spare"]
    with autodiff.GradientTape() as tape:
        x, z = tape.watch((2.0, 3.0))
        y = x * x
    by_tape = tape.gradient(y, (x, z))
    zero = isinstance(apart, np.ndarray) and apart.shape == (3,) and not apart.any()
    return Measurement(
        f"{reached} of {leaves} leaves are reached on {len(smooth_cases())} functions; a leaf that is not connected "
        f"gets exactly {by_tape[1]:g}, an array zeros of its shape",
        reached == leaves > 0 and zero and by_tape == (4.0, 0.0) and by_tape[1] is not None,
        {"leaves": leaves, "reached": reached, "not_connected": by_tape[1]},
    )


GROUP = Group(
    "The backward pass",
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
        Claim(
            "C13",
            "Each node receives the derivative of the loss by its output from its downstream nodes.",
            "every adjoint is the sum of what all readers sent, complete before the node is visited",
            received,
            6,
            "expression.play(x)",
        ),
        Claim(
            "C14",
            "The node uses its predefined local gradient to find the derivative by each input.",
            "what is sent is adjoint times SymPy's partial; which forward values it takes is known for each operation",
            local_step,
            6,
            "compare.reverse_trace(f, x)",
        ),
        Claim(
            "C15",
            "By the chain rule dL/din is dL/dout dout/din; for vectors it is a product with the Jacobian.",
            "VJP = y_bar J with SymPy's J, and <y_bar, J x_dot> = <y_bar J, x_dot>, for all operations and programs",
            products,
            9,
            "compare.reverse_trace(f, x)",
        ),
        Claim(
            "C16",
            "A node that feeds several consumers accumulates what they send: +=.",
            "an engine with += is right on five functions that read a value several times, with = on none",
            accumulation,
            6,
            "expression.play(x)",
        ),
        Claim(
            "C17",
            "It goes on until all leaves, inputs and parameters, are reached.",
            "every leaf that the root depends on is visited; one that it does not depend on gets exactly 0",
            leaves_reached,
            6,
            "tape.play(y)",
        ),
    ),
)

"""C13 to C17: what a node receives, what it sends, and where all of it ends."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import autodiff
import symbolic
from autodiff.tape import Event
from expression import Expression, trace
from expression.evaluation import forward
from expression.measures import reads
from expression.operations import TABLE
from expression.operations.operation import Array
from expression.structure import flatten, unflatten
from lessons.claims.claim import Claim, Group, Measurement
from lessons.claims.measuring import (
    EXACT,
    direction_like,
    gap,
    inner,
    recorded_events,
    reverse_events,
    rounded,
    sampled_calls,
    smooth_cases,
)

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
    "What happens at each node",
    (
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

"""C28 to C32: branches, loops, higher orders, one's own operations, and where there is no derivative."""

from collections.abc import Callable
from math import log, sqrt

import numpy as np

import autodiff
import numeric
import symbolic
from compare import compare
from compare.wording import integer
from expression import functions, measure, operation, trace
from expression.corpus import case
from expression.errors import AnomalyError, ControlFlowError, UnsupportedOperation
from expression.measures import flops
from expression.operations.operation import Array
from lessons.claims.claim import Claim, Group, Measurement
from lessons.claims.measuring import EXACT, gap, rounded

NEAR = 1e-9  # a distance from the switch that a difference steps over
STEP = 6e-6  # the textbook's, eps^(1/3)
WRONG = 0.1  # an error that nobody overlooks
TARGETS = (2.0, 1e6)  # of a loop that ends when it has converged
RADII = (0.9, 1.0, 1.1)  # spectral radius of a recurrent network's matrix
LENGTHS = (5, 10, 20, 40, 80)
FITTED = 1e-9  # how well a slope of exact powers is found
ORDER = 6  # derivatives of tanh: the figure of Maclaurin, Duvenaud and Adams (2015)
NESTED, STEEP = 10, 1.9  # nested derivatives, and by how much the last must take more operations than the one before


def switch(x: Array) -> Array:
    """The function x above 1, x^2 below: continuous, with the slopes 2 and 1 at the switch."""
    return x if x > 1.0 else x * x


def branches() -> Measurement:
    """C28: an if on the tape, for finite differences and for SymPy."""
    on_tape = [autodiff.grad(switch)(x) for x in (2.0, 0.25, 1.0)]
    stepped = numeric.grad(switch, step=STEP)(1.0 + NEAR)
    by_sympy = str(symbolic.to_sympy(trace(lambda x: np.where(x > 1.0, x, x * x), 1.0)))
    where = symbolic.grad(lambda x: np.where(x > 1.0, x, x * x))(0.25)
    refusal = ""
    try:
        trace(switch, 1.0)
    except ControlFlowError as error:
        refusal = str(error)
    refused = "`if`" in refusal and "line" in refusal
    return Measurement(
        f"the tape follows the branch taken: slopes {on_tape[0]:g} at 2 and {on_tape[1]:g} at 0.25, and at the switch "
        f"{on_tape[2]:g}, though left and right differ there; a textbook's step across the switch says {stepped:.2f} "
        "instead of 1; SymPy reads np.where as a Piecewise; an abstract trace refuses a plain if, with its line",
        on_tape == [1.0, 0.5, 2.0]
        and abs(stepped - 1.0) > WRONG
        and "Piecewise" in by_sympy
        and where == 0.5
        and refused,
        {"tape": on_tape, "numeric_near_switch": stepped, "sympy": by_sympy, "refusal": refusal},
    )


def heron(a: Array, turns: list[int]) -> Array:
    """The square root by Heron's steps, until nothing changes: how many depends on a."""
    y, before = a, a + 1.0
    while abs(y - before) > 1e-15 * abs(y):
        y, before = 0.5 * (y + a / y), y
        turns.append(1)
    return y


def through_time(radius: float, n: int) -> float:
    """The norm of a cotangent pulled back through n steps h <- tanh(W h) at h = 0, W a rotation times the radius."""
    W = radius * np.array([[0.6, -0.8], [0.8, 0.6]])

    def run(h: Array) -> Array:
        for _ in range(n):
            h = np.tanh(W @ h)
        return h

    return float(np.linalg.norm(autodiff.vjp(run, np.zeros(2))[1](np.array([1.0, 0.0]))[0]))


def loops() -> Measurement:
    """C29: a loop whose turns depend on the data, and a recurrent network back through time."""
    turns, widest = [], 0.0
    for a in TARGETS:
        counted: list[int] = []
        slope = autodiff.grad(lambda a, counted=counted: heron(a, counted))(a)
        widest = max(widest, gap(slope, 1 / (2 * sqrt(a))))
        turns.append(len(counted))
    slopes = {}
    for radius in RADII:
        norms = [through_time(radius, n) for n in LENGTHS]
        widest = max(widest, gap(norms, [radius**n for n in LENGTHS]))
        slopes[radius] = float(np.polyfit(LENGTHS, np.log(norms), 1)[0])
    fitted = all(abs(slopes[radius] - log(radius)) < FITTED for radius in RADII)
    sizes = [measure(symbolic.textbook(case("logistic").trace(n))) for n in (6, 12)]
    listed = ", ".join(f"{slopes[radius]:+.3f} for {radius}" for radius in RADII)
    return Measurement(
        f"a while loop of {turns[0]} or {turns[1]} turns, by the data, and a tanh-RNN of {LENGTHS[0]} to {LENGTHS[-1]} "
        f"steps are right to {rounded(widest)}; back through time the gradient vanishes or explodes, slope of its "
        f"logarithm {listed} as spectral radius; unrolled by SymPy, 6 and 12 steps of the logistic map are "
        f"{integer(sizes[0].tree_size)} and {integer(sizes[1].tree_size)} nodes",
        turns[0] != turns[1] and widest <= EXACT and fitted and sizes[1].tree_size > 2 * sizes[0].tree_size,
        {"turns": turns, "gap": widest, "slopes": {str(r): s for r, s in slopes.items()}},
    )


def tanh_derivatives(x: float) -> list[float]:
    """The derivatives of tanh by the recurrence of their polynomials in y = tanh x: P' (1 - y^2)."""
    P, found = np.polynomial.Polynomial([0.0, 1.0]), []
    for _ in range(ORDER):
        P = P.deriv() * np.polynomial.Polynomial([1.0, 0.0, -1.0])
        found.append(float(P(np.tanh(x))))
    return found


def higher_orders() -> Measurement:
    """C30: derivatives of derivatives on the tape."""
    f: Callable[[Array], Array] = np.tanh
    nested = []
    for _ in range(ORDER):
        f = autodiff.grad(f)
        nested.append(float(f(0.5)))
    widest = gap(nested, tanh_derivatives(0.5))
    rosenbrock, (x,) = case("rosenbrock").at()
    x = np.array([-1.2, 1.0])
    H = autodiff.hessian(rosenbrock)(x)
    v = np.array([0.3, -0.7])
    second = gap(H, symbolic.hessian(rosenbrock)(x))
    along = gap(autodiff.hvp(rosenbrock, (x,), (v,)), H @ v)
    e, costs = trace(np.tanh, 0.5), []
    for _ in range(NESTED):
        e = autodiff.derive(e)
        costs.append(flops(e))
    growth = costs[-1] / costs[-2]
    return Measurement(
        f"six derivatives of tanh to {rounded(widest)}; the Hessian of Rosenbrock's function is SymPy's to "
        f"{rounded(second)}, [[{H[0, 0]:g}, {H[0, 1]:g}], [{H[1, 0]:g}, {H[1, 1]:g}]], and H v by one forward sweep "
        f"over a reverse one is right to {rounded(along)}; nested, {NESTED} derivatives of tanh take "
        f"{', '.join(map(integer, costs))} operations, {growth:.2f} times as many with the last order",
        max(widest, second, along) <= EXACT and growth > STEEP,
        {"tanh": nested, "hessian": H, "nested_costs": costs},
    )


def own_operations() -> Measurement:
    """C31: an operation of one's own, right and wrong."""

    @operation(partials=(lambda y, x: 1 / (1 + np.abs(x)) ** 2,))
    def right(x: Array) -> Array:
        return x / (1 + np.abs(x))

    @operation(partials=(lambda y, x: 1 / (1 + np.abs(x)),))
    def wrong(x: Array) -> Array:
        return x / (1 + np.abs(x))

    notes = {op.name: compare(lambda x, op=op: op(x) ** 2, 0.75, time=False).notes for op in (right, wrong)}
    caught = [note for note in notes["wrong"] if "derivative rule" in note and "wrong" in note and "operand 0" in note]
    return Measurement(
        f"the right rule has {len(notes['right']) or 'no'} objections; of the wrong one the checker says: "
        f"{caught[0] if caught else 'nothing'}",
        not notes["right"] and bool(caught),
        {name: list(found) for name, found in notes.items()},
    )


def conditions() -> Measurement:
    """C32: what is said where there is no derivative, or no rule."""
    kink = [note for note in compare(functions.relu, 0.0, time=False).notes if "kink" in note]
    steps = (autodiff.grad(np.floor)(1.5), float(np.sum(np.abs(autodiff.grad(ranked)(np.array([3.0, 1.0, 2.0]))))))
    anomaly, missing = "", ""
    try:
        with autodiff.detect_anomaly():
            autodiff.grad(lambda x: np.sqrt(x) * 2.0)(0.0)
    except AnomalyError as error:
        anomaly = str(error)
    try:
        autodiff.grad(lambda x: np.sum(np.abs(np.fft.fft(x))))(np.ones(3))
    except UnsupportedOperation as error:
        missing = str(error)
    named = "sqrt" in anomaly and "line" in anomaly and "np.fft.fft" in missing and "line" in missing
    return Measurement(
        f"a kink is reported: {kink[0] if kink else 'nothing'}; floor and ranks have the slope {steps[0]:g}; the first "
        f"infinity is named: {anomaly.partition(':')[0]}; so is what has no rule: {missing.partition(';')[0]}",
        bool(kink) and steps == (0.0, 0.0) and named,
        {"kink": kink, "steps": steps, "anomaly": anomaly, "missing": missing},
    )


def ranked(x: Array) -> Array:
    """The ranks of x, added up with weights: constant between jumps."""
    return np.sum(np.argsort(np.argsort(x)) * np.array([1.0, 2.0, 3.0]))


GROUP = Group(
    "Any program",
    (
        Claim(
            "C28",
            "It is general: conditional branches.",
            "one source with an if: the tape takes the branch, differences fail near the switch, a trace refuses",
            branches,
            13,
            "tape.play(y)",
        ),
        Claim(
            "C29",
            "Loops, as in recurrent networks.",
            "a loop whose length depends on the data, and the gradient through time by its closed form",
            loops,
            13,
            "gradient norm against the number of steps",
        ),
        Claim(
            "C30",
            "Derivatives of higher order.",
            "derivatives of derivatives, the Hessian and its products are those of closed forms and SymPy; their price",
            higher_orders,
            15,
            "six derivatives of tanh",
        ),
        Claim(
            "C31",
            "Operations that users define.",
            "an operation of one's own in every method; a wrong rule is caught, with its name and its operand",
            own_operations,
            7,
            "compare(f, x)",
        ),
        Claim(
            "C32",
            "On one condition: every operation is differentiable, with a rule.",
            "kinks, steps, infinities and missing rules are each reported by name",
            conditions,
            13,
            "compare(f, x).plot()",
        ),
    ),
)

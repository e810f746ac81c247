"""C24 to C27: what the user writes, and what a gradient costs by each method."""

from collections.abc import Callable
from functools import partial
from inspect import getsource

import numpy as np

import autodiff
import numeric
import symbolic
from autodiff.optimizers import adam
from compare import swell
from compare.families import slope
from compare.racing import race, span
from compare.timing import OWN
from compare.wording import integer
from expression import measure, operation, trace
from expression.corpus import CASES, case
from expression.corpus.data import fixed
from expression.measures import flops
from expression.operations.operation import Array
from lessons.claims.claim import Claim, Group, Measurement
from lessons.claims.measuring import EXACT, gap, rounded

SHORT = 10  # lines
BOUND = 4.0  # operations of f and its gradient over those of f: Griewank and Walther (2008), (4.21)
ENOUGH = 10  # functions
FLAT = 0.02  # how far a fitted slope may be from 0
FAMILIES = ("helmholtz", "logsumexp", "speelpenning", "rosenbrock")
LARGE = (64, 128, 256, 512)  # sizes, beyond what does not depend on them
CLOCKED = (8, 1024)  # sizes at which the clock is read
COUNTED = (4, 8, 16, 32, 64)
SCHEMES: tuple[tuple[str, Callable[[int], int]], ...] = (  # and how many evaluations a gradient of n entries takes
    ("forward", lambda n: n + 1),
    ("central", lambda n: 2 * n),
    ("complex_step", lambda n: n),
)
ALONG = {"forward": 1, "central": 2}  # evaluations of a directional derivative beside the value
LOST = 1e-13  # an error that is no rounding of the result alone
TABLE_1 = {2: (7, 19), 3: (19, 73), 4: (43, 217), 5: (91, 577), 6: (187, 1441), 7: (379, 3457), 8: (763, 8065)}
MILESTONES = {6: 15, 9: 24, 12: 33, 100: 322, 1000: 3309}  # the first n whose derivative is above 10^k nodes
SHARED = 3.0  # nodes of f and f' over those of f, where equal parts are stored once


def network(params: dict[str, Array]) -> Array:
    """What the user writes: structure and forward pass, nothing else."""
    hidden = np.tanh(fixed(1, 8, 3) @ params["W1"] + params["b1"])
    hidden = hidden + np.tanh(hidden @ params["W2"])  # a skip connection
    return np.mean((hidden @ params["W3"] - fixed(2, 8, 2)) ** 2)


def parameters() -> dict[str, Array]:
    """Where training starts."""
    return {"W1": fixed(3, 3, 4).copy(), "b1": np.zeros(4), "W2": fixed(4, 4, 4).copy(), "W3": fixed(5, 4, 2).copy()}


def division_of_labour() -> Measurement:
    """C24: the four things that a framework does for a program of a few lines."""
    params, lines = parameters(), len(getsource(network).strip().splitlines())
    with autodiff.GradientTape() as tape:
        watched = tape.watch(params)
        y = network(watched)
    events = tape.events(y)
    built = [event for event in events if event.sweep == "forward"]
    called = [event for event in events if event.sweep == "reverse" and event.operation != "input"]
    sent = sum(len(event.contributions) for event in called)
    targets = {j for event in called for j, _ in event.contributions}
    gradient = tape.gradient(y, watched)
    optimizer = adam(0.01)
    stepped, _ = optimizer.update(gradient, optimizer.init(params), params)
    same = gap(gradient, symbolic.grad(network)(params)) <= EXACT
    handed = sum(gradient[name].shape == x.shape == stepped[name].shape for name, x in params.items())
    falls = float(network(stepped)) < float(network(params))
    return Measurement(
        f"for a program of {lines} lines the framework built {len(built)} nodes, called {len(called)} rules, "
        f"accumulated {sent} contributions in {len(targets)} adjoints, and handed {handed} gradients to Adam, whose "
        "step lowers the loss",
        lines <= SHORT
        and sent > len(targets)
        and len(called) == len(built) - len(params)
        and handed == len(params)
        and same
        and falls,
        {"lines": lines, "built": len(built), "called": len(called), "contributions": sent, "handed_over": handed},
    )


def operation_ratios() -> dict[str, float]:
    """Operations of value and gradient over those of the value, for every function of the corpus."""
    found = {}
    for subject in CASES:
        if not subject.requires:
            e = subject.trace()
            found[subject.name] = flops(autodiff.derive(e, value=True)) / flops(e)
    return found


def growth_of_ratios() -> dict[str, float]:
    """The slope of that ratio against n, in logarithms."""
    found = {}
    for name in FAMILIES:
        lists = [case(name).trace(n) for n in LARGE]
        ratios = [flops(autodiff.derive(e, value=True)) / flops(e) for e in lists]
        found[name] = slope(LARGE, ratios) or 0.0
    return found


def cheap_gradient() -> Measurement:
    """C25: counted, the gradient costs a small multiple of the function; the clock says more."""
    ratios, slopes, clock = operation_ratios(), growth_of_ratios(), {}
    for n in CLOCKED:
        f, (x,) = case("helmholtz").at(n)
        x = x * (CLOCKED[0] / n)  # the mixture has room for all components
        runs = {"f": partial(f, x), "gradient": partial(autodiff.value_and_grad(f), x)}
        ratio = race(runs, rounds=25, budget=1.0, clock=OWN).ratio("gradient")
        clock[n] = (ratio.low, ratio.high)
    worst = max(ratios, key=lambda name: ratios[name])
    steepest = max(abs(found) for found in slopes.values())
    timed = " or ".join(f"{span(*quartiles)} (n = {n})" for n, quartiles in clock.items())
    return Measurement(
        f"counted on {len(ratios)} functions, value and gradient take {min(ratios.values()):.2f} to "
        f"{ratios[worst]:.2f} times the operations of f ({worst}); against n the ratio has the slope {steepest:.3f} "
        "at most",
        len(ratios) >= ENOUGH and ratios[worst] <= BOUND and steepest <= FLAT,
        {"ratios": ratios, "slopes": slopes, "clock": {str(n): quartiles for n, quartiles in clock.items()}},
        "what is proven is a constant, 4 or 5 by what is counted, on operations and not on time; O(1) and O(3) are the "
        f"same; on the clock this tape, which is Python, takes {timed} times as long as the Helmholtz function itself",
    )


def evaluations(scheme: str, n: int, along: bool = False) -> int:
    """At how many points differences evaluate a function of n numbers: for its gradient, or beside its value for a jvp.

    An operation inside of it counts the numbers that it is given, whether the points come one by one or in a batch.
    """
    entries: list[int] = []

    @operation(partials=(lambda y, x: 2 * x,), analytic=True)
    def squared(x: Array) -> Array:
        if isinstance(x, np.ndarray):
            entries.append(x.size)
        return x * x

    x = np.linspace(0.5, 1.5, n)
    f = trace(lambda x: np.sum(squared(x)), x)
    entries.clear()
    if along:
        numeric.jvp(f, (x,), (np.ones(n),), scheme=scheme, step=1e-6)
        return sum(entries) // n - 1
    numeric.grad(f, scheme=scheme, step=1e-6)(x)
    return sum(entries) // n


def many_evaluations() -> Measurement:
    """C26: differences call f about n times, are not exact, and need one direction only once."""
    counts = {scheme: [evaluations(scheme, n) for n in COUNTED] for scheme, _ in SCHEMES}
    exact = all(counts[scheme] == [expected(n) for n in COUNTED] for scheme, expected in SCHEMES)
    steepness = slope(COUNTED, counts["central"]) or 0.0
    along = {scheme: {evaluations(scheme, n, along=True) for n in COUNTED} for scheme in ALONG}
    directions = all(along[scheme] == {ALONG[scheme]} for scheme in ALONG)
    f, args = case("x2_sin").at()
    truth = symbolic.grad(f)(*args)
    errors = {"central": gap(numeric.grad(f)(*args), truth), "autodiff": gap(autodiff.grad(f)(*args), truth)}
    n = COUNTED[-1]
    return Measurement(
        f"at n = {n} {', '.join(f'{scheme} takes {found[-1]}' for scheme, found in counts.items())} evaluations; "
        f"the slope against n is {steepness:.2f}",
        exact and abs(steepness - 1) <= FLAT and directions and errors["autodiff"] < LOST < errors["central"],
        {"n": COUNTED, "evaluations": counts, "along": {k: sorted(v) for k, v in along.items()}, "errors": errors},
        f"differences are not exact either: central is off by {rounded(errors['central'])} where automatic is by "
        f"{rounded(errors['autodiff'])}; and one direction takes {ALONG['forward']} or {ALONG['central']} evaluations "
        "beside the value, whatever n is",
    )


def expression_swell() -> Measurement:
    """C27: the derivative as a tree, which swells, and with equal parts shared, which does not."""
    result = swell("logistic", tuple(TABLE_1))
    trees = {row.n: (row.sizes["f"].tree, row.sizes["textbook"].tree) for row in result.rows}
    last = result.rows[-1].sizes
    f_tree, slope_tree = trees[result.rows[-1].n]
    e = case("logistic").trace(result.rows[-1].n)
    shared = measure(symbolic.derive(e, value=True)).dag_size / measure(e).dag_size
    passed = ", ".join(f"10^{k} at n = {n}" for k, n in result.milestones.items())
    grown = (slope_tree or 0) / (f_tree or 1)
    return Measurement(
        f"the derivative of the logistic map has {', '.join(integer(tree or 0) for _, tree in trees.values())} nodes "
        f"for n = 2 to {result.rows[-1].n}; above {passed}",
        trees == TABLE_1 and result.milestones == MILESTONES and shared <= SHARED,
        {"trees": trees, "milestones": {str(k): n for k, n in result.milestones.items()}, "shared": shared},
        f"trees swell, graphs do not: l_8 itself is a tree of {integer(f_tree or 0)} nodes already, and its derivative "
        f"{grown:.1f} times as large; with equal parts stored once, SymPy's rules need {last['symbolic'].dag} nodes "
        f"for l_8', where l_8 has {last['f'].dag}",
    )


GROUP = Group(
    "Little to write, little to pay",
    (
        Claim(
            "C24",
            "You define structure and forward pass alone; the framework builds the graph, calls the rules, "
            "accumulates, and hands the gradients over.",
            "a program of at most 10 lines, and the four kinds of work behind it, counted",
            division_of_labour,
            7,
            "compare.phases(loss, params)",
        ),
        Claim(
            "C25",
            "It is efficient: the gradient costs O(1) to O(3) times the forward pass.",
            "counted operations of value and gradient at most 4 times those of f, and flat in n; the clock beside it",
            cheap_gradient,
            8,
            "compare.bounds()",
        ),
        Claim(
            "C26",
            "Numerical differentiation costs O(N) times the forward pass.",
            "exactly N + 1, 2N or N evaluations by scheme, slope 1; beside it the error, and the price of one "
            "direction",
            many_evaluations,
            8,
            "compare.v_curve(f, x)",
        ),
        Claim(
            "C27",
            "Symbolic differentiation may suffer from expression swell.",
            "the published sizes of the logistic map's derivative to 10^1000, and those with equal parts shared",
            expression_swell,
            4,
            "swell('logistic').plot()",
        ),
    ),
)

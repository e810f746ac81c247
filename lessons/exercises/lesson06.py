"""Exercises of lesson 6: an adjoint table, the reverse sweep for six operations, tied weights, four patients."""

import math
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, Forbidden, no_cases
from lessons.exercises.kinds import Choice, Function, Kind, Record, Value

# -- programs ----------------------------------------------------------------------------------------------------------

Program = list[tuple[str, tuple[int, ...]]]
INPUT = ("input", ())
VALUES: MappingProxyType[str, Callable[..., float]] = MappingProxyType(
    {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "exp": math.exp,
        "log": math.log,
    }
)


def evaluate(program: Program, *inputs: float) -> list[float]:
    """The value of every node.

    >>> evaluate([INPUT, ("mul", (0, 0))], 3.0)
    [3.0, 9.0]
    """
    given = iter(inputs)
    v: list[float] = []
    for name, operands in program:
        v.append(next(given) if name == "input" else VALUES[name](*[v[j] for j in operands]))
    return v


def partials(name: str, v: float, x: Sequence[float], faults: Faults) -> tuple[float, ...]:
    """The partials of one operation, by its operands; v is its value."""
    match name:
        case "add":
            return (1.0, 1.0)
        case "sub":
            return (1.0, 1.0 if "sub adds" in faults else -1.0)
        case "mul":
            return (x[0], x[1]) if "mul swapped" in faults else (x[1], x[0])
        case "div":
            sign = 1.0 if "div without minus" in faults else -1.0
            return (1 / x[1], sign * x[0] / x[1] ** 2)
        case "exp":
            return (x[0] if "exp of its input" in faults else v,)
        case "log":
            return (1 / v if "log of its output" in faults else 1 / x[0],)
    return ()


def sweep(program: Program, values: Sequence[float], faults: Faults) -> list[float]:
    """The adjoints of all nodes, with these faults put into rules and engine."""
    v_bar = [0.0] * len(program)
    v_bar[-1] = 0.0 if "seed 0" in faults else values[-1] if "seed y" in faults else 1.0

    def send(i: int) -> None:
        name, operands = program[i]
        by_operand = partials(name, values[i], [values[j] for j in operands], faults)
        for j, partial in zip(operands, by_operand, strict=True):
            v_bar[j] = v_bar[i] * partial + (0.0 if "overwrites" in faults else v_bar[j])

    last = len(program) - 1
    if "visits twice" in faults:
        waiting = [last]
        while waiting:  # a node once for each of its readers, as recursion does
            i = waiting.pop()
            send(i)
            waiting += reversed(program[i][1])
        return v_bar
    for i in range(last + 1) if "list order" in faults else range(last, -1, -1):
        send(i)
    return v_bar


def at(program: Program, *inputs: float) -> Case:
    """A case: a program with the values of its nodes at these inputs."""
    return Case((program, evaluate(program, *inputs)), f"{listing(program)} at {', '.join(f'{x:.6g}' for x in inputs)}")


def listing(program: Program) -> str:
    """A program in one line, as `v1 = mul(v0, v0)`."""
    lines = [f"v{i} = {name}({', '.join(f'v{j}' for j in js)})" for i, (name, js) in enumerate(program) if js]
    return "; ".join(lines)


def drawn_programs(generator: np.random.Generator) -> tuple[Case, ...]:
    """Random programs in which every operation stands, and nodes are read more than once."""
    return tuple(at(drawn_program(generator), *generator.uniform(0.5, 1.5, 2).tolist()) for _ in range(3))


def drawn_program(generator: np.random.Generator) -> Program:
    """One program: the six operations in random order, each reading earlier nodes; values stay positive for log."""
    program: Program = [INPUT, INPUT, ("mul", (0, 1)), ("add", (2, 0))]
    for name in generator.permutation(["div", "exp", "log", "mul", "add"]).tolist():
        newest = len(program) - 1
        other = int(generator.integers(0, newest))
        if name == "exp":
            program += [("div", (other, newest)), ("exp", (newest + 1,))]
        elif name == "log":
            program += [
                ("mul", (newest, newest)),
                ("add", (newest + 1, 3)),
                ("log", (newest + 2,)),
                ("exp", (newest + 3,)),
            ]
        else:
            program.append((name, (newest, other)))
    newest = len(program) - 1
    return [*program, ("sub", (newest, int(generator.integers(0, newest))))]


def adjoints_in_order(case: Case, v_bar: Any) -> list[tuple[str, Any]]:
    """The adjoints from the last node to the first: the order in which they are computed."""
    return [(f"the adjoint of v{i}", v_bar[i]) for i in reversed(range(len(v_bar)))]


SQUARE = at([INPUT, ("mul", (0, 0))], 3.0)
DOUBLED = at([INPUT, ("add", (0, 0)), ("add", (1, 1))], 0.25)

ENGINE_FAULTS = (
    Fault(
        "M18",
        "overwrites",
        "A node that is read twice gets two contributions, and here the second one replaces the first. "
        "Its adjoint is the sum of all that its readers send.",
        "In x * x, what does each of the two factors send to x, and what is left of it in the end?",
        SQUARE,
    ),
    Fault(
        "M7",
        "list order",
        "The list is walked from the first node to the last, so a node sends before anything has arrived at it. "
        "It has to wait for all its readers, and these stand below it.",
        "When your loop stands at the first node, who can have told it anything about y?",
        DOUBLED,
    ),
    Fault(
        "M19",
        "visits twice",
        "A node is worked off once for each of its readers, and every time it sends its whole sum so far, also the "
        "part that it has sent before. Each node may send once, when its sum is complete.",
        "In b = a + a, y = b + b: how often does your engine come to b, and what does b send on the second visit?",
        DOUBLED,
    ),
    Fault(
        "M20",
        "seed 0",
        "All adjoints begin at 0, the output's too, and everything is multiplied by it: nothing can come out but 0. "
        "The sweep begins with dy/dy.",
        "What is the derivative of y with respect to y itself?",
        SQUARE,
    ),
    Fault(
        "M20",
        "seed y",
        "The sweep begins with the value of the output, so that every adjoint is too large by the factor y. "
        "It begins with dy/dy, which does not depend on what y is.",
        "What is the derivative of y with respect to y itself, if y is 9?",
        SQUARE,
    ),
)

RULE_FAULTS = (
    Fault(
        "M21",
        "mul swapped",
        "The partials of the product are exchanged: the first factor gets itself, and the second one too. "
        "If a moves, a * b moves by b times that.",
        "If y = a * b with a = 2 and b = 5, by how much does y grow when a grows by 1?",
        at([INPUT, INPUT, ("mul", (0, 1))], 2.0, 5.0),
    ),
    Fault(
        "M22",
        "exp of its input",
        "The rule of exp multiplies by its input x. The derivative of exp(x) is exp(x), which is the value of the node "
        "itself, not of the node that it reads.",
        "What is the slope of exp at 0, and what does your rule give there?",
        at([INPUT, ("exp", (0,))], 0.0),
    ),
    Fault(
        "M4",
        "div without minus",
        "The divisor gets +a / b**2. If b grows, a / b shrinks: the sign of its partial is minus.",
        "Is 1 / b larger or smaller when b is a little larger?",
        at([INPUT, INPUT, ("div", (0, 1))], 1.0, 2.0),
    ),
    Fault(
        "M4",
        "sub adds",
        "Both operands of the difference get +1. What is subtracted has the partial -1.",
        "In a - b, what happens to the result if b grows by 1?",
        at([INPUT, INPUT, ("sub", (0, 1))], 3.0, 1.0),
    ),
    Fault(
        "M1",
        "log of its output",
        "The rule of log divides by the value of the node, which is log(x). The derivative of log(x) is 1 / x, and x "
        "is the operand's value.",
        "What is the slope of log at x = 1, and by what does your rule divide there?",
        at([INPUT, ("log", (0,))], 2.0),
    ),
)


# -- 06.2 --------------------------------------------------------------------------------------------------------------


def solve_backward(faults: Faults) -> Callable[[Program, list[float]], list[float]]:
    """The reverse sweep."""

    def backward(program: Program, values: list[float]) -> list[float]:
        return sweep(program, values, faults)

    return backward


RULES: dict[str, Callable[..., tuple[Any, ...]]] = {
    "input": lambda v: (),
    "add": lambda v, a, b: (1, 1),
    "sub": lambda v, a, b: (1, -1),
    "mul": lambda v, a, b: (b, a),
    "div": lambda v, a, b: (1 / b, -v / b),
    "exp": lambda v, a: (v,),
    "log": lambda v, a: (1 / a,),
}


def by_table(program: Program, values: list[float]) -> Any:
    """A table of rules, an array of adjoints."""
    v_bar = np.zeros(len(program))
    v_bar[-1] = 1
    for i in range(len(program) - 1, -1, -1):
        name, operands = program[i]
        for j, d in zip(operands, RULES[name](values[i], *(values[j] for j in operands)), strict=True):
            v_bar[j] += v_bar[i] * d
    return v_bar


def by_branches(program: Program, values: list[float]) -> tuple[Any, ...]:
    """A branch for each operation, a tuple of NumPy numbers."""
    v_bar = [np.float64(0.0) for _ in program]
    v_bar[-1] = np.float64(1.0)
    for i in reversed(range(len(program))):
        name, operands = program[i]
        x = [values[j] for j in operands]
        if name in ("add", "sub"):
            v_bar[operands[0]] += v_bar[i]
            v_bar[operands[1]] += v_bar[i] if name == "add" else -v_bar[i]
        elif name == "mul":
            v_bar[operands[0]] += v_bar[i] * x[1]
            v_bar[operands[1]] += v_bar[i] * x[0]
        elif name == "div":
            v_bar[operands[0]] += v_bar[i] / x[1]
            v_bar[operands[1]] -= v_bar[i] * x[0] / (x[1] * x[1])
        elif name == "exp":
            v_bar[operands[0]] += values[i] * v_bar[i]
        elif name == "log":
            v_bar[operands[0]] += v_bar[i] / x[0]
    return tuple(v_bar)


def by_pulling(program: Program, values: list[float]) -> list[float]:
    """Each node collects from its readers, last contribution first."""
    v_bar: dict[int, float] = {len(program) - 1: 1.0}
    for i in reversed(range(len(program) - 1)):
        v_bar[i] = 0.0
        for k, (name, operands) in enumerate(program):
            slopes = RULES[name](values[k], *[values[j] for j in operands])
            v_bar[i] += sum(v_bar[k] * d for j, d in zip(operands, slopes, strict=True) if j == i)
    return [v_bar[i] for i in range(len(program))]


def by_matrix(program: Program, values: list[float]) -> Any:
    """The linear system (I - C)^T v_bar = e that the adjoints solve."""
    c = np.zeros((len(program), len(program)))
    for i, (name, operands) in enumerate(program):
        for j, d in zip(operands, RULES[name](values[i], *[values[j] for j in operands]), strict=True):
            c[i, j] += d
    return np.linalg.solve((np.eye(len(program)) - c).T, np.eye(len(program))[-1])


def by_forward_columns(program: Program, values: list[float]) -> list[Any]:
    """Each adjoint by its own forward sweep: costly, and right."""
    adjoints = []
    for seed in range(len(program)):
        dot = np.zeros(len(program))
        for i, (name, operands) in enumerate(program):
            slopes = RULES[name](values[i], *[values[j] for j in operands])
            dot[i] = 1.0 if i == seed else sum(d * dot[j] for j, d in zip(operands, slopes, strict=True))
        adjoints.append(dot[-1])
    return adjoints


BACKWARD = Exercise(
    id="06.2",
    title="Six rules",
    prompt="Write `backward(program, values)` for `add`, `sub`, `mul`, `div`, `exp` and `log`. A program is a list of "
    "`(name, operands)`, the operands are positions in it, and an input is `('input', ())`. `values[i]` is the value "
    "of node i. Return the adjoints of all nodes: the derivative of the last node with respect to each.",
    starter="""
def backward(program, values):
    v_bar = [0.0] * len(program)
    ...  # the seed, then the nodes from the last to the first
    return v_bar
""",
    answer="backward",
    kind=Function(),
    solve=solve_backward,
    faults=(*ENGINE_FAULTS, *RULE_FAULTS),
    public=(
        SQUARE,
        DOUBLED,
        at([INPUT, INPUT, ("sub", (0, 1)), ("div", (2, 1))], 3.0, 2.0),
        at([INPUT, ("exp", (0,)), ("mul", (1, 0)), ("add", (1, 2)), ("log", (3,))], 0.5),
    ),
    hidden=drawn_programs,
    points=4,
    hints=(
        "Begin with v_bar[-1] = 1.0: the output depends on itself with slope 1.",
        "Go through reversed(range(len(program))). Node i sends v_bar[i] times its partial to each of its operands.",
        "Add what is sent: v_bar[j] += v_bar[i] * partial. The partial of mul is the other factor; exp's is values[i].",
    ),
    also_right=(by_table, by_branches, by_pulling, by_matrix, by_forward_columns),
    rules=(Forbidden("autodiff", instead="Write the sweep yourself: seed, reverse order, add."),),
    entries=adjoints_in_order,
)

# -- 06.1: an answer of several numbers --------------------------------------------------------------------------------

TABLE_PARTS = ("s", "p", "e", "y", "y_bar", "s_bar", "e_bar", "p_bar", "p to x1", "x1_bar", "p to x2", "x2_bar")
FOUR_DIGITS = 1e-3  # relative: numbers that are written down with four digits


def solve_table(faults: Faults) -> dict[str, float]:
    """Forward trace and reverse trace of y = (x1 + x2) exp(x1 x2) at (1, 0.5); p sends to the inputs before s does."""
    x1, x2 = 1.0, 0.5
    s, p = x1 + x2, x1 * x2
    e = math.exp(p)
    y = s * e
    y_bar = y if "seed y" in faults else 1.0
    s_bar, e_bar = (y_bar * s, y_bar * e) if "mul swapped" in faults else (y_bar * e, y_bar * s)
    p_bar = e_bar * (p if "exp of its input" in faults else e)
    to_x1, to_x2 = (p_bar * x1, p_bar * x2) if "mul swapped" in faults else (p_bar * x2, p_bar * x1)
    x1_bar, x2_bar = (s_bar + (0.0 if "overwrites" in faults else sent) for sent in (to_x1, to_x2))
    return dict(zip(TABLE_PARTS, (s, p, e, y, y_bar, s_bar, e_bar, p_bar, to_x1, x1_bar, to_x2, x2_bar), strict=True))


TABLE = Exercise(
    id="06.1",
    title="An adjoint table",
    prompt="For y = (x1 + x2) exp(x1 x2) at (1, 0.5) write down the forward trace s = x1 + x2, p = x1 x2, e = exp(p), "
    "y = s e. Then the reverse trace: the adjoints of y, s, e and p, what p sends to each input, and the sum at each "
    "input when s has sent too. Four digits are enough.",
    starter="""
table = {
    "s": ..., "p": ..., "e": ..., "y": ...,  # forwards
    "y_bar": ..., "s_bar": ..., "e_bar": ..., "p_bar": ...,  # backwards
    "p to x1": ..., "x1_bar": ..., "p to x2": ..., "x2_bar": ...,  # what p sends, and the sums
}
""",
    answer="table",
    kind=Value(parts=TABLE_PARTS, rtol=FOUR_DIGITS),
    solve=solve_table,
    faults=(
        Fault(
            "M18",
            "overwrites",
            "At the inputs the second contribution has replaced the first. An input that is read by s and by p gets "
            "something from both, and its adjoint is the sum.",
            "x1 moves s, and x1 moves p. Why should y hear of only one of them?",
            Case(text="x * x at 3: the sum of both contributions is 6, the last of them alone is 3"),
        ),
        Fault(
            "M20",
            "seed y",
            "The sweep begins with the value of y, so that every adjoint is too large by the factor y. It begins with "
            "dy/dy.",
            "By how much does y move if y moves by 1?",
            Case(text="x * x at 3: with the seed 1 the slope is 6, with the seed y = 9 it is 54"),
        ),
        Fault(
            "M21",
            "mul swapped",
            "The partials of the product are exchanged. In y = s e, what s gets is multiplied by e, the other factor.",
            "If s grows by 1, by how much does s e grow?",
            Case(text="a * b at (2, 5): a gets 5 and b gets 2; exchanged, a gets 2 and b gets 5"),
        ),
        Fault(
            "M22",
            "exp of its input",
            "The rule of exp multiplies by its input p. The derivative of exp(p) is exp(p), which stands in the "
            "forward trace already: it is e.",
            "What is the slope of exp at 0? What would your rule say there?",
            Case(text="exp(x) at 0: the slope is 1, its input is 0"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "Begin at the end: y_bar = 1. Then ask each factor of y = s e what it is multiplied by.",
        "e_bar = s = 1.5 and s_bar = e. What does exp do with e_bar?",
        "p sends p_bar x2 to x1. Then s sends s_bar to x1 as well: add.",
    ),
    also_right=(
        tuple(solve_table(frozenset()).values()),
        {part: f"{x:.4g}" for part, x in solve_table(frozenset()).items()},
        {part: np.float64(x) for part, x in reversed(solve_table(frozenset()).items())},
        np.array(list(solve_table(frozenset()).values())),
        [1.5, "1/2", 1.649, 2.473, 1, 1.649, 1.5, 2.473, 1.237, 2.885, 2.473, 4.122],
    ),
)

# -- 06.3: numbers and a choice ----------------------------------------------------------------------------------------


def solve_tied(faults: Faults) -> dict[str, Any]:
    """The contributions to w_bar in y = tanh(w tanh(w x)) at w = 0.5, x = 2; the outer product sends first."""
    w, x = 0.5, 2.0
    a = w * x
    h = math.tanh(a)
    b = w * h
    y = math.tanh(b)
    slope_y, slope_h = (1 - b * b, 1 - a * a) if "tanh of its input" in faults else (1 - y * y, 1 - h * h)
    outer = slope_y * h
    inner = slope_y * (1.0 if "inner factor" in faults else w) * slope_h * x
    total = inner if "overwrites" in faults else outer if "outer alone" in faults else outer + inner
    missing = "inner" if "last is lost" in faults else "outer"
    return {"outer": outer, "inner": inner, "w_bar": total, "missing": missing}


TIED_PARTS: MappingProxyType[str, Kind] = MappingProxyType(
    {
        "outer": Value(rtol=FOUR_DIGITS),
        "inner": Value(rtol=FOUR_DIGITS),
        "w_bar": Value(rtol=FOUR_DIGITS),
        "missing": Choice({"outer": "the contribution of the outer product", "inner": "that of the inner product"}),
    }
)

TIED = Exercise(
    id="06.3",
    title="Tied weights",
    prompt="In y = tanh(w tanh(w x)) the weight is used twice. Give the contribution of the outer product and of the "
    "inner product to w_bar, and their sum, at w = 0.5, x = 2, with four digits. Which of the two (`outer` or `inner`) "
    "is missing if an engine overwrites?",
    starter="""
tied = {"outer": ..., "inner": ..., "w_bar": ..., "missing": ...}
""",
    answer="tied",
    kind=Record(TIED_PARTS),
    solve=solve_tied,
    faults=(
        Fault(
            "M18",
            "overwrites",
            "w_bar is the inner contribution alone, as an engine that overwrites would have it. A weight that is used "
            "twice gets the sum of both.",
            "If w moves, both products move. What has y to do with the outer one?",
            Case(text="w * w at 3: both contributions are 3, and the slope is 6"),
        ),
        Fault(
            "M2",
            "outer alone",
            "w_bar is the outer contribution alone: the inner tanh(w x) was taken for a constant. It moves with w too.",
            "If only the first w were a variable, and the second one a number: would y be the same function of w?",
            Case(text="w * (w x) at w = 3, x = 1: the slope is 6, with the bracket held fixed it is 3"),
        ),
        Fault(
            "M23",
            "tanh of its input",
            "The slope of tanh was computed from its input, as 1 - a**2. The rule is 1 - h**2, and h = tanh(a) is the "
            "result.",
            "What is the slope of tanh far from 0, and what is 1 - a**2 there?",
            Case(text="tanh at a = 1: the slope is 0.42, 1 - a**2 is 0"),
        ),
        Fault(
            "M2",
            "inner factor",
            "On its way to the inner product the sweep passes the outer one, and is multiplied by w there. That factor "
            "is missing from the inner contribution.",
            "By how much does w h move if h moves by 1?",
            Case(text="w * (w x) at w = 3, x = 1: the inner contribution is w x = 3, without the factor it is 1"),
        ),
        Fault(
            "M7",
            "last is lost",
            "An engine that overwrites keeps what comes last. The sweep goes backwards, so the inner product is last.",
            "Which of the two products does the reverse sweep meet first?",
            Case(text="w * (w x): the outer product stands below the inner one in the list, and sends first"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=3,
    hints=(
        "Give the nodes names: a = w x, h = tanh(a), b = w h, y = tanh(b). b_bar is 1 - y**2.",
        "The outer product sends b_bar h to w, and b_bar w to h.",
        "The inner one sends b_bar w (1 - h**2) x to w. In which order do they come?",
    ),
    also_right=(
        (0.6610, 0.3645, 1.026, "outer"),
        {"missing": "OUTER", "w_bar": 1.0255, "inner": 0.36451, "outer": 0.66102},
        {"outer": "0.6610", "inner": "0.3645", "w_bar": "1.026", "missing": "the contribution of the outer product"},
        [np.float64(0.66102), np.array(0.36451), np.float32(1.02553), np.str_("outer")],
        {"outer": 0.66102, "inner": 0.364513, "w_bar": 0.66102 + 0.364513, "missing": " outer."},
    ),
)

# -- 06.4: choices -----------------------------------------------------------------------------------------------------

CLINIC: MappingProxyType[str, tuple[Program, tuple[float, ...]]] = MappingProxyType(
    {
        "x * x": ([INPUT, ("mul", (0, 0))], (3.0,)),
        "b = x + x; b + b": ([INPUT, ("add", (0, 0)), ("add", (1, 1))], (0.25,)),
        "x * y": ([INPUT, INPUT, ("mul", (0, 1))], (2.0, 5.0)),
        "e = exp(x); e + e * x": ([INPUT, ("exp", (0,)), ("mul", (1, 0)), ("add", (1, 2))], (0.5,)),
        "log(x) - exp(y)": ([INPUT, INPUT, ("log", (0,)), ("exp", (1,)), ("sub", (2, 3))], (2.0, 1.0)),
    }
)
PATIENTS = MappingProxyType({"A": "overwrites", "B": "visits twice", "C": "exp of its input", "D": "mul swapped"})
BUGS = MappingProxyType(
    {
        "=": "it overwrites: = for +=",
        "order": "it goes through the list in the wrong direction",
        "recursion": "it works off a node once for each reader",
        "seed": "it begins with a wrong seed",
        "mul": "the partials of mul are exchanged",
        "exp": "the rule of exp uses its input",
    }
)
BUG_OF = MappingProxyType(dict(zip(PATIENTS.values(), ("=", "recursion", "exp", "mul"), strict=True)))


def gradient_by(faults: Faults, program: Program, inputs: tuple[float, ...]) -> tuple[float, ...]:
    """What an engine with these faults says of the inputs of a program."""
    return tuple(sweep(program, evaluate(program, *inputs), faults)[: len(inputs)])


def shows_on(fault: str) -> str:
    """The smallest program on which an engine with this fault is wrong."""
    right, broken = frozenset[str](), frozenset({fault})
    wrong = [name for name, case in CLINIC.items() if gradient_by(right, *case) != gradient_by(broken, *case)]
    return min(wrong, key=lambda name: len(CLINIC[name][0]))


def chart() -> str:
    """What each engine says on each program."""
    lines = []
    for name, (program, inputs) in CLINIC.items():
        engines = {"right": frozenset[str](), **{p: frozenset({fault}) for p, fault in PATIENTS.items()}}
        told = (
            f"{engine}: {', '.join(f'{x:.4g}' for x in gradient_by(faults, program, inputs))}"
            for engine, faults in engines.items()
        )
        lines.append(f"- `{name}` at {', '.join(f'{x:g}' for x in inputs)}: {'; '.join(told)}")
    return "\n".join(lines)


def solve_patients(faults: Faults) -> dict[str, str]:
    """The bug of each patient, and the smallest program on which it shows."""
    answer = {}
    for patient, fault in PATIENTS.items():
        answer[f"bug of {patient}"] = BUG_OF[fault]
        answer[f"program for {patient}"] = shows_on(fault)
    if "recursion for overwriting" in faults:
        answer["bug of A"] = "recursion"
    if "seed for recursion" in faults:
        answer["bug of B"] = "seed"
    if "order for exp" in faults:
        answer["bug of C"] = "order"
    if "x * x shows it" in faults:
        answer["program for D"] = "x * x"
    if "first star" in faults:
        answer["program for A"] = "b = x + x; b + b"
    return answer


PATIENT_PARTS: MappingProxyType[str, Kind] = MappingProxyType(
    {
        part: Choice(BUGS) if part.startswith("bug") else Choice({name: name for name in CLINIC})
        for part in solve_patients(frozenset())
    }
)

PATIENTS_EXERCISE = Exercise(
    id="06.4",
    title="Four patients",
    prompt="Four engines have a bug each. These are the gradients that they give on five programs, beside the right "
    f"one:\n\n{chart()}\n\nName the bug of each, one of "
    + ", ".join(f"`{key}` ({text})" for key, text in BUGS.items())
    + ", and the program with the fewest nodes on which it shows.",
    starter="""
patients = {
    "bug of A": ..., "program for A": ...,
    "bug of B": ..., "program for B": ...,
    "bug of C": ..., "program for C": ...,
    "bug of D": ..., "program for D": ...,
}
""",
    answer="patients",
    kind=Record(PATIENT_PARTS),
    solve=solve_patients,
    faults=(
        Fault(
            "M19",
            "recursion for overwriting",
            "A was taken for an engine that recurses. Such an engine gives too much where a node is read twice; A "
            "gives too little, for one contribution has replaced the other.",
            "Is A's answer for x * x too large or too small?",
            Case(text="x * x at 3: right is 6; one of the two contributions alone is 3"),
        ),
        Fault(
            "M20",
            "seed for recursion",
            "B was taken for an engine with a wrong seed. A wrong seed multiplies every answer by one factor, and "
            "would show on every program.",
            "On which of the five programs is B right, and could it be right there with a wrong seed?",
            Case(text="x * x at 3: B says 6, and with the seed y = 9 it would say 54"),
        ),
        Fault(
            "M7",
            "order for exp",
            "C was taken for an engine that walks the list in the wrong direction. That one would give 0 wherever a "
            "node lies between input and output; C is wrong only where exp stands.",
            "What do the programs on which C is wrong have in common?",
            Case(text="b = x + x; b + b: from the wrong end the gradient would be 0, and C says 4"),
        ),
        Fault(
            "M21",
            "x * x shows it",
            "x * x does not show that the partials of a product are exchanged, because both of them are x.",
            "What does D say on x * x, and what is right?",
            Case(text="x * x at 3: 3 + 3 is 6, exchanged or not"),
        ),
        Fault(
            "M18",
            "first star",
            "An engine that overwrites is wrong as soon as one node is read twice by one reader. There is a smaller "
            "program for that than the chain of additions.",
            "What is the shortest program in which a node is read twice?",
            Case(text="x * x at 3: one product, two contributions"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=4,
    hints=(
        "Look at where each engine is right: that excludes most bugs.",
        "Too little where a node is read twice: a contribution was lost. Too much: it was sent twice.",
        "C is wrong only where exp stands, D only where two different factors stand.",
    ),
    also_right=(
        tuple(solve_patients(frozenset()).values()),
        list(solve_patients(frozenset()).values()),
        {part: BUGS.get(key, key) for part, key in solve_patients(frozenset()).items()},
        {part: key.upper() for part, key in reversed(solve_patients(frozenset()).items())},
        {part: f" {key.replace(' ', '')} " for part, key in solve_patients(frozenset()).items()},
    ),
)

EXERCISES: tuple[Exercise, ...] = (TABLE, BACKWARD, TIED, PATIENTS_EXERCISE)

"""Programs as lists, the reverse sweep with the mistakes that people make in it, and those mistakes."""

import math
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import Case, Fault, Faults

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
            if "div by itself" in faults:
                return (1 / x[0], x[1])
            sign = 1.0 if "div without minus" in faults else -1.0
            scale = 1.0 if "div not scaled" in faults else x[1] if "div not squared" in faults else x[1] ** 2
            return (1 / x[1], sign * x[0] / scale)
        case "exp":
            return (x[0] if "exp of its input" in faults else v,)
        case "log":
            return (1 / v if "log of its output" in faults else 1 / x[0],)
    return ()


def sweep(program: Program, values: Sequence[float], faults: Faults) -> list[float]:
    """The adjoints of all nodes, with these faults put into rules and engine."""
    v_bar = [0.0] * len(program)
    v_bar[-1] = 0.0 if "seed 0" in faults else values[-1] if "seed y" in faults else 1.0
    closed: set[int] = set()  # nodes that get nothing more

    def send(i: int) -> None:
        name, operands = program[i]
        by_operand = partials(name, values[i], [values[j] for j in operands], faults)
        arrived = 1.0 if f"{name} without what arrives" in faults else v_bar[i]
        for j, partial in zip(operands, by_operand, strict=True):
            if j in closed:
                continue
            v_bar[j] = arrived * partial + (0.0 if "overwrites" in faults else v_bar[j])
            if "one path alone" in faults:
                closed.add(j)

    for i in walk([operands for _, operands in program], len(program) - 1, faults):
        send(i)
    return v_bar


def walk(operands: Sequence[Sequence[int]], last: int, faults: Faults) -> Iterator[int]:
    """The nodes in the order in which they send; the right one is that of the list, from its end."""
    again, of_a_set = "visits twice" in faults, "visits twice, a set of operands" in faults
    early, one_path = "sends too early" in faults, "one path alone" in faults
    if not (again or of_a_set or early or one_path):
        yield from range(last + 1) if "list order" in faults else range(last, -1, -1)
        return
    waiting, visited = [last], {last} if one_path else set[int]()
    while waiting:  # as recursion does: from a node to its operands
        i = waiting.pop()
        if early and i in visited:
            continue
        yield i
        if one_path:
            fresh = [j for j in dict.fromkeys(operands[i]) if j not in visited]
            visited.update(fresh)
            waiting += fresh
        else:
            visited.add(i)
            waiting += reversed(list(dict.fromkeys(operands[i])) if of_a_set else operands[i])


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
TWO_READERS = at([INPUT, ("exp", (0,)), ("mul", (1, 0)), ("add", (1, 2)), ("log", (3,))], 0.5)
RATIO = at([INPUT, INPUT, ("div", (0, 1))], 1.0, 2.0)

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
        "M19",
        "visits twice, a set of operands",
        "A node is worked off once for each other node that reads it, and every time it sends its whole sum so far. "
        "A set of operands hides that where one reader reads a node twice; where it has two readers, it sends twice.",
        "In e = exp(x), y = e + e * x: from which two nodes does your engine come to e, and what does e send then?",
        TWO_READERS,
    ),
    Fault(
        "M7",
        "sends too early",
        "Each node sends once, and that is right; but some send before all their readers have. What arrives later is "
        "added to the node's own adjoint, and never handed on.",
        "In e = exp(x), y = e + e * x: which two nodes send to e, and has the second one sent when e does?",
        TWO_READERS,
    ),
    Fault(
        "M18",
        "one path alone",
        "What has been seen once gets nothing more: of several readers only the first one that comes counts. An "
        "adjoint is the sum over all paths; a node that was seen may get more, it just must not be worked off again.",
        "In x * x, two contributions go to x. What does your engine do with the second one?",
        SQUARE,
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
        RATIO,
    ),
    Fault(
        "M4",
        "div not squared",
        "The divisor gets -a / b. Its partial is -a / b**2: when 1 / b is derived, the power goes down by one, from -1 "
        "to -2.",
        "1 / 10 is 0.1, and 1 / 11 is about 0.091. How large can the slope be?",
        RATIO,
    ),
    Fault(
        "M4",
        "div not scaled",
        "The divisor gets -a alone. Its partial is -a / b**2: the larger b is, the less the quotient cares.",
        "1 / 10 is 0.1, and 1 / 11 is about 0.091. How large can the slope be?",
        RATIO,
    ),
    Fault(
        "M21",
        "div by itself",
        "The two partials of a / b are taken for 1 / a and b. If a grows by 1, a / b grows by 1 / b; and if b grows, "
        "a / b gets smaller, by a / b**2.",
        "In a / 4, what happens to the result if a grows by 1?",
        RATIO,
    ),
    Fault(
        "M2",
        "mul without what arrives",
        "The rule of mul sends its partials as they are. They are to be multiplied by what has arrived at the node: "
        "by the chain rule, slopes along a path are multiplied.",
        "In y = 2 * (a * b), written as a sum of p = a * b with itself: how much arrives at p, and what must a get?",
        at([INPUT, INPUT, ("mul", (0, 1)), ("add", (2, 2))], 2.0, 5.0),
    ),
    Fault(
        "M2",
        "div without what arrives",
        "The rule of div sends its partials as they are. They are to be multiplied by what has arrived at the node: "
        "by the chain rule, slopes along a path are multiplied.",
        "In y = q + q with q = a / b: how much arrives at q, and what must a get?",
        at([INPUT, INPUT, ("div", (0, 1)), ("add", (2, 2))], 1.0, 2.0),
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

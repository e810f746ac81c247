"""06.2: a reverse sweep with six rules."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessons.exercises.exercise import Exercise, Faults, Forbidden
from lessons.exercises.kinds import Function
from lessons.exercises.lesson06.engine import (
    DOUBLED,
    ENGINE_FAULTS,
    INPUT,
    RULE_FAULTS,
    SQUARE,
    TWO_READERS,
    Program,
    adjoints_in_order,
    at,
    drawn_programs,
    sweep,
)


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
        at([INPUT, INPUT, ("sub", (0, 1)), ("div", (2, 1)), ("log", (3,)), ("mul", (4, 4))], 3.0, 2.0),
        TWO_READERS,
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

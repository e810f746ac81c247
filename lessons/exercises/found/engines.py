"""Toy engines of reverse mode, as people write them: rules, a graph, and the ways in which they go back over it."""

from collections.abc import Callable, Sequence
from typing import Any

Slopes = Callable[[float, Sequence[float]], tuple[float, ...]]  # of the result and the operands, one an operand
RULES: dict[str, Slopes] = {
    "input": lambda y, x: (),
    "add": lambda y, x: (1.0, 1.0),
    "sub": lambda y, x: (1.0, -1.0),
    "mul": lambda y, x: (x[1], x[0]),
    "div": lambda y, x: (1 / x[1], -x[0] / (x[1] * x[1])),
    "exp": lambda y, x: (y,),
    "log": lambda y, x: (1 / x[0],),
}


class Value:
    """A number of a toy engine: what it was made of, its gradient, and how it sends that back."""

    def __init__(self, data: float, made_of: Sequence["Value"], slopes: Sequence[float]) -> None:
        """A number, with nothing arrived yet."""
        self.data, self.made_of, self.slopes, self.grad = data, list(made_of), list(slopes), 0.0

    @property
    def different(self) -> list["Value"]:
        """What it was made of, each once, as in a set."""
        return list(dict.fromkeys(self.made_of))

    def send(self) -> None:
        """Add what each operand gets."""
        for operand, slope in zip(self.made_of, self.slopes, strict=True):
            operand.grad += slope * self.grad


def graph(program: Any, values: Sequence[float], rules: dict[str, Slopes] = RULES) -> list[Value]:
    """The numbers of a program."""
    made: list[Value] = []
    for (name, places), value in zip(program, values, strict=True):
        made.append(Value(value, [made[j] for j in places], rules[name](value, [values[j] for j in places])))
    return made


def engine(walk: Callable[[Value], None], seed: float | None = 1.0) -> Callable[[Any, Sequence[float]], list[float]]:
    """An answer to 06.2: right rules, and this walk from the output. Without a seed, the output's value is it."""

    def backward(program: Any, values: Sequence[float]) -> list[float]:
        made = graph(program, values)
        made[-1].grad = made[-1].data if seed is None else seed
        walk(made[-1])
        return [v.grad for v in made]

    return backward


def in_order(root: Value) -> list[Value]:
    """All that a number was made of, operands first."""
    order: list[Value] = []
    visited: set[Value] = set()

    def visit(v: Value) -> None:
        if v not in visited:
            visited.add(v)
            for operand in v.made_of:
                visit(operand)
            order.append(v)

    visit(root)
    return order


def back(root: Value) -> None:
    """The right walk."""
    for v in reversed(in_order(root)):
        v.send()


def with_rules(**written: Slopes) -> Callable[[Any, Sequence[float]], list[float]]:
    """An answer to 06.2: the right walk, with these rules in place of the right ones."""

    def backward(program: Any, values: Sequence[float]) -> list[float]:
        made = graph(program, values, {**RULES, **written})
        made[-1].grad = 1.0
        back(made[-1])
        return [v.grad for v in made]

    return backward


def operands_first(root: Value) -> None:
    """Depth first, and send on the way up."""
    for v in in_order(root):
        v.send()


def recursive(v: Value) -> None:
    """Send, then go on with each operand."""
    v.send()
    for operand in v.made_of:
        recursive(operand)


def recursive_over_sets(v: Value) -> None:
    """Send, then go on with each operand; they are kept in a set."""
    v.send()
    for operand in v.different:
        recursive_over_sets(operand)


def first_come(root: Value) -> None:
    """Send as soon as something has arrived, and never again."""
    done: set[Value] = set()

    def visit(v: Value) -> None:
        done.add(v)
        v.send()
        for operand in v.made_of:
            if operand not in done:
                visit(operand)

    visit(root)


def one_path(root: Value) -> None:
    """A stack; a number that has been on it gets nothing more."""
    grad, root.grad = root.grad, 0.0
    stack, visited = [(root, grad)], {root}
    while stack:
        v, arrived = stack.pop()
        v.grad += arrived
        for operand, slope in zip(v.made_of, v.slopes, strict=True):
            if operand not in visited:
                stack.append((operand, slope * arrived))
                visited.add(operand)


def overwriting(root: Value) -> None:
    """`self.grad = ...`."""
    for v in reversed(in_order(root)):
        for operand, slope in zip(v.made_of, v.slopes, strict=True):
            operand.grad = slope * v.grad


def bare_slopes(program: Any, values: Sequence[float]) -> list[float]:
    """The rules of mul and div forget what arrives; that of div forgets the square as well."""
    made = graph(program, values, {**RULES, "div": lambda y, x: (1 / x[1], -1 * x[0])})
    names = {id(v): name for v, (name, _) in zip(made, program, strict=True)}
    made[-1].grad = 1.0
    for v in reversed(in_order(made[-1])):
        grad = 1.0 if names[id(v)] in ("mul", "div") else v.grad
        for operand, slope in zip(v.made_of, v.slopes, strict=True):
            operand.grad += slope * grad
    return [v.grad for v in made]


def product_alone(program: Any, values: Sequence[float]) -> list[float]:
    """The rule of mul forgets what arrives."""
    made = graph(program, values)
    names = {id(v): name for v, (name, _) in zip(made, program, strict=True)}
    made[-1].grad = 1.0
    for v in reversed(in_order(made[-1])):
        grad = 1.0 if names[id(v)] == "mul" else v.grad
        for operand, slope in zip(v.made_of, v.slopes, strict=True):
            operand.grad += slope * grad
    return [v.grad for v in made]

"""Where a derivative is not what it seems: at a kink, outside a domain, or by a wrong rule; by node, name and line."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import numeric
from autodiff.rules import complete, pull
from compare.wording import number, plural
from expression import Expression
from expression.analysis import active_nodes
from expression.nodes import Node
from expression.operations.operation import Array

SHOWN = 3  # notes of one kind; the rest is counted
SAFETY = 10.0  # an error estimate is right within a factor
RULE_TOL = 1e-6  # relative: the values that enter an operation are themselves rounded, and it may amplify that


def kinks(e: Expression, values: Sequence[Array], wrt: Sequence[int]) -> list[str]:
    """A note for each node that sits on its kink, among those that the derivative passes through.

    >>> from expression import parse
    >>> from expression.evaluation import forward
    >>> e = parse("abs(x)")
    >>> kinks(e, forward(e, [0.0]), [0])
    ['at a kink: v1 = abs: at 0 the derivative is taken as 0 (subdifferential [-1, 1]) (column 1)']
    """
    active = active_nodes(e, tuple(wrt))
    notes = []
    for position, node in enumerate(e.nodes):
        kink = node.operation.kink
        sits = on_kink(node, values)
        if kink is not None and sits.any() and any(active[j] for j in node.operands):
            text = f"at a kink: v{position} = {node.operation.name}: {kink.policy}"
            if kink.subdifferential is not None:
                low, high = kink.subdifferential
                text += f" (subdifferential [{number(low)}, {number(high)}])"
            if sits.ndim:
                text += f", in {int(sits.sum())} of {plural(sits.size, 'entry')}"
            notes.append(text + in_line(node))
    return shortened(notes, "kink")


def on_kink(node: Node, values: Sequence[Array]) -> Array:
    """Where a node sits on its kink."""
    kink = node.operation.kink
    if kink is None:
        return np.asarray(False)
    with np.errstate(all="ignore"):
        return np.asarray(kink.at(*[values[j] for j in node.operands], **dict(node.parameters)))


def departures(e: Expression, values: Sequence[Array]) -> list[str]:
    """A note for the first node that left its domain: not finite, though its operands are.

    >>> from expression import parse
    >>> from expression.evaluation import forward
    >>> e = parse("1 + log(x)")
    >>> departures(e, forward(e, [-1.0]))
    ['outside a domain: v1 = log of -1 is nan (column 5)']
    """
    for position, node in enumerate(e.nodes):
        y = np.asarray(values[position])
        operands = [np.asarray(values[j]) for j in node.operands]
        if node.is_leaf or finite(y) or not all(finite(x) for x in operands):
            continue
        bad = y[~np.isfinite(y)].flat[0]
        given = f" of {', '.join(number(x) for x in operands)}" if all(x.ndim == 0 for x in operands) else ""
        though = ", though the value is finite" if all(finite(values[j]) for j in e.outputs) else ""
        return [f"outside a domain: v{position} = {node.operation.name}{given} is {number(bad)}{in_line(node)}{though}"]
    return []


def wrong_rules(e: Expression, values: Sequence[Array], wrt: Sequence[int]) -> list[str]:
    """A note for each operation whose derivative rule is not the derivative of its own forward function, at the point.

    At each node, the rule pulls a cotangent back, and differences along a direction d say what it should be:
    <x_bar, d> = d/dt <y_bar, F(x + t d)> at t = 0, within the error that `numeric` estimates. Every operation is
    reported once.
    """
    active = active_nodes(e, tuple(wrt))
    notes: dict[Any, str] = {}
    for position, node in enumerate(e.nodes):
        operation = node.operation
        if node.is_leaf or not active[position] or operation in notes or on_kink(node, values).any():
            continue
        x = [np.asarray(values[j], dtype=float) if active[j] else values[j] for j in node.operands]
        for k, j in enumerate(node.operands):
            if not active[j]:
                continue
            rule, quotient, error = both_ways(node, k, values[position], x)
            allowed = SAFETY * error + RULE_TOL * (abs(rule) + abs(quotient))
            if np.isfinite(quotient) and np.isfinite(error) and not abs(rule - quotient) <= allowed:
                owner = "user's operation" if operation.body is not None else "operation"
                notes[operation] = (
                    f"the derivative rule of the {owner} {operation.name} is wrong: for operand {k} of v{position} it "
                    f"gives {rule:.6g}, differences of {operation.name} itself give {quotient:.6g}{in_line(node)}"
                )
                break
    return shortened(list(notes.values()), "wrong rule")


def both_ways(node: Node, k: int, y: Array, x: Sequence[Array]) -> tuple[float, float, float]:
    """<y_bar, dy/dx_k d>, by the rule and by differences, and the error of these.

    Each entry moves in proportion to its size: an operand of 1e-14 does not stand a step of 1e-6.
    """
    y_bar, size = weights(np.shape(y)), np.where(x[k] == 0, 1.0, np.abs(x[k]))
    unit = float(np.max(size, initial=0.0)) or 1.0  # t = 1 is a move by the operand itself
    direction = weights(np.shape(x[k])) * (size / unit)
    parameters = dict(node.parameters)

    def along(t: float) -> float:
        moved = [v + t * unit * direction if i == k else v for i, v in enumerate(x)]
        return float(np.sum(y_bar * node.operation.forward(*moved, **parameters)))

    with np.errstate(all="ignore"):
        x_bar = complete(pull(node.operation, node.parameters, k, y_bar, (y, *x)))
        by_rule = float(np.sum(x_bar * direction))
        found = numeric.estimate(along)(0.0)
    return by_rule, found.derivative / unit, found.error / unit


def weights(shape: tuple[int, ...]) -> Array:
    """1 for a scalar, so that the partial itself is shown; numbers that cancel nowhere for an array."""
    return np.random.default_rng(0).uniform(0.5, 1.5, shape) if shape else 1.0


def finite(x: Array) -> bool:
    """Whether every entry is a number."""
    return bool(np.isfinite(x).all())


def in_line(node: Node) -> str:
    """The user's line, where it is known."""
    return f" ({node.line})" if node.line else ""


def shortened(notes: list[str], noun: str) -> list[str]:
    """The first notes, and how many more there are."""
    rest = len(notes) - SHOWN
    return notes if rest <= 0 else [*notes[:SHOWN], f"and {plural(rest, noun)} more"]

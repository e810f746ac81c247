"""Where a derivative is not what it seems: at a kink, outside a domain, or by a wrong rule; by node, name and line."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff.rules import pull
from compare.wording import number, plural
from expression import Expression
from expression.analysis import active_nodes
from expression.nodes import Node
from expression.operations.operation import Array

SHOWN = 3  # notes of one kind; the rest is counted
STEP = float(np.finfo(float).eps) ** (1 / 3)  # central difference: truncation h**2 meets rounding eps / h ...
RULE_TOL = 1e-4  # ... at eps**(2/3) = 4e-11, times a third derivative of a million


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

    At each node, the rule pulls a random cotangent back, and a difference quotient in a random direction says what
    it should be: <x_bar, d> = <y_bar, (F(x + h d) - F(x - h d)) / 2h>. Every operation is reported once.
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
            rule, quotient = both_ways(node, k, values[position], x)
            if np.isfinite(quotient) and not abs(rule - quotient) <= RULE_TOL * max(1.0, abs(rule) + abs(quotient)):
                owner = "user's operation" if operation.body is not None else "operation"
                notes[operation] = (
                    f"the derivative rule of the {owner} {operation.name} is wrong: for operand {k} of v{position} it "
                    f"gives {rule:.6g}, differences of {operation.name} itself give {quotient:.6g}{in_line(node)}"
                )
                break
    return shortened(list(notes.values()), "wrong rule")


def both_ways(node: Node, k: int, y: Array, x: Sequence[Array]) -> tuple[float, float]:
    """<y_bar, dy/dx_k d>, by the rule and by a central difference."""
    y_bar, direction = weights(np.shape(y)), weights(np.shape(x[k]))
    h = STEP * max(1.0, float(np.max(np.abs(x[k]), initial=0.0)))
    with np.errstate(all="ignore"):
        by_rule = np.sum(pull(node, k, y_bar, y, x) * direction)
        ends = [
            node.operation.forward(
                *[v + s * h * direction if i == k else v for i, v in enumerate(x)], **dict(node.parameters)
            )
            for s in (1, -1)
        ]
        by_difference = np.sum(y_bar * (ends[0] - ends[1])) / (2 * h)
    return float(by_rule), float(by_difference)


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

"""Simplification by a table of identities, in one pass over the list.

Operands come before their readers, so they are in their simplest form when a node is looked at; a rule puts an
operand, a number or one other node in its place, which is looked at again. Equal nodes are stored once, and what
nobody reads falls away, because the result is written through a trace.

Wherever the expression and all its nodes are finite, the simplified one has the same value up to rounding, with
shape and dtype unchanged. It may be defined where the expression is not (x / x at 0).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from math import prod
from typing import Any, NamedTuple

import numpy as np

from expression.nodes import DType, Expression, Frozen, Node, infer
from expression.operations import TABLE
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Operation, Shape
from expression.operations.programs import with_programs
from expression.tracing import Trace, prune

FOLD_LIMIT = 1000  # entries; larger constants are not computed beforehand

Pattern = Any  # a variable "x", a number, or a tuple (name of an operation, pattern, ...)


class Rule(NamedTuple):
    """An identity: left = right. A number stands for a constant that holds it in every entry."""

    left: tuple[Any, ...]
    right: Pattern
    finite: bool = False  # it holds for finite numbers alone, or leaves out the sign of a zero

    def __str__(self) -> str:
        """As it is written in a listing.

        >>> print(Rule(("mul", "x", 1.0), "x"))
        mul(x, 1) = x
        """
        return f"{written(self.left)} = {written(self.right)}"


def written(pattern: Pattern) -> str:
    """A pattern as text."""
    if isinstance(pattern, tuple):
        return f"{pattern[0]}({', '.join(map(written, pattern[1:]))})"
    return pattern if isinstance(pattern, str) else f"{pattern:g}"


# fmt: off
RULES = (
    #     left                                     right
    Rule(("add", "x", 0.0),                        "x", finite=True),
    Rule(("add", 0.0, "x"),                        "x", finite=True),
    Rule(("add", "x", ("neg", "y")),               ("sub", "x", "y")),
    Rule(("add", ("neg", "x"), "y"),               ("sub", "y", "x")),
    Rule(("sub", "x", 0.0),                        "x", finite=True),
    Rule(("sub", 0.0, "x"),                        ("neg", "x"), finite=True),
    Rule(("sub", "x", "x"),                        0.0, finite=True),
    Rule(("sub", "x", ("neg", "y")),               ("add", "x", "y")),
    Rule(("neg", ("neg", "x")),                    "x"),
    Rule(("neg", ("sub", "x", "y")),               ("sub", "y", "x"), finite=True),
    Rule(("mul", "x", 0.0),                        0.0, finite=True),
    Rule(("mul", 0.0, "x"),                        0.0, finite=True),
    Rule(("mul", "x", 1.0),                        "x"),
    Rule(("mul", 1.0, "x"),                        "x"),
    Rule(("mul", "x", -1.0),                       ("neg", "x")),
    Rule(("mul", -1.0, "x"),                       ("neg", "x")),
    Rule(("mul", ("neg", "x"), ("neg", "y")),      ("mul", "x", "y")),
    Rule(("div", "x", 1.0),                        "x"),
    Rule(("div", "x", -1.0),                       ("neg", "x")),
    Rule(("div", 0.0, "x"),                        0.0, finite=True),
    Rule(("div", "x", "x"),                        1.0, finite=True),
    Rule(("div", ("neg", "x"), ("neg", "y")),      ("div", "x", "y")),
    Rule(("pow", "x", 0.0),                        1.0),
    Rule(("pow", "x", 1.0),                        "x"),
    Rule(("pow", 1.0, "x"),                        1.0),
    Rule(("square", ("neg", "x")),                 ("square", "x")),
    Rule(("abs", ("neg", "x")),                    ("abs", "x")),
    Rule(("abs", ("abs", "x")),                    ("abs", "x")),
    Rule(("cos", ("neg", "x")),                    ("cos", "x")),
    Rule(("cosh", ("neg", "x")),                   ("cosh", "x")),
    Rule(("log", ("exp", "x")),                    "x", finite=True),
    Rule(("log1p", ("expm1", "x")),                "x", finite=True),
    Rule(("relu", ("relu", "x")),                  ("relu", "x")),
    Rule(("maximum", "x", "x"),                    "x"),
    Rule(("minimum", "x", "x"),                    "x"),
    Rule(("where", 1.0, "x", "y"),                 "x"),
    Rule(("where", 0.0, "x", "y"),                 "y"),
    Rule(("where", "c", "x", "x"),                 "x"),
    Rule(("gate", "x", 1.0),                       "x"),
    Rule(("gate", 1.0, "x"),                       "x"),
    Rule(("gate", "x", 0.0),                       0.0, finite=True),
    Rule(("gate", 0.0, "x"),                       0.0, finite=True),
    Rule(("logical_not", ("logical_not", "x")),    "x"),
)
# fmt: on


class Step(NamedTuple):
    """What a rule of moved data sees: the operation's parameters, its operand, and what the operand is made of."""

    parameters: dict[str, Any]
    shape: Shape  # of the operand
    out: Shape
    inner: dict[str, Any] | None  # parameters of the operand, if it is the same operation


def unmoved(step: Step) -> bool:
    """Whether the operand has the shape of the result already."""
    return step.shape == step.out


def composed(step: Step) -> dict[str, Any]:
    """One transpose for two."""
    assert step.inner is not None
    return {"axes": tuple(step.inner["axes"][a] for a in step.parameters["axes"])}


class Move(NamedTuple):
    """How an operation that only moves data falls away, alone or behind another of its kind."""

    identity: Callable[[Step], bool]
    twice: Callable[[Step], dict[str, Any]] | None = None  # parameters of the one that stands for both


MOVES = {
    "reshape": Move(unmoved, lambda step: step.parameters),
    "broadcast_to": Move(unmoved, lambda step: step.parameters),
    "transpose": Move(lambda step: step.parameters["axes"] == tuple(range(len(step.shape))), composed),
    "getitem": Move(lambda step: step.parameters["index"] == ()),
    "pad": Move(unmoved),
    "concatenate": Move(unmoved),
    "sum": Move(lambda step: step.parameters["axis"] == ()),
    "prod": Move(lambda step: step.parameters["axis"] == ()),
    "float": Move(unmoved),
}


def first_look(rule: Rule) -> tuple[float | Operation | None, ...]:
    """What each operand must be for a rule to fit, as far as a look tells: a number, an operation, or anything."""
    return tuple(TABLE[p[0]] if isinstance(p, tuple) else None if isinstance(p, str) else p for p in rule.left[1:])


EXACT = tuple(rule for rule in RULES if not rule.finite)  # right to the last bit, for nan and infinity too
Looks = dict[Operation, tuple[tuple[tuple[float | Operation | None, ...], Rule], ...]]


@lru_cache(maxsize=8)
def by_operation(rules: tuple[Rule, ...]) -> Looks:
    """Rules by the operation on their left, which is asked once for every node."""
    return {
        TABLE[name]: tuple((first_look(rule), rule) for rule in rules if rule.left[0] == name)
        for name in dict.fromkeys(rule.left[0] for rule in rules)
    }


MOVE_OF = {TABLE[name]: move for name, move in MOVES.items()}
UNIFORM = frozenset(TABLE[name] for name in ("reshape", "broadcast_to", "transpose"))  # all entries stay one number
BROADCAST = TABLE["broadcast_to"]


class Term(NamedTuple):
    """A node that is not written yet."""

    operation: Operation
    operands: tuple[int, ...]
    parameters: tuple[tuple[str, Any], ...] = ()


def simplify(e: Expression, rules: tuple[Rule, ...] = RULES) -> Expression:
    """The same function with fewer nodes: identities applied, constants folded, equal nodes stored once.

    Neither nodes nor flops become more; the time is linear, and simplifying twice changes nothing more. With the rules
    EXACT values are the same to the last bit, nan and infinity too.

    >>> from expression import trace
    >>> print(simplify(trace(lambda x, y: 1.0 * y + x * 0.0 - -x, 2.0, 5.0)))
    x, y -> v2
      v0 = input x
      v1 = input y
      v2 = add(v1, v0)
    """
    simplifier = Simplifier(rules)
    place = [0] * len(e.nodes)
    for i in e.inputs:
        node = e.nodes[i.position]
        simplifier.trace.line = node.line
        place[i.position] = simplifier.trace.input(i.name, node.shape, node.dtype, i.role).position
        simplifier.number.append(None)
    for position, node in enumerate(e.nodes):
        if node.operation is not INPUT:
            parameters = node.parameters
            if node.operation.programs:
                parameters = with_programs(parameters, partial(simplify, rules=rules))
            term = Term(node.operation, tuple([place[j] for j in node.operands]), parameters)
            place[position] = simplifier.write(term, node)
    outputs = tuple([place[j] for j in e.outputs])
    return prune(simplifier.trace.nodes, simplifier.trace.inputs, outputs, e.arguments, e.results)


class Simplifier:
    """A trace that writes every node in its simplest form."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        """Begin with an empty trace."""
        self.rules = by_operation(rules)
        self.trace = Trace()
        self.number: list[float | None] = []  # of every written node: the number that all its entries are

    def write(self, term: Term, node: Node) -> int:
        """The position of the simplest node with the value of `term`, which has the shape and dtype of `node`."""
        while True:
            found = self.rewritten(term, node)
            if found is None:
                return self.add(term, node.shape, node.dtype, node.line)
            if isinstance(found, int):
                return found
            term = found

    def add(self, term: Term, shape: Shape, dtype: DType, line: str) -> int:
        """Write a node down, or find the equal one, its operands in this or the other order."""
        operation, operands, parameters = term
        if operation.commutative:
            swapped = self.trace.index.get((operation, operands[::-1], parameters))
            if swapped is not None:
                return swapped
        self.trace.line = line
        position = self.trace.add(operation, operands, parameters, shape, dtype).position
        if position == len(self.number):
            if operation is CONSTANT:
                self.number.append(uniform(parameters[0][1].value))
            else:
                self.number.append(self.number[operands[0]] if operation in UNIFORM else None)
        return position

    def rewritten(self, term: Term, node: Node) -> "Term | int | None":
        """What stands for a term: a node, a term to look at again, or None if it is in its simplest form."""
        operation, operands, _ = term
        if operation is CONSTANT:
            return None
        folded = self.folded(term, node)
        if folded is not None:
            return folded
        number, nodes = self.number, self.trace.nodes
        for wanted, rule in self.rules.get(operation, ()) if node.dtype.kind != "c" else ():  # real numbers only
            for test, j in zip(wanted, operands, strict=True):
                if test is not None and number[j] != test and nodes[j].operation is not test:
                    break
            else:
                bound = self.match(rule, operands)
                found = None if bound is None else self.built(rule.right, bound, node)
                if found is not None:
                    return found
        move = MOVE_OF.get(operation)
        return self.unmoved(term, node, move) if move is not None and len(operands) == 1 else None

    def folded(self, term: Term, node: Node) -> Term | None:
        """The constant that an operation on constants is, unless it is large or leaves the finite numbers."""
        nodes = self.trace.nodes
        if term.operation is BROADCAST or prod(node.shape) > FOLD_LIMIT:
            return None
        for j in term.operands:
            if nodes[j].operation is not CONSTANT:
                return None
        try:
            with np.errstate(all="ignore"):
                values = [nodes[j].constant for j in term.operands]
                result = np.asarray(term.operation.forward(*values, **dict(term.parameters)))
        except (ArithmeticError, ValueError):  # a singular matrix: evaluation will say so
            return None
        if (result.shape, result.dtype) != (node.shape, node.dtype) or not np.isfinite(result).all():
            return None
        return constant(result)

    def match(self, rule: Rule, operands: Sequence[int]) -> dict[Any, int] | None:
        """The positions of a rule's variables and numbers, if it fits these operands."""
        bound: dict[Any, int] = {}
        left = list(zip(rule.left[1:], operands, strict=True))
        for pattern, position in left:  # grows while it is read
            if isinstance(pattern, tuple):
                node = self.trace.nodes[position]
                if node.operation is not TABLE[pattern[0]]:
                    return None
                left += zip(pattern[1:], node.operands, strict=True)
            elif not isinstance(pattern, str) and self.number[position] != pattern:
                return None
            elif bound.setdefault(pattern, position) != position:
                return None
        return bound

    def built(self, right: Pattern, bound: dict[Any, int], node: Node) -> "Term | int | None":
        """The right side of a rule, if it has the dtype and can have the shape of the node."""
        nodes = self.trace.nodes
        if isinstance(right, tuple):
            term = Term(TABLE[right[0]], tuple(bound[x] for x in right[1:]))
            shapes, dtypes = zip(*[(nodes[j].shape, nodes[j].dtype) for j in term.operands], strict=True)
            return term if infer(term.operation, shapes, dtypes, ()) == (node.shape, node.dtype) else None
        if right in bound:
            position = bound[right]
            if nodes[position].dtype != node.dtype:
                return None
            if nodes[position].shape == node.shape:
                return position
            return Term(BROADCAST, (position,), (("shape", node.shape),))
        return constant(np.full(node.shape, right, node.dtype)) if prod(node.shape) <= FOLD_LIMIT else None

    def unmoved(self, term: Term, node: Node, move: Move) -> "Term | int | None":
        """The operand itself, or one move for two."""
        (position,) = term.operands
        operand = self.trace.nodes[position]
        same = operand.operation is term.operation and len(operand.operands) == 1
        step = Step(dict(term.parameters), operand.shape, node.shape, dict(operand.parameters) if same else None)
        if move.identity(step) and operand.dtype == node.dtype:
            return position
        if step.inner is None or move.twice is None:
            return None
        return Term(term.operation, operand.operands, tuple(sorted(move.twice(step).items())))


def constant(value: Any) -> Term:
    """A constant as a term."""
    return Term(CONSTANT, (), (("value", Frozen(value)),))


def uniform(value: Any) -> float | None:
    """The number that every entry of a real array is, if there is one."""
    if value.size == 0 or value.dtype.kind == "c":
        return None
    first = value.flat[0]
    return float(first) if (value == first).all() else None

"""The only definition of size and cost in the project: exact integers, by dynamic programming along the list."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from expression.analysis import Drops, active_nodes, last_readers, needed
from expression.bodies import body_of
from expression.errors import UnsupportedOperation
from expression.nodes import DType, Expression, Node, infer
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Operation, Shape


@dataclass(frozen=True, slots=True)
class Measures:
    """Sizes and costs of one expression. Swell is always the pair (tree_size, dag_size)."""

    dag_size: int  # nodes that the outputs need, each counted once
    tree_size: int  # nodes if nothing were shared; it may have thousands of digits
    op_count: dict[str, int]  # nodes by operation, leaves left out
    flops: int  # weighted scalar operations of one evaluation
    depth: int  # operations on the longest path
    path_count: int  # paths from an input or parameter to an output
    bytes_saved: int  # what a reverse sweep keeps of the forward values


def along(e: Expression, rule: Callable[[Node, list[int]], int], at: Iterable[int], drops: Drops) -> dict[int, int]:
    """Dynamic programming along the list: rule(node, numbers of its operands) for each node; the numbers at `at`.

    A number is forgotten after its last reader: with thousands of digits each, a million would fill the memory.
    """
    numbers: dict[int, int] = {}
    for position, node in enumerate(e.nodes):
        numbers[position] = rule(node, [numbers[j] for j in node.operands])
        if position in drops:
            for j in drops[position]:
                del numbers[j]
    return {j: numbers[j] for j in at}


def tree_size_rule(node: Node, below: list[int]) -> int:
    """Nodes of the tree below a node."""
    return 1 + sum(below)


def depth_rule(node: Node, below: list[int]) -> int:
    """Operations on the longest path to a node."""
    return 1 + max(below) if below else 0


def path_rule(node: Node, below: list[int]) -> int:
    """Paths from an input or parameter to a node."""
    return sum(below) if below else int(node.operation is INPUT)


def tree_sizes(e: Expression, at: tuple[int, ...]) -> dict[int, int]:
    """Nodes of the tree below each of the given positions: 1 + the trees of the operands."""
    return along(e, tree_size_rule, at, last_readers(e, at))


def node_work(e: Expression, node: Node) -> int:
    """Scalar operations of one node, unweighted: how many scalar nodes it would be entry by entry."""
    if node.is_leaf:
        return 0
    if node.operation.body is not None:
        return in_body(e, node, node_work)
    shapes = [e.nodes[j].shape for j in node.operands]
    return node.operation.scalar_operations(shapes, node.shape, dict(node.parameters))


def node_flops(e: Expression, node: Node) -> int:
    """Weighted scalar operations of one node."""
    if node.operation.body is not None:
        return in_body(e, node, node_flops)
    return node_work(e, node) * node.operation.weight


def in_body(e: Expression, node: Node, count: Callable[[Expression, Node], int]) -> int:
    """What a user's operation takes: the nodes of its body, or 1 an entry where that cannot be traced."""
    try:
        body = body_of(e, node)
    except UnsupportedOperation:
        return prod(node.shape)
    return sum(count(body, inner) for inner, is_needed in zip(body.nodes, needed(body), strict=True) if is_needed)


def scalar_size(e: Expression) -> int:
    """Nodes of the list when every array is written entry by entry."""
    flags = needed(e)
    return sum(
        prod(node.shape) if node.is_leaf else node_work(e, node)
        for node, is_needed in zip(e.nodes, flags, strict=True)
        if is_needed
    )


def flops(e: Expression) -> int:
    """Weighted scalar operations of one evaluation, each shared node counted once."""
    flags = needed(e)
    return sum(node_flops(e, node) for node, is_needed in zip(e.nodes, flags, strict=True) if is_needed)


def measure(e: Expression) -> Measures:
    """Sizes and costs of an expression, in time linear in its list.

    >>> from expression import parse
    >>> m = measure(parse("(x + y) * (x + y)"))
    >>> m.dag_size, m.tree_size, m.flops, m.path_count
    (4, 7, 2, 4)
    """
    flags = needed(e)
    drops = last_readers(e, e.outputs)
    counted = Counter([node.operation.name for node, f in zip(e.nodes, flags, strict=True) if f and node.operands])
    at_outputs = {rule: along(e, rule, e.outputs, drops) for rule in (tree_size_rule, depth_rule, path_rule)}
    return Measures(
        dag_size=sum(flags),
        tree_size=sum(at_outputs[tree_size_rule][j] for j in e.outputs),
        op_count=dict(sorted(counted.items())),
        flops=flops(e),
        depth=max((at_outputs[depth_rule][j] for j in e.outputs), default=0),
        path_count=sum(at_outputs[path_rule][j] for j in e.outputs),
        bytes_saved=bytes_saved(e),
    )


def bytes_saved(e: Expression) -> int:
    """Bytes of the forward values that the partials of the active nodes read.

    add keeps nothing, mul both operands, sigmoid its result. Constants and inputs are there anyway and count only
    as what they are: an input that is read is kept, a constant is not.
    """
    nodes = e.nodes
    active = active_nodes(e)
    read: set[int] = set()
    for position, node in enumerate(nodes):
        if not active[position] or node.is_leaf:
            continue
        wanted = tuple([bool(active[j]) for j in node.operands])
        shapes = tuple([nodes[j].shape for j in node.operands])
        dtypes = tuple([nodes[j].dtype for j in node.operands])
        own, operands = reads(node.operation, shapes, dtypes, node.parameters, wanted)
        if own:
            read.add(position)
        read.update([node.operands[k] for k in operands])
    return sum(prod(nodes[j].shape) * nodes[j].dtype.itemsize for j in read if nodes[j].operation is not CONSTANT)


@lru_cache(maxsize=4096)
def reads(
    operation: Operation,
    shapes: tuple[Shape, ...],
    dtypes: tuple[DType, ...],
    parameters: tuple[tuple[str, Any], ...],
    wanted: tuple[bool, ...],
) -> tuple[bool, tuple[int, ...]]:
    """Whether the reverse rules of an operation read its result, and which operands: by recording them once."""
    from expression.tracing import Trace, Tracer

    shape, dtype = infer(operation, shapes, dtypes, parameters)
    recording = Trace()
    recording.line = ""
    x = [recording.input(f"x{k}", s, d) for k, (s, d) in enumerate(zip(shapes, dtypes, strict=True))]
    y, y_bar = recording.input("y", shape, dtype), recording.input("y_bar", shape, dtype)
    results: list[Any] = []
    for k, is_wanted in enumerate(wanted):
        if not is_wanted:
            continue
        if operation.partials is not None:
            results.append(operation.dy_dx(k, y, *x))
        elif operation.partial is not None:
            options = dict(parameters)
            kept = np.reshape(y, [1 if i in options["axis"] else n for i, n in enumerate(shapes[k])])
            results.append(operation.partial(kept, *x, axis=options["axis"]))
        else:
            results.append(operation.vjp(k)(y_bar, y, *x, **dict(parameters)))
    found: set[int] = {r.position for r in results if isinstance(r, Tracer)}
    for position in range(len(recording.nodes) - 1, -1, -1):
        if position in found:
            found.update(recording.nodes[position].operands)
    return y.position in found, tuple(k for k, t in enumerate(x) if t.position in found)

"""The only definition of size and cost in the project: exact integers, by dynamic programming along the list."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from math import prod
from typing import Any, NamedTuple

import numpy as np

from expression.analysis import active_nodes, last_readers, needed
from expression.bodies import body_of
from expression.errors import UnsupportedOperation
from expression.nodes import DType, Expression, Node, infer
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Operation, Shape
from expression.operations.programs import programs_of


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


class Below(NamedTuple):
    """What lies below a node."""

    tree_size: int  # nodes, each counted wherever it is read
    depth: int  # operations on the longest path
    path_count: int  # paths from an input or parameter


def below(e: Expression, at: tuple[int, ...]) -> dict[int, Below]:
    """Sizes below the given positions, by dynamic programming along the list.

    A number is forgotten after its last reader: with thousands of digits each, a million would fill the memory.
    """
    drops = last_readers(e, at)
    trees, depths, paths = ([0] * len(e.nodes) for _ in range(3))
    for position, node in enumerate(e.nodes):
        tree, depth, path = 1, 0, 0
        if node.operands:
            for j in node.operands:
                tree += trees[j]
                path += paths[j]
                if depths[j] > depth:
                    depth = depths[j]
            depth += 1
        elif node.operation is INPUT:
            path = 1
        trees[position], depths[position], paths[position] = tree, depth, path
        for j in drops.get(position, ()):
            trees[j] = paths[j] = 0
    return {j: Below(trees[j], depths[j], paths[j]) for j in at}


def tree_sizes(e: Expression, at: tuple[int, ...]) -> dict[int, int]:
    """Nodes of the tree below each of the given positions: 1 + the trees of the operands."""
    return {j: found.tree_size for j, found in below(e, at).items()}


def node_work(e: Expression, node: Node) -> int:
    """Scalar operations of one node, unweighted: how many scalar nodes it would be entry by entry."""
    operation = node.operation
    if operation.body is not None:
        return in_body(e, node, node_work)
    if operation.programs:
        choices = prod(node.shape) if len(operation.programs) > 1 else 0  # both branches, and one entry of each two
        return in_programs(node, node_work, sum) + choices
    if operation.work is None:
        return prod(node.shape)
    shapes = [e.nodes[j].shape for j in node.operands]
    return operation.scalar_operations(shapes, node.shape, dict(node.parameters))


def node_flops(e: Expression, node: Node) -> int:
    """Weighted scalar operations of one node."""
    if node.operation.body is not None:
        return in_body(e, node, node_flops)
    if node.operation.programs:
        return in_programs(node, node_flops, max)
    return node_work(e, node) * node.operation.weight


def in_body(e: Expression, node: Node, count: Callable[[Expression, Node], int]) -> int:
    """What a user's operation takes: the nodes of its body, or 1 an entry where that cannot be traced."""
    try:
        body = body_of(e, node)
    except UnsupportedOperation:
        return prod(node.shape)
    return over_nodes(body, count)


def in_programs(node: Node, count: Callable[[Expression, Node], int], combine: Callable[[list[int]], int]) -> int:
    """What a loop or a branch takes: its step as often as it runs, the branches together or the one that takes more."""
    runs = int(dict(node.parameters).get("length", 1))
    return runs * combine([over_nodes(program, count) for program in programs_of(node.parameters)])


def over_nodes(e: Expression, count: Callable[[Expression, Node], int], flags: bytearray | None = None) -> int:
    """The sum over all nodes that an output needs."""
    return sum([count(e, node) for node in compress(e.nodes, needed(e) if flags is None else flags)])


def scalar_size(e: Expression) -> int:
    """Nodes of the list when every array is written entry by entry."""
    return sum([prod(node.shape) if node.is_leaf else node_work(e, node) for node in compress(e.nodes, needed(e))])


def flops(e: Expression) -> int:
    """Weighted scalar operations of one evaluation, each shared node counted once."""
    return over_nodes(e, node_flops)


def tree_flops(e: Expression) -> int:
    """Weighted scalar operations if nothing were shared: each node counted wherever it is read, as in one formula.

    >>> from expression import parse
    >>> e = parse("(x + y) * (x + y)")
    >>> flops(e), tree_flops(e)
    (2, 3)
    """
    found: list[int] = []
    for node in e.nodes:
        found.append(node_flops(e, node) + sum([found[j] for j in node.operands]))
    return sum([found[j] for j in e.outputs])


def measure(e: Expression) -> Measures:
    """Sizes and costs of an expression, in time linear in its list.

    A loop (`scan`) is one node with one operation to the sizes, which are those of the list as it stands;
    `measure(unroll(e))` has those of the loop written out. The flops are those of its step times its length, and of a
    `cond` those of the branch that takes more. Of a loop a reverse sweep keeps the result, in which every carry stands,
    and all operands but the initial carry.

    >>> from expression import parse
    >>> m = measure(parse("(x + y) * (x + y)"))
    >>> m.dag_size, m.tree_size, m.flops, m.path_count
    (4, 7, 2, 4)
    """
    flags = needed(e)
    counted = Counter([node.operation for node, f in zip(e.nodes, flags, strict=True) if f and node.operands])
    found = below(e, e.outputs)
    outputs = [found[j] for j in e.outputs]
    return Measures(
        dag_size=sum(flags),
        tree_size=sum([y.tree_size for y in outputs]),
        op_count=dict(sorted(by_name(counted).items())),
        flops=over_nodes(e, node_flops, flags),
        depth=max([y.depth for y in outputs], default=0),
        path_count=sum([y.path_count for y in outputs]),
        bytes_saved=bytes_saved(e),
    )


def by_name(counted: Counter[Operation]) -> Counter[str]:
    """Counts of operations under their names: a user's may be called as another is."""
    names: Counter[str] = Counter()
    for operation, count in counted.items():
        names[operation.name] += count
    return names


def bytes_saved(e: Expression) -> int:
    """Bytes of the forward values that the partials of the active nodes read.

    add keeps nothing, mul both operands, sigmoid its result. Constants and inputs are there anyway and count only
    as what they are: an input that is read is kept, a constant is not.
    """
    nodes = e.nodes
    active = active_nodes(e)
    numbers: dict[tuple[Shape, DType, int], int] = {}  # of each kind of operand, in place of what takes long to hash
    kinds = [numbers.setdefault((n.shape, n.dtype, a), len(numbers)) for n, a in zip(nodes, active, strict=True)]
    kept: dict[Any, tuple[bool, tuple[int, ...]]] = {}
    read = bytearray(len(nodes))
    for position, node in enumerate(nodes):
        operands = node.operands
        if not active[position] or not operands:
            continue
        key = (node.operation, node.parameters, *[kinds[j] for j in operands])
        found = kept.get(key)
        if found is None:
            wanted = tuple([bool(active[j]) for j in operands])
            shapes, dtypes = tuple([nodes[j].shape for j in operands]), tuple([nodes[j].dtype for j in operands])
            found = kept[key] = reads(node.operation, shapes, dtypes, node.parameters, wanted)
        if found[0]:
            read[position] = 1
        for k in found[1]:
            read[operands[k]] = 1
    return sum(
        [
            prod(nodes[j].shape) * nodes[j].dtype.itemsize
            for j in compress(range(len(nodes)), read)
            if nodes[j].operation is not CONSTANT
        ]
    )


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

    if operation.programs:
        options = dict(parameters)
        first = options.get("constants", 0)
        carries = range(first, first + options.get("carries", 0))  # the initial ones stand in the result, too
        return operation.name == "scan", tuple([k for k in range(len(shapes)) if k not in carries])
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

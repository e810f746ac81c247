"""Loops and branches that are one node: `scan` and `cond`, in JAX's conventions.

In a trace, and on a tape, a loop of any length is one operation, and so is its derivative. On arrays it is computed.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from expression.closures import Recorded, closed, recorded
from expression.errors import ArgumentError, ControlFlowError
from expression.nodes import DType
from expression.operations.operation import Array, Traced, apply, promoted
from expression.operations.programs import Program
from expression.operations.structured import COND, SCAN, layout_of
from expression.operations.vectors import packed, unpacked
from expression.structure import Structure, as_leaf, dtype_of, flatten, fresh, leaf_names, shape_of, unflatten

COUNTERS = "a carry holds floats; give counters through xs, for example np.arange(n)"


def scan(
    step: Callable[[Any, Any], tuple[Any, Any]],
    carry: Any,
    xs: Any = None,
    length: int | None = None,
    *,
    reverse: bool = False,
) -> tuple[Any, Any]:
    """The loop `for x in xs: carry, y = step(carry, x)`: the final carry, and all y stacked.

    carry, xs and y are pytrees of arrays. xs are taken apart along their first axes, of one length; without xs
    `length` says how often, and x is None. With `reverse` the loop runs from the last x to the first; y still stands
    where its x does. A carry keeps its structure, shapes and dtype; carries and outputs are floats of one dtype, while
    xs, and what the step reads from outside, may be integers and truth values too. The step is recorded once, so it may
    not look at values: use np.where or `cond` for `if carry > 0:`, and give table[ks] as xs for table[k].

    In an expression and on a tape the loop is one node, whatever its length. It keeps every carry, from which the
    reverse sweep, another scan, computes each step again.

    Raises ArgumentError for a carry that changes, for xs of different lengths and for a step that returns no pair.
    Source: the conventions are those of jax.lax.scan.

    >>> scan(lambda total, x: (total + x, total * x), 0.0, np.array([1.0, 2.0, 3.0]))
    (6.0, array([0., 2., 9.]))
    >>> from expression import trace
    >>> print(trace(lambda x: scan(lambda c, t: (4.0 * c * (1.0 - c), None), x, length=10_000)[0], 0.2))
    x -> v2
      v0 = input x
      v1 = scan(v0, step, length=10000) [10001]
           step: c -> v5
             v0 = input c
             v1 = constant 4.0
             v2 = mul(v1, v0)
             v3 = constant 1.0
             v4 = sub(v3, v0)
             v5 = mul(v2, v4)
      v2 = getitem(v1, index=(10000,))
    """
    carries, structure = flatten(carry)
    xs_leaves, xs_structure = flatten(xs)
    xs_leaves, n = checked_xs(xs_leaves, length)
    carries = checked_carries(step, carry, carries, xs_leaves)
    first = [np.empty(shape_of(c), dtype_of(c)) for c in carries]
    slices = [np.empty(shape_of(x)[1:], dtype_of(x)) for x in xs_leaves]
    found = recorded(step, (unflatten(structure, first), unflatten(xs_structure, slices)))
    check_step(found, structure, len(carries))
    (e,), outside = closed([found])
    operands = [*outside, *carries, *xs_leaves]
    parameters = {
        "carries": len(carries),
        "constants": len(outside),
        "length": n,
        "reverse": bool(reverse),
        "step": Program(e),
        "sums": 0,
    }
    vector = apply(SCAN, operands, tuple(parameters.items()))
    layout = layout_of(**parameters)
    finals = [fresh(c) for c in layout.finals(vector)]
    return unflatten(structure, finals), unflatten(found.result.children()[1], layout.apart(vector)[1])


def checked_carries(step: Any, carry: Any, carries: Sequence[Any], xs: Sequence[Array]) -> list[Array]:
    """The leaves of the carry as floating arrays; Python's floats take the dtype of the floats beside them."""
    checked = [as_leaf(c, f"leaf {k} of the carry") for k, c in enumerate(carries)]
    dtypes = {dtype_of(x) for x in (*checked, *xs) if type(x) is not float and dtype_of(x).kind == "f"}
    company: DType = promoted(*dtypes) if dtypes else np.dtype(np.float64)
    for k, c in enumerate(checked):
        if type(c) is float:
            checked[k] = company.type(c)
        elif dtype_of(c).kind != "f":
            name = leaf_names(step, (carry,))[k]
            kind = "an int: write 0.0 for 0" if type(c) is int else f"{dtype_of(c)}: write {name}.astype(float)"
            raise ArgumentError(f"scan: {name} is {kind}; {COUNTERS}")
    return checked


def checked_xs(xs: Sequence[Any], length: int | None) -> tuple[list[Array], int]:
    """The leaves of xs as arrays, and their common length."""
    checked = [as_leaf(x, f"xs {k}") for k, x in enumerate(xs)]
    lengths = {}
    for k, x in enumerate(checked):
        if not shape_of(x):
            raise ArgumentError(f"scan: leaf {k} of xs is a scalar; the loop takes xs apart along their first axis")
        lengths[shape_of(x)[0]] = k
    if len(lengths) > 1:
        found = ", ".join(f"{n} (leaf {k})" for n, k in sorted(lengths.items()))
        raise ArgumentError(f"scan: xs must have one length, got {found}")
    if length is None:
        if not lengths:
            raise ArgumentError("scan: there are no xs, so length= must say how often to run the step")
        length = next(iter(lengths))
    if type(length) is not int or length < 0:
        raise ArgumentError(f"scan: length={length!r} must be an int from 0 on")
    if lengths and length not in lengths:
        raise ArgumentError(f"scan: length={length}, but xs have length {next(iter(lengths))}; leave length= out")
    return [x if isinstance(x, Traced) else np.asarray(x) for x in checked], length


def check_step(found: Recorded, structure: Structure, count: int) -> None:
    """Raise ArgumentError unless a step returned a pair whose first half is a carry as it was."""
    e, result = found.e, found.result
    if result.type not in (tuple, list) or result.num_children != 2:
        kind = "an array" if result.is_leaf() else f"{result}"
        raise ArgumentError(f"scan: step must return a pair (carry, y), got {kind}")
    after, _ = result.children()
    if after != structure:
        raise ArgumentError(f"scan: step changes the structure of the carry from {structure} to {after}")
    dtypes = {e.nodes[i.position].dtype for i in e.inputs[:count]}
    for k, j in enumerate(e.outputs):
        node = e.nodes[j]
        if k < count:
            before = e.nodes[e.inputs[k].position]
            if (before.shape, before.dtype) != (node.shape, node.dtype):
                raise ArgumentError(
                    f"scan: step changes {e.inputs[k].name} of the carry from {before.dtype}{list(before.shape)} "
                    f"to {node.dtype}{list(node.shape)}; a carry keeps its shape and dtype"
                )
        elif node.dtype.kind != "f":
            advice = "return its real and imaginary parts" if node.dtype.kind == "c" else "write y.astype(float)"
            raise ArgumentError(f"scan: leaf {k - count} of y is {node.dtype}; outputs are floats: {advice}")
        dtypes.add(node.dtype)
    if len(dtypes) > 1:
        raise ArgumentError(
            f"scan: carries and outputs have dtypes {', '.join(sorted(map(str, dtypes)))}; they must have one dtype"
        )


def cond(predicate: Any, true_function: Callable[..., Any], false_function: Callable[..., Any], *operands: Any) -> Any:
    """true_function(*operands) if predicate else false_function(*operands), also where the predicate is not known yet.

    With a predicate that has a value (a truth value, an array of shape (), a tensor) it is that `if`. In a trace it is
    one node that holds both functions, and a run evaluates the branch that is taken and no other: what the other would
    have made of the operands, an error or nan, does not matter, to the derivative neither. The operands and results are
    pytrees; both functions return the same structure, shapes and dtypes. Several results are floats of one dtype.

    Raises ArgumentError for branches that return different things, and for a predicate that is no single truth value.
    Source: the conventions are those of jax.lax.cond.

    >>> from expression import trace
    >>> e = trace(lambda x: cond(x > 0, np.log, lambda x: 0.0 * x, x), 1.0)
    >>> e(1.0), e(-1.0)
    (0.0, -0.0)
    """
    shape, dtype = shape_of(predicate), dtype_of(predicate)
    if shape != () or dtype.kind not in "biu":
        raise ArgumentError(
            f"cond: the predicate is {dtype}{list(shape)}; it must be a single truth value, "
            f"{'such as x > 0' if shape == () else 'or use np.where, which chooses entry by entry'}"
        )
    if not isinstance(predicate, Traced):
        return true_function(*operands) if predicate else false_function(*operands)
    try:
        taken = bool(predicate)
    except ControlFlowError:
        pass
    else:
        return true_function(*operands) if taken else false_function(*operands)
    leaves, structure = flatten(operands)
    leaves = [as_leaf(x, f"operand {k}") for k, x in enumerate(leaves)]
    args = unflatten(structure, [np.empty(shape_of(x), dtype_of(x)) for x in leaves])
    branches = [recorded(f, args) for f in (true_function, false_function)]
    shapes = check_branches(*branches)
    programs, outside = closed(branches)
    true, false = (Program(single_result(e)) for e in programs)
    condition: Array = predicate
    if dtype.kind != "b":
        condition = condition != 0
    y = apply(COND, [condition, *outside, *leaves], (("false", false), ("true", true)))
    return unflatten(branches[0].result, unpacked(y, shapes))


def check_branches(true: Recorded, false: Recorded) -> list[tuple[int, ...]]:
    """The shapes of the results; ArgumentError unless both branches return the same."""
    if true.result != false.result:
        raise ArgumentError(f"cond: true_function returns {true.result}, and false_function {false.result}")
    types = [[(r.e.nodes[j].dtype, r.e.nodes[j].shape) for j in r.e.outputs] for r in (true, false)]
    for k, ((dtype, shape), (other_dtype, other_shape)) in enumerate(zip(*types, strict=True)):
        if (dtype, shape) != (other_dtype, other_shape):
            raise ArgumentError(
                f"cond: leaf {k} of the result is {dtype}{list(shape)} from true_function, "
                f"and {other_dtype}{list(other_shape)} from false_function"
            )
    dtypes = sorted({str(dtype) for dtype, _ in types[0]})
    if not dtypes:
        raise ArgumentError("cond: the functions return no array")
    if len(types[0]) > 1 and (len(dtypes) > 1 or types[0][0][0].kind != "f"):
        raise ArgumentError(f"cond: the results are {', '.join(dtypes)}; several results must be floats of one dtype")
    return [shape for _, shape in types[0]]


def single_result(e: Any) -> Any:
    """A program with its results as one vector."""
    if len(e.outputs) == 1:
        return e
    from expression.tracing import Trace

    writer = Trace()
    writer.line = ""
    inputs = [writer.input(i.name, e.nodes[i.position].shape, e.nodes[i.position].dtype) for i in e.inputs]
    values = writer.inline(e, inputs)
    return writer.expression(tuple(inputs), (packed([writer.own(values[j], None) for j in e.outputs]),))

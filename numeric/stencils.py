"""The stencil itself as a program: many copies of f, so that its size and cost are counted like the others'."""

from collections.abc import Sequence
from math import prod

import numpy as np

from expression.derivatives import derivative_program
from expression.errors import ArgumentError, SizeLimitError
from expression.nodes import Expression
from expression.operations.operation import Array
from expression.tracing import Tracer
from numeric.schemes import SCHEMES, Stencil, scheme_named
from numeric.steps import positive

LARGEST = 1_000_000  # nodes


def derive(
    expression: Expression,
    wrt: str | Sequence[str] | None = None,
    *,
    value: bool = False,
    scheme: str = "central",
    step: float | None = None,
) -> Expression:
    """The gradient of a scalar expression as a program: for central, 2n copies of f at x + h e_i and x - h e_i.

    wrt: a name gives that gradient alone, a tuple of names a tuple, None all floating inputs in the structure of the
    arguments. Without `step` the program computes h = max(|x|, 1) eps^(1 / (order + 1)) from its inputs, and whatever
    `step` says, h is then rounded to (x + h) - x.

    Raises ArgumentError for an output that is not scalar, an unknown name or scheme; SizeLimitError for a program of
    more than 1,000,000 nodes.

    >>> from expression import trace
    >>> print(derive(trace(lambda x: x * x, 3.0), scheme="forward", step=0.5))
    x -> v8
      v0 = input x
      v1 = mul(v0, v0)
      v2 = constant 0.5
      v3 = add(v0, v2)
      v4 = sub(v3, v0)
      v5 = add(v0, v4)
      v6 = mul(v5, v5)
      v7 = sub(v6, v1)
      v8 = div(v7, v4)
    """
    row = scheme_named(scheme)
    stencil = row.stencil
    if stencil.imaginary:
        real = ", ".join(name for name, other in SCHEMES.items() if not other.stencil.imaginary)
        raise ArgumentError(f"scheme={scheme!r} leaves the reals, where a program's nodes are; choose one of {real}")
    length = None if step is None else positive(step)

    def gradient(e: Expression, values: Sequence[Array], positions: Sequence[int]) -> list[Array]:
        copies = row.cost * sum(prod(e.nodes[p].shape) for p in positions)
        if copies * len(e) > LARGEST:
            raise SizeLimitError(
                f"the {scheme} stencil would have {copies * len(e):,} nodes ({copies:,} copies of {len(e):,}), "
                f"and the limit is {LARGEST:,}; differentiate fewer inputs with wrt=, or use numeric.grad"
            )
        return [partials(e, values, p, stencil, length) for p in positions]

    return derivative_program(expression, wrt, value, gradient)


def partials(e: Expression, values: Sequence[Array], position: int, stencil: Stencil, step: float | None) -> Array:
    """The derivatives with respect to every entry of one input, in its shape."""
    x: Tracer = values[position]
    values = [x.recorder.own(v, None) if isinstance(v, np.ndarray) and v.ndim else v for v in values]  # once for all
    if step is None:
        wanted: Array = np.maximum(np.abs(x), 1.0) * stencil.relative_step(np.finfo(x.dtype))
    else:
        wanted = step if x.shape == () else np.full(x.shape, step, dtype=x.dtype)
    h = (x + wanted) - x
    n = x.size
    entries = h if x.shape == () else np.reshape(np.diag(np.reshape(h, (n,))), (n, *x.shape))  # h e_i for every i
    lengths = h if x.shape == () else np.reshape(h, (n,))
    found = []
    for i in range(n):
        shift, length = (entries, lengths) if x.shape == () else (entries[i], lengths[i])
        found.append(quotient(e, values, position, stencil, shift, length))
    return found[0] if x.shape == () else np.reshape(np.stack(found), x.shape)


def quotient(
    e: Expression, values: Sequence[Array], position: int, stencil: Stencil, shift: Array, length: Array
) -> Array:
    """The sum of w_k f(x + o_k h e_i), over h."""
    x: Tracer = values[position]
    offsets, weights = stencil.floats
    total: Array = None
    terms = zip(offsets.tolist(), weights.tolist(), strict=True)
    for offset, weight in sorted(terms, key=lambda term: term[1] < 0):  # a positive one first: no sign to change
        y = values[e.outputs[0]] if offset == 0 else copy_at(e, values, position, moved(x, offset, shift))
        part = y if abs(weight) == 1 else abs(weight) * y
        total = part if total is None else total + part if weight > 0 else total - part
    return total / (length if stencil.over == 1 else float(stencil.over) * length)


def moved(x: Array, offset: float, shift: Array) -> Array:
    """The point x + o h e_i."""
    distance = shift if abs(offset) == 1 else abs(offset) * shift
    return x + distance if offset > 0 else x - distance


def copy_at(e: Expression, values: Sequence[Array], position: int, x: Array) -> Array:
    """Another copy of e with x in place of one input; nodes that do not depend on it are not copied."""
    recording, held = x.recorder, x.recorder.line
    copied = [x if k == position else value for k, value in enumerate(values)]
    moves = bytearray(len(e))
    moves[position] = True
    for k, node in enumerate(e.nodes):
        if any([moves[j] for j in node.operands]):
            moves[k], recording.line = True, node.line
            copied[k] = recording.record(node.operation, [copied[j] for j in node.operands], node.parameters)
    recording.line = held
    return copied[e.outputs[0]]

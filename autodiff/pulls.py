"""How the adjoint of one step reaches its operands: a function for each kind of step, which the step holds.

    pull_full         what every operation can do; `pull_gated` is for those whose result is read behind a branch
    pull_by_rules     the same with fewer questions, for an operation with a reverse rule for each operand
    pull_reduction    for a sum and its kin

and for steps in the flat form, which are the most frequent:

    pull_floats       two Python floats; pull_float for one, or one and a constant
    pull_one          an elementwise operation of one array
    pull_two          of two arrays, or an array and a constant, that stretched no operand; pull_sum and pull_product
                      are the same for two tensors
    pull_stretched    of two of which one at least was stretched

Each adds y_bar dy/dx_k to the adjoint of operand k; the first contribution is stored, so nothing is added to zeros.
The adjoint of an array that was read by pieces comes in pieces, and is put together here.
"""

from autodiff.rules import Pieces, accumulate, complete, contributions, filled, with_axes
from autodiff.steps import NUMBERS, Operands, Parameters, Pull, Step
from expression.operations import ROWS, TABLE
from expression.operations.broadcasting import unbroadcast
from expression.operations.literals import ONE, ZERO
from expression.operations.operation import Array, Operation, shape_of, zero


def pull_floats(step: Step, y_bar: Array, adjoint: list[Array | None]) -> None:
    """Two Python floats: the partials are numbers."""
    _, _, i, j, _, _, _, p, q = step
    v = adjoint[i]
    adjoint[i] = y_bar * p if v is None else v + y_bar * p
    v = adjoint[j]
    adjoint[j] = y_bar * q if v is None else v + y_bar * q


def pull_float(step: Step, y_bar: Array, adjoint: list[Array | None]) -> None:
    """One Python float, and perhaps a constant: the partial is a number."""
    _, _, i, j, _, _, _, p, q = step
    i, p = (j, q) if i is None else (i, p)
    v = adjoint[i]
    adjoint[i] = y_bar * p if v is None else v + y_bar * p


def pull_one(step: Step, y_bar: Array, adjoint: list[Array | None]) -> None:
    """An elementwise operation of one array."""
    _, _, i, _, y, a, _, p, _ = step
    y_bar = y_bar.whole() if type(y_bar) is Pieces else y_bar
    contribution = y_bar * (p if type(p) is float else p(y, a))
    v = adjoint[i]
    adjoint[i] = contribution if v is None else v + contribution


def pull_two(step: Step, y_bar: Array, adjoint: list[Array | None]) -> None:
    """An elementwise operation of two arrays of one shape, or of an array and something that did not stretch it."""
    _, _, i, j, y, a, b, p, q = step
    y_bar = y_bar.whole() if type(y_bar) is Pieces else y_bar
    if i is not None:
        contribution = y_bar if p is ONE else y_bar * (p if type(p) is float else p(y, a, b))
        v = adjoint[i]
        adjoint[i] = contribution if v is None else v + contribution
    if j is not None:
        contribution = y_bar if q is ONE else y_bar * (q if type(q) is float else q(y, a, b))
        v = adjoint[j]
        adjoint[j] = contribution if v is None else v + contribution


def pull_sum(step: Step, y_bar: Array, adjoint: list[Array | None]) -> None:
    """A sum of two tensors of one shape; as `pull_two`, without its questions."""
    _, _, i, j, _, _, _, _, _ = step
    y_bar = y_bar.whole() if type(y_bar) is Pieces else y_bar
    v = adjoint[i]
    adjoint[i] = y_bar if v is None else v + y_bar
    v = adjoint[j]
    adjoint[j] = y_bar if v is None else v + y_bar


def pull_product(step: Step, y_bar: Array, adjoint: list[Array | None]) -> None:
    """A product of two tensors of one shape; as `pull_two`, without its questions."""
    _, _, i, j, _, a, b, _, _ = step
    y_bar = y_bar.whole() if type(y_bar) is Pieces else y_bar
    v = adjoint[i]
    adjoint[i] = y_bar * b if v is None else v + y_bar * b
    v = adjoint[j]
    adjoint[j] = y_bar * a if v is None else v + y_bar * a


def pull_stretched(step: Step, y_bar: Array, adjoint: list[Array | None]) -> None:
    """An elementwise operation of two arrays of which one at least was broadcast: what it stood for is summed."""
    _, _, i, j, y, a, b, p, q = step
    y_bar = filled(complete(y_bar), y)
    for k, x, rule in ((i, a, p), (j, b, q)):
        if k is None:
            continue
        if type(rule) is float:  # of a sum or a difference: a number can wait until there is less to multiply
            contribution = unbroadcast(y_bar, x.shape)
            contribution = contribution if rule is ONE else contribution * rule
        else:
            contribution = unbroadcast(y_bar * rule(y, a, b), x.shape)
        v = adjoint[k]
        adjoint[k] = contribution if v is None else v + contribution


def pull_full(step: Step, y_bar: Array, adjoint: list[Array | None]) -> None:
    """Any operation."""
    for j, contribution in contributions(step, y_bar):
        adjoint[j] = accumulate(adjoint[j], contribution)


def pull_by_rules(step: Step, y_bar: Array, adjoint: list[Array | None]) -> None:
    """An operation with a reverse rule for each operand."""
    _, operation, operands, values, parameters = step
    y_bar, options, rules = filled(complete(y_bar), values[0]), dict(parameters), operation.vjps
    for k, j in enumerate(operands):
        if j is not None and values[k + 1].dtype.kind == "f":
            if type(rules) is tuple:
                x_bar = rules[k](y_bar, *values, **options)
            else:  # one rule for any number of operands
                x_bar = rules(k, y_bar, *values, **options)
            if type(x_bar) is not float or x_bar != ZERO:
                v = adjoint[j]
                adjoint[j] = x_bar if v is None else v + x_bar


def pull_reduction(step: Step, y_bar: Array, adjoint: list[Array | None]) -> None:
    """A reduction of arrays: a sum's adjoint stays as small as it is."""
    _, operation, (j,), (y, x), parameters = step
    axis, y_bar = parameters[0][1], complete(y_bar)
    if shape_of(y_bar) != ():
        y_bar = with_axes(filled(y_bar, y), x.shape, axis)
    partial = operation.partial(with_axes(y, x.shape, axis), x, axis=axis)
    x_bar = y_bar if partial is ONE else y_bar * partial
    v = adjoint[j]
    adjoint[j] = x_bar if v is None else v + x_bar


def pull_gated(step: Step, y_bar: Array, adjoint: list[Array | None]) -> None:
    """Any operation whose result is read behind a branch: an exact zero of y_bar may be that of a branch not taken."""
    for j, contribution in contributions(step, y_bar, gated=True):
        adjoint[j] = accumulate(adjoint[j], contribution)


# -- which one ---------------------------------------------------------------------------------------------------------

RULES = {  # the partials of what is elementwise, where they are an array or a number other than 0 whatever the operands
    row: row.partials
    for row in ROWS
    if row.partials
    and row.products is None
    and zero not in row.partials
    and row.name != "pow"
    and len(row.partials) < 3
}
BY_RULES = frozenset(row for row in ROWS if row.vjps is not None and row.pullback is None and row.name != "getitem")
PULL_ALIKE = {TABLE["add"]: pull_sum, TABLE["mul"]: pull_product}


def pull_of(operation: Operation, values: tuple[Array, ...]) -> Pull:
    """The shortest way back that an operation allows."""
    if operation.partial is not None:
        return pull_reduction if values[0].dtype.kind == values[1].dtype.kind == "f" else pull_full
    return pull_by_rules if operation in BY_RULES else pull_full


def step_of(operation: Operation, operands: Operands, values: tuple[Array, ...], parameters: Parameters) -> Step:
    """The step of an operation on whatever there is; `values` are (y, *x)."""
    return flat(operation, operands, values) or (pull_of(operation, values), operation, operands, values, parameters)


def flat(operation: Operation, operands: Operands, values: tuple[Array, ...]) -> Step | None:
    """The step in the flat form, where the operation is elementwise and nothing was broadcast."""
    rules = RULES.get(operation)
    if rules is None:
        return None
    y, *x = values
    shape, dtype = y.shape, y.dtype
    if dtype.kind != "f" or any([type(v) in NUMBERS or v.dtype is not dtype or v.shape != shape for v in x]):
        return None
    if len(rules) == 1:
        return pull_one, operation, operands[0], None, *values, None, rules[0], None
    return pull_two, operation, *operands, *values, *rules

"""C6 to C9: every operation brings its derivative along."""

from inspect import getsource
from typing import Any

import numpy as np

import autodiff
import numeric
import symbolic
from compare import compare
from compare.certifying import certify
from compare.families import slope
from expression import functions, measure, operation, parse, trace
from expression.errors import UnsupportedOperation
from expression.operations import TABLE
from expression.operations.operation import Array
from lessons.claims.claim import Claim, Group, Measurement
from lessons.claims.measuring import EXACT, beyond_estimate, gap, rounded, sampled_calls

SIZES = (8, 16, 32, 64, 128)  # of a vector whose Jacobian is stored
SLOPE = 0.02  # how far a fitted slope may be from a whole number
SHORT = 10  # lines
MATRIX = np.array([[0.4, -0.7, 1.1], [0.9, 0.3, -0.2]])
COLUMN = np.array([0.5, 1.5, -0.8])

QUOTED = (  # operation, as a formula, its partials as they are usually quoted
    ("add", "x + y", "(1, 1)"),
    ("mul", "x * y", "(y, x)"),
    ("sigmoid", "sigmoid(x)", "sigmoid(x) * (1 - sigmoid(x))"),
    ("relu", "relu(x)", "where(x > 0, 1, 0)"),
)

NAMED: tuple[tuple[str, Any, tuple[Array, ...]], ...] = (
    ("+", lambda x, y: x + y, (0.7, 1.2)),
    ("-", lambda x, y: x - y, (0.7, 1.2)),
    ("*", lambda x, y: x * y, (0.7, 1.2)),
    ("/", lambda x, y: x / y, (0.7, 1.2)),
    ("**", lambda x, y: x**y, (0.7, 1.2)),
    ("neg", lambda x: -x, (0.7,)),
    ("exp", np.exp, (0.7,)),
    ("log", np.log, (0.7,)),
    ("log1p", np.log1p, (0.7,)),
    ("expm1", np.expm1, (0.7,)),
    ("sqrt", np.sqrt, (0.7,)),
    ("sin", np.sin, (0.7,)),
    ("cos", np.cos, (0.7,)),
    ("tan", np.tan, (0.7,)),
    ("tanh", np.tanh, (0.7,)),
    ("sigmoid", functions.sigmoid, (0.7,)),
    ("softplus", functions.softplus, (0.7,)),
    ("relu", functions.relu, (0.7,)),
    ("abs", np.abs, (-0.7,)),
    ("maximum", np.maximum, (0.7, 1.2)),
    ("minimum", np.minimum, (0.7, 1.2)),
    ("max", lambda x: np.max(x, axis=1), (MATRIX,)),
    ("min", lambda x: np.min(x, axis=0), (MATRIX,)),
    ("sum", lambda x: np.sum(x, axis=1), (MATRIX,)),
    ("mean", lambda x: np.mean(x, axis=0), (MATRIX,)),
    ("matmul", lambda x, y: x @ y, (MATRIX, COLUMN)),
    ("transpose", np.transpose, (MATRIX,)),
    ("reshape", lambda x: np.reshape(x, (3, 2)), (MATRIX,)),
    ("broadcast", lambda x: np.broadcast_to(x, (2, 3)), (COLUMN,)),
    ("indexing", lambda x: x[:, 1], (MATRIX,)),
    ("gather", lambda x: np.take(x, np.array([2, 0, 2])), (COLUMN,)),
    ("concat", lambda x, y: np.concatenate([x, y[None]]), (MATRIX, COLUMN)),
    ("where", lambda x: np.where(x > 0, x * x, -x), (MATRIX,)),
    ("logsumexp", functions.logsumexp, (COLUMN,)),
    ("softmax", functions.softmax, (COLUMN,)),
    ("dot", np.dot, (COLUMN, COLUMN[::-1].copy())),
)


@operation(partials=(lambda y, x: 1 / (1 + np.abs(x)) ** 2,))
def softsign(x: Array) -> Array:
    """One definition: the function, and its partial."""
    return x / (1 + np.abs(x))


def weighted(f: Any) -> Any:
    """The sum of the results with fixed weights: its gradient is a row of the Jacobian of f."""

    def scalar(*x: Array) -> Array:
        y = f(*x)
        return np.sum(np.random.default_rng(1).uniform(0.5, 1.5, np.shape(y)) * y)

    return scalar


def local_derivatives() -> Measurement:
    """C6: the rules of every operation, against SymPy, finite differences and mpmath; VJPs in place of Jacobians."""
    rows, calls, widest, within = set(), 0, 0.0, True
    for row, x, parameters in sampled_calls():
        f = weighted(lambda *x, row=row, parameters=parameters: row(*x, **parameters))
        floats = tuple([k for k, v in enumerate(x) if np.asarray(v).dtype.kind == "f"])
        e = trace(f, *x)
        by_rule = autodiff.grad(e, floats)(*x)
        certified = certify(e, x, floats)
        widest = max(widest, gap(by_rule, symbolic.grad(e, floats)(*x)), gap(by_rule, certified.floats()))
        within = within and beyond_estimate(by_rule, e, floats, x)[1]
        rows.add(row.name)
        calls += 1
    jacobians, pullbacks = [], []
    for n in SIZES:
        entries = np.linspace(-1.0, 1.0, n)
        jacobians.append(autodiff.jacobian(np.tanh)(entries).nbytes)
        pullbacks.append(autodiff.vjp(np.tanh, entries)[1](np.ones(n))[0].nbytes)
    slopes = [slope(SIZES, found) or 0.0 for found in (jacobians, pullbacks)]
    flat = abs(slopes[0] - 2) <= SLOPE and abs(slopes[1] - 1) <= SLOPE
    return Measurement(
        f"{len(rows)} operations, {calls} calls: rule, SymPy and mpmath differ by {rounded(widest)} at most, "
        "differences stay within their error estimate",
        widest <= EXACT and within and flat,
        {"operations": len(rows), "calls": calls, "gap": widest, "jacobian_bytes": jacobians, "vjp_bytes": pullbacks},
        f"for vectors the predefined rule is the VJP, and no Jacobian is formed: tanh of {SIZES[-1]} numbers would "
        f"have {jacobians[-1]:,} bytes of Jacobian, the rule returns {pullbacks[-1]:,} (growth n^{slopes[0]:.2f} "
        f"against n^{slopes[1]:.2f})",
    )


def named_operations() -> Measurement:
    """C7: the operations that are usually named, by all three methods."""
    agree = []
    for name, f, args in NAMED:
        scalar, argnums = weighted(f), tuple(range(len(args)))
        gradient = autodiff.grad(scalar, argnums)(*args)
        same = gap(gradient, symbolic.grad(scalar, argnums)(*args)) <= EXACT
        if same and beyond_estimate(gradient, scalar, argnums, args)[1]:
            agree.append(name)
    refusal = refused(lambda x: np.sum(np.abs(np.fft.fft(x))))
    return Measurement(
        f"{len(agree)} of {len(NAMED)} named operations are differentiated alike by all three methods; one without a "
        f"rule is refused by name: {refusal.partition(';')[0]}",
        len(agree) == len(NAMED) and "np.fft.fft" in refusal,
        {"agree": agree, "named": [name for name, _, _ in NAMED], "refusal": refusal},
    )


def refused(f: Any) -> str:
    """What the tape says to a function with an operation that it does not know; nothing where it computes."""
    try:
        autodiff.grad(f)(COLUMN)
    except UnsupportedOperation as error:
        return str(error)
    return ""


def quoted_rules() -> Measurement:
    """C8: the four rules that are usually quoted, printed from the table; and relu at 0."""
    printed = {name: autodiff.derive(parse(formula)).to_infix() for name, formula, _ in QUOTED}
    alike = all(printed[name] == quoted for name, _, quoted in QUOTED)
    relu = [room.grad(functions.relu)(0.0) for room in (autodiff, symbolic)]
    kink = TABLE["relu"].kink
    documented = kink is not None and "at 0" in kink.policy and kink.subdifferential == (0.0, 1.0)
    larger = [room.grad(lambda x: np.maximum(x, 0.0))(0.0) for room in (autodiff, symbolic)]
    one_sided = [numeric.grad(functions.relu, scheme=scheme, step=2.0**-20)(0.0) for scheme in ("backward", "forward")]
    listed = "; ".join(f"{name}: {text}" for name, text in printed.items())
    return Measurement(
        f"printed from the table, {listed}; relu'(0) = {relu[0]:g} on the tape, {relu[1]:g} by SymPy's rule",
        alike and relu == [0.0, 0.0] and larger == [0.5, 0.5] and one_sided == [0.0, 1.0] and documented,
        {"printed": printed, "relu_at_0": relu, "maximum_at_0": larger, "one_sided": one_sided},
        f"relu'(0) is a choice: max(x, 0), the same function, gets {larger[0]:g} here, the slopes left and right are "
        f"{one_sided[0]:g} and {one_sided[1]:g}, and all between are as right",
    )


def one_definition() -> Measurement:
    """C9: an operation of one's own, with one definition for every method."""
    lines = len(getsource(softsign.body).strip().splitlines())
    x, truth = 0.75, 1 / 1.75**2
    found = {room.__name__: room.grad(lambda x: softsign(x))(x) for room in (autodiff, symbolic, numeric)}
    right = gap(found["autodiff"], truth) <= EXACT and gap(found["symbolic"], truth) <= EXACT
    within = beyond_estimate((truth,), softsign, (0,), (x,))[1]
    e = trace(softsign, x)
    adjoint = autodiff.derive(e).to_infix()
    notes = compare(lambda x: softsign(x), x, time=False).notes
    return Measurement(
        f"softsign in {lines} lines: all three give {found['autodiff']:.6f} at {x}, it is listed and counted under its "
        f"name, its adjoint prints as {adjoint}, and the checker has {len(notes) or 'no'} objections",
        lines <= SHORT
        and right
        and within
        and measure(e).op_count == {"softsign": 1}
        and "abs" in adjoint
        and not notes,
        {"lines": lines, "derivatives": found, "truth": truth, "adjoint": adjoint, "notes": list(notes)},
    )


GROUP = Group(
    "Each operation brings its derivative along",
    (
        Claim(
            "C6",
            "For each operation the local derivative (of scalars) or Jacobian (of vectors) is predefined.",
            "the rule of every operation is the derivative that SymPy, differences and mpmath find",
            local_derivatives,
            9,
            "compare.forward_trace(f, x)",
        ),
        Claim(
            "C7",
            "The operations are + * matmul relu log exp and their kin.",
            "each of 36 named operations works in all three methods, and one without a rule is refused by name",
            named_operations,
            9,
            "compare.rules_of('mul', 'log', 'exp')",
        ),
        Claim(
            "C8",
            "Add has the partials (1, 1), multiply (in2, in1), sigmoid s (1 - s), ReLU 1 if x > 0 else 0.",
            "the four rules as they are printed from the table, and one documented answer at the kink of ReLU",
            quoted_rules,
            6,
            "compare.rules_of('add', 'mul', 'sigmoid', 'relu')",
        ),
        Claim(
            "C9",
            "Developers write forward and backward once for each operation.",
            "one definition in at most 10 lines gives an operation all methods, the counters and the checker",
            one_definition,
            7,
            "compare(softsign, x)",
        ),
    ),
)

"""Elementwise operations: one row each, both modes of differentiation from the column of partials.

A partial is `(y, *x) -> dy/dx_k`, or the number that it always is. It may return a Python number, which the sweeps then
fold away (`1.0` is no multiplication, `0.0` is no contribution). Flops follow McMahon's Livermore weights (1986): 1 for + - * and
comparisons, 4 for / and sqrt, 8 for exp, log, sin and their kin; what only moves data is free, where() included.
"""

import math
from typing import Any

import numpy as np

from expression.operations.literals import ONE, as_number, times
from expression.operations.operation import (
    ABOVE_ONE,
    BOOLEAN,
    POSITIVE,
    REAL,
    UNIT,
    Array,
    Interval,
    Kink,
    Operation,
    Rule,
    as_ufunc,
    broadcast_shape,
    floating,
    indicator,
    promoted,
    zero,
)

SELECTION = 0  # data moves
DIVISION = 4
TRANSCENDENTAL = 8


def elementwise(
    name: str,
    numpy: Any,
    partials: tuple[Rule | float, ...],
    sympy: str,
    mpmath: str | Rule,
    latex: str,
    domain: tuple[Interval, ...] = (REAL,),
    *,
    forward: Rule | None = None,
    **columns: Any,
) -> Operation:
    """Make a row of the elementwise family; `numpy` is a function, a tuple of them, or None.

    Where NumPy's own function runs, it also says the dtype.
    """
    answers = numpy if isinstance(numpy, tuple) else () if numpy is None else (numpy,)
    if forward is None:
        columns = {"dtype": as_ufunc(answers[0]), **columns}
    return Operation(
        name,
        forward or answers[0],
        broadcast_shape,
        answers,
        partials=partials,
        sympy=sympy,
        mpmath=mpmath,
        latex=latex,
        domain=domain,
        **columns,
    )


# -- forward functions that NumPy lacks: each is plain, self-contained NumPy, and prints as it stands here --------


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)); exp may overflow to inf, and the quotient is then an exact 0."""
    return 1 / (1 + np.exp(-x))


def relu(x: Array) -> Array:
    """The positive part of x."""
    return np.maximum(x, 0)


def softplus(x: Array) -> Array:
    """log(1 + exp(x)) without overflow, for complex x too."""
    return np.log1p(np.exp(np.where(np.real(x) > 0, -x, x))) + np.where(np.real(x) > 0, x, 0)


def logaddexp(x: Array, y: Array) -> Array:
    """log(exp(x) + exp(y)) without overflow, for complex arguments too."""
    if not (np.iscomplexobj(x) or np.iscomplexobj(y)):
        return np.logaddexp(x, y)
    larger: Array = np.where(np.real(x) > np.real(y), x, y)
    smaller: Array = np.where(np.real(x) > np.real(y), y, x)
    return larger + np.log1p(np.exp(smaller - larger))


def erf(x: Array) -> Array:
    """Error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x; a large array in blocks, off by 2 ulp at most.

    There, with k / 64 the nearest to x, d their difference and m halfway, Taylor's series of exp(-t^2) about m gives
    erf(x) = erf(k / 64) + 2 / sqrt(pi) exp(-m^2) (d + (4 m^2 - 2) d^3 / 24 + (16 m^4 - 48 m^2 + 12) d^5 / 1920 + ...).
    """
    a = np.asarray(x)
    if a.size < 2048:
        y = np.vectorize(math.erf, otypes=[float])(a)
    else:
        known = np.array([math.erf(k / 64) for k in range(-384, 385)])
        flat, y = a.reshape(-1).astype(float), np.empty(a.size)
        for start in range(0, a.size, 4096):
            block = flat[start : start + 4096]
            near = np.clip(block, -6.0, 6.0)  # beyond, it is 1 to the last bit
            k = np.rint(64.0 * near)
            d = near - k / 64.0
            m = near - 0.5 * d
            p, q = m * m, d * d
            series = 1.0 + q * ((p - 0.5) / 6.0 + q * ((p - 3.0) * p + 0.75) / 120.0)
            places = np.fmax(k, -384.0).astype(int) + 384  # nan, which stands in d too, has no place of its own
            rest = 1.1283791670955126 * d * np.exp(-p) * series
            y[start : start + 4096] = np.copysign(known[places] + rest, block)
        y = y.reshape(a.shape)
    return y.astype(np.result_type(a, np.float32), copy=False)[()]


def gate(v_bar: Array, partial: Array) -> Array:
    """v_bar * partial, and exactly 0 wherever v_bar is 0, even if the partial is infinite or nan."""
    return np.where(v_bar == 0, 0 * v_bar, v_bar * partial)


def gate_both(x: Array, y: Array) -> Array:
    """The product, and exactly 0 wherever either factor is 0, even if the other is infinite or nan."""
    return np.where((x == 0) | (y == 0), 0.0, x * y)


def cast(x: Array) -> Array:
    """Carry a truth value or an integer into the floats."""
    return np.asarray(x, dtype=np.result_type(x, np.float64))


# -- partials that take more than a line ---------------------------------------------------------------------------


def is_number(x: Array) -> bool:
    """Whether a rule was given a plain scalar constant, which it may fold."""
    return isinstance(x, int | float | np.floating) or (isinstance(x, np.ndarray) and x.ndim == 0)


def power_of_base(y: Array, a: Array, b: Array) -> Array:
    """B * a^(b-1), with no a^1 or a^0 written down when b is a constant."""
    if is_number(b):
        exponent = float(b)
        if exponent in (0.0, 1.0):
            return exponent
        return exponent * a if exponent == 2.0 else exponent * a ** (exponent - 1.0)
    return np.where(b == 0, 0.0, b * a ** (b - 1))


def power_of_exponent(y: Array, a: Array, b: Array) -> Array:
    """Y * log(a), which is 0 at a = 0 where 0 * log(0) would be nan."""
    return gate_operation(y, np.log(a))


def chosen(a_wins: Array, tie: Array, like: Array) -> Array:
    """1 where the argument wins, 1/2 on a tie, 0 elsewhere."""
    number = floating(getattr(like, "dtype", np.dtype(np.float64))).type
    return np.where(tie, number(0.5), indicator(a_wins, like))


def sigmoid_value(x: Array) -> Array:
    """The sigmoid as an operation (on tracers it is one node)."""
    return SIGMOID(x)


def gate_operation(v_bar: Array, partial: Array) -> Array:
    """The gate as an operation (on tracers it is one node); plain numbers need none."""
    return times(v_bar, partial) if type(v_bar) is float or type(partial) is float else GATE(v_bar, partial)


def gate_both_operation(x: Array, y: Array) -> Array:
    """The product of two adjoints, as an operation: the zeros of both stand for branches not taken."""
    return times(x, y) if type(x) is float or type(y) is float else GATE_BOTH(x, y)


def is_interval(x: Any) -> bool:
    """Whether a scalar is an interval of mpmath; its comparisons are None where the interval holds both answers."""
    return hasattr(x, "delta")


def larger(c: Any, x: Any, y: Any) -> Any:
    """The larger of two numbers, or end by end of two intervals."""
    return c.mpf([max(x.a, y.a), max(x.b, y.b)]) if is_interval(x) else x if x > y else y


def either(condition: bool | None, x: Any, y: Any) -> Any:
    """The branch that a condition takes, and None where an interval holds both sides of it."""
    return None if condition is None else x if condition else y


def quotient(c: Any, x: Any, y: Any) -> Any:
    """X / y over mpmath, with NumPy's answers for a zero divisor."""
    if not is_interval(y) and y == 0:
        return c.nan if x == 0 or c.isnan(x) else c.sign(x) * c.inf
    return x / y


def logarithm(c: Any, x: Any) -> Any:
    """Log over mpmath: nan below 0 (where mpmath turns complex), -inf at 0."""
    if is_interval(x):
        return c.log(x)
    return c.nan if x < 0 else c.ninf if x == 0 else c.log(x)


def real_only(function: str) -> Rule:
    """An mpmath function whose complex answers become nan, as in NumPy."""

    def over(c: Any, *x: Any) -> Any:
        try:
            y = getattr(c, function)(*x)
        except ValueError:
            if is_interval(x[0]):
                raise
            return c.nan
        return c.nan if isinstance(y, c.mpc) else y

    over.__name__ = function
    return over


def power(c: Any, x: Any, y: Any) -> Any:
    """X ** y over mpmath; nan for a root of a negative number, inf for 0 to a negative power."""
    if is_interval(x) or is_interval(y):
        return x**y if x > 0 or y != c.mpf(int(y.mid)) else x ** int(y.mid)
    if x == 0 and y < 0:
        return c.inf
    return c.nan if x < 0 and y != c.floor(y) else x**y


# -- kinks -----------------------------------------------------------------------------------------------------------

AT_ZERO = Kink("at 0 the derivative is taken as 0", lambda x: x == 0, (-1.0, 1.0))
RELU_KINK = Kink("at 0 the derivative is taken as 0", lambda x: x == 0, (0.0, 1.0))
TIE = Kink("on a tie the derivative is shared equally", lambda x, y: x == y, (0.0, 1.0))
JUMP = Kink("the derivative is 0 between the jumps, and taken as 0 at them", lambda x: x == np.floor(x))
HALF_JUMP = Kink(
    "the derivative is 0 between the jumps, and taken as 0 at them", lambda x: x - 0.5 == np.floor(x - 0.5)
)
SIGN_JUMP = Kink("the derivative is 0, and taken as 0 at the jump", lambda x, *_: x == 0)
MOD_JUMP = Kink("at a jump the derivative of the piece to the right is taken", lambda x, y: np.remainder(x, y) == 0)

LN2 = math.log(2.0)
LN10 = math.log(10.0)
ROOT = 2 / math.sqrt(math.pi)

# fmt: off
ARITHMETIC = (
    #            name         numpy             partials (y, *x) -> dy/dx_k                                      sympy        mpmath                      latex                    domain
    elementwise("add",        np.add,           (ONE, ONE),                                                      "x + y",     lambda c, x, y: x + y,      "{0} + {1}",             (REAL, REAL), symbol="+", commutative=True),
    elementwise("sub",        np.subtract,      (ONE, -ONE),                                                     "x - y",     lambda c, x, y: x - y,      "{0} - {1}",             (REAL, REAL), symbol="-"),
    elementwise("mul",        np.multiply,      (lambda y, a, b: b, lambda y, a, b: a),                          "x*y",       lambda c, x, y: x * y,      r"{0} \cdot {1}",        (REAL, REAL), symbol="*", commutative=True),
    elementwise("div",        np.divide,        (lambda y, a, b: 1 / b, lambda y, a, b: -(1 / b) * y),                 "x/y",       quotient,                   r"\frac{{{0}}}{{{1}}}",  (REAL, POSITIVE), symbol="/", weight=DIVISION),
    elementwise("neg",        np.negative,      (-ONE,),                                                         "-x",        lambda c, x: -x,            "-{0}",                  symbol="neg"),
    elementwise("pow",        np.power, (power_of_base, power_of_exponent),                    "x**y",      power,                      "{0}^{{{1}}}",           (POSITIVE, REAL), symbol="**", weight=TRANSCENDENTAL),
    elementwise("square",     np.square,        (lambda y, a: 2 * a,),                                           "x**2",      lambda c, x: x**2,          "{0}^{{2}}"),
    elementwise("sqrt",       np.sqrt,          (lambda y, a: 0.5 / y,),                                         "sqrt(x)",   real_only("sqrt"),          r"\sqrt{{{0}}}",         (POSITIVE,), weight=DIVISION),
    elementwise("cbrt",       np.cbrt,          (lambda y, a: 1 / (3 * y * y),),                                 "sign(x)*Abs(x)**Rational(1,3)", lambda c, x: c.sign(x) * c.root(abs(x), 3), r"\sqrt[3]{{{0}}}", (POSITIVE,), increasing=True, weight=TRANSCENDENTAL, analytic=False),
    elementwise("reciprocal", np.reciprocal,    (lambda y, a: -y * y,),                                          "1/x",       lambda c, x: quotient(c, c.mpf(1), x), r"\frac{{1}}{{{0}}}", (POSITIVE,), weight=DIVISION),
    elementwise("hypot",      np.hypot,         (lambda y, a, b: a / y, lambda y, a, b: b / y),                  "sqrt(x**2 + y**2)", lambda c, x, y: c.sqrt(x * x + y * y), r"\operatorname{{hypot}}({0}, {1})", (POSITIVE, REAL), weight=DIVISION, analytic=False, commutative=True),
    # the quotient stays between 4 and 5, so that no difference quotient crosses a jump
    elementwise("remainder",  np.remainder,     (ONE, lambda y, a, b: -np.floor(a / b)),                         "x - y*floor(x/y)", lambda c, x, y: x - y * c.floor(x / y), r"{0} \;\mathrm{{mod}}\; {1}", ((2.2, 2.4), (0.5, 0.54)), symbol="%", weight=DIVISION, kink=MOD_JUMP, analytic=False),
)

TRANSCENDENTALS = (
    elementwise("exp",     np.exp,     (lambda y, a: y,),                       "exp(x)",          "exp",               r"e^{{{0}}}",               weight=TRANSCENDENTAL),
    elementwise("exp2",    np.exp2,    (lambda y, a: LN2 * y,),                 "exp(log(2)*x)",   lambda c, x: c.mpf(2) ** x, r"2^{{{0}}}",        weight=TRANSCENDENTAL, increasing=True, analytic=False),
    elementwise("expm1",   np.expm1,   (lambda y, a: y + 1,),                   "exp(x) - 1",      "expm1",             r"\left(e^{{{0}}} - 1\right)", weight=TRANSCENDENTAL),
    elementwise("log",     np.log,     (lambda y, a: 1 / a,),                   "log(x)",          logarithm,           r"\ln {0}",                 (POSITIVE,), weight=TRANSCENDENTAL),
    elementwise("log2",    np.log2,    (lambda y, a: 1 / (LN2 * a),),           "log(x)/log(2)",   lambda c, x: logarithm(c, x) / c.log(2), r"\log_{{2}} {0}", (POSITIVE,), weight=TRANSCENDENTAL),
    elementwise("log10",   np.log10,   (lambda y, a: 1 / (LN10 * a),),          "log(x)/log(10)",  lambda c, x: logarithm(c, x) / c.log(10), r"\log_{{10}} {0}", (POSITIVE,), weight=TRANSCENDENTAL),
    elementwise("log1p",   np.log1p,   (lambda y, a: 1 / (1 + a),),             "log(1 + x)",      lambda c, x: c.nan if x < -1 else c.ninf if x == -1 else c.log1p(x), r"\ln\left(1 + {0}\right)", ((-0.5, 3.0),), weight=TRANSCENDENTAL),
    elementwise("sin",     np.sin,     (lambda y, a: np.cos(a),),               "sin(x)",          "sin",               r"\sin {0}",                weight=TRANSCENDENTAL),
    elementwise("cos",     np.cos,     (lambda y, a: -np.sin(a),),              "cos(x)",          "cos",               r"\cos {0}",                weight=TRANSCENDENTAL),
    elementwise("tan",     np.tan,     (lambda y, a: 1 + y * y,),               "tan(x)",          "tan",               r"\tan {0}",                ((-1.2, 1.2),), weight=TRANSCENDENTAL),
    elementwise("arcsin",  np.arcsin,  (lambda y, a: 1 / np.sqrt(1 - a * a),),  "asin(x)",         real_only("asin"),   r"\arcsin {0}",             (UNIT,), weight=TRANSCENDENTAL, increasing=True),
    elementwise("arccos",  np.arccos,  (lambda y, a: -1 / np.sqrt(1 - a * a),), "acos(x)",         real_only("acos"),   r"\arccos {0}",             (UNIT,), weight=TRANSCENDENTAL, increasing=False),
    elementwise("arctan",  np.arctan,  (lambda y, a: 1 / (1 + a * a),),         "atan(x)",         "atan",              r"\arctan {0}",             weight=TRANSCENDENTAL, increasing=True),
    elementwise("arctan2", np.arctan2, (lambda y, a, b: b / (a * a + b * b), lambda y, a, b: -a / (a * a + b * b)), "atan2(x, y)", "atan2", r"\operatorname{{atan2}}({0}, {1})", (REAL, POSITIVE), weight=TRANSCENDENTAL, analytic=False),
    elementwise("sinh",    np.sinh,    (lambda y, a: np.cosh(a),),              "sinh(x)",         "sinh",              r"\sinh {0}",               weight=TRANSCENDENTAL, increasing=True),
    elementwise("cosh",    np.cosh,    (lambda y, a: np.sinh(a),),              "cosh(x)",         lambda c, x: (c.exp(x) + c.exp(-x)) / 2, r"\cosh {0}", weight=TRANSCENDENTAL),
    elementwise("tanh",    np.tanh,    (lambda y, a: 1 - y * y,),               "tanh(x)",         "tanh",              r"\tanh {0}",               weight=TRANSCENDENTAL, increasing=True),
    elementwise("arcsinh", np.arcsinh, (lambda y, a: 1 / np.sqrt(a * a + 1),),  "asinh(x)",        "asinh",             r"\operatorname{{arsinh}} {0}", weight=TRANSCENDENTAL, increasing=True),
    elementwise("arccosh", np.arccosh, (lambda y, a: 1 / np.sqrt(a * a - 1),),  "acosh(x)",        real_only("acosh"),  r"\operatorname{{arcosh}} {0}", (ABOVE_ONE,), weight=TRANSCENDENTAL, increasing=True),
    elementwise("arctanh", np.arctanh, (lambda y, a: 1 / (1 - a * a),),         "atanh(x)",        real_only("atanh"),  r"\operatorname{{artanh}} {0}", (UNIT,), weight=TRANSCENDENTAL, increasing=True),
    elementwise("logaddexp", np.logaddexp, (lambda y, a, b: sigmoid_value(a - b), lambda y, a, b: sigmoid_value(b - a)), "log(exp(x) + exp(y))", lambda c, x, y: c.log(c.exp(x) + c.exp(y)), r"\operatorname{{logaddexp}}({0}, {1})", (REAL, REAL), forward=logaddexp, weight=2 * TRANSCENDENTAL, dtype=floating, commutative=True),
    elementwise("sigmoid", None,       (lambda y, a: y * (1 - y),),             "1/(1 + exp(-x))", lambda c, x: 1 / (1 + c.exp(-x)), r"\sigma\left({0}\right)", forward=sigmoid, weight=TRANSCENDENTAL, dtype=floating),
    elementwise("softplus", None,      (lambda y, a: sigmoid_value(a),),        "log(1 + exp(x))", lambda c, x: c.log(1 + c.exp(x)), r"\operatorname{{softplus}}\left({0}\right)", forward=softplus, weight=2 * TRANSCENDENTAL, dtype=floating),
    elementwise("erf",     None,       (lambda y, a: ROOT * np.exp(-a * a),),   "erf(x)",          "erf",               r"\operatorname{{erf}} {0}", forward=erf, weight=TRANSCENDENTAL, dtype=floating, increasing=True, analytic=False),
)

KINKED = (
    elementwise("abs",     np.absolute, (lambda y, a: np.sign(a),),  "Abs(x)",          lambda c, x: abs(x),  r"\left|{0}\right|",      kink=AT_ZERO, analytic=False),
    elementwise("sign",    np.sign,    (zero,),                                 "sign(x)",         "sign",              r"\operatorname{{sign}} {0}", kink=SIGN_JUMP, analytic=False, increasing=True),
    elementwise("relu",    None,       (lambda y, a: indicator(a > 0, y),), "Piecewise((x, x > 0), (0, True))", lambda c, x: x if x > 0 else x * 0, r"\operatorname{{relu}}\left({0}\right)", forward=relu, kink=RELU_KINK, analytic=False, increasing=True),
    elementwise("maximum", np.maximum, (lambda y, a, b: chosen(a > b, a == b, y), lambda y, a, b: chosen(b > a, a == b, y)), "Max(x, y)", larger, r"\max({0}, {1})", (REAL, REAL), kink=TIE, analytic=False, commutative=True),
    elementwise("minimum", np.minimum, (lambda y, a, b: chosen(a < b, a == b, y), lambda y, a, b: chosen(b < a, a == b, y)), "Min(x, y)", lambda c, x, y: -larger(c, -x, -y), r"\min({0}, {1})", (REAL, REAL), kink=TIE, analytic=False, commutative=True),
    elementwise("where",   None,       (zero, lambda y, c, a, b: indicator(c, y), lambda y, c, a, b: indicator(np.logical_not(c), y)), "Piecewise((y, x), (z, True))", lambda c, p, x, y: x if p else y, r"\begin{{cases}} {1} & {0} \\ {2} & \text{{otherwise}} \end{{cases}}", (BOOLEAN, REAL, REAL), forward=np.where, dtype=lambda c, a, b: promoted(a, b), selects=True, weight=SELECTION, products=(lambda v, y, c, a, b: 0.0, lambda v, y, c, a, b: np.where(c, as_number(v, y), 0.0), lambda v, y, c, a, b: np.where(c, 0.0, as_number(v, y)))),
    elementwise("gate",    None,       (lambda v, a, b: b, lambda v, a, b: a),  "x*y",             lambda c, x, y: x * 0 if x == 0 else x * y, r"{0} \cdot {1}", (REAL, REAL), forward=gate, selects=True, products=(lambda v, y, a, b: gate_operation(v, b), lambda v, y, a, b: gate_both_operation(a, v))),
    elementwise("gate_both", None,     (lambda v, a, b: b, lambda v, a, b: a),  "x*y",             lambda c, x, y: x * 0 if x == 0 else y * 0 if y == 0 else x * y, r"{0} \circledcirc {1}", (REAL, REAL), forward=gate_both, dtype=floating, selects=True, commutative=True, products=(lambda v, y, a, b: gate_both_operation(v, b), lambda v, y, a, b: gate_both_operation(a, v))),
    elementwise("floor",   np.floor,   (zero,),                                 "floor(x)",        "floor",             r"\left\lfloor {0} \right\rfloor", kink=JUMP, analytic=False, increasing=True),
    elementwise("ceil",    np.ceil,    (zero,),                                 "ceiling(x)",      "ceil",              r"\left\lceil {0} \right\rceil", kink=JUMP, analytic=False, increasing=True),
    elementwise("trunc",   np.trunc,   (zero,),                                 "sign(x)*floor(Abs(x))", lambda c, x: c.sign(x) * c.floor(abs(x)), r"\operatorname{{trunc}} {0}", kink=JUMP, analytic=False),
    elementwise("rint",    np.rint,    (zero,),                                 "floor(x + Rational(1,2)) + ceiling(x/2 - Rational(1,4)) - floor(x/2 - Rational(1,4)) - 1", "nint",     r"\operatorname{{round}} {0}", kink=HALF_JUMP, analytic=False, increasing=True),
    elementwise("floor_divide", np.floor_divide, (zero, zero),                  "floor(x/y)",      lambda c, x, y: c.floor(x / y), r"\left\lfloor {0} / {1} \right\rfloor", (REAL, POSITIVE), symbol="//", weight=DIVISION, kink=Kink("the derivative is 0 between the jumps", lambda x, y: np.remainder(x, y) == 0), analytic=False),
    elementwise("heaviside", np.heaviside, (zero, lambda y, a, b: indicator(a == 0, y)), "Piecewise((0, x < 0), (y, Eq(x, 0)), (1, True))", lambda c, x, y: either(x == 0, y, either(x > 0, c.mpf(1), c.mpf(0))), r"\operatorname{{H}}({0}, {1})", (REAL, REAL), kink=SIGN_JUMP, analytic=False),
    elementwise("copysign", np.copysign, (lambda y, a, b: np.sign(a) * np.copysign(1.0, b), zero), "Abs(x)*Piecewise((1, y >= 0), (-1, True))", lambda c, x, y: either(y >= 0, abs(x), -abs(x)), r"\operatorname{{copysign}}({0}, {1})", (REAL, REAL), kink=SIGN_JUMP, analytic=False),
)

CONDITIONS = (
    elementwise("less",          np.less,          (zero, zero), "x < y",     lambda c, x, y: x < y,  "{0} < {1}",      (REAL, REAL), symbol="<"),
    elementwise("less_equal",    np.less_equal,    (zero, zero), "x <= y",    lambda c, x, y: x <= y, r"{0} \leq {1}",  (REAL, REAL), symbol="<="),
    elementwise("greater",       np.greater,       (zero, zero), "x > y",     lambda c, x, y: x > y,  "{0} > {1}",      (REAL, REAL), symbol=">"),
    elementwise("greater_equal", np.greater_equal, (zero, zero), "x >= y",    lambda c, x, y: x >= y, r"{0} \geq {1}",  (REAL, REAL), symbol=">="),
    elementwise("equal",         np.equal,         (zero, zero), "Eq(x, y)",  lambda c, x, y: x == y, "{0} = {1}",      (REAL, REAL), symbol="==", commutative=True),
    elementwise("not_equal",     np.not_equal,     (zero, zero), "Ne(x, y)",  lambda c, x, y: x != y, r"{0} \ne {1}",   (REAL, REAL), symbol="!=", commutative=True),
    elementwise("logical_and",   np.logical_and, (zero, zero), "And(x, y)", lambda c, x, y: bool(x) and bool(y), r"{0} \wedge {1}", (BOOLEAN, BOOLEAN), commutative=True),
    elementwise("logical_or",    np.logical_or,   (zero, zero), "Or(x, y)",  lambda c, x, y: bool(x) or bool(y), r"{0} \vee {1}",  (BOOLEAN, BOOLEAN), commutative=True),
    elementwise("logical_xor",   np.logical_xor, (zero, zero), "Xor(x, y)", lambda c, x, y: bool(x) != bool(y), r"{0} \oplus {1}", (BOOLEAN, BOOLEAN), commutative=True),
    elementwise("logical_not",   np.logical_not, (zero,), "Not(x)", lambda c, x: not x,                  r"\neg {0}",             (BOOLEAN,)),
    elementwise("isnan",         np.isnan,         (zero,), "false",     lambda c, x: c.isnan(x),   r"\operatorname{{isnan}} {0}",),
    elementwise("isinf",         np.isinf,         (zero,), "false",     lambda c, x: c.isinf(x),   r"\operatorname{{isinf}} {0}",),
    elementwise("isfinite",      np.isfinite,      (zero,), "true",      lambda c, x: c.isfinite(x), r"\operatorname{{isfinite}} {0}"),
    elementwise("float",         None,             (ONE,), "x",  lambda c, x: c.mpf(x), "{0}", forward=cast, dtype=lambda a: np.result_type(a, np.float64)),
)
# fmt: on

ROWS = (*ARITHMETIC, *TRANSCENDENTALS, *KINKED, *CONDITIONS)
SIGMOID = next(row for row in ROWS if row.name == "sigmoid")
GATE = next(row for row in ROWS if row.name == "gate")
GATE_BOTH = next(row for row in ROWS if row.name == "gate_both")

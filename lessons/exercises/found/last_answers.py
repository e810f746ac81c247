"""Wrong answers that were collected last, at most two of a mistake; nothing was changed in the checker after them."""

import math
from typing import Any

from lessons.exercises.found.beliefs import RACE
from lessons.exercises.found.duals import four
from lessons.exercises.found.engines import Value, engine, overwriting, recursive_over_sets, with_rules
from lessons.exercises.found.formulas import checker_of_2016, with_step
from lessons.exercises.found.record import NO_NAME, OTHER_NAME, wrong
from lessons.exercises.found.sweeps import tied
from lessons.exercises.found.tapes import Reversing, sigmoid, swish_with

W, X = 0.5, 2.0  # of 06.3
H = math.tanh(W * X)
Y = math.tanh(W * H)


def deep_walk(root: Value) -> None:
    """Reversed post-order, without a set of those that have been visited."""
    nodes: list[Value] = []

    def walk(v: Value) -> None:
        for operand in v.made_of:
            walk(operand)
        nodes.append(v)

    walk(root)
    for v in reversed(nodes):
        v.send()


def added_twice(root: Value) -> None:
    """Every contribution is added two times."""
    order: list[Value] = []

    def walk(v: Value) -> None:
        if v not in order:
            for operand in v.made_of:
                walk(operand)
            order.append(v)

    walk(root)
    for v in reversed(order):
        v.send()
        v.send()


def two_layers(slope_y: float, inner: float) -> dict[str, Any]:
    """An answer to 06.3 with this slope of the outer tanh, and this contribution of the inner product."""
    outer = slope_y * H
    return {"outer": outer, "inner": inner, "w_bar": outer + inner, "missing": "outer"}


def by_itself(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """Where b is a plain number, a is multiplied by itself."""
    other = a if b[1] == 0 else b
    return a[0] * other[0], a[1] * other[0] + a[0] * other[1]


WRONG: tuple[Any, ...] = (
    wrong(
        "01.1",
        "(sin(x**2) - cos(x**2)*2*x*x) / x**2",
        "quotient turned round",
        "http://mathmistakes.info/mistakes/calculus/Examples/22/ccm.html",
        "A student reverses the terms above the line of the quotient rule.",
    ),
    wrong(
        "01.1",
        "(cos(x**2)*2*x - 1) / x**2",
        "",
        "https://mathmistakes.info/mistakes/calculus/Examples/29/ccmp.html",
        "A student takes f' - g' for what stands above the line of the quotient rule.",
    ),
    wrong(
        "01.1",
        "(cos(x**2)*2*x - sin(x**2)) / x",
        "",
        "http://mathmistakes.info/mistakes/calculus/Examples/43/ccmp.html",
        "The quotient rule is right; then a factor is cancelled that only one term above the line has.",
        OTHER_NAME,
    ),
    wrong(
        "01.2",
        (lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h), 100.0),
        "the factor of h",
        "cs231n/cs231n.github.io/issues/111",
        "Says that a central difference has an error of the same order as a step forward.",
    ),
    wrong(
        "01.2",
        (checker_of_2016, 100.0),
        "only a step forward",
        "swiftcoder/isosurface/pull/11",
        "What is called CentralDifference takes a step forward.",
    ),
    wrong(
        "01.2",
        (lambda f, x, h: (f(x + h) - f(x - h)) / h, 1e4),
        "divided by h",
        "laurencejackson/test_gitlab2/issues/37",
        "The gradient of 0, 1, ... 9 comes to 2.",
    ),
    wrong(
        "03.2",
        with_step(lambda eps: 1e-3),
        "always 1e-6",
        "climate-analytics-lab/jax-gcm/pull/847",
        "An absolute ladder of steps that begins with 1e-3, for leaves of the size 1e5 in float32 too.",
    ),
    wrong(
        "03.2",
        lambda eps, f, f2: (2 * math.sqrt(2.2e-16 * f / f2), 2 * math.sqrt(2.2e-16 * f * f2)),
        "",
        "JuliaDiff/FiniteDifferences.jl/issues/98",
        "The step is computed with the eps of Float64, for functions of Float32 too.",
    ),
    wrong(
        "04.1",
        ["16*(1 - x)*(1 - 2*x)**2", "-16*x*(1 - 2*x)**2", "16*x*(1 - x)*(1 - 2*x)*(-2)"],
        "2 in front",
        "SethHWeidman/DLFS_code/issues/20",
        "A book derives (y - P)**2 as -(y - P).",
    ),
    wrong(
        "04.1",
        ["16*(1 - x)*(1 - 2*x)**2", "-16*x*(1 - 2*x)**2", "16*x*(1 - x)*2*(1 - 2*x)**2*(-2)"],
        "same power",
        "https://senseofstudy.com/math/mistakes/chain-rule",
        "Differentiates the outer function, and keeps the original exponent.",
    ),
    wrong(
        "04.1",
        ["16*(1 - x)*(1 - 2*x)**2", "-16*x*(1 - 2*x)**2", "16*x*(1 - x)*2*(1 - 2*x)"],
        "inner factor",
        "http://mathmistakes.info/mistakes/calculus/Examples/23/ccm.html",
        "Of the chain rule for a power, the derivative of what is inside is missing.",
    ),
    wrong(
        "05.1",
        four(mul=by_itself),
        "",
        "MESAHub/mesa/pull/992",
        "A number with a tangent, times a plain one, is multiplied by itself.",
    ),
    wrong(
        "06.2",
        engine(recursive_over_sets),
        "visits twice, a set of operands",
        "karpathy/micrograd/pull/23",
        "Simplifies the sorted traversal to depth first, as no node could be reached by two paths.",
    ),
    wrong(
        "06.2",
        engine(deep_walk),
        "visits twice",
        "tinygrad/tinygrad/pull/165",
        "Drops the set of visited nodes, as a model has no cycles.",
        NO_NAME,
    ),
    wrong(
        "06.2",
        with_rules(sub=lambda y, x: (1.0, -1.0 * -1.0)),
        "sub adds",
        "karpathy/micrograd/issues/57",
        "Wants another minus in the rule of a difference that is made of a sum and a negation.",
    ),
    wrong(
        "06.2",
        engine(overwriting),
        "overwrites",
        "pytorch/pytorch/issues/1528",
        "Of an entry that is taken twice, only the last copy's gradient is kept.",
    ),
    wrong(
        "06.2",
        engine(added_twice),
        "",
        "zou-group/textgrad/pull/200",
        "The same gradient is added twice to each variable.",
    ),
    wrong(
        "06.2",
        with_rules(log=lambda y, x: (1 / y,)),
        "log of its output",
        "http://mathmistakes.info/mistakes/calculus/Examples/22/ccm.html",
        "A student derives ln(t) as 1/ln(t).",
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1 / (1 + a**2)),
        "",
        "neowsl/rust-ml/issues/3",
        "Takes tanh for the arctangent: 1/(1 + x**2).",
    ),
    wrong(
        "06.3",
        two_layers(1 - Y * Y, (1 - Y * Y) * W * (1 - Y * Y) * X),
        "",
        "dennybritz/nn-from-scratch/pull/3",
        "The formula has the slope of the second layer, 1 - tanh(z2)**2, where that of the first belongs.",
    ),
    wrong(
        "06.3",
        two_layers(1 - Y * Y, 0.0),
        "outer alone",
        "qixianbiao/RNN/issues/2",
        "The gradient of h is not sent back to the step before, so that only one use of the weight counts.",
        NO_NAME,
    ),
    wrong(
        "06.3",
        two_layers(1.0, W * (1 - H * H) * X),
        "outer slope lost",
        "Bot-Academy/NeuralNetworkFromScratch/pull/3",
        "The derivative of the activation is missing in the outer layer.",
        NO_NAME,
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1 - math.tanh(h) ** 2),
        "tanh of its result",
        "iamtrask/iamtrask.github.io/issues/32",
        "Suggests to apply the sigmoid to what is passed, which is a sigmoid's result.",
    ),
    wrong(
        "07.1",
        Reversing,
        "visits twice",
        "sebgao/cTensor/issues/5",
        "Each tensor sends its gradient and calls backward of what it was made of: 7 where 6 is right.",
    ),
    wrong(
        "07.2",
        [6] * 10,
        "never adds",
        "huggingface/accelerate/issues/1299",
        "A demo calls zero_grad() at the beginning of each iteration, and discards what was accumulated.",
    ),
    wrong(
        "07.2",
        [6.0 * k for k in range(1, 11)],
        "never forgets",
        "meta-pytorch/torchforge/pull/71",
        "No zero_grad() after a step.",
    ),
    wrong(
        "07.3",
        (192, 48, 4, "plain", "3 and 3"),
        "one question is enough",
        "tensorflow/tensorflow/issues/46487",
        "Asks a non-persistent tape for a second set of gradients.",
    ),
    wrong(
        "07.4",
        swish_with(lambda y, x: sigmoid(x) + x * (sigmoid(x) - (1 - sigmoid(x)))),
        "",
        "sausheong/gonn/issues/8",
        "Writes the derivative of the sigmoid as s - (1 - s).",
    ),
    wrong(
        "07.4",
        swish_with(lambda y, x: sigmoid(x) + x * sigmoid(1 - sigmoid(x))),
        "",
        "yizt/numpy_neural_network/issues/3",
        "The derivative of the sigmoid is s(1 - s(x)), with s applied to the difference.",
    ),
    wrong(
        "08.4",
        {**RACE, "jax.grad": "run"},
        "first call is a call",
        "control-toolbox/CTBenchmarks.jl/issues/18",
        "Takes the first execution for a slow one that might be improved.",
    ),
    wrong(
        "08.4",
        {**RACE, "race": "all in"},
        "building with all",
        "zupat/related_post_gen/issues/205",
        "Wants the first call, which compiles, in the measured time.",
    ),
)

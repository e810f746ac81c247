"""Answers to the exercises of lesson 6 that people gave in public: rules and engines of reverse mode, and numbers."""

import math
from collections.abc import Callable
from typing import Any

from lessons.exercises.found.engines import (
    back,
    bare_slopes,
    engine,
    first_come,
    one_path,
    operands_first,
    overwriting,
    product_alone,
    recursive,
    recursive_over_sets,
    with_rules,
)
from lessons.exercises.found.record import NO_NAME, wrong


def tied(slope: Callable[[float, float], float]) -> dict[str, Any]:
    """An answer to 06.3 with this slope of tanh, of its input and its result."""
    w, x = 0.5, 2.0
    a = w * x
    h = math.tanh(a)
    b = w * h
    y = math.tanh(b)
    outer = slope(b, y) * h
    inner = slope(b, y) * w * slope(a, h) * x
    return {"outer": outer, "inner": inner, "w_bar": outer + inner, "missing": "outer"}


def table(seed: float | None = 1.0) -> list[float]:
    """An answer to 06.1: the sweep begins with this seed, or with the value of y."""
    s, p = 1.5, 0.5
    e = math.exp(p)
    y = s * e
    y_bar = y if seed is None else seed
    s_bar, e_bar = y_bar * e, y_bar * s
    p_bar = e_bar * e
    return [s, p, e, y, y_bar, s_bar, e_bar, p_bar, p_bar * 0.5, p_bar * 0.5 + s_bar, p_bar * 1, p_bar * 1 + s_bar]


SET, TAN = "visits twice, a set of operands", "tan for tanh"

WRONG: tuple[Any, ...] = (
    wrong(
        "06.1",
        table(seed=None),
        "seed y",
        "ngxbac/GAIN/issues/2",
        "Calls grad_logits.backward(gradient=grad_logits): the value is the seed.",
    ),
    wrong(
        "06.2",
        engine(operands_first),
        "list order",
        "karpathy/micrograd/issues/96",
        "Asks why not post-order: depth first, and _backward() after the children.",
    ),
    wrong(
        "06.2",
        engine(recursive),
        "visits twice",
        "karpathy/micrograd/pull/64",
        "Makes backpropagation recursive; on b = a + a, c = b + b the nodes come as c, b, a, a, b, a, a.",
    ),
    wrong(
        "06.2",
        engine(recursive_over_sets),
        SET,
        "karpathy/micrograd/issues/21",
        "Asks why not call backward for every v in self._prev, which is a set.",
        NO_NAME,
    ),
    wrong(
        "06.2",
        engine(recursive_over_sets),
        SET,
        "karpathy/micrograd/issues/68",
        "Takes the graph for a composite: seed if first, _backward(), then backward(False) of each child.",
        NO_NAME,
    ),
    wrong(
        "06.2",
        engine(recursive),
        "visits twice",
        "karpathy/micrograd/issues/2",
        "In the first version every closure sends, and then calls the backward of both operands.",
    ),
    wrong(
        "06.2",
        engine(one_path),
        "one path alone",
        "lucasdelimanogueira/PyNorch/issues/90",
        "A stack and a set: a tensor that has been seen gets nothing from a second path.",
        NO_NAME,
    ),
    wrong(
        "06.2",
        engine(first_come),
        "sends too early",
        "pytorch/pytorch/issues/105293",
        "A node runs when the first of its dependencies is satisfied, not the last.",
        NO_NAME,
    ),
    wrong(
        "06.2",
        engine(overwriting),
        "overwrites",
        "https://github.com/basbenja/micrograd",
        "The rules say self.grad = ...; b = a + a gives a the gradient 1.",
    ),
    wrong(
        "06.2",
        engine(overwriting),
        "overwrites",
        "https://sgaseretto.github.io/lightdlf/03-tensores-de-usos-multiples",
        "A tensor that is used more than once keeps the last gradient that it was sent.",
    ),
    wrong(
        "06.2",
        engine(back, seed=None),
        "seed y",
        "torch/torch7/issues/232",
        "Calls sigmoid:backward(x, sf) with the output sf as the gradient that arrives, and reports a bug.",
    ),
    wrong(
        "06.2",
        with_rules(sub=lambda y, x: (1.0, 1.0)),
        "sub adds",
        "AayushSameerShah/Neural-Net-Zero-to-Hero-with-Andrej/issues/1",
        "Both operands of a difference get +1.0 * out.grad; a comment defends it.",
    ),
    wrong(
        "06.2",
        with_rules(sub=lambda y, x: (1.0, 1.0)),
        "sub adds",
        "KhawajaAbaid/micrograd_c/issues/1",
        "backward_subtract gives the second operand the gradient, where it is the negative.",
    ),
    wrong(
        "06.2",
        with_rules(exp=lambda y, x: (x[0],)),
        "exp of its input",
        "karpathy/nn-zero-to-hero/issues/52",
        "Reports that the rule of exp should be self.data * out.grad.",
    ),
    wrong(
        "06.2",
        with_rules(div=lambda y, x: (1 / x[0], x[1])),
        "div by itself",
        "apache/singa/pull/484",
        "The rule of a / b gives dy / a and dy * b.",
        NO_NAME,
    ),
    wrong(
        "06.2",
        bare_slopes,
        "mul without what arrives + div without what arrives + div not scaled",
        "https://github.com/ybin/pyad/blob/550317f0dece462812b2a69373925a3eaab5ebbb/ad/op.py",
        "The rules of mul and div do not multiply by the gradient that arrives, and that of the divisor is -a.",
        NO_NAME,
    ),
    wrong(
        "06.2",
        product_alone,
        "mul without what arrives",
        "pytorch/pytorch/issues/995",
        "The rule of a product does not multiply by grad_output.",
        NO_NAME,
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1 - math.atanh(h) * math.atanh(h)),
        "tanh of its input",
        "lazyprogrammer/facial-expression-recognition/issues/2",
        "Suggests 1 - arctanh(Z)**2 in place of 1 - Z*Z.",
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1 - a * a),
        "tanh of its input",
        "BoltzmannEntropy/interviews.ai/issues/15",
        "A book keeps the input of an activation, and puts it into the formula for the result: x*(1 - x).",
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1 - math.tanh(h) ** 2),
        "tanh of its result",
        "davidrmiller/neural2d/issues/40",
        "The derivative 1 - tanh(x)**2 is called with the output, so that tanh is taken twice.",
        NO_NAME,
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1 - math.tanh(h) ** 2),
        "tanh of its result",
        "dwhitena/gophernet/issues/6",
        "applySigmoidPrime gets the layer's output, where its input belongs.",
        NO_NAME,
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1.0 + h**2),
        TAN,
        "nicodjimenez/lstm/issues/41",
        "Says that the derivative of tanh should be 1 + values**2.",
        NO_NAME,
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1.0 + h * h),
        TAN,
        "gy910210/neural-network-from-scratch/issues/2",
        "Corrects 1 - output**2 to 1 + output**2, because (tan x)' = 1 + tan(x)**2.",
        NO_NAME,
    ),
    wrong(
        "06.3",
        tied(lambda a, h: -h * h),
        "tanh without the 1",
        "scutan90/DeepLearning-500-questions/issues/544",
        "A table gives -(tanh x)**2 for the derivative of tanh.",
        NO_NAME,
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1 / (1 - h * h)),
        "tanh divides",
        "sebastian-lapuschkin/lrp_toolbox/issues/14",
        "Expects DY / (1 - Y**2) in the backward pass of tanh.",
        NO_NAME,
    ),
)

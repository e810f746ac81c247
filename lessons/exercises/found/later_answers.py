"""Wrong answers that were collected when the checker had been improved on the first ones."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from lessons.exercises.found.beliefs import RACE
from lessons.exercises.found.duals import four
from lessons.exercises.found.engines import engine, in_order, overwriting, with_rules
from lessons.exercises.found.formulas import with_step
from lessons.exercises.found.record import NO_NAME, TAKEN_FOR_RIGHT, wrong
from lessons.exercises.found.sweeps import tied
from lessons.exercises.found.tapes import EdgeByEdge, Replacing, sigmoid, swish_with


def product_of_values(program: Any, values: Sequence[float]) -> list[float]:
    """The rule of mul multiplies by the value of the product, where what has arrived there belongs."""

    def walk(root: Any) -> None:
        for v in reversed(in_order(root)):
            times = len(v.made_of) == 2 and v.data == v.made_of[0].data * v.made_of[1].data
            for operand, slope in zip(v.made_of, v.slopes, strict=True):
                operand.grad += slope * (v.data if times else v.grad)

    return engine(walk)(program, values)


def delta_without_slope() -> dict[str, Any]:
    """An answer to 06.3 that sends back through the weight alone: the slope of the outer tanh is lost on the way."""
    w, x = 0.5, 2.0
    h = math.tanh(w * x)
    y = math.tanh(w * h)
    outer, inner = (1 - y * y) * h, w * (1 - h * h) * x
    return {"outer": outer, "inner": inner, "w_bar": outer + inner, "missing": "outer"}


def times_number(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """Dual numbers right; by a plain number, which does not move, the value alone is multiplied."""
    if b[1] == 0:
        return a[0] * b[0], a[1]
    return a[0] * b[0], a[1] * b[0] + a[0] * b[1]


def heat_equation(f: Callable[[float], float], x: float, h: float) -> float:
    """A quotient written as a / 2 * h."""
    return (f(x + h) - f(x - h)) / 2 * h


WRONG: tuple[Any, ...] = (
    wrong(
        "01.1",
        "(cos(x)*2*x*x - sin(x**2)) / x**2",
        "outer slope at x",
        "http://mathmistakes.info/mistakes/calculus/Examples/24/ccm.html",
        "A student derives cos(2*x) with the outer slope taken at x.",
    ),
    wrong(
        "01.1",
        "cos(x)*2*x/x - sin(x**2)/x**2",
        "outer slope at x",
        "odlgroup/odl/issues/1330",
        "The derivative of x -> A(v x) is taken as A'(x) v, where A'(v x) v belongs.",
    ),
    wrong(
        "01.1",
        "(2*x*cos(x**2)*x + sin(x**2)*1) / x**2",
        "quotient with a plus",
        "https://www.derivativecalculus.com/troubleshooting.html",
        "A student adds in the quotient rule: (x**2 + 1)/(x - 1).",
    ),
    wrong(
        "01.1",
        "(-2*x*cos(x**2)*x - sin(x**2)) / x**2",
        "sine to minus cosine",
        "https://mathmistakes.info/mistakes/calculus/Examples/17/ccmp.html",
        "A student gives the slope of a cosine the sign of a sine's.",
    ),
    wrong(
        "01.2",
        (heat_equation, 1e4),
        "brackets of 2h",
        "TheHPXProject/hpx/issues/1656",
        "Writes k * dt/dx * dx where the whole product is below the line.",
    ),
    wrong(
        "02.1",
        ["p = a * b", "top = p + c", "bottom = c - p", "y = top / bottom"],
        "difference turned round",
        "dlsyscourse/hw1/issues/21",
        "__rsub__ is __sub__, so that a difference is computed the other way round.",
    ),
    wrong(
        "03.2",
        with_step(lambda eps: 2.0**-26),
        "always 1e-6",
        "scipy/scipy/pull/3945",
        "check_grad has one fixed step, the root of eps in double precision.",
    ),
    wrong(
        "03.2",
        with_step(lambda eps: 1e-9),
        "always 1e-6",
        "RainerKuemmerle/g2o/issues/541",
        "Jacobians are estimated with the fixed step 1e-9.",
    ),
    wrong(
        "03.2",
        with_step(lambda eps: 1.49e-8),
        "always 1e-6",
        "kmolan/multicalc-rust/issues/3",
        "Recommends 1.49e-8 as the step for all functions.",
    ),
    wrong(
        "04.1",
        ["16*(1 - x)*(1 - 2*x)**2", "16*x*(1 - 2*x)**2", "16*x*(1 - x)*2*(1 - 2*x)*(+2)"],
        "1 - x has slope 1 + inner sign",
        "owlbarn/owl/issues/532",
        "In forward mode 1 - x has the slope 1.",
    ),
    wrong(
        "04.1",
        ["16*(1 - x)*(1 - 2*x)**2", "-16*x*(1 - 2*x)**2", "16*x*(1 - x)*2*(1 - 2*x)*x"],
        "",
        "makeyourownneuralnetwork/makeyourownneuralnetwork/issues/77",
        "Corrects the derivative of (t - o)**2 to 2*(t - o)*o: the inner slope is taken to be o.",
    ),
    wrong(
        "04.1",
        "16 + (-1) + 2*(1 - 2*x)*(-2)",
        "sum of derivatives",
        "https://www.derivativecalculus.com/troubleshooting.html",
        "A student derives x * sin(x) as 1 + cos(x): the sum of the derivatives.",
        NO_NAME,
    ),
    wrong(
        "04.1",
        ["(1 - x)*(1 - 2*x)**2", "-x*(1 - 2*x)**2", "-4*x*(1 - x)*(1 - 2*x)"],
        "16 is lost",
        "pytorch/tutorials/issues/970",
        "Corrects a derivative to one without the constant factor 1/4 of the mean.",
    ),
    wrong(
        "05.1",
        four(mul=lambda a, b: (a[0] * b[0], a[0] * a[1] + b[1] * b[0])),
        "product at the wrong partners",
        "swiftlang/swift/pull/32963",
        "The JVP of a product is lhs * ltan + rtan * rhs.",
    ),
    wrong(
        "05.1",
        four(mul=times_number),
        "product not scaled where one rests",
        "stan-dev/stan/issues/1198",
        "The product with a plain number multiplies the value, and leaves the tangent as it is.",
        TAKEN_FOR_RIGHT,
    ),
    wrong(
        "05.3",
        (2, 2, lambda D: D(lambda x: x * (D(lambda y: x + y, 3) - D(lambda y: x + y, 5)), 4)),
        "confused",
        "denizyuret/AutoGrad.jl/pull/75",
        "grad(x -> x*grad(y -> x+y)(x))(5.0) comes to 2.",
    ),
    wrong(
        "06.2",
        with_rules(log=lambda y, x: (1 / y,)),
        "log of its output",
        "davidbarber/AutoDiff/issues/4",
        "The rule of log divides by the function's value, not by x.",
    ),
    wrong(
        "06.2",
        engine(overwriting),
        "overwrites",
        "NervanaSystems/neon/issues/169",
        "dot(x, x.T) gives 1 where 2 is right: the second contribution is not accumulated.",
    ),
    wrong(
        "06.2",
        product_of_values,
        "",
        "Shubham-cyber-prog/100-Days-Of-Web-Development-ECWoC26/pull/1378",
        "The rule of a product takes the output's value for its gradient.",
    ),
    wrong(
        "06.3",
        delta_without_slope(),
        "outer slope lost",
        "SciML/SciMLBook/issues/164",
        "The adjoint of a layer is sent back past its activation function, whose slope is lost.",
        NO_NAME,
    ),
    wrong(
        "06.3",
        delta_without_slope(),
        "outer slope lost",
        "makeyourownneuralnetwork/makeyourownneuralnetwork/issues/88",
        "A book sends the error back through the weights alone.",
        NO_NAME,
    ),
    wrong(
        "06.3",
        delta_without_slope(),
        "outer slope lost",
        "ujjwalkarn/Machine-Learning-Tutorials/pull/16",
        "A much read explanation has deltas without the slope of the activation function.",
        NO_NAME,
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1 - math.tanh(h) ** 2),
        "tanh of its result",
        "rasbt/python-machine-learning-book-3rd-edition/issues/138",
        "A figure derives the activation function at the activation, not at the input.",
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1 - math.tanh(h) ** 2),
        "tanh of its result",
        "rasmusbergpalm/DeepLearnToolbox/issues/165",
        "Suggests sigm(a) * (1 - sigm(a)) where a is the sigmoid's result.",
    ),
    wrong(
        "06.3",
        tied(lambda a, h: 1 - math.tanh(h) ** 2),
        "tanh of its result",
        "TheAlgorithms/C-Plus-Plus/issues/1495",
        "Expects the derivative to apply the sigmoid to what is a sigmoid's result.",
    ),
    wrong(
        "07.1",
        EdgeByEdge,
        "follows each edge at once",
        "SethHWeidman/DLFS_code/pull/13",
        "A book's number adds what it receives, and sends its whole sum on, each time: 28 where 24 is right.",
    ),
    wrong(
        "07.1",
        Replacing,
        "overwrites",
        "sony/nnabla/pull/532",
        "Gradients of a variable that one function reads twice are not accumulated.",
    ),
    wrong(
        "07.2",
        [6] * 10,
        "never adds",
        "bytetriper/RAE/issues/67",
        "zero_grad is called for every microbatch, so that nothing is accumulated.",
    ),
    wrong(
        "07.2",
        list(range(6, 61, 6)),
        "never forgets",
        "wenet-e2e/wekws/pull/73",
        "A training loop has no zero_grad().",
    ),
    wrong(
        "07.2",
        [12, 6, 12, 6, 12, 6, 12, 6, 12, 6],
        "",
        "karpathy/llm.c/pull/548",
        "Before the first step a backward has been done already: its gradients are counted twice.",
    ),
    wrong(
        "07.4",
        swish_with(lambda y, x: sigmoid(x) + x * sigmoid(x) * (sigmoid(x) - 1)),
        "sign of the exponent lost",
        "JuliaAI/MLJLinearModels.jl/issues/104",
        "Says that the gradient of s(x) is s(x)(s(x) - 1).",
    ),
    wrong(
        "08.4",
        {**RACE, "race": "all in"},
        "building with all",
        "chalk-lab/Mooncake.jl/issues/140",
        "Thinks that a fair comparison should include the preparation time.",
    ),
    wrong(
        "08.4",
        {**RACE, "jax.grad": "run"},
        "first call is a call",
        "SciML/DiffEqDevTools.jl/issues/27",
        "A benchmark without a warm-up measures the compiler too.",
    ),
)

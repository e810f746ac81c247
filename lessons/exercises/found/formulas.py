"""Answers to the exercises of lessons 1 to 4 that people gave in public: formulas, differences, counts."""

import math
from collections.abc import Callable
from typing import Any

from lessons.exercises.found.record import NO_NAME, wrong

MISTAKES_IN_FORMULAS = (
    wrong(
        "01.1",
        "(cos(x**2)*x - sin(x**2)) / x**2",
        "inner slope left out",
        "https://www.derivativecalculus.com/troubleshooting.html",
        "A student answers cos(x**2) for the derivative of sin(x**2).",
    ),
    wrong(
        "01.1",
        "(x*cos(x**2)*x - sin(x**2)) / x**2",
        "inner slope x",
        "sympy/sympy/issues/25320",
        "Reports that the derivative of sin(x + 1) ought to be x*cos(x + 1): the inner slope is taken to be x.",
    ),
    wrong(
        "01.1",
        "(sin(x**2)*1 - 2*x*cos(x**2)*x) / x**2",
        "quotient turned round",
        "https://openknowledgegraph.com/topics/quotient-rule-questions.html",
        "A student gets -sec**2 for the slope of sin/cos: f g' - f' g above the line.",
    ),
    wrong(
        "01.1",
        "(cos(x**2)*sin(x)*2*x*x - sin(x**2)) / x**2",
        "",
        "https://github.com/torresmateo/fgv-class-2022",
        "Writes the chain rule with a factor too many, as f'(g(x)) f(x) g'(x).",
    ),
    wrong(
        "01.1",
        "2*x*cos(x**2)/x + sin(x**2) * (-1 / x**(-2))",
        "power of the divisor upside down",
        "josdejong/mathjs/issues/965",
        "Reports that the derivative of 1/x ought to be -1 / x**(-2): the power went below the line and kept its sign.",
        NO_NAME,
    ),
    wrong(
        "01.1",
        "2*x*cos(x**2)*(1/x) + sin(x**2)*(1/1)",
        "reciprocal of the slope",
        "https://public-textbooks.pages.dev/grades/12/math/calc-intro/common-mistakes.html",
        "Derives 1/x**3 as 1/(3*x**2): one over the slope of what stands below the line.",
        NO_NAME,
    ),
    wrong(
        "04.1",
        "16 * (-1) * 2*(1 - 2*x)*(-2)",
        "product of derivatives",
        "https://public-textbooks.pages.dev/grades/12/math/calc-intro/common-mistakes.html",
        "Derives x**2 * sin(x) as 2*x*cos(x): the product of the derivatives.",
    ),
    wrong(
        "04.1",
        ["16*(1 - x)*(1 - 2*x)**2", "16*x*(-1)*(1 - 2*x)**2", "16*x*(1 - x)*2*(1 - 2*x)"],
        "inner factor",
        "https://public-textbooks.pages.dev/grades/12/math/calc-intro/common-mistakes.html",
        "Derives (3*x + 1)**5 as 5*(3*x + 1)**4.",
    ),
    wrong(
        "04.1",
        ["16*(1 - x)*(1 - 2*x)**2", "-16*x*(1 - 2*x)**2", "16*x*(1 - x)*0"],
        "third term missing",
        "deshanadesai/acorns/issues/4",
        "A program derives pow(L + r, 0.5) as 0: of a base that is an expression it takes the slope 0.",
    ),
    wrong(
        "04.1",
        ["16*(1 - x)*(1 - 2*x)**2", "16*x*(1)*(1 - 2*x)**2", "16*x*(1 - x)*2*(1 - 2*x)*2"],
        "1 - x has slope 1 + inner sign",
        "ujjwalkhandelwal/Dual-numbers-and-automatic-differentiation-using-Python/pull/1",
        "In number - dual the value is negated and the tangent is not, so that 1 - x has the slope 1.",
    ),
    wrong(
        "04.1",
        ["16*1 - x*(1 - 2*x)**2", "-16*x*(1 - 2*x)**2", "-64*x*(1 - x)*(1 - 2*x)"],
        "",
        "http://mathmistakes.info/mistakes/calculus/Examples/20/ccmp.html",
        "Leaves out the brackets around the factor that stays, so that only its first summand is multiplied.",
    ),
)

Pair = tuple[float, float]


class PrecisionError(Exception):
    """The values do not differ."""


def prime_x(f: Callable[[float], float], x: float, h: float) -> float:
    """A step forward, if it is seen."""
    if f(x + h) != f(x) and h != 0.0:
        return (f(x + h) - f(x)) / h
    raise PrecisionError("Mantissa is 16 digits")


def checker_of_2016(f: Callable[[float], float], x: float, h: float) -> float:
    """A gradient checker's difference."""
    base = f(x)
    moved = f(x + h)
    return (moved - base) / h


def derivative_2005(f: Callable[[float], float], x: float, h: float) -> float:
    """A symmetric interval of length h."""
    return (f(x + h / 2) - f(x - h / 2)) / h


def parenthesis_missing(f: Callable[[float], float], x: float, h: float) -> float:
    """A factor that reaches the last term alone."""
    return f(x + h) - f(x - h) * (1 / (2 * h))


def with_step(step: Callable[[float], float]) -> Callable[[float, float, float], Pair]:
    """An answer to 03.2 that knows a step, and computes the error of that step."""

    def best_step(eps: float, f: float, f2: float) -> Pair:
        h = step(eps)
        return h, f2 / 2 * h + 2 * eps * f / h

    return best_step


def by_a_lipschitz_constant(u: float, bound: float, lipschitz: float) -> Pair:
    """L h + 2 u L_f / h is least at h = sqrt(2 u L_f / L)."""
    h = math.sqrt(2 * bound / lipschitz * u)
    return h, lipschitz * h + 2 * u * bound / h


MISTAKES_IN_DIFFERENCES = (
    wrong(
        "01.2",
        (prime_x, 100.0),
        "only a step forward",
        "http://stackoverflow.com/questions/18995148/floating-point-arithmetic-error",
        "Divides f(x + h) - f(x) by h, and asks why the error grows when h shrinks.",
    ),
    wrong(
        "01.2",
        (checker_of_2016, 100.0),
        "only a step forward",
        "apache/mxnet/issues/3693",
        "A gradient checker takes (f(x + h) - f(x)) / h where the central difference is meant.",
    ),
    wrong(
        "01.2",
        (derivative_2005, 1e4),
        "half the step",
        "https://aroberge.blogspot.com/2005/04",
        "Takes h as the distance of the two points: f(x + h/2) - f(x - h/2) over h.",
    ),
    wrong(
        "01.2",
        (parenthesis_missing, 1e4),
        "brackets of the difference",
        "precice/aste/pull/151",
        "Leaves out the brackets around a difference, so that the factor behind it reaches the second term alone.",
    ),
    wrong(
        "01.3",
        {
            "v0": (2, 1, 0),
            "v1": (5, 0, 1),
            "v2": (0.6931, 0.5, 0),
            "v3": (10, 5, 2),
            "v4": (10.6931, 5.5, 2),
            "v5": (-0.9589, 0, 0.2837),
            "v6": (11.652, 5.5, 2.2837),
        },
        "slope with a plus",
        "ujjwalkhandelwal/Dual-numbers-and-automatic-differentiation-using-Python/pull/1",
        "A difference negates the value of what is subtracted, and not its tangent.",
    ),
    wrong(
        "03.1",
        (["1/12", "-2/3", 0, "2/3", "1/12"], "a", ["-3/2", "2", "-1/2"], 2),
        "outer weights alike",
        "aquaULB/solving_pde_mooc/issues/22",
        "Draws a stencil of order 4 with 1/12 where -1/12 belongs.",
        NO_NAME,
    ),
    wrong(
        "03.1",
        (["1/12", "-2/3", 0, "2/3", "-1/12"], "a", ["-1/2", "0", "1/2"], 2),
        "one place to the left",
        "SciML/DiffEqOperators.jl/pull/110",
        "Computes the one-sided weights with an offset that is one position too far to the left.",
        NO_NAME,
    ),
    wrong(
        "03.1",
        (["1/12", "-2/3", 0, "2/3", "-1/12"], "a", ["-1/2", "2", "-3/2"], 2),
        "three points turned round",
        "SciML/DiffEqOperators.jl/pull/110",
        "The weights at one boundary stand in the order of the other one.",
        NO_NAME,
    ),
    wrong(
        "03.2",
        with_step(lambda eps: 1e-6),
        "always 1e-6",
        "pasteurlabs/tesseract-core/issues/706",
        "An absolute step of 1e-6 is taken whatever the scale; with inputs of 2e4 every check fails.",
    ),
    wrong(
        "03.2",
        with_step(lambda eps: 1e-4),
        "always 1e-6",
        "jax-ml/jax/pull/39821",
        "Differences take the step 1e-4 in every arithmetic, float16 too.",
        NO_NAME,
    ),
    wrong(
        "03.2",
        with_step(lambda eps: 2 * math.sqrt(1e-12)),
        "always 1e-6",
        "JuliaMath/Calculus.jl/pull/4",
        "The step is 2*sqrt(1e-12) near 0, in whatever arithmetic.",
        NO_NAME,
    ),
    wrong(
        "03.2",
        with_step(math.sqrt),
        "rule of thumb",
        "PatWie/CppNumericalSolvers/issues/175",
        "The step is sqrt(eps) for every function and every stencil.",
    ),
    wrong(
        "03.2",
        with_step(lambda eps: 2 * math.sqrt(eps / 2)),
        "rule of thumb",
        "boostorg/math/pull/218",
        "Says that the best step is 2*sqrt(eps/2), for f(x) = x**n independently of x and n.",
        NO_NAME,
    ),
    wrong(
        "03.2",
        with_step(lambda eps: eps * (1 + 1)),
        "h is eps",
        "denehoffman/ganesh/pull/31",
        "The step is made eps * (1 + |x|), which is 2 eps at x = 1.",
        NO_NAME,
    ),
    wrong(
        "03.2",
        by_a_lipschitz_constant,
        "truncation without the half",
        "scipy/scipy/pull/7729",
        "Estimates truncation as L h, without the half of Taylor's formula, and finds h = sqrt(2 u L_f / L).",
        NO_NAME,
    ),
)

MISTAKES_IN_COUNTS: tuple[Any, ...] = (
    wrong(
        "02.2",
        ("p, s, r, q, t", 1),
        "as it stood",
        "jiazhihao/TASO/issues/20",
        "Runs the operations in the order in which they are stored, one that needs another's output first.",
    ),
    wrong(
        "02.3",
        {"tree": 9, "dag": 6},
        "leaves left out",
        "egraphs-good/egg/issues/338",
        "Counts (a + b) * (a + b) as size 3, and hopes for 2 where the sum is shared: only operations count.",
    ),
    wrong(
        "02.3",
        {"tree": 20, "dag": 10},
        "output as a node",
        "casadi/casadi/issues/416",
        "countNodes gives 2 for a and 4 for a + b: one more for the output.",
        NO_NAME,
    ),
)

WRONG = (*MISTAKES_IN_FORMULAS, *MISTAKES_IN_DIFFERENCES, *MISTAKES_IN_COUNTS)

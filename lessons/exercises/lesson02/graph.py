"""Exercise 02.1: the graph of (a b + c) / (a b - c), as a list."""

from typing import Any

from expression import trace
from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.graphs import Graph

KIND = Graph(("a", "b", "c"))


def solve(faults: Faults) -> list[str]:
    """The four lines."""
    if "sum before product" in faults:
        above, below = ["u = b + c", "m = a * u"], ["w = b - c", "n = a * w"]
    else:
        below_reads = "q" if "product twice" in faults else "p"
        below_sign = "+" if "plus below" in faults else "-"
        difference = f"c {below_sign} {below_reads}" if "difference turned round" in faults else ""
        above = ["p = a * b", "m = p + c"]
        below = ["q = a * b"] if "product twice" in faults else []
        below.append(f"n = {difference or f'{below_reads} {below_sign} c'}")
    if "output left out" in faults:
        return [*above, *below]
    if "plus below" in faults and "product twice" not in faults and "sum before product" not in faults:
        below = []  # the sum is there already
    n = "n" if below else "m"
    sign = "*" if "multiplied" in faults else "/"
    return [*above, *below, f"y = {n} {sign} m" if "quotient turned round" in faults else f"y = m {sign} {n}"]


def has_twice(lines: Any) -> bool:
    """Whether an operation stands there twice."""
    meanings, _ = KIND.meanings(lines)
    return len(set(meanings)) < len(meanings)


READ_TWICE = Case(text="p = a * b is read twice: by p + c and by p - c")

GRAPH = Exercise(
    id="02.1",
    title="Build a graph by hand",
    prompt="Draw the DAG of `(a*b + c) / (a*b - c)`, then write its list: one operation a line, and no operation "
    "twice. The inputs a, b and c are there already; name the lines as you like. The last line is the output.",
    starter="""
graph = [
    "p = ...",  # one operation, such as "p = sin(a)" or "p = a + b"
]
""",
    answer="graph",
    kind=KIND,
    solve=solve,
    faults=(
        Fault(
            "M5",
            "product twice",
            "The product a * b has two lines. That is the tree, where a part that is used twice stands twice; in the "
            "DAG it is one node, and two lines read it.",
            "If the machine has a * b already, why should it compute it again?",
            READ_TWICE,
            recognise=has_twice,
        ),
        Fault(
            "M4",
            "difference turned round",
            "The difference is c - a b. The order of the operands does not matter for a sum, but it does for a "
            "difference.",
            "With a = b = 2 and c = 1, what is below the line, and what does your node give?",
            Case(text="a = b = 2, c = 1: a b - c is 3, and c - a b is -3"),
        ),
        Fault(
            "M4",
            "quotient turned round",
            "The quotient is upside down: the difference is divided by the sum. The first operand is the one above "
            "the line.",
            "With a = b = 2 and c = 1, is y more than 1 or less?",
            Case(text="a = b = 2, c = 1: 5 / 3, not 3 / 5"),
        ),
        Fault(
            "",
            "multiplied",
            "The last line multiplies. What stands below a line divides.",
            "With a = b = 2 and c = 1, what is 5 over 3?",
            Case(text="a = b = 2, c = 1: 5 / 3, not 5 * 3"),
        ),
        Fault(
            "",
            "plus below",
            "The sum a b + c stands above the line and below it, so that y is always 1. Below, c is subtracted.",
            "In which sign do the two parts of the fraction differ, and which line of yours has it?",
            Case(text="a = b = 2, c = 1: 5 / 3, not 5 / 5"),
        ),
        Fault(
            "",
            "sum before product",
            "Here c is added to b first, and then a multiplies the sum: that is a (b + c). In a b + c the product "
            "comes first.",
            "With a = b = 2 and c = 1, what is a b + c, and what is a (b + c)?",
            Case(text="a = b = 2, c = 1: a b + c is 5, and a (b + c) is 6"),
        ),
        Fault(
            "",
            "output left out",
            "Sum and difference are there, and nothing joins them. The division is an operation as well, and its line "
            "is the output.",
            "Which line of yours is y?",
            Case(text="the last line divides the sum by the difference"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=2,
    hints=(
        "What is computed first? It is the part that stands in the formula twice.",
        "One line for the product, and two lines that read it.",
        "Four lines in all: a product, a sum, a difference, a quotient.",
    ),
    also_right=(
        "v1 = a*b\nv2 = v1 - c\nv3 = v1 + c\nv4 = v3/v2",
        ["product = b * a", "top = c + product", "bottom = product - c", "out = top / bottom"],
        [("p", "mul", "a", "b"), ("q", "add", "p", "c"), ("r", "sub", "p", "c"), ("s", "div", "q", "r")],
        (("p", "*", ("a", "b")), ("r", "-", ("p", "c")), ("q", "+", ("p", "c")), ("s", "/", ("q", "r"))),
        "p = mul(a, b); q = np.add(p, c); r = subtract(p, c); y = divide(q, r)",
        "v0 = input a\nv1 = input b\nv2 = input c\nv3 = mul(v0, v1)\nv4 = add(v3, v2)\nv5 = sub(v3, v2)\nv6 = div(v4, "
        "v5)",
        trace(lambda a, b, c: (a * b + c) / (a * b - c), 1.0, 2.0, 3.0),
    ),
)

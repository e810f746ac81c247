"""Exercise 02.1: the graph of (a b + c) / (a b - c), as a list."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from expression import parse
from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.graphs import Graph

LETTERS = ("abc", "bcd", "klx", "rst", "uvz", "xtz")  # inputs to draw from; the lines have other names


@dataclass(frozen=True, slots=True)
class Quotient:
    """(a b + c) / (a b - c), with names of its own; the difference may stand above the line, or be c - a b."""

    a: str
    b: str
    c: str
    sum_above: bool = True
    product_first: bool = True  # in the difference

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs by the alphabet."""
        return tuple(sorted((self.a, self.b, self.c)))

    @property
    def kind(self) -> Graph:
        """The kind of its graph."""
        return Graph(self.inputs)

    def formula(self, product: str) -> str:
        """The formula, with the product as it is to be written."""
        above, below = self.parts(f"{product} + {self.c}", self.difference(product))
        return f"({above}) / ({below})"

    def difference(self, product: str, *, turned: bool = False, sign: str = "-") -> str:
        """The difference of the product and c."""
        return f" {sign} ".join((product, self.c) if self.product_first != turned else (self.c, product))

    def parts(self, total: Any, difference: Any) -> tuple[Any, Any]:
        """What stands above the line, and what below it."""
        return (total, difference) if self.sum_above else (difference, total)

    @property
    def place(self) -> str:
        """Where the difference stands."""
        return "below" if self.sum_above else "above"

    def lines(self, faults: Faults) -> list[str]:
        """The four lines."""
        a, b, c = self.a, self.b, self.c
        twice, plus = "product twice" in faults, f"plus {self.place}" in faults
        turned = "difference turned round" in faults
        if "sum before product" in faults:
            total = [f"g = {b} + {c}", f"m = {a} * g"]
            last = [f"w = {b} - {c}", f"n = {a} * w"] if self.product_first else [f"w = {c} - {a}", f"n = w * {b}"]
        else:
            total = [f"p = {a} * {b}", "m = p + " + c]
            read = "q" if twice else "p"
            last = [f"n = {self.difference(read, turned=turned, sign='+' if plus else '-')}"]
            if twice:
                last.insert(0, f"q = {a} * {b}")
            elif plus:
                last = []  # the sum is there already
        if "output left out" in faults:
            return [*total, *last]
        above, below = self.parts("m", "n" if last else "m")
        if "quotient turned round" in faults:
            above, below = below, above
        return [*total, *last, f"y = {above} {'*' if 'multiplied' in faults else '/'} {below}"]


def mistakes(quotient: Quotient) -> tuple[Fault, ...]:
    """What goes wrong in the graph."""
    a, b, c, kind = quotient.a, quotient.b, quotient.c, quotient.kind
    product = f"{a} {b}"
    difference, turned = (quotient.difference(product, turned=turned) for turned in (False, True))
    where, result = f"{a} = {b} = 2 and {c} = 1", 3 if quotient.product_first else -3
    at = f"{a} = {b} = 2, {c} = 1"
    above, below = quotient.parts(5, result)
    upside_down = "the difference is divided by the sum", "the sum is divided by the difference"
    divides = "the sum by the difference", "the difference by the sum"

    def has_twice(lines: Any) -> bool:
        """Whether an operation stands there twice."""
        meanings, _ = kind.meanings(lines)
        return len(set(meanings)) < len(meanings)

    return (
        Fault(
            "M5",
            "product twice",
            f"The product {a} * {b} has two lines. That is the tree, where a part that is used twice stands twice; in "
            "the DAG it is one node, and two lines read it.",
            f"If the machine has {a} * {b} already, why should it compute it again?",
            Case(text=f"p = {a} * {b} is read twice: by p + {c} and by {quotient.difference('p')}"),
            recognise=has_twice,
        ),
        Fault(
            "M4",
            "difference turned round",
            f"The difference is {turned}. The order of the operands does not matter for a sum, but it does for a "
            "difference.",
            f"With {where}, what is {quotient.place} the line, and what does your node give?",
            Case(text=f"{at}: {difference} is {result}, and {turned} is {-result}"),
        ),
        Fault(
            "M4",
            "quotient turned round",
            f"The quotient is upside down: {quotient.parts(*upside_down)[0]}. The first operand is the one above "
            "the line.",
            f"With {where}, is y more than {1 if quotient.product_first else -1} or less?",
            Case(text=f"{at}: {above} / {below}, not {below} / {above}"),
        ),
        Fault(
            "",
            "multiplied",
            "The last line multiplies. What stands below a line divides.",
            f"With {where}, what is {above} over {below}?",
            Case(text=f"{at}: {above} / {below}, not {above} * {below}"),
        ),
        Fault(
            "",
            f"plus {quotient.place}",
            f"The sum {product} + {c} stands above the line and below it, so that y is always 1. "
            f"{quotient.place.capitalize()}, {c if quotient.product_first else product} is subtracted.",
            "In which sign do the two parts of the fraction differ, and which line of yours has it?",
            Case(text=f"{at}: {above} / {below}, not 5 / 5"),
        ),
        Fault(
            "",
            "sum before product",
            f"Here {c} is added to {b} first, and then {a} multiplies the sum: that is {a} ({b} + {c}). In {product} + "
            f"{c} the product comes first.",
            f"With {where}, what is {product} + {c}, and what is {a} ({b} + {c})?",
            Case(text=f"{at}: {product} + {c} is 5, and {a} ({b} + {c}) is 6"),
        ),
        Fault(
            "",
            "output left out",
            "Sum and difference are there, and nothing joins them. The division is an operation as well, and its line "
            "is the output.",
            "Which line of yours is y?",
            Case(text=f"the last line divides {quotient.parts(*divides)[0]}"),
        ),
    )


def other_forms(quotient: Quotient) -> tuple[Any, ...]:
    """The graph, written differently."""
    a, b, c, difference = quotient.a, quotient.b, quotient.c, quotient.difference
    top, bottom = quotient.parts("more", "less")
    minus = difference("p").split(" - ")
    e = parse(quotient.formula(f"{a}*{b}"), quotient.inputs)
    return (
        f"v1 = {a}*{b}\nless = {difference('v1')}\nmore = v1 + {c}\nv4 = {top}/{bottom}",
        [f"product = {b} * {a}", f"more = {c} + product", f"less = {difference('product')}", f"out = {top} / {bottom}"],
        [("p", "mul", a, b), ("more", "add", "p", c), ("less", "sub", *minus), ("out", "div", top, bottom)],
        (("p", "*", (a, b)), ("less", "-", minus), ("more", "+", ("p", c)), ("out", "/", (top, bottom))),
        f"p = mul({a}, {b}); more = np.add(p, {c}); less = subtract({', '.join(minus)}); out = divide({top}, {bottom})",
        str(e),
        e,
    )


def graph(quotient: Quotient) -> Exercise:
    """The exercise for a quotient."""
    x, y, z = quotient.inputs
    return Exercise(
        id="02.1",
        title="Build a graph by hand",
        prompt=f"Draw the DAG of `{quotient.formula(f'{quotient.a}*{quotient.b}')}`, then write its list: one "
        f"operation a line, and no operation twice. The inputs {x}, {y} and {z} are there already; name the lines as "
        "you like. The last line is the output.",
        starter=f"""
graph = [
    "p = ...",  # one operation, such as "p = sin({x})" or "p = {x} + {y}"
]
""",
        answer="graph",
        kind=quotient.kind,
        solve=quotient.lines,
        faults=mistakes(quotient),
        public=ONE,
        hidden=no_cases,
        points=2,
        hints=(
            "What is computed first? It is the part that stands in the formula twice.",
            "One line for the product, and two lines that read it.",
            "Four lines in all: a product, a sum, a difference, a quotient.",
        ),
        also_right=other_forms(quotient),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise for another quotient, of other inputs."""
    letters = LETTERS[generator.integers(len(LETTERS))]
    c = letters[generator.integers(3)]
    a, b = (letter for letter in letters if letter != c)  # in this order: b a + c would be the graph of a b + c
    sum_above, product_first = (bool(bit) for bit in generator.integers(2, size=2))
    return graph(Quotient(a, b, c, sum_above, product_first))


GRAPH = graph(Quotient("a", "b", "c"))

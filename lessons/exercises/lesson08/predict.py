"""08.1: flops predicted, of a function, of its gradient by reverse mode, and of the gradient written out."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Value

INPUTS = "xyz"
PAIRS = ("xy", "yz", "xz")
MOST = 4  # terms before the last
PARTS = ("f", "gradient", "tree")
STARTER = """
counts = {
    "f": ...,
    "gradient": ...,  # by reverse mode, without the value of f
    "tree": ...,  # all three partials, written out
}
"""


@dataclass(frozen=True, slots=True)
class Sum:
    """A product of two inputs, and its sine, with other products, single inputs and another sine between them."""

    shared: str  # the product that stands in the sum and in the sine, as "xy"
    products: tuple[str, ...]
    singles: tuple[str, ...] = ()
    inside: str = ""  # of the other sine, as "z" or "yz"

    @property
    def sine(self) -> str:
        """The last term."""
        return f"sin({self.shared})"

    @property
    def terms(self) -> list[str]:
        """All terms before the last."""
        return [self.shared, *self.products, *self.singles, *([f"sin({self.inside})"] if self.inside else [])]

    @property
    def text(self) -> str:
        """The function as a formula."""
        return " + ".join([*self.terms, self.sine])

    def partial(self, x: str) -> list[str]:
        """The terms of a partial, as a textbook has them."""
        terms = [other_than(x, pair) for pair in (self.shared, *self.products) if x in pair]
        terms += ["1"] if x in self.singles else []
        return terms + [f"{other_than(x, u)} cos({u})".lstrip() for u in (self.inside, self.shared) if x in u]

    def counts(self, faults: Faults) -> dict[str, int]:
        """The flops of f, of its gradient by reverse mode, and of the gradient written out."""
        mul = 1
        add = 0 if "additions are free" in faults else 1
        sin = cos = 1 if "sine is one" in faults else 0 if "sine is free" in faults else 8
        f = mul + len(self.products) * mul + sin + len(self.terms) * add
        terms = [len(self.partial(x)) for x in INPUTS]
        sums = (sum(terms) - len(INPUTS) - 2) * add  # those behind 1 + cos(p), which the sweep has once for both inputs
        gradient = mul + cos + add + 2 * mul + sums  # p, cos(p), 1 + cos(p), that times both inputs; the other terms
        tree = 2 * (mul + cos + mul + add) + sums
        twice = 1  # products under a sine
        if len(self.inside) == 1:
            f, gradient, tree = f + sin, gradient + cos, tree + cos
        if len(self.inside) == 2:
            f, gradient, tree = f + mul + sin, gradient + mul + cos + 2 * mul, tree + 2 * (mul + cos + mul)
            twice = 2
        written = {"f": f, "gradient": gradient, "tree": tree}
        if "value too" in faults:
            written["gradient"] = gradient + f - twice * mul  # p serves both
        if "products with 1" in faults:
            written["gradient"] += (1 + bool(self.inside) + 2 * len(self.products)) * mul  # the seed on its way
        if "sweep as a tree" in faults:
            written["gradient"] = tree
        if "bound for count" in faults:
            written["gradient"] = 5 * f
        if "f as a tree" in faults:
            written["f"] = f + mul
        if "tree of f" in faults:
            written["tree"] = f + mul
        if "tree shares" in faults:
            written["tree"] = tree - twice * (mul + cos)
        return written

    def takes_a_bound(self, answer: Any) -> bool:
        """Whether the gradient is a whole multiple of f, as of a bound or a rule of thumb."""
        right = self.counts(RIGHT)
        others = all(answer[part] == right[part] for part in ("f", "tree"))
        return bool(others and answer["gradient"] in (3 * right["f"], 4 * right["f"]))


def other_than(x: str, pair: str) -> str:
    """The other factor of a product."""
    return pair.replace(x, "", 1)


def joined(names: list[str]) -> str:
    """Names with commas, and an "and" before the last.

    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def counted(noun: str, count: int) -> str:
    """So many of them, in words.

    >>> counted("sum", 1), counted("sum", 2), counted("sum", 3)
    ('the sum', 'both sums', 'all 3 sums')
    """
    return f"the {noun}" if count == 1 else f"{'both' if count == 2 else f'all {count}'} {noun}s"


def faults_of(f: Sum) -> tuple[Fault, ...]:
    """What people think, about this function."""
    a, b = f.shared[0], f.shared[1]
    nobody_reads = joined([counted("sine", 2 if f.inside else 1), *f.products, f"{counted('sum', len(f.terms))} of f"])
    once = f"cos({f.shared}) is counted once, but it stands in the partial with respect to {a} and in the one with "
    once += f"respect to {b}."
    if len(f.inside) == 2:
        once = f"cos({f.shared}) and cos({f.inside}) are counted once each, but each of them stands in two partials."
    ones = [f"cos({f.shared}) times 1 is cos({f.shared})", *(f"{pair[0]} times 1 is {pair[0]}" for pair in f.products)]
    return (
        Fault(
            "M5",
            "f as a tree",
            f"The product {f.shared} is counted twice in f. It is one node of the list, and two others read it.",
            "How many lines with `mul` has the listing of f?",
            Case(text="(x + y) * (x + y): 2 flops as a program, 3 as a tree"),
        ),
        Fault(
            "",
            "sine is one",
            "sin and cos are counted as 1 flop. In this course a flop is what an addition costs, and a sine costs 8 "
            "of these.",
            "Which operation of f is the most expensive one, and what does the beginning of the lesson say of it?",
            Case(text="sin(x): 8 flops, counted as one operation it would be 1"),
        ),
        Fault(
            "",
            "sine is free",
            "sin and cos are left out of the count. They are the most expensive operations here: each of them costs 8 "
            "flops.",
            "Which operation of f would you drop first, if it had to be cheap?",
            Case(text="sin(x): 8 flops, and not 0"),
        ),
        Fault(
            "",
            "additions are free",
            "The additions are left out. The bound of 4 is proven for such a count, but `flops` counts each addition "
            "as 1; the bound for that is 5.",
            "What does `flops` say of x + y?",
            Case(text="x + y: 1 flop, and not 0"),
        ),
        Fault(
            "",
            "value too",
            f"This is f and its gradient together. The three slopes alone need less: {nobody_reads} "
            "are read by no partial.",
            "Which values of the forward sweep does some partial multiply with?",
            Case(text="sin(x): the slope cos(x) takes 8 flops, with the value of sin(x) beside it 16"),
        ),
        Fault(
            "",
            "products with 1",
            "The seed is 1, and + passes it on as 1. Products with it are counted here, and a program leaves them out: "
            f"{', '.join(ones[:2])}.",
            "Which adjoints of this sweep are 1, and what does it take to multiply by them?",
            Case(text="x * y: both slopes take 0 flops; with 1 * y and 1 * x they would take 2"),
        ),
        Fault(
            "M5",
            "sweep as a tree",
            "The gradient by reverse mode is counted as if nothing were shared, which is the third number. The sweep "
            f"computes {f.shared} and cos({f.shared}) once, for both partials that need them.",
            f"How often does a reverse sweep come to the node of {f.sine if f.inside else 'the sine'}?",
            Case(text="sin(x * y): both slopes take 11 flops as a program, 20 written out"),
        ),
        Fault(
            "",
            "bound for count",
            "A multiple of f is written down for its gradient. The theorem gives a bound, at most 4 or 5 times f, and "
            "most functions stay far below: the count has to be counted.",
            "Which operations does the reverse sweep really do for a sum?",
            Case(text="x + y: 1 flop, the bound for its gradient is 5 flops, the count is 0"),
            recognise=f.takes_a_bound,
        ),
        Fault(
            "",
            "tree of f",
            "This is f itself as a tree. Asked is the textbook formula of the gradient: three partials, each written "
            "out in full.",
            f"What is written in the textbook for the partial with respect to {a}?",
            Case(text="x * sin(x): f as a tree takes 9 flops, its slope sin(x) + x cos(x) 18"),
        ),
        Fault(
            "M5",
            "tree shares",
            f"{once} A tree shares nothing, not even between the partials.",
            f"How often do you write cos({f.shared}) when you write all three partials down?",
            Case(text="sin(x * y): y cos(xy) and x cos(xy) take 20 flops written out, 11 if they share cos(xy)"),
        ),
    )


def hints_of(f: Sum) -> tuple[str, ...]:
    """The listing, the sweep, the tree."""
    a, b = f.shared[0], f.shared[1]
    named = dict(zip("qr", [*f.products, *([f.inside] if len(f.inside) == 2 else [])], strict=False))
    names = {pair: name for name, pair in named.items()}
    added = " + ".join(["p", *(names[pair] for pair in f.products), *f.singles])
    added += f" + sin({names.get(f.inside, f.inside)})" if f.inside else ""
    listing = [f"p = {f.shared}", *(f"{name} = {pair}" for name, pair in named.items())]
    listing += [*([added] if added != "p" else []), "sin(p)"]
    sent = [f"from {names[pair]}, {pair[1]} gets {pair[0]} and {pair[0]} gets {pair[1]}" for pair in f.products]
    sent += [f"from the sum {x} gets 1" for x in f.singles]
    if f.inside:
        u = names.get(f.inside, f.inside)
        sent.append(f"from its sine {u} gets cos({u}){', and goes on with it as p does' if u in named else ''}")
    partials = [" + ".join(f.partial(x)) for x in INPUTS]
    return (
        f"Write the listing of f: {', '.join(listing)}, and the last sum. Then add the flops of its lines.",
        "The sweep: p gets 1 from the sum and cos(p) from the sine. What p has got goes to "
        f"{'; '.join([f'{a} times {b}, and to {b} times {a}', *sent])}.",
        f"The tree: the partials are {joined(partials)}. Count every sign that you see.",
    )


def predict(f: Sum) -> Exercise:
    """The exercise for a function."""
    right = f.counts(RIGHT)
    values = tuple(right.values())
    return Exercise(
        id="08.1",
        title="Predict",
        prompt=f"For `f(x, y, z) = {f.text}` count the flops of f, of its gradient by reverse mode (the three slopes "
        "alone, without the value of f), and of the textbook formula of the gradient as a tree. A flop is 1 for `+`, "
        "`-` and `*`, and 8 for sin and cos. A program computes nothing twice and leaves out what nobody needs, a tree "
        "shares nothing. Write the three integers down before you ask `flops`.",
        starter=STARTER,
        answer="counts",
        kind=Value(parts=PARTS, rtol=0),
        solve=f.counts,
        faults=faults_of(f),
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=hints_of(f),
        also_right=(
            values,
            [str(count) for count in values],
            np.array(values),
            {"tree": float(right["tree"]), "gradient": np.int64(right["gradient"]), "f": np.array(right["f"])},
            {"f": right["f"], "gradient": 2 * right["gradient"] - right["gradient"], "tree": Fraction(right["tree"])},
        ),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise for another function, in which every input stands."""
    while True:
        shared, *others = (str(pair) for pair in generator.permutation(PAIRS))
        products = tuple(pair for pair in others if generator.random() < 0.5)
        singles = tuple(x for x in INPUTS if generator.random() < 0.25)
        inside = ("", str(generator.choice(list(INPUTS))), others[-1])[generator.integers(3)]
        f = Sum(shared, products, singles, inside)
        if all(f.partial(x) for x in INPUTS) and inside not in products and len(f.terms) <= MOST:
            return predict(f)


COUNTS = predict(Sum("xy", ("yz",)))

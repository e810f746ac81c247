"""Exercise 02.2: shuffled lines, and the order in which they can be computed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from math import factorial
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.graphs import Order
from lessons.exercises.kinds import Record, Value

LETTERS = ("pqrst", "abcde", "fghkl", "uvwyz")  # names to draw from; x is the input
FIRST = ("x * x", "x + 2", "sin(x)", "3 * x", "exp(x)")
UNARY = ("sin({})", "cos({})", "exp({})", "tanh({})")
BINARY = ("{} * {}", "{} + {}", "{} - {}", "{} / {}")
MOST = 3  # orders that are still found on paper


@dataclass(frozen=True)
class Shuffled:
    """Lines in the order in which they are shown: what each computes, and which other lines it reads."""

    lines: Mapping[str, str]  # name -> what stands behind its equals sign
    needs: Mapping[str, tuple[str, ...]]

    def late(self, order: Sequence[str], operands: int = 2) -> list[tuple[str, str]]:
        """The lines that stand above one that they read, with that one; of their first operands, so many."""
        pairs = ((line, need, k) for k, line in enumerate(order) for need in self.needs[line][:operands])
        return [(line, need) for line, need, k in pairs if need in order[k:]]

    @cached_property
    def orders(self) -> list[tuple[str, ...]]:
        """All orders in which every line reads only lines above it."""
        return [order for order in permutations(self.lines) if not self.late(order)]

    @property
    def right(self) -> tuple[str, ...]:
        """One of them."""
        return self.orders[0]

    @cached_property
    def wrong_orders(self) -> dict[str, tuple[str, ...]]:
        """The orders that people hand in instead."""
        others = (order for order in permutations(self.right) if self.late(order))
        return {
            "as it stood": tuple(self.lines),
            "by the alphabet": tuple(sorted(self.lines)),
            "upside down": self.right[::-1],
            "one operand": next((order for order in others if not self.late(order, operands=1)), self.right),
        }

    @property
    def wrong_counts(self) -> dict[str, int]:
        """The numbers of orders that people hand in instead."""
        first, _, last = self.chain
        found = {f"{last} and {first} exchanged": 2 * len(self.orders), "any order": factorial(len(self.lines))}
        return found if len(self.orders) == 1 else found | {"just one": 1}

    @property
    def chain(self) -> tuple[str, ...]:
        """Three lines, one below the other, of which the last reads the one between, and not the first; or none."""
        triples = zip(self.right, self.right[1:], self.right[2:], strict=False)
        return next(((a, b, c) for a, b, c in triples if a in self.needs[b] and self.needs[c] == (b,)), ())

    @property
    def free(self) -> tuple[str, str]:
        """Two lines, one below the other, that can change places."""
        pairs = zip(self.right, self.right[1:], strict=False)
        return next((a, b) for a, b in pairs if a not in self.needs[b])

    def fits(self, count: int) -> bool:
        """Whether it has so many orders, is as hard as the one in the lesson, and all that can go wrong does."""
        read = {need for needs in self.needs.values() for need in needs}
        return (
            len(read) == len(self.lines) - 1
            and len(self.needs[next(iter(self.lines))]) == 2
            and len(self.orders) == count
            and bool(self.chain)
            and all(self.late(order) for order in self.wrong_orders.values())
        )

    def line(self, name: str) -> str:
        """A line as it is shown."""
        return f"{name} = {self.lines[name]}"

    def missing(self, name: str) -> Case:
        """The first line of a wrong order that reads one below it."""
        line, need = self.late(self.wrong_orders[name])[0]
        return Case(text=f"{line} above {need}: {self.line(line)} is computed when {need} is not there")

    def solve(self, faults: Faults) -> dict[str, object]:
        """An order, and how many there are."""
        order = next((order for name, order in self.wrong_orders.items() if name in faults), self.right)
        count = next((n for name, n in self.wrong_counts.items() if name in faults), len(self.orders))
        return {"order": list(order), "how_many": count}


def mistakes(shuffled: Shuffled) -> tuple[Fault, ...]:
    """What goes wrong in an order, and in counting them."""
    line, needs = shuffled.line, shuffled.needs
    first, last, (a, b, c) = next(iter(shuffled.lines)), shuffled.right[-1], shuffled.chain
    by_alphabet = shuffled.late(shuffled.wrong_orders["by the alphabet"])
    early = by_alphabet[0][0]
    below = [need for name, need in by_alphabet if name == early]
    one, other = shuffled.late(shuffled.wrong_orders["one operand"])[0]
    top, *between, bottom = shuffled.right if len(shuffled.orders) == 1 else shuffled.chain
    found = (
        Fault(
            "M7",
            "as it stood",
            f"This is the order in which they were given. Its first line, {line(first)}, reads "
            f"{' and '.join(needs[first])}, and these stand below it: when {first} is computed, they have no value "
            "yet.",
            "Which line reads nothing but the input x?",
            shuffled.missing("as it stood"),
        ),
        Fault(
            "M7",
            "by the alphabet",
            f"The lines are sorted by their names. Names say nothing about what needs what; {early} reads "
            f"{' and '.join(below)}, and {'both stand' if len(below) > 1 else 'that one stands'} below it here.",
            "If somebody gave the lines other names, would the order have to change?",
            shuffled.missing("by the alphabet"),
        ),
        Fault(
            "M7",
            "upside down",
            "Every line stands above the lines that it reads. That is the order of the reverse sweep, in which slopes "
            "travel from the output to the inputs; values travel the other way.",
            f"Your first line is {line(last)}. What are {' and '.join(needs[last])} when it is computed?",
            shuffled.missing("upside down"),
        ),
        Fault(
            "M7",
            "one operand",
            f"The first operand of every line stands above it, but {line(one)} has a second one: {other} stands below "
            f"{one} here.",
            "Which lines have two operands, and does each of the two stand above?",
            shuffled.missing("one operand"),
        ),
        Fault(
            "M7",
            f"{c} and {a} exchanged",
            f"It looks as if {a} and {c} could change places, since neither reads the other. But between them stands "
            f"{b}: {c} reads {b}, and {b} reads {a}.",
            f"Which lines have to wait for {a}, if you also ask who waits for these?",
            Case(text=f"{', then '.join((top, *map(line, between), bottom))}: each waits for the one before"),
        ),
        Fault(
            "M7",
            "any order",
            "120 is the number of all orders of five lines. Most of them have a line that reads one below it.",
            f"May {last} stand first?",
            Case(text=f"{line(first)} needs {' and '.join(needs[first])}; that alone leaves 40 of 120"),
        ),
    )
    if len(shuffled.orders) == 1:
        return found
    p, q = shuffled.free
    just_one = Fault(
        "M7",
        "just one",
        f"There is another order. {p} and {q} can change places, since neither needs the other, nor anything that "
        "needs the other.",
        "Is there a place in your order at which two lines have all that they read?",
        Case(text=f"{line(p)} and {line(q)}: neither waits for the other"),
    )
    return (*found, just_one)


def other_forms(shuffled: Shuffled) -> tuple[Any, ...]:
    """Right answers, written differently."""
    right, count, last = shuffled.right, len(shuffled.orders), shuffled.orders[-1]
    lines = [shuffled.line(name) for name in right]
    return (
        (", ".join(last), count),
        (" ".join(right), f"{count}"),
        {"order": last, "how_many": float(count)},
        ["\n".join(lines), count],
        (lines, count),
        (" -> ".join(("x", *last)), count),
        (np.array(right), np.int64(count)),
        ("".join(right), np.array(count)),
    )


def ordering(shuffled: Shuffled) -> Exercise:
    """The exercise for shuffled lines."""
    shown = ", ".join(f"`{shuffled.line(name)}`" for name in shuffled.lines)
    order = ", ".join(f'"{name}"' for name in shuffled.lines)
    counting = (
        "In every step there was one line, and no more, that could come next. So how many orders are there?"
        if len(shuffled.orders) == 1
        else "Where two lines could come next, go on with each of them, and count the ways."
    )
    return Exercise(
        id="02.2",
        title="Put it in order",
        prompt=f"The lines of a list have been shuffled: {shown}; x is the input. Put them in an order in which every "
        "line reads only lines above it. How many such orders are there?",
        starter=f"""
order = [{order}]  # as they stand now
how_many = ...  # orders in which every line reads only lines above it
""",
        answer="order, how_many",
        kind=Record({"order": Order(shuffled.needs, ("x",)), "how_many": Value(rtol=0)}),
        solve=shuffled.solve,
        faults=mistakes(shuffled),
        public=ONE,
        hidden=no_cases,
        points=2,
        hints=(
            "Begin with the line that reads only x.",
            "After each line ask: which of the others have all that they read?",
            counting,
        ),
        also_right=other_forms(shuffled),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise for other lines."""
    count = int(generator.integers(1, MOST + 1))
    return ordering(next(found for found in lists(generator) if found.fits(count)))


def lists(generator: np.random.Generator) -> Iterator[Shuffled]:
    """Five lines, again and again: the first reads x alone, the last two others, the rest one or two above."""
    while True:
        names = generator.permutation(list(str(generator.choice(LETTERS)))).tolist()
        lines, needs = {names[0]: str(generator.choice(FIRST))}, {names[0]: ()}
        for k, name in enumerate(names[1:], 1):
            most = 2 if k == len(names) - 1 else generator.integers(1, 3)
            read = [names[j] for j in generator.permutation(k)[:most]]
            binary = len(read) == 2 or generator.random() < 0.5
            lines[name] = str(generator.choice(BINARY if binary else UNARY)).format(*read, "x")
            needs[name] = tuple(read)
        yield Shuffled({name: lines[name] for name in generator.permutation(names).tolist()}, needs)


ORDER = ordering(
    Shuffled(
        {"p": "q * r", "s": "sin(p)", "r": "q + x", "q": "x * x", "t": "s - r"},
        {"p": ("q", "r"), "s": ("p",), "r": ("q",), "q": (), "t": ("s", "r")},
    )
)

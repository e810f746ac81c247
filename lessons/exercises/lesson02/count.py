"""Exercise 02.3: the nodes of l_3 of the logistic map, as a tree and as a DAG."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from expression import Expression, parse
from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Value

WORDS = ("no", "one", "two", "three", "four", "five", "six")
TIMES = ("never", "once", "twice", "three times")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How often each node stands in the tree, and the expression itself."""

    e: Expression
    often: tuple[int, ...]

    def tree(self, *, leaves: bool = True, constants: bool = True) -> int:
        """The nodes of the tree."""
        return sum(n for k, n in enumerate(self.often) if self.counts(k, leaves, constants))

    def dag(self, *, leaves: bool = True, constants: bool = True) -> int:
        """The nodes of the DAG."""
        return sum(1 for k in range(len(self.e)) if self.counts(k, leaves, constants))

    def counts(self, k: int, leaves: bool, constants: bool) -> bool:
        """Whether a node is counted."""
        node = self.e.nodes[k]
        return (leaves or not node.is_leaf) and (constants or node.constant is None)

    @property
    def constants(self) -> list[str]:
        """The constants."""
        return [f"{node.constant:g}" for node in self.e.nodes if node.constant is not None]

    @property
    def arrows(self) -> int:
        """The arrows of the DAG."""
        return len(list(self.e.edges))

    @property
    def repeated_constants(self) -> int:
        """By how much the DAG grows if a constant is a new node wherever it is read."""
        reads = [j for j, _ in self.e.edges if self.e.nodes[j].constant is not None]
        return len(reads) - len(set(reads))


@dataclass(frozen=True, slots=True)
class Sequence:
    """l_1 = x, and a step that reads the one before twice; asked is the last of them."""

    step: str  # with {l} for the one before, {a} and {b} for constants
    lines: str  # of the list of l_2
    last: int
    a: int
    b: int
    letter: str = "s"
    name: str = "A sequence"

    def written(self, text: str, before: str = "x") -> str:
        """A text with its names and numbers."""
        return text.format(l=before, a=self.a, b=self.b)

    def at(self, k: int) -> str:
        """The name of a member."""
        return f"{self.letter}_{k}"

    @property
    def second(self) -> Sizes:
        """The sizes of the first member that is computed."""
        return sizes(self, 2)

    def counts(self, faults: Faults = RIGHT) -> dict[str, int]:
        """Both counts."""
        n = self.last + ("one step too far" in faults) - ("one step short" in faults)
        of = sizes(self, n)
        leaves, constants = "leaves left out" not in faults, "constants left out" not in faults
        tree, dag = of.tree(leaves=leaves, constants=constants), of.dag(leaves=leaves, constants=constants)
        if "constants again" in faults:
            dag += of.repeated_constants
        if "arrows" in faults:
            tree, dag = tree - 1, of.arrows
        if "output as a node" in faults:
            tree, dag = tree + 1, dag + 1
        if "one copy in the tree" in faults:
            tree -= sizes(self, n - 1).tree(leaves=leaves, constants=constants) - 1
        if "sharing in the tree" in faults:
            tree = dag
        elif "tree for the DAG" in faults:
            dag = tree
        elif "exchanged" in faults:
            tree, dag = dag, tree
        return {"tree": tree, "dag": dag}


@lru_cache(maxsize=256)  # the mutants of an exercise are asked for again and again
def sizes(sequence: Sequence, k: int) -> Sizes:
    """The sizes of a member of a sequence."""
    text = "x"
    for _ in range(k - 1):
        text = sequence.written(sequence.step, f"({text})")
    e = parse(text)
    often = [0] * len(e)
    often[-1] = 1
    for k in reversed(range(len(e))):  # a node stands wherever one that reads it stands
        for j in e.nodes[k].operands:
            often[j] += often[k]
    return Sizes(e, tuple(often))


def mistakes(sequence: Sequence) -> tuple[Fault, ...]:
    """What goes wrong in counting."""
    n, steps = sequence.last, WORDS[sequence.last - 1]
    before, last, after = map(sequence.at, (n - 1, n, n + 1))
    numbers, tree, dag = sequence.second.constants, sequence.second.tree(), sequence.second.dag()
    several, constants = len(numbers) > 1, " and ".join(numbers)
    second = Case(
        text=f"{sequence.at(2)} = {sequence.written(sequence.step)}: the tree has {tree} nodes, the DAG has {dag}, "
        "since x is one node with two readers"
    )
    first = Case(text=f"{sequence.at(1)} = x is one node; {sequence.at(2)} has a tree of {tree} and a DAG of {dag}")
    count_begins = f"The count begins with {sequence.at(1)} = x, so {last} takes {steps} steps."
    how_many_steps = f"How many steps lead from {sequence.at(1)} to {last}?"
    return (
        Fault(
            "M5",
            "sharing in the tree",
            f"The count of the DAG stands for the tree too. A tree has no names for its parts: {before} is used twice, "
            "so all of its nodes stand there twice.",
            f"If you write {last} on paper with x alone, how often do you write {before}?",
            second,
        ),
        Fault(
            "M5",
            "tree for the DAG",
            "The count of the tree stands for the DAG too. In the DAG a part that is used twice is one node with two "
            "arrows leaving it, and counts once.",
            f"In the list of {last}, how many lines compute {before}?",
            second,
        ),
        Fault(
            "M5",
            "exchanged",
            "The two numbers are exchanged. The tree repeats what the DAG has once, so the tree is never the smaller "
            "one.",
            f"Which of the two writes {before} down twice?",
            second,
        ),
        Fault(
            "M5",
            "one copy in the tree",
            f"In the tree only one of the two {before} was written out. The other one is no leaf: all the nodes below "
            "it stand there once more.",
            f"In your tree of {last}, what are the nodes without operands: are they all x or numbers?",
            second,
        ),
        Fault(
            "M6",
            "constants left out",
            f"The constants {constants} are missing. They are no inputs, and nobody wants their slope, but they are "
            "leaves and have lines of their own in the list."
            if several
            else f"The constant {constants} is missing. It is no input, and nobody wants its slope, but it is a leaf "
            "and has a line of its own in the list.",
            "In 4 * x, how many operands does the product have, and where is each of them?",
            Case(text="4 * x has three nodes: 4, x and the product"),
        ),
        Fault(
            "",
            "leaves left out",
            "Only the operations are counted. Inputs and constants are nodes too: the ones without operands.",
            "In 4 * x, which nodes does the product read?",
            Case(text="4 * x has three nodes: 4, x and the product"),
        ),
        Fault(
            "M5",
            "constants again",
            (
                f"In the DAG the constants {constants} got a new node in each step. They are the same numbers, and one "
                "line of each is enough: "
                if several
                else f"In the DAG the constant {constants} got a new node in each step. It is the same number, and one "
                "line is enough: "
            )
            + f"it is read {TIMES[n - 1]}.",
            f"Does the second step need another {numbers[0]} than the first?",
            Case(text="4 * a + 4 * b has one node 4, with two readers"),
        ),
        Fault(
            "",
            "arrows",
            "These are the arrows. An arrow leads from one node to another; what is asked for is the nodes, the lines "
            "of the list.",
            "In 4 * x there are two arrows. How many lines does its list have?",
            Case(text="4 * x: two arrows, three nodes"),
        ),
        Fault(
            "",
            "output as a node",
            "The output is counted once more. It is no node of its own: the last operation is the output.",
            "In 4 * x, what would the line of the output compute that the product has not?",
            Case(text="4 * x has three nodes: 4, x and the product, which is the output"),
        ),
        Fault("", "one step short", f"These are the numbers of {before}. {count_begins}", how_many_steps, first),
        Fault("", "one step too far", f"These are the numbers of {after}. {count_begins}", how_many_steps, first),
    )


def count(sequence: Sequence) -> Exercise:
    """The exercise for a sequence."""
    at, last, second = sequence.at, sequence.last, sequence.second
    tree, dag = sequence.counts().values()
    return Exercise(
        id="02.3",
        title="Count twice",
        prompt=f"{sequence.name} begins with `{at(1)} = x` and goes on with `{sequence.letter}_(k+1) = "
        f"{sequence.written(sequence.step, f'{sequence.letter}_k')}`. How many nodes does {at(last)} have, as a tree "
        "and as a DAG? Count inputs, constants and operations.",
        starter=f"""
nodes = {{"tree": ..., "dag": ...}}  # of {at(last)}
""",
        answer="nodes",
        kind=Value(("tree", "dag"), rtol=0),
        solve=sequence.counts,
        faults=mistakes(sequence),
        public=ONE,
        hidden=no_cases,
        points=2,
        hints=(
            f"Write the list of {at(2)} = {sequence.written(sequence.step)} first: {sequence.written(sequence.lines)}.",
            f"DAG: what does one more step add to the list, if {' and '.join(second.constants)} "
            f"{'are' if len(second.constants) > 1 else 'is'} there already?",
            f"Tree: {at(last)} = {sequence.written(sequence.step, at(last - 1))} holds {at(last - 1)} twice, and "
            f"{WORDS[second.tree() - 2]} more nodes.",
        ),
        also_right=(
            (tree, dag),
            [float(tree), float(dag)],
            {"dag": dag, "tree": tree},
            np.array([tree, dag]),
            {"tree": f"{tree}", "dag": f"{dag}"},
            {"tree": np.int64(tree), "dag": np.array(dag)},
        ),
        another=drawn,
    )


STEPS = (  # and the lines of the first of them
    ("{a} * {l} * ({b} - {l})", "x, {a}, {a} * x, {b}, {b} - x, and the product"),
    ("{l} * {l} + {a}", "x, x * x, {a}, and the sum"),
    ("{l} * ({a} - {l})", "x, {a}, {a} - x, and the product"),
    ("{l} * ({a} - {b} * {l})", "x, {a}, {b}, {b} * x, {a} - {b} * x, and the product"),
    ("sin({l}) * ({a} - {l})", "x, sin(x), {a}, {a} - x, and the product"),
    ("{a} * sin({l}) * ({b} - {l})", "x, {a}, sin(x), {a} * sin(x), {b}, {b} - x, and the product"),
    ("exp({l}) / ({l} + {a})", "x, exp(x), {a}, x + {a}, and the quotient"),
    ("({l} + {a}) * ({l} - {b})", "x, {a}, x + {a}, {b}, x - {b}, and the product"),
    ("tanh({a} * {l}) + {l}", "x, {a}, {a} * x, tanh({a} * x), and the sum"),
)


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise for another sequence, of which other numbers come out."""
    step, lines = STEPS[generator.integers(len(STEPS))]
    a, b = (int(number) for number in generator.permutation(range(2, 8))[:2])
    last = int(generator.integers(3, 5))
    found = Sequence(step, lines, last, a, b)
    return count(found if found.counts() != LOGISTIC.counts() else Sequence(step, lines, 4, a, b))


LOGISTIC = Sequence(*STEPS[0], last=3, a=4, b=1, letter="l", name="The logistic map")
COUNT = count(LOGISTIC)

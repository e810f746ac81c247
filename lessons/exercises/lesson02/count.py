"""Exercise 02.3: the nodes of l_3 of the logistic map, as a tree and as a DAG."""

from dataclasses import dataclass

import numpy as np

from expression import Expression
from expression.corpus import case
from lessons.exercises.exercise import ONE, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Value


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
    def arrows(self) -> int:
        """The arrows of the DAG."""
        return len(list(self.e.edges))

    @property
    def repeated_constants(self) -> int:
        """By how much the DAG grows if a constant is a new node wherever it is read."""
        reads = [j for j, _ in self.e.edges if self.e.nodes[j].constant is not None]
        return len(reads) - len(set(reads))


def sizes(n: int) -> Sizes:
    """The sizes of l_n."""
    e = case("logistic").trace(n)
    often = [0] * len(e)
    often[-1] = 1
    for k in reversed(range(len(e))):  # a node stands wherever one that reads it stands
        for j in e.nodes[k].operands:
            often[j] += often[k]
    return Sizes(e, tuple(often))


def solve(faults: Faults) -> dict[str, int]:
    """Both counts."""
    of = sizes(2 if "one step short" in faults else 4 if "one step too far" in faults else 3)
    leaves, constants = "leaves left out" not in faults, "constants left out" not in faults
    tree, dag = of.tree(leaves=leaves, constants=constants), of.dag(leaves=leaves, constants=constants)
    if "constants again" in faults:
        dag += of.repeated_constants
    if "arrows" in faults:
        tree, dag = tree - 1, of.arrows
    if "one copy in the tree" in faults:
        tree -= sizes(2).tree(leaves=leaves, constants=constants) - 1
    if "sharing in the tree" in faults:
        tree = dag
    elif "tree for the DAG" in faults:
        dag = tree
    elif "exchanged" in faults:
        tree, dag = dag, tree
    return {"tree": tree, "dag": dag}


TWO_NODES = Case(
    text="l_2 = 4 * x * (1 - x): the tree has 7 nodes, the DAG has 6, since x is one node with two readers"
)

COUNT = Exercise(
    id="02.3",
    title="Count twice",
    prompt="The logistic map begins with l_1 = x and goes on with l_(k+1) = 4 * l_k * (1 - l_k). How many nodes does "
    "l_3 have, as a tree and as a DAG? Count inputs, constants and operations.",
    starter="""
nodes = {"tree": ..., "dag": ...}  # of l_3
""",
    answer="nodes",
    kind=Value(("tree", "dag"), rtol=0),
    solve=solve,
    faults=(
        Fault(
            "M5",
            "sharing in the tree",
            "The count of the DAG stands for the tree too. A tree has no names for its parts: l_2 is used twice, so "
            "all of its nodes stand there twice.",
            "If you write l_3 on paper with x alone, how often do you write l_2?",
            TWO_NODES,
        ),
        Fault(
            "M5",
            "tree for the DAG",
            "The count of the tree stands for the DAG too. In the DAG a part that is used twice is one node with two "
            "arrows leaving it, and counts once.",
            "In the list of l_3, how many lines compute l_2?",
            TWO_NODES,
        ),
        Fault(
            "M5",
            "exchanged",
            "The two numbers are exchanged. The tree repeats what the DAG has once, so the tree is never the smaller "
            "one.",
            "Which of the two writes l_2 down twice?",
            TWO_NODES,
        ),
        Fault(
            "M5",
            "one copy in the tree",
            "In the tree only one of the two l_2 was written out. The other one is no leaf: all the nodes below it "
            "stand there once more.",
            "In your tree of l_3, what are the nodes without operands: are they all x or numbers?",
            TWO_NODES,
        ),
        Fault(
            "M6",
            "constants left out",
            "The constants 4 and 1 are missing. They are no inputs, and nobody wants their slope, but they are leaves "
            "and have lines of their own in the list.",
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
            "In the DAG the constants 4 and 1 got a new node in each step. They are the same numbers, and one line of "
            "each is enough: it is read twice.",
            "Does the second step need another 4 than the first?",
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
            "one step short",
            "These are the numbers of l_2. The count begins with l_1 = x, so l_3 takes two steps.",
            "How many steps lead from l_1 to l_3?",
            Case(text="l_1 = x is one node; l_2 has a tree of 7 and a DAG of 6"),
        ),
        Fault(
            "",
            "one step too far",
            "These are the numbers of l_4. The count begins with l_1 = x, so l_3 takes two steps.",
            "How many steps lead from l_1 to l_3?",
            Case(text="l_1 = x is one node; l_2 has a tree of 7 and a DAG of 6"),
        ),
    ),
    public=ONE,
    hidden=no_cases,
    points=2,
    hints=(
        "Write the list of l_2 = 4 * x * (1 - x) first: x, 4, 4 * x, 1, 1 - x, and the product.",
        "DAG: what does one more step add to the list, if 4 and 1 are there already?",
        "Tree: l_3 = 4 * l_2 * (1 - l_2) holds l_2 twice, and five more nodes.",
    ),
    also_right=(
        (19, 9),
        [19.0, 9.0],
        {"dag": 9, "tree": 19},
        np.array([19, 9]),
        {"tree": "19", "dag": "9"},
        {"tree": np.int64(19), "dag": np.array(9)},
    ),
)

"""04.2: the tree size of an expression in one pass, that of a derivative that nobody builds, and a proof of it."""

from typing import Any

import numpy as np

from expression import Expression, parse, trace
from expression.corpus import case
from lessons.exercises.exercise import Case, Exercise, Fault, Faults, Forbidden
from lessons.exercises.lesson04.induction import PROOF, PROOF_FAULTS, STEP, Sizes, solve_proof
from lessons.exercises.lesson04.other_sizes import ALSO_RIGHT

SIZE, DERIVATIVE = "size", "derivative_size"


def solve_sizes(faults: Faults) -> dict[str, Any]:
    """Both functions, and the proof."""

    def size(e: Expression) -> int:
        if "counts the list" in faults:
            return len(e.nodes)
        sizes: list[int] = []
        for node in e.nodes:
            below = [sizes[j] for j in node.operands]
            if "equal operands once" in faults:
                below = [sizes[j] for j in set(node.operands)]
            total = max(below, default=0) if "longest path" in faults else sum(below)
            own = 0 if "leaves are nothing" in faults and not below else 1
            if "forgets the node" in faults and below:
                own = 0
            sizes.append(own + total)
        return sum(sizes) if "adds up the list" in faults else sizes[e.outputs[0]]

    def derivative_size(n: int) -> int:
        function, derivative = 1, 0 if "derivative of x is nothing" in faults else 1
        times, own = (2 if "l_n twice" in faults else 3), (9 if "wrong constant" in faults else 14)
        for _ in range(n if "one step too many" in faults else n - 1):
            grown = 0 if "derivative alone" in faults else times * function
            derivative = 2 * derivative + grown + own
            function = 2 * function + 5
            if "T first" in faults:
                derivative += times * (function - (function - 5) // 2)
        return function if "the function's size" in faults else derivative

    return {SIZE: size, DERIVATIVE: derivative_size, PROOF: solve_proof(faults)}


def of(e: Expression, text: str) -> Case:
    """A case for size."""
    return Case((SIZE, e), f"size of {text}")


def formula(text: str) -> Case:
    """A case for size, from a formula."""
    return of(parse(text), text)


def nth(n: int) -> Case:
    """A case for derivative_size."""
    return Case((DERIVATIVE, n), f"derivative_size({n})")


def drawn_sizes(generator: np.random.Generator) -> tuple[Case, ...]:
    """Loops that read one node often, and other n."""
    others = [n for n in range(5, 40) if nth(n).text not in {case.text for case in SIZES.public}]
    return (
        of(drawn_program(generator), "a random program"),
        *(nth(n) for n in generator.choice(others, 2, replace=False).tolist()),
    )


def drawn_program(generator: np.random.Generator) -> Expression:
    """A list of operations on random earlier values, the newest always among them."""
    picks = generator.integers(0, 1000, 12).tolist()

    def program(x: Any, y: Any) -> Any:
        values = [x, y, x * y]
        for k, pick in enumerate(picks):
            other = values[pick % len(values)]
            values.append(values[-1] * other if k % 3 else np.sin(values[-1] + other))
        return values[-1]

    return trace(program, 0.5, 0.25)


LEAF, SQUARE, SINE = formula("x"), formula("x * x"), formula("sin(x)")

FAULTS = (
    Fault(
        "M5",
        "counts the list",
        "This is the length of the list: every node once, the size of the DAG. In the tree a node stands again for "
        "each of its readers, with all that is below it.",
        "In (x + 1) * (x + 1), how often do you have to write x + 1 on paper?",
        SQUARE,
    ),
    Fault(
        "M5",
        "equal operands once",
        "A node that reads the same operand twice has two branches in the tree. Here equal operands are counted once, "
        "as happens when they are put into a set.",
        "How many x do you write in x * x?",
        SQUARE,
    ),
    Fault(
        "",
        "longest path",
        "Only the larger operand is counted: that gives the depth of the tree, not its size. All operands stand in it.",
        "What do you get for x * y, and how many nodes do you see?",
        formula("x * y"),
    ),
    Fault(
        "",
        "leaves are nothing",
        "Inputs and constants count 0 here. They are nodes as well, and the tree ends in them.",
        "How large is the tree of x alone?",
        LEAF,
    ),
    Fault(
        "",
        "forgets the node",
        "The trees of the operands are added, and the node that reads them is forgotten: what is left is the number of "
        "leaves. A tree is one larger than the trees below it together.",
        "How many nodes has sin(x)?",
        SINE,
    ),
    Fault(
        "",
        "adds up the list",
        "The sizes of all nodes are added in the end. The tree below the output contains the others already; its size "
        "alone is the answer.",
        "Which entry of your list belongs to the output?",
        SINE,
    ),
    Fault(
        "M5",
        "the function's size",
        "This is T_n, the size of the function. Asked for is D_n, that of its derivative.",
        "Which of your two numbers is 9 for n = 2?",
        nth(2),
    ),
    Fault(
        "",
        "derivative alone",
        "The derivative grows by more than twice itself: each step of the product rule writes l_n' twice, and l_n "
        "three times. The sizes of the function are missing in the sum.",
        "In 4 l' (1 - l) + 4 l (-l'), how often does l stand?",
        nth(2),
    ),
    Fault(
        "",
        "l_n twice",
        "l_n is written three times by the product rule, not twice: once in the factor that is left in each of the two "
        "terms, and once more where 4 l stands beside it.",
        "How often does l_n stand in the derivative of 4 l_n (1 - l_n), if nothing is tidied up?",
        nth(2),
    ),
    Fault(
        "",
        "wrong constant",
        "One step adds fourteen nodes of its own to the derivative: operations, and the constants too. With 9 they are "
        "not all counted.",
        "Your D_2 should be the 9 of the table: is it?",
        nth(3),
    ),
    Fault(
        "",
        "derivative of x is nothing",
        "D_1 is 1, not 0: the derivative of x is the constant 1, and that is one node.",
        "What does the table say in its line of l_1'?",
        nth(1),
    ),
    Fault(
        "",
        "one step too many",
        "The loop goes one step too far: l_1 is x itself, so that l_n takes n - 1 steps. This is the size for n + 1.",
        "How many steps lead from l_1 to l_1?",
        nth(1),
    ),
    Fault(
        "",
        "T first",
        "T is renewed before D has read it, so that D gets the size of the next function. D_(n+1) needs T_n, the old "
        "one.",
        "When your loop computes D_2, which T does it read: T_1 = 1, or T_2 = 7?",
        nth(2),
    ),
    *PROOF_FAULTS,
)


SIZES = Exercise(
    id="04.2",
    title="Predict a size",
    prompt="Write `size(e)`, the tree size of an expression, as a recurrence along its list: `e.nodes`, the operands "
    "of each node (positions), and `e.outputs[0]`, the position of the output. Then write `derivative_size(n)`, the "
    "size of l_n' with every rule written out, without building the formula, and use it to find |l_n'| for n = 20. "
    "Then prove the closed form `D_n = 9 (n-1) 2^(n-1) + 1` by induction. That D_1 = 1 is the beginning; for the step, "
    "put D_n and `T_n = 6 2^(n-1) - 5` into `D_(n+1) = 2 D_n + 3 T_n + 14`, and write each of the three summands, and "
    "what they add up to, as `a n 2^n + b 2^n + c`: `proof` has a row (a, b, c) for each of the four.",
    starter="""
def size(e):
    sizes = []
    for node in e.nodes:
        ...  # what is below node.operands is known already
    return ...


def derivative_size(n):
    T, D = 1, 1  # of l_1 = x and its derivative
    ...
    return ...


proof = [
    (..., ..., ...),  # 2 D_n = a*n*2^n + b*2^n + c
    (..., ..., ...),  # 3 T_n
    (..., ..., ...),  # 14
    (..., ..., ...),  # D_(n+1), their sum
]
""",
    answer="size, derivative_size, proof",
    kind=Sizes(names=(SIZE, DERIVATIVE), rtol=0),
    solve=solve_sizes,
    faults=FAULTS,
    public=(
        LEAF,
        SINE,
        SQUARE,
        formula("x * y + sin(x * y)"),
        of(case("logistic").trace(30), "l_30, as its loop"),
        nth(1),
        nth(2),
        nth(3),
        nth(20),
        STEP,
    ),
    hidden=drawn_sizes,
    points=4,
    hints=(
        "The tree below a node is one larger than the trees below its operands together. A leaf has no operands.",
        "Append 1 + sum(sizes[j] for j in node.operands), and return the entry of the output.",
        "For the derivative: T, D = 2*T + 5, 2*D + 3*T + 14, on one line, so that D reads the old T.",
        "For the proof: 2 * 2^(n-1) is 2^n, so that 2 D_n = 9(n-1) 2^n + 2; that is the row (9, -9, 2).",
    ),
    also_right=ALSO_RIGHT,
    rules=(
        Forbidden(
            "expression.measures",
            "symbolic",
            "autodiff",
            "compare",
            instead="The task is to find the size by a recurrence of your own, without building the formula.",
        ),
    ),
)

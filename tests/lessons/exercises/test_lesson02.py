"""Lesson 2: graphs, orders, counts and marks as students write them."""

import re
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from expression import measure, parse, trace
from expression.corpus import case
from lessons.exercises import Outcome, check
from lessons.exercises.catalogue import exercise
from lessons.exercises.lesson02.count import STEPS, Sequence, sizes
from lessons.exercises.lesson02.losses import NETWORK

NEEDS = exercise("02.2").kind.parts["order"].needs

GRAPHS: tuple[tuple[Any, Outcome, set[str]], ...] = (
    ("p: (a*b)\nq: p+c\nr: p-c\nt: q/r", Outcome.PASSED, set()),
    ({"p": "a*b", "q": "p+c", "r": "p-c", "y": "q/r"}, Outcome.PASSED, set()),
    ([("p", "a * b"), ("q", "p + c"), ("r", "p - c"), ("y", "q / r")], Outcome.PASSED, set()),
    (str(parse("(a*b + c)/(a*b - c)")), Outcome.PASSED, set()),
    ("x = a\np = x*b\nq = p+c\nr = p-c\ny = q/r", Outcome.PASSED, set()),
    ("p=a*b\nq=b*a\nr=p+c\ns=q-c\ny=r/s", Outcome.FAULT, {"product twice"}),
    ("p=a*b\nq=b*a\nr=p+c\ns=p-c\ny=r/s", Outcome.FAULT, {"product twice"}),  # and the second is read by nobody
    (parse("(a*b + c)/(c - a*b)"), Outcome.FAULT, {"difference turned round"}),
    ("p=a*b\nq=p+c\nr=p-c\ny=r/q", Outcome.FAULT, {"quotient turned round"}),
    ("p=a*b\nq=p+c\nr=p-c", Outcome.FAULT, {"output left out"}),
    ("p=a*b", Outcome.WRONG, set()),
    ("p = pow(a, b)", Outcome.WRONG, set()),
    ("(a*b+c)/(a*b-c)", Outcome.UNREADABLE, set()),
    ("q=p+c\np=a*b\nr=p-c\ny=q/r", Outcome.UNREADABLE, set()),
    ("p=a*b\np=p+c", Outcome.UNREADABLE, set()),
    ("p=a*d", Outcome.UNREADABLE, set()),
    ({"p": ...}, Outcome.UNREADABLE, set()),
    (lambda a, b, c: a, Outcome.UNREADABLE, set()),
    ([], Outcome.UNREADABLE, set()),
    (None, Outcome.UNREADABLE, set()),
)


@pytest.mark.parametrize("given", GRAPHS)
def test_a_graph_is_judged_by_what_its_nodes_compute(given: tuple[Any, Outcome, set[str]]) -> None:
    answer, outcome, faults = given
    verdict = check("02.1", answer)
    assert (verdict.outcome, set(verdict.faults)) == (outcome, faults)


def test_a_line_that_reads_one_below_it_is_named_with_that_edge() -> None:
    text = str(check("02.1", "q=p+c\np=a*b\nr=p-c\ny=q/r"))
    assert "The line q = add(p, c) reads p, which stands below it" in text


def valid(order: tuple[str, ...]) -> bool:
    """Whether every line stands below those that it reads."""
    return all(order.index(need) < order.index(item) for item, needs in NEEDS.items() for need in needs)


def test_just_one_of_all_orders_passes_and_every_other_one_is_explained() -> None:
    for order in permutations(NEEDS):
        verdict = check("02.2", order, 1)
        assert verdict.passed == valid(order)
        assert verdict.passed or verdict.faults or "above" in verdict.told[0]
    assert sum(map(valid, permutations(NEEDS))) == exercise("02.2").reference["how_many"] == 1


def ways(needs: dict[str, tuple[str, ...]], done: frozenset[str] = frozenset()) -> int:
    """In how many orders what is not done yet can be done."""
    ready = [item for item in needs if item not in done and done.issuperset(needs[item])]
    return sum(ways(needs, done | {item}) for item in ready) if ready else 1


@pytest.mark.parametrize("number", range(1, 13))
def test_the_orders_of_a_variant_are_counted_right(number: int) -> None:
    item = exercise(f"02.2/{number}")
    lines = dict(re.findall(r"`(\w) = ([^`]+)`", item.prompt))
    needs = {name: tuple(other for other in lines if re.search(rf"\b{other}\b", lines[name])) for name in lines}
    assert item.reference["how_many"] == ways(needs)


ORDERS: tuple[tuple[Any, Outcome, set[str]], ...] = (
    (("x, q, r, p, s, t", 1), Outcome.PASSED, set()),
    (("qrpst", 2), Outcome.FAULT, {"s and r exchanged"}),
    (("psrqt", 120), Outcome.FAULT, {"as it stood", "any order"}),
    (("qrpst", 3), Outcome.WRONG, set()),
    (("qrps", 1), Outcome.WRONG, set()),
    (("qrpstt", 1), Outcome.WRONG, set()),
    (("qrpst", "no"), Outcome.UNREADABLE, set()),
    (("abc", 1), Outcome.UNREADABLE, set()),
    (({"q": 1}, 1), Outcome.UNREADABLE, set()),
    (([["q"], ["r"]], 1), Outcome.UNREADABLE, set()),
    ("qrpst", Outcome.UNREADABLE, set()),
)


@pytest.mark.parametrize("given", ORDERS)
def test_an_order_and_their_number_are_judged_apart(given: tuple[Any, Outcome, set[str]]) -> None:
    answer, outcome, faults = given
    verdict = check("02.2", answer)
    assert (verdict.outcome, set(verdict.faults)) == (outcome, faults)


def test_the_counts_are_those_of_measure() -> None:
    m = measure(case("logistic").trace(3))
    assert exercise("02.3").reference == {"tree": m.tree_size, "dag": m.dag_size}


@pytest.mark.parametrize("last", [2, 3, 4])
@pytest.mark.parametrize("step", STEPS)
def test_the_counts_of_every_sequence_are_those_of_measure(step: tuple[str, str], last: int) -> None:
    sequence = Sequence(*step, last=last, a=3, b=5)
    text = "x"
    for _ in range(last - 1):
        text = sequence.written(sequence.step, f"({text})")
    m = measure(parse(text))
    assert sequence.counts() == {"tree": m.tree_size, "dag": m.dag_size}
    assert len(sequence.lines.split(", ")) == sizes(sequence, 2).dag()


COUNTS: tuple[tuple[tuple[float, float], set[str]], ...] = (
    ((9, 19), {"exchanged"}),
    ((9, 9), {"sharing in the tree"}),
    ((6, 6), {"sharing in the tree", "leaves left out"}),
    ((7, 6), {"one step short"}),
    ((13, 11), {"one copy in the tree", "constants again"}),
    ((3.5, 1e9), set()),
)


@pytest.mark.parametrize(("counts", "faults"), COUNTS)
def test_a_wrong_count_is_named_by_what_was_counted(counts: tuple[float, float], faults: set[str]) -> None:
    verdict = check("02.3", counts)
    assert (verdict.passed, set(verdict.faults)) == (False, faults)


def test_the_marks_are_those_of_the_trace() -> None:
    e = trace(
        lambda x, y, w, b: (np.tanh(w * x + b) - y) ** 2 + 0.01 * w**2,
        *(1.5, 2.0, 0.5, 0.25),
        parameters=("w", "b"),
    )
    names = {i.position: i.name for i in e.inputs}
    roles = {names.get(k) or f"{e.nodes[k].constant:g}": e.role(k) for k in range(len(e)) if e.nodes[k].is_leaf}
    assert roles == NETWORK.leaves
    assert tuple(f"v{k}" for k in range(len(e)) if k > 3 and 3 in e.leaves_of(k)) == NETWORK.on_bias


MARKS: dict[str, Any] = {**NETWORK.leaves, "gradient": "x, y, w, b", "needs b": "v5, v6, v7, v9, v13"}
CHANGED: tuple[tuple[dict[str, Any], Outcome, set[str]], ...] = (
    ({"x": "Inputs", "w": " parameters."}, Outcome.PASSED, set()),
    ({"needs b": [5, 6, 7, 9, 13]}, Outcome.PASSED, set()),
    ({"needs b": {"b", "v5", "v6", "v7", "v9", "loss"}}, Outcome.PASSED, set()),
    ({"gradient": "w and b"}, Outcome.FAULT, {"only what is learned"}),
    ({"gradient": ["x", "y", "w", "b", 2, 0.01]}, Outcome.FAULT, {"every leaf gets one"}),
    ({"gradient": "w, v5"}, Outcome.FAULT, {"the lines between"}),
    ({"x": "parameter", "y": "parameter", "0.01": "parameter"}, Outcome.FAULT, {"x", "y", "0.01"}),
    ({"needs b": "v5"}, Outcome.FAULT, {"only who reads b"}),
    ({"needs b": "v4 v5 v6 v7 v9 v10 v12 v13"}, Outcome.FAULT, {"all that stand below"}),
    ({"needs b": "v5, v7, v13"}, Outcome.WRONG, set()),
    ({"needs b": ""}, Outcome.WRONG, set()),
    ({"x": "leaf"}, Outcome.UNREADABLE, set()),
    ({"gradient": "z"}, Outcome.UNREADABLE, set()),
    ({"gradient": [["x"]]}, Outcome.UNREADABLE, set()),
    ({"gradient": ...}, Outcome.UNREADABLE, set()),
)


@pytest.mark.parametrize("given", CHANGED)
def test_marks_are_judged_one_by_one(given: tuple[dict[str, Any], Outcome, set[str]]) -> None:
    changed, outcome, faults = given
    verdict = check("02.4", MARKS | changed)
    assert (verdict.outcome, {name.removesuffix(" as parameter") for name in verdict.faults}) == (outcome, faults)

"""Vertex elimination: the same Jacobian in every order, and an order that beats both modes."""

import json
from itertools import permutations

import numpy as np
import pytest
import sympy

from compare import elimination
from compare.experiments.eliminating import best, eliminate, partials, vertices
from expression import parse, trace
from expression.errors import ArgumentError

CLOSE = 1e-13  # relative: a handful of products and sums


def hourglass(x, y):
    """Two inputs, a waist of four nodes, two outputs."""
    u = np.exp(np.sin(np.sqrt(x * y)))
    return np.log(u), np.tanh(u)


def braided(x, y, z):
    """Paths that part and meet again."""
    a, b = x * y, np.sin(y + z)
    c = a * b
    return c / (1.0 + a * a), np.exp(c - b)


def squared(x):
    """An operand that is read twice by one node."""
    y = np.sin(x) * 2.0
    return np.exp(y * y)


A, B, C = "x * y", "sin(y + z)", "(x * y * sin(y + z))"
FUNCTIONS = {  # a function, the point, and its outputs for SymPy
    "hourglass": (hourglass, {"x": 1.0, "y": 2.0}, ("sin(sqrt(x * y))", "tanh(exp(sin(sqrt(x * y))))")),
    "braided": (braided, {"x": 0.4, "y": 1.1, "z": -0.3}, (f"{C} / (1 + ({A})**2)", f"exp({C} - {B})")),
    "squared": (squared, {"x": 0.7}, ("exp(4 * sin(x)**2)",)),
    "a sum": (lambda x, y: x + y, {"x": 1.0, "y": 2.0}, ("x + y",)),
}


@pytest.fixture(params=FUNCTIONS, ids=str)
def example(request):
    return FUNCTIONS[request.param]


def test_every_order_gives_sympys_jacobian(example):
    f, at, formulas = example
    expected = [[float(sympy.diff(sympy.sympify(y), x).subs(at)) for x in at] for y in formulas]
    for order in elimination(f, *at.values()).orders:
        assert np.allclose(order.jacobian, expected, rtol=CLOSE, atol=0.0), order.name


def test_the_best_order_is_the_best_of_all_permutations(example):
    f, at, _ = example
    args = tuple(at.values())
    e = trace(f, *args)
    _, inner, _ = vertices(e)
    edges = partials(e, args)
    fewest = min(eliminate(edges, order)[1] for order in permutations(inner))
    assert eliminate(edges, best(edges, inner))[1] == fewest
    found = elimination(f, *args)
    assert found["best"].multiplications == fewest <= found["greedy"].multiplications


def test_a_waist_is_best_shrunk_first():
    """n inputs, a chain of k nodes, m outputs: n (k - 1) + n m, or m (k - 1) + n m; at best k - 2 + n + n m."""
    found = elimination(hourglass, 1.0, 2.0)
    n, k, m = 2, 4, 2
    assert found["forward"].multiplications == n * (k - 1) + n * m
    assert found["reverse"].multiplications == m * (k - 1) + n * m
    assert found["best"].multiplications == (k - 2) + n + n * m


def test_one_input_is_for_forward_mode_and_one_output_for_reverse_mode():
    fan = elimination(lambda x: tuple(np.sin(np.exp(x)) * k for k in (1.0, 2.0, 3.0)), 0.3)
    assert fan["forward"].multiplications < fan["reverse"].multiplications
    funnel = elimination(lambda x, y, z: np.exp(np.sin(x) * np.cos(y) * z), 0.3, 0.4, 0.5)
    assert funnel["reverse"].multiplications < funnel["forward"].multiplications


def test_large_graphs_are_not_tried_in_all_orders():
    found = elimination(parse("sin(" * 14 + "x" + ")" * 14), 0.5)
    assert [order.name for order in found.orders] == ["forward", "reverse", "greedy"]


def test_the_table_names_the_vertices():
    found = elimination(hourglass, 1.0, 2.0)
    lines = str(found).splitlines()
    assert lines[0] == "Jacobian of 2 outputs by 2 inputs, over 7 edges"
    assert lines[2].split() == ["forward", "v2,", "v3,", "v4,", "v5", "10"]
    assert "<td" in found._repr_html_()
    content = json.loads(found.to_json())
    assert (content["format"], content["orders"][0]["multiplications"]) == ("trigrad.elimination", 10)


def test_what_has_no_such_graph_is_refused():
    with pytest.raises(ArgumentError, match="elimination takes functions of numbers, not of arrays"):
        elimination(np.sum, np.ones(3))
    with pytest.raises(ArgumentError, match=r"needs outputs that nothing else reads; multiply .* by 1\.0"):
        elimination(lambda x: (np.sin(x), np.cos(np.sin(x))), 1.0)
    with pytest.raises(ArgumentError, match="needs outputs that nothing else reads"):
        elimination(lambda x: x, 1.0)

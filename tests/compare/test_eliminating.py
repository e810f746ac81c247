"""Vertex elimination: the same Jacobian in every order, and an order that beats both modes."""

import json
from itertools import permutations

import numpy as np
import pytest
import sympy

from compare import elimination
from compare.eliminating import best, eliminate, partials, vertices
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


FUNCTIONS = {
    "hourglass": (hourglass, (1.0, 2.0)),
    "braided": (braided, (0.4, 1.1, -0.3)),
    "squared": (squared, (0.7,)),
    "a sum": (lambda x, y: x + y, (1.0, 2.0)),
}


@pytest.fixture(params=FUNCTIONS, ids=str)
def example(request):
    return FUNCTIONS[request.param]


def test_every_order_gives_sympys_jacobian(example):
    f, args = example
    names = sympy.symbols(f"x0:{len(args)}")
    in_sympy = {"sin": sympy.sin, "sqrt": sympy.sqrt, "exp": sympy.exp, "log": sympy.log, "tanh": sympy.tanh}

    class Symbol:
        """A SymPy expression that NumPy's functions call back."""

        def __init__(self, e):
            self.e = e

        def __getattr__(self, name):
            return lambda: Symbol(in_sympy[name](self.e))

    for name in ("add", "sub", "mul", "truediv"):

        def forwards(self, other, name=name):
            return Symbol(getattr(self.e, f"__{name}__")(getattr(other, "e", other)))

        def backwards(self, other, name=name):
            return Symbol(getattr(self.e, f"__r{name}__")(other))

        setattr(Symbol, f"__{name}__", forwards)
        setattr(Symbol, f"__r{name}__", backwards)
    results = f(*[Symbol(x) for x in names])
    results = results if isinstance(results, tuple) else (results,)
    at = dict(zip(names, args, strict=True))
    expected = [[float(sympy.diff(y.e, x).subs(at)) for x in names] for y in results]
    for order in elimination(f, *args).orders:
        assert np.allclose(order.jacobian, expected, rtol=CLOSE, atol=0.0), order.name


def test_the_best_order_is_the_best_of_all_permutations(example):
    f, args = example
    e = trace(f, *args)
    _, inner, _ = vertices(e)
    edges = partials(e, args)
    fewest = min(eliminate(edges, order)[1] for order in permutations(inner))
    assert eliminate(edges, best(edges, inner))[1] == fewest
    found = elimination(f, *args)
    assert found["best"].multiplications == fewest <= found["greedy"].multiplications


def test_a_waist_is_best_shrunk_first():
    """n inputs, a chain of k nodes, m outputs: n (k - 1) + n m or m (k - 1) + n m, against k - 2 + n + n m and its twin."""
    found = elimination(hourglass, 1.0, 2.0)
    n, k, m = 2, 4, 2
    assert found["forward"].multiplications == n * (k - 1) + n * m
    assert found["reverse"].multiplications == m * (k - 1) + n * m
    assert found["best"].multiplications == (k - 2) + n + n * m


def test_one_input_is_for_forward_mode_and_one_output_for_reverse_mode():
    fan = elimination(lambda x: tuple(np.sin(np.exp(x) * k) for k in (1.0, 2.0, 3.0)), 0.3)
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
    with pytest.raises(ArgumentError, match="needs outputs that nothing else reads; multiply such an output by 1.0"):
        elimination(lambda x: (np.sin(x), np.cos(np.sin(x))), 1.0)
    with pytest.raises(ArgumentError, match="needs outputs that nothing else reads"):
        elimination(lambda x: x, 1.0)

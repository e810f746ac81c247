"""The same function as a tree and as a DAG."""

import json

import pytest
from matplotlib.figure import Figure

from compare import tree_and_dag
from expression.errors import ArgumentError


def test_repeated_squaring_doubles_as_a_tree_and_gains_one_node_as_a_dag():
    """x^(2^n): 2^n leaves and 2^n - 1 products, against one product a step."""
    for row in tree_and_dag("repeated_squaring", (1, 2, 3, 10, 60, 2000)).rows:
        assert row.tree == 2 ** (row.n + 1) - 1
        assert row.dag == row.n + 1


def test_the_logistic_map_has_the_closed_form_sizes():
    """Baydin et al. (2018), Table 1: |l_n| = 6 2^(n-1) - 5 without sharing."""
    for row in tree_and_dag("logistic", (1, 2, 3, 4, 12)).rows:
        assert row.tree == 6 * 2 ** (row.n - 1) - 5
        assert row.dag <= 3 * row.n


def test_the_table_and_the_json_hold_integers_of_any_length():
    found = tree_and_dag("repeated_squaring", (3, 200))
    assert str(found).splitlines()[2].split() == ["3", "15", "4"]
    assert "(61 digits)" in str(found)
    assert repr(found) == "<Sharing in repeated_squaring at 2 sizes>"
    assert "<td" in found._repr_html_()
    rows = json.loads(found.to_json())["rows"]
    assert rows[0] == {"n": 3, "tree": 15, "dag": 4}
    assert int(rows[1]["tree"]) == 2**201 - 1


def test_the_figure_says_what_a_step_adds():
    figure = Figure()
    tree_and_dag("repeated_squaring", (10, 20, 40)).plot(figure)
    labels = [line.get_label() for line in figure.axes[0].get_lines()]
    assert labels == ["tree: \N{MULTIPLICATION SIGN}2.00 a step", "DAG: +1 a step"]


def test_what_is_no_family_is_refused():
    with pytest.raises(ArgumentError, match="baydin is one function, not a family"):
        tree_and_dag("baydin")

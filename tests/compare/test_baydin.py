"""Table 1 of Baydin et al.: every line is what algebra gives, and a misprint is seen."""

from dataclasses import replace

import pytest
import sympy

from compare import baydin_table
from symbolic import count_ops, derive


@pytest.fixture(scope="module")
def table():
    return baydin_table()


def test_every_published_formula_is_what_the_rules_give(table):
    assert [line.n for line in table.lines] == [1, 2, 3, 4]
    assert table.agrees


def test_sympy_alone_agrees_without_the_shared_format(table):
    x = sympy.Symbol("x")
    loop = x
    for line in table.lines:
        function, derivative, simplified = (sympy.sympify(text, locals={"x": x}) for text in line.texts)
        assert sympy.expand(function - loop) == 0
        assert sympy.expand(derivative - sympy.diff(loop, x)) == sympy.expand(simplified - sympy.diff(loop, x)) == 0
        loop = 4 * loop * (1 - loop)


def test_a_misprint_is_seen(table):
    last = table.lines[-1]
    function, derivative, simplified = last.texts
    for texts in (
        (function.replace("64", "65"), derivative, simplified),
        (function, derivative.replace("- 256", "+ 256"), simplified),
        (function, derivative, simplified.replace("7040", "7041")),
    ):
        assert not replace(last, texts=texts).agrees


def test_sizes_are_counted_as_everywhere(table):
    assert [[tree for tree, _ in line.sizes] for line in table.lines] == [
        [1, 1, 1],
        [7, 9, 5],
        [15, 39, 19],
        [29, 115, 43],
    ]


@pytest.mark.skipif(not sympy.__version__.startswith("1.14"), reason="counts of SymPy 1.14")
def test_sympys_own_counts_are_the_published_ones(table):
    functions = [line.expressions[0] for line in table.lines]
    assert [count_ops(e) for e in functions] == [0, 3, 7, 14]
    derivatives = [derive(e, sharing=False) for e in functions]
    assert [count_ops(d) for d in derivatives[1:]] == [2, 19, 57]
    assert [count_ops(derivatives[-1], form) for form in ("factor", "expand", "horner")] == [22, 20, 14]


def test_a_notebook_shows_the_formulas_that_are_set(table):
    formatters = pytest.importorskip("IPython.core.formatters")
    shown, _ = formatters.DisplayFormatter().format(table)
    assert set(shown) == {"text/plain", "text/markdown"}  # HTML would be shown before Markdown


def test_formulas_are_set_and_terms_stand_on_lines_of_their_own(table):
    markdown = table._repr_markdown_().splitlines()
    assert len(markdown) == 2 + 3 * 4
    assert r"| $l_3$ | 15 / 11 | $16\,x\,\left(1 - x\right)\,\left(1 - 2\,x\right)^{2}$ |" in markdown
    assert markdown[-2].count(r"\\") == 3  # four terms
    assert markdown[-1].count(r"\\") == 1 and r"\left" not in markdown[-1]  # a bracket over two lines has no \left
    assert all(line.count("|") == 4 for line in markdown)
    assert "l4' simplified" in str(table)

"""The same expression as a list, as a tree and as a DAG."""

from xml.etree import ElementTree

import numpy as np
import pytest

from compare import three_forms
from compare.experiments.trio import flexible
from expression import measure, parse, trace
from expression.corpus import CORPUS, case

SMALL = [name for name, row in CORPUS.items() if not row.requires and len(row.trace()) <= 40]


def page(forms):
    """The HTML as a tree of elements: it is well-formed."""
    return ElementTree.fromstring(forms._repr_html_())


def test_a_part_that_is_read_twice_stands_twice_in_the_tree_alone():
    forms = three_forms(lambda x, y: (x + y) * np.sin(x + y), 1.0, 2.0)
    assert forms.sizes == {"list": 5, "tree": 8, "DAG": 5}
    listing, tree, dag = page(forms)
    assert "".join(listing.itertext()).count("add") == 1
    assert [ElementTree.tostring(part, encoding="unicode").count("data-role=") for part in (tree, dag)] == [8, 5]
    assert [part[0].tag for part in (listing, tree, dag)] == ["figcaption"] * 3


def test_the_text_shows_the_listing_and_the_formula():
    text = str(three_forms(parse("(x + 1) * (x + 1)")))
    assert "v3 = mul(v2, v2)" in text
    assert text.endswith("(x + 1) * (x + 1)")
    assert repr(three_forms(parse("x"))) == "<Trio: list of 1 node, tree of 1 node, DAG of 1 node>"


@pytest.mark.parametrize("name", SMALL)
def test_sizes_are_the_measured_ones(name):
    e = case(name).trace()
    found, sizes = measure(e), three_forms(e).sizes
    assert (sizes["list"], sizes["tree"], sizes["DAG"]) == (len(e), found.tree_size, found.dag_size)
    page(three_forms(e))


def test_a_tree_that_is_too_large_says_so_beside_the_others():
    forms = three_forms(case("repeated_squaring").trace(60))
    words = "".join(page(forms).itertext())
    assert "tree, 2.30e18 (19 digits) nodes" in words  # 2^61 - 1
    assert "too many for a picture; draw the DAG" in words
    assert forms._repr_html_().count("<svg") == 1
    assert "tree," in str(three_forms(case("logistic").trace(40)))


def test_a_function_is_traced_and_an_expression_taken_as_it_is():
    e = trace(np.sin, 1.0)
    assert three_forms(e).expression is e
    assert str(three_forms(np.sin, 1.0)) == str(three_forms(e))


def test_pictures_shrink_before_the_row_breaks():
    assert flexible('<svg viewBox="0 0 1 1" width="100.5" height="3">').startswith("flex: 100.5 1 60px; max-width")
    assert flexible("refused") == "flex: none"

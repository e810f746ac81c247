"""What SymPy's forms make of a derivative: sizes, values, and what is refused."""

import json

import pytest

from compare import rewritings
from compare.experiments.rewriting import NAMES
from expression import measure
from expression.corpus import case
from expression.errors import ArgumentError
from symbolic import FORMS, derive


@pytest.fixture(scope="module")
def logistic():
    return rewritings("logistic", (2, 3, 4, 5))


def test_every_form_of_the_table_is_measured(logistic):
    assert tuple(FORMS) == NAMES
    for row in logistic.rows:
        assert set(row.shapes) == set(FORMS)
        plain = measure(derive(case("logistic").trace(row.n), sharing=False))
        assert abs(row.shapes["as it is"].tree - plain.tree_size) <= 1  # SymPy may write a minus another way


def test_an_expanded_polynomial_has_a_term_for_every_power(logistic):
    """The derivative of l_n has 2^(n-1) powers, one a term, with coefficients that are not 0."""
    for row in logistic.rows[1:]:
        assert 2 * 2 ** (row.n - 1) < row.shapes["expand"].dag < row.shapes["expand"].tree < 6 * 2 ** (row.n - 1)


def test_forms_that_are_equal_by_algebra_round_differently(logistic):
    errors = {name: [row.shapes[name].error for row in logistic.rows] for name in NAMES}
    assert max(errors["as it is"] + errors["cse"]) < 1e-13
    assert errors["expand"][-1] > 1e-12


def test_three_tables_and_json(logistic):
    sizes, times, errors = logistic.tables()
    assert sizes.headers == times.headers == errors.headers == ("n", *FORMS)
    assert "nodes, tree / DAG" in str(logistic) and "time that SymPy took" in logistic._repr_html_()
    read = json.loads(logistic.to_json())
    assert read["rows"][0]["forms"]["horner"]["tree"] == logistic.rows[0].shapes["horner"].tree


def test_a_family_of_arrays_is_refused():
    with pytest.raises(ArgumentError, match="helmholtz is not a function of one number; take a family such as"):
        rewritings("helmholtz", (2,))

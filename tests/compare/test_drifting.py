"""Exact derivatives of programs that round, against closed forms."""

import json

import pytest

from compare import drift, logistic_derivative
from compare.experiments.drifting import EPS
from expression.errors import ArgumentError
from symbolic import derive

NEAR = 4 * EPS  # two roundings of the truth, one on either side


def logistic_slope(n, x):
    """The closed form over mpmath, with the angle itself in so many digits that its doublings cost none."""
    from mpmath.ctx_mp import MPContext

    context = MPContext()
    context.dps = 60 + n
    angle = context.asin(context.sqrt(context.mpf(x)))
    return float(2 ** (n - 1) * context.sin(2**n * angle) / context.sin(2 * angle))


@pytest.fixture(scope="module")
def logistic():
    return drift("logistic", range(1, 101))


def test_the_truth_over_mpmath_is_the_closed_form(logistic):
    for row in logistic.rows:
        assert abs(row.true - logistic_slope(row.n, 0.2)) <= NEAR * abs(row.true)
        assert abs(logistic_derivative(row.n, 0.2) - row.true) <= NEAR * abs(row.true)


def test_one_bit_is_lost_a_step(logistic):
    assert abs(logistic.bits_a_step - 1) < 0.1  # 50 points, scattered by 3 bits, over 50 steps
    for row in logistic.rows[1:45]:
        assert row.error < 1000 * EPS * 2**row.n


def test_the_published_wrong_turns(logistic):
    assert logistic.first_wrong_sign == 55
    last = logistic.rows[-1]
    assert (f"{last.found:.4e}", f"{last.true:.5e}") == ("7.4136e+29", "7.85276e+29")


def test_the_symbolic_derivative_drifts_as_well(logistic):
    from expression.corpus import case

    found = derive(case("logistic").trace(55))(0.2)
    assert (found > 0) != (logistic.rows[54].true > 0)


def test_special_points_are_exact():
    for x, sign in ((0.0, 1.0), (1.0, -1.0), (0.5, 0.0)):
        for row in drift("logistic", (2, 10, 50), x).rows:
            assert row.found == row.true == sign * 4.0 ** (row.n - 1)
            assert row.error == 0


def test_a_function_that_is_not_sensitive_does_not_drift():
    assert all(row.error < 100 * EPS for row in drift("repeated_squaring", (1, 4, 8), 0.99).rows)


def test_few_points_give_no_slope():
    assert drift("logistic", (4, 20, 40)).bits_a_step is None


def test_the_table_and_the_json(logistic):
    assert "bits lost a step: " in str(logistic)
    wrong = [line for line in str(logistic).splitlines() if line.endswith("wrong")]
    assert wrong[0].split()[0] == "55"
    assert len(json.loads(logistic.to_json())["rows"]) == 100


def test_refusals():
    with pytest.raises(ArgumentError, match="helmholtz is not a function of one number; take a family such as"):
        drift("helmholtz", (2,))
    with pytest.raises(ArgumentError, match="sigmoid is one function, not a family"):
        drift("sigmoid")

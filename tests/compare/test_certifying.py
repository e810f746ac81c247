"""Certified digits: against closed forms, where float64 fails, and where nothing may be certified."""

import mpmath
import numpy as np
import pytest

from compare.certifying import ENOUGH, certified_digits, certify, digits_text
from expression import operation, trace
from expression.corpus import case


def certificate_of(f, *args, **options):
    """Certify by all arguments."""
    return certify(trace(f, *args), args, tuple(range(len(args))), **options)


def agrees(found, truth):
    """Whether an mpf agrees with a closed form to the digits that are claimed at least."""
    return abs(found - truth) <= mpmath.mpf(10) ** -ENOUGH * max(1, abs(truth))


CLOSED_FORMS = (
    ("baydin", lambda x, y: np.log(x) + x * y - np.sin(y), (2.0, 5.0), lambda x, y: (1 / x + y, x - mpmath.cos(y))),
    ("power", lambda x: x**x, (1.7,), lambda x: (x**x * (mpmath.log(x) + 1),)),
    ("tiny argument", np.log, (1e-30,), lambda x: (1 / x,)),
    ("huge argument", lambda x: x * x, (1e200,), lambda x: (2 * x,)),
    ("beside a kink", lambda x: np.maximum(x, 0.0), (1e-200,), lambda x: (mpmath.mpf(1),)),
    ("branch", lambda x: np.where(x > 0, np.exp(x), x), (0.3,), lambda x: (mpmath.exp(x),)),
)


@pytest.mark.parametrize(
    ("f", "args", "truth"), [row[1:] for row in CLOSED_FORMS], ids=[row[0] for row in CLOSED_FORMS]
)
def test_the_reference_is_the_closed_form(f, args, truth):
    certificate = certificate_of(f, *args)
    assert certificate.reason == ""
    assert certificate.agreed >= ENOUGH
    with mpmath.workdps(60):
        expected = truth(*map(mpmath.mpf, args))
        for found, wanted in zip(certificate.derivative, expected, strict=True):
            assert agrees(mpmath.mpf(found[()]), wanted)


@pytest.mark.parametrize("n", [4, 55, 100, 200])
def test_the_logistic_map_is_certified_where_float64_has_lost_every_digit(n):
    """l_n' = 2^(n-1) sin(2^n t) / sin(2 t) with t = asin sqrt x: one bit is lost in each step."""
    f, _ = case("logistic").at(n)
    certificate = certificate_of(f, 0.2)
    with mpmath.workdps(200):
        t = mpmath.asin(mpmath.sqrt(mpmath.mpf(0.2)))
        truth = 2 ** (n - 1) * mpmath.sin(2**n * t) / mpmath.sin(2 * t)
        assert agrees(mpmath.mpf(certificate.derivative[0][()]) / truth, 1)


REFUSED = (
    (
        "at a kink",
        np.abs,
        0.0,
        "the derivatives from left and right differ, or one does not exist",
    ),
    ("outside the domain", np.log, -1.0, "the value is nan"),
    ("at a pole", lambda x: 1.0 / x, 0.0, "the value is inf"),
)


@pytest.mark.parametrize(("f", "x", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_nothing_is_certified_without_a_derivative(f, x, reason):
    certificate = certificate_of(lambda x: f(x), x)
    assert certificate.derivative is None
    assert certificate.reason == reason
    assert certified_digits(certificate, (1.0,)) is None


def test_work_beyond_the_limit_is_refused_with_its_size_and_the_value_still_known():
    x = np.linspace(0.1, 0.2, 40)
    certificate = certificate_of(lambda x: np.sum(np.exp(x)), x, limit=10_000)
    operations = 2 * (2 * 40 + 1) * (40 + 40 + 39)  # two precisions, so many points, 40 leaves, exp and sum of 40
    assert certificate.reason == f"{operations:,} operations in mpmath, limit 10,000"
    assert certificate.derivative is None
    assert float(certificate.value) == pytest.approx(np.sum(np.exp(x)), rel=1e-14)


def test_digits_count_how_far_an_answer_is_right():
    certificate = certificate_of(lambda x: x * x, 3.0)
    assert certified_digits(certificate, (6.0,)) == 16.0
    assert certified_digits(certificate, (6.0 + 1.2e-7,)) == 8.0  # 1.2e-7 / (6 + 6) = 1e-8
    assert certified_digits(certificate, (np.nan,)) == 0.0
    assert [digits_text(x) for x in (16.0, 15.9, 15.8, 0.0, None)] == ["exact", "exact", "15.8", "0.0", ""]


def test_the_fewest_digits_of_all_entries_count():
    x = np.array([1.0, 2.0])
    certificate = certificate_of(lambda x: np.sum(x * x), x)
    assert certified_digits(certificate, (np.array([2.0, 4.0 + 8e-5]),)) == 5.0


def test_a_wrong_rule_cannot_certify_itself():
    @operation(partials=(lambda y, x: 3.0 * x,))
    def double_square(x):
        return 2.0 * x * x

    assert float(certificate_of(lambda x: double_square(x), 1.5).derivative[0]) == pytest.approx(6.0, abs=1e-15)

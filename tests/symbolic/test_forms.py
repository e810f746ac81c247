"""SymPy's forms in the shared format: the same function, SymPy's published counts, and what is refused."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings

from expression import ArgumentError, SizeLimitError, evaluate, measure, parse, trace
from expression.corpus import case
from symbolic import FORMS, count_ops, derive, equal, rewrite, sympy_sizes
from symbolic.forms import form_named
from tests.strategies import random_programs
from tests.symbolic.oracles import ARITHMETIC, near

FORMULAS = ("x*y + x*z + 1", "(x + y)**3 * (x - z)", "sin(x + y) * exp(x + y) / (x + y)", "x", "2")
PUBLISHED = {  # n: operations of l and l', nodes of both in SymPy's trees, operations of both after cse; SymPy 1.14
    2: (3, 2, 8, 5, 5),
    3: (8, 21, 18, 44, 13),
    4: (18, 82, 38, 166, 28),
    5: (38, 264, 78, 530, 46),
    6: (78, 768, 158, 1538, 68),
    7: (158, 2096, 318, 4194, 94),
    8: (318, 5472, 638, 10946, 124),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", FORMULAS)
def test_a_form_is_the_same_function(form, text):
    e = parse(text, inputs=("x", "y", "z"))
    args = (0.7, 1.3, -0.4)
    near(float(evaluate(rewrite(e, form), args, ARITHMETIC)), float(evaluate(e, args, ARITHMETIC)))


@settings(deadline=None, max_examples=15)
@given(random_programs(scalar=True, steps=3, inputs=2))
def test_naming_common_parts_changes_no_value(drawn):
    program, args = drawn
    e = trace(program, *args)
    near(rewrite(e, "cse")(*args), rewrite(e, "as it is")(*args))


def test_arrays_and_several_outputs_keep_their_shapes_and_structure():
    x = np.array([[0.5, 1.0], [1.5, 2.0]])
    e = trace(lambda x, y: {"product": x * y, "sum": np.sum(x)}, x, 3.0)
    for form in ("cse", "expand"):
        near(rewrite(e, form)(x, 3.0), e(x, 3.0))


def test_sharing_is_across_outputs():
    e = parse("sin(x + y)**2 + exp(sin(x + y))")
    both = derive(e, sharing=False)
    assert measure(rewrite(both, "cse")).op_count["sin"] == 1


@pytest.mark.skipif(not sympy.__version__.startswith("1.14"), reason="counts of SymPy 1.14")
@pytest.mark.parametrize("n", PUBLISHED)
def test_sympys_own_sizes_of_the_logistic_map(n):
    assert sympy_sizes(case("logistic").trace(n))[1:] == PUBLISHED[n]


def test_sympys_sizes_are_those_of_sympy_alone():
    x = sympy.Symbol("x", real=True)
    loop = x
    for n in range(1, 7):
        derivative = sympy.diff(loop, x)
        found = sympy_sizes(case("logistic").trace(n))
        assert (found.version, found.function_ops) == (sympy.__version__, sympy.count_ops(loop))
        assert found.derivative_ops == sympy.count_ops(derivative)
        assert found.derivative_nodes == len(list(sympy.preorder_traversal(derivative)))
        loop = 4 * loop * (1 - loop)


def test_equality_by_algebra():
    assert equal(parse("sin(x)**2 + cos(x)**2"), parse("1 + 0*x"))
    assert equal(parse("(x - y)*(x + y)"), parse("x**2 - y**2"))
    assert not equal(parse("x**3"), parse("x**2"))


def test_what_a_form_does_to_size_depends_on_the_formula():
    for text, form in (("(x + 1)**10", "expand"), ("x**12 - 1", "factor")):
        assert measure(rewrite(parse(text), form)).tree_size > 5 * measure(parse(text)).tree_size
    assert measure(rewrite(parse("x*y + x*z"), "factor")).tree_size < measure(parse("x*y + x*z")).tree_size


def test_what_is_no_polynomial_stays_as_it_is_after_horner():
    assert rewrite(parse("sin(x) + exp(x)"), "horner")(0.5) == parse("sin(x) + exp(x)")(0.5)


def test_refusals():
    with pytest.raises(ArgumentError, match="form='shrink' is not in the table; choose one of as it is, simplify, fac"):
        form_named("shrink")
    with pytest.raises(SizeLimitError, match="to_sympy: 9 scalar nodes, the limit is 5"):
        rewrite(parse("x*y + sin(x*y) + exp(x) - 1"), "cse", limit=5)
    for e in (parse("x*y"), trace(lambda x: (x, x), 1.0), trace(np.sum, np.ones(2))):
        with pytest.raises(ArgumentError, match="sympy_sizes is of a function of one number"):
            sympy_sizes(e)
    assert count_ops(parse("x + y + x*y"), "cse") == 3

"""The textbook derivative: its sizes are the published recurrences, its values the derivative."""

import numpy as np
import pytest
from hypothesis import given, settings

from expression import ArgumentError, SizeLimitError, trace
from expression.measures import tree_sizes
from expression.operations import TABLE
from symbolic import derive, textbook
from tests.strategies import random_programs
from tests.symbolic.oracles import near


def logistic_family(count):
    """All of l_1 to l_count, written as mul(mul(4, l), sub(1, l))."""

    def f(x):
        members = [x]
        for _ in range(count - 1):
            members.append(TABLE["mul"](4.0 * members[-1], 1.0 - members[-1]))
        return tuple(members)

    return trace(f, 0.2)


def test_logistic_sizes_are_the_closed_forms():
    family = logistic_family(40)
    swollen = textbook(family, "x")
    sizes, derived = tree_sizes(family, family.outputs), tree_sizes(swollen, swollen.outputs)
    for n, (of_f, of_derivative) in enumerate(zip(family.outputs, swollen.outputs, strict=True), start=1):
        assert sizes[of_f] == 6 * 2 ** (n - 1) - 5
        assert derived[of_derivative] == 9 * (n - 1) * 2 ** (n - 1) + 1


def test_the_first_logistic_derivatives_beyond_each_power_of_ten():
    swollen = textbook(logistic_family(3310), "x")
    sizes = tree_sizes(swollen, swollen.outputs)
    counts = [sizes[j] for j in swollen.outputs]
    firsts = [next(n for n, c in enumerate(counts, start=1) if c > 10**k) for k in (6, 9, 12, 100, 1000)]
    assert firsts == [15, 24, 33, 322, 3309]
    assert len(swollen) < 11 * 3310  # the list is linear all the same


def test_every_operation_but_a_sum_has_a_term_for_each_operand():
    e = textbook(trace(lambda x: 4.0 * x + np.sin(x), 1.0))
    counted = [node.operation.name for node in e.nodes if node.operands]
    assert counted.count("mul") == 3 and counted.count("add") == 2  # x*0 + 4*1, and cos(x)*1


def test_a_constant_exponent_follows_the_power_rule():
    assert textbook(trace(lambda x: x**3.0, 2.0))(-2.0) == 12.0


def test_the_results_have_the_structure_of_the_outputs():
    e = trace(lambda x, y: {"product": x * y, "sum": x + y}, 2.0, 3.0)
    assert textbook(e, "x")(2.0, 3.0) == {"product": 3.0, "sum": 1.0}
    assert textbook(e)(2.0, 3.0) == {"product": (3.0, 2.0), "sum": (1.0, 1.0)}


def test_arrays_become_output_shape_plus_input_shape():
    x = np.array([1.0, 2.0, 3.0])
    near(textbook(trace(lambda x: x * x, x))(x), np.diag(2 * x))


@settings(deadline=None, max_examples=25)
@given(random_programs(scalar=True, steps=4, inputs=2))
def test_the_textbook_derivative_has_the_values_of_the_derivative(drawn):
    program, args = drawn
    e = trace(program, *args)
    near(textbook(e)(*args), derive(e)(*args))


def test_refusals():
    e = trace(lambda x: np.sum(x * x), np.ones(1000))
    with pytest.raises(SizeLimitError, match=r"textbook would write \d+ nodes, the limit is 500000"):
        textbook(e)
    with pytest.raises(ArgumentError, match="wrt='z' is not an input; the inputs are x"):
        textbook(e, "z")

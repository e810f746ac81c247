"""Sizes and costs: closed forms, a naive recursive twin on random lists, and what a reverse sweep keeps."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from expression import Expression, measure, trace
from expression.measures import flops, node_flops, node_work, scalar_size, tree_flops, tree_sizes
from expression.operations import TABLE
from expression.operations.custom import operation
from tests.strategies import random_expressions

E = np.ones  # arrays of a shape, where the numbers do not matter


def squarings(k: int) -> Expression:
    """x^(2^k) by squaring k times."""

    def f(x):
        for _ in range(k):
            x = x * x
        return x

    return trace(f, 1.5)


def logistic(n: int) -> Expression:
    """The n-th logistic iterate, l_1 = x and l_(n+1) = 4 l_n (1 - l_n)."""

    def f(x):
        for _ in range(n - 1):
            x = 4 * x * (1 - x)
        return x

    return trace(f, 0.3)


def diamonds(d: int) -> Expression:
    """A chain of d diamonds: each node is the sum of two functions of the one before."""

    def f(x):
        for _ in range(d):
            x = np.sin(x) + np.cos(x)
        return x

    return trace(f, 1.0)


def speelpenning(n: int) -> Expression:
    """The product of n arguments."""

    def f(*x):
        y = x[0]
        for v in x[1:]:
            y = y * v
        return y

    return trace(f, *[1.0 + i for i in range(n)])


# -- closed forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [0, 1, 2, 10, 1000])
def test_repeated_squaring_swells_as_a_tree_and_not_as_a_dag(k):
    m = measure(squarings(k))
    assert (m.tree_size, m.dag_size) == (2 ** (k + 1) - 1, k + 1)
    assert (m.depth, m.path_count, m.flops) == (k, 2**k, k)
    assert m.op_count == ({"mul": k} if k else {})
    assert m.bytes_saved == 8 * k


@pytest.mark.parametrize("n", [1, 2, 3, 8, 3400])
def test_the_logistic_map_has_its_published_sizes(n):
    m = measure(logistic(n))
    assert m.tree_size == 6 * 2 ** (n - 1) - 5
    assert m.dag_size == (1 if n == 1 else 3 * (n - 1) + 3)  # x, 4 and 1, and three operations a step
    assert m.path_count == 2 ** (n - 1)
    assert m.flops == 3 * (n - 1)


def test_a_size_may_have_a_thousand_digits():
    assert len(str(measure(logistic(3400)).tree_size)) == 1024


@pytest.mark.parametrize("d", [1, 5, 60])
def test_every_diamond_doubles_the_paths(d):
    m = measure(diamonds(d))
    assert (m.path_count, m.depth, m.dag_size) == (2**d, 2 * d, 3 * d + 1)
    assert m.tree_size == 4 * 2**d - 3
    assert m.op_count == {"add": d, "cos": d, "sin": d}
    assert m.flops == d * (1 + 8 + 8)


@pytest.mark.parametrize("n", [2, 3, 50])
def test_a_product_of_n_takes_n_minus_1_multiplications(n):
    m = measure(speelpenning(n))
    assert (m.flops, m.dag_size, m.tree_size, m.path_count, m.depth) == (n - 1, 2 * n - 1, 2 * n - 1, n, n - 1)
    assert m.bytes_saved == 8 * (2 * n - 2)  # everything but the product itself


def test_no_time_is_spent_on_a_tree():
    assert measure(squarings(20_000)).depth == 20_000


def elimination(n: int) -> int:
    """Gauss, counted row by row: a division of weight 4, a product and a difference for each entry to the right."""
    return sum(4 + 2 * (n - 1 - k) for k in range(n) for _ in range(k + 1, n))


def inverse_from_factors(n: int) -> int:
    """LAPACK Working Note 41, getri: products and sums, n of them divisions, which weigh 4."""
    products = Fraction(2, 3) * n**3 + Fraction(1, 2) * n**2 + Fraction(5, 6) * n
    sums = Fraction(2, 3) * n**3 - Fraction(3, 2) * n**2 + Fraction(5, 6) * n
    return int(products + sums) + 3 * n


def choleskys(n: int) -> int:
    """Counted entry by entry: j products and differences, then a root or a division, either of weight 4."""
    return sum(2 * j + 4 for i in range(n) for j in range(i + 1))


FLOPS = [
    (lambda x: x + x - x * x, [1.0], 3),
    (lambda x: x / 2, [1.0], 4),
    (lambda x: np.sqrt(x), [1.0], 4),
    (lambda x: np.exp(x) + np.sin(x) + np.log(x) + np.tanh(x), [1.0], 35),
    (lambda x: x**2.5, [1.0], 8),
    (lambda v: v * v, [E(7)], 7),
    (lambda v, m: v * m, [E(3), E((2, 3))], 6),
    (lambda v: np.sum(v), [E(7)], 6),
    (lambda m: np.sum(m, axis=0), [E((4, 3))], 9),
    (lambda v: np.sum(v), [E(0)], 0),
    (lambda m: np.max(m, axis=1), [E((4, 3))], 8),
    (lambda v: np.cumsum(v), [E(5)], 5),
    (lambda v: np.linalg.norm(v), [E(5)], 2 * 5 + 3),
    (lambda a, b: a @ b, [E((2, 3)), E((3, 4))], 2 * 4 * (2 * 3 - 1)),
    (lambda a, b: a @ b, [E(6), E(6)], 11),
    (lambda a, b: a @ b, [E((5, 2, 3)), E((3, 4))], 5 * 2 * 4 * 5),
    (lambda a, b: np.einsum("ij,jk->ik", a, b), [E((2, 3)), E((3, 4))], 2 * 4 * (2 * 3 - 1)),
    (lambda a: np.einsum("ij->", a), [E((2, 3))], 5),
    (lambda a, b: np.linalg.solve(a, b), [np.eye(6), E(6)], elimination(6) + 2 * 6 * 6),
    (lambda a: np.linalg.inv(a), [np.eye(6)], elimination(6) + inverse_from_factors(6)),
    (lambda a: np.linalg.det(a), [np.eye(6)], elimination(6) + 5),
    (lambda a: np.linalg.cholesky(a), [np.eye(6)], choleskys(6)),
    (lambda m: np.reshape(m.T, -1)[1:], [E((4, 3))], 0),
    (lambda v: np.concatenate([v, v]), [E(3)], 0),
    (lambda v: np.pad(v, 2), [E(3)], 0),
]


@pytest.mark.parametrize(("f", "args", "expected"), FLOPS)
def test_flops_follow_the_model_that_the_table_writes_down(f, args, expected):
    e = trace(f, *args)
    assert measure(e).flops == flops(e) == expected


def test_a_shared_node_is_counted_once_and_a_dead_one_never():
    e = trace(lambda x: (np.sin(x) * 2, np.cos(x))[0] + np.sin(x), 1.0)
    m = measure(e)
    assert m.op_count == {"add": 1, "mul": 1, "sin": 1}
    assert m.flops == 10


def test_an_unused_input_counts_for_nothing():
    m = measure(trace(lambda x, y: x * x, 1.0, 2.0))
    assert (m.dag_size, m.tree_size, m.path_count) == (2, 3, 2)


def test_paths_start_at_inputs_and_not_at_constants():
    m = measure(trace(lambda x: 2 * x + 3, 1.0))
    assert (m.path_count, m.tree_size, m.dag_size) == (1, 5, 5)


def test_several_outputs_add_up():
    m = measure(trace(lambda x: (x * x, x * x, np.sin(x)), 1.0))
    assert (m.tree_size, m.dag_size, m.path_count, m.depth) == (3 + 3 + 2, 3, 2 + 2 + 1, 1)


def test_scalar_size_writes_every_array_entry_by_entry():
    assert scalar_size(trace(lambda v: np.sum(v * v), E(5))) == 5 + 5 + 4
    assert scalar_size(trace(lambda a, b: a @ b, E((2, 3)), E((3, 4)))) == 6 + 12 + 8 * 5
    e = squarings(4)
    assert scalar_size(e) == measure(e).dag_size


# -- a naive twin -----------------------------------------------------------------------------------------------------


def twin(e: Expression, i: int) -> tuple[int, int, int, set[int]]:
    """Tree size, depth, paths and reachable nodes of one node, by plain recursion."""
    node = e.nodes[i]
    below = [twin(e, j) for j in node.operands]
    size = 1 + sum(b[0] for b in below)
    depth = 1 + max((b[1] for b in below), default=-1)
    paths = sum(b[2] for b in below) if below else int(node.operation is TABLE["input"])
    return size, depth, paths, {i}.union(*(b[3] for b in below))


@settings(max_examples=60, deadline=None)
@given(case=random_expressions(steps=6))
def test_sizes_are_those_of_a_naive_recursion(case):
    e, _ = case
    found = [twin(e, j) for j in e.outputs]
    m = measure(e)
    assert m.tree_size == sum(f[0] for f in found)
    assert m.depth == max(f[1] for f in found)
    assert m.path_count == sum(f[2] for f in found)
    reached = set().union(*(f[3] for f in found))
    assert m.dag_size == len(reached)
    assert tree_sizes(e, e.outputs) == {j: f[0] for j, f in zip(e.outputs, found, strict=True)}
    names = [e.nodes[i].operation.name for i in reached if e.nodes[i].operands]
    assert m.op_count == {name: names.count(name) for name in sorted(set(names))}
    assert m.flops == sum(node_work(e, e.nodes[i]) * e.nodes[i].operation.weight for i in reached)
    assert tree_flops(e) == sum(flops_twin(e, j) for j in e.outputs)


def flops_twin(e: Expression, i: int) -> int:
    """The flops of the tree below one node, by plain recursion."""
    return node_flops(e, e.nodes[i]) + sum(flops_twin(e, j) for j in e.nodes[i].operands)


# -- what a reverse sweep keeps ---------------------------------------------------------------------------------------

SAVED = [
    (lambda x, y: x + y, [1.0, 2.0], 0),
    (lambda x, y: x - 2 * y, [1.0, 2.0], 0),
    (lambda x, y: x * y, [1.0, 2.0], 16),
    (lambda x: x * 3.0, [1.0], 0),
    (lambda x: TABLE["sigmoid"](x + 1), [1.0], 8),  # its result
    (lambda x: np.exp(x + 1), [1.0], 8),
    (lambda x: np.tanh(np.exp(x)), [1.0], 16),
    (lambda x: np.sin(x), [1.0], 8),  # its operand
    (lambda x: np.sin(x + 1) + np.exp(x + 1), [1.0], 16),
    (lambda x: np.sin(np.floor(x) + x), [1.0], 8),
    (lambda v: np.sum(v), [E(4)], 0),
    (lambda v: np.mean(v), [E(4)], 0),
    (lambda v: v.reshape(2, 2).T, [E(4)], 0),
    (lambda a, b: a @ b, [E((2, 3)), E((3, 4))], 8 * (6 + 12)),
    (lambda a: a @ np.ones((3, 4)), [E((2, 3))], 0),
    (lambda a: np.linalg.inv(a), [np.eye(3)], 72),  # its result alone
    (lambda a: np.linalg.solve(a, np.ones(3)), [np.eye(3)], 72 + 24),
    (lambda x: np.sin(x), [E(3, np.float32)], 12),
    (lambda v: np.cumsum(np.concatenate([v, v])), [E(3)], 0),
]


@pytest.mark.parametrize(("f", "args", "expected"), SAVED)
def test_the_sweep_keeps_what_its_partials_read(f, args, expected):
    assert measure(trace(f, *args)).bytes_saved == expected


def test_what_does_not_depend_on_a_float_input_is_not_kept():
    e = trace(lambda v, i: np.sum(v[i]) + np.sin(np.ones(3))[0], np.ones(4), np.array([1, 2]))
    assert measure(e).bytes_saved == 16  # the positions


def test_what_is_kept_depends_on_which_operands_are_active():
    """The same operation on the same shapes, once with an operand that is not differentiated, and once without."""
    n, weights = 3, np.array([2.0, 3.0, 4.0])

    def f(x):
        u, v = np.sin(x), np.cos(x)  # both read x
        return np.sum(u * weights) + np.sum(weights * v) + np.sum(u * v)  # only the last one reads u, and v

    assert measure(trace(f, np.ones(n))).bytes_saved == 8 * 3 * n


def test_operations_of_one_name_are_counted_together():
    twice = operation(partials=(lambda y, x: 2.0,), name="twice")
    first, second = twice(lambda x: x + x), twice(lambda x: 2.0 * x)
    assert measure(trace(lambda x: first(x) * second(x), 1.0)).op_count == {"mul": 1, "twice": 2}

"""Recording a function: names, roles, sharing, nesting, determinism; and what a hand-built list must be."""

import pickle
import subprocess
import sys
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings

from expression import ArgumentError, ControlFlowError, Expression, ExpressionError, Input, Node, trace, trace_at
from expression.nodes import Frozen
from expression.operations import TABLE
from expression.structure import flatten
from expression.tracing import Trace
from tests.strategies import random_expressions

FLOAT = np.dtype(float)


def names(e: Expression) -> list[str]:
    """The names of the inputs."""
    return [i.name for i in e.inputs]


def operations(e: Expression) -> list[str]:
    """The operations of the list, in order."""
    return [node.operation.name for node in e.nodes]


# -- one node for equal things ----------------------------------------------------------------------------------------


def test_equal_nodes_are_stored_once():
    e = trace(lambda x, y: (x * y) + (x * y) * (x * y), 1.0, 2.0)
    assert operations(e) == ["input", "input", "mul", "mul", "add"]


def test_operands_in_another_order_are_another_node():
    assert operations(trace(lambda x, y: x * y + y * x, 1.0, 2.0)).count("mul") == 2


def test_other_parameters_are_another_node():
    e = trace(lambda m: np.sum(m, axis=0).sum() + np.sum(m, axis=1).sum() + np.sum(m, 0).sum(), np.ones((2, 2)))
    assert operations(e).count("sum") == 4


@pytest.mark.parametrize(
    ("f", "count"),
    [
        (lambda x: x * 2.0 + 2.0, 1),
        (lambda x: x * 2 + 2.0, 1),  # both are the float64 2.0 beside a float64
        (lambda x: x * 0.0 + x / -0.0, 2),  # equal, but not bit by bit
        (lambda x: x * np.nan + np.nan, 1),
        (lambda x: x + np.ones(3) * x + np.ones(3), 1),
        (lambda x: x + np.float32(0.5) + 0.5, 2),
    ],
)
def test_constants_are_shared_when_every_bit_is_equal(f, count):
    constants = [node for node in trace(f, 1.0).nodes if node.operation is TABLE["constant"]]
    assert len(constants) == count


def test_nothing_is_simplified():
    e = trace(lambda x: x + 0 + x * 1 - np.negative(-x), 1.0)
    assert operations(e) == ["input", "constant", "add", "constant", "mul", "add", "neg", "neg", "sub"]


def test_dead_nodes_are_left_out_and_inputs_stay():
    e = trace(lambda x, y, z: (np.sin(x), np.cos(z))[1], 1.0, 2.0, 3.0)
    assert operations(e) == ["input", "input", "input", "cos"]
    assert names(e) == ["x", "y", "z"]


def test_a_broadcast_constant_is_stored_as_the_number_that_it_repeats():
    e = trace(lambda x: x * np.broadcast_to(3.0, (1000, 1000)), 1.0)
    assert operations(e) == ["input", "constant", "broadcast_to", "mul"]
    assert e.nodes[1].shape == ()


def test_a_constant_does_not_change_with_the_array_that_it_came_from():
    c = np.ones(3)
    e = trace(lambda x: x * c, 1.0)
    c[:] = 5.0
    np.testing.assert_array_equal(e(2.0), [2.0, 2.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        e.nodes[1].constant[0] = 7.0


# -- names, roles, structures -----------------------------------------------------------------------------------------


class Layer(NamedTuple):
    """A pytree of the user's."""

    weights: np.ndarray
    bias: np.ndarray


def test_names_follow_the_arguments_and_the_paths_inside_them():
    e = trace(lambda p, data: p["W"] @ data[0] + p["b"] * data[1], {"b": 1.0, "W": np.ones((2, 2))}, [np.ones(2), 3.0])
    assert names(e) == ["p_W", "p_b", "data_0", "data_1"]


def test_star_arguments_are_numbered():
    assert names(trace(lambda *x: x[0] + x[1], 1.0, 2.0)) == ["x0", "x1"]


def test_names_differ_even_where_paths_would_not():
    e = trace(lambda a, a_0: a[0] + a_0, [1.0], 2.0)
    assert len(set(names(e))) == 2


def test_results_have_the_structure_that_was_returned():
    layer = Layer(np.ones((2, 3)), np.zeros(2))

    def f(layer, x):
        return {"y": layer.weights @ x + layer.bias, "layers": [layer, (x,)], "none": None}

    e = trace(f, layer, np.ones(3))
    found = e(layer, np.ones(3))
    assert flatten(found)[1] == flatten(f(layer, np.ones(3)))[1]
    assert isinstance(found["layers"][0], Layer)
    np.testing.assert_array_equal(found["y"], [3.0, 3.0])


def test_roles_tell_leaves_intermediates_and_outputs_apart():
    e = trace(lambda w, x: np.sum(w * x + 1), np.ones(2), np.ones(2), parameters="w")
    roles = [e.role(i) for i in range(len(e))]
    assert roles == ["parameter", "input", "intermediate", "constant", "intermediate", "output"]
    assert all(
        node.is_leaf == (role in ("parameter", "input", "constant")) for node, role in zip(e.nodes, roles, strict=True)
    )


@pytest.mark.parametrize("parameters", ["p", 0, ["p"], (0,), ["p", 0]])
def test_parameters_are_named_or_numbered_and_cover_a_whole_argument(parameters):
    e = trace(lambda p, x: p["a"] * x + p["b"], {"a": 1.0, "b": 2.0}, 3.0, parameters=parameters)
    assert [i.role for i in e.inputs] == ["parameter", "parameter", "input"]


@pytest.mark.parametrize("parameters", ["q", 2, -1, ["p", "q"]])
def test_a_parameter_that_is_no_argument_is_refused(parameters):
    with pytest.raises(ArgumentError, match=r"^parameters=.*: the arguments are p, x$"):
        trace(lambda p, x: p * x, 1.0, 2.0, parameters=parameters)


def test_an_output_that_is_an_input_or_a_constant_is_no_operation():
    e = trace(lambda x, y: (x, 2.0, np.ones(2)), 1.0, 2.0)
    assert e(5.0, 6.0)[:2] == (5.0, 2.0)
    assert e.role(e.outputs[0]) == "input"


def test_edges_and_leaves():
    e = trace(lambda x, y: np.sin(x * 2) + x * y, 1.0, 2.0)
    assert operations(e) == ["input", "input", "constant", "mul", "sin", "mul", "add"]
    assert list(e.edges) == [(0, 3), (2, 3), (3, 4), (0, 5), (1, 5), (4, 6), (5, 6)]
    assert e.leaves_of(4) == (0, 2)
    assert e.leaves_of(6) == (0, 1, 2)
    assert e.leaves_of(1) == (1,)
    assert list(trace(lambda x: x * x, 1.0).edges) == [(0, 1), (0, 1)]


def test_nodes_know_the_line_that_they_came_from():
    e = trace(lambda x: np.sum(np.sin(x)), np.ones(3))
    assert all(node.line.startswith("test_tracing.py, line ") for node in e.nodes if node.operands)


# -- traces inside traces ---------------------------------------------------------------------------------------------


def test_an_inner_trace_takes_what_it_needs_from_the_outer_one():
    def f(x):
        inner = trace(lambda y: x * y, 1.0)
        assert names(inner) == ["y", "captured_0"]
        return inner(3.0, x)

    e = trace(f, 2.0)
    assert e(2.0) == 6.0 and operations(e) == ["input", "constant", "mul"]


def test_a_captured_tracer_is_one_input_however_often_it_is_read():
    def f(x):
        inner = trace(lambda y: (x + y) * (x - y), 1.0)
        assert names(inner) == ["y", "captured_0"]
        return inner(1.0, x)

    assert trace(f, 0.5)(0.5) == 1.5 * -0.5


def test_an_inner_trace_does_not_write_into_the_outer_one():
    def f(x):
        trace(lambda y: np.exp(np.exp(y)), 1.0)
        return x * 2

    assert operations(trace(f, 2.0)) == ["input", "constant", "mul"]


def test_tracing_at_a_point_looks_at_values_and_plain_tracing_does_not():
    def f(x):
        return x * x if x > 1 else -x

    with pytest.raises(ControlFlowError, match=r"trace_at\(f, \*args\)"):
        trace(f, 2.0)
    assert operations(trace_at(f, 2.0)) == ["input", "mul"]
    assert operations(trace_at(f, 0.5)) == ["input", "neg"]


def test_tracing_at_a_point_inside_a_trace_takes_what_it_needs_from_the_outer_one():
    def f(c):
        inner = trace_at(lambda y: (y * c, y - 1 if y > 1 else y + 1), 2.0)
        assert names(inner) == ["y", "captured_0"]
        return inner(3.0, c)

    assert trace(f, 5.0)(5.0) == (15.0, 2.0)


def test_writing_into_an_ndarray_is_refused_with_the_line():
    def f(x):
        y = np.zeros(2)
        y[0] = x
        return y

    with pytest.raises(ControlFlowError, match=r"^writing into an ndarray .* \(test_tracing.py, line \d+\); "):
        trace(f, 1.0)


def test_inlining_gives_one_value_a_node_with_constants_as_numbers():
    e = trace(lambda x: 3 * x + np.ones(2), 1.0)
    recording = Trace()
    x = recording.input("x", (), FLOAT)
    values = recording.inline(e, [x])
    assert len(values) == len(e.nodes)
    assert values[e.inputs[0].position] is x
    assert isinstance(values[operations(e).index("constant")], np.float64)
    again = recording.expression((x,), values[e.outputs[0]])
    assert str(again) == str(e)


# -- the same every time ----------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(case=random_expressions())
def test_a_pickled_expression_is_the_same_list(case):
    e, args = case
    copy = pickle.loads(pickle.dumps(e))
    assert str(copy) == str(e)
    assert copy.nodes == e.nodes and copy.inputs == e.inputs and copy.outputs == e.outputs
    np.testing.assert_array_equal(copy(*args), e(*args))


LISTING = """
import numpy as np
from expression import trace
f = lambda p, x: {k: np.sum(np.tanh(w @ x)) for k, w in p.items()}
print(trace(f, {"b": np.ones((2, 3)), "a": np.ones((4, 3)), "c": np.eye(3)}, np.ones(3)))
"""


def test_two_processes_print_the_same_listing():
    found = {
        subprocess.run(
            [sys.executable, "-c", LISTING], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert found.pop().startswith("p_a, p_b, p_c, x -> ")


def test_a_chain_of_many_nodes_needs_no_recursion():
    def f(x):
        for _ in range(10_000):
            x = np.sin(x) * 0.9
        return x

    e = trace(f, 1.0)
    assert len(e) == 20_002
    assert abs(e(1.0) - f(1.0)) == 0
    assert len(str(e).splitlines()) == len(e) + 1
    assert len(pickle.loads(pickle.dumps(e))) == len(e)
    assert repr(e) == "<Expression of x: 20002 nodes>"
    assert len(e.leaves_of(len(e) - 1)) == 2
    assert len(trace(e, 1.0)) == len(e)


def test_a_representation_names_inputs_and_not_contents():
    e = trace(lambda *x: sum(x), *range(1, 13))
    assert repr(e) == "<Expression of x0, x1, x2, x3, x4, x5, x6, x7, ...: 25 nodes>"


# -- hand-built lists -------------------------------------------------------------------------------------------------

GOOD = trace(lambda x, y: np.sin(x) * y, 1.0, 2.0)


def with_node(i: int, **changes: object) -> dict[str, object]:
    """The nodes of GOOD with one of them changed."""
    nodes = list(GOOD.nodes)
    nodes[i] = nodes[i]._replace(**changes)
    return {"nodes": tuple(nodes)}


INVALID = [
    (with_node(2, operands=(3,)), r"^v2: reads v3, but a node reads only nodes before it$"),
    (with_node(2, operands=(2,)), r"^v2: reads v2, but a node reads only nodes before it$"),
    (with_node(2, operands=(-1,)), r"^v2: reads v-1, but a node reads only nodes before it$"),
    (with_node(3, operands=(1,)), r"^v3: mul takes 2 operands, got 1$"),
    (with_node(2, operands=(0, 1)), r"^v2: sin takes 1 operands, got 2$"),
    (with_node(3, shape=(2,)), r"^v3: mul gives shape \(\) and dtype float64, the node says \(2,\) and float64$"),
    (
        with_node(3, dtype=np.dtype(np.float32)),
        r"^v3: mul gives shape \(\) and dtype float64, the node says .* float32$",
    ),
    (with_node(2, operation=TABLE["sum"]), r"^v2: sum "),
    (with_node(2, operation=TABLE["sum"], parameters=(("axis", (3,)), ("keepdims", False), ("no", 1))), r"^v2: sum "),
    ({"inputs": GOOD.inputs[:1]}, r"^inputs stand at \[0, 1\], but \[0\] are declared$"),
    ({"inputs": (GOOD.inputs[0], Input("x", 1))}, r"^input names must differ, got x, x$"),
    ({"inputs": (GOOD.inputs[0], Input("y", 1, "weight"))}, r"^input y: role 'weight' is not one of input, parameter$"),
    ({"outputs": (4,)}, r"^output v4 does not exist; the last node is v3$"),
    ({"outputs": (3, 3)}, r"^the structures hold 2 arguments and 1 results, the list 2 and 2$"),
]


@pytest.mark.parametrize(("changes", "text"), INVALID)
def test_an_invalid_list_cannot_be_built(changes, text):
    with pytest.raises(ExpressionError, match=text):
        replace(GOOD, **changes)


def test_a_valid_list_can_be_built_by_hand():
    x = Node(TABLE["input"], (), (("index", 0),), (3,), FLOAT)
    c = Node(TABLE["constant"], (), (("value", Frozen(2.0)),), (), FLOAT)
    y = Node(TABLE["mul"], (0, 1), (), (3,), FLOAT)
    _, arguments = flatten((1.0,))
    _, result = flatten(1.0)
    e = Expression((x, c, y), (Input("v", 0),), (2,), arguments, result)
    np.testing.assert_array_equal(e(np.arange(3.0)), [0.0, 2.0, 4.0])
    assert str(e) == "v -> v2\n  v0 = input v [3]\n  v1 = constant 2.0\n  v2 = mul(v0, v1) [3]"


def test_frozen_constants_compare_bit_by_bit():
    assert Frozen(0.0) != Frozen(-0.0)
    assert Frozen(np.nan) == Frozen(np.nan)
    assert Frozen(1.0) != Frozen(np.float32(1.0))
    assert Frozen(np.ones(2)) == Frozen(np.ones(2)) and hash(Frozen(np.ones(2))) == hash(Frozen(np.ones(2)))
    assert Frozen(1) != 1


@pytest.mark.parametrize(
    ("f", "args", "text"),
    [
        (lambda x: x, (object(),), r"^x: (holds object|cannot be read)"),
        (lambda p: p["a"], ({"a": "text"},), r"^p_a: holds str"),
        (lambda x: x * np.array(["a"]), (1.0,), r"dtype <U1"),
    ],
)
def test_what_is_no_number_is_refused_by_name(f, args, text):
    with pytest.raises(ArgumentError, match=text):
        trace(f, *args)

"""JSON: the round trip is exact to the last bit, and nothing that comes in can do more than raise ExpressionError."""

import json
import math
from collections import OrderedDict, namedtuple
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expression import Expression, ExpressionError, operation, parse, trace
from expression.corpus import CORPUS
from expression.formats.json import DTYPES, FORMAT, from_json, to_json
from expression.nodes import Frozen, Input, Node
from expression.operations import ROWS, TABLE
from expression.structure import flatten
from tests.strategies import operands, random_expressions, samples

SPECIAL = (0.0, -0.0, 1.0, -1.5, 0.1, 1e308, 5e-324, 2.0**53 + 2, math.pi, math.inf, -math.inf, math.nan)


@operation(partials=(lambda y, x: 3 * x * x,))
def cube(x):
    return x * x * x


@operation(vjps=(lambda y_bar, y, x, *, scale: scale * y_bar,), linear="each")
def scaled(x, *, scale):
    return scale * x


def returned(e, operations=()):
    """The expression after a round trip, proved to be the same."""
    text = to_json(e)
    back = from_json(text, operations)
    assert back == e
    assert to_json(back) == text
    assert str(back) == str(e)
    return back


def document(e):
    """The JSON of an expression as Python data."""
    return json.loads(to_json(e))


def refusal(change, e=None, operations=()):
    """The message that a damaged document gets."""
    data = document(e or EXAMPLE)
    change(data)
    with pytest.raises(ExpressionError) as caught:
        from_json(json.dumps(data), operations)
    return str(caught.value)


EXAMPLE = trace(lambda x, y: np.sum(x[1:] * y, axis=0) + 2.5, np.ones(4), 3.0)


# -- out and in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CORPUS)
def test_every_function_of_the_corpus_comes_back(name):
    case = CORPUS[name]
    f, args = case.at()
    e = trace(f, *args, parameters=case.parameters)
    back = returned(e)
    assert back.inputs == e.inputs
    assert [node.line for node in back.nodes] == [node.line for node in e.nodes]


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.name not in ("input", "constant")], ids=lambda row: row.name
)
def test_every_row_comes_back_in_both_precisions(row):
    rng = np.random.default_rng(0)
    for sample in samples(row):
        x = operands(row, sample, rng)
        for dtype in (np.float64, np.float32):
            args = [v.astype(dtype) if v.dtype.kind == "f" else v for v in map(np.asarray, x)]
            returned(trace(lambda *x, row=row, sample=sample: row(*x, **sample.parameters), *args))


@settings(deadline=None)
@given(random_expressions())
def test_random_expressions_come_back(drawn):
    e, args = drawn
    back = returned(e)
    for a, b in zip(flatten(e(*args))[0], flatten(back(*args))[0], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,), (2, 0)])
def test_constants_of_every_dtype_come_back_bit_for_bit(dtype, shape):
    rng = np.random.default_rng(0)
    for _ in range(20):
        size = math.prod(shape) * np.dtype(dtype).itemsize
        data = rng.integers(0, 2 if dtype == "bool" else 256, size, dtype=np.uint8)
        value = np.frombuffer(data.tobytes(), dtype).reshape(shape)
        e = trace(lambda value=value: np.array(value))
        assert returned(e).nodes[0].constant.tobytes() == value.tobytes()


@pytest.mark.parametrize("value", SPECIAL)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_special_numbers_come_back_and_are_readable(value, dtype):
    with np.errstate(all="ignore"):
        number = np.asarray(value, dtype)[()]
    e = returned(trace(lambda: number))
    assert e.nodes[0].constant.tobytes() == number.tobytes()
    assert "base64" not in to_json(e)


def test_a_nan_with_bits_of_its_own_comes_back():
    odd = np.frombuffer(np.uint64(0xFFF8000000000123).tobytes(), np.float64)[0]
    back = returned(trace(lambda: odd))
    assert back.nodes[0].constant.tobytes() == odd.tobytes()
    assert back.nodes[0].parameters[0][1] != Frozen(np.nan)


@pytest.mark.parametrize(
    "tree",
    [1.0, (1.0,), [1.0, (2.0, None)], {"b": 1.0, "a": {"c": [2.0]}}, {3: 1.0, 1: 2.0}, (), {'é\n"': 1.0}, [[[[1.0]]]]],
    ids=repr,
)
def test_pytrees_of_arguments_and_results_come_back(tree):
    e = trace(lambda x, y: (x, {"y": [y]}), tree, 2.0)
    back = returned(e)
    assert (back.arguments, back.results) == (e.arguments, e.results)
    assert back(tree, 2.0) == e(tree, 2.0)


def test_roles_come_back():
    e = trace(lambda w, x: w * x, 1.0, 2.0, parameters="w")
    assert returned(e).inputs == (Input("w", 0, "parameter"), Input("x", 1, "input"))


def test_an_expression_of_a_chain_of_100_000_nodes_comes_back():
    e = trace(chain, 0.5)
    assert len(e) > 100_000
    assert returned(e)(0.5) == e(0.5)


def chain(x):
    for _ in range(50_000):
        x = np.sin(x) * 1.5
    return x


def test_the_document_is_readable():
    data = document(EXAMPLE)
    assert (data["format"], data["version"]) == (FORMAT, 1)
    assert data["inputs"] == [["x", 0, "input"], ["y", 1, "input"]]
    assert data["arguments"] == {"tuple": ["*", "*"]}
    assert [row[0] for row in data["nodes"]] == [node.operation.name for node in EXAMPLE.nodes]
    assert data["nodes"][2][4] == {"index": [[1, 4, 1]]}
    assert {"value": 2.5} in [row[4] for row in data["nodes"] if len(row) == 5]
    assert to_json(EXAMPLE).count("\n") >= len(EXAMPLE)


# -- the user's own operations ----------------------------------------------------------------------------------------


def test_own_operations_come_back_when_they_are_given():
    e = trace(lambda x: scaled(cube(x), scale=0.1) + cube(x), 2.0)
    assert returned(e, (cube, scaled))(2.0) == e(2.0)


def test_an_unknown_operation_is_refused_by_name_with_the_way_out():
    text = to_json(trace(lambda x: cube(x), 2.0))
    with pytest.raises(ExpressionError, match=r"v1: unknown operation 'cube'; give your own operations as from_json\("):
        from_json(text)
    with pytest.raises(ExpressionError, match="v1: unknown operation 'cube'"):
        from_json(text, (scaled,))


def test_an_operation_cannot_take_the_name_of_a_row_of_the_table():
    false_sin = TABLE["cos"].__class__("sin", np.cos, TABLE["cos"].shape, partials=TABLE["cos"].partials)
    node = trace(np.sin, 1.0).nodes[1]._replace(operation=false_sin, dtype=np.dtype(float))
    e = trace(np.sin, 1.0)
    e = Expression((e.nodes[0], node), e.inputs, e.outputs, e.arguments, e.results)
    with pytest.raises(ExpressionError, match="the operation sin is not the table's; give it another name"):
        to_json(e)
    assert from_json(to_json(trace(np.sin, 1.0)), (false_sin,)).nodes[1].operation is TABLE["sin"]


# -- what cannot be written -------------------------------------------------------------------------------------------


def test_what_json_cannot_hold_is_refused():
    Point = namedtuple("Point", "x y")
    for tree, name in ((Point(1.0, 2.0), "Point"), (OrderedDict(a=1.0), "OrderedDict"), ({1.5: 2.0}, "dict")):
        with pytest.raises(ExpressionError, match=f"a pytree of {name} cannot be written"):
            to_json(trace(lambda x: 1.0, tree))
    with pytest.raises(ExpressionError, match=r"dtype .* has no portable form"):
        to_json(trace(lambda x: x, np.longdouble(1)))
    with pytest.raises(ExpressionError, match=r"parameter scale is .*; only numbers, texts, None and tuples"):
        to_json(trace(lambda x: scaled(x, scale=2j), 1.0))
    deep = 1.0
    for _ in range(200):
        deep = [deep]
    with pytest.raises(ExpressionError, match="more than 100 levels deep"):
        to_json(trace(lambda x: 1.0, deep))


# -- what comes in ----------------------------------------------------------------------------------------------------


def set_in(*path, value):
    """A change of one place of a document."""

    def change(data):
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return change


DAMAGE = [
    (set_in("format", value="other"), 'this is no expression; it should begin with {"format": "trigrad-expression"'),
    (set_in("version", value=2), "version 2 is not known; this program reads version 1"),
    (set_in("version", value=None), "version None is not known"),
    (lambda d: d.pop("nodes"), '"nodes" should be a list, got None'),
    (lambda d: d.pop("lines"), '"lines" should be a list, got None'),
    (set_in("nodes", value={"a": 1}), '"nodes" should be a list'),
    (set_in("nodes", 2, value=5), "v2 should be [operation, operands, type, line, parameters], got 5"),
    (set_in("nodes", 3, value=["mul"]), "v3 should be [operation"),
    (set_in("nodes", 3, 0, value="mull"), "v3: unknown operation 'mull'"),
    (set_in("nodes", 3, 0, value=["mul"]), "v3: unknown operation ['mul']"),
    (set_in("nodes", 3, 1, value=[3, 1]), "v3: operands should be positions of nodes before it, got [3, 1]"),
    (set_in("nodes", 3, 1, value=[4, 1]), "v3: operands should be positions of nodes before it"),
    (set_in("nodes", 3, 1, value=[-1, 1]), "v3: operands should be positions of nodes before it"),
    (set_in("nodes", 3, 1, value=[True, 1]), "v3: operands should be positions of nodes before it"),
    (set_in("nodes", 3, 1, value=[1.0, 1]), "v3: operands should be positions of nodes before it"),
    (set_in("nodes", 3, 1, value=[0, 1]), "v3: mul gives shape (4,) and dtype float64, the node says (3,)"),
    (set_in("nodes", 3, 1, value=[2]), "v3: mul takes 2 operands, got 1"),
    (set_in("nodes", 3, 2, value=99), "v3: type 99 or line "),
    (set_in("nodes", 3, 3, value=-1), "stands in no list"),
    (set_in("nodes", 3, 2, value=True), "v3: type True"),
    (set_in("nodes", 0, 1, value=[0]), "v0: operands should be positions"),
    (set_in("nodes", 1, 1, value=[0]), "v1: input takes one parameter and no operands"),
    (set_in("nodes", 0, 4, value={"index": 0.5}), "v0: input: its index should be a int, got 0.5"),
    (set_in("nodes", 0, 4, value={"name": 0}), "v0: input takes the parameter \"index\", got ['name']"),
    (set_in("nodes", 0, 4, value=[]), "v0: input: parameters should be an object, got []"),
    (set_in("nodes", 2, 4, value={"index": [[1, 4, 1]], "more": 1}), "v2: getitem"),
    (set_in("nodes", 2, 4, value={"index": [[1, 4, 0]]}), "v2: getitem slice step cannot be zero"),
    (set_in("nodes", 2, 4, value={"index": ["array"]}), "v2: getitem index"),
    (set_in("nodes", 2, 4, value={"index": [{}]}), "v2: getitem: parameter index cannot be {}"),
    (set_in("nodes", 2, 4, value={"index": [1.0]}), "v2: getitem: parameter index cannot be 1.0"),
    (set_in("nodes", 4, 4, value={"axis": [1], "keepdims": False}), "v4: sum axes (1,) are not different positions"),
    (set_in("nodes", 4, 4, value={"axis": [0, 0], "keepdims": False}), "v4: sum axes (0, 0) are not different"),
    (set_in("nodes", 4, 4, value={"axis": "0", "keepdims": False}), "v4: sum"),
    (set_in("nodes", 4, 4, value={"axis": [0]}), "v4: sum"),
    (set_in("nodes", 5, 4, value={"value": "2.5"}), "v5: constant: '2.5' is no float64 of shape ()"),
    (set_in("nodes", 5, 4, value={"value": True}), "v5: constant: True is no float64 of shape ()"),
    (set_in("nodes", 5, 4, value={"value": 10**400}), "v5: constant: 1000000"),
    (set_in("nodes", 5, 4, value={"value": [1.0]}), "v5: constant: [1.0] is no float64 of shape ()"),
    (set_in("nodes", 5, 4, value={"value": {"base64": "!!"}}), "v5: constant: {'base64': '!!'} is no float64"),
    (set_in("nodes", 5, 4, value={"value": {"base64": "AAAA"}}), "8 bytes should stand there, got 3"),
    (set_in("nodes", 5, 4, value={"value": {}}), "v5: constant: {} is no float64"),
    (set_in("types", 0, value=["float65", []]), "unknown dtype 'float65'; known are bool, int8"),
    (set_in("types", 0, value=["object", []]), "unknown dtype 'object'"),
    (set_in("types", 0, value=["float64", [-1]]), "a shape should be at most 64 lengths, got [-1]"),
    (set_in("types", 0, value=["float64", [10**30]]), "a shape should be at most 64 lengths"),
    (set_in("types", 0, value=["float64", [1] * 65]), "a shape should be at most 64 lengths"),
    (set_in("types", 0, value=["float64", [2.0]]), "a shape should be at most 64 lengths, got [2.0]"),
    (set_in("types", 0, value="float64"), "a type should be [dtype, shape], got 'float64'"),
    (set_in("lines", 0, value=3), "a source line should be a str, got 3"),
    (set_in("inputs", 1, 0, value="x"), "input names must differ, got x, x"),
    (set_in("inputs", 1, 0, value="a b"), "an input's name should be an identifier, got 'a b'"),
    (set_in("inputs", 1, 0, value="if"), "an input's name should be an identifier, got 'if'"),
    (set_in("inputs", 1, 1, value=2), "inputs stand at [0, 1], but [0, 2] are declared"),
    (set_in("inputs", 1, 1, value=True), "the position of y should be a int, got True"),
    (set_in("inputs", 1, 2, value="weight"), 'an input should be [name, position, "input" or "parameter"]'),
    (set_in("inputs", 1, 2, value=[]), 'an input should be [name, position, "input" or "parameter"]'),
    (set_in("outputs", value=[99]), "output v99 does not exist"),
    (set_in("outputs", value=["6"]), "an output should be a int, got '6'"),
    (set_in("outputs", value=[]), "the structures hold 2 arguments and 1 results"),
    (set_in("arguments", value="*"), "the structures hold 1 arguments"),
    (set_in("arguments", value={"set": []}), "a pytree holds tuple, list or dict with different keys"),
    (set_in("arguments", value={"tuple": "*"}), "a pytree holds tuple, list or dict"),
    (set_in("arguments", value={"dict": [["a", "*"], ["a", "*"]]}), "dict with different keys"),
    (set_in("arguments", value={"dict": [[[], "*"]]}), "dict with different keys"),
    (set_in("arguments", value=7), 'a pytree should be "*", null or {"tuple": [...]}'),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), DAMAGE, ids=[message for _, message in DAMAGE])
def test_a_damaged_document_is_refused_with_its_place(change, message):
    assert message in refusal(change)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("null", "this is no expression"),
        ("[1, 2]", "this is no expression"),
        ("NaN", 'NaN is no number of JSON; write "nan" or "inf"'),
        ("[" * 100_000, "recursion"),
        ('{"a":' * 100_000, "recursion"),
        ("9" * 5000, "4300 digits"),
        ("\ud800", "Expecting value"),
        (None, "expected text, got NoneType"),
        (b"{}", "expected text, got bytes"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_not_json_is_refused(text, message):
    with pytest.raises(ExpressionError, match=r"^JSON: ") as caught:
        from_json(text)
    assert message in str(caught.value)


def test_no_array_is_made_because_a_document_declares_its_shape():
    huge = [2**31, 2**30]
    data = document(trace(lambda x, i: x[i], np.ones(4), np.array([0, 1])))
    data["types"] = [["float64", huge], ["int64", huge], ["float64", [*huge, huge[1]]]]
    for row, kind in zip(data["nodes"], (0, 1, 2), strict=True):
        row[2] = kind
    e = from_json(json.dumps(data))
    assert e.nodes[2].shape == (*huge, huge[1])
    constant = document(parse("2.0"))
    constant["types"] = [["float64", huge]]
    constant["nodes"][0][4] = {"value": {"base64": ""}}
    with pytest.raises(ExpressionError, match="bytes should stand there, got 0"):
        from_json(json.dumps(constant))


# -- fuzzing ----------------------------------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.integers(10**300, 10**301),
    st.sampled_from("* array mul sum constant input nan base64 float64 value index tuple".split()),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
SOURCES = [
    EXAMPLE,
    parse("log(x) + x*y - sin(y)"),
    trace(lambda a: {"y": np.linalg.norm(a @ a.T), "z": np.pad(a, 1)[[0, 1]]}, np.ones((2, 3))),
    trace(
        lambda a: (np.einsum("ij,kj->ik", a, a), np.diag(a[0]), np.concatenate([a, a], 1).T.reshape(3, 4)),
        np.ones((2, 3)),
    ),
]


def survives(text):
    """Whether a text gives an Expression or an ExpressionError."""
    try:
        assert isinstance(from_json(text), Expression)
    except ExpressionError as error:
        assert str(error)
        assert "\n" not in str(error)


def places(data, path=()):
    """Every place of a document."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, part in items:
        yield (*path, key)
        yield from places(part, (*path, key))


@settings(deadline=None)
@given(VALUES)
def test_any_json_is_an_expression_or_an_expression_error(value):
    survives(json.dumps(value))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(document(EXAMPLE))), VALUES))
def test_any_section_is_an_expression_or_an_expression_error(sections):
    survives(json.dumps({**document(EXAMPLE), **sections}))


@settings(deadline=None)
@given(st.sampled_from(SOURCES), st.floats(0, 1))
def test_a_truncated_document_is_refused(e, part):
    text = to_json(e)
    survives(text[: int(part * (len(text) - 3))])


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_document_with_wrong_values_is_an_expression_or_an_expression_error(data):
    tree = document(data.draw(st.sampled_from(SOURCES)))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(tree))))
        set_in(*path, value=data.draw(VALUES))(tree)
    survives(json.dumps(tree))


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_document_with_values_exchanged_is_an_expression_or_an_expression_error(data):
    tree = document(data.draw(st.sampled_from(SOURCES)))
    other = document(data.draw(st.sampled_from(SOURCES)))
    found = list(places(other))
    for _ in range(data.draw(st.integers(1, 3))):
        value = other
        for step in data.draw(st.sampled_from(found)):
            value = value[step]
        path = data.draw(st.sampled_from(list(places(tree))))
        set_in(*path, value=deepcopy(value))(tree)
    survives(json.dumps(tree))


@settings(deadline=None)
@given(st.sampled_from(SOURCES), st.data())
def test_a_text_with_characters_changed_is_an_expression_or_an_expression_error(e, data):
    text = to_json(e)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        text = (
            text[:place] + data.draw(st.sampled_from([*'0123456789[]{},:"-e.', "", "null", "true"])) + text[place + 1 :]
        )
    survives(text)


def test_what_is_accepted_can_be_written_again():
    node = Node(TABLE["constant"], (), (("value", Frozen(2.0)),), (), np.dtype(float))
    e = Expression((node,), (), (0,), flatten(())[1], flatten(0)[1])
    assert returned(e)() == 2.0

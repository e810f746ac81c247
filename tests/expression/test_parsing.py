"""Text in: what parses has the meaning that Python gives it, and everything else is an ExpressionError with a caret."""

import warnings

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expression import Expression, ExpressionError, parse, trace
from expression.operations import ROWS
from expression.text import MAX_BRACKETS, MAX_DIGITS, MAX_LENGTH, WINDOW
from expression.vocabulary import ALIASES, CONSTANTS, functions

ELEMENTWISE = [row for row in ROWS if row.elementwise]

# Texts, and the same function as plain Python: the lists must be equal, node by node.
TWINS = {
    "log(x) + x*y - sin(y)": lambda x, y: np.log(x) + x * y - np.sin(y),
    "x": lambda x: x,
    " ( x )": lambda x: x,
    "-x**2": lambda x: -(x**2),
    "2**-x": lambda x: 2**-x,
    "x**-1": lambda x: x**-1,
    "x - y - 3": lambda x, y: x - y - 3,
    "x / y / 2": lambda x, y: x / y / 2,
    "x // y % 2": lambda x, y: x // y % 2,
    "+x": lambda x: +x,
    "1e3*x + .5": lambda x: 1e3 * x + 0.5,
    "np.exp(x) * numpy.pi": lambda x: np.exp(x) * np.pi,
    "math.sqrt(x)": lambda x: np.sqrt(x),
    "ln(x) + asin(x) + atan2(x, y)": lambda x, y: np.log(x) + np.arcsin(x) + np.arctan2(x, y),
    "where(x > 0, x, 2)": lambda x: np.where(x > 0, x, 2.0),
    "x if x > 0 else 2": lambda x: np.where(x > 0, x, 2.0),
    "(x > 0) & (y > 0) | ~(x < y)": lambda x, y: (x > 0) & (y > 0) | ~(x < y),
    "x > 0 and y > 0 or not x < y": lambda x, y: (x > 0) & (y > 0) | ~(x < y),
    "x == y": lambda x, y: x == y,
    "x != y": lambda x, y: x != y,
    "maximum(x, 0)": lambda x: np.maximum(x, 0),
    "max(x, y, 1)": lambda x, y: np.maximum(np.maximum(x, y), 1.0),
    "x*y, x": lambda x, y: (x * y, x),
    "(x,)": lambda x: (x,),
    "x\n + y\t* 2": lambda x, y: x + y * 2,
    "[x, y]": lambda x, y: np.stack([x, y]),
    "(x + y) * (x + y)": lambda x, y: (x + y) * (x + y),
}
ARRAY_TWINS = {
    "sum(x**2)": lambda x: np.sum(x**2),
    "sum(x, axis=0)": lambda x: np.sum(x, axis=0),
    "np.sum(x, axis=(0, 1), keepdims=True)": lambda x: np.sum(x, axis=(0, 1), keepdims=True),
    "mean(x, axis=-1)": lambda x: np.mean(x, axis=-1),
    "max(x) - min(x, axis=0)": lambda x: np.max(x) - np.min(x, axis=0),
    "norm(x)": lambda x: np.linalg.norm(x),
    "np.linalg.norm(x, axis=1)": lambda x: np.linalg.norm(x, axis=1),
    "x @ x": lambda x: x @ x,
    "dot(x, x[0])": lambda x: np.dot(x, x[0]),
    "x[0, 1:]": lambda x: x[0, 1:],
    "x[-1][::-1]": lambda x: x[-1][::-1],
    "x[..., 0] + x[None, :, 1]": lambda x: x[..., 0] + x[None, :, 1],
    "x[[0, 1, 0]]": lambda x: x[[0, 1, 0]],
    "[[1, 2, 3], [4, 5, -6], [7, 8, 9.5]] @ x": lambda x: np.array([[1, 2, 3], [4, 5, -6], [7, 8, 9.5]]) @ x,
    "concatenate([x, x], axis=1)": lambda x: np.concatenate([x, x], axis=1),
    "stack((x, x))": lambda x: np.stack((x, x)),
    "transpose(x) + reshape(x, shape=(-1, 3))": lambda x: np.transpose(x) + np.reshape(x, (-1, 3)),
    "logsumexp(x) + trace(x)": lambda x: np.logaddexp.reduce(x, axis=None) + np.trace(x),
    "solve(x, x[0]) + det(x)": lambda x: np.linalg.solve(x, x[0]) + np.linalg.det(x),
    "cumsum(x, axis=0)": lambda x: np.cumsum(x, axis=0),
    "clip(x, 0, 1)": lambda x: np.clip(x, 0, 1),
    "sum(x[0] if True else x[1])": lambda x: np.sum(np.where(True, x[0], x[1])),
}

# Texts, the column of the caret (from 1), and what the first line says.
ERRORS = [
    ("", 1, "the text is empty; write an expression, as x**2 + 1"),
    ("   \n\t", 1, "the text is empty"),
    ("x + snn(x)", 5, "unknown function snn; did you mean sin?"),
    ("np.snh(x)", 1, "unknown function snh; did you mean sinh?"),
    ("x(y)", 1, "unknown function x; a product is written with *"),
    ("x(y) + x", 1, "x is an input, not a function; a product is written x * (...)"),
    ("2(x)", 1, "a number is not a function; put * between"),
    ("(x)(y)(x)", 1, "only functions may be called by name"),
    ("sin + 1", 1, "sin is a function; call it, as sin(x)"),
    ("sin(x, y)", 1, "sin takes 1 argument, got 2"),
    ("1 + hypot(x)", 5, "hypot takes 2 arguments, got 1"),
    ("sin()", 1, "sin takes 1 argument, got 0"),
    ("max()", 1, "max takes 1 to 64 arguments, got 0"),
    ("np.max(x, 0)", 1, "np.max takes one array; write maximum(a, b) for two, or axis= for an axis"),
    ("max(x, y, axis=0)", 1, "max of several arguments takes no axis; it goes entry by entry"),
    ("sum(x, dtype=3)", 1, "sum has no option dtype; it takes axis=, keepdims="),
    ("sin(x, axis=0)", 1, "sin has no option axis"),
    ("sum(x, **y)", 1, "sum has no option **"),
    ("sum(x, axis=0, axis=1)", 1, "sum is given axis= twice"),
    ("sum(x, axis=y)", 13, "only ints, slices and tuples of them may stand here"),
    ("sum(x, axis=2)", 1, "axis 2 is out of bounds"),
    ("x[y]", 3, "only ints, slices and tuples of them may stand here"),
    ("x[0]", 1, "too many indices: 1 for an array of 0 axes"),
    ("x @ y", 3, "matmul needs arrays of at least one dimension"),
    ("(x", 1, "'(' is never closed"),
    ("x + (y * [z)", 12, "')' cannot close the '[' of column 10"),
    ("x)", 2, "')' closes nothing"),
    ("x +", 4, "the text ends where an operand should follow"),
    ("x if", 5, "the text ends where an operand should follow"),
    ("x if y", 1, "expected 'else' after 'if' expression"),
    ("x y", 3, "invalid syntax"),
    ("sin x", 5, "invalid syntax"),
    ("y = x", 3, "= assigns; write its right side alone, or == to compare"),
    ("2x", 2, "the number 2 runs into 'x'; put an operator between, as in 2*x"),
    ("2j", 2, "the number 2 runs into 'j'"),
    ("0x10", 2, "the number 0 runs into 'x'"),
    ("x ^ 2", 3, "^ is no power in Python; write **"),
    ("x << 2", 3, "<< has no meaning for floats"),
    ("0 < x < 1", 3, "comparisons do not chain here; write (a < b) & (b < c)"),
    ("x > 0 & y > 0", 3, "comparisons do not chain here"),
    ("x & y", 3, "and, or, not, &, | and ~ join conditions; put each in brackets, as in (x > 0) & (y > 0)"),
    ("not x", 1, "join conditions"),
    ("x is y", 3, "compare with <, <=, >, >=, == or !="),
    ("x in y", 3, "compare with"),
    ("1 if x else 2", 6, "the condition must be a comparison, as in x > 0"),
    ("where(x, 1, 2)", 7, "the condition must be a comparison, as in x > 0"),
    ("-(x > 0)", 1, "a condition is not a number; write where(condition, 1, 0)"),
    ('__import__("os")', 12, "unexpected character '\"'"),
    ("__import__(os)", 1, "unknown function __import__"),
    ("eval(x)", 1, "unknown function eval"),
    ("x.__class__", 1, "attributes cannot be read"),
    ("x.T", 1, "attributes cannot be read; only functions may be called, as sin(x) or np.sin(x)"),
    ("np.linalg", 1, "attributes cannot be read"),
    ("np.fft.fft(x)", 1, "only functions may be called by name"),
    ("lambda x: x", 1, "lambda defines a function; write its body"),
    ("(x := 1)", 2, ":= assigns; write the value where it is used"),
    ("sin(*x)", 5, "* unpacks; write the arguments one by one"),
    ("[x for x in y]", 1, "ListComp is not part of an expression"),
    ("x + (y, 1)", 5, "a tuple stands only around the whole text, for several outputs"),
    ("[]", 1, "List is not part of an expression"),
    ("[[1, 2], [3]]", 1, "this list is no array"),
    ("'abc'", 1, "unexpected character \"'\""),
    ("x # note", 3, "unexpected character '#'; write the expression alone, without a comment"),
    ("x; y", 2, "unexpected character ';'"),
    ("{x}", 1, "unexpected character '{'; write ("),
    ("x\0", 2, "unexpected character '\\x00'"),
    ("x + \ud800", 5, "unexpected character '\\ud800'"),
    ("x + 😀", 5, "unexpected character"),
    ("x²", 2, "unexpected character '²'; write **2"),
    ("é + x²", 6, "unexpected character '²'; write **2"),
    ("é + é é", 7, "invalid syntax"),
    ("éé + ü^x", 7, "^ is no power in Python"),
    ("x \u2212 1", 3, "write -"),
    ("...", 1, "ellipsis is no number; constants are floats"),
    ("None", 1, "NoneType is no number; constants are floats"),
    ("9**9**9**9", 5, "an exponent of 3.8742e+08 overflows float64; at most 10,000 is read"),
    ("x**10001", 2, "an exponent of 10001 overflows float64; at most 10,000 is read"),
    ("pow(x, -1e5)", 1, "an exponent of -100000 overflows float64; at most 10,000 is read"),
    ("9.0**1000", 4, "this constant part evaluates to inf: float64 ends at 1.8e308"),
    ("x + exp(1000)", 5, "this constant part evaluates to inf"),
    ("1/0", 2, "this constant part evaluates to inf"),
    ("sqrt(-1)", 1, "this constant part evaluates to nan: it is not real"),
    ("1e400", 1, "this number is too large: float64 ends at 1.8e308"),
    ("9" * 400, 1, "this number is too large"),
    ("9" * 5000, 1, "a number of 5,000 digits; float64 holds 17"),
    ("x + 1__0", 6, "invalid decimal literal"),
    ("broadcast_to(x, shape=(10000, 10000))", 1, "has more than 10,000,000 entries; use trace"),
    ("(" * 10_000 + "x" + ")" * 10_000, MAX_BRACKETS + 1, "more than 100 brackets within each other"),
    ("-" * 50_000 + "x", 1, "too many operations within each other; name a part, or use trace"),
    ("not " * 20_000 + "x", 1, "too many operations within each other"),
    ("+".join(["x"] * 50_000), 1, "too many operations within each other"),
    ("**".join(["x"] * 30_000), 1, "too many operations within each other"),
    ("f" * 90_000 + "(x)", 1, "unknown function fffff"),
    ("x" * 50_000 + " + ^", 50_004, "invalid syntax"),
]  # fmt: skip

INPUT_ERRORS = [
    (("x",), "x + z", "column 5: unknown name z; the inputs are x"),
    (("rate", "time"), "rat * time", "column 1: unknown name rat; did you mean rate?; the inputs are rate, time"),
    ((), "x", "column 1: unknown name x; the inputs are none"),
    (("x",), "x(2)", "column 1: x is an input, not a function; a product is written x * (...)"),
    ("xy", "x", "inputs='xy': give names, as ('x', 'y'), or a mapping from names to shapes"),
    (3, "x", "inputs=3: give names"),
    (("x", "x"), "x", "inputs: x stands there twice"),
    (("1x",), "x", "inputs: '1x' is not a name that a text can use"),
    (("if",), "x", "inputs: 'if' is not a name that a text can use"),
    ((["x"],), "x", "inputs: ['x'] is not a name"),
    ({"x": -1}, "x", "inputs: x needs a shape such as (3,) or (), got -1"),
    ({"x": "ab"}, "x", "inputs: x needs a shape such as (3,) or (), got 'ab'"),
    ({"x": (True,)}, "x", "inputs: x needs a shape"),
]


def outcome(text, inputs=None):
    """The listing that a text gives, or the first line of its refusal; anything else is a failure of the test."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return str(parse(text, inputs))
    except ExpressionError as error:
        return str(error).partition("\n")[0]


@pytest.mark.parametrize("text", TWINS)
def test_a_text_is_the_list_that_the_same_python_gives(text):
    f = TWINS[text]
    assert str(parse(text)) == str(trace(f, *[1.0] * f.__code__.co_argcount))


@pytest.mark.parametrize("text", ARRAY_TWINS)
def test_a_text_on_arrays_is_the_list_that_the_same_python_gives(text):
    assert str(parse(text, {"x": (3, 3)})) == str(trace(ARRAY_TWINS[text], np.ones((3, 3))))


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
def test_every_elementwise_row_can_be_called_by_each_of_its_names(row):
    names = [row.name, *(f.__name__ for f in row.numpy), *(alias for alias, of in ALIASES.items() if of == row.name)]
    count = len(row.partials)
    operands = ["x > 0" if domain == (0.0, 1.0) else f"y{k}" for k, domain in enumerate(row.domain[:1] * count)]
    if row.name == "where":
        operands[1:] = ["y1", "y2"]
    for name in names:
        for prefix in ("", "np."):
            e = parse(f"{prefix}{name}({', '.join(operands[:count])})")
            assert e.nodes[e.outputs[0]].operation is row
            assert e.nodes[e.outputs[0]].dtype == row.dtype(*(e.nodes[j].dtype for j in e.nodes[e.outputs[0]].operands))


@pytest.mark.parametrize("name", sorted(functions()))
def test_every_function_counts_its_arguments(name):
    function = functions()[name]
    too_many = ", ".join(["x"] * (function.most + 1))
    assert f"{name} takes " in outcome(f"{name}({too_many})")
    assert f"{name} takes " in outcome(f"{name}()")


def test_inputs_stand_in_order_of_appearance_or_as_they_are_given():
    assert [i.name for i in parse("b if c > a else b + e").inputs] == ["b", "c", "a"]
    assert [i.name for i in parse("y + x", inputs=("x", "y")).inputs] == ["x", "y"]
    assert [i.name for i in parse("y", inputs=["x", "y"]).inputs] == ["x", "y"]
    assert parse("x[1] * y", inputs={"x": 3, "y": ()})(np.array([1.0, 2.0, 3.0]), 4.0) == 8.0


def test_a_name_that_is_given_as_an_input_means_nothing_else():
    assert [i.name for i in parse("e * sin(sin)", inputs=("e", "sin")).inputs] == ["e", "sin"]
    assert parse("np.e * e", inputs=("e",))(2.0) == 2.0 * np.e


def test_names_are_read_as_python_reads_them():
    assert [i.name for i in parse("\ufb01x + α").inputs] == ["fix", "α"]  # noqa: RUF001
    assert str(parse("\ufb01", inputs=("\ufb01",))) == str(parse("fi"))


@pytest.mark.parametrize("name", CONSTANTS)
def test_named_constants_are_floats(name):
    e = parse(f"x + {name}")
    assert repr(float(e.nodes[1].constant)) == repr(float(CONSTANTS[name]))
    assert e.nodes[1].dtype == np.float64


def test_constants_are_not_folded_and_negative_numbers_are_one_constant():
    assert [node.operation.name for node in parse("2 + 3").nodes] == ["constant", "constant", "add"]
    assert [node.operation.name for node in parse("x**-2").nodes] == ["input", "constant", "pow"]
    assert parse("x**(1/2)").nodes[3].operation.name == "div"
    assert np.signbit(parse("-0.0").nodes[0].constant)


def test_nodes_know_the_column_that_they_come_from():
    e = parse("sin(x) + y*2")
    assert {node.operation.name: node.line for node in e.nodes} == {
        "input": "", "sin": "column 1", "constant": "column 11", "mul": "column 11", "add": "column 8",
    }  # fmt: skip


@pytest.mark.parametrize(("text", "column", "message"), ERRORS, ids=[repr(text[:24]) for text, _, _ in ERRORS])
def test_a_wrong_text_is_refused_in_one_line_with_a_caret_under_the_column(text, column, message):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ExpressionError) as caught:
            parse(text)
    first, shown, caret = str(caught.value).split("\n")
    assert first.startswith(f"column {column}: ")
    assert message in first
    assert caret.strip() == "^"
    assert len(shown) <= WINDOW + 8
    place = caret.index("^")
    if place < len(shown):
        pointed = text.translate(str.maketrans("\t\n", "  "))[column - 1 : column]
        assert shown[place : place + 1] in (pointed, "?")


@pytest.mark.parametrize(("inputs", "text", "message"), INPUT_ERRORS, ids=[repr(row[0]) for row in INPUT_ERRORS])
def test_wrong_inputs_are_refused_by_name(inputs, text, message):
    assert outcome(text, inputs).startswith(message)


@pytest.mark.parametrize("text", [None, b"x", 3, ["x"]])
def test_only_text_is_read(text):
    with pytest.raises(ExpressionError, match=f"parse reads text, got {type(text).__name__}"):
        parse(text)


def test_a_text_of_a_megabyte_is_refused_before_it_is_read():
    assert outcome("x" * 10**6) == f"the text has 1,000,000 characters; at most {MAX_LENGTH:,} are read"


def test_long_flat_texts_are_read():
    terms = 40_000
    assert len(parse(",".join(["x"] * terms)).outputs) == terms
    assert parse("+".join(["x"] * 900))(1.0) == 900.0
    assert parse(f"{'1' * 200}.{'0' * (MAX_DIGITS - 201)}")() == float("1" * 200)
    assert parse("(" * MAX_BRACKETS + "x" + ")" * MAX_BRACKETS)(2.0) == 2.0


# -- fuzzing ---------------------------------------------------------------------------------------------------------

WORDS = """
x y alpha e pi inf nan True None 1 2.5 1e308 0 10000 - + * / // % ** @ ( ) [ ] , : < <= == != & | ~ ^ = . ... := -> **2
if else and or not lambda in is for yield await np. sin( where( max( sum( norm( softmax( concatenate( reshape( pad(
axis= keepdims= shape= widths= axes= (x) [0] [1:2] (x>0) é ² ' " \\ # _ __class__
""".split()
TOKENS = [*WORDS, " ", "\n", "\0", "9" * 30]
VALID = [*TWINS, *ARRAY_TWINS]


def survives(text, inputs=None):
    """Whether a text gives an Expression or an ExpressionError, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            assert isinstance(parse(text, inputs), Expression)
        except ExpressionError as error:
            first = str(error).partition("\n")[0]
            assert first
            assert len(first) < 300


@settings(deadline=None)
@given(st.text())
@example("\x1c")
@example("x\u2028y")
def test_any_text_gives_an_expression_or_an_expression_error(text):
    survives(text)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(TOKENS), max_size=24).map("".join), st.sampled_from([None, {"x": (2, 3), "y": (3, 2)}]))
@example("x[True]", None)
@example("pad(x,widths=-1)", None)
@example("reshape(x,shape=(-1,-1))", None)
@example("sum(x,keepdims=x)", None)
def test_any_soup_of_tokens_gives_an_expression_or_an_expression_error(text, inputs):
    survives(text, inputs)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_damaged_text_gives_an_expression_or_an_expression_error(data):
    text = data.draw(st.sampled_from(VALID))
    for _ in range(data.draw(st.integers(1, 3))):
        first = data.draw(st.integers(0, len(text)))
        last = data.draw(st.integers(first, min(first + 3, len(text))))
        text = text[:first] + data.draw(st.sampled_from(["", *TOKENS])) + text[last:]
    survives(text)
    survives(text, {"x": (3, 3)})


def larger(inner):
    """Texts made of texts."""
    signs = st.sampled_from(["+", "-", "*", "/", "**", "<", ">="])
    pairs = st.tuples(inner, signs, inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    return st.one_of(pairs, inner.map(lambda t: f"-{t}"), inner.map(lambda t: f"sin({t})"))


@settings(deadline=None)
@given(st.recursive(st.sampled_from(["x", "y", "2", "0.5"]), larger, max_leaves=12))
def test_python_itself_agrees_on_the_value(text):
    names = {"x": np.float64(0.7), "y": np.float64(-1.3), "sin": np.sin}
    with np.errstate(all="ignore"):
        try:
            expected = eval(text.replace("2", "np.float64(2)").replace("0.5", "np.float64(0.5)"), {"np": np, **names})
        except TypeError:  # conditions that are subtracted or negated
            assert "a condition is not a number" in outcome(text) or "pow" in text
            return
    try:
        found = parse(text, inputs=("x", "y"))(0.7, -1.3)
    except ExpressionError as error:
        assert "this constant part" in str(error) or "a condition is not a number" in str(error)
        return
    np.testing.assert_allclose(np.float64(found), np.float64(expected), rtol=4 * np.finfo(float).eps)

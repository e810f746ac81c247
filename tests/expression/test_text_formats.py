"""Text out: infix that parses back, LaTeX that a renderer takes, Python that runs and gives the same bits."""

import math
import re
from collections import namedtuple

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import mathtext

from expression import ArgumentError, ExpressionError, SizeLimitError, functions, operation, parse, trace
from expression.corpus import CORPUS
from expression.formats.infix import BINDINGS, MAX_TREE, number_text
from expression.formats.latex import MAX_TREE as MAX_LATEX
from expression.formats.python_source import helper_sources
from expression.formats.quotation import NotSelfContained, quoted
from expression.operations import ROWS, TABLE
from expression.operations.elementwise import erf, sigmoid
from expression.structure import flatten
from tests.strategies import operands, random_expressions, samples

matplotlib.use("agg")
OPERATIONS = [row for row in ROWS if row.name not in ("input", "constant")]
ELEMENTWISE = [row for row in OPERATIONS if row.elementwise]
VALUES = (-2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 3.0, math.inf, -math.inf, math.nan)


def called(row):
    """A row as a traced scalar expression of x0, x1, ..."""
    kinds = [True if domain == (0.0, 1.0) else 0.5 for domain in row.domain] * len(row.partials)
    return trace(lambda *x: row(*x), *kinds[: len(row.partials)])


# -- random texts of Python's arithmetic ------------------------------------------------------------------------------

SIGNS = ("+", "-", "*", "/", "//", "%", "**")
CALLS = sorted({row.name for row in ELEMENTWISE if len(row.partials) == 1 and row.domain != ((0.0, 1.0),)} - {"float"})
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
LEAVES = st.one_of(st.sampled_from("xyz"), st.sampled_from(["2", "0.1", "1e300", "-3", "-0.0", "inf", "pi", "7e-5"]))


def larger(inner):
    """Texts made of texts."""
    conditions = st.tuples(inner, st.sampled_from(COMPARISONS), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})")
    joined = st.tuples(conditions, st.sampled_from("&|"), conditions).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})")
    choices = st.one_of(conditions, joined, joined.map(lambda t: f"~({t})"))
    return st.one_of(
        st.tuples(inner, st.sampled_from(SIGNS), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
        inner.map(lambda t: f"-({t})"),
        st.tuples(st.sampled_from(CALLS), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(choices, inner, inner).map(lambda t: f"where({t[0]}, {t[1]}, {t[2]})"),
    )


@st.composite
def scalar_expressions(draw):
    """An expression of x, y, z with operators in every combination."""
    text = draw(st.recursive(LEAVES, larger, max_leaves=10))
    try:
        return parse(text, inputs=("x", "y", "z"))
    except ExpressionError:  # a constant part without a value, or a condition that is subtracted
        return parse("x - (y - z)", inputs=("x", "y", "z"))


def same(a, b):
    """Whether two values are equal to the last bit, nan and the sign of 0 included."""
    a, b = np.asarray(a), np.asarray(b)
    return (
        a.dtype == b.dtype
        and a.shape == b.shape
        and (a.tobytes() == b.tobytes() or np.array_equal(a, b, equal_nan=True))
    )


# -- infix ------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=300)
@given(scalar_expressions(), st.tuples(*[st.sampled_from(VALUES)] * 3))
def test_infix_parses_back_to_the_same_values(e, point):
    back = parse(e.to_infix(), inputs=("x", "y", "z"))
    assert same(np.asarray(e(*point)), np.asarray(back(*point))), e.to_infix()


@settings(deadline=None, max_examples=300)
@given(scalar_expressions())
def test_infix_parses_back_to_the_same_list(e):
    negated_constant = any(
        node.operation.name == "neg" and e.nodes[node.operands[0]].operation.name == "constant" for node in e.nodes
    )
    if not negated_constant:  # -(2.0) and the constant -2.0 are one text
        assert str(parse(e.to_infix(), inputs=("x", "y", "z"))) == str(e)


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
def test_infix_of_every_elementwise_row_parses_back(row):
    e = called(row)
    conditions = {i.name: e.nodes[i.position].dtype.kind == "b" for i in e.inputs}
    text = e.to_infix()
    for name, is_condition in conditions.items():
        text = re.sub(rf"\b{name}\b", f"({name} > 0)" if is_condition else name, text)
    back = parse(text, inputs=[i.name for i in e.inputs])
    assert back.nodes[back.outputs[0]].operation is row


MINIMAL = {
    "(x + y) * z": "(x + y) * z",
    "x + (y * z)": "x + y * z",
    "x - (y - z)": "x - (y - z)",
    "(x - y) - z": "x - y - z",
    "x - (y + z)": "x - (y + z)",
    "x / (y * z)": "x / (y * z)",
    "(x / y) * z": "x / y * z",
    "x ** (y ** z)": "x**y**z",
    "(x ** y) ** z": "(x**y)**z",
    "-(x ** 2)": "-x**2",
    "(-x) ** 2": "(-x)**2",
    "x ** (-y)": "x**-y",
    "(-2) ** x": "(-2)**x",
    "x * (-y)": "x * -y",
    "-(x * y)": "-(x * y)",
    "(-x) * y": "-x * y",
    "-(-x)": "--x",
    "(x < y) == (y < z)": "(x < y) == (y < z)",
    "((x < y) & (y < z)) | (x < z)": "(x < y) & (y < z) | (x < z)",
    "~((x < y) | (y < z))": "~((x < y) | (y < z))",
    "x if x + 1 > y else -1": "where(x + 1 > y, x, -1)",
    "x + 2.0": "x + 2",
    "x + 0.1": "x + 0.1",
    "x * 1e300": "x * 1e+300",
    "x, y": "(x, y)",
    "x,": "(x,)",
    "log(x) + x*y - sin(y)": "log(x) + x * y - sin(y)",
}
ARRAYS = {
    "sum(a)": "sum(a)",
    "sum(a, axis=0)": "sum(a, axis=0)",
    "sum(a, axis=(0, 1), keepdims=True)": "sum(a, keepdims=True)",
    "a[0, 1:]": "a[0, 1:]",
    "a[::-1, ..., None]": "a[::-1, :, None]",
    "a[1][2]": "a[1][2]",
    "(a + 1)[0]": "(a + 1)[0]",
    "a @ (a @ a)": "a @ (a @ a)",
    "transpose(a)": "transpose(a, axes=(1, 0))",
    "concatenate([a, a], axis=1)": "concatenate([a, a], axis=1)",
    "[1, 2.5, -3] * a": "[1, 2.5, -3] * a",
    "norm(a, axis=1) + cumsum(a, axis=0)": "norm(a, axis=1) + cumsum(a, axis=0)",
    "reshape(a, shape=(9,))": "reshape(a, shape=(9,))",
}


@pytest.mark.parametrize("text", MINIMAL)
def test_infix_has_the_fewest_brackets(text):
    assert parse(text).to_infix() == MINIMAL[text]


@pytest.mark.parametrize("text", ARRAYS)
def test_infix_of_arrays_parses_back(text):
    e = parse(text, {"a": (3, 3)})
    assert e.to_infix() == ARRAYS[text]
    assert str(parse(e.to_infix(), {"a": (3, 3)})) == str(e)


@pytest.mark.parametrize("x", [0.1, 1e16, 1e15, -7.0, 5e-324, 1.7976931348623157e308, -0.0, 123456789.0, 2 / 3])
def test_numbers_read_back_exactly(x):
    text = number_text(np.float64(x))
    assert same(float(text), x)
    assert same(parse(text)(), x)


def test_a_closed_form_that_swells_is_refused_with_its_size():
    def doubled(x, n):
        for _ in range(n):
            x = x + x
        return x

    assert trace(lambda x: doubled(x, 12), 1.0).to_infix().count("x") == 4096
    e = trace(lambda x: doubled(x, 13), 1.0)
    message = f"the closed form has 16,383 nodes, more than {MAX_TREE:,}; print(e) shows the list, which has 14"
    with pytest.raises(SizeLimitError, match=f"^{re.escape(message)}$"):
        e.to_infix()
    with pytest.raises(SizeLimitError, match=r"the closed form has about 10\*\*6020 nodes, more than 10,000"):
        trace(lambda x: doubled(x, 20_000), 1.0).to_infix()
    with pytest.raises(SizeLimitError, match=r"a constant of shape \(100,\) is too large for one line"):
        trace(lambda x: x + np.arange(100.0), 1.0).to_infix()


def test_infix_of_a_deep_chain_needs_no_recursion():
    def chain(x):
        for _ in range(4_000):
            x = np.sin(x)
        return x

    assert trace(chain, 1.0).to_infix() == "sin(" * 4_000 + "x" + ")" * 4_000


def test_bindings_are_those_of_python():
    for name, binding in BINDINGS.items():
        assert TABLE[name].symbol in (binding.symbol, "")


# -- LaTeX ------------------------------------------------------------------------------------------------------------

PARSER = mathtext.MathTextParser("path")
LATEX = {
    "log(x1) + x1*x2 - sin(x2)": r"\ln x_{1} + x_{1} \cdot x_{2} - \sin x_{2}",
    "x / (y + 1)": r"\frac{x}{y + 1}",
    "(x / y)**2": r"\left(\frac{x}{y}\right)^{2}",
    "(x + y)**(z + 1)": r"\left(x + y\right)^{z + 1}",
    "exp(-x**2 / 2)": r"e^{\frac{-x^{2}}{2}}",
    "exp(x)**2": r"\left(e^{x}\right)^{2}",
    "sqrt(x + 1)": r"\sqrt{x + 1}",
    "abs(x + 1)": r"\left|x + 1\right|",
    "x - (y - z)": r"x - \left(y - z\right)",
    "x + (y + z)": r"x + y + z",
    "x + (-y)": r"x + \left(-y\right)",
    "-(x + y)": r"-\left(x + y\right)",
    "(x + y) * z": r"\left(x + y\right) \cdot z",
    "x * -2": r"x \cdot \left(-2\right)",
    "sin(x)**2": r"\left(\sin x\right)^{2}",
    "sin(2*x)": r"\sin \left(2 \cdot x\right)",
    "alpha_1 * rate * W": r"\alpha_{1} \cdot \mathrm{rate} \cdot W",
    "params_W + x_": r"\mathrm{params\_W} + \mathrm{x\_}",
    "2.5e-7 * x + 1e100": r"2.5 \cdot 10^{-7} \cdot x + 10^{100}",
    "2 * pi * x": r"2 \cdot \pi \cdot x",
    "where(x > 0, x, -x)": r"\begin{cases} x & x > 0 \\ -x & \text{otherwise} \end{cases}",
    "(x > 0) & (y <= 1)": r"x > 0 \wedge y \leq 1",
    "max(x, y)": r"\max(x, y)",
    "x, y": r"x,\quad y",
    "x + inf": r"x + \infty",
}


def has_balanced_braces(text):
    """Whether braces, and \\left and \\right, come in pairs."""
    depth = 0
    for brace in re.findall(r"[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0 and text.count(r"\left") - text.count(r"\leftarrow") == text.count(r"\right")


@pytest.mark.parametrize("text", LATEX)
def test_latex_is_as_a_textbook_writes_it(text):
    assert parse(text).to_latex() == LATEX[text]


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
def test_latex_of_every_elementwise_row_is_drawn(row):
    text = called(row).to_latex()
    assert has_balanced_braces(text)
    if "cases" not in text:
        PARSER.parse(f"${text}$")


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_latex_of_every_row_within_every_other_keeps_its_brackets(row):
    rng = np.random.default_rng(0)
    for sample in samples(row)[:3]:
        x = operands(row, sample, rng)
        text = trace(lambda *x, row=row, sample=sample: row(*x, **sample.parameters), *x).to_latex()
        assert has_balanced_braces(text)
        assert all(name in text for name in [f"x_{{{k}}}" for k in range(len(x))])


@settings(deadline=None)
@given(scalar_expressions())
def test_latex_of_random_expressions_is_drawn(e):
    text = e.to_latex()
    assert has_balanced_braces(text)
    if "begin" not in text:
        PARSER.parse(f"${text}$")


def test_a_long_formula_is_a_system_of_equations():
    def f(x):
        for _ in range(MAX_LATEX):
            x = np.sin(x) * 2.0
        return x

    text = trace(f, 1.0).to_latex()
    lines = text.split("\n")
    assert (lines[0], lines[-1]) == (r"\begin{aligned}", r"\end{aligned}")
    assert lines[1:3] == [r"v_{1} &= \sin x \\", r"v_{3} &= v_{1} \cdot 2 \\"]
    assert len(lines) == 2 + 2 * MAX_LATEX


def test_subscripts_say_what_the_template_does_not():
    e = parse("sum(w, axis=0)[1] + transpose(w)[0, 1] + sum(w)", {"w": (3, 4)})
    assert e.to_latex() == (
        r"{\left(\sum w\right)_{\mathrm{axis}=0}}_{1} + {\left(w^{\mathsf T}\right)}_{0, 1} + \sum w"
    )


# -- Python -----------------------------------------------------------------------------------------------------------


def run(source, name="f"):
    """The function that a source defines; nothing but the source is there."""
    space = {}
    exec(compile(source, "<generated>", "exec"), space)
    return space[name]


def agrees(e, *args):
    """The generated source gives what the expression gives, bit for bit; returns the source."""
    source = e.to_python()
    with np.errstate(all="ignore"):
        found, structure = flatten(run(source)(*args))
        expected, wanted = flatten(e(*args))
    assert structure == wanted
    for a, b in zip(found, expected, strict=True):
        assert same(a, b), f"{a!r} is not {b!r} in\n{source}"
    return source


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_python_of_every_row_gives_the_same_bits(row, dtype):
    rng = np.random.default_rng(1)
    for sample in samples(row):
        x = [v.astype(dtype)[()] if v.dtype.kind == "f" else v for v in map(np.asarray, operands(row, sample, rng))]
        agrees(trace(lambda *x, row=row, sample=sample: row(*x, **sample.parameters), *x), *x)


@pytest.mark.parametrize("name", CORPUS)
def test_python_of_the_corpus_gives_the_same_bits(name):
    case = CORPUS[name]
    f, args = case.at()
    agrees(trace(f, *args), *args)


@settings(deadline=None, max_examples=300)
@given(scalar_expressions(), st.tuples(*[st.sampled_from(VALUES)] * 3))
def test_python_of_scalar_expressions_gives_the_same_bits(e, point):
    agrees(e, *point)


@settings(deadline=None)
@given(random_expressions())
def test_python_of_random_expressions_gives_the_same_bits(drawn):
    e, args = drawn
    agrees(e, *args)


@settings(deadline=None)
@given(random_expressions(), st.integers(0, 2**32 - 1))
def test_python_of_random_expressions_in_single_precision_gives_the_same_bits(drawn, seed):
    args = [np.asarray(x, np.float32)[()] for x in drawn[1]]
    constant = np.random.default_rng(seed).uniform(size=()).astype(np.float32)[()]
    agrees(trace(lambda *x: np.sum(x[0] * constant + np.float64(0.1)) * 0.1 + 1.0 / x[0], *args), *args)


def test_a_scalar_function_reads_as_one_would_write_it():
    assert parse("log(x) + x*y - sin(y)").to_python() == (
        "import numpy as np\n\n\n"
        "def f(x, y):\n"
        '    """Arguments x: float64, y: float64."""\n'
        "    x, y = np.float64(x), np.float64(y)\n"
        "    return np.log(x) + x * y - np.sin(y)\n"
    )


def network(params, x):
    """A layer, and a little of everything that has a way of its own to be written."""
    h = functions.relu(x @ params["W"][0] + params["b"])
    picked = h[np.array([2, 0, 2])] + np.pad(h, (1, 1))[1:-1][:3] + np.diag(h)[0, :3] + h[0:4:2][0]
    order = np.sort(h)[::-1][:3] + np.einsum("i,ij->j", x, params["W"][0])[:3] + params["W"][0].T[1]
    return {"loss": functions.logsumexp(picked * order), "parts": [(h[1:], None)]}


def test_a_function_of_pytrees_is_unpacked_and_readable():
    args = ({"W": [np.ones((3, 4))], "b": np.arange(4.0)}, np.array([0.5, 0.25, -1.0]))
    source = agrees(trace(network, *args), *args)
    for part in (
        "def f(params, x):",
        "params_W_0 = params['W'][0]",
        "relu(x @ params_W_0 + params_b)",
        "def relu(x):",
        "[::-1]",
        "params_W_0.T",
        'np.einsum("i,ij->j", x, params_W_0)',
        "np.add.at(",
        "return {'loss': ",
    ):
        assert part in source, source


@pytest.mark.parametrize(
    ("f", "part"),
    [
        (lambda x: x[0, 1:3], "x[0, 1:3]"),
        (lambda x: x[::2, ::-1], "x[::2, ::-1]"),
        (lambda x: x[:, None, 2], "x[:, None, 2]"),
        (lambda x: x[np.array([0, 2])], "x[v1]"),
        (lambda x: (x + 1.0)[0], "(x + 1.0)[0]"),
        (lambda x: np.sum(x), "np.sum(x)"),
        (lambda x: np.sum(x, axis=0), "np.sum(x, axis=0)"),
        (lambda x: np.max(x, axis=(0, 1), keepdims=True), "np.max(x, keepdims=True)"),
        (lambda x: np.concatenate([x, x]), "np.concatenate([x, x], axis=0)"),
        (lambda x: np.reshape(x, (-1,)), "np.reshape(x, (12,))"),
        (lambda x: np.where(x > 0, x, 0.0), "np.where(x > 0.0, x, 0.0)"),
        (lambda x: np.where((x > 0) & ~(x > 1), -x, np.nan), "(x > 0.0) & ~(x > 1.0)"),
        (lambda x: x**2, "np.power(x, 2.0)"),
        (lambda x: np.linalg.norm(x), "norm(x, axis=(0, 1), keepdims=False)"),
        (lambda x: np.linalg.slogdet(x[:, :3])[1], "np.linalg.slogdet(x[:, :3])[1]"),
        (lambda x: np.argsort(x, axis=1) + 0.0, 'np.argsort(x, axis=1, kind="stable")'),
        (lambda x: x * np.array([[1.0], [np.inf], [-0.0]]), "np.array([[1.0], [np.inf], [-0.0]])"),
        (lambda x: x * np.float32(0.1), "np.float32(0.1)"),
    ],
)  # fmt: skip
def test_operations_are_written_as_numpy_users_write_them(f, part):
    x = np.random.default_rng(0).uniform(-1, 1, (3, 4))
    assert part in agrees(trace(f, x), x)


def test_large_constants_stay_exact_and_runnable():
    rng = np.random.default_rng(0)
    for constant in (rng.uniform(size=(10, 20)), rng.integers(0, 9, 100), rng.uniform(size=200).astype(np.float32)):
        source = agrees(trace(lambda x, constant=constant: x * constant, 2.0), 2.0)
        assert "np.frombuffer(base64.b64decode(" in source
        assert source.startswith("import base64\n\nimport numpy as np\n")


def test_a_node_that_is_read_twice_is_computed_once():
    source = agrees(trace(lambda x: np.sin(x) * np.sin(x) + np.sin(x), 0.5), 0.5)
    assert source.count("np.sin") == 1


def test_lines_stay_short():
    e = parse("+".join(f"sin(x{k} * {k}) ** 2" for k in range(300)))
    assert max(map(len, e.to_python().split("\n")[6:])) < 120


def test_names_never_meet():
    names = ("np", "v2", "w1", "sigmoid", "f", "class_", "math")
    e = parse(" + ".join(["sigmoid(np)", *names]), inputs=names)
    args = [float(k) for k in range(len(names))]
    assert same(run(e.to_python())(*args), e(*args))
    e = trace(lambda params, params_a: params["a"] * params_a, {"a": 2.0}, 3.0)
    assert e.to_python("g") and same(run(e.to_python("g"), "g")({"a": 2.0}, 3.0), 6.0)


@pytest.mark.parametrize("name", ["", "1f", "a b", "class", "np", "sigmoid", "x\nimport os"])
def test_a_wrong_name_is_refused(name):
    with pytest.raises(ArgumentError, match="cannot name the function; choose another name"):
        parse("sigmoid(x)").to_python(name)


def test_results_of_a_class_of_the_user_are_refused_by_name():
    Point = namedtuple("Point", "x y")
    with pytest.raises(ExpressionError, match="to_python: results of type Point have no source"):
        trace(lambda x: Point(x, x), 1.0).to_python()
    arguments = Point(1.0, np.ones(2))
    agrees(trace(lambda p: p.x * p.y, arguments), arguments)


def test_empty_arguments_and_constants_have_a_source():
    assert run(parse("2").to_python())() == 2.0
    agrees(trace(lambda x, nothing: (x, 1.5, True, np.float32(0.1), 1j), 1.0, ()), 1.0, ())
    agrees(trace(lambda x: np.float64(2.0) / np.float64(1.0) * x, 3.0), 3.0)


# -- the user's own operations ----------------------------------------------------------------------------------------


@operation(partials=(lambda y, x: 1 / (1 + np.abs(x)) ** 2,))
def softsign(x):
    """A smooth sign."""
    return x / (1 + np.abs(x))


SCALE = 3


def helper(x):
    return SCALE * x


@operation(partials=(lambda y, x: 3.0,))
def tripled(x):
    return helper(x)


def enclosed(factor):
    """An operation whose body is a closure: its source alone does not run."""

    @operation(partials=(lambda y, x: factor + 0 * x,), name="enclosed")
    def body(x):
        return factor * x

    return body


def test_own_operations_are_quoted_by_their_source():
    source = agrees(trace(lambda x: softsign(-x) + tripled(x), np.ones(3)), np.ones(3))
    assert 'def softsign(x):\n    """A smooth sign."""\n    return x / (1 + np.abs(x))' in source
    assert source.index("SCALE = 3") < source.index("def helper(x)") < source.index("def tripled(x)")
    assert "softsign(-x) + tripled(x)" in source


def test_own_operations_without_a_source_of_their_own_are_written_node_by_node():
    source = agrees(trace(lambda x: enclosed(2.5)(x) + softsign(x), 3.0), 3.0)
    assert "2.5 * x" in source or "x * 2.5" in source


# -- quotation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.name)
def test_every_forward_function_can_be_written(row):
    rng = np.random.default_rng(0)
    x = operands(row, samples(row)[0], rng)
    e = trace(lambda *x: row(*x, **samples(row)[0].parameters), *x)
    for name, source in helper_sources(e).items():
        compile(source, name, "exec")


def test_quoted_functions_bring_what_they_read():
    assert list(quoted(erf)) == ["math", "erf"]
    assert list(quoted(tripled.body)) == ["SCALE", "helper", "tripled"]
    assert quoted(sigmoid)["sigmoid"].startswith("def sigmoid(x):")


def test_what_cannot_be_quoted_is_told():
    for function, message in (
        (lambda x: x, "is a lambda or a closure"),
        (enclosed(2.0).body, "is a lambda or a closure"),
        (np.sin, "cannot be quoted"),
        (same_reader, "reads CORPUS, which cannot be quoted"),
    ):
        with pytest.raises(NotSelfContained, match=message):
            quoted(function)


def same_reader(x):
    return CORPUS[x]

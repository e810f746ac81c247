"""compare(f, *args): the three methods side by side, and every way in which one of them may not answer."""

import json
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

import autodiff
from compare import Comparison, compare
from compare.methods import METHODS
from compare.timing import Timing
from expression import Expression, measure, operation, parse, trace
from expression.corpus import CORPUS, case
from expression.errors import ArgumentError

EXACT_DIGITS = 12.0  # two float64 evaluations of a well-conditioned formula lose up to some thousands of roundings
NUMERIC_DIGITS = 6.0  # central differences keep 10.6 of 16 digits, eps**(2/3), less a third derivative of up to 10^4


def f(x, y):
    """The worked example."""
    return np.log(x) + x * y - np.sin(y)


def quick(f, *args, **options):
    """A comparison without a clock."""
    return compare(f, *args, time=False, **options)


def notes(comparison):
    """All notes in one text."""
    return "\n".join(comparison.notes)


# -- the worked example ------------------------------------------------------------------------------------------------


def test_the_worked_example():
    """Baydin et al. (2018), Tables 2 and 3: 11.652, 5.5 and 2 - cos 5."""
    result = compare(f, 2.0, 5.0)
    assert result.methods == ("symbolic", "numeric", "autodiff")
    assert result.notes == ()
    for record in result.records:
        assert record.answered
        assert record.value == pytest.approx(11.652071455223084, abs=1e-14)
        assert record.derivative == pytest.approx((5.5, 2 - np.cos(5.0)), abs=1e-9)
        assert record.run is not None and record.run.seconds > 0
        assert record.memory > 0
    for method in ("symbolic", "autodiff"):
        assert result[method].digits == 16.0
        assert result[method].evaluations == 1
        assert result[method].build_seconds > 0
    assert NUMERIC_DIGITS < result["numeric"].digits < 16.0
    assert result["numeric"].evaluations > 4  # two inputs, two points each, and the search for a step
    assert result["numeric"].build_seconds is None
    assert (result.subject.tree_size, result.subject.dag_size, result.subject.flops) == (9, 7, 19)


def test_the_text_says_what_the_records_hold():
    text = str(compare(f, 2.0, 5.0, name="worked"))
    lines = text.splitlines()
    assert lines[0] == "worked at x = 2, y = 5"
    assert lines[1].split() == ["method", "value", "d/dx", "d/dy", "digits"]
    assert lines[2].split() == ["symbolic", "11.65207145522308", "5.5", "1.716337814536774", "exact"]
    assert lines[5].split() == ["certified", "11.65207145522308", "5.5", "1.716337814536774"]
    assert "run time: " in text


def test_rich_and_html_show_the_same_numbers():
    result = compare(f, 2.0, 5.0)
    console = Console(width=120, record=True, file=StringIO())
    console.print(result)
    for shown in (console.export_text(), result._repr_html_()):
        assert shown.count("1.716337814536774") == 3
        assert "autodiff" in shown and "exact" in shown


def test_without_a_clock_and_without_certificate_these_columns_are_not_there():
    result = quick(f, 2.0, 5.0, certify=False)
    assert all(record.run is None and record.digits is None for record in result.records)
    head = str(result).splitlines()[1].split()
    assert "digits" not in head
    assert "run" not in str(result).split("evaluations")[1].split("\n")[0]
    assert result.notes == ()


# -- every case of the corpus ------------------------------------------------------------------------------------------


def cases():
    """The cases without data of their own that have a derivative at their point."""
    return [name for name, row in CORPUS.items() if not row.requires and row.smooth]


@pytest.mark.parametrize("name", cases())
def test_the_methods_agree_on_the_corpus_and_are_certified(name):
    function, args = case(name).at()
    result = quick(function, *args)
    assert "disagree" not in notes(result)
    for record in result.records:
        assert record.answered, record.reason
        if record.digits is not None:
            assert record.digits >= (NUMERIC_DIGITS if record.method == "numeric" else EXACT_DIGITS)
    assert result.certificate.derivative is not None or "limit" in result.certificate.reason


# -- reasons instead of answers ----------------------------------------------------------------------------------------


def branching(x):
    """A function that looks at its value."""
    return x * x if x > 0 else -x


def test_a_function_with_branches_is_answered_by_numeric_and_refused_by_name():
    result = quick(branching, 2.0)
    assert result["numeric"].derivative == pytest.approx(4.0, abs=1e-9)
    for method in ("symbolic", "autodiff"):
        assert not result[method].answered
        assert "asks for the value of an abstract array (test_comparison.py, line " in result[method].reason
        assert "np.where" in result[method].reason
    assert result.subject.tree_size is None
    assert result.subject.value == 4.0
    assert "there is no expression to evaluate in mpmath" in notes(result)
    assert "test_comparison.py" in str(result)


def test_a_function_without_a_rule_is_answered_by_numeric():
    result = quick(lambda x: np.real(np.fft.fft(x))[0] ** 2, np.array([1.0, 2.0]))
    assert result["numeric"].derivative == pytest.approx([6.0, 6.0], abs=1e-8)
    assert result["autodiff"].reason.startswith("np.fft.fft has no derivative rule here (test_comparison.py, line ")


def test_the_closed_form_is_refused_with_its_predicted_size_while_the_others_answer():
    function, args = case("logistic").at(40)
    result = quick(function, *args, methods=("closed-form", "autodiff"))
    predicted = 9 * 39 * 2**39 + 1
    assert f"would write {predicted} nodes" in result["closed-form"].reason
    assert result["autodiff"].answered
    assert str(result).splitlines()[2].startswith("closed-form  derive with sharing=False would write")


def test_sizes_of_a_thousand_digits_are_written_by_their_digits():
    function, args = case("logistic").at(3309)
    result = quick(function, *args, methods=("autodiff",), certify=False)
    assert result.subject.tree_size == 6 * 2**3308 - 5
    assert "(997 digits)" in str(result)
    written = json.loads(result.to_json())["function"]["tree_size"]
    assert int(written) == 6 * 2**3308 - 5


def test_an_error_that_only_one_method_meets_is_its_reason():
    def fussy(x):
        if isinstance(x, float) and x != 3.0:
            raise ZeroDivisionError("no number but 3")
        return x * x

    result = quick(fussy, 3.0)
    assert result["numeric"].reason == "ZeroDivisionError: no number but 3"
    assert result["autodiff"].derivative == result["symbolic"].derivative == 6.0


# -- kinks, domains, wrong rules ---------------------------------------------------------------------------------------


def test_a_point_on_a_kink_is_reported_with_policy_subdifferential_and_line():
    result = quick(lambda x: 2.0 * np.abs(x - 1.0), 1.0)
    assert (
        "at a kink: v3 = abs: at 0 the derivative is taken as 0 (subdifferential [-1, 1]) (test_comparison.py"
        in notes(result)
    )
    assert "not certified: at a kink there is no derivative" in result.notes
    assert all(record.digits is None for record in result.records)
    assert "disagree" not in notes(result)


def test_where_the_methods_differ_on_a_kink_each_says_its_own():
    result = quick(lambda x: np.maximum(0.0, x) + np.sign(x) * 0.0, 0.0, methods=("numeric", "autodiff"))
    assert result["autodiff"].derivative == result["numeric"].derivative == 0.5
    relu = quick(case("relu").function, 0.0)
    assert "at a kink the methods need not agree: d/dx is 0 by symbolic, 0.5 by numeric, 0 by autodiff" in relu.notes


def test_kinks_that_the_derivative_does_not_pass_through_are_not_reported():
    result = quick(lambda x, y: x * x + np.abs(y), 1.0, 0.0, argnums=0)
    assert result.notes == ()
    assert result["autodiff"].derivative == 2.0


def test_entries_on_a_kink_are_counted_and_long_lists_are_cut():
    result = quick(lambda x: np.sum(np.abs(x)), np.array([0.0, 1.0, 0.0]))
    assert "in 2 of 3 entries" in notes(result)
    many = quick(lambda x: sum(np.abs(float(k) * x) for k in range(2, 8)), 0.0)
    assert "and 3 kinks more" in many.notes


def test_the_first_node_outside_its_domain_is_named_with_its_line():
    result = quick(lambda x: np.exp(np.sqrt(x - 3.0)), 1.0)
    assert any(
        n.startswith("outside a domain: v3 = sqrt of -2 is nan (test_comparison.py, line ") for n in result.notes
    )
    assert "not certified: the value is nan" in result.notes
    assert "disagree" not in notes(result)  # nan is what all of them say


def test_a_derivative_that_is_not_finite_is_traced_to_its_node():
    result = quick(lambda x: np.sqrt(x), 0.0)
    assert result["autodiff"].derivative == np.inf
    assert any(note.startswith("the derivative by symbolic is outside a domain: v") for note in result.notes)
    assert any(note.endswith("is inf") for note in result.notes)


def test_a_kink_that_no_row_declares_is_found_by_its_two_sides():
    result = quick(lambda x: np.where(x > 0, x, x * x), 0.0)
    assert "not certified: the derivatives from left and right differ, or one does not exist" in result.notes
    assert "at a kink the methods need not agree: d/dx is 0 by symbolic" in notes(result)


def test_numbers_beyond_float64_are_certified_too():
    result = quick(lambda x: np.exp(x), 800.0)
    assert result["autodiff"].value == np.inf
    assert result["autodiff"].digits == 0.0
    assert "2.726374572112567e+347" in str(result)
    assert json.loads(result.to_json())["records"][0]["value"] == "inf"


def test_a_branch_that_is_not_taken_may_leave_its_domain():
    result = quick(case("where_trap").function, 1.0)
    assert "though the value is finite" in notes(result)
    assert [record.derivative for record in result.records] == pytest.approx([1.0] * 3, abs=1e-9)


def test_a_wrong_rule_is_exposed_by_name():
    @operation(partials=(lambda y, x: 1 / (1 + np.abs(x)),))  # the square is missing
    def softsign(x):
        return x / (1 + np.abs(x))

    result = quick(lambda x: 3.0 * softsign(x), 2.0)
    assert result["symbolic"].derivative == pytest.approx(1 / 3, abs=1e-15)
    assert result["autodiff"].derivative == pytest.approx(1.0, abs=1e-15)
    assert "the methods disagree: autodiff gives d/dx = 1, certified is 0.3333333333333333" in result.notes
    assert (
        "the derivative rule of the user's operation softsign is wrong: for operand 0 of v1 it gives 0.333333, "
        "differences of softsign itself give 0.111111 (test_comparison.py, line "
    ) in notes(result)


def test_operands_far_below_the_usual_step_raise_no_alarm():
    result = quick(lambda x: (1 - np.cos(x)) / x**2, 1e-7)  # the denominator is 1e-14
    assert "is wrong" not in notes(result)
    assert "every derivative rule fits its operation: the digits were lost to rounding" in notes(result)


def test_a_wrong_rule_far_below_the_usual_step_is_exposed_too():
    @operation(partials=(lambda y, x: -1.01 / (x * x),))
    def inverse(x):
        return 1 / x

    assert "the derivative rule of the user's operation inverse is wrong" in notes(quick(inverse, 1e-14))


def test_an_answer_that_is_no_number_is_never_silent():
    assert "where f is not finite the methods need not agree: d/dx is -1 by symbolic, nan by numeric" in notes(
        quick(lambda x: np.log(x), -1.0)
    )
    assert "the methods need not agree: d/dx is inf by symbolic, nan by numeric" in notes(
        quick(lambda x: np.sqrt(x), 0.0)
    )


def test_one_method_may_be_named_without_a_tuple():
    assert quick(lambda x: x * x, 1.0, methods="numeric").methods == ("numeric",)


def test_a_text_is_refused_with_the_way_to_read_it():
    with pytest.raises(ArgumentError, match=r"a function or an Expression; write compare\(parse\('x\*y'\), ...\)"):
        compare("x*y", 1.0, 2.0)


def test_the_legend_explains_the_columns_that_are_there():
    def branching(x):
        return x * x if x > 0 else x

    assert "digits: certified" in str(quick(lambda x: x * x, 1.0))
    text = str(quick(branching, 1.0))
    assert "evaluations: of f; memory: peak of one run" in text
    assert "digits: certified" not in text
    assert "tree, DAG" not in text


def test_an_output_that_is_no_float_is_refused():
    with pytest.raises(ArgumentError, match="f returned bool: derivatives need a floating result"):
        quick(lambda x: x > 1, 1.0)


def test_a_wrong_rule_of_an_array_operation_is_exposed_too():
    @operation(vjps=(lambda y_bar, y, x: y_bar[::-1] * 2.0,), linear="each")  # the mirror is right, the factor is not
    def mirrored(x):
        return x[::-1]

    result = quick(lambda x: np.sum(mirrored(x) * x), np.array([1.0, 2.0, 4.0]))
    assert "the methods disagree: autodiff gives d/dx[" in notes(result)
    assert "the derivative rule of the user's operation mirrored is wrong" in notes(result)


def test_a_right_rule_raises_no_alarm():
    @operation(partials=(lambda y, x: 1 / (1 + np.abs(x)) ** 2,))
    def softsign(x):
        return x / (1 + np.abs(x))

    assert quick(lambda x: 3.0 * softsign(x), 2.0).notes == ()


def test_digits_lost_to_rounding_are_told_from_a_wrong_rule():
    """l_55 in float64 has the wrong sign: 55 steps lose 55 bits."""
    function, args = case("logistic").at(55)
    result = quick(function, *args)
    assert result["autodiff"].digits == 0.0
    assert "the methods disagree: autodiff gives d/dx" in notes(result)
    assert "the digits were lost to rounding" in notes(result)
    assert "is wrong" not in notes(result)


# -- arguments ---------------------------------------------------------------------------------------------------------


def test_derivatives_have_the_structure_of_the_arguments():
    params = {"w": np.array([1.0, 2.0]), "b": 0.5}
    result = quick(lambda p, x: np.sum(p["w"] * x) + p["b"], params, np.array([3.0, 4.0]))
    for record in result.records:
        of_params, of_x = record.derivative
        assert of_params["w"] == pytest.approx([3.0, 4.0], abs=1e-8)
        assert of_params["b"] == pytest.approx(1.0, abs=1e-8)
        assert of_x == pytest.approx([1.0, 2.0], abs=1e-8)
    single = quick(lambda p: p["b"] * 2.0, params)
    assert single["autodiff"].derivative["b"] == 2.0


def test_many_inputs_are_shown_by_one_norm():
    result = quick(lambda a, b, c, d: 3.0 * a + 4.0 * b + 12.0 * c + 0.0 * d, 1.0, 1.0, 1.0, 1.0)
    assert "‖gradient‖ by 4 inputs" in str(result)
    assert str(result).splitlines()[2].split()[2] == "13"


def test_matrices_are_shown_by_frobenius_norm_and_shape():
    result = quick(lambda W: np.sum(W * W), np.full((2, 2), 1.5))
    head, row = str(result).splitlines()[1:3]
    assert "‖d/dW‖_F (2, 2)" in head
    assert row.split()[2] == "6"


def test_integer_arrays_are_left_out_and_integers_refused_by_name():
    index = np.array([2, 0])
    result = quick(lambda x, i: np.sum(x[i] * 2.0), np.array([1.0, 2.0, 3.0]), index)
    assert result.subject.differentiated == ("x",)
    assert result["autodiff"].derivative[0].tolist() == [2.0, 0.0, 2.0]
    with pytest.raises(ArgumentError, match=r"y is an int: derivatives need floats; write 2\.0 for 2"):
        quick(lambda x, y: x * y, 1.0, 2)


REFUSED = (
    (lambda x: np.stack([x, x]), (1.0,), {}, r"compare needs a scalar output, got shape \(2,\); use jacobian"),
    (lambda x: x, (float("nan"),), {}, "x holds nan: there is no derivative to compute; clean the data first"),
    (lambda x: x, (1.0,), {"argnums": 3}, "argnums=3: the call has 1 positional arguments"),
    (
        lambda x: x,
        (1.0,),
        {"methods": ("magic",)},
        "method 'magic' does not exist; choose among symbolic, closed-form, numeric",
    ),
)


@pytest.mark.parametrize(("f", "args", "options", "message"), REFUSED)
def test_what_no_method_could_answer_is_refused(f, args, options, message):
    with pytest.raises(ArgumentError, match=message):
        quick(f, *args, **options)


def test_expressions_and_functions_compare_equal():
    e = parse("log(x) + x*y - sin(y)")
    assert isinstance(e, Expression)
    a, b = quick(e, 2.0, 5.0), quick(f, 2.0, 5.0)
    assert a.subject.name == "log(x) + x * y - sin(y)"
    assert b.subject.name == "f"
    for x, y in zip(a.records, b.records, strict=True):
        assert (x.derivative, x.digits, x.tree_size, x.dag_size, x.flops) == (
            y.derivative,
            y.digits,
            y.tree_size,
            y.dag_size,
            y.flops,
        )


def test_a_stencil_too_long_to_count_is_said_to_be_so():
    x = np.linspace(0.1, 0.9, 3000)
    result = quick(lambda x: np.sum(np.sin(x) * np.cos(x)), x, methods=("numeric",), certify=False)
    assert result["numeric"].answered and result["numeric"].dag_size is None
    assert result.notes == (
        "numeric: sizes are not counted: the stencil would have 30000 nodes, and up to 20000 are counted",
    )


def test_a_function_that_only_knows_numbers_is_answered_by_numeric():
    result = quick(lambda x: x * x if float.is_integer(float(x)) or True else x, 3.0)
    assert result["autodiff"].reason.startswith("float() or math.* asks for the value of an abstract array")
    strange = quick(lambda x: x * x if hasattr(x, "is_integer") else {}["no key"], 3.0)
    assert strange["autodiff"].reason == "KeyError: 'no key'"
    assert strange["numeric"].derivative == pytest.approx(6.0, abs=1e-8)


def test_a_function_that_fails_everywhere_says_so_itself():
    with pytest.raises(KeyError, match="no key"):
        quick(lambda x: {}["no key"], 3.0)


def test_sizes_are_those_of_the_programs():
    """The derivative alone, without the value: what a method had to write down."""
    e = trace(f, 2.0, 5.0)
    record = quick(e, 2.0, 5.0)["autodiff"]
    assert record.dag_size == measure(autodiff.derive(e)).dag_size
    assert record.tree_size == measure(autodiff.derive(e)).tree_size
    assert record.flops == measure(autodiff.derive(e, value=True)).flops


def test_a_method_that_was_not_asked_is_named():
    with pytest.raises(KeyError, match="'numeric' was not asked; the methods are autodiff"):
        quick(f, 2.0, 5.0, methods=("autodiff",))["numeric"]


def test_every_method_of_the_table_answers_the_worked_example():
    result = quick(f, 2.0, 5.0, methods=tuple(METHODS))
    assert all(record.answered for record in result.records)
    assert len({round(record.derivative[1], 8) for record in result.records}) == 1


# -- JSON --------------------------------------------------------------------------------------------------------------

RECORD_KEYS = {
    "method": str,
    "reason": (str, type(None)),
    "value": (float, type(None)),
    "derivative": (list, type(None)),
    "error": (float, type(None)),
    "digits": (float, type(None)),
    "evaluations": (int, type(None)),
    "tree_size": (int, str, type(None)),
    "dag_size": (int, type(None)),
    "flops": (int, type(None)),
    "build_seconds": (float, type(None)),
    "run_seconds": (float, type(None)),
    "run_spread": (float, type(None)),
    "run_rounds": (int, type(None)),
    "run_repeats": (int, type(None)),
    "memory_bytes": (int, type(None)),
    "note": (str, type(None)),
}


def strict(text):
    """Read JSON that holds nothing but JSON."""

    def refuse(name):
        raise ValueError(name)

    return json.loads(text, parse_constant=refuse)


def test_json_has_its_schema():
    content = strict(compare(f, 2.0, 5.0).to_json())
    assert list(content) == ["format", "version", "function", "records", "certified", "notes"]
    assert (content["format"], content["version"]) == ("trigrad.comparison", 1)
    assert content["function"]["inputs"] == {"x": 2.0, "y": 5.0}
    assert content["certified"]["derivative"] == pytest.approx([5.5, 2 - np.cos(5.0)], abs=1e-15)
    for record in content["records"]:
        assert list(record) == list(RECORD_KEYS)
        for key, kind in RECORD_KEYS.items():
            assert isinstance(record[key], kind), key


def test_json_of_answers_that_are_not_finite_is_strict():
    content = strict(quick(lambda x: np.log(x), -1.0).to_json())
    assert [record["value"] for record in content["records"]] == ["nan"] * 3


def test_a_tie_is_called_a_tie():
    result = compare(f, 2.0, 5.0)
    same = Timing((1.0, 1.0, 1.0), 1)
    slower = Timing((3.0, 3.0, 3.0), 1)
    records = tuple(replace(r, run=slower if r.method == "numeric" else same) for r in result.records)
    text = " ".join(str(Comparison(result.subject, records, result.certificate)).split())
    assert "run time: symbolic and autodiff tie; numeric takes 3 times as long" in text
    assert "fastest" not in text


def test_what_was_measured_once_says_so():
    result = compare(f, 2.0, 5.0)
    runs = {"symbolic": 1.0, "numeric": 3.0, "autodiff": 2.0}
    records = tuple(replace(r, run=Timing((runs[r.method],), 1)) for r in result.records)
    text = " ".join(str(Comparison(result.subject, records, result.certificate)).split())
    assert (
        "run time: symbolic is the fastest; numeric takes 3 times as long; autodiff takes 2 times as long; "
        "measured once, so the spread is not known"
    ) in text

"""The table of claims: each holds, each can fail, and the ways to see it."""

import json
import re
from contextlib import nullcontext
from dataclasses import replace
from html.parser import HTMLParser
from importlib import import_module

import numpy as np
import pytest

import autodiff
import numeric
import symbolic
from compare.swelling import swell
from expression import Expression, operation, trace
from expression.errors import ArgumentError, MissingPackage
from expression.structure import tree_map
from lessons.claims import (
    CLAIMS,
    GROUPS,
    Claim,
    Measurement,
    adjoints,
    claims_markdown,
    costs,
    examine,
    generality,
    recording,
    rules,
    sizes,
    sweeping,
    using,
)
from lessons.claims.claim import CORRECTED, FAILS, HOLDS, LATER
from lessons.claims.report import HERE, WRITTEN, Claims, chosen, escaped, judged, naming_lessons
from trigrad.__main__ import main

BY_CODE = {claim.code: claim for claim in CLAIMS}
NEEDS_DATA = ("C18", "C19")
LOOSE = {"P1": "C25", "P2": "C6", "P3": "C12", "P4": "C26", "P5": "C27", "P6": "C8", "P7": "C10", "P8": "C33"}
A_BIT_OFF = 1.001


# -- engines that are wrong -------------------------------------------------------------------------------------------


def scaled(grad, by=A_BIT_OFF):
    """A grad whose answers are a bit off."""
    return lambda f, argnums=0, **options: lambda *args: tree_map(lambda x: by * x, grad(f, argnums, **options)(*args))


def twice(grad):
    """A grad that runs everything two times."""
    return lambda f, argnums=0: lambda *args: (grad(f, argnums)(*args), grad(f, argnums)(*args))[1]


def scaled_vjp(f, *primals):
    value, pullback = autodiff.api.vjp(f, *primals)
    return value, lambda y_bar: tree_map(lambda x_bar: A_BIT_OFF * x_bar, pullback(y_bar))


def forgetful(events_of):
    """The events of a sweep in which every node sends to its first operand alone."""
    return lambda f, args: [event._replace(contributions=event.contributions[:1]) for event in events_of(f, args)]


def with_events(change):
    """recorded_events, its events changed."""

    def recorded_events(f, args, original=adjoints.recorded_events):
        e, events = original(f, args)
        return e, change(events)

    return recorded_events


def scaled_gradient(self, target, sources, seed=None, original=autodiff.GradientTape.gradient):
    return tree_map(lambda x: A_BIT_OFF * x, original(self, target, sources, seed))


def seedless(self, seed=None, original=autodiff.Tensor.backward):
    original(self, None if seed is None else np.ones_like(seed))


@operation(partials=(lambda y, x: 2 / (1 + np.abs(x)) ** 2,))
def wrong_softsign(x):
    return x / (1 + np.abs(x))


def many_kinds(e, original=sizes.measure):
    found = original(e)
    return replace(found, op_count={str(k): 1 for k in range(found.dag_size)})


MUTANTS = (  # a claim, what is put in the place of what, and how it is wrong
    ("C1", autodiff, "grad", scaled(autodiff.grad), "gradients a bit off"),
    ("C2", recording, "trace", lambda f, *args: f, "a graph that is built anew at every call"),
    ("C2", recording, "branching", lambda x: x * x, "one list for every input"),
    ("C3", recording, "trace", lambda f, *args: trace(lambda *x: f(*x) * (1 + 1e-15), *args), "other bits"),
    ("C3", recording, "TABLE", {}, "operations that are in no table"),
    ("C4", Expression, "role", lambda self, i: "intermediate", "no leaves"),
    ("C5", Expression, "leaves_of", lambda self, i: (0,), "every node depends on the first"),
    ("C5", recording, "fails_without", lambda e, i, k: False, "edges that can be missed"),
    ("C6", autodiff, "grad", scaled(autodiff.grad), "rules a bit off"),
    (
        "C6",
        autodiff,
        "vjp",
        lambda f, x: (0.0, lambda y_bar: (autodiff.jacobian(f)(x),)),
        "a Jacobian in place of a VJP",
    ),
    ("C7", symbolic, "grad", scaled(symbolic.grad), "methods that differ"),
    ("C7", rules, "refused", lambda f: "", "an unknown operation that passes"),
    ("C8", autodiff, "derive", lambda e: trace(lambda x: x, 1.0), "other rules"),
    ("C8", autodiff, "grad", lambda f: lambda x: 1.0, "another answer at the kink"),
    ("C9", rules, "softsign", wrong_softsign, "a wrong rule"),
    ("C10", autodiff, "grad", twice(autodiff.grad), "a second forward sweep behind the reverse one"),
    ("C11", autodiff.Tensor, "backward", seedless, "a seed that does not count"),
    (
        "C12",
        sweeping,
        "reverse_events",
        lambda f, args, original=sweeping.reverse_events: original(f, args)[::-1],
        "forward",
    ),
    ("C12", sweeping, "by_recursion", lambda e: (4.0, len(e)), "recursion that would be right"),
    ("C13", adjoints, "reverse_events", forgetful(adjoints.reverse_events), "contributions that get lost"),
    (
        "C14",
        adjoints,
        "recorded_events",
        with_events(
            lambda events: [
                event._replace(partials=tuple(2 * p if p is not None else None for p in event.partials))
                for event in events
            ]
        ),
        "partials that are twice too large",
    ),
    ("C14", adjoints, "SAVED", (("sigmoid", 1, (False, (0,))),), "a sigmoid that keeps its operand"),
    ("C15", autodiff, "vjp", scaled_vjp, "pullbacks a bit off"),
    ("C16", autodiff, "grad", scaled(autodiff.grad), "gradients a bit off"),
    (
        "C16",
        adjoints,
        "small_engine",
        lambda e, args, combine, original=adjoints.small_engine: original(e, args, adjoints.overwrite),
        "= in both engines",
    ),
    (
        "C16",
        adjoints,
        "small_engine",
        lambda e, args, combine, original=adjoints.small_engine: original(e, args, adjoints.sum_up),
        "+= in both engines",
    ),
    ("C17", adjoints, "recorded_events", with_events(lambda events: events[:-1]), "a sweep that ends too early"),
    ("C18", using, "adam", lambda rate, *rest: autodiff.optimizers.adam(rate, 0.8), "Adam with another b1"),
    ("C19", autodiff, "grad", scaled(autodiff.grad, -1.0), "a step to the wrong side"),
    ("C20", autodiff, "grad", scaled(autodiff.grad), "gradients a bit off"),
    ("C20", autodiff, "derive", lambda e: trace(lambda x: x, 1.0), "no derivative at all"),
    ("C21", sizes, "measure", many_kinds, "an operation for every node"),
    ("C22", autodiff, "grad", twice(autodiff.grad), "rules that are asked twice"),
    ("C23", sizes, "swell", lambda *args: swell("repeated_squaring", (4,)), "no derivative of 10^1000 nodes there"),
    ("C24", autodiff.GradientTape, "gradient", scaled_gradient, "gradients a bit off"),
    ("C25", autodiff, "derive", numeric.derive, "a gradient of 2n copies of f"),
    ("C26", numeric, "grad", lambda f, original=numeric.grad, **o: original(f, **{**o, "scheme": "five_point"}), "4n"),
    ("C27", costs, "swell", lambda family, ns: swell("repeated_squaring", ns), "another family"),
    ("C28", autodiff, "grad", numeric.grad, "differences across the switch"),
    ("C29", autodiff, "grad", scaled(autodiff.grad), "gradients a bit off"),
    ("C29", autodiff, "vjp", scaled_vjp, "pullbacks that a loop multiplies up"),
    ("C30", autodiff, "hessian", scaled(autodiff.hessian), "second derivatives a bit off"),
    ("C31", generality, "compare", lambda *args, **options: replace_notes(), "a checker that sees nothing"),
    ("C32", autodiff, "detect_anomaly", nullcontext, "an infinity that nobody names"),
    ("C33", autodiff, "grad", scaled(autodiff.grad), "gradients a bit off"),
    ("C34", autodiff, "grad", scaled(autodiff.grad), "gradients a bit off"),
    ("C35", autodiff.GradientTape, "gradient", scaled_gradient, "faces that differ"),
)


def replace_notes():
    """A comparison that found nothing."""
    return type("Comparison", (), {"notes": ()})()


@pytest.mark.parametrize("code", BY_CODE)
def test_every_claim_holds(code):
    finding = judged(BY_CODE[code])
    assert finding.verdict == (CORRECTED if code in LOOSE.values() else HOLDS), finding.found


@pytest.mark.parametrize(("code", "owner", "name", "wrong", "how"), MUTANTS, ids=[f"{m[0]}-{m[4]}" for m in MUTANTS])
def test_a_wrong_engine_fails_the_claim(monkeypatch, code, owner, name, wrong, how):
    monkeypatch.setattr(using, "trained", using.trained.__wrapped__)  # nothing of this is kept
    monkeypatch.setattr(owner, name, wrong)
    assert judged(BY_CODE[code]).verdict == FAILS


def test_every_claim_is_seen_to_fail():
    assert {mutant[0] for mutant in MUTANTS} == set(BY_CODE)


# -- the catalogue ----------------------------------------------------------------------------------------------------


def test_there_are_35_claims_in_their_order():
    assert [claim.code for claim in CLAIMS] == [f"C{k}" for k in range(1, 36)]
    assert sum(len(group.claims) for group in GROUPS) == 35


@pytest.mark.parametrize("code", BY_CODE)
def test_a_claim_says_what_it_takes_and_where_it_is_shown(code):
    claim = BY_CODE[code]
    assert claim.sentence.endswith(".") and not claim.requirement.endswith(".")
    assert 1 <= claim.lesson <= 16 and claim.figure


@pytest.mark.parametrize("code", BY_CODE)
def test_a_figure_is_a_call_of_something_that_exists(code):
    for name in re.findall(r"(?:(?<=^)|(?<=[ (]))([a-z_.]+)\(", BY_CODE[code].figure):
        owners = {"compare": "compare", "expression": "expression.Expression", "tape": "autodiff.GradientTape"}
        owner, _, attribute = name.rpartition(".")
        if name == "print":
            continue
        if owner in owners:
            module, _, thing = owners[owner].partition(".")
            place = getattr(import_module(module), thing) if thing else import_module(module)
            assert hasattr(place, attribute), name
        else:
            assert any(hasattr(import_module(room), name) for room in ("compare", "expression", "autodiff")), name


# -- the verdict ------------------------------------------------------------------------------------------------------


def claim_that(measure):
    return Claim("C1", "A sentence.", "something", measure, 1, "compare(f, x)")


def stops():
    raise ArgumentError("x is an int")


def lacks_data():
    raise MissingPackage("the digits come with scikit-learn; run: pip install 'trigrad[course]'")


@pytest.mark.parametrize(
    ("measure", "verdict", "found"),
    [
        (lambda: Measurement("1 = 1", True), HOLDS, "1 = 1"),
        (lambda: Measurement("1 = 1", True, {}, "or nearly"), CORRECTED, "1 = 1"),
        (lambda: Measurement("1 = 2", False, {}, "or nearly"), FAILS, "1 = 2"),
        (stops, FAILS, "it stops: x is an int"),
        (lacks_data, LATER, "not measured: the digits come with scikit-learn"),
    ],
)
def test_a_verdict_follows_from_the_measurement(measure, verdict, found):
    finding = judged(claim_that(measure))
    assert finding.verdict == verdict
    assert finding.found.startswith(found)


@pytest.mark.parametrize("code", NEEDS_DATA)
def test_without_its_data_a_claim_is_not_judged(monkeypatch, code):
    using.trained.cache_clear()
    monkeypatch.setattr(using, "digits_data", lacks_data)
    finding = judged(BY_CODE[code])
    assert finding.verdict == LATER and "scikit-learn" in finding.found


def test_the_first_claim_needs_no_data(monkeypatch):
    monkeypatch.setattr(recording, "digits_data", lacks_data)
    finding = judged(BY_CODE["C1"])
    assert finding.verdict == HOLDS and "needs scikit-learn" in finding.found


# -- the report -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report():
    return examine(["C8", "C16", "C12", "C23"])


def test_codes_are_taken_in_any_case_and_order(report):
    assert [finding.claim.code for finding in report.findings] == ["C8", "C12", "C16", "C23"]
    assert [finding.claim.code for finding in examine(["c16", " c8"]).findings] == ["C8", "C16"]


def test_a_lesson_has_its_claims():
    naming = {"C16": (6, 7), "C18": (7,)}
    assert [claim.code for claim in chosen((), 6, naming) if claim.code in naming] == ["C16"]
    assert [claim.code for claim in chosen(["C16", "C18"], 7, naming)] == ["C16", "C18"]
    assert [claim.code for claim in chosen((), 12, {})] == ["C19"]  # no lesson names it yet


@pytest.mark.parametrize(
    ("codes", "lesson", "message"),
    [
        (["C36"], None, "there is no claim 'C36'; they are C1 to C35"),
        (["16"], None, "there is no claim '16'; they are C1 to C35"),
        ([""], None, "there is no claim ''; they are C1 to C35"),
        ([], 99, "lesson 99 shows no claim; those that do are"),
        (["C16"], 12, "no claim of these is shown in lesson 12"),
    ],
)
def test_what_there_is_not_is_refused_by_name(codes, lesson, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        examine(codes, lesson=lesson)


def test_json_is_strict_and_holds_the_numbers(report):
    content = json.loads(report.to_json(), parse_constant=lambda name: pytest.fail(name))
    assert content["format"] == "trigrad.claims" and content["counts"] == {HOLDS: 2, CORRECTED: 2}
    by_code = {row["code"]: row for row in content["claims"]}
    assert by_code["C16"]["data"]["x*x"]["="] == [3.0]
    assert by_code["C12"]["data"]["visits"][-1] == 4096
    assert by_code["C16"]["lesson_to_come"] is None and 6 in by_code["C16"]["lessons"]
    assert by_code["C12"]["correction"] and by_code["C16"]["correction"] is None
    assert len(by_code["C23"]["data"]["tree"]) == 1001


def test_the_text_fits_in_100_columns(report):
    text = str(report)
    assert max(map(len, text.splitlines())) <= 100
    for finding in report.findings:
        assert all(word in text for word in finding.claim.sentence.split())
    assert text.endswith("4 claims, measured now. holds: 2; holds, corrected: 2.")


@pytest.mark.parametrize("width", [30, 48, 60, 80, 140])
def test_a_terminal_of_any_width_holds_it(report, width):
    from io import StringIO

    from rich.console import Console

    out = StringIO()
    Console(file=out, width=width, force_terminal=True, color_system=None).print(report)
    assert max(map(len, out.getvalue().splitlines())) <= width
    assert "C16" in out.getvalue()


def test_markdown_has_as_many_cells_in_every_row(report):
    rows = [line for line in report.to_markdown().splitlines() if line.startswith("|")]
    assert len(rows) == 4 + 2 * len(report.groups())
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


@pytest.mark.parametrize(
    ("text", "written"),
    [("a|b", r"a\|b"), ("2**n", r"2\*\*n"), ("<y_bar>", r"&lt;y\_bar&gt;"), ("10$ `x`", r"10\$ \`x\`")],
)
def test_text_stands_in_markdown_as_it_is(text, written):
    assert escaped(text) == written


def test_html_is_balanced(report):
    class Balance(HTMLParser):
        depth = 0

        def handle_starttag(self, tag, attrs):
            self.depth += 1

        def handle_endtag(self, tag):
            self.depth -= 1

    parser = Balance()
    parser.feed(report._repr_html_())
    assert parser.depth == 0 and repr(report) == "<Claims: 4 claims, measured now. holds: 2; holds, corrected: 2.>"


def test_the_lessons_that_name_a_claim_are_found():
    for code, lessons in naming_lessons().items():
        assert code in BY_CODE
        assert all(code in next(HERE.glob(f"{k:02d}_*.md")).read_text(encoding="utf-8") for k in lessons)


def test_a_lesson_that_is_written_names_the_claims_that_it_shows():
    naming = naming_lessons()
    for claim in CLAIMS:
        assert claim.lesson not in WRITTEN or claim.lesson in naming.get(claim.code, ()), claim.code


def test_where_a_claim_is_shown_is_said_of_lessons_that_are_there_and_of_those_to_come():
    places = Claims((), {"C16": (6, 7), "C18": (7,)})
    assert [places.place(BY_CODE[code]) for code in ("C16", "C18", "C19")] == [
        "lessons 6, 7",
        "lessons 7, 11 to come",
        "lesson 12 to come",
    ]


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_command_prints_the_table_and_succeeds(capsys):
    assert main(["claims", "c16"]) == 0
    out, err = capsys.readouterr()
    assert "C16" in out and "with += right on 5 of 5" in out and not err


@pytest.mark.parametrize("form", ["--json", "--markdown"])
def test_the_command_prints_other_forms(capsys, form):
    assert main(["claims", "C16", form]) == 0
    out = capsys.readouterr().out
    assert json.loads(out)["counts"] == {HOLDS: 1} if form == "--json" else out.startswith("1 claim, measured now.")


@pytest.mark.parametrize("given", [["C99"], ["--lesson", "99"], ["--lesson", "x"], ["--json", "--markdown"]])
def test_the_command_refuses_in_one_line(capsys, given):
    assert main(["claims", *given]) == 2
    out, err = capsys.readouterr()
    assert not out and err.startswith("trigrad: error: ") and err.count("\n") == 1


def test_the_command_fails_where_a_claim_does(capsys, monkeypatch):
    monkeypatch.setattr(autodiff, "grad", scaled(autodiff.grad))
    assert main(["claims", "C16"]) == 1
    assert "fails: 1" in capsys.readouterr().out


def test_the_whole_table_is_made_as_markdown(monkeypatch):
    from lessons.claims import report as module

    monkeypatch.setattr(module, "CLAIMS", CLAIMS[15:17])
    assert claims_markdown().count("| **C") == 2

"""Tables as text, as styled text and as HTML; numbers in words."""

import json
from html.parser import HTMLParser
from io import StringIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from compare.tables import Table, to_html, to_text
from compare.wording import digit_count, integer, json_ready, log10_of, memory, number, plural, seconds

TABLE = Table(
    "three methods",
    ("method", "value", "digits"),
    (("symbolic", "1.5", "exact"), ("numeric", "1.5000001", "7.0"), ("autodiff", "too large for a list of nodes")),
    ("a note",),
    ("what the columns mean",),
)

HUGE = (7, 10**15 - 1, 10**15, 10**1000, 10**1000 - 1, 3**20000, 2**53 + 1)


def test_columns_are_aligned_and_a_short_row_runs_on():
    assert to_text(TABLE).splitlines() == [
        "three methods",
        "method        value  digits",
        "symbolic        1.5   exact",
        "numeric   1.5000001     7.0",
        "autodiff  too large for a list of nodes",
        "a note",
        "what the columns mean",
    ]


@pytest.mark.parametrize("width", [24, 40, 60, 200])
def test_no_line_is_wider_than_its_place_and_nothing_is_lost(width):
    text = to_text(TABLE, width)
    assert max(map(len, text.splitlines())) <= width
    for row in TABLE.rows:
        for cell in row:
            assert all(word in text for word in cell.split())


def test_a_table_too_wide_for_its_place_becomes_one_block_a_row():
    assert to_text(TABLE, 24).splitlines()[1:6] == [
        "symbolic",
        "  value   1.5",
        "  digits  exact",
        "numeric",
        "  value   1.5000001",
    ]


PROSE = Table(
    "", ("claim", "verdict", "found"), (("C1", "holds", "many words " * 12), ("", "", "more words")), prose=True
)


def test_prose_in_the_last_column_wraps_at_its_place():
    lines = to_text(PROSE).splitlines()
    assert lines[1].startswith("C1       holds  many words") and max(map(len, lines)) <= 100
    assert lines[2].startswith((" " * 16 + "many", " " * 16 + "words"))
    assert lines[-1] == " " * 16 + "more words"


@pytest.mark.parametrize("width", [20, 32, 45, 46, 80])
def test_prose_fits_in_its_place_and_has_the_whole_width_where_that_is_narrow(width):
    lines = to_text(PROSE, width).splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(lines).split().count("many") == 12
    assert (lines[0] == "C1") == (width < 46)  # two columns, two gaps, and 30 to read in


def test_a_rich_console_prints_the_same_words_within_its_width():
    out = StringIO()
    Console(file=out, width=200, force_terminal=True).print(TABLE)
    assert "\x1b[" in out.getvalue()
    plain = StringIO()
    Console(file=plain, width=200, no_color=True).print(TABLE)
    assert [line.rstrip() for line in plain.getvalue().splitlines()] == to_text(TABLE, 200).splitlines()


def test_html_is_balanced_escaped_and_spans_the_columns_of_a_short_row():
    html = to_html(Table("", ("a", "b & c"), (("<x>", "1"), ("only",))))
    assert "&lt;x&gt;" in html and "b &amp; c" in html
    assert 'colspan="2"' in html
    open_tags = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag, attrs):
            open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Balance().feed(html)
    assert open_tags == []


@pytest.mark.parametrize("n", HUGE, ids=lambda n: f"{n.bit_length()} bits")
def test_integers_of_any_size_are_counted_by_digits(n):
    digits = digit_count(n)
    assert 10 ** (digits - 1) <= n < 10**digits
    assert digit_count(-n) == digits
    assert log10_of(n) == pytest.approx(digits - 1, abs=1.0 + 1e-12)


@given(st.integers(0, 10**40), st.integers(0, 6000))
@settings(deadline=None, max_examples=100)
def test_counted_digits_are_those_of_the_decimal_system(n, zeros):
    n = n * 10**zeros
    digits = digit_count(n)
    assert n < 10**digits and (digits == 1 or 10 ** (digits - 1) <= n)
    assert json_ready([n])[0] in (n, f"{n // 10**zeros}{'0' * zeros}")


@given(st.lists(st.lists(st.text("ab c", max_size=9), min_size=1, max_size=3), max_size=5), st.integers(24, 60))
@settings(deadline=None, max_examples=100)
def test_any_table_fits_its_place(rows, width):
    """Words of up to nine letters, names and headers: none is too long for 24 columns."""
    table = Table("t" * 5, ("name", "second", "third"), tuple(map(tuple, rows)), ("a note of some words",))
    assert max(map(len, to_text(table, width).splitlines())) <= width


def test_integers_are_written_out_or_by_their_leading_digits():
    assert integer(41473) == "41,473"
    assert integer(10**1003) == "1.00e1003 (1004 digits)"
    assert integer(-(10**20)) == "-1.00e20 (21 digits)"
    assert integer(2**100000) == "9.99e30102 (30103 digits)"


def test_numbers_have_sixteen_digits_and_units():
    assert [number(x) for x in (5.5, 1 / 3, 1e300, float("inf"))] == ["5.5", "0.3333333333333333", "1e+300", "inf"]
    assert [seconds(t) for t in (2.0, 0.0123456, 1.2e-5, 5e-9, 1e-12)] == [
        "2 s",
        "12.3 ms",
        "12 µs",
        "5 ns",
        "0.001 ns",
    ]
    assert [memory(n) for n in (0, 999, 1000, 45_600_000)] == ["0 B", "999 B", "1 kB", "45.6 MB"]
    assert plural(1, "node") == "1 node" and plural(3, "entry") == "3 entries"


def test_json_is_strict_and_holds_integers_exactly():
    ready = json_ready({"n": [2**53, 2**53 + 1, 10**5000], "x": (np.nan, -np.inf, 0.5), "a": np.eye(2), "t": True})
    assert json.loads(json.dumps(ready, allow_nan=False)) == {
        "n": [2**53, "9007199254740993", "1" + "0" * 5000],
        "x": ["nan", "-inf", 0.5],
        "a": [[1.0, 0.0], [0.0, 1.0]],
        "t": True,
    }

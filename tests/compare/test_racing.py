"""A race: its words follow from the measured quartiles, and nothing else."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare import race
from compare.racing import Race, Runner, sentence, shared_digits, span
from compare.timing import MINIMUM, Ratio, Timing
from expression.errors import ArgumentError
from tests.compare.test_timing import Clock

POSITIVE = st.floats(1e-3, 1e5)


def made_up(**rounds):
    """A race with these rounds, against the first."""
    runners = tuple(Runner(name, Timing(found, 1), None) for name, found in rounds.items())
    return Race(runners, runners[0].name)


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (Ratio(20.4, 19.6, 21.2), "numeric takes 19 to 22 times as long as reverse mode"),
        (Ratio(2.0, 2.0, 2.0), "numeric takes 2 times as long as reverse mode"),
        (Ratio(1.5, 1.31, 1.62), "numeric takes 1.3 to 1.7 times as long as reverse mode"),
        (Ratio(0.05, 0.04, 0.0625), "reverse mode takes 16 to 25 times as long as numeric"),
        (Ratio(1.19, 1.18, 1.2), "numeric and reverse mode: a tie"),
        (Ratio(3.0, 0.9, 5.0), "numeric and reverse mode: a tie"),
        (Ratio(1234.0, 1201.0, 1299.0), "numeric takes 1,200 to 1,300 times as long as reverse mode"),
    ],
)
def test_a_sentence_says_what_the_quartiles_say(ratio, expected):
    assert sentence("numeric", "reverse mode", ratio) == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(POSITIVE, min_size=3, max_size=3).map(sorted))
def test_no_word_contradicts_a_number(found):
    """Whoever is said to take longer does, and every quartile lies between the two numbers that are said."""
    low, value, high = found
    ratio = Ratio(value, low, high)
    said = sentence("a", "b", ratio)
    if ratio.verdict == "tie":
        assert said == "a and b: a tie"
        return
    longer, between, shorter = re.fullmatch(r"(\w) takes (.*) times as long as (\w)", said).groups()
    assert (longer, shorter) == (("a", "b") if value > 1 else ("b", "a"))
    numbers = [float(x.replace(",", "")) for x in between.split(" to ")]
    least, most = (low, high) if value > 1 else (1 / high, 1 / low)
    assert numbers[0] <= least * (1 + 1e-9) and most * (1 - 1e-9) <= numbers[-1]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        *((9.99, 10.01, "9.9 to 11"), (0.119, 0.121, "0.11 to 0.13"), (100.0, 100.0, "100")),
        *((99.0, 101.0, "99 to 110"), (2.0, 2.0, "2"), (1e-3, 2e-3, "0.001 to 0.002")),
    ],
)
def test_spans_are_rounded_outwards(low, high, expected):
    assert span(low, high) == expected


def test_drift_of_the_machine_changes_no_sentence():
    drift = np.array([1.0, 1.3, 1.7, 2.2, 3.0])
    found = made_up(f=tuple(drift), gradient=tuple(3 * drift))
    assert found.sentences == ("gradient takes 3 times as long as f",)


def test_nothing_is_told_from_one_round_or_two():
    found = made_up(f=(1.0,), gradient=(3.0,))
    assert found.sentences == ("gradient and f: cannot be told after 1 round; give a larger budget",)
    assert found.verdict("gradient") == "tie"
    assert made_up(f=(1.0, 1.0), gradient=(3.0, 3.0)).verdict("gradient") == "tie"
    assert made_up(f=(1.0,) * 3, gradient=(3.0,) * 3).verdict("gradient") == "slower"


# -- running -----------------------------------------------------------------------------------------------------------


def test_functions_are_timed_in_turn_and_compared_with_the_chosen_one():
    clock = Clock()
    functions = {
        "f": clock.function("f", MINIMUM),
        "slow": clock.function("s", 5 * MINIMUM),
        "same": clock.function("=", MINIMUM),
    }
    found = race(functions, clock=clock, rounds=3, against="same", answers=False)
    assert "".join(clock.calls) == "fs=" + "fs=" + "=sf" + "fs="  # to calibrate, then there and back
    assert found.sentences == ("f and same: a tie", "slow takes 5 times as long as same")
    assert (found.verdict("f"), found.verdict("slow")) == ("tie", "slower")
    assert found["slow"].seconds == pytest.approx(5 * MINIMUM)


def test_other_answers_are_warned_of():
    x = np.linspace(0.1, 1.0, 7)
    functions = {
        "double": lambda: np.sin(x),
        "again": lambda: np.sin(x),
        "single": lambda: np.sin(x.astype(np.float32)),
        "text": lambda: "no number",
    }
    found = race(functions, rounds=1)
    digits = {runner.name: runner.digits for runner in found.runners}
    assert digits["again"] > 15 and 6 < digits["single"] < 8 and digits["text"] is None
    assert [warning[:39] for warning in found.warnings] == ["single has another answer than double: "]
    assert found.warnings[0] in str(found).replace("\n  ", " ")


def test_functions_that_mean_different_things_need_not_agree():
    found = race({"f": lambda: 1.0, "gradient": lambda: 2.0}, rounds=1, answers=False)
    assert found.warnings == ()
    assert "same digits" not in found.table().headers
    assert "same digits" in race({"f": lambda: 1.0, "g": lambda: 2.0}, rounds=1).table().headers


@pytest.mark.parametrize(
    ("a", "b", "digits"),
    [
        (1.0, 1.0, 15.9),
        ((1.0, [2.0]), (1.0, [2.0]), 15.9),
        (float("nan"), float("nan"), 15.9),
        (1.0, float("nan"), 0.0),
        (0.0, 5.0, 0.0),
        (1e-12, 2e-12, 12.0),  # beside 1, absolutely
        (1.0, 1.0 + 2e-6, 6.0),
        (1.0, (1.0, 1.0), None),
        ("one", 1.0, None),
    ],
)
def test_digits_in_common(a, b, digits):
    found = shared_digits(a, b)
    assert found is None if digits is None else found == pytest.approx(digits, abs=1e-4)


def test_a_race_of_one_and_an_unknown_rival_are_refused():
    with pytest.raises(ArgumentError, match="race needs at least two functions, got 1"):
        race({"alone": lambda: None})
    with pytest.raises(ArgumentError, match="against='c' does not run; there are a, b"):
        race({"a": lambda: None, "b": lambda: None}, against="c")


# -- showing -----------------------------------------------------------------------------------------------------------


def test_the_table_has_a_row_for_each_and_the_sentences_below():
    found = made_up(f=(1e-3, 1e-3, 1e-3), gradient=(2e-3, 2.2e-3, 2.4e-3))
    lines = str(found).splitlines()
    assert lines[0] == "race against f: 3 rounds, in turn"
    assert lines[2].split() == ["f", "1", "ms", "1"]
    assert lines[3].split() == ["gradient", "2.2", "ms", "2.2", "2.1", "to", "2.3"]
    assert lines[4] == "gradient takes 2.1 to 2.3 times as long as f"
    assert "<td" in found._repr_html_()
    assert repr(found) == "<Race of 2 functions against f>"


def test_a_race_has_strict_json():
    content = json.loads(made_up(f=(1.0, 1.0, 1.0), gradient=(2.0, 3.0, 4.0)).to_json())
    assert (content["format"], content["against"]) == ("trigrad.race", "f")
    assert content["runners"][1]["quartiles"] == [2.5, 3.5]
    assert content["runners"][1]["verdict"] == "slower"
    assert content["sentences"] == ["gradient takes 2.5 to 3.5 times as long as f"]

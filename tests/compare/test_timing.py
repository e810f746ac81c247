"""Timing, under a clock that the test turns."""

import pytest

from compare.timing import BUDGET, MINIMUM, Ratio, Timing, paired_ratio, time_together, timed


class Clock:
    """A clock that only moves when a function under test says so."""

    def __init__(self):
        self.now = 0.0
        self.calls = []

    def __call__(self):
        return self.now

    def function(self, name, *seconds):
        """A function that takes these seconds, call by call, and the last of them ever after."""
        left = list(seconds)

        def run():
            self.calls.append(name)
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return run


@pytest.fixture
def clock():
    return Clock()


def test_repeats_double_until_a_round_is_measurable(clock):
    timing = time_together({"f": clock.function("f", MINIMUM / 5)}, rounds=3, clock=clock)["f"]
    assert timing.repeats == 8  # 5 calls would do, and repeats are powers of two
    assert timing.seconds == pytest.approx(MINIMUM / 5)
    assert len(timing.rounds) == 3
    assert timing.spread == pytest.approx(0)


def test_rounds_are_interleaved(clock):
    functions = {name: clock.function(name, MINIMUM) for name in "ab"}
    time_together(functions, rounds=3, clock=clock)
    assert "".join(clock.calls) == "ab" + "ab" * 3  # one call each to calibrate, then turn by turn


def test_every_other_round_may_run_in_reverse_order(clock):
    functions = {name: clock.function(name, MINIMUM) for name in "abc"}
    timings = time_together(functions, rounds=3, clock=clock, turning=True)
    assert "".join(clock.calls) == "abc" + "abc" + "cba" + "abc"
    assert [len(t.rounds) for t in timings.values()] == [3, 3, 3]


def test_what_is_done_before_a_turn_is_not_timed(clock):
    functions = {name: clock.function(name, MINIMUM) for name in "ab"}
    timings = time_together(functions, rounds=3, clock=clock, before=clock.function("-", 5 * MINIMUM), budget=100)
    assert "".join(clock.calls) == "ab" + "-a-b" * 3
    assert timings["a"].rounds + timings["b"].rounds == pytest.approx((MINIMUM,) * 6)


def test_slow_functions_get_fewer_rounds(clock):
    functions = {"slow": clock.function("slow", 0.4 * BUDGET), "quick": clock.function("quick", MINIMUM)}
    timings = time_together(functions, clock=clock)
    assert {name: len(t.rounds) for name, t in timings.items()} == {"slow": 3, "quick": 3}


def test_functions_beyond_the_budget_are_called_once_and_no_more(clock):
    functions = {"slow": clock.function("slow", 2 * BUDGET), "quick": clock.function("quick", 2 * MINIMUM)}
    timings = time_together(functions, clock=clock)
    assert timings["slow"].rounds == (2 * BUDGET,)
    assert timings["quick"].rounds == pytest.approx((2 * MINIMUM,))
    assert clock.calls == ["slow", "quick"]


def test_one_outlier_does_not_move_the_median(clock):
    seconds = [MINIMUM, MINIMUM, MINIMUM, 50 * MINIMUM, MINIMUM]
    timing = time_together({"f": clock.function("f", *seconds)}, rounds=5, clock=clock)["f"]
    assert timing.seconds == pytest.approx(MINIMUM)


def test_the_ratio_is_paired_within_rounds():
    """A machine that slows down by half as it goes must not change the ratio."""
    drift = [1.0, 1.2, 1.5, 1.7, 2.0]
    ratio = paired_ratio(Timing(tuple(3 * d for d in drift), 1), Timing(tuple(drift), 1))
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((3, 3, 3))
    assert ratio.verdict == "slower"


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        (Ratio(1.19, 1.15, 1.2), "tie"),  # under 1.2, however sure
        (Ratio(0.84, 0.83, 0.85), "tie"),
        (Ratio(1.5, 0.9, 1.9), "tie"),  # the noise covers the difference
        (Ratio(1.3, 1.2, 1.4), "slower"),
        (Ratio(0.5, 0.4, 0.6), "faster"),
    ],
)
def test_a_tie_is_what_noise_or_drift_covers(ratio, verdict):
    assert ratio.verdict == verdict


def test_building_is_timed_once(clock):
    assert timed(clock.function("build", 0.25), clock) == (None, 0.25)
    assert clock.calls == ["build"]


def test_ratios_of_unequal_rounds_are_refused():
    with pytest.raises(ValueError, match="argument 2 is longer"):
        paired_ratio(Timing((1.0,), 1), Timing((1.0, 2.0), 1))

"""What is asked of every argument: whether it holds nan, told from its sum of squares or its least entry."""

import numpy as np
import pytest

from expression import ArgumentError
from expression.structure import ONE_THREAD, holds_nan, point

HUGE = np.finfo(float).max


@pytest.mark.parametrize(
    "x",
    [
        np.array([HUGE, -HUGE, 1.0]),  # the sum of squares overflows
        np.array([np.inf, -np.inf, 0.0]),
        np.zeros((0, 3)),
        np.arange(16.0).reshape(4, 4)[::2, ::-1],
        np.full(3, 6e4, dtype=np.float16),
        np.float32(3e38),
        np.float64(-0.0),
    ],
    ids=repr,
)
def test_no_nan_is_seen_where_there_is_none(x):
    assert holds_nan(x) is False


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("beside", [0.0, np.inf, 1.0])
def test_a_nan_is_seen_wherever_it_stands(dtype, beside):
    for place in np.ndindex(3, 4):
        x = np.full((3, 4), beside, dtype=dtype)
        x[place] = np.nan
        assert holds_nan(x)
        assert holds_nan(x[:, ::-1].T)
    with pytest.raises(ArgumentError, match="x holds nan"):
        point(lambda x: x, (x,))


@pytest.mark.parametrize("size", [ONE_THREAD, ONE_THREAD + 1])
def test_long_arrays_are_asked_in_another_way_with_the_same_answer(size):
    x = np.full(size, np.inf)
    x[0] = -HUGE
    assert not holds_nan(x)
    x[-1] = np.nan
    assert holds_nan(x)

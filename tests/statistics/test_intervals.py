"""Laws of membership in intervals."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics.intervals import within

_WHOLE = st.integers(-50, 10**15)


@given(st.lists(_WHOLE, max_size=30), st.lists(st.tuples(_WHOLE, st.integers(0, 10**6)), max_size=12))
def test_a_value_lies_within_when_it_lies_in_one_of_the_intervals(
    values: list[int], intervals: list[tuple[int, int]]
) -> None:
    """However the intervals lie to each other, a value is within exactly when some interval holds it."""
    bounds = [(low, low + more) for low, more in intervals]
    values += [bound for one in bounds for bound in (one[0] - 1, *one, one[1] + 1)]
    lows, highs = [low for low, _ in bounds], [high for _, high in bounds]
    found = within(np.array(values, np.int64), lows, highs)
    assert found.tolist() == [any(low <= value <= high for low, high in bounds) for value in values]

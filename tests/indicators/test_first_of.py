"""A case begins with what belongs to it, not with a stray message in its ranges long before."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.indicators.intervals import first_of

DAY_S = 86_400.0


@given(st.lists(st.floats(1, 3_600), min_size=3, max_size=60), st.integers(0, 2), st.floats(2, 30))
def test_stragglers_do_not_move_the_start(gaps_s: list[float], stragglers: int, days: float) -> None:
    """One or two messages days before the others leave the start where it is without them."""
    case = np.cumsum([0.0, *gaps_s])
    before = -days * DAY_S - 600.0 * np.arange(stragglers)[::-1]
    assert first_of(np.concatenate([before, case])) == stragglers


@given(st.lists(st.floats(0, 3_600), min_size=2, max_size=10), st.floats(1, 30))
def test_a_first_try_belongs_to_the_case(gaps_s: list[float], days: float) -> None:
    """Three messages or more together, days before the rest, are where the case begins: somebody tried it out."""
    first = np.cumsum([0.0, *gaps_s])
    rest = first[-1] + days * DAY_S + 10.0 * np.arange(20)
    assert first_of(np.concatenate([first, rest])) == 0


def test_a_case_of_few_messages_begins_with_its_first() -> None:
    """Where nothing is a group there is nothing to be a straggler of."""
    assert first_of(np.array([5.0])) == 0
    assert first_of(np.array([0.0, 5 * DAY_S, 11 * DAY_S, 20 * DAY_S])) == 0

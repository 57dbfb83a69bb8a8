"""A case is its own messages: neither a stray one in its ranges long before nor those that always come there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from checkvalve.indicators.intervals import begun_at, ended_at, first_of

HOUR_S, DAY_S = 3_600.0, 86_400.0
A_DAY = 20.0
"""So many honest messages a day come to the ranges."""


def usual(seed: int, days: float = 2.0) -> NDArray[np.float64]:
    """Honest messages before a case that begins at zero."""
    return -np.sort(np.random.default_rng(seed).uniform(0, days * DAY_S, round(A_DAY * days)))[::-1]


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


@pytest.mark.parametrize("every_s", [1.0, 10.0, 120.0])
def test_a_burst_is_bounded_by_itself_where_others_come_anyway(every_s: float) -> None:
    """In 19 of 20 cases what is added at its bounds came within the hour, though honest messages come all day."""
    burst = every_s * np.arange(60)
    beside = [usual(seed) for seed in range(200)]
    begins = [np.concatenate([before, burst]) for before in beside]
    early_s = [-float(at_s[begun_at(at_s, A_DAY / DAY_S)]) for at_s in begins]
    ends = [np.concatenate([-burst[::-1], -before[::-1]]) for before in beside]
    late_s = [float(at_s[ended_at(at_s, A_DAY / DAY_S)]) for at_s in ends]
    for beyond_s in (early_s, late_s):
        assert min(beyond_s) >= 0
        assert np.mean(np.array(beyond_s) <= HOUR_S) >= 0.95


@given(st.integers(0, 10_000))
def test_what_nobody_else_would_bring_belongs_to_the_case(seed: int) -> None:
    """A few messages hours before the burst belong to it, in ranges that get one a month otherwise."""
    tries = -np.sort(np.random.default_rng(seed).uniform(600, 5 * 3600, 3))[::-1]
    assert begun_at(np.concatenate([tries, 5.0 * np.arange(60)]), 1 / (30 * DAY_S)) == 0


@pytest.mark.parametrize("seed", range(200))
def test_a_case_as_dense_as_usual_keeps_its_bounds(seed: int) -> None:
    """Where nothing stands out of what always comes, the first and the last message bound the case."""
    at_s = usual(seed, days=3.0)
    assert begun_at(at_s, A_DAY / DAY_S) == first_of(at_s)
    assert ended_at(at_s, A_DAY / DAY_S) == len(at_s) - 1


@given(st.integers(0, 10_000), st.floats(-1e9, 1e9))
def test_bounds_do_not_depend_on_the_date(seed: int, moved_s: float) -> None:
    """All times moved by the same, the bounds stay; and turned round, the end is the beginning."""
    at_s = np.round(np.concatenate([usual(seed), 10.0 * np.arange(60)]))
    bounds = [of(at_s + round(moved_s), A_DAY / DAY_S) for of in (begun_at, ended_at)]
    assert bounds == [of(at_s, A_DAY / DAY_S) for of in (begun_at, ended_at)]


def test_where_nobody_knows_what_is_usual_stragglers_alone_are_left_out() -> None:
    """Without a past the first group bounds the case, and its last message."""
    at_s = np.concatenate([[-30 * DAY_S], usual(1), 10.0 * np.arange(60)])
    assert begun_at(at_s, None) == first_of(at_s) == 1
    assert ended_at(at_s, None) == len(at_s) - 1


@pytest.mark.parametrize("tick_s", [1.0, 60.0])
@pytest.mark.parametrize("an_hour", [4, 20, 60])
def test_messages_of_one_moment_are_as_far_apart_as_the_clock_tells(tick_s: float, an_hour: int) -> None:
    """Where times are of whole seconds or minutes, honest messages that share one are no beginning and no end."""
    burst = 4.5 * np.arange(400)
    for seed in range(40):
        beside = -np.random.default_rng(seed).uniform(0, 7 * DAY_S, 7 * 24 * an_hour)
        at_s = tick_s * np.floor(np.sort(np.concatenate([beside, burst])) / tick_s)
        assert at_s[begun_at(at_s, an_hour / HOUR_S)] >= -HOUR_S
        turned = -at_s[::-1]
        assert turned[ended_at(turned, an_hour / HOUR_S)] <= HOUR_S

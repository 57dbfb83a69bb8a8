"""What the fullest places of an uneven audience hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkvalve.statistics.occupancy import CHOICES, crowd, fullest_shares

NATS = 12.0


@given(
    st.integers(0, 10_000),
    st.floats(0.0, 1.0),
    st.integers(1, 3_000),
    st.integers(20, 2_000),
)
@settings(max_examples=60, deadline=None)
def test_an_audience_as_uneven_as_zipf_is_no_crowd(seed: int, exponent: float, places: int, numbers: int) -> None:
    """Whoever the audience is, as long as it is no more uneven than Zipf's law, evidence stays below twelve nats."""
    weight = np.arange(1, places + 1, dtype=np.float64) ** -exponent
    counts = np.random.default_rng(seed).multinomial(numbers, weight / weight.sum())
    assert crowd(counts[counts > 0], places).nats < NATS


@given(st.integers(1, 8), st.integers(40, 500))
@settings(max_examples=40, deadline=None)
def test_a_pool_of_a_few_places_is_a_crowd(pools: int, each: int) -> None:
    """Forty numbers and more in each of at most eight of a thousand places are a crowd, whose places are counted."""
    found = crowd(np.full(pools, each), 1_000)
    assert found.nats > NATS
    assert found.places <= pools


def test_what_is_usual_elsewhere_is_no_crowd() -> None:
    """Where the fullest places of others hold as much, none stands out."""
    counts = [80, 70, 60, 50, 20, 10]
    assert crowd(counts, 1_000).nats > NATS
    assert crowd(counts, 1_000, fullest_shares(counts)).nats == 0


@given(st.lists(st.integers(1, 1_000), min_size=1, max_size=50))
def test_shares_of_more_places_are_larger(counts: list[int]) -> None:
    """The fullest places hold more, the more of them there are, and never more than everything."""
    shares = fullest_shares(counts)
    assert len(shares) == len(CHOICES)
    assert np.all(np.diff(shares) >= 0)
    assert 0 < shares[0] <= shares[-1] <= 1


def test_counts_below_zero_are_refused() -> None:
    """Less than nothing is an error of the caller."""
    with pytest.raises(ValueError, match="counts"):
        crowd([3, -1], 10)

"""Evenness in time: what a clock shows, and chance hardly ever."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics.evenness import evenness


def test_chance_is_hardly_ever_even() -> None:
    """Of 500 streams without a memory hardly more than one in a hundred is told at 4.6 nats."""
    rng = np.random.default_rng(5)
    told = [evenness(np.sort(rng.uniform(0, 3600, size))) >= 4.6 for size in rng.integers(25, 600, 500)]
    assert sum(told) <= 12


@given(st.integers(160, 2_000), st.floats(0.5, 900.0))
def test_a_clock_is_even_also_in_whole_seconds(count: int, pause_s: float) -> None:
    """Equal pauses of some hundred and sixty events are told, and written down in whole seconds too."""
    times_s = 1_777_000_000.0 + pause_s * np.arange(count, dtype=np.float64)
    assert evenness(times_s) > 6.9
    assert evenness(np.floor(times_s).astype(np.float64)) > 6.9


def test_few_or_equal_moments_say_nothing() -> None:
    """Of a handful, or of what came at once, nothing is said."""
    assert evenness(np.arange(24.0)) == 0.0
    assert evenness(np.zeros(100)) == 0.0

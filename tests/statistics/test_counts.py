"""Count laws: their tails are sums, and a shift is a fair bet."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkvalve.statistics import counts

means = st.floats(0.01, 30.0)
sizes = st.floats(0.1, 200.0)
shifts = st.floats(1.01, 64.0)
ENOUGH = np.arange(3_000.0)


def nb_log_pmf(count: np.ndarray, mean: float, size: float) -> np.ndarray:
    """The negative-binomial law, straight from its formula."""
    ways = np.array([math.lgamma(size + y) - math.lgamma(size) - math.lgamma(y + 1.0) for y in count])
    return np.asarray(ways + size * math.log(size / (size + mean)) + count * math.log(mean / (size + mean)))


@given(means, st.integers(0, 60))
def test_survival_is_the_sum_of_the_upper_probabilities(mean: float, count: int) -> None:
    """P(Y >= y) equals the direct sum."""
    poisson = math.fsum(math.exp(y * math.log(mean) - mean - math.lgamma(y + 1.0)) for y in range(count, 300))
    assert float(np.exp(counts.poisson_log_sf(count, mean))) == pytest.approx(poisson, rel=1e-8, abs=1e-14)


@given(means, st.integers(0, 40))
def test_infinite_size_is_poisson(mean: float, count: int) -> None:
    """size=inf means Poisson in the likelihood ratio."""
    assert float(counts.shift_log_lr(count, mean, 4.0)) == pytest.approx(
        count * math.log(4.0) - 3.0 * mean, rel=1e-9, abs=1e-9
    )


@given(means, sizes, shifts)
def test_likelihood_ratio_is_the_difference_of_two_laws(mean: float, size: float, shift: float) -> None:
    """ln L is the log probability under the shifted mean less that under the mean, the size held."""
    y = np.arange(50.0)
    direct = nb_log_pmf(y, shift * mean, size) - nb_log_pmf(y, mean, size)
    np.testing.assert_allclose(counts.shift_log_lr(y, mean, shift, size), direct, rtol=1e-8, atol=1e-8)


@given(means, sizes, shifts, st.floats(0.1, 1.0), st.floats(1.0, 10.0))
def test_no_honest_stream_can_win_the_bet(
    mean: float, size: float, shift: float, less: float, tighter: float
) -> None:
    """E[L] is at most one for every lower mean and every smaller spread, and one under the null itself."""
    ratio = counts.shift_log_lr(ENOUGH, mean, shift, size)
    fair = np.exp(ratio + nb_log_pmf(ENOUGH, mean, size))
    mild = np.exp(ratio + nb_log_pmf(ENOUGH, less * mean, size * tighter))
    assert fair.sum() <= 1.0 + 1e-8
    assert mild.sum() <= 1.0 + 1e-8


@given(means, sizes, st.floats(0.02, 0.99), st.floats(1.0, 5.0))
def test_nobody_wins_a_bet_on_less_where_more_comes(mean: float, size: float, shift: float, more: float) -> None:
    """E[L] of a bet on a lower mean is at most one for every higher mean."""
    ratio = counts.shift_log_lr(ENOUGH, mean, shift, size)
    assert np.exp(ratio + nb_log_pmf(ENOUGH, more * mean, size)).sum() <= 1.0 + 1e-8


def test_counts_needed_for_a_millionth() -> None:
    """An expected 0.05, 0.5, 5 messages are exceeded to 1e-6 by 4, 8, 20 (Poisson)."""
    goal, y = math.log(1e-6), np.arange(200.0)
    assert [int(np.argmax(counts.poisson_log_sf(y, mu) <= goal)) for mu in (0.05, 0.5, 5.0)] == [4, 8, 20]


@given(means)
def test_tail_falls_as_the_count_rises_and_rises_with_the_mean(mean: float) -> None:
    """More messages are never less surprising; a higher expectation never makes them more so."""
    y = np.arange(40.0)
    tail = counts.poisson_log_sf(y, mean)
    assert np.all(np.diff(tail) <= 1e-12)
    assert np.all(counts.poisson_log_sf(y, 2.0 * mean) >= tail - 1e-9)


@given(st.integers(0, 300), means, sizes, shifts)
def test_excess_is_the_best_of_all_shifts(count: int, mean: float, size: float, shift: float) -> None:
    """No single shift says more than `excess_nats`, which is never negative."""
    best = float(counts.excess_nats(count, mean, size))
    assert best >= 0.0
    assert best >= float(counts.shift_log_lr(count, mean, shift, size)) - 1e-9


@pytest.mark.parametrize(("count", "mean"), [(-1, 1.0), (1, -1.0), (np.nan, 1.0), (1, np.nan)])
def test_impossible_counts_are_refused_by_name(count: float, mean: float) -> None:
    """A negative or missing value is an error that names the argument."""
    with pytest.raises(ValueError, match=r"count|mean"):
        counts.poisson_log_sf(count, mean)

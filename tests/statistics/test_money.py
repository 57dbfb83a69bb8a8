"""Money: the CUSUM is Page's recursion, the bets on spend and on price mix are fair."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from checkvalve.statistics import first_alarm, price_mix_log_lr, spend_cusum, spend_log_lr, sr_mixture

PRICE, SHARE = np.array([0.01, 0.08, 0.3]), np.array([0.6, 0.3, 0.1])
amounts = hnp.arrays(np.float64, (3, 15), elements=st.floats(0, 100))


@given(amounts, st.floats(0.0, 20.0), st.floats(0.0, 2.0))
def test_excess_is_the_recursion_of_page(spend: np.ndarray, expected: float, slack: float) -> None:
    """C_t = max(0, C_{t-1} + x_t - (1 + slack) e_t)."""
    excess, out = np.zeros(3), spend_cusum(spend, expected, slack=slack)
    for window in range(15):
        excess = np.maximum(0.0, excess + spend[:, window] - (1.0 + slack) * expected)
        np.testing.assert_allclose(out[:, window], excess, atol=1e-9)


@given(amounts, st.integers(0, 15))
def test_excess_can_be_gone_on_with(spend: np.ndarray, cut: int) -> None:
    """Starting the second half with the excess of the first is one run."""
    whole = spend_cusum(spend, 5.0)
    start = whole[:, cut - 1] if cut else 0.0
    np.testing.assert_allclose(spend_cusum(spend[:, cut:], 5.0, start_usd=start), whole[:, cut:], atol=1e-9)


@given(amounts)
def test_excess_never_exceeds_what_was_spent(spend: np.ndarray) -> None:
    """At most all the money spent so far is too much, and never a negative amount."""
    out = spend_cusum(spend, 1.0)
    assert np.all(out >= 0.0)
    assert np.all(out <= np.cumsum(spend, axis=1) + 1e-9)


def spent(rng: np.random.Generator, counts: np.ndarray, share: np.ndarray = SHARE) -> np.ndarray:
    """What so many messages cost at the usual mix of prices."""
    return np.asarray(rng.multinomial(counts, share) @ PRICE)


def test_bets_on_spend_and_mix_are_fair() -> None:
    """The mean of exp(log lr) over honest compound-Poisson windows is one, for small tilts where it can be seen."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(3.0, (1, 400_000))
    spend = spent(rng, counts)
    tilts = (0.1, 0.25)
    for nats in (
        spend_log_lr(spend, 3.0, PRICE, SHARE, tilts=tilts),
        price_mix_log_lr(spend, counts, PRICE, SHARE, tilts=tilts),
    ):
        np.testing.assert_allclose(np.exp(nats).mean(axis=(1, 2)), 1.0, atol=0.02)


def test_false_alarms_stay_within_the_bound() -> None:
    """P(false alarm within t windows) <= alpha t for both, 5,000 honest series, alpha 1/500, 20 windows."""
    rng = np.random.default_rng(2)
    counts = rng.poisson(2.0, (5000, 20))
    spend = spent(rng, counts)
    for nats in (spend_log_lr(spend, 2.0, PRICE, SHARE), price_mix_log_lr(spend, counts, PRICE, SHARE)):
        alarm = first_alarm(sr_mixture(nats).log_e, math.log(500.0))
        assert (alarm >= 0).mean() <= 20 / 500


def test_a_surge_at_usual_prices_is_no_shift_of_the_mix() -> None:
    """Twenty times the messages at the usual mix: no evidence of dearer places, much of more spend."""
    rng = np.random.default_rng(3)
    counts = np.full((1, 5), 2000)
    spend = spent(rng, counts)
    assert sr_mixture(price_mix_log_lr(spend, counts, PRICE, SHARE)).log_e.max() < math.log(1e3)
    assert sr_mixture(spend_log_lr(spend, 100.0, PRICE, SHARE)).log_e.max() > math.log(1e6)


def test_the_same_number_of_dear_messages_is_a_shift_of_the_mix() -> None:
    """As many messages as ever, half of them to the dearest place: alarm in the first window."""
    rng = np.random.default_rng(4)
    counts = np.full((1, 3), 200)
    spend = spent(rng, counts, np.array([0.3, 0.2, 0.5]))
    log_e = sr_mixture(price_mix_log_lr(spend, counts, PRICE, SHARE)).log_e
    assert first_alarm(log_e, math.log(1e6))[0] == 0


@given(st.floats(0.1, 1000.0))
def test_the_currency_does_not_matter(rate: float) -> None:
    """Amounts and prices in another currency give the same evidence."""
    one = spend_log_lr([[2.0, 0.4]], 5.0, PRICE, SHARE)
    other = spend_log_lr([[2.0 * rate, 0.4 * rate]], 5.0, PRICE * rate, SHARE)
    np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-9)


def test_prices_without_a_price_are_refused() -> None:
    """All prices zero, or columns of different length, cannot be tilted."""
    with pytest.raises(ValueError, match="price"):
        spend_log_lr([[1.0]], 1.0, [0.0], [1.0])
    with pytest.raises(ValueError, match="price"):
        price_mix_log_lr([[1.0]], [[1]], [0.1, 0.2], [1.0])
    with pytest.raises(ValueError, match="same shape"):
        price_mix_log_lr([[1.0]], [[1, 2]], [0.1], [1.0])

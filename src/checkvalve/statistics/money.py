"""Is more money going out than should, and is it going to dearer places?

Amounts are in US dollars; nothing at window t uses later windows.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, fitted, floats, table

TILTS = (0.25, 0.5, 1.0, 2.0)
"""Bets on dear messages (default: judgement): one at the mean price is taken to come exp(tilt) times as often."""

SLACK = 0.5
"""Part of the expected spend that may be exceeded for ever without an alarm (default: judgement)."""


def spend_cusum(
    spend_usd: ArrayLike, expected_usd: ArrayLike, *, slack: float = SLACK, start_usd: ArrayLike = 0.0
) -> Floats:
    """How many dollars too many have gone out since this began?

    ``C_t = max(0, C_{t-1} + x_t - (1 + slack) e_t)`` (Page 1954) with x the spend and e the expected spend of the
    window. Alarm at the loss that you care about, such as 20 dollars: cheap noise stays quiet, an expensive trickle
    does not. It bounds money, not false alarms; see `spend_log_lr` for evidence in nats.

    Args:
        spend_usd: (S, W).
        expected_usd: (S, W), (S,) or one number, known before the window.
        slack: see `SLACK`.
        start_usd: (S,) excess of an earlier run.

    Returns:
        (S, W) excess in dollars at the end of each window.

    Raises:
        ValueError: if shapes do not fit or a value is missing or negative.

    >>> spend_cusum([[1.0, 1.0, 9.0, 9.0]], 1.0).round(1)
    array([[ 0. ,  0. ,  7.5, 15. ]])
    """
    spend = table(spend_usd, "spend_usd", low=0.0)
    expected = fitted(expected_usd, "expected_usd", spend.shape, each="series", low=0.0)
    start = np.broadcast_to(floats(start_usd, "start_usd", low=0.0), spend.shape[:1])
    path = np.cumsum(spend - (1.0 + slack) * expected, axis=1) + start[:, None]
    lowest = np.minimum.accumulate(np.minimum(path, 0.0), axis=1)
    return np.asarray(path - lowest)


def spend_log_lr(
    spend_usd: ArrayLike,
    expected_count: ArrayLike,
    price_usd: ArrayLike,
    price_share: ArrayLike,
    *,
    tilts: Sequence[float] = TILTS,
) -> Floats:
    """How many nats does a window's spend say against the usual rate and prices?

    Spend is compound Poisson: mu messages expected, each at price c with share q_c. Tilting it by lambda gives
    ``lambda x - mu (m(lambda) - 1)`` with x the spend and m(lambda) = sum q_c exp(lambda c): a likelihood ratio
    against "messages at price c come exp(lambda c) times as often" (Asmussen & Albrecher 2010, Ruin Probabilities).
    Tilts are divided by the mean price. Feed it to `edetector.sr_mixture`; no bet can be won as long as messages
    are at most as many as expected and their prices those given.

    Args:
        spend_usd: (S, W).
        expected_count: messages expected, (S, W), (S,) or one number.
        price_usd: (P,) prices.
        price_share: (P,) usual share of the messages at each.
        tilts: see `TILTS`.

    Returns:
        (K, S, W).

    Raises:
        ValueError: if shapes do not fit, values are missing or negative, or all prices are zero.

    >>> spend_log_lr([[0.0]], 2.0, [0.1, 0.3], [0.5, 0.5], tilts=(1.0,)).round(2)
    array([[[-4.13]]])
    """
    spend = table(spend_usd, "spend_usd", low=0.0)
    expected = fitted(expected_count, "expected_count", spend.shape, each="series", low=0.0)
    rate, growth = _tilted(price_usd, price_share, tilts)
    return np.asarray(rate * spend - expected * growth)


def price_mix_log_lr(
    spend_usd: ArrayLike,
    count: ArrayLike,
    price_usd: ArrayLike,
    price_share: ArrayLike,
    *,
    tilts: Sequence[float] = TILTS,
) -> Floats:
    """How many nats say that messages go to dearer places than usual, whatever their number?

    ``lambda x - n ln m(lambda)`` for n messages that cost x together: the same tilt given the count, so that a
    surge at the usual mix of prices says nothing.

    Args:
        spend_usd: (S, W).
        count: (S, W) messages sent.
        price_usd: (P,) prices.
        price_share: (P,) usual share of the messages at each.
        tilts: see `TILTS`.

    Returns:
        (K, S, W), for `edetector.sr_mixture`.

    Raises:
        ValueError: if shapes do not fit, values are missing or negative, or all prices are zero.

    >>> usual = price_mix_log_lr([[20.0]], [[100]], [0.1, 0.3], [0.5, 0.5])
    >>> dear = price_mix_log_lr([[30.0]], [[100]], [0.1, 0.3], [0.5, 0.5])
    >>> bool(usual.max() < 0 < 30 < dear.max())
    True
    """
    spend, messages = table(spend_usd, "spend_usd", low=0.0), table(count, "count", low=0.0)
    if spend.shape != messages.shape:
        raise ValueError("spend_usd and count must have the same shape")
    rate, growth = _tilted(price_usd, price_share, tilts)
    return np.asarray(rate * spend - messages * np.log1p(growth))


def _tilted(price_usd: ArrayLike, price_share: ArrayLike, tilts: Sequence[float]) -> tuple[Floats, Floats]:
    price, share = floats(price_usd, "price_usd", low=0.0), floats(price_share, "price_share", low=0.0)
    if price.shape != share.shape or price.ndim != 1 or not float(price @ share) > 0.0:
        raise ValueError("price_usd and price_share must be columns of one length, with a price above zero")
    share = share / share.sum()
    rate = floats(tilts, "tilts", low=0.0) / float(price @ share)
    growth = np.expm1(np.multiply.outer(rate, price)) @ share
    return rate[:, None, None], growth[:, None, None]

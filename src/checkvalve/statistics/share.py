"""Has a child's share of its parent grown, whatever the parent itself does?

A launch, a sale or an hour of the day lifts all children of a country alike and leaves their shares as they are; an
attack on one range shifts its share. Nothing at window t uses later windows.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, fitted, floats, shift_factors, table
from checkvalve.statistics.counts import LARGEST_SIZE
from checkvalve.statistics.edetector import Evidence, sweep
from checkvalve.statistics.special import log_beta_tails, log_binomial, log_complement, log_rising

SHARE_SHIFTS = (2.0, 4.0, 16.0, 64.0)
"""Multiples of the odds child : others that are bet on (default: judgement)."""

_TERMS = 64
_ENOUGH = np.log(1e-15)


def binomial_log_sf(hits: ArrayLike, trials: ArrayLike, share: ArrayLike) -> Floats:
    """How small (natural logarithm) is the chance of this many hits or more in so many trials?

    ln P(K >= k) = ln I_s(k, n - k + 1).

    >>> bool(np.isclose(binomial_log_sf(2, 2, 0.1), np.log(0.01)))
    True
    """
    k, n, s = np.broadcast_arrays(
        floats(hits, "hits"), floats(trials, "trials", low=0.0), floats(share, "share", low=0.0, high=1.0)
    )
    some = (k > 0.0) & (k <= n) & (s > 0.0) & (s < 1.0)
    tail = log_beta_tails(np.where(some, k, 1.0), np.where(some, n - k + 1.0, 1.0), np.where(some, s, 0.5))[0]
    sure = (k <= 0.0) | ((s >= 1.0) & (k <= n))
    return np.where(some, tail, np.where(sure, 0.0, -np.inf))


def beta_binomial_log_pmf(hits: ArrayLike, trials: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """How likely (natural logarithm) are exactly so many hits, if the share itself is Beta(a, b) distributed?

    ``ln C(n, k) + ln B(a + k, b + n - k) - ln B(a, b)``.

    >>> bool(np.isclose(beta_binomial_log_pmf(3, 10, 1.0, 1.0), -np.log(11.0)))
    True
    """
    k, n = floats(hits, "hits", low=0.0), floats(trials, "trials", low=0.0)
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return np.asarray(log_binomial(n, k) + log_rising(a, k) + log_rising(b, n - k) - log_rising(a + b, n))


def beta_binomial_log_sf(hits: ArrayLike, trials: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """How small (natural logarithm) is the chance of so many hits or more, if the share is Beta(a, b)?

    Direct summation from the nearer end; exact to 1e-13 of the smaller tail.

    >>> bool(np.isclose(beta_binomial_log_sf(8, 10, 1.0, 1.0), np.log(3 / 11)))
    True
    """
    k, n, a, b = np.broadcast_arrays(
        floats(hits, "hits"),
        floats(trials, "trials", low=0.0),
        floats(a, "a", low=np.finfo(float).tiny),
        floats(b, "b", low=np.finfo(float).tiny),
    )
    k = np.clip(k, 0.0, n + 1.0)
    upper = k > n * a / (a + b)
    near = np.where(upper, k, n - k + 1.0)
    first, second = np.where(upper, a, b), np.where(upper, b, a)
    summed = _sum_upwards(near.ravel(), n.ravel(), first.ravel(), second.ravel()).reshape(k.shape)
    return np.where(k <= 0.0, 0.0, np.where(upper, summed, log_complement(summed)))


def _sum_upwards(k: Floats, n: Floats, a: Floats, b: Floats) -> Floats:
    total = np.full_like(k, -np.inf)
    rows = np.flatnonzero(k <= n)
    at, term = k[rows], beta_binomial_log_pmf(k[rows], n[rows], a[rows], b[rows])
    while rows.size:
        j = at[:, None] + np.arange(_TERMS)
        n_row, a_row, b_row = n[rows, None], a[rows, None], b[rows, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = (n_row - j) * (a_row + j) / ((j + 1.0) * (b_row + n_row - j - 1.0))
            steps = np.cumsum(np.log(np.where(j < n_row, ratio, 0.0)), axis=1)
        terms = term[:, None] + np.concatenate([np.zeros((rows.size, 1)), steps[:, :-1]], axis=1)
        total[rows] = np.logaddexp(total[rows], np.logaddexp.reduce(terms, axis=1))
        at, term = at + _TERMS, term + steps[:, -1]
        going = (at <= n[rows]) & (term + np.log(np.maximum(n[rows] - at, 1.0)) > total[rows] + _ENOUGH)
        rows, at, term = rows[going], at[going], term[going]
    return np.minimum(total, 0.0)


def share_edetector(
    child: ArrayLike,
    parent: ArrayLike,
    share: ArrayLike,
    *,
    concentration: ArrayLike = np.inf,
    shifts: Sequence[float] = SHARE_SHIFTS,
    start: ArrayLike | None = None,
) -> Evidence:
    """Does more of the parent's traffic go to this child than was its share, window after window?

    With n messages of the parent, y of them the child's, share s and odds shifted by theta:
    ``y ln theta - n ln(1 + (theta - 1) s)`` (binomial), or the ratio of two Beta-Binomial laws of concentration c
    when honest shares scatter; fed to the Shiryaev-Roberts e-detector. The guarantee (windows) holds for every true
    share up to ``share``.

    Args:
        child: (S, W) messages to the child.
        parent: (S, W) messages to its parent, the child's included.
        share: expected share of the child, (S, W), (S,) or one number; known before the window, such as the ratio
            of the two baselines.
        concentration: c, messages' worth of certainty of the share, one number or (S,); inf is binomial.
        shifts: multiples of the odds to bet on.
        start: (K, S), ``log_state`` of an earlier run.

    Raises:
        ValueError: if shapes do not fit, values are missing, or a child exceeds its parent.

    >>> surge = share_edetector([[5, 50, 500]], [[100, 1000, 10000]], 0.05)
    >>> bool(surge.log_e.max() < np.log(100))
    True
    >>> shifted = share_edetector([[5, 5, 60]], [[100, 100, 155]], 0.05)
    >>> bool(shifted.log_e[0, 2] > np.log(1e6))
    True
    """
    hits, trials = table(child, "child", low=0.0), table(parent, "parent", low=0.0)
    if hits.shape != trials.shape or bool(np.any(hits > trials)):
        raise ValueError("parent must have the shape of child and include the child's messages")
    expected = floats(fitted(share, "share", hits.shape, each="series"), "share", low=0.0, high=1.0)
    certain = np.asarray(concentration, dtype=np.float64)
    factors = shift_factors(shifts)
    if bool(np.all(np.isinf(certain))):
        return sweep((hits, trials, expected), partial(_binomial_log_lr, factors), factors.size, start)
    spread = fitted(certain, "concentration", hits.shape, each="series", low=np.finfo(float).tiny)
    return sweep((hits, trials, expected, spread), partial(_scattered_log_lr, factors), factors.size, start)


def _binomial_log_lr(factors: Floats, hits: Floats, trials: Floats, share: Floats) -> Floats:
    nats = np.log1p(np.multiply.outer(factors - 1.0, share))
    nats *= -trials
    nats += np.multiply.outer(np.log(factors), hits)
    return np.asarray(nats)


def _scattered_log_lr(factors: Floats, hits: Floats, trials: Floats, share: Floats, spread: Floats) -> Floats:
    nats = np.zeros((factors.size, hits.size))
    active = np.flatnonzero((trials > 0.0) & (share > 0.0) & (share < 1.0))
    if not active.size:
        return nats
    k, rest, s = hits[active], (trials - hits)[active], share[active]
    c = np.minimum(spread[active], LARGEST_SIZE)
    usual = log_rising(c * s, k) + log_rising(c * (1.0 - s), rest)
    for i, factor in enumerate(factors):
        raised = factor * s / (1.0 + (factor - 1.0) * s)
        nats[i, active] = log_rising(c * raised, k) + log_rising(c * (1.0 - raised), rest) - usual
    return nats

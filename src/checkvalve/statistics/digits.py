"""Are the last digits of the numbers made by a generator rather than given out to people?"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from checkvalve.statistics.arrays import Floats, floats
from checkvalve.statistics.special import log_gamma_tails, log_rising, log_sum_exp
from checkvalve.statistics.surprise import Surprise

LAST_PLACES = 4
"""Digits looked at, counted from the end; those before them follow the number plan."""

_DIGITS = 10
_PRIOR = 0.5


class DigitBias(NamedTuple):
    """In which digit do the numbers differ from those of people?

    ``place`` 1 is the last digit. ``surprise``: nats over all places; observed and expected Kullback-Leibler
    distance at that place in nats for each number; log_p of the likelihood-ratio test, corrected for the places.
    ``shares`` (places, 10) what was seen.
    """

    place: int
    surprise: Surprise
    shares: Floats


def digit_bias(numbers: ArrayLike, places: int = LAST_PLACES, reference: ArrayLike | None = None) -> DigitBias:
    """Are some last digits preferred?

    For each place: ``ln e = ln [G(5) / G(n + 5) prod_j G(c_j + 1/2) / G(1/2)] - sum_j c_j ln p_j`` with c_j the
    count of digit j and p_j its usual share (the Jeffreys mixture against the null, an e-value); the mean of e over
    the places. ``log_p`` from ``2 n KL``, chi-square with 9 degrees of freedom (Wilks 1938). A digit held fixed in
    n numbers gives about 2.3 n nats less 9.

    Args:
        numbers: (N,) E.164 digits as integers; repetitions are left out, since one person may ask often.
        places: how many digits from the end.
        reference: (places, 10) usual shares, last digit first; even unless given.

    Raises:
        ValueError: if ``places`` is below 1 or the reference does not fit.

    >>> even = digit_bias(np.arange(10_000))
    >>> bool(even.surprise.nats < 0)
    True
    >>> digit_bias(10 * np.arange(40)).place
    1
    """
    usual = np.full((max(places, 0), _DIGITS), 1.0 / _DIGITS)
    if reference is not None:
        usual = floats(reference, "reference", low=np.finfo(float).tiny, high=1.0)
    if places < 1 or usual.shape != (places, _DIGITS):
        raise ValueError("reference must have ten shares for each of one or more places")
    distinct = np.unique(np.asarray(numbers, dtype=np.int64))
    digits = distinct[:, None] // 10 ** np.arange(places) % 10
    counts = np.stack([np.bincount(digits[:, i], minlength=_DIGITS) for i in range(places)]).astype(np.float64)
    log_e = log_rising(_PRIOR, counts).sum(axis=1) - log_rising(_PRIOR * _DIGITS, float(distinct.size))
    log_e = log_e - (counts * np.log(usual)).sum(axis=1)
    shares = counts / max(distinct.size, 1)
    distance = np.where(counts > 0.0, shares * np.log(np.maximum(shares, 1e-300) / usual), 0.0).sum(axis=1)
    worst = int(np.argmax(distance))
    tail = log_gamma_tails(0.5 * (_DIGITS - 1), distinct.size * max(0.0, float(distance[worst])))[1]
    surprise = Surprise(
        nats=np.asarray(log_sum_exp(log_e) - np.log(places)),
        observed=np.asarray(distance[worst]),
        expected=np.asarray((_DIGITS - 1) / (2.0 * max(distinct.size, 1))),
        log_p=np.minimum(tail + np.log(places), 0.0),
    )
    return DigitBias(worst + 1, surprise, shares)
